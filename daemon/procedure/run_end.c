/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a run: outputs off, then the verdict from the record's own readings. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/evaluation.h"
#include "procedure/internal.h"

void run_end(struct mb_run *run, enum mb_run_state state, const char *verdict, const char *reason)
{
    if (run->ending)
        return;
    run->ending = true;
    run->ending_state = state;
    run->question.id[0] = run->waiting[0] = '\0';
    (void)snprintf(run->verdict, sizeof run->verdict, "%s", verdict ? verdict : "");
    (void)snprintf(run->reason, sizeof run->reason, "%s", reason);
    run_attach(run);
    run_tell_shaft(run);
    mb_bench_make_safe(
        run->bench); /* it is watched until that is confirmed: the bench goes idle by itself then */
    run_changed(run);
}

static int evaluate_record(struct mb_run *run, json_t **ret, struct mb_error *err)
{
    json_t *document = NULL, *sheet_json = NULL;
    struct mb_evaluation *evaluation = NULL;
    struct mb_sheet *sheet = NULL;
    char *text = NULL;
    int r = mb_store_load(run->store, mb_run_uuid(run), &document, err);

    if (r == 0)
        r = mb_record_sheet(document, &sheet_json, err);
    if (r == 0)
        r = (text = json_dumps(sheet_json, JSON_REAL_PRECISION(17))) ? 0 : -ENOMEM;
    if (r == 0)
        r = mb_sheet_parse("record", text, strlen(text), &sheet, err);
    if (r == 0)
        r = mb_evaluation_new(sheet, run->limits, &evaluation, err);
    if (r == 0) {
        run->grade = evaluation->grade;
        run->graded = true;
        memcpy(run->items, evaluation->items, sizeof run->items);
        run->item_count = evaluation->item_count;
        run->overall = evaluation->overall;
        run->efficiency = evaluation->result.efficiency;
        *ret = mb_evaluation_json(sheet, evaluation);
    }
    mb_evaluation_free(evaluation);
    mb_sheet_free(sheet);
    free(text);
    json_decref(sheet_json);
    json_decref(document);
    return r;
}

/* What a person should hear of before the verdict: a deleted load point. */
static void tell_deleted_point(struct mb_run *run, const json_t *evaluation)
{
    json_t *index = json_object_get(evaluation, "deleted_point"),
           *regression = json_object_get(evaluation, "regression");
    char text[200];

    if (!json_is_integer(index))
        return;
    (void)snprintf(
        text, sizeof text,
        "load point %lld of the record deleted: correlation of the residual loss %.4f, without it %.4f",
        (long long)json_integer_value(index) + 1, json_number_value(json_object_get(regression, "first_r")),
        json_number_value(json_object_get(regression, "r")));
    run_event(run, "deleted", text);
}

/* Record before verdict: the evaluation is on disk before anyone is told. */
int run_evaluate(struct mb_run *run)
{
    struct mb_error err = {""};
    json_t *evaluation = NULL;
    char reason[sizeof run->reason];
    int r = evaluate_record(run, &evaluation, &err);

    if (r == 0)
        tell_deleted_point(run, evaluation);
    if (r == 0)
        r = run_append(run, "evaluation", json_pack("{s:o}", "evaluation", evaluation));
    if (r == 0)
        return 0;
    (void)snprintf(reason, sizeof reason, "the evaluation failed: %.480s",
                   err.text[0] ? err.text : strerror(-r));
    run_forget_evaluation(run);
    run_end(run, MB_RUN_FAULT, "INVALID", reason);
    return r;
}

int run_evaluate_again(struct mb_run *run, struct mb_error *err)
{
    json_t *evaluation = NULL;
    int r = evaluate_record(run, &evaluation, err);

    json_decref(evaluation);
    return r;
}

void run_forget_evaluation(struct mb_run *run)
{
    run->graded = false;
    run->item_count = 0;
    run->efficiency = NAN;
}

#define RESULTS_MAX (MB_PLAN_ITEMS_MAX + 1 + MB_EVALUATION_ITEMS_MAX)

/* What counts in the verdict: the items asked for, one with a sheet as all that its evaluation judges. */
static size_t results_of(const struct mb_run *run, struct mb_item_result results[RESULTS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < run->list_count; i++) {
        const struct mb_run_item *item = &run->list[i];
        bool sheet = item->procedure && item->procedure->method && run->graded;

        if (item->wanted && sheet)
            for (size_t k = 0; k < run->item_count; k++)
                results[n++] = run->items[k];
        else if (item->wanted)
            results[n++] = (struct mb_item_result){.id = item->id,
                                                   .run = item->state == MB_ITEM_DONE,
                                                   .verdict = item->verdict,
                                                   .item_class = item->item_class};
    }
    return n;
}

/* Of all items together. A single one that could not be evaluated says itself why. */
static void judge(struct mb_run *run)
{
    struct mb_item_result results[RESULTS_MAX];
    size_t n = results_of(run, results);
    const struct mb_run_item *only = &run->list[run->item];
    const char *reason;

    run->overall = mb_overall(results, n);
    reason = n == 1 && !run->graded && *only->reason ? only->reason : run->overall.sentence;
    (void)snprintf(run->verdict, sizeof run->verdict, "%s", mb_verdict_name(run->overall.verdict));
    (void)snprintf(run->reason, sizeof run->reason, "%s%s%s", reason,
                   run->graded && *run->grade.note ? "; " : "", run->graded ? run->grade.note : "");
}

/* For the items that failed; advice, which the verdict does not look at. */
static json_t *remedies_json(const struct mb_run *run)
{
    struct mb_item_result results[RESULTS_MAX];
    size_t n = results_of(run, results);
    json_t *list = json_array();

    for (size_t i = 0; run->standards && i < n; i++) {
        const struct mb_remedy *remedy;
        size_t position = 0;

        while (results[i].run && results[i].verdict == MB_VERDICT_FAIL &&
               (remedy = mb_remedy_next(run->standards->remedies, results[i].id, &position)))
            (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "about", remedy->about, "advice",
                                                        remedy->advice, "source", remedy->source));
    }
    return list;
}

/* What is not on disk is not published. The next start of the daemon finds the record open. */
static void forget_verdict(struct mb_run *run, const char *why)
{
    run->ending_state = MB_RUN_FAULT;
    run_forget_evaluation(run);
    (void)snprintf(run->verdict, sizeof run->verdict, "INVALID");
    (void)snprintf(run->reason, sizeof run->reason, "the record could not be closed: %.300s",
                   *why ? why : "its verdict cannot be written");
}

void run_end_continue(struct mb_run *run)
{
    enum mb_safe_state safe = mb_bench_safe_state(run->bench);
    struct mb_error err = {""};

    if (!run->ending || (safe != MB_SAFE && safe != MB_SAFE_UNKNOWN) || run->state == run->ending_state)
        return;
    if (run->ending_state == MB_RUN_DONE && !run->verdict[0])
        judge(run);
    if (safe == MB_SAFE_UNKNOWN) { /* more important than why it ended */
        run->ending_state = MB_RUN_FAULT;
        (void)snprintf(run->reason, sizeof run->reason, "%s", mb_bench_fault(run->bench));
    }
    if (run_items_left(run, run->reason) < 0 ||
        run_append(run, "verdict",
                   json_pack("{s:s, s:s, s:o}", "verdict", run->verdict, "reason", run->reason, "remedies",
                             remedies_json(run))) < 0 ||
        mb_record_finish(run->record, mb_run_state_name(run->ending_state), run->verdict, run->reason, &err) <
            0)
        forget_verdict(run, err.text);
    run->state = run->ending_state;
    run_detach(run);
    run_leave_pin(run);
    run_event(run, "end", run->reason);
    run_changed(run);
    (void)sd_event_source_set_enabled(run->ended, SD_EVENT_ONESHOT);
}
