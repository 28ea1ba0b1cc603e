/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "modbus/address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "transport/tcp_address.h"

#define TCP "modbus-tcp:"
#define RTU "modbus-rtu:"
#define RECORD "record:"
#define UNIT_OF_SERVER 255
#define RTU_UNIT_MAX 247

static const struct mb_serial_setting rtu_default = {
    .baud = 19200, .data_bits = 8, .stop_bits = 1, .parity = MB_PARITY_EVEN};

void mb_modbus_address_done(struct mb_modbus_address *a)
{
    free(a->name);
    free(a->path);
    (void)mb_record_file_unref(a->record);
    *a = (struct mb_modbus_address){0};
}

int mb_modbus_address_copy(const struct mb_modbus_address *from, struct mb_modbus_address *ret)
{
    struct mb_modbus_address a = *from;

    a.name = strdup(from->name);
    a.path = from->path ? strdup(from->path) : NULL;
    (void)mb_record_file_ref(a.record);
    if (!a.name || (from->path && !a.path)) {
        mb_modbus_address_done(&a);
        return -ENOMEM;
    }
    *ret = a;
    return 0;
}

static int parse_unit(const char *text, int minimum, int maximum, int *ret)
{
    int64_t unit;

    if (mb_integer_parse(text, strlen(text), &unit) < 0 || unit < minimum || unit > maximum)
        return -EINVAL;
    *ret = (int)unit;
    return 0;
}

static int parse_tcp(char *rest, struct mb_modbus_address *a)
{
    char *comma = strrchr(rest, ',');

    a->unit = UNIT_OF_SERVER;
    if (comma && parse_unit(comma + 1, 0, UNIT_OF_SERVER, &a->unit) < 0)
        return -EINVAL;
    if (comma)
        *comma = '\0';
    return mb_tcp_address_parse(rest, &a->host, &a->host_size);
}

/* The unit stands last, the path first, the line between them. */
static int parse_rtu(char *rest, struct mb_modbus_address *a)
{
    char *last = strrchr(rest, ','), *first = strchr(rest, ',');

    a->serial = rtu_default;
    if (rest[0] != '/' || !last || parse_unit(last + 1, 1, RTU_UNIT_MAX, &a->unit) < 0)
        return -EINVAL;
    *last = *first = '\0';
    if (first != last && mb_serial_parse(first + 1, &a->serial, NULL) < 0)
        return -EINVAL;
    a->path = strdup(rest);
    return a->path ? 0 : -ENOMEM;
}

static int parse_bare(const char *address, struct mb_modbus_address *ret, struct mb_error *err)
{
    struct mb_modbus_address a = {.name = strdup(address)};
    char *text = strdup(address);
    int r = -EPROTONOSUPPORT;

    if (!a.name || !text)
        r = -ENOMEM;
    else if (strncmp(text, TCP, strlen(TCP)) == 0)
        r = parse_tcp(text + strlen(TCP), &a);
    else if (strncmp(text, RTU, strlen(RTU)) == 0)
        r = parse_rtu(text + strlen(RTU), &a);
    free(text);
    if (r < 0) {
        mb_modbus_address_done(&a);
        return mb_error_set(
            err, r,
            "address %s: a Modbus instrument is reached by modbus-tcp:ADDRESS:PORT[,UNIT] with a "
            "numeric address, or modbus-rtu:PATH[,BAUD[,8E1]],UNIT with a unit of 1 to 247",
            address);
    }
    *ret = a;
    return 0;
}

int mb_modbus_address_parse(const char *address, struct mb_modbus_address *ret, struct mb_error *err)
{
    const char *rest = address + strlen(RECORD), *bare;
    struct mb_modbus_address a;
    int r;

    if (strncmp(address, RECORD, strlen(RECORD)) != 0)
        return parse_bare(address, ret, err);
    r = mb_record_file_address(rest, &bare, err);
    if (r == 0)
        r = parse_bare(bare, &a, err);
    if (r < 0)
        return r;
    r = mb_record_file_new(rest, "modbus", &a.record, err);
    if (r < 0)
        mb_modbus_address_done(&a);
    else
        *ret = a;
    return r;
}
