/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The soak of the driver (support/soak.h) over a fake USB bus: faults of the USBTMC link and of the replies.
 * SOAK_READINGS in the environment makes it longer: tests/bench/soak-usb. */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "sim/replies.h"
#include "support/soak.h"
#include "support/usbfs_front.h"

#define READINGS 150        /* everyday */
#define SHARE 0.01          /* of the replies with a fault of their own */
#define READINGS_A_FAULT 25 /* of the link, on average */
#define FAULT_US 30000
#define AWAY_US 150000
#define LATE_US 10000

static const struct link_fault {
    const char *name;
    struct usbtmc_faults faults;
    bool stays; /* until the device is reset */
    bool unplug;
} link_faults[] = {
    {"wrong_tag", {.wrong_tag = true}, false, false},
    {"size_too_big", {.size_too_big = true}, false, false},
    {"stall_in twice", {.stall_in = 2}, false, false},
    {"hangs", {.hangs = true}, true, false},
    {"unplug", {.hangs = false}, false, true},
    {"empty_first", {.empty_first = 1}, false, false},
    {"wrong_inverse", {.wrong_inverse = true}, false, false},
    {"wrong_id", {.wrong_id = true}, false, false},
    {"trailing", {.trailing = 4}, false, false},
    {"endless_empty", {.endless_empty = true}, false, false},
    {"stall_in", {.stall_in = 1}, false, false},
    {"stall_out", {.stall_out = 1}, false, false},
};
#define LINK_FAULTS (sizeof link_faults / sizeof link_faults[0])

struct bad_usb {
    struct usbfs_front *front;
    struct usbtmc_model model;
    struct soak_device soak;
    struct sim_replies replies;
    struct sim_faults faults; /* of replies; its lot decides about the link too */
    struct sim_random lot;
    sd_event_source *timer; /* the end of a fault of the link */
    sd_event_source *late;  /* looks for replies whose time has come */
    unsigned turn, injected[LINK_FAULTS];
    bool unplugged;
};

/* In the bus's thread, with its lock. */
static void hear(struct usbtmc_model *m, const char *message, void *userdata)
{
    struct bad_usb *u = userdata;
    struct sim_text reply = {0}, out = {0};
    enum sim_fault fault;
    char line[64];
    unsigned ms;

    (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(message, "\r\n"), message);
    soak_device_line(&u->soak, line, &reply);
    if (reply.size > 0) {
        fault = sim_faults_next(&u->faults, false, &ms);
        m->chunk = fault == SIM_FAULT_SPLIT ? 1 : 0;
        (void)sim_replies_deliver(&u->replies, fault, ms, &reply, &out);
        if (out.size > 0)
            usbtmc_model_put(m, out.data, out.size);
    }
    sim_text_clear(&out);
    sim_text_clear(&reply);
}

/* In the bus's thread too. */
static void forget(void *userdata)
{
    struct bad_usb *u = userdata;

    sim_replies_clear(&u->replies);
}

static void plug(struct bad_usb *u)
{
    static const struct usbfs_identity identity = {.vendor = 0x0b3e, .product = 0x1029, .serial = "0042"};

    usbtmc_model_done(&u->model);
    usbtmc_model_init(&u->model);
    u->model.hear = hear;
    u->model.forget = forget;
    u->model.userdata = u;
    u->soak.fast = false; /* it has lost its supply */
    sim_replies_clear(&u->replies);
    usbfs_front_plug(u->front, &u->model, &identity);
}

static unsigned sequence(void *userdata)
{
    struct bad_usb *u = userdata;
    unsigned n;

    usbfs_front_lock(u->front);
    n = u->soak.sequence;
    usbfs_front_unlock(u->front);
    return n;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct bad_usb *u = userdata;

    (void)source;
    (void)usec;
    if (u->unplugged) {
        u->unplugged = false;
        plug(u);
        return 0;
    }
    usbfs_front_lock(u->front);
    u->model.faults = (struct usbtmc_faults){.hangs = u->model.faults.hangs};
    usbfs_front_unlock(u->front);
    return 0;
}

static void inject(struct bad_usb *u, const struct link_fault *f)
{
    if (f->unplug) {
        usbfs_front_unplug(u->front);
        u->unplugged = true;
    } else {
        usbfs_front_lock(u->front);
        u->model.faults = f->faults;
        usbfs_front_unlock(u->front);
    }
    if (f->stays)
        return;
    assert_true(sd_event_source_set_time_relative(u->timer, f->unplug ? AWAY_US : FAULT_US) >= 0);
    assert_true(sd_event_source_set_enabled(u->timer, SD_EVENT_ONESHOT) >= 0);
}

static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct bad_usb *u = userdata;
    struct sim_text late = {0};

    (void)usec;
    usbfs_front_lock(u->front);
    (void)sim_replies_release(&u->replies, &late);
    if (late.size > 0)
        usbtmc_model_put(&u->model, late.data, late.size);
    usbfs_front_unlock(u->front);
    sim_text_clear(&late);
    return sd_event_source_set_time_relative(source, LATE_US);
}

static void before_read(void *userdata)
{
    struct bad_usb *u = userdata;
    unsigned i;

    if (sim_random_uniform(&u->lot) * READINGS_A_FAULT >= 1)
        return;
    i = u->turn++ % LINK_FAULTS;
    u->injected[i]++;
    inject(u, &link_faults[i]);
}

static void print_faults(const struct bad_usb *u)
{
    for (size_t i = 0; i < LINK_FAULTS; i++)
        (void)printf("  %-14s %u\n", link_faults[i].name, u->injected[i]);
    for (int i = 0; i < SIM_FAULT_COUNT; i++)
        if (u->faults.injected[i] > 0)
            (void)printf("  %-14s %u\n", sim_fault_names[i], u->faults.injected[i]);
}

static unsigned readings(void)
{
    const char *text = getenv("SOAK_READINGS");
    unsigned long n = text ? strtoul(text, NULL, 10) : READINGS;

    return n > 0 && n < 10000000 ? (unsigned)n : READINGS;
}

static void run(struct bad_usb *u)
{
    const struct sim_fault_order order = {.fault = SIM_FAULT_RANDOM, .share = SHARE, .seed = 1};
    struct soak s = {.address = "usbtmc:0b3e:1029:0042",
                     .reads = readings(),
                     .sequence = sequence,
                     .before_read = before_read,
                     .shares_memory = true,
                     .userdata = u};
    bool good;

    assert_true(sd_event_new(&s.event) >= 0);
    assert_true(sd_event_add_time_relative(s.event, &u->timer, CLOCK_MONOTONIC, 0, 1, on_timer, u) >= 0);
    assert_true(sd_event_source_set_enabled(u->timer, SD_EVENT_OFF) >= 0);
    assert_true(sd_event_add_time_relative(s.event, &u->late, CLOCK_MONOTONIC, LATE_US, 1, on_late, u) >= 0);
    assert_true(sd_event_source_set_enabled(u->late, SD_EVENT_ON) >= 0);
    sim_random_seed(&u->lot, 1, 1);
    sim_faults_set(&u->faults, &order);
    plug(u);
    soak_run(&s);
    (void)printf("%u queries, of which faults:\n", u->soak.queries);
    print_faults(u);
    good = soak_judge(&s, "usb");
    (void)sd_event_source_disable_unref(u->timer);
    (void)sd_event_source_disable_unref(u->late);
    (void)sd_event_unref(s.event);
    assert_true(good);
}

static void soak_over_usb(void **state)
{
    struct bad_usb u = {.front = usbfs_front_new()};

    (void)state;
    if (!u.front)
        SKIP_TEST("umockdev does not work here");
    run(&u);
    (void)usbfs_front_free(u.front);
    usbtmc_model_done(&u.model);
    sim_replies_clear(&u.replies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(soak_over_usb)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
