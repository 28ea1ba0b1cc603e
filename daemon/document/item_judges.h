/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of document/: the judges there are, each in a file item_*.c; the table is in item.c. A judge adds
 * its findings; a negative errno means that the readings cannot be judged. */
#pragma once

#include "document/item.h"
#include "method/finding.h"
#include "method/rating.h"

typedef int (*mb_item_judge_function)(const struct mb_item_context *context, const json_t *readings,
                                      json_t *findings, struct mb_error *err);

int mb_judge_questions(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                       struct mb_error *err);
int mb_judge_safety(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                    struct mb_error *err);
/* Read by a person, or by the tester of a laboratory's own plan. */
int mb_judge_contact(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                     struct mb_error *err);
int mb_judge_rotation(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                      struct mb_error *err);
int mb_judge_rating(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                    struct mb_error *err);
int mb_judge_drive(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                   struct mb_error *err);
/* The points of one reading of a sweep, {"branch", "u_v", "t_nm", "n_rpm"} each, to at most
 * MB_SWEEP_POINTS_MAX. */
size_t mb_item_sweep_points(const json_t *reading, struct mb_sweep_point *points);
/* Its part about synchronous motors. */
void mb_judge_synchronous(const struct mb_item_context *context, const json_t *readings, json_t *findings);
/* Against the declared value where there is one; else only noted. */
void mb_judge_declared(const struct mb_item_context *context, json_t *findings, const char *quantity,
                       const char *unit, double declared, double value, double uncertainty);
/* A finding for each reason why there is no result. */
void mb_findings_invalid(json_t *findings, const char *quantity, const struct mb_findings *reasons);
int mb_judge_thermal(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                     struct mb_error *err);
int mb_judge_mechanical(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                        struct mb_error *err);
int mb_judge_vibration(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                       struct mb_error *err);
int mb_judge_noise(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                   struct mb_error *err);
