/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of standard/: the limit tables as loaded. Others use grade.h.
 *
 * tables.csv says which tables there are: a row of it is a limit_spec, and names the file of the numbers. */
#pragma once

#include <stdbool.h>

#include "standard/csv.h"
#include "standard/grade.h"
#include "standard/motor.h"
#include "standard/requirement_base.h"
#include "standard/site.h"

#define LIMITS_TOLERANCES "tolerances.csv"

/* How a standard gives the limit of a power between two listed ones. */
enum limit_rule {
    LIMIT_RULE_LINEAR,     /* straight line between the neighbours */
    LIMIT_RULE_MIDPOINT,   /* the upper neighbour's from the midpoint on, below it the lower one's */
    LIMIT_RULE_POLYNOMIAL, /* A x^3 + B x^2 + C x + D, x = log10(P / kW), in percent, to one decimal */
    LIMIT_RULE_CONVERTER,  /* the polynomial, with the losses that a converter adds (IEC TS 60034-30-2) */
};

/* What a column of a limit file means; which there are is told by tables.csv. */
enum limit_column {
    COLUMN_STANDARD,
    COLUMN_EDITION,
    COLUMN_TABLE,
    COLUMN_MOTOR_KIND,
    COLUMN_FREQUENCY,
    COLUMN_VOLTAGE, /* volts between semicolons */
    COLUMN_COOLING, /* IC codes between semicolons */
    COLUMN_POLES,
    COLUMN_SPEED_MIN,
    COLUMN_SPEED_MAX,
    COLUMN_POWER_MIN,
    COLUMN_POWER_MAX,
    COLUMN_GRADE,
    COLUMN_EFFICIENCY,
    COLUMN_MARK,
    COLUMN_COUNT
};
#define LIMIT_COLUMNS_MAX 16
#define LIMIT_MARK_MAX 31 /* characters */

/* One row of tables.csv; texts without a note are borrowed from it. */
struct limit_spec {
    unsigned line;
    const char *standard;           /* "GB 18613-2020" */
    const char *id, *edition;       /* as the file's own columns have them */
    const char *table;              /* as it is told */
    const char *rows;               /* names between semicolons: whose rows of the file; "": all */
    const char *row_kind;           /* motor_kind of those rows; "": any */
    const char *file, *use;         /* use: what the motor is sold for, "": any */
    const char *voltages, *cooling; /* lists between semicolons; "": any */
    const char *rule_mark, *coefficients, *source;
    char *lists; /* owned: the cut texts behind columns and grades */
    const char *columns[LIMIT_COLUMNS_MAX + 1], *grades[MB_GRADE_MAX];
    int column_of[COLUMN_COUNT]; /* -1: the file has none */
    char prefix[4];              /* what the names of the grades have in common: "" or "IE" */
    int grade_count, least;      /* the least grade: its limit decides */
    unsigned kinds;              /* bits 1 << enum mb_motor_kind */
    double frequency_hz;         /* NAN: any */
    struct mb_range voltage;
    double power_min_kw, power_max_kw; /* scope; NAN: open */
    double unit_kw;                    /* of the powers in the file */
    double power_tolerance;            /* relative: what counts as a listed power */
    double fall_from_kw, fall_to_kw;   /* where a limit may fall with rising power; NAN: nowhere */
    enum limit_rule rule;
    bool by_speed; /* else by poles */
};

struct limit_cell {
    unsigned line;
    int grade;
    double key_min, key_max;        /* poles or r/min; equal: that one only, else above key_min to key_max */
    const char *voltages, *cooling; /* "": whatever the table's row in tables.csv says */
    double power_min_kw, power_max_kw; /* equal for a single listed power */
    double limit;                      /* a fraction */
    const char *mark;
    const struct confirmation *confirmed; /* NULL: not by this laboratory */
};

struct limit_polynomial {
    unsigned line;
    int poles, grade;
    double speed_min_rpm, speed_max_rpm; /* of a table by speed: above the first, to the second */
    double power_min_kw, power_max_kw, a, b, c, d;
    const char *mark;
};

/* A file as it was read: its bytes are what a record freezes. */
struct limit_file {
    char *name, *path, *text;
    size_t size;
    bool site; /* from the laboratory's own folder */
    struct mb_csv *csv;
};

struct limit_table {
    const struct limit_file *file; /* NULL: not there */
    struct limit_cell *cells;      /* by key, grade, power */
    size_t cell_count, cell_room;
    const struct limit_file *coefficients;
    struct limit_polynomial *polynomials;
    size_t polynomial_count;
    const struct confirmation *rule_confirmed; /* of the interpolation */
};

struct limit_tolerance {
    const char *rule, *mark;
    double power_above_kw, power_to_kw; /* NAN: open */
    double loss_fraction;               /* of 1 - limit, by which the limit is lowered */
    unsigned line;
};

#define LIMIT_FILES_MAX 64
#define LIMIT_TOLERANCES_MAX 32

struct mb_limits {
    struct limit_file files[LIMIT_FILES_MAX];
    size_t file_count;
    struct limit_spec *specs;
    size_t spec_count;
    struct limit_table *tables; /* parallel to specs */
    struct limit_tolerance tolerances[LIMIT_TOLERANCES_MAX];
    size_t tolerance_count;
    struct confirmations *confirmations; /* NULL: none */
};

/* limits_spec.c */
int limits_read_specs(struct mb_limits *limits, struct limit_file *file, struct mb_error *err);
/* Whether list, words between semicolons, has this one. */
bool limits_list_has(const char *list, const char *word);
/* As above for volts. */
bool limits_list_has_volts(const char *list, double volts);

/* limits.c; "IEC 60034-30-1:2014" and "-2014" are the same */
bool limits_is_standard(const struct limit_spec *spec, const char *standard);

/* limits_cells.c: the numbers of a file into the tables that have it; sorted, no motor twice. */
int limits_read_cells(struct mb_limits *limits, struct limit_file *file, struct mb_error *err);
/* Of one motor and grade, whatever its power. */
bool limit_cells_related(const struct limit_cell *a, const struct limit_cell *b);

/* limits_formula.c */
int limits_read_polynomials(struct mb_limits *limits, struct limit_file *file, struct mb_error *err);
/* In percent, one decimal. */
double limits_polynomial_percent(const struct limit_polynomial *p, double power_kw);
int limits_read_tolerances(struct mb_limits *limits, struct limit_file *file, struct mb_error *err);

/* What a query asks for, in the words of a table: poles or r/min, power. */
struct limit_key {
    double key, power_kw, voltage_v; /* voltage_v 0: not known */
    const char *cooling;             /* "": not known */
};
/* Whether the motor is this cell's, grade and power aside. */
bool limit_cell_is_for(const struct limit_cell *cell, const struct limit_key *key);
/* The cell that lists this power, or NULL. */
const struct limit_cell *limit_cell_find(const struct limit_spec *spec, const struct limit_table *table,
                                         const struct limit_key *key, int grade);
/* The listed neighbours of a power; NULL where there is none on that side. */
void limit_cell_neighbours(const struct limit_table *table, const struct limit_key *key, int grade,
                           const struct limit_cell **ret_below, const struct limit_cell **ret_above);
/* "confirmed by the site", or the mark of the file. */
const char *limit_cell_mark(const struct limit_cell *cell);
