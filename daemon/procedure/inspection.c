/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The items of a run one after the other: which is next, how each begins, how it is judged, what a failed one
 * means for those that follow. Between two items the outputs are confirmed off. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "procedure/internal.h"

void run_item_context(const struct mb_run *run, const json_t *sheet, struct mb_item_context *ret)
{
    *ret = (struct mb_item_context){
        .item = run->procedure->item,
        .motor = &run->motor,
        .requirements = run->standards ? run->standards->requirements : NULL,
        .rule = run->rule,
        .sheet = sheet,
    };
    mb_item_limits(run->inspection, ret->item, &ret->standard, &ret->edition);
}

static struct mb_run_item *present(struct mb_run *run)
{
    return &run->list[run->item];
}

/* ---- Stores that items have left, for steps that need not be done twice. ---- */

void run_note_store(struct mb_run *run, const char *store)
{
    (void)json_object_set_new(run->stores, store, json_string(present(run)->id));
}

void run_forget_store(struct mb_run *run, const char *store)
{
    (void)json_object_del(run->stores, store);
}

void run_forget_stores(struct mb_run *run, const char *item)
{
    const char *store;
    json_t *owner;
    void *next;

    json_object_foreach_safe(run->stores, next, store,
                             owner) if (strcmp(json_string_value(owner), item) == 0)(void)
        json_object_del(run->stores, store);
}

bool run_may_skip(struct mb_run *run, const struct mb_plan_step *step)
{
    for (size_t i = 0; i < step->skip_when_count; i++) {
        const char *owner = json_string_value(json_object_get(run->stores, step->skip_when[i]));

        if (!owner || strcmp(owner, present(run)->id) == 0)
            return false;
    }
    for (size_t i = 0; i < step->skip_when_count; i++)
        present(run)->borrows |=
            run_item_bit(run, json_string_value(json_object_get(run->stores, step->skip_when[i])));
    return step->skip_when_count > 0;
}

unsigned run_item_bit(const struct mb_run *run, const char *id)
{
    for (size_t i = 0; i < run->list_count; i++)
        if (strcmp(run->list[i].id, id) == 0)
            return 1u << i;
    return 0;
}

/* ---- Not run. ---- */

int run_item_not_run(struct mb_run *run, struct mb_run_item *item, const char *reason)
{
    item->state = MB_ITEM_NOT_RUN;
    if (reason != item->reason)
        (void)snprintf(item->reason, sizeof item->reason, "%s", reason);
    return run_append(
        run, "item",
        json_pack("{s:s, s:s, s:s}", "item", item->id, "state", "not-run", "reason", item->reason));
}

int run_items_left(struct mb_run *run, const char *reason)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < run->list_count; i++)
        if (run->list[i].state == MB_ITEM_PLANNED || run->list[i].state == MB_ITEM_RUNNING)
            r = run_item_not_run(run, &run->list[i], reason);
    return r;
}

/* ---- One begins. ---- */

static void cannot_write(struct mb_run *run)
{
    run_end(run, MB_RUN_FAULT, "INVALID", "the record cannot be written");
}

void run_forget_item(struct mb_run *run, struct mb_run_item *item)
{
    run_forget_stores(run, item->id);
    item->reason[0] = '\0';
    item->borrows = 0;
    item->unjudged = MB_UNJUDGED_OPEN;
    json_decref(item->findings);
    item->findings = NULL;
    if (item->procedure->method)
        run_forget_evaluation(run);
}

static int begin_item(struct mb_run *run, size_t index)
{
    struct mb_run_item *item = &run->list[index];
    bool sheet = item->procedure->method != NULL;
    int r;

    run->item = index;
    run->procedure = item->procedure;
    run->data.gates = &item->procedure->gates;
    run_begin_supply(run);
    run_forget_item(run, item);
    item->state = MB_ITEM_RUNNING;
    r = run_append(run, "item",
                   json_pack("{s:s, s:i, s:s, s:b}", "item", item->id, "attempt", ++item->attempt, "state",
                             "begun", "sheet", sheet));
    if (r == 0)
        run_event(run, "item", item->title);
    return r;
}

void run_next_item(struct mb_run *run)
{
    run->undecided = NULL;
    for (size_t i = 0; i < run->list_count; i++) {
        struct mb_run_item *item = &run->list[i];
        char reason[sizeof item->reason];

        if (item->state != MB_ITEM_PLANNED)
            continue;
        if (item->procedure->powered && run_forbidden(run, item, reason, sizeof reason)) {
            if (run_item_not_run(run, item, reason) < 0) {
                cannot_write(run);
                return;
            }
            run_event(run, "note", reason);
            continue;
        }
        if (item->procedure->powered && run_ask_unjudged(run, item))
            return;
        if (begin_item(run, i) < 0)
            cannot_write(run);
        else
            run_begin_step(run, 0);
        return;
    }
    run_end(run, MB_RUN_DONE, NULL, "");
}

/* ---- One ends. ---- */

void run_item_ended(struct mb_run *run, const char *invalid)
{
    struct mb_run_item *item = present(run);

    run->closing = true;
    run->question.id[0] = run->waiting[0] = '\0';
    run->state = MB_RUN_RUNNING;
    item->is_void = invalid != NULL;
    if (invalid)
        (void)snprintf(item->reason, sizeof item->reason, "%s", invalid);
    mb_bench_make_safe(run->bench); /* run_item_continue follows when that is confirmed */
    run_changed(run);
}

static void take_verdict(struct mb_run_item *item, enum mb_verdict verdict, const char *reason)
{
    item->verdict = verdict;
    (void)snprintf(item->reason, sizeof item->reason, "%s", reason);
}

/* From the record's own readings, by the code of `verify`. Nobody who judges it: INCONCLUSIVE; readings that
 * cannot be judged: INVALID. */
static void judge_findings(struct mb_run *run, struct mb_run_item *item)
{
    json_t *document = NULL, *judged = NULL;
    struct mb_error err = {""};
    const char *reason = "";
    int r = mb_store_load(run->store, mb_run_uuid(run), &document, &err);

    if (r == 0 && run->standards)
        r = mb_record_judge(document, item->id, run->standards->requirements, &judged, &err);
    else if (r == 0)
        r = mb_error_set(&err, -ENOENT, "there are no requirements to judge by");
    json_decref(document);
    if (r < 0) {
        take_verdict(item, r == -ENOENT ? MB_VERDICT_INCONCLUSIVE : MB_VERDICT_INVALID, err.text);
        return;
    }
    item->findings = json_incref(json_object_get(judged, "findings"));
    take_verdict(item, mb_findings_verdict(item->findings, &reason), "");
    (void)snprintf(item->reason, sizeof item->reason, "%s", reason);
    json_decref(judged);
}

static int judge_item(struct mb_run *run, struct mb_run_item *item)
{
    if (item->is_void) {
        item->verdict = MB_VERDICT_INVALID;
        run_forget_stores(run, item->id);
        return 0;
    }
    if (!item->procedure->method) {
        judge_findings(run, item);
        return 0;
    }
    if (run_evaluate(run) < 0)
        return -EIO;
    take_verdict(item, run->overall.verdict,
                 run->overall.verdict == MB_VERDICT_INVALID ? run->grade.note : run->overall.sentence);
    return 0;
}

static int append_judged(struct mb_run *run, const struct mb_run_item *item)
{
    return run_append(run, "item",
                      json_pack("{s:s, s:i, s:s, s:s, s:s, s:O*, s:b}", "item", item->id, "attempt",
                                item->attempt, "state", "judged", "verdict", mb_verdict_name(item->verdict),
                                "reason", item->reason, "findings", item->findings, "void", item->is_void));
}

void run_item_continue(struct mb_run *run)
{
    struct mb_run_item *item = present(run);
    enum mb_safe_state safe = mb_bench_safe_state(run->bench);

    if (!run->closing || run->ending || run->state == MB_RUN_PAUSED || safe == MB_GOING_SAFE ||
        safe == MB_ENERGISED)
        return;
    if (safe == MB_SAFE_UNKNOWN) {
        run_end(run, MB_RUN_FAULT, "INVALID", mb_bench_fault(run->bench));
        return;
    }
    run->closing = false;
    if (judge_item(run, item) < 0)
        return; /* the run ends as a fault */
    if (append_judged(run, item) < 0) {
        cannot_write(run);
        return;
    }
    item->state = item->again ? MB_ITEM_PLANNED : MB_ITEM_DONE;
    item->again = false;
    run_event(run, "judged", *item->reason ? item->reason : mb_verdict_name(item->verdict));
    run_changed(run);
    run_next_item(run);
}

/* ---- Again. ---- */

/* An item whose readings another has taken over counts with that one. */
static const struct mb_run_item *borrower(const struct mb_run *run, size_t index)
{
    for (size_t i = 0; i < run->list_count; i++)
        if (run->list[i].state == MB_ITEM_DONE && (run->list[i].borrows & 1u << index))
            return &run->list[i];
    return NULL;
}

int mb_run_repeat(struct mb_run *run, const char *id, const char *who, struct mb_error *err)
{
    struct mb_run_item *item = NULL;
    const struct mb_run_item *other;
    size_t i = 0;

    while (i < run->list_count && strcmp(run->list[i].id, id) != 0)
        i++;
    item = i < run->list_count ? &run->list[i] : NULL;
    if (!item || !item->procedure)
        return mb_error_set(err, -EINVAL, "this run has no item '%s' that the bench can do%s%s", id,
                            item && *item->reason ? ": " : "", item ? item->reason : "");
    if (run->ending ||
        (run->state != MB_RUN_RUNNING && run->state != MB_RUN_WAITING && run->state != MB_RUN_PAUSED))
        return mb_error_set(err, -EINVAL,
                            "the run is %s: an item is repeated while it lasts; start a new one with it",
                            mb_run_state_name(run->state));
    if (item->state == MB_ITEM_PLANNED || item->again)
        return mb_error_set(err, -EINVAL, "the item %s is still to come", id);
    if (item->state == MB_ITEM_RUNNING && run->data.rotor_locked)
        return mb_error_set(err, -EBUSY, "the rotor is locked: the item %s can be repeated after its release",
                            id);
    other = borrower(run, i);
    if (other)
        return mb_error_set(err, -EINVAL, "the item %s uses the readings of %s: repeat that one", other->id,
                            id);
    if (run_append(run, "operator",
                   json_pack("{s:s, s:s, s:s}", "ask", "repeat", "answer", id, "who", who ? who : "")) < 0)
        return mb_error_set(err, -EIO, "the record cannot be written");
    if (item->state != MB_ITEM_RUNNING) {
        item->state = MB_ITEM_PLANNED;
        if (run->undecided && run->state != MB_RUN_PAUSED) {
            run_services.ask(run, "", "");
            run_next_item(run);
        }
        run_changed(run);
        return 0;
    }
    item->again = true;
    if (run->state != MB_RUN_PAUSED && !run->closing)
        run_item_ended(run, "repeated by the operator");
    return 0;
}

/* ---- For others. ---- */

size_t mb_run_item_count(const struct mb_run *run)
{
    return run->list_count;
}

const struct mb_run_item *mb_run_item(const struct mb_run *run, size_t i)
{
    return i < run->list_count ? &run->list[i] : NULL;
}

const char *mb_item_state_name(enum mb_item_state state)
{
    static const char *const names[] = {[MB_ITEM_PLANNED] = "planned",
                                        [MB_ITEM_RUNNING] = "running",
                                        [MB_ITEM_DONE] = "done",
                                        [MB_ITEM_NOT_RUN] = "not-run"};

    return names[state];
}
