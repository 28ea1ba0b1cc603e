/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Efficiency grades from limit tables that are data (the CSV files of standard/data, or a site's own). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "standard/decision.h"
#include "standard/motor.h"

#define MB_LIMITS_SITE "/etc/motorbench/limits" /* where a laboratory has its own tables */
#define MB_LIMITS_TABLES "tables.csv"           /* which tables there are, and what their columns mean */
#define MB_LIMITS_FROZEN "limits/"              /* folder of frozen tables, in names of a record */
#define MB_LIMITS_FROZEN_SITE "limits/site/"    /* of those that the laboratory has of its own */
#define MB_LIMITS_NAME_MAX 95                   /* bytes of the name of a file of limits */

/* Limit tables as loaded: bytes of each file are kept, so that a record can freeze exactly what decided. */
struct mb_limits;

struct mb_limits_place {
    const char *directory; /* the tables that come with the program */
    const char *site;      /* the laboratory's: files of the same name replace, confirmations.yaml confirms;
                              NULL, or not there: none */
    const char *standard;  /* its tables only, which is all that one evaluation needs; NULL: all */
    bool unchecked;        /* do not refuse a table of the site for what mb_limits_check finds */
};

/* -errno; -EINVAL with FILE:LINE in err, also for a site's table that has a gap or is not in order; -ENOENT:
 * not one table of limits is there. A standard of which no table is known gives limits without any. */
int mb_limits_open(const struct mb_limits_place *place, struct mb_limits **ret, struct mb_error *err);
/* As above without a site. */
int mb_limits_load(const char *directory, struct mb_limits **ret, struct mb_error *err);
int mb_limits_load_standard(const char *directory, const char *standard, struct mb_limits **ret,
                            struct mb_error *err);

struct mb_limits_file {
    const char *name, *text; /* borrowed; the name without folders */
    size_t size;
    bool site;
};
/* From frozen files (a record): names with or without folders, tables.csv among them. A name that it does not
 * know is somebody else's. */
int mb_limits_parse(const struct mb_limits_file files[], size_t count, struct mb_limits **ret,
                    struct mb_error *err);
struct mb_limits *mb_limits_free(struct mb_limits *limits);
/* The files that say what a standard's limits are, for freezing: tables.csv, tables with numbers in them,
 * coefficients, tolerances, confirmations. i counts from 0; -ENOENT at the end, or for i 0 when there is no
 * table of the standard. */
int mb_limits_file(const struct mb_limits *limits, const char *standard, size_t i,
                   struct mb_limits_file *ret);

#define MB_GRADE_MAX 5
#define MB_GRADE_NAME_SIZE 24

struct mb_grade_query {
    const char *standard; /* "GB 18613-2020", "IEC 60034-30-1:2014" (or -2014) */
    const char *kind;     /* motor kind name */
    double power_w;
    int poles;           /* 0: not known */
    double frequency_hz; /* 50 when the caller has none */
    double efficiency;   /* fraction; NAN: verdict INVALID, limits still filled */
    /* 0 or NULL: not known. A table that needs it, or several that fit without it, give INCONCLUSIVE. */
    double voltage_v, speed_rpm; /* rated; the speed of a table of speeds is else the synchronous one */
    const char *cooling;         /* IC code: "IC411" */
    const char *use;             /* what the motor is sold for: "elevator", "air-conditioner-fan" */
    char *const *uses;           /* the same of a motor file, which may name several */
    size_t use_count;
    const char *tolerance;      /* rule of tolerances.csv, "GB/T 755-2019"; NULL: full values are compared */
    enum mb_decision_rule rule; /* agreed before the test; simple when not said */
    double uncertainty;         /* standard uncertainty of the efficiency, a fraction */
};
/* value lowered by the tolerance of this rule, with the rule's mark. -ENOENT: no such rule here. */
int mb_grade_tolerate(const struct mb_limits *limits, const char *rule, double power_w, double value,
                      double *ret, const char **ret_mark);
/* Everything but standard, efficiency and tolerance from a motor file; borrows its texts. */
void mb_grade_query_motor(const struct mb_motor *motor, struct mb_grade_query *query);

struct mb_grade {
    char standard[40], table[80];
    char prefix[4];  /* of a grade's name: "" for GB (1 is best of 3), "IE" for IEC (1 is the least of 4) */
    int grade_count; /* how many of limits are used; 0: the standard does not cover this motor */
    int grade;       /* best grade reached; 0: none, or nothing may decide */
    char names[MB_GRADE_MAX][MB_GRADE_NAME_SIZE]; /* of the grades: "1", "IE1", "premium" */
    double limit;                                 /* of the least grade; NAN: no limit for this motor */
    double limits[MB_GRADE_MAX];                  /* grades 1, 2, 3 ...; NAN where absent */
    double margin; /* efficiency - limit, the limit lowered by the tolerance where one was asked for */
    enum mb_verdict verdict;
    char mark[32];       /* the mark of the deciding cell */
    char source[160];    /* file:line of the deciding cell(s), " (site)" behind a laboratory's own table */
    char note[320];      /* e.g. "limit not yet confirmed by this laboratory", or why there is no limit */
    char confirmed[240]; /* who, when, which copy; "": not by this laboratory */
    char tolerance[32];  /* the rule applied; "": none */
    double tolerated;    /* limit - tolerance, what the efficiency was compared with; NAN without a rule */
    enum mb_decision_rule rule;
    double uncertainty; /* NAN: not known */
    struct mb_decision
        decision; /* of the efficiency against the limit shown; statement NULL: none was made */
};

/* Compares full values, without a tolerance unless the query names one (procedures 0.2, F5). A power between
 * two listed ones: by the standard's rule, with the mark of that rule (GB 18613: linear, uncertain ->
 * INCONCLUSIVE). Outside the table: NOT-APPLICABLE with the note. -ENOENT: no such standard, err says which
 * there are; -EINVAL: bad value in the query. */
int mb_grade_evaluate(const struct mb_limits *limits, const struct mb_grade_query *query,
                      struct mb_grade *ret, struct mb_error *err);
