/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The seam between bytes and links: one ops struct a kind of link (TCP, serial, USBTMC), nothing
 * above it knows which. Everything is asynchronous on one sd-event loop; nothing here blocks. Tests put a
 * fake behind it.
 *
 * Life: new -> open -> (opened) -> write / request / clear ... -> close -> free. close is allowed at any
 * time, cancels everything, and after it returns no callback comes any more. After `failed` the link is
 * closed; open may be called again and begins a new epoch: no byte received before ever reaches the owner
 * again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/error.h"

struct mb_transport;

struct mb_transport_callbacks {
    /* open has finished. */
    void (*opened)(void *userdata);
    /* Bytes from the device; end_of_message is set by message links (USBTMC EOM) and never by stream links.
     */
    void (*received)(const uint8_t *data, size_t n, bool end_of_message, void *userdata);
    /* The link is down (also: open failed). code is a negative errno, text one line for a person. Called once
     * an epoch. */
    void (*failed)(int code, const char *text, void *userdata);
    /* The next three may be NULL.
     * The answer to read_status: 0 and the IEEE 488.2 status byte; or why there is none, with the link still
     * up: -EBUSY, -ETIMEDOUT, -EIO, -EPIPE. */
    void (*status)(int error, uint8_t status, void *userdata);
    /* The device asks for attention, with its status byte of that moment. */
    void (*service_request)(uint8_t status, void *userdata);
    /* After watch: the device of this address has come and may be opened. Once a watch. */
    void (*appeared)(void *userdata);
};

struct mb_transport_ops {
    const char *scheme; /* of addresses: "tcp" for tcp:HOST:PORT, "usbtmc" for usbtmc:VVVV:PPPP[:SERIAL] */
    bool message_based; /* a reply is read by request() and ends with end_of_message */
    /* Starts to open. 0: opened or failed will be called; negative errno: nothing was started. */
    int (*open)(struct mb_transport *t, struct mb_error *err);
    void (*close)(struct mb_transport *t);
    /* Sends one whole program message, terminator included; copies the bytes. -ENOTCONN, -EBUSY (previous not
     * yet sent), -ENOMEM. This and the next two also answer 0 on a link that is down and about to say so. */
    int (*write)(struct mb_transport *t, const void *data, size_t n);
    /* Message links: asks for up to max bytes of reply (more may come from a device that cannot pause).
     * Stream links: NULL. -EBUSY: bytes of the last request are still due, and come without asking. */
    int (*request)(struct mb_transport *t, size_t max);
    /* Message links: from the next request on a reply ends at this byte too, where the device can do that;
     * -1: at none, as after open. NULL elsewhere. */
    void (*set_term_char)(struct mb_transport *t, int term_char);
    /* Links to a front panel: from the next open on it is locked, LOCAL key included, until close, where the
     * device says that it can do that. NULL elsewhere. */
    void (*set_lockout)(struct mb_transport *t, bool lockout);
    /* Links with a way beside the replies: asks for the status byte, also while a reply is awaited. 0: status
     * follows, unless clear, close or failed comes before. -EBUSY: one is under way; -EOPNOTSUPP: this device
     * has none. NULL elsewhere. */
    int (*read_status)(struct mb_transport *t);
    /* Links with hot plug, while closed: appeared will tell that the device comes. Ends with that, with open
     * and with close. Who comes before the watch is not told of. -EOPNOTSUPP. NULL elsewhere. */
    int (*watch)(struct mb_transport *t);
    /* Device clear: drops everything unread on both sides. NULL where the link has none (raw socket): the
     * owner closes and opens again instead. 0: opened or failed will be called when done. */
    int (*clear)(struct mb_transport *t);
    void (*free)(struct mb_transport *t);
};

/* First member of each implementation's struct. */
struct mb_transport {
    const struct mb_transport_ops *ops;
    const struct mb_transport_callbacks *callbacks;
    void *userdata;
};

/* Makes the transport for an address by its scheme; links nothing yet. -EPROTONOSUPPORT for an unknown
 * scheme. The callbacks struct must live as long as the transport. */
int mb_transport_new(sd_event *event, const char *address, const struct mb_transport_callbacks *callbacks,
                     void *userdata, struct mb_transport **ret, struct mb_error *err);
struct mb_transport *mb_transport_free(struct mb_transport *t); /* closes first; returns NULL */
/* The address of the link itself inside one that only adds something to it (record:FILE:ADDRESS). */
const char *mb_transport_bare_address(const char *address);

/* Constructors, one a file: tcp.c, tty.c, usbtmc.c. rest is the address without "SCHEME:". */
int mb_tcp_new(sd_event *event, const char *rest, struct mb_transport **ret, struct mb_error *err);
int mb_tty_new(sd_event *event, const char *rest, struct mb_transport **ret, struct mb_error *err);
int mb_usbtmc_new(sd_event *event, const char *rest, struct mb_transport **ret, struct mb_error *err);
