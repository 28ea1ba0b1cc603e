/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Temperature rise by resistance (procedures.md B): from the sections cold, rated_load and cooling that the
 * thermal run has left for the whole run; the efficiency test reads the same. A run at rated current is none
 * that an efficiency can be found from: its reading is the item's own. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "document/item_judges.h"
#include "method/parts.h"
#include "method/rise.h"
#include "document/number_json.h"

/* Coolant in which the limits hold as they are, degC [M]. */
#define COOLANT_LOW_C 10.0
#define COOLANT_HIGH_C 40.0
#define AT_RATED_CURRENT "thermal/rated-current"
/* The run was at rated output as far as this; then its current is the rated one [laboratory choice]. */
#define OUTPUT_NEAR 0.02

static size_t read_cooling(const json_t *list, struct mb_cooling_reading *cooling)
{
    json_t *element;
    size_t i, n = 0;

    json_array_foreach(list, i, element) if (n < MB_COOLING_MAX) cooling[n++] =
        (struct mb_cooling_reading){mb_json_value(element, "t_s"), mb_json_value(element, "r_ohm")};
    return n;
}

static const json_t *by_current(const json_t *readings)
{
    return json_object_get(mb_item_reading(readings, AT_RATED_CURRENT, -1), "values");
}

static void read_input(const struct mb_item_context *context, const json_t *readings,
                       struct mb_cooling_reading *cooling, struct mb_efficiency_input *ret)
{
    const json_t *cold = json_object_get(context->sheet, "cold"), *own = by_current(readings);
    const json_t *rated = own ? own : json_object_get(context->sheet, "rated_load");

    *ret = (struct mb_efficiency_input){
        .method = MB_METHOD_2_1_1B, /* whose defects of a cooling curve make a test invalid */
        .form = MB_FORM_GBT1032,
        .rated_power_w = context->motor->rated.power_w,
        .k_conductor_k = mb_motor_conductor_k(context->motor),
        .cold_resistance_ohm = mb_json_value(cold, "resistance_ohm"),
        .cold_temperature_c = mb_json_value(cold, "temperature_c"),
        .has_rated_load = rated != NULL,
        .rated_load = {.i_a = mb_json_value(rated, "i_a"),
                       .t_nm = mb_json_value(rated, "t_nm"),
                       .n_rpm = mb_json_value(rated, "n_rpm"),
                       .coolant_c = mb_json_value(rated, "coolant_c")},
        .cooling = cooling,
        .cooling_count = read_cooling(json_object_get(context->sheet, "cooling"), cooling),
    };
}

/* A run at rated output has by itself the current that belongs to it; a run by current, or one that missed
 * its load, is corrected to the nameplate's current. */
static double rise_of(const struct mb_item_context *context, const json_t *readings,
                      const struct mb_efficiency_input *input, double rise_k, json_t *findings)
{
    const struct mb_rated_reading *r = &input->rated_load;
    double output_w = 2 * M_PI / 60 * r->n_rpm * r->t_nm, rated_a = context->motor->rated.current_a;
    double corrected_k;
    bool current = by_current(readings) != NULL;

    if (!current && fabs(output_w / input->rated_power_w - 1) <= OUTPUT_NEAR)
        return rise_k;
    corrected_k = mb_rise_at_rated_current(rise_k, r->i_a, rated_a, input->k_conductor_k, r->coolant_c);
    if (isfinite(corrected_k))
        mb_finding_plain(findings, "current", r->i_a, "A", MB_VERDICT_NOT_APPLICABLE,
                         "%s: rise %.1f K corrected from %.4g A to the rated %.4g A: %.1f K",
                         current ? "heated with rated current" : "not at rated output", rise_k, r->i_a,
                         rated_a, corrected_k);
    else
        mb_finding_plain(findings, "current", r->i_a, "A", MB_VERDICT_INVALID,
                         "test current %.4g A is more than 10 %% off the rated %.4g A: to be repeated",
                         r->i_a, rated_a);
    return corrected_k;
}

static void judge_coolant(double coolant_c, json_t *findings)
{
    if (!(coolant_c >= COOLANT_LOW_C && coolant_c <= COOLANT_HIGH_C))
        mb_finding_plain(
            findings, "coolant", coolant_c, "degC", MB_VERDICT_INCONCLUSIVE,
            "coolant %.1f degC: the limits of the rise hold from %.0f to %.0f degC, beyond that they "
            "are corrected by a table that is not in the data",
            coolant_c, COOLANT_LOW_C, COOLANT_HIGH_C);
}

static void judge_rise(const struct mb_item_context *context, const json_t *readings,
                       const struct mb_efficiency_input *input, const struct mb_efficiency_result *result,
                       json_t *findings)
{
    static const struct mb_circumstance by_resistance[] = {{"method", "resistance"}, {NULL, NULL}};
    double rise_k;

    for (size_t i = 0; i < result->reason_count; i++)
        mb_finding_plain(findings, "temperature-rise", NAN, "", MB_VERDICT_INVALID, "%s",
                         result->reasons[i].text);
    if (result->reason_count > 0)
        return;
    if (!isfinite(result->winding.rise_k)) {
        mb_finding_plain(findings, "temperature-rise", NAN, "", MB_VERDICT_INVALID,
                         "no cold resistance, no reading at rated load or no cooling curve");
        return;
    }
    rise_k = rise_of(context, readings, input, result->winding.rise_k, findings);
    if (isfinite(rise_k))
        (void)mb_finding_requirement(context, findings, "temperature-rise", by_resistance, NAN, rise_k, NAN);
    judge_coolant(input->rated_load.coolant_c, findings);
}

int mb_judge_thermal(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                     struct mb_error *err)
{
    struct mb_cooling_reading *cooling = calloc(MB_COOLING_MAX, sizeof *cooling);
    struct mb_efficiency_result *result = calloc(1, sizeof *result);
    struct mb_efficiency_input input;
    int r = cooling && result ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");

    if (r == 0) {
        read_input(context, readings, cooling, &input);
        result->winding.rise_k = NAN;
        mb_evaluate_cooling(&input, result);
        judge_rise(context, readings, &input, result, findings);
    }
    free(cooling);
    free(result);
    return r;
}
