/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors of instrument transformers: three phases of phasors go through them, what an analyser reads of the
 * secondary side is corrected, and the primary side has to come out. */
#include "support/test.h"

#include <complex.h>
#include <math.h>

#include "bench/transformer.h"

#undef I /* of complex.h */
enum { U, I, P, S, PF, F, CHANNELS };
static const struct mb_channel channels[CHANNELS] = {
    [U] = {"voltage-1", MB_VOLTAGE},          [I] = {"current-1", MB_CURRENT},
    [P] = {"active-power", MB_ACTIVE_POWER},  [S] = {"apparent-power", MB_APPARENT_POWER},
    [PF] = {"power-factor", MB_POWER_FACTOR}, [F] = {"frequency", MB_FREQUENCY},
};

static const struct mb_transformers class_half = {
    .voltage = {.ratio = 60, .ratio_error = 0.004, .displacement_rad = -0.004},
    .current = {.ratio = 15, .ratio_error = -0.003, .displacement_rad = 0.005},
};

static void near_to(double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%.12g is not within %g of %.12g", value, relative, expected);
}

static void read_phasors(double complex u_v, double complex i_a, struct mb_reading readings[CHANNELS])
{
    double complex power = u_v * conj(i_a); /* of one phase; line to line is the root of three of it */
    double s_va = cabs(power);
    const double values[CHANNELS] = {[U] = sqrt(3) * cabs(u_v),
                                     [I] = cabs(i_a),
                                     [P] = 3 * creal(power),
                                     [S] = 3 * s_va,
                                     [PF] = s_va > 0 ? creal(power) / s_va : NAN,
                                     [F] = 50};

    for (int c = 0; c < CHANNELS; c++)
        readings[c] = (struct mb_reading){.value = values[c], .standard_uncertainty = 0};
}

static double complex secondary(const struct mb_transformer *t, double complex primary)
{
    return primary / t->ratio * (1 + t->ratio_error) * cexp(_Complex_I * t->displacement_rad);
}

/* Corrected readings of a motor whose current lags by this angle. */
static void through(const struct mb_transformers *real, const struct mb_transformers *known, double phi_rad,
                    struct mb_reading ret[CHANNELS])
{
    double complex u_v = 6000 / sqrt(3), i_a = 50 * cexp(-_Complex_I * phi_rad);

    read_phasors(secondary(&real->voltage, u_v), secondary(&real->current, i_a), ret);
    mb_transformers_correct(known, channels, CHANNELS, ret);
}

static double true_w(double phi_rad)
{
    return sqrt(3) * 6000 * 50 * cos(phi_rad);
}

/* Full load, no load, and an induction machine that is driven and gives power back. */
static void test_the_primary_side(void **state)
{
    static const double angles_rad[] = {0.5, 1.45, 1.52, 2.6};
    struct mb_reading r[CHANNELS];

    (void)state;
    for (size_t a = 0; a < sizeof angles_rad / sizeof *angles_rad; a++) {
        through(&class_half, &class_half, angles_rad[a], r);
        near_to(r[U].value, 6000, 1e-12);
        near_to(r[I].value, 50, 1e-12);
        near_to(r[S].value, sqrt(3) * 6000 * 50, 1e-12);
        near_to(r[P].value, true_w(angles_rad[a]), 1e-9);
        near_to(r[PF].value, cos(angles_rad[a]), 1e-9);
        assert_true(r[F].value == 50);
    }
}

/* Nine thousandths of a radian are half a percent at full load, but a sixth at a power factor of 0.05. */
static void test_displacement_at_no_load(void **state)
{
    const double no_load_rad = acos(0.05), full_load_rad = acos(0.88);
    struct mb_transformers blind = class_half;
    struct mb_reading r[CHANNELS];

    (void)state;
    blind.voltage.displacement_rad = blind.current.displacement_rad = 0;
    through(&class_half, &blind, full_load_rad, r);
    near_to(r[P].value / true_w(full_load_rad), 1 + 0.009 * tan(full_load_rad), 1e-4);
    through(&class_half, &blind, no_load_rad, r);
    near_to(r[P].value / true_w(no_load_rad), 1.1797, 1e-4);
    /* Equal ones turn nothing. */
    blind.voltage.displacement_rad = blind.current.displacement_rad = 0.02;
    through(&blind, &class_half, no_load_rad, r);
    assert_false(mb_transformers_turn(&blind));
    through(&blind, &blind, no_load_rad, r);
    near_to(r[P].value, true_w(no_load_rad), 1e-12);
}

/* A certificate's uncertainties: those of the ratios in everything, that of the angle in power by Q. */
static void test_uncertainty(void **state)
{
    const double phi_rad = acos(0.05), p_w = true_w(phi_rad), q_var = p_w * tan(phi_rad);
    struct mb_transformers t = {.voltage = {.ratio = 60, .ratio_uncertainty = 0.0003},
                                .current = {.ratio = 15, .ratio_uncertainty = 0.0004}};
    struct mb_reading r[CHANNELS];

    (void)state;
    through(&t, &t, phi_rad, r);
    near_to(r[U].standard_uncertainty, 6000 * 0.0003, 1e-9);
    near_to(r[I].standard_uncertainty, 50 * 0.0004, 1e-9);
    near_to(r[P].standard_uncertainty, p_w * 0.0005, 1e-9);
    t.voltage.displacement_uncertainty_rad = 0.0003;
    t.current.displacement_uncertainty_rad = 0.0004;
    through(&t, &t, phi_rad, r);
    near_to(r[P].standard_uncertainty, hypot(p_w * 0.0005, q_var * 0.0005), 1e-9);
    near_to(r[S].standard_uncertainty, sqrt(3) * 6000 * 50 * 0.0005, 1e-9);
}

/* The instrument's own stands beside them, and what is not known stays unknown. */
static void test_the_instruments_own_uncertainty(void **state)
{
    const struct mb_transformers t = {.voltage = {.ratio = 60, .ratio_uncertainty = 0.0003},
                                      .current = {.ratio = 15}};
    struct mb_reading r[CHANNELS];

    (void)state;
    read_phasors(100 / sqrt(3), 3, r);
    r[U].standard_uncertainty = 0.04;
    r[I].standard_uncertainty = NAN;
    mb_transformers_correct(&t, channels, CHANNELS, r);
    near_to(r[U].standard_uncertainty, hypot(60 * 0.04, 6000 * 0.0003), 1e-12);
    assert_true(isnan(r[I].standard_uncertainty) && r[I].value == 45);
}

/* Without a good apparent power there is no angle, and so no power; without displacement none is needed. */
static void test_without_apparent_power(void **state)
{
    struct mb_transformers t = class_half;
    struct mb_reading r[CHANNELS];

    (void)state;
    read_phasors(100 / sqrt(3), 3, r);
    r[S].validity = MB_OVER_RANGE;
    mb_transformers_correct(&t, channels, CHANNELS, r);
    assert_int_equal(r[P].validity, MB_OVER_RANGE);
    assert_int_equal(r[U].validity, MB_VALID);
    t.voltage.displacement_rad = t.current.displacement_rad = 0;
    read_phasors(100 / sqrt(3), 3, r);
    r[S].validity = MB_OVER_RANGE;
    mb_transformers_correct(&t, channels, CHANNELS, r);
    assert_int_equal(r[P].validity, MB_VALID);
}

/* Bit for bit as the instrument says it where nothing is before it. */
static void test_none(void **state)
{
    static const struct mb_transformers none = {.voltage = {.ratio = 1}, .current = {.ratio = 1}};
    struct mb_reading before[CHANNELS], after[CHANNELS];

    (void)state;
    assert_false(mb_transformers_any(&none) || mb_transformers_turn(&none));
    assert_true(mb_transformers_any(&class_half) && mb_transformers_turn(&class_half));
    read_phasors(230.1, 3.7 * cexp(-_Complex_I * 1.1), before);
    read_phasors(230.1, 3.7 * cexp(-_Complex_I * 1.1), after);
    mb_transformers_correct(&none, channels, CHANNELS, after);
    for (int c = 0; c < CHANNELS; c++)
        assert_true(after[c].value == before[c].value && after[c].standard_uncertainty == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_primary_side),
        cmocka_unit_test(test_displacement_at_no_load),
        cmocka_unit_test(test_uncertainty),
        cmocka_unit_test(test_the_instruments_own_uncertainty),
        cmocka_unit_test(test_without_apparent_power),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
