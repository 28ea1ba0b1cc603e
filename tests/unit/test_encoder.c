/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An encoder as an instrument of a bench, against a folder that looks like the counters' part of sysfs. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "counter/instrument.h"
#include "support/fake_instrument.h"
#include "support/instrument_watch.h"
#include "support/tree.h"

#define DEVICE "bus/counter/devices/counter3"
#define COUNT "bus/counter/devices/counter3/count1"
#define PER_TURN 4096
#define STEP 5000 /* counts between two looks at it by a test */

struct rig {
    char root[64], address[160];
    sd_event *event;
    struct mb_clock clock;
    struct mb_instrument *instrument;
    struct instrument_watch got;
};

static void put(const struct rig *rig, const char *name, const char *text)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/" DEVICE "/%s", rig->root, name);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void put_count(const struct rig *rig, unsigned count)
{
    char text[16];

    (void)snprintf(text, sizeof text, "%u\n", count);
    put(rig, "count1/count", text);
}

static int setup(void **state)
{
    static const char *const folders[] = {"bus", "bus/counter", "bus/counter/devices", DEVICE, COUNT};
    struct rig *rig = calloc(1, sizeof *rig);
    char path[256];

    assert_non_null(rig);
    (void)snprintf(rig->root, sizeof rig->root, "/tmp/mb-encoder-XXXXXX");
    assert_non_null(mkdtemp(rig->root));
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", rig->root, folders[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    put_count(rig, 65000);
    put(rig, "count1/ceiling", "65535\n");
    put(rig, "count1/function", "pulse-direction\n");
    (void)snprintf(rig->address, sizeof rig->address, "counter:%s/" DEVICE "/count1", rig->root);
    assert_true(sd_event_new(&rig->event) >= 0);
    mb_clock_init(&rig->clock, 1);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    (void)mb_instrument_free(rig->instrument);
    (void)sd_event_unref(rig->event);
    tree_remove(rig->root);
    free(rig);
    return 0;
}

static int make(struct rig *rig, const char *address, double counts_per_turn, struct mb_error *err)
{
    const struct mb_instrument_setting setting = {.id = "encoder",
                                                  .profile = "counter",
                                                  .address = address,
                                                  .clock = &rig->clock,
                                                  .counts_per_turn = counts_per_turn,
                                                  .function = "quadrature x4"};
    int r = mb_instrument_new(rig->event, "driver/profiles", &setting, &rig->instrument, err);

    if (r == 0) {
        instrument_watch(&rig->got, rig->instrument);
    }
    return r;
}

static void open_encoder(struct rig *rig)
{
    struct mb_error err = {""};

    if (make(rig, rig->address, PER_TURN, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
    assert_true(fake_run_until(rig->event, &rig->got.ready, 5000));
}

static void ask(struct rig *rig)
{
    instrument_watch_begin_read(&rig->got, rig->instrument);
}

/* One speed with the register going over its end on the way. What has passed is bounded by our own clock. */
static void test_speed(void **state)
{
    struct rig *rig = *state;
    uint64_t before_ns, after_ns;

    open_encoder(rig);
    assert_string_equal(rig->instrument->identity, "counter3/count1");
    assert_string_equal(rig->instrument->channels[0].name, "speed");
    ask(rig);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 5000)); /* it stands still */
    assert_int_equal(rig->got.read_error, 0);
    assert_int_equal(rig->got.readings[0].validity, MB_VALID);
    assert_true(rig->got.readings[0].value == 0);
    before_ns = rig->got.readings[0].t_ns;
    put_count(rig, (65000 + STEP) % 65536);
    fake_run_for(rig->event, 110); /* real time, for 5000 counts */
    ask(rig);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 5000));
    after_ns = rig->got.readings[0].t_ns;
    assert_int_equal(rig->got.readings[0].validity, MB_VALID);
    assert_true(after_ns > before_ns + 100000000);
    assert_true(fabs(rig->got.readings[0].value * (double)(after_ns - before_ns) * 1e-9 * PER_TURN / 60 -
                     STEP) < 1e-6);
    assert_true(rig->got.readings[0].standard_uncertainty > 0 &&
                rig->got.readings[0].standard_uncertainty < 0.1);
    ask(rig); /* the next begins where this one ended */
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 5000));
    assert_true(rig->got.readings[0].validity == MB_VALID && rig->got.readings[0].value == 0);
}

static void test_lost_and_back(void **state)
{
    struct rig *rig = *state;

    open_encoder(rig);
    put(rig, "count1/count", "many\n");
    ask(rig);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 5000));
    assert_true(rig->got.read_done);
    assert_int_equal(rig->got.read_error, -ENOTCONN);
    assert_int_equal(rig->got.readings[0].validity, MB_LINK_FAULT);
    assert_string_equal(rig->instrument->fault, "the count cannot be read: no number");
    put_count(rig, 7);
    assert_true(fake_run_until(rig->event, &rig->got.ready, 5000));
    ask(rig);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 5000));
    assert_true(rig->got.readings[0].validity == MB_VALID && rig->got.readings[0].value == 0);
}

static void test_not_there(void **state)
{
    struct rig *rig = *state;
    struct mb_error err = {""};
    char address[200];

    (void)snprintf(address, sizeof address, "counter:%s/bus/counter/devices/counter4/count0", rig->root);
    assert_int_equal(make(rig, address, PER_TURN, &err), 0);
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 5000));
    assert_string_equal(rig->instrument->fault, "counter4/count0: there is no such counter");
    ask(rig);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 5000));
    assert_int_equal(rig->got.read_error, -ENOTCONN);
}

static void test_refused(void **state)
{
    static const char *const addresses[] = {"counter:counter0",        "counter:/count1",
                                            "counter:counter0/countx", "counter:a/b/count1",
                                            "tcp:127.0.0.1:1",         "counter:counter0/count256"};
    struct rig *rig = *state;
    struct mb_error err = {""};

    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        assert_int_equal(make(rig, addresses[i], PER_TURN, &err), -EINVAL);
        assert_non_null(strstr(err.text, addresses[i]));
    }
    assert_int_equal(make(rig, "counter:counter0/count1", 0, &err), -EINVAL);
    assert_non_null(strstr(err.text, "counts_per_turn"));
    assert_null(rig->instrument);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_speed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_and_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
