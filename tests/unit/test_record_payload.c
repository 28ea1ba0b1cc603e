/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a payload in the store is, byte for byte, the one that jansson makes. */
#include "support/test.h"

#include <float.h>
#include <math.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "support/store_fixture.h"

#define RANDOM 30000
#define FLAGS (JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17))

/* The payload of the newest entry. */
static char *stored(struct fixture *f)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *db = NULL;
    char *text = NULL;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT payload FROM entry ORDER BY seq DESC LIMIT 1", -1, &statement, NULL),
        SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW)
        text = strdup((const char *)sqlite3_column_text(statement, 0));
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    assert_non_null(text);
    return text;
}

static void expect_same(struct fixture *f, json_t *payload)
{
    struct mb_record *record = create(f);
    char *expected = json_dumps(payload, FLAGS), *text;
    size_t at = 0;

    append(f, record, 0, "reading", payload);
    text = stored(f);
    while (text[at] && text[at] == expected[at])
        at++;
    if (text[at] != expected[at])
        fail_msg("'%.40s' instead of '%.40s'", text + (at > 20 ? at - 20 : 0),
                 expected + (at > 20 ? at - 20 : 0));
    (void)mb_record_free(record);
    free(expected);
    free(text);
}

/* The value and both its neighbours. */
static void add(json_t *list, double value)
{
    assert_int_equal(json_array_append_new(list, json_real(value)), 0);
    assert_int_equal(json_array_append_new(list, json_real(nextafter(value, 0))), 0);
    assert_int_equal(json_array_append_new(list, json_real(-nextafter(value, DBL_MAX))), 0);
}

static void reals_at_the_edges(void **state)
{
    static const double values[] = {
        0.1,  0.5,    1.0 / 3, 2.5,         0.3,    123456789.125,    4503599627370497.5,
        8e15, 1e-300, DBL_MIN, DBL_MAX / 2, 5e-324, 9007199254740994, 0.00012345};
    json_t *list = json_array();

    assert_int_equal(json_array_append_new(list, json_real(0.0)), 0);
    assert_int_equal(json_array_append_new(list, json_real(-0.0)), 0);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        add(list, values[i]);
    for (int power = -8; power <= 20; power++)
        for (int digit = 1; digit <= 9; digit++)
            add(list, digit * pow(10, power));
    for (int power = -20; power <= 60; power++)
        add(list, ldexp(1, power));
    expect_same(*state, json_pack("{s:o}", "values", list));
}

/* Any 64 bits that make a number, and numbers as instruments give them. */
static void any_reals(void **state)
{
    json_t *list = json_array();
    unsigned seed = 20261122;

    for (int i = 0; i < RANDOM; i++) {
        uint64_t bits =
            (uint64_t)rand_r(&seed) << 42 ^ (uint64_t)rand_r(&seed) << 21 ^ (uint64_t)rand_r(&seed);
        double value, small;

        memcpy(&value, &bits, sizeof value);
        small = (double)(bits >> 12) * ldexp(1, -(int)(bits % 70));
        if (isfinite(value))
            assert_int_equal(json_array_append_new(list, json_real(value)), 0);
        assert_int_equal(json_array_append_new(list, json_real(small)), 0);
        assert_int_equal(json_array_append_new(list, json_real((double)(bits % 1000000) / 1000)), 0);
    }
    expect_same(*state, json_pack("{s:o}", "values", list));
}

static void everything_else(void **state)
{
    expect_same(*state, json_pack("{s:{s:[], s:{}, s:n}, s:[b,b,i,I], s:s, s:s, s:{s:i, s:i, s:i}}", "nested",
                                  "list", "object", "nothing", "plain", 1, 0, -7, (json_int_t)INT64_MAX,
                                  "text", "\"quoted\" \\ / \t\n\x01 \xc3\xa4 \xe4\xb8\xad \x7f", "",
                                  "empty key", "sorted", "b", 1, "a", 2, "\xc3\xa4\"", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reals_at_the_edges, setup, teardown),
        cmocka_unit_test_setup_teardown(any_reals, setup, teardown),
        cmocka_unit_test_setup_teardown(everything_else, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
