/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>

#include "dsp/sound.h"

#define RATE_HZ 48000.0

/* Pushes seconds of a tone that goes on where the meter is. */
static void push_tone(struct mb_sound_meter *meter, double rms_pa, double frequency_hz, double seconds,
                      double offset_pa)
{
    size_t n = (size_t)lround(seconds * RATE_HZ), first = meter->counted;
    double block[480];

    for (size_t done = 0; done < n; done += 480) {
        for (size_t i = 0; i < 480; i++)
            block[i] = offset_pa +
                       rms_pa * M_SQRT2 * sin(2 * M_PI * frequency_hz * (double)(first + done + i) / RATE_HZ);
        mb_sound_meter_push(meter, block, 480, 0);
    }
}

static void assert_db(double value_db, double expected_db, double tolerance_db)
{
    if (!(fabs(value_db - expected_db) <= tolerance_db))
        fail_msg("%.4f dB is not within %g dB of %.4f dB", value_db, tolerance_db, expected_db);
}

/* A calibrator: 94 dB (1.0024 Pa) at 1 kHz reads the same with every weighting. */
static void a_calibrator_reads_94_db(void **state)
{
    struct mb_sound_result result;

    (void)state;
    for (int w = MB_WEIGHTING_A; w <= MB_WEIGHTING_Z; w++) {
        struct mb_sound_meter meter;

        assert_int_equal(mb_sound_meter_init(&meter, (enum mb_weighting)w, RATE_HZ), 0);
        push_tone(&meter, 20e-6 * pow(10, 94 / 20.), 1000, 8, 0);
        mb_sound_meter_result(&meter, &result);
        assert_int_equal(result.flags, 0);
        assert_db(result.leq_db, 94, 0.002);
        assert_db(result.fast_db, 94, 0.01);
        assert_db(result.slow_db, 94, 0.01);
        assert_db(result.peak_db, 94 + 3.01, 0.02); /* no sample is right at the crest */
    }
}

static void tones_are_weighted(void **state)
{
    static const double tones[][2] = {{31.5, -39.53}, {100, -19.14}, {4000, 0.96}, {16000, -6.7}};
    struct mb_sound_result result;
    struct mb_sound_meter meter;

    (void)state;
    for (size_t i = 0; i < sizeof tones / sizeof *tones; i++) {
        assert_int_equal(mb_sound_meter_init(&meter, MB_WEIGHTING_A, RATE_HZ), 0);
        push_tone(&meter, 1, tones[i][0], 2.2, 0);
        mb_sound_meter_result(&meter, &result);
        assert_db(result.leq_db, 93.979 + mb_weighting_db(MB_WEIGHTING_A, tones[i][0]), 0.1);
        assert_db(result.leq_db, 93.979 + tones[i][1], 0.2);
    }
}

/* Bursts of 4 kHz against the same tone without end: IEC 61672-1:2013 table 4, by its formula 10 lg(1 -
 * exp(-T/tau)): -1.0 dB for 200 ms with F, -4.8 dB for 50 ms; -7.4 dB for 200 ms with S. */
static void bursts_give_the_maximum_of_the_time_weighting(void **state)
{
    static const struct {
        double burst_s, fast_db, slow_db;
    } cases[] = {{0.2, -1.0, -7.4}, {0.05, -4.8, -13.1}, {1, 0, -2.0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_sound_result result;
        struct mb_sound_meter meter;

        assert_int_equal(mb_sound_meter_init(&meter, MB_WEIGHTING_A, RATE_HZ), 0);
        push_tone(&meter, 0, 4000, 0.5, 0);
        push_tone(&meter, 1, 4000, cases[i].burst_s, 0);
        push_tone(&meter, 0, 4000, 0.5, 0);
        mb_sound_meter_result(&meter, &result);
        assert_db(result.fast_max_db - 93.979 - 0.96, cases[i].fast_db, 0.1);
        assert_db(result.slow_max_db - 93.979 - 0.96, cases[i].slow_db, 0.1);
        assert_true(result.fast_db < result.fast_max_db - 10);
    }
}

static void half_the_time_is_3_db_less(void **state)
{
    struct mb_sound_result result;
    struct mb_sound_meter meter;

    (void)state;
    assert_int_equal(mb_sound_meter_init(&meter, MB_WEIGHTING_A, RATE_HZ), 0);
    push_tone(&meter, 0, 1000, 0.2, 0); /* settling */
    push_tone(&meter, 1, 1000, 1, 0);
    push_tone(&meter, 0, 1000, 1, 0);
    mb_sound_meter_result(&meter, &result);
    assert_db(result.leq_db, 93.979 - 3.01, 0.005);
    assert_db(result.duration_s, 2, 1e-9);
}

static void an_offset_is_no_sound(void **state)
{
    struct mb_sound_result result;

    (void)state;
    for (int w = MB_WEIGHTING_A; w <= MB_WEIGHTING_Z; w++) {
        struct mb_sound_meter meter;

        assert_int_equal(mb_sound_meter_init(&meter, (enum mb_weighting)w, RATE_HZ), 0);
        push_tone(&meter, 0.001, 1000, 3, 20);
        mb_sound_meter_result(&meter, &result);
        assert_db(result.leq_db, 33.979, 0.02);
        assert_db(result.fast_max_db, 33.979, 0.05);
    }
}

static void what_cannot_be_judged_is_flagged(void **state)
{
    struct mb_sound_result result;
    struct mb_sound_meter meter;
    double bad = NAN;

    (void)state;
    assert_int_equal(mb_sound_meter_init(&meter, MB_WEIGHTING_A, 8000), -ERANGE);
    assert_int_equal(mb_sound_meter_init(&meter, MB_WEIGHTING_A, RATE_HZ), 0);
    push_tone(&meter, 1, 1000, 0.3, 0);
    mb_sound_meter_result(&meter, &result);
    assert_int_equal(result.flags, MB_WAVE_TOO_SHORT);
    assert_db(result.wanted_s, 0.325, 1e-9);
    assert_true(isnan(result.leq_db) && isnan(result.peak_db));
    push_tone(&meter, 1, 1000, 0.3, 0);
    mb_sound_meter_push(&meter, &bad, 1, 0);
    mb_sound_meter_result(&meter, &result);
    assert_int_equal(result.flags, MB_WAVE_NOT_FINITE);
    assert_true(isnan(result.leq_db) && isnan(result.fast_max_db));
}

static void silence_and_sums(void **state)
{
    double two[] = {60, 60};

    (void)state;
    assert_true(isinf(mb_sound_level_db(0)));
    assert_db(mb_sound_level_db(4e-10), 0, 1e-9);
    assert_db(mb_sound_sum_db(two, 2), 63.0103, 1e-4);
    assert_true(isinf(mb_sound_sum_db(two, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calibrator_reads_94_db),
        cmocka_unit_test(tones_are_weighted),
        cmocka_unit_test(bursts_give_the_maximum_of_the_time_weighting),
        cmocka_unit_test(half_the_time_is_3_db_less),
        cmocka_unit_test(an_offset_is_no_sound),
        cmocka_unit_test(what_cannot_be_judged_is_flagged),
        cmocka_unit_test(silence_and_sums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
