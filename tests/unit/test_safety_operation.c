/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One safety test against a tester that says the wrong thing at the right moment. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/instrument.h"
#include "support/changed_profile.h"
#include "support/fake_instrument.h"

#define FACTOR 20.0
#define DONE_MS 8000

static const struct fake_reply table[] = {
    {"*IDN?", "GPT-9803, SIM0001, V1.00"},
    {"SYST:ERR?", "0,No Error"},
    {"FUNC:TEST?", "TEST OFF"},
    {"MAIN:FUNC?", "MANU"},
    {"MANU1:EDIT:SHOW?", "ACW,1.000kV,H=05.000mA,L=00.000mA,R=001.0S,T=001.0S"},
    {"MANU:ACW:FREQ?", "50"},
    {"MEAS?", "ACW, PASS , 1.000kV ,2.000 mA ,T=001.0S"},
    {NULL, NULL},
};

struct fixture {
    sd_event *event;
    struct mb_clock clock;
    struct fake_instrument *fake;
    struct mb_instrument *instrument;
    char folder[64], profile[128];
    unsigned polls;                           /* the state answer is TEST OFF again after so many */
    const char *state_answer, *result_answer; /* from the start on; NULL: as before */
    bool ready, done, blurts; /* blurts: a line that nobody asked for comes when the test has begun */
    int error;
    char text[512];
    struct mb_safety_result result;
};

static void on_state(struct mb_instrument *i, void *userdata)
{
    ((struct fixture *)userdata)->ready = i->state == MB_INSTRUMENT_READY;
}

static void on_progress(struct mb_instrument *i, enum mb_safety_phase phase, double elapsed_s, void *userdata)
{
    struct fixture *f = userdata;

    (void)i;
    (void)elapsed_s;
    if (phase != MB_SAFETY_PHASE_RUNNING)
        return;
    if (f->polls > 0 && --f->polls == 0)
        f->state_answer = "TEST OFF";
    if (f->state_answer)
        fake_instrument_answer(f->fake, "FUNC:TEST?", f->state_answer);
    if (f->result_answer)
        fake_instrument_answer(f->fake, "MEAS?", f->result_answer);
}

static void on_done(struct mb_instrument *i, int error, const char *text,
                    const struct mb_safety_result *result, void *userdata)
{
    struct fixture *f = userdata;

    (void)i;
    f->error = error;
    f->result = *result;
    f->done = true;
    (void)snprintf(f->text, sizeof f->text, "%s", text);
}

/* The shipped profile in less time. */
static void hasten(struct fixture *f)
{
    static const struct profile_change changes[] = {
        {"time_to_safe_s: 3", "time_to_safe_s: 0.6"}, {"delay_s: 0.2", "delay_s: 0.05"}, {NULL, NULL}};
    const char *tmp = getenv("TMPDIR");

    (void)snprintf(f->folder, sizeof f->folder, "%.40s/mb-safety-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->profile, sizeof f->profile, "%s/gwinstek-gpt9800.yaml", f->folder);
    changed_profile_write(f->folder, "gwinstek-gpt9800", changes);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct mb_instrument_setting setting = {
        .id = "tester", .profile = "gwinstek-gpt9800", .simulated = true, .wiring = -1};
    struct mb_error err = {""};

    assert_non_null(f);
    hasten(f);
    assert_true(sd_event_new(&f->event) >= 0);
    mb_clock_init(&f->clock, FACTOR);
    f->fake = fake_instrument_new(f->event, table, "\n");
    fake_instrument_ignore_commands(f->fake, true);
    setting.clock = &f->clock;
    setting.address = fake_instrument_address(f->fake);
    if (mb_instrument_new(f->event, f->folder, &setting, &f->instrument, &err) < 0)
        fail_msg("%s", err.text);
    f->instrument->state_changed = on_state;
    f->instrument->userdata = f;
    assert_int_equal(f->instrument->ops->open(f->instrument), 0);
    if (!fake_run_until(f->event, &f->ready, 5000))
        fail_msg("%s", f->instrument->fault);
    fake_instrument_forget(f->fake);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    f->instrument = mb_instrument_free(f->instrument);
    f->fake = fake_instrument_free(f->fake);
    f->event = sd_event_unref(f->event);
    assert_int_equal(unlink(f->profile), 0);
    assert_int_equal(rmdir(f->folder), 0);
    free(f);
    return 0;
}

static void run(struct fixture *f)
{
    const struct mb_safety_test test = {.kind = MB_SAFETY_AC_WITHSTAND,
                                        .voltage_v = 1000,
                                        .current_a = NAN,
                                        .limit_high = 5e-3,
                                        .limit_low = NAN,
                                        .ramp_s = 1,
                                        .hold_s = 1,
                                        .fall_s = NAN,
                                        .frequency_hz = 50,
                                        .interlock_acknowledged = true};
    const struct mb_test_callbacks callbacks = {.progress = on_progress, .done = on_done, .userdata = f};
    struct mb_error err = {""};

    if (f->instrument->ops->test(f->instrument, &test, &callbacks, &err) < 0)
        fail_msg("%s", err.text);
    if (f->blurts) {
        fake_run_for(f->event, 10); /* in the pause behind the stop */
        fake_instrument_blurt(f->fake, "HELLO");
    }
    assert_true(fake_run_until(f->event, &f->done, DONE_MS));
}

/* Whatever else: no result, and it ends with a stop. */
static void expect_nothing(struct fixture *f, int error, const char *text)
{
    if (f->error != error || !strstr(f->text, text))
        fail_msg("%d %s (%s)", f->error, f->text, f->result.raw);
    assert_int_not_equal(f->result.verdict, MB_SAFETY_PASS);
    assert_int_not_equal(f->result.value.validity, MB_VALID);
    assert_true(fake_instrument_count(f->fake, "FUNC:TEST OFF") >= 2);
    assert_int_equal(f->result.may_be_live, strstr(f->text, "may still be live") != NULL);
}

/* The state says that it has ended, the result that it runs: the result is not one. */
static void test_result_while_running(void **state)
{
    struct fixture *f = *state;

    f->result_answer = "ACW,TEST ,1.000kV,2.000 mA ,T=001.0S";
    run(f);
    expect_nothing(f, -ETIMEDOUT, "does not end");
    assert_int_equal(fake_instrument_count(f->fake, "FUNC:TEST ON"), 1);
    assert_true(fake_instrument_count(f->fake, "MEAS?") > 3);
}

static void test_never_ends(void **state)
{
    struct fixture *f = *state;

    f->state_answer = "TEST ON";
    run(f);
    /* It does not take the stop either. */
    expect_nothing(f, -ETIMEDOUT, "may still be live");
}

static void test_same_result_as_before(void **state)
{
    struct fixture *f = *state;

    run(f);
    expect_nothing(f, -EPERM, "did not start");
    assert_int_equal(f->result.verdict, MB_SAFETY_REFUSED);
}

static void test_unknown_word(void **state)
{
    struct fixture *f = *state;

    f->result_answer = "ACW,FINE ,1.000kV,2.000 mA ,T=001.0S";
    run(f);
    expect_nothing(f, -EPROTO, "not a verdict");
}

static void test_other_mode(void **state)
{
    struct fixture *f = *state;

    f->result_answer = "DCW,PASS ,1.000kV,2.000 mA ,T=001.0S";
    run(f);
    expect_nothing(f, -EPROTO, "not that of ac-withstand");
}

static void test_other_state(void **state)
{
    struct fixture *f = *state;

    f->state_answer = "HELLO";
    run(f);
    expect_nothing(f, f->error, "does not say whether the test runs");
}

static void test_set_up_not_taken(void **state)
{
    struct fixture *f = *state;

    fake_instrument_answer(f->fake, "MANU1:EDIT:SHOW?",
                           "ACW,1.000kV,H=05.000mA,L=00.000mA,R=001.0S,T=000.5S");
    run(f);
    expect_nothing(f, -EIO, "has not taken 1");
    assert_int_equal(fake_instrument_count(f->fake, "FUNC:TEST ON"), 0);
}

static void test_error_in_queue(void **state)
{
    struct fixture *f = *state;

    fake_instrument_answer(f->fake, "SYST:ERR?", "20,Command Error");
    run(f);
    expect_nothing(f, -EIO, "Command Error");
    assert_int_equal(fake_instrument_count(f->fake, "FUNC:TEST ON"), 0);
}

/* What was set up on another link is not started: the tester may have been away. */
static void test_link_renewed_in_set_up(void **state)
{
    struct fixture *f = *state;

    f->blurts = true;
    run(f);
    expect_nothing(f, -ESTALE, "the stop is confirmed");
    assert_int_equal(fake_instrument_count(f->fake, "FUNC:TEST ON"), 0);
    assert_true(fake_instrument_connections(f->fake) >= 2);
}

/* New, but nobody tests for 2 s in 1.3 s. */
static void test_too_early(void **state)
{
    struct fixture *f = *state;

    f->result_answer = "ACW, PASS ,1.000kV,2.100 mA ,T=001.0S";
    run(f);
    expect_nothing(f, -EPROTO, "is not the end of a test");
}

/* New, and the whole test long: this is what a result looks like. */
static void test_good(void **state)
{
    struct fixture *f = *state;

    f->result_answer = "ACW, PASS ,1.000kV,2.100 mA ,T=001.0S";
    f->state_answer = "TEST ON";
    f->polls = 7; /* 1.3 s, then 0.2 s each */
    run(f);
    if (f->error < 0)
        fail_msg("%s", f->text);
    assert_int_equal(f->result.verdict, MB_SAFETY_PASS);
    assert_true(fabs(f->result.value.value - 2.1e-3) < 1e-9);
    assert_string_equal(f->result.raw, f->result_answer);
    assert_true(fake_instrument_count(f->fake, "FUNC:TEST OFF") == 2);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        EACH(test_result_while_running),
        EACH(test_never_ends),
        EACH(test_same_result_as_before),
        EACH(test_unknown_word),
        EACH(test_other_mode),
        EACH(test_other_state),
        EACH(test_set_up_not_taken),
        EACH(test_error_in_queue),
        EACH(test_good),
        EACH(test_too_early),
        EACH(test_link_renewed_in_set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
