/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>

#include "motorbench/command.h"

/* The export document of a run, from the daemon. EXIT_DONE, or what fail() returned. */
int load_record(const char *word, const struct options *options, json_t **ret);
