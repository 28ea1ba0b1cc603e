/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/errors.h"

#include <math.h>

#include "sim/random.h"

/* Streams of one seed, see sim_random_seed; the plant's own noise uses others. */
#define STREAM_ERRORS 0x6572726f72u

/* Per 1 % of class, except where the quantity has an error that no class governs. */
static const struct {
    double gain_per_class, torque_zero_per_class, noise_relative_per_class, noise_absolute;
} model[MB_QUANTITY_COUNT] = {
    [MB_VOLTAGE] = {.gain_per_class = 0.01, .noise_relative_per_class = 0.0005},
    [MB_CURRENT] = {.gain_per_class = 0.01, .noise_relative_per_class = 0.001},
    [MB_ACTIVE_POWER] = {.gain_per_class = 0.01, .noise_relative_per_class = 0.001},
    /* The zero drifts after the adjustment at the start: a fifth of the class, of full scale. */
    [MB_TORQUE] = {.gain_per_class = 0.01, .torque_zero_per_class = 0.002, .noise_relative_per_class = 0.001},
    [MB_RESISTANCE] = {.gain_per_class = 0.01, .noise_relative_per_class = 0.001},
    /* Counted against a crystal: no gain error worth the name, a fraction of a pulse of noise. */
    [MB_FREQUENCY] = {.noise_absolute = 2e-4},
    [MB_SPEED] = {.noise_absolute = 0.01},
    [MB_TEMPERATURE] = {.noise_absolute = 0.03},
};

void sim_errors_limits(double accuracy_class, double torque_nominal_nm, struct sim_errors *ret)
{
    for (int q = 0; q < MB_QUANTITY_COUNT; q++)
        ret->of[q] = (struct sim_error){
            .gain = model[q].gain_per_class * accuracy_class,
            .zero = model[q].torque_zero_per_class * accuracy_class * torque_nominal_nm,
            .noise_relative = model[q].noise_relative_per_class * accuracy_class,
            .noise_absolute = accuracy_class > 0 ? model[q].noise_absolute : 0,
        };
}

void sim_errors_draw_from(const struct sim_errors *limits, double (*uniform)(void *), void *userdata,
                          struct sim_errors *ret)
{
    *ret = *limits;
    for (int q = 0; q < MB_QUANTITY_COUNT; q++) {
        ret->of[q].gain *= 2.0 * uniform(userdata) - 1.0;
        ret->of[q].zero *= 2.0 * uniform(userdata) - 1.0;
    }
}

static double own_uniform(void *userdata)
{
    return sim_random_uniform(userdata);
}

void sim_errors_draw(uint64_t seed, double accuracy_class, double torque_nominal_nm, struct sim_errors *ret)
{
    struct sim_random random;
    struct sim_errors limits;

    sim_random_seed(&random, seed, STREAM_ERRORS);
    sim_errors_limits(accuracy_class, torque_nominal_nm, &limits);
    sim_errors_draw_from(&limits, own_uniform, &random, ret);
}

double sim_errors_apply(const struct sim_errors *errors, enum mb_quantity quantity, double truth,
                        double normal)
{
    const struct sim_error *e = &errors->of[quantity];

    return truth * (1.0 + e->gain) + e->zero + normal * hypot(e->noise_relative * truth, e->noise_absolute);
}
