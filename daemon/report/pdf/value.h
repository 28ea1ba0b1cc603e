/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking into the document, where anything may be missing, and writing numbers for people. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define NONE "\u2013" /* an en dash stands for what is not there */

/* The member at a path such as "grade.limit" or "points.3.slip"; NULL when absent or null. */
const json_t *value_at(const json_t *root, const char *path);
const char *text_at(const json_t *root, const char *path, const char *otherwise);
double number_at(const json_t *root, const char *path); /* NAN when there is none */
bool type_is(const json_t *entry, const char *type);

/* Digits after the point that show `significant` digits of a number, at most most. */
int decimals_for(double value, int significant, int most);

#define NUMBER_SIZE 48
struct number {
    char text[NUMBER_SIZE];
};
/* "400.02" or, with a unit, "400.02 V"; NONE for a NAN. */
struct number number_text(double value, int decimals, const char *unit);
/* The usual digits of a quantity by its name in the sheet ("u_v", "r_ohm", ...). */
int decimals_of(const char *name, double value);
/* "V" for "u_v"; "" where the name says none. */
const char *unit_of(const char *name);
/* "U" for "u_v", as the standards write it; where there is no such letter the name in words, without its
 * unit. */
struct number symbol_of(const char *name);

/* An ISO time without its milliseconds. */
struct number date_text(const char *iso);
/* When an entry was made: "21:40:05", or on a bench whose time is not real time "7018.0 s" of bench time. */
struct number moment_text(const json_t *document, const json_t *entry);

/* Cuts a text that was truncated inside a UTF-8 character back to whole ones. */
void text_whole(char *text);
