/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "core/error.h"

/* The whole of a regular file of at most max bytes, NUL-terminated after *ret_size bytes; the caller frees
 * it. Never waits (a FIFO or a device is refused). -errno of the file (-ENOENT ...), -EINVAL for what is not
 * such a file. */
int mb_file_read(const char *path, size_t max, char **ret, size_t *ret_size, struct mb_error *err);

/* Writes a temporary file beside path, syncs it and renames it: never half a file. -errno with err. */
int mb_file_write(const char *path, const void *bytes, size_t size, struct mb_error *err);
