/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/grade_find.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "standard/mark.h"

/* Harmonic losses of a converter relative to those at a sinusoidal supply, and the power up to which the
 * first holds (IEC TS 60034-30-2:2016; a public calculator, which 65 of 65 thresholds of a catalogue
 * reproduce: formula-derived). */
#define HARMONIC_RATIO_LOW 0.15
#define HARMONIC_RATIO_HIGH 0.25
#define HARMONIC_POWER_KW 90.

/* The weakest of marks: one that does not decide, then one that this laboratory has not confirmed. */
static const char *weaker_mark(const char *a, const char *b)
{
    if (!mb_mark_decides(a) || strcmp(b, MB_MARK_CONFIRMED) == 0)
        return a;
    return b;
}

static void set_mark(struct grade_limit *limit, const char *mark)
{
    (void)snprintf(limit->mark, sizeof limit->mark, "%s", mark);
}

static void set_source(struct grade_limit *limit, const struct limit_file *file, unsigned line,
                       unsigned other_line)
{
    const char *site = file->site ? " (site)" : "";

    if (other_line)
        (void)snprintf(limit->source, sizeof limit->source, "%s:%u%s, %s:%u%s", file->name, line, site,
                       file->name, other_line, site);
    else
        (void)snprintf(limit->source, sizeof limit->source, "%s:%u%s", file->name, line, site);
}

static const char *rule_mark(const struct limit_spec *spec, const struct limit_table *table)
{
    return table->rule_confirmed ? MB_MARK_CONFIRMED : spec->rule_mark;
}

/* mark: of the rule */
static void by_neighbours(enum limit_rule rule, const char *mark, const struct limit_table *table,
                          const struct limit_key *key, int grade, struct grade_limit *ret)
{
    const struct limit_cell *below, *above;
    double t;

    limit_cell_neighbours(table, key, grade, &below, &above);
    if (!below || !above)
        return;
    t = (key->power_kw - below->power_max_kw) / (above->power_min_kw - below->power_max_kw);
    if (rule == LIMIT_RULE_MIDPOINT) {
        ret->limit = t >= 0.5 ? above->limit : below->limit;
        ret->rule = "midpoint rule between listed powers";
    } else {
        ret->limit = below->limit + t * (above->limit - below->limit);
        ret->rule = "linear interpolation between listed powers";
    }
    set_mark(ret, weaker_mark(weaker_mark(limit_cell_mark(below), limit_cell_mark(above)), mark));
    if (strcmp(ret->mark, MB_MARK_CONFIRMED) == 0)
        ret->confirmed = table->rule_confirmed;
    set_source(ret, table->file, below->line, above->line);
}

static double with_converter(double percent, double power_kw)
{
    double ratio = power_kw <= HARMONIC_POWER_KW ? HARMONIC_RATIO_LOW : HARMONIC_RATIO_HIGH;
    double eta = 1 / ((100 / percent - 1) * (1 + ratio) + 1);

    return round(eta * 1000) / 10;
}

static bool polynomial_fits(const struct limit_spec *spec, const struct limit_polynomial *p,
                            const struct limit_key *key, int grade)
{
    bool motor =
        spec->by_speed ? key->key > p->speed_min_rpm && key->key <= p->speed_max_rpm : key->key == p->poles;

    return motor && p->grade == grade && key->power_kw >= p->power_min_kw && key->power_kw <= p->power_max_kw;
}

static bool by_polynomial(const struct limit_spec *spec, const struct limit_table *table,
                          const struct limit_key *key, int grade, struct grade_limit *ret)
{
    for (size_t i = 0; i < table->polynomial_count; i++) {
        const struct limit_polynomial *p = &table->polynomials[i];
        double percent;

        if (!polynomial_fits(spec, p, key, grade))
            continue;
        percent = limits_polynomial_percent(p, key->power_kw);
        ret->rule = "polynomial of the standard";
        if (spec->rule == LIMIT_RULE_CONVERTER) {
            percent = with_converter(percent, key->power_kw);
            ret->rule = "polynomial of the standard with the losses of a converter";
        }
        ret->limit = round(percent * 10) / 1000;
        ret->confirmed = table->rule_confirmed;
        set_mark(ret, table->rule_confirmed ? MB_MARK_CONFIRMED : weaker_mark(p->mark, spec->rule_mark));
        set_source(ret, table->coefficients, p->line, 0);
        return true;
    }
    return false;
}

/* The next speed from here up that the table has; its lowest one for a motor that is slower than all. */
static bool next_speed(const struct limit_table *table, const struct limit_key *key, double *ret)
{
    double best = HUGE_VAL;

    for (size_t i = 0; i < table->cell_count; i++) {
        const struct limit_cell *c = &table->cells[i];
        /* A band begins above its lower end. */
        double first = c->key_min == c->key_max ? c->key_min : nextafter(c->key_min, HUGE_VAL);

        if (first >= key->key && first < best)
            best = first;
    }
    *ret = best;
    return isfinite(best);
}

static bool key_has_cell(const struct limit_table *table, const struct limit_key *key)
{
    for (size_t i = 0; i < table->cell_count; i++)
        if (limit_cell_is_for(&table->cells[i], key))
            return true;
    return false;
}

static void find_power(const struct limit_spec *spec, const struct limit_table *table,
                       const struct limit_key *key, int grade, struct grade_limit *ret)
{
    const struct limit_cell *cell = limit_cell_find(spec, table, key, grade);

    if (cell) {
        ret->limit = cell->limit;
        ret->confirmed = cell->confirmed;
        set_mark(ret, limit_cell_mark(cell));
        set_source(ret, table->file, cell->line, 0);
    } else if (spec->rule == LIMIT_RULE_LINEAR || spec->rule == LIMIT_RULE_MIDPOINT) {
        by_neighbours(spec->rule, rule_mark(spec, table), table, key, grade, ret);
    } else if (!by_polynomial(spec, table, key, grade, ret)) {
        /* Where no polynomial reaches (0.55 to 0.75 kW, above 200 kW) a straight line shows the size, and
         * does not decide. */
        by_neighbours(LIMIT_RULE_LINEAR, "uncertain", table, key, grade, ret);
    }
}

void grade_find_limit(const struct limit_spec *spec, const struct limit_table *table,
                      const struct limit_key *key, int grade, struct grade_limit *ret)
{
    struct limit_key other = *key;

    *ret = (struct grade_limit){.limit = NAN, .mark = "absent"};
    if (!spec->by_speed || key_has_cell(table, key) || !next_speed(table, key, &other.key)) {
        find_power(spec, table, key, grade, ret);
        return;
    }
    /* A rule for speeds between the listed ones was not found: the next higher one shows the size. */
    find_power(spec, table, &other, grade, ret);
    if (!isnan(ret->limit)) {
        ret->rule = "the limit of the next higher listed speed";
        ret->other_speed = true;
        ret->confirmed = NULL;
        set_mark(ret, "uncertain");
    }
}

bool grade_key_listed(const struct limit_spec *spec, const struct limit_table *table,
                      const struct limit_key *key)
{
    double low = HUGE_VAL, high = 0;

    for (size_t i = 0; i < table->cell_count; i++) {
        const struct limit_cell *c = &table->cells[i];

        low = fmin(low, c->key_min);
        high = fmax(high, c->key_max);
        if (!spec->by_speed && c->key_min == key->key)
            return true;
    }
    return table->cell_count == 0 || (spec->by_speed && key->key >= low && key->key <= high);
}
