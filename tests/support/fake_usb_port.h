/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A USB port without a kernel: the test is the host at the other end of the cable. */
#pragma once

#include "support/test.h"

#include <stdbool.h>

#include "sim/usb/function.h"

struct fake_usb_port {
    struct sim_usb_port base;
    uint16_t packet;
    struct sim_usb_transfer *queue[SIM_USB_ENDPOINTS][32]; /* oldest first */
    uint8_t *copies[SIM_USB_ENDPOINTS][32];                /* what goes to the host */
    size_t queued[SIM_USB_ENDPOINTS];
    bool cancelled[SIM_USB_ENDPOINTS][32];
    bool halted[SIM_USB_ENDPOINTS];
    size_t longest; /* write so far */
    /* how the last control request ended */
    bool answered, refused;
    uint8_t answer[64];
    size_t answer_size;
};

void fake_usb_port_init(struct fake_usb_port *p);
/* All that is pending ends. */
void fake_usb_port_done(struct fake_usb_port *p);
void fake_usb_port_enable(struct fake_usb_port *p, uint16_t packet);
/* The cable is pulled: pending transfers end with -ESHUTDOWN, then the function is told. */
void fake_usb_port_disable(struct fake_usb_port *p);
/* Ends what was cancelled. */
void fake_usb_port_settle(struct fake_usb_port *p);
/* CLEAR_FEATURE(ENDPOINT_HALT); the device does not hear of it. */
void fake_usb_port_clear_halt(struct fake_usb_port *p, enum sim_usb_endpoint endpoint);

/* Sends these bytes in packets. Bytes taken: fewer where nobody reads (NAK); -EPIPE. */
int fake_usb_port_out(struct fake_usb_port *p, const uint8_t *data, size_t n);
/* Reads to the end of the transfer. -EAGAIN: it has no end, what came so far is lost; -EPIPE. */
int fake_usb_port_in(struct fake_usb_port *p, enum sim_usb_endpoint endpoint, uint8_t *data, size_t size);
/* A class request to the interface, or to an endpoint (recipient 2), that wants size bytes. */
void fake_usb_port_control(struct fake_usb_port *p, uint8_t recipient, uint8_t request, uint16_t value,
                           uint16_t index, uint16_t size);
