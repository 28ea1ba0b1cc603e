/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Modbus instrument of libmodbus in a thread of its own, over TCP on a loopback port or RTU behind a pty,
 * with bad manners on demand. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MODBUS_SERVER_PLACES 200 /* of each kind, from address 0 */
#define MODBUS_SERVER_UNIT 17

enum modbus_fault {
    MODBUS_GOOD,
    MODBUS_SILENT,     /* takes the request, never answers */
    MODBUS_LATE,       /* answers after MODBUS_LATE_MS */
    MODBUS_EXCEPTION,  /* says the number instead of an answer */
    MODBUS_SHORT,      /* one register, whatever was asked for */
    MODBUS_CLOSE,      /* hangs up at the request and takes no new connection; RTU: is unplugged */
    MODBUS_WRONG_UNIT, /* RTU: another one answers */
    MODBUS_BAD_CRC,    /* RTU */
    MODBUS_DEAF,       /* says that it has written, and has not */
};

#define MODBUS_LATE_MS 400

struct modbus_server;

/* Failures end the test. */
struct modbus_server *modbus_server_new(bool rtu);
struct modbus_server *modbus_server_free(struct modbus_server *m); /* returns NULL */
/* modbus-tcp:127.0.0.1:PORT,17 or modbus-rtu:PATH,115200,8N1,17 */
const char *modbus_server_address(const struct modbus_server *m);
/* The next `times` requests to our unit with this function code (0: any) are treated so; number: of the
 * exception, or milliseconds of MODBUS_LATE in place of MODBUS_LATE_MS. */
void modbus_server_fault(struct modbus_server *m, enum modbus_fault fault, int function, unsigned times,
                         int number);
/* After MODBUS_CLOSE: takes connections again; is plugged in again. */
void modbus_server_come_back(struct modbus_server *m);
void modbus_server_set(struct modbus_server *m, bool input, int address, uint16_t value);
uint16_t modbus_server_get(struct modbus_server *m, int address); /* holding */
/* RTU: an input register of the unit after ours, which is on the same line and always well. */
void modbus_server_set_second(struct modbus_server *m, int address, uint16_t value);
void modbus_server_set_coil(struct modbus_server *m, int address, bool on);
bool modbus_server_get_coil(struct modbus_server *m, int address);
/* RTU: bytes that belong to nothing. */
void modbus_server_blurt(struct modbus_server *m);
/* TCP: connections that are open now. */
unsigned modbus_server_connections(struct modbus_server *m);
/* Requests with this function code (0: any) since the beginning. */
unsigned modbus_server_count(struct modbus_server *m, int function);
