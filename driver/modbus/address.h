/* SPDX-License-Identifier: GPL-3.0-or-later */
/* modbus-tcp:HOST:PORT[,UNIT], with a numeric address or localhost; unit 255 where none is given: the server
 * itself and nothing behind it.
 * modbus-rtu:PATH[,BAUD[,8E1]],UNIT; 19200 baud, 8E1 where nothing is given, the default of Modbus over
 * serial lines. Units of serial lines are 1 to 247: 0 speaks to all of them and is not answered. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#include "core/error.h"
#include "transport/record_file.h"
#include "transport/serial.h"

struct mb_modbus_address {
    char *name; /* as it was given, for messages */
    int unit;
    char *path; /* serial port; NULL: TCP */
    struct mb_serial_setting serial;
    struct sockaddr_storage host;
    socklen_t host_size;
    struct mb_record_file *record; /* NULL: nothing is recorded */
};

/* The address of a link under record (transport/record_file.h) begins its file. -EPROTONOSUPPORT, -EINVAL,
 * -ENOMEM, -errno of that file. Filled only when 0. */
int mb_modbus_address_parse(const char *address, struct mb_modbus_address *ret, struct mb_error *err);
int mb_modbus_address_copy(const struct mb_modbus_address *from, struct mb_modbus_address *ret);
void mb_modbus_address_done(struct mb_modbus_address *a);
