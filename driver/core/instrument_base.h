/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the families of instruments share: the first member of their structs. */
#pragma once

#include "core/instrument.h"

/* Copies the texts of the setting. -ENOMEM; mb_instrument_base_done is right after a failure too. */
int mb_instrument_base_init(struct mb_instrument *i, const struct mb_instrument_ops *ops, const char *profile,
                            const struct mb_instrument_setting *setting);
void mb_instrument_base_done(struct mb_instrument *i);
/* State and fault, which is cut to what fits and may be i->fault itself. Whoever is to be told of it is not.
 */
void mb_instrument_base_set_state(struct mb_instrument *i, enum mb_instrument_state state, const char *fault);

/* The ops of a family that only reads: there is nothing to set, to switch or to make safe. -ENOTSUP. */
int mb_instrument_no_set(struct mb_instrument *i, enum mb_quantity quantity, double value,
                         mb_command_done done, void *userdata);
int mb_instrument_no_output(struct mb_instrument *i, bool on, mb_command_done done, void *userdata);
int mb_instrument_no_safe(struct mb_instrument *i, mb_command_done done, void *userdata);
