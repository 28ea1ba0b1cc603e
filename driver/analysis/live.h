/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is made of a stream while it runs: an analysis every 50 ms, harmonics by windows of 10 or 12 cycles,
 * and the rings of both that screens read. */
#pragma once

#include "analysis/analyser.h"
#include "waveform/ring.h"
#include "waveform/stream.h"

#define MB_LIVE_UPDATE_S 0.05

struct mb_live;

struct mb_live_setting {
    int wiring; /* as mb_analyser_setting has it */
    double rated_v;
    unsigned pole_pairs;
    /* Every 50 ms, or the one cycle of a slower supply; windows of 10 or 12 cycles give hvf (NAN: none so
     * far). May be NULL. */
    void (*updated)(const struct mb_analysis *analysis, double hvf, void *userdata);
    void *userdata;
};

/* Of a stream that has told what it is. -EINVAL, -ENOMEM, -errno of the memory. */
int mb_live_new(const struct mb_live_setting *setting, const struct mb_stream_info *info,
                struct mb_live **ret, struct mb_error *err);
struct mb_live *mb_live_free(struct mb_live *live);
/* -EINVAL: the rate is another now: a new one is needed. -ENOMEM. */
int mb_live_push(struct mb_live *live, const struct mb_block *block, struct mb_error *err);
/* The memory of a ring (waveform/ring.h); borrowed. */
int mb_live_fd(const struct mb_live *live, enum mb_ring_kind kind);

/* "scope", "spectrum"; -EINVAL. */
int mb_ring_kind_from_name(const char *name, enum mb_ring_kind *ret);
