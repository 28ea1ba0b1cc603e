/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop's side: asks the worker, keeps the deadline, tells the owner. */
#include "iio/iio.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "core/instrument_base.h"
#include "core/timer.h"
#include "iio/stream.h"
#include "iio/worker.h"

#define OPEN_DEADLINE_S 5.0
#define READ_DEADLINE_S 2.0
#define BACKOFF_MAX_S 5.0
/* A link that was good for LASTED_S is tried again at once: one slow answer is not to cost the seconds that a
 * bench goes on without readings. */
#define BACKOFF_S 1.0
#define BACKOFF_FIRST_S 0.1
#define LASTED_S 2.0
#define UPDATE_INTERVAL_S 0.1 /* bench seconds; single readings are converted when asked for */

struct iio {
    struct mb_instrument base;
    sd_event *event;
    struct mb_iio_channel *channels;
    struct mb_crew *crew;
    struct mb_worker *worker;
    sd_event_source *answers; /* the worker's eventfd */
    sd_event_source *timer;   /* deadline of the request, or next attempt to open */
    sd_event_source *work;    /* tells the owner, one call a turn */
    char first_identity[160];
    double backoff_s;
    uint64_t ready_ns; /* monotonic; 0: it is not */
    mb_read_done done;
    void *done_userdata;
    bool read_pending, read_finished, state_changed, freeing;
    int error;
    struct mb_error text;
    struct mb_reading *readings;
    char *trigger;
    double rate_hz;
    struct mb_iio_stream *stream; /* NULL: none runs */
    struct mb_stream_callbacks callbacks;
    bool stream_over; /* to be told */
    int stream_error;
    struct mb_error stream_text;
};

static struct iio *iio_of(struct mb_instrument *i)
{
    return (struct iio *)i;
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *userdata);

static void wake(struct iio *s)
{
    (void)sd_event_source_set_enabled(s->work, SD_EVENT_ONESHOT);
}

static void set_state(struct iio *s, enum mb_instrument_state state, const char *fault)
{
    mb_instrument_base_set_state(&s->base, state, fault);
    s->state_changed = true;
    wake(s);
}

static void finish_read(struct iio *s, int error, const char *text)
{
    if (!s->read_pending || s->read_finished)
        return;
    s->read_finished = true;
    s->error = error;
    (void)mb_error_set(&s->text, error, "%s", text);
    for (size_t i = 0; error < 0 && i < s->base.channel_count; i++)
        s->readings[i] = (struct mb_reading){.standard_uncertainty = NAN,
                                             .t_ns = s->base.clock ? mb_clock_now_ns(s->base.clock) : 0,
                                             .validity = error == -ECANCELED ? MB_STALE : MB_LINK_FAULT,
                                             .flags = s->base.simulated ? MB_READING_SIMULATED : 0};
    wake(s);
}

static void end_stream(struct iio *s, int error, const char *text)
{
    if (!s->stream)
        return;
    s->stream = mb_iio_stream_free(s->stream);
    s->stream_over = true;
    s->stream_error = error;
    (void)mb_error_set(&s->stream_text, error, "%s", text);
    wake(s);
}

static void drop_worker(struct iio *s)
{
    s->answers = sd_event_source_disable_unref(s->answers);
    s->worker = mb_worker_abandon(s->worker);
    mb_timer_disarm(s->timer);
}

static void go_lost(struct iio *s, const char *fault)
{
    if (s->ready_ns > 0)
        s->backoff_s =
            (double)(mb_monotonic_ns() - s->ready_ns) > LASTED_S * 1e9 ? BACKOFF_FIRST_S : BACKOFF_S;
    s->ready_ns = 0;
    drop_worker(s);
    finish_read(s, -ENOTCONN, fault);
    end_stream(s, -ENOTCONN, fault);
    set_state(s, MB_INSTRUMENT_LOST, fault);
    mb_timer_arm(s->timer, s->backoff_s);
    s->backoff_s = fmin(s->backoff_s + 1, BACKOFF_MAX_S);
}

static void begin_open(struct iio *s)
{
    int r;

    set_state(s, MB_INSTRUMENT_OPENING, s->base.fault);
    r = mb_iio_worker_new(s->crew, s->base.address, s->channels, s->base.channel_count, &s->worker);
    if (r >= 0)
        r = sd_event_add_io(s->event, &s->answers, mb_worker_fd(s->worker), EPOLLIN, on_answer, s);
    if (r >= 0)
        r = mb_worker_ask(s->worker, MB_IIO_OPEN);
    if (r < 0)
        go_lost(s, r == -EBUSY ? "the IIO library does not come back from earlier calls" : strerror(-r));
    else
        mb_timer_arm(s->timer, OPEN_DEADLINE_S);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct iio *s = userdata;

    if (s->base.state == MB_INSTRUMENT_LOST)
        begin_open(s);
    else if (!mb_timer_was_late(source, usec))
        go_lost(s, "the IIO device does not answer in time");
    return 0;
}

static void opened(struct iio *s, const struct mb_iio_answer *answer)
{
    struct mb_error text;

    if (s->first_identity[0] && strcmp(s->first_identity, answer->identity) != 0) {
        (void)mb_error_set(&text, -EIO, "another IIO context answers now: '%.80s', it was '%.80s'",
                           answer->identity, s->first_identity);
        go_lost(s, text.text);
        return;
    }
    memcpy(s->first_identity, answer->identity, sizeof s->first_identity);
    memcpy(s->base.identity, answer->identity, sizeof s->base.identity);
    s->ready_ns = mb_monotonic_ns();
    set_state(s, MB_INSTRUMENT_READY, "");
}

static enum mb_validity validity_of(int error)
{
    switch (error) {
    case 0:
        return MB_VALID;
    case -EPROTO:
        return MB_GARBLED;
    case -EBUSY: /* a capture is running: no single readings meanwhile */
    case -EAGAIN:
        return MB_STALE;
    default: /* an open thermocouple, a fault bit */
        return MB_NO_DATA;
    }
}

static void store_values(struct iio *s, const struct mb_iio_answer *answer)
{
    uint64_t now_ns = s->base.clock ? mb_clock_now_ns(s->base.clock) : 0;

    for (size_t i = 0; i < s->base.channel_count; i++)
        s->readings[i] = (struct mb_reading){
            .value = answer->values[i].value,
            .standard_uncertainty =
                s->channels[i].accuracy > 0 ? s->channels[i].accuracy / sqrt(3) : (double)NAN,
            .t_ns = now_ns,
            .validity = validity_of(answer->values[i].error),
            .flags = s->base.simulated ? MB_READING_SIMULATED : 0,
        };
    finish_read(s, 0, "");
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct iio *s = userdata;
    struct mb_iio_answer answer;

    (void)source;
    (void)fd;
    (void)events;
    if (mb_iio_worker_answer(s->worker, &answer) < 0)
        return 0;
    mb_timer_disarm(s->timer);
    if (answer.error < 0)
        go_lost(s, answer.text.text);
    else if (s->base.state == MB_INSTRUMENT_OPENING)
        opened(s, &answer);
    else
        store_values(s, &answer);
    return 0;
}

/* The last action: the owner may free the instrument in it. */
static void tell_read(struct iio *s)
{
    struct mb_error text = s->text; /* the owner may read again at once */

    s->read_pending = s->read_finished = false;
    s->done(&s->base, s->error, text.text, s->readings, s->base.channel_count, s->done_userdata);
}

static void tell_stream(struct iio *s)
{
    const struct mb_stream_callbacks callbacks = s->callbacks; /* the owner may start another at once */
    const struct mb_error text = s->stream_text;

    s->stream_over = false;
    callbacks.ended(s->stream_error, text.text, callbacks.userdata);
}

static int on_work(sd_event_source *source, void *userdata)
{
    struct iio *s = userdata;

    (void)source;
    if (s->read_finished + s->state_changed + s->stream_over > 1)
        wake(s);
    if (s->read_finished) {
        tell_read(s);
    } else if (s->stream_over) {
        tell_stream(s);
    } else if (s->state_changed) {
        s->state_changed = false;
        if (s->base.state_changed)
            s->base.state_changed(&s->base, s->base.userdata);
    }
    return 0;
}

static int iio_open(struct mb_instrument *i)
{
    struct iio *s = iio_of(i);

    if (s->freeing)
        return -ENOTCONN;
    if (i->state != MB_INSTRUMENT_CLOSED)
        return -EALREADY;
    s->backoff_s = BACKOFF_S;
    s->first_identity[0] = '\0';
    begin_open(s);
    return 0;
}

static void iio_close(struct mb_instrument *i)
{
    struct iio *s = iio_of(i);

    drop_worker(s);
    finish_read(s, -ECANCELED, "the instrument was closed");
    end_stream(s, -ECANCELED, "the instrument was closed");
    if (i->state != MB_INSTRUMENT_CLOSED)
        set_state(s, MB_INSTRUMENT_CLOSED, "");
}

static int iio_read(struct mb_instrument *i, mb_read_done done, void *userdata)
{
    struct iio *s = iio_of(i);
    int r;

    if (s->freeing)
        return -ENOTCONN;
    if (s->read_pending)
        return -EBUSY;
    s->read_pending = true;
    s->done = done;
    s->done_userdata = userdata;
    if (i->state != MB_INSTRUMENT_READY) {
        finish_read(s, -ENOTCONN, i->fault[0] ? i->fault : "the instrument is not ready");
        return 0;
    }
    r = mb_worker_ask(s->worker, MB_IIO_READ);
    if (r < 0) {
        s->read_pending = false;
        return r;
    }
    mb_timer_arm(s->timer, READ_DEADLINE_S);
    return 0;
}

/* A device that is gone takes the instrument with it: it is opened anew. What was refused does not. */
static void on_stream_over(int error, const char *text, void *userdata)
{
    struct iio *s = userdata;

    end_stream(s, error, text);
    if (mb_iio_link_error(error))
        go_lost(s, text);
}

static int iio_stream(struct mb_instrument *i, const struct mb_stream_setting *setting,
                      const struct mb_stream_callbacks *callbacks, struct mb_error *err)
{
    struct iio *s = iio_of(i);
    const struct mb_instrument_setting instrument = {
        .id = i->id,
        .address = i->address,
        .clock = i->clock,
        .iio_channels = s->channels,
        .iio_channel_count = i->channel_count,
        .rate_hz = s->rate_hz,
        .trigger = s->trigger,
    };
    const struct mb_iio_stream_owner owner = {.over = on_stream_over, .userdata = s};

    if (!setting)
        return s->stream ? mb_iio_stream_stop(s->stream) : -EALREADY;
    if (s->stream || s->stream_over)
        return mb_error_set(err, -EBUSY, "%s: it streams already", i->id);
    if (i->state != MB_INSTRUMENT_READY || s->freeing)
        return mb_error_set(err, -ENOTCONN, "%s: %s", i->id, i->fault[0] ? i->fault : "it is not ready");
    s->callbacks = *callbacks;
    return mb_iio_stream_new(s->event, s->crew, &instrument, setting, callbacks, &owner, &s->stream, err);
}

static void iio_destroy(struct iio *s)
{
    (void)mb_iio_stream_free(s->stream);
    (void)sd_event_source_disable_unref(s->answers);
    (void)sd_event_source_disable_unref(s->timer);
    (void)sd_event_source_disable_unref(s->work);
    sd_event_unref(s->event);
    (void)mb_worker_abandon(s->worker);
    mb_crew_release(s->crew);
    free(s->channels);
    free(s->readings);
    free(s->trigger);
    mb_instrument_base_done(&s->base);
    free(s);
}

static void iio_free(struct mb_instrument *i)
{
    struct iio *s = iio_of(i);

    if (s->freeing)
        return;
    s->freeing = true;
    iio_close(i);
    if (s->read_finished)
        tell_read(s);
    if (s->stream_over)
        tell_stream(s);
    iio_destroy(s);
}

static const struct mb_instrument_ops iio_ops = {
    .family = "iio",
    .free = iio_free,
    .open = iio_open,
    .close = iio_close,
    .read = iio_read,
    .set = mb_instrument_no_set,
    .output = mb_instrument_no_output,
    .safe = mb_instrument_no_safe,
    .stream = iio_stream,
};

static int copy_channels(struct iio *s, const struct mb_instrument_setting *setting)
{
    size_t n = setting->iio_channel_count;

    s->channels = calloc(n, sizeof *s->channels);
    s->readings = calloc(n, sizeof *s->readings);
    s->base.channels = calloc(n, sizeof *s->base.channels);
    if (!s->channels || !s->readings || !s->base.channels)
        return -ENOMEM;
    memcpy(s->channels, setting->iio_channels, n * sizeof *s->channels);
    s->base.channel_count = n;
    for (size_t i = 0; i < n; i++) {
        memcpy(s->base.channels[i].name, s->channels[i].name, sizeof s->base.channels[i].name);
        s->base.channels[i].quantity = s->channels[i].quantity;
    }
    return 0;
}

static int check_setting(const struct mb_instrument_setting *setting, struct mb_error *err)
{
    static const char *const schemes[] = {"ip:", "local:", "usb:"};

    if (setting->iio_channel_count == 0)
        return mb_error_set(err, -EINVAL, "%s: an IIO instrument needs its channels named", setting->id);
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(setting->address, schemes[i], strlen(schemes[i])) == 0)
            return 0;
    return mb_error_set(err, -EINVAL,
                        "%s: the address '%s' is not known, allowed are ip:HOST[:PORT], local: and usb:",
                        setting->id, setting->address);
}

static int iio_init(struct iio *s, const struct mb_instrument_setting *setting)
{
    int r = mb_instrument_base_init(&s->base, &iio_ops, "iio", setting);

    if (r >= 0)
        r = copy_channels(s, setting);
    if (r >= 0)
        r = mb_crew_new(&s->crew);
    if (r >= 0)
        r = mb_timer_new(s->event, on_timer, s, &s->timer);
    if (r >= 0)
        r = mb_defer_new(s->event, on_work, s, &s->work);
    if (r >= 0 && setting->trigger) {
        s->trigger = strdup(setting->trigger);
        r = s->trigger ? 0 : -ENOMEM;
    }
    s->rate_hz = setting->rate_hz;
    s->base.update_interval_s = UPDATE_INTERVAL_S;
    return r;
}

int mb_iio_new(sd_event *event, const struct mb_instrument_setting *setting, struct mb_instrument **ret,
               struct mb_error *err)
{
    struct iio *s;
    int r = check_setting(setting, err);

    if (r < 0)
        return r;
    s = calloc(1, sizeof *s);
    if (!s)
        return mb_error_set(err, -ENOMEM, "%s: out of memory", setting->id);
    s->event = sd_event_ref(event);
    r = iio_init(s, setting);
    if (r < 0) {
        iio_destroy(s);
        return mb_error_set(err, r, "%s: %s", setting->id, strerror(-r));
    }
    *ret = &s->base;
    return 0;
}
