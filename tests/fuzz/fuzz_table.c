/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the files of standard/: a limit table, the catalogue of standards, a motor file. Each is
 * refused with one line, or read; what was read answers. The first byte chooses. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "standard/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(const struct mb_error *err)
{
    if (!err->text[0] || strchr(err->text, '\n'))
        abort();
}

static void fuzz_limits(const char *name, const char *text, size_t size)
{
    const struct mb_grade_query query = {"GB 18613-2020", "three-phase-induction", 12000, 4, 50, 0.9};
    struct mb_limits *limits = NULL;
    struct mb_error err = {""};
    struct mb_grade grade;

    if (mb_limits_parse(name, text, size, &limits, &err) < 0) {
        check_error(&err);
        return;
    }
    if (mb_grade_evaluate(limits, &query, &grade, &err) < 0)
        abort();
    if (grade.verdict == MB_VERDICT_PASS && !(grade.margin >= 0))
        abort();
    mb_limits_free(limits);
}

static void fuzz_catalogue(const char *text, size_t size)
{
    struct mb_catalogue *catalogue = NULL;
    struct mb_error err = {""};
    struct mb_motor motor;
    char reason[160];

    if (mb_catalogue_parse("fuzz", text, size, &catalogue, &err) < 0) {
        check_error(&err);
        return;
    }
    mb_motor_init(&motor);
    motor.rated = (struct mb_motor_rated){.power_w = 7500, .voltage_v = 380, .frequency_hz = 50, .poles = 4};
    for (size_t i = 0; i < mb_catalogue_count(catalogue); i++)
        (void)mb_standard_covers(mb_catalogue_get(catalogue, i), &motor, reason, sizeof reason);
    mb_catalogue_free(catalogue);
}

static void fuzz_motor(const char *text, size_t size)
{
    struct mb_error err = {""};
    struct mb_motor motor;

    mb_motor_init(&motor);
    if (mb_motor_parse("fuzz", text, size, &motor, &err) < 0)
        check_error(&err);
    else if (motor.rated.poles % 2 || !(motor.rated.power_w > 0) || !(mb_motor_synchronous_speed(&motor) > 0))
        abort();
    mb_motor_clear(&motor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;

    if (size == 0)
        return 0;
    switch (data[0]) {
    case 'g':
        fuzz_limits("gb18613-2020_table1_three_phase.csv", text, size - 1);
        break;
    case 'i':
        fuzz_limits("iec60034-30-1_60hz.csv", text, size - 1);
        break;
    case 'c':
        fuzz_catalogue(text, size - 1);
        break;
    default:
        fuzz_motor(text, size - 1);
        break;
    }
    return 0;
}
