/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which standard has which method by which letter, for which motors: the rules as a document. */
#include <string.h>

#include "document/method.h"
#include "document/number_json.h"
#include "document/standards_json.h"
#include "standard/catalogue.h"
#include "standard/mark.h"

static const char *const status_names[] = {
    [MB_METHOD_ALLOWED] = "allowed", [MB_METHOD_PREFERRED] = "preferred", [MB_METHOD_REFUSED] = "refused"};

/* With or without its edition, as people write it. */
static bool is_of(const char *rule, const char *asked)
{
    char id[40], edition[16], asked_id[40], asked_edition[16];

    if (!mb_standard_reference(rule, id, edition) || !mb_standard_reference(asked, asked_id, asked_edition) ||
        !mb_standard_same(id, asked_id))
        return false;
    return !*asked_edition || strcmp(edition, asked_edition) == 0;
}

static bool is_asked(const struct mb_method_rule *rule, const char *standard, unsigned kinds)
{
    return (rule->kinds & kinds) && (!standard || is_of(rule->standard, standard));
}

static json_t *kinds_json(unsigned kinds)
{
    json_t *list = json_array();

    for (int k = 0; k < MB_KIND_COUNT; k++)
        if (kinds & 1u << k)
            (void)json_array_append_new(list, json_string(mb_motor_kind_names[k]));
    return list;
}

static json_t *rule_json(const struct mb_method_rule *rule)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:s}", "standard", rule->standard, "label",
                     rule->label, "status", status_names[rule->status], "mark", rule->mark, "decides",
                     rule->status != MB_METHOD_REFUSED && mb_mark_decides(rule->mark), "kinds",
                     kinds_json(rule->kinds), "power_from_w", mb_json_number(rule->power_from_w),
                     "power_to_w", mb_json_number(rule->power_to_w), "note", rule->sentence);
}

static json_t *rules_json(const char *method, const char *standard, unsigned kinds)
{
    json_t *list = json_array();

    for (const struct mb_method_rule *rule = mb_method_rules; rule->method; rule++)
        if (strcmp(rule->method, method) == 0 && is_asked(rule, standard, kinds))
            (void)json_array_append_new(list, rule_json(rule));
    return list;
}

json_t *mb_methods_json(const char *standard, unsigned kinds)
{
    json_t *list = json_array();

    for (size_t i = 0; mb_method_names[i]; i++) {
        json_t *rules = rules_json(mb_method_names[i], standard, kinds);

        if (json_array_size(rules) > 0)
            (void)json_array_append_new(list, json_pack("{s:s, s:s, s:O}", "id", mb_method_names[i], "title",
                                                        mb_method_titles[i], "rules", rules));
        json_decref(rules);
    }
    return json_pack("{s:o}", "methods", list);
}
