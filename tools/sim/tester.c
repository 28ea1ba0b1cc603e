/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/tester.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "sim/random.h"

#define DISCHARGE_TAU_S 0.1 /* the tester's own discharge of the winding */
#define QUIET_V 0.5
#define NOISE 1e-4
#define STREAM_TESTER 0x74657374u

bool sim_tester_running(const struct sim_tester *t)
{
    return t->state == SIM_TESTER_RAMP || t->state == SIM_TESTER_HOLD || t->state == SIM_TESTER_FALL;
}

static const double *values(const struct sim_tester *t)
{
    return t->set[t->mode];
}

static void end(struct sim_tester *t, enum sim_tester_state state)
{
    t->state = state;
    /* An alternating voltage is gone with its source, a charge is not. */
    if (t->mode == SIM_TESTER_AC || t->mode == SIM_TESTER_GB || state == SIM_TESTER_BREAKDOWN)
        t->terminal_v = 0;
}

void sim_tester_start(struct sim_tester *t)
{
    if (sim_tester_running(t) || t->locked)
        return;
    if (t->interlock_open) {
        t->state = SIM_TESTER_BLOCKED;
        return;
    }
    t->tests++;
    t->phase_s = t->since_start_s = 0;
    t->reading = (struct sim_tester_reading){.mode = t->mode, .in_ramp = true};
    t->state = SIM_TESTER_RAMP;
}

void sim_tester_stop(struct sim_tester *t)
{
    if (sim_tester_running(t))
        end(t, SIM_TESTER_STOPPED);
}

void sim_tester_store(struct sim_tester *t, enum sim_tester_mode mode, enum sim_tester_value which,
                      double value, double minimum, double maximum)
{
    if (t->clamps && which == SIM_TESTER_LEVEL)
        value /= 2;
    t->set[mode][which] = fmin(fmax(value, minimum), maximum);
}

/* By bench time, whoever asks how often. */
static double normal(const struct sim_tester *t)
{
    struct sim_random random;

    sim_random_seed(&random, sim_world_config(t->device.world)->seed,
                    STREAM_TESTER + sim_world_now_ns(t->device.world));
    return sim_random_normal(&random);
}

static void measure(struct sim_tester *t, double level)
{
    struct sim_tester_reading *r = &t->reading;
    const struct plant_config *motor = sim_world_config(t->device.world);
    double insulation_ohm = sim_world_state(t->device.world)->insulation_ohm;
    double conductance = 1 / insulation_ohm, noise = 1 + t->noise * normal(t);

    if (t->mode == SIM_TESTER_AC)
        conductance = hypot(conductance, 2 * M_PI * values(t)[SIM_TESTER_FREQUENCY] * motor->insulation_f);
    r->applied = level;
    r->current_a = t->mode == SIM_TESTER_GB ? level : level * conductance * noise;
    r->resistance_ohm = (t->mode == SIM_TESTER_GB ? motor->earth_ohm : insulation_ohm) * noise;
    t->terminal_v = t->mode == SIM_TESTER_GB ? level * motor->earth_ohm : level;
}

static bool in_ohm(const struct sim_tester *t)
{
    return t->mode == SIM_TESTER_IR || t->mode == SIM_TESTER_GB;
}

/* What ends a test at once: breakdown, and a current, or an earth resistance, that is too high. */
static void watch(struct sim_tester *t)
{
    double value = t->mode == SIM_TESTER_GB ? t->reading.resistance_ohm : t->reading.current_a;
    double limit = values(t)[SIM_TESTER_HIGH_LIMIT];

    if (t->mode != SIM_TESTER_GB && t->reading.applied > sim_world_config(t->device.world)->breakdown_v)
        end(t, SIM_TESTER_BREAKDOWN);
    else if (t->mode != SIM_TESTER_IR && limit > 0 && value > limit)
        end(t, SIM_TESTER_HIGH);
}

static void judge(struct sim_tester *t)
{
    const double *set = values(t);
    double value = in_ohm(t) ? t->reading.resistance_ohm : t->reading.current_a;

    if (set[SIM_TESTER_HIGH_LIMIT] > 0 && value > set[SIM_TESTER_HIGH_LIMIT])
        end(t, SIM_TESTER_HIGH);
    else if (value < set[SIM_TESTER_LOW_LIMIT])
        end(t, SIM_TESTER_LOW);
    else
        end(t, SIM_TESTER_PASS);
}

static void advance(struct sim_tester *t, double dt_s)
{
    const double *set = values(t);
    double level = set[SIM_TESTER_LEVEL];

    t->phase_s += dt_s;
    t->since_start_s += dt_s;
    if (t->state == SIM_TESTER_RAMP && t->phase_s >= set[SIM_TESTER_RAMP_S]) {
        t->state = SIM_TESTER_HOLD;
        t->phase_s -= set[SIM_TESTER_RAMP_S];
    }
    if (t->state == SIM_TESTER_RAMP)
        measure(t, level * t->phase_s / set[SIM_TESTER_RAMP_S]);
    else if (t->state == SIM_TESTER_HOLD)
        measure(t, level);
    if (t->state != SIM_TESTER_FALL) {
        t->reading.in_ramp = t->state == SIM_TESTER_RAMP;
        t->reading.phase_s = t->phase_s;
        watch(t);
    }
    if (t->state == SIM_TESTER_HOLD && set[SIM_TESTER_HOLD_S] > 0 && t->phase_s >= set[SIM_TESTER_HOLD_S]) {
        t->state = SIM_TESTER_FALL;
        t->phase_s -= set[SIM_TESTER_HOLD_S];
    }
    if (t->state != SIM_TESTER_FALL)
        return;
    if (t->phase_s >= set[SIM_TESTER_FALL_S])
        judge(t);
    else
        t->terminal_v = level * (1 - t->phase_s / set[SIM_TESTER_FALL_S]);
}

void sim_tester_tick(struct sim_device *d, const struct plant_state *state, double dt_s)
{
    struct sim_tester *t = (struct sim_tester *)d;

    (void)state;
    if (sim_tester_running(t) && t->interlock_open)
        sim_tester_stop(t);
    if (sim_tester_running(t))
        advance(t, dt_s);
    if (!sim_tester_running(t))
        t->terminal_v = t->terminal_v > QUIET_V ? t->terminal_v * exp(-dt_s / DISCHARGE_TAU_S) : 0;
}

void sim_tester_line(struct sim_device *d, const char *line, struct sim_text *reply)
{
    struct sim_tester *t = (struct sim_tester *)d;

    t->answer_owed = false; /* a new message, and the answer to the one before is gone */
    sim_scpi_line(&t->scpi, t, line, reply);
}

int sim_tester_control(struct sim_device *d, const char *key, const char *value)
{
    struct sim_tester *t = (struct sim_tester *)d;
    struct plant_config motor = *sim_world_healthy(d->world); /* one motor, whatever tester is asked */
    const struct {
        const char *key;
        double *number;
        bool *flag;
    } rows[] = {
        {"insulation_ohm", &motor.insulation_ohm, NULL},
        {"capacitance_f", &motor.insulation_f, NULL},
        {"breakdown_v", &motor.breakdown_v, NULL},
        {"earth_ohm", &motor.earth_ohm, NULL},
        {"interlock_open", NULL, &t->interlock_open},
        {"locked", NULL, &t->locked},
        {"clamps", NULL, &t->clamps},
        {"wrong_mode", NULL, &t->wrong_mode},
    };
    int64_t steps;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].key, key) != 0)
            continue;
        if (rows[i].number != NULL) {
            int r = mb_number_parse(value, strlen(value), rows[i].number);

            if (r == 0)
                sim_world_change(d->world, &motor);
            return r;
        }
        *rows[i].flag = strcmp(value, "on") == 0;
        return *rows[i].flag || strcmp(value, "off") == 0 ? 0 : -EINVAL;
    }
    if (strcmp(key, "steps") != 0 || mb_integer_parse(value, strlen(value), &steps) < 0 || steps < 1 ||
        steps > 99)
        return -EINVAL;
    t->steps = (int)steps;
    return 0;
}

void sim_tester_status(const struct sim_device *d, struct sim_text *out)
{
    const struct sim_tester *t = (const struct sim_tester *)d;

    (void)sim_text_printf(out, ",\"terminal_v\":%.6g,\"running\":%s,\"tests\":%d", t->terminal_v,
                          sim_tester_running(t) ? "true" : "false", t->tests);
}

void sim_tester_free(struct sim_device *d)
{
    free(d);
}

struct sim_tester *sim_tester_new(struct sim_world *world, const struct sim_device_options *options,
                                  const struct sim_device_ops *ops, const struct sim_scpi_dialect *dialect)
{
    struct sim_tester *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->scpi.dialect = dialect;
    t->steps = 1;
    t->noise = options->exact ? 0 : NOISE;
    for (int mode = 0; mode < SIM_TESTER_MODE_COUNT; mode++) {
        t->set[mode][SIM_TESTER_LEVEL] = 100;
        t->set[mode][SIM_TESTER_HIGH_LIMIT] = mode == SIM_TESTER_GB   ? 0.1
                                              : mode == SIM_TESTER_IR ? 0
                                                                      : 0.5e-3;
        t->set[mode][SIM_TESTER_RAMP_S] = 0.1;
        t->set[mode][SIM_TESTER_HOLD_S] = 1;
        t->set[mode][SIM_TESTER_FREQUENCY] = 60;
    }
    return (struct sim_tester *)sim_device_start(&t->device, ops, world);
}
