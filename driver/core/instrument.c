/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/instrument.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument_base.h"
#include "core/log.h"
#include "core/text.h"

const char *const mb_wirings[] = {"1P2W", "1P3W", "3P3W", "3P4W", "3V3A", NULL};

const char *mb_instrument_state_name(enum mb_instrument_state state)
{
    static const char *const names[] = {
        [MB_INSTRUMENT_CLOSED] = "closed",
        [MB_INSTRUMENT_OPENING] = "opening",
        [MB_INSTRUMENT_READY] = "ready",
        [MB_INSTRUMENT_LOST] = "lost",
    };

    return names[state];
}

struct mb_instrument *mb_instrument_free(struct mb_instrument *i)
{
    if (i)
        i->ops->free(i);
    return NULL;
}

int mb_instrument_base_init(struct mb_instrument *i, const struct mb_instrument_ops *ops, const char *profile,
                            const struct mb_instrument_setting *setting)
{
    i->ops = ops;
    i->clock = setting->clock;
    i->simulated = setting->simulated;
    i->id = strdup(setting->id);
    i->profile = strdup(profile);
    i->address = strdup(setting->address);
    return i->id && i->profile && i->address ? 0 : -ENOMEM;
}

void mb_instrument_base_done(struct mb_instrument *i)
{
    free(i->id);
    free(i->profile);
    free(i->address);
    free(i->channels);
}

void mb_instrument_base_set_state(struct mb_instrument *i, enum mb_instrument_state state, const char *fault)
{
    char text[sizeof i->fault];

    (void)snprintf(text, sizeof text, "%s", fault);
    mb_text_clean(text); /* it may have been cut */
    mb_debug("%s: %s%s%s", i->id, mb_instrument_state_name(state), *text ? ": " : "", text);
    i->state = state;
    memcpy(i->fault, text, sizeof text);
}

int mb_instrument_no_set(struct mb_instrument *i, enum mb_quantity quantity, double value,
                         mb_command_done done, void *userdata)
{
    (void)i;
    (void)quantity;
    (void)value;
    (void)done;
    (void)userdata;
    return -ENOTSUP;
}

int mb_instrument_no_output(struct mb_instrument *i, bool on, mb_command_done done, void *userdata)
{
    (void)i;
    (void)on;
    (void)done;
    (void)userdata;
    return -ENOTSUP;
}

int mb_instrument_no_safe(struct mb_instrument *i, mb_command_done done, void *userdata)
{
    (void)i;
    (void)done;
    (void)userdata;
    return -ENOTSUP;
}
