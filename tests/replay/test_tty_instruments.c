/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shipped profiles on a serial port with simulated instruments behind it: reading, being unplugged, coming
 * back. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument.h"
#include "scpi/instrument.h"
#include "sim/device.h"
#include "support/fake_instrument.h"
#include "support/instrument_watch.h"
#include "support/serial_port.h"

#define FACTOR 50.0

struct rig {
    sd_event *event;
    struct mb_clock clock;
    struct serial_port *port;
    struct plant_config config;
    struct sim_errors errors; /* none */
    struct sim_world *world;
    struct sim_device *device;
    struct mb_instrument *instrument;
    unsigned mute; /* so many of the next lines get no answer */
    struct instrument_watch got;
};

static void on_line(void *userdata, const char *line, struct sim_text *reply)
{
    struct rig *rig = userdata;

    if (rig->mute > 0) {
        rig->mute--;
        return;
    }
    sim_world_advance(rig->world, mb_clock_now_ns(&rig->clock));
    rig->device->ops->line(rig->device, line, reply);
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    assert_true(sd_event_new(&rig->event) >= 0);
    mb_clock_init(&rig->clock, FACTOR);
    rig->port = serial_port_new(rig->event);
    assert_int_equal(plant_preset("11kW-4p", &rig->config), 0);
    rig->config.brake_noise = 0;
    rig->world = sim_world_new(&rig->config);
    assert_non_null(rig->world);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    (void)mb_instrument_free(rig->instrument);
    (void)serial_port_free(rig->port);
    (void)sim_device_free(rig->device);
    (void)sim_world_free(rig->world);
    sd_event_unref(rig->event);
    free(rig);
    return 0;
}

static void make_instrument(struct rig *rig, struct mb_profile *profile)
{
    const struct mb_instrument_setting setting = {.id = "it",
                                                  .profile = profile ? profile->id : "",
                                                  .address = serial_port_address(rig->port),
                                                  .clock = &rig->clock,
                                                  .simulated = true,
                                                  .wiring = -1};
    struct mb_error err = {0};

    if (mb_scpi_new(rig->event, profile, &setting, &rig->instrument, &err) < 0)
        fail_msg("%s", err.text);
    instrument_watch(&rig->got, rig->instrument);
}

static void open_instrument(struct rig *rig)
{
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
    if (!fake_run_until(rig->event, &rig->got.ready, 3000))
        fail_msg("%s", rig->instrument->fault);
}

/* The simulated instrument on the port, the shipped profile in front of it. */
static void start(struct rig *rig, const char *id,
                  struct sim_device *(*make)(struct sim_world *, const struct sim_device_options *))
{
    const struct sim_device_options options = {.exact = true, .errors = &rig->errors};
    struct mb_profile *profile;
    struct mb_error err = {0};

    rig->device = make(rig->world, &options);
    assert_non_null(rig->device);
    serial_port_serve(rig->port, rig->device->ops->terminator, on_line, rig);
    if (mb_profile_load("driver/profiles", id, &profile, &err) < 0)
        fail_msg("%s", err.text);
    serial_port_plug(rig->port);
    make_instrument(rig, profile);
    open_instrument(rig);
}

static void begin_read(struct rig *rig)
{
    instrument_watch_begin_read(&rig->got, rig->instrument);
}

static void read_all(struct rig *rig)
{
    begin_read(rig);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 3000));
}

static void assert_reading(struct rig *rig, size_t channel, double value)
{
    if (rig->got.read_error)
        fail_msg("%s", rig->got.text);
    assert_int_equal(rig->got.readings[channel].validity, MB_VALID);
    if (fabs(rig->got.readings[channel].value - value) > fabs(value) * 1e-3)
        fail_msg("%g is read, expected is %g", rig->got.readings[channel].value, value);
}

static void test_ohmmeter(void **state)
{
    struct rig *rig = *state;
    struct sim_text reply = {0};
    double truth;

    serial_port_dribble(rig->port, true); /* as an adapter hands it over */
    start(rig, "tonghui-th2516", sim_ohmmeter_new);
    assert_non_null(strstr(rig->instrument->identity, "TH2516"));
    read_all(rig);
    rig->device->ops->line(rig->device, "FETC?", &reply);
    truth = strtod(reply.data, NULL);
    sim_text_clear(&reply);
    assert_true(truth > 0.1 && truth < 10);
    assert_reading(rig, 0, truth);
}

static void test_dynamometer(void **state)
{
    struct rig *rig = *state;

    start(rig, "magtrol-dsp6001", sim_brake_new);
    sim_world_supply(rig->world, 400, 50, true);
    fake_run_for(rig->event, 300); /* 15 s of the bench: the motor is up */
    read_all(rig);
    assert_true(rig->got.readings[0].value > 1480 && rig->got.readings[0].value < 1500);
    rig->got.command_done = false;
    assert_int_equal(rig->instrument->ops->set(rig->instrument, MB_TORQUE, 30, watch_command, &rig->got), 0);
    assert_true(fake_run_until(rig->event, &rig->got.command_done, 3000));
    assert_int_equal(rig->got.command_error, 0);
    fake_run_for(rig->event, 300);
    read_all(rig);
    assert_int_equal(rig->got.read_error, 0);
    assert_true(rig->got.readings[1].value > 27 && rig->got.readings[1].value < 33);
    rig->got.command_done = false;
    assert_int_equal(rig->instrument->ops->safe(rig->instrument, watch_command, &rig->got), 0);
    assert_true(fake_run_until(rig->event, &rig->got.command_done, 4000));
    assert_int_equal(rig->got.command_error, 0);
    fake_run_for(rig->event, 200);
    read_all(rig);
    assert_true(rig->got.readings[1].value < 5);
}

static void test_unplugged_in_a_reply(void **state)
{
    struct rig *rig = *state;

    start(rig, "magtrol-dsp6001", sim_brake_new);
    serial_port_break_after(rig->port, 5);
    read_all(rig);
    assert_true(rig->got.read_error < 0);
    assert_non_null(strstr(rig->got.text, "gone"));
    assert_int_equal(rig->got.readings[0].validity, MB_LINK_FAULT);
    assert_int_equal(rig->got.readings[1].validity, MB_LINK_FAULT);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 1000));
    serial_port_plug(rig->port);
    assert_true(
        fake_run_until(rig->event, &rig->got.ready, 700)); /* told by the folder, not found by a retry */
    read_all(rig);
    assert_int_equal(rig->got.read_error, 0);
}

/* On a line nothing but time separates the answer that came too late from the next one. */
static void test_silence_is_not_the_next_answer(void **state)
{
    static const char late[] = "S1234T55.55R\r\n";
    struct rig *rig = *state;
    uint64_t begin_ns;

    start(rig, "magtrol-dsp6001", sim_brake_new);
    rig->mute = 1;
    begin_read(rig);
    assert_true(
        fake_run_until(rig->event, &rig->got.read_done, 4000)); /* the profile waits 2 s for a reply */
    assert_true(rig->got.read_error < 0);
    assert_int_equal(rig->got.readings[0].validity, MB_LINK_FAULT);
    begin_ns = mb_monotonic_ns();
    begin_read(rig);
    while (!rig->got.read_done && mb_monotonic_ns() - begin_ns < 100000000u)
        fake_run_for(rig->event, 10);
    assert_false(rig->got.read_done);
    serial_port_send(rig->port, late, sizeof late - 1);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 3000));
    assert_int_equal(rig->got.read_error, 0);
    assert_true(rig->got.readings[0].value < 1); /* the motor stands still */
}

/* ---- CR alone ends lines both ways ---- */

static const char cr_profile[] =
    "profile: {id: cr-meter, maker: Fake, kind: ohmmeter, models: [C1], maturity: unverified, source: none}\n"
    "link: {write_terminator: cr, read_terminator: cr, timeout_s: 0.5}\n"
    "serial: {baud: 19200}\n"
    "identify: {query: '*IDN?', match: '^FAKE,'}\n"
    "update_interval_s: 0.1\n"
    "read:\n"
    "  - {query: 'VAL?', layout: single, fields: [{name: resistance, quantity: resistance}]}\n";

static void cr_meter(void *userdata, const char *line, struct sim_text *reply)
{
    (void)userdata;
    assert_int_equal(sim_text_printf(reply, "%s\r", strcmp(line, "*IDN?") == 0 ? "FAKE,C1,1,1" : "1.25"), 0);
}

static void test_carriage_return_alone(void **state)
{
    struct rig *rig = *state;
    struct mb_profile *profile;
    struct mb_error err = {0};
    struct termios settings;

    if (mb_profile_parse("cr.yaml", cr_profile, strlen(cr_profile), &profile, &err) < 0)
        fail_msg("%s", err.text);
    serial_port_serve(rig->port, "\r", cr_meter, NULL);
    make_instrument(rig, profile);
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 1000)); /* not plugged in yet */
    assert_non_null(strstr(rig->instrument->fault, "no such port"));
    assert_non_null(strstr(rig->instrument->address, "tty:/"));
    serial_port_plug(rig->port);
    assert_true(fake_run_until(rig->event, &rig->got.ready, 3000));
    settings = serial_port_settings(rig->port);
    assert_int_equal(cfgetospeed(&settings), B19200); /* the profile's */
    read_all(rig);
    assert_reading(rig, 0, 1.25);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_ohmmeter),
        TEST(test_dynamometer),
        TEST(test_unplugged_in_a_reply),
        TEST(test_silence_is_not_the_next_answer),
        TEST(test_carriage_return_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
