/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `waveform`: vibration at the bearings or sound around the machine (procedures D, E). At each place a person
 * puts the sensor and says so; then the bench samples and only the figures are kept. A bench without samples
 * asks for the numbers of the instrument that the person holds. */
#include "procedure/waveform.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/node_json.h"
#include "document/number_json.h"
#include "method/rating.h"
#include "procedure/kinds.h"

#define BEAT_SHARE                                                                                           \
    0.1 /* a window is this share of a beat: what it swings between is seen [laboratory choice] */
#define BEAT_MARGIN 1.05 /* longer than one beat */

static const char *const quantities[] = {"vibration", "sound", NULL}; /* order of enum mb_capture_quantity */
static const char *const axes[] = {"X", "Y", "Z"};

static const struct mb_field fields[] = {
    {"quantity", MB_FIELD_CHOICE, offsetof(struct waveform_params, quantity), .required = true,
     .choices = quantities},
    {"store", MB_FIELD_STRING, offsetof(struct waveform_params, store), .required = true},
    {"places", MB_FIELD_NODE, offsetof(struct waveform_params, places), .required = true},
    {"first", MB_FIELD_INTEGER, offsetof(struct waveform_params, first), .minimum = 0, .maximum = 1000},
    {"seconds", MB_FIELD_NUMBER, offsetof(struct waveform_params, seconds), .minimum = 1, .maximum = 600},
    {"seconds_max", MB_FIELD_NUMBER, offsetof(struct waveform_params, seconds_max), .minimum = 1,
     .maximum = 3600},
    {"window_s", MB_FIELD_NUMBER, offsetof(struct waveform_params, window_s), .minimum = 0.1, .maximum = 60},
    {"with_motor_off", MB_FIELD_BOOL, offsetof(struct waveform_params, with_motor_off)},
    {"setup", MB_FIELD_NODE, offsetof(struct waveform_params, setup)},
    {0},
};

static void defaults(void *params)
{
    *(struct waveform_params *)params =
        (struct waveform_params){.seconds = 10, .seconds_max = 300, .window_s = 1};
}

/* ------------------------------------------------------------------ the plan's side */

static int read_places(const struct mb_node *with, struct waveform_params *p, struct mb_error *err)
{
    const char *text = NULL;
    int r = 0;

    if (p->places->kind != MB_NODE_LIST || p->places->count == 0 || p->places->count > WAVEFORM_PLACES_MAX)
        return mb_node_error(with, err, "places: a list of 1 to %d texts is expected", WAVEFORM_PLACES_MAX);
    for (size_t i = 0; r == 0 && i < p->places->count; i++) {
        r = mb_node_string(&p->places->items[i], &text, err);
        if (r == 0 && !(p->place[i] = strdup(text)))
            r = -ENOMEM;
        p->count = i + 1;
    }
    p->places = NULL;
    return r;
}

/* Goes into the record as it is. */
static int read_setup(struct waveform_params *p)
{
    p->setup_values = p->setup ? mb_node_json(p->setup) : json_object();
    p->setup = NULL;
    return p->setup_values ? 0 : -ENOMEM;
}

static int check(const struct mb_node *with, void *params, struct mb_error *err)
{
    struct waveform_params *p = params;
    int r = read_places(with, p, err);

    return r < 0 ? r : read_setup(p);
}

static void free_params(void *params)
{
    struct waveform_params *p = params;

    free(p->store);
    for (size_t i = 0; i < p->count; i++)
        free(p->place[i]);
    json_decref(p->setup_values);
}

/* ------------------------------------------------------------------ one place after the other */

static bool is_vibration(const struct mb_step *step)
{
    return ((const struct waveform_params *)step->plan->params)->quantity == MB_CAPTURE_VIBRATION;
}

/* Readings that belong to the place: a vibration has three directions. */
static int directions(const struct mb_step *step)
{
    return is_vibration(step) ? 3 : 1;
}

static enum mb_step_result record_setup(struct mb_step *step)
{
    const struct waveform_params *p = step->plan->params;
    char store[80];

    if (json_object_size(p->setup_values) == 0)
        return MB_STEP_GOES_ON;
    (void)snprintf(store, sizeof store, "%.*s/setup", (int)strcspn(p->store, "/"), p->store);
    return step_record(step, "reading", store, 0, json_deep_copy(p->setup_values), NULL);
}

static enum mb_step_result begin(struct mb_step *step)
{
    const struct waveform_params *p = step->plan->params;
    struct waveform_state *s = step->state;

    s->speed_rpm = s->frequency_hz = NAN;
    if (p->with_motor_off)
        step_switch_off(step);
    if (step->services->measure(step->userdata, MB_BENCH_RUNNING) < 0)
        return step_fault(step, "the bench cannot be read");
    return record_setup(step);
}

static double beat_s(const struct mb_step *step)
{
    const struct waveform_state *s = step->state;
    const struct mb_motor *m = step->data->motor;

    if (!is_vibration(step) || m->rated.poles != 2 || m->kind != MB_KIND_THREE_PHASE_INDUCTION)
        return NAN;
    return mb_severity_beat_period_s(mb_rating_slip(s->speed_rpm, s->frequency_hz, 2), s->frequency_hz);
}

static void ask_number(struct mb_step *step)
{
    const struct waveform_params *p = step->plan->params;
    struct waveform_state *s = step->state;
    struct mb_question q = {
        .kind = MB_QUESTION_NUMBER, .minimum = 0, .maximum = is_vibration(step) ? 1000 : 160};
    const char *what = !is_vibration(step) ? "A-weighted level, energy mean"
                       : s->displacement   ? "rms displacement"
                                           : "rms velocity";

    (void)snprintf(q.id, sizeof q.id, "%s", WAVEFORM_NUMBER);
    (void)snprintf(q.text, sizeof q.text, "%s%s%s: %s as the instrument shows it", p->place[s->place],
                   is_vibration(step) ? ", direction " : "", is_vibration(step) ? axes[s->direction] : "",
                   what);
    (void)snprintf(q.unit, sizeof q.unit, "%s", !is_vibration(step) ? "dB" : s->displacement ? "um" : "mm/s");
    step->services->question(step->userdata, &q);
}

static enum mb_step_result start_capture(struct mb_step *step)
{
    const struct waveform_params *p = step->plan->params;
    struct waveform_state *s = step->state;
    double beat = beat_s(step);
    struct mb_error err;
    int r;

    s->capture =
        (struct mb_capture){.quantity = (enum mb_capture_quantity)p->quantity,
                            .seconds = fmax(p->seconds, isnan(beat) ? 0 : BEAT_MARGIN * beat),
                            .low_hz = mb_severity_low_hz(step->data->motor->rated.speed_rpm),
                            .window_s = isnan(beat) ? p->window_s : fmin(p->window_s, BEAT_SHARE * beat)};
    s->capture.window_s = fmax(s->capture.window_s, 1 / s->capture.low_hz);
    if (s->capture.seconds > p->seconds_max)
        return step_invalid(
            step, "one beat of this two-pole motor lasts %.0f s, the plan allows a record of %.0f s", beat,
            p->seconds_max);
    r = step->services->capture(step->userdata, &s->capture, &err);
    if (r == -ENOTSUP) {
        s->phase = WAVEFORM_ASKED;
        ask_number(step);
        return MB_STEP_GOES_ON;
    }
    if (r < 0)
        return step_fault(step, "%s", err.text);
    s->phase = WAVEFORM_CAPTURING;
    step_waiting(step, "%s: sampling %.0f s", p->place[s->place], s->capture.seconds);
    return MB_STEP_GOES_ON;
}

static void ask_place(struct mb_step *step)
{
    const struct waveform_params *p = step->plan->params;
    struct waveform_state *s = step->state;
    char text[300];

    (void)snprintf(text, sizeof text, "%s%s%s; then answer: done", p->place[s->place],
                   is_vibration(step) ? ", direction " : "",
                   !is_vibration(step) ? ""
                   : s->direction      ? axes[s->direction]
                                       : "X (or all three at once)");
    s->phase = WAVEFORM_PLACING;
    step->services->ask(step->userdata, WAVEFORM_PLACE, text);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct waveform_params *p = step->plan->params;
    struct waveform_state *s = step->state;

    if (mb_snapshot_valid(snapshot, MB_SIGNAL_N) && mb_snapshot_valid(snapshot, MB_SIGNAL_F)) {
        s->speed_rpm = fabs(snapshot->signal[MB_SIGNAL_N].value);
        s->frequency_hz = snapshot->signal[MB_SIGNAL_F].value;
    }
    if (p->with_motor_off && !step->services->is_safe(step->userdata))
        return MB_STEP_GOES_ON;
    if (!p->with_motor_off && !step->services->energised(step->userdata))
        return step_invalid(step, "the motor was switched off while it was measured");
    if (s->phase == WAVEFORM_NEXT)
        ask_place(step);
    if (s->phase == WAVEFORM_PLACED)
        return start_capture(step);
    return s->phase == WAVEFORM_DONE ? MB_STEP_DONE : MB_STEP_GOES_ON;
}

/* The next direction, place, or the end. */
static void advance(struct mb_step *step, int taken)
{
    const struct waveform_params *p = step->plan->params;
    struct waveform_state *s = step->state;

    s->direction += taken;
    s->phase = WAVEFORM_NEXT;
    if (s->direction >= directions(step)) {
        s->direction = 0;
        s->place++;
    }
    if (s->place >= p->count)
        s->phase = WAVEFORM_DONE;
    step->services->progress(step->userdata, (double)s->place / (double)p->count);
}

static enum mb_step_result record_point(struct mb_step *step, int direction, json_t *values)
{
    const struct waveform_params *p = step->plan->params;
    struct waveform_state *s = step->state;
    int index = p->first + (int)s->place * directions(step) + direction;

    (void)json_object_set_new(values, "place", json_string(p->place[s->place]));
    (void)json_object_set_new(values, "n_rpm", mb_json_number(s->speed_rpm));
    (void)json_object_set_new(values, "f_hz", mb_json_number(s->frequency_hz));
    return step_record(step, "reading", p->store, index, values, NULL);
}

static json_t *vibration_values(const struct waveform_state *s, const struct mb_vibration_result *v)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:f}", "velocity_mps",
                     mb_json_number(v->velocity_mps.rms), "velocity_max_mps",
                     mb_json_number(v->velocity_mps.window_max), "velocity_min_mps",
                     mb_json_number(v->velocity_mps.window_min), "displacement_m",
                     mb_json_number(v->displacement_m.rms), "displacement_max_m",
                     mb_json_number(v->displacement_m.window_max), "displacement_min_m",
                     mb_json_number(v->displacement_m.window_min), "acceleration_mps2",
                     mb_json_number(v->acceleration_mps2.rms), "record_s", v->duration_s, "band_low_hz",
                     s->capture.low_hz, "band_high_hz", MB_VIBRATION_HIGH_HZ);
}

static enum mb_step_result captured(struct mb_step *step, int error, const char *text,
                                    const struct mb_capture_result *result)
{
    struct waveform_state *s = step->state;
    enum mb_step_result r = MB_STEP_GOES_ON;
    int n = 0;

    if (error < 0) {
        s->phase = WAVEFORM_NEXT;
        step_event(step, "repeat", "samples repeated: %s", text);
        return ++s->failures > WAVEFORM_FAILURES_MAX ? step_invalid(step, "no samples: %s", text)
                                                     : MB_STEP_GOES_ON;
    }
    for (; r == MB_STEP_GOES_ON && n < (int)result->channel_count && s->direction + n < directions(step);
         n++) {
        const struct mb_sound_result *sound = &result->channels[n].sound;
        json_t *values = is_vibration(step)
                             ? vibration_values(s, &result->channels[n].vibration)
                             : json_pack("{s:o, s:f}", "level_db", mb_json_number(sound->leq_db), "record_s",
                                         sound->duration_s);

        r = record_point(step, s->direction + n, values);
    }
    advance(step, n);
    return r;
}

/* Of a person's instrument only the rms is known; for a beat it has to show the mean of squares itself. */
static int answer_number(struct mb_step *step, double number)
{
    struct waveform_state *s = step->state;
    json_t *values;

    if (!(number >= 0 && number <= (is_vibration(step) ? 1000 : 160)))
        return -EINVAL;
    if (is_vibration(step) && !s->displacement) {
        s->velocity_mps = number * 1e-3;
        s->displacement = true;
        ask_number(step);
        return 0;
    }
    s->displacement = false;
    values =
        is_vibration(step)
            ? json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:b}", "velocity_mps", s->velocity_mps,
                        "velocity_max_mps", s->velocity_mps, "velocity_min_mps", s->velocity_mps,
                        "displacement_m", number * 1e-6, "displacement_max_m", number * 1e-6,
                        "displacement_min_m", number * 1e-6, "record_s", s->capture.seconds, "band_low_hz",
                        s->capture.low_hz, "band_high_hz", MB_VIBRATION_HIGH_HZ, "manual", 1)
            : json_pack("{s:f, s:b}", "level_db", number, "manual", 1);
    if (record_point(step, s->direction, values) != MB_STEP_GOES_ON)
        return -EIO;
    advance(step, 1);
    step->services->ask(step->userdata, "", "");
    return 0;
}

static int answer(struct mb_step *step, const char *id, const char *word, double number)
{
    struct waveform_state *s = step->state;

    if (s->phase == WAVEFORM_ASKED && strcmp(id, WAVEFORM_NUMBER) == 0)
        return answer_number(step, number);
    if (s->phase != WAVEFORM_PLACING || strcmp(id, WAVEFORM_PLACE) != 0 || !word || strcmp(word, "done") != 0)
        return -EINVAL;
    s->phase = WAVEFORM_PLACED;
    step->services->ask(step->userdata, "", "");
    return 0;
}

const struct mb_step_kind mb_step_waveform = {
    .name = "waveform",
    .state_size = sizeof(struct waveform_state),
    .params_size = sizeof(struct waveform_params),
    .fields = fields,
    .defaults = defaults,
    .check = check,
    .free_params = free_params,
    .begin = begin,
    .tick = tick,
    .answer = answer,
    .captured = captured,
};
