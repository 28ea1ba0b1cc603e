/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What decides besides the motor: frozen in the record when a run begins, and to be the same bytes when it is
 * taken up again. One walk for both. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/paths.h"
#include "procedure/internal.h"

#define PROFILE_FILE_MAX (1u << 20)

static int each_profile(struct mb_run *run, run_put put, void *userdata, struct mb_error *err)
{
    const struct mb_bench_setting *s = mb_bench_get_setting(run->bench);
    int r = 0;

    for (size_t i = 0; r == 0 && i < s->instrument_count; i++) {
        char leaf[128], path[4096], name[128], *text = NULL;
        size_t size = 0;

        (void)snprintf(leaf, sizeof leaf, "profiles/%s.yaml", s->instruments[i].profile);
        (void)snprintf(name, sizeof name, RUN_FROZEN_PROFILE "%s.yaml", s->instruments[i].profile);
        r = mb_data_path(leaf, path, sizeof path);
        if (r < 0 || mb_file_read(path, PROFILE_FILE_MAX, &text, &size, NULL) < 0)
            continue; /* families without a profile file (iio) */
        r = put(run, name, text, size, userdata, err);
        free(text);
    }
    return r;
}

/* Everything that says what the limits are: the tables, who confirmed them. */
static int each_limit(struct mb_run *run, run_put put, void *userdata, struct mb_error *err)
{
    const char *standard = mb_evaluation_standard(&run->motor);
    struct mb_limits_file file;
    char name[MB_LIMITS_NAME_MAX + sizeof MB_LIMITS_FROZEN_SITE];
    int r = 0;

    /* A standard without a table decides nothing, now and later. */
    for (size_t i = 0; r == 0 && mb_limits_file(run->limits, standard, i, &file) == 0; i++) {
        (void)snprintf(name, sizeof name, "%s%s", file.site ? MB_LIMITS_FROZEN_SITE : MB_LIMITS_FROZEN,
                       file.name);
        r = put(run, name, file.text, file.size, userdata, err);
    }
    return r;
}

static int put_text(struct mb_run *run, const char *name, const char *text, run_put put, void *userdata,
                    struct mb_error *err)
{
    return text ? put(run, name, text, strlen(text), userdata, err) : 0;
}

/* Each item's own procedure, and by what it is judged. The sheet's is the plan-file. */
static int each_item(struct mb_run *run, run_put put, void *userdata, struct mb_error *err)
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
        (void)snprintf(name, sizeof name, RUN_FROZEN_PLANS, p->id);
        if (p != run_leading_procedure(run))
            r = put_text(run, name, p->text, put, userdata, err);
    }
    if (r < 0 || !any || !run->standards)
        return r;
    requirements = mb_requirements_text(run->standards->requirements, &confirmations);
    r = put_text(run, MB_FROZEN_REQUIREMENTS, requirements, put, userdata, err);
    return r < 0 ? r : put_text(run, MB_FROZEN_CONFIRMATIONS, confirmations, put, userdata, err);
}

int run_each_frozen(struct mb_run *run, run_put put, void *userdata, struct mb_error *err)
{
    const struct mb_bench_setting *s = mb_bench_get_setting(run->bench);
    const struct mb_procedure *first = run_leading_procedure(run);
    int r = put(run, RUN_FROZEN_BENCH, s->text, s->text_size, userdata, err);

    if (r == 0)
        r = put_text(run, RUN_FROZEN_PLAN, first->text, put, userdata, err);
    if (r == 0)
        r = each_item(run, put, userdata, err);
    if (r == 0 && first->method)
        r = each_limit(run, put, userdata, err);
    return r < 0 ? r : each_profile(run, put, userdata, err);
}

/* ---- The same as then. ---- */

static int compare(struct mb_run *run, const char *name, const void *bytes, size_t size, void *userdata,
                   struct mb_error *err)
{
    json_t *seen = userdata;
    size_t then_size = 0;
    char *then = NULL;
    int r = mb_store_frozen(run->store, mb_run_uuid(run), name, &then, &then_size, err);
    bool same = r == 0 && then_size == size && memcmp(then, bytes, size) == 0;

    free(then);
    if (r < 0 && r != -ENOENT)
        return r;
    (void)json_object_set_new(seen, name, json_true());
    return same ? 0 : mb_error_set(err, -ESTALE, "%s has changed since the run began", name);
}

/* A table or a profile that decided and is not there any more. */
static int find_missing(const json_t *frozen, const json_t *seen, struct mb_error *err)
{
    static const char *const present[] = {MB_LIMITS_FROZEN, "standards/", RUN_FROZEN_PROFILE};
    json_t *row;
    size_t i;

    json_array_foreach(frozen, i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));

        for (size_t k = 0; name && k < sizeof present / sizeof *present; k++)
            if (strncmp(name, present[k], strlen(present[k])) == 0 && !json_object_get(seen, name))
                return mb_error_set(err, -ESTALE, "%s, by which the run began, is not used any more", name);
    }
    return 0;
}

int run_compare_frozen(struct mb_run *run, const json_t *document, struct mb_error *err)
{
    json_t *seen = json_object();
    int r = seen ? run_each_frozen(run, compare, seen, err) : -ENOMEM;

    if (r == 0)
        r = find_missing(json_object_get(document, "frozen"), seen, err);
    json_decref(seen);
    return r;
}
