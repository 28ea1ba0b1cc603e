/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known deviations of USBTMC products: named booleans by vendor, product and firmware. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mb_usbtmc_quirks {
    bool no_remote_local;  /* advertises remote/local and fails at it */
    bool no_clear;         /* INITIATE_CLEAR hangs it: drain the bulk-IN endpoint instead */
    bool reset_at_open;    /* needs a reset of its port before the first exchange */
    bool first_read_empty; /* the first bulk-IN transfer may be empty: read once more */
    /* Header on the first packet of a whole message only, EOM always set, TransferSize wrong for blocks; a
     * second request starts the reply anew. Requested once, read until the length of the IEEE 488.2 block. */
    bool single_request;
    /* At most MB_USBTMC_ONE_PACKET bytes a reply, EOM never set; answers only while locked by
     * REN_CONTROL. */
    bool one_packet_reads;
    bool firmware_mode; /* this id is its start-up mode, which has no USBTMC interface */
};

#define MB_USBTMC_ONE_PACKET 63u

/* A row: the whole vendor where product is MB_USBTMC_ANY_PRODUCT; firmware as in bcdDevice, both ends
 * included. */
#define MB_USBTMC_ANY_PRODUCT 0u
struct mb_usbtmc_quirk_row {
    uint16_t vendor, product;
    uint16_t first_release, last_release;
    uint16_t becomes; /* of firmware_mode: the product it is after its start-up */
    struct mb_usbtmc_quirks quirks;
};

/* First row that fits, NULL for none. */
const struct mb_usbtmc_quirk_row *mb_usbtmc_quirks_in(const struct mb_usbtmc_quirk_row *rows, size_t n,
                                                      uint16_t vendor, uint16_t product, uint16_t release);
/* What the table says about a device; all false for most. */
struct mb_usbtmc_quirks mb_usbtmc_quirks(uint16_t vendor, uint16_t product, uint16_t release);
/* The id that this product has while it is in its firmware mode; 0: it has none. */
uint16_t mb_usbtmc_firmware_id(uint16_t vendor, uint16_t product);
