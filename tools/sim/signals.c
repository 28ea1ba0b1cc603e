/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/signals.h"

#include <math.h>
#include <stddef.h>

#define TURN (2 * M_PI)
#define MAGNETIC_MPS 0.0002 /* rms velocity at twice the supply frequency, rated voltage */
#define FLOOR_MPS2 0.02     /* rms of an accelerometer at rest */
#define FLOOR_PA 2e-3       /* rms of a quiet room, 40 dB */
/* An invented bearing: impacts a turn, ringing of the housing, and how fast it dies away. */
#define IMPACTS_A_TURN 3.58
#define RING_HZ 3000.0
#define RING_S 1e-3
#define BLADES 7

void sim_signals_start(struct sim_signals *s, const struct plant_config *config,
                       const struct plant_state *state)
{
    *s = (struct sim_signals){.config = *config, .before = *state, .now = *state, .dt_s = 1};
}

static double mean(double a, double b)
{
    return (a + b) / 2;
}

static double between(double a, double b, double share)
{
    return a + share * (b - a);
}

/* Integral of a speed that goes in a straight line from a to b over the quantum. */
static double run(double a, double b, double share, double dt_s)
{
    return (a + (b - a) * share / 2) * share * dt_s;
}

void sim_signals_advance(struct sim_signals *s, const struct plant_config *config,
                         const struct plant_state *state, double torque_nm, double dt_s)
{
    s->supply_turns += mean(s->before.frequency_hz, s->now.frequency_hz) * s->dt_s;
    s->supply_turns -= floor(s->supply_turns);
    s->shaft_turns += mean(s->before.speed_rpm, s->now.speed_rpm) / 60 * s->dt_s;
    s->shaft_turns -= floor(s->shaft_turns);
    /* Counted by themselves: a turn has no whole number of them. */
    s->impacts += mean(s->before.speed_rpm, s->now.speed_rpm) / 60 * IMPACTS_A_TURN * s->dt_s;
    s->impacts -= floor(s->impacts);
    s->config = *config;
    s->before = s->now;
    s->now = *state;
    s->torque_before_nm = s->torque_now_nm;
    s->torque_now_nm = torque_nm;
    s->dt_s = dt_s;
}

static double supply_turns(const struct sim_signals *s, double share)
{
    return s->supply_turns + run(s->before.frequency_hz, s->now.frequency_hz, share, s->dt_s);
}

/* Of a phase: its part of the unbalance, the fundamental, and the harmonics in their sequence (5 and 11 turn
 * backwards, which the order times the angle of the phase gives by itself). */
static double voltage(const struct sim_signals *s, unsigned phase, double share)
{
    static const int orders[] = {1, 5, 7, 11, 13};
    const double angle = supply_turns(s, share) - phase / 3.0;
    double sum = 0, rms = 0;

    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        double line_v = between(s->before.harmonic_v[orders[i]], s->now.harmonic_v[orders[i]], share);

        rms += line_v * line_v;
        sum += line_v * sin(TURN * orders[i] * angle);
    }
    if (rms <= 0)
        return 0;
    return sum / sqrt(rms) * between(s->before.u_line_v[phase], s->now.u_line_v[phase], share) *
           sqrt(2.0 / 3);
}

static double current(const struct sim_signals *s, unsigned phase, double share)
{
    const double power_w = between(s->before.p_w, s->now.p_w, share);
    const double apparent_va = between(s->before.s_va, s->now.s_va, share);
    const double lag = apparent_va > 0 ? acos(fmax(-1, fmin(1, power_w / apparent_va))) : 0;
    const double angle = supply_turns(s, share) - phase / 3.0;

    return sqrt(2) * between(s->before.i_line_a[phase], s->now.i_line_a[phase], share) *
           sin(TURN * angle - lag);
}

static double pulses(const struct sim_signals *s, double share)
{
    double turns = SIM_PULSES_A_TURN *
                   (s->shaft_turns + run(s->before.speed_rpm, s->now.speed_rpm, share, s->dt_s) / 60);

    return turns - floor(turns) < 0.5 ? SIM_PULSE_V : 0;
}

static double impact(const struct sim_signals *s, double share, double speed)
{
    const double impacts =
        s->impacts + run(s->before.speed_rpm, s->now.speed_rpm, share, s->dt_s) / 60 * IMPACTS_A_TURN;
    const double hz = fabs(speed) * s->config.motor.rated_speed_rpm / 60 * IMPACTS_A_TURN;
    const double age_s = hz > 0 ? (impacts - floor(impacts)) / hz : 1;

    return s->config.bearing_impact_mps2 * fmin(fabs(speed), 2) * exp(-age_s / RING_S) *
           sin(TURN * RING_HZ * age_s);
}

/* The rotation as a circle in x and y, a third of it along the shaft; the pull of the field; a bearing. */
static double acceleration(const struct sim_signals *s, enum sim_signal axis, double share,
                           struct sim_random *random)
{
    static const struct {
        double share, lead; /* of the rotation; turns */
    } axes[] = {{1, 0.25}, {1, 0}, {1.0 / 3, 0.1}};
    const unsigned a = axis - SIM_SIGNAL_ACCEL_X;
    const double speed =
        between(s->before.speed_rpm, s->now.speed_rpm, share) / s->config.motor.rated_speed_rpm;
    const double turns = s->shaft_turns + run(s->before.speed_rpm, s->now.speed_rpm, share, s->dt_s) / 60;
    const double omega = TURN * speed * s->config.motor.rated_speed_rpm / 60;
    const double field =
        between(s->before.u_fundamental_v, s->now.u_fundamental_v, share) / s->config.motor.rated_voltage_v;
    const double field_omega = 2 * TURN * s->now.frequency_hz;
    double sum = FLOOR_MPS2 * sim_random_normal(random);

    sum += sqrt(2) * s->config.unbalance_mps * axes[a].share * speed * omega *
           sin(TURN * (turns + axes[a].lead));
    sum += sqrt(2) * MAGNETIC_MPS * axes[a].share * field * field * field_omega *
           sin(2 * TURN * (supply_turns(s, share) + axes[a].lead));
    return sum + impact(s, share, speed);
}

/* The fan: noise of all frequencies, and the tone of its blades. Its pressure goes with the cube of speed. */
static double sound(const struct sim_signals *s, double share, struct sim_random *random)
{
    const double speed =
        between(s->before.speed_rpm, s->now.speed_rpm, share) / s->config.motor.rated_speed_rpm;
    const double turns = s->shaft_turns + run(s->before.speed_rpm, s->now.speed_rpm, share, s->dt_s) / 60;
    const double fan_pa = 20e-6 * pow(10, s->config.fan_db / 20) * pow(fabs(speed), 3);

    return FLOOR_PA * sim_random_normal(random) +
           fan_pa * (0.8 * sim_random_normal(random) + 0.6 * sqrt(2) * sin(TURN * BLADES * turns));
}

double sim_signal_at(const struct sim_signals *s, enum sim_signal signal, double share,
                     struct sim_random *random)
{
    switch (signal) {
    case SIM_SIGNAL_U1:
    case SIM_SIGNAL_U2:
    case SIM_SIGNAL_U3:
        return voltage(s, signal - SIM_SIGNAL_U1, share);
    case SIM_SIGNAL_I1:
    case SIM_SIGNAL_I2:
    case SIM_SIGNAL_I3:
        return current(s, signal - SIM_SIGNAL_I1, share);
    case SIM_SIGNAL_TORQUE:
        return between(s->torque_before_nm, s->torque_now_nm, share);
    case SIM_SIGNAL_PULSES:
        return pulses(s, share);
    case SIM_SIGNAL_ACCEL_X:
    case SIM_SIGNAL_ACCEL_Y:
    case SIM_SIGNAL_ACCEL_Z:
        return acceleration(s, signal, share, random);
    case SIM_SIGNAL_SOUND:
        return sound(s, share, random);
    case SIM_SIGNAL_SPEED:
        return between(s->before.speed_rpm, s->now.speed_rpm, share);
    case SIM_SIGNAL_COUNT:
        break;
    }
    return 0;
}
