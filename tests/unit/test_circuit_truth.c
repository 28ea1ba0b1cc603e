/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 2-1-1H against the simulator's truth: the formulas find a motor that keeps the method's assumptions, and
 * what each assumption costs where it is not kept (docs/vectors/2-1-1H.md). */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "support/plant_readings.h"

#define COOLANT_C 25.0    /* of the truth */
#define ASSUMED_F_C 115.0 /* winding of class F, where nothing was measured [M] */
#define NO_KNEE_V 1e5     /* far above every voltage: no saturation */
#define CONDUCTS 1e3      /* times the heat conductance: winding, rotor and frame are equally warm */
#define TOLERANCE 0.0002  /* of the costs: they are the plant's own figures, rounded */

/* Each row has what those above it have. */
enum kept { NOTHING, WINDING_MEASURED, LOSS_ASSIGNED, NO_SKIN_EFFECT, NO_SATURATION, ONE_TEMPERATURE };

static struct plant_config motor_that_keeps(enum kept kept)
{
    struct plant_config c;

    assert_int_equal(plant_preset("11kW-4p", &c), 0);
    if (kept >= NO_SKIN_EFFECT)
        c.motor.skin_effect = 0;
    if (kept >= NO_SATURATION)
        c.motor.saturation_knee_v = NO_KNEE_V;
    if (kept >= ONE_TEMPERATURE) {
        c.motor.g_winding_frame_w_per_k *= CONDUCTS;
        c.motor.g_rotor_frame_w_per_k *= CONDUCTS;
    }
    if (kept >= LOSS_ASSIGNED)
        assert_int_equal(plant_assign_additional(&c, COOLANT_C), 0);
    return c;
}

static void no_load_of(const struct plant_config *c, struct plant_readings *r)
{
    struct plant_config ideal = *c;
    struct plant_state cold;
    struct plant *p;

    plant_hit_set_points(&ideal);
    ideal.source_noise = ideal.brake_noise = 0;
    p = plant_new(&ideal);
    assert_non_null(p);
    plant_get(p, &cold);
    r->cold_ohm = cold.r_line_ohm;
    r->cold_c = cold.winding_c;
    plant_take_no_load(p, &ideal.motor, r);
    (void)plant_free(p);
}

/* Efficiency by the method less the truth. */
static double error_of(enum kept kept)
{
    const struct plant_config c = motor_that_keeps(kept);
    const struct plant_motor *m = &c.motor;
    struct plant_readings r = {0};
    struct mb_circuit_result result = {0};
    struct mb_circuit_input in = {.x1_over_x2 = m->x1_ohm / m->x2_ohm, .rotor_k_k = m->rotor_k_k};
    struct plant_truth truth;

    assert_int_equal(plant_truth_at(&c, m->rated_power_w, COOLANT_C, &truth), 0);
    assert_int_equal(plant_take_locked(c, &in.locked), 0);
    no_load_of(&c, &r);
    in.winding_c = kept >= WINDING_MEASURED ? truth.winding_c : ASSUMED_F_C;
    in.common = (struct mb_efficiency_input){.method = MB_METHOD_2_1_1C,
                                             .phases = 3,
                                             .rated_power_w = m->rated_power_w,
                                             .rated_voltage_v = m->rated_voltage_v,
                                             .rated_frequency_hz = m->rated_frequency_hz,
                                             .poles = m->poles,
                                             .k_conductor_k = m->stator_k_k,
                                             .rated_speed_rpm = m->rated_speed_rpm,
                                             .cold_resistance_ohm = r.cold_ohm,
                                             .cold_temperature_c = r.cold_c,
                                             .no_load_r_before_ohm = r.no_load_before_ohm,
                                             .no_load_r_after_ohm = r.no_load_after_ohm,
                                             .no_load = r.no_load,
                                             .no_load_count = PLANT_NO_LOADS,
                                             .constant_iron_w = NAN,
                                             .constant_friction_windage_w = NAN};
    mb_circuit_evaluate(&in, &result);
    if (result.outcome.reasons.count)
        fail_msg("%s", result.outcome.reasons.items[0].text);
    return result.outcome.efficiency - truth.efficiency;
}

static void expect(const char *what, enum kept kept, double error)
{
    double found = error_of(kept);

    if (!(fabs(found - error) <= TOLERANCE))
        fail_msg("%s: %+.5f, expected %+.5f", what, found, error);
}

static void a_motor_that_keeps_the_assumptions_is_found(void **state)
{
    (void)state;
    expect("all kept", ONE_TEMPERATURE, 0);
}

static void what_each_assumption_costs(void **state)
{
    (void)state;
    expect("nothing kept", NOTHING, -0.0261);
    expect("winding measured", WINDING_MEASURED, -0.0211);
    expect("loss assigned", LOSS_ASSIGNED, -0.0102);
    expect("no skin effect", NO_SKIN_EFFECT, -0.0009);
    expect("no saturation", NO_SATURATION, 0.0002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_motor_that_keeps_the_assumptions_is_found),
        cmocka_unit_test(what_each_assumption_costs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
