/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sections `instrument` and `torque` of a sheet: corrections of its readings (procedures 0.6, 0.7). */
#pragma once

#include "document/sheet_read.h"

/* Changes the readings of input, whose sections have been read. instrument, torque: NULL where the sheet has
 * none. -EINVAL with FILE:LINE, -ENOMEM. */
int mb_sheet_correct(const struct mb_node *instrument, const struct mb_node *torque,
                     struct mb_efficiency_input *input, struct mb_error *err);

/* Of another method: what the torque transducer is, without a correction. */
int mb_sheet_transducer(const struct mb_node *torque, struct mb_torque_chain *ret, struct mb_error *err);
