/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real polkitd with our actions and rules on a private bus. */
#pragma once

#include "support/child.h"

/* Before any thread and any bus: a private /run, the users of person.h and the group motorbench, with
 * operator (1000) in it; our actions and rules instead of the system's. NULL, or why that cannot be done
 * here. */
const char *polkit_prepare(void);
/* Until it owns its name on the bus. */
void polkit_start(struct child *polkit, const char *address, const char *log);
