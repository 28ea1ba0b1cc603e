/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reader hands on goes into a raw recording, too: for several devices that are one only after they
 * were put side by side (iio/join.h). A thread writes, for a disk that hesitates must not stop an event loop;
 * where it is late the reader waits, so that the recording misses the samples that everybody misses. */
#pragma once

#include "core/worker.h"
#include "iio/queue.h"
#include "waveform/reader.h"

struct mb_tee_setting {
    const char *path;                    /* copied */
    const enum mb_wave_storage *storage; /* one a column: what its numbers were before they became doubles */
    const double
        *delays; /* one a column, known with the first piece; borrowed; taken off those in the head */
    struct mb_iio_queue *wake; /* made readable when there is reason to ask the reader again */
};

/* Takes the inner reader over when it succeeds. Its end, or its error, comes out once the recording is
 * complete and on the disk. -ENOMEM, -EBUSY of the crew. */
int mb_tee_reader_new(struct mb_crew *crew, struct mb_wave_reader *inner,
                      const struct mb_tee_setting *setting, struct mb_wave_reader **ret,
                      struct mb_error *err);
/* The reader behind it; one that is none of these itself. */
const struct mb_wave_reader *mb_tee_reader_inner(const struct mb_wave_reader *reader);
