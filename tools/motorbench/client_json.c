/* SPDX-License-Identifier: GPL-3.0-or-later */
/* D-Bus messages as JSON. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "motorbench/client.h"

static int basic_json(sd_bus_message *m, char type, json_t **ret)
{
    union {
        const char *s;
        double d;
        int b;
        uint32_t u;
        uint64_t t;
        int32_t i;
        int64_t x;
    } v;
    int r = sd_bus_message_read_basic(m, type, &v);

    if (r < 0)
        return r;
    switch (type) {
    case 's':
    case 'o':
        *ret = json_string(v.s);
        break;
    case 'd':
        *ret = isfinite(v.d) ? json_real(v.d) : json_null();
        break;
    case 'b':
        *ret = json_boolean(v.b);
        break;
    case 'u':
        *ret = json_integer(v.u);
        break;
    case 't':
        *ret = json_integer((json_int_t)v.t);
        break;
    case 'i':
        *ret = json_integer(v.i);
        break;
    case 'x':
        *ret = json_integer(v.x);
        break;
    default:
        return -EOPNOTSUPP;
    }
    return *ret ? 1 : -ENOMEM;
}

static int elements_json(sd_bus_message *m, json_t *list)
{
    json_t *element = NULL;
    int r;

    while ((r = client_json(m, &element)) > 0)
        (void)json_array_append_new(list, element);
    return r;
}

/* Entries of a dictionary with text keys. */
static int entries_json(sd_bus_message *m, const char *contents, json_t *object)
{
    const char *key;
    json_t *value;
    int r;

    while ((r = sd_bus_message_enter_container(m, 'e', contents)) > 0) {
        r = sd_bus_message_read_basic(m, 's', &key);
        if (r >= 0)
            r = client_json(m, &value);
        if (r > 0)
            (void)json_object_set_new(object, key, value);
        if (r >= 0)
            r = sd_bus_message_exit_container(m);
        if (r < 0)
            return r;
    }
    return r;
}

static int container_json(sd_bus_message *m, char type, const char *contents, json_t **ret)
{
    bool dictionary = type == 'a' && contents[0] == '{';
    char entry[64] = "";
    json_t *json = dictionary ? json_object() : json_array();
    int r = json ? sd_bus_message_enter_container(m, type, contents) : -ENOMEM;

    if (dictionary) /* "{sv}" -> "sv" */
        (void)snprintf(entry, sizeof entry, "%.*s", (int)strlen(contents) - 2, contents + 1);
    if (r >= 0)
        r = dictionary ? entries_json(m, entry, json) : elements_json(m, json);
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    if (r < 0)
        json_decref(json);
    else
        *ret = json;
    return r < 0 ? r : 1;
}

int client_json(sd_bus_message *m, json_t **ret)
{
    const char *contents = NULL;
    char type;
    int r = sd_bus_message_peek_type(m, &type, &contents);

    if (r <= 0)
        return r;
    if (type == 'v') {
        r = sd_bus_message_enter_container(m, 'v', contents);
        if (r >= 0)
            r = client_json(m, ret);
        return r < 0 ? r : sd_bus_message_exit_container(m) < 0 ? -EBADMSG : 1;
    }
    if (contents)
        return container_json(m, type, contents, ret);
    return basic_json(m, type, ret);
}
