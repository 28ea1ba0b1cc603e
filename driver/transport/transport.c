/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/transport.h"

#include <errno.h>
#include <string.h>

#include "transport/recording.h"

static const struct {
    const char *scheme;
    int (*create)(sd_event *event, const char *rest, struct mb_transport **ret, struct mb_error *err);
} links[] = {
    {"tcp", mb_tcp_new},
    {"tty", mb_tty_new},
    {"usbtmc", mb_usbtmc_new},
    {"record", mb_recording_new},
};

int mb_transport_new(sd_event *event, const char *address, const struct mb_transport_callbacks *callbacks,
                     void *userdata, struct mb_transport **ret, struct mb_error *err)
{
    size_t length = strcspn(address, ":");
    struct mb_transport *t = NULL;
    int r;

    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        if (address[length] != ':' || strlen(links[i].scheme) != length ||
            strncmp(links[i].scheme, address, length) != 0)
            continue;
        r = links[i].create(event, address + length + 1, &t, err);
        if (r < 0)
            return r;
        t->callbacks = callbacks;
        t->userdata = userdata;
        *ret = t;
        return 0;
    }
    return mb_error_set(err, -EPROTONOSUPPORT,
                        "address %s: the kind of link is not known, allowed are tcp:HOST:PORT, "
                        "tty:PATH[,BAUD[,8N1]] and usbtmc:VENDOR:PRODUCT[:SERIAL]",
                        address);
}

struct mb_transport *mb_transport_free(struct mb_transport *t)
{
    if (t) {
        t->ops->close(t);
        t->ops->free(t);
    }
    return NULL;
}

const char *mb_transport_bare_address(const char *address)
{
    static const char record[] = "record:";
    const char *colon =
        strncmp(address, record, strlen(record)) == 0 ? strchr(address + strlen(record), ':') : NULL;

    return colon ? colon + 1 : address;
}
