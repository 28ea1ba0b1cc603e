/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench-instrument: its table of commands. They need the hardware and not the daemon. */
#include "instrument/commands.h"
#include "motorbench/command_line.h"

static const struct command commands[] = {
    {.name = "probe",
     .full_name = "instrument probe",
     .usage = "probe [ADDRESS...] [--profile ID]",
     .summary = "Lists what is plugged in and which profiles fit; asks only the addresses that are given.",
     .run = probe_command},
    {.name = "query",
     .full_name = "instrument query",
     .usage = "query ADDRESS COMMAND... [--reply] [--profile ID] [--terminator lf|crlf|cr] [--timeout S]",
     .summary = "Sends commands and prints the replies to those with a question mark (--reply: to all).",
     .run = query_command},
    {.name = "check",
     .full_name = "instrument check",
     .usage = "check FILE...",
     .summary = "Checks profiles.",
     .run = check_command},
    {.name = "record",
     .full_name = "instrument record",
     .usage = "record --profile ID ADDRESS -o FILE [--readings N] [--wiring W] [--voltage-range-v V]\n"
              "         [--current-range-a A] [--device TEXT]",
     .summary = "Opens, reads and closes an instrument and keeps every byte; sets and switches nothing.",
     .run = record_command},
    {.name = "replay",
     .full_name = "instrument replay",
     .usage = "replay FILE [--port N] [--in-order] [--delays]",
     .summary = "Serves a recording on a loopback port until SIGTERM.",
     .run = replay_command},
    {.name = "bench",
     .full_name = "instrument bench",
     .usage = "bench ADDRESS [--query Q] [--count N] [--seconds S] [--profile ID] [--terminator T]\n"
              "         [--timeout S]",
     .summary = "Measures queries per second and latency.",
     .run = bench_command},
    {.name = "udev",
     .full_name = "instrument udev",
     .usage = "udev tags|access|hwdb",
     .summary = "Prints the udev rules and the hardware database that the profiles ask for.",
     .run = udev_command},
    {.name = NULL},
};

int main(int argc, char **argv)
{
    static const struct command *const families[] = {commands};
    static const struct program program = {
        .name = "motorbench instrument",
        .version_name = "motorbench-instrument",
        .about = "Finds, asks, records and replays instruments, without the daemon.",
        .families = families,
        .family_count = 1,
    };

    return run_program_line(&program, argc, argv);
}
