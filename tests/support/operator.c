/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <fnmatch.h>
#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "support/eventually.h"
#include "support/operator.h"

#define REFUSALS_MAX 10
enum { COLUMN_QUESTION, COLUMN_ANSWER, COLUMN_SIMULATOR, COLUMN_PHOTO };
static const char *const columns[] = {"question", "answer", "simulator", "photo", NULL};

void operator_open(struct operator* o, struct daemon_fixture *f, const char *answers)
{
    struct mb_error err = {""};

    *o = (struct operator){.fixture = f};
    if (mb_csv_load(answers, columns, &o->answers, &err) < 0)
        fail_msg("%s", err.text);
}

void operator_close(struct operator* o)
{
    o->answers = mb_csv_free(o->answers);
}

static bool rotor_rests(void *fixture)
{
    return fabs(daemon_fixture_truth(fixture, "speed_rpm")) < 1;
}

static size_t find_answer(const struct operator* o, const char *question)
{
    size_t row = 0;

    while (row < mb_csv_count(o->answers) &&
           fnmatch(mb_csv_text(o->answers, row, COLUMN_QUESTION), question, 0) != 0)
        row++;
    if (row == mb_csv_count(o->answers))
        daemon_fixture_fail(o->fixture, "nobody knows an answer to '%s'", question);
    return row;
}

static void answer(struct operator* o, const char *question)
{
    size_t row = find_answer(o, question);
    const char *simulator = mb_csv_text(o->answers, row, COLUMN_SIMULATOR),
               *photo = mb_csv_text(o->answers, row, COLUMN_PHOTO);
    struct run_result result;

    if (*simulator != '\0') {
        if (!eventually(rotor_rests, o->fixture, FIXTURE_PATIENCE_MS))
            daemon_fixture_fail(o->fixture, "the rotor turns, and the operator is to %s", simulator);
        daemon_fixture_simulator(o->fixture, simulator);
    }
    FIXTURE_CLI(o->fixture, &result, "answer", o->fixture->uuid, question,
                mb_csv_text(o->answers, row, COLUMN_ANSWER), *photo ? "--photo" : NULL, photo);
    /* Refused, too, when the run has gone on by itself meanwhile. */
    o->refused = result.status == 0 ? 0 : o->refused + 1;
    o->answered += result.status == 0;
    if (o->refused >= REFUSALS_MAX)
        daemon_fixture_fail(o->fixture, "%s", result.err);
    run_result_clear(&result);
}

static bool has_ended(void *userdata)
{
    struct operator* o = userdata;
    char text[400];

    if (child_ended(&o->fixture->run))
        return true;
    if (strcmp(daemon_fixture_run_text(o->fixture, "State", text, sizeof text), "paused") == 0) {
        if (o->aborted++ == 0)
            (void)daemon_fixture_run_text(o->fixture, "Reason", o->reason, sizeof o->reason);
        (void)FIXTURE_STATUS(o->fixture, "abort", o->fixture->uuid);
    } else if (*daemon_fixture_run_text(o->fixture, "Ask", text, sizeof text)) {
        answer(o, text);
    }
    return false;
}

void operator_serve(struct operator* o, unsigned timeout_ms)
{
    if (!eventually(has_ended, o, timeout_ms))
        daemon_fixture_fail(o->fixture, "the run has not ended after %u ms", timeout_ms);
}
