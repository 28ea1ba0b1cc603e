/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arguments of one command, by a table: options before, between or after the other words. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct argument {
    const char *name;   /* "--power-w"; NULL ends the table */
    const char **value; /* takes a value ("--name VALUE" or "--name=VALUE"), borrowed from argv */
    bool *flag;         /* takes none; exactly one of the two is set */
};

struct words { /* what is not an option, borrowed from argv */
    const char *word[64];
    size_t count;
};

/* argv[0] is the command and goes into messages. "--" ends the options. An unknown option, one given twice or
 * without its value, fewer than min or more than max words: fail() has said it and EXIT_BAD_INPUT is
 * returned; else EXIT_DONE. */
int parse_arguments(int argc, char **argv, const struct argument *table, size_t min, size_t max,
                    struct words *ret);
/* The text of an option as a number with minimum <= number <= maximum. NULL: the option is missing. As above.
 */
int parse_number(const char *command, const char *option, const char *text, double minimum, double maximum,
                 double *ret);
