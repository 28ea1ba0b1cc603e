/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the report, in the order of the pages. Each draws at the cursor and leaves out what the record
 * does not have. One file a part. */
#pragma once

#include <stdbool.h>

#include "report/pdf/page.h"

void section_front(struct report *report);       /* laboratory, what was tested, verdict */
void section_motor(struct report *report);       /* nameplate, sample */
void section_sample(struct report *report);      /* where it comes from, its papers */
void section_instruments(struct report *report); /* instruments, conditions of the test */
void section_result(struct report *report);      /* validity, efficiency, losses */
void section_items(struct report *report);       /* findings of each item, what was not run */
void section_photographs(struct report *report);
void section_plots(struct report *report);
void section_readings(
    struct report *report); /* every accepted reading, then the rejected and replaced ones */
void section_remedies(struct report *report); /* advice for what failed */
void section_sheet(struct report *report);    /* the readings of a sheet without a record */
void section_course(struct report *report);   /* what happened, what was frozen, the chain */

/* What was judged: from the verdict entry, else from the evaluation. */
struct judgement {
    const char *title, *verdict, *standard, *edition, *clause, *mark, *source, *note, *reason, *unit;
    double value, limit;
};
size_t judgements(const struct report *report, struct judgement *ret, size_t max);
/* Losses summed by 2-1-1B and its kin: the members that this report has tables and diagrams for. */
bool is_induction(const json_t *evaluation);
#define FORMAT_RECORD "motorbench-record/1" /* docs/decisions/0001-shape.md */
#define FORMAT_SHEET "motorbench-sheet/1"   /* 0005-report.md */
/* A sheet that was evaluated by itself: nothing of a record is there. */
bool is_sheet_only(const struct report *report);
/* The last entry of a type, NULL when there is none. */
const json_t *last_entry(const struct report *report, const char *type);
const struct colour *verdict_colour(const char *verdict);
