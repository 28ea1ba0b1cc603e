/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/rating.h"

#include <math.h>
#include <stdlib.h>

#include "method/fit.h"

double mb_rating_slip(double n_rpm, double f_hz, int poles)
{
    return f_hz > 0 ? 1 - n_rpm / 60 * poles / 2 / f_hz : NAN;
}

double mb_rating_power_factor(int phases, double p_w, double u_v, double i_a)
{
    return u_v > 0 && i_a > 0 ? p_w / ((phases == 1 ? 1 : sqrt(3)) * u_v * i_a) : NAN;
}

/* ------------------------------------------------------------------ locked rotor */

struct at_rated {
    double current_a, torque_nm, current_exponent, torque_exponent;
};

static size_t of_position(const struct mb_locked_point *points, size_t n, int position,
                          struct mb_locked_point *ret)
{
    size_t count = 0;

    for (size_t i = 0; i < n && count < MB_LOCKED_POINTS_MAX; i++)
        if (points[i].position == position)
            ret[count++] = points[i];
    return count;
}

static const struct mb_locked_point *highest(const struct mb_locked_point *points, size_t n)
{
    const struct mb_locked_point *best = points;

    for (size_t i = 1; i < n; i++)
        if (points[i].u_v > best->u_v)
            best = &points[i];
    return best;
}

/* The line through logarithms, at rated voltage. */
static struct at_rated extrapolate(const struct mb_locked_point *points, size_t n, double rated_v)
{
    double u[MB_LOCKED_POINTS_MAX], current[MB_LOCKED_POINTS_MAX], torque[MB_LOCKED_POINTS_MAX];
    struct mb_line i, t;

    for (size_t k = 0; k < n; k++) {
        u[k] = log(points[k].u_v / rated_v);
        current[k] = log(points[k].i_a);
        torque[k] = log(points[k].t_nm);
    }
    i = mb_fit_line(u, current, n);
    t = mb_fit_line(u, torque, n);
    return (struct at_rated){exp(i.intercept), exp(t.intercept), i.slope, t.slope};
}

static bool positive(const struct mb_locked_point *points, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(points[i].u_v > 0 && points[i].i_a > 0 && points[i].t_nm > 0))
            return false;
    return true;
}

static void check_exponent(struct mb_locked_result *result, const char *what, double found, double least)
{
    if (!(found >= least * (1 - MB_LOCKED_EXPONENT_SLACK)))
        mb_finding_add(
            &result->reasons, "exponent",
            "locked rotor: %s grows with voltage to the power %.2f, at least %.1f is physics: a meter "
            "or the lock is wrong",
            what, found, least);
}

static bool evaluate_position(struct mb_locked_result *result, const struct mb_locked_point *points, size_t n,
                              double rated_v, struct at_rated *ret)
{
    const struct mb_locked_point *top = n ? highest(points, n) : NULL;

    if (!top || !positive(points, n)) {
        mb_finding_add(&result->reasons, "points", "locked rotor: %s",
                       top ? "a point without voltage, current or torque" : "no point");
        return false;
    }
    if (top->u_v >= MB_LOCKED_FULL_VOLTAGE * rated_v) {
        double scale = rated_v / top->u_v;

        *ret = (struct at_rated){top->i_a * scale, top->t_nm * scale * scale, NAN, NAN};
        return true;
    }
    if (n < MB_LOCKED_POINTS_MIN) {
        mb_finding_add(&result->reasons, "points",
                       "locked rotor: %zu points up to %.0f %% of rated voltage, at least %d are needed to "
                       "extrapolate",
                       n, 100 * top->u_v / rated_v, MB_LOCKED_POINTS_MIN);
        return false;
    }
    *ret = extrapolate(points, n, rated_v);
    result->extrapolated = true;
    check_exponent(result, "current", ret->current_exponent, MB_LOCKED_CURRENT_EXPONENT);
    check_exponent(result, "torque", ret->torque_exponent, MB_LOCKED_TORQUE_EXPONENT);
    return true;
}

static bool first_of_position(const struct mb_locked_point *points, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (points[k].position == points[i].position)
            return false;
    return true;
}

void mb_locked_evaluate(const struct mb_locked_point *points, size_t n, double rated_voltage_v,
                        struct mb_locked_result *ret)
{
    struct mb_locked_point same[MB_LOCKED_POINTS_MAX];

    *ret = (struct mb_locked_result){
        .current_a = NAN, .torque_nm = NAN, .current_exponent = NAN, .torque_exponent = NAN};
    for (size_t i = 0; i < n; i++) {
        struct at_rated found;

        if (!first_of_position(points, i) ||
            !evaluate_position(ret, same, of_position(points, n, points[i].position, same), rated_voltage_v,
                               &found))
            continue;
        ret->current_a = fmax(ret->current_a, found.current_a);
        if (ret->torque_nm <= found.torque_nm)
            continue;
        ret->torque_nm = found.torque_nm;
        ret->current_exponent = found.current_exponent;
        ret->torque_exponent = found.torque_exponent;
    }
    if (n == 0)
        mb_finding_add(&ret->reasons, "points", "locked rotor: no point");
    ret->valid = ret->reasons.count == 0;
}

/* ------------------------------------------------------------------ torque over speed */

struct curve {
    struct mb_curve_point points[MB_SWEEP_POINTS_MAX]; /* x: r/min, y: N m at rated voltage */
    size_t count;
};

static int by_speed(const void *a, const void *b)
{
    const struct mb_curve_point *p = a, *q = b;

    return (p->x > q->x) - (p->x < q->x);
}

static double median3(double a, double b, double c)
{
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/* A single point that sticks out of both neighbours is a spike. */
static void drop_spikes(struct curve *curve)
{
    double before = curve->count ? curve->points[0].y : 0;

    for (size_t i = 1; i + 1 < curve->count; i++) {
        double own = curve->points[i].y, usual = median3(before, own, curve->points[i + 1].y);

        if (fabs(own - usual) > MB_SWEEP_SPIKE * fabs(usual))
            curve->points[i].y = usual;
        before = own;
    }
}

struct at_voltage {
    double rated_v, tolerance; /* relative: points farther off are left out */
};

static bool is_near(const struct mb_sweep_point *point, const struct at_voltage *voltage)
{
    return point->u_v > 0 && fabs(point->u_v / voltage->rated_v - 1) <= voltage->tolerance;
}

static void take_branch(const struct mb_sweep_point *points, size_t n, enum mb_sweep_branch branch,
                        const struct at_voltage *voltage, struct curve *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < n && ret->count < MB_SWEEP_POINTS_MAX; i++)
        if (points[i].branch == branch && is_near(&points[i], voltage)) {
            double scale = voltage->rated_v / points[i].u_v;

            ret->points[ret->count++] =
                (struct mb_curve_point){points[i].n_rpm, points[i].t_nm * scale * scale};
        }
    qsort(ret->points, ret->count, sizeof *ret->points, by_speed);
    drop_spikes(ret);
}

/* Straight between neighbours; NAN outside. */
static double at_speed(const struct curve *curve, double n_rpm)
{
    for (size_t i = 1; i < curve->count; i++) {
        const struct mb_curve_point *a = &curve->points[i - 1], *b = &curve->points[i];

        if (n_rpm < a->x || n_rpm > b->x)
            continue;
        return b->x > a->x ? a->y + (b->y - a->y) * (n_rpm - a->x) / (b->x - a->x) : (a->y + b->y) / 2;
    }
    return NAN;
}

/* down becomes the mean of both where both are known. */
static void average(struct curve *down, const struct curve *up)
{
    size_t kept = 0;

    for (size_t i = 0; i < down->count; i++) {
        double other = at_speed(up, down->points[i].x);

        if (isfinite(other))
            down->points[kept++] =
                (struct mb_curve_point){down->points[i].x, (down->points[i].y + other) / 2};
    }
    down->count = kept;
}

static double rise_per_rpm(const struct mb_curve_point *p)
{
    return (p[0].y - p[1].y) / (p[1].x - p[0].x);
}

/* The first point of the running connection: a start capacitor's torque below the speed of its switch is no
 * breakdown torque. The mean of both directions has smeared the step over the point beside it. 0: no switch.
 */
static size_t above_switch(const struct curve *curve, double synchronous_rpm)
{
    const struct mb_curve_point *p = curve->points;

    for (size_t i = curve->count; i-- > 2;)
        if (i + 1 < curve->count && p[i].x < MB_SWEEP_SWITCH_SPEED * synchronous_rpm &&
            p[i - 1].y > (1 + MB_SWEEP_SWITCH_RISE) * p[i].y &&
            rise_per_rpm(&p[i - 1]) > MB_SWEEP_SWITCH_STEEPER * rise_per_rpm(&p[i]))
            return i + 1;
    return 0;
}

static void read_curve(const struct curve *curve, double synchronous_rpm, struct mb_sweep_result *ret)
{
    const struct mb_curve_point *p = curve->points;
    size_t running = above_switch(curve, synchronous_rpm), first = running, peak, low = 0;

    while (first < curve->count && p[first].x < MB_SWEEP_BREAKDOWN_SPEED * synchronous_rpm)
        first++;
    peak = first;
    for (size_t i = first; i < curve->count; i++)
        if (p[i].y > p[peak].y)
            peak = i;
    if (peak >= curve->count || peak == 0 || peak + 1 == curve->count ||
        (running == 0 && p[peak - 1].y > p[peak].y)) {
        mb_finding_add(&ret->reasons, "peak",
                       "the torque still rises at the end of the sweep: no breakdown torque was passed");
        return;
    }
    ret->breakdown_nm = p[peak].y;
    ret->breakdown_rpm = p[peak].x;
    if (p[0].x > MB_SWEEP_STANDSTILL_SPEED * synchronous_rpm)
        return;
    for (size_t i = 1; i <= peak; i++)
        if (p[i].y < p[low].y)
            low = i;
    ret->pull_up_nm = p[low].y;
    ret->pull_up_rpm = p[low].x;
}

/* Steady points, or both directions as one; NULL with the reason. curves may be NULL. */
static const struct curve *join(struct curve *curves, const struct mb_sweep_point *points, size_t n,
                                const struct at_voltage *voltage, struct mb_findings *reasons)
{
    for (int b = 0; curves && b < MB_SWEEP_BRANCHES; b++)
        take_branch(points, n, (enum mb_sweep_branch)b, voltage, &curves[b]);
    if (!curves || n == 0) {
        mb_finding_add(reasons, "points", "no point of the torque curve");
    } else if (curves[MB_SWEEP_STEADY].count > 2) {
        return &curves[MB_SWEEP_STEADY];
    } else if (curves[MB_SWEEP_UP].count > 2 && curves[MB_SWEEP_DOWN].count > 2) {
        average(&curves[MB_SWEEP_DOWN], &curves[MB_SWEEP_UP]);
        return &curves[MB_SWEEP_DOWN];
    } else {
        mb_finding_add(reasons, "branches",
                       "a sweep counts only with both directions, or inertia falsifies its torque");
    }
    return NULL;
}

void mb_sweep_evaluate(const struct mb_sweep_point *points, size_t n, double rated_voltage_v,
                       double synchronous_rpm, struct mb_sweep_result *ret)
{
    struct curve *curves = calloc(MB_SWEEP_BRANCHES, sizeof *curves);
    const struct curve *curve;

    *ret = (struct mb_sweep_result){
        .breakdown_nm = NAN, .breakdown_rpm = NAN, .pull_up_nm = NAN, .pull_up_rpm = NAN};
    curve = join(curves, points, n, &(struct at_voltage){rated_voltage_v, INFINITY}, &ret->reasons);
    if (curve)
        read_curve(curve, synchronous_rpm, ret);
    free(curves);
    ret->valid = ret->reasons.count == 0;
}

static void read_least(const struct curve *curve, double synchronous_rpm, struct mb_pull_up_result *ret)
{
    const struct mb_curve_point *p = curve->points;
    size_t peak = curve->count - 1, low = 0;

    if (curve->count < MB_PULL_UP_POINTS_MIN)
        mb_finding_add(&ret->reasons, "points", "%zu speeds of the torque curve, at least %d are needed",
                       curve->count, MB_PULL_UP_POINTS_MIN);
    if (p[0].x > MB_SWEEP_STANDSTILL_SPEED * synchronous_rpm)
        mb_finding_add(&ret->reasons, "standstill",
                       "the torque curve begins at %.0f r/min: it does not come near standstill", p[0].x);
    if (p[peak].x < MB_PULL_UP_REACH * synchronous_rpm)
        mb_finding_add(&ret->reasons, "reach",
                       "the torque curve ends at %.0f r/min: the least may lie above it", p[peak].x);
    for (size_t i = peak; i > 0 && p[i - 1].x >= MB_SWEEP_BREAKDOWN_SPEED * synchronous_rpm; i--)
        if (p[i - 1].y > p[peak].y)
            peak = i - 1;
    for (size_t i = 1; i <= peak; i++)
        if (p[i].y < p[low].y)
            low = i;
    ret->torque_nm = p[low].y;
    ret->n_rpm = p[low].x;
    if (p[peak].y <= 0)
        mb_finding_add(&ret->reasons, "sign", "the highest torque of the curve is %.4g N m: check its sign",
                       p[peak].y);
}

void mb_pull_up_evaluate(const struct mb_sweep_point *points, size_t n, double rated_voltage_v,
                         double synchronous_rpm, struct mb_pull_up_result *ret)
{
    const struct at_voltage voltage = {rated_voltage_v, MB_PULL_UP_VOLTAGE};
    struct curve *curves = calloc(MB_SWEEP_BRANCHES, sizeof *curves);
    const struct curve *curve;
    size_t near = 0;

    *ret = (struct mb_pull_up_result){.torque_nm = NAN, .n_rpm = NAN};
    for (size_t i = 0; i < n; i++)
        near += is_near(&points[i], &voltage);
    if (2 * near < n)
        mb_finding_add(&ret->reasons, "voltage",
                       "%zu of %zu points of the torque curve are within %.0f %% of rated voltage", near, n,
                       100 * MB_PULL_UP_VOLTAGE);
    curve = join(curves, points, n, &voltage, &ret->reasons);
    if (curve && curve->count > 0)
        read_least(curve, synchronous_rpm, ret);
    else if (curve)
        mb_finding_add(&ret->reasons, "branches", "the directions of the sweep have no speed in common");
    free(curves);
    ret->valid = ret->reasons.count == 0;
}
