/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Green-design assessments and product standards as tables of indicators: indicators.csv. Measured and
 * nameplate indicators have a range, documents only have to be there. Ranges that are not public stay empty
 * until a laboratory fills them in its own file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "standard/motor.h"
#include "standard/requirement_base.h"
#include "standard/verdict.h"

#define MB_INDICATORS_FILE "indicators.csv"

enum mb_indicator_kind { MB_INDICATOR_MEASURED, MB_INDICATOR_NAMEPLATE, MB_INDICATOR_DOCUMENT };
extern const char *const mb_indicator_kind_names[]; /* "measured", "nameplate", "document", NULL */

/* Texts are borrowed from the indicators. */
struct mb_indicator {
    const char *standard, *id, *title, *quantity, *limit, *unit, *mark, *evidence, *source;
    enum mb_indicator_kind kind;
    struct mb_range range;
    unsigned line;
};

struct mb_indicators;
/* -errno; -EINVAL with FILE:LINE. */
int mb_indicators_load(const char *path, struct mb_indicators **ret, struct mb_error *err);
struct mb_indicators *mb_indicators_free(struct mb_indicators *s);
size_t mb_indicators_count(const struct mb_indicators *s);
const struct mb_indicator *mb_indicators_get(const struct mb_indicators *s, size_t i);

struct mb_indicator_result {
    enum mb_verdict verdict;
    bool missing_document;
    double value; /* NAN: none */
    char note[200];
};
/* One indicator by the nameplate and by what the motor file gives as evidence. INCONCLUSIVE: not measured, no
 * range, a mark that may not decide, or a document that is missing. */
struct mb_indicator_result mb_indicator_assess(const struct mb_indicator *indicator,
                                               const struct mb_motor *motor);
