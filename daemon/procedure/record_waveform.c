/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `record-waveform`: raw samples of the bench's device as a file beside the record, whose hash is in the
 * chain. Set points stay where they are; nothing is judged by it. */
#include <stdlib.h>

#include "bench/record.h"
#include "procedure/kinds.h"

#define FAILURES_MAX 3

struct params {
    double seconds;
    bool with_motor_off;
};

struct state {
    bool recording;
    unsigned failures;
};

static const struct mb_field fields[] = {
    {"seconds", MB_FIELD_NUMBER, offsetof(struct params, seconds), .required = true, .minimum = 0.1,
     .maximum = MB_RECORD_SECONDS_MAX},
    {"with_motor_off", MB_FIELD_BOOL, offsetof(struct params, with_motor_off)},
    {0},
};

static enum mb_step_result begin(struct mb_step *step)
{
    return step_measure(step, MB_BENCH_RUNNING);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    struct mb_error err;
    int r;

    (void)snapshot;
    if (!p->with_motor_off && !step->services->energised(step->userdata))
        return step_invalid(step, "the motor was switched off while it was recorded");
    if (s->recording)
        return MB_STEP_GOES_ON;
    r = step->services->record_samples(step->userdata, p->seconds, &err);
    if (r < 0)
        return step_invalid(step, "%s", err.text);
    s->recording = true;
    step_waiting(step, "recording %g s of samples", p->seconds);
    return MB_STEP_GOES_ON;
}

static enum mb_step_result recorded(struct mb_step *step, int error, const char *text)
{
    struct state *s = step->state;

    if (error == 0) {
        step_event(step, "note", "recorded: %s", text);
        return MB_STEP_DONE;
    }
    s->recording = false;
    step_event(step, "repeat", "recording repeated: %s", text);
    return ++s->failures >= FAILURES_MAX ? step_invalid(step, "no recording: %s", text) : MB_STEP_GOES_ON;
}

const struct mb_step_kind mb_step_record_waveform = {
    .name = "record-waveform",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .begin = begin,
    .tick = tick,
    .recorded = recorded,
};
