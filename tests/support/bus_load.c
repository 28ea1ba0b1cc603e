/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/bus_load.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "bench/signal.h"
#include "record/internal.h"
#include "support/eventually.h"

#define NAME "org.motorbench1"
#define BATCH 1000 /* readings a transaction */

/* ---- Clients. ---- */

struct client {
    const struct bus_load *load;
    sd_event *event;
    sd_bus *bus;
    int ready; /* told of every answer, for as long as somebody listens */
};

static int ask(struct client *c);

static int ask_later(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source, (void)usec;
    return ask(userdata);
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct client *c = userdata;

    (void)m, (void)error; /* an error is an answer */
    (void)!write(c->ready, "", 1);
    if (c->load->pause_ms == 0)
        return ask(c);
    return sd_event_add_time_relative(c->event, NULL, CLOCK_MONOTONIC, c->load->pause_ms * 1000ull, 1000,
                                      ask_later, c);
}

static int ask(struct client *c)
{
    const struct bus_load *l = c->load;
    sd_bus_message *call = NULL;
    int r = sd_bus_message_new_method_call(c->bus, &call, NAME, l->path,
                                           l->property ? "org.freedesktop.DBus.Properties" : l->interface,
                                           l->property ? "Get" : l->member);

    if (r >= 0 && l->property)
        r = sd_bus_message_append(call, "ss", l->interface, l->property);
    for (size_t i = 0; r >= 0 && i < 2 && l->words[i]; i++)
        r = sd_bus_message_append(call, "s", l->words[i]);
    if (r >= 0)
        r = sd_bus_call_async(c->bus, NULL, call, on_answer, c, UINT64_MAX);
    sd_bus_message_unref(call);
    return r;
}

static int client_open(struct client *c, const char *address)
{
    int r = sd_bus_new(&c->bus);

    if (r >= 0)
        r = sd_bus_set_address(c->bus, address);
    if (r >= 0)
        r = sd_bus_set_bus_client(c->bus, 1);
    if (r >= 0)
        r = sd_bus_start(c->bus);
    if (r >= 0)
        r = sd_bus_attach_event(c->bus, c->event, 0);
    for (unsigned i = 0; r >= 0 && i < c->load->outstanding; i++)
        r = ask(c);
    return r;
}

static int load_all(const char *address, const struct bus_load *load, int ready)
{
    struct client clients[BUS_LOAD_CLIENTS_MAX];
    sd_event *event = NULL;
    int r = sd_event_new(&event);

    for (unsigned i = 0; r >= 0 && i < load->clients; i++) {
        clients[i] = (struct client){.load = load, .event = event, .ready = ready};
        r = client_open(&clients[i], address);
    }
    return r < 0 ? r : sd_event_loop(event);
}

pid_t bus_load_start(const char *address, const struct bus_load *load)
{
    const pid_t parent = getpid();
    char byte;
    int fds[2];
    pid_t child;

    assert_true(load->clients <= BUS_LOAD_CLIENTS_MAX);
    assert_int_equal(pipe(fds), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)close(fds[0]);
        (void)signal(SIGPIPE, SIG_IGN);
        if (getppid() == parent)
            (void)load_all(address, load, fds[1]);
        _exit(1);
    }
    (void)close(fds[1]);
    assert_int_equal(read(fds[0], &byte, 1), 1); /* 0: it has ended */
    (void)close(fds[0]);
    return child;
}

void bus_load_stop(pid_t load)
{
    if (load <= 0)
        return;
    (void)kill(load, SIGKILL);
    (void)waitpid(load, NULL, 0);
}

static bool has_stopped(void *userdata)
{
    struct daemon_fixture *f = userdata;
    char state[40];

    (void)daemon_fixture_run_text(f, "State", state, sizeof state);
    return strcmp(state, "paused") == 0 || child_ended(&f->run);
}

void bus_load_run(struct daemon_fixture *f, unsigned polling, unsigned flood, unsigned timeout_ms)
{
    const struct bus_load polls = {.clients = polling,
                                   .outstanding = 1,
                                   .pause_ms = 100,
                                   .path = "/org/motorbench1/bench/sim",
                                   .interface = NAME ".Bench",
                                   .property = "Live"};
    const struct bus_load floods = {.clients = 1,
                                    .outstanding = flood,
                                    .path = "/org/motorbench1",
                                    .interface = "org.freedesktop.DBus.ObjectManager",
                                    .member = "GetManagedObjects"};
    pid_t loads[] = {bus_load_start(f->address, &polls), bus_load_start(f->address, &floods)};
    char state[40], verdict[40], reason[400];
    bool stopped;

    daemon_fixture_run(f);
    stopped = eventually(has_stopped, f, timeout_ms);
    bus_load_stop(loads[1]);
    bus_load_stop(loads[0]);
    (void)daemon_fixture_run_text(f, "State", state, sizeof state);
    (void)daemon_fixture_run_text(f, "Verdict", verdict, sizeof verdict);
    (void)daemon_fixture_run_text(f, "Reason", reason, sizeof reason);
    (void)printf("# a run beside %u clients that poll and a flood of %u: %s %s: %s\n", polling, flood, state,
                 verdict, reason);
    assert_true(stopped && reason[0] != '\0');
    if (verdict[0])
        assert_int_equal(FIXTURE_STATUS(f, "verify", f->uuid), 0);
}

/* ---- A big record. ---- */

static json_t *reading(unsigned index)
{
    json_t *values = json_object();

    for (int s = 0; s < MB_SIGNAL_COUNT; s++)
        (void)json_object_set_new(values, mb_signal_name((enum mb_signal)s),
                                  json_real(400 + (double)index / 3 + s));
    return json_pack("{s:s, s:s, s:i, s:o, s:f, s:i}", "store", "thermal", "step", "thermal", "index",
                     (int)index, "values", values, "window_s", 5.0, "samples", 10);
}

void bus_load_record(const char *store_path, unsigned readings, char ret_uuid[static BUS_LOAD_UUID_SIZE])
{
    static const char motor[] = "motor: {}\n";
    static const struct mb_record_head head = {
        .bench = "sim", .simulated = true, .time_factor = 1, .program_version = "0"};
    struct mb_record *record = NULL;
    struct mb_store *store = NULL;
    struct mb_error err = {""};
    int r = mb_store_open(store_path, false, &store, &err);

    if (r >= 0)
        r = mb_record_create(store, &head, &record, &err);
    if (r >= 0)
        r = mb_record_freeze(record, "motor-file", motor, strlen(motor), &err);
    for (unsigned i = 0; r >= 0 && i < readings; i++) {
        json_t *payload = reading(i);

        if (i % BATCH == 0)
            r = mb_sql_begin(store, &err);
        if (r >= 0)
            r = mb_entry_insert(store, record->id, i * INT64_C(1000000000), "reading", payload, &err);
        if (i % BATCH == BATCH - 1 || i == readings - 1)
            r = mb_sql_end(store, r, &err);
        json_decref(payload);
    }
    if (r >= 0)
        r = mb_record_finish(record, "aborted", "INVALID", "made for a test", &err);
    if (r < 0)
        fail_msg("%s", err.text);
    (void)snprintf(ret_uuid, BUS_LOAD_UUID_SIZE, "%s", mb_record_uuid(record));
    (void)mb_record_free(record);
    (void)mb_store_close(store);
}

char *bus_load_record_path(const char *uuid)
{
    char *path = NULL;

    assert_true(sd_bus_path_encode("/org/motorbench1/record", uuid, &path) >= 0);
    return path;
}

/* ---- Figures. ---- */

double bus_load_call_us(sd_bus *bus, const char *path, const char *interface, const char *member)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    uint64_t begun_ns = mb_monotonic_ns();

    if (sd_bus_call_method(bus, NAME, path, interface, member, &error, NULL, "") < 0)
        fail_msg("%s: %s", member, error.message);
    return (double)(mb_monotonic_ns() - begun_ns) * 1e-3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double bus_load_quantile(double *values, size_t count, double share)
{
    size_t index = (size_t)((double)count * share);

    qsort(values, count, sizeof *values, compare);
    return values[index < count ? index : count - 1];
}
