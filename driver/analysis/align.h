/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Brings channels whose sensors are late back to one moment: the delay and phase of each (waveform/channel.h)
 * are taken out of its samples. Blocks come out later and with the numbers of the moments they are of; after
 * a start or a gap the first samples are missing, for they would need ones before. */
#pragma once

#include "core/error.h"
#include "waveform/block.h"
#include "waveform/channel.h"

struct mb_aligner;

typedef int (*mb_aligned_function)(const struct mb_block *block, void *userdata, struct mb_error *err);

/* *ret is NULL when no channel has anything to correct. -EINVAL for a delay that is not possible, -ENOMEM. */
int mb_aligner_new(const struct mb_wave_channel channels[], size_t count, double rate_hz,
                   struct mb_aligner **ret, struct mb_error *err);
struct mb_aligner *mb_aligner_free(struct mb_aligner *aligner);
/* Calls function for what comes out, in pieces; ends with its first negative return. */
int mb_aligner_push(struct mb_aligner *aligner, const struct mb_block *block, mb_aligned_function function,
                    void *userdata, struct mb_error *err);
