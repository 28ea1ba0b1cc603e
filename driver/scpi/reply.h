/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies with values, by the layout the profile gives: pure, fuzzed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/reading.h"
#include "scpi/profile.h"

struct mb_reply_value {
    double value; /* in the quantity's unit; 0 unless valid */
    enum mb_validity validity;
};

/* Reads text as the group's layout with exactly these fields; ret has n elements, unnamed fields included.
 * 0; -EPROTO: the reply does not have the agreed shape (ret untouched). */
int mb_reply_values(const struct mb_profile *p, const struct mb_group *group,
                    const struct mb_value_field *const *fields, size_t n, const char *text,
                    struct mb_reply_value *ret, struct mb_error *err);

/* What follows the header in ":NUM:NORM:NUMB 8" as a reply to ":NUMERIC:NORMAL:NUMBER?"; the text itself
 * where it has no header; NULL: the header is that of another query. */
const char *mb_reply_body(const char *query, const char *text);

/* Two lists of names with commas, compared without regard to case and blanks. */
bool mb_reply_labels_fit(const char *expected, const char *text);

/* The number after marker, or the whole text when marker is NULL; blanks around it are ignored. -EPROTO. */
int mb_reply_number(const char *text, const char *marker, double *ret, struct mb_error *err);

/* A condition register: a decimal number 0..2^32-1. -EPROTO. */
int mb_reply_condition(const char *text, uint32_t *ret, struct mb_error *err);
