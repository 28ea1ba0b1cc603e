/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `stray-test`: the additional load loss measured by itself (procedures A1.8, 2-1-1F): at the supply's
 * frequency with the rotor out, and with the rotor driven at synchronous speed against the field. The voltage
 * is low and only the current counts: the set point that drives each current is found from the reading
 * before. Going backwards the friction is read first, at the speed of the points and without voltage. */
#include <errno.h>
#include <math.h>

#include "procedure/acquire.h"
#include "procedure/curve.h"
#include "procedure/kinds.h"

/* All [laboratory choice]. The gate of the voltage is that of rated points: at some ten volts a source has
 * not the digits for it. */
#define VOLTAGE_NEAR 0.02
#define VOLTAGE_MOVES 0.03 /* within a reading */
#define CURRENT_NEAR 0.03
#define CURRENT_STEP_MAX 3 /* times the voltage, from one reading to the next */

enum rotor { REMOVED, REVERSED };
enum phase { SWITCH_ON, FRICTION, POINTS };

struct params {
    struct mb_curve_params currents; /* first member: percent of rated current */
    int rotor;                       /* enum rotor */
    double first_percent;            /* of rated voltage: where the search begins */
    double point_max_s;
};

struct state {
    enum phase phase;
    bool on;
    size_t index;
    double begun_s, settled_s; /* of this set point; NAN: it does not stand yet */
    double friction_w;         /* of the driven shaft */
    struct mb_acquire acquire; /* target and window of the present reading */
};

static const char *const rotors[] = {"removed", "reversed", NULL}; /* enum rotor */
static const struct mb_field fields[] = {
    {"points_percent", MB_FIELD_NODE, offsetof(struct params, currents.points), .required = true},
    {"rotor", MB_FIELD_CHOICE, offsetof(struct params, rotor), .required = true, .choices = rotors},
    {"first_percent", MB_FIELD_NUMBER, offsetof(struct params, first_percent), .minimum = 0.5, .maximum = 30},
    {"point_max_s", MB_FIELD_NUMBER, offsetof(struct params, point_max_s), .minimum = 10, .maximum = 600},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.first_percent = 4, .point_max_s = 120};
}

static int check(const struct mb_node *with, void *params, struct mb_error *err)
{
    return mb_curve_check(with, &((struct params *)params)->currents, err);
}

static bool is_reversed(const struct mb_step *step)
{
    return ((const struct params *)step->plan->params)->rotor == REVERSED;
}

static enum mb_step_result begin(struct mb_step *step)
{
    step_switch_off(step);
    return step_measure(step, MB_BENCH_RUNNING);
}

/* Line to line; 0: the friction of the driven shaft. */
static enum mb_step_result set_voltage(struct mb_step *step, double voltage_v)
{
    double synchronous_rpm = mb_motor_synchronous_speed(step->data->motor);
    struct state *s = step->state;
    int r;

    s->acquire = (struct mb_acquire){.voltage_v = voltage_v,
                                     .frequency_hz = step->data->motor->rated.frequency_hz,
                                     .attempt = s->acquire.attempt};
    s->settled_s = NAN;
    if (step->services->set_targets(step->userdata, voltage_v, 0) < 0)
        return step_fault(step, "%.0f V is beyond the limits of this bench", voltage_v);
    r = is_reversed(step) ? step->services->drive(step->userdata, -synchronous_rpm) : 0;
    if (r == -ENOTSUP)
        return step_invalid(step, "%s: the load machine of this bench does not drive", step->plan->title);
    return r < 0
               ? step_fault(step, "%.0f r/min backwards are beyond the limits of this bench", synchronous_rpm)
               : MB_STEP_GOES_ON;
}

static enum mb_step_result begin_point(struct mb_step *step, double voltage_v)
{
    struct state *s = step->state;

    s->phase = POINTS;
    s->begun_s = step_now_s(step);
    s->acquire.attempt = 0;
    return set_voltage(step, voltage_v);
}

static double first_voltage_v(const struct mb_step *step)
{
    return step->data->motor->rated.voltage_v * ((const struct params *)step->plan->params)->first_percent /
           100;
}

static enum mb_step_result switch_on(struct mb_step *step)
{
    struct state *s = step->state;
    enum mb_step_result r = step_switch_on(step, &s->on, step->data->motor->rated.frequency_hz, 0);

    if (r != MB_STEP_GOES_ON || !s->on)
        return r;
    if (!is_reversed(step))
        return begin_point(step, first_voltage_v(step));
    s->phase = FRICTION;
    s->begun_s = step_now_s(step);
    return set_voltage(step, 0);
}

/* true: the window is full, and nothing moved in it. The set points rest meanwhile. */
static bool read_window(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct mb_gates *g = step->data->gates;
    struct state *s = step->state;
    struct mb_window *w = &s->acquire.window;

    if (isnan(s->settled_s)) {
        if (!step->services->settled(step->userdata, VOLTAGE_NEAR, 1)) {
            step_waiting(step, "regulating to %.1f V (now %.1f V, %.0f r/min)", s->acquire.voltage_v,
                         step_value(snapshot, MB_SIGNAL_U), step_value(snapshot, MB_SIGNAL_N));
            return false;
        }
        s->settled_s = step_now_s(step);
        step->services->hold(step->userdata, true);
        step_waiting(step, "%s", "");
    }
    if (step_now_s(step) - s->settled_s < g->dwell_s)
        return false;
    mb_window_add(w, snapshot);
    if (s->acquire.voltage_v > 0 && mb_window_fluctuation(w, MB_SIGNAL_U) > VOLTAGE_MOVES)
        mb_window_clear(w);
    return mb_window_length_s(w) >= g->window_s && w->samples >= (size_t)g->minimum_samples;
}

static double mean(const struct state *s, enum mb_signal signal)
{
    return mb_window_reading(&s->acquire.window, signal).value;
}

/* What the load machine gives to the shaft: torque and speed are opposed to each other, however a transducer
 * counts its signs. */
static double shaft_w(const struct state *s)
{
    return fabs(mean(s, MB_SIGNAL_T) * mean(s, MB_SIGNAL_N)) * M_PI / 30;
}

/* Why the reading does not count; NULL: it does. */
static const char *broken(const struct mb_step *step)
{
    const struct mb_gates *g = step->data->gates;
    const struct state *s = step->state;
    const struct mb_window *w = &s->acquire.window;
    static const enum mb_signal wanted[] = {MB_SIGNAL_U, MB_SIGNAL_I, MB_SIGNAL_P, MB_SIGNAL_T, MB_SIGNAL_N};

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (mb_window_reading(w, wanted[i]).validity != MB_VALID)
            return "a sample was not valid";
    if (s->acquire.voltage_v > 0 && mb_window_fluctuation(w, MB_SIGNAL_P) > g->fluctuation_power)
        return "the input power changed within it";
    if (is_reversed(step) && mb_window_fluctuation(w, MB_SIGNAL_N) > g->fluctuation_speed)
        return "the speed changed within it";
    return NULL;
}

/* Recorded with its reason and taken again. */
static enum mb_step_result reject(struct mb_step *step, const char *store, const struct mb_column *columns,
                                  const char *why)
{
    struct state *s = step->state;
    enum mb_step_result r;

    if (mb_acquire_reject(&s->acquire, step, store, (int)s->index, columns, json_pack("[s]", why), &r) ==
        MB_ACQUIRE_REJECTED)
        s->begun_s = step_now_s(step);
    return r;
}

static enum mb_step_result store(struct mb_step *step, const char *name, const struct mb_column *columns)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    json_t *values = mb_acquire_values(&s->acquire, columns), *rest = mb_acquire_rest(&s->acquire, columns);
    double u_v = mean(s, MB_SIGNAL_U), i_a = mean(s, MB_SIGNAL_I), p_w = mean(s, MB_SIGNAL_P);
    struct mb_reading winding = mb_window_reading(&s->acquire.window, MB_SIGNAL_WINDING);
    enum mb_step_result r;

    if (winding.validity == MB_VALID) /* its resistance is not that of the test */
        (void)json_object_set_new(values, "winding_c", json_real(winding.value));
    if (is_reversed(step)) {
        (void)json_object_update_new(
            values, json_pack("{s:f, s:f}", "shaft_w", shaft_w(s), "shaft_friction_w", s->friction_w));
        (void)json_object_update_new(
            rest, json_pack("{s:f, s:f}", "t_nm", mean(s, MB_SIGNAL_T), "n_rpm", mean(s, MB_SIGNAL_N)));
    }
    r = step_record(step, "reading", name, (int)s->index, values, rest);
    if (r != MB_STEP_GOES_ON)
        return r;
    step_event(step, "reading", "%s %.0f %%: %.2f V, %.4g A, %.1f W", name, p->currents.percent[s->index],
               u_v, i_a, p_w);
    step->services->progress(step->userdata, (double)++s->index / (double)p->currents.count);
    if (s->index < p->currents.count)
        return begin_point(step, u_v * p->currents.percent[s->index] / p->currents.percent[s->index - 1]);
    step_switch_off(step);
    return MB_STEP_DONE;
}

static enum mb_step_result take_friction(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    static const struct mb_column columns[] = {{"t_nm", MB_SIGNAL_T}, {"n_rpm", MB_SIGNAL_N}, {0}};
    struct state *s = step->state;
    const char *why;

    if (!read_window(step, snapshot))
        return MB_STEP_GOES_ON;
    why = broken(step);
    if (why)
        return reject(step, "reverse_rotation.friction", columns, why);
    s->friction_w = shaft_w(s);
    step_event(step, "note", "friction of the driven shaft: %.1f W", s->friction_w);
    return begin_point(step, first_voltage_v(step));
}

static enum mb_step_result take_point(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    static const struct mb_column columns[] = {
        {"u_v", MB_SIGNAL_U}, {"i_a", MB_SIGNAL_I}, {"p1_w", MB_SIGNAL_P}, {0}};
    const char *name = is_reversed(step) ? "reverse_rotation.points" : "removed_rotor.points", *why;
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double wanted_a = p->currents.percent[s->index] / 100 * step->data->motor->rated.current_a, share;

    if (!read_window(step, snapshot))
        return MB_STEP_GOES_ON;
    why = broken(step);
    if (why)
        return reject(step, name, columns, why);
    share = wanted_a / mean(s, MB_SIGNAL_I);
    if (fabs(share - 1) <= CURRENT_NEAR)
        return store(step, name, columns);
    return set_voltage(step, mean(s, MB_SIGNAL_U) * fmin(share, CURRENT_STEP_MAX));
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    if (s->phase == SWITCH_ON)
        return switch_on(step);
    if (s->phase == FRICTION && step_now_s(step) - s->begun_s > step->data->gates->settle_timeout_s)
        return step_invalid(step, "%s: the shaft was not at its speed within %.0f s", step->plan->title,
                            step->data->gates->settle_timeout_s);
    if (s->phase == POINTS && step_now_s(step) - s->begun_s > p->point_max_s)
        return step_invalid(step, "%s: %.0f %% of rated current could not be read within %.0f s",
                            step->plan->title, p->currents.percent[s->index], p->point_max_s);
    return s->phase == FRICTION ? take_friction(step, snapshot) : take_point(step, snapshot);
}

const struct mb_step_kind mb_step_stray_test = {
    .name = "stray-test",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .check = check,
    .begin = begin,
    .tick = tick,
};
