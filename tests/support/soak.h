/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A soak of the driver: one instrument is read again and again while its link or its replies fail now and
 * then. Each value that it gives carries the number of the question, so that an old, cut or mixed value is
 * told from the right one; what was set up is lost with its supply and changes the values too. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/clock.h"
#include "core/instrument.h"
#include "sim/fault.h"
#include "sim/text.h"

#define SOAK_VALUES 10
#define SOAK_IDENTITY "MOTORBENCH,SOAK,1,1.0"
#define SOAK_RECOVERY_S 2.0 /* without the instrument being declared lost */

/* ---- the instrument ---- */

struct soak_device {
    unsigned sequence; /* of the last "VAL?" */
    unsigned queries;  /* of any kind */
    bool fast;         /* as set up; slow after power-on, and then the values are others */
};

/* One line without its end; the answer with its line feed, or nothing. */
void soak_device_line(struct soak_device *d, const char *line, struct sim_text *reply);

/* ---- its owner ---- */

struct soak {
    sd_event *event;
    const char *address;
    unsigned reads; /* to be made */
    /* The number of the last "VAL?" that the instrument has heard. */
    unsigned (*sequence)(void *userdata);
    void (*before_read)(void *userdata); /* may be NULL */
    void *userdata;
    bool shares_memory; /* others use this process's memory too: only a sanitizer can tell leaks */
    /* what came of it */
    unsigned asked, good, without_value, failed, wrong, lost;
    bool hung;
    double worst_recovery_s; /* of those without a loss */
    double worst_loss_s;     /* until readings were good again after a loss */
    double seconds;
    long descriptors, bytes; /* more than before; bytes 0 where they cannot be counted */
    /* inside */
    struct mb_instrument *instrument;
    char folder[64];
    bool reading, was_lost;
    uint64_t asked_ns, bad_since_ns, good_ns;
};

/* Makes the instrument, reads it as often as asked and frees it. */
void soak_run(struct soak *s);
/* Prints one line, and why it is not good; true: nothing wrong, no hang, recoveries in time, no leak. */
bool soak_judge(const struct soak *s, const char *name);

/* ---- over TCP, with the faults of the simulator's servers ---- */

/* share of the replies has a fault. Prints how often each kind came; true: soak_judge. */
bool soak_tcp(unsigned reads, double share, uint64_t seed);
