/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device side of a USB port as a USB function sees it: control requests, and transfers on three
 * endpoints. functionfs.c has the kernel behind it; tests put a list of transfers behind it. Everything on
 * one event loop, no callback from inside a call. */
#pragma once

#include <linux/aio_abi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_usb_endpoint { SIM_USB_OUT, SIM_USB_IN, SIM_USB_NOTIFY, SIM_USB_ENDPOINTS };

struct sim_usb_transfer {
    enum sim_usb_endpoint endpoint;
    uint8_t *data; /* to the host: copied by submit; from the host: must stay until done */
    size_t size;
    /* Once for each submit that returned 0, in order of submission on one endpoint: bytes, or a negative
     * errno.
     */
    void (*done)(struct sim_usb_transfer *x, int result);
    void *userdata;
    bool pending;
    struct iocb request; /* the port's */
};

struct sim_usb_port;

struct sim_usb_port_ops {
    int (*submit)(struct sim_usb_port *p, struct sim_usb_transfer *x);
    /* done follows with -ECANCELED, or with what has come before. */
    void (*cancel)(struct sim_usb_port *p, struct sim_usb_transfer *x);
    /* Stalls an endpoint until the host clears the halt, which nobody tells. Nothing may be pending towards
     * the host. */
    int (*halt)(struct sim_usb_port *p, enum sim_usb_endpoint endpoint);
    /* End a control request: with n bytes for the host (or none), or with a stall. */
    int (*answer)(struct sim_usb_port *p, const uint8_t setup[8], const void *data, size_t n);
    int (*refuse)(struct sim_usb_port *p, const uint8_t setup[8]);
};

/* What a function is told. */
struct sim_usb_port_events {
    void (*setup)(const uint8_t setup[8], void *userdata);
    /* The host has chosen the configuration; packet is wMaxPacketSize of the bulk endpoints. */
    void (*enabled)(uint16_t packet, void *userdata);
    /* ... or has left, or resets the bus: what is pending ends by itself. */
    void (*disabled)(void *userdata);
};

/* First member of each implementation's struct. */
struct sim_usb_port {
    const struct sim_usb_port_ops *ops;
    const struct sim_usb_port_events *events;
    void *userdata;
};
