/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Safety tester with the commands of a Kikusui TOS9301: V, A, ohm; *OPC? is answered when the test has ended,
 * the result carries the tester's own clock. */
#include "sim/tester.h"

#define PROTECTION_INTERLOCK 8

enum {
    ERROR_UNDEFINED = -113,
    ERROR_MISSING = -109,
    ERROR_CHARACTER = -141,
    ERROR_NUMBER = -120,
    ERROR_RANGE = -222
};

static const char *const mode_words[] = {"ACW", "DCW", "IR", NULL};

#define TAG(mode, value) ((mode)*SIM_TESTER_VALUE_COUNT + (value))

static int set_value(const struct sim_scpi_call *call)
{
    struct sim_tester *t = call->device;
    enum sim_tester_mode mode = (enum sim_tester_mode)(call->tag / SIM_TESTER_VALUE_COUNT);
    enum sim_tester_value which = (enum sim_tester_value)(call->tag % SIM_TESTER_VALUE_COUNT);
    double number, top = which == SIM_TESTER_LEVEL ? 6000 : mode == SIM_TESTER_IR ? 1e11 : 999;
    int error = sim_scpi_number(call, "", 0, top, &number);

    if (error == 0 && !sim_tester_running(t))
        sim_tester_store(t, mode, which, number, 0, top);
    return error;
}

static int get_value(const struct sim_scpi_call *call)
{
    const struct sim_tester *t = call->device;

    return sim_text_printf(call->reply, "%+.5E",
                           t->set[call->tag / SIM_TESTER_VALUE_COUNT][call->tag % SIM_TESTER_VALUE_COUNT]);
}

static int set_function(const struct sim_scpi_call *call)
{
    struct sim_tester *t = call->device;
    int mode = sim_scpi_choice(mode_words, call->args);

    if (mode < 0)
        return ERROR_CHARACTER;
    if (!sim_tester_running(t) && !t->wrong_mode)
        t->mode = (enum sim_tester_mode)mode;
    return 0;
}

static int get_function(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "%s", mode_words[((const struct sim_tester *)call->device)->mode]);
}

static int set_on(const struct sim_scpi_call *call)
{
    bool on;

    return sim_scpi_bool(call, &on);
}

static int get_on(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "1");
}

static int set_source(const struct sim_scpi_call *call)
{
    static const char *const words[] = {"IMMediate", NULL};

    return sim_scpi_choice(words, call->args) == 0 ? 0 : ERROR_CHARACTER;
}

static int get_source(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "IMM");
}

static int protection(const struct sim_scpi_call *call)
{
    const struct sim_tester *t = call->device;

    return sim_text_printf(call->reply, "%+d", t->interlock_open ? PROTECTION_INTERLOCK : 0);
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

/* The answer comes when nothing is under way any more (tos_owed). */
static int complete(const struct sim_scpi_call *call)
{
    struct sim_tester *t = call->device;

    t->answer_owed = sim_tester_running(t);
    return t->answer_owed ? 0 : sim_text_printf(call->reply, "1");
}

static void tos_owed(struct sim_device *d, struct sim_text *out)
{
    struct sim_tester *t = (struct sim_tester *)d;

    if (!t->answer_owed || sim_tester_running(t))
        return;
    t->answer_owed = false;
    (void)sim_text_printf(out, "1\n");
}

static const char *judgement(const struct sim_tester *t)
{
    switch (t->state) {
    case SIM_TESTER_PASS:
        return "PASS";
    case SIM_TESTER_HIGH:
    case SIM_TESTER_BREAKDOWN:
        return "U-FAIL";
    case SIM_TESTER_LOW:
        return "L-FAIL";
    default:
        return "ABORT";
    }
}

static int result(const struct sim_scpi_call *call)
{
    const struct sim_tester *t = call->device;
    const struct sim_tester_reading *r = &t->reading;

    return sim_text_printf(call->reply, "%+d,+1,%s,+2024,+1,+28,+12,+42,%+d,%+.5E,%+.5E,%+.5E,%+.5E,%s",
                           t->tests, mode_words[r->mode], t->tests % 60, r->applied, r->current_a,
                           r->resistance_ohm, r->phase_s, judgement(t));
}

static int identity(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "KIKUSUI,TOS9301,SIM0007,1.00");
}

static int clear_errors(const struct sim_scpi_call *call)
{
    sim_scpi_clear(call->scpi);
    return 0;
}

#define ROWS(word, mode)                                                                                     \
    {":" word ":VOLTage", set_value, get_value, TAG(mode, SIM_TESTER_LEVEL)},                                \
        {":" word ":VOLTage:SWEep:TIMe", set_value, get_value, TAG(mode, SIM_TESTER_RAMP_S)},                \
        {":" word ":VOLTage:TIMe", set_value, get_value, TAG(mode, SIM_TESTER_HOLD_S)},                      \
        {":" word ":VOLTage:TIMe:STATe", set_on, get_on, 0},                                                 \
        {":SENSe:" word ":JUDGment", set_value, get_value, TAG(mode, SIM_TESTER_HIGH_LIMIT)},                \
        {":SENSe:" word ":JUDGment:LOWer", set_value, get_value, TAG(mode, SIM_TESTER_LOW_LIMIT)},           \
        {":SENSe:" word ":JUDGment:LOW", set_value, get_value, TAG(mode, SIM_TESTER_LOW_LIMIT)},             \
    {                                                                                                        \
        ":SENSe:" word ":JUDGment:LOW:STATe", set_on, get_on, 0                                              \
    }

static const struct sim_scpi_command commands[] = {
    {"*IDN", NULL, identity, 0},
    {"*CLS", clear_errors, NULL, 0},
    {"*OPC", NULL, complete, 0},
    {":FUNCtion", set_function, get_function, 0},
    ROWS("ACW", SIM_TESTER_AC),
    ROWS("DCW", SIM_TESTER_DC),
    ROWS("IR", SIM_TESTER_IR),
    {":TRIGger:TEST:SOURce", set_source, get_source, 0},
    {":STATus:OPERation:PROTecting:CONDition", NULL, protection, 0},
    {":INITiate:TEST", start, NULL, 0},
    {":STOP", stop, NULL, 0},
    {":RESult", NULL, result, 0},
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
    .name = "tos9300",
    .terminator = "\n",
    .line = sim_tester_line,
    .owed = tos_owed,
    .tick = sim_tester_tick,
    .control = sim_tester_control,
    .status = sim_tester_status,
    .free = sim_tester_free,
};

struct sim_device *sim_tos9300_new(struct sim_world *world, const struct sim_device_options *options)
{
    return (struct sim_device *)sim_tester_new(world, options, &ops, &dialect);
}
