/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a USBTMC link: unplug and close at every point; and what it costs while it waits. */
#include "support/usbtmc_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include "support/private_run.h"
#include "transport/usb_loop.h"

static void assert_unplug_is_seen(struct usbtmc_fixture *f)
{
    const uint64_t start_ns = mb_monotonic_ns();

    usbfs_front_unplug(f->front);
    usbtmc_assert_fails(f, -ENODEV);
    assert_true(mb_monotonic_ns() - start_ns < UINT64_C(1000000000));
}

static void unplug_while_reading(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    usbtmc_run_for(f, 20);
    assert_unplug_is_seen(f);
}

static void unplug_before_writing(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbfs_front_unplug(f->front);
    assert_int_equal(f->link->ops->write(f->link, "*IDN?\n", 6), 0);
    usbtmc_assert_fails(f, -ENODEV);
}

static void unplug_while_opening(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.faults.control_silent = true;
    usbfs_front_plug(f->front, &f->model, &usbtmc_plain);
    assert_int_equal(mb_transport_new(f->event, USBTMC_ADDRESS, &usbtmc_callbacks, f, &f->link, NULL), 0);
    assert_int_equal(f->link->ops->open(f->link, NULL), 0);
    usbtmc_run_for(f, 20);
    assert_unplug_is_seen(f);
}

static void unplug_while_clearing(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.clear_pending = 1000});
    assert_int_equal(f->link->ops->clear(f->link), 0);
    usbtmc_run_for(f, 120);
    assert_unplug_is_seen(f);
}

/* The transfer's own error comes before the hub's report, as on most controllers. */
static void unplug_after_a_transfer_error(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    usbtmc_run_for(f, 20);
    usbfs_front_set_broken(f->front, true);
    usbtmc_run_for(f, 50);
    assert_int_equal(f->failed, 0);
    assert_unplug_is_seen(f);
}

static void transfer_error_without_unplug(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    usbtmc_run_for(f, 20);
    usbfs_front_set_broken(f->front, true);
    usbtmc_assert_fails(f, -EIO);
    usbfs_front_set_broken(f->front, false);
    usbtmc_reopen(f);
    usbtmc_identify(f);
}

static void replug_opens_again(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    assert_unplug_is_seen(f);
    usbtmc_model_done(&f->model);
    usbtmc_model_init(&f->model);
    usbfs_front_plug(f->front, &f->model, &usbtmc_plain);
    f->n = 0;
    usbtmc_reopen(f);
    usbtmc_identify(f);
}

static void need_udev(void)
{
    if (access("/run/udev/control", F_OK) < 0)
        SKIP_TEST("no /run/udev/control and no right to make a private one");
}

/* Only a udev monitor tells of a device that leaves while nothing is pending; libudev has none without its
 * control file. */
static void unplug_while_idle(void **state)
{
    struct usbtmc_fixture *f = *state;

    need_udev();
    usbtmc_start(f);
    usbtmc_identify(f);
    assert_unplug_is_seen(f);
}

/* A twin with another serial number does not count, nor does a device that was there before. */
static void watch_tells_of_the_device(void **state)
{
    struct usbtmc_fixture *f = *state;
    struct usbfs_identity twin = usbtmc_plain;

    need_udev();
    twin.serial = "0043";
    assert_int_equal(mb_transport_new(f->event, USBTMC_ADDRESS ":0042", &usbtmc_callbacks, f, &f->link, NULL),
                     0);
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(f->link->ops->watch(f->link), 0);
        assert_int_equal(f->link->ops->watch(f->link), 0);
        if (i == 1)
            usbfs_front_plug_twin(f->front, &twin);
        usbtmc_run_for(f, 30);
        assert_int_equal(f->appeared, i - 1);
        usbfs_front_plug(f->front, &f->model, &usbtmc_plain);
        usbtmc_run_until(f, &f->appeared, i);
        usbtmc_reopen(f);
        usbtmc_identify(f);
        usbfs_front_unplug(f->front);
        usbtmc_assert_fails(f, -ENODEV);
        f->failed = 0;
        usbtmc_model_done(&f->model);
        usbtmc_model_init(&f->model);
    }
    assert_int_equal(f->appeared, 3);
}

static void close_ends_the_watch(void **state)
{
    struct usbtmc_fixture *f = *state;

    need_udev();
    assert_int_equal(mb_transport_new(f->event, USBTMC_ADDRESS, &usbtmc_callbacks, f, &f->link, NULL), 0);
    assert_int_equal(f->link->ops->watch(f->link), 0);
    f->link->ops->close(f->link);
    usbfs_front_plug(f->front, &f->model, &usbtmc_plain);
    usbtmc_run_for(f, 50);
    assert_int_equal(f->appeared, 0);
    usbtmc_reopen(f);
    assert_int_equal(f->link->ops->watch(f->link), -EBUSY);
    usbtmc_identify(f);
}

static void free_inside_appeared(void **state)
{
    struct usbtmc_fixture *f = *state;

    need_udev();
    assert_int_equal(mb_transport_new(f->event, USBTMC_ADDRESS, &usbtmc_callbacks, f, &f->link, NULL), 0);
    assert_int_equal(f->link->ops->watch(f->link), 0);
    f->free_in_callback = true;
    usbfs_front_plug(f->front, &f->model, &usbtmc_plain);
    usbtmc_run_until(f, &f->appeared, 1);
    assert_null(f->link);
}

static void close_with_a_read_pending(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    usbtmc_run_for(f, 20);
    f->link->ops->close(f->link);
    assert_int_equal(usbfs_front_counters(f->front).pending, 0);
    assert_int_equal(usbfs_front_counters(f->front).releases, 1);
    usbfs_front_lock(f->front);
    usbtmc_model_finish_slow(&f->model);
    usbfs_front_unlock(f->front);
    usbtmc_run_for(f, 30);
    assert_int_equal(f->n + f->failed, 0);
    usbtmc_reopen(f);
    usbtmc_identify(f);
}

/* A kernel that never gives a cancelled transfer back may delay close, not stop it. */
static void close_is_bounded(void **state)
{
    struct usbtmc_fixture *f = *state;
    uint64_t start_ns;

    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    usbtmc_run_for(f, 20);
    usbfs_front_set_stuck(f->front, true);
    start_ns = mb_monotonic_ns();
    f->link->ops->close(f->link);
    assert_true(mb_monotonic_ns() - start_ns < UINT64_C(900000000));
    usbtmc_run_for(f, 30);
    assert_int_equal(f->failed, 0);
}

static void close_inside_received(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    f->close_in_callback = true;
    usbtmc_ask(f, "BLOCK? 50000\n");
    usbtmc_run_until(f, &f->pieces, 1);
    usbtmc_run_for(f, 30);
    assert_int_equal(f->pieces, 1);
    assert_int_equal(f->failed, 0);
}

static void free_inside_each_callback(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbfs_front_plug(f->front, &f->model, &usbtmc_plain);
    f->free_in_callback = true;
    for (int round = 0; round < 3; round++) {
        f->opened = f->failed = f->pieces = 0;
        assert_int_equal(mb_transport_new(f->event, USBTMC_ADDRESS, &usbtmc_callbacks, f, &f->link, NULL), 0);
        assert_int_equal(f->link->ops->open(f->link, NULL), 0);
        f->free_in_callback = round == 0;
        usbtmc_run_until(f, &f->opened, 1);
        if (round == 0)
            continue;
        f->free_in_callback = true;
        usbtmc_set_faults(f, (struct usbtmc_faults){.wrong_tag = round == 2});
        usbtmc_ask(f, "BLOCK? 50000\n");
        usbtmc_run_until(f, round == 2 ? &f->failed : &f->pieces, 1);
        assert_null(f->link);
    }
    usbtmc_run_for(f, 30);
}

static unsigned open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned n = 0;

    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

/* umockdev's thread closes its end of a closed node's socket a little later. */
static unsigned settled_descriptors(struct usbtmc_fixture *f)
{
    usbtmc_run_for(f, 100);
    return open_descriptors();
}

static void fifty_opens_leak_nothing(void **state)
{
    struct usbtmc_fixture *f = *state;
    unsigned before = 0;

    usbtmc_start(f);
    for (int i = 0; i < 50; i++) {
        f->link->ops->close(f->link);
        if (i == 0)
            before = settled_descriptors(f);
        usbtmc_reopen(f);
        if (i % 10 == 0)
            usbtmc_identify(f);
    }
    f->link->ops->close(f->link);
    assert_int_equal(settled_descriptors(f), before);
    assert_int_equal(usbfs_front_counters(f->front).claims, 51);
    assert_int_equal(usbfs_front_counters(f->front).releases, 51);
}

static void second_owner_is_refused(void **state)
{
    struct usbtmc_fixture *f = *state;
    struct mb_transport *second;
    struct mb_error err;

    usbtmc_start(f);
    assert_int_equal(mb_transport_new(f->event, USBTMC_ADDRESS, &usbtmc_callbacks, f, &second, &err), 0);
    assert_int_equal(second->ops->open(second, &err), -EBUSY);
    assert_non_null(strstr(err.text, "another program"));
    (void)mb_transport_free(second);
    usbtmc_identify(f);
}

static void one_context_a_loop(void **state)
{
    struct usbtmc_fixture *f = *state;
    struct mb_usb_loop *first, *second, *other;
    sd_event *event;

    assert_int_equal(sd_event_new(&event), 0);
    assert_int_equal(mb_usb_loop_acquire(f->event, &first, NULL), 0);
    assert_int_equal(mb_usb_loop_acquire(f->event, &second, NULL), 0);
    assert_int_equal(mb_usb_loop_acquire(event, &other, NULL), 0);
    assert_ptr_equal(first, second);
    assert_ptr_not_equal(first, other);
    (void)mb_usb_loop_release(first);
    assert_non_null(mb_usb_loop_context(second));
    (void)mb_usb_loop_release(second);
    (void)mb_usb_loop_release(other);
    sd_event_unref(event);
}

static uint64_t cpu_us(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void waiting_costs_nothing(void **state)
{
    struct usbtmc_fixture *f = *state;
    struct usbfs_counters before;
    uint64_t start_us;

    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    usbtmc_run_for(f, 50);
    before = usbfs_front_counters(f->front);
    assert_int_equal(before.pending, 2); /* the reply, and notifications */
    start_us = cpu_us();
    usbtmc_run_for(f, 500);
    assert_true(cpu_us() - start_us < 25000);
    assert_true(usbfs_front_counters(f->front).ioctls - before.ioctls < 5);
    usbfs_front_lock(f->front);
    usbtmc_model_finish_slow(&f->model);
    usbfs_front_unlock(f->front);
    usbtmc_run_until(f, &f->ends, 1);
    usbtmc_assert_answer(f, "SLOW\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        USBTMC_TEST(unplug_while_reading),
        USBTMC_TEST(unplug_before_writing),
        USBTMC_TEST(unplug_while_opening),
        USBTMC_TEST(unplug_while_clearing),
        USBTMC_TEST(unplug_after_a_transfer_error),
        USBTMC_TEST(transfer_error_without_unplug),
        USBTMC_TEST(replug_opens_again),
        USBTMC_TEST(unplug_while_idle),
        USBTMC_TEST(watch_tells_of_the_device),
        USBTMC_TEST(close_ends_the_watch),
        USBTMC_TEST(free_inside_appeared),
        USBTMC_TEST(close_with_a_read_pending),
        USBTMC_TEST(close_is_bounded),
        USBTMC_TEST(close_inside_received),
        USBTMC_TEST(free_inside_each_callback),
        USBTMC_TEST(fifty_opens_leak_nothing),
        USBTMC_TEST(second_owner_is_refused),
        USBTMC_TEST(one_context_a_loop),
        USBTMC_TEST(waiting_costs_nothing),
    };

    /* Without the right to it some tests are skipped. */
    if (access("/run/udev/control", F_OK) < 0)
        (void)private_run_make();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
