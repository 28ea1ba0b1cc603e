/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each fault of the simulated motor against what physics says that it does, and the bench behaviour that
 * shows it. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "sim/motor_fault.h"
#include "sim/options.h"
#include "sim/tester.h"
#include "support/plant_run.h"

static struct plant_config healthy(void)
{
    return plant_ideal("11kW-4p");
}

static struct plant_config faulty(enum plant_fault fault)
{
    struct plant_config c = healthy(), ret;

    c.faults[fault] = motor_faults[fault].usual;
    motor_faults_apply(&c, &ret);
    return ret;
}

static struct plant_truth truth_of(const struct plant_config *c)
{
    struct plant_truth t;

    assert_int_equal(plant_truth_at(c, c->motor.rated_power_w, 25, &t), 0);
    return t;
}

static struct plant_state at_rated_load(const struct plant_config *c, double seconds)
{
    struct plant *p = plant_started(c, true, plant_rated_nm(c));
    struct plant_state s = plant_run(p, seconds, 0.02);

    p = plant_free(p);
    return s;
}

static void every_fault_has_a_name_and_an_effect(void **state)
{
    (void)state;
    for (int i = 0; i < PLANT_FAULT_COUNT; i++) {
        struct plant_config before = healthy(), after = faulty((enum plant_fault)i);

        assert_int_equal(motor_fault_find(motor_faults[i].name), i);
        assert_true(motor_faults[i].usual >= motor_faults[i].minimum &&
                    motor_faults[i].usual <= motor_faults[i].maximum);
        memset(after.faults, 0, sizeof after.faults);
        assert_memory_not_equal(&before, &after, sizeof before);
    }
    assert_int_equal(motor_fault_find("healthy"), PLANT_FAULT_COUNT);
}

static void exchanged_terminals_turn_it_the_other_way(void **state)
{
    struct plant_config c = healthy(), f = faulty(PLANT_REVERSED);
    struct plant_state right = at_rated_load(&c, 10), left = at_rated_load(&f, 10);

    (void)state;
    assert_true(right.speed_rpm > 1400 && left.speed_rpm == -right.speed_rpm);
    assert_true(left.torque_nm == -right.torque_nm && left.output_w == right.output_w);
    assert_true(left.p_w == right.p_w);
}

static void a_sealing_ring_costs_more_than_a_point(void **state)
{
    struct plant_config c = healthy(), f = faulty(PLANT_SEAL_DRAG);
    struct plant_truth without = truth_of(&c), with = truth_of(&f);
    struct plant *p = plant_started(&f, true, plant_rated_nm(&f));

    (void)state;
    assert_within(without.efficiency - with.efficiency, 0.01, 0.03);
    /* 2 % of rated torque at rated speed. */
    assert_within((with.losses.friction_windage_w - without.losses.friction_windage_w) / 11000, 0.019, 0.021);
    plant_run(p, 10, 0.02);
    plant_set_supply(p, 0, 50, false);
    assert_true(plant_run(p, 60, 0.02).speed_rpm == 0); /* and it does not turn a rotor that rests */
    p = plant_free(p);
}

static void a_loose_terminal_never_settles(void **state)
{
    struct plant_config c = healthy(), f = faulty(PLANT_LOOSE_TERMINAL);
    struct plant *good = plant_new(&c), *bad = plant_new(&f);
    double low = INFINITY, high = 0, cold = 2 * c.motor.r1_ohm * (235 + 25) / (235 + 20);
    struct plant_state s;

    (void)state;
    for (int i = 0; i < 60; i++) {
        double r = plant_run(bad, 1, 0.05).r_line_ohm;

        assert_true(fabs(plant_run(good, 1, 0.05).r_line_ohm - cold) < 1e-9);
        low = fmin(low, r);
        high = fmax(high, r);
    }
    assert_true(low >= cold && high < 2.5 * cold);
    assert_within(high / low - 1, 0.1, 1.5);
    s = at_rated_load(&f, 10);
    assert_within((s.i_line_a[1] - s.i_line_a[0]) / s.i_line_a[1], 0.005, 0.1);
    good = plant_free(good);
    bad = plant_free(bad);
}

static void without_cooling_it_gets_too_hot(void **state)
{
    struct plant_config c = healthy(), f = faulty(PLANT_BLOCKED_COOLING);

    (void)state;
    assert_within(truth_of(&c).winding_c - 25, 50, 80);
    assert_within(truth_of(&f).winding_c - 25, 110, 250); /* class F ends at 105 K */
    assert_true(f.motor.c_frame_j_per_k == c.motor.c_frame_j_per_k);
}

static void a_weak_brake_does_not_reach_rated_torque(void **state)
{
    struct plant_config f = faulty(PLANT_WEAK_BRAKE);

    (void)state;
    assert_within(at_rated_load(&f, 20).torque_nm / plant_rated_nm(&f), 0.79, 0.81);
}

static void insulation_halves_every_ten_kelvin(void **state)
{
    struct plant_config c = healthy(), f = faulty(PLANT_WEAK_INSULATION);
    struct plant *p = plant_started(&c, true, plant_rated_nm(&c));
    struct plant_state s;

    (void)state;
    plant_get(p, &s);
    assert_within(s.insulation_ohm, 499e6, 501e6);
    s = plant_run(p, 3 * 3600, 1);
    assert_true(fabs(s.insulation_ohm / (500e6 * exp2(-(s.winding_c - 25) / 10)) - 1) < 1e-9);
    assert_true(s.insulation_ohm < 10e6);
    p = plant_free(p);
    p = plant_new(&f);
    plant_get(p, &s);
    assert_within(s.insulation_ohm, 99e3, 101e3);
    p = plant_free(p);
}

/* Reading of one safety test on a motor with one fault. */
static struct sim_tester_reading tested(enum plant_fault fault, enum sim_tester_mode mode, double level,
                                        enum sim_tester_state *ret_state)
{
    static const struct sim_errors none;
    struct plant_config c = healthy();
    struct sim_device_options options = {.errors = &none, .exact = true};
    struct sim_tester_reading reading;
    struct sim_world *world;
    struct sim_tester *t;

    if (fault < PLANT_FAULT_COUNT)
        c.faults[fault] = motor_faults[fault].usual;
    world = sim_world_new(&c);
    assert_non_null(world);
    t = (struct sim_tester *)sim_gpt9800_new(world, &options);
    assert_non_null(t);
    t->mode = mode;
    sim_tester_store(t, mode, SIM_TESTER_LEVEL, level, 0, 1e6);
    sim_tester_store(t, mode, SIM_TESTER_HIGH_LIMIT, mode == SIM_TESTER_IR ? 0 : 0.05, 0, 1e12);
    sim_tester_store(t, mode, SIM_TESTER_FREQUENCY, 50, 50, 60);
    sim_tester_start(t);
    sim_world_advance(world, 5000000000u);
    reading = t->reading;
    *ret_state = t->state;
    (void)sim_device_free(&t->device);
    world = sim_world_free(world);
    return reading;
}

static void testers_see_the_motors_insulation(void **state)
{
    enum sim_tester_state end;

    (void)state;
    assert_within(tested(PLANT_FAULT_COUNT, SIM_TESTER_AC, 1760, &end).current_a, 1e-3, 5e-3);
    assert_int_equal(end, SIM_TESTER_PASS);
    assert_within(tested(PLANT_BREAKDOWN, SIM_TESTER_AC, 1760, &end).applied, 1200, 1760);
    assert_int_equal(end, SIM_TESTER_BREAKDOWN);
    tested(PLANT_BREAKDOWN, SIM_TESTER_AC, 1000, &end);
    assert_int_equal(end, SIM_TESTER_PASS);
    assert_within(tested(PLANT_WEAK_INSULATION, SIM_TESTER_IR, 500, &end).resistance_ohm, 99e3, 101e3);
    /* From one phase to earth at rated voltage: 10 mA. */
    assert_within(tested(PLANT_LEAKAGE, SIM_TESTER_AC, 400 / sqrt(3), &end).current_a, 9.9e-3, 10.1e-3);
    assert_within(tested(PLANT_FAULT_COUNT, SIM_TESTER_AC, 400 / sqrt(3), &end).current_a, 0.1e-3, 0.5e-3);
    assert_within(tested(PLANT_OPEN_EARTH, SIM_TESTER_GB, 25, &end).resistance_ohm, 1e5, 1e7);
    assert_int_equal(end, SIM_TESTER_HIGH);
    assert_within(tested(PLANT_FAULT_COUNT, SIM_TESTER_GB, 25, &end).resistance_ohm, 0.01, 0.05);
}

/* The highest torque of a sweep that the load machine's speed loop makes, and the least one below it. */
static void sweep(const struct plant_config *c, double *ret_breakdown_nm, double *ret_pull_up_nm)
{
    struct plant_config strong = *c;
    struct plant *p;

    strong.brake_max_nm = 10 * plant_rated_nm(c);
    p = plant_started(&strong, true, 0);
    plant_run(p, 5, 0.02);
    *ret_breakdown_nm = 0;
    *ret_pull_up_nm = INFINITY;
    for (double rpm = 1480; rpm >= 60; rpm -= 20) {
        struct plant_state s;

        plant_set_load_speed(p, rpm);
        s = plant_run(p, 0.5, 0.02);
        assert_within(s.speed_rpm - rpm, -1, 4);
        *ret_breakdown_nm = fmax(*ret_breakdown_nm, s.torque_nm);
        *ret_pull_up_nm =
            fmin(*ret_pull_up_nm, s.torque_nm >= 0.98 * *ret_breakdown_nm ? INFINITY : s.torque_nm);
    }
    p = plant_free(p);
}

static void large_leakage_reactances_lower_the_breakdown_torque(void **state)
{
    struct plant_config c = healthy(), f = faulty(PLANT_LOW_BREAKDOWN_TORQUE);
    double breakdown_nm, pull_up_nm, low_breakdown_nm, low_pull_up_nm;

    (void)state;
    sweep(&c, &breakdown_nm, &pull_up_nm);
    sweep(&f, &low_breakdown_nm, &low_pull_up_nm);
    assert_within(breakdown_nm / plant_rated_nm(&c), 2, 3.5);
    assert_within(pull_up_nm / breakdown_nm, 0.3, 0.97);
    assert_within(low_breakdown_nm / breakdown_nm, 0.35, 0.6);
}

static void it_wastes_what_it_is_told_to(void **state)
{
    struct plant_config c = healthy(), f = faulty(PLANT_LOW_EFFICIENCY);

    (void)state;
    assert_within(truth_of(&c).efficiency - truth_of(&f).efficiency, 0.02, 0.04);
}

/* The torque of a cage with a broken bar pulsates at 2 s f, and its mean slip is larger. */
static void a_broken_bar_pulsates_at_twice_the_slip(void **state)
{
    struct plant_config c = healthy(), f = faulty(PLANT_BROKEN_BAR);
    struct plant *p = plant_started(&f, true, plant_rated_nm(&f));
    double low = INFINITY, high = 0, mean = 0, previous = 0, slip, seconds = 20;
    int crossings = 0, n = (int)(seconds / 0.02);
    static double current_a[1000];

    (void)state;
    plant_run(p, 10, 0.02);
    slip = 0;
    for (int i = 0; i < n; i++) {
        struct plant_state s = plant_run(p, 0.02, 0.02);

        current_a[i] = s.i_line_a[0];
        mean += s.i_line_a[0] / n;
        slip += (1 - s.speed_rpm / 1500) / n;
    }
    for (int i = 0; i < n; i++) {
        low = fmin(low, current_a[i]);
        high = fmax(high, current_a[i]);
        crossings += current_a[i] > mean && previous <= mean && i > 0;
        previous = current_a[i];
    }
    assert_within((high - low) / mean, 0.01, 0.5);
    assert_within(crossings / seconds / (2 * slip * 50), 0.9, 1.1);
    assert_within(slip / (1 - at_rated_load(&c, 10).speed_rpm / 1500), 1.04, 1.2);
    p = plant_free(p);
}

static void a_pin_holds_what_is_coupled(void **state)
{
    struct plant_config c = healthy();
    struct plant *p = plant_new(&c);
    struct plant_state s;

    (void)state;
    plant_set_coupled(p, true);
    plant_set_locked(p, true);
    plant_set_supply(p, 400, 50, true);
    s = plant_run(p, 3, 0.02);
    assert_true(s.speed_rpm == 0 && s.locked);
    assert_within(s.torque_nm / plant_rated_nm(&c), 1.1, 3);
    plant_set_locked(p, false);
    assert_true(plant_run(p, 5, 0.02).speed_rpm > 1400);
    p = plant_free(p);
}

static void a_higher_frequency_is_a_higher_speed(void **state)
{
    struct plant_config c = healthy();
    struct plant *p = plant_started(&c, true, 0);

    (void)state;
    plant_run(p, 10, 0.02);
    plant_set_supply(p, 480, 60, true);
    assert_within(plant_run(p, 20, 0.02).speed_rpm, 1.19 * 1500, 1.2 * 1500);
    p = plant_free(p);
}

static void faults_come_and_go_while_it_runs(void **state)
{
    struct plant_config c = healthy();
    struct sim_world *world = sim_world_new(&c);
    double before_w;

    (void)state;
    sim_world_supply(world, 400, 50, true);
    sim_world_brake(world, 70, true);
    sim_world_advance(world, 20000000000u);
    before_w = sim_world_state(world)->p_w;
    c.faults[PLANT_SEAL_DRAG] = 0.1;
    sim_world_change(world, &c);
    sim_world_advance(world, 30000000000u);
    assert_within(sim_world_state(world)->p_w - before_w, 1000,
                  1400); /* 7 N m at 1470 r/min, and what it costs */
    c.faults[PLANT_SEAL_DRAG] = 0;
    sim_world_change(world, &c);
    sim_world_advance(world, 40000000000u);
    assert_within(fabs(sim_world_state(world)->p_w - before_w), 0, 20);
    world = sim_world_free(world);
}

static int load(const char *text, struct plant_config *ret, struct mb_error *err)
{
    char path[] = "/tmp/motorbench-plant-XXXXXX";
    int fd = mkstemp(path), r;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
    r = sim_plant_load(path, ret, err);
    (void)unlink(path);
    return r;
}

/* "| name | unit... | usual |" in the guide is the table. */
static void the_guide_lists_them(void **state)
{
    struct mb_error err = {""};
    char *guide = NULL, row[128];
    size_t size;

    (void)state;
    if (mb_file_read("docs/guides/simulator.md", 1u << 20, &guide, &size, &err) < 0)
        fail_msg("%s", err.text);
    for (int i = 0; i < PLANT_FAULT_COUNT; i++) {
        const char *line, *value;

        (void)snprintf(row, sizeof row, "\n| %s | ", motor_faults[i].name);
        line = strstr(guide, row);
        value = line != NULL ? strstr(line + strlen(row), " | ") : NULL;
        if (value == NULL || strtod(value + 3, NULL) != motor_faults[i].usual)
            fail_msg("the guide says nothing of %s, or another value", motor_faults[i].name);
    }
    free(guide);
}

static void plant_files_have_faults(void **state)
{
    struct mb_error err = {""};
    struct plant_config c = {0};

    (void)state;
    assert_int_equal(load("plant: {preset: 11kW-4p, faults: {seal_drag: 0.03, reversed: 1}}", &c, &err), 0);
    assert_true(c.faults[PLANT_SEAL_DRAG] == 0.03 && c.faults[PLANT_REVERSED] == 1);
    assert_true(c.faults[PLANT_BREAKDOWN] == 0 && c.motor.seal_drag_nm == 0); /* the world applies them */
    assert_int_equal(load("plant: {preset: 11kW-4p, faults: {seal_drg: 0.03}}", &c, &err), -EINVAL);
    assert_non_null(strstr(err.text, "seal_drag"));
    assert_int_equal(load("plant: {preset: 11kW-4p, faults: {seal_drag: 3}}", &c, &err), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_has_a_name_and_an_effect),
        cmocka_unit_test(exchanged_terminals_turn_it_the_other_way),
        cmocka_unit_test(a_sealing_ring_costs_more_than_a_point),
        cmocka_unit_test(a_loose_terminal_never_settles),
        cmocka_unit_test(without_cooling_it_gets_too_hot),
        cmocka_unit_test(a_weak_brake_does_not_reach_rated_torque),
        cmocka_unit_test(insulation_halves_every_ten_kelvin),
        cmocka_unit_test(testers_see_the_motors_insulation),
        cmocka_unit_test(large_leakage_reactances_lower_the_breakdown_torque),
        cmocka_unit_test(it_wastes_what_it_is_told_to),
        cmocka_unit_test(a_broken_bar_pulsates_at_twice_the_slip),
        cmocka_unit_test(a_pin_holds_what_is_coupled),
        cmocka_unit_test(a_higher_frequency_is_a_higher_speed),
        cmocka_unit_test(faults_come_and_go_while_it_runs),
        cmocka_unit_test(plant_files_have_faults),
        cmocka_unit_test(the_guide_lists_them),
    };

    return cmocka_run_group_tests_name("motor faults", tests, NULL, NULL);
}
