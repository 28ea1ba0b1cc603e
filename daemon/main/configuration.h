/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /etc/motorbench/motorbenchd.yaml and the benches beside it. */
#pragma once

#include "bench/setting.h"
#include "core/error.h"

#define MB_BENCHES_MAX 8

struct mb_configuration {
    char *state_directory;   /* records.sqlite lies there; default /var/lib/motorbench */
    char *bench_directory;   /* every *.yaml in it is a bench; default "benches" beside the configuration */
    char *limits_directory;  /* the laboratory's own limits; default "limits" beside the configuration, which
                                may be missing */
    char *profile_directory; /* the laboratory's own profiles, before those that ship; likewise */
    struct {
        char *name, *address, *accreditation; /* NULL: not stated */
    } laboratory;
    struct mb_bench_setting *benches[MB_BENCHES_MAX];
    size_t bench_count;
};

/* path may be missing only when it is the default: then everything has its default. Benches are loaded too.
 */
int mb_configuration_load(const char *path, bool required, struct mb_configuration *ret,
                          struct mb_error *err);
void mb_configuration_clear(struct mb_configuration *configuration);
/* The laboratory block as JSON text, allocated; NULL when nothing is stated. */
char *mb_configuration_laboratory_json(const struct mb_configuration *configuration);
