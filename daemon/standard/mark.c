/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/mark.h"

#include <stddef.h>
#include <string.h>

#define NOT_CONFIRMED "limit not yet confirmed by this laboratory"

static const struct {
    const char *mark, *words;
} deciding[] = {
    {"verified", NOT_CONFIRMED},
    {"V", NOT_CONFIRMED},
    {"M+", NOT_CONFIRMED},
    {"formula-derived", NOT_CONFIRMED},
    {"memory-consistent", NOT_CONFIRMED},
    {"E", "laboratory choice, " NOT_CONFIRMED},
    {MB_MARK_CONFIRMED, "limit confirmed by this laboratory"},
};

const char *mb_mark_note(const char *mark)
{
    if (strncmp(mark, "V:", 2) == 0) /* with its sources: V:1,2 */
        mark = "V";
    for (size_t i = 0; i < sizeof deciding / sizeof *deciding; i++)
        if (strcmp(deciding[i].mark, mark) == 0)
            return deciding[i].words;
    return "";
}

bool mb_mark_decides(const char *mark)
{
    return *mb_mark_note(mark) != '\0';
}
