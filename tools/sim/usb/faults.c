/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/usb/faults.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define SWITCH(name)                                                                                         \
    {                                                                                                        \
#name, offsetof(struct usbtmc_faults, name), true                                                    \
    }
#define COUNTER(name)                                                                                        \
    {                                                                                                        \
#name, offsetof(struct usbtmc_faults, name), false                                                   \
    }

static const struct {
    const char *name;
    size_t offset;
    bool is_switch;
} table[] = {
    SWITCH(wrong_tag),
    SWITCH(wrong_inverse),
    SWITCH(wrong_id),
    SWITCH(size_too_big),
    SWITCH(endless_empty),
    COUNTER(trailing),
    COUNTER(empty_first),
    COUNTER(stall_in),
    COUNTER(stall_out),
    COUNTER(stall_in_after),
    SWITCH(stall_clear),
    SWITCH(control_silent),
    SWITCH(hangs),
    COUNTER(status_busy),
    SWITCH(status_wrong_tag),
    SWITCH(status_silent),
    COUNTER(stall_interrupt),
    COUNTER(clear_pending),
    SWITCH(clear_pending_data),
    SWITCH(reply_survives_clear),
};

int sim_usb_fault_set(struct usbtmc_faults *faults, const char *name, unsigned value)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].name, name) != 0)
            continue;
        if (table[i].is_switch && value > 1)
            return -ERANGE;
        if (table[i].is_switch)
            *(bool *)((char *)faults + table[i].offset) = value == 1;
        else
            memcpy((char *)faults + table[i].offset, &value, sizeof value);
        return 0;
    }
    return -ENOENT;
}

int sim_usb_fault_names(struct sim_text *ret)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof table / sizeof table[0]; i++)
        r = sim_text_printf(ret, "%s%s", i > 0 ? " " : "", table[i].name);
    return r;
}
