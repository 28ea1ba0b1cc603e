/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/hold.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BENCH_INTERFACE CLIENT_NAME ".Bench"

static int take(sd_bus *bus, const char *path, const char *why)
{
    sd_bus_message *m = NULL;
    int status = client_message(bus, path, BENCH_INTERFACE, why ? "TakeOver" : "Acquire", &m);

    if (status == EXIT_DONE && why && sd_bus_message_append(m, "s", why) < 0) {
        sd_bus_message_unref(m);
        return fail(EXIT_BAD_INPUT, "the reason cannot be sent");
    }
    return status == EXIT_DONE ? client_send(bus, m, NULL) : status;
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    (void)m;
    (void)error;
    *(bool *)userdata = true;
    return 0;
}

/* EXIT_DONE while it is ours. */
static int still_ours(sd_bus *bus, const char *path)
{
    json_t *properties = NULL;
    char us[32];
    int status = client_properties(bus, path, BENCH_INTERFACE, &properties);

    if (status != EXIT_DONE)
        return status;
    (void)snprintf(us, sizeof us, "uid %u", (unsigned)geteuid());
    if (strcmp(json_text_of(json_object_get(properties, "Lease"), "who"), us) != 0)
        status = fail(EXIT_BENCH_FAULT, "you no longer operate bench %s", json_text_of(properties, "Name"));
    json_decref(properties);
    return status;
}

/* Ends with the lease, with the daemon or by a signal, which closes the connection. */
static int wait_for_end(sd_bus *bus, const char *path, bool *changed)
{
    int status = EXIT_DONE, r = 0;

    while (status == EXIT_DONE && r >= 0) {
        r = sd_bus_process(bus, NULL);
        if (*changed) {
            *changed = false;
            status = still_ours(bus, path);
        } else if (r == 0) {
            r = sd_bus_wait(bus, UINT64_MAX);
        }
    }
    return status == EXIT_DONE ? fail(EXIT_NO_DAEMON, "the message bus is gone") : status;
}

int hold_bench(sd_bus *bus, const char *path, const char *why, const struct options *options)
{
    bool changed = true; /* between the answer and the match somebody else may have come */
    int status = take(bus, path, why);

    if (status != EXIT_DONE)
        return status;
    if (sd_bus_match_signal(bus, NULL, CLIENT_NAME, path, "org.freedesktop.DBus.Properties",
                            "PropertiesChanged", on_changed, &changed) < 0)
        return fail(EXIT_NO_DAEMON, "the bench cannot be watched");
    if (options->json)
        (void)print_json(json_pack("{s:b}", "held", true));
    else if (!options->quiet)
        printf("you operate the bench until this command ends (Ctrl-C)\n");
    (void)fflush(stdout);
    return wait_for_end(bus, path, &changed);
}
