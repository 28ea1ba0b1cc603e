/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated shaft with a load machine that drives: both directions, with and without the supply. */
#include "support/test.h"

#include <math.h>

#include "method/stray_test.h"
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
    struct plant_config c = driving();
    struct plant_state s;
    double airgap_w;

    (void)state;
    c.motor.additional_load_w_per_nm2 = 0;
    s = driven(&c, -1500, 60);
    airgap_w = s.p_w - s.losses.stator_w - s.losses.iron_w;
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

/* ---- The additional load loss measured by itself. ---- */

#define POINTS 4
static const double test_v[POINTS] = {60, 45, 30, 20};

static struct plant *stray_plant(const struct plant_config *c, bool removed)
{
    struct plant *p = plant_new(c);

    assert_non_null(p);
    plant_set_rotor_removed(p, removed);
    plant_set_coupled(p, !removed);
    plant_set_load_speed(p, removed ? 0 : -1500);
    (void)plant_run(p, 30, 0.5);
    return p;
}

static void read_points(const struct plant_config *c, bool removed, struct mb_stray_point ret[POINTS],
                        double *ret_r_ohm)
{
    struct plant *p = stray_plant(c, removed);
    double friction_w = -plant_run(p, 1, 0.5).output_w;

    for (int i = 0; i < POINTS; i++) {
        struct plant_state s;

        plant_set_supply(p, test_v[i], 50, true);
        s = plant_run(p, 3, 0.5);
        ret[i] = (struct mb_stray_point){.u_v = s.u_line_v[0],
                                         .i_a = s.i_line_a[0],
                                         .p1_w = s.p_w,
                                         .shaft_w = -s.output_w,
                                         .shaft_friction_w = friction_w,
                                         .winding_c = NAN};
        *ret_r_ohm = s.r_line_ohm;
    }
    (void)plant_free(p);
}

/* Line current without load. */
static double no_load_a(const struct plant_config *c)
{
    struct plant *p = plant_started(c, false, 0);
    double i_a = plant_run(p, 20, 0.5).i_line_a[0];

    (void)plant_free(p);
    return i_a;
}

/* The method's own formulas over the plant's readings find what the plant loses at rated load. */
static void loses_as_much_as_at_rated_load(void **state)
{
    const struct plant_config c = driving();
    double iron_w_per_v2 = c.motor.iron_w / (c.motor.rated_voltage_v * c.motor.rated_voltage_v);
    struct mb_stray_point removed[POINTS], reverse[POINTS];
    struct mb_stray_test test = {
        .removed = removed, .reverse = reverse, .removed_count = POINTS, .reverse_count = POINTS};
    struct mb_stray_law stator, rotor;
    struct plant_truth truth;
    double load_a;

    (void)state;
    read_points(&c, true, removed, &test.removed_r_ohm);
    read_points(&c, false, reverse, &test.reverse_r_ohm);
    stator = mb_stray_stator(&test, iron_w_per_v2);
    rotor = mb_stray_rotor(&test, &stator, iron_w_per_v2);
    assert_within(stator.exponent, 1.98, 2.02);
    assert_within(rotor.exponent, 1.95, 2.05);
    assert_int_equal(plant_truth_at(&c, c.motor.rated_power_w, 25, &truth), 0);
    load_a = sqrt(pow(truth.current_a, 2) - pow(no_load_a(&c), 2));
    assert_within((mb_stray_w(&stator, load_a) + mb_stray_w(&rotor, load_a)) / truth.losses.additional_load_w,
                  0.97, 1.03);
}

/* Next to nothing but copper and leakage: several times the current of a motor at rest and no torque. */
static void an_empty_bore_takes_current(void **state)
{
    const struct plant_config c = driving();
    struct plant *p = stray_plant(&c, true);
    struct plant_state s;

    (void)state;
    plant_set_supply(p, 60, 50, true);
    s = plant_run(p, 3, 0.5);
    assert_true(s.speed_rpm == 0 && s.torque_nm == 0 && s.losses.rotor_w == 0);
    assert_true(s.i_line_a[0] > 0.5 * c.motor.rated_current_a);
    assert_within(s.p_w, 0.999 * s.losses.total_w, 1.001 * s.losses.total_w);
    (void)plant_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_a_dead_motor_both_ways),   cmocka_unit_test(a_brake_turns_nothing),
        cmocka_unit_test(drives_against_the_field),       cmocka_unit_test(drives_with_the_field),
        cmocka_unit_test(runs_out_when_it_is_let_go),     cmocka_unit_test(changes_its_direction),
        cmocka_unit_test(loses_as_much_as_at_rated_load), cmocka_unit_test(an_empty_bore_takes_current),
    };

    return cmocka_run_group_tests_name("driven plant", tests, NULL, NULL);
}
