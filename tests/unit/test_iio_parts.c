/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of the capture that need no device: scan elements, the time line, triggers. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iio/element.h"
#include "iio/timeline.h"
#include "iio/trigger.h"
#include "support/tree.h"

/* ---- Scan elements ---- */

static double taken(struct mb_iio_element e, const char *bytes)
{
    enum mb_wave_storage storage;
    union {
        int16_t i16;
        int32_t i32;
        double f;
    } target;

    assert_int_equal(mb_iio_element_storage(&e, &storage), 0);
    mb_iio_element_take(&e, bytes, e.bytes, 1, storage, &target);
    return storage == MB_WAVE_INT16 ? target.i16 : storage == MB_WAVE_INT32 ? target.i32 : target.f;
}

static void test_elements(void **state)
{
    const struct mb_iio_element u12 = {.bytes = 2, .bits = 12};

    (void)state;
    /* le:s16/16, be:s16/16, le:s24/32, be:s20/32>>12 and so on. */
    assert_true(taken((struct mb_iio_element){2, 16, 0, true, false}, "\x34\x92") == (int16_t)0x9234);
    assert_true(taken((struct mb_iio_element){2, 16, 0, true, true}, "\x92\x34") == (int16_t)0x9234);
    assert_true(taken((struct mb_iio_element){4, 32, 0, true, false}, "\x01\x02\x03\x84") ==
                (int32_t)0x84030201);
    assert_true(taken((struct mb_iio_element){4, 24, 0, true, false}, "\xff\xff\xff\x00") == -1);
    assert_true(taken((struct mb_iio_element){4, 24, 8, true, false}, "\x55\x00\x00\x80") == -8388608);
    assert_true(taken((struct mb_iio_element){4, 20, 12, true, true}, "\x7f\xff\xff\xff") == 524287);
    assert_true(taken((struct mb_iio_element){3, 24, 0, true, true}, "\x80\x00\x01") == -8388607);
    assert_true(taken((struct mb_iio_element){8, 48, 0, true, false}, "\x00\x00\x00\x00\x00\x80\x00\x00") ==
                -0x1p47);
    /* Unsigned: moved by half of the range, and the bias moves it back. */
    assert_true(taken(u12, "\x00\xf0") - mb_iio_element_bias(&u12) == 0);
    assert_true(taken(u12, "\xff\x0f") - mb_iio_element_bias(&u12) == 4095);
    assert_true(taken(u12, "\x00\x08") == 0);
    assert_true(mb_iio_element_limit(&u12) == 2047);
    assert_true(taken((struct mb_iio_element){4, 32, 0, false, false}, "\xff\xff\xff\xff") == 0x1p31 - 1);
}

static void test_element_refusals(void **state)
{
    static const struct mb_iio_element bad[] = {
        {0, 16, 0, true, false}, {9, 16, 0, true, false}, {2, 0, 0, true, false}, {2, 12, 5, true, false}};
    enum mb_wave_storage storage;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(mb_iio_element_storage(&bad[i], &storage), -EINVAL);
}

/* Every n-th of several channels. */
static void test_step(void **state)
{
    const struct mb_iio_element e = {2, 16, 0, true, false};
    const int16_t frames[] = {1, 10, 2, 20, 3, 30};
    int16_t target[3];

    (void)state;
    mb_iio_element_take(&e, frames + 1, 4, 3, MB_WAVE_INT16, target);
    assert_true(target[0] == 10 && target[1] == 20 && target[2] == 30);
}

/* ---- The time line: blocks of 500 samples at 10 kHz, 50 ms, eight in flight ---- */

#define BLOCK 500
#define MS UINT64_C(1000000)

static void begin(struct mb_timeline *t)
{
    const struct mb_timeline_setting setting = {.rate_hz = 10000, .depth_ns = 400 * MS, .jitter_ns = 20 * MS};

    mb_timeline_init(t, &setting);
}

/* Blocks as they come: k-th one late by some, with a converter that is off by `fast`. Returns what was lost.
 */
static uint64_t run(struct mb_timeline *t, unsigned from, unsigned to, double fast, double noise_ns)
{
    uint64_t lost = 0;

    for (unsigned k = from; k < to; k++) {
        double noise = noise_ns * (double)(k * 7919 % 13) / 12;

        lost += mb_timeline_add(t, BLOCK, (uint64_t)((k + 1) * 50e6 / (1 + fast) + 1e9 + noise), true);
    }
    return lost;
}

static void test_steady(void **state)
{
    struct mb_timeline t;
    double error_ns;

    (void)state;
    begin(&t);
    assert_int_equal(run(&t, 0, 4, 0, 0), 0);
    assert_false(mb_timeline_error(&t, &error_ns));
    assert_int_equal(run(&t, 4, 1000, 0, 2e6), 0);
    assert_int_equal(t.next, 1000 * BLOCK);
    assert_true(mb_timeline_error(&t, &error_ns));
    assert_true(error_ns < 1e6);
    /* 1 ms on average is what the blocks need to come; it is not told apart. */
    assert_true(llabs(mb_timeline_at(&t, 995 * BLOCK) - (int64_t)(995 * 50e6 + 1e9 + 1e6)) < 1000000);
}

/* A converter that is 2 % fast, as MEMS are, is no loss; the line follows it. */
static void test_rate_off(void **state)
{
    struct mb_timeline t;

    (void)state;
    begin(&t);
    assert_int_equal(run(&t, 0, 400, 0.02, 1e6), 0);
    assert_true(fabs(t.period_ns - 100e3 / 1.02) < 50);
    begin(&t);
    assert_int_equal(run(&t, 0, 400, -0.02, 1e6), 0);
}

/* The reader was away for 300 ms: less than the buffers hold, everything comes afterwards. */
static void test_away_without_loss(void **state)
{
    struct mb_timeline t;
    uint64_t lost = 0;

    (void)state;
    begin(&t);
    assert_int_equal(run(&t, 0, 100, 0, 1e6), 0);
    for (unsigned k = 100; k < 106; k++)
        lost += mb_timeline_add(&t, BLOCK, 1000 * MS + 106 * 50 * MS, false);
    assert_int_equal(lost + run(&t, 106, 200, 0, 1e6), 0);
}

/* Away for a second: eight blocks lie ready, the one behind them tells what is missing. */
static void test_away_with_loss(void **state)
{
    struct mb_timeline t;
    uint64_t lost = 0;

    (void)state;
    begin(&t);
    assert_int_equal(run(&t, 0, 100, 0, 1e6), 0);
    for (unsigned k = 0; k < 8; k++)
        lost += mb_timeline_add(&t, BLOCK, 1000 * MS + 120 * 50 * MS, false);
    assert_int_equal(lost, 0);
    lost = mb_timeline_add(&t, BLOCK, 1000 * MS + 121 * 50 * MS, true);
    assert_in_range(lost, 12 * BLOCK - 20, 12 * BLOCK + 20);
    assert_int_equal(run(&t, 121, 200, 0, 1e6), 0);
    assert_in_range(t.next, 200 * BLOCK - 20, 200 * BLOCK + 20);
}

/* Never in time, so that the buffers are always full: half of the samples go missing. */
static void test_always_late(void **state)
{
    struct mb_timeline t;
    uint64_t lost = 0;

    (void)state;
    begin(&t);
    assert_int_equal(run(&t, 0, 20, 0, 0), 0);
    for (unsigned k = 0; k < 100; k++)
        lost += mb_timeline_add(&t, BLOCK, 2000 * MS + (k + 1) * 100 * MS, false);
    assert_in_range(lost, 100 * BLOCK - 11 * BLOCK, 100 * BLOCK);
}

/* The source itself lost 400 samples: believed after eight blocks. One block that is late by chance is not.
 */
static void test_loss_at_source(void **state)
{
    struct mb_timeline t;
    uint64_t lost = 0;
    unsigned k;

    (void)state;
    begin(&t);
    assert_int_equal(run(&t, 0, 100, 0, 1e6), 0);
    assert_int_equal(mb_timeline_add(&t, BLOCK, 1000 * MS + 101 * 50 * MS + 35 * MS, true), 0);
    assert_int_equal(run(&t, 101, 130, 0, 1e6), 0);
    for (k = 130; k < 160 && lost == 0; k++)
        lost = mb_timeline_add(&t, BLOCK, 1000 * MS + (k + 1) * 50 * MS + 40 * MS, true);
    assert_int_equal(k, 130 + MB_TIMELINE_LATE);
    assert_in_range(lost, 380, 400);
}

/* A source that has too much to do is late by something else each time, and has lost nothing. */
static void test_busy_source(void **state)
{
    struct mb_timeline t;
    uint64_t lost = 0;

    (void)state;
    begin(&t);
    assert_int_equal(run(&t, 0, 100, 0, 1e6), 0);
    for (unsigned k = 100; k < 160; k++)
        lost += mb_timeline_add(&t, BLOCK, 1000 * MS + (k + 1) * 50 * MS + (30 + k * 7919 % 60) * MS, true);
    assert_int_equal(lost, 0);
    assert_int_equal(run(&t, 160, 200, 0, 1e6), 0);
    assert_int_equal(t.next, 200 * BLOCK);
}

/* ---- Triggers ---- */

static void make(const char *root, const char *folder)
{
    char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", root, folder);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void test_triggers(void **state)
{
    static const char *const folders[] = {"kernel", "kernel/config", "kernel/config/iio",
                                          "kernel/config/iio/triggers"};
    char root[] = "/tmp/mb-trigger-XXXXXX", name[32], path[128];
    struct mb_error err = {""};

    (void)state;
    assert_non_null(mkdtemp(root));
    assert_int_equal(mb_iio_trigger_prepare(root, "adc-dev0", name, sizeof name, &err), 0);
    assert_string_equal(name, "adc-dev0");
    assert_int_equal(mb_iio_trigger_prepare(root, "hrtimer:fast", name, sizeof name, &err), -EOPNOTSUPP);
    assert_non_null(strstr(err.text, "no high-resolution timer triggers"));
    assert_int_equal(mb_iio_trigger_prepare(root, "sysfs:3", name, sizeof name, &err), -EOPNOTSUPP);
    assert_non_null(strstr(err.text, "no sysfs triggers"));
    assert_int_equal(mb_iio_trigger_prepare(root, "sysfs:three", name, sizeof name, &err), -EINVAL);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        make(root, folders[i]);
    make(root, "kernel/config/iio/triggers/hrtimer");
    for (int i = 0; i < 2; i++) { /* the second time it is there */
        assert_int_equal(mb_iio_trigger_prepare(root, "hrtimer:fast", name, sizeof name, &err), 0);
        assert_string_equal(name, "fast");
    }
    (void)snprintf(path, sizeof path, "%s/kernel/config/iio/triggers/hrtimer/fast", root);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(mb_iio_trigger_prepare(root, "hrtimer:../x", name, sizeof name, &err), -EINVAL);
    tree_remove(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),       cmocka_unit_test(test_element_refusals),
        cmocka_unit_test(test_step),           cmocka_unit_test(test_steady),
        cmocka_unit_test(test_rate_off),       cmocka_unit_test(test_away_without_loss),
        cmocka_unit_test(test_away_with_loss), cmocka_unit_test(test_loss_at_source),
        cmocka_unit_test(test_busy_source),    cmocka_unit_test(test_always_late),
        cmocka_unit_test(test_triggers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
