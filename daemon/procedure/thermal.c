/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `thermal-run`: rated load until thermal equilibrium (procedures A1.3, B1), then the rated-load reading.
 * Equilibrium: over the last half hour every monitored part's rise above the coolant moved by at most 1 K,
 * and input power is steady. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "procedure/acquire.h"
#include "procedure/kinds.h"
#include "procedure/thermal_resume.h"

#define SAMPLES_MAX 4096 /* at one a minute nearly three days */
#define ADJUST_MAX 1.2   /* of the torque, at one sample */

/* What the load is adjusted to. At reduced voltage it is the current: rated output cannot be had. */
enum hold { HOLD_OUTPUT, HOLD_CURRENT };

struct params {
    char *store;                                  /* of the reading at its end; NULL: rated_load */
    int hold;                                     /* enum hold */
    double voltage_percent;                       /* below 100: where rated output cannot be had */
    double window_minutes, rise_k, power_percent; /* the rule of equilibrium */
    double sample_s, maximum_hours;
    double resume_cooled_k;  /* interrupted, it is resumed unless a part has cooled by more */
    double expected_minutes; /* an ordinary motor at rated load: about 1.5 h (mission.md) */
};

struct sample {
    double t_s, p_w, coolant_c, rise_k[MB_MONITORED_MAX];
};

struct state {
    double begun_s, next_sample_s;
    struct sample samples[SAMPLES_MAX];
    size_t count;
    bool settled;
    struct mb_acquire acquire;
};

static const char *const holds[] = {"output", "current", NULL}; /* enum hold */
static const struct mb_field fields[] = {
    {"store", MB_FIELD_STRING, offsetof(struct params, store)},
    {"hold", MB_FIELD_CHOICE, offsetof(struct params, hold), .choices = holds},
    {"voltage_percent", MB_FIELD_NUMBER, offsetof(struct params, voltage_percent), .minimum = 30,
     .maximum = 100},
    {"window_minutes", MB_FIELD_NUMBER, offsetof(struct params, window_minutes), .minimum = 1,
     .maximum = 240},
    {"rise_k", MB_FIELD_NUMBER, offsetof(struct params, rise_k), .maximum = 20, .exclusive_minimum = true},
    {"power_percent", MB_FIELD_NUMBER, offsetof(struct params, power_percent), .maximum = 20,
     .exclusive_minimum = true},
    {"sample_s", MB_FIELD_NUMBER, offsetof(struct params, sample_s), .minimum = 1, .maximum = 300},
    {"maximum_hours", MB_FIELD_NUMBER, offsetof(struct params, maximum_hours), .maximum = 60,
     .exclusive_minimum = true},
    {"resume_cooled_k", MB_FIELD_NUMBER, offsetof(struct params, resume_cooled_k), .maximum = 200,
     .exclusive_minimum = true},
    {"expected_minutes", MB_FIELD_NUMBER, offsetof(struct params, expected_minutes), .maximum = 1e4,
     .exclusive_minimum = true},
    {0},
};

static void defaults(void *params)
{
    *(struct params *)params = (struct params){.voltage_percent = 100,
                                               .window_minutes = 30,
                                               .rise_k = 1,
                                               .power_percent = 0.5,
                                               .sample_s = 60,
                                               .maximum_hours = 12,
                                               .resume_cooled_k = 10,
                                               .expected_minutes = 90};
}

static void free_params(void *params)
{
    free(((struct params *)params)->store);
}

static enum mb_step_result begin(struct mb_step *step)
{
    const struct params *p = step->plan->params;
    double share = p->voltage_percent / 100;
    struct mb_run_data *data = step->data;
    struct state *s = step->state;

    s->begun_s = step_now_s(step);
    s->next_sample_s = s->begun_s;
    data->heating_v = share < 1 || p->hold == HOLD_CURRENT ? share * data->motor->rated.voltage_v : 0;
    data->heating_nm = share * data->rated_torque_nm;
    return step_heating_load(step);
}

/* Torque for rated output at the measured speed; or for rated current, which nearly goes with it. */
static void adjust_load(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    struct mb_run_data *data = step->data;
    double i_a = step_value(snapshot, MB_SIGNAL_I), more = data->motor->rated.current_a / i_a;

    if (data->heating_v > 0)
        data->heating_nm *= fmin(fmax(more, 1 / ADJUST_MAX), ADJUST_MAX);
    else
        data->rated_torque_nm = mb_motor_torque_nm(data->motor, step_value(snapshot, MB_SIGNAL_N));
}

/* The first signal without which a sample says nothing, or -1. */
static int missing_signal(const struct mb_snapshot *snapshot)
{
    static const enum mb_signal needed[] = {MB_SIGNAL_P, MB_SIGNAL_COOLANT, MB_SIGNAL_N,
                                            MB_SIGNAL_U, MB_SIGNAL_I,       MB_SIGNAL_T};

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!mb_snapshot_valid(snapshot, needed[i]))
            return (int)needed[i];
    for (size_t i = 0; i < snapshot->monitored_count; i++)
        if (!mb_snapshot_valid(snapshot, (enum mb_signal)(MB_SIGNAL_MONITORED + (int)i)))
            return MB_SIGNAL_MONITORED + (int)i;
    return -1;
}

static bool sample_is_good(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    int signal = missing_signal(snapshot);

    if (signal < 0)
        return true;
    if (step->services->is_manual(step->userdata, (enum mb_signal)signal))
        step_waiting(step, "enter the coolant temperature: motorbench answer RUN coolant VALUE");
    else
        step_waiting(step, "%s cannot be read: %s", mb_signal_name((enum mb_signal)signal),
                     mb_validity_name(snapshot->signal[signal].validity));
    return false;
}

static enum mb_step_result record_sample(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    struct state *s = step->state;
    const struct mb_reading *signal = snapshot->signal;
    json_t *values = json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "elapsed_s",
                               mb_snapshot_t_s(snapshot) - s->begun_s, "u_v", signal[MB_SIGNAL_U].value,
                               "p1_w", signal[MB_SIGNAL_P].value, "t_nm", signal[MB_SIGNAL_T].value, "n_rpm",
                               signal[MB_SIGNAL_N].value, "coolant_c", signal[MB_SIGNAL_COOLANT].value);

    for (size_t part = 0; values && part < MB_MONITOR_PARTS; part++) {
        char name[24];

        if (mb_snapshot_valid(snapshot, mb_monitor_signal(part)))
            (void)json_object_set_new(values, mb_monitor_key(part, name),
                                      json_real(signal[mb_monitor_signal(part)].value));
    }
    return values ? step_record(step, "reading", MB_MONITOR_STORE, (int)s->count, values, NULL)
                  : step_fault(step, "out of memory");
}

static enum mb_step_result take_sample(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    struct sample *sample = &s->samples[s->count];
    double coolant = snapshot->signal[MB_SIGNAL_COOLANT].value;

    if (s->count >= SAMPLES_MAX)
        return step_invalid(step, "thermal run: more than %d samples without equilibrium", SAMPLES_MAX);
    s->count++;
    sample->t_s = mb_snapshot_t_s(snapshot);
    sample->p_w = snapshot->signal[MB_SIGNAL_P].value;
    sample->coolant_c = coolant;
    for (size_t i = 0; i < snapshot->monitored_count; i++)
        sample->rise_k[i] = snapshot->signal[MB_SIGNAL_MONITORED + i].value - coolant;
    s->next_sample_s = sample->t_s + p->sample_s;
    adjust_load(step, snapshot);
    if (step_heating_load(step) != MB_STEP_GOES_ON)
        return MB_STEP_FAULT;
    return record_sample(step, snapshot);
}

/* First sample of the window that ends with the last one and covers window_s; count when the run is still too
 * short. */
static size_t window_start(const struct state *s, double window_s)
{
    size_t i = s->count;

    while (i > 0 && s->samples[s->count - 1].t_s - s->samples[i - 1].t_s < window_s)
        i--;
    return i > 0 ? i - 1 : s->count;
}

/* Least-squares slope of power over the window, as change over the window relative to the mean. */
static double power_change(const struct state *s, size_t first)
{
    double n = (double)(s->count - first), t0 = s->samples[first].t_s, st = 0, sp = 0, stt = 0, stp = 0,
           length;

    for (size_t i = first; i < s->count; i++) {
        double t = s->samples[i].t_s - t0, p = s->samples[i].p_w;

        st += t;
        sp += p;
        stt += t * t;
        stp += t * p;
    }
    length = s->samples[s->count - 1].t_s - t0;
    return (n * stp - st * sp) / (n * stt - st * st) * length / (sp / n);
}

static double rise_spread(const struct state *s, size_t first, size_t part)
{
    double low = INFINITY, high = -INFINITY;

    for (size_t i = first; i < s->count; i++) {
        low = fmin(low, s->samples[i].rise_k[part]);
        high = fmax(high, s->samples[i].rise_k[part]);
    }
    return high - low;
}

/* Sets the reason shown to people while it will not settle. */
static bool in_equilibrium(struct mb_step *step, size_t monitored)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    size_t first = window_start(s, p->window_minutes * 60), worst = 0;
    double minutes = (s->samples[s->count - 1].t_s - s->begun_s) / 60, spread = 0, change;

    if (first >= s->count) {
        step_waiting(step, "not settled: %.0f of at least %.0f minutes at rated %s", minutes,
                     p->window_minutes, step->data->heating_v > 0 ? "current" : "load");
        return false;
    }
    for (size_t i = 0; i < monitored; i++)
        if (rise_spread(s, first, i) > spread) {
            spread = rise_spread(s, first, i);
            worst = i;
        }
    change = 100 * fabs(power_change(s, first));
    if (spread <= p->rise_k && change <= p->power_percent)
        return true;
    if (spread > p->rise_k)
        step_waiting(step, "not settled after %.0f min: %s moved by %.2f K in %.0f min, allowed %.1f K",
                     minutes, mb_signal_name((enum mb_signal)(MB_SIGNAL_MONITORED + (int)worst)), spread,
                     p->window_minutes, p->rise_k);
    else
        step_waiting(step,
                     "not settled after %.0f min: input power moved by %.2f %% in %.0f min, allowed %.2f %%",
                     minutes, change, p->window_minutes, p->power_percent);
    return false;
}

/* Mean over the last quarter of the run (procedures A1.3). */
static double coolant_last_quarter(const struct state *s)
{
    double from = s->begun_s + 0.75 * (s->samples[s->count - 1].t_s - s->begun_s), sum = 0;
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++)
        if (s->samples[i].t_s >= from) {
            sum += s->samples[i].coolant_c;
            n++;
        }
    return n ? sum / (double)n : NAN;
}

static enum mb_step_result take_rated_reading(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    const char *store = p->store ? p->store : "rated_load";
    struct state *s = step->state;
    enum mb_step_result result = MB_STEP_GOES_ON;
    json_t *values;

    switch (mb_acquire_tick(&s->acquire, step, snapshot, store, 0, &result)) {
    case MB_ACQUIRE_TAKEN:
        break;
    case MB_ACQUIRE_ENDED:
        return result;
    case MB_ACQUIRE_BUSY:
    case MB_ACQUIRE_REJECTED:
        return MB_STEP_GOES_ON;
    }
    step->data->coolant_c = coolant_last_quarter(s);
    step->data->winding_hot_c = mb_window_reading(&s->acquire.window, MB_SIGNAL_WINDING).value;
    values = mb_acquire_values(&s->acquire, mb_load_columns);
    (void)json_object_set_new(values, "coolant_c", json_real(step->data->coolant_c));
    result = step_record(step, "reading", store, 0, values, mb_acquire_rest(&s->acquire, mb_load_columns));
    if (result != MB_STEP_GOES_ON)
        return result;
    step_event(step, "reading", "end of the thermal run: %.2f N m, %.1f W, %.2f r/min, coolant %.1f degC",
               s->acquire.torque_nm, mb_window_reading(&s->acquire.window, MB_SIGNAL_P).value,
               mb_window_reading(&s->acquire.window, MB_SIGNAL_N).value, step->data->coolant_c);
    return MB_STEP_DONE;
}

static enum mb_step_result watch(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;
    struct state *s = step->state;
    double elapsed_s = mb_snapshot_t_s(snapshot) - s->begun_s;
    enum mb_step_result r;

    if (snapshot->monitored_count == 0)
        return step_invalid(step, "%s",
                            "thermal run: this bench monitors no temperature, equilibrium cannot be judged");
    if (elapsed_s > p->maximum_hours * 3600)
        return step_invalid(
            step, "no thermal equilibrium within %.1f h; look at line connection, load capacity and cooling",
            p->maximum_hours);
    if (mb_snapshot_t_s(snapshot) < s->next_sample_s || !sample_is_good(step, snapshot))
        return MB_STEP_GOES_ON;
    r = take_sample(step, snapshot);
    if (r != MB_STEP_GOES_ON)
        return r;
    step->services->progress(step->userdata, fmin(0.95, elapsed_s / 60 / p->expected_minutes));
    if (!in_equilibrium(step, snapshot->monitored_count))
        return MB_STEP_GOES_ON;
    step_event(step, "note", "thermal equilibrium after %.0f min (expected about %.0f)", elapsed_s / 60,
               p->expected_minutes);
    s->settled = true;
    return mb_acquire_heating_load(&s->acquire, step);
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    const struct state *s = step->state;

    return s->settled ? take_rated_reading(step, snapshot) : watch(step, snapshot);
}

/* Resumed, it begins anew with a window of its own, but not from cold. */
static enum mb_step_result may_resume(struct mb_step *step, const json_t *readings, double now_s,
                                      const struct mb_snapshot *snapshot)
{
    const struct params *p = step->plan->params;

    return mb_thermal_may_resume(step, readings, now_s, snapshot, p->resume_cooled_k);
}

const struct mb_step_kind mb_step_thermal = {
    .name = "thermal-run",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct params),
    .fields = fields,
    .defaults = defaults,
    .free_params = free_params,
    .begin = begin,
    .tick = tick,
    .may_resume = may_resume,
};
