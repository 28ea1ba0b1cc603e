/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bus/lease.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/internal.h"

#define WHY_MAX 200

struct bus_lease { /* one a bench; free: who is "" */
    struct mb_service *service;
    struct mb_bench *bench;
    char who[32];
    bool for_run;        /* ends with the run */
    sd_bus_track *track; /* connections that took it */
    sd_event_source *grace;
};

static struct bus_lease *lease_of(struct mb_service *service, const struct mb_bench *bench)
{
    for (size_t i = 0; i < service->setting.bench_count; i++)
        if (service->leases[i].bench == bench)
            return &service->leases[i];
    return NULL;
}

static void stop_waiting(struct bus_lease *lease)
{
    lease->grace = sd_event_source_disable_unref(lease->grace);
}

static void let_go(struct bus_lease *lease)
{
    stop_waiting(lease);
    lease->track = sd_bus_track_unref(lease->track);
    lease->who[0] = '\0';
    lease->for_run = false;
    service_bench_changed(lease->service, lease->bench);
}

static void tell(const struct bus_lease *lease, enum mb_journal_id id, const char *reason)
{
    const struct service_run *run = service_run_on(lease->service, lease->bench);

    service_tell(lease->service, id,
                 &(struct mb_journal_entry){.bench = mb_bench_get_setting(lease->bench)->name,
                                            .run = run ? mb_run_uuid(run->run) : NULL,
                                            .who = lease->who,
                                            .reason = reason});
}

/* Nobody came back. */
static int on_grace_over(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct bus_lease *lease = userdata;
    char reason[128];

    (void)source;
    (void)usec;
    (void)snprintf(reason, sizeof reason, "the program of the operator (%s) has been gone for %g s",
                   lease->who, mb_bench_get_setting(lease->bench)->lease_grace_s);
    mb_bench_make_safe(lease->bench);
    tell(lease, MB_JOURNAL_NOBODY_OPERATES, reason);
    mb_bench_trip(lease->bench, reason);
    let_go(lease);
    return 0;
}

static void wait_for_return(struct bus_lease *lease)
{
    const double grace_s = mb_bench_get_setting(lease->bench)->lease_grace_s;
    int r;

    stop_waiting(lease);
    r = sd_event_add_time_relative(lease->service->event, &lease->grace, CLOCK_MONOTONIC,
                                   (uint64_t)(grace_s * 1e6), 0, on_grace_over, lease);
    if (r < 0) /* nothing would ever look after it */
        (void)on_grace_over(NULL, 0, lease);
}

/* The last connection is gone. Returns 1: seen to; with 0 it would be called again at once. */
static int on_gone(sd_bus_track *track, void *userdata)
{
    struct bus_lease *lease = userdata;

    (void)track;
    if (!service_run_on(lease->service, lease->bench)) {
        let_go(lease);
        return 1;
    }
    tell(lease, MB_JOURNAL_CLIENT_GONE, NULL);
    wait_for_return(lease);
    service_bench_changed(lease->service, lease->bench);
    return 1;
}

static int check(const struct bus_lease *lease, const char *who, struct mb_error *err)
{
    const char *name = mb_bench_get_setting(lease->bench)->name;

    if (!lease->who[0] || !who[0] || strcmp(lease->who, who) == 0)
        return 0;
    return mb_error_set(err, -EBUSY, "%s operates bench %s; 'motorbench bench take-over %s --why TEXT'",
                        lease->who, name, name);
}

int bus_lease_check(struct mb_service *service, const struct mb_bench *bench, sd_bus_message *m,
                    struct mb_error *err)
{
    char who[32];

    bus_caller(m, who);
    return check(lease_of(service, bench), who, err);
}

/* The old connections no longer count when the person is another. */
static int give(struct bus_lease *lease, sd_bus_message *m, const char *who, bool for_run)
{
    sd_bus_track *track = strcmp(lease->who, who) == 0 ? sd_bus_track_ref(lease->track) : NULL;
    int r = track ? 0 : sd_bus_track_new(lease->service->bus, &track, on_gone, lease);

    if (r >= 0)
        r = sd_bus_track_add_sender(track, m);
    if (r < 0) {
        sd_bus_track_unref(track);
        return r;
    }
    stop_waiting(lease);
    lease->for_run = for_run && (!lease->who[0] || lease->for_run);
    sd_bus_track_unref(lease->track);
    lease->track = track;
    (void)snprintf(lease->who, sizeof lease->who, "%s", who);
    service_bench_changed(lease->service, lease->bench);
    return 0;
}

int bus_lease_take(struct mb_service *service, const struct mb_bench *bench, sd_bus_message *m, bool for_run,
                   struct mb_error *err)
{
    struct bus_lease *lease = lease_of(service, bench);
    char who[32];
    int r;

    bus_caller(m, who);
    if (!who[0] || !sd_bus_message_get_sender(m))
        return 0;
    r = check(lease, who, err);
    if (r < 0)
        return r;
    r = give(lease, m, who, for_run);
    return r < 0 ? mb_error_set(err, r, "the caller cannot be watched: %s", strerror(-r)) : 0;
}

struct bus_lease *bus_leases_new(struct mb_service *service)
{
    struct bus_lease *leases = calloc(service->setting.bench_count + 1, sizeof *leases);

    for (size_t i = 0; leases && i < service->setting.bench_count; i++)
        leases[i] = (struct bus_lease){.service = service, .bench = service->setting.benches[i]};
    return leases;
}

/* The one behind the last has no bench. */
struct bus_lease *bus_leases_free(struct bus_lease *leases)
{
    for (struct bus_lease *lease = leases; lease && lease->bench; lease++) {
        stop_waiting(lease);
        sd_bus_track_unref(lease->track);
    }
    free(leases);
    return NULL;
}

void bus_lease_run_ended(struct mb_service *service, const struct mb_bench *bench)
{
    struct bus_lease *lease = lease_of(service, bench);

    if (lease->for_run || (lease->who[0] && sd_bus_track_count(lease->track) == 0))
        let_go(lease);
}

int bus_lease_append(sd_bus_message *reply, struct mb_service *service, const struct mb_bench *bench)
{
    struct bus_lease *lease = lease_of(service, bench);
    int r = sd_bus_message_open_container(reply, 'a', "{sv}");

    if (r >= 0 && lease->who[0])
        r = bus_append_string(reply, "who", lease->who);
    if (r >= 0 && lease->who[0])
        r = bus_append_bool(reply, "connected", sd_bus_track_count(lease->track) > 0);
    if (r >= 0 && lease->who[0])
        r = bus_append_bool(reply, "for_run", lease->for_run);
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_lease_acquire(struct mb_service *service, struct mb_bench *bench, sd_bus_message *m,
                      sd_bus_error *error)
{
    struct mb_error err = {""};
    int r = bus_lease_take(service, bench, m, false, &err);

    return r < 0 ? mb_bus_error(error, r, &err) : sd_bus_reply_method_return(m, NULL);
}

int bus_lease_release(struct mb_service *service, struct mb_bench *bench, sd_bus_message *m,
                      sd_bus_error *error)
{
    struct bus_lease *lease = lease_of(service, bench);
    struct mb_error err = {""};
    int r = bus_lease_check(service, bench, m, &err);

    if (r == 0 && service_run_on(service, bench))
        r = mb_error_set(&err, -ESTALE, "a run is active: end it first, or let another one take over");
    if (r < 0)
        return mb_bus_error(error, r, &err);
    if (lease->who[0])
        let_go(lease);
    return sd_bus_reply_method_return(m, NULL);
}

/* Into the record first: who, from whom and why. Without that nothing changes hands. */
static int put_on_record(struct bus_lease *lease, const char *who, const char *why, struct mb_error *err)
{
    const struct service_run *run = service_run_on(lease->service, lease->bench);

    return run ? mb_run_taken_over(run->run, who, lease->who, why, err) : 0;
}

int bus_lease_take_over(struct mb_service *service, struct mb_bench *bench, sd_bus_message *m,
                        sd_bus_error *error)
{
    struct bus_lease *lease = lease_of(service, bench);
    struct mb_error err = {""};
    const char *why;
    char who[32];
    int r = sd_bus_message_read(m, "s", &why);

    if (r < 0)
        return r;
    if (!*why || strlen(why) > WHY_MAX)
        return mb_bus_error(
            error, mb_error_set(&err, -EINVAL, "a reason of 1 to %d bytes is needed", WHY_MAX), &err);
    r = bus_authorise(service->authority, m, BUS_ACTION_TAKE_OVER, mb_bench_get_setting(bench)->name, why,
                      error);
    if (r != 0)
        return r;
    bus_caller(m, who);
    r = who[0] ? put_on_record(lease, who, why, &err) : mb_error_set(&err, -ENOTSUP, "there is no bus here");
    if (r == 0)
        r = give(lease, m, who, false);
    if (r < 0)
        return mb_bus_error(error, r, &err);
    tell(lease, MB_JOURNAL_TAKEN_OVER, why);
    return sd_bus_reply_method_return(m, NULL);
}
