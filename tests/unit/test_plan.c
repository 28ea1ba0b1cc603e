/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "standard/plan.h"
#include "support/standard_data.h"

#define DAY "2026-11-21"
#define HEADER                                                                                               \
    "id,edition,title,level,role,in_force,until,kinds,duty,frequency_hz,power_min_kw,power_max_kw,voltage_"  \
    "v,poles,"                                                                                               \
    "excluded_cooling,mark,source\n"

/* rated: inside of the braces; more: further lines of the motor map; sample: text after the motor. */
static struct mb_plan *plan_of(const struct mb_standards *data, const char *kind, const char *rated,
                               const char *more, const char *sample)
{
    struct mb_plan *plan = NULL;
    struct mb_error err = {""};
    struct mb_motor motor;
    char text[2000];
    int n = snprintf(text, sizeof text, "motor:\n  id: m\n  kind: %s\n  rated: {%s}\n%s%s", kind, rated, more,
                     sample);

    mb_motor_init(&motor);
    if (mb_motor_parse("m.yaml", text, (size_t)n, &motor, &err) < 0 ||
        mb_plan_make(&motor, data, DAY, &plan, &err) < 0)
        fail_msg("%s", err.text);
    mb_motor_clear(&motor);
    return plan;
}

static struct mb_plan *induction(const struct mb_standards *data, const char *rated, const char *more)
{
    return plan_of(data, "three-phase-induction", rated, more, "");
}

#define KW7 "power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4"

static const struct mb_plan_standard *standard(const struct mb_plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->standard_count; i++)
        if (strcmp(plan->standards[i].id, id) == 0)
            return &plan->standards[i];
    fail_msg("%s is not in the plan", id);
    return NULL;
}

static const struct mb_plan_item *item(const struct mb_plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->item_count; i++)
        if (strcmp(plan->items[i].id, id) == 0)
            return &plan->items[i];
    fail_msg("%s is not in the plan", id);
    return NULL;
}

static const char *advice(const struct mb_plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->advice_count; i++)
        if (strcmp(plan->advice[i].id, id) == 0)
            return plan->advice[i].text;
    return NULL;
}

static const struct mb_plan_scheme *scheme(const struct mb_plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->scheme_count; i++)
        if (strcmp(plan->schemes[i].id, id) == 0)
            return &plan->schemes[i];
    fail_msg("%s is not in the plan", id);
    return NULL;
}

static void an_ordinary_motor(void **state)
{
    struct mb_plan *plan = induction(*state, KW7, "  sealing_ring: removed\n  production_date: 2026-03-14\n");
    const struct mb_plan_item *first = &plan->items[0];

    assert_int_equal(standard(plan, "GB 18613")->basis, MB_BASIS_MANDATORY);
    assert_string_equal(standard(plan, "GB 18613")->edition, "2020");
    assert_int_equal(standard(plan, "GB/T 1032")->basis, MB_BASIS_INDIRECT);
    assert_string_equal(standard(plan, "GB/T 1032")->edition, "2023");
    assert_int_equal(standard(plan, "JB/T 13299")->basis, MB_BASIS_NONE);
    assert_true(scheme(plan, "CEL")->applies);
    assert_false(scheme(plan, "CCC")->applies);
    assert_int_equal(plan->item_count, 1);
    assert_string_equal(first->id, "efficiency");
    assert_string_equal(first->standard, "GB/T 1032");
    assert_string_equal(first->edition, "2023");
    assert_string_equal(first->clause, "A1 method B");
    assert_string_equal(first->procedure, "efficiency-2-1-1B");
    assert_string_equal(first->unit, "1");
    assert_string_equal(first->mark, "verified");
    assert_true(first->limit == 0.904);
    assert_int_equal(first->need_count, 7);
    assert_string_equal(first->needs[6], "ohmmeter");
    assert_int_equal(plan->advice_count, 0);
    mb_plan_free(plan);
}

/* GB/T 1032-2023 prefers B up to 2000 kW and G1 above. */
static void high_voltage_by_size(void **state)
{
    static const struct {
        const char *rated, *procedure;
    } sizes[] = {
        {"power_w: 2000e3, voltage_v: 6000, frequency_hz: 50, poles: 4", "efficiency-2-1-1B"},
        {"power_w: 2240e3, voltage_v: 6000, frequency_hz: 50, poles: 4", "efficiency-high-voltage"},
    };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct mb_plan *plan = plan_of(*state, "hv-cage-induction", sizes[i].rated, "", "");

        assert_string_equal(item(plan, "efficiency")->procedure, sizes[i].procedure);
        mb_plan_free(plan);
    }
}

static void claims_bind_or_not_by_their_level(void **state)
{
    struct mb_plan *plan =
        induction(*state, KW7,
                  "  claims: [JB/T 13299-2017, NB/T 1234-2020, DB31/T 123-2020, T/CEEIA 410-2019,\n"
                  "           Q/ABC 1-2020, IEC 60034-1:2022, GB 18613-2012, JB/T 1012-2007, GB/T 755]\n");

    assert_int_equal(standard(plan, "JB/T 13299")->basis, MB_BASIS_CLAIMED);
    assert_string_equal(standard(plan, "JB/T 13299")->edition, "2017");
    assert_int_equal(standard(plan, "NB/T 1234")->basis, MB_BASIS_CLAIMED);
    assert_int_equal(standard(plan, "GB/T 755")->basis, MB_BASIS_CLAIMED);
    assert_string_equal(standard(plan, "GB/T 755")->edition, "2025");
    assert_int_equal(standard(plan, "DB31/T 123")->basis, MB_BASIS_NONE);
    assert_non_null(strstr(standard(plan, "DB31/T 123")->reason, "local"));
    assert_int_equal(standard(plan, "T/CEEIA 410")->basis, MB_BASIS_NONE);
    assert_non_null(strstr(standard(plan, "T/CEEIA 410")->reason, "association"));
    assert_int_equal(standard(plan, "Q/ABC 1")->basis, MB_BASIS_NONE);
    assert_int_equal(standard(plan, "IEC 60034-1")->basis, MB_BASIS_NONE);
    assert_string_equal(standard(plan, "GB 18613")->edition,
                        "2012"); /* the claimed one, named first and rejected */
    assert_int_equal(standard(plan, "GB 18613")->basis, MB_BASIS_NONE);
    assert_int_equal(standard(plan, "JB/T 1012")->basis, MB_BASIS_NONE); /* capacitor motors */
    assert_true(plan->items[0].limit == 0.904);
    mb_plan_free(plan);
}

static void a_task_may_name_a_standard(void **state)
{
    struct mb_plan *plan = plan_of(*state, "three-phase-induction", KW7, "  claims: [DB31/T 123-2020]\n",
                                   "sample: {task: \"green list by T/CEEIA 410 and DB31/T 123\"}\n");

    assert_int_equal(standard(plan, "T/CEEIA 410")->basis, MB_BASIS_TASK);
    assert_int_equal(standard(plan, "DB31/T 123")->basis, MB_BASIS_NONE);
    mb_plan_free(plan);
    plan = plan_of(*state, "three-phase-induction", KW7, "", "sample: {task: T/CEEIA 4101}\n");
    assert_int_equal(standard(plan, "T/CEEIA 410")->basis, MB_BASIS_NONE);
    mb_plan_free(plan);
}

static void the_scope_of_the_mandatory_limit(void **state)
{
    static const struct {
        const char *rated, *more, *word;
    } cases[] = {
        {"power_w: 7500, voltage_v: 380, frequency_hz: 60, poles: 4", "", "50 Hz only"},
        {"power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 10", "", "2;4;6;8"},
        {"power_w: 1000001, voltage_v: 660, frequency_hz: 50, poles: 4", "", "1e+06"},
        {"power_w: 100, voltage_v: 380, frequency_hz: 50, poles: 4", "", "120 W"},
        {"power_w: 7500, voltage_v: 1000, frequency_hz: 50, poles: 4", "", "<1000"},
        {KW7 ", duty: S3", "", "duty"},
        {KW7, "  frame: {cooling: IC611}\n", "IC611"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_plan *plan = induction(*state, cases[i].rated, cases[i].more);

        if (standard(plan, "GB 18613")->basis != MB_BASIS_NONE ||
            !strstr(standard(plan, "GB 18613")->reason, cases[i].word))
            fail_msg("case %zu: %s", i, standard(plan, "GB 18613")->reason);
        assert_false(scheme(plan, "CEL")->applies);
        assert_true(isnan(item(plan, "efficiency")->limit));
        assert_string_equal(item(plan, "efficiency")->mark, "absent");
        mb_plan_free(plan);
    }
}

static void the_production_date_chooses_the_edition(void **state)
{
    struct mb_plan *plan = induction(*state, KW7, "  production_date: 2021-05-31\n");

    assert_string_equal(standard(plan, "GB 18613")->edition, "2012");
    assert_int_equal(standard(plan, "GB 18613")->basis, MB_BASIS_MANDATORY);
    assert_true(isnan(plan->items[0].limit));
    assert_non_null(strstr(plan->items[0].note, "GB 18613-2012"));
    mb_plan_free(plan);
    plan = induction(*state, KW7, "  production_date: 2021-06-01\n");
    assert_string_equal(standard(plan, "GB 18613")->edition, "2020");
    mb_plan_free(plan);
    plan = induction(*state, KW7, "  production_date: 2001-01-01\n");
    assert_int_equal(standard(plan, "GB 18613")->basis, MB_BASIS_NONE);
    assert_non_null(strstr(standard(plan, "GB 18613")->reason, "production date"));
    mb_plan_free(plan);
}

static void a_listed_power_decides_others_do_not(void **state)
{
    struct mb_plan *plan =
        induction(*state, "power_w: 13000, voltage_v: 380, frequency_hz: 50, poles: 4", "");

    assert_string_equal(plan->items[0].mark, "uncertain");
    assert_true(fabs(plan->items[0].limit - 0.9175) < 1e-12);
    assert_non_null(strstr(plan->items[0].note, "13 kW"));
    mb_plan_free(plan);
}

/* 1.1 kW at 1500 r/min by the synchronous speed: 2.2 kW with 2 poles, 0.733 kW with 6, 1.32 kW with 4 at 60
 * Hz. */
static void certification_converts_by_synchronous_speed(void **state)
{
    static const struct {
        const char *kind, *rated, *more;
        bool applies;
    } cases[] = {
        {"three-phase-induction",
         "power_w: 1100, voltage_v: 380, frequency_hz: 50, poles: 4, speed_rpm: 1400", "", true},
        {"three-phase-induction", "power_w: 1101, voltage_v: 380, frequency_hz: 50, poles: 4", "", false},
        {"three-phase-induction", "power_w: 2200, voltage_v: 380, frequency_hz: 50, poles: 2", "", true},
        {"three-phase-induction", "power_w: 2201, voltage_v: 380, frequency_hz: 50, poles: 2", "", false},
        {"three-phase-induction", "power_w: 733, voltage_v: 380, frequency_hz: 50, poles: 6", "", true},
        {"three-phase-induction", "power_w: 750, voltage_v: 380, frequency_hz: 50, poles: 6", "", false},
        {"three-phase-induction", "power_w: 550, voltage_v: 380, frequency_hz: 50, poles: 8", "", true},
        {"three-phase-induction", "power_w: 1320, voltage_v: 380, frequency_hz: 60, poles: 4", "", true},
        {"three-phase-induction", "power_w: 750, voltage_v: 36, frequency_hz: 50, poles: 4", "", false},
        {"three-phase-induction", "power_w: 750, voltage_v: 1000, frequency_hz: 50, poles: 4", "", false},
        {"three-phase-induction", "power_w: 750, voltage_v: 380, frequency_hz: 50, poles: 4",
         "  sold_for: [ship]\n", false},
        {"three-phase-induction", "power_w: 750, voltage_v: 380, frequency_hz: 50, poles: 4",
         "  sold_for: [drive]\n", true},
        {"dc", "power_w: 1100, voltage_v: 1200, frequency_hz: 50, poles: 2", "", true},
        {"dc", "power_w: 2200, voltage_v: 220, frequency_hz: 50, poles: 2", "", false},
        {"ac-commutator", "power_w: 2200, voltage_v: 220, frequency_hz: 50, poles: 2", "", false},
        {"ev-drive", "power_w: 500, voltage_v: 300, frequency_hz: 50, poles: 8", "", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_plan *plan = plan_of(*state, cases[i].kind, cases[i].rated, cases[i].more, "");

        if (scheme(plan, "CCC")->applies != cases[i].applies)
            fail_msg("case %zu: %s", i, scheme(plan, "CCC")->reason);
        mb_plan_free(plan);
    }
}

static void a_use_that_chooses_nothing_is_told(void **state)
{
    static const struct {
        const char *use;
        bool told;
    } cases[] = {{"  sold_for: [lift]\n", true}, {"  sold_for: [drive, elevator]\n", false}, {"", false}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_plan *plan =
            plan_of(*state, "pm-converter-fed", "power_w: 5500, voltage_v: 340, frequency_hz: 25, poles: 20",
                    cases[i].use, "");
        const char *sentence = "";

        for (size_t k = 0; k < plan->papers.count; k++)
            if (strcmp(plan->papers.findings[k].id, "sold-for") == 0)
                sentence = plan->papers.findings[k].sentence;
        assert_true((strstr(sentence, "'lift'") && strstr(sentence, "elevator")) == cases[i].told);
        mb_plan_free(plan);
    }
}

static void certification_brings_its_safety_standard(void **state)
{
    struct mb_plan *plan = induction(*state, "power_w: 750, voltage_v: 380, frequency_hz: 50, poles: 4", "");

    assert_int_equal(standard(plan, "GB/T 12350")->basis, MB_BASIS_CERTIFICATION);
    assert_int_equal(standard(plan, "GB/T 14711")->basis, MB_BASIS_NONE);
    mb_plan_free(plan);
    plan = induction(*state, "power_w: 2200, voltage_v: 380, frequency_hz: 50, poles: 2", "");
    assert_int_equal(standard(plan, "GB/T 12350")->basis, MB_BASIS_NONE);
    assert_int_equal(standard(plan, "GB/T 14711")->basis, MB_BASIS_CERTIFICATION);
    mb_plan_free(plan);
}

/* procedures F1 and F2: twelve items of the list of 2023, in the order of work, with the editions that it
 * dates. */
static void a_random_sample_is_inspected_by_a_list(void **state)
{
    static const char *const order[] = {
        "junction-box", "rotation",           "grounding", "noise",           "vibration",
        "thermal",      "efficiency",         "rating",    "contact-current", "insulation-resistance",
        "dielectric",   "mechanical-strength"};
    struct mb_plan *plan =
        plan_of(*state, "three-phase-induction", KW7 ", current_a: 14.8, speed_rpm: 1465, thermal_class: F",
                "  frame: {shaft_height_mm: 132, cooling: IC411}\n", "sample: {origin: random}\n");

    assert_int_equal(plan->item_count, sizeof order / sizeof *order);
    for (size_t i = 0; i < plan->item_count; i++)
        assert_string_equal(plan->items[i].id, order[i]);
    assert_int_equal(standard(plan, "GB/T 14711")->basis, MB_BASIS_TASK);
    assert_string_equal(standard(plan, "GB/T 14711")->edition, "2013");
    assert_non_null(strstr(standard(plan, "GB/T 14711")->reason, "freezes"));
    assert_string_equal(item(plan, "efficiency")->edition, "2012");
    assert_string_equal(item(plan, "grounding")->clause, "9.11");
    assert_true(item(plan, "grounding")->limit == 0.1);
    assert_string_equal(item(plan, "grounding")->unit, "ohm");
    assert_string_equal(item(plan, "grounding")->sense, "upper");
    assert_non_null(strstr(item(plan, "grounding")->source, MB_REQUIREMENTS_FILE ":"));
    assert_true(item(plan, "dielectric")->limit == 1760);
    assert_string_equal(item(plan, "dielectric")->sense, "set");
    assert_true(item(plan, "thermal")->limit == 105);
    assert_true(fabs(item(plan, "insulation-resistance")->limit - 380000) < 1);
    assert_non_null(strstr(item(plan, "insulation-resistance")->note, "may not decide"));
    assert_string_equal(item(plan, "vibration")->mark, "U");
    mb_plan_free(plan);
}

/* GB/T 18488-2024 deleted the temperature rise. */
static void an_edition_has_its_own_items(void **state)
{
    static const char *const editions[] = {"2015", "2024"};

    for (size_t i = 0; i < 2; i++) {
        char claims[60];
        struct mb_plan *plan;
        bool asked = false;

        (void)snprintf(claims, sizeof claims, "  claims: [GB/T 18488-%s]\n", editions[i]);
        plan = plan_of(*state, "ev-drive", "power_w: 60000, voltage_v: 350, frequency_hz: 200, poles: 8",
                       claims, "");
        for (size_t k = 0; k < plan->item_count; k++)
            asked = asked || strcmp(plan->items[k].id, "thermal") == 0;
        assert_true(asked == (i == 0));
        assert_string_equal(item(plan, "drive-envelope")->edition, editions[i]);
        assert_string_equal(item(plan, "dielectric")->limit_standard, "GB/T 18488");
        assert_string_equal(item(plan, "efficiency")->standard, "GB/T 18488");
        mb_plan_free(plan);
    }
}

static void the_papers_may_name_another_list(void **state)
{
    struct mb_plan *plan =
        plan_of(*state, "three-phase-induction", KW7, "", "sample: {item_list: supervision-2021}\n");

    assert_int_equal(plan->item_count, 11);
    assert_string_equal(standard(plan, "GB/T 1971")->edition, "2006");
    assert_string_equal(item(plan, "rotation")->standard, "GB/T 14711");
    mb_plan_free(plan);
}

/* Whatever the kind, the plan names a standard that applies, or says of each why not. */
static void every_kind_of_motor_has_a_standard_or_a_reason(void **state)
{
    for (int kind = 0; kind < MB_KIND_COUNT; kind++) {
        struct mb_plan *plan = plan_of(*state, mb_motor_kind_names[kind],
                                       "power_w: 750, voltage_v: 380, frequency_hz: 50, poles: 4", "", "");

        assert_true(plan->standard_count > 0);
        for (size_t i = 0; i < plan->standard_count; i++)
            assert_true(strlen(plan->standards[i].reason) > 10);
        mb_plan_free(plan);
    }
}

static void advice_about_the_sealing_ring(void **state)
{
    struct mb_plan *plan = induction(*state, KW7 ", efficiency: 0.9", "  sealing_ring: fitted\n");

    assert_non_null(strstr(advice(plan, "sealing-ring"), "removing the ring"));
    assert_non_null(strstr(advice(plan, "declared-efficiency"), "0.904"));
    mb_plan_free(plan);
    plan = induction(*state, KW7, "");
    assert_non_null(strstr(advice(plan, "sealing-ring"), "refused"));
    mb_plan_free(plan);
    plan = induction(*state, KW7 ", efficiency: 0.904", "  sealing_ring: none\n");
    assert_null(advice(plan, "sealing-ring"));
    assert_null(advice(plan, "declared-efficiency"));
    mb_plan_free(plan);
}

static void references_as_people_write_them(void **state)
{
    static const struct {
        const char *text, *id, *edition;
        enum mb_level level;
    } cases[] = {
        {"GB 18613-2020", "GB 18613", "2020", MB_LEVEL_MANDATORY},
        {"gb18613", "GB 18613", "", MB_LEVEL_MANDATORY},
        {"GB/T  1032-2023", "GB/T 1032", "2023", MB_LEVEL_VOLUNTARY},
        {"JB/T13299-2017", "JB/T 13299", "2017", MB_LEVEL_SECTORAL},
        {"T/CEEIA 410-2019", "T/CEEIA 410", "2019", MB_LEVEL_ASSOCIATION},
        {"Q/ABC 1-2020", "Q/ABC 1", "2020", MB_LEVEL_ENTERPRISE},
        {"IEC 60034-30-1:2014", "IEC 60034-30-1", "2014", MB_LEVEL_INTERNATIONAL},
        {"DB31/T 5-2020", "DB31/T5", "2020", MB_LEVEL_LOCAL},
    };
    char id[40], edition[16];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(mb_standard_reference(cases[i].text, id, edition));
        assert_string_equal(id, cases[i].id);
        assert_string_equal(edition, cases[i].edition);
        assert_int_equal(mb_standard_level(id), cases[i].level);
    }
    assert_false(mb_standard_reference("", id, edition));
    assert_false(mb_standard_reference("A 1111111111111111111111111111111111111111111111", id, edition));
}

static void broken_catalogues_are_refused_with_the_line(void **state)
{
#define ROW(level, role, date, kinds, volts)                                                                 \
    "X 1,2020,Title," level "," role "," date ",," kinds ",,,,," volts ",,,V,src\n"
    static const struct {
        const char *text, *word;
    } cases[] = {
        {ROW("royal", "safety", "", "*", ""), "royal"},
        {ROW("voluntary", "music", "", "*", ""), "music"},
        {ROW("voluntary", "safety", "2020-13-01", "*", ""), "YYYY-MM-DD"},
        {ROW("voluntary", "safety", "", "dc;steam", ""), "steam"},
        {ROW("voluntary", "safety", "", "", ""), "kinds"},
        {ROW("voluntary", "safety", "", "*", "1000"), "voltage_v"},
        {ROW("voluntary", "safety", "", "*", "<1,0"), "fields"},
        {",2020,Title,voluntary,safety,,,*,,,,,,,,V,src\n", "id"},
    };
    struct mb_catalogue *catalogue = NULL;
    struct mb_error err;
    char text[1000];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int n = snprintf(text, sizeof text, "%s%s", HEADER, cases[i].text);

        err.text[0] = '\0';
        if (mb_catalogue_parse("c.csv", text, (size_t)n, &catalogue, &err) != -EINVAL ||
            strncmp(err.text, "c.csv:2: ", 9) != 0 || !strstr(err.text, cases[i].word))
            fail_msg("case %zu: '%s'", i, err.text);
        assert_null(catalogue);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_motor),
        cmocka_unit_test(high_voltage_by_size),
        cmocka_unit_test(claims_bind_or_not_by_their_level),
        cmocka_unit_test(a_task_may_name_a_standard),
        cmocka_unit_test(the_scope_of_the_mandatory_limit),
        cmocka_unit_test(the_production_date_chooses_the_edition),
        cmocka_unit_test(a_listed_power_decides_others_do_not),
        cmocka_unit_test(certification_converts_by_synchronous_speed),
        cmocka_unit_test(a_use_that_chooses_nothing_is_told),
        cmocka_unit_test(certification_brings_its_safety_standard),
        cmocka_unit_test(a_random_sample_is_inspected_by_a_list),
        cmocka_unit_test(an_edition_has_its_own_items),
        cmocka_unit_test(the_papers_may_name_another_list),
        cmocka_unit_test(every_kind_of_motor_has_a_standard_or_a_reason),
        cmocka_unit_test(advice_about_the_sealing_ring),
        cmocka_unit_test(references_as_people_write_them),
        cmocka_unit_test(broken_catalogues_are_refused_with_the_line),
    };

    return cmocka_run_group_tests(tests, standards_setup, standards_teardown);
}
