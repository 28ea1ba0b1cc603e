/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run as its record tells it: the frozen motor file and plans, then every entry once more in its order.
 * There is no second file of state that could say something else. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "procedure/internal.h"
#include "document/number_json.h"

/* So many restarts of the daemon within one run and this time are a loop [laboratory choice]. In the record's
 * time: an accelerated bench lives faster. */
#define RESTARTS_MAX 3
#define RESTARTS_WITHIN_S 600.0

/* ---- Frozen. ---- */

static int load_motor(struct mb_run *run, struct mb_error *err)
{
    char *text = NULL;
    size_t size = 0;
    int r = mb_store_frozen(run->store, mb_run_uuid(run), RUN_FROZEN_MOTOR, &text, &size, err);

    if (r == 0)
        r = mb_motor_parse(RUN_FROZEN_MOTOR, text, size, &run->motor, err);
    free(text);
    return r;
}

/* -ENOENT: the record has none of this name. */
static int load_procedure(struct mb_run *run, const char *name, struct mb_procedure **ret,
                          struct mb_error *err)
{
    char *text = NULL;
    size_t size = 0;
    int r = mb_store_frozen(run->store, mb_run_uuid(run), name, &text, &size, err);

    if (r == 0)
        r = mb_procedure_parse(name, text, size, ret, err);
    free(text);
    return r;
}

static bool is_asked(const json_t *asked, const char *item)
{
    json_t *name;
    size_t i;

    json_array_foreach(asked, i, name)
    {
        const char *text = json_string_value(name);

        if (text && strcmp(text, item) == 0)
            return true;
    }
    return false;
}

/* What has a frozen procedure was to be done when the run began; the rest says itself why not. */
static int add_item(struct mb_run *run, const json_t *planned, const json_t *asked,
                    struct mb_procedure **leading, struct mb_error *err)
{
    struct mb_run_item *item = &run->list[run->list_count++];
    const char *class_name = mb_json_text(planned, "class");
    char name[128];
    int r = 0;

    *item = (struct mb_run_item){.item_class = run_item_class(class_name)};
    (void)snprintf(item->id, sizeof item->id, "%s", mb_json_text(planned, "id"));
    (void)snprintf(item->title, sizeof item->title, "%s", mb_json_text(planned, "title"));
    item->wanted = is_asked(asked, item->id);
    (void)snprintf(name, sizeof name, RUN_FROZEN_PLANS, mb_json_text(planned, "procedure"));
    if (*leading && strcmp((*leading)->item, item->id) == 0) {
        item->procedure = *leading;
        *leading = NULL;
    } else {
        r = load_procedure(run, name, &item->procedure, err);
    }
    item->state = item->procedure ? MB_ITEM_PLANNED : MB_ITEM_NOT_RUN;
    return r == -ENOENT ? 0 : r;
}

static int load_items(struct mb_run *run, const json_t *document, const json_t *begun, struct mb_error *err)
{
    struct mb_procedure *leading = NULL;
    json_t *planned, *asked = json_object_get(begun, "asked"), *own = NULL;
    int r = load_procedure(run, RUN_FROZEN_PLAN, &leading, err);
    size_t i;

    run->inspection = json_incref(json_object_get(document, "inspection"));
    json_array_foreach(json_object_get(run->inspection, "items"), i,
                       planned) if (r == 0 && run->list_count < MB_PLAN_ITEMS_MAX) r =
        add_item(run, planned, asked, &leading, err);
    if (r == 0 && leading) /* a run of one procedure that the plan of the inspection does not have */
        own = json_pack("{s:s, s:s}", "id", leading->item, "title", leading->title);
    if (own)
        r = add_item(run, own, asked, &leading, err);
    json_decref(own);
    mb_procedure_free(leading);
    return r == 0 && !run_leading_procedure(run) ? mb_error_set(err, -EBADMSG, "the record has no plan") : r;
}

/* ---- Entries. ---- */

static struct mb_run_item *find_item(struct mb_run *run, const char *id)
{
    unsigned bit = run_item_bit(run, id);

    return bit ? &run->list[__builtin_ctz(bit)] : NULL;
}

static void replay_begun(struct mb_run *run, struct mb_run_item *item, const json_t *entry)
{
    run->item = (size_t)(item - run->list);
    run->procedure = item->procedure;
    run->data.gates = &item->procedure->gates;
    run_begin_supply(run);
    run->index = 0;
    run->step.plan = NULL;
    run_forget_item(run, item);
    item->state = MB_ITEM_RUNNING;
    item->attempt = (int)json_integer_value(json_object_get(entry, "attempt"));
    item->again = false;
}

static void replay_judged(struct mb_run *run, struct mb_run_item *item, const json_t *entry)
{
    item->is_void = json_is_true(json_object_get(entry, "void"));
    item->findings = json_incref(json_object_get(entry, "findings"));
    item->verdict = mb_verdict_read(mb_json_text(entry, "verdict"));
    if (item->is_void)
        run_forget_stores(run, item->id);
    for (; !item->is_void && run->index < item->procedure->step_count; run->index++)
        (void)run_may_skip(run, &item->procedure->steps[run->index]);
    item->state = item->again ? MB_ITEM_PLANNED : MB_ITEM_DONE;
    item->again = false;
    run->step.plan = NULL;
}

static void replay_item(struct mb_run *run, const json_t *entry)
{
    struct mb_run_item *item = find_item(run, mb_json_text(entry, "item"));
    const char *state = mb_json_text(entry, "state");

    if (!item)
        return;
    if (strcmp(state, "begun") == 0 && item->procedure)
        replay_begun(run, item, entry);
    else if (strcmp(state, "judged") == 0 && item->procedure)
        replay_judged(run, item, entry);
    else if (strcmp(state, "not-run") == 0)
        item->state = MB_ITEM_NOT_RUN;
    (void)snprintf(item->reason, sizeof item->reason, "%s", mb_json_text(entry, "reason"));
}

/* Steps between this one and the one before were skipped. */
static void replay_step(struct mb_run *run, const json_t *entry)
{
    const struct mb_procedure *p = run->procedure;
    int attempt = (int)json_integer_value(json_object_get(entry, "attempt"));
    size_t index = 0;

    while (p && index < p->step_count && strcmp(p->steps[index].id, mb_json_text(entry, "step")) != 0)
        index++;
    if (!p || index == p->step_count)
        return;
    for (size_t k = run->step.plan ? run->index + 1 : 0; k < index; k++)
        (void)run_may_skip(run, &p->steps[k]);
    if (run->step.plan && attempt > run->attempt)
        run_forget_discards(run);
    run->index = index;
    run->attempt = attempt;
    run->step = (struct mb_step){
        .plan = &p->steps[index], .data = &run->data, .services = &run_services, .userdata = run};
    run_data_read(run, json_object_get(entry, "data"));
}

static void replay_reading(struct mb_run *run, const json_t *entry)
{
    run_note_store(run, mb_json_text(entry, "store"));
}

static void replay_operator(struct mb_run *run, const json_t *entry)
{
    struct mb_run_item *item = find_item(run, mb_json_text(entry, "answer"));

    run_note_pin(run, mb_json_text(entry, "ask"));
    run_note_supply(run, entry);
    run_decide_unjudged(run, mb_json_text(entry, "ask"), mb_json_text(entry, "answer"));
    if (strcmp(mb_json_text(entry, "ask"), "repeat") != 0 || !item)
        return;
    if (item->state == MB_ITEM_RUNNING)
        item->again = true;
    else
        item->state = MB_ITEM_PLANNED;
}

static void replay(struct mb_run *run, const json_t *entries)
{
    static const struct {
        const char *type;
        void (*replay)(struct mb_run *run, const json_t *entry);
    } table[] = {{"item", replay_item},
                 {"step", replay_step},
                 {"reading", replay_reading},
                 {"operator", replay_operator}};
    json_t *entry;
    size_t i;

    json_array_foreach(entries, i, entry) for (size_t k = 0; k < sizeof table / sizeof *table;
                                               k++) if (mb_json_text_is(entry, "type", table[k].type))
        table[k]
            .replay(run, entry);
}

static unsigned count_photos(const json_t *frozen)
{
    unsigned n = 0;
    json_t *row;
    size_t i;

    json_array_foreach(frozen, i, row) n +=
        strncmp(mb_json_text(row, "name"), RUN_FROZEN_PHOTO, strlen(RUN_FROZEN_PHOTO)) == 0;
    return n;
}

/* The sheet is evaluated again where its item is done: the verdict of the run is made of it. */
static int restore_evaluation(struct mb_run *run, struct mb_error *err)
{
    for (size_t i = 0; i < run->list_count; i++) {
        const struct mb_run_item *item = &run->list[i];

        if (item->state == MB_ITEM_DONE && !item->is_void && item->procedure && item->procedure->method)
            return run_evaluate_again(run, err);
    }
    return 0;
}

/* ---- Time and restarts. ---- */

/* Seconds since 1970 of "2026-11-21T21:40:05.123+01:00"; NAN: no time. */
static double wall_s(const char *text)
{
    struct tm tm = {0};
    int ms, hours, minutes, n;
    char sign;

    n = sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3d%c%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ms, &sign, &hours, &minutes);
    if (n != 10)
        return NAN;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return (double)timegm(&tm) + ms * 1e-3 - (sign == '-' ? -60.0 : 60.0) * (hours * 60 + minutes);
}

/* The record's time goes on by what the wall clock says; one that was set back adds nothing. */
static void set_time(struct mb_run *run, const json_t *entries)
{
    const json_t *last = json_array_get(entries, json_array_size(entries) - 1);
    char now[48];
    double away_s, then_s = json_number_value(json_object_get(last, "t_s"));

    mb_wall_clock_iso8601(now, sizeof now);
    away_s = (wall_s(now) - wall_s(mb_json_text(last, "time"))) * mb_bench_clock(run->bench)->factor;
    run->offset_ns = (int64_t)((then_s + fmax(0, away_s)) * 1e9) + 1 -
                     (int64_t)mb_clock_now_ns(mb_bench_clock(run->bench));
}

static unsigned count_restarts(const json_t *entries, double since_s)
{
    unsigned n = 0;
    json_t *entry;
    size_t i;

    json_array_foreach(entries, i, entry) n += json_is_true(json_object_get(entry, "restart")) &&
                                               json_number_value(json_object_get(entry, "t_s")) > since_s;
    return n;
}

/* Before anything is rebuilt, so that a daemon that ends over it counts too. */
static int note_restart(struct mb_run *run, const json_t *entries, struct mb_error *err)
{
    double now_s = (double)run_now_ns(run) * 1e-9;
    unsigned before = count_restarts(entries, now_s - RESTARTS_WITHIN_S);
    int r = run_append(run, "state",
                       json_pack("{s:s, s:b, s:s, s:s}", "state", "paused", "restart", 1, "reason",
                                 "the daemon ended and was started again", "who", ""));

    if (r < 0)
        return mb_error_set(err, r, "the record cannot be written");
    if (before < RESTARTS_MAX)
        return 0;
    mb_error_set(err, -ELOOP, "the daemon ended %u times within %.0f min of this run: not tried again",
                 before + 1, RESTARTS_WITHIN_S / 60);
    mb_bench_trip(run->bench, err->text);
    return -ELOOP;
}

static int check_record(struct mb_run *run, struct mb_error *err)
{
    json_t *result = NULL;
    const char *problem;
    int r = mb_store_verify(run->store, mb_run_uuid(run), &result, err);

    if (r == 0 && !json_is_true(json_object_get(result, "ok"))) {
        problem = json_string_value(json_array_get(json_object_get(result, "problems"), 0));
        r = mb_error_set(err, -EBADMSG, "the record does not verify: %s", problem ? problem : "no reason");
    }
    json_decref(result);
    return r;
}

/* ---- All of it. ---- */

static const json_t *first_entry(const json_t *entries, const char *type)
{
    json_t *entry;
    size_t i;

    json_array_foreach(entries, i, entry) if (mb_json_text_is(entry, "type", type)) return entry;
    return NULL;
}

static int rebuild(struct mb_run *run, const json_t *document, struct mb_error *err)
{
    const json_t *entries = json_object_get(document, "entries"), *begun = first_entry(entries, "run");
    int r = begun ? 0 : mb_error_set(err, -EBADMSG, "it had not begun yet");

    if (r == 0)
        r = mb_decision_rule_read(mb_json_text(json_object_get(begun, "sheet"), "rule"), &run->rule, err);
    if (r == 0)
        r = load_motor(run, err);
    if (r == 0)
        r = load_items(run, document, begun, err);
    if (r == 0)
        r = run_compare_frozen(run, document, err);
    if (r < 0)
        return r;
    run->procedure = run_leading_procedure(run);
    run_init_data(run);
    replay(run, entries);
    run->photos = count_photos(json_object_get(document, "frozen"));
    return restore_evaluation(run, err);
}

static void hold_restored(struct mb_run *run)
{
    run->state = MB_RUN_PAUSED;
    (void)snprintf(run->reason, sizeof run->reason, "the daemon ended%s%.200s; outputs are off",
                   run->step.plan ? " in the step " : "", run->step.plan ? run->step.plan->title : "");
    (void)snprintf(run->waiting, sizeof run->waiting, "paused: %.380s", run->reason);
}

int mb_run_restore(sd_event *event, struct mb_store *store, struct mb_bench *bench,
                   const struct mb_limits *limits, const struct mb_standards *standards, const char *uuid,
                   const struct mb_run_observer *observer, void *userdata, struct mb_run **ret,
                   struct mb_error *err)
{
    struct mb_run *run = run_new(event, store, bench, limits);
    json_t *document = NULL;
    int r = run ? mb_record_open(store, uuid, &run->record, err) : -ENOMEM;

    if (r == 0)
        r = mb_store_load(store, uuid, &document, err);
    if (r == 0) {
        run->standards = standards;
        set_time(run, json_object_get(document, "entries"));
        r = note_restart(run, json_object_get(document, "entries"), err);
    }
    if (r == 0)
        r = check_record(run, err);
    if (r == 0)
        r = rebuild(run, document, err);
    json_decref(document);
    if (r < 0) {
        if (run)
            run->state = MB_RUN_FAULT; /* the caller closes the record */
        mb_run_free(run);
        return r;
    }
    hold_restored(run);
    run->observer = observer;
    run->userdata = userdata;
    *ret = run;
    return 0;
}
