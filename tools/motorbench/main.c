/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench: its tables of commands. */
#include "motorbench/command_line.h"

static const struct command *const families[] = {
    evaluate_commands, standard_commands, bench_commands, run_commands,   control_commands,
    schedule_commands, record_commands,   seal_commands,  other_commands,
};

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "motorbench",
        .version_name = "motorbench",
        .about = "Inspects electric motors: plans, runs, evaluates and proves tests.",
        .families = families,
        .family_count = sizeof families / sizeof *families,
        .uses_bus = true,
    };

    return run_program_line(&program, argc, argv);
}
