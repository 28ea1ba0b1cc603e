/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "motorbench/command.h"
#include "core/number.h"

static int unknown_option(const char *command, const char *name, const struct argument *table)
{
    char allowed[400] = "";
    size_t used = 0;

    for (const struct argument *a = table; a && a->name && used < sizeof allowed; a++)
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "", a->name);
    return fail(EXIT_BAD_INPUT, "%s: unknown option '%.60s', allowed: %s", command, name,
                used ? allowed : "--json, --bus, --quiet, --help");
}

static const struct argument *find_option(const struct argument *table, const char *name, size_t n)
{
    for (const struct argument *a = table; a && a->name; a++)
        if (strlen(a->name) == n && strncmp(a->name, name, n) == 0)
            return a;
    return NULL;
}

/* Reads the option at argv[*i]; moves *i on when its value is the next word. */
static int take_option(int argc, char **argv, int *i, const struct argument *table)
{
    const char *text = argv[*i], *value = strchr(text, '=');
    const struct argument *a = find_option(table, text, value ? (size_t)(value - text) : strlen(text));

    if (!a)
        return unknown_option(argv[0], text, table);
    if ((a->value && *a->value) || (a->flag && *a->flag))
        return fail(EXIT_BAD_INPUT, "%s: %s is given twice", argv[0], a->name);
    if (a->flag) {
        if (value)
            return fail(EXIT_BAD_INPUT, "%s: %s takes no value", argv[0], a->name);
        *a->flag = true;
        return EXIT_DONE;
    }
    if (!value && *i + 1 >= argc)
        return fail(EXIT_BAD_INPUT, "%s: %s needs a value", argv[0], a->name);
    *a->value = value ? value + 1 : argv[++*i];
    return EXIT_DONE;
}

int parse_arguments(int argc, char **argv, const struct argument *table, size_t min, size_t max,
                    struct words *ret)
{
    struct words words = {.count = 0};
    bool options = true;

    if (max > sizeof words.word / sizeof *words.word)
        max = sizeof words.word / sizeof *words.word;
    for (int i = 1; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
        } else if (options && argv[i][0] == '-' && argv[i][1]) {
            int status = take_option(argc, argv, &i, table);

            if (status != EXIT_DONE)
                return status;
        } else if (words.count == max) {
            return fail(EXIT_BAD_INPUT, "%s: '%.60s' is one argument too many, see 'motorbench %s --help'",
                        argv[0], argv[i], argv[0]);
        } else {
            words.word[words.count++] = argv[i];
        }
    }
    if (words.count < min)
        return fail(EXIT_BAD_INPUT, "%s: an argument is missing, see 'motorbench %s --help'", argv[0],
                    argv[0]);
    *ret = words;
    return EXIT_DONE;
}

int parse_number(const char *command, const char *option, const char *text, double minimum, double maximum,
                 double *ret)
{
    double value;
    int r;

    if (!text)
        return fail(EXIT_BAD_INPUT, "%s: %s is missing", command, option);
    r = mb_number_parse(text, strlen(text), &value);
    if (r < 0)
        return fail(EXIT_BAD_INPUT,
                    "%s: %s: '%.60s' is not a number, allowed: digits with a decimal point, no unit%s",
                    command, option, text, r == -ERANGE ? ", within the range of a double" : "");
    if (value < minimum || value > maximum)
        return fail(EXIT_BAD_INPUT, "%s: %s: %.60s is out of range, allowed: %g to %g", command, option, text,
                    minimum, maximum);
    *ret = value;
    return EXIT_DONE;
}
