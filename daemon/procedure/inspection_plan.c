/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which items a run has: those of the plan of the inspection, in its order, each with its procedure, or with
 * the reason why it cannot be done here. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/role.h"
#include "document/sheet.h"
#include "document/standards_json.h"
#include "procedure/internal.h"
#include "procedure/method_plan.h"

#define EVERY_ITEM "all"
/* Of a state, as it becomes a part of a file name. */
#define STATE_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* Where a list of names between commas has this one, with or without "@STATE"; NULL: nowhere. */
static const char *find_name(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = list; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ','))
        if (strcspn(p, ",@") == n && strncmp(p, name, n) == 0)
            return p;
    return NULL;
}

/* Of a state of the motor, "insulation-resistance@after-humidity", there is a procedure of its own. */
static void procedure_name(const char *list, const char *item, const char *procedure, char *ret, size_t size)
{
    const char *at = find_name(list, item);
    size_t n = at ? strcspn(at, ",@") : 0;
    bool state = at && at[n] == '@';

    (void)snprintf(ret, size, "%.60s%s%.*s", procedure, state ? "-" : "",
                   state ? (int)strspn(at + n + 1, STATE_LETTERS) : 0, state ? at + n + 1 : "");
}

static const char *wanted_list(const struct mb_run *run, const struct mb_run_request *request)
{
    return request->items ? request->items : mb_bench_get_setting(run->bench)->items;
}

/* What is to be done: the request's items, else the bench file's; a run of one procedure is of its item. */
static bool is_wanted(const struct mb_run *run, const struct mb_run_request *request, const char *item)
{
    const char *list = wanted_list(run, request);

    if (run->procedure)
        return strcmp(run->procedure->item, item) == 0;
    return strcmp(list, EVERY_ITEM) == 0 || find_name(list, item);
}

static int cannot(struct mb_run_item *item, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int cannot(struct mb_run_item *item, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(item->reason, sizeof item->reason, format, ap);
    va_end(ap);
    item->state = MB_ITEM_NOT_RUN;
    return 0;
}

/* Motors whose current lags behind a sinusoidal voltage, whatever their load. */
static bool always_lags(enum mb_motor_kind kind)
{
    return kind == MB_KIND_THREE_PHASE_INDUCTION || kind == MB_KIND_HV_CAGE_INDUCTION ||
           kind == MB_KIND_WOUND_ROTOR_INDUCTION;
}

static const struct mb_instrument *analyser_of(const struct mb_run *run)
{
    return mb_bench_instrument(run->bench, (size_t)mb_bench_get_setting(run->bench)->analyser);
}

/* By what its procedure's data asks for. */
static void check_procedure(const struct mb_run *run, struct mb_run_item *item)
{
    const struct mb_procedure *p = item->procedure;
    const struct mb_motor *m = &run->motor;

    if (!(p->kinds & 1u << m->kind))
        (void)cannot(item, "%s is not for %s motors", p->title, mb_motor_kind_names[m->kind]);
    else if (p->sealing_ring && m->sealing_ring == MB_SEAL_NOT_STATED)
        (void)cannot(item,
                     "the motor file does not state sealing_ring; the item %s needs it, allowed: fitted, "
                     "removed, none",
                     p->item);
    else if (p->load_drives && !mb_bench_can_drive(run->bench))
        (void)cannot(item,
                     "%s needs a load machine that drives, and the bench file does not say so of this one",
                     p->title);
    else if (p->powered && mb_bench_assumes_lag(run->bench) && !always_lags(m->kind))
        (void)cannot(item,
                     "the phase displacement of the bench's transformers cannot be corrected for %s motors: "
                     "their current may lead",
                     mb_motor_kind_names[m->kind]);
    else if (p->load_partner && !mb_bench_has_partner(run->bench))
        (void)cannot(
            item,
            "%s needs a second motor with a source of its own as the load machine, and the bench file "
            "does not say so of this one",
            p->title);
    else if (run_lacks_fundamental(run, p))
        (void)cannot(item,
                     "%s holds the fundamental of a converter's voltage, and %s (profile %s) does not read "
                     "it: give the role analyser to an instrument that reads harmonics",
                     p->title, analyser_of(run)->id, analyser_of(run)->profile);
    else if (p->powered && mb_kind_is_single_phase(m->kind) != mb_bench_is_single_phase(run->bench))
        (void)cannot(item, "the bench's analyser is wired for %s, and this is a %s motor",
                     mb_bench_is_single_phase(run->bench) ? "one phase (1P2W)" : "three phases",
                     mb_motor_kind_names[m->kind]);
}

static int load_procedure(const struct mb_run_request *request, const char *name, struct mb_run_item *item,
                          struct mb_error *err)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%.3900s/%.100s.yaml",
                   request->plan_directory ? request->plan_directory : ".", name);
    if (!request->plan_directory || access(path, R_OK) < 0)
        return cannot(item, "there is no procedure %s", name);
    return mb_procedure_load(path, &item->procedure, err);
}

/* The item that has methods to choose from. */
#define METHOD_ITEM "efficiency"

/* A method that was asked for is done or the run refused; that of the inspection's plan may be left out. */
static int choose_procedure(const struct mb_run *run, const struct mb_run_request *request,
                            const struct mb_plan_item *planned, struct mb_run_item *item,
                            struct mb_error *err)
{
    char name[100];

    if (request->method && strcmp(planned->id, METHOD_ITEM) == 0)
        return mb_procedure_of_method(
            &(struct mb_method_wish){request->plan_directory, planned->id, request->method, &run->motor},
            &item->procedure, err);
    procedure_name(wanted_list(run, request), planned->id, planned->procedure, name, sizeof name);
    return load_procedure(request, name, item, err);
}

static const char *missing_role(const struct mb_run *run, const struct mb_plan_item *planned)
{
    for (size_t i = 0; i < planned->need_count; i++)
        if (!mb_bench_has_role(mb_bench_get_setting(run->bench), planned->needs[i]))
            return planned->needs[i];
    return NULL;
}

enum mb_item_class run_item_class(const char *name)
{
    return *name == 'A' ? MB_CLASS_A : *name == 'B' ? MB_CLASS_B : MB_CLASS_NONE;
}

static int add(struct mb_run *run, const struct mb_run_request *request, const struct mb_plan_item *planned,
               struct mb_error *err)
{
    struct mb_run_item *item = &run->list[run->list_count++];
    const char *role;
    int r;

    *item = (struct mb_run_item){.item_class = run_item_class(planned->item_class),
                                 .wanted = is_wanted(run, request, planned->id)};
    (void)snprintf(item->id, sizeof item->id, "%s", planned->id);
    (void)snprintf(item->title, sizeof item->title, "%s", planned->title);
    if (!item->wanted)
        return cannot(item, "not asked for");
    if (run->procedure) {
        item->procedure = run->procedure;
        return 0;
    }
    r = choose_procedure(run, request, planned, item, err);
    if (r < 0 || !item->procedure)
        return r;
    check_procedure(run, item);
    role = missing_role(run, planned);
    if (item->state == MB_ITEM_PLANNED && role)
        return cannot(item, "the bench has nothing in the role %s", role);
    return 0;
}

/* Every name that was asked for must be an item of this motor. */
static int check_names(const struct mb_run *run, const struct mb_run_request *request, struct mb_error *err)
{
    const char *list = request->items;
    char known[400] = "";

    if (!list || strcmp(list, EVERY_ITEM) == 0)
        return 0;
    for (size_t i = 0; i < run->list_count; i++)
        (void)snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "",
                       run->list[i].id);
    for (const char *p = list; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
        char name[64];

        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(p, ",@"), p);
        if (!run_item_bit(run, name))
            return mb_error_set(err, -EINVAL, "the plan of this motor has no item '%s', allowed: %s", name,
                                known);
    }
    return 0;
}

static int check_any(const struct mb_run *run, struct mb_error *err)
{
    const char *reason = "the plan of this motor has none of the items asked for";

    for (size_t i = 0; i < run->list_count; i++) {
        const struct mb_run_item *item = &run->list[i];

        if (item->state == MB_ITEM_PLANNED)
            return 0;
        if (item->wanted)
            reason = item->reason;
    }
    return mb_error_set(err, -EINVAL, "%s", reason);
}

/* A procedure whose item is not in the plan, or a run without standards. */
static void add_own(struct mb_run *run)
{
    struct mb_run_item *item = &run->list[run->list_count];

    if (!run->procedure || run_item_bit(run, run->procedure->item))
        return;
    *item = (struct mb_run_item){.wanted = true, .procedure = run->procedure};
    (void)snprintf(item->id, sizeof item->id, "%s", run->procedure->item);
    (void)snprintf(item->title, sizeof item->title, "%s", run->procedure->title);
    run->list_count++;
}

static int from_plan(struct mb_run *run, const struct mb_run_request *request, struct mb_error *err)
{
    struct mb_plan *plan = NULL;
    char day[MB_DAY_SIZE];
    int r = mb_plan_make(&run->motor, run->standards, mb_today(day) == 0 ? day : NULL, &plan, err);

    if (r < 0)
        return r;
    plan->rule = request->rule;
    run->inspection = mb_plan_json(plan);
    r = run->inspection ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");
    for (size_t i = 0; r == 0 && i < plan->item_count; i++)
        r = add(run, request, &plan->items[i], err);
    mb_plan_free(plan);
    return r;
}

int run_plan_items(struct mb_run *run, const struct mb_run_request *request, struct mb_error *err)
{
    struct mb_run_item own = {.procedure = run->procedure};
    int r;

    /* A run of one procedure is refused where a run of several leaves the item out. */
    if (own.procedure)
        check_procedure(run, &own);
    if (*own.reason)
        return mb_error_set(err, -EINVAL, "%s", own.reason);
    r = run->standards ? from_plan(run, request, err) : 0;
    if (r == 0)
        add_own(run);
    if (r == 0)
        r = check_names(run, request, err);
    return r < 0 ? r : check_any(run, err);
}
