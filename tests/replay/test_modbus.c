/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Modbus instrument against a server of libmodbus: a good day, and every way of misbehaving. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument.h"
#include "modbus/instrument.h"
#include "support/fake_instrument.h"
#include "support/instrument_watch.h"
#include "support/modbus_server.h"

#define READ_HOLDING 3
#define READ_INPUT 4

static const char profile_text[] =
    "profile: {id: fake-brake, maker: Fake, kind: dynamometer, models: [B1], maturity: unverified, source: "
    "none}\n"
    "update_interval_s: 0.1\n"
    "accuracy: [{quantity: voltage, reading_percent: 1, range_percent: 0.5}]\n"
    "modbus:\n"
    "  timeout_s: 0.3\n"
    "  fill: 2\n"
    "  identify:\n"
    "    - {function: holding, address: 100, registers: 4, text: 'FAKE'}\n"
    "    - {function: holding, address: 110, type: uint16, equals: 42}\n"
    "  values:\n"
    "    - {name: speed, quantity: speed, function: input, address: 12, type: int16, factor: 0.1}\n"
    "    - {name: voltage, quantity: voltage, function: input, address: 0, type: float32}\n"
    "    - {name: current, quantity: current, function: input, address: 4, type: float32, order: cdab}\n"
    "    - {name: power, quantity: active-power, function: input, address: 6, type: int32, order: dcba}\n"
    "    - {name: temperature, quantity: temperature, function: holding, address: 20, type: uint16, factor: "
    "0.1,\n"
    "       offset: -50}\n"
    "    - {name: energy, quantity: energy, function: input, address: 13, type: uint16, counter: true}\n"
    "  invalid:\n"
    "    - {bits: '7f800000', validity: over-range}\n"
    "    - {bits: '7fc00000', validity: no-data}\n"
    "    - {bits: '7fff', validity: under-range}\n"
    "    - {above: 6000, validity: over-range}\n"
    "  set:\n"
    "    - {quantity: torque, function: holding, address: 30, type: uint16, factor: 0.01, minimum: 0, "
    "maximum: 600,\n"
    "       tolerance: 0.005}\n"
    "    - {quantity: speed, function: holding, address: 32, type: float32, minimum: -3000, maximum: 3000,\n"
    "       tolerance: 0.01, read_address: 40}\n"
    "  output:\n"
    "    on: [{function: coil, address: 5, write: 1, expect: 1}]\n"
    "    off: [{function: coil, address: 5, write: 0, expect: 0}]\n"
    "  safe:\n"
    "    time_to_safe_s: 1\n"
    "    steps:\n"
    "      - {function: coil, address: 5, write: 0, expect: 0}\n"
    "      - {function: holding, address: 30, type: uint16, write: 0, expect: 0}\n";

enum { SPEED, VOLTAGE, CURRENT, POWER, TEMPERATURE, ENERGY, CHANNELS };

struct rig {
    sd_event *event;
    struct mb_clock clock;
    struct modbus_server *server;
    struct mb_instrument *instrument;
    struct instrument_watch got;
};

/* 231.5 V, 12.25 A, -1234567 W, 1487.5 r/min, 23.4 degC */
static void fill_registers(struct modbus_server *m)
{
    static const struct {
        bool input;
        int address;
        uint16_t value;
    } rows[] = {
        {true, 0, 0x4367},    {true, 1, 0x8000},    {true, 4, 0x0000},    {true, 5, 0x4144},
        {true, 6, 0x7929},    {true, 7, 0xedff},    {true, 12, 14875},    {false, 20, 734},
        {false, 100, 0x4641}, {false, 101, 0x4b45}, {false, 102, 0x2042}, {false, 103, 0x3100},
        {false, 110, 42},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        modbus_server_set(m, rows[i].input, rows[i].address, rows[i].value);
    modbus_server_set_coil(m, 5, true);
}

static void make_instrument(struct rig *rig)
{
    const struct mb_instrument_setting setting = {.id = "brake",
                                                  .profile = "fake-brake",
                                                  .address = modbus_server_address(rig->server),
                                                  .clock = &rig->clock,
                                                  .simulated = true,
                                                  .voltage_range_v = 300,
                                                  .wiring = -1};
    struct mb_modbus_profile *profile;
    struct mb_error err = {0};

    if (mb_modbus_profile_parse("fake.yaml", profile_text, strlen(profile_text), &profile, &err) < 0)
        fail_msg("%s", err.text);
    if (mb_modbus_new(rig->event, profile, &setting, &rig->instrument, &err) < 0)
        fail_msg("%s", err.text);
    instrument_watch(&rig->got, rig->instrument);
}

static void open_instrument(struct rig *rig)
{
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
    if (!fake_run_until(rig->event, &rig->got.ready, 3000))
        fail_msg("%s", rig->instrument->fault);
}

static int set_up(void **state, bool rtu)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    assert_true(sd_event_new(&rig->event) >= 0);
    mb_clock_init(&rig->clock, 1);
    rig->server = modbus_server_new(rtu);
    fill_registers(rig->server);
    make_instrument(rig);
    *state = rig;
    return 0;
}

static int setup_tcp(void **state)
{
    return set_up(state, false);
}

static int setup_rtu(void **state)
{
    return set_up(state, true);
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    (void)mb_instrument_free(rig->instrument);
    (void)modbus_server_free(rig->server);
    sd_event_unref(rig->event);
    free(rig);
    return 0;
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

static void assert_value(const struct rig *rig, int channel, double value)
{
    assert_int_equal(rig->got.readings[channel].validity, MB_VALID);
    if (!(fabs(rig->got.readings[channel].value - value) < 1e-6))
        fail_msg("channel %d is %g, expected is %g", channel, rig->got.readings[channel].value, value);
}

static void assert_good_day(struct rig *rig)
{
    read_all(rig);
    if (rig->got.read_error)
        fail_msg("%s", rig->got.text);
    assert_value(rig, VOLTAGE, 231.5);
    assert_value(rig, CURRENT, 12.25);
    assert_value(rig, POWER, -1234567);
    assert_value(rig, SPEED, 1487.5);
    assert_value(rig, TEMPERATURE, 23.4);
}

static void assert_spoilt(const struct rig *rig, int error, enum mb_validity validity)
{
    if (rig->got.read_error != error)
        fail_msg("error %d, expected is %d: %s", rig->got.read_error, error, rig->got.text);
    for (int i = 0; i < CHANNELS; i++)
        assert_int_equal(rig->got.readings[i].validity, validity);
}

static void command(struct rig *rig, int r)
{
    assert_int_equal(r, 0);
    assert_true(fake_run_until(rig->event, &rig->got.command_done, 3000));
    rig->got.command_done = false;
}

static int set(struct rig *rig, enum mb_quantity quantity, double value)
{
    return rig->instrument->ops->set(rig->instrument, quantity, value, watch_command, &rig->got);
}

/* After a read that spoilt the connection. */
static void assert_recovers(struct rig *rig)
{
    assert_true(fake_run_until(rig->event, &rig->got.lost, 500));
    if (!fake_run_until(rig->event, &rig->got.ready, 3000))
        fail_msg("%s", rig->instrument->fault);
}

/* ---- a good day ---- */

static void test_values(void **state)
{
    struct rig *rig = *state;
    unsigned before;

    open_instrument(rig);
    assert_string_equal(rig->instrument->identity, "FAKE B1 42");
    before = modbus_server_count(rig->server, 0);
    assert_good_day(rig);
    /* 0 to 7 with a hole of two, 12 too far away, and the other kind of register. */
    assert_int_equal(modbus_server_count(rig->server, 0) - before, 3);
    assert_int_equal(modbus_server_count(rig->server, READ_INPUT), 2);
    assert_int_equal(rig->got.readings[0].flags, MB_READING_SIMULATED);
    assert_true(fabs(rig->got.readings[VOLTAGE].standard_uncertainty - (2.315 + 1.5) / sqrt(3)) < 1e-9);
    assert_true(isnan(rig->got.readings[SPEED].standard_uncertainty));
    assert_true(rig->got.readings[0].t_ns > 0);
}

static void test_invalid_markers(void **state)
{
    static const struct {
        uint16_t high, low;
        enum mb_validity validity;
    } rows[] = {
        {0x7f80, 0, MB_OVER_RANGE}, {0x7fc0, 0, MB_NO_DATA},    {0xff80, 0, MB_OVER_RANGE},
        {0x7fc0, 1, MB_NO_DATA},    {0x4680, 0, MB_OVER_RANGE}, {0x4367, 0x8000, MB_VALID},
    };
    struct rig *rig = *state;

    open_instrument(rig);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        modbus_server_set(rig->server, true, 0, rows[i].high);
        modbus_server_set(rig->server, true, 1, rows[i].low);
        read_all(rig);
        assert_int_equal(rig->got.read_error, 0);
        if (rig->got.readings[VOLTAGE].validity != rows[i].validity)
            fail_msg("row %zu: %s", i, mb_validity_name(rig->got.readings[VOLTAGE].validity));
        assert_value(rig, CURRENT, 12.25);
    }
    modbus_server_set(rig->server, true, 12, 0x7fff); /* a pattern of one register */
    read_all(rig);
    assert_int_equal(rig->got.readings[SPEED].validity, MB_UNDER_RANGE);
}

/* 700 W h, 701, and then somebody has reset the counter: no energy any more until the instrument is opened
 * anew. */
static void test_counter_that_falls(void **state)
{
    static const struct {
        uint16_t counted;
        enum mb_validity validity;
    } rows[] = {
        {700, MB_VALID}, {701, MB_VALID}, {701, MB_VALID}, {2, MB_COUNTER_RESET}, {702, MB_COUNTER_RESET}};
    struct rig *rig = *state;

    open_instrument(rig);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        modbus_server_set(rig->server, true, 13, rows[i].counted);
        read_all(rig);
        assert_int_equal(rig->got.readings[ENERGY].validity, rows[i].validity);
        assert_value(rig, VOLTAGE, 231.5);
    }
    rig->instrument->ops->close(rig->instrument);
    rig->got.ready = false;
    open_instrument(rig);
    read_all(rig);
    assert_value(rig, ENERGY, 702);
}

static void test_set_points(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    command(rig, set(rig, MB_TORQUE, 123.45));
    assert_int_equal(rig->got.command_error, 0);
    assert_int_equal(modbus_server_get(rig->server, 30), 12345);
    command(rig, set(rig, MB_TORQUE, 0.123)); /* between two steps of the register */
    assert_int_equal(rig->got.command_error, 0);
    assert_int_equal(modbus_server_get(rig->server, 30), 12);
    modbus_server_set(rig->server, false, 40, 0xc4bb); /* -1500: the actual set point stands elsewhere */
    modbus_server_set(rig->server, false, 41, 0x8000);
    command(rig, set(rig, MB_SPEED, -1500));
    assert_int_equal(rig->got.command_error, 0);
    assert_int_equal(modbus_server_get(rig->server, 32), 0xc4bb);
    command(rig, set(rig, MB_SPEED, -1501));
    assert_int_equal(rig->got.command_error, -EIO);
    assert_int_equal(set(rig, MB_TORQUE, 600.1), -ERANGE);
    assert_int_equal(set(rig, MB_TORQUE, -0.01), -ERANGE);
    assert_int_equal(set(rig, MB_TORQUE, (double)NAN), -ERANGE);
    assert_int_equal(set(rig, MB_VOLTAGE, 1), -ENOTSUP);
    assert_int_equal(modbus_server_get(rig->server, 30), 12);
    assert_true(rig->got.ready);
}

/* It acknowledges the write and does not do it. */
static void test_wrong_read_back_is_an_error(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    modbus_server_fault(rig->server, MODBUS_DEAF, 6, 1, 0);
    command(rig, set(rig, MB_TORQUE, 50));
    assert_int_equal(rig->got.command_error, -EIO);
    assert_non_null(strstr(rig->got.text, "register 30 reads back 0, 5000"));
    assert_true(rig->got.ready); /* the link is good */
    assert_good_day(rig);
}

static void test_output(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    command(rig, rig->instrument->ops->output(rig->instrument, false, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, 0);
    assert_false(modbus_server_get_coil(rig->server, 5));
    command(rig, rig->instrument->ops->output(rig->instrument, true, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, 0);
    assert_true(modbus_server_get_coil(rig->server, 5));
    modbus_server_fault(rig->server, MODBUS_DEAF, 5, 1, 0);
    command(rig, rig->instrument->ops->output(rig->instrument, false, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, -EIO);
}

/* ---- what goes wrong ---- */

static void test_exceptions(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    modbus_server_fault(rig->server, MODBUS_EXCEPTION, READ_HOLDING, 1, 2);
    read_all(rig);
    assert_spoilt(rig, -EREMOTEIO, MB_GARBLED); /* the input registers were read, and do not count */
    assert_non_null(strstr(rig->got.text, "exception 2: Illegal data address"));
    assert_non_null(strstr(rig->got.text, "holding register 20 of unit 17"));
    assert_good_day(rig);
    modbus_server_fault(rig->server, MODBUS_EXCEPTION, READ_INPUT, 1, 6);
    read_all(rig);
    assert_spoilt(rig, -EAGAIN, MB_STALE);
    modbus_server_fault(rig->server, MODBUS_EXCEPTION, 6, 1, 3);
    command(rig, set(rig, MB_TORQUE, 10));
    assert_int_equal(rig->got.command_error, -EREMOTEIO);
    assert_non_null(strstr(rig->got.text, "writing holding register 30"));
    modbus_server_fault(rig->server, MODBUS_EXCEPTION, READ_INPUT, 1, 11);
    read_all(rig);
    assert_non_null(strstr(rig->got.text, "Target device failed to respond"));
    assert_true(rig->got.ready); /* it talks */
    assert_good_day(rig);
}

static void test_no_answer(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    modbus_server_fault(rig->server, MODBUS_SILENT, READ_HOLDING, 1, 0);
    read_all(rig);
    assert_spoilt(rig, -ETIMEDOUT, MB_LINK_FAULT);
    assert_non_null(strstr(rig->got.text, "no answer in time"));
    assert_recovers(rig);
    assert_good_day(rig);
}

static void test_late_answer_is_nobodys(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    modbus_server_fault(rig->server, MODBUS_LATE, READ_INPUT, 1, 0);
    read_all(rig);
    assert_spoilt(rig, -ETIMEDOUT, MB_LINK_FAULT);
    modbus_server_set(rig->server, true, 12, 100); /* 10 r/min: what is read from now on */
    assert_recovers(rig);
    read_all(rig);
    assert_int_equal(rig->got.read_error, 0);
    assert_value(rig, SPEED, 10);
}

static void test_short_answer(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    modbus_server_fault(rig->server, MODBUS_SHORT, READ_INPUT, 1, 0);
    read_all(rig);
    assert_spoilt(rig, -EPROTO, MB_GARBLED);
    assert_recovers(rig);
    assert_good_day(rig);
}

/* Two of three requests are answered, then the other side is another instrument's life. */
static void test_vanishes_in_a_read(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    modbus_server_fault(rig->server, MODBUS_CLOSE, READ_HOLDING, 1, 0);
    read_all(rig);
    assert_true(rig->got.read_error == -ECONNRESET || rig->got.read_error == -EPIPE ||
                rig->got.read_error == -EIO);
    assert_spoilt(rig, rig->got.read_error, MB_LINK_FAULT);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 500));
    read_all(rig);
    assert_spoilt(rig, -ENOTCONN, MB_LINK_FAULT);
    modbus_server_come_back(rig->server);
    assert_true(fake_run_until(rig->event, &rig->got.ready, 4000));
    assert_good_day(rig);
}

static void test_another_instrument(void **state)
{
    struct rig *rig = *state;

    modbus_server_set(rig->server, false, 110, 43);
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 2000));
    assert_non_null(strstr(rig->instrument->fault, "holds 43, 42 is expected"));
    modbus_server_set(rig->server, false, 110, 42);
    modbus_server_set(rig->server, false, 100, 0x5858);
    fake_run_for(rig->event, 500);
    assert_true(rig->got.lost);
    assert_non_null(strstr(rig->instrument->fault, "'XXKE B1', 'FAKE' is expected"));
}

/* It fits the profile, and is not the one of before. */
static void test_another_of_its_kind(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    modbus_server_set(rig->server, false, 103, 0x3200);
    modbus_server_fault(rig->server, MODBUS_SILENT, READ_INPUT, 1, 0);
    read_all(rig);
    fake_run_for(rig->event, 450);
    assert_true(rig->got.lost);
    assert_non_null(strstr(rig->instrument->fault, "'FAKE B2 42', it was 'FAKE B1 42'"));
}

/* The rest of something that was said before the line was opened. */
static void test_line_is_heard_out(void **state)
{
    struct rig *rig = *state;

    /* Where other work holds this thread up it comes too late, into the first answer: then once more. */
    for (int tries = 0; tries < 10 && !rig->got.ready; tries++) {
        rig->instrument->ops->close(rig->instrument);
        fake_run_for(rig->event, 5);
        rig->got.lost = false;
        assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
        fake_run_for(rig->event, 15);
        modbus_server_blurt(rig->server);
        while (!rig->got.ready && !rig->got.lost)
            fake_run_for(rig->event, 10);
    }
    if (!rig->got.ready)
        fail_msg("%s", rig->instrument->fault);
    assert_good_day(rig);
}

/* The folder tells, before the next attempt is due. */
static void test_plugged_in_again(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    modbus_server_fault(rig->server, MODBUS_CLOSE, READ_INPUT, 1, 0);
    read_all(rig);
    fake_run_for(rig->event, 600); /* one attempt, and the next is more than a second away */
    assert_true(rig->got.lost);
    assert_non_null(strstr(rig->instrument->fault, "no such port"));
    modbus_server_come_back(rig->server);
    assert_true(fake_run_until(rig->event, &rig->got.ready, 500));
    assert_good_day(rig);
}

static void test_wrong_checksum_and_unit(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    modbus_server_fault(rig->server, MODBUS_BAD_CRC, READ_INPUT, 1, 0);
    read_all(rig);
    assert_spoilt(rig, -EPROTO, MB_GARBLED);
    assert_non_null(strstr(rig->got.text, "CRC"));
    assert_recovers(rig);
    modbus_server_fault(rig->server, MODBUS_WRONG_UNIT, READ_INPUT, 1, 0);
    read_all(rig);
    assert_spoilt(rig, -EPROTO, MB_GARBLED);
    assert_recovers(rig);
    assert_good_day(rig);
}

/* ---- the way to off ---- */

static void assert_safe(struct rig *rig, double limit_s)
{
    const uint64_t begin_ns = mb_monotonic_ns();

    modbus_server_set(rig->server, false, 30, 777);
    command(rig, rig->instrument->ops->safe(rig->instrument, watch_command, &rig->got));
    if (rig->got.command_error)
        fail_msg("%s", rig->got.text);
    assert_true((double)(mb_monotonic_ns() - begin_ns) * 1e-9 < limit_s);
    assert_false(modbus_server_get_coil(rig->server, 5));
    assert_int_equal(modbus_server_get(rig->server, 30), 0);
}

static void test_safe(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    assert_true(rig->instrument->time_to_safe_s == 1);
    assert_safe(rig, 0.5);
    assert_true(rig->got.ready);
    assert_good_day(rig);
}

/* limit: over TCP the hanging read is cut off, over a line it takes its 0.3 s. */
static void test_safe_while_a_read_hangs(void **state)
{
    struct rig *rig = *state;
    unsigned before;

    open_instrument(rig);
    before = modbus_server_count(rig->server, READ_HOLDING);
    modbus_server_fault(rig->server, MODBUS_SILENT, READ_INPUT, 1, 0);
    begin_read(rig);
    fake_run_for(rig->event, 50);
    assert_false(rig->got.read_done);
    assert_safe(rig, strstr(rig->instrument->address, "tcp") ? 0.2 : 0.8);
    assert_true(rig->got.read_done);
    assert_spoilt(rig, -ECANCELED, MB_STALE);
    /* Some servers take one connection at a time: the old one is not left hanging. */
    fake_run_for(rig->event, 60);
    assert_int_equal(modbus_server_connections(rig->server), 1);
    assert_true(fake_run_until(rig->event, &rig->got.ready, 2000));
    /* One of the read, the set point, and on the new connection both parts of the identity. */
    assert_int_equal(modbus_server_count(rig->server, READ_HOLDING) - before, 4);
    assert_good_day(rig);
}

static void test_safe_is_repeated(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    modbus_server_fault(rig->server, MODBUS_DEAF, 5, 2, 0);
    assert_safe(rig, 0.8);
}

static void test_safe_not_confirmed(void **state)
{
    struct rig *rig = *state;
    const uint64_t begin_ns = mb_monotonic_ns();
    double took_s;

    open_instrument(rig);
    modbus_server_fault(rig->server, MODBUS_SILENT, 5, 1000, 0);
    command(rig, rig->instrument->ops->safe(rig->instrument, watch_command, &rig->got));
    took_s = (double)(mb_monotonic_ns() - begin_ns) * 1e-9;
    assert_int_equal(rig->got.command_error, -ETIMEDOUT);
    assert_non_null(strstr(rig->got.text, "may be live"));
    assert_true(took_s > 0.9 && took_s < 1.4);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 500));
}

/* Nothing is switched on behind the back of the way to off. */
static void test_safe_goes_first(void **state)
{
    struct rig *rig = *state;
    struct instrument_watch other = {0};

    open_instrument(rig);
    begin_read(rig);
    assert_int_equal(rig->instrument->ops->set(rig->instrument, MB_TORQUE, 50, watch_command, &other), 0);
    assert_int_equal(rig->instrument->ops->safe(rig->instrument, watch_command, &rig->got), 0);
    assert_int_equal(rig->instrument->ops->output(rig->instrument, true, watch_command, &other), -EBUSY);
    command(rig, 0);
    assert_int_equal(rig->got.command_error, 0);
    assert_true(other.command_done);
    assert_int_equal(other.command_error, -ECANCELED);
    assert_int_equal(modbus_server_get(rig->server, 30), 0);
}

/* ---- ends ---- */

static void test_free_answers(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    modbus_server_fault(rig->server, MODBUS_SILENT, READ_INPUT, 1, 0);
    begin_read(rig);
    fake_run_for(rig->event, 30);
    assert_int_equal(set(rig, MB_TORQUE, 5), 0);
    rig->instrument = mb_instrument_free(rig->instrument);
    assert_true(rig->got.read_done);
    assert_spoilt(rig, -ECANCELED, MB_STALE);
    assert_true(rig->got.command_done);
    assert_int_equal(rig->got.command_error, -ECANCELED);
    fake_run_for(rig->event, 500); /* the thread lets go meanwhile */
}

static void test_close_and_open(void **state)
{
    struct rig *rig = *state;

    open_instrument(rig);
    assert_int_equal(rig->instrument->ops->open(rig->instrument), -EALREADY);
    begin_read(rig);
    assert_int_equal(rig->instrument->ops->read(rig->instrument, watch_read, &rig->got), -EBUSY);
    rig->instrument->ops->close(rig->instrument);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 500));
    assert_spoilt(rig, -ECANCELED, MB_STALE);
    fake_run_for(rig->event, 20);
    assert_int_equal(rig->instrument->state, MB_INSTRUMENT_CLOSED);
    rig->got.ready = false;
    open_instrument(rig);
    assert_good_day(rig);
}

/* A bench file's words are enough. */
static void test_registry(void **state)
{
    struct mb_instrument_setting setting = {.id = "meter", .profile = "generic-modbus-meter", .wiring = -1};
    struct mb_instrument *meter = NULL;
    struct mb_error err = {0};
    struct rig *rig = *state;

    setting.address = modbus_server_address(rig->server);
    if (mb_instrument_new(rig->event, "docs/examples/profiles", &setting, &meter, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(meter->ops->family, "modbus");
    assert_int_equal(meter->channel_count, 4);
    assert_string_equal(meter->channels[3].name, "temperature-frame");
    meter = mb_instrument_free(meter);
    setting.address = "tcp:127.0.0.1:502";
    assert_int_equal(mb_instrument_new(rig->event, "docs/examples/profiles", &setting, &meter, &err),
                     -EPROTONOSUPPORT);
    assert_non_null(strstr(err.text, "modbus-tcp:"));
    setting.profile = "no-such-thing";
    assert_int_equal(mb_instrument_new(rig->event, "docs/examples/profiles", &setting, &meter, &err),
                     -ENOENT);
    assert_null(meter);
}

int main(void)
{
#define TCP(f) cmocka_unit_test_setup_teardown(f, setup_tcp, teardown)
#define RTU(f)                                                                                               \
    {                                                                                                        \
#f "_rtu", f, setup_rtu, teardown, NULL                                                              \
    }
    const struct CMUnitTest tests[] = {
        TCP(test_values),
        RTU(test_values),
        TCP(test_invalid_markers),
        TCP(test_counter_that_falls),
        TCP(test_set_points),
        TCP(test_wrong_read_back_is_an_error),
        TCP(test_output),
        TCP(test_exceptions),
        RTU(test_exceptions),
        TCP(test_no_answer),
        TCP(test_late_answer_is_nobodys),
        RTU(test_late_answer_is_nobodys),
        TCP(test_short_answer),
        TCP(test_vanishes_in_a_read),
        RTU(test_vanishes_in_a_read),
        TCP(test_another_instrument),
        TCP(test_another_of_its_kind),
        RTU(test_plugged_in_again),
        RTU(test_line_is_heard_out),
        RTU(test_wrong_checksum_and_unit),
        TCP(test_safe),
        TCP(test_safe_while_a_read_hangs),
        RTU(test_safe_while_a_read_hangs),
        TCP(test_safe_is_repeated),
        TCP(test_safe_not_confirmed),
        TCP(test_safe_goes_first),
        TCP(test_free_answers),
        RTU(test_free_answers),
        TCP(test_close_and_open),
        TCP(test_registry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
