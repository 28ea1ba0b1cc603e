/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits and test values that are not efficiency grades: rises, tolerances, withstand voltages, earth and
 * insulation resistance, vibration, noise. One row of requirements.csv each, with standard, edition, clause,
 * mark and source.
 *
 * A row applies to a motor whose nameplate lies in its ranges and whose circumstances (`when`) the caller
 * states. Its number is a + b * base within [minimum, maximum], base being a nameplate value; a tolerance
 * moves a declared value. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "standard/decision.h"
#include "standard/motor.h"

#define MB_REQUIREMENTS_FILE "requirements.csv"

enum mb_requirement_sense {
    MB_REQUIREMENT_LOWER, /* the measured value must not be below */
    MB_REQUIREMENT_UPPER, /* ... above */
    MB_REQUIREMENT_SET,   /* what is to be applied: test voltage, test current, duration */
};

struct mb_requirements;

/* -errno; -EINVAL with FILE:LINE in err. */
int mb_requirements_load(const char *path, struct mb_requirements **ret, struct mb_error *err);
int mb_requirements_parse(const char *name, const char *text, size_t size, struct mb_requirements **ret,
                          struct mb_error *err);
struct mb_requirements *mb_requirements_free(struct mb_requirements *r);
/* The same from memory (a record). */
int mb_requirements_confirm_text(struct mb_requirements *r, const char *name, const char *text, size_t size,
                                 struct mb_error *err);
/* The file as it was read, and what confirms rows of it (NULL: nothing). Borrowed. */
const char *mb_requirements_text(const struct mb_requirements *r, const char **ret_confirmations);
size_t mb_requirements_count(const struct mb_requirements *r);
/* What the laboratory has confirmed, confirmations.yaml of its folder: those for this file name rows by their
 * id, or `all`. No such file: nothing is confirmed. -EINVAL with FILE:LINE: an id that is not there. */
int mb_requirements_confirm(struct mb_requirements *r, const char *path, struct mb_error *err);

/* A row as it stands in the file, for lists and comparisons. Texts are borrowed; "" in an empty field. */
struct mb_requirement_row {
    unsigned line;
    const char *file; /* without folders */
    const char *id, *item, *quantity, *standard, *edition, *clause, *part, *kinds;
    const char *power_kw, *voltage_v, *shaft_height_mm, *poles, *speed_rpm; /* ranges */
    const char *when, *sense, *form, *base, *a, *b, *minimum, *maximum, *unit, *mark, *source;
};
struct mb_requirement_row mb_requirements_row(const struct mb_requirements *r, size_t i);

/* What a row may ask for besides the nameplate: {"method", "resistance"}, {"suspension", "free"}, ended by a
 * NULL name. `thermal-class`, `cooling` and `enclosure` come from the motor where the caller does not give
 * them. */
struct mb_circumstance {
    const char *name, *value;
};

struct mb_requirement_query {
    const char *item, *quantity;    /* NULL: any */
    const char *standard, *edition; /* "GB/T 755"; NULL: any */
    const struct mb_motor *motor;
    const struct mb_circumstance *circumstances; /* NULL: none */
    double declared;                             /* by the maker, unit of the quantity; NAN: none */
};

/* Texts are borrowed from the requirements. */
struct mb_requirement {
    const char *id, *item, *quantity, *standard, *edition, *clause, *part, *unit, *mark, *source;
    enum mb_requirement_sense sense;
    double
        limit; /* SI unit as in unit; NAN: the number is not public, or the nameplate lacks what it needs */
    const char *lacks;   /* key that the motor file does not have, "drive.voltage_max_v"; NULL: none */
    char cell[128];      /* "requirements.csv:12" */
    char confirmed[256]; /* who, when, which copy; "" when the site has not */
};

/* The row at or after *position that fits; *position moves behind it. -ENOENT: no more; -EINVAL: bad query.
 */
int mb_requirement_next(const struct mb_requirements *r, const struct mb_requirement_query *query,
                        size_t *position, struct mb_requirement *ret);

/* A measured value against one requirement. A mark that may not decide, or an absent limit, is INCONCLUSIVE
 * and the statement says so; a requirement to apply (SET) is NOT-APPLICABLE. uncertainty: standard, NAN
 * unknown. */
struct mb_decision mb_requirement_judge(const struct mb_requirement *requirement, enum mb_decision_rule rule,
                                        double value, double uncertainty);
