/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/instrument_watch.h"

#include <string.h>

static void on_state(struct mb_instrument *i, void *userdata)
{
    struct instrument_watch *w = userdata;

    w->ready = i->state == MB_INSTRUMENT_READY;
    w->lost = i->state == MB_INSTRUMENT_LOST;
}

void instrument_watch(struct instrument_watch *w, struct mb_instrument *i)
{
    i->state_changed = on_state;
    i->userdata = w;
}

void watch_read(struct mb_instrument *i, int error, const char *text, const struct mb_reading *readings,
                size_t n, void *userdata)
{
    struct instrument_watch *w = userdata;

    assert_false(w->read_done);
    assert_int_equal(n, i->channel_count);
    assert_true(n <= INSTRUMENT_WATCH_CHANNELS);
    w->read_done = true;
    w->read_error = error;
    w->count = n;
    memcpy(w->readings, readings, n * sizeof *readings);
    (void)snprintf(w->text, sizeof w->text, "%s", text);
}

void watch_command(struct mb_instrument *i, int error, const char *text, void *userdata)
{
    struct instrument_watch *w = userdata;

    (void)i;
    assert_false(w->command_done);
    w->command_done = true;
    w->command_error = error;
    (void)snprintf(w->text, sizeof w->text, "%s", text);
}

void instrument_watch_begin_read(struct instrument_watch *w, struct mb_instrument *i)
{
    w->read_done = false;
    assert_int_equal(i->ops->read(i, watch_read, w), 0);
    assert_false(w->read_done);
}
