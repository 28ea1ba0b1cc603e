/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

/* True for YYYY-MM-DD of the Gregorian calendar. Such texts compare in time order by strcmp. */
bool mb_date_valid(const char *text);
