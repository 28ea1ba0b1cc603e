/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench instrument: becomes the program that links the drivers, so that this one needs none of them. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/paths.h"
#include "motorbench/command.h"

static int instrument(int argc, char **argv, const struct options *options)
{
    char path[PATH_MAX];
    char **words = calloc((size_t)argc + 3, sizeof *words);
    int n = 0;

    if (!words || mb_program_path("motorbench-instrument", path, sizeof path) < 0) {
        free(words);
        return fail(EXIT_BENCH_FAULT, "instrument: the program motorbench-instrument was not found");
    }
    words[n++] = program_invocation_short_name; /* its messages are ours */
    if (options->json)
        words[n++] = "--json";
    if (options->quiet)
        words[n++] = "--quiet";
    for (int i = 1; i < argc; i++)
        words[n++] = argv[i];
    (void)execv(path, words);
    free(words);
    return fail(EXIT_BENCH_FAULT, "instrument: %s: %s", path, strerror(errno));
}

const struct command instrument_commands[] = {
    {.name = "instrument",
     .usage = "instrument probe|query|check|record|replay|bench|udev ...",
     .summary = "Instruments without the daemon, see 'motorbench instrument --help'.",
     .run = instrument,
     .passes_on = true},
    {.name = NULL},
};
