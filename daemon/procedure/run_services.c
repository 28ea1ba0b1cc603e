/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a step may ask for, carried out by the run on its bench and its record. */
#include <stdio.h>
#include <string.h>

#include "procedure/internal.h"

static double now_s(void *u)
{
    struct mb_run *run = u;

    return (double)mb_clock_now_ns(mb_bench_clock(run->bench)) * 1e-9;
}

static int energise(void *u, double frequency_hz)
{
    struct mb_run *run = u;

    mb_bench_set_rating(run->bench, run->motor.rated.voltage_v, run->data.rated_torque_nm);
    return mb_bench_energise(run->bench, frequency_hz);
}

static int set_targets(void *u, double voltage_v, double torque_nm)
{
    return mb_bench_set_targets(((struct mb_run *)u)->bench, voltage_v, torque_nm);
}

static bool settled(void *u, double voltage_tolerance, double torque_tolerance)
{
    return mb_bench_settled(((struct mb_run *)u)->bench, voltage_tolerance, torque_tolerance);
}

static void hold(void *u, bool held)
{
    mb_bench_hold(((struct mb_run *)u)->bench, held);
}

static bool energised(void *u)
{
    return mb_bench_safe_state(((struct mb_run *)u)->bench) == MB_ENERGISED;
}

static void make_safe(void *u)
{
    mb_bench_make_safe(((struct mb_run *)u)->bench);
}

static bool is_safe(void *u)
{
    return mb_bench_safe_state(((struct mb_run *)u)->bench) == MB_SAFE;
}

static int measure(void *u, enum mb_bench_mode mode)
{
    return mb_bench_measure(((struct mb_run *)u)->bench, mode);
}

static bool is_manual(void *u, enum mb_signal signal)
{
    return mb_bench_is_manual(((struct mb_run *)u)->bench, signal);
}

static int record(void *u, const char *type, json_t *payload)
{
    return run_append(u, type, payload);
}

static void waiting(void *u, const char *why)
{
    struct mb_run *run = u;

    if (strcmp(run->waiting, why) == 0 || run->ask[0])
        return;
    (void)snprintf(run->waiting, sizeof run->waiting, "%s", why);
    run_changed(run);
}

static void ask(void *u, const char *id, const char *text)
{
    struct mb_run *run = u;

    if (strcmp(run->ask, id) == 0)
        return;
    (void)snprintf(run->ask, sizeof run->ask, "%s", id);
    (void)snprintf(run->waiting, sizeof run->waiting, "%s", text);
    if (run->state == MB_RUN_RUNNING || run->state == MB_RUN_WAITING)
        run->state = *id ? MB_RUN_WAITING : MB_RUN_RUNNING;
    if (*id)
        run_event(run, "ask", text);
    run_changed(run);
}

static void progress(void *u, double share)
{
    struct mb_run *run = u;

    if (share > run->step_progress) {
        run->step_progress = share;
        run_changed(run);
    }
}

static void event(void *u, const char *type, const char *text)
{
    run_event(u, type, text);
}

const struct mb_step_services run_services = {
    .now_s = now_s,
    .energise = energise,
    .set_targets = set_targets,
    .settled = settled,
    .hold = hold,
    .energised = energised,
    .make_safe = make_safe,
    .is_safe = is_safe,
    .measure = measure,
    .is_manual = is_manual,
    .record = record,
    .waiting = waiting,
    .ask = ask,
    .progress = progress,
    .event = event,
};
