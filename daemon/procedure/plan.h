/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A procedure as data: the order of steps, their set points, gates and waiting times. Files in
 * share/motorbench/plans. */
#pragma once

#include "procedure/step.h"

#define MB_PLAN_STEPS_MAX 40

struct mb_procedure {
    char *id, *title; /* "efficiency-2-1-1B" */
    char *method;     /* "2-1-1B": of the sheet that the record becomes */
    char *standard;   /* "GB/T 1032-2023" */
    char *item;       /* item of the inspection list: "efficiency" */
    struct mb_gates gates;
    struct mb_plan_step *steps;
    size_t step_count;
    double minutes; /* sum of the steps' */
    char *text;     /* the file as read: a record freezes it */
    size_t text_size;
};

int mb_procedure_load(const char *path, struct mb_procedure **ret, struct mb_error *err);
int mb_procedure_parse(const char *name, const char *text, size_t size, struct mb_procedure **ret,
                       struct mb_error *err);
struct mb_procedure *mb_procedure_free(struct mb_procedure *procedure);
