/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "sim/circuit.h"

static struct plant_motor motor(void)
{
    struct plant_config c;

    assert_int_equal(plant_preset("11kW-4p", &c), 0);
    return c.motor;
}

static struct circuit solve(const struct plant_motor *m, double slip)
{
    struct circuit circuit = {0};
    struct circuit_input input = {
        .motor = m, .source_v = 400, .frequency_hz = 50, .slip = slip, .winding_c = 80, .rotor_c = 100};

    circuit_solve(&input, &circuit);
    return circuit;
}

static void power_is_conserved_at_every_slip(void **state)
{
    struct plant_motor m = motor();

    (void)state;
    for (double slip = -0.02; slip <= 1.0; slip += 0.0201) {
        struct circuit c = solve(&m, slip);

        assert_true(fabs(c.input_w - c.stator_w - c.iron_w - c.airgap_w) < 1e-9 * fabs(c.input_w) + 1e-9);
        assert_true(fabs(c.rotor_w - slip * c.airgap_w) < 1e-9 * (c.rotor_w + 1));
        assert_true(fabs(c.terminal_v - 400) < 1e-9);
        assert_true(fabs(c.torque_nm * 2 * M_PI * 25 - c.airgap_w) < 1e-9 * fabs(c.airgap_w) + 1e-9);
    }
}

/* Series and parallel impedances by hand; no saturation, no skin effect. */
static void linear_motor_is_the_textbook_circuit(void **state)
{
    struct plant_motor m = motor();
    const double slip = 0.03;

    (void)state;
    m.saturation_knee_v = 1e9;
    m.skin_effect = 0;
    struct circuit c = solve(&m, slip);
    double complex z1 = m.r1_ohm * (235.0 + 80) / 255 + I * m.x1_ohm;
    double complex z2 = m.r2_ohm * (225.0 + 100) / 245 / slip + I * m.x2_ohm;
    double complex parallel = 1 / (m.iron_w / 160000 + 1 / (I * m.xm_ohm) + 1 / z2);
    double complex i1 = 400 / sqrt(3) / (z1 + parallel);

    assert_true(fabs(c.current_a - cabs(i1)) < 1e-10 * cabs(i1));
    assert_true(fabs(c.input_w - 3 * 400 / sqrt(3) * creal(i1)) < 1e-9 * c.input_w);
    assert_true(fabs(c.inner_v - cabs(i1 * parallel)) < 1e-9);
    assert_true(fabs(c.airgap_w - 3 * pow(cabs(i1 * parallel / z2), 2) * creal(z2)) < 1e-9 * c.airgap_w);
}

static void saturation_bends_the_no_load_current(void **state)
{
    struct plant_motor m = motor(), linear = m;
    struct circuit c[2] = {{0}, {0}}, l[2] = {{0}, {0}};
    struct circuit_input in = {.source_v = 360, .frequency_hz = 50, .winding_c = 60, .rotor_c = 60};

    (void)state;
    linear.saturation_knee_v = 1e9;
    for (int i = 0; i < 2; i++, in.source_v = 440) {
        in.motor = &m;
        circuit_solve(&in, &c[i]);
        in.motor = &linear;
        circuit_solve(&in, &l[i]);
    }
    assert_true(fabs(l[1].current_a / l[0].current_a - 440.0 / 360) < 1e-9);
    assert_true(c[1].current_a / c[0].current_a > 1.05 * 440.0 / 360);
}

/* Iron loss parameter: at rated inner voltage; constant flux at half frequency keeps the saturation. */
static void iron_loss_and_knee_follow_their_definitions(void **state)
{
    struct plant_motor m = motor();
    struct circuit c = {0}, half = {0};
    struct circuit_input in = {
        .motor = &m, .source_v = 400, .frequency_hz = 50, .winding_c = 20, .rotor_c = 20};

    (void)state;
    m.r1_ohm = m.x1_ohm = 0; /* inner voltage = terminal voltage */
    circuit_solve(&in, &c);
    assert_true(fabs(c.iron_w - m.iron_w) < 1e-9);
    assert_true(fabs(c.inner_v * sqrt(3) - 400) < 1e-9);
    in.source_v = 200;
    in.frequency_hz = 25;
    circuit_solve(&in, &half);
    double imag_full = sqrt(c.current_a * c.current_a - pow(c.iron_w / 400 / sqrt(3), 2));
    double imag_half = sqrt(half.current_a * half.current_a - pow(half.iron_w / 200 / sqrt(3), 2));
    assert_true(fabs(imag_full - imag_half) < 1e-9);
    assert_true(half.iron_w < 0.5 * c.iron_w && half.iron_w > 0.25 * c.iron_w);
}

static void skin_effect_raises_the_starting_torque_only(void **state)
{
    struct plant_motor m = motor(), plain = m;

    (void)state;
    plain.skin_effect = 0;
    assert_true(solve(&m, 1).torque_nm > 1.5 * solve(&plain, 1).torque_nm);
    assert_true(fabs(solve(&m, 1e-9).torque_nm / solve(&plain, 1e-9).torque_nm - 1) < 1e-4);
}

static void torque_slope_is_the_derivative(void **state)
{
    struct plant_motor m = motor();
    const double sync = circuit_synchronous_rad_s(&m, 50), delta = 1e-5;

    (void)state;
    m.skin_effect = 0; /* its change is not part of the slope */
    for (double slip = 0; slip < 1; slip += 0.013) {
        double numeric =
            (solve(&m, slip + delta).torque_nm - solve(&m, slip - delta).torque_nm) / (-2 * delta * sync);

        assert_true(fabs(solve(&m, slip).torque_slope_nm_per_rad_s - numeric) < 1e-4 * fabs(numeric) + 1e-4);
    }
    assert_true(solve(&m, 0.02).torque_slope_nm_per_rad_s < 0);
    assert_true(solve(&m, 0.9).torque_slope_nm_per_rad_s > 0);
}

static void source_resistance_drops_the_terminal_voltage(void **state)
{
    struct plant_motor m = motor();
    struct circuit c = {0};
    struct circuit_input in = {.motor = &m,
                               .source_v = 400,
                               .source_ohm = 0.2,
                               .frequency_hz = 50,
                               .slip = 0.03,
                               .winding_c = 80,
                               .rotor_c = 80};

    (void)state;
    circuit_solve(&in, &c);
    double active_a = c.input_w / (sqrt(3) * c.terminal_v);
    double reactive_a = sqrt(c.current_a * c.current_a - active_a * active_a);

    assert_true(fabs(hypot(c.terminal_v / sqrt(3) + 0.2 * active_a, 0.2 * reactive_a) - 400 / sqrt(3)) <
                1e-9);
}

static void no_source_no_circuit(void **state)
{
    struct plant_motor m = motor();
    struct circuit c, zero = {0};
    struct circuit_input in = {.motor = &m, .source_v = 0, .frequency_hz = 50, .slip = 1, .winding_c = 20};

    (void)state;
    memset(&c, 0x55, sizeof(c));
    circuit_solve(&in, &c);
    assert_memory_equal(&c, &zero, sizeof(c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_is_conserved_at_every_slip),
        cmocka_unit_test(linear_motor_is_the_textbook_circuit),
        cmocka_unit_test(saturation_bends_the_no_load_current),
        cmocka_unit_test(iron_loss_and_knee_follow_their_definitions),
        cmocka_unit_test(skin_effect_raises_the_starting_torque_only),
        cmocka_unit_test(torque_slope_is_the_derivative),
        cmocka_unit_test(source_resistance_drops_the_terminal_voltage),
        cmocka_unit_test(no_source_no_circuit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
