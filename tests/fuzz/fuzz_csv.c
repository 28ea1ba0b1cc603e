/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text that is taken for CSV: refused with a reason, or blocks that follow each other. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "waveform/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

/* The first byte says whether the user gives a rate. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mb_wave_source *source;
    struct mb_wave_reader *reader;
    struct mb_error err = {""};
    FILE *file = size > 1 ? fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r") : NULL;

    if (!file)
        return 0;
    if (mb_csv_reader_open(file, "x", data[0] % 2 ? 1000 : 0, &reader, &err) < 0) {
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
