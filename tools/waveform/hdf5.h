/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HDF5 files: one-dimensional datasets of numbers, one a channel. What this program writes has them in
 * /channels, with the attributes quantity and unit, and rate_hz at the root; others may lie anywhere and are
 * found by their path. Only this program links the library. */
#pragma once

#include <stdbool.h>

#include "waveform/source.h"

/* By the signature at the start. */
bool hdf5_is(const char *path);
int hdf5_reader_open(const char *path, double rate_hz, struct mb_wave_reader **ret, struct mb_error *err);

struct hdf5_writer;
/* A file that is there already is not touched: -EEXIST. */
int hdf5_writer_new(const char *path, const struct mb_wave_channel *channels, size_t count, double rate_hz,
                    struct hdf5_writer **ret, struct mb_error *err);
int hdf5_writer_push(struct hdf5_writer *writer, const struct mb_block *block, struct mb_error *err);
/* Says whether all of it is in the file; a failed file is removed. The writer is freed in every case. */
int hdf5_writer_finish(struct hdf5_writer *writer, struct mb_error *err);
struct hdf5_writer *hdf5_writer_free(struct hdf5_writer *writer);
