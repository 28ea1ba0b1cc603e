/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The USBTMC link with products that deviate in known ways. */
#include "support/usbtmc_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

static const struct usbfs_identity rigol = {.vendor = 0x1ab1, .product = 0x04ce};
static const struct usbfs_identity advantest = {.vendor = 0x1334, .product = 0x0001};
static const struct usbfs_identity siglent = {.vendor = 0xf4ec, .product = 0xee38};

/* ---- remote and local ---- */

static void remote_local_is_left_alone(void **state)
{
    struct usbtmc_fixture *f = *state;
    const struct usbfs_identity yokogawa = {
        .vendor = 0x0b21, .product = 0x0025, .serial = "43325545313630313856"};

    usbtmc_start_with(f, &yokogawa, "usbtmc:0b21:0025:C2UE16018V");
    assert_false(usbtmc_seen(f).remote);
    usbtmc_identify(f);
    f->link->ops->close(f->link);
    assert_int_equal(usbtmc_seen(f).go_to_local, 0);
}

/* ---- Rigol DS1000Z ---- */

static void start_rigol(struct usbtmc_fixture *f)
{
    f->model.header_once = true;
    usbtmc_start_with(f, &rigol, "usbtmc:1ab1:04ce");
}

static void opens_without_clear(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.faults.empty_first = 1;
    start_rigol(f);
    assert_int_equal(usbtmc_seen(f).clears, 0);
    usbtmc_identify(f);
    assert_int_equal(usbtmc_seen(f).faults.empty_first, 0);
}

static char block_text[70000];

/* Answers WAVE? with an IEEE 488.2 block of this many bytes and a line end. */
static size_t block_bytes;

static void hear_wave(struct usbtmc_model *m, const char *message, void *userdata)
{
    (void)userdata;
    if (strncmp(message, "WAVE?", 5) != 0) {
        usbtmc_model_answer(m, USBTMC_MODEL_IDENTITY);
        return;
    }
    (void)snprintf(block_text, sizeof block_text, "#9%09zu", block_bytes);
    for (size_t i = 0; i < block_bytes; i++)
        block_text[11 + i] = (char)usbtmc_model_pattern(i);
    block_text[11 + block_bytes] = '\n';
    usbtmc_model_put(m, block_text, block_bytes + 12);
}

static void assert_wave(struct usbtmc_fixture *f, size_t bytes)
{
    const unsigned ends = f->ends, requests = usbtmc_seen(f).requests;

    block_bytes = bytes;
    usbtmc_ask(f, "WAVE?\n");
    usbtmc_run_until(f, &f->ends, ends + 1);
    assert_int_equal(f->n, bytes + 11); /* the line end is not of the block */
    assert_memory_equal(f->data, block_text, f->n);
    assert_int_equal(usbtmc_seen(f).requests, requests + 1);
}

/* With it header, block and line end fill one read of the host exactly. */
#define FULL (16384 - 12 - 11 - 1)

/* In one long transfer, and in pieces without a header. Between the blocks a line, to see that none leaves
 * something behind. */
static void block_is_read_with_one_request(void **state)
{
    struct usbtmc_fixture *f = *state;
    const size_t chunks[] = {0, 512, 500, 5000}, sizes[] = {1, 400, 1000, FULL - 1, FULL, FULL + 1, 60000};

    f->model.hear = hear_wave;
    start_rigol(f);
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        f->model.chunk = chunks[i];
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            assert_wave(f, sizes[j]);
            usbtmc_identify(f);
        }
    }
    assert_int_equal(usbtmc_seen(f).bad_tags, 0);
}

static void block_that_is_too_long(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->model.hear = hear_wave;
    start_rigol(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.trailing = 20});
    block_bytes = 100;
    usbtmc_ask(f, "WAVE?\n");
    usbtmc_assert_fails(f, -EPROTO);
}

static void first_transfer_must_have_a_header(void **state)
{
    struct usbtmc_fixture *f = *state;

    start_rigol(f);
    usbtmc_set_faults(f, (struct usbtmc_faults){.wrong_tag = true});
    usbtmc_ask(f, "*IDN?\n");
    usbtmc_assert_fails(f, -EPROTO);
}

/* ---- Advantest ---- */

static void start_advantest(struct usbtmc_fixture *f)
{
    f->model.one_packet = true;
    f->model.remote_local = false; /* the lock is not among its capabilities */
    usbtmc_start_with(f, &advantest, "usbtmc:1334:0001");
}

static void locked_while_open_and_read_in_one_packet(void **state)
{
    struct usbtmc_fixture *f = *state;

    start_advantest(f);
    assert_true(usbtmc_seen(f).remote);
    for (int i = 0; i < 3; i++)
        usbtmc_identify(f);
    f->link->ops->close(f->link);
    assert_false(usbtmc_seen(f).remote);
    assert_int_equal(usbtmc_seen(f).go_to_local, 0);
}

/* Half a number looks like a number. */
static void answer_that_does_not_fit_is_refused(void **state)
{
    struct usbtmc_fixture *f = *state;

    start_advantest(f);
    usbtmc_ask(f, "BLOCK? 200\n");
    usbtmc_assert_fails(f, -EMSGSIZE);
    assert_int_equal(f->n, 0);
}

/* ---- Siglent: the port ---- */

static void port_is_reset_once_a_life(void **state)
{
    struct usbtmc_fixture *f = *state;

    usbtmc_start_with(f, &siglent, "usbtmc:f4ec:ee38");
    usbtmc_identify(f);
    f->link->ops->close(f->link);
    usbtmc_reopen(f);
    usbtmc_identify(f);
    assert_int_equal(usbfs_front_counters(f->front).resets, 1);
}

static void start_resetting(struct usbtmc_fixture *f, unsigned ms)
{
    usbfs_front_set_reset_time(f->front, ms);
    usbfs_front_plug(f->front, &f->model, &siglent);
    assert_int_equal(mb_transport_new(f->event, "usbtmc:f4ec:ee38", &usbtmc_callbacks, f, &f->link, NULL), 0);
    assert_int_equal(f->link->ops->open(f->link, NULL), 0);
}

static int count_turn(sd_event_source *source, uint64_t usec, void *userdata)
{
    unsigned *turns = userdata;

    (void)usec;
    (*turns)++;
    (void)sd_event_source_set_time_relative(source, 10000);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Whatever the kernel does with the port, the other instruments go on. */
static void reset_does_not_hold_up_the_loop(void **state)
{
    struct usbtmc_fixture *f = *state;
    sd_event_source *timer = NULL;
    unsigned turns = 0;

    start_resetting(f, 400);
    assert_int_equal(sd_event_add_time_relative(f->event, &timer, CLOCK_MONOTONIC, 0, 1, count_turn, &turns),
                     0);
    usbtmc_run_until(f, &f->opened, 1);
    assert_true(turns > 5); /* of 40, on a machine at rest */
    usbtmc_identify(f);
    sd_event_source_disable_unref(timer);
}

static void close_while_the_port_is_reset(void **state)
{
    struct usbtmc_fixture *f = *state;
    struct mb_error err;
    uint64_t start_ns;

    start_resetting(f, 700);
    start_ns = mb_monotonic_ns();
    f->link->ops->close(f->link);
    assert_true(mb_monotonic_ns() - start_ns < UINT64_C(400000000));
    assert_int_equal(f->link->ops->open(f->link, &err), -EBUSY);
    assert_non_null(strstr(err.text, "reset"));
    usbtmc_run_for(f, 1000);
    assert_int_equal(f->opened + f->failed, 0);
    assert_int_equal(usbfs_front_counters(f->front).claims, 2); /* libusb takes it again after the reset */
    usbtmc_reopen(f);
    usbtmc_identify(f);
}

static void free_while_the_port_is_reset(void **state)
{
    struct usbtmc_fixture *f = *state;

    start_resetting(f, 200);
    f->link = mb_transport_free(f->link);
    assert_int_equal(usbfs_front_counters(f->front).pending, 0);
}

/* ---- Keysight U27xxA ---- */

static int open_error(struct usbtmc_fixture *f, const char *address, struct mb_error *err)
{
    int r;

    assert_int_equal(mb_transport_new(f->event, address, &usbtmc_callbacks, f, &f->link, err), 0);
    r = f->link->ops->open(f->link, err);
    f->link = mb_transport_free(f->link);
    return r;
}

/* Under its own id and under the one it has later. */
static void firmware_mode_is_refused_with_the_reason(void **state)
{
    struct usbtmc_fixture *f = *state;
    const struct usbfs_identity sleeping = {.vendor = 0x0957, .product = 0x2818, .no_tmc = true};
    struct mb_error err;

    usbfs_front_plug(f->front, &f->model, &sleeping);
    assert_int_equal(open_error(f, "usbtmc:0957:2818", &err), -ENODEV);
    assert_non_null(strstr(err.text, "0957:2818"));
    assert_non_null(strstr(err.text, "firmware updates"));
    assert_int_equal(open_error(f, "usbtmc:0957:2918", &err), -ENODEV);
    assert_non_null(strstr(err.text, "0957:2818"));
    assert_int_equal(open_error(f, "usbtmc:0957:4118", &err), -ENODEV);
    assert_non_null(strstr(err.text, "not plugged in"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        USBTMC_TEST(remote_local_is_left_alone),
        USBTMC_TEST(opens_without_clear),
        USBTMC_TEST(block_is_read_with_one_request),
        USBTMC_TEST(block_that_is_too_long),
        USBTMC_TEST(first_transfer_must_have_a_header),
        USBTMC_TEST(locked_while_open_and_read_in_one_packet),
        USBTMC_TEST(answer_that_does_not_fit_is_refused),
        USBTMC_TEST(port_is_reset_once_a_life),
        USBTMC_TEST(reset_does_not_hold_up_the_loop),
        USBTMC_TEST(close_while_the_port_is_reset),
        USBTMC_TEST(free_while_the_port_is_reset),
        USBTMC_TEST(firmware_mode_is_refused_with_the_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
