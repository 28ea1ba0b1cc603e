/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one safety test that may run: withstand, insulation and earth outputs exclude each other and the
 * supply. That is no safety function: the testers' interlocks are, and the driver reads them back. */
#include <errno.h>

#include "bench/internal.h"

static void on_testing(struct mb_instrument *instrument, enum mb_safety_phase phase, double elapsed_s,
                       void *userdata)
{
    struct mb_bench *bench = userdata;

    (void)instrument;
    if (bench->test_observer && bench->test_observer->testing)
        bench->test_observer->testing(phase, elapsed_s, bench->test_userdata);
}

/* After an error nothing is believed of the tester before its stop is confirmed once more. */
static void on_tested(struct mb_instrument *instrument, int error, const char *text,
                      const struct mb_safety_result *result, void *userdata)
{
    struct mb_bench *bench = userdata;
    const struct mb_bench_test_observer *observer = bench->test_observer;

    (void)instrument;
    bench->test_observer = NULL;
    if (bench->safe_state == MB_TESTING && (error < 0 || result->may_be_live)) {
        mb_bench_make_safe(bench);
    } else if (bench->safe_state == MB_TESTING) {
        bench_set_safe_state(bench, MB_SAFE);
        bench_notify(bench);
    }
    if (observer && observer->tested)
        observer->tested(error, text, result, bench->test_userdata);
}

static int begin(struct mb_bench *bench, const struct mb_safety_test *test, struct mb_error *err)
{
    const struct mb_bench_setting *s = bench->setting;
    const struct mb_test_callbacks callbacks = {.progress = on_testing, .done = on_tested, .userdata = bench};
    int r = mb_error_set(err, -ENOTSUP, "bench %s has no safety tester: role safety_tester", s->name);

    for (size_t i = 0; r == -ENOTSUP && i < s->safety_tester_count; i++) {
        struct mb_instrument *instrument = bench->members[s->safety_testers[i]].instrument;

        if (instrument->ops->test)
            r = instrument->ops->test(instrument, test, &callbacks, err);
        else
            (void)mb_error_set(err, r, "%s is no safety tester", instrument->id);
    }
    return r;
}

int mb_bench_test(struct mb_bench *bench, const struct mb_safety_test *test,
                  const struct mb_bench_test_observer *observer, void *userdata, struct mb_error *err)
{
    int r;

    if (!bench_stop_line_closed(bench) || bench->fault[0])
        return mb_error_set(err, -EIO, "%s", bench->fault);
    if (bench->safe_state != MB_SAFE)
        return mb_error_set(err, -EBUSY, "no safety test while the outputs are not confirmed off: %s",
                            mb_safe_state_name(bench->safe_state));
    bench_set_safe_state(bench, MB_TESTING); /* known before the first command goes out */
    r = begin(bench, test, err);
    if (r < 0) {
        bench_set_safe_state(bench, MB_SAFE);
        return r;
    }
    bench->test_observer = observer;
    bench->test_userdata = userdata;
    bench_notify(bench);
    return 0;
}
