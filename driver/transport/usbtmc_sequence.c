/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening, clearing and the last resort: chains of class requests (USBTMC 4.2.1). One table row a request;
 * each row's `done` looks at the answer and names the next step.
 *
 * The ladder: abort what was cut off, clear; where the device refuses the clear or is silent, one reset of
 * its port and the sequence of an open; then the link fails. The owner asks *IDN? after each of them. */
#include <errno.h>
#include <time.h>

#include "core/clock.h"
#include "core/log.h"
#include "transport/usbtmc_link.h"

#define CONTROL_TIMEOUT_US 1000000u
#define CANCEL_TIMEOUT_US 1000000u
#define DRAIN_TIMEOUT_US 300000u
#define RESET_TIMEOUT_US 1500000u /* a hub needs some 200 ms */
#define POLL_PAUSE_US 50000u
#define MAX_ROUNDS 100u
#define SEQUENCE_NS UINT64_C(3000000000) /* leaves the owner's deadline room for a port reset */

enum step {
    STEP_CANCEL, /* wait for our own transfers to end */
    STEP_CAPABILITIES,
    STEP_ABORT_OUT,
    STEP_ABORT_OUT_CHECK,
    STEP_ABORT_IN,
    STEP_ABORT_IN_CHECK,
    STEP_CLEAR,
    STEP_CLEAR_CHECK,
    STEP_REMOTE,
    STEP_LOCKOUT,
    STEP_RESET, /* of the port */
    STEP_DRAIN, /* read bulk-IN until a short packet or nothing comes */
    STEP_PAUSE,
    STEP_UP,
    STEP_FAILED, /* mb_usbtmc_fail was called */
};

enum target {
    TO_INTERFACE,
    TO_BULK_OUT,
    TO_BULK_IN,
};

struct request {
    const char *name;
    uint8_t code;
    enum target target;
    uint16_t length; /* of the answer */
    enum step (*done)(struct mb_usbtmc *t, int r, const uint8_t *answer, size_t n);
};

static void run(struct mb_usbtmc *t, enum step step);

static enum step fail(struct mb_usbtmc *t, int code, const char *what)
{
    mb_usbtmc_fail_usb(t, code, what);
    return STEP_FAILED;
}

/* One step up: the port reset, when the device itself is at fault and it has not been tried since the last
 * success. A bad cable (-EIO) or a pulled one is no better after a reset. */
static enum step escalate(struct mb_usbtmc *t, int code, const char *what)
{
    if (t->reset_used || code == -EIO || code == -ENODEV || code == -ENOMEM)
        return fail(t, code, what);
    mb_debug("usbtmc %04x:%04x: %s: error %d, resets its port", t->address.vendor, t->address.product, what,
             code);
    t->reset_used = true;
    t->sequence.resets = true;
    return STEP_CANCEL;
}

static enum step drain_then(struct mb_usbtmc *t, enum step after)
{
    t->sequence.after = after;
    return STEP_DRAIN;
}

/* Every poll, drain and retry of one sequence counts against the same bounds. */
static bool one_more_round(struct mb_usbtmc *t)
{
    return ++t->sequence.rounds <= MAX_ROUNDS && mb_monotonic_ns() < t->sequence.end_ns;
}

static enum step pause_then(struct mb_usbtmc *t, enum step after)
{
    t->sequence.after = after;
    return STEP_PAUSE;
}

/* libusb_clear_halt waits for a control transfer, but only here, after the device has just answered one. A
 * raw request would leave the host's data toggle as it was and lose the next packet. */
static int clear_halt(struct mb_usbtmc *t, uint8_t endpoint)
{
    return mb_usb_errno(libusb_clear_halt(t->handle, endpoint));
}

/* REN, GO_TO_LOCAL and LOCAL_LOCKOUT stand and fall together (capability byte 14 D1). */
static bool has_remote_local(const struct mb_usbtmc *t)
{
    return t->interface.protocol == 1 && t->capabilities.remote_local && t->capabilities.rl1 &&
           !t->quirks.no_remote_local;
}

static enum step after_clear(struct mb_usbtmc *t)
{
    /* one_packet_reads: without it no query is answered, whatever the capabilities say. */
    return (has_remote_local(t) || t->quirks.one_packet_reads) && !t->remote ? STEP_REMOTE : STEP_UP;
}

static enum step clear_or_drain(struct mb_usbtmc *t)
{
    return t->quirks.no_clear ? drain_then(t, after_clear(t)) : STEP_CLEAR;
}

static enum step after_cancel(struct mb_usbtmc *t)
{
    if (t->sequence.resets)
        return STEP_RESET;
    if (t->sequence.abort_out)
        return STEP_ABORT_OUT;
    return t->sequence.abort_in ? STEP_ABORT_IN : clear_or_drain(t);
}

static enum step capabilities_done(struct mb_usbtmc *t, int r, const uint8_t *answer, size_t n)
{
    t->capabilities = (struct mb_usbtmc_capabilities){0};
    if (r == 0)
        r = mb_usbtmc_decode_capabilities(answer, n, &t->capabilities);
    /* A device that refuses to tell has none: it can still talk. */
    if (r < 0 && r != -EPIPE && r != -EPROTO && r != -EIO)
        return escalate(t, r, "GET_CAPABILITIES");
    return clear_or_drain(t);
}

static enum step after_abort_out(struct mb_usbtmc *t)
{
    return t->sequence.abort_in ? STEP_ABORT_IN : clear_or_drain(t);
}

/* Aborts are courtesy where a clear follows: what fails in them is left to the clear. A device that does not
 * even answer them would not answer that either. */
static enum step abort_out_done(struct mb_usbtmc *t, int r, const uint8_t *answer, size_t n)
{
    if (r == 0 && n >= 1 && answer[0] == MB_USBTMC_STATUS_SUCCESS)
        return STEP_ABORT_OUT_CHECK;
    return r == -ETIMEDOUT ? escalate(t, r, "INITIATE_ABORT_BULK_OUT") : after_abort_out(t);
}

static enum step abort_out_check_done(struct mb_usbtmc *t, int r, const uint8_t *answer, size_t n)
{
    if (r == 0 && n >= 1 && answer[0] == MB_USBTMC_STATUS_PENDING && one_more_round(t))
        return pause_then(t, STEP_ABORT_OUT_CHECK);
    r = clear_halt(t, t->interface.out);
    if (r < 0)
        return escalate(t, r, "clearing bulk-OUT");
    return after_abort_out(t);
}

static enum step abort_in_done(struct mb_usbtmc *t, int r, const uint8_t *answer, size_t n)
{
    if (r == 0 && n >= 1 && answer[0] == MB_USBTMC_STATUS_SUCCESS)
        return drain_then(t, STEP_ABORT_IN_CHECK);
    /* Another tag is in progress, or the FIFO is not empty: once more after reading it empty. */
    if (r == 0 && n >= 1 && answer[0] == MB_USBTMC_STATUS_NOT_IN_PROGRESS && t->sequence.abort_in) {
        t->sequence.abort_in = false;
        return drain_then(t, STEP_ABORT_IN);
    }
    return r == -ETIMEDOUT ? escalate(t, r, "INITIATE_ABORT_BULK_IN") : clear_or_drain(t);
}

static enum step abort_in_check_done(struct mb_usbtmc *t, int r, const uint8_t *answer, size_t n)
{
    if (r == 0 && n >= 2 && answer[0] == MB_USBTMC_STATUS_PENDING && one_more_round(t))
        return answer[1] & 1 ? drain_then(t, STEP_ABORT_IN_CHECK) : pause_then(t, STEP_ABORT_IN_CHECK);
    return clear_or_drain(t);
}

static enum step clear_done(struct mb_usbtmc *t, int r, const uint8_t *answer, size_t n)
{
    if (r == 0 && n >= 1 && answer[0] == MB_USBTMC_STATUS_SUCCESS)
        return STEP_CLEAR_CHECK;
    /* At open an unread reply can also be drained. After a time-out it cannot: the query may still be
     * running. */
    if (r == -EPIPE && t->sequence.at_open)
        return drain_then(t, after_clear(t));
    return escalate(t, r < 0 ? r : -EPROTO, "INITIATE_CLEAR");
}

static enum step clear_check_done(struct mb_usbtmc *t, int r, const uint8_t *answer, size_t n)
{
    if (r == 0 && n >= 1 && answer[0] == MB_USBTMC_STATUS_PENDING) {
        if (!one_more_round(t))
            return escalate(t, -ETIMEDOUT, "CHECK_CLEAR_STATUS");
        return n >= 2 && answer[1] & 1 ? drain_then(t, STEP_CLEAR_CHECK) : pause_then(t, STEP_CLEAR_CHECK);
    }
    if (r < 0 || n < 1 || answer[0] != MB_USBTMC_STATUS_SUCCESS)
        return escalate(t, r < 0 ? r : -EPROTO, "CHECK_CLEAR_STATUS");
    r = clear_halt(t, t->interface.out);
    if (r < 0)
        return escalate(t, r, "clearing bulk-OUT");
    return after_clear(t);
}

static enum step remote_done(struct mb_usbtmc *t, int r, const uint8_t *answer, size_t n)
{
    if (r == -ENODEV || r == -ETIMEDOUT)
        return fail(t, r, "REN_CONTROL");
    t->remote = r == 0 && n >= 1 && answer[0] == MB_USBTMC_STATUS_SUCCESS;
    return t->remote && t->lockout && has_remote_local(t) ? STEP_LOCKOUT : STEP_UP;
}

/* A device that refuses is used with its front panel open. */
static enum step lockout_done(struct mb_usbtmc *t, int r, const uint8_t *answer, size_t n)
{
    (void)answer, (void)n;
    return r == -ENODEV || r == -ETIMEDOUT ? fail(t, r, "LOCAL_LOCKOUT") : STEP_UP;
}

static const struct request requests[] = {
    [STEP_CAPABILITIES] = {"GET_CAPABILITIES", MB_USBTMC_GET_CAPABILITIES, TO_INTERFACE,
                           MB_USBTMC_CAPABILITIES_SIZE, capabilities_done},
    [STEP_ABORT_OUT] = {"INITIATE_ABORT_BULK_OUT", MB_USBTMC_INITIATE_ABORT_BULK_OUT, TO_BULK_OUT, 2,
                        abort_out_done},
    [STEP_ABORT_OUT_CHECK] = {"CHECK_ABORT_BULK_OUT_STATUS", MB_USBTMC_CHECK_ABORT_BULK_OUT_STATUS,
                              TO_BULK_OUT, 8, abort_out_check_done},
    [STEP_ABORT_IN] = {"INITIATE_ABORT_BULK_IN", MB_USBTMC_INITIATE_ABORT_BULK_IN, TO_BULK_IN, 2,
                       abort_in_done},
    [STEP_ABORT_IN_CHECK] = {"CHECK_ABORT_BULK_IN_STATUS", MB_USBTMC_CHECK_ABORT_BULK_IN_STATUS, TO_BULK_IN,
                             8, abort_in_check_done},
    [STEP_CLEAR] = {"INITIATE_CLEAR", MB_USBTMC_INITIATE_CLEAR, TO_INTERFACE, 1, clear_done},
    [STEP_CLEAR_CHECK] = {"CHECK_CLEAR_STATUS", MB_USBTMC_CHECK_CLEAR_STATUS, TO_INTERFACE, 2,
                          clear_check_done},
    [STEP_REMOTE] = {"REN_CONTROL", MB_USBTMC_REN_CONTROL, TO_INTERFACE, 1, remote_done},
    [STEP_LOCKOUT] = {"LOCAL_LOCKOUT", MB_USBTMC_LOCAL_LOCKOUT, TO_INTERFACE, 1, lockout_done},
};

static uint16_t value_of(const struct mb_usbtmc *t, enum step step)
{
    if (step == STEP_ABORT_OUT)
        return t->tag; /* whatever was being sent carried the newest tag */
    if (step == STEP_ABORT_IN)
        return t->read_tag;
    return step == STEP_REMOTE ? 1 : 0;
}

static void run_request(struct mb_usbtmc *t, enum step step)
{
    const struct request *q = &requests[step];
    const uint8_t index[] = {[TO_INTERFACE] = t->interface.number,
                             [TO_BULK_OUT] = t->interface.out,
                             [TO_BULK_IN] = t->interface.in};
    const uint8_t recipient =
        q->target == TO_INTERFACE ? LIBUSB_RECIPIENT_INTERFACE : LIBUSB_RECIPIENT_ENDPOINT;
    int r = mb_usbtmc_submit_control(t, q->code, recipient, value_of(t, step), index[q->target], q->length,
                                     CONTROL_TIMEOUT_US);

    if (r < 0)
        mb_usbtmc_fail_usb(t, r, q->name);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_usbtmc *t = userdata;

    (void)source, (void)usec;
    t->sequence.timer = sd_event_source_disable_unref(t->sequence.timer);
    if (t->state != MB_USBTMC_SEQUENCE)
        return 0;
    if (t->sequence.step == STEP_PAUSE)
        run(t, t->sequence.after);
    else
        mb_usbtmc_fail(t, -ETIMEDOUT,
                       t->sequence.step == STEP_RESET ? "the reset of the USB port does not end"
                                                      : "a cancelled transfer does not end");
    return 0;
}

static void run_timer(struct mb_usbtmc *t, uint64_t usec)
{
    int r;

    t->sequence.timer = sd_event_source_disable_unref(t->sequence.timer);
    r = sd_event_add_time_relative(t->event, &t->sequence.timer, CLOCK_MONOTONIC, usec, MB_USB_ACCURACY_US,
                                   on_timer, t);
    if (r < 0)
        mb_usbtmc_fail(t, r, "no timer: error %d", r);
}

/* A clear leaves the notifications alone, a reset nothing. */
static bool cancel_pending(struct mb_usbtmc *t)
{
    struct mb_usb_transfer *const all[] = {t->out, t->ask, t->in, t->control, t->interrupt};
    const size_t n = t->sequence.resets ? 5 : 4;
    bool pending = false;

    for (size_t i = 0; i < n; i++) {
        pending |= mb_usb_transfer_busy(all[i]);
        mb_usb_transfer_cancel(all[i]);
    }
    return pending;
}

static void run_cancel(struct mb_usbtmc *t)
{
    if (cancel_pending(t)) {
        if (!t->sequence.timer)
            run_timer(t, CANCEL_TIMEOUT_US);
        return;
    }
    t->sequence.timer = sd_event_source_disable_unref(t->sequence.timer);
    run(t, after_cancel(t));
}

static void run_reset(struct mb_usbtmc *t)
{
    int r = mb_usbtmc_reset(t);

    if (r < 0)
        mb_usbtmc_fail_usb(t, r, "resetting the port");
    else
        run_timer(t, RESET_TIMEOUT_US);
}

static void run_up(struct mb_usbtmc *t)
{
    t->reset_used = false;
    t->state = MB_USBTMC_READY;
    t->base.callbacks->opened(t->base.userdata);
}

static void run_drain(struct mb_usbtmc *t)
{
    int r = one_more_round(t) ? mb_usbtmc_submit_in(t, DRAIN_TIMEOUT_US) : -ETIMEDOUT;

    if (r < 0)
        run(t, escalate(t, r, "emptying bulk-IN"));
}

static void run(struct mb_usbtmc *t, enum step step)
{
    if (t->state != MB_USBTMC_SEQUENCE)
        return;
    t->sequence.step = step;
    switch (step) {
    case STEP_CANCEL:
        run_cancel(t);
        return;
    case STEP_CAPABILITIES:
    case STEP_ABORT_OUT:
    case STEP_ABORT_OUT_CHECK:
    case STEP_ABORT_IN:
    case STEP_ABORT_IN_CHECK:
    case STEP_CLEAR:
    case STEP_CLEAR_CHECK:
    case STEP_REMOTE:
    case STEP_LOCKOUT:
        run_request(t, step);
        return;
    case STEP_RESET:
        run_reset(t);
        return;
    case STEP_DRAIN:
        run_drain(t);
        return;
    case STEP_PAUSE:
        run_timer(t, POLL_PAUSE_US);
        return;
    case STEP_UP:
        run_up(t);
        return;
    case STEP_FAILED:
        return;
    }
}

void mb_usbtmc_sequence_control_done(struct mb_usbtmc *t, int r)
{
    const struct request *q;

    if (t->sequence.step == STEP_CANCEL) {
        mb_usbtmc_sequence_cancelled(t);
        return;
    }
    if (t->sequence.step > STEP_LOCKOUT || !requests[t->sequence.step].done)
        return;
    q = &requests[t->sequence.step];
    mb_debug("usbtmc %04x:%04x: %s: %d", t->address.vendor, t->address.product, q->name, r);
    if (r == -ENODEV)
        mb_usbtmc_fail_usb(t, r, q->name);
    else
        run(t, q->done(t, r, t->control_buffer + LIBUSB_CONTROL_SETUP_SIZE,
                       (size_t)t->control->usb->actual_length));
}

void mb_usbtmc_sequence_in_done(struct mb_usbtmc *t, int r)
{
    if (t->sequence.step == STEP_CANCEL) {
        mb_usbtmc_sequence_cancelled(t);
        return;
    }
    if (t->sequence.step != STEP_DRAIN)
        return;
    if (r == -EPIPE)
        r = clear_halt(t, t->interface.in);
    if (r == 0 && (size_t)t->in->usb->actual_length == t->in_size)
        run(t, STEP_DRAIN); /* no short packet yet */
    else if (r == 0 || r == -ETIMEDOUT)
        run(t, t->sequence.after);
    else
        run(t, escalate(t, r, "emptying bulk-IN"));
}

void mb_usbtmc_sequence_cancelled(struct mb_usbtmc *t)
{
    if (t->sequence.step == STEP_CANCEL)
        run(t, STEP_CANCEL);
}

static void begin_open(struct mb_usbtmc *t)
{
    int r;

    t->sequence = (struct mb_usbtmc_sequence){.at_open = true, .end_ns = mb_monotonic_ns() + SEQUENCE_NS};
    r = mb_usbtmc_listen(t);
    if (r < 0)
        mb_usbtmc_fail_usb(t, r, "notifications");
    else
        run(t, STEP_CAPABILITIES);
}

void mb_usbtmc_sequence_reset_done(struct mb_usbtmc *t, int r)
{
    if (t->state != MB_USBTMC_SEQUENCE || t->sequence.step != STEP_RESET)
        return;
    t->sequence.timer = sd_event_source_disable_unref(t->sequence.timer);
    t->remote = false;
    if (r < 0)
        /* -ENOENT: it has come back as another device, which is a replug. */
        mb_usbtmc_fail_usb(t, r == -ENOENT ? -ENODEV : r, "resetting the port");
    else
        begin_open(t);
}

void mb_usbtmc_sequence_open(struct mb_usbtmc *t)
{
    if (!t->quirks.reset_at_open || t->was_reset) {
        begin_open(t);
        return;
    }
    t->was_reset = true; /* once a link's life: not again at each reconnect */
    t->sequence = (struct mb_usbtmc_sequence){.at_open = true};
    run(t, STEP_RESET);
}

uint8_t mb_usbtmc_local_request(const struct mb_usbtmc *t)
{
    return t->quirks.one_packet_reads ? MB_USBTMC_REN_CONTROL : MB_USBTMC_GO_TO_LOCAL;
}

void mb_usbtmc_sequence_clear(struct mb_usbtmc *t)
{
    t->sequence = (struct mb_usbtmc_sequence){
        .abort_out = mb_usb_transfer_busy(t->out) || mb_usb_transfer_busy(t->ask),
        .abort_in = t->read == MB_USBTMC_READ_WAITING,
        .end_ns = mb_monotonic_ns() + SEQUENCE_NS,
    };
    run(t, STEP_CANCEL);
}
