/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever a device sends: the decoders stay inside their buffer and never report more than was received.
 * First byte: which tag was asked; next two: how many bytes were asked; the rest: what came. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transport/usbtmc_protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reply(const uint8_t *data, size_t n, uint8_t tag, uint32_t max)
{
    struct mb_usbtmc_reply reply;
    struct mb_error err;
    int r = mb_usbtmc_decode_reply(data, n, tag, max, &reply, &err);

    if (r < 0 ? err.text[0] == '\0'
              : reply.n > max || reply.data != data + MB_USBTMC_HEADER_SIZE ||
                    reply.n + MB_USBTMC_HEADER_SIZE > n)
        abort();
}

/* What is encoded must decode to itself, whatever the payload. */
static void check_round_trip(const uint8_t *data, size_t n, uint8_t tag)
{
    uint8_t buffer[4096];
    struct mb_usbtmc_reply reply;
    const size_t length = mb_usbtmc_encode_out(buffer, sizeof buffer, tag, data, n, true);

    if (length == 0)
        return;
    buffer[0] = 2; /* the headers of both directions differ in the message id alone */
    if (length % MB_USBTMC_ALIGNMENT != 0 ||
        mb_usbtmc_decode_reply(buffer, length, tag, UINT32_MAX, &reply, NULL) < 0 || reply.n != n ||
        (n > 0 && memcmp(reply.data, data, n) != 0))
        abort();
}

/* Whatever the header says, the message is not shorter than what its block announces, and the bytes are those
 * received. */
static void check_first(const uint8_t *data, size_t n, uint8_t tag)
{
    struct mb_usbtmc_reply reply;
    struct mb_error err;
    size_t total = 0;
    int r = mb_usbtmc_decode_first(data, n, tag, &reply, &total, &err);

    if (r < 0 ? err.text[0] == '\0'
              : reply.n + MB_USBTMC_HEADER_SIZE != n || reply.data != data + MB_USBTMC_HEADER_SIZE ||
                    total > UINT32_MAX)
        abort();
}

/* The first piece of a long one: its size is bounded by the request, not by what is there. */
static void check_long(const uint8_t *data, size_t n, uint8_t tag)
{
    const uint32_t max = 4096;
    struct mb_usbtmc_reply reply;
    struct mb_error err;
    size_t total = 0;
    int r = mb_usbtmc_decode_long(data, n, tag, max, &reply, &total, &err);

    if (r < 0 ? err.text[0] == '\0'
              : reply.n + MB_USBTMC_HEADER_SIZE != n || reply.data != data + MB_USBTMC_HEADER_SIZE ||
                    total > max)
        abort();
}

/* Interrupt packets and the answers to READ_STATUS_BYTE: a status belongs to a tag that can be asked. */
static void check_status(const uint8_t *data, size_t n, uint8_t tag)
{
    struct mb_usbtmc_notification packet = {0};
    uint8_t status = 0;
    int r = mb_usbtmc_decode_status(data, n, tag, &status);

    if (r == 0 ? n < MB_USBTMC_STATUS_SIZE || data[1] != tag || status != data[2] : status != 0)
        abort();
    r = mb_usbtmc_decode_notification(data, n, &packet);
    if ((r == 0) != (n >= 2))
        abort();
    if (packet.notice == MB_USBTMC_NOTICE_STATUS &&
        (packet.tag < 2 || packet.tag > 127 || packet.status != data[1]))
        abort();
    if (packet.notice == MB_USBTMC_NOTICE_SERVICE_REQUEST && data[0] != 0x81)
        abort();
}

/* The USB488 half is there or all false. */
static void check_capabilities(const uint8_t *data, size_t n)
{
    struct mb_usbtmc_capabilities c = {0};
    int r = mb_usbtmc_decode_capabilities(data, n, &c);

    if (r == 0 ? n < 6 || (n < 16 && (c.remote_local || c.rl1 || c.trigger || c.usb488_version != 0))
               : c.term_char || c.remote_local)
        abort();
}

static void check_texts(const uint8_t *data, size_t n)
{
    struct mb_usbtmc_address address;
    char *text = malloc(n + 1);

    if (!text)
        return;
    memcpy(text, data, n);
    text[n] = '\0';
    if (mb_usbtmc_parse_address(text, &address, NULL) == 0 && strlen(address.serial) + 10 > n + 1)
        abort();
    (void)mb_usbtmc_serial_matches(text, "C2UE16018V");
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *exact; /* a buffer of exactly this size, so that one byte too far is seen */

    if (size < 3)
        return 0;
    exact = malloc(size - 3 + (size == 3));
    if (!exact)
        return 0;
    memcpy(exact, data + 3, size - 3);
    check_reply(exact, size - 3, data[0], (uint32_t)(data[1] | data[2] << 8));
    check_round_trip(exact, size - 3, data[0]);
    check_texts(exact, size - 3);
    check_first(exact, size - 3, data[0]);
    check_long(exact, size - 3, data[0]);
    check_status(exact, size - 3, data[0]);
    check_capabilities(exact, size - 3);
    free(exact);
    return 0;
}
