/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The owner of an instrument in a test: keeps what it is told. Embedded, zeroed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/instrument.h"

#define INSTRUMENT_WATCH_CHANNELS 32

struct instrument_watch {
    bool ready, lost;             /* as of the last change of state; the test may take them back */
    bool read_done, command_done; /* set by an answer, taken back by the test before it asks */
    int read_error, command_error;
    char text[512]; /* of the last answer to either */
    struct mb_reading readings[INSTRUMENT_WATCH_CHANNELS];
    size_t count;
};

/* Is told of its changes of state from now on. */
void instrument_watch(struct instrument_watch *w, struct mb_instrument *i);
/* Asks for a reading, which must be accepted and not be answered from inside the call. */
void instrument_watch_begin_read(struct instrument_watch *w, struct mb_instrument *i);

/* For ops->read, and for set, output and safe, with the watch as userdata. A second answer fails the test. */
void watch_read(struct mb_instrument *i, int error, const char *text, const struct mb_reading *readings,
                size_t n, void *userdata);
void watch_command(struct mb_instrument *i, int error, const char *text, void *userdata);
