/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>
#include <stdio.h>

/* The readings of an export document (docs/decisions/0001-shape.md) as RFC 4180: one row for each accepted or
 * rejected reading, in the order of the record; a column for each quantity that occurs, with its unit in the
 * header, and one for its standard uncertainty where a reading has one. -EINVAL: not such a document; -errno
 * of the output; -ENOMEM. */
int mb_report_csv(const json_t *document, FILE *out);
