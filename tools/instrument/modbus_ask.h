/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One Modbus instrument, asked for one number after the other. Only reads: what a written register switches
 * is known to a profile alone. Blocks, never longer than the deadlines of the link. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct modbus_ask;

bool modbus_ask_is(const char *address); /* modbus-tcp:... or modbus-rtu:... */
int modbus_ask_open(const char *address, double timeout_s, struct modbus_ask **ret, struct mb_error *err);
/* text: FUNCTION:ADDRESS[:TYPE[:ORDER]] in the words of a profile, such as "input:12:float32:cdab"; int16 and
 * abcd where nothing is said. The reply is the number in it. */
int modbus_ask_say(struct modbus_ask *m, const char *text, char *reply, size_t size, struct mb_error *err);
struct modbus_ask *modbus_ask_close(struct modbus_ask *m); /* accepts NULL; returns NULL */
