/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "procedure/method_plan.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/method.h"

#define PLAN_SUFFIX ".yaml"

struct search {
    const struct mb_method_wish *wish;
    char found[512];    /* those of the item for this motor: "2-1-1A, 2-1-1B" */
    char standard[64];  /* of the first of them */
    struct mb_error no; /* why the method is not allowed, of the first standard that says so */
};

static int is_plan(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot && strcmp(dot, PLAN_SUFFIX) == 0;
}

/* Whether it is the one. */
static bool look_at(struct search *s, const struct mb_procedure *p)
{
    const struct mb_motor *motor = s->wish->motor;
    const struct mb_method_rule *rule = NULL;
    const char *label = NULL, *own_label = NULL, *id, *own;

    if (!p->method || strcmp(p->item, s->wish->item) != 0 || !(p->kinds & 1u << motor->kind))
        return false;
    (void)snprintf(s->found + strlen(s->found), sizeof s->found - strlen(s->found), "%s%s",
                   *s->found ? ", " : "", p->method);
    if (!*s->standard)
        (void)snprintf(s->standard, sizeof s->standard, "%s", p->standard);
    id = mb_method_resolve(s->wish->method, p->standard, &label);
    own = mb_method_resolve(p->method, p->standard, &own_label);
    if (!id || !own || strcmp(id, own) != 0)
        return false;
    return mb_method_rule_check(id, label, p->standard, motor, &rule, *s->no.text ? NULL : &s->no) == 0;
}

/* A standard may have two names for one method: of what the converter is, in GB/T 22670. The record has the
 * one that was asked for. */
static int take_name(const struct mb_method_wish *wish, struct mb_procedure *p, struct mb_error *err)
{
    const char *label = NULL, *own = NULL;
    char *name;

    (void)mb_method_resolve(wish->method, p->standard, &label);
    (void)mb_method_resolve(p->method, p->standard, &own);
    if (!label || !own || strcmp(label, own) == 0)
        return 0;
    name = strdup(label);
    if (!name)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    free(p->method);
    p->method = name;
    return 0;
}

static int refuse(const struct search *s, struct mb_error *err)
{
    const struct mb_method_rule *rule = NULL;
    const char *label = NULL, *id = mb_method_resolve(s->wish->method, s->standard, &label);
    struct mb_error why = s->no;

    if (!*s->found)
        return mb_error_set(err, -EINVAL, "there is no procedure of a method for %s motors",
                            mb_motor_kind_names[s->wish->motor->kind]);
    if (id && !*why.text)
        (void)mb_method_rule_check(id, label, s->standard, s->wish->motor, &rule, &why);
    if (*why.text)
        return mb_error_set(err, -EINVAL, "%s", why.text);
    return mb_error_set(err, -EINVAL, "there is no procedure of method '%.40s' for this motor, there are: %s",
                        s->wish->method, s->found);
}

int mb_procedure_of_method(const struct mb_method_wish *wish, struct mb_procedure **ret, struct mb_error *err)
{
    struct search search = {.wish = wish};
    struct mb_procedure *found = NULL;
    struct dirent **entries = NULL;
    int count = wish->folder ? scandir(wish->folder, &entries, is_plan, alphasort) : 0, r = 0;

    for (int i = 0; i < count; i++) {
        struct mb_procedure *p = NULL;
        char path[4096];

        (void)snprintf(path, sizeof path, "%.3800s/%s", wish->folder, entries[i]->d_name);
        if (r == 0 && !found)
            r = mb_procedure_load(path, &p, err);
        if (p && look_at(&search, p))
            found = p;
        else
            mb_procedure_free(p);
        free(entries[i]);
    }
    free(entries);
    if (r < 0)
        return r;
    if (!found)
        return refuse(&search, err);
    r = take_name(wish, found, err);
    if (r < 0) {
        mb_procedure_free(found);
        return r;
    }
    *ret = found;
    return 0;
}
