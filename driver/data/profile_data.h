/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the profiles of all families of instruments have in common: how their files are found, where their
 * entries were taken from, how accurate an instrument is. */
#pragma once

#include <stddef.h>

#include "core/error.h"
#include "core/quantity.h"
#include "data/data.h"

enum mb_maturity { MB_MATURITY_UNVERIFIED, MB_MATURITY_MANUAL, MB_MATURITY_VERIFIED };

/* What the entry was taken from: the maker's manual, replies of real hardware, one public source, nothing
 * certain. */
enum mb_mark { MB_MARK_UNVERIFIED, MB_MARK_SINGLE_SOURCE, MB_MARK_HARDWARE, MB_MARK_MANUAL };

/* Choices of fields, in the order of the enums; mb_validity_words of enum mb_validity. */
extern const char *const mb_maturity_words[], *const mb_mark_words[], *const mb_validity_words[];

/* ID.yaml of the first of the folders (separated by ':') that has it. 0; -errno of the file; -EINVAL for
 * what is no profile id and for everything wrong in the file. */
int mb_profile_document(const char *folders, const char *id, struct mb_document **ret, struct mb_error *err);

/* Half-width of a rectangular interval: reading_percent of the reading + range_percent of the range +
 * absolute. */
struct mb_accuracy {
    char *quantity_name;
    enum mb_quantity quantity;
    double reading_percent, range_percent, absolute;
    int mark;
};

/* list may be NULL: then nothing is read. */
int mb_accuracy_read(const struct mb_node *list, struct mb_accuracy **ret, size_t *ret_count,
                     struct mb_error *err);
void mb_accuracy_free(struct mb_accuracy *items, size_t n);
/* Standard uncertainty of a value; NaN where the list, or the range (0: not known), does not tell it. */
double mb_accuracy_uncertainty(const struct mb_accuracy *items, size_t n, enum mb_quantity quantity,
                               double value, double range);
/* The quantity that map's key `quantity` names. -EINVAL with err. */
int mb_profile_quantity(const struct mb_node *map, const char *name, enum mb_quantity *ret,
                        struct mb_error *err);
