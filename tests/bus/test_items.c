/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items that a person answers, through the whole product: asked for by the command line, answered with
 * photographs, repeated, judged, reported and judged again by verify. */
#include "support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "document/number_json.h"
#include "support/daemon_fixture.h"
#include "support/replace.h"

#define END_MS 30000

/* A motor that claims the safety standard is inspected by all of its items. */
static void claim(struct daemon_fixture *f)
{
    struct mb_error err = {""};
    char *text = NULL, *changed;
    size_t size;

    assert_int_equal(mb_file_read(f->motor, 1 << 16, &text, &size, &err), 0);
    changed = replaced(text, "motor:\n", "motor:\n  claims: [GB/T 14711-2013]\n");
    assert_int_equal(mb_file_write(f->motor, changed, strlen(changed), &err), 0);
    free(changed);
    free(text);
}

static int start(void **state)
{
    static const char *const none[] = {NULL};
    struct daemon_fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    daemon_fixture_start(f,
                         &(struct daemon_fixture_setting){
                             .sim = none, .edit = claim, .bench_extra = "  items: marking,junction-box\n"});
    return 0;
}

static int stop(void **state)
{
    struct daemon_fixture *f = *state;

    daemon_fixture_clear(f);
    free(f);
    return 0;
}

static const char *ask(struct daemon_fixture *f, const char *question)
{
    static char text[64];

    daemon_fixture_await(f, "Ask", question, END_MS);
    return daemon_fixture_run_text(f, "Ask", text, sizeof text);
}

static void answer(struct daemon_fixture *f, const char *question, const char *value)
{
    (void)ask(f, question);
    if (FIXTURE_STATUS(f, "answer", f->uuid, question, value) != 0)
        daemon_fixture_fail(f, "%s: '%s' was refused", question, value);
}

/* A file below the fixture's folder; its name in path. */
static void write_file(struct daemon_fixture *f, const char *name, const void *bytes, size_t size,
                       char path[static 128])
{
    FILE *file;

    (void)snprintf(path, 128, "%s/%s", f->folder, name);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static const unsigned char jpeg[] = {0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0};

static void mark_well(struct daemon_fixture *f)
{
    static const char *const yes[] = {"nameplate", "units", "line-ends", "earth-mark", "instructions"};

    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        answer(f, yes[i], "yes");
    answer(f, "rub-water/start", "done");
    answer(f, "rub-water", "yes");
    answer(f, "rub-spirit/start", "done");
    answer(f, "rub-spirit", "yes");
}

/* A file of 2 GiB is refused by its size, without being read; what is no picture, by its bytes. */
static void refuse_photos(struct daemon_fixture *f)
{
    char path[128];
    struct run_result r;
    int fd;

    write_file(f, "big.jpg", jpeg, sizeof jpeg, path);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 2147483648), 0);
    assert_int_equal(close(fd), 0);
    FIXTURE_CLI(f, &r, "answer", f->uuid, "fastening", "yes", "--photo", path);
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "16 MiB"));
    run_result_clear(&r);
    write_file(f, "text.jpg", "no picture at all", 17, path);
    FIXTURE_CLI(f, &r, "answer", f->uuid, "fastening", "yes", "--photo", path);
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "JPEG or PNG"));
    run_result_clear(&r);
    FIXTURE_CLI(f, &r, "answer", f->uuid, "fastening", "yes");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "a photograph belongs to the answer"));
    run_result_clear(&r);
    FIXTURE_CLI(f, &r, "answer", f->uuid, "fastening", "yes", "--photo", "/dev/zero");
    assert_non_null(strstr(r.err, "not a regular file"));
    run_result_clear(&r);
}

static void fill_box(struct daemon_fixture *f)
{
    char path[128];

    answer(f, "gasket", "yes");
    (void)ask(f, "fastening");
    refuse_photos(f);
    write_file(f, "good.jpg", jpeg, sizeof jpeg, path);
    assert_int_equal(FIXTURE_STATUS(f, "answer", f->uuid, "fastening", "yes", "--photo", path), 0);
    answer(f, "earth-lock", "yes");
    answer(f, "leads", "no");
    (void)ask(f, "clearance");
    assert_int_equal(FIXTURE_STATUS(f, "answer", f->uuid, "clearance", "8"), 2); /* mm: beyond the range */
    answer(f, "clearance", "0.008");
    answer(f, "creepage", "0.009");
    answer(f, "has-cord", "no");
}

static const json_t *item(const json_t *document, const char *id)
{
    json_t *found;
    size_t i;

    json_array_foreach(json_object_get(document, "items"), i,
                       found) if (strcmp(json_string_value(json_object_get(found, "id")), id) ==
                                  0) return found;
    fail_msg("no item %s", id);
    return NULL;
}

static bool has_frozen(const json_t *document, const char *name)
{
    json_t *frozen;
    size_t i;

    json_array_foreach(json_object_get(document, "frozen"), i,
                       frozen) if (strcmp(mb_json_text(frozen, "name"), name) == 0) return true;
    return false;
}

static void assert_record(struct daemon_fixture *f)
{
    json_t *d = FIXTURE_JSON(f, 0, "show", f->uuid), *verified = FIXTURE_JSON(f, 0, "verify", f->uuid);

    assert_string_equal(mb_json_text(d, "verdict"), "FAIL");
    assert_string_equal(mb_json_text(item(d, "marking"), "verdict"), "PASS");
    assert_int_equal(json_integer_value(json_object_get(item(d, "marking"), "attempt")), 2);
    assert_string_equal(mb_json_text(item(d, "junction-box"), "verdict"), "FAIL");
    assert_non_null(strstr(mb_json_text(item(d, "junction-box"), "reason"), "lead protection: no"));
    assert_string_equal(mb_json_text(item(d, "efficiency"), "state"), "not-run");
    assert_string_equal(mb_json_text(item(d, "efficiency"), "reason"), "not asked for");
    assert_true(has_frozen(d, "photo/junction-box-fastening-1.jpg"));
    assert_true(has_frozen(d, "standards/requirements.csv"));
    assert_non_null(strstr(mb_json_text(record_entry(d, "reading", 0), "who"), "uid "));
    assert_true(json_is_true(json_object_get(verified, "ok")));
    json_decref(d);
    json_decref(verified);
}

static void asked_answered_repeated_and_judged(void **state)
{
    struct daemon_fixture *f = *state;
    char *output;

    daemon_fixture_run(f);
    answer(f, "nameplate", "no"); /* wrong: the item is done again from its beginning */
    (void)ask(f, "units");
    assert_int_equal(FIXTURE_STATUS(f, "repeat", f->uuid, "marking"), 0);
    assert_int_equal(FIXTURE_STATUS(f, "repeat", f->uuid, "grounding"), 2);
    mark_well(f);
    fill_box(f);
    assert_int_equal(daemon_fixture_run_status(f, END_MS), 1);
    output = daemon_fixture_run_output(f);
    if (!strstr(output, "marking                PASS") || !strstr(output, "junction-box           FAIL") ||
        !strstr(output, "not asked for: "))
        daemon_fixture_fail(f, "the table does not show both items: %s", output);
    free(output);
    assert_record(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asked_answered_repeated_and_judged, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
