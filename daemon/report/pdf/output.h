/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "core/error.h"

struct bytes {
    unsigned char *data;
    size_t size, capacity;
};

/* 0 or -ENOMEM. */
int bytes_append(struct bytes *bytes, const void *data, size_t size);
/* All of a file descriptor, at most max bytes: -EFBIG beyond. */
int bytes_read(struct bytes *bytes, int fd, size_t max, struct mb_error *err);
int bytes_write(const struct bytes *bytes, int fd, const char *name, struct mb_error *err);
/* The whole file or none of it: written beside its name and moved there. */
int bytes_write_file(const struct bytes *bytes, const char *path, struct mb_error *err);
void bytes_clear(struct bytes *bytes);
