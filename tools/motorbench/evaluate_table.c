/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The readable form of an evaluation. "-" stands where nothing could be computed. */
#include "motorbench/evaluate_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "method/edition.h"
#include "motorbench/hanging.h"
#include "motorbench/members.h"
#include "motorbench/standard.h"

#define LABEL_WIDTH 30
#define POINTS_PRINTED 24 /* a longer sweep is for --json */

/* A number in a field of its width, or "-". */
static void cell(int width, int digits, double value)
{
    if (isfinite(value))
        printf(" %*.*f", width, digits, value);
    else
        printf(" %*s", width, "-");
}

static void row(const char *label, int digits, double value, const char *unit)
{
    printf("  %-*s", LABEL_WIDTH, label);
    cell(12, digits, value);
    printf(" %s\n", unit);
}

static void print_motor(const struct mb_sheet *sheet)
{
    const struct mb_motor_rated *rated = &sheet->motor.rated;

    printf("%s  %.10g W, %g V, %g Hz, %d poles\n", sheet->motor.id, rated->power_w, rated->voltage_v,
           rated->frequency_hz, rated->poles);
}

/* The method as it is called here, what its standard calls it, and how sure that is. */
static void print_rule(const struct mb_sheet *sheet)
{
    const struct mb_method_rule *rule = sheet->rule_of_method;

    printf("Method %s by %s", sheet->method_name, sheet->standard);
    if (rule && *rule->label && strcmp(rule->label, sheet->method_name) != 0)
        printf(", there %s", rule->label);
    if (rule)
        printf(" (mark %s)", rule->mark);
}

static const char *form_of(const struct mb_efficiency_input *input)
{
    if (input->method == MB_METHOD_2_1_1A)
        return input->field_supply ? "output / (input + excitation)" : "output / input";
    return input->form == MB_FORM_IEC ? "IEC form, input corrected" : "(P1 - PT) / P1";
}

static void print_head(const struct mb_sheet *sheet)
{
    const struct mb_efficiency_input *input = &sheet->input;

    print_motor(sheet);
    print_rule(sheet);
    printf(", efficiency as %s\n", form_of(input));
    if (sheet->rule_of_method && *sheet->rule_of_method->sentence)
        printf("Note: %s\n", sheet->rule_of_method->sentence);
    if (input->edition->note)
        printf("Note: %s\n", input->edition->note);
}

static void print_winding(const struct mb_efficiency_result *result)
{
    if (isnan(result->winding.temperature_c))
        return;
    printf("\nWinding\n");
    row("resistance at 0 s", 5, result->winding.resistance_hot_ohm, "ohm");
    row("temperature at 0 s", 3, result->winding.temperature_c, "degC");
    row("temperature at the delay", 3, result->winding.temperature_at_delay_c, "degC");
    row("rise by the delay rule", 2, result->winding.rise_k, "K");
    row("correction to 25 degC coolant", 6, result->winding.k_theta, "");
}

static void print_no_load(const struct mb_efficiency_input *input, const struct mb_efficiency_result *result)
{
    if (input->no_load_count == 0)
        return;
    printf("\nNo load     U0 V     R0 ohm  stator W constant W\n");
    for (size_t i = 0; i < input->no_load_count && i < POINTS_PRINTED; i++) {
        printf("     %3zu", i + 1);
        cell(8, 2, input->no_load[i].u_v);
        cell(10, 5, result->no_load.points[i].r_ohm);
        cell(9, 3, result->no_load.points[i].stator_w);
        cell(10, 3, result->no_load.points[i].constant_w);
        printf("\n");
    }
    row("friction and windage", 3, result->no_load.friction_windage_w, "W");
    row("r", 5, result->no_load.r, "");
}

static void losses_of(const struct mb_load_result *p)
{
    cell(8, 5, p->r_ohm);
    cell(9, 3, p->stator_w);
    cell(9, 3, p->iron_w);
    cell(9, 3, p->rotor_w);
    cell(7, 3, p->friction_windage_w);
}

static void print_points(const struct mb_efficiency_input *input, const struct mb_efficiency_result *result)
{
    bool losses = input->method != MB_METHOD_2_1_1A;

    if (input->load_count == 0)
        return;
    printf("\nLoad      %%      slip%s  output W%s efficiency\n",
           losses ? "    R ohm  stator W    iron W   rotor W  fric W" : "", losses ? " residual W" : "");
    for (size_t i = 0; i < input->load_count && i < POINTS_PRINTED; i++) {
        const struct mb_load_result *p = &result->points[i];

        printf("%3zu", i + 1);
        cell(7, 1, input->load[i].load_percent);
        cell(9, 5, p->slip);
        if (losses)
            losses_of(p);
        cell(9, 2, p->output_w);
        if (losses)
            cell(10, 3, p->residual_w);
        cell(10, 5, p->efficiency);
        printf("%s\n", result->deleted_point == (int)i ? "  deleted" : "");
    }
    if (input->load_count > POINTS_PRINTED)
        printf("  (%zu more points, see --json)\n", input->load_count - POINTS_PRINTED);
}

static void print_rated(const struct mb_efficiency_result *result)
{
    if (isfinite(result->regression.r)) {
        printf("\nResidual losses\n");
        row("A", 7, result->regression.a_w_per_nm2, "W/(N m)^2");
        row("B", 3, result->regression.b_w, "W");
        row("r", 5, result->regression.r, "");
    }
    if (isnan(result->rated.total_w))
        return;
    printf("\nRated load, corrected to 25 degC coolant\n");
    row("slip", 6, result->rated.slip, "");
    row("stator", 3, result->rated.stator_w, "W");
    row("rotor", 3, result->rated.rotor_w, "W");
    row("iron", 3, result->rated.iron_w, "W");
    row("friction and windage", 3, result->rated.friction_windage_w, "W");
    row("additional load loss", 3, result->rated.additional_load_w, "W");
    row("total", 3, result->rated.total_w, "W");
    row("input", 3, result->rated.input_w, "W");
}

static void print_efficiency(const struct mb_efficiency_result *result)
{
    printf("\nEfficiency\n");
    row("by the standard named", 6, result->efficiency, "");
    row("(P1 - PT) / P1", 6, result->efficiency_input_form, "");
    row("IEC form", 6, result->efficiency_iec_form, "");
    row("direct", 6, result->efficiency_direct, "");
    row("interpolated to rated output", 6, result->efficiency_at_rated_output, "");
}

static void print_windings(const struct mb_efficiency_input *input, const struct mb_efficiency_result *result)
{
    if (input->torque.correction_nm != 0)
        row("torque correction", 4, input->torque.correction_nm, "N m");
    if (input->field_supply && input->method == MB_METHOD_2_1_1A)
        row("excitation at rated load", 3, result->excitation.rated_w, "W");
    if (!input->has_windings)
        return;
    printf("\nWindings at rated load\n");
    row("main", 3, result->windings.main_w, "W");
    row("auxiliary", 3, result->windings.auxiliary_w, "W");
    row("efficiency at 25 degC coolant", 6, result->windings.efficiency_corrected, "(judges nothing)");
}

void print_also(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation)
{
    if (sheet->also_count)
        printf("\nOther methods from these readings\n");
    for (size_t i = 0; i < sheet->also_count; i++) {
        const struct mb_efficiency_result *result = evaluation->also[i];

        row(sheet->also[i].name, 6, result->efficiency, "");
        for (size_t k = 0; k < result->reason_count; k++)
            printf("    %s: %s\n", mb_reason_word(result->reasons[k].reason), result->reasons[k].text);
    }
}

static void print_grade(const struct mb_grade *grade)
{
    printf("\n%s%s%s: %s", grade->standard, *grade->table ? ", " : "", grade->table,
           mb_verdict_name(grade->verdict));
    if (grade->grade > 0)
        printf(", grade %d", grade->grade);
    if (isfinite(grade->limit))
        printf(", limit %.4f", grade->limit);
    if (isfinite(grade->margin))
        printf(", margin %+.4f", grade->margin);
    printf("\n");
    if (grade->note[0])
        print_hanging(2, "  %s", grade->note);
    print_decision(grade);
}

static void print_overall(const struct mb_evaluation *e)
{
    for (size_t i = 0; i < e->label.count; i++)
        printf("  %-9s %s: %s\n", mb_paper_status_names[e->label.findings[i].status], e->label.findings[i].id,
               e->label.findings[i].sentence);
    if (e->declared_note[0])
        printf("  declared  %s\n", e->declared_note);
    printf("%s: %s\n", mb_verdict_name(e->overall.verdict), e->overall.sentence);
}

static void print_remarks(const char *title, const struct mb_remark *remarks, size_t count)
{
    if (count)
        printf("\n%s\n", title);
    for (size_t i = 0; i < count; i++)
        print_hanging(4, "  %s: %s", mb_reason_word(remarks[i].reason), remarks[i].text);
}

static void print_findings(const char *title, const struct mb_findings *findings)
{
    if (findings->count)
        printf("\n%s\n", title);
    for (size_t i = 0; i < findings->count; i++)
        print_hanging(4, "  %s: %s", findings->items[i].word, findings->items[i].text);
}

/* Another method: its own members as they stand in its document. */
static void print_method(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation)
{
    const struct mb_method_rule *rule = sheet->rule_of_method;
    json_t *members = json_object();

    print_motor(sheet);
    print_rule(sheet);
    printf("\n");
    if (*rule->sentence)
        printf("Note: %s\n", rule->sentence);
    if (members && sheet->method->json(sheet->method_input, evaluation->outcome, members) == 0)
        print_members(members);
    json_decref(members);
    printf("\n");
    row("efficiency", 6, evaluation->result.efficiency, "");
    print_grade(&evaluation->grade);
    print_overall(evaluation);
    print_findings("The test is invalid", &evaluation->outcome->reasons);
    print_findings("Warnings", &evaluation->outcome->warnings);
}

void print_evaluation(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation)
{
    const struct mb_efficiency_result *result = &evaluation->result;

    if (sheet->method) {
        print_method(sheet, evaluation);
        return;
    }
    print_head(sheet);
    print_winding(result);
    print_no_load(&sheet->input, result);
    print_points(&sheet->input, result);
    print_rated(result);
    print_efficiency(result);
    print_windings(&sheet->input, result);
    print_also(sheet, evaluation);
    print_grade(&evaluation->grade);
    print_overall(evaluation);
    print_remarks("The test is invalid", result->reasons, result->reason_count);
    print_remarks("Warnings", result->warnings, result->warning_count);
}
