/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines, harmonics, groups and what three phases make of them: against exact signals, and against published
 * results of a measured waveform ($MOTORBENCH_DATA). */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/harmonics.h"
#include "dsp/lines.h"
#include "dsp/power.h"
#include "dsp/three_phase.h"
#include "support/csv_table.h"
#include "support/tones.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define ORDERS MB_HARMONIC_ORDERS

/* The first window of two channels, with its harmonics. */
struct bench {
    struct mb_windows *windows;
    struct mb_harmonics_engine *engine;
    struct mb_window window;
    struct mb_harmonics u, i;
};

static void analyse(struct bench *b, size_t sync, const double u[], const double i[], size_t n,
                    double rate_hz, unsigned orders)
{
    const struct mb_window_setting setting = {
        .kind = MB_WINDOW_MAINS, .rate_hz = rate_hz, .channel_count = 2, .sync = sync, .longest_s = 2};
    const double *channels[] = {u, i};
    struct mb_error err = {""};

    assert_int_equal(mb_windows_new(&setting, &b->windows, &err), 0);
    assert_int_equal(mb_windows_push(b->windows, channels, n, 0, 0), n);
    mb_windows_flush(b->windows);
    assert_true(mb_windows_next(b->windows, &b->window));
    assert_int_equal(mb_harmonics_engine_new(&b->engine), 0);
    if (mb_harmonics_prepare(b->engine, &b->window, orders, &err) < 0)
        fail_msg("%s", err.text);
    mb_harmonics_pair(b->engine, b->window.channels[0], b->window.channels[1], &b->u, &b->i);
}

static void clear(struct bench *b)
{
    b->windows = mb_windows_free(b->windows);
    b->engine = mb_harmonics_engine_free(b->engine);
}

static void assert_within(double value, double expected, double bound)
{
    if (!(fabs(value - expected) <= bound))
        fail_msg("%.17g instead of %.17g: off by %.2e", value, expected, value - expected);
}

/* The voltage has low orders and some high ones as 1/h, the current the odd ones of them, and lags. */
static size_t fill_tones(double frequency_hz, unsigned highest, struct tone u[], struct tone i[])
{
    for (unsigned h = 1; h <= highest; h++) {
        bool is_there = h <= 8 || h % 9 == 1;

        u[h - 1] = (struct tone){h * frequency_hz, is_there ? 230.0 / h : 0, 0.3 * h};
        i[h - 1] = (struct tone){h * frequency_hz, is_there && h % 2 ? 10.0 / h : 0, 0.3 * h - 0.5};
    }
    return highest;
}

/* What dsp/span.h says of few samples a period: of all orders into this one, relative to it; f cycles a
 * sample. It is below 1e-7 at 200 kHz. */
static double leakage(const struct tone tones[], unsigned order, double f)
{
    double sum = 0;

    for (unsigned h = 1; h <= ORDERS; h++)
        sum += tones[h - 1].rms * 5.6e-5 * pow(2 * M_PI * f * (h + order), 12) / (10 / f);
    return sum / (230.0 / order);
}

/* 5e-8 of each order, so 5e-8 rad, with a supply 0.1 % beside its nominal frequency; a line between orders
 * has nothing. */
static void test_off_nominal(void **state)
{
    static const struct {
        double rate_hz, frequency_hz;
    } cases[] = {{200e3, 50.05}, {200e3, 49.95}, {200e3, 50}, {50e3, 60.06}, {51.2e3, 49.95}};

    (void)state;
    for (size_t c = 0; c < LENGTH(cases); c++) {
        struct tone ut[ORDERS], it[ORDERS];
        size_t n = (size_t)(0.24 * cases[c].rate_hz),
               count = fill_tones(cases[c].frequency_hz, ORDERS, ut, it);
        double *u = tones_make(ut, count, cases[c].rate_hz, 0, n),
               *i = tones_make(it, count, cases[c].rate_hz, 0, n);
        double start_s;
        struct bench b;

        analyse(&b, 0, u, i, n, cases[c].rate_hz, ORDERS);
        assert_int_equal(b.u.highest, ORDERS);
        assert_int_equal(b.u.flags, 0);
        start_s = ((double)b.window.span.start.sample + b.window.span.start.fraction) / cases[c].rate_hz;
        for (unsigned h = 1; h <= ORDERS; h++) {
            double turn = 2 * M_PI * h * cases[c].frequency_hz * start_s;
            double complex expected = ut[h - 1].rms * cexp(I * (turn + ut[h - 1].phase_rad));
            double complex current = it[h - 1].rms * cexp(I * (turn + it[h - 1].phase_rad));

            double bound = 5e-8 + leakage(ut, h, cases[c].frequency_hz / cases[c].rate_hz);

            assert_within(cabs(b.u.order[h] - expected) / (230.0 / h), 0, bound);
            assert_within(cabs(b.i.order[h] - current) / (10.0 / h), 0, bound);
            assert_within(b.u.subgroup[h] / (230.0 / h), ut[h - 1].rms / (230.0 / h), bound);
            assert_within(b.u.group[h] / (230.0 / h), ut[h - 1].rms / (230.0 / h), bound);
            assert_within(b.u.inter_group[h], 0, 230e-8);
        }
        assert_within(creal(mb_harmonic_power(&b.u, &b.i, 1)), 2300 * cos(0.5), 2300e-8);
        assert_within(cimag(mb_harmonic_power(&b.u, &b.i, 1)), 2300 * sin(0.5), 2300e-8);
        clear(&b);
        free(u);
        free(i);
    }
}

/* A window on samples: 1e-9 of the fundamental for everything. */
static void test_coherent_lines(void **state)
{
    struct tone tones[] = {{0, 1.5, 0},  {50, 230, 1},     {55, 0.3, 2},
                           {250, 7, -1}, {4995, 0.2, 0.1}, {5000, 0.5, 3}};
    const struct mb_span span = {{100, 0}, {40100, 0}};
    double *x = tones_make(tones, LENGTH(tones), 200e3, 0, 41000);
    double complex *lines = calloc(1011, sizeof *lines);
    struct mb_lines *engine = NULL;
    struct mb_error err;

    (void)state;
    assert_int_equal(mb_lines_new(&engine), 0);
    assert_int_equal(mb_lines_prepare(engine, &span, 41000, 1011, &err), 0);
    mb_lines_pair(engine, x, NULL, lines, NULL);
    for (size_t k = 0; k < 1011; k++) {
        double complex expected = 0;

        for (size_t t = 0; t < LENGTH(tones); t++)
            if (tones[t].frequency_hz == 5.0 * (double)k)
                expected = tones[t].rms *
                           cexp(I * (tones[t].phase_rad + 2 * M_PI * tones[t].frequency_hz * 100 / 200e3));
        assert_within(cabs(lines[k] - expected), 0, 230e-9);
    }
    mb_lines_free(engine);
    free(lines);
    free(x);
}

/* A converter's carrier far above the lines is not folded into them; one line beside an order belongs to its
 * group. */
static void test_groups_and_carrier(void **state)
{
    static const double rate_hz = 200e3, f = 50;
    const struct tone tones[] = {{f, 230, 0},        {7 * f, 3, 0},  {7 * f + 5, 2, 0}, {7 * f - 10, 1, 0},
                                 {7 * f + 25, 4, 0}, {30e3, 100, 0}, {99e3, 50, 1}};
    const struct tone none = {f, 1, 0};
    double *u = tones_make(tones, LENGTH(tones), rate_hz, 0, 50000),
           *i = tones_make(&none, 1, rate_hz, 0, 50000);
    struct bench b;

    (void)state;
    analyse(&b, 1, u, i, 50000, rate_hz, ORDERS);
    assert_within(cabs(b.u.order[7]), 3, 1e-5);
    assert_within(b.u.subgroup[7], sqrt(9 + 4), 1e-5);
    assert_within(b.u.group[7], sqrt(9 + 4 + 1 + 8), 1e-5); /* of the line half way, half */
    assert_within(b.u.group[8], sqrt(8), 1e-5);
    assert_within(b.u.inter_group[7], sqrt(4 + 16), 1e-5);
    assert_within(b.u.inter_subgroup[7], 4, 1e-5);
    assert_within(b.u.inter_subgroup[6], 1, 1e-5);
    for (unsigned h = 8; h <= ORDERS; h++)
        assert_within(cabs(b.u.order[h]), 0, 1e-5);
    clear(&b);
    free(u);
    free(i);
}

static void test_distortion(void **state)
{
    struct mb_harmonics h = {
        .highest = 5, .order = {0, 200, 0, 30 * I, 0, 40}, .subgroup = {0, 200, 0, 0, 20}};

    (void)state;
    assert_within(mb_harmonics_distortion(&h, MB_CONTENT_ORDERS, 100), 50, 1e-12);
    assert_within(mb_harmonics_distortion(&h, MB_CONTENT_ORDERS, 4), 30, 1e-12);
    assert_within(mb_thd_fundamental(&h, MB_CONTENT_ORDERS, 100), 0.25, 1e-15);
    assert_within(mb_thd_fundamental(&h, MB_CONTENT_SUBGROUPS, 100), 0.1, 1e-15);
    assert_within(mb_thd_total(&h, MB_CONTENT_ORDERS, 100, 250), 0.2, 1e-15);
    assert_true(isnan(mb_thd_total(&h, MB_CONTENT_ORDERS, 100, 0)));
    h.order[1] = 0;
    assert_true(isnan(mb_thd_fundamental(&h, MB_CONTENT_ORDERS, 100)));
}

/* A slow converter for the rate: fewer orders. Windows that are none are refused. */
static void test_limits(void **state)
{
    const struct tone tone = {50, 230, 0.1};
    double *x = tones_make(&tone, 1, 2e3, 0, 1000);
    struct mb_error err = {""};
    struct mb_window other;
    struct bench b;

    (void)state;
    analyse(&b, 0, x, x, 1000, 2e3, ORDERS);
    assert_int_equal(b.u.highest, 18);
    assert_true(isnan(creal(b.u.order[19])) && isnan(b.u.group[19]));
    assert_true(isnan(creal(mb_harmonic_power(&b.u, &b.i, 19))));
    other = b.window; /* five cycles of 25 Hz, as windows of another kind may have */
    other.cycles = 5;
    other.frequency_hz = 25;
    assert_int_equal(mb_harmonics_prepare(b.engine, &other, 10, &err), 0);
    mb_harmonics_pair(b.engine, other.channels[0], NULL, &b.u, NULL);
    assert_int_equal(b.u.flags, MB_WAVE_TOO_SHORT);
    assert_within(b.u.wanted_s, 0.4, 1e-15);
    assert_within(cabs(b.u.order[2]), 230, 1e-6);
    other.cycles = 0;
    assert_int_equal(mb_harmonics_prepare(b.engine, &other, 10, &err), -ENODATA);
    assert_int_equal(mb_harmonics_prepare(b.engine, &b.window, 0, &err), -EINVAL);
    assert_int_equal(mb_harmonics_prepare(b.engine, &b.window, 101, &err), -EINVAL);
    other.cycles = 300; /* not two samples a cycle */
    assert_int_equal(mb_harmonics_prepare(b.engine, &other, 10, &err), -EINVAL);
    clear(&b);
    x[700] = NAN;
    analyse(&b, 0, x, x, 1000, 2e3, 10);
    assert_int_equal(b.u.flags & MB_WAVE_NOT_FINITE, b.window.span.end.sample > 700 ? MB_WAVE_NOT_FINITE : 0);
    clear(&b);
    x[300] = INFINITY;
    analyse(&b, 0, x, x, 1000, 2e3, 10);
    assert_int_equal(b.u.flags & MB_WAVE_NOT_FINITE, MB_WAVE_NOT_FINITE);
    clear(&b);
    free(x);
}

static void test_sequences(void **state)
{
    static const double unequal_v[] = {400, 402, 396};
    struct mb_sequences s;
    double complex u[3];
    double v[2][3] = {{0}}, voltages_v[14] = {0};
    const double *star[3] = {v[0], v[0] + 1, v[0] + 2};
    double *delta[3] = {v[1], v[1] + 1, v[1] + 2}, *back[3] = {v[0], v[0] + 1, v[0] + 2};

    (void)state;
    for (int k = 0; k < 3; k++)
        u[k] = 5 + 230 * cexp(-I * (2 * M_PI / 3) * k) + 4.6 * cexp(I * ((2 * M_PI / 3) * k + 0.7));
    mb_sequences_of(u, &s);
    assert_within(cabs(s.positive - 230), 0, 1e-12);
    assert_within(cabs(s.zero - 5), 0, 1e-12);
    assert_within(mb_unbalance_negative(&s), 0.02, 1e-14);
    assert_within(mb_unbalance_zero(&s), 5.0 / 230, 1e-14);
    /* Three line voltages that close a triangle: procedures.md 0.4 has 0.8824 % for them. */
    u[0] = unequal_v[0];
    u[1] = unequal_v[1] * -cexp(I * acos((400.0 * 400 + 402.0 * 402 - 396.0 * 396) / (2 * 400.0 * 402)));
    u[2] = -u[0] - u[1];
    mb_sequences_of(u, &s);
    if (cabs(s.negative) > cabs(s.positive)) { /* turned round */
        u[1] = conj(u[1]);
        u[2] = conj(u[2]);
        mb_sequences_of(u, &s);
    }
    assert_within(cabs(u[2]), 396, 1e-9);
    assert_within(mb_unbalance_negative(&s), 0.008824, 5e-7);
    mb_sequences_of((double complex[3]){0}, &s);
    assert_true(isnan(mb_unbalance_negative(&s)));
    v[0][0] = 7, v[0][1] = -3, v[0][2] = -4;
    mb_delta_from_star(star, delta, 1);
    assert_true(v[1][0] == 10 && v[1][1] == 1 && v[1][2] == -11);
    mb_star_from_delta((const double *const *)delta, back, 1);
    assert_within(v[0][0], 7, 1e-15);
    assert_within(v[0][1], -3, 1e-15);
    mb_lines_from_sides((const double *const *)delta, back, 1);
    assert_true(v[0][0] == 21 && v[0][1] == -9 && v[0][2] == -12);
    voltages_v[5] = 0.03 * 400, voltages_v[7] = 0.02 * 400, voltages_v[11] = 0.01 * 400,
    voltages_v[13] = 0.005 * 400;
    voltages_v[3] = voltages_v[9] = 40;
    assert_within(mb_harmonic_voltage_factor(voltages_v, 14, 400, true), 0.015753,
                  5e-7); /* procedures.md 0.4 */
    assert_within(mb_harmonic_voltage_factor(voltages_v, 14, 400, false),
                  sqrt(0.015753 * 0.015753 + 0.01 / 3 + 0.01 / 9), 1e-6);
    assert_true(isnan(mb_harmonic_voltage_factor(voltages_v, 13, 400, true)));
}

/* ---- A measured waveform with published results: 60 Hz, 0.16 s, three phases. ---- */

enum { RECORD = 8000, PUBLISHED_LINES = 612 };

static const char *const phases[] = {"a", "b", "c"};

static double *column(const struct csv_table *table, char quantity, size_t phase)
{
    double *x = calloc(RECORD, sizeof *x);
    char name[32];

    assert_int_equal(csv_table_rows(table), RECORD);
    (void)snprintf(name, sizeof name, "MODAQ_%c%s_%c", quantity, phases[phase], quantity);
    for (size_t row = 0; row < RECORD; row++)
        x[row] = csv_table_number(table, row, name);
    return x;
}

static double published(const struct csv_table *table, const char *quantity, const char *frequency,
                        size_t phase)
{
    char name[32];

    (void)snprintf(name, sizeof name, "phase_%s", phases[phase]);
    for (size_t row = 0; row < csv_table_rows(table); row++)
        if (strcmp(csv_table_text(table, row, "quantity"), quantity) == 0 &&
            strcmp(csv_table_text(table, row, "frequency_Hz"), frequency) == 0)
            return csv_table_number(table, row, name);
    fail_msg("nothing published as %s at \"%s\" Hz", quantity, frequency);
    return NAN;
}

/* The publisher's way: twice the lines of the whole record, which are 6.25 Hz apart, the nearest of them for
 * each multiple of 5 Hz up to 3055 Hz; a subgroup is three of those, for DC the last one goes before the
 * first. */
static void published_way(const double x[], double subgroup[51])
{
    const struct mb_span span = {{0, 0}, {RECORD, 0}};
    double complex *lines = calloc(490, sizeof *lines);
    double amplitude[PUBLISHED_LINES];
    struct mb_lines *engine = NULL;

    assert_int_equal(mb_lines_new(&engine), 0);
    assert_int_equal(mb_lines_prepare(engine, &span, RECORD, 490, NULL), 0);
    mb_lines_pair(engine, x, NULL, lines, NULL);
    for (size_t k = 0; k < PUBLISHED_LINES; k++) {
        size_t line = (size_t)lround(5 * (double)k / 6.25);

        amplitude[k] = cabs(lines[line]) * (line == 0 ? 2 : M_SQRT2);
    }
    for (size_t h = 0; h <= 50; h++) {
        double before = amplitude[h == 0 ? PUBLISHED_LINES - 1 : 12 * h - 1];

        subgroup[h] = sqrt(before * before + pow(amplitude[12 * h], 2) + pow(amplitude[12 * h + 1], 2));
    }
    mb_lines_free(engine);
    free(lines);
}

static void test_published_harmonics(void **state)
{
    static const char *const frequencies[] = {"0", "60", "120", "180", "240"};
    struct csv_table *table = csv_table_load("mhkit-three-phase-waveform", "2020224_181521_PowRaw.csv");
    struct csv_table *results = csv_table_load("mhkit-three-phase-waveform", "published_results.csv");

    (void)state;
    if (!table || !results)
        SKIP_TEST("the measured data is not there; set MOTORBENCH_DATA");
    for (size_t phase = 0; phase < 3; phase++) {
        double *i = column(table, 'I', phase), subgroup[51], distortion = 0;

        published_way(i, subgroup);
        for (size_t h = 0; h < LENGTH(frequencies); h++)
            assert_within(
                subgroup[h],
                published(results, "current_harmonic_subgroup_peak_amplitude", frequencies[h], phase), 5e-7);
        for (size_t h = 2; h < 50; h++)
            distortion += subgroup[h] * subgroup[h];
        assert_within(100 * sqrt(distortion) / subgroup[1],
                      published(results, "total_harmonic_current_distortion", "", phase), 5e-7);
        free(i);
    }
    csv_table_free(table);
    csv_table_free(results);
}

/* Our own way: nine cycles and a flag, for the standard wants twelve. */
static void test_measured_window_is_too_short(void **state)
{
    static const double u_v[] = {8078.1, 7816.8, 8049.4}, i_a[] = {17.753, 17.638, 17.552};
    static const double p_w[] = {-143234.8, -137710.5, -140987.7};
    struct csv_table *table = csv_table_load("mhkit-three-phase-waveform", "2020224_181521_PowRaw.csv");

    (void)state;
    if (!table)
        SKIP_TEST("the measured data is not there; set MOTORBENCH_DATA");
    for (size_t phase = 0; phase < 3; phase++) {
        double *u = column(table, 'V', phase), *i = column(table, 'I', phase);
        const struct mb_span whole = {{0, 0}, {RECORD, 0}};
        struct mb_span_weights weights;
        struct mb_element e;
        struct bench b;

        assert_int_equal(mb_span_weigh(&whole, RECORD, &weights), 0);
        mb_element_measure(&weights, u, i, &e); /* of the whole record, as the data's README gives them */
        assert_within(sqrt(e.uu), u_v[phase], 0.05);
        assert_within(sqrt(e.ii), i_a[phase], 0.0005);
        assert_within(e.ui, p_w[phase], 0.05);
        analyse(&b, 0, u, i, RECORD, 50e3, 40);
        assert_int_equal(b.u.flags, MB_WAVE_TOO_SHORT);
        assert_true(b.window.cycles >= 8 && b.window.cycles < 10);
        assert_within(b.u.wanted_s, 0.2, 0.002);
        assert_within(b.window.frequency_hz, 60, 0.5);
        assert_true(creal(mb_harmonic_power(&b.u, &b.i, 1)) < 0);
        clear(&b);
        free(u);
        free(i);
    }
    csv_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_off_nominal),
        cmocka_unit_test(test_coherent_lines),
        cmocka_unit_test(test_groups_and_carrier),
        cmocka_unit_test(test_distortion),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_published_harmonics),
        cmocka_unit_test(test_measured_window_is_too_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
