/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each fuzzer of a waveform reader does: refused with a reason, or blocks that follow each other. */
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "waveform/source.h"

static void read_blocks(struct mb_wave_source *source)
{
    struct mb_error err = {""};
    struct mb_block block;
    uint64_t next = 0;
    int r;

    while ((r = mb_wave_source_next(source, &block, &err)) > 0) {
        if (block.count == 0 || block.first < next || block.channel_count != source->channel_count ||
            !(block.rate_hz > 0))
            abort();
        if (block.first > next && !(block.flags & MB_WAVE_MISSING))
            abort();
        for (size_t i = 0; i < block.count; i++)
            if (!isfinite(block.channels[0][i]) && block.channel_count == 1 &&
                !(block.flags & MB_WAVE_NOT_FINITE))
                abort();
        next = block.first + block.count;
    }
    if (r < 0 && !err.text[0])
        abort();
}

typedef int (*fuzz_wave_open)(FILE *file, const char *label, double rate_hz, struct mb_wave_reader **ret,
                              struct mb_error *err);

/* The first byte says whether the user gives a rate. */
static int fuzz_wave(fuzz_wave_open open, const uint8_t *data, size_t size)
{
    struct mb_wave_source *source;
    struct mb_wave_reader *reader;
    struct mb_error err = {""};
    FILE *file = size > 1 ? fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r") : NULL;

    if (!file)
        return 0;
    if (open(file, "x", data[0] % 2 ? 1000 : 0, &reader, &err) < 0) {
        if (!err.text[0])
            abort();
        return 0;
    }
    if (mb_wave_source_new(reader, NULL, 0, &source, &err) < 0)
        abort();
    read_blocks(source);
    (void)mb_wave_source_free(source);
    return 0;
}
