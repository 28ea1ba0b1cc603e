/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/bulletin_json.h"

#include <errno.h>

#include "standard/bulletin_effect.h"

static int take_effect(const struct mb_effect *e, void *userdata)
{
    json_t *list = userdata;

    return json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:s, s:I, s:s}", "kind",
                                                 mb_effect_kind_names[e->kind], "file", e->file, "line",
                                                 (int)e->line, "what", e->what, "rows", (json_int_t)e->rows,
                                                 "remark", e->remark)) < 0
               ? -ENOMEM
               : 0;
}

static int add_row(const struct mb_bulletin_row *row, const struct mb_standards *standards,
                   const char *const plan_folders[], json_t *list, struct mb_error *err)
{
    json_t *touches = json_array();
    int r = mb_bulletin_effects(row, standards, plan_folders, take_effect, touches, err);

    if (r < 0) {
        json_decref(touches);
        return r;
    }
    return json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:o}", "id",
                                                 row->id, "edition", row->edition, "title", row->title,
                                                 "level", mb_level_names[row->level], "issued", row->issued,
                                                 "in_force", row->in_force, "replaces", row->replaces, "line",
                                                 (int)row->line, "touches", touches)) < 0
               ? mb_error_set(err, -ENOMEM, "a bulletin holds text that is not UTF-8, or memory is short")
               : 0;
}

int mb_bulletin_json(const char *path, const struct mb_standards *standards, const char *const plan_folders[],
                     json_t **ret, struct mb_error *err)
{
    struct mb_bulletins *bulletins = NULL;
    json_t *list = json_array();
    int r = mb_bulletins_new(&bulletins);

    if (r == 0)
        r = mb_bulletins_add_file(bulletins, path, err);
    for (size_t i = 0; r >= 0 && i < mb_bulletins_count(bulletins); i++)
        r = add_row(mb_bulletins_get(bulletins, i), standards, plan_folders, list, err);
    mb_bulletins_free(bulletins);
    if (r < 0) {
        json_decref(list);
        return r;
    }
    *ret = json_pack("{s:s, s:o}", "file", path, "standards", list);
    return *ret ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");
}
