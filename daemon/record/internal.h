/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of this folder only. */
#pragma once

#include <sqlite3.h>

#include "record/record.h"

#define MB_SCHEMA_VERSION 1

struct mb_store {
    sqlite3 *db;
    char *path;
    bool read_only, bundle;
};

struct mb_record {
    struct mb_store *store; /* borrowed: the store outlives its records */
    int64_t id;
    char uuid[MB_UUID_SIZE];
};

/* store.c. A bundle: to be filled, at a path where nothing is; and for reading, its tables looked at. */
int mb_store_create_bundle(const char *path, struct mb_store **ret, struct mb_error *err);
int mb_store_open_bundle(const char *path, struct mb_store **ret, struct mb_error *err);

/* sql.c. Types of the arguments, one letter each: t text (NULL allowed), i int64_t, r double, b bytes and
 * size_t. */
int mb_sql_prepare(struct mb_store *store, sqlite3_stmt **ret, struct mb_error *err, const char *sql,
                   const char *types, ...);
/* Runs one statement that gives no rows. */
int mb_sql_run(struct mb_store *store, struct mb_error *err, const char *sql, const char *types, ...);
/* 1: a row; 0: no more; negative: error. */
int mb_sql_step(struct mb_store *store, sqlite3_stmt *statement, struct mb_error *err);
int mb_sql_begin(struct mb_store *store, struct mb_error *err); /* for writing */
/* Ends what mb_sql_begin began: commits when r >= 0, else rolls back. Returns r, or why the commit failed. */
int mb_sql_end(struct mb_store *store, int r, struct mb_error *err);
/* Negative errno of the last failure, with "PATH: what SQLite says" in err. */
int mb_sql_error(struct mb_store *store, struct mb_error *err);
/* Text of a column, never NULL. */
const char *mb_sql_text(sqlite3_stmt *statement, int column);
/* JSON of a column: string, integer, real or null. */
json_t *mb_sql_json(sqlite3_stmt *statement, int column);

/* verify.c. A text that holds a NUL would end early in our eyes and hide what follows it. */
bool mb_texts_whole(sqlite3_stmt *statement);

/* append.c. Within mb_sql_begin: one entry with the next number and its hash. */
int mb_entry_insert(struct mb_store *store, int64_t run, int64_t t_ns, const char *type,
                    const json_t *payload, struct mb_error *err);
/* As stored and hashed: compact, keys sorted, doubles with 17 significant digits. NULL: no memory. */
char *mb_payload_text(const json_t *payload);
/* Writes the final "state" entry and closes the run's row. Within mb_sql_begin. */
int mb_run_end(struct mb_store *store, int64_t run, const json_t *final, struct mb_error *err);

/* query.c. The entries of a run in their order: seq, time, t_ns, type, payload, hash. Past what is damaged of
 * other runs. */
int mb_entries_prepare(struct mb_store *store, int64_t run, sqlite3_stmt **ret, struct mb_error *err);
/* A UUID or a unique prefix to the key of the run's row. */
int mb_run_lookup(struct mb_store *store, const char *uuid, int64_t *ret_id, struct mb_error *err);
/* The export document of a run. */
int mb_run_document(struct mb_store *store, int64_t run, json_t **ret, struct mb_error *err);
int mb_run_frozen(struct mb_store *store, int64_t run, const char *name, char **ret, size_t *ret_size,
                  struct mb_error *err);

/* sheet.c. Gives each reading that no longer counts the key "replaced_by", the number of the entry that made
 * it so. */
void mb_mark_replaced(json_t *entries);

/* recompute.c. {"ok","same_build","differences":[...]}, with "note" when there is nothing to recompute or it
 * failed. */
int mb_run_recompute(struct mb_store *store, int64_t run, const json_t *document, json_t **ret,
                     struct mb_error *err);
/* Appends {"path","stored","recomputed"} for each difference of two JSON values. exact: equal doubles, and
 * keys that only the recomputation has count too. */
int mb_json_compare(const char *path, const json_t *stored, const json_t *recomputed, bool exact,
                    json_t *differences);

/* build.c. What computed: the linker's build id of the running program, the C library and whether its
 * mathematics use fused multiply-add. Two runs with the same text give the same doubles. */
#define MB_BUILD_SIZE 128
void mb_build_identity(char buffer[static MB_BUILD_SIZE]);
