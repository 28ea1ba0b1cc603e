/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A procedure as data: the order of steps, their set points, gates and waiting times. Files in
 * share/motorbench/plans. */
#pragma once

#include "procedure/step.h"

#define MB_PLAN_STEPS_MAX 40

struct mb_procedure {
    char *id, *title;      /* "efficiency-2-1-1B" */
    char *method;          /* "2-1-1B": of the sheet that the record becomes; NULL: it makes none */
    char *standard;        /* "GB/T 1032-2023"; NULL: the plan of the inspection says by which */
    char *item;            /* item of the inspection list: "efficiency" */
    unsigned kinds;        /* of motors that it is for: bits 1 << enum mb_motor_kind */
    bool powered;          /* the motor is energised: not done after a failed safety item */
    bool safety;           /* its failure stops powered items */
    bool load_drives;      /* the load machine must drive */
    bool load_partner;     /* it must be a second motor with a source of its own */
    bool both_supplies;    /* begins with the sinusoidal one; a person changes it between the steps */
    bool sealing_ring;     /* the motor file must state the sealing ring */
    struct mb_gates gates; /* all zero where the file gives none */
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
