/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

/* True for YYYY-MM-DD of the Gregorian calendar. Such texts compare in time order by strcmp. */
bool mb_date_valid(const char *text);
/* Days from one valid date to another; negative when `to` lies before. */
long mb_date_days(const char *from, const char *to);
