/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One item of an inspection judged: pure, from the readings of a record to findings and a verdict. The run
 * and `verify` both come through here. One file an item or a family of them (item_*.c), one line each in
 * item.c. */
#pragma once

#include <jansson.h>

#include "core/error.h"
#include "standard/motor.h"
#include "standard/requirement.h"

struct mb_item_context {
    const char *item;
    const struct mb_motor *motor;
    const struct mb_requirements *requirements;
    const char *standard, *edition; /* of the limits, as the plan chose them; NULL: any */
    enum mb_decision_rule rule;
    const json_t *sheet; /* what the readings of the whole record make (cold, rated_load, cooling ...); NULL:
                            nothing */
};

/* Entries `reading` of the item since it last began, as in the export document ({"store", "step", "index",
 * "values", ...}), oldest first, none that was replaced. Gives {"item", "verdict", "reason", "findings":
 * [..]}. -ENOENT: nobody judges this item; other errors: the readings cannot be judged. */
int mb_item_judge(const struct mb_item_context *context, const json_t *readings, json_t **ret,
                  struct mb_error *err);
/* FAIL if a finding fails, else INVALID, else INCONCLUSIVE if one is, else PASS; NOT-APPLICABLE without
 * findings that count. *ret_reason: statement of the first finding that decides, "" when all is well;
 * borrowed from the findings. May be NULL. */
enum mb_verdict mb_findings_verdict(const json_t *findings, const char **ret_reason);

/* The finding that a table shows for the item: the first of this verdict with a limit, else the first of it;
 * NULL: none. Borrowed. */
const json_t *mb_findings_deciding(const json_t *findings, const char *verdict);

/* Compares a value with every requirement of the item's limits that fits: a finding each, and the worst of
 * their verdicts. No requirement: one INCONCLUSIVE finding that says so. value NAN: INVALID. uncertainty:
 * standard, NAN not known. */
enum mb_verdict mb_finding_requirement(const struct mb_item_context *context, json_t *findings,
                                       const char *quantity, const struct mb_circumstance *circumstances,
                                       double declared, double value, double uncertainty);
/* A finding without a limit: value NAN where there is none, unit "" then. */
void mb_finding_plain(json_t *findings, const char *quantity, double value, const char *unit,
                      enum mb_verdict verdict, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* The requirement of the item's limits that fits first, else that of another item of the same standard.
 * -ENOENT. */
int mb_item_requirement(const struct mb_item_context *context, const char *quantity,
                        const struct mb_circumstance *circumstances, double declared,
                        struct mb_requirement *ret);

/* The latest reading with this store and index (-1: any), NULL when there is none. */
const json_t *mb_item_reading(const json_t *readings, const char *store, int index);
/* A number of its values; NAN when it is not there. */
double mb_item_value(const json_t *reading, const char *name);
/* Its standard uncertainty; NAN when it is not known. */
double mb_item_uncertainty(const json_t *reading, const char *name);

#define MB_ITEM_CIRCUMSTANCES_MAX 6
/* {"name": "value", ..} as a list that a NULL name ends; the texts are the object's. */
void mb_item_circumstances(const json_t *object, struct mb_circumstance ret[MB_ITEM_CIRCUMSTANCES_MAX + 1]);

/* By which standard and edition an item is judged: from the plan in the record's run entry (member
 * "inspection"). Texts are borrowed; NULL where the plan says nothing. */
void mb_item_limits(const json_t *inspection, const char *item, const char **ret_standard,
                    const char **ret_edition);
