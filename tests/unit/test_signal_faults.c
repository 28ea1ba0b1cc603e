/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What accelerometers, a microphone and current clamps on the simulated motor see, healthy and with each
 * fault that shows there, through the analyses that the product has. */
#include "support/test.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "dsp/envelope.h"
#include "dsp/sound.h"
#include "dsp/vibration.h"
#include "sim/motor_fault.h"
#include "sim/signals.h"
#include "support/plant_run.h"

#define QUANTUM_S 0.05
#define RATE_HZ 20000.0
#define IMPACTS_A_TURN 3.58 /* of the simulated bearing */

struct record {
    double *value;
    size_t count;
    double speed_rpm, frequency_hz; /* means */
};

/* One signal of a motor that has run up, at no load or at a torque; freed by the caller. */
static struct record record_of(enum plant_fault fault, enum sim_signal signal, double load_share, bool on,
                               double seconds)
{
    struct plant_config c = plant_ideal("11kW-4p"), f;
    size_t per_quantum = (size_t)lround(RATE_HZ * QUANTUM_S), quanta = (size_t)lround(seconds / QUANTUM_S);
    struct record record = {.value = calloc(per_quantum * quanta, sizeof(double))};
    struct sim_signals signals;
    struct sim_random random;
    struct plant_state state;
    struct plant *p;

    assert_non_null(record.value);
    if (fault < PLANT_FAULT_COUNT)
        c.faults[fault] = motor_faults[fault].usual;
    motor_faults_apply(&c, &f);
    p = plant_started(&f, load_share > 0, load_share * plant_rated_nm(&f));
    if (!on)
        plant_set_supply(p, 0, 0, false);
    state = plant_run(p, 20, 0.02);
    sim_signals_start(&signals, &f, &state);
    sim_random_seed(&random, 1, 1);
    for (size_t q = 0; q < quanta; q++) {
        state = plant_run(p, QUANTUM_S, QUANTUM_S);
        sim_signals_advance(&signals, &f, &state, state.torque_nm, QUANTUM_S);
        record.speed_rpm += state.speed_rpm / (double)quanta;
        record.frequency_hz += state.frequency_hz / (double)quanta;
        for (size_t i = 0; i < per_quantum; i++)
            record.value[record.count++] =
                sim_signal_at(&signals, signal, (double)(i + 1) / (double)per_quantum, &random);
    }
    p = plant_free(p);
    return record;
}

static double velocity_mps(enum plant_fault fault, enum sim_signal axis, bool on)
{
    struct record record = record_of(fault, axis, 0, on, 8);
    struct mb_vibration_result result;
    struct mb_vibration vibration;

    assert_int_equal(mb_vibration_init(&vibration, RATE_HZ, 10, 1000, 1), 0);
    mb_vibration_push(&vibration, record.value, record.count, 0);
    mb_vibration_result(&vibration, &result);
    assert_int_equal(result.flags, 0);
    free(record.value);
    return result.velocity_mps.rms;
}

static double sound_db(enum plant_fault fault, bool on)
{
    struct record record = record_of(fault, SIM_SIGNAL_SOUND, 0, on, 3);
    struct mb_sound_result result;
    struct mb_sound_meter meter;

    assert_int_equal(mb_sound_meter_init(&meter, MB_WEIGHTING_A, RATE_HZ), 0);
    mb_sound_meter_push(&meter, record.value, record.count, 0);
    mb_sound_meter_result(&meter, &result);
    free(record.value);
    return result.leq_db;
}

static void a_healthy_motor_is_smooth_and_one_at_rest_is_still(void **state)
{
    (void)state;
    for (int axis = SIM_SIGNAL_ACCEL_X; axis <= SIM_SIGNAL_ACCEL_Z; axis++) {
        double running = velocity_mps(PLANT_FAULT_COUNT, (enum sim_signal)axis, true);
        double still = velocity_mps(PLANT_FAULT_COUNT, (enum sim_signal)axis, false);

        assert_within(running, 0.0002, 0.0013);
        assert_within(still, 0, running / 3); /* a foundation may have 25 to 30 % of it */
    }
}

static void an_unbalance_is_velocity_across_the_shaft(void **state)
{
    (void)state;
    assert_within(velocity_mps(PLANT_UNBALANCE, SIM_SIGNAL_ACCEL_X, true), 0.0057, 0.0063);
    assert_within(velocity_mps(PLANT_UNBALANCE, SIM_SIGNAL_ACCEL_Y, true), 0.0057, 0.0063);
    assert_within(velocity_mps(PLANT_UNBALANCE, SIM_SIGNAL_ACCEL_Z, true), 0.0015, 0.0025);
}

static double envelope_line(enum plant_fault fault, double *ret_beside)
{
    const struct mb_envelope_setting setting = {
        .rate_hz = RATE_HZ, .low_hz = 2000, .high_hz = 4000, .max_hz = 400, .resolution_hz = 1};
    struct record record = record_of(fault, SIM_SIGNAL_ACCEL_Y, 0, true, 6);
    double hz = record.speed_rpm / 60 * IMPACTS_A_TURN, line;
    struct mb_envelope_spectrum spectrum;
    struct mb_envelope *envelope = NULL;

    assert_int_equal(mb_envelope_new(&setting, &envelope), 0);
    mb_envelope_push(envelope, record.value, record.count, 0);
    mb_envelope_spectrum(envelope, &spectrum);
    assert_int_equal(spectrum.flags, 0);
    line = mb_envelope_line(&spectrum, hz, 2);
    *ret_beside = mb_envelope_line(&spectrum, 1.5 * hz, 2);
    envelope = mb_envelope_free(envelope);
    free(record.value);
    return line;
}

static void a_bearing_defect_knocks_in_the_envelope(void **state)
{
    double beside, line = envelope_line(PLANT_BEARING_DEFECT, &beside);

    (void)state;
    assert_within(line, 1, 60);
    assert_true(line > 20 * beside);
    assert_true(envelope_line(PLANT_FAULT_COUNT, &beside) < line / 100);
}

static void a_noisy_fan_is_heard(void **state)
{
    double quiet = sound_db(PLANT_FAULT_COUNT, false), healthy = sound_db(PLANT_FAULT_COUNT, true);

    (void)state;
    assert_within(quiet, 30, 45);
    assert_within(healthy, 58, 63);
    assert_within(sound_db(PLANT_NOISY_FAN, true) - healthy, 24, 26);
}

/* Amplitude of a line, with a Hann window. */
static double line_of(const struct record *record, double hz)
{
    double complex sum = 0;

    for (size_t i = 0; i < record->count; i++) {
        double window = 1 - cos(2 * M_PI * (double)i / (double)record->count);

        sum += window * record->value[i] * cexp(-2 * M_PI * I * hz * (double)i / RATE_HZ);
    }
    return 2 * cabs(sum) / (double)record->count;
}

static void broken_bars_are_lines_beside_the_supply(void **state)
{
    struct record good = record_of(PLANT_FAULT_COUNT, SIM_SIGNAL_I1, 1, true, 12);
    struct record bad = record_of(PLANT_BROKEN_BAR, SIM_SIGNAL_I1, 1, true, 12);
    double slip = 1 - bad.speed_rpm / 1500, supply_a = line_of(&bad, 50);

    (void)state;
    assert_within(line_of(&bad, 50 * (1 - 2 * slip)) / supply_a, 0.003, 0.2);
    assert_within(line_of(&bad, 50 * (1 + 2 * slip)) / supply_a, 0.003, 0.2);
    assert_true(line_of(&bad, 50 * (1 - 3 * slip)) < line_of(&bad, 50 * (1 - 2 * slip)) / 5);
    assert_true(line_of(&good, 50 * (1 - 2 * slip)) < 1e-3 * supply_a);
    free(good.value);
    free(bad.value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_motor_is_smooth_and_one_at_rest_is_still),
        cmocka_unit_test(an_unbalance_is_velocity_across_the_shaft),
        cmocka_unit_test(a_bearing_defect_knocks_in_the_envelope),
        cmocka_unit_test(a_noisy_fan_is_heard),
        cmocka_unit_test(broken_bars_are_lines_beside_the_supply),
    };

    return cmocka_run_group_tests_name("signals of faults", tests, NULL, NULL);
}
