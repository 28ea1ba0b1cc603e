/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((off_t)1 << 30)

static void to_hex(const unsigned char *bytes, size_t size, char *ret)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        ret[2 * i] = digits[bytes[i] >> 4];
        ret[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret[2 * size] = '\0';
}

/* Ends the context. */
static int finish(EVP_MD_CTX *context, int r, char ret[static MB_HASH_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (r == 0 && (!EVP_DigestFinal_ex(context, digest, &size) || 2 * (size_t)size + 1 != MB_HASH_SIZE))
        r = -EIO;
    EVP_MD_CTX_free(context);
    if (r == 0)
        to_hex(digest, size, ret);
    return r;
}

int mb_hash(const struct mb_hash_part *parts, size_t count, char ret[static MB_HASH_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int ok;

    if (!context)
        return -ENOMEM;
    ok = EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    for (size_t i = 0; ok && i < count; i++)
        ok = EVP_DigestUpdate(context, parts[i].bytes, parts[i].size);
    return finish(context, ok ? 0 : -EIO, ret);
}

static int write_all(int fd, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);

        if (n < 0 && errno != EINTR)
            return -errno;
        bytes += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int mb_hash_file(int fd, int copy, char ret[static MB_HASH_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char piece[16384];
    off_t done = 0;
    ssize_t n;
    int r = 0;

    if (!context)
        return -ENOMEM;
    if (!EVP_DigestInit_ex(context, EVP_sha256(), NULL))
        r = -EIO;
    while (r == 0 && (n = pread(fd, piece, sizeof piece, done)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            r = -errno;
        else if (done + n > FILE_MAX)
            r = -EFBIG;
        else if (!EVP_DigestUpdate(context, piece, (size_t)n))
            r = -EIO;
        else if (copy >= 0)
            r = write_all(copy, piece, (size_t)n);
        done += n;
    }
    return finish(context, r, ret);
}

int mb_hash_entry(const struct mb_hash_entry *entry, char ret[static MB_HASH_SIZE])
{
    char numbers[64];
    int n =
        snprintf(numbers, sizeof numbers, "\n%lld\n%lld\n", (long long)entry->seq, (long long)entry->t_ns);

    if (n < 0 || (size_t)n >= sizeof numbers)
        return -EINVAL;
    struct mb_hash_part parts[] = {
        {entry->previous, strlen(entry->previous)}, {numbers, (size_t)n},
        {entry->time, strlen(entry->time)},         {"\n", 1},
        {entry->type, strlen(entry->type)},         {"\n", 1},
        {entry->payload, strlen(entry->payload)},
    };
    return mb_hash(parts, sizeof parts / sizeof parts[0], ret);
}
