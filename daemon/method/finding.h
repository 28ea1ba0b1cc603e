/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a result is not valid: a stable word for programs and a sentence with the numbers for a person. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MB_FINDINGS_MAX 12

struct mb_finding {
    const char *word; /* constant text */
    char text[200];
};

struct mb_findings {
    struct mb_finding items[MB_FINDINGS_MAX];
    size_t count;
};

/* One finding a word: a further one with the same word is dropped, and so is one beyond the last place. */
void mb_finding_add(struct mb_findings *findings, const char *word, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool mb_finding_has(const struct mb_findings *findings, const char *word);
