/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every vector of docs/vectors: `motorbench evaluate --json` over tests/data/sheets/NAME.yaml gives each
 * member of NAME.expected.json within its tolerance. A member marked "open" is one where the program and the
 * vector are known to differ: it must differ, so that the mark goes when the program changes. */
#include "support/test.h"

#include <glob.h>
#include <math.h>
#include <string.h>

#include "support/evaluate.h"

#define FOLDER "tests/data/sheets/"

static bool agrees(const json_t *value, const json_t *expected)
{
    const json_t *wanted = json_object_get(expected, "value");

    if (!json_is_number(wanted) || !json_is_number(value))
        return value && json_equal(value, wanted);
    return fabs(json_number_value(value) - json_number_value(wanted)) <=
           json_number_value(json_object_get(expected, "tolerance"));
}

static bool check_member(const char *sheet, const struct evaluated *e, const json_t *expected)
{
    const char *path = json_string_value(json_object_get(expected, "path"));
    const char *open = json_string_value(json_object_get(expected, "open"));
    const json_t *value;
    bool good;

    assert_non_null(path);
    value = evaluated_at(e, path);
    good = agrees(value, expected);
    if (good == !open)
        return true;
    print_error("%s: %s: expected %s%.9g, is %s %.9g%s%s\n", sheet, path, open ? "other than " : "",
                json_number_value(json_object_get(expected, "value")), value ? "" : "absent",
                json_number_value(value), open ? ", no longer open: " : "", open ? open : "");
    return false;
}

static void reproduces_vector(void **state)
{
    struct evaluated e = {0};
    char sheet[256];
    size_t i, bad = 0;
    json_t *vector, *member;
    const json_t *members;

    vector = json_load_file(*state, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(vector);
    members = json_object_get(vector, "members");
    assert_true(json_array_size(members) > 0);
    (void)snprintf(sheet, sizeof sheet, FOLDER "%s", json_string_value(json_object_get(vector, "sheet")));
    evaluate_path(sheet, &e);
    assert_non_null(e.document);
    json_array_foreach(members, i, member) bad += !check_member(sheet, &e, member);
    evaluated_clear(&e);
    json_decref(vector);
    assert_int_equal(bad, 0);
}

int main(void)
{
    struct CMUnitTest tests[64] = {0};
    glob_t found;
    int r;

    if (glob(FOLDER "*.expected.json", 0, NULL, &found) != 0 || found.gl_pathc > 64)
        return 1;
    for (size_t i = 0; i < found.gl_pathc; i++)
        tests[i] = (struct CMUnitTest){.name = found.gl_pathv[i] + strlen(FOLDER),
                                       .test_func = reproduces_vector,
                                       .initial_state = found.gl_pathv[i]};
    r = _cmocka_run_group_tests("vectors of the methods", tests, found.gl_pathc, NULL, NULL);
    globfree(&found);
    return r;
}
