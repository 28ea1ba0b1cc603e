/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/soak.h"

#include <stdlib.h>
#include <string.h>

#include "sim/device.h"
#include "sim/line.h"
#include "sim/server.h"

#define POLL_US 2000

struct bad_server {
    struct sim_device device;
    struct soak_device soak;
    struct sim_server *server;
    sd_event_source *timer;
};

static void hear(struct sim_device *d, const char *line, struct sim_text *reply)
{
    soak_device_line(&((struct bad_server *)d)->soak, line, reply);
}

static const struct sim_device_ops device_ops = {.name = "soak", .terminator = "\n", .line = hear};

static void *power_on(void *context, void *userdata)
{
    ((struct bad_server *)context)->soak.fast = false;
    (void)userdata;
    return context;
}

static unsigned sequence(void *userdata)
{
    return ((struct bad_server *)userdata)->soak.sequence;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct bad_server *b = userdata;

    (void)usec;
    sim_server_poll(b->server);
    return sd_event_source_set_time_relative(source, POLL_US);
}

static void start(struct bad_server *b, sd_event *event, const struct sim_fault_order *order)
{
    const struct sim_server_setting setting = {
        .name = "soak", .ops = &sim_line_session, .context = &b->device, .power_on = power_on};
    struct mb_error err = {""};

    b->device.ops = &device_ops;
    if (sim_server_new(event, &setting, &b->server, &err) < 0)
        fail_msg("%s", err.text);
    sim_server_fault(b->server, order);
    assert_true(sd_event_add_time_relative(event, &b->timer, CLOCK_MONOTONIC, POLL_US, 1, on_timer, b) >= 0);
    assert_true(sd_event_source_set_enabled(b->timer, SD_EVENT_ON) >= 0);
}

static void print_faults(const struct sim_faults *faults)
{
    for (int i = 0; i < SIM_FAULT_COUNT; i++)
        if (faults->injected[i] > 0)
            (void)printf("  %-12s %u\n", sim_fault_names[i], faults->injected[i]);
}

bool soak_tcp(unsigned reads, double share, uint64_t seed)
{
    const struct sim_fault_order order = {.fault = SIM_FAULT_RANDOM, .share = share, .seed = seed};
    struct bad_server bad = {.soak = {.sequence = 0}};
    struct soak s = {.sequence = sequence, .userdata = &bad, .reads = reads};
    char address[48];
    bool good;

    assert_true(sd_event_new(&s.event) >= 0);
    start(&bad, s.event, &order);
    (void)snprintf(address, sizeof address, "tcp:127.0.0.1:%u", sim_server_port(bad.server));
    s.address = address;
    soak_run(&s);
    (void)printf("%u queries, of which faults:\n", bad.soak.queries);
    print_faults(sim_server_faults(bad.server));
    good = soak_judge(&s, "tcp");
    (void)sd_event_source_disable_unref(bad.timer);
    (void)sim_server_free(bad.server);
    (void)sd_event_unref(s.event);
    return good;
}
