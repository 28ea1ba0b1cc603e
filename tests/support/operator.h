/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Somebody who stands beside the simulated bench: does what a run asks for, as a table says, and answers. */
#pragma once

#include "support/daemon_fixture.h"
#include "standard/csv.h"

struct operator
{
    struct daemon_fixture *fixture;
    struct mb_csv *answers; /* question, answer, simulator, photo */
    unsigned answered, aborted;
    unsigned refused; /* in a row */
    char reason[400]; /* why a paused run was aborted */
};

/* answers: a CSV file, the first row counts whose question is that of the run or ends with * and begins it.
 */
void operator_open(struct operator* o, struct daemon_fixture *f, const char *answers);
void operator_close(struct operator* o);
/* Until the run in the background has ended. A run that pauses is aborted, one that asks what the table does
 * not know ends the test, and so does one that lasts longer than timeout_ms. */
void operator_serve(struct operator* o, unsigned timeout_ms);
