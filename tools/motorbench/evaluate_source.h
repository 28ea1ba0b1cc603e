/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>

#include "document/sheet.h"
#include "motorbench/command.h"

/* The readings that `evaluate` is asked about: a sheet on paper, or the one that a run's accepted readings
 * make, the run being the daemon's or in a bundle. *ret_readings: the sheet as it stands there, NULL
 * when no report is asked for. EXIT_DONE, or what fail() has said. */
int load_readings(const char *word, const struct options *options, json_t **ret_readings,
                  struct mb_sheet **ret);
