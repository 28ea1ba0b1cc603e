/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What measured, and under which conditions. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/pdf/sections.h"
#include "report/pdf/table.h"
#include "report/pdf/value.h"

static void instruments(struct report *report)
{
    static const struct column columns[] = {
        {"Role", NULL, 0.9, ALIGN_LEFT},        {"Identity", NULL, 2.3, ALIGN_LEFT},
        {"Profile", NULL, 1.3, ALIGN_LEFT},     {"Address", NULL, 1.4, ALIGN_LEFT},
        {"Calibration", NULL, 1.9, ALIGN_LEFT},
    };
    const json_t *list = value_at(report->document, "instruments"), *i;
    struct table table;
    size_t k;

    heading(report, "Instruments");
    if (json_array_size(list) == 0) {
        paragraph(report, STYLE_BODY, "The record names no instruments.");
        return;
    }
    table_begin(&table, report, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(list, k, i)
    {
        const char *cells[] = {text_at(i, "id", NONE), text_at(i, "identity", "not known"),
                               text_at(i, "profile", NONE), text_at(i, "address", NONE),
                               text_at(i, "calibration", "not stated")};

        table_row(&table, cells);
    }
    table_end(&table);
}

static void transformer(struct table *table, const json_t *instrument, const char *name, const char *ratio,
                        const char *errors)
{
    static const struct {
        const char *name;
        double factor;
    } members[] = {{"ratio_error", 100},
                   {"displacement_rad", 1000},
                   {"ratio_uncertainty", 100},
                   {"displacement_uncertainty_rad", 1000}};
    enum { COUNT = sizeof members / sizeof members[0] };
    const json_t *e = value_at(instrument, errors);
    struct number rated = number_text(number_at(instrument, ratio), 2, NULL), numbers[COUNT];
    const char *cells[3 + COUNT] = {text_at(instrument, "id", NONE), name, rated.text};

    for (size_t i = 0; i < COUNT; i++) {
        numbers[i] = number_text(members[i].factor * number_at(e, members[i].name), 3, NULL);
        cells[3 + i] = numbers[i].text;
    }
    table_row(table, cells);
}

/* What stands between an instrument and the motor; nothing where nothing does. */
static void transformers(struct report *report)
{
    static const struct column columns[] = {
        {"Before", NULL, 0.9, ALIGN_LEFT},
        {"Transformer", NULL, 1.2, ALIGN_LEFT},
        {"Ratio", NULL, 0.9, ALIGN_RIGHT},
        {"Ratio error, %", NULL, 1.2, ALIGN_RIGHT},
        {"Leads by, mrad", NULL, 1.2, ALIGN_RIGHT},
        {"u of error, %", NULL, 1.2, ALIGN_RIGHT},
        {"u of angle, mrad", NULL, 1.3, ALIGN_RIGHT},
    };
    const json_t *i;
    struct table table;
    bool any = false;
    size_t k;

    json_array_foreach(value_at(report->document, "instruments"), k, i)
    {
        if (isnan(number_at(i, "voltage_ratio")))
            continue;
        if (!any) {
            heading(report, "Instrument transformers");
            paragraph(
                report, STYLE_BODY,
                "The readings of this report are the motor's: ratio and errors are corrected, power with a "
                "balanced sinusoidal supply and a current that lags.");
            table_begin(&table, report, columns, sizeof columns / sizeof columns[0]);
        }
        any = true;
        transformer(&table, i, "voltage", "voltage_ratio", "voltage_transformer");
        transformer(&table, i, "current", "current_ratio", "current_transformer");
    }
    if (any)
        table_end(&table);
}

/* Least and greatest value of a quantity over all accepted readings that go to a store beginning so. */
static bool range_of(const struct report *report, const char *store, const char *name, double *ret_low,
                     double *ret_high)
{
    const json_t *entry;
    double low = INFINITY, high = -INFINITY;
    size_t i;

    json_array_foreach(json_object_get(report->document, "entries"), i, entry)
    {
        double value = number_at(value_at(entry, "values"), name);

        if (!type_is(entry, "reading") || strncmp(text_at(entry, "store", ""), store, strlen(store)) != 0 ||
            isnan(value))
            continue;
        low = fmin(low, value);
        high = fmax(high, value);
    }
    *ret_low = low;
    *ret_high = high;
    return high >= low;
}

static void condition(struct report *report, const char *text, const char *store, const char *name,
                      struct pair *pair, char *buffer, size_t size)
{
    double low, high;

    pair->name = text;
    pair->value = NULL;
    if (!range_of(report, store, name, &low, &high))
        return;
    if (high > low)
        (void)snprintf(buffer, size, "%s to %s", number_text(low, decimals_of(name, low), NULL).text,
                       number_text(high, decimals_of(name, high), unit_of(name)).text);
    else
        (void)snprintf(buffer, size, "%s", number_text(low, decimals_of(name, low), unit_of(name)).text);
    pair->value = buffer;
}

static void conditions(struct report *report)
{
    static const struct {
        const char *text, *store, *name;
    } table[] = {
        {"Coolant, cold", "cold", "temperature_c"},       {"Coolant, rated load", "rated_load", "coolant_c"},
        {"Coolant, thermal run", "monitor", "coolant_c"}, {"Voltage, load curve", "load.points", "u_v"},
        {"Frequency, load curve", "load.points", "f_hz"}, {"Voltage, no-load curve", "no_load.points", "u_v"},
    };
    enum { COUNT = sizeof table / sizeof table[0] };
    struct pair pairs[COUNT + 2];
    char texts[COUNT][128];

    heading(report, "Conditions");
    for (size_t i = 0; i < COUNT; i++)
        condition(report, table[i].text, table[i].store, table[i].name, &pairs[i], texts[i], sizeof texts[i]);
    pairs[COUNT] =
        (struct pair){"Shaft sealing ring", text_at(report->document, "motor.sealing_ring", "not stated")};
    pairs[COUNT + 1] = (struct pair){
        "Bench", json_is_true(json_object_get(report->document, "simulated")) ? "SIMULATED" : "real"};
    pairs_draw(report, pairs, COUNT + 2);
}

void section_instruments(struct report *report)
{
    instruments(report);
    transformers(report);
    conditions(report);
}
