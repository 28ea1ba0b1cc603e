/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fault soak: 100,000 queries over TCP with a fault of some kind in 1 % of the replies. No wrong value, no
 * hang, every recovery within 2 s or a declared loss, nothing left behind. */
#include "support/test.h"

#include "support/soak.h"

#define READINGS 50000 /* of two queries each */
#define SHARE 0.01

static void soak(void **state)
{
    (void)state;
    assert_true(soak_tcp(READINGS, SHARE, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(soak)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
