/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The USBTMC link with devices that do not: garbled replies, stalls, silence. */
#include "support/usbtmc_fixture.h"

#include <errno.h>
#include <string.h>

static void query_under(struct usbtmc_fixture *f, struct usbtmc_faults faults, int code)
{
    usbtmc_start(f);
    usbtmc_set_faults(f, faults);
    usbtmc_ask(f, "*IDN?\n");
    usbtmc_assert_fails(f, code);
    assert_int_equal(f->n, 0);
    usbtmc_set_faults(f, (struct usbtmc_faults){0});
    usbtmc_reopen(f);
    usbtmc_identify(f);
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
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.stall_out = 1});
    usbtmc_ask(f, "*IDN?\n");
    usbtmc_assert_fails(f, -EPIPE);
    assert_int_equal(usbtmc_seen(f).messages, 0); /* never sent twice */
    assert_false(usbtmc_seen(f).out_halted);
    usbtmc_reopen(f);
    usbtmc_identify(f);
}

static void two_stalls_on_read(void **state)
{
    query_under(*state, (struct usbtmc_faults){.stall_in = 2}, -EPIPE);
}

static void alignment_bytes_are_dropped(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.trailing = 3});
    usbtmc_identify(f);
}

static void one_stall_on_read_is_survived(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.stall_in = 1});
    usbtmc_identify(f);
    assert_int_equal(usbtmc_seen(f).faults.stall_in, 0);
    usbtmc_identify(f);
}

/* A hole in a long reply must not be papered over by asking again. */
static void stall_in_mid_reply(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.stall_in = 1, .stall_in_after = 1});
    usbtmc_ask(f, "BLOCK? 50000\n");
    usbtmc_assert_fails(f, -EPIPE);
}

static void clear_needs_several_polls(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.faults.clear_pending = 3;
    usbtmc_start(f);
    usbtmc_identify(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.clear_pending = 1, .clear_pending_data = true});
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    usbtmc_run_until(f, &f->opened, 1);
    usbtmc_identify(f);
}

/* At open what is unread can be drained; after a time-out the next step of the ladder is the port. */
static void device_without_clear(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.faults.stall_clear = true;
    usbtmc_start(f);
    usbtmc_identify(f);
    assert_int_equal(usbfs_front_counters(f->front).resets, 0);
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    usbtmc_run_until(f, &f->opened, 1);
    assert_int_equal(usbfs_front_counters(f->front).resets, 1);
    usbtmc_identify(f);
}

/* Nothing but a reset of the bus wakes it: no transfer of the old epoch is answered by the new one. */
static void hung_device_is_reset(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    usbtmc_run_for(f, 20);
    usbtmc_set_faults(f, (struct usbtmc_faults){.hangs = true});
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    usbtmc_run_until(f, &f->opened, 1);
    assert_int_equal(usbfs_front_counters(f->front).resets, 1);
    assert_int_equal(f->n, 0);
    usbtmc_identify(f);
    usbtmc_read_status(f, 0, 0); /* the notifications are listened to again */
    f->link->ops->close(f->link);
    assert_int_equal(usbtmc_seen(f).go_to_local, 1);
}

/* The kernel does not come back from the reset within its time: that is told, and the device let go later. */
static void reset_that_does_not_end(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.stall_clear = true});
    usbfs_front_set_reset_time(f->front, 1800);
    assert_int_equal(f->link->ops->clear(f->link), 0);
    usbtmc_run_until(f, &f->failed, 1);
    assert_int_equal(f->code, -ETIMEDOUT);
    assert_non_null(strstr(f->text, "reset"));
    assert_int_equal(f->link->ops->open(f->link, NULL), -EBUSY);
    usbtmc_run_for(f, 500);
    usbfs_front_set_reset_time(f->front, 0);
    usbtmc_reopen(f);
    usbtmc_identify(f);
}

static void unplug_while_the_port_is_reset(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.stall_clear = true});
    usbfs_front_set_reset_time(f->front, 400);
    assert_int_equal(f->link->ops->clear(f->link), 0);
    for (unsigned i = 0; i < 200 && usbfs_front_counters(f->front).resets == 0; i++)
        usbtmc_run_for(f, 5);
    assert_int_equal(usbfs_front_counters(f->front).resets, 1);
    usbfs_front_unplug(f->front);
    usbtmc_assert_fails(f, -ENODEV);
    usbtmc_run_for(f, 500);
    usbtmc_model_done(&f->model);
    usbtmc_model_init(&f->model);
    usbfs_front_plug(f->front, &f->model, &usbtmc_plain);
    usbtmc_reopen(f);
    usbtmc_identify(f);
}

static void silent_at_open(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.faults.control_silent = true;
    usbfs_front_plug(f->front, &f->model, &usbtmc_plain);
    assert_int_equal(mb_transport_new(f->event, USBTMC_ADDRESS, &usbtmc_callbacks, f, &f->link, NULL), 0);
    assert_int_equal(f->link->ops->open(f->link, NULL), 0);
    usbtmc_assert_fails(f, -ETIMEDOUT);
    assert_int_equal(f->opened, 0);
    assert_int_equal(usbfs_front_counters(f->front).resets, 1); /* tried, in vain */
}

/* The owner's deadline: clear, and the late answer never comes as the answer to something else. */
static void clear_after_no_answer(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    usbtmc_run_for(f, 50);
    assert_int_equal(f->n, 0);
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    assert_int_equal(f->link->ops->write(f->link, "x", 1), -ENOTCONN);
    usbtmc_run_until(f, &f->opened, 1);
    usbfs_front_lock(f->front);
    usbtmc_model_finish_slow(&f->model);
    usbfs_front_unlock(f->front);
    assert_int_equal(f->n, 0);
    usbtmc_identify(f);
    usbtmc_query(f, "B?\n", "0\n");
    assert_int_equal(usbtmc_seen(f).clears, 2);
    assert_true(usbtmc_seen(f).aborts >= 1);
}

/* The answer is complete and unread when the deadline strikes. */
static void clear_drops_an_unread_answer(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_send(f, "BLOCK? 2000\n");
    usbtmc_run_for(f, 30);
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    usbtmc_run_until(f, &f->opened, 1);
    usbtmc_identify(f);
}

/* Even from a device that sends it after the clear: it carries the tag of the old request. */
static void late_answer_has_the_wrong_tag(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.reply_survives_clear = true});
    usbtmc_ask(f, "SLOW?\n");
    usbtmc_run_for(f, 20);
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    usbtmc_run_until(f, &f->opened, 1);
    usbtmc_ask(f, "*IDN?\n");
    usbtmc_assert_fails(f, -EPROTO);
    assert_int_equal(f->n, 0);
    usbtmc_set_faults(f, (struct usbtmc_faults){0});
    usbtmc_reopen(f);
    usbtmc_identify(f);
}

static void clear_in_mid_reply(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    f->model.chunk = 1000;
    usbtmc_ask(f, "BLOCK? 50000\n");
    usbtmc_run_until(f, &f->pieces, 3);
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    f->pieces = 0;
    usbtmc_run_until(f, &f->opened, 1);
    assert_int_equal(f->pieces, 0);
    f->n = 0;
    f->model.chunk = 0;
    usbtmc_identify(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        USBTMC_TEST(wrong_tag),
        USBTMC_TEST(wrong_inverse_tag),
        USBTMC_TEST(wrong_message_id),
        USBTMC_TEST(transfer_size_beyond_the_data),
        USBTMC_TEST(bytes_behind_the_data),
        USBTMC_TEST(empty_replies_without_end),
        USBTMC_TEST(stall_on_write),
        USBTMC_TEST(two_stalls_on_read),
        USBTMC_TEST(alignment_bytes_are_dropped),
        USBTMC_TEST(one_stall_on_read_is_survived),
        USBTMC_TEST(stall_in_mid_reply),
        USBTMC_TEST(clear_needs_several_polls),
        USBTMC_TEST(device_without_clear),
        USBTMC_TEST(hung_device_is_reset),
        USBTMC_TEST(reset_that_does_not_end),
        USBTMC_TEST(unplug_while_the_port_is_reset),
        USBTMC_TEST(silent_at_open),
        USBTMC_TEST(clear_after_no_answer),
        USBTMC_TEST(clear_drops_an_unread_answer),
        USBTMC_TEST(late_answer_has_the_wrong_tag),
        USBTMC_TEST(clear_in_mid_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
