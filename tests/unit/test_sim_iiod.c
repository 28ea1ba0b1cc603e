/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The IIOD text protocol byte for byte, over the simulated data acquisition. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/number.h"
#include "sim/iiod.h"

struct rig {
    struct plant_config config;
    struct sim_world *world;
    struct sim_errors errors;
    struct sim_iio *iio;
    void *session;
    struct sim_text in, out;
    uint64_t ns;
};

static int open_rig(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct sim_iio_options options = {.exact = true, .torque_nm_per_v = 12, .speed_rpm_per_v = 200};

    assert_non_null(rig);
    options.errors = &rig->errors;
    assert_int_equal(plant_preset("11kW-4p", &rig->config), 0);
    sim_errors_draw(1, 0, 120, &rig->errors);
    rig->world = sim_world_new(&rig->config);
    rig->iio = sim_iio_new(rig->world, &options);
    assert_non_null(rig->iio);
    rig->session = sim_iiod_session.open(rig->iio);
    assert_non_null(rig->session);
    *state = rig;
    return 0;
}

static int close_rig(void **state)
{
    struct rig *rig = *state;

    sim_iiod_session.close(rig->session);
    rig->iio = sim_iio_free(rig->iio);
    rig->world = sim_world_free(rig->world);
    sim_text_clear(&rig->in);
    sim_text_clear(&rig->out);
    free(rig);
    return 0;
}

/* Bytes in, in pieces of any size; returns 0 or the session's end. */
static int feed(struct rig *rig, const void *data, size_t n)
{
    ssize_t taken = 1;

    sim_text_clear(&rig->out);
    assert_int_equal(sim_text_append(&rig->in, data, n), 0);
    while (taken > 0 && rig->in.size > 0) {
        taken = sim_iiod_session.feed(rig->session, rig->in.data, rig->in.size, &rig->out);
        if (taken > 0)
            sim_text_consume(&rig->in, (size_t)taken);
    }
    return taken < 0 ? (int)taken : 0;
}

static void expect(struct rig *rig, const char *in, const void *out, size_t n)
{
    assert_int_equal(feed(rig, in, strlen(in)), 0);
    assert_int_equal(rig->out.size, n);
    if (n > 0)
        assert_memory_equal(rig->out.data, out, n);
}
#define EXPECT(rig, in, out) expect(rig, in, out, sizeof(out) - 1)

/* The attribute's value, its length line checked. */
static double read_number(struct rig *rig, const char *command)
{
    char *end;
    long length;
    double value = NAN;

    assert_int_equal(feed(rig, command, strlen(command)), 0);
    length = strtol(rig->out.data, &end, 10);
    assert_int_equal(*end, '\n');
    assert_int_equal(rig->out.size, (size_t)(end + 1 - rig->out.data) + (size_t)length + 1);
    assert_int_equal(strlen(end + 1) + 1, length); /* the NUL is counted, the last LF is not */
    assert_int_equal(mb_number_parse(end + 1, strlen(end + 1), &value), 0);
    return value;
}

static void pass(struct rig *rig, double seconds)
{
    rig->ns += (uint64_t)(seconds * 1e9 + 0.5);
    sim_world_advance(rig->world, rig->ns);
}

static void test_words(void **state)
{
    struct rig *rig = *state;

    EXPECT(rig, "VERSION\n", "0.24.sim0001\n");
    EXPECT(rig, "\r\n\n", "");
    EXPECT(rig, "ZPRINT\n", "-22\n");
    EXPECT(rig, "timeout 1000\r\n", "0\n");
    EXPECT(rig, "Timeout 1000\n", "-22\n"); /* all upper or all lower */
    EXPECT(rig, "GETTRIG adc\nGETTRIG iio:device1\nGETTRIG nothing\n", "0\n0\n-19\n");
    EXPECT(rig, "SETTRIG adc\nSETTRIG adc hrtimer\n", "0\n-2\n");
    EXPECT(rig, "SET adc BUFFERS_COUNT 4\nSET none BUFFERS_COUNT 4\n", "0\n-19\n");
    assert_int_equal(feed(rig, "PRINT\n", 6), 0);
    assert_int_equal(strtol(rig->out.data, NULL, 10), strlen(strchr(rig->out.data, '\n') + 1) - 1);
    assert_int_equal(feed(rig, "VERS", 4), 0); /* a line in two packets */
    assert_int_equal(rig->out.size, 0);
    EXPECT(rig, "ION\n", "0.24.sim0001\n");
    assert_int_equal(feed(rig, "EXIT\n", 5), -ESHUTDOWN);
}

static void test_attributes(void **state)
{
    struct rig *rig = *state;

    EXPECT(rig, "READ iio:device0 sampling_frequency\n", "5\n1000\0\n");
    EXPECT(rig, "READ adc INPUT voltage9 raw\nREAD adc INPUT voltage0 bla\nREAD x INPUT voltage0 raw\n",
           "-6\n-2\n-19\n");
    EXPECT(rig, "READ adc BUFFER length\nREAD adc DEBUG x\n", "-2\n-2\n");
    EXPECT(rig, "WRITE adc sampling_frequency 4\n250\0",
           ""); /* strlen stops at the NUL: one byte is missing */
    assert_int_equal(feed(rig, "\0", 1), 0);
    assert_string_equal(rig->out.data, "4\n");
    EXPECT(rig, "READ adc sampling_frequency\n", "4\n250\0\n");
    assert_int_equal(feed(rig, "WRITE adc bla 4\nEXIT", 20),
                     0); /* the bytes are taken though the attribute is unknown */
    assert_string_equal(rig->out.data, "-2\n");
    EXPECT(rig, "WRITE nothing bla 4\nVERSION\n", "-19\n0.24.sim0001\n"); /* here they are the next command */
    assert_int_equal(feed(rig, "WRITE adc INPUT voltage0 raw 2\n1", 32), 0);
    EXPECT(rig, "", "");
    assert_int_equal(feed(rig, "", 1), 0);
    assert_string_equal(rig->out.data, "-13\n");
    assert_int_equal(feed(rig, "WRITE adc sampling_frequency 6\n99999", 37), 0);
    assert_string_equal(rig->out.data, "-22\n");
}

static void test_read_all(void **state)
{
    struct rig *rig = *state;

    /* Each value with its big-endian length, padded to four bytes. */
    assert_int_equal(feed(rig, "READ adc\n", 9), 0);
    assert_memory_equal(rig->out.data, "28\n\0\0\0\0051000\0\0\0\0\0\0\0\014[1 1 10000]\0\n", 32);
    assert_int_equal(rig->out.size, 32);
}

static void test_values(void **state)
{
    struct rig *rig = *state;
    const struct plant_state *truth = sim_world_state(rig->world);

    sim_world_supply(rig->world, 400, 50, true);
    pass(rig, 20);
    sim_world_brake(rig->world, 70, true);
    pass(rig, 30);
    /* mV and millidegrees, as all of IIO. */
    assert_true(fabs(read_number(rig, "READ adc INPUT voltage0 raw\n") *
                         read_number(rig, "READ adc INPUT voltage0 scale\n") * 1e-3 * 12 -
                     truth->torque_nm) < 1e-4);
    assert_true(fabs(read_number(rig, "READ adc INPUT voltage1 raw\n") *
                         read_number(rig, "READ adc INPUT voltage1 scale\n") * 1e-3 * 200 -
                     truth->speed_rpm) < 1e-3);
    assert_true(fabs(read_number(rig, "READ thermocouples INPUT temp0 raw\n") *
                         read_number(rig, "READ thermocouples INPUT temp0 scale\n") * 1e-3 -
                     truth->end_winding_c) < 1e-5);
    assert_true(fabs(read_number(rig, "READ thermocouples INPUT temp2 raw\n") *
                         read_number(rig, "READ thermocouples INPUT temp2 scale\n") * 1e-3 -
                     truth->coolant_c) < 1e-5);
    sim_world_torque_zero(rig->world, 5);
    assert_true(fabs(read_number(rig, "READ adc INPUT voltage0 raw\n") * 0.00125e-3 * 12 - truth->torque_nm -
                     5) < 1e-4);
}

static void test_open_refuses(void **state)
{
    struct rig *rig = *state;

    EXPECT(rig, "OPEN adc 10 7\n", "-22\n");        /* the mask has 8 digits */
    EXPECT(rig, "OPEN adc 10 00000000\n", "-22\n"); /* no channel */
    EXPECT(rig, "OPEN adc 10 00000008\n", "-22\n"); /* a fourth channel */
    EXPECT(rig, "OPEN adc 0 00000007\n", "-22\n");
    EXPECT(rig, "OPEN thermocouples 10 00000001\n", "-22\n");
    EXPECT(rig, "OPEN nothing 10 00000001\n", "-19\n");
    EXPECT(rig, "READBUF adc 16\nCLOSE adc\n", "-9\n-6\n");
    EXPECT(rig, "OPEN adc 10 00000007\nOPEN adc 10 00000007\n", "0\n-16\n");
    EXPECT(rig, "READ adc INPUT voltage0 raw\n", "-16\n"); /* busy capturing */
    EXPECT(rig, "READBUF adc 15\n", "0\n");                /* less than a sample */
    EXPECT(rig, "CLOSE adc\n", "0\n");
}

/* 25 samples in chunks of 10: the mask stands before the first chunk only. */
static void test_capture(void **state)
{
    struct rig *rig = *state;
    uint64_t t0 = 0, t;
    const char *p;

    EXPECT(rig, "OPEN adc 10 00000007\nREADBUF adc 400\nVERSION\n", "0\n");
    sim_text_clear(&rig->out);
    assert_int_equal(sim_iiod_session.poll(rig->session, &rig->out), 0);
    assert_int_equal(rig->out.size, 0);
    pass(rig, 0.05);
    assert_int_equal(sim_iiod_session.poll(rig->session, &rig->out), 0);
    assert_int_equal(rig->out.size, strlen("160\n00000007\n") + 160 + 4 + 160 + 3 + 80);
    assert_memory_equal(rig->out.data, "160\n00000007\n", 13);
    assert_memory_equal(rig->out.data + 13 + 160, "160\n", 4);
    assert_memory_equal(rig->out.data + 13 + 160 + 4 + 160, "80\n", 3);
    p = rig->out.data + 13;
    for (int i = 0; i < 10; i++, p += 16) {
        memcpy(&t, p + 8, sizeof t);
        assert_true(i == 0 || t - t0 == 1000000); /* 1 kHz of bench time */
        t0 = t;
    }
    EXPECT(rig, "", "0.24.sim0001\n"); /* what came behind the READBUF waited */
    EXPECT(rig, "CLOSE adc\n", "0\n");
    EXPECT(rig, "OPEN adc 4 00000002\nREADBUF adc 16\n", "0\n"); /* one channel: 4 bytes a sample */
    pass(rig, 0.05);
    assert_int_equal(sim_iiod_session.poll(rig->session, &rig->out), 0);
    assert_int_equal(rig->out.size, 2 + 3 + 9 + 16);
}

static void test_capture_times_out(void **state)
{
    struct rig *rig = *state;

    EXPECT(rig, "TIMEOUT 1\nOPEN adc 10 00000001\nREADBUF adc 40\n", "0\n0\n");
    for (int i = 0; i < 1000 && rig->out.size == 4; i++) {
        struct timespec ms = {.tv_nsec = 1000000};

        (void)nanosleep(&ms, NULL);
        assert_int_equal(sim_iiod_session.poll(rig->session, &rig->out), 0);
    }
    assert_string_equal(rig->out.data, "0\n0\n-110\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)
    const struct CMUnitTest tests[] = {
        TEST(test_words),        TEST(test_attributes), TEST(test_read_all),          TEST(test_values),
        TEST(test_open_refuses), TEST(test_capture),    TEST(test_capture_times_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
