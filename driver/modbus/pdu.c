/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "modbus/pdu.h"

#define READ_COILS 1
#define READ_DISCRETE 2
#define READ_HOLDING 3
#define READ_INPUT 4
#define WRITE_COIL 5
#define WRITE_REGISTER 6
#define WRITE_COILS 15
#define WRITE_REGISTERS 16
#define EXCEPTION 0x80u

static void put_u8(struct mb_modbus_pdu *p, unsigned value)
{
    if (p->n < sizeof p->bytes)
        p->bytes[p->n++] = (uint8_t)value;
}

static void put_u16(struct mb_modbus_pdu *p, unsigned value)
{
    put_u8(p, value >> 8);
    put_u8(p, value & 0xff);
}

/* Unit, function, address and the number behind it, which is a count or the value itself. */
static struct mb_modbus_pdu begin(int unit, int function, int address, unsigned number)
{
    struct mb_modbus_pdu p = {.n = 0};

    put_u8(&p, (unsigned)unit);
    put_u8(&p, (unsigned)function);
    put_u16(&p, (unsigned)address);
    put_u16(&p, number);
    return p;
}

struct mb_modbus_pdu mb_modbus_pdu_read(int unit, enum mb_modbus_space space, int address, int count)
{
    static const int functions[] = {
        [MB_MODBUS_HOLDING] = READ_HOLDING,
        [MB_MODBUS_INPUT] = READ_INPUT,
        [MB_MODBUS_COIL] = READ_COILS,
        [MB_MODBUS_DISCRETE] = READ_DISCRETE,
    };

    return begin(unit, functions[space], address, (unsigned)count);
}

struct mb_modbus_pdu mb_modbus_pdu_write(int unit, enum mb_modbus_space space, int address, int count,
                                         const uint16_t *values, bool multiple)
{
    struct mb_modbus_pdu p;

    if (space == MB_MODBUS_COIL && !multiple)
        return begin(unit, WRITE_COIL, address, values[0] ? 0xff00 : 0);
    if (space == MB_MODBUS_COIL) {
        p = begin(unit, WRITE_COILS, address, 1);
        put_u8(&p, 1);
        put_u8(&p, values[0] != 0);
        return p;
    }
    if (count == 1 && !multiple)
        return begin(unit, WRITE_REGISTER, address, values[0]);
    p = begin(unit, WRITE_REGISTERS, address, (unsigned)count);
    put_u8(&p, 2 * (unsigned)count);
    for (int i = 0; i < count; i++)
        put_u16(&p, values[i]);
    return p;
}

static void put_bits(struct mb_modbus_pdu *p, unsigned count, const uint16_t *values)
{
    put_u8(p, (count + 7) / 8);
    for (unsigned i = 0; i < count; i += 8) {
        unsigned byte = 0;

        for (unsigned k = 0; k < 8 && i + k < count; k++)
            byte |= (values[i + k] != 0) << k;
        put_u8(p, byte);
    }
}

struct mb_modbus_pdu mb_modbus_pdu_answer(const struct mb_modbus_pdu *request, const uint16_t *values)
{
    const unsigned function = request->bytes[1], count = request->bytes[4] << 8 | request->bytes[5];
    struct mb_modbus_pdu p = *request;

    p.n = 2;
    if (function == READ_COILS || function == READ_DISCRETE) {
        put_bits(&p, count, values);
    } else if (function == READ_HOLDING || function == READ_INPUT) {
        put_u8(&p, 2 * count);
        for (unsigned i = 0; i < count; i++)
            put_u16(&p, values[i]);
    } else {
        p.n = 6; /* address and number again */
    }
    return p;
}

struct mb_modbus_pdu mb_modbus_pdu_exception(const struct mb_modbus_pdu *request, int exception)
{
    struct mb_modbus_pdu p = {.n = 0};

    put_u8(&p, request->bytes[0]);
    put_u8(&p, request->bytes[1] | EXCEPTION);
    put_u8(&p, (unsigned)exception);
    return p;
}
