/* SPDX-License-Identifier: GPL-3.0-or-later */
/* org.motorbench1.Standards: what the standards say, as the commands standards, plan, grade and evaluate
 * print it with --json. It asks the data only: no bench, no record. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus/internal.h"
#include "document/evaluation.h"
#include "document/standards_json.h"

#define SHEET_MAX (1u << 20)
#define SHEET_NAME "sheet"

/* Takes the document; a null one is a lack of memory. */
static int reply_json(sd_bus_message *m, json_t *document)
{
    char *text = document ? json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    int r = text ? sd_bus_reply_method_return(m, "s", text) : -ENOMEM;

    free(text);
    json_decref(document);
    return r;
}

static int handle_list(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = userdata;
    char day[MB_DAY_SIZE];
    int all, r = sd_bus_message_read(m, "b", &all);

    if (r < 0)
        return r;
    r = mb_today(day);
    return r < 0 ? mb_bus_error(error, r, NULL)
                 : reply_json(m, mb_standards_list_json(service->setting.standards, day, all));
}

static int handle_get(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = userdata;
    struct mb_error err = {""};
    char day[MB_DAY_SIZE];
    json_t *document = NULL;
    const char *id;
    int r = sd_bus_message_read(m, "s", &id);

    if (r < 0)
        return r;
    r = mb_today(day);
    if (r == 0)
        r = mb_standards_show_json(service->setting.standards, id, day, &document, &err);
    return r < 0 ? mb_bus_error(error, r, &err) : reply_json(m, document);
}

static int make_plan(const struct mb_standards *standards, const char *name, const char *text, json_t **ret,
                     struct mb_error *err)
{
    struct mb_plan *plan = NULL;
    struct mb_motor motor;
    char day[MB_DAY_SIZE];
    int r;

    mb_motor_init(&motor);
    r = mb_motor_parse(name, text, strlen(text), &motor, err);
    if (r == 0)
        r = mb_plan_make(&motor, standards, mb_today(day) == 0 ? day : NULL, &plan, err);
    if (r == 0)
        *ret = mb_plan_json(plan);
    mb_plan_free(plan);
    mb_motor_clear(&motor);
    return r;
}

static int handle_plan(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = userdata;
    struct mb_error err = {""};
    const char *text, *name;
    json_t *document = NULL;
    int r = bus_read_motor(m, &text, &name, &err);

    if (r >= 0)
        r = make_plan(service->setting.standards, name, text, &document, &err);
    return r < 0 ? mb_bus_error(error, r, &err) : reply_json(m, document);
}

/* ---- Grade. ---- */

static const struct query_key {
    const char *key;
    char type; /* s, d or i */
    size_t offset;
} query_keys[] = {
    {"kind", 's', offsetof(struct mb_grade_query, kind)},
    {"power_w", 'd', offsetof(struct mb_grade_query, power_w)},
    {"poles", 'i', offsetof(struct mb_grade_query, poles)},
    {"efficiency", 'd', offsetof(struct mb_grade_query, efficiency)},
    {"frequency_hz", 'd', offsetof(struct mb_grade_query, frequency_hz)},
    {"voltage_v", 'd', offsetof(struct mb_grade_query, voltage_v)},
    {"speed_rpm", 'd', offsetof(struct mb_grade_query, speed_rpm)},
    {"cooling", 's', offsetof(struct mb_grade_query, cooling)},
    {"use", 's', offsetof(struct mb_grade_query, use)},
    {"tolerance", 's', offsetof(struct mb_grade_query, tolerance)},
    {"uncertainty", 'd', offsetof(struct mb_grade_query, uncertainty)},
};

static int read_rule(sd_bus_message *m, struct mb_grade_query *query, struct mb_error *err)
{
    const char *name;
    int r = sd_bus_message_read(m, "v", "s", &name);

    return r < 0 ? mb_error_set(err, -EINVAL, "query: rule is of type s")
                 : mb_decision_rule_read(name, &query->rule, err);
}

static int read_key(sd_bus_message *m, struct mb_grade_query *query, struct mb_error *err)
{
    const char *key;
    int r = sd_bus_message_read(m, "s", &key);

    if (r < 0)
        return r;
    if (strcmp(key, "rule") == 0)
        return read_rule(m, query, err);
    for (size_t i = 0; i < sizeof query_keys / sizeof *query_keys; i++) {
        const char type[] = {query_keys[i].type, '\0'};

        if (strcmp(query_keys[i].key, key) != 0)
            continue;
        r = sd_bus_message_read(m, "v", type, (char *)query + query_keys[i].offset);
        return r < 0 ? mb_error_set(err, -EINVAL, "query: %s is of type %s", key, type) : r;
    }
    return mb_error_set(err, -EINVAL, "query: unknown key '%s'", key);
}

static int read_query(sd_bus_message *m, struct mb_grade_query *query, struct mb_error *err)
{
    int r = sd_bus_message_enter_container(m, 'a', "{sv}");

    while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        r = read_key(m, query, err);
        if (r >= 0)
            r = sd_bus_message_exit_container(m);
    }
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    if (r >= 0 && (!query->kind || isnan(query->efficiency)))
        r = mb_error_set(err, -EINVAL, "query: %s is needed", query->kind ? "efficiency" : "kind");
    return r;
}

static int handle_grade(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_grade_query query = {.frequency_hz = 50, .efficiency = NAN};
    struct mb_service *service = userdata;
    struct mb_error err = {""};
    struct mb_grade grade;
    int r = sd_bus_message_read(m, "s", &query.standard);

    if (r < 0)
        return r;
    r = read_query(m, &query, &err);
    if (r >= 0)
        r = mb_grade_evaluate(service->setting.limits, &query, &grade, &err);
    return r < 0 ? mb_bus_error(error, r, &err) : reply_json(m, mb_grade_json(&grade));
}

/* ---- Evaluate. ---- */

/* The whole file from its start, wherever its position is. A pipe could make the daemon wait: it is refused.
 */
static int read_sheet(int fd, char **ret, size_t *ret_size, struct mb_error *err)
{
    struct stat st;
    size_t size = 0;
    ssize_t n = 1;
    char *text;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > SHEET_MAX)
        return mb_error_set(err, -EINVAL,
                            SHEET_NAME ": a regular file or a memory file of at most %u bytes "
                                       "is needed",
                            SHEET_MAX);
    text = malloc((size_t)st.st_size + 1);
    if (!text)
        return -ENOMEM;
    while (size < (size_t)st.st_size && n > 0) {
        n = pread(fd, text + size, (size_t)st.st_size - size, (off_t)size);
        size += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        free(text);
        return mb_error_set(err, -EINVAL, SHEET_NAME ": cannot be read");
    }
    text[size] = '\0';
    *ret = text;
    *ret_size = size;
    return 0;
}

static int evaluate(const struct mb_limits *limits, const char *text, size_t size, json_t **ret,
                    struct mb_error *err)
{
    struct mb_evaluation *evaluation = NULL;
    struct mb_sheet *sheet = NULL;
    int r = mb_sheet_parse(SHEET_NAME, text, size, &sheet, err);

    if (r == 0)
        r = mb_evaluation_new(sheet, limits, &evaluation, err);
    if (r == 0)
        *ret = mb_evaluation_json(sheet, evaluation);
    mb_evaluation_free(evaluation);
    mb_sheet_free(sheet);
    return r;
}

static int handle_evaluate(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = userdata;
    struct mb_error err = {""};
    json_t *document = NULL;
    char *text = NULL;
    size_t size = 0;
    int fd, r = sd_bus_message_read(m, "h", &fd);

    if (r < 0)
        return r;
    r = read_sheet(fd, &text, &size, &err);
    if (r == 0)
        r = evaluate(service->setting.limits, text, size, &document, &err);
    free(text);
    return r < 0 ? mb_bus_error(error, r, &err) : reply_json(m, document);
}

/* Each answer is one JSON document; its numbers have the units of their names. */
static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    /* motorbench standards list [--all] */
    SD_BUS_METHOD_WITH_ARGS("List", SD_BUS_ARGS("b", all), SD_BUS_RESULT("s", json), handle_list,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    /* motorbench standards show ID */
    SD_BUS_METHOD_WITH_ARGS("Get", SD_BUS_ARGS("s", id), SD_BUS_RESULT("s", json), handle_get,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    /* motorbench plan: motor as for StartInspection */
    SD_BUS_METHOD_WITH_ARGS("Plan", SD_BUS_ARGS("a{sv}", motor), SD_BUS_RESULT("s", json), handle_plan,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    /* motorbench grade: the keys of query_keys, its options */
    SD_BUS_METHOD_WITH_ARGS("Grade", SD_BUS_ARGS("s", standard, "a{sv}", query), SD_BUS_RESULT("s", json),
                            handle_grade, SD_BUS_VTABLE_UNPRIVILEGED),
    /* motorbench evaluate: the text of a test sheet */
    SD_BUS_METHOD_WITH_ARGS("Evaluate", SD_BUS_ARGS("h", sheet), SD_BUS_RESULT("s", json), handle_evaluate,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

int standards_register(struct mb_service *service)
{
    sd_bus_slot *slot = NULL;
    int r;

    if (!service->setting.standards)
        return 0;
    r = sd_bus_add_object_vtable(service->bus, &slot, MB_BUS_STANDARDS, "org.motorbench1.Standards", vtable,
                                 service);
    return r < 0 ? r : bus_keep_slot(service, slot);
}
