/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>

#include "motorbench/command.h"

/* What further methods make of the readings of a run that has ended, on stdout, or with --json in *ret.
 * EXIT_DONE, or what fail() has said. */
int evaluate_also(const char *run, const char *methods, const struct options *options, json_t **ret);
