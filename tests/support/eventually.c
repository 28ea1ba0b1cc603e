/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/eventually.h"

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"

#define PAUSE_MS 20

bool eventually(bool (*holds)(void *userdata), void *userdata, unsigned timeout_ms)
{
    uint64_t deadline_ns = mb_monotonic_ns() + timeout_ms * UINT64_C(1000000);

    for (;;) {
        bool last = mb_monotonic_ns() >= deadline_ns;

        if (holds(userdata))
            return true;
        if (last)
            return false;
        (void)poll(NULL, 0, PAUSE_MS);
    }
}
