/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One link, asked one thing after the other: what the commands of the program need of the engine. Blocks, on
 * a loop of its own, never longer than the deadlines of the link. */
#pragma once

#include <stdbool.h>

#include "motorbench/command.h"
#include "scpi/engine.h"

struct ask;

/* -errno with err, which says what to do where another program holds the instrument or its node is not ours.
 */
int ask_open(const char *address, const struct mb_engine_settings *settings, struct ask **ret,
             struct mb_error *err);
/* Sends text; with `reply` waits for it: *ret_reply is one clean line, valid until the next call. */
int ask_say(struct ask *a, const char *text, bool reply, const char **ret_reply, struct mb_error *err);
/* Whether every text is a question: with Modbus, where it is FUNCTION:ADDRESS[:TYPE[:ORDER]]. */
bool ask_always_replies(const struct ask *a);
struct ask *ask_close(struct ask *a); /* lets go what is still to be sent; returns NULL */
/* The exit status for it: an address that is none is bad input, else it is the instrument. */
enum exit_status ask_status(int error);
/* Adds to a sentence about an instrument that could not be opened what a person can do. */
void ask_explain(int error, struct mb_error *err);

/* Line feed both ways, three seconds. */
extern const struct mb_engine_settings ask_settings;
