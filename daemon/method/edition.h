/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the editions of the test standards choose differently (procedures 0.4, A1.3, A1.4, A1.7, B3). Every
 * number carries the confidence mark of procedures.md; none was compared with a licensed copy. */
#pragma once

#include <stddef.h>

#include "method/efficiency.h"

struct mb_marked {
    double value;
    const char *mark; /* "V:23", "M+", "M", "E" */
};

/* One row of the table of delays: up to this rated output, this many seconds from switching off to the first
 * reading. */
struct mb_delay {
    double power_to_w, delay_s;
};

struct mb_edition {
    const char *name; /* "GB/T 1032-2023" */
    enum mb_efficiency_form form;
    struct mb_marked correlation; /* least r of the residual-loss regression */
    struct mb_marked frequency;   /* |f - fN| / fN */
    struct mb_marked winding_k; /* winding before the load curve against the end of the rated-load test, K */
    const struct mb_delay *delays; /* ends with a row of power_to_w 0 */
    const char *delay_mark;
    const char *note; /* what a reader must know about this row; NULL: nothing */
};

extern const struct mb_edition mb_editions[]; /* ends with a name of NULL */

/* By name; '-' and ':' before the year mean the same. NULL: not known. */
const struct mb_edition *mb_edition_find(const char *name);
/* The newest edition of a form: what an input without an edition means. */
const struct mb_edition *mb_edition_newest(enum mb_efficiency_form form);
/* Delay of the table for a rated output; NAN above its end (by agreement). */
double mb_edition_delay_s(const struct mb_edition *edition, double rated_power_w);
