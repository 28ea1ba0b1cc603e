/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The profiles of safety testers against simulated ones: what is measured, and above all what stands at the
 * terminals when something goes wrong. */
#include "support/test.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/instrument.h"
#include "support/changed_profile.h"
#include "support/fake_instrument.h"
#include "support/sim_process.h"

#define FACTOR 10.0
#define READY_MS 8000
#define DONE_MS 12000
#define QUIET_V 1.0

enum { GPT, CHROMA, TOS, TESTER_COUNT };
static const char *const names[] = {"gpt9800", "chroma19032", "tos9300"};
static const char *const profiles[] = {"gwinstek-gpt9800", "chroma-19032", "kikusui-tos9300"};

struct tester {
    const char *name;
    struct mb_instrument *instrument;
    bool ready, lost, done, safe_done, running;
    int error, safe_error;
    unsigned phases; /* bit by enum mb_safety_phase */
    char text[512];
    struct mb_safety_result result;
};

struct bench {
    struct sim_process sim;
    int control;
    sd_event *event;
    struct mb_clock clock;
    struct tester testers[TESTER_COUNT];
};

static void on_state(struct mb_instrument *i, void *userdata)
{
    struct tester *t = userdata;

    t->ready = i->state == MB_INSTRUMENT_READY;
    t->lost = i->state == MB_INSTRUMENT_LOST;
}

static void on_progress(struct mb_instrument *i, enum mb_safety_phase phase, double elapsed_s, void *userdata)
{
    struct tester *t = userdata;

    assert_ptr_equal(i, t->instrument);
    assert_true(elapsed_s >= 0);
    t->phases |= 1u << phase;
    t->running = t->running || phase == MB_SAFETY_PHASE_RUNNING;
}

static void on_done(struct mb_instrument *i, int error, const char *text,
                    const struct mb_safety_result *result, void *userdata)
{
    struct tester *t = userdata;

    (void)i;
    assert_false(t->done);
    t->error = error;
    t->result = *result;
    t->done = true;
    (void)snprintf(t->text, sizeof t->text, "%s", text);
}

static void on_safe(struct mb_instrument *i, int error, const char *text, void *userdata)
{
    struct tester *t = userdata;

    (void)i;
    (void)text;
    t->safe_error = error;
    t->safe_done = true;
}

static struct mb_test_callbacks callbacks_of(struct tester *t)
{
    return (struct mb_test_callbacks){.progress = on_progress, .done = on_done, .userdata = t};
}

static void tell(struct bench *b, const char *line)
{
    char answer[256], question[160];

    (void)snprintf(question, sizeof question, "%s\n", line);
    assert_string_equal(sim_ask(b->control, question, answer, sizeof answer), "ok");
}

static void device(struct bench *b, const struct tester *t, const char *what)
{
    char line[128];

    (void)snprintf(line, sizeof line, "device %s %s", t->name, what);
    tell(b, line);
}

static void fault(struct bench *b, const struct tester *t, const char *what)
{
    char line[128];

    (void)snprintf(line, sizeof line, "fault %s %s", t->name, what);
    tell(b, line);
}

static double truth(struct bench *b, const struct tester *t, const char *key)
{
    char answer[16384];
    json_t *document = json_loads(sim_ask(b->control, "status\n", answer, sizeof answer), 0, NULL);
    json_t *value = json_object_get(json_object_get(document, t->name), key);
    double number = json_number_value(value);

    assert_non_null(value);
    json_decref(document);
    return number;
}

static struct tester *begin_open(struct bench *b, int which, const char *folder)
{
    struct tester *t = &b->testers[which];
    struct mb_instrument_setting setting = {
        .id = names[which], .profile = profiles[which], .clock = &b->clock, .simulated = true, .wiring = -1};
    struct mb_error err = {0};
    char address[64];

    (void)snprintf(address, sizeof address, "tcp:127.0.0.1:%u", sim_process_port(&b->sim, names[which]));
    setting.address = address;
    *t = (struct tester){.name = names[which]};
    if (mb_instrument_new(b->event, folder, &setting, &t->instrument, &err) < 0)
        fail_msg("%s", err.text);
    t->instrument->state_changed = on_state;
    t->instrument->userdata = t;
    assert_int_equal(t->instrument->ops->open(t->instrument), 0);
    return t;
}

static struct tester *wait_ready(struct bench *b, struct tester *t)
{
    if (!fake_run_until(b->event, &t->ready, READY_MS))
        fail_msg("%s: %s", t->name, t->instrument->fault);
    return t;
}

static struct tester *open_tester(struct bench *b, int which)
{
    return wait_ready(b, begin_open(b, which, "driver/profiles"));
}

static void open_all(struct bench *b)
{
    for (int i = 0; i < TESTER_COUNT; i++)
        (void)begin_open(b, i, "driver/profiles");
    for (int i = 0; i < TESTER_COUNT; i++)
        (void)wait_ready(b, &b->testers[i]);
}

static int group_setup(void **state)
{
    static const char *const options[] = {"--preset", "0.75kW-2p", "--factor", "10", NULL};
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    sim_process_start(&b->sim, options);
    b->control = sim_connect(sim_process_port(&b->sim, "control"));
    *state = b;
    return 0;
}

static int group_teardown(void **state)
{
    struct bench *b = *state;

    assert_int_equal(close(b->control), 0);
    sim_process_clear(&b->sim);
    free(b);
    return 0;
}

/* A healthy motor between healthy testers. */
static int setup(void **state)
{
    static const char *const keys[] = {
        "interlock_open off",   "locked off",       "clamps off",           "wrong_mode off", "steps 1",
        "insulation_ohm 500e6", "breakdown_v 4000", "capacitance_f 5.0e-9", "earth_ohm 0.02"};
    struct bench *b = *state;

    tell(b, "clear");
    for (int i = 0; i < TESTER_COUNT; i++) {
        b->testers[i] = (struct tester){.name = names[i]};
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            device(b, &b->testers[i], keys[k]);
    }
    assert_true(sd_event_new(&b->event) >= 0);
    mb_clock_init(&b->clock, FACTOR);
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    for (int i = 0; i < TESTER_COUNT; i++)
        b->testers[i].instrument = mb_instrument_free(b->testers[i].instrument);
    b->event = sd_event_unref(b->event);
    return 0;
}

/* 1000 V at 5 nF and 50 Hz: 1.57 mA; at 500 Mohm: 2 uA. */
static struct mb_safety_test test_of(enum mb_safety_kind kind)
{
    struct mb_safety_test test = {.kind = kind,
                                  .voltage_v = 1000,
                                  .current_a = NAN,
                                  .limit_high = 5e-3,
                                  .limit_low = NAN,
                                  .ramp_s = 1,
                                  .hold_s = 1,
                                  .fall_s = NAN,
                                  .frequency_hz = NAN,
                                  .voltage_tolerance = 0.05,
                                  .interlock_acknowledged = true};

    if (kind == MB_SAFETY_INSULATION) {
        test.voltage_v = 500;
        test.limit_high = NAN;
        test.limit_low = 20e6;
    } else if (kind == MB_SAFETY_EARTH_BOND) {
        test.current_a = 25;
        test.voltage_v = NAN;
        test.ramp_s = NAN;
        test.limit_high = 0.1;
    }
    return test;
}

static struct mb_safety_test ac_test(int which)
{
    struct mb_safety_test test = test_of(MB_SAFETY_AC_WITHSTAND);

    test.frequency_hz = which == GPT ? 50 : (double)NAN;
    return test;
}

static void start(struct tester *t, const struct mb_safety_test *test)
{
    const struct mb_test_callbacks callbacks = callbacks_of(t);
    struct mb_error err = {0};

    t->done = t->running = false;
    t->phases = 0;
    if (t->instrument->ops->test(t->instrument, test, &callbacks, &err) < 0)
        fail_msg("%s", err.text);
}

static void run(struct bench *b, struct tester *t, const struct mb_safety_test *test)
{
    start(t, test);
    assert_true(fake_run_until(b->event, &t->done, DONE_MS));
}

/* All at the same time; tests[] by tester. */
static void run_all(struct bench *b, const struct mb_safety_test tests[], int count)
{
    for (int i = 0; i < count; i++)
        start(&b->testers[i], &tests[i]);
    for (int i = 0; i < count; i++)
        assert_true(fake_run_until(b->event, &b->testers[i].done, DONE_MS));
}

static void start_running(struct bench *b, struct tester *t, const struct mb_safety_test *test)
{
    start(t, test);
    if (!fake_run_until(b->event, &t->running, DONE_MS))
        fail_msg("%s: %s", t->name, t->text);
}

static void expect_verdict(const struct tester *t, enum mb_safety_verdict verdict)
{
    if (t->error < 0 || t->result.verdict != verdict)
        fail_msg("%s: %s (%s) %s", t->name, mb_safety_verdict_name(t->result.verdict), t->result.raw,
                 t->text);
}

static void expect_reading(const struct mb_reading *r, double value, double tolerance)
{
    assert_int_equal(r->validity, MB_VALID);
    assert_true(r->flags & MB_READING_SIMULATED);
    if (!(fabs(r->value - value) <= tolerance))
        fail_msg("%g is not %g", r->value, value);
}

/* Nothing of a test that went wrong can be taken for a measurement. */
static void expect_not_measured(const struct tester *t, int error, const char *text)
{
    if (t->error != error || !strstr(t->text, text))
        fail_msg("%s: %d %s (%s)", t->name, t->error, t->text, t->result.raw);
    assert_int_equal(t->result.verdict, MB_SAFETY_NOT_MEASURED);
    assert_int_not_equal(t->result.value.validity, MB_VALID);
}

static void test_pass(void **state)
{
    /* The frequency is set with the GPT only; elsewhere it stays what it is, 60 Hz. */
    static const double value_a[] = {[GPT] = 1.571e-3, [CHROMA] = 1.885e-3, [TOS] = 2e-6};
    const struct mb_safety_test tests[] = {ac_test(GPT), ac_test(CHROMA), test_of(MB_SAFETY_DC_WITHSTAND)};
    struct bench *b = *state;

    open_all(b);
    run_all(b, tests, TESTER_COUNT);
    for (int i = 0; i < TESTER_COUNT; i++) {
        struct tester *t = &b->testers[i];

        expect_verdict(t, MB_SAFETY_PASS);
        expect_reading(&t->result.applied, 1000, 1);
        expect_reading(&t->result.value, value_a[i], 1e-3 * value_a[i]);
        assert_int_equal(mb_safety_judge(&tests[i], &t->result), MB_SAFETY_PASS);
        assert_true(truth(b, t, "terminal_v") < QUIET_V); /* discharged when it is told */
        assert_int_equal(t->phases & ~(1u << MB_SAFETY_PHASE_SET_UP), 1u << MB_SAFETY_PHASE_RUNNING |
                                                                          1u << MB_SAFETY_PHASE_RESULT |
                                                                          1u << MB_SAFETY_PHASE_DISCHARGE);
        assert_false(t->result.may_be_live);
    }
}

static void test_every_kind(void **state)
{
    const struct mb_safety_test insulation = test_of(MB_SAFETY_INSULATION),
                                bond = test_of(MB_SAFETY_EARTH_BOND);
    struct bench *b = *state;

    open_all(b);
    run_all(b, (const struct mb_safety_test[]){insulation, insulation, insulation}, TESTER_COUNT);
    for (int i = 0; i < TESTER_COUNT; i++) {
        expect_verdict(&b->testers[i], MB_SAFETY_PASS);
        expect_reading(&b->testers[i].result.value, 500e6, 1e6);
    }
    run_all(b, (const struct mb_safety_test[]){bond, bond}, TOS);
    for (int i = 0; i < TOS; i++) {
        expect_verdict(&b->testers[i], MB_SAFETY_PASS);
        expect_reading(&b->testers[i].result.value, 0.02, 1e-4);
        expect_reading(&b->testers[i].result.applied, 25, 0.1);
    }
}

static void test_fails(void **state)
{
    struct bench *b = *state;
    struct tester *chroma = open_tester(b, CHROMA), *tos = open_tester(b, TOS);
    struct mb_safety_test ac = ac_test(CHROMA), insulation = test_of(MB_SAFETY_INSULATION);

    ac.limit_high = 1e-3;
    run(b, chroma, &ac);
    expect_verdict(chroma, MB_SAFETY_FAIL_HIGH);
    ac.limit_high = 5e-3;
    ac.limit_low = 3e-3;
    run(b, chroma, &ac);
    expect_verdict(chroma, MB_SAFETY_FAIL_LOW);
    device(b, chroma, "insulation_ohm 1e6");
    run(b, chroma, &insulation);
    expect_verdict(chroma, MB_SAFETY_FAIL_LOW);
    expect_reading(&chroma->result.value, 1e6, 1e3);
    device(b, tos, "insulation_ohm 1e6");
    run(b, tos, &insulation);
    expect_verdict(tos, MB_SAFETY_FAIL_LOW);
}

static void test_breakdown_in_ramp(void **state)
{
    struct bench *b = *state;
    struct tester *gpt = open_tester(b, GPT), *chroma = open_tester(b, CHROMA);
    struct mb_safety_test test = ac_test(GPT);

    device(b, gpt, "breakdown_v 600");
    device(b, chroma, "breakdown_v 600");
    run(b, gpt, &test);
    expect_verdict(gpt, MB_SAFETY_FAIL);
    assert_true(gpt->result.in_ramp);
    expect_reading(&gpt->result.applied, 625, 60);
    test = ac_test(CHROMA);
    run(b, chroma, &test);
    expect_verdict(chroma, MB_SAFETY_FAIL_BREAKDOWN);
    assert_true(truth(b, chroma, "terminal_v") < QUIET_V);
}

static void test_interlock_before(void **state)
{
    struct bench *b = *state;
    struct mb_safety_test test = test_of(MB_SAFETY_DC_WITHSTAND);

    for (int i = CHROMA; i <= TOS; i++) {
        struct tester *t = open_tester(b, i);
        double before = truth(b, t, "tests");

        device(b, t, "interlock_open on");
        run(b, t, &test);
        assert_int_equal(t->error, -EPERM);
        assert_int_equal(t->result.verdict, MB_SAFETY_INTERLOCK);
        assert_int_not_equal(t->result.value.validity, MB_VALID);
        assert_true(truth(b, t, "tests") == before);
        assert_non_null(strstr(t->text, "the stop is confirmed"));
    }
}

static void test_interlock_in_ramp(void **state)
{
    struct bench *b = *state;
    struct mb_safety_test test = test_of(MB_SAFETY_DC_WITHSTAND);

    test.ramp_s = 3;
    for (int i = CHROMA; i <= TOS; i++) {
        struct tester *t = open_tester(b, i);

        start_running(b, t, &test);
        fake_run_for(b->event, 100);
        device(b, t, "interlock_open on");
        assert_true(fake_run_until(b->event, &t->done, DONE_MS));
        expect_verdict(t, i == TOS ? MB_SAFETY_INTERLOCK : MB_SAFETY_ABORTED);
        assert_int_not_equal(mb_safety_judge(&test, &t->result), MB_SAFETY_PASS);
        assert_true(truth(b, t, "terminal_v") < QUIET_V);
    }
}

static void test_set_up_refused(void **state)
{
    static const char *const wrong[] = {"wrong_mode on", "clamps on", "steps 2"};
    struct bench *b = *state;
    struct tester *gpt = open_tester(b, GPT), *chroma = open_tester(b, CHROMA);
    struct mb_safety_test test = ac_test(CHROMA), dc = test_of(MB_SAFETY_DC_WITHSTAND);
    double before = truth(b, chroma, "tests"), gpt_before = truth(b, gpt, "tests");

    run(b, chroma, &dc); /* so that the mode is another one */
    expect_verdict(chroma, MB_SAFETY_PASS);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        device(b, chroma, wrong[i]);
        run(b, chroma, &test);
        expect_not_measured(chroma, -EIO, "the stop is confirmed");
        if (i < 2)
            device(b, chroma, i == 0 ? "wrong_mode off" : "clamps off");
    }
    device(b, gpt, "clamps on");
    test = ac_test(GPT);
    run(b, gpt, &test);
    expect_not_measured(gpt, -EIO, "the tester has not taken 1000");
    assert_true(truth(b, chroma, "tests") == before + 1);
    assert_true(truth(b, gpt, "tests") == gpt_before);
}

/* A panel that locks remote start leaves the result of the test before it: a pass that must not count. */
static void test_old_pass_is_none(void **state)
{
    const struct mb_safety_test dc = test_of(MB_SAFETY_DC_WITHSTAND), tests[] = {dc, dc, dc};
    struct bench *b = *state;

    open_all(b);
    run_all(b, tests, TESTER_COUNT);
    for (int i = 0; i < TESTER_COUNT; i++) {
        expect_verdict(&b->testers[i], MB_SAFETY_PASS);
        device(b, &b->testers[i], "locked on");
    }
    run_all(b, tests, TESTER_COUNT);
    for (int i = 0; i < TESTER_COUNT; i++) {
        struct tester *t = &b->testers[i];

        assert_int_equal(t->error, -EPERM);
        assert_int_equal(t->result.verdict, MB_SAFETY_REFUSED);
        assert_non_null(strstr(t->text, "did not start"));
        assert_int_not_equal(t->result.value.validity, MB_VALID);
    }
}

static void test_link_lost(void **state)
{
    struct mb_safety_test test = test_of(MB_SAFETY_DC_WITHSTAND);
    struct bench *b = *state;
    uint64_t lost_ns;

    test.hold_s = 100;
    open_all(b);
    for (int i = 0; i < TESTER_COUNT; i++)
        start_running(b, &b->testers[i], &test);
    fake_run_for(b->event, 200);
    for (int i = 0; i < TESTER_COUNT; i++) {
        assert_true(truth(b, &b->testers[i], "terminal_v") > 900);
        fault(b, &b->testers[i], "close");
    }
    lost_ns = mb_monotonic_ns();
    for (int i = 0; i < TESTER_COUNT; i++) {
        struct tester *t = &b->testers[i];

        assert_true(fake_run_until(b->event, &t->done, DONE_MS));
        assert_true((double)(mb_monotonic_ns() - lost_ns) * 1e-9 < t->instrument->time_to_safe_s);
        assert_true(t->error < 0);
        expect_not_measured(t, t->error, "the stop is confirmed");
        assert_false(t->result.may_be_live);
    }
    fake_run_for(b->event, 100); /* the charge: bench time constant 0.1 s */
    for (int i = 0; i < TESTER_COUNT; i++)
        assert_true(truth(b, &b->testers[i], "terminal_v") < QUIET_V);
}

/* Nothing can be confirmed: it is said, and when the link is there again the first thing is the stop. */
static void test_link_gone(void **state)
{
    static const struct profile_change less_time[] = {{"time_to_safe_s: 3", "time_to_safe_s: 0.6"},
                                                      {NULL, NULL}};
    struct mb_safety_test test = test_of(MB_SAFETY_DC_WITHSTAND);
    struct bench *b = *state;
    struct tester *t;
    char path[128];

    changed_profile_write(b->sim.folder, profiles[CHROMA], less_time);
    t = wait_ready(b, begin_open(b, CHROMA, b->sim.folder));
    (void)snprintf(path, sizeof path, "%s/%s.yaml", b->sim.folder, profiles[CHROMA]);
    assert_int_equal(unlink(path), 0);
    test.hold_s = 600;
    start_running(b, t, &test);
    fake_run_for(b->event, 200);
    fault(b, t, "gone");
    assert_true(fake_run_until(b->event, &t->done, DONE_MS));
    expect_not_measured(t, t->error, "the output may still be live");
    assert_true(t->error < 0 && t->result.may_be_live);
    assert_true(truth(b, t, "terminal_v") > 900);
    assert_true(fake_run_until(b->event, &t->lost, READY_MS));
    t->ready = false;
    fault(b, t, "none");
    assert_true(fake_run_until(b->event, &t->ready, READY_MS));
    fake_run_for(b->event, 100);
    assert_true(truth(b, t, "terminal_v") < QUIET_V);
}

static void test_garbage(void **state)
{
    struct bench *b = *state;
    struct tester *t = open_tester(b, CHROMA);
    struct mb_safety_test test = test_of(MB_SAFETY_DC_WITHSTAND);

    test.hold_s = 100;
    start_running(b, t, &test);
    fault(b, t, "garbage");
    fake_run_for(b->event, 200);
    fault(b, t, "none");
    assert_true(fake_run_until(b->event, &t->done, DONE_MS));
    expect_not_measured(t, t->error, "the stop is confirmed");
    assert_true(t->error < 0);
    assert_int_equal(truth(b, t, "terminal_v") < 1000, 1);
}

static void test_safe_in_ramp(void **state)
{
    struct bench *b = *state;
    struct mb_safety_test test = test_of(MB_SAFETY_DC_WITHSTAND);

    test.ramp_s = 50;
    for (int i = CHROMA; i <= TOS; i++) {
        struct tester *t = open_tester(b, i);

        start_running(b, t, &test);
        fake_run_for(b->event, 200);
        assert_true(truth(b, t, "terminal_v") > QUIET_V);
        assert_int_equal(t->instrument->ops->safe(t->instrument, on_safe, t), 0);
        assert_true(fake_run_until(b->event, &t->safe_done, DONE_MS));
        assert_int_equal(t->safe_error, 0);
        assert_true(t->done); /* told first */
        expect_not_measured(t, -ECANCELED, "the stop is confirmed");
        fake_run_for(b->event, 200);
        assert_true(truth(b, t, "terminal_v") < QUIET_V);
    }
}

static void test_close_in_test(void **state)
{
    struct bench *b = *state;
    struct tester *t = open_tester(b, CHROMA);
    struct mb_safety_test test = test_of(MB_SAFETY_DC_WITHSTAND);

    test.ramp_s = 50;
    start_running(b, t, &test);
    fake_run_for(b->event, 200);
    t->instrument->ops->close(t->instrument);
    assert_true(fake_run_until(b->event, &t->done, DONE_MS));
    expect_not_measured(t, -ECANCELED, "may still be live");
    assert_true(t->result.may_be_live);
    fake_run_for(b->event, 300); /* sent all the same */
    assert_true(truth(b, t, "terminal_v") < QUIET_V);
}

static int ask(struct tester *t, const struct mb_safety_test *test, struct mb_error *err)
{
    const struct mb_test_callbacks callbacks = callbacks_of(t);

    return t->instrument->ops->test(t->instrument, test, &callbacks, err);
}

static void test_refused_at_once(void **state)
{
    struct bench *b = *state;
    struct tester *t = open_tester(b, CHROMA);
    struct mb_safety_test test = ac_test(CHROMA);
    double before = truth(b, t, "tests");
    struct mb_error err;
    const struct {
        double *value, to;
        int error;
        const char *text;
    } rows[] = {
        {&test.hold_s, 0, -ERANGE, "duration"},
        {&test.hold_s, INFINITY, -ERANGE, "duration"},
        {&test.hold_s, 5000, -ERANGE, "hold"},
        {&test.voltage_v, 6000, -ERANGE, "voltage"},
        {&test.voltage_v, NAN, -ERANGE, "voltage"},
        {&test.limit_high, NAN, -ERANGE, "limit"},
        {&test.limit_high, INFINITY, -ERANGE, "limit-high"},
        {&test.frequency_hz, 50, -ENOTSUP, "frequency"},
        {&test.voltage_v, 50.4, -ERANGE, "finer"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double good = *rows[i].value;

        *rows[i].value = rows[i].to;
        assert_int_equal(ask(t, &test, &err), rows[i].error);
        assert_non_null(strstr(err.text, rows[i].text));
        *rows[i].value = good;
    }
    test.interlock_acknowledged = false;
    assert_int_equal(ask(t, &test, &err), -EPERM);
    assert_non_null(strstr(err.text, "interlock"));
    test.interlock_acknowledged = true;
    test.kind = MB_SAFETY_TOUCH_CURRENT;
    assert_int_equal(ask(t, &test, &err), -ENOTSUP);
    test.kind = MB_SAFETY_AC_WITHSTAND;
    assert_true(truth(b, t, "tests") == before);
    start_running(b, t, &test);
    assert_int_equal(ask(t, &test, &err), -EBUSY);
    assert_true(fake_run_until(b->event, &t->done, DONE_MS));
    expect_verdict(t, MB_SAFETY_PASS);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        EACH(test_pass),
        EACH(test_every_kind),
        EACH(test_fails),
        EACH(test_breakdown_in_ramp),
        EACH(test_interlock_before),
        EACH(test_interlock_in_ramp),
        EACH(test_set_up_refused),
        EACH(test_old_pass_is_none),
        EACH(test_link_lost),
        EACH(test_link_gone),
        EACH(test_garbage),
        EACH(test_safe_in_ramp),
        EACH(test_close_in_test),
        EACH(test_refused_at_once),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
