/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/usb/usbtmc_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 12u

void usbtmc_model_init(struct usbtmc_model *m)
{
    *m = (struct usbtmc_model){.packet = 512, .usb488 = true, .remote_local = true};
}

static void forget(uint8_t **buffer, size_t *size)
{
    free(*buffer);
    *buffer = NULL;
    *size = 0;
}

void usbtmc_model_done(struct usbtmc_model *m)
{
    forget(&m->input, &m->input_size);
    forget(&m->output, &m->output_size);
    forget(&m->in, &m->in_size);
}

static void forget_all(struct usbtmc_model *m)
{
    if (m->forget)
        m->forget(m->userdata);
}

void usbtmc_model_power_on(struct usbtmc_model *m)
{
    usbtmc_model_done(m);
    m->output_sent = m->in_sent = 0;
    m->slow = m->in_open = m->in_begun = m->in_halted = m->out_halted = m->asked = m->remote = m->locked =
        false;
    m->last_tag = 0;
    m->notice_count = 0;
    m->interrupt_halted = m->faults.hangs = false;
    forget_all(m);
}

uint8_t usbtmc_model_pattern(size_t i)
{
    return (uint8_t)(i * 7 + i / 251);
}

static void append(uint8_t **buffer, size_t *size, const void *data, size_t n)
{
    uint8_t *grown = realloc(*buffer, *size + n + 1);

    if (!grown)
        abort();
    if (n > 0)
        memcpy(grown + *size, data, n);
    *buffer = grown;
    *size += n;
}

/* ---- the instrument ---- */

void usbtmc_model_put(struct usbtmc_model *m, const void *data, size_t n)
{
    append(&m->output, &m->output_size, data, n);
}

void usbtmc_model_answer(struct usbtmc_model *m, const char *text)
{
    usbtmc_model_put(m, text, strlen(text));
    usbtmc_model_put(m, "\n", 1);
}

static void answer_block(struct usbtmc_model *m, size_t n)
{
    uint8_t *block = malloc(n + 1);

    if (!block)
        abort();
    for (size_t i = 0; i < n; i++)
        block[i] = usbtmc_model_pattern(i);
    usbtmc_model_put(m, block, n);
    free(block);
}

static void run_message(struct usbtmc_model *m)
{
    const size_t n = m->input_size < sizeof m->last_message - 1 ? m->input_size : sizeof m->last_message - 1;
    char *message = (char *)m->input;
    unsigned long size;

    message[m->input_size] = '\0'; /* append leaves room for it */
    memcpy(m->last_message, message, n);
    m->last_message[n] = '\0';
    m->last_size = m->input_size;
    m->messages++;
    m->input = NULL;
    m->input_size = 0;
    if (m->hear)
        m->hear(m, message, m->userdata);
    else if (strncmp(m->last_message, "*IDN?", 5) == 0)
        usbtmc_model_answer(m, USBTMC_MODEL_IDENTITY);
    else if (sscanf(m->last_message, "BLOCK? %lu", &size) == 1 && size <= USBTMC_MODEL_BLOCK_MAX)
        answer_block(m, size);
    else if (strncmp(m->last_message, "SLOW?", 5) == 0)
        m->slow = true;
    else if (strchr(m->last_message, '?'))
        usbtmc_model_answer(m, "0");
    free(message);
}

void usbtmc_model_finish_slow(struct usbtmc_model *m)
{
    if (m->slow)
        usbtmc_model_answer(m, "SLOW");
    m->slow = false;
}

/* ---- bulk-IN ---- */

#define ONE_PACKET 63u
#define HEADER_ONCE_SIZE 500u

static void put_reply(struct usbtmc_model *m, const uint8_t *data, size_t n, uint8_t attributes)
{
    const struct usbtmc_faults *f = &m->faults;
    const size_t stated = m->header_once && n > HEADER_ONCE_SIZE ? HEADER_ONCE_SIZE : n;
    const size_t announced = f->size_too_big ? n + 1 : stated;
    const uint8_t tag = (uint8_t)(m->asked_tag + (f->wrong_tag ? 1 : 0));
    const uint8_t header[HEADER] = {f->wrong_id ? 3 : 2,
                                    tag,
                                    (uint8_t)(~tag ^ (f->wrong_inverse ? 1 : 0)),
                                    0,
                                    (uint8_t)announced,
                                    (uint8_t)(announced >> 8),
                                    (uint8_t)(announced >> 16),
                                    0,
                                    attributes};
    static const uint8_t trailing[64];

    if (!m->header_once || m->output_sent == 0)
        append(&m->in, &m->in_size, header, sizeof header);
    append(&m->in, &m->in_size, data, n);
    append(&m->in, &m->in_size, trailing, f->trailing);
    m->in_open = true;
}

/* Up to and with the TermChar, where the request has one and it is there. */
static size_t until_term(const struct usbtmc_model *m, const uint8_t *data, size_t n, bool *ret_ended)
{
    const uint8_t *end = m->asked_term >= 0 ? memchr(data, m->asked_term, n) : NULL;

    *ret_ended = end;
    return end ? (size_t)(end - data) + 1 : n;
}

/* The next n bytes of the output queue, the last of them all with EOM. */
static void put_output(struct usbtmc_model *m, size_t n)
{
    const uint8_t *data = m->output + m->output_sent;
    bool term, last;

    n = until_term(m, data, n, &term);
    last = m->output_sent + n == m->output_size || m->header_once;
    if (m->one_packet || (term && m->no_eom))
        last = false;
    put_reply(m, data, n, (uint8_t)(last | term << 1));
    m->output_sent += n;
    m->asked = m->header_once && m->output_sent < m->output_size;
    if (m->output_sent == m->output_size || m->one_packet) {
        forget(&m->output, &m->output_size);
        m->output_sent = 0;
    }
}

/* Makes the next transfer of the reply when one was asked for and there is something to say. */
static void produce(struct usbtmc_model *m)
{
    size_t n = m->output_size - m->output_sent;

    if (!m->asked || m->in_open || (n == 0 && !m->faults.endless_empty) || (m->one_packet && !m->remote))
        return;
    if (m->faults.empty_first > 0) {
        m->faults.empty_first--;
        m->in_open = true;
        return;
    }
    if (m->faults.endless_empty) {
        m->asked = false;
        put_reply(m, m->output, 0, 0);
        return;
    }
    if (n > m->asked_size && !m->header_once)
        n = m->asked_size;
    if (m->one_packet && n > ONE_PACKET)
        n = ONE_PACKET;
    if (m->chunk > 0 && n > m->chunk)
        n = m->chunk;
    put_output(m, n);
}

static void end_transfer(struct usbtmc_model *m)
{
    forget(&m->in, &m->in_size);
    m->in_sent = 0;
    m->in_open = m->in_begun = false;
}

static bool stalls_in(struct usbtmc_model *m)
{
    if (m->faults.stall_in == 0 || !m->in_open)
        return false;
    if (m->faults.stall_in_after > 0) {
        m->faults.stall_in_after--;
        return false;
    }
    m->faults.stall_in--;
    return true;
}

/* 0: a transfer is under way; -EPIPE, -EAGAIN. */
static int prepare(struct usbtmc_model *m)
{
    if (m->in_halted)
        return -EPIPE;
    if (m->faults.hangs)
        return -EAGAIN;
    produce(m);
    if (stalls_in(m)) {
        /* The reply stays in the output queue; only this transfer is given up. */
        if (m->in_size > HEADER && !m->output) {
            append(&m->output, &m->output_size, m->in + HEADER, m->in_size - HEADER);
            m->output_sent = 0;
        }
        end_transfer(m);
        m->in_halted = true;
        return -EPIPE;
    }
    return m->in_open ? 0 : -EAGAIN;
}

int usbtmc_model_in_begin(struct usbtmc_model *m, const uint8_t **ret, size_t *ret_n)
{
    int r = prepare(m);

    if (r < 0)
        return r;
    m->in_begun = true;
    *ret = m->in;
    *ret_n = m->in_size;
    return 0;
}

void usbtmc_model_in_end(struct usbtmc_model *m)
{
    if (m->in_begun)
        end_transfer(m);
}

int usbtmc_model_bulk_in(struct usbtmc_model *m, uint8_t *data, size_t size)
{
    size_t left, n;
    int r = prepare(m);

    if (r < 0)
        return r;
    left = m->in_size - m->in_sent;
    if (left > size && size % m->packet != 0)
        return -EOVERFLOW;
    n = left < size ? left : size;
    if (n > 0)
        memcpy(data, m->in + m->in_sent, n);
    m->in_sent += n;
    /* A buffer that is filled to the brim leaves the closing empty packet in the device. */
    if (n < size || (m->in_sent == m->in_size && m->in_size % m->packet != 0))
        end_transfer(m);
    return (int)n;
}

/* ---- interrupt-IN ---- */

static void notify(struct usbtmc_model *m, uint8_t first, uint8_t second)
{
    if (m->notice_count == USBTMC_MODEL_NOTICES)
        return;
    m->notices[m->notice_count][0] = first;
    m->notices[m->notice_count++][1] = second;
}

void usbtmc_model_service_request(struct usbtmc_model *m, uint8_t status)
{
    notify(m, 0x81, status);
}

int usbtmc_model_interrupt_in(struct usbtmc_model *m, uint8_t *data, size_t size)
{
    if (m->interrupt_halted)
        return -EPIPE;
    if (m->notice_count == 0 || m->faults.hangs)
        return -EAGAIN;
    if (size < 2)
        return -EOVERFLOW;
    memcpy(data, m->notices[0], 2);
    m->notice_count--;
    memmove(m->notices[0], m->notices[1], m->notice_count * sizeof m->notices[0]);
    if (m->faults.stall_interrupt > 0) {
        m->faults.stall_interrupt--;
        m->interrupt_halted = true;
        return -EPIPE;
    }
    return 2;
}

/* ---- bulk-OUT ---- */

static uint32_t get_u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int usbtmc_model_bulk_out(struct usbtmc_model *m, const uint8_t *data, size_t n)
{
    uint32_t size;

    if (m->out_halted)
        return -EPIPE;
    if (m->faults.hangs)
        return -EAGAIN;
    if (m->faults.stall_out > 0) {
        m->faults.stall_out--;
        m->out_halted = true;
        return -EPIPE;
    }
    if (n < HEADER || data[1] == 0 || (data[1] ^ data[2]) != 0xff || data[1] == m->last_tag) {
        m->bad_tags++;
        m->out_halted = true;
        return -EPIPE;
    }
    m->last_tag = data[1];
    size = get_u32(data + 4);
    if (data[0] == 2 && n == HEADER) {
        m->requests++;
        m->asked = true;
        m->asked_tag = data[1];
        m->asked_size = size;
        m->asked_term = data[8] & 2 ? data[9] : -1;
        m->term_chars += m->asked_term >= 0;
        if (m->header_once)
            m->output_sent = 0;
        return (int)n;
    }
    if (data[0] != 1 || n % 4 != 0 || size > n - HEADER || n - HEADER - size > 3) {
        m->out_halted = true;
        return -EPIPE;
    }
    m->out_transfers++;
    append(&m->input, &m->input_size, data + HEADER, size);
    if (data[8] & 1)
        run_message(m);
    return (int)n;
}

void usbtmc_model_clear_halt(struct usbtmc_model *m, uint8_t endpoint)
{
    m->halts_cleared++;
    if (endpoint == USBTMC_MODEL_OUT)
        m->out_halted = false;
    if (endpoint == USBTMC_MODEL_IN)
        m->in_halted = false;
    if (endpoint == USBTMC_MODEL_INTERRUPT)
        m->interrupt_halted = false;
}

/* ---- control ---- */

static void clear(struct usbtmc_model *m)
{
    const uint8_t late[] = "LATE\n";
    const bool survives = m->faults.reply_survives_clear && m->asked;

    m->clears++;
    m->last_tag = 0; /* another host may begin where this one did */
    forget(&m->input, &m->input_size);
    forget(&m->output, &m->output_size);
    m->output_sent = 0;
    m->slow = false;
    forget_all(m);
    end_transfer(m);
    if (survives)
        put_reply(m, late, sizeof late - 1, 1);
    m->asked = false;
    m->out_halted = true; /* until the host clears the halt (USBTMC 4.2.1.6) */
}

static int reply(uint8_t *data, size_t size, const uint8_t *answer, size_t n)
{
    n = n < size ? n : size;
    memcpy(data, answer, n);
    return (int)n;
}

static int capabilities(const struct usbtmc_model *m, uint8_t *data, size_t size)
{
    uint8_t c[24] = {[0] = 1, [2] = 0x00, [3] = 0x01, [4] = 0x04, [5] = !m->no_term_char};

    if (m->usb488) {
        c[13] = 0x01;
        c[14] = m->remote_local ? 0x06 : 0x04;
        c[15] = m->remote_local ? 0x0a : 0x08;
    }
    return reply(data, size, c, sizeof c);
}

static int check_clear(struct usbtmc_model *m, uint8_t *data, size_t size)
{
    const uint8_t pending[2] = {0x02, m->faults.clear_pending_data}, success[2] = {0x01, 0};

    if (m->faults.clear_pending > 0) {
        m->faults.clear_pending--;
        return reply(data, size, pending, 2);
    }
    return reply(data, size, success, 2);
}

static int abort_transfer(struct usbtmc_model *m, uint8_t *data, size_t size)
{
    const uint8_t nothing[2] = {0x80, 0}, success[2] = {0x01, m->last_tag};

    m->aborts++;
    if (m->faults.reply_survives_clear || (!m->asked && !m->in_open))
        return reply(data, size, nothing, 2);
    m->asked = false;
    end_transfer(m);
    return reply(data, size, success, 2);
}

static int read_status(struct usbtmc_model *m, uint8_t tag, uint8_t *data, size_t size)
{
    const uint8_t status = (uint8_t)(m->status | (m->output ? USBTMC_MODEL_MAV : 0));
    const uint8_t busy[3] = {0x20, tag}, answer[3] = {1, tag, m->no_interrupt ? status : 0};

    m->status_reads++;
    if (!m->usb488 || tag < 2 || tag > 127)
        return -EPIPE;
    if (m->faults.status_busy > 0) {
        m->faults.status_busy--;
        return reply(data, size, busy, 3);
    }
    if (!m->no_interrupt && !m->faults.status_silent)
        notify(m, (uint8_t)(0x80 | (m->faults.status_wrong_tag ? tag % 125 + 3 : tag)), status);
    return reply(data, size, answer, 3);
}

int usbtmc_model_control(struct usbtmc_model *m, const uint8_t setup[8], uint8_t *data, size_t size)
{
    const uint8_t recipient = setup[0] & 0x1f, ok[8] = {1};
    const unsigned index = setup[4] | setup[5] << 8;

    if (m->faults.control_silent || m->faults.hangs)
        return -EAGAIN;
    if (recipient == 1 ? index != m->interface : index != USBTMC_MODEL_OUT && index != USBTMC_MODEL_IN) {
        m->wrong_index++;
        return -EPIPE;
    }
    switch (setup[1]) {
    case 1:
    case 3:
        return abort_transfer(m, data, size);
    case 2:
    case 4:
        return reply(data, size, ok, 8);
    case 5:
        if (m->faults.stall_clear)
            return -EPIPE;
        clear(m);
        return reply(data, size, ok, 1);
    case 6:
        return check_clear(m, data, size);
    case 7:
        return capabilities(m, data, size);
    case 128:
        return read_status(m, setup[2], data, size);
    case 160:
        m->remote = setup[2] == 1;
        m->locked &= m->remote;
        return reply(data, size, ok, 1);
    case 161:
        m->remote = m->locked = false;
        m->go_to_local++;
        return reply(data, size, ok, 1);
    case 162:
        if (!m->remote_local || !m->remote)
            return -EPIPE;
        m->locked = true;
        return reply(data, size, ok, 1);
    default:
        return -EPIPE;
    }
}
