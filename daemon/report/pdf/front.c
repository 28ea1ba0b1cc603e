/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first page: who tested what, and with which result. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/readable.h"
#include "report/pdf/sections.h"
#include "report/pdf/table.h"
#include "report/pdf/value.h"

#define ITEMS_MAX 32

static void laboratory(struct report *report)
{
    const json_t *lab = value_at(report->document, "laboratory");

    if (!value_at(lab, "name")) {
        paragraph(report, STYLE_BODY, "The laboratory is not named in the record.");
        return;
    }
    paragraph(report, STYLE_BOLD, "%s", text_at(lab, "name", NONE));
    paragraph(report, STYLE_CELL, "%s%s%s", text_at(lab, "address", "Address not stated"),
              "\nAccreditation: ", text_at(lab, "accreditation", "not stated"));
}

static void title(struct report *report)
{
    const char *standard =
        text_at(report->document, "plan.standard", text_at(report->document, "sheet.sheet.standard", NULL));

    gap(report, 6);
    paragraph(report, STYLE_TITLE, is_sheet_only(report) ? "Evaluation of a test sheet" : "Test report");
    if (is_sheet_only(report)) {
        paragraph(report, STYLE_BODY, "Sheet %s, by %s", text_at(report->document, "name", NONE),
                  text_at(report->document, "evaluation.standard", NONE));
        paragraph(
            report, STYLE_CELL,
            "The readings were given as a file. No record proves them: which instruments measured, under "
            "which conditions and when is not known here.");
        gap(report, 4);
        return;
    }
    paragraph(report, STYLE_BODY, "%s%s%s",
              text_at(report->document, "plan.title", "The record names no procedure"),
              standard ? "; procedure of " : "", standard ? standard : "");
    gap(report, 4);
}

static const char *state_words(const char *state)
{
    static const struct {
        const char *state, *words;
    } table[] = {
        {"done", "completed"},
        {"aborted", "aborted before its end"},
        {"fault", "ended by a fault"},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].state, state) == 0)
            return table[i].words;
    return "not ended";
}

static void identity(struct report *report)
{
    const json_t *d = report->document;
    struct number started = date_text(text_at(d, "started", NONE)),
                  ended = date_text(text_at(d, "ended", NONE));
    bool record = !is_sheet_only(report);
    char program[96];
    const struct pair pairs[] = {
        {"Motor", text_at(d, "motor.id", NONE)},
        {"Bench", record ? text_at(d, "bench", NONE) : NULL},
        {"Manufacturer", text_at(d, "motor.manufacturer", NONE)},
        {"Started", record ? started.text : NULL},
        {"Model", text_at(d, "motor.model", NONE)},
        {"Ended", record ? ended.text : NULL},
        {"Serial number", text_at(d, "motor.serial_number", NONE)},
        {"Test", record ? state_words(text_at(d, "state", "")) : NULL},
        {"Program", program},
    };

    (void)snprintf(program, sizeof program, "motorbench %s", text_at(d, "program.version", NONE));
    if (record)
        paragraph(report, STYLE_CELL, "Record %s", text_at(d, "uuid", NONE));
    gap(report, 2);
    pairs_draw(report, pairs, sizeof pairs / sizeof pairs[0]);
}

static void verdict_box(struct report *report)
{
    const char *verdict = text_at(report->document, "verdict", "NO VERDICT");
    const char *reason = text_at(report->document, "reason", NULL);
    const struct colour *colour = verdict_colour(verdict);
    struct text_box box = {.x = MARGIN + 14, .width = TEXT_WIDTH - 28, .style = STYLE_BODY, .limit = 120};
    double height = 42 + (reason ? text_height(report, &box, reason) + 4 : 0);

    gap(report, 8);
    page_need(report, height);
    set_colour(report->cairo, &SHADE);
    cairo_rectangle(report->cairo, MARGIN, report->y, TEXT_WIDTH, height);
    cairo_fill(report->cairo);
    set_colour(report->cairo, colour);
    cairo_rectangle(report->cairo, MARGIN, report->y, 5, height);
    cairo_fill(report->cairo);
    box.y = report->y + 5;
    box.style = STYLE_VERDICT;
    (void)text_draw(report, &box, verdict);
    set_colour(report->cairo, &INK);
    box.y = report->y + 40;
    box.style = STYLE_BODY;
    if (reason)
        (void)text_draw(report, &box, reason);
    report->y += height + 8;
}

/* A fraction as 0.9137 and as a percentage; anything else with its unit. */
static struct number quantity_text(double value, const struct judgement *j, const struct mb_readable *shown)
{
    struct number n, percent;

    if (strcmp(j->unit, "1") != 0 || !isfinite(value))
        return number_text(shown->factor * value, decimals_for(shown->factor * value, 4, 3),
                           strcmp(j->unit, "1") == 0 ? "" : shown->unit);
    percent = number_text(100 * value, 2, "%");
    (void)snprintf(n.text, sizeof n.text, "%.4f\n(%.20s)", value, percent.text);
    return n;
}

static struct number margin_text(const struct judgement *j, const struct mb_readable *shown)
{
    double margin = shown->factor * (j->value - j->limit);
    struct number n;

    if (!isfinite(margin))
        return number_text(NAN, 0, NULL);
    if (strcmp(j->unit, "1") == 0)
        (void)snprintf(n.text, sizeof n.text, "%+.4f\n(%+.2f points)", margin, 100 * margin);
    else
        (void)snprintf(n.text, sizeof n.text, "%+.4g", margin);
    return n;
}

static void item_rows(struct report *report, const struct judgement *items, size_t count)
{
    static const struct column columns[] = {
        {"Item", NULL, 1.5, ALIGN_LEFT},     {"Measured", NULL, 1.2, ALIGN_RIGHT},
        {"Limit", NULL, 1.2, ALIGN_RIGHT},   {"Difference", NULL, 1.5, ALIGN_RIGHT},
        {"Standard", NULL, 1.7, ALIGN_LEFT}, {"Edition", NULL, 0.8, ALIGN_LEFT},
        {"Clause", NULL, 1.1, ALIGN_LEFT},   {"Verdict", NULL, 1.6, ALIGN_LEFT},
    };
    struct table table;

    table_begin(&table, report, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < count; i++) {
        const struct judgement *j = &items[i];
        struct mb_readable shown = mb_readable_pair(j->unit, j->value, j->limit);
        struct number value = quantity_text(j->value, j, &shown);
        struct number limit = quantity_text(j->limit, j, &shown), margin = margin_text(j, &shown);
        const char *cells[] = {j->title,    value.text, limit.text, margin.text,
                               j->standard, j->edition, j->clause,  j->verdict};

        table_row(&table, cells);
    }
    table_end(&table);
}

/* Where the limit comes from and what its mark allows: the words of interfaces.md, Marks, are in the note. */
static void limit_words(struct report *report, const struct judgement *j)
{
    if (*j->reason)
        paragraph(report, STYLE_CELL, "%s: %s", j->title, j->reason);
    if (isfinite(j->limit) && strcmp(j->standard, NONE) != 0)
        paragraph(report, STYLE_CELL, "%s: limit of %s edition %s, %s; source %s; mark \u201c%s\u201d%s%s.",
                  j->title, j->standard, j->edition, j->clause, *j->source ? j->source : "not stated",
                  *j->mark ? j->mark : "none", *j->note ? ": " : "", j->note);
    else if (isfinite(j->limit) || *j->note)
        paragraph(report, STYLE_CELL, "%s: %s.", j->title, j->note);
}

/* The rule, agreed before the test, and what it gave (ISO/IEC 17025 clause 7.8.6). */
static void decision_words(struct report *report)
{
    const json_t *decision = value_at(report->document, "evaluation.grade.decision");
    const char *rule = text_at(decision, "rule", "simple"), *statement = text_at(decision, "statement", NULL);
    double u = number_at(decision, "uncertainty"), guard = number_at(decision, "guard"),
           probability = number_at(decision, "conformity_probability");

    if (strcmp(rule, "simple") == 0)
        paragraph(report, STYLE_CELL,
                  "Decision rule: simple acceptance. The unrounded measured value is compared with the limit "
                  "without regard to measurement uncertainty%s.",
                  text_at(report->document, "evaluation.grade.tolerance.rule", NULL) ? ", after its tolerance"
                                                                                     : ", without tolerance");
    else
        paragraph(report, STYLE_CELL, "Decision rule, agreed before the test: %s; guard band %s (k = %.0f).",
                  rule, number_text(guard, 5, NULL).text, number_at(decision, "coverage_factor"));
    if (isfinite(u))
        paragraph(report, STYLE_CELL,
                  "Standard uncertainty of the efficiency %.5f, conformity probability %s.", u,
                  number_text(probability, 3, NULL).text);
    else
        paragraph(report, STYLE_CELL, "No measurement uncertainty is claimed in this report.");
    if (statement)
        paragraph(report, STYLE_CELL, "Statement of conformity: %s.", statement);
}

static void items(struct report *report)
{
    struct judgement list[ITEMS_MAX];
    size_t count = judgements(report, list, ITEMS_MAX);

    if (count == 0) {
        paragraph(report, STYLE_BODY, "Nothing was judged: the record holds no evaluation.");
        return;
    }
    item_rows(report, list, count);
    for (size_t i = 0; i < count; i++)
        limit_words(report, &list[i]);
    decision_words(report);
}

static void signatures(struct report *report)
{
    struct text_box box = {.x = MARGIN, .width = TEXT_WIDTH / 2 - 20, .style = STYLE_CELL};

    if (json_is_true(json_object_get(report->document, "simulated"))) {
        paragraph(report, STYLE_BOLD, "Simulated data: this report is not to be signed.");
        return;
    }
    page_need(report, 44);
    gap(report, 30);
    for (int i = 0; i < 2; i++) {
        box.x = MARGIN + i * (TEXT_WIDTH / 2 + 20);
        box.y = report->y + 2;
        set_colour(report->cairo, &INK);
        cairo_set_line_width(report->cairo, 0.5);
        cairo_move_to(report->cairo, box.x, report->y);
        cairo_line_to(report->cairo, box.x + box.width, report->y);
        cairo_stroke(report->cairo);
        (void)text_draw(report, &box, i == 0 ? "Tested by, date" : "Approved by, date");
    }
    gap(report, 14);
}

void section_front(struct report *report)
{
    if (!is_sheet_only(report))
        laboratory(report);
    title(report);
    identity(report);
    verdict_box(report);
    items(report);
    if (!is_sheet_only(report))
        signatures(report);
}
