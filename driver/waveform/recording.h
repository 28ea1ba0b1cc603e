/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw recording: the numbers of the converter, in blocks that each prove themselves. All fields are little
 * endian.
 *
 *     file:    "MBWAVE1\n", u32 bytes of this header, u32 channels, i64 start (ns since 1970, UTC), f64 rate,
 *              channels, u32 CRC-32C of all before
 *     channel: name[64], quantity[24], u32 storage, u32 0, f64 gain, f64 offset, f64 limit, f64 delay (s),
 *              f64 phase (rad), f64 its frequency (Hz), of pulses f64 level, f64 a turn, f64 Hz at no torque,
 *              f64 N m a hertz
 *     block:   "MBBK", u32 sequence, u64 first sample, i64 time (ns), f64 rate, u32 samples, u32 flags,
 *              u32 bytes of samples, u32 CRC-32C of the 44 bytes before and of the samples; then the samples,
 *              one channel after the other
 *
 * A block goes to the file in one call, so that a process that is killed at any moment loses at most the
 * block it was writing. The reader stops at the first block that does not verify and says where. */
#pragma once

#include "core/error.h"
#include "waveform/block.h"
#include "waveform/channel.h"

#define MB_RECORDING_MAGIC "MBWAVE1\n"
#define MB_RECORDING_BLOCK_MAX (64u << 20) /* bytes of samples; what says more is no block */

enum mb_wave_storage { MB_WAVE_INT16, MB_WAVE_INT32, MB_WAVE_DOUBLE, MB_WAVE_STORAGE_COUNT };
size_t mb_wave_storage_bytes(enum mb_wave_storage storage);

struct mb_recording_setting {
    double rate_hz;
    int64_t start_ns; /* since 1970, UTC */
    size_t channel_count;
    const struct mb_wave_channel *channels;
    const enum mb_wave_storage *storage; /* one a channel */
};

/* Samples as they came from the converter, host byte order, of the storage of each channel. */
struct mb_recording_block {
    uint64_t first;
    int64_t t_ns;
    double rate_hz;
    size_t count;
    uint32_t flags; /* of mb_wave_flag */
    const void *const *samples;
};

struct mb_recording_writer;

/* Makes the file; one that is there already is not touched (-EEXIST). The setting is copied. To be used by
 * one thread, that of the capture: a disk that hesitates must not stop an event loop. */
int mb_recording_writer_new(const char *path, const struct mb_recording_setting *setting,
                            struct mb_recording_writer **ret, struct mb_error *err);
/* -EINVAL (nothing, too much, or before what was written), -ENOMEM; -errno of the file: then the file is cut
 * back to the block before and stays readable. */
int mb_recording_write(struct mb_recording_writer *writer, const struct mb_recording_block *block,
                       struct mb_error *err);
/* Makes what was written survive a power cut. */
int mb_recording_sync(struct mb_recording_writer *writer, struct mb_error *err);
/* Closes the file; what was written is in it in any case. */
struct mb_recording_writer *mb_recording_writer_free(struct mb_recording_writer *writer);
