/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/drive_map.h"

#include <math.h>
#include <stdlib.h>

#define SPEED_ROOM 0.01     /* readings this close in speed are one row of the grid [E] */
#define VOLTAGE_SPREAD 0.05 /* of the d.c. voltage, which is to stay constant [E] */

/* From the electrical to the mechanical side, or back when braking. Braking that does not cover the losses on
 * its way has no efficiency: the supply feeds it. */
static double ratio(double electrical_w, double mechanical_w, bool braking)
{
    if (!braking)
        return mechanical_w / electrical_w;
    return electrical_w < 0 && mechanical_w < 0 ? electrical_w / mechanical_w : NAN;
}

static double dc_power_w(const struct mb_map_point *p)
{
    return isnan(p->pdc_w) ? p->udc_v * p->idc_a : p->pdc_w;
}

static double ac_power_w(const struct mb_map_point *p)
{
    return isnan(p->pac_w) ? p->p1_w : p->pac_w;
}

static void evaluate_point(const struct mb_map_point *p, struct mb_map_result_point *out)
{
    double dc_w = dc_power_w(p), ac_w = ac_power_w(p);

    out->shaft_w = 2 * M_PI * p->n_rpm / 60 * p->t_nm;
    out->braking = out->shaft_w < 0;
    out->motor = ratio(ac_w, out->shaft_w, out->braking);
    out->controller = ratio(dc_w, ac_w, out->braking);
    out->system = ratio(dc_w, out->shaft_w, out->braking);
}

/* Efficiencies outside 0 to 1 are readings that contradict themselves. */
static void check_point(size_t i, const struct mb_map_point *p, const struct mb_map_result_point *out,
                        struct mb_drive_map_result *result)
{
    const double values[] = {out->motor, out->controller, out->system};

    if (isnan(dc_power_w(p)) && isnan(ac_power_w(p)))
        mb_finding_add(
            &result->outcome.reasons, "missing-data",
            "point %zu (%g r/min, %g N m): neither the controller's input nor the motor's was read", i + 1,
            p->n_rpm, p->t_nm);
    for (size_t k = 0; k < sizeof values / sizeof *values; k++)
        if (!isnan(values[k]) && !(values[k] > 0 && values[k] < 1))
            mb_finding_add(
                &result->outcome.reasons, "torque-sign",
                "point %zu (%g r/min, %g N m): an efficiency of %.4f follows, it must be above 0 and "
                "below 1",
                i + 1, p->n_rpm, p->t_nm, values[k]);
}

static struct mb_map_summary summarise(const struct mb_drive_map_input *in,
                                       const struct mb_map_result_point *points, size_t offset)
{
    struct mb_map_summary s = {.best = NAN, .best_n_rpm = NAN, .best_t_nm = NAN, .share = NAN};
    size_t high = 0;

    for (size_t i = 0; i < in->count; i++) {
        double value = *(const double *)((const char *)&points[i] + offset);

        if (isnan(value))
            continue;
        s.counted++;
        high += value >= in->threshold;
        if (!(value <= s.best)) {
            s.best = value;
            s.best_n_rpm = in->points[i].n_rpm;
            s.best_t_nm = in->points[i].t_nm;
        }
    }
    if (s.counted)
        s.share = (double)high / (double)in->count;
    return s;
}

static int by_speed(const void *a, const void *b, void *points)
{
    const struct mb_map_point *p = points;
    double x = p[*(const size_t *)a].n_rpm, y = p[*(const size_t *)b].n_rpm;

    return (x > y) - (x < y);
}

/* Rows of equal speed; the number of torques in the row that has fewest, driving. */
static void find_grid(const struct mb_drive_map_input *in, struct mb_drive_map_result *out)
{
    size_t *order = calloc(in->count ? in->count : 1, sizeof *order), torques = 0;

    if (!order) {
        mb_finding_add(&out->outcome.reasons, "missing-data", "not enough memory for the map");
        return;
    }
    for (size_t i = 0; i < in->count; i++)
        order[i] = i;
    qsort_r(order, in->count, sizeof *order, by_speed, (void *)in->points);
    for (size_t i = 0; i < in->count; i++) {
        double n = in->points[order[i]].n_rpm, row = i ? out->points[order[i - 1]].speed_rpm : NAN;
        bool same = fabs(n - row) <= SPEED_ROOM * fabs(row);

        out->points[order[i]].speed_rpm = same ? row : n;
        if (!same && i && torques < out->torques_least)
            out->torques_least = torques;
        if (!same)
            torques = 0;
        if (!same && i == 0)
            out->torques_least = in->count;
        out->speeds += !same;
        torques += !out->points[order[i]].braking;
    }
    if (in->count && torques < out->torques_least)
        out->torques_least = torques;
    free(order);
}

static void check_grid(const struct mb_drive_map_input *in, struct mb_drive_map_result *out)
{
    if (in->count == 0)
        mb_finding_add(&out->outcome.reasons, "missing-data", "the map has no points");
    else if (in->complete_grid &&
             (out->speeds < MB_MAP_SPEEDS_MIN || out->torques_least < MB_MAP_TORQUES_MIN))
        mb_finding_add(&out->outcome.reasons, "load-points",
                       "%zu speeds, at least %zu torques each; needed are %d speeds of %d torques",
                       out->speeds, out->torques_least, MB_MAP_SPEEDS_MIN, MB_MAP_TORQUES_MIN);
    if (out->udc_spread > VOLTAGE_SPREAD)
        mb_finding_add(&out->outcome.warnings, "supply-voltage",
                       "the d.c. voltage moved by %.1f %% of its mean, it is to stay constant",
                       100 * out->udc_spread);
}

static void find_voltage(const struct mb_drive_map_input *in, struct mb_drive_map_result *out)
{
    double low = INFINITY, high = -INFINITY, sum = 0;

    for (size_t i = 0; i < in->count; i++) {
        low = fmin(low, in->points[i].udc_v);
        high = fmax(high, in->points[i].udc_v);
        sum += in->points[i].udc_v;
    }
    out->udc_mean_v = in->count ? sum / (double)in->count : NAN;
    out->udc_spread = in->count ? (high - low) / out->udc_mean_v : NAN;
}

void mb_drive_map_evaluate(const struct mb_drive_map_input *in, struct mb_drive_map_result *out)
{
    out->outcome.efficiency = NAN;
    for (size_t i = 0; i < in->count; i++) {
        evaluate_point(&in->points[i], &out->points[i]);
        check_point(i, &in->points[i], &out->points[i], out);
    }
    find_grid(in, out);
    find_voltage(in, out);
    check_grid(in, out);
    out->motor = summarise(in, out->points, offsetof(struct mb_map_result_point, motor));
    out->controller = summarise(in, out->points, offsetof(struct mb_map_result_point, controller));
    out->system = summarise(in, out->points, offsetof(struct mb_map_result_point, system));
}
