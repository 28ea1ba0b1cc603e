/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/methods.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/method.h"
#include "standard/catalogue.h"

/* One line a method, and what it does. Those without an entry are read by document/sheet.c. */
#define METHODS(X)                                                                                           \
    X("2-1-1A", NULL, "output over input")                                                                   \
    X("2-1-1B", NULL, "sum of losses, additional load loss from the residual loss")                          \
    X("2-1-1C", NULL, "sum of losses, additional load loss by the assigned allowance")                       \
    X("2-1-1D", &mb_method_2_1_1d, "two like machines back to back, two supplies")                           \
    X("2-1-1E", &mb_method_2_1_1e, "two like machines back to back, one supply")                             \
    X("2-1-1F", NULL, "sum of losses, additional load loss by removed rotor and reverse rotation")           \
    X("2-1-1G", NULL, "sum of losses, additional load loss by Eh-star")                                      \
    X("2-1-1H", &mb_method_2_1_1h, "equivalent circuit, without a load machine")                             \
    X("G1", &mb_method_g1, "load test at reduced voltage, additional load loss by the allowance")            \
    X("2-1-2B", &mb_method_2_1_2b, "synchronous: sum of losses from open circuit, short circuit and load")   \
    X("2-1-3A", &mb_method_2_1_3a, "direct current: output over input")                                      \
    X("2-1-3C", &mb_method_2_1_3c, "direct current: sum of losses, additional load loss assigned")           \
    X("2-3-A", &mb_method_2_3_a, "converter-fed: output over input at seven points")                         \
    X("2-3-B", &mb_method_2_3_b, "converter-fed: sum of losses, harmonic losses by difference")              \
    X("ev-map", &mb_method_ev_map, "drive of an electric vehicle: efficiency over speed and torque")         \
    X("ev-envelope", &mb_method_ev_envelope,                                                                 \
      "drive of an electric vehicle: torques over speed, no efficiency")                                     \
    X("synchronous-torque", &mb_method_synchronous_torque,                                                   \
      "back-EMF, cogging, pull-out, pull-in and pull-up torque, no efficiency")

#define NAME(name, ops, title) name,
#define OPS(name, ops, title) ops,
#define TITLE(name, ops, title) title,

const char *const mb_method_names[] = {METHODS(NAME) NULL};
const char *const mb_method_titles[] = {METHODS(TITLE) NULL};
static const struct mb_method_ops *const methods[] = {METHODS(OPS) NULL};

const struct mb_method_ops *mb_method_find(const char *id)
{
    for (size_t i = 0; mb_method_names[i]; i++)
        if (strcmp(mb_method_names[i], id) == 0)
            return methods[i];
    return NULL;
}

const char *mb_method_resolve(const char *text, const char *standard, const char **ret_label)
{
    for (const struct mb_method_rule *rule = mb_method_rules; rule->method; rule++)
        if (strcmp(rule->label, text) == 0 && mb_standard_same(rule->standard, standard)) {
            *ret_label = rule->label;
            return rule->method;
        }
    *ret_label = NULL;
    for (size_t i = 0; mb_method_names[i]; i++)
        if (strcmp(mb_method_names[i], text) == 0)
            return mb_method_names[i];
    return NULL;
}

bool mb_method_of_induction(const char *id, enum mb_efficiency_method *ret)
{
    static const struct {
        const char *name;
        enum mb_efficiency_method method;
    } table[] = {
        {"2-1-1A", MB_METHOD_2_1_1A},
        {"2-1-1B", MB_METHOD_2_1_1B},
        {"2-1-1C", MB_METHOD_2_1_1C},
        {"2-1-1F", MB_METHOD_2_1_1F},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(id, table[i].name) == 0) {
            *ret = table[i].method;
            return true;
        }
    return false;
}

static bool is_listed(const char *key, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, key) == 0)
            return true;
    return false;
}

static int check_keys(const struct mb_method_ops *ops, const struct mb_node *root, struct mb_error *err)
{
    static const char *const common[] = {"sheet", "motor", "sample", NULL};
    char allowed[300] = "sheet, motor, sample";
    size_t used = strlen(allowed);

    for (const char *const *s = ops->sections; *s && used < sizeof allowed; s++)
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, ", %s", *s);
    for (size_t i = 0; i < root->count; i++)
        if (!is_listed(root->keys[i].text, common) && !is_listed(root->keys[i].text, ops->sections))
            return mb_node_error(&root->keys[i], err, "unknown key '%.60s' in a sheet of %s, allowed: %s",
                                 root->keys[i].text, ops->id, allowed);
    return 0;
}

int mb_method_input_read(const struct mb_method_ops *ops, const struct mb_node *root,
                         const struct mb_sheet *sheet, void **ret, struct mb_error *err)
{
    int r = check_keys(ops, root, err);
    void *input;

    if (r < 0)
        return r;
    input = calloc(1, ops->input_size);
    if (!input)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    r = ops->read(root, sheet, input, err);
    if (r < 0)
        mb_method_input_free(ops, input);
    else
        *ret = input;
    return r;
}

void mb_method_input_free(const struct mb_method_ops *ops, void *input)
{
    if (input && ops->clear)
        ops->clear(input);
    free(input);
}
