/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/timeline.h"

#include <math.h>

#define POINTS_FOR_A_LINE 8
#define RATE_OFF 0.05 /* a line that says more than this beside the nominal rate is not believed */

void mb_timeline_init(struct mb_timeline *t, const struct mb_timeline_setting *setting)
{
    *t = (struct mb_timeline){.setting = *setting, .period_ns = 1e9 / setting->rate_hz};
}

/* Least squares over the points, around the newest: numbers stay small. */
static void fit(struct mb_timeline *t)
{
    const struct mb_timeline_point *newest =
        &t->points[(t->at + MB_TIMELINE_POINTS - 1) % MB_TIMELINE_POINTS];
    const double nominal = 1e9 / t->setting.rate_hz, n = (double)t->count;
    double sx = 0, sy = 0, sxx = 0, sxy = 0, square = 0, slope = nominal;

    for (size_t i = 0; i < t->count; i++) {
        double x = (double)(int64_t)(t->points[i].end - newest->end);
        double y = (double)(int64_t)(t->points[i].t_ns - newest->t_ns) - x * nominal;

        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    if (t->count >= POINTS_FOR_A_LINE && n * sxx > sx * sx)
        slope +=
            fmax(fmin((n * sxy - sx * sy) / (n * sxx - sx * sx), RATE_OFF * nominal), -RATE_OFF * nominal);
    t->period_ns = slope;
    t->origin = newest->end;
    t->origin_ns = (double)newest->t_ns + (sy - (slope - nominal) * sx) / n;
    for (size_t i = 0; i < t->count; i++) {
        double x = (double)(int64_t)(t->points[i].end - newest->end);
        double off = (double)t->points[i].t_ns - t->origin_ns - x * slope;

        square += off * off;
    }
    t->spread_ns = sqrt(square / n);
}

static void add_point(struct mb_timeline *t, uint64_t end, uint64_t t_ns)
{
    t->points[t->at] = (struct mb_timeline_point){.end = end, .t_ns = t_ns};
    t->at = (t->at + 1) % MB_TIMELINE_POINTS;
    if (t->count < MB_TIMELINE_POINTS)
        t->count++;
    fit(t);
}

static double time_of(const struct mb_timeline *t, uint64_t end)
{
    return t->origin_ns + (double)(int64_t)(end - t->origin) * t->period_ns;
}

/* How many are missing when a block that was waited for is late by late_ns. 0: none, or not known yet. */
static uint64_t judge(struct mb_timeline *t, size_t count, double late_ns)
{
    const double block_ns = (double)count * t->period_ns;
    const double agree_ns = fmax((double)t->setting.jitter_ns / 4, t->spread_ns);
    const bool away = t->away;

    t->away = false;
    if (away && late_ns > fmax(3 * t->spread_ns, (double)t->setting.jitter_ns / 10)) {
        t->late = 0;
        return (uint64_t)llround(late_ns / t->period_ns);
    }
    if (late_ns <= fmax(block_ns / 4, (double)t->setting.jitter_ns)) {
        t->late = 0;
        return 0;
    }
    if (t->late == 0 || fabs(late_ns - t->first_late_ns) > agree_ns) {
        t->late = 0; /* a source that has too much to do is late by something else each time */
        t->first_late_ns = t->least_late_ns = late_ns;
    }
    t->least_late_ns = fmin(late_ns, t->least_late_ns);
    if (++t->late < MB_TIMELINE_LATE)
        return 0;
    t->late = 0;
    return (uint64_t)llround(t->least_late_ns / t->period_ns);
}

/* The same for a block that lay ready. It is as old as the reader was away; but when the reader has not
 * waited for longer than the buffers hold, it is no older than they are long. */
static uint64_t judge_ready(struct mb_timeline *t, size_t count, double late_ns)
{
    const double depth_ns = (double)t->setting.depth_ns;
    const double beyond_ns = late_ns - depth_ns - (double)count * t->period_ns;

    t->ready += count;
    if ((double)t->ready * t->period_ns <= depth_ns || beyond_ns <= (double)t->setting.jitter_ns)
        return 0;
    return (uint64_t)llround(beyond_ns / t->period_ns);
}

uint64_t mb_timeline_add(struct mb_timeline *t, size_t count, uint64_t arrival_ns, bool waited)
{
    const bool away = t->count > 0 && arrival_ns - t->last_ns > t->setting.depth_ns;
    uint64_t missing = 0;

    t->away |= away;
    if (waited || away)
        t->ready = 0;
    t->last_ns = arrival_ns;
    if (t->count > 0 && !t->setting.told) {
        double late_ns = (double)arrival_ns - time_of(t, t->next + count);

        missing = waited ? judge(t, count, late_ns) : judge_ready(t, count, late_ns);
    }
    t->next += missing + count;
    if ((waited && t->late == 0) || t->count == 0)
        add_point(t, t->next, arrival_ns);
    return missing;
}

void mb_timeline_skip(struct mb_timeline *t, uint64_t missing)
{
    t->next += missing;
}

int64_t mb_timeline_at(const struct mb_timeline *t, uint64_t sample)
{
    return llround(time_of(t, sample));
}

bool mb_timeline_error(const struct mb_timeline *t, double *ret_ns)
{
    *ret_ns = t->count > 0 ? 2 * t->spread_ns / sqrt((double)t->count) : INFINITY;
    return t->count >= POINTS_FOR_A_LINE;
}
