/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums, spans and powers against signals whose figures are known exactly. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "dsp/power.h"
#include "support/tones.h"

#define RATE_HZ 200e3
#define LENGTH(array) (sizeof(array) / sizeof *(array))

static void assert_close(double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%.17g instead of %.17g: off by %.2e", value, expected, value / expected - 1);
}

/* All lengths around the lanes and the blocks, and a sum that plain additions lose. */
static void test_sums(void **state)
{
    enum { N = 5000 };
    double *x = calloc(N, sizeof *x), *y = calloc(N, sizeof *y);

    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)(i % 7) - 3;
        y[i] = (double)(i % 5) + 1;
    }
    for (size_t n = 0; n < N; n += n < 40 ? 1 : 487) {
        struct mb_moments m, expected = {.count = n, .min = INFINITY, .max = -INFINITY};
        struct mb_pair_sums p, pair = {0};

        for (size_t i = 0; i < n; i++) {
            expected.sum += x[i];
            expected.sum_abs += fabs(x[i]);
            expected.sum_square += x[i] * x[i];
            expected.min = fmin(expected.min, x[i]);
            expected.max = fmax(expected.max, x[i]);
            pair.xx += x[i] * x[i];
            pair.yy += y[i] * y[i];
            pair.xy += x[i] * y[i];
        }
        mb_moments(x, n, &m);
        mb_pair_sums(x, y, n, &p);
        assert_int_equal(m.count, n);
        assert_true(m.sum == expected.sum && m.sum_abs == expected.sum_abs &&
                    m.sum_square == expected.sum_square);
        assert_true(m.min == expected.min && m.max == expected.max);
        assert_true(p.xx == pair.xx && p.yy == pair.yy && p.xy == pair.xy);
        assert_true(mb_dot(x, y, n) == pair.xy);
    }
    free(x);
    free(y);
}

/* The mean of 0.1 over ten million samples: plain addition is off by 1e-10 and more. */
static void test_sum_of_many(void **state)
{
    const size_t n = 4u << 20;
    double *x = calloc(n, sizeof *x);
    struct mb_moments m;

    (void)state;
    for (size_t i = 0; i < n; i++)
        x[i] = 0.1;
    mb_moments(x, n, &m);
    assert_close(m.sum, 0.1 * (double)n, 5e-15);
    free(x);
}

/* A span of whole cycles between samples, at rates from 25 to 4000 samples a cycle and wherever it begins. */
static void test_span_of_whole_cycles(void **state)
{
    static const double rates_hz[] = {5e3, 10e3, 50e3, 200e3};

    (void)state;
    for (size_t r = 0; r < LENGTH(rates_hz); r++) {
        const struct tone tone = {49.95, 230, 0.3}, current = {49.95, 10, -0.7};
        double length = 10 * rates_hz[r] / tone.frequency_hz;
        size_t n = (size_t)length + 40;
        double *u = tones_make(&tone, 1, rates_hz[r], 0, n), *i = tones_make(&current, 1, rates_hz[r], 0, n);

        for (double begin = 6; begin < 8; begin += 0.17) {
            struct mb_span span = {{(size_t)begin, begin - floor(begin)}, {0, 0}};
            struct mb_span_weights weights;
            struct mb_channel_values values;
            struct mb_element element;

            span.end.sample = (size_t)(begin + length);
            span.end.fraction = begin + length - floor(begin + length);
            assert_int_equal(mb_span_weigh(&span, n, &weights), 0);
            mb_channel_values(&weights, u, NULL, &values);
            assert_close(values.rms, 230, 1e-9);
            assert_close(values.ac_rms, 230, 1e-9);
            assert_true(fabs(values.mean) < 230e-9);
            mb_element_measure(&weights, u, i, &element);
            assert_close(element.ui, 2300 * cos(1.0), 1e-9);
        }
        free(u);
        free(i);
    }
}

static void test_span_refused(void **state)
{
    struct mb_span_weights weights = {.length = -1};
    const struct mb_span backwards = {{50, 0.5}, {40, 0.5}}, empty = {{10, 0.5}, {10, 0.5}},
                         odd = {{10, 1.0}, {90, 0}};
    const struct mb_span early = {{2, 0.5}, {90, 0.5}}, late = {{20, 0.5}, {95, 0.5}},
                         brief = {{20, 0.5}, {43, 0.5}};
    const struct mb_span beyond = {{0, 0}, {101, 0}}, good = {{5, 0.5}, {93, 0.5}};

    (void)state;
    assert_int_equal(mb_span_weigh(&backwards, 100, &weights), -EINVAL);
    assert_int_equal(mb_span_weigh(&empty, 100, &weights), -EINVAL);
    assert_int_equal(mb_span_weigh(&odd, 100, &weights), -EINVAL);
    assert_int_equal(mb_span_weigh(&early, 100, &weights), -ERANGE);
    assert_int_equal(mb_span_weigh(&late, 99, &weights), -ERANGE);
    assert_int_equal(mb_span_weigh(&brief, 100, &weights), -ERANGE);
    assert_int_equal(mb_span_weigh(&beyond, 100, &weights), -ERANGE);
    assert_true(weights.length == -1);
    assert_int_equal(mb_span_weigh(&good, 100, &weights), 0);
    assert_true(weights.length == 88);
}

static void values_of(const double x[], size_t n, const struct mb_converter_range *range,
                      struct mb_channel_values *ret)
{
    const struct mb_span span = {{0, 0}, {n, 0}};
    struct mb_span_weights weights;

    assert_int_equal(mb_span_weigh(&span, n, &weights), 0);
    mb_channel_values(&weights, x, range, ret);
}

static void test_channel_values(void **state)
{
    const struct tone tones[] = {{0, 3, 0}, {50, 4, 0}};
    double *x = tones_make(tones, LENGTH(tones), 10e3, 0, 200);
    struct mb_channel_values v;
    const double one = -2;

    (void)state;
    values_of(x, 200, NULL, &v);
    assert_close(v.rms, 5, 1e-14);
    assert_close(v.mean, 3, 1e-14);
    assert_close(v.ac_rms, 4, 1e-14);
    assert_close(v.max, 3 + 4 * M_SQRT2, 1e-14);
    assert_close(v.min, 3 - 4 * M_SQRT2, 1e-13);
    assert_close(v.crest, (3 + 4 * M_SQRT2) / 5, 1e-14);
    free(x);
    values_of(&one, 1, NULL, &v);
    assert_true(v.rms == 2 && v.mean == -2 && v.rectified_mean == 2 && v.peak == 2 && v.crest == 1 &&
                v.flags == 0);
    x = tones_make(&tones[1], 1, 200e3, 0, 4000);
    values_of(x, 4000, NULL, &v);
    assert_close(v.rectified_mean * MB_RECTIFIED_TO_RMS, 4, 1e-6); /* has corners: as good as the rate */
    free(x);
}

static void test_bad_samples(void **state)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    const struct mb_converter_range range = {-10, 10}, unknown = {NAN, NAN};
    struct mb_channel_values v;

    (void)state;
    for (size_t place = 0; place < 100; place += 9)
        for (size_t b = 0; b < LENGTH(bad); b++) {
            double x[100] = {0};

            x[place] = bad[b];
            values_of(x, LENGTH(x), NULL, &v);
            assert_int_equal(v.flags, MB_WAVE_NOT_FINITE);
            assert_true(isnan(v.rms) && isnan(v.mean) && isnan(v.peak));
        }
    for (double level = 9; level <= 10; level++) {
        double x[100] = {0};

        x[57] = level;
        values_of(x, LENGTH(x), &range, &v);
        assert_int_equal(v.flags, level < 10 ? 0 : MB_WAVE_CLIPPED);
        values_of(x, LENGTH(x), &unknown, &v);
        assert_int_equal(v.flags, 0);
        x[57] = -level;
        values_of(x, LENGTH(x), &range, &v);
        assert_int_equal(v.flags, level < 10 ? 0 : MB_WAVE_CLIPPED);
    }
}

/* A balanced load of 230 V and 10 A a phase at cos phi = 0.5 inductive, seen through every three-phase
 * wiring. */
static void test_wirings(void **state)
{
    const double phi = M_PI / 3, turn = 2 * M_PI / 3, p_w = 3 * 230 * 10 * 0.5, s_va = 3 * 230 * 10;
    const double u_line = 230 * sqrt(3);
    /* u13 leads u1 by -30 degrees, u23 lags u2 ... by angle alone: products of rms and the angle between. */
    const double q = 2300 * sin(phi), u_next = -230 * 230 / 2.0;
    const struct mb_element star[3] = {{230 * 230, 100, 1150, q, q, u_next, -50},
                                       {230 * 230, 100, 1150, q, q, u_next, -50},
                                       {230 * 230, 100, 1150, q, q, u_next, -50}};
    const double ui13 = u_line * 10 * cos(phi - turn / 4), ui23 = u_line * 10 * cos(phi + turn / 4);
    const double q13 = u_line * 10 * sin(phi - turn / 4), q23 = u_line * 10 * sin(phi + turn / 4);
    const struct mb_element delta[3] = {{u_line * u_line, 100, ui13, q13, q13, u_line * u_line / 2, -50},
                                        {u_line * u_line, 100, ui23, q23, q23, 0, 0},
                                        {u_line * u_line, 100, 0, 0, 0, 0, 0}};
    static const enum mb_wiring wirings[] = {MB_WIRING_3P3W, MB_WIRING_3V3A, MB_WIRING_3P4W};

    (void)state;
    for (size_t w = 0; w < LENGTH(wirings); w++)
        for (int definitions = 0; definitions < MB_REACTIVE_COUNT * MB_APPARENT_COUNT; definitions++) {
            enum mb_reactive reactive = (enum mb_reactive)(definitions % MB_REACTIVE_COUNT);
            enum mb_apparent apparent = (enum mb_apparent)(definitions / MB_REACTIVE_COUNT);
            struct mb_wired_power power;

            mb_wired_power(wirings[w], reactive, apparent, wirings[w] == MB_WIRING_3P4W ? star : delta,
                           &power);
            assert_close(power.total.p_w, p_w, 1e-12);
            assert_close(power.total.s_va, s_va, 1e-12);
            assert_close(power.total.q_var, s_va * sin(phi), 1e-12);
            assert_close(power.total.power_factor, 0.5, 1e-12);
            assert_close(power.i_mean_a, 10, 1e-12);
            assert_close(power.u_mean_v, wirings[w] == MB_WIRING_3P4W ? 230 : u_line, 1e-12);
            assert_true(power.wiring == wirings[w] && power.reactive == reactive &&
                        power.apparent == apparent);
        }
}

static void test_power_definitions(void **state)
{
    /* A current of 3 A in phase, 4 A besides that does no work and has no fundamental; capacitive. */
    const struct mb_element distorted[] = {{100 * 100, 25, 300, -50, -30}, {100 * 100, 25, 300, -50, -30}};
    const struct mb_element nothing = {100, 0, 0, 0}, unknown = {NAN, NAN, NAN, NAN};
    struct mb_wired_power power;

    (void)state;
    mb_wired_power(MB_WIRING_1P2W, MB_REACTIVE_TOTAL, MB_APPARENT_ARITHMETIC, distorted, &power);
    assert_close(power.total.q_var, -400, 1e-14);
    assert_close(power.total.power_factor, 0.6, 1e-14);
    mb_wired_power(MB_WIRING_1P3W, MB_REACTIVE_FUNDAMENTAL, MB_APPARENT_ARITHMETIC, distorted, &power);
    assert_close(power.total.q_var, -100, 1e-14);
    assert_close(power.total.s_va, 1000, 1e-14);
    mb_wired_power(MB_WIRING_1P3W, MB_REACTIVE_FUNDAMENTAL, MB_APPARENT_VECTOR, distorted, &power);
    assert_close(power.total.s_va, hypot(600, 100), 1e-14);
    mb_wired_power(MB_WIRING_1P3W, MB_REACTIVE_BUDEANU, MB_APPARENT_EFFECTIVE, distorted, &power);
    assert_close(power.total.q_var, -60, 1e-14);
    assert_close(power.total.s_va, 1000, 1e-14); /* not of three phases: arithmetic */
    mb_wired_power(MB_WIRING_1P2W, MB_REACTIVE_TOTAL, MB_APPARENT_ARITHMETIC, &nothing, &power);
    assert_true(power.total.s_va == 0 && isnan(power.total.power_factor));
    mb_wired_power(MB_WIRING_1P2W, MB_REACTIVE_TOTAL, MB_APPARENT_ARITHMETIC, &unknown, &power);
    assert_true(isnan(power.total.p_w) && isnan(power.total.q_var) && isnan(power.total.power_factor));
}

/* One phase of three loaded, with its current back through the neutral: the same losses in four wires. */
static void test_effective_apparent_power(void **state)
{
    const double uu = 230 * 230, next = -uu / 2;
    const struct mb_element one[3] = {
        {uu, 100, 2300, 0, 0, next, 0}, {uu, 0, 0, 0, 0, next, 0}, {uu, 0, 0, 0, 0, next, 0}};
    const double line = 3 * uu;
    /* The same load between two lines, as two wattmeters to the third line see it: i2 = -i1. */
    const struct mb_element two[3] = {{line, 100, 0, 0, 0, line / 2, -100}, {line, 100, 0, 0, 0, 0, 0}};
    struct mb_wired_power power;

    (void)state;
    mb_wired_power(MB_WIRING_3P4W, MB_REACTIVE_TOTAL, MB_APPARENT_EFFECTIVE, one, &power);
    assert_close(power.total.s_va, 3 * 230 * sqrt((100 + 100) / 3.0), 1e-12);
    assert_close(power.total.q_var, sqrt(power.total.s_va * power.total.s_va - 2300.0 * 2300), 1e-12);
    mb_wired_power(MB_WIRING_3P3W, MB_REACTIVE_TOTAL, MB_APPARENT_EFFECTIVE, two, &power);
    assert_close(power.total.s_va, 3 * 230 * sqrt((100 + 100) / 3.0), 1e-12);
}

static void test_wiring_names(void **state)
{
    (void)state;
    for (int w = 0; w < MB_WIRING_COUNT; w++) {
        enum mb_wiring found = MB_WIRING_COUNT;

        assert_int_equal(mb_wiring_from_name(mb_wiring_name((enum mb_wiring)w), &found), 0);
        assert_int_equal(found, w);
        assert_true(mb_wiring_power_elements(found) <= mb_wiring_elements(found));
    }
    assert_int_equal(mb_wiring_from_name("3P5W", &(enum mb_wiring){0}), -EINVAL);
    for (int i = 0; i < MB_REACTIVE_COUNT; i++) {
        enum mb_reactive found = MB_REACTIVE_COUNT;

        assert_int_equal(mb_reactive_from_name(mb_reactive_name((enum mb_reactive)i), &found), 0);
        assert_int_equal(found, i);
    }
    for (int i = 0; i < MB_APPARENT_COUNT; i++) {
        enum mb_apparent found = MB_APPARENT_COUNT;

        assert_int_equal(mb_apparent_from_name(mb_apparent_name((enum mb_apparent)i), &found), 0);
        assert_int_equal(found, i);
    }
    assert_int_equal(mb_reactive_from_name("Q", &(enum mb_reactive){0}), -EINVAL);
    assert_int_equal(mb_apparent_from_name("", &(enum mb_apparent){0}), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_sum_of_many),
        cmocka_unit_test(test_span_of_whole_cycles),
        cmocka_unit_test(test_span_refused),
        cmocka_unit_test(test_channel_values),
        cmocka_unit_test(test_bad_samples),
        cmocka_unit_test(test_wirings),
        cmocka_unit_test(test_power_definitions),
        cmocka_unit_test(test_effective_apparent_power),
        cmocka_unit_test(test_wiring_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
