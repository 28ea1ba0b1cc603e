/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/scheme.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "standard/catalogue.h"
#include "standard/csv.h"
#include "standard/date.h"

#define SPEED_MAX_RPM 1e6

static const char *const columns[] = {
    "row",      "scheme",        "title",    "document", "kinds",   "sold_for", "voltage_v",
    "power_kw", "converted_rpm", "rests_on", "named",    "binding", "route",    "in_force",
    "until",    "mark",          "source",   "note",     NULL};
enum {
    C_ROW,
    C_SCHEME,
    C_TITLE,
    C_DOCUMENT,
    C_KINDS,
    C_SOLD_FOR,
    C_VOLTAGE,
    C_POWER,
    C_CONVERTED,
    C_RESTS_ON,
    C_NAMED,
    C_BINDING,
    C_ROUTE,
    C_IN_FORCE,
    C_UNTIL,
    C_MARK,
    C_SOURCE,
    C_NOTE
};

struct mb_schemes {
    struct mb_csv *csv;
    struct mb_scheme_row *rows;
    size_t count;
};

static bool one_of(const char *text, const char *const words[])
{
    for (size_t i = 0; words[i]; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

static int check_words(const struct mb_csv *csv, size_t i, const struct mb_scheme_row *row,
                       struct mb_error *err)
{
    static const char *const bindings[] = {"mandatory", "voluntary", "doubtful", NULL};
    bool scope = strcmp(row->row, "scope") == 0;

    if (!scope && strcmp(row->row, "route") != 0)
        return mb_csv_error(csv, i, err, "row '%.40s', allowed: scope, route", row->row);
    if (!*row->scheme || !*row->title)
        return mb_csv_error(csv, i, err, "scheme and title are needed");
    if (scope && !one_of(row->binding, bindings))
        return mb_csv_error(csv, i, err, "binding '%.40s', allowed: mandatory, voluntary, doubtful",
                            row->binding);
    if (!scope && !*row->route)
        return mb_csv_error(csv, i, err, "a row of a route names it");
    if ((*row->in_force && !mb_date_valid(row->in_force)) || (*row->until && !mb_date_valid(row->until)))
        return mb_csv_error(csv, i, err, "in_force and until are dates or empty, allowed: YYYY-MM-DD");
    return 0;
}

static int read_scope(const struct mb_csv *csv, size_t i, struct mb_scheme_row *row, struct mb_error *err)
{
    if (mb_motor_kinds_parse(mb_csv_text(csv, i, C_KINDS), &row->kinds) < 0)
        return mb_csv_error(csv, i, err, "kinds '%.60s', allowed: kinds of motor between semicolons, or *",
                            mb_csv_text(csv, i, C_KINDS));
    if (mb_range_parse(mb_csv_text(csv, i, C_VOLTAGE), &row->voltage_v) < 0 ||
        mb_range_parse(mb_csv_text(csv, i, C_POWER), &row->power_kw) < 0)
        return mb_csv_error(
            csv, i, err,
            "voltage_v and power_kw are ranges, allowed: <, <=, >, >= and a number, two between ;");
    row->converted_rpm = NAN;
    return *mb_csv_text(csv, i, C_CONVERTED)
               ? mb_csv_number(csv, i, C_CONVERTED, 1, SPEED_MAX_RPM, &row->converted_rpm, err)
               : 0;
}

static int read_row(const struct mb_csv *csv, size_t i, void *element, struct mb_error *err)
{
    struct mb_scheme_row *row = element;
    const struct {
        const char **text;
        size_t column;
    } texts[] = {{&row->row, C_ROW},           {&row->scheme, C_SCHEME},     {&row->title, C_TITLE},
                 {&row->document, C_DOCUMENT}, {&row->sold_for, C_SOLD_FOR}, {&row->rests_on, C_RESTS_ON},
                 {&row->named, C_NAMED},       {&row->binding, C_BINDING},   {&row->route, C_ROUTE},
                 {&row->in_force, C_IN_FORCE}, {&row->until, C_UNTIL},       {&row->mark, C_MARK},
                 {&row->source, C_SOURCE},     {&row->note, C_NOTE}};
    int r;

    for (size_t n = 0; n < sizeof texts / sizeof *texts; n++)
        *texts[n].text = mb_csv_text(csv, i, texts[n].column);
    row->line = mb_csv_line(csv, i);
    r = check_words(csv, i, row, err);
    return r < 0 ? r : read_scope(csv, i, row, err);
}

int mb_schemes_load(const char *path, struct mb_schemes **ret, struct mb_error *err)
{
    struct mb_schemes *s = calloc(1, sizeof *s);
    int r = s ? mb_csv_load(path, columns, &s->csv, err) : mb_error_set(err, -ENOMEM, "not enough memory");

    if (r == 0)
        r = mb_csv_rows(s->csv, sizeof *s->rows, read_row, (void **)&s->rows, &s->count, err);
    if (r < 0) {
        mb_schemes_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct mb_schemes *mb_schemes_free(struct mb_schemes *s)
{
    if (!s)
        return NULL;
    mb_csv_free(s->csv);
    free(s->rows);
    free(s);
    return NULL;
}

size_t mb_schemes_count(const struct mb_schemes *s)
{
    return s->count;
}

const struct mb_scheme_row *mb_schemes_get(const struct mb_schemes *s, size_t i)
{
    return &s->rows[i];
}

const struct mb_scheme_row *mb_scheme_route(const struct mb_schemes *s, const char *scheme, const char *route)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->rows[i].row, "route") == 0 && strcmp(s->rows[i].scheme, scheme) == 0 &&
            strcmp(s->rows[i].route, route) == 0)
            return &s->rows[i];
    return NULL;
}

bool mb_scheme_in_force(const struct mb_scheme_row *row, const char *day)
{
    return (!*row->in_force || strcmp(day, row->in_force) >= 0) &&
           (!*row->until || strcmp(day, row->until) < 0);
}

bool mb_motor_names(const struct mb_motor *motor, const char *standard)
{
    const char *p = motor->sample.task ? strstr(motor->sample.task, standard) : NULL;
    size_t n = strlen(standard);
    char id[40], edition[16], wanted[40];

    if (p && n > 0 && !(p[n] >= '0' && p[n] <= '9')) /* "T/CEEIA 41" is not "T/CEEIA 410" */
        return true;
    if (!mb_standard_reference(standard, wanted, edition))
        return false;
    for (size_t i = 0; i < motor->claim_count; i++)
        if (mb_standard_reference(motor->claims[i], id, edition) && strcmp(id, wanted) == 0)
            return true;
    return false;
}

struct asking {
    const struct mb_scheme_row *row;
    const struct mb_motor *motor;
    bool (*mandatory)(const char *standard, const void *userdata);
    const void *userdata;
    char *reason;
    size_t size;
};

/* Always false, with the reason: each way out is one line. */
static bool out(const struct asking *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool out(const struct asking *a, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(a->reason, a->size, format, ap);
    va_end(ap);
    return false;
}

static bool sold_as(const struct mb_motor *motor, const char *use)
{
    for (size_t i = 0; i < motor->sold_for_count; i++)
        if (strcmp(motor->sold_for[i], use) == 0)
            return true;
    return motor->sold_for_count == 0;
}

/* The synchronous speed converts, not the rated one (procedures F3). */
static bool power_fits(const struct asking *a)
{
    const struct mb_scheme_row *row = a->row;
    const struct mb_motor *m = a->motor;
    double power_w = m->rated.power_w, synchronous = mb_motor_synchronous_speed(m);
    bool converted = !isnan(row->converted_rpm), fits;
    char words[160];

    if (converted)
        power_w = power_w * row->converted_rpm / synchronous;
    fits = mb_range_holds(&row->power_kw, power_w / 1000);
    if (converted)
        (void)snprintf(words, sizeof words,
                       "rated power %g W at the synchronous speed %g r/min is %.6g W converted to %g r/min",
                       m->rated.power_w, synchronous, power_w, row->converted_rpm);
    else
        (void)snprintf(words, sizeof words, "rated power %g W, not converted", power_w);
    if (!isnan(row->power_kw.low) || !isnan(row->power_kw.high))
        (void)out(a, "%s, limit %g W (%s)", words, row->power_kw.high * 1000, row->document);
    return fits;
}

static bool covers(const struct asking *a)
{
    const struct mb_scheme_row *row = a->row;
    const struct mb_motor *m = a->motor;

    if (*row->sold_for && !sold_as(m, row->sold_for))
        return out(a, "%s covers motors sold for %s, this one is sold for '%.40s'", row->scheme,
                   strcmp(row->sold_for, "drive") == 0 ? "driving" : row->sold_for, m->sold_for[0]);
    if (!mb_range_holds(&row->voltage_v, m->rated.voltage_v))
        return out(a, "rated voltage %g V is not above %g V and below %g V", m->rated.voltage_v,
                   row->voltage_v.low, row->voltage_v.high);
    if (!power_fits(a))
        return false;
    if (*row->rests_on && a->mandatory && !a->mandatory(row->rests_on, a->userdata))
        return out(a, "%s rests on %s, which does not apply to this motor", row->document, row->rests_on);
    if (*row->named && !mb_motor_names(m, row->named))
        return out(a, "%s: voluntary, and neither the task nor a claim names %s", row->title, row->named);
    if (strcmp(row->binding, "mandatory") != 0 && !*row->named)
        return out(a,
                   "in the scope of the %s (%s), but whether that binds is %s%s%s; a laboratory decides it "
                   "in " MB_SCHEMES_FILE,
                   row->title, row->document, row->binding, *row->note ? ": " : "", row->note);
    return true;
}

/* "; self-declaration until 2027-01-01": how the scheme is met, and when. */
static void say_routes(const struct mb_schemes *s, const struct asking *a)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct mb_scheme_row *route = &s->rows[i];
        size_t used = strlen(a->reason);

        if (strcmp(route->row, "route") == 0 && strcmp(route->scheme, a->row->scheme) == 0)
            (void)snprintf(a->reason + used, a->size - used, "; %s%s%s%s%s", route->route,
                           *route->in_force ? " from " : "", route->in_force, *route->until ? " before " : "",
                           route->until);
    }
}

static void say_applies(const struct asking *a)
{
    const struct mb_scheme_row *row = a->row;
    size_t used = strlen(a->reason);

    if (*row->rests_on)
        (void)out(a, "%s applies, so the motor must carry the %s (%s)%s%s", row->rests_on, row->title,
                  row->document, *row->note ? "; " : "", row->note);
    else if (*row->named)
        (void)out(a, "%s: the task or a claim names %s", row->title, row->named);
    else if (*row->sold_for && a->motor->sold_for_count == 0)
        (void)snprintf(a->reason + used, a->size - used, "; sold_for is not given, taken as %s",
                       row->sold_for);
}

int mb_scheme_ask(const struct mb_schemes *s, const char *scheme, const struct mb_motor *motor,
                  bool (*mandatory)(const char *standard, const void *userdata), const void *userdata,
                  struct mb_scheme_answer *ret)
{
    struct mb_scheme_answer answer = {.row = NULL};
    const char *title = NULL;

    for (size_t i = 0; i < s->count && !answer.applies; i++) {
        const struct mb_scheme_row *row = &s->rows[i];
        const struct asking a = {row, motor, mandatory, userdata, answer.reason, sizeof answer.reason};

        if (strcmp(row->row, "scope") != 0 || strcmp(row->scheme, scheme) != 0)
            continue;
        title = row->title;
        if (!(row->kinds & 1u << motor->kind))
            continue;
        answer.row = row;
        answer.reason[0] = '\0';
        answer.applies = covers(&a);
        if (answer.applies) {
            say_applies(&a);
            say_routes(s, &a);
        }
    }
    if (!title)
        return -ENOENT;
    if (!answer.row)
        (void)snprintf(answer.reason, sizeof answer.reason, "%s motors are not in the scope of the %s",
                       mb_motor_kind_names[motor->kind], title);
    *ret = answer;
    return 0;
}
