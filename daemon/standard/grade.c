/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a motor to its limits, and from the limits to a verdict. */
#include "standard/grade.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "standard/grade_find.h"
#include "standard/mark.h"

/* Everything that one question is judged with. */
struct question {
    const struct mb_limits *limits;
    const struct mb_grade_query *query;
    unsigned kind; /* bit */
    const struct limit_spec *spec;
    const struct limit_table *table;
    struct limit_key key;
    struct grade_limit found[MB_GRADE_MAX];
    const struct limit_tolerance *tolerance; /* NULL: none was asked for */
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

static const char *known_standards(const struct mb_limits *limits, char *buffer, size_t size)
{
    size_t used = 0;

    buffer[0] = '\0';
    for (size_t i = 0; i < limits->spec_count && used < size; i++) {
        const char *name = limits->specs[i].standard;
        bool told = false;

        for (size_t k = 0; k < i; k++)
            told = told || strcmp(limits->specs[k].standard, name) == 0;
        if (!told)
            used += (size_t)snprintf(buffer + used, size - used, "%s%s", used ? ", " : "", name);
    }
    return buffer;
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
    if (q->poles < 0 || q->poles % 2)
        return mb_error_set(err, -EINVAL, "%d poles are not possible, allowed: an even number from 2",
                            q->poles);
    if (!(q->frequency_hz >= 0) || !isfinite(q->frequency_hz) ||
        (q->frequency_hz == 0 && (!q->kind || strcmp(q->kind, "dc") != 0)))
        return mb_error_set(err, -EINVAL, "rated frequency %g Hz is not possible, allowed: above 0",
                            q->frequency_hz);
    if (!(q->voltage_v >= 0) || !(q->speed_rpm >= 0))
        return mb_error_set(err, -EINVAL, "rated %s is not possible, allowed: above 0",
                            q->voltage_v >= 0 ? "speed" : "voltage");
    if (!isnan(q->efficiency) && !(q->efficiency > 0 && q->efficiency < 1))
        return mb_error_set(err, -EINVAL, "efficiency %g is not a fraction, allowed: above 0 and below 1",
                            q->efficiency);
    if (!(q->uncertainty >= 0 && q->uncertainty < 1))
        return mb_error_set(err, -EINVAL, "uncertainty %g is not a fraction, allowed: above 0 and below 1",
                            q->uncertainty);
    return 0;
}

static const struct limit_tolerance *tolerance_of(const struct mb_limits *limits, const char *rule, double kw)
{
    for (size_t i = 0; i < limits->tolerance_count; i++) {
        const struct limit_tolerance *t = &limits->tolerances[i];

        if (strcmp(t->rule, rule) == 0 && !(kw <= t->power_above_kw) && !(kw > t->power_to_kw))
            return t;
    }
    return NULL;
}

static int find_tolerance(struct question *q, struct mb_error *err)
{
    const char *name = q->query->tolerance;
    char known[200] = "";
    size_t used = 0;

    if (!name)
        return 0;
    q->tolerance = tolerance_of(q->limits, name, q->query->power_w / 1000);
    if (q->tolerance)
        return 0;
    for (size_t i = 0; i < q->limits->tolerance_count && used < sizeof known; i++) {
        const char *rule = q->limits->tolerances[i].rule;

        if (!strstr(known, rule))
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", rule);
    }
    return mb_error_set(err, -EINVAL, "tolerance '%.40s' is not known, allowed: %s", name, known);
}

int mb_grade_tolerate(const struct mb_limits *limits, const char *rule, double power_w, double value,
                      double *ret, const char **ret_mark)
{
    const struct limit_tolerance *t = tolerance_of(limits, rule, power_w / 1000);

    if (!t)
        return -ENOENT;
    *ret = value - t->loss_fraction * (1 - value);
    *ret_mark = t->mark;
    return 0;
}

/* How far a table agrees with a motor; the further, the better its reason tells why not. */
enum fit { FIT_STANDARD, FIT_KIND, FIT_FREQUENCY, FIT_VOLTAGE, FIT_COOLING, FIT_POWER, FIT_WHOLE };

static bool voltage_fits(const struct limit_spec *spec, double volts)
{
    return !(volts > 0) || (*spec->voltages ? limits_list_has_volts(spec->voltages, volts)
                                            : mb_range_holds(&spec->voltage, volts));
}

static bool power_fits(const struct limit_spec *spec, double kw)
{
    return !(kw * (1 + spec->power_tolerance) < spec->power_min_kw) &&
           !(kw * (1 - spec->power_tolerance) > spec->power_max_kw);
}

/* A table for any use, or for one of those that the motor is sold for. */
static bool is_for(const struct mb_grade_query *query, const char *use)
{
    bool found = !*use || (query->use && strcmp(query->use, use) == 0);

    for (size_t i = 0; i < query->use_count && !found; i++)
        found = strcmp(query->uses[i], use) == 0;
    return found;
}

static enum fit table_fit(const struct limit_spec *spec, const struct question *q)
{
    const struct mb_grade_query *query = q->query;

    if (!(spec->kinds & q->kind) || !is_for(query, spec->use))
        return FIT_KIND;
    if (!isnan(spec->frequency_hz) && !(fabs(spec->frequency_hz - query->frequency_hz) <= 1e-9))
        return FIT_FREQUENCY;
    if (!voltage_fits(spec, query->voltage_v))
        return FIT_VOLTAGE;
    if (*spec->cooling && *q->key.cooling && !limits_list_has(spec->cooling, q->key.cooling))
        return FIT_COOLING;
    return power_fits(spec, q->key.power_kw) ? FIT_WHOLE : FIT_POWER;
}

/* The table for this motor, or the one that comes nearest; a table for its use goes before one for any. The
 * number of tables that fit alike. -ENOENT: not one of the standard. */
static int find_table(struct question *q, enum fit *ret_fit)
{
    enum fit best = FIT_STANDARD;
    int count = -ENOENT;

    for (size_t i = 0; i < q->limits->spec_count; i++) {
        const struct limit_spec *spec = &q->limits->specs[i];
        enum fit fit;

        if (!limits_is_standard(spec, q->query->standard))
            continue;
        fit = table_fit(spec, q);
        if (count < 0 || fit > best || (fit == best && *spec->use && !*q->spec->use)) {
            q->spec = spec;
            q->table = &q->limits->tables[i];
            best = fit;
            count = 1;
        } else if (fit == best && (*spec->use || !*q->spec->use)) {
            count++;
        }
    }
    *ret_fit = best;
    return count;
}

static void not_applicable(struct mb_grade *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void not_applicable(struct mb_grade *g, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(g->note, sizeof g->note, format, ap);
    va_end(ap);
    g->verdict = MB_VERDICT_NOT_APPLICABLE;
}

static void say_misfit(const struct question *q, enum fit fit, struct mb_grade *g)
{
    const struct limit_spec *s = q->spec;
    char from[32] = "0", to[48] = "any power";

    switch (fit) {
    case FIT_STANDARD:
    case FIT_KIND:
    case FIT_WHOLE:
        not_applicable(g, "%s has no limits for %s motors", s->standard, q->query->kind);
        break;
    case FIT_FREQUENCY:
        not_applicable(g, "%s has limits for %g Hz only, not for %g Hz", s->standard, s->frequency_hz,
                       q->query->frequency_hz);
        break;
    case FIT_VOLTAGE:
        not_applicable(g, "%s %s does not cover %g V", s->standard, s->table, q->query->voltage_v);
        break;
    case FIT_COOLING:
        not_applicable(g, "%s %s covers the cooling %s, not %s", s->standard, s->table, s->cooling,
                       q->key.cooling);
        break;
    case FIT_POWER:
        if (!isnan(s->power_min_kw))
            set_text(from, sizeof from, "%g", s->power_min_kw);
        if (!isnan(s->power_max_kw))
            set_text(to, sizeof to, "%g kW", s->power_max_kw);
        not_applicable(g, "%s %s covers %s kW to %s, not %g kW", s->standard, s->table, from, to,
                       q->key.power_kw);
        break;
    }
}

/* What has to be known before the table can be asked; NULL: all of it is. */
static const char *missing_selector(const struct question *q, int tables)
{
    const struct mb_range *range = &q->spec->voltage;
    bool limited = *q->spec->voltages || !isnan(range->low) || !isnan(range->high);
    bool voltage = limited && !(q->query->voltage_v > 0);
    bool cooling = *q->spec->cooling && !*q->key.cooling;

    if (!q->spec->by_speed && q->query->poles == 0)
        return "the number of poles";
    if (q->spec->by_speed && !(q->key.key > 0))
        return "the rated speed";
    if (tables == 1)
        return NULL;
    if (voltage)
        return cooling ? "the rated voltage and the cooling (IC code)" : "the rated voltage";
    return cooling ? "the cooling (IC code)" : "what tells several tables apart";
}

static bool in_scope(const struct question *q, int tables, enum fit fit, struct mb_grade *g)
{
    const char *missing;

    if (fit != FIT_WHOLE) {
        say_misfit(q, fit, g);
        return false;
    }
    missing = missing_selector(q, tables);
    if (missing) {
        g->verdict = MB_VERDICT_INCONCLUSIVE;
        set_text(g->mark, sizeof g->mark, "absent");
        set_text(g->note, sizeof g->note, "%s is needed to choose the limit of %s", missing,
                 q->spec->standard);
        return false;
    }
    if (grade_key_listed(q->spec, q->table, &q->key))
        return true;
    if (q->spec->by_speed)
        not_applicable(g, "%s %s has no limits for %g r/min", q->spec->standard, q->spec->table, q->key.key);
    else
        not_applicable(g, "%s %s has no limits for %d poles", q->spec->standard, q->spec->table,
                       q->query->poles);
    return false;
}

/* Grades from the least to the best: 3, 2, 1 for GB, 1, 2, 3, 4 for IEC. */
static int nth_grade(const struct limit_spec *spec, int n)
{
    return spec->least == 1 ? 1 + n : spec->least - n;
}

/* The tolerance is applied once, to the limit (procedures F5). */
static double tolerated(const struct question *q, double limit)
{
    return q->tolerance ? limit - q->tolerance->loss_fraction * (1 - limit) : limit;
}

/* By the rule agreed, against the limit with its tolerance: the tolerance moves the limit, the guard band
 * lies around that, and neither is taken twice. */
static struct mb_decision decide(const struct question *q, double limit)
{
    double u = q->query->uncertainty;

    return mb_decide(q->query->rule, MB_LIMIT_LOWER, q->query->efficiency, u > 0 ? u : NAN,
                     tolerated(q, limit));
}

/* The best grade reached, from the least one up; a limit that may not decide gives no grade, one that is
 * missed ends it. */
static int best_grade(const struct question *q)
{
    int best = 0;

    for (int n = 0; n < q->spec->grade_count; n++) {
        const struct grade_limit *f = &q->found[nth_grade(q->spec, n) - 1];

        if (isnan(f->limit))
            continue;
        if (decide(q, f->limit).verdict != MB_VERDICT_PASS)
            break;
        if (mb_mark_decides(f->mark))
            best = nth_grade(q->spec, n);
    }
    return best;
}

/* "50 Hz, 4 poles, 11 kW": the row to look for. */
static const char *describe_row(const struct question *q, char *buffer, size_t size)
{
    const struct limit_spec *s = q->spec;
    char frequency[32] = "";

    if (!isnan(s->frequency_hz))
        set_text(frequency, sizeof frequency, "%g Hz, ", s->frequency_hz);
    set_text(buffer, size, s->by_speed ? "%s%g r/min, %.6g %s" : "%s%g poles, %.6g %s", frequency, q->key.key,
             q->key.power_kw / s->unit_kw, s->unit_kw == 1 ? "kW" : "hp");
    return buffer;
}

static void say_why_not(const struct question *q, const struct grade_limit *f, struct mb_grade *g)
{
    const struct limit_spec *s = q->spec;
    char row[100], what[60];

    (void)describe_row(q, row, sizeof row);
    if (f->other_speed)
        set_text(what, sizeof what, "%g r/min", q->key.key);
    else
        set_text(what, sizeof what, "%.6g %s", q->key.power_kw / s->unit_kw, s->unit_kw == 1 ? "kW" : "hp");
    if (isnan(f->limit))
        set_text(g->note, sizeof g->note, "no limit of %s in the data: fill the row %s, grade %s of %s",
                 s->standard, row, s->grades[s->least - 1], s->file);
    else if (f->rule)
        set_text(g->note, sizeof g->note,
                 "%s is not listed: %s (%s) does not decide; fill the row %s of %s from the standard", what,
                 f->rule, f->mark, row, s->file);
    else
        set_text(g->note, sizeof g->note,
                 "the limit is marked '%s' and does not decide: confirm %s against the standard", f->mark,
                 f->source);
}

static void say_basis(const struct question *q, const struct grade_limit *shown, struct mb_grade *g)
{
    const struct confirmation *c = shown->confirmed;
    char confirmed[250] = "";

    if (c) {
        set_text(g->confirmed, sizeof g->confirmed, "%s, %s, %s", c->by, c->date, c->copy);
        set_text(confirmed, sizeof confirmed, ": %s", g->confirmed);
    }
    set_text(g->note, sizeof g->note, "%s%s%s%s", shown->rule ? shown->rule : "", shown->rule ? "; " : "",
             mb_mark_note(shown->mark), confirmed);
    if (q->tolerance)
        set_text(g->tolerance, sizeof g->tolerance, "%s", q->tolerance->rule);
}

/* Not the least grade, by the rule; a rule that leaves it open says so in place of the limit's note. */
static void say_decision(struct mb_decision decision, struct mb_grade *g)
{
    g->decision = decision;
    g->verdict = decision.verdict;
    if (decision.verdict == MB_VERDICT_INCONCLUSIVE)
        set_text(g->note, sizeof g->note, "%s: %s", mb_decision_rule_names[g->rule], decision.statement);
}

static void judge(const struct question *q, struct mb_grade *g)
{
    const struct grade_limit *least = &q->found[q->spec->least - 1], *shown = least;
    bool may = !q->tolerance || mb_mark_decides(q->tolerance->mark);

    /* A class that the data leave out (IE1 at 60 Hz): the least one that is there shows the size. */
    for (int n = 1; isnan(shown->limit) && n < q->spec->grade_count; n++)
        shown = &q->found[nth_grade(q->spec, n) - 1];
    g->limit = shown->limit;
    if (q->tolerance)
        g->tolerated = tolerated(q, shown->limit);
    g->margin = q->query->efficiency - tolerated(q, shown->limit);
    set_text(g->mark, sizeof g->mark, "%s", shown->mark);
    set_text(g->source, sizeof g->source, "%s", shown->source);
    say_basis(q, shown, g);
    g->grade = may ? best_grade(q) : 0;
    if (g->grade > 0 && mb_mark_decides(shown->mark)) {
        g->verdict = MB_VERDICT_PASS;
        g->decision = decide(q, shown->limit);
    } else if (may && !isnan(least->limit) && mb_mark_decides(least->mark)) {
        say_decision(decide(q, least->limit), g);
    } else {
        g->verdict = MB_VERDICT_INCONCLUSIVE;
        g->grade = 0;
        if (may)
            say_why_not(q, least, g);
        else
            set_text(g->note, sizeof g->note,
                     "the tolerance of %s is marked '%s' and does not decide: " LIMITS_TOLERANCES ":%u",
                     q->tolerance->rule, q->tolerance->mark, q->tolerance->line);
    }
}

static double table_key(const struct question *q)
{
    const struct mb_grade_query *query = q->query;

    if (!q->spec->by_speed)
        return query->poles;
    if (query->speed_rpm > 0)
        return query->speed_rpm;
    return query->poles > 0 ? 120 * query->frequency_hz / query->poles : 0; /* synchronous */
}

static void answer(struct question *q, int tables, enum fit fit, struct mb_grade *g)
{
    const struct limit_spec *s = q->spec;

    q->key.key = table_key(q);
    if (fit > FIT_KIND) {
        set_text(g->table, sizeof g->table, "%s", s->table);
        set_text(g->prefix, sizeof g->prefix, "%s", s->prefix);
        g->grade_count = s->grade_count;
        for (int i = 0; i < s->grade_count; i++)
            set_text(g->names[i], sizeof g->names[i], "%s", s->grades[i]);
    }
    if (!in_scope(q, tables, fit, g))
        return;
    for (int i = 0; i < s->grade_count; i++) {
        grade_find_limit(s, q->table, &q->key, i + 1, &q->found[i]);
        g->limits[i] = q->found[i].limit;
    }
    judge(q, g);
}

/* "IC 411" is "IC411". */
static void plain_cooling(const char *text, char *buffer, size_t size)
{
    size_t n = 0;

    for (; text && *text && n + 1 < size; text++)
        if (*text != ' ')
            buffer[n++] = *text;
    buffer[n] = '\0';
}

int mb_grade_evaluate(const struct mb_limits *limits, const struct mb_grade_query *query,
                      struct mb_grade *ret, struct mb_error *err)
{
    struct mb_grade g = {.limit = NAN,
                         .limits = {NAN, NAN, NAN, NAN, NAN},
                         .margin = NAN,
                         .tolerated = NAN,
                         .rule = query->rule,
                         .uncertainty = query->uncertainty > 0 ? query->uncertainty : NAN};
    struct question q = {.limits = limits, .query = query};
    char known[400], cooling[32];
    enum fit fit;
    int r = check_query(query, err);

    if (r == 0)
        r = find_kind(query->kind, &q.kind, err);
    if (r == 0)
        r = find_tolerance(&q, err);
    if (r < 0)
        return r;
    plain_cooling(query->cooling, cooling, sizeof cooling);
    q.key = (struct limit_key){
        .power_kw = query->power_w / 1000, .voltage_v = query->voltage_v, .cooling = cooling};
    r = find_table(&q, &fit);
    if (r < 0)
        return mb_error_set(err, r, "standard '%.60s' is not known, allowed: %s", query->standard,
                            known_standards(limits, known, sizeof known));
    set_text(g.standard, sizeof g.standard, "%s", q.spec->standard);
    answer(&q, r, fit, &g);
    if (isnan(query->efficiency))
        g.verdict = MB_VERDICT_INVALID;
    *ret = g;
    return 0;
}

void mb_grade_query_motor(const struct mb_motor *motor, struct mb_grade_query *query)
{
    query->kind = mb_motor_kind_names[motor->kind];
    query->power_w = motor->rated.power_w;
    query->poles = motor->rated.poles;
    query->frequency_hz = motor->rated.frequency_hz;
    query->voltage_v = motor->rated.voltage_v;
    query->speed_rpm = motor->rated.speed_rpm > 0 ? motor->rated.speed_rpm : 0; /* NAN: not given */
    query->cooling = motor->frame.cooling;
    query->uses = motor->sold_for;
    query->use_count = motor->sold_for_count;
}
