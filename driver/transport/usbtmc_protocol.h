/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of USBTMC 1.0 and USB488 1.0 and nothing else: no I/O, no state. Everything a device sends passes
 * through the decoders here, which trust no length in it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define MB_USBTMC_HEADER_SIZE 12u
/* Payload is padded with zero bytes until header and payload are a multiple of this. */
#define MB_USBTMC_ALIGNMENT 4u

/* bRequest of the class requests (USBTMC table 15, USB488 table 9) */
enum {
    MB_USBTMC_INITIATE_ABORT_BULK_OUT = 1,
    MB_USBTMC_CHECK_ABORT_BULK_OUT_STATUS = 2,
    MB_USBTMC_INITIATE_ABORT_BULK_IN = 3,
    MB_USBTMC_CHECK_ABORT_BULK_IN_STATUS = 4,
    MB_USBTMC_INITIATE_CLEAR = 5,
    MB_USBTMC_CHECK_CLEAR_STATUS = 6,
    MB_USBTMC_GET_CAPABILITIES = 7,
    MB_USBTMC_READ_STATUS_BYTE = 128,
    MB_USBTMC_REN_CONTROL = 160,
    MB_USBTMC_GO_TO_LOCAL = 161,
    MB_USBTMC_LOCAL_LOCKOUT = 162,
};

/* First byte of every reply to them (USBTMC table 16) */
enum {
    MB_USBTMC_STATUS_SUCCESS = 0x01,
    MB_USBTMC_STATUS_PENDING = 0x02,
    MB_USBTMC_STATUS_INTERRUPT_IN_BUSY = 0x20,
    MB_USBTMC_STATUS_FAILED = 0x80,
    MB_USBTMC_STATUS_NOT_IN_PROGRESS = 0x81,
};

#define MB_USBTMC_CAPABILITIES_SIZE 24u
#define MB_USBTMC_STATUS_SIZE 3u /* of the answer to READ_STATUS_BYTE */

/* GET_CAPABILITIES, decoded. */
struct mb_usbtmc_capabilities {
    bool listen_only, talk_only, pulse; /* byte 4 */
    bool term_char;                     /* byte 5 */
    uint16_t usb488_version; /* bytes 12 and 13, binary coded decimal; 0 for a plain USBTMC device */
    bool is_488_2, remote_local, trigger; /* byte 14: 488.2 interface, takes REN/GTL/LLO, takes TRIGGER */
    bool scpi, sr1, rl1, dt1;             /* byte 15: what the device claims to be */
};

struct mb_usbtmc_address {
    uint16_t vendor, product;
    char serial[127]; /* "" = any; a USB string has at most 126 characters */
};

/* One bulk-IN transfer, taken apart; data points into the buffer it was decoded from. */
struct mb_usbtmc_reply {
    const uint8_t *data;
    size_t n;
    bool end_of_message;
    bool term_char; /* ended because the TermChar came */
};

/* What comes on the interrupt-IN endpoint (USB488 3.4). */
enum mb_usbtmc_notice {
    MB_USBTMC_NOTICE_OTHER, /* of the maker, or reserved */
    MB_USBTMC_NOTICE_SERVICE_REQUEST,
    MB_USBTMC_NOTICE_STATUS, /* the answer to READ_STATUS_BYTE */
};

struct mb_usbtmc_notification {
    enum mb_usbtmc_notice notice;
    uint8_t tag; /* of NOTICE_STATUS: 2 to 127 */
    uint8_t status;
};

/* The bTag after this one: 1 to 255, never 0. */
uint8_t mb_usbtmc_next_tag(uint8_t tag);
/* Header, payload and padding of one DEV_DEP_MSG_OUT transfer into buffer; returns its length, 0 when it does
 * not fit. */
size_t mb_usbtmc_encode_out(uint8_t *buffer, size_t size, uint8_t tag, const uint8_t *data, size_t n,
                            bool end_of_message);
/* REQUEST_DEV_DEP_MSG_IN for at most max bytes of payload, to end at the byte term_char too; -1: at none. */
void mb_usbtmc_encode_request(uint8_t buffer[MB_USBTMC_HEADER_SIZE], uint8_t tag, uint32_t max,
                              int term_char);
/* One received transfer: -EPROTO when it is not the reply to the request that had tag and max. More than
 * three bytes behind TransferSize are refused too: dropping them would shorten a number without a word. */
int mb_usbtmc_decode_reply(const uint8_t *buffer, size_t received, uint8_t tag, uint32_t max,
                           struct mb_usbtmc_reply *ret, struct mb_error *err);
/* The first transfer of a device that puts a header there only, and a wrong TransferSize into it: the same
 * checks without the size. n is what was received, total what the whole message has: by the header of an
 * IEEE 488.2 block at its beginning, else by TransferSize. */
int mb_usbtmc_decode_first(const uint8_t *buffer, size_t received, uint8_t tag, struct mb_usbtmc_reply *ret,
                           size_t *ret_total, struct mb_error *err);
/* The tag of READ_STATUS_BYTE after this one: 2 to 127, since 1 stands for a service request. */
uint8_t mb_usbtmc_next_status_tag(uint8_t tag);
/* The control answer to READ_STATUS_BYTE: 0 and the third byte, which is the status where there is no
 * interrupt-IN endpoint; -EBUSY: a notification there is still unread; -EIO: refused; -EPROTO: another tag,
 * or too short. */
int mb_usbtmc_decode_status(const uint8_t *buffer, size_t n, uint8_t tag, uint8_t *ret);
/* -EPROTO: too short for any notification. */
int mb_usbtmc_decode_notification(const uint8_t *buffer, size_t n, struct mb_usbtmc_notification *ret);
/* -EPROTO: too short; -EIO: the device refuses. The USB488 half stays false where the reply is too short for
 * it. */
int mb_usbtmc_decode_capabilities(const uint8_t *buffer, size_t n, struct mb_usbtmc_capabilities *ret);
/* Length of the IN buffer for a request of max bytes: whole packets, with room for header, alignment and the
 * closing short packet, so that the packet which ends the transfer is always consumed with it. */
size_t mb_usbtmc_in_size(uint32_t max, uint16_t packet);
/* The first piece of one that comes in several: *ret_total payload bytes (at most max) follow the header, the
 * attributes are those of the whole. */
int mb_usbtmc_decode_long(const uint8_t *buffer, size_t received, uint8_t tag, uint32_t max,
                          struct mb_usbtmc_reply *ret, size_t *ret_total, struct mb_error *err);

/* "VVVV:PPPP[:SERIAL]", four hexadecimal digits each. */
int mb_usbtmc_parse_address(const char *text, struct mb_usbtmc_address *ret, struct mb_error *err);
/* Whether a serial number descriptor is the wanted serial: literally, or written as hexadecimal ASCII
 * (Yokogawa). */
bool mb_usbtmc_serial_matches(const char *descriptor, const char *wanted);
