/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instruments that stop answering, answer late, answer the query before, answer garbage or drop the
 * connection: the run pauses and names the instrument, the outputs go off, the record says so; when the
 * instrument is itself again the run goes on. */
#include "support/test.h"

#include <string.h>

#include "support/daemon_fixture.h"
#include "support/eventually.h"

/* Slow enough that links, which have real time to answer, are not outrun by the steps, which have bench time,
 * and that the motor has not cooled too far for its run when a busy machine takes a minute to go on. */
static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "10", "--seed", "3", NULL};

/* Until the outputs are off, real time: 3 s without an answer, 3 s without valid readings, 3 s for the way to
 * off, and as much again for a loaded machine. */
#define OFF_MS 18000u
/* An instrument that was lost is looked for every 5 s. */
#define BACK_MS 60000u
#define LATE "late 6000" /* ms, longer than anyone waits */

struct fault {
    const char *name;
    bool stuck; /* nobody can switch it off: that has to be said */
};

static void inject(struct daemon_fixture *f, const char *instrument, const char *fault)
{
    char command[64];

    (void)snprintf(command, sizeof command, "fault %s %s", instrument, fault);
    daemon_fixture_simulator(f, command);
}

static bool goes_on(void *userdata)
{
    struct daemon_fixture *f = userdata;

    return FIXTURE_STATUS(f, "continue", f->uuid) == 0;
}

static void clear_and_continue(struct daemon_fixture *f, const char *step)
{
    daemon_fixture_simulator(f, "clear");
    assert_true(eventually(goes_on, f, BACK_MS));
    daemon_fixture_await(f, "State", "running", BACK_MS);
    /* It goes back to the start; until then its step is still the one it was in. */
    daemon_fixture_await_on(f, BACK_MS);
    daemon_fixture_await(f, "Step", step, BACK_MS);
}

static void check_stuck(struct daemon_fixture *f)
{
    json_t *bench;

    daemon_fixture_await_bench(f, "SafeState", "unknown", OFF_MS);
    assert_true(daemon_fixture_output_on(f));
    bench = FIXTURE_JSON(f, 0, "bench", "show", "sim");
    assert_true(json_is_true(json_object_get(bench, "OutputOn")));
    assert_non_null(strstr(json_string_value(json_object_get(bench, "Fault")), "source"));
    json_decref(bench);
    /* It does not go on into the unknown. */
    assert_int_equal(FIXTURE_STATUS(f, "continue", f->uuid), 4);
}

static void suffers(struct daemon_fixture *f, const char *instrument, const struct fault *fault)
{
    char reason[512];

    daemon_fixture_await(f, "Step", "thermal", BACK_MS);
    assert_true(daemon_fixture_output_on(f));
    inject(f, instrument, fault->name);
    daemon_fixture_await(f, "State", "paused", OFF_MS);
    (void)daemon_fixture_run_text(f, "Reason", reason, sizeof reason);
    if (!strstr(reason, instrument))
        fail_msg("%s %s: the reason '%s' does not name it", instrument, fault->name, reason);
    if (fault->stuck)
        check_stuck(f);
    else
        (void)daemon_fixture_await_off(f, OFF_MS);
    clear_and_continue(f, "thermal");
}

/* At least one fault entry a case, more where a source may still be live or an operator was too early; each
 * with the step and the instrument. */
static void check_entries(struct daemon_fixture *f, const char *instrument, const char *step, size_t count)
{
    json_t *document = FIXTURE_JSON(f, 0, "export", f->uuid), *entry;
    size_t found = 0;

    for (; (entry = record_entry(document, "fault", found)); found++) {
        assert_string_equal(json_string_value(json_object_get(entry, "step")), step);
        assert_non_null(strstr(json_string_value(json_object_get(entry, "reason")), instrument));
    }
    assert_true(found >= count);
    json_decref(document);
}

static void suffers_all(void **state, const char *instrument, const struct fault *faults, size_t count)
{
    struct daemon_fixture *f = *state;

    daemon_fixture_start(f, &(struct daemon_fixture_setting){.sim = simulator});
    daemon_fixture_run(f);
    for (size_t i = 0; i < count; i++)
        suffers(f, instrument, &faults[i]);
    assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
    assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 4);
    check_entries(f, instrument, "thermal", count);
    assert_int_equal(daemon_fixture_stop(f), 0);
}

static void analyser(void **state)
{
    static const struct fault faults[] = {
        {"silent", false}, {LATE, false}, {"previous", false}, {"garbage", false}, {"gone", false}};

    suffers_all(state, "analyser", faults, sizeof faults / sizeof *faults);
}

/* It is asked for one thing only, so a reply that is one query old looks like any other: no "previous" here.
 */
static void brake(void **state)
{
    static const struct fault faults[] = {
        {"silent", false}, {LATE, false}, {"garbage", false}, {"close", false}};

    suffers_all(state, "brake", faults, sizeof faults / sizeof *faults);
}

static void source(void **state)
{
    static const struct fault faults[] = {{"silent", true},   {LATE, false},    {"previous", false},
                                          {"garbage", false}, {"close", false}, {"gone", true}};

    suffers_all(state, "source", faults, sizeof faults / sizeof *faults);
}

static void daq(void **state)
{
    static const struct fault faults[] = {{"silent", false}, {"gone", false}};

    suffers_all(state, "daq", faults, sizeof faults / sizeof *faults);
}

/* The meter is asked only while the motor rests: each fault is there before the run, which finds it at the
 * cold resistance. "previous": as for the brake. */
static void ohmmeter(void **state)
{
    static const char *const faults[] = {"silent", LATE, "garbage"};
    struct daemon_fixture *f = *state;
    char reason[512];

    daemon_fixture_start(f, &(struct daemon_fixture_setting){.sim = simulator});
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        inject(f, "ohmmeter", faults[i]);
        daemon_fixture_run(f);
        daemon_fixture_await(f, "State", "paused", OFF_MS);
        assert_non_null(strstr(daemon_fixture_run_text(f, "Reason", reason, sizeof reason), "ohmmeter"));
        assert_false(daemon_fixture_output_on(f));
        clear_and_continue(f, "thermal");
        assert_int_equal(FIXTURE_STATUS(f, "abort", f->uuid), 0);
        assert_int_equal(daemon_fixture_run_status(f, FIXTURE_PATIENCE_MS), 4);
        check_entries(f, "ohmmeter", "cold", 1);
    }
    assert_int_equal(daemon_fixture_stop(f), 0);
}

static bool is_lost(void *userdata)
{
    return FIXTURE_STATUS(userdata, "bench", "check", "sim") == 4;
}

static void an_instrument_that_is_not_there_prevents_the_start(void **state)
{
    struct daemon_fixture *f = *state;
    struct run_result result;

    daemon_fixture_start(f, &(struct daemon_fixture_setting){.sim = simulator});
    inject(f, "ohmmeter", "gone");
    assert_true(eventually(is_lost, f, OFF_MS));
    FIXTURE_CLI(f, &result, "run", f->motor);
    assert_int_equal(result.status, 4);
    assert_non_null(strstr(result.err, "instrument ohmmeter"));
    run_result_clear(&result);
    assert_int_equal(daemon_fixture_stop(f), 0);
}

/* A lost connection that is back before the time for readings is over costs a reading, not the run. */
static void a_short_loss_of_readings_is_bridged(void **state)
{
    struct daemon_fixture *f = *state;
    json_t *document;

    daemon_fixture_start(f,
                         &(struct daemon_fixture_setting){.sim = simulator, .bench_extra = "  loss_s: 30\n"});
    daemon_fixture_run(f);
    daemon_fixture_await(f, "Step", "thermal", BACK_MS);
    inject(f, "analyser", "close");
    assert_true(eventually(is_lost, f, OFF_MS));
    daemon_fixture_await_bench(f, "Fault", "", OFF_MS);
    while (is_lost(f))
        daemon_fixture_await(f, "State", "running", 0);
    assert_true(daemon_fixture_output_on(f));
    document = FIXTURE_JSON(f, 0, "export", f->uuid);
    assert_null(record_entry(document, "fault", 0));
    json_decref(document);
}

int main(void)
{
#define TEST(function)                                                                                       \
    cmocka_unit_test_setup_teardown(function, daemon_fixture_setup, daemon_fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(analyser),
        TEST(brake),
        TEST(source),
        TEST(daq),
        TEST(ohmmeter),
        TEST(an_instrument_that_is_not_there_prevents_the_start),
        TEST(a_short_loss_of_readings_is_bridged),
    };
#undef TEST

    return cmocka_run_group_tests_name("misbehaviour", tests, NULL, NULL);
}
