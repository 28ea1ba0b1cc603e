/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Safety tester with the commands of a Chroma 19032-P: a program of steps, of which step 1 is simulated; V,
 * A, ohm; a time of 0 has no end. */
#include <string.h>

#include "sim/tester.h"

#define NOT_MEASURED "+9.910000E+37"

enum {
    ERROR_UNDEFINED = -113,
    ERROR_MISSING = -109,
    ERROR_CHARACTER = -141,
    ERROR_NUMBER = -120,
    ERROR_RANGE = -222
};

static const char *const mode_words[] = {"AC", "DC", "IR", "GB"};

#define TAG(mode, value) ((mode)*SIM_TESTER_VALUE_COUNT + (value))

static double maximum(enum sim_tester_mode mode, enum sim_tester_value which)
{
    static const double level[] = {5000, 6000, 1000, 30}, limit[] = {0.04, 0.012, 5e10, 0.51};

    if (which == SIM_TESTER_LEVEL)
        return level[mode];
    return which == SIM_TESTER_HIGH_LIMIT || which == SIM_TESTER_LOW_LIMIT ? limit[mode] : 999;
}

static int set_value(const struct sim_scpi_call *call)
{
    struct sim_tester *t = call->device;
    enum sim_tester_mode mode = (enum sim_tester_mode)(call->tag / SIM_TESTER_VALUE_COUNT);
    enum sim_tester_value which = (enum sim_tester_value)(call->tag % SIM_TESTER_VALUE_COUNT);
    double number, top = maximum(mode, which);
    int error = sim_scpi_number(call, "", 0, top, &number);

    if (error != 0 || sim_tester_running(t))
        return error;
    if (!t->wrong_mode)
        t->mode = mode;
    sim_tester_store(t, mode, which, number, 0, top);
    return 0;
}

static int get_value(const struct sim_scpi_call *call)
{
    const struct sim_tester *t = call->device;

    return sim_text_printf(call->reply, "%+.6E",
                           t->set[call->tag / SIM_TESTER_VALUE_COUNT][call->tag % SIM_TESTER_VALUE_COUNT]);
}

static int show(const struct sim_scpi_call *call)
{
    const struct sim_tester *t = call->device;
    const double *v = t->set[t->mode];

    return sim_text_printf(call->reply,
                           "1,%s,%+.6E,%+.6E,%+.6E,+0.000000E+00,+2.300000E+05,%+.6E,%+.6E,%+.6E,"
                           "+0.000000E+00,(0),(0)",
                           mode_words[t->mode], v[SIM_TESTER_LEVEL], v[SIM_TESTER_HIGH_LIMIT],
                           v[SIM_TESTER_LOW_LIMIT], v[SIM_TESTER_HOLD_S], v[SIM_TESTER_RAMP_S],
                           v[SIM_TESTER_FALL_S]);
}

static int steps(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "+%d", ((const struct sim_tester *)call->device)->steps);
}

static int start(const struct sim_scpi_call *call)
{
    sim_tester_start(call->device);
    return 0;
}

static int stop(const struct sim_scpi_call *call)
{
    sim_tester_stop(call->device);
    return 0;
}

static int status(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "%s", sim_tester_running(call->device) ? "RUNNING" : "STOPPED");
}

static int code(const struct sim_tester *t)
{
    /* High, low and breakdown of each mode; the groups as a 19032-P has been seen to answer. */
    static const int group[] = {
        [SIM_TESTER_AC] = 33, [SIM_TESTER_DC] = 49, [SIM_TESTER_IR] = 65, [SIM_TESTER_GB] = 17};

    switch (t->state) {
    case SIM_TESTER_PASS:
        return 116;
    case SIM_TESTER_HIGH:
        return group[t->mode];
    case SIM_TESTER_LOW:
        return group[t->mode] + 1;
    case SIM_TESTER_BREAKDOWN:
        return group[t->mode] + 6;
    case SIM_TESTER_BLOCKED:
        return 114;
    case SIM_TESTER_IDLE:
    case SIM_TESTER_STOPPED:
        return 112;
    case SIM_TESTER_RAMP:
    case SIM_TESTER_HOLD:
    case SIM_TESTER_FALL:
        break;
    }
    return 115;
}

static int result(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "%d", code(call->device));
}

static int result_mode(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "%s", mode_words[((const struct sim_tester *)call->device)->mode]);
}

enum { METER_OUTPUT, METER_VALUE };

static int meter(const struct sim_scpi_call *call)
{
    const struct sim_tester *t = call->device;
    const struct sim_tester_reading *r = &t->reading;
    bool ohm = r->mode == SIM_TESTER_IR || r->mode == SIM_TESTER_GB;

    if (t->state == SIM_TESTER_IDLE || t->state == SIM_TESTER_BLOCKED)
        return sim_text_printf(call->reply, NOT_MEASURED);
    return sim_text_printf(call->reply, "%+.6E",
                           call->tag == METER_OUTPUT ? r->applied
                           : ohm                     ? r->resistance_ohm
                                                     : r->current_a);
}

/* Only off is simulated. */
static int set_report(const struct sim_scpi_call *call)
{
    bool on;
    int error = sim_scpi_bool(call, &on);

    return error == 0 && on ? ERROR_CHARACTER : error;
}

static int identity(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "Chroma,19032-P,SIM0006,6.04");
}

static int clear_errors(const struct sim_scpi_call *call)
{
    sim_scpi_clear(call->scpi);
    return 0;
}

#define STEP "[:SOURce]:SAFEty:STEP#"
#define ROWS(word, mode)                                                                                     \
    {STEP ":" word "[:LEVel]", set_value, get_value, TAG(mode, SIM_TESTER_LEVEL)},                           \
        {STEP ":" word ":LIMit[:HIGH]", set_value, get_value, TAG(mode, SIM_TESTER_HIGH_LIMIT)},             \
        {STEP ":" word ":LIMit:LOW", set_value, get_value, TAG(mode, SIM_TESTER_LOW_LIMIT)},                 \
        {STEP ":" word ":TIME[:TEST]", set_value, get_value, TAG(mode, SIM_TESTER_HOLD_S)},                  \
        {STEP ":" word ":TIME:RAMP", set_value, get_value, TAG(mode, SIM_TESTER_RAMP_S)},                    \
    {                                                                                                        \
        STEP ":" word ":TIME:FALL", set_value, get_value, TAG(mode, SIM_TESTER_FALL_S)                       \
    }

static const struct sim_scpi_command commands[] = {
    {"*IDN", NULL, identity, 0},
    {"*CLS", clear_errors, NULL, 0},
    ROWS("AC", SIM_TESTER_AC),
    ROWS("DC", SIM_TESTER_DC),
    ROWS("IR", SIM_TESTER_IR),
    ROWS("GB", SIM_TESTER_GB),
    {STEP ":SET", NULL, show, 0},
    {"[:SOURce]:SAFEty:SNUMb", NULL, steps, 0},
    {"[:SOURce]:SAFEty:SNUM", NULL, steps, 0},
    {"[:SOURce]:SAFEty:STARt[:ONCE]", start, NULL, 0},
    {"[:SOURce]:SAFEty:STOP", stop, NULL, 0},
    {"[:SOURce]:SAFEty:STATus", NULL, status, 0},
    {"[:SOURce]:SAFEty:RESult:AREPort", set_report, NULL, 0},
    {"[:SOURce]:SAFEty:RESult:ALL[:JUDGment]", NULL, result, 0},
    {"[:SOURce]:SAFEty:RESult:ALL:MODE", NULL, result_mode, 0},
    {"[:SOURce]:SAFEty:RESult:ALL:OMETerage", NULL, meter, METER_OUTPUT},
    {"[:SOURce]:SAFEty:RESult:ALL:MMETerage", NULL, meter, METER_VALUE},
    {":SYSTem:ERRor", NULL, sim_scpi_next_error, 0},
    {0},
};

static const struct sim_scpi_error_text errors[] = {
    {ERROR_MISSING, "Missing parameter"},
    {ERROR_UNDEFINED, "Undefined header"},
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

static const struct sim_device_ops ops = {
    .name = "chroma19032",
    .terminator = "\n",
    .line = sim_tester_line,
    .tick = sim_tester_tick,
    .control = sim_tester_control,
    .status = sim_tester_status,
    .free = sim_tester_free,
};

struct sim_device *sim_chroma19032_new(struct sim_world *world, const struct sim_device_options *options)
{
    struct sim_tester *t = sim_tester_new(world, options, &ops, &dialect);

    for (int mode = 0; t != NULL && mode < SIM_TESTER_MODE_COUNT; mode++)
        t->set[mode][SIM_TESTER_RAMP_S] = 0;
    return (struct sim_device *)t;
}
