/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A timer of the event loop that rings once, made before and off until then. Real time, not the bench's. */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

/* Again from now, if it is on its way already. */
static inline void mb_timer_arm(sd_event_source *timer, double real_s)
{
    (void)sd_event_source_set_time_relative(timer, (uint64_t)(real_s * 1e6));
    (void)sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static inline void mb_timer_disarm(sd_event_source *timer)
{
    (void)sd_event_source_set_enabled(timer, SD_EVENT_OFF);
}
