/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>

/* Indented JSON in which each real stands with the fewest digits that read back as the same double: 0.914,
 * not 0.91400000000000003. NULL: not enough memory. The caller frees it. */
char *json_text(const json_t *document);
