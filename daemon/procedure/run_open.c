/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The record's beginning: who measures what on which bench, before the first command. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "document/node_json.h"
#include "procedure/internal.h"

static json_t *transformer_json(const struct mb_transformer *t)
{
    return json_pack("{s:f, s:f, s:f, s:f}", "ratio_error", t->ratio_error, "displacement_rad",
                     t->displacement_rad, "ratio_uncertainty", t->ratio_uncertainty,
                     "displacement_uncertainty_rad", t->displacement_uncertainty_rad);
}

static json_t *transformers_json(const struct mb_transformers *t)
{
    return json_pack("{s:f, s:f, s:o, s:o}", "voltage_ratio", t->voltage.ratio, "current_ratio",
                     t->current.ratio, "voltage_transformer", transformer_json(&t->voltage),
                     "current_transformer", transformer_json(&t->current));
}

static json_t *instruments_json(const struct mb_bench *bench)
{
    const struct mb_bench_setting *s = mb_bench_get_setting(bench);
    json_t *list = json_array();

    for (size_t i = 0; i < s->instrument_count; i++) {
        const struct mb_instrument *instrument = mb_bench_instrument(bench, i);
        const struct mb_bench_instrument *setting = &s->instruments[i];
        json_t *one =
            json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", instrument->id, "profile", instrument->profile,
                      "identity", instrument->identity, "address", instrument->address, "calibration",
                      setting->calibration ? setting->calibration : "not stated");

        if (mb_transformers_any(&setting->transformers))
            (void)json_object_update_new(one, transformers_json(&setting->transformers));
        (void)json_array_append_new(list, one);
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
struct mb_procedure *run_leading_procedure(const struct mb_run *run)
{
    struct mb_procedure *first = NULL;

    for (size_t i = 0; i < run->list_count; i++) {
        struct mb_procedure *p = run->list[i].state == MB_ITEM_PLANNED ? run->list[i].procedure : NULL;

        if (p && p->method)
            return p;
        first = first ? first : p;
    }
    return first;
}

static json_t *procedure_json(const struct mb_run *run)
{
    const struct mb_procedure *p = run_leading_procedure(run);
    size_t count = 0;

    for (size_t i = 0; i < run->list_count; i++)
        count += run->list[i].state == MB_ITEM_PLANNED;
    return count > 1 ? json_pack("{s:s, s:s, s:s}", "id", "inspection", "title",
                                 "Inspection of several items", "standard", p->standard ? p->standard : "")
                     : json_pack("{s:s, s:s, s:s}", "id", p->id, "title", p->title, "standard",
                                 p->standard ? p->standard : "");
}

/* The items that count in the verdict of the run. */
static json_t *asked_json(const struct mb_run *run)
{
    json_t *list = json_array();

    for (size_t i = 0; i < run->list_count; i++)
        if (run->list[i].wanted)
            (void)json_array_append_new(list, json_string(run->list[i].id));
    return list;
}

static int append_run_entry(struct mb_run *run, const struct mb_run_request *request, struct mb_error *err)
{
    const struct mb_procedure *p = run_leading_procedure(run);
    json_t *motor = part_json(request, "motor", err);

    if (!motor)
        return -EINVAL;
    return run_append(run, "run",
                      json_pack("{s:{s:s*, s:s*, s:s}, s:o, s:o*, s:O?, s:o, s:o, s:o, s:o, s:s}", "sheet",
                                "method", p->method, "standard", p->standard, "rule",
                                mb_decision_rule_names[request->rule], "motor", motor, "sample",
                                part_json(request, "sample", NULL), "inspection", run->inspection, "asked",
                                asked_json(run), "instruments", instruments_json(run->bench), "plan",
                                procedure_json(run), "laboratory", laboratory_json(request), "who",
                                request->operator_name ? request->operator_name : ""));
}

static int freeze(struct mb_run *run, const char *name, const void *bytes, size_t size, void *userdata,
                  struct mb_error *err)
{
    int r = mb_record_freeze(run->record, name, bytes, size, err);

    (void)userdata;
    return r == -EEXIST && strncmp(name, RUN_FROZEN_PROFILE, strlen(RUN_FROZEN_PROFILE)) == 0
               ? 0 /* two instruments of one model */
               : r;
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
        r = freeze(run, RUN_FROZEN_MOTOR, request->motor_text, strlen(request->motor_text), NULL, err);
    if (r == 0)
        r = run_each_frozen(run, freeze, NULL, err);
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
