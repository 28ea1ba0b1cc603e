/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daq/daq.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument_base.h"
#include "core/timer.h"
#include "daq/meter.h"
#include "iio/iio.h"
#include "iio/map.h"

#define READ_DEADLINE_S 2.0 /* real, beside the update time: a capture has to begin */
#define IDLE_S 5.0          /* real: so long after the last reading the device is left alone */
#define BACKOFF_MAX_S 5.0
#define BLOCK_S 0.05       /* real: as the capture itself has it */
#define BLOCK_LEAST_S 5e-3 /* real: there is a round trip for each */

struct daq {
    struct mb_instrument base;
    sd_event *event;
    struct mb_instrument *inner;
    sd_event_source *work;                     /* tells the owner, one call a turn */
    sd_event_source *deadline;                 /* of the reading */
    sd_event_source *timer;                    /* READY: nobody reads any more; LOST: next attempt */
    enum mb_meter_value value[MB_METER_COUNT]; /* of each channel */
    double uncertainty[MB_METER_COUNT];
    int wiring;
    double update_s, backoff_s;
    bool freeing, state_changed;
    /* The capture. */
    bool running, stopping;
    struct mb_meter *meter; /* NULL: not told what it is */
    struct mb_stream_info info;
    struct mb_wave_channel channels[MB_BLOCK_CHANNELS_MAX];
    double delay_s[MB_BLOCK_CHANNELS_MAX];
    /* The reading. */
    mb_read_done done;
    void *done_userdata;
    bool read_pending, read_finished;
    uint64_t asked_ns; /* bench clock: a window that ended before belongs to an earlier question */
    int error;
    struct mb_error text;
    struct mb_reading *readings;
    /* Who listens. */
    struct mb_stream_callbacks callbacks;
    bool listening, told, listener_over;
    char *record;       /* what the capture is to record; NULL: nothing */
    bool ending_record; /* the listener has had enough: told once the file is complete */
    int listener_error;
    struct mb_error listener_text;
};

static struct daq *daq_of(struct mb_instrument *i)
{
    return (struct daq *)i;
}

static double factor(const struct daq *d)
{
    return d->base.clock ? d->base.clock->factor : 1;
}

static uint64_t now_ns(const struct daq *d)
{
    return d->base.clock ? mb_clock_now_ns(d->base.clock) : mb_monotonic_ns();
}

static void wake(struct daq *d)
{
    (void)sd_event_source_set_enabled(d->work, SD_EVENT_ONESHOT);
}

static void set_state(struct daq *d, enum mb_instrument_state state, const char *fault)
{
    mb_instrument_base_set_state(&d->base, state, fault);
    d->state_changed = true;
    wake(d);
}

/* ------------------------------------------------------------------ readings */

static void finish_read(struct daq *d, int error, const char *text)
{
    if (!d->read_pending || d->read_finished)
        return;
    d->read_finished = true;
    d->error = error;
    (void)mb_error_set(&d->text, error, "%s", text);
    mb_timer_disarm(d->deadline);
    for (size_t c = 0; error < 0 && c < d->base.channel_count; c++)
        d->readings[c] = (struct mb_reading){.standard_uncertainty = NAN,
                                             .t_ns = now_ns(d),
                                             .validity = error == -ENOTCONN ? MB_LINK_FAULT : MB_STALE,
                                             .flags = d->base.simulated ? MB_READING_SIMULATED : 0};
    wake(d);
}

static void store(struct daq *d, const struct mb_meter_reading *reading)
{
    for (size_t c = 0; c < d->base.channel_count; c++)
        d->readings[c] = (struct mb_reading){.value = reading->value[d->value[c]],
                                             .standard_uncertainty = d->uncertainty[c],
                                             .t_ns = (uint64_t)reading->t_ns,
                                             .validity = reading->validity[d->value[c]],
                                             .flags = d->base.simulated ? MB_READING_SIMULATED : 0};
    (void)snprintf(d->base.notice, sizeof d->base.notice, "%s", reading->reason);
    finish_read(d, 0, "");
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    if (mb_timer_was_late(source, usec))
        return 0;
    finish_read(userdata, -ETIMEDOUT, "no window of samples in time");
    return 0;
}

/* ------------------------------------------------------------------ the capture */

static void end_listener(struct daq *d, int error, const char *text)
{
    if (!d->listening || d->listener_over)
        return;
    d->listener_over = true;
    d->listener_error = error;
    (void)mb_error_set(&d->listener_text, error, "%s", text);
    wake(d);
}

/* Also what a link cannot mend (a rate that is refused) is tried again: somebody may mend it. */
static void go_lost(struct daq *d, const char *fault)
{
    finish_read(d, -ENOTCONN, fault);
    end_listener(d, -ENOTCONN, fault);
    set_state(d, MB_INSTRUMENT_LOST, fault);
    mb_timer_arm(d->timer, d->backoff_s);
    d->backoff_s = fmin(d->backoff_s + 1, BACKOFF_MAX_S);
}

static void on_started(const struct mb_stream_info *info, void *userdata)
{
    struct daq *d = userdata;

    if (info->channel_count > MB_BLOCK_CHANNELS_MAX)
        return;
    memcpy(d->channels, info->channels, info->channel_count * sizeof *d->channels);
    memset(d->delay_s, 0, sizeof d->delay_s);
    if (info->delay_s)
        memcpy(d->delay_s, info->delay_s, info->channel_count * sizeof *d->delay_s);
    d->info = (struct mb_stream_info){info->channel_count, d->channels, d->delay_s, info->rate_hz};
}

/* A new one where the rate is another now. */
static int measure(struct daq *d, const struct mb_block *block, struct mb_error *err)
{
    struct mb_meter_reading reading = {.t_ns = 0};
    int r = 0;

    if (d->meter && block->rate_hz != d->info.rate_hz)
        d->meter = mb_meter_free(d->meter);
    d->info.rate_hz = block->rate_hz;
    if (!d->meter)
        r = mb_meter_new(&d->info, d->wiring, d->update_s, &d->meter, err);
    if (r == 0)
        r = mb_meter_push(d->meter, block, &reading, err);
    if (r > 0 && reading.t_ns > 0 && (uint64_t)reading.t_ns > d->asked_ns)
        store(d, &reading);
    return r;
}

static void stop(struct daq *d)
{
    if (d->running && !d->stopping)
        d->stopping = d->inner->ops->stream(d->inner, NULL, NULL, NULL) == 0;
}

static void on_block(const struct mb_block *block, void *userdata)
{
    struct daq *d = userdata;
    struct mb_error err = {""};

    if (d->info.channel_count == 0 || d->stopping)
        return;
    if (measure(d, block, &err) < 0) {
        stop(d);
        go_lost(d, err.text);
        return;
    }
    if (d->base.state == MB_INSTRUMENT_OPENING) {
        d->backoff_s = 1;
        set_state(d, MB_INSTRUMENT_READY, "");
        mb_timer_arm(d->timer, IDLE_S);
    }
    if (!d->listening || d->listener_over)
        return;
    if (!d->told && d->callbacks.started)
        d->callbacks.started(&d->info, d->callbacks.userdata);
    d->told = true;
    d->callbacks.block(block, d->callbacks.userdata); /* the last action: the owner may free us */
}

static void begin(struct daq *d);

static void on_ended(int error, const char *text, void *userdata)
{
    struct daq *d = userdata;
    bool asked = d->stopping;

    d->running = d->stopping = false;
    d->meter = mb_meter_free(d->meter);
    d->info.channel_count = 0;
    if (d->ending_record || (d->record && !asked))
        end_listener(d, asked ? 0 : error, text);
    if (d->freeing || d->base.state == MB_INSTRUMENT_CLOSED)
        return;
    /* A recording that failed says nothing about the device. */
    if (!asked && !(d->record && d->inner->state == MB_INSTRUMENT_READY))
        go_lost(d, error < 0 ? text : "the capture has ended");
    else if (d->base.state == MB_INSTRUMENT_READY && (d->read_pending || (d->listening && !d->listener_over)))
        begin(d);
}

static void begin(struct daq *d)
{
    const struct mb_stream_setting setting = {
        .interval_s = fmin(BLOCK_S * factor(d), fmax(d->update_s / 4, BLOCK_LEAST_S * factor(d))),
        .record = d->listening && !d->listener_over ? d->record : NULL};
    const struct mb_stream_callbacks callbacks = {
        .started = on_started, .block = on_block, .ended = on_ended, .userdata = d};
    struct mb_error err = {""};

    if (d->running)
        return;
    d->running = d->inner->ops->stream(d->inner, &setting, &callbacks, &err) == 0;
    if (!d->running)
        go_lost(d, err.text);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct daq *d = userdata;

    (void)source;
    (void)usec;
    if (d->base.state == MB_INSTRUMENT_READY && !d->listening && !d->read_pending)
        stop(d);
    if (d->base.state != MB_INSTRUMENT_LOST || d->inner->state != MB_INSTRUMENT_READY)
        return 0;
    if (d->running) { /* it has not let go so far */
        mb_timer_arm(d->timer, d->backoff_s);
        return 0;
    }
    set_state(d, MB_INSTRUMENT_OPENING, d->base.fault);
    begin(d);
    return 0;
}

/* READY once samples come: that the device has these channels, scales and rate is known only then. */
static void on_inner(struct mb_instrument *inner, void *userdata)
{
    struct daq *d = userdata;

    memcpy(d->base.identity, inner->identity, sizeof d->base.identity);
    if (inner->state == MB_INSTRUMENT_READY) {
        set_state(d, MB_INSTRUMENT_OPENING, d->base.fault);
        begin(d);
    } else if (inner->state == MB_INSTRUMENT_LOST) {
        go_lost(d, inner->fault);
    } else if (d->base.state != MB_INSTRUMENT_CLOSED) {
        set_state(d, inner->state, inner->fault);
    }
}

/* ------------------------------------------------------------------ the owner */

/* The last action: the owner may free the instrument in it. */
static void tell_read(struct daq *d)
{
    const struct mb_error text = d->text; /* the owner may read again at once */

    d->read_pending = d->read_finished = false;
    d->done(&d->base, d->error, text.text, d->readings, d->base.channel_count, d->done_userdata);
}

static void tell_listener(struct daq *d)
{
    const struct mb_stream_callbacks callbacks = d->callbacks; /* the owner may start another at once */
    const struct mb_error text = d->listener_text;

    d->listening = d->listener_over = d->ending_record = false;
    free(d->record);
    d->record = NULL;
    callbacks.ended(d->listener_error, text.text, callbacks.userdata);
}

static int on_work(sd_event_source *source, void *userdata)
{
    struct daq *d = userdata;

    (void)source;
    if (d->read_finished + d->state_changed + d->listener_over > 1)
        wake(d);
    if (d->read_finished) {
        tell_read(d);
    } else if (d->listener_over) {
        tell_listener(d);
    } else if (d->state_changed) {
        d->state_changed = false;
        if (d->base.state_changed)
            d->base.state_changed(&d->base, d->base.userdata);
    }
    return 0;
}

static int daq_open(struct mb_instrument *i)
{
    struct daq *d = daq_of(i);
    int r;

    if (d->freeing)
        return -ENOTCONN;
    if (i->state != MB_INSTRUMENT_CLOSED)
        return -EALREADY;
    d->backoff_s = 1;
    r = d->inner->ops->open(d->inner);
    if (r == 0)
        set_state(d, MB_INSTRUMENT_OPENING, "");
    return r;
}

static void daq_close(struct mb_instrument *i)
{
    struct daq *d = daq_of(i);

    finish_read(d, -ECANCELED, "the instrument was closed");
    end_listener(d, -ECANCELED, "the instrument was closed");
    mb_timer_disarm(d->timer);
    if (i->state != MB_INSTRUMENT_CLOSED)
        set_state(d, MB_INSTRUMENT_CLOSED, "");
    d->inner->ops->close(d->inner);
}

static int daq_read(struct mb_instrument *i, mb_read_done done, void *userdata)
{
    struct daq *d = daq_of(i);

    if (d->freeing)
        return -ENOTCONN;
    if (d->read_pending)
        return -EBUSY;
    d->read_pending = true;
    d->done = done;
    d->done_userdata = userdata;
    d->asked_ns = now_ns(d);
    if (i->state != MB_INSTRUMENT_READY) {
        finish_read(d, -ENOTCONN, i->fault[0] ? i->fault : "the instrument is not ready");
        return 0;
    }
    mb_timer_arm(d->deadline, READ_DEADLINE_S + 2 * d->update_s / factor(d));
    mb_timer_arm(d->timer, IDLE_S);
    begin(d);
    return 0;
}

static int daq_stream(struct mb_instrument *i, const struct mb_stream_setting *setting,
                      const struct mb_stream_callbacks *callbacks, struct mb_error *err)
{
    struct daq *d = daq_of(i);

    if (!setting) {
        if (!d->listening || d->listener_over || d->ending_record)
            return -EALREADY;
        d->ending_record = d->record && d->running;
        if (d->ending_record)
            stop(d);
        else
            end_listener(d, 0, "");
        mb_timer_arm(d->timer, IDLE_S);
        return 0;
    }
    if (d->listening)
        return mb_error_set(err, -EBUSY, "%s: it streams already", i->id);
    if (i->state != MB_INSTRUMENT_READY || d->freeing)
        return mb_error_set(err, -ENOTCONN, "%s: %s", i->id, i->fault[0] ? i->fault : "it is not ready");
    if (setting->record && !(d->record = strdup(setting->record)))
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", i->id);
    d->callbacks = *callbacks;
    d->listening = true;
    d->told = false;
    if (setting->record) /* a capture that runs does not begin to record: a new one follows */
        stop(d);
    begin(d);
    return 0;
}

static void daq_destroy(struct daq *d)
{
    (void)mb_instrument_free(d->inner);
    (void)mb_meter_free(d->meter);
    (void)sd_event_source_disable_unref(d->work);
    (void)sd_event_source_disable_unref(d->deadline);
    (void)sd_event_source_disable_unref(d->timer);
    sd_event_unref(d->event);
    free(d->readings);
    free(d->record);
    mb_instrument_base_done(&d->base);
    free(d);
}

static void daq_free(struct mb_instrument *i)
{
    struct daq *d = daq_of(i);

    if (d->freeing)
        return;
    d->freeing = true;
    daq_close(i);
    if (d->read_finished)
        tell_read(d);
    if (d->listener_over)
        tell_listener(d);
    daq_destroy(d);
}

static const struct mb_instrument_ops daq_ops = {
    .family = "daq",
    .free = daq_free,
    .open = daq_open,
    .close = daq_close,
    .read = daq_read,
    .set = mb_instrument_no_set,
    .output = mb_instrument_no_output,
    .safe = mb_instrument_no_safe,
    .stream = daq_stream,
};

/* ------------------------------------------------------------------ making one */

/* Half-width of the interval that the channels of a reading are accurate to; 0: not known. Of power none is
 * given: it is not that of one channel. */
static double accuracy_of(const struct mb_instrument_setting *setting, enum mb_quantity quantity)
{
    double widest = 0;

    for (size_t c = 0; c < setting->iio_channel_count; c++)
        if (setting->iio_channels[c].quantity == quantity)
            widest = fmax(widest, setting->iio_channels[c].accuracy);
    return widest;
}

/* Line voltages of sensors to the neutral: both may err in the same direction. */
static double share_of(const struct daq *d, enum mb_meter_value value)
{
    bool star = d->wiring == MB_WIRING_3P4W && mb_meter_value_quantity(value) == MB_VOLTAGE;

    return star ? sqrt(3) : 1;
}

static int make_channels(struct daq *d, const struct mb_instrument_setting *setting, struct mb_error *err)
{
    struct mb_wave_channel waves[MB_BLOCK_CHANNELS_MAX] = {{.name = ""}};
    size_t n = 0;
    int r = setting->iio_channel_count <= MB_BLOCK_CHANNELS_MAX ? 0 : -E2BIG;

    for (size_t c = 0; r == 0 && c < setting->iio_channel_count; c++)
        r = mb_iio_map_wave(&setting->iio_channels[c], &waves[c], err);
    if (r == 0)
        r = mb_meter_values(waves, setting->iio_channel_count, d->wiring, d->value, &n, err);
    if (r < 0)
        return r;
    d->base.channels = calloc(n, sizeof *d->base.channels);
    d->readings = calloc(n, sizeof *d->readings);
    if (!d->base.channels || !d->readings)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    d->base.channel_count = n;
    for (size_t c = 0; c < n; c++) {
        struct mb_channel *channel = &d->base.channels[c];
        double accuracy;

        mb_meter_value_name(d->value[c], channel->name, sizeof channel->name);
        channel->quantity = mb_meter_value_quantity(d->value[c]);
        accuracy = d->value[c] < MB_METER_H2 ? accuracy_of(setting, channel->quantity) : 0;
        d->uncertainty[c] = accuracy > 0 ? accuracy * share_of(d, d->value[c]) / sqrt(3) : (double)NAN;
    }
    return 0;
}

static int make_inner(struct daq *d, const struct mb_instrument_setting *setting, struct mb_error *err)
{
    struct mb_instrument_setting inner = *setting;
    int r;

    inner.profile = "iio";
    r = mb_iio_new(d->event, &inner, &d->inner, err);
    if (r < 0)
        return r;
    d->inner->state_changed = on_inner;
    d->inner->userdata = d;
    return 0;
}

static int make_sources(struct daq *d)
{
    int r = mb_defer_new(d->event, on_work, d, &d->work);

    if (r >= 0)
        r = mb_timer_new(d->event, on_deadline, d, &d->deadline);
    return r < 0 ? r : mb_timer_new(d->event, on_timer, d, &d->timer);
}

/* The names are the same, the order is not. */
static int wiring_of(int index)
{
    enum mb_wiring wiring;

    return index >= 0 && mb_wiring_from_name(mb_wirings[index], &wiring) == 0 ? (int)wiring : -1;
}

int mb_daq_new(sd_event *event, const struct mb_instrument_setting *setting, struct mb_instrument **ret,
               struct mb_error *err)
{
    struct daq *d;
    struct mb_error why = {""};
    int r;

    if (setting->iio_channel_count == 0)
        return mb_error_set(err, -EINVAL, "%s: a power analyser needs its channels named", setting->id);
    d = calloc(1, sizeof *d);
    if (!d)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", setting->id);
    d->event = sd_event_ref(event);
    d->wiring = wiring_of(setting->wiring);
    d->update_s = setting->update_s > 0 ? setting->update_s : MB_METER_UPDATE_S;
    r = mb_instrument_base_init(&d->base, &daq_ops, "daq", setting);
    d->base.update_interval_s = d->update_s;
    if (r >= 0)
        r = make_sources(d);
    if (r >= 0)
        r = make_channels(d, setting, &why);
    if (r < 0) {
        daq_destroy(d);
        return mb_error_set(err, r, "%s: %s", setting->id, why.text[0] ? why.text : strerror(-r));
    }
    r = make_inner(d, setting, err);
    if (r < 0) {
        daq_destroy(d);
        return r;
    }
    *ret = &d->base;
    return 0;
}
