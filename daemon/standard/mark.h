/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks say how well a number in the data is known, and so whether it may decide a verdict (interfaces.md,
 * Marks). */
#pragma once

#include <stdbool.h>

/* verified, V, V:source, M+, formula-derived, memory-consistent, E (laboratory choice), confirmed: true.
 * M, U, uncertain, single-source, an empty or unknown mark: false. */
bool mb_mark_decides(const char *mark);
/* The words that are printed with a verdict under this mark; a constant text, "" for a mark that does not
 * decide. */
const char *mb_mark_words(const char *mark);
