/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One instrument opened through its profile, told to do a few things, closed; with what came of it as text.
 * The same for a recording of the real device and for the replay of one. */
#pragma once

#include <systemd/sd-event.h>

#include "core/instrument.h"

#define SESSION_ACTION_MAX 160 /* characters of one action */

struct session;

struct session_setting {
    const struct mb_instrument_setting *instrument; /* its texts are copied */
    const char *profile_directory;
    /* "read; set QUANTITY VALUE; output on|off; safe; test KIND NAME=NUMBER ...", in this order; copied. The
     * names of a test: voltage_v, current_a, limit_high, limit_low, ramp_s, hold_s, fall_s, frequency_hz. */
    const char *actions;
    bool replayed;                /* the other side is a recording: only then a safety test may be started */
    double timeout_s;             /* real seconds for opening, and for each action */
    void (*done)(void *userdata); /* once, from the loop; the session may be freed in it */
    void *userdata;
};

/* Starts at once. -EINVAL: an action is not known. */
int session_new(sd_event *event, const struct session_setting *setting, struct session **ret,
                struct mb_error *err);
struct session *session_free(struct session *s); /* returns NULL */

/* After done: 0, or the negative errno of what ended it early, and its sentence. */
int session_error(const struct session *s, const char **ret_text);
/* What the identify query answered; "" before. */
const char *session_identity(const struct session *s);
/* CSV: action, channel, value, unit, validity; one row a channel of a reading, one row a command with "ok"
 * or what it failed with. Values in the units of core/quantity.h. */
const char *session_text(const struct session *s);
