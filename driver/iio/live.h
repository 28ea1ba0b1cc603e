/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A capture as a source of samples, as a file is one: the same pieces as a raw recording of it gives, so that
 * whatever is made of them is the same to the last bit. */
#pragma once

#include "iio/capture.h"
#include "waveform/reader.h"

/* Of a capture that has its format (mb_iio_queue_format). next answers -EAGAIN when there is nothing yet. The
 * capture stays the caller's and must live longer. -ENOMEM. */
int mb_live_reader_new(struct mb_capture *capture, const char *label, struct mb_wave_reader **ret,
                       struct mb_error *err);
/* Whether the bench time of the piece before is better than that of a block; how good, one standard deviation
 * (NULL: not wanted). */
bool mb_live_reader_aligned(const struct mb_wave_reader *reader, double *ret_error_s);
