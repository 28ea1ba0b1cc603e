/* SPDX-License-Identifier: GPL-3.0-or-later */
/* client: lists the benches. client BENCH MOTOR.yaml REPORT.pdf: runs an inspection, follows it live and
 * saves its report. Needs libsystemd only:
 *
 *     cc -o client client.c $(pkg-config --cflags --libs libsystemd)
 *
 * The bench is held for as long as this program runs: when it ends in the middle, the run is paused after the
 * grace time of the bench file. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define NAME "org.motorbench1"
#define ROOT "/org/motorbench1"
#define RUN NAME ".Run"
#define RECORD NAME ".Record"
#define REPORT_USEC (90ull * 1000 * 1000) /* a PDF takes up to 60 s */
#define PATH_SIZE 256
#define MOTOR_SIZE (256u << 10) /* the daemon takes no longer motor file */

static int fail(const char *what, int r, sd_bus_error *error)
{
    (void)fprintf(stderr, "client: %s: %s\n", what, error && error->message ? error->message : strerror(-r));
    sd_bus_error_free(error);
    return r;
}

/* A text property; the caller frees it. */
static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property, char **ret)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = sd_bus_get_property_string(bus, NAME, path, interface, property, &error, ret);

    return r < 0 ? fail(property, r, &error) : 0;
}

static int list_benches(sd_bus *bus)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *name, *path;
    int r = sd_bus_call_method(bus, NAME, ROOT, NAME ".Manager", "ListBenches", &error, &reply, "");

    if (r < 0)
        return fail("ListBenches", r, &error);
    r = sd_bus_message_enter_container(reply, 'a', "(so)");
    while (r >= 0 && (r = sd_bus_message_read(reply, "(so)", &name, &path)) > 0) {
        char *state = NULL;
        int simulated = 0;

        (void)sd_bus_get_property_trivial(bus, NAME, path, NAME ".Bench", "Simulated", NULL, 'b', &simulated);
        r = get_text(bus, path, NAME ".Bench", "SafeState", &state);
        if (r >= 0)
            (void)printf("%s: %s%s\n", name, state, simulated ? ", simulated" : "");
        free(state);
    }
    sd_bus_message_unref(reply);
    return r;
}

static int start(sd_bus *bus, const char *bench, const char *motor, char ret_path[static PATH_SIZE])
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    FILE *file = fopen(motor, "re");
    char *text = calloc(1, MOTOR_SIZE + 1);
    const char *path;
    int r = file && text && fread(text, 1, MOTOR_SIZE, file) > 0 ? 0 : -EIO;

    if (file)
        (void)fclose(file);
    if (r < 0)
        (void)fail(motor, r, NULL);
    else if ((r = sd_bus_call_method(bus, NAME, ROOT, NAME ".Manager", "StartInspection", &error, &reply,
                                     "sa{sv}a{sv}", bench, 2, "document", "s", text, "name", "s", motor, 0)) <
                 0 ||
             (r = sd_bus_message_read(reply, "o", &path)) < 0)
        (void)fail("StartInspection", r, &error);
    else
        (void)snprintf(ret_path, PATH_SIZE, "%s", path);
    sd_bus_message_unref(reply);
    free(text);
    return r;
}

static int on_event(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    const char *type, *step, *text;

    (void)userdata, (void)error;
    if (sd_bus_message_read(m, "sss", &type, &step, &text) >= 0)
        (void)printf("%s %s: %s\n", type, step, text);
    return fflush(stdout);
}

static int on_change(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    bool *changed = userdata;

    (void)m, (void)error;
    *changed = true;
    return 0;
}

/* 1: the run has ended; 0: it goes on. */
static int has_ended(sd_bus *bus, const char *path)
{
    char *state = NULL;
    int r = get_text(bus, path, RUN, "State", &state);

    if (r >= 0)
        r = strcmp(state, "done") == 0 || strcmp(state, "aborted") == 0 || strcmp(state, "fault") == 0;
    free(state);
    return r;
}

/* Prints each event until the run has ended, then its verdict; *ret_passed: it is PASS. */
static int follow(sd_bus *bus, const char *path, bool *ret_passed)
{
    char *verdict = NULL, *reason = NULL;
    bool changed = true; /* it may have ended before we listened */
    int r = sd_bus_match_signal(bus, NULL, NAME, path, RUN, "Event", on_event, NULL);

    if (r >= 0)
        r = sd_bus_match_signal(bus, NULL, NAME, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                on_change, &changed);
    while (r >= 0) {
        if (changed) {
            changed = false;
            r = has_ended(bus, path);
            if (r != 0)
                break;
        }
        r = sd_bus_process(bus, NULL);
        if (r == 0)
            r = sd_bus_wait(bus, UINT64_MAX);
    }
    while (r > 0) /* events that came before the answer wait in the connection's queue */
        r = sd_bus_process(bus, NULL);
    if (r >= 0)
        r = get_text(bus, path, RUN, "Verdict", &verdict);
    if (r >= 0)
        r = get_text(bus, path, RUN, "Reason", &reason);
    if (r >= 0) {
        (void)printf("%s %s\n", verdict, reason);
        *ret_passed = strcmp(verdict, "PASS") == 0;
    }
    free(verdict);
    free(reason);
    return r;
}

/* From a file descriptor, its position at the start, to a file. */
static int copy(int from, const char *path)
{
    FILE *file = fopen(path, "we");
    char buffer[65536];
    ssize_t n = 0;
    int r = file ? 0 : -errno;

    while (r == 0 && (n = read(from, buffer, sizeof buffer)) > 0)
        if (fwrite(buffer, 1, (size_t)n, file) != (size_t)n)
            r = -EIO;
    if (n < 0)
        r = -errno;
    if (file && fclose(file) != 0 && r == 0)
        r = -EIO;
    return r;
}

/* The daemon hands over a file descriptor of sealed memory; it belongs to the reply. */
static int save_report(sd_bus *bus, const char *run_path, const char *target)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    char path[PATH_SIZE];
    int r, fd = -1;

    (void)snprintf(path, sizeof path, ROOT "/record%s", strrchr(run_path, '/'));
    r = sd_bus_call_method(bus, NAME, path, RECORD, "OpenReport", &error, &reply, "ss", "pdf", "en");
    if (r >= 0)
        r = sd_bus_message_read(reply, "h", &fd);
    if (r < 0)
        (void)fail("OpenReport", r, &error);
    else if ((r = copy(fd, target)) < 0)
        (void)fail(target, r, NULL);
    else
        (void)printf("report in %s\n", target);
    sd_bus_message_unref(reply);
    return r;
}

int main(int argc, char *argv[])
{
    char path[PATH_SIZE];
    sd_bus *bus = NULL;
    bool passed = true;
    int r = sd_bus_open_system(&bus); /* or where DBUS_SYSTEM_BUS_ADDRESS says */

    if (r < 0) {
        (void)fail("bus", r, NULL);
    } else if (argc != 4) {
        r = list_benches(bus);
    } else {
        (void)sd_bus_set_method_call_timeout(bus, REPORT_USEC);
        r = start(bus, argv[1], argv[2], path);
        if (r >= 0)
            r = follow(bus, path, &passed);
        if (r >= 0)
            r = save_report(bus, path, argv[3]);
    }
    sd_bus_flush_close_unref(bus);
    return r < 0 ? 4 : !passed;
}
