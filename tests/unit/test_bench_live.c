/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One stream for all who listen, rings while somebody looks, and records of sound. The instrument is made up.
 */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "bench/capture.h"
#include "bench/live.h"
#include "bench/stream.h"

static const char bench_text[] =
    "bench:\n"
    "  name: live\n"
    "  limits: {voltage_v: 480, current_a: 6, torque_nm: 5, speed_rpm: 3600}\n"
    "  supply: {ratio: 1, ramp_s: 10}\n"
    "  instruments:\n"
    "    - {id: analyser, profile: yokogawa-wt300e, address: \"tcp:127.0.0.1:1\", wiring: 3V3A}\n"
    "    - {id: source, profile: chroma-61500, address: \"tcp:127.0.0.1:2\"}\n"
    "    - {id: brake, profile: magtrol-dsp6001, address: \"tcp:127.0.0.1:3\"}\n"
    "    - {id: ohmmeter, profile: tonghui-th2516, address: \"tcp:127.0.0.1:4\"}\n"
    "    - id: daq\n"
    "      profile: iio\n"
    "      address: \"ip:127.0.0.1:5\"\n"
    "      channels:\n"
    "        - {name: torque, device: adc, channel: voltage0, quantity: torque, factor: 0.4}\n"
    "        - {name: speed, device: adc, channel: voltage1, quantity: speed, factor: 400}\n"
    "        - {name: temperature, device: thermocouples, channel: temp0, quantity: temperature}\n"
    "        - {name: u1, device: fast, channel: voltage0, quantity: voltage, STREAM}\n"
    "        - {name: sound, device: fast, channel: voltage1, quantity: sound-pressure, stream: true}\n"
    "    - id: microphone\n"
    "      profile: iio\n"
    "      address: \"ip:127.0.0.1:6\"\n"
    "      channels:\n"
    "        - {name: p, device: mic, channel: voltage0, quantity: sound-pressure, stream: true}\n"
    "  roles:\n"
    "    analyser: analyser\n"
    "    supply: source\n"
    "    load: brake\n"
    "    ohmmeter: ohmmeter\n"
    "    torque: daq/torque\n"
    "    speed: daq/speed\n"
    "    coolant: daq/temperature\n"
    "    sound: daq/sound\n"
    "    monitored: [daq/temperature]\n";

#define RATE_HZ 16e3
#define BLOCK 800

/* ---- The instrument: what it was told, and blocks by hand. ---- */

static struct fake {
    struct mb_stream_callbacks callbacks;
    unsigned starts, stops;
    int refuse; /* errno of the next start */
    uint64_t next;
} fake, microphone;

static int fake_stream(struct mb_instrument *i, const struct mb_stream_setting *setting,
                       const struct mb_stream_callbacks *callbacks, struct mb_error *err)
{
    struct fake *f = strcmp(i->id, "microphone") == 0 ? &microphone : &fake;

    if (!setting) {
        f->stops++;
        return 0;
    }
    if (f->refuse)
        return mb_error_set(err, f->refuse, "refused");
    f->starts++;
    f->callbacks = *callbacks;
    return 0;
}

static void fake_start_of(const struct mb_wave_channel *channel)
{
    const struct mb_stream_info info = {.channel_count = 1, .channels = channel, .rate_hz = RATE_HZ};

    fake.callbacks.started(&info, fake.callbacks.userdata);
}

static void fake_start(void)
{
    fake_start_of(&(struct mb_wave_channel){.name = "u1", .quantity = MB_WAVE_VOLTAGE});
}

static void fake_flagged(struct fake *f, unsigned count, uint32_t flags)
{
    for (unsigned b = 0; b < count; b++) {
        double x[BLOCK];
        const double *channels[] = {x};
        struct mb_block block = {.first = f->next,
                                 .rate_hz = RATE_HZ,
                                 .count = BLOCK,
                                 .channel_count = 1,
                                 .channels = channels,
                                 .flags = b == 0 ? flags : 0};

        for (size_t i = 0; i < BLOCK; i++)
            x[i] = 325 * sin(2 * M_PI * 50 * (double)(f->next + i) / RATE_HZ);
        f->next += BLOCK;
        f->callbacks.block(&block, f->callbacks.userdata);
    }
}

static void fake_blocks(unsigned count)
{
    fake_flagged(&fake, count, 0);
}

struct fixture {
    sd_event *event;
    struct mb_bench *bench;
    struct mb_instrument *daq, *microphone;
    struct mb_instrument_ops ops;
    const struct mb_instrument_ops *real;
};

static int setup(void **state)
{
    static struct fixture f;
    struct mb_bench_setting *setting = NULL;
    char text[sizeof bench_text + 16], *at;
    struct mb_error err = {""};

    fake = microphone = (struct fake){.starts = 0};
    (void)snprintf(text, sizeof text, "%s", bench_text);
    at = strstr(text, "STREAM");
    memcpy(at, "stream: true", 12);
    (void)snprintf(at + 12, sizeof text - (size_t)(at + 12 - text), "%s", strstr(bench_text, "STREAM") + 6);
    assert_int_equal(sd_event_new(&f.event), 0);
    if (mb_bench_setting_parse("bench.yaml", text, strlen(text), &setting, &err) < 0 ||
        mb_bench_new(f.event, setting, "driver/profiles", &f.bench, &err) < 0)
        fail_msg("%s", err.text);
    f.daq = mb_bench_streamer(f.bench, 0);
    assert_non_null(f.daq);
    assert_string_equal(f.daq->id, "daq");
    f.microphone = mb_bench_streamer(f.bench, 1);
    assert_non_null(f.microphone);
    assert_null(mb_bench_streamer(f.bench, 2));
    f.real = f.daq->ops;
    f.ops = *f.real;
    f.ops.stream = fake_stream;
    f.daq->ops = f.microphone->ops = &f.ops;
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    f->daq->ops = f->microphone->ops = f->real;
    (void)mb_bench_free(f->bench);
    sd_event_unref(f->event);
    return 0;
}

/* ---- Listeners. ---- */

struct heard {
    unsigned started, blocks, ended;
    int error;
    double rate_hz;
};

static void on_started(const struct mb_stream_info *info, void *userdata)
{
    struct heard *h = userdata;

    h->started++;
    h->rate_hz = info->rate_hz;
}

static void on_block(const struct mb_block *block, void *userdata)
{
    (void)block;
    ((struct heard *)userdata)->blocks++;
}

static void on_ended(int error, const char *text, void *userdata)
{
    struct heard *h = userdata;

    (void)text;
    h->ended++;
    h->error = error;
}

static int listen_as(struct fixture *f, struct heard *h)
{
    const struct mb_stream_callbacks callbacks = {
        .started = on_started, .block = on_block, .ended = on_ended, .userdata = h};

    return mb_bench_listen(f->bench, f->daq, &callbacks, NULL);
}

static void test_one_stream_for_all(void **state)
{
    struct fixture *f = *state;
    struct heard a = {0}, b = {0};

    assert_int_equal(listen_as(f, &a), 0);
    assert_int_equal(listen_as(f, &a), -EBUSY);
    fake_start();
    fake_blocks(2);
    assert_int_equal(listen_as(f, &b), 0);
    assert_int_equal(fake.starts, 1);
    fake_blocks(3);
    assert_true(a.started == 1 && a.blocks == 5 && b.started == 1 && b.blocks == 3 && b.rate_hz == RATE_HZ);
    mb_bench_unlisten(f->bench, &a);
    assert_int_equal(fake.stops, 0);
    fake_blocks(1);
    assert_true(a.blocks == 5 && b.blocks == 4);
    mb_bench_unlisten(f->bench, &b);
    assert_int_equal(fake.stops, 1);
    assert_int_equal(listen_as(f, &a), 0); /* while it still stops: it starts again when it has */
    assert_int_equal(fake.starts, 1);
    fake.callbacks.ended(0, "", fake.callbacks.userdata);
    assert_int_equal(fake.starts, 2);
    assert_int_equal(a.ended, 0);
    fake_start();
    fake_blocks(1);
    assert_true(a.started == 2 && a.blocks == 6);
    fake.callbacks.ended(-EIO, "pulled", fake.callbacks.userdata);
    assert_true(a.ended == 1 && a.error == -EIO && b.ended == 0);
    fake.refuse = -ENOTCONN;
    assert_int_equal(listen_as(f, &a), -ENOTCONN);
    mb_bench_unlisten(f->bench, &a);
    assert_int_equal(fake.stops, 1);
}

static void test_listeners_are_counted(void **state)
{
    struct heard h[MB_STREAM_LISTENERS_MAX + 1] = {{0}};

    for (int i = 0; i < MB_STREAM_LISTENERS_MAX; i++)
        assert_int_equal(listen_as(*state, &h[i]), 0);
    assert_int_equal(listen_as(*state, &h[MB_STREAM_LISTENERS_MAX]), -EBUSY);
}

/* ---- Rings. ---- */

struct told {
    unsigned ready, over;
    int error;
};

static void on_told(int error, const char *text, void *userdata)
{
    struct told *t = userdata;

    (void)text;
    t->ready += error == 0;
    t->over += error != 0;
    t->error = error;
}

static void test_rings_while_somebody_looks(void **state)
{
    struct fixture *f = *state;
    struct told a = {0}, b = {0};
    struct mb_ring_reader *reader = NULL;

    assert_int_equal(mb_bench_live_fd(f->bench, &a, MB_RING_SCOPE), -ENODATA);
    assert_int_equal(mb_bench_live_watch(f->bench, "", on_told, &a, NULL), 0);
    assert_int_equal(a.ready, 0);
    fake_start();
    fake_blocks(8);
    assert_int_equal(a.ready, 1);
    assert_int_equal(mb_bench_live_watch(f->bench, "", on_told, &b, NULL), 0);
    assert_int_equal(fake.starts, 1);
    fake_blocks(1);
    assert_true(a.ready == 1 && b.ready == 1);
    assert_int_equal(mb_ring_reader_new(mb_bench_live_fd(f->bench, &a, MB_RING_SPECTRUM), &reader, NULL), 0);
    assert_true(mb_ring_reader_written(reader) >= 1);
    mb_bench_live_forget(f->bench, &a);
    assert_false(mb_ring_reader_ended(reader));
    mb_bench_live_forget(f->bench, &b);
    assert_true(mb_ring_reader_ended(reader));
    assert_int_equal(fake.stops, 1);
    assert_int_equal(mb_bench_live_fd(f->bench, &a, MB_RING_SPECTRUM), -ENODATA);
    (void)mb_ring_reader_free(reader);
}

static void test_end_of_the_stream_is_told(void **state)
{
    struct fixture *f = *state;
    struct told a = {0}, b = {0};

    assert_int_equal(mb_bench_live_watch(f->bench, "", on_told, &a, NULL), 0);
    assert_int_equal(mb_bench_live_watch(f->bench, "", on_told, &b, NULL), 0);
    fake_start();
    fake_blocks(1);
    fake.callbacks.ended(-ENODEV, "pulled", fake.callbacks.userdata);
    assert_true(a.over == 1 && a.error == -ENODEV && b.over == 1);
    assert_int_equal(mb_bench_live_watch(f->bench, "", on_told, &a, NULL), 0);
    assert_int_equal(fake.starts, 2);
    mb_bench_live_forget(f->bench, &a);
    fake.callbacks.ended(0, "", fake.callbacks.userdata);
    fake.refuse = -ENOTCONN;
    assert_int_equal(mb_bench_live_watch(f->bench, "", on_told, &a, NULL), -ENOTCONN);
}

/* Each instrument has a stream and rings of its own. */
static void test_rings_of_two_instruments(void **state)
{
    struct fixture *f = *state;
    struct mb_ring_reader *reader = NULL;
    struct told a = {0}, b = {0};
    struct mb_error err = {""};

    assert_int_equal(mb_bench_live_watch(f->bench, "", on_told, &a, NULL), 0);
    assert_int_equal(mb_bench_live_watch(f->bench, "microphone", on_told, &b, NULL), 0);
    assert_true(fake.starts == 1 && microphone.starts == 1);
    fake_start();
    fake_blocks(8);
    assert_true(a.ready == 1 && b.ready == 0);
    assert_int_equal(mb_bench_live_fd(f->bench, &b, MB_RING_SCOPE), -ENODATA);
    microphone.callbacks.started(
        &(struct mb_stream_info){
            .channel_count = 1,
            .channels = &(struct mb_wave_channel){.name = "p", .quantity = MB_WAVE_SOUND_PRESSURE},
            .rate_hz = RATE_HZ},
        microphone.callbacks.userdata);
    fake_flagged(&microphone, 1, 0);
    assert_int_equal(b.ready, 1);
    assert_int_equal(mb_ring_reader_new(mb_bench_live_fd(f->bench, &b, MB_RING_SCOPE), &reader, NULL), 0);
    assert_string_equal(mb_ring_reader_header(reader)->channels[0].name, "p");
    mb_bench_live_forget(f->bench, &a);
    assert_true(fake.stops == 1 && microphone.stops == 0 && !mb_ring_reader_ended(reader));
    mb_bench_live_forget(f->bench, &b);
    assert_true(microphone.stops == 1 && mb_ring_reader_ended(reader));
    (void)mb_ring_reader_free(reader);
    assert_int_equal(mb_bench_live_watch(f->bench, "ohmmeter", on_told, &a, &err), -ENOENT);
    assert_non_null(strstr(err.text, "those of these do: daq, microphone"));
}

/* ---- Records of sound: one stretch of samples without a fault. ---- */

#define RECORD_S 2
#define RECORD_BLOCKS (unsigned)(RECORD_S * RATE_HZ / BLOCK)
#define SETTLING_MAX (unsigned)(10 * RATE_HZ / BLOCK)

struct record {
    unsigned ended;
    int error;
    double level_db, seconds;
};

static void on_record(int error, const char *text, const struct mb_capture_result *result, void *userdata)
{
    struct record *r = userdata;

    assert_true(error == 0 || *text != '\0');
    r->ended++;
    r->error = error;
    r->level_db = result->channels[0].sound.leq_db;
    r->seconds = result->channels[0].sound.duration_s;
}

static void begin_record(struct fixture *f, struct record *r)
{
    const struct mb_capture sound = {.quantity = MB_CAPTURE_SOUND, .seconds = RECORD_S};

    *r = (struct record){.ended = 0};
    assert_int_equal(mb_bench_capture(f->bench, &sound, on_record, r, NULL), 0);
    fake_start_of(&(struct mb_wave_channel){.name = "sound", .quantity = MB_WAVE_SOUND_PRESSURE});
}

/* Blocks until the record ends; what they were. */
static unsigned blocks_to_the_end(const struct record *r)
{
    unsigned n = 0;

    while (r->ended == 0 && n++ < RECORD_BLOCKS + SETTLING_MAX)
        fake_blocks(1);
    fake.callbacks.ended(0, "", fake.callbacks.userdata);
    return n;
}

static void test_a_record_begins_anew_where_samples_are_lost(void **state)
{
    static const uint32_t flags[] = {MB_WAVE_MISSING, MB_WAVE_RATE, MB_WAVE_CLIPPED};
    struct record r;
    unsigned whole;

    begin_record(*state, &r);
    whole = blocks_to_the_end(&r);
    assert_true(r.ended == 1 && r.error == 0 && isfinite(r.level_db) && whole >= RECORD_BLOCKS);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        begin_record(*state, &r);
        fake_blocks(RECORD_BLOCKS / 2);
        fake_flagged(&fake, 1, flags[i]);
        assert_true(blocks_to_the_end(&r) >= whole - 1);
        assert_true(r.ended == 1 && r.error == 0 && isfinite(r.level_db) && r.seconds >= RECORD_S);
    }
}

static void test_a_record_gives_up(void **state)
{
    static const struct {
        uint32_t flags;
        int error;
    } cases[] = {{MB_WAVE_MISSING, -EPIPE}, {MB_WAVE_CLIPPED, -ERANGE}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct record r;

        begin_record(*state, &r);
        for (unsigned n = 0; n < 100 && r.ended == 0; n++)
            fake_flagged(&fake, 1, cases[i].flags);
        fake.callbacks.ended(0, "", fake.callbacks.userdata);
        assert_true(r.ended == 1 && r.error == cases[i].error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_stream_for_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_listeners_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rings_while_somebody_looks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rings_of_two_instruments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_end_of_the_stream_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_record_begins_anew_where_samples_are_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_record_gives_up, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
