/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three-element power analyser with the commands of a Yokogawa WT333E (communication interface manual IM
 * WT310E-17EN). At power-on it is as the real one: header and verbose on, P3W4, automatic ranges. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/number.h"
#include "sim/device.h"
#include "sim/format.h"
#include "sim/integrator.h"
#include "sim/items.h"
#include "sim/meter.h"
#include "sim/scpi.h"

#define DIGITS 5
#define FILTERS 16

enum stored {
    STORED_MODE,
    STORED_LINE,
    STORED_FREQUENCY,
    STORED_SCALING,
    STORED_AVERAGING,
    STORED_REMOTE,
    STORED_LOCKOUT,
    STORED_CREST,
    STORED_FORMAT,
    STORED_COMMANDS,
    STORED_COUNT
};

struct analyser {
    struct sim_device device;
    struct sim_device_options options;
    struct sim_scpi scpi;
    struct sim_meter meter;
    struct sim_integrator integrator;
    bool hold;
    struct sim_meter_values held;
    struct sim_items items;
    int stored[STORED_COUNT];
    int filters[FILTERS]; /* index into transitions */
    unsigned events;      /* extended event register: cleared by reading */
};

static const char *const wirings[] = {"P3W4", "V3A3", "P1W2", NULL};
static const char *const transitions[] = {"NEVer", "RISE", "FALL", "BOTH", NULL};
static const char *const on_off[] = {"OFF", "ON", "0", "1", NULL};
static const char *const modes[] = {"RMS", "VMEan", "DC", NULL};
static const char *const crest_factors[] = {"3", NULL};
static const char *const formats[] = {"ASCii", NULL};
static const char *const command_sets[] = {"WT300E", "WT300", NULL};
static const char *const integrations[] = {"RESet", "STARt", "STOP", NULL}; /* enum sim_integration */
static const struct {
    const char *const *choices;
} stored_choices[STORED_COUNT] = {
    [STORED_MODE] = {modes},       [STORED_LINE] = {on_off},
    [STORED_FREQUENCY] = {on_off}, [STORED_SCALING] = {on_off},
    [STORED_AVERAGING] = {on_off}, [STORED_REMOTE] = {on_off},
    [STORED_LOCKOUT] = {on_off},   [STORED_CREST] = {crest_factors},
    [STORED_FORMAT] = {formats},   [STORED_COMMANDS] = {command_sets},
};
static const double intervals_s[] = {0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 0};

static void format_value(const struct analyser *a, struct sim_text *text, double value)
{
    (void)(a->options.exact ? sim_format_exact(text, value) : sim_format_engineering(text, value, DIGITS));
}

static int set_stored(const struct sim_scpi_call *call)
{
    struct analyser *a = call->device;
    int i = sim_scpi_choice(stored_choices[call->tag].choices, call->args);

    if (i < 0)
        return *call->args == '\0' ? SIM_WT_MISSING : SIM_WT_CHARACTER;
    a->stored[call->tag] = stored_choices[call->tag].choices == on_off ? i % 2 : i;
    return 0;
}

static int get_stored(const struct sim_scpi_call *call)
{
    const struct analyser *a = call->device;

    if (stored_choices[call->tag].choices == on_off)
        return sim_text_printf(call->reply, "%d", a->stored[call->tag]);
    sim_scpi_answer_choice(call, stored_choices[call->tag].choices[a->stored[call->tag]]);
    return 0;
}

/* Tags of the rows below: which of a pair. */
enum { OF_VOLTAGE, OF_CURRENT };
enum { OF_HEADER, OF_VERBOSE };

static int set_reply_shape(const struct sim_scpi_call *call)
{
    return sim_scpi_bool(call, call->tag == OF_HEADER ? &call->scpi->header : &call->scpi->verbose);
}

static int get_reply_shape(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "%d",
                           call->tag == OF_HEADER ? call->scpi->header : call->scpi->verbose);
}

static int set_wiring(const struct sim_scpi_call *call)
{
    struct analyser *a = call->device;
    int i = sim_scpi_choice(wirings, call->args);

    if (i < 0)
        return *call->args == '\0' ? SIM_WT_MISSING : SIM_WT_CHARACTER;
    if (a->meter.wiring != (enum sim_wiring)i) {
        a->meter.wiring = (enum sim_wiring)i;
        sim_meter_restart(&a->meter);
    }
    return 0;
}

static int get_wiring(const struct sim_scpi_call *call)
{
    const struct analyser *a = call->device;

    sim_scpi_answer_choice(call, wirings[a->meter.wiring]);
    return 0;
}

static int choose(const double list[], double value, double *ret)
{
    for (int i = 0; list[i] > 0; i++)
        if (fabs(value - list[i]) < 1e-6 * list[i]) {
            *ret = list[i];
            return 0;
        }
    return SIM_WT_RANGE;
}

static int set_range(const struct sim_scpi_call *call)
{
    struct analyser *a = call->device;
    bool voltage = call->tag == OF_VOLTAGE;
    double *range = voltage ? &a->meter.voltage_range_v : &a->meter.current_range_a, before = *range, value;
    int error = sim_scpi_number(call, voltage ? "V" : "A", 0, 1e6, &value);

    if (error == 0)
        error = choose(voltage ? sim_voltage_ranges : sim_current_ranges, value, range);
    if (error == 0 && *range != before)
        sim_meter_restart(&a->meter);
    return error;
}

static int get_range(const struct sim_scpi_call *call)
{
    const struct analyser *a = call->device;

    return sim_format_engineering(
        call->reply, call->tag == OF_VOLTAGE ? a->meter.voltage_range_v : a->meter.current_range_a, 4);
}

static int set_auto(const struct sim_scpi_call *call)
{
    struct analyser *a = call->device;

    return sim_scpi_bool(call, call->tag == OF_VOLTAGE ? &a->meter.voltage_auto : &a->meter.current_auto);
}

static int get_auto(const struct sim_scpi_call *call)
{
    const struct analyser *a = call->device;

    return sim_text_printf(call->reply, "%d",
                           call->tag == OF_VOLTAGE ? a->meter.voltage_auto : a->meter.current_auto);
}

static int set_interval(const struct sim_scpi_call *call)
{
    struct analyser *a = call->device;
    double value, before = a->meter.interval_s;
    int error = sim_scpi_number(call, "S", 0, 100, &value);

    if (error == 0)
        error = choose(intervals_s, value, &a->meter.interval_s);
    if (error == 0 && a->meter.interval_s != before)
        sim_meter_restart(&a->meter);
    return error;
}

static int get_interval(const struct sim_scpi_call *call)
{
    const struct analyser *a = call->device;

    return sim_format_engineering(call->reply, a->meter.interval_s, 4);
}

enum items_action { ITEMS_COUNT, ITEMS_ITEM, ITEMS_CLEAR };

static int set_items(const struct sim_scpi_call *call)
{
    struct analyser *a = call->device;

    switch ((enum items_action)call->tag) {
    case ITEMS_COUNT:
        return sim_items_set_count(&a->items, call);
    case ITEMS_ITEM:
        return sim_items_set(&a->items, call);
    case ITEMS_CLEAR:
        sim_items_clear(&a->items);
        break;
    }
    return 0;
}

static int get_items(const struct sim_scpi_call *call)
{
    const struct analyser *a = call->device;

    if (call->tag == ITEMS_COUNT)
        return sim_text_printf(call->reply, "%d", a->items.count);
    return sim_items_get(&a->items, call);
}

static void answer_value(const struct analyser *a, int index, struct sim_text *reply)
{
    const struct sim_item *item = &a->items.list[index];

    if (item->function == SIM_METER_WHP)
        format_value(a, reply, a->integrator.drawn_wh[item->element]);
    else
        format_value(a, reply,
                     sim_meter_value(&a->meter, a->hold ? &a->held : &a->meter.values, item->function,
                                     item->element, item->order));
}

static int get_values(const struct sim_scpi_call *call)
{
    const struct analyser *a = call->device;
    double single;
    int error;

    if (*call->args != '\0') {
        error = sim_scpi_number(call, "", 1, SIM_ITEMS_MAX, &single);
        if (error == 0)
            answer_value(a, (int)single - 1, call->reply);
        return error;
    }
    for (int i = 0; i < a->items.count; i++) {
        if (i > 0)
            (void)sim_text_append(call->reply, ",", 1);
        answer_value(a, i, call->reply);
    }
    return 0;
}

static int integrate(const struct sim_scpi_call *call)
{
    struct analyser *a = call->device;

    a->integrator.state = (enum sim_integration)call->tag;
    if (a->integrator.state == SIM_INTEGRATION_RESET)
        sim_integrator_zero(&a->integrator);
    return 0;
}

static int get_integration(const struct sim_scpi_call *call)
{
    const struct analyser *a = call->device;

    sim_scpi_answer_choice(call, integrations[a->integrator.state]);
    return 0;
}

static int set_hold(const struct sim_scpi_call *call)
{
    struct analyser *a = call->device;
    int error = sim_scpi_bool(call, &a->hold);

    if (error == 0 && a->hold)
        a->held = a->meter.values;
    return error;
}

static int get_hold(const struct sim_scpi_call *call)
{
    const struct analyser *a = call->device;

    return sim_text_printf(call->reply, "%d", a->hold);
}

static int get_condition(const struct sim_scpi_call *call)
{
    const struct analyser *a = call->device;

    return sim_text_printf(call->reply, "%u", a->meter.values.condition);
}

static int get_events(const struct sim_scpi_call *call)
{
    struct analyser *a = call->device;
    int r = sim_text_printf(call->reply, "%u", a->events);

    a->events = 0;
    return r;
}

static int set_filter(const struct sim_scpi_call *call)
{
    struct analyser *a = call->device;
    int i = sim_scpi_choice(transitions, call->args);

    if (call->suffix < 1 || call->suffix > FILTERS)
        return SIM_WT_SUFFIX;
    if (i < 0)
        return *call->args == '\0' ? SIM_WT_MISSING : SIM_WT_CHARACTER;
    a->filters[call->suffix - 1] = i;
    return 0;
}

static int get_filter(const struct sim_scpi_call *call)
{
    const struct analyser *a = call->device;

    if (call->suffix < 1 || call->suffix > FILTERS)
        return SIM_WT_SUFFIX;
    sim_scpi_answer_choice(call, transitions[a->filters[call->suffix - 1]]);
    return 0;
}

static void defaults(struct analyser *a)
{
    uint64_t interval = a->meter.interval;

    sim_meter_init(&a->meter, a->options.errors, a->meter.seed);
    a->meter.interval = interval;
    a->hold = false;
    a->integrator = (struct sim_integrator){.state = SIM_INTEGRATION_RESET};
    sim_items_preset(&a->items);
    memset(a->stored, 0, sizeof a->stored);
    memset(a->filters, 0, sizeof a->filters);
    a->scpi.header = a->scpi.verbose = true;
}

static int reset(const struct sim_scpi_call *call)
{
    defaults(call->device);
    return 0;
}

static int clear(const struct sim_scpi_call *call)
{
    struct analyser *a = call->device;

    sim_scpi_clear(call->scpi);
    a->events = 0;
    return 0;
}

enum { TEXT_IDENTITY, TEXT_OPTIONS, TEXT_COMPLETE, TEXT_CALIBRATION };

static int get_text(const struct sim_scpi_call *call)
{
    static const char *const texts[] = {
        [TEXT_IDENTITY] = "YOKOGAWA,WT333E,C3SIM0001V,F1.04",
        [TEXT_OPTIONS] = "G5",
        [TEXT_COMPLETE] = "1",
        [TEXT_CALIBRATION] = "0",
    };

    return sim_text_printf(call->reply, "%s", texts[call->tag]);
}

static const struct sim_scpi_command commands[] = {
    {"*IDN", NULL, get_text, TEXT_IDENTITY},
    {"*OPT", NULL, get_text, TEXT_OPTIONS},
    {"*OPC", NULL, get_text, TEXT_COMPLETE},
    {"*CAL", NULL, get_text, TEXT_CALIBRATION},
    {"*CLS", clear, NULL, 0},
    {"*RST", reset, NULL, 0},
    {":COMMunicate:HEADer", set_reply_shape, get_reply_shape, OF_HEADER},
    {":COMMunicate:VERBose", set_reply_shape, get_reply_shape, OF_VERBOSE},
    {":COMMunicate:REMote", set_stored, get_stored, STORED_REMOTE},
    {":COMMunicate:LOCKout", set_stored, get_stored, STORED_LOCKOUT},
    {":SYSTem:COMMunicate:COMMand", set_stored, get_stored, STORED_COMMANDS},
    {":INPut:WIRing", set_wiring, get_wiring, 0},
    {":INPut:MODE", set_stored, get_stored, STORED_MODE},
    {":INPut:CFACtor", set_stored, get_stored, STORED_CREST},
    {":INPut:VOLTage:RANGe[:ALL]", set_range, get_range, OF_VOLTAGE},
    {":INPut:VOLTage:AUTO[:ALL]", set_auto, get_auto, OF_VOLTAGE},
    {":INPut:CURRent:RANGe[:ALL]", set_range, get_range, OF_CURRENT},
    {":INPut:CURRent:AUTO[:ALL]", set_auto, get_auto, OF_CURRENT},
    {":INPut:FILTer:LINE", set_stored, get_stored, STORED_LINE},
    {":INPut:FILTer:FREQuency", set_stored, get_stored, STORED_FREQUENCY},
    {":INPut:SCALing:STATe", set_stored, get_stored, STORED_SCALING},
    {":MEASure:AVERaging:STATe", set_stored, get_stored, STORED_AVERAGING},
    {":INTEGrate:RESet", integrate, NULL, SIM_INTEGRATION_RESET},
    {":INTEGrate:STARt", integrate, NULL, SIM_INTEGRATION_START},
    {":INTEGrate:STOP", integrate, NULL, SIM_INTEGRATION_STOP},
    {":INTEGrate:STATe", NULL, get_integration, 0},
    {":RATE", set_interval, get_interval, 0},
    {":NUMeric:FORMat", set_stored, get_stored, STORED_FORMAT},
    {":NUMeric:HOLD", set_hold, get_hold, 0},
    {":NUMeric:NORMal:NUMber", set_items, get_items, ITEMS_COUNT},
    {":NUMeric:NORMal:ITEM#", set_items, get_items, ITEMS_ITEM},
    {":NUMeric:NORMal:CLEar", set_items, NULL, ITEMS_CLEAR},
    {":NUMeric[:NORMal]:VALue", NULL, get_values, 0},
    {":STATus:CONDition", NULL, get_condition, 0},
    {":STATus:EESR", NULL, get_events, 0},
    {":STATus:FILTer#", set_filter, get_filter, 0},
    {":STATus:ERRor", NULL, sim_scpi_next_error, 0},
    {0},
};

static const struct sim_scpi_error_text errors[] = {
    {SIM_WT_PARAMETER, "Parameter not allowed"}, {SIM_WT_MISSING, "Missing parameter"},
    {SIM_WT_UNDEFINED, "Undefined header"},      {SIM_WT_SUFFIX, "Header suffix out of range"},
    {SIM_WT_NUMBER, "Numeric data error"},       {SIM_WT_CHARACTER, "Invalid character data"},
    {SIM_WT_RANGE, "Data out of range"},         {0, "No error"},
};

static const struct sim_scpi_dialect dialect = {
    .commands = commands,
    .errors = errors,
    .undefined_header = SIM_WT_UNDEFINED,
    .missing_parameter = SIM_WT_MISSING,
    .bad_character_data = SIM_WT_CHARACTER,
    .bad_number = SIM_WT_NUMBER,
    .out_of_range = SIM_WT_RANGE,
};

static void analyser_line(struct sim_device *d, const char *line, struct sim_text *reply)
{
    struct analyser *a = (struct analyser *)d;

    sim_scpi_line(&a->scpi, a, line, reply);
}

/* What its transformers leave of the motor's voltages and currents; the current lags. */
static struct plant_state behind_transformers(const struct plant_config *c, const struct plant_state *state)
{
    double voltage = (1 + c->voltage_ratio_error) / c->voltage_ratio;
    double current = (1 + c->current_ratio_error) / c->current_ratio;
    double turned_rad = c->voltage_displacement_rad - c->current_displacement_rad;
    double i_a = (state->i_line_a[0] + state->i_line_a[1] + state->i_line_a[2]) / 3;
    double s_va = sqrt(3) * state->u_fundamental_v * i_a;
    double q_var = sqrt(fmax(0, s_va * s_va - state->p_w * state->p_w));
    struct plant_state s = *state;

    for (int k = 0; k < 3; k++) {
        s.u_line_v[k] *= voltage;
        s.i_line_a[k] *= current;
        s.u1_line_v[k] *= voltage;
        s.i1_line_a[k] *= current;
    }
    for (size_t h = 0; h < sizeof s.harmonic_v / sizeof s.harmonic_v[0]; h++)
        s.harmonic_v[h] *= voltage;
    s.p_w = voltage * current * (state->p_w * cos(turned_rad) - q_var * sin(turned_rad));
    return s;
}

static void analyser_tick(struct sim_device *d, const struct plant_state *state, double dt_s)
{
    struct analyser *a = (struct analyser *)d;
    struct plant_state seen = behind_transformers(sim_world_config(d->world), state);
    unsigned before = a->meter.values.condition, now;

    if (!sim_meter_tick(&a->meter, &seen, dt_s))
        return;
    sim_integrator_add(&a->integrator, &a->meter.values, a->meter.interval_s);
    now = a->meter.values.condition;
    for (unsigned bit = 0; bit < FILTERS; bit++) {
        /* Bit 0 is up only while the values are being replaced: it rises and falls with every update. */
        bool rises = bit == 0 || (~before & now & (1u << bit)),
             falls = bit == 0 || (before & ~now & (1u << bit));

        if ((rises && (a->filters[bit] & 1)) || (falls && (a->filters[bit] & 2)))
            a->events |= 1u << bit;
    }
}

/* What a power cut of a moment does to it, or a hand at its panel. */
static int analyser_control(struct sim_device *d, const char *key, const char *value)
{
    if (strcmp(key, "energy") != 0 || strcmp(value, "reset") != 0)
        return -EINVAL;
    sim_integrator_zero(&((struct analyser *)d)->integrator);
    return 0;
}

static void analyser_free(struct sim_device *d)
{
    free(d);
}

static const struct sim_device_ops ops = {
    .name = "analyser",
    .terminator = "\n",
    .line = analyser_line,
    .tick = analyser_tick,
    .control = analyser_control,
    .free = analyser_free,
};

struct sim_device *sim_analyser_new(struct sim_world *world, const struct sim_device_options *options)
{
    struct analyser *a = calloc(1, sizeof *a);

    if (a == NULL)
        return NULL;
    a->options = *options;
    a->scpi.dialect = &dialect;
    a->meter.seed = sim_world_config(world)->seed;
    defaults(a);
    return sim_device_start(&a->device, &ops, world);
}
