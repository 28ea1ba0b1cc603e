/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A serial port as Linux has it: raw, ours alone, with the speed and frame that were asked for or not at all.
 * Shared by the transport of lines (tty.c) and by Modbus RTU.
 *
 * Opening raises DTR and RTS: the kernel does that at the first open after a port was plugged in, before
 * anybody can ask it not to, and an adapter wired to a reset or trigger input passes it on. From then on the
 * two stay up: HUPCL is switched off, so neither closing nor opening again moves them.
 *
 * Opening and setting up ask a USB adapter over its control pipe, which takes milliseconds, and longer with
 * an adapter that is stuck. */
#pragma once

#include <stddef.h>

#include "core/error.h"

enum mb_parity { MB_PARITY_NONE, MB_PARITY_EVEN, MB_PARITY_ODD };
enum mb_flow { MB_FLOW_NONE, MB_FLOW_RTSCTS, MB_FLOW_XONXOFF };

struct mb_serial_setting {
    int baud;
    int data_bits, stop_bits;
    enum mb_parity parity;
    enum mb_flow flow;
};

/* Where neither the address nor the profile says anything: 9600 baud, 8N1, no flow control. */
extern const struct mb_serial_setting mb_serial_default;

/* "BAUD[,8N1][,none|rtscts|xonxoff]", the frame as data bits, parity (N, E, O), stop bits. *setting holds
 * what is taken for the parts that text leaves out, and stays as it is on failure: -EINVAL with what is
 * allowed. */
int mb_serial_parse(const char *text, struct mb_serial_setting *setting, struct mb_error *err);

/* The address with the setting written out: "tty:PATH" becomes "tty:PATH,9600,8N1,none", also within
 * "record:FILE:tty:PATH"; what an address says itself stays, and addresses of other links come back
 * unchanged. The caller frees it. -ENOMEM, -EINVAL as above. */
int mb_serial_address(const char *address, const struct mb_serial_setting *setting, char **ret,
                      struct mb_error *err);

/* Opens without waiting for a carrier, locks (flock and TIOCEXCL), sets up and reads the set-up back; what
 * had come in before is dropped. -ENOENT, -EACCES, -EBUSY: another program holds it; -ENOTTY; -EINVAL: the
 * port does not take this set-up. err says what helps. */
int mb_serial_open(const char *path, const struct mb_serial_setting *setting, int *ret_fd,
                   struct mb_error *err);
/* Lets what was written go out, as long as it moves: at most a quarter of a second, where close itself would
 * wait for half a minute. -1 is allowed. */
void mb_serial_close(int fd, const struct mb_serial_setting *setting);
/* Real seconds that n characters take on the line. */
double mb_serial_seconds(const struct mb_serial_setting *setting, size_t n);
