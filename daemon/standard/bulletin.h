/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bulletins of newly approved standards, as a laboratory keeps them in its folder of limits: bulletin-*.csv
 * with the columns id, edition, title, level, issued, in_force, replaces (motorbench-bulletin(5)). They judge
 * nothing: they say which rows of the data somebody has to look at, and until when. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "standard/catalogue.h"

/* Texts are borrowed from the bulletins. */
struct mb_bulletin_row {
    const char *file; /* without folders */
    unsigned line;
    const char *id, *edition, *title, *issued, *in_force; /* the last two are dates */
    const char *replaces; /* ID-EDITION, several between semicolons; without an edition: any; "": nothing */
    enum mb_level level;
};

struct mb_bulletins;

/* Without a row. -ENOMEM. */
int mb_bulletins_new(struct mb_bulletins **ret);
/* Every bulletin of a folder, which may be missing or NULL; as mb_bulletins_add. */
int mb_bulletins_load(const char *folder, struct mb_bulletins **ret, struct mb_error *err);
/* One bulletin more: the number of its rows that were not known yet. -EINVAL with FILE:LINE: a row that
 * contradicts itself or an earlier one (in force before it was issued, replaces itself or something newer, a
 * level that its letters do not have, other data than a row of the same edition); then nothing is added. */
int mb_bulletins_add(struct mb_bulletins *bulletins, const char *name, const char *text, size_t size,
                     struct mb_error *err);
/* As above from a file. */
int mb_bulletins_add_file(struct mb_bulletins *bulletins, const char *path, struct mb_error *err);
struct mb_bulletins *mb_bulletins_free(struct mb_bulletins *bulletins);
size_t mb_bulletins_count(const struct mb_bulletins *bulletins);
const struct mb_bulletin_row *mb_bulletins_get(const struct mb_bulletins *bulletins, size_t i);

/* Whether the row puts something in the place of this edition; edition "" stands for whichever is in force.
 */
bool mb_bulletin_replaces(const struct mb_bulletin_row *row, const char *id, const char *edition);
/* "superseded from DATE by ID-EDITION (FILE:LINE)" by the earliest row that replaces this edition; false and
 * "" where there is none. bulletins may be NULL. */
bool mb_bulletins_flag(const struct mb_bulletins *bulletins, const char *id, const char *edition, char *ret,
                       size_t size);

/* Whether a file of a laboratory's folder is a bulletin, by its name. */
bool mb_bulletin_is_name(const char *leaf);
/* Keeps a bulletin in the folder as bulletin-DATE.csv (the newest day of issue; -2, -3 behind it where that
 * name is taken). 1 and its name; 0 and nothing written when every row is known there. -errno; -EINVAL as
 * mb_bulletins_add, also against what is there. */
int mb_bulletin_keep(const char *path, const char *folder, char *ret_name, size_t size, struct mb_error *err);
