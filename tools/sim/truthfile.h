/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulator's own truth as CSV, one row every 10 s of bench time: for tests and for people, never for the
 * product. */
#pragma once

#include "core/error.h"
#include "sim/world.h"

struct sim_truth_file;
/* Observes the world until freed. */
int sim_truth_file_new(struct sim_world *world, const char *path, struct sim_truth_file **ret,
                       struct mb_error *err);
struct sim_truth_file *sim_truth_file_free(struct sim_truth_file *file);
