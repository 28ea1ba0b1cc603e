/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "dsp/bearing.h"
#include "dsp/envelope.h"

static const struct mb_envelope_setting setting = {
    .rate_hz = 25600, .low_hz = 2000, .high_hz = 4000, .max_hz = 500, .resolution_hz = 1};

static struct mb_envelope *begin(void)
{
    struct mb_envelope *e = NULL;

    assert_int_equal(mb_envelope_new(&setting, &e), 0);
    return e;
}

/* 10 (1 + 0.3 cos(2 pi f t)) cos(2 pi 3000 t), beside a strong line outside of the band. */
static void push_modulated(struct mb_envelope *e, double f, double seconds)
{
    double block[640];

    for (size_t first = 0; first < (size_t)(seconds * setting.rate_hz); first += 640) {
        for (size_t i = 0; i < 640; i++) {
            double t = (double)(first + i) / setting.rate_hz;

            block[i] = 10 * (1 + 0.3 * cos(2 * M_PI * f * t)) * cos(2 * M_PI * 3000 * t) +
                       10 * sin(2 * M_PI * 50 * t);
        }
        mb_envelope_push(e, block, 640, 0);
    }
}

/* On a place of the spectrum and between two. */
static void modulation_is_a_line_of_its_depth(void **state)
{
    static const double frequencies[] = {40, 107.5, 236.27};

    (void)state;
    for (size_t i = 0; i < sizeof frequencies / sizeof *frequencies; i++) {
        struct mb_envelope_spectrum spectrum;
        struct mb_envelope *e = begin();

        push_modulated(e, frequencies[i], 4);
        mb_envelope_spectrum(e, &spectrum);
        assert_int_equal(spectrum.flags, 0);
        assert_true(spectrum.step_hz <= 1 && spectrum.blocks >= 3);
        assert_true(fabs(mb_envelope_line(&spectrum, frequencies[i], 2) - 3) < 0.06);
        assert_true(mb_envelope_line(&spectrum, 75, 5) < 0.02);
        assert_true(mb_envelope_line(&spectrum, 2 * spectrum.step_hz, spectrum.step_hz / 2) <
                    0.02); /* the mean is no line */
        assert_true(mb_envelope_line(&spectrum, 2 * frequencies[i], 3) < 0.05 || frequencies[i] > 236);
        assert_null(mb_envelope_free(e));
    }
}

/* A resonance of 3 kHz knocked at the rate of an outer ring defect, in noise: its lines stand out, those of
 * the inner ring do not. */
static void knocks_show_at_the_rate_of_the_defect(void **state)
{
    struct mb_bearing bearing = {9, 7.94e-3, 38.5e-3, 0};
    struct mb_bearing_frequencies defects;
    struct mb_envelope_spectrum spectrum;
    struct mb_envelope *e = begin();
    double block[640], since = 0, outer, inner;

    (void)state;
    srand(3);
    assert_int_equal(mb_bearing_frequencies(&bearing, 24.9, &defects), 0);
    for (int k = 0; k < 40 * 6; k++) {
        for (size_t i = 0; i < 640; i++, since += 1 / setting.rate_hz) {
            if (since >= 1 / defects.bpfo_hz)
                since -= 1 / defects.bpfo_hz;
            block[i] =
                5 * exp(-since * 1500) * sin(2 * M_PI * 3000 * since) + rand() / (double)RAND_MAX - 0.5;
        }
        mb_envelope_push(e, block, 640, 0);
    }
    mb_envelope_spectrum(e, &spectrum);
    outer = mb_envelope_line(&spectrum, defects.bpfo_hz, 1);
    inner = mb_envelope_line(&spectrum, defects.bpfi_hz, 1);
    assert_true(outer > 0.3 && outer > 20 * inner);
    assert_true(mb_envelope_line(&spectrum, 2 * defects.bpfo_hz, 1) > 10 * inner);
    mb_envelope_free(e);
}

static void blocks_of_any_size_give_the_same_bits(void **state)
{
    struct mb_envelope *one = begin(), *other = begin();
    struct mb_envelope_spectrum a, b;
    double *samples = calloc(60000, sizeof *samples);

    (void)state;
    assert_non_null(samples);
    srand(5);
    for (size_t i = 0; i < 60000; i++)
        samples[i] = rand() / (double)RAND_MAX;
    mb_envelope_push(one, samples, 60000, 0);
    for (size_t i = 0; i < 60000; i += 333)
        mb_envelope_push(other, samples + i, 60000 - i < 333 ? 60000 - i : 333, 0);
    mb_envelope_spectrum(one, &a);
    mb_envelope_spectrum(other, &b);
    assert_int_equal(a.blocks, b.blocks);
    assert_memory_equal(a.power, b.power, a.count * sizeof *a.power);
    free(samples);
    mb_envelope_free(one);
    mb_envelope_free(other);
}

static void what_cannot_be_judged_is_flagged(void **state)
{
    struct mb_envelope *e = begin();
    struct mb_envelope_spectrum spectrum;
    double bad = NAN;

    (void)state;
    push_modulated(e, 40, 0.5);
    mb_envelope_spectrum(e, &spectrum);
    assert_int_equal(spectrum.flags, MB_WAVE_TOO_SHORT);
    assert_true(spectrum.wanted_s > 1 && spectrum.wanted_s < 1.5);
    push_modulated(e, 40, 1);
    mb_envelope_push(e, &bad, 1, 0);
    mb_envelope_spectrum(e, &spectrum);
    assert_int_equal(spectrum.flags, MB_WAVE_NOT_FINITE);
    assert_true(spectrum.power[40] == 0);
    assert_true(isnan(mb_envelope_line(&spectrum, 600, 1)));
    assert_true(isnan(mb_envelope_line(&spectrum, 0, 1)));
    mb_envelope_free(e);
}

static void impossible_settings_are_refused(void **state)
{
    struct mb_envelope_setting cases[] = {setting, setting, setting, setting, setting, setting, setting};
    struct mb_envelope *e = NULL;

    (void)state;
    cases[0].low_hz = 900; /* its double frequency is in the spectrum */
    cases[1].high_hz = 12800;
    cases[2].high_hz = 2000;
    cases[3].resolution_hz = 0;
    cases[4].resolution_hz = 1e-6;
    cases[5].max_hz = NAN;
    cases[6].rate_hz = INFINITY;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(mb_envelope_new(&cases[i], &e), -EINVAL);
        assert_null(e);
    }
    assert_null(mb_envelope_free(NULL));
}

/* The drive-end bearing of the test stand of Case Western Reserve University, with the published multiples of
 * the shaft frequency (its ball figure counts both rings; recalled, not looked up). */
static void bearing_frequencies_follow_the_geometry(void **state)
{
    struct mb_bearing bearing = {9, 0.3126 * 25.4e-3, 1.537 * 25.4e-3, 0}, crowded = {20, 8e-3, 39e-3, 0},
                      none = {0, 1, 2, 0};
    struct mb_bearing_frequencies f;

    (void)state;
    assert_int_equal(mb_bearing_frequencies(&bearing, 1, &f), 0);
    assert_true(fabs(f.ftf_hz - 0.39828) < 5e-5);
    assert_true(fabs(f.bpfo_hz - 3.5848) < 5e-5);
    assert_true(fabs(f.bpfi_hz - 5.4152) < 5e-5);
    assert_true(fabs(2 * f.bsf_hz - 4.7135) < 1e-4);
    assert_true(fabs(f.bpfo_hz + f.bpfi_hz - 9) < 1e-12);
    assert_int_equal(mb_bearing_frequencies(&crowded, 1, &f), -EINVAL);
    assert_int_equal(mb_bearing_frequencies(&none, 1, &f), -EINVAL);
    bearing.contact_angle_rad = NAN;
    assert_int_equal(mb_bearing_frequencies(&bearing, 1, &f), -EINVAL);
}

static void broken_bars_are_two_slips_off(void **state)
{
    struct mb_sidebands current = mb_bar_sidebands(50, 0.04, 50, 1),
                        vibration = mb_bar_sidebands(24, 0.04, 50, 2);

    (void)state;
    assert_true(fabs(current.lower_hz - 46) < 1e-9 && fabs(current.upper_hz - 54) < 1e-9);
    assert_true(fabs(vibration.lower_hz - 16) < 1e-9 && fabs(vibration.upper_hz - 32) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modulation_is_a_line_of_its_depth),
        cmocka_unit_test(knocks_show_at_the_rate_of_the_defect),
        cmocka_unit_test(blocks_of_any_size_give_the_same_bits),
        cmocka_unit_test(what_cannot_be_judged_is_flagged),
        cmocka_unit_test(impossible_settings_are_refused),
        cmocka_unit_test(bearing_frequencies_follow_the_geometry),
        cmocka_unit_test(broken_bars_are_two_slips_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
