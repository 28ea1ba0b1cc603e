/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/also.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add(struct mb_sheet *sheet, const char *name, struct mb_error *err)
{
    const char *label = NULL, *id = mb_method_resolve(name, sheet->standard, &label);
    struct mb_also *also = &sheet->also[sheet->also_count];

    if (!id || !mb_method_of_induction(id, &also->method))
        return mb_error_set(err, -EINVAL,
                            "'%.60s' cannot stand beside %s, allowed: 2-1-1A, 2-1-1B, 2-1-1C, 2-1-1F", name,
                            sheet->method_name);
    if (!mb_method_rule_allows(id, sheet->standard, &sheet->motor))
        return mb_error_set(err, -EINVAL, "%s has no method %s for this motor", sheet->standard, id);
    for (size_t i = 0; i < sheet->also_count; i++)
        if (sheet->also[i].name == id)
            return 0;
    if (strcmp(id, sheet->method_name) == 0)
        return 0;
    also->name = id;
    sheet->also_count++;
    return 0;
}

int mb_also_add(struct mb_sheet *sheet, const char *names, struct mb_error *err)
{
    char *copy, *rest = NULL;
    int r = 0;

    if (sheet->method)
        return mb_error_set(err, -EINVAL, "a sheet of %s has no readings for another method",
                            sheet->method_name);
    copy = strdup(names);
    if (!copy)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    for (const char *name = strtok_r(copy, ", ", &rest); name && r == 0; name = strtok_r(NULL, ", ", &rest))
        r = add(sheet, name, err);
    free(copy);
    return r;
}
