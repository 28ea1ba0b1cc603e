/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `back-emf`: the load machine turns the motor at synchronous speed, its terminals open: the voltage of its
 * magnets. A bench whose load machine does not drive says so in the record, and the test goes on. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "bench/window.h"
#include "document/number_json.h"
#include "procedure/kinds.h"

struct params {
    double speed_percent; /* of synchronous speed */
    double window_s, timeout_s;
};

struct state {
    bool on;
    double begun_s;
    struct mb_window window;
};

static const struct mb_field fields[] = {
    {"speed_percent", MB_FIELD_NUMBER, offsetof(struct params, speed_percent), .minimum = 10, .maximum = 110},
    {"window_s", MB_FIELD_NUMBER, offsetof(struct params, window_s), .minimum = 0.5, .maximum = 60},
    {"timeout_s", MB_FIELD_NUMBER, offsetof(struct params, timeout_s), .minimum = 1, .maximum = 600},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.speed_percent = 100, .window_s = 3, .timeout_s = 120};
}

static enum mb_step_result begin(struct mb_step *step)
{
    struct state *s = step->state;

    s->begun_s = step_now_s(step);
    step_switch_off(step);
    return step_measure(step, MB_BENCH_RUNNING);
}

static enum mb_step_result finish(struct mb_step *step, json_t *values, const char *type, const char *text)
{
    enum mb_step_result r = step_record(step, "reading", "rating/back-emf", 0, values, NULL);

    if (r != MB_STEP_GOES_ON)
        return r;
    step_event(step, type, "back-EMF: %s", text);
    return MB_STEP_DONE;
}

static enum mb_step_result turn(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    double speed_rpm = mb_motor_synchronous_speed(step->data->motor) * p->speed_percent / 100;
    static const char no_drive[] = "the load machine of this bench does not drive";
    struct state *s = step->state;
    int r;

    if (!step->services->is_safe(step->userdata))
        return MB_STEP_GOES_ON;
    r = step->services->energise_load(step->userdata);
    if (r == -ENOTSUP)
        return finish(step, json_pack("{s:s}", "reason", no_drive), "note", no_drive);
    if (r < 0)
        return step_fault(step, "the bench refused to switch on");
    s->on = true;
    if (step->services->drive(step->userdata, speed_rpm) < 0)
        return step_fault(step, "%.0f r/min are beyond the limits of this bench", speed_rpm);
    step_waiting(step, "driven to %.0f r/min with open terminals", speed_rpm);
    return MB_STEP_GOES_ON;
}

static json_t *values_of(const struct mb_window *w)
{
    static const struct {
        const char *name;
        enum mb_signal signal;
    } columns[] = {{"u_v", MB_SIGNAL_U},
                   {"u12_v", MB_SIGNAL_U12},
                   {"u23_v", MB_SIGNAL_U23},
                   {"u31_v", MB_SIGNAL_U31},
                   {"n_rpm", MB_SIGNAL_N},
                   {"t_nm", MB_SIGNAL_T},
                   {"coolant_c", MB_SIGNAL_COOLANT},
                   {"winding_c", MB_SIGNAL_WINDING}};
    json_t *values = json_object();

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct mb_reading reading = mb_window_reading(w, columns[i].signal);

        if (reading.validity == MB_VALID)
            (void)json_object_set_new(values, columns[i].name, mb_json_number(reading.value));
    }
    return values;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    char text[80];

    if (!s->on)
        return turn(step);
    if (step->services->settled(step->userdata, 1, 1) && mb_snapshot_valid(snapshot, MB_SIGNAL_N) &&
        mb_snapshot_valid(snapshot, MB_SIGNAL_U))
        mb_window_add(&s->window, snapshot);
    else
        mb_window_clear(&s->window);
    if (mb_window_lasts(&s->window, p->window_s)) {
        step_switch_off(step);
        (void)snprintf(text, sizeof text, "%.2f V at %.2f r/min",
                       mb_window_reading(&s->window, MB_SIGNAL_U).value,
                       mb_window_reading(&s->window, MB_SIGNAL_N).value);
        return finish(step, values_of(&s->window), "reading", text);
    }
    return step_now_s(step) - s->begun_s > p->timeout_s
               ? step_invalid(step, "back-EMF: no steady speed and voltage within %.0f s", p->timeout_s)
               : MB_STEP_GOES_ON;
}

const struct mb_step_kind mb_step_back_emf = {
    .name = "back-emf",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .begin = begin,
    .tick = tick,
};
