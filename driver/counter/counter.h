/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoders on the Linux counter subsystem: /sys/bus/counter/devices/counterN/countM
 * (Documentation/ABI/testing/ sysfs-bus-counter). Reading a count does not block. Debian 12's kernel is built
 * without the subsystem. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct mb_counter_setting {
    const char *root;     /* "/sys", or a copy of it */
    const char *device;   /* "counter0", or what its `name` says */
    unsigned count;       /* M of countM */
    const char *function; /* "quadrature x4" ...; NULL: as it is */
    double counts_a_turn; /* lines of the encoder times what the function makes of one */
};

struct mb_counter;

/* Sets the function where one is asked for, reads it back, and enables the count. -EOPNOTSUPP: this kernel
 * has no counters; -ENODEV: not this one; -EINVAL: the function is not among its functions; -errno. */
int mb_counter_open(const struct mb_counter_setting *setting, struct mb_counter **ret, struct mb_error *err);
struct mb_counter *mb_counter_free(struct mb_counter *c);

/* Counts since open, over all turns of the register: more than half of its range between two readings cannot
 * be told from the other direction. -errno, -EPROTO. */
int mb_counter_read(struct mb_counter *c, int64_t *ret_counts);
/* r/min between two readings, with the sign of the direction. NAN when no time has passed. */
double mb_counter_speed_rpm(const struct mb_counter *c, int64_t counts, double seconds);
