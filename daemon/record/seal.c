/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking signatures and time stamps. A seal's row has the shape of an entry and is hashed like one; the chain
 * of seals begins at the head of the record's chain. */
#include "record/seal.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "record/seal_internal.h"

#define WORDS_MAX 200u
#define CLOCKS_APART_S 300 /* of the approver's machine and this one */

int mb_seal_subject_read(struct mb_store *store, int64_t run, struct mb_seal_subject *ret,
                         struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(store, &statement, err,
                           "SELECT uuid, last_hash, ifnull(verdict, ''), last_seq, simulated,"
                           " ifnull(CAST(strftime('%s', ended) AS INTEGER), 0) FROM run WHERE id = ?",
                           "i", run);

    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, err);
    if (r > 0) {
        *ret = (struct mb_seal_subject){.run = run,
                                        .entries = sqlite3_column_int64(statement, 3),
                                        .simulated = sqlite3_column_int64(statement, 4) != 0,
                                        .ended_s = sqlite3_column_int64(statement, 5)};
        (void)snprintf(ret->uuid, sizeof ret->uuid, "%s", mb_sql_text(statement, 0));
        (void)snprintf(ret->head, sizeof ret->head, "%s", mb_sql_text(statement, 1));
        (void)snprintf(ret->verdict, sizeof ret->verdict, "%s", mb_sql_text(statement, 2));
    }
    (void)sqlite3_finalize(statement);
    return r == 0 ? mb_error_set(err, -ENOENT, "%s: no such record", store->path) : r < 0 ? r : 0;
}

static int ended_subject(struct mb_store *store, const char *uuid, struct mb_seal_subject *ret,
                         struct mb_error *err)
{
    int64_t run;
    int r = mb_run_lookup(store, uuid, &run, err);

    if (r >= 0)
        r = mb_seal_subject_read(store, run, ret, err);
    if (r >= 0 && ret->ended_s == 0)
        r = mb_error_set(err, -ESTALE, "the run has not ended: its record still grows");
    return r;
}

/* The record can be sealed by a person: of a real motor, ended, and as it was written. */
static int signable_subject(struct mb_store *store, const char *uuid, struct mb_seal_subject *ret,
                            struct mb_error *err)
{
    json_t *result = NULL;
    int r = ended_subject(store, uuid, ret, err);

    if (r >= 0 && ret->simulated)
        r = mb_error_set(err, -ESTALE, "a simulated run cannot be signed: no motor was tested");
    if (r >= 0)
        r = mb_store_verify(store, ret->uuid, &result, err);
    if (r >= 0 && !json_is_true(json_object_get(result, "ok")))
        r = mb_error_set(err, -ESTALE, "the record does not verify: %s",
                         json_string_value(json_array_get(json_object_get(result, "problems"), 0)));
    json_decref(result);
    return r;
}

static int check_words(const char *name, const char *text, struct mb_error *err)
{
    if (!*text || strlen(text) > WORDS_MAX || strpbrk(text, "\r\n\t"))
        return mb_error_set(err, -EINVAL, "%s: one line of 1 to %u bytes is needed", name, WORDS_MAX);
    return 0;
}

static json_t *statement_of(const struct mb_seal_subject *subject)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:s}", "format", MB_STATEMENT_FORMAT, "uuid", subject->uuid,
                     "head", subject->head, "entries", (json_int_t)subject->entries, "verdict",
                     subject->verdict);
}

int mb_store_statement(struct mb_store *store, const char *uuid, const char *who, const char *meaning,
                       char **ret, struct mb_error *err)
{
    struct mb_seal_subject subject;
    char when[32];
    json_t *json;
    int r = check_words("who", who, err);

    if (r >= 0)
        r = check_words("meaning", meaning, err);
    if (r >= 0)
        r = signable_subject(store, uuid, &subject, err);
    if (r < 0)
        return r;
    mb_seal_time_text((int64_t)time(NULL), when);
    json = statement_of(&subject);
    if (json && json_object_set_new(json, "who", json_string(who)) == 0 &&
        json_object_set_new(json, "when", json_string(when)) == 0 &&
        json_object_set_new(json, "meaning", json_string(meaning)) == 0)
        *ret = json_dumps(json, JSON_COMPACT);
    else
        r = mb_error_set(err, -EINVAL, "who and meaning must be UTF-8 text");
    json_decref(json);
    return r < 0 ? r : *ret ? 0 : -ENOMEM;
}

/* What the statement says of the record, against the record. */
static int statement_check(const struct mb_seal_subject *subject, const json_t *statement,
                           struct mb_error *err)
{
    json_t *expected = statement_of(subject), *value;
    const char *key;
    int r = expected ? 0 : -ENOMEM;

    json_object_foreach(expected, key,
                        value) if (r == 0 && !json_equal(value, json_object_get(statement, key))) r =
        mb_error_set(err, -EBADMSG, "the statement is about another record, or another state of it: %s", key);
    json_decref(expected);
    if (r == 0 && (!json_is_string(json_object_get(statement, "who")) ||
                   !json_is_string(json_object_get(statement, "meaning"))))
        r = mb_error_set(err, -EBADMSG, "the statement does not say who signs, or what it means");
    return r;
}

static int time_check(const struct mb_seal_subject *subject, const json_t *statement,
                      const struct mb_paper *paper, struct mb_error *err)
{
    const char *when = json_string_value(json_object_get(statement, "when"));
    int64_t when_s;

    if (!when || mb_seal_time_parse(when, &when_s) < 0)
        return mb_error_set(err, -EBADMSG, "the statement has no time");
    if (when_s < subject->ended_s - CLOCKS_APART_S)
        return mb_error_set(err, -EBADMSG, "signed at %s, before the run had ended", when);
    if (when_s > (int64_t)time(NULL) + CLOCKS_APART_S)
        return mb_error_set(err, -EBADMSG, "signed at %s, which is still to come", when);
    if (when_s < paper->from_s || when_s > paper->until_s)
        return mb_error_set(err, -EBADMSG, "the certificate of %s was not valid at %s", paper->signer, when);
    return 0;
}

int mb_seal_signature(const struct mb_seal_subject *subject, const void *der, size_t size,
                      struct mb_paper *ret_paper, json_t **ret_statement, struct mb_error *err)
{
    struct mb_paper paper;
    json_t *statement;
    int r = mb_paper_signature(der, size, &paper, err);

    if (r < 0)
        return r;
    statement = json_loads(paper.content, JSON_REJECT_DUPLICATES, NULL);
    r = statement_check(subject, statement, err);
    if (r >= 0)
        r = time_check(subject, statement, &paper, err);
    if (r < 0) {
        json_decref(statement);
        mb_paper_clear(&paper);
        return r;
    }
    *ret_paper = paper;
    *ret_statement = statement;
    return 0;
}

/* ---------------------------------------------------------------- writing */

struct chain_end {
    int64_t seq;
    char hash[MB_HASH_SIZE];
};

static int remember_end(const struct mb_seal *seal, void *userdata)
{
    struct chain_end *end = userdata;

    end->seq = seal->seq;
    (void)snprintf(end->hash, sizeof end->hash, "%s", seal->hash);
    return 0;
}

static char *payload_of(const void *der, size_t size, int64_t of, const char *by)
{
    unsigned char *base64 = malloc(4 * (size / 3 + 1) + 1);
    json_t *payload;
    char *text = NULL;

    if (!base64)
        return NULL;
    (void)EVP_EncodeBlock(base64, der, (int)size);
    payload = json_pack("{s:s, s:s, s:I}", "by", by, "der", (char *)base64, "of", (json_int_t)of);
    if (payload)
        text = mb_payload_text(payload);
    json_decref(payload);
    free(base64);
    return text;
}

static int row_write(struct mb_store *store, const struct mb_seal_subject *subject, const char *type,
                     const char *payload, int64_t *ret_number, struct mb_error *err)
{
    struct chain_end end = {.seq = 0};
    char time[48], hash[MB_HASH_SIZE];
    int r;

    (void)snprintf(end.hash, sizeof end.hash, "%s", subject->head);
    r = mb_seals_each(store, subject, remember_end, &end, err);
    if (r < 0)
        return r;
    mb_wall_clock_iso8601(time, sizeof time);
    r = mb_hash_entry(
        &(struct mb_hash_entry){
            .previous = end.hash, .seq = end.seq + 1, .time = time, .type = type, .payload = payload},
        hash);
    if (r < 0)
        return mb_error_set(err, r, "%s: hashing failed", store->path);
    r = mb_sql_run(store, err,
                   "INSERT INTO seal (run, seq, time, type, payload, hash) VALUES (?, ?, ?, ?, ?, ?)",
                   "iitttt", subject->run, end.seq + 1, time, type, payload, hash);
    if (r >= 0)
        *ret_number = end.seq + 1;
    return r;
}

static struct mb_sealing sealing_of(const struct mb_seal_subject *subject, const char *type, int64_t of)
{
    struct mb_sealing sealing = {.type = type, .run = subject->run, .of = of};

    (void)snprintf(sealing.head, sizeof sealing.head, "%s", subject->head);
    return sealing;
}

static int seal_write(struct mb_store *store, const struct mb_sealing *sealing, const char *payload,
                      int64_t *ret_number, struct mb_error *err)
{
    struct mb_seal_subject subject;
    int r = mb_seal_subject_read(store, sealing->run, &subject, err);

    if (r >= 0 && strcmp(subject.head, sealing->head) != 0)
        r = mb_error_set(err, -ESTALE, "the record has changed since the seal was checked");
    return r < 0 ? r : row_write(store, &subject, sealing->type, payload, ret_number, err);
}

int mb_store_seal(struct mb_store *store, const struct mb_sealing *sealing, const void *der, size_t size,
                  const char *by, int64_t *ret_number, struct mb_error *err)
{
    char *payload = payload_of(der, size, sealing->of, by);
    int r;

    if (!payload)
        return mb_error_set(err, -ENOMEM, "%s: no memory for a seal", store->path);
    r = mb_sql_begin(store, err);
    if (r >= 0)
        r = mb_sql_end(store, seal_write(store, sealing, payload, ret_number, err), err);
    free(payload);
    return r;
}

/* ---------------------------------------------------------------- checking */

int mb_store_sign_check(struct mb_store *store, const char *uuid, const void *der, size_t size,
                        struct mb_sealing *ret, struct mb_error *err)
{
    struct mb_seal_subject subject;
    struct mb_paper paper;
    json_t *statement;
    int r = signable_subject(store, uuid, &subject, err);

    if (r < 0)
        return r;
    r = mb_seal_signature(&subject, der, size, &paper, &statement, err);
    if (r < 0)
        return r == -EBADMSG ? -EINVAL : r;
    json_decref(statement);
    mb_paper_clear(&paper);
    *ret = sealing_of(&subject, MB_SEAL_SIGNATURE, 0);
    return 0;
}

int mb_store_stamp_request(struct mb_store *store, const char *uuid, int64_t of, unsigned char **ret,
                           size_t *ret_size, struct mb_error *err)
{
    unsigned char imprint[MB_IMPRINT_SIZE];
    struct mb_seal_subject subject;
    int r = ended_subject(store, uuid, &subject, err);

    if (r >= 0)
        r = mb_seal_imprint(store, &subject, of, imprint, err);
    return r < 0 ? r : mb_stamp_request(imprint, ret, ret_size, err);
}

/* Finds what the stamp is about: the head (0), or a signature. */
struct stamp_search {
    struct mb_store *store;
    const struct mb_seal_subject *subject;
    const struct mb_hash_part *der;
    int64_t of; /* below zero: not found */
    struct mb_error *err;
};

static int try_imprint(struct stamp_search *search, int64_t of)
{
    unsigned char imprint[MB_IMPRINT_SIZE];
    struct mb_paper paper;
    int r = mb_seal_imprint(search->store, search->subject, of, imprint, search->err);

    if (r >= 0)
        r = mb_paper_stamp(search->der->bytes, search->der->size, imprint, &paper, search->err);
    if (r < 0)
        return r == -EBADMSG ? 0 : r;
    mb_paper_clear(&paper);
    search->of = of;
    return 0;
}

static int try_seal(const struct mb_seal *seal, void *userdata)
{
    struct stamp_search *search = userdata;

    return search->of >= 0 || strcmp(seal->type, MB_SEAL_SIGNATURE) != 0 ? 0 : try_imprint(search, seal->seq);
}

int mb_store_stamp_check(struct mb_store *store, const char *uuid, const void *der, size_t size,
                         struct mb_sealing *ret, struct mb_error *err)
{
    const struct mb_hash_part bytes = {der, size};
    struct mb_seal_subject subject;
    struct stamp_search search = {store, &subject, &bytes, -1, err};
    int r = ended_subject(store, uuid, &subject, err);

    if (r >= 0)
        r = mb_seals_each(store, &subject, try_seal, &search, err);
    if (r >= 0 && search.of < 0)
        r = try_imprint(&search, 0);
    if (r < 0)
        return r;
    if (search.of < 0)
        return -EINVAL; /* err has the sentence of the last attempt */
    *ret = sealing_of(&subject, MB_SEAL_STAMP, search.of);
    return 0;
}
