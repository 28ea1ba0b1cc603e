/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs that the last daemon left open (docs/decisions/0017-resume.md). */
#include <errno.h>
#include <string.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "bus/internal.h"

/* A record that the disk does not give back stays as it is, and does not keep the others from being served.
 */
static int close_run(struct mb_service *service, const char *uuid, const char *why, struct mb_error *err)
{
    char reason[500];
    int r;

    (void)snprintf(reason, sizeof reason, "the daemon ended before the run did; it cannot be resumed: %.400s",
                   why);
    (void)fprintf(stderr, SD_WARNING "run %s is closed as INVALID: %s\n", uuid, reason);
    r = mb_store_close_run(service->setting.store, uuid, reason, err);
    if (r != -EBADMSG)
        return r;
    (void)fprintf(stderr, SD_ERR "run %s cannot be closed, its record is damaged: %s\n", uuid, err->text);
    return 0;
}

static int restore(struct mb_service *service, const char *uuid, const char *name, struct mb_error *err)
{
    struct mb_bench *bench = service_bench(service, name);
    struct mb_error why = {""};
    int r = bench ? service_restore_run(service, bench, uuid, &why)
                  : mb_error_set(&why, -ENOENT, "bench %s is not configured any more", name);

    if (r < 0)
        return close_run(service, uuid, why.text[0] ? why.text : strerror(-r), err);
    (void)fprintf(stderr, SD_NOTICE "run %s on bench %s is paused: motorbench continue %.8s goes on\n", uuid,
                  name, uuid);
    return 0;
}

int mb_service_restore(struct mb_service *service, struct mb_error *err)
{
    json_t *runs = NULL, *run;
    size_t i;
    int r = mb_store_open_runs(service->setting.store, &runs, err);

    json_array_foreach(runs, i, run) if (r >= 0) r =
        restore(service, json_string_value(json_object_get(run, "uuid")),
                json_string_value(json_object_get(run, "bench")), err);
    json_decref(runs);
    return r;
}
