/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scpi/frame.h"

#include <errno.h>
#include <string.h>

#include "core/number.h"

/* Text replies are printable; a control byte in one is noise on the line or half of something binary. */
static bool text_ok(const uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (data[i] < 0x20 && data[i] != '\t')
            return false;
    return true;
}

static int find_line(const uint8_t *data, size_t n, enum mb_terminator terminator, bool complete,
                     struct mb_frame *ret)
{
    const uint8_t *end = n ? memchr(data, terminator == MB_TERMINATOR_CR ? '\r' : '\n', n) : NULL;
    size_t length = end ? (size_t)(end - data) : n, used = end ? length + 1 : n;

    if (length > MB_ENGINE_LINE_MAX)
        return -EMSGSIZE;
    if (!end && !complete)
        return -EAGAIN;
    if (terminator != MB_TERMINATOR_CR && length > 0 && data[length - 1] == '\r')
        length--;
    else if (terminator == MB_TERMINATOR_CRLF && !complete)
        return -EPROTO;
    if (!text_ok(data, length))
        return -EPROTO;
    *ret = (struct mb_frame){.offset = 0, .length = length, .used = used};
    return 0;
}

static int find_block(const uint8_t *data, size_t n, enum mb_terminator terminator, bool complete,
                      struct mb_frame *ret)
{
    size_t offset, length, end;
    struct mb_frame rest;
    int r = mb_block_parse(data, n, MB_ENGINE_BLOCK_MAX, &offset, &length);

    if (r == -EAGAIN && complete)
        return -EPROTO;
    if (r < 0)
        return r == -EAGAIN ? r : -EPROTO;
    end = offset + length;
    r = find_line(data + end, n - end, terminator, complete, &rest);
    if (r < 0)
        return r;
    if (rest.length != 0)
        return -EPROTO;
    *ret = (struct mb_frame){.offset = offset, .length = length, .used = end + rest.used};
    return 0;
}

int mb_frame_find(const uint8_t *data, size_t n, enum mb_reply_shape shape, enum mb_terminator terminator,
                  bool complete, struct mb_frame *ret)
{
    if (shape == MB_REPLY_BLOCK)
        return find_block(data, n, terminator, complete, ret);
    return find_line(data, n, terminator, complete, ret);
}
