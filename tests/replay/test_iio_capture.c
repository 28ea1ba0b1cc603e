/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams of the IIO family from a device whose samples are counted (support/iiod_server.h), over loopback.
 */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/instrument.h"
#include "support/fake_instrument.h"
#include "support/iiod_server.h"
#include "waveform/reader.h"
#include "waveform/source.h"
#include "waveform/stream.h"

#define CHANNELS 2

struct rig {
    sd_event *event;
    struct iiod_server *server;
    struct mb_clock clock;
    struct mb_instrument *instrument;
    bool ready, lost, ended, enough;
    int error;
    char text[256];
    /* What came. */
    unsigned started, blocks, breaks, missing, rates;
    uint64_t wanted, samples, lost_samples;
    int64_t first_ns, last_ns;
    double expected; /* the value of channel 0 that comes next */
    double rate_hz, last_rate_hz;
    bool stop_in_block, free_in_block;
};

static void on_state(struct mb_instrument *i, void *userdata)
{
    struct rig *rig = userdata;

    rig->ready = i->state == MB_INSTRUMENT_READY;
    rig->lost |= i->state == MB_INSTRUMENT_LOST;
}

static void on_started(const struct mb_stream_info *info, void *userdata)
{
    struct rig *rig = userdata;

    rig->started++;
    rig->rate_hz = info->rate_hz;
    assert_int_equal(info->channel_count, CHANNELS);
    assert_string_equal(info->channels[0].name, "u");
    assert_int_equal(info->channels[0].quantity, MB_WAVE_VOLTAGE);
    assert_int_equal(info->channels[1].quantity, MB_WAVE_CURRENT);
}

/* Channel 0 counts in mV, 100 V a volt; channel 1 counts twice as fast. */
static void check_samples(struct rig *rig, const struct mb_block *b)
{
    for (size_t i = 0; i < b->count; i++) {
        double n = b->channels[0][i] / 100 * 1000;

        if (rig->samples + i > 0 && fabs(n - rig->expected) > 1e-6 * (1 + fabs(n))) {
            rig->breaks++;
            rig->lost_samples += (uint64_t)llround(n - rig->expected);
            assert_true(b->flags & MB_WAVE_MISSING);
            assert_int_equal(i, 0);
        }
        assert_true(fabs(b->channels[1][i] * 1000 - 2 * n - 5000) < 1e-6 * (1 + fabs(n)));
        rig->expected = n + 1;
    }
}

static void on_block(const struct mb_block *b, void *userdata)
{
    struct rig *rig = userdata;

    assert_int_equal(rig->started, 1);
    assert_int_equal(b->channel_count, CHANNELS);
    check_samples(rig, b);
    if (rig->blocks++ == 0)
        rig->first_ns = b->t_ns;
    rig->last_ns = b->t_ns;
    rig->samples += b->count;
    rig->missing += (b->flags & MB_WAVE_MISSING) != 0;
    rig->rates += (b->flags & MB_WAVE_RATE) != 0;
    rig->last_rate_hz = b->rate_hz;
    rig->enough = rig->samples >= rig->wanted;
    if (rig->stop_in_block)
        (void)rig->instrument->ops->stream(rig->instrument, NULL, NULL, NULL);
    if (rig->free_in_block)
        rig->instrument = mb_instrument_free(rig->instrument);
}

static void on_ended(int error, const char *text, void *userdata)
{
    struct rig *rig = userdata;

    assert_false(rig->ended);
    rig->ended = true;
    rig->error = error;
    (void)snprintf(rig->text, sizeof rig->text, "%s", text);
}

static const struct mb_iio_channel channels[CHANNELS] = {
    {.name = "u",
     .device = "fast",
     .channel = "voltage0",
     .quantity = MB_VOLTAGE,
     .factor = 100,
     .stream = true},
    {.name = "i",
     .device = "fast",
     .channel = "voltage1",
     .quantity = MB_CURRENT,
     .factor = 1,
     .zero = 5,
     .stream = true},
};

static void open_rig_with(struct rig *rig, const struct iiod_server_setting *server,
                          const struct mb_iio_channel wanted[CHANNELS], const char *trigger)
{
    struct mb_instrument_setting setting = {.id = "daq",
                                            .profile = "iio",
                                            .iio_channels = wanted,
                                            .iio_channel_count = CHANNELS,
                                            .trigger = trigger};

    *rig = (struct rig){.wanted = UINT64_MAX};
    rig->server = iiod_server_new(server);
    assert_true(sd_event_new(&rig->event) >= 0);
    mb_clock_init(&rig->clock, 1);
    setting.address = iiod_server_address(rig->server);
    setting.clock = &rig->clock;
    assert_int_equal(mb_instrument_new(rig->event, "driver/profiles", &setting, &rig->instrument, NULL), 0);
    rig->instrument->state_changed = on_state;
    rig->instrument->userdata = rig;
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
    assert_true(fake_run_until(rig->event, &rig->ready, 5000));
}

static void open_rig(struct rig *rig, const struct iiod_server_setting *server)
{
    open_rig_with(rig, server, channels, NULL);
}

static void close_rig(struct rig *rig)
{
    rig->instrument = mb_instrument_free(rig->instrument);
    (void)usleep(50000); /* threads that were left alone say goodbye now, and end before the leak check */
    rig->server = iiod_server_free(rig->server);
    (void)usleep(50000);
    sd_event_unref(rig->event);
}

static void start(struct rig *rig, const struct mb_stream_setting *setting)
{
    const struct mb_stream_callbacks callbacks = {
        .started = on_started, .block = on_block, .ended = on_ended, .userdata = rig};
    struct mb_error err = {""};

    if (rig->instrument->ops->stream(rig->instrument, setting, &callbacks, &err) < 0)
        fail_msg("%s", err.text);
}

static void stop(struct rig *rig)
{
    assert_int_equal(rig->instrument->ops->stream(rig->instrument, NULL, NULL, NULL), 0);
    assert_true(fake_run_until(rig->event, &rig->ended, 3000));
    assert_int_equal(rig->error, 0);
}

static const struct iiod_server_setting plain = {
    .channels = CHANNELS, .bits = 32, .rate_hz = 20000, .scale = "1", .depth = 64};

static void test_stream(void **state)
{
    static const struct mb_stream_setting wanted = {.rate_hz = 20000, .interval_s = 0.01};
    const struct mb_stream_callbacks again = {.block = on_block, .ended = on_ended};
    struct rig rig;

    (void)state;
    open_rig(&rig, &plain);
    rig.wanted = 10000;
    start(&rig, &wanted);
    assert_int_equal(rig.instrument->ops->stream(rig.instrument, &wanted, &again, NULL), -EBUSY);
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    assert_true(rig.rate_hz == 20000 && rig.last_rate_hz == 20000);
    assert_int_equal(rig.breaks + rig.missing + rig.rates, 0);
    /* The clock of the blocks is the bench's. */
    assert_true(fabs((double)(rig.last_ns - rig.first_ns) * 1e-9 - 0.49) < 0.1);
    stop(&rig);
    assert_int_equal(rig.instrument->ops->stream(rig.instrument, NULL, NULL, NULL), -EALREADY);
    assert_int_equal(rig.instrument->state, MB_INSTRUMENT_READY);
    /* And once more: the device was let go. */
    rig.ended = false;
    rig.started = rig.blocks = 0;
    rig.samples = 0;
    rig.enough = false;
    rig.wanted = 400;
    start(&rig, &wanted);
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    close_rig(&rig);
    assert_true(rig.ended);
    assert_int_equal(rig.error, -ECANCELED);
}

/* Stopped and freed from inside of a block: no further one. */
static void test_stop_in_block(void **state)
{
    static const struct mb_stream_setting wanted = {.interval_s = 0.005};
    struct rig rig;

    (void)state;
    open_rig(&rig, &plain);
    rig.stop_in_block = true;
    start(&rig, &wanted);
    assert_true(fake_run_until(rig.event, &rig.ended, 4000));
    assert_int_equal(rig.blocks, 1);
    assert_int_equal(rig.error, 0);
    rig.ended = rig.stop_in_block = false;
    rig.free_in_block = true;
    rig.started = rig.blocks = 0;
    rig.samples = 0;
    start(&rig, &wanted);
    assert_true(fake_run_until(rig.event, &rig.ended, 4000));
    assert_int_equal(rig.blocks, 1);
    assert_int_equal(rig.error, -ECANCELED);
    close_rig(&rig);
}

/* 300 samples that the source lost, seen by its time stamps: cut at the very sample. */
static void test_gap_by_stamps(void **state)
{
    struct iiod_server_setting server = plain;
    struct rig rig;

    (void)state;
    server.stamps = true;
    server.gap_at = 4321;
    server.gap = 300;
    open_rig(&rig, &server);
    rig.wanted = 10000;
    start(&rig, &(struct mb_stream_setting){.interval_s = 0.02});
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    assert_int_equal(rig.breaks, 1);
    assert_int_equal(rig.missing, 1);
    assert_int_equal(rig.lost_samples, 300);
    close_rig(&rig);
}

/* The loop stands still for longer than all buffers: the next block says so, and time goes on as before. */
static void test_loop_too_slow(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, &plain);
    rig.wanted = 2000;
    start(&rig, &(struct mb_stream_setting){.interval_s = 0.005});
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    (void)usleep(400000); /* 0.16 s are in the queue, then one block is lost every 0.08 s */
    rig.enough = false;
    rig.wanted = 12000;
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    assert_true(rig.breaks >= 1 && rig.missing >= rig.breaks);
    assert_true(rig.lost_samples >= 100 && rig.lost_samples < 10000);
    close_rig(&rig);
}

/* As many blocks as the device has memory for; with the most of them the loop may stand still for a second.
 */
static void test_depth(void **state)
{
    struct iiod_server_setting server = plain;
    struct rig rig;

    (void)state;
    server.depth = 0;
    server.depth_max = 8;
    open_rig(&rig, &server);
    rig.wanted = 1000;
    start(&rig, &(struct mb_stream_setting){.interval_s = 0.01});
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    assert_int_equal(iiod_server_depth(rig.server), 8);
    close_rig(&rig);
    server.depth_max = 0;
    open_rig(&rig, &server);
    rig.wanted = 2000;
    start(&rig, &(struct mb_stream_setting){.interval_s = 0.02});
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    (void)usleep(500000);
    rig.enough = false;
    rig.wanted = 14000;
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    assert_int_equal(iiod_server_depth(rig.server), 32);
    assert_int_equal(rig.breaks + rig.missing, 0);
    close_rig(&rig);
}

static void test_rate_changes(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, &plain);
    rig.wanted = 2000;
    start(&rig, &(struct mb_stream_setting){.interval_s = 0.01});
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    iiod_server_rate(rig.server, 19000);
    rig.enough = false;
    rig.wanted = 30000;
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    assert_int_equal(rig.rates, 1);
    assert_true(rig.last_rate_hz == 19000);
    close_rig(&rig);
}

/* What a device does wrong in the middle ends the stream with a sentence and loses the instrument, which
 * comes back. */
static void fails_with(enum iiod_fault fault, const char *sentence)
{
    struct iiod_server_setting server = plain;
    struct rig rig;

    server.fault = fault;
    server.fault_after = 3;
    open_rig(&rig, &server);
    start(&rig, &(struct mb_stream_setting){.interval_s = 0.01});
    assert_true(fake_run_until(rig.event, &rig.ended, 6000));
    if (rig.error >= 0 || !strstr(rig.text, sentence))
        fail_msg("fault %d: error %d, '%s'", fault, rig.error, rig.text);
    assert_true(fake_run_until(rig.event, &rig.lost, 100));
    rig.ready = false;
    assert_true(fake_run_until(rig.event, &rig.ready, 4000));
    close_rig(&rig);
}

static void test_faults(void **state)
{
    (void)state;
    fails_with(IIOD_FAULT_ERROR, "No such device");
    fails_with(IIOD_FAULT_CLOSE, "");
    fails_with(IIOD_FAULT_MASK, "without samples of all channels");
    fails_with(IIOD_FAULT_STALL, "no samples"); /* said by the library or by our own deadline */
}

static void test_byte_by_byte(void **state)
{
    struct iiod_server_setting server = plain;
    struct rig rig;

    (void)state;
    server.fault = IIOD_FAULT_BYTES;
    open_rig(&rig, &server);
    rig.wanted = 2000;
    start(&rig, &(struct mb_stream_setting){.interval_s = 0.02});
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    assert_int_equal(rig.breaks, 0);
    close_rig(&rig);
}

/* Refused before anything comes; the instrument stays. */
static void refused_with(const struct iiod_server_setting *server, double rate_hz, const char *trigger,
                         const char *sentence)
{
    struct rig rig;

    open_rig_with(&rig, server, channels, trigger);
    start(&rig, &(struct mb_stream_setting){.rate_hz = rate_hz});
    assert_true(fake_run_until(rig.event, &rig.ended, 4000));
    if (rig.error >= 0 || !strstr(rig.text, sentence))
        fail_msg("expected '%s', have %d '%s'", sentence, rig.error, rig.text);
    assert_int_equal(rig.blocks, 0);
    assert_int_equal(rig.instrument->state, MB_INSTRUMENT_READY);
    close_rig(&rig);
}

static void refused(const struct iiod_server_setting *server, double rate_hz, const char *sentence)
{
    refused_with(server, rate_hz, NULL, sentence);
}

static void test_refusals(void **state)
{
    struct iiod_server_setting server = plain;

    (void)state;
    server.scale = "0.000000";
    refused(&server, 0, "channel u: a scale of 0 means nothing");
    server.scale = NULL;
    refused(&server, 0, "channel u: the device does not say its scale");
    server.scale = "one";
    refused(&server, 0, "channel u: scale or offset cannot be read");
    server.scale = "1";
    refused(&server, 15000, "the device runs at 20000 Hz, not at 15000 Hz");
    server.rate_hz = 0;
    refused(&server, 0, "the rate cannot be read: not a rate");
}

/* A trigger of the bench file is the one that the device is told; one that is not there is refused with those
 * that are. */
static void test_triggers(void **state)
{
    struct iiod_server_setting server = plain;
    struct rig rig;

    (void)state;
    server.trigger = "sample-clock";
    open_rig_with(&rig, &server, channels, "sample-clock");
    rig.wanted = 1000;
    start(&rig, &(struct mb_stream_setting){.interval_s = 0.01});
    assert_true(fake_run_until(rig.event, &rig.enough, 4000));
    assert_int_equal(iiod_server_triggered(rig.server), 1);
    close_rig(&rig);
    refused_with(&server, 0, "hrtimer:bench", "no trigger 'bench', it has: sample-clock");
    server.trigger_refused = true;
    refused_with(&server, 0, "sample-clock", "trigger sample-clock is refused: Device or resource busy");
    server.trigger = NULL;
    refused_with(&server, 0, "sample-clock", "no trigger 'sample-clock', it has none");
}

/* The recording of a stream gives the blocks of the stream, bit for bit. */
#define KEPT 4000

struct kept {
    struct rig *rig;
    double *values, delay_s[CHANNELS];
    size_t count;
    uint32_t flags;
    int64_t t_ns; /* of the first */
};

static void keep_start(const struct mb_stream_info *info, void *userdata)
{
    struct kept *kept = userdata;

    for (size_t c = 0; c < CHANNELS; c++)
        kept->delay_s[c] = info->channels[c].delay_s - info->delay_s[c];
}

static void keep_block(const struct mb_block *b, void *userdata)
{
    struct kept *kept = userdata;

    if (kept->count == 0)
        kept->t_ns = b->t_ns;
    for (size_t i = 0; i < b->count && kept->count < KEPT; i++, kept->count++) {
        kept->values[2 * kept->count] = b->channels[0][i];
        kept->values[2 * kept->count + 1] = b->channels[1][i];
        kept->flags |= b->flags;
    }
    kept->rig->enough = kept->count >= KEPT;
}

static void kept_ended(int error, const char *text, void *userdata)
{
    on_ended(error, text, ((struct kept *)userdata)->rig);
}

static void read_back(const char *path, struct kept *file)
{
    struct mb_wave_reader *reader = NULL;
    struct mb_wave_source *source = NULL;
    struct mb_block block;

    assert_int_equal(mb_wave_reader_open(fopen(path, "re"), path, 0, &reader, NULL), 0);
    assert_int_equal(mb_wave_source_new(reader, NULL, 0, &source, NULL), 0);
    assert_string_equal(source->channels[1].name, "i");
    for (size_t c = 0; c < CHANNELS; c++)
        file->delay_s[c] = source->channels[c].delay_s;
    while (file->count < KEPT && mb_wave_source_next(source, &block, NULL) > 0)
        keep_block(&block, file);
    assert_string_equal(reader->notice, "");
    source = mb_wave_source_free(source);
}

static void recorded(const struct iiod_server_setting *server, const struct mb_iio_channel wanted[CHANNELS])
{
    char path[] = "/tmp/mb-stream-XXXXXX";
    struct kept live = {.values = calloc(KEPT, CHANNELS * sizeof(double))},
                file = {.values = calloc(KEPT, CHANNELS * sizeof(double))};
    const struct mb_stream_callbacks callbacks = {
        .started = keep_start, .block = keep_block, .ended = kept_ended, .userdata = &live};
    struct rig rig;

    assert_non_null(mkdtemp(path));
    assert_int_equal(rmdir(path), 0);
    open_rig_with(&rig, server, wanted, NULL);
    live.rig = file.rig = &rig;
    assert_int_equal(rig.instrument->ops->stream(
                         rig.instrument, &(struct mb_stream_setting){.interval_s = 0.03, .record = path},
                         &callbacks, NULL),
                     0);
    assert_true(fake_run_until(rig.event, &rig.enough, 10000));
    stop(&rig);
    read_back(path, &file);
    assert_int_equal(file.count, KEPT);
    assert_memory_equal(live.values, file.values, KEPT * CHANNELS * sizeof(double));
    assert_memory_equal(live.delay_s, file.delay_s, sizeof live.delay_s);
    assert_int_equal(live.flags, file.flags);
    assert_int_equal(live.t_ns, file.t_ns);
    assert_int_equal(unlink(path), 0);
    close_rig(&rig);
    free(live.values);
    free(file.values);
}

static void test_recording(void **state)
{
    struct iiod_server_setting server = plain;

    (void)state;
    server.bits = 16; /* wraps around: both signs, and the ends of the converter */
    recorded(&server, channels);
}

/* Two devices that began at different moments are one recording. */
static void test_recording_of_two(void **state)
{
    struct iiod_server_setting server = plain;
    struct mb_iio_channel two[CHANNELS] = {channels[0], channels[1]};

    (void)state;
    server.second = true;
    (void)snprintf(two[1].device, sizeof two[1].device, "second");
    recorded(&server, two);
    server.bits = 16;
    recorded(&server, two);
}

/* A folder that is not there: said, and the device is as it was. */
static void test_recording_refused(void **state)
{
    static const struct mb_stream_setting wanted = {.record = "/proc/not-there/two.wave"};
    struct iiod_server_setting server = plain;
    struct mb_iio_channel two[CHANNELS] = {channels[0], channels[1]};
    struct kept live = {.values = calloc(KEPT, CHANNELS * sizeof(double))};
    const struct mb_stream_callbacks callbacks = {
        .block = keep_block, .ended = kept_ended, .userdata = &live};
    struct rig rig;

    (void)state;
    server.second = true;
    (void)snprintf(two[1].device, sizeof two[1].device, "second");
    open_rig_with(&rig, &server, two, NULL);
    live.rig = &rig;
    assert_int_equal(rig.instrument->ops->stream(rig.instrument, &wanted, &callbacks, NULL), 0);
    assert_true(fake_run_until(rig.event, &rig.ended, 10000));
    assert_int_equal(rig.error, -ENOENT);
    assert_non_null(strstr(rig.text, "/proc/not-there/two.wave: cannot be made"));
    close_rig(&rig);
    free(live.values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_stop_in_block),
        cmocka_unit_test(test_gap_by_stamps),
        cmocka_unit_test(test_loop_too_slow),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_rate_changes),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_triggers),
        cmocka_unit_test(test_recording),
        cmocka_unit_test(test_recording_of_two),
        cmocka_unit_test(test_recording_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
