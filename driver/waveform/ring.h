/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples for a screen, in memory that one process writes and any number reads: a memfd with a header and a
 * ring of frames. Its size is sealed, so a mapping never faults; writing is sealed but for the writer's own
 * mapping, so readers cannot disturb it; and each frame has a sequence counter, so that a reader knows what
 * it has copied while it was being written. Nobody waits for anybody. Host byte order: it never leaves the
 * machine.
 *
 *     header:  struct mb_ring_header, header_bytes in all
 *     frame k: struct mb_ring_frame and channel_count x frame_points floats (channel after channel), at
 *              header_bytes + k frame_bytes; frame number n is at k = n mod frame_count
 *
 * The reading of frame n by hand: read sequence (acquire); unless it is 2 n + 2 the frame is not there yet
 * (less) or gone (more, or odd). Copy. Read sequence again, after an acquire fence: if it has changed, the
 * copy is void. A new layout has a new version. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "waveform/block.h"
#include "waveform/channel.h"

#define MB_RING_MAGIC "MBRING\r\n"
#define MB_RING_VERSION 1
#define MB_RING_BYTES_MAX ((size_t)256 << 20)

enum mb_ring_kind {
    MB_RING_SCOPE = 1,    /* x in s: samples, one after the other; x of a frame's first is 0 */
    MB_RING_SPECTRUM = 2, /* x in Hz: rms by harmonic order, order 0 first, step the fundamental's frequency;
                             of a source without voltages and currents by lines of 0.2 s (dsp/spectrum.h) */
};

struct mb_ring_channel {
    char name[64], quantity[24], unit[8];
};

struct mb_ring_header {
    char magic[8];
    uint32_t version, header_bytes;
    uint32_t kind; /* enum mb_ring_kind */
    uint32_t channel_count, frame_count, frame_bytes;
    uint32_t frame_points; /* of each channel, at most */
    uint32_t reserved;
    double rate_hz;           /* of the source */
    _Atomic uint64_t written; /* frames so far: the newest is written - 1 */
    _Atomic uint64_t ended;   /* 1: nothing more will come */
    struct mb_ring_channel channels[MB_BLOCK_CHANNELS_MAX];
};

struct mb_ring_frame {
    _Atomic uint64_t sequence; /* 2 n + 1 while frame n is being written, 2 n + 2 when it is whole */
    uint64_t first;            /* number of its first sample */
    int64_t t_ns;              /* of it: bench clock */
    double step;               /* x from point to point */
    uint32_t count;            /* points of each channel */
    uint32_t flags;            /* of mb_wave_flag */
};

/* ---- The writer. ---- */

struct mb_ring_setting {
    enum mb_ring_kind kind;
    double rate_hz;
    size_t channel_count;
    const struct mb_wave_channel *channels;
    size_t frame_points, frame_count;
};

struct mb_ring_writer;

/* What a frame is besides its values. */
struct mb_ring_info {
    uint64_t first;
    int64_t t_ns;
    double step;
    size_t count;
    uint32_t flags;
};

/* -EINVAL for sizes that are none, -errno. */
int mb_ring_writer_new(const struct mb_ring_setting *setting, struct mb_ring_writer **ret,
                       struct mb_error *err);
/* Tells the readers that it is the end. They keep what they have mapped. */
struct mb_ring_writer *mb_ring_writer_free(struct mb_ring_writer *writer);
/* For readers; a process that has it cannot write. Borrowed. */
int mb_ring_writer_fd(const struct mb_ring_writer *writer);
/* One frame; what is beyond frame_points is left out. Takes no longer than the copy. */
void mb_ring_write(struct mb_ring_writer *writer, const struct mb_ring_info *info,
                   const double *const channels[]);
/* A block of samples as frames of a scope. */
void mb_ring_write_block(struct mb_ring_writer *writer, const struct mb_block *block);

/* ---- A reader, in whatever process. ---- */

struct mb_ring_reader;

/* Maps it; fd stays the caller's and may be closed. -EINVAL with what is wrong with it, -EPROTO for another
 * version, -errno. */
int mb_ring_reader_new(int fd, struct mb_ring_reader **ret, struct mb_error *err);
struct mb_ring_reader *mb_ring_reader_free(struct mb_ring_reader *reader);
/* What it holds; written and ended are to be asked by the two below. */
const struct mb_ring_header *mb_ring_reader_header(const struct mb_ring_reader *reader);
uint64_t mb_ring_reader_written(const struct mb_ring_reader *reader);
bool mb_ring_reader_ended(const struct mb_ring_reader *reader);
/* Copies frame number n: values has channel_count x frame_points floats. 0; -EAGAIN: not written so far;
 * -ESTALE: it is gone, or went while it was copied: values are void. */
int mb_ring_reader_read(const struct mb_ring_reader *reader, uint64_t n, struct mb_ring_info *ret,
                        float values[]);
