/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 of the record's chain and of what is frozen beside it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define MB_HASH_SIZE 65 /* 64 hexadecimal digits and the closing NUL */

/* What stands for the hash before the first entry. */
#define MB_HASH_NONE "0000000000000000000000000000000000000000000000000000000000000000"

struct mb_hash_part {
    const void *bytes;
    size_t size;
};

/* SHA-256 of the parts one after the other. -EIO when the library refuses. */
int mb_hash(const struct mb_hash_part *parts, size_t count, char ret[static MB_HASH_SIZE]);

/* SHA-256 of a file from its start, whatever its position; copy: a descriptor that gets the same bytes, -1
 * none. At most 1 GiB: -EFBIG. -errno. */
int mb_hash_file(int fd, int copy, char ret[static MB_HASH_SIZE]);

/* Hash of one entry: SHA-256 over the lines previous hash, number, bench time in ns, wall time, type,
 * payload. The payload is the last line and the others hold no line break, so that no two entries give the
 * same bytes. */
struct mb_hash_entry {
    const char *previous;
    int64_t seq, t_ns;
    const char *time, *type, *payload;
};
int mb_hash_entry(const struct mb_hash_entry *entry, char ret[static MB_HASH_SIZE]);
