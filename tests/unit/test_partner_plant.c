/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two simulated motors on one shaft, each with a source of its own. */
#include "support/test.h"

#include <math.h>

#include "support/plant_run.h"

#define PRESET "11kW-4p"
#define SETTLE_S 5.0

struct pair {
    struct plant *motor, *partner;
};

static struct pair pair_new(const struct plant_config *c)
{
    struct pair pair = {.motor = plant_started(c, true, 0)};

    pair.partner = plant_add_partner(pair.motor, c);
    assert_non_null(pair.partner);
    return pair;
}

/* The partner's source at this part of the rated frequency, and of the voltage with it. */
static void supply(const struct pair *pair, const struct plant_config *c, double share)
{
    plant_set_supply(pair->partner, share * c->motor.rated_voltage_v, share * c->motor.rated_frequency_hz,
                     true);
}

static void runs_with_a_dead_partner(void **state)
{
    const struct plant_config c = plant_ideal(PRESET);
    struct pair pair = pair_new(&c);
    struct plant_state s = plant_run(pair.motor, 30, 0.5), t;

    (void)state;
    plant_get(pair.partner, &t);
    assert_within(s.speed_rpm, 1490, 1500);
    assert_within(t.speed_rpm, s.speed_rpm, s.speed_rpm);
    assert_true(t.p_w == 0 && t.losses.stator_w == 0);
    /* What the shaft carries is the partner's friction, which is like that of the motor. */
    assert_within(s.output_w, 0.99 * t.losses.friction_windage_w, 1.01 * t.losses.friction_windage_w);
    (void)plant_free(pair.motor);
}

/* Rated output one way, at the partner's lowered frequency: what goes in and does not come out is what both
 * lose. */
static void power_comes_back(void **state)
{
    const struct plant_config c = plant_ideal(PRESET);
    struct pair pair = pair_new(&c);
    struct plant_state s, t;
    double share = 1;

    (void)state;
    (void)plant_run(pair.motor, 30, 0.5);
    supply(&pair, &c, share);
    do { /* down to rated torque */
        s = plant_run(pair.motor, SETTLE_S, 0.5);
        share -= 0.001;
        supply(&pair, &c, share);
    } while (s.torque_nm < plant_rated_nm(&c) && share > 0.8);
    s = plant_run(pair.motor, SETTLE_S, 0.5);
    plant_get(pair.partner, &t);
    assert_within(share, 0.90, 0.98);
    assert_true(t.p_w < 0);
    assert_within(s.p_w + t.p_w, 0.999 * (s.losses.total_w + t.losses.total_w),
                  1.001 * (s.losses.total_w + t.losses.total_w));
    assert_within(s.p_w - s.losses.total_w, 0.999 * s.output_w, 1.001 * s.output_w);
    assert_within(t.frequency_hz, share * 50, share * 50 + 0.051);
    assert_within(t.losses.additional_load_w, 0.95 * s.losses.additional_load_w,
                  1.05 * s.losses.additional_load_w);
    (void)plant_free(pair.motor);
}

/* One source off: the other keeps the shaft turning. Both off: it runs out. */
static void either_source_turns_the_shaft(void **state)
{
    const struct plant_config c = plant_ideal(PRESET);
    struct pair pair = pair_new(&c);
    struct plant_state s;

    (void)state;
    (void)plant_run(pair.motor, 30, 0.5);
    supply(&pair, &c, 0.96);
    plant_set_supply(pair.motor, 0, 50, false);
    s = plant_run(pair.motor, SETTLE_S, 0.5);
    assert_within(s.speed_rpm, 0.99 * 0.96 * 1500, 0.96 * 1500);
    assert_true(s.torque_nm < 0);
    plant_set_supply(pair.partner, 0, 48, false);
    assert_within(plant_run(pair.motor, 600, 1).speed_rpm, 0, 1);
    (void)plant_free(pair.motor);
}

static void uncoupled_it_stands(void **state)
{
    const struct plant_config c = plant_ideal(PRESET);
    struct pair pair = pair_new(&c);
    struct plant_state s, t;

    (void)state;
    plant_set_coupled(pair.motor, false);
    s = plant_run(pair.motor, 30, 0.5);
    plant_get(pair.partner, &t);
    assert_within(s.speed_rpm, 1490, 1500);
    assert_true(s.torque_nm == 0 && t.speed_rpm == 0);
    (void)plant_free(pair.motor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_with_a_dead_partner),
        cmocka_unit_test(power_comes_back),
        cmocka_unit_test(either_source_turns_the_shaft),
        cmocka_unit_test(uncoupled_it_stands),
    };

    return cmocka_run_group_tests_name("partner plant", tests, NULL, NULL);
}
