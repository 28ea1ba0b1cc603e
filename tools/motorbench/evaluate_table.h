/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "document/evaluation.h"

/* The evaluation for people, on stdout. */
void print_evaluation(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation);
/* Only what the further methods say, where there are any. */
void print_also(const struct mb_sheet *sheet, const struct mb_evaluation *evaluation);
