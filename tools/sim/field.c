/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A direct-current supply of a field winding, of no real maker (simulated-field-supply.yaml): it holds a
 * current, with a bleeder across its output, and reads what it gives. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/device.h"
#include "sim/format.h"
#include "sim/random.h"
#include "sim/scpi.h"

#define STREAM_FIELD 0x6669656c64u
#define CURRENT_SHARE_MAX 2.0 /* of the rated excitation */

enum { ERROR_UNDEFINED = -113, ERROR_MISSING = -109, ERROR_NUMBER = -120, ERROR_RANGE = -222 };
enum { READ_VOLTAGE, READ_CURRENT };

struct field {
    struct sim_device device;
    struct sim_device_options options;
    struct sim_scpi scpi;
    uint64_t seed;
    double set_a;
    bool output, open; /* open: a lead of the field winding is off */
    bool stuck;        /* what it is told changes nothing any more */
};

static void apply(const struct field *f)
{
    if (!f->stuck)
        sim_world_field(f->device.world, f->set_a, f->output && !f->open);
}

static int set_current(const struct sim_scpi_call *call)
{
    struct field *f = call->device;
    double highest_a = CURRENT_SHARE_MAX * sim_world_healthy(f->device.world)->motor.field_a;
    int error = sim_scpi_number(call, "A", 0, highest_a, &f->set_a);

    if (error == 0)
        apply(f);
    return error;
}

static int get_current(const struct sim_scpi_call *call)
{
    return sim_format_exact(call->reply, ((const struct field *)call->device)->set_a);
}

static int set_output(const struct sim_scpi_call *call)
{
    struct field *f = call->device;
    bool on;
    int error = sim_scpi_bool(call, &on);

    if (error != 0)
        return error;
    if (!f->stuck)
        f->output = on;
    apply(f);
    return 0;
}

static int get_output(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "%d", ((const struct field *)call->device)->output ? 1 : 0);
}

/* Noise depends on bench time, not on how often the host asked. */
static int measure(const struct sim_scpi_call *call)
{
    const struct field *f = call->device;
    const struct plant_state *state = sim_world_state(f->device.world);
    bool volts = call->tag == READ_VOLTAGE;
    struct sim_random random;
    double value;

    sim_random_seed(&random, f->seed,
                    STREAM_FIELD + sim_world_now_ns(f->device.world) / SIM_QUANTUM_NS * 2 +
                        (unsigned)call->tag);
    value = sim_errors_apply(f->options.errors, volts ? MB_VOLTAGE : MB_CURRENT,
                             volts ? state->field_v : state->field_a, sim_random_normal(&random));
    return f->options.exact ? sim_format_exact(call->reply, value)
                            : sim_text_printf(call->reply, "%.5g", value);
}

static int identity(const struct sim_scpi_call *call)
{
    return sim_text_printf(call->reply, "motorbench,SIM-FIELD-SUPPLY,SIM0008,1.00");
}

static int clear_errors(const struct sim_scpi_call *call)
{
    sim_scpi_clear(call->scpi);
    return 0;
}

static const struct sim_scpi_command commands[] = {
    {"*IDN", NULL, identity, 0},
    {"*CLS", clear_errors, NULL, 0},
    {"[:SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]", set_current, get_current, 0},
    {":OUTPut[:STATe]", set_output, get_output, 0},
    {":MEASure[:SCALar]:VOLTage[:DC]", NULL, measure, READ_VOLTAGE},
    {":MEASure[:SCALar]:CURRent[:DC]", NULL, measure, READ_CURRENT},
    {":SYSTem:ERRor[:NEXT]", NULL, sim_scpi_next_error, 0},
    {0},
};

static const struct sim_scpi_error_text errors[] = {
    {ERROR_MISSING, "Missing parameter"},
    {ERROR_UNDEFINED, "Undefined header"},
    {ERROR_NUMBER, "Numeric data error"},
    {ERROR_RANGE, "Data out of range"},
    {0, "No error"},
};

static const struct sim_scpi_dialect dialect = {
    .commands = commands,
    .errors = errors,
    .undefined_header = ERROR_UNDEFINED,
    .missing_parameter = ERROR_MISSING,
    .bad_character_data = ERROR_NUMBER,
    .bad_number = ERROR_NUMBER,
    .out_of_range = ERROR_RANGE,
};

static void field_line(struct sim_device *d, const char *line, struct sim_text *reply)
{
    struct field *f = (struct field *)d;

    sim_scpi_line(&f->scpi, f, line, reply);
}

/* `device field open|stuck on|off` */
static int field_control(struct sim_device *d, const char *key, const char *value)
{
    struct field *f = (struct field *)d;

    bool *state = strcmp(key, "open") == 0 ? &f->open : strcmp(key, "stuck") == 0 ? &f->stuck : NULL;

    if (state == NULL || (strcmp(value, "on") != 0 && strcmp(value, "off") != 0))
        return -EINVAL;
    *state = strcmp(value, "on") == 0;
    apply(f);
    return 0;
}

static void field_free(struct sim_device *d)
{
    free(d);
}

static const struct sim_device_ops ops = {
    .name = "field",
    .terminator = "\n",
    .line = field_line,
    .control = field_control,
    .free = field_free,
};

struct sim_device *sim_field_new(struct sim_world *world, const struct sim_device_options *options)
{
    struct field *f = calloc(1, sizeof *f);

    if (f == NULL)
        return NULL;
    f->options = *options;
    f->seed = sim_world_config(world)->seed;
    f->scpi.dialect = &dialect;
    return sim_device_start(&f->device, &ops, world);
}
