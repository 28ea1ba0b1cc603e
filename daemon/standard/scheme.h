/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certification and labelling schemes as data: schemes.csv, one row a scope of a scheme, or a route of
 * certification with its days. A laboratory's own file replaces the whole table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "standard/motor.h"
#include "standard/requirement_base.h"

#define MB_SCHEMES_FILE "schemes.csv"

/* Texts are borrowed from the schemes; "" in an empty field. */
struct mb_scheme_row {
    const char *row, *scheme, *title, *document, *sold_for, *rests_on, *named, *binding, *route;
    const char *in_force, *until; /* until: first day on which it holds no longer */
    const char *mark, *source, *note;
    unsigned kinds, line;
    struct mb_range voltage_v, power_kw;
    double converted_rpm; /* NAN: the rated power counts as it is */
};

struct mb_schemes;
/* -errno; -EINVAL with FILE:LINE. */
int mb_schemes_load(const char *path, struct mb_schemes **ret, struct mb_error *err);
struct mb_schemes *mb_schemes_free(struct mb_schemes *s);
size_t mb_schemes_count(const struct mb_schemes *s);
const struct mb_scheme_row *mb_schemes_get(const struct mb_schemes *s, size_t i);

/* The route of this name: the first row, or NULL. */
const struct mb_scheme_row *mb_scheme_route(const struct mb_schemes *s, const char *scheme,
                                            const char *route);
bool mb_scheme_in_force(const struct mb_scheme_row *row, const char *day);

/* Whether a standard is claimed on the motor, or named by the task of its sample. */
bool mb_motor_names(const struct mb_motor *motor, const char *standard);

struct mb_scheme_answer {
    const struct mb_scheme_row
        *row; /* the scope that answers, or that comes nearest; NULL: none for this kind */
    bool applies;
    char reason[320];
};
/* Whether a scheme covers a motor, and why. mandatory: whether the standard that the scheme rests on applies
 * as a mandatory one, by its id; NULL: not asked. -ENOENT: no such scheme. */
int mb_scheme_ask(const struct mb_schemes *s, const char *scheme, const struct mb_motor *motor,
                  bool (*mandatory)(const char *standard, const void *userdata), const void *userdata,
                  struct mb_scheme_answer *ret);
