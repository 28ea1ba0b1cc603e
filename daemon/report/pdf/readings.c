/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every reading of the record, by what it was taken for; then those that do not count, with the reason. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/pdf/sections.h"
#include "report/pdf/table.h"
#include "report/pdf/value.h"

#define VALUES_MAX 10

static const struct {
    const char *store, *title;
} groups[] = {
    {"cold", "Cold winding resistance"},
    {"rated_load", "Rated load, last reading of the thermal run"},
    {"cooling", "Cooling curve"},
    {"load.r_before_ohm", "Resistance before the load curve"},
    {"load.points", "Load curve"},
    {"load.r_after_ohm", "Resistance after the load curve"},
    {"no_load.r_before_ohm", "Resistance before the no-load curve"},
    {"no_load.points", "No-load curve"},
    {"no_load.r_after_ohm", "Resistance after the no-load curve"},
    {"monitor", "Thermal run"},
};

struct group {
    const struct report *report;
    const char *store;
    const char *keys[VALUES_MAX]; /* quantities that occur, in the order they come */
    double largest[VALUES_MAX];   /* decides the digits of the whole column */
    size_t count;
};

static bool is_in(const struct group *group, const json_t *entry)
{
    return type_is(entry, "reading") && strcmp(text_at(entry, "store", ""), group->store) == 0;
}

static void group_key(struct group *group, const char *key, double value)
{
    size_t i = 0;

    while (i < group->count && strcmp(group->keys[i], key) != 0)
        i++;
    if (i == VALUES_MAX)
        return;
    if (i == group->count) {
        group->keys[group->count] = key;
        group->largest[group->count++] = 0;
    }
    group->largest[i] = fmax(group->largest[i], fabs(value));
}

/* The usual quantities first, in the order of a sheet, so that all tables read alike. */
static void group_keys(struct group *group)
{
    static const char *const usual[] = {"load_percent", "elapsed_s", "t_s", "u_v", "i_a", "p1_w", "p0_w", "t_nm",
                                        "n_rpm", "f_hz"};
    const json_t *entries = json_object_get(group->report->document, "entries");
    json_t *entry, *value;
    const char *key;
    size_t i;

    for (size_t pass = 0; pass <= sizeof usual / sizeof usual[0]; pass++)
        json_array_foreach(entries, i, entry)
            if (is_in(group, entry))
                json_object_foreach(json_object_get(entry, "values"), key, value)
                    if (json_is_number(value) &&
                        (pass == sizeof usual / sizeof usual[0] || strcmp(usual[pass], key) == 0))
                        group_key(group, key, json_number_value(value));
}

/* The number of a later reading with the same step and index, or of a later entry that discards this store; 0: none. */
static long long replaced_by(const json_t *entries, size_t position)
{
    const json_t *entry = json_array_get(entries, position), *later, *store;
    const char *own = text_at(entry, "store", "");
    size_t k;

    for (size_t i = position + 1; i < json_array_size(entries); i++) {
        later = json_array_get(entries, i);
        if (type_is(later, "reading") && strcmp(text_at(later, "store", ""), own) == 0 &&
            strcmp(text_at(later, "step", ""), text_at(entry, "step", "")) == 0 &&
            json_is_integer(value_at(entry, "index")) && json_equal(value_at(later, "index"), value_at(entry, "index")))
            return json_integer_value(json_object_get(later, "seq"));
        if (!type_is(later, "reading"))
            json_array_foreach(value_at(later, "discards"), k, store)
                if (json_is_string(store) && strcmp(json_string_value(store), own) == 0)
                    return json_integer_value(json_object_get(later, "seq"));
    }
    return 0;
}

static void reading_note(const struct group *group, const json_t *entries, size_t position, size_t counted,
                         char *buffer, size_t size)
{
    const json_t *deleted = value_at(group->report->document, "evaluation.deleted_point");
    long long later = replaced_by(entries, position);

    buffer[0] = '\0';
    if (later > 0)
        (void)snprintf(buffer, size, "replaced, see entry %lld", later);
    else if (strcmp(group->store, "load.points") == 0 && json_is_integer(deleted) &&
             json_integer_value(deleted) == (json_int_t)counted)
        (void)snprintf(buffer, size, "deleted from the regression");
}

static void reading_row(struct table *table, const struct group *group, const json_t *entry, const char *note)
{
    const char *cells[VALUES_MAX + 3];
    struct number numbers[VALUES_MAX], seq = number_text((double)json_integer_value(value_at(entry, "seq")), 0, NULL);
    struct number time = clock_text(text_at(entry, "time", NONE));

    cells[0] = seq.text;
    cells[1] = time.text;
    for (size_t i = 0; i < group->count; i++) {
        numbers[i] = number_text(number_at(value_at(entry, "values"), group->keys[i]),
                                 decimals_of(group->keys[i], group->largest[i]), NULL);
        cells[i + 2] = numbers[i].text;
    }
    cells[group->count + 2] = note;
    table_row(table, cells);
}

static void group_table(struct report *report, const struct group *group)
{
    struct column columns[VALUES_MAX + 3] = {{"Entry", NULL, 0.7, ALIGN_RIGHT}, {"Time", NULL, 1, ALIGN_LEFT}};
    const json_t *entries = json_object_get(report->document, "entries"), *entry;
    size_t i, counted = 0;
    struct table table;
    char note[96];

    for (i = 0; i < group->count; i++)
        columns[i + 2] = (struct column){symbol_of(group->keys[i]), unit_of(group->keys[i]), 1.1, ALIGN_RIGHT};
    columns[group->count + 2] = (struct column){"Remark", NULL, 1.6, ALIGN_LEFT};
    table_begin(&table, report, columns, group->count + 3);
    json_array_foreach(entries, i, entry) {
        if (!is_in(group, entry))
            continue;
        reading_note(group, entries, i, counted, note, sizeof note);
        counted += strncmp(note, "replaced", 8) != 0;
        reading_row(&table, group, entry, note);
    }
    table_end(&table);
}

static void accepted(struct report *report)
{
    heading(report, "Readings");
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        struct group group = {.report = report, .store = groups[g].store};

        group_keys(&group);
        if (group.count == 0)
            continue;
        page_need(report, 70);
        paragraph(report, STYLE_BOLD, "%s", groups[g].title);
        group_table(report, &group);
    }
}

/* "u_v 390.12 V, i_a ..." of a reading that did not count. */
static void values_text(const json_t *values, char *buffer, size_t size)
{
    json_t *value;
    const char *key;
    size_t n = 0;

    buffer[0] = '\0';
    json_object_foreach((json_t *)values, key, value) {
        double v = json_number_value(value);

        if (json_is_number(value) && n < size)
            n += (size_t)snprintf(buffer + n, size - n, "%s%s\u00a0=\u00a0%s", n > 0 ? ", " : "", symbol_of(key),
                                  number_text(v, decimals_of(key, v), unit_of(key)).text);
    }
    text_whole(buffer);
}

static void reasons_text(const json_t *reasons, char *buffer, size_t size)
{
    const json_t *reason;
    size_t i, n = 0;

    buffer[0] = '\0';
    json_array_foreach(reasons, i, reason) {
        const char *text = json_is_string(reason) ? json_string_value(reason)
                                                  : text_at(reason, "text", text_at(reason, "reason", NONE));

        if (n < size)
            n += (size_t)snprintf(buffer + n, size - n, "%s%s", n > 0 ? "; " : "", text);
    }
    text_whole(buffer);
}

static void rejected(struct report *report)
{
    static const struct column columns[] = {
        {"Entry", NULL, 0.6, ALIGN_RIGHT}, {"Time", NULL, 0.9, ALIGN_LEFT},   {"Meant for", NULL, 1.2, ALIGN_LEFT},
        {"Values", NULL, 3, ALIGN_LEFT},   {"Reason", NULL, 4.2, ALIGN_LEFT},
    };
    const json_t *entry;
    struct table table = {.report = NULL};
    char values[600], reasons[2400];
    size_t i;

    heading(report, "Rejected readings");
    json_array_foreach(json_object_get(report->document, "entries"), i, entry) {
        struct number seq, time;

        if (!type_is(entry, "rejected"))
            continue;
        if (!table.report)
            table_begin(&table, report, columns, sizeof columns / sizeof columns[0]);
        seq = number_text((double)json_integer_value(value_at(entry, "seq")), 0, NULL);
        time = clock_text(text_at(entry, "time", NONE));
        values_text(value_at(entry, "values"), values, sizeof values);
        reasons_text(value_at(entry, "reasons"), reasons, sizeof reasons);
        table_row(&table, (const char *const[]){seq.text, time.text, text_at(entry, "store", NONE), values, reasons});
    }
    if (table.report)
        table_end(&table);
    else
        paragraph(report, STYLE_BODY, "None.");
}

void section_readings(struct report *report)
{
    accepted(report);
    rejected(report);
}
