/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Columns of the terminal on standard output; a fixed width where that is none. */
int line_width(void);
/* One line of a table. On a terminal that is narrower it goes on below between words, indented so far. */
void print_hanging(int indent, const char *format, ...) __attribute__((format(printf, 2, 3)));
