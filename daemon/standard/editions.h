/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of each edition of each standard beside its scope (editions.csv): where it was adopted from,
 * what replaces it, what executes it here. Days in force stand in the catalogue. */
#pragma once

#include <stddef.h>

#include "core/error.h"

#define MB_EDITIONS_FILE "editions.csv"

/* Texts are borrowed, "" where nothing is known. */
struct mb_standard_edition {
    const char *id, *edition, *issued; /* issued: a date or "" */
    const char *replaced_by;           /* an edition of the same standard, or ID-EDITION */
    const char *amendment, *transition;
    const char *adopted_from, *adoption; /* IDT, MOD, NEQ */
    const char *supervision_type;        /* a: reference standard of supervision, b: indirect, "/", level */
    const char *subject, *executed_by, *mark, *source;
    unsigned line;
};

struct mb_editions;

/* -errno; -EINVAL with FILE:LINE: unknown adoption, no subject, an edition twice, one that replaces itself in
 * a circle. */
int mb_editions_load(const char *path, struct mb_editions **ret, struct mb_error *err);
int mb_editions_parse(const char *name, const char *text, size_t size, struct mb_editions **ret,
                      struct mb_error *err);
struct mb_editions *mb_editions_free(struct mb_editions *e);
size_t mb_editions_count(const struct mb_editions *e);
const struct mb_standard_edition *mb_editions_get(const struct mb_editions *e, size_t i);
const struct mb_standard_edition *mb_editions_find(const struct mb_editions *e, const char *id,
                                                   const char *edition);
/* What replaces it, or NULL: also where that is not in the file. */
const struct mb_standard_edition *mb_edition_successor(const struct mb_editions *e,
                                                       const struct mb_standard_edition *edition);
