/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), eight bytes a step. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct mb_crc32c {
    uint32_t table[8][256];
};

void mb_crc32c_init(struct mb_crc32c *crc);
/* before: 0, or the value of the bytes in front of these. */
uint32_t mb_crc32c(const struct mb_crc32c *crc, uint32_t before, const void *bytes, size_t n);
