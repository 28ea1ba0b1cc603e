/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which procedure a method that was asked for is done by. */
#include "support/test.h"

#include <errno.h>
#include <string.h>

#include "procedure/method_plan.h"

#define PLANS "daemon/procedure/data"

static struct mb_motor motor_of(enum mb_motor_kind kind)
{
    struct mb_motor m;

    mb_motor_init(&m);
    m.kind = kind;
    m.rated.power_w = 11000;
    m.rated.voltage_v = 400;
    m.rated.frequency_hz = 50;
    m.rated.poles = 4;
    return m;
}

static int ask(enum mb_motor_kind kind, const char *method, struct mb_procedure **ret, struct mb_error *err)
{
    struct mb_motor motor = motor_of(kind);
    int r = mb_procedure_of_method(&(struct mb_method_wish){PLANS, "efficiency", method, &motor}, ret, err);

    mb_motor_clear(&motor);
    return r;
}

static void test_by_any_of_its_names(void **state)
{
    static const struct {
        enum mb_motor_kind kind;
        const char *asked, *id;
    } wishes[] = {
        {MB_KIND_THREE_PHASE_INDUCTION, "2-1-1A", "efficiency-2-1-1A"},
        {MB_KIND_THREE_PHASE_INDUCTION, "A", "efficiency-2-1-1A"},
        {MB_KIND_THREE_PHASE_INDUCTION, "B", "efficiency-2-1-1B"},
        {MB_KIND_THREE_PHASE_INDUCTION, "E1", "efficiency-2-1-1C"},
        {MB_KIND_THREE_PHASE_INDUCTION, "2-1-1H", "efficiency-2-1-1H"},
        {MB_KIND_CONVERTER_FED_INDUCTION, "2-3-C", "efficiency-converter-fed"},
        /* Of the plan's standard, GB/T 22670, it is the sum of losses; IEC calls that 2-3-B. */
        {MB_KIND_CONVERTER_FED_INDUCTION, "2-3-A", "efficiency-converter-losses"},
        {MB_KIND_CONVERTER_FED_INDUCTION, "2-3-B", "efficiency-converter-losses"},
        {MB_KIND_DC, "2-1-3A", "efficiency-dc"},
        {MB_KIND_DC, "2-1-3C", "efficiency-dc-losses"},
        {MB_KIND_THREE_PHASE_SYNCHRONOUS, "2-1-2B", "efficiency-synchronous-losses"},
        {MB_KIND_THREE_PHASE_SYNCHRONOUS, "2-1-1A", "efficiency-synchronous"},
        {MB_KIND_SINGLE_PHASE_SYNCHRONOUS, "2-1-1A", "efficiency-single-phase-synchronous"},
        {MB_KIND_SINGLE_PHASE_TWO_VALUE, "A", "efficiency-single-phase"},
        {MB_KIND_THREE_PHASE_INDUCTION, "G1", "efficiency-high-voltage"},
        {MB_KIND_HV_CAGE_INDUCTION, "G1", "efficiency-high-voltage"},
        {MB_KIND_HV_CAGE_INDUCTION, "B", "efficiency-2-1-1B"},
        {MB_KIND_EV_DRIVE, "ev-map", "efficiency-map"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        struct mb_procedure *p = NULL;
        struct mb_error err = {""};

        if (ask(wishes[i].kind, wishes[i].asked, &p, &err) < 0)
            fail_msg("%s: %s", wishes[i].asked, err.text);
        assert_string_equal(p->id, wishes[i].id);
        mb_procedure_free(p);
    }
}

static void test_the_name_that_was_asked_for(void **state)
{
    static const struct {
        enum mb_motor_kind kind;
        const char *asked, *method;
    } wishes[] = {
        {MB_KIND_CONVERTER_FED_INDUCTION, "2-3-A", "2-3-A"},
        {MB_KIND_CONVERTER_FED_INDUCTION, "2-3-B", "2-3-B"},
        {MB_KIND_THREE_PHASE_INDUCTION, "A", "2-1-1A"}, /* the plan has the name here */
    };

    (void)state;
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        struct mb_procedure *p = NULL;
        struct mb_error err = {""};

        assert_int_equal(ask(wishes[i].kind, wishes[i].asked, &p, &err), 0);
        assert_string_equal(p->method, wishes[i].method);
        mb_procedure_free(p);
    }
}

static void test_refused_with_the_sentence(void **state)
{
    static const struct {
        enum mb_motor_kind kind;
        const char *asked, *sentence;
    } wishes[] = {
        {MB_KIND_THREE_PHASE_INDUCTION, "2-1-1G",
         "2-1-1G is not allowed by GB/T 1032-2023: the edition of 2023 deleted Eh-star"},
        {MB_KIND_THREE_PHASE_INDUCTION, "2-1-3A",
         "has no method 2-1-3A here, allowed with it: GB/T 1311-2008"},
        {MB_KIND_THREE_PHASE_INDUCTION, "Q",
         "there is no procedure of method 'Q' for this motor, there are: 2-1-1A, 2-1-1B"},
        {MB_KIND_SINGLE_PHASE_CAPACITOR_RUN, "2-1-1B", "has no method 2-1-1B here"},
        {MB_KIND_CONVERTER_FED_INDUCTION, "2-1-1H", "has no method 2-1-1H here"},
        {MB_KIND_BLDC_FAN, "A", "there is no procedure of a method for bldc-fan motors"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        struct mb_procedure *p = NULL;
        struct mb_error err = {""};

        assert_int_equal(ask(wishes[i].kind, wishes[i].asked, &p, &err), -EINVAL);
        assert_null(p);
        if (!strstr(err.text, wishes[i].sentence))
            fail_msg("'%s' does not say '%s'", err.text, wishes[i].sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_any_of_its_names),
        cmocka_unit_test(test_the_name_that_was_asked_for),
        cmocka_unit_test(test_refused_with_the_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
