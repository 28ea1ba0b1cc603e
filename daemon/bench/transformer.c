/* SPDX-License-Identifier: GPL-3.0-or-later */
/* With U' = kU U e^(j dU) and I' = kI I e^(j dI) on the secondary side, k = (1 + error) / ratio, the angle
 * read is phi' = phi + dU - dI and S' = kU kI S. So P = S cos(phi' - d) = (P' cos d + Q' sin d) / (kU kI),
 * which needs no division by a power factor that may be nothing. */
#include "bench/transformer.h"

#include <math.h>

bool mb_transformers_turn(const struct mb_transformers *t)
{
    return t->voltage.displacement_rad != t->current.displacement_rad ||
           t->voltage.displacement_uncertainty_rad > 0 || t->current.displacement_uncertainty_rad > 0;
}

static bool is_any(const struct mb_transformer *t)
{
    return t->ratio != 1 || t->ratio_error != 0 || t->displacement_rad != 0 || t->ratio_uncertainty != 0 ||
           t->displacement_uncertainty_rad != 0;
}

bool mb_transformers_any(const struct mb_transformers *t)
{
    return is_any(&t->voltage) || is_any(&t->current);
}

static double gain(const struct mb_transformer *t)
{
    return t->ratio / (1 + t->ratio_error);
}

/* One instrument's error and those of its transformers have nothing to do with each other. */
static void multiply(struct mb_reading *reading, double factor, double relative_uncertainty)
{
    reading->value *= factor;
    reading->standard_uncertainty =
        hypot(reading->standard_uncertainty * factor, reading->value * relative_uncertainty);
}

static void turn(const struct mb_transformers *t, const struct mb_reading *apparent, struct mb_reading *power)
{
    double d = t->voltage.displacement_rad - t->current.displacement_rad;
    double u = hypot(t->voltage.displacement_uncertainty_rad, t->current.displacement_uncertainty_rad);
    double p = power->value, q = sqrt(fmax(0, apparent->value * apparent->value - p * p));

    if (!mb_transformers_turn(t) || power->validity != MB_VALID)
        return;
    power->validity = apparent->validity; /* no angle without it */
    power->value = p * cos(d) + q * sin(d);
    power->standard_uncertainty = hypot(power->standard_uncertainty, (q * cos(d) - p * sin(d)) * u);
}

void mb_transformers_correct(const struct mb_transformers *t, const struct mb_channel *channels, size_t count,
                             struct mb_reading *readings)
{
    static const struct mb_reading nothing = {.value = NAN, .validity = MB_NO_DATA};
    static const struct mb_reading unity = {.value = 1, .validity = MB_VALID};
    double u = gain(&t->voltage), i = gain(&t->current);
    double both = hypot(t->voltage.ratio_uncertainty, t->current.ratio_uncertainty);
    struct mb_reading apparent = nothing; /* before it is corrected itself */

    for (size_t c = 0; c < count && apparent.validity == MB_NO_DATA; c++)
        if (channels[c].quantity == MB_APPARENT_POWER)
            apparent = readings[c];
    for (size_t c = 0; c < count; c++) {
        switch (channels[c].quantity) {
        case MB_VOLTAGE:
            multiply(&readings[c], u, t->voltage.ratio_uncertainty);
            break;
        case MB_CURRENT:
            multiply(&readings[c], i, t->current.ratio_uncertainty);
            break;
        case MB_ACTIVE_POWER:
            turn(t, &apparent, &readings[c]);
            multiply(&readings[c], u * i, both);
            break;
        case MB_APPARENT_POWER:
        case MB_ENERGY: /* its angles are over: the displacement stays in it */
            multiply(&readings[c], u * i, both);
            break;
        case MB_POWER_FACTOR:
            turn(t, &unity, &readings[c]);
            break;
        default:
            break;
        }
    }
}
