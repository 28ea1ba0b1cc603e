/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/bulletin_effect.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/data.h"
#include "standard/limits.h"

const char *const mb_effect_kind_names[] = {"catalogue", "item",      "supervision", "table", "requirement",
                                            "tolerance", "indicator", "plan",        NULL};

struct search {
    const struct mb_bulletin_row *row;
    const struct mb_standards *standards;
    mb_effect_report report;
    void *userdata;
    struct mb_error *err;
};

static int tell(const struct search *s, enum mb_effect_kind kind, const char *file, unsigned line,
                size_t rows, const char *remark, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

static int tell(const struct search *s, enum mb_effect_kind kind, const char *file, unsigned line,
                size_t rows, const char *remark, const char *format, ...)
{
    char what[200];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(what, sizeof what, format, ap);
    va_end(ap);
    return s->report(&(struct mb_effect){kind, file, line, what, rows, remark}, s->userdata);
}

/* The bulletin's own edition may stand in the catalogue already: then its day counts. */
static int tell_own(const struct search *s, const struct mb_standard *own)
{
    char remark[120] = "";

    if (!mb_standard_same(s->row->id, own->id) || strcmp(own->edition, s->row->edition) != 0)
        return 0;
    if (strcmp(own->in_force, s->row->in_force) != 0)
        (void)snprintf(remark, sizeof remark, "the data have it in force from %s, the bulletin from %s",
                       *own->in_force ? own->in_force : "an unknown day", s->row->in_force);
    return tell(s, MB_EFFECT_CATALOGUE, MB_CATALOGUE_FILE, own->line, 1, remark, "%s-%s, this edition itself",
                own->id, own->edition);
}

static int search_catalogue(const struct search *s)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < mb_catalogue_count(s->standards->catalogue); i++) {
        const struct mb_standard *own = mb_catalogue_get(s->standards->catalogue, i);
        char remark[120] = "";

        if (!mb_bulletin_replaces(s->row, own->id, own->edition)) {
            r = tell_own(s, own);
            continue;
        }
        if (*own->until && strcmp(own->until, s->row->in_force) != 0)
            (void)snprintf(remark, sizeof remark, "the data have it in force until %s already", own->until);
        r = tell(s, MB_EFFECT_CATALOGUE, MB_CATALOGUE_FILE, own->line, 1, remark, "%s%s%s", own->id,
                 *own->edition ? "-" : "", own->edition);
    }
    return r;
}

static int search_items(const struct search *s)
{
    const struct mb_items *items = s->standards->items;
    int r = 0;

    for (size_t i = 0; r >= 0 && i < items->count; i++) {
        const struct mb_item_row *row = &items->rows[i];
        bool limit = *row->limit_standard && mb_bulletin_replaces(s->row, row->limit_standard, "");

        if (limit || mb_bulletin_replaces(s->row, row->standard, ""))
            r = tell(s, MB_EFFECT_ITEM, MB_ITEMS_FILE, mb_csv_line(items->items_csv, i), 1, "", "%s of %s%s",
                     row->id, row->standard, limit ? ", its limit" : "");
    }
    for (size_t i = 0; r >= 0 && i < items->supervision_count; i++) {
        const struct mb_supervision_row *row = &items->supervision[i];

        if (mb_bulletin_replaces(s->row, row->standard, row->edition))
            r = tell(s, MB_EFFECT_SUPERVISION, MB_SUPERVISION_FILE, mb_csv_line(items->supervision_csv, i), 1,
                     *row->edition ? "a dated reference: the list keeps its edition" : "", "%s: %s by %s%s%s",
                     row->list, row->item, row->standard, *row->edition ? "-" : "", row->edition);
    }
    return r;
}

static int search_limits(const struct search *s)
{
    const struct mb_limits *limits = s->standards->limits;
    char id[40], edition[16];
    int r = 0;

    for (size_t i = 0; r >= 0 && i < limits->spec_count; i++) {
        const struct limit_spec *spec = &limits->specs[i];

        if (mb_bulletin_replaces(s->row, spec->id, spec->edition))
            r = tell(s, MB_EFFECT_TABLE, spec->file, 1, limits->tables[i].cell_count, "", "%s %s",
                     spec->standard, spec->table);
    }
    for (size_t i = 0; r >= 0 && i < limits->tolerance_count; i++)
        if (mb_standard_reference(limits->tolerances[i].rule, id, edition) &&
            mb_bulletin_replaces(s->row, id, edition))
            r = tell(s, MB_EFFECT_TOLERANCE, LIMITS_TOLERANCES, limits->tolerances[i].line, 1, "", "%s",
                     limits->tolerances[i].rule);
    return r;
}

/* One effect an edition: there are hundreds of rows. */
static int search_requirements(const struct search *s)
{
    const struct mb_requirements *all = s->standards->requirements;
    const size_t count = mb_requirements_count(all);
    int r = 0;

    for (size_t i = 0; r >= 0 && i < count; i++) {
        struct mb_requirement_row row = mb_requirements_row(all, i), other;
        size_t rows = 0, earlier = 0;

        if (!mb_bulletin_replaces(s->row, row.standard, row.edition))
            continue;
        for (size_t k = 0; k < count; k++) {
            other = mb_requirements_row(all, k);
            if (strcmp(other.standard, row.standard) == 0 && strcmp(other.edition, row.edition) == 0) {
                rows++;
                earlier += k < i;
            }
        }
        if (earlier == 0)
            r = tell(s, MB_EFFECT_REQUIREMENT, row.file, row.line, rows, "", "%s%s%s", row.standard,
                     *row.edition ? "-" : "", row.edition);
    }
    return r;
}

static int search_indicators(const struct search *s)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < mb_indicators_count(s->standards->indicators); i++) {
        const struct mb_indicator *row = mb_indicators_get(s->standards->indicators, i);
        char id[40], edition[16];

        if (mb_standard_reference(row->standard, id, edition) && mb_bulletin_replaces(s->row, id, edition))
            r = tell(s, MB_EFFECT_INDICATOR, MB_INDICATORS_FILE, row->line, 1, "", "%s of %s", row->id,
                     row->standard);
    }
    return r;
}

static int search_plan(const struct search *s, const char *path)
{
    struct mb_document *document = NULL;
    const struct mb_node *standard;
    char id[40], edition[16];
    int r = mb_document_load(path, &document, s->err);

    if (r < 0)
        return r;
    standard = mb_node_get(mb_node_get(mb_document_root(document), "procedure"), "standard");
    if (standard && standard->kind == MB_NODE_SCALAR && mb_standard_reference(standard->text, id, edition) &&
        mb_bulletin_replaces(s->row, id, edition))
        r = tell(s, MB_EFFECT_PLAN, path, standard->line, 1, "", "%s", standard->text);
    mb_document_free(document);
    return r;
}

static int is_plan(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return entry->d_name[0] != '.' && dot && strcmp(dot, ".yaml") == 0;
}

static int search_plans(const struct search *s, const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_plan, alphasort), r = 0;
    char path[PATH_MAX];

    for (int i = 0; i < count; i++) {
        int n = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);

        if (r >= 0)
            r = n < 0 || (size_t)n >= sizeof path ? -ENAMETOOLONG : search_plan(s, path);
        free(entries[i]);
    }
    free(entries);
    return r;
}

int mb_bulletin_effects(const struct mb_bulletin_row *row, const struct mb_standards *standards,
                        const char *const plan_folders[], mb_effect_report report, void *userdata,
                        struct mb_error *err)
{
    const struct search s = {row, standards, report, userdata, err};
    int r = search_catalogue(&s);

    if (r >= 0)
        r = search_items(&s);
    if (r >= 0)
        r = search_limits(&s);
    if (r >= 0)
        r = search_requirements(&s);
    if (r >= 0)
        r = search_indicators(&s);
    for (size_t i = 0; r >= 0 && plan_folders[i]; i++)
        r = search_plans(&s, plan_folders[i]);
    return r < 0 ? r : 0;
}
