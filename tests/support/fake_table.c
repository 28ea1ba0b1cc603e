/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/fake_table.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 128
#define LINES_MAX 2048

struct fake_table {
    char *query[ROWS_MAX], *reply[ROWS_MAX];
    size_t rows;
    const struct fake_reply *words;
    char previous[FAKE_TEXT_MAX], last[FAKE_TEXT_MAX];
    enum fake_mode mode;
    char *mode_query;
    unsigned mode_times;
    bool ignores_commands;
    char *lines[LINES_MAX];
    unsigned line_count;
};

struct fake_table *fake_table_new(const struct fake_reply *rows)
{
    struct fake_table *t = calloc(1, sizeof *t);

    assert_non_null(t);
    for (; rows->query; rows++)
        fake_table_answer(t, rows->query, rows->reply);
    return t;
}

struct fake_table *fake_table_free(struct fake_table *t)
{
    if (!t)
        return NULL;
    for (size_t i = 0; i < t->rows; i++) {
        free(t->query[i]);
        free(t->reply[i]);
    }
    fake_table_forget(t);
    free(t->mode_query);
    free(t);
    return NULL;
}

static int find_row(const struct fake_table *t, const char *query)
{
    for (size_t i = 0; i < t->rows; i++)
        if (strcmp(t->query[i], query) == 0)
            return (int)i;
    return -1;
}

void fake_table_answer(struct fake_table *t, const char *query, const char *reply)
{
    int row = find_row(t, query);

    if (row < 0) {
        assert_true(t->rows < ROWS_MAX);
        row = (int)t->rows++;
        t->query[row] = strdup(query);
    }
    free(t->reply[row]);
    t->reply[row] = strdup(reply);
}

void fake_table_words(struct fake_table *t, const struct fake_reply *words)
{
    t->words = words;
}

void fake_table_misbehave(struct fake_table *t, enum fake_mode mode, const char *query, unsigned times)
{
    free(t->mode_query);
    t->mode_query = query ? strdup(query) : NULL;
    t->mode = mode;
    t->mode_times = times;
}

void fake_table_ignore_commands(struct fake_table *t, bool ignore)
{
    t->ignores_commands = ignore;
}

static enum fake_mode take_mode(struct fake_table *t, const char *query)
{
    enum fake_mode mode = t->mode;

    if (mode == FAKE_NORMAL || (t->mode_query && strcmp(t->mode_query, query) != 0))
        return FAKE_NORMAL;
    if (t->mode_times > 0 && --t->mode_times == 0)
        t->mode = FAKE_NORMAL;
    return mode;
}

static void take_command(struct fake_table *t, const char *line)
{
    const char *blank = strchr(line, ' '), *value = blank ? blank + 1 : "";
    char query[FAKE_TEXT_MAX];

    if (!blank || t->ignores_commands)
        return;
    (void)snprintf(query, sizeof query, "%.*s?", (int)(blank - line), line);
    if (find_row(t, query) < 0)
        return;
    for (const struct fake_reply *w = t->words; w && w->query; w++)
        if (strcmp(w->query, value) == 0)
            value = w->reply;
    fake_table_answer(t, query, value);
}

const char *fake_table_hear(struct fake_table *t, const char *line, enum fake_mode *ret_mode)
{
    int row = find_row(t, line);

    if (t->line_count < LINES_MAX)
        t->lines[t->line_count++] = strdup(line);
    if (row < 0) {
        take_command(t, line);
        return NULL;
    }
    memcpy(t->previous, t->last, sizeof t->previous);
    (void)snprintf(t->last, sizeof t->last, "%s", t->reply[row]);
    *ret_mode = take_mode(t, line);
    return t->reply[row];
}

const char *fake_table_previous(const struct fake_table *t)
{
    return t->previous;
}

unsigned fake_table_count(const struct fake_table *t, const char *line)
{
    unsigned n = 0;

    for (unsigned i = 0; i < t->line_count; i++)
        n += !line || strcmp(t->lines[i], line) == 0;
    return n;
}

void fake_table_forget(struct fake_table *t)
{
    for (unsigned i = 0; i < t->line_count; i++)
        free(t->lines[i]);
    t->line_count = 0;
}
