/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <math.h>

#include "core/readable.h"

static void units_that_a_person_reads(void **state)
{
    static const struct {
        const char *unit, *shown;
        double value, limit, number;
    } rows[] = {
        {"m/s", "mm/s", 0.0015, 0.0028, 1.5}, /* three digits of m/s would say 0.002 of 0.003 */
        {"A", "mA", 0.012, 0.0035, 12},
        {"A", "uA", 2e-6, NAN, 2},
        {"A", "A", 25, NAN, 25},
        {"ohm", "Mohm", 5e9, 1e6, 5000},
        {"ohm", "ohm", 0.032, 0.1, 0.032},
        {"ohm", "Gohm", 5e10, NAN, 50},
        {"m", "um", 2.5e-5, 4.5e-5, 25},
        {"m", "mm", 0.0064, NAN, 6.4},
        {"K", "K", 66.4, 105, 66.4},
        {"", "", 1, NAN, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mb_readable way = mb_readable_pair(rows[i].unit, rows[i].value, rows[i].limit);

        assert_string_equal(way.unit, rows[i].shown);
        assert_true(fabs(way.factor * rows[i].value - rows[i].number) <= 1e-9 * rows[i].number);
    }
    assert_string_equal(mb_readable_unit("A", NAN).unit, "A");
    assert_string_equal(mb_readable_unit("A", 0).unit, "A");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(units_that_a_person_reads)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
