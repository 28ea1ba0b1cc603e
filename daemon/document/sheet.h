/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test sheet (interfaces.md, Test sheet for `evaluate`): readings on paper, or rebuilt from a record.
 * JSON is YAML: a record's sheet goes through the same reader. */
#pragma once

#include "core/error.h"
#include "document/method.h"
#include "method/efficiency.h"
#include "method/stray_test.h"
#include "standard/decision.h"
#include "standard/motor.h"

#define MB_ALSO_MAX 4

struct mb_also {
    const char *name; /* as it is called here, constant text */
    enum mb_efficiency_method method;
};

struct mb_sheet {
    char *standard;             /* "GB/T 1032-2023" */
    enum mb_decision_rule rule; /* simple where the sheet does not say */
    double uncertainty;    /* standard, of the efficiency, by the laboratory's own budget; NAN: not stated */
    struct mb_motor motor; /* with the sample, where the sheet has one */
    const char *method_label;         /* the letter that the sheet used, constant text; NULL: the name here */
    const char *method_name;          /* "2-1-1B": constant text, as it is called here */
    struct mb_efficiency_input input; /* of 2-1-1A to G; its arrays belong to the sheet */
    struct mb_stray_test stray;       /* input.stray points here */
    const struct mb_method_ops *method; /* another method: input holds the nameplate only; else NULL */
    const struct mb_method_rule *rule_of_method; /* by which it may be used */
    void *method_input;
    char *also_text;                  /* as it stands there; NULL */
    struct mb_also also[MB_ALSO_MAX]; /* further methods from the same readings */
    size_t also_count;
};

int mb_sheet_load(const char *path, struct mb_sheet **ret, struct mb_error *err);
int mb_sheet_parse(const char *name, const char *text, size_t size, struct mb_sheet **ret,
                   struct mb_error *err);
struct mb_sheet *mb_sheet_free(struct mb_sheet *sheet);
/* Whether a motor of this kind (enum mb_motor_kind) has one voltage and one current at its terminals. */
bool mb_kind_is_single_phase(int kind);
