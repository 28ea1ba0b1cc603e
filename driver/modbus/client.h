/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libmodbus as the worker uses it: everything here may block, for a request at most the time for an answer.
 *
 * Errors: -EREMOTEIO and -EAGAIN: the instrument refused (an exception; EAGAIN: it is busy now), the link is
 * good. Everything else leaves a link on which a late answer could be taken for the next one: -EPROTO for an
 * answer with a wrong checksum, unit, function or length, -ETIMEDOUT, errors of the connection. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "modbus/address.h"
#include "modbus/profile.h"

struct mb_modbus_client;

/* Connects; a serial line is heard out first, so that nothing said before is taken for an answer. Clients
 * with one serial port share it (modbus/line.h), and take turns. */
int mb_modbus_client_open(const struct mb_modbus_address *address, double timeout_s, double gap_s,
                          struct mb_modbus_client **ret, struct mb_error *err);
struct mb_modbus_client *
mb_modbus_client_free(struct mb_modbus_client *c); /* NULL is allowed; returns NULL */
/* The only call from another thread: a wait for an answer over TCP ends at once, and the connection is of no
 * more use. Over a serial line it ends with its time; a wait for the line ends at once. */
void mb_modbus_client_cancel(struct mb_modbus_client *c);
/* On a shared line: from now on its requests go before those of others that are not urgent. */
void mb_modbus_client_set_urgent(struct mb_modbus_client *c, bool urgent);
/* A bit is 0 or 1. count: at most 125 registers. */
int mb_modbus_client_read(struct mb_modbus_client *c, enum mb_modbus_space space, int address, int count,
                          uint16_t *ret, struct mb_error *err);
/* To coils and holding registers; multiple: also a single one with functions 15 and 16. */
int mb_modbus_client_write(struct mb_modbus_client *c, enum mb_modbus_space space, int address, int count,
                           const uint16_t *values, bool multiple, struct mb_error *err);
/* Whether the link must not be used any more after this error. */
bool mb_modbus_link_lost(int error);
