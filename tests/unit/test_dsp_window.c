/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows: synchronised, by time, at the end; and that it does not matter in which pieces samples come. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/crossing.h"
#include "dsp/power.h"
#include "dsp/window.h"
#include "support/tones.h"

#define RATE_HZ 50e3
#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define MOST 2048

/* What a test wants to know of a window after the next one was fetched. */
struct seen {
    double start, length, rms, frequency_hz, wanted_s; /* start: from the first sample of all */
    unsigned cycles;
    uint32_t flags;
};

static const struct mb_window_setting mains = {
    .kind = MB_WINDOW_MAINS, .rate_hz = RATE_HZ, .channel_count = 1, .longest_s = 1};

static struct seen look_at(const struct mb_window *w)
{
    struct seen seen = {(double)w->first + (double)w->span.start.sample + w->span.start.fraction,
                        mb_span_length(&w->span),
                        NAN,
                        w->frequency_hz,
                        w->wanted_s,
                        w->cycles,
                        w->flags};
    struct mb_span_weights weights;
    struct mb_channel_values values;

    assert_int_equal(mb_span_weigh(&w->span, w->count, &weights), 0);
    mb_channel_values(&weights, w->channels[0], NULL, &values);
    seen.rms = values.rms;
    return seen;
}

struct feed {
    struct mb_windows *windows;
    uint64_t number; /* of the next sample */
    struct seen seen[MOST];
    size_t count;
};

static void fetch(struct feed *f)
{
    struct mb_window window;

    while (f->count < MOST && mb_windows_next(f->windows, &window))
        f->seen[f->count++] = look_at(&window);
}

static void feed(struct feed *f, const double x[], size_t n, size_t piece, uint32_t flags)
{
    for (size_t done = 0; done < n;) {
        const double *channel = x + done;
        size_t part = n - done < piece ? n - done : piece;
        size_t taken = mb_windows_push(f->windows, &channel, part, f->number, flags);

        assert_true(taken > 0 && taken <= part);
        done += taken;
        f->number += taken;
        fetch(f);
    }
}

static void begin(struct feed *f, const struct mb_window_setting *setting)
{
    struct mb_error err = {""};

    *f = (struct feed){0};
    if (mb_windows_new(setting, &f->windows, &err) < 0)
        fail_msg("%s", err.text);
}

static void end(struct feed *f)
{
    mb_windows_flush(f->windows);
    fetch(f);
    f->windows = mb_windows_free(f->windows);
}

static void feed_tones(struct feed *f, const struct mb_window_setting *setting, const struct tone tones[],
                       size_t count, double duration_s, size_t piece)
{
    size_t n = (size_t)lround(duration_s * setting->rate_hz);
    double *x = tones_make(tones, count, setting->rate_hz, 0, n);

    begin(f, setting);
    feed(f, x, n, piece, 0);
    end(f);
    free(x);
}

static void test_mains_cycles(void **state)
{
    static const struct {
        double frequency_hz;
        unsigned cycles;
    } cases[] = {{49.95, 10}, {50, 10}, {50.05, 10}, {59.94, 12}, {60.06, 12}, {16.7, 10}};

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct tone tones[] = {{cases[i].frequency_hz, 230, 0.1}, {5 * cases[i].frequency_hz, 11.5, 1}};
        double rms = hypot(230, 11.5), cycle = RATE_HZ / cases[i].frequency_hz;
        struct feed f;

        feed_tones(&f, &mains, tones, LENGTH(tones), 2.5, 1000);
        assert_int_equal(f.count, (size_t)((2.5 * cases[i].frequency_hz - 1) / cases[i].cycles));
        for (size_t k = 0; k < f.count; k++) {
            assert_int_equal(f.seen[k].cycles, cases[i].cycles);
            assert_int_equal(f.seen[k].flags, 0);
            assert_true(fabs(f.seen[k].frequency_hz / cases[i].frequency_hz - 1) < 1e-10);
            assert_true(fabs(f.seen[k].rms / rms - 1) < 1e-9);
            assert_true(fabs(f.seen[k].length / (cycle * cases[i].cycles) - 1) < 1e-10);
            if (k > 0)
                assert_true(fabs(f.seen[k].start - f.seen[k - 1].start - f.seen[k - 1].length) < 1e-6);
        }
    }
}

/* To the bit. */
static void test_pieces_make_no_difference(void **state)
{
    static const size_t pieces[] = {1000000, 4096, 999, 17};
    const struct tone tones[] = {{50.03, 230, 0.1}, {1750.2, 40, 1}, {8000, 60, 2}};
    struct mb_window_setting settings[] = {mains, mains, mains, mains};
    const size_t n = 300000; /* several times what is kept */
    double *x = tones_make(tones, LENGTH(tones), RATE_HZ, 0, n);
    static struct feed first, other;

    (void)state;
    settings[1].kind = MB_WINDOW_UPDATE;
    settings[1].length_s = 0.05;
    settings[2].filter_hz = 500;
    settings[2].hysteresis = 20;
    settings[3].kind = MB_WINDOW_TIME;
    settings[3].length_s = 0.123;
    for (size_t s = 0; s < LENGTH(settings); s++)
        for (size_t p = 0; p < LENGTH(pieces); p++) {
            struct feed *f = p == 0 ? &first : &other;

            begin(f, &settings[s]);
            feed(f, x, n, pieces[p], 0);
            end(f);
            if (p == 0)
                continue;
            assert_true(first.count > 20);
            assert_int_equal(other.count, first.count);
            assert_memory_equal(other.seen, first.seen, first.count * sizeof *first.seen);
        }
    free(x);
}

static void test_update_holds_whole_cycles(void **state)
{
    struct mb_window_setting setting = mains;
    const struct tone quick = {50, 230, 0.2}, slow = {5, 230, 0.2};
    struct feed f;

    (void)state;
    setting.kind = MB_WINDOW_UPDATE;
    setting.length_s = 0.05;
    feed_tones(&f, &setting, &quick, 1, 1, 1000);
    assert_int_equal(f.count, 24);
    for (size_t k = 0; k < f.count; k++)
        assert_int_equal(f.seen[k].cycles, 2);
    feed_tones(&f, &setting, &slow, 1, 1.3, 1000); /* one cycle is longer than that */
    assert_int_equal(f.count, 5);
    for (size_t k = 0; k < f.count; k++)
        assert_true(f.seen[k].cycles == 1 && fabs(f.seen[k].length - 10000) < 1e-6);
}

/* A converter: a carrier as large as the fundamental crosses zero all the time. */
static void test_filter_and_hysteresis(void **state)
{
    const struct tone tones[] = {{25, 200, 0}, {5000, 180, 0.4}};
    struct mb_window_setting setting = mains;
    struct feed f;

    (void)state;
    setting.kind = MB_WINDOW_CYCLES;
    setting.cycles = 5;
    feed_tones(&f, &setting, tones, LENGTH(tones), 1.5, 1000);
    assert_true(f.count > 0 && f.seen[0].frequency_hz > 30);
    setting.filter_hz = 1000; /* leaves enough of it for several crossings a cycle */
    setting.hysteresis = 20;
    feed_tones(&f, &setting, tones, LENGTH(tones), 1.5, 1000);
    assert_int_equal(f.count, 7);
    for (size_t k = 0; k < f.count; k++) {
        assert_int_equal(f.seen[k].cycles, 5);
        assert_true(fabs(f.seen[k].frequency_hz - 25) < 1e-6);
        assert_true(fabs(f.seen[k].rms / hypot(200, 180) - 1) < 1e-7);
    }
}

/* Turns of a shaft: 60 pulses a turn of 0 to 5 V, windows of two turns. */
static void test_turns_of_a_shaft(void **state)
{
    const size_t n = 100000;
    double *x = calloc(n, sizeof *x);
    struct mb_window_setting setting = {.kind = MB_WINDOW_CYCLES,
                                        .rate_hz = RATE_HZ,
                                        .channel_count = 1,
                                        .cycles = 120,
                                        .longest_s = 1,
                                        .level = 2.5,
                                        .hysteresis = 1};
    struct feed f;

    (void)state;
    for (size_t i = 0; i < n; i++)
        x[i] = i % 50 < 25 ? 0 : 5; /* 1000 pulses a second: 1000 r/min */
    begin(&f, &setting);
    feed(&f, x, n, 5000, 0);
    end(&f);
    assert_int_equal(f.count, 16);
    for (size_t k = 0; k < f.count; k++)
        assert_true(f.seen[k].cycles == 120 && fabs(f.seen[k].frequency_hz - 1000) < 1e-9);
    free(x);
}

/* 0 Hz, DC and a signal that dies: windows by time that say so. */
static void test_no_synchronisation(void **state)
{
    const struct tone dc = {0, 24, 0};
    struct mb_window_setting setting = mains;
    struct feed f;
    double *x;

    (void)state;
    setting.longest_s = 0.5;
    feed_tones(&f, &setting, &dc, 1, 2.2, 700);
    assert_int_equal(f.count, 4);
    for (size_t k = 0; k < f.count; k++) {
        assert_int_equal(f.seen[k].flags, MB_WAVE_NO_SYNC);
        assert_true(f.seen[k].length == 25000 && f.seen[k].cycles == 0 && isnan(f.seen[k].frequency_hz));
        assert_true(f.seen[k].rms == 24);
    }
    x = tones_make(&(struct tone){50, 230, 0.1}, 1, RATE_HZ, 0, 100000);
    memset(x + 15100, 0, (100000 - 15100) * sizeof *x); /* 15 cycles, then off */
    begin(&f, &setting);
    feed(&f, x, 100000, 3000, 0);
    end(&f);
    assert_int_equal(f.seen[0].flags, 0);
    assert_int_equal(f.seen[1].flags, MB_WAVE_TOO_SHORT);
    assert_true(f.seen[1].cycles == 4 && fabs(f.seen[1].wanted_s - 0.2) < 1e-9);
    assert_int_equal(f.seen[2].flags, MB_WAVE_NO_SYNC);
    free(x);
}

static void test_what_is_left_at_the_end(void **state)
{
    const struct tone tone = {60, 230, 0.1};
    struct mb_window_setting by_time = mains;
    struct feed f;

    (void)state;
    feed_tones(&f, &mains, &tone, 1, 0.16, 1000); /* nine cycles and a little */
    assert_int_equal(f.count, 1);
    assert_int_equal(f.seen[0].flags, MB_WAVE_TOO_SHORT);
    assert_true(f.seen[0].cycles >= 8 && fabs(f.seen[0].wanted_s - 0.2) < 1e-9);
    assert_true(fabs(f.seen[0].rms / 230 - 1) < 1e-9);
    feed_tones(&f, &mains, &tone, 1, 1 / RATE_HZ, 1); /* one sample */
    assert_int_equal(f.count, 1);
    assert_int_equal(f.seen[0].flags, MB_WAVE_TOO_SHORT | MB_WAVE_NO_SYNC);
    assert_true(f.seen[0].length == 1);
    by_time.kind = MB_WINDOW_TIME;
    by_time.length_s = 1;
    feed_tones(&f, &by_time, &tone, 1, 0.5, 1000);
    assert_int_equal(f.count, 1);
    assert_int_equal(f.seen[0].flags, MB_WAVE_TOO_SHORT);
    assert_true(f.seen[0].length == 25000 && f.seen[0].wanted_s == 1);
    begin(&f, &mains);
    end(&f);
    assert_int_equal(f.count, 0);
}

/* No window spans a gap, and the one behind it says that there was one. */
static void test_gap_and_clipping(void **state)
{
    double *x = tones_make(&(struct tone){50, 230, 0.1}, 1, RATE_HZ, 0, 60000);
    struct feed f;

    (void)state;
    begin(&f, &mains);
    feed(&f, x, 18000, 1000, 0);
    assert_int_equal(f.count, 1);
    f.number += 7; /* samples 18000 .. 18006 are missing */
    feed(&f, x + 18007, 14000, 1000, 0);
    feed(&f, x + 32007, 100, 100, MB_WAVE_CLIPPED);
    feed(&f, x + 32107, 27893, 1000, 0);
    end(&f);
    assert_int_equal(f.count, 5);
    assert_int_equal(f.seen[0].flags, 0);
    assert_int_equal(f.seen[1].flags, MB_WAVE_MISSING);
    assert_true(f.seen[1].start >= 18007);
    assert_int_equal(f.seen[2].flags, MB_WAVE_CLIPPED);
    assert_int_equal(f.seen[3].flags, 0);
    begin(&f, &mains); /* told by the source, though the numbers go on */
    feed(&f, x, 18000, 1000, 0);
    feed(&f, x + 18000, 1000, 1000, MB_WAVE_RATE);
    feed(&f, x + 19000, 20000, 1000, 0);
    assert_int_equal(f.count, 3);
    assert_int_equal(f.seen[1].flags, MB_WAVE_RATE);
    assert_int_equal(f.seen[2].flags, 0);
    mb_windows_free(f.windows);
    free(x);
}

/* A sample that is not finite spoils its window, not the synchronisation of the ones behind it. */
static void test_not_finite(void **state)
{
    double *x = tones_make(&(struct tone){50, 230, 0.1}, 1, RATE_HZ, 0, 40000);
    struct mb_window_setting setting = mains;
    struct feed f;

    (void)state;
    setting.filter_hz = 300;
    x[9000] = NAN;
    begin(&f, &setting);
    feed(&f, x, 40000, 1000, 0);
    assert_int_equal(f.count, 3);
    assert_true(isnan(f.seen[0].rms));
    assert_true(fabs(f.seen[2].rms / 230 - 1) < 1e-9);
    mb_windows_free(f.windows);
    free(x);
}

static void test_refused_settings(void **state)
{
    struct mb_windows *windows = NULL;
    struct mb_error err;

    (void)state;
#define REFUSED(...)                                                                                         \
    do {                                                                                                     \
        struct mb_window_setting bad = mains;                                                                \
        err.text[0] = '\0';                                                                                  \
        __VA_ARGS__;                                                                                         \
        assert_int_equal(mb_windows_new(&bad, &windows, &err), -EINVAL);                                     \
        assert_true(err.text[0] != '\0' && !windows);                                                        \
    } while (0)
    REFUSED(bad.rate_hz = 0);
    REFUSED(bad.rate_hz = NAN);
    REFUSED(bad.rate_hz = INFINITY);
    REFUSED(bad.rate_hz = -1);
    REFUSED(bad.filter_hz = -1);
    REFUSED(bad.level = NAN);
    REFUSED(bad.channel_count = 0);
    REFUSED(bad.sync = 1);
    REFUSED(bad.kind = MB_WINDOW_CYCLES);
    REFUSED(bad.kind = MB_WINDOW_TIME);
    REFUSED(bad.longest_s = 0);
    REFUSED(bad.kind = MB_WINDOW_UPDATE, bad.length_s = 2);
    REFUSED(bad.filter_hz = RATE_HZ);
    REFUSED(bad.filter_hz = 1);
    REFUSED(bad.hysteresis = -1);
    REFUSED(bad.longest_s = 1e6);
#undef REFUSED
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mains_cycles),
        cmocka_unit_test(test_pieces_make_no_difference),
        cmocka_unit_test(test_update_holds_whole_cycles),
        cmocka_unit_test(test_filter_and_hysteresis),
        cmocka_unit_test(test_turns_of_a_shaft),
        cmocka_unit_test(test_no_synchronisation),
        cmocka_unit_test(test_what_is_left_at_the_end),
        cmocka_unit_test(test_gap_and_clipping),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_refused_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
