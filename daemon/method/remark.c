/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/remark.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "method/parts.h"

_Static_assert((int)MB_REASON_COUNT <= MB_REMARKS_MAX, "each reason has its place");

const char *mb_reason_word(enum mb_reason reason)
{
    static const char *const words[MB_REASON_COUNT] = {
        [MB_REASON_REGRESSION_CORRELATION] = "regression-correlation",
        [MB_REASON_REGRESSION_SLOPE] = "regression-slope",
        [MB_REASON_RESIDUAL_NEGATIVE] = "residual-negative",
        [MB_REASON_TORQUE_SIGN] = "torque-sign",
        [MB_REASON_METER_INCONSISTENT] = "meter-inconsistent",
        [MB_REASON_POWER_FACTOR] = "power-factor",
        [MB_REASON_SUPPLY_FREQUENCY] = "supply-frequency",
        [MB_REASON_SUPPLY_VOLTAGE] = "supply-voltage",
        [MB_REASON_NO_LOAD_POINTS] = "no-load-points",
        [MB_REASON_LOAD_POINTS] = "load-points",
        [MB_REASON_COOLING_LATE] = "cooling-late",
        [MB_REASON_COOLING_FIT] = "cooling-fit",
        [MB_REASON_WINDING_TEMPERATURE] = "winding-temperature",
        [MB_REASON_SLIP] = "slip",
        [MB_REASON_MISSING_DATA] = "missing-data",
        [MB_REASON_TORQUE_RANGE] = "torque-range",
        [MB_REASON_TORQUE_ZERO] = "torque-zero",
        [MB_REASON_REGRESSION_INTERCEPT] = "regression-intercept",
        [MB_REASON_ADDITIONAL_LOAD_LOSS] = "additional-load-loss",
        [MB_REASON_DIRECT_DIFFERS] = "direct-differs",
        [MB_REASON_RATED_OUTPUT] = "rated-output",
        [MB_REASON_TORQUE_CORRECTION] = "torque-correction",
    };

    return reason < MB_REASON_COUNT ? words[reason] : "unknown";
}

/* A sentence that does not fit behind the earlier ones is dropped: those already refuse the test. */
static void append(struct mb_remark *remark, const char *sentence)
{
    size_t used = strlen(remark->text), n = strlen(sentence);

    if (used + n + 3 > sizeof remark->text)
        return;
    (void)snprintf(remark->text + used, sizeof remark->text - used, "%s%s", used ? "; " : "", sentence);
}

static void add(struct mb_remark *list, size_t *count, enum mb_reason reason, const char *format,
                va_list arguments) __attribute__((format(printf, 4, 0)));
static void add(struct mb_remark *list, size_t *count, enum mb_reason reason, const char *format,
                va_list arguments)
{
    char sentence[sizeof list->text];
    size_t i = 0;

    (void)vsnprintf(sentence, sizeof sentence - 3, format, arguments);
    while (i < *count && list[i].reason != reason)
        i++;
    if (i == *count) {
        (*count)++;
        list[i] = (struct mb_remark){.reason = reason};
    }
    append(&list[i], sentence);
}

void mb_remark_reason(struct mb_efficiency_result *result, enum mb_reason reason, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(result->reasons, &result->reason_count, reason, format, arguments);
    va_end(arguments);
    result->valid = false;
}

void mb_remark_warning(struct mb_efficiency_result *result, enum mb_reason reason, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(result->warnings, &result->warning_count, reason, format, arguments);
    va_end(arguments);
}

void mb_remark_defect(const struct mb_efficiency_input *input, struct mb_efficiency_result *result,
                      enum mb_reason reason, const char *format, ...)
{
    bool decides = mb_sums_losses(input);
    va_list arguments;

    va_start(arguments, format);
    if (decides)
        add(result->reasons, &result->reason_count, reason, format, arguments);
    else
        add(result->warnings, &result->warning_count, reason, format, arguments);
    va_end(arguments);
    if (decides)
        result->valid = false;
}

void mb_outcome_take(struct mb_outcome *outcome, const struct mb_efficiency_result *result)
{
    for (size_t i = 0; i < result->reason_count; i++)
        mb_finding_add(&outcome->reasons, mb_reason_word(result->reasons[i].reason), "%s",
                       result->reasons[i].text);
    for (size_t i = 0; i < result->warning_count; i++)
        mb_finding_add(&outcome->warnings, mb_reason_word(result->warnings[i].reason), "%s",
                       result->warnings[i].text);
}

bool mb_remark_has_reason(const struct mb_efficiency_result *result, enum mb_reason reason)
{
    for (size_t i = 0; i < result->reason_count; i++)
        if (result->reasons[i].reason == reason)
            return true;
    return false;
}
