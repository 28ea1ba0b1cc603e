/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the files of standard/: a limit table, tables.csv, confirmations, the catalogue
 * of standards, a bulletin, a motor file. Each is
 * refused with one line, or read; what was read answers. The first byte chooses. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "standard/bulletin.h"
#include "standard/check.h"
#include "standard/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(const struct mb_error *err)
{
    if (!err->text[0] || strchr(err->text, '\n'))
        abort();
}

/* Rows of tables.csv: by poles and by speed, one power a row and a range. */
#define HEADER                                                                                               \
    "file,standard,id,edition,table,rows,row_kind,columns,kinds,use,frequency_hz,voltage_v,power_min_kw,"    \
    "power_max_kw,cooling,grades,least,interpolation,interpolation_mark,coefficients,may_fall_kw,source\n"
#define POLES "standard;edition;table;motor_kind;frequency_hz;poles;"
#define LAST ";grade;efficiency_percent;confidence"
static const char tables[] =
    HEADER "gb.csv,GB 18613-2020,GB 18613,2020,Table 1,Table 1,," POLES "rated_power_kw" LAST
           ",three-phase-induction,,50,<1000,0.12,1000,,1;2;3,3,linear,uncertain,,,\n"
           "iec.csv,IEC 60034-30-1:2014,IEC 60034-30-1,2014,60 Hz nominal limits,60 Hz nominal limits,," POLES
           "rated_power_min_kw;rated_power_max_kw" LAST
           ";note,three-phase-induction,,60,,,,,IE1;IE2;IE3;IE4,IE1,midpoint,verified,,,\n"
           "speed.csv,GB 30253-2024,GB "
           "30253,2024,Tables,,,standard;edition;table;motor_kind;speed_kind;speed_min_rpm;"
           "speed_max_rpm;rated_power_min_kw;rated_power_max_kw" LAST
           ",three-phase-induction,,,,,,,1;2;3,3,converter,verified,poly.csv,90-110,\n"
           "horse.csv,x,x,x,,,," POLES "rated_power_hp" LAST ",*,,,,,,,a;b,b,linear,,,,\n";
static const char cells[] = "standard,edition,table,motor_kind,frequency_hz,poles,rated_power_kw,grade,"
                            "efficiency_percent,confidence\n"
                            "GB 18613,2020,Table 1,x,50,4,11,3,91.4,uncertain\n";

static int ignore(const struct mb_check_finding *finding, void *userdata)
{
    (void)userdata;
    return finding->line == 0 ? -EIO : 0;
}

/* The file under test takes the place of the one of its name. */
static void fuzz_limits(const char *name, const char *text, size_t size)
{
    static const char *const standards[] = {"GB 18613-2020", "IEC 60034-30-1:2014", "GB 30253-2024"};
    const struct mb_limits_file files[] = {{name, text, size, false},
                                           {"tables.csv", tables, sizeof tables - 1, false},
                                           {"gb.csv", cells, sizeof cells - 1, false}};
    struct mb_limits *limits = NULL;
    struct mb_error err = {""};
    struct mb_grade grade;

    if (mb_limits_parse(files, 3, &limits, &err) < 0) {
        check_error(&err);
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        const struct mb_grade_query query = {
            standards[i], "three-phase-induction", 12000, 4, i == 1 ? 60 : 50, 0.9, .speed_rpm = 1460};
        int r = mb_grade_evaluate(limits, &query, &grade, &err);

        if ((r < 0 && r != -ENOENT) || (r == 0 && grade.verdict == MB_VERDICT_PASS && !(grade.margin >= 0)))
            abort();
    }
    if (mb_limits_check(limits, false, ignore, NULL) < 0)
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

/* The same again is no news, and nothing replaces itself. */
static void fuzz_bulletin(const char *text, size_t size)
{
    struct mb_bulletins *bulletins = NULL;
    struct mb_error err = {""};

    if (mb_bulletins_new(&bulletins) < 0)
        return;
    if (mb_bulletins_add(bulletins, "fuzz", text, size, &err) < 0)
        check_error(&err);
    else if (mb_bulletins_add(bulletins, "again", text, size, &err) != 0)
        abort();
    for (size_t i = 0; i < mb_bulletins_count(bulletins); i++) {
        const struct mb_bulletin_row *row = mb_bulletins_get(bulletins, i);
        char flag[160];

        (void)mb_bulletins_flag(bulletins, row->id, row->edition, flag, sizeof flag);
        if (mb_bulletin_replaces(row, row->id, row->edition) || strcmp(row->in_force, row->issued) < 0)
            abort();
    }
    mb_bulletins_free(bulletins);
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
        fuzz_limits("gb.csv", text, size - 1);
        break;
    case 'i':
        fuzz_limits("iec.csv", text, size - 1);
        break;
    case 'v':
        fuzz_limits("speed.csv", text, size - 1);
        break;
    case 'p':
        fuzz_limits("poly.csv", text, size - 1);
        break;
    case 't':
        fuzz_limits("tables.csv", text, size - 1);
        break;
    case 's':
        fuzz_limits("confirmations.yaml", text, size - 1);
        break;
    case 'b':
        fuzz_bulletin(text, size - 1);
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
