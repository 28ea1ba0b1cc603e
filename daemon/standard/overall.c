/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/overall.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "standard/date.h"

/* Which verdict speaks for the sample when both occur: the lower rank. */
static int rank(enum mb_verdict verdict)
{
    switch (verdict) {
    case MB_VERDICT_FAIL:
        return 0;
    case MB_VERDICT_INVALID:
        return 1;
    case MB_VERDICT_INCONCLUSIVE:
        return 2;
    case MB_VERDICT_PASS:
        return 3;
    case MB_VERDICT_NOT_APPLICABLE:
        return 4;
    }
    return 1;
}

static enum mb_verdict counted(const struct mb_item_result *item)
{
    return item->run ? item->verdict : MB_VERDICT_INCONCLUSIVE;
}

/* "efficiency, noise": the items that count with this verdict. */
static const char *names_of(const struct mb_item_result items[], size_t count, enum mb_verdict verdict,
                            char *buffer, size_t size)
{
    size_t used = 0;

    buffer[0] = '\0';
    for (size_t i = 0; i < count && used < size; i++)
        if (counted(&items[i]) == verdict)
            used += (size_t)snprintf(buffer + used, size - used, "%s%s", used ? ", " : "", items[i].id);
    return buffer;
}

static void say(const struct mb_item_result items[], size_t count, struct mb_overall *o)
{
    char names[200];

    (void)names_of(items, count, o->verdict, names, sizeof names);
    switch (o->verdict) {
    case MB_VERDICT_FAIL:
        (void)snprintf(o->sentence, sizeof o->sentence,
                       "the sample is nonconforming%s: %zu of %zu tested %s (%s)",
                       o->serious ? ", a serious one" : "", o->failed, o->tested,
                       o->failed == 1 ? "items fails" : "items fail", names);
        break;
    case MB_VERDICT_PASS: /* the words of the rule: nothing is said of what was not tested */
        (void)snprintf(o->sentence, sizeof o->sentence, "no nonconformity found in the tested items (%s)",
                       names);
        break;
    case MB_VERDICT_INVALID:
        (void)snprintf(o->sentence, sizeof o->sentence, "nothing can be concluded: the test of %s is invalid",
                       names);
        break;
    case MB_VERDICT_INCONCLUSIVE:
        (void)snprintf(o->sentence, sizeof o->sentence, "no conclusion: %s not decided or not tested", names);
        break;
    case MB_VERDICT_NOT_APPLICABLE:
        (void)snprintf(o->sentence, sizeof o->sentence, "no item of this inspection applies to the sample");
        break;
    }
}

struct mb_overall mb_overall(const struct mb_item_result items[], size_t count)
{
    struct mb_overall o = {.verdict = MB_VERDICT_NOT_APPLICABLE};

    for (size_t i = 0; i < count; i++) {
        enum mb_verdict verdict = counted(&items[i]);

        if (rank(verdict) < rank(o.verdict))
            o.verdict = verdict;
        o.tested += verdict == MB_VERDICT_PASS || verdict == MB_VERDICT_FAIL;
        o.failed += verdict == MB_VERDICT_FAIL;
        o.serious = o.serious || (verdict == MB_VERDICT_FAIL && items[i].item_class == MB_CLASS_A);
    }
    say(items, count, &o);
    return o;
}

struct mb_declared mb_declared_decides(enum mb_limit_sense sense, double declared, double limit,
                                       bool mandatory)
{
    double stricter_by = sense == MB_LIMIT_LOWER ? declared - limit : limit - declared;

    if (isnan(declared))
        return (struct mb_declared){limit, false, "no value is declared: the limit of the standard decides"};
    if (isnan(limit))
        return (struct mb_declared){declared, true, "the declared value is the only one known"};
    if (stricter_by > 0)
        return (struct mb_declared){declared, true,
                                    "the declared value is stricter than the standard and decides"};
    if (stricter_by < 0 && !mandatory)
        return (struct mb_declared){
            declared, true,
            "the declared value is laxer than a recommended standard: the declared value decides"};
    return (struct mb_declared){limit, false,
                                stricter_by < 0
                                    ? "the declared value is laxer than a mandatory standard, which decides"
                                    : "the declared value equals the limit of the standard"};
}

static void standing_of_spare(const struct mb_sample *s, struct mb_standing *ret)
{
    ret->final = ret->in_time;
    if (!s->objection)
        (void)snprintf(ret->text, sizeof ret->text,
                       "the spare is tested after an objection only, and the papers name no day of one");
    else if (ret->in_time)
        (void)snprintf(ret->text, sizeof ret->text,
                       "retest on the spare after the objection of %s: its result is final", s->objection);
    else
        (void)snprintf(
            ret->text, sizeof ret->text,
            "the objection of %s did not come within %d days of the receipt on %s: the first result stands",
            s->objection, MB_OBJECTION_DAYS, s->received ? s->received : "a day not stated");
}

static void standing_of_tested(const struct mb_sample *s, long days, const char *day, struct mb_standing *ret)
{
    if (s->objection && ret->in_time)
        (void)snprintf(ret->text, sizeof ret->text,
                       "objected to on %s, in time: the retest on the spare unit will be final",
                       s->objection);
    else if (!s->received)
        (void)snprintf(ret->text, sizeof ret->text,
                       "the result may be objected to within %d days of its receipt; keep the spare unit",
                       MB_OBJECTION_DAYS);
    else if (days > MB_OBJECTION_DAYS) {
        ret->final = true;
        (void)snprintf(ret->text, sizeof ret->text, "final: received on %s, not objected to within %d days",
                       s->received, MB_OBJECTION_DAYS);
    } else
        (void)snprintf(
            ret->text, sizeof ret->text,
            "received on %s: may be objected to for %ld more days (today is %s); keep the spare unit",
            s->received, MB_OBJECTION_DAYS - days, day);
}

struct mb_standing mb_sample_standing(const struct mb_sample *s, const char *day)
{
    struct mb_standing standing = {0};
    long waited;

    if (!s->unit)
        return standing;
    waited = s->objection && s->received ? mb_date_days(s->received, s->objection) : -1;
    standing.in_time = waited >= 0 && waited <= MB_OBJECTION_DAYS;
    if (strcmp(s->unit, "spare") == 0)
        standing_of_spare(s, &standing);
    else
        standing_of_tested(s, s->received ? mb_date_days(s->received, day) : 0, day, &standing);
    return standing;
}
