/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waveform/electrical.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"

#define WINDOW_MAX 3600.0 /* s, or cycles */

/* "cycles:10": kind, and its number. */
static int parse_window(const char *text, struct mb_analyser_setting *s, struct mb_error *err)
{
    static const struct {
        const char *name;
        enum mb_window_kind kind;
    } kinds[] = {{"mains", MB_WINDOW_MAINS},
                 {"cycles", MB_WINDOW_CYCLES},
                 {"time", MB_WINDOW_TIME},
                 {"update", MB_WINDOW_UPDATE}};
    const size_t n = strcspn(text, ":");
    const char *number = text + n + (text[n] ? 1 : 0);
    double value = 0;
    size_t i = 0;

    while (i < sizeof kinds / sizeof *kinds &&
           (strlen(kinds[i].name) != n || strncmp(kinds[i].name, text, n) != 0))
        i++;
    if (i == sizeof kinds / sizeof *kinds)
        return mb_error_set(
            err, -EINVAL, "--window: '%.20s' is not known, allowed: mains, cycles:N, time:S, update:S", text);
    s->window = kinds[i].kind;
    if (s->window == MB_WINDOW_MAINS && !text[n])
        return 0;
    if (mb_number_parse(number, strlen(number), &value) < 0 || !(value > 0) || value > WINDOW_MAX)
        return mb_error_set(err, -EINVAL, "--window: '%.20s' is not a number above 0 and up to %g", number,
                            WINDOW_MAX);
    s->cycles = (unsigned)value;
    s->length_s = s->window == MB_WINDOW_CYCLES ? 0 : value;
    return 0;
}

static int parse_sync(const struct report_setting *setting, int *ret, struct mb_error *err)
{
    for (size_t c = 0; c < setting->channel_count; c++)
        if (strcmp(setting->channels[c].name, setting->sync) == 0) {
            *ret = (int)c;
            return 0;
        }
    return mb_error_set(err, -EINVAL, "--sync: there is no channel %.40s", setting->sync);
}

/* Choices that are words; each stays as it is where its word is not given. */
static int parse_choices(const struct report_setting *setting, struct mb_analyser_setting *s,
                         struct mb_error *err)
{
    enum mb_wiring wiring;

    if (setting->wiring) {
        if (mb_wiring_from_name(setting->wiring, &wiring) < 0)
            return mb_error_set(err, -EINVAL,
                                "--wiring: '%.20s' is not known, allowed: 1P2W, 1P3W, 3P3W, 3V3A, 3P4W",
                                setting->wiring);
        s->wiring = (int)wiring;
    }
    if (setting->reactive && mb_reactive_from_name(setting->reactive, &s->reactive) < 0)
        return mb_error_set(err, -EINVAL,
                            "--reactive: '%.20s' is not known, allowed: total, fundamental, budeanu",
                            setting->reactive);
    if (setting->apparent && mb_apparent_from_name(setting->apparent, &s->apparent) < 0)
        return mb_error_set(err, -EINVAL,
                            "--apparent: '%.20s' is not known, allowed: arithmetic, vector, effective",
                            setting->apparent);
    for (int i = MB_CONVERT_NONE; setting->convert && i < MB_CONVERT_COUNT; i++) {
        if (strcmp(mb_conversion_name((enum mb_conversion)i), setting->convert) != 0)
            continue;
        s->voltages = i == MB_CONVERT_LINES ? MB_CONVERT_NONE : (enum mb_conversion)i;
        s->currents = i == MB_CONVERT_LINES ? MB_CONVERT_LINES : MB_CONVERT_NONE;
        return 0;
    }
    return setting->convert
               ? mb_error_set(err, -EINVAL,
                              "--convert: '%.20s' is not known, allowed: none, star, delta, lines",
                              setting->convert)
               : 0;
}

static int new_analyser(const struct report_setting *setting, const struct mb_block *first,
                        struct mb_analyser **ret, struct mb_error *err)
{
    struct mb_analyser_setting s = {.channels = setting->channels,
                                    .channel_count = setting->channel_count,
                                    .rate_hz = first->rate_hz,
                                    .window = MB_WINDOW_MAINS,
                                    .sync = -1,
                                    .filter_hz = setting->filter_hz,
                                    .wiring = -1,
                                    .orders = MB_HARMONIC_ORDERS,
                                    .rated_v = setting->rated_v,
                                    .pole_pairs = (unsigned)setting->pole_pairs};
    int r = parse_choices(setting, &s, err);

    if (r == 0 && setting->window)
        r = parse_window(setting->window, &s, err);
    if (r == 0 && setting->sync)
        r = parse_sync(setting, &s.sync, err);
    return r < 0 ? r : mb_analyser_new(&s, ret, err);
}

void electrical_free(void *report)
{
    struct electrical *e = report;

    (void)mb_analysis_mean_free(e->mean);
    (void)mb_analyser_free(e->analyser);
    free(e);
}

int electrical_new(const struct report_setting *setting, const struct mb_block *first, void **ret,
                   struct mb_error *err)
{
    struct electrical *e = calloc(1, sizeof *e);
    int r;

    if (!e)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    e->setting = setting;
    r = new_analyser(setting, first, &e->analyser, err);
    if (r == 0 && mb_analysis_mean_new(e->analyser, &e->mean) < 0)
        r = mb_error_set(err, -ENOMEM, "not enough memory");
    if (r < 0) {
        electrical_free(e);
        return r;
    }
    *ret = e;
    return 0;
}

static int add_window(const struct mb_analysis *window, void *userdata, struct mb_error *err)
{
    struct electrical *e = userdata;

    (void)err;
    mb_analysis_mean_add(e->mean, window);
    return 0;
}

int electrical_push(void *report, const struct mb_block *block, struct mb_error *err)
{
    struct electrical *e = report;

    return mb_analyser_push(e->analyser, block, add_window, e, err);
}

int electrical_end(struct electrical *e, struct mb_analysis *ret, struct mb_error *err)
{
    int r = electrical_push(e, NULL, err);

    if (r == 0)
        mb_analysis_mean_result(e->mean, ret);
    return r;
}
