/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bench with the supply of a separate field winding: the field of a motor of direct current comes before
 * its armature, stays within the limits, and is missed when it is lost. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/outputs.h"
#include "support/sim_bench.h"

#define FIELD_A 0.7
#define RATED_V 220.0
#define LIMIT_A 1.12
#define AWAIT_MS 60000
/* Replies of the source come late, so that waiting for its confirmation can be told from luck. */
#define LATE "fault source late 150"
#define CONFIRMED_NS UINT64_C(100000000)

/* SHAFT_FACTOR=1: times as they are, for docs/guides/figures.md. */
static void start(struct sim_bench_fixture *f)
{
    const char *factor = getenv("SHAFT_FACTOR");
    const char *const options[] = {"--preset", "dc-field-1.5kW", "--factor",
                                   factor ? factor : SIM_BENCH_FACTOR, NULL};

    sim_bench_start_with(f, options, NULL);
}

static int setup(void **state)
{
    struct sim_bench_fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    start(f);
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_RUNNING), 0);
    mb_bench_set_rating(f->bench, RATED_V, 8.8);
    return 0;
}

static int teardown(void **state)
{
    sim_bench_stop(*state);
    free(*state);
    return 0;
}

static void await(struct sim_bench_fixture *f, bool (*test)(struct sim_bench_fixture *f), const char *what)
{
    if (!sim_bench_until(f, test, AWAIT_MS))
        fail_msg("not %s: %g V, %g A of field, '%s'", what, f->last.signal[MB_SIGNAL_U].value,
                 f->last.signal[MB_SIGNAL_EXCITATION_I].value, mb_bench_fault(f->bench));
}

static bool arrived(struct sim_bench_fixture *f)
{
    return mb_bench_settled(f->bench, 0.005, 0.02) && mb_bench_excitation_settled(f->bench);
}

static bool has_no_field(struct sim_bench_fixture *f)
{
    return sim_bench_truth(f, "field_a") < 0.01 * FIELD_A; /* it decays */
}

static void run_up(struct sim_bench_fixture *f)
{
    assert_int_equal(mb_bench_set_excitation(f->bench, FIELD_A), 0);
    assert_int_equal(mb_bench_energise(f->bench, 0), 0);
    assert_int_equal(mb_bench_set_targets(f->bench, RATED_V, 0), 0);
    await(f, arrived, "at its voltage");
}

static void test_the_field_is_read_and_goes_off_with_the_rest(void **state)
{
    struct sim_bench_fixture *f = *state;

    run_up(f);
    assert_true(fabs(f->last.signal[MB_SIGNAL_EXCITATION_I].value / FIELD_A - 1) < 0.01);
    assert_true(fabs(f->last.signal[MB_SIGNAL_EXCITATION_U].value / (FIELD_A * 220) - 1) < 0.05);
    mb_bench_make_safe(f->bench);
    await(f, sim_bench_is_safe, "safe");
    assert_string_equal(mb_bench_fault(f->bench), "");
    /* The next owner has to ask for it anew. */
    assert_int_equal(mb_bench_energise(f->bench, 0), 0);
    assert_true(mb_bench_excitation_settled(f->bench));
    mb_bench_make_safe(f->bench);
    await(f, sim_bench_is_safe, "safe again");
    await(f, has_no_field, "without a field");
}

static bool waits_for_the_field(struct sim_bench_fixture *f)
{
    return f->last.signal[MB_SIGNAL_EXCITATION_I].validity == MB_VALID &&
           f->last.signal[MB_SIGNAL_EXCITATION_I].value > 0;
}

/* A supply that takes the current and does not give it: no armature voltage at any moment. */
static void test_no_armature_without_a_field(void **state)
{
    struct sim_bench_fixture *f = *state;

    sim_bench_tell(f, "device field open on");
    assert_int_equal(mb_bench_set_excitation(f->bench, FIELD_A), 0);
    assert_int_equal(mb_bench_energise(f->bench, 0), 0);
    assert_int_equal(mb_bench_set_targets(f->bench, RATED_V, 0), 0);
    await(f, sim_bench_has_fault, "told that there is no field");
    assert_non_null(strstr(f->fault, "does not bring the excitation to 0.7 A"));
    assert_false(waits_for_the_field(f));
    assert_true(f->highest_u_v < 1);
    await(f, sim_bench_is_safe, "safe");
}

/* ---- Which goes first, by the simulator's own log. ---- */

static bool field_is_off(const struct outputs *o)
{
    return o->field_a == 0;
}

static bool source_is_off(const struct outputs *o)
{
    return !o->source;
}

static bool source_alone_is_off(const struct outputs *o)
{
    return !o->source && o->field_a > 0;
}

static void assert_armature_went_first(struct sim_bench_fixture *f, uint64_t from_ns)
{
    struct outputs source, field;

    assert_true(outputs_first(f->sim.switching, from_ns, source_alone_is_off, &source));
    assert_true(outputs_first(f->sim.switching, from_ns, field_is_off, &field));
    if (field.since_ns < source.since_ns + CONFIRMED_NS)
        fail_msg("field off at %.3f s, armature off at %.3f s", field.t_s, source.t_s);
}

static void test_the_armature_goes_first(void **state)
{
    struct sim_bench_fixture *f = *state;
    uint64_t from_ns;

    run_up(f);
    sim_bench_tell(f, LATE);
    from_ns = mb_monotonic_ns();
    mb_bench_make_safe(f->bench);
    await(f, sim_bench_is_safe, "safe");
    assert_armature_went_first(f, from_ns);
    assert_string_equal(mb_bench_fault(f->bench), "");
}

/* The armature follows at once what it cannot do without: no limit of speed has to be reached before. */
static void test_without_its_field_the_armature_goes_off(void **state)
{
    struct sim_bench_fixture *f = *state;
    struct outputs lost, off;
    uint64_t from_ns;

    run_up(f);
    from_ns = mb_monotonic_ns();
    sim_bench_tell(f, "device field open on");
    await(f, sim_bench_has_fault, "told of the loss");
    if (!strstr(f->fault, "the excitation is lost") && !strstr(f->fault, "speed"))
        fail_msg("%s", f->fault);
    await(f, sim_bench_is_safe, "safe");
    assert_true(outputs_first(f->sim.switching, from_ns, field_is_off, &lost));
    assert_true(outputs_first(f->sim.switching, lost.since_ns, source_is_off, &off));
    printf("# armature off %.1f s of the bench after its field was lost, at %.0f r/min\n", off.t_s - lost.t_s,
           off.speed_rpm);
}

static bool is_unknown(struct sim_bench_fixture *f)
{
    return mb_bench_safe_state(f->bench) == MB_SAFE_UNKNOWN;
}

static void assert_said(struct sim_bench_fixture *f, const char *words)
{
    if (!strstr(mb_bench_fault(f->bench), words))
        fail_msg("no '%s' in: %s", words, mb_bench_fault(f->bench));
}

/* A source that nobody can switch off: its motor keeps its field, and that is said, until it answers again.
 */
static void test_with_a_source_that_may_be_on_the_field_stays(void **state)
{
    struct sim_bench_fixture *f = *state;
    uint64_t from_ns;

    run_up(f);
    sim_bench_tell(f, "fault source silent");
    mb_bench_trip(f->bench, "emergency stop");
    await(f, is_unknown, "without a confirmation");
    assert_said(f, "source at ");
    assert_said(f, "left on, as without it a motor whose source is on may run away");
    assert_true(sim_bench_truth(f, "output_on") == 1 && sim_bench_truth(f, "field_a") > 0.9 * FIELD_A);
    from_ns = mb_monotonic_ns();
    sim_bench_tell(f, LATE);
    await(f, sim_bench_is_safe, "safe once it is there again");
    sim_bench_tell(f, "clear");
    assert_armature_went_first(f, from_ns);
    assert_int_equal(mb_bench_reset(f->bench, NULL), 0);
}

/* ---- The link of the field's supply. ---- */

/* The readings of the field are missed, or its link is; the armature is off whatever becomes of the field. */
static void suffers(struct sim_bench_fixture *f, const char *fault, bool (*off)(struct sim_bench_fixture *f))
{
    run_up(f);
    sim_bench_tell(f, fault);
    await(f, sim_bench_has_fault, fault);
    assert_said(f, "field");
    await(f, off, "off");
    assert_true(sim_bench_truth(f, "output_on") == 0);
}

static void recovers(struct sim_bench_fixture *f)
{
    sim_bench_tell(f, "clear");
    await(f, sim_bench_is_safe, "safe");
    await(f, has_no_field, "without a field");
    assert_int_equal(mb_bench_reset(f->bench, NULL), 0);
}

static void test_silence_of_the_field(void **state)
{
    struct sim_bench_fixture *f = *state;

    suffers(f, "fault field silent", is_unknown);
    assert_said(f, "field at ");
    assert_said(f, "its output may still be live");
    assert_true(sim_bench_truth(f, "field_a") > 0.9 * FIELD_A);
    recovers(f);
}

/* It does what it is told; but nobody can be sure of that. */
static void test_garbage_of_the_field(void **state)
{
    struct sim_bench_fixture *f = *state;

    suffers(f, "fault field garbage", is_unknown);
    assert_said(f, "its output may still be live");
    recovers(f);
}

static void test_a_link_of_the_field_that_comes_back(void **state)
{
    struct sim_bench_fixture *f = *state;

    suffers(f, "fault field close", sim_bench_is_safe);
    recovers(f);
}

/* It answers, and gives its current all the same. */
static void test_a_field_that_does_not_go_off(void **state)
{
    struct sim_bench_fixture *f = *state;
    struct mb_error err;

    run_up(f);
    sim_bench_tell(f, "device field stuck on");
    mb_bench_make_safe(f->bench);
    await(f, is_unknown, "without a confirmation");
    assert_said(f, "field at ");
    assert_said(f, "its output may still be live");
    assert_true(sim_bench_truth(f, "output_on") == 0);
    assert_true(sim_bench_truth(f, "field_a") > 0.9 * FIELD_A);
    assert_int_equal(mb_bench_ready(f->bench, &err), -EAGAIN);
    sim_bench_tell(f, "device field stuck off");
    assert_int_equal(mb_bench_reset(f->bench, NULL), 0);
    await(f, sim_bench_is_safe, "safe");
}

static void test_what_is_refused(void **state)
{
    struct sim_bench_fixture *f = *state, other;

    assert_int_equal(mb_bench_set_excitation(f->bench, LIMIT_A * 1.01), -ERANGE);
    assert_int_equal(mb_bench_set_excitation(f->bench, -0.1), -ERANGE);
    assert_int_equal(mb_bench_set_excitation(f->bench, NAN), -ERANGE);
    sim_bench_start(&other, NULL);
    assert_int_equal(mb_bench_set_excitation(other.bench, 0.1), -ENOTSUP);
    sim_bench_stop(&other);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest everyday[] = {
        TEST(test_the_field_is_read_and_goes_off_with_the_rest),
        TEST(test_no_armature_without_a_field),
        TEST(test_the_armature_goes_first),
        TEST(test_without_its_field_the_armature_goes_off),
        TEST(test_a_link_of_the_field_that_comes_back),
        TEST(test_what_is_refused),
    };
    /* Each waits for times that profiles allow. */
    const struct CMUnitTest whole[] = {
        TEST(test_with_a_source_that_may_be_on_the_field_stays),
        TEST(test_silence_of_the_field),
        TEST(test_garbage_of_the_field),
        TEST(test_a_field_that_does_not_go_off),
    };
#undef TEST
    int failed = cmocka_run_group_tests_name("bench excitation", everyday, NULL, NULL);

    if (getenv("MOTORBENCH_WHOLE"))
        failed += cmocka_run_group_tests_name("bench excitation, slow links", whole, NULL, NULL);
    return failed;
}
