/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "method/noise.h"

/* The check of procedures.md E. */
static const double levels_db[] = {68.2, 67.9, 69.0, 68.5, 67.2, 68.8, 69.3, 68.1, 66.9};
static const double background_db = 60.0;

static struct mb_noise_input check_input(void)
{
    return (struct mb_noise_input){.level_db = levels_db,
                                   .position_count = 9,
                                   .background_db = &background_db,
                                   .background_count = 1,
                                   .surface = MB_NOISE_BOX,
                                   .length_m = 0.5,
                                   .width_m = 0.35,
                                   .height_m = 0.35,
                                   .distance_m = 1,
                                   .radius_m = NAN,
                                   .room = MB_NOISE_ROOM_REVERBERATION,
                                   .volume_m3 = 400,
                                   .reverberation_s = 0.6,
                                   .absorption = NAN,
                                   .room_surface_m2 = NAN,
                                   .k2_max_db = NAN};
}

static void assert_close(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.6g is not within %g of %.6g", value, tolerance, expected);
}

static struct mb_noise_result evaluate(const struct mb_noise_input *input)
{
    struct mb_noise_result result;

    memset(&result, 0x55, sizeof result);
    mb_noise_evaluate(input, &result);
    return result;
}

static void assert_reason(const struct mb_noise_result *result, const char *word)
{
    assert_false(result->valid);
    assert_int_equal(result->reasons.count, 1);
    assert_string_equal(result->reasons.items[0].word, word);
    assert_true(strlen(result->reasons.items[0].text) > 20);
}

static void the_check_comes_out_to_its_printed_digits(void **state)
{
    struct mb_noise_input input = check_input();
    struct mb_noise_result result = evaluate(&input);

    (void)state;
    assert_true(result.valid);
    assert_false(result.upper_bound);
    assert_close(result.mean_db, 68.275, 0.0005);
    assert_close(result.k1_db, 0.700, 0.0005);
    assert_close(result.surface_m2, 18.970, 0.0005);
    assert_close(result.absorption_m2, 106.667, 0.0005);
    assert_close(result.k2_db, 2.333, 0.0005);
    assert_close(result.lwa_db, 78.02, 0.005);
    assert_close(result.lpa_db, 78.02 - 10 * log10(18.970), 0.005);
}

/* 0 above 15 dB, the formula from 6 to 15 dB with both ends, an upper bound below. */
static void the_background_is_corrected_for(void **state)
{
    static const struct {
        double difference_db, k1_db;
        bool valid;
    } cases[] = {{20, 0, true},     {15.01, 0, true},      {15, 0.1396, true},
                 {6, 1.2563, true}, {5.99, 1.2563, false}, {-3, 1.2563, false}};
    double flat_db[9];

    (void)state;
    for (size_t i = 0; i < 9; i++)
        flat_db[i] = 70;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double below_db = 70 - cases[i].difference_db;
        struct mb_noise_input input = check_input();
        struct mb_noise_result result;

        input.level_db = flat_db;
        input.background_db = &below_db;
        result = evaluate(&input);
        assert_close(result.k1_db, cases[i].k1_db, 5e-5);
        assert_int_equal(result.upper_bound, !cases[i].valid);
        if (cases[i].valid)
            assert_true(result.valid);
        else
            assert_reason(&result, "background");
        assert_true(isfinite(result.lwa_db));
    }
}

/* The 2 s intervals of a published measurement of 12 s: Cirrus sound level meter, det_global_2000ms and
 * det_global_general in python-acoustics (BSD-3-Clause): LAeq 35.37 dB, LCeq 42.18 dB. */
static void intervals_average_as_published(void **state)
{
    static const double laeq_db[] = {34.16, 36.72, 35.84, 35.25, 35.08, 34.72};
    static const double lceq_db[] = {39.40, 43.47, 40.79, 40.27, 45.18, 40.93};

    (void)state;
    assert_close(mb_noise_energy_mean_db(laeq_db, 6), 35.37, 0.005);
    assert_close(mb_noise_energy_mean_db(lceq_db, 6), 42.18, 0.01);
}

/* K1 belongs to energy averages, not to single positions. */
static void a_background_at_every_position_is_averaged(void **state)
{
    static const double uneven_db[] = {50, 50, 50, 50, 50, 50, 50, 50, 65};
    struct mb_noise_input input = check_input();
    struct mb_noise_result result;

    (void)state;
    input.background_db = uneven_db;
    input.background_count = 9;
    result = evaluate(&input);
    assert_true(result.valid);
    assert_close(result.background_db, 56.437, 0.001);
    input.background_count = 5;
    result = evaluate(&input);
    assert_reason(&result, "missing-data");
}

static void a_hemisphere_and_rooms_of_all_kinds(void **state)
{
    struct mb_noise_input input = check_input();
    struct mb_noise_result result;

    (void)state;
    input.surface = MB_NOISE_HEMISPHERE;
    input.radius_m = 2;
    input.distance_m = NAN;
    input.room = MB_NOISE_ROOM_ABSORPTION;
    input.absorption = 0.2;
    input.room_surface_m2 = 500;
    result = evaluate(&input);
    assert_true(result.valid);
    assert_close(result.surface_m2, 25.1327, 1e-4);
    assert_close(result.k2_db, 10 * log10(1 + 4 * 25.1327 / 100), 1e-4);
    input.room = MB_NOISE_ROOM_FREE;
    result = evaluate(&input);
    assert_true(result.valid && result.k2_db == 0);
    assert_close(result.lwa_db, result.mean_db - result.k1_db + 14.0024, 1e-3);
}

static void a_room_with_too_much_echo_is_not_valid(void **state)
{
    struct mb_noise_input input = check_input();
    struct mb_noise_result result;

    (void)state;
    input.reverberation_s = 1.4;
    result = evaluate(&input);
    assert_true(result.k2_db > 4);
    assert_reason(&result, "environment");
    input.reverberation_s = 0.6;
    input.k2_max_db = 2; /* ISO 3744:1994 */
    result = evaluate(&input);
    assert_reason(&result, "environment");
}

static void too_few_positions_or_the_wrong_distance(void **state)
{
    struct mb_noise_input input = check_input();
    struct mb_noise_result result;

    (void)state;
    input.position_count = 8;
    result = evaluate(&input);
    assert_reason(&result, "positions");
    input = check_input();
    input.distance_m = 1.1;
    result = evaluate(&input);
    assert_reason(&result, "distance");
    input.distance_m = 0.2;
    result = evaluate(&input);
    assert_reason(&result, "distance");
}

static void what_is_missing_gives_no_number(void **state)
{
    static const double bad_db[] = {68, 67, NAN, 68, 67, 68, 69, 68, 66};
    struct mb_noise_input inputs[7];
    size_t n = sizeof inputs / sizeof *inputs;

    (void)state;
    for (size_t i = 0; i < n; i++)
        inputs[i] = check_input();
    inputs[0].level_db = bad_db;
    inputs[1].background_count = 0;
    inputs[2].reverberation_s = 0;
    inputs[3].volume_m3 = NAN;
    inputs[4].height_m = -1;
    inputs[5].room = MB_NOISE_ROOM_ABSORPTION;
    inputs[5].absorption = 1.5;
    inputs[5].room_surface_m2 = 500;
    inputs[6].surface = MB_NOISE_HEMISPHERE;
    for (size_t i = 0; i < n; i++) {
        struct mb_noise_result result = evaluate(&inputs[i]);

        assert_reason(&result, "missing-data");
        assert_true(isnan(result.lwa_db));
    }
    assert_true(isnan(mb_noise_energy_mean_db(NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_comes_out_to_its_printed_digits),
        cmocka_unit_test(the_background_is_corrected_for),
        cmocka_unit_test(intervals_average_as_published),
        cmocka_unit_test(a_background_at_every_position_is_averaged),
        cmocka_unit_test(a_hemisphere_and_rooms_of_all_kinds),
        cmocka_unit_test(a_room_with_too_much_echo_is_not_valid),
        cmocka_unit_test(too_few_positions_or_the_wrong_distance),
        cmocka_unit_test(what_is_missing_gives_no_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
