/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The everyday part of tests/bench/soak: a faulty instrument read through the real driver, over TCP. */
#include "support/test.h"

#include "support/soak.h"

/* Every kind of fault at least once; most readings are good. */
static void test_a_share_of_faults(void **state)
{
    (void)state;
    assert_true(soak_tcp(1000, 0.01, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_share_of_faults)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
