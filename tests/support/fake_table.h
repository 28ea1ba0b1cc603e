/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an instrument says, whatever link is in front of it: a table of questions and answers, and bad manners
 * on demand. "HEADER VALUE" changes the answer of "HEADER?" to VALUE where the table has that question. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct fake_reply {
    const char *query; /* NULL ends the table */
    const char *reply;
};

enum fake_mode {
    FAKE_NORMAL,
    FAKE_SILENT,   /* takes the question, never answers */
    FAKE_LATE,     /* answers later: when is the front's affair */
    FAKE_PREVIOUS, /* answers every question with the answer of the one before */
    FAKE_GARBAGE,  /* control bytes instead of text */
    FAKE_TWICE,    /* the answer, and once more in the same packet */
    FAKE_SPLIT,    /* one byte a packet */
    FAKE_CLOSE,    /* closes the connection at the question */
};

#define FAKE_GARBAGE_BYTES "\x01\x02\x7f\x03"
#define FAKE_TEXT_MAX 512

struct fake_table;

struct fake_table *fake_table_new(const struct fake_reply *rows);
struct fake_table *fake_table_free(struct fake_table *t); /* returns NULL */
/* Another answer from now on. */
void fake_table_answer(struct fake_table *t, const char *query, const char *reply);
/* Words that come back as others: "HEADER ON" makes "HEADER?" answer what the list has for ON. */
void fake_table_words(struct fake_table *t, const struct fake_reply *words);
/* The next `times` questions (0: all) that equal `query` (NULL: any) are treated so. */
void fake_table_misbehave(struct fake_table *t, enum fake_mode mode, const char *query, unsigned times);
/* Commands are heard and counted, but change no answer. */
void fake_table_ignore_commands(struct fake_table *t, bool ignore);
/* Hears one line, without its end. The answer, and how it is to be given; NULL where the line is no question
 * of the table. */
const char *fake_table_hear(struct fake_table *t, const char *line, enum fake_mode *ret_mode);
/* The answer given before the last one heard; "" where there is none. */
const char *fake_table_previous(const struct fake_table *t);
/* How often this line came; NULL: any line. */
unsigned fake_table_count(const struct fake_table *t, const char *line);
void fake_table_forget(struct fake_table *t);
