/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/window.h"

#include <math.h>

void mb_window_clear(struct mb_window *window)
{
    *window = (struct mb_window){0};
}

static void add_sample(struct mb_window_signal *s, const struct mb_reading *reading)
{
    double delta;

    s->flags |= reading->flags;
    if (reading->validity != MB_VALID) {
        s->worst = reading->validity;
        return;
    }
    s->count++;
    delta = reading->value - s->mean;
    s->mean += delta / (double)s->count;
    s->m2 += delta * (reading->value - s->mean);
    s->uncertainty_sum += reading->standard_uncertainty;
    s->minimum = s->count == 1 ? reading->value : fmin(s->minimum, reading->value);
    s->maximum = s->count == 1 ? reading->value : fmax(s->maximum, reading->value);
}

void mb_window_add(struct mb_window *window, const struct mb_snapshot *snapshot)
{
    if (window->samples++ == 0)
        window->first_ns = snapshot->t_ns;
    window->last_ns = snapshot->t_ns;
    window->monitored_count = snapshot->monitored_count;
    for (int s = 0; s < MB_SIGNAL_COUNT; s++)
        add_sample(&window->signal[s], &snapshot->signal[s]);
}

double mb_window_length_s(const struct mb_window *window)
{
    return (double)(window->last_ns - window->first_ns) * 1e-9;
}

bool mb_window_lasts(const struct mb_window *window, double length_s)
{
    return window->samples >= 2 && mb_window_length_s(window) >= length_s;
}

struct mb_reading mb_window_reading(const struct mb_window *window, enum mb_signal signal)
{
    const struct mb_window_signal *s = &window->signal[signal];
    struct mb_reading reading = {
        .value = s->mean, .t_ns = window->last_ns, .flags = s->flags, .validity = s->worst};
    double n = (double)s->count, instrument, scatter;

    if (s->count == 0) {
        reading.value = reading.standard_uncertainty = NAN;
        if (reading.validity == MB_VALID)
            reading.validity = MB_NO_DATA;
        return reading;
    }
    instrument = s->uncertainty_sum / n;
    scatter = s->count > 1 ? s->m2 / (n - 1) / n : 0;
    reading.standard_uncertainty = sqrt(instrument * instrument + scatter);
    return reading;
}

double mb_window_fluctuation(const struct mb_window *window, enum mb_signal signal)
{
    const struct mb_window_signal *s = &window->signal[signal];

    return s->count < 2 || s->mean == 0 ? 0 : (s->maximum - s->minimum) / fabs(s->mean);
}
