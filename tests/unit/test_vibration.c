/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/vibration.h"

#define CHUNK 1000

struct tone {
    double acceleration_mps2, frequency_hz; /* rms */
};

static struct mb_vibration_result analyse(struct mb_vibration *v, double rate_hz, double duration_s,
                                          const struct tone *tones, size_t tone_count, double offset)
{
    size_t total = (size_t)(duration_s * rate_hz);
    struct mb_vibration_result result;
    double block[CHUNK];

    for (size_t first = 0; first < total; first += CHUNK) {
        size_t n = total - first < CHUNK ? total - first : CHUNK;

        for (size_t i = 0; i < n; i++) {
            block[i] = offset;
            for (size_t k = 0; k < tone_count; k++)
                block[i] += tones[k].acceleration_mps2 * M_SQRT2 *
                            sin(2 * M_PI * tones[k].frequency_hz * (double)(first + i) / rate_hz);
        }
        mb_vibration_push(v, block, n, 0);
    }
    mb_vibration_result(v, &result);
    return result;
}

static struct mb_vibration_result analyse_tone(double rate_hz, double low_hz, double frequency_hz)
{
    struct tone tone = {1, frequency_hz};
    struct mb_vibration v;

    assert_int_equal(mb_vibration_init(&v, rate_hz, low_hz, MB_VIBRATION_HIGH_HZ, 1), 0);
    return analyse(&v, rate_hz, 10 / low_hz + 2, &tone, 1, 0);
}

static void assert_relative(double value, double expected, double tolerance)
{
    if (!(fabs(value / expected - 1) <= tolerance))
        fail_msg("%.9g is not within %g of %.9g", value, tolerance, expected);
}

/* From twice the low end to half the high end, whatever the rate: 0.2 % is promised. */
static void a_tone_in_the_band_is_exact(void **state)
{
    static const double rates[] = {2560, 5120, 25600, 51200};
    static const double tones[] = {20, 25, 80, 160, 317, 500};

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        for (size_t k = 0; k < sizeof tones / sizeof *tones; k++) {
            double omega = 2 * M_PI * tones[k];
            struct mb_vibration_result result = analyse_tone(rates[i], MB_VIBRATION_LOW_HZ, tones[k]);

            assert_int_equal(result.flags, 0);
            assert_relative(result.acceleration_mps2.rms, 1, 1e-3);
            assert_relative(result.velocity_mps.rms, 1 / omega, 1e-3);
            assert_relative(result.displacement_m.rms, 1 / (omega * omega), 1e-3);
        }
}

/* ISO 2954 allows 0.8 to 1.1 there. */
static void the_ends_of_the_band_have_their_gain(void **state)
{
    static const struct {
        double low_hz, tone_hz;
    } cases[] = {{10, 10}, {10, 1000}, {2, 2}, {2, 1000}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_vibration_result result = analyse_tone(12800, cases[i].low_hz, cases[i].tone_hz);

        assert_relative(result.velocity_mps.rms * 2 * M_PI * cases[i].tone_hz, MB_VIBRATION_END_GAIN, 1e-3);
    }
    assert_relative(analyse_tone(12800, 2, 4).velocity_mps.rms * 2 * M_PI * 4, 1, 1e-3);
}

static void outside_of_the_band_nothing_is_left(void **state)
{
    (void)state;
    assert_true(analyse_tone(25600, 10, 2.5).velocity_mps.rms * 2 * M_PI * 2.5 < 0.01);
    assert_true(analyse_tone(25600, 10, 4000).velocity_mps.rms * 2 * M_PI * 4000 < 0.01);
}

/* 45 um at 10 Hz is 2.83 mm/s (procedures.md D): displacement and velocity of one record agree, whatever the
 * filter takes at the end of the band. */
static void displacement_belongs_to_velocity(void **state)
{
    struct mb_vibration_result result = analyse_tone(5120, 2, 10);

    (void)state;
    assert_relative(result.velocity_mps.rms / result.displacement_m.rms, 2.83e-3 / 45e-6, 1e-3);
}

/* An accelerometer that feels gravity. */
static void an_offset_leaves_no_drift(void **state)
{
    struct tone tone = {1, 50};
    struct mb_vibration v;
    struct mb_vibration_result result;

    (void)state;
    assert_int_equal(mb_vibration_init(&v, 10240, 10, 1000, 1), 0);
    result = analyse(&v, 10240, 60, &tone, 1, 9.81);
    assert_int_equal(result.windows, 59);
    assert_relative(result.displacement_m.rms, 1 / pow(100 * M_PI, 2), 1e-3);
    assert_relative(result.displacement_m.window_max, result.displacement_m.window_min, 1e-6);
}

/* Lines at twice the supply and at four times the shaft frequency of a two-pole motor beat at 2 s f = 0.5 Hz.
 * What the windows swing between gives the rms of both lines by X = sqrt((Xmax^2 + Xmin^2) / 2). */
static void a_slow_beat_shows_in_the_windows(void **state)
{
    double omega = 2 * M_PI * 100;
    struct tone tones[] = {{1.65 * omega, 100}, {0.45 * omega, 99.5}};
    struct mb_vibration v;
    struct mb_vibration_result result;

    (void)state;
    assert_int_equal(mb_vibration_init(&v, 2560, 10, 1000, 0.1), 0);
    result = analyse(&v, 2560, 13, tones, 2, 0);
    assert_relative(result.velocity_mps.window_max, 2.1, 0.005);
    assert_relative(result.velocity_mps.window_min, 1.2, 0.01);
    assert_relative(result.velocity_mps.rms, 1.710, 0.002);
}

static void blocks_of_any_size_give_the_same_bits(void **state)
{
    static const size_t cuts[] = {1, 7, 255, 256, 257, 9999};
    struct mb_vibration_result whole, cut;
    double samples[10000];
    struct mb_vibration v;

    (void)state;
    srand(1);
    for (size_t i = 0; i < 10000; i++)
        samples[i] = rand() / (double)RAND_MAX - 0.5;
    assert_int_equal(mb_vibration_init(&v, 2560, 10, 1000, 0.2), 0);
    mb_vibration_push(&v, samples, 10000, 0);
    mb_vibration_result(&v, &whole);
    assert_int_equal(whole.windows, 14);
    for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
        assert_int_equal(mb_vibration_init(&v, 2560, 10, 1000, 0.2), 0);
        for (size_t i = 0; i < 10000; i += cuts[k])
            mb_vibration_push(&v, samples + i, 10000 - i < cuts[k] ? 10000 - i : cuts[k], 0);
        mb_vibration_result(&v, &cut);
        assert_true(cut.velocity_mps.rms == whole.velocity_mps.rms);
        assert_true(cut.displacement_m.window_min == whole.displacement_m.window_min);
        assert_true(cut.acceleration_mps2.window_max == whole.acceleration_mps2.window_max);
    }
}

static void what_cannot_be_judged_is_flagged(void **state)
{
    struct tone tone = {1, 50};
    struct mb_vibration_result result;
    struct mb_vibration v;
    double bad = NAN;

    (void)state;
    assert_int_equal(mb_vibration_init(&v, 5120, 10, 1000, 1), 0);
    result = analyse(&v, 5120, 1.5, &tone, 1, 0);
    assert_int_equal(result.flags, MB_WAVE_TOO_SHORT);
    assert_true(isnan(result.velocity_mps.rms));
    assert_relative(result.wanted_s, 2, 1e-6);
    result = analyse(&v, 5120, 1, &tone, 1, 0);
    assert_int_equal(result.flags, 0);
    mb_vibration_push(&v, &bad, 1, 0);
    mb_vibration_result(&v, &result);
    assert_int_equal(result.flags, MB_WAVE_NOT_FINITE);
    assert_true(isnan(result.displacement_m.rms));
}

/* What is missing in front of a record is not its business; what is missing in it is. */
static void a_gap_or_clipping_spoils_the_record(void **state)
{
    static const struct {
        uint32_t first, second;
        bool valid;
    } cases[] = {{MB_WAVE_MISSING, 0, true},
                 {0, MB_WAVE_MISSING, false},
                 {0, MB_WAVE_RATE, false},
                 {MB_WAVE_CLIPPED, 0, false}};
    struct mb_vibration_result result;
    double samples[5120] = {1};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_vibration v;

        assert_int_equal(mb_vibration_init(&v, 2560, 10, 1000, 0.2), 0);
        mb_vibration_push(&v, samples, 2560, cases[i].first);
        mb_vibration_push(&v, samples + 2560, 2560, cases[i].second);
        mb_vibration_result(&v, &result);
        assert_int_equal(!isnan(result.velocity_mps.rms), cases[i].valid);
        assert_int_equal(result.flags, cases[i].valid ? 0 : cases[i].first | cases[i].second);
    }
}

static void impossible_settings_are_refused(void **state)
{
    static const double cases[][4] = {/* rate, low, high, window */
                                      {2559, 10, 1000, 1}, {0, 10, 1000, 1},          {NAN, 10, 1000, 1},
                                      {5120, 0, 1000, 1},  {5120, 1000, 10, 1},       {5120, 10, NAN, 1},
                                      {5120, 10, 1000, 0}, {INFINITY, 10, 1000, 1},   {5120, 10, 1000, NAN},
                                      {5120, 2, 1000, .4}, {5120, 10, 1000, INFINITY}};
    struct mb_vibration v;

    (void)state;
    memset(&v, 0x55, sizeof v);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(mb_vibration_init(&v, cases[i][0], cases[i][1], cases[i][2], cases[i][3]), -ERANGE);
    assert_int_equal(((unsigned char *)&v)[0], 0x55);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tone_in_the_band_is_exact),
        cmocka_unit_test(the_ends_of_the_band_have_their_gain),
        cmocka_unit_test(outside_of_the_band_nothing_is_left),
        cmocka_unit_test(displacement_belongs_to_velocity),
        cmocka_unit_test(an_offset_leaves_no_drift),
        cmocka_unit_test(a_slow_beat_shows_in_the_windows),
        cmocka_unit_test(blocks_of_any_size_give_the_same_bits),
        cmocka_unit_test(what_cannot_be_judged_is_flagged),
        cmocka_unit_test(a_gap_or_clipping_spoils_the_record),
        cmocka_unit_test(impossible_settings_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
