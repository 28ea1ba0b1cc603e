/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound power at no load, GB/T 10069.1 and .3 (procedures.md E): levels around the machine, background,
 * surface and room. What the plan does not say of surface and room was asked and stands as an answer with the
 * same name. */
#include <math.h>
#include <string.h>

#include "document/item_judges.h"
#include "method/noise.h"

#define POSITIONS_MAX 64

static size_t collect(const json_t *readings, const char *store, double *levels)
{
    size_t n = 0;

    while (n < POSITIONS_MAX) {
        const json_t *reading = mb_item_reading(readings, store, (int)n);

        if (!reading)
            break;
        levels[n++] = mb_item_value(reading, "level_db");
    }
    return n;
}

/* Of the set-up, else what was answered to the question of this id. */
static double known(const json_t *readings, const char *name)
{
    double value = mb_item_value(mb_item_reading(readings, "noise/setup", -1), name);
    json_t *reading;
    size_t i;

    if (isfinite(value))
        return value;
    json_array_foreach(readings, i, reading)
    {
        const char *id = json_string_value(json_object_get(json_object_get(reading, "values"), "id"));

        if (id && strcmp(id, name) == 0)
            value = mb_item_value(reading, "answer");
    }
    return value;
}

static enum mb_noise_room room_of(const struct mb_noise_input *input)
{
    if (isfinite(input->reverberation_s))
        return MB_NOISE_ROOM_REVERBERATION;
    return isfinite(input->absorption) ? MB_NOISE_ROOM_ABSORPTION : MB_NOISE_ROOM_FREE;
}

static void read_input(const json_t *readings, struct mb_noise_input *input)
{
    input->length_m = known(readings, "length_m");
    input->width_m = known(readings, "width_m");
    input->height_m = known(readings, "height_m");
    input->distance_m = known(readings, "distance_m");
    input->radius_m = known(readings, "radius_m");
    input->volume_m3 = known(readings, "volume_m3");
    input->reverberation_s = known(readings, "reverberation_s");
    input->absorption = known(readings, "absorption");
    input->room_surface_m2 = known(readings, "room_surface_m2");
    input->k2_max_db = known(readings, "k2_max_db");
    input->surface = isfinite(input->radius_m) ? MB_NOISE_HEMISPHERE : MB_NOISE_BOX;
    input->room = room_of(input);
}

static void judge_level(const struct mb_item_context *context, const struct mb_noise_result *result,
                        json_t *findings)
{
    mb_finding_plain(
        findings, "sound-pressure-level", result->lpa_db, "dB", MB_VERDICT_NOT_APPLICABLE,
        "mean %.2f dB, background %.2f dB, K1 %.2f dB, K2 %.2f dB, surface %.2f m2; reproducibility "
        "%.1f dB",
        result->mean_db, result->background_db, result->k1_db, result->k2_db, result->surface_m2,
        MB_NOISE_REPRODUCIBILITY_DB);
    (void)mb_finding_requirement(context, findings, "sound-power-level", NULL, NAN, result->lwa_db,
                                 MB_NOISE_REPRODUCIBILITY_DB);
}

int mb_judge_noise(const struct mb_item_context *context, const json_t *readings, json_t *findings,
                   struct mb_error *err)
{
    double levels[POSITIONS_MAX], background[POSITIONS_MAX];
    struct mb_noise_input input = {.level_db = levels, .background_db = background};
    struct mb_noise_result result;

    (void)err;
    input.position_count = collect(readings, "noise/position", levels);
    input.background_count = collect(readings, "noise/background", background);
    read_input(readings, &input);
    mb_noise_evaluate(&input, &result);
    for (size_t i = 0; i < result.reasons.count; i++)
        mb_finding_plain(findings, "sound-power-level", NAN, "", MB_VERDICT_INVALID, "%s",
                         result.reasons.items[i].text);
    if (result.valid)
        judge_level(context, &result, findings);
    return 0;
}
