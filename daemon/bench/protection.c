/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/protection.h"

#include <math.h>
#include <stdio.h>

/* Temperatures of the thermal classes of IEC 60085, degC; the nameplate has the letter. */
static const struct {
    char letter;
    double temperature_c;
} classes[] = {{'Y', 90}, {'A', 105}, {'E', 120}, {'B', 130}, {'F', 155}, {'H', 180}, {'N', 200}, {'R', 220}};

static double class_c(const struct mb_motor *motor)
{
    const char *text = motor->rated.thermal_class;

    for (size_t i = 0; text && i < sizeof classes / sizeof classes[0]; i++)
        if (*text == classes[i].letter)
            return classes[i].temperature_c;
    return MB_PROTECT_WINDING_C;
}

void mb_protection_limits(const struct mb_motor *motor, double winding_c, struct mb_protection_limits *ret)
{
    if (!motor) {
        *ret = (struct mb_protection_limits){NAN, NAN, NAN, NAN, NAN, NAN, winding_c > 0 ? winding_c : NAN};
        return;
    }
    *ret = (struct mb_protection_limits){
        .voltage_v = motor->rated.voltage_v,
        .current_a = motor->rated.current_a,
        .torque_nm = motor->rated.power_w * 30 / (M_PI * fmax(motor->rated.speed_rpm, 1)),
        .rpm_per_hz = motor->rated.frequency_hz > 0 ? 120.0 / motor->rated.poles : NAN,
        .rated_rpm = motor->rated.speed_rpm,
        .speed_rpm = MB_PROTECT_SPEED * fmax(fmax(motor->rated.speed_rpm, mb_motor_synchronous_speed(motor)),
                                             motor->drive.speed_max_rpm),
        .winding_c = fmin(class_c(motor), winding_c > 0 ? winding_c : INFINITY),
    };
}

void mb_protection_begin(struct mb_protection *p, const struct mb_protection_limits *limits)
{
    *p = (struct mb_protection){.limits = *limits, .last_s = NAN, .good_rpm = NAN};
}

static double value(const struct mb_snapshot *s, enum mb_signal signal)
{
    return mb_snapshot_valid(s, signal) ? s->signal[signal].value : NAN;
}

/* What the rotor's speed is compared with: of direct current the rated one, as the voltage goes. */
static double synchronous_rpm(const struct mb_protection_limits *l, const struct mb_snapshot *s)
{
    return isnan(l->rpm_per_hz) ? l->rated_rpm * value(s, MB_SIGNAL_U) / l->voltage_v
                                : l->rpm_per_hz * value(s, MB_SIGNAL_F);
}

static bool too_much(const struct mb_snapshot *s, enum mb_signal signal, double limit, char *reason,
                     size_t size)
{
    if (!(fabs(value(s, signal)) > limit))
        return false;
    (void)snprintf(reason, size, "%s %.4g %s exceeds %.4g %s of this motor: outputs off",
                   mb_signal_name(signal), value(s, signal), mb_signal_unit(signal), limit,
                   mb_signal_unit(signal));
    return true;
}

/* Heat that a winding takes up faster than a sensor shows it. */
static bool overloaded(struct mb_protection *p, const struct mb_snapshot *s, double dt_s, char *reason,
                       size_t size)
{
    double share = value(s, MB_SIGNAL_I) / p->limits.current_a;
    double heat = share * share - MB_PROTECT_OVERLOAD_FROM * MB_PROTECT_OVERLOAD_FROM;

    if (!isfinite(heat) || !(dt_s > 0))
        return false;
    p->overload_s = fmax(0, p->overload_s + heat * dt_s);
    if (p->overload_s <= MB_PROTECT_OVERLOAD_S)
        return false;
    (void)snprintf(reason, size, "current %.1f times the rated one for too long: outputs off", share);
    return true;
}

static bool stalled(struct mb_protection *p, const struct mb_snapshot *s, char *reason, size_t size)
{
    double field_rpm = synchronous_rpm(&p->limits, s), now_s = mb_snapshot_t_s(s);

    if (!(fabs(value(s, MB_SIGNAL_N)) < MB_PROTECT_STALL_SPEED * field_rpm &&
          value(s, MB_SIGNAL_U) > MB_PROTECT_STALL_VOLTAGE * p->limits.voltage_v)) {
        p->stalled = 0;
        return false;
    }
    if (p->stalled++ == 0)
        p->stalled_s = now_s;
    if (p->stalled < MB_PROTECT_STALL_READINGS || now_s - p->stalled_s < MB_PROTECT_STALL_S)
        return false;
    (void)snprintf(reason, size,
                   "the rotor has stood for %.0f s with %.0f V and %.4g N m: stalled, outputs off",
                   now_s - p->stalled_s, value(s, MB_SIGNAL_U), value(s, MB_SIGNAL_T));
    return true;
}

/* The torque asked for is gone and the motor runs up: it drives nothing any more. */
static bool uncoupled(struct mb_protection *p, const struct mb_protection_view *view, char *reason,
                      size_t size)
{
    const struct mb_snapshot *s = view->snapshot;
    double t = value(s, MB_SIGNAL_T), n = fabs(value(s, MB_SIGNAL_N));
    double field_rpm = synchronous_rpm(&p->limits, s);

    if (!(view->torque_nm > MB_PROTECT_COUPLING_TORQUE * p->limits.torque_nm)) {
        p->uncoupled = 0;
        p->good_rpm = NAN;
        return false;
    }
    if (t > (1 - MB_PROTECT_COUPLING_TORQUE) * view->torque_nm)
        p->good_rpm = n;
    if (!(t < MB_PROTECT_COUPLING_TORQUE * view->torque_nm &&
          n > p->good_rpm + MB_PROTECT_COUPLING_SPEED * fmax(field_rpm - p->good_rpm, 0))) {
        p->uncoupled = 0;
        return false;
    }
    if (++p->uncoupled < MB_PROTECT_READINGS)
        return false;
    (void)snprintf(reason, size,
                   "%.4g of %.4g N m, and the speed rose to %.0f r/min: the coupling is lost, outputs off", t,
                   view->torque_nm, n);
    return true;
}

static bool unsupplied(struct mb_protection *p, const struct mb_protection_view *view, char *reason,
                       size_t size)
{
    double u = value(view->snapshot, MB_SIGNAL_U);

    if (!(view->voltage_v > 0.1 * p->limits.voltage_v && u < MB_PROTECT_SUPPLY * view->voltage_v)) {
        p->unsupplied = 0;
        return false;
    }
    if (++p->unsupplied < MB_PROTECT_READINGS)
        return false;
    (void)snprintf(reason, size, "%.4g of %.4g V at the motor: the supply is lost, outputs off", u,
                   view->voltage_v);
    return true;
}

/* The drive has let go of the shaft, or the motor is stronger: one of them runs where it should not. */
static bool undriven(struct mb_protection *p, const struct mb_protection_view *view, char *reason,
                     size_t size)
{
    double n = value(view->snapshot, MB_SIGNAL_N), wanted = view->driven_rpm;

    if (!(fabs(n - wanted) > fmax(MB_PROTECT_DRIVEN * fabs(wanted), MB_PROTECT_DRIVEN_RPM))) {
        p->undriven = 0;
        return false;
    }
    if (++p->undriven < MB_PROTECT_READINGS)
        return false;
    (void)snprintf(reason, size,
                   "the load machine drives at %.0f r/min and the shaft turns at %.0f: outputs off", wanted,
                   n);
    return true;
}

bool mb_protection_check(struct mb_protection *p, const struct mb_protection_view *view, char *reason,
                         size_t size)
{
    const struct mb_snapshot *s = view->snapshot;
    double now_s = mb_snapshot_t_s(s), dt_s = now_s - p->last_s;

    p->last_s = now_s;
    return too_much(s, MB_SIGNAL_WINDING, p->limits.winding_c, reason, size) ||
           too_much(s, MB_SIGNAL_N, p->limits.speed_rpm, reason, size) ||
           overloaded(p, s, dt_s, reason, size) || stalled(p, s, reason, size) ||
           uncoupled(p, view, reason, size) || unsupplied(p, view, reason, size) ||
           undriven(p, view, reason, size);
}
