/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "dsp/filter.h"

static void assert_gain(const struct mb_filter *filter, double frequency_hz, double rate_hz, double expected)
{
    double gain = mb_filter_gain(filter, frequency_hz, rate_hz);

    if (!(fabs(gain - expected) <= 1e-9))
        fail_msg("gain at %g Hz is %.12g, not %.12g", frequency_hz, gain, expected);
}

/* The closed form of Butterworth, in the frequencies that the bilinear transform makes of them. */
static void filters_are_butterworth(void **state)
{
    static const double frequencies[] = {10, 100, 300, 1000, 3000, 4900};

    (void)state;
    for (int order = 2; order <= 8; order += 2)
        for (size_t i = 0; i < sizeof frequencies / sizeof *frequencies; i++) {
            struct mb_filter low = {0}, high = {0}, band = {0};
            double w = tan(M_PI * frequencies[i] / 10000), corner = tan(M_PI * 0.03),
                   upper = tan(M_PI * 0.05);
            double x = (w * w - corner * upper) / (w * (upper - corner));

            assert_int_equal(mb_filter_add_lowpass(&low, order, 300, 10000), 0);
            assert_int_equal(mb_filter_add_highpass(&high, order, 300, 10000), 0);
            assert_int_equal(mb_filter_add_bandpass(&band, order, 300, 500, 10000), 0);
            assert_gain(&low, frequencies[i], 10000, 1 / sqrt(1 + pow(w / corner, 2 * order)));
            assert_gain(&high, frequencies[i], 10000, 1 / sqrt(1 + pow(corner / w, 2 * order)));
            assert_gain(&band, frequencies[i], 10000, 1 / sqrt(1 + pow(x, 2 * order)));
        }
}

/* What is computed is what mb_filter_gain says: a tone through a cascade of every length. */
static void samples_see_the_gain(void **state)
{
    (void)state;
    for (int order = 2; order <= 2 * MB_SECTIONS_MAX; order += 2) {
        struct mb_filter filter = {0};
        double in[4000], out[4000], sum = 0, gain;

        assert_int_equal(mb_filter_add_lowpass(&filter, order, 100, 1000), 0);
        gain = mb_filter_gain(&filter, 90, 1000);
        mb_filter_scale(&filter, 3);
        for (size_t i = 0; i < 4000; i++)
            in[i] = M_SQRT2 * sin(2 * M_PI * 90 * (double)i / 1000);
        mb_filter_run(&filter, in, out, 4000);
        for (size_t i = 3000; i < 4000; i++)
            sum += out[i] * out[i] / 1000;
        assert_gain(&filter, 90, 1000, 3 * gain);
        assert_true(fabs(sqrt(sum) - 3 * gain) < 1e-6);
        mb_filter_reset(&filter);
        mb_filter_run(&filter, in, in, 4000);
        assert_memory_equal(in, out, sizeof in);
    }
}

static void reset_forgets_and_nothing_is_added(void **state)
{
    struct mb_filter filter = {0};
    double in[] = {1, 2, 3}, first[3], again[3], same[3];

    (void)state;
    mb_filter_run(&filter, in, same, 3); /* no section: as it is */
    assert_memory_equal(in, same, sizeof in);
    assert_int_equal(mb_filter_add_highpass(&filter, 6, 100, 1000), 0);
    mb_filter_run(&filter, in, first, 3);
    mb_filter_reset(&filter);
    mb_filter_run(&filter, in, again, 3);
    assert_memory_equal(first, again, sizeof first);
    mb_filter_run(&filter, in, again, 3);
    assert_true(first[2] != again[2]);
}

static void impossible_filters_are_refused(void **state)
{
    struct mb_filter filter = {0};

    (void)state;
    assert_int_equal(mb_filter_add_lowpass(&filter, 3, 100, 1000), -EINVAL);
    assert_int_equal(mb_filter_add_lowpass(&filter, 0, 100, 1000), -EINVAL);
    assert_int_equal(mb_filter_add_highpass(&filter, -2, 100, 1000), -EINVAL);
    assert_int_equal(mb_filter_add_highpass(&filter, 18, 100, 1000), -EINVAL);
    assert_int_equal(mb_filter_add_bandpass(&filter, 10, 100, 200, 1000), -EINVAL);
    assert_int_equal(mb_filter_add_lowpass(&filter, 2, 500, 1000), -ERANGE);
    assert_int_equal(mb_filter_add_lowpass(&filter, 2, 0, 1000), -ERANGE);
    assert_int_equal(mb_filter_add_highpass(&filter, 2, NAN, 1000), -ERANGE);
    assert_int_equal(mb_filter_add_highpass(&filter, 2, 100, INFINITY), -ERANGE);
    assert_int_equal(mb_filter_add_bandpass(&filter, 2, 200, 200, 1000), -ERANGE);
    assert_int_equal(mb_filter_add_bandpass(&filter, 2, 200, 600, 1000), -ERANGE);
    assert_int_equal(filter.count, 0);
    assert_int_equal(mb_filter_add_lowpass(&filter, 14, 100, 1000), 0);
    assert_int_equal(mb_filter_add_highpass(&filter, 4, 100, 1000), -EINVAL); /* room for one section more */
    assert_int_equal(mb_filter_add_highpass(&filter, 2, 100, 1000), 0);
    assert_int_equal(filter.count, MB_SECTIONS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_butterworth),
        cmocka_unit_test(samples_see_the_gain),
        cmocka_unit_test(reset_forgets_and_nothing_is_added),
        cmocka_unit_test(impossible_filters_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
