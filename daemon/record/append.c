/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing. Every call is one transaction: it is on disk as a whole, or an error says so and nothing of it is
 * there. The end of the chain is read from the file each time, so that a failed commit leaves no wrong idea
 * of it in memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/clock.h"
#include "record/hash.h"
#include "record/internal.h"

char *mb_payload_text(const json_t *payload)
{
    return json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
}

static int uuid_new(char ret[static MB_UUID_SIZE])
{
    unsigned char b[16];

    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
        return -EIO;
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4, RFC 9562 */
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    (void)snprintf(ret, MB_UUID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                   b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    return 0;
}

struct chain_end {
    int64_t seq, t_ns;
    char hash[MB_HASH_SIZE];
};

/* -ESTALE: the run has ended. */
static int chain_end_read(struct mb_store *store, int64_t run, struct chain_end *ret, struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(
        store, &statement, err,
        "SELECT last_seq, last_hash, ended, ifnull((SELECT t_ns FROM entry WHERE run = run.id AND"
        " seq = last_seq), 0) FROM run WHERE id = ?",
        "i", run);

    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, err);
    if (r == 0)
        r = mb_error_set(err, -ENOENT, "%s: the run is not there", store->path);
    else if (r > 0 && sqlite3_column_type(statement, 2) != SQLITE_NULL)
        r = mb_error_set(err, -ESTALE, "%s: the run has ended, nothing can be added", store->path);
    else if (r > 0) {
        ret->seq = sqlite3_column_int64(statement, 0);
        ret->t_ns = sqlite3_column_int64(statement, 3);
        (void)snprintf(ret->hash, sizeof ret->hash, "%s", mb_sql_text(statement, 1));
        r = 0;
    }
    (void)sqlite3_finalize(statement);
    return r;
}

static int entry_write(struct mb_store *store, int64_t run, const struct mb_hash_entry *entry,
                       struct mb_error *err)
{
    char hash[MB_HASH_SIZE];
    int r = mb_hash_entry(entry, hash);

    if (r < 0)
        return mb_error_set(err, r, "%s: hashing failed", store->path);
    r = mb_sql_run(
        store, err,
        "INSERT INTO entry (run, seq, t_ns, time, type, payload, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
        "iiitttt", run, entry->seq, entry->t_ns, entry->time, entry->type, entry->payload, hash);
    if (r < 0)
        return r;
    return mb_sql_run(store, err, "UPDATE run SET last_seq = ?, last_hash = ? WHERE id = ?", "iti",
                      entry->seq, hash, run);
}

/* t_ns below zero: the bench time of the entry before. */
int mb_entry_insert(struct mb_store *store, int64_t run, int64_t t_ns, const char *type,
                    const json_t *payload, struct mb_error *err)
{
    struct chain_end end;
    char time[48];
    char *text;
    int r = chain_end_read(store, run, &end, err);

    if (r < 0)
        return r;
    text = mb_payload_text(payload);
    if (!text)
        return mb_error_set(err, -ENOMEM, "%s: no memory for an entry", store->path);
    mb_wall_clock_iso8601(time, sizeof time);
    r = entry_write(store, run,
                    &(struct mb_hash_entry){.previous = end.hash,
                                            .seq = end.seq + 1,
                                            .t_ns = t_ns >= 0 ? t_ns : end.t_ns,
                                            .time = time,
                                            .type = type,
                                            .payload = text},
                    err);
    free(text);
    return r;
}

/* Entry 1 repeats what the run's row says, and so binds it into the chain. */
static int head_write(struct mb_store *store, const struct mb_record_head *head, const char *uuid,
                      int64_t *ret_id, struct mb_error *err)
{
    char build[MB_BUILD_SIZE], started[48];
    json_t *payload;
    int r;

    mb_build_identity(build);
    mb_wall_clock_iso8601(started, sizeof started);
    r = mb_sql_run(store, err,
                   "INSERT INTO run (uuid, bench, motor_id, manufacturer, model, simulated, time_factor,"
                   " program_version, build, started, state, last_seq, last_hash)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'preparing', 0, ?)",
                   "tttttirtttt", uuid, head->bench, head->motor_id, head->manufacturer, head->model,
                   (int64_t)head->simulated, head->time_factor, head->program_version, build, started,
                   MB_HASH_NONE);
    if (r < 0)
        return r;
    *ret_id = sqlite3_last_insert_rowid(store->db);
    payload = json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:i, s:f, s:s, s:s, s:s}", "uuid", uuid, "bench",
                        head->bench, "motor_id", head->motor_id, "manufacturer", head->manufacturer, "model",
                        head->model, "simulated", (int)head->simulated, "time_factor", head->time_factor,
                        "program_version", head->program_version, "build", build, "started", started);
    if (!payload)
        return mb_error_set(err, -EINVAL, "%s: the head of a run must be UTF-8 text", store->path);
    r = mb_entry_insert(store, *ret_id, 0, "head", payload, err);
    json_decref(payload);
    return r;
}

int mb_record_create(struct mb_store *store, const struct mb_record_head *head, struct mb_record **ret,
                     struct mb_error *err)
{
    struct mb_record *record = calloc(1, sizeof *record);
    int r;

    if (!record)
        return -ENOMEM;
    record->store = store;
    r = uuid_new(record->uuid);
    if (r < 0)
        (void)mb_error_set(err, r, "no random bytes for a UUID");
    if (r >= 0)
        r = mb_sql_begin(store, err);
    if (r >= 0)
        r = mb_sql_end(store, head_write(store, head, record->uuid, &record->id, err), err);
    if (r < 0) {
        (void)mb_record_free(record);
        return r;
    }
    *ret = record;
    return 0;
}

struct mb_record *mb_record_free(struct mb_record *record)
{
    free(record);
    return NULL;
}

const char *mb_record_uuid(const struct mb_record *record)
{
    return record->uuid;
}

static int frozen_exists(struct mb_record *record, const char *name, struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(record->store, &statement, err, "SELECT 1 FROM frozen WHERE run = ? AND name = ?",
                           "it", record->id, name);

    if (r < 0)
        return r;
    r = mb_sql_step(record->store, statement, err);
    (void)sqlite3_finalize(statement);
    return r > 0 ? mb_error_set(err, -EEXIST, "%s: already frozen in this record", name) : r;
}

static int freeze(struct mb_record *record, const char *name, const void *bytes, size_t size,
                  struct mb_error *err)
{
    char hash[MB_HASH_SIZE];
    json_t *payload;
    int r = frozen_exists(record, name, err);

    if (r < 0)
        return r;
    r = mb_hash(&(struct mb_hash_part){size > 0 ? bytes : "", size}, 1, hash);
    if (r < 0)
        return mb_error_set(err, r, "%s: hashing failed", name);
    r = mb_sql_run(record->store, err, "INSERT INTO frozen (run, name, sha256, bytes) VALUES (?, ?, ?, ?)",
                   "ittb", record->id, name, hash, bytes, size);
    if (r < 0)
        return r;
    payload = json_pack("{s:s, s:s, s:I}", "name", name, "sha256", hash, "size", (json_int_t)size);
    if (!payload)
        return mb_error_set(err, -EINVAL, "a frozen name must be UTF-8 text");
    r = mb_entry_insert(record->store, record->id, -1, "frozen", payload, err);
    json_decref(payload);
    return r;
}

int mb_record_freeze(struct mb_record *record, const char *name, const void *bytes, size_t size,
                     struct mb_error *err)
{
    int r = mb_sql_begin(record->store, err);

    if (r < 0)
        return r;
    return mb_sql_end(record->store, freeze(record, name, bytes, size, err), err);
}

/* What the store writes itself, and what the export document puts beside the payload, is not for callers to
 * choose. */
static int payload_check(uint64_t t_ns, const char *type, const json_t *payload, struct mb_error *err)
{
    static const char *const types[] = {"head", "frozen"};
    static const char *const keys[] = {"seq", "time", "t_s", "type", "hash"};

    if (!json_is_object(payload))
        return mb_error_set(err, -EINVAL, "%s: the payload of an entry is a JSON object", type);
    if (t_ns > INT64_MAX)
        return mb_error_set(err, -EINVAL, "%s: bench time out of range", type);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i]) == 0)
            return mb_error_set(err, -EINVAL, "entries of type %s are written by the store alone", type);
    if (strchr(type, '\n') || *type == '\0')
        return mb_error_set(err, -EINVAL, "the type of an entry is one word");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (json_object_get(payload, keys[i]))
            return mb_error_set(err, -EINVAL, "%s: the key %s belongs to the record itself", type, keys[i]);
    if (strcmp(type, "state") == 0 && json_object_get(payload, "ended"))
        return mb_error_set(err, -EINVAL, "state: a run is ended by mb_record_finish alone");
    return 0;
}

/* A state entry of a live run is shown in lists too. */
static int state_follow(struct mb_record *record, const char *type, const json_t *payload,
                        struct mb_error *err)
{
    const char *state = json_string_value(json_object_get(payload, "state"));

    if (strcmp(type, "state") != 0 || !state)
        return 0;
    return mb_sql_run(record->store, err, "UPDATE run SET state = ? WHERE id = ?", "ti", state, record->id);
}

int mb_record_append(struct mb_record *record, uint64_t t_ns, const char *type, json_t *payload,
                     struct mb_error *err)
{
    int r = payload_check(t_ns, type, payload, err);

    if (r < 0)
        return r;
    r = mb_sql_begin(record->store, err);
    if (r < 0)
        return r;
    r = mb_entry_insert(record->store, record->id, (int64_t)t_ns, type, payload, err);
    if (r >= 0)
        r = state_follow(record, type, payload, err);
    return mb_sql_end(record->store, r, err);
}

int mb_run_end(struct mb_store *store, int64_t run, const json_t *final, struct mb_error *err)
{
    int r = mb_entry_insert(store, run, -1, "state", final, err);

    if (r < 0)
        return r;
    return mb_sql_run(store, err, "UPDATE run SET ended = ?, state = ?, verdict = ?, reason = ? WHERE id = ?",
                      "tttti", json_string_value(json_object_get(final, "ended")),
                      json_string_value(json_object_get(final, "state")),
                      json_string_value(json_object_get(final, "verdict")),
                      json_string_value(json_object_get(final, "reason")), run);
}

int mb_record_finish(struct mb_record *record, const char *state, const char *verdict, const char *reason,
                     struct mb_error *err)
{
    char ended[48];
    json_t *final;
    int r;

    if (strcmp(state, "done") != 0 && strcmp(state, "aborted") != 0 && strcmp(state, "fault") != 0)
        return mb_error_set(err, -EINVAL, "state %s: a run ends as done, aborted or fault", state);
    mb_wall_clock_iso8601(ended, sizeof ended);
    final = json_pack("{s:s, s:s, s:s?, s:s?}", "ended", ended, "state", state, "verdict", verdict, "reason",
                      reason);
    if (!final)
        return mb_error_set(err, -EINVAL, "verdict and reason must be UTF-8 text");
    r = mb_sql_begin(record->store, err);
    if (r >= 0)
        r = mb_sql_end(record->store, mb_run_end(record->store, record->id, final, err), err);
    json_decref(final);
    return r;
}

int mb_store_open_runs(struct mb_store *store, json_t **ret, struct mb_error *err)
{
    json_t *list = json_array();
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(store, &statement, err,
                           "SELECT uuid, bench FROM run WHERE ended IS NULL ORDER BY id DESC", "");

    while (r >= 0 && (r = mb_sql_step(store, statement, err)) > 0)
        (void)json_array_append_new(list, json_pack("{s:o, s:o}", "uuid", mb_sql_json(statement, 0), "bench",
                                                    mb_sql_json(statement, 1)));
    if (r < 0) {
        json_decref(list);
        return r;
    }
    (void)sqlite3_finalize(statement);
    *ret = list;
    return 0;
}

static int check_build(struct mb_store *store, int64_t run, struct mb_error *err)
{
    char build[MB_BUILD_SIZE];
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(store, &statement, err, "SELECT build FROM run WHERE id = ?", "i", run);

    if (r < 0)
        return r;
    mb_build_identity(build);
    r = mb_sql_step(store, statement, err);
    if (r > 0 && strcmp(build, mb_sql_text(statement, 0)) != 0)
        r = mb_error_set(err, -EXDEV, "the program is another build than the one that began the run");
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

int mb_record_open(struct mb_store *store, const char *uuid, struct mb_record **ret, struct mb_error *err)
{
    struct mb_record *record;
    struct chain_end end;
    int64_t id;
    int r = mb_run_lookup(store, uuid, &id, err);

    if (r >= 0)
        r = chain_end_read(store, id, &end, err);
    if (r >= 0)
        r = check_build(store, id, err);
    if (r < 0)
        return r;
    record = calloc(1, sizeof *record);
    if (!record)
        return -ENOMEM;
    record->store = store;
    record->id = id;
    (void)snprintf(record->uuid, sizeof record->uuid, "%s", uuid);
    *ret = record;
    return 0;
}

int mb_store_close_run(struct mb_store *store, const char *uuid, const char *reason, struct mb_error *err)
{
    char ended[48];
    json_t *final;
    int64_t id;
    int r = mb_run_lookup(store, uuid, &id, err);

    if (r < 0)
        return r;
    mb_wall_clock_iso8601(ended, sizeof ended);
    final = json_pack("{s:s, s:s, s:s, s:s, s:b}", "ended", ended, "state", "fault", "verdict", "INVALID",
                      "reason", reason, "orphan", 1);
    if (!final)
        return mb_error_set(err, -EINVAL, "the reason must be UTF-8 text");
    r = mb_sql_begin(store, err);
    if (r >= 0)
        r = mb_sql_end(store, mb_run_end(store, id, final, err), err);
    json_decref(final);
    return r;
}
