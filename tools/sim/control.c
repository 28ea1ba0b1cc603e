/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "sim/bench.h"
#include "sim/columns.h"
#include "sim/motor_fault.h"
#include "sim/usb/faults.h"

#define WORDS_MAX 5
#define AWAY_MAX_MS 600000

static int refuse(struct sim_text *out, const char *why)
{
    return sim_text_printf(out, "error: %s\n", why);
}

static int do_couple(struct sim_bench *b, char **words, struct sim_text *out)
{
    bool couple = strcmp(words[0], "couple") == 0;

    /* Hands do not go near a turning shaft. */
    if (fabs(sim_world_state(b->world)->speed_rpm) > 5)
        return refuse(out, "the rotor turns");
    sim_world_couple(b->world, couple);
    return sim_text_printf(out, "ok\n");
}

static int do_lock(struct sim_bench *b, char **words, struct sim_text *out)
{
    bool lock = strcmp(words[0], "lock") == 0;

    if (lock && fabs(sim_world_state(b->world)->speed_rpm) > 5)
        return refuse(out, "the rotor turns");
    sim_world_lock(b->world, lock);
    return sim_text_printf(out, "ok\n");
}

static int do_rotor(struct sim_bench *b, char **words, struct sim_text *out)
{
    const struct plant_state *state = sim_world_state(b->world);

    if (state->output_on || fabs(state->speed_rpm) > 5)
        return refuse(out, "a rotor is taken out and put in at standstill and without voltage");
    sim_world_remove_rotor(b->world, strcmp(words[0], "remove-rotor") == 0);
    return sim_text_printf(out, "ok\n");
}

static int do_short(struct sim_bench *b, char **words, struct sim_text *out)
{
    if (sim_world_state(b->world)->output_on || fabs(sim_world_state(b->world)->speed_rpm) > 5)
        return refuse(out, "terminals are changed at standstill and without voltage");
    sim_world_short(b->world, strcmp(words[0], "short") == 0);
    return sim_text_printf(out, "ok\n");
}

/* The sine filter between converter and motor: while it is out the motor has the switching at its terminals.
 */
static int do_filter(struct sim_bench *b, char **words, struct sim_text *out)
{
    struct plant_config changed = *sim_world_healthy(b->world);

    if (words[1] == NULL || (strcmp(words[1], "in") != 0 && strcmp(words[1], "out") != 0))
        return refuse(out, "filter in|out");
    if (sim_world_state(b->world)->output_on)
        return refuse(out, "a filter is taken out and put in without voltage");
    changed.converter = strcmp(words[1], "out") == 0;
    sim_world_change(b->world, &changed);
    return sim_text_printf(out, "ok\n");
}

/* "on", "off" or a value of the fault. */
static int parse_fault_value(const struct motor_fault *fault, const char *word, double *ret)
{
    double value;

    if (strcmp(word, "on") == 0)
        value = fault->usual;
    else if (strcmp(word, "off") == 0)
        value = 0;
    else if (mb_number_parse(word, strlen(word), &value) < 0 ||
             (value != 0 && (value < fault->minimum || value > fault->maximum)))
        return -EINVAL;
    *ret = value;
    return 0;
}

static int do_motor(struct sim_bench *b, char **words, struct sim_text *out)
{
    enum plant_fault fault = words[1] != NULL ? motor_fault_find(words[1]) : PLANT_FAULT_COUNT;
    struct plant_config changed = *sim_world_healthy(b->world);

    if (words[1] != NULL && strcmp(words[1], "healthy") == 0) {
        memset(changed.faults, 0, sizeof changed.faults);
    } else if (fault == PLANT_FAULT_COUNT) {
        (void)sim_text_printf(out, "error: motor healthy, or motor FAULT on|off|VALUE with one of");
        for (int i = 0; i < PLANT_FAULT_COUNT; i++)
            (void)sim_text_printf(out, " %s", motor_faults[i].name);
        return sim_text_printf(out, "\n");
    } else if (words[2] == NULL ||
               parse_fault_value(&motor_faults[fault], words[2], &changed.faults[fault]) < 0) {
        return sim_text_printf(out, "error: motor %s on|off, or a value from %g to %g %s\n", words[1],
                               motor_faults[fault].minimum, motor_faults[fault].maximum,
                               motor_faults[fault].unit);
    }
    if (changed.faults[PLANT_REVERSED] != sim_world_healthy(b->world)->faults[PLANT_REVERSED] &&
        (sim_world_state(b->world)->output_on || fabs(sim_world_state(b->world)->speed_rpm) > 5))
        return refuse(out, "terminals are changed at standstill and without voltage");
    sim_world_change(b->world, &changed);
    return sim_text_printf(out, "ok\n");
}

static struct sim_server *find_server(struct sim_bench *b, const char *name)
{
    for (int i = 0; i < SIM_CONTROL; i++)
        if (b->servers[i] != NULL && strcasecmp(name, sim_server_name(b->servers[i])) == 0)
            return b->servers[i];
    return NULL;
}

/* N of a word between 0 and a highest value. */
static int parse_count(const char *word, int64_t maximum, int64_t *ret)
{
    int64_t value;

    if (word == NULL || mb_integer_parse(word, strlen(word), &value) < 0 || value < 0 || value > maximum)
        return -EINVAL;
    *ret = value;
    return 0;
}

/* "late MS", "reboot SECONDS", "random PERCENT [SEED]", or a word alone. */
static int parse_order(char **words, struct sim_fault_order *ret)
{
    int64_t ms = 0, seed = 1;
    double number = 0;
    int fault = 0;

    while (sim_fault_names[fault] != NULL &&
           (words[0] == NULL || strcmp(sim_fault_names[fault], words[0]) != 0))
        fault++;
    if (sim_fault_names[fault] == NULL)
        return -EINVAL;
    if (fault == SIM_FAULT_LATE && parse_count(words[1], AWAY_MAX_MS, &ms) < 0)
        return -EINVAL;
    if ((fault == SIM_FAULT_REBOOT || fault == SIM_FAULT_RANDOM) &&
        (words[1] == NULL || mb_number_parse(words[1], strlen(words[1]), &number) < 0 || number < 0))
        return -EINVAL;
    if ((fault == SIM_FAULT_REBOOT && number * 1e3 > AWAY_MAX_MS) ||
        (fault == SIM_FAULT_RANDOM && number > 100) ||
        (fault == SIM_FAULT_RANDOM && words[2] != NULL && parse_count(words[2], INT64_MAX, &seed) < 0))
        return -EINVAL;
    *ret =
        (struct sim_fault_order){.fault = (enum sim_fault)fault,
                                 .ms = (unsigned)(fault == SIM_FAULT_REBOOT ? (int64_t)(number * 1e3) : ms),
                                 .share = number / 100,
                                 .seed = (uint64_t)seed};
    return 0;
}

static int do_fault(struct sim_bench *b, char **words, struct sim_text *out)
{
    struct sim_server *server = words[1] != NULL ? find_server(b, words[1]) : NULL;
    struct sim_gadget *gadget;
    struct sim_fault_order order;
    struct mb_error err = {""};

    if (server == NULL)
        return refuse(
            out,
            "fault analyser|source|brake|ohmmeter|daq|gpt9800|chroma19032|tos9300|field|partner-analyser|"
            "partner-source|partner-ohmmeter FAULT");
    if (parse_order(words + 2, &order) < 0)
        return refuse(out,
                      "fault NAME none|silent|late MS|previous|garbage|split|merge|length|nan|terminator|"
                      "close|gone|reboot SECONDS|random PERCENT [SEED], at most 600 s");
    sim_server_fault(server, &order);
    gadget = sim_bench_gadget(b, words[1]);
    if (gadget != NULL && sim_gadget_fault(gadget, &order, &err) < 0)
        return refuse(out, err.text);
    return sim_text_printf(out, "ok\n");
}

static int do_plug(struct sim_bench *b, char **words, struct sim_text *out)
{
    struct sim_gadget *gadget = words[1] != NULL ? sim_bench_gadget(b, words[1]) : NULL;
    struct mb_error err = {""};

    if (gadget == NULL)
        return refuse(out, "unplug|replug NAME of an instrument with --gadget");
    if (sim_gadget_plug(gadget, strcmp(words[0], "replug") == 0, &err) < 0)
        return refuse(out, err.text);
    return sim_text_printf(out, "ok\n");
}

static int do_usbfault(struct sim_bench *b, char **words, struct sim_text *out)
{
    struct sim_gadget *gadget = words[1] != NULL ? sim_bench_gadget(b, words[1]) : NULL;
    int64_t value = 1;

    if (gadget == NULL || words[2] == NULL ||
        (words[3] != NULL && mb_integer_parse(words[3], strlen(words[3]), &value) < 0) || value < 0 ||
        value > UINT16_MAX || sim_gadget_usb_fault(gadget, words[2], (unsigned)value) < 0) {
        (void)sim_text_printf(out, "error: usbfault NAME FAULT [N] of an instrument with --gadget: ");
        (void)sim_usb_fault_names(out);
        return sim_text_printf(out, "\n");
    }
    return sim_text_printf(out, "ok\n");
}

static int do_device(struct sim_bench *b, char **words, struct sim_text *out)
{
    struct sim_device *d = NULL;

    for (int i = 0; i < sim_bench_device_count(b) && words[1] != NULL; i++)
        if (strcasecmp(words[1], b->devices[i]->name) == 0)
            d = b->devices[i];
    if (d == NULL || d->ops->control == NULL)
        return refuse(out, "device analyser|gpt9800|chroma19032|tos9300|field KEY VALUE");
    if (words[2] == NULL || words[3] == NULL || d->ops->control(d, words[2], words[3]) < 0)
        return refuse(out, "device analyser energy reset; device field open|stuck on|off; device TESTER "
                           "insulation_ohm|capacitance_f|breakdown_v|earth_ohm NUMBER, "
                           "interlock_open|locked|clamps|wrong_mode on|off, steps NUMBER");
    return sim_text_printf(out, "ok\n");
}

static int do_clear(struct sim_bench *b, char **words, struct sim_text *out)
{
    static const struct sim_fault_order none = {.fault = SIM_FAULT_NONE};

    (void)words;
    for (int i = 0; i < SIM_CONTROL; i++)
        if (b->servers[i] != NULL)
            sim_server_fault(b->servers[i], &none);
    for (unsigned i = 0; i < b->options.gadget_count; i++) {
        (void)sim_gadget_usb_fault(b->gadgets[i], NULL, 0);
        (void)sim_gadget_fault(b->gadgets[i], &none, NULL);
    }
    return sim_text_printf(out, "ok\n");
}

/* How many of each kind a share of faults has brought. */
static void injected_status(const struct sim_faults *f, struct sim_text *out)
{
    if (f->order.fault != SIM_FAULT_RANDOM)
        return;
    (void)sim_text_printf(out, ",\"injected\":{");
    for (int i = 0, n = 0; i < SIM_FAULT_COUNT; i++)
        if (f->injected[i] > 0)
            (void)sim_text_printf(out, "%s\"%s\":%u", n++ > 0 ? "," : "", sim_fault_names[i], f->injected[i]);
    (void)sim_text_printf(out, "}");
}

static void server_status(const struct sim_bench *b, int i, struct sim_text *out)
{
    const struct sim_device *d = i < SIM_DEVICE_COUNT ? b->devices[i] : NULL;
    const struct sim_faults *faults = sim_server_faults(b->servers[i]);

    (void)sim_text_printf(out, ",\"%s\":{\"fault\":\"%s\",\"display\":\"%s\"", sim_server_name(b->servers[i]),
                          sim_fault_names[faults->order.fault],
                          d != NULL && d->ops->display != NULL ? d->ops->display(d) : "");
    if (d != NULL && d->ops->status != NULL)
        d->ops->status(d, out);
    injected_status(faults, out);
    (void)sim_text_printf(out, "}");
}

static void motor_status(const struct sim_bench *b, struct sim_text *out)
{
    const struct plant_config *config = sim_world_config(b->world);

    (void)sim_text_printf(out, ",\"motor\":{");
    for (int i = 0, n = 0; i < PLANT_FAULT_COUNT; i++)
        if (config->faults[i] != 0)
            (void)sim_text_printf(out, "%s\"%s\":%.17g", n++ > 0 ? "," : "", motor_faults[i].name,
                                  config->faults[i]);
    (void)sim_text_printf(out, "}");
}

static int do_status(struct sim_bench *b, char **words, struct sim_text *out)
{
    const struct plant_state *state = sim_world_state(b->world);

    (void)words;
    (void)sim_text_printf(out, "{\"time_factor\":%.17g,\"behind_s\":%.3f", b->options.factor,
                          1e-9 * (double)(mb_clock_now_ns(&b->clock) - sim_world_now_ns(b->world)));
    for (const struct sim_column *c = sim_columns; c->name != NULL; c++) {
        double value = sim_column_value(c, state);

        if (c->is_bool)
            (void)sim_text_printf(out, ",\"%s\":%s", c->name, value != 0 ? "true" : "false");
        else
            (void)sim_text_printf(out, ",\"%s\":%.17g", c->name, isfinite(value) ? value : 0);
    }
    if (sim_world_partner(b->world) != NULL)
        (void)sim_text_printf(out, ",\"partner_output_on\":%s",
                              sim_world_state(sim_world_partner(b->world))->output_on ? "true" : "false");
    (void)sim_text_printf(out, ",\"indicated_torque_nm\":%.17g,\"scenario\":", sim_world_torque_nm(b->world));
    (void)sim_scenario_status(b->scenario, out);
    motor_status(b, out);
    for (int i = 0; i < SIM_CONTROL; i++)
        if (b->servers[i] != NULL)
            server_status(b, i, out);
    return sim_text_printf(out, "}\n");
}

static const struct {
    const char *word;
    int (*run)(struct sim_bench *b, char **words, struct sim_text *out);
} commands[] = {
    {"couple", do_couple},      {"uncouple", do_couple},    {"fault", do_fault},       {"device", do_device},
    {"clear", do_clear},        {"unplug", do_plug},        {"lock", do_lock},         {"unlock", do_lock},
    {"motor", do_motor},        {"replug", do_plug},        {"usbfault", do_usbfault}, {"status", do_status},
    {"remove-rotor", do_rotor}, {"insert-rotor", do_rotor}, {"short", do_short},       {"unshort", do_short},
    {"filter", do_filter},
};

/* One connection. A coil is fed by whoever feeds it and by nobody after the end of that. */
struct control {
    struct sim_bench *bench;
    bool feeds_contactor;
};

static int do_contactor(struct control *c, const char *word, struct sim_text *out)
{
    if (word == NULL || (strcmp(word, "closed") != 0 && strcmp(word, "open") != 0))
        return refuse(out, "contactor closed|open");
    c->feeds_contactor = strcmp(word, "closed") == 0;
    sim_world_contactor(c->bench->world, c->feeds_contactor);
    return sim_text_printf(out, "ok\n");
}

static int run_line(struct control *c, char *line, struct sim_text *out)
{
    char *words[WORDS_MAX + 1] = {NULL}, *rest;
    int count = 0;

    for (char *w = strtok_r(line, " \t\r", &rest); w != NULL && count < WORDS_MAX;
         w = strtok_r(NULL, " \t\r", &rest))
        words[count++] = w;
    if (count == 0)
        return 0;
    if (strcmp(words[0], "contactor") == 0)
        return do_contactor(c, words[1], out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(words[0], commands[i].word) == 0)
            return commands[i].run(c->bench, words, out);
    return refuse(out, "couple, uncouple, contactor, lock, unlock, remove-rotor, insert-rotor, short, "
                       "unshort, filter, motor, fault, "
                       "device, usbfault, unplug, replug, clear and status are known");
}

static void *control_open(void *context)
{
    struct control *c = calloc(1, sizeof *c);

    if (c != NULL)
        c->bench = context;
    return c;
}

static ssize_t control_feed(void *session, const char *data, size_t n, struct sim_text *out)
{
    const char *end = memchr(data, '\n', n);
    char *line;
    int r;

    if (end == NULL)
        return 0;
    line = strndup(data, (size_t)(end - data));
    if (line == NULL)
        return -ENOMEM;
    r = run_line(session, line, out);
    free(line);
    return r < 0 ? r : end - data + 1;
}

static void control_close(void *session)
{
    struct control *c = session;

    if (c->feeds_contactor)
        sim_world_contactor(c->bench->world, false);
    free(c);
}

const struct sim_session_ops sim_control_session = {
    .open = control_open, .feed = control_feed, .close = control_close};
