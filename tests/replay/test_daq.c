/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bench whose power analyser is a data acquisition device: its samples become the readings that loops,
 * limits and losses go by. Compared with the simulator's own truth. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/analyser.h"
#include "bench/record.h"
#include "bench/stream.h"
#include "support/sim_bench.h"
#include "waveform/reader.h"
#include "waveform/source.h"

#define RATED_NM 2.5
#define AGREES 2e-3 /* the machine moves between a window and the question to the simulator */

static const char *const options[] = {"--preset", "0.75kW-2p", "--factor", "40", "--errors",
                                      "off",      "--samples", "2000",     NULL};

static int setup(void **state)
{
    struct sim_bench_fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    sim_bench_start_with(f, options, NULL);
    return 0;
}

static int teardown(void **state)
{
    sim_bench_stop(*state);
    free(*state);
    return 0;
}

static bool has_arrived(struct sim_bench_fixture *f)
{
    return mb_bench_settled(f->bench, 0.002, 0.02) && mb_snapshot_valid(&f->last, MB_SIGNAL_F);
}

static void arrive(struct sim_bench_fixture *f, double torque_nm)
{
    assert_int_equal(mb_bench_set_targets(f->bench, 400, torque_nm), 0);
    if (!sim_bench_until(f, has_arrived, 30000))
        fail_msg("not there: %g V, %g N m, %g r/min, %s", f->last.signal[MB_SIGNAL_U].value,
                 f->last.signal[MB_SIGNAL_T].value, f->last.signal[MB_SIGNAL_N].value,
                 mb_bench_fault(f->bench));
}

static void switch_on(struct sim_bench_fixture *f)
{
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_RUNNING), 0);
    mb_bench_set_rating(f->bench, 400, RATED_NM);
    assert_int_equal(mb_bench_energise(f->bench, 50), 0);
    arrive(f, 0);
}

static struct mb_instrument *power(struct sim_bench_fixture *f)
{
    const struct mb_bench_setting *s = mb_bench_get_setting(f->bench);

    assert_string_equal(s->instruments[s->analyser].profile, MB_PROFILE_DAQ);
    return mb_bench_instrument(f->bench, (size_t)s->analyser);
}

static int setup_loss(void **state)
{
    static const struct sim_bench_change quick_loss[] = {{"  limits:", "  loss_s: 1.5\n  limits:"},
                                                         {NULL, NULL}};
    struct sim_bench_fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    sim_bench_start_with(f, options, quick_loss);
    return 0;
}

static bool is_back(struct sim_bench_fixture *f)
{
    return power(f)->state == MB_INSTRUMENT_READY;
}

/* ---- Readings are those of the machine. ---- */

struct truth {
    const char *name;
    enum mb_signal signal;
};

static bool agrees(struct sim_bench_fixture *f)
{
    static const struct truth truths[] = {
        {"u_12_v", MB_SIGNAL_U12},  {"i_1_a", MB_SIGNAL_I1},    {"p_w", MB_SIGNAL_P},
        {"torque_nm", MB_SIGNAL_T}, {"speed_rpm", MB_SIGNAL_N},
    };

    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        double value = sim_bench_truth(f, truths[i].name);

        if (!mb_snapshot_valid(&f->last, truths[i].signal) ||
            fabs(f->last.signal[truths[i].signal].value - value) > AGREES * fabs(value))
            return false;
    }
    return true;
}

/* ---- Who listens shares the capture; readings go on. ---- */

struct listener {
    unsigned started, blocks, ended;
    int error;
};

static void on_started(const struct mb_stream_info *info, void *userdata)
{
    assert_int_equal(info->channel_count, 8);
    assert_true(info->rate_hz == 2000);
    ((struct listener *)userdata)->started++;
}

static void on_block(const struct mb_block *block, void *userdata)
{
    assert_int_equal(block->channel_count, 8);
    ((struct listener *)userdata)->blocks++;
}

static void on_ended(int error, const char *text, void *userdata)
{
    struct listener *l = userdata;

    (void)text;
    l->ended++;
    l->error = error;
}

static struct listener listener;

static bool has_blocks(struct sim_bench_fixture *f)
{
    (void)f;
    return listener.blocks >= 20;
}

static bool has_snapshots(struct sim_bench_fixture *f)
{
    return f->snapshots >= 5 && mb_snapshot_valid(&f->last, MB_SIGNAL_P);
}

static void check_listening(struct sim_bench_fixture *f)
{
    struct mb_error err = {""};
    const struct mb_stream_callbacks callbacks = {on_started, on_block, on_ended, &listener};

    listener = (struct listener){.error = 0};
    if (mb_bench_listen(f->bench, power(f), &callbacks, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(sim_bench_until(f, has_blocks, 10000));
    assert_int_equal(listener.started, 1);
    f->snapshots = 0;
    assert_true(sim_bench_until(f, has_snapshots, 10000));
    mb_bench_unlisten(f->bench, &listener);
    f->snapshots = 0;
    assert_true(sim_bench_until(f, has_snapshots, 10000));
    assert_int_equal(listener.ended, 0);
    assert_string_equal(mb_bench_fault(f->bench), "");
}

static void test_readings(void **state)
{
    struct sim_bench_fixture *f = *state;
    const struct mb_reading *s = f->last.signal;

    switch_on(f);
    arrive(f, RATED_NM);
    mb_bench_hold(f->bench, true);
    if (!sim_bench_until(f, agrees, 10000))
        fail_msg("%g V, %g A, %g W, %g N m, %g r/min against %g, %g, %g, %g, %g", s[MB_SIGNAL_U12].value,
                 s[MB_SIGNAL_I1].value, s[MB_SIGNAL_P].value, s[MB_SIGNAL_T].value, s[MB_SIGNAL_N].value,
                 sim_bench_truth(f, "u_12_v"), sim_bench_truth(f, "i_1_a"), sim_bench_truth(f, "p_w"),
                 sim_bench_truth(f, "torque_nm"), sim_bench_truth(f, "speed_rpm"));
    assert_true(fabs(s[MB_SIGNAL_F].value - 50) < 0.01);
    assert_true(mb_snapshot_valid(&f->last, MB_SIGNAL_S));
    assert_true(mb_snapshot_valid(&f->last, MB_SIGNAL_HVF));
    assert_true(s[MB_SIGNAL_HVF].value > 1e-4 && s[MB_SIGNAL_HVF].value < 0.05);
    assert_int_equal(s[MB_SIGNAL_P].flags, MB_READING_SIMULATED);
    assert_true(s[MB_SIGNAL_T].t_ns == s[MB_SIGNAL_P].t_ns); /* of one window */
    assert_string_equal(power(f)->notice, "");
    check_listening(f);
}

/* ---- A recording of it: the file says what the live analysis said, corrections included. ---- */

#define RECORD_S 2.0
#define WINDOWS_MAX 64
#define DELAY "quantity: current, correction: {gain: 1.001, delay_s: 1e-4},"

static const struct sim_bench_change delayed[] = {{"quantity: current,", DELAY}, {NULL, NULL}};

struct analysis {
    struct mb_analyser *analyser;
    size_t windows;
    double p_w[WINDOWS_MAX], u_v[WINDOWS_MAX];
};

static struct recording {
    char path[96];
    bool done;
    int error;
    char text[256];
    double seconds;
    struct analysis live, file;
} recording;

static int take(const struct mb_analysis *a, void *userdata, struct mb_error *err)
{
    struct analysis *into = userdata;

    (void)err;
    if (into->windows == WINDOWS_MAX)
        return 0;
    into->p_w[into->windows] = a->power.total.p_w;
    into->u_v[into->windows++] = a->channels[0].values.rms;
    return 0;
}

static void begin_analysis(struct analysis *a, const struct mb_wave_channel channels[], size_t count,
                           double rate_hz)
{
    const struct mb_analyser_setting setting = {.channels = channels,
                                                .channel_count = count,
                                                .rate_hz = rate_hz,
                                                .window = MB_WINDOW_UPDATE,
                                                .length_s = 0.1,
                                                .sync = -1,
                                                .wiring = -1,
                                                .orders = 1};
    struct mb_error err = {""};

    a->analyser = mb_analyser_free(a->analyser);
    a->windows = 0;
    if (mb_analyser_new(&setting, &a->analyser, &err) < 0)
        fail_msg("%s", err.text);
}

/* Told again when the recording begins and when it has ended: what lies between is compared. */
static void live_started(const struct mb_stream_info *info, void *userdata)
{
    (void)userdata;
    if (!recording.done)
        begin_analysis(&recording.live, info->channels, info->channel_count, info->rate_hz);
}

static void live_block(const struct mb_block *block, void *userdata)
{
    struct mb_error err = {""};

    (void)userdata;
    if (!recording.done && mb_analyser_push(recording.live.analyser, block, take, &recording.live, &err) < 0)
        fail_msg("%s", err.text);
}

static void live_ended(int error, const char *text, void *userdata)
{
    (void)userdata;
    fail_msg("it ended with %d: %s", error, text);
}

static void on_recorded(int error, const char *text, const struct mb_bench_recorded *what, void *userdata)
{
    (void)userdata;
    recording.done = true;
    recording.error = error;
    recording.seconds = what->seconds;
    (void)snprintf(recording.text, sizeof recording.text, "%s", text);
}

static bool is_recorded(struct sim_bench_fixture *f)
{
    (void)f;
    return recording.done;
}

static void analyse_file(void)
{
    struct mb_wave_reader *reader = NULL;
    struct mb_wave_source *source = NULL;
    struct mb_error err = {""};
    struct mb_block block;
    int r = mb_wave_reader_open(fopen(recording.path, "re"), "file", 0, &reader, &err);

    if (r == 0)
        r = mb_wave_source_new(reader, NULL, 0, &source, &err);
    if (r < 0)
        fail_msg("%s", err.text);
    assert_true(source->channels[3].delay_s == 1e-4);
    begin_analysis(&recording.file, source->channels, source->channel_count, reader->rate_hz);
    while ((r = mb_wave_source_next(source, &block, &err)) > 0)
        if (mb_analyser_push(recording.file.analyser, &block, take, &recording.file, &err) < 0)
            fail_msg("%s", err.text);
    assert_int_equal(r, 0);
    (void)mb_wave_source_free(source);
}

static void compare(void)
{
    const size_t n =
        recording.live.windows < recording.file.windows ? recording.live.windows : recording.file.windows;

    assert_true(n >= RECORD_S / 0.1 / 2);
    assert_memory_equal(recording.live.p_w, recording.file.p_w, n * sizeof(double));
    assert_memory_equal(recording.live.u_v, recording.file.u_v, n * sizeof(double));
    assert_true(recording.file.u_v[n - 1] > 200);
}

static int setup_recording(void **state)
{
    struct sim_bench_fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    memset(&recording, 0, sizeof recording);
    sim_bench_start_with(f, options, delayed);
    (void)snprintf(recording.path, sizeof recording.path, "%s/samples.wave", f->sim.folder);
    return 0;
}

static int teardown_recording(void **state)
{
    (void)unlink(recording.path);
    recording.live.analyser = mb_analyser_free(recording.live.analyser);
    recording.file.analyser = mb_analyser_free(recording.file.analyser);
    return teardown(state);
}

static void test_recording(void **state)
{
    struct sim_bench_fixture *f = *state;
    const struct mb_stream_callbacks callbacks = {live_started, live_block, live_ended, &recording};
    struct mb_error err = {""};

    switch_on(f);
    assert_int_equal(mb_bench_listen(f->bench, power(f), &callbacks, &err), 0);
    if (mb_bench_record(f->bench, recording.path, RECORD_S, on_recorded, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(mb_bench_record(f->bench, recording.path, 1, on_recorded, NULL, &err), -EBUSY);
    assert_true(sim_bench_until(f, is_recorded, 20000));
    if (recording.error < 0)
        fail_msg("%s", recording.text);
    assert_true(recording.seconds >= RECORD_S);
    f->snapshots = 0;
    assert_true(sim_bench_until(f, has_snapshots, 10000)); /* readings go on */
    assert_string_equal(mb_bench_fault(f->bench), "");
    mb_bench_unlisten(f->bench, &recording);
    analyse_file();
    compare();
}

static void test_recording_too_long(void **state)
{
    struct sim_bench_fixture *f = *state;
    struct mb_error err = {""};

    assert_int_equal(mb_bench_record(f->bench, recording.path, 1e4, on_recorded, NULL, &err), 0);
    assert_true(sim_bench_until(f, is_recorded, 20000));
    assert_int_equal(recording.error, -EFBIG);
    assert_non_null(strstr(recording.text, "allowed are 64"));
    recording.done = false;
    assert_int_equal(mb_bench_record(f->bench, "/nonexistent/x.wave", 1, on_recorded, NULL, &err), 0);
    assert_true(sim_bench_until(f, is_recorded, 20000));
    assert_int_equal(recording.error, -ENOENT);
    /* The instrument is opened again; nobody hears of a recording that was forgotten. */
    assert_true(sim_bench_until(f, is_back, 20000));
    recording.done = false;
    assert_int_equal(mb_bench_record(f->bench, recording.path, 30, on_recorded, NULL, &err), 0);
    mb_bench_record_forget(f->bench);
    assert_int_equal(mb_bench_measure(f->bench, MB_BENCH_RUNNING), 0);
    f->snapshots = 0;
    assert_true(sim_bench_until(f, has_snapshots, 20000));
    assert_false(recording.done);
}

/* ---- Lost: off within loss_s, by the name of the instrument; and back again. ---- */

static void test_lost(void **state)
{
    struct sim_bench_fixture *f = *state;

    switch_on(f);
    sim_bench_tell(f, "fault daq gone");
    assert_true(sim_bench_until(f, sim_bench_has_fault, 20000));
    if (!strstr(f->fault, "power"))
        fail_msg("%s", f->fault);
    assert_true(sim_bench_until(f, sim_bench_is_safe, 10000));
    assert_true(sim_bench_truth(f, "output_on") == 0);
    sim_bench_tell(f, "fault daq none");
    assert_true(sim_bench_until(f, is_back, 20000));
}

/* ---- What does not fit is said before anything runs. ---- */

static const char wrong_text[] =
    "bench:\n"
    "  name: live\n"
    "  simulated: true\n"
    "  limits: {voltage_v: 480, current_a: 6, torque_nm: 5, speed_rpm: 3600}\n"
    "  instruments:\n"
    "    - {id: source, profile: chroma-61500, address: \"tcp:127.0.0.1:2\"}\n"
    "    - {id: brake, profile: magtrol-dsp6001, address: \"tcp:127.0.0.1:3\"}\n"
    "    - id: power\n"
    "      profile: daq\n"
    "      address: \"ip:127.0.0.1:5\"\n"
    "      wiring: 3P4W\n"
    "      channels:\n"
    "        - {name: u1, device: fast, channel: voltage0, quantity: voltage}\n"
    "        - {name: i1, device: fast, channel: voltage1, quantity: current}\n"
    "        - {name: torque, device: fast, channel: voltage2, quantity: torque}\n"
    "        - {name: speed, device: fast, channel: voltage3, quantity: speed}\n"
    "  roles: {analyser: power, supply: source, load: brake, ohmmeter: manual, torque: power, speed: power,\n"
    "          coolant: manual}\n";

static void test_no_circuit(void **state)
{
    struct mb_bench_setting *setting = NULL;
    struct mb_bench *bench = NULL;
    struct mb_error err = {""};
    sd_event *event = NULL;

    (void)state;
    assert_true(sd_event_new(&event) >= 0);
    assert_int_equal(mb_bench_setting_parse("b.yaml", wrong_text, strlen(wrong_text), &setting, &err), 0);
    assert_int_equal(mb_bench_new(event, setting, "driver/profiles", &bench, &err), -EINVAL);
    if (strcmp(err.text, "power: wiring 3P4W needs 3 voltages and as many currents, there are 1 and 1") != 0)
        fail_msg("%s", err.text);
    (void)mb_bench_setting_free(setting);
    (void)sd_event_unref(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_readings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recording, setup_recording, teardown_recording),
        cmocka_unit_test_setup_teardown(test_recording_too_long, setup_recording, teardown_recording),
        cmocka_unit_test_setup_teardown(test_lost, setup_loss, teardown),
        cmocka_unit_test(test_no_circuit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
