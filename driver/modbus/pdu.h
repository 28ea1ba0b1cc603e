/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libmodbus says and hears, in bytes, for recordings: the unit, then the PDU (Modbus application
 * protocol V1.1b3, 6), the same over TCP and RTU. libmodbus builds and checks the frames; it does not show
 * them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "modbus/profile.h"

#define MB_MODBUS_PDU_MAX 254u /* with the unit */

struct mb_modbus_pdu {
    uint8_t bytes[MB_MODBUS_PDU_MAX];
    size_t n;
};

/* count: at most 125 registers or bits. */
struct mb_modbus_pdu mb_modbus_pdu_read(int unit, enum mb_modbus_space space, int address, int count);
/* To coils (one) and holding registers; multiple as in client.h. */
struct mb_modbus_pdu mb_modbus_pdu_write(int unit, enum mb_modbus_space space, int address, int count,
                                         const uint16_t *values, bool multiple);
/* The good answer to a request; values: of one that reads. */
struct mb_modbus_pdu mb_modbus_pdu_answer(const struct mb_modbus_pdu *request, const uint16_t *values);
struct mb_modbus_pdu mb_modbus_pdu_exception(const struct mb_modbus_pdu *request, int exception);
