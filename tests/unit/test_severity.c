/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "method/vibration.h"

#define POINTS 6

struct bench {
    struct mb_severity_point points[POINTS];
    struct mb_severity_input input;
};

/* A four-pole motor: 1.0 to 1.5 mm/s, the highest at the non-drive end, along the shaft. */
static void set_up(struct bench *b)
{
    for (int i = 0; i < POINTS; i++)
        b->points[i] = (struct mb_severity_point){.end = (enum mb_severity_end)(i / 3),
                                                  .axis = (enum mb_severity_axis)(i % 3),
                                                  .velocity_mps = {1e-3 + 1e-4 * i, 2.1e-3, 1.2e-3},
                                                  .displacement_m = {30e-6 - 1e-6 * i, 21e-6, 12e-6},
                                                  .record_s = 10,
                                                  .band_low_hz = 10,
                                                  .band_high_hz = 1000};
    b->input = (struct mb_severity_input){.points = b->points,
                                          .point_count = POINTS,
                                          .speed_rpm = 1495,
                                          .rated_speed_rpm = NAN,
                                          .poles = 4,
                                          .induction = true,
                                          .slip = 0.003,
                                          .supply_hz = 50};
}

static struct mb_severity_result evaluate(const struct bench *b)
{
    struct mb_severity_result result;

    memset(&result, 0x55, sizeof result);
    mb_severity_evaluate(&b->input, &result);
    return result;
}

static void assert_reason(const struct bench *b, const char *word)
{
    struct mb_severity_result result = evaluate(b);

    assert_false(result.valid);
    assert_int_equal(result.reasons.count, 1);
    assert_string_equal(result.reasons.items[0].word, word);
    assert_true(strlen(result.reasons.items[0].text) > 10);
}

static void the_maximum_of_all_points_counts(void **state)
{
    struct mb_severity_result result;
    struct bench b;

    (void)state;
    set_up(&b);
    result = evaluate(&b);
    assert_true(result.valid && !result.beat);
    assert_true(result.velocity_mps == 1.5e-3 && result.displacement_m == 30e-6);
    assert_int_equal(result.velocity_end, MB_SEVERITY_OTHER_END);
    assert_int_equal(result.velocity_axis, MB_SEVERITY_Z);
    assert_int_equal(result.displacement_end, MB_SEVERITY_DRIVE_END);
    assert_int_equal(result.displacement_axis, MB_SEVERITY_X);
    assert_string_equal(mb_severity_place(result.velocity_end, result.velocity_axis), "non-drive end Z");
}

/* (2.1, 1.2) gives 1.710: procedures.md D. */
static void two_poles_beat(void **state)
{
    struct mb_severity_result result;
    struct bench b;

    (void)state;
    assert_true(fabs(mb_severity_beat(2.1, 1.2) - 1.710) < 0.0005);
    set_up(&b);
    b.input.poles = 2;
    b.input.speed_rpm = 2995;
    b.input.slip = 0.001; /* a beat lasts 10 s, as the records do */
    result = evaluate(&b);
    assert_true(result.valid && result.beat);
    assert_true(fabs(result.beat_period_s - 10) < 1e-9);
    assert_true(fabs(result.velocity_mps - 1.710e-3) < 0.0005e-3);
    assert_true(fabs(result.displacement_m - 17.10e-6) < 0.005e-6);
    b.input.slip = 0.00099;
    assert_reason(&b, "record-too-short");
    b.input.slip = NAN;
    assert_reason(&b, "slip");
    b.input.slip = 0;
    assert_reason(&b, "slip");
    b.input.induction = false;
    assert_true(evaluate(&b).valid);
}

static void every_point_is_wanted(void **state)
{
    struct mb_severity_result result;
    struct bench b;

    (void)state;
    set_up(&b);
    b.input.point_count = 5; /* without the non-drive end Z */
    assert_reason(&b, "points");
    b.input.axial_inaccessible = true;
    result = evaluate(&b);
    assert_true(result.valid);
    assert_true(result.velocity_mps == 1.4e-3);
    assert_false(result.values[MB_SEVERITY_OTHER_END][MB_SEVERITY_Z].present);
    b.points[2].axis = MB_SEVERITY_X; /* now both axial ones */
    assert_reason(&b, "points");
    set_up(&b);
    b.input.axial_inaccessible = true;
    b.points[1].axis = MB_SEVERITY_X; /* not an axial one */
    assert_reason(&b, "points");
    b.input.point_count = 0;
    assert_true(isnan(evaluate(&b).velocity_mps));
}

static void of_several_readings_of_a_point_the_higher_counts(void **state)
{
    struct mb_severity_result result;
    struct mb_severity_point points[POINTS + 2];
    struct bench b;

    (void)state;
    set_up(&b);
    memcpy(points, b.points, sizeof b.points);
    points[POINTS] = points[0];
    points[POINTS].velocity_mps.rms = 5e-3;
    points[0].displacement_m.rms = 50e-6;
    points[POINTS + 1] = b.points[0];
    b.input.points = points;
    b.input.point_count = POINTS + 2;
    result = evaluate(&b);
    assert_true(result.valid);
    assert_true(result.velocity_mps == 5e-3 && result.displacement_m == 50e-6);
}

static void the_band_fits_the_speed(void **state)
{
    struct bench b;

    (void)state;
    assert_true(mb_severity_low_hz(600) == 2 && mb_severity_low_hz(601) == 10);
    set_up(&b);
    b.input.rated_speed_rpm = 600;
    assert_reason(&b, "band");
    for (int i = 0; i < POINTS; i++)
        b.points[i].band_low_hz = 2;
    assert_true(evaluate(&b).valid);
    b.points[3].band_high_hz = 900;
    assert_reason(&b, "band");
    set_up(&b);
    b.input.speed_rpm = NAN;
    assert_reason(&b, "band");
}

static void a_reading_that_is_none_is_no_zero(void **state)
{
    struct bench b;

    (void)state;
    set_up(&b);
    b.points[5].velocity_mps.rms = NAN;
    b.input.axial_inaccessible = true; /* that alone would do without the point */
    assert_reason(&b, "reading");
    b.points[5].velocity_mps.rms = -1;
    assert_reason(&b, "reading");
    b.points[5].velocity_mps.rms = INFINITY;
    assert_reason(&b, "reading");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_maximum_of_all_points_counts),
        cmocka_unit_test(two_poles_beat),
        cmocka_unit_test(every_point_is_wanted),
        cmocka_unit_test(of_several_readings_of_a_point_the_higher_counts),
        cmocka_unit_test(the_band_fits_the_speed),
        cmocka_unit_test(a_reading_that_is_none_is_no_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
