/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies of safety testers, by the block `safety_test` of a profile: pure, fuzzed. */
#pragma once

#include "core/error.h"
#include "core/safety.h"
#include "scpi/safety_profile.h"

/* The number at this position of a reply, in base units. A marker of the profile's `invalid` gives its
 * validity. -EPROTO: there is no such field, or it is not such a number. */
int mb_safety_reply_number(const struct mb_profile *p, const struct mb_safety_position *position,
                           const char *text, struct mb_reading *ret, struct mb_error *err);

/* What one of the block's result replies says about a test of this mode, into *result: verdict, values, the
 * phase it ended in. A value that cannot be read becomes MB_GARBLED; a verdict that no row knows stays what
 * it was. -EPROTO: there is no field for the verdict, or the reply is about another kind of test; *result is
 * untouched then. */
int mb_safety_reply_read(const struct mb_profile *p, const struct mb_safety_reply *reply,
                         const struct mb_safety_mode *mode, const char *text, struct mb_safety_result *result,
                         struct mb_error *err);

/* A result of which nothing is known yet. */
void mb_safety_result_init(struct mb_safety_result *ret);
