/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inspection items as data: items.csv, one row an item of one standard, and supervision.csv, the item lists
 * of supervision rules. */
#pragma once

#include <stddef.h>

#include "core/error.h"
#include "standard/motor.h"
#include "standard/requirement_base.h"

#define MB_ITEMS_FILE "items.csv"
#define MB_SUPERVISION_FILE "supervision.csv"
#define MB_ITEM_NEEDS_MAX 12

/* Texts are borrowed from the items. A row counts where its standard applies to the motor. */
struct mb_item_row {
    const char *id, *title, *standard, *clause, *procedure;
    const char *edition; /* of the standard, the only one that asks for the item; "": all */
    const char *limit_standard, *quantity,
        *when;                            /* of requirements.csv; quantity "" or "efficiency" (by grade) */
    const char *note;                     /* what is judged where no number is */
    const char *needs[MB_ITEM_NEEDS_MAX]; /* roles of the bench */
    size_t need_count;
    int order, minutes;
    unsigned kinds;
    struct mb_range power_kw;
};

/* One item of one list: `standard` is its basis, `edition` "" where the list does not date it. */
struct mb_supervision_row {
    const char *list, *title, *in_force, *until, *item, *standard, *edition, *mark, *source;
    const char *item_class; /* "A" (safety, critical), "B" (important); "" where the list has none */
    unsigned kinds;
    struct mb_range power_kw;
};

struct mb_items {
    struct mb_csv *items_csv, *supervision_csv;
    struct mb_item_row *rows;
    size_t count;
    struct mb_supervision_row *supervision;
    size_t supervision_count;
};

/* Both files of a directory. -errno; -EINVAL with FILE:LINE. */
int mb_items_load(const char *directory, struct mb_items **ret, struct mb_error *err);
struct mb_items *mb_items_free(struct mb_items *items);

/* The list that a sample taken at random is inspected by: the one named (NULL: the newest in force on date)
 * that has this kind and power of motor. "" where there is none. */
const char *mb_supervision_list(const struct mb_items *items, const struct mb_motor *motor, const char *name,
                                const char *date);
