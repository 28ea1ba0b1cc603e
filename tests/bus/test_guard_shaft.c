/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guard's tests on benches that are more than a brake: a load machine that turns the shaft, a field
 * winding with a supply of its own. Each run is held where they are live. Judged by the simulator's own log.
 *
 * MOTORBENCH_WHOLE=1: the rest of the ends. SHAFT_KILLS=N: every end N times on each bench, and the worst
 * times (tests/bench/shaft-kills). */
#include "support/test.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "support/ends.h"
#include "support/eventually.h"
#include "support/outputs.h"

#define LIVE_MS 120000u
/* With sanitizers and beside builds; the figures are those of tests/bench/shaft-kills. */
#define PATIENT_MS 5000.0
#define BENCH_FILE "benches/sim.yaml"
#define TURNS_RPM 1000.0
/* Replies of the source come late, so that waiting for its confirmation can be told from luck. */
#define LATE "fault source late 150"
#define CONFIRMED_NS UINT64_C(100000000)

/* What is held, and where. */
struct kind {
    const char *name, *preset, *plan, *method, *first_step;
    bool drives, field, source; /* live */
};

enum { DRIVEN_FIELD, ARMATURE_FIELD, REVERSED, KINDS };
static const struct kind kinds[KINDS] = {
    [DRIVEN_FIELD] = {"driven, with its field", "tests/data/heavy-shaft.yaml",
                      "efficiency-synchronous-losses", "2-1-2B", "open-circuit", .drives = true,
                      .field = true},
    [ARMATURE_FIELD] = {"armature with its field", "dc-field-1.5kW", "efficiency-dc-losses", "2-1-3C", NULL,
                        .field = true, .source = true},
    [REVERSED] = {"driven against the field", "11kW-4p", "efficiency-2-1-1F", "2-1-1F", "reverse-rotation",
                  .drives = true, .source = true},
};

struct world {
    struct daemon_fixture f; /* first: that is what `edit` is given */
    const struct kind *kind;
    bool second_link; /* of the field's supply */
};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct world));
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    struct world *w = *state;

    if (w->f.guard.pid > 0)
        (void)kill(w->f.guard.pid, SIGCONT);
    if (w->f.daemon.pid > 0)
        (void)kill(w->f.daemon.pid, SIGCONT);
    daemon_fixture_clear(&w->f);
    free(w);
    return 0;
}

/* ---- Held until the test lets go. ---- */

static void prepare(struct daemon_fixture *f)
{
    const struct world *w = (const struct world *)f;
    char plan[80], other[160];

    ends_without_testers(f);
    daemon_fixture_add_profiles(f);
    (void)snprintf(plan, sizeof plan, "data/plans/%s.yaml", w->kind->plan);
    if (w->kind->first_step) {
        daemon_fixture_begin_with(f, w->kind->plan, w->kind->first_step);
        daemon_fixture_change(f, plan, "dwell_s: 3", "dwell_s: 600");
        daemon_fixture_change(f, plan, "settle_timeout_s: 300", "settle_timeout_s: 3600");
    }
    (void)snprintf(other, sizeof other, "{id: field, guard: {address: \"tcp:127.0.0.1:%u\"}, ",
                   w->second_link ? (unsigned)sim_process_port(&f->sim, "field") : 0);
    if (w->second_link)
        daemon_fixture_change(f, BENCH_FILE, "{id: field, ", other);
}

static bool is_held(void *userdata)
{
    struct world *w = userdata;
    const struct kind *k = w->kind;
    struct outputs last;

    return outputs_last(w->f.sim.switching, &last) && (last.driven_rpm != 0) == k->drives &&
           (last.field_a > 0) == k->field && last.source == k->source &&
           fabs(daemon_fixture_truth(&w->f, "speed_rpm")) > TURNS_RPM;
}

static void run_until_held(struct world *w)
{
    char waiting[200];

    daemon_fixture_run_with(
        &w->f, (const char *const[]){"--items", "efficiency", "--method", w->kind->method, NULL});
    if (!eventually(is_held, w, LIVE_MS))
        daemon_fixture_fail(&w->f, "%s: not so: %s", w->kind->name,
                            daemon_fixture_run_text(&w->f, "Waiting", waiting, sizeof waiting));
}

static void start(struct world *w, int kind, const char *extra)
{
    const char *const simulator[] = {strchr(kinds[kind].preset, '/') ? "--motor" : "--preset",
                                     kinds[kind].preset,
                                     "--factor",
                                     "20",
                                     "--seed",
                                     "7",
                                     "--cold-c",
                                     "25",
                                     kinds[kind].drives ? "--drives" : NULL,
                                     NULL};

    w->kind = &kinds[kind];
    daemon_fixture_start(
        &w->f, &(struct daemon_fixture_setting){
                   .sim = simulator, .bench_extra = extra, .own_data = true, .edit = prepare, .guard = true});
    run_until_held(w);
}

#define PROOF "  guard_proof_minutes: 1\n"
#define HANG PROOF "  guard_hang_s: 0.3\n"

static void abandon_run(struct daemon_fixture *f)
{
    (void)child_stop(&f->run, SIGKILL, FIXTURE_PATIENCE_MS);
}

/* ---- What the log says. ---- */

static bool armature_is_off(const struct outputs *o)
{
    return !o->source;
}

static bool field_is_off(const struct outputs *o)
{
    return o->field_a == 0;
}

static void assert_armature_went_first(const struct world *w, uint64_t from_ns)
{
    struct outputs armature, field;

    assert_true(outputs_first(w->f.sim.switching, from_ns, armature_is_off, &armature));
    assert_true(outputs_first(w->f.sim.switching, from_ns, field_is_off, &field));
    if (!(armature.field_a > 0 && field.since_ns >= armature.since_ns + CONFIRMED_NS))
        daemon_fixture_fail(&w->f, "the field did not wait for the armature");
}

static void ends_safely(struct world *w, enum end end)
{
    const bool ordered = w->kind->field && w->kind->source;
    uint64_t from_ns;
    double ms;

    if (ordered)
        daemon_fixture_simulator(&w->f, LATE);
    from_ns = mb_monotonic_ns();
    ms = end_it(&w->f, end);
    if (!(ms < PATIENT_MS))
        daemon_fixture_fail(&w->f, "%s, %s: %.0f ms", w->kind->name, end_names[end], ms);
    if (ordered)
        assert_armature_went_first(w, from_ns);
}

/* ---- A driven shaft with its field. ---- */

static void with_the_daemon_killed_the_shaft_still_turns(void **state)
{
    struct world *w = *state;
    struct run_result result;

    start(w, DRIVEN_FIELD, PROOF);
    ends_safely(w, DAEMON_KILLED);
    abandon_run(&w->f);
    assert_true(fabs(daemon_fixture_truth(&w->f, "speed_rpm")) > TURNS_RPM / 2);
    /* Who comes to look is told, by a daemon that has not turned it. */
    daemon_fixture_launch(&w->f);
    daemon_fixture_await_bench(&w->f, "Shaft", "turns", FIXTURE_PATIENCE_MS);
    daemon_fixture_await_bench(&w->f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    FIXTURE_CLI(&w->f, &result, "benches");
    assert_non_null(strstr(result.out, "THE SHAFT TURNS"));
    run_result_clear(&result);
    daemon_fixture_simulator(&w->f, "motor seal_drag 0.5"); /* what stops it */
    daemon_fixture_await_bench(&w->f, "Shaft", "stands", FIXTURE_PATIENCE_MS);
    assert_true(fabs(daemon_fixture_truth(&w->f, "speed_rpm")) < TURNS_RPM / 10);
}

static void without_the_guard_the_record_says_that_it_turns(void **state)
{
    struct world *w = *state;
    const json_t *entry;
    json_t *document;

    start(w, DRIVEN_FIELD, PROOF);
    ends_safely(w, GUARD_KILLED);
    daemon_fixture_await(&w->f, "State", "paused", ENDS_OFF_MS);
    daemon_fixture_await_bench(&w->f, "SafeState", "safe", ENDS_OFF_MS);
    daemon_fixture_await_bench(&w->f, "Shaft", "turns", ENDS_OFF_MS);
    document = FIXTURE_JSON(&w->f, 0, "export", w->f.uuid);
    entry = record_entry(document, "fault", 0);
    assert_string_equal(json_string_value(json_object_get(entry, "shaft")), "turns");
    json_decref(document);
}

static void a_hanging_daemon_lets_go_of_the_shaft(void **state)
{
    struct world *w = *state;

    start(w, DRIVEN_FIELD, HANG);
    ends_safely(w, DAEMON_HANGS);
    abandon_run(&w->f);
}

/* ---- Armature and field. ---- */

static void the_guard_leaves_the_field_to_the_last(void **state)
{
    struct world *w = *state;

    start(w, ARMATURE_FIELD, PROOF);
    ends_safely(w, DAEMON_KILLED);
    abandon_run(&w->f);
}

/* Its link is free at once, the armature's is not before the daemon is ended. */
static void a_second_link_to_the_field_is_not_used_before_the_armature_is_off(void **state)
{
    struct world *w = *state;

    w->second_link = true;
    start(w, ARMATURE_FIELD, HANG);
    ends_safely(w, DAEMON_HANGS);
    abandon_run(&w->f);
}

/* ---- Driven against the field. ---- */

static void with_both_killed_nothing_turns_it_backwards(void **state)
{
    struct world *w = *state;

    start(w, REVERSED, PROOF);
    ends_safely(w, BOTH_KILLED);
    abandon_run(&w->f);
}

/* ---- Figures. ---- */

static void set_up_again(struct world *w)
{
    struct daemon_fixture *f = &w->f;

    abandon_run(f);
    (void)child_stop(&f->daemon, SIGKILL, ENDS_OFF_MS);
    if (child_ended(&f->guard))
        daemon_fixture_guard(f);
    daemon_fixture_launch(f);
    (void)FIXTURE_STATUS(f, "abort", f->uuid);
    daemon_fixture_await(f, "State", "aborted", FIXTURE_PATIENCE_MS);
}

static void worst_times(struct world *w, int kind, unsigned long times)
{
    static const enum end ends[] = {DAEMON_KILLED, DAEMON_HANGS, GUARD_KILLED, BOTH_KILLED};

    start(w, kind, PROOF "  guard_hang_s: 0.15\n");
    for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
        double worst_ms = 0;

        for (unsigned long i = 0; i < times; i++) {
            worst_ms = fmax(worst_ms, end_it(&w->f, ends[e]));
            set_up_again(w);
            if (i + 1 < times || e + 1 < sizeof ends / sizeof *ends)
                run_until_held(w);
        }
        printf("# %-24s %-14s %4lu times, worst time to safe %6.1f ms\n", w->kind->name, end_names[ends[e]],
               times, worst_ms);
    }
}

static void figures(void **state)
{
    unsigned long times = strtoul(getenv("SHAFT_KILLS"), NULL, 10);

    for (int kind = 0; kind < KINDS; kind++) {
        worst_times(*state, kind, times);
        daemon_fixture_clear(*state);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest everyday[] = {
        TEST(with_the_daemon_killed_the_shaft_still_turns),
        TEST(a_second_link_to_the_field_is_not_used_before_the_armature_is_off),
    };
    const struct CMUnitTest whole[] = {
        TEST(without_the_guard_the_record_says_that_it_turns), TEST(a_hanging_daemon_lets_go_of_the_shaft),
        TEST(the_guard_leaves_the_field_to_the_last), TEST(with_both_killed_nothing_turns_it_backwards)};
    const struct CMUnitTest heavy[] = {TEST(figures)};
#undef TEST

    if (getenv("SHAFT_KILLS"))
        return cmocka_run_group_tests_name("kills of driven shafts", heavy, NULL, NULL);
    return getenv("MOTORBENCH_WHOLE")
               ? cmocka_run_group_tests_name("guard of a driven shaft", whole, NULL, NULL)
               : cmocka_run_group_tests_name("guard of a driven shaft", everyday, NULL, NULL);
}
