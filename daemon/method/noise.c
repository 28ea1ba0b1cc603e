/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/noise.h"

#include <math.h>

/* Room for rounding where a difference may stand exactly on a bound. */
#define ROUNDING_DB 1e-9

double mb_noise_energy_mean_db(const double *level_db, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += pow(10, 0.1 * level_db[i]);
    return n > 0 ? 10 * log10(sum / (double)n) : NAN;
}

static double k1_db(double difference_db)
{
    return -10 * log10(1 - pow(10, -0.1 * difference_db));
}

/* K1 from energy averages; nearer to the background than the least difference, the correction for that
 * difference is the largest that may be made. */
static void correct_background(const struct mb_noise_input *input, struct mb_noise_result *result)
{
    result->background_db = mb_noise_energy_mean_db(input->background_db, input->background_count);
    result->difference_db = result->mean_db - result->background_db;
    if (input->background_count != 1 && input->background_count != input->position_count)
        mb_finding_add(&result->reasons, "missing-data",
                       "the background was measured at %zu positions and the machine at %zu",
                       input->background_count, input->position_count);
    if (isnan(result->difference_db))
        return;
    if (result->difference_db > MB_NOISE_NO_K1_DB + ROUNDING_DB) {
        result->k1_db = 0;
        return;
    }
    result->upper_bound = result->difference_db < MB_NOISE_LEAST_DB - ROUNDING_DB;
    result->k1_db = k1_db(fmax(result->difference_db, MB_NOISE_LEAST_DB));
    if (result->upper_bound)
        mb_finding_add(
            &result->reasons, "background",
            "the machine is %.1f dB above the background, at least %g dB are wanted: the result is "
            "an upper bound",
            result->difference_db, MB_NOISE_LEAST_DB);
}

static double box_surface_m2(const struct mb_noise_input *input)
{
    double a = input->length_m / 2 + input->distance_m, b = input->width_m / 2 + input->distance_m;
    double c = input->height_m + input->distance_m;

    return 4 * (a * b + b * c + c * a);
}

/* NAN unless all are positive. */
static double positive(double x, double y, double z, double value)
{
    return x > 0 && y > 0 && z > 0 && isfinite(value) ? value : NAN;
}

static void measure_surface(const struct mb_noise_input *input, struct mb_noise_result *result)
{
    if (input->surface == MB_NOISE_HEMISPHERE) {
        result->surface_m2 = positive(input->radius_m, 1, 1, 2 * M_PI * input->radius_m * input->radius_m);
        return;
    }
    result->surface_m2 = positive(input->length_m, input->width_m, input->height_m, box_surface_m2(input));
    if (!(input->distance_m >= MB_NOISE_DISTANCE_MIN_M && input->distance_m <= MB_NOISE_DISTANCE_MAX_M))
        mb_finding_add(&result->reasons, "distance", "the distance is %.3g m, %g to %g m are allowed",
                       input->distance_m, MB_NOISE_DISTANCE_MIN_M, MB_NOISE_DISTANCE_MAX_M);
}

static double absorption_m2(const struct mb_noise_input *input)
{
    if (input->room == MB_NOISE_ROOM_REVERBERATION)
        return positive(input->volume_m3, input->reverberation_s, 1,
                        0.16 * input->volume_m3 / input->reverberation_s);
    if (!(input->absorption <= 1))
        return NAN;
    return positive(input->absorption, input->room_surface_m2, 1, input->absorption * input->room_surface_m2);
}

static void correct_environment(const struct mb_noise_input *input, struct mb_noise_result *result)
{
    double most_db = isnan(input->k2_max_db) ? MB_NOISE_K2_MAX_DB : input->k2_max_db;

    if (input->room == MB_NOISE_ROOM_FREE) {
        result->k2_db = 0;
        return;
    }
    result->absorption_m2 = absorption_m2(input);
    result->k2_db = 10 * log10(1 + 4 * result->surface_m2 / result->absorption_m2);
    if (result->k2_db > most_db)
        mb_finding_add(&result->reasons, "environment", "K2 is %.2f dB, at most %g dB are allowed",
                       result->k2_db, most_db);
}

static void check_positions(const struct mb_noise_input *input, struct mb_noise_result *result)
{
    if (input->surface == MB_NOISE_BOX && input->position_count < MB_NOISE_POSITIONS_MIN)
        mb_finding_add(&result->reasons, "positions", "%zu positions, at least %d are wanted",
                       input->position_count, MB_NOISE_POSITIONS_MIN);
}

void mb_noise_evaluate(const struct mb_noise_input *input, struct mb_noise_result *ret)
{
    struct mb_noise_result result = {.mean_db =
                                         mb_noise_energy_mean_db(input->level_db, input->position_count),
                                     .k1_db = NAN,
                                     .absorption_m2 = NAN,
                                     .k2_db = NAN};

    check_positions(input, &result);
    correct_background(input, &result);
    measure_surface(input, &result);
    correct_environment(input, &result);
    result.lpa_db = result.mean_db - result.k1_db - result.k2_db;
    result.lwa_db = result.lpa_db + 10 * log10(result.surface_m2); /* reference surface 1 m^2 */
    if (!isfinite(result.lwa_db))
        mb_finding_add(&result.reasons, "missing-data",
                       "levels, background, surface or room are not given, or not as numbers above zero");
    result.valid = result.reasons.count == 0;
    *ret = result;
}
