/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disturbances of the simulated bench: each once, when the torque rests in its band. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/scenario.h"

struct rig {
    struct plant_config config;
    struct sim_world *world;
    struct sim_scenario *scenario;
    uint64_t ns;
    double rated_nm;
};

static int open_rig(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct mb_error err;

    assert_non_null(rig);
    assert_int_equal(plant_preset("11kW-4p", &rig->config), 0);
    rig->config.brake_scale_error = 0;
    rig->rated_nm = rig->config.motor.rated_power_w / (rig->config.motor.rated_speed_rpm * M_PI / 30);
    rig->world = sim_world_new(&rig->config);
    assert_non_null(rig->world);
    assert_int_equal(sim_scenario_new(rig->world, "demo", &rig->scenario, &err), 0);
    sim_world_supply(rig->world, 400, 50, true);
    *state = rig;
    return 0;
}

static int close_rig(void **state)
{
    struct rig *rig = *state;

    rig->scenario = sim_scenario_free(rig->scenario);
    rig->world = sim_world_free(rig->world);
    free(rig);
    return 0;
}

static void pass(struct rig *rig, double seconds)
{
    rig->ns += (uint64_t)(seconds * 1e9 + 0.5);
    sim_world_advance(rig->world, rig->ns);
}

static void load(struct rig *rig, double percent, double seconds)
{
    sim_world_brake(rig->world, percent / 100 * rig->rated_nm, true);
    pass(rig, seconds);
}

static void expect_status(const struct rig *rig, const char *expected)
{
    struct sim_text text = {0};

    assert_int_equal(sim_scenario_status(rig->scenario, &text), 0);
    assert_string_equal(text.data, expected);
    sim_text_clear(&text);
}

static double shift_percent(const struct rig *rig)
{
    return 100 * (sim_world_torque_nm(rig->world) - sim_world_state(rig->world)->torque_nm) / rig->rated_nm;
}

static double lowest_voltage(struct rig *rig, double seconds)
{
    double lowest = 1e9;

    for (double t = 0; t < seconds; t += 0.1) {
        pass(rig, 0.1);
        lowest = fmin(lowest, sim_world_state(rig->world)->u_line_v[0]);
    }
    return lowest;
}

static void test_dips(void **state)
{
    struct rig *rig = *state;
    double u;

    pass(rig, 20);
    load(rig, 125, 60);
    expect_status(rig, "{\"supply-dip\":\"waiting\",\"torque-zero-shift\":\"waiting\"}");
    load(rig, 115, 8.5);
    u = sim_world_state(rig->world)->u_line_v[0];
    expect_status(rig, "{\"supply-dip\":\"waiting\",\"torque-zero-shift\":\"waiting\"}");
    for (int dip = 0; dip < 3; dip++) {
        assert_true(lowest_voltage(rig, 4) < 0.94 * u);
        pass(rig, 1);
        assert_true(lowest_voltage(rig, 2) > 0.98 * u); /* between the dips */
    }
    pass(rig, 10);
    expect_status(rig, "{\"supply-dip\":\"done\",\"torque-zero-shift\":\"waiting\"}");
    assert_true(lowest_voltage(rig, 60) > 0.99 * u); /* the repeated reading is left alone */
}

static void test_zero_shift_stays_in_band(void **state)
{
    struct rig *rig = *state;

    pass(rig, 20);
    load(rig, 75, 60); /* on the way up */
    assert_true(shift_percent(rig) == 0);
    load(rig, 125, 20);
    load(rig, 115, 60); /* the dip comes first */
    assert_true(shift_percent(rig) == 0);
    load(rig, 100, 20);
    assert_true(shift_percent(rig) == 0);
    load(rig, 75, 10);
    assert_true(fabs(shift_percent(rig) + 1.2) < 1e-9);
    load(rig, 76.2, 60); /* the regulator makes up for it */
    assert_true(fabs(shift_percent(rig) + 1.2) < 1e-9);
    load(rig, 50, 10);
    assert_true(shift_percent(rig) == 0);
    load(rig, 75, 60);
    assert_true(shift_percent(rig) == 0);
}

static void test_load_taken_away(void **state)
{
    struct rig *rig = *state;

    pass(rig, 20);
    load(rig, 125, 20);
    load(rig, 115, 12.5); /* the first dip has been */
    load(rig, 100, 1);
    expect_status(rig, "{\"supply-dip\":\"done\",\"torque-zero-shift\":\"waiting\"}");
    assert_true(lowest_voltage(rig, 60) > 380);
}

static void test_passing_through_is_not_resting(void **state)
{
    struct rig *rig = *state;

    pass(rig, 20);
    load(rig, 125, 20);
    for (double percent = 123; percent > 60; percent -= 1.5)
        load(rig, percent, 1);
    assert_true(shift_percent(rig) == 0);
    expect_status(rig, "{\"supply-dip\":\"waiting\",\"torque-zero-shift\":\"waiting\"}");
}

static void test_file(void **state)
{
    char path[] = "/tmp/mb-scenario-XXXXXX";
    static const char text[] = "scenario:\n  - {name: a, torque_percent: 50, band_percent: 2, hold_s: 1,\n"
                               "     action: explode, size_percent: 1}\n";
    struct rig *rig = *state;
    struct sim_scenario *scenario = NULL;
    struct mb_error err;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    assert_int_equal(close(fd), 0);
    assert_int_equal(sim_scenario_new(rig->world, path, &scenario, &err), -EINVAL);
    assert_non_null(strstr(err.text, ":3:"));
    assert_non_null(strstr(err.text, "supply-step"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(sim_scenario_new(rig->world, path, &scenario, &err), -ENOENT);
    assert_null(scenario);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)
    const struct CMUnitTest tests[] = {
        TEST(test_dips),
        TEST(test_load_taken_away),
        TEST(test_zero_shift_stays_in_band),
        TEST(test_passing_through_is_not_resting),
        TEST(test_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
