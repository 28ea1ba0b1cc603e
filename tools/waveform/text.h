/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>

/* The values of a report for a person: single values first, then each array of objects as a table with the
 * keys above it. */
void print_values(const json_t *values);
