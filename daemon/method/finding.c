/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool mb_finding_has(const struct mb_findings *findings, const char *word)
{
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->items[i].word, word) == 0)
            return true;
    return false;
}

void mb_finding_add(struct mb_findings *findings, const char *word, const char *format, ...)
{
    struct mb_finding *f;
    va_list arguments;

    if (findings->count == MB_FINDINGS_MAX || mb_finding_has(findings, word))
        return;
    f = &findings->items[findings->count++];
    f->word = word;
    va_start(arguments, format);
    (void)vsnprintf(f->text, sizeof f->text, format, arguments);
    va_end(arguments);
}
