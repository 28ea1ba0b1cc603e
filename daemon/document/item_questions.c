/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items that a person looks at: the question's own data, recorded with each answer, says what is expected. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "document/item_judges.h"
#include "document/number_json.h"

static const char *label(const json_t *values)
{
    const char *title = mb_json_text(values, "title");

    return *title ? title : mb_json_text(values, "id");
}

static void judge_number(const struct mb_item_context *context, const json_t *values, json_t *findings)
{
    const char *quantity = mb_json_text(values, "requirement");
    struct mb_circumstance circumstances[MB_ITEM_CIRCUMSTANCES_MAX + 1];
    const json_t *answer = json_object_get(values, "answer");
    const json_t *factor = json_object_get(values, "factor");
    double number = json_is_number(answer) ? json_number_value(answer) : NAN;

    if (json_is_number(factor)) /* to the unit of the requirement */
        number *= json_number_value(factor);

    mb_item_circumstances(json_object_get(values, "circumstances"), circumstances);
    if (*quantity)
        (void)mb_finding_requirement(context, findings, quantity, circumstances, NAN, number, NAN);
    else
        mb_finding_plain(findings, mb_json_text(values, "id"), number, mb_json_text(values, "unit"),
                         MB_VERDICT_NOT_APPLICABLE, "%s: noted", label(values));
}

static void judge_word(const json_t *values, json_t *findings)
{
    const char *expected = mb_json_text(values, "expect"), *answer = mb_json_text(values, "answer");
    const char *source = mb_json_text(values, "source");
    enum mb_verdict verdict = MB_VERDICT_NOT_APPLICABLE;

    if (strcmp(answer, "not-applicable") == 0)
        verdict = MB_VERDICT_NOT_APPLICABLE;
    else if (*expected)
        verdict = strcmp(answer, expected) == 0 ? MB_VERDICT_PASS : MB_VERDICT_FAIL;
    mb_finding_plain(findings, mb_json_text(values, "id"), NAN, "", verdict, "%s: %s%s%s%s", label(values),
                     *answer ? answer : "no answer", *source ? " (" : "", source, *source ? ")" : "");
}

int mb_judge_questions(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                       struct mb_error *err)
{
    json_t *reading;
    size_t i;

    json_array_foreach(readings, i, reading)
    {
        const json_t *values = json_object_get(reading, "values");

        if (!json_object_get(values, "answer"))
            continue;
        /* Who approves repeats the answer; only a refusal is a finding of its own. */
        if (json_is_number(json_object_get(values, "answer")) || *mb_json_text(values, "requirement"))
            judge_number(context, values, findings);
        else
            judge_word(values, findings);
    }
    return json_array_size(findings) > 0 ? 0 : mb_error_set(err, -ENODATA, "no question was answered");
}
