/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a step may ask for, carried out by the run on its bench and its record. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/capture.h"
#include "bench/record.h"
#include "procedure/internal.h"
#include "record/waveform.h"

#define RECORDINGS_MAX 20 /* of one step */

static double now_s(void *u)
{
    struct mb_run *run = u;

    return (double)mb_clock_now_ns(mb_bench_clock(run->bench)) * 1e-9;
}

static struct mb_bench *bench_of_motor(struct mb_run *run)
{
    mb_bench_set_rating(run->bench, run->motor.rated.voltage_v, run->data.rated_torque_nm);
    mb_bench_set_motor(run->bench, &run->motor);
    mb_bench_set_converter(run->bench, run->data.converter);
    return run->bench;
}

static int energise(void *u, double frequency_hz)
{
    struct mb_run *run = u;
    int r = mb_bench_reverse_power(run->bench, run->data.reversed);

    return r < 0 ? r : mb_bench_energise(bench_of_motor(run), frequency_hz);
}

static int energise_load(void *u)
{
    return mb_bench_energise_load(bench_of_motor(u));
}

static int set_targets(void *u, double voltage_v, double torque_nm)
{
    return mb_bench_set_targets(((struct mb_run *)u)->bench, voltage_v, torque_nm);
}

static int set_load_speed(void *u, double speed_rpm)
{
    return mb_bench_set_load_speed(((struct mb_run *)u)->bench, speed_rpm);
}

static int drive(void *u, double speed_rpm)
{
    return mb_bench_drive(((struct mb_run *)u)->bench, speed_rpm);
}

static int set_excitation(void *u, double current_a)
{
    return mb_bench_set_excitation(((struct mb_run *)u)->bench, current_a);
}

static bool excitation_settled(void *u)
{
    return mb_bench_excitation_settled(((struct mb_run *)u)->bench);
}

static double limit(void *u, enum mb_signal signal)
{
    return mb_bench_limit(((struct mb_run *)u)->bench, signal);
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

    if (strcmp(run->waiting, why) == 0 || run->question.id[0])
        return;
    (void)snprintf(run->waiting, sizeof run->waiting, "%s", why);
    run_changed(run);
}

static void question(void *u, const struct mb_question *question)
{
    struct mb_run *run = u;

    if (strcmp(run->question.id, question->id) == 0)
        return;
    run->question = *question;
    (void)snprintf(run->waiting, sizeof run->waiting, "%s", question->text);
    if (run->state == MB_RUN_RUNNING || run->state == MB_RUN_WAITING)
        run->state = *question->id ? MB_RUN_WAITING : MB_RUN_RUNNING;
    if (*question->id)
        run_event(run, "ask", question->text);
    run_changed(run);
}

static void ask(void *u, const char *id, const char *text)
{
    struct mb_question plain = {.kind = MB_QUESTION_WORD, .minimum = NAN, .maximum = NAN};

    (void)snprintf(plain.id, sizeof plain.id, "%s", id);
    (void)snprintf(plain.text, sizeof plain.text, "%s", text);
    question(u, &plain);
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

static int requirement(void *u, const char *quantity, const struct mb_circumstance *circumstances,
                       double declared, struct mb_requirement *ret)
{
    struct mb_item_context context;

    run_item_context(u, NULL, &context);
    return context.requirements ? mb_item_requirement(&context, quantity, circumstances, declared, ret)
                                : -ENOENT;
}

static void pause_run(void *u, const char *reason)
{
    run_hold(u, "state", reason, NULL);
}

/* A step that is paused or ended meanwhile hears nothing: its record entry is that of the pause. */
static void on_testing(enum mb_safety_phase phase, double elapsed_s, void *userdata)
{
    struct mb_run *run = userdata;

    if (run_is_active(run) && run->step.plan->kind->testing)
        run->step.plan->kind->testing(&run->step, phase, elapsed_s);
}

static void on_tested(int error, const char *text, const struct mb_safety_result *result, void *userdata)
{
    struct mb_run *run = userdata;

    if (run_is_active(run) && run->step.plan->kind->tested)
        run_take_result(run, run->step.plan->kind->tested(&run->step, error, text, result));
}

static const struct mb_bench_test_observer test_observer = {.testing = on_testing, .tested = on_tested};

static int test(void *u, const struct mb_safety_test *test, struct mb_error *err)
{
    return mb_bench_test(((struct mb_run *)u)->bench, test, &test_observer, u, err);
}

static void on_captured(int error, const char *text, const struct mb_capture_result *result, void *userdata)
{
    struct mb_run *run = userdata;

    if (run_is_active(run) && run->step.plan->kind->captured)
        run_take_result(run, run->step.plan->kind->captured(&run->step, error, text, result));
}

static int capture(void *u, const struct mb_capture *capture, struct mb_error *err)
{
    return mb_bench_capture(((struct mb_run *)u)->bench, capture, on_captured, u, err);
}

/* Outputs may have gone off in the meantime: what is complete is kept all the same. */
static void on_recorded(int error, const char *text, const struct mb_bench_recorded *recorded, void *userdata)
{
    struct mb_run *run = userdata;
    struct mb_error err = {""};
    const char *why = text;

    (void)recorded;
    if (error == 0) {
        error = mb_record_waveform_attach(run->record, run_now_ns(run), run->recording, &err);
        why = error < 0 ? err.text : run->recording;
    }
    if (run_is_active(run) && run->step.plan->kind->recorded)
        run_take_result(run, run->step.plan->kind->recorded(&run->step, error, why));
}

/* A file of an attempt that did not come to its end stays and is no part of the record. */
static int record_samples(void *u, double seconds, struct mb_error *err)
{
    char path[MB_WAVEFORM_PATH_MAX];
    struct mb_run *run = u;
    int r = 0;

    for (unsigned n = 1; r == 0 && n <= RECORDINGS_MAX; n++) {
        (void)snprintf(run->recording, sizeof run->recording, "%.40s-%u", run->step.plan->id, n);
        r = mb_record_waveform_path(run->record, run->recording, path, err);
        if (r == 0 && access(path, F_OK) < 0)
            return mb_bench_record(run->bench, path, seconds, on_recorded, run, err);
    }
    return r < 0 ? r
                 : mb_error_set(err, -EEXIST, "the record has %d recordings of this step", RECORDINGS_MAX);
}

const struct mb_step_services run_services = {
    .now_s = now_s,
    .energise = energise,
    .set_targets = set_targets,
    .set_load_speed = set_load_speed,
    .energise_load = energise_load,
    .drive = drive,
    .set_excitation = set_excitation,
    .excitation_settled = excitation_settled,
    .limit = limit,
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
    .question = question,
    .progress = progress,
    .pause = pause_run,
    .event = event,
    .requirement = requirement,
    .test = test,
    .capture = capture,
    .record_samples = record_samples,
};
