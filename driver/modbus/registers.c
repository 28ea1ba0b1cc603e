/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "modbus/registers.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static const struct {
    unsigned width;
    double minimum, maximum;
} types[] = {
    [MB_MODBUS_INT16] = {1, INT16_MIN, INT16_MAX}, [MB_MODBUS_UINT16] = {1, 0, UINT16_MAX},
    [MB_MODBUS_INT32] = {2, INT32_MIN, INT32_MAX}, [MB_MODBUS_UINT32] = {2, 0, UINT32_MAX},
    [MB_MODBUS_FLOAT32] = {2, -FLT_MAX, FLT_MAX},
};

static bool words_swapped(enum mb_modbus_order order)
{
    return order == MB_MODBUS_CDAB || order == MB_MODBUS_DCBA;
}

static uint16_t bytes_in_order(enum mb_modbus_order order, uint16_t word)
{
    const bool swapped = order == MB_MODBUS_BADC || order == MB_MODBUS_DCBA;

    return swapped ? __builtin_bswap16(word) : word;
}

unsigned mb_modbus_width(enum mb_modbus_type type)
{
    return types[type].width;
}

uint32_t mb_modbus_bits(enum mb_modbus_type type, enum mb_modbus_order order, const uint16_t *registers)
{
    const uint32_t first = bytes_in_order(order, registers[0]);
    uint32_t second;

    if (types[type].width == 1)
        return first;
    second = bytes_in_order(order, registers[1]);
    return words_swapped(order) ? second << 16 | first : first << 16 | second;
}

double mb_modbus_decode(enum mb_modbus_type type, enum mb_modbus_order order, const uint16_t *registers)
{
    const uint32_t bits = mb_modbus_bits(type, order, registers);
    float number;

    switch (type) {
    case MB_MODBUS_INT16:
        return (int16_t)bits;
    case MB_MODBUS_INT32:
        return (int32_t)bits;
    case MB_MODBUS_UINT16:
    case MB_MODBUS_UINT32:
        return bits;
    case MB_MODBUS_FLOAT32:
        break;
    }
    memcpy(&number, &bits, sizeof number);
    return (double)number;
}

static uint32_t bits_of(enum mb_modbus_type type, double value)
{
    const float number = (float)value;
    uint32_t bits;

    if (type != MB_MODBUS_FLOAT32)
        return (uint32_t)(int64_t)round(value);
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

int mb_modbus_encode(enum mb_modbus_type type, enum mb_modbus_order order, double value,
                     uint16_t ret_registers[MB_MODBUS_WIDTH_MAX])
{
    const double nearest = type == MB_MODBUS_FLOAT32 ? value : round(value);
    uint32_t bits;
    uint16_t high, low;

    if (!(nearest >= types[type].minimum && nearest <= types[type].maximum))
        return -ERANGE;
    bits = bits_of(type, value);
    high = bytes_in_order(order, (uint16_t)(bits >> 16));
    low = bytes_in_order(order, (uint16_t)bits);
    if (types[type].width == 1) {
        ret_registers[0] = low;
        return 0;
    }
    ret_registers[0] = words_swapped(order) ? low : high;
    ret_registers[1] = words_swapped(order) ? high : low;
    return 0;
}
