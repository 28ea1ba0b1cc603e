/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "dsp/band.h"

/* Class 1 limits of attenuation against the mid-band frequency, at powers of the octave ratio: IEC 61260:1995
 * as a published plotting script has them (public, not a licensed copy). The 2014 edition is wider everywhere
 * as far as we remember it: 0.4 dB in the pass band, 16.6, 40.5, 60 and 70 dB outside. */
static const struct {
    double power, least_db, most_db;
} mask[] = {{0, -0.3, 0.3},      {1 / 8., -0.3, 0.4}, {1 / 4., -0.3, 0.6},
            {3 / 8., -0.3, 1.3}, {1 / 2., 2, 5},      {1, 17.5, INFINITY},
            {2, 42, INFINITY},   {3, 61, INFINITY},   {4, 70, INFINITY}};
#define POINTS (sizeof mask / sizeof *mask)
/* Between the points: straight lines over the logarithm of the frequency. */
#define STEPS 8

/* Frequency over mid-band frequency where an octave has ratio^power (the standard's formula for fractions).
 */
static double mask_ratio(enum mb_band_width width, double power)
{
    double octave = pow(10, 0.3), fraction = width == MB_BAND_OCTAVE ? 1 : 3;

    return 1 + (pow(octave, 0.5 / fraction) - 1) / (sqrt(octave) - 1) * (pow(octave, power) - 1);
}

static void assert_within(const struct mb_filter *filter, double mid_hz, double ratio, double rate_hz,
                          double least_db, double most_db)
{
    double attenuation_db;

    if (mid_hz * ratio >= rate_hz / 2)
        return;
    attenuation_db = -20 * log10(mb_filter_gain(filter, mid_hz * ratio, rate_hz));
    if (!(attenuation_db >= least_db && attenuation_db <= most_db))
        fail_msg("band %g Hz at %g S/s: %.2f dB at %.5f of it, wanted %g to %g", mid_hz, rate_hz,
                 attenuation_db, ratio, least_db, most_db);
}

static void assert_band_within_mask(enum mb_band_width width, int k, double rate_hz)
{
    struct mb_filter filter = {0};
    double mid_hz = mb_band_mid_hz(width, k);

    assert_int_equal(mb_band_filter(width, k, rate_hz, &filter), 0);
    for (size_t i = 0; i + 1 < POINTS; i++)
        for (int j = 0; j <= STEPS; j++) {
            double part = (double)j / STEPS;
            double ratio = pow(mask_ratio(width, mask[i].power), 1 - part) *
                           pow(mask_ratio(width, mask[i + 1].power), part);
            /* Up to the edge of the band the lower limit is that of the pass band, from there on there is no
             * upper. */
            double least_db = mask[i + 1].power <= 0.5
                                  ? j == STEPS && mask[i + 1].power == 0.5 ? 2 : -0.3
                                  : mask[i].least_db + part * (mask[i + 1].least_db - mask[i].least_db);
            double most_db = mask[i].power >= 0.5
                                 ? j == 0 ? mask[i].most_db : INFINITY
                                 : mask[i].most_db + part * (mask[i + 1].most_db - mask[i].most_db);

            assert_within(&filter, mid_hz, ratio, rate_hz, least_db, most_db);
            assert_within(&filter, mid_hz, 1 / ratio, rate_hz, least_db, most_db);
        }
    for (double ratio = mask_ratio(width, 4); ratio < 1e4; ratio *= 1.3) {
        assert_within(&filter, mid_hz, ratio, rate_hz, 70, INFINITY);
        assert_within(&filter, mid_hz, 1 / ratio, rate_hz, 70, INFINITY);
    }
}

/* Every band that is offered: some rates leave little room above the highest. */
static void every_band_is_class_1(void **state)
{
    static const double rates[] = {44100, 45300, 47500, 48000, 51200, 102400, 200000, 1e6};

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        for (int w = MB_BAND_OCTAVE; w <= MB_BAND_THIRD_OCTAVE; w++) {
            enum mb_band_width width = (enum mb_band_width)w;

            for (int k = mb_band_index(width, 10);
                 mb_band_filter(width, k, rates[i], &(struct mb_filter){0}) == 0; k++)
                assert_band_within_mask(width, k, rates[i]);
        }
}

/* Bands share their edges, and the names are those of the standard's table. */
static void bands_are_where_the_standard_has_them(void **state)
{
    static const double octaves[] = {16, 31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000};
    static const double thirds[] = {800,  1000, 1250, 1600, 2000,  2500, 3150,
                                    4000, 5000, 6300, 8000, 10000, 12500};

    (void)state;
    for (int k = -6; k <= 4; k++) {
        assert_true(mb_band_nominal_hz(MB_BAND_OCTAVE, k) == octaves[k + 6]);
        assert_int_equal(mb_band_index(MB_BAND_OCTAVE, octaves[k + 6]), k);
    }
    for (int k = -1; k <= 11; k++) {
        assert_true(mb_band_nominal_hz(MB_BAND_THIRD_OCTAVE, k) == thirds[k + 1]);
        assert_true(mb_band_nominal_hz(MB_BAND_THIRD_OCTAVE, k - 20) == thirds[k + 1] / 100);
        assert_int_equal(mb_band_index(MB_BAND_THIRD_OCTAVE, thirds[k + 1]), k);
    }
    assert_true(fabs(mb_band_mid_hz(MB_BAND_OCTAVE, -3) - 125.8925) < 1e-4);
    assert_true(fabs(mb_band_mid_hz(MB_BAND_THIRD_OCTAVE, 13) - 19952.62) < 1e-2);
    assert_true(fabs(mb_band_high_hz(MB_BAND_OCTAVE, 0) - 1412.5375) < 1e-4);
    assert_true(fabs(mb_band_low_hz(MB_BAND_OCTAVE, 1) - 1412.5375) < 1e-4);
}

/* A tone, pushed in uneven pieces. */
static void push_tone(struct mb_band_bank *bank, double frequency_hz, size_t n)
{
    double block[777];
    size_t done = 0;

    while (done < n) {
        size_t m = n - done < 777 ? n - done : 777;

        for (size_t i = 0; i < m; i++)
            block[i] = M_SQRT2 * sin(2 * M_PI * frequency_hz * (double)(done + i) / bank->rate_hz);
        mb_band_bank_push(bank, block, m, 0);
        done += m;
    }
}

static void a_tone_is_in_its_band_alone(void **state)
{
    struct mb_band_bank bank;
    struct mb_band_level level;

    (void)state;
    assert_int_equal(mb_band_bank_init(&bank, MB_BAND_THIRD_OCTAVE, 100, 10000, 51200), 0);
    assert_int_equal(bank.count, 21);
    push_tone(&bank, mb_band_mid_hz(MB_BAND_THIRD_OCTAVE, 0), 51200);
    for (size_t i = 0; i < bank.count; i++) {
        mb_band_bank_level(&bank, i, &level);
        assert_int_equal(level.flags, 0);
        if (level.nominal_hz == 1000)
            assert_true(fabs(level.mean_square - 1) < 1e-4);
        else /* one band away at least 17.5 dB, two 30 dB: the mask again, now in samples */
            assert_true(level.mean_square < (fabs(log10(level.mid_hz / 1000)) < 0.15 ? 0.018 : 1e-4));
    }
}

/* White noise: what falls into a band is its width; four poles a side take in 2.6 % more. */
static void noise_gives_the_width_of_the_band(void **state)
{
    struct mb_band_bank bank;
    struct mb_band_level level;
    double block[512];

    (void)state;
    assert_int_equal(mb_band_bank_init(&bank, MB_BAND_OCTAVE, 1000, 8000, 48000), 0);
    srand(7);
    for (int k = 0; k < 1000; k++) {
        for (size_t i = 0; i < 512; i++)
            block[i] = sqrt(12) * (rand() / (double)RAND_MAX - 0.5);
        mb_band_bank_push(&bank, block, 512, 0);
    }
    for (size_t i = 0; i < bank.count; i++) {
        double width_hz = mb_band_high_hz(MB_BAND_OCTAVE, (int)i) - mb_band_low_hz(MB_BAND_OCTAVE, (int)i);

        mb_band_bank_level(&bank, i, &level);
        assert_true(fabs(level.mean_square / (1.026 * width_hz / 24000) - 1) < 0.05);
    }
}

static void what_cannot_be_judged_is_flagged(void **state)
{
    struct mb_band_bank bank;
    struct mb_band_level low, high;
    double bad = INFINITY;

    (void)state;
    assert_int_equal(mb_band_bank_init(&bank, MB_BAND_THIRD_OCTAVE, 25, 1000, 48000), 0);
    push_tone(&bank, 1000, 24000);
    mb_band_bank_level(&bank, 0, &low);
    mb_band_bank_level(&bank, bank.count - 1, &high);
    assert_int_equal(low.flags, MB_WAVE_TOO_SHORT);
    assert_true(isnan(low.mean_square));
    assert_true(fabs(low.wanted_s - 2 * 6 / (0.2308 * 25.12)) < 0.01);
    assert_int_equal(high.flags, 0);
    assert_true(high.mean_square > 0.9);
    mb_band_bank_push(&bank, &bad, 1, 0);
    mb_band_bank_level(&bank, bank.count - 1, &high);
    assert_int_equal(high.flags, MB_WAVE_NOT_FINITE);
    assert_true(isnan(high.mean_square));
}

static void bands_that_the_rate_has_no_room_for_are_left_out(void **state)
{
    struct mb_band_bank bank;
    struct mb_filter filter = {0};

    (void)state;
    assert_int_equal(mb_band_filter(MB_BAND_THIRD_OCTAVE, 13, 44100, &filter), -ERANGE);
    assert_int_equal(mb_band_bank_init(&bank, MB_BAND_THIRD_OCTAVE, 20, 20000, 44100), 0);
    assert_int_equal(bank.count, 30);
    assert_int_equal(mb_band_bank_init(&bank, MB_BAND_THIRD_OCTAVE, 20, 20000, 48000), 0);
    assert_int_equal(bank.count, 31);
    assert_int_equal(mb_band_bank_init(&bank, MB_BAND_OCTAVE, 16000, 16000, 44100), -ERANGE);
    assert_int_equal(mb_band_bank_init(&bank, MB_BAND_OCTAVE, 0, 16000, 48000), -ERANGE);
    assert_int_equal(mb_band_bank_init(&bank, MB_BAND_OCTAVE, 100, 10, 48000), -ERANGE);
    assert_int_equal(mb_band_bank_init(&bank, MB_BAND_OCTAVE, 10, 100, NAN), -ERANGE);
    assert_int_equal(mb_band_bank_init(&bank, MB_BAND_THIRD_OCTAVE, 1e-3, 1e4, 48000), -ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_band_is_class_1),
        cmocka_unit_test(bands_are_where_the_standard_has_them),
        cmocka_unit_test(a_tone_is_in_its_band_alone),
        cmocka_unit_test(noise_gives_the_width_of_the_band),
        cmocka_unit_test(what_cannot_be_judged_is_flagged),
        cmocka_unit_test(bands_that_the_rate_has_no_room_for_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
