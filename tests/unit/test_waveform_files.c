/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "waveform/crc32c.h"
#include "waveform/recording.h"
#include "waveform/source.h"

/* ---- A file in memory, and all that a source makes of it. ---- */

#define KEPT 64

struct taken {
    int error; /* of opening or of reading, 0: none */
    struct mb_error err;
    size_t blocks;
    double rate_hz;
    uint64_t first[KEPT];
    size_t count[KEPT];
    uint32_t flags[KEPT];
    size_t samples;
    double values[2][KEPT]; /* of the first two channels */
    char names[2][64];
    char notice[256];
};

static void take_block(struct taken *t, const struct mb_block *block)
{
    assert_true(block->count > 0);
    if (t->blocks < KEPT) {
        t->first[t->blocks] = block->first;
        t->count[t->blocks] = block->count;
        t->flags[t->blocks] = block->flags;
    }
    t->blocks++;
    for (size_t i = 0; i < block->count; i++, t->samples++)
        for (size_t c = 0; c < block->channel_count && c < 2 && t->samples < KEPT; c++)
            t->values[c][t->samples] = block->channels[c][i];
}

static struct taken take(const void *bytes, size_t n, double rate_hz, const char *channels)
{
    struct mb_wave_channel channel[8];
    struct mb_wave_source *source = NULL;
    struct mb_wave_reader *reader = NULL;
    struct taken t = {.error = 0};
    struct mb_block block;
    size_t count = 0;
    FILE *file = fmemopen((void *)(uintptr_t)bytes, n, "r");

    assert_non_null(file);
    if (channels)
        assert_int_equal(mb_wave_channels_parse(channels, channel, 8, &count, &t.err), 0);
    t.error = mb_wave_reader_open(file, "x", rate_hz, &reader, &t.err);
    if (t.error < 0)
        return t;
    t.error = mb_wave_source_new(reader, channel, count, &source, &t.err);
    if (t.error < 0) {
        (void)mb_wave_reader_free(reader);
        return t;
    }
    t.rate_hz = reader->rate_hz;
    for (size_t c = 0; c < source->channel_count && c < 2; c++)
        (void)snprintf(t.names[c], sizeof t.names[c], "%s", source->channels[c].name);
    while ((t.error = mb_wave_source_next(source, &block, &t.err)) > 0)
        take_block(&t, &block);
    (void)snprintf(t.notice, sizeof t.notice, "%s", reader->notice);
    (void)mb_wave_source_free(source);
    return t;
}

static struct taken take_text(const char *text, double rate_hz, const char *channels)
{
    return take(text, strlen(text), rate_hz, channels);
}

static void assert_refused(const struct taken *t, const char *words)
{
    assert_int_equal(t->error, -EINVAL);
    if (!strstr(t->err.text, words))
        fail_msg("'%s' does not say '%s'", t->err.text, words);
}

/* ---- Channels. ---- */

static void channels_are_read(void **state)
{
    struct mb_wave_channel c[2];
    size_t count;

    (void)state;
    assert_int_equal(
        mb_wave_channels_parse("u1=voltage:kV:gain=2:offset=-1:limit=5,a=acceleration:g", c, 2, &count, NULL),
        0);
    assert_int_equal(count, 2);
    assert_string_equal(c[0].name, "u1");
    assert_true(c[0].gain == 2000 && c[0].offset == -1000 && c[0].limit == 5);
    assert_int_equal(c[1].quantity, MB_WAVE_ACCELERATION);
    assert_true(c[1].gain == 9.80665 && isinf(c[1].limit));
    assert_int_equal(mb_wave_channels_parse("i=current:mA:delay=-2e-6:phase=0.1:phase-hz=50,"
                                            "t=torque-pulses:1:level=2.5:zero-hz=1e4:per-hz=-0.05",
                                            c, 2, &count, NULL),
                     0);
    assert_true(c[0].delay_s == -2e-6 && c[0].phase_rad == 0.1 && c[0].phase_hz == 50 && c[0].gain == 1e-3);
    assert_true(c[1].level == 2.5 && c[1].zero_hz == 1e4 && c[1].per_hz == -0.05);
}

static void wrong_channels_are_named(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"u1", "has no meaning"},
        {"=voltage:V", "has no meaning"},
        {"u1=voltage", "has no unit"},
        {"u1=volts:V", "'volts' is not a quantity, allowed: voltage, current"},
        {"u1=voltage:A", "'A' is not a unit of voltage, allowed: V, mV, kV"},
        {"u1=voltage:V:gain=0", "gain of u1 is 0"},
        {"u1=voltage:V:gain=1,5", "has no meaning"},
        {"u1=voltage:V:limit=-1", "limit of u1 is -1"},
        {"u1=voltage:V:bias=1", "'bias' is not a setting"},
        {"u1=voltage:V:phase=0.1", "phase of u1 needs phase-hz"},
        {"u1=voltage:V:phase=0.1:phase-hz=0", "phase-hz of u1 is 0, allowed: above 0"},
        {"n=speed-pulses:1", "n needs per-turn"},
        {"n=speed-pulses:r/min:per-turn=60", "'r/min' is not a unit of speed-pulses, allowed: 1"},
        {"t=torque-pulses:1:zero-hz=1e4", "t needs zero-hz"},
        {"u1=voltage:V,u1=current:A", "u1 is named twice"},
        {"a=number:1,b=number:1,c=number:1", "more than 2"},
    };
    struct mb_wave_channel c[2];
    struct mb_error err;
    size_t count;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(mb_wave_channels_parse(cases[i].text, c, 2, &count, &err), -EINVAL);
        if (!strstr(err.text, cases[i].words))
            fail_msg("'%s': '%s' does not say '%s'", cases[i].text, err.text, cases[i].words);
    }
}

/* ---- CSV. ---- */

static void csv_with_time_tells_its_rate(void **state)
{
    struct taken t = take_text("\xef\xbb\xbf# a logger\nt [ms]; u1 (mV) ;\"i1 (A)\"\r\n0;1;2\r\n\r\n"
                               "0.5;-3e1;4\r\n1;5;6",
                               0, NULL);

    (void)state;
    assert_int_equal(t.error, 0);
    assert_int_equal(t.samples, 3);
    assert_true(t.rate_hz == 2000);
    assert_string_equal(t.names[0], "u1");
    assert_string_equal(t.names[1], "i1");
    assert_true(t.values[0][1] == -30 * 1e-3 && t.values[1][2] == 6);
}

static void csv_names_may_stand_twice(void **state)
{
    struct taken t = take_text("u (mV),u (mV)\n1000,2000\n", 10, NULL);

    (void)state;
    assert_int_equal(t.error, 0);
    assert_true(t.values[0][0] == 1 && t.values[1][0] == 2);
}

static void csv_dates_are_times(void **state)
{
    struct taken t = take_text("2020-02-24 23:59:59.999998208,1\n2020-02-25T00:00:00.000018208,2\n"
                               "2020-02-25 00:00:00.000038208Z,3\n",
                               0, "u=voltage:V");

    (void)state;
    assert_int_equal(t.error, 0);
    assert_int_equal(t.samples, 3);
    assert_true(fabs(t.rate_hz - 50000) < 1e-6);
    assert_true(t.values[0][2] == 3);
}

static void csv_columns_without_names_go_by_order(void **state)
{
    struct taken t = take_text("1,2\n3,4\n", 100, "u=voltage:V,i=current:A:gain=10");

    (void)state;
    assert_int_equal(t.error, 0);
    assert_true(t.rate_hz == 100 && t.values[0][1] == 3 && t.values[1][1] == 40);
}

static void csv_gap_is_marked_and_counted(void **state)
{
    struct taken t = take_text("t,u\n0,1\n1,2\n2,3\n5,4\n6,5\n", 0, NULL);

    (void)state;
    assert_int_equal(t.error, 0);
    assert_int_equal(t.blocks, 2);
    assert_int_equal(t.flags[0], 0);
    assert_int_equal(t.count[0], 3);
    assert_int_equal(t.flags[1], MB_WAVE_MISSING);
    assert_int_equal(t.first[1], 5);
    assert_int_equal(t.count[1], 2);
    assert_true(t.values[0][3] == 4);
}

static void csv_rate_that_changes_is_named(void **state)
{
    struct taken faster = take_text("t,u\n0,1\n1,2\n2,3\n2.4,4\n2.8,5\n", 0, NULL);
    struct taken slower = take_text("t,u\n0,1\n1,2\n2,3\n4,4\n6,5\n", 0, NULL);
    struct taken back = take_text("t,u\n0,1\n1,2\n0.5,3\n", 0, NULL);
    struct taken told = take_text("t,u\n0,1\n1,2\n2,3\n4,4\n6,5\n", 10, NULL);

    (void)state;
    assert_refused(&faster, "x:5: the rate changes");
    assert_refused(&slower, "x:6: the rate changes");
    assert_refused(&back, "x:4: the rate changes");
    assert_int_equal(told.error, 0);
    assert_int_equal(told.samples, 5);
}

static void csv_bad_input_is_named(void **state)
{
    static const struct {
        const char *text;
        double rate_hz;
        const char *words;
    } cases[] = {
        {"u;i\n1,5;2\n", 10, "x:2: field 1: '1,5' is not a number: a decimal comma"},
        {"u,i\n\"1,5\",2\n", 10, "x:2: field 1: '1,5' is not a number: a decimal comma"},
        {"u,i\n1,5,2,5\n", 10, "x:2: 4 fields instead of 2: with decimal commas?"},
        {"u,i\n1,2\n3\n", 10, "x:3: 1 fields instead of 2"},
        {"u,i\n1,\n", 10, "x:2: field 2: '' is not a number"},
        {"u\n1\n0x10\n", 10, "x:3: field 1: '0x10' is not a number"},
        {"u\n1\n", 0, "no column of time tells the rate"},
        {"t,u\n1,1\n", 0, "the time column tells no rate"},
        {"t (h),u\n0,1\n1,2\n", 0, "'h' is not a unit of time"},
        {"t,u\n0,1\nx,2\n", 0, "x:3: field 1: 'x' is not a number"},
        {"\n# nothing\n", 10, "holds no samples"},
        {"t\n1\n", 10, "0 columns of samples"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct taken t = take_text(cases[i].text, cases[i].rate_hz, NULL);

        assert_refused(&t, cases[i].words);
    }
}

static void channel_that_is_not_there_is_named(void **state)
{
    struct taken t = take_text("u,i\n1,2\n", 10, "x=voltage:V");

    (void)state;
    assert_refused(&t, "there is no channel x, the file has: u, i");
}

static void bad_samples_mark_their_own_block(void **state)
{
    struct taken t = take_text("1\nNaN\n-inf\n2\n9.5\n-10\n3\n", 10, "u=voltage:V:limit=9.5:gain=2");

    (void)state;
    assert_int_equal(t.error, 0);
    assert_int_equal(t.blocks, 5);
    assert_int_equal(t.flags[0], 0);
    assert_int_equal(t.flags[1], MB_WAVE_NOT_FINITE);
    assert_int_equal(t.count[1], 2);
    assert_int_equal(t.flags[3], MB_WAVE_CLIPPED);
    assert_int_equal(t.first[3], 4);
    assert_int_equal(t.count[3], 2);
    assert_int_equal(t.first[4], 6);
    assert_true(isnan(t.values[0][1]) && t.values[0][6] == 6);
}

/* ---- WAV. ---- */

struct wav {
    uint8_t bytes[128];
    size_t n;
};

static void put(struct wav *w, const void *bytes, size_t n)
{
    memcpy(w->bytes + w->n, bytes, n);
    w->n += n;
}

static struct wav make_wav(uint16_t format, uint16_t channels, uint16_t bits, const void *data, uint32_t size)
{
    struct wav w = {.n = 0};
    uint32_t rate = 1000, bytes_a_second = rate * channels * bits / 8, fmt_size = 16, riff = 36 + size;
    uint16_t align = (uint16_t)(channels * bits / 8);

    put(&w, "RIFF", 4);
    put(&w, &riff, 4);
    put(&w, "WAVEfmt ", 8);
    put(&w, &fmt_size, 4);
    put(&w, &format, 2);
    put(&w, &channels, 2);
    put(&w, &rate, 4);
    put(&w, &bytes_a_second, 4);
    put(&w, &align, 2);
    put(&w, &bits, 2);
    put(&w, "data", 4);
    put(&w, &size, 4);
    put(&w, data, size);
    return w;
}

static void wav_encodings_are_parts_of_full_scale(void **state)
{
    static const uint8_t pcm16[] = {0, 0x40, 0, 0xc0}, pcm24[] = {0, 0, 0x40, 0, 0, 0xc0},
                         pcm32[] = {0, 0, 0, 0x40, 0, 0, 0, 0xc0};
    static const float floats[] = {0.5f, -0.5f};
    static const double doubles[] = {0.5, -0.5};
    const struct {
        uint16_t format, bits;
        const void *data;
        uint32_t size;
    } cases[] = {
        {1, 16, pcm16, 4}, {1, 24, pcm24, 6}, {1, 32, pcm32, 8}, {3, 32, floats, 8}, {3, 64, doubles, 16}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wav w = make_wav(cases[i].format, 1, cases[i].bits, cases[i].data, cases[i].size);
        struct taken t = take(w.bytes, w.n, 0, NULL);

        assert_int_equal(t.error, 0);
        assert_int_equal(t.samples, 2);
        assert_true(t.rate_hz == 1000);
        assert_true(t.values[0][0] == 0.5 && t.values[0][1] == -0.5);
    }
}

static void wav_ends_of_the_converter_are_clipped(void **state)
{
    static const int16_t data[] = {0, 1, 32767, 1, -32768, 1, 32766, -32767};
    struct wav w = make_wav(1, 2, 16, data, sizeof data);
    struct taken t = take(w.bytes, w.n, 0, "a=number:1,b=number:1");

    (void)state;
    assert_int_equal(t.error, 0);
    assert_int_equal(t.flags[0], 0);
    assert_int_equal(t.flags[1], MB_WAVE_CLIPPED); /* both ends, and what is as large as the largest code */
    assert_int_equal(t.count[1], 3);
}

static void bad_wav_is_named(void **state)
{
    static const int16_t data[] = {1, 2, 3, 4};
    struct wav cut = make_wav(1, 1, 16, data, sizeof data), alaw = make_wav(6, 1, 16, data, sizeof data),
               odd = make_wav(1, 1, 16, data, 7), none = make_wav(1, 0, 16, data, sizeof data),
               empty = make_wav(1, 1, 16, data, 0), rate = make_wav(1, 1, 16, data, sizeof data);
    struct taken t;

    (void)state;
    t = take(cut.bytes, cut.n - 3, 0, NULL);
    assert_refused(&t, "ends after 2 of the 4 samples");
    t = take(cut.bytes, 30, 0, NULL);
    assert_refused(&t, "ends before its samples");
    t = take(alaw.bytes, alaw.n, 0, NULL);
    assert_refused(&t, "WAV format 6 with 16 bits, allowed");
    t = take(odd.bytes, odd.n, 0, NULL);
    assert_refused(&t, "not whole samples");
    t = take(none.bytes, none.n, 0, NULL);
    assert_refused(&t, "0 columns of samples");
    t = take(empty.bytes, empty.n, 0, NULL);
    assert_refused(&t, "holds no samples");
    memset(rate.bytes + 24, 0, 4);
    t = take(rate.bytes, rate.n, 0, NULL);
    assert_refused(&t, "a rate of 0 samples a second");
}

/* ---- Recordings. ---- */

static void crc_has_its_check_value(void **state)
{
    struct mb_crc32c crc;

    (void)state;
    mb_crc32c_init(&crc);
    assert_int_equal(mb_crc32c(&crc, 0, "123456789", 9), 0xe3069283u); /* of the algorithm's catalogue */
    assert_int_equal(mb_crc32c(&crc, mb_crc32c(&crc, 0, "123", 3), "456789", 6), 0xe3069283u);
}

#define BLOCKS 4
#define COUNT 5
#define GAP_BEFORE 2 /* block */

static const struct mb_wave_channel recorded[] = {
    {.name = "u1", .quantity = MB_WAVE_VOLTAGE, .gain = 0.5, .offset = 1, .limit = 32767},
    {.name = "i1", .quantity = MB_WAVE_CURRENT, .gain = 2, .limit = INFINITY},
};

/* BLOCKS blocks; three samples are missing before one of them. ends: where each block ends in the file. */
static uint8_t *record(size_t *ret_n, size_t ends[BLOCKS])
{
    static const enum mb_wave_storage storage[] = {MB_WAVE_INT16, MB_WAVE_DOUBLE};
    struct mb_recording_setting setting = {
        .rate_hz = 100, .channel_count = 2, .channels = recorded, .storage = storage};
    struct mb_recording_writer *writer;
    char path[] = "/tmp/test_waveform.XXXXXX";
    struct mb_error err = {""};
    uint8_t *bytes = malloc(8192);
    FILE *file;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(mb_recording_writer_new(path, &setting, &writer, &err), -EEXIST);
    assert_int_equal(unlink(path), 0);
    (void)close(fd);
    assert_int_equal(mb_recording_writer_new(path, &setting, &writer, &err), 0);
    for (size_t b = 0; b < BLOCKS; b++) {
        int16_t u[COUNT] = {1, 2, 3, 4, (int16_t)b};
        double i[COUNT] = {-1, -2, -3, -4, -(double)b};
        const void *samples[] = {u, i};
        struct mb_recording_block block = {.first = b * COUNT + (b >= GAP_BEFORE ? 3 : 0),
                                           .rate_hz = 100,
                                           .count = COUNT,
                                           .samples = samples};

        assert_int_equal(mb_recording_write(writer, &block, &err), 0);
        assert_int_equal(mb_recording_write(writer, &block, &err), -EINVAL); /* a second time */
        file = fopen(path, "r");
        assert_non_null(file);
        *ret_n = ends[b] = fread(bytes, 1, 8192, file); /* before it is closed: a kill loses nothing of it */
        (void)fclose(file);
    }
    assert_int_equal(mb_recording_sync(writer, &err), 0);
    (void)mb_recording_writer_free(writer);
    (void)unlink(path);
    return bytes;
}

static void recording_comes_back(void **state)
{
    size_t n, ends[BLOCKS];
    uint8_t *bytes = record(&n, ends);
    struct taken t = take(bytes, n, 0, NULL);

    (void)state;
    assert_int_equal(t.error, 0);
    assert_int_equal(t.blocks, BLOCKS);
    assert_string_equal(t.names[1], "i1");
    assert_string_equal(t.notice, "");
    assert_true(t.rate_hz == 100);
    for (size_t b = 0; b < BLOCKS; b++) {
        assert_int_equal(t.first[b], b * COUNT + (b >= GAP_BEFORE ? 3 : 0));
        assert_int_equal(t.flags[b], b == GAP_BEFORE ? MB_WAVE_MISSING : 0);
        assert_true(t.values[0][b * COUNT + 4] == 0.5 * (double)b + 1);
        assert_true(t.values[1][b * COUNT + 4] == -2 * (double)b);
    }
    free(bytes);
}

/* What a kill leaves: at whichever byte, all blocks that were whole are there and the rest is named. */
static void cut_at_any_byte_loses_the_last_block_only(void **state)
{
    size_t n, ends[BLOCKS], head;
    uint8_t *bytes = record(&n, ends);

    (void)state;
    head = ends[0] - (ends[1] - ends[0]);
    for (size_t cut = 1; cut <= n; cut++) {
        struct taken t = take(bytes, cut, 0, NULL);
        size_t whole = 0;

        while (whole < BLOCKS && ends[whole] <= cut)
            whole++;
        if (cut < head) {
            assert_int_equal(t.error, -EINVAL);
            continue;
        }
        assert_int_equal(t.error, 0);
        assert_int_equal(t.samples, whole * COUNT);
        assert_int_equal(t.notice[0] == '\0', cut == head || (whole > 0 && ends[whole - 1] == cut));
    }
    free(bytes);
}

static void damage_at_any_byte_is_seen(void **state)
{
    size_t n, ends[BLOCKS], head;
    uint8_t *bytes = record(&n, ends);

    (void)state;
    head = ends[0] - (ends[1] - ends[0]);
    for (size_t at = 8; at < n; at++) {
        struct taken t;
        size_t before = 0;

        bytes[at] ^= 0x10;
        t = take(bytes, n, 0, NULL);
        bytes[at] ^= 0x10;
        while (before < BLOCKS && ends[before] <= at)
            before++;
        if (at < head) {
            assert_int_equal(t.error, -EINVAL);
            continue;
        }
        assert_int_equal(t.error, 0);
        assert_int_equal(t.samples, before * COUNT);
        assert_non_null(strstr(t.notice, "used are the"));
    }
    free(bytes);
}

/* A limit of the size of files stands for a full disk. */
static void full_disk_leaves_a_readable_recording(void **state)
{
    static const enum mb_wave_storage storage[] = {MB_WAVE_DOUBLE};
    struct mb_recording_setting setting = {
        .rate_hz = 100, .channel_count = 1, .channels = recorded, .storage = storage};
    struct rlimit unlimited, limit;
    struct mb_recording_writer *writer;
    char path[] = "/tmp/test_waveform.XXXXXX";
    struct mb_error err = {""};
    double numbers[100] = {1};
    const void *samples[] = {numbers};
    struct mb_recording_block block = {.rate_hz = 100, .count = 100, .samples = samples};
    uint8_t bytes[2048];
    struct taken t;
    size_t n;
    FILE *file;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mb_recording_writer_new(path, &setting, &writer, &err), 0);
    assert_int_equal(mb_recording_write(writer, &block, &err), 0);
    block.first = 100;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    limit = unlimited;
    limit.rlim_cur = 1500;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(mb_recording_write(writer, &block, &err), -EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    file = fopen(path, "r");
    assert_non_null(file);
    n = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    t = take(bytes, n, 0, NULL);
    assert_int_equal(t.samples, 100);
    assert_string_equal(t.notice, "");
    assert_int_equal(mb_recording_write(writer, &block, &err), 0); /* there is room again */
    (void)mb_recording_writer_free(writer);
    (void)unlink(path);
}

static void recording_that_cannot_be_made_is_named(void **state)
{
    static const enum mb_wave_storage storage[] = {MB_WAVE_INT16, MB_WAVE_INT16};
    struct mb_recording_setting setting = {
        .rate_hz = 100, .channel_count = 2, .channels = recorded, .storage = storage};
    struct mb_recording_writer *writer = NULL;
    struct mb_error err = {""};

    (void)state;
    assert_int_equal(mb_recording_writer_new("/nonexistent/x", &setting, &writer, &err), -ENOENT);
    assert_non_null(strstr(err.text, "cannot be made"));
    setting.rate_hz = 0;
    assert_int_equal(mb_recording_writer_new("x", &setting, &writer, &err), -EINVAL);
    setting.rate_hz = 100;
    setting.channel_count = 0;
    assert_int_equal(mb_recording_writer_new("x", &setting, &writer, &err), -EINVAL);
    assert_null(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channels_are_read),
        cmocka_unit_test(wrong_channels_are_named),
        cmocka_unit_test(csv_with_time_tells_its_rate),
        cmocka_unit_test(csv_names_may_stand_twice),
        cmocka_unit_test(csv_dates_are_times),
        cmocka_unit_test(csv_columns_without_names_go_by_order),
        cmocka_unit_test(csv_gap_is_marked_and_counted),
        cmocka_unit_test(csv_rate_that_changes_is_named),
        cmocka_unit_test(csv_bad_input_is_named),
        cmocka_unit_test(channel_that_is_not_there_is_named),
        cmocka_unit_test(bad_samples_mark_their_own_block),
        cmocka_unit_test(wav_encodings_are_parts_of_full_scale),
        cmocka_unit_test(wav_ends_of_the_converter_are_clipped),
        cmocka_unit_test(bad_wav_is_named),
        cmocka_unit_test(crc_has_its_check_value),
        cmocka_unit_test(recording_comes_back),
        cmocka_unit_test(cut_at_any_byte_loses_the_last_block_only),
        cmocka_unit_test(damage_at_any_byte_is_seen),
        cmocka_unit_test(full_disk_leaves_a_readable_recording),
        cmocka_unit_test(recording_that_cannot_be_made_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
