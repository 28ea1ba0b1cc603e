/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/fake_usb_port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_MAX 32

static int submit(struct sim_usb_port *port, struct sim_usb_transfer *x)
{
    struct fake_usb_port *p = (struct fake_usb_port *)port;
    const enum sim_usb_endpoint e = x->endpoint;
    const size_t n = p->queued[e];

    assert_false(x->pending);
    assert_true(n < QUEUE_MAX);
    if (p->packet == 0)
        return -ESHUTDOWN;
    p->copies[e][n] = NULL;
    if (e != SIM_USB_OUT && x->size > 0) {
        p->copies[e][n] = malloc(x->size);
        assert_non_null(p->copies[e][n]);
        memcpy(p->copies[e][n], x->data, x->size);
        p->longest = x->size > p->longest ? x->size : p->longest;
    }
    p->queue[e][n] = x;
    p->cancelled[e][n] = false;
    p->queued[e]++;
    x->pending = true;
    return 0;
}

static void cancel(struct sim_usb_port *port, struct sim_usb_transfer *x)
{
    struct fake_usb_port *p = (struct fake_usb_port *)port;

    for (size_t i = 0; i < p->queued[x->endpoint]; i++)
        if (p->queue[x->endpoint][i] == x)
            p->cancelled[x->endpoint][i] = true;
}

static int halt(struct sim_usb_port *port, enum sim_usb_endpoint endpoint)
{
    struct fake_usb_port *p = (struct fake_usb_port *)port;

    assert_true(endpoint == SIM_USB_OUT || p->queued[endpoint] == 0);
    p->halted[endpoint] = true;
    return 0;
}

static int answer(struct sim_usb_port *port, const uint8_t setup[8], const void *data, size_t n)
{
    struct fake_usb_port *p = (struct fake_usb_port *)port;

    assert_false(p->answered || p->refused);
    assert_true(n <= sizeof p->answer && n <= (setup[6] | (size_t)setup[7] << 8));
    memcpy(p->answer, data, n);
    p->answer_size = n;
    p->answered = true;
    return 0;
}

static int refuse(struct sim_usb_port *port, const uint8_t setup[8])
{
    struct fake_usb_port *p = (struct fake_usb_port *)port;

    (void)setup;
    assert_false(p->answered || p->refused);
    p->refused = true;
    return 0;
}

static const struct sim_usb_port_ops ops = {
    .submit = submit, .cancel = cancel, .halt = halt, .answer = answer, .refuse = refuse};

/* Takes transfer i off the queue and ends it. */
static void finish(struct fake_usb_port *p, enum sim_usb_endpoint e, size_t i, int result)
{
    struct sim_usb_transfer *x = p->queue[e][i];

    free(p->copies[e][i]);
    p->queued[e]--;
    for (size_t k = i; k < p->queued[e]; k++) {
        p->queue[e][k] = p->queue[e][k + 1];
        p->copies[e][k] = p->copies[e][k + 1];
        p->cancelled[e][k] = p->cancelled[e][k + 1];
    }
    x->pending = false;
    x->done(x, result);
}

void fake_usb_port_init(struct fake_usb_port *p)
{
    *p = (struct fake_usb_port){.base.ops = &ops};
}

static void end_all(struct fake_usb_port *p)
{
    p->packet = 0;
    for (enum sim_usb_endpoint e = 0; e < SIM_USB_ENDPOINTS; e++) {
        p->halted[e] = false;
        while (p->queued[e] > 0)
            finish(p, e, 0, -ESHUTDOWN);
    }
}

void fake_usb_port_done(struct fake_usb_port *p)
{
    end_all(p);
}

void fake_usb_port_enable(struct fake_usb_port *p, uint16_t packet)
{
    p->packet = packet;
    p->base.events->enabled(packet, p->base.userdata);
}

void fake_usb_port_disable(struct fake_usb_port *p)
{
    end_all(p);
    p->base.events->disabled(p->base.userdata);
}

void fake_usb_port_settle(struct fake_usb_port *p)
{
    for (enum sim_usb_endpoint e = 0; e < SIM_USB_ENDPOINTS; e++)
        for (size_t i = 0; i < p->queued[e];) {
            if (p->cancelled[e][i])
                finish(p, e, i, -ECANCELED);
            else
                i++;
        }
}

void fake_usb_port_clear_halt(struct fake_usb_port *p, enum sim_usb_endpoint endpoint)
{
    p->halted[endpoint] = false;
}

int fake_usb_port_out(struct fake_usb_port *p, const uint8_t *data, size_t n)
{
    size_t sent = 0;

    while (sent < n && !p->halted[SIM_USB_OUT] && p->queued[SIM_USB_OUT] > 0) {
        struct sim_usb_transfer *x = p->queue[SIM_USB_OUT][0];
        const size_t part = n - sent < p->packet ? n - sent : p->packet;

        assert_int_equal(x->size, p->packet);
        memcpy(x->data, data + sent, part);
        sent += part;
        finish(p, SIM_USB_OUT, 0, (int)part);
    }
    return sent == 0 && p->halted[SIM_USB_OUT] ? -EPIPE : (int)sent;
}

int fake_usb_port_in(struct fake_usb_port *p, enum sim_usb_endpoint endpoint, uint8_t *data, size_t size)
{
    size_t n = 0;

    if (p->halted[endpoint])
        return -EPIPE;
    while (p->queued[endpoint] > 0) {
        const size_t part = p->queue[endpoint][0]->size;

        assert_true(n + part <= size);
        if (part > 0)
            memcpy(data + n, p->copies[endpoint][0], part);
        n += part;
        finish(p, endpoint, 0, (int)part);
        if (part % p->packet != 0 || part == 0)
            return (int)n;
    }
    return -EAGAIN;
}

void fake_usb_port_control(struct fake_usb_port *p, uint8_t recipient, uint8_t request, uint16_t value,
                           uint16_t index, uint16_t size)
{
    const uint8_t setup[8] = {(uint8_t)(0xa0 | recipient),
                              request,
                              (uint8_t)value,
                              (uint8_t)(value >> 8),
                              (uint8_t)index,
                              (uint8_t)(index >> 8),
                              (uint8_t)size,
                              (uint8_t)(size >> 8)};

    p->answered = p->refused = false;
    p->answer_size = 0;
    p->base.events->setup(setup, p->base.userdata);
}
