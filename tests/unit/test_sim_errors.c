/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "sim/errors.h"
#include "sim/random.h"

/* xoshiro256++ from state 1, 2, 3, 4: the published reference sequence. */
static void generator_gives_its_reference_sequence(void **state)
{
    static const uint64_t expected[] = {41943041u, 58720359u, 3588806011781223u, 3591011842654386u};
    struct sim_random random = {{1, 2, 3, 4}};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_true(sim_random_next(&random) == expected[i]);
}

static void seeds_and_streams_are_apart(void **state)
{
    struct sim_random a, b, c, d;

    (void)state;
    sim_random_seed(&a, 1, 2);
    sim_random_seed(&b, 1, 2);
    sim_random_seed(&c, 2, 1);
    sim_random_seed(&d, 1, 3);
    uint64_t first = sim_random_next(&a);
    assert_true(first == sim_random_next(&b));
    assert_true(first != sim_random_next(&c) && first != sim_random_next(&d));
}

static void numbers_have_their_distribution(void **state)
{
    struct sim_random random;
    double sum = 0, squares = 0, uniform = 0, tails = 0;
    const int n = 200000;

    (void)state;
    sim_random_seed(&random, 5, 0);
    for (int i = 0; i < n; i++) {
        double x = sim_random_normal(&random), u = sim_random_uniform(&random);

        assert_true(isfinite(x) && u >= 0 && u < 1);
        sum += x / n;
        squares += x * x / n;
        uniform += u / n;
        tails += fabs(x) > 1.96 ? 1.0 / n : 0;
    }
    assert_true(fabs(sum) < 0.01 && fabs(squares - 1) < 0.01 && fabs(uniform - 0.5) < 0.003);
    assert_true(fabs(tails - 0.05) < 0.003);
}

static void class_zero_is_ideal(void **state)
{
    struct sim_errors e;

    (void)state;
    sim_errors_draw(3, 0, 100, &e);
    for (int q = 0; q < MB_QUANTITY_COUNT; q++)
        assert_true(sim_errors_apply(&e, (enum mb_quantity)q, 42.5, 3.0) == 42.5);
}

static void draws_fill_the_class_and_no_more(void **state)
{
    double least = 1, most = -1, zero_most = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct sim_errors e;

        sim_errors_draw(seed, 0.2, 100, &e);
        least = fmin(least, e.of[MB_ACTIVE_POWER].gain);
        most = fmax(most, e.of[MB_ACTIVE_POWER].gain);
        zero_most = fmax(zero_most, fabs(e.of[MB_TORQUE].zero));
        assert_true(e.of[MB_ACTIVE_POWER].gain != e.of[MB_TORQUE].gain);
        assert_true(e.of[MB_SPEED].gain == 0 && e.of[MB_POWER_FACTOR].gain == 0 &&
                    e.of[MB_VOLTAGE].zero == 0);
    }
    assert_true(least >= -0.002 && least < -0.0019 && most <= 0.002 && most > 0.0019);
    assert_true(zero_most <= 0.04 && zero_most > 0.035); /* 0.04 % of 100 N m */
}

static void same_seed_is_the_same_bench(void **state)
{
    struct sim_errors a, b, c;

    (void)state;
    sim_errors_draw(9, 0.1, 50, &a);
    sim_errors_draw(9, 0.1, 50, &b);
    sim_errors_draw(10, 0.1, 50, &c);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_true(a.of[MB_VOLTAGE].gain != c.of[MB_VOLTAGE].gain);
}

static void reading_is_gain_zero_and_noise(void **state)
{
    struct sim_errors e = {
        {[MB_TORQUE] = {.gain = 0.01, .zero = 0.5, .noise_relative = 0.03, .noise_absolute = 4}}};

    (void)state;
    assert_true(fabs(sim_errors_apply(&e, MB_TORQUE, 100, 0) - 101.5) < 1e-12);
    assert_true(fabs(sim_errors_apply(&e, MB_TORQUE, 100, 2) - 111.5) < 1e-12); /* 3 and 4 add as squares */
    assert_true(fabs(sim_errors_apply(&e, MB_TORQUE, -100, -1) + 105.5) < 1e-12);
}

static double always_upper_end(void *userdata)
{
    (void)userdata;
    return 1;
}

static void limits_are_the_half_widths(void **state)
{
    struct sim_errors limits, e;

    (void)state;
    sim_errors_limits(0.1, 150, &limits);
    sim_errors_draw_from(&limits, always_upper_end, NULL, &e);
    assert_memory_equal(&limits, &e, sizeof(e));
    assert_true(fabs(limits.of[MB_RESISTANCE].gain - 0.001) < 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator_gives_its_reference_sequence),
        cmocka_unit_test(seeds_and_streams_are_apart),
        cmocka_unit_test(numbers_have_their_distribution),
        cmocka_unit_test(class_zero_is_ideal),
        cmocka_unit_test(draws_fill_the_class_and_no_more),
        cmocka_unit_test(same_seed_is_the_same_bench),
        cmocka_unit_test(reading_is_gain_zero_and_noise),
        cmocka_unit_test(limits_are_the_half_widths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
