/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports that follow each channel of one quantity by itself: vibration, bands, sound. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/analyser.h"
#include "document/number_json.h"
#include "dsp/band.h"
#include "dsp/sound.h"
#include "dsp/vibration.h"
#include "waveform/report.h"

#define VIBRATION_WINDOW_S 1.0
#define BAND_LOW_HZ 20.0
#define BAND_HIGH_HZ 20000.0

struct meter { /* what one channel is measured with */
    struct mb_vibration vibration;
    struct mb_band_bank bank;
    struct mb_sound_meter sound[3]; /* by enum mb_weighting */
};

struct levels {
    size_t count;
    size_t channel[MB_BLOCK_CHANNELS_MAX];
    const char *name[MB_BLOCK_CHANNELS_MAX];
    struct meter *meters;
};

typedef int (*meter_init)(struct meter *meter, double rate_hz, const char **ret_what);

static int levels_new(const struct report_setting *setting, enum mb_wave_quantity quantity,
                      const struct mb_block *first, meter_init init, void **ret, struct mb_error *err)
{
    struct levels *levels = calloc(1, sizeof *levels);
    const char *what = "";
    int r = 0;

    if (!levels)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    levels->count = mb_channels_of(setting->channels, setting->channel_count, quantity, levels->channel);
    levels->meters = calloc(levels->count, sizeof *levels->meters);
    for (size_t i = 0; levels->meters && i < levels->count && r == 0; i++) {
        levels->name[i] = setting->channels[levels->channel[i]].name;
        r = init(&levels->meters[i], first->rate_hz, &what);
    }
    if (!levels->meters || r < 0) {
        r = levels->meters ? mb_error_set(err, r, "a rate of %g samples a second is too low for %s",
                                          first->rate_hz, what)
                           : mb_error_set(err, -ENOMEM, "not enough memory");
        free(levels->meters);
        free(levels);
        return r;
    }
    *ret = levels;
    return 0;
}

static void levels_free(void *report)
{
    struct levels *levels = report;

    free(levels->meters);
    free(levels);
}

static int no_memory(struct mb_error *err)
{
    return mb_error_set(err, -ENOMEM, "not enough memory");
}

static void note(struct report_result *result, uint32_t flags, double wanted_s)
{
    result->flags |= flags;
    if (flags & MB_WAVE_TOO_SHORT)
        result->wanted_s = fmax(result->wanted_s, wanted_s);
}

/* ---- Vibration severity. ---- */

static int vibration_init(struct meter *meter, double rate_hz, const char **ret_what)
{
    *ret_what = "vibration from 10 to 1000 Hz (2560 are needed)";
    return mb_vibration_init(&meter->vibration, rate_hz, MB_VIBRATION_LOW_HZ, MB_VIBRATION_HIGH_HZ,
                             VIBRATION_WINDOW_S);
}

static int vibration_new(const struct report_setting *setting, const struct mb_block *first, void **ret,
                         struct mb_error *err)
{
    return levels_new(setting, MB_WAVE_ACCELERATION, first, vibration_init, ret, err);
}

static int vibration_push(void *report, const struct mb_block *block, struct mb_error *err)
{
    struct levels *levels = report;

    (void)err;
    for (size_t i = 0; i < levels->count; i++)
        mb_vibration_push(&levels->meters[i].vibration, block->channels[levels->channel[i]], block->count,
                          block->flags);
    return 0;
}

static int vibration_finish(void *report, struct report_result *ret, struct mb_error *err)
{
    struct levels *levels = report;
    struct report_result result = {.values = json_object()};
    json_t *rows = json_array();

    for (size_t i = 0; i < levels->count; i++) {
        struct mb_vibration_result v;

        mb_vibration_result(&levels->meters[i].vibration, &v);
        note(&result, v.flags, v.wanted_s);
        (void)json_array_append_new(
            rows, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "channel", levels->name[i],
                            "velocity_rms_mm_s", mb_json_number(v.velocity_mps.rms * 1e3),
                            "velocity_window_max_mm_s", mb_json_number(v.velocity_mps.window_max * 1e3),
                            "velocity_window_min_mm_s", mb_json_number(v.velocity_mps.window_min * 1e3),
                            "acceleration_rms_m_s2", mb_json_number(v.acceleration_mps2.rms),
                            "displacement_rms_um", mb_json_number(v.displacement_m.rms * 1e6), "duration_s",
                            mb_json_number(v.duration_s)));
    }
    if (json_object_set_new(result.values, "band", json_string("10-1000 Hz")) < 0 ||
        json_object_set_new(result.values, "channels", rows) < 0)
        return no_memory(err);
    *ret = result;
    return 0;
}

/* ---- Third-octave bands. ---- */

static int bank_init(struct meter *meter, double rate_hz, const char **ret_what)
{
    *ret_what = "third-octave bands from 20 Hz";
    return mb_band_bank_init(&meter->bank, MB_BAND_THIRD_OCTAVE, BAND_LOW_HZ, BAND_HIGH_HZ, rate_hz);
}

static int third_octave_new(const struct report_setting *setting, const struct mb_block *first, void **ret,
                            struct mb_error *err)
{
    return levels_new(setting, MB_WAVE_SOUND_PRESSURE, first, bank_init, ret, err);
}

static int third_octave_push(void *report, const struct mb_block *block, struct mb_error *err)
{
    struct levels *levels = report;

    (void)err;
    for (size_t i = 0; i < levels->count; i++)
        mb_band_bank_push(&levels->meters[i].bank, block->channels[levels->channel[i]], block->count,
                          block->flags);
    return 0;
}

/* The same bands for all channels, for they have one rate: one row a band. */
static int third_octave_finish(void *report, struct report_result *ret, struct mb_error *err)
{
    struct levels *levels = report;
    struct report_result result = {.values = json_object()};
    json_t *rows = json_array();

    for (size_t band = 0; band < levels->meters[0].bank.count; band++) {
        json_t *row = json_object();

        for (size_t i = 0; i < levels->count; i++) {
            struct mb_band_level level;

            mb_band_bank_level(&levels->meters[i].bank, band, &level);
            note(&result, level.flags, level.wanted_s);
            if (i == 0)
                (void)json_object_set_new(row, "band_hz", json_real(level.nominal_hz));
            (void)json_object_set_new(row, levels->name[i],
                                      mb_json_number(mb_sound_level_db(level.mean_square)));
        }
        (void)json_array_append_new(rows, row);
    }
    if (json_object_set_new(result.values, "unit", json_string("dB re 20 uPa")) < 0 ||
        json_object_set_new(result.values, "bands", rows) < 0)
        return no_memory(err);
    *ret = result;
    return 0;
}

/* ---- Sound levels. ---- */

static const struct {
    enum mb_weighting weighting;
    const char *name;
} weightings[] = {{MB_WEIGHTING_A, "A"}, {MB_WEIGHTING_C, "C"}, {MB_WEIGHTING_Z, "Z"}};
#define WEIGHTINGS (sizeof weightings / sizeof *weightings)

static int sound_init(struct meter *meter, double rate_hz, const char **ret_what)
{
    int r = 0;

    *ret_what = "sound levels (16000 are needed)";
    for (size_t k = 0; k < WEIGHTINGS && r == 0; k++)
        r = mb_sound_meter_init(&meter->sound[k], weightings[k].weighting, rate_hz);
    return r;
}

static int sound_new(const struct report_setting *setting, const struct mb_block *first, void **ret,
                     struct mb_error *err)
{
    return levels_new(setting, MB_WAVE_SOUND_PRESSURE, first, sound_init, ret, err);
}

static int sound_push(void *report, const struct mb_block *block, struct mb_error *err)
{
    struct levels *levels = report;

    (void)err;
    for (size_t i = 0; i < levels->count; i++)
        for (size_t k = 0; k < WEIGHTINGS; k++)
            mb_sound_meter_push(&levels->meters[i].sound[k], block->channels[levels->channel[i]],
                                block->count, block->flags);
    return 0;
}

static int sound_finish(void *report, struct report_result *ret, struct mb_error *err)
{
    struct levels *levels = report;
    struct report_result result = {.values = json_object()};
    json_t *rows = json_array();

    for (size_t i = 0; i < levels->count; i++)
        for (size_t k = 0; k < WEIGHTINGS; k++) {
            struct mb_sound_result s;

            mb_sound_meter_result(&levels->meters[i].sound[k], &s);
            note(&result, s.flags, s.wanted_s);
            (void)json_array_append_new(
                rows,
                json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "channel", levels->name[i], "weighting",
                          weightings[k].name, "leq_db", mb_json_number(s.leq_db), "fast_max_db",
                          mb_json_number(s.fast_max_db), "slow_max_db", mb_json_number(s.slow_max_db),
                          "peak_db", mb_json_number(s.peak_db), "duration_s", mb_json_number(s.duration_s)));
        }
    if (json_object_set_new(result.values, "unit", json_string("dB re 20 uPa")) < 0 ||
        json_object_set_new(result.values, "channels", rows) < 0)
        return no_memory(err);
    *ret = result;
    return 0;
}

/* Filters remember: after a gap their figures are worth nothing. */
#define SPOILS (MB_WAVE_INVALID | MB_WAVE_TOO_SHORT | MB_WAVE_MISSING | MB_WAVE_RATE)

const struct report_ops vibration_report = {.name = "vibration",
                                            .quantity = MB_WAVE_ACCELERATION,
                                            .example = "a1=acceleration:m/s^2",
                                            .invalid = SPOILS,
                                            .new = vibration_new,
                                            .push = vibration_push,
                                            .finish = vibration_finish,
                                            .free = levels_free};
const struct report_ops third_octave_report = {.name = "third-octave",
                                               .quantity = MB_WAVE_SOUND_PRESSURE,
                                               .example = "p1=sound-pressure:Pa",
                                               .invalid = SPOILS,
                                               .new = third_octave_new,
                                               .push = third_octave_push,
                                               .finish = third_octave_finish,
                                               .free = levels_free};
const struct report_ops sound_report = {.name = "sound",
                                        .quantity = MB_WAVE_SOUND_PRESSURE,
                                        .example = "p1=sound-pressure:Pa",
                                        .invalid = SPOILS,
                                        .new = sound_new,
                                        .push = sound_push,
                                        .finish = sound_finish,
                                        .free = levels_free};
