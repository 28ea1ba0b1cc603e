/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that are programs of their own, so that this one links none of what they need: the drivers, HDF5.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/paths.h"
#include "motorbench/command.h"

/* Returns only when it fails. argv[0] is the command and is not passed on. */
static int become(const char *program, int argc, char **argv, const struct options *options)
{
    char path[PATH_MAX];
    char **words = calloc((size_t)argc + 3, sizeof *words);
    int n = 0;

    if (!words || mb_program_path(program, path, sizeof path) < 0) {
        free(words);
        return fail(EXIT_BENCH_FAULT, "%s: the program %s was not found", argv[0], program);
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
    return fail(EXIT_BENCH_FAULT, "%s: %s: %s", argv[0], path, strerror(errno));
}

static int instrument(int argc, char **argv, const struct options *options)
{
    return become("motorbench-instrument", argc, argv, options);
}

static int waveform(int argc, char **argv, const struct options *options)
{
    return become("motorbench-waveform", argc, argv, options);
}

const struct command other_commands[] = {
    {.name = "instrument",
     .usage = "instrument probe|query|check|record|replay|bench|udev ...",
     .summary = "Instruments without the daemon, see 'motorbench instrument --help'.",
     .run = instrument,
     .passes_on = true},
    {.name = "waveform",
     .usage = "waveform FILE ...",
     .summary = "Samples in a file: power, harmonics, vibration, sound, see 'motorbench waveform --help'.",
     .run = waveform,
     .passes_on = true},
    {.name = NULL},
};
