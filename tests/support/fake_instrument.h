/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An instrument on a loopback TCP port, on the test's own event loop: a table of questions and answers, and
 * bad manners on demand (support/fake_table.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "support/fake_table.h"

#define FAKE_LATE_MS 300 /* what FAKE_LATE means here */

struct fake_instrument;

/* Fails the test when it cannot listen. terminator ends answers; questions end with LF, a CR before it is
 * dropped. */
struct fake_instrument *fake_instrument_new(sd_event *event, const struct fake_reply *table,
                                            const char *terminator);
struct fake_instrument *fake_instrument_free(struct fake_instrument *f); /* returns NULL */
/* "tcp:127.0.0.1:PORT" */
const char *fake_instrument_address(const struct fake_instrument *f);
/* The next `times` questions (0: all) that equal `query` (NULL: any) are treated so. */
void fake_instrument_misbehave(struct fake_instrument *f, enum fake_mode mode, const char *query,
                               unsigned times);
/* Another answer from now on. */
void fake_instrument_answer(struct fake_instrument *f, const char *query, const char *reply);
/* Commands are heard and counted, but change no answer. */
void fake_instrument_ignore_commands(struct fake_instrument *f, bool ignore);
/* Sends text that nobody asked for to every connection. */
void fake_instrument_blurt(struct fake_instrument *f, const char *text);
/* Stops or begins to take connections; stopping closes those that are open. */
void fake_instrument_listen(struct fake_instrument *f, bool on);
/* How often this line came; NULL: any line. */
unsigned fake_instrument_count(const struct fake_instrument *f, const char *line);
void fake_instrument_forget(struct fake_instrument *f);
unsigned fake_instrument_connections(const struct fake_instrument *f); /* since the beginning */

/* Runs the loop until *flag or for at most `ms`. Returns *flag. */
bool fake_run_until(sd_event *event, const bool *flag, unsigned ms);
/* Runs the loop for `ms`. */
void fake_run_for(sd_event *event, unsigned ms);
