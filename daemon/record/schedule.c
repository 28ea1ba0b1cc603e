/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/schedule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record/internal.h"

#define TEXT_MAX 400
#define LATER_MAX 3650 /* days: more is a slip of the pen */
#define TIME_SIZE 32
#define DAY_S 86400

static int cannot_read(const char *text, struct mb_error *err)
{
    return mb_error_set(err, -EINVAL, "'%.40s' is no time: YYYY-MM-DDTHH:MM, or +30m, +48h, +6d from now on",
                        text);
}

static int later(const char *text, int64_t now_s, int64_t *ret_s, struct mb_error *err)
{
    static const struct {
        const char *unit;
        long seconds;
    } units[] = {{"m", 60}, {"h", 3600}, {"d", DAY_S}};
    char *end;
    long count;

    errno = 0;
    count = strtol(text + 1, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (errno != 0 || end == text + 1 || strcmp(end, units[i].unit) != 0 || count <= 0 ||
            count > LATER_MAX * DAY_S / units[i].seconds)
            continue;
        *ret_s = now_s + count * units[i].seconds;
        return 0;
    }
    return cannot_read(text, err);
}

int mb_schedule_due(const char *text, int64_t now_s, int64_t *ret_s, struct mb_error *err)
{
    struct tm tm = {.tm_isdst = -1};
    const char *end;
    time_t t;

    if (*text == '+')
        return later(text, now_s, ret_s, err);
    end = strptime(text, "%Y-%m-%dT%H:%M", &tm);
    if (end && *end == ':')
        end = strptime(end, ":%S", &tm);
    t = end && *end == '\0' ? mktime(&tm) : (time_t)-1;
    if (t == (time_t)-1)
        return cannot_read(text, err);
    *ret_s = t;
    return 0;
}

int mb_schedule_add(struct mb_store *store, const struct mb_schedule_entry *entry, int64_t *ret_id,
                    struct mb_error *err)
{
    int64_t run;
    int r;

    if (!*entry->text || strlen(entry->text) > TEXT_MAX)
        return mb_error_set(err, -EINVAL, "what is to be done is said in 1 to %d bytes", TEXT_MAX);
    r = mb_run_lookup(store, entry->run, &run, err);
    if (r == 0)
        r = mb_sql_run(store, err,
                       "INSERT INTO schedule (due_s, run, item, text, who) VALUES (?, ?, ?, ?, ?)", "iittt",
                       entry->due_s, run, entry->item, entry->text, entry->who);
    if (r == 0)
        *ret_id = sqlite3_last_insert_rowid(store->db);
    return r;
}

static void local_time(int64_t s, char buffer[static TIME_SIZE])
{
    time_t t = (time_t)s;
    struct tm tm;

    if (!localtime_r(&t, &tm) || strftime(buffer, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        buffer[0] = '\0';
}

static json_t *entry_json(sqlite3_stmt *row)
{
    char due[TIME_SIZE], done[TIME_SIZE] = "";

    local_time(sqlite3_column_int64(row, 1), due);
    if (sqlite3_column_type(row, 6) != SQLITE_NULL)
        local_time(sqlite3_column_int64(row, 6), done);
    return json_pack("{s:I, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "id",
                     (json_int_t)sqlite3_column_int64(row, 0), "due", due, "due_s",
                     (json_int_t)sqlite3_column_int64(row, 1), "run", mb_sql_text(row, 2), "item",
                     mb_sql_text(row, 3), "text", mb_sql_text(row, 4), "who", mb_sql_text(row, 5), "done",
                     done, "done_by", mb_sql_text(row, 7));
}

int mb_schedule_list(struct mb_store *store, bool all, json_t **ret, struct mb_error *err)
{
    json_t *list = json_array();
    sqlite3_stmt *row;
    int r = mb_sql_prepare(store, &row, err,
                           "SELECT s.id, s.due_s, r.uuid, s.item, s.text, s.who, s.done_s, s.done_by "
                           "FROM schedule s JOIN run r ON r.id = s.run WHERE ? OR s.done_s IS NULL "
                           "ORDER BY s.due_s, s.id",
                           "i", (int64_t)all);

    if (r < 0) {
        json_decref(list);
        return r;
    }
    while ((r = mb_sql_step(store, row, err)) > 0)
        (void)json_array_append_new(list, entry_json(row));
    (void)sqlite3_finalize(row);
    if (r < 0)
        json_decref(list);
    else
        *ret = list;
    return r;
}

int mb_schedule_done(struct mb_store *store, int64_t id, const char *who, struct mb_error *err)
{
    sqlite3_stmt *row;
    bool found, done = false;
    int r = mb_sql_prepare(store, &row, err, "SELECT done_s FROM schedule WHERE id = ?", "i", id);

    if (r < 0)
        return r;
    r = mb_sql_step(store, row, err);
    found = r > 0;
    if (found)
        done = sqlite3_column_type(row, 0) != SQLITE_NULL;
    (void)sqlite3_finalize(row);
    if (r < 0)
        return r;
    if (!found)
        return mb_error_set(err, -ENOENT, "nothing is scheduled as number %lld", (long long)id);
    if (done)
        return mb_error_set(err, -ESTALE, "number %lld is done already", (long long)id);
    return mb_sql_run(store, err, "UPDATE schedule SET done_s = ?, done_by = ? WHERE id = ?", "iti",
                      (int64_t)time(NULL), who, id);
}
