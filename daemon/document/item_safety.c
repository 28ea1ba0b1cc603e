/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grounding, insulation resistance, contact current, dielectric: readings of the step kind `safety-test`.
 * Each says what was asked for and by which quantities; here it is looked up again, so that a level or a
 * limit of another edition is seen. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/safety.h"
#include "document/item_judges.h"
#include "document/number_json.h"
#include "standard/mark.h"

/* What was asked of the tester may differ by this from what the data say: its digits [laboratory choice]. */
#define LEVEL_RELATIVE 0.01
#define BEYOND_OHM 1e15

/* -1: not the name of a kind. */
static int kind_of(const json_t *reading)
{
    const char *name = mb_json_text(reading, "test");

    for (int k = 0; k < MB_SAFETY_KIND_COUNT; k++)
        if (strcmp(mb_safety_kind_names[k], name) == 0)
            return k;
    return -1;
}

struct safety_reading {
    const struct mb_item_context *context;
    enum mb_safety_kind kind;
    const json_t *asked;
    const char *outcome, *part;
    struct mb_circumstance circumstances[MB_ITEM_CIRCUMSTANCES_MAX + 1];
    double applied, value, uncertainty;
    bool pass, over_range, in_ramp;
};

static void read_safety(const struct mb_item_context *context, const json_t *reading,
                        enum mb_safety_kind kind, struct safety_reading *ret)
{
    const char *value = mb_safety_in_ohm(kind) ? "resistance_ohm" : "current_a";

    *ret = (struct safety_reading){
        .context = context,
        .kind = kind,
        .asked = json_object_get(reading, "asked"),
        .outcome = mb_json_text(reading, "outcome"),
        .part = mb_json_text(reading, "part"),
        .applied = mb_item_value(reading, kind == MB_SAFETY_EARTH_BOND ? "current_a" : "voltage_v"),
        .value = mb_item_value(reading, value),
        .uncertainty = mb_item_uncertainty(reading, value),
        .pass = strcmp(mb_json_text(reading, "outcome"), mb_safety_verdict_name(MB_SAFETY_PASS)) == 0,
        .over_range = json_is_true(json_object_get(reading, "over_range")),
        .in_ramp = json_is_true(json_object_get(reading, "in_ramp")),
    };
    mb_item_circumstances(json_object_get(reading, "circumstances"), ret->circumstances);
}

/* What the data say is to be applied, with the ratio of the plan; false: they do not. */
static bool required_level(const struct safety_reading *s, struct mb_requirement *ret, double *ret_level)
{
    const char *ratio = mb_json_text(s->asked, "ratio");
    struct mb_requirement factor = {.limit = 1};

    if (mb_item_requirement(s->context, mb_json_text(s->asked, "level"), s->circumstances, NAN, ret) < 0 ||
        (*ratio && mb_item_requirement(s->context, ratio, s->circumstances, NAN, &factor) < 0))
        return false;
    *ret_level = ret->limit * factor.limit;
    return isfinite(*ret_level);
}

/* Too little was asked for: no pass may come of it. */
static bool level_suffices(const struct safety_reading *s, json_t *findings)
{
    double applied = mb_json_value(s->asked, "applied"), level;
    struct mb_requirement required;

    if (!required_level(s, &required, &level) || applied >= level * (1 - LEVEL_RELATIVE))
        return true;
    mb_finding_plain(findings, required.quantity, applied, required.unit, MB_VERDICT_INVALID,
                     "%s %.5g %s is less than the %.5g %s to be applied", required.quantity, applied,
                     required.unit, level, required.unit);
    return false;
}

static void attach(json_t *findings, const struct mb_requirement *r, double limit)
{
    json_t *last = json_array_get(findings, json_array_size(findings) - 1);

    (void)json_object_update_new(last, json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:s}", "limit",
                                                 mb_json_number(limit), "sense", "set", "standard",
                                                 r->standard, "edition", r->edition, "clause", r->clause,
                                                 "mark", r->mark, "cell", r->cell));
}

/* A leakage is logged; it decides only where the laboratory has given a limit. */
static void judge_leakage(const struct safety_reading *s, json_t *findings)
{
    struct mb_requirement limit;

    if (mb_item_requirement(s->context, "leakage-current", s->circumstances, NAN, &limit) == 0 &&
        isfinite(limit.limit))
        (void)mb_finding_requirement(s->context, findings, "leakage-current", s->circumstances, NAN, s->value,
                                     s->uncertainty);
    else if (isfinite(s->value))
        mb_finding_plain(findings, "leakage-current", s->value, "A", MB_VERDICT_NOT_APPLICABLE,
                         "leakage %.4g A noted, no limit in the data", s->value);
}

static void judge_withstand(const struct safety_reading *s, json_t *findings)
{
    struct mb_requirement required;
    double level, hold_s = mb_json_value(s->asked, "hold_s");
    bool known = required_level(s, &required, &level), open = known && !mb_mark_decides(required.mark);
    const char *word = open ? "; the mark of this voltage may not decide" : "";

    if (s->pass)
        mb_finding_plain(findings, mb_json_text(s->asked, "level"), s->applied, "V",
                         open ? MB_VERDICT_INCONCLUSIVE : MB_VERDICT_PASS,
                         "no breakdown at %.5g V for %g s%s", s->applied, hold_s, word);
    else
        mb_finding_plain(findings, mb_json_text(s->asked, "level"), s->applied, "V",
                         open ? MB_VERDICT_INCONCLUSIVE : MB_VERDICT_FAIL,
                         "%s at %.5g V%s: the insulation does not withstand %.5g V%s", s->outcome, s->applied,
                         s->in_ramp ? " in the ramp" : "", mb_json_value(s->asked, "applied"), word);
    if (known)
        attach(findings, &required, level);
    else if (s->pass) /* withstood, but nobody knows whether that is enough */
        mb_finding_plain(findings, mb_json_text(s->asked, "level"), s->applied, "V", MB_VERDICT_INCONCLUSIVE,
                         "the data do not say which voltage is to be applied: fill " MB_REQUIREMENTS_FILE);
    judge_leakage(s, findings);
}

/* More than the tester can show is more than any limit; the mark of the limit still decides. */
static void judge_beyond(const struct safety_reading *s, const char *quantity, json_t *findings)
{
    json_t *last;

    (void)mb_finding_requirement(s->context, findings, quantity, s->circumstances, NAN, BEYOND_OHM, NAN);
    last = json_array_get(findings, json_array_size(findings) - 1);
    (void)json_object_set_new(last, "value", json_null());
    (void)json_object_set_new(last, "over_range", json_true());
}

static void judge_value(const struct safety_reading *s, json_t *findings)
{
    const char *quantity = mb_json_text(s->asked, "limit");
    const char *unit = mb_safety_in_ohm(s->kind) ? "ohm" : "A";

    if (isfinite(s->value))
        (void)mb_finding_requirement(s->context, findings, quantity, s->circumstances, NAN, s->value,
                                     s->uncertainty);
    else if (s->pass && s->over_range && s->kind == MB_SAFETY_INSULATION)
        judge_beyond(s, quantity, findings);
    else
        mb_finding_plain(findings, quantity, NAN, unit, s->pass ? MB_VERDICT_INVALID : MB_VERDICT_FAIL,
                         "%s: %s", quantity, s->outcome);
    /* Whatever the value is: an arc or a breakdown is none that a motor may have. */
    if (strcmp(s->outcome, mb_safety_verdict_name(MB_SAFETY_FAIL_ARC)) == 0 ||
        strcmp(s->outcome, mb_safety_verdict_name(MB_SAFETY_FAIL_BREAKDOWN)) == 0)
        mb_finding_plain(findings, quantity, s->value, unit, MB_VERDICT_FAIL, "%s at %.5g V", s->outcome,
                         s->applied);
}

static void name_part(json_t *findings, size_t first, const char *part)
{
    for (size_t i = first; *part && i < json_array_size(findings); i++)
        (void)json_object_set_new(json_array_get(findings, i), "part", json_string(part));
}

/* Nothing was applied: which cell is to be filled in. */
static void judge_missing(const struct safety_reading *s, const char *quantity, json_t *findings)
{
    const struct mb_item_context *c = s->context;
    struct mb_requirement found = {.lacks = NULL};
    char row[200];

    if (mb_item_requirement(c, quantity, s->circumstances, NAN, &found) == 0 && found.lacks)
        (void)snprintf(row, sizeof row, "%s in the motor file", found.lacks);
    else if (*found.cell)
        (void)snprintf(row, sizeof row, "%s", found.cell);
    else
        (void)snprintf(row, sizeof row, MB_REQUIREMENTS_FILE ": a row %s, %s, %s%s%s", c->item, quantity,
                       c->standard ? c->standard : "its standard", c->edition ? "-" : "",
                       c->edition ? c->edition : "");
    mb_finding_plain(findings, quantity, NAN, "", MB_VERDICT_INCONCLUSIVE,
                     "nothing was applied, the data have no %s: fill or confirm %s", quantity, row);
}

int mb_judge_safety(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                    struct mb_error *err)
{
    json_t *reading;
    size_t i;

    json_array_foreach(readings, i, reading)
    {
        size_t first = json_array_size(findings);
        struct safety_reading s;
        int kind = kind_of(reading);

        if (kind < 0)
            continue;
        read_safety(context, reading, (enum mb_safety_kind)kind, &s);
        if (*mb_json_text(reading, "missing"))
            judge_missing(&s, mb_json_text(reading, "missing"), findings);
        else if (!s.pass || level_suffices(&s, findings))
            (kind == MB_SAFETY_AC_WITHSTAND || kind == MB_SAFETY_DC_WITHSTAND ? judge_withstand
                                                                              : judge_value)(&s, findings);
        name_part(findings, first, s.part);
    }
    return json_array_size(findings) > 0 ? 0 : mb_error_set(err, -ENODATA, "no safety test was done");
}

int mb_judge_contact(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                     struct mb_error *err)
{
    struct mb_error nobody;

    /* Asked about and measured by a tester: both count. */
    (void)mb_judge_questions(context, readings, findings, &nobody);
    return mb_judge_safety(context, readings, findings, err);
}
