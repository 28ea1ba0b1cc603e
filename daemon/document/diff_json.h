/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two editions side by side, as documents. Names: "GB 18613-2020"; -EINVAL, -ENOENT with err for one that the
 * data do not have. */
#pragma once

#include <jansson.h>

#include "standard/standards.h"

/* Limit by limit: {"a": {id, edition, name}, "b", "tables": [{side, standard, table, file, cells, in_data}],
 * "limits": [{kind, what, unit, status, "a": {limit, rule, mark, source} or null, "b"}], "counts": {status:
 * n}}. */
int mb_standards_diff_json(const struct mb_standards *standards, const char *a, const char *b, json_t **ret,
                           struct mb_error *err);
/* Both on one record, as its export document has it: {"uuid", "recorded": {verdict, efficiency, standard},
 * "a": {name, as, valid, efficiency, verdict, "grade": {...}}, "b", "same"}. as: "test-method", the readings
 * are evaluated by it; "limit", the efficiency is judged by it. -ENODATA: the record has no test sheet;
 * -EINVAL: an edition of another kind. */
int mb_record_diff_json(const struct mb_standards *standards, const char *a, const char *b,
                        const json_t *record, json_t **ret, struct mb_error *err);
