/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/analyser.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/internal.h"

#define LONGEST_S 3.0   /* 10 cycles down to 3.3 Hz; without crossings a window is cut there */
#define RESTING_S 0.2   /* the same of windows that are to come soon: one cycle down to 5 Hz */
#define HYSTERESIS 0.05 /* of the amplitude of the synchronisation channel */

static int sync_channel(const struct mb_analyser_setting *s, size_t *ret, struct mb_error *err)
{
    size_t found[MB_BLOCK_CHANNELS_MAX] = {0};

    if (s->sync >= (int)s->channel_count)
        return mb_error_set(err, -EINVAL, "there is no channel %d to synchronise to", s->sync);
    if (s->sync >= 0)
        found[0] = (size_t)s->sync;
    else if (mb_channels_of(s->channels, s->channel_count, MB_WAVE_VOLTAGE, found) == 0)
        (void)mb_channels_of(s->channels, s->channel_count, MB_WAVE_CURRENT, found);
    *ret = found[0];
    return 0;
}

static int new_windows(struct mb_analyser *a, struct mb_error *err)
{
    const struct mb_analyser_setting *s = &a->setting;
    struct mb_window_setting w = {.kind = s->window,
                                  .rate_hz = s->rate_hz,
                                  .channel_count = s->channel_count,
                                  .cycles = s->cycles,
                                  .length_s = s->length_s,
                                  .longest_s = s->length_s > LONGEST_S ? s->length_s : LONGEST_S,
                                  .follow = HYSTERESIS,
                                  .filter_hz = s->filter_hz};
    int r = sync_channel(s, &w.sync, err);

    if (r < 0)
        return r;
    /* Live, a bench at rest has no crossings for long, and whoever looks wants to see that soon. */
    if (s->window == MB_WINDOW_UPDATE) /* the cycle after the last that fits has to come, too */
        w.longest_s = 2 * s->length_s > RESTING_S ? 2 * s->length_s : RESTING_S;
    if (a->channel[w.sync].quantity == MB_WAVE_SPEED_PULSES) {
        w.level = a->channel[w.sync].level > 0 ? a->channel[w.sync].level : MB_PULSE_LEVEL;
        w.hysteresis = w.level / 2;
        w.follow = 0;
    }
    return mb_windows_new(&w, &a->windows, err);
}

static int check(const struct mb_analyser_setting *s, struct mb_error *err)
{
    if (s->channel_count == 0 || s->channel_count > MB_BLOCK_CHANNELS_MAX)
        return mb_error_set(err, -EINVAL, "%zu channels, allowed: 1 to %d", s->channel_count,
                            MB_BLOCK_CHANNELS_MAX);
    if (s->orders == 0 || s->orders > MB_HARMONIC_ORDERS)
        return mb_error_set(err, -EINVAL, "harmonics up to order %u, allowed: 1 to %d", s->orders,
                            MB_HARMONIC_ORDERS);
    return 0;
}

static int prepare(struct mb_analyser *a, struct mb_error *err)
{
    const struct mb_analyser_setting *s = &a->setting;
    int r;

    a->harmonics = calloc(s->channel_count, sizeof *a->harmonics);
    a->values = calloc(s->channel_count, sizeof *a->values);
    if (!a->harmonics || !a->values || mb_harmonics_engine_new(&a->engine) < 0)
        return mb_error_set(err, -ENOMEM, "no memory for a power analyser");
    r = analysis_circuit_choose(s, &a->circuit, err);
    if (r == 0)
        r = mb_aligner_new(a->channel, s->channel_count, s->rate_hz, &a->aligner, err);
    return r < 0 ? r : new_windows(a, err);
}

int mb_analyser_new(const struct mb_analyser_setting *setting, struct mb_analyser **ret, struct mb_error *err)
{
    struct mb_analyser *a;
    int r = check(setting, err);

    if (r < 0)
        return r;
    a = calloc(1, sizeof *a);
    if (!a)
        return mb_error_set(err, -ENOMEM, "no memory for a power analyser");
    a->setting = *setting;
    for (size_t c = 0; c < setting->channel_count; c++)
        a->channel[c] = setting->channels[c];
    a->setting.channels = a->channel;
    r = prepare(a, err);
    if (r < 0) {
        (void)mb_analyser_free(a);
        return r;
    }
    *ret = a;
    return 0;
}

struct mb_analyser *mb_analyser_free(struct mb_analyser *a)
{
    if (!a)
        return NULL;
    (void)mb_aligner_free(a->aligner);
    (void)mb_windows_free(a->windows);
    (void)mb_harmonics_engine_free(a->engine);
    free(a->harmonics);
    free(a->values);
    free(a->converted);
    free(a);
    return NULL;
}

bool mb_analyser_wiring(const struct mb_analyser *analyser, enum mb_wiring *ret_wiring,
                        size_t ret_u[MB_ELEMENTS_MAX], size_t ret_i[MB_ELEMENTS_MAX])
{
    const struct analysis_circuit *c = &analyser->circuit;

    if (!c->wired)
        return false;
    *ret_wiring = c->wiring;
    for (size_t k = 0; k < mb_wiring_elements(c->wiring); k++) {
        ret_u[k] = c->u[k];
        ret_i[k] = c->i[k];
    }
    return true;
}

static int take_windows(struct mb_analyser *a, struct mb_error *err)
{
    struct mb_window window;
    int r = 0;

    while (r >= 0 && mb_windows_next(a->windows, &window)) {
        struct mb_analysis analysis;

        r = analysis_of_window(a, &window, &analysis, err);
        if (r >= 0)
            r = a->function(&analysis, a->userdata, err);
    }
    return r < 0 ? r : 0;
}

static int push_aligned(const struct mb_block *block, void *userdata, struct mb_error *err)
{
    struct mb_analyser *a = userdata;
    const double *channels[MB_BLOCK_CHANNELS_MAX];
    uint32_t flags = block->flags;
    int r = 0;

    a->clock_first = block->first;
    a->clock_ns = block->t_ns;
    for (size_t done = 0; done < block->count && r >= 0;) {
        for (size_t c = 0; c < block->channel_count; c++)
            channels[c] = block->channels[c] + done;
        done += mb_windows_push(a->windows, channels, block->count - done, block->first + done, flags);
        flags &= ~(uint32_t)(MB_WAVE_MISSING | MB_WAVE_RATE);
        r = take_windows(a, err);
    }
    return r;
}

int mb_analyser_push(struct mb_analyser *a, const struct mb_block *block, mb_analysis_function function,
                     void *userdata, struct mb_error *err)
{
    a->function = function;
    a->userdata = userdata;
    if (!block) {
        mb_windows_flush(a->windows);
        return take_windows(a, err);
    }
    if (block->channel_count != a->setting.channel_count)
        return mb_error_set(err, -EINVAL, "a block of %zu channels where there were %zu",
                            block->channel_count, a->setting.channel_count);
    if (block->rate_hz != a->setting.rate_hz)
        return mb_error_set(err, -EINVAL, "the rate changes from %g to %g Hz", a->setting.rate_hz,
                            block->rate_hz);
    if (a->aligner)
        return mb_aligner_push(a->aligner, block, push_aligned, a, err);
    return push_aligned(block, a, err);
}
