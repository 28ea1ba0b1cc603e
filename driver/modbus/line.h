/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A serial line of Modbus RTU and the units on it: one port, opened once by this process, one exchange at a
 * time. Users are threads, each for its own unit. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "transport/serial.h"

struct mb_modbus_line;

/* One unit's place on the line; all zero: none. */
struct mb_modbus_line_user {
    struct mb_modbus_line *line;
    double turn_s;    /* real, that one exchange of it may take */
    bool urgent;      /* its exchanges go before those that are not: what switches before what reads */
    bool cancelled;   /* the line's */
    uint64_t last_ns; /* end of the last exchange on the line, whosever it was */
};

/* Joins the line, which is opened by the first exchange on it. -EINVAL: it is in use with another speed or
 * frame. */
int mb_modbus_line_join(const char *path, const struct mb_serial_setting *setting, double turn_s,
                        struct mb_modbus_line_user *ret, struct mb_error *err);
/* The last one closes the port. All zero is allowed. */
void mb_modbus_line_leave(struct mb_modbus_line_user *u);
/* Waits for its turn and for silence where bytes of others may still come. -ECANCELED; -ENOTCONN: another
 * unit has met the end of the port; what the port says. */
int mb_modbus_line_begin(struct mb_modbus_line_user *u, int *ret_fd, struct mb_error *err);
/* After each begin that was 0. The outcome decides what becomes of the line: after a late or a wrong answer
 * it is heard out, after an error of the port nobody uses it any more. */
void mb_modbus_line_end(struct mb_modbus_line_user *u, int outcome);
/* From any thread: the wait for its turn ends, and there is no other. */
void mb_modbus_line_cancel(struct mb_modbus_line_user *u);
/* Real seconds that a turn may have to be waited for at most; 0 for a path that is not in use. */
double mb_modbus_line_wait_s(const char *path);
