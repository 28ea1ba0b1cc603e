/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "standard/motor.h"

#define RATED "  rated: {power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4}\n"
#define HEAD "motor:\n  id: m\n  kind: three-phase-induction\n"

static const char whole[] =
    "motor:\n"
    "  id: \"2026-0412-1\"\n"
    "  manufacturer: \"Works\"\n"
    "  model: YE4-132M-4\n"
    "  kind: three-phase-induction\n"
    "  rated: {power_w: 7500, voltage_v: 380, frequency_hz: 50, current_a: 14.8, speed_rpm: 1465,\n"
    "          poles: 4, power_factor: 0.85, connection: delta, duty: S1, thermal_class: 155(F),\n"
    "          efficiency: 0.926}\n"
    "  frame: {shaft_height_mm: 132, mounting: IM B3, cooling: IC411, protection: IP55}\n"
    "  conductor: aluminium\n"
    "  claims: [JB/T 13299-2017, GB/T 755-2025]\n"
    "  sealing_ring: removed\n"
    "  sold_for: [drive]\n"
    "  production_date: 2026-03-14\n"
    "  serial_number: A1\n"
    "  ccc: {certificate: C-1, holder: H, factory: F, issued: 2025-01-31, valid_until: 2030-01-31,\n"
    "        mark: present, route: third-party}\n"
    "  label: {grade: 2, efficiency: 0.926, power_w: 7500, poles: 4, producer: Works}\n"
    "sample: {origin: random, level: provincial, task: T-1, stage: sale, unit: tested,\n"
    "         producer_credit_code: \"...\", batch: B7, sampled: 2026-04-12}\n";

static int parse(const char *text, struct mb_motor *motor, struct mb_error *err)
{
    mb_motor_init(motor);
    return mb_motor_parse("m.yaml", text, strlen(text), motor, err);
}

static void reads_every_key(void **state)
{
    struct mb_error err = {""};
    struct mb_motor m;

    (void)state;
    assert_int_equal(parse(whole, &m, &err), 0);
    assert_string_equal(m.id, "2026-0412-1");
    assert_string_equal(m.model, "YE4-132M-4");
    assert_int_equal(m.kind, MB_KIND_THREE_PHASE_INDUCTION);
    assert_true(m.rated.power_w == 7500 && m.rated.current_a == 14.8 && m.rated.efficiency == 0.926);
    assert_int_equal(m.rated.poles, 4);
    assert_string_equal(m.rated.thermal_class, "F");
    assert_true(m.frame.shaft_height_mm == 132);
    assert_int_equal(m.claim_count, 2);
    assert_string_equal(m.claims[1], "GB/T 755-2025");
    assert_int_equal(m.sold_for_count, 1);
    assert_int_equal(m.sealing_ring, MB_SEAL_REMOVED);
    assert_string_equal(m.production_date, "2026-03-14");
    assert_string_equal(m.ccc.route, "third-party");
    assert_int_equal(m.label.grade, 2);
    assert_string_equal(m.sample.origin, "random");
    assert_true(mb_motor_conductor_k(&m) == 225);
    assert_true(mb_motor_synchronous_speed(&m) == 1500);
    mb_motor_clear(&m);
    assert_null(m.id);
    assert_int_equal(m.claim_count, 0);
}

static void the_minimum_leaves_the_rest_unknown(void **state)
{
    struct mb_error err = {""};
    struct mb_motor m;

    (void)state;
    assert_int_equal(parse(HEAD RATED, &m, &err), 0);
    assert_true(isnan(m.rated.efficiency) && isnan(m.rated.speed_rpm) && isnan(m.frame.shaft_height_mm));
    assert_null(m.manufacturer);
    assert_string_equal(m.conductor, "copper");
    assert_true(mb_motor_conductor_k(&m) == 235);
    assert_int_equal(m.sealing_ring, MB_SEAL_NOT_STATED);
    mb_motor_clear(&m);
}

static void a_nameplate_has_current_and_speed(void **state)
{
    static const char text[] =
        "id: m\nkind: three-phase-induction\n"
        "rated: {power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, current_a: 15}\n";
    struct mb_document *document;
    struct mb_error err = {""};
    struct mb_motor m;

    (void)state;
    mb_motor_init(&m);
    assert_int_equal(mb_document_parse("m.yaml", text, strlen(text), &document, &err), 0);
    assert_int_equal(mb_motor_read(mb_document_root(document), MB_MOTOR_NEED_MINIMUM, &m, &err), 0);
    mb_motor_clear(&m);
    assert_int_equal(mb_motor_read(mb_document_root(document), MB_MOTOR_NEED_NAMEPLATE, &m, &err), -EINVAL);
    assert_string_equal(err.text, "m.yaml:3: 'speed_rpm' is missing here");
    assert_null(m.id);
    mb_document_free(document);
}

/* Each with the line and a word that names what is wrong or allowed. */
static void refuses_impossible_motors(void **state)
{
#define WITH(text) "motor:\n  id: m\n  kind: three-phase-induction\n  rated: {" text "}\n"
#define PLUS(text) HEAD RATED text
    static const struct {
        const char *text;
        unsigned line;
        const char *word;
    } cases[] = {
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 3"), 4, "even"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 0"), 4, "2"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4.5"), 4, "4.5"},
        {WITH("power_w: -7500, voltage_v: 380, frequency_hz: 50, poles: 4"), 4, "above 0"},
        {WITH("power_w: 7500 W, voltage_v: 380, frequency_hz: 50, poles: 4"), 4, "7500 W"},
        {WITH("power_w: .nan, voltage_v: 380, frequency_hz: 50, poles: 4"), 4, ".nan"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 0, poles: 4"), 4, "above 0"},
        {WITH("power_w: 7500, voltage_v: 0, frequency_hz: 50, poles: 4"), 4, "above 0"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50"), 4, "poles"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, efficiency: 1"), 4, "below 1"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, efficiency: 0"), 4, "above 0"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, efficiency: 92.6"), 4, "92.6"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, power_factor: 1.1"), 4, "1.1"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, power_factor: 0"), 4, "above 0"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, speed_rpm: 1500"), 4, "below 1500"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, connection: triangle"), 4,
         "star, delta"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, duty: S11"), 4, "S1 to S10"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, duty: S0"), 4, "S1 to S10"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, thermal_class: Q"), 4, "155(F)"},
        {WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, power_kw: 7.5"), 4, "power_kw"},
        {PLUS("  production_date: 2026-02-29\n"), 5, "YYYY-MM-DD"},
        {PLUS("  production_date: 14.3.2026\n"), 5, "YYYY-MM-DD"},
        {PLUS("  conductor: silver\n"), 5, "copper, aluminium"},
        {PLUS("  sealing_ring: maybe\n"), 5, "fitted"},
        {PLUS("  claims: JB/T 13299\n"), 5, "list"},
        {PLUS("  claims: [a, [b]]\n"), 5, "text"},
        {PLUS("  colour: red\n"), 5, "colour"},
        {PLUS("  ccc: {mark: green}\n"), 5, "present, absent"},
        {PLUS("  ccc: {issued: soon}\n"), 5, "YYYY-MM-DD"},
        {PLUS("  label: {grade: 9}\n"), 5, "9"},
        {PLUS("  label: {poles: 5}\n"), 5, "even"},
        {PLUS("sample: {origin: found}\n"), 5, "random"},
        {PLUS("sample: {unit: third}\n"), 5, "tested, spare"},
        {PLUS("engine: {}\n"), 5, "engine"},
        {"motor:\n  id: m\n  kind: steam\n" RATED, 3, "three-phase-induction"},
        {"motor:\n  kind: dc\n" RATED, 2, "id"},
        {"sample: {}\n", 1, "motor"},
        {"- 1\n", 1, "map"},
    };
    char where[32];
    struct mb_error err;
    struct mb_motor m;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)snprintf(where, sizeof where, "m.yaml:%u: ", cases[i].line);
        err.text[0] = '\0';
        if (parse(cases[i].text, &m, &err) != -EINVAL || strncmp(err.text, where, strlen(where)) != 0 ||
            !strstr(err.text, cases[i].word))
            fail_msg("case %zu: '%s'", i, err.text);
        assert_null(m.id);
    }
}

static void accepts_what_nameplates_say(void **state)
{
    static const char *const cases[] = {
        WITH("power_w: 7.5e3, voltage_v: 380, frequency_hz: 50, poles: 4, duty: S10, power_factor: 1"),
        WITH("power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, duty: S2 60 min, thermal_class: H"),
        PLUS("  production_date: 2024-02-29\n"),
        PLUS("  claims: []\n"),
        "motor:\n  id: m\n  kind: three-phase-synchronous\n"
        "  rated: {power_w: 7500, voltage_v: 380, frequency_hz: 50, poles: 4, speed_rpm: 1500}\n",
    };
    struct mb_error err;
    struct mb_motor m;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (parse(cases[i], &m, &err) != 0)
            fail_msg("case %zu: '%s'", i, err.text);
        mb_motor_clear(&m);
    }
}

static void a_missing_file_is_told(void **state)
{
    struct mb_error err = {""};
    struct mb_motor m;

    (void)state;
    mb_motor_init(&m);
    assert_int_equal(mb_motor_load("no/such/motor.yaml", &m, &err), -ENOENT);
    assert_non_null(strstr(err.text, "no/such/motor.yaml"));
    mb_motor_clear(NULL);
}

static void nameplates_that_contradict_themselves(void **state)
{
    static const struct {
        const char *rated, *says;
    } rows[] = {
        {"poles: 8, speed_rpm: 375", "375 r/min would be a slip of 50 % with 8 poles at 50 Hz"},
        {"poles: 4, speed_rpm: 1500",
         "1500 r/min is not possible for an induction motor of 4 poles at 50 Hz"},
        {"poles: 4, current_a: 10", "less than the 7500 W of the shaft"},
        {"poles: 4, current_a: 14800", "power_w is in W, current_a in A"},
        {"poles: 3", "poles"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mb_error err = {""};
        struct mb_motor m;
        char text[300];

        (void)snprintf(text, sizeof text,
                       HEAD "  rated: {power_w: 7500, voltage_v: 380, frequency_hz: 50, %s}\n",
                       rows[i].rated);
        assert_int_equal(parse(text, &m, &err), -EINVAL);
        if (!strstr(err.text, rows[i].says) || !strstr(err.text, "m.yaml:4"))
            fail_msg("'%s' does not say '%s'", err.text, rows[i].says);
        mb_motor_clear(&m);
    }
}

/* The motor of an elevator, 20 poles at 25 Hz, with the frequency of its converter or half its poles. */
static void a_motor_that_turns_with_its_field(void **state)
{
    static const struct {
        const char *kind, *rated;
        int r;
    } rows[] = {
        {"pm-converter-fed", "frequency_hz: 25, poles: 20", 0},
        {"pm-converter-fed", "frequency_hz: 50, poles: 20", -EINVAL},
        {"single-phase-synchronous", "frequency_hz: 25, poles: 10", -EINVAL},
        {"ac-commutator", "frequency_hz: 50, poles: 20", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mb_error err = {""};
        struct mb_motor m;
        char text[300];

        (void)snprintf(
            text, sizeof text,
            "motor: {id: m, kind: %s, rated: {power_w: 5500, voltage_v: 340, speed_rpm: 150, %s}}\n",
            rows[i].kind, rows[i].rated);
        assert_int_equal(parse(text, &m, &err), rows[i].r);
        if (rows[i].r < 0)
            assert_non_null(strstr(err.text, "150 r/min is not possible for a motor of"));
        mb_motor_clear(&m);
    }
}

/* Its rated speed stands where others have a synchronous one. */
static void direct_current_has_no_synchronous_speed(void **state)
{
    static const char dc[] = "motor: {id: m, kind: dc, rated: {power_w: 1500, voltage_v: 220, "
                             "frequency_hz: 0, poles: 4, speed_rpm: 1652}}\n";
    struct mb_error err = {""};
    struct mb_motor m;

    (void)state;
    assert_int_equal(parse(dc, &m, &err), 0);
    assert_true(mb_motor_synchronous_speed(&m) == 1652);
    mb_motor_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nameplates_that_contradict_themselves),
        cmocka_unit_test(a_motor_that_turns_with_its_field),
        cmocka_unit_test(direct_current_has_no_synchronous_speed),
        cmocka_unit_test(reads_every_key),
        cmocka_unit_test(the_minimum_leaves_the_rest_unknown),
        cmocka_unit_test(a_nameplate_has_current_and_speed),
        cmocka_unit_test(refuses_impossible_motors),
        cmocka_unit_test(accepts_what_nameplates_say),
        cmocka_unit_test(a_missing_file_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
