/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The methods of a test sheet beside 2-1-1A and 2-1-1B: one entry each (docs/decisions/0012-methods.md), and
 * which standard allows which of them for what. */
#pragma once

#include <jansson.h>

#include "core/error.h"
#include "data/data.h"
#include "method/efficiency.h"
#include "method/outcome.h"
#include "standard/motor.h"

struct mb_sheet;

struct mb_method_ops {
    const char *id;              /* as `sheet.method` names it */
    const char *const *sections; /* keys of the sheet besides sheet, motor, sample; NULL at the end */
    size_t input_size;
    size_t result_size; /* of a struct whose first member is a struct mb_outcome */
    /* Fills the zeroed input from the sheet's sections; sheet has motor and standard already. -EINVAL with
     * FILE:LINE, -ENOMEM. */
    int (*read)(const struct mb_node *root, const struct mb_sheet *sheet, void *input, struct mb_error *err);
    void (*clear)(void *input); /* what read has allocated, also after an error; NULL: nothing */
    /* N m, of all readings: what the torque transducer must resolve. NULL: no torque is used, or tests of it
     * that need not; then the sheet has no section `torque`. */
    double (*lowest_torque_nm)(const void *input);
    void (*evaluate)(const void *input, void *result); /* daemon/method; fills all of the zeroed result */
    /* Adds the method's own members (intermediates) to the evaluation's document. 0 or -1. */
    int (*json)(const void *input, const void *result, json_t *root);
};

/* Names for `sheet.method`, 2-1-1A and 2-1-1B first; NULL at the end. */
extern const char *const mb_method_names[];
extern const char *const mb_method_titles[]; /* what each does, in the same order */
/* The name here of what a standard calls so: its own letters come first ("B" of GB/T 1032; "2-3-A" is another
 * method in GB/T 22670 than in IEC 60034-2-3), then the names here. NULL: not known. *ret_label: the letter
 * of the table that it was, or NULL. */
const char *mb_method_resolve(const char *text, const char *standard, const char **ret_label);
/* Whether it is one of those that share one evaluator and its sections: 2-1-1A, B, C, F. */
bool mb_method_of_induction(const char *id, enum mb_efficiency_method *ret);
/* NULL: not a method, or one that document/sheet.c reads itself (2-1-1A, B, C, F). */
const struct mb_method_ops *mb_method_find(const char *id);
/* Reads the method's sections into a new input. Refuses keys that it does not have. */
int mb_method_input_read(const struct mb_method_ops *ops, const struct mb_node *root,
                         const struct mb_sheet *sheet, void **ret, struct mb_error *err);
void mb_method_input_free(const struct mb_method_ops *ops, void *input); /* both may be NULL */

enum mb_method_status { MB_METHOD_ALLOWED, MB_METHOD_PREFERRED, MB_METHOD_REFUSED };

/* What one edition of a standard says of one method. */
struct mb_method_rule {
    const char *method, *standard; /* "2-1-1C", "GB/T 1032-2023" */
    const char *label;             /* what the standard itself calls it; "" not known */
    unsigned kinds;                /* bits 1 << enum mb_motor_kind */
    double power_from_w, power_to_w;
    double voltage_to_v;
    enum mb_method_status status;
    const char *mark;     /* of the row, as in procedures.md */
    const char *sentence; /* why it is refused, or what to know; "" nothing */
};

/* method NULL at the end. */
extern const struct mb_method_rule mb_method_rules[];
/* What a standard has, by its own labels: "A, B, E1"; "" where it is not in the rules. */
void mb_method_rules_of(const char *standard, char *buffer, size_t size);
/* The rule by which this motor may be tested so; NULL: none. */
const struct mb_method_rule *mb_method_rule_allows(const char *method, const char *standard,
                                                   const struct mb_motor *motor);
/* The same with the sentence: -EINVAL. label: of the standard, NULL: whatever it calls the method. */
int mb_method_rule_check(const char *method, const char *label, const char *standard,
                         const struct mb_motor *motor, const struct mb_method_rule **ret,
                         struct mb_error *err);
/* The same for a sheet (label NULL: whatever the standard calls it); the standard's
 * name with '-' or ':' before the year. -EINVAL with the sentence, after the line of root, the sheet. */
int mb_method_rule_find(const char *method, const char *label, const char *standard,
                        const struct mb_motor *motor, const struct mb_node *root,
                        const struct mb_method_rule **ret, struct mb_error *err);
