/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bench file: what motorbench-sim writes is understood as a whole; what is wrong is refused with its
 * line. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/setting.h"

/* As motorbench-sim writes it, one key a line where a test changes something. */
static const char good[] =
    "# control: 127.0.0.1:40000\n"
    "bench:\n"
    "  name: sim\n"
    "  simulated: true\n"
    "  time_factor: 50\n"
    "  limits: {voltage_v: 480, current_a: 6, torque_nm: 5, speed_rpm: 3600}\n"
    "  supply: {ratio: 1.5, ramp_s: 10}\n"
    "  instruments:\n"
    "    - {id: analyser, profile: yokogawa-wt300e, address: \"tcp:127.0.0.1:1\", voltage_range_v: 600, "
    "current_range_a: 2, wiring: 3V3A}\n"
    "    - {id: source, profile: chroma-61500, address: \"tcp:127.0.0.1:2\"}\n"
    "    - {id: brake, profile: magtrol-dsp6001, address: \"tcp:127.0.0.1:3\", calibration: \"2026-01, 0.2 "
    "%\"}\n"
    "    - {id: ohmmeter, profile: tonghui-th2516, address: \"tcp:127.0.0.1:4\"}\n"
    "    - id: daq\n"
    "      profile: iio\n"
    "      address: \"ip:127.0.0.1:5\"\n"
    "      channels:\n"
    "        - {name: torque, device: adc, channel: voltage0, quantity: torque, factor: 0.4, accuracy: "
    "0.00392}\n"
    "        - {name: speed, device: adc, channel: voltage1, quantity: speed, factor: 400, accuracy: 0.1}\n"
    "        - {name: temperature, device: thermocouples, channel: temp0, quantity: temperature, zero: -1}\n"
    "  roles:\n"
    "    analyser: analyser\n"
    "    supply: source\n"
    "    load: brake\n"
    "    ohmmeter: ohmmeter\n"
    "    torque: daq/torque\n"
    "    speed: daq\n"
    "    coolant: daq/temperature\n"
    "    monitored: [daq/temperature, daq]\n";

/* The text with the first `from` replaced by `to`; the caller frees it. */
static char *changed(const char *from, const char *to)
{
    const char *at = strstr(good, from);
    char *text = malloc(sizeof good + strlen(to));

    assert_non_null(at);
    assert_non_null(text);
    (void)snprintf(text, sizeof good + strlen(to), "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    return text;
}

static struct mb_bench_setting *parse(const char *text)
{
    struct mb_bench_setting *s = NULL;
    struct mb_error err = {""};

    if (mb_bench_setting_parse("bench.yaml", text, strlen(text), &s, &err) < 0)
        fail_msg("%s", err.text);
    return s;
}

static void refused(const char *from, const char *to, const char *line, const char *reason)
{
    char *text = changed(from, to);
    struct mb_bench_setting *s = NULL;
    struct mb_error err = {""};
    char start[40];
    int r = mb_bench_setting_parse("bench.yaml", text, strlen(text), &s, &err);

    free(text);
    if (r != -EINVAL)
        fail_msg("'%s' instead of '%s': %d", to, from, r);
    assert_null(s);
    (void)snprintf(start, sizeof start, "bench.yaml:%s: ", line);
    if (strncmp(err.text, start, strlen(start)) != 0 || !strstr(err.text, reason) || strchr(err.text, '\n'))
        fail_msg("expected '%s...%s', have: %s", start, reason, err.text);
}

static void test_good_file(void **state)
{
    struct mb_bench_setting *s = parse(good);

    (void)state;
    assert_string_equal(s->name, "sim");
    assert_true(s->simulated && s->time_factor == 50);
    assert_true(s->limits.voltage_v == 480 && s->limits.current_a == 6);
    assert_true(s->limits.torque_nm == 5 && s->limits.speed_rpm == 3600);
    assert_true(s->supply.ratio == 1.5 && s->supply.ramp_s == 10);
    assert_int_equal(s->instrument_count, 5);
    assert_int_equal(s->analyser, 0);
    assert_int_equal(s->supply_source, 1);
    assert_int_equal(s->load_machine, 2);
    assert_true(s->instruments[0].voltage_range_v == 600 && s->instruments[0].current_range_a == 2);
    assert_string_equal(mb_wirings[s->instruments[0].wiring], "3V3A");
    assert_int_equal(s->instruments[1].wiring, -1);
    assert_null(s->instruments[1].calibration);
    assert_string_equal(s->instruments[2].calibration, "2026-01, 0.2 %");
    assert_string_equal(s->instruments[3].address, "tcp:127.0.0.1:4");
    assert_int_equal(s->text_size, strlen(good));
    assert_string_equal(s->text, good);
    assert_null(mb_bench_setting_free(s));
    assert_null(mb_bench_setting_free(NULL));
}

static void assert_source(const struct mb_bench_source *source, int instrument, const char *channel)
{
    assert_int_equal(source->instrument, instrument);
    assert_string_equal(source->channel, channel);
    assert_false(source->manual);
}

static void test_roles(void **state)
{
    struct mb_bench_setting *s = parse(good);

    (void)state;
    assert_source(&s->ohmmeter, 3, "resistance");
    assert_source(&s->torque, 4, "torque");
    assert_source(&s->speed, 4, "speed"); /* the default channel of the role */
    assert_source(&s->coolant, 4, "temperature");
    assert_int_equal(s->winding.instrument, -1);
    assert_int_equal(s->monitored_count, 2);
    assert_source(&s->monitored[0], 4, "temperature");
    assert_source(&s->monitored[1], 4, "temperature");
    assert_int_equal(s->monitored[2].instrument, -1);
    (void)mb_bench_setting_free(s);
}

static void test_emergency_stop(void **state)
{
    static const char line[] =
        "  emergency_stop: {chip: gpiochip0, line: 17, active_low: true, bias: pull-up, "
        "debounce_s: 0.02}\n  limits: ";
    char *text = changed("  limits: ", line);
    struct mb_bench_setting *s = parse(text);

    (void)state;
    free(text);
    assert_string_equal(s->emergency_stop.line.chip, "gpiochip0");
    assert_string_equal(s->emergency_stop.line.line, "17");
    assert_true(s->emergency_stop.line.active_low);
    assert_int_equal(s->emergency_stop.line.bias, MB_GPIO_BIAS_PULL_UP);
    assert_true(s->emergency_stop.debounce_s == 0.02);
    (void)mb_bench_setting_free(s);

    s = parse(good);
    assert_null(s->emergency_stop.line.chip);
    (void)mb_bench_setting_free(s);
    text = changed("  limits: ", "  emergency_stop: {chip: /dev/gpiochip1, line: STOP}\n  limits: ");
    s = parse(text);
    free(text);
    assert_string_equal(s->emergency_stop.line.line, "STOP");
    assert_false(s->emergency_stop.line.active_low);
    assert_true(s->emergency_stop.debounce_s == 0.005);
    (void)mb_bench_setting_free(s);

    refused("  limits: ", "  emergency_stop: {chip: gpiochip0}\n  limits: ", "6", "'line' is missing");
    refused("  limits: ", "  emergency_stop: {chip: c, line: 1, bias: pull-up}\n  limits: ", "3",
            "a broken wire reads as a closed contact");
    refused("  limits: ",
            "  emergency_stop: {chip: c, line: 1, active_low: true, bias: pull-down}\n  limits: ", "3",
            "a broken wire reads as a closed contact");
    refused("  limits: ", "  emergency_stop: {chip: c, line: 1, debounce_s: 1}\n  limits: ", "6",
            "from 0 to 0.1");
}

#define CONTACTOR(more)                                                                                      \
    "  guard_proof_minutes: 5\n  contactor: {chip: gpiochip0, line: 22" more "}\n  limits: "
static void test_contactor(void **state)
{
    char *text = changed(
        "  limits: ", CONTACTOR(", active_low: true, settle_s: 0.05, feedback: {line: FB, bias: pull-up}"));
    struct mb_bench_setting *s = parse(text);

    (void)state;
    free(text);
    assert_string_equal(s->contactor.line.line, "22");
    assert_true(s->contactor.line.active_low);
    assert_string_equal(s->contactor.feedback.chip, "gpiochip0"); /* that of the coil */
    assert_string_equal(s->contactor.feedback.line, "FB");
    assert_true(s->contactor.settle_s == 0.05);
    (void)mb_bench_setting_free(s);

    s = parse(good);
    assert_null(s->contactor.line.chip);
    (void)mb_bench_setting_free(s);
    text = changed("  limits: ", CONTACTOR(", feedback: {chip: other, line: 3}"));
    s = parse(text);
    free(text);
    assert_string_equal(s->contactor.feedback.chip, "other");
    assert_true(s->contactor.settle_s == 0.1);
    (void)mb_bench_setting_free(s);

    refused("  limits: ", CONTACTOR(", settle_s: 3"), "7", "above 0 to 2");
    refused("  limits: ", CONTACTOR(", feedback: {line: 3, bias: pull-down}"), "3",
            "contactor: feedback: with bias pull-down and active_low false a broken wire reads as an open "
            "contactor");
    refused("  limits: ", CONTACTOR(", feedback: {line: 3, active_low: true, bias: pull-up}"), "3",
            "a broken wire reads as an open contactor");
    refused("  limits: ", "  contactor: {chip: gpiochip0, line: 22}\n  limits: ", "3",
            "the guard holds it, so guard_proof_minutes cannot be 0");
}

#define MONITORED "    monitored: [daq/temperature, daq]\n"

static void test_safety_testers(void **state)
{
    char *text = changed(MONITORED, MONITORED "    safety_tester: brake\n");
    struct mb_bench_setting *s = parse(text);

    (void)state;
    free(text);
    assert_int_equal(s->safety_tester_count, 1);
    assert_int_equal(s->safety_testers[0], 2);
    (void)mb_bench_setting_free(s);
    text = changed(MONITORED, MONITORED "    safety_tester: [source, brake]\n");
    s = parse(text);
    free(text);
    assert_int_equal(s->safety_tester_count, 2);
    assert_int_equal(s->safety_testers[0], 1);
    (void)mb_bench_setting_free(s);
    s = parse(good);
    assert_int_equal(s->safety_tester_count, 0);
    (void)mb_bench_setting_free(s);
    refused(MONITORED, "    safety_tester: hipot\n", "28", "instrument 'hipot'");
    refused(MONITORED, "    safety_tester: []\n", "28", "1 to 4");
    refused(MONITORED, "    safety_tester: [brake, brake, brake, brake, brake]\n", "28", "1 to 4");
}

static void test_iio_channels(void **state)
{
    struct mb_bench_setting *s = parse(good);
    const struct mb_iio_channel *c = s->instruments[4].iio_channels;

    (void)state;
    assert_int_equal(s->instruments[4].iio_channel_count, 3);
    assert_int_equal(s->instruments[0].iio_channel_count, 0);
    assert_string_equal(c[0].name, "torque");
    assert_string_equal(c[0].device, "adc");
    assert_string_equal(c[0].channel, "voltage0");
    assert_int_equal(c[0].quantity, MB_TORQUE);
    assert_true(c[0].factor == 0.4 && c[0].zero == 0 && c[0].accuracy == 0.00392);
    assert_int_equal(c[1].quantity, MB_SPEED);
    assert_int_equal(c[2].quantity, MB_TEMPERATURE);
    assert_true(c[2].factor == 1 && c[2].zero == -1 && c[2].accuracy == 0);
    (void)mb_bench_setting_free(s);
}

#define TORQUE_ACCURACY "accuracy: 0.00392}"
#define CORRECTION(inside) "accuracy: 0.00392, correction: {" inside "}}"

/* What a certificate says: gain and offset become part of the scale, delay and phase stay. */
static void test_corrections(void **state)
{
    char *text = changed(TORQUE_ACCURACY, CORRECTION("gain: 1.01, offset: 0.2, delay_s: 2e-5, phase_rad: "
                                                     "-0.01, phase_hz: 50"));
    struct mb_bench_setting *s = parse(text);
    const struct mb_iio_channel *c = s->instruments[4].iio_channels;

    (void)state;
    assert_non_null(strstr(s->text, "delay_s: 2e-5")); /* frozen with the file */
    free(text);
    assert_true(fabs(c->factor - 0.4 * 1.01) < 1e-15 && fabs(c->zero + 0.2 * 1.01) < 1e-15);
    assert_true(c->delay_s == 2e-5 && c->phase_rad == -0.01 && c->phase_hz == 50);
    assert_true(c[1].factor == 400 && c[1].zero == 0 && c[1].delay_s == 0);
    (void)mb_bench_setting_free(s);
    refused(TORQUE_ACCURACY, CORRECTION("gain: 0"), "17", "out of range");
    refused(TORQUE_ACCURACY, CORRECTION("gain: 3"), "17", "out of range");
    refused(TORQUE_ACCURACY, CORRECTION("delay_s: 0.01"), "17", "out of range");
    refused(TORQUE_ACCURACY, CORRECTION("phase_rad: 0.6, phase_hz: 50"), "17", "out of range");
    refused(TORQUE_ACCURACY, CORRECTION("phase_rad: 0.1, phase_hz: 0"), "17", "out of range");
    refused(TORQUE_ACCURACY, CORRECTION("phase_rad: 0.1"), "17", "phase_rad needs the phase_hz");
    refused(TORQUE_ACCURACY, CORRECTION("offset: 1e10"), "17", "out of range");
    refused(TORQUE_ACCURACY, CORRECTION("lag_s: 1"), "17", "unknown key 'lag_s'");
}

#define TRANSFORMER(text) "voltage_ratio: 60, voltage_transformer: {" text "}, wiring: 3V3A"

static void test_transformers(void **state)
{
    char *text = changed("wiring: 3V3A", TRANSFORMER("ratio_error: -0.002, displacement_rad: 0.0012, "
                                                     "ratio_uncertainty: 3e-4, "
                                                     "displacement_uncertainty_rad: 2e-4"));
    struct mb_bench_setting *s = parse(text);
    const struct mb_transformer *t = &s->instruments[0].transformers.voltage;

    (void)state;
    assert_non_null(strstr(s->text, "displacement_rad: 0.0012")); /* frozen with the file */
    free(text);
    assert_true(t->ratio == 60 && t->ratio_error == -0.002 && t->displacement_rad == 0.0012);
    assert_true(t->ratio_uncertainty == 3e-4 && t->displacement_uncertainty_rad == 2e-4);
    t = &s->instruments[0].transformers.current;
    assert_true(t->ratio == 1 && t->ratio_error == 0 && t->displacement_rad == 0);
    (void)mb_bench_setting_free(s);
    s = parse(good);
    assert_false(mb_transformers_any(&s->instruments[0].transformers));
    (void)mb_bench_setting_free(s);
    /* Percent and minutes for SI. */
    refused("wiring: 3V3A", TRANSFORMER("ratio_error: 0.2"), "9", "out of range");
    refused("wiring: 3V3A", TRANSFORMER("displacement_rad: 10"), "9", "out of range");
    refused("wiring: 3V3A", TRANSFORMER("ratio_uncertainty: -0.001"), "9", "out of range");
    refused("wiring: 3V3A", TRANSFORMER("displacement_min: 10"), "9", "unknown key 'displacement_min'");
    refused("      channels:\n", "      current_transformer: {ratio_error: 0.001}\n      channels:\n", "13",
            "each channel here has its factor and correction");
}

/* An IIO device as a power analyser: every channel of it streams. */
static void test_samples(void **state)
{
    char *text =
        changed("      profile: iio\n", "      profile: daq\n      wiring: 3P4W\n      update_s: 0.1\n");
    struct mb_bench_setting *s = parse(text);

    (void)state;
    free(text);
    assert_true(s->instruments[4].update_s == 0.1 && s->instruments[4].iio_channels[2].stream);
    assert_string_equal(mb_wirings[s->instruments[4].wiring], "3P4W");
    (void)mb_bench_setting_free(s);
    s = parse(good);
    assert_true(s->instruments[4].update_s == 0 && !s->instruments[4].iio_channels[2].stream);
    (void)mb_bench_setting_free(s);
    refused("      profile: iio\n", "      profile: daq\n      update_s: 0.01\n", "15", "out of range");
    refused("      profile: iio\n", "      profile: daq\n      update_s: 2\n", "15", "out of range");
    refused("      profile: iio\n", "      profile: iio\n      update_s: 0.2\n", "13",
            "of the profile daq only");
    refused("quantity: torque,", "quantity: torque, pulses_per_turn: 60,", "17",
            "pulses are of the quantity");
    refused("quantity: torque,", "quantity: number, pulses_per_turn: 0,", "17", "out of range");
    text = changed("quantity: torque,", "quantity: number, zero_hz: 10000, torque_per_hz: -0.02,");
    s = parse(text);
    free(text);
    assert_true(s->instruments[4].iio_channels[0].zero_hz == 10000 &&
                s->instruments[4].iio_channels[0].torque_per_hz == -0.02);
    (void)mb_bench_setting_free(s);
    refused("quantity: torque,", "quantity: number, zero_hz: 10000,", "17",
            "needs zero_hz and torque_per_hz");
    refused("quantity: torque,", "quantity: number, torque_per_hz: 0.02,", "17",
            "needs zero_hz and torque_per_hz");
    refused("quantity: torque,", "quantity: torque, zero_hz: 10000, torque_per_hz: 0.02,", "17",
            "pulses are of the quantity");
}

#define ENCODER "    - {id: encoder, profile: counter, address: \"counter:counter0/count1\""

static void test_encoder(void **state)
{
    char *text =
        changed("  roles:\n", ENCODER ", counts_per_turn: 4096, function: quadrature x4}\n  roles:\n");
    struct mb_bench_setting *s = parse(text);

    (void)state;
    free(text);
    assert_int_equal(s->instrument_count, 6);
    assert_true(s->instruments[5].counts_per_turn == 4096);
    assert_string_equal(s->instruments[5].function, "quadrature x4");
    (void)mb_bench_setting_free(s);
    refused("  roles:\n", ENCODER "}\n  roles:\n", "20", "'counts_per_turn' is missing here");
    refused("  roles:\n", ENCODER ", counts_per_turn: 0}\n  roles:\n", "20", "out of range");
    refused("      profile: iio\n", "      profile: iio\n      counts_per_turn: 60\n", "13",
            "of the profile counter only");
}

static void test_defaults(void **state)
{
    char *text = changed("  simulated: true\n  time_factor: 50\n", "");
    struct mb_bench_setting *s = parse(text);

    (void)state;
    free(text);
    assert_false(s->simulated);
    assert_true(s->time_factor == 1);
    assert_true(s->load.ramp_s > 0 && s->load.lag_s > 0 && s->supply.lag_s > 0);
    assert_true(s->poll_s > 0 && s->loss_s > 0);
    (void)mb_bench_setting_free(s);
    text = changed("  supply: {ratio: 1.5, ramp_s: 10}\n", "");
    s = parse(text);
    free(text);
    assert_true(s->supply.ratio == 1);
    (void)mb_bench_setting_free(s);
}

static void test_guard(void **state)
{
    char *text = changed("  time_factor: 50\n",
                         "  guard_proof_minutes: 20\n  guard_hang_s: 0.2\n  time_to_safe_s: 8\n");
    struct mb_bench_setting *s = parse(text);

    (void)state;
    free(text);
    assert_true(s->guard_proof_minutes == 20 && s->guard_hang_s == 0.2 && s->time_to_safe_s == 8);
    assert_null(s->instruments[1].guard.address);
    (void)mb_bench_setting_free(s);
    /* A simulated bench needs none unless it says so, a real one does. */
    s = parse(good);
    assert_true(s->guard_proof_minutes == 0 && s->time_to_safe_s == 0);
    (void)mb_bench_setting_free(s);
    text = changed("  simulated: true\n  time_factor: 50\n", "");
    s = parse(text);
    free(text);
    assert_true(s->guard_proof_minutes > 0 && s->guard_hang_s > 0);
    (void)mb_bench_setting_free(s);
    text = changed("{id: source, ", "{id: source, guard: {address: \"tcp:127.0.0.1:9\"}, ");
    s = parse(text);
    free(text);
    assert_string_equal(s->instruments[1].guard.address, "tcp:127.0.0.1:9");
    (void)mb_bench_setting_free(s);
    refused("  simulated: true\n  time_factor: 50\n", "  guard_proof_minutes: 0\n", "3",
            "guard_proof_minutes: 0 is allowed only");
    refused("time_factor: 50", "guard_hang_s: 0.05", "5", "out of range");
    refused("{id: source, ", "{id: source, guard: {}, ", "10", "'address'");
}

static void test_manual(void **state)
{
    char *text = changed("ohmmeter: ohmmeter\n", "ohmmeter: manual\n");
    struct mb_bench_setting *s = parse(text);

    (void)state;
    free(text);
    assert_true(s->ohmmeter.manual);
    assert_int_equal(s->ohmmeter.instrument, -1);
    assert_false(s->coolant.manual);
    (void)mb_bench_setting_free(s);
}

static void test_refused_head(void **state)
{
    (void)state;
    refused("bench:\n", "bank:\n", "2", "'bench' is missing");
    refused("  simulated: true\n", "", "3",
            "time_factor other than 1 is allowed only with 'simulated: true'");
    refused("time_factor: 50", "time_factor: 0", "5", "out of range");
    refused("time_factor: 50", "time_factor: nan", "5", "is not a number");
    refused("simulated: true", "simulated: perhaps", "4", "perhaps");
    refused("  limits: {voltage_v: 480, current_a: 6, torque_nm: 5, speed_rpm: 3600}\n", "", "3", "'limits'");
    refused(", speed_rpm: 3600", "", "6", "'speed_rpm'");
    refused("current_a: 6", "current_a: 0", "6", "out of range");
    refused("current_a: 6", "current_ma: 6000", "6", "the unit is part of the name: 'current_a'");
    refused("ratio: 1.5", "ratio: -1", "7", "out of range");
    refused("name: sim", "name: sim\n  colour: red", "4", "unknown key 'colour'");
}

static void test_refused_instruments(void **state)
{
    (void)state;
    refused("id: source", "id: analyser", "10", "instrument 'analyser' stands twice");
    refused("profile: chroma-61500, ", "", "10", "'profile'");
    refused("wiring: 3V3A", "wiring: 4P5W", "9", "3V3A");
    refused("quantity: torque", "quantity: strength", "17", "torque");
    refused("device: adc, channel: voltage1", "channel: voltage1", "18", "'device'");
    refused("name: torque", "name: torque-of-the-shaft-behind-the-second-coupling", "17",
            "is longer than 31 characters");
    refused("      channels:\n", "      channels: []\n      channel:\n", "17", "channel");
}

static void test_refused_roles(void **state)
{
    (void)state;
    refused("    supply: source\n", "    supply: sauce\n", "21",
            "instrument 'sauce', which is not in the list");
    refused("    torque: daq/torque\n", "    torque: dac/torque\n", "21", "instrument 'dac'");
    refused("    torque: daq/torque\n", "    torque: manual\n", "21",
            "cannot be manual; allowed for ohmmeter, coolant, vibration and sound");
    refused("    load: brake\n", "", "21", "'load'");
    refused("    load: brake\n", "    load: brake\n    gearbox: brake\n", "24", "unknown key 'gearbox'");
    refused("[daq/temperature, daq]", "[daq/temperature, manual]", "28",
            "a monitored temperature cannot be manual");
    refused("[daq/temperature, daq]", "[daq, daq, daq, daq, daq, daq, daq, daq, daq]", "28", "at most 8");
    refused("coolant: daq/temperature", "coolant: daq/temperature-of-the-air-two-metres-away", "21",
            "longer than 31");
}

/* A second motor as the load machine: its meters belong to it and to nothing else. */
static void test_partner(void **state)
{
    static const char meters[] =
        "    load: brake\n    partner_analyser: daq\n    partner_ohmmeter: daq/resistance\n";
    char *text = changed("    load: brake\n", meters), *with_pair;
    struct mb_bench_setting *s;

    (void)state;
    refused("    load: brake\n", meters, "21", "the roles of a partner need load: {partner: true}");
    refused("  limits: ", "  load: {partner: true}\n  limits: ", "22",
            "needs the roles partner_analyser and partner_ohmmeter");
    with_pair = strstr(text, "  limits: ");
    assert_non_null(with_pair);
    assert_true(asprintf(&with_pair, "%.*s  load: {partner: true, ratio: 2}\n%s", (int)(with_pair - text),
                         text, with_pair) > 0);
    s = parse(with_pair);
    assert_true(s->load.partner && s->load.ratio == 2);
    assert_int_equal(s->partner_analyser, 4);
    assert_source(&s->partner_ohmmeter, 4, "resistance");
    (void)mb_bench_setting_free(s);
    free(with_pair);
    free(text);
    s = parse(good);
    assert_true(!s->load.partner && s->load.ratio == 1 && s->partner_analyser == -1);
    (void)mb_bench_setting_free(s);
}

static void test_not_text(void **state)
{
    struct mb_bench_setting *s = NULL;
    struct mb_error err = {""};
    char text[sizeof good];

    (void)state;
    memcpy(text, good, sizeof good);
    *strchr(text, 'r') = '\0';
    assert_int_equal(mb_bench_setting_parse("bench.yaml", text, sizeof good - 1, &s, &err), -EINVAL);
    assert_int_equal(strncmp(err.text, "bench.yaml:1: ", 14), 0);
    assert_null(s);
    assert_int_equal(mb_bench_setting_load("no/such/bench.yaml", &s, &err), -ENOENT);
    assert_non_null(strstr(err.text, "no/such/bench.yaml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_file),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_emergency_stop),
        cmocka_unit_test(test_contactor),
        cmocka_unit_test(test_safety_testers),
        cmocka_unit_test(test_iio_channels),
        cmocka_unit_test(test_corrections),
        cmocka_unit_test(test_transformers),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_encoder),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_guard),
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_refused_head),
        cmocka_unit_test(test_refused_instruments),
        cmocka_unit_test(test_refused_roles),
        cmocka_unit_test(test_partner),
        cmocka_unit_test(test_not_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
