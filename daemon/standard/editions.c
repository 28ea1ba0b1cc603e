/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/editions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "standard/catalogue.h"
#include "standard/csv.h"
#include "standard/date.h"

#define FILE_MAX (1u << 20)

static const char *const columns[] = {
    "id",       "edition",          "issued",  "replaced_by", "amendment", "transition", "adopted_from",
    "adoption", "supervision_type", "subject", "executed_by", "mark",      "source",     NULL};

struct mb_editions {
    struct mb_csv *csv;
    struct mb_standard_edition *rows;
    size_t count;
};

static const char *const adoptions[] = {"", "IDT", "MOD", "NEQ", NULL};

static int check(const struct mb_editions *e, size_t i, struct mb_error *err)
{
    const struct mb_standard_edition *row = &e->rows[i];
    const struct mb_standard_edition *other = mb_editions_find(e, row->id, row->edition);
    size_t n = 0;

    if (!*row->id || !*row->subject || !*row->mark)
        return mb_csv_error(e->csv, i, err, "id, subject and mark are needed");
    if (*row->issued && !mb_date_valid(row->issued))
        return mb_csv_error(e->csv, i, err, "issued is a date, allowed: YYYY-MM-DD or nothing");
    while (adoptions[n] && strcmp(adoptions[n], row->adoption) != 0)
        n++;
    if (!adoptions[n])
        return mb_csv_error(e->csv, i, err,
                            "adoption '%.20s' is not known, allowed: IDT, MOD, NEQ or nothing",
                            row->adoption);
    if (!*row->adoption != !*row->adopted_from)
        return mb_csv_error(e->csv, i, err, "adopted_from and adoption go together");
    if (other && other != row)
        return mb_csv_error(e->csv, i, err, "this edition stands in line %u too", other->line);
    return 0;
}

/* No chain of successors is longer than the file. */
static int check_chain(const struct mb_editions *e, size_t i, struct mb_error *err)
{
    const struct mb_standard_edition *p = &e->rows[i];
    size_t steps = 0;

    while ((p = mb_edition_successor(e, p)))
        if (++steps > e->count)
            return mb_csv_error(e->csv, i, err, "this edition is replaced by itself in a circle");
    return 0;
}

static void read_row(const struct mb_csv *csv, size_t i, struct mb_standard_edition *row)
{
    const char **const texts[] = {
        &row->id,          &row->edition,      &row->issued,   &row->replaced_by,      &row->amendment,
        &row->transition,  &row->adopted_from, &row->adoption, &row->supervision_type, &row->subject,
        &row->executed_by, &row->mark,         &row->source};

    for (size_t n = 0; n < sizeof texts / sizeof *texts; n++)
        *texts[n] = mb_csv_text(csv, i, n);
    row->line = mb_csv_line(csv, i);
}

int mb_editions_parse(const char *name, const char *text, size_t size, struct mb_editions **ret,
                      struct mb_error *err)
{
    struct mb_editions *e = calloc(1, sizeof *e);
    int r = e ? mb_csv_parse(name, text, size, columns, &e->csv, err) : -ENOMEM;

    if (r == 0) {
        e->count = mb_csv_count(e->csv);
        e->rows = calloc(e->count, sizeof *e->rows);
        r = e->rows ? 0 : -ENOMEM;
    }
    for (size_t i = 0; r == 0 && i < e->count; i++)
        read_row(e->csv, i, &e->rows[i]);
    for (size_t i = 0; r == 0 && i < e->count; i++)
        r = check(e, i, err);
    for (size_t i = 0; r == 0 && i < e->count; i++)
        r = check_chain(e, i, err);
    if (r < 0) {
        mb_editions_free(e);
        return r;
    }
    *ret = e;
    return 0;
}

int mb_editions_load(const char *path, struct mb_editions **ret, struct mb_error *err)
{
    char *text;
    size_t size;
    int r = mb_file_read(path, FILE_MAX, &text, &size, err);

    if (r < 0)
        return r;
    r = mb_editions_parse(path, text, size, ret, err);
    free(text);
    return r;
}

struct mb_editions *mb_editions_free(struct mb_editions *e)
{
    if (!e)
        return NULL;
    mb_csv_free(e->csv);
    free(e->rows);
    free(e);
    return NULL;
}

size_t mb_editions_count(const struct mb_editions *e)
{
    return e->count;
}

const struct mb_standard_edition *mb_editions_get(const struct mb_editions *e, size_t i)
{
    return &e->rows[i];
}

const struct mb_standard_edition *mb_editions_find(const struct mb_editions *e, const char *id,
                                                   const char *edition)
{
    for (size_t i = 0; i < e->count; i++)
        if (strcmp(e->rows[i].id, id) == 0 && strcmp(e->rows[i].edition, edition) == 0)
            return &e->rows[i];
    return NULL;
}

const struct mb_standard_edition *mb_edition_successor(const struct mb_editions *e,
                                                       const struct mb_standard_edition *edition)
{
    const struct mb_standard_edition *next =
        *edition->replaced_by ? mb_editions_find(e, edition->id, edition->replaced_by) : NULL;
    char id[40], year[16], row_id[40], row_year[16];

    if (next || !mb_standard_reference(edition->replaced_by, id, year))
        return next;
    for (size_t i = 0; i < e->count; i++)
        if (mb_standard_reference(e->rows[i].id, row_id, row_year) && strcmp(row_id, id) == 0 &&
            strcmp(e->rows[i].edition, year) == 0)
            return &e->rows[i];
    return NULL;
}
