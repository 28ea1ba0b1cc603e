/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/hash.h"
#include "record/internal.h"

#define TEXT_OF(x) #x
#define NUMBER_TEXT(x) TEXT_OF(x)

/* "MoBe": tells file(1) and mb_store_open that this is ours. */
#define STORE_ID 0x4d6f4265
/* "MoBu": a bundle. */
#define BUNDLE_ID 0x4d6f4275
/* A reading, a file that was frozen or a part of a recording is smaller; a photograph has 16 MiB. */
#define BUNDLE_VALUE_MAX (64 << 20)

static const char store_marks[] = "PRAGMA application_id = " NUMBER_TEXT(
    STORE_ID) ";"
              "PRAGMA user_version = " NUMBER_TEXT(MB_SCHEMA_VERSION) ";";
static const char bundle_marks[] = "PRAGMA application_id = " NUMBER_TEXT(
    BUNDLE_ID) ";"
               "PRAGMA user_version = " NUMBER_TEXT(MB_SCHEMA_VERSION) ";";

static const char tables[] =
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
    " PRIMARY KEY (run, name)) STRICT;";

/* Signatures and time stamps (docs/decisions/0016): a chain of their own that begins at the run's last_hash.
 * Added to a store that has none. */
static const char seals[] =
    "CREATE TABLE IF NOT EXISTS seal ("
    " run INTEGER NOT NULL REFERENCES run (id), seq INTEGER NOT NULL,"
    " time TEXT NOT NULL, type TEXT NOT NULL, payload TEXT NOT NULL, hash TEXT NOT NULL,"
    " PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;";

/* Of a bundle only. */
static const char recordings[] = "CREATE TABLE recording ("
                                 " run INTEGER NOT NULL REFERENCES run (id), name TEXT NOT NULL, part "
                                 "INTEGER NOT NULL, bytes BLOB NOT NULL,"
                                 " PRIMARY KEY (run, name, part)) STRICT;";

static const char indices[] = "CREATE INDEX run_started ON run (started);"
                              "CREATE INDEX run_manufacturer ON run (manufacturer);"
                              "CREATE INDEX run_model ON run (model);"
                              "CREATE INDEX run_motor ON run (motor_id);"
                              "CREATE INDEX run_verdict ON run (verdict);"
                              "CREATE INDEX run_open ON run (id) WHERE ended IS NULL;";

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
    "CREATE TRIGGER IF NOT EXISTS seal_update BEFORE UPDATE ON seal"
    " BEGIN SELECT RAISE(ABORT, 'seals are append only'); END;"
    "CREATE TRIGGER IF NOT EXISTS seal_delete BEFORE DELETE ON seal"
    " BEGIN SELECT RAISE(ABORT, 'seals are append only'); END;"
    "CREATE TRIGGER IF NOT EXISTS run_head BEFORE UPDATE OF id, uuid, bench, motor_id, manufacturer, model, "
    "simulated,"
    " time_factor, program_version, build, started ON run"
    " BEGIN SELECT RAISE(ABORT, 'the head of a run never changes'); END;"
    "CREATE TRIGGER IF NOT EXISTS run_ended BEFORE UPDATE ON run WHEN OLD.ended IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT, 'the run has ended'); END;"
    "CREATE TRIGGER IF NOT EXISTS run_delete BEFORE DELETE ON run"
    " BEGIN SELECT RAISE(ABORT, 'runs are never deleted'); END;";

/* Beside the records, and no part of what they prove. A store of before has it added. */
static const char schedule[] =
    "CREATE TABLE IF NOT EXISTS schedule ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, due_s INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES run (id),"
    " item TEXT NOT NULL, text TEXT NOT NULL, who TEXT, done_s INTEGER, done_by TEXT) STRICT;";

static int script(struct mb_store *store, const char *sql, struct mb_error *err)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return mb_sql_error(store, err);
    return 0;
}

static int scripts(struct mb_store *store, const char *const list[], struct mb_error *err)
{
    int r = 0;

    for (size_t i = 0; r == 0 && list[i]; i++)
        r = script(store, list[i], err);
    return r;
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
    if (id != (store->bundle ? BUNDLE_ID : STORE_ID))
        return mb_error_set(err, -EMEDIUMTYPE, "%s: an SQLite file, but not a motorbench record %s",
                            store->path, store->bundle ? "bundle" : "store");
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
        r = scripts(store, (const char *const[]){tables, indices, store_marks, NULL}, err);
    if (r >= 0)
        r = script(store, seals, err);
    if (r >= 0)
        r = script(store, schedule, err);
    if (r >= 0)
        r = script(store, triggers, err);
    return mb_sql_end(store, r, err);
}

static int prepare_reading(struct mb_store *store, struct mb_error *err)
{
    int r = schema_check(store, err);

    if (r == 0)
        return mb_error_set(err, -EMEDIUMTYPE, "%s: empty, not a motorbench record %s", store->path,
                            store->bundle ? "bundle" : "store");
    return r;
}

static int connect_file(struct mb_store *store, const char *name, int flags, struct mb_error *err)
{
    if (sqlite3_open_v2(name, &store->db, flags, NULL) != SQLITE_OK) {
        int code = store->db ? sqlite3_system_errno(store->db) : ENOMEM;

        return mb_error_set(err, code > 0 ? -code : -EIO, "%s: %s", store->path,
                            code > 0 ? strerror(code) : "cannot be opened");
    }
    (void)sqlite3_extended_result_codes(store->db, 1);
    (void)sqlite3_busy_timeout(store->db,
                               200); /* the event loop waits: a control loop stands still meanwhile */
    return script(store, "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;", err);
}

/* path: for messages; name: what SQLite opens. */
static int store_new(const char *path, const char *name, int flags, struct mb_store **ret,
                     struct mb_error *err)
{
    struct mb_store *store = calloc(1, sizeof *store);
    int r;

    if (!store)
        return -ENOMEM;
    store->read_only = (flags & SQLITE_OPEN_READONLY) != 0;
    store->path = strdup(path);
    r = store->path ? connect_file(store, name, flags, err) : -ENOMEM;
    if (r < 0) {
        (void)mb_store_close(store);
        return r;
    }
    *ret = store;
    return 0;
}

/* What is in the folder of the store is its own: a link would have records written, and triggers made, in
 * some other file. The folder may be one. */
static int check_place(const char *path, bool read_only, struct mb_error *err)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return errno == ENOENT && !read_only ? 0 : mb_error_set(err, -errno, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return mb_error_set(err, -EMEDIUMTYPE, "%s: not a regular file: records are not kept behind a link",
                            path);
    return 0;
}

int mb_store_open(const char *path, bool read_only, struct mb_store **ret, struct mb_error *err)
{
    struct mb_store *store;
    char hash[MB_HASH_SIZE];
    int r = check_place(path, read_only, err);

    /* OpenSSL 3.0 sets itself up at its first digest and does not survive it without memory: here nothing is
     * on yet. */
    if (r == 0 && mb_hash(NULL, 0, hash) < 0)
        r = mb_error_set(err, -EIO, "%s: hashing failed", path);
    if (r < 0)
        return r;
    r = store_new(path, path, read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                  &store, err);
    if (r < 0)
        return r;
    r = read_only ? prepare_reading(store, err) : prepare_writing(store, err);
    if (r < 0) {
        (void)mb_store_close(store);
        return r;
    }
    *ret = store;
    return 0;
}

/* "file:PATH?immutable=1" with every unusual sign written as %XX; the caller frees it. */
static char *immutable_uri(const char *path)
{
    size_t size = 3 * strlen(path) + sizeof "file:?immutable=1", n = 5;
    char *uri = malloc(size);

    if (!uri)
        return NULL;
    memcpy(uri, "file:", 5);
    for (const char *s = path; *s; s++)
        n += (size_t)snprintf(uri + n, size - n,
                              isalnum((unsigned char)*s) || strchr("/._-", *s) ? "%c" : "%%%02X",
                              (unsigned char)*s);
    (void)snprintf(uri + n, size - n, "?immutable=1");
    return uri;
}

/* The schema as one text. */
static int schema_text(struct mb_store *store, char **ret, struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(store, &statement, err,
                           "SELECT group_concat(sql, ';') FROM (SELECT type || name || ifnull(sql, '') AS sql"
                           " FROM sqlite_schema ORDER BY type, name)",
                           "");

    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, err);
    if (r >= 0) {
        *ret = strdup(mb_sql_text(statement, 0));
        r = *ret ? 0 : -ENOMEM;
    }
    (void)sqlite3_finalize(statement);
    return r;
}

int mb_store_create_bundle(const char *path, struct mb_store **ret, struct mb_error *err)
{
    struct mb_store *store;
    int r = store_new(path, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &store, err);

    if (r < 0)
        return r;
    store->bundle = true;
    r = scripts(store, (const char *const[]){tables, seals, recordings, bundle_marks, NULL}, err);
    if (r < 0) {
        (void)mb_store_close(store);
        return r;
    }
    *ret = store;
    return 0;
}

/* No view, trigger or other table in the place of ours. */
static int same_schema(struct mb_store *store, struct mb_error *err)
{
    struct mb_store *model = NULL;
    char *expected = NULL, *text = NULL;
    int r = mb_store_create_bundle(":memory:", &model, err);

    if (r >= 0)
        r = schema_text(model, &expected, err);
    if (r >= 0)
        r = schema_text(store, &text, err);
    if (r >= 0 && strcmp(text, expected) != 0)
        r = mb_error_set(err, -EMEDIUMTYPE, "%s: its tables are not those of a record bundle", store->path);
    free(expected);
    free(text);
    (void)mb_store_close(model);
    return r;
}

int mb_store_open_bundle(const char *path, struct mb_store **ret, struct mb_error *err)
{
    struct mb_store *store = NULL;
    char *uri = immutable_uri(path);
    int r =
        uri ? store_new(path, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOFOLLOW, &store, err)
            : -ENOMEM;

    free(uri);
    if (r < 0)
        return r;
    store->bundle = true;
    (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, BUNDLE_VALUE_MAX);
    r = script(store, "PRAGMA cell_size_check = ON;", err);
    if (r >= 0)
        r = prepare_reading(store, err);
    if (r >= 0)
        r = same_schema(store, err);
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

const char *mb_store_path(const struct mb_store *store)
{
    return store->path;
}
