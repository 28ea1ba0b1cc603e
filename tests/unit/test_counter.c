/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The counter subsystem against a folder that looks like its part of sysfs. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "counter/counter.h"
#include "support/tree.h"

#define COUNT "bus/counter/devices/counter3/count1/"

struct rig {
    char root[64];
    struct mb_counter *counter;
};

static void put(const struct rig *rig, const char *name, const char *text)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", rig->root, name);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void get(const struct rig *rig, const char *name, char *text, size_t size)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", rig->root, name);
    file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(text, (int)size, file));
    assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
    static const char *const folders[] = {"bus", "bus/counter", "bus/counter/devices",
                                          "bus/counter/devices/counter3", COUNT};
    struct rig *rig = calloc(1, sizeof *rig);
    char path[256];

    assert_non_null(rig);
    (void)snprintf(rig->root, sizeof rig->root, "/tmp/mb-counter-XXXXXX");
    assert_non_null(mkdtemp(rig->root));
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", rig->root, folders[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    put(rig, "bus/counter/devices/counter3/name", "104-quad-8\n");
    put(rig, COUNT "count", "100\n");
    put(rig, COUNT "ceiling", "65535\n");
    put(rig, COUNT "enable", "0\n");
    put(rig, COUNT "function", "pulse-direction\n");
    put(rig, COUNT "function_available", "pulse-direction\nquadrature x1 a\nquadrature x4\n");
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    assert_null(mb_counter_free(rig->counter));
    tree_remove(rig->root);
    free(rig);
    return 0;
}

static void open_counter(struct rig *rig, const char *device)
{
    const struct mb_counter_setting setting = {
        .root = rig->root, .device = device, .count = 1, .function = "quadrature x4", .counts_a_turn = 4096};
    struct mb_error err = {""};

    if (mb_counter_open(&setting, &rig->counter, &err) < 0)
        fail_msg("%s", err.text);
}

static int64_t counts_at(struct rig *rig, const char *text)
{
    int64_t counts = -1;

    put(rig, COUNT "count", text);
    assert_int_equal(mb_counter_read(rig->counter, &counts), 0);
    return counts;
}

static void test_counts(void **state)
{
    struct rig *rig = *state;
    char text[64];

    open_counter(rig, "counter3");
    get(rig, COUNT "function", text, sizeof text);
    assert_string_equal(strtok(text, "\n"), "quadrature x4");
    get(rig, COUNT "enable", text, sizeof text);
    assert_int_equal(text[0], '1');
    assert_int_equal(counts_at(rig, "100\n"), 0);
    assert_int_equal(counts_at(rig, "4196\n"), 4096);
    assert_int_equal(counts_at(rig, "36900\n"), 36800); /* just below half of the range */
    assert_int_equal(counts_at(rig, "65535\n"), 65435);
    assert_int_equal(counts_at(rig, "99\n"), 65535);    /* over the ceiling */
    assert_int_equal(counts_at(rig, "65500\n"), 65400); /* and back under zero */
    assert_true(fabs(mb_counter_speed_rpm(rig->counter, 4096, 0.04) - 1500) < 1e-9);
    assert_true(mb_counter_speed_rpm(rig->counter, -2048, 1) == -30);
    assert_true(isnan(mb_counter_speed_rpm(rig->counter, 1, 0)));
}

/* Without a ceiling the register has 64 bits. */
static void test_without_ceiling(void **state)
{
    struct rig *rig = *state;

    put(rig, COUNT "ceiling", "18446744073709551615\n");
    put(rig, COUNT "count", "18446744073709551614\n");
    open_counter(rig, "104-quad-8"); /* by name */
    assert_int_equal(counts_at(rig, "3\n"), 5);
    assert_int_equal(counts_at(rig, "18446744073709551606\n"), -8);
}

static void test_bad_values(void **state)
{
    static const char *const texts[] = {"-1\n", "", "7 V\n", "1e3\n", "70000\n", "99999999999999999999\n"};
    struct rig *rig = *state;
    int64_t counts = 7;
    char path[256];

    open_counter(rig, "counter3");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put(rig, COUNT "count", texts[i]);
        if (mb_counter_read(rig->counter, &counts) != -EPROTO)
            fail_msg("'%s' was taken", texts[i]);
    }
    (void)snprintf(path, sizeof path, "%s/%scount", rig->root, COUNT);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mb_counter_read(rig->counter, &counts), -ENOENT);
    assert_int_equal(counts, 7);
}

static void refused(struct mb_counter_setting setting, int error, const char *sentence)
{
    struct mb_counter *counter = NULL;
    struct mb_error err = {""};

    assert_int_equal(mb_counter_open(&setting, &counter, &err), error);
    assert_null(counter);
    if (!strstr(err.text, sentence))
        fail_msg("expected '%s', have '%s'", sentence, err.text);
}

static void test_refusals(void **state)
{
    const struct rig *rig = *state;
    struct mb_counter_setting s = {.root = rig->root, .device = "counter3", .count = 1, .counts_a_turn = 0};

    refused(s, -EINVAL, "0 counts a turn");
    s.counts_a_turn = 1000;
    s.count = 2;
    refused(s, -ENODEV, "no such count");
    s.device = "counter9";
    refused(s, -ENODEV, "no such counter");
    s.device = "../counter3";
    refused(s, -EINVAL, "not the name");
    s.device = "counter3";
    s.root = "/nowhere";
    refused(s, -EOPNOTSUPP, "no counter subsystem");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_counts), TEST(test_without_ceiling), TEST(test_bad_values),
                                       TEST(test_refusals)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
