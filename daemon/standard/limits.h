/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of standard/: the known limit tables and their cells. Others use grade.h. */
#pragma once

#include "standard/grade.h"
#include "standard/motor.h"

/* How a standard gives the limit of a power between two listed ones. */
enum limit_rule {
    LIMIT_RULE_LINEAR,     /* straight line between the neighbours */
    LIMIT_RULE_MIDPOINT,   /* the upper neighbour's from the midpoint on, below it the lower one's */
    LIMIT_RULE_POLYNOMIAL, /* A x^3 + B x^2 + C x + D, x = log10(P / kW), in percent, rounded to one decimal
                            */
};

/* One table of one standard. Adding a table of this shape is adding a row and its file. */
struct limit_source {
    const char *standard;     /* "GB 18613-2020" */
    const char *id, *edition; /* as the file's own columns have them */
    const char *table;
    const char *file;
    unsigned kinds; /* bits 1 << enum mb_motor_kind */
    double frequency_hz;
    double power_min_kw, power_max_kw; /* scope; from public descriptions where the file is absent */
    bool ranges;            /* the file has rated_power_min_kw and _max_kw instead of rated_power_kw */
    const char *prefix;     /* of a grade in the file: "" or "IE" */
    int grade_count, least; /* the least grade: its limit decides */
    enum limit_rule rule;
    const char *rule_mark;    /* of the rule, where the numbers themselves are good */
    const char *coefficients; /* LIMIT_RULE_POLYNOMIAL: the file */
};
extern const struct limit_source mb_limit_sources[]; /* standard NULL at the end */
#define LIMIT_SOURCE_COUNT 7

struct limit_cell {
    unsigned line;
    int poles, grade;
    double power_min_kw, power_max_kw; /* equal for a single listed power */
    double limit;                      /* a fraction */
    char mark[32];
};

struct limit_polynomial {
    unsigned line;
    int poles, grade;
    double power_min_kw, power_max_kw, a, b, c, d;
    char mark[32];
};

struct limit_table {
    char *text; /* the file's bytes; NULL: the file is not there */
    size_t size;
    struct limit_cell *cells;
    size_t cell_count;
    struct limit_polynomial *polynomials;
    size_t polynomial_count;
};

struct mb_limits {
    struct limit_table tables[LIMIT_SOURCE_COUNT]; /* parallel to mb_limit_sources */
};

/* The cell that lists this power (nameplate powers are decimal: equal within 1e-9), or NULL. */
const struct limit_cell *mb_limit_cell(const struct limit_table *table, int poles, double power_kw,
                                       int grade);
/* The listed neighbours of a power; NULL where there is none on that side. */
void mb_limit_neighbours(const struct limit_table *table, int poles, double power_kw, int grade,
                         const struct limit_cell **ret_below, const struct limit_cell **ret_above);
