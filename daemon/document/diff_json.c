/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/diff_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/evaluation.h"
#include "document/number_json.h"
#include "standard/check.h"
#include "standard/diff.h"

struct answer {
    json_t *tables, *limits;
    json_int_t counts[MB_DIFF_COUNT];
};

static const char *full_name(const struct mb_edition_name *name, char *buffer, size_t size)
{
    (void)snprintf(buffer, size, "%.39s%s%.15s", name->id, *name->edition ? "-" : "", name->edition);
    return buffer;
}

static json_t *name_json(const struct mb_edition_name *name)
{
    char text[60];

    return json_pack("{s:s, s:s, s:s}", "id", name->id, "edition", name->edition, "name",
                     full_name(name, text, sizeof text));
}

static int take_table(const struct mb_diff_table *t, void *userdata)
{
    struct answer *answer = userdata;

    return json_array_append_new(answer->tables,
                                 json_pack("{s:s, s:s, s:s, s:s, s:I, s:b}", "side", t->of_b ? "b" : "a",
                                           "standard", t->standard, "table", t->table, "file", t->file,
                                           "cells", (json_int_t)t->cells, "in_data", t->cells > 0)) < 0
               ? -ENOMEM
               : 0;
}

static json_t *side_json(const struct mb_diff_side *side)
{
    if (!side->there)
        return json_null();
    return json_pack("{s:o, s:s, s:s, s:s}", "limit", mb_json_number(side->limit), "rule", side->rule, "mark",
                     side->mark, "source", side->source);
}

static int take_row(const struct mb_diff_row *row, void *userdata)
{
    struct answer *answer = userdata;

    answer->counts[row->status]++;
    return json_array_append_new(answer->limits, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "kind",
                                                           row->kind, "what", row->what, "unit", row->unit,
                                                           "status", mb_diff_status_names[row->status], "a",
                                                           side_json(&row->a), "b", side_json(&row->b))) < 0
               ? -ENOMEM
               : 0;
}

static json_t *counts_json(const struct answer *answer)
{
    json_t *counts = json_object();

    for (size_t i = 0; i < MB_DIFF_COUNT; i++)
        (void)json_object_set_new(counts, mb_diff_status_names[i], json_integer(answer->counts[i]));
    return counts;
}

static int find_names(const struct mb_standards *standards, const char *a, const char *b,
                      struct mb_edition_name ret[2], struct mb_error *err)
{
    int r = mb_edition_name_find(standards, a, &ret[0], err);

    return r < 0 ? r : mb_edition_name_find(standards, b, &ret[1], err);
}

int mb_standards_diff_json(const struct mb_standards *standards, const char *a, const char *b, json_t **ret,
                           struct mb_error *err)
{
    struct mb_edition_name names[2];
    struct answer answer = {NULL};
    const struct mb_diff_report report = {take_table, take_row, &answer};
    int r = find_names(standards, a, b, names, err);

    if (r < 0)
        return r;
    answer.tables = json_array();
    answer.limits = json_array();
    if (mb_standards_diff(standards, &names[0], &names[1], &report) < 0) {
        json_decref(answer.tables);
        json_decref(answer.limits);
        return mb_error_set(err, -ENOMEM, "not enough memory");
    }
    *ret = json_pack("{s:o, s:o, s:o, s:o, s:o}", "a", name_json(&names[0]), "b", name_json(&names[1]),
                     "tables", answer.tables, "limits", answer.limits, "counts", counts_json(&answer));
    return *ret ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");
}

/* ---- On a record. ---- */

static bool is_method(const struct mb_standards *standards, const struct mb_edition_name *name)
{
    for (size_t i = 0; i < mb_catalogue_count(standards->catalogue); i++) {
        const struct mb_standard *s = mb_catalogue_get(standards->catalogue, i);

        if (s->role == MB_ROLE_TEST_METHOD && mb_standard_same(s->id, name->id))
            return true;
    }
    return false;
}

static bool has_table(const struct mb_limits *limits, const char *name)
{
    struct mb_limits_table t;

    for (size_t i = 0; mb_limits_table(limits, i, &t) == 0; i++)
        if (mb_standard_same(t.standard, name))
            return true;
    return false;
}

/* The sheet of the record; method: with this one instead of its own, NULL: as it is. */
static int read_sheet(const json_t *record, const char *method, struct mb_sheet **ret, struct mb_error *err)
{
    json_t *sheet = json_deep_copy(json_object_get(record, "sheet"));
    const char *uuid = json_string_value(json_object_get(record, "uuid"));
    char *text;
    int r;

    if (!json_is_object(sheet)) {
        json_decref(sheet);
        return mb_error_set(err, -ENODATA, "the record's readings make no test sheet");
    }
    if (method)
        (void)json_object_set_new(json_object_get(sheet, "sheet"), "standard", json_string(method));
    text = json_dumps(sheet, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    json_decref(sheet);
    if (!text)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    r = mb_sheet_parse(uuid ? uuid : "record", text, strlen(text), ret, err);
    free(text);
    return r;
}

static json_t *evaluation_side(const char *name, bool method, const struct mb_evaluation *e)
{
    return json_pack("{s:s, s:s, s:b, s:o, s:s, s:o}", "name", name, "as", method ? "test-method" : "limit",
                     "valid", e->result.valid, "efficiency", mb_json_number(e->result.efficiency), "verdict",
                     mb_verdict_name(e->grade.verdict), "grade", mb_grade_json(&e->grade));
}

static int judge(const struct mb_standards *standards, const struct mb_edition_name *edition,
                 const json_t *record, json_t **ret, struct mb_error *err)
{
    bool method = is_method(standards, edition);
    struct mb_evaluation *evaluation = NULL;
    struct mb_sheet *sheet = NULL;
    char name[60];
    int r = 0;

    (void)full_name(edition, name, sizeof name);
    if (!method && !has_table(standards->limits, name))
        return mb_error_set(err, -EINVAL,
                            "%s is neither a test method nor has it a table of efficiency: a record says "
                            "nothing by it",
                            name);
    r = read_sheet(record, method ? name : NULL, &sheet, err);
    if (r == 0)
        r = mb_evaluation_new_by(sheet, standards->limits,
                                 method ? mb_evaluation_standard(&sheet->motor) : name, &evaluation, err);
    if (r == 0)
        *ret = evaluation_side(name, method, evaluation);
    mb_evaluation_free(evaluation);
    mb_sheet_free(sheet);
    return r;
}

static json_t *recorded_json(const json_t *record)
{
    json_t *evaluation = json_object_get(record, "evaluation");

    return json_pack("{s:O?, s:O?, s:O?}", "verdict", json_object_get(record, "verdict"), "efficiency",
                     json_object_get(evaluation, "efficiency"), "standard",
                     json_object_get(json_object_get(evaluation, "grade"), "standard"));
}

int mb_record_diff_json(const struct mb_standards *standards, const char *a, const char *b,
                        const json_t *record, json_t **ret, struct mb_error *err)
{
    json_t *sides[2] = {NULL, NULL};
    struct mb_edition_name names[2];
    int r = find_names(standards, a, b, names, err);
    bool same;

    for (size_t i = 0; r == 0 && i < 2; i++)
        r = judge(standards, &names[i], record, &sides[i], err);
    if (r < 0) {
        json_decref(sides[0]);
        json_decref(sides[1]);
        return r;
    }
    same = json_equal(json_object_get(sides[0], "verdict"), json_object_get(sides[1], "verdict"));
    *ret = json_pack("{s:O?, s:o, s:o, s:o, s:b}", "uuid", json_object_get(record, "uuid"), "recorded",
                     recorded_json(record), "a", sides[0], "b", sides[1], "same", same);
    return *ret ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");
}
