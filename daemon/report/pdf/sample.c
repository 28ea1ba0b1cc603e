/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "report/pdf/sections.h"
#include "report/pdf/table.h"
#include "report/pdf/value.h"

/* Members of the sample's papers (interfaces.md), as supervision keeps them with the result. */
static const struct {
    const char *key, *name;
} members[] = {
    {"origin", "Origin of the test"},
    {"level", "Level"},
    {"task", "Task"},
    {"organiser", "Organiser"},
    {"stage", "Taken from"},
    {"item_list", "Item list"},
    {"producer", "Producer"},
    {"producer_credit_code", "Producer's credit code"},
    {"seller", "Seller"},
    {"batch", "Batch"},
    {"number", "Sample number"},
    {"sampled", "Sampled on"},
    {"unit", "Unit"},
    {"received", "Result received on"},
    {"objection", "Objection of"},
};
#define MEMBER_COUNT (sizeof members / sizeof members[0])

static void origin(struct report *report)
{
    const json_t *sample = value_at(report->document, "sample");
    const char *standing = text_at(report->document, "inspection.sample", "");
    struct pair pairs[MEMBER_COUNT];

    if (!sample)
        return;
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        pairs[i] = (struct pair){members[i].name, text_at(sample, members[i].key, NULL)};
    pairs_draw(report, pairs, MEMBER_COUNT);
    if (*standing)
        paragraph(report, STYLE_CELL, "When the test began: %s.", standing);
}

static bool said_before(const json_t *findings, const json_t *finding)
{
    const json_t *earlier;
    size_t i;

    json_array_foreach(findings, i, earlier) if (json_equal(earlier, finding)) return true;
    return false;
}

/* Those that are not among the ones before. */
static void finding_rows(struct table *table, const json_t *findings, const json_t *before)
{
    const json_t *finding;
    size_t i;

    json_array_foreach(findings, i, finding)
    {
        const char *status = text_at(finding, "status", NONE);
        const char *cells[] = {text_at(finding, "id", NONE), status, text_at(finding, "sentence", ""),
                               text_at(finding, "source", "")};

        if (said_before(before, finding))
            continue;
        table->style = strcmp(status, "finding") == 0 ? STYLE_CELL_BOLD : STYLE_CELL;
        table_row(table, cells);
    }
}

/* What was known before the test, then what the measurement says of the label. */
static void papers(struct report *report)
{
    static const struct column columns[] = {{"Paper", NULL, 1.2, ALIGN_LEFT},
                                            {"State", NULL, 0.7, ALIGN_LEFT},
                                            {"What was found", NULL, 4, ALIGN_LEFT},
                                            {"Source of the rule", NULL, 1.6, ALIGN_LEFT}};
    const json_t *before = value_at(report->document, "inspection.papers");
    const json_t *label = value_at(report->document, "evaluation.label");
    struct table table;

    if (json_array_size(before) + json_array_size(label) == 0)
        return;
    gap(report, 4);
    table_begin(&table, report, columns, sizeof columns / sizeof columns[0]);
    finding_rows(&table, before, NULL);
    finding_rows(&table, label, before);
    table_end(&table);
}

static void schemes(struct report *report)
{
    const json_t *scheme;
    size_t i;

    json_array_foreach(value_at(report->document, "inspection.schemes"), i, scheme)
        paragraph(report, STYLE_CELL, "%s %s: %s.", text_at(scheme, "id", NONE),
                  json_is_true(json_object_get(scheme, "applies")) ? "applies" : "does not apply",
                  text_at(scheme, "reason", ""));
}

void section_sample(struct report *report)
{
    if (!value_at(report->document, "sample") &&
        json_array_size(value_at(report->document, "inspection.papers")) == 0)
        return;
    heading(report, "Sample and papers");
    origin(report);
    papers(report);
    schemes(report);
}

void section_remedies(struct report *report)
{
    const json_t *remedies = value_at(last_entry(report, "verdict"), "remedies"), *remedy;
    size_t i;

    if (json_array_size(remedies) == 0)
        return;
    heading(report, "What may help");
    paragraph(report, STYLE_CELL, "Advice for the items that failed. It is not part of the verdict.");
    json_array_foreach(remedies, i, remedy) paragraph(
        report, STYLE_CELL, "%s: %s.", text_at(remedy, "about", NONE), text_at(remedy, "advice", ""));
}
