/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the daemon offers on the bus (docs/decisions/0002-bus.md). One file an interface; this one ties them
 * together. */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "bench/bench.h"
#include "record/record.h"
#include "standard/grade.h"
#include "standard/standards.h"

struct mb_service;

struct mb_service_setting {
    struct mb_store *store; /* outlives the service */
    const struct mb_limits *limits;
    const struct mb_standards *standards; /* the limits among them; NULL: no Standards object */
    struct mb_bench **benches;            /* outlive the service */
    size_t bench_count;
    const char *plan_directory;  /* share/motorbench/plans */
    const char *report_program;  /* motorbench-report */
    const char *laboratory_json; /* NULL: not configured */
};

/* Adds every object to the bus; requests no name. */
int mb_service_new(sd_bus *bus, sd_event *event, const struct mb_service_setting *setting,
                   struct mb_service **ret);
/* Takes up the runs that the last daemon left open: paused where that can be, else closed as INVALID with the
 * reason. Switches nothing on. Before the name is taken. */
int mb_service_restore(struct mb_service *service, struct mb_error *err);
/* Ends active runs (aborted, outputs off). */
struct mb_service *mb_service_free(struct mb_service *service);
/* No run is active and every bench is safe, or could not be made so. */
bool mb_service_quiet(const struct mb_service *service);
/* Every output of every bench is confirmed off. */
bool mb_service_safe(const struct mb_service *service);
/* Aborts what runs and brings every bench to its safe state; mb_service_quiet tells when that is done. */
void mb_service_stop(struct mb_service *service, const char *reason);
