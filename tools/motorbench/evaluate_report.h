/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "document/evaluation.h"

/* The report of a sheet that was evaluated by itself, as PDF: the whole file or none of it. name: where the
 * readings are from; readings: the sheet, borrowed. EXIT_DONE, or what fail() has said. */
int write_evaluation_report(const char *name, json_t *readings, const struct mb_sheet *sheet,
                            const struct mb_evaluation *evaluation, const char *file);
