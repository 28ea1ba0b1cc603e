/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/meter.h"

#include <math.h>
#include <string.h>

#include "sim/random.h"

#define STREAM_METER 0x6d65746572u
#define OVER_RANGE 1.4       /* of the range: display overflow */
#define AUTO_UP 1.3          /* automatic ranging: above this share of the range the next higher one */
#define AUTO_DOWN 0.3        /* below this share of it the lowest one that holds the value */
#define CREST_FACTOR 3.0     /* peak over the range that the input still follows */
#define FREQUENCY_LEVEL 0.03 /* share of the range that the zero-crossing detector needs */

const double sim_voltage_ranges[] = {600, 300, 150, 60, 30, 15, 0};
const double sim_current_ranges[] = {500, 200, 100, 50, 20, 10, 5, 2, 1, 0.5, 0};

/* Bits of the WT300E condition register. */
enum { BIT_SIGMA = 3, BIT_FREQUENCY = 4, BIT_ELEMENT = 6, BITS_AN_ELEMENT = 3 };

static void no_data(struct sim_meter_values *v)
{
    for (int e = 0; e < 4; e++)
        v->u[e] = v->i[e] = v->p[e] = v->s[e] = v->q[e] = v->u1[e] = v->i1[e] = NAN;
    for (int h = 0; h < SIM_HARMONICS; h++)
        v->harmonic[h] = NAN;
    v->fu = v->fi = NAN;
    v->condition = 0;
}

void sim_meter_init(struct sim_meter *meter, const struct sim_errors *errors, uint64_t seed)
{
    *meter = (struct sim_meter){
        .errors = errors,
        .seed = seed,
        .wiring = SIM_WIRING_P3W4,
        .voltage_range_v = sim_voltage_ranges[0],
        .current_range_a = 20,
        .interval_s = 0.5,
        .voltage_auto = true,
        .current_auto = true,
    };
    no_data(&meter->values);
}

void sim_meter_restart(struct sim_meter *meter)
{
    memset(&meter->sum, 0, sizeof meter->sum);
    no_data(&meter->values);
}

/* The fundamental of what was read, with the same error. */
static double part(double reading, double fundamental2, double total2)
{
    return total2 > 0 ? reading * sqrt(fundamental2 / total2) : 0;
}

/* Reads U and I of one element with its own noise. */
static void read_element(const struct sim_meter *meter, struct sim_random *random, int e,
                         struct sim_meter_values *v)
{
    double t = meter->sum.t_s, divisor = meter->wiring == SIM_WIRING_P3W4 ? sqrt(3.0) : 1.0;
    double u = sqrt(meter->sum.u2[e - 1] / t) / divisor, i = sqrt(meter->sum.i2[e - 1] / t);

    v->u[e] = sim_errors_apply(meter->errors, MB_VOLTAGE, u, sim_random_normal(random));
    v->i[e] = sim_errors_apply(meter->errors, MB_CURRENT, i, sim_random_normal(random));
    v->u1[e] = part(v->u[e], meter->sum.u1_2[e - 1], meter->sum.u2[e - 1]);
    v->i1[e] = part(v->i[e], meter->sum.i1_2[e - 1], meter->sum.i2[e - 1]);
    v->s[e] = v->u[e] * v->i[e];
}

/* Powers of the elements for a load that is balanced but for its voltages: 3V3A is the two-wattmeter method
 * on elements 1 and 2 (U 1-3 with I 1, U 2-3 with I 2); element 3 then measures a voltage for display only.
 */
static void split_power(const struct sim_meter *meter, double truth_w, double reading_w,
                        struct sim_meter_values *v)
{
    double s = v->u[1] * v->i[1], three_phase_s = sqrt(3.0) * s;
    double phi = three_phase_s > 0 ? acos(fmin(fmax(truth_w / three_phase_s, -1.0), 1.0)) : 0;

    v->p[SIM_SIGMA] = reading_w;
    if (meter->wiring == SIM_WIRING_P3W4) {
        v->p[1] = v->p[2] = v->p[3] = reading_w / 3;
        return;
    }
    v->p[1] = s * cos(phi - M_PI / 6);
    v->p[2] = reading_w - v->p[1];
    v->p[3] = s * cos(phi + M_PI / 2);
}

/* Only the first element measures the power of a single-phase motor, whose sums are its own. */
static void single_phase(double reading_w, struct sim_meter_values *v)
{
    v->p[1] = reading_w;
    v->p[2] = v->p[3] = 0;
    v->u[SIM_SIGMA] = v->u[1];
    v->i[SIM_SIGMA] = v->i[1];
    v->p[SIM_SIGMA] = v->p[1];
    v->s[SIM_SIGMA] = v->s[1];
    for (int e = 0; e < 4; e++)
        v->q[e] = sqrt(fmax(v->s[e] * v->s[e] - v->p[e] * v->p[e], 0));
}

static void sum_elements(const struct sim_meter *meter, struct sim_meter_values *v)
{
    v->u[SIM_SIGMA] = (v->u[1] + v->u[2] + v->u[3]) / 3;
    v->i[SIM_SIGMA] = (v->i[1] + v->i[2] + v->i[3]) / 3;
    v->s[SIM_SIGMA] = v->s[1] + v->s[2] + v->s[3];
    if (meter->wiring == SIM_WIRING_V3A3)
        v->s[SIM_SIGMA] /= sqrt(3.0);
    for (int e = 0; e < 4; e++)
        v->q[e] = sqrt(fmax(v->s[e] * v->s[e] - v->p[e] * v->p[e], 0));
}

/* An element over its range has no voltage, current and power of its own, and the sums have none either. */
static void mark_over_range(const struct sim_meter *meter, struct sim_meter_values *v)
{
    for (int e = 1; e <= 3; e++) {
        double u = v->u[e], i = v->i[e];
        bool over_u = u > OVER_RANGE * meter->voltage_range_v,
             over_i = i > OVER_RANGE * meter->current_range_a;
        unsigned bits = 0;

        bits |= over_u || over_i ? 1u : 0;
        bits |= u * M_SQRT2 > CREST_FACTOR * meter->voltage_range_v ? 2u : 0;
        bits |= i * M_SQRT2 > CREST_FACTOR * meter->current_range_a ? 4u : 0;
        v->condition |= bits << (BIT_ELEMENT + (e - 1) * BITS_AN_ELEMENT);
        if (over_u)
            v->u[e] = v->u[SIM_SIGMA] = INFINITY;
        if (over_i)
            v->i[e] = v->i[SIM_SIGMA] = INFINITY;
        if (over_u || over_i) {
            v->condition |= 1u << BIT_SIGMA;
            v->p[e] = v->s[e] = v->q[e] = INFINITY;
            v->p[SIM_SIGMA] = v->s[SIM_SIGMA] = v->q[SIM_SIGMA] = INFINITY;
        }
    }
}

static double frequency(const struct sim_meter *meter, double level, double range, double normal)
{
    if (level < FREQUENCY_LEVEL * range || !(meter->sum.f > 0))
        return NAN;
    return sim_errors_apply(meter->errors, MB_FREQUENCY, meter->sum.f / meter->sum.t_s, normal);
}

static void auto_range(const double ranges[], double value, double *range)
{
    double best = ranges[0];

    if (value <= AUTO_UP * *range && value >= AUTO_DOWN * *range)
        return;
    for (int i = 0; ranges[i] > 0; i++)
        if (value <= ranges[i])
            best = ranges[i];
    *range = best;
}

static void publish(struct sim_meter *meter)
{
    struct sim_meter_values *v = &meter->values;
    double t = meter->sum.t_s, p = meter->sum.p / t, largest_u = 0, largest_i = 0;
    double divisor = meter->wiring == SIM_WIRING_P3W4 ? sqrt(3.0) : 1.0, reading_w;
    struct sim_random random;

    sim_random_seed(&random, meter->seed, STREAM_METER + (meter->interval << 8));
    v->condition = 0;
    for (int e = 1; e <= 3; e++) {
        read_element(meter, &random, e, v);
        largest_u = fmax(largest_u, v->u[e]);
        largest_i = fmax(largest_i, v->i[e]);
    }
    reading_w = sim_errors_apply(meter->errors, MB_ACTIVE_POWER, p, sim_random_normal(&random));
    if (meter->wiring == SIM_WIRING_P1W2) {
        single_phase(reading_w, v);
    } else {
        split_power(meter, p, reading_w, v);
        sum_elements(meter, v);
    }
    v->fu = frequency(meter, v->u[1], meter->voltage_range_v, sim_random_normal(&random));
    v->fi = frequency(meter, v->i[1], meter->current_range_a, sim_random_normal(&random));
    for (int h = 0; h < SIM_HARMONICS; h++)
        v->harmonic[h] =
            sqrt(meter->sum.harmonic2[h] / t) / divisor * (1 + meter->errors->of[MB_VOLTAGE].gain);
    mark_over_range(meter, v);
    v->condition |= isnan(v->fu) ? 1u << BIT_FREQUENCY : 0;
    if (meter->voltage_auto)
        auto_range(sim_voltage_ranges, largest_u, &meter->voltage_range_v);
    if (meter->current_auto)
        auto_range(sim_current_ranges, largest_i, &meter->current_range_a);
}

bool sim_meter_tick(struct sim_meter *meter, const struct plant_state *state, double dt_s)
{
    for (int e = 0; e < 3; e++) {
        meter->sum.u2[e] += state->u_line_v[e] * state->u_line_v[e] * dt_s;
        meter->sum.i2[e] += state->i_line_a[e] * state->i_line_a[e] * dt_s;
        meter->sum.u1_2[e] += state->u1_line_v[e] * state->u1_line_v[e] * dt_s;
        meter->sum.i1_2[e] += state->i1_line_a[e] * state->i1_line_a[e] * dt_s;
    }
    for (int h = 0; h < SIM_HARMONICS; h++)
        meter->sum.harmonic2[h] += state->harmonic_v[h] * state->harmonic_v[h] * dt_s;
    meter->sum.p += state->p_w * dt_s;
    meter->sum.f += state->frequency_hz * dt_s;
    meter->sum.t_s += dt_s;
    if (meter->sum.t_s < meter->interval_s - dt_s / 2)
        return false;
    publish(meter);
    memset(&meter->sum, 0, sizeof meter->sum);
    meter->interval++;
    return true;
}

static double distortion_percent(const struct sim_meter_values *v)
{
    double sum = 0;

    for (int h = 2; h < SIM_HARMONICS; h++)
        sum += v->harmonic[h] * v->harmonic[h];
    return v->harmonic[1] > 0 ? 100 * sqrt(sum) / v->harmonic[1] : NAN;
}

static double voltage(const struct sim_meter_values *v, int element, int order)
{
    if (order == SIM_ORDER_TOTAL || isinf(v->u[element]))
        return v->u[element];
    if (element == SIM_SIGMA)
        return NAN;
    /* Orders that the source does not have are below the resolution; 0 stands for DC. */
    if (!(order < SIM_HARMONICS && order > 0) || v->harmonic[1] <= 0)
        return 0 * v->harmonic[1];
    return v->u1[element] * v->harmonic[order] / v->harmonic[1];
}

static double current(const struct sim_meter_values *v, int element, int order)
{
    if (order == SIM_ORDER_TOTAL || isinf(v->i[element]))
        return v->i[element];
    return order == 1 && element != SIM_SIGMA ? v->i1[element] : NAN;
}

double sim_meter_value(const struct sim_meter *meter, const struct sim_meter_values *values,
                       enum sim_meter_function function, int element, int order)
{
    switch (function) {
    case SIM_METER_U:
        return voltage(values, element, order);
    case SIM_METER_I:
        return current(values, element, order);
    case SIM_METER_P:
        return values->p[element];
    case SIM_METER_S:
        return values->s[element];
    case SIM_METER_Q:
        return values->q[element];
    case SIM_METER_LAMBDA:
    case SIM_METER_PHI: {
        double s = values->s[element], lambda = s > 0 ? fmin(values->p[element] / s, 1.0) : NAN;

        if (isinf(s))
            return INFINITY;
        return function == SIM_METER_LAMBDA ? lambda : acos(lambda) * 180 / M_PI;
    }
    case SIM_METER_FU: /* a sum of elements has no frequency */
        return element == SIM_SIGMA ? NAN : values->fu;
    case SIM_METER_FI:
        return element == SIM_SIGMA ? NAN : values->fi;
    case SIM_METER_UTHD:
        return isinf(values->u[1]) ? INFINITY : distortion_percent(values);
    case SIM_METER_URANGE:
        return meter->voltage_range_v;
    case SIM_METER_IRANGE:
        return meter->current_range_a;
    case SIM_METER_WHP:
    case SIM_METER_NONE:
        break;
    }
    return NAN;
}
