/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes to standard output and to standard error, and the exit status, for every program of the command
 * line. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "motorbench/command.h"
#include "motorbench/json_text.h"

int fail(enum exit_status status, const char *format, ...)
{
    char text[MB_ERROR_MAX];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    for (char *p = text; *p; p++) /* one line, whatever the arguments brought along */
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    (void)fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
    return status;
}

/* A failed write stays visible in ferror(stdout); main says so once, at the end. */
int print_json(json_t *document)
{
    char *text = document ? json_text(document) : NULL;
    int n = text ? printf("%s\n", text) : -1;

    json_decref(document);
    if (!text)
        return fail(EXIT_BENCH_FAULT, "the JSON document could not be written: not enough memory");
    free(text);
    return n < 0 || fflush(stdout) != 0 ? EXIT_BENCH_FAULT : EXIT_DONE;
}

enum exit_status verdict_status(enum mb_verdict verdict)
{
    switch (verdict) {
    case MB_VERDICT_PASS:
    case MB_VERDICT_NOT_APPLICABLE:
        return EXIT_DONE;
    case MB_VERDICT_FAIL:
        return EXIT_ITEM_FAILS;
    case MB_VERDICT_INVALID:
    case MB_VERDICT_INCONCLUSIVE:
        return EXIT_INVALID;
    }
    return EXIT_INVALID;
}

enum exit_status worse_status(enum exit_status a, enum exit_status b)
{
    static const unsigned rank[] = {[EXIT_BAD_INPUT] = 5,  [EXIT_NO_DAEMON] = 4, [EXIT_BENCH_FAULT] = 3,
                                    [EXIT_ITEM_FAILS] = 2, [EXIT_INVALID] = 1,   [EXIT_DONE] = 0};

    return rank[a] >= rank[b] ? a : b;
}
