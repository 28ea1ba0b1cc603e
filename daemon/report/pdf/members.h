/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "report/pdf/page.h"

/* Whatever an object holds: its numbers and texts in pairs, then each object and each list of objects in it
 * under its name. without: keys to leave out, NULL at the end. */
void members_draw(struct report *report, const json_t *object, const char *const *without);
