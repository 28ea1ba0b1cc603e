/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A deadline of a loop that was late itself comes after everything that has arrived. */
#include "support/test.h"

#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/timer.h"

#define ARRIVALS 6u

struct order {
    unsigned heard, heard_before_deadline;
    bool rung;
};

static int on_arrival(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct order *o = userdata;

    (void)fd, (void)events;
    o->heard++;
    return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct order *o = userdata;

    if (mb_timer_was_late(source, usec))
        return 0;
    o->heard_before_deadline = o->heard;
    o->rung = true;
    return 0;
}

static void a_deadline_comes_last(void **state)
{
    sd_event_source *deadline = NULL, *arrivals[ARRIVALS] = {NULL};
    int fds[ARRIVALS];
    struct order o = {0};
    sd_event *event = NULL;

    (void)state;
    assert_true(sd_event_new(&event) >= 0);
    assert_true(sd_event_add_time_relative(event, &deadline, CLOCK_MONOTONIC, 0, 1, on_deadline, &o) >= 0);
    for (size_t i = 0; i < ARRIVALS; i++) {
        fds[i] = eventfd(1, EFD_CLOEXEC);
        assert_true(fds[i] >= 0);
        assert_true(sd_event_add_io(event, &arrivals[i], fds[i], EPOLLIN, on_arrival, &o) >= 0);
    }
    mb_timer_arm(deadline, 0.01);
    assert_int_equal(usleep(60000), 0);
    while (!o.rung)
        assert_true(sd_event_run(event, 1000000) >= 0);
    assert_int_equal(o.heard_before_deadline, ARRIVALS);
    for (size_t i = 0; i < ARRIVALS; i++) {
        sd_event_source_disable_unref(arrivals[i]);
        (void)close(fds[i]);
    }
    sd_event_source_disable_unref(deadline);
    sd_event_unref(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_deadline_comes_last)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
