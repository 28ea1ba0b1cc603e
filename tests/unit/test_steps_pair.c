/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two motors back to back, step by step: no bench, made-up snapshots. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "support/fake_services.h"

#define WINDOW_TICKS 20
#define ASSERT_NEAR(value, expected, tolerance) assert_true(fabs((value) - (expected)) <= (tolerance))

static void begin(struct fake_services *f, struct mb_snapshot *s, bool reversed)
{
    static const double partner[] = {390, 390, 390, 19, 19, 19, -10100, 12800, 47.9};

    fake_services_init(f, "back-to-back", "{coupling_w: 12, series_s: 10, timeout_s: 120}");
    fake_snapshot(s);
    for (size_t i = 0; i < sizeof partner / sizeof *partner; i++)
        fake_set(s, (enum mb_signal)(MB_SIGNAL_PARTNER_U12 + (int)i), partner[i]);
    mb_snapshot_derive(s, false);
    f->data.reversed = reversed;
    f->data.coolant_c = 22.5;
    f->energised = f->settled = true;
    f->safe = false;
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
    assert_true(f->targets[0].voltage_v == 400 && f->targets[0].torque_nm == 71.9);
}

static const json_t *stored(const struct fake_services *f, const char *store)
{
    for (size_t i = 0; i < fake_entry_count(f, "reading"); i++) {
        const json_t *entry = fake_entry(f, "reading", i);

        if (strcmp(json_string_value(json_object_get(entry, "store")), store) == 0)
            return json_object_get(entry, "values");
    }
    fail_msg("nothing was stored as %s", store);
    return NULL;
}

static double number(const struct fake_services *f, const char *store, const char *key)
{
    return json_number_value(json_object_get(stored(f, store), key));
}

/* Until the window is full and both sources are being switched off. */
static void read_load(struct fake_services *f, struct mb_snapshot *s)
{
    assert_int_equal(fake_tick_until(f, 0.5, WINDOW_TICKS, s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(f, "reading"), 3);
    assert_int_equal(f->safe_count, 1);
}

/* From standstill on, t s after switching off: the windings cool, each in its way. */
static enum mb_step_result cool(struct fake_services *f, struct mb_snapshot *s, double from_s, double to_s)
{
    enum mb_step_result r = MB_STEP_GOES_ON;

    for (double t = from_s; r == MB_STEP_GOES_ON && t <= to_s; t += 1) {
        fake_set(s, MB_SIGNAL_RESISTANCE, 0.90 - 0.0010 * t);
        fake_set(s, MB_SIGNAL_PARTNER_RESISTANCE, 0.86 - 0.0005 * t);
        f->now_s = f->data.switched_off_s + t - 1;
        r = fake_tick_after(f, 1, s);
    }
    return r;
}

static void reads_both_machines(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, false);
    read_load(&f, &s);
    assert_true(number(&f, "back_to_back.forward", "coolant_c") == 22.5);
    assert_true(number(&f, "back_to_back.forward", "coupling_w") == 12);
    ASSERT_NEAR(number(&f, "back_to_back.forward.motor", "p_w"), 12100, 1e-6);
    ASSERT_NEAR(number(&f, "back_to_back.forward.motor", "f_hz"), 50, 1e-9);
    /* The sheet counts what comes back as positive. */
    ASSERT_NEAR(number(&f, "back_to_back.forward.generator", "p_w"), 10100, 1e-6);
    ASSERT_NEAR(number(&f, "back_to_back.forward.generator", "u_v"), 390, 1e-9);
    ASSERT_NEAR(number(&f, "back_to_back.forward.generator", "f_hz"), 47.9, 1e-9);
    ASSERT_NEAR(number(&f, "back_to_back.forward.generator", "n_rpm"), 1461, 1e-9);
    assert_int_equal(cool(&f, &s, 1, 3), MB_STEP_GOES_ON); /* not before the outputs are confirmed off */
    assert_int_equal(f.mode, -1);
    f.safe = true;
    fake_spoil(&s, MB_SIGNAL_RESISTANCE, MB_NO_DATA);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(f.mode, MB_BENCH_REST);
    assert_int_equal(cool(&f, &s, 30, 60), MB_STEP_DONE);
    ASSERT_NEAR(number(&f, "back_to_back.forward.motor.r_ohm", "r_ohm"), 0.90, 1e-6);
    ASSERT_NEAR(number(&f, "back_to_back.forward.generator.r_ohm", "r_ohm"), 0.86, 1e-6);
    fake_services_clear(&f);
}

static void stores_the_other_way(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, true);
    read_load(&f, &s);
    assert_non_null(stored(&f, "back_to_back.reversed"));
    assert_non_null(stored(&f, "back_to_back.reversed.generator"));
    f.safe = true;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(cool(&f, &s, 30, 60), MB_STEP_DONE);
    assert_non_null(stored(&f, "back_to_back.reversed.motor.r_ohm"));
    fake_services_clear(&f);
}

/* A partner that cannot be read spoils the window as the motor would; so does its power. */
static void repeats_what_the_partner_spoils(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, false);
    fake_spoil(&s, MB_SIGNAL_PARTNER_P, MB_STALE);
    assert_int_equal(fake_tick_until(&f, 0.5, WINDOW_TICKS, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "rejected"), 1);
    assert_int_equal(fake_entry_count(&f, "reading"), 0);
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(fake_entry(&f, "rejected", 0), "reasons"), 0)),
        "the partner could not be read");
    fake_services_clear(&f);

    begin(&f, &s, false);
    for (int i = 0; i < WINDOW_TICKS; i++) {
        fake_set(&s, MB_SIGNAL_PARTNER_P, -10100 - 60 * (i % 2));
        assert_int_equal(fake_tick_after(&f, 0.5, &s), MB_STEP_GOES_ON);
    }
    assert_int_equal(fake_entry_count(&f, "rejected"), 1);
    fake_services_clear(&f);
}

static void a_load_that_takes_power_is_none(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, false);
    fake_set(&s, MB_SIGNAL_PARTNER_P, 900);
    assert_int_equal(fake_tick_until(&f, 0.5, WINDOW_TICKS, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "the load machine is no generator"));
    fake_services_clear(&f);
}

static void one_winding_alone_is_not_enough(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, &s, false);
    read_load(&f, &s);
    f.safe = true;
    fake_spoil(&s, MB_SIGNAL_PARTNER_RESISTANCE, MB_NO_DATA);
    assert_int_equal(fake_tick_until(&f, 1, 115, &s), MB_STEP_GOES_ON);
    assert_non_null(strstr(f.waiting, "resistances of both windings"));
    assert_int_equal(fake_tick_until(&f, 1, 20, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "no steady resistance of both windings within 120 s"));
    fake_services_clear(&f);
}

/* Which machine is started is what the plan says, and the next start forgets it. */
static void the_start_says_who_drives(void **state)
{
    static const char *const with[] = {"{power: reversed}", "{power: forward}", NULL};
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    for (int i = 0; i < 3; i++) {
        fake_services_init(&f, "start", with[i]);
        fake_snapshot(&s);
        f.data.reversed = i > 0;
        assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
        assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
        assert_true(f.data.reversed == (i == 0));
        fake_services_clear(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_both_machines),
        cmocka_unit_test(stores_the_other_way),
        cmocka_unit_test(repeats_what_the_partner_spoils),
        cmocka_unit_test(a_load_that_takes_power_is_none),
        cmocka_unit_test(one_winding_alone_is_not_enough),
        cmocka_unit_test(the_start_says_who_drives),
    };

    return cmocka_run_group_tests_name("steps of a pair", tests, NULL, NULL);
}
