/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/daemon.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "bench/guard.h"
#include "bench/guard_message.h"
#include "bus/service.h"
#include "core/paths.h"
#include "main/configuration.h"

#define CONFIGURATION "/etc/motorbench/motorbenchd.yaml"
#define BUS_NAME "org.motorbench1"
/* An instrument that does not confirm its safe state may hold up the stop no longer than this. */
#define STOP_USEC (15ull * 1000 * 1000)

/* Behind everything that instruments wait for: a client that floods the bus kept the safe commands from going
 * out. One message a turn is handled, and instruments rest between two polls, so clients are not kept
 * waiting.
 */
#define BUS_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 10)

/* So many 50 ms more when all is off: clients read how their run has ended. */
#define FAREWELL_ROUNDS 2

struct mb_daemon {
    sd_event *event;
    sd_bus *bus;
    struct mb_configuration configuration;
    struct mb_store *store;
    struct mb_standards *standards;
    struct mb_bench *benches[MB_BENCHES_MAX];
    size_t bench_count;
    struct mb_guard *guard;
    struct mb_service *service;
    char *laboratory_json, plans[PATH_MAX], profiles[2 * PATH_MAX], report_program[PATH_MAX];
    sd_event_source *stop_check;
    uint64_t stop_until_usec;
    unsigned quiet_rounds;
    int stop_code;
};

static int open_store(struct mb_daemon *d, const char *directory, struct mb_error *err)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/records.sqlite", directory);

    if (n < 0 || (size_t)n >= sizeof path)
        return -ENAMETOOLONG;
    if (mkdir(directory, 0750) < 0 && errno != EEXIST)
        return mb_error_set(err, -errno, "%s: cannot be made: %s", directory, strerror(errno));
    return mb_store_open(path, false, &d->store, err);
}

/* The laboratory's own folder first, which may be missing. */
static int find_profiles(struct mb_daemon *d, struct mb_error *err)
{
    char shipped[PATH_MAX];
    int r = mb_data_path("profiles", shipped, sizeof shipped), n;

    if (r < 0)
        return r;
    n = snprintf(d->profiles, sizeof d->profiles, "%s:%s", d->configuration.profile_directory, shipped);
    return n < 0 || (size_t)n >= sizeof d->profiles
               ? mb_error_set(err, -ENAMETOOLONG, "profiles: the path is too long")
               : 0;
}

static int find_data(struct mb_daemon *d, struct mb_error *err)
{
    char limits[PATH_MAX];
    int r = mb_data_path("plans", d->plans, sizeof d->plans);

    if (r == 0)
        r = find_profiles(d, err);
    if (r == 0)
        r = mb_data_path("limits", limits, sizeof limits);
    if (r == 0)
        r = mb_standards_load(limits, d->configuration.limits_directory, &d->standards, err);
    return r == 0 ? mb_program_path("motorbench-report", d->report_program, sizeof d->report_program) : r;
}

static int open_benches(struct mb_daemon *d, struct mb_error *err)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < d->configuration.bench_count; i++) {
        r = mb_bench_new(d->event, d->configuration.benches[i], d->profiles, &d->benches[i], err);
        if (r < 0)
            return r;
        d->configuration.benches[i] = NULL; /* taken over */
        d->bench_count = i + 1;
        r = mb_bench_open(d->benches[i]);
    }
    d->configuration.bench_count = 0;
    return r < 0 ? mb_error_set(err, r, "an instrument cannot be opened: %s", strerror(-r)) : 0;
}

static int open_guard(struct mb_daemon *d, const char *socket, struct mb_error *err)
{
    const struct mb_guard_setting setting = {
        .socket = socket ? socket : MB_GUARD_SOCKET,
        .profiles = d->profiles,
        .benches = d->benches,
        .bench_count = d->bench_count,
    };
    int r = mb_guard_new(d->event, &setting, &d->guard);

    return r < 0 ? mb_error_set(err, r, "the benches cannot be guarded: %s", strerror(-r)) : 0;
}

static int open_bus(struct mb_daemon *d, const char *address, struct mb_error *err)
{
    int r;

    if (address) {
        r = sd_bus_new(&d->bus);
        if (r >= 0)
            r = sd_bus_set_address(d->bus, address);
        if (r >= 0)
            r = sd_bus_set_bus_client(d->bus, 1);
        if (r >= 0)
            r = sd_bus_start(d->bus);
    } else {
        r = sd_bus_open_system(&d->bus);
    }
    if (r >= 0)
        r = sd_bus_attach_event(d->bus, d->event, BUS_PRIORITY);
    return r < 0 ? mb_error_set(err, r, "the message bus cannot be reached: %s", strerror(-r)) : 0;
}

/* Looks every 50 ms whether the outputs are off; only while stopping. */
static int check_stopped(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_daemon *d = userdata;

    if (mb_service_quiet(d->service))
        d->quiet_rounds++;
    if (d->quiet_rounds > FAREWELL_ROUNDS || usec > d->stop_until_usec) {
        if (mb_service_safe(d->service)) {
            mb_guard_goodbye(d->guard);
            return sd_event_exit(d->event, d->stop_code);
        }
        (void)fprintf(stderr, SD_CRIT "an output did not confirm its safe state: it may still be live\n");
        return sd_event_exit(d->event, -EIO);
    }
    (void)sd_event_source_set_time_relative(source, 50 * 1000);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Outputs off first, then the end. code: 0, or the negative errno that the daemon shall end with. */
static int begin_stop(struct mb_daemon *d, int code, const char *why)
{
    uint64_t now;

    if (d->stop_check)
        return 0;
    d->stop_code = code;
    (void)sd_notify(0, "STOPPING=1\nSTATUS=bringing outputs to their safe state");
    mb_service_stop(d->service, why);
    (void)sd_event_now(d->event, CLOCK_MONOTONIC, &now);
    d->stop_until_usec = now + STOP_USEC;
    return sd_event_add_time_relative(d->event, &d->stop_check, CLOCK_MONOTONIC, 0, 1, check_stopped, d);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
    (void)source;
    (void)info;
    return begin_stop(userdata, 0, "the stop of the daemon");
}

/* Without the bus nobody can stop a run any more: it must not go on. The service manager starts the daemon
 * again. */
static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    (void)m;
    (void)error;
    (void)fprintf(stderr, SD_ERR "the message bus is gone: outputs off\n");
    return begin_stop(userdata, -ENOTCONN, "the loss of the message bus");
}

static int offer_service(struct mb_daemon *d, struct mb_error *err)
{
    const struct mb_service_setting setting = {
        .store = d->store,
        .limits = d->standards->limits,
        .standards = d->standards,
        .benches = d->benches,
        .bench_count = d->bench_count,
        .plan_directory = d->plans,
        .report_program = d->report_program,
        .laboratory_json = d->laboratory_json,
    };
    int r = mb_service_new(d->bus, d->event, &setting, &d->service);

    if (r >= 0 && (r = mb_service_restore(d->service, err)) < 0)
        return r;
    if (r >= 0)
        r = sd_bus_match_signal_async(d->bus, NULL, "org.freedesktop.DBus.Local",
                                      "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                                      "Disconnected", on_disconnected, NULL, d);
    if (r >= 0)
        r = sd_bus_request_name(d->bus, BUS_NAME, 0);
    return r < 0 ? mb_error_set(err, r, "the name " BUS_NAME " cannot be taken: %s", strerror(-r)) : 0;
}

static int watch_signals(struct mb_daemon *d)
{
    sigset_t set;
    int r;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigaddset(&set, SIGPIPE);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -errno;
    r = sd_event_add_signal(d->event, NULL, SIGTERM, on_signal, d);
    if (r >= 0)
        r = sd_event_add_signal(d->event, NULL, SIGINT, on_signal, d);
    return r < 0 ? r : sd_event_set_watchdog(d->event, 1);
}

int mb_daemon_new(const struct mb_daemon_options *options, struct mb_daemon **ret, struct mb_error *err)
{
    struct mb_daemon *d = calloc(1, sizeof *d);
    int r = d ? sd_event_default(&d->event) : -ENOMEM;

    if (r >= 0)
        r = watch_signals(d);
    if (r >= 0)
        r = mb_configuration_load(options->configuration ? options->configuration : CONFIGURATION,
                                  options->configuration != NULL, &d->configuration, err);
    if (r >= 0) {
        d->laboratory_json = mb_configuration_laboratory_json(&d->configuration);
        r = find_data(d, err);
    }
    if (r >= 0)
        r = open_store(
            d, options->state_directory ? options->state_directory : d->configuration.state_directory, err);
    if (r >= 0)
        r = open_benches(d, err);
    if (r >= 0)
        r = open_guard(d, options->guard_socket, err);
    if (r >= 0)
        r = open_bus(d, options->bus_address, err);
    if (r >= 0)
        r = offer_service(d, err);
    if (r < 0)
        mb_daemon_free(d);
    else
        *ret = d;
    return r < 0 ? r : 0;
}

int mb_daemon_run(struct mb_daemon *d, struct mb_error *err)
{
    int r;

    (void)sd_notify(0, "READY=1");
    r = sd_event_loop(d->event);
    return r < 0 ? mb_error_set(err, r, "stopped: %s", strerror(-r)) : 0;
}

struct mb_daemon *mb_daemon_free(struct mb_daemon *d)
{
    if (!d)
        return NULL;
    mb_service_free(d->service);
    mb_guard_free(d->guard);
    for (size_t i = 0; i < d->bench_count; i++)
        mb_bench_free(d->benches[i]);
    for (size_t i = 0; i < MB_BENCHES_MAX; i++) /* those that were not taken over */
        mb_bench_setting_free(d->configuration.benches[i]);
    d->configuration.bench_count = 0;
    mb_configuration_clear(&d->configuration);
    mb_standards_free(d->standards);
    mb_store_close(d->store);
    free(d->laboratory_json);
    sd_event_source_disable_unref(d->stop_check);
    sd_bus_flush_close_unref(d->bus);
    sd_event_unref(d->event);
    free(d);
    return NULL;
}
