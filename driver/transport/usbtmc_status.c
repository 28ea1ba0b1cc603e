/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The status byte and service requests (USB488 3.4 and 4.3.1): beside the replies, and so also while the
 * instrument is busy with one. */
#include <errno.h>
#include <time.h>

#include "core/log.h"
#include "transport/usbtmc_link.h"

#define STATUS_TIMEOUT_US 500000u
/* The endpoint holds an older notification that our posted transfer is just taking. */
#define BUSY_PAUSE_US 20000u
#define BUSY_TRIES 10u
#define BAD_MAX 3u

static void disarm(struct mb_usbtmc *t)
{
    t->status.timer = sd_event_source_disable_unref(t->status.timer);
}

void mb_usbtmc_status_forget(struct mb_usbtmc *t)
{
    disarm(t);
    t->status.asked = false;
}

/* Last act of its caller. */
static void finish(struct mb_usbtmc *t, int error, uint8_t value)
{
    mb_usbtmc_status_forget(t);
    if (t->base.callbacks->status)
        t->base.callbacks->status(error, value, t->base.userdata);
}

static int ask(struct mb_usbtmc *t)
{
    t->status.tag = mb_usbtmc_next_status_tag(t->status.tag);
    t->status.accepted = t->status.notified = false;
    return mb_usbtmc_submit_control(t, MB_USBTMC_READ_STATUS_BYTE, LIBUSB_RECIPIENT_INTERFACE, t->status.tag,
                                    t->interface.number, MB_USBTMC_STATUS_SIZE, STATUS_TIMEOUT_US);
}

/* Either the pause after "busy" is over, or no packet has come. */
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_usbtmc *t = userdata;
    int r = -ETIMEDOUT;

    (void)source, (void)usec;
    disarm(t);
    if (!t->status.accepted)
        r = ask(t);
    if (r < 0)
        finish(t, r, 0);
    return 0;
}

static void arm(struct mb_usbtmc *t, uint64_t delay_us)
{
    int r;

    disarm(t);
    r = sd_event_add_time_relative(t->event, &t->status.timer, CLOCK_MONOTONIC, delay_us, MB_USB_ACCURACY_US,
                                   on_timer, t);
    if (r < 0)
        finish(t, r, 0);
}

int mb_usbtmc_read_status(struct mb_transport *base)
{
    struct mb_usbtmc *t = (struct mb_usbtmc *)base;
    int r;

    if (t->state == MB_USBTMC_SEQUENCE)
        return -EBUSY;
    if (t->state != MB_USBTMC_READY)
        return mb_usbtmc_not_ready(t);
    if (t->interface.protocol == 0 || t->status.deaf)
        return -EOPNOTSUPP;
    if (t->status.asked || mb_usb_transfer_busy(t->control))
        return -EBUSY;
    t->status.tries = 0;
    r = ask(t);
    if (r == 0)
        t->status.asked = true;
    return r;
}

void mb_usbtmc_status_done(struct mb_usbtmc *t, int r)
{
    const uint8_t *answer = t->control_buffer + LIBUSB_CONTROL_SETUP_SIZE;
    uint8_t value = 0;

    if (r == -ENODEV) {
        mb_usbtmc_fail_usb(t, r, "READ_STATUS_BYTE");
        return;
    }
    if (!t->status.asked)
        return;
    if (r == 0)
        r = mb_usbtmc_decode_status(answer, (size_t)t->control->usb->actual_length, t->status.tag, &value);
    if (r == -EBUSY && ++t->status.tries < BUSY_TRIES) {
        arm(t, BUSY_PAUSE_US);
        return;
    }
    t->status.accepted = r == 0;
    if (r < 0 || t->interface.interrupt == 0)
        finish(t, r, value);
    else if (t->status.notified)
        finish(t, 0, t->status.value);
    else
        arm(t, STATUS_TIMEOUT_US);
}

/* ---- interrupt-IN ---- */

int mb_usbtmc_listen(struct mb_usbtmc *t)
{
    /* One packet: a full one does not end a transfer that has room for more. */
    const int size = t->interface.interrupt_packet < MB_USBTMC_INTERRUPT_SIZE ? t->interface.interrupt_packet
                                                                              : MB_USBTMC_INTERRUPT_SIZE;

    if (t->interface.interrupt == 0 || t->status.deaf || mb_usb_transfer_busy(t->interrupt))
        return 0;
    libusb_fill_interrupt_transfer(t->interrupt->usb, t->handle, t->interface.interrupt, t->interrupt_buffer,
                                   size, NULL, NULL, 0);
    return mb_usb_transfer_submit(t->interrupt, 0);
}

/* Last act of its caller. */
static void notified(struct mb_usbtmc *t, const struct mb_usbtmc_notification *packet)
{
    if (t->state != MB_USBTMC_READY)
        return;
    if (packet->notice == MB_USBTMC_NOTICE_SERVICE_REQUEST) {
        if (t->base.callbacks->service_request)
            t->base.callbacks->service_request(packet->status, t->base.userdata);
    } else if (packet->notice == MB_USBTMC_NOTICE_STATUS && t->status.asked && packet->tag == t->status.tag) {
        t->status.notified = true;
        t->status.value = packet->status;
        if (t->status.accepted)
            finish(t, 0, packet->status);
    }
}

/* A stall or an oversized packet loses one notification, not the link; again and again it is a broken
 * endpoint, which the replies do not need. */
static int forgive(struct mb_usbtmc *t, int r)
{
    if (r != -EPIPE && r != -EOVERFLOW)
        return r;
    if (++t->status.bad >= BAD_MAX) {
        mb_debug("usbtmc %04x:%04x: no notifications any more: interrupt-IN fails again and again",
                 t->address.vendor, t->address.product);
        t->status.deaf = true;
        return 0;
    }
    return r == -EPIPE ? mb_usb_errno(libusb_clear_halt(t->handle, t->interface.interrupt)) : 0;
}

void mb_usbtmc_on_interrupt(struct mb_usb_transfer *x, void *userdata)
{
    struct mb_usbtmc *t = userdata;
    struct mb_usbtmc_notification packet;
    int r = mb_usb_transfer_result(x);
    const bool good = r == 0 && mb_usbtmc_decode_notification(t->interrupt_buffer,
                                                              (size_t)x->usb->actual_length, &packet) == 0;

    if (t->state == MB_USBTMC_SEQUENCE && r == -ECANCELED) {
        mb_usbtmc_sequence_cancelled(t);
        return;
    }
    if (t->state != MB_USBTMC_SEQUENCE && t->state != MB_USBTMC_READY)
        return;
    if (r == 0)
        t->status.bad = 0;
    else
        r = forgive(t, r);
    if (r == 0)
        r = mb_usbtmc_listen(t);
    if (r < 0)
        mb_usbtmc_fail_usb(t, r, "notifications");
    else if (good)
        notified(t, &packet);
}
