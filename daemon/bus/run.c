/* SPDX-License-Identifier: GPL-3.0-or-later */
/* org.motorbench1.Run */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/internal.h"

#define INTERFACE "org.motorbench1.Run"
#define BATCH_USEC (200 * 1000)   /* property changes are collected for so long */
#define READINGS_USEC (25 * 1000) /* live readings do not come oftener */

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret_found,
                sd_bus_error *error)
{
    struct mb_service *service = userdata;

    (void)bus, (void)interface, (void)error;
    for (struct service_run *run = service->runs; run; run = run->next)
        if (strcmp(run->path, path) == 0) {
            *ret_found = run;
            return 1;
        }
    return 0;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error)
{
    struct mb_service *service = userdata;
    char **nodes = calloc(MB_BUS_RUNS_KEPT + 2, sizeof *nodes);
    size_t n = 0;

    (void)bus, (void)prefix, (void)error;
    if (!nodes)
        return -ENOMEM;
    for (struct service_run *run = service->runs; run && n <= MB_BUS_RUNS_KEPT; run = run->next)
        nodes[n++] = strdup(run->path);
    *ret_nodes = nodes;
    return 1;
}

#define GETTER(name, ...)                                                                                    \
    static int name(sd_bus *bus, const char *path, const char *interface, const char *property,              \
                    sd_bus_message *reply, void *userdata, sd_bus_error *error)                              \
    {                                                                                                        \
        const struct mb_run *run = ((struct service_run *)userdata)->run;                                    \
                                                                                                             \
        (void)bus, (void)path, (void)interface, (void)property, (void)error;                                 \
        return sd_bus_message_append(reply, __VA_ARGS__);                                                    \
    }

GETTER(get_uuid, "s", mb_run_uuid(run))
GETTER(get_state, "s", mb_run_state_name(mb_run_state(run)))
GETTER(get_step, "s", mb_run_step(run))
GETTER(get_step_title, "s", mb_run_step_title(run))
GETTER(get_progress, "d", mb_run_progress(run))
GETTER(get_waiting, "s", mb_run_waiting(run))
GETTER(get_ask, "s", mb_run_ask(run))
GETTER(get_reason, "s", mb_run_reason(run))
GETTER(get_simulated, "b", (int)mb_bench_get_setting(mb_run_bench(run))->simulated)

/* A verdict is published only after its record is on disk: until the run has ended there is none. */
static const char *published_verdict(const struct mb_run *run)
{
    enum mb_run_state state = mb_run_state(run);

    return state == MB_RUN_DONE || state == MB_RUN_ABORTED || state == MB_RUN_FAULT ? mb_run_verdict(run)
                                                                                    : "";
}
GETTER(get_verdict, "s", published_verdict(run))

static int get_bench(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    const struct service_run *run = userdata;
    char *bench = NULL;
    int r = sd_bus_path_encode(MB_BUS_BENCH, mb_bench_get_setting(mb_run_bench(run->run))->name, &bench);

    (void)bus, (void)path, (void)interface, (void)property, (void)error;
    if (r >= 0)
        r = sd_bus_message_append(reply, "o", bench);
    free(bench);
    return r;
}

static int get_items(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    (void)bus, (void)path, (void)interface, (void)property, (void)error;
    return bus_append_items(reply, ((const struct service_run *)userdata)->run);
}

static int get_question(sd_bus *bus, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    (void)bus, (void)path, (void)interface, (void)property, (void)error;
    return bus_append_question(reply, ((const struct service_run *)userdata)->run);
}

typedef int (*control)(struct mb_run *run, const char *who, const char *why, struct mb_error *err);

/* What lets the bench go on is for who operates it; towards off everyone may go who is authorised at all. */
static int may(sd_bus_message *m, const struct service_run *run, enum bus_action action, sd_bus_error *error)
{
    return service_may(run->service, m, action, mb_run_bench(run->run), action == BUS_ACTION_RUN, error);
}

/* options: {"reason": s} */
static int handle_control(sd_bus_message *m, struct service_run *run, control function, sd_bus_error *error)
{
    const char *why = NULL;
    const struct bus_text wanted[] = {{.key = "reason", .value = &why}};
    struct mb_error err = {""};
    char who[32];
    int r = bus_read_texts(m, wanted, 1, &err);

    if (r < 0)
        return mb_bus_error(error, r, &err);
    bus_caller(m, who);
    r = function(run->run, who, why, &err);
    if (r < 0)
        return mb_bus_error(error, r == -EINVAL ? -ESTALE : r, &err);
    return sd_bus_reply_method_return(m, NULL);
}

static int handle_pause(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    int r = may(m, userdata, BUS_ACTION_OPERATE, error);

    return r != 0 ? r : handle_control(m, userdata, mb_run_pause, error);
}

static int handle_continue(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    int r = may(m, userdata, BUS_ACTION_RUN, error);

    return r != 0 ? r : handle_control(m, userdata, mb_run_continue, error);
}

static int handle_abort(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    const struct service_run *run = userdata;
    struct mb_error err = {""};
    char who[32];
    int r = may(m, run, BUS_ACTION_OPERATE, error);

    if (r != 0)
        return r;
    bus_caller(m, who);
    r = mb_run_abort(run->run, who, &err);
    if (r < 0)
        return mb_bus_error(error, r == -EINVAL ? -ESTALE : r, &err);
    return sd_bus_reply_method_return(m, NULL);
}

static int handle_repeat(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct service_run *run = userdata;
    struct mb_error err = {""};
    const char *item;
    char who[32];
    int r = sd_bus_message_read(m, "s", &item);

    if (r >= 0)
        r = may(m, run, BUS_ACTION_RUN, error);
    if (r != 0)
        return r;
    bus_caller(m, who);
    r = mb_run_repeat(run->run, item, who, &err);
    return r < 0 ? mb_bus_error(error, r, &err) : sd_bus_reply_method_return(m, NULL);
}

struct answer {
    const char *item, *word;
    double number;
    int photo; /* descriptor, borrowed from the message; -1 none */
};

/* options: {"photo": h} */
static int read_answer_options(sd_bus_message *m, struct answer *a, struct mb_error *err)
{
    const char *key;
    int r = sd_bus_message_enter_container(m, 'a', "{sv}");

    while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        r = sd_bus_message_read(m, "s", &key);
        if (r >= 0 && strcmp(key, "photo") != 0)
            return mb_error_set(err, -EINVAL, "unknown key '%s', allowed: photo", key);
        if (r >= 0)
            r = sd_bus_message_read(m, "v", "h", &a->photo);
        if (r >= 0)
            r = sd_bus_message_exit_container(m);
    }
    return r < 0 ? mb_error_set(err, -EINVAL, "a photograph is handed over as a file descriptor (h)")
                 : sd_bus_message_exit_container(m);
}

static int read_answer(sd_bus_message *m, struct answer *a, struct mb_error *err)
{
    const char *contents = NULL;
    char type;
    int r = sd_bus_message_read(m, "s", &a->item);

    if (r >= 0)
        r = sd_bus_message_peek_type(m, &type, &contents);
    if (r < 0)
        return r;
    if (strcmp(contents, "s") == 0)
        r = sd_bus_message_read(m, "v", "s", &a->word);
    else if (strcmp(contents, "d") == 0)
        r = sd_bus_message_read(m, "v", "d", &a->number);
    else
        return mb_error_set(err, -EINVAL, "an answer is a text or a number");
    return r < 0 ? r : read_answer_options(m, a, err);
}

static int attach(struct mb_run *run, const struct answer *a, const char *who, struct mb_error *err)
{
    char *photo = NULL;
    size_t size = 0;
    int r = a->photo < 0 ? 0 : bus_read_photo(a->photo, &photo, &size, err);

    if (r >= 0 && photo)
        r = mb_run_attach(run, a->item, photo, size, who, err);
    free(photo);
    return r;
}

static int handle_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct service_run *run = userdata;
    struct answer a = {.number = NAN, .photo = -1};
    struct mb_error err = {""};
    char who[32];
    int r = may(m, run, BUS_ACTION_RUN, error);

    if (r != 0)
        return r;
    r = read_answer(m, &a, &err);
    bus_caller(m, who);
    if (r >= 0)
        r = attach(run->run, &a, who, &err);
    if (r >= 0)
        r = mb_run_answer(run->run, a.item, a.word, a.number, who, &err);
    return r < 0 ? mb_bus_error(error, r, &err) : sd_bus_reply_method_return(m, NULL);
}

#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Uuid", "s", get_uuid, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Bench", "o", get_bench, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Simulated", "b", get_simulated, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("State", "s", get_state, 0, CHANGES),
    SD_BUS_PROPERTY("Step", "s", get_step, 0, CHANGES),
    SD_BUS_PROPERTY("StepTitle", "s", get_step_title, 0, CHANGES),
    SD_BUS_PROPERTY("Progress", "d", get_progress, 0, CHANGES),
    SD_BUS_PROPERTY("Waiting", "s", get_waiting, 0, CHANGES),
    SD_BUS_PROPERTY("Ask", "s", get_ask, 0, CHANGES),
    SD_BUS_PROPERTY("Question", "a{sv}", get_question, 0, CHANGES),
    SD_BUS_PROPERTY("Verdict", "s", get_verdict, 0, CHANGES),
    SD_BUS_PROPERTY("Reason", "s", get_reason, 0, CHANGES),
    SD_BUS_PROPERTY("Items", "aa{sv}", get_items, 0, CHANGES),
    SD_BUS_METHOD_WITH_ARGS("Pause", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, handle_pause,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Continue", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, handle_continue,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Abort", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, handle_abort,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Repeat", SD_BUS_ARGS("s", item), SD_BUS_NO_RESULT, handle_repeat,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Answer", SD_BUS_ARGS("s", item, "v", value, "a{sv}", options), SD_BUS_NO_RESULT,
                            handle_answer, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL_WITH_ARGS("Event", SD_BUS_ARGS("s", type, "s", step, "s", text), 0),
    SD_BUS_SIGNAL_WITH_ARGS("Readings", SD_BUS_ARGS("a(ssddst)", readings), 0),
    SD_BUS_VTABLE_END,
};

static void announce(struct service_run *run)
{
    run->dirty = false;
    run->announced = mb_run_state(run->run);
    (void)sd_bus_emit_properties_changed(run->service->bus, run->path, INTERFACE, "State", "Step",
                                         "StepTitle", "Progress", "Waiting", "Ask", "Question", "Verdict",
                                         "Reason", "Items", NULL);
}

static void announce_readings(struct service_run *run)
{
    sd_bus_message *signal = NULL;
    int r = sd_bus_message_new_signal(run->service->bus, &signal, run->path, INTERFACE, "Readings");

    if (r >= 0)
        r = bus_append_snapshot(signal, mb_bench_last(mb_run_bench(run->run)));
    if (r >= 0)
        (void)sd_bus_send(run->service->bus, signal, NULL);
    sd_bus_message_unref(signal);
}

static uint64_t loop_usec(const struct service_run *run)
{
    uint64_t now = 0;

    (void)sd_event_now(run->service->event, CLOCK_MONOTONIC, &now);
    return now;
}

/* At once, so that who looks is not behind; a simulated bench at many times real time has more of them than
 * anyone can see. */
static void on_readings(struct mb_run *mb_run, void *userdata)
{
    struct service_run *run = userdata;
    uint64_t now = loop_usec(run);

    (void)mb_run;
    if (now - run->told_usec < READINGS_USEC)
        return;
    run->told_usec = now;
    announce_readings(run);
}

/* Runs only while an inspection does. */
static int on_batch(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_service *service = userdata;
    bool active = false;

    (void)usec;
    for (struct service_run *run = service->runs; run; run = run->next) {
        if (run->dirty)
            announce(run);
        if (run->ended)
            continue;
        active = true;
        if (loop_usec(run) - run->told_usec >= BATCH_USEC) /* nothing is polled, or it is slow */
            announce_readings(run);
    }
    if (!active)
        return 0;
    (void)sd_event_source_set_time_relative(source, BATCH_USEC);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void on_changed(struct mb_run *mb_run, void *userdata)
{
    struct service_run *run = userdata;

    run->dirty = true;
    if (run->announced != mb_run_state(mb_run))
        announce(run);
}

static void on_event(struct mb_run *mb_run, const char *type, const char *step, const char *text,
                     void *userdata)
{
    struct service_run *run = userdata;

    (void)mb_run;
    (void)sd_bus_emit_signal(run->service->bus, run->path, INTERFACE, "Event", "sss", type, step, text);
}

static void tell(struct service_run *run, enum mb_journal_id id, const char *who)
{
    service_tell(run->service, id,
                 &(struct mb_journal_entry){.bench = mb_bench_get_setting(mb_run_bench(run->run))->name,
                                            .run = mb_run_uuid(run->run),
                                            .who = who,
                                            .reason = mb_run_reason(run->run),
                                            .verdict = published_verdict(run->run)});
}

static void on_ended(struct mb_run *mb_run, void *userdata)
{
    struct service_run *run = userdata;

    run->ended = true;
    mb_bench_set_observer(mb_run_bench(mb_run), NULL, NULL);
    announce(run);
    tell(run, MB_JOURNAL_RUN_ENDED, NULL);
    bus_lease_run_ended(run->service, mb_run_bench(mb_run));
    service_bench_changed(run->service, mb_run_bench(mb_run));
}

static const struct mb_run_observer observer = {
    .changed = on_changed, .event = on_event, .readings = on_readings, .ended = on_ended};

static struct service_run *run_free(struct service_run *run)
{
    if (!run)
        return NULL;
    if (run->path[0])
        (void)sd_bus_emit_object_removed(run->service->bus, run->path);
    mb_run_free(run->run);
    free(run);
    return NULL;
}

/* Ended runs beyond the newest few make room. */
static void forget_old(struct mb_service *service)
{
    struct service_run **link = &service->runs;
    size_t n = 0;

    while (*link) {
        struct service_run *run = *link;

        if (++n <= MB_BUS_RUNS_KEPT || !run->ended) {
            link = &run->next;
            continue;
        }
        *link = run->next;
        run_free(run);
    }
}

static int start_batch(struct mb_service *service)
{
    int r = 0;

    if (!service->batch)
        r = sd_event_add_time_relative(service->event, &service->batch, CLOCK_MONOTONIC, BATCH_USEC,
                                       BATCH_USEC / 4, on_batch, service);
    else
        r = sd_event_source_set_time_relative(service->batch, BATCH_USEC);
    return r < 0 ? r : sd_event_source_set_enabled(service->batch, SD_EVENT_ONESHOT);
}

static int run_new(struct mb_service *service, const struct mb_bench *bench, struct service_run **ret,
                   struct mb_error *err)
{
    if (service_run_on(service, bench))
        return mb_error_set(err, -EBUSY, "bench %s is busy with another run",
                            mb_bench_get_setting(bench)->name);
    *ret = calloc(1, sizeof **ret);
    if (!*ret)
        return -ENOMEM;
    (*ret)->service = service;
    return 0;
}

/* Frees it when it does not come to that. */
static int show_run(struct service_run *run)
{
    struct mb_service *service = run->service;
    char *path = NULL;
    int r = sd_bus_path_encode(MB_BUS_RUN, mb_run_uuid(run->run), &path);

    if (r < 0) {
        run_free(run);
        return r;
    }
    (void)snprintf(run->path, sizeof run->path, "%s", path);
    free(path);
    run->next = service->runs;
    service->runs = run;
    forget_old(service);
    (void)sd_bus_emit_object_added(service->bus, run->path);
    service_bench_changed(service, mb_run_bench(run->run));
    return start_batch(service);
}

int service_start_run(struct mb_service *service, struct mb_bench *bench,
                      const struct mb_run_request *request, struct service_run **ret, struct mb_error *err)
{
    struct service_run *run;
    int r = run_new(service, bench, &run, err);

    if (r < 0)
        return r;
    r = mb_run_start(service->event, service->setting.store, bench, service->setting.limits, NULL, request,
                     &observer, run, &run->run, err);
    if (r < 0)
        run_free(run);
    else
        r = show_run(run);
    if (r >= 0) {
        tell(run, MB_JOURNAL_RUN_STARTED, request->operator_name);
        *ret = run;
    }
    return r;
}

int service_restore_run(struct mb_service *service, struct mb_bench *bench, const char *uuid,
                        struct mb_error *err)
{
    const struct mb_service_setting *s = &service->setting;
    struct service_run *run;
    int r = run_new(service, bench, &run, err);

    if (r < 0)
        return r;
    r = mb_run_restore(service->event, s->store, bench, s->limits, s->standards, uuid, &observer, run,
                       &run->run, err);
    if (r < 0)
        run_free(run);
    return r < 0 ? r : show_run(run);
}

struct service_run *service_run_on(struct mb_service *service, const struct mb_bench *bench)
{
    for (struct service_run *run = service->runs; run; run = run->next)
        if (!run->ended && mb_run_bench(run->run) == bench)
            return run;
    return NULL;
}

void service_free_runs(struct mb_service *service)
{
    while (service->runs) {
        struct service_run *run = service->runs;

        service->runs = run->next;
        run_free(run);
    }
}

int run_register(struct mb_service *service)
{
    sd_bus_slot *slot = NULL;
    int r = sd_bus_add_fallback_vtable(service->bus, &slot, MB_BUS_RUN, INTERFACE, vtable, find, service);

    if (r >= 0)
        r = bus_keep_slot(service, slot);
    if (r >= 0)
        r = sd_bus_add_node_enumerator(service->bus, &slot, MB_BUS_RUN, enumerate, service);
    return r < 0 ? r : bus_keep_slot(service, slot);
}
