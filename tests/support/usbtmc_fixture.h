/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the USBTMC link share: a fake bus with the instrument model, an event loop, and an owner
 * of the link that counts what it is told. */
#pragma once

#include "support/test.h"

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "support/usbfs_front.h"
#include "transport/transport.h"

#define USBTMC_ADDRESS "usbtmc:0b3e:1029"

extern const struct usbfs_identity usbtmc_plain; /* what USBTMC_ADDRESS means, serial number 0042 */
extern const struct mb_transport_callbacks usbtmc_callbacks; /* userdata is the fixture */

struct usbtmc_fixture {
    struct usbfs_front *front;
    struct usbtmc_model model;
    sd_event *event;
    struct mb_transport *link;
    /* what the owner saw */
    unsigned opened, failed, ends;
    unsigned statuses, service_requests, appeared;
    int code, status_error;
    uint8_t status, service_status;
    char text[512];
    uint8_t data[1000000];
    size_t n;
    unsigned pieces;
    bool close_in_callback, free_in_callback;
};

/* Runs the event loop. */
void usbtmc_run_for(struct usbtmc_fixture *f, unsigned ms);
/* Until the counter reaches the value; fails the test after five seconds, or when the link fails
 * unexpectedly. */
void usbtmc_run_until(struct usbtmc_fixture *f, const unsigned *counter, unsigned value);
/* Plugs the model in and opens the link. */
void usbtmc_start_with(struct usbtmc_fixture *f, const struct usbfs_identity *identity, const char *address);
void usbtmc_start(struct usbtmc_fixture *f);
void usbtmc_send(struct usbtmc_fixture *f, const char *message);
/* Write and request; the answer collects in data. */
void usbtmc_ask(struct usbtmc_fixture *f, const char *message);
void usbtmc_assert_answer(struct usbtmc_fixture *f, const char *expected);
/* Ask, wait for the end, compare. */
void usbtmc_query(struct usbtmc_fixture *f, const char *message, const char *expected);
void usbtmc_identify(struct usbtmc_fixture *f);
/* Asks for the status byte and waits for this answer. */
void usbtmc_read_status(struct usbtmc_fixture *f, int error, uint8_t status);
void usbtmc_query_block(struct usbtmc_fixture *f, size_t size);
/* failed comes, once, with this code; the link is closed then. */
void usbtmc_assert_fails(struct usbtmc_fixture *f, int code);
void usbtmc_set_faults(struct usbtmc_fixture *f, struct usbtmc_faults faults);
/* What the device saw so far. */
struct usbtmc_model usbtmc_seen(struct usbtmc_fixture *f);
void usbtmc_reopen(struct usbtmc_fixture *f);
/* cmocka set-up and teardown */
int usbtmc_set_up(void **state);
int usbtmc_tear_down(void **state);

#define USBTMC_TEST(name) cmocka_unit_test_setup_teardown(name, usbtmc_set_up, usbtmc_tear_down)
