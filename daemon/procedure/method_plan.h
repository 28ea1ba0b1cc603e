/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which procedure does a method that was asked for. */
#pragma once

#include "procedure/plan.h"

struct mb_method_wish {
    const char *folder; /* of the plans; NULL: there are none */
    const char *item;
    const char *method; /* by its IEC label, or as the standard of a plan calls it */
    const struct mb_motor *motor;
};

/* Of the plans in the folder the first one of this item whose method it is and whose standard allows it for
 * this motor. -EINVAL with the sentence: there is none, or it is not allowed. */
int mb_procedure_of_method(const struct mb_method_wish *wish, struct mb_procedure **ret,
                           struct mb_error *err);
