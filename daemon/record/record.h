/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The record: one SQLite file (WAL, synchronous FULL), append only. A run's row exists before its first
 * command; every append is on disk when the call returns; each entry carries SHA-256(previous hash, its own
 * content), so that a changed byte is found and named. Raw before derived; what decided (motor file, plan,
 * bench file, limit tables, profiles, program version) is frozen beside it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "standard/requirement.h"

#define MB_UUID_SIZE 37 /* with the closing NUL */

struct mb_store;  /* the file */
struct mb_record; /* one run being written */

/* Opens or (unless read_only) creates. -errno, -EIO with err. */
int mb_store_open(const char *path, bool read_only, struct mb_store **ret, struct mb_error *err);
struct mb_store *mb_store_close(struct mb_store *store);
const char *mb_store_path(const struct mb_store *store);

struct mb_record_head {
    const char *bench;
    const char *motor_id, *manufacturer, *model; /* may be NULL */
    bool simulated;
    double time_factor;
    const char *program_version;
};

/* A new run, state "preparing", with a random UUID (version 4). Durable when it returns. */
int mb_record_create(struct mb_store *store, const struct mb_record_head *head, struct mb_record **ret,
                     struct mb_error *err);
const char *mb_record_uuid(const struct mb_record *record);
/* Freezes a named piece of data with its SHA-256: "motor-file", "bench-file", "plan-file", "configuration",
 * "limits/NAME.csv", "profile/ID.yaml". A name once only: -EEXIST. */
int mb_record_freeze(struct mb_record *record, const char *name, const void *bytes, size_t size,
                     struct mb_error *err);
/* Appends one entry; payload is borrowed. type: "run", "step", "reading", "rejected", "waiting", "operator",
 * "fault", "state", "item", "evaluation", "verdict". t_ns: bench clock. Durable when it returns. */
int mb_record_append(struct mb_record *record, uint64_t t_ns, const char *type, json_t *payload,
                     struct mb_error *err);
/* Ends the run: state "done", "aborted" or "fault"; verdict "PASS"... or NULL; reason one line or NULL. */
int mb_record_finish(struct mb_record *record, const char *state, const char *verdict, const char *reason,
                     struct mb_error *err);
struct mb_record *
mb_record_free(struct mb_record *record); /* NULL allowed; a run not finished stays "preparing"/"running" */

/* Runs left open by a dead daemon, newest first: [{"uuid", "bench"}]. */
int mb_store_open_runs(struct mb_store *store, json_t **ret, struct mb_error *err);
/* One of them, to go on with; uuid in full. -ESTALE: it has ended; -EXDEV: another build of the program began
 * it, and its verdict would be that of neither. */
int mb_record_open(struct mb_store *store, const char *uuid, struct mb_record **ret, struct mb_error *err);
/* ... or to end: state "fault", verdict INVALID, with an entry that says so. -ESTALE: it has ended. */
int mb_store_close_run(struct mb_store *store, const char *uuid, const char *reason, struct mb_error *err);

struct mb_record_filter {      /* NULL / empty: any */
    const char *since, *until; /* YYYY-MM-DD[THH:MM[:SS]] in the laboratory's time, inclusive, on the start */
    const char *manufacturer, *model, *motor_id; /* exact */
    const char *verdict;
};
/* Newest first, as a list of
 * {"uuid","bench","motor_id","manufacturer","model","started","ended","state","verdict", "simulated"};
 * *ret_total counts all that match. */
int mb_store_find(struct mb_store *store, const struct mb_record_filter *filter, uint64_t offset,
                  uint64_t count, json_t **ret, uint64_t *ret_total, struct mb_error *err);

/* The whole run as one document (export JSON, input of the report; docs/decisions/0001). -ENOENT. uuid may be
 * a unique prefix of at least 4 characters: -ENOTUNIQ otherwise. */
int mb_store_load(struct mb_store *store, const char *uuid, json_t **ret, struct mb_error *err);
/* Bytes frozen under name; allocated, NUL-terminated. -ENOENT. */
int mb_store_frozen(struct mb_store *store, const char *uuid, const char *name, char **ret, size_t *ret_size,
                    struct mb_error *err);

/* Recomputes the result from the stored readings with the frozen limit tables, walks the hash chain, and
 * compares bit for bit (numbers: equal doubles by the same build, 1e-12 relative across builds). Document:
 * {"uuid","ok","entries","head" (hash),"chain":{"ok","first_bad_seq"},"run":{"ok","bad":[columns]},
 *  "frozen":{"ok","bad":[names]},"waveforms":{"ok","bad":[names]},"seals":{"ok","bad":[numbers],
 *  "signatures":[...],"timestamps":[...]},"recomputed":{"ok","same_build","differences":[{"path","stored","recomputed"}],"note"},
 *  "problems":[sentences]}. */
int mb_store_verify(struct mb_store *store, const char *uuid, json_t **ret, struct mb_error *err);

/* The sheet (interfaces.md, Test sheet) that a run's accepted readings make, from the document of
 * mb_store_load. */
int mb_record_sheet(const json_t *document, json_t **ret, struct mb_error *err);

/* An item of the inspection judged from its readings since it last began, as the record was when it was
 * judged (document/item.h): the run and `verify` both come through here. The document need not be complete:
 * entries, motor, sample, inspection. */
int mb_record_judge(const json_t *document, const char *item, const struct mb_requirements *requirements,
                    json_t **ret, struct mb_error *err);
/* How each item stands, in the order of the record: {"item", "title", "standard", "edition", "clause",
 * "state": "begun"|"judged"|"not-run", "attempt", "verdict", "reason", "findings"}; the list is new. Also the
 * member "items" of the export document. */
json_t *mb_record_items(const json_t *document);

/* Names of the frozen requirements that judged items, and of what confirmed rows of them. */
#define MB_FROZEN_REQUIREMENTS "standards/" MB_REQUIREMENTS_FILE
#define MB_FROZEN_CONFIRMATIONS "standards/confirmations.yaml"
