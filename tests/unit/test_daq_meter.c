/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A power analyser made of samples, against a machine whose every figure is known, in each wiring; and what
 * must not become a reading. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daq/meter.h"
#include "iio/map.h"
#include "support/tones.h"

#define RATE_HZ 10e3
#define BLOCK ((size_t)500)
#define BLOCKS 20
#define N (BLOCK * BLOCKS)
#define SUPPLY_HZ 50.043
#define TURN (2 * M_PI / 3)
#define U_V 230.0 /* to the neutral */
#define U3_V 10.0 /* of order 3: no line voltage has it */
#define U5_V 6.9
#define I_A 10.0
#define PHI (M_PI / 6)
#define TORQUE_NM 14.0
#define SPEED_RPM 1456.0
#define CHANNELS_MAX 8

/* ---- Signals. ---- */

struct machine {
    struct mb_wave_channel channels[CHANNELS_MAX];
    double *x[CHANNELS_MAX];
    size_t count;
    int wiring;
};

static void add(struct machine *m, const char *name, enum mb_wave_quantity quantity, const struct tone *tones,
                size_t count)
{
    struct mb_wave_channel *c = &m->channels[m->count];

    (void)snprintf(c->name, sizeof c->name, "%s", name);
    c->quantity = quantity;
    m->x[m->count++] = tones_make(tones, count, RATE_HZ, 0, N);
}

/* Of a phase to the neutral (order 3 is the same in all), or to phase 3. */
static void add_voltage(struct machine *m, unsigned phase, int against)
{
    const double lag = phase * TURN, other = against * TURN;
    const struct tone u[] = {{SUPPLY_HZ, U_V, 0.3 - lag},
                             {5 * SUPPLY_HZ, U5_V, 1 + lag},
                             {SUPPLY_HZ, against < 0 ? 0 : -U_V, 0.3 - other},
                             {5 * SUPPLY_HZ, against < 0 ? 0 : -U5_V, 1 + other},
                             {3 * SUPPLY_HZ, against < 0 ? U3_V : 0, 0}};

    add(m, "u", MB_WAVE_VOLTAGE, u, 5);
}

static void add_current(struct machine *m, unsigned phase)
{
    const struct tone i = {SUPPLY_HZ, I_A, 0.3 - PHI - phase * TURN};

    add(m, "i", MB_WAVE_CURRENT, &i, 1);
}

static void add_shaft(struct machine *m)
{
    const struct tone torque = {0, TORQUE_NM, 0}, speed = {0, SPEED_RPM, 0};

    add(m, "torque", MB_WAVE_TORQUE, &torque, 1);
    add(m, "speed", MB_WAVE_SPEED, &speed, 1);
}

static struct machine make(enum mb_wiring wiring)
{
    struct machine m = {.wiring = (int)wiring};

    if (wiring == MB_WIRING_3P4W)
        for (unsigned k = 0; k < 3; k++)
            add_voltage(&m, k, -1);
    if (wiring == MB_WIRING_3P3W || wiring == MB_WIRING_3V3A) {
        add_voltage(&m, 0, 2);
        add_voltage(&m, 1, 2);
    }
    if (wiring == MB_WIRING_3V3A)
        add_voltage(&m, 0, 1);
    if (wiring == MB_WIRING_1P2W)
        add_voltage(&m, 0, -1);
    for (unsigned k = 0, n = (unsigned)m.count; k < n; k++)
        add_current(&m, k);
    add_shaft(&m);
    return m;
}

static void clear(struct machine *m)
{
    for (size_t c = 0; c < m->count; c++)
        free(m->x[c]);
}

/* ---- The meter over it. ---- */

struct spoil { /* flags of one block */
    size_t block;
    uint32_t flags;
};

static struct mb_meter *new_meter(const struct machine *m)
{
    const struct mb_stream_info info = {
        .channel_count = m->count, .channels = m->channels, .rate_hz = RATE_HZ};
    struct mb_meter *meter = NULL;
    struct mb_error err = {""};

    if (mb_meter_new(&info, m->wiring, MB_METER_UPDATE_S, &meter, &err) < 0)
        fail_msg("%s", err.text);
    return meter;
}

/* Blocks [from, until); the readings that came, the newest in ret. */
static unsigned run(struct mb_meter *meter, const struct machine *m, size_t from, size_t until,
                    uint32_t flags, struct mb_meter_reading *ret)
{
    unsigned readings = 0;

    for (size_t b = from; b < until; b++) {
        const double *x[CHANNELS_MAX];
        struct mb_block block = {.first = b * BLOCK,
                                 .t_ns = (int64_t)(b * BLOCK * 100000),
                                 .rate_hz = RATE_HZ,
                                 .count = BLOCK,
                                 .channel_count = m->count,
                                 .channels = x,
                                 .flags = b == from ? flags : 0};
        struct mb_error err = {""};
        int r;

        for (size_t c = 0; c < m->count; c++)
            x[c] = m->x[c] + b * BLOCK;
        r = mb_meter_push(meter, &block, ret, &err);
        if (r < 0)
            fail_msg("%s", err.text);
        readings += r > 0;
    }
    return readings;
}

static void assert_value(const struct mb_meter_reading *r, enum mb_meter_value v, double expected,
                         double relative)
{
    char name[32];

    mb_meter_value_name(v, name, sizeof name);
    if (r->validity[v] != MB_VALID)
        fail_msg("%s is %s: %s", name, mb_validity_name(r->validity[v]), r->reason);
    if (!(fabs(r->value[v] - expected) <= relative * fabs(expected) + 1e-9))
        fail_msg("%s is %.12g instead of %.12g", name, r->value[v], expected);
}

static void check_wiring(enum mb_wiring wiring)
{
    struct machine m = make(wiring);
    struct mb_meter *meter = new_meter(&m);
    struct mb_meter_reading r = {0};
    const double lines = wiring == MB_WIRING_1P2W ? 1 : 3, star = wiring == MB_WIRING_1P2W ? 1 : sqrt(3);
    const double u = wiring == MB_WIRING_1P2W ? sqrt(U_V * U_V + U5_V * U5_V + U3_V * U3_V)
                                              : star * sqrt(U_V * U_V + U5_V * U5_V);

    assert_true(run(meter, &m, 0, BLOCKS, 0, &r) >= 3);
    for (int k = 0; k < lines; k++) {
        assert_value(&r, (enum mb_meter_value)(MB_METER_U1 + k), u, 1e-7);
        assert_value(&r, (enum mb_meter_value)(MB_METER_I1 + k), I_A, 1e-7);
        assert_value(&r, (enum mb_meter_value)(MB_METER_U1_FUNDAMENTAL + k), star * U_V, 1e-6);
        assert_value(&r, (enum mb_meter_value)(MB_METER_I1_FUNDAMENTAL + k), I_A, 1e-6);
    }
    assert_value(&r, MB_METER_P, lines * U_V * I_A * cos(PHI), 1e-7);
    assert_value(&r, MB_METER_PF, r.value[MB_METER_P] / r.value[MB_METER_S], 1e-12);
    assert_value(&r, MB_METER_F, SUPPLY_HZ, 1e-7);
    assert_value(&r, MB_METER_T, TORQUE_NM, 1e-9);
    assert_value(&r, MB_METER_N, SPEED_RPM, 1e-9);
    assert_value(&r, (enum mb_meter_value)(MB_METER_H2 + 3), star * U5_V, 1e-6);
    if (lines > 1)
        assert_true(r.value[MB_METER_H2 + 1] < 1e-3); /* order 3 */
    assert_string_equal(r.reason, "");
    assert_true(r.t_ns > 700000000 && r.t_ns < 1000000000);
    assert_null(mb_meter_free(meter));
    clear(&m);
}

static void test_wirings(void **state)
{
    (void)state;
    check_wiring(MB_WIRING_3P4W);
    check_wiring(MB_WIRING_3P3W);
    check_wiring(MB_WIRING_3V3A);
    check_wiring(MB_WIRING_1P2W);
}

/* A torque flange with a frequency output: 1500 Hz at no torque, 2000 Hz at this one. */
static void test_torque_pulses(void **state)
{
    static const struct mb_iio_channel map = {
        .name = "torque", .quantity = MB_NUMBER, .zero_hz = 1500, .torque_per_hz = TORQUE_NM / 500};
    const struct tone pulses[] = {{0, 0.5, 0}, {2000, 0.5, 0.1}};
    struct machine m = make(MB_WIRING_3P4W);
    struct mb_meter_reading r = {0};
    struct mb_meter *meter;

    (void)state;
    for (size_t c = 0; c < m.count; c++)
        if (m.channels[c].quantity == MB_WAVE_TORQUE) {
            free(m.x[c]);
            m.x[c] = tones_make(pulses, 2, RATE_HZ, 0, N);
            assert_int_equal(mb_iio_map_wave(&map, &m.channels[c], NULL), 0);
        }
    meter = new_meter(&m);
    assert_true(run(meter, &m, 0, BLOCKS, 0, &r) > 0);
    assert_value(&r, MB_METER_T, TORQUE_NM, 1e-3);
    (void)mb_meter_free(meter);
    clear(&m);
}

/* What came with the flags in block 10, and that it is over by the end. */
static void check_spoiled(uint32_t flags, enum mb_validity validity, const char *reason)
{
    struct machine m = make(MB_WIRING_3P4W);
    struct mb_meter *meter = new_meter(&m);
    struct mb_meter_reading r = {0};
    unsigned spoiled = 0;

    assert_true(run(meter, &m, 0, 10, 0, &r) > 0);
    assert_value(&r, MB_METER_I1, I_A, 1e-7);
    for (size_t b = 10; b < BLOCKS; b++) {
        if (run(meter, &m, b, b + 1, b == 10 ? flags : 0, &r) == 0 || r.validity[MB_METER_P] == MB_VALID)
            continue;
        spoiled++;
        for (int v = 0; v < MB_METER_COUNT; v++)
            assert_int_equal(r.validity[v], validity);
        assert_non_null(strstr(r.reason, reason));
    }
    assert_int_equal(spoiled > 0, 1);
    assert_value(&r, MB_METER_I1, I_A, 1e-7);
    (void)mb_meter_free(meter);
    clear(&m);
}

static void test_gates(void **state)
{
    (void)state;
    check_spoiled(MB_WAVE_CLIPPED, MB_OVER_RANGE, "clipped");
    check_spoiled(MB_WAVE_MISSING, MB_NO_DATA, "missing");
    check_spoiled(MB_WAVE_RATE, MB_NO_DATA, "rate");
}

static void test_not_finite(void **state)
{
    struct machine m = make(MB_WIRING_3P4W);
    struct mb_meter *meter = new_meter(&m);
    struct mb_meter_reading r = {0};
    unsigned garbled = 0;

    (void)state;
    m.x[4][3333] = NAN;
    for (size_t b = 0; b < BLOCKS; b++)
        if (run(meter, &m, b, b + 1, 0, &r) > 0 && r.validity[MB_METER_P] == MB_GARBLED)
            garbled++;
    assert_int_equal(garbled, 1);
    (void)mb_meter_free(meter);
    clear(&m);
}

/* Switched off in the middle of a window; then nothing: zero volts are a reading, their frequency is none. */
static void test_supply_goes(void **state)
{
    struct machine m = make(MB_WIRING_3P4W);
    struct mb_meter *meter = new_meter(&m);
    struct mb_meter_reading r = {0};
    unsigned too_short = 0;

    (void)state;
    for (size_t c = 0; c < 6; c++)
        memset(m.x[c] + 10 * BLOCK + 100, 0, (10 * BLOCK - 100) * sizeof *m.x[c]);
    for (size_t b = 0; b < BLOCKS; b++)
        if (run(meter, &m, b, b + 1, 0, &r) > 0 && r.validity[MB_METER_P] == MB_NO_DATA)
            too_short += strstr(r.reason, "too short") != NULL;
    assert_int_equal(too_short, 1);
    assert_value(&r, MB_METER_U1, 0, 0);
    assert_value(&r, MB_METER_P, 0, 0);
    assert_value(&r, MB_METER_T, TORQUE_NM, 1e-9);
    assert_int_equal(r.validity[MB_METER_F], MB_NO_DATA);
    assert_int_equal(r.validity[MB_METER_H2], MB_NO_DATA);
    (void)mb_meter_free(meter);
    clear(&m);
}

static void test_alignment(void **state)
{
    struct machine m = make(MB_WIRING_3P4W);
    struct mb_meter *meter = new_meter(&m);
    struct mb_meter_reading r = {0};

    (void)state;
    for (size_t b = 0; b < BLOCKS; b++)
        (void)run(meter, &m, b, b + 1, MB_WAVE_ALIGNMENT, &r);
    assert_value(&r, MB_METER_U1, sqrt(3) * sqrt(U_V * U_V + U5_V * U5_V), 1e-7);
    assert_int_equal(r.validity[MB_METER_P], MB_SETTLING);
    assert_non_null(strstr(r.reason, "devices"));
    (void)mb_meter_free(meter);
    clear(&m);
}

/* A current sensor that is 0.2 ms late, and a device that samples half a period later. */
static void test_corrections(void **state)
{
    struct machine m = make(MB_WIRING_1P2W);
    double device_delay_s[CHANNELS_MAX] = {0, 0.5 / RATE_HZ};
    const struct mb_stream_info info = {
        .channel_count = m.count, .channels = m.channels, .delay_s = device_delay_s, .rate_hz = RATE_HZ};
    const double net_s = 2e-4 - device_delay_s[1];
    struct mb_meter_reading r = {0};
    struct mb_meter *meter = NULL;
    struct mb_error err = {""};

    (void)state;
    m.channels[1].delay_s = 2e-4;
    assert_int_equal(mb_meter_new(&info, m.wiring, MB_METER_UPDATE_S, &meter, &err), 0);
    assert_true(run(meter, &m, 0, BLOCKS, 0, &r) > 0);
    assert_value(&r, MB_METER_P, U_V * I_A * cos(PHI - 2 * M_PI * SUPPLY_HZ * net_s), 1e-7);
    (void)mb_meter_free(meter);
    clear(&m);
}

static void test_refused(void **state)
{
    struct machine m = make(MB_WIRING_3P4W);
    enum mb_meter_value values[MB_METER_COUNT];
    struct mb_error err = {""};
    size_t n = 77;

    (void)state;
    assert_int_equal(mb_meter_values(m.channels, 5, -1, values, &n, &err), -EINVAL);
    assert_non_null(strstr(err.text, "as many voltages as currents"));
    assert_int_equal(mb_meter_values(m.channels, m.count, MB_WIRING_3P3W, values, &n, &err), -EINVAL);
    assert_non_null(strstr(err.text, "3P3W"));
    assert_int_equal(n, 77);
    assert_int_equal(mb_meter_values(m.channels, 6, -1, values, &n, &err), 0); /* no shaft */
    for (size_t i = 0; i < n; i++)
        assert_true(values[i] != MB_METER_T && values[i] != MB_METER_N);
    clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wirings),     cmocka_unit_test(test_torque_pulses),
        cmocka_unit_test(test_gates),       cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_supply_goes), cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_corrections), cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
