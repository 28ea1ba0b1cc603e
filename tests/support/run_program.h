/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a program under test as a child, in bounded time, and captures what it says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct run_options {
    const char *input;              /* text for standard input; NULL: /dev/null */
    const char *const *environment; /* "NAME=value" added to our own, NULL at the end; may be NULL */
    const char
        *output_path;    /* standard output goes there ("/dev/full") instead of being captured; may be NULL */
    unsigned timeout_ms; /* 0: 20 s; then the child's process group is killed */
};

struct run_result {
    int status; /* exit status; 128 + signal when a signal ended it; -1 on timeout */
    bool timed_out;
    char *out, *err; /* captured, NUL-terminated; at most 16 MiB each */
    size_t out_size, err_size;
};

/* argv[0] is a path or a name found in PATH; a program that cannot be started gives status 127. options may
 * be NULL. 0 or -errno of our own side (pipes, fork, memory). The caller clears the result in both cases. */
int run_program(const char *const argv[], const struct run_options *options, struct run_result *ret);
void run_result_clear(struct run_result *result);
/* True when err is exactly one line that starts with "PROGRAM: ". */
bool run_result_is_one_line_error(const struct run_result *result, const char *program);
/* Path of a built program, e.g. "build/bin/motorbench", in buffer. */
const char *run_program_path(const char *name, char *buffer, size_t size);
