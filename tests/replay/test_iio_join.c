/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two devices whose samples are counted, put side by side by time. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iio/join.h"
#include "support/iiod_server.h"

#define RATE_HZ 10000

struct rig {
    struct mb_crew *crew;
    struct iiod_server *servers[2];
    struct mb_capture *captures[2];
    struct mb_wave_reader *reader;
};

static const struct mb_iio_channel channel = {
    .name = "u", .device = "fast", .channel = "voltage0", .quantity = MB_VOLTAGE, .factor = 1};

static void start(struct rig *rig, unsigned i, const struct iiod_server_setting *server)
{
    const struct mb_iio_format *format;
    struct mb_capture_setting setting = {
        .scan = {.device = "fast", .channels = &channel, .channel_count = 1, .interval_s = 0.02}};

    rig->servers[i] = iiod_server_new(server);
    setting.scan.uri = iiod_server_address(rig->servers[i]);
    assert_int_equal(mb_capture_new(rig->crew, &setting, &rig->captures[i], NULL), 0);
    for (int n = 0; n < 500 && mb_iio_queue_format(mb_capture_queue(rig->captures[i]), &format) < 0; n++)
        (void)usleep(10000);
    assert_int_equal(mb_iio_queue_format(mb_capture_queue(rig->captures[i]), &format), 0);
}

static void close_rig(struct rig *rig)
{
    (void)mb_wave_reader_free(rig->reader);
    for (unsigned i = 0; i < 2; i++)
        (void)mb_capture_free(rig->captures[i]);
    (void)usleep(100000);
    for (unsigned i = 0; i < 2; i++)
        (void)iiod_server_free(rig->servers[i]);
    (void)usleep(50000);
    mb_crew_release(rig->crew);
}

/* The next piece, in bounded time. */
static int next(struct rig *rig, struct mb_wave_piece *ret)
{
    struct mb_error err = {""};
    int r = -EAGAIN;

    for (int n = 0; n < 5000 && r == -EAGAIN; n++) {
        r = rig->reader->ops->next(rig->reader, ret, &err);
        if (r == -EAGAIN)
            (void)usleep(1000);
    }
    if (r < 0)
        fail_msg("%d: %s", r, err.text);
    return r;
}

/* The second device begins 0.3 s later or more: so many samples between their counts, and no sample is used
 * twice. */
static bool try_side_by_side(const struct iiod_server_setting *second, unsigned *ret_missing,
                             double *ret_jump)
{
    static const struct iiod_server_setting plain = {
        .channels = 1, .bits = 32, .rate_hz = RATE_HZ, .scale = "1", .depth = 64};
    struct rig rig = {.reader = NULL};
    struct mb_wave_piece piece;
    uint64_t expected = 0;
    double difference = 0, later_s;
    bool busy, whole = true;

    *ret_missing = 0;
    *ret_jump = 0;
    assert_int_equal(mb_crew_new(&rig.crew), 0);
    start(&rig, 0, &plain);
    (void)usleep(300000);
    start(&rig, 1, second);
    assert_int_equal(
        mb_join_reader_new(&(struct mb_join_setting){.captures = rig.captures, .count = 2, .label = "two"},
                           &rig.reader, NULL),
        0);
    assert_int_equal(rig.reader->column_count, 2);
    while (expected < 8000 && next(&rig, &piece) > 0) {
        if (expected == 0)
            difference = rig.reader->numbers[0][0] - rig.reader->numbers[1][0];
        if (piece.flags & MB_WAVE_MISSING && expected > 0)
            (*ret_missing)++;
        else if (piece.first != expected)
            whole = false;
        for (size_t k = 1; k < piece.count; k++)
            assert_true(rig.reader->numbers[0][k] - rig.reader->numbers[0][0] == (double)k &&
                        rig.reader->numbers[1][k] - rig.reader->numbers[1][0] == (double)k);
        *ret_jump = fmax(*ret_jump, fabs(rig.reader->numbers[0][0] - rig.reader->numbers[1][0] - difference));
        expected = piece.first + piece.count;
    }
    for (size_t c = 0; c < 2; c++)
        assert_true(fabs(mb_join_reader_delays(rig.reader)[c]) <= 0.5 / RATE_HZ);
    later_s =
        (double)(iiod_server_started_ns(rig.servers[1]) - iiod_server_started_ns(rig.servers[0])) * 1e-9;
    /* Nobody fetches from the first one before the second has begun. */
    busy = iiod_server_overrun(rig.servers[0]) + iiod_server_overrun(rig.servers[1]) > 0;
    assert_true(busy || whole);
    if (!busy && fabs(difference - later_s * RATE_HZ) > 500)
        fail_msg("%g samples between the devices, %g s between their starts", difference, later_s);
    close_rig(&rig);
    return !busy;
}

/* Devices without a clock of their own are put side by side by when their blocks come: no better than the
 * machine lets them come. */
static void side_by_side(const struct iiod_server_setting *second, unsigned *ret_missing, double *ret_jump)
{
    for (int i = 0; i < 10; i++)
        if (try_side_by_side(second, ret_missing, ret_jump))
            return;
    fail_msg("ten times this machine left blocks lie until the devices lost samples");
}

static void test_side_by_side(void **state)
{
    static const struct iiod_server_setting second = {
        .channels = 1, .bits = 32, .rate_hz = RATE_HZ, .scale = "1", .depth = 64};
    unsigned missing;
    double jump;

    (void)state;
    side_by_side(&second, &missing, &jump);
    assert_int_equal(missing, 0);
    assert_true(jump == 0);
}

/* 500 samples that one of them lost are left out of both, and they stay side by side. */
static void test_gap_in_one(void **state)
{
    static const struct iiod_server_setting second = {.channels = 1,
                                                      .bits = 32,
                                                      .rate_hz = RATE_HZ,
                                                      .scale = "1",
                                                      .stamps = true,
                                                      .gap_at = 6000,
                                                      .gap = 500,
                                                      .depth = 64};
    unsigned missing;
    double jump;

    (void)state;
    side_by_side(&second, &missing, &jump);
    assert_int_equal(missing, 1);
    assert_true(jump == 0);
}

static void test_rates_differ(void **state)
{
    static const struct iiod_server_setting servers[] = {
        {.channels = 1, .bits = 16, .rate_hz = RATE_HZ, .scale = "1"},
        {.channels = 1, .bits = 16, .rate_hz = RATE_HZ / 2.0, .scale = "1"}};
    struct rig rig = {.reader = NULL};
    struct mb_error err = {""};

    (void)state;
    assert_int_equal(mb_crew_new(&rig.crew), 0);
    start(&rig, 0, &servers[0]);
    start(&rig, 1, &servers[1]);
    assert_int_equal(
        mb_join_reader_new(&(struct mb_join_setting){.captures = rig.captures, .count = 2, .label = "two"},
                           &rig.reader, &err),
        -EINVAL);
    assert_non_null(strstr(err.text, "10000 Hz and at 5000 Hz"));
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_side_by_side), cmocka_unit_test(test_gap_in_one),
                                       cmocka_unit_test(test_rates_differ)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
