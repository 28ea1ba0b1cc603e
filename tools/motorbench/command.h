/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line is a table of commands; one file a command or a family of them. Exit status:
 * interfaces.md. */
#pragma once

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>

#include "core/error.h"
#include "standard/grade.h"
#include "standard/verdict.h"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_ITEM_FAILS = 1,
    EXIT_BAD_INPUT = 2,
    EXIT_INVALID = 3, /* or inconclusive */
    EXIT_BENCH_FAULT = 4,
    EXIT_NO_DAEMON = 5,
};

struct options { /* the global ones */
    bool json, quiet;
    const char *bus; /* --bus ADDRESS, or NULL */
};

struct command {
    const char *name;    /* first word */
    const char *usage;   /* "evaluate SHEET.yaml" */
    const char *summary; /* one line for --help */
    int (*run)(int argc, char **argv,
               const struct options *options); /* argv[0] = the command; returns an exit status */
    bool passes_on;        /* the words behind the command are left as they are, options too */
    const char *full_name; /* for messages, where the command is one of "motorbench X"; NULL: name */
};

/* One array a file, ended by a name of NULL; main.c lists the arrays. */
extern const struct command evaluate_commands[]; /* evaluate */
extern const struct command standard_commands[]; /* grade, plan, standards */
extern const struct command bench_commands[];    /* devices, benches, bench, stop */
extern const struct command run_commands[];      /* run */
extern const struct command control_commands[];  /* pause, continue, abort, repeat, answer */
extern const struct command other_commands[];    /* instrument, waveform: programs of their own */
extern const struct command schedule_commands[]; /* schedule */
extern const struct command seal_commands[];     /* sign, timestamp */
extern const struct command record_commands[];   /* list, show, export, diff, verify, report */

/* "PROGRAM: TEXT" on stderr, one line; returns status. */
int fail(enum exit_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One JSON document and a newline on stdout; takes the reference. Returns EXIT_DONE, or EXIT_BENCH_FAULT when
 * stdout fails. */
int print_json(json_t *document);
/* The status of one verdict; several combine by worse_status: 2 before 5 before 4 before 1 before 3 before 0.
 */
enum exit_status verdict_status(enum mb_verdict verdict);
enum exit_status worse_status(enum exit_status a, enum exit_status b);
/* Where the limit tables are: beside the program, and in the laboratory's folder (site; NULL: the usual one).
 * The place borrows path. EXIT_DONE, or EXIT_BAD_INPUT when fail() has said why not. */
int find_limits(const char *site, struct mb_limits_place *ret, char path[PATH_MAX]);
/* The tables there, of one standard or (NULL) of all. As above. */
int load_limits(const char *standard, const char *site, struct mb_limits **ret);
