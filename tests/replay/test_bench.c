/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One bench over the simulated instruments: loops, limits, losses, and the way to off. What is off is asked
 * from the simulator itself, not from the bench. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/sim_bench.h"

#define RATED_NM 2.5
#define LOSS_S 0.5
static const struct sim_bench_change quick_loss[] = {{"  limits:", "  loss_s: 0.5\n  limits:"}, {NULL, NULL}};

static int setup(void **state)
{
    struct sim_bench_fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    sim_bench_start(f, quick_loss);
    return 0;
}

static int teardown(void **state)
{
    sim_bench_stop(*state);
    free(*state);
    return 0;
}

static bool at_rated_voltage(struct sim_bench_fixture *f)
{
    return mb_bench_settled(f->bench, 0.001, 0.02) && f->last.signal[MB_SIGNAL_N].value > 2800;
}

static bool has_resistance(struct sim_bench_fixture *f)
{
    return mb_snapshot_valid(&f->last, MB_SIGNAL_RESISTANCE);
}

static bool has_snapshot(struct sim_bench_fixture *f)
{
    return f->snapshots > 0;
}

static bool is_settled_state(struct sim_bench_fixture *f) /* safe or known to be unknown */
{
    enum mb_safe_state s = mb_bench_safe_state(f->bench);

    return s == MB_SAFE || s == MB_SAFE_UNKNOWN;
}

static void switch_on(struct sim_bench_fixture *f)
{
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_RUNNING), 0);
    mb_bench_set_rating(f->bench, 400, RATED_NM);
    assert_int_equal(mb_bench_energise(f->bench, 50), 0);
    assert_int_equal(mb_bench_set_targets(f->bench, 400, 0), 0);
}

static void run_at_400_v(struct sim_bench_fixture *f)
{
    switch_on(f);
    if (!sim_bench_until(f, at_rated_voltage, 10000))
        fail_msg("not at rated voltage: %g V, %g r/min, %s", f->last.signal[MB_SIGNAL_U].value,
                 f->last.signal[MB_SIGNAL_N].value, mb_bench_fault(f->bench));
}

static void assert_off(struct sim_bench_fixture *f)
{
    assert_int_equal(mb_bench_safe_state(f->bench), MB_SAFE);
    assert_true(sim_bench_truth(f, "output_on") == 0);
}

static void test_energise_and_settle(void **state)
{
    struct sim_bench_fixture *f = *state;

    assert_int_equal(mb_bench_safe_state(f->bench), MB_SAFE);
    run_at_400_v(f);
    assert_int_equal(mb_bench_safe_state(f->bench), MB_ENERGISED);
    assert_true(sim_bench_truth(f, "output_on") == 1);
    if (fabs(sim_bench_truth(f, "u_12_v") - 400) > 4)
        fail_msg("%g V", sim_bench_truth(f, "u_12_v"));
    /* The ramp ends without a jump: one poll of it is 20 V; the source itself may be off by some volts. */
    if (f->highest_u_v > 408)
        fail_msg("%.1f V on the way to 400 V", f->highest_u_v);
    assert_int_equal(mb_bench_set_targets(f->bench, 400, RATED_NM), 0);
    assert_false(at_rated_voltage(f)); /* the torque has not arrived yet */
    assert_true(sim_bench_until(f, at_rated_voltage, 10000));
    assert_true(fabs(f->last.signal[MB_SIGNAL_T].value - RATED_NM) < 0.02 * RATED_NM);
    assert_int_equal(f->last.signal[MB_SIGNAL_T].flags, MB_READING_SIMULATED);
    assert_int_equal(f->last.monitored_count, 2);
    assert_true(mb_snapshot_valid(&f->last, MB_SIGNAL_HVF));
    mb_bench_make_safe(f->bench);
    assert_int_equal(mb_bench_safe_state(f->bench), MB_GOING_SAFE);
    assert_true(sim_bench_until(f, sim_bench_is_safe, 5000));
    assert_off(f);
    assert_string_equal(mb_bench_fault(f->bench), "");
}

static void test_what_is_refused(void **state)
{
    struct sim_bench_fixture *f = *state;

    assert_int_equal(mb_bench_set_targets(f->bench, 10, 0), -EINVAL); /* not energised */
    assert_int_equal(mb_bench_energise(f->bench, 50), -EINVAL);       /* nothing would watch the limits */
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_REST), 0);
    assert_int_equal(mb_bench_energise(f->bench, 50), -EINVAL);
    switch_on(f);
    assert_int_equal(mb_bench_energise(f->bench, 50), -EBUSY);
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_REST), -EBUSY); /* no ohmmeter on a live winding */
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_IDLE), -EBUSY);
    assert_int_equal(mb_bench_set_targets(f->bench, 481, 0), -ERANGE);
    assert_int_equal(mb_bench_set_targets(f->bench, 400, 5.01), -ERANGE);
    assert_int_equal(mb_bench_set_targets(f->bench, -1, 0), -ERANGE);
    assert_int_equal(mb_bench_set_targets(f->bench, 400, -1), -ERANGE);
    assert_int_equal(mb_bench_set_targets(f->bench, NAN, 0), -ERANGE);
    assert_int_equal(mb_bench_set_targets(f->bench, 400, NAN), -ERANGE);
    assert_int_equal(mb_bench_set_targets(f->bench, 480, 5), 0);
}

static void test_resistance_at_rest(void **state)
{
    struct sim_bench_fixture *f = *state;

    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_REST), 0);
    assert_true(sim_bench_until(f, has_resistance, 5000));
    if (fabs(f->last.signal[MB_SIGNAL_RESISTANCE].value / sim_bench_truth(f, "r_line_ohm") - 1) > 0.01)
        fail_msg("%g ohm instead of %g", f->last.signal[MB_SIGNAL_RESISTANCE].value,
                 sim_bench_truth(f, "r_line_ohm"));
    assert_int_equal(f->last.signal[MB_SIGNAL_U12].validity, MB_NO_DATA); /* the analyser is not asked */
    assert_true(mb_snapshot_valid(&f->last, MB_SIGNAL_COOLANT));
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_IDLE), 0);
}

static bool has_3000_v(struct sim_bench_fixture *f)
{
    return mb_bench_settled(f->bench, 0.002, 1) && f->last.signal[MB_SIGNAL_N].value > 1480;
}

static bool never(struct sim_bench_fixture *f)
{
    (void)f;
    return false;
}

/* A safe bench whose run has let go of it asks its instruments nothing more. */
static void test_idle_when_nobody_looks(void **state)
{
    struct sim_bench_fixture *f = *state;
    uint64_t t_ns;

    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_RUNNING), 0);
    assert_true(sim_bench_until(f, has_snapshot, 5000));
    assert_false(sim_bench_until(f, never, 200));
    mb_bench_set_observer(f->bench, NULL, NULL);
    assert_false(sim_bench_until(f, never, 200)); /* a poll that is on its way comes to its end */
    t_ns = mb_bench_last(f->bench)->t_ns;
    assert_true(t_ns > 0);
    assert_false(sim_bench_until(f, never, 300));
    assert_true(mb_bench_last(f->bench)->t_ns == t_ns);
}

static void trip_limit(const struct sim_bench_change *changes, const char *expected)
{
    struct sim_bench_fixture f;

    sim_bench_start(&f, changes);
    switch_on(&f);
    assert_true(sim_bench_until(&f, sim_bench_has_fault, 10000));
    if (strncmp(f.fault, expected, strlen(expected)) != 0 || !strstr(f.fault, "exceeds the bench limit"))
        fail_msg("expected '%s...', have '%s'", expected, f.fault);
    /* Who runs the bench hears why before a snapshot of a bench that is going off. */
    assert_int_equal(f.snapshots_before_fault_told, 0);
    assert_true(sim_bench_until(&f, sim_bench_is_safe, 5000));
    assert_off(&f);
    sim_bench_stop(&f);
}

static void test_limits(void **state)
{
    static const struct sim_bench_change speed[] = {{"speed_rpm: 3600", "speed_rpm: 1500"}, {NULL, NULL}};
    static const struct sim_bench_change voltage[] = {
        {"ratio: 1", "ratio: 0.8"}, {"voltage_v: 480", "voltage_v: 402"}, {NULL, NULL}};
    static const struct sim_bench_change current[] = {{"current_a: 6", "current_a: 0.3"}, {NULL, NULL}};

    (void)state;
    trip_limit(speed, "speed ");
    trip_limit(voltage, "voltage-");
    trip_limit(current, "current-");
}

/* After a fault a person must reset it before anything is switched on again. */
static void test_fault_and_reset(void **state)
{
    struct sim_bench_fixture *f = *state;
    struct mb_error err = {""};

    run_at_400_v(f);
    mb_bench_trip(f->bench, "emergency stop");
    assert_int_equal(mb_bench_reset(f->bench, NULL), -EBUSY); /* not off yet */
    assert_true(sim_bench_until(f, sim_bench_is_safe, 5000));
    assert_true(sim_bench_until(f, sim_bench_has_fault, 1000));
    assert_string_equal(f->fault, "emergency stop");
    assert_off(f);
    assert_int_equal(mb_bench_energise(f->bench, 50), -EIO);
    assert_int_equal(mb_bench_ready(f->bench, &err), -EAGAIN);
    assert_non_null(strstr(err.text, "emergency stop"));
    mb_bench_trip(f->bench, "a second reason"); /* the first is the one to look for */
    assert_string_equal(mb_bench_fault(f->bench), "emergency stop");
    assert_true(sim_bench_until(f, sim_bench_is_safe, 5000));
    assert_int_equal(mb_bench_reset(f->bench, NULL), 0);
    assert_string_equal(mb_bench_fault(f->bench), "");
    run_at_400_v(f);
}

static void test_safe_while_energising(void **state)
{
    struct sim_bench_fixture *f = *state;

    switch_on(f);
    mb_bench_make_safe(f->bench);
    assert_true(sim_bench_until(f, sim_bench_is_safe, 5000));
    assert_off(f);
    assert_string_equal(mb_bench_fault(f->bench), "");
    assert_int_equal(mb_bench_set_targets(f->bench, 400, 0), -EINVAL);
    run_at_400_v(f); /* nothing of the first attempt is left over */
}

static void test_silent_analyser(void **state)
{
    struct sim_bench_fixture *f = *state;
    uint64_t begun_ns;

    run_at_400_v(f);
    sim_bench_tell(f, "fault analyser silent");
    begun_ns = mb_monotonic_ns();
    assert_true(sim_bench_until(f, sim_bench_has_fault, 10000));
    assert_true((double)(mb_monotonic_ns() - begun_ns) * 1e-9 >= LOSS_S);
    assert_non_null(strstr(f->fault, "analyser: no valid reading for 0.5 s"));
    assert_true(sim_bench_until(f, is_settled_state, 10000));
    assert_off(f); /* the analyser has nothing that could be live */
}

static bool has_380_v(struct sim_bench_fixture *f)
{
    return mb_bench_settled(f->bench, 0.001, 0.02) && f->last.signal[MB_SIGNAL_N].value > 1490;
}

/* Behind transformers: the loops, the limits and the record have the motor's voltages and currents. */
static void test_transformers(void **state)
{
    static const char *const options[] = {"--motor", "tests/data/high-voltage-motor.yaml", "--factor",
                                          SIM_BENCH_FACTOR, NULL};
    struct sim_bench_fixture f;

    (void)state;
    sim_bench_start_with(&f, options, NULL);
    assert_int_equal(mb_bench_measure(f.bench, MB_BENCH_RUNNING), 0);
    mb_bench_set_rating(f.bench, 6000, 2900);
    assert_int_equal(mb_bench_energise(f.bench, 50), 0);
    assert_int_equal(mb_bench_set_targets(f.bench, 3000, 0), 0);
    if (!sim_bench_until(&f, has_3000_v, 20000))
        fail_msg("%g V, %g r/min, %s", f.last.signal[MB_SIGNAL_U].value, f.last.signal[MB_SIGNAL_N].value,
                 mb_bench_fault(f.bench));
    assert_true(fabs(sim_bench_truth(&f, "u_12_v") - 3000) < 20);
    assert_true(fabs(f.last.signal[MB_SIGNAL_I1].value / sim_bench_truth(&f, "i_1_a") - 1) < 0.02);
    assert_true(fabs(f.last.signal[MB_SIGNAL_P].value / sim_bench_truth(&f, "p_w") - 1) < 0.05);
    assert_true(f.last.signal[MB_SIGNAL_U].standard_uncertainty > 0.5); /* of 3000 V, not of 50 V */
    sim_bench_stop(&f);
}

#define TRANSFORMERS                                                                                         \
    ", voltage_transformer: {ratio_error: 0.004, displacement_rad: -0.004},"                                 \
    " current_transformer: {ratio_error: 0.006, displacement_rad: 0.005}"

/* The reading at no load over the truth, less 1, of transformers with errors. */
static void read_through_transformers(const struct sim_bench_change *changes, double *ret_u, double *ret_p)
{
    static const char *const options[] = {
        "--motor", "tests/data/transformers.yaml", "--errors", "off", "--factor", SIM_BENCH_FACTOR, NULL};
    struct sim_bench_fixture f;

    sim_bench_start_with(&f, options, changes);
    assert_int_equal(mb_bench_measure(f.bench, MB_BENCH_RUNNING), 0);
    mb_bench_set_rating(f.bench, 380, 70);
    assert_int_equal(mb_bench_energise(f.bench, 50), 0);
    assert_int_equal(mb_bench_set_targets(f.bench, 380, 0), 0);
    if (!sim_bench_until(&f, has_380_v, 20000))
        fail_msg("%g V, %g r/min, %s", f.last.signal[MB_SIGNAL_U].value, f.last.signal[MB_SIGNAL_N].value,
                 mb_bench_fault(f.bench));
    *ret_u = f.last.signal[MB_SIGNAL_U12].value / sim_bench_truth(&f, "u_12_v") - 1;
    *ret_p = f.last.signal[MB_SIGNAL_P].value / sim_bench_truth(&f, "p_w") - 1;
    sim_bench_stop(&f);
}

/* Corrected, the readings are the motor's; uncorrected, power is wrong most where the power factor is low. */
static void test_errors_of_transformers(void **state)
{
    static const struct sim_bench_change without[] = {{TRANSFORMERS, ""}, {NULL, NULL}};
    double u, p;

    (void)state;
    read_through_transformers(NULL, &u, &p);
    if (!(fabs(u) < 0.001 && fabs(p) < 0.01))
        fail_msg("corrected: voltage off by %g, power by %g", u, p);
    read_through_transformers(without, &u, &p);
    if (!(fabs(u - 0.004) < 0.001 && p > 0.05))
        fail_msg("not corrected: voltage off by %g, power by %g", u, p);
}

/* A gap that is shorter than loss_s is nothing. */
static void test_short_gap(void **state)
{
    struct sim_bench_fixture *f = *state;
    unsigned snapshots;

    run_at_400_v(f);
    sim_bench_tell(f, "fault daq late 10");
    snapshots = f->snapshots;
    while (f->snapshots < snapshots + 3)
        assert_true(sd_event_run(f->event, 1000000) >= 0);
    sim_bench_tell(f, "clear");
    assert_true(sim_bench_until(f, at_rated_voltage, 5000));
    assert_int_equal(f->faults, 0);
    assert_int_equal(mb_bench_safe_state(f->bench), MB_ENERGISED);
}

static bool fault_is_told(struct sim_bench_fixture *f)
{
    return strcmp(f->fault, mb_bench_fault(f->bench)) == 0;
}

static void assert_unknown(struct sim_bench_fixture *f, const char *reason)
{
    assert_true(sim_bench_until(f, is_settled_state, 15000));
    assert_int_equal(mb_bench_safe_state(f->bench), MB_SAFE_UNKNOWN);
    assert_true(sim_bench_truth(f, "output_on") == 1); /* it is live indeed */
    assert_true(sim_bench_until(f, sim_bench_has_fault, 1000));
    if (!strstr(mb_bench_fault(f->bench), reason) || !strstr(mb_bench_fault(f->bench), "source at ") ||
        !strstr(mb_bench_fault(f->bench), "may still be live"))
        fail_msg("%s", mb_bench_fault(f->bench));
    assert_true(sim_bench_until(f, fault_is_told, 1000));
    assert_int_equal(mb_bench_energise(f->bench, 50), -EIO);
}

static void test_source_lost(void **state)
{
    struct sim_bench_fixture *f = *state;

    run_at_400_v(f);
    sim_bench_tell(f, "fault source gone");
    assert_unknown(f, "source");
    /* The link is back: reset tries again instead of believing. */
    sim_bench_tell(f, "clear");
    assert_int_equal(mb_bench_reset(f->bench, NULL), 0);
    assert_int_not_equal(mb_bench_safe_state(f->bench), MB_SAFE);
    assert_true(sim_bench_until(f, sim_bench_is_safe, 10000));
    assert_off(f);
}

/* The reason to stop comes first; that the stop was not confirmed must not be lost behind it. */
static void test_source_silent(void **state)
{
    struct sim_bench_fixture *f = *state;

    run_at_400_v(f);
    sim_bench_tell(f, "fault source silent");
    mb_bench_trip(f->bench, "emergency stop");
    assert_unknown(f, "emergency stop");
}

/* A poll and a command are on their way: nothing may be asked of an instrument that is gone already. */
static void test_free_while_energised(void **state)
{
    struct sim_bench_fixture *f = *state;

    run_at_400_v(f);
    sim_bench_tell(f, "fault daq silent");
    assert_int_equal(mb_bench_set_targets(f->bench, 300, RATED_NM), 0);
    for (int i = 0; i < 20; i++)
        assert_true(sd_event_run(f->event, 10000) >= 0);
    f->snapshots = 0;
    f->bench = mb_bench_free(f->bench);
    assert_int_equal(f->snapshots, 0);
    assert_null(mb_bench_free(NULL));
}

static void test_manual_resistance(void **state)
{
    static const struct sim_bench_change manual[] = {{"ohmmeter: ohmmeter,", "ohmmeter: manual,"},
                                                     {NULL, NULL}};
    struct sim_bench_fixture f;

    (void)state;
    sim_bench_start(&f, manual);
    assert_true(mb_bench_is_manual(f.bench, MB_SIGNAL_RESISTANCE));
    assert_false(mb_bench_is_manual(f.bench, MB_SIGNAL_COOLANT));
    assert_int_equal(mb_bench_enter(f.bench, MB_SIGNAL_COOLANT, 23, NAN), -EINVAL);
    assert_int_equal(mb_bench_enter(f.bench, MB_SIGNAL_RESISTANCE, NAN, NAN), -EINVAL);
    assert_int_equal(mb_bench_measure(f.bench, MB_BENCH_REST), 0);
    assert_true(sim_bench_until(&f, has_snapshot, 5000));
    assert_int_equal(f.last.signal[MB_SIGNAL_RESISTANCE].validity, MB_NO_DATA);
    assert_int_equal(mb_bench_enter(f.bench, MB_SIGNAL_RESISTANCE, 8.1, 0.01), 0);
    assert_true(sim_bench_until(&f, has_resistance, 5000));
    assert_true(f.last.signal[MB_SIGNAL_RESISTANCE].value == 8.1);
    assert_int_equal(f.last.signal[MB_SIGNAL_RESISTANCE].flags, MB_READING_MANUAL | MB_READING_SIMULATED);
    sim_bench_stop(&f);
}

static void refuse(struct sim_bench_fixture *f, const char *from, const char *to, const char *reason)
{
    const struct sim_bench_change changes[] = {{from, to}, {NULL, NULL}};
    struct mb_bench_setting *setting = NULL;
    struct mb_bench *bench = NULL;
    struct mb_error err = {""};
    char *text = sim_bench_text(f, changes);

    assert_int_equal(mb_bench_setting_parse("bench.yaml", text, strlen(text), &setting, &err), 0);
    free(text);
    assert_true(mb_bench_new(f->event, setting, "driver/profiles", &bench, &err) < 0);
    assert_null(bench);
    if (!strstr(err.text, reason))
        fail_msg("expected '%s', have '%s'", reason, err.text);
    assert_null(mb_bench_setting_free(setting)); /* still ours */
}

/* Wired for one phase, the first element is the whole motor: the loop of the voltage goes by it. */
static void test_one_phase(void **state)
{
    static const struct sim_bench_change one[] = {{"wiring: 3V3A", "wiring: 1P2W"}, {NULL, NULL}};
    struct sim_bench_fixture f = {0};
    const struct mb_reading *signal = f.last.signal;

    (void)state;
    sim_bench_start(&f, one);
    assert_true(mb_bench_is_single_phase(f.bench));
    run_at_400_v(&f);
    assert_true(signal[MB_SIGNAL_U].value == signal[MB_SIGNAL_U12].value);
    assert_true(signal[MB_SIGNAL_I].value == signal[MB_SIGNAL_I1].value);
    assert_true(mb_snapshot_valid(&f.last, MB_SIGNAL_P));
    assert_int_equal(signal[MB_SIGNAL_U23].validity, MB_NO_DATA);
    sim_bench_stop(&f);
}

static void test_bad_bench(void **state)
{
    struct sim_bench_fixture *f = *state;

    refuse(f, "torque: daq/torque", "torque: daq/force", "instrument daq has no channel 'force'");
    refuse(f, "ohmmeter: ohmmeter", "ohmmeter: source", "instrument source has no channel 'resistance'");
    refuse(f, "profile: chroma-61500", "profile: chroma-1", "chroma-1");
}

#define BENCH_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_energise_and_settle),
        BENCH_TEST(test_what_is_refused),
        BENCH_TEST(test_resistance_at_rest),
        BENCH_TEST(test_idle_when_nobody_looks),
        cmocka_unit_test(test_limits),
        BENCH_TEST(test_fault_and_reset),
        BENCH_TEST(test_safe_while_energising),
        BENCH_TEST(test_silent_analyser),
        BENCH_TEST(test_short_gap),
        cmocka_unit_test(test_transformers),
        cmocka_unit_test(test_errors_of_transformers),
        BENCH_TEST(test_source_lost),
        BENCH_TEST(test_source_silent),
        BENCH_TEST(test_free_while_energised),
        cmocka_unit_test(test_manual_resistance),
        cmocka_unit_test(test_one_phase),
        BENCH_TEST(test_bad_bench),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
