/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which standards apply to a motor, and on what basis:
 *  1. a mandatory national one whose scope covers the motor;
 *  2. a voluntary national or sectoral one that the nameplate or manual claims, or the task names;
 *  3. the test method that a limit of 1 rests on; the safety standard that certification rests on;
 *  4. local ones never, association, enterprise and international ones only where the task names them. */
#include "standard/plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "standard/mark.h"
#include "standard/plan_parts.h"

#define LOCAL_REASON "local standards are no basis for the supervision of product quality of motors"

struct claim {
    const char *text;
    char id[40], edition[16];
    bool used; /* a row of the catalogue has answered it */
};

struct making { /* one plan in the making */
    const struct mb_motor *motor;
    const struct mb_catalogue *catalogue;
    const struct mb_items *items;
    const struct mb_schemes *schemes;
    const char *list; /* of supervision.csv that the sample is inspected by, "" for none */
    const char *date;
    struct claim claims[MB_MOTOR_LIST_MAX];
    bool ccc, limit_applies, safety_done;
    struct mb_plan *plan;
};

const char *mb_basis_name(enum mb_basis basis)
{
    static const char *const names[] = {"mandatory",     "claimed",  "task",
                                        "certification", "indirect", "rejected"};

    return names[basis];
}

static int add(struct making *k, const char *id, const char *edition, enum mb_basis basis, const char *format,
               ...) __attribute__((format(printf, 5, 6)));

static int add(struct making *k, const char *id, const char *edition, enum mb_basis basis, const char *format,
               ...)
{
    struct mb_plan *plan = k->plan;
    struct mb_plan_standard *s;
    va_list ap;

    if (plan->standard_count == MB_PLAN_STANDARDS_MAX)
        return -EINVAL;
    s = &plan->standards[plan->standard_count++];
    (void)snprintf(s->id, sizeof s->id, "%s", id);
    (void)snprintf(s->edition, sizeof s->edition, "%s", edition);
    s->basis = basis;
    va_start(ap, format);
    (void)vsnprintf(s->reason, sizeof s->reason, format, ap);
    va_end(ap);
    return 0;
}

static struct claim *find_claim(struct making *k, const char *id)
{
    char name[40], edition[16];

    if (!mb_standard_reference(id, name, edition))
        return NULL;
    for (size_t i = 0; i < k->motor->claim_count; i++)
        if (strcmp(k->claims[i].id, name) == 0)
            return &k->claims[i];
    return NULL;
}

/* The task is free text; it names a standard when it holds its id, not followed by a further digit. */
static bool task_names(const struct mb_motor *motor, const char *id)
{
    const char *p = motor->sample.task ? strstr(motor->sample.task, id) : NULL;
    size_t n = strlen(id);

    return p && n > 0 && !(p[n] >= '0' && p[n] <= '9');
}

/* The list's first item that names this standard, or NULL. */
static const struct mb_supervision_row *list_names(const struct making *k, const char *id)
{
    for (size_t i = 0; *k->list && i < k->items->supervision_count; i++) {
        const struct mb_supervision_row *row = &k->items->supervision[i];

        if (strcmp(row->list, k->list) == 0 && strcmp(row->standard, id) == 0)
            return row;
    }
    return NULL;
}

/* A reference with its date freezes the edition, also when a newer one is in force. */
static int add_listed(struct making *k, const struct mb_supervision_row *row, const char *in_force)
{
    const char *edition = *row->edition ? row->edition : in_force;
    bool frozen = *in_force && strcmp(edition, in_force) != 0;

    return add(k, row->standard, edition, MB_BASIS_TASK, "named by the item list %s%s%s", row->list,
               frozen ? " with its date, which freezes the edition; in force now is " : "",
               frozen ? in_force : "");
}

/* The edition that counts: for a mandatory limit by the day of production, otherwise by the day of the test.
 */
static bool edition_counts(const struct making *k, const struct mb_standard *s)
{
    if (s->role == MB_ROLE_EFFICIENCY_LIMIT && k->motor->production_date)
        return mb_standard_in_force(s, k->motor->production_date);
    return mb_standard_in_force(s, k->date);
}

static bool has_kind(const struct making *k, const struct mb_standard *s)
{
    return s->kinds & 1u << k->motor->kind;
}

static int consider_mandatory(struct making *k, const struct mb_standard *s)
{
    char reason[160];

    if (!mb_standard_covers(s, k->motor, reason, sizeof reason))
        return add(k, s->id, s->edition, MB_BASIS_NONE, "mandatory, but out of scope: %s", reason);
    if (s->role == MB_ROLE_EFFICIENCY_LIMIT)
        k->limit_applies = true;
    return add(k, s->id, s->edition, MB_BASIS_MANDATORY,
               "mandatory national standard whose scope covers this motor%s%s%s",
               k->motor->production_date ? ", edition by production date " : "",
               k->motor->production_date ? k->motor->production_date : "",
               mb_mark_decides(s->mark) ? "" : "; scope and dates are to be confirmed");
}

/* Neither claimed nor named: a safety standard may still be needed. */
static int consider_needed(struct making *k, const struct mb_standard *s)
{
    if (s->role == MB_ROLE_SAFETY && k->ccc && !k->safety_done) {
        k->safety_done = true;
        return add(k, s->id, s->edition, MB_BASIS_CERTIFICATION,
                   "safety standard of compulsory certification (CCC)");
    }
    if (s->level == MB_LEVEL_ASSOCIATION || s->level == MB_LEVEL_INTERNATIONAL)
        return add(k, s->id, s->edition, MB_BASIS_NONE,
                   "%s standard: no basis by itself, and the task does not name it",
                   mb_level_names[s->level]);
    return add(k, s->id, s->edition, MB_BASIS_NONE,
               "voluntary: neither claimed on the motor nor named by the task");
}

static int consider_claimed(struct making *k, const struct mb_standard *s, const struct claim *claim)
{
    const char *edition = *claim->edition ? claim->edition : s->edition;

    if (s->level == MB_LEVEL_ASSOCIATION || s->level == MB_LEVEL_INTERNATIONAL)
        return add(k, s->id, edition, MB_BASIS_NONE,
                   "claimed, but %s standards are no basis by themselves: recorded, judged only if the task "
                   "names it",
                   mb_level_names[s->level]);
    return add(k, s->id, edition, MB_BASIS_CLAIMED,
               "voluntary, but claimed on the motor or in its manual (%s), so it binds%s%s", claim->text,
               strcmp(edition, s->edition) != 0 && *s->edition ? "; in force now is edition " : "",
               strcmp(edition, s->edition) != 0 ? s->edition : "");
}

static int consider(struct making *k, const struct mb_standard *s)
{
    struct claim *claim = find_claim(k, s->id);
    char reason[160];

    if (claim)
        claim->used = true;
    if (s->level == MB_LEVEL_MANDATORY) {
        if (claim && *claim->edition && strcmp(claim->edition, s->edition) != 0 &&
            add(k, s->id, claim->edition, MB_BASIS_NONE, "claimed edition; edition %s counts", s->edition) <
                0)
            return -EINVAL;
        return consider_mandatory(k, s);
    }
    if (s->level == MB_LEVEL_LOCAL)
        return add(k, s->id, s->edition, MB_BASIS_NONE, LOCAL_REASON);
    if (!mb_standard_covers(s, k->motor, reason, sizeof reason))
        return add(k, s->id, s->edition, MB_BASIS_NONE, "out of scope: %s", reason);
    if (task_names(k->motor, s->id))
        return add(k, s->id, s->edition, MB_BASIS_TASK, "named by the task");
    if (list_names(k, s->id))
        return add_listed(k, list_names(k, s->id), s->edition);
    /* An undated reference means the edition in force: a claim on the nameplate does not turn the limit's
     * method back. */
    if (s->role == MB_ROLE_TEST_METHOD && s->level == MB_LEVEL_VOLUNTARY && k->limit_applies)
        return add(k, s->id, s->edition, MB_BASIS_INDIRECT, "test method of the efficiency limit");
    return claim ? consider_claimed(k, s, claim) : consider_needed(k, s);
}

/* Claims that no row answers go by the letters in front, and keep their own spelling. */
static int consider_stranger(struct making *k, const struct claim *c)
{
    enum mb_level level = mb_standard_level(c->id);
    char id[40];

    (void)snprintf(id, sizeof id, "%.*s", (int)(strlen(c->text) - (*c->edition ? strlen(c->edition) + 1 : 0)),
                   c->text);
    if (level == MB_LEVEL_LOCAL)
        return add(k, id, c->edition, MB_BASIS_NONE, LOCAL_REASON);
    if (task_names(k->motor, id))
        return add(k, id, c->edition, MB_BASIS_TASK, "named by the task; not in the catalogue");
    if (level == MB_LEVEL_MANDATORY)
        return add(k, id, c->edition, MB_BASIS_NONE, "claimed, but not in the catalogue for %s motors",
                   mb_motor_kind_names[k->motor->kind]);
    if (level == MB_LEVEL_VOLUNTARY || level == MB_LEVEL_SECTORAL)
        return add(
            k, id, c->edition, MB_BASIS_CLAIMED,
            "voluntary, but claimed on the motor or in its manual (%s), so it binds; not in the catalogue",
            c->text);
    return add(
        k, id, c->edition, MB_BASIS_NONE,
        "claimed, but %s standards are no basis by themselves: recorded, judged only if the task names it",
        mb_level_names[level]);
}

/* True when s is the first row of its standard for this kind, and no edition of it counts. */
static bool none_counts(const struct making *k, const struct mb_standard *s)
{
    for (size_t i = 0; i < mb_catalogue_count(k->catalogue); i++) {
        const struct mb_standard *other = mb_catalogue_get(k->catalogue, i);

        if (strcmp(other->id, s->id) != 0 || !has_kind(k, other))
            continue;
        if (edition_counts(k, other) || other->line < s->line)
            return false;
    }
    return true;
}

/* Two passes: what applies by itself first, because test methods and certification rest on it. */
static int consider_catalogue(struct making *k, bool mandatory)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < mb_catalogue_count(k->catalogue); i++) {
        const struct mb_standard *s = mb_catalogue_get(k->catalogue, i);

        if ((s->level == MB_LEVEL_MANDATORY) != mandatory)
            continue;
        if (mandatory && has_kind(k, s) && none_counts(k, s))
            r = add(k, s->id, "", MB_BASIS_NONE, "no edition in the catalogue %s",
                    k->motor->production_date ? "was in force on the production date" : "is in force");
        if (!edition_counts(k, s))
            continue;
        if (has_kind(k, s) || (find_claim(k, s->id) && !mandatory))
            r = consider(k, s);
    }
    return r;
}

static int take_claims(struct making *k, struct mb_error *err)
{
    for (size_t i = 0; i < k->motor->claim_count; i++) {
        struct claim *c = &k->claims[i];

        c->text = k->motor->claims[i];
        if (!mb_standard_reference(c->text, c->id, c->edition))
            return mb_error_set(err, -EINVAL, "claim '%.60s' is not the name of a standard", c->text);
    }
    return 0;
}

static bool in_plan(const struct making *k, const char *id)
{
    for (size_t i = 0; i < k->plan->standard_count; i++)
        if (strcmp(k->plan->standards[i].id, id) == 0)
            return true;
    return false;
}

/* What the list names and the catalogue does not have. */
static int consider_listed(struct making *k)
{
    int r = 0;

    for (size_t i = 0; r == 0 && *k->list && i < k->items->supervision_count; i++) {
        const struct mb_supervision_row *row = &k->items->supervision[i];

        if (strcmp(row->list, k->list) == 0 && !in_plan(k, row->standard))
            r = add_listed(k, row, "");
    }
    return r;
}

static int consider_all(struct making *k)
{
    struct mb_scheme_answer ccc = {.applies = false};
    int r;

    /* Rests on no standard: it can be asked before any is found. Without a row of CCC, it covers nothing. */
    (void)mb_scheme_ask(k->schemes, "CCC", k->motor, NULL, NULL, &ccc);
    k->ccc = ccc.applies;
    r = consider_catalogue(k, true);
    if (r == 0)
        r = consider_catalogue(k, false);
    if (r == 0)
        r = consider_listed(k);
    for (size_t i = 0; r == 0 && i < k->motor->claim_count; i++)
        if (!k->claims[i].used)
            r = consider_stranger(k, &k->claims[i]);
    return r;
}

/* Samples taken at random are inspected by an item list; others where their papers name one. */
static int choose_list(struct making *k, struct mb_error *err)
{
    const struct mb_sample *sample = &k->motor->sample;

    k->list = "";
    if (sample->item_list || (sample->origin && strcmp(sample->origin, "random") == 0))
        k->list = mb_supervision_list(k->items, k->motor, sample->item_list, k->date);
    if (sample->item_list && !*k->list)
        return mb_error_set(err, -EINVAL, "item list '%.40s' is not known for this kind and power of motor",
                            sample->item_list);
    return 0;
}

static int fill(struct making *k, const struct mb_standards *standards, struct mb_error *err)
{
    int r = take_claims(k, err);

    if (r == 0)
        r = choose_list(k, err);
    if (r == 0 && consider_all(k) < 0)
        r = mb_error_set(err, -EINVAL, "the plan would name more than %d standards", MB_PLAN_STANDARDS_MAX);
    if (r < 0)
        return r;
    for (size_t i = 0; i < k->plan->standard_count; i++) {
        struct mb_plan_standard *s = &k->plan->standards[i];

        (void)mb_bulletins_flag(standards->bulletins, s->id, s->edition, s->superseded, sizeof s->superseded);
    }
    mb_plan_add_schemes(k->motor, standards, k->plan);
    mb_plan_add_indicators(k->motor, standards, k->plan);
    if (k->date) /* what is valid is asked of a day */
        mb_plan_add_papers(k->motor, standards, k->date, k->plan);
    return mb_plan_add_items(k->motor, standards, k->list, k->plan, err);
}

int mb_plan_make(const struct mb_motor *motor, const struct mb_standards *standards, const char *date,
                 struct mb_plan **ret, struct mb_error *err)
{
    struct making k = {.motor = motor,
                       .catalogue = standards->catalogue,
                       .items = standards->items,
                       .schemes = standards->schemes,
                       .date = date};
    int r;

    k.plan = calloc(1, sizeof *k.plan);
    if (!k.plan)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    r = fill(&k, standards, err);
    if (r < 0) {
        mb_plan_free(k.plan);
        return r;
    }
    mb_plan_add_advice(motor, k.plan);
    *ret = k.plan;
    return 0;
}

struct mb_plan *mb_plan_free(struct mb_plan *plan)
{
    free(plan);
    return NULL;
}

const struct mb_plan_standard *mb_plan_find(const struct mb_plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->standard_count; i++)
        if (plan->standards[i].basis != MB_BASIS_NONE && strcmp(plan->standards[i].id, id) == 0)
            return &plan->standards[i];
    return NULL;
}
