/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the USBTMC link share: usbtmc.c (the ops, messages) and usbtmc_sequence.c (open and
 * clear). */
#pragma once

#include <libusb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "core/error.h"
#include "transport/transport.h"
#include "transport/usb_loop.h"
#include "transport/usbtmc_device.h"
#include "transport/usbtmc_protocol.h"

/* Payload of one transfer. A whole IN transfer stays under 16 KiB, the most that every usbfs takes in one
 * piece. */
#define MB_USBTMC_OUT_PAYLOAD 4096u
#define MB_USBTMC_IN_PAYLOAD 15360u

enum mb_usbtmc_state {
    MB_USBTMC_CLOSED,
    MB_USBTMC_SEQUENCE, /* open or clear is under way */
    MB_USBTMC_READY,
    MB_USBTMC_FAILING, /* failed will be called from the event loop */
};

enum mb_usbtmc_read {
    MB_USBTMC_READ_IDLE,
    MB_USBTMC_READ_WANTED,    /* after the messages that are still to be sent */
    MB_USBTMC_READ_REQUESTED, /* the request header is on its way */
    MB_USBTMC_READ_WAITING,   /* the answer is awaited */
};

struct mb_usbtmc_message {
    STAILQ_ENTRY(mb_usbtmc_message) entry;
    size_t n, sent;
    uint8_t data[];
};

struct mb_usbtmc_sequence {
    unsigned step;   /* usbtmc_sequence.c */
    unsigned after;  /* step that follows a drain or a pause */
    unsigned rounds; /* status polls so far, bounded */
    uint64_t end_ns; /* and not longer than this */
    bool at_open;
    bool abort_out, abort_in; /* transfers that were cut off */
    sd_event_source *timer;
};

struct mb_usbtmc {
    struct mb_transport base;
    sd_event *event;
    struct mb_usbtmc_address address;
    struct mb_usbtmc_quirks quirks;
    bool was_reset; /* reset_at_open has been done; once a link's life */

    enum mb_usbtmc_state state;
    struct mb_usb_loop *loop;
    struct mb_usb_watch watch;
    libusb_device *device;
    libusb_device_handle *handle;
    struct mb_usbtmc_interface interface;
    struct mb_usbtmc_capabilities capabilities;
    bool remote; /* REN was taken: GO_TO_LOCAL is owed */

    union {
        struct {
            struct mb_usb_transfer *out, *in, *control;
        };
        struct mb_usb_transfer *transfers[3];
    };
    uint8_t *in_buffer;
    size_t in_size;
    uint8_t out_buffer[MB_USBTMC_HEADER_SIZE + MB_USBTMC_OUT_PAYLOAD];
    uint8_t control_buffer[LIBUSB_CONTROL_SETUP_SIZE + MB_USBTMC_CAPABILITIES_SIZE];

    uint8_t tag, read_tag; /* last used at all, by a request */
    STAILQ_HEAD(, mb_usbtmc_message) messages;
    size_t queued; /* bytes in messages */

    enum mb_usbtmc_read read;
    size_t read_left;    /* of what the owner asked for */
    uint32_t read_asked; /* by the request under way */
    size_t read_total;   /* of this message so far */
    unsigned read_empty; /* consecutive answers without a byte */
    bool read_again;     /* the one allowed repetition was used */

    struct mb_usbtmc_sequence sequence;
    sd_event_source *fail;
    int fail_code;
    struct mb_error fail_text;
};

/* Ends this epoch: `failed` follows from the event loop, so this may be called from anywhere. The first
 * reason stays. */
void mb_usbtmc_fail(struct mb_usbtmc *t, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a transfer or submit that ended with r. */
void mb_usbtmc_fail_usb(struct mb_usbtmc *t, int r, const char *what);
/* Posts a bulk-IN read of the whole buffer. */
int mb_usbtmc_submit_in(struct mb_usbtmc *t, uint64_t timeout_us);

/* Capabilities, clear, remote -> opened or failed. */
void mb_usbtmc_sequence_open(struct mb_usbtmc *t);
/* Abort what is under way, clear -> opened or failed. */
void mb_usbtmc_sequence_clear(struct mb_usbtmc *t);
/* A transfer ended while a sequence runs. */
void mb_usbtmc_sequence_control_done(struct mb_usbtmc *t, int r);
void mb_usbtmc_sequence_in_done(struct mb_usbtmc *t, int r);
void mb_usbtmc_sequence_out_done(struct mb_usbtmc *t);
/* Fills the control transfer with a class request without data to the interface, or with length bytes of
 * answer. */
int mb_usbtmc_submit_control(struct mb_usbtmc *t, uint8_t request, uint8_t recipient, uint16_t value,
                             uint16_t index, uint16_t length, uint64_t timeout_us);
