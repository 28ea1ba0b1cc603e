/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `field-curve`: a series of readings at each of which the excitation is set so that one quantity stands
 * where it should (procedures A3): the speed of an uncoupled motor of direct current at falling voltage; or,
 * of a synchronous machine that the load machine alone turns, the voltage of its open terminals or the
 * current of its short-circuited ones; or, of one in step without load, rated current at a voltage, which
 * excitation above that of no current makes all but purely reactive. */
#include <errno.h>
#include <math.h>

#include "procedure/curve.h"
#include "procedure/kinds.h"

/* One correction, and how many a point [laboratory choice]: a saturated field answers with less than its
 * share. */
#define CORRECTION_MAX 1.25
#define CORRECTIONS_MAX 40

/* The first point is come to from below: rated excitation gives more than rated voltage at open terminals,
 * and more than rated current into a short circuit. Of the point's percent [laboratory choice]. */
#define OPEN_CIRCUIT_FIRST 0.5
#define SHORT_CIRCUIT_FIRST 0.4

/* Reactive current answers to the excitation with two to three times its share, as most of the excitation is
 * that of no current [laboratory choice]. */
#define REACTIVE_ANSWER 0.4

static const struct hold {
    const char *store;
    enum mb_signal signal;
    const struct mb_column *columns;
    bool driven;
    double first_share; /* of the percent of the first point: excitation to begin with */
    double power;       /* of what is held over what it should be: a correction of the excitation */
} kinds[] = {
    {"no_load.points", MB_SIGNAL_N, mb_no_load_columns, false, 1, 1}, /* the speed goes against the field */
    {"open_circuit.points", MB_SIGNAL_U, mb_driven_columns, true, OPEN_CIRCUIT_FIRST, -1},
    {"short_circuit.points", MB_SIGNAL_I, mb_driven_columns, true, SHORT_CIRCUIT_FIRST, -1},
    {"zero_power_factor.points", MB_SIGNAL_I, mb_load_columns, false, 1, -REACTIVE_ANSWER},
};
static const char *const holds[] = {"speed", "voltage", "current", "reactive-current", NULL};

struct params {
    struct mb_curve_params curve; /* percent of rated voltage or current */
    int hold;                     /* index into kinds */
    double tolerance_percent;     /* of what is held */
    double adjust_s;              /* a correction takes so long */
    bool optional;                /* left out where the excitation would be beyond the bench's limits */
};

struct state {
    struct mb_curve_state curve;
    bool on;              /* or need not be switched on here */
    double field_percent; /* of the rated excitation; 0: not yet known */
    double adjusted_s;
    int corrections;
    bool stands;
};

static const struct mb_field fields[] = {
    {"points_percent", MB_FIELD_NODE, offsetof(struct params, curve.points), .required = true},
    {"fluctuation_power_percent", MB_FIELD_NUMBER, offsetof(struct params, curve.fluctuation_power_percent),
     .maximum = 20},
    {"hold", MB_FIELD_CHOICE, offsetof(struct params, hold), .required = true, .choices = holds},
    {"tolerance_percent", MB_FIELD_NUMBER, offsetof(struct params, tolerance_percent), .maximum = 5,
     .exclusive_minimum = true},
    {"adjust_s", MB_FIELD_NUMBER, offsetof(struct params, adjust_s), .minimum = 0.1, .maximum = 600},
    {"optional", MB_FIELD_BOOL, offsetof(struct params, optional)},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.tolerance_percent = 0.2, .adjust_s = 5};
}

static int check(const struct mb_node *with, void *params, struct mb_error *err)
{
    struct params *p = params;

    return mb_curve_check(with, &p->curve, err);
}

static const struct hold *hold_of(const struct mb_step *step)
{
    return &kinds[((const struct params *)step->plan->params)->hold];
}

static void target(const struct mb_step *step, size_t index, struct mb_curve_target *ret)
{
    const struct params *p = step->plan->params;
    const struct mb_motor_rated *rated = &step->data->motor->rated;

    *ret = (struct mb_curve_target){.frequency_hz = rated->frequency_hz, .percent = p->curve.percent[index]};
    if (hold_of(step)->driven)
        ret->driven_rpm = mb_motor_synchronous_speed(step->data->motor);
    else
        ret->voltage_v = rated->voltage_v * p->curve.percent[index] / 100;
}

/* The power that turns a driven machine: its torque is below 0 to the transducer. */
static void name(const struct mb_step *step, size_t index, json_t *values)
{
    double t_nm = json_number_value(json_object_get(values, "t_nm")),
           n_rpm = json_number_value(json_object_get(values, "n_rpm"));

    (void)index;
    if (hold_of(step)->driven)
        (void)json_object_set_new(values, "p_w", json_real(-t_nm * n_rpm * M_PI / 30));
}

static enum mb_step_result excite(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    enum mb_step_result r = step_excite(step, ((const struct state *)step->state)->field_percent);

    if (r != MB_STEP_FAULT || !p->optional)
        return r;
    step_event(step, "note", "left out: %s", step->reason);
    *step->reason = '\0';
    return MB_STEP_DONE;
}

static enum mb_step_result begin(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    const struct hold *hold = hold_of(step);
    struct state *s = step->state;

    s->on = !hold->driven;
    s->field_percent = hold->first_share * p->curve.percent[0];
    if (hold->driven)
        return step_measure(step, MB_BENCH_RUNNING);
    /* More flux before more voltage: the speed of a direct-current motor must not rise, and reactive current
     * is come to from the side of too much. */
    s->field_percent = fmax(100, s->field_percent);
    return excite(step);
}

static enum mb_step_result switch_on(struct mb_step *step)
{
    struct state *s = step->state;
    int r;

    if (!step->services->is_safe(step->userdata))
        return MB_STEP_GOES_ON;
    r = step->services->energise_load(step->userdata);
    if (r == -ENOTSUP)
        return step_invalid(step, "%s: the load machine of this bench does not drive", step->plan->title);
    if (r < 0)
        return step_fault(step, "the bench refused to switch on");
    s->on = true;
    return excite(step);
}

/* What is held over what it should be. */
static double ratio(const struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct state *s = step->state;
    const struct mb_motor_rated *rated = &step->data->motor->rated;
    enum mb_signal signal = hold_of(step)->signal;
    double share = hold_of(step)->driven ? p->curve.percent[s->curve.index] / 100 : 1;
    double value = step_value(snapshot, signal);

    return value / share /
           (signal == MB_SIGNAL_N   ? rated->speed_rpm
            : signal == MB_SIGNAL_U ? rated->voltage_v
                                    : rated->current_a);
}

static enum mb_step_result correct(struct mb_step *step, double off)
{
    double factor = pow(off, hold_of(step)->power);
    const struct params *p = step->plan->params;
    struct state *s = step->state;

    if (++s->corrections > CORRECTIONS_MAX)
        return step_invalid(step, "%s: %d corrections of the excitation did not bring the %s to its value",
                            step->plan->title, CORRECTIONS_MAX, holds[p->hold]);
    s->field_percent *= fmin(fmax(factor, 1 / CORRECTION_MAX), CORRECTION_MAX);
    s->adjusted_s = step_now_s(step);
    return excite(step);
}

/* Until it stands: waits for the loops and the field, then looks and corrects. */
static enum mb_step_result adjust(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_gates *g = step->data->gates;
    struct state *s = step->state;
    double off = ratio(step, snapshot);

    step_waiting(step, "adjusting the excitation: %s at %.2f %% of its value, %.1f %% of rated excitation",
                 holds[p->hold], 100 * off, s->field_percent);
    if (!step->services->settled(step->userdata, g->voltage, 1) ||
        !step->services->excitation_settled(step->userdata) || isnan(off) ||
        step_now_s(step) - s->adjusted_s < p->adjust_s) {
        if (step_now_s(step) - s->adjusted_s <= g->settle_timeout_s)
            return MB_STEP_GOES_ON;
        return step_invalid(step, "%s: the set points could not be held within %.0f s", step->plan->title,
                            g->settle_timeout_s);
    }
    if (fabs(off - 1) > p->tolerance_percent / 100)
        return correct(step, off);
    s->stands = true;
    s->curve.acquire.begun_s = step_now_s(step);
    step_waiting(step, "%s", "");
    return MB_STEP_GOES_ON;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const struct mb_curve curve = {
        .store = hold_of(step)->store,
        .columns = hold_of(step)->columns,
        .count = p->curve.count,
        .fluctuation_power_percent = p->curve.fluctuation_power_percent,
        .target = target,
        .with_resistance = hold_of(step)->driven && hold_of(step)->signal == MB_SIGNAL_I,
        .name = name,
    };
    struct state *s = step->state;

    if (!s->on)
        return switch_on(step);
    if (!s->curve.begun) {
        s->stands = false;
        s->corrections = 0;
        s->adjusted_s = step_now_s(step);
    } else if (!s->stands) {
        return adjust(step, snapshot);
    }
    return mb_curve_tick(&curve, step, &s->curve, snapshot);
}

const struct mb_step_kind mb_step_field_curve = {
    .name = "field-curve",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .check = check,
    .begin = begin,
    .tick = tick,
};
