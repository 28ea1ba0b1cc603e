/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may lie in the state directory: a damaged store, one of a newer program, links. The daemon serves what
 * is whole, says what is not, and changes nothing that is not its own. */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "record/record.h"
#include "support/daemon_fixture.h"
#include "support/eventually.h"
#include "support/tree.h"

#define PAGE 4096
#define LONG_TEXT (10 * PAGE) /* has pages of its own in the file */
#define STORE_MAX (16u << 20)

static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "20", NULL};
struct world {
    struct daemon_fixture f;
    char whole[MB_UUID_SIZE], damaged[MB_UUID_SIZE], open[MB_UUID_SIZE];
};

/* ---- A damaged store. ---- */

/* A run with one entry that fills pages of its own with the letter. */
static void long_record(struct mb_store *store, char letter, bool ended, char ret_uuid[static MB_UUID_SIZE])
{
    static const struct mb_record_head head = {
        .bench = "sim", .simulated = true, .time_factor = 20, .program_version = MB_VERSION};
    static const char motor[] = "motor: {id: M1}\n";
    char *text = calloc(1, LONG_TEXT + 1);
    struct mb_record *record = NULL;
    struct mb_error err = {""};
    json_t *payload;

    assert_non_null(text);
    memset(text, letter, LONG_TEXT);
    payload = json_pack("{s:s}", "text", text);
    assert_int_equal(mb_record_create(store, &head, &record, &err), 0);
    assert_int_equal(mb_record_freeze(record, "motor-file", motor, sizeof motor - 1, &err), 0);
    assert_int_equal(mb_record_append(record, 1, "operator", payload, &err), 0);
    if (ended)
        assert_int_equal(mb_record_finish(record, "aborted", "INVALID", "enough", &err), 0);
    (void)snprintf(ret_uuid, MB_UUID_SIZE, "%s", mb_record_uuid(record));
    (void)mb_record_free(record);
    json_decref(payload);
    free(text);
}

/* All is in the file itself then: the log beside it, which stays, would hide what is changed there. */
static void close_store(const struct daemon_fixture *f, struct mb_store *store)
{
    char log[96];

    (void)mb_store_close(store);
    (void)snprintf(log, sizeof log, "%s-wal", f->store);
    (void)unlink(log);
}

/* Overwrites the second page that is full of the letter, with it the number of the page that follows. */
static void damage(const char *path, char letter)
{
    char expected[PAGE - 4], *bytes;
    unsigned found = 0;
    size_t size;

    memset(expected, letter, sizeof expected);
    assert_int_equal(mb_file_read(path, STORE_MAX, &bytes, &size, NULL), 0);
    for (size_t page = 0; page + PAGE <= size; page += PAGE)
        if (memcmp(bytes + page + 4, expected, sizeof expected) == 0 && ++found == 2)
            memset(bytes + page, 0xfe, PAGE);
    assert_true(found > 2);
    assert_int_equal(mb_file_write(path, bytes, size, NULL), 0);
    free(bytes);
}

static void make_records(struct daemon_fixture *f)
{
    struct world *w = (struct world *)f; /* its first member */
    struct mb_store *store = daemon_fixture_new_store(f);

    long_record(store, 'd', true, w->damaged);
    long_record(store, 'w', true, w->whole);
    long_record(store, 'o', false, w->open);
    close_store(f, store);
    damage(f->store, 'd');
    damage(f->store, 'o');
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    *state = w;
    daemon_fixture_start(&w->f, &(struct daemon_fixture_setting){.sim = simulator, .edit = make_records});
    return 0;
}

static void expect(struct daemon_fixture *f, int status, const char *words, const char *const line[])
{
    struct run_result result;

    daemon_fixture_cli(f, &result, line);
    if (result.status != status || (!strstr(result.out, words) && !strstr(result.err, words)))
        daemon_fixture_fail(f, "%s %s: %d, %s%s", line[0], line[1], result.status, result.out, result.err);
    run_result_clear(&result);
}
#define EXPECT(f, status, words, ...) expect((f), (status), (words), (const char *const[]){__VA_ARGS__, NULL})

/* As the list shows it. */
static const char *first_digits(const char *uuid, char buffer[static 16])
{
    (void)snprintf(buffer, 16, "%.8s", uuid);
    return buffer;
}

/* Three records, two of them damaged, one of these still open: the third is served, and a run that could not
 * be recorded is refused. */
static void damaged_records_leave_the_others_alone(void **state)
{
    struct world *w = *state;
    struct daemon_fixture *f = &w->f;
    char digits[16];

    EXPECT(f, 0, first_digits(w->damaged, digits), "list");
    EXPECT(f, 0, first_digits(w->whole, digits), "list");
    EXPECT(f, 0, "hash chain   ok", "verify", w->whole);
    EXPECT(f, 3, "entry 3: cannot be read", "verify", w->damaged);
    EXPECT(f, 3, "entry 3: cannot be read", "verify", w->open);
    EXPECT(f, 0, "motorbench-record/1", "export", w->whole, "--format", "json");
    EXPECT(f, 4, w->damaged, "export", w->damaged, "--format", "json");
    /* The damaged page lies where the next entry belongs. */
    EXPECT(f, 4, "malformed", "run", f->motor);
    assert_false(daemon_fixture_output_on(f));
    EXPECT(f, 0, "hash chain   ok", "verify", w->whole);
}

/* ---- Places that are refused. ---- */

static bool has_ended(void *daemon)
{
    return child_ended(daemon);
}

/* The daemon does not start on such a store, says why, and leaves the bytes as they are. */
static void expect_refusal(struct daemon_fixture *f, const char *why)
{
    char *before, *after, *log, path[96];
    size_t size_before, size_after, n;

    assert_int_equal(mb_file_read(f->store, STORE_MAX, &before, &size_before, NULL), 0);
    daemon_fixture_spawn(f);
    if (!eventually(has_ended, &f->daemon, FIXTURE_PATIENCE_MS))
        daemon_fixture_fail(f, "the daemon started: %s", why);
    assert_int_equal(f->daemon.status, 1);
    (void)snprintf(path, sizeof path, "%s/daemon.log", f->folder);
    assert_int_equal(mb_file_read(path, STORE_MAX, &log, &n, NULL), 0);
    if (!strstr(log, why))
        daemon_fixture_fail(f, "the daemon does not say '%s'", why);
    assert_int_equal(mb_file_read(f->store, STORE_MAX, &after, &size_after, NULL), 0);
    assert_int_equal(size_after, size_before);
    assert_memory_equal(after, before, size_before);
    free(before);
    free(after);
    free(log);
}

/* The state of the daemon so far is moved away. */
static void another_state(struct daemon_fixture *f, char aside[static 96])
{
    (void)snprintf(aside, 96, "%s.aside", f->state);
    (void)daemon_fixture_stop(f);
    assert_int_equal(rename(f->state, aside), 0);
    assert_int_equal(mkdir(f->state, 0750), 0);
}

static void its_own_state(struct daemon_fixture *f, const char *aside)
{
    tree_remove(f->state);
    assert_int_equal(rename(aside, f->state), 0);
    daemon_fixture_launch(f);
}

static void a_store_of_a_newer_program_is_left_alone(void **state)
{
    struct world *w = *state;
    struct mb_error err = {""};
    struct mb_store *store = NULL;
    char aside[96], *bytes;
    size_t size;

    another_state(&w->f, aside);
    assert_int_equal(mb_store_open(w->f.store, false, &store, &err), 0);
    close_store(&w->f, store);
    assert_int_equal(mb_file_read(w->f.store, STORE_MAX, &bytes, &size, NULL), 0);
    assert_int_equal(bytes[63], 1); /* the lowest byte of user_version, in the header of an SQLite file */
    bytes[63] = 2;
    assert_int_equal(mb_file_write(w->f.store, bytes, size, &err), 0);
    free(bytes);
    expect_refusal(&w->f, "schema 2, this program knows 1");
    its_own_state(&w->f, aside);
}

static void what_is_no_store_is_left_alone(void **state)
{
    static const char text[] =
        "Somebody's notes, and none of ours. They are longer than the head of a database.";
    struct world *w = *state;
    char aside[96], target[128];

    another_state(&w->f, aside);
    assert_int_equal(mb_file_write(w->f.store, text, sizeof text, NULL), 0);
    expect_refusal(&w->f, "file is not a database");
    (void)unlink(w->f.store);
    (void)snprintf(target, sizeof target, "%s/records.sqlite", aside);
    assert_int_equal(symlink(target, w->f.store), 0);
    expect_refusal(&w->f, "not a regular file");
    its_own_state(&w->f, aside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_records_leave_the_others_alone),
        cmocka_unit_test(a_store_of_a_newer_program_is_left_alone),
        cmocka_unit_test(what_is_no_store_is_left_alone),
    };

    return cmocka_run_group_tests_name("state", tests, setup, daemon_fixture_teardown);
}
