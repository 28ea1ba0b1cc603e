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

#include "core/clock.h"
#include "core/timer.h"

#define MAX_QUEUED_BYTES 65536u
#define GO_TO_LOCAL_US 100000u
#define CANCEL_US 250000u
#define LAST_WORD_US 100000u /* for a command that was handed over just before closing */
/* A pulled plug shows as a transfer error first; the hub reports it some 100 ms later. */
#define UNPLUG_GRACE_US 300000u

static void send_next(struct mb_usbtmc *t);

static struct mb_usbtmc *link_of(struct mb_transport *base)
{
    return (struct mb_usbtmc *)base;
}

int mb_usbtmc_not_ready(const struct mb_usbtmc *t)
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

int mb_usbtmc_submit_control(struct mb_usbtmc *t, uint8_t request, uint8_t recipient, uint16_t value,
                             uint16_t index, uint16_t length, uint64_t timeout_us)
{
    const uint8_t type = (uint8_t)(LIBUSB_ENDPOINT_IN | LIBUSB_REQUEST_TYPE_CLASS | recipient);

    libusb_fill_control_setup(t->control_buffer, type, request, value, index, length);
    libusb_fill_control_transfer(t->control->usb, t->handle, t->control_buffer, NULL, NULL, 0);
    return mb_usb_transfer_submit(t->control, timeout_us);
}

/* ---- sending ---- */

static void submit_out(struct mb_usbtmc *t, struct mb_usb_transfer *x, uint8_t *buffer, size_t n,
                       const char *what)
{
    int r;

    libusb_fill_bulk_transfer(x->usb, t->handle, t->interface.out, buffer, (int)n, NULL, NULL, 0);
    r = mb_usb_transfer_submit(x, 0); /* the owner has the deadline */
    if (r < 0)
        mb_usbtmc_fail_usb(t, r, what);
}

bool mb_usbtmc_may_request(const struct mb_usbtmc *t)
{
    const struct mb_usbtmc_message *m = STAILQ_FIRST(&t->messages);

    return !m || (!STAILQ_NEXT(m, entry) && m->sent == m->n && mb_usbtmc_may_read_ahead(t));
}

bool mb_usbtmc_may_read_ahead(const struct mb_usbtmc *t)
{
    /* Devices that need these are not trusted with two transfers at once. */
    return !t->quirks.single_request && !t->quirks.one_packet_reads;
}

void mb_usbtmc_send_request(struct mb_usbtmc *t)
{
    const uint32_t most = t->quirks.one_packet_reads ? MB_USBTMC_ONE_PACKET
                          : t->read_total > 0        ? MB_USBTMC_LONG_PAYLOAD
                                                     : MB_USBTMC_IN_PAYLOAD;

    t->read = MB_USBTMC_READ_REQUESTED;
    t->read_begun = t->read_early = false;
    t->read_asked = t->read_left < most ? (uint32_t)t->read_left : most;
    if (t->quirks.single_request)
        t->read_asked = t->read_left < UINT32_MAX ? (uint32_t)t->read_left : UINT32_MAX; /* never again */
    t->tag = t->read_tag = mb_usbtmc_next_tag(t->tag);
    mb_usbtmc_encode_request(t->ask_buffer, t->tag, t->read_asked,
                             t->capabilities.term_char ? t->term_char : -1);
    submit_out(t, t->ask, t->ask_buffer, MB_USBTMC_HEADER_SIZE, "asking for a reply");
    if (t->state == MB_USBTMC_READY && mb_usbtmc_may_read_ahead(t))
        mb_usbtmc_read_reply(t);
}

static void send_next(struct mb_usbtmc *t)
{
    struct mb_usbtmc_message *m = STAILQ_FIRST(&t->messages);
    size_t n, length;

    if (!m) {
        if (t->read == MB_USBTMC_READ_WANTED)
            mb_usbtmc_send_request(t);
        return;
    }
    n = m->n - m->sent < MB_USBTMC_OUT_PAYLOAD ? m->n - m->sent : MB_USBTMC_OUT_PAYLOAD;
    t->tag = mb_usbtmc_next_tag(t->tag);
    length = mb_usbtmc_encode_out(t->out_buffer, sizeof t->out_buffer, t->tag, m->data + m->sent, n,
                                  m->sent + n == m->n);
    m->sent += n;
    submit_out(t, t->out, t->out_buffer, length, "sending");
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

/* False: something else has become of the link, or becomes of it now. */
static bool has_gone(struct mb_usbtmc *t, struct mb_usb_transfer *x, const char *what)
{
    int r = mb_usb_transfer_result(x);

    if (t->state == MB_USBTMC_SEQUENCE) {
        mb_usbtmc_sequence_cancelled(t);
        return false;
    }
    if (t->state != MB_USBTMC_READY)
        return false;
    if (r == 0 && x->usb->actual_length != x->usb->length)
        r = -EIO;
    if (r == -EPIPE) {
        /* Not sent again: a command that was taken in half may have had its effect. Nor may the request
         * behind it go out when the halt is over. */
        mb_usb_transfer_cancel(t->ask);
        (void)libusb_clear_halt(t->handle, t->interface.out);
    }
    if (r < 0)
        mb_usbtmc_fail_usb(t, r, what);
    return r == 0;
}

static void on_asked(struct mb_usb_transfer *x, void *userdata)
{
    struct mb_usbtmc *t = userdata;

    if (has_gone(t, x, "asking for a reply"))
        mb_usbtmc_await_reply(t);
}

static void on_out(struct mb_usb_transfer *x, void *userdata)
{
    struct mb_usbtmc *t = userdata;
    struct mb_usbtmc_message *m;

    if (!has_gone(t, x, "sending"))
        return;
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
        return mb_usbtmc_not_ready(t);
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

static void on_control(struct mb_usb_transfer *x, void *userdata)
{
    struct mb_usbtmc *t = userdata;
    const int r = mb_usb_transfer_result(x);

    if (t->state == MB_USBTMC_SEQUENCE)
        mb_usbtmc_sequence_control_done(t, r);
    else if (t->state == MB_USBTMC_READY)
        mb_usbtmc_status_done(t, r);
}

/* ---- life ---- */

/* Best effort and short: a front panel that stays locked is a nuisance, a loop that hangs is a danger. */
static void go_to_local(struct mb_usbtmc *t)
{
    mb_usb_transfer_forget(t->control); /* of a status that nobody waits for any more */
    if (mb_usbtmc_submit_control(t, mb_usbtmc_local_request(t), LIBUSB_RECIPIENT_INTERFACE, 0,
                                 t->interface.number, 1, 0) == 0)
        (void)mb_usb_transfer_wait(&t->control, 1, GO_TO_LOCAL_US);
}

static void cancel_all(struct mb_usbtmc *t)
{
    for (size_t i = 0; i < MB_USBTMC_TRANSFERS; i++)
        mb_usb_transfer_cancel(t->transfers[i]);
    (void)mb_usb_transfer_wait(t->transfers, MB_USBTMC_TRANSFERS, CANCEL_US);
}

/* The device. The kernel's driver gets the interface back (libusb's automatic attach), unless the device has
 * left. What the kernel still holds after CANCEL_US is let go by libusb_close, which ends it for good. */
static void let_go(struct mb_usbtmc *t)
{
    if (t->handle) {
        cancel_all(t);
        mb_usb_memory_give_back(&t->in_short, t->handle);
        mb_usb_memory_give_back(&t->in_long, t->handle);
        (void)libusb_release_interface(t->handle, t->interface.number);
        libusb_close(t->handle);
    }
    for (size_t i = 0; i < MB_USBTMC_TRANSFERS; i++)
        t->transfers[i] = mb_usb_transfer_free(t->transfers[i]);
    if (t->device)
        libusb_unref_device(t->device);
    t->device = NULL;
    t->handle = NULL;
    t->in_buffer = NULL;
    t->loop = mb_usb_loop_release(t->loop);
}

/* Half-open links too. A port reset that is still under way has the handle: the device is let go after it. */
static void tear_down(struct mb_usbtmc *t)
{
    t->sequence.timer = sd_event_source_disable_unref(t->sequence.timer);
    mb_usbtmc_status_forget(t);
    (void)sd_event_source_set_enabled(t->fail, SD_EVENT_OFF);
    drop_messages(t);
    if (t->watch.device)
        mb_usb_loop_unwatch(&t->watch);
    t->watch.device = NULL;
    t->read = MB_USBTMC_READ_IDLE;
    t->remote = false;
    t->state = MB_USBTMC_CLOSED;
    if (!t->reset)
        let_go(t);
}

static void on_reset(int r, void *userdata)
{
    struct mb_usbtmc *t = userdata;

    t->reset = mb_usb_reset_free(t->reset);
    if (t->state == MB_USBTMC_CLOSED)
        let_go(t);
    else
        mb_usbtmc_sequence_reset_done(t, r);
}

int mb_usbtmc_reset(struct mb_usbtmc *t)
{
    return mb_usb_reset_start(t->event, t->handle, on_reset, t, &t->reset);
}

static void expect_no_more(struct mb_usbtmc *t)
{
    if (t->arrival_loop)
        mb_usb_loop_expect_no_more(&t->arrival);
    t->arrival_loop = mb_usb_loop_release(t->arrival_loop);
}

static void usbtmc_close(struct mb_transport *base)
{
    struct mb_usbtmc *t = link_of(base);

    expect_no_more(t);
    if (t->state == MB_USBTMC_READY)
        (void)mb_usb_transfer_wait(&t->transfers[0], 1, LAST_WORD_US);
    if (t->state == MB_USBTMC_READY && t->remote) {
        cancel_all(t);
        go_to_local(t);
    }
    if (t->state != MB_USBTMC_CLOSED)
        tear_down(t);
}

static bool is_expected(libusb_device *device, void *userdata)
{
    const struct mb_usbtmc *t = userdata;

    return mb_usbtmc_matches(device, &t->address);
}

static void on_arrived(void *userdata)
{
    struct mb_usbtmc *t = userdata;

    expect_no_more(t);
    if (t->base.callbacks->appeared)
        t->base.callbacks->appeared(t->base.userdata);
}

static int usbtmc_watch(struct mb_transport *base)
{
    struct mb_usbtmc *t = link_of(base);
    struct mb_usb_loop *loop;
    int r;

    if (t->state != MB_USBTMC_CLOSED)
        return -EBUSY;
    if (t->arrival_loop)
        return 0;
    r = mb_usb_loop_acquire(t->event, &loop, NULL);
    if (r < 0)
        return r;
    t->arrival = (struct mb_usb_arrival){.matches = is_expected, .arrived = on_arrived, .userdata = t};
    r = mb_usb_loop_expect(loop, &t->arrival);
    if (r < 0) {
        (void)mb_usb_loop_release(loop);
        return r;
    }
    t->arrival_loop = loop;
    return 0;
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
    static void (*const done[])(struct mb_usb_transfer * x, void *userdata) = {
        on_out, on_asked, mb_usbtmc_on_in, on_control, mb_usbtmc_on_interrupt};

    int r;

    t->in_size = t->in_short_size = mb_usbtmc_in_size(MB_USBTMC_IN_PAYLOAD, t->interface.in_packet);
    r = mb_usb_memory_take(&t->in_short, t->handle, 2 * t->in_size);
    for (size_t i = 0; r == 0 && i < MB_USBTMC_TRANSFERS; i++)
        r = mb_usb_transfer_new(t->loop, done[i], t, &t->transfers[i]);
    return r;
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
    t->quirks = mb_usbtmc_quirks(t->address.vendor, t->address.product, t->interface.release);
    t->status.deaf = false;
    t->status.bad = 0;
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
    if (t->reset)
        return mb_error_set(err, -EBUSY, "the port of USB device %04x:%04x is still being reset",
                            t->address.vendor, t->address.product);
    r = set_up(t, err);
    expect_no_more(t);
    if (r < 0) {
        tear_down(t);
        return r;
    }
    t->term_char = -1;
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
        return mb_usbtmc_not_ready(t);
    t->state = MB_USBTMC_SEQUENCE;
    drop_messages(t);
    mb_usbtmc_status_forget(t);
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
    if (t->reset) {
        t->reset = mb_usb_reset_free(t->reset);
        let_go(t);
    }
    sd_event_source_disable_unref(t->fail);
    sd_event_unref(t->event);
    free(t);
}

static void usbtmc_set_lockout(struct mb_transport *base, bool lockout)
{
    link_of(base)->lockout = lockout;
}

static const struct mb_transport_ops usbtmc_ops = {
    .scheme = "usbtmc",
    .message_based = true,
    .open = usbtmc_open,
    .close = usbtmc_close,
    .write = usbtmc_write,
    .request = mb_usbtmc_request,
    .set_term_char = mb_usbtmc_set_term_char,
    .set_lockout = usbtmc_set_lockout,
    .read_status = mb_usbtmc_read_status,
    .watch = usbtmc_watch,
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
                            .term_char = -1,
                            /* Not where the program before this one began: a reply to it that the device has
                             * kept over the clear would have the tag of our first request. */
                            .tag = (uint8_t)(mb_monotonic_ns() >> 22)};
    STAILQ_INIT(&t->messages);
    r = mb_timer_new(event, on_fail, t, &t->fail);
    if (r < 0) {
        usbtmc_free(&t->base);
        return mb_error_set(err, r, "no event source: error %d", r);
    }
    *ret = &t->base;
    return 0;
}
