/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fault soak: 100,000 queries over TCP with a fault of some kind in 1 % of the replies. No wrong value, no
 * hang, every recovery within 2 s or a declared loss, nothing left behind. */
#include "support/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "support/soak.h"

#define READINGS 50000 /* of two queries each */
#define SHARE 0.01

static void soak(void **state)
{
    (void)state;
    assert_true(soak_tcp(READINGS, SHARE, 2));
}

/* Memory that the allocator keeps for later in each thread would count as in use: it is told not to. */
static void count_exactly(char *argv[])
{
    static const char name[] = "GLIBC_TUNABLES";

    if (getenv(name) == NULL && setenv(name, "glibc.malloc.tcache_count=0", 1) == 0)
        (void)execv("/proc/self/exe", argv);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(soak)};

    (void)argc;
    count_exactly(argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
