/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

enum mb_verdict {
    MB_VERDICT_PASS,
    MB_VERDICT_FAIL,
    MB_VERDICT_INVALID,
    MB_VERDICT_INCONCLUSIVE,
    MB_VERDICT_NOT_APPLICABLE
};

/* "PASS" ... "NOT-APPLICABLE" */
const char *mb_verdict_name(enum mb_verdict verdict);
/* Of such a name; any other text is INVALID. */
enum mb_verdict mb_verdict_read(const char *name);
