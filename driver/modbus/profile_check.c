/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a profile may not say, beyond what the tables of fields refuse. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "modbus/profile.h"

bool mb_modbus_is_bit(const struct mb_modbus_place *place)
{
    return place->space == MB_MODBUS_COIL || place->space == MB_MODBUS_DISCRETE;
}

unsigned mb_modbus_place_width(const struct mb_modbus_place *place)
{
    return mb_modbus_is_bit(place) ? 1 : mb_modbus_width((enum mb_modbus_type)place->type);
}

static bool is_whole(const struct mb_modbus_place *place)
{
    return place->type != MB_MODBUS_FLOAT32;
}

static bool may_hold(const struct mb_modbus_place *place, double value)
{
    uint16_t unused[MB_MODBUS_WIDTH_MAX];

    if (mb_modbus_is_bit(place))
        return value == 0 || value == 1;
    return mb_modbus_encode((enum mb_modbus_type)place->type, (enum mb_modbus_order)place->order, value,
                            unused) == 0;
}

static const char *place_problem(const struct mb_modbus_place *place, unsigned width)
{
    return place->address + (int)width > 65536 ? "the number ends beyond the last address, 65535" : NULL;
}

static int complain(const struct mb_node *list, size_t row, struct mb_error *err, const char *what)
{
    return mb_node_error(list && row < list->count ? &list->items[row] : list, err, "%s", what);
}

static const char *value_problem(const struct mb_modbus_profile *p, size_t index)
{
    const struct mb_modbus_value *v = &p->values[index];

    if (mb_modbus_is_bit(&v->place))
        return "a value stands in a holding or input register";
    if (strlen(v->name) >= 32 || strspn(v->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(v->name))
        return "names of channels are of at most 31 lower-case letters, digits and '-'";
    for (size_t i = 0; i < index; i++)
        if (strcmp(p->values[i].name, v->name) == 0)
            return "a name of a channel is used twice";
    return place_problem(&v->place, mb_modbus_place_width(&v->place));
}

static int check_values(const struct mb_modbus_profile *p, struct mb_error *err)
{
    const char *problem;

    for (size_t i = 0; i < p->value_count; i++) {
        problem = value_problem(p, i);
        if (problem)
            return complain(p->values_node, i, err, problem);
    }
    for (size_t i = 0; i < p->invalid_count; i++) {
        const struct mb_modbus_invalid *v = &p->invalid[i];

        if ((v->width > 0) + v->has_above + v->has_below != 1)
            return complain(p->invalid_node, i, err, "exactly one of 'bits', 'above', 'below' is needed");
        if (v->validity == MB_VALID)
            return complain(p->invalid_node, i, err, "'validity' may not be 'valid' here");
    }
    return 0;
}

static int check_identities(const struct mb_modbus_profile *p, struct mb_error *err)
{
    const char *problem = NULL;

    for (size_t i = 0; !problem && i < p->identity_count; i++) {
        const struct mb_modbus_identity *d = &p->identities[i];

        if (!d->text == !d->has_equals || !d->text != !d->registers)
            problem = "either 'text' with its 'registers' or 'equals' is needed";
        else if (d->text && mb_modbus_is_bit(&d->place))
            problem = "a text stands in holding or input registers";
        else if (d->text && strlen(d->text) > 2 * (size_t)d->registers)
            problem = "'text' is longer than its registers";
        else
            problem =
                place_problem(&d->place, d->text ? (unsigned)d->registers : mb_modbus_place_width(&d->place));
        if (problem)
            return complain(p->identify_node, i, err, problem);
    }
    return 0;
}

static const char *set_point_problem(const struct mb_modbus_profile *p, size_t index)
{
    const struct mb_modbus_set_point *s = &p->set_points[index];

    if (s->place.space != MB_MODBUS_HOLDING)
        return "a set point is written to a holding register";
    if (s->minimum >= s->maximum)
        return "'minimum' must be below 'maximum'";
    if (!may_hold(&s->place, (s->minimum - s->offset) / s->factor) ||
        !may_hold(&s->place, (s->maximum - s->offset) / s->factor))
        return "the register cannot hold 'minimum' and 'maximum'";
    /* What is written is rounded; what is read back is compared with what was asked for. */
    if (s->tolerance < 0 || (is_whole(&s->place) && s->tolerance < fabs(s->factor) / 2 * (1 - 1e-9)))
        return "'tolerance' is smaller than half a step of the register";
    for (size_t i = 0; i < index; i++)
        if (p->set_points[i].quantity == s->quantity)
            return "the quantity has a set point already";
    return place_problem(&s->place, mb_modbus_place_width(&s->place));
}

static int check_set_points(const struct mb_modbus_profile *p, struct mb_error *err)
{
    const char *problem;

    for (size_t i = 0; i < p->set_point_count; i++) {
        problem = set_point_problem(p, i);
        if (problem)
            return complain(p->set_node, i, err, problem);
    }
    return 0;
}

static const char *step_problem(const struct mb_modbus_step *s)
{
    if (!s->has_write && !s->has_expect)
        return "'write' or 'expect' is missing";
    if (s->has_write && (s->place.space == MB_MODBUS_INPUT || s->place.space == MB_MODBUS_DISCRETE))
        return "inputs cannot be written";
    if ((s->has_write && !may_hold(&s->place, s->write)) ||
        (s->has_expect && !may_hold(&s->place, s->expect)))
        return "the place cannot hold this number; a coil holds 0 or 1";
    return place_problem(&s->place, mb_modbus_place_width(&s->place));
}

/* What switches begins with a command and ends with a look at what came of it. */
static int check_steps(const struct mb_modbus_steps *steps, const struct mb_node *list, struct mb_error *err)
{
    const char *problem;

    if (!list)
        return 0;
    for (size_t i = 0; i < steps->count; i++) {
        problem = step_problem(&steps->rows[i]);
        if (problem)
            return complain(list, i, err, problem);
    }
    if (steps->count == 0 || !steps->rows[0].has_write)
        return complain(list, 0, err, "must begin with a 'write'");
    if (!steps->rows[steps->count - 1].has_expect)
        return complain(list, steps->count - 1, err, "must end with an 'expect' that confirms it");
    return 0;
}

/* Before the first safe command a request that hangs may have to run out, and another one may be lost. */
static int check_safe(const struct mb_modbus_profile *p, struct mb_error *err)
{
    double least_s = 2 * p->timeout_s;

    if (!p->safe_node)
        return p->set_point_count > 0 || p->on_node
                   ? mb_node_error(mb_document_root(p->document), err,
                                   "'safe' is missing, but the instrument can be set or switched")
                   : 0;
    for (size_t i = 0; i < p->safe.count; i++)
        least_s += p->safe.rows[i].delay_s;
    if (p->time_to_safe_s < least_s)
        return mb_node_error(p->safe_node, err,
                             "'time_to_safe_s' is too short: with these delays and two requests that are not "
                             "answered it takes %g s",
                             least_s);
    return check_steps(&p->safe, p->safe_node, err);
}

static int check_head(const struct mb_modbus_profile *p, struct mb_error *err)
{
    const char *unused;
    int r = 0;

    if (!*p->id || strspn(p->id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(p->id))
        return mb_node_error(mb_document_root(p->document), err,
                             "'id' may hold lower-case letters, digits and '-' only");
    if (p->models_node->kind != MB_NODE_LIST || p->models_node->count == 0)
        return mb_node_error(p->models_node, err, "a list of models is expected here");
    for (size_t i = 0; r == 0 && i < p->models_node->count; i++)
        r = mb_node_string(&p->models_node->items[i], &unused, err);
    return r;
}

int mb_modbus_check(const struct mb_modbus_profile *p, struct mb_error *err)
{
    static int (*const checks[])(const struct mb_modbus_profile *, struct mb_error *) = {
        check_head, check_values, check_identities, check_set_points, check_safe};
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof checks / sizeof *checks; i++)
        r = checks[i](p, err);
    if (r == 0 && p->value_count == 0 && p->set_point_count == 0 && !p->on_node)
        r = mb_node_error(mb_document_root(p->document), err, "there is nothing to read, set or switch");
    if (r == 0)
        r = check_steps(&p->on, p->on_node, err);
    return r < 0 ? r : check_steps(&p->off, p->off_node, err);
}
