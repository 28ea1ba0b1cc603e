/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated motors of other kinds than three-phase induction. */
#include "support/test.h"

#include <complex.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/machine.h"
#include "sim/plant.h"
#include "support/plant_run.h"

static bool is_synchronous(const struct plant_config *c)
{
    return c->motor.xd_ohm > 0;
}

static void every_kind_has_its_name_and_its_preset(void **state)
{
    static const char *const kinds[] = {"three-phase-pm-line-start",
                                        "pm-converter-fed",
                                        "three-phase-synchronous",
                                        "single-phase-capacitor-run",
                                        "single-phase-capacitor-start",
                                        "single-phase-two-value",
                                        "dc",
                                        "ev-drive",
                                        "single-phase-synchronous",
                                        "pm-converter-fed"};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct plant_config c = plant_preset_of(plant_kind_preset_names[i]);

        assert_string_equal(machine_of(&c.motor)->kind, kinds[i]);
    }
    assert_null(plant_kind_preset_names[sizeof kinds / sizeof *kinds]);
    assert_string_equal(machine_of(&(struct plant_motor){.poles = 4})->kind, "three-phase-induction");
}

/* The nameplate is the truth at rated output; power is conserved; a long run ends where the truth is. */
static void truth_is_where_a_long_run_ends(void **state)
{
    (void)state;
    for (size_t i = 0; plant_kind_preset_names[i]; i++) {
        struct plant_config c = plant_ideal(plant_kind_preset_names[i]);
        struct plant_truth t;

        assert_int_equal(plant_truth_at(&c, c.motor.rated_power_w, 25, &t), 0);
        struct plant *p = plant_started(&c, true, 0);

        (void)plant_run(p, 20, 0.1);
        plant_set_brake(p, t.torque_nm, true);
        struct plant_state s = plant_run(p, 10 * 3600, 2);

        assert_within(s.output_w / s.p_w - t.efficiency, -2e-5, 2e-5);
        assert_within(s.winding_c - t.winding_c, -0.1, 0.1);
        assert_within(s.winding_c - 25, 35, 75);
        assert_within(s.i_line_a[0] / t.current_a, 0.9999, 1.0001);
        assert_within(t.current_a / c.motor.rated_current_a, 0.995, 1.005);
        assert_within(t.input_w - t.output_w - t.losses.total_w, -1e-6, 1e-6);
        assert_within(s.p_w - s.output_w - s.losses.total_w, -1e-4 * s.p_w, 1e-4 * s.p_w);
        plant_free(p);
    }
}

static void a_synchronous_motor_has_no_slip_until_it_falls_out(void **state)
{
    (void)state;
    for (size_t i = 0; plant_kind_preset_names[i]; i++) {
        struct plant_config c = plant_ideal(plant_kind_preset_names[i]);
        double sync_rpm = 120 * c.motor.rated_frequency_hz / c.motor.poles, rated_nm = plant_rated_nm(&c);
        struct plant_curve curve;

        if (!is_synchronous(&c))
            continue;
        plant_curve_at(&c, 25, &curve);
        struct plant *p = plant_started(&c, true, 0);

        assert_within(plant_run(p, 20, 0.05).speed_rpm / sync_rpm, 0.999998, 1.0000001);
        plant_set_brake(p, rated_nm, true);
        assert_within(plant_run(p, 10, 0.05).speed_rpm / sync_rpm, 0.999998, 1.0000001);
        plant_set_brake(p, 0.98 * curve.pull_out_nm, true);
        assert_within(plant_run(p, 10, 0.05).speed_rpm / sync_rpm, 0.999998, 1.0000001);
        plant_set_brake(p, 1.05 * curve.pull_out_nm, true);
        assert_true(plant_run(p, 10, 0.05).speed_rpm < 0.98 * sync_rpm);
        plant_free(p);
    }
}

/* Round rotor, no losses: the pull-out torque is 3 U E / (X omega), the torque at an angle its sine. */
static void a_round_rotor_without_losses_is_the_textbook_machine(void **state)
{
    struct plant_config c = plant_ideal("pm-7.5kW-4p");
    struct circuit in_step = {.lock = MACHINE_IN_STEP};
    double sync_rad_s = circuit_synchronous_rad_s(&c.motor, 50), angle_rad;

    (void)state;
    c.motor.r1_ohm = 1e-9;
    c.motor.iron_w = 0;
    c.motor.xq_ohm = c.motor.xd_ohm;
    c.motor.magnet_per_k = 0;
    machine_of(&c.motor)->solve(&(struct circuit_input){.motor = &c.motor,
                                                        .source_v = 400,
                                                        .frequency_hz = 50,
                                                        .slip = 0.5 * SYNCHRONOUS_SLIP,
                                                        .winding_c = 20,
                                                        .rotor_c = 20},
                                &in_step);
    assert_within(in_step.pull_out_nm / (400 * c.motor.magnet_v / c.motor.xd_ohm / sync_rad_s), 1 - 1e-6,
                  1 + 1e-6);
    assert_within(in_step.torque_nm / in_step.pull_out_nm, 0.5 - 1e-6, 0.5 + 1e-6);
    /* Current from the triangle of voltages at 30 degrees. */
    angle_rad = M_PI / 6;
    assert_within(in_step.current_a * c.motor.xd_ohm * sqrt(3) /
                      sqrt(pow(400 * cos(angle_rad) - c.motor.magnet_v, 2) + pow(400 * sin(angle_rad), 2)),
                  1 - 1e-6, 1 + 1e-6);
    assert_within(in_step.input_w / (in_step.torque_nm * sync_rad_s), 1 - 1e-6, 1 + 1e-6);
}

/* Warm magnets give less voltage, and so another current. */
static void magnets_weaken_with_their_temperature(void **state)
{
    struct plant_config c = plant_ideal("pm-7.5kW-4p");
    struct circuit cold = {.lock = MACHINE_IN_STEP}, warm = cold;
    struct circuit_input in = {.motor = &c.motor,
                               .source_v = 400,
                               .frequency_hz = 50,
                               .slip = 0.3 * SYNCHRONOUS_SLIP,
                               .winding_c = 60,
                               .rotor_c = 20};

    (void)state;
    machine_of(&c.motor)->solve(&in, &cold);
    in.rotor_c = 100;
    machine_of(&c.motor)->solve(&in, &warm);
    assert_within(warm.pull_out_nm / cold.pull_out_nm, 0.90, 0.98);
}

static void more_than_the_pull_out_torque_is_no_steady_state(void **state)
{
    struct plant_config c = plant_ideal("synchronous-15kW-4p");
    struct plant_truth t = {.efficiency = 42};

    (void)state;
    assert_int_equal(plant_truth_at(&c, 40e3, 25, &t), -ERANGE);
    assert_true(t.efficiency == 42);
}

/* E = U - brushes - I R, torque = E I / omega at the speed, no current against the source. */
static void a_direct_current_motor_is_the_textbook_machine(void **state)
{
    struct plant_config c = plant_ideal("dc-1.5kW");
    struct circuit_input in = {.motor = &c.motor,
                               .source_v = 220,
                               .frequency_hz = 60,
                               .winding_c = 20,
                               .rotor_c = 20,
                               .frame_c = 20};
    double reference_rad_s = circuit_synchronous_rad_s(&c.motor, 60);
    struct circuit at = {0};

    (void)state;
    c.motor.iron_w = 0;
    c.motor.magnet_v = 200;
    for (in.slip = -0.05; in.slip < 1.01; in.slip += 0.1) {
        double inner_v = 200 * (1 - in.slip), current_a = (218 - inner_v) / c.motor.r1_ohm;

        machine_of(&c.motor)->solve(&in, &at);
        assert_within(at.current_a - current_a, -1e-9, 1e-9);
        assert_within(at.torque_nm - 200 * current_a / reference_rad_s, -1e-9, 1e-9);
        assert_within(at.input_w - at.stator_w - at.airgap_w * (1 - in.slip), -1e-8, 1e-8);
        assert_within(at.stator_w - current_a * current_a * c.motor.r1_ohm - 2 * current_a, -1e-8, 1e-8);
    }
    in.slip = -0.2;
    machine_of(&c.motor)->solve(&in, &at);
    assert_true(at.current_a == 0 && at.torque_nm == 0);
    in.slip = 0;
    in.frame_c = 120; /* weaker magnets: less voltage to work against, less torque for an ampere */
    c.motor.magnet_per_k = -0.001;
    machine_of(&c.motor)->solve(&in, &at);
    assert_within(at.current_a - (218 - 180) / c.motor.r1_ohm, -1e-9, 1e-9);
    assert_within(at.torque_nm / at.current_a * reference_rad_s, 180 - 1e-9, 180 + 1e-9);
}

static void direct_current_has_no_frequency(void **state)
{
    struct plant_config c = plant_ideal("dc-1.5kW");
    struct plant *p = plant_started(&c, true, 0);
    struct plant_state s;

    (void)state;
    (void)plant_run(p, 10, 0.1);
    plant_set_brake(p, plant_rated_nm(&c), true);
    s = plant_run(p, 60, 0.1);
    assert_true(s.frequency_hz == 0 && s.u_line_v[0] > 219.9);
    assert_within(s.p_w / (s.u_line_v[0] * s.i_line_a[0]), 1 - 1e-9, 1 + 1e-9);
    assert_within(s.speed_rpm / c.motor.rated_speed_rpm, 0.95, 1.05);
    plant_free(p);
}

static struct circuit single_phase_at(const struct plant_motor *m, double slip)
{
    struct circuit circuit = {0};

    machine_of(m)->solve(
        &(struct circuit_input){
            .motor = m, .source_v = 220, .frequency_hz = 50, .slip = slip, .winding_c = 60, .rotor_c = 70},
        &circuit);
    return circuit;
}

static void a_capacitor_motor_conserves_power_at_every_slip(void **state)
{
    static const char *const presets[] = {"capacitor-run-0.37kW-4p", "capacitor-start-0.55kW-4p",
                                          "two-value-1.1kW-4p"};

    (void)state;
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        struct plant_config c = plant_ideal(presets[i]);

        for (double slip = 0.005; slip < 1.9; slip += 0.0303) {
            struct circuit s = single_phase_at(&c.motor, slip);
            double shaft_w = (1 - slip) * s.airgap_w;

            assert_within((s.input_w - s.stator_w - s.iron_w - s.rotor_w - shaft_w) / s.input_w, -1e-9, 1e-9);
            assert_true(s.rotor_w > 0);
        }
    }
}

/* Below the speed of the switch both capacitors, above it the run capacitor or none: each side is the motor
 * that has nothing else. */
static void a_switch_takes_the_start_capacitor_away(void **state)
{
    struct plant_config c = plant_ideal("two-value-1.1kW-4p"), other = c;
    struct plant_config start = plant_ideal("capacitor-start-0.55kW-4p");

    (void)state;
    other.motor.start_capacitor_f = 0;
    assert_true(single_phase_at(&c.motor, 0.2499).torque_nm ==
                single_phase_at(&other.motor, 0.2499).torque_nm);
    other.motor.capacitor_f = c.motor.capacitor_f + c.motor.start_capacitor_f;
    assert_true(single_phase_at(&c.motor, 0.2501).torque_nm ==
                single_phase_at(&other.motor, 0.2501).torque_nm);
    assert_true(single_phase_at(&start.motor, 0.2499).auxiliary_a == 0);
    assert_true(single_phase_at(&start.motor, 0.2499).capacitor_v == 0);
    assert_true(single_phase_at(&start.motor, 0.2501).auxiliary_a > 0.5 * start.motor.rated_current_a);
    assert_true(single_phase_at(&start.motor, 1).torque_nm > 2 * plant_rated_nm(&start));
}

/* Without its auxiliary winding it has no torque at rest, but goes on turning; the current is that of both
 * fields in series. */
static void one_winding_alone_does_not_start(void **state)
{
    struct plant_config c = plant_ideal("capacitor-run-0.37kW-4p");
    struct circuit rest, turning;

    (void)state;
    assert_true(single_phase_at(&c.motor, 1).torque_nm > 0.3 * plant_rated_nm(&c));
    c.motor.auxiliary_ohm = 1e12;
    c.motor.skin_effect = 0;
    c.motor.iron_w = 0;
    rest = single_phase_at(&c.motor, 1);
    turning = single_phase_at(&c.motor, 0.05);
    assert_within(rest.torque_nm, -1e-9, 1e-9);
    assert_true(turning.torque_nm > 0.5 * plant_rated_nm(&c));
    double r2 = c.motor.r2_ohm * (225.0 + 70) / 245, r1 = c.motor.r1_ohm * (235.0 + 60) / 255;
    double complex rotor = r2 / 2 + I * c.motor.x2_ohm / 2, magnetising = I * c.motor.xm_ohm / 2;
    double complex field = magnetising * rotor / (magnetising + rotor);

    assert_within(rest.current_a * cabs(r1 + I * c.motor.x1_ohm + 2 * field) / 220, 1 - 1e-9, 1 + 1e-9);
}

/* A capacitor that is too small or too large lets the other field in, which only heats the rotor. */
static void the_capacitor_is_chosen_for_rated_load(void **state)
{
    struct plant_config c = plant_ideal("capacitor-run-0.37kW-4p");
    struct plant_truth right, small, large;

    (void)state;
    assert_int_equal(plant_truth_at(&c, 370, 25, &right), 0);
    c.motor.capacitor_f /= 1.5;
    assert_int_equal(plant_truth_at(&c, 370, 25, &small), 0);
    c.motor.capacitor_f *= 1.5 * 1.3;
    assert_int_equal(plant_truth_at(&c, 370, 25, &large), 0);
    assert_true(right.efficiency > small.efficiency && right.efficiency > large.efficiency);
    assert_within(right.efficiency, 0.70, 0.78);
}

/* What the three elements of an analyser see. */
static void a_single_phase_motor_shows_line_windings_and_capacitor(void **state)
{
    struct plant_config c = plant_ideal("capacitor-run-0.37kW-4p");
    struct plant *p = plant_started(&c, true, 0);
    struct plant_state s;

    (void)state;
    (void)plant_run(p, 10, 0.1);
    plant_set_brake(p, plant_rated_nm(&c), true);
    s = plant_run(p, 30, 0.1);
    assert_within(s.u_line_v[0], 219.9, 220.1);
    assert_within(s.u_line_v[2] * 2 * M_PI * 50 * c.motor.capacitor_f / s.i_line_a[2], 0.9999, 1.0001);
    assert_true(s.i_line_a[0] < s.i_line_a[1] + s.i_line_a[2] && s.i_line_a[0] > s.i_line_a[1]);
    assert_within(s.s_va / (s.u_line_v[0] * s.i_line_a[0]), 0.9999, 1.0001);
    assert_within(s.r_line_ohm / c.motor.r1_ohm, 1.0, 1.4);
    plant_free(p);
}

/* ---- The single-phase motor that comes into step. ---- */

#define STEADY_V 220
#define TURN_POINTS 3600

/* Power into the poles from the two equations of the windings, without what the solver makes of them: a rotor
 * at each of many angles, its flux from the currents of both axes, by elimination of four real unknowns. */
struct at_pole {
    double input_w, stator_w, forward_w, backward_w;
};

static void eliminate(double m[4][5], double ret[4])
{
    for (int c = 0; c < 4; c++) {
        int best = c;

        for (int r = c + 1; r < 4; r++)
            if (fabs(m[r][c]) > fabs(m[best][c]))
                best = r;
        for (int k = 0; k < 5; k++) {
            double swap = m[c][k];

            m[c][k] = m[best][k];
            m[best][k] = swap;
        }
        for (int r = 0; r < 4; r++)
            for (int k = 4; r != c && k >= c; k--)
                m[r][k] -= m[r][c] / m[c][c] * m[c][k];
    }
    for (int c = 0; c < 4; c++)
        ret[c] = m[c][4] / m[c][c];
}

/* What the two windings see of the currents x: real and imaginary part of main and auxiliary. */
static struct at_pole windings_of(const struct plant_motor *m, double rotor_rad, const double x[4],
                                  double complex volts[2])
{
    double a = m->turns_ratio, skin = 1 + m->skin_effect * sqrt(2.0);
    double complex main_a = x[0] + I * x[1], auxiliary_a = x[2] + I * x[3], turn = cexp(I * rotor_rad);
    double complex forward_a = main_a - I * a * auxiliary_a, backward_a = main_a + I * a * auxiliary_a;
    double complex poles_a = forward_a / turn;
    double complex forward_v =
        I * turn * (m->xd_ohm / 2 * creal(poles_a) + I * m->xq_ohm / 2 * cimag(poles_a));
    double complex cage = m->r2_ohm * skin / 4 + I * m->x2_ohm / 2, magnetising = I * m->xm_ohm / 2;
    double complex backward_v = backward_a * cage * magnetising / (cage + magnetising);
    double complex auxiliary_ohm = m->auxiliary_ohm + I * m->auxiliary_x_ohm +
                                   1 / (I * 2 * M_PI * m->rated_frequency_hz * m->capacitor_f);

    volts[0] = main_a * (m->r1_ohm + I * m->x1_ohm) + forward_v + backward_v;
    volts[1] = auxiliary_a * auxiliary_ohm + I * a * (forward_v - backward_v);
    return (struct at_pole){
        .input_w = creal(STEADY_V * conj(main_a + auxiliary_a)),
        .stator_w = m->r1_ohm * creal(main_a * conj(main_a)) +
                    m->auxiliary_ohm * creal(auxiliary_a * conj(auxiliary_a)),
        .forward_w = creal(forward_v * conj(forward_a)),
        .backward_w = creal(backward_v * conj(backward_a)),
    };
}

static struct at_pole pole_at(const struct plant_motor *m, double rotor_rad)
{
    double matrix[4][5], x[4] = {0};
    double complex volts[2];

    for (int k = 0; k < 4; k++) { /* linear in the four parts: one column each */
        double unit[4] = {0};

        unit[k] = 1;
        (void)windings_of(m, rotor_rad, unit, volts);
        for (int r = 0; r < 2; r++) {
            matrix[2 * r][k] = creal(volts[r]);
            matrix[2 * r + 1][k] = cimag(volts[r]);
        }
    }
    for (int r = 0; r < 4; r++)
        matrix[r][4] = r % 2 == 0 ? STEADY_V : 0;
    eliminate(matrix, x);
    return windings_of(m, rotor_rad, x, volts);
}

static struct circuit reluctance_at(const struct plant_motor *m, double share, double source_ohm)
{
    struct circuit circuit = {.lock = MACHINE_IN_STEP};

    machine_of(m)->solve(&(struct circuit_input){.motor = m,
                                                 .source_v = STEADY_V,
                                                 .source_ohm = source_ohm,
                                                 .frequency_hz = 50,
                                                 .slip = share * SYNCHRONOUS_SLIP,
                                                 .winding_c = 20,
                                                 .rotor_c = 20},
                         &circuit);
    return circuit;
}

/* Of all angles the most power is where the motor falls out; at half of it input and losses are those of the
 * angle that has it. */
static void a_reluctance_motor_obeys_its_windings(void **state)
{
    struct plant_config c = plant_ideal("reluctance-0.55kW-4p");
    struct at_pole most = {0}, half = {0};
    double sync_rad_s = circuit_synchronous_rad_s(&c.motor, 50), most_rad = 0;
    struct circuit out, at;

    (void)state;
    c.motor.iron_w = 0;
    for (int i = 0; i < TURN_POINTS; i++) {
        struct at_pole p = pole_at(&c.motor, M_PI * i / TURN_POINTS);

        if (p.forward_w > most.forward_w) {
            most = p;
            most_rad = M_PI * i / TURN_POINTS;
        }
    }
    out = reluctance_at(&c.motor, 1, 0);
    assert_within(out.pull_out_nm * sync_rad_s / (most.forward_w - most.backward_w), 1 - 1e-4, 1 + 1e-4);
    at = reluctance_at(&c.motor, 0.5, 0);
    /* The load turns the rotor back: what is stable lies ahead of the angle of the most. */
    for (double rad = most_rad; rad < most_rad + M_PI / 2 && half.input_w == 0; rad += M_PI / TURN_POINTS) {
        struct at_pole p = pole_at(&c.motor, rad);

        if (p.forward_w <= most.forward_w / 2)
            half = p;
    }
    assert_within(at.input_w / half.input_w, 0.99, 1.01);
    assert_within(at.stator_w / half.stator_w, 0.99, 1.01);
    assert_within(at.torque_nm * sync_rad_s / (half.forward_w - half.backward_w), 0.99, 1.01);
}

static void a_reluctance_motor_conserves_power(void **state)
{
    struct plant_config c = plant_ideal("reluctance-0.55kW-4p");

    (void)state;
    for (double share = 0.05; share <= 1; share += 0.05) {
        struct circuit s = reluctance_at(&c.motor, share, 0);
        struct circuit behind = reluctance_at(&c.motor, share, 5);

        assert_within(
            (s.input_w - s.stator_w - s.iron_w - s.rotor_w - (1 - share * SYNCHRONOUS_SLIP) * s.airgap_w) /
                s.input_w,
            -1e-9, 1e-9);
        assert_true(s.rotor_w > 0 && s.terminal_v == STEADY_V);
        assert_within((behind.input_w - behind.stator_w - behind.iron_w - behind.rotor_w - behind.airgap_w) /
                          behind.input_w,
                      -1e-5, 1e-5);
        assert_true(behind.terminal_v < STEADY_V && behind.terminal_v > STEADY_V - 5 * behind.current_a);
    }
}

/* Round, it is the cage of a capacitor motor at synchronism, and carries nothing in step. */
static void without_poles_there_is_no_step(void **state)
{
    struct plant_config c = plant_ideal("reluctance-0.55kW-4p");
    struct circuit s;

    (void)state;
    c.motor.xd_ohm = c.motor.xq_ohm = c.motor.xm_ohm;
    s = reluctance_at(&c.motor, 0.5, 0);
    assert_true(s.airgap_w <= 0);
    s = reluctance_at(&c.motor, 1, 0);
    assert_true(s.pull_out_nm <= 0);
}

/* Line, windings and capacitor as of every single-phase motor; the elevator's limit depends on its use. */
static void new_motors_say_what_they_are(void **state)
{
    struct plant_config c = plant_ideal("reluctance-0.55kW-4p");
    struct plant *p = plant_started(&c, true, 0);
    struct plant_state s;

    (void)state;
    (void)plant_run(p, 10, 0.1);
    plant_set_brake(p, plant_rated_nm(&c), true);
    s = plant_run(p, 30, 0.1);
    assert_within(s.speed_rpm, 1499.99, 1500.01);
    assert_within(s.u_line_v[2] * 2 * M_PI * 50 * c.motor.capacitor_f / s.i_line_a[2], 0.9999, 1.0001);
    assert_within(s.s_va / (s.u_line_v[0] * s.i_line_a[0]), 0.9999, 1.0001);
    plant_free(p);
    assert_string_equal(plant_preset_of("elevator-5.5kW-20p").motor.sold_for, "elevator");
    assert_null(c.motor.sold_for);
}

/* The exciter's power comes from the shaft: it is a loss of the rotor and part of the input. */
static void an_exciter_takes_its_power_at_the_terminals(void **state)
{
    struct plant_config c = plant_ideal("synchronous-15kW-4p");
    struct plant_truth with, without;

    (void)state;
    assert_int_equal(plant_truth_at(&c, 15e3, 25, &with), 0);
    assert_within(with.losses.rotor_w - c.motor.exciter_w, 0, 0.1);
    c.motor.exciter_w = 0;
    assert_int_equal(plant_truth_at(&c, 15e3, 25, &without), 0);
    assert_within(with.input_w - without.input_w, 340, 380);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_name_and_its_preset),
        cmocka_unit_test(truth_is_where_a_long_run_ends),
        cmocka_unit_test(a_synchronous_motor_has_no_slip_until_it_falls_out),
        cmocka_unit_test(a_round_rotor_without_losses_is_the_textbook_machine),
        cmocka_unit_test(magnets_weaken_with_their_temperature),
        cmocka_unit_test(more_than_the_pull_out_torque_is_no_steady_state),
        cmocka_unit_test(a_capacitor_motor_conserves_power_at_every_slip),
        cmocka_unit_test(a_switch_takes_the_start_capacitor_away),
        cmocka_unit_test(a_direct_current_motor_is_the_textbook_machine),
        cmocka_unit_test(direct_current_has_no_frequency),
        cmocka_unit_test(one_winding_alone_does_not_start),
        cmocka_unit_test(the_capacitor_is_chosen_for_rated_load),
        cmocka_unit_test(a_single_phase_motor_shows_line_windings_and_capacitor),
        cmocka_unit_test(a_reluctance_motor_obeys_its_windings),
        cmocka_unit_test(a_reluctance_motor_conserves_power),
        cmocka_unit_test(without_poles_there_is_no_step),
        cmocka_unit_test(new_motors_say_what_they_are),
        cmocka_unit_test(an_exciter_takes_its_power_at_the_terminals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
