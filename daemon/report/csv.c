/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/csv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "document/number_json.h"

/* The last part of a name says the unit (interfaces.md); "c" is the degree Celsius. */
static const struct {
    const char *suffix, *unit;
} units[] = {
    {"v", "V"},   {"a", "A"},     {"w", "W"},     {"va", "VA"}, {"nm", "N m"}, {"rpm", "r/min"},
    {"hz", "Hz"}, {"c", "deg C"}, {"ohm", "ohm"}, {"s", "s"},   {"k", "K"},    {"percent", "%"},
};

/* These first and in this order; others follow as they come. */
static const char *const usual[] = {"load_percent", "u_v",  "i_a",       "p1_w",           "p0_w",
                                    "s_va",         "t_nm", "n_rpm",     "f_hz",           "coolant_c",
                                    "r_ohm",        "t_s",  "elapsed_s", "resistance_ohm", "temperature_c"};

static bool is_reading(const json_t *entry)
{
    return mb_json_text_is(entry, "type", "reading") || mb_json_text_is(entry, "type", "rejected");
}

/* Writes one field, after a comma unless it is the first; quoted when it must be. */
static void field(FILE *out, const char *text, bool first)
{
    if (!first)
        (void)fputc(',', out);
    if (!strpbrk(text, ",\"\r\n")) {
        (void)fputs(text, out);
        return;
    }
    (void)fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            (void)fputc('"', out);
        (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

/* A number as JSON writes it (no locale brings a comma in), with the fewest digits that give the same double
 * back. */
static char *number_text(const json_t *value)
{
    char *text = NULL;

    for (size_t digits = 15; digits <= 17; digits++) {
        json_t *back;
        bool same;

        free(text);
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        back = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
        same = back && json_number_value(back) == json_number_value(value);
        json_decref(back);
        if (same)
            break;
    }
    return text;
}

static void value_field(FILE *out, const json_t *value)
{
    char *number = json_is_number(value) ? number_text(value) : NULL;

    if (json_is_string(value))
        field(out, json_string_value(value), false);
    else
        field(out, number ? number : "", false);
    free(number);
}

static const char *unit_of(const char *name)
{
    const char *suffix = strrchr(name, '_');

    for (size_t i = 0; suffix && i < sizeof units / sizeof units[0]; i++)
        if (strcmp(units[i].suffix, suffix + 1) == 0)
            return units[i].unit;
    return NULL;
}

static void header_field(FILE *out, const char *name, const char *what)
{
    const char *unit = unit_of(name);
    char text[160];

    if (unit)
        (void)snprintf(text, sizeof text, "%s%s (%s)", name, what, unit);
    else
        (void)snprintf(text, sizeof text, "%s%s", name, what);
    field(out, text, false);
}

/* The keys that occur under section ("values", "uncertainty") of any reading: an object used as an ordered
 * set. */
static json_t *columns_of(const json_t *entries, const char *section)
{
    json_t *seen = json_object(), *columns = json_object(), *entry, *value;
    const char *key;
    size_t i;

    json_array_foreach(entries, i, entry) if (is_reading(entry))
        json_object_foreach(json_object_get(entry, section), key, value) if (!json_is_null(value))(void)
            json_object_set_new(seen, key, json_true());
    for (i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (json_object_get(seen, usual[i]))
            (void)json_object_set_new(columns, usual[i], json_true());
    (void)json_object_update_missing(columns, seen);
    json_decref(seen);
    return columns;
}

/* sample: of the record, NULL where it has none; the same in every row, so that a row speaks for itself. */
static void write_header(FILE *out, json_t *values, json_t *uncertainties, const json_t *sample)
{
    static const char *const fixed[] = {"seq",   "time",  "bench time (s)", "step",       "goes to",
                                        "index", "state", "reasons",        "window (s)", "samples"};
    const char *key;
    char name[80];
    json_t *unused;

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        field(out, fixed[i], i == 0);
    json_object_foreach(values, key, unused) header_field(out, key, "");
    json_object_foreach(uncertainties, key, unused) header_field(out, key, " standard uncertainty");
    json_object_foreach((json_t *)sample, key, unused)
    {
        (void)snprintf(name, sizeof name, "sample %s", key);
        field(out, name, false);
    }
    (void)fputs("\r\n", out);
}

/* A reason is a word, or {"word"/"reason", "text"}. */
static const char *reason_text(const json_t *reason)
{
    static const char *const keys[] = {"text", "reason", "word"};

    for (size_t i = 0; json_is_object(reason) && i < sizeof keys / sizeof keys[0]; i++)
        if (json_is_string(json_object_get(reason, keys[i])))
            return json_string_value(json_object_get(reason, keys[i]));
    return json_is_string(reason) ? json_string_value(reason) : "";
}

static void reasons_field(FILE *out, const json_t *reasons)
{
    char text[1024] = "";
    size_t n = 0, i;
    json_t *reason;

    json_array_foreach(reasons, i, reason) if (n < sizeof text) n +=
        (size_t)snprintf(text + n, sizeof text - n, "%s%s", i > 0 ? "; " : "", reason_text(reason));
    field(out, text, false);
}

static void write_row(FILE *out, const json_t *entry, json_t *values, json_t *uncertainties,
                      const json_t *sample)
{
    const char *key;
    char seq[32];
    json_t *unused, *member;

    (void)snprintf(seq, sizeof seq, "%lld", (long long)json_integer_value(json_object_get(entry, "seq")));
    field(out, seq, true);
    value_field(out, json_object_get(entry, "time"));
    value_field(out, json_object_get(entry, "t_s"));
    value_field(out, json_object_get(entry, "step"));
    value_field(out, json_object_get(entry, "store"));
    value_field(out, json_object_get(entry, "index"));
    field(out,
          !mb_json_text_is(entry, "type", "reading") ? "rejected"
          : json_object_get(entry, "replaced_by")    ? "replaced"
                                                     : "accepted",
          false);
    reasons_field(out, json_object_get(entry, "reasons"));
    value_field(out, json_object_get(entry, "window_s"));
    value_field(out, json_object_get(entry, "samples"));
    json_object_foreach(values, key, unused)
        value_field(out, json_object_get(json_object_get(entry, "values"), key));
    json_object_foreach(uncertainties, key, unused)
        value_field(out, json_object_get(json_object_get(entry, "uncertainty"), key));
    json_object_foreach((json_t *)sample, key, member) value_field(out, member);
    (void)fputs("\r\n", out);
}

/* ---- The items of the inspection: a second table below, one row a finding. ---- */

static const char *const item_keys[] = {"id", "title", "state", "verdict", "reason"};
static const char *const finding_keys[] = {"quantity", "part",        "value",    "unit",    "limit",
                                           "sense",    "uncertainty", "standard", "edition", "clause",
                                           "mark",     "verdict",     "statement"};
#define ITEM_KEYS (sizeof item_keys / sizeof item_keys[0])
#define FINDING_KEYS (sizeof finding_keys / sizeof finding_keys[0])

/* finding NULL: none. */
static void item_row(FILE *out, const json_t *item, const json_t *finding)
{
    const char *id = json_string_value(json_object_get(item, item_keys[0]));

    field(out, id ? id : "", true);
    for (size_t i = 1; i < ITEM_KEYS; i++)
        value_field(out, json_object_get(item, item_keys[i]));
    for (size_t i = 0; i < FINDING_KEYS; i++)
        value_field(out, json_object_get(finding, finding_keys[i]));
    (void)fputs("\r\n", out);
}

static void write_items(FILE *out, const json_t *items)
{
    json_t *item, *finding;
    size_t i, k;
    char name[40];

    (void)fputs("\r\nitem", out);
    for (i = 1; i < ITEM_KEYS; i++)
        field(out, item_keys[i], false);
    for (i = 0; i < FINDING_KEYS; i++) {
        (void)snprintf(name, sizeof name, "finding %s", finding_keys[i]);
        field(out, name, false);
    }
    (void)fputs("\r\n", out);
    json_array_foreach(items, i, item)
    {
        const json_t *findings = json_object_get(item, "findings");

        if (json_array_size(findings) == 0)
            item_row(out, item, NULL);
        json_array_foreach(findings, k, finding)
        {
            item_row(out, item, finding);
        }
    }
}

int mb_report_csv(const json_t *document, FILE *out)
{
    const json_t *entries = json_object_get(document, "entries"),
                 *sample = json_object_get(document, "sample");
    json_t *values, *uncertainties, *entry;
    size_t i;

    if (!json_is_array(entries))
        return -EINVAL;
    values = columns_of(entries, "values");
    uncertainties = columns_of(entries, "uncertainty");
    if (!values || !uncertainties) {
        json_decref(values);
        json_decref(uncertainties);
        return -ENOMEM;
    }
    write_header(out, values, uncertainties, sample);
    json_array_foreach(entries, i, entry) if (is_reading(entry))
        write_row(out, entry, values, uncertainties, sample);
    if (json_array_size(json_object_get(document, "items")) > 0)
        write_items(out, json_object_get(document, "items"));
    json_decref(values);
    json_decref(uncertainties);
    errno = 0;
    if (fflush(out) != 0 || ferror(out))
        return errno > 0 ? -errno : -EIO;
    return 0;
}
