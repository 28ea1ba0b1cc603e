/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/command_line.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE_COLUMN 34 /* where the summary starts; a longer usage gets a line of its own */

struct line { /* the command line without the global options */
    const struct program *program;
    int argc;
    char **argv;
    struct options options;
    bool help, version;
};

static const struct command *find_command(const struct program *program, const char *name)
{
    for (size_t i = 0; i < program->family_count; i++)
        for (const struct command *c = program->families[i]; c->name; c++)
            if (strcmp(c->name, name) == 0)
                return c;
    return NULL;
}

static void print_row(const char *left, const char *right)
{
    if (strlen(left) + 2 > USAGE_COLUMN)
        printf("  %s\n  %-*s %s\n", left, USAGE_COLUMN, "", right);
    else
        printf("  %-*s %s\n", USAGE_COLUMN, left, right);
}

static int print_help(const struct program *program)
{
    printf("Usage: %s [OPTION ...] COMMAND [ARGUMENT ...]\n%s\n\nCommands:\n", program->name, program->about);
    for (size_t i = 0; i < program->family_count; i++)
        for (const struct command *c = program->families[i]; c->name; c++)
            print_row(c->usage, c->summary);
    printf("\nOptions, before or after the command:\n");
    print_row("--json", "One JSON document on standard output, nothing else there.");
    if (program->uses_bus)
        print_row("--bus ADDRESS", "D-Bus address of the daemon instead of the system bus.");
    print_row("--quiet", "No progress, only results and errors.");
    print_row("--help, --version", "This text, or that of a command; the version.");
    printf(
        "\nExit status: 0 done and every judged item passes, 1 a judged item fails, 2 bad usage or bad "
        "input,\n"
        "3 invalid or inconclusive, 4 bench fault or aborted, 5 daemon not reachable or not authorised.\n");
    return EXIT_DONE;
}

static int print_command_help(const struct program *program, const struct command *command)
{
    printf("Usage: %s %s\n%s\n", program->name, command->usage, command->summary);
    return EXIT_DONE;
}

/* --bus is the only global option with a value: "--bus ADDRESS" or "--bus=ADDRESS". */
static int take_bus(int argc, char **argv, int *i, const char **ret)
{
    const char *value = argv[*i][5] == '=' ? argv[*i] + 6 : *i + 1 < argc ? argv[++*i] : NULL;

    if (!value || !*value)
        return fail(EXIT_BAD_INPUT, "--bus needs a D-Bus address");
    *ret = value;
    return EXIT_DONE;
}

/* The rest of the words is moved to the front of argv: ret->argv points into it. */
static int take_global_options(int argc, char **argv, struct line *ret)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"--json", &ret->options.json},
                 {"--quiet", &ret->options.quiet},
                 {"--help", &ret->help},
                 {"-h", &ret->help},
                 {"--version", &ret->version}};
    const size_t count = sizeof flags / sizeof *flags;
    const struct command *command;
    size_t f;

    ret->argv = argv;
    for (int i = 1; i < argc; i++) {
        for (f = 0; f < count && strcmp(flags[f].name, argv[i]) != 0; f++)
            ;
        if (f < count) {
            *flags[f].flag = true;
        } else if (ret->program->uses_bus &&
                   (strcmp(argv[i], "--bus") == 0 || strncmp(argv[i], "--bus=", 6) == 0)) {
            if (take_bus(argc, argv, &i, &ret->options.bus) != EXIT_DONE)
                return EXIT_BAD_INPUT;
        } else if (strcmp(argv[i], "--") == 0) {
            while (i < argc)
                argv[ret->argc++] = argv[i++];
        } else {
            argv[ret->argc++] = argv[i];
            command = ret->argc == 1 ? find_command(ret->program, argv[i]) : NULL;
            while (command && command->passes_on && ++i < argc)
                argv[ret->argc++] = argv[i];
        }
    }
    return EXIT_DONE;
}

static int run_line(struct line *line)
{
    const struct command *command;

    if (line->version)
        return printf("%s %s\n", line->program->version_name, MB_VERSION) < 0 ? EXIT_BENCH_FAULT : EXIT_DONE;
    if (line->argc == 0)
        return line->help ? print_help(line->program)
                          : fail(EXIT_BAD_INPUT, "no command given, see '%s --help'", line->program->name);
    if (line->argv[0][0] == '-')
        return fail(EXIT_BAD_INPUT, "unknown option '%.60s', allowed: --json,%s --quiet, --help, --version",
                    line->argv[0], line->program->uses_bus ? " --bus," : "");
    command = find_command(line->program, line->argv[0]);
    if (!command)
        return fail(EXIT_BAD_INPUT, "unknown command '%.60s', see '%s --help'", line->argv[0],
                    line->program->name);
    if (line->help)
        return print_command_help(line->program, command);
    if (command->full_name)
        line->argv[0] = (char *)command->full_name;
    return command->run(line->argc, line->argv, &line->options);
}

/* A closed standard stream must not become the number of a file that is opened later. Opened for reading,
 * standard output still refuses to be written, so the loss is noticed. */
static void keep_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) != fd)
            exit(EXIT_BENCH_FAULT);
}

int run_program_line(const struct program *program, int argc, char **argv)
{
    struct line line = {.program = program};
    int status;

    keep_standard_streams();
    /* Only what a character is: a decimal comma is not a number here, every text is English, and each further
     * category is a file that the start of every command would wait for. */
    (void)setlocale(LC_CTYPE, "");
    status = take_global_options(argc, argv, &line);
    if (status == EXIT_DONE)
        status = run_line(&line);
    if (ferror(stdout) || fflush(stdout) != 0)
        status = worse_status(fail(EXIT_BENCH_FAULT, "standard output could not be written"),
                              (enum exit_status)status);
    return status;
}
