/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files below the fixture's folder: what the daemon reads, and its records as they lie on the disk. */
#include "support/test.h"

#include "support/daemon_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "record/record.h"

/* The shortened inspection of the virtual machine has a step of every kind. */
#define SHORT_PLAN "tests/vm/data/plans/efficiency-2-1-1B.yaml"

void daemon_fixture_change(const struct daemon_fixture *f, const char *leaf, const char *from, const char *to)
{
    char path[128], *text = NULL, *all = NULL, *at;
    size_t size;

    (void)snprintf(path, sizeof path, "%s/%s", f->folder, leaf);
    assert_int_equal(mb_file_read(path, 1 << 20, &text, &size, NULL), 0);
    at = strstr(text, from);
    if (!at)
        fail_msg("%s has no '%s'", leaf, from);
    assert_true(asprintf(&all, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
    assert_int_equal(mb_file_write(path, all, strlen(all), NULL), 0);
    free(all);
    free(text);
}

void daemon_fixture_add_profiles(const struct daemon_fixture *f)
{
    const char *const copy[] = {"sh", "-c",
                                "mkdir -p \"$0/profiles\" && cp tools/sim/simulated-*.yaml \"$0/profiles\"",
                                f->folder, NULL};
    struct run_result result;

    assert_int_equal(run_program(copy, NULL, &result), 0);
    assert_int_equal(result.status, 0);
    run_result_clear(&result);
}

void daemon_fixture_begin_with(const struct daemon_fixture *f, const char *plan, const char *step)
{
    char path[128], word[64], *text = NULL, *all = NULL, *steps, *first;
    size_t size;

    (void)snprintf(path, sizeof path, "%s/plans/%s.yaml", f->data, plan);
    (void)snprintf(word, sizeof word, "    - id: %s", step);
    assert_int_equal(mb_file_read(path, 1 << 20, &text, &size, NULL), 0);
    steps = strstr(text, "\n  steps:\n");
    first = strstr(text, word);
    while (first && !strchr(" \n", first[strlen(word)]))
        first = strstr(first + 1, word);
    if (!steps || !first)
        fail_msg("%s has no step '%s'", path, step);
    assert_true(asprintf(&all, "%.*s\n  steps:\n%s", (int)(steps - text), text, first) > 0);
    assert_int_equal(mb_file_write(path, all, strlen(all), NULL), 0);
    free(all);
    free(text);
}

void daemon_fixture_shorten(struct daemon_fixture *f)
{
    char path[128], *text = NULL;
    size_t size;

    assert_int_equal(mb_file_read(SHORT_PLAN, 1 << 20, &text, &size, NULL), 0);
    (void)snprintf(path, sizeof path, "%s/plans/efficiency-2-1-1B.yaml", f->data);
    (void)unlink(path);
    assert_int_equal(mb_file_write(path, text, size, NULL), 0);
    free(text);
}

struct mb_store *daemon_fixture_new_store(const struct daemon_fixture *f)
{
    struct mb_store *store = NULL;
    struct mb_error err = {""};

    assert_int_equal(mkdir(f->state, 0750), 0);
    if (mb_store_open(f->store, false, &store, &err) < 0)
        fail_msg("%s", err.text);
    return store;
}

json_t *daemon_fixture_record(const struct daemon_fixture *f)
{
    struct mb_store *store = NULL;
    struct mb_error err = {""};
    json_t *document = NULL;

    if (mb_store_open(f->store, true, &store, &err) < 0 || mb_store_load(store, f->uuid, &document, &err) < 0)
        daemon_fixture_fail(f, "%s", err.text);
    (void)mb_store_close(store);
    return document;
}

static const char *hash_of(const json_t *entry)
{
    const char *hash = json_string_value(json_object_get(entry, "hash"));

    return hash ? hash : "";
}

void daemon_fixture_assert_kept(const struct daemon_fixture *f, const json_t *before)
{
    json_t *now = daemon_fixture_record(f), *entry;
    const json_t *then = json_object_get(before, "entries"), *entries = json_object_get(now, "entries");
    size_t i;

    assert_true(json_array_size(entries) >= json_array_size(then));
    json_array_foreach(then, i, entry)
    {
        if (strcmp(hash_of(entry), hash_of(json_array_get(entries, i))) != 0)
            daemon_fixture_fail(f, "entry %zu is not what it was", i + 1);
    }
    json_decref(now);
}
