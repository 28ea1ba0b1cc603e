/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a run comes to be: what must be so before the first command. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "procedure/internal.h"

static int tell_ended(sd_event_source *source, void *userdata)
{
    struct mb_run *run = userdata;

    (void)source;
    if (run->observer && run->observer->ended)
        run->observer->ended(run, run->userdata);
    return 0;
}

/* The nameplate's own speed where it is given; else the slip that procedures A1 expects of a cage motor is
 * not known and synchronous speed stands in until the thermal run measures it. */
static double nameplate_torque_nm(const struct mb_motor *m)
{
    double n_rpm = isfinite(m->rated.speed_rpm) ? m->rated.speed_rpm : mb_motor_synchronous_speed(m);

    return mb_motor_torque_nm(m, n_rpm);
}

static int check_start(const struct mb_run *run, struct mb_error *err)
{
    int r = mb_bench_ready(run->bench, err);

    if (r < 0)
        return r;
    if (mb_bench_safe_state(run->bench) != MB_SAFE)
        return mb_error_set(err, -EBUSY, "bench %s is not in its safe state (%s)",
                            mb_bench_get_setting(run->bench)->name,
                            mb_safe_state_name(mb_bench_safe_state(run->bench)));
    return 0;
}

struct mb_run *run_new(sd_event *event, struct mb_store *store, struct mb_bench *bench,
                       const struct mb_limits *limits)
{
    struct mb_run *run = calloc(1, sizeof *run);

    if (!run)
        return NULL;
    run->event = sd_event_ref(event);
    run->store = store;
    run->bench = bench;
    run->limits = limits;
    run->attempt = 1;
    run->stores = json_object();
    run->efficiency = NAN;
    mb_motor_init(&run->motor);
    if (sd_event_add_defer(event, &run->ended, tell_ended, run) < 0 ||
        sd_event_source_set_enabled(run->ended, SD_EVENT_OFF) < 0)
        return mb_run_free(run);
    return run;
}

/* What was not taken over stays the caller's. */
static void return_procedure(struct mb_run *run)
{
    for (size_t i = 0; i < run->list_count; i++)
        if (run->list[i].procedure == run->procedure)
            run->list[i].procedure = NULL;
}

void run_init_data(struct mb_run *run)
{
    run->data = (struct mb_run_data){
        .motor = &run->motor,
        .rated_torque_nm = nameplate_torque_nm(&run->motor),
        .winding_hot_c = NAN,
        .reheated_c = NAN,
        .coolant_c = NAN,
        .switched_off_s = run_services.now_s(run),
    };
    mb_bench_set_rating(run->bench, run->motor.rated.voltage_v, run->data.rated_torque_nm);
}

void run_attach(struct mb_run *run)
{
    if (run->attached)
        return;
    mb_bench_set_observer(run->bench, &run_bench_observer, run);
    run->attached = true;
}

int mb_run_start(sd_event *event, struct mb_store *store, struct mb_bench *bench,
                 const struct mb_limits *limits, struct mb_procedure *procedure,
                 const struct mb_run_request *request, const struct mb_run_observer *observer, void *userdata,
                 struct mb_run **ret, struct mb_error *err)
{
    struct mb_run *run = run_new(event, store, bench, limits);
    int r = run ? 0 : -ENOMEM;

    if (r == 0) {
        run->procedure = procedure;
        run->standards = request->standards;
        run->rule = request->rule;
        r = mb_motor_parse(request->motor_name, request->motor_text, strlen(request->motor_text), &run->motor,
                           err);
    }
    if (r == 0)
        r = check_start(run, err);
    if (r == 0)
        r = run_plan_items(run, request, err);
    if (r == 0)
        r = run_open_record(run, request, err);
    if (r < 0) {
        if (run && procedure)
            return_procedure(run);
        mb_run_free(run);
        return r;
    }
    run_init_data(run);
    run->observer = observer;
    run->userdata = userdata;
    run->state = MB_RUN_RUNNING;
    mb_bench_forget_manual(bench);
    run_attach(run);
    *ret = run;
    if (mb_bench_measure(bench, MB_BENCH_RUNNING) < 0)
        run_end(run, MB_RUN_FAULT, "INVALID", "the bench cannot be read");
    else
        run_next_item(run);
    return 0;
}
