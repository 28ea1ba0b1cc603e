/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people have to do later: kept in the store, told in the journal and on the bus when it is due. After a
 * start of the daemon all that is overdue is told again: nobody may have heard it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "bus/internal.h"
#include "record/schedule.h"

#define NEVER_S INT64_MAX

static int64_t now_s(void)
{
    return (int64_t)time(NULL);
}

static void remind(struct mb_service *service, const json_t *entry)
{
    const char *run = json_string_value(json_object_get(entry, "run"));
    const char *item = json_string_value(json_object_get(entry, "item"));
    const char *text = json_string_value(json_object_get(entry, "text"));
    int64_t id = json_integer_value(json_object_get(entry, "id"));

    (void)fprintf(stderr, SD_NOTICE "due: %s (run %.8s, item %s, number %lld)\n", text, run, item,
                  (long long)id);
    (void)sd_bus_emit_signal(service->bus, MB_BUS_ROOT, "org.motorbench1.Manager", "ScheduledDue", "tsss",
                             (uint64_t)id, run, item, text);
}

/* Tells what has become due since it last looked, then sets the clock for the next one. */
static int look(struct mb_service *service)
{
    struct mb_error err = {""};
    json_t *list = NULL, *entry;
    int64_t now = now_s(), next = NEVER_S;
    size_t i;

    if (mb_schedule_list(service->setting.store, false, &list, &err) < 0) {
        (void)fprintf(stderr, SD_WARNING "what is scheduled cannot be read: %s\n", err.text);
        return 0;
    }
    json_array_foreach(list, i, entry)
    {
        int64_t due = json_integer_value(json_object_get(entry, "due_s"));

        if (due > now)
            next = due < next ? due : next;
        else if (due > service->reminded_s)
            remind(service, entry);
    }
    json_decref(list);
    service->reminded_s = now;
    if (next == NEVER_S)
        return sd_event_source_set_enabled(service->reminder, SD_EVENT_OFF);
    (void)sd_event_source_set_time(service->reminder, (uint64_t)next * 1000000);
    return sd_event_source_set_enabled(service->reminder, SD_EVENT_ONESHOT);
}

static int on_due(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source;
    (void)usec;
    return look(userdata);
}

int schedule_begin(struct mb_service *service)
{
    int r =
        sd_event_add_time(service->event, &service->reminder, CLOCK_REALTIME, 0, 1000000, on_due, service);

    return r < 0 ? r : sd_event_source_set_enabled(service->reminder, SD_EVENT_ONESHOT);
}

static bool is_item(const struct mb_service *service, const char *id)
{
    const struct mb_items *items = service->setting.standards->items;

    for (size_t i = 0; i < items->count; i++)
        if (strcmp(items->rows[i].id, id) == 0)
            return true;
    return false;
}

static int read_entry(sd_bus_message *m, const struct mb_service *service, struct mb_schedule_entry *entry,
                      struct mb_error *err)
{
    const char *due = "";
    const struct bus_text wanted[] = {{.key = "due", .value = &due},
                                      {.key = "run", .value = &entry->run},
                                      {.key = "item", .value = &entry->item},
                                      {.key = "text", .value = &entry->text}};
    int r = bus_read_texts(m, wanted, sizeof wanted / sizeof *wanted, err);

    if (r >= 0 && !is_item(service, entry->item))
        r = mb_error_set(err, -EINVAL, "there is no item '%.40s'", entry->item);
    return r < 0 ? r : mb_schedule_due(due, now_s(), &entry->due_s, err);
}

/* What is due already when it comes is told at once. */
int schedule_add(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = userdata;
    struct mb_schedule_entry entry = {.run = "", .item = "", .text = ""};
    struct mb_error err = {""};
    char who[32];
    int64_t id = 0;
    int r = bus_authorise(service->authority, m, BUS_ACTION_RUN, "", "", error);

    if (r != 0)
        return r;
    r = read_entry(m, service, &entry, &err);
    bus_caller(m, who);
    entry.who = who;
    if (r >= 0)
        r = mb_schedule_add(service->setting.store, &entry, &id, &err);
    if (r < 0)
        return mb_bus_error(error, r, &err);
    if (entry.due_s <= service->reminded_s)
        service->reminded_s = entry.due_s - 1;
    r = look(service);
    return r < 0 ? r : sd_bus_reply_method_return(m, "t", (uint64_t)id);
}

int schedule_done(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = userdata;
    struct mb_error err = {""};
    uint64_t id = 0;
    char who[32];
    int r = sd_bus_message_read(m, "t", &id);

    if (r >= 0)
        r = bus_authorise(service->authority, m, BUS_ACTION_RUN, "", "", error);
    if (r != 0)
        return r;
    bus_caller(m, who);
    r = mb_schedule_done(service->setting.store, id <= INT64_MAX ? (int64_t)id : -1, who, &err);
    return r < 0 ? mb_bus_error(error, r, &err) : sd_bus_reply_method_return(m, NULL);
}

static int append_entry(sd_bus_message *reply, json_t *entry)
{
    const char *key;
    json_t *value;
    int r = sd_bus_message_open_container(reply, 'a', "{sv}");

    json_object_foreach(entry, key, value)
    {
        if (r >= 0 && json_is_integer(value))
            r = sd_bus_message_append(reply, "{sv}", key, "t", (uint64_t)json_integer_value(value));
        else if (r >= 0)
            r = bus_append_string(reply, key, json_string_value(value));
    }
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

int schedule_list(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = userdata;
    sd_bus_message *reply = NULL;
    struct mb_error err = {""};
    json_t *list = NULL, *entry;
    int all = 0, r = sd_bus_message_read(m, "b", &all);
    size_t i;

    if (r < 0)
        return r;
    r = mb_schedule_list(service->setting.store, all, &list, &err);
    if (r < 0)
        return mb_bus_error(error, r, &err);
    r = sd_bus_message_new_method_return(m, &reply);
    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'a', "a{sv}");
    json_array_foreach(list, i, entry)
    {
        if (r >= 0)
            r = append_entry(reply, entry);
    }
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    json_decref(list);
    return r;
}
