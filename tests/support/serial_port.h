/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A serial port that can be plugged in and pulled: a pty pair behind a link with a fixed path, as udev makes
 * one under /dev/serial/by-id; and an instrument of lines at its other end, on the test's own loop. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>
#include <termios.h>

#include "sim/text.h"

struct serial_port;

/* One message without its terminator; the reply, with whatever ends it, is appended. */
typedef void (*serial_port_line)(void *userdata, const char *line, struct sim_text *reply);

/* Not plugged in yet. Fails the test when it cannot make its folder. */
struct serial_port *serial_port_new(sd_event *event);
struct serial_port *serial_port_free(struct serial_port *p); /* returns NULL */
/* The path of the link; "tty:" and it is the address. */
const char *serial_port_path(const struct serial_port *p);
const char *serial_port_address(const struct serial_port *p);
/* Plugs it in, or another one under the same path; a fresh terminal with line editing on. */
void serial_port_plug(struct serial_port *p);
/* Hangs up; the link goes too. */
void serial_port_unplug(struct serial_port *p);
/* Who answers. terminator ends a message to the instrument. */
void serial_port_serve(struct serial_port *p, const char *terminator, serial_port_line line, void *userdata);
/* Bytes from the instrument, unasked. */
void serial_port_send(struct serial_port *p, const void *data, size_t n);
/* One byte at a time, each in a turn of the loop of its own. */
void serial_port_dribble(struct serial_port *p, bool on);
/* Takes nothing any more. */
void serial_port_stall(struct serial_port *p, bool on);
/* How the port is set up now. */
struct termios serial_port_settings(const struct serial_port *p);
/* Hangs up in the middle of the next reply, after n bytes of it. */
void serial_port_break_after(struct serial_port *p, size_t n);
