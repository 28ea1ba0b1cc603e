/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bench whose motor a converter feeds: the loop of the voltage goes by its fundamental, not by the rms
 * value that the switching raises. What the motor has is asked from the simulator itself. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "support/sim_bench.h"

#define RATED_V 400.0
#define NEAR_V 3.0
#define RISEN_V 418.0 /* the simulated switching makes 424 V of 400 V */

static bool is_rated(double value)
{
    return fabs(value - RATED_V) < NEAR_V;
}

static void switch_on(struct sim_bench_fixture *f, bool converter)
{
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_RUNNING), 0);
    mb_bench_set_rating(f->bench, RATED_V, 2.5);
    mb_bench_set_converter(f->bench, converter);
    assert_int_equal(mb_bench_energise(f->bench, 50), 0);
    assert_int_equal(mb_bench_set_targets(f->bench, RATED_V, 0), 0);
}

static bool stands(struct sim_bench_fixture *f)
{
    return mb_bench_settled(f->bench, 0.001, 0.02) && f->last.signal[MB_SIGNAL_N].value > 2800;
}

static void await_voltage(struct sim_bench_fixture *f)
{
    if (!sim_bench_until(f, stands, 30000))
        fail_msg("%g V, %g r/min, %s", f->last.signal[MB_SIGNAL_U].value, f->last.signal[MB_SIGNAL_N].value,
                 mb_bench_fault(f->bench));
}

static void the_fundamental_is_held(void **state)
{
    struct sim_bench_fixture f = {0};
    const struct mb_reading *seen = f.last.signal, *all;

    (void)state;
    sim_bench_start(&f, NULL);
    sim_bench_tell(&f, "filter out");
    assert_true(mb_bench_reads_fundamental(f.bench));
    switch_on(&f, true);
    await_voltage(&f);
    all = mb_bench_last(f.bench)->signal;
    assert_true(is_rated(sim_bench_truth(&f, "u_fundamental_v")));
    assert_true(sim_bench_truth(&f, "u_12_v") > RISEN_V);
    /* Steps see what makes torque; everybody else sees what is there. */
    assert_true(is_rated(seen[MB_SIGNAL_U].value));
    assert_true(seen[MB_SIGNAL_I].value < all[MB_SIGNAL_I].value);
    assert_int_equal(seen[MB_SIGNAL_HVF].validity, MB_NO_DATA);
    assert_int_equal(seen[MB_SIGNAL_S].validity, MB_NO_DATA); /* of the whole voltage and current */
    assert_true(all[MB_SIGNAL_U].value > RISEN_V && seen[MB_SIGNAL_U12].value > RISEN_V);
    assert_true(mb_snapshot_valid(mb_bench_last(f.bench), MB_SIGNAL_HVF));
    assert_true(is_rated(all[MB_SIGNAL_U_FUNDAMENTAL].value));
    sim_bench_stop(&f);
}

static void a_sinusoidal_supply_is_held_by_its_rms_value(void **state)
{
    struct sim_bench_fixture f = {0};

    (void)state;
    sim_bench_start(&f, NULL);
    switch_on(&f, false);
    await_voltage(&f);
    assert_true(is_rated(sim_bench_truth(&f, "u_12_v")));
    assert_true(is_rated(f.last.signal[MB_SIGNAL_U].value));
    assert_true(mb_snapshot_valid(&f.last, MB_SIGNAL_HVF));
    sim_bench_stop(&f);
}

static void protections_go_by_the_rms_value(void **state)
{
    static const struct sim_bench_change low[] = {{"voltage_v: 480", "voltage_v: 412"}, {NULL, NULL}};
    struct sim_bench_fixture f = {0};

    (void)state;
    sim_bench_start(&f, low);
    sim_bench_tell(&f, "filter out");
    switch_on(&f, true);
    assert_true(sim_bench_until(&f, sim_bench_has_fault, 30000));
    if (!strstr(f.fault, "exceeds the bench limit 412"))
        fail_msg("%s", f.fault);
    assert_true(sim_bench_until(&f, sim_bench_is_safe, 10000));
    sim_bench_stop(&f);
}

static void an_analyser_without_harmonics_has_none(void **state)
{
    static const struct sim_bench_change changes[] = {
        {"profile: yokogawa-wt300e", "profile: yokogawa-wt300e-dc"},
        {"wiring: 3V3A", "wiring: 1P2W"},
        {NULL, NULL}};
    struct sim_bench_fixture f = {0};

    (void)state;
    sim_bench_start(&f, changes);
    assert_false(mb_bench_reads_fundamental(f.bench));
    sim_bench_stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fundamental_is_held),
        cmocka_unit_test(a_sinusoidal_supply_is_held_by_its_rms_value),
        cmocka_unit_test(protections_go_by_the_rms_value),
        cmocka_unit_test(an_analyser_without_harmonics_has_none),
    };

    return cmocka_run_group_tests_name("converter-fed bench", tests, NULL, NULL);
}
