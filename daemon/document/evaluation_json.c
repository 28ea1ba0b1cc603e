/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An evaluation as the document of interfaces.md. Tables name the members; what is not finite becomes null.
 */
#include "document/evaluation.h"
#include "document/member_json.h"
#include "document/number_json.h"
#include "method/edition.h"
#include "method/parts.h"

#define IN MB_MEMBER
#define RESULT(key, member) MB_MEMBER(mb_efficiency_result, key, member)

static const struct mb_member winding_members[] = {
    RESULT("resistance_hot_ohm", winding.resistance_hot_ohm),
    RESULT("temperature_c", winding.temperature_c),
    RESULT("temperature_at_delay_c", winding.temperature_at_delay_c),
    RESULT("rise_k", winding.rise_k),
    RESULT("k_theta", winding.k_theta),
    RESULT("fit_rms_k", winding.fit_rms_k),
    RESULT("delay_s", winding.delay_s),
    MB_MEMBERS_END,
};

static const struct mb_member no_load_members[] = {
    RESULT("friction_windage_w", no_load.friction_windage_w),
    RESULT("r", no_load.r),
    MB_MEMBERS_END,
};

static const struct mb_member no_load_point_members[] = {
    IN(mb_no_load_point, "u_v", u_v),
    MB_MEMBERS_END,
};

static const struct mb_member no_load_result_members[] = {
    IN(mb_no_load_result, "r_ohm", r_ohm),
    IN(mb_no_load_result, "stator_w", stator_w),
    IN(mb_no_load_result, "constant_w", constant_w),
    MB_MEMBERS_END,
};

static const struct mb_member load_point_members[] = {
    IN(mb_load_point, "load_percent", load_percent),
    IN(mb_load_point, "t_nm", t_nm),
    MB_MEMBERS_END,
};

/* Further columns of single-phase motors. */
static const struct mb_member single_phase_point_members[] = {
    IN(mb_load_point, "load_percent", load_percent),
    IN(mb_load_point, "t_nm", t_nm),
    IN(mb_load_point, "main_a", main_a),
    IN(mb_load_point, "auxiliary_a", auxiliary_a),
    IN(mb_load_point, "capacitor_v", capacitor_v),
    MB_MEMBERS_END,
};

static const struct mb_member windings_members[] = {
    RESULT("main_c", windings.main_c),
    RESULT("auxiliary_c", windings.auxiliary_c),
    RESULT("main_w", windings.main_w),
    RESULT("auxiliary_w", windings.auxiliary_w),
    RESULT("correction_w", windings.correction_w),
    RESULT("efficiency_corrected", windings.efficiency_corrected),
    MB_MEMBERS_END,
};

static const struct mb_member load_result_members[] = {
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
    MB_MEMBERS_END,
};

static const struct mb_member regression_members[] = {
    RESULT("a", regression.a_w_per_nm2),
    RESULT("b", regression.b_w),
    RESULT("r", regression.r),
    RESULT("first_r", regression.first_r),
    MB_MEMBERS_END,
};

static const struct mb_member additional_members[] = {
    RESULT("fraction", additional.fraction),
    RESULT("no_load_current_a", additional.no_load_current_a),
    RESULT("coefficient_w_per_a2", additional.coefficient_w_per_a2),
    RESULT("stator_w", additional.stator_w),
    RESULT("rotor_w", additional.rotor_w),
    RESULT("stator_exponent", additional.stator.exponent),
    RESULT("rotor_exponent", additional.rotor.exponent),
    MB_MEMBERS_END,
};

static const struct mb_member rated_members[] = {
    RESULT("slip", rated.slip),
    RESULT("stator_w", rated.stator_w),
    RESULT("rotor_w", rated.rotor_w),
    RESULT("iron_w", rated.iron_w),
    RESULT("friction_windage_w", rated.friction_windage_w),
    RESULT("additional_load_w", rated.additional_load_w),
    RESULT("total_w", rated.total_w),
    RESULT("input_w", rated.input_w),
    MB_MEMBERS_END,
};

static const struct mb_member efficiency_members[] = {
    RESULT("efficiency", efficiency),
    RESULT("efficiency_input_form", efficiency_input_form),
    RESULT("efficiency_iec_form", efficiency_iec_form),
    RESULT("efficiency_direct", efficiency_direct),
    RESULT("efficiency_at_rated_output", efficiency_at_rated_output),
    MB_MEMBERS_END,
};

static const struct mb_member cooling_plot_members[] = {
    RESULT("slope_per_s", winding.slope_per_s),
    RESULT("intercept_ln_k", winding.intercept_ln_k),
    MB_MEMBERS_END,
};

static const struct mb_member no_load_plot_members[] = {
    RESULT("friction_slope_w_per_v2", no_load.slope_w_per_v2),
    RESULT("iron_center_v", no_load.iron_center_v),
    MB_MEMBERS_END,
};

static int put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value);
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
    const struct mb_member_rows rows = {
        input->no_load,       result->no_load.points, sizeof *input->no_load, sizeof *result->no_load.points,
        input->no_load_count, no_load_point_members,  no_load_result_members};
    json_t *object = mb_members_object(no_load_members, result);

    if (put(object, "points", mb_members_list(&rows)) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *points_json(const struct mb_efficiency_input *input, const struct mb_efficiency_result *result)
{
    const struct mb_member_rows rows = {
        input->load,         result->points,
        sizeof *input->load, sizeof *result->points,
        input->load_count,   input->phases == 1 ? single_phase_point_members : load_point_members,
        load_result_members};

    return mb_members_list(&rows);
}

static json_t *stray_json(const struct mb_stray_point *points, const struct mb_stray_law *law, size_t count)
{
    static const struct mb_member reading[] = {MB_MEMBER(mb_stray_point, "i_a", i_a), MB_MEMBERS_END};
    static const struct mb_member loss[] = {{"loss_w", 0}, MB_MEMBERS_END};
    const struct mb_member_rows rows = {points,  law->loss_w, sizeof *points, sizeof *law->loss_w, count,
                                        reading, loss};

    return mb_members_list(&rows);
}

static json_t *additional_json(const struct mb_efficiency_input *input,
                               const struct mb_efficiency_result *result)
{
    json_t *object = mb_members_object(additional_members, result);
    const struct mb_stray_test *stray = input->stray;

    if (!stray)
        return object;
    (void)put(object, "removed_rotor",
              stray_json(stray->removed, &result->additional.stator, stray->removed_count));
    (void)put(object, "reverse_rotation",
              stray_json(stray->reverse, &result->additional.rotor, stray->reverse_count));
    return object;
}

static json_t *excitation_json(const struct mb_efficiency_input *input,
                               const struct mb_efficiency_result *result)
{
    return json_pack("{s:o, s:o}", "rated_w", mb_json_number(result->excitation.rated_w), "points_w",
                     mb_members_numbers(result->excitation.points_w, input->load_count));
}

static json_t *plots_json(const struct mb_efficiency_result *result)
{
    json_t *no_load = mb_members_object(no_load_plot_members, result);

    (void)put(no_load, "iron_coefficient", mb_members_numbers(result->no_load.iron_coefficient, 3));
    return json_pack("{s:o, s:o}", "cooling", mb_members_object(cooling_plot_members, result), "no_load",
                     no_load);
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

/* What the standard itself calls the method, and how sure that is; the note beside it is of the gates. */
static int put_rule(json_t *edition, const struct mb_method_rule *rule)
{
    return put(edition, "label", json_string(rule->label)) < 0 ||
                   put(edition, "mark", json_string(rule->mark)) < 0 ||
                   put(edition, "rule", json_string(rule->sentence)) < 0
               ? -1
               : 0;
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
        const struct mb_paper_finding *f = &papers->findings[i];

        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "id", f->id, "status",
                                                    mb_paper_status_names[f->status], "sentence", f->sentence,
                                                    "source", f->source));
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

/* The readings and intermediates of 2-1-1A and 2-1-1B. */
static bool put_efficiency(json_t *root, const struct mb_efficiency_input *input,
                           const struct mb_efficiency_result *result)
{
    json_t *deleted = result->deleted_point >= 0 ? json_integer(result->deleted_point) : json_null();
    bool ok = put_remarks(root, "reasons", "reason_texts", result->reasons, result->reason_count) == 0;

    ok = put_remarks(root, "warnings", "warning_texts", result->warnings, result->warning_count) == 0 && ok;
    ok = put(root, "deleted_point", deleted) == 0 && ok;
    ok = put(root, "winding", mb_members_object(winding_members, result)) == 0 && ok;
    ok = put(root, "no_load", no_load_json(input, result)) == 0 && ok;
    ok = put(root, "points", points_json(input, result)) == 0 && ok;
    ok = put(root, "regression", mb_members_object(regression_members, result)) == 0 && ok;
    if (input->has_windings)
        ok = put(root, "windings", mb_members_object(windings_members, result)) == 0 && ok;
    if (input->field_supply && !mb_sums_losses(input))
        ok = put(root, "excitation", excitation_json(input, result)) == 0 && ok;
    if (input->torque.correction_nm != 0)
        ok = put(root, "torque_correction_nm", mb_json_number(input->torque.correction_nm)) == 0 && ok;
    if (!mb_has_residual(input))
        ok = put(root, "additional", additional_json(input, result)) == 0 && ok;
    ok = put(root, "rated", mb_members_object(rated_members, result)) == 0 && ok;
    ok = put(root, "edition", edition_json(input->edition)) == 0 && ok;
    ok = put(root, "plots", plots_json(result)) == 0 && ok;
    return mb_members_put(root, efficiency_members, result) == 0 && ok;
}

static int put_findings(json_t *root, const char *key, const char *text_key,
                        const struct mb_findings *findings)
{
    json_t *words = json_array(), *texts = json_object();
    int r = 0;

    for (size_t i = 0; i < findings->count && r == 0; i++) {
        r = json_array_append_new(words, json_string(findings->items[i].word));
        if (r == 0)
            r = put(texts, findings->items[i].word, json_string(findings->items[i].text));
    }
    if (put(root, key, words) < 0) /* takes the reference either way */
        r = -1;
    return put(root, text_key, texts) < 0 ? -1 : r;
}

static json_t *rule_json(const struct mb_method_rule *rule)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "name", rule->standard, "label", rule->label, "mark", rule->mark,
                     "note", rule->sentence);
}

static bool put_method(json_t *root, const struct mb_sheet *sheet, const struct mb_outcome *outcome)
{
    bool ok = put_findings(root, "reasons", "reason_texts", &outcome->reasons) == 0;

    ok = put_findings(root, "warnings", "warning_texts", &outcome->warnings) == 0 && ok;
    ok = put(root, "efficiency", mb_json_number(outcome->efficiency)) == 0 && ok;
    ok = put(root, "edition", rule_json(sheet->rule_of_method)) == 0 && ok;
    return sheet->method->json(sheet->method_input, outcome, root) == 0 && ok;
}

/* Each with the members that it has as the sheet's own method. */
static json_t *also_json(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation)
{
    struct mb_efficiency_input input = sheet->input;
    json_t *list = json_array();

    for (size_t i = 0; i < sheet->also_count; i++) {
        json_t *one = json_pack("{s:s, s:s, s:b}", "method", sheet->also[i].name, "standard", sheet->standard,
                                "valid", evaluation->also[i]->valid);

        input.method = sheet->also[i].method;
        (void)put_efficiency(one, &input, evaluation->also[i]);
        (void)json_array_append_new(list, one);
    }
    return list;
}

json_t *mb_evaluation_json(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation)
{
    json_t *root = json_pack("{s:s, s:s, s:b}", "method", sheet->method_name, "standard", sheet->standard,
                             "valid", evaluation->result.valid);
    bool ok = sheet->method ? put_method(root, sheet, evaluation->outcome)
                            : put_efficiency(root, &sheet->input, &evaluation->result);

    if (!sheet->method && sheet->rule_of_method)
        ok = put_rule(json_object_get(root, "edition"), sheet->rule_of_method) == 0 && ok;
    if (sheet->also_count)
        ok = put(root, "also", also_json(sheet, evaluation)) == 0 && ok;
    ok = put(root, "uncertainty", uncertainty_json(sheet)) == 0 && ok;
    ok = put(root, "label", mb_papers_json(&evaluation->label)) == 0 && ok;
    ok = put(root, "declared", declared_json(evaluation)) == 0 && ok;
    ok = put(root, "overall", overall_json(evaluation)) == 0 && ok;
    ok = put(root, "grade", mb_grade_json(&evaluation->grade)) == 0 && ok;
    if (!ok) {
        json_decref(root);
        return NULL;
    }
    return root;
}
