/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>

#include "data/data.h"

/* A data file's tree as JSON: unquoted numbers, true and false keep their kind, everything else is text. New
 * reference; NULL: out of memory. */
json_t *mb_node_json(const struct mb_node *node);
