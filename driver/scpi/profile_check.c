/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a profile may not say, beyond what the tables of fields refuse. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scpi/profile.h"
#include "scpi/profile_parts.h"
#include "scpi/safety_profile.h"
#include "scpi/text.h"

/* Every variable that some row may use, with values only for the check. */
static const struct mb_variable all_variables[] = {
    {"voltage_range_v", "1"},
    {"current_range_a", "1"},
    {"wiring", "X"},
    {"value", "1"},
    {"count", "1"},
    {"index", "1"},
    {"item", "X"},
    {"items", "X"},
    {NULL, NULL},
};

/* The entry that keys ("output: on") lead to from root, as far as they lead: a list on the way may be meant
 * in any of its elements. */
static const struct mb_node *find_entry(const struct mb_node *root, const char *where, size_t row)
{
    const struct mb_node *node = root, *next;
    char key[32];
    size_t n;

    while (*where) {
        n = strcspn(where, ":");
        (void)snprintf(key, sizeof key, "%.*s", (int)n, where);
        next = mb_node_get(node, key);
        if (!next)
            return node;
        node = next;
        where += n + strspn(where + n, ": ");
    }
    return node->kind == MB_NODE_LIST && row < node->count ? &node->items[row] : node;
}

static int complain(const struct mb_profile *p, struct mb_error *err, const char *where, size_t row,
                    const char *what)
{
    const struct mb_node *own = mb_document_root(p->document);
    const struct mb_node *root = p->like ? mb_like_root(p->like) : own;
    const struct mb_node *entry = find_entry(root, where, row);

    return mb_node_error(entry == root ? own : entry, err, "%s, entry %zu: %s", where, row + 1, what);
}

static bool is_query(const char *text)
{
    return strchr(text, '?') != NULL;
}

static const char *expand_problem(const char *text, char **ret)
{
    static const char unknown[] =
        "a {name} is not known; allowed: voltage_range_v, current_range_a, wiring, value, count, "
        "index, item, items";

    return text && mb_text_expand(text, all_variables, ret, NULL) < 0 ? unknown : NULL;
}

static const char *texts_problem(const struct mb_exchange *x)
{
    const char *const texts[] = {x->write, x->query, x->match, x->number};
    const char *problem = NULL;
    char *expanded;

    for (size_t i = 0; !problem && i < sizeof texts / sizeof *texts; i++) {
        expanded = NULL;
        problem = expand_problem(texts[i], &expanded);
        if (!problem && texts[i] && texts[i] == x->match && !mb_regex_valid(expanded))
            problem = "'match' is not a regular expression";
        free(expanded);
    }
    return problem;
}

/* dialect: the instrument marks its queries with "?"; the older ones (OD, RDNG) do not. */
static const char *exchange_problem(const struct mb_exchange *x, bool dialect)
{
    if (!x->write && !x->query)
        return "'write' or 'query' is missing";
    if (x->write && is_query(x->write))
        return "'write' holds a question mark, but nobody would read the reply";
    if (x->query && dialect && !is_query(x->query))
        return "'query' has no question mark";
    if (!x->query != !(x->match || x->number))
        return "'query' and what it must answer ('match' or 'number') belong together";
    if (x->marker && !x->number)
        return "'marker' is for 'number'";
    return texts_problem(x);
}

int mb_profile_check_exchanges(const struct mb_profile *p, const char *where,
                               const struct mb_exchange_list *list, struct mb_error *err)
{
    bool dialect = is_query(p->identify.query);
    const char *problem;

    for (size_t i = 0; i < list->count; i++) {
        problem = exchange_problem(&list->rows[i], dialect);
        if (problem)
            return complain(p, err, where, i, problem);
    }
    return 0;
}

static int check_id(const struct mb_profile *p, struct mb_error *err)
{
    for (const char *c = p->id; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-')
            return complain(p, err, "profile", 0, "'id' may hold lower-case letters, digits and '-' only");
    return 0;
}

static int check_identity(const struct mb_profile *p, struct mb_error *err)
{
    if (!mb_regex_valid(p->identify.match))
        return complain(p, err, "identify", 0, "'match' is not a regular expression");
    if (p->errors.query && !is_query(p->errors.query))
        return complain(p, err, "errors", 0, "'query' has no question mark");
    if (p->errors.query && !mb_regex_valid(p->errors.ok))
        return complain(p, err, "errors", 0, "'ok' is not a regular expression");
    return 0;
}

static const char *field_problem(const struct mb_group *g, const struct mb_value_field *f)
{
    if (g->layout >= MB_LAYOUT_LETTERS && !f->marker)
        return "a field of this layout needs a 'marker': letter, label or channel number";
    if (f->item && !g->item_write && !strstr(g->query, "{items}"))
        return "a field has an 'item', but the group has no 'item_write' and no {items} in its query";
    if (!f->label != !g->labels_query)
        return "'label' of every field and 'labels_query' belong together";
    if (f->units_node && !f->name)
        return "'units' are for fields with a name";
    if (f->match && (f->name || !mb_regex_valid(f->match)))
        return "'match' of a field must be a regular expression, and is for fields without a name";
    if (f->name && (strlen(f->name) >= 32 ||
                    strspn(f->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(f->name)))
        return "names of channels are of at most 31 lower-case letters, digits and '-'";
    return NULL;
}

/* Two fields may share a name only where no wiring has both. */
static bool names_clash(const struct mb_profile *p, const struct mb_value_field *f)
{
    for (size_t g = 0; g < p->group_count; g++)
        for (size_t i = 0; i < p->groups[g].field_count; i++) {
            const struct mb_value_field *other = &p->groups[g].fields[i];

            if (other != f && f->name && other->name && strcmp(other->name, f->name) == 0 &&
                (other->wirings & f->wirings))
                return true;
        }
    return false;
}

/* What the instrument may leave out stands at the end, or else nobody knows what is missing. */
static bool optional_inside(const struct mb_group *g)
{
    bool list = g->layout == MB_LAYOUT_SINGLE || g->layout == MB_LAYOUT_COMMA;

    for (size_t i = 0; i < g->field_count; i++) {
        if (g->fields[i].optional && (g->layout == MB_LAYOUT_LETTERS || (list && i == 0)))
            return true;
        if (list && i > 0 && g->fields[i - 1].optional && !g->fields[i].optional)
            return true;
    }
    return false;
}

static bool bad_query(const char *query)
{
    return query && !is_query(query);
}

static const char *group_problem(const struct mb_profile *p, const struct mb_group *g)
{
    const char *problem = NULL;

    if (is_query(p->identify.query) && !is_query(g->query))
        return "'query' has no question mark";
    if (bad_query(g->count_query) || bad_query(g->labels_query))
        return "'count_query' and 'labels_query' need a question mark";
    if (g->field_count == 0)
        return "there are no fields";
    if (optional_inside(g))
        return "'optional' is for the last fields of a list, or for labelled values";
    if (g->layout == MB_LAYOUT_SINGLE && g->field_count != 1)
        return "the layout 'single' has one field";
    if (g->ending_count > 0 && g->layout != MB_LAYOUT_LETTERS)
        return "'endings' are for the letter layout";
    if ((g->count_write && is_query(g->count_write)) || (g->item_write && is_query(g->item_write)))
        return "'count_write' and 'item_write' are commands, without a question mark";
    for (size_t i = 0; !problem && i < g->field_count; i++) {
        problem = field_problem(g, &g->fields[i]);
        if (!problem && names_clash(p, &g->fields[i]))
            problem = "a name of a channel is used twice for one wiring";
    }
    return problem;
}

static int check_groups(const struct mb_profile *p, struct mb_error *err)
{
    const char *problem;

    for (size_t i = 0; i < p->group_count; i++) {
        problem = group_problem(p, &p->groups[i]);
        if (problem)
            return complain(p, err, "read", i, problem);
    }
    return 0;
}

static bool channel_known(const struct mb_profile *p, const char *pattern)
{
    size_t n = strcspn(pattern, "*");

    for (size_t g = 0; g < p->group_count; g++)
        for (size_t i = 0; i < p->groups[g].field_count; i++) {
            const char *name = p->groups[g].fields[i].name;

            if (name && strncmp(name, pattern, n) == 0 && (pattern[n] == '*' || name[n] == '\0'))
                return true;
        }
    return false;
}

static const char *bit_problem(const struct mb_profile *p, const struct mb_condition_bit *b)
{
    if (b->severity != MB_SEVERITY_INVALID && !b->text)
        return "'text' is missing: what a person is told";
    if (b->severity == MB_SEVERITY_WARN)
        return b->channel_count > 0 || b->validity != MB_VALID
                   ? "readings stay valid with 'warn': no 'validity', no 'channels'"
                   : NULL;
    if (b->validity == MB_VALID || b->channel_count == 0)
        return "'validity' and 'channels' are needed: which readings become what";
    for (size_t i = 0; i < b->channel_count; i++)
        if (!channel_known(p, b->channels[i]))
            return "'channels' names a channel that is not read";
    return NULL;
}

static int check_markers(const struct mb_profile *p, struct mb_error *err)
{
    const struct mb_invalid *v;
    const char *problem;

    if (p->condition.query && !is_query(p->condition.query))
        return complain(p, err, "condition", 0, "'query' has no question mark");
    for (size_t i = 0; i < p->condition.bit_count; i++) {
        problem = bit_problem(p, &p->condition.bits[i]);
        if (problem)
            return complain(p, err, "condition: bits", i, problem);
    }
    for (size_t i = 0; i < p->invalid_count; i++) {
        v = &p->invalid[i];
        if (!!v->token + v->has_above + v->has_below + v->has_equals != 1)
            return complain(p, err, "invalid", i,
                            "exactly one of 'token', 'above', 'below', 'equals' is needed");
        if (v->validity == MB_VALID)
            return complain(p, err, "invalid", i, "'validity' may not be 'valid' here");
    }
    return 0;
}

static int check_set_points(const struct mb_profile *p, struct mb_error *err)
{
    const struct mb_set_point *s;
    int r = 0;

    for (size_t i = 0; r == 0 && i < p->set_point_count; i++) {
        s = &p->set_points[i];
        if (s->minimum >= s->maximum)
            return complain(p, err, "set", i, "'minimum' must be below 'maximum'");
        if (s->steps.count == 0 || !s->steps.rows[0].write || !strstr(s->steps.rows[0].write, "{value}"))
            return complain(p, err, "set", i, "the first step must write {value}");
        for (size_t j = 0; j < i; j++)
            if (p->set_points[j].quantity == s->quantity)
                return complain(p, err, "set", i, "the quantity has a set point already");
        r = mb_profile_check_exchanges(p, "set: steps", &s->steps, err);
    }
    return r;
}

/* What can be switched or set must have a way to off that begins with a command and ends with a reading of
 * the state. */
static int check_safe(const struct mb_profile *p, struct mb_error *err)
{
    const struct mb_exchange_list *steps = &p->safe.steps;

    if (!p->safe.steps_node)
        return p->set_point_count > 0 || p->output.on_node
                   ? complain(p, err, "safe", 0, "is missing, but the instrument can be set or switched")
                   : 0;
    if (steps->count == 0 || !steps->rows[0].write)
        return complain(p, err, "safe: steps", 0, "must begin with a 'write'");
    if (!steps->rows[steps->count - 1].query)
        return complain(p, err, "safe: steps", steps->count - 1, "must end with a 'query' that confirms it");
    for (size_t i = 0; i < steps->count; i++)
        if (steps->rows[i].when || steps->rows[i].unless ||
            (steps->rows[i].write && strchr(steps->rows[i].write, '{')))
            return complain(p, err, "safe: steps", i, "may not depend on anything");
    return mb_profile_check_exchanges(p, "safe: steps", steps, err);
}

static int check_ranges(const struct mb_profile *p, const char *where, const double *ranges, size_t n,
                        struct mb_error *err)
{
    for (size_t i = 1; i < n; i++)
        if (ranges[i] <= ranges[i - 1])
            return complain(p, err, where, i, "ranges must be in rising order");
    return 0;
}

int mb_profile_check(const struct mb_profile *p, struct mb_error *err)
{
    static int (*const checks[])(const struct mb_profile *, struct mb_error *) = {
        check_id,         check_identity, check_groups,          check_markers,
        check_set_points, check_safe,     mb_profile_check_link, mb_profile_check_dialect};
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof checks / sizeof *checks; i++)
        r = checks[i](p, err);
    if (r == 0)
        r = mb_profile_check_exchanges(p, "setup", &p->setup, err);
    if (r == 0)
        r = mb_profile_check_exchanges(p, "output: on", &p->output.on, err);
    if (r == 0)
        r = mb_profile_check_exchanges(p, "output: off", &p->output.off, err);
    if (r == 0)
        r = check_ranges(p, "ranges: voltage_v", p->ranges.voltage, p->ranges.voltage_count, err);
    if (r == 0)
        r = check_ranges(p, "ranges: current_a", p->ranges.current, p->ranges.current_count, err);
    if (r == 0 && p->safety)
        r = mb_safety_block_check(p, err);
    return r;
}
