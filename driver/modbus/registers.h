/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers in 16-bit registers. Modbus fixes the order of the two bytes in a register and nothing beyond it;
 * makers differ. */
#pragma once

#include <stdint.h>

#define MB_MODBUS_WIDTH_MAX 2u /* registers of one number */

enum mb_modbus_type {
    MB_MODBUS_INT16,
    MB_MODBUS_UINT16,
    MB_MODBUS_INT32,
    MB_MODBUS_UINT32,
    MB_MODBUS_FLOAT32 /* IEEE 754 */
};

/* Bytes of a number, A the most significant, as they stand in two registers one after the other. Numbers of
 * one register: BADC and DCBA swap its two bytes. */
enum mb_modbus_order { MB_MODBUS_ABCD, MB_MODBUS_CDAB, MB_MODBUS_BADC, MB_MODBUS_DCBA };

/* Registers that a number takes. */
unsigned mb_modbus_width(enum mb_modbus_type type);
/* The bits of the number, in its own order. */
uint32_t mb_modbus_bits(enum mb_modbus_type type, enum mb_modbus_order order, const uint16_t *registers);
/* May be infinite or not a number with MB_MODBUS_FLOAT32. */
double mb_modbus_decode(enum mb_modbus_type type, enum mb_modbus_order order, const uint16_t *registers);
/* Whole numbers are rounded. -ERANGE: the type cannot hold the value. */
int mb_modbus_encode(enum mb_modbus_type type, enum mb_modbus_order order, double value,
                     uint16_t ret_registers[MB_MODBUS_WIDTH_MAX]);
