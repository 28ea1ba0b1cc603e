/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles of a bench by the names that items need them by (column needs of items.csv). */
#pragma once

#include "bench/setting.h"

/* Whether the bench file fills the role, by an instrument or by hand. A role that this program does not know
 * is not filled. */
bool mb_bench_has_role(const struct mb_bench_setting *setting, const char *role);
