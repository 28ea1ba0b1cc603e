/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/usbtmc_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

#define WAIT_MS 5000u

const struct usbfs_identity usbtmc_plain = {.vendor = 0x0b3e, .product = 0x1029, .serial = "0042"};

static void on_opened(void *userdata)
{
    struct usbtmc_fixture *f = userdata;

    f->opened++;
    if (f->free_in_callback)
        f->link = mb_transport_free(f->link);
}

static void on_received(const uint8_t *data, size_t n, bool end_of_message, void *userdata)
{
    struct usbtmc_fixture *f = userdata;

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
    struct usbtmc_fixture *f = userdata;

    f->failed++;
    f->code = code;
    (void)snprintf(f->text, sizeof f->text, "%s", text);
    if (f->free_in_callback)
        f->link = mb_transport_free(f->link);
}

static void on_status(int error, uint8_t status, void *userdata)
{
    struct usbtmc_fixture *f = userdata;

    f->statuses++;
    f->status_error = error;
    f->status = status;
    if (f->free_in_callback)
        f->link = mb_transport_free(f->link);
}

static void on_service_request(uint8_t status, void *userdata)
{
    struct usbtmc_fixture *f = userdata;

    f->service_requests++;
    f->service_status = status;
    if (f->free_in_callback)
        f->link = mb_transport_free(f->link);
}

static void on_appeared(void *userdata)
{
    struct usbtmc_fixture *f = userdata;

    f->appeared++;
    if (f->free_in_callback)
        f->link = mb_transport_free(f->link);
}

const struct mb_transport_callbacks usbtmc_callbacks = {
    .opened = on_opened,
    .received = on_received,
    .failed = on_failed,
    .status = on_status,
    .service_request = on_service_request,
    .appeared = on_appeared,
};

/* ---- helpers ---- */

void usbtmc_run_for(struct usbtmc_fixture *f, unsigned ms)
{
    const uint64_t end = mb_monotonic_ns() + ms * UINT64_C(1000000);

    while (mb_monotonic_ns() < end)
        assert_true(sd_event_run(f->event, (end - mb_monotonic_ns()) / 1000 + 1) >= 0);
}

/* Until the counter reaches the value, or the link fails where that was not what is waited for. */
void usbtmc_run_until(struct usbtmc_fixture *f, const unsigned *counter, unsigned value)
{
    const uint64_t end = mb_monotonic_ns() + WAIT_MS * UINT64_C(1000000);

    while (*counter < value && mb_monotonic_ns() < end && (f->failed == 0 || counter == &f->failed))
        assert_true(sd_event_run(f->event, 100000) >= 0);
    if (*counter < value)
        fail_msg("waited in vain; failed: %d %s", f->code, f->text);
}

void usbtmc_start_with(struct usbtmc_fixture *f, const struct usbfs_identity *identity, const char *address)
{
    struct mb_error err = {{0}};

    usbfs_front_plug(f->front, &f->model, identity);
    assert_int_equal(mb_transport_new(f->event, address, &usbtmc_callbacks, f, &f->link, &err), 0);
    if (f->link->ops->open(f->link, &err) < 0)
        fail_msg("%s", err.text);
    usbtmc_run_until(f, &f->opened, 1);
}

void usbtmc_start(struct usbtmc_fixture *f)
{
    usbtmc_start_with(f, &usbtmc_plain, USBTMC_ADDRESS);
}

void usbtmc_send(struct usbtmc_fixture *f, const char *message)
{
    assert_int_equal(f->link->ops->write(f->link, message, strlen(message)), 0);
}

void usbtmc_ask(struct usbtmc_fixture *f, const char *message)
{
    f->n = 0;
    f->pieces = 0;
    usbtmc_send(f, message);
    assert_int_equal(f->link->ops->request(f->link, sizeof f->data), 0);
}

void usbtmc_assert_answer(struct usbtmc_fixture *f, const char *expected)
{
    assert_int_equal(f->n, strlen(expected));
    assert_memory_equal(f->data, expected, f->n);
}

void usbtmc_query(struct usbtmc_fixture *f, const char *message, const char *expected)
{
    const unsigned ends = f->ends;

    usbtmc_ask(f, message);
    usbtmc_run_until(f, &f->ends, ends + 1);
    usbtmc_assert_answer(f, expected);
}

void usbtmc_identify(struct usbtmc_fixture *f)
{
    usbtmc_query(f, "*IDN?\n", USBTMC_MODEL_IDENTITY "\n");
}

void usbtmc_read_status(struct usbtmc_fixture *f, int error, uint8_t status)
{
    const unsigned before = f->statuses;

    assert_int_equal(f->link->ops->read_status(f->link), 0);
    usbtmc_run_until(f, &f->statuses, before + 1);
    assert_int_equal(f->status_error, error);
    assert_int_equal(f->status, status);
}

void usbtmc_query_block(struct usbtmc_fixture *f, size_t size)
{
    const unsigned ends = f->ends;
    char message[40];

    (void)snprintf(message, sizeof message, "BLOCK? %zu\n", size);
    usbtmc_ask(f, message);
    usbtmc_run_until(f, &f->ends, ends + 1);
    assert_int_equal(f->n, size);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(f->data[i], usbtmc_model_pattern(i));
}

void usbtmc_assert_fails(struct usbtmc_fixture *f, int code)
{
    usbtmc_run_until(f, &f->failed, 1);
    usbtmc_run_for(f, 30);
    assert_int_equal(f->failed, 1);
    assert_int_equal(f->code, code);
    assert_string_not_equal(f->text, "");
    assert_int_equal(f->link->ops->write(f->link, "x", 1), -ENOTCONN);
}

void usbtmc_set_faults(struct usbtmc_fixture *f, struct usbtmc_faults faults)
{
    usbfs_front_lock(f->front);
    f->model.faults = faults;
    usbfs_front_unlock(f->front);
}

struct usbtmc_model usbtmc_seen(struct usbtmc_fixture *f)
{
    struct usbtmc_model copy;

    usbfs_front_lock(f->front);
    copy = f->model;
    usbfs_front_unlock(f->front);
    return copy;
}

void usbtmc_reopen(struct usbtmc_fixture *f)
{
    f->failed = f->opened = 0;
    assert_int_equal(f->link->ops->open(f->link, NULL), 0);
    usbtmc_run_until(f, &f->opened, 1);
}

int usbtmc_set_up(void **state)
{
    struct usbtmc_fixture *f = calloc(1, sizeof *f);

    f->front = usbfs_front_new();
    usbtmc_model_init(&f->model);
    if (!f->front || sd_event_new(&f->event) < 0)
        return -1;
    *state = f;
    return 0;
}

int usbtmc_tear_down(void **state)
{
    struct usbtmc_fixture *f = *state;

    f->link = mb_transport_free(f->link);
    sd_event_unref(f->event);
    f->front = usbfs_front_free(f->front);
    usbtmc_model_done(&f->model);
    free(f);
    return 0;
}
