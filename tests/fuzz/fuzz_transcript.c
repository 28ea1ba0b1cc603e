/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a transcript that somebody has sent in: refused, or lines that print as they were read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transport/transcript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *print(const struct mb_transcript *t, size_t *ret_size)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, ret_size);

    if (!file || mb_transcript_print_head(file, t->head) < 0)
        abort();
    for (size_t i = 0; i < t->count; i++)
        (void)mb_transcript_print_line(file, t->lines[i].to_instrument, -1, t->lines[i].data, t->lines[i].n);
    (void)fclose(file);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mb_transcript *t, *again;
    struct mb_error err = {""};
    size_t length;
    char *text;

    if (mb_transcript_parse("x", (const char *)data, size, &t, &err) < 0) {
        if (!err.text[0])
            abort();
        return 0;
    }
    text = print(t, &length);
    if (mb_transcript_parse("x", text, length, &again, &err) < 0 || again->count != t->count)
        abort();
    for (size_t i = 0; i < t->count; i++)
        if (again->lines[i].n != t->lines[i].n ||
            memcmp(again->lines[i].data, t->lines[i].data, t->lines[i].n) != 0)
            abort();
    free(text);
    (void)mb_transcript_free(t);
    (void)mb_transcript_free(again);
    return 0;
}
