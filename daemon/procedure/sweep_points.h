/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sweep of the speed reads, both directions. */
#pragma once

#include <jansson.h>

#include "bench/signal.h"
#include "method/rating.h"

struct sweep_points {
    size_t count;
    struct {
        enum mb_sweep_branch branch;
        double u_v, i_a, t_nm, n_rpm;
    } points[MB_SWEEP_POINTS_MAX];
};

/* A snapshot that lacks a reading is left out, and so is what there is no room for. */
void sweep_points_add(struct sweep_points *points, const struct mb_snapshot *snapshot,
                      enum mb_sweep_branch branch);
/* The list as item_rating.c reads it. */
json_t *sweep_points_json(const struct sweep_points *points);
