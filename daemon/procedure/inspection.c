/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which items an inspection has, in which order, and how each ends. */
#include "procedure/internal.h"

void run_item_context(const struct mb_run *run, const json_t *sheet, struct mb_item_context *ret)
{
    *ret = (struct mb_item_context){
        .item = run->procedure->item,
        .motor = &run->motor,
        .requirements = run->standards ? run->standards->requirements : NULL,
        .rule = run->rule,
        .sheet = sheet,
    };
    mb_item_limits(run->inspection, ret->item, &ret->standard, &ret->edition);
}
