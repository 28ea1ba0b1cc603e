/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Torque, speed, slip and sensors: pulses, counters and corrections with known answers. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "dsp/correction.h"
#include "dsp/crossing.h"
#include "dsp/rotation.h"
#include "support/tones.h"

#define RATE_HZ 200e3
#define LENGTH(array) (sizeof(array) / sizeof *(array))

static void assert_within(double value, double expected, double bound)
{
    if (!(fabs(value - expected) <= bound))
        fail_msg("%.17g instead of %.17g: off by %.2e", value, expected, value - expected);
}

/* A torque flange with a frequency output of 10 kHz at rest and 15 kHz at 500 N m. */
static void test_torque_by_frequency(void **state)
{
    const struct mb_two_points flange = {{10e3, 15e3}, {0, 500}}, broken = {{5, 5}, {0, 1}};
    const struct tone tone = {10e3 + 123.4, 2, 0.3};
    const struct mb_pulse_train train = {0, 0.5};
    const struct mb_span span = {{100, 0.25}, {20100, 0.25}};
    double *x = tones_make(&tone, 1, RATE_HZ, 0, 20200), f;
    size_t edges = 0;

    (void)state;
    assert_int_equal(mb_pulse_frequency(&train, x, 20200, &span, RATE_HZ, &f, &edges), 0);
    assert_within(f, 10123.4, 1e-5);
    assert_int_equal(edges, 1012);
    assert_within(mb_two_points_at(&flange, f), 12.34, 1e-6);
    assert_within(mb_two_points_at(&flange, 5e3), -500, 0);
    assert_true(isnan(mb_two_points_at(&broken, 5)));
    free(x);
}

static void test_standing_shaft(void **state)
{
    const struct mb_pulse_train train = {2.5, 1};
    const struct mb_span span = {{10, 0}, {900, 0}};
    double x[1000] = {0}, f = -1;

    (void)state;
    assert_int_equal(mb_pulse_frequency(&train, x, LENGTH(x), &span, RATE_HZ, &f, NULL), -ENODATA);
    x[5] = x[500] = x[950] = 5; /* one edge in the span, one on either side */
    assert_int_equal(mb_pulse_frequency(&train, x, LENGTH(x), &span, RATE_HZ, &f, NULL), -ENODATA);
    assert_true(f == -1);
    x[700] = 5;
    assert_int_equal(mb_pulse_frequency(&train, x, LENGTH(x), &span, RATE_HZ, &f, NULL), 0);
    assert_within(f, RATE_HZ / 200, 1e-9);
}

static void test_hysteresis(void **state)
{
    struct mb_crossing_finder finder = {.level = 0, .hysteresis = 0.5, .next = MB_STENCIL_BEFORE};
    const double noisy[] = {-1, -1, -1, -1, -1, -1, -0.2, 0.1, -0.1, 0.2, -0.3, 1, 1,
                            -1, -1, 1,  1,  1,  1,  1,    1,   1,    1,   1,    1};
    struct mb_place place;

    (void)state;
    assert_true(mb_crossing_next(&finder, noisy, LENGTH(noisy), &place));
    assert_int_equal(place.sample, 6);
    assert_true(mb_crossing_next(&finder, noisy, LENGTH(noisy), &place));
    assert_int_equal(place.sample, 14);
    assert_false(mb_crossing_next(&finder, noisy, LENGTH(noisy), &place));
}

/* A crossing is found to 1e-11 of a cycle with 25 samples a cycle. */
static void test_place_of_a_crossing(void **state)
{
    (void)state;
    for (double phase = -M_PI; phase < M_PI; phase += 0.37) {
        const struct tone tone = {1, 1, phase};
        double *x = tones_make(&tone, 1, 25, 0, 60), turns;
        struct mb_crossing_finder finder = {.next = MB_STENCIL_BEFORE};
        struct mb_place place;

        assert_true(mb_crossing_next(&finder, x, 60, &place));
        turns = ((double)place.sample + place.fraction) / 25 + phase / (2 * M_PI) +
                0.25; /* rises at -90 degrees */
        assert_within(turns - round(turns), 0, 1e-11);
        free(x);
    }
}

static void test_counter(void **state)
{
    (void)state;
    assert_int_equal(mb_counter_difference(10, 250, 16), 240);
    assert_int_equal(mb_counter_difference(65530, 10, 16), 16);
    assert_int_equal(mb_counter_difference(10, 65530, 16), -16);
    assert_int_equal(mb_counter_difference(UINT32_MAX, 0, 32), 1);
    assert_int_equal(mb_counter_difference(0, UINT64_MAX, 64), -1);
    assert_int_equal(mb_counter_difference(1, 0, 1), -1);
}

/* Supply and shaft counted in the same window: 1 r/min of 1500 is seen in a slip of 4.5 %. */
static void test_slip_and_efficiency(void **state)
{
    const struct tone supply = {49.97, 230, 0.2}, shaft = {23.88 * 60, 2, 1};
    const struct mb_pulse_train train = {0, 0};
    const struct mb_span span = {{10, 0}, {199900, 0}};
    double *u = tones_make(&supply, 1, RATE_HZ, 0, 200000), *n = tones_make(&shaft, 1, RATE_HZ, 0, 200000);
    double supply_hz, pulse_hz;

    (void)state;
    assert_int_equal(mb_pulse_frequency(&train, u, 200000, &span, RATE_HZ, &supply_hz, NULL), 0);
    assert_int_equal(mb_pulse_frequency(&train, n, 200000, &span, RATE_HZ, &pulse_hz, NULL), 0);
    assert_within(mb_speed_rpm(pulse_hz, 60), 1432.8, 1e-7);
    assert_within(mb_slip(supply_hz, mb_speed_rpm(pulse_hz, 60), 2), 1 - 2 * 23.88 / 49.97, 1e-9);
    assert_true(isnan(mb_slip(0, 1500, 2)));
    assert_within(mb_shaft_power_w(10, 1500), 1570.796326794897, 1e-9);
    assert_within(mb_machine_efficiency(2000, 1800), 0.9, 1e-15);
    assert_within(mb_machine_efficiency(-1800, -2000), 0.9, 1e-15);
    assert_true(isnan(mb_machine_efficiency(2000, 0)) && isnan(mb_machine_efficiency(2000, -1)));
    free(u);
    free(n);
}

/* A sensor with gain, offset, delay and an angle at 50 Hz: what comes out is the true signal, latency samples
 * late. */
static void test_corrected_samples(void **state)
{
    static const double delays_s[] = {0, 1e-6, 12.34e-6, -3.3e-6, 200e-6};
    const double rate_hz = 100e3, high_hz = 30e3;

    (void)state;
    for (size_t d = 0; d < LENGTH(delays_s); d++) {
        struct mb_correction c = {
            .gain = 2.5, .offset = 0.1, .delay_s = delays_s[d], .phase_rad = 1e-3, .phase_hz = 50};
        double late_s = mb_correction_delay_s(&c), turn = 2 * M_PI * late_s;
        const struct tone truth[] = {{50, 230, 0.4}, {high_hz, 10, 1}};
        const struct tone sensor[] = {
            {0, 0.1, 0}, {50, 92, 0.4 - 50 * turn}, {high_hz, 4, 1 - high_hz * turn}};
        size_t latency = mb_corrector_latency(late_s, rate_hz), n = 12000;
        double *expected = tones_make(truth, LENGTH(truth), rate_hz, 0, n);
        double *x = tones_make(sensor, LENGTH(sensor), rate_hz, 0, n);
        struct mb_corrector *corrector = NULL;
        struct mb_error err = {""};

        assert_within(late_s, delays_s[d] - 1e-3 / (2 * M_PI * 50), 1e-15);
        assert_int_equal(mb_corrector_new(&c, rate_hz, latency, &corrector, &err), 0);
        mb_corrector_run(corrector, x, x, 5000);
        for (size_t i = 5000; i < n; i += 70)
            mb_corrector_run(corrector, x + i, x + i, i + 70 < n ? 70 : n - i);
        for (size_t i = 48 + latency; i < n; i++)
            assert_within(x[i], expected[i - latency], 230e-8);
        mb_corrector_free(corrector);
        free(expected);
        free(x);
    }
}

static void test_corrected_phasor(void **state)
{
    const struct mb_correction c = {
        .gain = 2, .offset = 0.5, .delay_s = 1e-5, .phase_rad = 1e-3, .phase_hz = 50};
    double complex measured = 3 * cexp(I * (0.7 - 2 * M_PI * 250 * 1e-5 + 1e-3));

    (void)state;
    assert_within(cabs(mb_correct_phasor(&c, 250, measured) - 6 * cexp(I * 0.7)), 0, 1e-14);
    assert_within(cabs(mb_correct_phasor(&c, 0, 3.5) - 6), 0, 0);
}

static void test_refused_corrections(void **state)
{
    const struct mb_correction none = {.gain = 0}, angle = {.gain = 1, .phase_rad = 0.1},
                               late = {.gain = 1, .delay_s = 1};
    const struct mb_correction nan = {.gain = NAN}, good = {.gain = 1};
    struct mb_corrector *corrector = NULL;
    struct mb_error err;

    (void)state;
    assert_int_equal(mb_corrector_new(&none, RATE_HZ, 100, &corrector, &err), -EINVAL);
    assert_int_equal(mb_corrector_new(&nan, RATE_HZ, 100, &corrector, &err), -EINVAL);
    assert_int_equal(mb_corrector_new(&angle, RATE_HZ, 100, &corrector, &err), -EINVAL);
    assert_int_equal(mb_corrector_new(&late, RATE_HZ, 100, &corrector, &err), -EINVAL);
    assert_int_equal(mb_corrector_new(&good, RATE_HZ, 23, &corrector, &err), -EINVAL);
    assert_null(corrector);
    assert_int_equal(mb_corrector_new(&good, RATE_HZ, 24, &corrector, &err), 0);
    assert_null(mb_corrector_free(corrector));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_torque_by_frequency),
        cmocka_unit_test(test_standing_shaft),
        cmocka_unit_test(test_hysteresis),
        cmocka_unit_test(test_place_of_a_crossing),
        cmocka_unit_test(test_counter),
        cmocka_unit_test(test_slip_and_efficiency),
        cmocka_unit_test(test_corrected_samples),
        cmocka_unit_test(test_corrected_phasor),
        cmocka_unit_test(test_refused_corrections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
