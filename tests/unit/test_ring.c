/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rings for screens: what is written is read, in another process, and nothing else. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "waveform/ring.h"

#define POINTS 1000
#define FRAMES 4

static const struct mb_wave_channel channels[] = {{.name = "u1", .quantity = MB_WAVE_VOLTAGE},
                                                  {.name = "p", .quantity = MB_WAVE_SOUND_PRESSURE}};
static const struct mb_ring_setting usual = {.kind = MB_RING_SCOPE,
                                             .rate_hz = 200e3,
                                             .channel_count = 2,
                                             .channels = channels,
                                             .frame_points = POINTS,
                                             .frame_count = FRAMES};

static struct mb_ring_writer *begin(void)
{
    struct mb_ring_writer *writer = NULL;

    assert_int_equal(mb_ring_writer_new(&usual, &writer, NULL), 0);
    return writer;
}

static struct mb_ring_reader *read_from(const struct mb_ring_writer *writer)
{
    struct mb_ring_reader *reader = NULL;

    assert_int_equal(mb_ring_reader_new(mb_ring_writer_fd(writer), &reader, NULL), 0);
    return reader;
}

/* Frame n: every value of the first channel is n, of the second its negative. */
static void write_frame(struct mb_ring_writer *writer, uint64_t n)
{
    double u[POINTS], p[POINTS];
    struct mb_ring_info info = {
        .first = n * POINTS, .t_ns = (int64_t)n, .step = 5e-6, .count = POINTS, .flags = (uint32_t)n & 1};

    for (size_t i = 0; i < POINTS; i++) {
        u[i] = (double)n;
        p[i] = -(double)n;
    }
    mb_ring_write(writer, &info, (const double *[]){u, p});
}

/* 0, or what is wrong with a frame that was read. */
static const char *check_frame(uint64_t n, const struct mb_ring_info *info, const float values[])
{
    if (info->first != n * POINTS || info->t_ns != (int64_t)n || info->count != POINTS ||
        info->flags != ((uint32_t)n & 1))
        return "another frame's head";
    for (size_t i = 0; i < POINTS; i++)
        if (values[i] != (float)n || values[POINTS + i] != -(float)n)
            return "another frame's values";
    return NULL;
}

static void test_frames(void **state)
{
    struct mb_ring_writer *writer = begin();
    struct mb_ring_reader *reader = read_from(writer);
    const struct mb_ring_header *h = mb_ring_reader_header(reader);
    float values[2 * POINTS];
    struct mb_ring_info info;

    (void)state;
    assert_true(h->kind == MB_RING_SCOPE && h->channel_count == 2 && h->rate_hz == 200e3);
    assert_string_equal(h->channels[1].name, "p");
    assert_string_equal(h->channels[1].quantity, "sound-pressure");
    assert_string_equal(h->channels[1].unit, "Pa");
    assert_int_equal(mb_ring_reader_read(reader, 0, &info, values), -EAGAIN);
    for (uint64_t n = 0; n < 3 * FRAMES; n++) {
        write_frame(writer, n);
        assert_int_equal(mb_ring_reader_written(reader), n + 1);
        assert_int_equal(mb_ring_reader_read(reader, n, &info, values), 0);
        assert_null(check_frame(n, &info, values));
        assert_int_equal(mb_ring_reader_read(reader, n + 1, &info, values), -EAGAIN);
        if (n >= FRAMES)
            assert_int_equal(mb_ring_reader_read(reader, n - FRAMES, &info, values), -ESTALE);
    }
    assert_false(mb_ring_reader_ended(reader));
    (void)mb_ring_writer_free(writer);
    assert_true(mb_ring_reader_ended(reader));
    assert_int_equal(mb_ring_reader_read(reader, 3 * FRAMES - 1, &info, values),
                     0); /* what is mapped stays */
    (void)mb_ring_reader_free(reader);
}

static void test_block_becomes_frames(void **state)
{
    static double x[2500];
    const double *const both[] = {x, x};
    const struct mb_block block = {.first = 7,
                                   .t_ns = 1000000000,
                                   .rate_hz = 200e3,
                                   .count = 2500,
                                   .channel_count = 2,
                                   .channels = both,
                                   .flags = MB_WAVE_MISSING | MB_WAVE_CLIPPED};
    struct mb_ring_writer *writer = begin();
    struct mb_ring_reader *reader = read_from(writer);
    float values[2 * POINTS];
    struct mb_ring_info info;

    (void)state;
    for (size_t i = 0; i < 2500; i++)
        x[i] = (double)i;
    mb_ring_write_block(writer, &block);
    assert_int_equal(mb_ring_reader_written(reader), 3);
    assert_int_equal(mb_ring_reader_read(reader, 2, &info, values), 0);
    assert_true(info.first == 2007 && info.count == 500 && info.t_ns == 1010000000 && info.step == 1 / 200e3);
    assert_int_equal(info.flags, MB_WAVE_CLIPPED); /* what was missing is before the first frame */
    assert_true(values[499] == 2499 && values[POINTS] == 2000);
    assert_int_equal(mb_ring_reader_read(reader, 0, &info, values), 0);
    assert_int_equal(info.flags, MB_WAVE_MISSING | MB_WAVE_CLIPPED);
    (void)mb_ring_reader_free(reader);
    (void)mb_ring_writer_free(writer);
}

/* ---- Another process. ---- */

/* Tries everything that would disturb the writer; 0 when all of it is refused. */
static int disturb(int fd)
{
    char byte = 1, path[40];
    int again;

    if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED)
        return 11;
    if (pwrite(fd, &byte, 1, 0) != -1 || ftruncate(fd, 4096) != -1 || ftruncate(fd, 1 << 30) != -1)
        return 12;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    again = open(path, O_RDWR | O_CLOEXEC);
    if (again >= 0 && (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0) != MAP_FAILED ||
                       pwrite(again, &byte, 1, 0) != -1))
        return 13;
    if (again >= 0)
        (void)close(again);
    return 0;
}

/* Reads the newest frame until the writer has ended: each is whole, or told to be gone. */
static int follow(int fd)
{
    struct mb_ring_reader *reader;
    float values[2 * POINTS];
    struct mb_ring_info info;
    unsigned good = 0;
    int r = disturb(fd);

    if (r != 0 || mb_ring_reader_new(fd, &reader, NULL) < 0)
        return r != 0 ? r : 14;
    while (!mb_ring_reader_ended(reader) || good == 0) {
        uint64_t written = mb_ring_reader_written(reader);
        /* The oldest that may still be there: the writer is at it soon. */
        uint64_t n = written >= FRAMES ? written - FRAMES : 0;

        r = mb_ring_reader_read(reader, n, &info, values);
        if (r == 0 && check_frame(n, &info, values))
            return 15;
        if (r != 0 && r != -ESTALE && r != -EAGAIN)
            return 16;
        good += r == 0;
        if (mb_ring_reader_ended(reader) && r != 0 && good == 0)
            return 17;
    }
    (void)mb_ring_reader_free(reader);
    return 0;
}

#define READERS 2

static void test_readers_in_other_processes(void **state)
{
    struct mb_ring_writer *writer = begin();
    struct timespec start, now;
    pid_t readers[READERS];
    uint64_t n = 0;

    (void)state;
    for (int i = 0; i < READERS; i++) {
        readers[i] = fork();
        assert_true(readers[i] >= 0);
        if (readers[i] == 0) {
            (void)alarm(20);
            _exit(follow(mb_ring_writer_fd(writer)));
        }
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        for (int i = 0; i < 100; i++)
            write_frame(writer, n++);
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - start.tv_sec < 1);
    (void)mb_ring_writer_free(writer);
    for (int i = 0; i < READERS; i++) {
        int status;

        assert_int_equal(waitpid(readers[i], &status, 0), readers[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    assert_true(n > 100);
}

/* A memfd with this header, sealed or not. */
static int forged(const struct mb_ring_header *h, size_t size, int seals)
{
    int fd = memfd_create("forged", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    if (h)
        assert_int_equal(pwrite(fd, h, sizeof *h, 0), (ssize_t)sizeof *h);
    assert_true(fcntl(fd, F_ADD_SEALS, seals) >= 0);
    return fd;
}

static void test_forged_rings_are_refused(void **state)
{
    struct mb_ring_writer *writer = begin();
    struct mb_ring_reader *reader = read_from(writer), *none = NULL;
    const size_t size = 1 << 20;
    const struct {
        size_t offset;
        uint32_t value;
        int error;
    } cases[] = {
        {0, 0, -EINVAL},
        {offsetof(struct mb_ring_header, version), 2, -EPROTO},
        {offsetof(struct mb_ring_header, header_bytes), 8, -EINVAL},
        {offsetof(struct mb_ring_header, header_bytes), 1u << 30, -EINVAL},
        {offsetof(struct mb_ring_header, channel_count), 0, -EINVAL},
        {offsetof(struct mb_ring_header, channel_count), 65, -EINVAL},
        {offsetof(struct mb_ring_header, frame_count), 0, -EINVAL},
        {offsetof(struct mb_ring_header, frame_count), 1u << 20, -EINVAL},
        {offsetof(struct mb_ring_header, frame_bytes), 64, -EINVAL},
        {offsetof(struct mb_ring_header, frame_bytes), 8068, -EINVAL},
        {offsetof(struct mb_ring_header, frame_points), 1u << 31, -EINVAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_ring_header h = *mb_ring_reader_header(reader);
        int fd;

        memcpy((char *)&h + cases[i].offset, &cases[i].value, sizeof cases[i].value);
        fd = forged(&h, size, F_SEAL_SHRINK);
        assert_int_equal(mb_ring_reader_new(fd, &none, NULL), cases[i].error);
        (void)close(fd);
    }
    for (int i = 0; i < 2; i++) { /* not sealed, and too small */
        int fd = forged(i == 0 ? mb_ring_reader_header(reader) : NULL, i == 0 ? size : 100,
                        i == 0 ? 0 : F_SEAL_SHRINK);

        assert_int_equal(mb_ring_reader_new(fd, &none, NULL), -EINVAL);
        (void)close(fd);
    }
    assert_int_equal(mb_ring_reader_new(-1, &none, NULL), -EINVAL);
    (void)mb_ring_reader_free(reader);
    (void)mb_ring_writer_free(writer);
}

static void test_refused_settings(void **state)
{
    struct mb_ring_setting s = usual;
    struct mb_ring_writer *writer = NULL;

    (void)state;
    s.channel_count = 0;
    assert_int_equal(mb_ring_writer_new(&s, &writer, NULL), -EINVAL);
    s = usual, s.frame_points = 0;
    assert_int_equal(mb_ring_writer_new(&s, &writer, NULL), -EINVAL);
    s = usual, s.frame_count = 0;
    assert_int_equal(mb_ring_writer_new(&s, &writer, NULL), -EINVAL);
    s = usual, s.frame_points = MB_RING_BYTES_MAX;
    assert_int_equal(mb_ring_writer_new(&s, &writer, NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_block_becomes_frames),
        cmocka_unit_test(test_readers_in_other_processes),
        cmocka_unit_test(test_forged_rings_are_refused),
        cmocka_unit_test(test_refused_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
