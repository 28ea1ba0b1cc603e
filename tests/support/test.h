/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every test includes first: cmocka with its own prerequisites. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* A skipped test is counted and says why (tests/support/run-tests). */
#define SKIP_TEST(reason)                                                                                    \
    do {                                                                                                     \
        printf("# skipped %s: %s\n", __func__, reason);                                                      \
        skip();                                                                                              \
    } while (0)
