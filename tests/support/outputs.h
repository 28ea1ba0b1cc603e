/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench-sim's own log of what was on when (--switching). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct outputs {       /* one row */
    uint64_t since_ns; /* monotonic: when it became so */
    double t_s;        /* bench time of that */
    bool source;
    double terminal_v, load_nm, driven_rpm, field_a; /* set points but for the voltage */
    double speed_rpm;                                /* at that moment */
};

/* Source, voltage at the terminals, load machine or field: a turning shaft alone is none. */
bool outputs_live(const struct outputs *outputs);
/* The last row; false: there is none that is whole. */
bool outputs_last(const char *path, struct outputs *ret);
/* The first row at or after from_ns for which is_it says so; false: there is none. */
bool outputs_first(const char *path, uint64_t from_ns, bool (*is_it)(const struct outputs *outputs),
                   struct outputs *ret);
