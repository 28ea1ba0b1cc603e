/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a block `safety_test` may not say, beyond what the tables of fields refuse. */
#include <errno.h>
#include <string.h>

#include "scpi/profile_parts.h"
#include "scpi/safety_profile.h"
#include "scpi/text.h"

static int complain(const struct mb_profile *p, struct mb_error *err, const char *where, const char *what)
{
    return mb_node_error(p->nodes.safety_test, err, "safety_test: %s: %s", where, what);
}

static bool is_query(const char *text)
{
    return strchr(text, '?') != NULL;
}

static bool unit_known(const char *unit)
{
    static const char *const units[] = {"V", "A", "ohm", "s", "Hz"};

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!unit || strcmp(unit, units[i]) == 0)
            return true;
    return false;
}

static const char *parameter_problem(const struct mb_safety_parameter *p)
{
    if (p->minimum >= p->maximum)
        return "'minimum' must be below 'maximum'";
    if (p->of == MB_SAFETY_HOLD && (p->minimum <= 0 || p->has_off))
        return "a time of 0 may mean a test without end: 'minimum' must be above 0, and there is no 'off'";
    if (is_query(p->write) || !strstr(p->write, "{value}"))
        return "'write' must send {value} and hold no question mark";
    if (!is_query(p->query))
        return "'query' has no question mark";
    if (!unit_known(p->back.unit))
        return "'unit' must be V, A, ohm, s or Hz";
    return NULL;
}

static bool has_parameter(const struct mb_safety_mode *m, int of)
{
    for (size_t i = 0; i < m->parameter_count; i++)
        if (m->parameters[i].of == of)
            return true;
    return false;
}

static const char *parameters_problem(const struct mb_safety_mode *m)
{
    const char *problem = NULL;

    for (size_t i = 0; !problem && i < m->parameter_count; i++) {
        problem = parameter_problem(&m->parameters[i]);
        for (size_t k = 0; !problem && k < i; k++)
            if (m->parameters[k].of == m->parameters[i].of)
                problem = "a parameter stands there twice";
    }
    return problem;
}

static const char *mode_problem(const struct mb_safety_mode *m)
{
    int level = m->kind == MB_SAFETY_EARTH_BOND ? MB_SAFETY_CURRENT : MB_SAFETY_VOLTAGE;
    bool charges = m->kind == MB_SAFETY_DC_WITHSTAND || m->kind == MB_SAFETY_INSULATION;

    if (m->word && !mb_regex_valid(m->word))
        return "'word' is not a regular expression";
    if (!has_parameter(m, level) || !has_parameter(m, MB_SAFETY_HOLD))
        return "the level ('voltage', or 'current' of an earth bond test) and 'hold' must be set";
    if (!has_parameter(m, MB_SAFETY_LIMIT_HIGH) && !has_parameter(m, MB_SAFETY_LIMIT_LOW))
        return "a limit must be set";
    if (charges && m->discharge_s <= 0)
        return "a test with direct voltage leaves charge: 'discharge_s' is missing";
    return parameters_problem(m);
}

static int check_modes(const struct mb_profile *p, const struct mb_safety_block *b, struct mb_error *err)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < b->mode_count; i++) {
        const struct mb_safety_mode *m = &b->modes[i];
        const char *name = mb_safety_kind_name((enum mb_safety_kind)m->kind), *problem = mode_problem(m);

        if (mb_safety_mode_find(b, (enum mb_safety_kind)m->kind) != m)
            problem = "the kind stands there twice";
        if (problem)
            return complain(p, err, name, problem);
        r = mb_profile_check_exchanges(p, "safety_test: select", &m->select, err);
        if (r == 0)
            r = mb_profile_check_exchanges(p, "safety_test: finish", &m->finish, err);
    }
    return r == 0 && b->mode_count == 0 ? complain(p, err, "modes", "there is none") : r;
}

static bool starts(const struct mb_exchange_list *list, const char *start)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->rows[i].write && strcmp(list->rows[i].write, start) == 0)
            return true;
    return false;
}

/* The start command stands in one place only, behind set-up, interlock and arming. */
static int check_start(const struct mb_profile *p, const struct mb_safety_block *b, struct mb_error *err)
{
    const struct mb_exchange_list *const lists[] = {&p->setup,      &p->safe.steps,   &p->output.on,
                                                    &p->output.off, &b->before_start, &b->arm};
    bool elsewhere = false;

    if (is_query(b->start.write))
        return complain(p, err, "start", "'write' holds a question mark, but nobody would read the reply");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        elsewhere = elsewhere || starts(lists[i], b->start.write);
    for (size_t i = 0; i < b->mode_count; i++)
        elsewhere = elsewhere || starts(&b->modes[i].select, b->start.write) ||
                    starts(&b->modes[i].finish, b->start.write);
    return elsewhere ? complain(p, err, "start", "the start command stands in another list too") : 0;
}

static const char *interlock_problem(const struct mb_safety_block *b)
{
    if (!b->interlock.none == !b->interlock.query)
        return "'query' with 'closed', or 'none' with the reason is needed";
    if (b->interlock.query &&
        (!is_query(b->interlock.query) || !b->interlock.closed || !mb_regex_valid(b->interlock.closed)))
        return "'query' needs a question mark, and 'closed' must be a regular expression";
    return NULL;
}

static const char *poll_problem(const struct mb_safety_block *b)
{
    if (!is_query(b->poll.query))
        return "'query' has no question mark";
    if (!mb_regex_valid(b->poll.finished) || (b->poll.running && !mb_regex_valid(b->poll.running)))
        return "'running' and 'finished' must be regular expressions";
    if (!b->poll.blocks && (!b->poll.running || b->poll.interval_s <= 0))
        return "'running' and 'interval_s' are missing";
    if (b->poll.blocks && !b->compare_before)
        return "where the query blocks, nobody sees the test run: 'compare_before' must be true";
    return NULL;
}

static const char *field_problem(const struct mb_safety_block *b, const struct mb_safety_field *f)
{
    if (!unit_known(f->position.unit))
        return "'unit' must be V, A, ohm, s or Hz";
    if (f->ramp_prefix && (f->is != MB_SAFETY_FIELD_ELAPSED || !f->position.prefix))
        return "'ramp_prefix' is for 'elapsed', beside a 'prefix'";
    for (size_t i = 0; f->is == MB_SAFETY_FIELD_MODE && i < b->mode_count; i++)
        if (!b->modes[i].word)
            return "a mode has no 'word', but the result tells the mode";
    return NULL;
}

static const char *results_problem(const struct mb_safety_block *b)
{
    const char *problem = NULL;
    size_t verdicts = 0;

    for (size_t i = 0; !problem && i < b->result_count; i++) {
        if (!is_query(b->results[i].query))
            return "'query' has no question mark";
        for (size_t k = 0; !problem && k < b->results[i].field_count; k++) {
            problem = field_problem(b, &b->results[i].fields[k]);
            verdicts += b->results[i].fields[k].is == MB_SAFETY_FIELD_VERDICT;
        }
    }
    return !problem && verdicts != 1 ? "one field must be the verdict" : problem;
}

static const char *verdicts_problem(const struct mb_safety_block *b)
{
    bool pass = false;

    for (size_t i = 0; i < b->verdict_count; i++) {
        if (!mb_regex_valid(b->verdicts[i].match))
            return "'match' is not a regular expression";
        pass = pass || b->verdicts[i].means == MB_SAFETY_PASS;
        if (b->verdicts[i].means == MB_SAFETY_PASS && mb_regex_match(b->verdicts[i].match, ""))
            return "nothing at all would be a pass";
    }
    return pass ? NULL : "no word means 'pass'";
}

int mb_safety_block_check(const struct mb_profile *p, struct mb_error *err)
{
    static const struct {
        const char *where;
        const char *(*problem)(const struct mb_safety_block *b);
    } checks[] = {{"interlock", interlock_problem},
                  {"poll", poll_problem},
                  {"results", results_problem},
                  {"verdicts", verdicts_problem}};
    const struct mb_safety_block *b = p->safety;
    const char *problem;
    int r;

    if (!p->safe.steps_node)
        return complain(p, err, "safe", "is missing: no start where the way to stop is unknown");
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        problem = checks[i].problem(b);
        if (problem)
            return complain(p, err, checks[i].where, problem);
    }
    r = check_modes(p, b, err);
    if (r == 0)
        r = check_start(p, b, err);
    if (r == 0)
        r = mb_profile_check_exchanges(p, "safety_test: before_start", &b->before_start, err);
    if (r == 0)
        r = mb_profile_check_exchanges(p, "safety_test: arm", &b->arm, err);
    return r;
}
