/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The record's beginning and end: what is frozen before the first command, and the verdict from the record's
 * own readings. */
#include <errno.h>
#include <stdlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/paths.h"
#include "document/evaluation.h"
#include "document/node_json.h"
#include "procedure/internal.h"

#define PROFILE_FILE_MAX (1u << 20)
#define GRADE_STANDARD "GB 18613-2020"

static json_t *instruments_json(const struct mb_bench *bench)
{
    const struct mb_bench_setting *s = mb_bench_get_setting(bench);
    json_t *list = json_array();

    for (size_t i = 0; i < s->instrument_count; i++) {
        const struct mb_instrument *instrument = mb_bench_instrument(bench, i);

        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", instrument->id, "profile", instrument->profile,
                            "identity", instrument->identity, "address", instrument->address, "calibration",
                            s->instruments[i].calibration ? s->instruments[i].calibration : "not stated"));
    }
    return list;
}

/* `motor:` or `sample:` of the motor file as it stands there; NULL: it has none. */
static json_t *part_json(const struct mb_run_request *request, const char *part, struct mb_error *err)
{
    struct mb_document *document = NULL;
    const struct mb_node *node;
    json_t *json = NULL;

    if (mb_document_parse(request->motor_name, request->motor_text, strlen(request->motor_text), &document,
                          err) < 0)
        return NULL;
    node = mb_node_get(mb_document_root(document), part);
    json = node ? mb_node_json(node) : NULL;
    mb_document_free(document);
    return json;
}

static json_t *laboratory_json(const struct mb_run_request *request)
{
    json_t *laboratory = request->laboratory_json ? json_loads(request->laboratory_json, 0, NULL) : NULL;

    return laboratory ? laboratory : json_object();
}

/* The procedure whose method the record's sheet is of, else the first one. */
static const struct mb_procedure *leading(const struct mb_run *run)
{
    const struct mb_procedure *first = NULL;

    for (size_t i = 0; i < run->list_count; i++) {
        const struct mb_procedure *p = run->list[i].state == MB_ITEM_PLANNED ? run->list[i].procedure : NULL;

        if (p && p->method)
            return p;
        first = first ? first : p;
    }
    return first;
}

static json_t *procedure_json(const struct mb_run *run)
{
    const struct mb_procedure *p = leading(run);
    size_t count = 0;

    for (size_t i = 0; i < run->list_count; i++)
        count += run->list[i].state == MB_ITEM_PLANNED;
    return count > 1 ? json_pack("{s:s, s:s, s:s}", "id", "inspection", "title",
                                 "Inspection of several items", "standard", p->standard ? p->standard : "")
                     : json_pack("{s:s, s:s, s:s}", "id", p->id, "title", p->title, "standard",
                                 p->standard ? p->standard : "");
}

static int append_run_entry(struct mb_run *run, const struct mb_run_request *request, struct mb_error *err)
{
    const struct mb_procedure *p = leading(run);
    json_t *motor = part_json(request, "motor", err);

    if (!motor)
        return -EINVAL;
    return run_append(
        run, "run",
        json_pack("{s:{s:s*, s:s*, s:s}, s:o, s:o*, s:O?, s:o, s:o, s:o, s:s}", "sheet", "method", p->method,
                  "standard", p->standard, "rule", mb_decision_rule_names[request->rule], "motor", motor,
                  "sample", part_json(request, "sample", NULL), "inspection", run->inspection, "instruments",
                  instruments_json(run->bench), "plan", procedure_json(run), "laboratory",
                  laboratory_json(request), "who", request->operator_name ? request->operator_name : ""));
}

static int freeze_profiles(struct mb_run *run, struct mb_error *err)
{
    const struct mb_bench_setting *s = mb_bench_get_setting(run->bench);
    int r = 0;

    for (size_t i = 0; r == 0 && i < s->instrument_count; i++) {
        char leaf[128], path[4096], name[128], *text = NULL;
        size_t size = 0;

        (void)snprintf(leaf, sizeof leaf, "profiles/%s.yaml", s->instruments[i].profile);
        (void)snprintf(name, sizeof name, "profile/%s.yaml", s->instruments[i].profile);
        r = mb_data_path(leaf, path, sizeof path);
        if (r < 0 || mb_file_read(path, PROFILE_FILE_MAX, &text, &size, NULL) < 0)
            continue; /* families without a profile file (iio) */
        r = mb_record_freeze(run->record, name, text, size, err);
        free(text);
        if (r == -EEXIST) /* two instruments of one model */
            r = 0;
    }
    return r;
}

/* Everything that says what the limits are: the tables, who confirmed them. */
static int freeze_limits(struct mb_run *run, struct mb_error *err)
{
    struct mb_limits_file file;
    char name[MB_LIMITS_NAME_MAX + sizeof MB_LIMITS_FROZEN_SITE];
    int r = mb_limits_file(run->limits, GRADE_STANDARD, 0, &file);

    if (r < 0)
        return mb_error_set(err, r, "there are no limits of " GRADE_STANDARD);
    for (size_t i = 0; r == 0 && mb_limits_file(run->limits, GRADE_STANDARD, i, &file) == 0; i++) {
        (void)snprintf(name, sizeof name, "%s%s", file.site ? MB_LIMITS_FROZEN_SITE : MB_LIMITS_FROZEN,
                       file.name);
        r = mb_record_freeze(run->record, name, file.text, file.size, err);
    }
    return r;
}

static int freeze_text(struct mb_run *run, const char *name, const char *text, struct mb_error *err)
{
    return text ? mb_record_freeze(run->record, name, text, strlen(text), err) : 0;
}

/* Each item's own procedure, and by what it is judged. The sheet's is the plan-file. */
static int freeze_items(struct mb_run *run, struct mb_error *err)
{
    const char *confirmations = NULL, *requirements;
    bool any = false;
    int r = 0;

    for (size_t i = 0; r == 0 && i < run->list_count; i++) {
        const struct mb_procedure *p = run->list[i].procedure;
        char name[128];

        if (!p || run->list[i].state != MB_ITEM_PLANNED)
            continue;
        any = any || !p->method;
        (void)snprintf(name, sizeof name, "plan/%.100s.yaml", p->id);
        if (p != leading(run))
            r = freeze_text(run, name, p->text, err);
    }
    if (r < 0 || !any || !run->standards)
        return r;
    requirements = mb_requirements_text(run->standards->requirements, &confirmations);
    r = freeze_text(run, MB_FROZEN_REQUIREMENTS, requirements, err);
    return r < 0 ? r : freeze_text(run, MB_FROZEN_CONFIRMATIONS, confirmations, err);
}

static int freeze_all(struct mb_run *run, const struct mb_run_request *request, struct mb_error *err)
{
    const struct mb_bench_setting *s = mb_bench_get_setting(run->bench);
    int r =
        mb_record_freeze(run->record, "motor-file", request->motor_text, strlen(request->motor_text), err);

    if (r == 0)
        r = mb_record_freeze(run->record, "bench-file", s->text, s->text_size, err);
    if (r == 0)
        r = freeze_text(run, "plan-file", leading(run)->text, err);
    if (r == 0)
        r = freeze_items(run, err);
    if (r == 0 && leading(run)->method)
        r = freeze_limits(run, err);
    return r < 0 ? r : freeze_profiles(run, err);
}

int run_open_record(struct mb_run *run, const struct mb_run_request *request, struct mb_error *err)
{
    const struct mb_bench_setting *s = mb_bench_get_setting(run->bench);
    const struct mb_record_head head = {
        .bench = s->name,
        .motor_id = run->motor.id,
        .manufacturer = run->motor.manufacturer,
        .model = run->motor.model,
        .simulated = s->simulated,
        .time_factor = s->time_factor,
        .program_version = MB_VERSION,
    };
    int r = mb_record_create(run->store, &head, &run->record, err);

    if (r == 0)
        r = append_run_entry(run, request, err);
    if (r == 0)
        r = freeze_all(run, request, err);
    for (size_t i = 0; r == 0 && i < run->list_count; i++)
        if (run->list[i].state == MB_ITEM_NOT_RUN)
            r = run_item_not_run(run, &run->list[i], run->list[i].reason);
    if (r < 0 && run->record) {
        (void)mb_record_finish(run->record, "fault", "INVALID",
                               err && err->text[0] ? err->text : "could not start", NULL);
        run->state = MB_RUN_FAULT;
    }
    return r;
}

void run_end(struct mb_run *run, enum mb_run_state state, const char *verdict, const char *reason)
{
    if (run->ending)
        return;
    run->ending = true;
    run->ending_state = state;
    run->question.id[0] = run->waiting[0] = '\0';
    (void)snprintf(run->verdict, sizeof run->verdict, "%s", verdict ? verdict : "");
    (void)snprintf(run->reason, sizeof run->reason, "%s", reason);
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

/* What is not on disk is not published. The next start of the daemon closes the record as INVALID. */
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
    run_event(run, "end", run->reason);
    run_changed(run);
    (void)sd_event_source_set_enabled(run->ended, SD_EVENT_ONESHOT);
}
