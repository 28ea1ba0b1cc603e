/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of waveform/recording.h, for its writer and its reader. */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define FILE_HEAD 32
#define CHANNEL_HEAD 176
#define CHANNEL_HEAD_OLD 120 /* gain, offset and limit only: of recordings before December 2026 */
#define CHANNEL_NUMBERS_AT 96
#define CHANNEL_NAME 64
#define CHANNEL_QUANTITY 24
#define BLOCK_MAGIC "MBBK"
#define BLOCK_HEAD 48
#define BLOCK_CRC_AT 44

static inline void put_u32(uint8_t *p, uint32_t value)
{
    value = htole32(value);
    memcpy(p, &value, sizeof value);
}

static inline void put_u64(uint8_t *p, uint64_t value)
{
    value = htole64(value);
    memcpy(p, &value, sizeof value);
}

static inline void put_f64(uint8_t *p, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    put_u64(p, bits);
}

static inline uint32_t get_u32(const uint8_t *p)
{
    uint32_t value;

    memcpy(&value, p, sizeof value);
    return le32toh(value);
}

static inline uint64_t get_u64(const uint8_t *p)
{
    uint64_t value;

    memcpy(&value, p, sizeof value);
    return le64toh(value);
}

static inline double get_f64(const uint8_t *p)
{
    uint64_t bits = get_u64(p);
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}
