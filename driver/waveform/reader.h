/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of samples, whatever its format: columns of numbers as they stand in it, piece by piece. What they
 * mean is added by waveform/source.h. Memory does not grow with the file. */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/error.h"
#include "waveform/block.h"
#include "waveform/channel.h"

#define MB_READER_PIECE 8192 /* samples of each column at a time */

struct mb_wave_reader;

/* One piece: count numbers in each of reader->numbers. */
struct mb_wave_piece {
    uint64_t first;
    int64_t t_ns;
    double rate_hz;
    size_t count;
    uint32_t flags;
};

struct mb_wave_reader_ops {
    const char *format; /* "CSV" */
    void (*free)(struct mb_wave_reader *reader);
    /* 1: a piece; 0: the end; -EINVAL: what is wrong, with its place; -EIO. */
    int (*next)(struct mb_wave_reader *reader, struct mb_wave_piece *ret, struct mb_error *err);
};

/* First member of each format's struct. */
struct mb_wave_reader {
    const struct mb_wave_reader_ops *ops;
    char label[128];  /* the file, in messages */
    char notice[256]; /* what a person should know about the file although it can be used; "" nothing */
    bool named;       /* the columns have names of their own; else "1", "2" ... */
    size_t column_count;
    struct mb_wave_channel columns[MB_BLOCK_CHANNELS_MAX]; /* as far as the file says */
    double rate_hz;                                        /* 0: the file does not say */
    double *numbers[MB_BLOCK_CHANNELS_MAX];                /* MB_READER_PIECE each */
    double *memory;
};

/* The format by the first bytes of the file; text that is none of the others is taken for CSV. rate_hz: what
 * the user says, 0 nothing; it goes before what the file says. Takes the file over in every case. */
int mb_wave_reader_open(FILE *file, const char *label, double rate_hz, struct mb_wave_reader **ret,
                        struct mb_error *err);
struct mb_wave_reader *mb_wave_reader_free(struct mb_wave_reader *reader);

/* For formats: begins the struct, of which size bytes are needed; columns without meaning and with the names
 * 1, 2 ... NULL: no memory. */
void *mb_wave_reader_new(const struct mb_wave_reader_ops *ops, size_t size, const char *label);
/* Memory for the numbers of column_count columns. -ENOMEM with err. */
int mb_wave_reader_allocate(struct mb_wave_reader *reader, size_t column_count, struct mb_error *err);
/* start_ns and so many samples more; stays within +-2^62 ns, 146 years. */
int64_t mb_wave_time_ns(int64_t start_ns, uint64_t samples, double rate_hz);
/* A rate that can be meant: 0.001 to 1e9 Hz. -EINVAL with err. */
int mb_wave_reader_rate(const char *label, double rate_hz, struct mb_error *err);

int mb_csv_reader_open(FILE *file, const char *label, double rate_hz, struct mb_wave_reader **ret,
                       struct mb_error *err);
int mb_wav_reader_open(FILE *file, const char *label, double rate_hz, struct mb_wave_reader **ret,
                       struct mb_error *err);
int mb_recording_reader_open(FILE *file, const char *label, double rate_hz, struct mb_wave_reader **ret,
                             struct mb_error *err);
