/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power analyser against machines whose every figure is known exactly. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/live.h"
#include "analysis/mean.h"
#include "support/tones.h"

#define RATE_HZ 50e3
#define SUPPLY_HZ 50.043  /* beside the nominal frequency, and no whole samples a cycle */
#define N ((size_t)52000) /* five windows of ten cycles */
#define TURN (2 * M_PI / 3)
#define PER_TURN 60

enum { U1, I1, U2, I2, U3, I3, TORQUE, SPEED, CHANNELS };

static const struct mb_wave_channel machine[CHANNELS] = {
    {.name = "u1", .quantity = MB_WAVE_VOLTAGE},
    {.name = "i1", .quantity = MB_WAVE_CURRENT},
    {.name = "u2", .quantity = MB_WAVE_VOLTAGE},
    {.name = "i2", .quantity = MB_WAVE_CURRENT},
    {.name = "u3", .quantity = MB_WAVE_VOLTAGE},
    {.name = "i3", .quantity = MB_WAVE_CURRENT},
    {.name = "torque", .quantity = MB_WAVE_TORQUE},
    {.name = "speed", .quantity = MB_WAVE_SPEED_PULSES, .per_turn = PER_TURN},
};

static const struct mb_analyser_setting usual = {.channels = machine,
                                                 .channel_count = CHANNELS,
                                                 .rate_hz = RATE_HZ,
                                                 .window = MB_WINDOW_MAINS,
                                                 .sync = -1,
                                                 .wiring = -1,
                                                 .orders = 50,
                                                 .rated_v = 230,
                                                 .pole_pairs = 2};

static void assert_within(double value, double expected, double bound)
{
    if (!(fabs(value - expected) <= bound))
        fail_msg("%.15g instead of %.15g: off by %.2e", value, expected, value - expected);
}

static void assert_close(double value, double expected, double relative)
{
    assert_within(value, expected, relative * fabs(expected));
}

/* ---- Signals: three phases with a fifth, a negative sequence and a little DC. ---- */

#define U_V 230.0
#define U5_V 6.9 /* 3 % */
#define I_A 10.0
#define PHI (M_PI / 6) /* the current lags */
#define NEGATIVE 0.01
#define DC_V 0.5
#define DC_A 0.2
#define TORQUE_NM 14.0
#define SLIP 0.03

static double speed_hz(void)
{
    return SUPPLY_HZ / 2 * (1 - SLIP);
}

struct signals {
    double *x[CHANNELS];
};

static struct signals make_signals(void)
{
    struct signals s;
    const struct tone torque[] = {{0, TORQUE_NM, 0}, {SUPPLY_HZ, 0.5, 0}};
    const struct tone pulses[] = {{0, 0.5, 0}, {PER_TURN * speed_hz(), 0.35, 0.4}};

    for (size_t k = 0; k < 3; k++) {
        double lag = (double)k * TURN;
        const struct tone u[] = {{0, DC_V, 0},
                                 {SUPPLY_HZ, U_V, 0.3 - lag},
                                 {SUPPLY_HZ, NEGATIVE * U_V, 0.3 + lag},
                                 {5 * SUPPLY_HZ, U5_V, 1 + lag}};
        const struct tone i[] = {{0, DC_A, 0}, {SUPPLY_HZ, I_A, 0.3 - PHI - lag}};

        s.x[U1 + 2 * k] = tones_make(u, 4, RATE_HZ, 0, N);
        s.x[I1 + 2 * k] = tones_make(i, 2, RATE_HZ, 0, N);
    }
    s.x[TORQUE] = tones_make(torque, 2, RATE_HZ, 0, N);
    s.x[SPEED] = tones_make(pulses, 2, RATE_HZ, 0, N);
    return s;
}

static void free_signals(struct signals *s)
{
    for (size_t c = 0; c < CHANNELS; c++)
        free(s->x[c]);
}

/* ---- What comes out: the mean of the windows, and a copy of the last. ---- */

struct result {
    int error;
    struct mb_error err;
    struct mb_analyser *analyser;
    struct mb_analysis_mean *sums;
    size_t windows;
    struct mb_analysis mean, last;
    struct mb_harmonics last_harmonics[CHANNELS];
    double each_p_w[64];
};

static int take(const struct mb_analysis *window, void *userdata, struct mb_error *err)
{
    struct result *r = userdata;

    (void)err;
    mb_analysis_mean_add(r->sums, window);
    r->last = *window;
    memcpy(r->last_harmonics, window->harmonics, window->channel_count * sizeof *window->harmonics);
    if (r->windows < 64)
        r->each_p_w[r->windows] = window->power.total.p_w;
    r->windows++;
    return 0;
}

static void push(struct result *r, double *const x[], size_t from, size_t n, size_t piece, uint32_t flags)
{
    const struct mb_analyser_setting *s = &usual;
    size_t until = from + n;

    for (; from < until && r->error == 0; from += piece) {
        const double *channels[CHANNELS];
        struct mb_block block = {.first = from,
                                 .t_ns = llround((double)from * 1e9 / s->rate_hz),
                                 .rate_hz = s->rate_hz,
                                 .count = until - from < piece ? until - from : piece,
                                 .channel_count = r->last.channel_count,
                                 .channels = channels,
                                 .flags = flags};

        for (size_t c = 0; c < block.channel_count; c++)
            channels[c] = x[c] + from;
        r->error = mb_analyser_push(r->analyser, &block, take, r, &r->err);
    }
}

static struct result begin(const struct mb_analyser_setting *setting)
{
    struct result r = {.last.channel_count = setting->channel_count};

    r.error = mb_analyser_new(setting, &r.analyser, &r.err);
    if (r.error == 0)
        assert_int_equal(mb_analysis_mean_new(r.analyser, &r.sums), 0);
    return r;
}

static void end(struct result *r)
{
    if (r->error == 0)
        r->error = mb_analyser_push(r->analyser, NULL, take, r, &r->err);
    if (r->error == 0)
        mb_analysis_mean_result(r->sums, &r->mean);
}

static struct result analyse(const struct mb_analyser_setting *setting, double *const x[], size_t n,
                             size_t piece)
{
    struct result r = begin(setting);

    push(&r, x, 0, n, piece, 0);
    end(&r);
    return r;
}

static void clear(struct result *r)
{
    (void)mb_analysis_mean_free(r->sums);
    (void)mb_analyser_free(r->analyser);
}

/* ---- Figures. ---- */

static void assert_electrical(const struct mb_analysis *a)
{
    const double u_v = sqrt(DC_V * DC_V + U_V * U_V + NEGATIVE * U_V * NEGATIVE * U_V + U5_V * U5_V);
    /* The negative sequence turns against the current's positive one: over the three phases it does no work,
     * but of phase 1 it does. */
    const double p1_w = U_V * I_A * cos(PHI), dc_w = DC_V * DC_A;

    assert_close(a->frequency_hz, SUPPLY_HZ, 1e-9);
    if (fabs(a->channels[I1].values.rms - hypot(I_A, DC_A)) > 1e-9 * I_A)
        fail_msg("current of %.15g A", a->channels[I1].values.rms);
    assert_within(a->channels[U1].values.mean, DC_V, 1e-9 * U_V);
    assert_close(a->channels[U2].values.ac_rms * a->channels[U2].values.ac_rms + DC_V * DC_V,
                 a->channels[U2].values.rms * a->channels[U2].values.rms, 1e-12);
    assert_true(fabs(a->channels[U2].values.rms - u_v) < 0.02 * u_v); /* with what the sequences add */
    assert_close(a->power.total.p_w, 3 * (p1_w + dc_w), 1e-9);
    assert_close(a->dc_w, 3 * dc_w, 1e-7);
    assert_close(a->fundamental.total.p_w, 3 * p1_w, 1e-6);
    assert_close(a->fundamental.total.q_var, 3 * U_V * I_A * sin(PHI), 1e-3);
    assert_within(a->voltage.positive, U_V, 1e-6 * U_V);
    assert_within(a->voltage.unbalance, NEGATIVE, 1e-6);
    assert_within(a->voltage.unbalance_zero, 0, 1e-6);
    assert_within(a->current.unbalance, 0, 1e-6);
    assert_close(a->hvf, U5_V / 230 / sqrt(5), 1e-5);
}

static void test_machine(void **state)
{
    struct signals s = make_signals();
    struct result r = analyse(&usual, s.x, N, 8192);
    const double n_rpm = 60 * speed_hz(), shaft_w = 2 * M_PI * speed_hz() * TORQUE_NM;

    (void)state;
    assert_int_equal(r.error, 0);
    assert_int_equal(r.windows, 5);
    assert_int_equal(r.last.flags, 0);
    assert_int_equal(r.last.cycles, 10);
    assert_electrical(&r.last);
    assert_electrical(&r.mean);
    /* Whenever the window begins, the fifth's phase against five times the first's is 1 - 5 x 0.3. */
    assert_within(carg(r.last_harmonics[U1].order[5] / cpow(r.last_harmonics[U1].order[1], 5)), -0.5, 1e-6);
    assert_close(r.mean.machine.torque_nm, TORQUE_NM, 1e-9);
    assert_close(r.mean.machine.speed_rpm, n_rpm, 1e-7);
    assert_close(r.mean.machine.shaft_w, shaft_w, 1e-7);
    assert_within(r.mean.machine.slip, SLIP, 1e-7);
    assert_close(r.mean.machine.efficiency, shaft_w / r.mean.power.total.p_w, 1e-12);
    /* Of the order 5 only the voltage is there. */
    assert_within(creal(mb_analysis_mean_order_power(r.sums, 5)), 0, 1e-6);
    assert_close(creal(mb_analysis_mean_order_power(r.sums, 1)), r.mean.fundamental.total.p_w, 1e-12);
    assert_true(isnan(creal(mb_analysis_mean_order_power(r.sums, 51))));
    clear(&r);
    free_signals(&s);
}

/* The same samples in blocks of any size give the same bits, with sensors that are late, too. */
static void test_blocks_make_no_difference(void **state)
{
    struct mb_wave_channel channels[CHANNELS];
    struct mb_analyser_setting setting = usual;
    struct signals s = make_signals();
    static const size_t pieces[] = {N, 8192, 4096, 613};

    (void)state;
    memcpy(channels, machine, sizeof channels);
    setting.channels = channels;
    for (int late = 0; late < 2; late++) {
        struct result first = analyse(&setting, s.x, N, pieces[0]);

        assert_true(first.windows > 3);
        for (size_t i = 1; i < sizeof pieces / sizeof *pieces; i++) {
            struct result r = analyse(&setting, s.x, N, pieces[i]);

            assert_int_equal(r.windows, first.windows);
            assert_memory_equal(r.each_p_w, first.each_p_w, r.windows * sizeof *r.each_p_w);
            assert_memory_equal(r.last_harmonics, first.last_harmonics, sizeof r.last_harmonics);
            assert_int_equal(r.last.t_ns, first.last.t_ns);
            clear(&r);
        }
        clear(&first);
        channels[I1].delay_s = 37e-6;
        channels[I2].phase_rad = -0.01;
        channels[I2].phase_hz = SUPPLY_HZ;
    }
    free_signals(&s);
}

/* A sensor that is late by 37 us and one that lags make a wrong power until they say so. */
static void test_late_sensors(void **state)
{
    const struct mb_wave_channel channels[] = {{.name = "u", .quantity = MB_WAVE_VOLTAGE},
                                               {.name = "i",
                                                .quantity = MB_WAVE_CURRENT,
                                                .delay_s = 37e-6,
                                                .phase_rad = -0.02,
                                                .phase_hz = SUPPLY_HZ}};
    const struct tone u[] = {{SUPPLY_HZ, U_V, 0.3}};
    const struct tone i[] = {{SUPPLY_HZ, I_A, 0.3 - PHI - 0.02 - 2 * M_PI * SUPPLY_HZ * 37e-6}};
    double *x[] = {tones_make(u, 1, RATE_HZ, 0, N), tones_make(i, 1, RATE_HZ, 0, N)};
    struct mb_analyser_setting setting = usual;
    struct result r;

    (void)state;
    setting.channels = channels;
    setting.channel_count = 2;
    r = analyse(&setting, x, N, 8192);
    assert_int_equal(r.error, 0);
    assert_int_equal(r.last.flags, 0);
    assert_close(r.last.power.total.p_w, U_V * I_A * cos(PHI), 1e-7);
    assert_within(carg(r.last_harmonics[0].order[1] / r.last_harmonics[1].order[1]), PHI, 1e-6);
    clear(&r);
    setting.channels = machine;
    r = analyse(&setting, x, N, 8192);
    assert_true(fabs(r.last.power.total.p_w - U_V * I_A * cos(PHI)) > 10);
    clear(&r);
    free(x[0]);
    free(x[1]);
}

/* Clipping in a sensor that is late marks the windows around it, however the blocks are cut. */
static void test_clipping_of_late_sensors(void **state)
{
    const struct mb_wave_channel channels[] = {{.name = "u", .quantity = MB_WAVE_VOLTAGE, .delay_s = 37e-6}};
    struct mb_analyser_setting setting = usual;
    struct signals s = make_signals();
    struct result r;

    (void)state;
    setting.channels = channels;
    setting.channel_count = 1;
    r = begin(&setting);
    push(&r, s.x, 0, 30000, 1000, 0);
    push(&r, s.x, 30000, 1, 1, MB_WAVE_CLIPPED);
    assert_int_equal(r.mean.flags, 0);
    push(&r, s.x, 30001, 5000, 700, 0);
    assert_true(r.windows == 3 && r.last.flags & MB_WAVE_CLIPPED);
    push(&r, s.x, 35001, N - 35001, 700, 0);
    assert_false(r.last.flags & MB_WAVE_CLIPPED);
    end(&r);
    assert_true(r.mean.flags & MB_WAVE_CLIPPED);
    clear(&r);
    free_signals(&s);
}

/* One load behind three wires: every wiring and every conversion tells the same. */
static void test_wirings_agree(void **state)
{
    enum { PAIRS = 3 };
    const struct mb_wave_channel six[] = {machine[U1], machine[I1], machine[U2],
                                          machine[I2], machine[U3], machine[I3]};
    struct signals s = make_signals();
    double *lines[2 * PAIRS], *u13 = calloc(N, sizeof *u13), *u23 = calloc(N, sizeof *u23),
                              *u12 = calloc(N, sizeof *u12), *u31 = calloc(N, sizeof *u31);
    struct mb_analyser_setting setting = usual;
    struct result star, r;

    (void)state;
    /* Three wires carry no zero sequence: the DC parts of the currents are one. */
    for (size_t k = 0; k < N; k++) {
        for (size_t p = 0; p < PAIRS; p++) {
            s.x[I1 + 2 * p][k] -= DC_A;
            s.x[U1 + 2 * p][k] -= DC_V;
        }
        u13[k] = s.x[U1][k] - s.x[U3][k];
        u23[k] = s.x[U2][k] - s.x[U3][k];
        u12[k] = s.x[U1][k] - s.x[U2][k];
        u31[k] = -u13[k];
    }
    setting.channels = six;
    setting.channel_count = 6;
    star = analyse(&setting, s.x, N, 8192);
    setting.channel_count = 4;
    setting.apparent = MB_APPARENT_EFFECTIVE;
    r = analyse(&setting, (double *[]){u13, s.x[I1], u23, s.x[I2]}, N, 8192);
    assert_close(r.last.power.total.p_w, star.last.power.total.p_w, 1e-7);
    assert_close(r.last.voltage.positive, sqrt(3) * U_V, 1e-6);
    assert_within(r.last.voltage.unbalance, NEGATIVE, 1e-6);
    assert_close(r.last.current.positive, I_A, 1e-6);
    assert_close(r.last.fundamental.total.s_va, 3 * U_V * I_A * sqrt(1 + NEGATIVE * NEGATIVE), 1e-6);
    clear(&r);
    setting.channel_count = 6;
    setting.voltages = MB_CONVERT_STAR;
    lines[0] = u12, lines[1] = s.x[I1], lines[2] = u23, lines[3] = s.x[I2], lines[4] = u31,
    lines[5] = s.x[I3];
    r = analyse(&setting, lines, N, 8192);
    assert_close(r.last.power.total.p_w, star.last.power.total.p_w, 1e-7);
    assert_close(r.last.voltage.positive, U_V, 1e-6);
    clear(&r);
    setting.voltages = MB_CONVERT_DELTA;
    r = analyse(&setting, s.x, N, 8192);
    assert_close(r.last.voltage.positive, sqrt(3) * U_V, 1e-6);
    clear(&r);
    setting.voltages = MB_CONVERT_NONE;
    setting.currents = MB_CONVERT_LINES;
    r = analyse(&setting, s.x, N, 8192);
    assert_close(r.last.current.positive, sqrt(3) * I_A, 1e-6);
    clear(&r);
    clear(&star);
    free(u12);
    free(u13);
    free(u23);
    free(u31);
    free_signals(&s);
}

/* A torque flange with a frequency output, and speed as samples: their product, swings included. */
static void test_torque_by_pulses(void **state)
{
    const struct mb_wave_channel channels[] = {
        {.name = "u", .quantity = MB_WAVE_VOLTAGE},
        {.name = "t", .quantity = MB_WAVE_TORQUE_PULSES, .zero_hz = 2000, .per_hz = -0.05, .level = 2.5},
        {.name = "n", .quantity = MB_WAVE_SPEED}};
    const struct tone u[] = {{SUPPLY_HZ, U_V, 0}}, pulses[] = {{0, 2.5, 0}, {1700, 1.7, 0}},
                      n[] = {{0, 1440, 0}};
    double *x[] = {tones_make(u, 1, RATE_HZ, 0, N), tones_make(pulses, 2, RATE_HZ, 0, N),
                   tones_make(n, 1, RATE_HZ, 0, N)};
    struct mb_analyser_setting setting = usual;
    struct result r;

    (void)state;
    setting.channels = channels;
    setting.channel_count = 3;
    r = analyse(&setting, x, N, 8192);
    assert_close(r.mean.machine.torque_nm, 15, 1e-6);
    assert_close(r.mean.machine.shaft_w, 15 * 1440 * M_PI / 30, 1e-6);
    assert_true(isnan(r.mean.machine.efficiency) && !r.mean.wired);
    assert_within(r.mean.machine.slip, 1 - 2 * 24 / SUPPLY_HZ, 1e-9);
    clear(&r);
    for (size_t c = 0; c < 3; c++)
        free(x[c]);
}

/* ---- Bad input: each has its name. ---- */

static void test_bad_signals(void **state)
{
    static double flat[N], none[N];
    struct signals s = make_signals();
    struct mb_analyser_setting setting = usual;
    double saved = s.x[U1][12000];
    struct result r;

    (void)state;
    setting.channel_count = 2;
    s.x[U1][12000] = NAN;
    r = analyse(&setting, s.x, N, 8192);
    assert_int_equal(r.mean.flags & MB_WAVE_NOT_FINITE, MB_WAVE_NOT_FINITE);
    assert_true(isnan(r.each_p_w[1]) && !isnan(r.each_p_w[3]));
    assert_true(isnan(r.mean.power.total.p_w));
    clear(&r);
    s.x[U1][12000] = saved;
    for (size_t k = 0; k < N; k++)
        flat[k] = 12;
    r = analyse(&setting, (double *[]){flat, flat}, N, 8192); /* DC: 144 W and no frequency */
    assert_true(r.mean.flags & MB_WAVE_NO_SYNC && isnan(r.mean.frequency_hz));
    assert_close(r.mean.power.total.p_w, 144, 1e-15);
    assert_close(r.mean.dc_w, 144, 1e-15);
    assert_true(isnan(r.mean.power.total.q_var) || r.mean.power.total.q_var == 0);
    assert_true(isnan(r.mean.hvf) && isnan(r.mean.voltage.positive) && r.mean.highest == 0);
    clear(&r);
    r = analyse(&setting, (double *[]){none, none}, N, 8192); /* 0 Hz, nothing */
    assert_true(r.mean.flags & MB_WAVE_NO_SYNC && r.mean.power.total.p_w == 0);
    assert_true(isnan(r.mean.power.total.power_factor) && isnan(r.mean.channels[0].values.crest));
    clear(&r);
    r = analyse(&setting, s.x, 1, 1);
    assert_true(r.mean.flags & MB_WAVE_TOO_SHORT);
    clear(&r);
    r = analyse(&setting, s.x, 7000, 7000); /* six cycles */
    assert_true(r.mean.flags & MB_WAVE_TOO_SHORT);
    assert_within(r.mean.wanted_s, 10 / SUPPLY_HZ, 1e-6);
    clear(&r);
    r = analyse(&setting, s.x, 0, 1);
    assert_true(r.mean.flags & MB_WAVE_TOO_SHORT && isnan(r.mean.power.total.p_w));
    clear(&r);
    free_signals(&s);
}

static void test_bad_blocks(void **state)
{
    struct signals s = make_signals();
    const double *const channels[] = {s.x[0], s.x[1]};
    struct mb_block other_rate = {.rate_hz = 48e3, .count = 10, .channel_count = 2, .channels = channels};
    struct mb_block other_count = {.rate_hz = RATE_HZ, .count = 10, .channel_count = 1, .channels = channels};
    struct mb_analyser_setting setting = usual;
    struct result r;

    (void)state;
    setting.channel_count = 2;
    r = begin(&setting);
    assert_int_equal(mb_analyser_push(r.analyser, &other_rate, take, &r, &r.err), -EINVAL);
    assert_non_null(strstr(r.err.text, "the rate changes from 50000 to 48000 Hz"));
    assert_int_equal(mb_analyser_push(r.analyser, &other_count, take, &r, &r.err), -EINVAL);
    assert_non_null(strstr(r.err.text, "1 channels where there were 2"));
    push(&r, s.x, 0, 25000, 5000, 0);
    push(&r, s.x, 26000, 26000, 5000, 0); /* a thousand samples are missing */
    end(&r);
    assert_true(r.mean.flags & MB_WAVE_MISSING);
    assert_close(r.mean.power.total.p_w, r.each_p_w[0], 1e-6);
    clear(&r);
    free_signals(&s);
}

static void test_refused_settings(void **state)
{
    static const struct {
        size_t channels;
        struct mb_analyser_setting change;
        const char *words;
    } cases[] = {
        {0, {.sync = -1, .wiring = -1, .orders = 1}, "0 channels"},
        {2, {.sync = -1, .wiring = -1, .orders = 0}, "order 0"},
        {2, {.sync = -1, .wiring = -1, .orders = 101}, "order 101"},
        {2, {.sync = 2, .wiring = -1, .orders = 1}, "no channel 2 to synchronise to"},
        {2, {.sync = -1, .wiring = MB_WIRING_3P4W, .orders = 1}, "3P4W needs 3 voltages"},
        {2,
         {.sync = -1, .wiring = -1, .orders = 1, .voltages = MB_CONVERT_STAR},
         "made of three voltages, there are 1"},
        {4, {.sync = -1, .wiring = -1, .orders = 1, .currents = MB_CONVERT_LINES}, "there are 2"},
        {2, {.sync = -1, .wiring = -1, .orders = 1, .window = MB_WINDOW_CYCLES}, "at least one cycle"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_analyser_setting setting = cases[i].change;
        struct mb_analyser *analyser = NULL;
        struct mb_error err = {""};

        setting.channels = machine;
        setting.channel_count = cases[i].channels;
        setting.rate_hz = RATE_HZ;
        if (setting.window != MB_WINDOW_CYCLES)
            setting.window = MB_WINDOW_MAINS;
        assert_int_equal(mb_analyser_new(&setting, &analyser, &err), -EINVAL);
        if (!strstr(err.text, cases[i].words))
            fail_msg("'%s' does not say '%s'", err.text, cases[i].words);
    }
}

/* A live bench: from rest to 400 V; windows of 50 ms tell the frequency soon, whatever the size. */
static void test_from_rest(void **state)
{
    struct mb_analyser_setting setting = usual;
    const struct tone u[] = {{SUPPLY_HZ, 400, 0.1}};
    double *x[] = {tones_make(u, 1, RATE_HZ, 0, N)};
    struct result r;

    (void)state;
    setting.channel_count = 1;
    setting.window = MB_WINDOW_UPDATE;
    setting.length_s = 0.05;
    for (size_t k = 0; k < 20000; k++)
        x[0][k] = 0.01 * sin((double)k * 0.7); /* hum */
    for (size_t k = 40000; k < N; k++)
        x[0][k] *= 0.001; /* down to 0.4 V at once */
    r = begin(&setting);
    push(&r, x, 0, 40000, 1000, 0);
    assert_close(r.last.frequency_hz, SUPPLY_HZ, 1e-9);
    assert_close(r.last.channels[0].values.rms, 400, 1e-9);
    assert_int_equal(r.last.cycles, 2);
    assert_true(r.last.line_flags & MB_WAVE_TOO_SHORT); /* for IEC 61000-4-7, and not for power */
    assert_false(r.last.flags & MB_WAVE_TOO_SHORT);
    clear(&r);
    free(x[0]);
}

/* ---- Live: an update every 50 ms, and what screens read. ---- */

struct updates {
    size_t count;
    int64_t last_ns, longest_ns;
    double p_w, hvf;
};

static void count_update(const struct mb_analysis *a, double hvf, void *userdata)
{
    struct updates *u = userdata;

    if (u->count > 0 && a->t_ns - u->last_ns > u->longest_ns)
        u->longest_ns = a->t_ns - u->last_ns;
    u->last_ns = a->t_ns;
    u->p_w = a->power.total.p_w;
    u->hvf = hvf;
    u->count++;
}

/* Accelerometers: no cycles, lines of 0.2 s. A gap begins a new window and is told. */
static void test_live_without_supply(void **state)
{
    static const struct mb_wave_channel channels[] = {{.name = "x", .quantity = MB_WAVE_ACCELERATION},
                                                      {.name = "y", .quantity = MB_WAVE_ACCELERATION}};
    const struct tone x[] = {{0, 0.5, 0}, {120, 2, 1}}, y[] = {{1000, 0.25, 0}};
    const struct mb_live_setting setting = {.wiring = -1};
    const struct mb_stream_info info = {.channel_count = 2, .channels = channels, .rate_hz = 10240};
    double *samples[] = {tones_make(x, 2, 10240, 0, 10240), tones_make(y, 1, 10240, 0, 10240)};
    struct mb_ring_reader *spectrum = NULL;
    struct mb_live *live = NULL;
    struct mb_ring_info frame;
    float values[2 * 2048];
    size_t points;

    (void)state;
    assert_int_equal(mb_live_new(&setting, &info, &live, NULL), 0);
    assert_int_equal(mb_ring_reader_new(mb_live_fd(live, MB_RING_SPECTRUM), &spectrum, NULL), 0);
    points = mb_ring_reader_header(spectrum)->frame_points;
    assert_int_equal(points, 1025);
    for (size_t from = 0; from < 10240; from += 512) {
        const struct mb_block block = {.first = from + (from >= 5120 ? 7 : 0), /* lost after half a second */
                                       .t_ns = llround((double)from * 1e9 / 10240),
                                       .rate_hz = 10240,
                                       .count = 512,
                                       .channel_count = 2,
                                       .channels = (const double *[]){samples[0] + from, samples[1] + from}};

        assert_int_equal(mb_live_push(live, &block, NULL), 0);
    }
    assert_int_equal(mb_ring_reader_written(spectrum), 4); /* half a window is lost, too */
    assert_int_equal(mb_ring_reader_read(spectrum, 1, &frame, values), 0);
    assert_true(frame.first == 2048 && frame.t_ns == 200000000 && frame.flags == 0 && frame.count == points);
    assert_close(frame.step, 5, 1e-12);
    assert_close(values[0], 0.5, 1e-6);
    assert_close(values[24], 2, 1e-6); /* 120 Hz */
    assert_close(values[points + 200], 0.25, 1e-6);
    assert_within(values[points + 24], 0, 1e-6);
    assert_int_equal(mb_ring_reader_read(spectrum, 2, &frame, values), 0);
    assert_true(frame.first == 5127 && frame.flags == MB_WAVE_MISSING);
    (void)mb_live_free(live);
    (void)mb_ring_reader_free(spectrum);
    free(samples[0]);
    free(samples[1]);
}

static void test_live(void **state)
{
    struct signals s = make_signals();
    struct updates updates = {0};
    const struct mb_live_setting setting = {
        .wiring = -1, .rated_v = 230, .updated = count_update, .userdata = &updates};
    const struct mb_stream_info info = {.channel_count = CHANNELS, .channels = machine, .rate_hz = RATE_HZ};
    struct mb_ring_reader *scope = NULL, *spectrum = NULL;
    float *values = calloc(CHANNELS * 16384, sizeof *values);
    struct mb_live *live = NULL;
    struct mb_ring_info frame;
    uint64_t n;

    (void)state;
    assert_int_equal(mb_live_new(&setting, &info, &live, NULL), 0);
    assert_int_equal(mb_ring_reader_new(mb_live_fd(live, MB_RING_SCOPE), &scope, NULL), 0);
    assert_int_equal(mb_ring_reader_new(mb_live_fd(live, MB_RING_SPECTRUM), &spectrum, NULL), 0);
    for (size_t from = 0; from < N; from += 1000) {
        const struct mb_block block = {
            .first = from,
            .t_ns = llround((double)from * 1e9 / RATE_HZ),
            .rate_hz = RATE_HZ,
            .count = 1000,
            .channel_count = CHANNELS,
            .channels = (const double *[]){s.x[0] + from, s.x[1] + from, s.x[2] + from, s.x[3] + from,
                                           s.x[4] + from, s.x[5] + from, s.x[6] + from, s.x[7] + from}};

        assert_int_equal(mb_live_push(live, &block, NULL), 0);
    }
    assert_true(updates.count >= 24 && updates.longest_ns < 50000000);
    assert_close(updates.p_w, 3 * (U_V * I_A * cos(PHI) + DC_V * DC_A), 1e-6);
    assert_close(updates.hvf, U5_V / 230 / sqrt(5), 1e-5);
    n = mb_ring_reader_written(scope);
    assert_int_equal(n, N / 1000);
    assert_int_equal(mb_ring_reader_read(scope, n - 1, &frame, values), 0);
    assert_true(frame.first == N - 1000 && frame.count == 1000 && frame.step == 1 / RATE_HZ);
    assert_true(values[0] == (float)s.x[0][N - 1000]);
    n = mb_ring_reader_written(spectrum);
    assert_int_equal(n, 5);
    assert_int_equal(mb_ring_reader_read(spectrum, n - 1, &frame, values), 0);
    assert_int_equal(frame.count, MB_HARMONIC_ORDERS + 1);
    assert_close(frame.step, SUPPLY_HZ, 1e-9);
    assert_close(values[5], U5_V, 1e-5);
    (void)mb_live_free(live);
    assert_true(mb_ring_reader_ended(scope) && mb_ring_reader_ended(spectrum));
    (void)mb_ring_reader_free(scope);
    (void)mb_ring_reader_free(spectrum);
    free(values);
    free_signals(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machine),
        cmocka_unit_test(test_blocks_make_no_difference),
        cmocka_unit_test(test_late_sensors),
        cmocka_unit_test(test_clipping_of_late_sensors),
        cmocka_unit_test(test_wirings_agree),
        cmocka_unit_test(test_torque_by_pulses),
        cmocka_unit_test(test_bad_signals),
        cmocka_unit_test(test_bad_blocks),
        cmocka_unit_test(test_refused_settings),
        cmocka_unit_test(test_from_rest),
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_live_without_supply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
