/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int client_open(const struct options *options, sd_bus **ret)
{
    sd_bus *bus = NULL;
    int r;

    if (options->bus) {
        r = sd_bus_new(&bus);
        if (r >= 0)
            r = sd_bus_set_address(bus, options->bus);
        if (r >= 0)
            r = sd_bus_set_bus_client(bus, 1);
        if (r >= 0)
            r = sd_bus_start(bus);
    } else {
        r = sd_bus_open_system(&bus);
    }
    if (r < 0) {
        sd_bus_unref(bus);
        return fail(EXIT_NO_DAEMON, "the message bus cannot be reached (%s); is it running, is --bus right?",
                    strerror(-r));
    }
    /* polkit may ask for a password where an agent for that is there */
    (void)sd_bus_set_allow_interactive_authorization(bus, 1);
    *ret = bus;
    return EXIT_DONE;
}

static const struct {
    const char *name;
    enum exit_status status;
} error_statuses[] = {
    {"org.motorbench1.Error.NotFound", EXIT_BAD_INPUT},
    {"org.motorbench1.Error.InvalidArgument", EXIT_BAD_INPUT},
    {"org.motorbench1.Error.WrongState", EXIT_BAD_INPUT},
    {"org.motorbench1.Error.NotSupported", EXIT_BAD_INPUT},
    {SD_BUS_ERROR_UNKNOWN_OBJECT, EXIT_BAD_INPUT},
    {SD_BUS_ERROR_UNKNOWN_INTERFACE, EXIT_BAD_INPUT},
    {SD_BUS_ERROR_UNKNOWN_METHOD, EXIT_BAD_INPUT},
    {"org.motorbench1.Error.Busy", EXIT_BENCH_FAULT},
    {"org.motorbench1.Error.BenchFault", EXIT_BENCH_FAULT},
    {"org.motorbench1.Error.Failed", EXIT_BENCH_FAULT},
};

int client_error(const sd_bus_error *error, int r)
{
    for (size_t i = 0; i < sizeof error_statuses / sizeof *error_statuses; i++)
        if (sd_bus_error_has_name(error, error_statuses[i].name))
            return fail(error_statuses[i].status, "%s", error->message);
    if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED) ||
        sd_bus_error_has_name(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED))
        return fail(EXIT_NO_DAEMON, "%s (be root or a member of the group motorbench)",
                    strncmp(error->message, "not authorised", 14) == 0 ? error->message : "not authorised");
    if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
        sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
        return fail(EXIT_NO_DAEMON, "the daemon is not running (systemctl start motorbenchd)");
    if (sd_bus_error_is_set(error) && !sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) &&
        !sd_bus_error_has_name(error, SD_BUS_ERROR_DISCONNECTED) &&
        !sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT))
        return fail(EXIT_BENCH_FAULT, "the daemon answers: %s",
                    error->message ? error->message : error->name);
    return fail(EXIT_NO_DAEMON, "the daemon cannot be reached: %s",
                error->message ? error->message : strerror(-r));
}

int client_message(sd_bus *bus, const char *path, const char *interface, const char *member,
                   sd_bus_message **ret)
{
    int r = sd_bus_message_new_method_call(bus, ret, CLIENT_NAME, path, interface, member);

    return r < 0 ? fail(EXIT_NO_DAEMON, "cannot ask the daemon: %s", strerror(-r)) : EXIT_DONE;
}

int client_send(sd_bus *bus, sd_bus_message *m, sd_bus_message **ret_reply)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = sd_bus_call(bus, m, 120ull * 1000 * 1000, &error, ret_reply), status = EXIT_DONE;

    if (r < 0)
        status = client_error(&error, r);
    sd_bus_error_free(&error);
    sd_bus_message_unref(m);
    return status;
}

int client_call(sd_bus *bus, const char *path, const char *interface, const char *member,
                sd_bus_message **ret_reply)
{
    sd_bus_message *m = NULL;
    int status = client_message(bus, path, interface, member, &m);

    return status == EXIT_DONE ? client_send(bus, m, ret_reply) : status;
}

int client_path(const char *kind, const char *name, char buffer[static CLIENT_PATH_MAX])
{
    char prefix[64], *path = NULL;

    (void)snprintf(prefix, sizeof prefix, CLIENT_ROOT "/%s", kind);
    if (!*name || sd_bus_path_encode(prefix, name, &path) < 0)
        return fail(EXIT_BAD_INPUT, "'%.60s' is not a name of a %s", name, kind);
    (void)snprintf(buffer, CLIENT_PATH_MAX, "%s", path);
    free(path);
    return EXIT_DONE;
}

int client_properties(sd_bus *bus, const char *path, const char *interface, json_t **ret)
{
    sd_bus_message *m = NULL, *reply = NULL;
    int status = client_message(bus, path, "org.freedesktop.DBus.Properties", "GetAll", &m);

    if (status == EXIT_DONE && sd_bus_message_append(m, "s", interface) < 0)
        status = fail(EXIT_NO_DAEMON, "not enough memory");
    if (status == EXIT_DONE)
        status = client_send(bus, m, &reply);
    if (status == EXIT_DONE && client_json(reply, ret) < 0)
        status = fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    sd_bus_message_unref(reply);
    return status;
}

static int append_filter(sd_bus_message *m, const char *key, const char *value, unsigned count)
{
    int r =
        key ? sd_bus_message_append(m, "a{sv}", 1, key, "s", value) : sd_bus_message_append(m, "a{sv}", 0);

    return r < 0 ? r : sd_bus_message_append(m, "uu", 0, count);
}

int client_records(sd_bus *bus, const char *key, const char *value, unsigned count, json_t **ret,
                   uint64_t *ret_total)
{
    sd_bus_message *m = NULL, *reply = NULL;
    int status = client_message(bus, CLIENT_ROOT, CLIENT_MANAGER, "FindRecords", &m);

    if (status == EXIT_DONE && append_filter(m, key, value, count) < 0)
        status = fail(EXIT_NO_DAEMON, "not enough memory");
    if (status == EXIT_DONE)
        status = client_send(bus, m, &reply);
    if (status == EXIT_DONE &&
        (client_json(reply, ret) < 0 || sd_bus_message_read(reply, "t", ret_total) < 0))
        status = fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    sd_bus_message_unref(reply);
    return status;
}

int client_uuid(sd_bus *bus, const char *prefix, char buffer[static 40])
{
    json_t *records = NULL, *record;
    uint64_t total;
    size_t i, found = 0, n = strlen(prefix);
    int status = client_records(bus, NULL, NULL, 1000, &records, &total);

    if (status != EXIT_DONE)
        return status;
    if (n == 36) /* whole: also one older than the list */
        (void)snprintf(buffer, 40, "%s", prefix);
    json_array_foreach(records, i, record)
    {
        if (n < 4 || n == 36 || strncmp(json_text_of(record, "uuid"), prefix, n) != 0)
            continue;
        (void)snprintf(buffer, 40, "%s", json_text_of(record, "uuid"));
        found++;
    }
    json_decref(records);
    if (n == 36 || found == 1)
        return EXIT_DONE;
    if (found > 1)
        return fail(EXIT_BAD_INPUT, "'%s' is the beginning of %zu runs; give more of it", prefix, found);
    return fail(EXIT_BAD_INPUT,
                "there is no run '%.60s' (at least 4 characters of its UUID; see 'motorbench list')", prefix);
}

const char *json_text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}
