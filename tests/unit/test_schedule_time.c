/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When something is due: times of the laboratory and spans from now on. */
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "record/schedule.h"

static void test_times(void **state)
{
    static const struct {
        const char *text;
        int64_t s; /* 0: refused */
    } cases[] = {
        {"+30m", 1000 + 1800},
        {"+48h", 1000 + 172800},
        {"+6d", 1000 + 518400},
        {"1970-01-02T00:00", 86400},
        {"1970-01-02T00:00:07", 86407},
        {"+0h", 0},
        {"+-3h", 0},
        {"+9999999d", 0},
        {"+5", 0},
        {"+h", 0},
        {"+6 days", 0},
        {"tomorrow", 0},
        {"1970-01-02", 0},
        {"1970-01-02T00:00 ", 0},
        {"1970-13-02T00:00", 0},
        {"", 0},
    };
    struct mb_error err;

    (void)state;
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
    tzset();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t s = -1;
        int r = mb_schedule_due(cases[i].text, 1000, &s, &err);

        if (cases[i].s == 0 ? r != -EINVAL || s != -1 : r != 0 || s != cases[i].s)
            fail_msg("'%s': %d, %lld", cases[i].text, r, (long long)s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_times)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
