/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/usbtmc_quirks.h"

#define EVERY_FIRMWARE 0x0000, 0xffff

/* Sources: H several open drivers handle it, S one does. None of them names the firmware from which or up to
 * which a deviation holds, so every row is for all of it. */
static const struct mb_usbtmc_quirk_row rows[] = {
    /* H: Yokogawa advertises RL1 and fails at it; its profiles send :COMMunicate:REMote instead. */
    {0x0b21, MB_USBTMC_ANY_PRODUCT, EVERY_FIRMWARE, 0, {.no_remote_local = true}},
    /* H: Agilent DSO1000, a rebadged Rigol. */
    {0x0957, 0x0588, EVERY_FIRMWARE, 0, {.no_remote_local = true}},
    /* H: Rigol DS1000: both of the remote/local and of the block family. */
    {0x1ab1, 0x0588, EVERY_FIRMWARE, 0, {.no_remote_local = true, .single_request = true}},
    /* H: Rigol DS2000. */
    {0x1ab1, 0x04b0, EVERY_FIRMWARE, 0, {.no_remote_local = true}},
    /* H: Rigol DS4000. */
    {0x1ab1, 0x04b1, EVERY_FIRMWARE, 0, {.no_remote_local = true}},
    /* H: Rigol MSO5000. */
    {0x1ab1, 0x0515, EVERY_FIRMWARE, 0, {.no_remote_local = true}},
    /* H: Rigol DS1000Z: INITIATE_CLEAR hangs it, its first read is sometimes empty, header once a message. */
    {0x1ab1, 0x04ce, EVERY_FIRMWARE, 0, {.no_clear = true, .first_read_empty = true, .single_request = true}},
    /* H: Siglent. Old firmware hangs on the first read all the same: it wants an update. */
    {0xf4ec, MB_USBTMC_ANY_PRODUCT, EVERY_FIRMWARE, 0, {.no_remote_local = true, .reset_at_open = true}},
    /* H: Advantest, ADCMT. */
    {0x1334, MB_USBTMC_ANY_PRODUCT, EVERY_FIRMWARE, 0, {.one_packet_reads = true}},
    /* H: Keysight U27xxA boots in a mode for firmware updates. The vendor requests that end it are not
     * published: such a device is refused. */
    {0x0957, 0x2818, EVERY_FIRMWARE, 0x2918, {.firmware_mode = true}},
    {0x0957, 0x4218, EVERY_FIRMWARE, 0x4118, {.firmware_mode = true}},
    {0x0957, 0x4418, EVERY_FIRMWARE, 0x4318, {.firmware_mode = true}},
};

#define ROWS (sizeof rows / sizeof rows[0])

const struct mb_usbtmc_quirk_row *mb_usbtmc_quirks_in(const struct mb_usbtmc_quirk_row *table, size_t n,
                                                      uint16_t vendor, uint16_t product, uint16_t release)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].vendor == vendor &&
            (table[i].product == MB_USBTMC_ANY_PRODUCT || table[i].product == product) &&
            release >= table[i].first_release && release <= table[i].last_release)
            return &table[i];
    return NULL;
}

struct mb_usbtmc_quirks mb_usbtmc_quirks(uint16_t vendor, uint16_t product, uint16_t release)
{
    const struct mb_usbtmc_quirk_row *row = mb_usbtmc_quirks_in(rows, ROWS, vendor, product, release);

    return row ? row->quirks : (struct mb_usbtmc_quirks){0};
}

uint16_t mb_usbtmc_firmware_id(uint16_t vendor, uint16_t product)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].quirks.firmware_mode && rows[i].vendor == vendor && rows[i].becomes == product)
            return rows[i].product;
    return 0;
}
