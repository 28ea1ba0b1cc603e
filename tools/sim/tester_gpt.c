/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Safety tester with the commands of a GW Instek GPT-9804: kV, mA, Mohm, mohm; what it does not like it
 * clamps or drops without a word. */
#include <math.h>

#include "sim/tester.h"

#define STATE_LAG_S 0.2 /* FUNC:TEST? answers with the state before the start for so long */

enum { ERROR_UNDEFINED = 20, ERROR_VALUE = 21 };

static const char *const mode_words[] = {"ACW", "DCW", "IR", "GB", NULL};

#define TAG(mode, value) ((mode)*SIM_TESTER_VALUE_COUNT + (value))

static double factor(enum sim_tester_mode mode, enum sim_tester_value which)
{
    if (which == SIM_TESTER_LEVEL)
        return mode == SIM_TESTER_GB ? 1 : 1e3;
    if (which == SIM_TESTER_HIGH_LIMIT || which == SIM_TESTER_LOW_LIMIT)
        return mode == SIM_TESTER_IR ? 1e6 : 1e-3;
    return 1;
}

/* In the tester's units. */
static void range(enum sim_tester_mode mode, enum sim_tester_value which, double *low, double *high)
{
    static const double level[][2] = {{0.05, 5}, {0.05, 6}, {0.05, 1}, {3, 30}};
    static const double limit[][2] = {{0.001, 40}, {0.001, 10}, {1, 9999}, {0.1, 650}};

    *low = 0;
    *high = 9999;
    if (which == SIM_TESTER_LEVEL) {
        *low = level[mode][0];
        *high = level[mode][1];
    } else if (which == SIM_TESTER_HIGH_LIMIT || which == SIM_TESTER_LOW_LIMIT) {
        /* A low limit may be 0, but for the insulation, where 0 becomes 1. */
        *low = which == SIM_TESTER_HIGH_LIMIT || mode == SIM_TESTER_IR ? limit[mode][0] : 0;
        *high = limit[mode][1];
    } else if (which == SIM_TESTER_HOLD_S) {
        *low = 0.5;
        *high = 999.9;
    }
}

static int set_value(const struct sim_scpi_call *call)
{
    struct sim_tester *t = call->device;
    enum sim_tester_mode mode = (enum sim_tester_mode)(call->tag / SIM_TESTER_VALUE_COUNT);
    enum sim_tester_value which = (enum sim_tester_value)(call->tag % SIM_TESTER_VALUE_COUNT);
    double number, low, high, unit = factor(mode, which);
    int error = sim_scpi_number(call, "", 0, 1e9, &number);

    if (error != 0 || sim_tester_running(t))
        return error; /* edits in a test are dropped */
    range(mode, which, &low, &high);
    sim_tester_store(t, mode, which, number * unit, low * unit, high * unit);
    return 0;
}

static int get_value(const struct sim_scpi_call *call)
{
    struct sim_tester *t = call->device;
    int mode = call->tag / SIM_TESTER_VALUE_COUNT, which = call->tag % SIM_TESTER_VALUE_COUNT;

    return sim_text_printf(call->reply, "%g",
                           t->set[mode][which] /
                               factor((enum sim_tester_mode)mode, (enum sim_tester_value)which));
}

static int set_ramp(const struct sim_scpi_call *call)
{
    struct sim_tester *t = call->device;
    double number;
    int error = sim_scpi_number(call, "", 0, 1e9, &number);

    for (int mode = 0; error == 0 && !sim_tester_running(t) && mode < SIM_TESTER_MODE_COUNT; mode++)
        sim_tester_store(t, (enum sim_tester_mode)mode, SIM_TESTER_RAMP_S, number, 0.1, 999.9);
    return error;
}

static int set_mode(const struct sim_scpi_call *call)
{
    struct sim_tester *t = call->device;
    int mode = sim_scpi_choice(mode_words, call->args);

    if (mode < 0)
        return ERROR_VALUE;
    if (!sim_tester_running(t) && !t->wrong_mode)
        t->mode = (enum sim_tester_mode)mode;
    return 0;
}

static int show(const struct sim_scpi_call *call)
{
    const struct sim_tester *t = call->device;
    const double *v = t->set[t->mode];

    switch (t->mode) {
    case SIM_TESTER_IR:
        return sim_text_printf(call->reply, "IR,%.3fkV,H=%.0fMohm,L=%.0fMohm,R=%05.1fS,T=%05.1fS",
                               v[SIM_TESTER_LEVEL] / 1e3, v[SIM_TESTER_HIGH_LIMIT] / 1e6,
                               v[SIM_TESTER_LOW_LIMIT] / 1e6, v[SIM_TESTER_RAMP_S], v[SIM_TESTER_HOLD_S]);
    case SIM_TESTER_GB:
        return sim_text_printf(call->reply, "GB,%05.2fA,H=%05.1fmohm,L=%05.1fmohm,T=%05.1fS",
                               v[SIM_TESTER_LEVEL], v[SIM_TESTER_HIGH_LIMIT] * 1e3,
                               v[SIM_TESTER_LOW_LIMIT] * 1e3, v[SIM_TESTER_HOLD_S]);
    default:
        return sim_text_printf(call->reply, "%s,%.3fkV,H=%06.3fmA,L=%06.3fmA,R=%05.1fS,T=%05.1fS",
                               mode_words[t->mode], v[SIM_TESTER_LEVEL] / 1e3, v[SIM_TESTER_HIGH_LIMIT] * 1e3,
                               v[SIM_TESTER_LOW_LIMIT] * 1e3, v[SIM_TESTER_RAMP_S], v[SIM_TESTER_HOLD_S]);
    }
}

static int set_test(const struct sim_scpi_call *call)
{
    bool on;
    int error = sim_scpi_bool(call, &on);

    if (error != 0)
        return error;
    (on ? sim_tester_start : sim_tester_stop)(call->device);
    return 0;
}

static int get_test(const struct sim_scpi_call *call)
{
    const struct sim_tester *t = call->device;
    bool on = sim_tester_running(t) && t->since_start_s >= STATE_LAG_S;

    return sim_text_printf(call->reply, "TEST %s", on ? "ON" : "OFF");
}

static const char *result_word(const struct sim_tester *t)
{
    if (sim_tester_running(t))
        return "TEST";
    if (t->state == SIM_TESTER_IDLE || t->state == SIM_TESTER_STOPPED || t->state == SIM_TESTER_BLOCKED)
        return "VIEW";
    return t->state == SIM_TESTER_PASS ? "PASS" : "FAIL";
}

/* "ACW, FAIL , 0.024kV ,0.013 mA ,R=000.1S" */
static int measured(const struct sim_scpi_call *call)
{
    const struct sim_tester *t = call->device;
    const struct sim_tester_reading *r = &t->reading;

    if (r->mode == SIM_TESTER_GB)
        (void)sim_text_printf(call->reply, "GB,%s ,%05.2fA ,%.1fmohm ", result_word(t), r->applied,
                              r->resistance_ohm * 1e3);
    else if (r->mode == SIM_TESTER_IR)
        (void)sim_text_printf(call->reply, "IR,%s ,%.3fkV ,%04.0fM ohm ", result_word(t), r->applied / 1e3,
                              fmin(r->resistance_ohm / 1e6, 9999));
    else
        (void)sim_text_printf(call->reply, "%s, %s , %.3fkV ,%.3f mA ", mode_words[r->mode], result_word(t),
                              r->applied / 1e3, r->current_a * 1e3);
    return sim_text_printf(call->reply, ",%c=%05.1fS", r->in_ramp ? 'R' : 'T', r->phase_s);
}

static int identity(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "GPT-9804, SIM0005, V1.00");
}

static int next_error(const struct sim_scpi_call *call)
{
    struct sim_scpi *scpi = call->scpi;
    int number = scpi->queued > 0 ? scpi->queue[0] : 0;

    sim_scpi_clear(scpi);
    return sim_text_printf(call->reply, "%d,%s", number, number == 0 ? "No Error" : "Command Error");
}

static int clear_errors(const struct sim_scpi_call *call)
{
    sim_scpi_clear(call->scpi);
    return 0;
}

static int take(const struct sim_scpi_call *call)
{
    (void)call;
    return 0;
}

static int main_function(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "MANU");
}

#define ROWS(word, mode)                                                                                     \
    {":MANU:" word ":VOLTage", set_value, get_value, TAG(mode, SIM_TESTER_LEVEL)},                           \
        {":MANU:" word ":CHISet", set_value, get_value, TAG(mode, SIM_TESTER_HIGH_LIMIT)},                   \
        {":MANU:" word ":CLOSet", set_value, get_value, TAG(mode, SIM_TESTER_LOW_LIMIT)},                    \
        {":MANU:" word ":TTIMe", set_value, get_value, TAG(mode, SIM_TESTER_HOLD_S)},                        \
        {":MANU:" word ":RHISet", set_value, get_value, TAG(mode, SIM_TESTER_HIGH_LIMIT)},                   \
        {":MANU:" word ":RLOSet", set_value, get_value, TAG(mode, SIM_TESTER_LOW_LIMIT)},                    \
        {":MANU:" word ":CURRent", set_value, get_value, TAG(mode, SIM_TESTER_LEVEL)},                       \
    {                                                                                                        \
        ":MANU:" word ":FREQuency", set_value, get_value, TAG(mode, SIM_TESTER_FREQUENCY)                    \
    }

static const struct sim_scpi_command commands[] = {
    {"*IDN", NULL, identity, 0},
    {"*CLS", clear_errors, NULL, 0},
    {":SYSTem:ERRor", NULL, next_error, 0},
    {":MAIN:FUNCtion", take, main_function, 0},
    {":MANU:STEP", take, NULL, 0},
    {":MANU:EDIT:MODE", set_mode, NULL, 0},
    {":MANU#:EDIT:SHOW", NULL, show, 0},
    {":MANU:RTIMe", set_ramp, NULL, 0},
    ROWS("ACW", SIM_TESTER_AC),
    ROWS("DCW", SIM_TESTER_DC),
    ROWS("IR", SIM_TESTER_IR),
    ROWS("GB", SIM_TESTER_GB),
    {":FUNCtion:TEST", set_test, get_test, 0},
    {":TEST:RETurn", take, NULL, 0},
    {":MEASure", NULL, measured, 0},
    {0},
};

static const struct sim_scpi_error_text errors[] = {{0, "No Error"}};

static const struct sim_scpi_dialect dialect = {
    .commands = commands,
    .errors = errors,
    .undefined_header = ERROR_UNDEFINED,
    .missing_parameter = ERROR_VALUE,
    .bad_character_data = ERROR_VALUE,
    .bad_number = ERROR_VALUE,
    .out_of_range = ERROR_VALUE,
};

static const struct sim_device_ops ops = {
    .name = "gpt9800",
    .terminator = "\n",
    .line = sim_tester_line,
    .tick = sim_tester_tick,
    .control = sim_tester_control,
    .status = sim_tester_status,
    .free = sim_tester_free,
};

struct sim_device *sim_gpt9800_new(struct sim_world *world, const struct sim_device_options *options)
{
    return (struct sim_device *)sim_tester_new(world, options, &ops, &dialect);
}
