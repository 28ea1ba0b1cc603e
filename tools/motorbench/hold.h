/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench bench hold, take-over: operating a bench for as long as the command lasts. */
#pragma once

#include "motorbench/client.h"

/* why: the reason of a take-over; NULL: the bench is free, or one's own. Returns when another one has it. */
int hold_bench(sd_bus *bus, const char *path, const char *why, const struct options *options);
