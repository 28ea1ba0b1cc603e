/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalogue of standards (standard/data, standards.csv): one row a scope, several rows a standard where
 * its scope differs by kind of motor, editions side by side. Growing it is adding rows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "standard/motor.h"

#define MB_CATALOGUE_FILE "standards.csv"

enum mb_level {
    MB_LEVEL_MANDATORY,     /* national GB: binds by law (the only such level since 2018) */
    MB_LEVEL_VOLUNTARY,     /* national GB/T: binds when claimed */
    MB_LEVEL_SECTORAL,      /* JB/T ...: binds when claimed */
    MB_LEVEL_LOCAL,         /* DB...: never a basis of supervision */
    MB_LEVEL_ASSOCIATION,   /* T/...: only where a task names it */
    MB_LEVEL_ENTERPRISE,    /* Q/...: recorded; judged where a task names it */
    MB_LEVEL_INTERNATIONAL, /* IEC, ISO: as enterprise */
};
extern const char *const mb_level_names[];

enum mb_standard_role {
    MB_ROLE_EFFICIENCY_LIMIT,
    MB_ROLE_TEST_METHOD,
    MB_ROLE_SAFETY,
    MB_ROLE_RATING,
    MB_ROLE_VIBRATION,
    MB_ROLE_NOISE,
    MB_ROLE_DESIGNATION,
    MB_ROLE_PRODUCT,
    MB_ROLE_GREEN_DESIGN,
};
extern const char *const mb_standard_role_names[];

/* Texts are borrowed from the catalogue; "" where the row says nothing. */
struct mb_standard {
    unsigned line;
    const char *id, *edition, *title, *in_force,
        *until; /* dates; until: the first day it is no longer in force */
    const char *duty, *voltage, *poles, *excluded_cooling, *mark, *source;
    enum mb_level level;
    enum mb_standard_role role;
    unsigned kinds;                                /* bits 1 << enum mb_motor_kind */
    double frequency_hz, power_min_w, power_max_w; /* NAN: any */
};

struct mb_catalogue;

/* -errno; -EINVAL with FILE:LINE in err. */
int mb_catalogue_load(const char *path, struct mb_catalogue **ret, struct mb_error *err);
int mb_catalogue_parse(const char *name, const char *text, size_t size, struct mb_catalogue **ret,
                       struct mb_error *err);
struct mb_catalogue *mb_catalogue_free(struct mb_catalogue *catalogue);
size_t mb_catalogue_count(const struct mb_catalogue *catalogue);
const struct mb_standard *mb_catalogue_get(const struct mb_catalogue *catalogue, size_t i);

/* True when the row's edition is in force on date (YYYY-MM-DD; NULL: the newest edition). */
bool mb_standard_in_force(const struct mb_standard *standard, const char *date);
/* True when the row's scope covers the motor; else the reason. */
bool mb_standard_covers(const struct mb_standard *standard, const struct mb_motor *motor, char *ret_reason,
                        size_t size);

/* A reference as people write it, "JB/T 13299-2017", "IEC 60034-1:2022", "GB18613": id in the catalogue's
 * spelling of blanks, edition "" when undated. False when it is too long or empty. */
bool mb_standard_reference(const char *text, char id[40], char edition[16]);
/* Whether two ids are the same but for blanks and the case of letters. */
bool mb_standard_same(const char *a, const char *b);
/* By the letters in front, for standards outside the catalogue. */
enum mb_level mb_standard_level(const char *id);
