/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies: requests answered by bulk-IN, checked, and handed on. */
#include <errno.h>

#include "transport/usbtmc_link.h"

#define MAX_EMPTY_REPLIES 16u
/* Behind the bytes of a block from a device without honest sizes: a line end and the alignment. */
#define MAX_TAIL 5u
#define CLOSING_US 100000u

/* The halves of the memory take turns: the one before is still being handed on. */
int mb_usbtmc_submit_in(struct mb_usbtmc *t, uint64_t timeout_us)
{
    const bool is_short = t->in_size == t->in_short_size;
    struct mb_usb_memory *memory = is_short ? &t->in_short : &t->in_long;
    int r = is_short ? 0 : mb_usb_memory_take(memory, t->handle, 2 * (size_t)MB_USBTMC_LONG_SIZE);

    if (r < 0)
        return r;
    t->in_buffer = memory->data + (t->in_buffer == memory->data ? t->in_size : 0);
    libusb_fill_bulk_transfer(t->in->usb, t->handle, t->interface.in, t->in_buffer, (int)t->in_size, NULL,
                              NULL, 0);
    return mb_usb_transfer_submit(t->in, timeout_us);
}

static void read_on(struct mb_usbtmc *t, uint64_t timeout_us)
{
    int r = mb_usbtmc_submit_in(t, timeout_us); /* without a time-out the owner has the deadline */

    if (r < 0)
        mb_usbtmc_fail_usb(t, r, "reading");
}

/* A reply that may not fit into one transfer of ours. */
static bool is_long(const struct mb_usbtmc *t)
{
    return !t->quirks.single_request && t->read_asked > MB_USBTMC_IN_PAYLOAD;
}

void mb_usbtmc_read_reply(struct mb_usbtmc *t)
{
    t->in_size = is_long(t) ? MB_USBTMC_LONG_SIZE : t->in_short_size;
    read_on(t, 0);
}

void mb_usbtmc_await_reply(struct mb_usbtmc *t)
{
    t->read = MB_USBTMC_READ_WAITING;
    if (!mb_usbtmc_may_read_ahead(t))
        mb_usbtmc_read_reply(t);
    else if (t->read_early)
        mb_usbtmc_on_in(t->in, t);
}

int mb_usbtmc_request(struct mb_transport *base, size_t max)
{
    struct mb_usbtmc *t = (struct mb_usbtmc *)base;

    if (t->state != MB_USBTMC_READY)
        return mb_usbtmc_not_ready(t);
    if (t->read != MB_USBTMC_READ_IDLE)
        return -EBUSY;
    if (max == 0)
        return -EINVAL;
    t->read = MB_USBTMC_READ_WANTED;
    t->read_left = max;
    t->read_total = 0;
    t->read_empty = 0;
    t->read_again = t->read_begun = false;
    if (mb_usbtmc_may_request(t))
        mb_usbtmc_send_request(t);
    return 0;
}

void mb_usbtmc_set_term_char(struct mb_transport *base, int term_char)
{
    ((struct mb_usbtmc *)base)->term_char = term_char;
}

/* False, and the link fails, where answers without a byte go on and on. */
static bool makes_progress(struct mb_usbtmc *t, const struct mb_usbtmc_reply *reply)
{
    t->read_empty = reply->n == 0 ? t->read_empty + 1 : 0;
    if (reply->end_of_message || t->read_empty <= MAX_EMPTY_REPLIES)
        return true;
    mb_usbtmc_fail(t, -EPROTO, "USB device %04x:%04x answers without data and without an end",
                   t->address.vendor, t->address.product);
    return false;
}

/* Last act of its caller. */
static void hand_on(struct mb_usbtmc *t, const struct mb_usbtmc_reply *reply)
{
    if (reply->n > 0 || reply->end_of_message)
        t->base.callbacks->received(reply->data, reply->n, reply->end_of_message, t->base.userdata);
}

/* Goes on to the next transfer of the message where there is one, then hands the bytes on: last act of its
 * caller. */
static void deliver(struct mb_usbtmc *t, const struct mb_usbtmc_reply *reply)
{
    t->read_left -= reply->n;
    t->read_total += reply->n;
    if (!makes_progress(t, reply))
        return;
    if (!reply->end_of_message && t->read_left > 0)
        mb_usbtmc_send_request(t);
    else
        t->read = MB_USBTMC_READ_IDLE;
    hand_on(t, reply);
}

/* ---- in pieces: a long reply ---- */

/* The transfer has ended, and with it perhaps the message. Last act of its caller. */
static void end_long(struct mb_usbtmc *t, struct mb_usbtmc_reply *reply)
{
    reply->end_of_message = t->read_end;
    if (!makes_progress(t, reply))
        return;
    if (!reply->end_of_message && t->read_left > 0)
        mb_usbtmc_send_request(t);
    else
        t->read = MB_USBTMC_READ_IDLE;
    hand_on(t, reply);
}

static int begin_long(struct mb_usbtmc *t, size_t n, struct mb_usbtmc_reply *reply, struct mb_error *err)
{
    int r = mb_usbtmc_decode_long(t->in_buffer, n, t->read_tag, t->read_asked, reply, &t->read_rest, err);

    if (r < 0)
        return r;
    t->read_begun = true;
    t->read_end =
        reply->end_of_message || (reply->term_char && t->term_char >= 0 && t->capabilities.term_char);
    return 0;
}

static void in_received_long(struct mb_usbtmc *t, size_t n)
{
    struct mb_usbtmc_reply reply = {.data = t->in_buffer, .n = n};
    const bool full = n == t->in_size;
    struct mb_error why;
    int r = t->read_begun ? 0 : begin_long(t, n, &reply, &why);

    /* No byte too few, and none too many but for the alignment. */
    if (r == 0 && !full && reply.n < t->read_rest)
        r = mb_error_set(&why, -EPROTO, "reply ends %zu bytes too early", t->read_rest - reply.n);
    if (r == 0 && reply.n >= t->read_rest + MB_USBTMC_ALIGNMENT)
        r = mb_error_set(&why, -EPROTO, "reply has %zu bytes more than it announces", reply.n - t->read_rest);
    if (r < 0) {
        mb_usbtmc_fail(t, r, "USB device %04x:%04x: %s", t->address.vendor, t->address.product, why.text);
        return;
    }
    reply.n = reply.n < t->read_rest ? reply.n : t->read_rest;
    reply.end_of_message = false;
    t->read_rest -= reply.n;
    t->read_left -= reply.n;
    t->read_total += reply.n;
    if (!full) {
        end_long(t, &reply);
        return;
    }
    if (t->read_rest == 0)
        t->read = MB_USBTMC_READ_CLOSING;
    read_on(t, t->read_rest == 0 ? CLOSING_US : 0);
    hand_on(t, &reply);
}

/* ---- in pieces: quirk single_request ---- */

/* The header has come: what follows is bare data until the message is complete. */
static void deliver_bare(struct mb_usbtmc *t, struct mb_usbtmc_reply reply)
{
    const bool full = (size_t)t->in->usb->actual_length == t->in_size;

    if (reply.n > t->read_rest && reply.n - t->read_rest > MAX_TAIL) {
        mb_usbtmc_fail(t, -EPROTO, "USB device %04x:%04x: reply has %zu bytes more than it announces",
                       t->address.vendor, t->address.product, reply.n - t->read_rest);
        return;
    }
    if (reply.n > t->read_rest)
        reply.n = t->read_rest;
    t->read_rest -= reply.n;
    reply.end_of_message = t->read_rest == 0 && !full;
    if (!makes_progress(t, &reply))
        return;
    if (reply.end_of_message)
        t->read = MB_USBTMC_READ_IDLE;
    else if (t->read_rest == 0)
        t->read = MB_USBTMC_READ_CLOSING;
    if (t->read != MB_USBTMC_READ_IDLE)
        read_on(t, t->read == MB_USBTMC_READ_CLOSING ? CLOSING_US : 0);
    hand_on(t, &reply);
}

static void in_received_bare(struct mb_usbtmc *t, size_t n)
{
    struct mb_usbtmc_reply reply = {.data = t->in_buffer, .n = n};
    struct mb_error why;
    int r;

    if (!t->read_begun) {
        r = mb_usbtmc_decode_first(t->in_buffer, n, t->read_tag, &reply, &t->read_rest, &why);
        if (r < 0) {
            mb_usbtmc_fail(t, r, "USB device %04x:%04x: %s", t->address.vendor, t->address.product, why.text);
            return;
        }
        t->read_begun = true;
    }
    deliver_bare(t, reply);
}

/* The closing packet, or nothing within its time. Last act of its caller. */
static void in_closed(struct mb_usbtmc *t, int r)
{
    struct mb_usbtmc_reply end = {.data = t->in_buffer, .end_of_message = true};

    if (r < 0 && r != -ETIMEDOUT) {
        mb_usbtmc_fail_usb(t, r, "reading");
        return;
    }
    if (is_long(t)) {
        end_long(t, &end);
        return;
    }
    t->read = MB_USBTMC_READ_IDLE;
    hand_on(t, &end);
}

/* ---- what has come ---- */

/* A stall before the first byte of a reply loses nothing: the request has no effect in the instrument, so it
 * is made once more. Later the lost packets would leave a hole. */
static void in_stalled(struct mb_usbtmc *t)
{
    const int r = mb_usb_errno(libusb_clear_halt(t->handle, t->interface.in));

    if (r < 0 || t->read_again || t->read_total > 0 || t->read_begun || t->in->usb->actual_length > 0) {
        mb_usbtmc_fail_usb(t, r < 0 ? r : -EPIPE, "reading");
        return;
    }
    t->read_again = true;
    mb_usbtmc_send_request(t);
}

static int decode(struct mb_usbtmc *t, size_t n, struct mb_usbtmc_reply *reply, struct mb_error *err)
{
    int r = mb_usbtmc_decode_reply(t->in_buffer, n, t->read_tag, t->read_asked, reply, err);

    if (r < 0)
        return r;
    if (reply->term_char && t->term_char >= 0 && t->capabilities.term_char)
        reply->end_of_message = true;
    if (t->quirks.one_packet_reads) {
        /* It never says where a reply ends. A full one without a line end may be the half of a number. */
        if (reply->n >= MB_USBTMC_ONE_PACKET && reply->data[reply->n - 1] != '\n')
            return mb_error_set(err, -EMSGSIZE, "reply is longer than the %u bytes it can give at once",
                                MB_USBTMC_ONE_PACKET);
        reply->end_of_message = true;
    }
    return 0;
}

static void in_received(struct mb_usbtmc *t, size_t n)
{
    struct mb_usbtmc_reply reply;
    struct mb_error why;
    int r;

    if (n == 0 && t->quirks.first_read_empty && !t->read_again) {
        t->read_again = true;
        read_on(t, 0);
        return;
    }
    if (t->quirks.single_request) {
        in_received_bare(t, n);
        return;
    }
    if (is_long(t)) {
        in_received_long(t, n);
        return;
    }
    r = decode(t, n, &reply, &why);
    if (r < 0)
        mb_usbtmc_fail(t, r, "USB device %04x:%04x: %s", t->address.vendor, t->address.product, why.text);
    else
        deliver(t, &reply);
}

void mb_usbtmc_on_in(struct mb_usb_transfer *x, void *userdata)
{
    struct mb_usbtmc *t = userdata;
    const int r = mb_usb_transfer_result(x);

    if (t->state == MB_USBTMC_SEQUENCE)
        mb_usbtmc_sequence_in_done(t, r);
    else if (t->state != MB_USBTMC_READY)
        return;
    else if (t->read == MB_USBTMC_READ_REQUESTED)
        t->read_early = true; /* controllers do not end the transfers of two endpoints in order */
    else if (t->read == MB_USBTMC_READ_CLOSING)
        in_closed(t, r);
    else if (r == -EPIPE)
        in_stalled(t);
    else if (r < 0)
        mb_usbtmc_fail_usb(t, r, "reading");
    else
        in_received(t, (size_t)x->usb->actual_length);
}
