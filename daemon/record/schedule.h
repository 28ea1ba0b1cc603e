/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person has to do at a later time (end of humidity, protection against water, tests again): a table
 * of the store, so that it outlives the daemon. Not part of any record's chain. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "record/record.h"

struct mb_schedule_entry {
    int64_t due_s;                 /* seconds since 1970 */
    const char *run, *item, *text; /* run: UUID or a unique prefix of it */
    const char *who;
};

/* "2026-11-24T10:00[:SS]" in the laboratory's time, or "+48h" (m, h, d) from now_s on. -EINVAL. */
int mb_schedule_due(const char *text, int64_t now_s, int64_t *ret_s, struct mb_error *err);
/* Durable when it returns. -ENOENT: no such run; -EINVAL: an empty text. */
int mb_schedule_add(struct mb_store *store, const struct mb_schedule_entry *entry, int64_t *ret_id,
                    struct mb_error *err);
/* Earliest first: [{"id", "due", "due_s", "run", "item", "text", "who", "done", "done_by"}]; done "": it is
 * still to be done. all false: only those. */
int mb_schedule_list(struct mb_store *store, bool all, json_t **ret, struct mb_error *err);
/* -ENOENT: no such entry; -ESTALE: it is done already. */
int mb_schedule_done(struct mb_store *store, int64_t id, const char *who, struct mb_error *err);
