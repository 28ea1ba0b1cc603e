/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One USBTMC instrument as a model: setup packets and bulk bytes in, bytes out, and faults. It knows no
 * kernel, no bus and no clock, so that the same model can stand behind usbfs ioctls, USB/IP or a gadget. Not
 * locked: its front does that.
 *
 * The instrument inside knows *IDN?, BLOCK? n (n bytes of a pattern), SLOW? (its answer waits for
 * usbtmc_model_finish_slow), any other query (answer "0"), and takes every command. Another one can take its
 * place (hear). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USBTMC_MODEL_IDENTITY "MOTORBENCH,MODEL-1,0042,1.0"
#define USBTMC_MODEL_OUT 0x01u
#define USBTMC_MODEL_IN 0x82u
#define USBTMC_MODEL_INTERRUPT 0x83u
#define USBTMC_MODEL_NOTICES 8u
#define USBTMC_MODEL_MAV 0x10u              /* of the status byte: a reply is there */
#define USBTMC_MODEL_BLOCK_MAX (64ul << 20) /* bytes of one BLOCK? answer */

/* Each is what the device does wrong from now on; counters count down. */
struct usbtmc_faults {
    bool wrong_tag, wrong_inverse, wrong_id; /* of the reply header */
    bool size_too_big;                       /* TransferSize beyond the bytes sent */
    bool endless_empty;                      /* replies without data and without EOM */
    unsigned trailing;                       /* bytes behind TransferSize */
    unsigned empty_first;                    /* empty bulk-IN transfers before a reply */
    unsigned stall_in, stall_out;
    unsigned stall_in_after;   /* replies that still come before stall_in counts */
    bool stall_clear;          /* INITIATE_CLEAR is not supported */
    bool control_silent;       /* control requests are never answered */
    bool hangs;                /* nothing is answered, until the next reset of the bus */
    unsigned status_busy;      /* READ_STATUS_BYTE: so often the interrupt endpoint is busy */
    bool status_wrong_tag;     /* ... its packet carries another tag */
    bool status_silent;        /* ... its packet never comes */
    unsigned stall_interrupt;  /* notifications that stall, and are lost */
    unsigned clear_pending;    /* CHECK_CLEAR_STATUS answers "pending" so often */
    bool clear_pending_data;   /* ... and says that bulk-IN must be read */
    bool reply_survives_clear; /* abort and clear forget the request under way: its answer comes after them */
};

struct usbtmc_model {
    /* what it is */
    uint8_t interface;
    uint16_t packet; /* wMaxPacketSize */
    size_t chunk;    /* most payload bytes in one reply transfer; 0: as many as requested */
    bool usb488;
    bool remote_local; /* advertised */
    bool no_interrupt; /* the status byte is in the control answer */
    bool no_term_char; /* TermChar is not advertised */
    bool no_eom;       /* never set where TermChar has ended the transfer */
    /* Header before the first byte of a message only, EOM in it, TransferSize at most 500; a request in
     * mid-message starts it anew (Rigol). */
    bool header_once;
    bool one_packet; /* at most 63 bytes, EOM never, answers only while remote (Advantest) */
    uint8_t status;  /* the status byte, but for MAV */
    /* Another instrument inside: gets each message, line end included, answers with usbtmc_model_answer or
     * usbtmc_model_put. */
    void (*hear)(struct usbtmc_model *m, const char *message, void *userdata);
    /* Cleared, or without power: what it had still to say is never said. At that moment and not later, since
     * the next message may be there before anybody looks. NULL: it says everything at once. */
    void (*forget)(void *userdata);
    void *userdata;
    struct usbtmc_faults faults;
    /* what happened to it */
    char last_message[128];
    size_t last_size;
    unsigned messages, out_transfers, requests, clears, aborts, halts_cleared, wrong_index, go_to_local,
        bad_tags, term_chars, status_reads;
    bool remote, locked;
    /* inside */
    uint8_t last_tag;
    uint8_t *input, *output, *in;
    size_t input_size, output_size, output_sent, in_size, in_sent;
    bool slow, in_open, in_begun, in_halted, out_halted;
    bool asked;
    uint8_t asked_tag;
    uint32_t asked_size;
    int asked_term;                           /* TermChar of the request, or -1 */
    uint8_t notices[USBTMC_MODEL_NOTICES][2]; /* on their way, oldest first */
    unsigned notice_count;
    bool interrupt_halted;
};

void usbtmc_model_init(struct usbtmc_model *m);
void usbtmc_model_done(struct usbtmc_model *m);
/* The bus was reset or the cable pulled: nothing is under way any more. Faults (but for hangs) and counters
 * stay. */
void usbtmc_model_power_on(struct usbtmc_model *m);
/* The functions below return a byte count or a negative errno: -EPIPE stall, -EAGAIN nothing yet (NAK),
 * -EOVERFLOW. */
int usbtmc_model_control(struct usbtmc_model *m, const uint8_t setup[8], uint8_t *data, size_t size);
int usbtmc_model_bulk_out(struct usbtmc_model *m, const uint8_t *data, size_t n);
int usbtmc_model_bulk_in(struct usbtmc_model *m, uint8_t *data, size_t size);
/* The same transfer as a whole, for a front that hands it over itself: 0, -EPIPE or -EAGAIN. It is under way
 * (in_begun) until usbtmc_model_in_end, or until an abort or a clear has ended it; the bytes stay as long. */
int usbtmc_model_in_begin(struct usbtmc_model *m, const uint8_t **ret, size_t *ret_n);
void usbtmc_model_in_end(struct usbtmc_model *m);
int usbtmc_model_interrupt_in(struct usbtmc_model *m, uint8_t *data, size_t size);
void usbtmc_model_clear_halt(struct usbtmc_model *m, uint8_t endpoint);
/* A service request with this status byte. */
void usbtmc_model_service_request(struct usbtmc_model *m, uint8_t status);
/* The measurement behind SLOW? is done; its answer is "SLOW". */
void usbtmc_model_finish_slow(struct usbtmc_model *m);
/* Puts a line, or bytes as they are, into the output queue, behind what is there. */
void usbtmc_model_answer(struct usbtmc_model *m, const char *text);
void usbtmc_model_put(struct usbtmc_model *m, const void *data, size_t n);
/* Byte i of a BLOCK? answer. */
uint8_t usbtmc_model_pattern(size_t i);
