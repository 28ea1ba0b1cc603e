/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libusb on sd-event: one libusb context an event loop, shared by every USB link on it and counted. No thread
 * of ours, no libusb time-outs (every transfer is submitted with 0; our own timers cancel), no synchronous
 * transfers.
 *
 * Completions are collected while libusb handles events and handed on afterwards, from the event loop. So a
 * callback may do anything: submit, free its transfer, close the device, drop the last reference to the
 * context. */
#pragma once

#include <libusb.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "core/error.h"

/* Of every timer of a USB link. 0 would mean a quarter of a second to sd-event. */
#define MB_USB_ACCURACY_US 1000u

struct mb_usb_loop;

/* The loop's context, made at the first call. */
int mb_usb_loop_acquire(sd_event *event, struct mb_usb_loop **ret, struct mb_error *err);
struct mb_usb_loop *mb_usb_loop_release(struct mb_usb_loop *loop); /* accepts NULL; returns NULL */
libusb_context *mb_usb_loop_context(struct mb_usb_loop *loop);
/* A libusb descriptor could not be watched: negative errno, or 0. Ask after libusb_open. */
int mb_usb_loop_fault(const struct mb_usb_loop *loop);
/* Negative errno of an enum libusb_error. */
int mb_usb_errno(int code);

/* Tells when a device leaves the bus while nothing is pending on it. To embed; fill device, gone, userdata.
 */
struct mb_usb_watch {
    libusb_device *device;
    void (*gone)(void *userdata);
    void *userdata;
    bool left; /* the loop's */
    LIST_ENTRY(mb_usb_watch) entry;
};
void mb_usb_loop_watch(struct mb_usb_loop *loop, struct mb_usb_watch *watch);
void mb_usb_loop_unwatch(struct mb_usb_watch *watch);

/* Tells that a device has come to the bus, udev's rules for it included. To embed; fill matches, arrived,
 * userdata. -EOPNOTSUPP where there is no udev. */
struct mb_usb_arrival {
    bool (*matches)(libusb_device *device, void *userdata); /* called from inside libusb: looks, no more */
    void (*arrived)(void *userdata);
    void *userdata;
    bool came; /* the loop's */
    LIST_ENTRY(mb_usb_arrival) entry;
};
int mb_usb_loop_expect(struct mb_usb_loop *loop, struct mb_usb_arrival *arrival);
void mb_usb_loop_expect_no_more(struct mb_usb_arrival *arrival);

/* A transfer with its own deadline. */
struct mb_usb_transfer {
    /* libusb_fill_* before submitting; its callback and user_data are set by submit. */
    struct libusb_transfer *usb;
    struct mb_usb_loop *loop;
    /* Called from the event loop, once for each submit that returned 0. */
    void (*done)(struct mb_usb_transfer *x, void *userdata);
    void *userdata;
    bool pending; /* libusb has it */
    bool queued;  /* it is finished and done has not been called yet */
    bool timed_out;
    sd_event_source *timer;
    TAILQ_ENTRY(mb_usb_transfer) entry;
};
int mb_usb_transfer_new(struct mb_usb_loop *loop, void (*done)(struct mb_usb_transfer *x, void *userdata),
                        void *userdata, struct mb_usb_transfer **ret);
/* Not while libusb has it, unless its device handle is closed. done is not called any more. */
struct mb_usb_transfer *mb_usb_transfer_free(struct mb_usb_transfer *x);
/* timeout_us 0: none. */
int mb_usb_transfer_submit(struct mb_usb_transfer *x, uint64_t timeout_us);
void mb_usb_transfer_cancel(struct mb_usb_transfer *x);
bool mb_usb_transfer_busy(const struct mb_usb_transfer *x); /* submitted and done not yet called */
/* One that has finished: done is not called any more, and it may be submitted again. */
void mb_usb_transfer_forget(struct mb_usb_transfer *x);
/* After done: 0, or -ETIMEDOUT, -ECANCELED, -EPIPE (stall), -ENODEV, -EOVERFLOW, -EIO. */
int mb_usb_transfer_result(const struct mb_usb_transfer *x);
/* Runs libusb until none of these is pending or the time is over; true when none is. done is called later or
 * not at all (mb_usb_transfer_free). The only wait in this file: a kernel ends cancelled transfers within a
 * millisecond. */
bool mb_usb_transfer_wait(struct mb_usb_transfer *const *x, size_t n, uint64_t timeout_us);
