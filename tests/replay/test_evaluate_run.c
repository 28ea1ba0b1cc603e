/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `motorbench evaluate` of a run's record instead of a sheet: a bundle, which needs no daemon. */
#include "support/test.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "record/bundle.h"
#include "support/record_sample.h"
#include "support/run_program.h"

#define EFFICIENCY 0.889364 /* of the sample, whose readings are the vector's (procedures section 9) */
#define DIRECT 0.889194     /* of its rated load alone */

struct fixture {
    char folder[32], store[64], bundle[64], empty[64], report[64], program[256];
    struct mb_error err;
};

/* sample NULL: a run that ended before its first reading. */
static void bundle_of(struct fixture *f, const json_t *sample, const char *path)
{
    const struct mb_record_head head = {
        .bench = "demo", .simulated = true, .time_factor = 1, .program_version = MB_VERSION};
    struct mb_record *record = NULL;
    struct mb_store *store = NULL;
    char uuid[MB_UUID_SIZE];

    if (mb_store_open(f->store, false, &store, &f->err) < 0 ||
        mb_record_create(store, &head, &record, &f->err) < 0 ||
        (sample && record_sample_append(sample, record, &f->err) < 0) ||
        mb_record_finish(record, "done", NULL, NULL, &f->err) < 0)
        fail_msg("%s", f->err.text);
    (void)snprintf(uuid, sizeof uuid, "%s", mb_record_uuid(record));
    (void)mb_record_free(record);
    (void)mb_store_close(store);
    if (mb_bundle_write(f->store, uuid, path, &f->err) < 0)
        fail_msg("%s", f->err.text);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    json_t *sample = json_load_file(RECORD_SAMPLE, 0, NULL);

    assert_non_null(sample);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/mb-evaluate-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->store, sizeof f->store, "%s/records.db", f->folder);
    (void)snprintf(f->bundle, sizeof f->bundle, "%s/run.mbb", f->folder);
    (void)snprintf(f->empty, sizeof f->empty, "%s/empty.mbb", f->folder);
    (void)snprintf(f->report, sizeof f->report, "%s/report.pdf", f->folder);
    (void)run_program_path("motorbench", f->program, sizeof f->program);
    bundle_of(f, sample, f->bundle);
    bundle_of(f, NULL, f->empty);
    json_decref(sample);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    const char *const argv[] = {"rm", "-rf", f->folder, NULL};
    struct run_result result;

    (void)run_program(argv, NULL, &result);
    run_result_clear(&result);
    free(f);
    return 0;
}

static void run(const char *const argv[], struct run_result *result)
{
    /* Fontconfig and cairo keep caches to the end: no leaks of ours. */
    static const char *const environment[] = {
        "LSAN_OPTIONS=print_suppressions=0:suppressions=tests/support/library-caches.supp", NULL};

    assert_int_equal(run_program(argv, &(struct run_options){.environment = environment}, result), 0);
}

static double efficiency_of(const json_t *document)
{
    return json_real_value(json_object_get(document, "efficiency"));
}

static void several_methods_side_by_side(void **state)
{
    struct fixture *f = *state;
    const char *const argv[] = {f->program, "--json", "evaluate", f->bundle, "--also", "A,2-1-1C", NULL};
    struct run_result result;
    json_t *document, *also;

    run(argv, &result);
    document = json_loads(result.out, 0, NULL);
    if (!document)
        fail_msg("%d: %s%s", result.status, result.out, result.err);
    also = json_object_get(document, "also");
    assert_int_equal(json_array_size(also), 2);
    assert_true(fabs(efficiency_of(document) - EFFICIENCY) < 1e-6);
    assert_true(fabs(efficiency_of(json_array_get(also, 0)) - DIRECT) < 1e-6);
    assert_string_equal(json_string_value(json_object_get(json_array_get(also, 1), "method")), "2-1-1C");
    json_decref(document);
    run_result_clear(&result);
}

static void the_report_has_the_readings(void **state)
{
    struct fixture *f = *state;
    const char *const argv[] = {f->program, "evaluate", f->bundle, "--report", f->report, NULL};
    struct mb_error err = {""};
    struct run_result result;
    char *text = NULL;
    size_t size = 0;

    run(argv, &result);
    if (mb_file_read(f->report, 1 << 24, &text, &size, &err) < 0)
        fail_msg("%s%s", err.text, result.err);
    assert_memory_equal(text, "%PDF", 4);
    free(text);
    run_result_clear(&result);
}

static void a_run_without_readings_makes_no_sheet(void **state)
{
    struct fixture *f = *state;
    const char *const argv[] = {f->program, "evaluate", f->empty, NULL};
    struct run_result result;

    run(argv, &result);
    assert_int_equal(result.status, 2);
    assert_true(run_result_is_one_line_error(&result, "motorbench"));
    assert_non_null(strstr(result.err, "make no test sheet"));
    run_result_clear(&result);
}

/* A store with two runs in it is no bundle, and no sheet either. */
static void a_file_that_is_no_bundle_is_refused(void **state)
{
    struct fixture *f = *state;
    const char *const argv[] = {f->program, "evaluate", f->store, NULL};
    struct run_result result;

    run(argv, &result);
    assert_int_equal(result.status, 2);
    assert_true(run_result_is_one_line_error(&result, "motorbench"));
    run_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_methods_side_by_side),
        cmocka_unit_test(the_report_has_the_readings),
        cmocka_unit_test(a_run_without_readings_makes_no_sheet),
        cmocka_unit_test(a_file_that_is_no_bundle_is_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
