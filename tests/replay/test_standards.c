/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench standards list | show | diff | import, as a user meets them. */
#include "support/test.h"

#include <dirent.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "support/run_program.h"

#define WORDS_MAX 16
#define RECORD "tests/data/record-sample.json"
#define HEAD "id,edition,title,level,issued,in_force,replaces\n"
#define ROW "GB 18613,2031,Efficiency limits,mandatory,2030-06-01,2031-06-01,GB 18613-2020\n"
#define FLAG "superseded from 2031-06-01 by GB 18613-2031 (bulletin-2030-06-01.csv:2)"

struct folder {
    char site[40], bulletin[64];
};

static int setup(void **state)
{
    struct folder *f = calloc(1, sizeof *f);

    assert_non_null(f);
    (void)snprintf(f->site, sizeof f->site, "/tmp/mb-standards-XXXXXX");
    assert_non_null(mkdtemp(f->site));
    (void)snprintf(f->bulletin, sizeof f->bulletin, "%s.csv", f->site);
    *state = f;
    return 0;
}

/* Bulletins in the laboratory's folder; they are removed when count is NULL. */
static void look_into(const char *site, size_t *count)
{
    DIR *folder = opendir(site);
    char path[PATH_MAX];

    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", site, entry->d_name);
        if (count)
            *count += 1;
        else
            (void)unlink(path);
    }
    (void)closedir(folder);
}

static int teardown(void **state)
{
    struct folder *f = *state;

    look_into(f->site, NULL);
    (void)unlink(f->bulletin);
    assert_int_equal(rmdir(f->site), 0);
    free(f);
    return 0;
}

/* "standards" and the words; the status is as expected. */
static struct run_result run(int status, const char *const words[])
{
    const char *argv[WORDS_MAX + 3] = {NULL, "standards"};
    struct run_result r;
    char path[PATH_MAX];

    argv[0] = run_program_path("motorbench", path, sizeof path);
    for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
        argv[i + 2] = words[i];
    assert_int_equal(run_program(argv, NULL, &r), 0);
    if (r.status != status)
        fail_msg("%s: status %d, %s%s", words[0], r.status, r.out, r.err);
    if (status != 0)
        assert_true(run_result_is_one_line_error(&r, "motorbench"));
    return r;
}
#define RUN(status, ...) run((status), (const char *const[]){__VA_ARGS__, NULL})

/* What it prints has this in it. */
static void says(struct run_result r, const char *part)
{
    if (!strstr(r.out, part) && !strstr(r.err, part))
        fail_msg("'%s' is not in: %s%s", part, r.out, r.err);
    run_result_clear(&r);
}

static json_t *json_of(struct run_result r)
{
    json_t *document = json_loads(r.out, JSON_REJECT_DUPLICATES, NULL);

    if (!document)
        fail_msg("no JSON: %s", r.out);
    run_result_clear(&r);
    return document;
}

static const json_t *edition_of(const json_t *document, const char *id, const char *edition)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(document, "standards"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "id")), id) == 0 &&
            strcmp(json_string_value(json_object_get(row, "edition")), edition) == 0)
            return row;
    }
    return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    assert_non_null(text);
    return text;
}

static void a_list_has_what_is_in_force(void **state)
{
    const struct folder *f = *state;
    json_t *now = json_of(RUN(0, "list", "--json", "--site", f->site));
    json_t *all = json_of(RUN(0, "list", "--all", "--json", "--site", f->site));
    const json_t *old = edition_of(all, "GB 12350", "2009");

    assert_non_null(edition_of(now, "GB 18613", "2020"));
    assert_null(edition_of(now, "GB 18613", "2012"));
    assert_non_null(edition_of(all, "GB 18613", "2012"));
    assert_true(json_array_size(json_object_get(all, "standards")) >
                json_array_size(json_object_get(now, "standards")));
    assert_string_equal(text_of(old, "status"), "withdrawn");
    assert_string_equal(text_of(old, "replaced_by"), "GB/T 12350-2022");
    assert_string_equal(text_of(old, "until"), "2022-11-01");
    assert_true(json_is_true(json_object_get(old, "binding")));
    json_decref(now);
    json_decref(all);
    says(RUN(0, "list", "--all", "--site", f->site), "(withdrawn)");
}

static void one_standard_with_everything_by_it(void **state)
{
    const struct folder *f = *state;
    json_t *document = json_of(RUN(0, "show", "GB 18613", "--json", "--site", f->site));
    const json_t *edition = edition_of(document, "GB 18613", "2020"), *table;

    assert_int_equal(json_array_size(json_object_get(document, "standards")), 2);
    assert_int_equal(json_array_size(json_object_get(edition, "scopes")), 5);
    table = json_array_get(json_object_get(edition, "tables"), 0);
    assert_int_equal(json_array_size(json_object_get(edition, "tables")), 6);
    assert_int_equal(json_integer_value(json_object_get(table, "cells")), 504);
    assert_true(json_array_size(json_object_get(edition, "items")) > 0);
    assert_null(json_object_get(edition, "superseded"));
    json_decref(document);
    says(RUN(0, "show", "gb18613-2020", "--site", f->site), "504 cells, 504 may decide");
    says(RUN(0, "show", "GB/T 14711", "--site", f->site), "replaced by   GB/T 14711-2025");
    says(RUN(0, "show", "T/CEEIA 380", "--site", f->site),
         "indicator     temperature rise of the winding, measured");
    says(RUN(2, "show", "XX 1", "--site", f->site), "'XX 1' is not in the catalogue");
}

static void two_editions(void **state)
{
    const struct folder *f = *state;
    json_t *document =
        json_of(RUN(0, "diff", "GB/T 14711-2013", "GB/T 14711-2025", "--json", "--site", f->site));

    assert_true(json_integer_value(json_object_get(json_object_get(document, "counts"), "missing-b")) > 5);
    assert_string_equal(text_of(json_object_get(document, "a"), "name"), "GB/T 14711-2013");
    json_decref(document);
    says(RUN(0, "diff", "GB 18613-2012", "GB 18613-2020", "--site", f->site),
         "not in the data, to be entered in gb18613-2012_three_phase.csv");
    says(RUN(2, "diff", "GB 18613", "GB 18613-2020", "--site", f->site), "several editions");
    says(RUN(2, "diff", "GB 18613-2020", "--site", f->site), "an argument is missing");
}

static void two_editions_on_a_record(void **state)
{
    const struct folder *f = *state;
    json_t *document = json_of(
        RUN(0, "diff", "GB 18613-2012", "GB 18613-2020", "--record", RECORD, "--json", "--site", f->site));

    assert_string_equal(text_of(json_object_get(document, "a"), "verdict"), "INCONCLUSIVE");
    assert_string_equal(text_of(json_object_get(document, "b"), "verdict"), "FAIL");
    json_decref(document);
    says(RUN(0, "diff", "GB 18613-2012", "GB 18613-2020", "--record", RECORD, "--site", f->site),
         "verdict      INCONCLUSIVE                       FAIL");
    says(RUN(2, "diff", "GB 18613-2012", "GB 18613-2020", "--record", "Makefile", "--site", f->site),
         "Makefile:1: not a record");
    says(RUN(5, "--bus", "unix:path=/nonexistent", "diff", "GB 18613-2012", "GB 18613-2020", "--record",
             "12ab", "--site", f->site),
         "bus cannot be reached");
}

static void put(const struct folder *f, const char *text)
{
    struct mb_error err = {""};

    assert_int_equal(mb_file_write(f->bulletin, text, strlen(text), &err), 0);
}

static void a_bulletin_is_looked_at(void **state)
{
    const struct folder *f = *state;
    size_t kept = 0;

    put(f, HEAD ROW);
    says(RUN(0, "import", f->bulletin),
         "gb18613-2020_table1_three_phase.csv:1  GB 18613-2020 Table 1, 504 rows");
    put(f, HEAD "GB/T 1032,2030,Test methods,voluntary,2030-05-01,2030-12-01,GB/T 1032-2023\n");
    says(RUN(0, "import", f->bulletin), "plans/efficiency-2-1-1B.yaml:");
    put(f, HEAD "GB/T 99999,2030,Something new,voluntary,2030-05-01,2030-12-01,\n");
    says(RUN(0, "import", f->bulletin), "touches nothing");
    look_into(f->site, &kept);
    assert_int_equal(kept, 0);
}

static void a_kept_bulletin_flags_what_it_replaces(void **state)
{
    const struct folder *f = *state;
    size_t kept = 0;
    json_t *document;

    put(f, HEAD ROW);
    document = json_of(RUN(0, "import", f->bulletin, "--site", f->site, "--json"));
    assert_true(json_is_true(json_object_get(document, "new")));
    json_decref(document);
    document = json_of(RUN(0, "import", f->bulletin, "--site", f->site, "--json"));
    assert_true(json_is_false(json_object_get(document, "new")));
    json_decref(document);
    look_into(f->site, &kept);
    assert_int_equal(kept, 1);
    document = json_of(RUN(0, "show", "GB 18613-2020", "--site", f->site, "--json"));
    assert_string_equal(text_of(edition_of(document, "GB 18613", "2020"), "superseded"), FLAG);
    json_decref(document);
    says(RUN(0, "list", "--site", f->site), "! " FLAG);
    document = json_of(RUN(0, "check", "--site", f->site, "--json")); /* no file without effect */
    assert_true(json_is_true(json_object_get(document, "ok")));
    json_decref(document);
}

/* The plan says it of the standards that apply. */
static void a_plan_is_flagged(void **state)
{
    const struct folder *f = *state;
    char program[PATH_MAX];
    const char *const argv[] = {run_program_path("motorbench", program, sizeof program),
                                "plan",
                                "docs/examples/motor.yaml",
                                "--site",
                                f->site,
                                NULL};
    struct run_result r;

    put(f, HEAD ROW);
    says(RUN(0, "import", f->bulletin, "--site", f->site), "kept as");
    assert_int_equal(run_program(argv, NULL, &r), 0);
    assert_int_equal(r.status, 0);
    says(r, FLAG);
}

static void a_bad_bulletin_leaves_nothing(void **state)
{
    const struct folder *f = *state;
    char place[120];
    size_t kept = 0;

    put(f, HEAD ROW "GB 5,2031,T,mandatory,2031-06-01,2030-06-01,\n");
    (void)snprintf(place, sizeof place, "motorbench: %s:3: in force on 2030-06-01, before", f->bulletin);
    says(RUN(2, "import", f->bulletin, "--site", f->site), place);
    put(f, HEAD ROW);
    says(RUN(0, "import", f->bulletin, "--site", f->site), "kept as");
    put(f, HEAD "GB 18613,2031,Efficiency limits,mandatory,2030-06-01,2031-07-01,GB 18613-2020\n");
    says(RUN(2, "import", f->bulletin, "--site", f->site), "stands otherwise in bulletin-2030-06-01.csv:2");
    look_into(f->site, &kept);
    assert_int_equal(kept, 1);
    says(RUN(2, "import", f->bulletin, "--site", "/nonexistent/folder"), "there is no such folder");
    says(RUN(2, "import", "/nonexistent/bulletin.csv"), "/nonexistent/bulletin.csv: ");
    says(RUN(2, "import"), "an argument is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_list_has_what_is_in_force, setup, teardown),
        cmocka_unit_test_setup_teardown(one_standard_with_everything_by_it, setup, teardown),
        cmocka_unit_test_setup_teardown(two_editions, setup, teardown),
        cmocka_unit_test_setup_teardown(two_editions_on_a_record, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bulletin_is_looked_at, setup, teardown),
        cmocka_unit_test_setup_teardown(a_kept_bulletin_flags_what_it_replaces, setup, teardown),
        cmocka_unit_test_setup_teardown(a_plan_is_flagged, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bad_bulletin_leaves_nothing, setup, teardown),
    };

    return cmocka_run_group_tests_name("standards-program", tests, NULL, NULL);
}
