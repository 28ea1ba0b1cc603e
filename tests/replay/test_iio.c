/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The IIO family behind a relay that can make the library hang: bytes that trickle keep its own timeout from
 * ever firing. */
#include "support/test.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/instrument.h"
#include "support/fake_instrument.h"
#include "support/instrument_watch.h"
#include "support/sim_process.h"

#define PAIRS_MAX 16
#define TRICKLE_US 1000000 /* below the 1.5 s the library waits for a byte */

struct pair {
    struct rig *rig;
    int client, server;
    sd_event_source *from_client, *from_server, *tick;
    char held[65536];
    size_t held_size;
};

struct rig {
    struct sim_process sim;
    sd_event *event;
    struct mb_clock clock;
    int listener;
    uint16_t port;
    sd_event_source *accepting;
    struct pair *pairs[PAIRS_MAX];
    bool trickle;
    struct mb_instrument *instrument;
    struct instrument_watch got;
};

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct pair *p = userdata;

    (void)usec;
    if (p->held_size > 0) {
        (void)!send(p->client, p->held, 1, MSG_NOSIGNAL);
        memmove(p->held, p->held + 1, --p->held_size);
    }
    (void)sd_event_source_set_time_relative(source, TRICKLE_US);
    (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

static void stop_source(sd_event_source *source)
{
    (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

static int on_server(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct pair *p = userdata;
    ssize_t n = recv(fd, p->held + p->held_size, sizeof p->held - p->held_size, MSG_DONTWAIT);

    (void)events;
    if (n <= 0) {
        stop_source(source);
        return 0;
    }
    p->held_size += (size_t)n;
    if (!p->rig->trickle) {
        (void)!send(p->client, p->held, p->held_size, MSG_NOSIGNAL);
        p->held_size = 0;
    }
    return 0;
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct pair *p = userdata;
    char data[4096];
    ssize_t n = recv(fd, data, sizeof data, MSG_DONTWAIT);

    (void)events;
    if (n <= 0) {
        stop_source(source);
        (void)shutdown(p->server, SHUT_WR);
        return 0;
    }
    (void)!send(p->server, data, (size_t)n, MSG_NOSIGNAL);
    return 0;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct rig *rig = userdata;
    struct pair *p = calloc(1, sizeof *p);
    size_t slot = 0;

    (void)source;
    (void)events;
    assert_non_null(p);
    while (slot < PAIRS_MAX && rig->pairs[slot])
        slot++;
    assert_true(slot < PAIRS_MAX);
    rig->pairs[slot] = p;
    p->rig = rig;
    p->client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    p->server = sim_connect(rig->port);
    assert_true(p->client >= 0);
    assert_true(sd_event_add_io(rig->event, &p->from_client, p->client, EPOLLIN, on_client, p) >= 0);
    assert_true(sd_event_add_io(rig->event, &p->from_server, p->server, EPOLLIN, on_server, p) >= 0);
    assert_true(
        sd_event_add_time_relative(rig->event, &p->tick, CLOCK_MONOTONIC, TRICKLE_US, 1, on_tick, p) >= 0);
    return 0;
}

static void listen_on_loopback(struct rig *rig, char *address, size_t size)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof in;

    rig->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(rig->listener >= 0);
    assert_int_equal(bind(rig->listener, (const struct sockaddr *)&in, length), 0);
    assert_int_equal(listen(rig->listener, 8), 0);
    assert_int_equal(getsockname(rig->listener, (struct sockaddr *)&in, &length), 0);
    assert_true(sd_event_add_io(rig->event, &rig->accepting, rig->listener, EPOLLIN, on_connection, rig) >=
                0);
    (void)snprintf(address, size, "ip:127.0.0.1:%d", ntohs(in.sin_port));
}

static int setup(void **state)
{
    static const struct mb_iio_channel frame = {.name = "temperature-frame",
                                                .device = "thermocouples",
                                                .channel = "temp1",
                                                .quantity = MB_TEMPERATURE,
                                                .factor = 1};
    struct rig *rig = calloc(1, sizeof *rig);
    struct mb_instrument_setting setting = {
        .id = "daq", .profile = "iio", .iio_channels = &frame, .iio_channel_count = 1};
    char address[64];

    assert_non_null(rig);
    sim_process_start(&rig->sim, NULL);
    rig->port = sim_process_port(&rig->sim, "daq");
    assert_true(sd_event_new(&rig->event) >= 0);
    mb_clock_init(&rig->clock, 1);
    listen_on_loopback(rig, address, sizeof address);
    setting.address = address;
    setting.clock = &rig->clock;
    assert_int_equal(mb_instrument_new(rig->event, "driver/profiles", &setting, &rig->instrument, NULL), 0);
    instrument_watch(&rig->got, rig->instrument);
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
    assert_true(fake_run_until(rig->event, &rig->got.ready, 5000));
    *state = rig;
    return 0;
}

static void pair_free(struct pair *p)
{
    if (!p)
        return;
    (void)sd_event_source_disable_unref(p->from_client);
    (void)sd_event_source_disable_unref(p->from_server);
    (void)sd_event_source_disable_unref(p->tick);
    (void)close(p->client);
    (void)close(p->server);
    free(p);
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    (void)mb_instrument_free(rig->instrument);
    for (size_t i = 0; i < PAIRS_MAX; i++)
        pair_free(rig->pairs[i]);
    (void)sd_event_source_disable_unref(rig->accepting);
    (void)close(rig->listener);
    sim_process_clear(&rig->sim);
    sd_event_unref(rig->event);
    (void)usleep(200000); /* threads that were left alone end now, before the leak check */
    free(rig);
    return 0;
}

static void read_once(struct rig *rig)
{
    instrument_watch_begin_read(&rig->got, rig->instrument);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 4000));
}

static void test_hanging_library(void **state)
{
    struct rig *rig = *state;
    uint64_t begin_ns, took_ns;

    read_once(rig);
    assert_int_equal(rig->got.read_error, 0);
    assert_true(fabs(rig->got.readings[0].value - 22) < 1);
    rig->trickle = true;
    begin_ns = mb_monotonic_ns();
    read_once(rig);
    took_ns = mb_monotonic_ns() - begin_ns;
    assert_in_range(took_ns, 1900000000u, 2300000000u); /* our own deadline */
    assert_true(rig->got.read_error < 0);
    assert_int_equal(rig->got.readings[0].validity, MB_LINK_FAULT);
    assert_true(fake_run_until(rig->event, &rig->got.lost, 500));
    rig->trickle = false;
    begin_ns = mb_monotonic_ns();
    assert_true(fake_run_until(rig->event, &rig->got.ready, 10000)); /* on a new thread */
    /* At once, as it was good for long: a bench goes on for 3 s without readings, of which 2 are gone. */
    assert_in_range(mb_monotonic_ns() - begin_ns, 0, 950000000u);
    read_once(rig);
    assert_int_equal(rig->got.read_error, 0);
    assert_true(fabs(rig->got.readings[0].value - 22) < 1);
}

/* Freed while the thread is in the library: nothing may be touched afterwards. */
static void test_free_while_hanging(void **state)
{
    struct rig *rig = *state;

    rig->trickle = true;
    instrument_watch_begin_read(&rig->got, rig->instrument);
    fake_run_for(rig->event, 100);
    rig->instrument = mb_instrument_free(rig->instrument);
    assert_true(rig->got.read_done);
    assert_int_equal(rig->got.readings[0].validity, MB_STALE);
    fake_run_for(rig->event, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hanging_library, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_while_hanging, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
