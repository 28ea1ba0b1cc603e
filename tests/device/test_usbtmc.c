/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The USBTMC link with devices that behave: real libusb, real sd-event, usbfs by umockdev. */
#include "support/usbtmc_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void opens_and_identifies(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    assert_int_equal(f->opened, 1);
    assert_int_equal(usbtmc_seen(f).clears, 1);
    assert_true(usbtmc_seen(f).remote);
    usbtmc_identify(f);
    assert_string_equal(usbtmc_seen(f).last_message, "*IDN?\n");
    assert_int_equal(f->pieces, 1);
    assert_int_equal(f->failed, 0);
}

/* Three transfers, handed to the kernel together and collected together where the device answers at once: 3
 * submits, 4 reaps (the last one finds nothing, which ends libusb's loop), one turn of the event loop and one
 * poll of libusb in it. */
static void system_calls_of_a_query(void **state)
{
    const unsigned queries = 50, ioctls_most = 7;
    struct usbtmc_fixture *f = *state;
    unsigned before, turns = 0;

    usbtmc_start(f);
    usbtmc_identify(f);
    before = usbfs_front_counters(f->front).ioctls;
    for (unsigned i = 0; i < queries; i++) {
        usbtmc_ask(f, "*IDN?\n");
        for (f->ends = 0; f->ends == 0 && turns < 10 * queries; turns++)
            assert_true(sd_event_run(f->event, UINT64_MAX) >= 0);
        usbtmc_assert_answer(f, USBTMC_MODEL_IDENTITY "\n");
    }
    assert_true(usbfs_front_counters(f->front).ioctls - before <= queries * ioctls_most);
    assert_int_equal(turns, queries);
}

/* Host controllers give transfers of different endpoints back in no certain order. */
static void answer_is_collected_before_its_request(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbfs_front_set_answers_first(f->front, true);
    for (unsigned i = 0; i < 3; i++)
        usbtmc_identify(f);
    usbtmc_query_block(f, 700000);
    assert_int_equal(f->pieces, 4);
    usbtmc_set_faults(f, (struct usbtmc_faults){.stall_in = 1});
    usbtmc_identify(f);
}

static void long_answer_in_several_transfers(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_query_block(f, 700000);
    assert_int_equal(f->pieces, 4); /* 15360 bytes, then one request read in three pieces */
    assert_int_equal(usbtmc_seen(f).requests, 2);
    f->model.chunk = 5000; /* the device may send less than it was asked for */
    usbtmc_query_block(f, 50000);
    assert_int_equal(f->pieces, 10);
    usbtmc_identify(f);
}

/* The second request's reply ends within a piece, with it, and just behind it. */
static void pieces_of_a_long_answer(void **state)
{
    const size_t first = 15360, piece = 262144, header = 12;
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    for (unsigned trailing = 0; trailing <= 3; trailing += 3) {
        usbtmc_set_faults(f, (struct usbtmc_faults){.trailing = trailing});
        for (size_t n = 1; n <= 2; n++)
            for (size_t bytes = first + n * piece - header - 4; bytes <= first + n * piece - header + 1;
                 bytes++)
                usbtmc_query_block(f, bytes);
    }
    usbtmc_set_faults(f, (struct usbtmc_faults){0});
    usbtmc_identify(f);
}

/* Header and payload fill whole packets: the device adds an empty one, which must not start the next reply.
 */
static void zero_length_packet_at_the_end(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    for (size_t packets = 1; packets <= 3; packets++) {
        usbtmc_query_block(f, packets * 512 - 12);
        usbtmc_identify(f);
    }
    usbtmc_query_block(f, 15360 - 12); /* fills the request nearly */
    usbtmc_identify(f);
    usbtmc_query_block(f, 15360);
    usbtmc_query_block(f, 2 * 15360);
    usbtmc_identify(f);
}

static void full_speed_packets(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.packet = 64;
    usbtmc_start(f);
    usbtmc_query_block(f, 52); /* one packet exactly */
    usbtmc_query_block(f, 50000);
    usbtmc_identify(f);
}

static void long_message_is_split(void **state)
{
    struct usbtmc_fixture *f = *state;
    char *message = malloc(10001);

    memset(message, 'A', 10000);
    message[9999] = '\n';
    message[10000] = '\0';
    usbtmc_start(f);
    usbtmc_send(f, message);
    free(message);
    usbtmc_query(f, "B?\n", "0\n");
    assert_int_equal(usbtmc_seen(f).messages, 2);
    assert_int_equal(usbtmc_seen(f).out_transfers, 4); /* 4096 + 4096 + 1808, and B? */
    assert_int_equal(usbtmc_seen(f).bad_tags, 0);
}

static void commands_follow_each_other(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    for (int i = 0; i < 300; i++) { /* more than there are tags */
        usbtmc_send(f, "SET 1\n");
        if (i % 50 == 49)
            usbtmc_query(f, "B?\n", "0\n");
    }
    assert_int_equal(usbtmc_seen(f).messages, 306);
    assert_int_equal(usbtmc_seen(f).bad_tags, 0);
}

static void owner_may_ask_for_a_part(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_send(f, "BLOCK? 100\n");
    assert_int_equal(f->link->ops->request(f->link, 30), 0);
    usbtmc_run_until(f, &f->pieces, 1);
    usbtmc_run_for(f, 20);
    assert_int_equal(f->n, 30);
    assert_int_equal(f->ends, 0);
    assert_int_equal(f->link->ops->request(f->link, 1000), 0);
    usbtmc_run_until(f, &f->ends, 1);
    assert_int_equal(f->n, 100);
    assert_int_equal(f->data[99], usbtmc_model_pattern(99));
}

static void busy_and_closed_are_said(void **state)
{
    struct usbtmc_fixture *f = *state;
    struct mb_error err;

    assert_int_equal(mb_transport_new(f->event, USBTMC_ADDRESS, &usbtmc_callbacks, f, &f->link, &err), 0);
    assert_int_equal(f->link->ops->write(f->link, "x", 1), -ENOTCONN);
    assert_int_equal(f->link->ops->request(f->link, 1), -ENOTCONN);
    assert_int_equal(f->link->ops->clear(f->link), -ENOTCONN);
    assert_int_equal(f->link->ops->open(f->link, &err), -ENODEV); /* nothing is plugged in */
    assert_non_null(strstr(err.text, "0b3e:1029"));
    f->link = mb_transport_free(f->link);
    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    assert_int_equal(f->link->ops->write(f->link, "x", 1), -EBUSY);
    assert_int_equal(f->link->ops->request(f->link, 1), -EBUSY);
    assert_int_equal(f->link->ops->open(f->link, &err), -EALREADY);
}

static void composite_device_uses_its_own_interface_number(void **state)
{
    struct usbtmc_fixture *f = *state;
    struct usbfs_identity composite = usbtmc_plain;

    composite.interfaces_before = 2;
    usbtmc_start_with(f, &composite, USBTMC_ADDRESS);
    assert_int_equal(usbfs_front_counters(f->front).claimed_interface, 2);
    usbtmc_identify(f);
    f->link->ops->close(f->link);
    assert_int_equal(usbtmc_seen(f).wrong_index, 0);
    assert_int_equal(usbtmc_seen(f).clears, 1);
    assert_int_equal(usbtmc_seen(f).go_to_local, 1);
}

static void serial_chooses_between_twins(void **state)
{
    struct usbtmc_fixture *f = *state;
    struct usbfs_identity twin = usbtmc_plain;
    struct mb_error err;

    twin.serial = "0043";
    usbfs_front_plug_twin(f->front, &twin);
    usbtmc_start_with(f, &usbtmc_plain, USBTMC_ADDRESS ":0042");
    usbtmc_identify(f);
    f->link = mb_transport_free(f->link);
    assert_int_equal(mb_transport_new(f->event, USBTMC_ADDRESS, &usbtmc_callbacks, f, &f->link, &err), 0);
    assert_int_equal(f->link->ops->open(f->link, &err), -ENOTUNIQ);
    f->link = mb_transport_free(f->link);
    assert_int_equal(mb_transport_new(f->event, USBTMC_ADDRESS ":0044", &usbtmc_callbacks, f, &f->link, &err),
                     0);
    assert_int_equal(f->link->ops->open(f->link, &err), -ENODEV);
}

/* ... and gets its interface back at close. The configuration stays as it is: selecting it again resets data
 * toggles. */
static void kernel_driver_is_detached(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbfs_front_set_kernel_driver(f->front, true);
    usbtmc_start(f);
    assert_int_equal(usbfs_front_counters(f->front).kernel_driver_detached, 1);
    usbtmc_identify(f);
    for (unsigned i = 1; i <= 3; i++) {
        f->link->ops->close(f->link);
        assert_int_equal(usbfs_front_counters(f->front).kernel_driver_attached, i);
        usbtmc_reopen(f);
    }
    assert_int_equal(usbfs_front_counters(f->front).configurations, 0);
}

/* Nothing to give back to, and no fault of ours. */
static void kernel_driver_of_an_unplugged_device(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbfs_front_set_kernel_driver(f->front, true);
    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    usbfs_front_unplug(f->front);
    usbtmc_assert_fails(f, -ENODEV);
    assert_int_equal(usbfs_front_counters(f->front).kernel_driver_attached, 0);
}

/* ---- remote and local ---- */

static void local_at_close_only_when_remote_was_taken(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    f->link->ops->close(f->link);
    assert_int_equal(usbtmc_seen(f).go_to_local, 1);
    assert_false(usbtmc_seen(f).remote);
    f->model.remote_local = false;
    usbtmc_reopen(f);
    f->link->ops->close(f->link);
    assert_int_equal(usbtmc_seen(f).go_to_local, 1);
}

static void plain_usbtmc_has_no_remote(void **state)
{
    struct usbtmc_fixture *f = *state;
    struct usbfs_identity old = usbtmc_plain;

    old.no_usb488 = true; /* whatever its capabilities say */
    usbtmc_start_with(f, &old, USBTMC_ADDRESS);
    assert_false(usbtmc_seen(f).remote);
    usbtmc_identify(f);
}

static void panel_is_locked_where_wanted_and_possible(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    assert_false(usbtmc_seen(f).locked); /* nobody asked for it */
    f->link->ops->close(f->link);
    f->link->ops->set_lockout(f->link, true);
    usbtmc_reopen(f);
    assert_true(usbtmc_seen(f).locked);
    usbtmc_identify(f);
    f->link->ops->close(f->link);
    assert_false(usbtmc_seen(f).locked);
    f->model.remote_local = false;
    usbtmc_reopen(f);
    assert_false(usbtmc_seen(f).locked);
    usbtmc_identify(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        USBTMC_TEST(opens_and_identifies),
        USBTMC_TEST(system_calls_of_a_query),
        USBTMC_TEST(answer_is_collected_before_its_request),
        USBTMC_TEST(long_answer_in_several_transfers),
        USBTMC_TEST(pieces_of_a_long_answer),
        USBTMC_TEST(zero_length_packet_at_the_end),
        USBTMC_TEST(full_speed_packets),
        USBTMC_TEST(long_message_is_split),
        USBTMC_TEST(commands_follow_each_other),
        USBTMC_TEST(owner_may_ask_for_a_part),
        USBTMC_TEST(busy_and_closed_are_said),
        USBTMC_TEST(composite_device_uses_its_own_interface_number),
        USBTMC_TEST(serial_chooses_between_twins),
        USBTMC_TEST(kernel_driver_is_detached),
        USBTMC_TEST(kernel_driver_of_an_unplugged_device),
        USBTMC_TEST(local_at_close_only_when_remote_was_taken),
        USBTMC_TEST(plain_usbtmc_has_no_remote),
        USBTMC_TEST(panel_is_locked_where_wanted_and_possible),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
