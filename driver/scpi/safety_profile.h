/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block `safety_test` of a profile: what an electrical-safety tester is told before, in and after a test,
 * and what its answers mean. Data only; the way to stop is the profile's `safe`, which must be there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/safety.h"
#include "data/data.h"
#include "scpi/profile.h"

enum mb_safety_parameter_kind {
    MB_SAFETY_VOLTAGE,
    MB_SAFETY_CURRENT,
    MB_SAFETY_LIMIT_HIGH,
    MB_SAFETY_LIMIT_LOW,
    MB_SAFETY_RAMP,
    MB_SAFETY_HOLD,
    MB_SAFETY_FALL,
    MB_SAFETY_FREQUENCY,
    MB_SAFETY_PARAMETER_COUNT
};
extern const char *const mb_safety_parameter_names[]; /* "voltage", "limit-high"; ends with NULL */

/* Where a value stands in a reply of fields between commas; blanks count nowhere. */
struct mb_safety_position {
    int at;       /* from 1 */
    char *prefix; /* text in front of the number ("H="), or NULL */
    char *unit; /* V, A, ohm, s, Hz: stands behind the number with an SI prefix ("kV"); NULL: a bare number */
    double unit_factor; /* of a bare number: the base unit by the unit of the reply */
};

/* One value of the set-up: the command, then what the tester has made of it (testers clamp in silence).
 * minimum, maximum and tolerance are in base units. */
struct mb_safety_parameter {
    int of; /* enum mb_safety_parameter_kind */
    double minimum, maximum, tolerance;
    double unit_factor; /* base unit by the tester's unit, in the command and in a bare number read back */
    int digits;         /* after the decimal point of the command */
    double off;         /* what is sent where the test gives no value, in the tester's unit */
    bool has_off;
    char *write, *query;
    struct mb_safety_position back;
    int mark;
};

struct mb_safety_mode {
    int kind;   /* enum mb_safety_kind */
    char *word; /* regular expression for the tester's word for it in results; NULL: results have none */
    double discharge_s;
    const struct mb_node *select_node, *parameters_node, *finish_node;
    struct mb_exchange_list select, finish; /* before and after the values */
    struct mb_safety_parameter *parameters;
    size_t parameter_count;
    int mark;
};

enum mb_safety_field_kind {
    MB_SAFETY_FIELD_MODE,
    MB_SAFETY_FIELD_VERDICT,
    MB_SAFETY_FIELD_APPLIED,
    MB_SAFETY_FIELD_VALUE,
    MB_SAFETY_FIELD_ELAPSED,
};

struct mb_safety_field {
    int is;            /* enum mb_safety_field_kind */
    int in;            /* a kind of test this is for; MB_SAFETY_KIND_COUNT: every one */
    char *ramp_prefix; /* ELAPSED: stands there instead of prefix while the voltage rises */
    struct mb_safety_position position;
};

struct mb_safety_reply {
    char *query;
    const struct mb_node *fields_node;
    struct mb_safety_field *fields;
    size_t field_count;
    int mark;
};

/* The first that fits decides; what fits none is not a verdict. */
struct mb_safety_word {
    char *match;
    int means; /* enum mb_safety_verdict */
    int mark;
};

struct mb_safety_block {
    struct {
        char *query, *closed; /* closed: regular expression */
        char *none;           /* why it cannot be asked; instead of the two */
        int mark;
    } interlock;
    const struct mb_node *before_start_node, *modes_node, *arm_node, *results_node, *verdicts_node;
    struct mb_exchange_list before_start, arm;
    struct mb_safety_mode *modes;
    size_t mode_count;
    struct {
        char *write;
        int mark;
    } start;
    struct {
        char *query, *running, *finished; /* regular expressions */
        double interval_s, first_after_s, margin_s;
        bool after_ramp; /* first_after_s counts from the end of the ramp */
        bool blocks;     /* the reply comes when the test has ended; running is not needed */
        int mark;
    } poll;
    bool compare_before; /* the result is asked for before the start too: one that stays the same is an old
                            one */
    struct mb_safety_reply *results;
    size_t result_count;
    struct mb_safety_word *verdicts;
    size_t verdict_count;
};

/* Reads the block. *ret is owned by the caller: mb_safety_block_free. */
int mb_safety_block_read(const struct mb_node *node, struct mb_safety_block **ret, struct mb_error *err);
struct mb_safety_block *mb_safety_block_free(struct mb_safety_block *b);
/* What the tables of fields cannot say. -EINVAL with one line. */
int mb_safety_block_check(const struct mb_profile *p, struct mb_error *err);

const struct mb_safety_mode *mb_safety_mode_find(const struct mb_safety_block *b, enum mb_safety_kind kind);
