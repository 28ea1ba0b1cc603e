/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated shaft with a load machine that drives: both directions, with and without the supply. */
#include "support/test.h"

#include <math.h>

#include "sim/shaft.h"
#include "support/plant_run.h"

#define PRESET "11kW-4p"

static struct plant_config driving(void)
{
    struct plant_config c = plant_ideal(PRESET);

    c.load_drives = true;
    return c;
}

/* Friction of the motor at this speed, N m. */
static double friction_nm(const struct plant_config *c, double rpm)
{
    double slope, omega = fabs(rpm) * M_PI / 30;

    return shaft_friction_nm(&c->motor, omega, &slope) + shaft_dry_friction_nm(&c->motor, omega);
}

static struct plant_state driven(const struct plant_config *c, double rpm, double volt)
{
    struct plant *p = plant_new(c);
    struct plant_state s;

    assert_non_null(p);
    plant_set_coupled(p, true);
    plant_set_load_speed(p, rpm);
    (void)plant_run(p, 30, 0.5);
    if (volt > 0)
        plant_set_supply(p, volt, 50, true);
    s = plant_run(p, 5, 0.5);
    (void)plant_free(p);
    return s;
}

static void turns_a_dead_motor_both_ways(void **state)
{
    const struct plant_config c = driving();

    (void)state;
    for (int sense = -1; sense <= 1; sense += 2) {
        struct plant_state s = driven(&c, sense * 1500.0, 0);

        assert_within(s.speed_rpm * sense, 1499, 1501);
        /* The motor's friction is against the rotation: its shaft takes power. */
        assert_within(-s.torque_nm * sense, 0.999 * friction_nm(&c, 1500), 1.001 * friction_nm(&c, 1500));
        assert_true(s.output_w < 0);
        assert_within(s.losses.friction_windage_w, 0.998 * -s.output_w, 1.002 * -s.output_w);
    }
}

static void a_brake_turns_nothing(void **state)
{
    const struct plant_config c = plant_ideal(PRESET);

    (void)state;
    assert_true(driven(&c, 1500, 0).speed_rpm == 0);
    assert_true(driven(&c, -1500, 0).speed_rpm == 0);
}

/* Against the field the shaft gives what the air gap does not: slip 2, half of the cage's loss from each. */
static void drives_against_the_field(void **state)
{
    const struct plant_config c = driving();
    struct plant_state s = driven(&c, -1500, 60);
    double airgap_w = s.p_w - s.losses.stator_w - s.losses.iron_w;

    (void)state;
    assert_within(s.speed_rpm, -1502, -1498);
    assert_true(s.torque_nm > 0 && s.output_w < 0);
    assert_within(s.losses.rotor_w, 1.99 * airgap_w, 2.01 * airgap_w);
    assert_within(s.p_w - s.output_w, 0.995 * s.losses.total_w, 1.005 * s.losses.total_w);
}

/* Above synchronous speed it is a generator. */
static void drives_with_the_field(void **state)
{
    const struct plant_config c = driving();
    struct plant_state s = driven(&c, 1530, 400);

    (void)state;
    assert_within(s.speed_rpm, 1528, 1532);
    assert_true(s.p_w < 0 && s.torque_nm < 0);
    assert_within(s.p_w - s.output_w, 0.99 * s.losses.total_w, 1.01 * s.losses.total_w);
}

static void runs_out_when_it_is_let_go(void **state)
{
    const struct plant_config c = driving();
    struct plant *p = plant_new(&c);
    struct plant_state s;

    (void)state;
    plant_set_coupled(p, true);
    plant_set_load_speed(p, -1500);
    assert_within(plant_run(p, 30, 0.5).speed_rpm, -1501, -1499);
    plant_set_load_speed(p, 0);
    s = plant_run(p, 600, 0.5);
    assert_true(s.speed_rpm == 0 && s.torque_nm == 0);
    (void)plant_free(p);
}

/* Turned round without stopping in between, as a drive does. */
static void changes_its_direction(void **state)
{
    const struct plant_config c = driving();
    struct plant *p = plant_new(&c);

    (void)state;
    plant_set_coupled(p, true);
    plant_set_load_speed(p, 1000);
    assert_within(plant_run(p, 30, 0.5).speed_rpm, 999, 1001);
    plant_set_load_speed(p, -1000);
    assert_within(plant_run(p, 30, 0.5).speed_rpm, -1001, -999);
    (void)plant_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_a_dead_motor_both_ways), cmocka_unit_test(a_brake_turns_nothing),
        cmocka_unit_test(drives_against_the_field),     cmocka_unit_test(drives_with_the_field),
        cmocka_unit_test(runs_out_when_it_is_let_go),   cmocka_unit_test(changes_its_direction),
    };

    return cmocka_run_group_tests_name("driven plant", tests, NULL, NULL);
}
