/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readings of a record, as items are judged by them. */
#pragma once

#include <jansson.h>

/* values: JSON. A mistake in it ends the test. */
void readings_add(json_t *readings, const char *store, int index, const char *values);
