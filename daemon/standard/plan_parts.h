/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of standard/: the parts of a plan after its standards. Each appends to the plan. */
#pragma once

#include "standard/plan.h"

/* The applied standard of this role, or NULL; only those that are in the catalogue have a role. */
const struct mb_plan_standard *mb_plan_find(const struct mb_plan *plan, const char *id);
void mb_plan_add_schemes(const struct mb_motor *motor, const struct mb_standards *standards,
                         struct mb_plan *plan);
/* list: of supervision.csv, "" for none. */
int mb_plan_add_items(const struct mb_motor *motor, const struct mb_standards *standards, const char *list,
                      struct mb_plan *plan, struct mb_error *err);
void mb_plan_add_advice(const struct mb_motor *motor, struct mb_plan *plan);
void mb_plan_add_indicators(const struct mb_motor *motor, const struct mb_standards *standards,
                            struct mb_plan *plan);
/* Papers, standing of the sample, and the remedies for their findings. day: of the inspection. */
void mb_plan_add_papers(const struct mb_motor *motor, const struct mb_standards *standards, const char *day,
                        struct mb_plan *plan);
