/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One safety test on its way through the queue of an instrument: the script, what the replies have said so
 * far, and who is told. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/instrument.h"
#include "scpi/safety_profile.h"
#include "scpi/script.h"

struct mb_scpi;

struct mb_safety_run {
    struct mb_safety_test test;
    struct mb_test_callbacks callbacks;
    const struct mb_safety_mode *mode;
    struct mb_safety_result result;
    enum mb_safety_phase phase;
    char *before; /* the result as it was before the start, or NULL */
    bool started, seen_running, differs, interlock_opened;
    uint64_t started_ns, finished_ns; /* bench clock */
};

/* -ENOMEM: NULL. */
struct mb_safety_run *mb_safety_run_new(const struct mb_profile *p, const struct mb_safety_test *test,
                                        const struct mb_test_callbacks *callbacks);
struct mb_safety_run *mb_safety_run_free(struct mb_safety_run *run);

/* The whole test; -ENOTSUP, -ERANGE, -EPERM as mb_instrument_ops.test has them. */
int mb_safety_script(const struct mb_script_context *c, const struct mb_safety_test *test,
                     struct mb_script *ret, struct mb_error *err);

/* How long a query that is answered at the end of the test may take, bench seconds; 0: the link's own time.
 */
double mb_safety_reply_time_s(const struct mb_profile *p, const struct mb_safety_run *run,
                              enum mb_step_kind kind);
double mb_safety_elapsed_s(const struct mb_scpi *s, const struct mb_safety_run *run);

/* What the steps of a test say; as mb_step_judge. */
int mb_safety_judge_read_back(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                              double *ret_delay_s, struct mb_error *err);
int mb_safety_judge_before(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                           double *ret_delay_s, struct mb_error *err);
int mb_safety_judge_interlock(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                              double *ret_delay_s, struct mb_error *err);
int mb_safety_judge_interlock_after(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                                    double *ret_delay_s, struct mb_error *err);
int mb_safety_judge_start(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                          double *ret_delay_s, struct mb_error *err);
int mb_safety_judge_poll(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                         double *ret_delay_s, struct mb_error *err);
int mb_safety_judge_result(struct mb_scpi *s, const struct mb_step *step, const char *reply,
                           double *ret_delay_s, struct mb_error *err);

/* Calls run's done with the outcome: nothing of a test that failed can be taken for a measurement. */
void mb_safety_run_tell(struct mb_scpi *s, struct mb_safety_run *run, int error, const char *text);
