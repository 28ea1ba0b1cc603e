/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store in a folder of its own, and what tests write into it. */
#pragma once

#include "support/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "record/record.h"

struct fixture {
    char folder[32];
    char path[64];
    struct mb_store *store;
    struct mb_error err;
};

static inline int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    (void)snprintf(f->folder, sizeof f->folder, "/tmp/mb-record-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/records.db", f->folder);
    assert_int_equal(mb_store_open(f->path, false, &f->store, &f->err), 0);
    *state = f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;
    static const char *const leaves[] = {"records.db", "records.db-wal", "records.db-shm"};

    (void)mb_store_close(f->store);
    for (size_t i = 0; i < 3; i++) {
        char path[96];

        (void)snprintf(path, sizeof path, "%s/%s", f->folder, leaves[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(f->folder), 0);
    free(f);
    return 0;
}

static const struct mb_record_head head = {
    .bench = "demo",
    .motor_id = "2026-0412-1",
    .manufacturer = "Works",
    .model = "YE4-132M-4",
    .simulated = true,
    .time_factor = 50,
    .program_version = "0.1.0",
};

static inline struct mb_record *create(struct fixture *f)
{
    struct mb_record *record = NULL;

    assert_int_equal(mb_record_create(f->store, &head, &record, &f->err), 0);
    return record;
}

static inline void append(struct fixture *f, struct mb_record *record, uint64_t t_ns, const char *type,
                          json_t *payload)
{
    assert_non_null(payload);
    if (mb_record_append(record, t_ns, type, payload, &f->err) < 0)
        fail_msg("%s", f->err.text);
    json_decref(payload);
}

static inline json_t *reading(const char *store, int index, json_t *values)
{
    return json_pack("{s:s, s:s, s:i, s:o, s:f, s:i}", "store", store, "step", store, "index", index,
                     "values", values, "window_s", 5.0, "samples", 10);
}

static inline json_t *load(struct fixture *f, const char *uuid)
{
    json_t *document = NULL;

    if (mb_store_load(f->store, uuid, &document, &f->err) < 0)
        fail_msg("%s", f->err.text);
    return document;
}
