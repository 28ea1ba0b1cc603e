/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/profile_data.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 256
#define BIG 1e12 /* beyond any quantity of a motor test */

const char *const mb_maturity_words[] = {"unverified", "manual", "verified", NULL};
const char *const mb_mark_words[] = {"unverified", "single-source", "hardware", "manual", NULL};
const char *const mb_validity_words[] = {"valid",    "over-range", "under-range", "no-data",       "stale",
                                         "settling", "garbled",    "link-fault",  "counter-reset", NULL};

static const struct mb_field accuracy_fields[] = {
    {"quantity", MB_FIELD_STRING, offsetof(struct mb_accuracy, quantity_name), .required = true},
    {"reading_percent", MB_FIELD_NUMBER, offsetof(struct mb_accuracy, reading_percent), .maximum = 100},
    {"range_percent", MB_FIELD_NUMBER, offsetof(struct mb_accuracy, range_percent), .maximum = 100},
    {"absolute", MB_FIELD_NUMBER, offsetof(struct mb_accuracy, absolute), .maximum = BIG},
    {"mark", MB_FIELD_CHOICE, offsetof(struct mb_accuracy, mark), .choices = mb_mark_words},
    {.key = NULL},
};

int mb_profile_document(const char *folders, const char *id, struct mb_document **ret, struct mb_error *err)
{
    char path[4096];
    int r = -ENOENT, n;

    /* The id comes from a bench file or a profile: it must not lead out of the folder. */
    if (!*id || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id))
        return mb_error_set(err, -EINVAL, "profile '%s': allowed are lower-case letters, digits and '-'", id);
    for (const char *at = folders; r == -ENOENT; at += strcspn(at, ":") + 1) {
        n = snprintf(path, sizeof path, "%.*s/%s.yaml", (int)strcspn(at, ":"), at, id);
        if (n < 0 || (size_t)n >= sizeof path)
            return mb_error_set(err, -ENAMETOOLONG, "profile %s: the path is too long", id);
        r = mb_document_load(path, ret, err);
        if (!strchr(at, ':'))
            break;
    }
    return r;
}

int mb_profile_quantity(const struct mb_node *map, const char *name, enum mb_quantity *ret,
                        struct mb_error *err)
{
    if (mb_quantity_from_name(name, ret) == 0)
        return 0;
    return mb_node_error(mb_node_get(map, "quantity"), err,
                         "'%s' is not a quantity, e.g. voltage, active-power, torque", name);
}

static void accuracy_done(void *element)
{
    free(((struct mb_accuracy *)element)->quantity_name);
}

void mb_accuracy_free(struct mb_accuracy *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        accuracy_done(&items[i]);
    free(items);
}

int mb_accuracy_read(const struct mb_node *list, struct mb_accuracy **ret, size_t *ret_count,
                     struct mb_error *err)
{
    struct mb_accuracy *items = NULL;
    size_t n = 0;
    int r;

    if (!list)
        return 0;
    r = mb_node_read_list(list, accuracy_fields, sizeof *items, LIST_MAX, accuracy_done, (void **)&items, &n,
                          err);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = mb_profile_quantity(&list->items[i], items[i].quantity_name, &items[i].quantity, err);
    if (r < 0) {
        mb_accuracy_free(items, n);
        return r;
    }
    *ret = items;
    *ret_count = n;
    return 0;
}

double mb_accuracy_uncertainty(const struct mb_accuracy *items, size_t n, enum mb_quantity quantity,
                               double value, double range)
{
    const struct mb_accuracy *a = NULL;

    for (size_t i = 0; i < n; i++)
        if (items[i].quantity == quantity)
            a = &items[i];
    if (!a || (a->range_percent > 0 && range <= 0))
        return NAN;
    return (fabs(value) * a->reading_percent / 100 + range * a->range_percent / 100 + a->absolute) / sqrt(3);
}
