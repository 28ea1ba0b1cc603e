/* SPDX-License-Identifier: GPL-3.0-or-later */
/* org.motorbench1.Record: finished and running inspections as they stand on disk. Objects exist by their
 * path; there is no list: FindRecords has it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/internal.h"
#include "bus/task.h"
#include "document/number_json.h"
#include "record/waveform.h"

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret_found,
                sd_bus_error *error)
{
    struct mb_service *service = userdata;
    char *uuid = NULL, *bytes = NULL;
    size_t size;
    int r = sd_bus_path_decode(path, MB_BUS_RECORD, &uuid);

    (void)bus, (void)interface, (void)error;
    if (r <= 0)
        return r;
    /* Every run has frozen its motor file before its first command. */
    r = mb_store_frozen(service->setting.store, uuid, "motor-file", &bytes, &size, NULL);
    free(bytes);
    free(uuid);
    if (r < 0 && r != -EBADMSG) /* one that is damaged is there, and says so when it is asked */
        return 0;
    *ret_found = service;
    return 1;
}

/* In the thread: the whole record. */
static int load(struct record_job *job, struct mb_store *store)
{
    return mb_store_load(store, job->uuid, &job->document, &job->err);
}

static int append_text_of(sd_bus_message *reply, const json_t *document, const char *key)
{
    return bus_append_string(reply, key, json_string_value(json_object_get(document, key)));
}

/* A reply whose one argument append makes from the record's document. */
static int reply_document(sd_bus_message *call, const json_t *document,
                          int (*append)(sd_bus_message *reply, const json_t *document))
{
    sd_bus_message *reply = NULL;
    int r = sd_bus_message_new_method_return(call, &reply);

    if (r >= 0)
        r = append(reply, document);
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    return r;
}

static int append_summary(sd_bus_message *reply, const json_t *document)
{
    static const char *const keys[] = {"uuid", "bench", "started", "ended", "state", "verdict", "reason"};
    const json_t *efficiency = json_object_get(json_object_get(document, "evaluation"), "efficiency");
    int r = sd_bus_message_open_container(reply, 'a', "{sv}");

    for (size_t i = 0; r >= 0 && i < sizeof keys / sizeof *keys; i++)
        r = append_text_of(reply, document, keys[i]);
    if (r >= 0)
        r = bus_append_bool(reply, "simulated", json_is_true(json_object_get(document, "simulated")));
    if (r >= 0 && json_is_number(efficiency))
        r = bus_append_double(reply, "efficiency", json_number_value(efficiency));
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int reply_summary(struct mb_service *service, sd_bus_message *call, struct record_job *job)
{
    (void)service;
    return reply_document(call, job->document, append_summary);
}

static int handle_summary(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    return record_ask(userdata, m, &(struct record_job){.work = load, .reply = reply_summary}, error);
}

static int append_item(sd_bus_message *reply, const json_t *item)
{
    static const char *const texts[] = {"id",       "title",  "state", "verdict", "reason",
                                        "standard", "clause", "unit",  "mark"};
    static const char *const numbers[] = {"value", "limit"};
    int r = sd_bus_message_open_container(reply, 'a', "{sv}");

    for (size_t i = 0; r >= 0 && i < sizeof texts / sizeof *texts; i++)
        r = append_text_of(reply, item, texts[i]);
    for (size_t i = 0; r >= 0 && i < sizeof numbers / sizeof *numbers; i++)
        if (json_is_number(json_object_get(item, numbers[i])))
            r = bus_append_double(reply, numbers[i], json_number_value(json_object_get(item, numbers[i])));
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_items(sd_bus_message *reply, const json_t *document)
{
    json_t *item;
    size_t i;
    int r = sd_bus_message_open_container(reply, 'a', "a{sv}");

    json_array_foreach(json_object_get(document, "items"), i, item) if (r >= 0) r = append_item(reply, item);
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int reply_items(struct mb_service *service, sd_bus_message *call, struct record_job *job)
{
    (void)service;
    return reply_document(call, job->document, append_items);
}

static int handle_get_items(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    return record_ask(userdata, m, &(struct record_job){.work = load, .reply = reply_items}, error);
}

static bool is_reading(const json_t *entry)
{
    return mb_json_text_is(entry, "type", "reading") || mb_json_text_is(entry, "type", "rejected");
}

/* In the thread: the lines that are wanted (from, count) as a list of texts instead of the document. */
static int take_readings(struct record_job *job, struct mb_store *store)
{
    json_t *document = NULL, *lines = json_array(), *entry;
    size_t i;
    int r = lines ? mb_store_load(store, job->uuid, &document, &job->err) : -ENOMEM;

    json_array_foreach(json_object_get(document, "entries"), i, entry)
    {
        char *line;

        if (!is_reading(entry) || job->total++ < job->numbers[0] ||
            job->total > job->numbers[0] + job->numbers[1] || r < 0)
            continue;
        line = json_dumps(entry, JSON_COMPACT | JSON_REAL_PRECISION(17));
        r = line && json_array_append_new(lines, json_string(line)) == 0 ? 0 : -ENOMEM;
        free(line);
    }
    json_decref(document);
    job->document = lines;
    return r;
}

static int append_lines(sd_bus_message *reply, const json_t *lines)
{
    json_t *line;
    size_t i;
    int r = sd_bus_message_open_container(reply, 'a', "s");

    json_array_foreach(lines, i, line) if (r >= 0) r =
        sd_bus_message_append(reply, "s", json_string_value(line));
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int reply_readings(struct mb_service *service, sd_bus_message *call, struct record_job *job)
{
    sd_bus_message *reply = NULL;
    int r = sd_bus_message_new_method_return(call, &reply);

    (void)service;
    if (r >= 0)
        r = append_lines(reply, job->document);
    if (r >= 0)
        r = sd_bus_message_append(reply, "t", job->total);
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    return r;
}

static int handle_get_readings(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    uint32_t offset, count;
    int r = sd_bus_message_read(m, "uu", &offset, &count);

    return r < 0 ? r
                 : record_ask(userdata, m,
                              &(struct record_job){
                                  .work = take_readings, .reply = reply_readings, .numbers = {offset, count}},
                              error);
}

static int handle_open_report(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_error err = {""};
    const char *format, *language;
    int r = sd_bus_message_read(m, "ss", &format, &language);

    if (r < 0)
        return r;
    if (*language && strcmp(language, "en") != 0)
        return mb_bus_error(
            error, mb_error_set(&err, -ENOTSUP, "language '%s' is not known, allowed: en", language), &err);
    return report_open(userdata, m, format, error);
}

static int verify(struct record_job *job, struct mb_store *store)
{
    json_t *result = NULL;
    int r = mb_store_verify(store, job->uuid, &result, &job->err);

    if (r < 0)
        return r;
    job->ok = json_is_true(json_object_get(result, "ok"));
    job->text = json_dumps(result, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(result);
    return job->text ? 0 : -ENOMEM;
}

static int reply_verified(struct mb_service *service, sd_bus_message *call, struct record_job *job)
{
    (void)service;
    return sd_bus_reply_method_return(call, "bs", (int)job->ok, job->text);
}

static int handle_verify(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    return record_ask(userdata, m, &(struct record_job){.work = verify, .reply = reply_verified}, error);
}

/* In the thread. The bytes are held against the hash in the chain. */
static int copy_waveform(struct record_job *job, struct mb_store *store)
{
    struct mb_waveform waveform;
    int r = mb_store_waveform(store, job->uuid, job->words[0], &waveform, &job->err);

    if (r < 0)
        return r;
    r = mb_waveform_copy(&waveform, &job->file, &job->err);
    (void)close(waveform.fd);
    return r;
}

static int handle_open_waveform(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    const char *name;
    int r = sd_bus_message_read(m, "s", &name);

    return r < 0 ? r
                 : record_ask(userdata, m,
                              &(struct record_job){
                                  .work = copy_waveform, .reply = record_reply_file, .words = {(char *)name}},
                              error);
}

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Summary", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", summary), handle_summary,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("GetItems", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", items), handle_get_items,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("GetReadings", SD_BUS_ARGS("u", offset, "u", count),
                            SD_BUS_RESULT("as", lines, "t", total), handle_get_readings,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("OpenReport", SD_BUS_ARGS("s", format, "s", language), SD_BUS_RESULT("h", report),
                            handle_open_report, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("OpenWaveform", SD_BUS_ARGS("s", name), SD_BUS_RESULT("h", recording),
                            handle_open_waveform, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("GetStatement", SD_BUS_ARGS("s", who, "s", meaning),
                            SD_BUS_RESULT("s", statement), record_get_statement, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Sign", SD_BUS_ARGS("ay", signature), SD_BUS_RESULT("t", number), record_sign,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("RequestTimestamp", SD_BUS_ARGS("t", signature), SD_BUS_RESULT("ay", request),
                            record_request_timestamp, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("AttachTimestamp", SD_BUS_ARGS("ay", answer), SD_BUS_RESULT("t", number),
                            record_attach_timestamp, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Verify", SD_BUS_NO_ARGS, SD_BUS_RESULT("b", ok, "s", json), handle_verify,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

int record_register(struct mb_service *service)
{
    sd_bus_slot *slot = NULL;
    int r = sd_bus_add_fallback_vtable(service->bus, &slot, MB_BUS_RECORD, "org.motorbench1.Record", vtable,
                                       find, service);

    return r < 0 ? r : bus_keep_slot(service, slot);
}
