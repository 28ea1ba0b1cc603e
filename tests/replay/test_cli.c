/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of the command line and the commands about standards, as a user meets them: exit status, one-line
 * errors. */
#include "support/test.h"

#include <jansson.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "standard/motor.h"
#include "support/run_program.h"
#include "support/tree.h"

#define GRADE                                                                                                \
    "grade", "--standard", "GB 18613-2020", "--kind", "three-phase-induction", "--power-w", "11000",         \
        "--poles", "4"
#define WORDS_MAX 24

static struct run_result run(const char *const words[], const struct run_options *options)
{
    const char *argv[WORDS_MAX] = {NULL};
    char path[256];
    struct run_result result;

    argv[0] = run_program_path("motorbench", path, sizeof path);
    if (access(argv[0], X_OK) < 0)
        fail_msg("%s is not built", argv[0]);
    for (size_t i = 0; words[i] && i + 2 < WORDS_MAX; i++)
        argv[i + 1] = words[i];
    assert_int_equal(run_program(argv, options, &result), 0);
    return result;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL}, NULL)

/* Standard output is exactly one JSON document. */
static json_t *json_of(const struct run_result *result)
{
    json_error_t error;
    json_t *document = json_loads(result->out, JSON_REJECT_DUPLICATES, &error);

    if (!document)
        fail_msg("%s: %s", error.text, result->out);
    return document;
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* A folder for files of one test; the files are removed one by one. */
static char *make_file(const char *text)
{
    const char *folder = getenv("TMPDIR");
    char path[256];
    FILE *file;
    int fd;

    (void)snprintf(path, sizeof path, "%s/motor-XXXXXX.yaml", folder ? folder : P_tmpdir);
    fd = mkstemps(path, 5);
    assert_true(fd >= 0);
    file = fdopen(fd, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return strdup(path);
}

static void help_lists_every_command_and_goes_to_stdout(void **state)
{
    static const char *const words[] = {"evaluate", "grade", "plan", "standards", "--json", "--bus"};
    struct run_result r = RUN("--help");

    (void)state;
    assert_int_equal(r.status, 0);
    assert_string_equal(r.err, "");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_non_null(strstr(r.out, words[i]));
    run_result_clear(&r);
    r = RUN("plan", "--help");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "plan MOTOR.yaml"));
    run_result_clear(&r);
    r = RUN("--version");
    assert_int_equal(r.status, 0);
    assert_int_equal(strncmp(r.out, "motorbench ", 11), 0);
    run_result_clear(&r);
}

static void bad_usage_is_one_line_and_2(void **state)
{
    static const char *const cases[][WORDS_MAX] = {
        {NULL},
        {"frobnicate"},
        {"--frob"},
        {"--bus"},
        {"--bus", ""},
        {"--json", "--bus"},
        {"frobnicate", "--help"},
        {"line\nbreak"},
        {"plan"},
        {"plan", "a.yaml", "b.yaml"},
        {"plan", "no/such/file.yaml"},
        {"plan", "."},
        {"plan", "/dev/null"},
        {"plan", "a.yaml", "--fast"},
        {"standards"},
        {"standards", "eat"},
        {"standards", "show"},
        {"standards", "show", "XX 1"},
        {"standards", "list", "GB 18613"},
        {"grade"},
        {GRADE},
        {GRADE, "--efficiency"},
        {GRADE, "--efficiency", "0,9134"},
        {GRADE, "--efficiency", "91.34 %"},
        {GRADE, "--efficiency", "nan"},
        {GRADE, "--efficiency", "NaN"},
        {GRADE, "--efficiency", "inf"},
        {GRADE, "--efficiency", "0x1p-1"},
        {GRADE, "--efficiency", "1e400"},
        {GRADE, "--efficiency", "1"},
        {GRADE, "--efficiency", "0"},
        {GRADE, "--efficiency", "-0.5"},
        {GRADE, "--efficiency", "91.34"},
        {GRADE, "--efficiency", ""},
        {GRADE, "--efficiency", "0.9", "--efficiency", "0.9"},
        {GRADE, "--efficiency", "0.9", "extra"},
        {GRADE, "--efficiency", "0.9", "--colour", "red"},
        {GRADE, "--efficiency", "0.9", "--frequency-hz", "0"},
        {"grade", "--standard", "GB 18613-2020", "--kind", "three-phase-induction", "--power-w", "7500 W",
         "--poles", "4", "--efficiency", "0.9"},
        {"grade", "--standard", "GB 18613-2020", "--kind", "three-phase-induction", "--power-w", "-7500",
         "--poles", "4", "--efficiency", "0.9"},
        {"grade", "--standard", "GB 18613-2020", "--kind", "three-phase-induction", "--power-w", "7500",
         "--poles", "3", "--efficiency", "0.9"},
        {"grade", "--standard", "GB 18613-2020", "--kind", "three-phase-induction", "--power-w", "7500",
         "--poles", "4.5", "--efficiency", "0.9"},
        {"grade", "--standard", "GB 18613-2020", "--kind", "steam", "--power-w", "7500", "--poles", "4",
         "--efficiency", "0.9"},
        {"grade", "--standard", "GB 18613-1999", "--kind", "three-phase-induction", "--power-w", "7500",
         "--poles", "4", "--efficiency", "0.9"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run_result r = run(cases[i], NULL);

        if (r.status != 2 || !run_result_is_one_line_error(&r, "motorbench") || r.out_size > 0)
            fail_msg("case %zu: status %d, out '%s', err '%s'", i, r.status, r.out, r.err);
        run_result_clear(&r);
    }
}

static void grades_exit_by_their_verdict(void **state)
{
    static const struct {
        const char *const words[WORDS_MAX];
        int status;
        const char *verdict;
    } cases[] = {
        {{GRADE, "--efficiency", "0.914"}, 0, "PASS"},
        {{GRADE, "--efficiency=0.9134"}, 1, "FAIL"},
        {{GRADE, "--efficiency", "9.14e-1", "--frequency-hz", "60"}, 0, "NOT-APPLICABLE"},
        {{"grade", "--efficiency", "0.95", "--poles", "4", "--power-w", "13000", "--kind",
          "three-phase-induction", "--standard", "GB 18613-2020"},
         3,
         "INCONCLUSIVE"},
        {{"grade", "--efficiency", "0.7", "--poles", "4", "--power-w", "550", "--kind",
          "single-phase-capacitor-run", "--standard", "GB 18613-2020"},
         3,
         "INCONCLUSIVE"},
        {{"grade", "--efficiency", "0.918", "--poles", "4", "--power-w", "13000", "--kind",
          "three-phase-induction", "--standard", "IEC 60034-30-1-2014"},
         0,
         "PASS"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run_result r = run(cases[i].words, NULL);

        if (r.status != cases[i].status || !strstr(r.out, cases[i].verdict))
            fail_msg("case %zu: status %d, %s%s", i, r.status, r.out, r.err);
        assert_string_equal(r.err, "");
        run_result_clear(&r);
    }
}

static void the_grade_document(void **state)
{
    struct run_result r = RUN(GRADE, "--efficiency", "0.9134", "--json");
    json_t *j = json_of(&r), *limits = json_object_get(j, "limits");

    (void)state;
    assert_int_equal(r.status, 1);
    assert_string_equal(json_string_value(json_object_get(j, "standard")), "GB 18613-2020");
    assert_string_equal(json_string_value(json_object_get(j, "table")), "Table 1");
    assert_true(json_is_null(json_object_get(j, "grade")));
    assert_true(number(j, "limit") == 0.914);
    assert_true(number(limits, "1") == 0.946 && number(limits, "2") == 0.933 && number(limits, "3") == 0.914);
    assert_int_equal(json_object_size(limits), 3);
    assert_true(number(j, "margin") == 0.9134 - 0.914);
    assert_string_equal(json_string_value(json_object_get(j, "verdict")), "FAIL");
    assert_string_equal(json_string_value(json_object_get(j, "mark")), "verified");
    assert_non_null(strstr(r.out, "\"limit\": 0.914,")); /* the shortest text of the number */
    json_decref(j);
    run_result_clear(&r);
}

/* A person sees what the document has: columns that do not fit beside the others, objects in objects. */
static void an_evaluation_leaves_nothing_out(void **state)
{
    static const struct {
        const char *sheet;
        const char *texts[4];
    } cases[] = {
        {"tests/data/sheets/2-1-1H.yaml", {"load_percent friction_windage_w", "0.896705", "(mark M+)"}},
        {"tests/data/sheets/ev-map.yaml", {"map, system", "0.975149", "GB 18613-2020: NOT-APPLICABLE"}},
        {"tests/data/sheets/2-1-2A.yaml", {"there 2-1-2A (mark M)", "slip  output W efficiency"}},
        {"tests/data/sheets/vector.yaml", {"by GB/T 1032-2023, there B (mark V:1)", "residual W"}},
        {"tests/data/sheets/G1.yaml", {"2500000 W", "2605389"}},
        {"tests/data/sheets/ev-envelope.yaml",
         {"  0.00401461          yes\n", "  0.00401461           no\n",
          "no efficiency comes of this method"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run_result r = RUN("evaluate", cases[i].sheet);

        for (size_t k = 0; k < 4 && cases[i].texts[k]; k++)
            if (!strstr(r.out, cases[i].texts[k]))
                fail_msg("%s: no '%s' in: %s", cases[i].sheet, cases[i].texts[k], r.out);
        run_result_clear(&r);
    }
}

static void global_options_stand_anywhere(void **state)
{
    struct run_result r = RUN("--json", "--bus", "unix:path=/x", GRADE, "--quiet", "--efficiency", "0.914");
    json_t *j = json_of(&r);

    (void)state;
    assert_int_equal(r.status, 0);
    assert_int_equal(json_integer_value(json_object_get(j, "grade")), 3);
    json_decref(j);
    run_result_clear(&r);
    r = RUN("plan", "--", "--json");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "--json: "));
    run_result_clear(&r);
}

static void the_plan_document(void **state)
{
    char *path = make_file("motor:\n  id: m\n  kind: three-phase-induction\n  sealing_ring: fitted\n"
                           "  claims: [JB/T 13299-2017, DB31/T 1-2020]\n"
                           "  rated: {power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4}\n");
    struct run_result r = RUN("plan", path, "--json");
    json_t *j = json_of(&r), *item = json_array_get(json_object_get(j, "items"), 0);

    (void)state;
    assert_int_equal(r.status, 0);
    assert_int_equal(json_array_size(json_object_get(j, "standards")), 3);
    assert_true(json_array_size(json_object_get(j, "rejected")) > 0);
    assert_int_equal(json_array_size(json_object_get(j, "schemes")), 4);
    assert_string_equal(json_string_value(json_object_get(item, "id")), "efficiency");
    assert_true(number(item, "limit") == 0.904);
    assert_int_equal(json_array_size(json_object_get(item, "needs")), 7);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(j, "advice"), 0), "id")),
        "sealing-ring");
    json_decref(j);
    run_result_clear(&r);
    r = RUN("plan", path);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "GB 18613-2020"));
    run_result_clear(&r);
    assert_int_equal(unlink(path), 0);
    free(path);
}

static void the_rule_is_named_on_the_command_line(void **state)
{
    char *path = make_file("motor:\n  id: m\n  kind: three-phase-induction\n  sealing_ring: none\n"
                           "  rated: {power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4}\n");
    struct run_result r = RUN("plan", path, "--rule", "non-binary", "--json");
    json_t *j = json_of(&r);

    (void)state;
    assert_string_equal(json_string_value(json_object_get(j, "rule")), "non-binary");
    json_decref(j);
    run_result_clear(&r);
    r = RUN("plan", path, "--rule", "guarded");
    assert_int_equal(r.status, 2);
    assert_non_null(
        strstr(r.err, "--rule: rule 'guarded' is not known, allowed: simple, guarded-acceptance"));
    run_result_clear(&r);
    r = RUN("run", path, "--rule", "guarded");
    assert_int_equal(r.status, 2);
    run_result_clear(&r);
    r = RUN("evaluate", "tests/data/sheets/vector.yaml", "--rule", "guarded-rejection");
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.out, "needs the uncertainty"));
    run_result_clear(&r);
    r = RUN("grade", "--standard", "GB 18613-2020", "--kind", "three-phase-induction", "--power-w", "11000",
            "--poles", "4", "--efficiency", "0.915", "--rule", "guarded-acceptance", "--uncertainty",
            "0.001");
    assert_int_equal(r.status, 1);
    assert_non_null(
        strstr(r.out, "guard band 0.002 (k = 2), conformity probability 0.841: fail, conformity not shown"));
    run_result_clear(&r);
    assert_int_equal(unlink(path), 0);
    free(path);
}

static void a_bad_motor_file_is_told_with_its_line(void **state)
{
    char *path = make_file("motor:\n  id: m\n  kind: three-phase-induction\n"
                           "  rated: {power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 3}\n"),
         place[300];
    struct run_result r = RUN("plan", path);

    (void)state;
    (void)snprintf(place, sizeof place, "motorbench: %s:4: ", path);
    assert_int_equal(r.status, 2);
    assert_true(run_result_is_one_line_error(&r, "motorbench"));
    assert_int_equal(strncmp(r.err, place, strlen(place)), 0);
    run_result_clear(&r);
    assert_int_equal(unlink(path), 0);
    free(path);
}

/* Every row of the map of methods (procedures A1.1, A4): a letter of an edition is this method here. */
static void the_map_of_methods(void **state)
{
    static const struct {
        const char *standard, *label, *id, *status;
    } rows[] = {
        {"GB/T 1032-2023", "A", "2-1-1A", "allowed"},
        {"GB/T 1032-2023", "B", "2-1-1B", "preferred"},
        {"GB/T 1032-2023", "E1", "2-1-1C", "allowed"},
        {"GB/T 1032-2023", "C", "2-1-1D", "allowed"},
        {"GB/T 1032-2023", "E", "2-1-1F", "allowed"},
        {"GB/T 1032-2023", "", "2-1-1G", "refused"},
        {"GB/T 1032-2023", "F", "2-1-1H", "allowed"},
        {"GB/T 1032-2023", "F1", "2-1-1H", "allowed"},
        {"GB/T 1032-2023", "G1", "G1", "preferred"},
        {"GB/T 1032-2012", "F1", "2-1-1H", "allowed"},
        {"IEEE 112-2017", "B", "2-1-1B", "allowed"},
        {"IEEE 112-2017", "C", "2-1-1D", "allowed"},
        {"IEEE 112-2017", "E1", "2-1-1C", "allowed"},
        {"IEEE 112-2017", "F", "2-1-1H", "allowed"},
        {"IEC 60034-2-1:2014", "2-1-1C", "2-1-1C", "preferred"},
        {"IEC 60034-2-1:2014", "2-1-1G", "2-1-1G", "refused"},
        {"IEC 60034-2-1:2024", "2-1-1E", "2-1-1E", "allowed"},
        {"IEC 60034-2-1:2014", "2-1-2A", "2-1-1A", "allowed"},
        {"IEC 60034-2-3:2020", "2-3-A", "2-3-A", "preferred"},
        {"GB/T 22670-2018", "2-3-A", "2-3-B", "allowed"},
        {"GB/T 22670-2018", "2-3-B", "2-3-B", "allowed"},
        {"GB/T 22670-2018", "2-3-C", "2-3-A", "allowed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct run_result r = RUN("methods", "--json", "--standard", rows[i].standard);
        json_t *document = json_loads(r.out, 0, NULL), *method, *rule;
        size_t m, k, found = 0;

        assert_int_equal(r.status, 0);
        json_array_foreach(json_object_get(document, "methods"), m, method)
            json_array_foreach(json_object_get(method, "rules"), k, rule) found +=
            strcmp(json_string_value(json_object_get(method, "id")), rows[i].id) == 0 &&
            strcmp(json_string_value(json_object_get(rule, "label")), rows[i].label) == 0 &&
            strcmp(json_string_value(json_object_get(rule, "status")), rows[i].status) == 0;
        if (found != 1)
            fail_msg("%s calls %s not once '%s', %s: %s", rows[i].standard, rows[i].id, rows[i].label,
                     rows[i].status, r.out);
        json_decref(document);
        run_result_clear(&r);
    }
}

#define LAST_WORDS                                                                                           \
    "the specific\r\n                              converter, 2-3-B of IEC\r\n                             " \
    " 60034-2-3\r\n"

/* Lines end between words and go on below where they began; through a pipe they stay whole. */
static void lines_hang_on_a_terminal(void **state)
{
    const struct winsize size = {.ws_row = 50, .ws_col = 60};
    char program[256], path[64], text[4000] = "";
    const char *argv[] = {run_program_path("motorbench", program, sizeof program), "methods", "--standard",
                          "GB/T 22670", NULL};
    struct run_result r = {0};
    size_t used = 0;
    int master, slave;
    ssize_t n;

    (void)state;
    assert_int_equal(openpty(&master, &slave, path, NULL, &size), 0);
    assert_int_equal(run_program(argv, &(struct run_options){.output_path = path}, &r), 0);
    assert_int_equal(r.status, 0);
    run_result_clear(&r);
    while (!strstr(text, LAST_WORDS) &&
           poll(&(struct pollfd){.fd = master, .events = POLLIN}, 1, 5000) == 1) {
        n = read(master, text + used, sizeof text - 1 - used);
        assert_true(n > 0);
        used += (size_t)n;
    }
    assert_non_null(strstr(text, LAST_WORDS));
    assert_non_null(strstr(text, "\r\n                              converter-fed-induction: sum\r\n"));
    for (char *line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n"))
        if (strlen(line) > size.ws_col)
            fail_msg("'%s'", line);
    assert_int_equal(close(master) | close(slave), 0);
    r = RUN("methods", "--standard", "GB/T 22670");
    assert_non_null(
        strstr(r.out, "converter-fed-induction: sum of losses with a test converter, 2-3-B of IEC"));
    run_result_clear(&r);
}

static void methods_by_kind_and_standard(void **state)
{
    struct run_result r = RUN("methods", "--standard", "IEC 60034-2-1", "--kind", "dc");

    (void)state;
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "on the bench by efficiency-dc-losses\n"));
    assert_non_null(strstr(r.out, "  IEC 60034-2-1:2014  2-1-3A  allowed    M    dc\n"));
    assert_null(strstr(r.out, "2-1-1"));
    run_result_clear(&r);
    r = RUN("methods", "--standard", "GB/T 22670", "--kind", "dc");
    assert_int_equal(r.status, 2);
    assert_true(run_result_is_one_line_error(&r, "motorbench"));
    run_result_clear(&r);
    r = RUN("methods", "--kind", "steam");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "'steam' is no kind of motor"));
    run_result_clear(&r);
}

static void the_catalogue(void **state)
{
    struct run_result r = RUN("standards", "show", "GB 18613-2020", "--json");
    json_t *j = json_of(&r);

    (void)state;
    assert_int_equal(r.status, 0);
    assert_int_equal(json_array_size(json_object_get(j, "standards")), 1);
    assert_int_equal(
        json_array_size(json_object_get(json_array_get(json_object_get(j, "standards"), 0), "scopes")), 5);
    json_decref(j);
    run_result_clear(&r);
    r = RUN("standards", "list");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "GB/T 1032-2023"));
    run_result_clear(&r);
}

static void an_output_that_cannot_be_written_is_an_error(void **state)
{
    static const char *const cases[][WORDS_MAX] = {{"--help"},
                                                   {"--version"},
                                                   {"standards", "list"},
                                                   {GRADE, "--efficiency", "0.914"},
                                                   {GRADE, "--efficiency", "0.914", "--json"}};
    const struct run_options options = {.output_path = "/dev/full"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run_result r = run(cases[i], &options);

        if (r.status != 4 || !run_result_is_one_line_error(&r, "motorbench"))
            fail_msg("case %zu: status %d, err '%s'", i, r.status, r.err);
        run_result_clear(&r);
    }
}

/* A folder without tables, and a table that someone broke. */
static void missing_data_is_bad_input(void **state)
{
    const char *const environment[] = {"MOTORBENCH_DATADIR=/no/such/folder", NULL};
    const struct run_options options = {.environment = environment};
    struct run_result r = run((const char *const[]){GRADE, "--efficiency", "0.9", NULL}, &options);

    (void)state;
    assert_int_equal(r.status, 2);
    assert_true(run_result_is_one_line_error(&r, "motorbench"));
    assert_non_null(strstr(r.err, "/no/such/folder"));
    run_result_clear(&r);
}

/* A locale with a decimal comma, compiled into the build folder: few machines have one installed. */
static bool make_locale(const char *folder)
{
    char path[300], probe[320];
    const char *const mkdir[] = {"mkdir", "-p", folder, NULL};
    const char *const localedef[] = {"localedef", "-i", "de_DE", "-f", "UTF-8", path, NULL};
    struct run_result r;

    (void)snprintf(path, sizeof path, "./%s/de_DE.UTF-8", folder);
    (void)snprintf(probe, sizeof probe, "%s/LC_NUMERIC", path);
    if (access(probe, R_OK) == 0)
        return true;
    assert_int_equal(run_program(mkdir, NULL, &r), 0);
    run_result_clear(&r);
    assert_int_equal(run_program(localedef, NULL, &r), 0);
    run_result_clear(&r);
    return access(probe, R_OK) == 0;
}

static void a_decimal_comma_stays_out(void **state)
{
    char folder[256], locpath[300];
    const char *const environment[] = {"LC_ALL=de_DE.UTF-8", locpath, NULL};
    const struct run_options options = {.environment = environment};
    const char *const control[] = {"printf", "%.1f", "0", NULL};
    struct run_result r;

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/tests/locale", test_build_folder());
    (void)snprintf(locpath, sizeof locpath, "LOCPATH=%s", folder);
    if (!make_locale(folder))
        SKIP_TEST("localedef cannot make a locale with a decimal comma here");
    assert_int_equal(run_program(control, &options, &r), 0); /* the locale works: others print a comma */
    assert_string_equal(r.out, "0,0");
    run_result_clear(&r);
    r = run((const char *const[]){GRADE, "--efficiency", "0.9134", "--json", NULL}, &options);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.out, "\"limit\": 0.914,"));
    run_result_clear(&r);
    r = run((const char *const[]){GRADE, "--efficiency", "0,9134", NULL}, &options);
    assert_int_equal(r.status, 2);
    run_result_clear(&r);
    r = run((const char *const[]){GRADE, "--efficiency", "0.9134", NULL}, &options);
    assert_non_null(strstr(r.out, " 0.9134"));
    run_result_clear(&r);
}

static struct run_result complete(const char *words, int last)
{
    char script[600];
    const char *const argv[] = {"bash", "-c", script, NULL};
    struct run_result r;

    (void)snprintf(
        script, sizeof script,
        ". tools/package/motorbench.bash-completion && COMP_WORDS=(motorbench %s) && COMP_CWORD=%d && "
        "{ _motorbench; printf '%%s\\n' \"${COMPREPLY[@]}\"; }",
        words, last);
    assert_int_equal(run_program(argv, NULL, &r), 0);
    if (r.status == 127)
        SKIP_TEST("bash is not installed");
    assert_string_equal(r.err, "");
    return r;
}

/* text, a list of lines, has the line of n characters. */
static bool has_line(const char *text, const char *line, size_t n)
{
    for (const char *p = text; p && *p; p = strchr(p, '\n'), p += p != NULL)
        if (strncmp(p, line, n) == 0 && p[n] == '\n')
            return true;
    return false;
}

static void completion_knows_kinds_options_and_files(void **state)
{
    struct run_result r = complete("grade --kind ''", 3);

    (void)state;
    for (size_t i = 0; mb_motor_kind_names[i]; i++)
        if (!has_line(r.out, mb_motor_kind_names[i], strlen(mb_motor_kind_names[i])))
            fail_msg("%s", mb_motor_kind_names[i]);
    run_result_clear(&r);
    r = complete("grade --power-w 1 --eff", 4);
    assert_string_equal(r.out, "--efficiency\n");
    run_result_clear(&r);
    r = complete("--json plan Make", 3); /* not a YAML file */
    assert_string_equal(r.out, "\n");
    run_result_clear(&r);
}

/* What --help lists, the manual page and the completion know. */
static void every_command_is_documented(void **state)
{
    const char *const cat[] = {"cat", "docs/man/motorbench.1", NULL};
    struct run_result help = RUN("--help"), page, words = complete("''", 1);
    char heading[80];

    (void)state;
    assert_int_equal(run_program(cat, NULL, &page), 0);
    for (const char *p = strstr(help.out, "Commands:\n"); p && *p && p[1] != '\n'; p = strchr(p + 1, '\n')) {
        size_t n = strncmp(p, "\n  ", 3) == 0 && p[3] != ' ' ? strcspn(p + 3, " \n") : 0;

        if (n == 0)
            continue;
        (void)snprintf(heading, sizeof heading, "Cm %.*s", (int)n, p + 3);
        if (!strstr(page.out, heading) || !has_line(words.out, p + 3, n))
            fail_msg("%s", heading);
    }
    run_result_clear(&help);
    run_result_clear(&page);
    run_result_clear(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_lists_every_command_and_goes_to_stdout),
        cmocka_unit_test(bad_usage_is_one_line_and_2),
        cmocka_unit_test(grades_exit_by_their_verdict),
        cmocka_unit_test(the_grade_document),
        cmocka_unit_test(an_evaluation_leaves_nothing_out),
        cmocka_unit_test(global_options_stand_anywhere),
        cmocka_unit_test(the_plan_document),
        cmocka_unit_test(the_rule_is_named_on_the_command_line),
        cmocka_unit_test(a_bad_motor_file_is_told_with_its_line),
        cmocka_unit_test(the_map_of_methods),
        cmocka_unit_test(methods_by_kind_and_standard),
        cmocka_unit_test(lines_hang_on_a_terminal),
        cmocka_unit_test(the_catalogue),
        cmocka_unit_test(an_output_that_cannot_be_written_is_an_error),
        cmocka_unit_test(missing_data_is_bad_input),
        cmocka_unit_test(a_decimal_comma_stays_out),
        cmocka_unit_test(completion_knows_kinds_options_and_files),
        cmocka_unit_test(every_command_is_documented),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
