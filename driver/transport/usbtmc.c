/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The USBTMC link: messages out, requested replies in. Owner's callbacks are always called from the event
 * loop and as the last act of a handler, so the owner may close or free the link inside any of them. */
#include "transport/usbtmc_link.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_QUEUED_BYTES 65536u
#define MAX_EMPTY_REPLIES 16u
#define GO_TO_LOCAL_US 100000u
#define CANCEL_US 250000u
/* A pulled plug shows as a transfer error first; the hub reports it some 100 ms later. */
#define UNPLUG_GRACE_US 300000u

static void send_next(struct mb_usbtmc *t);

static struct mb_usbtmc *link_of(struct mb_transport *base)
{
    return (struct mb_usbtmc *)base;
}

/* What an owner hears who asks while nothing can be done. Of a link that is down and about to say so, not
 * even that: failed follows and has the reason. */
static int not_ready(const struct mb_usbtmc *t)
{
    return t->state == MB_USBTMC_FAILING ? 0 : -ENOTCONN;
}

void mb_usbtmc_fail(struct mb_usbtmc *t, int code, const char *format, ...)
{
    va_list ap;
    char text[sizeof t->fail_text.text];
    const bool in_grace = t->state == MB_USBTMC_FAILING && t->fail_code == -EIO && code == -ENODEV;

    if (t->state == MB_USBTMC_CLOSED || (t->state == MB_USBTMC_FAILING && !in_grace))
        return;
    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    t->state = MB_USBTMC_FAILING;
    t->fail_code = mb_error_set(&t->fail_text, code, "%s", text);
    (void)sd_event_source_set_time_relative(t->fail, code == -EIO ? UNPLUG_GRACE_US : 0);
    (void)sd_event_source_set_enabled(t->fail, SD_EVENT_ONESHOT);
}

void mb_usbtmc_fail_usb(struct mb_usbtmc *t, int r, const char *what)
{
    if (r == -ENODEV)
        mb_usbtmc_fail(t, r, "USB device %04x:%04x was unplugged", t->address.vendor, t->address.product);
    else if (r == -ETIMEDOUT)
        mb_usbtmc_fail(t, r, "USB device %04x:%04x does not answer: %s", t->address.vendor,
                       t->address.product, what);
    else if (r == -EPIPE)
        mb_usbtmc_fail(t, r, "USB device %04x:%04x refuses (stall): %s", t->address.vendor,
                       t->address.product, what);
    else
        mb_usbtmc_fail(t, r, "USB device %04x:%04x fails (error %d): %s", t->address.vendor,
                       t->address.product, r, what);
}

static void on_gone(void *userdata)
{
    mb_usbtmc_fail_usb(userdata, -ENODEV, "");
}

int mb_usbtmc_submit_in(struct mb_usbtmc *t, uint64_t timeout_us)
{
    libusb_fill_bulk_transfer(t->in->usb, t->handle, t->interface.in, t->in_buffer, (int)t->in_size, NULL,
                              NULL, 0);
    return mb_usb_transfer_submit(t->in, timeout_us);
}

int mb_usbtmc_submit_control(struct mb_usbtmc *t, uint8_t request, uint8_t recipient, uint16_t value,
                             uint16_t index, uint16_t length, uint64_t timeout_us)
{
    const uint8_t type = (uint8_t)(LIBUSB_ENDPOINT_IN | LIBUSB_REQUEST_TYPE_CLASS | recipient);

    libusb_fill_control_setup(t->control_buffer, type, request, value, index, length);
    libusb_fill_control_transfer(t->control->usb, t->handle, t->control_buffer, NULL, NULL, 0);
    return mb_usb_transfer_submit(t->control, timeout_us);
}

/* ---- sending ---- */

static void submit_out(struct mb_usbtmc *t, size_t n, const char *what)
{
    int r;

    libusb_fill_bulk_transfer(t->out->usb, t->handle, t->interface.out, t->out_buffer, (int)n, NULL, NULL, 0);
    r = mb_usb_transfer_submit(t->out, 0); /* the owner has the deadline */
    if (r < 0)
        mb_usbtmc_fail_usb(t, r, what);
}

static void send_request(struct mb_usbtmc *t)
{
    t->read = MB_USBTMC_READ_REQUESTED;
    t->read_asked = t->read_left < MB_USBTMC_IN_PAYLOAD ? (uint32_t)t->read_left : MB_USBTMC_IN_PAYLOAD;
    t->tag = t->read_tag = mb_usbtmc_next_tag(t->tag);
    mb_usbtmc_encode_request(t->out_buffer, t->tag, t->read_asked);
    submit_out(t, MB_USBTMC_HEADER_SIZE, "asking for a reply");
}

static void send_next(struct mb_usbtmc *t)
{
    struct mb_usbtmc_message *m = STAILQ_FIRST(&t->messages);
    size_t n, length;

    if (!m) {
        if (t->read == MB_USBTMC_READ_WANTED)
            send_request(t);
        return;
    }
    n = m->n - m->sent < MB_USBTMC_OUT_PAYLOAD ? m->n - m->sent : MB_USBTMC_OUT_PAYLOAD;
    t->tag = mb_usbtmc_next_tag(t->tag);
    length = mb_usbtmc_encode_out(t->out_buffer, sizeof t->out_buffer, t->tag, m->data + m->sent, n,
                                  m->sent + n == m->n);
    m->sent += n;
    submit_out(t, length, "sending");
}

static void drop_message(struct mb_usbtmc *t)
{
    struct mb_usbtmc_message *m = STAILQ_FIRST(&t->messages);

    STAILQ_REMOVE_HEAD(&t->messages, entry);
    t->queued -= m->n;
    free(m);
}

static void drop_messages(struct mb_usbtmc *t)
{
    while (!STAILQ_EMPTY(&t->messages))
        drop_message(t);
}

static void on_out(struct mb_usb_transfer *x, void *userdata)
{
    struct mb_usbtmc *t = userdata;
    struct mb_usbtmc_message *m;
    int r = mb_usb_transfer_result(x);

    if (t->state == MB_USBTMC_SEQUENCE) {
        mb_usbtmc_sequence_out_done(t);
        return;
    }
    if (t->state != MB_USBTMC_READY)
        return;
    if (r == 0 && x->usb->actual_length != x->usb->length)
        r = -EIO;
    if (r == -EPIPE)
        /* Not sent again: a command that was taken in half may have had its effect. */
        (void)libusb_clear_halt(t->handle, t->interface.out);
    if (r < 0) {
        mb_usbtmc_fail_usb(t, r, "sending");
        return;
    }
    if (t->read == MB_USBTMC_READ_REQUESTED) {
        t->read = MB_USBTMC_READ_WAITING;
        r = mb_usbtmc_submit_in(t, 0);
        if (r < 0)
            mb_usbtmc_fail_usb(t, r, "reading");
        return;
    }
    m = STAILQ_FIRST(&t->messages);
    if (m && m->sent == m->n)
        drop_message(t);
    send_next(t);
}

static int usbtmc_write(struct mb_transport *base, const void *data, size_t n)
{
    struct mb_usbtmc *t = link_of(base);
    struct mb_usbtmc_message *m;
    const bool idle = STAILQ_EMPTY(&t->messages);

    if (t->state != MB_USBTMC_READY)
        return not_ready(t);
    if (n == 0)
        return -EINVAL;
    /* A command while a reply is unread is query error -410 in the instrument, or worse. Commands that follow
     * each other without a query wait here, since nothing tells the owner when one has gone. */
    if (t->read != MB_USBTMC_READ_IDLE ||
        (!idle && (n > MAX_QUEUED_BYTES || t->queued > MAX_QUEUED_BYTES - n)))
        return -EBUSY;
    m = malloc(sizeof *m + n);
    if (!m)
        return -ENOMEM;
    *m = (struct mb_usbtmc_message){.n = n};
    memcpy(m->data, data, n);
    STAILQ_INSERT_TAIL(&t->messages, m, entry);
    t->queued += n;
    if (idle)
        send_next(t);
    return 0;
}

/* ---- receiving ---- */

static int usbtmc_request(struct mb_transport *base, size_t max)
{
    struct mb_usbtmc *t = link_of(base);

    if (t->state != MB_USBTMC_READY)
        return not_ready(t);
    if (t->read != MB_USBTMC_READ_IDLE)
        return -EBUSY;
    if (max == 0)
        return -EINVAL;
    t->read = MB_USBTMC_READ_WANTED;
    t->read_left = max;
    t->read_total = 0;
    t->read_empty = 0;
    t->read_again = false;
    if (STAILQ_EMPTY(&t->messages))
        send_next(t);
    return 0;
}

/* Goes on to the next transfer of the message where there is one, then hands the bytes on: last act of its
 * caller. */
static void deliver(struct mb_usbtmc *t, const struct mb_usbtmc_reply *reply)
{
    t->read_left -= reply->n;
    t->read_total += reply->n;
    t->read_empty = reply->n == 0 ? t->read_empty + 1 : 0;
    if (!reply->end_of_message && t->read_empty > MAX_EMPTY_REPLIES) {
        mb_usbtmc_fail(t, -EPROTO, "USB device %04x:%04x answers without data and without an end",
                       t->address.vendor, t->address.product);
        return;
    }
    if (!reply->end_of_message && t->read_left > 0)
        send_request(t); /* its answer cannot overwrite in_buffer before the event loop runs again */
    else
        t->read = MB_USBTMC_READ_IDLE;
    if (reply->n > 0 || reply->end_of_message)
        t->base.callbacks->received(reply->data, reply->n, reply->end_of_message, t->base.userdata);
}

/* A stall before the first byte of a reply loses nothing: the request has no effect in the instrument, so it
 * is made once more. Later the lost packets would leave a hole. */
static void in_stalled(struct mb_usbtmc *t)
{
    const int r = mb_usb_errno(libusb_clear_halt(t->handle, t->interface.in));

    if (r < 0 || t->read_again || t->read_total > 0 || t->in->usb->actual_length > 0) {
        mb_usbtmc_fail_usb(t, r < 0 ? r : -EPIPE, "reading");
        return;
    }
    t->read_again = true;
    send_request(t);
}

static void in_received(struct mb_usbtmc *t, size_t n)
{
    struct mb_usbtmc_reply reply;
    struct mb_error why;
    int r;

    if (n == 0 && t->quirks.first_read_empty && !t->read_again) {
        t->read_again = true;
        r = mb_usbtmc_submit_in(t, 0);
        if (r < 0)
            mb_usbtmc_fail_usb(t, r, "reading");
        return;
    }
    r = mb_usbtmc_decode_reply(t->in_buffer, n, t->read_tag, t->read_asked, &reply, &why);
    if (r < 0)
        mb_usbtmc_fail(t, r, "USB device %04x:%04x: %s", t->address.vendor, t->address.product, why.text);
    else
        deliver(t, &reply);
}

static void on_in(struct mb_usb_transfer *x, void *userdata)
{
    struct mb_usbtmc *t = userdata;
    const int r = mb_usb_transfer_result(x);

    if (t->state == MB_USBTMC_SEQUENCE)
        mb_usbtmc_sequence_in_done(t, r);
    else if (t->state != MB_USBTMC_READY)
        return;
    else if (r == -EPIPE)
        in_stalled(t);
    else if (r < 0)
        mb_usbtmc_fail_usb(t, r, "reading");
    else
        in_received(t, (size_t)x->usb->actual_length);
}

static void on_control(struct mb_usb_transfer *x, void *userdata)
{
    struct mb_usbtmc *t = userdata;

    if (t->state == MB_USBTMC_SEQUENCE)
        mb_usbtmc_sequence_control_done(t, mb_usb_transfer_result(x));
}

/* ---- life ---- */

/* Best effort and short: a front panel that stays locked is a nuisance, a loop that hangs is a danger. */
static void go_to_local(struct mb_usbtmc *t)
{
    if (mb_usbtmc_submit_control(t, MB_USBTMC_GO_TO_LOCAL, LIBUSB_RECIPIENT_INTERFACE, 0, t->interface.number,
                                 1, 0) == 0)
        (void)mb_usb_transfer_wait(&t->control, 1, GO_TO_LOCAL_US);
}

static void cancel_all(struct mb_usbtmc *t)
{
    for (size_t i = 0; i < 3; i++)
        mb_usb_transfer_cancel(t->transfers[i]);
    (void)mb_usb_transfer_wait(t->transfers, 3, CANCEL_US);
}

/* Half-open links too. What the kernel still holds after CANCEL_US is let go by libusb_close, which ends it
 * for good. */
static void tear_down(struct mb_usbtmc *t)
{
    t->sequence.timer = sd_event_source_disable_unref(t->sequence.timer);
    (void)sd_event_source_set_enabled(t->fail, SD_EVENT_OFF);
    drop_messages(t);
    if (t->watch.device)
        mb_usb_loop_unwatch(&t->watch);
    if (t->handle) {
        cancel_all(t);
        (void)libusb_release_interface(t->handle, t->interface.number);
        libusb_close(t->handle);
    }
    for (size_t i = 0; i < 3; i++)
        t->transfers[i] = mb_usb_transfer_free(t->transfers[i]);
    if (t->device)
        libusb_unref_device(t->device);
    free(t->in_buffer);
    t->watch.device = t->device = NULL;
    t->handle = NULL;
    t->in_buffer = NULL;
    t->loop = mb_usb_loop_release(t->loop);
    t->read = MB_USBTMC_READ_IDLE;
    t->remote = false;
    t->state = MB_USBTMC_CLOSED;
}

static void usbtmc_close(struct mb_transport *base)
{
    struct mb_usbtmc *t = link_of(base);

    if (t->state == MB_USBTMC_READY && t->remote) {
        cancel_all(t);
        go_to_local(t);
    }
    if (t->state != MB_USBTMC_CLOSED)
        tear_down(t);
}

/* Asks the kernel, not the device. */
static bool has_left(const struct mb_usbtmc *t)
{
    return libusb_kernel_driver_active(t->handle, t->interface.number) == LIBUSB_ERROR_NO_DEVICE;
}

static int on_fail(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_usbtmc *t = userdata;
    struct mb_error text;
    int code;

    (void)source, (void)usec;
    if (t->fail_code == -EIO && has_left(t))
        mb_usbtmc_fail_usb(t, -ENODEV, "");
    text = t->fail_text;
    code = t->fail_code;
    tear_down(t);
    t->base.callbacks->failed(code, text.text, t->base.userdata);
    return 0;
}

static int make_transfers(struct mb_usbtmc *t)
{
    static void (*const done[])(struct mb_usb_transfer * x, void *userdata) = {on_out, on_in, on_control};

    t->in_size = mb_usbtmc_in_size(MB_USBTMC_IN_PAYLOAD, t->interface.in_packet);
    t->in_buffer = malloc(t->in_size);
    if (!t->in_buffer)
        return -ENOMEM;
    for (size_t i = 0; i < 3; i++) {
        int r = mb_usb_transfer_new(t->loop, done[i], t, &t->transfers[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

/* Everything of open that the device has no say in. */
static int set_up(struct mb_usbtmc *t, struct mb_error *err)
{
    int r = mb_usb_loop_acquire(t->event, &t->loop, err);

    if (r < 0)
        return r;
    r = mb_usbtmc_find(mb_usb_loop_context(t->loop), &t->address, &t->device, &t->interface, err);
    if (r < 0)
        return r;
    r = mb_usbtmc_claim(t->device, &t->interface, &t->handle, err);
    if (r < 0)
        return r;
    r = mb_usb_loop_fault(t->loop);
    if (r == 0)
        r = make_transfers(t);
    if (r < 0)
        return mb_error_set(err, r, "USB device %04x:%04x cannot be watched (error %d)", t->address.vendor,
                            t->address.product, r);
    t->watch = (struct mb_usb_watch){.device = t->device, .gone = on_gone, .userdata = t};
    mb_usb_loop_watch(t->loop, &t->watch);
    return 0;
}

static int usbtmc_open(struct mb_transport *base, struct mb_error *err)
{
    struct mb_usbtmc *t = link_of(base);
    int r;

    if (t->state != MB_USBTMC_CLOSED)
        return mb_error_set(err, -EALREADY, "USB device %04x:%04x is open", t->address.vendor,
                            t->address.product);
    r = set_up(t, err);
    if (r < 0) {
        tear_down(t);
        return r;
    }
    if (t->quirks.reset_at_open && !t->was_reset) {
        /* The one call that can hold up the event loop (the hub's reset, some 100 ms), with these products
         * only and once a link's life: not again at each reconnect. */
        (void)libusb_reset_device(t->handle);
        t->was_reset = true;
    }
    t->state = MB_USBTMC_SEQUENCE;
    mb_usbtmc_sequence_open(t);
    return 0;
}

static int usbtmc_clear(struct mb_transport *base)
{
    struct mb_usbtmc *t = link_of(base);

    if (t->state == MB_USBTMC_SEQUENCE)
        return -EBUSY;
    if (t->state != MB_USBTMC_READY)
        return not_ready(t);
    t->state = MB_USBTMC_SEQUENCE;
    drop_messages(t);
    mb_usbtmc_sequence_clear(t);
    t->read = MB_USBTMC_READ_IDLE;
    return 0;
}

static void usbtmc_free(struct mb_transport *base)
{
    struct mb_usbtmc *t = link_of(base);

    if (!t)
        return;
    usbtmc_close(base);
    sd_event_source_disable_unref(t->fail);
    sd_event_unref(t->event);
    free(t);
}

static const struct mb_transport_ops usbtmc_ops = {
    .scheme = "usbtmc",
    .message_based = true,
    .open = usbtmc_open,
    .close = usbtmc_close,
    .write = usbtmc_write,
    .request = usbtmc_request,
    .clear = usbtmc_clear,
    .free = usbtmc_free,
};

int mb_usbtmc_new(sd_event *event, const char *rest, struct mb_transport **ret, struct mb_error *err)
{
    struct mb_usbtmc_address address;
    struct mb_usbtmc *t;
    int r = mb_usbtmc_parse_address(rest, &address, err);

    if (r < 0)
        return r;
    t = calloc(1, sizeof *t);
    if (!t)
        return mb_error_set(err, -ENOMEM, "out of memory");
    *t = (struct mb_usbtmc){.base.ops = &usbtmc_ops,
                            .event = sd_event_ref(event),
                            .address = address,
                            .quirks = mb_usbtmc_quirks(address.vendor, address.product)};
    STAILQ_INIT(&t->messages);
    r = sd_event_add_time_relative(event, &t->fail, CLOCK_MONOTONIC, 0, 1, on_fail, t);
    if (r < 0) {
        usbtmc_free(&t->base);
        return mb_error_set(err, r, "no event source: error %d", r);
    }
    (void)sd_event_source_set_enabled(t->fail, SD_EVENT_OFF);
    *ret = &t->base;
    return 0;
}
