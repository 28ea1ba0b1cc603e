/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One whole inspection of a simulated motor, and what can be done with its record afterwards. The tests stand
 * in their order: the first makes the record, the last spoils it. */
#include "support/test.h"

#include <limits.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "support/daemon_fixture.h"
#include "support/eventually.h"

/* MOTORBENCH_SAMPLES=HZ: the power analyser is the data acquisition at this rate, in time that is a quarter
 * as fast. */
static const char *const simulator[] = {
    "--motor", "tests/data/quick-motor.yaml", "--factor", "200", "--seed", "5", NULL};
#define STEP_MS 600000u
#define LIMITS "limits/gb18613-2020_table1_three_phase.csv"
#define FILE_MAX (16u << 20)
#define EFFICIENCY_TOLERANCE                                                                                 \
    0.003 /* what class 0.1 instruments and a drifting coolant may do to a good inspection */

struct inspection {
    struct daemon_fixture fixture;
    json_t *document; /* as exported after the run; NULL: it did not get that far */
};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct inspection));
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    struct inspection *i = *state;

    daemon_fixture_clear(&i->fixture);
    json_decref(i->document);
    free(i);
    return 0;
}

static const char *text_of(const json_t *document, const char *key)
{
    const char *text = json_string_value(json_object_get(document, key));

    assert_non_null(text);
    return text;
}

static double number_of(const json_t *document, const char *key)
{
    json_t *value = json_object_get(document, key);

    assert_true(json_is_number(value));
    return json_number_value(value);
}

static char *read_file(const char *path, size_t *ret_size)
{
    struct mb_error err = {""};
    char *text = NULL;

    if (mb_file_read(path, FILE_MAX, &text, ret_size, &err) < 0)
        fail_msg("%s", err.text);
    return text;
}

/* ---- The inspection. ---- */

static bool rotor_rests(void *userdata)
{
    return fabs(daemon_fixture_truth(userdata, "speed_rpm")) < 1;
}

/* What the operator does by hand. */
static void uncouple(struct daemon_fixture *f)
{
    daemon_fixture_await(f, "Ask", "uncouple", STEP_MS);
    daemon_fixture_await(f, "State", "waiting", FIXTURE_PATIENCE_MS);
    assert_false(daemon_fixture_output_on(f));
    assert_true(eventually(rotor_rests, f, FIXTURE_PATIENCE_MS));
    daemon_fixture_simulator(f, "uncouple");
    assert_int_equal(FIXTURE_STATUS(f, "answer", f->uuid, "uncouple", "perhaps"), 2);
    assert_int_equal(FIXTURE_STATUS(f, "answer", f->uuid, "uncouple", "done"), 0);
}

/* "# rated output, coolant 25 degC: efficiency 0.95..." */
static double true_efficiency(const struct daemon_fixture *f)
{
    static const char words[] = "coolant 25 degC: efficiency ";
    size_t size;
    char *text = read_file(f->sim.truth, &size), *at = strstr(text, words);
    double efficiency;

    assert_non_null(at);
    efficiency = strtod(at + strlen(words), NULL);
    free(text);
    return efficiency;
}

/* A step that records samples, before the load curve. */
static void add_recording(struct daemon_fixture *f)
{
    static const char place[] = "    - id: load-before\n",
                      step[] =
                          "    - {id: samples, kind: record-waveform, title: Samples, resume_at: restart,"
                          " with: {seconds: 2}}\n";
    struct mb_error err = {""};
    char path[PATH_MAX], *text, *longer, *at;
    size_t size;

    (void)snprintf(path, sizeof path, "%s/plans/efficiency-2-1-1B.yaml", f->data);
    text = read_file(path, &size);
    at = strstr(text, place);
    assert_non_null(at);
    longer = malloc(size + sizeof step);
    assert_non_null(longer);
    (void)snprintf(longer, size + sizeof step, "%.*s%s%s", (int)(at - text), text, step, at);
    if (mb_file_write(path, longer, strlen(longer), &err) < 0)
        fail_msg("%s", err.text);
    free(longer);
    free(text);
}

/* Behind the verdict of the run: "  2-1-1A    0.9..." */
static void output_has_other_methods(const char *output)
{
    static const char *const methods[] = {"\n  2-1-1A ", "\n  2-1-1C "};
    const char *at = strstr(output, "\nOther methods");

    assert_non_null(at);
    assert_true(at > strstr(output, " is done: "));
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        const char *row = strstr(at, methods[i]);
        double efficiency;

        assert_non_null(row);
        efficiency = strtod(row + strlen(methods[i]), NULL);
        assert_true(efficiency > 0.85 && efficiency < 0.95);
    }
}

static void a_motor_is_inspected(void **state)
{
    struct inspection *i = *state;
    struct daemon_fixture *f = &i->fixture;
    const char *const samples = getenv("MOTORBENCH_SAMPLES"), *verdict;
    const char *const sampling[] = {
        "--motor", "tests/data/quick-motor.yaml", "--factor", "50", "--seed", "5", "--samples", samples,
        NULL};
    char *output;
    int status;

    if (samples)
        (void)printf("# the power analyser samples at %s Hz\n", samples);
    daemon_fixture_start(f, &(struct daemon_fixture_setting){.sim = samples ? sampling : simulator,
                                                             .edit = samples ? add_recording : NULL,
                                                             .own_data = true});
    daemon_fixture_run_with(f, (const char *const[]){"--also", "A,2-1-1C", NULL});
    uncouple(f);
    status = daemon_fixture_run_status(f, STEP_MS);
    output = daemon_fixture_run_output(f);
    if (status != 0 && status != 1)
        daemon_fixture_fail(f, "the inspection ended with status %d", status);
    assert_false(daemon_fixture_output_on(f));
    i->document = FIXTURE_JSON(f, 0, "export", f->uuid, "--format", "json");
    verdict = text_of(i->document, "verdict");
    assert_string_equal(verdict, status == 0 ? "PASS" : "FAIL");
    assert_non_null(strstr(output, verdict));
    output_has_other_methods(output);
    assert_string_equal(text_of(i->document, "state"), "done");
    free(output);
}

static struct daemon_fixture *inspected(void **state)
{
    struct inspection *i = *state;

    assert_non_null(i->document);
    return &i->fixture;
}

static void the_efficiency_is_the_motors(void **state)
{
    const struct daemon_fixture *f = inspected(state);
    const json_t *evaluation = json_object_get(((struct inspection *)*state)->document, "evaluation");
    double measured = number_of(evaluation, "efficiency"), truth = true_efficiency(f);

    assert_true(json_is_true(json_object_get(evaluation, "valid")));
    if (!(fabs(measured - truth) < EFFICIENCY_TOLERANCE))
        fail_msg("efficiency %.5f, in truth %.5f", measured, truth);
}

/* The verdict follows from value and limit, and the limit from the table for 11 kW and four poles. */
static void the_verdict_follows_from_the_limit(void **state)
{
    const json_t *document = (inspected(state), ((struct inspection *)*state)->document);
    const json_t *evaluation = json_object_get(document, "evaluation"),
                 *grade = json_object_get(evaluation, "grade");
    bool above = number_of(evaluation, "efficiency") >= number_of(grade, "limit");

    assert_true(fabs(number_of(grade, "limit") - 0.914) < 1e-12);
    assert_string_equal(text_of(document, "verdict"), above ? "PASS" : "FAIL");
    assert_string_equal(text_of(grade, "verdict"), text_of(document, "verdict"));
}

static void the_list_has_it(void **state)
{
    struct daemon_fixture *f = inspected(state);
    json_t *list = FIXTURE_JSON(f, 0, "list"), *record = json_array_get(json_object_get(list, "records"), 0);

    assert_string_equal(text_of(record, "uuid"), f->uuid);
    assert_string_equal(text_of(record, "verdict"),
                        text_of(((struct inspection *)*state)->document, "verdict"));
    assert_true(json_is_true(json_object_get(record, "simulated")));
    json_decref(list);
}

/* ---- Exports. ---- */

static void show_and_export_agree(void **state)
{
    struct daemon_fixture *f = inspected(state);
    json_t *show = FIXTURE_JSON(f, 0, "show", f->uuid);
    char prefix[9];

    assert_true(json_equal(show, ((struct inspection *)*state)->document));
    json_decref(show);
    (void)snprintf(prefix, sizeof prefix, "%.8s", f->uuid);
    show = FIXTURE_JSON(f, 0, "show", prefix);
    assert_string_equal(text_of(show, "uuid"), f->uuid);
    json_decref(show);
}

/* A record that the daemon has, by the edition that judged it and by one whose table is empty. */
static void two_editions_on_the_record(void **state)
{
    struct daemon_fixture *f = inspected(state);
    const json_t *document = ((struct inspection *)*state)->document;
    json_t *diff =
        FIXTURE_JSON(f, 0, "standards", "diff", "GB 18613-2012", "GB 18613-2020", "--record", f->uuid);
    const json_t *side = json_object_get(diff, "b");

    assert_string_equal(text_of(diff, "uuid"), f->uuid);
    assert_string_equal(text_of(side, "verdict"), text_of(document, "verdict"));
    assert_true(number_of(side, "efficiency") ==
                number_of(json_object_get(document, "evaluation"), "efficiency"));
    assert_string_equal(text_of(json_object_get(diff, "a"), "verdict"), "INCONCLUSIVE");
    json_decref(diff);
}

/* The daemon's readings go through the evaluation of a sheet: the same number, and another method beside it.
 */
static void other_methods_of_the_record(void **state)
{
    struct daemon_fixture *f = inspected(state);
    const json_t *document = ((struct inspection *)*state)->document;
    json_t *evaluation = FIXTURE_JSON(f, 0, "evaluate", f->uuid, "--also", "2-1-1A");

    assert_true(number_of(evaluation, "efficiency") ==
                number_of(json_object_get(document, "evaluation"), "efficiency"));
    assert_string_equal(text_of(json_array_get(json_object_get(evaluation, "also"), 0), "method"), "2-1-1A");
    json_decref(evaluation);
}

/* The line of an entry: "SEQ,TIME,...". */
static const char *line_of(const char *csv, long long seq)
{
    char beginning[32];

    (void)snprintf(beginning, sizeof beginning, "\n%lld,", seq);
    csv = strstr(csv, beginning);
    return csv ? csv + 1 : NULL;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

static void csv_and_json_agree(void **state)
{
    struct daemon_fixture *f = inspected(state);
    const json_t *entries = json_object_get(((struct inspection *)*state)->document, "entries");
    struct run_result result;
    size_t index, readings = 0;
    json_t *entry;
    char *items;

    FIXTURE_CLI(f, &result, "export", f->uuid, "--format", "csv");
    assert_int_equal(result.status, 0);
    json_array_foreach(entries, index, entry)
    {
        const char *type = text_of(entry, "type"), *line, *time;

        if (strcmp(type, "reading") != 0 && strcmp(type, "rejected") != 0)
            continue;
        readings++;
        line = line_of(result.out, json_integer_value(json_object_get(entry, "seq")));
        assert_non_null(line);
        time = text_of(entry, "time");
        assert_memory_equal(strchr(line, ',') + 1, time, strlen(time));
    }
    assert_true(readings > 50);
    items = strstr(result.out, "\r\n\r\nitem,"); /* the items follow as a table of their own */
    assert_non_null(items);
    assert_non_null(strstr(items, "\nefficiency,"));
    items[2] = '\0';
    assert_int_equal(count_lines(result.out), readings + 1); /* the header */
    run_result_clear(&result);
}

static void the_report_is_marked_as_simulated(void **state)
{
    struct daemon_fixture *f = inspected(state);
    char path[128], number[16];
    const char *const argv[] = {"pdftotext", "-layout", path, "-", NULL};
    struct run_result result;
    size_t size;
    char *pdf;

    (void)snprintf(path, sizeof path, "%s/report.pdf", f->folder);
    assert_int_equal(FIXTURE_STATUS(f, "report", f->uuid, "-o", path), 0);
    pdf = read_file(path, &size);
    assert_true(size > 10000);
    assert_memory_equal(pdf, "%PDF-", 5);
    free(pdf);
    assert_int_equal(run_program(argv, NULL, &result), 0);
    if (result.status == 127) {
        run_result_clear(&result);
        SKIP_TEST("pdftotext is not installed");
    }
    assert_non_null(strstr(result.out, "SIMULATED"));
    (void)snprintf(number, sizeof number, "%.8s", f->uuid);
    assert_non_null(strstr(result.out, number));
    run_result_clear(&result);
}

/* ---- Proof. ---- */

static void verifies(struct daemon_fixture *f)
{
    json_t *result = FIXTURE_JSON(f, 0, "verify", f->uuid),
           *recomputed = json_object_get(result, "recomputed");

    assert_true(json_is_true(json_object_get(result, "ok")));
    assert_true(json_is_true(json_object_get(recomputed, "ok")));
    assert_true(json_is_true(json_object_get(recomputed, "same_build")));
    assert_int_equal(json_array_size(json_object_get(recomputed, "differences")), 0);
    json_decref(result);
}

/* Its file is there, and its hash in the chain: that has been verified. */
static void has_recording(const json_t *entries)
{
    unsigned recordings = 0;
    json_t *entry;
    size_t index;

    json_array_foreach(entries, index, entry)
    {
        if (strcmp(text_of(entry, "type"), "waveform") != 0)
            continue;
        assert_string_equal(text_of(entry, "name"), "samples-1");
        recordings++;
    }
    assert_int_equal(recordings, 1);
}

static void the_record_verifies(void **state)
{
    verifies(inspected(state));
    if (getenv("MOTORBENCH_SAMPLES"))
        has_recording(json_object_get(((struct inspection *)*state)->document, "entries"));
}

/* The least grade of 11 kW and four poles, asked of the tables that the daemon was given. */
static double installed_limit(struct daemon_fixture *f)
{
    char program[PATH_MAX], data[96];
    const char *const environment[] = {data, NULL};
    const char *const argv[] = {run_program_path("motorbench", program, sizeof program),
                                "--json",
                                "grade",
                                "--standard",
                                "GB 18613-2020",
                                "--kind",
                                "three-phase-induction",
                                "--power-w",
                                "11000",
                                "--poles",
                                "4",
                                "--efficiency",
                                "0.95",
                                NULL};
    struct run_result result;
    json_t *document;
    double limit;

    (void)snprintf(data, sizeof data, "MOTORBENCH_DATADIR=%s", f->data);
    assert_int_equal(run_program(argv, &(struct run_options){.environment = environment}, &result), 0);
    document = json_loads(result.out, 0, NULL);
    assert_non_null(document);
    limit = number_of(document, "limit");
    json_decref(document);
    run_result_clear(&result);
    return limit;
}

/* All efficiencies "91.x" become "81.x". */
static void spoil_limits(struct daemon_fixture *f)
{
    struct mb_error err = {""};
    char path[PATH_MAX], *text;
    size_t size;

    (void)snprintf(path, sizeof path, "%s/" LIMITS, f->data);
    text = read_file(path, &size);
    for (char *p = text; (p = strstr(p, ",91.")); p++)
        p[1] = '8';
    if (mb_file_write(path, text, size, &err) < 0)
        fail_msg("%s", err.text);
    free(text);
}

static void a_later_limit_table_changes_nothing(void **state)
{
    struct daemon_fixture *f = inspected(state);
    json_t *document;

    assert_true(fabs(installed_limit(f) - 0.914) < 1e-12);
    spoil_limits(f);
    assert_true(fabs(installed_limit(f) - 0.814) < 1e-12);
    verifies(f);
    assert_int_equal(daemon_fixture_stop(f), 0);
    daemon_fixture_launch(f); /* with the new table */
    verifies(f);
    document = FIXTURE_JSON(f, 0, "export", f->uuid);
    assert_true(json_equal(document, ((struct inspection *)*state)->document));
    json_decref(document);
}

static void sql(sqlite3 *db, const char *statement)
{
    char *text = NULL;

    if (sqlite3_exec(db, statement, NULL, NULL, &text) != SQLITE_OK)
        fail_msg("%s: %s", statement, text);
}

/* The first accepted load point: in its voltage one digit more or less. */
static long long change_one_byte(struct inspection *i)
{
    const json_t *entries = json_object_get(i->document, "entries");
    char statement[512];
    sqlite3 *db = NULL;
    json_t *entry;
    size_t index;
    long long seq = 0;

    json_array_foreach(entries, index, entry)
    {
        const char *store = json_string_value(json_object_get(entry, "store"));

        if (seq == 0 && store && strcmp(store, "load.points") == 0 &&
            strcmp(text_of(entry, "type"), "reading") == 0)
            seq = json_integer_value(json_object_get(entry, "seq"));
    }
    assert_true(seq > 0);
    assert_int_equal(sqlite3_open_v2(i->fixture.store, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 10000);
    (void)snprintf(statement, sizeof statement,
                   "UPDATE entry SET payload = substr(payload, 1, instr(payload, '\"u_v\":') + 5) || '7' ||"
                   " substr(payload, instr(payload, '\"u_v\":') + 7) WHERE seq = %lld",
                   seq);
    assert_int_equal(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_CONSTRAINT); /* not by accident */
    sql(db, "DROP TRIGGER entry_update");
    sql(db, statement);
    assert_int_equal(sqlite3_changes(db), 1);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return seq;
}

static void a_changed_byte_is_found_and_named(void **state)
{
    struct daemon_fixture *f = inspected(state);
    long long seq = change_one_byte(*state);
    json_t *result = FIXTURE_JSON(f, 3, "verify", f->uuid), *chain = json_object_get(result, "chain");
    struct run_result words;

    assert_true(json_is_false(json_object_get(result, "ok")));
    assert_true(json_is_false(json_object_get(chain, "ok")));
    assert_int_equal(json_integer_value(json_object_get(chain, "first_bad_seq")), seq);
    json_decref(result);
    FIXTURE_CLI(f, &words, "verify", f->uuid);
    assert_int_equal(words.status, 3);
    assert_non_null(strstr(words.out, "BROKEN"));
    run_result_clear(&words);
    assert_int_equal(daemon_fixture_stop(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_motor_is_inspected),
        cmocka_unit_test(the_efficiency_is_the_motors),
        cmocka_unit_test(the_verdict_follows_from_the_limit),
        cmocka_unit_test(the_list_has_it),
        cmocka_unit_test(show_and_export_agree),
        cmocka_unit_test(two_editions_on_the_record),
        cmocka_unit_test(other_methods_of_the_record),
        cmocka_unit_test(csv_and_json_agree),
        cmocka_unit_test(the_report_is_marked_as_simulated),
        cmocka_unit_test(the_record_verifies),
        cmocka_unit_test(a_later_limit_table_changes_nothing),
        cmocka_unit_test(a_changed_byte_is_found_and_named),
    };

    return cmocka_run_group_tests_name("inspection", tests, setup, teardown);
}
