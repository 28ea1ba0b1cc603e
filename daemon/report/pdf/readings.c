/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every reading of the record, by what it was taken for; then those that do not count, with the reason. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/pdf/sections.h"
#include "report/pdf/table.h"
#include "report/pdf/value.h"

#define VALUES_MAX 11 /* a load point of a single-phase motor with the currents of both windings */

#define BY_STEP "" /* the label is the step of the entry */

/* One table a title; rows of several stores share one where they are alike, and are then told apart by a
 * label. */
static const struct {
    const char *store, *title, *label;
} stores[] = {
    {"cold", "Winding resistance", "cold"},
    {"load.r_before_ohm", "Winding resistance", "before the load curve"},
    {"load.r_after_ohm", "Winding resistance", "after the load curve"},
    {"no_load.r_before_ohm", "Winding resistance", "before the no-load curve"},
    {"no_load.r_after_ohm", "Winding resistance", "after the no-load curve"},
    {"short_circuit.r_ohm", "Winding resistance", "after the short-circuit curve"},
    {"back_to_back.forward.motor.r_ohm", "Winding resistance", "forward, tested motor"},
    {"back_to_back.forward.generator.r_ohm", "Winding resistance", "forward, partner"},
    {"back_to_back.reversed.motor.r_ohm", "Winding resistance", "reversed, partner"},
    {"back_to_back.reversed.generator.r_ohm", "Winding resistance", "reversed, tested motor"},
    {"back-to-back/forward", "Back to back, last reading of the thermal runs", "forward, tested motor"},
    {"back-to-back/reversed", "Back to back, last reading of the thermal runs", "reversed, partner"},
    {"back_to_back.forward.motor", "Back to back, both machines", "forward, motor: tested"},
    {"back_to_back.forward.generator", "Back to back, both machines", "forward, generator: partner"},
    {"back_to_back.reversed.motor", "Back to back, both machines", "reversed, motor: partner"},
    {"back_to_back.reversed.generator", "Back to back, both machines", "reversed, generator: tested"},
    {"back_to_back.forward", "Back to back, coolant and coupling", "forward"},
    {"back_to_back.reversed", "Back to back, coolant and coupling", "reversed"},
    {"rated_load", "Rated load, last reading of the thermal run", NULL},
    {"cooling", "Cooling curve after switching off", NULL},
    {"load.points", "Load curve", NULL},
    {"no_load.points", "No-load curve", NULL},
    {"open_circuit.points", "Open-circuit curve", NULL},
    {"short_circuit.points", "Short-circuit curve", NULL},
    {"zero_power_factor.points", "Zero power factor", NULL},
    {"rating/load", "Rating: at rated load", NULL},
    {"rating/locked-rotor", "Rating: locked rotor", NULL},
    {"rating/back-emf", "Rating: back-EMF, open terminals", NULL},
    {"rating/pull-in", "Rating: attempts to pull into step", NULL},
    {"drive-envelope/continuous", "Drive: continuous torque", NULL},
    {"drive-envelope/peak", "Drive: peak torque", NULL},
    {"drive-envelope/stall", "Drive: stall torque", NULL},
    {"drive-envelope/maximum-speed", "Drive: maximum speed", NULL},
    {"monitor", "Watched while the motor settled", BY_STEP},
};
#define STORE_COUNT (sizeof stores / sizeof stores[0])

struct group {
    const struct report *report;
    size_t first;                 /* store that begins it */
    const char *keys[VALUES_MAX]; /* quantities that occur */
    double largest[VALUES_MAX];   /* decides the digits of the whole column */
    size_t count;
};

/* The store of a reading of this group, STORE_COUNT for any other entry. */
static size_t store_in(const struct group *group, const json_t *entry)
{
    const char *store = text_at(entry, "store", "");
    size_t i = 0;

    while (i < STORE_COUNT && strcmp(stores[i].store, store) != 0)
        i++;
    if (i == STORE_COUNT || !type_is(entry, "reading") ||
        strcmp(stores[i].title, stores[group->first].title) != 0)
        return STORE_COUNT;
    return i;
}

/* The same quantity has two names in a sheet; in one table it is one column. */
static const char *column_key(const char *key)
{
    return strcmp(key, "resistance_ohm") == 0 ? "r_ohm" : key;
}

static double value_of(const json_t *entry, const char *key)
{
    double value = number_at(value_at(entry, "values"), key);

    return isnan(value) && strcmp(key, "r_ohm") == 0 ? number_at(value_at(entry, "values"), "resistance_ohm")
                                                     : value;
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
    static const char *const usual[] = {"load_percent", "elapsed_s", "t_s",  "u_v",  "i_a",   "p1_w",
                                        "p0_w",         "p_w",       "s_va", "t_nm", "n_rpm", "f_hz"};
    const size_t passes = sizeof usual / sizeof usual[0];
    json_t *entry, *value;
    const char *key;
    size_t i;

    for (size_t pass = 0; pass <= passes; pass++)
        json_array_foreach(json_object_get(group->report->document, "entries"), i,
                           entry) if (store_in(group, entry) < STORE_COUNT)
            json_object_foreach(json_object_get(entry, "values"), key,
                                value) if (json_is_number(value) &&
                                           (pass == passes || strcmp(usual[pass], key) == 0))
                group_key(group, column_key(key), json_number_value(value));
}

/* counted: which point of the sheet it is, if it counts. */
static struct number remark_of(const struct group *group, const json_t *entry, size_t counted)
{
    const json_t *deleted = value_at(group->report->document, "evaluation.deleted_point");
    const json_t *by = value_at(entry, "replaced_by");
    struct number remark = {""};

    if (by)
        (void)snprintf(remark.text, sizeof remark.text, "replaced, see entry %lld",
                       (long long)json_integer_value(by));
    else if (strcmp(text_at(entry, "store", ""), "load.points") == 0 && json_is_integer(deleted) &&
             json_integer_value(deleted) == (json_int_t)counted)
        (void)snprintf(remark.text, sizeof remark.text, "deleted from the regression");
    return remark;
}

static void reading_row(struct table *table, const struct group *group, const json_t *entry,
                        const char *remark)
{
    const char *cells[VALUES_MAX + 4], *label = stores[store_in(group, entry)].label;
    struct number numbers[VALUES_MAX],
        seq = number_text((double)json_integer_value(value_at(entry, "seq")), 0, NULL);
    struct number time = moment_text(group->report->document, entry);
    size_t n = 0;

    cells[n++] = seq.text;
    cells[n++] = time.text;
    if (label)
        cells[n++] = *label ? label : text_at(entry, "step", NONE);
    for (size_t i = 0; i < group->count; i++) {
        numbers[i] = number_text(value_of(entry, group->keys[i]),
                                 decimals_of(group->keys[i], group->largest[i]), NULL);
        cells[n++] = numbers[i].text;
    }
    cells[n] = remark;
    table_row(table, cells);
}

/* Widths in points: what is left over goes to the remark. */
static size_t group_columns(const struct group *group, struct number *titles, struct column *columns)
{
    double width = group->count > 8 ? 42 : 50, left = TEXT_WIDTH - 36 - 50 - width * (double)group->count;
    size_t n = 0;

    columns[n++] = (struct column){"Entry", NULL, 36, ALIGN_RIGHT};
    columns[n++] = (struct column){"Time", NULL, 50, ALIGN_RIGHT};
    if (stores[group->first].label) {
        bool by_step = *stores[group->first].label == '\0';

        columns[n++] = (struct column){by_step ? "Step" : "Reading", NULL, by_step ? 56 : 130, ALIGN_LEFT};
        left -= by_step ? 56 : 130;
    }
    for (size_t i = 0; i < group->count; i++) {
        titles[i] = symbol_of(group->keys[i]);
        columns[n++] = (struct column){titles[i].text, unit_of(group->keys[i]), width, ALIGN_RIGHT};
    }
    columns[n++] = (struct column){"Remark", NULL, fmax(left, 60), ALIGN_LEFT};
    return n;
}

static void group_table(struct report *report, const struct group *group)
{
    struct column columns[VALUES_MAX + 4];
    struct number titles[VALUES_MAX];
    size_t i, counted = 0, count = group_columns(group, titles, columns);
    const json_t *entry;
    struct table table;

    page_need(report, 95);
    paragraph(report, STYLE_BOLD, "%s", stores[group->first].title);
    table_begin(&table, report, columns, count);
    json_array_foreach(json_object_get(report->document, "entries"), i, entry)
    {
        if (store_in(group, entry) == STORE_COUNT)
            continue;
        reading_row(&table, group, entry, remark_of(group, entry, counted).text);
        counted += !value_at(entry, "replaced_by");
    }
    table_end(&table);
}

static void accepted(struct report *report)
{
    heading(report, "Readings");
    paragraph(report, STYLE_CELL,
              number_at(report->document, "time_factor") == 1
                  ? "Times are those of the bench computer's clock; entry is the number in the record."
                  : "Times are bench time since the start of the run; entry is the number in the record.");
    for (size_t i = 0; i < STORE_COUNT; i++) {
        struct group group = {.report = report, .first = i};

        if (i > 0 && strcmp(stores[i].title, stores[i - 1].title) == 0)
            continue;
        group_keys(&group);
        if (group.count > 0)
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
    json_object_foreach((json_t *)values, key, value)
    {
        double v = json_number_value(value);

        if (json_is_number(value) && n < size)
            n +=
                (size_t)snprintf(buffer + n, size - n, "%s%s\u00a0=\u00a0%s", n > 0 ? ", " : "",
                                 symbol_of(key).text, number_text(v, decimals_of(key, v), unit_of(key)).text);
    }
    text_whole(buffer);
}

static void reasons_text(const json_t *reasons, char *buffer, size_t size)
{
    const json_t *reason;
    size_t i, n = 0;

    buffer[0] = '\0';
    json_array_foreach(reasons, i, reason)
    {
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
        {"Entry", NULL, 0.6, ALIGN_RIGHT},    {"Time", NULL, 0.9, ALIGN_LEFT},
        {"Meant for", NULL, 1.2, ALIGN_LEFT}, {"Values", NULL, 3, ALIGN_LEFT},
        {"Reason", NULL, 4.2, ALIGN_LEFT},
    };
    const json_t *entry;
    struct table table = {.report = NULL};
    char values[600], reasons[2400];
    size_t i;

    heading(report, "Rejected readings");
    json_array_foreach(json_object_get(report->document, "entries"), i, entry)
    {
        struct number seq, time;

        if (!type_is(entry, "rejected"))
            continue;
        if (!table.report)
            table_begin(&table, report, columns, sizeof columns / sizeof columns[0]);
        seq = number_text((double)json_integer_value(value_at(entry, "seq")), 0, NULL);
        time = moment_text(report->document, entry);
        values_text(value_at(entry, "values"), values, sizeof values);
        reasons_text(value_at(entry, "reasons"), reasons, sizeof reasons);
        table_row(&table,
                  (const char *const[]){seq.text, time.text, text_at(entry, "store", NONE), values, reasons});
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
