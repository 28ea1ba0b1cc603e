/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dynamometer controller with the commands of a Magtrol DSP6001: capitals, CR LF, one command a line, no echo
 * and no error queue. What it does not understand it shows as "I/O ERROR" on its display and leaves
 * unanswered. On a bench whose load machine drives it takes speeds below 0, too, and is of no real maker
 * (simulated-drive.yaml). */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "sim/device.h"
#include "sim/format.h"
#include "sim/random.h"

#define STREAM_BRAKE 0x6272616b65u
#define SPEED_MAX_RPM 99999
#define ALARM_SHARE 1.1 /* of the brake's maximum torque, until the host sets another limit */

enum brake_mode { BRAKE_OFF, BRAKE_TORQUE, BRAKE_SPEED, BRAKE_CURRENT };

struct brake {
    struct sim_device device;
    struct sim_device_options options;
    uint64_t seed;
    double alarm_nm, alarm_rpm, alarm_w;
    bool alarms, io_error;
};

/* Noise depends on bench time, not on how often the host asked. */
static double noise(const struct brake *b, unsigned which)
{
    struct sim_random random;

    sim_random_seed(&random, b->seed,
                    STREAM_BRAKE + which + sim_world_now_ns(b->device.world) / SIM_QUANTUM_NS * 4);
    return sim_random_normal(&random);
}

static double read_torque_nm(const struct brake *b)
{
    return sim_errors_apply(b->options.errors, MB_TORQUE, sim_world_torque_nm(b->device.world), noise(b, 0));
}

static double read_speed_rpm(const struct brake *b)
{
    return sim_errors_apply(b->options.errors, MB_SPEED, sim_world_state(b->device.world)->speed_rpm,
                            noise(b, 1));
}

static bool in_alarm(const struct brake *b)
{
    const struct plant_state *state = sim_world_state(b->device.world);
    double torque = fabs(sim_world_torque_nm(b->device.world)), speed = fabs(state->speed_rpm);

    return b->alarms &&
           (torque > b->alarm_nm || speed > b->alarm_rpm || torque * speed * M_PI / 30 > b->alarm_w);
}

static double maximum_nm(const struct brake *b)
{
    return sim_world_healthy(b->device.world)->brake_max_nm; /* what it was set up for */
}

static bool drives(const struct brake *b)
{
    return sim_world_config(b->device.world)->load_drives;
}

/* set_point: N m, r/min or % of the mode. */
static void command(struct brake *b, enum brake_mode mode, double set_point)
{
    double torque_nm = mode == BRAKE_TORQUE    ? set_point
                       : mode == BRAKE_CURRENT ? set_point / 100 * maximum_nm(b)
                                               : 0;

    sim_world_load_speed(b->device.world, mode == BRAKE_SPEED ? set_point : 0);
    sim_world_brake(b->device.world, torque_nm, mode != BRAKE_OFF);
}

/* "S 1433T73.28R": five places of speed, four figures of torque, then the turning sense or A. */
static void answer_data(struct brake *b, const char *args, struct sim_text *reply)
{
    double torque = fabs(read_torque_nm(b)), speed = read_speed_rpm(b);
    int decimals = torque < 10 ? 3 : torque < 100 ? 2 : torque < 1000 ? 1 : 0;
    bool left = sim_world_state(b->device.world)->speed_rpm < 0; /* not the noise of a standing shaft */

    (void)args;
    if (b->options.exact)
        (void)sim_text_printf(reply, "S%.17gT%.17g", fabs(speed), torque);
    else
        (void)sim_text_printf(reply, "S%5.0fT%.*f", fabs(speed), decimals, torque);
    (void)sim_text_printf(reply, "%c\r\n", in_alarm(b) ? 'A' : left ? 'L' : 'R');
}

/* false: not a number in the range, which the display reports. "" is 0. */
static bool number(const char *args, double minimum, double maximum, double *ret)
{
    double value = 0;

    if (*args != '\0' &&
        (strspn(args, "+-.0123456789") != strlen(args) || mb_number_parse(args, strlen(args), &value) < 0))
        return false;
    if (value < minimum || value > maximum)
        return false;
    *ret = value;
    return true;
}

static void set_torque(struct brake *b, const char *args, struct sim_text *reply)
{
    double value;

    (void)reply;
    if (!number(args, 0, maximum_nm(b), &value))
        b->io_error = true;
    else
        command(b, value > 0 ? BRAKE_TORQUE : BRAKE_OFF, value);
}

static void set_speed(struct brake *b, const char *args, struct sim_text *reply)
{
    double value;

    (void)reply;
    if (!number(args, drives(b) ? -SPEED_MAX_RPM : 0, SPEED_MAX_RPM, &value))
        b->io_error = true;
    else
        command(b, value != 0 ? BRAKE_SPEED : BRAKE_OFF, value);
}

static void set_current(struct brake *b, const char *args, struct sim_text *reply)
{
    double value;

    (void)reply;
    if (!number(args, 0, 100, &value))
        b->io_error = true;
    else
        command(b, value > 0 ? BRAKE_CURRENT : BRAKE_OFF, value);
}

static void set_alarm(struct brake *b, const char *args, struct sim_text *reply)
{
    double *limit = args[0] == 'S'   ? &b->alarm_rpm
                    : args[0] == 'T' ? &b->alarm_nm
                    : args[0] == 'P' ? &b->alarm_w
                                     : NULL;

    (void)reply;
    if (args[0] == 'L' && (strcmp(args, "L0") == 0 || strcmp(args, "L1") == 0))
        b->alarms = args[1] == '1';
    else if (limit == NULL || args[1] == '\0' || !number(args + 1, 0, 1e7, limit))
        b->io_error = true;
}

static const struct {
    const char *word; /* the rest of the line is its argument */
    bool alone;       /* nothing may follow */
    void (*run)(struct brake *b, const char *args, struct sim_text *reply);
} words[] = {
    {"OD", true, answer_data}, {"AL", false, set_alarm},  {"Q", false, set_torque},
    {"N", false, set_speed},   {"I", false, set_current},
};

static void brake_line(struct sim_device *d, const char *line, struct sim_text *reply)
{
    struct brake *b = (struct brake *)d;

    b->io_error = false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i].word);

        if (strncmp(line, words[i].word, n) == 0 && !(words[i].alone && line[n] != '\0')) {
            words[i].run(b, line + n, reply);
            return;
        }
    }
    b->io_error = *line != '\0';
}

static const char *brake_display(const struct sim_device *d)
{
    return ((const struct brake *)d)->io_error ? "I/O ERROR" : "";
}

static void brake_status(const struct sim_device *d, struct sim_text *out)
{
    (void)sim_text_printf(out, ",\"set_rpm\":%.17g", sim_world_load_rpm(d->world));
}

static void brake_free(struct sim_device *d)
{
    free(d);
}

static const struct sim_device_ops ops = {
    .name = "brake",
    .terminator = "\r\n",
    .line = brake_line,
    .display = brake_display,
    .status = brake_status,
    .free = brake_free,
};

struct sim_device *sim_brake_new(struct sim_world *world, const struct sim_device_options *options)
{
    struct brake *b = calloc(1, sizeof *b);

    if (b == NULL)
        return NULL;
    b->options = *options;
    b->seed = sim_world_config(world)->seed;
    b->alarm_nm = ALARM_SHARE * sim_world_healthy(world)->brake_max_nm;
    b->alarm_rpm = b->alarm_w = 1e7;
    b->alarms = true;
    return sim_device_start(&b->device, &ops, world);
}
