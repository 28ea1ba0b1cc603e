/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>

#include "core/error.h"

/* The document of `motorbench evaluate --json` of a sheet's text, named "sheet", with the shipped limits;
 * NULL with err where the sheet is refused. */
json_t *evaluated(const char *text, struct mb_error *err);
