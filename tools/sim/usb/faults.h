/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The faults of the USBTMC model by name, for the control port. */
#pragma once

#include "sim/text.h"
#include "sim/usb/usbtmc_model.h"

/* 0; -ENOENT: no such fault; -ERANGE: a switch takes 0 or 1. */
int sim_usb_fault_set(struct usbtmc_faults *faults, const char *name, unsigned value);
/* Their names, separated by blanks. */
int sim_usb_fault_names(struct sim_text *ret);
