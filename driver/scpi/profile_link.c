/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How an instrument is found and left: USB ids, serial port, other ways to ask for the identity, what is sent
 * at closing. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scpi/profile_fields.h"
#include "scpi/profile_parts.h"
#include "scpi/text.h"

static void usb_done(void *element)
{
    struct mb_usb_id *u = element;

    free(u->vendor_text);
    free(u->product_text);
    free(u->note);
}

static void identify_done(void *element)
{
    struct mb_identify *i = element;

    free(i->query);
    free(i->match);
    free(i->name);
}

/* Four hexadecimal digits as they are printed everywhere; a YAML number would lose the leading zero. */
static int read_usb_number(const struct mb_node *map, const char *key, unsigned *ret, struct mb_error *err)
{
    const struct mb_node *node = mb_node_get(map, key);
    const char *text;
    int r;

    if (!node)
        return 0;
    r = mb_node_string(node, &text, err);
    if (r < 0)
        return r;
    if (strlen(text) != 4 || strspn(text, "0123456789abcdef") != 4)
        return mb_node_error(node, err,
                             "'%s' is not a USB %s: four hexadecimal digits, small letters, e.g. \"0b21\"",
                             text, key);
    *ret = (unsigned)strtoul(text, NULL, 16);
    return 0;
}

static int read_usb(struct mb_profile *p, struct mb_error *err)
{
    int r = 0;

    if (p->nodes.usb)
        r = mb_node_read_list(p->nodes.usb, mb_profile_usb_fields, sizeof *p->usb, MB_PROFILE_LIST_MAX,
                              usb_done, (void **)&p->usb, &p->usb_count, err);
    for (size_t i = 0; r == 0 && i < p->usb_count; i++) {
        r = read_usb_number(&p->nodes.usb->items[i], "vendor", &p->usb[i].vendor, err);
        if (r == 0)
            r = read_usb_number(&p->nodes.usb->items[i], "product", &p->usb[i].product, err);
    }
    return r;
}

int mb_profile_read_link(struct mb_profile *p, struct mb_error *err)
{
    int r = read_usb(p, err);

    if (r == 0 && p->nodes.alternatives)
        r = mb_node_read_list(p->nodes.alternatives, mb_profile_identify_fields, sizeof *p->alternatives,
                              MB_PROFILE_LIST_MAX, identify_done, (void **)&p->alternatives,
                              &p->alternative_count, err);
    if (r == 0)
        r = mb_profile_read_exchanges(p->nodes.exit, &p->exit, err);
    if (p->serial.data_bits == 0)
        p->serial.data_bits = 8;
    if (p->serial.stop_bits == 0)
        p->serial.stop_bits = 1;
    if (p->new_data.interval_s == 0)
        p->new_data.interval_s = p->update_interval_s / 5;
    if (p->new_data.timeout_s == 0)
        p->new_data.timeout_s = 3 * p->update_interval_s;
    return r;
}

void mb_profile_link_done(struct mb_profile *p)
{
    for (size_t i = 0; i < p->usb_count; i++)
        usb_done(&p->usb[i]);
    for (size_t i = 0; i < p->alternative_count; i++)
        identify_done(&p->alternatives[i]);
    free(p->usb);
    free(p->alternatives);
    identify_done(&p->identify);
    mb_exchange_list_done(&p->exit);
    free(p->acknowledge.match);
    free(p->new_data.query);
    free(p->new_data.match);
}

struct mb_serial_setting mb_profile_serial(const struct mb_profile *p)
{
    if (p->serial.baud == 0)
        return mb_serial_default;
    return (struct mb_serial_setting){
        .baud = p->serial.baud,
        .data_bits = p->serial.data_bits,
        .stop_bits = p->serial.stop_bits,
        .parity = (enum mb_parity)p->serial.parity,
        .flow = (enum mb_flow)p->serial.flow,
    };
}

static int complain(const struct mb_node *node, struct mb_error *err, const char *what)
{
    return mb_node_error(node, err, "%s", what);
}

/* Nobody waits for what is sent at closing: only commands that fit into one go. */
static int check_exit(const struct mb_profile *p, struct mb_error *err)
{
    for (size_t i = 0; i < p->exit.count; i++) {
        const struct mb_exchange *x = &p->exit.rows[i];

        if (!x->write || x->query || x->delay_s > 0 || x->when || x->unless || strpbrk(x->write, "?{"))
            return complain(
                &p->nodes.exit->items[i], err,
                "an 'exit' row has a 'write' and a 'mark' only: a command that depends on nothing");
    }
    return 0;
}

static int check_alternatives(const struct mb_profile *p, struct mb_error *err)
{
    for (size_t i = 0; i < p->alternative_count; i++)
        if (!mb_regex_valid(p->alternatives[i].match))
            return complain(&p->nodes.alternatives->items[i], err, "'match' is not a regular expression");
    return 0;
}

int mb_profile_check_link(const struct mb_profile *p, struct mb_error *err)
{
    const struct mb_node *root = mb_document_root(p->document);
    int r = check_exit(p, err);

    if (r == 0)
        r = check_alternatives(p, err);
    if (r == 0 && p->acknowledge.match && !mb_regex_valid(p->acknowledge.match))
        r = complain(root, err, "link: acknowledge: 'match' is not a regular expression");
    if (r == 0 && p->new_data.query &&
        (!strchr(p->new_data.query, '?') || !mb_regex_valid(p->new_data.match)))
        r = complain(root, err, "new_data: a query with a question mark and a regular expression are needed");
    if (r == 0 && p->new_data.query && p->new_data.interval_s > p->new_data.timeout_s)
        r = complain(root, err, "new_data: 'interval_s' must be below 'timeout_s'");
    return r;
}
