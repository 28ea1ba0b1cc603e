/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who operates a bench: a person, for as long as a connection of theirs is there
 * (docs/decisions/0014-authorisation.md). */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "core/error.h"

struct mb_bench;
struct mb_service;
struct bus_lease;

struct bus_lease *bus_leases_new(struct mb_service *service);
struct bus_lease *bus_leases_free(struct bus_lease *leases);

/* 0, or -EBUSY with a sentence: another person operates the bench. */
int bus_lease_check(struct mb_service *service, const struct mb_bench *bench, sd_bus_message *m,
                    struct mb_error *err);
/* The caller has it from now on, or has it through one more connection. for_run: until the run ends, unless
 * it was acquired for longer. Without a bus nothing happens. */
int bus_lease_take(struct mb_service *service, const struct mb_bench *bench, sd_bus_message *m, bool for_run,
                   struct mb_error *err);
/* A run has ended on the bench. */
void bus_lease_run_ended(struct mb_service *service, const struct mb_bench *bench);

/* Of Bench: the property and the methods. */
int bus_lease_append(sd_bus_message *reply, struct mb_service *service, const struct mb_bench *bench);
int bus_lease_acquire(struct mb_service *service, struct mb_bench *bench, sd_bus_message *m,
                      sd_bus_error *error);
int bus_lease_release(struct mb_service *service, struct mb_bench *bench, sd_bus_message *m,
                      sd_bus_error *error);
int bus_lease_take_over(struct mb_service *service, struct mb_bench *bench, sd_bus_message *m,
                        sd_bus_error *error);
