/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three-phase AC source with the commands of a Chroma 61511 (61500 series user's manual); with another lowest
 * frequency than that has, it is a converter of no real maker (simulated-converter.yaml). Voltages are phase
 * to neutral: the line-to-line voltage at the motor is sqrt(3) times what is commanded. A motor of direct
 * current has one that gives nothing else, of no real maker either (simulated-dc-supply.yaml), and so is the
 * partner's, which takes power back (simulated-regenerative-source.yaml). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/device.h"
#include "sim/format.h"
#include "sim/machine.h"
#include "sim/scpi.h"

#define RANGE_LOW_V 150.0
#define RANGE_HIGH_V 300.0
#define DELAY_UNIT_S 0.5 /* CURRent:DELay counts in half seconds */
#define DELAY_DEFAULT 5

enum {
    ERROR_UNDEFINED = -113,
    ERROR_MISSING = -109,
    ERROR_CHARACTER = -141,
    ERROR_NUMBER = -120,
    ERROR_RANGE = -222,
    ERROR_CONFLICT = -221
};
enum { SET_VOLTAGE, SET_DC, SET_LIMIT_V, SET_FREQUENCY, SET_LIMIT_A, SET_DELAY, SET_COUNT };
enum { FETCH_VOLTAGE, FETCH_CURRENT, FETCH_POWER, FETCH_FREQUENCY };

struct source {
    struct sim_device device;
    struct sim_device_options options;
    struct sim_scpi scpi;
    double maximum_v; /* phase, of this model */
    double set[SET_COUNT];
    bool high_range, output, tripped;
    double over_s; /* how long the current has been above its limit */
};

static bool is_direct(const struct source *s)
{
    return machine_of(&sim_world_config(s->device.world)->motor)->direct;
}

/* Of the transformer behind it. */
static double ratio(const struct source *s)
{
    return sim_world_config(s->device.world)->supply_ratio;
}

static void apply(const struct source *s)
{
    if (is_direct(s))
        sim_world_supply(s->device.world, s->set[SET_DC],
                         sim_world_config(s->device.world)->motor.rated_frequency_hz, s->output);
    else
        sim_world_supply(s->device.world, s->set[SET_VOLTAGE] * sqrt(3.0) * ratio(s), s->set[SET_FREQUENCY],
                         s->output);
}

static double set_maximum(const struct source *s, int tag)
{
    double range = fmin(s->high_range ? RANGE_HIGH_V : RANGE_LOW_V, s->maximum_v);

    switch (tag) {
    case SET_VOLTAGE:
        return is_direct(s) ? 0 : fmin(range, s->set[SET_LIMIT_V]);
    case SET_DC: /* on a winding of alternating current any direct voltage is refused */
        return is_direct(s) ? fmin(sim_world_config(s->device.world)->source_max_v, RANGE_HIGH_V) : 0;
    case SET_LIMIT_V:
        return RANGE_HIGH_V;
    case SET_FREQUENCY:
        return 1500;
    case SET_LIMIT_A:
        return sim_world_config(s->device.world)->source_max_a * ratio(s);
    default:
        return 14;
    }
}

static double set_minimum(const struct source *s, int tag)
{
    return tag == SET_FREQUENCY ? sim_world_config(s->device.world)->source_min_hz : 0;
}

static int set_number(const struct sim_scpi_call *call)
{
    static const char *const units[] = {"V", "V", "V", "HZ", "A", ""};
    struct source *s = call->device;
    int error = sim_scpi_number(call, units[call->tag], set_minimum(s, call->tag), set_maximum(s, call->tag),
                                &s->set[call->tag]);

    if (error == 0)
        apply(s);
    return error;
}

static void answer(const struct source *s, struct sim_text *reply, double value, int decimals)
{
    (void)(s->options.exact ? sim_format_exact(reply, value)
                            : sim_text_printf(reply, "%.*f", decimals, value));
}

static int get_number(const struct sim_scpi_call *call)
{
    const struct source *s = call->device;

    /* A torque is set by a small part of the slip. */
    answer(s, call->reply, s->set[call->tag], s->options.regenerative && call->tag == SET_FREQUENCY ? 3 : 2);
    return 0;
}

/* The range relay moves without current only. */
static int set_range(const struct sim_scpi_call *call)
{
    static const char *const words[] = {"LOW", "HIGH", NULL};
    struct source *s = call->device;
    int i = sim_scpi_choice(words, call->args);

    if (i < 0)
        return *call->args == '\0' ? ERROR_MISSING : ERROR_CHARACTER;
    if ((i == 1) == s->high_range)
        return 0;
    if (s->output || (i == 0 && s->set[SET_VOLTAGE] > RANGE_LOW_V))
        return ERROR_CONFLICT;
    s->high_range = i == 1;
    return 0;
}

static int get_range(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "%s",
                           ((const struct source *)call->device)->high_range ? "HIGH" : "LOW");
}

static int set_output(const struct sim_scpi_call *call)
{
    struct source *s = call->device;
    bool on;
    int error = sim_scpi_bool(call, &on);

    if (error == 0 && on && s->tripped)
        return ERROR_CONFLICT;
    if (error == 0) {
        s->output = on;
        s->over_s = 0;
        apply(s);
    }
    return error;
}

static int get_output(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "%s", ((const struct source *)call->device)->output ? "ON" : "OFF");
}

static int clear_protection(const struct sim_scpi_call *call)
{
    struct source *s = call->device;

    s->tripped = false;
    s->over_s = 0;
    return 0;
}

static int set_mode(const struct sim_scpi_call *call)
{
    static const char *const words[] = {"FIXed", NULL};

    return sim_scpi_choice(words, call->args) == 0 ? 0 : ERROR_CHARACTER;
}

static int get_mode(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "FIXED");
}

static double fetched(const struct source *s, int tag)
{
    const struct plant_state *state = sim_world_state(s->device.world);

    if (!s->output) /* behind an open relay: whatever the motor gives */
        return 0;
    /* FETCh speaks of the phase chosen at the instrument, phase 1 here: a third of a three-phase load's
     * power. */
    switch (tag) {
    case FETCH_VOLTAGE:
        return is_direct(s) ? state->u_line_v[0] : state->u_line_v[0] / ratio(s) / sqrt(3.0);
    case FETCH_CURRENT:
        return state->i_line_a[0] * ratio(s);
    case FETCH_POWER:
        return is_direct(s) ? state->p_w : state->p_w / 3;
    default:
        return state->frequency_hz;
    }
}

static int fetch(const struct sim_scpi_call *call)
{
    const struct source *s = call->device;

    answer(s, call->reply, fetched(s, call->tag), call->tag == FETCH_POWER ? 1 : 2);
    return 0;
}

static int identity(const struct sim_scpi_call *call)
{
    const struct source *s = call->device;

    if (is_direct(s))
        return sim_text_printf(call->reply, "motorbench,SIM-DC-SUPPLY,SIM0002,1.00");
    if (s->options.regenerative)
        return sim_text_printf(call->reply, "motorbench,SIM-REGENERATIVE,SIM0009,1.00");
    return sim_text_printf(call->reply, sim_world_config(s->device.world)->source_min_hz < SIM_SOURCE_MIN_HZ
                                            ? "motorbench,SIM-CONVERTER,SIM0002,1.00"
                                            : "Chroma ATE 61511,SIM0002,1.00,1.01,1.02");
}

static int clear_errors(const struct sim_scpi_call *call)
{
    sim_scpi_clear(call->scpi);
    return 0;
}

static void defaults(struct source *s)
{
    s->set[SET_VOLTAGE] = s->set[SET_DC] = 0;
    s->set[SET_LIMIT_V] = RANGE_HIGH_V;
    s->set[SET_FREQUENCY] = 60;
    s->set[SET_LIMIT_A] = sim_world_config(s->device.world)->source_max_a * ratio(s);
    s->set[SET_DELAY] = DELAY_DEFAULT;
    s->high_range = s->output = false;
    s->over_s = 0;
}

static int reset(const struct sim_scpi_call *call)
{
    defaults(call->device);
    apply(call->device);
    return 0;
}

static int complete(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "1");
}

static const struct sim_scpi_command commands[] = {
    {"*IDN", NULL, identity, 0},
    {"*CLS", clear_errors, NULL, 0},
    {"*RST", reset, NULL, 0},
    {"*OPC", NULL, complete, 0},
    {"[:SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]:AC", set_number, get_number, SET_VOLTAGE},
    {"[:SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]:DC", set_number, get_number, SET_DC},
    {"[:SOURce]:VOLTage:LIMit:AC", set_number, get_number, SET_LIMIT_V},
    {"[:SOURce]:VOLTage:RANGe", set_range, get_range, 0},
    {"[:SOURce]:FREQuency[:CW][:IMMediate]", set_number, get_number, SET_FREQUENCY},
    {"[:SOURce]:CURRent:LIMit", set_number, get_number, SET_LIMIT_A},
    {"[:SOURce]:CURRent:DELay", set_number, get_number, SET_DELAY},
    {":OUTPut[:STATe]", set_output, get_output, 0},
    {":OUTPut:MODE", set_mode, get_mode, 0},
    {":OUTPut:PROTection:CLEar", clear_protection, NULL, 0},
    {":FETCh[:SCALar]:VOLTage:ACDC", NULL, fetch, FETCH_VOLTAGE},
    {":FETCh[:SCALar]:CURRent:AC", NULL, fetch, FETCH_CURRENT},
    {":FETCh[:SCALar]:POWer:AC[:REAL]", NULL, fetch, FETCH_POWER},
    {":FETCh[:SCALar]:FREQuency", NULL, fetch, FETCH_FREQUENCY},
    {":MEASure[:SCALar]:VOLTage:ACDC", NULL, fetch, FETCH_VOLTAGE},
    {":MEASure[:SCALar]:CURRent:AC", NULL, fetch, FETCH_CURRENT},
    {":MEASure[:SCALar]:POWer:AC[:REAL]", NULL, fetch, FETCH_POWER},
    {":SYSTem:ERRor[:NEXT]", NULL, sim_scpi_next_error, 0},
    {0},
};

static const struct sim_scpi_error_text errors[] = {
    {ERROR_MISSING, "Missing parameter"},
    {ERROR_UNDEFINED, "Undefined header"},
    {ERROR_NUMBER, "Numeric data error"},
    {ERROR_CHARACTER, "Invalid character data"},
    {ERROR_CONFLICT, "Settings conflict"},
    {ERROR_RANGE, "Data out of range"},
    {0, "No error"},
};

static const struct sim_scpi_dialect dialect = {
    .commands = commands,
    .errors = errors,
    .undefined_header = ERROR_UNDEFINED,
    .missing_parameter = ERROR_MISSING,
    .bad_character_data = ERROR_CHARACTER,
    .bad_number = ERROR_NUMBER,
    .out_of_range = ERROR_RANGE,
};

static void source_line(struct sim_device *d, const char *line, struct sim_text *reply)
{
    struct source *s = (struct source *)d;

    sim_scpi_line(&s->scpi, s, line, reply);
}

/* Above the current limit for longer than its delay: the output goes off and stays off until the protection
 * is cleared. */
static void source_tick(struct sim_device *d, const struct plant_state *state, double dt_s)
{
    struct source *s = (struct source *)d;
    double largest = ratio(s) * fmax(state->i_line_a[0], fmax(state->i_line_a[1], state->i_line_a[2]));

    if (!s->output || largest <= s->set[SET_LIMIT_A]) {
        s->over_s = 0;
        return;
    }
    s->over_s += dt_s;
    if (s->over_s > fmax(s->set[SET_DELAY], 1) * DELAY_UNIT_S) {
        s->tripped = true;
        s->output = false;
        apply(s);
    }
}

static const char *source_display(const struct sim_device *d)
{
    return ((const struct source *)d)->tripped ? "OCP" : "";
}

static void source_status(const struct sim_device *d, struct sim_text *out)
{
    (void)sim_text_printf(out, ",\"output\":%s", ((const struct source *)d)->output ? "true" : "false");
}

static void source_free(struct sim_device *d)
{
    free(d);
}

static const struct sim_device_ops ops = {
    .name = "source",
    .terminator = "\n",
    .line = source_line,
    .tick = source_tick,
    .display = source_display,
    .status = source_status,
    .free = source_free,
};

struct sim_device *sim_source_new(struct sim_world *world, const struct sim_device_options *options)
{
    struct source *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->device.world = world;
    s->options = *options;
    s->scpi.dialect = &dialect;
    s->maximum_v = fmin(sim_world_config(world)->source_max_v / ratio(s) / sqrt(3.0), RANGE_HIGH_V);
    defaults(s);
    return sim_device_start(&s->device, &ops, world);
}
