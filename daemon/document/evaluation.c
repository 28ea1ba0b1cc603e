/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/evaluation.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "method/correction.h"
#include "standard/mark.h"

/* By kind of motor (procedures 0.1); all but these are the business of GB 18613, which says itself what it
 * covers. */
const char *mb_evaluation_standard(const struct mb_motor *motor)
{
    switch ((enum mb_motor_kind)motor->kind) {
    case MB_KIND_THREE_PHASE_PM_LINE_START:
    case MB_KIND_PM_CONVERTER_FED:
        return "GB 30253-2024";
    case MB_KIND_HV_CAGE_INDUCTION:
        return "GB 30254-2024";
    case MB_KIND_CONVERTER_FED_INDUCTION:
        return "IEC TS 60034-30-2:2016";
    default:
        return "GB 18613-2020";
    }
}

static void refuse_verdict(struct mb_grade *grade, enum mb_verdict verdict, const char *why)
{
    grade->verdict = verdict;
    grade->grade = 0;
    grade->decision.statement = NULL;
    (void)snprintf(grade->note, sizeof grade->note, "%s", why);
}

/* Whoever reads the verdict reads why: the first reason; all of them stand in the document. */
static void refuse_invalid(const struct mb_evaluation *e, struct mb_grade *grade)
{
    const char *why = e->outcome ? e->outcome->reasons.items[0].text : e->result.reasons[0].text;

    refuse_verdict(grade, MB_VERDICT_INVALID, "the test is invalid");
    if (*why)
        (void)snprintf(grade->note, sizeof grade->note, "the test is invalid: %s", why);
}

/* What the number alone cannot say: whether there is one, and whether its method may decide. */
static void restrict_verdict(const struct mb_sheet *sheet, const struct mb_evaluation *e,
                             struct mb_grade *grade)
{
    const struct mb_efficiency_result *result = &e->result;
    bool judged = grade->verdict == MB_VERDICT_PASS || grade->verdict == MB_VERDICT_FAIL;

    if (!result->valid)
        refuse_invalid(e, grade);
    else if (isnan(result->efficiency) && grade->verdict != MB_VERDICT_NOT_APPLICABLE)
        refuse_verdict(grade, MB_VERDICT_NOT_APPLICABLE,
                       sheet->method ? "no efficiency comes of this method"
                                     : "no reading at the rated output");
    else if (judged && strcmp(sheet->method_name, "2-1-1B") != 0 &&
             sheet->motor.kind == MB_KIND_THREE_PHASE_INDUCTION)
        refuse_verdict(grade, MB_VERDICT_INCONCLUSIVE,
                       "GB 18613 is judged by method B for three-phase motors (procedure mark V:22), this is "
                       "another method");
    else if (judged && sheet->motor.kind == MB_KIND_HV_CAGE_INDUCTION && sheet->rule_of_method &&
             sheet->rule_of_method->status != MB_METHOD_PREFERRED)
        refuse_verdict(grade, MB_VERDICT_INCONCLUSIVE,
                       "which method GB 30254 names was not seen: it is judged by the one that the test "
                       "standard prefers for this power, this is another");
    else if (judged && sheet->rule_of_method && !mb_mark_decides(sheet->rule_of_method->mark))
        refuse_verdict(grade, MB_VERDICT_INCONCLUSIVE,
                       "the method as it is known here is marked uncertain and does not decide");
}

/* The efficiency stands without limits; a laboratory that owns the standard adds its table. */
static void no_table(const char *standard, struct mb_grade *grade)
{
    *grade = (struct mb_grade){.limit = NAN,
                               .margin = NAN,
                               .tolerated = NAN,
                               .uncertainty = NAN,
                               .verdict = MB_VERDICT_INCONCLUSIVE};
    for (size_t i = 0; i < sizeof grade->limits / sizeof *grade->limits; i++)
        grade->limits[i] = NAN;
    (void)snprintf(grade->standard, sizeof grade->standard, "%s", standard);
    (void)snprintf(grade->note, sizeof grade->note, "no limit table of %s is known here", standard);
}

static int grade(const struct mb_sheet *sheet, const struct mb_limits *limits, const char *standard,
                 struct mb_evaluation *evaluation, struct mb_error *err)
{
    struct mb_grade_query query = {.standard = standard,
                                   .efficiency = evaluation->result.efficiency,
                                   .rule = sheet->rule,
                                   .uncertainty = sheet->uncertainty > 0 ? sheet->uncertainty : 0};
    int r;

    mb_grade_query_motor(&sheet->motor, &query);
    r = mb_grade_evaluate(limits, &query, &evaluation->grade, err);
    if (r == -ENOENT)
        no_table(query.standard, &evaluation->grade);
    else if (r < 0)
        return r;
    restrict_verdict(sheet, evaluation, &evaluation->grade);
    return 0;
}

static void add_item(struct mb_evaluation *e, const char *id, enum mb_verdict verdict)
{
    e->items[e->item_count++] = (struct mb_item_result){.id = id, .run = true, .verdict = verdict};
}

/* The tolerance on declared values, by the day of production: GB/T 755 clause 12 (procedures 0.1, F5). */
static const char *declared_tolerance(const struct mb_motor *motor)
{
    return motor->production_date && strcmp(motor->production_date, "2026-02-01") >= 0 ? "GB/T 755-2025"
                                                                                       : "GB/T 755-2019";
}

static enum mb_verdict judge_declared(const struct mb_sheet *sheet, const struct mb_limits *limits,
                                      struct mb_evaluation *e)
{
    const char *rule = declared_tolerance(&sheet->motor), *mark = "absent";
    double u = sheet->uncertainty > 0 ? sheet->uncertainty : NAN, limit = NAN;
    struct mb_decision decision;

    (void)mb_grade_tolerate(limits, rule, sheet->motor.rated.power_w, e->declared.value, &limit, &mark);
    e->declared_tolerated = limit;
    if (!mb_mark_decides(mark)) {
        (void)snprintf(e->declared_note, sizeof e->declared_note,
                       "the tolerance of %s on declared values is marked '%s' and does not decide", rule,
                       mark);
        /* Without any tolerance it would pass as well. */
        decision = mb_decide(sheet->rule, MB_LIMIT_LOWER, e->result.efficiency, u, e->declared.value);
        return decision.verdict == MB_VERDICT_PASS ? MB_VERDICT_PASS : MB_VERDICT_INCONCLUSIVE;
    }
    decision = mb_decide(sheet->rule, MB_LIMIT_LOWER, e->result.efficiency, u, limit);
    (void)snprintf(e->declared_note, sizeof e->declared_note, "%s, with the tolerance of %s: %s",
                   e->declared.why, rule, decision.statement);
    return decision.verdict;
}

/* In supervision (procedures F1): a declared efficiency stricter than the standard decides. */
static void consider_declared(const struct mb_sheet *sheet, const struct mb_limits *limits,
                              struct mb_evaluation *e)
{
    const struct mb_motor *m = &sheet->motor;

    e->declared_tolerated = NAN;
    if (!m->sample.origin || strcmp(m->sample.origin, "random") != 0 || isnan(m->rated.efficiency))
        return;
    e->declared = mb_declared_decides(MB_LIMIT_LOWER, m->rated.efficiency, e->grade.limit, true);
    if (!e->declared.declared || isnan(e->result.efficiency) || !e->result.valid)
        return;
    add_item(e, "declared-efficiency", judge_declared(sheet, limits, e));
}

/* Everything that the sheet's readings judge, and what that means for the sample. */
static void conclude(const struct mb_sheet *sheet, const struct mb_limits *limits, struct mb_evaluation *e)
{
    add_item(e, "efficiency", e->grade.verdict);
    consider_declared(sheet, limits, e);
    mb_papers_label(&sheet->motor, false, &e->grade, e->result.valid ? e->result.efficiency : NAN, &e->label);
    if (sheet->motor.label.grade)
        add_item(e, "label", mb_papers_label_verdict(&sheet->motor, &e->grade));
    e->overall = mb_overall(e->items, e->item_count);
}

static int compute_also(const struct mb_sheet *sheet, struct mb_evaluation *e, struct mb_error *err)
{
    struct mb_efficiency_input input = sheet->input;

    for (size_t i = 0; i < sheet->also_count; i++) {
        e->also[i] = calloc(1, sizeof *e->also[i]);
        if (!e->also[i])
            return mb_error_set(err, -ENOMEM, "not enough memory");
        input.method = sheet->also[i].method;
        mb_efficiency_evaluate(&input, e->also[i]);
    }
    return 0;
}

/* By whatever method: no fraction is a mistake in the readings (procedures A1.7). */
static void gate_efficiency(struct mb_outcome *outcome)
{
    if (outcome->efficiency <= 0 || outcome->efficiency >= 1)
        mb_finding_add(&outcome->reasons, "torque-sign",
                       "an efficiency of %.4f follows, it must be above 0 and below 1: check the readings' "
                       "signs and units",
                       outcome->efficiency);
}

static int compute(const struct mb_sheet *sheet, struct mb_evaluation *e, struct mb_error *err)
{
    if (!sheet->method) {
        mb_efficiency_evaluate(&sheet->input, &e->result);
        return compute_also(sheet, e, err);
    }
    e->outcome = calloc(1, sheet->method->result_size);
    if (!e->outcome)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    sheet->method->evaluate(sheet->method_input, e->outcome);
    if (sheet->method->lowest_torque_nm)
        mb_torque_chain_check(&sheet->input.torque, sheet->method->lowest_torque_nm(sheet->method_input),
                              &e->outcome->reasons);
    gate_efficiency(e->outcome);
    e->result.valid = mb_outcome_valid(e->outcome);
    e->result.efficiency = e->result.valid ? e->outcome->efficiency : NAN;
    return 0;
}

int mb_evaluation_new_by(const struct mb_sheet *sheet, const struct mb_limits *limits, const char *standard,
                         struct mb_evaluation **ret, struct mb_error *err)
{
    struct mb_evaluation *evaluation = calloc(1, sizeof *evaluation);
    int r;

    if (!evaluation)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    r = compute(sheet, evaluation, err);
    if (r == 0)
        r = grade(sheet, limits, standard, evaluation, err);
    if (r == 0)
        conclude(sheet, limits, evaluation);
    if (r < 0) {
        evaluation = mb_evaluation_free(evaluation);
        return r;
    }
    *ret = evaluation;
    return 0;
}

int mb_evaluation_new(const struct mb_sheet *sheet, const struct mb_limits *limits,
                      struct mb_evaluation **ret, struct mb_error *err)
{
    return mb_evaluation_new_by(sheet, limits, mb_evaluation_standard(&sheet->motor), ret, err);
}

struct mb_evaluation *mb_evaluation_free(struct mb_evaluation *evaluation)
{
    if (!evaluation)
        return NULL;
    free(evaluation->outcome);
    for (size_t i = 0; i < MB_ALSO_MAX; i++)
        free(evaluation->also[i]);
    free(evaluation);
    return NULL;
}
