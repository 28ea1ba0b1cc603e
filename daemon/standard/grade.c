/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a motor to its limits, and from the limits to a verdict. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "standard/limits.h"
#include "standard/mark.h"

/* One limit as found: by a cell, or by the standard's rule between cells. */
struct found {
    double limit; /* NAN: the data have none */
    char mark[32];
    char source[160]; /* FILE:LINE, the file without folders */
    const char *rule; /* what was done, NULL for a listed power */
};

static void set_text(char *target, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A longer text is cut: these texts explain, they do not decide. */
static void set_text(char *target, size_t size, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(target, size, format, ap);
    va_end(ap);
}

/* The weaker of two marks: one that does not decide, or the second. */
static const char *weaker_mark(const char *a, const char *b)
{
    return mb_mark_decides(a) ? b : a;
}

static void by_neighbours(const struct limit_source *source, const struct limit_table *table,
                          const struct mb_grade_query *q, int grade, struct found *ret)
{
    const struct limit_cell *below, *above;
    double kw = q->power_w / 1000, t;

    mb_limit_neighbours(table, q->poles, kw, grade, &below, &above);
    if (!below || !above)
        return;
    t = (kw - below->power_max_kw) / (above->power_min_kw - below->power_max_kw);
    if (source->rule == LIMIT_RULE_MIDPOINT) {
        ret->limit = t >= 0.5 ? above->limit : below->limit;
        ret->rule = "midpoint rule between listed powers";
    } else {
        ret->limit = below->limit + t * (above->limit - below->limit);
        ret->rule = "linear interpolation between listed powers";
    }
    set_text(ret->mark, sizeof ret->mark, "%s",
             weaker_mark(weaker_mark(below->mark, above->mark), source->rule_mark));
    set_text(ret->source, sizeof ret->source, "%s:%u, %s:%u", source->file, below->line, source->file,
             above->line);
}

static bool by_polynomial(const struct limit_source *source, const struct limit_table *table,
                          const struct mb_grade_query *q, int grade, struct found *ret)
{
    double kw = q->power_w / 1000, x = log10(kw);

    for (size_t i = 0; i < table->polynomial_count; i++) {
        const struct limit_polynomial *p = &table->polynomials[i];

        if (p->poles != q->poles || p->grade != grade || kw < p->power_min_kw || kw > p->power_max_kw)
            continue;
        ret->limit = round((((p->a * x + p->b) * x + p->c) * x + p->d) * 10) / 1000;
        ret->rule = "polynomial of the standard";
        set_text(ret->mark, sizeof ret->mark, "%s", weaker_mark(p->mark, source->rule_mark));
        set_text(ret->source, sizeof ret->source, "%s:%u", source->coefficients, p->line);
        return true;
    }
    return false;
}

static void find_limit(const struct limit_source *source, const struct limit_table *table,
                       const struct mb_grade_query *q, int grade, struct found *ret)
{
    const struct limit_cell *cell = mb_limit_cell(table, q->poles, q->power_w / 1000, grade);
    struct limit_source linear = *source;

    *ret = (struct found){.limit = NAN, .mark = "absent"};
    if (cell) {
        ret->limit = cell->limit;
        set_text(ret->mark, sizeof ret->mark, "%s", cell->mark);
        set_text(ret->source, sizeof ret->source, "%s:%u", source->file, cell->line);
    } else if (source->rule != LIMIT_RULE_POLYNOMIAL) {
        by_neighbours(source, table, q, grade, ret);
    } else if (!by_polynomial(source, table, q, grade, ret)) {
        /* Where no polynomial reaches (0.55 to 0.75 kW, above 200 kW) a straight line shows the size, and
         * does not decide. */
        linear.rule = LIMIT_RULE_LINEAR;
        linear.rule_mark = "uncertain";
        by_neighbours(&linear, table, q, grade, ret);
    }
}

static const char *known_standards(char *buffer, size_t size)
{
    size_t used = 0;

    buffer[0] = '\0';
    for (const struct limit_source *s = mb_limit_sources; s->standard && used < size; s++)
        if (s == mb_limit_sources || strcmp(s->standard, s[-1].standard) != 0)
            used += (size_t)snprintf(buffer + used, size - used, "%s%s", used ? ", " : "", s->standard);
    return buffer;
}

/* IEC editions are written :2014 there and -2014 in China. */
static bool same_standard(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !((*a == ':' && *b == '-') || (*a == '-' && *b == ':')))
            return false;
    return *a == *b;
}

static int find_kind(const char *name, unsigned *ret_bit, struct mb_error *err)
{
    char allowed[400] = "";
    size_t used = 0;

    for (unsigned k = 0; k < MB_KIND_COUNT; k++) {
        if (strcmp(mb_motor_kind_names[k], name) == 0) {
            *ret_bit = 1u << k;
            return 0;
        }
        if (used < sizeof allowed)
            used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "",
                                     mb_motor_kind_names[k]);
    }
    return mb_error_set(err, -EINVAL, "motor kind '%.60s' is not known, allowed: %s", name, allowed);
}

static int check_query(const struct mb_grade_query *q, struct mb_error *err)
{
    if (!(q->power_w > 0) || !isfinite(q->power_w))
        return mb_error_set(err, -EINVAL, "rated power %g W is not possible, allowed: above 0", q->power_w);
    if (q->poles < 2 || q->poles % 2)
        return mb_error_set(err, -EINVAL, "%d poles are not possible, allowed: an even number from 2",
                            q->poles);
    if (!(q->frequency_hz > 0) || !isfinite(q->frequency_hz))
        return mb_error_set(err, -EINVAL, "rated frequency %g Hz is not possible, allowed: above 0",
                            q->frequency_hz);
    if (!isnan(q->efficiency) && !(q->efficiency > 0 && q->efficiency < 1))
        return mb_error_set(err, -EINVAL, "efficiency %g is not a fraction, allowed: above 0 and below 1",
                            q->efficiency);
    return 0;
}

/* The table for this kind, of this frequency if there is one. 1: the standard does not cover the kind.
 * -ENOENT. */
static int find_source(const struct mb_grade_query *q, unsigned kind, size_t *ret, const char **ret_standard)
{
    int r = -ENOENT;

    for (size_t i = 0; i < LIMIT_SOURCE_COUNT; i++) {
        const struct limit_source *s = &mb_limit_sources[i];

        if (!same_standard(s->standard, q->standard))
            continue;
        *ret_standard = s->standard;
        if (!(s->kinds & kind)) {
            r = r == -ENOENT ? 1 : r;
            continue;
        }
        *ret = i;
        r = 0;
        if (fabs(s->frequency_hz - q->frequency_hz) <= 1e-9)
            break;
    }
    return r;
}

static void not_applicable(struct mb_grade *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void not_applicable(struct mb_grade *g, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(g->note, sizeof g->note, format, ap);
    va_end(ap);
    g->grade_count = 0;
    g->verdict = MB_VERDICT_NOT_APPLICABLE;
}

static bool poles_listed(const struct limit_table *table, int poles)
{
    for (size_t i = 0; i < table->cell_count; i++)
        if (table->cells[i].poles == poles)
            return true;
    return table->cell_count == 0; /* without the file nobody knows */
}

/* False, and the reason in g, when the standard does not cover this motor. */
static bool in_scope(const struct limit_source *source, const struct limit_table *table,
                     const struct mb_grade_query *q, struct mb_grade *g)
{
    double kw = q->power_w / 1000;

    if (fabs(source->frequency_hz - q->frequency_hz) > 1e-9)
        not_applicable(g, "%s has limits for %g Hz only, not for %g Hz", source->standard,
                       source->frequency_hz, q->frequency_hz);
    else if (!poles_listed(table, q->poles))
        not_applicable(g, "%s %s has no limits for %d poles", source->standard, source->table, q->poles);
    else if (kw < source->power_min_kw * (1 - 1e-9) || kw > source->power_max_kw * (1 + 1e-9))
        not_applicable(g, "%s %s covers %g kW to %g kW, not %g kW", source->standard, source->table,
                       source->power_min_kw, source->power_max_kw, kw);
    else
        return true;
    return false;
}

/* Grades from the least to the best: 3, 2, 1 for GB, 1, 2, 3, 4 for IEC. */
static int nth_grade(const struct limit_source *source, int n)
{
    return source->least == 1 ? 1 + n : source->least - n;
}

/* The best grade reached, from the least one up; a limit that may not decide gives no grade, one that is
 * missed ends it. */
static int best_grade(const struct limit_source *source, const struct found found[], double efficiency)
{
    int best = 0;

    for (int n = 0; n < source->grade_count; n++) {
        const struct found *f = &found[nth_grade(source, n) - 1];

        if (isnan(f->limit))
            continue;
        if (!(efficiency >= f->limit))
            break;
        if (mb_mark_decides(f->mark))
            best = nth_grade(source, n);
    }
    return best;
}

static void say_why_not(const struct limit_source *source, const struct mb_grade_query *q,
                        const struct found *f, struct mb_grade *g)
{
    if (isnan(f->limit))
        set_text(g->note, sizeof g->note,
                 "no limit in the data: fill the row %g Hz, %d poles, %g kW, grade %s%d of %s",
                 q->frequency_hz, q->poles, q->power_w / 1000, source->prefix, source->least, source->file);
    else if (f->rule)
        set_text(g->note, sizeof g->note,
                 "%g kW is not listed: %s (%s) does not decide; fill the row %g Hz, %d poles, %g kW of %s "
                 "from the standard",
                 q->power_w / 1000, f->rule, f->mark, q->frequency_hz, q->poles, q->power_w / 1000,
                 source->file);
    else
        set_text(g->note, sizeof g->note,
                 "the limit is marked '%s' and does not decide: confirm %s against the standard", f->mark,
                 f->source);
}

static void judge(const struct limit_source *source, const struct mb_grade_query *q,
                  const struct found found[], struct mb_grade *g)
{
    const struct found *least = &found[source->least - 1], *shown = least;

    /* A class that the data leave out (IE1 at 60 Hz): the least one that is there shows the size. */
    for (int n = 1; isnan(shown->limit) && n < source->grade_count; n++)
        shown = &found[nth_grade(source, n) - 1];
    g->limit = shown->limit;
    g->margin = q->efficiency - g->limit;
    set_text(g->mark, sizeof g->mark, "%s", shown->mark);
    set_text(g->source, sizeof g->source, "%s", shown->source);
    set_text(g->note, sizeof g->note, "%s%s%s", shown->rule ? shown->rule : "", shown->rule ? "; " : "",
             mb_mark_words(shown->mark));
    g->grade = best_grade(source, found, q->efficiency);
    if (g->grade > 0 && mb_mark_decides(shown->mark)) {
        g->verdict = MB_VERDICT_PASS;
    } else if (!isnan(least->limit) && mb_mark_decides(least->mark)) {
        g->verdict = MB_VERDICT_FAIL;
    } else {
        g->verdict = MB_VERDICT_INCONCLUSIVE;
        g->grade = 0;
        say_why_not(source, q, least, g);
    }
}

int mb_grade_evaluate(const struct mb_limits *limits, const struct mb_grade_query *query,
                      struct mb_grade *ret, struct mb_error *err)
{
    struct mb_grade g = {.limit = NAN, .limits = {NAN, NAN, NAN, NAN, NAN}, .margin = NAN};
    struct found found[MB_GRADE_MAX];
    const struct limit_source *source;
    const char *standard = NULL;
    char known[200];
    unsigned kind = 0;
    size_t at = 0;
    int r;

    r = check_query(query, err);
    if (r == 0)
        r = find_kind(query->kind, &kind, err);
    if (r < 0)
        return r;
    r = find_source(query, kind, &at, &standard);
    if (r == -ENOENT)
        return mb_error_set(err, r, "standard '%.60s' is not known, allowed: %s", query->standard,
                            known_standards(known, sizeof known));
    source = &mb_limit_sources[at];
    set_text(g.standard, sizeof g.standard, "%s", standard);
    if (r > 0) {
        not_applicable(&g, "%s has no limits for %s motors", standard, query->kind);
    } else {
        set_text(g.table, sizeof g.table, "%s", source->table);
        set_text(g.prefix, sizeof g.prefix, "%s", source->prefix);
        g.grade_count = source->grade_count;
        if (in_scope(source, &limits->tables[at], query, &g)) {
            for (int i = 0; i < source->grade_count; i++) {
                find_limit(source, &limits->tables[at], query, i + 1, &found[i]);
                g.limits[i] = found[i].limit;
            }
            judge(source, query, found, &g);
        }
    }
    if (isnan(query->efficiency))
        g.verdict = MB_VERDICT_INVALID;
    *ret = g;
    return 0;
}
