/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instrument/modbus_ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "modbus/client.h"

#define GAP_S 0.0    /* between two requests, as in a profile that says nothing of it */
#define WORDS_MAX 4u /* of a question */
#define LAST_ADDRESS 65535

struct modbus_ask {
    struct mb_modbus_address address;
    double timeout_s;
    struct mb_modbus_client *client; /* NULL after an answer that may still come */
};

bool modbus_ask_is(const char *address)
{
    return strncmp(address, "modbus-", strlen("modbus-")) == 0;
}

static int find_word(const char *const words[], const char *text, int *ret)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0) {
            *ret = i;
            return 0;
        }
    return -EINVAL;
}

static int parse_words(char *words[WORDS_MAX], struct mb_modbus_place *ret)
{
    int64_t address;
    int r = words[1] ? mb_integer_parse(words[1], strlen(words[1]), &address) : -EINVAL;

    if (r == 0 && (address < 0 || address > LAST_ADDRESS))
        r = -EINVAL;
    if (r == 0)
        r = find_word(mb_modbus_spaces, words[0], &ret->space);
    if (r == 0 && words[2])
        r = mb_modbus_is_bit(ret) ? -EINVAL : find_word(mb_modbus_types, words[2], &ret->type);
    if (r == 0 && words[3])
        r = find_word(mb_modbus_orders, words[3], &ret->order);
    if (r == 0)
        ret->address = (int)address;
    return r;
}

static int parse_place(const char *text, struct mb_modbus_place *ret, struct mb_error *err)
{
    struct mb_modbus_place place = {0};
    char *words[WORDS_MAX] = {NULL}, *copy = strdup(text), *rest = copy;
    int r = copy ? 0 : -ENOMEM;

    for (size_t i = 0; i < WORDS_MAX && rest; i++)
        words[i] = strsep(&rest, ":");
    if (r == 0)
        r = rest ? -EINVAL : parse_words(words, &place);
    free(copy);
    if (r < 0)
        return mb_error_set(err, r,
                            "'%.60s' is no place in a Modbus instrument, allowed: "
                            "holding|input|coil|discrete:ADDRESS[:int16|uint16|int32|uint32|float32"
                            "[:abcd|cdab|badc|dcba]]",
                            text);
    *ret = place;
    return 0;
}

static int connect_again(struct modbus_ask *m, struct mb_error *err)
{
    return m->client ? 0 : mb_modbus_client_open(&m->address, m->timeout_s, GAP_S, &m->client, err);
}

int modbus_ask_open(const char *address, double timeout_s, struct modbus_ask **ret, struct mb_error *err)
{
    struct modbus_ask *m = calloc(1, sizeof *m);
    int r;

    if (!m)
        return mb_error_set(err, -ENOMEM, "%s: out of memory", address);
    m->timeout_s = timeout_s;
    r = mb_modbus_address_parse(address, &m->address, err);
    if (r == 0)
        r = connect_again(m, err);
    if (r < 0) {
        (void)modbus_ask_close(m);
        return r;
    }
    *ret = m;
    return 0;
}

int modbus_ask_say(struct modbus_ask *m, const char *text, char *reply, size_t size, struct mb_error *err)
{
    uint16_t registers[MB_MODBUS_WIDTH_MAX];
    struct mb_modbus_place place;
    int r = parse_place(text, &place, err);

    if (r == 0)
        r = connect_again(m, err);
    if (r < 0)
        return r;
    r = mb_modbus_client_read(m->client, (enum mb_modbus_space)place.space, place.address,
                              (int)mb_modbus_place_width(&place), registers, err);
    if (mb_modbus_link_lost(r))
        m->client = mb_modbus_client_free(m->client);
    if (r < 0)
        return r;
    (void)snprintf(reply, size, "%.10g",
                   mb_modbus_is_bit(&place) ? registers[0]
                                            : mb_modbus_decode((enum mb_modbus_type)place.type,
                                                               (enum mb_modbus_order)place.order, registers));
    return 0;
}

struct modbus_ask *modbus_ask_close(struct modbus_ask *m)
{
    if (!m)
        return NULL;
    m->client = mb_modbus_client_free(m->client);
    mb_modbus_address_done(&m->address);
    free(m);
    return NULL;
}
