/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several methods side by side from the readings of one sheet. */
#pragma once

#include "document/sheet.h"

/* Adds the methods named, with commas between them, as the sheet's standard or the table of methods calls
 * them. -EINVAL with what is wrong: a method that the standard does not allow for this motor, or that has
 * other readings than this sheet's. */
int mb_also_add(struct mb_sheet *sheet, const char *names, struct mb_error *err);
