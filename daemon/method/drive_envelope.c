/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/drive_envelope.h"

#include <math.h>

#define SPEED_ROOM 0.01 /* readings this close in speed are one speed, held again [laboratory choice] */

static bool same_speed(const struct mb_envelope_point *a, const struct mb_envelope_point *b)
{
    return fabs(a->n_rpm - b->n_rpm) <= SPEED_ROOM * fabs(a->n_rpm);
}

static bool is_long(const struct mb_envelope_input *in, const struct mb_envelope_point *p)
{
    return p->held_s >= in->peak_time_s - MB_ENVELOPE_HELD_SHORT_S;
}

/* Cool within the declared limit and held for the declared time. */
static bool lasted(const struct mb_envelope_input *in, enum mb_envelope_kind kind,
                   const struct mb_envelope_point *p)
{
    bool hot = p->winding_c > in->winding_limit_c;
    bool early = kind == MB_ENVELOPE_PEAK && !isnan(in->peak_time_s) && !is_long(in, p);

    return !hot && !early;
}

/* What lasted at the speed of point i: the least of it, and how far it spreads. The number of holds. Where
 * none did, the point stands for itself. */
static size_t find_row(const struct mb_envelope_input *in, enum mb_envelope_kind kind, size_t i,
                       struct mb_envelope_result_point *out)
{
    const struct mb_envelope_curve *curve = &in->curves[kind];
    double low = INFINITY, high = -INFINITY, sum = 0;
    size_t n = 0;

    for (size_t k = 0; k < curve->count; k++)
        if (same_speed(&curve->points[i], &curve->points[k]) && lasted(in, kind, &curve->points[k])) {
            low = fmin(low, curve->points[k].t_nm);
            high = fmax(high, curve->points[k].t_nm);
            sum += curve->points[k].t_nm;
            n++;
        }
    if (n == 0)
        low = high = sum = curve->points[i].t_nm;
    out->torque_nm = low;
    out->power_w = 2 * M_PI * curve->points[i].n_rpm / 60 * low;
    out->spread = (high - low) / (sum / (double)(n > 0 ? n : 1));
    return n;
}

static bool is_cool(const struct mb_envelope_input *in, const struct mb_envelope_point *p, const char *name,
                    struct mb_outcome *outcome)
{
    if (isnan(p->winding_c) && !isnan(in->winding_limit_c))
        mb_finding_add(&outcome->warnings, "missing-data",
                       "%s at %.0f r/min: no winding temperature, its declared limit is not applied", name,
                       p->n_rpm);
    if (!(p->winding_c > in->winding_limit_c))
        return true;
    mb_finding_add(&outcome->warnings, "winding-temperature",
                   "%s at %.0f r/min: the winding reached %.1f degC, declared are %.1f degC", name, p->n_rpm,
                   p->winding_c, in->winding_limit_c);
    return false;
}

static bool is_stable(const struct mb_envelope_input *in, const struct mb_envelope_point *p,
                      struct mb_outcome *outcome)
{
    if (p->change_k <= in->rise_k)
        return true;
    if (isnan(p->change_k))
        mb_finding_add(&outcome->reasons, "equilibrium",
                       "continuous at %.0f r/min: nothing says that the winding was stable", p->n_rpm);
    else
        mb_finding_add(&outcome->reasons, "equilibrium",
                       "continuous at %.0f r/min: the winding still moved by %.2f K, allowed are %.2f K",
                       p->n_rpm, p->change_k, in->rise_k);
    return false;
}

static bool is_held(const struct mb_envelope_input *in, const struct mb_envelope_point *p,
                    struct mb_outcome *outcome)
{
    if (is_long(in, p))
        return true;
    if (isnan(in->peak_time_s))
        mb_finding_add(&outcome->warnings, "peak-time", "no time is declared for the peak torque");
    else if (isnan(p->held_s))
        mb_finding_add(&outcome->warnings, "peak-time",
                       "peak at %.0f r/min: nothing says how long it was held", p->n_rpm);
    else
        mb_finding_add(&outcome->warnings, "peak-time",
                       "peak at %.0f r/min: held for %.1f s, declared are %.0f s", p->n_rpm, p->held_s,
                       in->peak_time_s);
    return isnan(in->peak_time_s);
}

static bool is_repeated(const struct mb_envelope_input *in, const struct mb_envelope_point *p, size_t holds,
                        double spread, struct mb_outcome *outcome)
{
    if (holds < 2)
        mb_finding_add(&outcome->warnings, "repeatability", "peak at %.0f r/min: held once, not repeated",
                       p->n_rpm);
    if (spread <= in->repeat)
        return true;
    mb_finding_add(&outcome->reasons, "repeatability",
                   "peak at %.0f r/min: the torques held differ by %.1f %%, allowed are %.1f %%", p->n_rpm,
                   100 * spread, 100 * in->repeat);
    return false;
}

/* A drive that gave way before its torque stood left a point without figures. */
static bool is_empty(const struct mb_envelope_point *p, enum mb_envelope_kind kind,
                     struct mb_envelope_result_point *out, struct mb_outcome *outcome)
{
    if (isfinite(p->n_rpm) && isfinite(p->t_nm))
        return false;
    mb_finding_add(&outcome->warnings, kind == MB_ENVELOPE_PEAK ? "peak-time" : "missing-data",
                   "a %s torque was not reached at all", kind == MB_ENVELOPE_PEAK ? "peak" : "continuous");
    out->torque_nm = out->power_w = out->spread = NAN;
    return true;
}

/* All findings are wanted, not the first only: no short cuts. */
static bool point_counts(const struct mb_envelope_input *in, enum mb_envelope_kind kind, size_t i,
                         struct mb_envelope_result_point *out, struct mb_outcome *outcome)
{
    const struct mb_envelope_point *p = &in->curves[kind].points[i];
    size_t holds = find_row(in, kind, i, out);
    bool peak = kind == MB_ENVELOPE_PEAK;
    bool cool = is_cool(in, p, peak ? "peak" : "continuous", outcome);
    bool lasts = peak ? is_held(in, p, outcome) : is_stable(in, p, outcome);
    bool alike = !peak || is_repeated(in, p, holds, out->spread, outcome);

    if (p->n_rpm > (1 + SPEED_ROOM) * in->speed_max_rpm)
        mb_finding_add(&outcome->reasons, "load-points",
                       "%s at %.0f r/min: beyond the declared highest speed of %.0f r/min",
                       peak ? "peak" : "continuous", p->n_rpm, in->speed_max_rpm);
    if (!(p->n_rpm > 0 && p->t_nm > 0))
        mb_finding_add(&outcome->reasons, "torque-sign", "%.4g N m at %.4g r/min do not drive", p->t_nm,
                       p->n_rpm);
    return cool && lasts && alike && p->n_rpm > 0 && p->t_nm > 0;
}

static void evaluate_curve(const struct mb_envelope_input *in, enum mb_envelope_kind kind,
                           struct mb_envelope_result *result)
{
    const struct mb_envelope_curve *curve = &in->curves[kind];
    struct mb_envelope_curve_result *c = &result->curves[kind];

    c->torque_nm = c->torque_n_rpm = c->power_w = c->power_n_rpm = c->held_s = c->spread = NAN;
    for (size_t i = 0; i < curve->count; i++) {
        struct mb_envelope_result_point *out = &c->points[i];

        if (is_empty(&curve->points[i], kind, out, &result->outcome)) {
            c->held_s = 0;
            continue;
        }
        out->counts = point_counts(in, kind, i, out, &result->outcome);
        c->held_s = fmin(c->held_s, curve->points[i].held_s);
        c->spread = fmax(c->spread, out->spread);
        c->counted += out->counts;
        if (out->counts && !(out->torque_nm <= c->torque_nm)) {
            c->torque_nm = out->torque_nm;
            c->torque_n_rpm = curve->points[i].n_rpm;
        }
        if (out->counts && !(out->power_w <= c->power_w)) {
            c->power_w = out->power_w;
            c->power_n_rpm = curve->points[i].n_rpm;
        }
    }
}

/* The highest torque at the position of point i, whatever the voltages were; NAN: an earlier point has it. */
static double torque_at_position(const struct mb_envelope_input *in, size_t i)
{
    double highest = -INFINITY;

    for (size_t k = 0; k < in->stall_count; k++)
        if (in->stall[k].position == in->stall[i].position) {
            if (k < i)
                return NAN;
            highest = fmax(highest, in->stall[k].t_nm);
        }
    return highest;
}

static void evaluate_stall(const struct mb_envelope_input *in, struct mb_envelope_result *result)
{
    double highest = NAN;

    result->stall_nm = result->stall_spread = NAN;
    for (size_t i = 0; i < in->stall_count; i++) {
        double t_nm = torque_at_position(in, i);

        if (in->stall[i].t_nm <= 0)
            mb_finding_add(&result->outcome.reasons, "torque-sign",
                           "stall torque at position %g: %.4g N m do not drive", in->stall[i].position,
                           in->stall[i].t_nm);
        if (isnan(t_nm))
            continue;
        result->positions++;
        result->stall_nm = fmin(result->stall_nm, t_nm);
        highest = fmax(highest, t_nm);
    }
    if (result->positions == 0)
        return;
    result->stall_spread = (highest - result->stall_nm) / highest;
    if (result->positions < MB_STALL_POSITIONS_MIN)
        mb_finding_add(&result->outcome.reasons, "load-points",
                       "stall torque at %zu positions of the rotor, needed are %d", result->positions,
                       MB_STALL_POSITIONS_MIN);
}

void mb_drive_envelope_evaluate(const struct mb_envelope_input *in, struct mb_envelope_result *result)
{
    result->outcome.efficiency = NAN;
    for (int kind = 0; kind < MB_ENVELOPE_CURVES; kind++)
        evaluate_curve(in, (enum mb_envelope_kind)kind, result);
    evaluate_stall(in, result);
    if (in->curves[0].count + in->curves[1].count + in->stall_count == 0)
        mb_finding_add(&result->outcome.reasons, "missing-data", "no continuous, peak or stall torque");
}
