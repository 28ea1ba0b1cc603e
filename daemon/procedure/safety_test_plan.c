/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "procedure/safety_test.h"

#define P(member) offsetof(struct safety_params, member)
const struct mb_field safety_fields[] = {
    {"test", MB_FIELD_CHOICE, P(test), .required = true, .choices = mb_safety_kind_names},
    {"store", MB_FIELD_STRING, P(store), .required = true},
    {"text", MB_FIELD_STRING, P(text), .required = true},
    {"level", MB_FIELD_STRING, P(level), .required = true},
    {"level_else", MB_FIELD_NUMBER, P(level_else), .maximum = 20e3},
    {"level_minimum", MB_FIELD_NUMBER, P(level_minimum), .maximum = 20e3},
    {"ratio", MB_FIELD_STRING, P(ratio)},
    {"limit", MB_FIELD_STRING, P(limit)},
    {"trip", MB_FIELD_NUMBER, P(trip), .maximum = 1e12},
    {"hold", MB_FIELD_STRING, P(hold)},
    {"hold_s", MB_FIELD_NUMBER, P(hold_s), .maximum = 3600},
    {"ramp", MB_FIELD_STRING, P(ramp)},
    {"ramp_s", MB_FIELD_NUMBER, P(ramp_s), .maximum = 3600},
    {"frequency_hz", MB_FIELD_NUMBER, P(frequency_hz), .maximum = 400},
    {"discharge_s", MB_FIELD_NUMBER, P(discharge_s), .maximum = 3600},
    {"tolerance", MB_FIELD_NUMBER, P(tolerance), .maximum = 0.2, .exclusive_minimum = true},
    {"plausible_low", MB_FIELD_NUMBER, P(plausible_low), .maximum = 1e15},
    {"plausible_high", MB_FIELD_NUMBER, P(plausible_high), .maximum = 1e15},
    {"warm_k", MB_FIELD_NUMBER, P(warm_k), .maximum = 200},
    {"warm_s", MB_FIELD_NUMBER, P(warm_s), .maximum = 86400},
    {"arm_timeout_s", MB_FIELD_NUMBER, P(arm_timeout_s), .minimum = 1, .maximum = 1e6},
    {"attempts", MB_FIELD_INTEGER, P(attempts), .minimum = 1, .maximum = 20},
    {"circumstances", MB_FIELD_NODE, P(circumstance_node)},
    {"parts", MB_FIELD_NODE, P(part_node)},
    {0},
};
#undef P

void safety_defaults(void *params)
{
    *(struct safety_params *)params = (struct safety_params){
        .discharge_s = 5,
        .tolerance = 0.03,
        .plausible_high = INFINITY,
        .arm_timeout_s = 1800,
        .attempts = 2,
    };
}

static int copy_scalar(const struct mb_node *node, char **ret, struct mb_error *err)
{
    const char *text = NULL;
    int r = mb_node_string(node, &text, err);

    if (r < 0)
        return r;
    *ret = strdup(text);
    return *ret ? 0 : -ENOMEM;
}

static int read_circumstances(const struct mb_node *map, struct safety_params *p, struct mb_error *err)
{
    int r = 0;

    if (map->kind != MB_NODE_MAP || map->count > SAFETY_CIRCUMSTANCES_MAX)
        return mb_node_error(map, err, "a map of at most %d names is expected here",
                             SAFETY_CIRCUMSTANCES_MAX);
    for (size_t i = 0; r == 0 && i < map->count; i++) {
        char *name = NULL, *value = NULL;

        r = copy_scalar(&map->keys[i], &name, err);
        if (r == 0)
            r = copy_scalar(&map->items[i], &value, err);
        p->circumstances[i] = (struct mb_circumstance){name, value};
    }
    return r;
}

static int read_parts(const struct mb_node *list, struct safety_params *p, struct mb_error *err)
{
    int r = 0;

    if (list->kind != MB_NODE_LIST || list->count == 0 || list->count > SAFETY_PARTS_MAX)
        return mb_node_error(list, err, "a list of 1 to %d parts is expected here", SAFETY_PARTS_MAX);
    for (size_t i = 0; r == 0 && i < list->count; i++)
        r = copy_scalar(&list->items[i], &p->parts[i], err);
    return r;
}

int safety_check(const struct mb_node *with, void *params, struct mb_error *err)
{
    struct safety_params *p = params;
    int r = p->circumstance_node ? read_circumstances(p->circumstance_node, p, err) : 0;

    if (r == 0 && p->part_node)
        r = read_parts(p->part_node, p, err);
    p->circumstance_node = p->part_node = NULL;
    if (r == 0 && !p->hold && !(p->hold_s > 0))
        r = mb_node_error(with, err, "a safety test needs a time: hold or hold_s");
    if (r == 0 && p->plausible_low > p->plausible_high)
        r = mb_node_error(with, err, "plausible_low is above plausible_high");
    return r;
}

void safety_free_params(void *params)
{
    struct safety_params *p = params;
    char *const texts[] = {p->store, p->text, p->level, p->ratio, p->limit, p->hold, p->ramp};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (size_t i = 0; i < SAFETY_CIRCUMSTANCES_MAX; i++) {
        free((char *)p->circumstances[i].name);
        free((char *)p->circumstances[i].value);
    }
    for (size_t i = 0; i < SAFETY_PARTS_MAX; i++)
        free(p->parts[i]);
}
