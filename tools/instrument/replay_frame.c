/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instrument/replay_frame.h"

#include <errno.h>
#include <string.h>

#define FRAME_MIN 2u /* unit and function */
#define LENGTH_AT 4u

bool replay_modbus_is_frame(size_t n)
{
    return n >= FRAME_MIN && n <= REPLAY_MODBUS_MAX;
}

int replay_modbus_next(const uint8_t *data, size_t n, size_t *ret_begin, size_t *ret_end)
{
    size_t length;

    if (n < REPLAY_MODBUS_HEAD)
        return -EAGAIN;
    length = (size_t)data[LENGTH_AT] << 8 | data[LENGTH_AT + 1];
    if (data[2] != 0 || data[3] != 0 || !replay_modbus_is_frame(length))
        return -EPROTO;
    if (n < REPLAY_MODBUS_HEAD + length)
        return -EAGAIN;
    *ret_begin = REPLAY_MODBUS_HEAD;
    *ret_end = REPLAY_MODBUS_HEAD + length;
    return 0;
}

size_t replay_modbus_frame(const uint8_t head[REPLAY_MODBUS_HEAD], const uint8_t *data, size_t n,
                           uint8_t frame[REPLAY_MODBUS_HEAD + REPLAY_MODBUS_MAX])
{
    memcpy(frame, head, REPLAY_MODBUS_HEAD);
    frame[LENGTH_AT] = (uint8_t)(n >> 8);
    frame[LENGTH_AT + 1] = (uint8_t)n;
    memcpy(frame + REPLAY_MODBUS_HEAD, data, n);
    return REPLAY_MODBUS_HEAD + n;
}
