/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The status byte and service requests of a USBTMC device, by the interrupt-IN endpoint and without it; and
 * TermChar. */
#include "support/usbtmc_fixture.h"

#include <errno.h>
#include <string.h>

#define STATUS 0x44u

static void with_lock(struct usbtmc_fixture *f, void (*act)(struct usbtmc_model *m))
{
    usbfs_front_lock(f->front);
    act(&f->model);
    usbfs_front_unlock(f->front);
}

static void request_service(struct usbtmc_model *m)
{
    usbtmc_model_service_request(m, STATUS);
}

static void start_without_interrupt(struct usbtmc_fixture *f)
{
    struct usbfs_identity id = usbtmc_plain;

    id.no_interrupt = true;
    usbtmc_start_with(f, &id, USBTMC_ADDRESS);
}

/* ---- read_status ---- */

static void status_by_the_pipe(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.status = STATUS;
    usbtmc_start(f);
    for (int i = 0; i < 130; i++) /* more than there are tags */
        usbtmc_read_status(f, 0, STATUS);
    assert_int_equal(usbtmc_seen(f).status_reads, 130);
    usbtmc_identify(f);
}

static void status_by_the_control_answer(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.status = STATUS;
    start_without_interrupt(f);
    usbtmc_read_status(f, 0, STATUS);
    assert_int_equal(usbfs_front_counters(f->front).pending, 0);
    usbtmc_identify(f);
}

/* What *STB? cannot: the instrument is busy with a reply, and says when it is there. */
static void status_while_a_reply_is_awaited(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_ask(f, "SLOW?\n");
    usbtmc_run_for(f, 10);
    usbtmc_read_status(f, 0, 0);
    with_lock(f, usbtmc_model_finish_slow);
    usbtmc_run_until(f, &f->ends, 1);
    usbtmc_assert_answer(f, "SLOW\n");
}

static void message_available(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_send(f, "SLOW?\n");
    usbtmc_run_for(f, 10);
    usbtmc_read_status(f, 0, 0);
    with_lock(f, usbtmc_model_finish_slow);
    usbtmc_read_status(f, 0, USBTMC_MODEL_MAV);
    assert_int_equal(f->link->ops->request(f->link, 100), 0);
    usbtmc_run_until(f, &f->ends, 1);
    usbtmc_assert_answer(f, "SLOW\n");
    usbtmc_read_status(f, 0, 0);
}

static void one_at_a_time(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.status = STATUS;
    usbtmc_start(f);
    assert_int_equal(f->link->ops->read_status(f->link), 0);
    assert_int_equal(f->link->ops->read_status(f->link), -EBUSY);
    usbtmc_run_until(f, &f->statuses, 1);
    usbtmc_run_for(f, 30);
    assert_int_equal(f->statuses, 1);
}

static void plain_usbtmc_has_no_status(void **state)
{
    struct usbtmc_fixture *f = *state;
    struct usbfs_identity old = usbtmc_plain;

    old.no_usb488 = true;
    usbtmc_start_with(f, &old, USBTMC_ADDRESS);
    assert_int_equal(f->link->ops->read_status(f->link), -EOPNOTSUPP);
    f->link->ops->close(f->link);
    assert_int_equal(f->link->ops->read_status(f->link), -ENOTCONN);
}

static void busy_endpoint_is_asked_again(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.status = STATUS;
    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.status_busy = 3});
    usbtmc_read_status(f, 0, STATUS);
    assert_int_equal(usbtmc_seen(f).status_reads, 4);
    usbtmc_set_faults(f, (struct usbtmc_faults){.status_busy = 1000});
    usbtmc_read_status(f, -EBUSY, 0);
    usbtmc_identify(f);
}

static void missing_packet_is_no_hang(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.status = STATUS;
    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.status_silent = true});
    usbtmc_read_status(f, -ETIMEDOUT, 0);
    usbtmc_set_faults(f, (struct usbtmc_faults){0});
    usbtmc_read_status(f, 0, STATUS);
    assert_int_equal(f->failed, 0);
}

static void packet_of_another_question(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.status_wrong_tag = true});
    usbtmc_read_status(f, -ETIMEDOUT, 0);
    usbtmc_identify(f);
}

static void silent_control_pipe(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.control_silent = true});
    usbtmc_read_status(f, -ETIMEDOUT, 0);
    usbtmc_set_faults(f, (struct usbtmc_faults){0});
    usbtmc_identify(f);
}

/* ---- service requests ---- */

static void service_request(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    for (unsigned i = 1; i <= 3; i++) {
        with_lock(f, request_service);
        usbtmc_run_until(f, &f->service_requests, i);
        assert_int_equal(f->service_status, STATUS);
    }
    assert_int_equal(f->statuses, 0);
    usbtmc_identify(f);
}

/* Both go by the same endpoint, and the request comes first. */
static void service_request_before_the_status(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.status = 0x21;
    usbtmc_start(f);
    with_lock(f, request_service);
    assert_int_equal(f->link->ops->read_status(f->link), 0);
    usbtmc_run_until(f, &f->statuses, 1);
    assert_int_equal(f->status, 0x21);
    assert_int_equal(f->service_requests, 1);
    assert_int_equal(f->service_status, STATUS);
}

static void stalled_notification_is_lost_alone(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.status = STATUS;
    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.stall_interrupt = 1});
    with_lock(f, request_service);
    usbtmc_run_for(f, 30);
    assert_int_equal(f->service_requests, 0);
    usbtmc_read_status(f, 0, STATUS);
    usbtmc_identify(f);
}

/* The replies do not need the endpoint: it is left alone, the link stays. */
static void broken_endpoint_is_left_alone(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.stall_interrupt = 1000});
    for (int i = 0; i < 5; i++)
        with_lock(f, request_service);
    usbtmc_run_for(f, 50);
    assert_int_equal(f->link->ops->read_status(f->link), -EOPNOTSUPP);
    usbtmc_identify(f);
    f->link->ops->close(f->link);
    usbtmc_set_faults(f, (struct usbtmc_faults){0});
    usbtmc_reopen(f);
    usbtmc_read_status(f, 0, 0);
}

/* ---- life ---- */

static void clear_forgets_the_question(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.status_silent = true});
    assert_int_equal(f->link->ops->read_status(f->link), 0);
    f->opened = 0;
    assert_int_equal(f->link->ops->clear(f->link), 0);
    assert_int_equal(f->link->ops->read_status(f->link), -EBUSY);
    usbtmc_run_until(f, &f->opened, 1);
    usbtmc_run_for(f, 30);
    assert_int_equal(f->statuses, 0);
    usbtmc_set_faults(f, (struct usbtmc_faults){0});
    usbtmc_read_status(f, 0, 0);
    usbtmc_identify(f);
}

static void close_forgets_the_question(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.status_silent = true});
    assert_int_equal(f->link->ops->read_status(f->link), 0);
    usbtmc_run_for(f, 20);
    f->link->ops->close(f->link);
    assert_int_equal(usbfs_front_counters(f->front).pending, 0);
    usbtmc_run_for(f, 30);
    assert_int_equal(f->statuses, 0);
}

/* The control pipe has just been used: the front panel gets its keys back all the same. */
static void local_at_close_behind_a_question(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    assert_int_equal(f->link->ops->read_status(f->link), 0);
    f->link->ops->close(f->link);
    assert_int_equal(usbtmc_seen(f).go_to_local, 1);
    usbtmc_run_for(f, 30);
    assert_int_equal(f->statuses, 0);
}

static void free_inside_the_callbacks(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    f->free_in_callback = true;
    assert_int_equal(f->link->ops->read_status(f->link), 0);
    usbtmc_run_until(f, &f->statuses, 1);
    assert_null(f->link);
    f->free_in_callback = false;
    assert_int_equal(mb_transport_new(f->event, USBTMC_ADDRESS, &usbtmc_callbacks, f, &f->link, NULL), 0);
    usbtmc_reopen(f);
    f->free_in_callback = true;
    with_lock(f, request_service);
    usbtmc_run_until(f, &f->service_requests, 1);
    assert_null(f->link);
}

/* The posted transfer tells of a pulled plug where no udev does and nobody asks anything. */
static void unplug_while_idle_without_udev(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_identify(f);
    usbfs_front_vanish(f->front);
    usbtmc_assert_fails(f, -ENODEV);
}

/* ---- TermChar ---- */

static void term_char_only_when_asked_for(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start(f);
    usbtmc_query_block(f, 3000); /* line ends among the bytes */
    assert_int_equal(usbtmc_seen(f).term_chars, 0);
    f->link->ops->set_term_char(f->link, '\n');
    usbtmc_identify(f);
    assert_int_equal(usbtmc_seen(f).term_chars, 1);
    f->link->ops->set_term_char(f->link, -1);
    usbtmc_identify(f);
    assert_int_equal(usbtmc_seen(f).term_chars, 1);
}

static void term_char_ends_a_reply_without_eom(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.no_eom = true;
    usbtmc_start(f);
    f->link->ops->set_term_char(f->link, '\n');
    usbtmc_identify(f);
    usbtmc_identify(f);
}

static void term_char_only_where_the_device_can(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.no_term_char = true;
    usbtmc_start(f);
    f->link->ops->set_term_char(f->link, '\n');
    usbtmc_identify(f);
    assert_int_equal(usbtmc_seen(f).term_chars, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        USBTMC_TEST(status_by_the_pipe),
        USBTMC_TEST(status_by_the_control_answer),
        USBTMC_TEST(status_while_a_reply_is_awaited),
        USBTMC_TEST(message_available),
        USBTMC_TEST(one_at_a_time),
        USBTMC_TEST(plain_usbtmc_has_no_status),
        USBTMC_TEST(busy_endpoint_is_asked_again),
        USBTMC_TEST(missing_packet_is_no_hang),
        USBTMC_TEST(packet_of_another_question),
        USBTMC_TEST(silent_control_pipe),
        USBTMC_TEST(service_request),
        USBTMC_TEST(service_request_before_the_status),
        USBTMC_TEST(stalled_notification_is_lost_alone),
        USBTMC_TEST(broken_endpoint_is_left_alone),
        USBTMC_TEST(clear_forgets_the_question),
        USBTMC_TEST(close_forgets_the_question),
        USBTMC_TEST(local_at_close_behind_a_question),
        USBTMC_TEST(free_inside_the_callbacks),
        USBTMC_TEST(unplug_while_idle_without_udev),
        USBTMC_TEST(term_char_only_when_asked_for),
        USBTMC_TEST(term_char_ends_a_reply_without_eom),
        USBTMC_TEST(term_char_only_where_the_device_can),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
