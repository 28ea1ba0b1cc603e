/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies of safety testers, and the two judges. The lines are those of the makers and of recorded dialogues.
 */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/safety.h"
#include "scpi/safety_reply.h"

enum { GPT, CHROMA, TOS, PROFILE_COUNT };

struct profiles {
    struct mb_profile *p[PROFILE_COUNT];
};

static struct profiles loaded;

static int setup(void **state)
{
    static const char *const ids[] = {"gwinstek-gpt9800", "chroma-19032", "kikusui-tos9300"};
    struct mb_error err = {""};

    for (int i = 0; i < PROFILE_COUNT; i++)
        if (mb_profile_load("driver/profiles", ids[i], &loaded.p[i], &err) < 0)
            fail_msg("%s", err.text);
    *state = &loaded;
    return 0;
}

static int teardown(void **state)
{
    struct profiles *all = *state;

    for (int i = 0; i < PROFILE_COUNT; i++)
        all->p[i] = mb_profile_free(all->p[i]);
    return 0;
}

struct row {
    const char *text;
    enum mb_safety_kind kind;
    int error;
    enum mb_safety_verdict verdict;
    double applied, value, elapsed; /* NAN: no valid value */
    bool in_ramp;
};

static void expect(const char *text, const struct mb_reading *r, double value)
{
    bool valid = r->validity == MB_VALID;

    if (valid != !isnan(value) || (valid && fabs(r->value - value) > 1e-9 * fabs(value)))
        fail_msg("'%s': %g (%s), expected is %g", text, r->value, mb_validity_name(r->validity), value);
}

static void check(const struct mb_profile *p, size_t reply, const struct row *rows, size_t n)
{
    struct mb_safety_result result;
    struct mb_error err;

    for (size_t i = 0; i < n; i++) {
        const struct row *row = &rows[i];
        const struct mb_safety_mode *mode = mb_safety_mode_find(p->safety, row->kind);

        mb_safety_result_init(&result);
        err.text[0] = '\0';
        if (mb_safety_reply_read(p, &p->safety->results[reply], mode, row->text, &result, &err) != row->error)
            fail_msg("'%s': %s", row->text, err.text);
        if (result.verdict != row->verdict)
            fail_msg("'%s': %s", row->text, mb_safety_verdict_name(result.verdict));
        expect(row->text, &result.applied, row->applied);
        expect(row->text, &result.value, row->value);
        expect(row->text, &result.elapsed, row->elapsed);
        assert_int_equal(result.in_ramp, row->in_ramp);
    }
}

static void test_gpt(void **state)
{
    static const struct row rows[] = {
        {"ACW,TEST ,1.000kV,0.002 mA ,T=001.7S", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_RUNNING, 1000, 2e-6,
         1.7, false},
        {"ACW, FAIL , 0.024kV ,0.013 mA ,R=000.1S", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_FAIL, 24, 13e-6, 0.1,
         true},
        {"ACW,PASS,1.500kV,2.827mA,T=060.0S", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_PASS, 1500, 2.827e-3, 60,
         false},
        {"IR, PASS ,0.505kV ,0999M ohm ,T=001.0S", MB_SAFETY_INSULATION, 0, MB_SAFETY_PASS, 505, 999e6, 1,
         false},
        {"GB,PASS,25.00A,20.0mohm,T=001.0S", MB_SAFETY_EARTH_BOND, 0, MB_SAFETY_PASS, 25, 0.02, 1, false},
        {"ACW,VIEW ,0.000kV,0.000 mA ,T=000.0S", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_NOT_MEASURED, 0, 0, 0,
         false},
        /* a word that is not known, a value that cannot be read, a unit of another quantity */
        {"ACW,GOOD,1.500kV,2.827mA,T=060.0S", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_NOT_MEASURED, 1500,
         2.827e-3, 60, false},
        {"ACW,PASS,----,2.827kV,060.0S", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_PASS, NAN, NAN, NAN, false},
        {"ACW,PASS,kV,1.2e400mA,T=S", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_PASS, NAN, NAN, NAN, false},
        {"ACW,PASS", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_PASS, NAN, NAN, NAN, false},
        /* of another test; no verdict at all */
        {"DCW,PASS,1.500kV,2.827mA,T=060.0S", MB_SAFETY_AC_WITHSTAND, -EPROTO, MB_SAFETY_NOT_MEASURED, NAN,
         NAN, NAN, false},
        {"ACW", MB_SAFETY_AC_WITHSTAND, -EPROTO, MB_SAFETY_NOT_MEASURED, NAN, NAN, NAN, false},
        {"", MB_SAFETY_AC_WITHSTAND, -EPROTO, MB_SAFETY_NOT_MEASURED, NAN, NAN, NAN, false},
    };
    struct profiles *all = *state;

    check(all->p[GPT], 0, rows, sizeof rows / sizeof *rows);
}

static void test_chroma_codes(void **state)
{
    static const struct {
        int first, last;
        enum mb_safety_verdict verdict;
    } ranges[] = {{0, 16, MB_SAFETY_NOT_MEASURED},    {17, 17, MB_SAFETY_FAIL_HIGH},
                  {18, 18, MB_SAFETY_FAIL_LOW},       {19, 19, MB_SAFETY_FAIL_ARC},
                  {20, 22, MB_SAFETY_FAIL},           {23, 23, MB_SAFETY_FAIL_BREAKDOWN},
                  {24, 32, MB_SAFETY_NOT_MEASURED},   {33, 33, MB_SAFETY_FAIL_HIGH},
                  {34, 34, MB_SAFETY_FAIL_LOW},       {49, 49, MB_SAFETY_FAIL_HIGH},
                  {50, 50, MB_SAFETY_FAIL_LOW},       {52, 55, MB_SAFETY_FAIL},
                  {65, 65, MB_SAFETY_FAIL_HIGH},      {66, 66, MB_SAFETY_FAIL_LOW},
                  {67, 96, MB_SAFETY_NOT_MEASURED},   {97, 98, MB_SAFETY_FAIL},
                  {112, 113, MB_SAFETY_ABORTED},      {114, 114, MB_SAFETY_INTERLOCK},
                  {115, 115, MB_SAFETY_RUNNING},      {116, 116, MB_SAFETY_PASS},
                  {117, 120, MB_SAFETY_NOT_MEASURED}, {121, 123, MB_SAFETY_FAIL},
                  {124, 1160, MB_SAFETY_NOT_MEASURED}};
    struct profiles *all = *state;
    char text[16];

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (int code = ranges[i].first; code <= ranges[i].last; code++) {
            const struct row row = {text, MB_SAFETY_AC_WITHSTAND, 0, ranges[i].verdict, NAN, NAN, NAN, false};

            (void)snprintf(text, sizeof text, "%d", code);
            check(all->p[CHROMA], 0, &row, 1);
        }
}

/* A blank inside of a number is no part of it: 116 would be a pass. */
static void test_torn_code(void **state)
{
    static const struct row rows[] = {
        {"1 16", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_NOT_MEASURED, NAN, NAN, NAN, false},
        {"1\t1\t6", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_NOT_MEASURED, NAN, NAN, NAN, false},
        {" 116 ", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_PASS, NAN, NAN, NAN, false},
    };
    struct profiles *all = *state;

    check(all->p[CHROMA], 0, rows, sizeof rows / sizeof *rows);
}

static void test_chroma_values(void **state)
{
    static const struct row modes[] = {
        {"AC", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_NOT_MEASURED, NAN, NAN, NAN, false},
        {"DC", MB_SAFETY_AC_WITHSTAND, -EPROTO, MB_SAFETY_NOT_MEASURED, NAN, NAN, NAN, false},
        {"GB,DC", MB_SAFETY_EARTH_BOND, 0, MB_SAFETY_NOT_MEASURED, NAN, NAN, NAN, false},
    };
    static const struct row values[] = {
        {"+1.400000E-04", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_NOT_MEASURED, NAN, 1.4e-4, NAN, false},
        {"+6.540001E-02,+9.900000E+37", MB_SAFETY_EARTH_BOND, 0, MB_SAFETY_NOT_MEASURED, NAN, 6.540001e-2,
         NAN, false},
        {"+9.900000E+37", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_NOT_MEASURED, NAN, NAN, NAN, false},
        {"+9.910000", MB_SAFETY_AC_WITHSTAND, 0, MB_SAFETY_NOT_MEASURED, NAN, 9.91, NAN, false},
    };
    struct profiles *all = *state;

    check(all->p[CHROMA], 1, modes, sizeof modes / sizeof *modes);
    check(all->p[CHROMA], 3, values, sizeof values / sizeof *values);
}

/* The set-up of step 1 as a 19032-P sends it. */
static void test_chroma_set_up(void **state)
{
    static const char text[] =
        "1,AC,+3.000000E+03,+1.000000E-02,+3.000000E-04,+0.000000E+00,+2.300000E+05,+2.000000E+00,"
        "+0.000000E+00,+0.000000E+00,+0.000000E+00,(0),(0)";
    static const double expected[MB_SAFETY_PARAMETER_COUNT] = {[MB_SAFETY_VOLTAGE] = 3000,
                                                               [MB_SAFETY_LIMIT_HIGH] = 0.01,
                                                               [MB_SAFETY_LIMIT_LOW] = 3e-4,
                                                               [MB_SAFETY_HOLD] = 2};
    struct profiles *all = *state;
    const struct mb_safety_mode *m = mb_safety_mode_find(all->p[CHROMA]->safety, MB_SAFETY_AC_WITHSTAND);
    struct mb_reading value;

    assert_int_equal(m->parameter_count, 6);
    for (size_t i = 0; i < m->parameter_count; i++) {
        assert_int_equal(mb_safety_reply_number(all->p[CHROMA], &m->parameters[i].back, text, &value, NULL),
                         0);
        expect(text, &value, expected[m->parameters[i].of]);
    }
}

static void test_tos(void **state)
{
    static const struct row rows[] = {
        {"+3,+1,DCW,+2024,+1,+28,+12,+42,+6,+4.85010E+01,+1.91900E-06,+2.52640E+07,+2.00000E+00,PASS",
         MB_SAFETY_DC_WITHSTAND, 0, MB_SAFETY_PASS, 48.501, 1.919e-6, 2, false},
        {"+3,+1,IR,+2024,+1,+28,+12,+42,+6,+4.85010E+01,+1.91900E-06,+2.52640E+07,+2.00000E+00,L-FAIL",
         MB_SAFETY_INSULATION, 0, MB_SAFETY_FAIL_LOW, 48.501, 2.5264e7, 2, false},
        {"+3,+1,DCW,+2024,+1,+28,+12,+42,+6,+4.85010E+01,+1.91900E-06,+2.52640E+07,+2.00000E+00",
         MB_SAFETY_DC_WITHSTAND, -EPROTO, MB_SAFETY_NOT_MEASURED, NAN, NAN, NAN, false},
    };
    struct profiles *all = *state;

    check(all->p[TOS], 0, rows, sizeof rows / sizeof *rows);
}

static struct mb_reading reading(double value)
{
    return (struct mb_reading){
        .value = value, .standard_uncertainty = NAN, .validity = isnan(value) ? MB_NO_DATA : MB_VALID};
}

static void test_two_judges(void **state)
{
    const struct mb_safety_test ac = {.kind = MB_SAFETY_AC_WITHSTAND,
                                      .voltage_v = 1500,
                                      .limit_high = 5e-3,
                                      .limit_low = 1e-4,
                                      .hold_s = 60,
                                      .voltage_tolerance = 0.03};
    const struct {
        enum mb_safety_verdict tester;
        double applied, value, elapsed;
        enum mb_safety_verdict expected;
    } rows[] = {
        {MB_SAFETY_PASS, 1500, 2e-3, 60, MB_SAFETY_PASS},
        {MB_SAFETY_PASS, 1500, 2e-3, NAN, MB_SAFETY_PASS},
        {MB_SAFETY_PASS, 1500, 6e-3, 60, MB_SAFETY_FAIL_HIGH},
        {MB_SAFETY_PASS, 1500, 1e-5, 60, MB_SAFETY_FAIL_LOW},
        {MB_SAFETY_PASS, 1500, NAN, 60, MB_SAFETY_NOT_MEASURED},
        {MB_SAFETY_PASS, 1400, 2e-3, 60, MB_SAFETY_NOT_MEASURED},
        {MB_SAFETY_PASS, NAN, 2e-3, 60, MB_SAFETY_NOT_MEASURED},
        {MB_SAFETY_PASS, 1500, 2e-3, 30, MB_SAFETY_NOT_MEASURED},
        {MB_SAFETY_FAIL, 1500, 2e-3, 60, MB_SAFETY_FAIL},
        {MB_SAFETY_NOT_MEASURED, 1500, 2e-3, 60, MB_SAFETY_NOT_MEASURED},
        {MB_SAFETY_ABORTED, 1500, 2e-3, 60, MB_SAFETY_ABORTED},
    };
    struct mb_safety_result result;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mb_safety_result_init(&result);
        result.verdict = rows[i].tester;
        result.applied = reading(rows[i].applied);
        result.value = reading(rows[i].value);
        result.elapsed = reading(rows[i].elapsed);
        if (mb_safety_judge(&ac, &result) != rows[i].expected)
            fail_msg("row %zu: %s", i, mb_safety_verdict_name(mb_safety_judge(&ac, &result)));
    }
    mb_safety_result_init(&result);
    result.verdict = MB_SAFETY_PASS;
    result.applied = reading(1500);
    result.value = reading(2e-3);
    result.in_ramp = true;
    assert_int_equal(mb_safety_judge(&ac, &result), MB_SAFETY_NOT_MEASURED);
}

/* More ohms than the tester can show is no missing value where only a low limit counts. */
static void test_endless_insulation(void **state)
{
    struct mb_safety_test ir = {
        .kind = MB_SAFETY_INSULATION, .voltage_v = 500, .limit_high = NAN, .limit_low = 20e6, .hold_s = 60};
    struct mb_safety_result result;

    (void)state;
    mb_safety_result_init(&result);
    result.verdict = MB_SAFETY_PASS;
    result.value.validity = MB_OVER_RANGE;
    assert_int_equal(mb_safety_judge(&ir, &result), MB_SAFETY_PASS);
    ir.limit_high = 1e9;
    assert_int_equal(mb_safety_judge(&ir, &result), MB_SAFETY_NOT_MEASURED);
    ir.kind = MB_SAFETY_EARTH_BOND;
    ir.limit_high = NAN;
    assert_int_equal(mb_safety_judge(&ir, &result), MB_SAFETY_NOT_MEASURED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gpt),           cmocka_unit_test(test_chroma_codes),
        cmocka_unit_test(test_torn_code),     cmocka_unit_test(test_chroma_values),
        cmocka_unit_test(test_chroma_set_up), cmocka_unit_test(test_tos),
        cmocka_unit_test(test_two_judges),    cmocka_unit_test(test_endless_insulation),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
