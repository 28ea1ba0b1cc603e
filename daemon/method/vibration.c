/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/vibration.h"

#include <math.h>

/* Room for rounding where a record or a band may end exactly on a bound. */
#define ROUNDING 1e-9

double mb_severity_low_hz(double rated_speed_rpm)
{
    if (isnan(rated_speed_rpm))
        return NAN;
    return rated_speed_rpm <= MB_SEVERITY_SLOW_RPM ? MB_SEVERITY_LOW_SLOW_HZ : MB_SEVERITY_LOW_HZ;
}

double mb_severity_beat(double max, double min)
{
    return sqrt((max * max + min * min) / 2);
}

double mb_severity_beat_period_s(double slip, double supply_hz)
{
    return slip > 0 && supply_hz > 0 ? 1 / (2 * slip * supply_hz) : NAN;
}

const char *mb_severity_place(enum mb_severity_end end, enum mb_severity_axis axis)
{
    static const char *const places[MB_SEVERITY_ENDS][MB_SEVERITY_AXES] = {
        {"drive end X", "drive end Y", "drive end Z"},
        {"non-drive end X", "non-drive end Y", "non-drive end Z"}};

    return places[end][axis];
}

static double figure_value(const struct mb_severity_figure *figure, bool beat)
{
    return beat ? mb_severity_beat(figure->window_max, figure->window_min) : figure->rms;
}

static void check_point(const struct mb_severity_input *input, const struct mb_severity_point *point,
                        struct mb_severity_result *result)
{
    double rated_rpm = isnan(input->rated_speed_rpm) ? input->speed_rpm : input->rated_speed_rpm;
    double low_hz = mb_severity_low_hz(rated_rpm);
    const char *place = mb_severity_place(point->end, point->axis);

    if (isnan(low_hz))
        mb_finding_add(&result->reasons, "band", "the band is not known without the speed");
    if (!(point->band_low_hz <= low_hz + ROUNDING && point->band_high_hz >= MB_SEVERITY_HIGH_HZ - ROUNDING))
        mb_finding_add(&result->reasons, "band", "%s: analysed from %g to %g Hz, %g to %g Hz are wanted",
                       place, point->band_low_hz, point->band_high_hz, low_hz, MB_SEVERITY_HIGH_HZ);
    if (result->beat_period_s > 0 && !(point->record_s >= result->beat_period_s * (1 - ROUNDING)))
        mb_finding_add(&result->reasons, "record-too-short",
                       "%s: the record lasts %.1f s, one beat of a two-pole motor at this slip %.1f s", place,
                       point->record_s, result->beat_period_s);
}

/* Of two readings of one point the higher one counts. */
static void take_point(const struct mb_severity_input *input, const struct mb_severity_point *point,
                       struct mb_severity_result *result)
{
    struct mb_severity_value *value = &result->values[point->end][point->axis];
    double velocity_mps = figure_value(&point->velocity_mps, result->beat);
    double displacement_m = figure_value(&point->displacement_m, result->beat);

    if (!(velocity_mps >= 0 && isfinite(velocity_mps) && displacement_m >= 0 && isfinite(displacement_m))) {
        mb_finding_add(&result->reasons, "reading", "%s: no valid reading",
                       mb_severity_place(point->end, point->axis));
        return;
    }
    check_point(input, point, result);
    value->velocity_mps = value->present ? fmax(value->velocity_mps, velocity_mps) : velocity_mps;
    value->displacement_m = value->present ? fmax(value->displacement_m, displacement_m) : displacement_m;
    value->present = true;
}

static void take_maximum(struct mb_severity_result *result, enum mb_severity_end end,
                         enum mb_severity_axis axis)
{
    const struct mb_severity_value *value = &result->values[end][axis];

    if (!(value->velocity_mps <= result->velocity_mps)) {
        result->velocity_mps = value->velocity_mps;
        result->velocity_end = end;
        result->velocity_axis = axis;
    }
    if (!(value->displacement_m <= result->displacement_m)) {
        result->displacement_m = value->displacement_m;
        result->displacement_end = end;
        result->displacement_axis = axis;
    }
}

/* Every direction at both ends; the axial one of one end may be out of reach. */
static void collect(const struct mb_severity_input *input, struct mb_severity_result *result)
{
    int spare = input->axial_inaccessible ? 1 : 0;

    for (int end = 0; end < MB_SEVERITY_ENDS; end++)
        for (int axis = 0; axis < MB_SEVERITY_AXES; axis++) {
            if (result->values[end][axis].present)
                take_maximum(result, (enum mb_severity_end)end, (enum mb_severity_axis)axis);
            else if (axis == MB_SEVERITY_Z && spare > 0)
                spare--;
            else
                mb_finding_add(&result->reasons, "points", "%s is missing",
                               mb_severity_place((enum mb_severity_end)end, (enum mb_severity_axis)axis));
        }
}

/* Unbalance and the field of a two-pole motor are 2 s f apart: what one record shows depends on its moment.
 */
static void find_beat(const struct mb_severity_input *input, struct mb_severity_result *result)
{
    if (!input->induction || input->poles != 2)
        return;
    result->beat = true;
    result->beat_period_s = mb_severity_beat_period_s(input->slip, input->supply_hz);
    if (isnan(result->beat_period_s))
        mb_finding_add(&result->reasons, "slip",
                       "the beat of a two-pole motor is not known without its slip and the supply frequency");
}

void mb_severity_evaluate(const struct mb_severity_input *input, struct mb_severity_result *ret)
{
    struct mb_severity_result result = {.velocity_mps = NAN, .displacement_m = NAN, .beat_period_s = NAN};

    find_beat(input, &result);
    for (size_t i = 0; i < input->point_count; i++)
        take_point(input, &input->points[i], &result);
    collect(input, &result);
    result.valid = result.reasons.count == 0;
    *ret = result;
}
