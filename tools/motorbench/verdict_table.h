/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>

/* Items (list of {id, verdict, value, limit, ...}) as a table on stdout. */
void print_verdict_table(const json_t *items);
