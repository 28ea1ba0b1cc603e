/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdarg.h>

#include "record/internal.h"

static int errno_of(int code)
{
    static const struct {
        int code, error;
    } table[] = {
        {SQLITE_FULL, ENOSPC},    {SQLITE_NOMEM, ENOMEM}, {SQLITE_READONLY, EROFS},
        {SQLITE_BUSY, EBUSY},     {SQLITE_LOCKED, EBUSY}, {SQLITE_CONSTRAINT, EEXIST},
        {SQLITE_TOOBIG, EFBIG},   {SQLITE_PERM, EACCES},  {SQLITE_CORRUPT, EBADMSG},
        {SQLITE_NOTADB, EBADMSG},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].code == (code & 0xff))
            return -table[i].error;
    return -EIO;
}

int mb_sql_error(struct mb_store *store, struct mb_error *err)
{
    return mb_error_set(err, errno_of(sqlite3_extended_errcode(store->db)), "%s: %s", store->path,
                        sqlite3_errmsg(store->db));
}

static int bind(sqlite3_stmt *statement, const char *types, va_list ap)
{
    int code = SQLITE_OK;

    for (int i = 1; types[i - 1] && code == SQLITE_OK; i++)
        switch (types[i - 1]) {
        case 't':
            code = sqlite3_bind_text(statement, i, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
            break;
        case 'i':
            code = sqlite3_bind_int64(statement, i, va_arg(ap, int64_t));
            break;
        case 'r':
            code = sqlite3_bind_double(statement, i, va_arg(ap, double));
            break;
        case 'b': {
            const void *bytes = va_arg(ap, const void *);
            size_t size = va_arg(ap, size_t);

            code = sqlite3_bind_blob64(statement, i, size > 0 ? bytes : "", size, SQLITE_TRANSIENT);
            break;
        }
        default:
            code = SQLITE_MISUSE;
        }
    return code;
}

static int prepare(struct mb_store *store, sqlite3_stmt **ret, struct mb_error *err, const char *sql,
                   const char *types, va_list ap)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return mb_sql_error(store, err);
    if (bind(statement, types, ap) != SQLITE_OK) {
        int r = mb_sql_error(store, err);

        (void)sqlite3_finalize(statement);
        return r;
    }
    *ret = statement;
    return 0;
}

int mb_sql_prepare(struct mb_store *store, sqlite3_stmt **ret, struct mb_error *err, const char *sql,
                   const char *types, ...)
{
    va_list ap;
    int r;

    va_start(ap, types);
    r = prepare(store, ret, err, sql, types, ap);
    va_end(ap);
    return r;
}

int mb_sql_step(struct mb_store *store, sqlite3_stmt *statement, struct mb_error *err)
{
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        return mb_sql_error(store, err);
    }
}

int mb_sql_run(struct mb_store *store, struct mb_error *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement = NULL;
    va_list ap;
    int r;

    va_start(ap, types);
    r = prepare(store, &statement, err, sql, types, ap);
    va_end(ap);
    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, err);
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

int mb_sql_begin(struct mb_store *store, struct mb_error *err)
{
    return mb_sql_run(store, err, "BEGIN IMMEDIATE", "");
}

int mb_sql_end(struct mb_store *store, int r, struct mb_error *err)
{
    int committed;

    if (r >= 0) {
        committed = mb_sql_run(store, err, "COMMIT", "");
        if (committed >= 0)
            return r;
        r = committed;
    }
    /* Some failures have rolled back already: a second ROLLBACK then only says so. */
    if (!sqlite3_get_autocommit(store->db))
        (void)mb_sql_run(store, NULL, "ROLLBACK", "");
    return r;
}

const char *mb_sql_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    return text ? text : "";
}

json_t *mb_sql_json(sqlite3_stmt *statement, int column)
{
    json_t *text;

    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
        return json_real(sqlite3_column_double(statement, column));
    case SQLITE_TEXT:
        text = json_string(mb_sql_text(statement, column));
        return text ? text : json_null(); /* a damaged text that is not UTF-8 */
    default:
        return json_null();
    }
}
