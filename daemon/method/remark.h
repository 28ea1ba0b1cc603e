/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reasons and warnings of an evaluation: one remark a reason. */
#pragma once

#include "method/efficiency.h"

/* The test is invalid. */
void mb_remark_reason(struct mb_efficiency_result *result, enum mb_reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void mb_remark_warning(struct mb_efficiency_result *result, enum mb_reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A defect of what only 2-1-1B needs: a reason there, a warning in 2-1-1A, which does without it. */
void mb_remark_defect(const struct mb_efficiency_input *input, struct mb_efficiency_result *result,
                      enum mb_reason reason, const char *format, ...) __attribute__((format(printf, 4, 5)));
bool mb_remark_has_reason(const struct mb_efficiency_result *result, enum mb_reason reason);
