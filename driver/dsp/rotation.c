/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/rotation.h"

#include <errno.h>
#include <math.h>

#include "dsp/crossing.h"

#define SECONDS_A_MINUTE 60.0

double mb_two_points_at(const struct mb_two_points *points, double in)
{
    double width = points->in[1] - points->in[0];

    if (width == 0)
        return NAN;
    return points->out[0] + (in - points->in[0]) / width * (points->out[1] - points->out[0]);
}

int mb_pulse_frequency(const struct mb_pulse_train *train, const double x[], size_t n,
                       const struct mb_span *span, double rate_hz, double *ret_hz, size_t *ret_edges)
{
    struct mb_crossing_finder finder = {.level = train->level, .hysteresis = train->hysteresis};
    struct mb_place edge, first = {0}, last = {0};
    size_t edges = 0;

    finder.next = span->start.sample > MB_STENCIL_BEFORE ? span->start.sample : MB_STENCIL_BEFORE;
    while (mb_crossing_next(&finder, x, n, &edge) && mb_place_distance(&edge, &span->end) >= 0) {
        if (mb_place_distance(&span->start, &edge) < 0)
            continue;
        if (edges++ == 0)
            first = edge;
        last = edge;
    }
    if (edges < 2)
        return -ENODATA;
    *ret_hz = (double)(edges - 1) * rate_hz / mb_place_distance(&first, &last);
    if (ret_edges)
        *ret_edges = edges;
    return 0;
}

int64_t mb_counter_difference(uint64_t before, uint64_t after, unsigned bits)
{
    unsigned spare = 64 - bits;

    /* In the top bits the sign of the difference is the sign of the word. */
    return (int64_t)((after - before) << spare) >> spare;
}

double mb_speed_rpm(double pulse_hz, double pulses_per_turn)
{
    return pulse_hz / pulses_per_turn * SECONDS_A_MINUTE;
}

double mb_slip(double supply_hz, double speed_rpm, unsigned pole_pairs)
{
    return supply_hz > 0 ? 1 - pole_pairs * (speed_rpm / SECONDS_A_MINUTE) / supply_hz : NAN;
}

double mb_shaft_power_w(double torque_nm, double speed_rpm)
{
    return torque_nm * speed_rpm * (2 * M_PI / SECONDS_A_MINUTE);
}

double mb_machine_efficiency(double electrical_w, double shaft_w)
{
    if (!(electrical_w * shaft_w > 0))
        return NAN;
    return electrical_w > 0 ? shaft_w / electrical_w : electrical_w / shaft_w;
}
