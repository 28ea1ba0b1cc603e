/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modbus TCP around a line of a recording, which is a unit and a PDU: transaction number, protocol, length
 * before it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLAY_MODBUS_HEAD 6u  /* bytes before the unit */
#define REPLAY_MODBUS_MAX 254u /* of a unit and a PDU */

bool replay_modbus_is_frame(size_t n);
/* What stands first in these bytes: 0, and the unit and PDU from begin to end; -EAGAIN: not yet whole;
 * -EPROTO: not Modbus. */
int replay_modbus_next(const uint8_t *data, size_t n, size_t *ret_begin, size_t *ret_end);
/* The answer to the request that began with this head; its size. */
size_t replay_modbus_frame(const uint8_t head[REPLAY_MODBUS_HEAD], const uint8_t *data, size_t n,
                           uint8_t frame[REPLAY_MODBUS_HEAD + REPLAY_MODBUS_MAX]);
