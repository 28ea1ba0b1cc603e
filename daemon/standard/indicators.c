/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/indicators.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "standard/csv.h"
#include "standard/mark.h"

const char *const mb_indicator_kind_names[] = {"measured", "nameplate", "document", NULL};

static const char *const columns[] = {"standard", "indicator", "title",    "kind",   "quantity", "limit",
                                      "unit",     "mark",      "evidence", "source", NULL};
enum { C_STANDARD, C_INDICATOR, C_TITLE, C_KIND, C_QUANTITY, C_LIMIT, C_UNIT, C_MARK, C_EVIDENCE, C_SOURCE };

struct mb_indicators {
    struct mb_csv *csv;
    struct mb_indicator *rows;
    size_t count;
};

/* What a nameplate indicator may be about, in the unit that its row must name. */
static const struct {
    const char *quantity, *unit;
    size_t offset;
} nameplate[] = {
    {"shaft-height", "mm", offsetof(struct mb_motor, frame.shaft_height_mm)},
    {"efficiency", "1", offsetof(struct mb_motor, rated.efficiency)},
    {"power-factor", "1", offsetof(struct mb_motor, rated.power_factor)},
    {"power", "W", offsetof(struct mb_motor, rated.power_w)},
};
#define NAMEPLATE_COUNT (sizeof nameplate / sizeof *nameplate)

static size_t nameplate_index(const char *quantity)
{
    size_t i = 0;

    while (i < NAMEPLATE_COUNT && strcmp(nameplate[i].quantity, quantity) != 0)
        i++;
    return i;
}

static int read_kind(const struct mb_csv *csv, size_t i, struct mb_indicator *row, struct mb_error *err)
{
    const char *text = mb_csv_text(csv, i, C_KIND);
    size_t place;

    for (int k = 0; mb_indicator_kind_names[k]; k++)
        if (strcmp(mb_indicator_kind_names[k], text) == 0) {
            row->kind = (enum mb_indicator_kind)k;
            place = nameplate_index(row->quantity);
            if (k != MB_INDICATOR_NAMEPLATE ||
                (place < NAMEPLATE_COUNT && strcmp(nameplate[place].unit, row->unit) == 0))
                return 0;
            return mb_csv_error(
                csv, i, err,
                "quantity '%.40s' in '%.20s', allowed on a nameplate: shaft-height in mm, power in W, "
                "efficiency and power-factor in 1",
                row->quantity, row->unit);
        }
    return mb_csv_error(csv, i, err, "kind '%.40s', allowed: measured, nameplate, document", text);
}

static int read_row(const struct mb_csv *csv, size_t i, void *element, struct mb_error *err)
{
    struct mb_indicator *row = element;
    const struct {
        const char **text;
        size_t column;
    } texts[] = {{&row->standard, C_STANDARD}, {&row->id, C_INDICATOR},      {&row->title, C_TITLE},
                 {&row->quantity, C_QUANTITY}, {&row->limit, C_LIMIT},       {&row->unit, C_UNIT},
                 {&row->mark, C_MARK},         {&row->evidence, C_EVIDENCE}, {&row->source, C_SOURCE}};

    for (size_t n = 0; n < sizeof texts / sizeof *texts; n++)
        *texts[n].text = mb_csv_text(csv, i, texts[n].column);
    row->line = mb_csv_line(csv, i);
    if (!*row->standard || !*row->id || !*row->title)
        return mb_csv_error(csv, i, err, "standard, indicator and title are needed");
    if (mb_range_parse(row->limit, &row->range) < 0)
        return mb_csv_error(csv, i, err,
                            "limit '%.40s', allowed: empty, or <, <=, >, >= and a number, two between ;",
                            row->limit);
    return read_kind(csv, i, row, err);
}

int mb_indicators_load(const char *path, struct mb_indicators **ret, struct mb_error *err)
{
    struct mb_indicators *s = calloc(1, sizeof *s);
    int r = s ? mb_csv_load(path, columns, &s->csv, err) : mb_error_set(err, -ENOMEM, "not enough memory");

    if (r == 0)
        r = mb_csv_rows(s->csv, sizeof *s->rows, read_row, (void **)&s->rows, &s->count, err);
    if (r < 0) {
        mb_indicators_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct mb_indicators *mb_indicators_free(struct mb_indicators *s)
{
    if (!s)
        return NULL;
    mb_csv_free(s->csv);
    free(s->rows);
    free(s);
    return NULL;
}

size_t mb_indicators_count(const struct mb_indicators *s)
{
    return s->count;
}

const struct mb_indicator *mb_indicators_get(const struct mb_indicators *s, size_t i)
{
    return &s->rows[i];
}

static const struct mb_evidence *find_evidence(const struct mb_motor *motor, const struct mb_indicator *row)
{
    for (size_t i = 0; i < motor->evidence_count; i++) {
        const struct mb_evidence *e = &motor->evidence[i];

        if (strcmp(e->indicator, row->id) == 0 && (!e->standard || strcmp(e->standard, row->standard) == 0))
            return e;
    }
    return NULL;
}

static double value_of(const struct mb_indicator *row, const struct mb_motor *motor,
                       const struct mb_evidence *e)
{
    if (row->kind == MB_INDICATOR_NAMEPLATE)
        return *(const double *)((const char *)motor + nameplate[nameplate_index(row->quantity)].offset);
    return e ? e->value : NAN;
}

static void open_because(struct mb_indicator_result *ret, const char *why)
{
    ret->verdict = MB_VERDICT_INCONCLUSIVE;
    (void)snprintf(ret->note, sizeof ret->note, "%s", why);
}

static void judge_range(const struct mb_indicator *row, struct mb_indicator_result *ret)
{
    if (isnan(ret->value))
        open_because(ret, row->kind == MB_INDICATOR_MEASURED ? "not measured" : "not on the nameplate");
    else if (!*row->limit)
        (void)snprintf(ret->note, sizeof ret->note, "the limit is not public: fill " MB_INDICATORS_FILE ":%u",
                       row->line);
    else if (!mb_mark_decides(row->mark))
        (void)snprintf(ret->note, sizeof ret->note,
                       "the limit is marked '%s' and does not decide: confirm " MB_INDICATORS_FILE ":%u",
                       row->mark, row->line);
    else {
        ret->verdict = mb_range_holds(&row->range, ret->value) ? MB_VERDICT_PASS : MB_VERDICT_FAIL;
        (void)snprintf(ret->note, sizeof ret->note, "%s", mb_mark_note(row->mark));
    }
}

struct mb_indicator_result mb_indicator_assess(const struct mb_indicator *row, const struct mb_motor *motor)
{
    const struct mb_evidence *e = find_evidence(motor, row);
    struct mb_indicator_result result = {.verdict = MB_VERDICT_INCONCLUSIVE,
                                         .value = value_of(row, motor, e)};

    if (row->kind != MB_INDICATOR_DOCUMENT) {
        judge_range(row, &result);
        return result;
    }
    result.missing_document = !e || !e->document;
    if (result.missing_document)
        (void)snprintf(result.note, sizeof result.note, "missing document: %s", row->evidence);
    else if (!mb_mark_decides(row->mark))
        (void)snprintf(
            result.note, sizeof result.note,
            "on file: %.80s; whether the standard asks for it is to be confirmed (" MB_INDICATORS_FILE ":%u)",
            e->document, row->line);
    else {
        result.verdict = MB_VERDICT_PASS;
        (void)snprintf(result.note, sizeof result.note, "on file: %.160s", e->document);
    }
    return result;
}
