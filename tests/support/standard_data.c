/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/standard_data.h"

#include "standard/grade.h"
#include "standard/standards.h"

#define DATA "daemon/standard/data"

static int loaded(int r, const struct mb_error *err)
{
    if (r < 0)
        print_error("%s\n", err->text);
    return r < 0 ? -1 : 0;
}

int limits_setup(void **state)
{
    struct mb_limits *limits = NULL;
    struct mb_error err = {""};
    int r = mb_limits_load(DATA, &limits, &err);

    *state = limits;
    return loaded(r, &err);
}

int limits_teardown(void **state)
{
    *state = mb_limits_free(*state);
    return 0;
}

int standards_setup(void **state)
{
    struct mb_standards *standards = NULL;
    struct mb_error err = {""};
    int r = mb_standards_load(DATA, NULL, &standards, &err);

    *state = standards;
    return loaded(r, &err);
}

int standards_teardown(void **state)
{
    *state = mb_standards_free(*state);
    return 0;
}
