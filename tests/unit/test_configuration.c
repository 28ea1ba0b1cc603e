/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "main/configuration.h"

struct fixture {
    char folder[40], path[80];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    (void)snprintf(f->folder, sizeof f->folder, "/tmp/mb-conf-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/motorbenchd.yaml", f->folder);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    (void)unlink(f->path);
    assert_int_equal(rmdir(f->folder), 0);
    free(f);
    return 0;
}

static int load(struct fixture *f, const char *format, const char *word, struct mb_configuration *ret,
                struct mb_error *err)
{
    char text[200];

    (void)snprintf(text, sizeof text, "state_directory: /tmp\n%s%s\n", format, word);
    assert_int_equal(mb_file_write(f->path, text, strlen(text), err), 0);
    return mb_configuration_load(f->path, true, ret, err);
}

static void limits_lie_beside_the_file(void **state)
{
    struct fixture *f = *state;
    struct mb_configuration c;
    struct mb_error err = {""};
    char expected[80];

    assert_int_equal(load(f, "", "", &c, &err), 0);
    (void)snprintf(expected, sizeof expected, "%s/limits", f->folder);
    assert_string_equal(c.limits_directory, expected); /* whether it is there or not */
    mb_configuration_clear(&c);
    assert_int_equal(load(f, "limits: ", f->folder, &c, &err), 0);
    assert_string_equal(c.limits_directory, f->folder);
    mb_configuration_clear(&c);
}

/* Limits that a laboratory confirmed would silently not be in force. */
static void a_named_folder_must_be_there(void **state)
{
    struct mb_configuration c;
    struct mb_error err = {""};

    assert_int_equal(load(*state, "limits: ", "/nonexistent/limits", &c, &err), -ENOENT);
    assert_non_null(strstr(err.text, "/nonexistent/limits"));
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(limits_lie_beside_the_file),
        WITH_FOLDER(a_named_folder_must_be_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
