/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/remedies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "standard/csv.h"

static const char *const columns[] = {"about", "advice", "mark", "source", NULL};
enum { C_ABOUT, C_ADVICE, C_MARK, C_SOURCE };

struct mb_remedies {
    struct mb_csv *csv;
    struct mb_remedy *rows;
    size_t count;
};

static int read_row(const struct mb_csv *csv, size_t i, void *element, struct mb_error *err)
{
    struct mb_remedy *row = element;

    *row = (struct mb_remedy){mb_csv_text(csv, i, C_ABOUT), mb_csv_text(csv, i, C_ADVICE),
                              mb_csv_text(csv, i, C_MARK), mb_csv_text(csv, i, C_SOURCE)};
    return *row->about && *row->advice && *row->source
               ? 0
               : mb_csv_error(csv, i, err, "about, advice and source are needed");
}

int mb_remedies_load(const char *path, struct mb_remedies **ret, struct mb_error *err)
{
    struct mb_remedies *s = calloc(1, sizeof *s);
    int r = s ? mb_csv_load(path, columns, &s->csv, err) : mb_error_set(err, -ENOMEM, "not enough memory");

    if (r == 0)
        r = mb_csv_rows(s->csv, sizeof *s->rows, read_row, (void **)&s->rows, &s->count, err);
    if (r < 0) {
        mb_remedies_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct mb_remedies *mb_remedies_free(struct mb_remedies *s)
{
    if (!s)
        return NULL;
    mb_csv_free(s->csv);
    free(s->rows);
    free(s);
    return NULL;
}

const struct mb_remedy *mb_remedy_next(const struct mb_remedies *s, const char *about, size_t *position)
{
    while (*position < s->count) {
        const struct mb_remedy *row = &s->rows[(*position)++];

        if (!about || strcmp(row->about, about) == 0)
            return row;
    }
    return NULL;
}
