/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>

#include "standard/rounding.h"

static void assert_rounds(double value, int step, int exponent, double expected)
{
    double rounded = NAN;

    assert_int_equal(mb_round_decimal(value, step, exponent, &rounded), 0);
    assert_true(rounded == expected);
}

/* GB/T 8170-2008 clause 3.2, the kinds of case that it lists. */
static void to_the_nearest(void **state)
{
    (void)state;
    assert_rounds(12.1498, 1, -1, 12.1);
    assert_rounds(12.1498, 1, 0, 12);
    assert_rounds(1268, 1, 2, 1300);
    assert_rounds(10.5002, 1, 0, 11);
    assert_rounds(-355, 1, 1, -360);
    assert_rounds(-0.0365, 1, -3, -0.036);
}

static void half_way_to_the_even(void **state)
{
    (void)state;
    assert_rounds(1.050, 1, -1, 1.0);
    assert_rounds(0.35, 1, -1, 0.4);
    assert_rounds(2500, 1, 3, 2000);
    assert_rounds(3500, 1, 3, 4000);
    assert_rounds(2.675, 1, -2, 2.68); /* the double is below 2.675 */
    assert_rounds(1.005, 1, -2, 1.0);
    assert_rounds(91.45, 1, -1, 91.4);
    assert_rounds(91.55, 1, -1, 91.6);
}

static void other_intervals(void **state)
{
    (void)state;
    assert_rounds(60.25, 5, -1, 60.0); /* intervals of 0.5: clause 3.4 */
    assert_rounds(60.38, 5, -1, 60.5);
    assert_rounds(-60.75, 5, -1, -61.0);
    assert_rounds(830, 2, 1, 840); /* intervals of 20: clause 3.4 */
    assert_rounds(842, 2, 1, 840);
    assert_rounds(-930, 2, 1, -920);
}

static void a_rounded_value_stays(void **state)
{
    double once, twice;

    (void)state;
    for (int i = -5000; i <= 5000; i++) {
        assert_int_equal(mb_round_decimal(i / 777.0, 1, -3, &once), 0);
        assert_int_equal(mb_round_decimal(once, 1, -3, &twice), 0);
        assert_true(once == twice);
        assert_true(fabs(once - i / 777.0) <= 0.0005 + 1e-12);
    }
}

static void edges(void **state)
{
    double rounded = 7;

    (void)state;
    assert_rounds(0, 1, -3, 0);
    assert_rounds(4e-9, 1, 0, 0);
    assert_rounds(1e-300, 1, 0, 0);
    assert_rounds(999.96, 1, -1, 1000);
    assert_int_equal(mb_round_decimal(NAN, 1, 0, &rounded), -EINVAL);
    assert_int_equal(mb_round_decimal(INFINITY, 1, 0, &rounded), -EINVAL);
    assert_int_equal(mb_round_decimal(1, 3, 0, &rounded), -EINVAL);
    assert_int_equal(mb_round_decimal(1e6, 1, -12, &rounded), -ERANGE);
    assert_true(rounded == 7);
}

static void places_of_a_limit(void **state)
{
    (void)state;
    assert_int_equal(mb_decimal_places("91.4"), 1);
    assert_int_equal(mb_decimal_places("0.90"), 2);
    assert_int_equal(mb_decimal_places("91"), 0);
    assert_int_equal(mb_decimal_places("2.80e0"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_the_nearest),  cmocka_unit_test(half_way_to_the_even),
        cmocka_unit_test(other_intervals), cmocka_unit_test(a_rounded_value_stays),
        cmocka_unit_test(edges),           cmocka_unit_test(places_of_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
