/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/internal.h"

#define TEXT_OF(x) #x
#define NUMBER_TEXT(x) TEXT_OF(x)

/* "MoBe": tells file(1) and mb_store_open that this is ours. */
#define APPLICATION_ID 0x4d6f4265

static const char schema[] =
    "CREATE TABLE run ("
    " id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, bench TEXT NOT NULL,"
    " motor_id TEXT, manufacturer TEXT, model TEXT,"
    " simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)), time_factor REAL NOT NULL,"
    " program_version TEXT NOT NULL, build TEXT NOT NULL, started TEXT NOT NULL,"
    " ended TEXT, state TEXT NOT NULL, verdict TEXT, reason TEXT,"
    " last_seq INTEGER NOT NULL, last_hash TEXT NOT NULL) STRICT;"
    "CREATE TABLE entry ("
    " run INTEGER NOT NULL REFERENCES run (id), seq INTEGER NOT NULL, t_ns INTEGER NOT NULL,"
    " time TEXT NOT NULL, type TEXT NOT NULL, payload TEXT NOT NULL, hash TEXT NOT NULL,"
    " PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE frozen ("
    " run INTEGER NOT NULL REFERENCES run (id), name TEXT NOT NULL, sha256 TEXT NOT NULL, bytes BLOB NOT "
    "NULL,"
    " PRIMARY KEY (run, name)) STRICT;"
    "CREATE INDEX run_started ON run (started);"
    "CREATE INDEX run_manufacturer ON run (manufacturer);"
    "CREATE INDEX run_model ON run (model);"
    "CREATE INDEX run_motor ON run (motor_id);"
    "CREATE INDEX run_verdict ON run (verdict);"
    "CREATE INDEX run_open ON run (id) WHERE ended IS NULL;"
    "PRAGMA application_id = " NUMBER_TEXT(APPLICATION_ID) ";"
                                                           "PRAGMA user_version = " NUMBER_TEXT(
                                                               MB_SCHEMA_VERSION) ";";

/* Against mistakes, not against malice: whoever can write the file can drop a trigger, and is found by the
 * chain. Made anew at every opening. The order rule also stops INSERT OR REPLACE, which fires no DELETE
 * trigger. */
static const char triggers[] =
    "CREATE TRIGGER IF NOT EXISTS entry_update BEFORE UPDATE ON entry"
    " BEGIN SELECT RAISE(ABORT, 'entries are append only'); END;"
    "CREATE TRIGGER IF NOT EXISTS entry_delete BEFORE DELETE ON entry"
    " BEGIN SELECT RAISE(ABORT, 'entries are append only'); END;"
    "CREATE TRIGGER IF NOT EXISTS entry_order BEFORE INSERT ON entry"
    " WHEN NEW.seq IS NOT (SELECT last_seq + 1 FROM run WHERE id = NEW.run AND ended IS NULL)"
    " BEGIN SELECT RAISE(ABORT, 'an entry goes to the end of an open run'); END;"
    "CREATE TRIGGER IF NOT EXISTS frozen_update BEFORE UPDATE ON frozen"
    " BEGIN SELECT RAISE(ABORT, 'frozen data never changes'); END;"
    "CREATE TRIGGER IF NOT EXISTS frozen_delete BEFORE DELETE ON frozen"
    " BEGIN SELECT RAISE(ABORT, 'frozen data never changes'); END;"
    "CREATE TRIGGER IF NOT EXISTS frozen_once BEFORE INSERT ON frozen"
    " WHEN EXISTS (SELECT 1 FROM frozen WHERE run = NEW.run AND name = NEW.name)"
    " BEGIN SELECT RAISE(ABORT, 'frozen data never changes'); END;"
    "CREATE TRIGGER IF NOT EXISTS run_head BEFORE UPDATE OF id, uuid, bench, motor_id, manufacturer, model, "
    "simulated,"
    " time_factor, program_version, build, started ON run"
    " BEGIN SELECT RAISE(ABORT, 'the head of a run never changes'); END;"
    "CREATE TRIGGER IF NOT EXISTS run_ended BEFORE UPDATE ON run WHEN OLD.ended IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT, 'the run has ended'); END;"
    "CREATE TRIGGER IF NOT EXISTS run_delete BEFORE DELETE ON run"
    " BEGIN SELECT RAISE(ABORT, 'runs are never deleted'); END;";

static int script(struct mb_store *store, const char *sql, struct mb_error *err)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return mb_sql_error(store, err);
    return 0;
}

static int pragma(struct mb_store *store, const char *sql, int64_t *ret, struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(store, &statement, err, sql, "");

    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, err);
    if (r > 0)
        *ret = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

/* 1: ours; 0: an empty file; negative: anything else. */
static int schema_check(struct mb_store *store, struct mb_error *err)
{
    int64_t id = 0, version = 0, objects = 0;
    int r = pragma(store, "PRAGMA application_id", &id, err);

    if (r >= 0)
        r = pragma(store, "PRAGMA user_version", &version, err);
    if (r >= 0)
        r = pragma(store, "SELECT count(*) FROM sqlite_schema", &objects, err);
    if (r < 0)
        return r;
    if (objects == 0 && id == 0 && version == 0)
        return 0;
    if (id != APPLICATION_ID)
        return mb_error_set(err, -EMEDIUMTYPE, "%s: an SQLite file, but not a motorbench record store",
                            store->path);
    if (version != MB_SCHEMA_VERSION)
        return mb_error_set(err, -EPROTONOSUPPORT, "%s: schema %lld, this program knows %d", store->path,
                            (long long)version, MB_SCHEMA_VERSION);
    return 1;
}

static int prepare_writing(struct mb_store *store, struct mb_error *err)
{
    int keep = 1, r;

    /* Before anything is changed: a foreign file stays as it is. */
    r = schema_check(store, err);
    if (r < 0)
        return r;
    r = script(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", err);
    if (r < 0)
        return r;
    /* The WAL stays when the daemon ends: a reader without write permission needs it to exist. */
    (void)sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    r = mb_sql_begin(store, err);
    if (r < 0)
        return r;
    r = schema_check(store, err);
    if (r == 0)
        r = script(store, schema, err);
    if (r >= 0)
        r = script(store, triggers, err);
    return mb_sql_end(store, r, err);
}

static int prepare_reading(struct mb_store *store, struct mb_error *err)
{
    int r = schema_check(store, err);

    if (r == 0)
        return mb_error_set(err, -EMEDIUMTYPE, "%s: empty, not a motorbench record store", store->path);
    return r;
}

static int connect_file(struct mb_store *store, struct mb_error *err)
{
    int flags = store->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

    if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK) {
        int code = store->db ? sqlite3_system_errno(store->db) : ENOMEM;

        return mb_error_set(err, code > 0 ? -code : -EIO, "%s: %s", store->path,
                            code > 0 ? strerror(code) : "cannot be opened");
    }
    (void)sqlite3_extended_result_codes(store->db, 1);
    (void)sqlite3_busy_timeout(store->db,
                               200); /* the event loop waits: a control loop stands still meanwhile */
    return script(store, "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;", err);
}

int mb_store_open(const char *path, bool read_only, struct mb_store **ret, struct mb_error *err)
{
    struct mb_store *store;
    int r;

    if (read_only && access(path, F_OK) < 0)
        return mb_error_set(err, -errno, "%s: %s", path, strerror(errno));
    store = calloc(1, sizeof *store);
    if (!store)
        return -ENOMEM;
    store->read_only = read_only;
    store->path = strdup(path);
    r = store->path ? connect_file(store, err) : -ENOMEM;
    if (r >= 0)
        r = read_only ? prepare_reading(store, err) : prepare_writing(store, err);
    if (r < 0) {
        (void)mb_store_close(store);
        return r;
    }
    *ret = store;
    return 0;
}

struct mb_store *mb_store_close(struct mb_store *store)
{
    if (!store)
        return NULL;
    (void)sqlite3_close(store->db);
    free(store->path);
    free(store);
    return NULL;
}
