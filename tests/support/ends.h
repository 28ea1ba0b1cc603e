/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every way in which daemon and guard can end, judged by the simulator's own log of when its outputs were
 * off. Functions that cannot do what they are for end the test and print the logs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "support/daemon_fixture.h"

#define ENDS_OFF_MS 5000u /* longer than that is not waited for */

enum end { DAEMON_KILLED, DAEMON_HANGS, IN_TRANSFER, GUARD_KILLED, GUARD_HANGS, BOTH_KILLED, END_COUNT };
extern const char *const end_names[];

/* Whether the last line of the simulator's log says that something is live. */
bool outputs_are_live(const struct daemon_fixture *f);
/* Until something is live. */
bool outputs_await_live(struct daemon_fixture *f, unsigned timeout_ms);
/* ms from then until everything was off; it must stay so. */
double outputs_off_after_ms(struct daemon_fixture *f, uint64_t from_ns);

/* Starts a run and waits until it has switched on. */
void ends_run_until_live(struct daemon_fixture *f);
/* Ends one or both; the time to safe, ms. BOTH_KILLED does what systemd does after the daemon's end, too;
 * IN_TRANSFER lets every reply come byte by byte before, so that the daemon dies in the middle of some. */
double end_it(struct daemon_fixture *f, enum end end);

/* What takes some tenths of a second to switch off has tests of its own. */
void ends_without_testers(struct daemon_fixture *f);
