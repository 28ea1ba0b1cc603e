/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a safety item means for the items that energise the motor. Failed, or not measured as it should be:
 * they are not run. Measured and not to be judged here, as a limit is not known: a person decides, once an
 * item. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "procedure/internal.h"

#define PREFIX "unjudged-"
#define ENERGISE "energise"
#define LEAVE "leave"

/* A value within a limit that the laboratory has not confirmed yet hurts nobody; one that is not known, or
 * beyond it, might. */
static bool within_limit(const json_t *finding)
{
    const json_t *value = json_object_get(finding, "value"), *limit = json_object_get(finding, "limit");
    const char *sense = json_string_value(json_object_get(finding, "sense"));

    if (sense && strcmp(sense, "lower") == 0 && json_is_true(json_object_get(finding, "over_range")))
        return true;
    if (!json_is_number(value) || !json_is_number(limit) || !sense)
        return false;
    return strcmp(sense, "lower") == 0 ? json_number_value(value) >= json_number_value(limit)
                                       : json_number_value(value) <= json_number_value(limit);
}

static bool is_done(const struct mb_run_item *item)
{
    return item->attempt > 0 && item->state != MB_ITEM_RUNNING && item->procedure->safety;
}

/* The finding that leaves it open whether the motor may be energised; NULL: none. */
static const json_t *open_finding(const struct mb_run_item *item)
{
    json_t *finding;
    size_t i;

    json_array_foreach(item->findings, i, finding)
    {
        const char *verdict = json_string_value(json_object_get(finding, "verdict"));

        if (verdict && strcmp(verdict, mb_verdict_name(MB_VERDICT_INCONCLUSIVE)) == 0 &&
            !within_limit(finding))
            return finding;
    }
    return NULL;
}

static bool is_unjudged(const struct mb_run_item *item)
{
    return is_done(item) && item->verdict == MB_VERDICT_INCONCLUSIVE &&
           (json_array_size(item->findings) == 0 || open_finding(item));
}

static bool forbids(const struct mb_run_item *item)
{
    if (is_unjudged(item))
        return item->unjudged == MB_UNJUDGED_LEAVE;
    return is_done(item) && (item->verdict == MB_VERDICT_FAIL || item->verdict == MB_VERDICT_INVALID);
}

bool run_forbidden(const struct mb_run *run, const struct mb_run_item *item, char *reason, size_t size)
{
    for (size_t i = 0; i < run->list_count; i++) {
        const struct mb_run_item *other = &run->list[i];

        if (other == item || !forbids(other))
            continue;
        (void)snprintf(reason, size, "the safety item %s is %s%s%.300s", other->id,
                       mb_verdict_name(other->verdict), is_unjudged(other) ? ": " : "",
                       is_unjudged(other) ? other->reason : "");
        return true;
    }
    return false;
}

/* ---- Asking. ---- */

static void describe(const struct mb_run_item *item, char *text, size_t size)
{
    const json_t *finding = open_finding(item), *value = json_object_get(finding, "value");
    const char *unit = json_string_value(json_object_get(finding, "unit"));
    char measured[64] = "nothing was measured";

    if (json_is_number(value))
        (void)snprintf(measured, sizeof measured, "measured: %.6g %.20s", json_number_value(value),
                       unit ? unit : "");
    (void)snprintf(text, size,
                   "The safety item %s cannot be judged; %s (%.200s). Energise the motor all the same? "
                   "Answer: " ENERGISE " or " LEAVE,
                   item->id, measured, item->reason);
}

bool run_ask_unjudged(struct mb_run *run, const struct mb_run_item *item)
{
    struct mb_question question = {
        .kind = MB_QUESTION_CHOICE, .minimum = NAN, .maximum = NAN, .choices = ENERGISE ";" LEAVE};

    for (size_t i = 0; i < run->list_count; i++) {
        struct mb_run_item *other = &run->list[i];

        if (other == item || !is_unjudged(other) || other->unjudged != MB_UNJUDGED_OPEN)
            continue;
        run->undecided = other;
        (void)snprintf(question.id, sizeof question.id, PREFIX "%s", other->id);
        describe(other, question.text, sizeof question.text);
        run_services.question(run, &question);
        return true;
    }
    return false;
}

void run_decide_unjudged(struct mb_run *run, const char *ask, const char *word)
{
    if (strncmp(ask, PREFIX, strlen(PREFIX)) != 0)
        return;
    for (size_t i = 0; i < run->list_count; i++)
        if (strcmp(run->list[i].id, ask + strlen(PREFIX)) == 0)
            run->list[i].unjudged = strcmp(word, ENERGISE) == 0 ? MB_UNJUDGED_ENERGISE : MB_UNJUDGED_LEAVE;
}

int run_answer_unjudged(struct mb_run *run, const char *word, const char *who)
{
    if (strcmp(word, ENERGISE) != 0 && strcmp(word, LEAVE) != 0)
        return -EINVAL;
    if (run_append(run, "operator",
                   json_pack("{s:s, s:s, s:s, s:s}", "ask", run->question.id, "answer", word, "who", who,
                             "text", run->question.text)) < 0)
        return -EIO;
    run_decide_unjudged(run, run->question.id, word);
    run_services.ask(run, "", "");
    run_next_item(run);
    return 0;
}
