/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "procedure/acquire.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "bench/supply_quality.h"
#include "document/number_json.h"

const struct mb_column mb_load_columns[] = {
    {"u_v", MB_SIGNAL_U},
    {"i_a", MB_SIGNAL_I},
    {"p1_w", MB_SIGNAL_P},
    {"t_nm", MB_SIGNAL_T},
    {"n_rpm", MB_SIGNAL_N},
    {"f_hz", MB_SIGNAL_F},
    {"s_va", MB_SIGNAL_S},
    {"main_a", MB_SIGNAL_MAIN_I},
    {"auxiliary_a", MB_SIGNAL_AUXILIARY_I},
    {"capacitor_v", MB_SIGNAL_CAPACITOR_U},
    {"excitation_supply_v", MB_SIGNAL_EXCITATION_U},
    {"excitation_a", MB_SIGNAL_EXCITATION_I},
    {0},
};
const struct mb_column mb_no_load_columns[] = {
    {"u_v", MB_SIGNAL_U},
    {"i_a", MB_SIGNAL_I},
    {"p0_w", MB_SIGNAL_P},
    {"n_rpm", MB_SIGNAL_N},
    {"f_hz", MB_SIGNAL_F},
    {"s_va", MB_SIGNAL_S},
    {0},
};

const struct mb_column mb_driven_columns[] = {
    {"u_v", MB_SIGNAL_U},
    {"i_a", MB_SIGNAL_I},
    {"t_nm", MB_SIGNAL_T},
    {"n_rpm", MB_SIGNAL_N},
    {"excitation_supply_v", MB_SIGNAL_EXCITATION_U},
    {"excitation_a", MB_SIGNAL_EXCITATION_I},
    {0},
};

/* What a reading of this kind consists of. */
static const struct mb_column *columns_of(const struct mb_acquire *a)
{
    if (a->driven)
        return mb_driven_columns;
    return a->gate_torque || a->speed_rpm > 0 ? mb_load_columns : mb_no_load_columns;
}

struct gate {
    const char *name, *what;
    double measured, allowed; /* fractions */
};

enum { GATES_MAX = 10 };

/* A supply whose rms voltage is this much above its fundamental is no sinusoidal one: a converter has been
 * left in the circuit [laboratory choice]. Where a converter is expected both are the fundamental. */
#define DISTORTION_MAX 0.01

static double mean(const struct mb_acquire *a, enum mb_signal signal)
{
    return mb_window_reading(&a->window, signal).value;
}

/* A motor of the other sense of rotation is not at its target. */
static double speed_deviation(const struct mb_acquire *a, double n_rpm)
{
    return fabs(n_rpm / a->speed_rpm - 1);
}

/* Nothing is supplied: the shaft alone counts. Of a small torque the noise is a larger part. */
static size_t list_driven_gates(const struct mb_acquire *a, const struct mb_gates *g, struct gate *gates)
{
    double fluctuation = a->fluctuation_power > 0 ? a->fluctuation_power : g->fluctuation_torque;
    size_t n = 0;

    gates[n++] = (struct gate){"speed", "deviation of speed from its target",
                               speed_deviation(a, mean(a, MB_SIGNAL_N)), g->fluctuation_speed};
    gates[n++] = (struct gate){"fluctuation_torque", "change of torque within the reading",
                               mb_window_fluctuation(&a->window, MB_SIGNAL_T), fluctuation};
    gates[n++] = (struct gate){"fluctuation_speed", "change of speed within the reading",
                               mb_window_fluctuation(&a->window, MB_SIGNAL_N), g->fluctuation_speed};
    return n;
}

/* Every gate with what was measured; a quantity that no instrument reads has NAN and breaks no gate: the
 * record shows null. */
static size_t list_gates(const struct mb_acquire *a, const struct mb_gates *g, struct gate *gates)
{
    double fluctuation_power = a->fluctuation_power > 0 ? a->fluctuation_power : g->fluctuation_power;
    double u2 =
        mb_negative_sequence_ratio(mean(a, MB_SIGNAL_U12), mean(a, MB_SIGNAL_U23), mean(a, MB_SIGNAL_U31));
    size_t n = 0;

    if (a->driven)
        return list_driven_gates(a, g, gates);
    gates[n++] = (struct gate){"voltage", "deviation of voltage from its target",
                               fabs(mean(a, MB_SIGNAL_U) / a->voltage_v - 1), g->voltage};
    gates[n++] = (struct gate){"frequency", "deviation of frequency",
                               fabs(mean(a, MB_SIGNAL_F) / a->frequency_hz - 1), g->frequency};
    gates[n++] = (struct gate){"negative_sequence", "negative sequence voltage", u2, g->negative_sequence};
    gates[n++] = (struct gate){"hvf", "harmonic voltage factor", mean(a, MB_SIGNAL_HVF), g->hvf};
    gates[n++] = (struct gate){"distortion", "rms voltage above its fundamental",
                               mean(a, MB_SIGNAL_U) / mean(a, MB_SIGNAL_U_FUNDAMENTAL) - 1, DISTORTION_MAX};
    gates[n++] = (struct gate){"fluctuation_power", "change of input power within the reading",
                               mb_window_fluctuation(&a->window, MB_SIGNAL_P), fluctuation_power};
    if (!a->gate_torque && !(a->speed_rpm > 0))
        return n;
    if (a->speed_rpm > 0)
        gates[n++] = (struct gate){"speed", "deviation of speed from its target",
                                   speed_deviation(a, mean(a, MB_SIGNAL_N)), g->fluctuation_speed};
    if (a->gate_torque)
        gates[n++] = (struct gate){"torque", "deviation of torque from its target",
                                   fabs(mean(a, MB_SIGNAL_T) / a->torque_nm - 1), g->torque};
    gates[n++] = (struct gate){"fluctuation_torque", "change of torque within the reading",
                               mb_window_fluctuation(&a->window, MB_SIGNAL_T), g->fluctuation_torque};
    gates[n++] = (struct gate){"fluctuation_speed", "change of speed within the reading",
                               mb_window_fluctuation(&a->window, MB_SIGNAL_N), g->fluctuation_speed};
    return n;
}

int mb_acquire_begin(struct mb_acquire *a, struct mb_step *step, double voltage_v, double torque_nm)
{
    *a = (struct mb_acquire){
        .voltage_v = voltage_v,
        .torque_nm = torque_nm,
        .frequency_hz = step->data->motor->rated.frequency_hz,
        .gate_torque = torque_nm > 0,
        .field_supply = !isnan(step->data->motor->rated.excitation_a),
        .fluctuation_power = a->fluctuation_power,
        .begun_s = step_now_s(step),
        .settled_s = NAN,
    };
    return step->services->set_targets(step->userdata, voltage_v, torque_nm);
}

enum mb_step_result mb_acquire_heating_load(struct mb_acquire *a, struct mb_step *step)
{
    struct step_load load = step_heating(step);

    return mb_acquire_begin(a, step, load.voltage_v, load.torque_nm) < 0 ? step_heating_fault(step)
                                                                         : MB_STEP_GOES_ON;
}

int mb_acquire_hold_speed(struct mb_acquire *a, struct mb_step *step, double speed_rpm)
{
    a->speed_rpm = speed_rpm;
    a->gate_torque = false;
    return step->services->set_load_speed(step->userdata, speed_rpm);
}

int mb_acquire_drive(struct mb_acquire *a, struct mb_step *step, double speed_rpm)
{
    a->speed_rpm = speed_rpm;
    a->gate_torque = false;
    a->driven = true;
    return step->services->drive(step->userdata, speed_rpm);
}

static void start_again(struct mb_acquire *a)
{
    mb_window_clear(&a->window);
    a->settled_s = NAN;
}

/* A window begins only when the loops have nearly stopped correcting: within a share of the gate [laboratory
 * choice]. */
#define SETTLED_SHARE 0.25

/* Once settled the set points rest, through the dwell and the reading: the last correction takes effect
 * within the dwell, or begins it again. A loop at the end of its actuator's resolution would go on correcting
 * for ever. */
static bool stands(struct mb_acquire *a, struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct mb_gates *g = step->data->gates;
    double now = mb_snapshot_t_s(snapshot);

    if (!step->services->settled(step->userdata, SETTLED_SHARE * g->voltage, SETTLED_SHARE * g->torque) ||
        (a->speed_rpm > 0 &&
         !(speed_deviation(a, step_value(snapshot, MB_SIGNAL_N)) <= g->fluctuation_speed))) {
        a->settled_s = NAN;
        step->services->hold(step->userdata, false);
        if (a->driven)
            step_waiting(step, "driving at %.1f r/min (now %.1f r/min)", a->speed_rpm,
                         snapshot->signal[MB_SIGNAL_N].value);
        else
            step_waiting(step, "regulating to %.1f V and %.2f N m (now %.1f V, %.2f N m)", a->voltage_v,
                         a->torque_nm, snapshot->signal[MB_SIGNAL_U].value,
                         snapshot->signal[MB_SIGNAL_T].value);
        return false;
    }
    if (isnan(a->settled_s))
        a->settled_s = now;
    step->services->hold(step->userdata, true);
    return now - a->settled_s >= g->dwell_s;
}

/* An idle supply of the bench is none of a motor's without a separate field. */
static bool belongs(const struct mb_acquire *a, enum mb_signal signal)
{
    return a->field_supply || (signal != MB_SIGNAL_EXCITATION_U && signal != MB_SIGNAL_EXCITATION_I);
}

/* What an analyser need not have: apparent power, the windings of a single-phase motor, a separate
 * excitation; and what direct current has not. */
static bool may_lack(const struct mb_acquire *a, enum mb_signal signal)
{
    return signal == MB_SIGNAL_S || signal == MB_SIGNAL_MAIN_I || signal == MB_SIGNAL_AUXILIARY_I ||
           signal == MB_SIGNAL_CAPACITOR_U || signal == MB_SIGNAL_EXCITATION_U ||
           signal == MB_SIGNAL_EXCITATION_I || (signal == MB_SIGNAL_F && a->frequency_hz <= 0);
}

/* The first signal of the columns that had a bad sample, or -1. */
static int bad_signal(const struct mb_acquire *a, const struct mb_column *columns)
{
    for (const struct mb_column *c = columns; c->name; c++) {
        enum mb_validity v = mb_window_reading(&a->window, c->signal).validity;

        if (belongs(a, c->signal) && v != MB_VALID && !(v == MB_NO_DATA && may_lack(a, c->signal)))
            return (int)c->signal;
    }
    return -1;
}

static json_t *broken_gates(const struct mb_acquire *a, const struct mb_gates *g)
{
    struct gate gates[GATES_MAX];
    size_t n = list_gates(a, g, gates);
    json_t *reasons = json_array();
    char text[160];
    int bad = bad_signal(a, columns_of(a));

    if (bad >= 0) {
        (void)snprintf(text, sizeof text, "%s: %s", mb_signal_name((enum mb_signal)bad),
                       mb_validity_name(mb_window_reading(&a->window, (enum mb_signal)bad).validity));
        (void)json_array_append_new(reasons, json_string(text));
    }
    for (size_t i = 0; i < n; i++) {
        if (!(gates[i].measured > gates[i].allowed))
            continue;
        (void)snprintf(text, sizeof text, "%s %.3g %%, allowed %.3g %%", gates[i].what,
                       100 * gates[i].measured, 100 * gates[i].allowed);
        (void)json_array_append_new(reasons, json_string(text));
    }
    return reasons;
}

enum mb_acquire_result mb_acquire_reject(struct mb_acquire *a, struct mb_step *step, const char *store,
                                         int index, const struct mb_column *columns, json_t *reasons,
                                         enum mb_step_result *ret_result)
{
    json_t *rest = mb_acquire_rest(a, columns);
    const char *first = json_string_value(json_array_get(reasons, 0));
    char why[160];

    (void)snprintf(why, sizeof why, "%s", first ? first : "");
    (void)json_object_set_new(rest, "reasons", reasons);
    *ret_result = step_record(step, "rejected", store, index, mb_acquire_values(a, columns), rest);
    if (*ret_result != MB_STEP_GOES_ON)
        return MB_ACQUIRE_ENDED;
    step_event(step, "repeat", "reading repeated: %s", why);
    if (++a->attempt > step->data->gates->repeats) {
        *ret_result = step_invalid(step, "%s: %d readings were outside a gate, the last because %s",
                                   step->plan->title, a->attempt, why);
        return MB_ACQUIRE_ENDED;
    }
    a->begun_s = step_now_s(step);
    start_again(a);
    return MB_ACQUIRE_REJECTED;
}

enum mb_acquire_result mb_acquire_tick(struct mb_acquire *a, struct mb_step *step,
                                       const struct mb_snapshot *snapshot, const char *store, int index,
                                       enum mb_step_result *ret_result)
{
    const struct mb_gates *g = step->data->gates;
    json_t *reasons;

    if (a->window.samples == 0 && !stands(a, step, snapshot)) {
        if (mb_snapshot_t_s(snapshot) - a->begun_s <= g->settle_timeout_s)
            return MB_ACQUIRE_BUSY;
        *ret_result = step_invalid(step, "%s: %.1f V and %.2f N m could not be held within %.0f s",
                                   step->plan->title, a->voltage_v, a->torque_nm, g->settle_timeout_s);
        return MB_ACQUIRE_ENDED;
    }
    step_waiting(step, "%s", "");
    mb_window_add(&a->window, snapshot);
    if (mb_window_length_s(&a->window) < g->window_s || a->window.samples < (size_t)g->minimum_samples)
        return MB_ACQUIRE_BUSY;
    step->services->hold(step->userdata, false);
    reasons = broken_gates(a, g);
    if (json_array_size(reasons) > 0)
        return mb_acquire_reject(a, step, store, index, columns_of(a), reasons, ret_result);
    json_decref(reasons);
    return MB_ACQUIRE_TAKEN;
}

json_t *mb_acquire_values(const struct mb_acquire *a, const struct mb_column *columns)
{
    json_t *values = json_object();

    for (const struct mb_column *c = columns; c->name; c++) {
        struct mb_reading r = mb_window_reading(&a->window, c->signal);

        if (isfinite(r.value) && belongs(a, c->signal))
            (void)json_object_set_new(values, c->name, json_real(r.value));
    }
    return values;
}

json_t *mb_acquire_rest(const struct mb_acquire *a, const struct mb_column *columns)
{
    static const struct mb_gates open_gates; /* only what was measured is of interest here */
    json_t *uncertainty = json_object(), *gates = json_object();
    struct gate list[GATES_MAX];
    size_t n = list_gates(a, &open_gates, list);

    for (const struct mb_column *c = columns; c->name; c++) {
        struct mb_reading r = mb_window_reading(&a->window, c->signal);

        if (r.validity == MB_VALID && belongs(a, c->signal))
            (void)json_object_set_new(uncertainty, c->name, mb_json_number(r.standard_uncertainty));
    }
    for (size_t i = 0; i < n; i++)
        (void)json_object_set_new(gates, list[i].name, mb_json_number(list[i].measured));
    return json_pack("{s:o, s:o, s:f, s:i, s:i}", "uncertainty", uncertainty, "gates", gates, "window_s",
                     mb_window_length_s(&a->window), "samples", (int)a->window.samples, "attempt",
                     a->attempt + 1);
}
