/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was computed: validity, efficiency, losses. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/pdf/members.h"
#include "report/pdf/sections.h"
#include "report/pdf/table.h"
#include "report/pdf/value.h"

/* "reasons": words, "reason_texts": {word: sentence}; either may be missing. */
static void remarks(struct report *report, const json_t *evaluation, const char *words, const char *texts,
                    const char *what)
{
    const json_t *word;
    size_t i;

    json_array_foreach(value_at(evaluation, words), i, word) if (json_is_string(word)) paragraph(
        report, STYLE_BODY, "%s: %s. %s", what, json_string_value(word),
        json_string_value(json_object_get(value_at(evaluation, texts), json_string_value(word)))
            ? json_string_value(json_object_get(value_at(evaluation, texts), json_string_value(word)))
            : "");
}

static bool is_iec(const json_t *evaluation)
{
    return strncmp(text_at(evaluation, "standard", ""), "IEC", 3) == 0;
}

/* Which of the forms the standard named takes as the result (interfaces.md, Test sheet). */
static const char *form_text(const json_t *evaluation)
{
    if (value_at(evaluation, "excitation"))
        return "direct form, output over input with the excitation: \u03b7 = 2\u03c0\u00b7n\u00b7T / (P1 + "
               "Pe)";
    if (strcmp(text_at(evaluation, "method", ""), "2-1-1A") == 0)
        return "direct form, output over input: \u03b7 = 2\u03c0\u00b7n\u00b7T / P1";
    return is_iec(evaluation) ? "IEC 60034-2-1 form: \u03b7 = (P1,\u03b8 \u2212 PT) / P1,\u03b8, with the "
                                "input corrected to 25 \u00b0C coolant"
                              : "input form (GB/T 1032, IEEE 112, CSA C390): \u03b7 = (P1 \u2212 PT) / P1, "
                                "with the measured input";
}

static void efficiency_row(struct table *table, const char *name, double value)
{
    struct number fraction = number_text(value, 6, NULL), percent = number_text(100 * value, 2, "%");
    const char *cells[] = {name, fraction.text, percent.text};

    if (isfinite(value))
        table_row(table, cells);
}

static void efficiencies(struct report *report, const json_t *evaluation)
{
    static const struct column columns[] = {
        {"Efficiency at rated load", NULL, 5, ALIGN_LEFT},
        {"Fraction", NULL, 1.4, ALIGN_RIGHT},
        {"Percent", NULL, 1.4, ALIGN_RIGHT},
    };
    struct table table;

    table_begin(&table, report, columns, 3);
    table.style = STYLE_CELL_BOLD;
    efficiency_row(&table, "Result, in the form of the standard named", number_at(evaluation, "efficiency"));
    table.style = STYLE_CELL;
    efficiency_row(&table, "Input form, (P1 \u2212 PT) / P1", number_at(evaluation, "efficiency_input_form"));
    efficiency_row(&table, "IEC form, (P1,\u03b8 \u2212 PT) / P1,\u03b8",
                   number_at(evaluation, "efficiency_iec_form"));
    efficiency_row(&table, "Direct, output over input, not corrected",
                   number_at(evaluation, "efficiency_direct"));
    efficiency_row(&table, "Interpolated over the load curve at the rated output",
                   number_at(evaluation, "efficiency_at_rated_output"));
    table_end(&table);
    if (isfinite(number_at(evaluation, "efficiency")))
        paragraph(report, STYLE_CELL, "Result in the %s.", form_text(evaluation));
}

static void intermediate_pairs(struct report *report, const json_t *e)
{
    double hot = number_at(e, "winding.resistance_hot_ohm"), a = number_at(e, "regression.a");
    const struct number n[] = {
        number_text(hot, decimals_for(hot, 5, 6), "\u03a9"),
        number_text(number_at(e, "winding.temperature_c"), 1, "\u00b0C"),
        number_text(number_at(e, "winding.rise_k"), 1, "K"),
        number_text(number_at(e, "winding.temperature_at_delay_c"), 1, "\u00b0C"),
        number_text(number_at(e, "winding.k_theta"), 5, NULL),
        number_text(number_at(e, "no_load.friction_windage_w"), 2, "W"),
        number_text(a, decimals_for(a, 5, 9), "W/(N\u00b7m)\u00b2"),
        number_text(number_at(e, "regression.b"), 2, "W"),
        number_text(number_at(e, "regression.r"), 5, NULL),
        number_text(number_at(e, "regression.first_r"), 5, NULL),
        number_text(number_at(e, "torque_correction_nm"), 3, "N\u00b7m"),
        number_text(number_at(e, "excitation.rated_w"), 1, "W"),
    };
    static const char *const names[] = {
        "Hot resistance, t = 0",
        "Winding, t = 0",
        "Rise, by the delay rule",
        "Winding, at the delay",
        "k\u03b8 (coolant to 25 \u00b0C)",
        "Friction and windage",
        "Slope A",
        "Intercept B",
        "Correlation r",
        "Correlation, all points",
        "Torque correction",
        "Excitation Pe",
    };
    struct pair pairs[sizeof n / sizeof n[0]];

    for (size_t i = 0; i < sizeof n / sizeof n[0]; i++)
        pairs[i] = (struct pair){names[i], strcmp(n[i].text, NONE) != 0 ? n[i].text : NULL};
    pairs_draw(report, pairs, sizeof n / sizeof n[0]);
}

static void rated_losses(struct report *report, const json_t *evaluation)
{
    static const struct column columns[] = {
        {"Losses at rated load, coolant 25 \u00b0C", NULL, 4, ALIGN_LEFT},
        {"Loss", "W", 1, ALIGN_RIGHT},
        {"Share", "% of input", 1, ALIGN_RIGHT},
    };
    static const struct {
        const char *name, *path;
    } rows[] = {
        {"Stator winding, Ps,\u03b8", "rated.stator_w"},
        {"Rotor winding, Pr,\u03b8", "rated.rotor_w"},
        {"Iron, Pfe", "rated.iron_w"},
        {"Friction and windage, Pfw", "rated.friction_windage_w"},
        {"Additional load loss, PLL", "rated.additional_load_w"},
        {"Total, PT", "rated.total_w"},
        {"Input, P1,\u03b8 (corrected)", "rated.input_w"},
    };
    double input = number_at(evaluation, "rated.input_w");
    struct table table;

    if (isnan(number_at(evaluation, "rated.total_w")))
        return;
    gap(report, 4);
    table_begin(&table, report, columns, 3);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double loss = number_at(evaluation, rows[i].path);
        struct number text = number_text(loss, decimals_for(loss, 6, 1), NULL);
        struct number share = number_text(100 * loss / input, 2, NULL);
        const char *cells[] = {rows[i].name, text.text, share.text};

        table.style = i == 5 ? STYLE_CELL_BOLD : STYLE_CELL;
        table_row(&table, cells);
    }
    table_end(&table);
}

/* The losses of each load point, not corrected for temperature. */
static const struct {
    const char *title, *unit, *key;
    int significant, most;
} loss_columns[] = {
    {"s", "%", "slip", 4, 3},
    {"R", "\u03a9", "r_ohm", 5, 5},
    {"cos \u03c6", "1", "power_factor", 4, 4},
    {"Ui", "V", "inner_voltage_v", 4, 1},
    {"Ps", "W", "stator_w", 4, 1},
    {"Pfe", "W", "iron_w", 4, 1},
    {"Pr", "W", "rotor_w", 4, 1},
    {"Pfw", "W", "friction_windage_w", 4, 1},
    {"P2", "W", "output_w", 6, 1},
    {"PLr", "W", "residual_w", 4, 1},
    {"PLL", "W", "additional_load_w", 4, 1},
    {"\u03b7", "1", "efficiency", 4, 4},
};
#define LOSS_COUNT (sizeof loss_columns / sizeof loss_columns[0])

/* Which of them this method has at all: a direct one has no losses. */
static size_t loss_columns_of(const json_t *points, size_t ret[LOSS_COUNT])
{
    const json_t *point;
    size_t n = 0, i;

    for (size_t column = 0; column < LOSS_COUNT; column++)
        json_array_foreach(points, i, point) if (isfinite(number_at(point, loss_columns[column].key)))
        {
            ret[n++] = column;
            break;
        }
    return n;
}

static void loss_row(struct table *table, const size_t *shown, const json_t *point, bool deleted)
{
    struct number numbers[LOSS_COUNT + 1];
    const char *cells[LOSS_COUNT + 1];
    char load[NUMBER_SIZE + 4];

    (void)snprintf(load, sizeof load, "%s%s", number_text(number_at(point, "load_percent"), 0, NULL).text,
                   deleted ? " *" : "");
    cells[0] = load;
    for (size_t i = 0; i + 1 < table->count; i++) {
        size_t column = shown[i];
        double value = number_at(point, loss_columns[column].key) * (column == 0 ? 100 : 1);

        numbers[i] = number_text(
            value, decimals_for(value, loss_columns[column].significant, loss_columns[column].most), NULL);
        cells[i + 1] = numbers[i].text;
    }
    table_row(table, cells);
}

/* Below the table: what its letters mean, and where the additional load loss comes from. */
static void loss_words(struct report *report, const json_t *evaluation)
{
    const char *method = text_at(evaluation, "method", "");

    if (strcmp(method, "2-1-1A") == 0)
        paragraph(report, STYLE_CELL, "s slip, P2 output; \u03b7 is output over input.");
    else
        paragraph(report, STYLE_CELL,
                  "s slip, R line-to-line resistance, Ui inner voltage, P2 output, PLr residual loss: not "
                  "corrected for temperature. %s; \u03b7 by summation of losses.",
                  strcmp(method, "G1") == 0            ? "PLL by the assigned allowance"
                  : value_at(evaluation, "additional") ? "PLL follows the square of the current, beyond that "
                                                         "of no load"
                                                       : "PLL = A\u00b7T\u00b2");
}

static void point_losses(struct report *report, const json_t *evaluation)
{
    struct column columns[LOSS_COUNT + 1] = {{"Load", "%", 0.8, ALIGN_RIGHT}};
    const json_t *points = value_at(evaluation, "points"), *point;
    double deleted = number_at(evaluation, "deleted_point");
    size_t shown[LOSS_COUNT], count = loss_columns_of(points, shown), i;
    struct table table;

    if (json_array_size(points) == 0)
        return;
    for (i = 0; i < count; i++)
        columns[i + 1] = (struct column){loss_columns[shown[i]].title, loss_columns[shown[i]].unit,
                                         loss_columns[shown[i]].significant > 4 ? 1.2 : 1, ALIGN_RIGHT};
    gap(report, 4);
    table_begin(&table, report, columns, count + 1);
    json_array_foreach(points, i, point) loss_row(&table, shown, point, deleted == (double)i);
    table_end(&table);
    if (deleted >= 0)
        paragraph(report, STYLE_CELL,
                  "* Point %.0f of the load curve was deleted from the regression as the one worst point.",
                  deleted + 1);
    loss_words(report, evaluation);
}

/* Where the additional load loss comes from when it is not the residual one: 2-1-1C, 2-1-1F. */
static void additional(struct report *report, const json_t *evaluation)
{
    static const char *const without[] = {"removed_rotor", "reverse_rotation", NULL};

    if (!value_at(evaluation, "additional"))
        return;
    paragraph(report, STYLE_BOLD, "Additional load loss");
    members_draw(report, value_at(evaluation, "additional"), without);
}

static void method_row(struct table *table, const json_t *evaluation)
{
    double efficiency = number_at(evaluation, "efficiency"), total = number_at(evaluation, "rated.total_w"),
           additional = number_at(evaluation, "rated.additional_load_w");

    table_row(table, (const char *const[]){
                         text_at(evaluation, "method", NONE),
                         json_is_true(value_at(evaluation, "valid")) ? "valid" : "INVALID",
                         number_text(efficiency, 6, NULL).text,
                         number_text(additional, decimals_for(additional, 6, 1), NULL).text,
                         number_text(total, decimals_for(total, 6, 1), NULL).text,
                     });
}

/* Further methods from the same readings; none of them is judged. */
static void side_by_side(struct report *report, const json_t *evaluation)
{
    static const struct column columns[] = {
        {"Methods from the same readings", NULL, 3, ALIGN_LEFT},
        {"Test", NULL, 1, ALIGN_LEFT},
        {"\u03b7", "1", 1.2, ALIGN_RIGHT},
        {"PLL", "W", 1, ALIGN_RIGHT},
        {"PT", "W", 1, ALIGN_RIGHT},
    };
    const json_t *list = value_at(evaluation, "also"), *one;
    struct table table;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    gap(report, 4);
    table_begin(&table, report, columns, sizeof columns / sizeof *columns);
    method_row(&table, evaluation);
    json_array_foreach(list, i, one) method_row(&table, one);
    table_end(&table);
    paragraph(report, STYLE_CELL,
              "The first row is the result; the others are for comparison and not judged.");
}

/* What the standard itself calls the method, and how sure its text is. */
static void rule_words(struct report *report, const json_t *evaluation)
{
    const char *label = text_at(evaluation, "edition.label", NULL);
    const char *note = text_at(evaluation, "edition.rule", text_at(evaluation, "edition.note", NULL));
    const char *mark = text_at(evaluation, "edition.mark", NULL);

    if (label && strcmp(label, text_at(evaluation, "method", "")) != 0)
        paragraph(report, STYLE_CELL, "%s calls this method %s.", text_at(evaluation, "standard", NONE),
                  label);
    if (mark)
        paragraph(report, STYLE_CELL, "Mark of the method\u2019s rule: \u201c%s\u201d%s%s", mark,
                  note ? ". " : ".", note ? note : "");
}

/* A method of its own: its numbers stand as they are in the evaluation. */
static void method_members(struct report *report, const json_t *evaluation)
{
    static const char *const frame[] = {"method",   "standard",      "valid",   "reasons",     "reason_texts",
                                        "warnings", "warning_texts", "edition", "label",       "declared",
                                        "overall",  "grade",         "plots",   "uncertainty", NULL};

    members_draw(report, evaluation, frame);
}

void section_result(struct report *report)
{
    const json_t *evaluation = value_at(report->document, "evaluation");

    heading(report, "Result");
    if (!evaluation) {
        paragraph(report, STYLE_BODY, "The record holds no evaluation: the test did not reach its end.");
        return;
    }
    paragraph(report, STYLE_BODY, "Method %s, %s. The test is %s.", text_at(evaluation, "method", NONE),
              text_at(evaluation, "standard", NONE),
              json_is_true(value_at(evaluation, "valid")) ? "valid"
                                                          : "INVALID, and nothing can be concluded from it");
    remarks(report, evaluation, "reasons", "reason_texts", "Reason");
    remarks(report, evaluation, "warnings", "warning_texts", "Warning");
    rule_words(report, evaluation);
    if (!is_induction(evaluation)) {
        method_members(report, evaluation);
        return;
    }
    efficiencies(report, evaluation);
    gap(report, 4);
    intermediate_pairs(report, evaluation);
    rated_losses(report, evaluation);
    point_losses(report, evaluation);
    additional(report, evaluation);
    side_by_side(report, evaluation);
}

/* The readings of a sheet that was evaluated by itself; those of a record stand with their entries. */
void section_sheet(struct report *report)
{
    static const char *const without[] = {"sheet", "motor", "sample", NULL};

    heading(report, "Readings of the sheet");
    members_draw(report, value_at(report->document, "sheet"), without);
    paragraph(report, STYLE_CELL, "End of report.");
}
