/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may help where an item fails or a paper shows a finding: remedies.csv. Advice, never part of a
 * verdict. */
#pragma once

#include <stddef.h>

#include "core/error.h"

#define MB_REMEDIES_FILE "remedies.csv"

/* Texts are borrowed. about: id of an item or of a finding. */
struct mb_remedy {
    const char *about, *advice, *mark, *source;
};

struct mb_remedies;
/* -errno; -EINVAL with FILE:LINE. */
int mb_remedies_load(const char *path, struct mb_remedies **ret, struct mb_error *err);
struct mb_remedies *mb_remedies_free(struct mb_remedies *r);
/* The advice on one item at or after *position, which moves behind it; NULL: no more. about NULL: any. */
const struct mb_remedy *mb_remedy_next(const struct mb_remedies *r, const char *about, size_t *position);
