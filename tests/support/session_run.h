/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "instrument/session.h"

/* Runs the session (its done and userdata are not looked at) to its end, which must be a good one, and
 * compares its text; failures end the test. */
void session_run(sd_event *event, const struct session_setting *setting, const char *expected);
