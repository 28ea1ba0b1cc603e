/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "document/number_json.h"
#include "record/internal.h"

#define PREFIX_MIN 4

/* A row as an object whose keys are the column names. */
static json_t *row_json(sqlite3_stmt *statement)
{
    json_t *object = json_object();

    for (int i = 0; i < sqlite3_column_count(statement); i++)
        (void)json_object_set_new(object, sqlite3_column_name(statement, i), mb_sql_json(statement, i));
    return object;
}

static void make_boolean(json_t *object, const char *key)
{
    (void)json_object_set_new(object, key,
                              json_boolean(json_integer_value(json_object_get(object, key)) != 0));
}

/* ------------------------------------------------------------------ find */

/* Dates are prefixes of the start as it is printed, in the laboratory's own time: "2026-11-21" is that whole
 * day. '~' sorts after every character of a time. */
static const struct {
    size_t offset;
    const char *condition;
    bool is_date;
} filters[] = {
    {offsetof(struct mb_record_filter, since), " AND started >= ?", true},
    {offsetof(struct mb_record_filter, until), " AND started < ? || '~'", true},
    {offsetof(struct mb_record_filter, manufacturer), " AND manufacturer = ?", false},
    {offsetof(struct mb_record_filter, model), " AND model = ?", false},
    {offsetof(struct mb_record_filter, motor_id), " AND motor_id = ?", false},
    {offsetof(struct mb_record_filter, verdict), " AND verdict = ?", false},
};
#define FILTER_COUNT (sizeof filters / sizeof filters[0])

static const char *filter_value(const struct mb_record_filter *filter, size_t i)
{
    const char *value = filter ? *(const char *const *)((const char *)filter + filters[i].offset) : NULL;

    return value && *value ? value : NULL;
}

/* YYYY-MM-DD, with THH:MM or THH:MM:SS if wanted. */
static bool is_date(const char *text)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    size_t n = strlen(text);

    if (n != 10 && n != 16 && n != 19)
        return false;
    for (size_t i = 0; i < n; i++)
        if (shape[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != shape[i])
            return false;
    return true;
}

static int find_prepare(struct mb_store *store, const struct mb_record_filter *filter, const char *columns,
                        const char *tail, sqlite3_stmt **ret, struct mb_error *err)
{
    char sql[768];
    size_t n = (size_t)snprintf(sql, sizeof sql, "SELECT %s FROM run WHERE 1", columns);
    int r, position = 1;

    for (size_t i = 0; i < FILTER_COUNT; i++)
        if (filter_value(filter, i))
            n += (size_t)snprintf(sql + n, sizeof sql - n, "%s", filters[i].condition);
    (void)snprintf(sql + n, sizeof sql - n, "%s", tail);
    r = mb_sql_prepare(store, ret, err, sql, "");
    for (size_t i = 0; r >= 0 && i < FILTER_COUNT; i++) {
        const char *value = filter_value(filter, i);

        if (value && sqlite3_bind_text(*ret, position++, value, -1, SQLITE_TRANSIENT) != SQLITE_OK)
            r = mb_sql_error(store, err);
    }
    if (r < 0) {
        (void)sqlite3_finalize(*ret);
        *ret = NULL;
    }
    return r;
}

static int find_total(struct mb_store *store, const struct mb_record_filter *filter, uint64_t *ret,
                      struct mb_error *err)
{
    sqlite3_stmt *statement = NULL;
    int r = find_prepare(store, filter, "count(*)", "", &statement, err);

    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, err);
    if (r > 0)
        *ret = (uint64_t)sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

static int find_rows(struct mb_store *store, const struct mb_record_filter *filter, uint64_t offset,
                     uint64_t count, json_t *list, struct mb_error *err)
{
    sqlite3_stmt *statement = NULL;
    char tail[96];
    int r;

    (void)snprintf(tail, sizeof tail, " ORDER BY id DESC LIMIT %lld OFFSET %lld",
                   (long long)(count > INT64_MAX ? INT64_MAX : count),
                   (long long)(offset > INT64_MAX ? INT64_MAX : offset));
    r = find_prepare(store, filter,
                     "uuid, bench, motor_id, manufacturer, model, started, ended, state, verdict, simulated",
                     tail, &statement, err);
    if (r < 0)
        return r;
    while ((r = mb_sql_step(store, statement, err)) > 0) {
        json_t *row = row_json(statement);

        make_boolean(row, "simulated");
        (void)json_array_append_new(list, row);
    }
    (void)sqlite3_finalize(statement);
    return r;
}

int mb_store_find(struct mb_store *store, const struct mb_record_filter *filter, uint64_t offset,
                  uint64_t count, json_t **ret, uint64_t *ret_total, struct mb_error *err)
{
    json_t *list;
    uint64_t total = 0;
    int r;

    for (size_t i = 0; i < FILTER_COUNT; i++)
        if (filters[i].is_date && filter_value(filter, i) && !is_date(filter_value(filter, i)))
            return mb_error_set(err, -EINVAL, "%s: not a date, write YYYY-MM-DD or YYYY-MM-DDTHH:MM",
                                filter_value(filter, i));
    list = json_array();
    r = find_total(store, filter, &total, err);
    if (r >= 0)
        r = find_rows(store, filter, offset, count, list, err);
    if (r < 0) {
        json_decref(list);
        return r;
    }
    *ret = list;
    *ret_total = total;
    return 0;
}

/* ---------------------------------------------------------------- lookup */

/* Lower-case copy of what may begin a UUID. */
static int prefix_read(const char *uuid, char ret[static MB_UUID_SIZE], struct mb_error *err)
{
    size_t n = strlen(uuid);

    if (n < PREFIX_MIN)
        return mb_error_set(err, -EINVAL, "%s: give at least %d characters of the record's UUID", uuid,
                            PREFIX_MIN);
    if (n >= MB_UUID_SIZE || strspn(uuid, "0123456789abcdefABCDEF-") != n)
        return mb_error_set(err, -ENOENT, "%.64s: no such record", uuid);
    for (size_t i = 0; i <= n; i++)
        ret[i] = (char)tolower((unsigned char)uuid[i]);
    return 0;
}

int mb_run_lookup(struct mb_store *store, const char *uuid, int64_t *ret_id, struct mb_error *err)
{
    char prefix[MB_UUID_SIZE];
    sqlite3_stmt *statement;
    int64_t id = 0;
    int found = 0, r = prefix_read(uuid, prefix, err);

    if (r >= 0)
        r = mb_sql_prepare(store, &statement, err,
                           "SELECT id FROM run WHERE uuid >= ?1 AND uuid < ?1 || '~' LIMIT 2", "t", prefix);
    if (r < 0)
        return r;
    while ((r = mb_sql_step(store, statement, err)) > 0) {
        id = sqlite3_column_int64(statement, 0);
        found++;
    }
    (void)sqlite3_finalize(statement);
    if (r < 0)
        return r;
    if (found == 0)
        return mb_error_set(err, -ENOENT, "%s: no such record", uuid);
    if (found > 1)
        return mb_error_set(err, -ENOTUNIQ, "%s: several records begin so, give more of the UUID", uuid);
    *ret_id = id;
    return 0;
}

/* ------------------------------------------------------------------ load */

/* Without memory the parser often has no reason to give, or takes a string that it had no room for for a
 * wrong one: errno knows, which the caller has cleared. */
static bool is_memory(const json_error_t *error)
{
    return errno == ENOMEM || json_error_code(error) == json_error_out_of_memory ||
           json_error_code(error) == json_error_unknown;
}

/* -EBADMSG: not what an entry is. */
static int entry_json(sqlite3_stmt *statement, json_t **ret)
{
    json_error_t error = {.line = 0};
    const char *text = mb_sql_text(statement, 4);
    json_t *payload;
    int r;

    errno = 0;
    payload = json_loads(text, JSON_ALLOW_NUL, &error);
    if (!json_is_object(payload)) {
        r = !payload && is_memory(&error) ? -ENOMEM : -EBADMSG;
        json_decref(payload);
        return r;
    }
    r = json_object_set_new(payload, "seq", mb_sql_json(statement, 0));
    r |= json_object_set_new(payload, "time", mb_sql_json(statement, 1));
    r |= json_object_set_new(payload, "t_s", json_real((double)sqlite3_column_int64(statement, 2) / 1e9));
    r |= json_object_set_new(payload, "type", mb_sql_json(statement, 3));
    r |= json_object_set_new(payload, "hash", mb_sql_json(statement, 5));
    if (r < 0) {
        json_decref(payload);
        return -ENOMEM;
    }
    *ret = payload;
    return 0;
}

/* A search compares whole entries, also those of other runs that it comes past; one whose pages are damaged
 * ends it. Going through all of them looks at their numbers only. */
static int can_search(struct mb_store *store, int64_t run)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(store, &statement, NULL, "SELECT count(*) FROM entry WHERE run = ?", "i", run);

    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, NULL);
    (void)sqlite3_finalize(statement);
    return r == -EBADMSG ? 0 : 1; /* whatever else it is comes again */
}

int mb_entries_prepare(struct mb_store *store, int64_t run, sqlite3_stmt **ret, struct mb_error *err)
{
    int r = can_search(store, run);

    if (r == 0)
        return mb_sql_prepare(store, ret, err,
                              "SELECT seq, time, t_ns, type, payload, hash FROM entry NOT INDEXED"
                              " WHERE +run = ? ORDER BY run, seq",
                              "i", run);
    return mb_sql_prepare(store, ret, err,
                          "SELECT seq, time, t_ns, type, payload, hash FROM entry WHERE run = ? ORDER BY seq",
                          "i", run);
}

static int load_entries(struct mb_store *store, int64_t run, json_t *document, struct mb_error *err)
{
    json_t *list = json_array(), *entry = NULL;
    sqlite3_stmt *statement;
    int64_t number = 1; /* of the next one */
    int r;

    (void)json_object_set_new(document, "entries", list);
    r = mb_entries_prepare(store, run, &statement, err);
    if (r < 0)
        return r;
    while ((r = mb_sql_step(store, statement, err)) > 0) {
        number = sqlite3_column_int64(statement, 0);
        r = entry_json(statement, &entry);
        /* A reading that is missing would be another result. */
        if (r == 0 && json_array_append_new(list, entry) < 0)
            r = -ENOMEM;
        if (r < 0)
            break;
        number++;
    }
    (void)sqlite3_finalize(statement);
    if (r == -ENOMEM)
        return mb_error_set(err, r, "%s: not enough memory for a record", store->path);
    if (r == -EBADMSG)
        return mb_error_set(err, r, "%s: entry %lld of record %s is damaged", store->path, (long long)number,
                            mb_json_text(document, "uuid"));
    return r;
}

static int load_frozen(struct mb_store *store, int64_t run, json_t *document, struct mb_error *err)
{
    json_t *list = json_array();
    sqlite3_stmt *statement;
    int r;

    (void)json_object_set_new(document, "frozen", list);
    r = mb_sql_prepare(store, &statement, err,
                       "SELECT name, sha256, length(bytes) AS size FROM frozen WHERE run = ? ORDER BY name",
                       "i", run);
    if (r < 0)
        return r;
    while ((r = mb_sql_step(store, statement, err)) > 0)
        if (json_array_append_new(list, row_json(statement)) < 0) {
            r = -ENOMEM;
            break;
        }
    (void)sqlite3_finalize(statement);
    return r;
}

static int load_head(struct mb_store *store, int64_t run, json_t **ret, struct mb_error *err)
{
    sqlite3_stmt *statement;
    json_t *document;
    int r = mb_sql_prepare(
        store, &statement, err,
        "SELECT 'motorbench-record/1' AS format, uuid, simulated, time_factor, bench, started, ended,"
        " state, verdict, reason, program_version, build FROM run WHERE id = ?",
        "i", run);

    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, err);
    if (r > 0) {
        document = row_json(statement);
        make_boolean(document, "simulated");
        (void)json_object_set_new(document, "program",
                                  json_pack("{s:o, s:o}", "version", mb_sql_json(statement, 10), "build",
                                            mb_sql_json(statement, 11)));
        (void)json_object_del(document, "program_version");
        (void)json_object_del(document, "build");
        *ret = document;
    }
    (void)sqlite3_finalize(statement);
    return r == 0 ? mb_error_set(err, -ENOENT, "%s: no such record", store->path) : r;
}

/* The document under "evaluation", or the payload as a whole. */
static json_t *evaluation_of(const json_t *entry)
{
    static const char *const own[] = {"seq", "time", "t_s", "type", "hash"};
    json_t *inner = json_object_get(entry, "evaluation"), *copy;

    if (json_is_object(inner))
        return json_incref(inner);
    copy = json_copy((json_t *)entry);
    for (size_t k = 0; k < sizeof own / sizeof own[0]; k++)
        (void)json_object_del(copy, own[k]);
    return copy;
}

/* What the run entry and the last evaluation entry say, brought to the top of the document. */
static void lift(json_t *document)
{
    static const char *const from_run[] = {"laboratory",  "motor", "sample",
                                           "instruments", "plan",  "inspection"};
    json_t *entry;
    size_t i;

    (void)json_object_set_new(document, "evaluation", json_null());
    json_array_foreach(json_object_get(document, "entries"), i, entry)
    {
        if (mb_json_text_is(entry, "type", "run"))
            for (size_t k = 0; k < sizeof from_run / sizeof from_run[0]; k++)
                if (json_object_get(entry, from_run[k]))
                    (void)json_object_set(document, from_run[k], json_object_get(entry, from_run[k]));
        if (mb_json_text_is(entry, "type", "evaluation"))
            (void)json_object_set_new(document, "evaluation", evaluation_of(entry));
        /* The item that makes the sheet begins again: what was evaluated before counts no longer. */
        if (mb_json_text_is(entry, "type", "item") && json_is_true(json_object_get(entry, "sheet")))
            (void)json_object_set_new(document, "evaluation", json_null());
    }
}

int mb_run_document(struct mb_store *store, int64_t run, json_t **ret, struct mb_error *err)
{
    json_t *document = NULL, *sheet = NULL;
    int r = load_head(store, run, &document, err);

    if (r >= 0)
        r = load_entries(store, run, document, err);
    if (r >= 0)
        r = load_frozen(store, run, document, err);
    if (r < 0) {
        json_decref(document);
        return r;
    }
    lift(document);
    mb_mark_replaced(json_object_get(document, "entries"));
    if (mb_record_sheet(document, &sheet, NULL) < 0)
        sheet = json_null();
    (void)json_object_set_new(document, "sheet", sheet);
    (void)json_object_set_new(document, "items", mb_record_items(document));
    *ret = document;
    return 0;
}

int mb_store_load(struct mb_store *store, const char *uuid, json_t **ret, struct mb_error *err)
{
    int64_t id;
    int r = mb_run_lookup(store, uuid, &id, err);

    return r < 0 ? r : mb_run_document(store, id, ret, err);
}

int mb_run_frozen(struct mb_store *store, int64_t run, const char *name, char **ret, size_t *ret_size,
                  struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(store, &statement, err, "SELECT bytes FROM frozen WHERE run = ? AND name = ?",
                           "it", run, name);

    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, err);
    if (r > 0) {
        size_t size = (size_t)sqlite3_column_bytes(statement, 0);
        const void *bytes = sqlite3_column_blob(statement, 0);
        char *copy = malloc(size + 1);

        r = copy ? 0 : -ENOMEM;
        if (copy) {
            if (size > 0)
                memcpy(copy, bytes, size);
            copy[size] = '\0';
            *ret = copy;
            *ret_size = size;
        }
    } else if (r == 0)
        r = mb_error_set(err, -ENOENT, "%s: not frozen in this record", name);
    (void)sqlite3_finalize(statement);
    return r;
}

int mb_store_frozen(struct mb_store *store, const char *uuid, const char *name, char **ret, size_t *ret_size,
                    struct mb_error *err)
{
    int64_t id;
    int r = mb_run_lookup(store, uuid, &id, err);

    return r < 0 ? r : mb_run_frozen(store, id, name, ret, ret_size, err);
}
