/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes that are taken for WAV. */
#include "fuzz/wave.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_wave(mb_wav_reader_open, data, size);
}
