/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/internal.h"
#include "record/waveform.h"

#define PART_SIZE ((size_t)4 << 20)
#define BUSY_TIMEOUT_MS 5000 /* nothing else waits for this connection */

/* ---------------------------------------------------------------- writing */

static int run_ended(struct mb_store *bundle, int64_t run, struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(bundle, &statement, err, "SELECT ended IS NOT NULL FROM source.run WHERE id = ?",
                           "i", run);

    if (r < 0)
        return r;
    r = mb_sql_step(bundle, statement, err);
    if (r > 0 && !sqlite3_column_int(statement, 0))
        r = mb_error_set(err, -ESTALE, "the run has not ended: its record still grows");
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

/* The run becomes number 1, so that a bundle tells nothing of the others. */
static int copy_rows(struct mb_store *bundle, int64_t run, struct mb_error *err)
{
    static const char *const copies[] = {
        "INSERT INTO run SELECT 1, uuid, bench, motor_id, manufacturer, model, simulated, time_factor,"
        " program_version, build, started, ended, state, verdict, reason, last_seq, last_hash"
        " FROM source.run WHERE id = ?",
        "INSERT INTO entry SELECT 1, seq, t_ns, time, type, payload, hash FROM source.entry WHERE run = ?",
        "INSERT INTO frozen SELECT 1, name, sha256, bytes FROM source.frozen WHERE run = ?",
        "INSERT INTO seal SELECT 1, seq, time, type, payload, hash FROM source.seal WHERE run = ?",
    };
    int r = 0;

    for (size_t i = 0; r >= 0 && i < sizeof copies / sizeof *copies; i++)
        r = mb_sql_run(bundle, err, copies[i], "i", run);
    return r;
}

static int copy_parts(struct mb_store *bundle, const struct mb_waveform *waveform, char *buffer,
                      struct mb_error *err)
{
    off_t offset = 0;
    ssize_t n;
    int r = 0;

    for (int64_t part = 0; r >= 0 && (n = pread(waveform->fd, buffer, PART_SIZE, offset)) != 0; part++) {
        if (n < 0)
            return mb_error_set(err, -errno, "recording %s: %s", waveform->name, strerror(errno));
        r = mb_sql_run(bundle, err, "INSERT INTO recording (run, name, part, bytes) VALUES (1, ?, ?, ?)",
                       "tib", waveform->name, part, buffer, (size_t)n);
        offset += n;
    }
    return r;
}

static int copy_recording(struct mb_store *bundle, struct mb_store *source, const char *uuid,
                          const char *name, struct mb_error *err)
{
    char *buffer = malloc(PART_SIZE);
    struct mb_waveform waveform;
    int r = buffer ? mb_store_waveform(source, uuid, name, &waveform, err) : -ENOMEM;

    if (r >= 0) {
        r = copy_parts(bundle, &waveform, buffer, err);
        (void)close(waveform.fd);
    }
    free(buffer);
    return r;
}

static int copy_recordings(struct mb_store *bundle, struct mb_store *source, const char *uuid,
                           struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(bundle, &statement, err,
                           "SELECT payload ->> 'name' FROM entry WHERE type = 'waveform' ORDER BY seq", "");

    if (r < 0)
        return r;
    while ((r = mb_sql_step(bundle, statement, err)) > 0) {
        r = copy_recording(bundle, source, uuid, mb_sql_text(statement, 0), err);
        if (r < 0)
            break;
    }
    (void)sqlite3_finalize(statement);
    return r;
}

static int fill(struct mb_store *bundle, struct mb_store *source, const char *uuid, struct mb_error *err)
{
    int64_t run;
    int r = mb_run_lookup(source, uuid, &run, err);

    if (r >= 0)
        r = mb_sql_run(bundle, err, "ATTACH DATABASE ? AS source", "t", source->path);
    if (r >= 0)
        r = mb_sql_run(bundle, err, "BEGIN", "");
    if (r < 0)
        return r;
    r = run_ended(bundle, run, err);
    if (r >= 0)
        r = copy_rows(bundle, run, err);
    if (r >= 0)
        r = copy_recordings(bundle, source, uuid, err);
    return mb_sql_end(bundle, r, err);
}

int mb_bundle_write(const char *store_path, const char *uuid, const char *path, struct mb_error *err)
{
    struct mb_store *source = NULL, *bundle = NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600), r;

    if (fd < 0)
        return mb_error_set(err, -errno, "%s: %s", path, strerror(errno));
    (void)close(fd);
    r = mb_store_open(store_path, true, &source, err);
    if (r >= 0)
        r = mb_store_create_bundle(path, &bundle, err);
    if (r >= 0) {
        (void)sqlite3_busy_timeout(bundle->db, BUSY_TIMEOUT_MS);
        r = fill(bundle, source, uuid, err);
    }
    (void)mb_store_close(bundle);
    (void)mb_store_close(source);
    if (r < 0)
        (void)unlink(path);
    return r;
}

/* ---------------------------------------------------------------- reading */

static int one_text(struct mb_store *store, const char *sql, char *ret, size_t size, struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(store, &statement, err, sql, "");

    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, err);
    if (r > 0)
        (void)snprintf(ret, size, "%s", mb_sql_text(statement, 0));
    (void)sqlite3_finalize(statement);
    return r == 0 ? -EBADMSG : r < 0 ? r : 0;
}

/* Rows that no entry speaks of would travel under the record's name. The run is counted, its number is 1, the
 * parts of a recording are numbered from 0 without a gap. */
static int look_for_more(struct mb_store *store, struct mb_error *err)
{
    static const struct {
        const char *sql, *what;
    } looks[] = {
        {"SELECT count(*) <> 1 OR total(id) <> 1 FROM run", "not exactly one run"},
        {"SELECT count(*) FROM entry WHERE run <> 1", "entries of another run"},
        {"SELECT count(*) FROM frozen WHERE run <> 1", "frozen data of another run"},
        {"SELECT count(*) FROM seal WHERE run <> 1", "seals of another run"},
        {"SELECT count(*) FROM recording WHERE run <> 1 OR name NOT IN (SELECT payload ->> 'name' FROM entry"
         " WHERE type = 'waveform' AND json_valid(payload))",
         "a recording that no entry speaks of"},
        {"SELECT count(*) FROM (SELECT count(*) AS n, min(part) AS first, max(part) AS last FROM recording"
         " GROUP BY name) WHERE first <> 0 OR last <> n - 1",
         "a recording with a part missing"},
    };
    char found[8];
    int r = 0;

    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        r = one_text(store, looks[i].sql, found, sizeof found, err);
        if (r < 0)
            return r;
        if (strcmp(found, "0") != 0)
            return mb_error_set(err, -EBADMSG, "%s: %s in it", store->path, looks[i].what);
    }
    return r;
}

static int look_at_pages(struct mb_store *store, struct mb_error *err)
{
    char said[120];
    int r = one_text(store, "PRAGMA integrity_check(1)", said, sizeof said, err);

    if (r >= 0 && strcmp(said, "ok") != 0)
        r = mb_error_set(err, -EBADMSG, "%s: damaged: %s", store->path, said);
    return r;
}

static int regular(const char *path, struct mb_error *err)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return mb_error_set(err, -errno, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return mb_error_set(err, -EINVAL, "%s: not a regular file", path);
    return 0;
}

int mb_bundle_open(const char *path, struct mb_store **ret, char ret_uuid[static MB_UUID_SIZE],
                   struct mb_error *err)
{
    struct mb_store *store = NULL;
    int r = regular(path, err);

    if (r >= 0)
        r = mb_store_open_bundle(path, &store, err);
    if (r >= 0)
        r = look_at_pages(store, err);
    if (r >= 0)
        r = look_for_more(store, err);
    if (r >= 0)
        r = one_text(store, "SELECT uuid FROM run", ret_uuid, MB_UUID_SIZE, err);
    if (r < 0) {
        (void)mb_store_close(store);
        return r;
    }
    *ret = store;
    return 0;
}
