/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/papers.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const mb_paper_status_names[] = {"ok", "finding", "unknown", NULL};

#define SOURCE_CCC "procedures F3; CNCA-C04-01"
#define SOURCE_LABEL "CEL 007-2021 (procedures F4)"
#define SOURCE_SAMPLE "papers of the sample"
/* A label and a nameplate are rounded alike: the same number within a thousandth. */
#define SAME_NUMBER 1e-3

static void add(struct mb_papers *p, const char *id, enum mb_paper_status status, const char *source,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

static void add(struct mb_papers *p, const char *id, enum mb_paper_status status, const char *source,
                const char *format, ...)
{
    struct mb_paper_finding *f = &p->findings[p->count];
    va_list ap;

    if (p->count == MB_PAPER_FINDINGS_MAX)
        return;
    p->count++;
    *f = (struct mb_paper_finding){.id = id, .status = status, .source = source};
    va_start(ap, format);
    (void)vsnprintf(f->sentence, sizeof f->sentence, format, ap);
    va_end(ap);
}

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* -------------------------------------------- certificate and declaration */

struct ccc_check {
    const struct mb_schemes *schemes;
    const struct mb_motor_ccc *ccc;
    const char *day;     /* that decides: of production, else of the inspection */
    bool produced;       /* day is the day of production */
    bool third_party;    /* only a certificate counts on that day */
    const char *changed; /* day from which it does; "" */
    struct mb_papers *papers;
};

static void check_route(const struct ccc_check *c)
{
    const struct mb_scheme_row *application = mb_scheme_route(c->schemes, "CCC", "application");
    const char *route = c->ccc->route, *issued = c->ccc->issued;

    if (!route)
        add(c->papers, "ccc-route", MB_FINDING_UNKNOWN, SOURCE_CCC,
            "the papers do not say whether it is a self-declaration or a certificate of a third party");
    else if (is(route, "self-declaration") && c->third_party)
        add(c->papers, "ccc-route", c->produced ? MB_FINDING_FAULT : MB_FINDING_UNKNOWN, SOURCE_CCC,
            "a self-declaration does not suffice from %s, and %s is %s", c->changed,
            c->produced ? "the motor's day of production" : "the day of inspection", c->day);
    else if (is(route, "third-party") && issued && application && strcmp(issued, application->in_force) < 0)
        add(c->papers, "ccc-route", MB_FINDING_UNKNOWN, SOURCE_CCC,
            "certificate of %s: applications are accepted from %s again, an older certificate belongs to the "
            "former "
            "scheme",
            issued, application->in_force);
    else
        add(c->papers, "ccc-route", MB_FINDING_OK, SOURCE_CCC, "%s, which counts on %s", route, c->day);
}

static void check_certificate(const struct ccc_check *c)
{
    if (c->ccc->certificate)
        add(c->papers, "ccc-certificate", MB_FINDING_OK, SOURCE_CCC, "number %.60s", c->ccc->certificate);
    else
        add(c->papers, "ccc-certificate", MB_FINDING_UNKNOWN, SOURCE_CCC,
            "CCC covers this motor and the papers give no number of a certificate or declaration");
}

static void check_validity(const struct ccc_check *c)
{
    const char *issued = c->ccc->issued, *until = c->ccc->valid_until;

    if (issued && until && strcmp(until, issued) < 0)
        add(c->papers, "ccc-validity", MB_FINDING_FAULT, SOURCE_CCC,
            "valid until %s, before its day of issue %s", until, issued);
    else if (issued && strcmp(issued, c->day) > 0)
        add(c->papers, "ccc-validity", MB_FINDING_FAULT, SOURCE_CCC, "issued on %s, after %s on %s", issued,
            c->produced ? "the motor was made" : "the inspection", c->day);
    else if (until && strcmp(until, c->day) < 0)
        add(c->papers, "ccc-validity", MB_FINDING_FAULT, SOURCE_CCC, "valid until %s only, %s on %s", until,
            c->produced ? "the motor was made" : "inspected", c->day);
    else if (!issued)
        add(c->papers, "ccc-validity", MB_FINDING_UNKNOWN, SOURCE_CCC, "the day of issue is not given");
    else
        add(c->papers, "ccc-validity", MB_FINDING_OK, SOURCE_CCC, "issued on %s%s%s, valid on %s", issued,
            until ? ", until " : "", until ? until : "", c->day);
}

static void check_mark(const struct ccc_check *c)
{
    if (is(c->ccc->mark, "present"))
        add(c->papers, "ccc-mark", MB_FINDING_OK, SOURCE_CCC, "the mark is present");
    else if (is(c->ccc->mark, "absent") && c->third_party && c->produced)
        add(c->papers, "ccc-mark", MB_FINDING_FAULT, SOURCE_CCC,
            "the mark is absent, required again from %s; made on %s", c->changed, c->day);
    else if (is(c->ccc->mark, "absent"))
        add(c->papers, "ccc-mark", MB_FINDING_UNKNOWN, SOURCE_CCC,
            "the mark is absent; whether it is required with a self-declaration is to be confirmed");
    else
        add(c->papers, "ccc-mark", MB_FINDING_UNKNOWN, SOURCE_CCC,
            "the papers do not say whether the mark is there");
}

void mb_papers_ccc(const struct mb_schemes *schemes, bool applies, const struct mb_motor *motor,
                   const char *day, struct mb_papers *papers)
{
    const struct mb_scheme_row *third = mb_scheme_route(schemes, "CCC", "third-party");
    struct ccc_check c = {.schemes = schemes,
                          .ccc = &motor->ccc,
                          .day = motor->production_date ? motor->production_date : day,
                          .produced = motor->production_date != NULL,
                          .changed = third ? third->in_force : "",
                          .papers = papers};

    c.third_party = third && mb_scheme_in_force(third, c.day);
    if (!applies) {
        if (motor->ccc.certificate)
            add(papers, "ccc-scope", MB_FINDING_UNKNOWN, SOURCE_CCC,
                "the papers name a certificate or declaration, but CCC does not cover this motor");
        return;
    }
    check_certificate(&c);
    check_route(&c);
    check_validity(&c);
    check_mark(&c);
    if (motor->manufacturer && motor->ccc.factory && strcmp(motor->manufacturer, motor->ccc.factory) != 0)
        add(papers, "ccc-factory", MB_FINDING_UNKNOWN, SOURCE_CCC,
            "the factory of the certificate is '%.60s', the manufacturer on the nameplate '%.60s'",
            motor->ccc.factory, motor->manufacturer);
}

/* ----------------------------------------------------------- energy label */

static void compare_number(struct mb_papers *p, const char *what, double label, double nameplate)
{
    if (isnan(label) || isnan(nameplate))
        return;
    if (fabs(label - nameplate) > SAME_NUMBER * fabs(nameplate))
        add(p, "label-nameplate", MB_FINDING_FAULT, SOURCE_LABEL, "%s: %g on the label, %g on the nameplate",
            what, label, nameplate);
}

static void compare_text(struct mb_papers *p, const char *what, const char *label, const char *nameplate)
{
    if (label && nameplate && strcmp(label, nameplate) != 0)
        add(p, "label-nameplate", MB_FINDING_FAULT, SOURCE_LABEL,
            "%s: '%.60s' on the label, '%.60s' on the nameplate", what, label, nameplate);
}

static void compare_nameplate(const struct mb_motor *m, struct mb_papers *p)
{
    const struct mb_motor_label *l = &m->label;
    size_t before = p->count;

    compare_number(p, "rated power", l->power_w, m->rated.power_w);
    compare_number(p, "poles", l->poles ? l->poles : (double)NAN, m->rated.poles);
    compare_number(p, "efficiency", l->efficiency, m->rated.efficiency);
    compare_text(p, "producer", l->producer, m->manufacturer);
    compare_text(p, "model", l->model, m->model);
    if (p->count == before)
        add(p, "label-nameplate", MB_FINDING_OK, SOURCE_LABEL,
            "label and nameplate do not contradict each other");
}

static bool grade_limit(const struct mb_motor_label *l, const struct mb_grade *grade, double *ret)
{
    if (!grade || l->grade < 1 || l->grade > grade->grade_count || isnan(grade->limits[l->grade - 1]))
        return false;
    *ret = grade->limits[l->grade - 1];
    return true;
}

static void check_promise(const struct mb_motor_label *l, const struct mb_grade *grade, struct mb_papers *p)
{
    double limit;

    if (isnan(l->efficiency) || !grade_limit(l, grade, &limit))
        return;
    if (l->efficiency < limit)
        add(p, "label-grade", MB_FINDING_FAULT, SOURCE_LABEL,
            "the label shows grade %d with an efficiency of %g, the grade begins at %g", l->grade,
            l->efficiency, limit);
    else
        add(p, "label-grade", MB_FINDING_OK, SOURCE_LABEL, "efficiency %g fits grade %d (from %g)",
            l->efficiency, l->grade, limit);
}

/* Full values are compared. */
static void check_measured(const struct mb_motor_label *l, double efficiency, struct mb_papers *p)
{
    if (isnan(l->efficiency) || isnan(efficiency))
        return;
    if (l->efficiency > efficiency)
        add(p, "label-efficiency", MB_FINDING_FAULT, SOURCE_LABEL,
            "the label shows %g, more than the measured %.5f", l->efficiency, efficiency);
    else
        add(p, "label-efficiency", MB_FINDING_OK, SOURCE_LABEL, "the label shows %g, measured is %.5f",
            l->efficiency, efficiency);
}

void mb_papers_label(const struct mb_motor *motor, bool required, const struct mb_grade *grade,
                     double efficiency, struct mb_papers *papers)
{
    const struct mb_motor_label *l = &motor->label;
    bool given = l->grade || !isnan(l->efficiency) || !isnan(l->power_w) || l->poles || l->producer ||
                 l->model || l->standard || l->registration;

    if (!given) {
        if (required)
            add(papers, "label", MB_FINDING_UNKNOWN, SOURCE_LABEL,
                "the motor must carry an energy label, and the papers do not say what it shows");
        return;
    }
    compare_nameplate(motor, papers);
    check_promise(l, grade, papers);
    check_measured(l, efficiency, papers);
}

enum mb_verdict mb_papers_label_verdict(const struct mb_motor *motor, const struct mb_grade *grade)
{
    if (!motor->label.grade)
        return MB_VERDICT_NOT_APPLICABLE;
    /* IEC grades count upwards and stand on no label. */
    if ((grade->verdict != MB_VERDICT_PASS && grade->verdict != MB_VERDICT_FAIL) || *grade->prefix)
        return MB_VERDICT_INCONCLUSIVE;
    return grade->grade && grade->grade <= motor->label.grade ? MB_VERDICT_PASS : MB_VERDICT_FAIL;
}

/* --------------------------------------------------- serial number, days */

void mb_papers_days(const struct mb_motor *motor, const char *day, struct mb_papers *papers)
{
    const struct mb_sample *s = &motor->sample;
    const struct {
        const char *earlier, *later, *what;
    } pairs[] = {{motor->production_date, s->sampled, "sampled before the day of production"},
                 {motor->production_date, day, "the day of production has not come yet"},
                 {s->sampled, day, "the day of sampling has not come yet"},
                 {s->sampled, s->received, "the result was received before the sample was taken"},
                 {s->received, s->objection, "the objection came before the result"}};
    size_t before = papers->count;

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].earlier && pairs[i].later && strcmp(pairs[i].later, pairs[i].earlier) < 0)
            add(papers, "dates", MB_FINDING_FAULT, SOURCE_SAMPLE, "%s: %s and %s", pairs[i].what,
                pairs[i].earlier, pairs[i].later);
    if (papers->count == before && (motor->production_date || s->sampled))
        add(papers, "dates", MB_FINDING_OK, SOURCE_SAMPLE, "the days do not contradict each other");
    if (!motor->serial_number)
        add(papers, "serial-number", MB_FINDING_UNKNOWN, SOURCE_SAMPLE, "the papers give no serial number");
}

void mb_papers_uses(const struct mb_motor *motor, const char *const *uses, size_t count,
                    struct mb_papers *papers)
{
    char known[140] = "";
    size_t used = 0;

    for (size_t i = 0; i < count && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "", uses[i]);
    for (size_t i = 0; i < motor->sold_for_count; i++) {
        size_t k = 0;

        while (k < count && strcmp(uses[k], motor->sold_for[i]) != 0)
            k++;
        if (k == count)
            add(papers, "sold-for", MB_FINDING_UNKNOWN, SOURCE_SAMPLE,
                "'%.40s' chooses no table of limits and no scheme here, words that do: %s",
                motor->sold_for[i], known);
    }
}
