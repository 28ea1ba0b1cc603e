/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench-report over a sample record (the test vector of procedures.md section 9, as a run), read back as
 * text. */
#include "support/test.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "record/record.h"
#include "support/run_program.h"

#define SAMPLE "tests/data/record-sample.json"

struct fixture {
    char folder[32], path[64];
    char store[64]; /* "": none is given to the program */
    json_t *document;
    char *text; /* of the report drawn last */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    (void)snprintf(f->folder, sizeof f->folder, "/tmp/mb-report-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/report.pdf", f->folder);
    f->document = json_load_file(SAMPLE, 0, NULL);
    assert_non_null(f->document);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct fixture *f = *state;

    json_decref(f->document);
    free(f->text);
    (void)unlink(f->path);
    for (size_t i = 0; *f->store && i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[80];

        (void)snprintf(path, sizeof path, "%s%s", f->store, suffixes[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(f->folder), 0); /* nothing half-written stays beside it */
    free(f);
    return 0;
}

static void run(const char *input, const char *const *arguments, struct run_result *ret)
{
    /* Fontconfig and cairo keep caches to the end: no leaks of ours. */
    static const char *const environment[] = {
        "LSAN_OPTIONS=print_suppressions=0:suppressions=tests/support/library-caches.supp", NULL};
    const char *argv[8] = {NULL};
    char program[256];

    argv[0] = run_program_path("motorbench-report", program, sizeof program);
    for (size_t i = 0; arguments && arguments[i]; i++)
        argv[i + 1] = arguments[i];
    *ret = (struct run_result){0};
    assert_int_equal(
        run_program(argv, &(struct run_options){.input = input, .environment = environment}, ret), 0);
}

/* Draws the document and keeps the text of the PDF; false when pdftotext is not there. */
static bool report(struct fixture *f)
{
    char *input = json_dumps(f->document, JSON_REAL_PRECISION(17));
    struct run_result result;

    run(input,
        (const char *const[]){"-o", f->path, "--language", "en", *f->store ? "--store" : NULL, f->store,
                              NULL},
        &result);
    if (result.status != 0)
        fail_msg("status %d: %s", result.status, result.err);
    assert_string_equal(result.err, "");
    run_result_clear(&result);
    free(input);
    assert_int_equal(
        run_program((const char *const[]){"pdftotext", "-layout", f->path, "-", NULL}, NULL, &result), 0);
    free(f->text);
    f->text = strdup(result.out);
    bool there = result.status == 0;
    run_result_clear(&result);
    return there;
}

#define REPORT(f)                                                                                            \
    do {                                                                                                     \
        if (!report(f))                                                                                      \
            SKIP_TEST("pdftotext is not installed");                                                         \
    } while (0)

static void assert_text(const struct fixture *f, const char *text)
{
    if (!strstr(f->text, text))
        fail_msg("not in the report: %s", text);
}

/* A line whose first word is the entry's number and which has this text. */
static bool has_row(const struct fixture *f, long long seq, const char *text)
{
    char *copy = strdup(f->text), *rest = copy, *line;
    bool found = false;

    while (!found && (line = strsep(&rest, "\n\f")) != NULL) {
        char *end = NULL;

        found = strtoll(line, &end, 10) == seq && end != line && strstr(end, text);
    }
    free(copy);
    return found;
}

static bool is_reading(const json_t *entry, const char *store)
{
    const char *type = json_string_value(json_object_get(entry, "type"));
    const char *own = json_string_value(json_object_get(entry, "store"));

    return type && own && strcmp(type, "reading") == 0 && strcmp(own, store) == 0;
}

static void test_verdict(void **state)
{
    struct fixture *f = *state;

    REPORT(f);
    assert_text(f, "FAIL");
    assert_text(f, "0.8894");
    assert_text(f, "88.94 %");
    assert_text(f, "0.9140");
    assert_text(f, "GB 18613");
    assert_text(f, "2020");
    assert_text(f, "gb18613-2020_table1_three_phase.csv:");
    assert_text(f, "limit not yet confirmed by this laboratory");
    assert_text(f, "No measurement uncertainty is claimed");
    assert_text(f, "input form (GB/T 1032");
    assert_text(f, "not to be signed");
}

static void test_contents(void **state)
{
    static const char *const expected[] = {
        "Example Inspection Laboratory \u793a\u4f8b\u68c0\u9a8c\u6240",
        "1 Laboratory Road",
        "YE3-160M-4",
        "11000 W",
        "YOKOGAWA,WT333E",
        "certificate S-0001",
        "0.88479",
        "1368.6",
        "97.2",
        "0.889364",
        "0.889408",
        "0.889194",
        "Watched while the motor settled",
        "Residual loss and regression",
        "No-load test",
        "Cooling curve",
        "Efficiency over load",
        "Thermal run",
        "Rejected readings",
        "2.5 % from 400 V",
        "Course of the test",
        "still rises by 1.3 K",
    };
    struct fixture *f = *state;

    REPORT(f);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_text(f, expected[i]);
    assert_text(f, json_string_value(
                       json_object_get(json_array_get(json_object_get(f->document, "frozen"), 0), "sha256")));
}

static void test_every_page(void **state)
{
    struct fixture *f = *state;
    json_t *entries = json_object_get(f->document, "entries");
    const char *head =
        json_string_value(json_object_get(json_array_get(entries, json_array_size(entries) - 1), "hash"));
    char *copy, *rest, *page;
    unsigned pages = 0, number = 0;

    REPORT(f);
    for (const char *p = f->text; *p; p++)
        pages += *p == '\f';
    assert_in_range(pages, 4, 12);
    copy = rest = strdup(f->text);
    while ((page = strsep(&rest, "\f")) && *page) {
        char foot[48];

        (void)snprintf(foot, sizeof foot, "Page %u of %u", ++number, pages);
        assert_non_null(strstr(page, foot));
        assert_non_null(strstr(page, "SIMULATED:"));
        assert_non_null(strstr(page, head));
        assert_non_null(strstr(page, json_string_value(json_object_get(f->document, "uuid"))));
    }
    assert_int_equal(number, pages);
    free(copy);
}

static void test_every_reading(void **state)
{
    static const struct {
        const char *store, *key;
        int decimals;
    } shown[] = {
        {"cold", "resistance_ohm", 5},
        {"rated_load", "p1_w", 1},
        {"cooling", "r_ohm", 5},
        {"load.points", "p1_w", 1},
        {"no_load.points", "p0_w", 2},
        {"monitor", "p1_w", 1},
        {"load.r_before_ohm", "r_ohm", 5},
        {"load.r_after_ohm", "r_ohm", 5},
        {"no_load.r_before_ohm", "r_ohm", 5},
        {"no_load.r_after_ohm", "r_ohm", 5},
    };
    struct fixture *f = *state;
    json_t *entry;
    size_t i, found = 0;

    REPORT(f);
    json_array_foreach(json_object_get(f->document, "entries"), i,
                       entry) for (size_t k = 0; k < sizeof shown / sizeof shown[0]; k++)
    {
        long long seq = json_integer_value(json_object_get(entry, "seq"));
        char number[32];

        if (!is_reading(entry, shown[k].store))
            continue;
        (void)snprintf(number, sizeof number, "%.*f", shown[k].decimals,
                       json_number_value(json_object_get(json_object_get(entry, "values"), shown[k].key)));
        if (!has_row(f, seq, number))
            fail_msg("entry %lld, %s %s, is not in the report", seq, shown[k].store, number);
        found++;
    }
    assert_int_equal(found, 54);
}

static void test_marked_points(void **state)
{
    struct fixture *f = *state;
    json_t *evaluation = json_object_get(f->document, "evaluation"), *entry;
    long long points[6];
    size_t i, n = 0;

    json_array_foreach(json_object_get(f->document, "entries"), i,
                       entry) if (n < 6 && is_reading(entry, "load.points"))
    {
        points[n++] = json_integer_value(json_object_get(entry, "seq"));
        if (n == 1)
            (void)json_object_set_new(entry, "replaced_by", json_integer(77));
    }
    assert_int_equal(n, 6);
    (void)json_object_set_new(evaluation, "deleted_point", json_integer(2));
    REPORT(f);
    assert_true(has_row(f, points[0], "replaced, see"));
    /* Index 2 of the sheet, which does not have the replaced one: the fourth that was taken. */
    assert_true(has_row(f, points[3], "deleted from"));
    assert_false(has_row(f, points[2], "deleted from"));
    assert_text(f, "deleted point");
}

static void test_invalid(void **state)
{
    struct fixture *f = *state;
    json_t *evaluation = json_object_get(f->document, "evaluation");

    (void)json_object_set_new(f->document, "verdict", json_string("INVALID"));
    (void)json_object_set_new(f->document, "simulated", json_false());
    (void)json_object_set_new(evaluation, "valid", json_false());
    (void)json_object_set_new(evaluation, "efficiency", json_null());
    (void)json_object_set_new(evaluation, "rated", json_object());
    (void)json_object_set_new(evaluation, "reasons", json_pack("[s]", "regression-correlation"));
    (void)json_object_set_new(
        evaluation, "reason_texts",
        json_pack("{s:s}", "regression-correlation", "r = 0.593, at least 0.95 is needed"));
    (void)json_object_set_new(json_object_get(evaluation, "grade"), "verdict", json_string("INVALID"));
    REPORT(f);
    assert_text(f, "The test is INVALID");
    assert_text(f, "regression-correlation");
    assert_text(f, "r = 0.593, at least 0.95 is needed");
    assert_text(f, "Approved by");
    assert_null(strstr(f->text, "SIMULATED"));
    assert_null(strstr(f->text, "nan"));
    assert_null(strstr(f->text, "FAIL\n"));
}

static void test_decision_and_sample(void **state)
{
    struct fixture *f = *state;
    json_t *grade = json_object_get(json_object_get(f->document, "evaluation"), "grade");
    json_t *entries = json_object_get(f->document, "entries");

    (void)json_object_set_new(json_object_get(f->document, "evaluation"), "overall",
                              json_pack("{s:[{s:s}, {s:s, s:s}, {s:s, s:s}]}", "items", "id", "efficiency",
                                        "id", "declared-efficiency", "verdict", "INCONCLUSIVE", "id", "label",
                                        "verdict", "FAIL"));
    (void)json_object_set_new(
        json_object_get(f->document, "evaluation"), "declared",
        json_pack("{s:f, s:s}", "tolerated", 0.9011, "note", "stricter than the standard"));
    (void)json_object_set_new(grade, "decision",
                              json_pack("{s:s, s:f, s:f, s:f, s:f, s:s}", "rule", "guarded-acceptance",
                                        "uncertainty", 0.00082, "coverage_factor", 2., "guard", 0.00164,
                                        "conformity_probability", 0.841, "statement",
                                        "fail, conformity not shown"));
    (void)json_object_set_new(f->document, "sample",
                              json_pack("{s:s, s:s, s:s}", "batch", "B-0314", "producer_credit_code",
                                        "9131000071234567X", "item_list", "supervision-2023"));
    (void)json_object_set_new(f->document, "inspection",
                              json_pack("{s:s, s:[{s:s, s:s, s:s, s:s}], s:[{s:s, s:b, s:s}]}", "sample",
                                        "keep the spare unit", "papers", "id", "ccc-route", "status",
                                        "finding", "sentence", "does not suffice", "source", "F3", "schemes",
                                        "id", "CEL", "applies", 1, "reason", "it must carry the label"));
    (void)json_array_append_new(entries, json_pack("{s:i, s:s, s:s, s:f, s:s, s:[{s:s, s:s}]}", "seq", 9999,
                                                   "type", "verdict", "time", "2026-11-21T09:03:06.199+08:00",
                                                   "t_s", 186., "hash", "00", "remedies", "about", "thermal",
                                                   "advice", "look at the cooling"));
    REPORT(f);
    assert_text(f, "agreed before the test: guarded-acceptance; guard band 0.00164 (k = 2)");
    assert_text(f, "efficiency 0.00082, conformity probability 0.841");
    assert_text(f, "fail, conformity not shown");
    assert_text(f, "9131000071234567X");
    assert_text(f, "supervision-2023");
    assert_text(f, "keep the spare unit");
    assert_text(f, "does not suffice");
    assert_text(f, "CEL applies: it must carry the label");
    assert_text(f, "not part of the verdict");
    assert_text(f, "look at the cooling");
    assert_text(f, "Energy label");
    assert_text(f, "0.9011");
    assert_text(f, "stricter than the standard");
}

/* One reading of the item rating. */
static json_t *rating_entry(int seq, const char *store, json_t *values)
{
    return json_pack("{s:i, s:s, s:s, s:f, s:s, s:s, s:o}", "seq", seq, "type", "reading", "time",
                     "2026-11-21T09:03:06.199+08:00", "t_s", 190. + seq, "hash", "00", "store", store,
                     "values", values);
}

static void test_starting(void **state)
{
    struct fixture *f = *state;
    json_t *entries = json_object_get(f->document, "entries"), *sweep = json_array();

    REPORT(f);
    assert_null(strstr(f->text, "Locked rotor"));
    assert_null(strstr(f->text, "Torque over speed"));
    for (int i = 0; i < 5; i++)
        (void)json_array_append_new(
            entries, rating_entry(9000 + i, "rating/locked-rotor",
                                  json_pack("{s:i, s:f, s:f, s:f}", "position", 0, "u_v", 400. - 60 * i,
                                            "i_a", 123.25 - 20 * i, "t_nm", 150. - 30 * i)));
    for (int i = 0; i < 40; i++)
        (void)json_array_append_new(sweep, json_pack("{s:s, s:f, s:f, s:f}", "branch", i < 20 ? "down" : "up",
                                                     "u_v", 400., "t_nm", 20. + i, "n_rpm", 1500. - 30 * i));
    (void)json_array_append_new(entries,
                                rating_entry(9010, "rating/sweep", json_pack("{s:o}", "points", sweep)));
    (void)json_array_append_new(entries,
                                rating_entry(9011, "rating/pull-up", json_pack("{s:O}", "points", sweep)));
    (void)json_array_append_new(
        entries, rating_entry(9012, "rating/cogging",
                              json_pack("{s:f, s:[{s:f, s:f}, {s:f, s:f}]}", "u_t_nm", 0.01, "points",
                                        "angle_deg", 10., "t_nm", 0.4, "angle_deg", 375., "t_nm", -0.4)));
    REPORT(f);
    assert_text(f, "Run up at rated voltage: torque");
    assert_text(f, "Cogging torque over the angle of the shaft");
    assert_text(f, "Rating: locked rotor");
    assert_true(has_row(f, 9000, "123.25"));
    assert_text(f, "Locked rotor: current");
    assert_text(f, "Locked rotor: torque");
    assert_text(f, "points of all rotor positions");
    assert_text(f, "Torque over speed, as measured");
    assert_text(f, "speed falling");
    assert_text(f, "speed rising");
    assert_null(strstr(f->text, "steady points"));
}

/* Findings of each item, the photographs, and what was not run and why. */
static void test_transformers(void **state)
{
    struct fixture *f = *state;
    json_t *analyser = json_array_get(json_object_get(f->document, "instruments"), 0);
    json_t *voltage = json_pack("{s:f, s:f, s:f, s:f}", "ratio_error", -0.00213, "displacement_rad", 0.00119,
                                "ratio_uncertainty", 0.00031, "displacement_uncertainty_rad", 0.00027);

    assert_int_equal(json_object_set_new(analyser, "voltage_transformer", voltage), 0);
    REPORT(f);
    assert_null(strstr(f->text, "Instrument transformers")); /* no ratio: there are none */
    assert_int_equal(json_object_set_new(analyser, "voltage_ratio", json_real(60)), 0);
    assert_int_equal(json_object_set_new(analyser, "current_ratio", json_real(15)), 0);
    REPORT(f);
    assert_text(f, "Instrument transformers");
    assert_text(f, "60.00");
    assert_text(f, "-0.213");
    assert_text(f, "1.190");
    assert_text(f, "0.031");
    assert_text(f, "0.270");
}

static void test_items(void **state)
{
    struct fixture *f = *state;
    json_t *finding =
        json_pack("{s:s, s:f, s:s, s:f, s:s, s:s, s:s, s:s, s:s}", "quantity", "earth-resistance", "value",
                  0.1732, "unit", "ohm", "limit", 0.1, "standard", "GB/T 14711", "edition", "2013", "clause",
                  "9.11", "verdict", "FAIL", "statement", "above what is allowed");

    (void)json_object_set_new(f->document, "items",
                              json_pack("[{s:s, s:s, s:s, s:s, s:s, s:[o]}, {s:s, s:s, s:s, s:s}]", "id",
                                        "grounding", "title", "resistance of the earth path", "state",
                                        "judged", "verdict", "FAIL", "reason", "the path is poor", "findings",
                                        finding, "id", "rotation", "title", "direction of rotation", "state",
                                        "not-run", "reason", "the safety item grounding is FAIL"));
    (void)json_array_append_new(
        json_object_get(f->document, "frozen"),
        json_pack("{s:s, s:s, s:i}", "name", "photo/grounding-bond-1.jpg", "sha256", "5ca1ab1e", "size", 7));
    REPORT(f);
    assert_text(f, "Items of the inspection");
    assert_text(f, "resistance of the earth path: FAIL, the path is poor");
    assert_text(f, "0.1732");
    assert_text(f, "GB/T 14711-2013");
    assert_text(f, "grounding-bond-1.jpg");
    assert_text(f, "Not shown: the file of the records was not at hand");
    assert_text(f, "Not run: direction of rotation, the safety item grounding is FAIL.");
}

/* ---- Photographs ---- */

#define PLATE "tests/data/faults/plate.jpg"
#define SMALL "tests/data/faults/photo.png"

static void append(struct mb_record *record, const char *type, json_t *payload)
{
    struct mb_error err = {""};

    assert_non_null(payload);
    assert_int_equal(mb_record_append(record, 1000000000, type, payload, &err), 0);
    json_decref(payload);
}

static void freeze(struct mb_record *record, const char *name, const char *file, size_t size_max)
{
    struct mb_error err = {""};
    char *bytes = NULL;
    size_t size = 0;

    assert_int_equal(mb_file_read(file, 1 << 20, &bytes, &size, &err), 0);
    size = size < size_max ? size : size_max;
    assert_int_equal(mb_record_freeze(record, name, bytes, size, &err), 0);
    append(record, "photo",
           json_pack("{s:s, s:s, s:s, s:s}", "item", "marking", "ask", "plate", "photo", name, "who",
                     "uid 1000"));
    free(bytes);
}

/* A record with one of each kind instead of the sample. */
static void take_photographs(struct fixture *f)
{
    const struct mb_record_head head = {.bench = "hall-1", .program_version = "0", .time_factor = 1};
    struct mb_record *record = NULL;
    struct mb_store *store = NULL;
    struct mb_error err = {""};

    (void)snprintf(f->store, sizeof f->store, "%s/records.sqlite", f->folder);
    assert_int_equal(mb_store_open(f->store, false, &store, &err), 0);
    assert_int_equal(mb_record_create(store, &head, &record, &err), 0);
    freeze(record, "photo/whole.jpg", PLATE, SIZE_MAX);
    freeze(record, "photo/small.png", SMALL, SIZE_MAX);
    freeze(record, "photo/half.jpg", PLATE, 6000);
    freeze(record, "photo/none.jpg", PLATE, 100);
    append(record, "reading",
           json_pack("{s:s, s:i, s:{s:s, s:s}}", "store", "marking/answers", "index", 0, "values", "title",
                     "nameplate legible", "photo", "photo/whole.jpg"));
    assert_int_equal(mb_record_finish(record, "done", "PASS", "", &err), 0);
    json_decref(f->document);
    f->document = NULL;
    assert_int_equal(mb_store_load(store, mb_record_uuid(record), &f->document, &err), 0);
    record = mb_record_free(record);
    store = mb_store_close(store);
}

/* Pictures in the PDF; -1: the program that counts them is not there. */
static int pictures(const struct fixture *f)
{
    struct run_result result;
    int lines = -2; /* its heading */

    if (run_program((const char *const[]){"pdfimages", "-list", f->path, NULL}, NULL, &result) < 0 ||
        result.status != 0)
        return -1;
    for (const char *p = result.out; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    run_result_clear(&result);
    return lines;
}

static void test_photographs(void **state)
{
    struct fixture *f = *state;
    json_t *frozen;
    size_t i;

    take_photographs(f);
    REPORT(f);
    assert_int_equal(pictures(f), 3);
    assert_text(f, "marking: nameplate legible");
    assert_text(f, "uid 1000");
    assert_text(f, "Shown in part: the file is damaged");
    assert_text(f, "Not shown: it cannot be decoded");
    json_array_foreach(json_object_get(f->document, "frozen"), i, frozen)(void)
        json_object_set_new(frozen, "sha256", json_string("0000"));
    REPORT(f);
    assert_int_equal(pictures(f), 0);
    assert_text(f, "Not shown: its bytes are not those of the record");
}

static void test_aborted(void **state)
{
    struct fixture *f = *state;

    (void)json_object_set_new(f->document, "evaluation", json_null());
    (void)json_object_set_new(f->document, "sheet", json_null());
    (void)json_object_set_new(f->document, "state", json_string("aborted"));
    (void)json_object_set_new(f->document, "verdict", json_string("INVALID"));
    (void)json_object_set_new(f->document, "reason", json_string("aborted by the operator"));
    while (json_array_size(json_object_get(f->document, "entries")) > 12)
        (void)json_array_remove(json_object_get(f->document, "entries"), 12);
    REPORT(f);
    assert_text(f, "aborted by the operator");
    assert_text(f, "no evaluation");
    assert_text(f, "aborted before its end");
}

/* A record that ended before its first entry, texts longer than any column, numbers wider than any. */
static void test_extremes(void **state)
{
    struct fixture *f = *state;
    json_t *entries = json_object_get(f->document, "entries"), *entry;
    char *words = malloc(20001);
    size_t i;

    for (i = 0; i < 20000; i++)
        words[i] = i % 100 < 90 ? 'w' : ' ';
    words[20000] = '\0';
    json_array_foreach(entries, i, entry)
    {
        json_t *values = json_object_get(entry, "values"), *value;
        const char *key;

        (void)json_object_set_new(entry, "text", json_string(words));
        if (json_object_get(entry, "reasons"))
            (void)json_object_set_new(entry, "reasons", json_pack("[s, s]", words, words));
        json_object_foreach(values, key, value)(void) json_object_set_new(values, key, json_real(-1.7e300));
    }
    (void)json_object_set_new(json_object_get(f->document, "motor"), "manufacturer", json_string(words));
    (void)json_object_set_new(f->document, "reason", json_string(words));
    free(words);
    REPORT(f);
    assert_text(f, "End of report");
    json_decref(f->document);
    f->document = json_pack("{s:s}", "format", "motorbench-record/1");
    REPORT(f);
    assert_text(f, "NO VERDICT");
    assert_text(f, "Page 1 of 1");
}

static void test_standard_output(void **state)
{
    struct fixture *f = *state;
    char *input = json_dumps(f->document, 0);
    struct run_result result;

    run(input, NULL, &result);
    assert_int_equal(result.status, 0);
    assert_true(result.out_size > 10000);
    assert_memory_equal(result.out, "%PDF-", 5);
    run_result_clear(&result);
    free(input);
}

static void test_refused(void **state)
{
    static const struct {
        const char *input, *arguments[4];
        int status;
    } cases[] = {
        {"", {NULL}, 2},
        {"{\"format\": ", {NULL}, 2},
        {"[]", {NULL}, 2},
        {"{}", {NULL}, 2},
        {"{\"format\": \"motorbench-record/2\"}", {NULL}, 2},
        {"{\"format\": \"motorbench-sheet/2\"}", {NULL}, 2},
        {"{\"format\": \"motorbench-record/1\", \"format\": 1}", {NULL}, 2},
        {"{\"format\": \"motorbench-record/1\"}", {"--language", "fr", NULL}, 2},
        {"{\"format\": \"motorbench-record/1\"}", {"--nonsense", NULL}, 2},
        {"{\"format\": \"motorbench-record/1\"}", {"file.json", NULL}, 2},
        {"{\"format\": \"motorbench-record/1\"}", {"-o", "/nonexistent/report.pdf", NULL}, 4},
        {"{\"format\": \"motorbench-record/1\"}", {"-o", "/dev/full", NULL}, 4},
    };

    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct run_result result;
        const char *arguments[] = {"-o", f->path, cases[i].arguments[0], cases[i].arguments[1], NULL};
        bool own_path = cases[i].arguments[0] && strcmp(cases[i].arguments[0], "-o") == 0;

        run(cases[i].input, own_path ? cases[i].arguments : arguments, &result);
        if (result.status != cases[i].status || !run_result_is_one_line_error(&result, "motorbench-report"))
            fail_msg("case %zu: status %d: %s", i, result.status, result.err);
        assert_int_equal(result.out_size, 0);
        assert_int_not_equal(access(f->path, F_OK), 0);
        run_result_clear(&result);
    }
}

/* What was there before stays whole when the new report cannot be made. */
static void test_keeps_old(void **state)
{
    struct fixture *f = *state;
    struct run_result result;
    FILE *old = fopen(f->path, "w");
    char text[16] = "";

    assert_non_null(old);
    assert_true(fputs("old", old) >= 0);
    (void)fclose(old);
    run("{", (const char *const[]){"-o", f->path, NULL}, &result);
    assert_int_equal(result.status, 2);
    run_result_clear(&result);
    old = fopen(f->path, "r");
    assert_non_null(old);
    assert_non_null(fgets(text, sizeof text, old));
    (void)fclose(old);
    assert_string_equal(text, "old");
}

#define WITH_SAMPLE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SAMPLE(test_verdict),         WITH_SAMPLE(test_contents),
        WITH_SAMPLE(test_every_page),      WITH_SAMPLE(test_every_reading),
        WITH_SAMPLE(test_marked_points),   WITH_SAMPLE(test_invalid),
        WITH_SAMPLE(test_aborted),         WITH_SAMPLE(test_extremes),
        WITH_SAMPLE(test_standard_output), WITH_SAMPLE(test_refused),
        WITH_SAMPLE(test_keeps_old),       WITH_SAMPLE(test_decision_and_sample),
        WITH_SAMPLE(test_starting),        WITH_SAMPLE(test_items),
        WITH_SAMPLE(test_transformers),    WITH_SAMPLE(test_photographs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
