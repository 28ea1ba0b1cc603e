/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shipped profiles and the IIO family against the simulated bench: the same calls the daemon makes. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument.h"
#include "support/fake_instrument.h"
#include "support/sim_process.h"

#define FACTOR 20.0

struct device {
    struct mb_instrument *instrument;
    bool ready, lost, done;
    int error;
    char text[256];
    struct mb_reading readings[32];
};

struct bench {
    struct sim_process sim;
    sd_event *event;
    struct mb_clock clock;
    struct device analyser, source, brake, ohmmeter, daq;
};

static const struct mb_iio_channel channels[] = {
    {.name = "torque",
     .device = "adc",
     .channel = "voltage0",
     .quantity = MB_TORQUE,
     .factor = 12,
     .accuracy = 0.113},
    {.name = "speed", .device = "adc", .channel = "voltage1", .quantity = MB_SPEED, .factor = 200},
    {.name = "temperature-frame",
     .device = "thermocouples",
     .channel = "temp1",
     .quantity = MB_TEMPERATURE,
     .factor = 1,
     .zero = 100},
};

static void on_state(struct mb_instrument *i, void *userdata)
{
    struct device *d = userdata;

    d->ready = i->state == MB_INSTRUMENT_READY;
    d->lost = i->state == MB_INSTRUMENT_LOST;
}

static void on_read(struct mb_instrument *i, int error, const char *text, const struct mb_reading *readings,
                    size_t n, void *userdata)
{
    struct device *d = userdata;

    (void)i;
    assert_true(n <= 32);
    memcpy(d->readings, readings, n * sizeof *readings);
    d->error = error;
    d->done = true;
    (void)snprintf(d->text, sizeof d->text, "%s", text);
}

static void on_command(struct mb_instrument *i, int error, const char *text, void *userdata)
{
    struct device *d = userdata;

    (void)i;
    d->error = error;
    d->done = true;
    (void)snprintf(d->text, sizeof d->text, "%s", text);
}

static void make(struct bench *b, struct device *d, const char *id, const char *profile, const char *scheme)
{
    struct mb_instrument_setting setting = {
        .id = id, .profile = profile, .clock = &b->clock, .simulated = true, .wiring = -1};
    struct mb_error err = {0};
    char address[64];

    (void)snprintf(address, sizeof address, "%s:127.0.0.1:%u", scheme, sim_process_port(&b->sim, id));
    setting.address = address;
    if (d == &b->analyser) {
        setting.voltage_range_v = 600;
        setting.current_range_a = 20;
        setting.wiring = 4; /* 3V3A */
    }
    setting.iio_channels = channels;
    setting.iio_channel_count = sizeof channels / sizeof *channels;
    if (mb_instrument_new(b->event, "driver/profiles", &setting, &d->instrument, &err) < 0)
        fail_msg("%s", err.text);
    d->instrument->state_changed = on_state;
    d->instrument->userdata = d;
    assert_int_equal(d->instrument->ops->open(d->instrument), 0);
    if (!fake_run_until(b->event, &d->ready, 5000))
        fail_msg("%s: %s", id, d->instrument->fault);
}

static int setup(void **state)
{
    static const char *const options[] = {"--preset", "11kW-4p", "--factor", "20", NULL};
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    sim_process_start(&b->sim, options);
    assert_true(sd_event_new(&b->event) >= 0);
    mb_clock_init(&b->clock, FACTOR);
    make(b, &b->analyser, "analyser", "yokogawa-wt300e", "tcp");
    make(b, &b->source, "source", "chroma-61500", "tcp");
    make(b, &b->brake, "brake", "magtrol-dsp6001", "tcp");
    make(b, &b->ohmmeter, "ohmmeter", "tonghui-th2516", "tcp");
    make(b, &b->daq, "daq", "iio", "ip");
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    (void)mb_instrument_free(b->analyser.instrument);
    (void)mb_instrument_free(b->source.instrument);
    (void)mb_instrument_free(b->brake.instrument);
    (void)mb_instrument_free(b->ohmmeter.instrument);
    (void)mb_instrument_free(b->daq.instrument);
    sim_process_clear(&b->sim);
    sd_event_unref(b->event);
    free(b);
    return 0;
}

static const struct mb_reading *reading(struct bench *b, struct device *d, const char *channel)
{
    d->done = false;
    assert_int_equal(d->instrument->ops->read(d->instrument, on_read, d), 0);
    assert_true(fake_run_until(b->event, &d->done, 5000));
    if (d->error)
        fail_msg("%s: %s", d->instrument->id, d->text);
    for (size_t i = 0; i < d->instrument->channel_count; i++)
        if (strcmp(d->instrument->channels[i].name, channel) == 0)
            return &d->readings[i];
    fail_msg("%s has no channel %s", d->instrument->id, channel);
    return NULL;
}

static void expect(struct bench *b, struct device *d, const char *channel, double value, double tolerance)
{
    const struct mb_reading *r = reading(b, d, channel);

    if (r->validity != MB_VALID || !(fabs(r->value - value) <= tolerance))
        fail_msg("%s/%s is %g (%s), expected is %g", d->instrument->id, channel, r->value,
                 mb_validity_name(r->validity), value);
    assert_int_equal(r->flags, MB_READING_SIMULATED);
}

static void command(struct bench *b, struct device *d, int r)
{
    assert_int_equal(r, 0);
    assert_true(fake_run_until(b->event, &d->done, 5000));
    if (d->error)
        fail_msg("%s: %s", d->instrument->id, d->text);
    d->done = false;
}

static void set(struct bench *b, struct device *d, enum mb_quantity quantity, double value)
{
    d->done = false;
    command(b, d, d->instrument->ops->set(d->instrument, quantity, value, on_command, d));
}

static void wait_bench_s(struct bench *b, double seconds)
{
    fake_run_for(b->event, (unsigned)(seconds / FACTOR * 1000));
}

/* Up in steps: at full voltage at once the source's current limit would trip. */
static void start_motor(struct bench *b)
{
    struct device *s = &b->source;

    set(b, s, MB_FREQUENCY, 50);
    set(b, s, MB_VOLTAGE, 0);
    s->done = false;
    command(b, s, s->instrument->ops->output(s->instrument, true, on_command, s));
    for (double u = 40; u <= 400; u += 40) {
        set(b, s, MB_VOLTAGE, u);
        wait_bench_s(b, 2);
    }
    wait_bench_s(b, 10);
}

static void test_identities(void **state)
{
    struct bench *b = *state;

    assert_non_null(strstr(b->analyser.instrument->identity, "WT333E"));
    assert_non_null(strstr(b->source.instrument->identity, "61511"));
    assert_string_equal(b->brake.instrument->identity, "Magtrol DSP6001");
    assert_non_null(strstr(b->ohmmeter.instrument->identity, "TH2516"));
    assert_true(b->daq.instrument->identity[0] != '\0');
}

static void test_at_rest(void **state)
{
    struct bench *b = *state;
    const struct mb_reading *r = reading(b, &b->ohmmeter, "resistance");

    assert_int_equal(r->validity, MB_VALID);
    assert_true(r->value > 0.1 && r->value < 10);
    assert_true(r->standard_uncertainty > 0);
    expect(b, &b->daq, "temperature-frame", 122, 0.5); /* 22 degC and the zero of 100 */
    expect(b, &b->brake, "speed", 0, 1);
    expect(b, &b->daq, "torque", 0, 0.5);
    assert_true(fabs(b->daq.readings[0].standard_uncertainty - 0.113 / sqrt(3)) < 1e-9);
    assert_true(isnan(b->daq.readings[1].standard_uncertainty));
}

static void test_running_and_safe(void **state)
{
    struct bench *b = *state;

    start_motor(b);
    expect(b, &b->analyser, "voltage-1", 400, 10);
    expect(b, &b->analyser, "voltage-3", 400, 10);
    expect(b, &b->analyser, "frequency", 50, 0.05);
    expect(b, &b->daq, "speed", 1499, 3);
    set(b, &b->brake, MB_TORQUE, 50);
    wait_bench_s(b, 15);
    expect(b, &b->brake, "torque", 50, 3);
    expect(b, &b->daq, "torque", 50, 3);
    expect(b, &b->analyser, "active-power", 8700, 900);
    assert_true(b->analyser.readings[0].standard_uncertainty > 0);
    assert_int_equal(reading(b, &b->ohmmeter, "resistance")->validity, MB_OVER_RANGE); /* interlocked */
    b->brake.done = b->source.done = false;
    assert_int_equal(b->brake.instrument->ops->safe(b->brake.instrument, on_command, &b->brake), 0);
    command(b, &b->source, b->source.instrument->ops->safe(b->source.instrument, on_command, &b->source));
    command(b, &b->brake, 0);
    expect(b, &b->brake, "torque", 0, 5);
    wait_bench_s(b, 2);
    expect(b, &b->source, "phase-voltage", 0, 20);
}

/* The simulator stands still: every deadline must hold, and everything must come back. */
static void test_everything_hangs(void **state)
{
    struct bench *b = *state;
    struct device *const all[] = {&b->analyser, &b->source, &b->brake, &b->ohmmeter, &b->daq};

    assert_int_equal(kill(b->sim.pid, SIGSTOP), 0);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        all[i]->done = all[i]->lost = false;
        assert_int_equal(all[i]->instrument->ops->read(all[i]->instrument, on_read, all[i]), 0);
    }
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_true(fake_run_until(b->event, &all[i]->done, 6000));
        assert_true(all[i]->error < 0);
        assert_int_equal(all[i]->readings[0].validity, MB_LINK_FAULT);
        assert_true(fake_run_until(b->event, &all[i]->lost, 6000));
    }
    assert_int_equal(kill(b->sim.pid, SIGCONT), 0);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!fake_run_until(b->event, &all[i]->ready, 15000))
            fail_msg("%s: %s", all[i]->instrument->id, all[i]->instrument->fault);
    expect(b, &b->daq, "temperature-frame", 125, 5); /* the motor may have run before */
}

static void test_iio_unknown_channel(void **state)
{
    static const struct mb_iio_channel unknown = {
        .name = "x", .device = "adc", .channel = "voltage9", .factor = 1};
    struct bench *b = *state;
    struct mb_instrument_setting setting = {.id = "daq2",
                                            .profile = "iio",
                                            .clock = &b->clock,
                                            .wiring = -1,
                                            .iio_channels = &unknown,
                                            .iio_channel_count = 1};
    struct device d = {0};
    char address[64];

    (void)snprintf(address, sizeof address, "ip:127.0.0.1:%u", sim_process_port(&b->sim, "daq"));
    setting.address = address;
    assert_int_equal(mb_instrument_new(b->event, "driver/profiles", &setting, &d.instrument, NULL), 0);
    d.instrument->state_changed = on_state;
    d.instrument->userdata = &d;
    assert_int_equal(d.instrument->ops->open(d.instrument), 0);
    assert_true(fake_run_until(b->event, &d.lost, 5000));
    assert_non_null(strstr(d.instrument->fault, "voltage9"));
    assert_int_equal(d.instrument->ops->safe(d.instrument, on_command, &d), -ENOTSUP);
    (void)mb_instrument_free(d.instrument);
}

static void test_iio_bad_settings(void **state)
{
    struct bench *b = *state;
    struct mb_instrument_setting setting = {
        .id = "x", .profile = "iio", .address = "ip:127.0.0.1", .clock = &b->clock};
    struct mb_instrument *i = NULL;
    struct mb_error err = {0};

    assert_int_equal(mb_instrument_new(b->event, "driver/profiles", &setting, &i, &err), -EINVAL);
    setting.iio_channels = channels;
    setting.iio_channel_count = 1;
    setting.address = "xml:/etc/passwd";
    assert_int_equal(mb_instrument_new(b->event, "driver/profiles", &setting, &i, &err), -EINVAL);
    assert_non_null(strstr(err.text, "xml:"));
    assert_null(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identities),       cmocka_unit_test(test_at_rest),
        cmocka_unit_test(test_running_and_safe), cmocka_unit_test(test_iio_unknown_channel),
        cmocka_unit_test(test_iio_bad_settings), cmocka_unit_test(test_everything_hangs),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
