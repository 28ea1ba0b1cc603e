/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the interfaces write into messages and read out of them. Everything returns what sd-bus returns. */
#pragma once

#include <stddef.h>
#include <systemd/sd-bus.h>

#include "bench/signal.h"
#include "core/error.h"

/* Appends a(ssddst): name, unit, value, standard uncertainty, validity, time_ns. */
int bus_append_reading(sd_bus_message *m, const char *name, const char *unit,
                       const struct mb_reading *reading);
/* The snapshot's valid or known signals as a(ssddst). */
int bus_append_snapshot(sd_bus_message *m, const struct mb_snapshot *snapshot);
/* One {sv} of a string, a double or a boolean. */
int bus_append_string(sd_bus_message *m, const char *key, const char *value);
int bus_append_double(sd_bus_message *m, const char *key, double value);
int bus_append_bool(sd_bus_message *m, const char *key, bool value);
struct bus_text { /* one key of an a{sv} that carries a text (s), or a list of texts (as) */
    const char *key;
    const char **value; /* borrowed from the message */
    char *list;         /* not NULL: the list, joined by commas, instead */
    size_t list_size;
};
/* Reads an a{sv} of known keys; others are errors. */
int bus_read_texts(sd_bus_message *m, const struct bus_text *wanted, size_t count, struct mb_error *err);
/* Reads a motor, a{sv} of `document`, the text of a motor file, and `name`, what messages call it. */
int bus_read_motor(sd_bus_message *m, const char **ret_document, const char **ret_name, struct mb_error *err);
