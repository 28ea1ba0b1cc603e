/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/usb/gadget.h"

#define USAGE "NAME=SERIAL[,vendor=0xVVVV][,product=0xPPPP] is wanted"

/* What an instrument says it is where the command line does not: 0b21:0025 is the maker's number of the
 * WT300E; the others have no USB of their own that we know of and get the Linux Foundation's number for
 * composite gadgets. */
static const struct {
    const char *instrument;
    uint16_t vendor, product;
} known[] = {{"analyser", 0x0b21, 0x0025}, {NULL, 0x1d6b, 0x0104}};

static void default_numbers(struct sim_gadget_option *o)
{
    size_t i = 0;

    while (known[i].instrument != NULL && strcmp(known[i].instrument, o->instrument) != 0)
        i++;
    o->vendor = known[i].vendor;
    o->product = known[i].product;
}

/* What stands before the '='; returns what stands behind it, NULL when there is none. */
static const char *take_name(const char *text, struct sim_gadget_option *o)
{
    const char *equals = strchr(text, '=');

    if (equals == NULL || equals == text || (size_t)(equals - text) >= sizeof o->instrument ||
        equals[1] == '\0')
        return NULL;
    (void)snprintf(o->instrument, sizeof o->instrument, "%.*s", (int)(equals - text), text);
    default_numbers(o);
    return equals + 1;
}

static int take_number(const char *text, uint16_t *ret)
{
    char *end;
    unsigned long value = strtoul(text, &end, 0);

    if (end == text || (*end != '\0' && *end != ',') || value > UINT16_MAX)
        return -EINVAL;
    *ret = (uint16_t)value;
    return 0;
}

int sim_gadget_option_parse(const char *text, struct sim_gadget_option *ret, struct mb_error *err)
{
    struct sim_gadget_option o = {.vendor = 0};
    const char *rest = take_name(text, &o);
    size_t n = rest != NULL ? strcspn(rest, ",") : 0;
    int r = n == 0 || n >= sizeof o.serial ? -EINVAL : 0;

    if (r == 0) {
        (void)snprintf(o.serial, sizeof o.serial, "%.*s", (int)n, rest);
        rest += n;
    }
    while (r == 0 && *rest == ',') {
        rest++;
        if (strncmp(rest, "vendor=", 7) == 0)
            r = take_number(rest + 7, &o.vendor);
        else if (strncmp(rest, "product=", 8) == 0)
            r = take_number(rest + 8, &o.product);
        else
            r = -EINVAL;
        rest += strcspn(rest, ",");
    }
    if (r < 0)
        return mb_error_set(err, r, "--gadget %s: " USAGE, text);
    *ret = o;
    return 0;
}

int sim_gadget_functionfs_parse(const char *text, struct sim_gadget_option *ret, struct mb_error *err)
{
    struct sim_gadget_option o = {.vendor = 0};

    o.functionfs = take_name(text, &o);
    if (o.functionfs == NULL)
        return mb_error_set(err, -EINVAL, "--functionfs %s: NAME=FOLDER is wanted", text);
    *ret = o;
    return 0;
}
