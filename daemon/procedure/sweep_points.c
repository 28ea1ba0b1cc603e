/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "procedure/sweep_points.h"

#include <math.h>

#include "procedure/step.h"

void sweep_points_add(struct sweep_points *points, const struct mb_snapshot *snapshot,
                      enum mb_sweep_branch branch)
{
    double u = step_value(snapshot, MB_SIGNAL_U), i = step_value(snapshot, MB_SIGNAL_I);
    double t = step_value(snapshot, MB_SIGNAL_T), n = step_value(snapshot, MB_SIGNAL_N);

    if (points->count >= MB_SWEEP_POINTS_MAX || !isfinite(u + i + t + n))
        return;
    points->points[points->count].branch = branch;
    points->points[points->count].u_v = u;
    points->points[points->count].i_a = i;
    points->points[points->count].t_nm = t;
    points->points[points->count++].n_rpm = n;
}

json_t *sweep_points_json(const struct sweep_points *points)
{
    static const char *const names[] = {
        [MB_SWEEP_STEADY] = "steady", [MB_SWEEP_DOWN] = "down", [MB_SWEEP_UP] = "up"};
    json_t *list = json_array();

    for (size_t i = 0; i < points->count; i++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:f, s:f, s:f, s:f}", "branch", names[points->points[i].branch], "u_v",
                            points->points[i].u_v, "i_a", points->points[i].i_a, "t_nm",
                            points->points[i].t_nm, "n_rpm", points->points[i].n_rpm));
    return list;
}
