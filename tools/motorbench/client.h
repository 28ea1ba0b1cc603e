/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon from the command line: a plain D-Bus client. Functions that fail have said why on stderr and
 * return an exit status other than EXIT_DONE. */
#pragma once

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "motorbench/command.h"

#define CLIENT_NAME "org.motorbench1"
#define CLIENT_ROOT "/org/motorbench1"
#define CLIENT_MANAGER CLIENT_NAME ".Manager"
#define CLIENT_PATH_MAX 256

int client_open(const struct options *options, sd_bus **ret);
/* Tells what a failed call means; r as the call returned it. */
int client_error(const sd_bus_error *error, int r);
/* Calls a method whose arguments are already in m (unreferenced here). */
int client_send(sd_bus *bus, sd_bus_message *m, sd_bus_message **ret_reply);
/* Calls a method without arguments; ret_reply may be NULL. */
int client_call(sd_bus *bus, const char *path, const char *interface, const char *member,
                sd_bus_message **ret_reply);
/* A message with room for arguments. */
int client_message(sd_bus *bus, const char *path, const char *interface, const char *member,
                   sd_bus_message **ret);
/* Object path of a bench, run, record, instrument: kind is the middle word. */
int client_path(const char *kind, const char *name, char buffer[static CLIENT_PATH_MAX]);
/* All properties of an object as a JSON object. */
int client_properties(sd_bus *bus, const char *path, const char *interface, json_t **ret);
/* The full UUID of a record from a unique beginning of it. */
int client_uuid(sd_bus *bus, const char *prefix, char buffer[static 40]);
/* FindRecords without a filter, or with one key. */
int client_records(sd_bus *bus, const char *key, const char *value, unsigned count, json_t **ret,
                   uint64_t *ret_total);

/* The next element of a message as JSON, of whatever type. 1, 0 at the end, negative errno. */
int client_json(sd_bus_message *m, json_t **ret);
const char *json_text_of(const json_t *object, const char *key); /* "" when absent */
