/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks say how well a number in the data is known, and so whether it may decide a verdict (interfaces.md,
 * Marks). */
#pragma once

#include <stdbool.h>

/* Never in a file of limits: it comes from the laboratory's confirmations, which say who and when. */
#define MB_MARK_CONFIRMED "confirmed by the site"

/* verified, V, V:source, M+, formula-derived, memory-consistent, E (laboratory choice), confirmed by the
 * site: true. M, U, uncertain, single-source, an empty or unknown mark: false. */
bool mb_mark_decides(const char *mark);
/* The words that are printed with a verdict under this mark; a constant text, "" for a mark that does not
 * decide. */
const char *mb_mark_note(const char *mark);
