/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verification: walks the chain, compares the run's row and the frozen data with what the entries say about
 * them, and has the result recomputed. Every fault is named: which table, which entry or name. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/seal_internal.h"
#include "record/waveform.h"

struct check {
    struct mb_store *store;
    int64_t run;
    struct x509_store_st *authorities; /* may be NULL */
    json_t *problems;                  /* sentences */
    json_t *bad_frozen, *bad_columns;
    json_t *expected;                  /* column of the run's row -> value that the entries say */
    json_t *frozen;                    /* name -> SHA-256 that the entries say */
    json_t *waveforms, *bad_waveforms; /* names of recordings that entries speak of */
    int64_t entries, first_bad_seq;    /* 0: none */
    char previous[MB_HASH_SIZE];       /* hash of the entry before, as stored */
};

static void __attribute__((format(printf, 2, 3))) problem(struct check *check, const char *format, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    (void)json_array_append_new(check->problems, json_string(text));
}

static void bad_entry(struct check *check, int64_t seq, const char *what)
{
    if (check->first_bad_seq == 0)
        check->first_bad_seq = seq;
    problem(check, "entry %lld: %s", (long long)seq, what);
}

bool mb_texts_whole(sqlite3_stmt *statement)
{
    for (int i = 0; i < sqlite3_column_count(statement); i++)
        if (sqlite3_column_type(statement, i) == SQLITE_TEXT &&
            strlen(mb_sql_text(statement, i)) != (size_t)sqlite3_column_bytes(statement, i))
            return false;
    return true;
}

/* What an entry says about the run's row and the frozen data. */
static void entry_expect(struct check *check, const char *type, const json_t *payload)
{
    if (strcmp(type, "head") == 0)
        (void)json_object_update(check->expected, (json_t *)payload);
    else if (strcmp(type, "state") == 0) {
        static const char *const keys[] = {"state", "ended", "verdict", "reason"};
        bool final = json_object_get(payload, "ended") != NULL;

        for (size_t i = 0; i < (final ? 4u : 1u); i++)
            if (json_object_get(payload, keys[i]))
                (void)json_object_set(check->expected, keys[i], json_object_get(payload, keys[i]));
    } else if (strcmp(type, "frozen") == 0 && json_is_string(json_object_get(payload, "name")))
        (void)json_object_set(check->frozen, json_string_value(json_object_get(payload, "name")),
                              json_object_get(payload, "sha256"));
    else if (strcmp(type, "waveform") == 0 && json_is_string(json_object_get(payload, "name")))
        (void)json_array_append(check->waveforms, json_object_get(payload, "name"));
}

static int entry_check(struct check *check, sqlite3_stmt *statement)
{
    struct mb_hash_entry entry = {
        .previous = check->previous,
        .seq = sqlite3_column_int64(statement, 0),
        .time = mb_sql_text(statement, 1),
        .t_ns = sqlite3_column_int64(statement, 2),
        .type = mb_sql_text(statement, 3),
        .payload = mb_sql_text(statement, 4),
    };
    char hash[MB_HASH_SIZE];
    json_t *payload;
    int r = mb_hash_entry(&entry, hash);

    if (r < 0)
        return r;
    check->entries++;
    if (entry.seq != check->entries) {
        bad_entry(check, check->entries, "missing");
        check->entries = entry.seq;
    }
    if (!mb_texts_whole(statement) || strcmp(hash, mb_sql_text(statement, 5)) != 0)
        bad_entry(check, entry.seq, "its content does not match its hash");
    /* The next entry is held against the hash that is stored, so that one changed byte does not blame all
     * that follow. */
    (void)snprintf(check->previous, sizeof check->previous, "%s", mb_sql_text(statement, 5));
    payload = json_loads(entry.payload, JSON_ALLOW_NUL, NULL);
    if (json_is_object(payload))
        entry_expect(check, entry.type, payload);
    json_decref(payload);
    return 0;
}

static int chain_check(struct check *check, struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_entries_prepare(check->store, check->run, &statement, err);

    if (r < 0)
        return r;
    (void)snprintf(check->previous, sizeof check->previous, "%s", MB_HASH_NONE);
    while ((r = mb_sql_step(check->store, statement, err)) > 0) {
        int e = entry_check(check, statement);

        if (e < 0) {
            r = mb_error_set(err, e, "%s: hashing failed", check->store->path);
            break;
        }
    }
    (void)sqlite3_finalize(statement);
    if (r == -EBADMSG) { /* the disk does not give it back: a finding of this record */
        bad_entry(check, check->entries + 1, "cannot be read");
        return 0;
    }
    return r;
}

static void column_check(struct check *check, sqlite3_stmt *statement, int column)
{
    const char *name = sqlite3_column_name(statement, column);
    json_t *actual = mb_sql_json(statement, column), *expected = json_object_get(check->expected, name);

    if (!(expected ? json_equal(expected, actual) : json_is_null(actual))) {
        (void)json_array_append_new(check->bad_columns, json_string(name));
        problem(check, "run: %s is not what the entries say", name);
    }
    json_decref(actual);
}

static int run_check(struct check *check, struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r =
        mb_sql_prepare(check->store, &statement, err,
                       "SELECT last_seq, last_hash, uuid, bench, motor_id, manufacturer, model, simulated,"
                       " time_factor, program_version, build, started, ended, state, verdict, reason"
                       " FROM run WHERE id = ?",
                       "i", check->run);

    if (r < 0)
        return r;
    (void)json_object_set_new(check->expected, "last_seq", json_integer(check->entries));
    (void)json_object_set_new(check->expected, "last_hash", json_string(check->previous));
    r = mb_sql_step(check->store, statement, err);
    if (r > 0) {
        int64_t last = sqlite3_column_int64(statement, 0);

        if (last > check->entries && check->first_bad_seq != check->entries + 1)
            bad_entry(check, check->entries + 1, "missing at the end of the chain");
        if (!mb_texts_whole(statement))
            problem(check, "run: a text holds a NUL");
        for (int i = 0; i < sqlite3_column_count(statement); i++)
            column_check(check, statement, i);
    }
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

static void bad_frozen(struct check *check, const char *name, const char *what)
{
    (void)json_array_append_new(check->bad_frozen, json_string(name));
    problem(check, "frozen %s: %s", name, what);
}

static int frozen_row_check(struct check *check, sqlite3_stmt *statement)
{
    const char *name = mb_sql_text(statement, 0), *stored = mb_sql_text(statement, 1);
    const char *promised = json_string_value(json_object_get(check->frozen, name));
    const void *bytes = sqlite3_column_blob(statement, 2);
    size_t size = (size_t)sqlite3_column_bytes(statement, 2);
    char hash[MB_HASH_SIZE];
    int r = mb_hash(&(struct mb_hash_part){size > 0 ? bytes : "", size}, 1, hash);

    if (r < 0)
        return r;
    if (!promised)
        bad_frozen(check, name, "no entry speaks of it");
    else if (strcmp(promised, hash) != 0)
        bad_frozen(check, name, "its bytes do not match the hash in its entry");
    else if (strcmp(stored, hash) != 0 || !mb_texts_whole(statement))
        bad_frozen(check, name, "the hash beside its bytes was changed");
    (void)json_object_del(check->frozen, name);
    return 0;
}

static int frozen_check(struct check *check, struct mb_error *err)
{
    sqlite3_stmt *statement;
    const char *name;
    json_t *hash;
    int r =
        mb_sql_prepare(check->store, &statement, err,
                       "SELECT name, sha256, bytes FROM frozen WHERE run = ? ORDER BY name", "i", check->run);

    if (r < 0)
        return r;
    while ((r = mb_sql_step(check->store, statement, err)) > 0) {
        int e = frozen_row_check(check, statement);

        if (e < 0) {
            r = mb_error_set(err, e, "%s: hashing failed", check->store->path);
            break;
        }
    }
    (void)sqlite3_finalize(statement);
    json_object_foreach(check->frozen, name, hash)
        bad_frozen(check, name, r == -EBADMSG ? "it, or one before it, cannot be read" : "missing");
    return r == -EBADMSG ? 0 : r;
}

/* Recordings beside the store. */
static int waveforms_check(struct check *check, const char *uuid, struct mb_error *err)
{
    json_t *name;
    size_t i;

    json_array_foreach(check->waveforms, i, name)
    {
        struct mb_error why = {""};
        struct mb_waveform waveform;
        int r = mb_store_waveform(check->store, uuid, json_string_value(name), &waveform, &why);

        if (r == 0) {
            char hash[MB_HASH_SIZE];

            r = mb_hash_file(waveform.fd, -1, hash);
            (void)close(waveform.fd);
            if (r == 0 && strcmp(hash, waveform.sha256) == 0)
                continue;
            (void)mb_error_set(&why, -EBADMSG, "its bytes do not match the hash in its entry");
        }
        if (r == -ENOMEM)
            return mb_error_set(err, r, "not enough memory");
        (void)json_array_append(check->bad_waveforms, name);
        problem(check, "recording %s: %s", json_string_value(name), why.text);
    }
    return 0;
}

/* A record too damaged to be read is a finding, not an error. */
static int result_check(struct check *check, json_t **ret, struct mb_error *err)
{
    struct mb_error why = {""};
    json_t *document = NULL;
    int r = mb_run_document(check->store, check->run, &document, &why);

    if (r == -EBADMSG) {
        *ret = json_pack("{s:b, s:b, s:[], s:s}", "ok", 0, "same_build", 0, "differences", "note", why.text);
        return 0;
    }
    if (r < 0)
        return mb_error_set(err, r, "%s", why.text);
    r = mb_run_recompute(check->store, check->run, document, ret, err);
    json_decref(document);
    return r;
}

static void result_problems(struct check *check, const json_t *recomputed)
{
    json_t *difference, *note = json_object_get(recomputed, "note");
    size_t i;

    if (!json_is_true(json_object_get(recomputed, "ok")) && note)
        problem(check, "recomputation: %s", json_string_value(note));
    json_array_foreach(json_object_get(recomputed, "differences"), i, difference)
        problem(check, "recomputation: %s differs from what is stored",
                json_string_value(json_object_get(difference, "path")));
}

static json_t *summary(struct check *check, const char *asked, json_t *recomputed, json_t *seals)
{
    const char *uuid = json_string_value(json_object_get(check->expected, "uuid"));

    return json_pack(
        "{s:s, s:b, s:I, s:s, s:{s:b, s:o}, s:{s:b, s:O}, s:{s:b, s:O}, s:{s:b, s:O}, s:o, s:o, s:O}", "uuid",
        uuid ? uuid : asked, "ok", json_array_size(check->problems) == 0, "entries",
        (json_int_t)check->entries, "head", check->previous, "chain", "ok", check->first_bad_seq == 0,
        "first_bad_seq", check->first_bad_seq ? json_integer(check->first_bad_seq) : json_null(), "run", "ok",
        json_array_size(check->bad_columns) == 0, "bad", check->bad_columns, "frozen", "ok",
        json_array_size(check->bad_frozen) == 0, "bad", check->bad_frozen, "waveforms", "ok",
        json_array_size(check->bad_waveforms) == 0, "bad", check->bad_waveforms, "seals", seals, "recomputed",
        recomputed, "problems", check->problems);
}

/* {"ok", "bad", "signatures", "timestamps"}; what is wrong with them joins the other problems. */
static int seals_check(struct check *check, json_t **ret, struct mb_error *err)
{
    int r = mb_seals_check(check->store, check->run, check->authorities, ret, err);

    if (r < 0)
        return r;
    (void)json_array_extend(check->problems, json_object_get(*ret, "problems"));
    (void)json_object_del(*ret, "problems");
    return 0;
}

static int verify(struct check *check, const char *uuid, json_t **ret, struct mb_error *err)
{
    json_t *recomputed = NULL, *seals = NULL;
    int r = chain_check(check, err);

    if (r >= 0)
        r = run_check(check, err);
    if (r >= 0)
        r = frozen_check(check, err);
    if (r >= 0)
        r = waveforms_check(check, uuid, err);
    if (r >= 0)
        r = seals_check(check, &seals, err);
    if (r >= 0)
        r = result_check(check, &recomputed, err);
    if (r < 0) {
        json_decref(seals);
        return r;
    }
    result_problems(check, recomputed);
    *ret = summary(check, uuid, recomputed, seals);
    return *ret ? 0 : -ENOMEM;
}

static int verify_with(struct mb_store *store, const char *uuid, struct x509_store_st *authorities,
                       json_t **ret, struct mb_error *err)
{
    struct check check = {.store = store, .authorities = authorities};
    int r = mb_sql_run(store, err, "BEGIN", ""); /* one state of the file for all that is read */

    if (r < 0)
        return r;
    check.problems = json_array();
    check.bad_frozen = json_array();
    check.bad_columns = json_array();
    check.waveforms = json_array();
    check.bad_waveforms = json_array();
    check.expected = json_pack("{s:s}", "state", "preparing");
    check.frozen = json_object();
    r = mb_run_lookup(store, uuid, &check.run, err);
    if (r >= 0)
        r = verify(&check, uuid, ret, err);
    json_decref(check.problems);
    json_decref(check.bad_frozen);
    json_decref(check.bad_columns);
    json_decref(check.waveforms);
    json_decref(check.bad_waveforms);
    json_decref(check.expected);
    json_decref(check.frozen);
    (void)mb_sql_run(store, NULL, "ROLLBACK", ""); /* nothing was written; a damaged file commits nothing */
    return r;
}

int mb_store_verify(struct mb_store *store, const char *uuid, json_t **ret, struct mb_error *err)
{
    return verify_with(store, uuid, NULL, ret, err);
}

int mb_store_verify_trust(struct mb_store *store, const char *uuid, const char *authorities, json_t **ret,
                          struct mb_error *err)
{
    struct x509_store_st *trusted = NULL;
    int r = authorities ? mb_authorities_load(authorities, &trusted, err) : 0;

    if (r >= 0)
        r = verify_with(store, uuid, trusted, ret, err);
    (void)mb_authorities_free(trusted);
    return r;
}
