/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recomputation from the record alone: the readings of the sample record go through the store, and what
 * decided is what was frozen with them, whatever is installed now. */
#include "support/test.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "document/evaluation.h"
#include "record/record.h"
#include "support/record_sample.h"
#include "support/tree.h"

#define TABLE "gb18613-2020_table1_three_phase.csv"
#define OTHER_TABLE "iec60034-30-1_50hz.csv"

struct fixture {
    char folder[32], path[64], uuid[MB_UUID_SIZE];
    struct mb_store *store;
    struct mb_record *record;
    struct mb_error err;
    json_t *sample;
};

static int setup(void **state)
{
    const struct mb_record_head head = {
        .bench = "demo", .simulated = true, .time_factor = 1, .program_version = MB_VERSION};
    struct fixture *f = calloc(1, sizeof *f);

    (void)snprintf(f->folder, sizeof f->folder, "/tmp/mb-verify-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/records.db", f->folder);
    assert_int_equal(mb_store_open(f->path, false, &f->store, &f->err), 0);
    assert_int_equal(mb_record_create(f->store, &head, &f->record, &f->err), 0);
    (void)snprintf(f->uuid, sizeof f->uuid, "%s", mb_record_uuid(f->record));
    f->sample = json_load_file(RECORD_SAMPLE, 0, NULL);
    assert_non_null(f->sample);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    static const char *const leaves[] = {"records.db", "records.db-wal", "records.db-shm"};
    struct fixture *f = *state;

    (void)mb_record_free(f->record);
    (void)mb_store_close(f->store);
    for (size_t i = 0; i < 3; i++) {
        char path[96];

        (void)snprintf(path, sizeof path, "%s/%s", f->folder, leaves[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->folder);
    json_decref(f->sample);
    free(f);
    return 0;
}

static char *file_text(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);

    assert_non_null(file);
    *ret_size = fread(text, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    return text;
}

/* text_changed: replaced once in the table that is frozen, NULL: frozen as installed. */
static void freeze(struct fixture *f, const char *table, const char *from, const char *to)
{
    char path[128], name[128];
    size_t size;
    char *text;

    (void)snprintf(path, sizeof path, "daemon/standard/data/%s", table);
    (void)snprintf(name, sizeof name, "limits/%s", table);
    text = file_text(path, &size);
    if (from) {
        char *at = strstr(text, from);

        assert_non_null(at);
        assert_int_equal(strlen(from), strlen(to));
        memcpy(at, to, strlen(to));
    }
    assert_int_equal(mb_record_freeze(f->record, name, text, size, &f->err), 0);
    free(text);
}

static void copy_readings(struct fixture *f)
{
    if (record_sample_append(f->sample, f->record, &f->err) < 0)
        fail_msg("%s", f->err.text);
}

/* As the daemon does it: the record's own readings, evaluated with these limits. */
static json_t *evaluate_with(struct fixture *f, const struct mb_limits_file files[], size_t count)
{
    struct mb_evaluation *evaluation = NULL;
    struct mb_limits *limits = NULL;
    struct mb_sheet *sheet = NULL;
    json_t *document = NULL, *sheet_json = NULL, *result;
    char *text = NULL;

    assert_int_equal(mb_store_load(f->store, f->uuid, &document, &f->err), 0);
    assert_int_equal(mb_record_sheet(document, &sheet_json, &f->err), 0);
    text = json_dumps(sheet_json, JSON_REAL_PRECISION(17));
    if (mb_sheet_parse("sheet", text, strlen(text), &sheet, &f->err) < 0)
        fail_msg("%s", f->err.text);
    assert_int_equal(mb_limits_parse(files, count, &limits, &f->err), 0);
    assert_int_equal(mb_evaluation_new(sheet, limits, &evaluation, &f->err), 0);
    result = mb_evaluation_json(sheet, evaluation);
    (void)mb_evaluation_free(evaluation);
    (void)mb_limits_free(limits);
    (void)mb_sheet_free(sheet);
    free(text);
    json_decref(sheet_json);
    json_decref(document);
    return result;
}

/* With the frozen table. */
static json_t *evaluate(struct fixture *f)
{
    struct mb_limits_file files[2] = {{.name = TABLE}, {.name = MB_LIMITS_TABLES}};
    char *table = NULL, *tables = file_text("daemon/standard/data/" MB_LIMITS_TABLES, &files[1].size);
    json_t *result;

    assert_int_equal(mb_store_frozen(f->store, f->uuid, "limits/" TABLE, &table, &files[0].size, &f->err), 0);
    files[0].text = table;
    files[1].text = tables;
    result = evaluate_with(f, files, 2);
    free(table);
    free(tables);
    return result;
}

/* Takes the evaluation; appended in the form that the daemon uses. */
static void conclude(struct fixture *f, json_t *evaluation, const char *verdict)
{
    json_t *payload = json_pack("{s:o}", "evaluation", evaluation);

    assert_int_equal(mb_record_append(f->record, 0, "evaluation", payload, &f->err), 0);
    json_decref(payload);
    assert_int_equal(mb_record_finish(f->record, "done", verdict, NULL, &f->err), 0);
}

static json_t *verify(struct fixture *f)
{
    json_t *result = NULL;

    if (mb_store_verify(f->store, f->uuid, &result, &f->err) < 0)
        fail_msg("%s", f->err.text);
    return result;
}

static bool is_ok(const json_t *object)
{
    return json_is_true(json_object_get(object, "ok"));
}

static json_t *difference(const json_t *result, size_t i)
{
    return json_array_get(json_object_get(json_object_get(result, "recomputed"), "differences"), i);
}

static void raw(struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    (void)sqlite3_close(db);
}

static void test_same(void **state)
{
    struct fixture *f = *state;
    json_t *evaluation, *result, *document = NULL;

    freeze(f, TABLE, NULL, NULL);
    freeze(f, MB_LIMITS_TABLES, NULL, NULL);
    copy_readings(f);
    evaluation = evaluate(f);
    assert_true(json_real_value(json_object_get(evaluation, "efficiency")) > 0.88936);
    conclude(f, evaluation, "FAIL");
    result = verify(f);
    assert_true(is_ok(result));
    assert_true(json_is_true(json_object_get(json_object_get(result, "recomputed"), "same_build")));
    assert_null(json_object_get(json_object_get(result, "recomputed"), "note"));
    json_decref(result);
    assert_int_equal(mb_store_load(f->store, f->uuid, &document, &f->err), 0);
    assert_string_equal(json_string_value(json_object_get(json_object_get(document, "evaluation"), "method")),
                        "2-1-1B");
    json_decref(document);
}

/* The frozen limit for 11 kW, 4 poles, grade 3 is not the installed one: the frozen one judges, then and at
 * verification. */
static void test_frozen_limits(void **state)
{
    struct fixture *f = *state;
    json_t *evaluation, *result;

    freeze(f, OTHER_TABLE, NULL, NULL); /* a table that does not judge is no hindrance */
    freeze(f, TABLE, "50,4,11,3,91.4", "50,4,11,3,87.4");
    freeze(f, MB_LIMITS_TABLES, NULL, NULL);
    copy_readings(f);
    evaluation = evaluate(f);
    assert_true(json_real_value(json_object_get(json_object_get(evaluation, "grade"), "limit")) == 0.874);
    conclude(f, evaluation, "PASS");
    result = verify(f);
    if (!is_ok(result))
        fail_msg("%s", json_dumps(result, JSON_INDENT(1)));
    json_decref(result);
}

/* A table of the laboratory and who confirmed it come back as such. */
static void test_site_table(void **state)
{
    static const char confirmations[] =
        "confirmations:\n  - {file: " TABLE ", rows: all, by: \"A. Name\", date: "
        "2026-11-20, copy: \"paper copy 12\"}\n";
    struct fixture *f = *state;
    struct mb_limits_file files[3] = {{.name = "limits/site/" TABLE, .site = true},
                                      {.name = "limits/" MB_LIMITS_TABLES},
                                      {.name = "limits/site/confirmations.yaml",
                                       .text = confirmations,
                                       .size = sizeof confirmations - 1,
                                       .site = true}};
    char *table = file_text("daemon/standard/data/" TABLE, &files[0].size);
    char *tables = file_text("daemon/standard/data/" MB_LIMITS_TABLES, &files[1].size);
    json_t *evaluation, *grade, *result;

    files[0].text = table;
    files[1].text = tables;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(mb_record_freeze(f->record, files[i].name, files[i].text, files[i].size, &f->err),
                         0);
    copy_readings(f);
    evaluation = evaluate_with(f, files, 3);
    grade = json_object_get(evaluation, "grade");
    assert_non_null(strstr(json_string_value(json_object_get(grade, "source")), "(site)"));
    assert_non_null(strstr(json_string_value(json_object_get(grade, "confirmed")), "A. Name"));
    conclude(f, evaluation, "FAIL");
    result = verify(f);
    if (!is_ok(result))
        fail_msg("%s", json_dumps(result, JSON_INDENT(1)));
    json_decref(result);
    free(table);
    free(tables);
}

/* A program that froze the table only: what its columns mean is taken from the installed tables.csv. */
static void test_older_record(void **state)
{
    struct fixture *f = *state;
    json_t *evaluation, *result;
    char folder[128];

    freeze(f, TABLE, "50,4,11,3,91.4", "50,4,11,3,87.4");
    copy_readings(f);
    evaluation = evaluate(f);
    conclude(f, evaluation, "PASS");
    (void)snprintf(folder, sizeof folder, "%s/share/motorbench", test_build_folder());
    assert_int_equal(setenv("MOTORBENCH_DATADIR", folder, 1), 0);
    result = verify(f);
    assert_true(is_ok(result));
    json_decref(result);
    assert_int_equal(setenv("MOTORBENCH_DATADIR", "/nonexistent", 1), 0);
    result = verify(f);
    assert_false(is_ok(result));
    json_decref(result);
    assert_int_equal(unsetenv("MOTORBENCH_DATADIR"), 0);
}

static void test_difference(void **state)
{
    struct fixture *f = *state;
    json_t *evaluation, *result, *found;
    double total;

    freeze(f, TABLE, NULL, NULL);
    freeze(f, MB_LIMITS_TABLES, NULL, NULL);
    copy_readings(f);
    evaluation = evaluate(f);
    total = json_real_value(json_object_get(json_object_get(evaluation, "rated"), "total_w"));
    (void)json_object_set_new(json_object_get(evaluation, "rated"), "total_w",
                              json_real(total * (1 + 4e-16)));
    conclude(f, evaluation, "FAIL");
    result = verify(f);
    assert_false(is_ok(result));
    assert_true(is_ok(json_object_get(result, "chain")));
    assert_int_equal(json_array_size(json_object_get(json_object_get(result, "recomputed"), "differences")),
                     1);
    found = difference(result, 0);
    assert_string_equal(json_string_value(json_object_get(found, "path")), "/rated/total_w");
    assert_true(json_real_value(json_object_get(found, "stored")) > total);
    assert_true(json_real_value(json_object_get(found, "recomputed")) == total);
    json_decref(result);
}

/* What another build computed may differ in the last digits, and no more. */
static void test_other_build(void **state)
{
    struct fixture *f = *state;
    json_t *evaluation, *result, *first;
    double slip;

    freeze(f, TABLE, NULL, NULL);
    freeze(f, MB_LIMITS_TABLES, NULL, NULL);
    copy_readings(f);
    evaluation = evaluate(f);
    first = json_array_get(json_object_get(evaluation, "points"), 0);
    slip = json_real_value(json_object_get(first, "slip"));
    (void)json_object_set_new(first, "slip", json_real(slip * (1 + 5e-13)));
    (void)json_object_set_new(first, "iron_w",
                              json_real(json_real_value(json_object_get(first, "iron_w")) * (1 + 2e-12)));
    (void)json_object_del(evaluation, "plots"); /* a later program may say more */
    conclude(f, evaluation, "FAIL");
    raw(f, "DROP TRIGGER run_ended; DROP TRIGGER run_head; UPDATE run SET build = 'another'");
    result = verify(f);
    assert_false(json_is_true(json_object_get(json_object_get(result, "recomputed"), "same_build")));
    assert_int_equal(json_array_size(json_object_get(json_object_get(result, "recomputed"), "differences")),
                     1);
    assert_string_equal(json_string_value(json_object_get(difference(result, 0), "path")),
                        "/points/0/iron_w");
    json_decref(result);
}

/* Readings and evaluation agree, but the verdict that was told is a better one. */
static void test_verdict_not_earned(void **state)
{
    struct fixture *f = *state;
    json_t *result;

    freeze(f, TABLE, NULL, NULL);
    freeze(f, MB_LIMITS_TABLES, NULL, NULL);
    copy_readings(f);
    conclude(f, evaluate(f), "PASS");
    result = verify(f);
    assert_false(is_ok(result));
    assert_string_equal(json_string_value(json_object_get(difference(result, 0), "path")), "/verdict");
    json_decref(result);
}

static void test_changed_reading(void **state)
{
    struct fixture *f = *state;
    json_t *result;

    freeze(f, TABLE, NULL, NULL);
    freeze(f, MB_LIMITS_TABLES, NULL, NULL);
    copy_readings(f);
    conclude(f, evaluate(f), "FAIL");
    raw(f, "DROP TRIGGER entry_update; UPDATE entry SET payload = replace(payload, '\"i_a\":25.1', "
           "'\"i_a\":25.9')");
    result = verify(f);
    assert_false(is_ok(json_object_get(result, "chain")));
    assert_false(is_ok(json_object_get(result, "recomputed")));
    json_decref(result);
}

static void test_nothing_frozen(void **state)
{
    struct fixture *f = *state;
    json_t *result, *recomputed;

    copy_readings(f);
    conclude(f, json_pack("{s:s}", "method", "2-1-1B"), "FAIL");
    result = verify(f);
    recomputed = json_object_get(result, "recomputed");
    assert_false(is_ok(result));
    assert_non_null(strstr(json_string_value(json_object_get(recomputed, "note")), "no limit table"));
    json_decref(result);
}

#define WITH_RECORD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECORD(test_same),
        WITH_RECORD(test_frozen_limits),
        WITH_RECORD(test_site_table),
        WITH_RECORD(test_older_record),
        WITH_RECORD(test_difference),
        WITH_RECORD(test_other_build),
        WITH_RECORD(test_verdict_not_earned),
        WITH_RECORD(test_changed_reading),
        WITH_RECORD(test_nothing_frozen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
