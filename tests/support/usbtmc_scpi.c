/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/usbtmc_scpi.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"

/* ---- the instrument ---- */

static void hear(struct usbtmc_model *m, const char *message, void *userdata)
{
    struct usbtmc_scpi *u = userdata;
    enum fake_mode mode = FAKE_NORMAL;
    char line[FAKE_TEXT_MAX];
    const char *reply;

    (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(message, "\r\n"), message);
    if (u->listen)
        u->listen(u, line);
    reply = fake_table_hear(u->table, line, &mode);
    if (!reply || mode == FAKE_SILENT)
        return;
    if (mode == FAKE_LATE)
        (void)snprintf(u->late, sizeof u->late, "%s", reply);
    else
        usbtmc_model_answer(m, mode == FAKE_PREVIOUS  ? fake_table_previous(u->table)
                               : mode == FAKE_GARBAGE ? FAKE_GARBAGE_BYTES
                                                      : reply);
    if (mode == FAKE_TWICE)
        usbtmc_model_answer(m, reply);
}

void usbtmc_scpi_plug(struct usbtmc_scpi *u)
{
    usbtmc_model_done(&u->model);
    usbtmc_model_init(&u->model);
    u->model.hear = hear;
    u->model.userdata = u;
    usbfs_front_plug(u->front, &u->model, &u->identity);
}

void usbtmc_scpi_answer(struct usbtmc_scpi *u, const char *query, const char *reply)
{
    usbfs_front_lock(u->front);
    fake_table_answer(u->table, query, reply);
    usbfs_front_unlock(u->front);
}

void usbtmc_scpi_misbehave(struct usbtmc_scpi *u, enum fake_mode mode, const char *query, unsigned times)
{
    usbfs_front_lock(u->front);
    fake_table_misbehave(u->table, mode, query, times);
    usbfs_front_unlock(u->front);
}

unsigned usbtmc_scpi_count(struct usbtmc_scpi *u, const char *line)
{
    unsigned n;

    usbfs_front_lock(u->front);
    n = fake_table_count(u->table, line);
    usbfs_front_unlock(u->front);
    return n;
}

void usbtmc_scpi_set_faults(struct usbtmc_scpi *u, struct usbtmc_faults faults)
{
    usbfs_front_lock(u->front);
    u->model.faults = faults;
    usbfs_front_unlock(u->front);
}

void usbtmc_scpi_answer_late(struct usbtmc_scpi *u)
{
    usbfs_front_lock(u->front);
    assert_string_not_equal(u->late, "");
    usbtmc_model_answer(&u->model, u->late);
    usbfs_front_unlock(u->front);
}

struct usbtmc_model usbtmc_scpi_seen(struct usbtmc_scpi *u)
{
    struct usbtmc_model copy;

    usbfs_front_lock(u->front);
    copy = u->model;
    usbfs_front_unlock(u->front);
    return copy;
}

/* ---- its owner ---- */

static void on_state(struct mb_instrument *i, void *userdata)
{
    struct usbtmc_scpi *u = userdata;

    u->ready = i->state == MB_INSTRUMENT_READY;
    u->lost = i->state == MB_INSTRUMENT_LOST;
    if (u->lost)
        assert_string_not_equal(i->fault, "");
}

static void on_read(struct mb_instrument *i, int error, const char *text, const struct mb_reading *readings,
                    size_t n, void *userdata)
{
    struct usbtmc_scpi *u = userdata;

    assert_false(u->read_done); /* exactly once */
    assert_int_equal(n, i->channel_count);
    assert_true(n <= USBTMC_SCPI_CHANNELS);
    u->read_done = true;
    u->read_error = error;
    u->count = n;
    memcpy(u->readings, readings, n * sizeof *readings);
    (void)snprintf(u->text, sizeof u->text, "%s", text);
}

void usbtmc_scpi_on_command(struct mb_instrument *i, int error, const char *text, void *userdata)
{
    struct usbtmc_scpi *u = userdata;

    (void)i;
    assert_false(u->command_done);
    u->command_done = true;
    u->command_error = error;
    (void)snprintf(u->text, sizeof u->text, "%s", text);
}

bool usbtmc_scpi_run_until(struct usbtmc_scpi *u, const bool *flag, unsigned ms)
{
    const uint64_t end_ns = mb_monotonic_ns() + ms * UINT64_C(1000000);
    uint64_t now_ns;

    while (!*flag && (now_ns = mb_monotonic_ns()) < end_ns)
        assert_true(sd_event_run(u->event, (end_ns - now_ns) / 1000 + 1) >= 0);
    return *flag;
}

void usbtmc_scpi_run_for(struct usbtmc_scpi *u, unsigned ms)
{
    const bool never = false;

    (void)usbtmc_scpi_run_until(u, &never, ms);
}

void usbtmc_scpi_begin_read(struct usbtmc_scpi *u)
{
    u->read_done = false;
    assert_int_equal(u->instrument->ops->read(u->instrument, on_read, u), 0);
    assert_false(u->read_done); /* never from inside the call */
}

void usbtmc_scpi_read(struct usbtmc_scpi *u)
{
    usbtmc_scpi_begin_read(u);
    assert_true(usbtmc_scpi_run_until(u, &u->read_done, 3000));
}

const struct mb_reading *usbtmc_scpi_reading(const struct usbtmc_scpi *u, const char *channel)
{
    for (size_t i = 0; i < u->count; i++)
        if (strcmp(u->instrument->channels[i].name, channel) == 0)
            return &u->readings[i];
    fail_msg("no channel %s", channel);
    return NULL;
}

void usbtmc_scpi_assert_invalid(const struct usbtmc_scpi *u, int error, enum mb_validity validity)
{
    assert_true(u->read_done);
    if (u->read_error != error)
        fail_msg("error %d instead of %d: %s", u->read_error, error, u->text);
    assert_string_not_equal(u->text, "");
    for (size_t i = 0; i < u->count; i++)
        assert_int_equal(u->readings[i].validity, validity);
}

void usbtmc_scpi_assert_idle(struct usbtmc_scpi *u)
{
    uint64_t end_ns, now_ns;
    unsigned turns = 0, ioctls;

    usbtmc_scpi_run_for(u, 50); /* what still has to be said */
    ioctls = usbfs_front_counters(u->front).ioctls;
    end_ns = mb_monotonic_ns() + UINT64_C(1000000000);
    while ((now_ns = mb_monotonic_ns()) < end_ns)
        turns += sd_event_run(u->event, (end_ns - now_ns) / 1000 + 1) > 0;
    assert_int_equal(turns, 0);
    assert_int_equal(usbfs_front_counters(u->front).ioctls, ioctls);
}

void usbtmc_scpi_open(struct usbtmc_scpi *u)
{
    assert_int_equal(u->instrument->ops->open(u->instrument), 0);
    if (!usbtmc_scpi_run_until(u, &u->ready, 15000))
        fail_msg("not ready: %s", u->instrument->fault);
}

/* ---- life ---- */

void usbtmc_scpi_hasten(struct usbtmc_scpi *u, const char *profile, const char *timeout_s)
{
    static const char original[] = "timeout_s: 3}";
    char path[128], text[32768], *source, *found;
    size_t size;
    int n;

    (void)snprintf(path, sizeof path, "driver/profiles/%s.yaml", profile);
    assert_int_equal(mb_file_read(path, sizeof text / 2, &source, &size, NULL), 0);
    found = strstr(source, original);
    assert_non_null(found);
    n = snprintf(text, sizeof text, "%.*stimeout_s: %s}%s", (int)(found - source), source, timeout_s,
                 found + strlen(original));
    free(source);
    (void)snprintf(u->hastened, sizeof u->hastened, "%s/%s.yaml", u->folder, profile);
    assert_int_equal(mb_file_write(u->hastened, text, (size_t)n, NULL), 0);
}

void usbtmc_scpi_make(struct usbtmc_scpi *u, const char *folder, struct mb_instrument_setting setting)
{
    struct mb_error err = {0};

    setting.clock = &u->clock;
    if (mb_instrument_new(u->event, folder, &setting, &u->instrument, &err) < 0)
        fail_msg("%s", err.text);
    u->instrument->state_changed = on_state;
    u->instrument->userdata = u;
}

struct usbtmc_scpi *usbtmc_scpi_new(const struct fake_reply *rows, const struct fake_reply *words,
                                    const struct usbfs_identity *identity)
{
    struct usbtmc_scpi *u = calloc(1, sizeof *u);

    if (!u)
        abort();
    (void)snprintf(u->folder, sizeof u->folder, "/tmp/motorbench-profiles-XXXXXX");
    u->front = usbfs_front_new();
    u->identity = *identity;
    u->table = fake_table_new(rows);
    fake_table_words(u->table, words);
    mb_clock_init(&u->clock, 1);
    if (!u->front || !mkdtemp(u->folder) || sd_event_new(&u->event) < 0)
        return usbtmc_scpi_free(u);
    return u;
}

struct usbtmc_scpi *usbtmc_scpi_free(struct usbtmc_scpi *u)
{
    if (!u)
        return NULL;
    u->instrument = mb_instrument_free(u->instrument);
    sd_event_unref(u->event);
    u->front = usbfs_front_free(u->front);
    usbtmc_model_done(&u->model);
    u->table = fake_table_free(u->table);
    (void)unlink(u->hastened);
    (void)rmdir(u->folder);
    free(u);
    return NULL;
}

int usbtmc_scpi_tear_down(void **state)
{
    (void)usbtmc_scpi_free(*state);
    return 0;
}
