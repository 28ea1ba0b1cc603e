/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Going on after an interruption: what the record keeps for it, and whether the motor is still what it was.
 */
#include <errno.h>
#include <math.h>

#include "document/number_json.h"
#include "procedure/internal.h"

uint64_t run_now_ns(const struct mb_run *run)
{
    int64_t now = (int64_t)mb_clock_now_ns(mb_bench_clock(run->bench)) + run->offset_ns;

    return now > 0 ? (uint64_t)now : 0;
}

/* ---- What steps leave for later ones, as it is when a step begins. ---- */

static const struct {
    const char *key;
    size_t offset;
} kept[] = {
    {"rated_torque_nm", offsetof(struct mb_run_data, rated_torque_nm)},
    {"winding_hot_c", offsetof(struct mb_run_data, winding_hot_c)},
    {"coolant_c", offsetof(struct mb_run_data, coolant_c)},
    {"reheated_c", offsetof(struct mb_run_data, reheated_c)},
    {"load_before_ohm", offsetof(struct mb_run_data, load_before_ohm)},
    {"load_before_c", offsetof(struct mb_run_data, load_before_c)},
    {"switched_off_s", offsetof(struct mb_run_data, switched_off_s)}, /* the record's time */
};
#define KEPT (sizeof kept / sizeof *kept)

static double *kept_value(struct mb_run_data *data, size_t i)
{
    return (double *)((char *)data + kept[i].offset);
}

json_t *run_data_json(const struct mb_run *run)
{
    struct mb_run_data data = run->data;
    json_t *object = json_object();

    data.switched_off_s += (double)run->offset_ns * 1e-9;
    (void)json_object_set_new(object, "rotor_locked", json_boolean(data.rotor_locked));
    (void)json_object_set_new(object, "converter", json_boolean(data.converter));
    for (size_t i = 0; i < KEPT; i++)
        (void)json_object_set_new(object, kept[i].key, mb_json_number(*kept_value(&data, i)));
    return object;
}

void run_data_read(struct mb_run *run, const json_t *object)
{
    for (size_t i = 0; i < KEPT; i++)
        *kept_value(&run->data, i) = mb_json_value(object, kept[i].key);
    run->data.rotor_locked = json_is_true(json_object_get(object, "rotor_locked"));
    run->data.converter = json_is_true(json_object_get(object, "converter"));
    run->data.switched_off_s -= (double)run->offset_ns * 1e-9;
}

/* ---- May it be resumed? ---- */

/* Readings of the present step since its item began; empty: it left none. */
static int load_interrupted(struct mb_run *run, struct mb_error *err)
{
    json_t *document = NULL, *entry;
    size_t i;
    int r = mb_store_load(run->store, mb_run_uuid(run), &document, err);

    json_decref(run->interrupted);
    run->interrupted = json_array();
    json_array_foreach(json_object_get(document, "entries"), i, entry)
    {
        if (mb_json_text_is(entry, "type", "item") && mb_json_text_is(entry, "state", "begun"))
            (void)json_array_clear(run->interrupted);
        if (mb_json_text_is(entry, "type", "reading") && mb_json_text_is(entry, "step", mb_run_step(run)))
            (void)json_array_append(run->interrupted, entry);
    }
    json_decref(document);
    return r;
}

void run_forget_discards(struct mb_run *run)
{
    const struct mb_plan_step *plan = &run->procedure->steps[run->index];

    for (size_t i = 0; i < plan->discard_count; i++)
        run_forget_store(run, plan->discards[i]);
}

static void begin_resumed(struct mb_run *run)
{
    run->resuming = false;
    run_forget_discards(run);
    run_begin_step(run, (size_t)run->procedure->steps[run->index].resume_at);
}

void run_resume(struct mb_run *run)
{
    struct mb_error err = {""};

    if (run->list[run->item].state != MB_ITEM_RUNNING) { /* the daemon ended between two items */
        run_next_item(run);
        return;
    }
    if (!run->step.plan || !run->step.plan->kind->may_resume) {
        begin_resumed(run);
        return;
    }
    if (load_interrupted(run, &err) < 0) {
        run_end(run, MB_RUN_FAULT, "INVALID", err.text);
        return;
    }
    if (json_array_size(run->interrupted) == 0) {
        begin_resumed(run);
        return;
    }
    run->resuming = true;
    run->waiting[0] = '\0';
    run_changed(run);
}

void run_resume_tick(struct mb_run *run, const struct mb_snapshot *snapshot)
{
    double now_s = mb_snapshot_t_s(snapshot) + (double)run->offset_ns * 1e-9;

    switch (run->step.plan->kind->may_resume(&run->step, run->interrupted, now_s, snapshot)) {
    case MB_STEP_GOES_ON:
        break;
    case MB_STEP_DONE:
        begin_resumed(run);
        break;
    case MB_STEP_INVALID:
    case MB_STEP_FAULT:
        run->resuming = false;
        run_item_ended(run, run->step.reason);
        break;
    }
}
