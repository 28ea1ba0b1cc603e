/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bus/message.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOTOR_DOCUMENT_MAX (256u << 10)

int bus_append_reading(sd_bus_message *m, const char *name, const char *unit,
                       const struct mb_reading *reading)
{
    return sd_bus_message_append(m, "(ssddst)", name, unit, reading->value, reading->standard_uncertainty,
                                 mb_validity_name(reading->validity), reading->t_ns);
}

int bus_append_snapshot(sd_bus_message *m, const struct mb_snapshot *snapshot)
{
    int r = sd_bus_message_open_container(m, 'a', "(ssddst)");

    for (int s = 0; r >= 0 && s < MB_SIGNAL_COUNT; s++)
        if (snapshot->signal[s].validity != MB_NO_DATA)
            r = bus_append_reading(m, mb_signal_name((enum mb_signal)s), mb_signal_unit((enum mb_signal)s),
                                   &snapshot->signal[s]);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int bus_append_string(sd_bus_message *m, const char *key, const char *value)
{
    return sd_bus_message_append(m, "{sv}", key, "s", value ? value : "");
}

int bus_append_double(sd_bus_message *m, const char *key, double value)
{
    return sd_bus_message_append(m, "{sv}", key, "d", value);
}

int bus_append_bool(sd_bus_message *m, const char *key, bool value)
{
    return sd_bus_message_append(m, "{sv}", key, "b", (int)value);
}

/* A list of texts, joined by commas. */
static int read_list(sd_bus_message *m, char *list, size_t size)
{
    const char *text;
    size_t used = 0;
    int r = sd_bus_message_enter_container(m, 'v', "as");

    if (r >= 0)
        r = sd_bus_message_enter_container(m, 'a', "s");
    list[0] = '\0';
    while (r >= 0 && (r = sd_bus_message_read(m, "s", &text)) > 0) {
        used += (size_t)snprintf(list + used, size - used, "%s%s", used ? "," : "", text);
        if (used >= size)
            return -E2BIG;
    }
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_read_texts(sd_bus_message *m, const struct bus_text *wanted, size_t count, struct mb_error *err)
{
    const char *key;
    int r = sd_bus_message_enter_container(m, 'a', "{sv}");

    while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        size_t i = 0;

        r = sd_bus_message_read(m, "s", &key);
        while (r >= 0 && i < count && strcmp(wanted[i].key, key) != 0)
            i++;
        if (r >= 0 && i < count)
            r = wanted[i].list ? read_list(m, wanted[i].list, wanted[i].list_size)
                               : sd_bus_message_read(m, "v", "s", wanted[i].value);
        else if (r >= 0)
            return mb_error_set(err, -EINVAL, "unknown key '%s'", key);
        if (r >= 0)
            r = sd_bus_message_exit_container(m);
    }
    return r < 0 ? mb_error_set(err, -EINVAL,
                                "a text is expected in a{sv}, or a list of texts where one belongs")
                 : sd_bus_message_exit_container(m);
}

int bus_read_motor(sd_bus_message *m, const char **ret_document, const char **ret_name, struct mb_error *err)
{
    const char *document = NULL, *name = "motor";
    const struct bus_text wanted[] = {{.key = "document", .value = &document},
                                      {.key = "name", .value = &name}};
    int r = bus_read_texts(m, wanted, 2, err);

    if (r < 0)
        return r;
    if (!document || strlen(document) > MOTOR_DOCUMENT_MAX)
        return mb_error_set(err, -EINVAL, "motor: 'document' with the text of a motor file is needed");
    *ret_document = document;
    *ret_name = name;
    return 0;
}
