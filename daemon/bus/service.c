/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bus/service.h"

#include <errno.h>
#include <stdlib.h>

#include "bench/stop_line.h"
#include "bus/internal.h"
#include "bus/task.h"

void service_tell(struct mb_service *service, enum mb_journal_id id, const struct mb_journal_entry *entry)
{
    uint64_t now = 0;

    (void)sd_event_now(service->event, CLOCK_MONOTONIC, &now);
    mb_journal_tell(&service->journal, now, id, entry);
}

int service_may(struct mb_service *service, sd_bus_message *m, enum bus_action action,
                const struct mb_bench *bench, bool operates, sd_bus_error *error)
{
    struct mb_error err = {""};
    int r = bus_authorise(service->authority, m, action, mb_bench_get_setting(bench)->name, "", error);

    if (r != 0 || !operates)
        return r;
    r = bus_lease_check(service, bench, m, &err);
    return r < 0 ? mb_bus_error(error, r, &err) : 0;
}

int bus_keep_slot(struct mb_service *service, sd_bus_slot *slot)
{
    if (service->slot_count == sizeof service->slots / sizeof *service->slots)
        return -ENOBUFS;
    service->slots[service->slot_count++] = slot;
    return 0;
}

static int register_all(struct mb_service *service)
{
    sd_bus_slot *slot = NULL;
    int r = sd_bus_add_object_manager(service->bus, &slot, MB_BUS_ROOT);

    if (r >= 0)
        r = bus_keep_slot(service, slot);
    if (r >= 0)
        r = manager_register(service);
    if (r >= 0)
        r = instrument_register(service);
    if (r >= 0)
        r = bench_register(service);
    if (r >= 0)
        r = run_register(service);
    if (r >= 0)
        r = record_register(service);
    return r < 0 ? r : standards_register(service);
}

/* A fault is told once, when it comes. */
static void tell_fault(struct mb_service *service, const struct mb_bench *bench)
{
    const struct service_run *run = service_run_on(service, bench);
    size_t i = 0;

    while (service->setting.benches[i] != bench)
        i++;
    if (!service->faulty[i] && mb_bench_stopped_by_line(bench))
        service_tell(service, MB_JOURNAL_EMERGENCY_STOP,
                     &(struct mb_journal_entry){.bench = mb_bench_get_setting(bench)->name,
                                                .who = mb_bench_stopped_by_line(bench)});
    if (!service->faulty[i] && *mb_bench_fault(bench))
        service_tell(service, MB_JOURNAL_BENCH_FAULT,
                     &(struct mb_journal_entry){.bench = mb_bench_get_setting(bench)->name,
                                                .run = run ? mb_run_uuid(run->run) : NULL,
                                                .reason = mb_bench_fault(bench)});
    service->faulty[i] = *mb_bench_fault(bench) != '\0';
}

static void bench_changed(struct mb_bench *bench, void *userdata)
{
    tell_fault(userdata, bench);
    service_bench_changed(userdata, bench);
}

/* Before the first call can come. */
static int prepare(struct mb_service *service)
{
    service->faulty = calloc(service->setting.bench_count + 1, sizeof *service->faulty);
    service->leases = bus_leases_new(service);
    return service->faulty && service->leases
               ? bus_authority_new(service->bus, service->event, &service->journal, &service->authority)
               : -ENOMEM;
}

int mb_service_new(sd_bus *bus, sd_event *event, const struct mb_service_setting *setting,
                   struct mb_service **ret)
{
    struct mb_service *service = calloc(1, sizeof *service);
    int r;

    if (!service)
        return -ENOMEM;
    service->bus = sd_bus_ref(bus);
    service->event = sd_event_ref(event);
    service->setting = *setting;
    r = prepare(service);
    if (r >= 0)
        r = register_all(service);
    if (r >= 0)
        r = schedule_begin(service);
    for (size_t i = 0; i < setting->bench_count; i++)
        mb_bench_set_watcher(setting->benches[i], bench_changed, service);
    if (r < 0)
        mb_service_free(service);
    else
        *ret = service;
    return r < 0 ? r : 0;
}

struct mb_service *mb_service_free(struct mb_service *service)
{
    if (!service)
        return NULL;
    service_free_viewers(service);
    service_free_tasks(service);
    service_free_runs(service);
    for (size_t i = 0; i < service->setting.bench_count; i++)
        mb_bench_set_watcher(service->setting.benches[i], NULL, NULL);
    for (size_t i = 0; i < service->slot_count; i++)
        sd_bus_slot_unref(service->slots[i]);
    sd_event_source_disable_unref(service->reminder);
    bus_leases_free(service->leases);
    bus_authority_free(service->authority);
    free(service->faulty);
    sd_event_source_disable_unref(service->batch);
    sd_bus_unref(service->bus);
    sd_event_unref(service->event);
    free(service);
    return NULL;
}

bool mb_service_quiet(const struct mb_service *service)
{
    for (const struct service_run *r = service->runs; r; r = r->next)
        if (!r->ended)
            return false;
    for (size_t i = 0; i < service->setting.bench_count; i++) {
        enum mb_safe_state safe = mb_bench_safe_state(service->setting.benches[i]);

        if (safe != MB_SAFE && safe != MB_SAFE_UNKNOWN)
            return false;
    }
    return true;
}

bool mb_service_safe(const struct mb_service *service)
{
    for (size_t i = 0; i < service->setting.bench_count; i++)
        if (mb_bench_safe_state(service->setting.benches[i]) != MB_SAFE)
            return false;
    return true;
}

void mb_service_stop(struct mb_service *service, const char *reason)
{
    for (struct service_run *r = service->runs; r; r = r->next)
        if (!r->ended)
            (void)mb_run_abort(r->run, reason, NULL);
    for (size_t i = 0; i < service->setting.bench_count; i++)
        if (mb_bench_safe_state(service->setting.benches[i]) != MB_SAFE)
            mb_bench_make_safe(service->setting.benches[i]);
}
