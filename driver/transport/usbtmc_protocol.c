/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/usbtmc_protocol.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

enum {
    MSG_DEV_DEP_OUT = 1,
    MSG_DEV_DEP_IN = 2, /* in both directions: the request and its reply */
};

#define ATTRIBUTE_EOM 0x01u
#define ATTRIBUTE_TERM_CHAR 0x02u /* of a request: enabled; of a reply: it ended the transfer */

#define NOTICE_FLAG 0x80u /* bNotify1 D7: one of USB488; the tag is in the other bits */
#define NOTICE_SERVICE_REQUEST 0x81u
#define STATUS_TAG_FIRST 2u
#define STATUS_TAG_LAST 127u

static void put_header(uint8_t *buffer, uint8_t id, uint8_t tag, uint32_t size, uint8_t attributes)
{
    const uint32_t le = htole32(size);

    memset(buffer, 0, MB_USBTMC_HEADER_SIZE);
    buffer[0] = id;
    buffer[1] = tag;
    buffer[2] = (uint8_t)~tag;
    memcpy(buffer + 4, &le, sizeof le);
    buffer[8] = attributes;
}

static uint32_t get_size(const uint8_t *header)
{
    uint32_t le;

    memcpy(&le, header + 4, sizeof le);
    return le32toh(le);
}

uint8_t mb_usbtmc_next_tag(uint8_t tag)
{
    return (uint8_t)(tag % 255u + 1u);
}

size_t mb_usbtmc_encode_out(uint8_t *buffer, size_t size, uint8_t tag, const uint8_t *data, size_t n,
                            bool end_of_message)
{
    const size_t padding = (MB_USBTMC_ALIGNMENT - n % MB_USBTMC_ALIGNMENT) % MB_USBTMC_ALIGNMENT;

    if (size < MB_USBTMC_HEADER_SIZE + padding || n > size - MB_USBTMC_HEADER_SIZE - padding ||
        n > UINT32_MAX)
        return 0;
    put_header(buffer, MSG_DEV_DEP_OUT, tag, (uint32_t)n, end_of_message ? ATTRIBUTE_EOM : 0);
    memcpy(buffer + MB_USBTMC_HEADER_SIZE, data, n);
    memset(buffer + MB_USBTMC_HEADER_SIZE + n, 0, padding);
    return MB_USBTMC_HEADER_SIZE + n + padding;
}

void mb_usbtmc_encode_request(uint8_t buffer[MB_USBTMC_HEADER_SIZE], uint8_t tag, uint32_t max, int term_char)
{
    put_header(buffer, MSG_DEV_DEP_IN, tag, max, term_char >= 0 ? ATTRIBUTE_TERM_CHAR : 0);
    if (term_char >= 0)
        buffer[9] = (uint8_t)term_char;
}

/* What every reply header must have, whatever its size says. */
static int check_header(const uint8_t *buffer, size_t received, uint8_t tag, struct mb_error *err)
{
    const uint8_t inverse = (uint8_t)~tag;

    if (received < MB_USBTMC_HEADER_SIZE)
        return mb_error_set(err, -EPROTO, "reply of %zu bytes is shorter than its header", received);
    if (buffer[0] != MSG_DEV_DEP_IN)
        return mb_error_set(err, -EPROTO, "reply has message id %u instead of 2", buffer[0]);
    if (buffer[1] != tag || buffer[2] != inverse)
        return mb_error_set(err, -EPROTO, "reply has tag %u/%u instead of %u/%u", buffer[1], buffer[2], tag,
                            inverse);
    return 0;
}

int mb_usbtmc_decode_reply(const uint8_t *buffer, size_t received, uint8_t tag, uint32_t max,
                           struct mb_usbtmc_reply *ret, struct mb_error *err)
{
    uint32_t size;
    size_t payload;
    int r = check_header(buffer, received, tag, err);

    if (r < 0)
        return r;
    size = get_size(buffer);
    payload = received - MB_USBTMC_HEADER_SIZE;
    if (size > max)
        return mb_error_set(err, -EPROTO, "reply of %u bytes to a request for at most %u", size, max);
    if (size > payload)
        return mb_error_set(err, -EPROTO, "reply announces %u bytes and has %zu", size, payload);
    if (payload - size >= MB_USBTMC_ALIGNMENT)
        return mb_error_set(err, -EPROTO, "reply announces %u bytes and has %zu, more than alignment", size,
                            payload);
    *ret = (struct mb_usbtmc_reply){.data = buffer + MB_USBTMC_HEADER_SIZE,
                                    .n = size,
                                    .end_of_message = buffer[8] & ATTRIBUTE_EOM,
                                    .term_char = buffer[8] & ATTRIBUTE_TERM_CHAR};
    return 0;
}

int mb_usbtmc_decode_long(const uint8_t *buffer, size_t received, uint8_t tag, uint32_t max,
                          struct mb_usbtmc_reply *ret, size_t *ret_total, struct mb_error *err)
{
    int r = check_header(buffer, received, tag, err);

    if (r < 0)
        return r;
    if (get_size(buffer) > max)
        return mb_error_set(err, -EPROTO, "reply of %u bytes to a request for at most %u", get_size(buffer),
                            max);
    *ret = (struct mb_usbtmc_reply){.data = buffer + MB_USBTMC_HEADER_SIZE,
                                    .n = received - MB_USBTMC_HEADER_SIZE,
                                    .end_of_message = buffer[8] & ATTRIBUTE_EOM,
                                    .term_char = buffer[8] & ATTRIBUTE_TERM_CHAR};
    *ret_total = get_size(buffer);
    return 0;
}

/* "#<digits><length>" at the beginning: the bytes of the whole block, 0 where there is none. */
static size_t block_length(const uint8_t *data, size_t n)
{
    size_t digits, length = 0;

    if (n < 2 || data[0] != '#' || data[1] < '1' || data[1] > '9')
        return 0;
    digits = (size_t)(data[1] - '0');
    if (n < 2 + digits)
        return 0;
    for (size_t i = 0; i < digits; i++) {
        if (data[2 + i] < '0' || data[2 + i] > '9')
            return 0;
        length = length * 10 + (size_t)(data[2 + i] - '0');
    }
    return 2 + digits + length;
}

int mb_usbtmc_decode_first(const uint8_t *buffer, size_t received, uint8_t tag, struct mb_usbtmc_reply *ret,
                           size_t *ret_total, struct mb_error *err)
{
    int r = check_header(buffer, received, tag, err);
    struct mb_usbtmc_reply reply;
    size_t total;

    if (r < 0)
        return r;
    reply = (struct mb_usbtmc_reply){.data = buffer + MB_USBTMC_HEADER_SIZE,
                                     .n = received - MB_USBTMC_HEADER_SIZE};
    total = block_length(reply.data, reply.n);
    *ret = reply;
    *ret_total = total > 0 ? total : get_size(buffer);
    return 0;
}

uint8_t mb_usbtmc_next_status_tag(uint8_t tag)
{
    return tag < STATUS_TAG_FIRST || tag >= STATUS_TAG_LAST ? STATUS_TAG_FIRST : (uint8_t)(tag + 1);
}

int mb_usbtmc_decode_status(const uint8_t *buffer, size_t n, uint8_t tag, uint8_t *ret)
{
    if (n >= 1 && buffer[0] == MB_USBTMC_STATUS_INTERRUPT_IN_BUSY)
        return -EBUSY;
    if (n >= 1 && buffer[0] != MB_USBTMC_STATUS_SUCCESS)
        return -EIO;
    if (n < MB_USBTMC_STATUS_SIZE || buffer[1] != tag)
        return -EPROTO;
    *ret = buffer[2];
    return 0;
}

int mb_usbtmc_decode_notification(const uint8_t *buffer, size_t n, struct mb_usbtmc_notification *ret)
{
    struct mb_usbtmc_notification found = {.notice = MB_USBTMC_NOTICE_OTHER};

    if (n < 2)
        return -EPROTO;
    found.status = buffer[1];
    if (buffer[0] == NOTICE_SERVICE_REQUEST) {
        found.notice = MB_USBTMC_NOTICE_SERVICE_REQUEST;
    } else if (buffer[0] >= (NOTICE_FLAG | STATUS_TAG_FIRST)) {
        found.notice = MB_USBTMC_NOTICE_STATUS;
        found.tag = buffer[0] & STATUS_TAG_LAST;
    }
    *ret = found;
    return 0;
}

int mb_usbtmc_decode_capabilities(const uint8_t *buffer, size_t n, struct mb_usbtmc_capabilities *ret)
{
    struct mb_usbtmc_capabilities c = {0};

    if (n < 6)
        return -EPROTO;
    if (buffer[0] != MB_USBTMC_STATUS_SUCCESS)
        return -EIO;
    c.pulse = buffer[4] & 0x04;
    c.talk_only = buffer[4] & 0x02;
    c.listen_only = buffer[4] & 0x01;
    c.term_char = buffer[5] & 0x01;
    if (n >= 16) {
        /* The USB488 bits have bytes of their own; those of byte 4 look alike and mean something else. */
        c.usb488_version = (uint16_t)(buffer[12] | buffer[13] << 8);
        c.is_488_2 = buffer[14] & 0x04;
        c.remote_local = buffer[14] & 0x02;
        c.trigger = buffer[14] & 0x01;
        c.scpi = buffer[15] & 0x08;
        c.sr1 = buffer[15] & 0x04;
        c.rl1 = buffer[15] & 0x02;
        c.dt1 = buffer[15] & 0x01;
    }
    *ret = c;
    return 0;
}

size_t mb_usbtmc_in_size(uint32_t max, uint16_t packet)
{
    const size_t most = (size_t)max + MB_USBTMC_HEADER_SIZE + MB_USBTMC_ALIGNMENT - 1;

    return (most + packet - 1) / packet * packet + packet;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Exactly four digits; returns what follows them, NULL when there are not four. */
static const char *parse_id(const char *text, uint16_t *ret)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        const int digit = hex_digit(text[i]);

        if (digit < 0)
            return NULL;
        value = value << 4 | (unsigned)digit;
    }
    *ret = (uint16_t)value;
    return text + 4;
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (!isprint((unsigned char)*text))
            return false;
    return true;
}

int mb_usbtmc_parse_address(const char *text, struct mb_usbtmc_address *ret, struct mb_error *err)
{
    struct mb_usbtmc_address a = {0};
    const char *p = parse_id(text, &a.vendor);

    if (p && *p == ':')
        p = parse_id(p + 1, &a.product);
    else
        p = NULL;
    if (!p || (*p != '\0' && *p != ':'))
        return mb_error_set(err, -EINVAL,
                            "usbtmc:%s: allowed is usbtmc:VVVV:PPPP or usbtmc:VVVV:PPPP:SERIAL "
                            "with four hexadecimal digits each",
                            text);
    if (*p == ':') {
        const size_t n = strlen(++p);

        if (n == 0 || n >= sizeof a.serial || !is_printable(p))
            return mb_error_set(err, -EINVAL, "usbtmc:%s: a serial number has 1 to %zu printable characters",
                                text, sizeof a.serial - 1);
        memcpy(a.serial, p, n);
    }
    *ret = a;
    return 0;
}

bool mb_usbtmc_serial_matches(const char *descriptor, const char *wanted)
{
    const size_t n = strlen(wanted);

    if (strcmp(descriptor, wanted) == 0)
        return true;
    if (n == 0 || strlen(descriptor) != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        const int high = hex_digit(descriptor[2 * i]), low = hex_digit(descriptor[2 * i + 1]);

        if (high < 0 || low < 0 || (high << 4 | low) != (unsigned char)wanted[i])
            return false;
    }
    return true;
}
