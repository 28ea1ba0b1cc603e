/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/verdict.h"

#include <string.h>

const char *mb_verdict_name(enum mb_verdict verdict)
{
    switch (verdict) {
    case MB_VERDICT_PASS:
        return "PASS";
    case MB_VERDICT_FAIL:
        return "FAIL";
    case MB_VERDICT_INVALID:
        return "INVALID";
    case MB_VERDICT_INCONCLUSIVE:
        return "INCONCLUSIVE";
    case MB_VERDICT_NOT_APPLICABLE:
        return "NOT-APPLICABLE";
    }
    return "INVALID";
}

enum mb_verdict mb_verdict_read(const char *name)
{
    for (enum mb_verdict v = MB_VERDICT_PASS; v <= MB_VERDICT_NOT_APPLICABLE; v++)
        if (strcmp(mb_verdict_name(v), name) == 0)
            return v;
    return MB_VERDICT_INVALID;
}
