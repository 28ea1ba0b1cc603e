/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settled truth: temperatures and slip that belong together, found without stepping through time. */
#include "sim/plant.h"

#include <errno.h>
#include <math.h>

#include "sim/machine.h"
#include "sim/shaft.h"
#include "sim/thermal.h"

#define BISECTIONS 60
#define CURVE_POINTS 1000
#define BREAKDOWN_SLIP 0.6 /* the highest torque beyond it is that of standstill */
#define TEMPERATURE_ROUNDS_MAX 500
#define TEMPERATURE_TOLERANCE_K 1e-10

struct search {
    const struct plant_motor *motor;
    double output_w;
    struct thermal thermal;
    struct circuit circuit;     /* at the last slip tried */
    struct plant_losses losses; /* same */
    double torque_nm;
};

/* What the air gap gives at this slip beyond the wanted output and the losses at the shaft. */
static double surplus_w(struct search *s, double slip)
{
    const struct plant_motor *m = s->motor;
    struct circuit_input input = {
        .motor = m,
        .source_v = m->rated_voltage_v,
        .frequency_hz = m->rated_frequency_hz,
        .slip = slip,
        .winding_c = s->thermal.winding_c,
        .rotor_c = s->thermal.rotor_c,
        .frame_c = s->thermal.frame_c,
        .field_a = m->field_a,
    };
    double omega = circuit_synchronous_rad_s(m, m->rated_frequency_hz) * (1.0 - slip), slope;

    s->circuit.lock = MACHINE_FREE;
    machine_of(m)->solve(&input, &s->circuit);
    s->torque_nm = s->output_w / omega;
    s->losses = (struct plant_losses){
        .stator_w = s->circuit.stator_w,
        .rotor_w = s->circuit.rotor_w,
        .iron_w = s->circuit.iron_w,
        .friction_windage_w = omega * (shaft_friction_nm(m, omega, &slope) + shaft_dry_friction_nm(m, omega)),
        .additional_load_w = omega * shaft_additional_nm(m, omega, s->torque_nm, s->circuit.current_a),
        .excitation_w = machine_field_v(m, m->field_a, s->thermal.rotor_c, s->thermal.frame_c) * m->field_a,
    };
    s->losses.total_w = s->losses.stator_w + s->losses.rotor_w + s->losses.iron_w +
                        s->losses.friction_windage_w + s->losses.additional_load_w + s->losses.excitation_w;
    return s->circuit.airgap_w * (1.0 - slip) - s->losses.friction_windage_w - s->losses.additional_load_w -
           s->output_w;
}

/* The first slip, counted from the highest speed, that carries the load. */
static int solve_slip(struct search *s, double *ret)
{
    const struct machine_ops *machine = machine_of(s->motor);
    double low = machine->slip_min, high = low + machine->slip_scan;

    while (surplus_w(s, high) < 0) {
        low = high;
        high += machine->slip_scan;
        if (high > machine->slip_max)
            return -ERANGE;
    }
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;

        if (surplus_w(s, middle) < 0)
            low = middle;
        else
            high = middle;
    }
    *ret = high;
    (void)surplus_w(s, high);
    return 0;
}

static double farthest_k(const struct thermal *a, const struct thermal *b)
{
    return fmax(fabs(a->winding_c - b->winding_c), fabs(a->rotor_c - b->rotor_c));
}

static int settle(struct search *s, double coolant_c, double *ret_slip)
{
    const struct plant_motor *m = s->motor;

    for (int i = 0; i < TEMPERATURE_ROUNDS_MAX; i++) {
        struct thermal before = s->thermal;
        int r = solve_slip(s, ret_slip);

        if (r < 0)
            return r;
        struct thermal_drive drive = {
            .motor = m,
            .losses = s->losses,
            .speed_rpm = 120.0 * m->rated_frequency_hz / m->poles * (1.0 - *ret_slip),
            .coolant_c = coolant_c,
        };
        thermal_settled(&drive, &s->thermal);
        if (farthest_k(&before, &s->thermal) <= TEMPERATURE_TOLERANCE_K)
            return 0;
    }
    return -ERANGE; /* runs away: the loss grows faster with the temperature than the cooling */
}

int plant_truth_at(const struct plant_config *config, double output_w, double coolant_c,
                   struct plant_truth *ret)
{
    struct search s = {
        .motor = &config->motor,
        .output_w = output_w,
        .thermal = {.winding_c = coolant_c, .frame_c = coolant_c, .rotor_c = coolant_c},
    };
    double slip, harmonic_w;
    int r;

    if (!(output_w >= 0) || !isfinite(output_w) || !isfinite(coolant_c))
        return -EINVAL;
    r = settle(&s, coolant_c, &slip);
    if (r < 0)
        return r;
    harmonic_w = config->motor.harmonic_w + config->motor.harmonic_w_per_nm2 * s.torque_nm * s.torque_nm;
    *ret = (struct plant_truth){
        .harmonic_w = harmonic_w,
        .converter_efficiency = output_w / (s.circuit.input_w + harmonic_w),
        .efficiency = output_w / (s.circuit.input_w + s.losses.excitation_w),
        .slip = slip,
        .torque_nm = s.torque_nm,
        .winding_c = s.thermal.winding_c,
        .input_w = s.circuit.input_w + s.losses.excitation_w,
        .output_w = output_w,
        .current_a = s.circuit.current_a,
        .power_factor =
            s.circuit.input_w / (machine_va_per_va(s.motor) * s.circuit.terminal_v * s.circuit.current_a),
        .losses = s.losses,
    };
    return 0;
}

/* Of the air gap's torque what reaches the load. */
static double at_shaft_nm(const struct plant_motor *m, double torque_nm, double slip, double current_a)
{
    double omega = circuit_synchronous_rad_s(m, m->rated_frequency_hz) * (1.0 - slip), slope;

    return torque_nm - shaft_friction_nm(m, omega, &slope) - shaft_dry_friction_nm(m, omega) -
           shaft_additional_nm(m, omega, torque_nm, current_a);
}

void plant_curve_at(const struct plant_config *config, double temperature_c, struct plant_curve *ret)
{
    const struct plant_motor *m = &config->motor;
    struct plant_curve curve = {.pull_up_nm = INFINITY};
    double least_nm = INFINITY, least_shaft_nm = INFINITY, most_shaft_nm = -INFINITY, shaft_nm;

    for (int i = CURVE_POINTS; i > 0; i--) {
        struct circuit circuit = {0};
        struct circuit_input input = {
            .motor = m,
            .source_v = m->rated_voltage_v,
            .frequency_hz = m->rated_frequency_hz,
            .slip = (double)i / CURVE_POINTS,
            .winding_c = temperature_c,
            .rotor_c = temperature_c,
            .frame_c = temperature_c,
            .field_a = m->field_a,
        };

        machine_of(m)->solve(&input, &circuit);
        if (circuit.lock != MACHINE_FREE) { /* in step: the rest of the curve has no steady states */
            curve.breakdown_nm = circuit.pull_out_nm;
            curve.pull_up_nm = least_nm;
            curve.pull_out_nm = at_shaft_nm(m, circuit.pull_out_nm, 0, circuit.current_a);
            curve.pull_in_nm = fmax(0, least_shaft_nm);
            break;
        }
        if (i == CURVE_POINTS) {
            curve.locked_current_a = circuit.current_a;
            curve.locked_nm = circuit.torque_nm;
        }
        least_nm = fmin(least_nm, circuit.torque_nm);
        shaft_nm = at_shaft_nm(m, circuit.torque_nm, input.slip, circuit.current_a);
        least_shaft_nm = fmin(least_shaft_nm, shaft_nm);
        if (shaft_nm > most_shaft_nm && input.slip < BREAKDOWN_SLIP) {
            most_shaft_nm = shaft_nm;
            curve.minimum_nm = least_shaft_nm;
        }
        if (m->start_capacitor_f > 0 && input.slip > m->switch_slip)
            continue; /* not the connection in which it runs */
        if (circuit.torque_nm > curve.breakdown_nm) {
            curve.breakdown_nm = circuit.torque_nm;
            curve.pull_up_nm = least_nm;
        }
    }
    *ret = curve;
}
