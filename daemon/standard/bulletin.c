/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/bulletin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "standard/csv.h"
#include "standard/date.h"

#define FILE_MAX (1u << 20)
#define FILES_MAX 200

static const char *const columns[] = {"id",     "edition",  "title",    "level",
                                      "issued", "in_force", "replaces", NULL};
enum { ID, EDITION, TITLE, LEVEL, ISSUED, IN_FORCE, REPLACES };

struct file {
    struct mb_csv *csv;
    char *name; /* without folders */
};

struct mb_bulletins {
    struct file files[FILES_MAX];
    size_t file_count;
    struct mb_bulletin_row *rows;
    size_t count, room;
};

/* One reference of a list between semicolons; *list moves behind it. */
static bool next_reference(const char **list, char id[40], char edition[16])
{
    char text[80];

    while (**list) {
        size_t n = strcspn(*list, ";");
        int written = snprintf(text, sizeof text, "%.*s", (int)(n < sizeof text ? n : sizeof text), *list);

        *list += n + ((*list)[n] == ';');
        if (written > 0 && (size_t)written < sizeof text && mb_standard_reference(text, id, edition))
            return true;
    }
    return false;
}

static bool is_row(const struct mb_bulletin_row *row, const char *id, const char *edition)
{
    return strcmp(row->edition, edition) == 0 && mb_standard_same(row->id, id);
}

bool mb_bulletin_replaces(const struct mb_bulletin_row *row, const char *id, const char *edition)
{
    const char *list = row->replaces;
    char replaced[40], year[16];

    if (is_row(row, id, edition))
        return false;
    while (next_reference(&list, replaced, year))
        if (mb_standard_same(replaced, id) && (!*year || !*edition || strcmp(year, edition) == 0))
            return true;
    return false;
}

static int check_dates(const struct mb_csv *csv, size_t i, const struct mb_bulletin_row *row,
                       struct mb_error *err)
{
    if (!mb_date_valid(row->issued) || !mb_date_valid(row->in_force))
        return mb_csv_error(csv, i, err, "issued and in_force are dates, allowed: YYYY-MM-DD");
    if (strcmp(row->in_force, row->issued) < 0)
        return mb_csv_error(csv, i, err, "in force on %s, before it is issued on %s", row->in_force,
                            row->issued);
    return 0;
}

static int read_level(const struct mb_csv *csv, size_t i, struct mb_bulletin_row *row, struct mb_error *err)
{
    const char *text = mb_csv_text(csv, i, LEVEL);
    enum mb_level letters = mb_standard_level(row->id);
    unsigned n = 0;

    while (mb_level_names[n] && strcmp(mb_level_names[n], text) != 0)
        n++;
    if (!mb_level_names[n])
        return mb_csv_error(csv, i, err, "level '%.40s' is not known, allowed: %s to %s", text,
                            mb_level_names[0], mb_level_names[MB_LEVEL_INTERNATIONAL]);
    row->level = (enum mb_level)n;
    /* Letters that are nobody's here say nothing. */
    if (letters != MB_LEVEL_SECTORAL && letters != row->level)
        return mb_csv_error(csv, i, err, "%s is %s by its letters, not %s", row->id, mb_level_names[letters],
                            text);
    return 0;
}

static int check_name(const struct mb_csv *csv, size_t i, const struct mb_bulletin_row *row,
                      struct mb_error *err)
{
    char id[40], edition[16];

    if (!*row->title || !mb_standard_reference(row->id, id, edition) || *edition)
        return mb_csv_error(csv, i, err, "id, without its edition, and title are needed");
    for (const char *p = row->title; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return mb_csv_error(csv, i, err, "title holds a control character");
    if (strlen(row->edition) != 4 || strspn(row->edition, "0123456789") != 4)
        return mb_csv_error(csv, i, err, "edition '%.20s' is not one, allowed: a year of four digits",
                            row->edition);
    return 0;
}

static int check_replaced(const struct mb_csv *csv, size_t i, const struct mb_bulletin_row *row,
                          struct mb_error *err)
{
    const char *list = row->replaces;
    char id[40], edition[16];

    for (const char *p = list; *p; p += strcspn(p, ";") + (p[strcspn(p, ";")] == ';')) {
        const char *one = p;
        size_t n = strcspn(p, ";");

        if (n == 0 || !next_reference(&one, id, edition) || one != p + n + (p[n] == ';'))
            return mb_csv_error(csv, i, err,
                                "replaces '%.60s' is not understood, allowed: ID-EDITION, several between ;",
                                row->replaces);
        if (is_row(row, id, edition))
            return mb_csv_error(csv, i, err, "it replaces itself");
        if (mb_standard_same(row->id, id) && *edition && strcmp(edition, row->edition) > 0)
            return mb_csv_error(csv, i, err, "edition %s cannot replace the later edition %s", row->edition,
                                edition);
    }
    return 0;
}

static int read_row(const struct file *file, size_t i, struct mb_bulletin_row *row, struct mb_error *err)
{
    const struct mb_csv *csv = file->csv;
    int r;

    *row = (struct mb_bulletin_row){
        .file = file->name,
        .line = mb_csv_line(csv, i),
        .id = mb_csv_text(csv, i, ID),
        .edition = mb_csv_text(csv, i, EDITION),
        .title = mb_csv_text(csv, i, TITLE),
        .issued = mb_csv_text(csv, i, ISSUED),
        .in_force = mb_csv_text(csv, i, IN_FORCE),
        .replaces = mb_csv_text(csv, i, REPLACES),
    };
    r = check_name(csv, i, row, err);
    if (r == 0)
        r = read_level(csv, i, row, err);
    if (r == 0)
        r = check_dates(csv, i, row, err);
    return r < 0 ? r : check_replaced(csv, i, row, err);
}

static bool same_row(const struct mb_bulletin_row *a, const struct mb_bulletin_row *b)
{
    return a->level == b->level && strcmp(a->title, b->title) == 0 && strcmp(a->issued, b->issued) == 0 &&
           strcmp(a->in_force, b->in_force) == 0 && strcmp(a->replaces, b->replaces) == 0;
}

/* What is replaced must have come first: so no circle of rows can replace itself. */
static bool comes_too_late(const struct mb_bulletin_row *newer, const struct mb_bulletin_row *older)
{
    return mb_bulletin_replaces(newer, older->id, older->edition) &&
           strcmp(newer->in_force, older->in_force) <= 0;
}

/* 1: a row like it is there already. */
static int check_against(const struct mb_bulletins *b, const struct mb_csv *csv, size_t i,
                         const struct mb_bulletin_row *row, struct mb_error *err)
{
    for (size_t n = 0; n < b->count; n++) {
        const struct mb_bulletin_row *other = &b->rows[n];

        if (is_row(other, row->id, row->edition)) {
            if (same_row(row, other))
                return 1;
            return mb_csv_error(csv, i, err, "%s-%s stands otherwise in %s:%u", row->id, row->edition,
                                other->file, other->line);
        }
        if (comes_too_late(row, other) || comes_too_late(other, row))
            return mb_csv_error(
                csv, i, err, "it and %s:%u: what is replaced cannot come into force after what replaces it",
                other->file, other->line);
    }
    return 0;
}

static int make_room(struct mb_bulletins *b, size_t more)
{
    struct mb_bulletin_row *rows;

    if (b->count + more <= b->room)
        return 0;
    rows = reallocarray(b->rows, b->count + more, sizeof *rows);
    if (!rows)
        return -ENOMEM;
    b->rows = rows;
    b->room = b->count + more;
    return 0;
}

static int add_rows(struct mb_bulletins *b, const struct file *file, struct mb_error *err)
{
    const size_t before = b->count;
    int r = make_room(b, mb_csv_count(file->csv));

    for (size_t i = 0; r >= 0 && i < mb_csv_count(file->csv); i++) {
        struct mb_bulletin_row row;

        r = read_row(file, i, &row, err);
        if (r == 0)
            r = check_against(b, file->csv, i, &row, err);
        if (r == 0)
            b->rows[b->count++] = row;
    }
    if (r < 0) {
        b->count = before;
        return r;
    }
    return (int)(b->count - before);
}

int mb_bulletins_add(struct mb_bulletins *b, const char *name, const char *text, size_t size,
                     struct mb_error *err)
{
    struct file *file = &b->files[b->file_count];
    const char *slash = strrchr(name, '/');
    int r;

    if (b->file_count == FILES_MAX)
        return mb_error_set(err, -E2BIG, "%s: more than %d bulletins", name, FILES_MAX);
    r = mb_csv_parse(name, text, size, columns, &file->csv, err);
    if (r < 0)
        return r;
    file->name = strdup(slash ? slash + 1 : name);
    r = file->name ? add_rows(b, file, err) : -ENOMEM;
    if (r < 0) {
        file->csv = mb_csv_free(file->csv);
        free(file->name);
        return r == -ENOMEM ? mb_error_set(err, r, "not enough memory") : r;
    }
    b->file_count++;
    return r;
}

int mb_bulletins_add_file(struct mb_bulletins *b, const char *path, struct mb_error *err)
{
    char *text;
    size_t size;
    int r = mb_file_read(path, FILE_MAX, &text, &size, err);

    if (r < 0)
        return r;
    r = mb_bulletins_add(b, path, text, size, err);
    free(text);
    return r;
}

int mb_bulletins_new(struct mb_bulletins **ret)
{
    struct mb_bulletins *b = calloc(1, sizeof *b);

    if (!b)
        return -ENOMEM;
    *ret = b;
    return 0;
}

struct mb_bulletins *mb_bulletins_free(struct mb_bulletins *b)
{
    if (!b)
        return NULL;
    for (size_t i = 0; i < b->file_count; i++) {
        mb_csv_free(b->files[i].csv);
        free(b->files[i].name);
    }
    free(b->rows);
    free(b);
    return NULL;
}

size_t mb_bulletins_count(const struct mb_bulletins *b)
{
    return b->count;
}

const struct mb_bulletin_row *mb_bulletins_get(const struct mb_bulletins *b, size_t i)
{
    return &b->rows[i];
}

bool mb_bulletins_flag(const struct mb_bulletins *b, const char *id, const char *edition, char *ret,
                       size_t size)
{
    const struct mb_bulletin_row *first = NULL;

    for (size_t i = 0; b && i < b->count; i++)
        if (mb_bulletin_replaces(&b->rows[i], id, edition) &&
            (!first || strcmp(b->rows[i].in_force, first->in_force) < 0))
            first = &b->rows[i];
    ret[0] = '\0';
    if (first)
        (void)snprintf(ret, size, "superseded from %s by %s-%s (%s:%u)", first->in_force, first->id,
                       first->edition, first->file, first->line);
    return first != NULL;
}
