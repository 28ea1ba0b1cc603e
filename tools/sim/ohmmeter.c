/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Winding-resistance meter with the commands of a Tonghui TH2516, connected line to line through an
 * interlocked contactor: it reads nothing while the source's output is on, a voltage remains on the winding
 * or the rotor still turns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/device.h"
#include "sim/format.h"
#include "sim/random.h"
#include "sim/scpi.h"

#define STREAM_OHM 0x6f686du
#define COUNTS 20000 /* of a range */
#define QUIET_V 1.0
#define STANDSTILL_RPM 5.0
#define NO_READING 9.9e37
/* The winding is an inductance: the test current, and with it the indicated value, rises for about 2 s. */
#define SETTLE_START 0.3 /* share of the value that is missing at first */
#define SETTLE_TAU_S 0.3

enum {
    ERROR_UNDEFINED = -113,
    ERROR_MISSING = -109,
    ERROR_CHARACTER = -141,
    ERROR_NUMBER = -120,
    ERROR_RANGE = -222
};
enum { STORED_APERTURE, STORED_FUNCTION, STORED_AUTO, STORED_TRIGGER, STORED_COUNT };

struct ohmmeter {
    struct sim_device device;
    struct sim_device_options options;
    struct sim_scpi scpi;
    uint64_t seed, conversion;
    int stored[STORED_COUNT];
    double connected_s; /* since the winding became measurable */
    double running_s;   /* of the present conversion */
    double reading_ohm; /* of the last conversion */
};

static const char *const apertures[] = {"SLOW2", "SLOW1", "MED", "FAST", NULL};
static const double aperture_s[] = {0.3, 0.15, 0.1, 0.05};
static const char *const function_words[] = {"R", NULL};
static const char *const on_off[] = {"ON", "OFF", "1", "0", NULL};
static const char *const triggers[] = {"INTernal", "BUS", "EXTernal", NULL};
static const char *const *const choices[STORED_COUNT] = {apertures, function_words, on_off, triggers};

static bool measurable(const struct plant_state *state)
{
    double largest = fmax(state->u_line_v[0], fmax(state->u_line_v[1], state->u_line_v[2]));

    return !state->output_on && largest < QUIET_V && fabs(state->speed_rpm) <= STANDSTILL_RPM;
}

/* Rounded to a count of the lowest range that holds it: 20 mohm, 200 mohm ... 2 Mohm. */
static double to_counts(double value)
{
    double range = 0.02;

    while (range < value && range < 2e6)
        range *= 10;
    return round(value / range * COUNTS) * range / COUNTS;
}

static void convert(struct ohmmeter *o, const struct plant_state *state)
{
    double settled = 1 - SETTLE_START * exp(-o->connected_s / SETTLE_TAU_S), value;
    struct sim_random random;

    o->conversion++;
    sim_random_seed(&random, o->seed, STREAM_OHM + (o->conversion << 16));
    value = sim_errors_apply(o->options.errors, MB_RESISTANCE, state->r_line_ohm, sim_random_normal(&random));
    o->reading_ohm = settled * value;
    if (!o->options.exact)
        o->reading_ohm = to_counts(o->reading_ohm);
}

static void ohmmeter_tick(struct sim_device *d, const struct plant_state *state, double dt_s)
{
    struct ohmmeter *o = (struct ohmmeter *)d;

    if (!measurable(state)) {
        o->connected_s = o->running_s = 0;
        o->reading_ohm = NO_READING;
        return;
    }
    o->connected_s += dt_s;
    o->running_s += dt_s;
    if (o->running_s >= aperture_s[o->stored[STORED_APERTURE]] - dt_s / 2) {
        o->running_s = 0;
        convert(o, state);
    }
}

static int fetch(const struct sim_scpi_call *call)
{
    const struct ohmmeter *o = call->device;

    return sim_text_printf(call->reply, "%+.*E,+0,", o->options.exact ? 16 : 6, o->reading_ohm);
}

static int set_stored(const struct sim_scpi_call *call)
{
    struct ohmmeter *o = call->device;
    int i = sim_scpi_choice(choices[call->tag], call->args);

    if (i < 0)
        return *call->args == '\0' ? ERROR_MISSING : ERROR_CHARACTER;
    o->stored[call->tag] = i;
    return 0;
}

static int get_stored(const struct sim_scpi_call *call)
{
    const struct ohmmeter *o = call->device;

    return sim_text_printf(call->reply, "%s", choices[call->tag][o->stored[call->tag]]);
}

static int identity(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "Tonghui,TH2516,V1.04,SIM0004");
}

static int clear_errors(const struct sim_scpi_call *call)
{
    sim_scpi_clear(call->scpi);
    return 0;
}

static const struct sim_scpi_command commands[] = {
    {"*IDN", NULL, identity, 0},
    {"*CLS", clear_errors, NULL, 0},
    {":FETCh[:IMPedance]", NULL, fetch, 0},
    {":APERture[:RATE]", set_stored, get_stored, STORED_APERTURE},
    {":FUNCtion[:IMPedance]", set_stored, get_stored, STORED_FUNCTION},
    {":FUNCtion:IMPedance:RANGe:AUTO", set_stored, get_stored, STORED_AUTO},
    {":TRIGger:SOURce", set_stored, get_stored, STORED_TRIGGER},
    {":SYSTem:ERRor", NULL, sim_scpi_next_error, 0},
    {":ERRor", NULL, sim_scpi_next_error, 0},
    {0},
};

static const struct sim_scpi_error_text errors[] = {
    {ERROR_MISSING, "Missing parameter"},
    {ERROR_UNDEFINED, "Undefined header"},
    {ERROR_CHARACTER, "Invalid character data"},
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

static void ohmmeter_line(struct sim_device *d, const char *line, struct sim_text *reply)
{
    struct ohmmeter *o = (struct ohmmeter *)d;

    sim_scpi_line(&o->scpi, o, line, reply);
}

static void ohmmeter_free(struct sim_device *d)
{
    free(d);
}

static const struct sim_device_ops ops = {
    .name = "ohmmeter",
    .terminator = "\n",
    .line = ohmmeter_line,
    .tick = ohmmeter_tick,
    .free = ohmmeter_free,
};

struct sim_device *sim_ohmmeter_new(struct sim_world *world, const struct sim_device_options *options)
{
    struct ohmmeter *o = calloc(1, sizeof *o);

    if (o == NULL)
        return NULL;
    o->options = *options;
    o->scpi.dialect = &dialect;
    o->seed = sim_world_config(world)->seed;
    o->reading_ohm = NO_READING;
    return sim_device_start(&o->device, &ops, world);
}
