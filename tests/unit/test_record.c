/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store as its users see it, and as a tamperer would: through a second SQLite connection. */
#include "support/test.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/record.h"
#include "support/store_fixture.h"

/* A run with a bit of everything; copies the UUID. */
static void write_run(struct fixture *f, char uuid[static MB_UUID_SIZE])
{
    struct mb_record *record = create(f);

    (void)snprintf(uuid, MB_UUID_SIZE, "%s", mb_record_uuid(record));
    assert_int_equal(mb_record_freeze(record, "motor-file", "motor: {}\n", 10, &f->err), 0);
    append(f, record, 0, "run",
           json_pack("{s:{s:s, s:s}, s:{s:s}}", "sheet", "method", "2-1-1B", "standard", "GB/T 1032-2023",
                     "motor", "id", "2026-0412-1"));
    append(f, record, 0, "state", json_pack("{s:s}", "state", "running"));
    append(f, record, 1500000000, "reading",
           reading("cold", 0, json_pack("{s:f, s:f}", "resistance_ohm", 0.6954, "temperature_c", 22.0)));
    append(f, record, 2000000000, "rejected",
           json_pack("{s:s, s:s, s:i, s:{s:f}, s:[s]}", "store", "load.points", "step", "load-curve", "index",
                     0, "values", "u_v", 390.0, "reasons", "supply-voltage"));
    assert_int_equal(mb_record_finish(record, "done", "PASS", NULL, &f->err), 0);
    (void)mb_record_free(record);
}

static json_t *verify(struct fixture *f, const char *uuid)
{
    json_t *result = NULL;

    if (mb_store_verify(f->store, uuid, &result, &f->err) < 0)
        fail_msg("%s", f->err.text);
    return result;
}

static bool is_ok(const json_t *result, const char *part)
{
    return json_is_true(json_object_get(part ? json_object_get(result, part) : result, "ok"));
}

/* Runs SQL past the store, the way somebody with write permission could. */
static int raw(struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    int code;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    (void)sqlite3_close(db);
    return code;
}

static void drop_triggers(struct fixture *f)
{
    static const char *const names[] = {"entry_update",  "entry_delete",  "entry_order",
                                        "frozen_update", "frozen_delete", "frozen_once",
                                        "run_head",      "run_ended",     "run_delete"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char sql[64];

        (void)snprintf(sql, sizeof sql, "DROP TRIGGER %s", names[i]);
        assert_int_equal(raw(f, sql), SQLITE_OK);
    }
}

static bool has_problem(const json_t *result, const char *text)
{
    json_t *problem;
    size_t i;

    json_array_foreach(json_object_get(result, "problems"), i,
                       problem) if (strstr(json_string_value(problem), text)) return true;
    return false;
}

/* ------------------------------------------------------------- documents */

static void test_document(void **state)
{
    struct fixture *f = *state;
    char uuid[MB_UUID_SIZE];
    json_t *document, *entries, *entry;

    write_run(f, uuid);
    document = load(f, uuid);
    assert_string_equal(json_string_value(json_object_get(document, "format")), "motorbench-record/1");
    assert_string_equal(json_string_value(json_object_get(document, "uuid")), uuid);
    assert_int_equal(uuid[14], '4');           /* version */
    assert_non_null(strchr("89ab", uuid[19])); /* variant */
    assert_string_equal(json_string_value(json_object_get(document, "state")), "done");
    assert_string_equal(json_string_value(json_object_get(document, "verdict")), "PASS");
    assert_true(json_is_true(json_object_get(document, "simulated")));
    assert_true(json_is_null(json_object_get(document, "evaluation")));
    assert_non_null(json_object_get(json_object_get(document, "motor"), "id"));
    entries = json_object_get(document, "entries");
    assert_int_equal(json_array_size(entries), 7); /* head, frozen, run, state, reading, rejected, state */
    entry = json_array_get(entries, 4);
    assert_string_equal(json_string_value(json_object_get(entry, "type")), "reading");
    assert_true(json_real_value(json_object_get(entry, "t_s")) == 1.5);
    assert_true(json_real_value(json_object_get(json_object_get(entry, "values"), "resistance_ohm")) ==
                0.6954);
    entry = json_array_get(json_object_get(document, "frozen"), 0);
    assert_int_equal(json_integer_value(json_object_get(entry, "size")), 10);
    json_decref(document);
}

static void test_frozen(void **state)
{
    struct fixture *f = *state;
    struct mb_record *record = create(f);
    char *bytes = NULL;
    size_t size = 0;

    assert_int_equal(mb_record_freeze(record, "limits/a.csv", "a\0b", 3, &f->err), 0);
    assert_int_equal(mb_record_freeze(record, "empty", NULL, 0, &f->err), 0);
    assert_int_equal(mb_record_freeze(record, "limits/a.csv", "other", 5, &f->err), -EEXIST);
    assert_int_equal(
        mb_store_frozen(f->store, mb_record_uuid(record), "limits/a.csv", &bytes, &size, &f->err), 0);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "a\0b", 4);
    free(bytes);
    assert_int_equal(mb_store_frozen(f->store, mb_record_uuid(record), "empty", &bytes, &size, &f->err), 0);
    assert_int_equal(size, 0);
    free(bytes);
    assert_int_equal(mb_store_frozen(f->store, mb_record_uuid(record), "b", &bytes, &size, &f->err), -ENOENT);
    (void)mb_record_free(record);
}

static void test_refuses(void **state)
{
    struct fixture *f = *state;
    struct mb_record *record = create(f);
    json_t *payload = json_pack("{s:i}", "seq", 1), *list = json_array(), *empty = json_object();

    assert_int_equal(mb_record_append(record, 0, "reading", payload, &f->err), -EINVAL);
    assert_int_equal(mb_record_append(record, 0, "reading", list, &f->err), -EINVAL);
    assert_int_equal(mb_record_append(record, 0, "head", empty, &f->err), -EINVAL);
    assert_int_equal(mb_record_append(record, UINT64_MAX, "step", empty, &f->err), -EINVAL);
    assert_int_equal(mb_record_finish(record, "running", NULL, NULL, &f->err), -EINVAL);
    assert_int_equal(mb_record_finish(record, "aborted", "INVALID", "the operator", &f->err), 0);
    assert_int_equal(mb_record_append(record, 0, "step", empty, &f->err), -ESTALE);
    assert_int_equal(mb_record_finish(record, "done", "PASS", NULL, &f->err), -ESTALE);
    assert_int_equal(mb_record_freeze(record, "late", "x", 1, &f->err), -ESTALE);
    json_decref(payload);
    json_decref(list);
    json_decref(empty);
    (void)mb_record_free(record);
}

static void test_triggers(void **state)
{
    static const char *const forbidden[] = {
        "UPDATE entry SET payload = '{}' WHERE seq = 3",
        "DELETE FROM entry WHERE seq = 3",
        "INSERT OR REPLACE INTO entry SELECT run, 3, t_ns, time, type, '{}', hash FROM entry WHERE seq = 3",
        "UPDATE frozen SET bytes = x'00'",
        "DELETE FROM frozen",
        "INSERT OR REPLACE INTO frozen SELECT run, name, sha256, x'00' FROM frozen",
        "UPDATE run SET bench = 'other'",
        "UPDATE run SET verdict = 'FAIL'",
        "DELETE FROM run",
    };
    struct fixture *f = *state;
    char uuid[MB_UUID_SIZE];

    write_run(f, uuid);
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        if (raw(f, forbidden[i]) == SQLITE_OK)
            fail_msg("allowed: %s", forbidden[i]);
}

static void test_open_errors(void **state)
{
    struct fixture *f = *state;
    struct mb_store *other = NULL;
    char path[64];
    sqlite3 *db = NULL;

    assert_int_equal(mb_store_open("/nonexistent/records.db", true, &other, &f->err), -ENOENT);
    assert_int_equal(mb_store_open("/nonexistent/records.db", false, &other, &f->err), -ENOENT);
    (void)snprintf(path, sizeof path, "%s/foreign.db", f->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE x (y)", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
    assert_int_equal(mb_store_open(path, false, &other, &f->err), -EMEDIUMTYPE);
    (void)unlink(path);
    assert_int_equal(raw(f, "PRAGMA user_version = 99"), SQLITE_OK);
    assert_int_equal(mb_store_open(f->path, true, &other, &f->err), -EPROTONOSUPPORT);
    assert_null(other);
}

static void test_read_only(void **state)
{
    struct fixture *f = *state;
    char uuid[MB_UUID_SIZE];
    struct mb_store *reader = NULL;
    struct mb_record *record = NULL;
    json_t *document = NULL;

    write_run(f, uuid);
    assert_int_equal(mb_store_open(f->path, true, &reader, &f->err), 0);
    assert_int_equal(mb_store_load(reader, uuid, &document, &f->err), 0);
    json_decref(document);
    assert_int_equal(mb_record_create(reader, &head, &record, &f->err), -EROFS);
    assert_null(record);
    (void)mb_store_close(reader);
}

/* ---------------------------------------------------------------- finding */

static void add(struct fixture *f, const char *manufacturer, const char *model, const char *id,
                const char *verdict)
{
    struct mb_record_head other = head;
    struct mb_record *record = NULL;

    other.manufacturer = manufacturer;
    other.model = model;
    other.motor_id = id;
    assert_int_equal(mb_record_create(f->store, &other, &record, &f->err), 0);
    if (verdict)
        assert_int_equal(mb_record_finish(record, "done", verdict, NULL, &f->err), 0);
    (void)mb_record_free(record);
}

static json_t *find(struct fixture *f, const struct mb_record_filter *filter, uint64_t offset, uint64_t count,
                    uint64_t expected_total)
{
    json_t *list = NULL;
    uint64_t total = 999;

    if (mb_store_find(f->store, filter, offset, count, &list, &total, &f->err) < 0)
        fail_msg("%s", f->err.text);
    assert_int_equal(total, expected_total);
    return list;
}

static void assert_ids(json_t *list, const char *expected)
{
    char text[128] = "";
    json_t *row;
    size_t i;

    json_array_foreach(list, i, row)
    {
        strcat(text, json_string_value(json_object_get(row, "motor_id")));
        strcat(text, " ");
    }
    assert_string_equal(text, expected);
    json_decref(list);
}

static void test_find(void **state)
{
    struct fixture *f = *state;

    add(f, "A", "m1", "1", "PASS");
    add(f, "B", "m1", "2", "FAIL");
    add(f, "A", "m2", "3", NULL);
    add(f, "A", "m1", "4", "FAIL");
    assert_ids(find(f, NULL, 0, 10, 4), "4 3 2 1 ");
    assert_ids(find(f, NULL, 1, 2, 4), "3 2 ");
    assert_ids(find(f, NULL, 9, 2, 4), "");
    assert_ids(find(f, NULL, 0, 0, 4), "");
    assert_ids(find(f, NULL, UINT64_MAX, UINT64_MAX, 4), "");
    assert_ids(find(f, &(struct mb_record_filter){.manufacturer = "A"}, 0, 10, 3), "4 3 1 ");
    assert_ids(find(f, &(struct mb_record_filter){.manufacturer = "A", .model = "m1", .since = ""}, 0, 1, 2),
               "4 ");
    assert_ids(find(f, &(struct mb_record_filter){.verdict = "FAIL"}, 0, 10, 2), "4 2 ");
    assert_ids(find(f, &(struct mb_record_filter){.motor_id = "3"}, 0, 10, 1), "3 ");
    assert_ids(find(f, &(struct mb_record_filter){.manufacturer = "' OR 1 --"}, 0, 10, 0), "");
}

static void test_find_dates(void **state)
{
    struct fixture *f = *state;
    json_t *list = NULL;
    uint64_t total;

    add(f, "A", "m", "1", "PASS");
    add(f, "A", "m", "2", "PASS");
    add(f, "A", "m", "3", "PASS");
    drop_triggers(f);
    assert_int_equal(raw(f, "UPDATE run SET started = '2026-01-0' || id || 'T10:00:00.000+08:00'"),
                     SQLITE_OK);
    assert_ids(find(f, &(struct mb_record_filter){.since = "2026-01-02"}, 0, 10, 2), "3 2 ");
    assert_ids(find(f, &(struct mb_record_filter){.until = "2026-01-02"}, 0, 10, 2), "2 1 ");
    assert_ids(
        find(f, &(struct mb_record_filter){.since = "2026-01-02", .until = "2026-01-02T10:00"}, 0, 9, 1),
        "2 ");
    assert_ids(find(f, &(struct mb_record_filter){.since = "2026-01-02T10:01"}, 0, 9, 1), "3 ");
    assert_int_equal(mb_store_find(f->store, &(struct mb_record_filter){.since = "1.2.2026"}, 0, 1, &list,
                                   &total, &f->err),
                     -EINVAL);
}

static void test_prefix(void **state)
{
    struct fixture *f = *state;
    char uuid[MB_UUID_SIZE], prefix[MB_UUID_SIZE];
    json_t *document = NULL;

    write_run(f, uuid);
    (void)snprintf(prefix, sizeof prefix, "%.8s", uuid);
    assert_int_equal(mb_store_load(f->store, prefix, &document, &f->err), 0);
    assert_string_equal(json_string_value(json_object_get(document, "uuid")), uuid);
    json_decref(document);
    prefix[3] = '\0';
    assert_int_equal(mb_store_load(f->store, prefix, &document, &f->err), -EINVAL);
    assert_int_equal(mb_store_load(f->store, "zzzz", &document, &f->err), -ENOENT);
    assert_int_equal(mb_store_load(f->store, "%%%%", &document, &f->err), -ENOENT);
    drop_triggers(f);
    write_run(f, uuid);
    assert_int_equal(raw(f, "UPDATE run SET uuid = 'abcdef0' || id || '-0000'"), SQLITE_OK);
    assert_int_equal(mb_store_load(f->store, "ABCDEF0", &document, &f->err), -ENOTUNIQ);
    assert_int_equal(mb_store_load(f->store, "ABCDEF02", &document, &f->err), 0);
    json_decref(document);
}

static void test_going_on(void **state)
{
    struct fixture *f = *state;
    struct mb_record *record = create(f);
    char uuid[MB_UUID_SIZE];
    json_t *document, *result;

    (void)snprintf(uuid, sizeof uuid, "%s", mb_record_uuid(record));
    append(f, record, 7, "state", json_pack("{s:s}", "state", "running"));
    (void)mb_record_free(record);
    assert_int_equal(mb_record_open(f->store, uuid, &record, &f->err), 0);
    append(f, record, 9, "state", json_pack("{s:s}", "state", "paused"));
    (void)mb_record_free(record);
    document = load(f, uuid);
    assert_string_equal(json_string_value(json_object_get(document, "state")), "paused");
    assert_int_equal(json_array_size(json_object_get(document, "entries")), 3);
    json_decref(document);
    result = verify(f, uuid);
    assert_true(is_ok(result, NULL));
    json_decref(result);
    drop_triggers(f);
    assert_int_equal(raw(f, "UPDATE run SET build = 'another'"), SQLITE_OK);
    assert_int_equal(mb_record_open(f->store, uuid, &record, &f->err), -EXDEV);
}

static void test_orphans(void **state)
{
    struct fixture *f = *state;
    struct mb_record *a = create(f), *b = create(f);
    char uuid[MB_UUID_SIZE], finished[MB_UUID_SIZE];
    json_t *document, *last, *result, *list = NULL;

    write_run(f, finished);
    append(f, a, 7, "state", json_pack("{s:s}", "state", "running"));
    (void)snprintf(uuid, sizeof uuid, "%s", mb_record_uuid(a));
    document = load(f, uuid);
    assert_string_equal(json_string_value(json_object_get(document, "state")), "running");
    json_decref(document);
    result = verify(f, uuid);
    assert_true(is_ok(result, NULL));
    json_decref(result);
    (void)mb_record_free(a);
    (void)mb_record_free(b);
    assert_int_equal(mb_store_open_runs(f->store, &list, &f->err), 0);
    assert_int_equal(json_array_size(list), 2); /* newest first; the finished one is none */
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "uuid")), uuid);
    json_decref(list);
    assert_int_equal(mb_store_close_run(f->store, uuid, "the daemon ended", &f->err), 0);
    assert_int_equal(mb_store_close_run(f->store, uuid, "the daemon ended", &f->err), -ESTALE);
    assert_int_equal(mb_record_open(f->store, uuid, &a, &f->err), -ESTALE);
    document = load(f, uuid);
    assert_string_equal(json_string_value(json_object_get(document, "state")), "fault");
    assert_string_equal(json_string_value(json_object_get(document, "verdict")), "INVALID");
    assert_string_equal(json_string_value(json_object_get(document, "reason")), "the daemon ended");
    last = json_array_get(json_object_get(document, "entries"), 2);
    assert_string_equal(json_string_value(json_object_get(last, "reason")), "the daemon ended");
    json_decref(document);
    result = verify(f, uuid);
    assert_true(is_ok(result, NULL));
    json_decref(result);
    document = load(f, finished);
    assert_string_equal(json_string_value(json_object_get(document, "state")), "done");
    json_decref(document);
}

/* -------------------------------------------------------------- tampering */

static void test_verify_clean(void **state)
{
    struct fixture *f = *state;
    char uuid[MB_UUID_SIZE];
    json_t *result;

    write_run(f, uuid);
    result = verify(f, uuid);
    assert_true(is_ok(result, NULL));
    assert_int_equal(json_integer_value(json_object_get(result, "entries")), 7);
    assert_true(is_ok(result, "chain") && is_ok(result, "frozen") && is_ok(result, "recomputed"));
    assert_true(json_is_null(json_object_get(json_object_get(result, "chain"), "first_bad_seq")));
    json_decref(result);
}

static void test_tampering(void **state)
{
    /* entry 5 is the reading, 2 the frozen entry, 7 the last. bad: first_bad_seq, 0 when the chain itself is
     * whole. */
    static const struct {
        const char *sql, *named;
        int bad;
    } cases[] = {
        {"UPDATE entry SET payload = replace(payload, '0.6954', '0.6955') WHERE seq = 5", "entry 5", 5},
        {"UPDATE entry SET payload = payload || ' ' WHERE seq = 1", "entry 1", 1},
        {"UPDATE entry SET payload = payload || char(0) || 'x' WHERE seq = 5", "entry 5", 5},
        {"UPDATE entry SET payload = 'nonsense' WHERE seq = 5", "entry 5", 5},
        {"UPDATE entry SET t_ns = t_ns + 1 WHERE seq = 5", "entry 5", 5},
        {"UPDATE entry SET time = '3' || substr(time, 2) WHERE seq = 6", "entry 6", 6},
        {"UPDATE entry SET type = 'reading' WHERE seq = 6", "entry 6", 6},
        {"UPDATE entry SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 4", "entry 4", 4},
        {"DELETE FROM entry WHERE seq = 5", "entry 5: missing", 5},
        {"DELETE FROM entry WHERE seq = 7", "entry 7: missing", 7},
        {"DELETE FROM entry WHERE seq = 7; UPDATE run SET last_seq = 6, last_hash ="
         " (SELECT hash FROM entry WHERE seq = 6)",
         "run: state", 0},
        {"UPDATE frozen SET bytes = x'00'", "frozen motor-file", 0},
        {"UPDATE frozen SET sha256 = replace(sha256, 'a', 'b')", "frozen motor-file", 0},
        {"UPDATE frozen SET name = 'motor-file2'", "frozen motor-file2", 0},
        {"DELETE FROM frozen", "frozen motor-file: missing", 0},
        {"INSERT INTO frozen SELECT run, 'extra', sha256, bytes FROM frozen", "frozen extra", 0},
        {"UPDATE run SET bench = 'other'", "run: bench", 0},
        {"UPDATE run SET motor_id = NULL", "run: motor_id", 0},
        {"UPDATE run SET manufacturer = 'x'", "run: manufacturer", 0},
        {"UPDATE run SET model = 'x'", "run: model", 0},
        {"UPDATE run SET simulated = 0", "run: simulated", 0},
        {"UPDATE run SET time_factor = 1", "run: time_factor", 0},
        {"UPDATE run SET program_version = '9'", "run: program_version", 0},
        {"UPDATE run SET build = '9'", "run: build", 0},
        {"UPDATE run SET started = '2020'", "run: started", 0},
        {"UPDATE run SET ended = '2020'", "run: ended", 0},
        {"UPDATE run SET verdict = 'FAIL'", "run: verdict", 0},
        {"UPDATE run SET state = 'aborted'", "run: state", 0},
        {"UPDATE run SET reason = 'x'", "run: reason", 0},
        {"UPDATE run SET last_seq = 8", "run: last_seq", 8},
        {"UPDATE run SET last_hash = 'x'", "run: last_hash", 0},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char uuid[MB_UUID_SIZE];
        json_t *result;

        write_run(f, uuid);
        drop_triggers(f);
        if (raw(f, cases[i].sql) != SQLITE_OK)
            fail_msg("%s", cases[i].sql);
        result = verify(f, uuid);
        if (is_ok(result, NULL) || !has_problem(result, cases[i].named))
            fail_msg("not found: %s: %s", cases[i].sql, json_dumps(result, JSON_INDENT(1)));
        assert_int_equal(
            json_integer_value(json_object_get(json_object_get(result, "chain"), "first_bad_seq")),
            cases[i].bad);
        json_decref(result);
        /* The next case starts from an empty file; opening brings the triggers back. */
        (void)teardown(state);
        (void)setup(state);
        f = *state;
    }
}

/* ------------------------------------------------------------- durability */

/* Appends without end and says each number that the store acknowledged. */
static void __attribute__((noreturn)) append_for_ever(const char *path, int out)
{
    struct mb_store *store = NULL;
    struct mb_record *record = NULL;
    struct mb_error err;

    if (mb_store_open(path, false, &store, &err) < 0 || mb_record_create(store, &head, &record, &err) < 0)
        _exit(1);
    for (int i = 0; i < 100000; i++) {
        json_t *payload = json_pack("{s:i}", "number", i);

        if (mb_record_append(record, (uint64_t)i, "step", payload, &err) < 0)
            _exit(1);
        json_decref(payload);
        if (write(out, &i, sizeof i) != (ssize_t)sizeof i)
            _exit(1);
    }
    _exit(0);
}

/* The last acknowledged number. */
static int kill_and_collect(const char *path, useconds_t after_us)
{
    int pipe_ends[2], number, last, status;
    pid_t child;

    assert_int_equal(pipe(pipe_ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        append_for_ever(path, pipe_ends[1]);
    (void)close(pipe_ends[1]);
    /* From its first entry on: a busy machine may need long to open the store. */
    assert_int_equal(read(pipe_ends[0], &last, sizeof last), sizeof last);
    (void)usleep(after_us);
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(pipe_ends[0], &number, sizeof number) == (ssize_t)sizeof number)
        last = number;
    (void)close(pipe_ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return last;
}

static void test_killed(void **state)
{
    struct fixture *f = *state;
    int acknowledged = 0;

    f->store = mb_store_close(f->store);
    for (unsigned i = 0; i < 20; i++) {
        int last = kill_and_collect(f->path, 1000 + 3371 * i);
        json_t *list, *document, *result, *entries;
        const char *uuid;

        assert_int_equal(mb_store_open(f->path, false, &f->store, &f->err), 0);
        list = find(f, NULL, 0, 1, (uint64_t)i + 1);
        uuid = json_string_value(json_object_get(json_array_get(list, 0), "uuid"));
        document = load(f, uuid);
        entries = json_object_get(document, "entries");
        /* entry 1 is the head; one more than acknowledged may have reached the disk. */
        assert_in_range(json_array_size(entries), (size_t)(last + 2), (size_t)(last + 3));
        result = verify(f, uuid);
        assert_true(is_ok(result, NULL));
        acknowledged += last + 1;
        json_decref(result);
        json_decref(document);
        json_decref(list);
        f->store = mb_store_close(f->store);
    }
    assert_true(acknowledged > 20);
    assert_int_equal(mb_store_open(f->path, false, &f->store, &f->err), 0);
}

/* A file system without room, in a child: files may not grow beyond what they are. */
static int append_without_room(struct fixture *f, struct mb_record *record)
{
    struct rlimit limit = {.rlim_cur = 1000000, .rlim_max = 1000000};
    char text[4096];
    int r = 0;

    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
        return 1;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 1000 && r == 0; i++) {
        json_t *payload = json_pack("{s:s}", "text", text);

        r = mb_record_append(record, 0, "step", payload, &f->err);
        json_decref(payload);
    }
    return r == -ENOSPC || r == -EIO ? 0 : 2;
}

static void test_no_room(void **state)
{
    struct fixture *f = *state;
    struct mb_store *store = NULL;
    char uuid[MB_UUID_SIZE];
    json_t *list, *result;
    int status;
    pid_t child;

    f->store = mb_store_close(f->store);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct mb_record *record = NULL;

        if (mb_store_open(f->path, false, &store, &f->err) < 0 ||
            mb_record_create(store, &head, &record, &f->err) < 0)
            _exit(3);
        _exit(append_without_room(f, record));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(mb_store_open(f->path, false, &f->store, &f->err), 0);
    list = find(f, NULL, 0, 1, 1);
    (void)snprintf(uuid, sizeof uuid, "%s",
                   json_string_value(json_object_get(json_array_get(list, 0), "uuid")));
    json_decref(list);
    result = verify(f, uuid);
    assert_true(is_ok(result, NULL));
    assert_true(json_integer_value(json_object_get(result, "entries")) > 10);
    json_decref(result);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(test_document),  IN_STORE(test_frozen),      IN_STORE(test_refuses),
        IN_STORE(test_triggers),  IN_STORE(test_open_errors), IN_STORE(test_read_only),
        IN_STORE(test_find),      IN_STORE(test_find_dates),  IN_STORE(test_prefix),
        IN_STORE(test_going_on),  IN_STORE(test_orphans),     IN_STORE(test_verify_clean),
        IN_STORE(test_tampering), IN_STORE(test_killed),      IN_STORE(test_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
