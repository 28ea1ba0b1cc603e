/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several captures as one source. Their samples are put side by side by the bench time of each
 * (iio/timeline.h), to the nearest sample; what is left is told as a delay of the channel. Nothing comes
 * before the time lines of all are known. */
#pragma once

#include "iio/live.h"

#define MB_JOIN_MAX 8

/* 1: all captures have begun (mb_iio_queue_format); else as mb_iio_queue_take. Of several none waits for the
 * others, or the buffers of its device would overflow: what it has so far is dropped. */
int mb_join_begun(struct mb_capture *const captures[], size_t count, struct mb_error *err);
struct mb_join_setting {
    struct mb_capture *const *captures; /* that have begun, of one rate */
    size_t count;
    const char *label;
    double duration_s;    /* it ends after so many samples; 0: never */
    struct mb_crew *crew; /* for the thread of the recording */
    const char *record;   /* path of a recording of what is handed on (iio/tee.h); NULL: none */
};
/* -EINVAL: rates that differ, too many channels; -ENOMEM. */
int mb_join_reader_new(const struct mb_join_setting *setting, struct mb_wave_reader **ret,
                       struct mb_error *err);
/* One a column, known with the first piece; NULL: not a reader of several captures. */
const double *mb_join_reader_delays(const struct mb_wave_reader *reader);
