/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Efficiency grades from limit tables that are data (the CSV files of standard/data, or a site's own). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "standard/verdict.h"

/* Limit tables as loaded: bytes of each file are kept, so that a record can freeze exactly what decided. */
struct mb_limits;

/* Reads every known table that a directory holds. -errno; -EINVAL with FILE:LINE in err; -ENOENT: not one is
 * there. */
int mb_limits_load(const char *directory, struct mb_limits **ret, struct mb_error *err);
/* As above for the tables of one standard only, which is all that one evaluation needs. A standard of which
 * no table is known gives limits without any. */
int mb_limits_load_standard(const char *directory, const char *standard, struct mb_limits **ret,
                            struct mb_error *err);
/* From one frozen table (a record): name is the file's, with or without folders. -EINVAL also for an unknown
 * name. */
int mb_limits_parse(const char *name, const char *text, size_t size, struct mb_limits **ret,
                    struct mb_error *err);
struct mb_limits *mb_limits_free(struct mb_limits *limits);
/* The file that holds a standard's table, e.g. "gb18613-2020_table1_three_phase.csv", and its bytes
 * (borrowed). -ENOENT. */
int mb_limits_file(const struct mb_limits *limits, const char *standard, const char **ret_name,
                   const char **ret_text, size_t *ret_size);

#define MB_GRADE_MAX 5

struct mb_grade_query {
    const char *standard; /* "GB 18613-2020", "IEC 60034-30-1:2014" (or -2014) */
    const char *kind;     /* motor kind name */
    double power_w;
    int poles;
    double frequency_hz; /* 50 when the caller has none */
    double efficiency;   /* fraction; NAN: verdict INVALID, limits still filled */
};

struct mb_grade {
    char standard[40], table[80];
    char prefix[4];  /* of a grade's name: "" for GB (1 is best of 3), "IE" for IEC (1 is the least of 4) */
    int grade_count; /* how many of limits are used; 0: the standard does not cover this motor */
    int grade;       /* best grade reached; 0: none, or nothing may decide */
    double limit;    /* of the least grade; NAN: no limit for this motor */
    double limits[MB_GRADE_MAX]; /* grades 1, 2, 3 ...; NAN where absent */
    double margin;               /* efficiency - limit */
    enum mb_verdict verdict;
    char mark[32];    /* the mark of the deciding cell */
    char source[160]; /* file:line of the deciding cell(s) */
    char note[320];   /* e.g. "limit not yet confirmed by this laboratory", or why there is no limit */
};

/* Compares full values, no tolerance (procedures 0.2). A power between two listed ones: by the standard's
 * rule, with the mark of that rule (GB 18613: linear, uncertain -> INCONCLUSIVE). Outside the table:
 * NOT-APPLICABLE with the note. -ENOENT: no such standard, err says which there are; -EINVAL: bad value in
 * the query. */
int mb_grade_evaluate(const struct mb_limits *limits, const struct mb_grade_query *query,
                      struct mb_grade *ret, struct mb_error *err);
