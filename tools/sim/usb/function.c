/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/usb/function.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 12u
/* Packets that may come before the first is looked at: a command and the request behind it. */
#define READS 8u
#define WRITES 4u
#define WRITE_SIZE 65536u      /* the kernel keeps a copy of each in one piece; whole packets */
#define MESSAGE_MAX (1u << 20) /* of one bulk-OUT transfer */
#define NOTICE_SIZE 2u         /* status byte or service request */
#define CONTROL_MAX 64u        /* no answer of the class is longer */
#define DEV_DEP_MSG_OUT 1u     /* MsgID of the one transfer that carries data */
/* A controller may report a short packet as sent when it is in its FIFO, and nobody can take it back from
 * there: dummy_hcd does so with up to this much, and has no way to flush. */
#define FIFO_SIZE 64u
#define INITIATE_CLEAR 5u
#define CHECK_CLEAR_STATUS 6u
#define CLASS_INTERFACE_IN 0xa1u

struct sim_usb_function {
    struct sim_usb_port *port;
    struct usbtmc_model *model;
    uint16_t packet;
    bool enabled;
    /* from the host */
    struct sim_usb_transfer reads[READS];
    uint8_t packets[READS][SIM_USB_PACKET_MAX];
    unsigned reads_pending;
    bool refusing; /* OUT is halted; what was under way is dropped until all reads are back */
    uint8_t *message;
    size_t message_size;
    /* to the host */
    struct sim_usb_transfer writes[WRITES];
    unsigned next_write, writes_pending;
    bool replying, failed, closed; /* closed: the packet that ends the transfer is posted */
    const uint8_t *data;           /* the model's */
    size_t reply_size, reply_posted;
    bool unread; /* what was sent last may still be in the FIFO */
    struct sim_usb_transfer flush;
    struct sim_usb_transfer notice;
    uint8_t notice_bytes[NOTICE_SIZE];
};

/* ---- to the host ---- */

static void drop_reply(struct sim_usb_function *f)
{
    f->failed = true;
    for (unsigned i = 0; i < WRITES; i++)
        if (f->writes[i].pending)
            f->port->ops->cancel(f->port, &f->writes[i]);
}

static int post_write(struct sim_usb_function *f, size_t n)
{
    struct sim_usb_transfer *x = &f->writes[f->next_write];
    int r;

    x->data = (uint8_t *)(uintptr_t)(f->data + f->reply_posted); /* only read: it goes to the host */
    x->size = n;
    r = f->port->ops->submit(f->port, x);
    if (r < 0)
        return r;
    f->next_write = (f->next_write + 1) % WRITES;
    f->writes_pending++;
    f->reply_posted += n;
    /* A transfer of whole packets is over for the host only with an empty one behind it. */
    f->closed = f->reply_posted == f->reply_size && (n == 0 || n % f->packet != 0);
    return 0;
}

static void post_writes(struct sim_usb_function *f)
{
    while (!f->closed && !f->failed && f->writes_pending < WRITES) {
        const size_t left = f->reply_size - f->reply_posted;

        if (post_write(f, left < WRITE_SIZE ? left : WRITE_SIZE) < 0)
            drop_reply(f);
    }
}

static void end_reply(struct sim_usb_function *f)
{
    f->replying = false;
    usbtmc_model_in_end(f->model);
}

static void on_written(struct sim_usb_transfer *x, int result)
{
    struct sim_usb_function *f = x->userdata;

    f->writes_pending--;
    if (result < 0 || (size_t)result != x->size)
        f->failed = true;
    else
        f->unread = x->size <= FIFO_SIZE;
    post_writes(f);
    if (f->writes_pending == 0) {
        end_reply(f);
        sim_usb_function_kick(f);
    }
}

static void notify(struct sim_usb_function *f)
{
    int r;

    if (f->notice.pending)
        return;
    r = usbtmc_model_interrupt_in(f->model, f->notice_bytes, sizeof f->notice_bytes);
    if (r == -EPIPE) {
        (void)f->port->ops->halt(f->port, SIM_USB_NOTIFY);
        usbtmc_model_clear_halt(f->model, USBTMC_MODEL_INTERRUPT);
    }
    if (r < 0)
        return;
    f->notice.size = (size_t)r;
    (void)f->port->ops->submit(f->port, &f->notice);
}

static void on_notified(struct sim_usb_transfer *x, int result)
{
    struct sim_usb_function *f = x->userdata;

    if (f->enabled && result >= 0)
        notify(f);
}

static void reply(struct sim_usb_function *f)
{
    int r;

    if (f->replying)
        return;
    r = usbtmc_model_in_begin(f->model, &f->data, &f->reply_size);
    if (r == -EPIPE) {
        /* From here on the port keeps the halt and lets nothing pass until the host has cleared it. */
        (void)f->port->ops->halt(f->port, SIM_USB_IN);
        usbtmc_model_clear_halt(f->model, USBTMC_MODEL_IN);
    }
    if (r < 0)
        return;
    f->replying = true;
    f->failed = f->closed = false;
    f->reply_posted = 0;
    post_writes(f);
    if (f->writes_pending == 0)
        end_reply(f);
}

void sim_usb_function_kick(struct sim_usb_function *f)
{
    if (!f->enabled)
        return;
    reply(f);
    notify(f);
}

/* ---- from the host ---- */

static void post_read(struct sim_usb_function *f, struct sim_usb_transfer *x)
{
    x->size = f->packet;
    if (f->port->ops->submit(f->port, x) == 0)
        f->reads_pending++;
}

static void post_reads(struct sim_usb_function *f)
{
    f->refusing = false;
    f->message_size = 0;
    usbtmc_model_clear_halt(f->model, USBTMC_MODEL_OUT);
    for (unsigned i = 0; i < READS; i++)
        post_read(f, &f->reads[i]);
}

/* A whole packet that is there already was sent before the host could see the stall: it is dropped. */
static void refuse_out(struct sim_usb_function *f)
{
    f->refusing = true;
    (void)f->port->ops->halt(f->port, SIM_USB_OUT);
    for (unsigned i = 0; i < READS; i++)
        if (f->reads[i].pending)
            f->port->ops->cancel(f->port, &f->reads[i]);
}

/* Bytes of the transfer that begins like this, padding included; more than there are: not known yet. */
static size_t transfer_size(const uint8_t *p, size_t n)
{
    const uint64_t align = 4;
    uint64_t size;

    if (n < HEADER)
        return HEADER;
    if (p[0] != DEV_DEP_MSG_OUT)
        return HEADER;
    size = p[4] | (uint64_t)p[5] << 8 | (uint64_t)p[6] << 16 | (uint64_t)p[7] << 24;
    return (size_t)((HEADER + size + align - 1) / align * align);
}

static void take_packet(struct sim_usb_function *f, const uint8_t *data, size_t n)
{
    int r = 0;

    if (n == 0 && f->message_size == 0)
        return; /* behind a transfer of whole packets */
    if (f->message_size + n > MESSAGE_MAX) {
        refuse_out(f);
        return;
    }
    memcpy(f->message + f->message_size, data, n);
    f->message_size += n;
    if (n < f->packet || f->message_size >= transfer_size(f->message, f->message_size)) {
        r = usbtmc_model_bulk_out(f->model, f->message, f->message_size);
        f->message_size = 0;
    }
    /* -EAGAIN: a device that hangs. The bytes cannot go back; nothing becomes of them. */
    if (r < 0 && r != -EAGAIN)
        refuse_out(f);
    sim_usb_function_kick(f);
}

static void on_read(struct sim_usb_transfer *x, int result)
{
    struct sim_usb_function *f = x->userdata;

    f->reads_pending--;
    if (f->enabled && !f->refusing && result >= 0)
        take_packet(f, x->data, (size_t)result);
    if (f->enabled && !f->refusing && result >= 0)
        post_read(f, x);
    else if (f->enabled && f->refusing && f->reads_pending == 0)
        post_reads(f);
}

/* ---- control ---- */

static void on_flushed(struct sim_usb_transfer *x, int result)
{
    (void)x, (void)result;
}

static void end_flush(struct sim_usb_function *f)
{
    if (f->flush.pending)
        f->port->ops->cancel(f->port, &f->flush);
}

/* Behind what may be in the FIFO goes an empty packet: so the host, told to read, always reads something. */
static void begin_flush(struct sim_usb_function *f)
{
    end_flush(f);
    if (f->unread && !f->flush.pending)
        (void)f->port->ops->submit(f->port, &f->flush);
}

/* A device that cannot drop what is in its FIFO has the host read it before the clear is over
 * (USBTMC 4.2.1.7, bmClear.D0). A host that does not gets the answer to an old question at the next one. */
static int change_clear(struct sim_usb_function *f, const uint8_t setup[8], uint8_t *data, int r)
{
    if (setup[0] != CLASS_INTERFACE_IN || r < 0)
        return r;
    if (setup[1] == INITIATE_CLEAR)
        begin_flush(f);
    if (setup[1] != CHECK_CLEAR_STATUS)
        return r;
    if (f->unread && r == 2) {
        f->unread = false;
        data[0] = 2; /* STATUS_PENDING */
        data[1] = 1;
    } else {
        end_flush(f);
    }
    return r;
}

static void on_setup(const uint8_t setup[8], void *userdata)
{
    struct sim_usb_function *f = userdata;
    uint8_t data[CONTROL_MAX] = {0};
    size_t size = setup[6] | (size_t)setup[7] << 8;
    int r;

    r = usbtmc_model_control(f->model, setup, data, size < sizeof data ? size : sizeof data);
    if (f->replying && !f->model->in_begun)
        drop_reply(f);
    if (f->model->out_halted && !f->refusing)
        refuse_out(f);
    r = change_clear(f, setup, data, r);
    if (r >= 0)
        (void)f->port->ops->answer(f->port, setup, data, (size_t)r);
    else if (r != -EAGAIN)
        (void)f->port->ops->refuse(f->port, setup);
    sim_usb_function_kick(f);
}

/* ---- life ---- */

static void on_enabled(uint16_t packet, void *userdata)
{
    struct sim_usb_function *f = userdata;

    f->packet = packet < SIM_USB_PACKET_MAX ? packet : SIM_USB_PACKET_MAX;
    f->model->packet = f->packet;
    f->enabled = true;
    /* After a short break the reads of before may not all be back: the last one posts them anew. */
    f->refusing = f->reads_pending > 0;
    if (!f->refusing)
        post_reads(f);
    sim_usb_function_kick(f);
}

static void on_disabled(void *userdata)
{
    struct sim_usb_function *f = userdata;

    f->enabled = false;
    if (f->replying)
        drop_reply(f);
    if (f->notice.pending)
        f->port->ops->cancel(f->port, &f->notice);
    end_flush(f);
    f->unread = false;
    usbtmc_model_power_on(f->model);
}

static const struct sim_usb_port_events events = {
    .setup = on_setup, .enabled = on_enabled, .disabled = on_disabled};

struct sim_usb_function *sim_usb_function_new(struct usbtmc_model *model, struct sim_usb_port *port)
{
    struct sim_usb_function *f = calloc(1, sizeof *f);

    if (f == NULL)
        return NULL;
    f->message = malloc(MESSAGE_MAX);
    if (f->message == NULL)
        return sim_usb_function_free(f);
    f->model = model;
    f->port = port;
    for (unsigned i = 0; i < READS; i++)
        f->reads[i] = (struct sim_usb_transfer){
            .endpoint = SIM_USB_OUT, .data = f->packets[i], .done = on_read, .userdata = f};
    for (unsigned i = 0; i < WRITES; i++)
        f->writes[i] = (struct sim_usb_transfer){.endpoint = SIM_USB_IN, .done = on_written, .userdata = f};
    f->flush = (struct sim_usb_transfer){
        .endpoint = SIM_USB_IN, .data = f->notice_bytes, .done = on_flushed, .userdata = f}; /* of size 0 */
    f->notice = (struct sim_usb_transfer){
        .endpoint = SIM_USB_NOTIFY, .data = f->notice_bytes, .done = on_notified, .userdata = f};
    port->events = &events;
    port->userdata = f;
    return f;
}

struct sim_usb_function *sim_usb_function_free(struct sim_usb_function *f)
{
    if (f != NULL)
        free(f->message);
    free(f);
    return NULL;
}
