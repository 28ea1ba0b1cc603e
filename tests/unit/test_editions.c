/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "document/method.h"
#include "standard/catalogue.h"
#include "standard/editions.h"

#define DATA "daemon/standard/data/"

struct data {
    struct mb_editions *editions;
    struct mb_catalogue *catalogue;
};

static int load(void **state)
{
    static struct data data;
    struct mb_error err = {""};

    if (mb_editions_load(DATA MB_EDITIONS_FILE, &data.editions, &err) < 0 ||
        mb_catalogue_load(DATA MB_CATALOGUE_FILE, &data.catalogue, &err) < 0) {
        print_error("%s\n", err.text);
        return -1;
    }
    *state = &data;
    return 0;
}

static int unload(void **state)
{
    struct data *data = *state;

    mb_editions_free(data->editions);
    mb_catalogue_free(data->catalogue);
    return 0;
}

/* The 25 rows of the overview's catalogue, in the editions that it names or that are in force now. */
static void every_standard_of_the_overview_is_there(void **state)
{
    static const struct {
        const char *id, *edition;
    } rows[] = {{"GB/T 14711", "2013"},     {"GB/T 14711", "2025"},       {"GB/T 12350", "2022"},
                {"GB 18613", "2020"},       {"GB 30253", "2013"},         {"GB 30253", "2024"},
                {"GB 30254", "2013"},       {"GB 30254", "2024"},         {"GB/T 755", "2019"},
                {"GB/T 755", "2025"},       {"GB/T 1311", "2008"},        {"GB/T 5171.21", "2016"},
                {"GB/T 9651", "2022"},      {"GB/T 1032", "2023"},        {"GB/T 14481", "2008"},
                {"GB/T 1029", "2021"},      {"GB/T 22670", "2018"},       {"GB/T 13958", "2022"},
                {"GB/T 10069.3", "2008"},   {"GB/T 10069.3", "2024"},     {"GB/T 10068", "2020"},
                {"GB/T 4831", "2016"},      {"GB/T 18488", "2015"},       {"GB/T 18488", "2024"},
                {"JB/T 13299", ""},         {"JB/T 13297", ""},           {"JB/T 1012", ""},
                {"JB/T 13729", ""},         {"T/CEEIA 380", ""},          {"T/CEEIA 410", ""},
                {"T/CAGP 0042", ""},        {"IEC 60034-1", "2022"},      {"IEC 60034-2-1", "2014"},
                {"IEC 60034-2-3", "2020"},  {"IEC 60034-9", "2021"},      {"IEC 60034-14", "2018"},
                {"IEC 60034-30-1", "2014"}, {"IEC TS 60034-30-2", "2016"}};
    const struct data *data = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!mb_editions_find(data->editions, rows[i].id, rows[i].edition))
            fail_msg("%s-%s is missing", rows[i].id, rows[i].edition);
}

/* What `standards show` says of a test standard is what `motorbench methods` has of it. */
static void methods_are_said_to_be_there(void **state)
{
    const struct data *data = *state;
    size_t found = 0;

    for (const struct mb_method_rule *rule = mb_method_rules; rule->method; rule++) {
        const struct mb_standard_edition *e = NULL;
        char id[40], edition[16];

        assert_true(mb_standard_reference(rule->standard, id, edition));
        e = mb_editions_find(data->editions, id, edition);
        if (!e || rule->status == MB_METHOD_REFUSED)
            continue;
        found++;
        if (!strstr(e->executed_by, "method"))
            fail_msg("%s has %s, and is said to be executed by '%s'", rule->standard, rule->method,
                     e->executed_by);
    }
    assert_true(found > 30);
}

static void catalogue_and_editions_name_the_same(void **state)
{
    const struct data *data = *state;

    for (size_t i = 0; i < mb_catalogue_count(data->catalogue); i++) {
        const struct mb_standard *s = mb_catalogue_get(data->catalogue, i);

        if (!mb_editions_find(data->editions, s->id, s->edition))
            fail_msg("%s-%s has a scope and no edition", s->id, s->edition);
    }
    for (size_t i = 0; i < mb_editions_count(data->editions); i++) {
        const struct mb_standard_edition *e = mb_editions_get(data->editions, i);
        bool found = false;

        for (size_t n = 0; n < mb_catalogue_count(data->catalogue); n++)
            found = found || (strcmp(mb_catalogue_get(data->catalogue, n)->id, e->id) == 0 &&
                              strcmp(mb_catalogue_get(data->catalogue, n)->edition, e->edition) == 0);
        if (!found)
            fail_msg("%s-%s has no scope", e->id, e->edition);
    }
}

/* On any day a scope has at most one edition; where one has a successor, that one begins when it ends. */
static void one_edition_at_a_time(void **state)
{
    static const char *const days[] = {"2012-01-01", "2018-06-30", "2021-06-01", "2024-04-01",
                                       "2025-09-30", "2025-12-01", "2026-11-22"};
    const struct data *data = *state;
    const size_t count = mb_catalogue_count(data->catalogue);

    for (size_t d = 0; d < sizeof days / sizeof *days; d++)
        for (size_t a = 0; a < count; a++)
            for (size_t b = a + 1; b < count; b++) {
                const struct mb_standard *x = mb_catalogue_get(data->catalogue, a),
                                         *y = mb_catalogue_get(data->catalogue, b);

                if (strcmp(x->id, y->id) == 0 && strcmp(x->edition, y->edition) != 0 &&
                    (x->kinds & y->kinds) && mb_standard_in_force(x, days[d]) &&
                    mb_standard_in_force(y, days[d]))
                    fail_msg("%s: %s and %s on %s", x->id, x->edition, y->edition, days[d]);
            }
}

static void successors(void **state)
{
    const struct data *data = *state;
    const struct mb_standard_edition *old = mb_editions_find(data->editions, "GB/T 14711", "2013"),
                                     *law = mb_editions_find(data->editions, "GB 12350", "2009");

    assert_string_equal(mb_edition_successor(data->editions, old)->edition, "2025");
    assert_string_equal(mb_edition_successor(data->editions, law)->id, "GB/T 12350");
    assert_null(mb_edition_successor(data->editions, mb_edition_successor(data->editions, old)));
}

static void bad_files_are_named(void **state)
{
    static const char head[] = "id,edition,issued,replaced_by,amendment,transition,adopted_from,adoption,"
                               "supervision_type,subject,executed_by,mark,source\n";
    static const struct {
        const char *rows, *complaint;
    } cases[] = {
        {"X 1,2020,,,,,,,a,,,M,s\n", "e.csv:2: id, subject"},
        {"X 1,2020,last year,,,,,,a,S,,M,s\n", "e.csv:2: issued"},
        {"X 1,2020,,,,,IEC 1,SAME,a,S,,M,s\n", "e.csv:2: adoption"},
        {"X 1,2020,,,,,IEC 1,,a,S,,M,s\n", "e.csv:2: adopted_from"},
        {"X 1,2020,,,,,,,a,S,,M,s\nX 1,2020,,,,,,,a,S,,M,s\n", "too"},
        {"X 1,2020,,2021,,,,,a,S,,M,s\nX 1,2021,,2020,,,,,a,S,,M,s\n", "circle"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_editions *e = NULL;
        struct mb_error err = {""};
        char text[600];

        (void)snprintf(text, sizeof text, "%s%s", head, cases[i].rows);
        assert_int_equal(mb_editions_parse("e.csv", text, strlen(text), &e, &err), -EINVAL);
        assert_null(e);
        if (!strstr(err.text, cases[i].complaint))
            fail_msg("%s: %s", cases[i].complaint, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_standard_of_the_overview_is_there),
        cmocka_unit_test(methods_are_said_to_be_there),
        cmocka_unit_test(catalogue_and_editions_name_the_same),
        cmocka_unit_test(one_edition_at_a_time),
        cmocka_unit_test(successors),
        cmocka_unit_test(bad_files_are_named),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
