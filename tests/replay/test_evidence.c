/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures, time stamps and bundles of a record: what is taken, what is refused, and that whatever is
 * changed is found. */
#include "support/test.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "record/bundle.h"
#include "record/seal.h"
#include "support/papers.h"
#include "support/run_program.h"

#define BY "uid 1000"

struct fixture {
    char folder[32], store_path[64], bundle[64], ca[64];
    char uuid[MB_UUID_SIZE], other[MB_UUID_SIZE], simulated[MB_UUID_SIZE], open[MB_UUID_SIZE];
    struct mb_store *store;
    struct mb_error err;
    bool papers;
};

/* Once for all tests: keys take their time. */
static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    (void)snprintf(f->folder, sizeof f->folder, "/tmp/mb-evidence-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->store_path, sizeof f->store_path, "%s/records.db", f->folder);
    (void)snprintf(f->bundle, sizeof f->bundle, "%s/run.mbb", f->folder);
    (void)snprintf(f->ca, sizeof f->ca, "%s/ca.crt", f->folder);
    assert_int_equal(mb_store_open(f->store_path, false, &f->store, &f->err), 0);
    f->papers = papers_make(f->folder);
    papers_record(f->store, true, true, f->simulated);
    papers_record(f->store, false, false, f->open);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    const char *const argv[] = {"rm", "-rf", f->folder, NULL};
    struct run_result result;

    (void)mb_store_close(f->store);
    (void)run_program(argv, NULL, &result);
    run_result_clear(&result);
    free(f);
    return 0;
}

/* A record and a neighbour for each test. */
static struct fixture *fresh(void **state)
{
    struct fixture *f = *state;

    if (!f->papers)
        SKIP_TEST("no program openssl");
    papers_record(f->store, false, true, f->uuid);
    papers_record(f->store, false, true, f->other);
    (void)unlink(f->bundle);
    return f;
}

static char *statement(struct fixture *f, const char *uuid)
{
    char *text = NULL;

    if (mb_store_statement(f->store, uuid, "Anna Approver", "approved", &text, &f->err) < 0)
        fail_msg("%s", f->err.text);
    return text;
}

/* A signature, or else the answer of an authority, as the daemon takes it: the number of the seal. */
static int take(struct fixture *f, const char *uuid, bool is_signature, const void *der, size_t size)
{
    struct mb_sealing sealing;
    int64_t number = 0;
    int r = is_signature ? mb_store_sign_check(f->store, uuid, der, size, &sealing, &f->err)
                         : mb_store_stamp_check(f->store, uuid, der, size, &sealing, &f->err);

    if (r >= 0)
        r = mb_store_seal(f->store, &sealing, der, size, BY, &number, &f->err);
    return r < 0 ? r : (int)number;
}

/* The number of the seal, or the error, for the text, signed by name. */
static int sign_text(struct fixture *f, const char *uuid, const char *name, const char *text)
{
    size_t size;
    char *der = papers_sign(f->folder, name, text, &size);
    int r = take(f, uuid, true, der, size);

    free(der);
    return r;
}

static int sign(struct fixture *f, const char *name)
{
    char *text = statement(f, f->uuid);
    int r = sign_text(f, f->uuid, name, text);

    free(text);
    return r;
}

static int stamp(struct fixture *f, const char *uuid, int64_t of)
{
    unsigned char *request = NULL;
    size_t size;
    char *der;
    int r;

    if (mb_store_stamp_request(f->store, uuid, of, &request, &size, &f->err) < 0)
        fail_msg("%s", f->err.text);
    der = papers_stamp(f->folder, request, size, &size);
    r = take(f, f->uuid, false, der, size);
    free(request);
    free(der);
    return r;
}

static json_t *verify(struct fixture *f, struct mb_store *store, const char *ca)
{
    json_t *result = NULL;

    if (mb_store_verify_trust(store, f->uuid, ca, &result, &f->err) < 0)
        fail_msg("%s", f->err.text);
    return result;
}

static void expect_problem(struct fixture *f, struct mb_store *store, const char *ca, const char *words)
{
    json_t *result = verify(f, store, ca), *problem;
    bool said = !words && json_is_true(json_object_get(result, "ok"));
    size_t i;

    json_array_foreach(json_object_get(result, "problems"), i, problem)
    {
        if (words && strstr(json_string_value(problem), words))
            said = true;
        else if (!said)
            print_message("%s\n", json_string_value(problem));
    }
    assert_true(said);
    assert_int_equal(json_is_true(json_object_get(result, "ok")), !words);
    json_decref(result);
}

static void expect_refusal(struct fixture *f, int r, int expected, const char *words)
{
    if (r != expected || !strstr(f->err.text, words))
        fail_msg("%d: %s, expected %d: %s", r, f->err.text, expected, words);
}

static const json_t *seal(const json_t *result, const char *kind, size_t i)
{
    return json_array_get(json_object_get(json_object_get(result, "seals"), kind), i);
}

static void expect_text(const json_t *object, const char *key, const char *expected)
{
    assert_string_equal(json_string_value(json_object_get(object, key)), expected);
}

static void test_signatures_are_taken(void **state)
{
    struct fixture *f = fresh(state);
    json_t *result;

    assert_int_equal(sign(f, "approver"), 1);
    assert_int_equal(sign(f, "other"), 2);
    result = verify(f, f->store, NULL);
    assert_true(json_is_true(json_object_get(result, "ok")));
    expect_text(seal(result, "signatures", 0), "signer", "CN=approver,O=Lab");
    expect_text(seal(result, "signatures", 0), "issuer", "CN=ca");
    expect_text(seal(result, "signatures", 0), "who", "Anna Approver");
    expect_text(seal(result, "signatures", 0), "meaning", "approved");
    expect_text(seal(result, "signatures", 0), "by", BY);
    expect_text(seal(result, "signatures", 1), "signer", "CN=other,O=Lab");
    assert_true(json_is_null(json_object_get(seal(result, "signatures", 0), "trusted")));
    json_decref(result);
}

static void test_trust_is_the_readers(void **state)
{
    struct fixture *f = fresh(state);
    json_t *result;

    assert_int_equal(sign(f, "approver"), 1);
    expect_problem(f, f->store, f->ca, NULL);
    assert_int_equal(sign(f, "other"), 2);
    expect_problem(f, f->store, f->ca, "seal 2: no trusted authority");
    result = verify(f, f->store, f->ca);
    assert_true(json_is_true(json_object_get(seal(result, "signatures", 0), "trusted")));
    assert_true(json_is_false(json_object_get(seal(result, "signatures", 1), "trusted")));
    json_decref(result);
}

static void test_what_cannot_be_signed(void **state)
{
    struct fixture *f = fresh(state);
    char *text = NULL;

    expect_refusal(f, mb_store_statement(f->store, f->simulated, "A", "approved", &text, &f->err), -ESTALE,
                   "a simulated run cannot be signed");
    expect_refusal(f, mb_store_statement(f->store, f->open, "A", "approved", &text, &f->err), -ESTALE,
                   "has not ended");
    expect_refusal(f, mb_store_statement(f->store, f->uuid, "", "approved", &text, &f->err), -EINVAL, "who");
    expect_refusal(f, mb_store_statement(f->store, f->uuid, "A", "two\nlines", &text, &f->err), -EINVAL,
                   "meaning");
    assert_null(text);
    text = statement(f, f->uuid);
    expect_refusal(f, sign_text(f, f->simulated, "approver", text), -ESTALE,
                   "a simulated run cannot be signed");
    expect_refusal(f, sign_text(f, f->open, "approver", text), -ESTALE, "has not ended");
    expect_refusal(f, sign_text(f, f->other, "approver", text), -EINVAL, "another record");
    free(text);
}

/* A byte of the file changed behind the back of the triggers. */
static void tamper(struct fixture *f, const char *sql)
{
    sqlite3 *db;
    char *why = NULL;

    assert_int_equal(sqlite3_open(f->store_path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    (void)sqlite3_close(db);
}

static void test_record_that_does_not_verify(void **state)
{
    struct fixture *f = fresh(state);
    char sql[256], *text = NULL;

    (void)snprintf(
        sql, sizeof sql,
        "DROP TRIGGER frozen_update; UPDATE frozen SET bytes = x'00' WHERE name = 'photo/label-1.jpg'"
        " AND run = (SELECT id FROM run WHERE uuid = '%s')",
        f->uuid);
    tamper(f, sql);
    expect_refusal(f, mb_store_statement(f->store, f->uuid, "A", "approved", &text, &f->err), -ESTALE,
                   "frozen photo/label-1.jpg");
}

/* ---- A key in a token (PKCS#11), as docs/guides/evidence.md says. ---- */

#define TOKEN_LIBRARY "/usr/lib/softhsm/libsofthsm2.so"
#define TOKEN_KEY "pkcs11:token=anna;object=sign;type=private;pin-value=1234"

/* SoftHSM holds the approver's key from now on. */
static void fill_token(const struct fixture *f)
{
    char path[64], text[128], key[64];
    const char *const init[] = {"softhsm2-util", "--init-token", "--free",   "--label", "anna",
                                "--pin",         "1234",         "--so-pin", "1234",    NULL};
    const char *const import[] = {"softhsm2-util", "--import", key,  "--token", "anna", "--label",
                                  "sign",          "--id",     "01", "--pin",   "1234", NULL};
    struct run_result result;

    (void)snprintf(path, sizeof path, "%s/tokens", f->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(text, sizeof text, "directories.tokendir = %s\nlog.level = ERROR\n", path);
    (void)snprintf(path, sizeof path, "%s/softhsm2.conf", f->folder);
    (void)snprintf(key, sizeof key, "%s/approver.key", f->folder);
    assert_int_equal(mb_file_write(path, text, strlen(text), NULL), 0);
    assert_int_equal(setenv("SOFTHSM2_CONF", path, 1), 0);
    assert_int_equal(setenv("PKCS11_MODULE_PATH", TOKEN_LIBRARY, 1), 0);
    if (run_program(init, NULL, &result) < 0 || result.status != 0)
        fail_msg("no token: %s", result.err);
    run_result_clear(&result);
    if (run_program(import, NULL, &result) < 0 || result.status != 0)
        fail_msg("the key does not go into the token: %s", result.err);
    run_result_clear(&result);
}

static bool has_token(void)
{
    const char *const argv[] = {"openssl", "engine", "pkcs11", NULL};
    struct run_result result;
    bool there;

    assert_int_equal(run_program(argv, NULL, &result), 0);
    there = result.status == 0 && access(TOKEN_LIBRARY, R_OK) == 0;
    run_result_clear(&result);
    return there;
}

static void test_key_in_a_token(void **state)
{
    struct fixture *f = fresh(state);
    char path[64], *text, *der;
    size_t size;
    json_t *result;

    if (!has_token())
        SKIP_TEST("no softhsm2, or no libengine-pkcs11-openssl");
    fill_token(f);
    text = statement(f, f->uuid);
    (void)snprintf(path, sizeof path, "%s/statement", f->folder);
    assert_int_equal(mb_file_write(path, text, strlen(text), NULL), 0);
    papers_openssl(f->folder, (const char *const[]){"cms", "-sign", "-binary", "-nodetach", "-in",
                                                    "statement", "-outform", "DER", "-out", "signature",
                                                    "-signer", "approver.crt", "-engine", "pkcs11",
                                                    "-keyform", "engine", "-inkey", TOKEN_KEY, NULL});
    (void)snprintf(path, sizeof path, "%s/signature", f->folder);
    assert_int_equal(mb_file_read(path, 65536, &der, &size, NULL), 0);
    assert_int_equal(take(f, f->uuid, true, der, size), 1);
    result = verify(f, f->store, f->ca);
    assert_true(json_is_true(json_object_get(result, "ok")));
    json_decref(result);
    free(text);
    free(der);
}

static void test_bad_signatures(void **state)
{
    struct fixture *f = fresh(state);
    char *text = statement(f, f->uuid), *other = statement(f, f->other), *at, *der;
    size_t size;

    expect_refusal(f, sign_text(f, f->uuid, "expired", text), -EINVAL, "was not valid at");
    expect_refusal(f, sign_text(f, f->uuid, "approver", other), -EINVAL, "another record");
    expect_refusal(f, sign_text(f, f->uuid, "approver", "hello"), -EINVAL, "another record");
    der = papers_sign(f->folder, "approver", text, &size);
    at = memmem(der, size, "approved", 8);
    assert_non_null(at);
    at[0] = 'A';
    expect_refusal(f, take(f, f->uuid, true, der, size), -EINVAL, "not of what");
    expect_refusal(f, take(f, f->uuid, true, der, size - 1), -EINVAL, "not a CMS");
    free(der);
    at = strstr(text, "\"when\":\"20");
    at[10] = '9';
    expect_refusal(f, sign_text(f, f->uuid, "approver", text), -EINVAL, "still to come");
    at[10] = '0';
    expect_refusal(f, sign_text(f, f->uuid, "approver", text), -EINVAL, "before the run had ended");
    free(text);
    free(other);
}

static void test_time_stamps(void **state)
{
    struct fixture *f = fresh(state);
    json_t *result;

    assert_int_equal(stamp(f, f->uuid, 0), 1);
    assert_int_equal(sign(f, "approver"), 2);
    assert_int_equal(stamp(f, f->uuid, 2), 3);
    expect_problem(f, f->store, NULL, NULL);
    result = verify(f, f->store, f->ca);
    assert_true(json_is_true(json_object_get(result, "ok")));
    expect_text(seal(result, "timestamps", 0), "signer", "CN=tsa,O=Lab");
    assert_int_equal(json_integer_value(json_object_get(seal(result, "timestamps", 1), "of")), 2);
    assert_true(json_is_true(json_object_get(seal(result, "timestamps", 1), "trusted")));
    json_decref(result);
    expect_refusal(f, stamp(f, f->other, 0), -EINVAL, "about something else");
}

static void test_bundle_travels(void **state)
{
    struct fixture *f = fresh(state);
    json_t *here = NULL, *there = NULL;
    struct mb_store *bundle = NULL;
    char uuid[MB_UUID_SIZE];

    assert_int_equal(sign(f, "approver"), 1);
    assert_int_equal(stamp(f, f->uuid, 1), 2);
    if (mb_bundle_write(f->store_path, f->uuid, f->bundle, &f->err) < 0)
        fail_msg("%s", f->err.text);
    if (mb_bundle_open(f->bundle, &bundle, uuid, &f->err) < 0)
        fail_msg("%s", f->err.text);
    assert_string_equal(uuid, f->uuid);
    expect_problem(f, bundle, f->ca, NULL);
    assert_int_equal(mb_store_load(f->store, uuid, &here, &f->err), 0);
    assert_int_equal(mb_store_load(bundle, uuid, &there, &f->err), 0);
    assert_true(json_equal(here, there));
    json_decref(here);
    json_decref(there);
    (void)mb_store_close(bundle);
    expect_refusal(f, mb_bundle_write(f->store_path, f->uuid, f->bundle, &f->err), -EEXIST, "exists");
    (void)unlink(f->bundle);
    expect_refusal(f, mb_bundle_write(f->store_path, f->open, f->bundle, &f->err), -ESTALE, "has not ended");
    assert_int_equal(access(f->bundle, F_OK), -1);
}

/* Everything that a reader of the bundle is told, as one text; NULL: refused, or it does not verify. */
static char *told(struct fixture *f, const char *path)
{
    json_t *document = NULL, *result = NULL;
    struct mb_store *store = NULL;
    struct mb_error err = {""};
    char uuid[MB_UUID_SIZE], *text = NULL;

    (void)f;
    if (mb_bundle_open(path, &store, uuid, &err) < 0) {
        assert_string_not_equal(err.text, "");
        return NULL;
    }
    if (mb_store_verify(store, uuid, &result, &err) == 0 && json_is_true(json_object_get(result, "ok")) &&
        mb_store_load(store, uuid, &document, &err) == 0) {
        json_t *both = json_pack("[O, O]", result, document);

        text = json_dumps(both, JSON_SORT_KEYS);
        json_decref(both);
    }
    json_decref(result);
    json_decref(document);
    (void)mb_store_close(store);
    return text;
}

/* Each changed byte is found, or changes nothing that is told: counters and unused space of the file. */
static void test_every_changed_byte(void **state)
{
    struct fixture *f = fresh(state);
    char path[64], *bytes = NULL, *before;
    size_t size, found = 0, silent = 0;

    assert_int_equal(sign(f, "approver"), 1);
    assert_int_equal(mb_bundle_write(f->store_path, f->uuid, f->bundle, &f->err), 0);
    assert_int_equal(mb_file_read(f->bundle, 1 << 20, &bytes, &size, &f->err), 0);
    (void)snprintf(path, sizeof path, "%s/flipped.mbb", f->folder);
    before = told(f, f->bundle);
    assert_non_null(before);
    for (size_t i = 0; i < size; i += bytes[i] ? 13 : 61) {
        char *after;

        bytes[i] ^= 0x20;
        assert_int_equal(mb_file_write(path, bytes, size, &f->err), 0);
        bytes[i] ^= 0x20;
        after = told(f, path);
        if (after && strcmp(after, before) != 0)
            fail_msg("byte %zu of %zu changes what is told and is not found", i, size);
        *(after ? &silent : &found) += 1;
        free(after);
    }
    print_message("%zu found, %zu without meaning\n", found, silent);
    assert_true(found > 100);
    free(before);
    free(bytes);
}

static void edit(struct fixture *f, const char *sql)
{
    sqlite3 *db;
    char *why = NULL;

    (void)unlink(f->bundle);
    assert_int_equal(mb_bundle_write(f->store_path, f->uuid, f->bundle, &f->err), 0);
    assert_int_equal(sqlite3_open(f->bundle, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    (void)sqlite3_close(db);
}

/* Each kind of content is named when it has changed. */
static void test_changes_are_named(void **state)
{
    static const struct {
        const char *sql, *words;
    } table[] = {
        {"UPDATE entry SET payload = replace(payload, 'cold', 'hold') WHERE type = 'reading'",
         "entry 5: its content does not match its hash"},
        {"UPDATE entry SET payload = replace(payload, 'noise', 'noisy') WHERE type = 'item'", "entry 4"},
        {"UPDATE frozen SET bytes = x'ffd8' WHERE name LIKE 'photo/%'", "frozen photo/label-1.jpg"},
        {"UPDATE recording SET bytes = x'4d42'", "recording no-load-1"},
        {"DELETE FROM recording", "recording no-load-1"},
        {"UPDATE run SET verdict = 'PASS'", "run: verdict"},
        {"UPDATE seal SET time = 'earlier' WHERE seq = 1", "seal 1: its content does not match"},
        {"UPDATE seal SET payload = replace(payload, '1000', '0') WHERE seq = 2", "seal 2: its content"},
        {"DELETE FROM seal WHERE seq = 1", "seal 1: missing"},
    };
    struct fixture *f = fresh(state);

    assert_int_equal(sign(f, "approver"), 1);
    assert_int_equal(stamp(f, f->uuid, 1), 2);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct mb_store *bundle = NULL;
        char uuid[MB_UUID_SIZE];

        edit(f, table[i].sql);
        if (mb_bundle_open(f->bundle, &bundle, uuid, &f->err) < 0)
            fail_msg("%s: %s", table[i].sql, f->err.text);
        expect_problem(f, bundle, NULL, table[i].words);
        (void)mb_store_close(bundle);
    }
}

static void test_bad_bundles(void **state)
{
    static const struct {
        const char *sql, *words;
    } table[] = {
        {"DELETE FROM run", "not exactly one run"},
        {"INSERT INTO run SELECT 2, 'x', bench, motor_id, manufacturer, model, simulated, time_factor,"
         " program_version, build, started, ended, state, verdict, reason, last_seq, last_hash FROM run",
         "not exactly one run"},
        {"UPDATE entry SET run = 2 WHERE seq = 3", "another run"},
        {"INSERT INTO recording VALUES (1, '../../etc/passwd', 0, x'00')", "no entry speaks of"},
        {"INSERT INTO recording VALUES (1, 'no-load-1', 2, x'00')", "a part missing"},
        {"CREATE VIEW more AS SELECT * FROM run", "its tables are not those"},
        {"DROP TABLE seal", "its tables are not those"},
        {"CREATE TRIGGER t AFTER INSERT ON run BEGIN SELECT 1; END", "its tables are not those"},
        {"PRAGMA user_version = 9", "schema 9"},
        {"PRAGMA application_id = 1", "not a motorbench record bundle"},
    };
    struct fixture *f = fresh(state);
    struct mb_store *bundle = NULL;
    char uuid[MB_UUID_SIZE], link[64];

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int r;

        edit(f, table[i].sql);
        r = mb_bundle_open(f->bundle, &bundle, uuid, &f->err);
        if (r >= 0 || !strstr(f->err.text, table[i].words))
            fail_msg("%s: %d, %s", table[i].sql, r, f->err.text);
    }
    (void)snprintf(link, sizeof link, "%s/link.mbb", f->folder);
    edit(f, "SELECT 1");
    assert_int_equal(symlink(f->bundle, link), 0);
    expect_refusal(f, mb_bundle_open(link, &bundle, uuid, &f->err), -EINVAL, "not a regular file");
    expect_refusal(f, mb_bundle_open(f->store_path, &bundle, uuid, &f->err), -EMEDIUMTYPE,
                   "not a motorbench");
    expect_refusal(f, mb_bundle_open(f->folder, &bundle, uuid, &f->err), -EINVAL, "not a regular file");
    expect_refusal(f, mb_bundle_open("/nonexistent", &bundle, uuid, &f->err), -ENOENT, "/nonexistent");
}

/* A signature of one record, moved beside another one. */
static void test_signature_of_another_record(void **state)
{
    struct fixture *f = fresh(state);
    char mine[MB_UUID_SIZE], sql[512];
    struct mb_store *bundle = NULL;

    assert_int_equal(sign(f, "approver"), 1);
    (void)snprintf(mine, sizeof mine, "%s", f->uuid);
    (void)snprintf(f->uuid, sizeof f->uuid, "%s", f->other);
    (void)snprintf(sql, sizeof sql,
                   "ATTACH '%s' AS source; INSERT INTO seal SELECT 1, seq, time, type, payload, hash FROM"
                   " source.seal WHERE run = (SELECT id FROM source.run WHERE uuid = '%s')",
                   f->store_path, mine);
    edit(f, sql);
    assert_int_equal(mb_bundle_open(f->bundle, &bundle, mine, &f->err), 0);
    expect_problem(f, bundle, NULL, "seal 1: its content does not match");
    (void)mb_store_close(bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures_are_taken),
        cmocka_unit_test(test_trust_is_the_readers),
        cmocka_unit_test(test_what_cannot_be_signed),
        cmocka_unit_test(test_key_in_a_token),
        cmocka_unit_test(test_bad_signatures),
        cmocka_unit_test(test_time_stamps),
        cmocka_unit_test(test_bundle_travels),
        cmocka_unit_test(test_every_changed_byte),
        cmocka_unit_test(test_changes_are_named),
        cmocka_unit_test(test_bad_bundles),
        cmocka_unit_test(test_signature_of_another_record),
        cmocka_unit_test(test_record_that_does_not_verify), /* drops a trigger: last */
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
