/* SPDX-License-Identifier: GPL-3.0-or-later */
/* org.motorbench1.Standards against the command line: each answer is what the command prints with --json, by
 * the same folder of a laboratory, which has a bulletin. */
#include "support/test.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "support/daemon_fixture.h"

#define SHEET "tests/data/sheets/vector.yaml"
#define MOTOR "docs/examples/motor.yaml"
#define PATH "/org/motorbench1/standards"
#define INTERFACE "org.motorbench1.Standards"

static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "100", "--seed", "3", NULL};
static const char bulletin[] =
    "id,edition,title,level,issued,in_force,replaces\n"
    "GB 18613,2031,Efficiency limits,mandatory,2030-06-01,2031-06-01,GB 18613-2020\n";

struct bench {
    struct daemon_fixture fixture;
    char site[PATH_MAX];
};

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    struct mb_error err = {""};
    char path[PATH_MAX];

    *state = b;
    daemon_fixture_start(&b->fixture, &(struct daemon_fixture_setting){.sim = simulator});
    assert_int_equal(daemon_fixture_stop(&b->fixture), 0);
    (void)snprintf(b->site, sizeof b->site, "%s/limits", b->fixture.folder);
    (void)snprintf(path, sizeof path, "%.4000s/bulletin-2030-06-01.csv", b->site);
    assert_int_equal(mkdir(b->site, 0755), 0);
    assert_int_equal(mb_file_write(path, bulletin, strlen(bulletin), &err), 0);
    daemon_fixture_launch(&b->fixture);
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    daemon_fixture_clear(&b->fixture);
    free(b);
    return 0;
}

static sd_bus_message *new_call(struct bench *b, const char *member)
{
    sd_bus_message *m = NULL;

    assert_true(sd_bus_message_new_method_call(b->fixture.client, &m, "org.motorbench1", PATH, INTERFACE,
                                               member) >= 0);
    return m;
}

/* The document of an answer; ends the test when it is an error. */
static json_t *ask(struct bench *b, sd_bus_message *m)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *text = NULL;
    json_t *document;

    if (sd_bus_call(b->fixture.client, m, 0, &error, &reply) < 0)
        daemon_fixture_fail(&b->fixture, "%s: %s", error.name, error.message);
    assert_true(sd_bus_message_read(reply, "s", &text) > 0);
    document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    sd_bus_message_unref(reply);
    sd_bus_message_unref(m);
    return document;
}

/* The name of the error and its text. */
static void refused(struct bench *b, sd_bus_message *m, const char *name, const char *part)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;

    assert_true(sd_bus_call(b->fixture.client, m, 0, &error, NULL) < 0);
    assert_string_equal(error.name, name);
    if (!strstr(error.message, part))
        fail_msg("'%s' is not in: %s", part, error.message);
    sd_bus_error_free(&error);
    sd_bus_message_unref(m);
}
#define INVALID "org.motorbench1.Error.InvalidArgument"

static void same(json_t *answer, json_t *printed)
{
    if (!json_equal(answer, printed)) {
        char *a = json_dumps(answer, JSON_INDENT(1)), *p = json_dumps(printed, JSON_INDENT(1));

        print_error("bus: %.3000s\ncommand: %.3000s\n", a, p);
        free(a);
        free(p);
        fail();
    }
    json_decref(answer);
    json_decref(printed);
}

static void list(void **state)
{
    for (int all = 0; all < 2; all++) {
        struct bench *b = *state;
        sd_bus_message *m = new_call(b, "List");
        json_t *answer;

        assert_true(sd_bus_message_append(m, "b", all) >= 0);
        answer = ask(b, m);
        assert_true(json_array_size(json_object_get(answer, "standards")) > 25);
        same(answer, all ? FIXTURE_JSON(&b->fixture, 0, "standards", "list", "--site", b->site, "--all")
                         : FIXTURE_JSON(&b->fixture, 0, "standards", "list", "--site", b->site));
    }
}

static void get(void **state)
{
    struct bench *b = *state;
    sd_bus_message *m = new_call(b, "Get");
    json_t *answer, *edition;

    assert_true(sd_bus_message_append(m, "s", "GB 18613-2020") >= 0);
    answer = ask(b, m);
    edition = json_array_get(json_object_get(answer, "standards"), 0);
    assert_string_equal(json_string_value(json_object_get(edition, "superseded")),
                        "superseded from 2031-06-01 by GB 18613-2031 (bulletin-2030-06-01.csv:2)");
    same(answer, FIXTURE_JSON(&b->fixture, 0, "standards", "show", "GB 18613-2020", "--site", b->site));
    m = new_call(b, "Get");
    assert_true(sd_bus_message_append(m, "s", "XX 1") >= 0);
    refused(b, m, "org.motorbench1.Error.NotFound", "XX 1");
}

static void plan(void **state)
{
    struct bench *b = *state;
    sd_bus_message *m = new_call(b, "Plan");
    struct mb_error err = {""};
    json_t *answer;
    char *text;
    size_t size;

    assert_int_equal(mb_file_read(MOTOR, 1u << 20, &text, &size, &err), 0);
    assert_true(sd_bus_message_append(m, "a{sv}", 2, "document", "s", text, "name", "s", MOTOR) >= 0);
    free(text);
    answer = ask(b, m);
    assert_true(json_array_size(json_object_get(answer, "items")) > 5);
    same(answer, FIXTURE_JSON(&b->fixture, 0, "plan", MOTOR, "--site", b->site));
    m = new_call(b, "Plan");
    assert_true(sd_bus_message_append(m, "a{sv}", 2, "document", "s", "motor:\n  id: [\n", "name", "s",
                                      "x.yaml") >= 0);
    refused(b, m, INVALID, "x.yaml:");
    m = new_call(b, "Plan");
    assert_true(sd_bus_message_append(m, "a{sv}", 0) >= 0);
    refused(b, m, INVALID, "'document'");
}

static void grade(void **state)
{
    struct bench *b = *state;
    sd_bus_message *m = new_call(b, "Grade");
    json_t *answer;

    assert_true(sd_bus_message_append(m, "sa{sv}", "GB 18613-2020", 7, "kind", "s", "three-phase-induction",
                                      "power_w", "d", 11000.0, "poles", "i", 4, "efficiency", "d", 0.9134,
                                      "tolerance", "s", "GB/T 755-2019", "rule", "s", "guarded-acceptance",
                                      "uncertainty", "d", 0.0005) >= 0);
    answer = ask(b, m);
    assert_string_equal(json_string_value(json_object_get(answer, "verdict")), "PASS");
    same(answer, FIXTURE_JSON(&b->fixture, 0, "grade", "--standard", "GB 18613-2020", "--kind",
                              "three-phase-induction", "--power-w", "11000", "--poles", "4", "--efficiency",
                              "0.9134", "--tolerance", "GB/T 755-2019", "--rule", "guarded-acceptance",
                              "--uncertainty", "0.0005", "--site", b->site));
}

static void bad_queries_are_refused(void **state)
{
    struct bench *b = *state;
    sd_bus_message *m = new_call(b, "Grade");

    assert_true(sd_bus_message_append(m, "sa{sv}", "GB 18613-2020", 1, "colour", "s", "blue") >= 0);
    refused(b, m, INVALID, "'colour'");
    m = new_call(b, "Grade");
    assert_true(sd_bus_message_append(m, "sa{sv}", "GB 18613-2020", 1, "power_w", "s", "11 kW") >= 0);
    refused(b, m, INVALID, "power_w is of type d");
    m = new_call(b, "Grade");
    assert_true(sd_bus_message_append(m, "sa{sv}", "GB 18613-2020", 1, "efficiency", "d", 0.9) >= 0);
    refused(b, m, INVALID, "kind is needed");
    m = new_call(b, "Grade");
    assert_true(sd_bus_message_append(m, "sa{sv}", "XX 1-2020", 3, "kind", "s", "dc", "power_w", "d", 1000.0,
                                      "efficiency", "d", 0.9) >= 0);
    refused(b, m, "org.motorbench1.Error.NotFound", "XX 1");
}

static void evaluate(void **state)
{
    struct bench *b = *state;
    sd_bus_message *m = new_call(b, "Evaluate");
    int fd = open(SHEET, O_RDONLY | O_CLOEXEC), ends[2];
    json_t *answer;

    assert_true(fd >= 0 && lseek(fd, 0, SEEK_END) > 0); /* its position does not matter */
    assert_true(sd_bus_message_append(m, "h", fd) >= 0);
    assert_int_equal(close(fd), 0);
    answer = ask(b, m);
    assert_true(json_is_true(json_object_get(answer, "valid")));
    same(answer, FIXTURE_JSON(&b->fixture, 1, "evaluate", SHEET, "--site", b->site));

    fd = memfd_create("sheet", MFD_CLOEXEC);
    assert_true(fd >= 0 && write(fd, "sheet: 5\n", 9) == 9);
    m = new_call(b, "Evaluate");
    assert_true(sd_bus_message_append(m, "h", fd) >= 0);
    assert_int_equal(close(fd), 0);
    refused(b, m, INVALID, "sheet:1:");

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    m = new_call(b, "Evaluate");
    assert_true(sd_bus_message_append(m, "h", ends[0]) >= 0);
    refused(b, m, INVALID, "regular file");
    assert_int_equal(close(ends[0]) | close(ends[1]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list),  cmocka_unit_test(get),      cmocka_unit_test(plan),
        cmocka_unit_test(grade), cmocka_unit_test(evaluate), cmocka_unit_test(bad_queries_are_refused),
    };

    return cmocka_run_group_tests_name("standards", tests, setup, teardown);
}
