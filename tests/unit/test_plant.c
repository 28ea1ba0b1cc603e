/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/circuit.h"
#include "sim/plant.h"
#include "support/plant_run.h"

static double mean_a(const struct plant_state *s)
{
    return (s->i_line_a[0] + s->i_line_a[1] + s->i_line_a[2]) / 3;
}

#define assert_near(a, b, tolerance)                                                                         \
    do {                                                                                                     \
        double near_a = (a), near_b = (b);                                                                   \
        if (!(fabs(near_a - near_b) <= (tolerance)))                                                         \
            fail_msg("%s = %.12g, not %.12g +- %g", #a, near_a, near_b, (double)(tolerance));                \
    } while (0)

#define assert_between(a, low, high)                                                                         \
    do {                                                                                                     \
        double between_a = (a);                                                                              \
        if (!(between_a >= (low) && between_a <= (high)))                                                    \
            fail_msg("%s: %s = %.6g, not within %g..%g", name, #a, between_a, (double)(low),                 \
                     (double)(high));                                                                        \
    } while (0)

static void power_balances_in_the_steady_state(void **state)
{
    (void)state;
    for (size_t k = 0; plant_preset_names[k] != NULL; k++) {
        struct plant_config c = plant_ideal(plant_preset_names[k]);
        struct plant *p = plant_started(&c, true, plant_rated_nm(&c));
        struct plant_state s = plant_run(p, 8 * 3600, 1);
        const struct plant_losses *l = &s.losses;

        assert_near(s.p_w, s.output_w + l->total_w, 1e-9 * s.p_w);
        assert_near(l->total_w,
                    l->stator_w + l->rotor_w + l->iron_w + l->friction_windage_w + l->additional_load_w,
                    1e-9);
        assert_near(s.output_w, s.torque_nm * s.speed_rpm * M_PI / 30, 1e-9 * s.p_w);
        assert_near(l->additional_load_w, c.motor.additional_load_w_per_nm2 * s.torque_nm * s.torque_nm,
                    1e-9 * s.p_w);
        p = plant_free(p);
    }
}

static void truth_is_where_a_long_run_ends(void **state)
{
    (void)state;
    for (size_t k = 0; plant_preset_names[k] != NULL; k++) {
        struct plant_config c = plant_ideal(plant_preset_names[k]);
        struct plant_truth t;

        assert_int_equal(plant_truth_at(&c, c.motor.rated_power_w, 25, &t), 0);
        struct plant *p = plant_started(&c, true, t.torque_nm);
        struct plant_state s = plant_run(p, 6 * 3600, 1);

        assert_near(s.output_w / s.p_w, t.efficiency, 1e-4);
        assert_near(s.output_w / s.p_w, t.efficiency, 5e-6); /* what is left of the warming after 6 h */
        assert_near(s.winding_c, t.winding_c, 0.02);
        assert_near(mean_a(&s), t.current_a, 1e-5 * t.current_a);
        assert_near(s.p_w / s.s_va, t.power_factor, 1e-5);
        assert_near(t.input_w, t.output_w + t.losses.total_w, 1e-9 * t.input_w);
        p = plant_free(p);
    }
}

static void truth_refuses_what_the_motor_cannot_carry(void **state)
{
    struct plant_config c = plant_ideal("11kW-4p");
    struct plant_truth t = {.efficiency = 42};

    (void)state;
    assert_int_equal(plant_truth_at(&c, 60e3, 25, &t), -ERANGE);
    assert_int_equal(plant_truth_at(&c, -1, 25, &t), -EINVAL);
    assert_int_equal(plant_truth_at(&c, NAN, 25, &t), -EINVAL);
    assert_true(t.efficiency == 42);
    assert_int_equal(plant_truth_at(&c, 0, 25, &t), 0);
    assert_true(t.efficiency == 0 && t.slip > 0 && t.slip < 0.002);
}

static void same_seed_same_run_other_seed_other_run(void **state)
{
    struct plant_config c = plant_preset_of("2.2kW-6p"), other = c;
    struct plant_state a, b, d;

    (void)state;
    other.seed++;
    struct plant *p = plant_started(&c, true, 20), *q = plant_started(&c, true, 20),
                 *r = plant_started(&other, true, 20);
    a = plant_run(p, 60, 0.02);
    b = plant_run(q, 60, 0.02);
    d = plant_run(r, 60, 0.02);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_true(fabs(a.u_fundamental_v - d.u_fundamental_v) > 1e-5 * 400); /* the source's noise */
    assert_true(fabs(a.torque_nm - d.torque_nm) > 1e-5 * 20);              /* the brake's */
    assert_true(fabs(a.p_w - d.p_w) < 1e-2 * a.p_w);
    plant_free(p);
    plant_free(q);
    plant_free(r);
}

static void cutting_time_differently_changes_nothing(void **state)
{
    struct plant_config c = plant_ideal("11kW-4p");
    struct plant *fine = plant_started(&c, true, 70), *coarse = plant_started(&c, true, 70);
    struct plant_state a = plant_run(fine, 3600, 0.02), b = plant_run(coarse, 3600, 1);

    (void)state;
    assert_near(a.winding_c, b.winding_c, 1e-6 * a.winding_c);
    assert_near(a.p_w, b.p_w, 1e-6 * a.p_w);
    assert_near(a.speed_rpm, b.speed_rpm, 1e-6 * a.speed_rpm);
    plant_free(fine);
    plant_free(coarse);
}

static void rated_load_settles_in_hours_at_a_plausible_rise(void **state)
{
    (void)state;
    for (size_t k = 0; plant_preset_names[k] != NULL; k++) {
        const char *name = plant_preset_names[k];
        struct plant_config c = plant_ideal(name);
        struct plant *p = plant_started(&c, true, plant_rated_nm(&c));
        double before_c = -100, settled_h = 0, end_c = 25;

        for (int half_hour = 1; half_hour <= 8 && end_c - before_c > 1; half_hour++) {
            before_c = end_c;
            struct plant_state s = plant_run(p, 1800, 1);
            end_c = s.end_winding_c;
            settled_h = half_hour / 2.0;
        }
        struct plant_state s = plant_run(p, 6 * 3600, 1);
        assert_between(settled_h, 1.5, 3);
        assert_between(s.winding_c - s.coolant_c, 50, 80);
        assert_between(s.end_winding_c - s.winding_c, 1, 8);
        assert_true(s.frame_c < s.winding_c && s.frame_c < s.rotor_c && s.frame_c > s.coolant_c + 15);
        plant_free(p);
    }
}

/* ln(theta - coolant) over the first two minutes is almost a straight line, as procedures A1.3 expects. */
static void winding_cools_almost_exponentially(void **state)
{
    (void)state;
    for (size_t k = 0; plant_preset_names[k] != NULL; k++) {
        const char *name = plant_preset_names[k];
        struct plant_config c = plant_ideal(name);
        struct plant *p = plant_started(&c, true, plant_rated_nm(&c));
        double st = 0, stt = 0, sy = 0, sty = 0, residual = 0, y[16], hot_k, intercept, slope;
        const int n = 12;

        hot_k = plant_run(p, 4 * 3600, 1).winding_c - 25;
        plant_set_supply(p, 0, 50, false);
        plant_set_brake(p, 0, false);
        for (int i = 0; i < n; i++) {
            double t = 10.0 * (i + 1);
            struct plant_state s = plant_run(p, 10, 0.02);
            double theta_k = s.r_line_ohm / (2 * c.motor.r1_ohm) * (235 + 20) - 235 - 25;

            y[i] = log(theta_k);
            st += t, stt += t * t, sy += y[i], sty += t * y[i];
        }
        slope = (n * sty - st * sy) / (n * stt - st * st);
        intercept = (sy - slope * st) / n;
        for (int i = 0; i < n; i++)
            residual += pow(exp(y[i]) - exp(intercept + slope * 10.0 * (i + 1)), 2) / n;
        assert_between(sqrt(residual), 0, 0.2);
        assert_between(exp(intercept) - hot_k, -1.0, 0.3);
        assert_between(hot_k - exp(y[n - 1]), 3, 20);
        plant_free(p);
    }
}

static void brake_set_point_is_not_the_torque(void **state)
{
    struct plant_config c = plant_preset_of("11kW-4p");
    struct plant *p = plant_started(&c, true, 50);
    const char *name = "brake";
    double torque_nm = plant_run(p, 10, 0.02).torque_nm;

    (void)state;
    assert_between(fabs(torque_nm / 50 - 1), 0.02, 0.05);
    plant_set_brake(p, 50, false);
    assert_near(plant_run(p, 20, 0.02).torque_nm, c.brake_drag_nm, 0.01);
    plant_free(p);
    c.brake_max_nm = 40;
    p = plant_started(&c, true, 70);
    assert_near(plant_run(p, 20, 0.02).torque_nm, 40 * (1 + c.brake_scale_error), 0.2);
    plant_free(p);
}

static double seconds_to_run_up(const struct plant_config *c, bool coupled)
{
    struct plant *p = plant_started(c, coupled, 0);
    double seconds = 0;

    while (plant_run(p, 0.001, 0.001).speed_rpm < 1400 && seconds < 20)
        seconds += 0.001;
    plant_free(p);
    return seconds;
}

static void coupling_adds_inertia_and_lets_the_brake_act(void **state)
{
    struct plant_config c = plant_ideal("11kW-4p");
    const char *name = "coupling";
    double alone_s, coupled_s;
    struct plant *p;
    struct plant_state s;

    (void)state;
    c.source_lag_s = 0;
    c.brake_drag_nm = 0;
    alone_s = seconds_to_run_up(&c, false);
    coupled_s = seconds_to_run_up(&c, true);
    assert_between(coupled_s / alone_s, 2.3, 2.8); /* load inertia 1.5 times the motor's */
    c.brake_drag_nm = 30;
    p = plant_started(&c, false, 50);
    s = plant_run(p, 10, 0.02);
    assert_true(s.torque_nm == 0 && s.speed_rpm > 1495 && !s.coupled);
    plant_free(p);
}

static void voltage_drops_under_load_and_has_a_scale_error(void **state)
{
    struct plant_config c = plant_preset_of("11kW-4p");
    struct plant *p = plant_started(&c, true, 0);
    const char *name = "source";
    double idle_v, loaded_v;

    (void)state;
    idle_v = plant_run(p, 10, 0.02).u_fundamental_v;
    plant_set_brake(p, plant_rated_nm(&c), true);
    loaded_v = plant_run(p, 10, 0.02).u_fundamental_v;
    assert_between(idle_v / 400 - 1, 0.005, 0.012);
    assert_between((idle_v - loaded_v) / 400, 0.005, 0.03);
    plant_free(p);
}

static void lags_are_first_order(void **state)
{
    struct plant_config c = plant_ideal("11kW-4p");
    struct plant *p = plant_started(&c, true, 0);
    double before_nm;

    (void)state;
    c.source_lag_s = 0.4;
    assert_near(plant_run(p, 0.4, 0.02).u_fundamental_v, 400 * (1 - exp(-1)), 1e-6);
    plant_run(p, 20, 0.02);
    plant_set_brake(p, 70, true);
    before_nm = plant_run(p, c.brake_lag_s, 0.01).torque_nm;
    assert_near(before_nm, 70 * (1 - exp(-1)), 1.5); /* less what the inertia adds */
    plant_free(p);
}

static void starts_to_no_load_speed_in_seconds(void **state)
{
    (void)state;
    for (size_t k = 0; plant_preset_names[k] != NULL; k++) {
        const char *name = plant_preset_names[k];
        struct plant_config c = plant_ideal(name);
        struct plant *p = plant_started(&c, false, 0);
        double sync_rpm = 6000.0 / c.motor.poles, seconds = 0;
        struct plant_state s = plant_run(p, 0.02, 0.02);

        while (s.speed_rpm < 0.98 * sync_rpm && seconds < 10) {
            s = plant_run(p, 0.02, 0.02);
            seconds += 0.02;
        }
        assert_between(seconds, 0.1, 5);
        s = plant_run(p, 10, 0.02);
        assert_between(s.speed_rpm / sync_rpm, 0.997, 0.99999);
        assert_between(mean_a(&s) / c.motor.rated_current_a, 0.30, 0.46);
        assert_true(s.torque_nm == 0 && s.output_w == 0 && s.losses.additional_load_w == 0);
        assert_between(s.p_w / c.motor.rated_power_w, 0.01, 0.13);
        plant_free(p);
    }
}

static void locked_rotor_draws_and_pulls_plausibly(void **state)
{
    (void)state;
    for (size_t k = 0; plant_preset_names[k] != NULL; k++) {
        const char *name = plant_preset_names[k];
        struct plant_config c = plant_ideal(name);
        struct plant *p = plant_new(&c);

        assert_non_null(p);
        plant_set_coupled(p, true);
        plant_set_brake(p, c.brake_max_nm, true);
        plant_run(p, 3, 0.02);
        plant_set_supply(p, 400, 50, true);
        struct plant_state s = plant_run(p, 3, 0.02);
        assert_true(s.speed_rpm == 0 && s.output_w == 0);
        assert_between(mean_a(&s) / c.motor.rated_current_a, 5, 8);
        assert_between(s.torque_nm / plant_rated_nm(&c), 1.1, 3);
        assert_near(s.p_w, s.losses.total_w, 1e-9 * s.p_w);
        plant_free(p);
    }
}

static void coasts_and_brakes_to_rest(void **state)
{
    struct plant_config c = plant_ideal("11kW-4p");
    struct plant *coasting = plant_started(&c, false, 0), *braked = plant_started(&c, true, 70);
    struct plant_state s, before = plant_run(coasting, 30, 0.02);
    const char *name = "coasting";

    (void)state;
    plant_run(braked, 30, 0.02);
    plant_set_supply(coasting, 400, 50, false);
    plant_set_supply(braked, 400, 50, false);
    s = plant_run(coasting, 2, 0.02);
    assert_between(s.speed_rpm / before.speed_rpm, 0.5, 0.95);
    assert_true(mean_a(&s) == 0 && s.p_w == 0 && s.u_fundamental_v == 0 && s.losses.rotor_w == 0);
    assert_true(s.losses.friction_windage_w > 10 && !s.output_on);
    s = plant_run(braked, 0.1, 0.02);
    assert_true(s.speed_rpm > 0 && s.torque_nm > 10 && s.losses.additional_load_w == 0);
    assert_true(plant_run(braked, 2, 0.02).speed_rpm == 0);
    assert_true(plant_run(coasting, 180, 0.02).speed_rpm == 0);
    plant_set_supply(coasting, 400, 50, true); /* the source starts from zero again */
    assert_between(plant_run(coasting, 0.02, 0.02).u_fundamental_v, 1, 40);
    plant_free(coasting);
    plant_free(braked);
}

static void supply_dip_returns(void **state)
{
    struct plant_config c = plant_ideal("11kW-4p");
    struct plant *p = plant_started(&c, true, 70);
    struct plant_state before = plant_run(p, 60, 0.02), during, after;

    (void)state;
    plant_disturb_supply(p, -0.2, 0.3);
    during = plant_run(p, 0.2, 0.02);
    assert_near(during.u_fundamental_v, 320, 1e-6);
    assert_true(during.speed_rpm < before.speed_rpm - 5);
    after = plant_run(p, 5, 0.02);
    assert_near(after.u_fundamental_v, 400, 1e-6);
    assert_near(after.speed_rpm, before.speed_rpm, 0.2); /* a little warmer */
    plant_free(p);
}

static void source_keeps_its_limits(void **state)
{
    struct plant_config c = plant_ideal("11kW-4p");
    struct plant *p;
    double worst_a = 0;

    (void)state;
    c.source_max_a = 3 * c.motor.rated_current_a;
    c.source_max_v = 390;
    p = plant_started(&c, false, 0);
    for (int i = 0; i < 500; i++)
        worst_a = fmax(worst_a, mean_a(&(struct plant_state[]){plant_run(p, 0.02, 0.02)}[0]));
    assert_near(worst_a, c.source_max_a, 0.001 * c.source_max_a);
    assert_near(plant_run(p, 10, 0.02).u_fundamental_v, 390, 1e-6);
    plant_free(p);
}

static void unbalance_and_harmonics_show_at_the_terminals(void **state)
{
    struct plant_config c = plant_ideal("11kW-4p");
    struct plant *p;
    struct plant_state s;

    (void)state;
    c.source_unbalance = 0.004;
    c.source_harmonic_5 = 0.03;
    c.source_harmonic_7 = 0.02;
    p = plant_started(&c, true, 70);
    s = plant_run(p, 10, 0.02);
    double rms = 400 * sqrt(1 + 0.03 * 0.03 + 0.02 * 0.02);
    assert_near((s.u_line_v[0] + s.u_line_v[1] + s.u_line_v[2]) / 3, rms, 1e-6);
    assert_near(s.u_line_v[0], 1.004 * rms, 1e-6);
    assert_near(s.harmonic_v[5], 12, 1e-6);
    assert_near(s.harmonic_v[7], 8, 1e-6);
    assert_true(s.harmonic_v[1] == s.u_fundamental_v && s.harmonic_v[11] == 0 && s.harmonic_v[3] == 0);
    assert_near(s.s_va, sqrt(3) * rms * mean_a(&s), 1e-6 * s.s_va);
    assert_true(s.i_line_a[0] > mean_a(&s) * 1.01);
    plant_free(p);
}

static void fan_and_coolant_cool(void **state)
{
    struct plant_config c = plant_ideal("11kW-4p");
    struct plant *turning = plant_started(&c, true, 70), *standing;
    double cooled_k;

    (void)state;
    c.coolant_drift_k_per_h = 2;
    standing = plant_started(&c, true, 70);
    plant_run(turning, 3600, 1);
    plant_run(standing, 3600, 1);
    plant_set_supply(standing, 0, 50, false);
    plant_set_brake(turning, 0, false);
    cooled_k = plant_run(turning, 3600, 1).frame_c;
    struct plant_state s = plant_run(standing, 3600, 1);
    assert_near(s.coolant_c, 29, 1e-9);
    /* Losses of the unloaded motor notwithstanding, its fan wins. */
    assert_true(s.frame_c - s.coolant_c > cooled_k - 25);
    plant_free(turning);
    plant_free(standing);
}

static void noise_stays_small(void **state)
{
    struct plant_config c = plant_preset_of("11kW-4p");
    struct plant *p = plant_started(&c, true, 70);
    double sum = 0, squares = 0, n = 2000;

    (void)state;
    plant_run(p, 60, 0.02);
    for (int i = 0; i < 2000; i++) {
        double u = plant_run(p, 1, 0.1).u_fundamental_v;

        sum += u / n;
        squares += u * u / n;
    }
    double relative = sqrt(squares - sum * sum) / sum;
    assert_true(relative > 0.5 * c.source_noise && relative < 1.5 * c.source_noise);
    plant_free(p);
}

static void odd_inputs_are_harmless(void **state)
{
    struct plant_config c = plant_preset_of("11kW-4p");
    struct plant *p = plant_started(&c, true, 70);
    struct plant_state a, b;

    (void)state;
    plant_run(p, 10, 0.02);
    plant_get(p, &a);
    plant_step(p, 0);
    plant_step(p, -1);
    plant_step(p, NAN);
    plant_get(p, &b);
    assert_memory_equal(&a, &b, sizeof(a));
    plant_set_supply(p, NAN, 50, true);
    plant_set_brake(p, -5, true);
    plant_disturb_supply(p, NAN, INFINITY);
    b = plant_run(p, 60, 1);
    assert_true(b.p_w == 0 && isfinite(b.winding_c) && b.speed_rpm == 0);
    plant_set_supply(p, 400, 0, true);
    assert_true(plant_run(p, 1, 0.02).p_w == 0);
    assert_null(plant_free(NULL));
    plant_free(p);
}

static double breakdown_nm(const struct plant_config *c, double winding_c)
{
    double most = 0;

    for (double slip = 0.005; slip < 1; slip += 0.002) {
        struct circuit circuit = {0};
        struct circuit_input in = {.motor = &c->motor,
                                   .source_v = 400,
                                   .frequency_hz = 50,
                                   .slip = slip,
                                   .winding_c = winding_c,
                                   .rotor_c = winding_c};

        circuit_solve(&in, &circuit);
        most = fmax(most, circuit.torque_nm);
    }
    return most;
}

static void presets_are_plausible_motors(void **state)
{
    static const double efficiency[] = {0.807, 0.843, 0.914, 0.913, 0.952};
    static const int poles[] = {2, 6, 4, 8, 4};
    size_t k;

    (void)state;
    for (k = 0; plant_preset_names[k] != NULL; k++) {
        const char *name = plant_preset_names[k];
        struct plant_config c = plant_ideal(name);
        const struct plant_motor *m = &c.motor;
        struct plant_truth t;
        double sync_rpm = 6000.0 / poles[k];

        assert_int_equal(m->poles, poles[k]);
        assert_int_equal(plant_truth_at(&c, m->rated_power_w, 25, &t), 0);
        assert_near(t.efficiency, efficiency[k], 0.003);
        assert_near(sync_rpm * (1 - t.slip), m->rated_speed_rpm, 0.01 * m->rated_speed_rpm);
        assert_near(t.slip, 1 - m->rated_speed_rpm / sync_rpm, 0.03 * t.slip);
        assert_near(t.current_a, m->rated_current_a, 0.01 * t.current_a);
        assert_between(t.power_factor, 0.75, 0.92);
        assert_between(t.winding_c - 25, 50, 80);
        assert_between(breakdown_nm(&c, t.winding_c) / t.torque_nm, 2, 3.5);
        assert_between(t.losses.additional_load_w / t.input_w, 0.005, 0.025);
        assert_between(t.losses.iron_w / t.losses.total_w, 0.1, 0.3);
    }
    assert_int_equal(k, 5);
}

static void unknown_preset_is_refused(void **state)
{
    struct plant_config c = {.seed = 7};

    (void)state;
    assert_int_equal(plant_preset("11 kW", &c), -ENOENT);
    assert_true(c.seed == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_balances_in_the_steady_state),
        cmocka_unit_test(truth_is_where_a_long_run_ends),
        cmocka_unit_test(truth_refuses_what_the_motor_cannot_carry),
        cmocka_unit_test(same_seed_same_run_other_seed_other_run),
        cmocka_unit_test(cutting_time_differently_changes_nothing),
        cmocka_unit_test(rated_load_settles_in_hours_at_a_plausible_rise),
        cmocka_unit_test(winding_cools_almost_exponentially),
        cmocka_unit_test(brake_set_point_is_not_the_torque),
        cmocka_unit_test(coupling_adds_inertia_and_lets_the_brake_act),
        cmocka_unit_test(voltage_drops_under_load_and_has_a_scale_error),
        cmocka_unit_test(lags_are_first_order),
        cmocka_unit_test(starts_to_no_load_speed_in_seconds),
        cmocka_unit_test(locked_rotor_draws_and_pulls_plausibly),
        cmocka_unit_test(coasts_and_brakes_to_rest),
        cmocka_unit_test(supply_dip_returns),
        cmocka_unit_test(source_keeps_its_limits),
        cmocka_unit_test(unbalance_and_harmonics_show_at_the_terminals),
        cmocka_unit_test(fan_and_coolant_cool),
        cmocka_unit_test(noise_stays_small),
        cmocka_unit_test(odd_inputs_are_harmless),
        cmocka_unit_test(presets_are_plausible_motors),
        cmocka_unit_test(unknown_preset_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
