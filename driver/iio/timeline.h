/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When samples were taken, and whether some are missing, told from when their blocks came. A line through the
 * last blocks that had to be waited for (sample number against bench clock) gives the time of any sample; a
 * block that had not to be waited for lay in a buffer and says nothing about time.
 *
 * Samples can be lost in two ways. Who fetches them was away for longer than the buffers reach: then the
 * first block that is waited for afterwards is late by what is missing. Or the source lost them by itself:
 * then all blocks are late by the same from there on, which is believed after MB_TIMELINE_LATE of them and
 * marked there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MB_TIMELINE_POINTS 64
#define MB_TIMELINE_LATE 8

struct mb_timeline_setting {
    double rate_hz;
    uint64_t depth_ns;  /* how long all buffers together last */
    uint64_t jitter_ns; /* a block may come so late for no reason */
    bool told;          /* what is missing is told by mb_timeline_skip: not judged by the clock */
};

struct mb_timeline {
    struct mb_timeline_setting setting;
    uint64_t next; /* number of the next sample, missing ones counted */
    uint64_t last_ns;
    bool away;
    uint64_t ready;                      /* samples that lay ready since somebody waited, or was away */
    unsigned late;                       /* blocks in a row, by the same */
    double first_late_ns, least_late_ns; /* of them */
    struct mb_timeline_point {
        uint64_t end, t_ns; /* samples before; when they were there */
    } points[MB_TIMELINE_POINTS];
    size_t count, at;
    /* The line: the time of sample `origin` is origin_ns, each takes period_ns. */
    uint64_t origin;
    double origin_ns, period_ns, spread_ns;
};

void mb_timeline_init(struct mb_timeline *t, const struct mb_timeline_setting *setting);
/* count samples were there at arrival_ns; waited: not before. Returns how many are missing right before
 * them. */
uint64_t mb_timeline_add(struct mb_timeline *t, size_t count, uint64_t arrival_ns, bool waited);
/* A loss that somebody else knows of (time stamps). */
void mb_timeline_skip(struct mb_timeline *t, uint64_t missing);
/* Bench time of a sample. */
int64_t mb_timeline_at(const struct mb_timeline *t, uint64_t sample);
/* Standard deviation of the time of the newest sample, as far as chance goes: what all blocks need to come is
 * not in it. False: not yet known better than a block. */
bool mb_timeline_error(const struct mb_timeline *t, double *ret_ns);
