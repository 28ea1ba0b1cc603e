/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/parts.h"

#include <math.h>

#include "method/fit.h"
#include "method/remark.h"
#include "method/rules.h"

double mb_winding_temperature_c(const struct mb_efficiency_input *input, double r_ohm)
{
    double k = input->k_conductor_k;

    if (!(input->cold_resistance_ohm > 0))
        return NAN;
    return r_ohm / input->cold_resistance_ohm * (k + input->cold_temperature_c) - k;
}

static double resistance_at_ohm(const struct mb_efficiency_input *input, double temperature_c)
{
    double k = input->k_conductor_k;

    return input->cold_resistance_ohm * (k + temperature_c) / (k + input->cold_temperature_c);
}

/* The readings above the coolant from `first` on; false with a reason when a logarithm or a line is
 * impossible. */
static bool fit_logarithms(const struct mb_efficiency_input *input, size_t first,
                           struct mb_efficiency_result *result)
{
    double t[MB_COOLING_MAX], logarithm[MB_COOLING_MAX];
    size_t n = 0;
    struct mb_line line;

    for (size_t i = first; i < input->cooling_count; i++, n++) {
        double over = mb_winding_temperature_c(input, input->cooling[i].r_ohm) - input->rated_load.coolant_c;

        if (!(over > 0)) {
            mb_remark_defect(input, result, MB_REASON_COOLING_FIT,
                             "at %g s the winding is %.2f K above the coolant, "
                             "more than 0 K is needed",
                             input->cooling[i].t_s, over);
            return false;
        }
        t[n] = input->cooling[i].t_s;
        logarithm[n] = log(over);
    }
    line = mb_fit_line(t, logarithm, n);
    result->winding.slope_per_s = line.slope;
    result->winding.intercept_ln_k = line.intercept;
    return true;
}

static double fitted_temperature_c(const struct mb_efficiency_input *input,
                                   const struct mb_efficiency_result *result, double t_s)
{
    return input->rated_load.coolant_c +
           exp(result->winding.intercept_ln_k + result->winding.slope_per_s * t_s);
}

static void judge_fit(const struct mb_efficiency_input *input, size_t first,
                      struct mb_efficiency_result *result)
{
    double sum = 0, rms;

    for (size_t i = first; i < input->cooling_count; i++) {
        double residual = mb_winding_temperature_c(input, input->cooling[i].r_ohm) -
                          fitted_temperature_c(input, result, input->cooling[i].t_s);

        sum += residual * residual;
    }
    rms = sqrt(sum / (double)(input->cooling_count - first));
    result->winding.fit_rms_k = rms;
    if (!(rms <= MB_COOLING_RMS_MAX_K))
        mb_remark_defect(input, result, MB_REASON_COOLING_FIT,
                         "the cooling readings lie %.3f K rms off their fit, at most %.1f K is allowed", rms,
                         MB_COOLING_RMS_MAX_K);
}

static bool times_rise(const struct mb_efficiency_input *input)
{
    for (size_t i = 0; i < input->cooling_count; i++)
        if (!(input->cooling[i].t_s >= 0) || (i && !(input->cooling[i].t_s > input->cooling[i - 1].t_s)))
            return false;
    return true;
}

static bool enough_readings(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    size_t n = input->cooling_count;

    if (n < MB_COOLING_COUNT_MIN) {
        mb_remark_defect(input, result, MB_REASON_COOLING_FIT,
                         "%zu cooling readings, at least %d are needed for a fit", n, MB_COOLING_COUNT_MIN);
        return false;
    }
    if (!times_rise(input)) {
        mb_remark_defect(input, result, MB_REASON_COOLING_FIT,
                         "the times of the cooling readings do not rise from switching off (0 s) on");
        return false;
    }
    if (n < MB_COOLING_COUNT_WANTED)
        mb_remark_warning(result, MB_REASON_COOLING_FIT, "%zu cooling readings, %d are good practice", n,
                          MB_COOLING_COUNT_WANTED);
    return true;
}

static size_t highest_reading(const struct mb_efficiency_input *input)
{
    size_t highest = 0;

    for (size_t i = 1; i < input->cooling_count; i++)
        if (input->cooling[i].r_ohm > input->cooling[highest].r_ohm)
            highest = i;
    return highest;
}

/* B3: the rise by the delay rule. first_c: temperature of the first reading. */
static void rise_by_delay(const struct mb_efficiency_input *input, double first_c, bool rising,
                          struct mb_efficiency_result *result)
{
    double delay = result->winding.delay_s, t = input->cooling[0].t_s;
    double coolant = input->rated_load.coolant_c;

    if (isnan(delay))
        mb_remark_warning(result, MB_REASON_COOLING_LATE,
                          "above %.0f kW the delay is by agreement: first reading at %g s not judged", 5000.0,
                          t);
    else if (t > MB_COOLING_LATE_FACTOR * delay)
        mb_remark_defect(
            input, result, MB_REASON_COOLING_LATE,
            "first resistance reading %g s after switching off, at most %g s (twice %g s) is allowed", t,
            MB_COOLING_LATE_FACTOR * delay, delay);
    else if (rising)
        result->winding.rise_k = result->winding.temperature_c - coolant;
    else if (t <= delay)
        result->winding.rise_k = first_c - coolant;
    else
        result->winding.rise_k = result->winding.temperature_at_delay_c - coolant;
}

void mb_evaluate_cooling(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    double k = input->k_conductor_k, coolant = input->rated_load.coolant_c, theta;
    size_t highest;

    result->winding.delay_s = mb_edition_delay_s(mb_input_edition(input), input->rated_power_w);
    if (input->cooling_count == 0 || !input->has_rated_load || isnan(coolant) ||
        isnan(input->cold_temperature_c) || !(input->cold_resistance_ohm > 0) ||
        !enough_readings(input, result))
        return;
    highest = highest_reading(input);
    theta = mb_winding_temperature_c(input, input->cooling[highest].r_ohm);
    if (highest > 0)
        mb_remark_warning(
            result, MB_REASON_COOLING_FIT,
            "the winding still warmed up after switching off: its highest reading, %g ohm at %g s, counts",
            input->cooling[highest].r_ohm, input->cooling[highest].t_s);
    if (fit_logarithms(input, highest, result) && isfinite(result->winding.slope_per_s)) {
        judge_fit(input, highest, result);
        result->winding.temperature_at_delay_c = fitted_temperature_c(input, result, result->winding.delay_s);
    }
    if (highest > 0)
        result->winding.temperature_at_delay_c = theta;
    else
        theta = fitted_temperature_c(input, result, 0);
    result->winding.temperature_c = theta;
    result->winding.resistance_hot_ohm = resistance_at_ohm(input, theta);
    result->winding.k_theta = (k + theta + MB_REFERENCE_COOLANT_C - coolant) / (k + theta);
    rise_by_delay(input, mb_winding_temperature_c(input, input->cooling[0].r_ohm), highest > 0, result);
}
