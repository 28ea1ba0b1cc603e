/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the USBTMC link share: usbtmc.c (the ops, sending, life), usbtmc_read.c (replies),
 * usbtmc_status.c (status byte, interrupt-IN) and usbtmc_sequence.c (open, clear, port reset). */
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
#include "transport/usb_memory.h"
#include "transport/usb_reset.h"
#include "transport/usbtmc_device.h"
#include "transport/usbtmc_protocol.h"
#include "transport/usbtmc_quirks.h"

/* Payload of one transfer. A whole IN transfer stays under 16 KiB, the most that every usbfs takes in one
 * piece. */
#define MB_USBTMC_OUT_PAYLOAD 4096u
#define MB_USBTMC_IN_PAYLOAD 15360u
/* Once a message is longer than that, it is asked for in parts of this size, each read in pieces: a request
 * for every 15 KiB takes a block four times as long as the driver of the kernel does. */
#define MB_USBTMC_LONG_PAYLOAD (16u << 20)
#define MB_USBTMC_LONG_SIZE 262144u    /* whole packets of either speed */
#define MB_USBTMC_INTERRUPT_SIZE 1024u /* largest packet of an interrupt endpoint */
#define MB_USBTMC_TRANSFERS 5u

enum mb_usbtmc_state {
    MB_USBTMC_CLOSED,
    MB_USBTMC_SEQUENCE, /* open, clear or reset is under way */
    MB_USBTMC_READY,
    MB_USBTMC_FAILING, /* failed will be called from the event loop */
};

enum mb_usbtmc_read {
    MB_USBTMC_READ_IDLE,
    MB_USBTMC_READ_WANTED,    /* after the messages that are still to be sent */
    MB_USBTMC_READ_REQUESTED, /* the request header is on its way */
    MB_USBTMC_READ_WAITING,   /* the answer is awaited */
    MB_USBTMC_READ_CLOSING,   /* in pieces: all bytes are there, the packet that ends them is not */
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
    bool resets;              /* the port reset comes when what is under way has been cancelled */
    sd_event_source *timer;
};

/* One READ_STATUS_BYTE: its control answer and, with an interrupt-IN endpoint, the packet there come in
 * either order. */
struct mb_usbtmc_status {
    bool asked;    /* the owner waits */
    bool accepted; /* the control answer is there */
    bool notified; /* the packet is there */
    uint8_t tag, value;
    unsigned tries;
    unsigned bad; /* interrupt-IN transfers in a row that failed */
    bool deaf;    /* too many: the endpoint is left alone */
    sd_event_source *timer;
};

struct mb_usbtmc {
    struct mb_transport base;
    sd_event *event;
    struct mb_usbtmc_address address;
    struct mb_usbtmc_quirks quirks;
    bool was_reset;  /* reset_at_open has been done; once a link's life */
    bool reset_used; /* the last resort; again only after a success */

    enum mb_usbtmc_state state;
    struct mb_usb_loop *loop;
    struct mb_usb_watch watch;
    libusb_device *device;
    libusb_device_handle *handle;
    struct mb_usbtmc_interface interface;
    struct mb_usbtmc_capabilities capabilities;
    bool remote;                      /* REN was taken: GO_TO_LOCAL is owed */
    bool lockout;                     /* wanted: LOCAL_LOCKOUT behind REN */
    struct mb_usb_reset *reset;       /* under way, beside the loop: it has the handle */
    struct mb_usb_loop *arrival_loop; /* while the device is expected */
    struct mb_usb_arrival arrival;

    union {
        struct {
            struct mb_usb_transfer *out, *ask, *in, *control, *interrupt; /* ask: requests, by bulk-OUT too */
        };
        struct mb_usb_transfer *transfers[MB_USBTMC_TRANSFERS];
    };
    struct mb_usb_memory in_short, in_long; /* two transfers each; that of long replies once there is one */
    uint8_t *in_buffer;                     /* of the newest */
    size_t in_size;                         /* its length */
    size_t in_short_size;                   /* of a transfer for MB_USBTMC_IN_PAYLOAD */
    uint8_t out_buffer[MB_USBTMC_HEADER_SIZE + MB_USBTMC_OUT_PAYLOAD];
    uint8_t ask_buffer[MB_USBTMC_HEADER_SIZE];
    uint8_t control_buffer[LIBUSB_CONTROL_SETUP_SIZE + MB_USBTMC_CAPABILITIES_SIZE];
    uint8_t interrupt_buffer[MB_USBTMC_INTERRUPT_SIZE];

    uint8_t tag, read_tag; /* last used at all, by a request */
    STAILQ_HEAD(, mb_usbtmc_message) messages;
    size_t queued; /* bytes in messages */

    enum mb_usbtmc_read read;
    size_t read_left;    /* of what the owner asked for */
    uint32_t read_asked; /* by the request under way */
    size_t read_total;   /* of this message so far */
    unsigned read_empty; /* consecutive answers without a byte */
    bool read_again;     /* the one allowed repetition was used */
    bool read_early;     /* the answer has been reaped before the end of the request was */
    bool read_begun;     /* in pieces: the header has come */
    size_t read_rest;    /* in pieces: bytes after that */
    bool read_end;       /* in pieces: the message ends with them */
    int term_char;       /* -1: none */

    struct mb_usbtmc_status status;
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
/* What an owner hears who asks while nothing can be done. Of a link that is down and about to say so, not
 * even that (0): failed follows and has the reason. */
int mb_usbtmc_not_ready(const struct mb_usbtmc *t);
/* Asks the device for the next part of its reply, by bulk-OUT. */
void mb_usbtmc_send_request(struct mb_usbtmc *t);
/* Whether a request may follow: at once, or right behind the last transfer of the last message, so that the
 * device has both when it looks and the host wakes up once. */
bool mb_usbtmc_may_request(const struct mb_usbtmc *t);
/* Whether the answer may be read for while the request is on its way: a device answers that with NAK
 * (USBTMC 3.3) until it has something to say, and nothing is left to do here between the two. */
bool mb_usbtmc_may_read_ahead(const struct mb_usbtmc *t);
/* Fills the control transfer with a class request without data to the interface, or with length bytes of
 * answer. */
int mb_usbtmc_submit_control(struct mb_usbtmc *t, uint8_t request, uint8_t recipient, uint16_t value,
                             uint16_t index, uint16_t length, uint64_t timeout_us);

/* Starts the port reset; mb_usbtmc_sequence_reset_done follows, unless the link is closed meanwhile. */
int mb_usbtmc_reset(struct mb_usbtmc *t);

/* ---- usbtmc_read.c ---- */
/* Posts a bulk-IN read of the whole buffer. */
int mb_usbtmc_submit_in(struct mb_usbtmc *t, uint64_t timeout_us);
/* Reads where the answer to the request will be. */
void mb_usbtmc_read_reply(struct mb_usbtmc *t);
/* The request for a reply has gone. */
void mb_usbtmc_await_reply(struct mb_usbtmc *t);
int mb_usbtmc_request(struct mb_transport *base, size_t max);
void mb_usbtmc_set_term_char(struct mb_transport *base, int term_char);
void mb_usbtmc_on_in(struct mb_usb_transfer *x, void *userdata);

/* ---- usbtmc_status.c ---- */
int mb_usbtmc_read_status(struct mb_transport *base);
/* The control answer to it. */
void mb_usbtmc_status_done(struct mb_usbtmc *t, int r);
/* Nobody waits for a status any more. */
void mb_usbtmc_status_forget(struct mb_usbtmc *t);
/* Posts the interrupt-IN transfer, where there is such an endpoint. */
int mb_usbtmc_listen(struct mb_usbtmc *t);
void mb_usbtmc_on_interrupt(struct mb_usb_transfer *x, void *userdata);

/* ---- usbtmc_sequence.c ---- */
/* Port reset where the product needs it, capabilities, clear, remote -> opened or failed. */
void mb_usbtmc_sequence_open(struct mb_usbtmc *t);
/* Abort what is under way, clear, else reset the port and begin as at open -> opened or failed. */
void mb_usbtmc_sequence_clear(struct mb_usbtmc *t);
/* A transfer ended while a sequence runs. */
void mb_usbtmc_sequence_control_done(struct mb_usbtmc *t, int r);
void mb_usbtmc_sequence_in_done(struct mb_usbtmc *t, int r);
void mb_usbtmc_sequence_cancelled(struct mb_usbtmc *t);
void mb_usbtmc_sequence_reset_done(struct mb_usbtmc *t, int r);
/* REN_CONTROL 0 or GO_TO_LOCAL, whichever undoes what the open sequence did. */
uint8_t mb_usbtmc_local_request(const struct mb_usbtmc *t);
