/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An evaluation as the document of interfaces.md. Tables name the members; what is not finite becomes null.
 */
#include <stddef.h>

#include "document/evaluation.h"
#include "document/number_json.h"
#include "method/edition.h"

struct member {
    const char *key; /* NULL ends the table */
    size_t offset;   /* of a double */
};

#define IN(s, key, member)                                                                                   \
    {                                                                                                        \
        key, offsetof(struct s, member)                                                                      \
    }
#define RESULT(key, member) IN(mb_efficiency_result, key, member)
#define END                                                                                                  \
    {                                                                                                        \
        NULL, 0                                                                                              \
    }

static const struct member winding_members[] = {
    RESULT("resistance_hot_ohm", winding.resistance_hot_ohm),
    RESULT("temperature_c", winding.temperature_c),
    RESULT("temperature_at_delay_c", winding.temperature_at_delay_c),
    RESULT("rise_k", winding.rise_k),
    RESULT("k_theta", winding.k_theta),
    RESULT("fit_rms_k", winding.fit_rms_k),
    RESULT("delay_s", winding.delay_s),
    END,
};

static const struct member no_load_members[] = {
    RESULT("friction_windage_w", no_load.friction_windage_w),
    RESULT("r", no_load.r),
    END,
};

static const struct member no_load_point_members[] = {
    IN(mb_no_load_point, "u_v", u_v),
    END,
};

static const struct member no_load_result_members[] = {
    IN(mb_no_load_result, "r_ohm", r_ohm),
    IN(mb_no_load_result, "stator_w", stator_w),
    IN(mb_no_load_result, "constant_w", constant_w),
    END,
};

static const struct member load_point_members[] = {
    IN(mb_load_point, "load_percent", load_percent),
    IN(mb_load_point, "t_nm", t_nm),
    END,
};

static const struct member load_result_members[] = {
    IN(mb_load_result, "r_ohm", r_ohm),
    IN(mb_load_result, "slip", slip),
    IN(mb_load_result, "stator_w", stator_w),
    IN(mb_load_result, "power_factor", power_factor),
    IN(mb_load_result, "inner_voltage_v", inner_voltage_v),
    IN(mb_load_result, "iron_w", iron_w),
    IN(mb_load_result, "rotor_w", rotor_w),
    IN(mb_load_result, "friction_windage_w", friction_windage_w),
    IN(mb_load_result, "output_w", output_w),
    IN(mb_load_result, "residual_w", residual_w),
    IN(mb_load_result, "additional_load_w", additional_load_w),
    IN(mb_load_result, "efficiency", efficiency),
    END,
};

static const struct member regression_members[] = {
    RESULT("a", regression.a_w_per_nm2),
    RESULT("b", regression.b_w),
    RESULT("r", regression.r),
    RESULT("first_r", regression.first_r),
    END,
};

static const struct member rated_members[] = {
    RESULT("slip", rated.slip),
    RESULT("stator_w", rated.stator_w),
    RESULT("rotor_w", rated.rotor_w),
    RESULT("iron_w", rated.iron_w),
    RESULT("friction_windage_w", rated.friction_windage_w),
    RESULT("additional_load_w", rated.additional_load_w),
    RESULT("total_w", rated.total_w),
    RESULT("input_w", rated.input_w),
    END,
};

static const struct member efficiency_members[] = {
    RESULT("efficiency", efficiency),
    RESULT("efficiency_input_form", efficiency_input_form),
    RESULT("efficiency_iec_form", efficiency_iec_form),
    RESULT("efficiency_direct", efficiency_direct),
    RESULT("efficiency_at_rated_output", efficiency_at_rated_output),
    END,
};

static const struct member cooling_plot_members[] = {
    RESULT("slope_per_s", winding.slope_per_s),
    RESULT("intercept_ln_k", winding.intercept_ln_k),
    END,
};

static const struct member no_load_plot_members[] = {
    RESULT("friction_slope_w_per_v2", no_load.slope_w_per_v2),
    RESULT("iron_center_v", no_load.iron_center_v),
    END,
};

static int put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value);
}

static int put_members(json_t *object, const struct member *members, const void *from)
{
    int r = 0;

    for (const struct member *m = members; m->key && r == 0; m++)
        r = put(object, m->key, mb_json_number(*(const double *)((const char *)from + m->offset)));
    return r;
}

static json_t *object_of(const struct member *members, const void *from)
{
    json_t *object = json_object();

    if (put_members(object, members, from) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *numbers(const double *values, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(list, mb_json_number(values[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* Readings beside their results, element by element. */
struct rows {
    const void *readings, *results;
    size_t reading_size, result_size, count;
    const struct member *reading_members, *result_members;
};

static json_t *list_of(const struct rows *rows)
{
    json_t *list = json_array();

    for (size_t i = 0; i < rows->count; i++) {
        json_t *row = object_of(rows->reading_members, (const char *)rows->readings + i * rows->reading_size);

        if (put_members(row, rows->result_members, (const char *)rows->results + i * rows->result_size) < 0) {
            json_decref(row);
            row = NULL;
        }
        if (json_array_append_new(list, row) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int put_remarks(json_t *root, const char *key, const char *text_key, const struct mb_remark *remarks,
                       size_t n)
{
    json_t *words = json_array(), *texts = json_object();
    int r = 0;

    for (size_t i = 0; i < n && r == 0; i++) {
        const char *word = mb_reason_word(remarks[i].reason);

        r = json_array_append_new(words, json_string(word));
        if (r == 0)
            r = put(texts, word, json_string(remarks[i].text));
    }
    if (put(root, key, words) < 0) /* takes the reference either way */
        r = -1;
    if (put(root, text_key, texts) < 0)
        r = -1;
    return r;
}

static json_t *no_load_json(const struct mb_efficiency_input *input,
                            const struct mb_efficiency_result *result)
{
    const struct rows rows = {
        input->no_load,       result->no_load.points, sizeof *input->no_load, sizeof *result->no_load.points,
        input->no_load_count, no_load_point_members,  no_load_result_members};
    json_t *object = object_of(no_load_members, result);

    if (put(object, "points", list_of(&rows)) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *points_json(const struct mb_efficiency_input *input, const struct mb_efficiency_result *result)
{
    const struct rows rows = {
        input->load,       result->points,     sizeof *input->load, sizeof *result->points,
        input->load_count, load_point_members, load_result_members};

    return list_of(&rows);
}

static json_t *plots_json(const struct mb_efficiency_result *result)
{
    json_t *no_load = object_of(no_load_plot_members, result);

    (void)put(no_load, "iron_coefficient", numbers(result->no_load.iron_coefficient, 3));
    return json_pack("{s:o, s:o}", "cooling", object_of(cooling_plot_members, result), "no_load", no_load);
}

static json_t *marked(const struct mb_marked *m)
{
    return json_pack("{s:f, s:s}", "value", m->value, "mark", m->mark);
}

static json_t *edition_json(const struct mb_edition *e)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:s, s:s?}", "name", e->name, "correlation",
                     marked(&e->correlation), "frequency", marked(&e->frequency), "winding_k",
                     marked(&e->winding_k), "delay_mark", e->delay_mark, "note", e->note);
}

static json_t *tolerance_json(const struct mb_grade *g)
{
    return json_pack("{s:s, s:o}", "rule", g->tolerance, "limit", mb_json_number(g->tolerated));
}

/* Which rule judged, and how sure it can be: ISO/IEC 17025:2017 clause 7.8.6. */
static json_t *decision_json(const struct mb_grade *g)
{
    const struct mb_decision *d = &g->decision;
    bool made = d->statement != NULL;

    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s?}", "rule", mb_decision_rule_names[g->rule],
                     "uncertainty", mb_json_number(g->uncertainty), "coverage_factor",
                     json_real(MB_COVERAGE_FACTOR), "guard", made ? mb_json_number(d->guard) : json_null(),
                     "conformity_probability", made ? mb_json_number(d->conformity_probability) : json_null(),
                     "statement", d->statement);
}

json_t *mb_grade_json(const struct mb_grade *g)
{
    json_t *limits = json_object(), *root;

    for (int i = 0; i < g->grade_count; i++) {
        const char key[] = {(char)('1' + i), '\0'};

        (void)put(limits, key, mb_json_number(g->limits[i]));
    }
    root =
        json_pack("{s:s, s:s?, s:o, s:o, s:o, s:o, s:s, s:s?, s:s?, s:s}", "standard", g->standard, "table",
                  *g->table ? g->table : NULL, "grade", g->grade ? json_integer(g->grade) : json_null(),
                  "limit", mb_json_number(g->limit), "limits", limits, "margin", mb_json_number(g->margin),
                  "verdict", mb_verdict_name(g->verdict), "mark", *g->mark ? g->mark : NULL, "source",
                  *g->source ? g->source : NULL, "note", g->note);
    if (root && g->grade)
        (void)put(root, "grade_name", json_string(g->names[g->grade - 1]));
    if (root && *g->confirmed)
        (void)put(root, "confirmed", json_string(g->confirmed));
    if (root && *g->tolerance)
        (void)put(root, "tolerance", tolerance_json(g));
    if (root)
        (void)put(root, "decision", decision_json(g));
    return root;
}

json_t *mb_papers_json(const struct mb_papers *papers)
{
    json_t *list = json_array();

    for (size_t i = 0; i < papers->count; i++) {
        const struct mb_finding *f = &papers->findings[i];

        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "id", f->id, "status",
                                                    mb_finding_status_names[f->status], "sentence",
                                                    f->sentence, "source", f->source));
    }
    return list;
}

static json_t *declared_json(const struct mb_evaluation *e)
{
    if (!e->declared.why)
        return json_null();
    return json_pack("{s:o, s:b, s:s, s:o, s:s}", "value", mb_json_number(e->declared.value), "declared",
                     e->declared.declared, "why", e->declared.why, "tolerated",
                     mb_json_number(e->declared_tolerated), "note", e->declared_note);
}

/* The items that the sheet decides, and the verdict of the sample by them. */
static json_t *overall_json(const struct mb_evaluation *e)
{
    json_t *items = json_array();

    for (size_t i = 0; i < e->item_count; i++)
        (void)json_array_append_new(items, json_pack("{s:s, s:s}", "id", e->items[i].id, "verdict",
                                                     mb_verdict_name(e->items[i].verdict)));
    return json_pack("{s:s, s:s, s:o}", "verdict", mb_verdict_name(e->overall.verdict), "sentence",
                     e->overall.sentence, "items", items);
}

/* null: none was stated. */
static json_t *uncertainty_json(const struct mb_sheet *sheet)
{
    return sheet->uncertainty > 0
               ? json_pack("{s:f, s:s}", "efficiency", sheet->uncertainty, "source", "stated in the sheet")
               : json_null();
}

json_t *mb_evaluation_json(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation)
{
    const struct mb_efficiency_input *input = &sheet->input;
    const struct mb_efficiency_result *result = &evaluation->result;
    const char *method = input->method == MB_METHOD_2_1_1B ? "2-1-1B" : "2-1-1A";
    json_t *root =
        json_pack("{s:s, s:s, s:b}", "method", method, "standard", sheet->standard, "valid", result->valid);
    json_t *deleted = result->deleted_point >= 0 ? json_integer(result->deleted_point) : json_null();
    bool ok = put_remarks(root, "reasons", "reason_texts", result->reasons, result->reason_count) == 0;

    ok = put_remarks(root, "warnings", "warning_texts", result->warnings, result->warning_count) == 0 && ok;
    ok = put(root, "deleted_point", deleted) == 0 && ok;
    ok = put(root, "winding", object_of(winding_members, result)) == 0 && ok;
    ok = put(root, "no_load", no_load_json(input, result)) == 0 && ok;
    ok = put(root, "points", points_json(input, result)) == 0 && ok;
    ok = put(root, "regression", object_of(regression_members, result)) == 0 && ok;
    ok = put(root, "rated", object_of(rated_members, result)) == 0 && ok;
    ok = put_members(root, efficiency_members, result) == 0 && ok;
    ok = put(root, "uncertainty", uncertainty_json(sheet)) == 0 && ok;
    ok = put(root, "label", mb_papers_json(&evaluation->label)) == 0 && ok;
    ok = put(root, "declared", declared_json(evaluation)) == 0 && ok;
    ok = put(root, "overall", overall_json(evaluation)) == 0 && ok;
    ok = put(root, "grade", mb_grade_json(&evaluation->grade)) == 0 && ok;
    ok = put(root, "edition", edition_json(input->edition)) == 0 && ok;
    ok = put(root, "plots", plots_json(result)) == 0 && ok;
    if (!ok) {
        json_decref(root);
        return NULL;
    }
    return root;
}
