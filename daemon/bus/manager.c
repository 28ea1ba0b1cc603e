/* SPDX-License-Identifier: GPL-3.0-or-later */
/* org.motorbench1.Manager */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus/internal.h"

#define FIND_COUNT_MAX 1000

static int append_path(sd_bus_message *m, const char *prefix, const char *name)
{
    char *path = NULL;
    int r = sd_bus_path_encode(prefix, name, &path);

    if (r >= 0)
        r = sd_bus_message_append(m, "(so)", name, path);
    free(path);
    return r;
}

/* A reply with a(so); append puts the pairs in. */
static int reply_paths(sd_bus_message *m, struct mb_service *service,
                       int (*append)(sd_bus_message *reply, const struct mb_service *service))
{
    sd_bus_message *reply = NULL;
    int r = sd_bus_message_new_method_return(m, &reply);

    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'a', "(so)");
    if (r >= 0)
        r = append(reply, service);
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    return r;
}

static int append_benches(sd_bus_message *reply, const struct mb_service *service)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < service->setting.bench_count; i++)
        r = append_path(reply, MB_BUS_BENCH, mb_bench_get_setting(service->setting.benches[i])->name);
    return r;
}

static int append_instruments(sd_bus_message *reply, const struct mb_service *service)
{
    int r = 0;

    for (size_t b = 0; r >= 0 && b < service->setting.bench_count; b++)
        for (size_t i = 0; r >= 0 && mb_bench_instrument(service->setting.benches[b], i); i++)
            r = append_path(reply, MB_BUS_INSTRUMENT,
                            mb_bench_instrument(service->setting.benches[b], i)->id);
    return r;
}

static int list_benches(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    (void)error;
    return reply_paths(m, userdata, append_benches);
}

static int list_instruments(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    (void)error;
    return reply_paths(m, userdata, append_instruments);
}

#define ITEMS_TEXT_MAX 512

struct options {
    enum mb_decision_rule rule;
    char items[ITEMS_TEXT_MAX]; /* between commas; "" none named */
    const char *method;         /* NULL: none named */
};

/* options: {"items": as, "rule": s, "method": s}. What is not known is refused, not ignored. */
static int read_options(sd_bus_message *m, struct options *ret, struct mb_error *err)
{
    const char *name = NULL;
    const struct bus_text wanted[] = {{.key = "rule", .value = &name},
                                      {.key = "items", .list = ret->items, .list_size = sizeof ret->items},
                                      {.key = "method", .value = &ret->method}};
    int r = bus_read_texts(m, wanted, sizeof wanted / sizeof *wanted, err);

    return r >= 0 && name ? mb_decision_rule_read(name, &ret->rule, err) : r;
}

/* With several it must be named. */
struct mb_bench *service_bench(struct mb_service *service, const char *name)
{
    for (size_t i = 0; i < service->setting.bench_count; i++)
        if ((*name == '\0' && service->setting.bench_count == 1) ||
            strcmp(mb_bench_get_setting(service->setting.benches[i])->name, name) == 0)
            return service->setting.benches[i];
    return NULL;
}

static int start_inspection(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = userdata;
    const char *bench_name, *document, *name;
    struct options options = {.rule = MB_RULE_SIMPLE};
    struct mb_error err = {""};
    struct service_run *run = NULL;
    struct mb_bench *bench;
    char who[32];
    int r = sd_bus_message_read(m, "s", &bench_name);

    if (r < 0)
        return r;
    r = bus_read_motor(m, &document, &name, &err);
    if (r >= 0)
        r = read_options(m, &options, &err);
    bench = r >= 0 ? service_bench(service, bench_name) : NULL;
    if (r >= 0 && !bench)
        r = *bench_name ? mb_error_set(&err, -ENOENT, "there is no bench '%s'", bench_name)
                        : mb_error_set(&err, -ENOENT, "there are %zu benches: name one",
                                       service->setting.bench_count);
    if (r < 0)
        return mb_bus_error(error, r, &err);
    r = service_may(service, m, BUS_ACTION_RUN, bench, true, error);
    if (r != 0)
        return r;
    r = bus_lease_take(service, bench, m, true, &err);
    if (r < 0)
        return mb_bus_error(error, r, &err);
    bus_caller(m, who);
    r = service_start_run(service, bench,
                          &(struct mb_run_request){.motor_name = name,
                                                   .motor_text = document,
                                                   .operator_name = who,
                                                   .laboratory_json = service->setting.laboratory_json,
                                                   .rule = options.rule,
                                                   .standards = service->setting.standards,
                                                   .items = *options.items ? options.items : NULL,
                                                   .method = options.method,
                                                   .plan_directory = service->setting.plan_directory},
                          &run, &err);
    if (r < 0 && !service_run_on(service, bench))
        bus_lease_run_ended(service, bench);
    return r < 0 ? mb_bus_error(error, r, &err) : sd_bus_reply_method_return(m, "o", run->path);
}

static int append_summary(sd_bus_message *reply, const json_t *summary)
{
    const char *key;
    json_t *value;
    int r = sd_bus_message_open_container(reply, 'a', "{sv}");

    json_object_foreach((json_t *)summary, key, value)
    {
        if (r >= 0 && json_is_boolean(value))
            r = bus_append_bool(reply, key, json_is_true(value));
        else if (r >= 0)
            r = bus_append_string(reply, key, json_string_value(value));
    }
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int reply_records(sd_bus_message *m, const json_t *list, uint64_t total)
{
    sd_bus_message *reply = NULL;
    json_t *summary;
    size_t i;
    int r = sd_bus_message_new_method_return(m, &reply);

    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'a', "a{sv}");
    json_array_foreach(list, i, summary) if (r >= 0) r = append_summary(reply, summary);
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    if (r >= 0)
        r = sd_bus_message_append(reply, "t", total);
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    return r;
}

/* The store knows how a run ended; where it is while it lasts, the run itself knows. */
static void show_live_states(const struct mb_service *service, json_t *list)
{
    json_t *summary;
    size_t i;

    json_array_foreach(list, i, summary) for (const struct service_run *run = service->runs; run;
                                              run = run->next) if (!run->ended &&
                                                                   strcmp(mb_run_uuid(run->run),
                                                                          json_string_value(json_object_get(
                                                                              summary, "uuid"))) == 0)(void)
        json_object_set_new(summary, "state", json_string(mb_run_state_name(mb_run_state(run->run))));
}

static int find_records(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = userdata;
    struct mb_record_filter filter = {0};
    const struct bus_text wanted[] = {{.key = "since", .value = &filter.since},
                                      {.key = "until", .value = &filter.until},
                                      {.key = "manufacturer", .value = &filter.manufacturer},
                                      {.key = "model", .value = &filter.model},
                                      {.key = "motor_id", .value = &filter.motor_id},
                                      {.key = "verdict", .value = &filter.verdict}};
    struct mb_error err = {""};
    json_t *list = NULL;
    uint64_t total = 0;
    uint32_t offset = 0, count = 0;
    int r = bus_read_texts(m, wanted, sizeof wanted / sizeof *wanted, &err);

    if (r >= 0)
        r = sd_bus_message_read(m, "uu", &offset, &count);
    if (r >= 0)
        r = mb_store_find(service->setting.store, &filter, offset,
                          count < FIND_COUNT_MAX ? count : FIND_COUNT_MAX, &list, &total, &err);
    if (r < 0)
        return mb_bus_error(error, r, &err);
    show_live_states(service, list);
    r = reply_records(m, list, total);
    json_decref(list);
    return r;
}

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property,
                       sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    (void)bus, (void)path, (void)interface, (void)property, (void)userdata, (void)error;
    return sd_bus_message_append(reply, "s", MB_VERSION);
}

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_METHOD_WITH_ARGS("ListBenches", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(so)", benches), list_benches,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ListInstruments", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(so)", instruments),
                            list_instruments, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("StartInspection", SD_BUS_ARGS("s", bench, "a{sv}", motor, "a{sv}", options),
                            SD_BUS_RESULT("o", run), start_inspection, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("FindRecords", SD_BUS_ARGS("a{sv}", filter, "u", offset, "u", count),
                            SD_BUS_RESULT("aa{sv}", records, "t", total), find_records,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("ListScheduled", SD_BUS_ARGS("b", all), SD_BUS_RESULT("aa{sv}", entries),
                            schedule_list, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("AddScheduled", SD_BUS_ARGS("a{sv}", entry), SD_BUS_RESULT("t", id), schedule_add,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("DoneScheduled", SD_BUS_ARGS("t", id), SD_BUS_NO_RESULT, schedule_done,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL_WITH_ARGS("ScheduledDue", SD_BUS_ARGS("t", id, "s", run, "s", item, "s", text), 0),
    SD_BUS_VTABLE_END,
};

int manager_register(struct mb_service *service)
{
    sd_bus_slot *slot = NULL;
    int r = sd_bus_add_object_vtable(service->bus, &slot, MB_BUS_ROOT, "org.motorbench1.Manager", vtable,
                                     service);

    return r < 0 ? r : bus_keep_slot(service, slot);
}
