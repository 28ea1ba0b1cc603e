/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/fake_services.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/item.h"

static const char plan_format[] =
    "procedure:\n"
    "  {id: p, title: P, method: 2-1-1B, standard: GB/T 1032-2023, item: efficiency,\n"
    "   gates: {voltage_percent: 0.5, torque_percent: 2, frequency_percent: 0.3,\n"
    "    negative_sequence_percent: 0.5, hvf_percent: 1.5,\n"
    "    fluctuation_power_percent: 0.5, fluctuation_torque_percent: 0.5,\n"
    "    fluctuation_speed_percent: 0.1, dwell_s: 3, window_s: 5,\n"
    "    minimum_samples: 5, settle_timeout_s: 300, repeats: 2},\n"
    "   steps: [{id: s, kind: %s, title: Step%s%s}]}\n";

static double now_s(void *u)
{
    return ((struct fake_services *)u)->now_s;
}

static int energise(void *u, double frequency_hz)
{
    struct fake_services *f = u;

    if (f->energise_result < 0)
        return f->energise_result;
    f->frequency_hz = frequency_hz;
    f->energised = true;
    f->safe = false;
    return 0;
}

static int set_targets(void *u, double voltage_v, double torque_nm)
{
    struct fake_services *f = u;

    assert_true(f->target_count < FAKE_TARGETS_MAX);
    f->targets[f->target_count].voltage_v = voltage_v;
    f->targets[f->target_count++].torque_nm = torque_nm;
    return f->set_targets_result;
}

static int set_load_speed(void *u, double speed_rpm)
{
    struct fake_services *f = u;

    f->load_speed_rpm = speed_rpm;
    return f->load_speed_result;
}

static int energise_load(void *u)
{
    struct fake_services *f = u;

    if (f->drive_result < 0)
        return f->drive_result;
    f->energised = true;
    f->safe = false;
    return 0;
}

static int drive(void *u, double speed_rpm)
{
    struct fake_services *f = u;

    f->driven_rpm = speed_rpm;
    return f->drive_result;
}

static int set_excitation(void *u, double current_a)
{
    struct fake_services *f = u;

    f->excitation_a = current_a;
    return f->excitation_result;
}

static bool excitation_settled(void *u)
{
    return !isnan(((struct fake_services *)u)->excitation_a);
}

static double limit(void *u, enum mb_signal signal)
{
    return ((struct fake_services *)u)->limits[signal];
}

static bool settled(void *u, double voltage_tolerance, double torque_tolerance)
{
    struct fake_services *f = u;

    f->voltage_tolerance = voltage_tolerance;
    f->torque_tolerance = torque_tolerance;
    return f->settled;
}

static void hold(void *u, bool held)
{
    ((struct fake_services *)u)->held = held;
}

static bool energised(void *u)
{
    return ((struct fake_services *)u)->energised;
}

/* The test says when the bench has become safe. */
static void make_safe(void *u)
{
    struct fake_services *f = u;

    f->safe_count++;
    f->energised = false;
}

static bool is_safe(void *u)
{
    return ((struct fake_services *)u)->safe;
}

static int measure(void *u, enum mb_bench_mode mode)
{
    struct fake_services *f = u;

    f->mode = (int)mode;
    return f->measure_result;
}

static bool is_manual(void *u, enum mb_signal signal)
{
    return signal == MB_SIGNAL_RESISTANCE && ((struct fake_services *)u)->manual;
}

static int record(void *u, const char *type, json_t *payload)
{
    struct fake_services *f = u;

    assert_non_null(payload);
    if (f->record_result < 0) {
        json_decref(payload);
        return f->record_result;
    }
    assert_int_equal(
        json_array_append_new(f->entries, json_pack("{s:s, s:o}", "type", type, "payload", payload)), 0);
    return 0;
}

static void waiting(void *u, const char *why)
{
    struct fake_services *f = u;

    (void)snprintf(f->waiting, sizeof f->waiting, "%s", why);
}

static void ask(void *u, const char *id, const char *text)
{
    struct fake_services *f = u;

    (void)snprintf(f->ask, sizeof f->ask, "%s", id);
    (void)snprintf(f->ask_text, sizeof f->ask_text, "%s", text);
}

static void question(void *u, const struct mb_question *question)
{
    ((struct fake_services *)u)->question = *question;
    ask(u, question->id, question->text);
}

static int requirement(void *u, const char *quantity, const struct mb_circumstance *circumstances,
                       double declared, struct mb_requirement *ret)
{
    const struct fake_services *f = u;
    const struct mb_item_context context = {.item = f->item,
                                            .motor = &f->motor,
                                            .requirements = f->requirements,
                                            .standard = f->standard,
                                            .edition = f->edition};

    return f->requirements ? mb_item_requirement(&context, quantity, circumstances, declared, ret) : -ENOENT;
}

static int test(void *u, const struct mb_safety_test *test, struct mb_error *err)
{
    struct fake_services *f = u;

    f->test = *test;
    f->test_count++;
    return f->test_result < 0 ? mb_error_set(err, f->test_result, "refused") : 0;
}

static int record_samples(void *u, double seconds, struct mb_error *err)
{
    struct fake_services *f = u;

    f->record_s = seconds;
    f->record_count++;
    return f->recording_result < 0 ? mb_error_set(err, f->recording_result, "refused") : 0;
}

static int capture(void *u, const struct mb_capture *capture, struct mb_error *err)
{
    struct fake_services *f = u;

    f->capture = *capture;
    f->capture_count++;
    return f->capture_result < 0 ? mb_error_set(err, f->capture_result, "refused") : 0;
}

static void progress(void *u, double share)
{
    ((struct fake_services *)u)->progress = share;
}

static void pause_run(void *u, const char *reason)
{
    struct fake_services *f = u;

    (void)snprintf(f->paused, sizeof f->paused, "%s", reason);
}

static void event(void *u, const char *type, const char *text)
{
    struct fake_services *f = u;

    /* A client is told of what is in the record, and of nothing else. */
    if (strcmp(type, "reading") == 0)
        assert_true(++f->told_readings <= fake_entry_count(f, "reading"));
    (void)snprintf(f->event_type, sizeof f->event_type, "%s", type);
    (void)snprintf(f->event_text, sizeof f->event_text, "%s", text);
}

static const struct mb_step_services services = {
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
    .requirement = requirement,
    .test = test,
    .capture = capture,
    .record_samples = record_samples,
    .progress = progress,
    .pause = pause_run,
    .event = event,
};

static void init_step(struct fake_services *f)
{
    const struct mb_step_kind *kind = f->procedure->steps[0].kind;

    f->data = (struct mb_run_data){
        .motor = &f->motor,
        .gates = &f->procedure->gates,
        .rated_torque_nm = 71.9,
        .winding_hot_c = NAN,
        .reheated_c = NAN,
        .coolant_c = NAN,
    };
    f->step = (struct mb_step){
        .plan = &f->procedure->steps[0],
        .state = calloc(1, kind->state_size),
        .data = &f->data,
        .services = &services,
        .userdata = f,
    };
    assert_non_null(f->step.state);
}

void fake_services_init(struct fake_services *f, const char *kind, const char *with)
{
    struct mb_error err = {""};
    char text[2048];

    *f = (struct fake_services){.now_s = 1000,
                                .safe = true,
                                .settled = true,
                                .mode = -1,
                                .excitation_a = NAN,
                                .entries = json_array()};
    (void)snprintf(text, sizeof text, plan_format, kind, with ? ", with: " : "", with ? with : "");
    if (mb_procedure_parse("plan.yaml", text, strlen(text), &f->procedure, &err) < 0)
        fail_msg("%s", err.text);
    mb_motor_init(&f->motor);
    f->motor.rated.power_w = 11000;
    f->motor.rated.voltage_v = 400;
    f->motor.rated.frequency_hz = 50;
    f->motor.rated.poles = 4;
    f->motor.rated.speed_rpm = 1460;
    f->motor.rated.current_a = 20;
    for (int i = 0; i < MB_SIGNAL_COUNT; i++)
        f->limits[i] = INFINITY;
    init_step(f);
}

void fake_services_clear(struct fake_services *f)
{
    free(f->step.state);
    mb_motor_clear(&f->motor);
    json_decref(f->entries);
    (void)mb_procedure_free(f->procedure);
}

enum mb_step_result fake_begin(struct fake_services *f)
{
    return f->step.plan->kind->begin(&f->step);
}

enum mb_step_result fake_tick(struct fake_services *f, struct mb_snapshot *snapshot)
{
    snapshot->t_ns = (uint64_t)llround(f->now_s * 1e9);
    for (int s = 0; s < MB_SIGNAL_COUNT; s++)
        if (!(snapshot->signal[s].flags & MB_READING_MANUAL))
            snapshot->signal[s].t_ns = snapshot->t_ns;
    return f->step.plan->kind->tick(&f->step, snapshot);
}

enum mb_step_result fake_tick_after(struct fake_services *f, double dt_s, struct mb_snapshot *snapshot)
{
    f->now_s += dt_s;
    return fake_tick(f, snapshot);
}

enum mb_step_result fake_tick_until(struct fake_services *f, double dt_s, int ticks,
                                    struct mb_snapshot *snapshot)
{
    enum mb_step_result result = MB_STEP_GOES_ON;

    for (int i = 0; i < ticks && result == MB_STEP_GOES_ON; i++)
        result = fake_tick_after(f, dt_s, snapshot);
    return result;
}

void fake_set(struct mb_snapshot *snapshot, enum mb_signal signal, double value)
{
    snapshot->signal[signal].value = value;
    snapshot->signal[signal].validity = MB_VALID;
    snapshot->signal[signal].standard_uncertainty = fabs(value) * 1e-3;
}

void fake_spoil(struct mb_snapshot *snapshot, enum mb_signal signal, enum mb_validity validity)
{
    snapshot->signal[signal].value = NAN;
    snapshot->signal[signal].validity = validity;
}

void fake_snapshot(struct mb_snapshot *snapshot)
{
    static const double values[MB_SIGNAL_MONITORED] = {
        [MB_SIGNAL_U12] = 400,    [MB_SIGNAL_U23] = 400,    [MB_SIGNAL_U31] = 400,
        [MB_SIGNAL_I1] = 21,      [MB_SIGNAL_I2] = 21,      [MB_SIGNAL_I3] = 21,
        [MB_SIGNAL_P] = 12100,    [MB_SIGNAL_S] = 14550,    [MB_SIGNAL_F] = 50,
        [MB_SIGNAL_HVF] = 0.004,  [MB_SIGNAL_T] = 71.9,     [MB_SIGNAL_N] = 1461,
        [MB_SIGNAL_COOLANT] = 23, [MB_SIGNAL_WINDING] = 80, [MB_SIGNAL_RESISTANCE] = 0.88,
    };

    mb_snapshot_init(snapshot);
    for (int s = 0; s < MB_SIGNAL_U; s++)
        if (values[s] > 0) /* three phases have no windings of one */
            fake_set(snapshot, (enum mb_signal)s, values[s]);
    snapshot->monitored_count = 2;
    fake_set(snapshot, MB_SIGNAL_MONITORED, 80);
    fake_set(snapshot, (enum mb_signal)(MB_SIGNAL_MONITORED + 1), 60);
    mb_snapshot_derive(snapshot, false);
}

static bool is_type(const json_t *entry, const char *type)
{
    return strcmp(json_string_value(json_object_get(entry, "type")), type) == 0;
}

size_t fake_entry_count(const struct fake_services *f, const char *type)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(f->entries); i++)
        n += is_type(json_array_get(f->entries, i), type);
    return n;
}

json_t *fake_entry(const struct fake_services *f, const char *type, size_t i)
{
    for (size_t k = 0; k < json_array_size(f->entries); k++) {
        json_t *entry = json_array_get(f->entries, k);

        if (is_type(entry, type) && i-- == 0)
            return json_object_get(entry, "payload");
    }
    fail_msg("there are only %zu entries '%s'", fake_entry_count(f, type), type);
    return NULL;
}

double fake_value(const struct fake_services *f, size_t i, const char *name)
{
    json_t *value = json_object_get(json_object_get(fake_entry(f, "reading", i), "values"), name);

    if (!json_is_number(value))
        fail_msg("reading %zu has no number '%s'", i, name);
    return json_number_value(value);
}
