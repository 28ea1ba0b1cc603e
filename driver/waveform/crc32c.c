/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waveform/crc32c.h"

#define POLYNOMIAL 0x82f63b78u

void mb_crc32c_init(struct mb_crc32c *crc)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;

        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ POLYNOMIAL : value >> 1;
        crc->table[0][byte] = value;
    }
    for (size_t byte = 0; byte < 256; byte++)
        for (size_t k = 1; k < 8; k++)
            crc->table[k][byte] =
                crc->table[k - 1][byte] >> 8 ^ crc->table[0][crc->table[k - 1][byte] & 0xff];
}

uint32_t mb_crc32c(const struct mb_crc32c *crc, uint32_t before, const void *bytes, size_t n)
{
    const uint32_t(*t)[256] = crc->table;
    const uint8_t *p = bytes;
    uint32_t value = ~before;

    for (; n >= 8; n -= 8, p += 8) {
        value ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        value = t[7][value & 0xff] ^ t[6][value >> 8 & 0xff] ^ t[5][value >> 16 & 0xff] ^ t[4][value >> 24] ^
                t[3][p[4]] ^ t[2][p[5]] ^ t[1][p[6]] ^ t[0][p[7]];
    }
    for (; n > 0; n--, p++)
        value = value >> 8 ^ t[0][(value ^ *p) & 0xff];
    return ~value;
}
