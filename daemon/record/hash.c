/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static void to_hex(const unsigned char *bytes, size_t size, char *ret)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        ret[2 * i] = digits[bytes[i] >> 4];
        ret[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret[2 * size] = '\0';
}

int mb_hash(const struct mb_hash_part *parts, size_t count, char ret[static MB_HASH_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int ok;

    if (!context)
        return -ENOMEM;
    ok = EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    for (size_t i = 0; ok && i < count; i++)
        ok = EVP_DigestUpdate(context, parts[i].bytes, parts[i].size);
    ok = ok && EVP_DigestFinal_ex(context, digest, &size);
    EVP_MD_CTX_free(context);
    if (!ok || 2 * (size_t)size + 1 != MB_HASH_SIZE)
        return -EIO;
    to_hex(digest, size, ret);
    return 0;
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
