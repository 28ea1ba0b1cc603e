/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of the standards, answered as documents: the same for the command line (--json) and for the
 * bus. New references; NULL: out of memory. */
#pragma once

#include <jansson.h>

#include "standard/plan.h"
#include "standard/standards.h"

/* Today by the calendar on the wall (local time): the day that chooses editions. */
#define MB_DAY_SIZE 16
int mb_today(char ret[static MB_DAY_SIZE]);

json_t *mb_plan_json(const struct mb_plan *plan);

/* {"methods": [...]}: each method with what it does and the standards that have it, by their labels. Only of
 * this standard, with or without its edition (NULL: of all), and for one of these kinds of motor (bits 1 <<
 * enum mb_motor_kind). */
json_t *mb_methods_json(const char *standard, unsigned kinds);

/* {"standards": [...]}, one an edition: those that are in force on the day, or all of them. */
json_t *mb_standards_list_json(const struct mb_standards *standards, const char *day, bool all);
/* The same of one standard, "GB 18613" or "GB 18613-2020", each with scopes, items, item lists, tables,
 * requirements and indicators. -EINVAL: not a name; -ENOENT: not in the catalogue. */
int mb_standards_show_json(const struct mb_standards *standards, const char *name, const char *day,
                           json_t **ret, struct mb_error *err);
