/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several captures as one source. Their samples are put side by side by the bench time of each
 * (iio/timeline.h), to the nearest sample; what is left is told as a delay of the channel. Nothing comes
 * before the time lines of all are known. */
#pragma once

#include "iio/live.h"

#define MB_JOIN_MAX 8

/* Captures that have their formats, of one rate. -EINVAL: rates that differ, too many channels; -ENOMEM. */
int mb_join_reader_new(struct mb_capture *const captures[], size_t count, const char *label,
                       struct mb_wave_reader **ret, struct mb_error *err);
/* One a column, known with the first piece. */
const double *mb_join_reader_delays(const struct mb_wave_reader *reader);
