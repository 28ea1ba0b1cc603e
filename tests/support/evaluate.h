/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs `motorbench evaluate --json` over a test sheet and looks into its answer. Failures end the test
 * (cmocka). */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "support/run_program.h"

struct evaluated {
    struct run_result run;
    json_t *document; /* NULL when standard output was not one JSON document */
    char path[256];   /* of the sheet that was evaluated */
    unsigned line;    /* of the first edit, 0 without */
};

struct sheet_edit {
    const char *from; /* stands exactly once in the sheet */
    const char *to;   /* NULL: the whole line goes */
};

/* The text of tests/data/sheets/NAME with the edits made (ended by from == NULL; may be NULL), and the line
 * of the first edit. The caller frees. */
char *sheet_text(const char *name, const struct sheet_edit *edits, unsigned *ret_line);

/* Each clears what *ret held is not their work: start with a zeroed struct, end with evaluated_clear. */
void evaluate_path(const char *path, struct evaluated *ret);
void evaluate_bytes(const void *bytes, size_t size, struct evaluated *ret);
void evaluate_edited(const char *name, const struct sheet_edit *edits, struct evaluated *ret);
void evaluated_clear(struct evaluated *e);

/* A member by a path such as "points.3.iron_w"; NULL when absent. */
const json_t *evaluated_at(const struct evaluated *e, const char *path);
/* The number at path; the test fails when it is none. */
double evaluated_number(const struct evaluated *e, const char *path);
/* Half a unit of the last printed place of a decimal number: 0.0005 for "12.345". */
double printed_tolerance(const char *printed);
/* The number at path equals what is printed, at the number of digits printed. */
void assert_printed(const struct evaluated *e, const char *path, const char *printed);
/* The string at path equals text. */
void assert_text(const struct evaluated *e, const char *path, const char *text);
/* True when "reasons" lists the word. */
bool evaluated_has_reason(const struct evaluated *e, const char *word);
/* Exit 3, valid false, the reason listed, and a sentence for it in "reason_texts". */
void assert_invalid(const struct evaluated *e, const char *word);
