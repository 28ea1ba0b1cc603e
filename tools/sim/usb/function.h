/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The USBTMC model on a USB port: takes the host's packets together to messages, hands replies over in pieces
 * with the closing empty packet where one is due, halts endpoints, answers control requests. */
#pragma once

#include "sim/usb/port.h"
#include "sim/usb/usbtmc_model.h"

#define SIM_USB_PACKET_MAX 512u

struct sim_usb_function;

/* Takes over the port's events; model and port must outlive it. NULL: out of memory. */
struct sim_usb_function *sim_usb_function_new(struct usbtmc_model *model, struct sim_usb_port *port);
/* The port must have given back every transfer. */
struct sim_usb_function *sim_usb_function_free(struct sim_usb_function *f);
/* After anything was done to the model from outside: an answer, a fault. */
void sim_usb_function_kick(struct sim_usb_function *f);
