/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/replies.h"

#include <errno.h>
#include <string.h>

#include "core/clock.h"

const char *const sim_fault_names[] = {"none",    "silent", "late", "previous",
                                       "garbage", "close",  "gone", NULL};

static int hold(struct sim_replies *r, unsigned delay_ms, struct sim_text *reply)
{
    if (r->held_count == SIM_HELD_MAX)
        return -ENOBUFS;
    r->held[r->held_count].due_ns = mb_monotonic_ns() + delay_ms * UINT64_C(1000000);
    r->held[r->held_count].text = *reply;
    r->held_count++;
    *reply = (struct sim_text){0};
    return 0;
}

int sim_replies_release(struct sim_replies *r, struct sim_text *out)
{
    uint64_t now = mb_monotonic_ns();
    unsigned n = 0;
    int error = 0;

    while (error == 0 && n < r->held_count && r->held[n].due_ns <= now) {
        error = sim_text_append(out, r->held[n].text.data, r->held[n].text.size);
        sim_text_clear(&r->held[n].text);
        n++;
    }
    r->held_count -= n;
    memmove(r->held, r->held + n, r->held_count * sizeof r->held[0]);
    return error;
}

int sim_replies_deliver(struct sim_replies *r, enum sim_fault fault, unsigned delay_ms,
                        struct sim_text *reply, struct sim_text *out)
{
    static const char garbage[] = "\x80\xff#9\x01?+-.E,,\x7f\n";
    struct sim_text keep = {0};
    int error = 0;

    if (reply->size == 0)
        return 0;
    switch (fault) {
    case SIM_FAULT_LATE:
        return hold(r, delay_ms, reply);
    case SIM_FAULT_PREVIOUS:
        error = sim_text_append(out, r->last.data, r->last.size);
        keep = r->last;
        r->last = *reply;
        *reply = keep;
        return error;
    case SIM_FAULT_GARBAGE:
        return sim_text_append(out, garbage, sizeof garbage - 1);
    case SIM_FAULT_NONE:
    case SIM_FAULT_SILENT:
    case SIM_FAULT_CLOSE:
    case SIM_FAULT_GONE:
    case SIM_FAULT_COUNT:
        break;
    }
    /* A late reply that is still held goes first. */
    if (r->held_count > 0)
        return hold(r, delay_ms, reply);
    error = sim_text_append(out, reply->data, reply->size);
    sim_text_clear(&r->last);
    r->last = *reply;
    *reply = (struct sim_text){0};
    return error;
}

void sim_replies_clear(struct sim_replies *r)
{
    for (unsigned i = 0; i < r->held_count; i++)
        sim_text_clear(&r->held[i].text);
    sim_text_clear(&r->last);
    r->held_count = 0;
}
