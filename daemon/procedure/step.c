/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "procedure/step.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

double step_now_s(const struct mb_step *step)
{
    return step->services->now_s(step->userdata);
}

static void set_reason(struct mb_step *step, const char *format, va_list ap)
{
    (void)vsnprintf(step->reason, sizeof step->reason, format, ap);
}

enum mb_step_result step_invalid(struct mb_step *step, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    set_reason(step, format, ap);
    va_end(ap);
    return MB_STEP_INVALID;
}

enum mb_step_result step_fault(struct mb_step *step, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    set_reason(step, format, ap);
    va_end(ap);
    return MB_STEP_FAULT;
}

void step_waiting(struct mb_step *step, const char *format, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    step->services->waiting(step->userdata, text);
}

void step_event(struct mb_step *step, const char *type, const char *format, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    step->services->event(step->userdata, type, text);
}

enum mb_step_result step_record(struct mb_step *step, const char *type, const char *store, int index,
                                json_t *values, json_t *rest)
{
    json_t *payload = json_pack("{s:s, s:s, s:i, s:o}", "store", store, "step", step->plan->id, "index",
                                index, "values", values);
    int r;

    if (payload && rest)
        (void)json_object_update(payload, rest);
    json_decref(rest);
    if (!payload)
        return step_fault(step, "out of memory");
    r = step->services->record(step->userdata, type, payload);
    return r < 0 ? step_fault(step, "the record cannot be written: %s", strerror(-r)) : MB_STEP_GOES_ON;
}

enum mb_step_result step_measure(struct mb_step *step, enum mb_bench_mode mode)
{
    return step->services->measure(step->userdata, mode) < 0
               ? step_fault(step, "the %s cannot be read", mode == MB_BENCH_REST ? "ohmmeter" : "bench")
               : MB_STEP_GOES_ON;
}

void step_switch_off(struct mb_step *step)
{
    step->data->switched_off_s = step_now_s(step);
    step->services->make_safe(step->userdata);
}

enum mb_step_result step_switch_on(struct mb_step *step, bool *on, double frequency_hz, double voltage_v)
{
    const struct mb_motor_rated *rated = &step->data->motor->rated;
    double percent = step->data->excitation_percent > 0 ? step->data->excitation_percent : 100;
    enum mb_step_result r = MB_STEP_GOES_ON;

    if (*on || !step->services->is_safe(step->userdata))
        return MB_STEP_GOES_ON;
    if (rated->frequency_hz <= 0 && !isnan(rated->excitation_a))
        r = step_excite(step, percent);
    if (r != MB_STEP_GOES_ON)
        return r;
    if (step->services->energise(step->userdata, frequency_hz) < 0)
        return step_fault(step, "the bench refused to switch on");
    if (step->services->set_targets(step->userdata, voltage_v, 0) < 0)
        return step_fault(step, "voltage %.0f V is beyond the limits of this bench", voltage_v);
    *on = true;
    return MB_STEP_GOES_ON;
}

enum mb_step_result step_excite(struct mb_step *step, double percent)
{
    double rated_a = step->data->motor->rated.excitation_a;
    int r = isnan(rated_a) ? 0 : step->services->set_excitation(step->userdata, rated_a * percent / 100);

    if (isnan(rated_a))
        return step_invalid(step, "%s needs the motor file's rated.excitation_a", step->plan->title);
    if (r == -ENOTSUP)
        return step_invalid(step, "%s: no instrument of this bench has the role excitation",
                            step->plan->title);
    if (r < 0)
        return step_fault(step, "%s: an excitation of %.4g A is beyond the limits of this bench",
                          step->plan->title, rated_a * percent / 100);
    return MB_STEP_GOES_ON;
}

struct step_load step_heating(const struct mb_step *step)
{
    const struct mb_run_data *data = step->data;

    return data->heating_v > 0 ? (struct step_load){data->heating_v, data->heating_nm}
                               : (struct step_load){data->motor->rated.voltage_v, data->rated_torque_nm};
}

enum mb_step_result step_heating_fault(struct mb_step *step)
{
    struct step_load load = step_heating(step);

    return step_fault(step, "a load of %.1f N m at %.1f V is beyond the limits of this bench", load.torque_nm,
                      load.voltage_v);
}

enum mb_step_result step_heating_load(struct mb_step *step)
{
    struct step_load load = step_heating(step);

    return step->services->set_targets(step->userdata, load.voltage_v, load.torque_nm) < 0
               ? step_heating_fault(step)
               : MB_STEP_GOES_ON;
}

double step_value(const struct mb_snapshot *snapshot, enum mb_signal signal)
{
    return mb_snapshot_valid(snapshot, signal) ? snapshot->signal[signal].value : NAN;
}

/* Of the voltage asked for, in a procedure without gates of its own: 1 % or better for noise [V:32]. */
#define USUAL_TOLERANCE 0.01

enum mb_step_result step_run_up(struct mb_step *step, const struct mb_snapshot *snapshot,
                                const struct step_run_up *wanted, bool *up)
{
    const struct mb_motor *motor = step->data->motor;
    double rated_hz = motor->rated.frequency_hz, gate = step->data->gates->voltage;
    double synchronous_rpm =
        mb_motor_synchronous_speed(motor) * (rated_hz > 0 ? wanted->frequency_hz / rated_hz : 1);
    double wanted_rpm = wanted->share * synchronous_rpm, n_rpm = step_value(snapshot, MB_SIGNAL_N);

    if (n_rpm < -0.2 * synchronous_rpm)
        return step_invalid(step, "the motor turns the wrong way: %.0f r/min", n_rpm);
    *up =
        n_rpm >= wanted_rpm && step->services->settled(step->userdata, gate > 0 ? gate : USUAL_TOLERANCE, 1);
    if (*up) {
        step_waiting(step, "%s", "");
        return MB_STEP_GOES_ON;
    }
    step_waiting(step, "starting: %.0f V, %.0f r/min", snapshot->signal[MB_SIGNAL_U].value,
                 snapshot->signal[MB_SIGNAL_N].value);
    if (step_now_s(step) - wanted->since_s > wanted->timeout_s)
        return step_invalid(step, "the motor did not reach %.0f r/min at %.0f Hz within %.0f s%s", wanted_rpm,
                            wanted->frequency_hz, wanted->timeout_s, rated_hz > 0 ? "" : " (direct current)");
    return MB_STEP_GOES_ON;
}

double step_frequency_percent(const struct mb_motor *motor, double speed_percent, double torque_percent)
{
    double synchronous_rpm = mb_motor_synchronous_speed(motor);
    double slip_rpm = synchronous_rpm - motor->rated.speed_rpm;

    return (speed_percent * motor->rated.speed_rpm + torque_percent * slip_rpm) / synchronous_rpm;
}

#define UP_SHARE 0.9 /* of synchronous speed: from here on the motor has run up */

enum mb_step_result step_to_frequency(struct mb_step *step, const struct mb_snapshot *snapshot,
                                      struct step_frequency *now, const struct step_source *wanted)
{
    double share = wanted->frequency_hz / step->data->motor->rated.frequency_hz;
    double highest_rpm = share * mb_motor_synchronous_speed(step->data->motor);
    double n_rpm = step_value(snapshot, MB_SIGNAL_N);

    if (now->on && wanted->frequency_hz != now->frequency_hz) {
        step_switch_off(step);
        now->on = false;
    }
    if (now->on && now->up)
        return MB_STEP_GOES_ON;
    if (now->on)
        return step_run_up(
            step, snapshot,
            &(struct step_run_up){wanted->frequency_hz, UP_SHARE, now->on_s, wanted->timeout_s}, &now->up);
    now->up = false;
    now->frequency_hz = wanted->frequency_hz;
    now->on_s = step_now_s(step);
    if (n_rpm > highest_rpm) {
        step_waiting(step, "the motor runs down to %.0f r/min: %.0f r/min", highest_rpm, n_rpm);
        return MB_STEP_GOES_ON;
    }
    return step_switch_on(step, &now->on, wanted->frequency_hz, wanted->voltage_v);
}

bool step_may_approach(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    double n_rpm = step_value(snapshot, MB_SIGNAL_N);

    if (!step->services->is_safe(step->userdata))
        return false;
    if (fabs(n_rpm) <= MB_SHAFT_STANDING_SHARE * mb_motor_synchronous_speed(step->data->motor))
        return true;
    if (isnan(n_rpm))
        step_waiting(step, "whether the shaft still turns cannot be read (speed: %s)",
                     mb_validity_name(snapshot->signal[MB_SIGNAL_N].validity));
    else
        step_waiting(step, "the shaft still turns with %.0f r/min", n_rpm);
    return false;
}
