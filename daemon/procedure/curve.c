/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "procedure/curve.h"

#include <errno.h>
#include <stdlib.h>

const struct mb_field mb_curve_fields[] = {
    {"points_percent", MB_FIELD_NODE, offsetof(struct mb_curve_params, points), .required = true},
    {"fluctuation_power_percent", MB_FIELD_NUMBER,
     offsetof(struct mb_curve_params, fluctuation_power_percent), .maximum = 20},
    {"store", MB_FIELD_STRING, offsetof(struct mb_curve_params, store)},
    {0},
};

void mb_curve_free_params(void *params)
{
    free(((struct mb_curve_params *)params)->store);
}

int mb_curve_check(const struct mb_node *with, void *params, struct mb_error *err)
{
    struct mb_curve_params *p = params;
    int r = 0;

    if (p->points->kind != MB_NODE_LIST || p->points->count == 0 || p->points->count > MB_CURVE_POINTS_MAX)
        return mb_node_error(with, err, "points_percent: a list of 1 to %d numbers is expected",
                             MB_CURVE_POINTS_MAX);
    for (size_t i = 0; r == 0 && i < p->points->count; i++) {
        r = mb_node_number(&p->points->items[i], 1, 200, &p->percent[i], err);
        if (r == 0 && i > 0 && p->percent[i] >= p->percent[i - 1])
            r = mb_node_error(&p->points->items[i], err, "points go from the highest down: %g after %g",
                              p->percent[i], p->percent[i - 1]);
    }
    p->count = p->points->count;
    p->points = NULL;
    return r;
}

static enum mb_step_result begin_point(const struct mb_curve *curve, struct mb_step *step,
                                       struct mb_curve_state *s)
{
    struct mb_curve_target t = {0};
    int r;

    curve->target(step, s->index, &t);
    s->acquire.fluctuation_power = curve->fluctuation_power_percent / 100;
    s->begun = true;
    r = mb_acquire_begin(&s->acquire, step, t.voltage_v, t.torque_nm);
    s->acquire.frequency_hz = t.frequency_hz;
    if (r == 0 && t.speed_rpm > 0)
        r = mb_acquire_hold_speed(&s->acquire, step, t.speed_rpm);
    if (r == 0 && t.driven_rpm > 0)
        r = mb_acquire_drive(&s->acquire, step, t.driven_rpm);
    if (r == -ENOTSUP)
        return step_invalid(step, "%s: the load machine of this bench cannot hold a speed",
                            step->plan->title);
    if (r < 0)
        return step_fault(step, "%s: %.1f V and %.2f N m are beyond the limits of this bench",
                          step->plan->title, t.voltage_v, t.torque_nm);
    return MB_STEP_GOES_ON;
}

/* Procedures A1.4: with a winding sensor each point has the resistance of its own temperature. Only the
 * sensor's change counts since the resistance before the curve, so where it lies and its offset do not. The
 * reading keeps the temperature. */
static void add_resistance(const struct mb_acquire *a, const struct mb_step *step, json_t *values,
                           json_t *rest)
{
    const struct mb_run_data *data = step->data;
    double k = mb_motor_conductor_k(data->motor);
    struct mb_reading winding = mb_window_reading(&a->window, MB_SIGNAL_WINDING);

    if (!(data->load_before_ohm > 0) || winding.validity != MB_VALID)
        return;
    (void)json_object_set_new(
        values, "r_ohm", json_real(data->load_before_ohm * (k + winding.value) / (k + data->load_before_c)));
    (void)json_object_set_new(rest, "winding_c", json_real(winding.value));
}

static void tell(const struct mb_curve *curve, struct mb_step *step, const struct mb_curve_state *s)
{
    const struct mb_window *w = &s->acquire.window;
    struct mb_curve_target t = {0};
    char point[48];

    curve->target(step, s->index, &t);
    if (t.percent > 0)
        (void)snprintf(point, sizeof point, "%.0f %%", t.percent);
    else
        (void)snprintf(point, sizeof point, "%zu of %zu", s->index + 1, curve->count);
    step_event(step, "reading", "%s %s: %.2f V, %.4g A, %.1f W", curve->store, point,
               mb_window_reading(w, MB_SIGNAL_U).value, mb_window_reading(w, MB_SIGNAL_I).value,
               mb_window_reading(w, MB_SIGNAL_P).value);
}

static enum mb_step_result store_point(const struct mb_curve *curve, struct mb_step *step,
                                       struct mb_curve_state *s)
{
    json_t *values = mb_acquire_values(&s->acquire, curve->columns);
    json_t *rest = mb_acquire_rest(&s->acquire, curve->columns);
    enum mb_step_result r;

    if (curve->name)
        curve->name(step, s->index, values);
    if (curve->with_resistance)
        add_resistance(&s->acquire, step, values, rest);
    r = step_record(step, "reading", curve->store, (int)s->index, values, rest);
    if (r != MB_STEP_GOES_ON)
        return r;
    tell(curve, step, s);
    s->begun = false;
    s->index++;
    step->services->progress(step->userdata, (double)s->index / (double)curve->count);
    return s->index == curve->count ? MB_STEP_DONE : MB_STEP_GOES_ON;
}

enum mb_step_result mb_curve_tick(const struct mb_curve *curve, struct mb_step *step,
                                  struct mb_curve_state *s, const struct mb_snapshot *snapshot)
{
    enum mb_step_result result = MB_STEP_GOES_ON;

    if (!s->begun)
        return begin_point(curve, step, s);
    switch (mb_acquire_tick(&s->acquire, step, snapshot, curve->store, (int)s->index, &result)) {
    case MB_ACQUIRE_TAKEN:
        return store_point(curve, step, s);
    case MB_ACQUIRE_ENDED:
        return result;
    case MB_ACQUIRE_BUSY:
    case MB_ACQUIRE_REJECTED:
        break;
    }
    return MB_STEP_GOES_ON;
}
