/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program of several commands: finds the command in the tables, with the global options taken out from
 * wherever they stand. */
#pragma once

#include "motorbench/command.h"

struct program {
    const char *name;         /* as a person types it: "motorbench", "motorbench instrument" */
    const char *version_name; /* before the version */
    const char *about;        /* one line for --help */
    const struct command *const *families;
    size_t family_count;
    bool uses_bus; /* has the option --bus */
};

/* The whole of main: returns its exit status. */
int run_program_line(const struct program *program, int argc, char **argv);
