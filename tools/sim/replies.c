/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/replies.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/clock.h"

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
    int error;

    if (r->held_count == 0 || r->held[0].due_ns > mb_monotonic_ns())
        return 0;
    error = sim_text_append(out, r->held[0].text.data, r->held[0].text.size);
    sim_text_clear(&r->held[0].text);
    r->held_count--;
    memmove(r->held, r->held + 1, r->held_count * sizeof r->held[0]);
    return error;
}

static int garbage(struct sim_text *out)
{
    static const char bytes[] = "\x80\xff#9\x01?+-.E,,\x7f\n";

    return sim_text_append(out, bytes, sizeof bytes - 1);
}

/* "#3100...": another hundred; of anything else the first half, and no end. */
static int wrong_length(const struct sim_text *reply, struct sim_text *out)
{
    size_t at = reply->size > 3 && reply->data[0] == '#' ? 2 : 0, before = out->size;
    int error = sim_text_append(out, reply->data, at != 0 ? reply->size : (reply->size + 1) / 2);

    if (error == 0 && at != 0)
        out->data[before + at] = (char)(reply->data[at] == '9' ? '1' : reply->data[at] + 1);
    return error;
}

/* One field between commas, another one each time, becomes a text for "no value". */
static int spoil_value(struct sim_replies *r, const struct sim_text *reply, struct sim_text *out)
{
    static const char *const texts[] = {"NAN", "+9.91E+37", "9.9E+37", "INF", "-INF", "------", ""};
    size_t end = strcspn(reply->data, "\r\n"), from = 0, length;
    unsigned fields = 1, wanted;
    int error;

    for (size_t i = 0; i < end; i++)
        fields += reply->data[i] == ',';
    wanted = r->spoilt % fields;
    for (; wanted > 0; wanted--)
        from += strcspn(reply->data + from, ",") + 1;
    length = strcspn(reply->data + from, ",\r\n");
    error = sim_text_append(out, reply->data, from);
    if (error == 0)
        error = sim_text_printf(out, "%s", texts[r->spoilt++ % (sizeof texts / sizeof texts[0])]);
    return error < 0 ? error : sim_text_append(out, reply->data + from + length, reply->size - from - length);
}

/* A line feed where a carriage return belongs, or the other way round. */
static int wrong_terminator(const struct sim_text *reply, struct sim_text *out)
{
    size_t n = reply->size;
    bool crlf = n > 1 && reply->data[n - 2] == '\r';

    while (n > 0 && (reply->data[n - 1] == '\r' || reply->data[n - 1] == '\n'))
        n--;
    return sim_text_append(out, reply->data, n) < 0 ? -ENOMEM : sim_text_append(out, crlf ? "\n" : "\r", 1);
}

static int keep(struct sim_replies *r, struct sim_text *reply)
{
    sim_text_clear(&r->last);
    r->last = *reply;
    *reply = (struct sim_text){0};
    return 0;
}

static int merge(struct sim_replies *r, const struct sim_text *reply, struct sim_text *out)
{
    const struct sim_text *first = r->last.size > 0 ? &r->last : reply;
    int error = sim_text_append(out, first->data, first->size);

    return error < 0 ? error : sim_text_append(out, reply->data, reply->size);
}

int sim_replies_deliver(struct sim_replies *r, enum sim_fault fault, unsigned delay_ms,
                        struct sim_text *reply, struct sim_text *out)
{
    int error = 0;

    if (reply->size == 0)
        return 0;
    /* A late reply that is still held goes first. */
    if (fault == SIM_FAULT_LATE || (fault == SIM_FAULT_NONE && r->held_count > 0))
        return hold(r, delay_ms, reply);
    switch (fault) {
    case SIM_FAULT_SILENT:
        break;
    case SIM_FAULT_PREVIOUS:
        error = sim_text_append(out, r->last.data, r->last.size);
        break;
    case SIM_FAULT_GARBAGE:
        return garbage(out);
    case SIM_FAULT_MERGE:
        error = merge(r, reply, out);
        break;
    case SIM_FAULT_LENGTH:
        error = wrong_length(reply, out);
        break;
    case SIM_FAULT_NAN:
        error = isdigit((unsigned char)reply->data[strcspn(reply->data, "0123456789\r\n")])
                    ? spoil_value(r, reply, out)
                    : sim_text_append(out, reply->data, reply->size);
        break;
    case SIM_FAULT_TERMINATOR:
        error = wrong_terminator(reply, out);
        break;
    case SIM_FAULT_NONE:
    case SIM_FAULT_LATE:
    case SIM_FAULT_SPLIT:
    case SIM_FAULT_CLOSE:
    case SIM_FAULT_GONE:
    case SIM_FAULT_REBOOT:
    case SIM_FAULT_RANDOM:
    case SIM_FAULT_COUNT:
        r->split = fault == SIM_FAULT_SPLIT;
        error = sim_text_append(out, reply->data, reply->size);
        break;
    }
    return error < 0 ? error : keep(r, reply);
}

void sim_replies_clear(struct sim_replies *r)
{
    for (unsigned i = 0; i < r->held_count; i++)
        sim_text_clear(&r->held[i].text);
    sim_text_clear(&r->last);
    r->held_count = 0;
}
