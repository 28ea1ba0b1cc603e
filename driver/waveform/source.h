/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks from a reader: the wanted columns, as values of their quantities, with flags. */
#pragma once

#include "waveform/reader.h"

struct mb_wave_source {
    struct mb_wave_reader *reader;
    size_t channel_count;
    struct mb_wave_channel channels[MB_BLOCK_CHANNELS_MAX];
    /* The rest is the source's own. */
    size_t column[MB_BLOCK_CHANNELS_MAX];
    struct mb_wave_piece piece;
    size_t done; /* samples of the piece that were handed on */
    const double *view[MB_BLOCK_CHANNELS_MAX];
    uint8_t marks[MB_READER_PIECE]; /* flags of single samples */
};

/* channels: what the user says, count 0 nothing: then all columns, as the file describes them. Columns of
 * files with names are found by them, others are taken in order. Takes the reader over when it succeeds.
 * -EINVAL, -ENOMEM. */
int mb_wave_source_new(struct mb_wave_reader *reader, const struct mb_wave_channel channels[], size_t count,
                       struct mb_wave_source **ret, struct mb_error *err);
struct mb_wave_source *mb_wave_source_free(struct mb_wave_source *source);

/* 1: a block; 0: the end; otherwise the error of the reader. A block is cut where its flags change, so that
 * a bad sample marks the windows that it is in and no others. Samples that are not finite stay so. */
int mb_wave_source_next(struct mb_wave_source *source, struct mb_block *ret, struct mb_error *err);
