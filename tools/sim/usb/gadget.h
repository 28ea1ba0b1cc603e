/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated instrument as a real USB device of this kernel: a line device (device.h) behind the USBTMC
 * model behind FunctionFS. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/error.h"
#include "sim/device.h"
#include "sim/replies.h"

#define SIM_GADGETS_MAX 8
#define SIM_GADGET_MODEL "model" /* the USBTMC model's own instrument: BLOCK? and the like */

/* What the command line says of one. */
struct sim_gadget_option {
    char instrument[24];
    char serial[64];
    uint16_t vendor, product;
    const char *functionfs; /* a FunctionFS mounted by somebody else, who has the gadget; NULL: we make it */
};

struct sim_gadget_setting {
    struct sim_gadget_option option;
    struct sim_device *device;        /* NULL: the model's own instrument */
    void (*catch_up)(void *userdata); /* before each message, so that its reply is of this moment */
    void *userdata;
};

struct sim_gadget;

/* "NAME=SERIAL[,vendor=0x0b21][,product=0x0025]" */
int sim_gadget_option_parse(const char *text, struct sim_gadget_option *ret, struct mb_error *err);
/* "NAME=FOLDER" */
int sim_gadget_functionfs_parse(const char *text, struct sim_gadget_option *ret, struct mb_error *err);

/* Plugged in when it returns. */
int sim_gadget_new(sd_event *event, const struct sim_gadget_setting *setting, struct sim_gadget **ret,
                   struct mb_error *err);
struct sim_gadget *sim_gadget_free(struct sim_gadget *g); /* unplugs */
const char *sim_gadget_name(const struct sim_gadget *g);
/* "usbtmc:0b21:0025:SERIAL", or "" for a gadget that is not ours. */
const char *sim_gadget_address(const struct sim_gadget *g);
void sim_gadget_poll(struct sim_gadget *g); /* time has passed */

int sim_gadget_plug(struct sim_gadget *g, bool in, struct mb_error *err);
/* Of its replies; close is a short unplug, gone one that lasts, reboot one of its time. */
int sim_gadget_fault(struct sim_gadget *g, const struct sim_fault_order *order, struct mb_error *err);
/* The instrument starts anew: this is it from now on. */
void sim_gadget_replace(struct sim_gadget *g, struct sim_device *device);
/* Of the link (faults.h); name NULL: none any more. */
int sim_gadget_usb_fault(struct sim_gadget *g, const char *name, unsigned value);
