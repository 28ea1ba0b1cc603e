/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens with the outputs off, and switching on: resistance, cooling curve, operator, start. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "support/fake_services.h"

#define COLD "{store: cold, readings: 3, spread_percent: 0.5, temperature_spread_k: 2, timeout_s: 7200}"
#define HOT "{store: load.r_before_ohm, readings: 1, timeout_s: 300}"
#define COOLING "{interval_s: 9.5, last_s: 60, first_max_s: 120, minimum: 5}"
#define UNCOUPLE "{ask: uncouple, text: Uncouple the motor}"

static void begin(struct fake_services *f, const char *kind, const char *with, struct mb_snapshot *s)
{
    fake_services_init(f, kind, with);
    fake_snapshot(s);
    fake_set(s, MB_SIGNAL_MONITORED, 23.5);
    fake_set(s, (enum mb_signal)(MB_SIGNAL_MONITORED + 1), 22.5);
    fake_set(s, MB_SIGNAL_WINDING, 23.4);
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
}

static enum mb_step_result ohms(struct fake_services *f, struct mb_snapshot *s, double ohm)
{
    fake_set(s, MB_SIGNAL_RESISTANCE, ohm);
    return fake_tick_after(f, 1, s);
}

/* ---- Resistance. ---- */

static void test_cold(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;
    json_t *payload;

    (void)state;
    begin(&f, "resistance", COLD, &s);
    assert_int_equal(f.safe_count, 1);
    assert_int_equal(f.mode, -1);
    assert_int_equal(ohms(&f, &s, 0.88), MB_STEP_GOES_ON); /* switches the bench over only */
    assert_int_equal(f.mode, MB_BENCH_REST);
    assert_int_equal(ohms(&f, &s, 0.880), MB_STEP_GOES_ON);
    assert_int_equal(ohms(&f, &s, 0.881), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON); /* the same reading does not count twice */
    assert_int_equal(fake_entry_count(&f, "reading"), 0);
    assert_int_equal(ohms(&f, &s, 0.882), MB_STEP_DONE);
    payload = fake_entry(&f, "reading", 0);
    assert_string_equal(json_string_value(json_object_get(payload, "store")), "cold");
    assert_true(fabs(fake_value(&f, 0, "resistance_ohm") - 0.881) < 1e-12);
    assert_true(fabs(fake_value(&f, 0, "temperature_c") - 23.4) < 1e-12); /* of the winding */
    assert_int_equal(json_array_size(json_object_get(payload, "single_ohm")), 3);
    assert_true(json_is_number(json_object_get(json_object_get(payload, "uncertainty"), "resistance_ohm")));
    fake_services_clear(&f);
}

static void test_cold_without_winding_sensor(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "resistance", COLD, &s);
    fake_spoil(&s, MB_SIGNAL_WINDING, MB_NO_DATA);
    assert_int_equal(fake_tick_until(&f, 1, 4, &s), MB_STEP_DONE);
    assert_true(fabs(fake_value(&f, 0, "temperature_c") - 23) < 1e-12); /* of the coolant */
    fake_services_clear(&f);
}

static void test_cold_spread(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "resistance", COLD, &s);
    (void)ohms(&f, &s, 1);
    (void)ohms(&f, &s, 0.870);
    (void)ohms(&f, &s, 0.880);
    assert_int_equal(ohms(&f, &s, 0.880), MB_STEP_GOES_ON); /* 0.87 is 0.76 % below the mean */
    assert_string_equal(f.event_type, "repeat");
    assert_non_null(strstr(f.event_text, "differ by more than 0.50 %"));
    assert_int_equal(fake_entry_count(&f, "reading"), 0);
    /* Three new ones, none of the old. */
    (void)ohms(&f, &s, 0.900);
    assert_int_equal(ohms(&f, &s, 0.901), MB_STEP_GOES_ON);
    assert_int_equal(ohms(&f, &s, 0.902), MB_STEP_DONE);
    assert_true(fabs(fake_value(&f, 0, "resistance_ohm") - 0.901) < 1e-12);
    fake_services_clear(&f);
}

static void not_cold(enum mb_signal signal, double temperature_c, const char *reason)
{
    struct fake_services f;
    struct mb_snapshot s;

    begin(&f, "resistance", COLD, &s);
    if (isnan(temperature_c))
        fake_spoil(&s, signal, MB_LINK_FAULT);
    else
        fake_set(&s, signal, temperature_c);
    assert_int_equal(fake_tick_until(&f, 60, 100, &s), MB_STEP_GOES_ON);
    if (!strstr(f.waiting, reason))
        fail_msg("expected '%s', have '%s'", reason, f.waiting);
    assert_int_equal(fake_entry_count(&f, "reading"), 0);
    fake_set(&s, signal, 23);
    assert_int_equal(fake_tick_until(&f, 1, 3, &s), MB_STEP_DONE);
    fake_services_clear(&f);
}

static void test_not_cold(void **state)
{
    (void)state;
    not_cold(MB_SIGNAL_MONITORED, 25.1,
             "the motor is not cold: 2.1 K between motor and coolant, allowed 2.0 K");
    not_cold((enum mb_signal)(MB_SIGNAL_MONITORED + 1), 20.9, "the motor is not cold: 2.1 K");
    not_cold(MB_SIGNAL_WINDING, 30, "the motor is not cold: 7.0 K");
    not_cold(MB_SIGNAL_COOLANT, NAN, "temperature-coolant cannot be read: link-fault");
    /* A temperature that is watched and cannot be read does not count as cold. */
    not_cold((enum mb_signal)(MB_SIGNAL_MONITORED + 1), NAN, "monitored-2 cannot be read: link-fault");
}

static void test_resistance_too_late(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "resistance", HOT, &s);
    fake_spoil(&s, MB_SIGNAL_RESISTANCE, MB_OVER_RANGE);
    assert_int_equal(fake_tick_until(&f, 10, 30, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.waiting, "winding resistance: over-range");
    assert_int_equal(fake_tick_after(&f, 10, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "no steady winding resistance within 300 s: winding resistance: "
                                          "over-range"));
    fake_services_clear(&f);
}

/* Not the ohmmeter is at fault, and the reason says so. */
static void test_never_cold(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "resistance", COLD, &s);
    fake_set(&s, MB_SIGNAL_COOLANT, 26);
    assert_int_equal(fake_tick_until(&f, 60, 1000, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "no steady winding resistance within"));
    assert_non_null(strstr(f.step.reason, " s: the motor is not cold: "));
    assert_int_equal(fake_entry_count(&f, "reading"), 0);
    fake_services_clear(&f);
}

/* Hot: the first valid reading, after switching off and once the outputs are confirmed off. */
static void test_hot(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;
    json_t *payload;

    (void)state;
    fake_services_init(&f, "resistance", HOT);
    fake_snapshot(&s);
    f.energised = true;
    f.safe = false;
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    assert_int_equal(f.safe_count, 1);
    assert_true(f.data.switched_off_s == 1000);
    assert_int_equal(fake_tick_until(&f, 1, 5, &s), MB_STEP_GOES_ON);
    assert_int_equal(f.mode, -1); /* the ohmmeter is not connected to a live winding */
    f.safe = true;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(f.mode, MB_BENCH_REST);
    fake_spoil(&s, MB_SIGNAL_RESISTANCE, MB_SETTLING);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(ohms(&f, &s, 1.1), MB_STEP_DONE);
    payload = fake_entry(&f, "reading", 0);
    assert_string_equal(json_string_value(json_object_get(payload, "store")), "load.r_before_ohm");
    assert_true(fake_value(&f, 0, "r_ohm") == 1.1);
    assert_true(fabs(json_number_value(json_object_get(payload, "delay_s")) - 8) < 1e-9);
    assert_true(f.data.load_before_ohm == 1.1 &&
                f.data.load_before_c == 80); /* sensor and resistance together */
    fake_services_clear(&f);
}

/* After the points of 2-1-1F the sensor belongs to the resistance. */
static void test_hot_with_sensor(void **state)
{
    static const struct {
        const char *with;
        bool sensor;
    } steps[] = {{"{store: removed_rotor.r_ohm, readings: 1}", true},
                 {"{store: reverse_rotation.r_ohm, readings: 1}", true},
                 {"{store: no_load.r_after_ohm, readings: 1}", false},
                 {"{store: short_circuit.r_ohm, readings: 1}", false}};

    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct fake_services f;
        struct mb_snapshot s;
        const json_t *values;

        begin(&f, "resistance", steps[i].with, &s);
        assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
        assert_int_equal(ohms(&f, &s, 1.1), MB_STEP_DONE);
        values = json_object_get(fake_entry(&f, "reading", 0), "values");
        assert_true(json_number_value(json_object_get(values, "winding_c")) == (steps[i].sensor ? 23.4 : 0));
        fake_services_clear(&f);
    }
}

/* A series: its line back to switching off, and the winding sensor of that moment. */
static void test_hot_series(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "resistance", "{store: load.r_before_ohm, series_s: 20, timeout_s: 300}", &s);
    f.data.switched_off_s = f.now_s;
    f.data.reheated_c = 83;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    f.now_s = f.data.switched_off_s + 50;
    for (int i = 0; i < 20; i++)
        assert_int_equal(ohms(&f, &s, 1.1 - 1e-3 * (51 + i)), MB_STEP_GOES_ON);
    assert_int_equal(ohms(&f, &s, 1.1 - 1e-3 * 71), MB_STEP_DONE);
    assert_true(fabs(fake_value(&f, 0, "r_ohm") - 1.1) < 1e-9);
    assert_true(fabs(f.data.load_before_ohm - 1.1) < 1e-9 && f.data.load_before_c == 83);
    assert_int_equal(json_array_size(json_object_get(fake_entry(&f, "reading", 0), "single_ohm")), 21);
    fake_services_clear(&f);
}

/* Readings that do not fall are not drawn out: the highest counts. */
static void test_hot_series_rises(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;
    enum mb_step_result r = MB_STEP_GOES_ON;

    (void)state;
    begin(&f, "resistance", "{store: load.r_after_ohm, series_s: 20, timeout_s: 300}", &s);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    for (int i = 0; i < 40 && r == MB_STEP_GOES_ON; i++)
        r = ohms(&f, &s, 1 + 1e-3 * i);
    assert_int_equal(r, MB_STEP_DONE);
    assert_true(fabs(fake_value(&f, 0, "r_ohm") - 1.020) < 1e-9);
    fake_services_clear(&f);
}

static int answer(struct fake_services *f, const char *id, const char *word, double number)
{
    return f->step.plan->kind->answer(&f->step, id, word, number);
}

static void enter(struct fake_services *f, struct mb_snapshot *s, double ohm)
{
    fake_set(s, MB_SIGNAL_RESISTANCE, ohm);
    s->signal[MB_SIGNAL_RESISTANCE].flags = MB_READING_MANUAL;
    s->signal[MB_SIGNAL_RESISTANCE].t_ns = (uint64_t)(f->now_s * 1e9);
}

static void begin_manual(struct fake_services *f, struct mb_snapshot *s, const char *with)
{
    begin(f, "resistance", with, s);
    f->manual = true;
    fake_spoil(s, MB_SIGNAL_RESISTANCE, MB_NO_DATA);
    s->signal[MB_SIGNAL_RESISTANCE].flags = MB_READING_MANUAL;
    assert_int_equal(answer(f, "resistance", NULL, 0.88), -EINVAL); /* not asked yet */
    assert_int_equal(fake_tick_until(f, 1, 2, s), MB_STEP_GOES_ON);
    assert_string_equal(f->ask, "resistance");
}

static void test_manual(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_manual(&f, &s, "{store: cold, readings: 2}");
    assert_int_equal(answer(&f, "uncouple", NULL, 0.88), -EINVAL);
    assert_int_equal(answer(&f, "resistance", "done", NAN), -EINVAL);
    assert_int_equal(answer(&f, "resistance", NULL, -1), -EINVAL);
    assert_int_equal(answer(&f, "resistance", NULL, 0.88), 1);
    enter(&f, &s, 0.88);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    f.ask[0] = '\0';
    assert_int_equal(fake_tick_after(&f, 1, &s),
                     MB_STEP_GOES_ON); /* the old entry again: asked for the second */
    assert_string_equal(f.ask, "resistance");
    enter(&f, &s, 0.881);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    assert_string_equal(f.ask, "");
    assert_true(fabs(fake_value(&f, 0, "resistance_ohm") - 0.8805) < 1e-12);
    fake_services_clear(&f);
}

/* A person may take longer than an instrument. */
static void test_manual_takes_its_time(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_manual(&f, &s, HOT);
    assert_int_equal(fake_tick_after(&f, 5000, &s), MB_STEP_GOES_ON);
    enter(&f, &s, 1.1);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    fake_services_clear(&f);
}

/* ---- Cooling curve. ---- */

static void begin_cooling(struct fake_services *f, struct mb_snapshot *s)
{
    fake_services_init(f, "cooling-curve", COOLING);
    fake_snapshot(s);
    f->energised = true;
    f->safe = false;
    assert_int_equal(fake_begin(f), MB_STEP_GOES_ON);
    assert_int_equal(f->safe_count, 1);
    assert_int_equal(fake_tick_until(f, 1, 4, s), MB_STEP_GOES_ON);
    assert_int_equal(f->mode, -1);
    f->safe = true;
    assert_int_equal(fake_tick_after(f, 1, s), MB_STEP_GOES_ON);
    assert_int_equal(f->mode, MB_BENCH_REST);
}

static void test_cooling(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_cooling(&f, &s);
    fake_spoil(&s, MB_SIGNAL_RESISTANCE, MB_SETTLING);
    assert_int_equal(fake_tick_until(&f, 1, 3, &s), MB_STEP_GOES_ON);
    for (int i = 0; i < 51; i++) /* 9 s ... 59 s after switching off */
        assert_int_equal(ohms(&f, &s, 1 - 0.001 * i), MB_STEP_GOES_ON);
    assert_int_equal(ohms(&f, &s, 0.9), MB_STEP_DONE);
    assert_int_equal(fake_entry_count(&f, "reading"), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_true(fabs(fake_value(&f, i, "t_s") - (9 + 10 * (double)i)) < 1e-6);
        assert_true(fabs(fake_value(&f, i, "r_ohm") - (1 - 0.01 * (double)i)) < 1e-9);
        assert_int_equal(json_integer_value(json_object_get(fake_entry(&f, "reading", i), "index")), i);
    }
    fake_services_clear(&f);
}

static void test_cooling_first_too_late(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_cooling(&f, &s);
    fake_spoil(&s, MB_SIGNAL_RESISTANCE, MB_LINK_FAULT);
    assert_int_equal(fake_tick_until(&f, 5, 23, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_INVALID);
    assert_non_null(
        strstr(f.step.reason, "no winding resistance within 120 s after switching off (link-fault)"));
    fake_services_clear(&f);
}

/* An ohmmeter lost in the middle must not let the step wait for ever. */
static void test_cooling_too_few(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_cooling(&f, &s);
    assert_int_equal(fake_tick_until(&f, 1, 15, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 2);
    fake_spoil(&s, MB_SIGNAL_RESISTANCE, MB_LINK_FAULT);
    assert_int_equal(fake_tick_until(&f, 5, 1000, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "2 of at least 5 readings"));
    assert_non_null(strstr(f.step.reason, "link-fault"));
    fake_services_clear(&f);
}

/* Enough readings, then the ohmmeter is gone: what is there counts. */
static void test_cooling_lost_at_the_end(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_cooling(&f, &s);
    assert_int_equal(fake_tick_until(&f, 1, 50, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_entry_count(&f, "reading"), 5);
    fake_spoil(&s, MB_SIGNAL_RESISTANCE, MB_LINK_FAULT);
    f.now_s += 10;
    s.t_ns = (uint64_t)(f.now_s * 1e9);
    s.signal[MB_SIGNAL_RESISTANCE].t_ns = 0; /* a link fault has no time of its own */
    assert_int_equal(f.step.plan->kind->tick(&f.step, &s), MB_STEP_DONE);
    fake_services_clear(&f);
}

/* ---- Operator. ---- */

static void test_operator(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    fake_services_init(&f, "operator", UNCOUPLE);
    fake_snapshot(&s);
    f.energised = true;
    f.safe = false;
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    assert_int_equal(f.safe_count, 1);
    assert_int_equal(fake_tick_until(&f, 1, 10, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, ""); /* nobody goes near while the outputs may be live */
    assert_int_equal(answer(&f, "uncouple", "done", NAN), -EINVAL);
    f.safe = true;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, ""); /* nor while the shaft turns */
    assert_non_null(strstr(f.waiting, "the shaft still turns"));
    fake_set(&s, MB_SIGNAL_N, 3);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_string_equal(f.ask, "uncouple");
    assert_string_equal(f.ask_text, "Uncouple the motor");
    assert_int_equal(fake_tick_until(&f, 60, 1000, &s), MB_STEP_GOES_ON);
    assert_int_equal(answer(&f, "uncouple", "yes", NAN), -EINVAL);
    assert_int_equal(answer(&f, "couple", "done", NAN), -EINVAL);
    assert_int_equal(answer(&f, "uncouple", NULL, 1), -EINVAL);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_int_equal(answer(&f, "uncouple", "done", NAN), 0);
    assert_string_equal(f.ask, "");
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    assert_int_equal(json_array_size(f.entries), 1);
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(fake_entry(&f, "operator", 0), "values"), "answer")),
                        "done");
    fake_services_clear(&f);
}

/* What a person has connected is known once it is answered, and the record tells a restarted daemon. */
static void test_operator_changes_the_supply(void **state)
{
    static const char *const supplies[] = {"converter", "sinusoidal"};
    struct fake_services f;
    struct mb_snapshot s;
    char with[80];

    (void)state;
    for (int to_converter = 0; to_converter < 2; to_converter++) {
        const char *supply = supplies[!to_converter];

        (void)snprintf(with, sizeof with, "{ask: connect, text: Connect it, supply: %s}", supply);
        begin(&f, "operator", with, &s);
        f.data.converter = !to_converter;
        fake_set(&s, MB_SIGNAL_N, 0);
        assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
        assert_int_equal(f.data.converter, !to_converter); /* not yet */
        assert_int_equal(answer(&f, "connect", "done", NAN), 0);
        assert_int_equal(f.data.converter, to_converter);
        assert_string_equal(json_string_value(json_object_get(
                                json_object_get(fake_entry(&f, "operator", 0), "values"), "supply")),
                            supply);
        fake_services_clear(&f);
    }
}

static void test_operator_record_refuses(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin(&f, "operator", UNCOUPLE, &s);
    fake_set(&s, MB_SIGNAL_N, 0);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    f.record_result = -EIO;
    assert_int_equal(answer(&f, "uncouple", "done", NAN), -EIO);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON); /* not recorded: not done */
    fake_services_clear(&f);
}

/* ---- Start. ---- */

static void begin_start(struct fake_services *f, struct mb_snapshot *s)
{
    begin(f, "start", "{speed_percent: 95, timeout_s: 120}", s);
    assert_int_equal(f->mode, MB_BENCH_RUNNING);
    fake_set(s, MB_SIGNAL_N, 0);
    fake_set(s, MB_SIGNAL_U, 0);
    f->settled = false;
}

static void test_start(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_start(&f, &s);
    f.safe = false;
    assert_int_equal(fake_tick_until(&f, 1, 5, &s), MB_STEP_GOES_ON);
    assert_true(f.frequency_hz == 0);
    f.safe = true;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_true(f.frequency_hz == 50);
    assert_int_equal(f.target_count, 1);
    assert_true(f.targets[0].voltage_v == 400 && f.targets[0].torque_nm == 0);
    fake_set(&s, MB_SIGNAL_N, -250); /* a little back while the field builds up is no wrong direction */
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 1499);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON); /* the voltage is still on its ramp */
    assert_non_null(strstr(f.waiting, "starting: 0 V, 1499 r/min"));
    f.settled = true;
    fake_set(&s, MB_SIGNAL_N, 1424);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON); /* 95 % are 1425 r/min */
    fake_set(&s, MB_SIGNAL_N, 1425);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    assert_string_equal(f.waiting, "");
    fake_services_clear(&f);
}

/* Without a synchronous speed the rated one is to be reached. */
static void test_start_direct_current(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_start(&f, &s);
    f.motor.rated.frequency_hz = 0;
    f.settled = true;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    assert_true(f.energised && f.frequency_hz == 0);
    fake_set(&s, MB_SIGNAL_N, 0.94 * f.motor.rated.speed_rpm);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 0.96 * f.motor.rated.speed_rpm);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_DONE);
    fake_services_clear(&f);
}

static void test_start_wrong_way(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_start(&f, &s);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, -301);
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "the motor turns the wrong way: -301 r/min"));
    fake_services_clear(&f);
}

static void test_start_stalls(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_start(&f, &s);
    f.settled = true;
    fake_set(&s, MB_SIGNAL_N, 300);
    assert_int_equal(fake_tick_until(&f, 10, 12, &s), MB_STEP_GOES_ON);
    fake_spoil(&s, MB_SIGNAL_N, MB_LINK_FAULT);
    assert_int_equal(fake_tick_after(&f, 10, &s), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "did not reach 1425 r/min at 50 Hz within 120 s"));
    fake_services_clear(&f);
}

static void test_bench_refuses(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    begin_start(&f, &s);
    f.energise_result = -EIO;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_FAULT);
    assert_non_null(strstr(f.step.reason, "refused to switch on"));
    fake_services_clear(&f);
    begin_start(&f, &s);
    f.set_targets_result = -ERANGE;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_FAULT);
    assert_non_null(strstr(f.step.reason, "voltage 400 V is beyond the limits of this bench"));
    fake_services_clear(&f);
    begin(&f, "resistance", HOT, &s);
    f.measure_result = -EBUSY;
    assert_int_equal(fake_tick_after(&f, 1, &s), MB_STEP_FAULT);
    fake_services_clear(&f);
}

/* ---- A recording: asked for once the motor runs, again after a failure, at most three times. ---- */

static void test_record_waveform(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;
    enum mb_step_result (*recorded)(struct mb_step * step, int error, const char *text);

    (void)state;
    begin(&f, "record-waveform", "{seconds: 5}", &s);
    recorded = f.step.plan->kind->recorded;
    assert_int_equal(fake_tick(&f, &s), MB_STEP_INVALID); /* nothing runs */
    assert_int_equal(f.record_count, 0);
    fake_services_clear(&f);
    begin(&f, "record-waveform", "{seconds: 5}", &s);
    f.energised = true;
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_int_equal(f.record_count, 1);
    assert_true(f.record_s == 5);
    assert_int_equal(recorded(&f.step, -ENOTCONN, "gone"), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_int_equal(f.record_count, 2);
    assert_int_equal(recorded(&f.step, 0, "s-1"), MB_STEP_DONE);
    fake_services_clear(&f);
    begin(&f, "record-waveform", "{seconds: 5, with_motor_off: true}", &s);
    for (unsigned n = 1; n < 3; n++) {
        assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
        assert_int_equal(recorded(&f.step, -ENOTCONN, "gone"), MB_STEP_GOES_ON);
    }
    assert_int_equal(fake_tick(&f, &s), MB_STEP_GOES_ON);
    assert_int_equal(recorded(&f.step, -ENOTCONN, "gone"), MB_STEP_INVALID);
    assert_non_null(strstr(f.step.reason, "no recording: gone"));
    fake_services_clear(&f);
    begin(&f, "record-waveform", "{seconds: 5, with_motor_off: true}", &s);
    f.recording_result = -ENOTSUP;
    assert_int_equal(fake_tick(&f, &s), MB_STEP_INVALID);
    assert_string_equal(f.step.reason, "refused");
    fake_services_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_waveform),
        cmocka_unit_test(test_cold),
        cmocka_unit_test(test_cold_without_winding_sensor),
        cmocka_unit_test(test_cold_spread),
        cmocka_unit_test(test_not_cold),
        cmocka_unit_test(test_resistance_too_late),
        cmocka_unit_test(test_never_cold),
        cmocka_unit_test(test_hot),
        cmocka_unit_test(test_hot_with_sensor),
        cmocka_unit_test(test_hot_series),
        cmocka_unit_test(test_hot_series_rises),
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_manual_takes_its_time),
        cmocka_unit_test(test_cooling),
        cmocka_unit_test(test_cooling_first_too_late),
        cmocka_unit_test(test_cooling_too_few),
        cmocka_unit_test(test_cooling_lost_at_the_end),
        cmocka_unit_test(test_operator),
        cmocka_unit_test(test_operator_changes_the_supply),
        cmocka_unit_test(test_operator_record_refuses),
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_start_wrong_way),
        cmocka_unit_test(test_start_direct_current),
        cmocka_unit_test(test_start_stalls),
        cmocka_unit_test(test_bench_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
