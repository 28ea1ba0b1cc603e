/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading seals back, and what each is worth. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record/seal_internal.h"

int mb_seal_time_parse(const char *text, int64_t *ret)
{
    struct tm tm = {0};
    char again[32];
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

    if (!end || *end)
        return -EINVAL;
    *ret = (int64_t)timegm(&tm);
    mb_seal_time_text(*ret, again); /* no 31st of February */
    return strcmp(again, text) == 0 ? 0 : -EINVAL;
}

void mb_seal_time_text(int64_t time_s, char ret[static 32])
{
    time_t time = (time_t)time_s;
    struct tm tm;

    if (!gmtime_r(&time, &tm) || strftime(ret, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        (void)snprintf(ret, 32, "%s", "");
}

static int decode(const char *base64, struct mb_seal *seal)
{
    size_t n = base64 ? strlen(base64) : 0;
    int size;

    if (n == 0 || n % 4 != 0 || n > 2 * MB_PAPER_MAX)
        return -EBADMSG;
    seal->der = malloc(n / 4 * 3);
    if (!seal->der)
        return -ENOMEM;
    size = EVP_DecodeBlock(seal->der, (const unsigned char *)base64, (int)n);
    if (size < 0)
        return -EBADMSG;
    seal->size = (size_t)size - (base64[n - 1] == '=') - (base64[n - 2] == '=');
    return 0;
}

static int row_read(sqlite3_stmt *statement, const char *previous, struct mb_seal *seal)
{
    const char *payload = mb_sql_text(statement, 3);
    json_t *json = json_loads(payload, JSON_REJECT_DUPLICATES, NULL);
    const char *by = json_string_value(json_object_get(json, "by"));
    char hash[MB_HASH_SIZE];
    int r;

    *seal = (struct mb_seal){.seq = sqlite3_column_int64(statement, 0),
                             .of = json_integer_value(json_object_get(json, "of"))};
    (void)snprintf(seal->time, sizeof seal->time, "%s", mb_sql_text(statement, 1));
    (void)snprintf(seal->type, sizeof seal->type, "%s", mb_sql_text(statement, 2));
    (void)snprintf(seal->hash, sizeof seal->hash, "%s", mb_sql_text(statement, 4));
    (void)snprintf(seal->by, sizeof seal->by, "%s", by ? by : "");
    r = mb_hash_entry(&(struct mb_hash_entry){.previous = previous,
                                              .seq = seal->seq,
                                              .time = mb_sql_text(statement, 1),
                                              .type = mb_sql_text(statement, 2),
                                              .payload = payload},
                      hash);
    if (r >= 0) {
        r = decode(json_string_value(json_object_get(json, "der")), seal);
        seal->whole =
            r >= 0 && by && mb_texts_whole(statement) && strcmp(hash, mb_sql_text(statement, 4)) == 0;
    }
    json_decref(json);
    return r == -EBADMSG ? 0 : r;
}

static int table_exists(struct mb_store *store, struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(store, &statement, err, "SELECT 1 FROM sqlite_schema WHERE name = 'seal'", "");

    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, err);
    (void)sqlite3_finalize(statement);
    return r;
}

int mb_seals_each(struct mb_store *store, const struct mb_seal_subject *subject,
                  int (*f)(const struct mb_seal *seal, void *userdata), void *userdata, struct mb_error *err)
{
    sqlite3_stmt *statement;
    char previous[MB_HASH_SIZE];
    int r = table_exists(store, err); /* a store that only older programs have opened has none */

    if (r <= 0)
        return r;
    r = mb_sql_prepare(store, &statement, err,
                       "SELECT seq, time, type, payload, hash FROM seal WHERE run = ? ORDER BY seq", "i",
                       subject->run);
    if (r < 0)
        return r;
    (void)snprintf(previous, sizeof previous, "%s", subject->head);
    while ((r = mb_sql_step(store, statement, err)) > 0) {
        struct mb_seal seal;
        int e = row_read(statement, previous, &seal);

        if (e < 0)
            (void)mb_error_set(err, e, "%s: a seal cannot be read", store->path);
        else
            e = f(&seal, userdata);
        (void)snprintf(previous, sizeof previous, "%s", seal.hash);
        free(seal.der);
        if (e < 0) {
            r = e;
            break;
        }
    }
    (void)sqlite3_finalize(statement);
    return r;
}

/* ---------------------------------------------------------------- imprint */

struct imprint_search {
    int64_t of;
    char hash[MB_HASH_SIZE];
    bool found;
};

static int find_imprint(const struct mb_seal *seal, void *userdata)
{
    struct imprint_search *search = userdata;

    if (seal->seq != search->of || !seal->whole || strcmp(seal->type, MB_SEAL_SIGNATURE) != 0)
        return 0;
    search->found = true;
    return mb_hash(&(struct mb_hash_part){seal->der, seal->size}, 1, search->hash);
}

int mb_seal_imprint(struct mb_store *store, const struct mb_seal_subject *subject, int64_t of,
                    unsigned char ret[static MB_IMPRINT_SIZE], struct mb_error *err)
{
    struct imprint_search search = {.of = of, .found = of == 0};
    long size = 0;
    unsigned char *bytes;
    int r = 0;

    (void)snprintf(search.hash, sizeof search.hash, "%s", subject->head);
    if (of != 0)
        r = mb_seals_each(store, subject, find_imprint, &search, err);
    if (r < 0)
        return r;
    if (!search.found)
        return mb_error_set(err, -ENOENT, "the record has no signature %lld", (long long)of);
    bytes = OPENSSL_hexstr2buf(search.hash, &size);
    if (bytes && size == MB_IMPRINT_SIZE)
        memcpy(ret, bytes, MB_IMPRINT_SIZE);
    else
        r = mb_error_set(err, -EBADMSG, "the head of the record is damaged");
    OPENSSL_free(bytes);
    return r;
}

/* ------------------------------------------------------------------ check */

struct seal_check {
    struct mb_store *store;
    const struct mb_seal_subject *subject;
    struct x509_store_st *authorities;
    json_t *signatures, *stamps, *bad, *problems;
    int64_t expected; /* number of the next */
};

static void problem(struct seal_check *check, int64_t number, const char *what)
{
    char text[320];

    (void)snprintf(text, sizeof text, "seal %lld: %s", (long long)number, what);
    (void)json_array_append_new(check->bad, json_integer(number));
    (void)json_array_append_new(check->problems, json_string(text));
}

/* "trusted": null without authorities. */
static int say_trust(struct seal_check *check, const struct mb_paper *paper, int64_t when_s, json_t *said,
                     struct mb_error *why)
{
    int r = check->authorities ? mb_paper_trust(paper, check->authorities, when_s, why) : 0;
    json_t *trusted = !check->authorities ? json_null() : json_boolean(r == 0);

    (void)json_object_set_new(said, "trusted", trusted);
    return r == -EPERM ? -EBADMSG : r;
}

static void say_certificate(const struct mb_paper *paper, json_t *said)
{
    char from[32], until[32];
    json_t *certificate;

    mb_seal_time_text(paper->from_s, from);
    mb_seal_time_text(paper->until_s, until);
    certificate = json_pack("{s:s, s:s, s:s, s:s}", "signer", paper->signer, "issuer", paper->issuer, "from",
                            from, "until", until);
    if (certificate)
        (void)json_object_update(said, certificate);
    json_decref(certificate);
}

static int check_signature(struct seal_check *check, const struct mb_seal *seal, json_t *said,
                           struct mb_error *why)
{
    static const char *const keys[] = {"who", "when", "meaning"};
    json_t *statement;
    struct mb_paper paper;
    int64_t when_s = 0;
    int r = mb_seal_signature(check->subject, seal->der, seal->size, &paper, &statement, why);

    if (r < 0)
        return r;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        (void)json_object_set(said, keys[i], json_object_get(statement, keys[i]));
    (void)mb_seal_time_parse(json_string_value(json_object_get(statement, "when")), &when_s);
    say_certificate(&paper, said);
    r = say_trust(check, &paper, when_s, said, why);
    json_decref(statement);
    mb_paper_clear(&paper);
    return r;
}

static int check_stamp(struct seal_check *check, const struct mb_seal *seal, json_t *said,
                       struct mb_error *why)
{
    unsigned char imprint[MB_IMPRINT_SIZE];
    struct mb_paper paper;
    char when[32];
    int r = mb_seal_imprint(check->store, check->subject, seal->of, imprint, why);

    if (r >= 0)
        r = mb_paper_stamp(seal->der, seal->size, imprint, &paper, why);
    if (r < 0)
        return r;
    mb_seal_time_text(paper.time_s, when);
    (void)json_object_set_new(said, "when", json_string(when));
    (void)json_object_set_new(said, "of", json_integer(seal->of));
    say_certificate(&paper, said);
    if (paper.time_s < paper.from_s || paper.time_s > paper.until_s)
        r = mb_error_set(why, -EBADMSG, "the certificate of %s was not valid at %s", paper.signer, when);
    else
        r = say_trust(check, &paper, paper.time_s, said, why);
    mb_paper_clear(&paper);
    return r;
}

static int check_seal(const struct mb_seal *seal, void *userdata)
{
    struct seal_check *check = userdata;
    bool signature = strcmp(seal->type, MB_SEAL_SIGNATURE) == 0;
    struct mb_error why = {""};
    json_t *said;
    int r = 0;

    for (; check->expected < seal->seq; check->expected++)
        problem(check, check->expected, "missing");
    check->expected = seal->seq + 1;
    said =
        json_pack("{s:I, s:s, s:s}", "number", (json_int_t)seal->seq, "received", seal->time, "by", seal->by);
    if (!said) {
        problem(check, seal->seq, "a text is not UTF-8");
        return 0;
    }
    if (!seal->whole || (!signature && strcmp(seal->type, MB_SEAL_STAMP) != 0))
        r = mb_error_set(&why, -EBADMSG, "its content does not match its hash");
    if (r >= 0)
        r = signature ? check_signature(check, seal, said, &why) : check_stamp(check, seal, said, &why);
    if (r < 0) {
        problem(check, seal->seq, why.text);
        (void)json_object_set_new(said, "problem", json_string(why.text));
    }
    (void)json_object_set_new(said, "ok", json_boolean(r >= 0));
    (void)json_array_append_new(signature ? check->signatures : check->stamps, said);
    return r == -ENOMEM ? r : 0;
}

int mb_seals_check(struct mb_store *store, int64_t run, struct x509_store_st *authorities, json_t **ret,
                   struct mb_error *err)
{
    struct mb_seal_subject subject;
    struct seal_check check = {store,        &subject,     authorities,  json_array(),
                               json_array(), json_array(), json_array(), .expected = 1};
    int r = mb_seal_subject_read(store, run, &subject, err);

    if (r >= 0)
        r = mb_seals_each(store, &subject, check_seal, &check, err);
    if (r >= 0) {
        *ret = json_pack("{s:b, s:O, s:O, s:O, s:O}", "ok", json_array_size(check.problems) == 0, "bad",
                         check.bad, "signatures", check.signatures, "timestamps", check.stamps, "problems",
                         check.problems);
        r = *ret ? 0 : -ENOMEM;
    }
    json_decref(check.signatures);
    json_decref(check.stamps);
    json_decref(check.bad);
    json_decref(check.problems);
    return r;
}
