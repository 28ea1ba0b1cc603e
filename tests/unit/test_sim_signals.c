/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated waveforms agree with the plant that they are made from. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>

#include "sim/signals.h"
#include "sim/world.h"

#define RATE 20000

struct rig {
    struct plant_config config;
    struct sim_world *world;
    struct sim_signals signals;
    struct sim_random random;
};

static void observe(const struct plant_state *state, double dt_s, void *userdata)
{
    struct rig *rig = userdata;

    sim_signals_advance(&rig->signals, sim_world_config(rig->world), state, sim_world_torque_nm(rig->world),
                        dt_s);
}

/* A motor at 400 V and 70 N m, its speed at rest. */
static void begin(struct rig *rig)
{
    assert_int_equal(plant_preset("11kW-4p", &rig->config), 0);
    rig->config.source_noise = rig->config.brake_noise = 0;
    rig->world = sim_world_new(&rig->config);
    assert_non_null(rig->world);
    sim_signals_start(&rig->signals, &rig->config, sim_world_state(rig->world));
    sim_random_seed(&rig->random, 1, 1);
    assert_int_equal(sim_world_observe(rig->world, observe, rig), 0);
    sim_world_supply(rig->world, 400, 50, true);
    sim_world_advance(rig->world, 10000000000u);
    sim_world_brake(rig->world, 70, true);
    sim_world_advance(rig->world, 30000000000u);
}

/* One second of a signal: quanta of 50 ms. */
static void take(struct rig *rig, const enum sim_signal signals[], double *const ret[], unsigned count)
{
    const unsigned a_quantum = RATE * (SIM_QUANTUM_NS / 1000000) / 1000;

    for (unsigned q = 0; q < RATE / a_quantum; q++) {
        sim_world_advance(rig->world, sim_world_now_ns(rig->world) + SIM_QUANTUM_NS);
        for (unsigned i = 0; i < a_quantum; i++)
            for (unsigned s = 0; s < count; s++)
                ret[s][q * a_quantum + i] =
                    sim_signal_at(&rig->signals, signals[s], (i + 1.0) / a_quantum, &rig->random);
    }
}

static double mean_product(const double *a, const double *b)
{
    double sum = 0;

    for (unsigned i = 0; i < RATE; i++)
        sum += a[i] * b[i];
    return sum / RATE;
}

static void test_power(void **state)
{
    static const enum sim_signal signals[] = {SIM_SIGNAL_U1, SIM_SIGNAL_U2, SIM_SIGNAL_U3,
                                              SIM_SIGNAL_I1, SIM_SIGNAL_I2, SIM_SIGNAL_I3};
    double *samples[6], power = 0;
    const struct plant_state *truth;
    struct rig rig;

    (void)state;
    begin(&rig);
    for (unsigned s = 0; s < 6; s++)
        assert_non_null(samples[s] = calloc(RATE, sizeof(double)));
    take(&rig, signals, samples, 6);
    truth = sim_world_state(rig.world);
    for (unsigned p = 0; p < 3; p++) {
        double u = sqrt(mean_product(samples[p], samples[p])),
               i = sqrt(mean_product(samples[p + 3], samples[p + 3]));

        assert_true(fabs(u * sqrt(3) / truth->u_line_v[p] - 1) < 1e-4);
        assert_true(fabs(i / truth->i_line_a[p] - 1) < 1e-4);
        power += mean_product(samples[p], samples[p + 3]);
    }
    assert_true(truth->p_w > 10000 && fabs(power / truth->p_w - 1) < 2e-3);
    for (unsigned s = 0; s < 6; s++)
        free(samples[s]);
    rig.world = sim_world_free(rig.world);
}

static void test_shaft(void **state)
{
    static const enum sim_signal signals[] = {SIM_SIGNAL_TORQUE, SIM_SIGNAL_PULSES, SIM_SIGNAL_ACCEL_X,
                                              SIM_SIGNAL_SOUND};
    double *samples[4], torque = 0, level;
    unsigned edges = 0;
    const struct plant_state *truth;
    struct rig rig;

    (void)state;
    begin(&rig);
    for (unsigned s = 0; s < 4; s++)
        assert_non_null(samples[s] = calloc(RATE, sizeof(double)));
    take(&rig, signals, samples, 4);
    truth = sim_world_state(rig.world);
    for (unsigned i = 0; i < RATE; i++) {
        torque += samples[0][i] / RATE;
        edges += i > 0 && samples[1][i] > samples[1][i - 1];
    }
    assert_true(fabs(torque / truth->torque_nm - 1) < 1e-3);
    assert_true(fabs(edges - truth->speed_rpm / 60 * SIM_PULSES_A_TURN) < 2);
    /* An unbalance is a velocity; its acceleration goes with the speed. */
    assert_true(sqrt(mean_product(samples[2], samples[2])) > rig.config.unbalance_mps * 2 * M_PI * 20);
    level = 20 * log10(sqrt(mean_product(samples[3], samples[3])) / 20e-6);
    assert_true(fabs(level - rig.config.fan_db) < 1);
    for (unsigned s = 0; s < 4; s++)
        free(samples[s]);
    rig.world = sim_world_free(rig.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_power), cmocka_unit_test(test_shaft)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
