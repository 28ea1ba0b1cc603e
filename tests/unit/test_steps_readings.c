/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accepted and rejected readings, and the two curves that are made of them. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "support/fake_services.h"

#define LOAD "{points_percent: [125, 100, 25]}"
#define NO_LOAD "{points_percent: [110, 50], fluctuation_power_percent: 3}"
/* With the gates of the fake's plan: 3 s of dwell, then 5 s of window, polled once a second. */
#define TICKS 9

static const char *text_of(json_t *list, size_t i)
{
    const char *text = json_string_value(json_array_get(list, i));

    return text ? text : "";
}

static void begin_curve(struct fake_services *f, const char *kind, const char *with,
                        struct mb_snapshot *snapshot)
{
    fake_services_init(f, kind, with);
    fake_snapshot(snapshot);
    /* 125 % of the rated torque is the first target; the shaft follows. */
    fake_set(snapshot, MB_SIGNAL_T, 71.9 * 1.25);
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick(f, snapshot), MB_STEP_GOES_ON);
}

static void test_accepted(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;
    json_t *payload;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    assert_int_equal(fake_tick_until(&f, 1, TICKS - 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 0); /* the window is not full */
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    payload = fake_entry(&f, "reading", 0);
    assert_string_equal(json_string_value(json_object_get(payload, "store")), "load.points");
    assert_string_equal(json_string_value(json_object_get(payload, "step")), "s");
    assert_int_equal(json_integer_value(json_object_get(payload, "index")), 0);
    assert_int_equal(json_integer_value(json_object_get(payload, "samples")), 6);
    assert_true(fabs(json_number_value(json_object_get(payload, "window_s")) - 5) < 1e-9);
    assert_true(fabs(fake_value(&f, 0, "u_v") - 400) < 1e-9 &&
                fabs(fake_value(&f, 0, "p1_w") - 12100) < 1e-9);
    assert_true(fabs(fake_value(&f, 0, "i_a") - 21) < 1e-9 && fabs(fake_value(&f, 0, "s_va") - 14550) < 1e-9);
    assert_true(fabs(fake_value(&f, 0, "n_rpm") - 1461) < 1e-9 &&
                fabs(fake_value(&f, 0, "f_hz") - 50) < 1e-9);
    assert_true(fabs(json_number_value(json_object_get(json_object_get(payload, "uncertainty"), "u_v")) -
                     0.4) < 1e-9);
    assert_true(fabs(json_number_value(json_object_get(json_object_get(payload, "gates"), "hvf")) - 0.004) <
                1e-9);
    assert_true(f.voltage_tolerance > 0 && f.voltage_tolerance <= 0.005);
    assert_true(f.torque_tolerance > 0 && f.torque_tolerance <= 0.02);
    fake_services_clear(&f);
}

/* ---- Each gate alone. i: the tick; even and odd ones make a fluctuation. ---- */

static void low_voltage(struct mb_snapshot *s, int i)
{
    (void)i;
    fake_set(s, MB_SIGNAL_U, 397.9);
}

static void wrong_frequency(struct mb_snapshot *s, int i)
{
    (void)i;
    fake_set(s, MB_SIGNAL_F, 50.16);
}

static void unbalanced(struct mb_snapshot *s, int i)
{
    (void)i;
    fake_set(s, MB_SIGNAL_U23, 402);
    fake_set(s, MB_SIGNAL_U31, 396);
}

static void distorted(struct mb_snapshot *s, int i)
{
    (void)i;
    fake_set(s, MB_SIGNAL_HVF, 0.015753);
}

static void converter_left_in(struct mb_snapshot *s, int i)
{
    (void)i;
    fake_set(s, MB_SIGNAL_U_FUNDAMENTAL, 400 / 1.06);
}

static void restless_power(struct mb_snapshot *s, int i)
{
    fake_set(s, MB_SIGNAL_P, i % 2 ? 12100 : 12170);
}

static void wrong_torque(struct mb_snapshot *s, int i)
{
    (void)i;
    fake_set(s, MB_SIGNAL_T, 71.9 * 1.25 * 1.021);
}

static void restless_torque(struct mb_snapshot *s, int i)
{
    fake_set(s, MB_SIGNAL_T, 71.9 * 1.25 * (i % 2 ? 1 : 1.006));
}

static void restless_speed(struct mb_snapshot *s, int i)
{
    fake_set(s, MB_SIGNAL_N, i % 2 ? 1461 : 1463);
}

static void torque_over_range_once(struct mb_snapshot *s, int i)
{
    if (i == 5)
        fake_spoil(s, MB_SIGNAL_T, MB_OVER_RANGE);
    else
        fake_set(s, MB_SIGNAL_T, 71.9 * 1.25);
}

static void current_settling_once(struct mb_snapshot *s, int i)
{
    if (i == 8)
        fake_spoil(s, MB_SIGNAL_I, MB_SETTLING);
    else
        fake_set(s, MB_SIGNAL_I, 21);
}

/* A frequency that nobody has measured cannot be within its gate. */
static void no_frequency(struct mb_snapshot *s, int i)
{
    (void)i;
    fake_spoil(s, MB_SIGNAL_F, MB_NO_DATA);
}

static const struct {
    void (*disturb)(struct mb_snapshot *s, int i);
    const char *reason, *gate;
    double measured;
} gates[] = {
    {low_voltage, "deviation of voltage from its target 0.525 %, allowed 0.5 %", "voltage", 0.00525},
    {wrong_frequency, "deviation of frequency 0.32 %, allowed 0.3 %", "frequency", 0.0032},
    {unbalanced, "negative sequence voltage 0.882 %, allowed 0.5 %", "negative_sequence", 0.008824},
    {distorted, "harmonic voltage factor 1.58 %, allowed 1.5 %", "hvf", 0.015753},
    {converter_left_in, "rms voltage above its fundamental 6 %, allowed 1 %", "distortion", 0.06},
    {restless_power, "change of input power within the reading 0.577 %", "fluctuation_power", 0.005768},
    {wrong_torque, "deviation of torque from its target 2.1 %, allowed 2 %", "torque", 0.021},
    {restless_torque, "change of torque within the reading 0.598 %", "fluctuation_torque", 0.005982},
    {restless_speed, "change of speed within the reading 0.137 %", "fluctuation_speed", 0.001368},
    {torque_over_range_once, "torque: over-range", NULL, 0},
    {current_settling_once, "current: settling", NULL, 0},
    {no_frequency, "frequency: no-data", NULL, 0},
};

static void test_each_gate(void **state)
{
    (void)state;
    for (size_t g = 0; g < sizeof gates / sizeof *gates; g++) {
        struct fake_services f;
        struct mb_snapshot s;
        json_t *payload, *reasons, *measured;

        begin_curve(&f, "load-curve", LOAD, &s);
        for (int i = 1; i <= TICKS; i++) {
            gates[g].disturb(&s, i);
            assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
        }
        assert_int_equal(fake_entry_count(&f, "reading"), 0);
        payload = fake_entry(&f, "rejected", 0);
        reasons = json_object_get(payload, "reasons");
        if (json_array_size(reasons) != 1 || !strstr(text_of(reasons, 0), gates[g].reason))
            fail_msg("expected '%s', have '%s' of %zu", gates[g].reason, text_of(reasons, 0),
                     json_array_size(reasons));
        measured =
            json_object_get(json_object_get(payload, "gates"), gates[g].gate ? gates[g].gate : "voltage");
        assert_true(fabs(json_number_value(measured) - gates[g].measured) < 2e-6);
        assert_string_equal(json_string_value(json_object_get(payload, "store")), "load.points");
        assert_string_equal(f.event_type, "repeat");
        fake_services_clear(&f);
    }
}

/* One plan takes a curve twice, each into a store of its own. */
static void test_store_of_the_plan(void **state)
{
    static const struct {
        const char *kind, *with, *store;
    } cases[] = {
        {"load-curve", "{points_percent: [125], store: converter.load.points}", "converter.load.points"},
        {"no-load-curve", "{points_percent: [100], store: converter.no_load.points}",
         "converter.no_load.points"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fake_services f;
        struct mb_snapshot s;

        begin_curve(&f, cases[i].kind, cases[i].with, &s);
        (void)fake_tick_until(&f, 1, TICKS + 2, &s);
        assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", 0), "store")),
                            cases[i].store);
        fake_services_clear(&f);
    }
}

/* The apparent power is a check only; not every meter gives it. Neither is a harmonic voltage factor. */
static void test_optional_quantities(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;
    json_t *payload;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    fake_spoil(&s, MB_SIGNAL_S, MB_NO_DATA);
    fake_spoil(&s, MB_SIGNAL_HVF, MB_NO_DATA);
    s.signal[MB_SIGNAL_P].standard_uncertainty = NAN;
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    payload = fake_entry(&f, "reading", 0);
    assert_null(json_object_get(json_object_get(payload, "values"), "s_va"));
    assert_true(json_is_null(json_object_get(json_object_get(payload, "gates"), "hvf")));
    assert_true(json_is_null(json_object_get(json_object_get(payload, "uncertainty"), "p1_w")));
    fake_services_clear(&f);
}

/* A bench has a supply for fields: on or off, sound or not, it is none of a motor's without a separate field.
 */
static void test_idle_field_supply(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    for (int own = 0; own < 2; own++) {
        fake_services_init(&f, "load-curve", LOAD);
        f.motor.rated.excitation_a = own ? 5 : NAN;
        fake_snapshot(&s);
        fake_set(&s, MB_SIGNAL_T, 71.9 * 1.25);
        fake_set(&s, MB_SIGNAL_EXCITATION_U, 60);
        fake_set(&s, MB_SIGNAL_EXCITATION_I, 5);
        if (!own)
            fake_spoil(&s, MB_SIGNAL_EXCITATION_I, MB_SETTLING);
        assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
        assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
        assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
        assert_int_equal(fake_entry_count(&f, "reading"), 1);
        if (own)
            assert_true(fabs(fake_value(&f, 0, "excitation_supply_v") - 60) < 1e-9 &&
                        fabs(fake_value(&f, 0, "excitation_a") - 5) < 1e-9);
        else
            assert_null(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"),
                                        "excitation_supply_v"));
        fake_services_clear(&f);
    }
}

/* Of direct current; a motor that has a frequency must show it. */
static void test_no_frequency(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    fake_spoil(&s, MB_SIGNAL_F, MB_NO_DATA);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "rejected"), 1);
    fake_services_clear(&f);
    fake_services_init(&f, "load-curve", LOAD);
    f.motor.rated.frequency_hz = 0;
    fake_set(&s, MB_SIGNAL_T, 71.9 * 1.25);
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 1);
    assert_null(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"), "f_hz"));
    fake_services_clear(&f);
}

/* As far as the analyser measures them. */
static void test_windings_of_a_single_phase_motor(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    fake_set(&s, MB_SIGNAL_MAIN_I, 2.5);
    fake_set(&s, MB_SIGNAL_AUXILIARY_I, 1.25);
    fake_set(&s, MB_SIGNAL_CAPACITOR_U, 310);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    assert_true(fabs(fake_value(&f, 0, "main_a") - 2.5) < 1e-9);
    assert_true(fabs(fake_value(&f, 0, "auxiliary_a") - 1.25) < 1e-9);
    assert_true(fabs(fake_value(&f, 0, "capacitor_v") - 310) < 1e-9);
    fake_services_clear(&f);
    begin_curve(&f, "load-curve", LOAD, &s);
    fake_set(&s, MB_SIGNAL_CAPACITOR_U, 310);
    fake_spoil(&s, MB_SIGNAL_CAPACITOR_U, MB_OVER_RANGE);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "rejected"), 1);
    fake_services_clear(&f);
}

static void test_repeated_then_accepted(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    fake_set(&s, MB_SIGNAL_F, 51);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "rejected"), 1);
    fake_set(&s, MB_SIGNAL_F, 50);
    assert_int_equal(fake_tick_until(&f, 1, TICKS - 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 0); /* dwell and window again, whole */
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 1);
    assert_int_equal(json_integer_value(json_object_get(fake_entry(&f, "reading", 0), "attempt")), 2);
    assert_true(fabs(fake_value(&f, 0, "f_hz") - 50) < 1e-9);
    fake_services_clear(&f);
}

static void test_repeats_exhausted(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    fake_set(&s, MB_SIGNAL_F, 51);
    assert_int_equal(fake_tick_until(&f, 1, 3 * TICKS - 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_INVALID);
    assert_int_equal(fake_entry_count(&f, "rejected"), 3); /* two repeats allowed */
    assert_non_null(
        strstr(f.step.reason, "3 readings were outside a gate, the last because deviation of frequency"));
    fake_services_clear(&f);
}

static void test_dwell_begins_again(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    assert_int_equal(fake_tick_until(&f, 1, 3, &s), MB_STEP_GOES_ON);
    f.settled = false;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_non_null(strstr(f.waiting, "regulating to 400.0 V and 89.88 N m"));
    f.settled = true;
    assert_int_equal(fake_tick_until(&f, 1, TICKS - 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 0);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 1);
    assert_string_equal(f.waiting, "");
    fake_services_clear(&f);
}

/* From the moment that they have settled to the last sample of the reading no loop corrects. */
static void test_loops_rest_during_a_reading(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    f.settled = false;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_false(f.held);
    f.settled = true;
    for (int i = 0; i < TICKS - 1; i++) {
        assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
        assert_true(f.held);
    }
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 1);
    assert_false(f.held);
    fake_services_clear(&f);

    begin_curve(&f, "load-curve", LOAD, &s);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_true(f.held);
    f.settled = false; /* left its tolerance while it dwelt */
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_false(f.held);
    fake_services_clear(&f);
}

static void test_never_settles(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    f.settled = false;
    assert_int_equal(fake_tick_until(&f, 10, 30, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_after(&f, 10, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "could not be held within 300 s"));
    fake_services_clear(&f);
}

static void test_record_refuses(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    f.record_result = -ENOSPC;
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_FAULT);
    assert_non_null(strstr(f.step.reason, "the record cannot be written"));
    fake_services_clear(&f);
    begin_curve(&f, "load-curve", LOAD, &s);
    f.record_result = -ENOSPC;
    fake_set(&s, MB_SIGNAL_F, 51);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_FAULT);
    fake_services_clear(&f);
}

/* ---- The curves. ---- */

static void test_load_curve(void **state)
{
    static const double percent[] = {125, 100, 25};
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(f.target_count, i + 1);
        assert_true(f.targets[i].voltage_v == 400);
        assert_true(fabs(f.targets[i].torque_nm - 71.9 * percent[i] / 100) < 1e-9);
        fake_set(&s, MB_SIGNAL_T, f.targets[i].torque_nm);
        /* Between two points one tick sets the new targets. */
        assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), i < 2 ? MB_STEP_GOES_ON : MB_STEP_DONE);
        if (i < 2)
            assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
        assert_true(fake_value(&f, (size_t)i, "load_percent") == percent[i]);
        assert_int_equal(json_integer_value(json_object_get(fake_entry(&f, "reading", (size_t)i), "index")),
                         i);
        assert_true(fabs(f.progress - (i + 1) / 3.0) < 1e-9);
    }
    assert_int_equal(fake_entry_count(&f, "rejected"), 0);
    fake_services_clear(&f);
}

/* With a winding sensor each load point has the resistance of its own temperature; without, none of its own.
 */
static void test_resistance_of_a_load_point(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;
    json_t *reading;

    (void)state;
    begin_curve(&f, "load-curve", LOAD, &s);
    f.data.load_before_ohm = 0.88;
    f.data.load_before_c = 80;
    fake_set(&s, MB_SIGNAL_WINDING, 83.15); /* 1 % of 235 + 80 K */
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    assert_true(fabs(fake_value(&f, 0, "r_ohm") - 0.8888) < 1e-9);
    reading = fake_entry(&f, "reading", 0);
    assert_true(fabs(json_number_value(json_object_get(reading, "winding_c")) - 83.15) < 1e-9);
    fake_services_clear(&f);

    begin_curve(&f, "load-curve", LOAD, &s);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    assert_null(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"), "r_ohm"));
    fake_services_clear(&f);

    begin_curve(&f, "load-curve", LOAD, &s);
    f.data.load_before_ohm = 0.88;
    f.data.load_before_c = 80;
    fake_spoil(&s, MB_SIGNAL_WINDING, MB_NO_DATA);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_GOES_ON);
    assert_null(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"), "r_ohm"));
    fake_services_clear(&f);
}

/* Uncoupled: the voltage goes down, no torque is gated, the power may move more. */
static void test_no_load_curve(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_curve(&f, "no-load-curve", NO_LOAD, &s);
    assert_true(fabs(f.targets[0].voltage_v - 440) < 1e-9 && f.targets[0].torque_nm == 0);
    fake_set(&s, MB_SIGNAL_U, 440);
    fake_spoil(&s, MB_SIGNAL_T, MB_UNDER_RANGE);
    for (int i = 1; i <= TICKS; i++) {
        fake_set(&s, MB_SIGNAL_P, i % 2 ? 350 : 358);
        assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    }
    assert_true(fabs(fake_value(&f, 0, "p0_w") - 354) < 1.5);
    assert_null(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"), "load_percent"));
    assert_string_equal(json_string_value(json_object_get(fake_entry(&f, "reading", 0), "store")),
                        "no_load.points");
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_true(fabs(f.targets[1].voltage_v - 200) < 1e-9);
    fake_set(&s, MB_SIGNAL_U, 200);
    assert_int_equal(fake_tick_until(&f, 1, TICKS, &s), MB_STEP_DONE);
    fake_services_clear(&f);
}

static void test_beyond_the_bench(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    fake_services_init(&f, "load-curve", LOAD);
    fake_snapshot(&s);
    f.set_targets_result = -ERANGE;
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_FAULT);
    assert_non_null(strstr(f.step.reason, "beyond the limits of this bench"));
    fake_services_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_each_gate),
        cmocka_unit_test(test_store_of_the_plan),
        cmocka_unit_test(test_optional_quantities),
        cmocka_unit_test(test_repeated_then_accepted),
        cmocka_unit_test(test_idle_field_supply),
        cmocka_unit_test(test_no_frequency),
        cmocka_unit_test(test_windings_of_a_single_phase_motor),
        cmocka_unit_test(test_repeats_exhausted),
        cmocka_unit_test(test_dwell_begins_again),
        cmocka_unit_test(test_loops_rest_during_a_reading),
        cmocka_unit_test(test_never_settles),
        cmocka_unit_test(test_record_refuses),
        cmocka_unit_test(test_load_curve),
        cmocka_unit_test(test_resistance_of_a_load_point),
        cmocka_unit_test(test_no_load_curve),
        cmocka_unit_test(test_beyond_the_bench),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
