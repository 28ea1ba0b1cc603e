/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole instrument of the driver on a fake USB bus: a table of questions and answers inside the USBTMC
 * model, and an owner of struct mb_instrument that keeps what it is told. */
#pragma once

#include "support/test.h"

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "core/clock.h"
#include "core/instrument.h"
#include "support/fake_table.h"
#include "support/usbfs_front.h"

#define USBTMC_SCPI_CHANNELS 32

struct usbtmc_scpi {
    struct usbfs_front *front;
    struct usbtmc_model model;
    struct usbfs_identity identity;
    struct fake_table *table; /* the model's thread uses it: lock the front around */
    /* Looks at a line before the table does; may change the table. */
    void (*listen)(struct usbtmc_scpi *u, const char *line);
    char late[FAKE_TEXT_MAX]; /* the answer that FAKE_LATE holds back */
    char item[USBTMC_SCPI_CHANNELS][24];
    sd_event *event;
    struct mb_clock clock;
    char folder[64], hastened[128]; /* of profiles; the one in it */
    struct mb_instrument *instrument;
    /* what the owner was told */
    bool ready, lost, read_done, command_done;
    int read_error, command_error;
    char text[256];
    struct mb_reading readings[USBTMC_SCPI_CHANNELS];
    size_t count;
};

/* An empty bus and an event loop; NULL when umockdev does not work here. */
struct usbtmc_scpi *usbtmc_scpi_new(const struct fake_reply *rows, const struct fake_reply *words,
                                    const struct usbfs_identity *identity);
struct usbtmc_scpi *usbtmc_scpi_free(struct usbtmc_scpi *u);
int usbtmc_scpi_tear_down(void **state); /* for cmocka */
void usbtmc_scpi_plug(struct usbtmc_scpi *u);
/* Puts a copy of the shipped profile with another time-out into a folder of its own. */
void usbtmc_scpi_hasten(struct usbtmc_scpi *u, const char *profile, const char *timeout_s);
/* The instrument as the daemon makes it: through the registry. */
void usbtmc_scpi_make(struct usbtmc_scpi *u, const char *folder, struct mb_instrument_setting setting);
void usbtmc_scpi_open(struct usbtmc_scpi *u); /* until READY */

void usbtmc_scpi_run_for(struct usbtmc_scpi *u, unsigned ms);
bool usbtmc_scpi_run_until(struct usbtmc_scpi *u, const bool *flag, unsigned ms);
void usbtmc_scpi_begin_read(struct usbtmc_scpi *u);
void usbtmc_scpi_read(struct usbtmc_scpi *u);
const struct mb_reading *usbtmc_scpi_reading(const struct usbtmc_scpi *u, const char *channel);
/* The read has failed with this error, every reading has this validity, and a sentence says why. */
void usbtmc_scpi_assert_invalid(const struct usbtmc_scpi *u, int error, enum mb_validity validity);
/* An open instrument that nobody asks costs nothing: for a second not one turn of the loop, not one ioctl. */
void usbtmc_scpi_assert_idle(struct usbtmc_scpi *u);
/* For set, output, safe. */
void usbtmc_scpi_on_command(struct mb_instrument *i, int error, const char *text, void *userdata);

void usbtmc_scpi_answer(struct usbtmc_scpi *u, const char *query, const char *reply);
void usbtmc_scpi_misbehave(struct usbtmc_scpi *u, enum fake_mode mode, const char *query, unsigned times);
unsigned usbtmc_scpi_count(struct usbtmc_scpi *u, const char *line);
void usbtmc_scpi_set_faults(struct usbtmc_scpi *u, struct usbtmc_faults faults);
/* Now the held answer comes, to whom it may concern. */
void usbtmc_scpi_answer_late(struct usbtmc_scpi *u);
struct usbtmc_model usbtmc_scpi_seen(struct usbtmc_scpi *u);
