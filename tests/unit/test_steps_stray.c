/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The step `stray-test`: a motor that is 3 ohm at its terminals, and a shaft that takes 100 W for friction
 * and as much power as the motor gets. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "support/fake_services.h"

#define OHM 3.0
#define FRICTION_W 100.0
#define WITH "{rotor: %s, points_percent: [100, 50], first_percent: 4, point_max_s: 60}"

struct bench {
    struct fake_services f;
    struct mb_snapshot s;
    struct mb_gates gates;
};

static void open_bench(struct bench *b, const char *rotor)
{
    char with[160];

    memset(b, 0, sizeof *b);
    (void)snprintf(with, sizeof with, WITH, rotor);
    fake_services_init(&b->f, "stray-test", with);
    b->gates = *b->f.data.gates;
    b->f.data.gates = &b->gates;
    fake_snapshot(&b->s);
}

static double voltage(const struct bench *b)
{
    return b->f.target_count > 0 ? b->f.targets[b->f.target_count - 1].voltage_v : 0;
}

static void set_readings(struct bench *b)
{
    double u = voltage(b), i = u / (sqrt(3) * OHM), p = i * i * OHM, n = b->f.driven_rpm;
    double shaft_w = n != 0 ? FRICTION_W + p : 0;

    for (int k = 0; k < 3; k++) {
        fake_set(&b->s, (enum mb_signal)(MB_SIGNAL_U12 + k), u);
        fake_set(&b->s, (enum mb_signal)(MB_SIGNAL_I1 + k), i);
    }
    fake_set(&b->s, MB_SIGNAL_P, p);
    fake_set(&b->s, MB_SIGNAL_N, n);
    fake_set(&b->s, MB_SIGNAL_T, n != 0 ? -shaft_w / (n * M_PI / 30) : 0);
    mb_snapshot_derive(&b->s, false);
}

/* Ticks a second at a time until the step ends. */
static enum mb_step_result finish(struct bench *b, int ticks)
{
    enum mb_step_result r = fake_begin(&b->f);

    b->f.safe = true;
    b->f.settled = true;
    for (int i = 0; i < ticks && r == MB_STEP_GOES_ON; i++) {
        set_readings(b);
        r = fake_tick_after(&b->f, 1, &b->s);
    }
    return r;
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 0.035 * fabs(expected)))
        fail_msg("%.6g, not %.6g", value, expected);
}

static void removed_rotor_finds_its_currents(void **state)
{
    struct bench b;
    double rated_a;

    (void)state;
    open_bench(&b, "removed");
    rated_a = b.f.motor.rated.current_a;
    assert_int_equal(finish(&b, 300), MB_STEP_DONE);
    assert_int_equal(fake_entry_count(&b.f, "reading"), 2);
    assert_string_equal(json_string_value(json_object_get(fake_entry(&b.f, "reading", 0), "store")),
                        "removed_rotor.points");
    assert_near(fake_value(&b.f, 0, "i_a"), rated_a);
    assert_near(fake_value(&b.f, 1, "i_a"), rated_a / 2);
    assert_near(fake_value(&b.f, 0, "p1_w"), rated_a * rated_a * OHM);
    assert_null(json_object_get(json_object_get(fake_entry(&b.f, "reading", 0), "values"), "shaft_w"));
    assert_true(b.f.driven_rpm == 0 && b.f.frequency_hz == 50);
    assert_true(b.f.targets[0].voltage_v == 0); /* nothing jumps */
    assert_true(b.f.safe_count >= 2);           /* off at the end */
    fake_services_clear(&b.f);
}

static void reversed_rotor_is_driven(void **state)
{
    struct bench b;

    (void)state;
    open_bench(&b, "reversed");
    assert_int_equal(finish(&b, 300), MB_STEP_DONE);
    assert_int_equal(fake_entry_count(&b.f, "reading"), 2);
    assert_true(b.f.driven_rpm == -1500);
    for (size_t i = 0; i < 2; i++) {
        assert_near(fake_value(&b.f, i, "shaft_friction_w"), FRICTION_W);
        assert_near(fake_value(&b.f, i, "shaft_w"), FRICTION_W + fake_value(&b.f, i, "p1_w"));
    }
    assert_string_equal(json_string_value(json_object_get(fake_entry(&b.f, "reading", 1), "store")),
                        "reverse_rotation.points");
    fake_services_clear(&b.f);
}

/* With a winding sensor each point says how warm it was. */
static void points_have_their_own_temperature(void **state)
{
    struct bench b;

    (void)state;
    open_bench(&b, "removed");
    fake_set(&b.s, MB_SIGNAL_WINDING, 81.5);
    assert_int_equal(finish(&b, 300), MB_STEP_DONE);
    for (size_t i = 0; i < 2; i++)
        assert_true(fabs(fake_value(&b.f, i, "winding_c") - 81.5) < 1e-9);
    fake_services_clear(&b.f);
    open_bench(&b, "removed");
    fake_spoil(&b.s, MB_SIGNAL_WINDING, MB_NO_DATA);
    assert_int_equal(finish(&b, 300), MB_STEP_DONE);
    assert_null(json_object_get(json_object_get(fake_entry(&b.f, "reading", 0), "values"), "winding_c"));
    fake_services_clear(&b.f);
}

static void a_brake_cannot(void **state)
{
    struct bench b;

    (void)state;
    open_bench(&b, "reversed");
    b.f.drive_result = -ENOTSUP;
    assert_int_equal(finish(&b, 300), MB_STEP_INVALID);
    assert_non_null(strstr(b.f.step.reason, "does not drive"));
    fake_services_clear(&b.f);
}

static void unsteady_power_is_read_again(void **state)
{
    struct bench b;
    enum mb_step_result r;

    (void)state;
    open_bench(&b, "removed");
    r = fake_begin(&b.f);
    b.f.safe = b.f.settled = true;
    for (int i = 0; i < 300 && r == MB_STEP_GOES_ON; i++) {
        set_readings(&b);
        fake_set(&b.s, MB_SIGNAL_P, b.s.signal[MB_SIGNAL_P].value * (i % 2 ? 1.01 : 1));
        r = fake_tick_after(&b.f, 1, &b.s);
    }
    assert_int_equal(r, MB_STEP_INVALID);
    assert_int_equal(fake_entry_count(&b.f, "rejected"), b.gates.repeats + 1);
    assert_non_null(strstr(b.f.step.reason, "the input power changed within it"));
    fake_services_clear(&b.f);
}

static void never_settled(void **state)
{
    struct bench b;
    enum mb_step_result r;

    (void)state;
    open_bench(&b, "removed");
    r = fake_begin(&b.f);
    b.f.safe = true;
    b.f.settled = false;
    for (int i = 0; i < 300 && r == MB_STEP_GOES_ON; i++) {
        set_readings(&b);
        r = fake_tick_after(&b.f, 1, &b.s);
    }
    assert_int_equal(r, MB_STEP_INVALID);
    assert_non_null(strstr(b.f.step.reason, "100 % of rated current could not be read within 60 s"));
    fake_services_clear(&b.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removed_rotor_finds_its_currents),  cmocka_unit_test(reversed_rotor_is_driven),
        cmocka_unit_test(points_have_their_own_temperature), cmocka_unit_test(a_brake_cannot),
        cmocka_unit_test(unsteady_power_is_read_again),      cmocka_unit_test(never_settled),
    };

    return cmocka_run_group_tests_name("stray test", tests, NULL, NULL);
}
