/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A timer of the event loop that rings once, made before and off until then. Real time, not the bench's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* Off until it is armed. Its accuracy is a microsecond: 0 would mean sd-event's default of 250 ms. */
static inline int mb_timer_new(sd_event *event, sd_event_time_handler_t handler, void *userdata,
                               sd_event_source **ret)
{
    int r = sd_event_add_time_relative(event, ret, CLOCK_MONOTONIC, 0, 1, handler, userdata);

    return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

/* What is to be done from the loop and not from inside a call: off until it is enabled. */
static inline int mb_defer_new(sd_event *event, sd_event_handler_t handler, void *userdata,
                               sd_event_source **ret)
{
    int r = sd_event_add_defer(event, ret, handler, userdata);

    return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

/* Again from now, if it is on its way already. */
static inline void mb_timer_arm(sd_event_source *timer, double real_s)
{
    (void)sd_event_source_set_time_relative(timer, (uint64_t)(real_s * 1e6));
    (void)sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/* For the handler of a deadline, with its own usec: a loop that was late itself, behind a slow disk, is no
 * silence of the other side. True: the timer rings again a little later, when what has arrived was heard. No
 * lower priority instead: who floods the loop would keep the deadline away for ever. */
#define MB_TIMER_LATE_S 0.02
static inline bool mb_timer_was_late(sd_event_source *timer, uint64_t usec)
{
    uint64_t now_usec = 0;

    if (sd_event_now(sd_event_source_get_event(timer), CLOCK_MONOTONIC, &now_usec) < 0 ||
        now_usec < usec + (uint64_t)(MB_TIMER_LATE_S * 1e6))
        return false;
    mb_timer_arm(timer, MB_TIMER_LATE_S);
    return true;
}

static inline void mb_timer_disarm(sd_event_source *timer)
{
    (void)sd_event_source_set_enabled(timer, SD_EVENT_OFF);
}
