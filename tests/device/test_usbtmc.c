/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The USBTMC link against an instrument model on a fake bus: real libusb, real sd-event, usbfs by umockdev. */
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libusb.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "support/usbfs_front.h"
#include "transport/transport.h"
#include "transport/usb_loop.h"

#define ADDRESS "usbtmc:0b3e:1029"
#define WAIT_MS 3000u

static const struct usbfs_identity plain = {.vendor = 0x0b3e, .product = 0x1029, .serial = "0042"};

struct fixture {
    struct usbfs_front *front;
    struct usbtmc_model model;
    sd_event *event;
    struct mb_transport *link;
    /* what the owner saw */
    unsigned opened, failed, ends;
    int code;
    char text[512];
    uint8_t data[200000];
    size_t n;
    unsigned pieces;
    bool close_in_callback, free_in_callback;
};

static void on_opened(void *userdata)
{
    struct fixture *f = userdata;

    f->opened++;
    if (f->free_in_callback)
        f->link = mb_transport_free(f->link);
}

static void on_received(const uint8_t *data, size_t n, bool end_of_message, void *userdata)
{
    struct fixture *f = userdata;

    assert_true(f->n + n <= sizeof f->data);
    memcpy(f->data + f->n, data, n);
    f->n += n;
    f->pieces++;
    f->ends += end_of_message;
    if (f->close_in_callback)
        f->link->ops->close(f->link);
    if (f->free_in_callback)
        f->link = mb_transport_free(f->link);
}

static void on_failed(int code, const char *text, void *userdata)
{
    struct fixture *f = userdata;

    f->failed++;
    f->code = code;
    (void)snprintf(f->text, sizeof f->text, "%s", text);
    if (f->free_in_callback)
        f->link = mb_transport_free(f->link);
}

static const struct mb_transport_callbacks callbacks = {on_opened, on_received, on_failed};

/* ---- helpers ---- */

static void run_for(struct fixture *f, unsigned ms)
{
    const uint64_t end = mb_monotonic_ns() + ms * UINT64_C(1000000);

    while (mb_monotonic_ns() < end)
        assert_true(sd_event_run(f->event, (end - mb_monotonic_ns()) / 1000 + 1) >= 0);
}

/* Until the counter reaches the value, or the link fails where that was not what is waited for. */
static void run_until(struct fixture *f, const unsigned *counter, unsigned value)
{
    const uint64_t end = mb_monotonic_ns() + WAIT_MS * UINT64_C(1000000);

    while (*counter < value && mb_monotonic_ns() < end && (f->failed == 0 || counter == &f->failed))
        assert_true(sd_event_run(f->event, 100000) >= 0);
    if (*counter < value)
        fail_msg("waited in vain; failed: %d %s", f->code, f->text);
}

static void start_with(struct fixture *f, const struct usbfs_identity *identity, const char *address)
{
    struct mb_error err = {{0}};

    usbfs_front_plug(f->front, &f->model, identity);
    assert_int_equal(mb_transport_new(f->event, address, &callbacks, f, &f->link, &err), 0);
    if (f->link->ops->open(f->link, &err) < 0)
        fail_msg("%s", err.text);
    run_until(f, &f->opened, 1);
}

static void start(struct fixture *f)
{
    start_with(f, &plain, ADDRESS);
}

static void send(struct fixture *f, const char *message)
{
    assert_int_equal(f->link->ops->write(f->link, message, strlen(message)), 0);
}

static void ask(struct fixture *f, const char *message)
{
    f->n = 0;
    f->pieces = 0;
    send(f, message);
    assert_int_equal(f->link->ops->request(f->link, sizeof f->data), 0);
}

static void assert_answer(struct fixture *f, const char *expected)
{
    assert_int_equal(f->n, strlen(expected));
    assert_memory_equal(f->data, expected, f->n);
}

static void query(struct fixture *f, const char *message, const char *expected)
{
    const unsigned ends = f->ends;

    ask(f, message);
    run_until(f, &f->ends, ends + 1);
    assert_answer(f, expected);
}

static void identify(struct fixture *f)
{
    query(f, "*IDN?\n", USBTMC_MODEL_IDENTITY "\n");
}

static void query_block(struct fixture *f, size_t size)
{
    const unsigned ends = f->ends;
    char message[40];

    (void)snprintf(message, sizeof message, "BLOCK? %zu\n", size);
    ask(f, message);
    run_until(f, &f->ends, ends + 1);
    assert_int_equal(f->n, size);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(f->data[i], usbtmc_model_pattern(i));
}

static void assert_fails(struct fixture *f, int code)
{
    run_until(f, &f->failed, 1);
    run_for(f, 30);
    assert_int_equal(f->failed, 1);
    assert_int_equal(f->code, code);
    assert_string_not_equal(f->text, "");
    assert_int_equal(f->link->ops->write(f->link, "x", 1), -ENOTCONN);
}

static void set_faults(struct fixture *f, struct usbtmc_faults faults)
{
    usbfs_front_lock(f->front);
    f->model.faults = faults;
    usbfs_front_unlock(f->front);
}

static struct usbtmc_model seen(struct fixture *f)
{
    struct usbtmc_model copy;

    usbfs_front_lock(f->front);
    copy = f->model;
    usbfs_front_unlock(f->front);
    return copy;
}

static void reopen(struct fixture *f)
{
    f->failed = f->opened = 0;
    assert_int_equal(f->link->ops->open(f->link, NULL), 0);
    run_until(f, &f->opened, 1);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->front = usbfs_front_new();
    usbtmc_model_init(&f->model);
    if (!f->front || sd_event_new(&f->event) < 0)
        return -1;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    f->link = mb_transport_free(f->link);
    sd_event_unref(f->event);
    f->front = usbfs_front_free(f->front);
    usbtmc_model_done(&f->model);
    free(f);
    return 0;
}

/* ---- the good cases ---- */

static void opens_and_identifies(void **state)
{
    struct fixture *f = *state;

    start(f);
    assert_int_equal(f->opened, 1);
    assert_int_equal(seen(f).clears, 1);
    assert_true(seen(f).remote);
    identify(f);
    assert_string_equal(seen(f).last_message, "*IDN?\n");
    assert_int_equal(f->pieces, 1);
    assert_int_equal(f->failed, 0);
}

static void long_answer_in_several_transfers(void **state)
{
    struct fixture *f = *state;

    start(f);
    query_block(f, 50000);
    assert_int_equal(f->pieces, 4); /* 15360 bytes each */
    f->model.chunk = 5000;          /* the device may send less than it was asked for */
    query_block(f, 50000);
    assert_int_equal(f->pieces, 10);
    identify(f);
}

/* Header and payload fill whole packets: the device adds an empty one, which must not start the next reply. */
static void zero_length_packet_at_the_end(void **state)
{
    struct fixture *f = *state;

    start(f);
    for (size_t packets = 1; packets <= 3; packets++) {
        query_block(f, packets * 512 - 12);
        identify(f);
    }
    query_block(f, 15360 - 12); /* fills the request nearly */
    identify(f);
    query_block(f, 15360);
    query_block(f, 2 * 15360);
    identify(f);
}

static void full_speed_packets(void **state)
{
    struct fixture *f = *state;

    f->model.packet = 64;
    start(f);
    query_block(f, 52); /* one packet exactly */
    query_block(f, 50000);
    identify(f);
}

static void long_message_is_split(void **state)
{
    struct fixture *f = *state;
    char *message = malloc(10001);

    memset(message, 'A', 10000);
    message[9999] = '\n';
    message[10000] = '\0';
    start(f);
    send(f, message);
    free(message);
    query(f, "B?\n", "0\n");
    assert_int_equal(seen(f).messages, 2);
    assert_int_equal(seen(f).out_transfers, 4); /* 4096 + 4096 + 1808, and B? */
    assert_int_equal(seen(f).bad_tags, 0);
}

static void commands_follow_each_other(void **state)
{
    struct fixture *f = *state;

    start(f);
    for (int i = 0; i < 300; i++) { /* more than there are tags */
        send(f, "SET 1\n");
        if (i % 50 == 49)
            query(f, "B?\n", "0\n");
    }
    assert_int_equal(seen(f).messages, 306);
    assert_int_equal(seen(f).bad_tags, 0);
}

static void owner_may_ask_for_a_part(void **state)
{
    struct fixture *f = *state;

    start(f);
    send(f, "BLOCK? 100\n");
    assert_int_equal(f->link->ops->request(f->link, 30), 0);
    run_until(f, &f->pieces, 1);
    run_for(f, 20);
    assert_int_equal(f->n, 30);
    assert_int_equal(f->ends, 0);
    assert_int_equal(f->link->ops->request(f->link, 1000), 0);
    run_until(f, &f->ends, 1);
    assert_int_equal(f->n, 100);
    assert_int_equal(f->data[99], usbtmc_model_pattern(99));
}

static void busy_and_closed_are_said(void **state)
{
    struct fixture *f = *state;
    struct mb_error err;

    assert_int_equal(mb_transport_new(f->event, ADDRESS, &callbacks, f, &f->link, &err), 0);
    assert_int_equal(f->link->ops->write(f->link, "x", 1), -ENOTCONN);
    assert_int_equal(f->link->ops->request(f->link, 1), -ENOTCONN);
    assert_int_equal(f->link->ops->clear(f->link), -ENOTCONN);
    assert_int_equal(f->link->ops->open(f->link, &err), -ENODEV); /* nothing is plugged in */
    assert_non_null(strstr(err.text, "0b3e:1029"));
    f->link = mb_transport_free(f->link);
    start(f);
    ask(f, "SLOW?\n");
    assert_int_equal(f->link->ops->write(f->link, "x", 1), -EBUSY);
    assert_int_equal(f->link->ops->request(f->link, 1), -EBUSY);
    assert_int_equal(f->link->ops->open(f->link, &err), -EALREADY);
}

static void composite_device_uses_its_own_interface_number(void **state)
{
    struct fixture *f = *state;
    struct usbfs_identity composite = plain;

    composite.interfaces_before = 2;
    start_with(f, &composite, ADDRESS);
    assert_int_equal(usbfs_front_counters(f->front).claimed_interface, 2);
    identify(f);
    f->link->ops->close(f->link);
    assert_int_equal(seen(f).wrong_index, 0);
    assert_int_equal(seen(f).clears, 1);
    assert_int_equal(seen(f).go_to_local, 1);
}

static void serial_chooses_between_twins(void **state)
{
    struct fixture *f = *state;
    struct usbfs_identity twin = plain;
    struct mb_error err;

    twin.serial = "0043";
    usbfs_front_plug_twin(f->front, &twin);
    start_with(f, &plain, ADDRESS ":0042");
    identify(f);
    f->link = mb_transport_free(f->link);
    assert_int_equal(mb_transport_new(f->event, ADDRESS, &callbacks, f, &f->link, &err), 0);
    assert_int_equal(f->link->ops->open(f->link, &err), -ENOTUNIQ);
    f->link = mb_transport_free(f->link);
    assert_int_equal(mb_transport_new(f->event, ADDRESS ":0044", &callbacks, f, &f->link, &err), 0);
    assert_int_equal(f->link->ops->open(f->link, &err), -ENODEV);
}

static void kernel_driver_is_detached(void **state)
{
    struct fixture *f = *state;

    usbfs_front_set_kernel_driver(f->front, true);
    start(f);
    assert_int_equal(usbfs_front_counters(f->front).kernel_driver_detached, 1);
    identify(f);
}

/* ---- remote and local ---- */

static void local_at_close_only_when_remote_was_taken(void **state)
{
    struct fixture *f = *state;

    start(f);
    f->link->ops->close(f->link);
    assert_int_equal(seen(f).go_to_local, 1);
    assert_false(seen(f).remote);
    f->model.remote_local = false;
    reopen(f);
    f->link->ops->close(f->link);
    assert_int_equal(seen(f).go_to_local, 1);
}

static void quirk_leaves_remote_alone(void **state)
{
    struct fixture *f = *state;
    const struct usbfs_identity yokogawa = {.vendor = 0x0b21, .product = 0x0025, .serial = "43325545313630313856"};

    start_with(f, &yokogawa, "usbtmc:0b21:0025:C2UE16018V");
    assert_false(seen(f).remote);
    identify(f);
    f->link->ops->close(f->link);
    assert_int_equal(seen(f).go_to_local, 0);
}

static void quirk_opens_without_clear(void **state)
{
    struct fixture *f = *state;
    const struct usbfs_identity rigol = {.vendor = 0x1ab1, .product = 0x04ce};

    f->model.faults.empty_first = 1;
    start_with(f, &rigol, "usbtmc:1ab1:04ce");
    assert_int_equal(seen(f).clears, 0);
    identify(f);
    assert_int_equal(seen(f).faults.empty_first, 0);
}

static void quirk_resets_once(void **state)
{
    struct fixture *f = *state;
    const struct usbfs_identity siglent = {.vendor = 0xf4ec, .product = 0xee38};

    start_with(f, &siglent, "usbtmc:f4ec:ee38");
    identify(f);
    f->link->ops->close(f->link);
    reopen(f);
    identify(f);
    assert_int_equal(usbfs_front_counters(f->front).resets, 1);
}

/* ---- faults ---- */

static void query_under(struct fixture *f, struct usbtmc_faults faults, int code)
{
    start(f);
    set_faults(f, faults);
    ask(f, "*IDN?\n");
    assert_fails(f, code);
    assert_int_equal(f->n, 0);
    set_faults(f, (struct usbtmc_faults){0});
    reopen(f);
    identify(f);
}

static void wrong_tag(void **state)
{
    query_under(*state, (struct usbtmc_faults){.wrong_tag = true}, -EPROTO);
}

static void wrong_inverse_tag(void **state)
{
    query_under(*state, (struct usbtmc_faults){.wrong_inverse = true}, -EPROTO);
}

static void wrong_message_id(void **state)
{
    query_under(*state, (struct usbtmc_faults){.wrong_id = true}, -EPROTO);
}

static void transfer_size_beyond_the_data(void **state)
{
    query_under(*state, (struct usbtmc_faults){.size_too_big = true}, -EPROTO);
}

static void bytes_behind_the_data(void **state)
{
    query_under(*state, (struct usbtmc_faults){.trailing = 4}, -EPROTO);
}

static void empty_replies_without_end(void **state)
{
    query_under(*state, (struct usbtmc_faults){.endless_empty = true}, -EPROTO);
}

static void stall_on_write(void **state)
{
    query_under(*state, (struct usbtmc_faults){.stall_out = 1}, -EPIPE);
}

static void two_stalls_on_read(void **state)
{
    query_under(*state, (struct usbtmc_faults){.stall_in = 2}, -EPIPE);
}

static void alignment_bytes_are_dropped(void **state)
{
    struct fixture *f = *state;

    start(f);
    set_faults(f, (struct usbtmc_faults){.trailing = 3});
    identify(f);
}

static void one_stall_on_read_is_survived(void **state)
{
    struct fixture *f = *state;

    start(f);
    set_faults(f, (struct usbtmc_faults){.stall_in = 1});
    identify(f);
    assert_int_equal(seen(f).faults.stall_in, 0);
    identify(f);
}

/* A hole in a long reply must not be papered over by asking again. */
static void stall_in_mid_reply(void **state)
{
    struct fixture *f = *state;

    start(f);
    set_faults(f, (struct usbtmc_faults){.stall_in = 1, .stall_in_after = 1});
    ask(f, "BLOCK? 50000\n");
    assert_fails(f, -EPIPE);
}

static void clear_needs_several_polls(void **state)
{
    struct fixture *f = *state;

    f->model.faults.clear_pending = 3;
    start(f);
    identify(f);
    set_faults(f, (struct usbtmc_faults){.clear_pending = 1, .clear_pending_data = true});
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    run_until(f, &f->opened, 1);
    identify(f);
}

static void device_without_clear_opens(void **state)
{
    struct fixture *f = *state;

    f->model.faults.stall_clear = true;
    start(f);
    identify(f);
    assert_int_equal(f->link->ops->clear(f->link), 0);
    assert_fails(f, -EPIPE);
}

static void silent_at_open(void **state)
{
    struct fixture *f = *state;

    f->model.faults.control_silent = true;
    usbfs_front_plug(f->front, &f->model, &plain);
    assert_int_equal(mb_transport_new(f->event, ADDRESS, &callbacks, f, &f->link, NULL), 0);
    assert_int_equal(f->link->ops->open(f->link, NULL), 0);
    assert_fails(f, -ETIMEDOUT);
    assert_int_equal(f->opened, 0);
}

/* The owner's deadline: clear, and the late answer never comes as the answer to something else. */
static void clear_after_no_answer(void **state)
{
    struct fixture *f = *state;

    start(f);
    ask(f, "SLOW?\n");
    run_for(f, 50);
    assert_int_equal(f->n, 0);
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    assert_int_equal(f->link->ops->write(f->link, "x", 1), -ENOTCONN);
    run_until(f, &f->opened, 1);
    usbfs_front_lock(f->front);
    usbtmc_model_finish_slow(&f->model);
    usbfs_front_unlock(f->front);
    assert_int_equal(f->n, 0);
    identify(f);
    query(f, "B?\n", "0\n");
    assert_int_equal(seen(f).clears, 2);
    assert_true(seen(f).aborts >= 1);
}

/* The answer is complete and unread when the deadline strikes. */
static void clear_drops_an_unread_answer(void **state)
{
    struct fixture *f = *state;

    start(f);
    send(f, "BLOCK? 2000\n");
    run_for(f, 30);
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    run_until(f, &f->opened, 1);
    identify(f);
}

/* Even from a device that forgets to drop it. */
static void late_answer_has_the_wrong_tag(void **state)
{
    struct fixture *f = *state;

    start(f);
    set_faults(f, (struct usbtmc_faults){.reply_survives_clear = true});
    f->model.chunk = 10;
    ask(f, "SLOW?\n");
    run_for(f, 20);
    f->model.aborts = 0;
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    run_until(f, &f->opened, 1);
    f->n = 0;
    send(f, "*IDN?\n");
    assert_int_equal(f->link->ops->request(f->link, 1000), 0);
    run_until(f, &f->ends, 1);
    assert_null(memmem(f->data, f->n, "LATE", 4));
}

static void clear_in_mid_reply(void **state)
{
    struct fixture *f = *state;

    start(f);
    f->model.chunk = 1000;
    ask(f, "BLOCK? 50000\n");
    run_until(f, &f->pieces, 3);
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    f->pieces = 0;
    run_until(f, &f->opened, 1);
    assert_int_equal(f->pieces, 0);
    f->n = 0;
    f->model.chunk = 0;
    identify(f);
}

/* ---- unplug, close ---- */

static void assert_unplug_is_seen(struct fixture *f)
{
    const uint64_t start_ns = mb_monotonic_ns();

    usbfs_front_unplug(f->front);
    assert_fails(f, -ENODEV);
    assert_true(mb_monotonic_ns() - start_ns < UINT64_C(1000000000));
}

static void unplug_while_reading(void **state)
{
    struct fixture *f = *state;

    start(f);
    ask(f, "SLOW?\n");
    run_for(f, 20);
    assert_unplug_is_seen(f);
}

static void unplug_before_writing(void **state)
{
    struct fixture *f = *state;

    start(f);
    usbfs_front_unplug(f->front);
    assert_int_equal(f->link->ops->write(f->link, "*IDN?\n", 6), 0);
    assert_fails(f, -ENODEV);
}

static void unplug_while_opening(void **state)
{
    struct fixture *f = *state;

    f->model.faults.control_silent = true;
    usbfs_front_plug(f->front, &f->model, &plain);
    assert_int_equal(mb_transport_new(f->event, ADDRESS, &callbacks, f, &f->link, NULL), 0);
    assert_int_equal(f->link->ops->open(f->link, NULL), 0);
    run_for(f, 20);
    assert_unplug_is_seen(f);
}

static void unplug_while_clearing(void **state)
{
    struct fixture *f = *state;

    start(f);
    set_faults(f, (struct usbtmc_faults){.clear_pending = 1000});
    assert_int_equal(f->link->ops->clear(f->link), 0);
    run_for(f, 120);
    assert_unplug_is_seen(f);
}

static void replug_opens_again(void **state)
{
    struct fixture *f = *state;

    start(f);
    ask(f, "SLOW?\n");
    assert_unplug_is_seen(f);
    usbtmc_model_done(&f->model);
    usbtmc_model_init(&f->model);
    usbfs_front_plug(f->front, &f->model, &plain);
    f->n = 0;
    reopen(f);
    identify(f);
}

/* Only a udev monitor tells of a device that leaves while nothing is pending; libudev has none without its control file. */
static void unplug_while_idle(void **state)
{
    struct fixture *f = *state;

    if (access("/run/udev/control", F_OK) < 0)
        SKIP_TEST("no /run/udev/control and no right to make a private one");
    start(f);
    identify(f);
    assert_unplug_is_seen(f);
}

static void close_with_a_read_pending(void **state)
{
    struct fixture *f = *state;

    start(f);
    ask(f, "SLOW?\n");
    run_for(f, 20);
    f->link->ops->close(f->link);
    assert_int_equal(usbfs_front_counters(f->front).pending, 0);
    assert_int_equal(usbfs_front_counters(f->front).releases, 1);
    usbfs_front_lock(f->front);
    usbtmc_model_finish_slow(&f->model);
    usbfs_front_unlock(f->front);
    run_for(f, 30);
    assert_int_equal(f->n + f->failed, 0);
    reopen(f);
    identify(f);
}

/* A kernel that never gives a cancelled transfer back may delay close, not stop it. */
static void close_is_bounded(void **state)
{
    struct fixture *f = *state;
    uint64_t start_ns;

    start(f);
    ask(f, "SLOW?\n");
    run_for(f, 20);
    usbfs_front_set_stuck(f->front, true);
    start_ns = mb_monotonic_ns();
    f->link->ops->close(f->link);
    assert_true(mb_monotonic_ns() - start_ns < UINT64_C(900000000));
    run_for(f, 30);
    assert_int_equal(f->failed, 0);
}

static void close_inside_received(void **state)
{
    struct fixture *f = *state;

    start(f);
    f->close_in_callback = true;
    ask(f, "BLOCK? 50000\n");
    run_until(f, &f->pieces, 1);
    run_for(f, 30);
    assert_int_equal(f->pieces, 1);
    assert_int_equal(f->failed, 0);
}

static void free_inside_each_callback(void **state)
{
    struct fixture *f = *state;

    usbfs_front_plug(f->front, &f->model, &plain);
    f->free_in_callback = true;
    for (int round = 0; round < 3; round++) {
        f->opened = f->failed = f->pieces = 0;
        assert_int_equal(mb_transport_new(f->event, ADDRESS, &callbacks, f, &f->link, NULL), 0);
        assert_int_equal(f->link->ops->open(f->link, NULL), 0);
        f->free_in_callback = round == 0;
        run_until(f, &f->opened, 1);
        if (round == 0)
            continue;
        f->free_in_callback = true;
        set_faults(f, (struct usbtmc_faults){.wrong_tag = round == 2});
        ask(f, "BLOCK? 50000\n");
        run_until(f, round == 2 ? &f->failed : &f->pieces, 1);
        assert_null(f->link);
    }
    run_for(f, 30);
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

static void fifty_opens_leak_nothing(void **state)
{
    struct fixture *f = *state;
    unsigned before = 0;

    start(f);
    for (int i = 0; i < 50; i++) {
        f->link->ops->close(f->link);
        if (i == 0)
            before = open_descriptors();
        reopen(f);
        if (i % 10 == 0)
            identify(f);
    }
    f->link->ops->close(f->link);
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(usbfs_front_counters(f->front).claims, 51);
    assert_int_equal(usbfs_front_counters(f->front).releases, 51);
}

static void second_owner_is_refused(void **state)
{
    struct fixture *f = *state;
    struct mb_transport *second;
    struct mb_error err;

    start(f);
    assert_int_equal(mb_transport_new(f->event, ADDRESS, &callbacks, f, &second, &err), 0);
    assert_int_equal(second->ops->open(second, &err), -EBUSY);
    assert_non_null(strstr(err.text, "another program"));
    (void)mb_transport_free(second);
    identify(f);
}

static void one_context_a_loop(void **state)
{
    struct fixture *f = *state;
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
    struct fixture *f = *state;
    struct usbfs_counters before;
    uint64_t start_us;

    start(f);
    ask(f, "SLOW?\n");
    run_for(f, 50);
    before = usbfs_front_counters(f->front);
    assert_int_equal(before.pending, 1);
    start_us = cpu_us();
    run_for(f, 500);
    assert_true(cpu_us() - start_us < 25000);
    assert_true(usbfs_front_counters(f->front).ioctls - before.ioctls < 5);
    usbfs_front_lock(f->front);
    usbtmc_model_finish_slow(&f->model);
    usbfs_front_unlock(f->front);
    run_until(f, &f->ends, 1);
    assert_answer(f, "SLOW\n");
}

/* A /run of our own with the file that libudev looks for; without the right to that one test is skipped. */
static void make_udev_control(void)
{
    int fd;

    if (access("/run/udev/control", F_OK) == 0 || unshare(CLONE_NEWNS) < 0)
        return;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0 ||
        mkdir("/run/udev", 0755) < 0)
        return;
    fd = open("/run/udev/control", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

#define DEVICE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEVICE_TEST(opens_and_identifies),
        DEVICE_TEST(long_answer_in_several_transfers),
        DEVICE_TEST(zero_length_packet_at_the_end),
        DEVICE_TEST(full_speed_packets),
        DEVICE_TEST(long_message_is_split),
        DEVICE_TEST(commands_follow_each_other),
        DEVICE_TEST(owner_may_ask_for_a_part),
        DEVICE_TEST(busy_and_closed_are_said),
        DEVICE_TEST(composite_device_uses_its_own_interface_number),
        DEVICE_TEST(serial_chooses_between_twins),
        DEVICE_TEST(kernel_driver_is_detached),
        DEVICE_TEST(local_at_close_only_when_remote_was_taken),
        DEVICE_TEST(quirk_leaves_remote_alone),
        DEVICE_TEST(quirk_opens_without_clear),
        DEVICE_TEST(quirk_resets_once),
        DEVICE_TEST(wrong_tag),
        DEVICE_TEST(wrong_inverse_tag),
        DEVICE_TEST(wrong_message_id),
        DEVICE_TEST(transfer_size_beyond_the_data),
        DEVICE_TEST(bytes_behind_the_data),
        DEVICE_TEST(empty_replies_without_end),
        DEVICE_TEST(stall_on_write),
        DEVICE_TEST(two_stalls_on_read),
        DEVICE_TEST(alignment_bytes_are_dropped),
        DEVICE_TEST(one_stall_on_read_is_survived),
        DEVICE_TEST(stall_in_mid_reply),
        DEVICE_TEST(clear_needs_several_polls),
        DEVICE_TEST(device_without_clear_opens),
        DEVICE_TEST(silent_at_open),
        DEVICE_TEST(clear_after_no_answer),
        DEVICE_TEST(clear_drops_an_unread_answer),
        DEVICE_TEST(late_answer_has_the_wrong_tag),
        DEVICE_TEST(clear_in_mid_reply),
        DEVICE_TEST(unplug_while_reading),
        DEVICE_TEST(unplug_before_writing),
        DEVICE_TEST(unplug_while_opening),
        DEVICE_TEST(unplug_while_clearing),
        DEVICE_TEST(replug_opens_again),
        DEVICE_TEST(unplug_while_idle),
        DEVICE_TEST(close_with_a_read_pending),
        DEVICE_TEST(close_is_bounded),
        DEVICE_TEST(close_inside_received),
        DEVICE_TEST(free_inside_each_callback),
        DEVICE_TEST(fifty_opens_leak_nothing),
        DEVICE_TEST(second_owner_is_refused),
        DEVICE_TEST(one_context_a_loop),
        DEVICE_TEST(waiting_costs_nothing),
    };

    make_udev_control();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
