/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libiio's local backend over an emulated sysfs and a FIFO in the place of the device node. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <umockdev.h>
#include <unistd.h>

#include "iio/live.h"
#include "iio/worker.h"
#include "waveform/source.h"

#define RATE_HZ 1000

static const char device[] = "P: /devices/iio:device0\n"
                             "N: iio:device0\n"
                             "E: SUBSYSTEM=iio\n"
                             "E: DEVTYPE=iio_device\n"
                             "E: DEVNAME=/dev/iio:device0\n"
                             "E: MAJOR=250\n"
                             "E: MINOR=0\n"
                             "A: name=board\\n\n"
                             "A: dev=250:0\\n\n"
                             "A: sampling_frequency=1000\\n\n"
                             "A: in_voltage0_raw=0\\n\n"
                             "A: in_voltage0_offset=-5\\n\n"
                             "A: in_voltage_scale=2\\n\n"
                             "A: buffer/enable=0\\n\n"
                             "A: buffer/length=2\\n\n"
                             "A: buffer/watermark=1\\n\n"
                             "A: buffer/data_available=0\\n\n"
                             "A: scan_elements/in_voltage0_en=0\\n\n"
                             "A: scan_elements/in_voltage0_index=0\\n\n"
                             "A: scan_elements/in_voltage0_type=be:u12/16>>4\\n\n"
                             "A: trigger/current_trigger=\\n\n";

struct rig {
    UMockdevTestbed *testbed;
    int fifo;
    pthread_t thread;
    atomic_bool ending;
};

/* Twelve bits that count, unsigned and big endian, a thousand a second. */
static void *feed(void *userdata)
{
    struct rig *rig = userdata;
    uint16_t n = 0;

    while (!atomic_load(&rig->ending)) {
        uint8_t bytes[2] = {(uint8_t)(n >> 4), (uint8_t)(n << 4)};

        if (write(rig->fifo, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
            n = (n + 1) & 0xfff;
        (void)usleep(1000000 / RATE_HZ);
    }
    return NULL;
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    char path[512], *root;

    assert_non_null(rig);
    rig->testbed = umockdev_testbed_new();
    assert_true(umockdev_testbed_add_from_string(rig->testbed, device, NULL));
    root = umockdev_testbed_get_root_dir(rig->testbed);
    (void)snprintf(path, sizeof path, "%s/dev/iio:device0", root);
    free(root);
    (void)unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    rig->fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    assert_true(rig->fifo >= 0);
    (void)fcntl(rig->fifo, F_SETPIPE_SZ, 4096);
    assert_int_equal(pthread_create(&rig->thread, NULL, feed, rig), 0);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    atomic_store(&rig->ending, true);
    (void)pthread_join(rig->thread, NULL);
    (void)close(rig->fifo);
    g_object_unref(rig->testbed);
    free(rig);
    return 0;
}

static int wait_for(struct mb_capture *capture, const struct mb_iio_format **ret, struct mb_error *err)
{
    const struct mb_iio_slot *slot;
    int r = -EAGAIN;

    for (int i = 0; i < 500 && r == -EAGAIN; i++) {
        if (mb_iio_queue_format(mb_capture_queue(capture), ret) == 0)
            return 0;
        r = mb_iio_queue_take(mb_capture_queue(capture), &slot, err);
        (void)usleep(10000);
    }
    return r;
}

/* 12 bits, offset -5, scale 2 mV: value = (n - 5) * 2e-3 V, every sample once. */
static void test_local(void **state)
{
    static const struct mb_capture_setting setting = {.scan = {.uri = "local:", .rate_hz = RATE_HZ}};
    const struct mb_iio_format *format = NULL;
    struct mb_capture *capture = NULL;
    struct mb_wave_source *source = NULL;
    struct mb_wave_reader *reader = NULL;
    struct mb_crew *crew = NULL;
    struct mb_error err = {""};
    struct mb_block block;
    size_t samples = 0;
    double expected = NAN;

    (void)state;
    assert_int_equal(mb_crew_new(&crew), 0);
    assert_int_equal(mb_capture_new(crew, &setting, &capture, &err), 0);
    if (wait_for(capture, &format, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(format->channel_count, 1);
    assert_string_equal(format->channels[0].name, "voltage0");
    assert_int_equal(mb_live_reader_new(capture, "local", &reader, NULL), 0);
    assert_int_equal(mb_wave_source_new(reader, NULL, 0, &source, NULL), 0);
    for (int i = 0; i < 3000 && samples < 500; i++) {
        int r = mb_wave_source_next(source, &block, &err);

        if (r == -EAGAIN)
            (void)usleep(1000);
        else if (r <= 0)
            fail_msg("%d: %s", r, err.text);
        for (size_t k = 0; r > 0 && k < block.count; k++) {
            double n = block.channels[0][k] / 2e-3 + 5;

            assert_true(isnan(expected) || fabs(n - expected) < 1e-6);
            expected = fmod(n + 1.5, 4096) - 0.5;
        }
        samples += r > 0 ? block.count : 0;
    }
    assert_true(samples >= 500);
    (void)mb_wave_source_free(source);
    (void)mb_capture_free(capture);
    (void)usleep(300000); /* the thread lets go of the device */
    mb_crew_release(crew);
}

static struct mb_iio_answer asked(struct mb_worker *worker, int request)
{
    struct pollfd fd = {.fd = mb_worker_fd(worker), .events = POLLIN};
    struct mb_iio_answer answer = {0};

    assert_int_equal(mb_worker_ask(worker, request), 0);
    assert_int_equal(poll(&fd, 1, 10000), 1);
    assert_int_equal(mb_iio_worker_answer(worker, &answer), 0);
    if (answer.error < 0)
        fail_msg("%s", answer.text.text);
    return answer;
}

static void reads(struct mb_worker *worker, double first, double second)
{
    const struct mb_iio_answer answer = asked(worker, MB_IIO_READ);

    assert_int_equal(answer.values[0].error, 0);
    assert_true(fabs(answer.values[0].value - first) < 1e-9);
    assert_int_equal(answer.values[1].error, 0);
    assert_true(fabs(answer.values[1].value - second) < 1e-9);
}

/* Single values: raw each time, offset and scale of one channel after the other. */
static void test_scaling(void **state)
{
    const struct mb_iio_channel channels[2] = {
        {.name = "a", .device = "board", .channel = "voltage0", .quantity = MB_VOLTAGE, .factor = 1},
        {.name = "b", .device = "board", .channel = "voltage0", .quantity = MB_VOLTAGE, .factor = 10}};
    struct rig *rig = *state;
    struct mb_worker *worker = NULL;
    struct mb_crew *crew = NULL;

    assert_int_equal(mb_crew_new(&crew), 0);
    assert_int_equal(mb_iio_worker_new(crew, "local:", channels, 2, &worker), 0);
    (void)asked(worker, MB_IIO_OPEN);
    reads(worker, -0.01, -0.1);
    umockdev_testbed_set_attribute(rig->testbed, "/sys/devices/iio:device0", "in_voltage_scale", "4\n");
    umockdev_testbed_set_attribute(rig->testbed, "/sys/devices/iio:device0", "in_voltage0_raw", "10\n");
    reads(worker, 0.01, 0.2); /* the second channel's turn */
    reads(worker, 0.02, 0.2);
    worker = mb_worker_abandon(worker);
    mb_crew_release(crew);
    (void)usleep(100000); /* its thread ends now, before the leak check */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_local, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scaling, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
