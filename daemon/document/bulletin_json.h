/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>

#include "standard/standards.h"

/* A bulletin and what it touches: {"file", "standards": [{id, edition, title, level, issued, in_force,
 * replaces, line, "touches": [{kind, file, line, what, rows, remark}]}]}. plan_folders: ended by NULL.
 * -errno; -EINVAL with FILE:LINE. */
int mb_bulletin_json(const char *path, const struct mb_standards *standards, const char *const plan_folders[],
                     json_t **ret, struct mb_error *err);
