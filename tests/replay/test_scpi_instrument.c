/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SCPI instrument against a fake one over real TCP: a good day, and every way of misbehaving. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument.h"
#include "scpi/instrument.h"
#include "scpi/profile.h"
#include "support/fake_instrument.h"
#include "support/instrument_watch.h"

static const char source_profile[] =
    "profile: {id: fake-source, maker: Fake, kind: ac-source, models: [F1], maturity: unverified, source: "
    "none}\n"
    "link: {timeout_s: 0.15}\n"
    "identify: {query: '*IDN?', match: '^FAKE,'}\n"
    "errors: {query: 'SYST:ERR?', ok: '^0,'}\n"
    "setup:\n"
    "  - {write: 'MODE FIXED', query: 'MODE?', match: '^FIXED$'}\n"
    "  - {when: voltage-range, write: 'RANG {voltage_range_v}', query: 'RANG?', number: "
    "'{voltage_range_v}'}\n"
    "update_interval_s: 0.1\n"
    "read:\n"
    "  - {query: 'VAL?', layout: comma, fields: [{name: voltage, quantity: voltage}, {name: power, quantity: "
    "active-power}]}\n"
    "condition: {query: 'COND?', bits: [{bit: 3, validity: over-range, channels: ['p*']}]}\n"
    "invalid: [{token: NAN, validity: no-data}]\n"
    "accuracy: [{quantity: voltage, reading_percent: 0.1, range_percent: 0.05}]\n"
    "set:\n"
    "  - {quantity: voltage, minimum: 0, maximum: 300, digits: 1, three_phase_factor: 0.5773502691896258,\n"
    "     steps: [{write: 'VOLT {value}', query: 'VOLT?', number: '{value}', tolerance: 0.05}]}\n"
    "output: {on: [{write: 'OUTP ON', query: 'OUTP?', match: '^ON$'}], off: [{write: 'OUTP OFF', query: "
    "'OUTP?', match: '^OFF$'}]}\n"
    "safe: {time_to_safe_s: 1, steps: [{write: 'OUTP OFF', query: 'OUTP?', match: '^OFF$'}]}\n";

static const struct fake_reply source_table[] = {
    {"*IDN?", "FAKE,F1,77,1.0"},
    {"SYST:ERR?", "0,\"No error\""},
    {"MODE?", "NONE"},
    {"RANG?", "0"},
    {"VAL?", "231.5,1200.25"},
    {"COND?", "0"},
    {"VOLT?", "0"},
    {"OUTP?", "OFF"},
    {NULL, NULL},
};

#define assert_near(value, expected) assert_true(fabs((value) - (expected)) < 1e-9)

struct rig {
    sd_event *event;
    struct mb_clock clock;
    struct fake_instrument *fake;
    struct mb_instrument *instrument;
    struct instrument_watch got;
};

static void make_instrument(struct rig *rig, const char *profile_text, double range_v)
{
    const struct mb_instrument_setting setting = {.id = "source",
                                                  .profile = "fake-source",
                                                  .address = fake_instrument_address(rig->fake),
                                                  .clock = &rig->clock,
                                                  .simulated = true,
                                                  .voltage_range_v = range_v,
                                                  .wiring = -1};
    struct mb_profile *profile;
    struct mb_error err = {0};

    if (mb_profile_parse("fake.yaml", profile_text, strlen(profile_text), &profile, &err) < 0)
        fail_msg("%s", err.text);
    if (mb_scpi_new(rig->event, profile, &setting, &rig->instrument, &err) < 0)
        fail_msg("%s", err.text);
    instrument_watch(&rig->got, rig->instrument);
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    assert_true(sd_event_new(&rig->event) >= 0);
    mb_clock_init(&rig->clock, 1);
    rig->fake = fake_instrument_new(rig->event, source_table, "\n");
    make_instrument(rig, source_profile, 300);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    (void)mb_instrument_free(rig->instrument);
    (void)fake_instrument_free(rig->fake);
    sd_event_unref(rig->event);
    free(rig);
    return 0;
}

static void open_ready(struct rig *rig)
{
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
    if (!fake_run_until(rig->event, &rig->got.ready, 2000))
        fail_msg("not ready: %s", rig->instrument->fault);
}

static void read_once(struct rig *rig)
{
    instrument_watch_begin_read(&rig->got, rig->instrument);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 3000));
}

static void expect_good_read(struct rig *rig)
{
    read_once(rig);
    assert_int_equal(rig->got.read_error, 0);
    assert_int_equal(rig->got.count, 2);
    assert_near(rig->got.readings[0].value, 231.5);
    assert_near(rig->got.readings[1].value, 1200.25);
    assert_int_equal(rig->got.readings[1].validity, MB_VALID);
}

static void expect_bad_read(struct rig *rig, int error, enum mb_validity validity)
{
    read_once(rig);
    assert_int_equal(rig->got.read_error, error);
    assert_true(rig->got.text[0] != '\0');
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(rig->got.readings[i].validity, validity);
}

static void finish_command(struct rig *rig, int r)
{
    assert_int_equal(r, 0);
    assert_false(rig->got.command_done);
    assert_true(fake_run_until(rig->event, &rig->got.command_done, 3000));
}

static void test_good_day(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    assert_string_equal(rig->instrument->identity, "FAKE,F1,77,1.0");
    assert_int_equal(fake_instrument_count(rig->fake, "RANG 300"), 1);
    expect_good_read(rig);
    assert_int_equal(rig->got.readings[0].flags, MB_READING_SIMULATED);
    assert_true(rig->got.readings[0].t_ns > 0);
    /* (0.1 % of 231.5 V + 0.05 % of 300 V) / sqrt 3 */
    assert_near(rig->got.readings[0].standard_uncertainty, (0.2315 + 0.15) / sqrt(3));
    assert_true(isnan(rig->got.readings[1].standard_uncertainty));
}

static void test_no_data_and_condition(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_answer(rig->fake, "VAL?", "nan,5");
    fake_instrument_answer(rig->fake, "COND?", "8");
    read_once(rig);
    assert_int_equal(rig->got.read_error, 0);
    assert_int_equal(rig->got.readings[0].validity, MB_NO_DATA);
    assert_int_equal(rig->got.readings[1].validity, MB_OVER_RANGE);
}

static void test_set_point(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    finish_command(rig,
                   rig->instrument->ops->set(rig->instrument, MB_VOLTAGE, 400, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, 0);
    assert_int_equal(fake_instrument_count(rig->fake, "VOLT 230.9"), 1); /* line to line, by phase */
    assert_int_equal(rig->instrument->ops->set(rig->instrument, MB_VOLTAGE, 600, watch_command, &rig->got),
                     -ERANGE);
    assert_int_equal(rig->instrument->ops->set(rig->instrument, MB_TORQUE, 1, watch_command, &rig->got),
                     -ENOTSUP);
    assert_int_equal(rig->instrument->ops->set(rig->instrument, MB_VOLTAGE, NAN, watch_command, &rig->got),
                     -ERANGE);
}

static void test_set_point_refused_by_instrument(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_answer(rig->fake, "SYST:ERR?", "-222,\"Data out of range\"");
    finish_command(rig,
                   rig->instrument->ops->set(rig->instrument, MB_VOLTAGE, 400, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, -EIO);
    assert_non_null(strstr(rig->got.text, "Data out of range"));
}

static void test_not_ready(void **state)
{
    struct rig *rig = *state;

    expect_bad_read(rig, -ENOTCONN, MB_LINK_FAULT);
}

static void test_one_read_at_a_time(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    instrument_watch_begin_read(&rig->got, rig->instrument);
    assert_int_equal(rig->instrument->ops->read(rig->instrument, watch_read, &rig->got), -EBUSY);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 2000));
    expect_good_read(rig);
}

static void test_silent(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_misbehave(rig->fake, FAKE_SILENT, "VAL?", 1);
    expect_bad_read(rig, -ETIMEDOUT, MB_LINK_FAULT);
    expect_good_read(rig);
    assert_int_equal(fake_instrument_connections(rig->fake), 2);
    assert_int_equal(rig->instrument->state, MB_INSTRUMENT_READY);
}

static void test_silent_for_good(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_misbehave(rig->fake, FAKE_SILENT, NULL, 0);
    expect_bad_read(rig, -ETIMEDOUT, MB_LINK_FAULT);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 2000));
    assert_true(rig->instrument->fault[0] != '\0');
    fake_instrument_misbehave(rig->fake, FAKE_NORMAL, NULL, 0);
    assert_true(fake_run_until(rig->event, &rig->got.ready, 4000));
    expect_good_read(rig);
}

/* The late reply comes 150 ms after the next query went out; it must reach nobody. */
static void test_late(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_misbehave(rig->fake, FAKE_LATE, "VAL?", 1);
    expect_bad_read(rig, -ETIMEDOUT, MB_LINK_FAULT);
    fake_instrument_answer(rig->fake, "VAL?", "1.5,2.5");
    for (int i = 0; i < 20; i++) {
        read_once(rig);
        assert_int_equal(rig->got.read_error, 0);
        assert_near(rig->got.readings[0].value, 1.5);
        fake_run_for(rig->event, 20);
    }
}

static void test_previous_answer(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_misbehave(rig->fake, FAKE_PREVIOUS, NULL, 3);
    expect_bad_read(rig, -EPROTO, MB_GARBLED);
    fake_instrument_misbehave(rig->fake, FAKE_NORMAL, NULL, 0);
    /* The link's renewal and the identity come first; then it is well again, or it is opened anew. */
    fake_run_for(rig->event, 100);
    if (!rig->got.ready)
        assert_true(fake_run_until(rig->event, &rig->got.ready, 4000));
    expect_good_read(rig);
}

/* The value query is answered well, the condition query by the values once more. */
static void test_previous_answer_seen_by_shape(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_misbehave(rig->fake, FAKE_PREVIOUS, "COND?", 1);
    expect_bad_read(rig, -EPROTO, MB_GARBLED);
    expect_good_read(rig);
}

static void test_garbage(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_misbehave(rig->fake, FAKE_GARBAGE, "VAL?", 1);
    expect_bad_read(rig, -EPROTO, MB_GARBLED);
    expect_good_read(rig);
}

static void assert_ascii(const char *text)
{
    assert_true(text[0] != '\0');
    for (; *text; text++)
        assert_in_range(*text, 0x20, 0x7e);
}

/* Whatever an instrument sends, what is told of it can go over the bus and into the record. */
static void test_foreign_bytes(void **state)
{
    struct rig *rig = *state;

    fake_instrument_answer(rig->fake, "*IDN?", "FAKE,\xff\xfe\x80,77,1.0");
    open_ready(rig);
    assert_string_equal(rig->instrument->identity, "FAKE,???,77,1.0");
    fake_instrument_answer(rig->fake, "VAL?", "\xff\xfe,\x80");
    expect_bad_read(rig, -EPROTO, MB_GARBLED);
    assert_ascii(rig->got.text);
    fake_instrument_answer(rig->fake, "VAL?", "231.5,1200.25");
    expect_good_read(rig);
    fake_instrument_answer(rig->fake, "SYST:ERR?", "-222,\"\xb3\xac\xb3\xf6\"");
    finish_command(rig,
                   rig->instrument->ops->set(rig->instrument, MB_VOLTAGE, 400, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, -EIO);
    assert_ascii(rig->got.text);
    fake_instrument_answer(rig->fake, "SYST:ERR?", "0,\"No error\"");
    expect_good_read(rig);
    fake_instrument_answer(rig->fake, "*IDN?", "\xc3OTHER");
    fake_instrument_misbehave(rig->fake, FAKE_CLOSE, "VAL?", 1);
    expect_bad_read(rig, -ECONNRESET, MB_LINK_FAULT);
    fake_run_for(rig->event, 1200);
    assert_non_null(strstr(rig->instrument->fault, "OTHER"));
    assert_ascii(rig->instrument->fault);
}

/* Bytes that keep coming do not move the deadline. */
static void test_trickle(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_misbehave(rig->fake, FAKE_SILENT, "VAL?", 1);
    instrument_watch_begin_read(&rig->got, rig->instrument);
    for (int i = 0; i < 20 && !rig->got.read_done; i++) {
        fake_run_for(rig->event, 10);
        fake_instrument_blurt(rig->fake, "1");
    }
    assert_true(rig->got.read_done);
    assert_int_equal(rig->got.read_error, -ETIMEDOUT);
    expect_good_read(rig);
}

/* An open instrument that nobody asks costs nothing: not one turn of the loop. */
static void test_idle_sleeps(void **state)
{
    struct rig *rig = *state;
    uint64_t end_ns;
    unsigned turns = 0;

    open_ready(rig);
    expect_good_read(rig);
    fake_run_for(rig->event, 50);
    end_ns = mb_monotonic_ns() + UINT64_C(1000000000);
    while (mb_monotonic_ns() < end_ns)
        turns += sd_event_run(rig->event, (end_ns - mb_monotonic_ns()) / 1000 + 1) > 0;
    assert_int_equal(turns, 0);
}

static void test_twice(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_misbehave(rig->fake, FAKE_TWICE, "VAL?", 1);
    expect_bad_read(rig, -EPROTO, MB_GARBLED);
    expect_good_read(rig);
}

static void test_split(void **state)
{
    struct rig *rig = *state;

    fake_instrument_misbehave(rig->fake, FAKE_SPLIT, NULL, 0);
    open_ready(rig);
    expect_good_read(rig);
    assert_int_equal(fake_instrument_connections(rig->fake), 1);
}

static void test_unasked(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_blurt(rig->fake, "9.99,9.99\n");
    fake_run_for(rig->event, 50);
    expect_good_read(rig);
    assert_int_equal(fake_instrument_connections(rig->fake), 2);
}

static void test_wrong_shape(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_answer(rig->fake, "VAL?", "231.5");
    expect_bad_read(rig, -EPROTO, MB_GARBLED);
    fake_instrument_answer(rig->fake, "VAL?", "231.5,1200.25,3");
    expect_bad_read(rig, -EPROTO, MB_GARBLED);
    fake_instrument_answer(rig->fake, "VAL?", "231,5 V");
    expect_bad_read(rig, -EPROTO, MB_GARBLED);
    fake_run_for(rig->event, 50);
    assert_int_equal(fake_instrument_connections(rig->fake), 4); /* a new link after each */
}

static void test_drop(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_misbehave(rig->fake, FAKE_CLOSE, "VAL?", 1);
    rig->got.lost = false;
    expect_bad_read(rig, -ECONNRESET, MB_LINK_FAULT);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 1000));
    assert_non_null(strstr(rig->instrument->fault, "closed the connection"));
    assert_true(fake_run_until(rig->event, &rig->got.ready, 3000));
    assert_int_equal(fake_instrument_count(rig->fake, "RANG 300"), 2); /* set up anew */
    expect_good_read(rig);
}

static void test_another_instrument_on_reconnect(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_answer(rig->fake, "*IDN?", "FAKE,F1,78,1.0");
    fake_instrument_misbehave(rig->fake, FAKE_CLOSE, "VAL?", 1);
    expect_bad_read(rig, -ECONNRESET, MB_LINK_FAULT);
    rig->got.ready = false;
    fake_run_for(rig->event, 1300);
    assert_false(rig->got.ready);
    assert_non_null(strstr(rig->instrument->fault, "another instrument"));
    fake_instrument_answer(rig->fake, "*IDN?", "FAKE,F1,77,1.0");
    assert_true(fake_run_until(rig->event, &rig->got.ready, 4000));
}

static void test_wrong_instrument(void **state)
{
    struct rig *rig = *state;

    fake_instrument_answer(rig->fake, "*IDN?", "OTHER,X");
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 2000));
    assert_non_null(strstr(rig->instrument->fault, "OTHER,X"));
}

static void test_setup_not_taken(void **state)
{
    struct rig *rig = *state;

    fake_instrument_listen(rig->fake, false);
    (void)fake_instrument_free(rig->fake);
    (void)mb_instrument_free(rig->instrument);
    rig->fake = fake_instrument_new(rig->event,
                                    (const struct fake_reply[]){{"*IDN?", "FAKE,1"},
                                                                {"SYST:ERR?", "0,\"No error\""},
                                                                {"MODE?", "FIXED"},
                                                                {"RANG?", "150"},
                                                                {NULL, NULL}},
                                    "\r\n");
    make_instrument(rig, source_profile, 0);
    open_ready(rig); /* without a range there is no such row, and CR LF is taken for LF */
    (void)mb_instrument_free(rig->instrument);
    rig->got.ready = rig->got.lost = false;
    make_instrument(rig, source_profile, 300);
    fake_instrument_ignore_commands(rig->fake, true);
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 2000));
    assert_non_null(strstr(rig->instrument->fault, "RANG?"));
}

static void test_output_and_safe(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    finish_command(rig, rig->instrument->ops->output(rig->instrument, true, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, 0);
    assert_int_equal(fake_instrument_count(rig->fake, "OUTP ON"), 1);
    rig->got.command_done = false;
    finish_command(rig, rig->instrument->ops->safe(rig->instrument, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, 0);
    assert_int_equal(fake_instrument_count(rig->fake, "OUTP OFF"), 1);
    expect_good_read(rig);
}

/* A read hangs; the command to be safe goes out at once, before the deadline of the read, and is confirmed.
 */
static void test_safe_while_stuck(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_misbehave(rig->fake, FAKE_SILENT, "VAL?", 1);
    instrument_watch_begin_read(&rig->got, rig->instrument);
    fake_run_for(rig->event, 30);
    assert_int_equal(rig->instrument->ops->safe(rig->instrument, watch_command, &rig->got), 0);
    assert_int_equal(rig->instrument->ops->output(rig->instrument, true, watch_command, &rig->got), -EBUSY);
    fake_run_for(rig->event, 30);
    assert_true(fake_instrument_count(rig->fake, "OUTP OFF") >= 1);
    assert_true(fake_run_until(rig->event, &rig->got.command_done, 1000));
    assert_int_equal(rig->got.command_error, 0);
    assert_true(rig->got.read_done);
    assert_int_equal(rig->got.read_error, -ECANCELED);
    assert_int_equal(fake_instrument_count(rig->fake, "OUTP ON"), 0);
    expect_good_read(rig);
}

/* Each answer to the read-back is lost once: the script begins again on a new link. */
static void test_safe_repeats(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_misbehave(rig->fake, FAKE_CLOSE, "OUTP?", 2);
    finish_command(rig, rig->instrument->ops->safe(rig->instrument, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, 0);
    assert_int_equal(fake_instrument_count(rig->fake, "OUTP OFF"), 3);
    assert_true(fake_run_until(rig->event, &rig->got.ready, 3000));
}

static void test_safe_not_confirmed(void **state)
{
    struct rig *rig = *state;
    struct mb_clock clock;

    open_ready(rig);
    fake_instrument_answer(rig->fake, "OUTP?", "ON");
    fake_instrument_ignore_commands(rig->fake, true);
    mb_clock_init(&clock, 1);
    finish_command(rig, rig->instrument->ops->safe(rig->instrument, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, -ETIMEDOUT);
    assert_non_null(strstr(rig->got.text, "may be live"));
    assert_in_range(mb_clock_now_ns(&clock), 900000000u, 1500000000u);
    assert_int_equal(rig->instrument->state, MB_INSTRUMENT_LOST);
}

static void test_safe_when_lost(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_listen(rig->fake, false);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 1000));
    fake_instrument_answer(rig->fake, "OUTP?", "ON");
    fake_instrument_listen(rig->fake, true);
    finish_command(rig, rig->instrument->ops->safe(rig->instrument, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, 0);
    assert_true(fake_instrument_count(rig->fake, "OUTP OFF") >= 1);
    assert_true(fake_run_until(rig->event, &rig->got.ready, 2000));
    expect_good_read(rig);
}

static void test_safe_nobody_there(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    fake_instrument_listen(rig->fake, false);
    finish_command(rig, rig->instrument->ops->safe(rig->instrument, watch_command, &rig->got));
    assert_int_equal(rig->got.command_error, -ETIMEDOUT);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 1000));
    fake_instrument_listen(rig->fake, true);
    assert_true(fake_run_until(rig->event, &rig->got.ready, 7000));
}

static void free_on_command(struct mb_instrument *i, int error, const char *text, void *userdata)
{
    struct rig *rig = userdata;

    (void)error;
    (void)text;
    rig->got.command_done = true;
    rig->instrument = mb_instrument_free(i);
}

static void test_free_in_callback_and_with_pending(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    rig->got.read_done = false;
    assert_int_equal(rig->instrument->ops->set(rig->instrument, MB_VOLTAGE, 10, free_on_command, rig), 0);
    assert_int_equal(rig->instrument->ops->read(rig->instrument, watch_read, &rig->got), 0);
    assert_true(fake_run_until(rig->event, &rig->got.command_done, 2000));
    assert_true(rig->got.read_done);
    assert_int_equal(rig->got.read_error, -ECANCELED);
    fake_run_for(rig->event, 50);
}

static void test_close_and_open_again(void **state)
{
    struct rig *rig = *state;

    open_ready(rig);
    instrument_watch_begin_read(&rig->got, rig->instrument);
    rig->instrument->ops->close(rig->instrument);
    assert_false(rig->got.read_done);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 500));
    assert_int_equal(rig->got.read_error, -ECANCELED);
    rig->got.ready = false;
    open_ready(rig);
    expect_good_read(rig);
}

static const char ohmmeter_profile[] =
    "profile: {id: fake-ohm, maker: Fake, kind: ohmmeter, models: [F2], maturity: unverified, source: none}\n"
    "link: {timeout_s: 0.15}\n"
    "identify: {query: '*IDN?', match: '^FAKE,'}\n"
    "update_interval_s: 0.06\n"
    "read: [{query: 'R?', layout: single, fields: [{name: resistance, quantity: resistance}]}]\n"
    "settle: {settle_s: 0.05, equal_percent: 0.1, attempts: 5}\n";

static void make_ohmmeter(struct rig *rig)
{
    (void)mb_instrument_free(rig->instrument);
    fake_instrument_answer(rig->fake, "R?", "0.70");
    make_instrument(rig, ohmmeter_profile, 0);
    open_ready(rig);
    rig->got.read_done = false;
}

/* The first reading is still rising: the answer is the one that came twice. */
static void test_two_equal_readings(void **state)
{
    struct rig *rig = *state;

    make_ohmmeter(rig);
    assert_int_equal(rig->instrument->ops->read(rig->instrument, watch_read, &rig->got), 0);
    fake_run_for(rig->event, 25);
    assert_int_equal(fake_instrument_count(rig->fake, "R?"), 0); /* settling first */
    fake_run_for(rig->event, 50);
    assert_int_equal(fake_instrument_count(rig->fake, "R?"), 1);
    fake_instrument_answer(rig->fake, "R?", "0.80");
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 1000));
    assert_int_equal(rig->got.read_error, 0);
    assert_near(rig->got.readings[0].value, 0.80);
    assert_int_equal(rig->got.readings[0].validity, MB_VALID);
    assert_int_equal(fake_instrument_count(rig->fake, "R?"), 3);
}

static void test_never_settles(void **state)
{
    struct rig *rig = *state;
    char text[32];

    make_ohmmeter(rig);
    assert_int_equal(rig->instrument->ops->read(rig->instrument, watch_read, &rig->got), 0);
    for (int i = 0; i < 200 && !rig->got.read_done; i++) {
        (void)snprintf(text, sizeof text, "%.3f", 0.7 + i * 0.01);
        fake_instrument_answer(rig->fake, "R?", text);
        fake_run_for(rig->event, 10);
    }
    assert_true(rig->got.read_done);
    assert_int_equal(rig->got.read_error, 0);
    assert_int_equal(rig->got.readings[0].validity, MB_SETTLING);
    assert_int_equal(fake_instrument_count(rig->fake, "R?"), 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good_day),
        TEST(test_no_data_and_condition),
        TEST(test_set_point),
        TEST(test_set_point_refused_by_instrument),
        TEST(test_not_ready),
        TEST(test_one_read_at_a_time),
        TEST(test_silent),
        TEST(test_silent_for_good),
        TEST(test_late),
        TEST(test_previous_answer),
        TEST(test_previous_answer_seen_by_shape),
        TEST(test_garbage),
        TEST(test_foreign_bytes),
        TEST(test_trickle),
        TEST(test_idle_sleeps),
        TEST(test_twice),
        TEST(test_split),
        TEST(test_unasked),
        TEST(test_wrong_shape),
        TEST(test_drop),
        TEST(test_another_instrument_on_reconnect),
        TEST(test_wrong_instrument),
        TEST(test_setup_not_taken),
        TEST(test_output_and_safe),
        TEST(test_safe_while_stuck),
        TEST(test_safe_repeats),
        TEST(test_safe_not_confirmed),
        TEST(test_safe_when_lost),
        TEST(test_safe_nobody_there),
        TEST(test_free_in_callback_and_with_pending),
        TEST(test_close_and_open_again),
        TEST(test_two_equal_readings),
        TEST(test_never_settles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
