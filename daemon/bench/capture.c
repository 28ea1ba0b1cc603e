/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/capture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/internal.h"
#include "bench/stream.h"

/* A record is one stretch of samples: where some are lost or no good it begins anew, so often [laboratory
 * choice]. */
#define RESTARTS_MAX 20
#define LOST ((uint32_t)(MB_WAVE_MISSING | MB_WAVE_RATE))

struct bench_capture {
    struct mb_bench *bench;
    struct mb_capture what;
    const char *only; /* one channel of the instrument; "": every one of the quantity */
    mb_capture_done done;
    void *userdata;
    struct mb_capture_result result;
    double rate_hz;
    bool begun; /* samples of this record are in */
    unsigned restarts;
    struct {
        size_t index; /* in the block */
        struct mb_vibration vibration;
        struct mb_sound_meter sound;
    } channels[MB_CAPTURE_CHANNELS_MAX];
};

/* Frees the capture; nothing may touch it after this. */
static void finish(struct bench_capture *c, int error, const char *text)
{
    c->bench->capture = NULL;
    mb_bench_unlisten(c->bench, c);
    c->done(error, text, &c->result, c->userdata);
    free(c);
}

static bool wanted(const struct bench_capture *c, const struct mb_wave_channel *channel)
{
    return channel->quantity ==
               (c->what.quantity == MB_CAPTURE_SOUND ? MB_WAVE_SOUND_PRESSURE : MB_WAVE_ACCELERATION) &&
           (!c->only[0] || strcmp(c->only, channel->name) == 0);
}

static int begin_record(struct bench_capture *c)
{
    int r = 0;

    c->begun = false;
    for (size_t i = 0; r == 0 && i < c->result.channel_count; i++)
        r = c->what.quantity == MB_CAPTURE_SOUND
                ? mb_sound_meter_init(&c->channels[i].sound, MB_WEIGHTING_A, c->rate_hz)
                : mb_vibration_init(&c->channels[i].vibration, c->rate_hz, c->what.low_hz,
                                    MB_VIBRATION_HIGH_HZ, c->what.window_s);
    return r;
}

static void add_channel(struct bench_capture *c, size_t index, const struct mb_wave_channel *channel)
{
    size_t n = c->result.channel_count++;

    c->channels[n].index = index;
    (void)snprintf(c->result.channels[n].name, sizeof c->result.channels[n].name, "%s", channel->name);
}

static void started(const struct mb_stream_info *info, void *userdata)
{
    struct bench_capture *c = userdata;

    for (size_t i = 0; i < info->channel_count && c->result.channel_count < MB_CAPTURE_CHANNELS_MAX; i++)
        if (wanted(c, &info->channels[i]))
            add_channel(c, i, &info->channels[i]);
    c->rate_hz = info->rate_hz;
    if (begin_record(c) < 0)
        finish(c, -ERANGE, "the sampling rate is too low for this band");
    else if (c->result.channel_count == 0)
        finish(c, -ENOTSUP, "this instrument streams no such channel");
}

/* The shortest record of all channels; vibration: the highest velocity, for the protection. */
static double progress_s(struct bench_capture *c, double *ret_velocity_mps)
{
    double shortest_s = INFINITY, velocity_mps = NAN;

    for (size_t i = 0; i < c->result.channel_count; i++) {
        struct mb_vibration_result *v = &c->result.channels[i].vibration;

        if (c->what.quantity == MB_CAPTURE_SOUND) {
            mb_sound_meter_result(&c->channels[i].sound, &c->result.channels[i].sound);
            shortest_s = fmin(shortest_s, c->result.channels[i].sound.duration_s);
            continue;
        }
        mb_vibration_result(&c->channels[i].vibration, v);
        shortest_s = fmin(shortest_s, v->duration_s);
        velocity_mps = fmax(velocity_mps, v->velocity_mps.window_max);
    }
    *ret_velocity_mps = velocity_mps;
    return shortest_s;
}

/* false: the capture has ended. */
static bool still_whole(struct bench_capture *c, const struct mb_block *block)
{
    bool no_good = block->flags & MB_WAVE_INVALID;

    if (!no_good && !(c->begun && block->flags & LOST))
        return true;
    if (c->restarts++ < RESTARTS_MAX && begin_record(c) == 0)
        return true;
    finish(c, no_good ? -ERANGE : -EPIPE,
           no_good ? "the samples are at the end of the converter's range, or no numbers"
                   : "samples were lost again and again");
    return false;
}

static void block(const struct mb_block *block, void *userdata)
{
    struct bench_capture *c = userdata;
    struct mb_bench *bench = c->bench;
    double velocity_mps;

    if (!still_whole(c, block))
        return;
    c->begun = !(block->flags & MB_WAVE_INVALID);
    if (!c->begun)
        return;
    for (size_t i = 0; i < c->result.channel_count; i++) {
        const double *samples = block->channels[c->channels[i].index];

        if (c->what.quantity == MB_CAPTURE_SOUND)
            mb_sound_meter_push(&c->channels[i].sound, samples, block->count, block->flags);
        else
            mb_vibration_push(&c->channels[i].vibration, samples, block->count, block->flags);
    }
    if (progress_s(c, &velocity_mps) >= c->what.seconds)
        finish(c, 0, "");
    bench_protect_vibration(bench, velocity_mps); /* switching off ends a capture: c may be gone */
}

static void ended(int error, const char *text, void *userdata)
{
    finish(userdata, error < 0 ? error : -EPIPE, text);
}

int mb_bench_capture(struct mb_bench *bench, const struct mb_capture *capture, mb_capture_done done,
                     void *userdata, struct mb_error *err)
{
    const struct mb_bench_source *role =
        capture->quantity == MB_CAPTURE_SOUND ? &bench->setting->sound : &bench->setting->vibration;
    struct mb_instrument *instrument =
        role->instrument >= 0 && !role->manual ? bench->members[role->instrument].instrument : NULL;
    struct bench_capture *c;
    int r;

    if (bench->capture)
        return mb_error_set(err, -EBUSY, "bench %s is sampling already", bench->setting->name);
    if (!instrument || !instrument->ops->stream)
        return mb_error_set(err, -ENOTSUP, "bench %s has nothing that samples %s", bench->setting->name,
                            capture->quantity == MB_CAPTURE_SOUND ? "sound" : "vibration");
    c = calloc(1, sizeof *c);
    if (!c)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    *c = (struct bench_capture){
        .bench = bench, .what = *capture, .only = role->channel, .done = done, .userdata = userdata};
    bench->capture = c;
    r = mb_bench_listen(bench, instrument, &(struct mb_stream_callbacks){started, block, ended, c}, err);
    if (r < 0) {
        bench->capture = NULL;
        free(c);
    }
    return r;
}

void mb_bench_capture_forget(struct mb_bench *bench)
{
    struct bench_capture *c = bench->capture;

    if (!c)
        return;
    bench->capture = NULL;
    mb_bench_unlisten(bench, c);
    free(c);
}

void bench_capture_stop(struct mb_bench *bench)
{
    if (bench->capture)
        finish(bench->capture, -ECANCELED, "the outputs went off while samples were taken");
}
