/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench-waveform: `motorbench waveform` is this program with its words behind that one. */
#include <stdlib.h>
#include <string.h>

#include "motorbench/command_line.h"
#include "waveform/waveform.h"

static const struct command commands[] = {
    {.name = "waveform",
     .usage =
         "waveform FILE|iio:URI[,DEVICE...] [--rate HZ] [--channels NAME=QUANTITY:UNIT,...] [--wiring W]\n"
         "         [--report power|harmonics|vibration|third-octave|sound] [--filter HZ]\n"
         "         [--window mains|cycles:N|time:S|update:S] [--sync CHANNEL]\n"
         "         [--reactive total|fundamental|budeanu] [--apparent arithmetic|vector|effective]\n"
         "         [--convert star|delta|lines] [--rated-v V] [--pole-pairs N] [--export FILE.h5]\n"
         "         [--seconds S] [--record FILE] [--trigger NAME]",
     .summary = "Analyses samples in CSV, WAV, HDF5, a raw recording or an IIO device.",
     .run = waveform_command},
    {.name = NULL},
};

int main(int argc, char **argv)
{
    static const struct command *const families[] = {commands};
    static const struct program program = {
        .name = "motorbench",
        .version_name = "motorbench-waveform",
        .about = "Analyses samples of voltage, current, vibration and sound.",
        .families = families,
        .family_count = 1,
    };
    char **words = calloc((size_t)argc + 3, sizeof *words);
    int status;

    if (!words)
        return fail(EXIT_BENCH_FAULT, "not enough memory");
    words[0] = argc > 0 ? argv[0] : "motorbench-waveform";
    words[1] = "waveform";
    for (int i = 1; i < argc; i++)
        words[i + 1] = argv[i];
    status = run_program_line(&program, (argc > 0 ? argc : 1) + 1, words);
    free(words);
    return status;
}
