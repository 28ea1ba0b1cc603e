/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "counter/instrument.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument_base.h"
#include "core/number.h"
#include "core/timer.h"
#include "counter/counter.h"

#define DEVICES "/bus/counter/devices/"
#define COUNT "/count"
#define TICK_S 0.02   /* real: a register of 16 bits turns over in 0.16 s at 400,000 counts/s */
#define UPDATE_S 0.1  /* bench seconds that a speed is the mean of, at least */
#define LONGEST_S 2.0 /* and at most: after a longer rest a new one begins */
#define IDLE_S 5.0    /* real: so long after the last reading it is not looked at */
#define BACKOFF_S 1.0

/* Of a difference of two counts, each cut to a whole one: sqrt(2) / sqrt(12). */
#define COUNTS_UNCERTAINTY 0.40824829046386302

struct encoder {
    struct mb_instrument base;
    sd_event *event;
    sd_event_source *work;  /* tells the owner, one call a turn */
    sd_event_source *timer; /* OPENING and LOST: opens; READY: looks at the count */
    char root[256], device[64], *function;
    unsigned count;
    double counts_per_turn;
    struct mb_counter *counter;
    int64_t counts, from_counts;
    uint64_t t_ns, from_ns; /* bench clock; from: where the speed that is asked for begins, 0: nowhere */
    uint64_t asked_real_ns;
    mb_read_done done;
    void *done_userdata;
    bool read_pending, read_finished, state_changed, freeing;
    int error;
    struct mb_error text;
    struct mb_reading reading;
};

static struct encoder *encoder_of(struct mb_instrument *i)
{
    return (struct encoder *)i;
}

static uint64_t now_ns(const struct encoder *e)
{
    return e->base.clock ? mb_clock_now_ns(e->base.clock) : mb_monotonic_ns();
}

static void wake(struct encoder *e)
{
    (void)sd_event_source_set_enabled(e->work, SD_EVENT_ONESHOT);
}

static void set_state(struct encoder *e, enum mb_instrument_state state, const char *fault)
{
    mb_instrument_base_set_state(&e->base, state, fault);
    e->state_changed = true;
    wake(e);
}

static void finish_read(struct encoder *e, int error, const char *text, const struct mb_reading *reading)
{
    if (!e->read_pending || e->read_finished)
        return;
    e->read_finished = true;
    e->error = error;
    (void)mb_error_set(&e->text, error, "%s", text);
    e->reading = *reading;
    if (e->base.simulated)
        e->reading.flags |= MB_READING_SIMULATED;
    wake(e);
}

static void fail_read(struct encoder *e, int error, const char *text)
{
    const struct mb_reading nothing = {.standard_uncertainty = NAN,
                                       .t_ns = now_ns(e),
                                       .validity = error == -ECANCELED ? MB_STALE : MB_LINK_FAULT};

    finish_read(e, error, text, &nothing);
}

static void go_lost(struct encoder *e, const char *fault)
{
    e->counter = mb_counter_free(e->counter);
    fail_read(e, -ENOTCONN, fault);
    set_state(e, MB_INSTRUMENT_LOST, fault);
    mb_timer_arm(e->timer, BACKOFF_S);
}

static void open_counter(struct encoder *e)
{
    const struct mb_counter_setting setting = {.root = e->root,
                                               .device = e->device,
                                               .count = e->count,
                                               .function = e->function,
                                               .counts_a_turn = e->counts_per_turn};
    struct mb_error err = {""};

    if (mb_counter_open(&setting, &e->counter, &err) < 0) {
        go_lost(e, err.text);
        return;
    }
    e->from_ns = 0;
    (void)snprintf(e->base.identity, sizeof e->base.identity, "%s/count%u", e->device, e->count);
    set_state(e, MB_INSTRUMENT_READY, "");
}

/* The mean speed since the reading before, or since this one was asked for. */
static void answer(struct encoder *e)
{
    const double seconds = (double)(e->t_ns - e->from_ns) * 1e-9;
    const struct mb_reading reading = {
        .value = mb_counter_speed_rpm(e->counter, e->counts - e->from_counts, seconds),
        .standard_uncertainty = mb_counter_speed_rpm(e->counter, 1, seconds) * COUNTS_UNCERTAINTY,
        .t_ns = e->t_ns,
        .validity = MB_VALID};

    e->from_ns = e->t_ns;
    e->from_counts = e->counts;
    finish_read(e, 0, "", &reading);
}

static void look(struct encoder *e)
{
    struct mb_error err;
    int r = mb_counter_read(e->counter, &e->counts);

    e->t_ns = now_ns(e);
    if (r < 0) {
        (void)mb_error_set(&err, r, "the count cannot be read: %s",
                           r == -EPROTO ? "no number" : strerror(-r));
        go_lost(e, err.text);
        return;
    }
    if (!e->read_pending || e->read_finished)
        return;
    if (e->from_ns == 0 || (double)(e->t_ns - e->from_ns) * 1e-9 > LONGEST_S) {
        e->from_ns = e->t_ns;
        e->from_counts = e->counts;
    } else if ((double)(e->t_ns - e->from_ns) * 1e-9 >= UPDATE_S) {
        answer(e);
    }
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct encoder *e = userdata;

    (void)source;
    (void)usec;
    if (e->base.state == MB_INSTRUMENT_LOST || e->base.state == MB_INSTRUMENT_OPENING) {
        open_counter(e);
        return 0;
    }
    look(e);
    if (e->base.state != MB_INSTRUMENT_READY)
        return 0;
    if ((double)(mb_monotonic_ns() - e->asked_real_ns) * 1e-9 < IDLE_S)
        mb_timer_arm(e->timer, TICK_S);
    else
        e->from_ns = 0;
    return 0;
}

/* The last action: the owner may free the instrument in it. */
static void tell_read(struct encoder *e)
{
    const struct mb_error text = e->text; /* the owner may read again at once */
    const struct mb_reading reading = e->reading;

    e->read_pending = e->read_finished = false;
    e->done(&e->base, e->error, text.text, &reading, 1, e->done_userdata);
}

static int on_work(sd_event_source *source, void *userdata)
{
    struct encoder *e = userdata;

    (void)source;
    if (e->read_finished && e->state_changed)
        wake(e);
    if (e->read_finished) {
        tell_read(e);
    } else if (e->state_changed) {
        e->state_changed = false;
        if (e->base.state_changed)
            e->base.state_changed(&e->base, e->base.userdata);
    }
    return 0;
}

static int encoder_open(struct mb_instrument *i)
{
    struct encoder *e = encoder_of(i);

    if (e->freeing)
        return -ENOTCONN;
    if (i->state != MB_INSTRUMENT_CLOSED)
        return -EALREADY;
    set_state(e, MB_INSTRUMENT_OPENING, "");
    mb_timer_arm(e->timer, 0);
    return 0;
}

static void encoder_close(struct mb_instrument *i)
{
    struct encoder *e = encoder_of(i);

    mb_timer_disarm(e->timer);
    e->counter = mb_counter_free(e->counter);
    fail_read(e, -ECANCELED, "the instrument was closed");
    if (i->state != MB_INSTRUMENT_CLOSED)
        set_state(e, MB_INSTRUMENT_CLOSED, "");
}

static int encoder_read(struct mb_instrument *i, mb_read_done done, void *userdata)
{
    struct encoder *e = encoder_of(i);

    if (e->freeing)
        return -ENOTCONN;
    if (e->read_pending)
        return -EBUSY;
    e->read_pending = true;
    e->done = done;
    e->done_userdata = userdata;
    if (i->state != MB_INSTRUMENT_READY) {
        fail_read(e, -ENOTCONN, i->fault[0] ? i->fault : "the instrument is not ready");
        return 0;
    }
    e->asked_real_ns = mb_monotonic_ns();
    mb_timer_arm(e->timer, 0);
    return 0;
}

static void encoder_destroy(struct encoder *e)
{
    (void)sd_event_source_disable_unref(e->work);
    (void)sd_event_source_disable_unref(e->timer);
    sd_event_unref(e->event);
    (void)mb_counter_free(e->counter);
    free(e->function);
    mb_instrument_base_done(&e->base);
    free(e);
}

static void encoder_free(struct mb_instrument *i)
{
    struct encoder *e = encoder_of(i);

    if (e->freeing)
        return;
    e->freeing = true;
    encoder_close(i);
    if (e->read_finished)
        tell_read(e);
    encoder_destroy(e);
}

static const struct mb_instrument_ops encoder_ops = {
    .family = "counter",
    .free = encoder_free,
    .open = encoder_open,
    .close = encoder_close,
    .read = encoder_read,
    .set = mb_instrument_no_set,
    .output = mb_instrument_no_output,
    .safe = mb_instrument_no_safe,
};

/* "counter:/sys/bus/counter/devices/counter0/count1" or "counter:counter0/count1". */
static int parse_address(struct encoder *e, const char *address)
{
    static const char scheme[] = "counter:";
    const char *device = strncmp(address, scheme, strlen(scheme)) == 0 ? address + strlen(scheme) : "",
               *devices = strstr(device, DEVICES), *count;
    int64_t number;
    int n;

    (void)snprintf(e->root, sizeof e->root, "/sys");
    if (devices) {
        n = snprintf(e->root, sizeof e->root, "%.*s", (int)(devices - device), device);
        if (n < 0 || n >= (int)sizeof e->root)
            return -EINVAL;
        device = devices + strlen(DEVICES);
    }
    count = strstr(device, COUNT);
    if (!count || count == device || strchr(device, '/') != count ||
        mb_integer_parse(count + strlen(COUNT), strlen(count + strlen(COUNT)), &number) < 0 || number < 0 ||
        number > 255)
        return -EINVAL;
    e->count = (unsigned)number;
    n = snprintf(e->device, sizeof e->device, "%.*s", (int)(count - device), device);
    return n < 0 || n >= (int)sizeof e->device ? -EINVAL : 0;
}

static int encoder_init(struct encoder *e, const struct mb_instrument_setting *setting)
{
    int r = mb_instrument_base_init(&e->base, &encoder_ops, "counter", setting);

    e->base.update_interval_s = UPDATE_S;
    e->base.channels = r < 0 ? NULL : calloc(1, sizeof *e->base.channels);
    if (r < 0 || !e->base.channels)
        return -ENOMEM;
    e->base.channel_count = 1;
    e->base.channels[0] = (struct mb_channel){.name = "speed", .quantity = MB_SPEED};
    if (setting->function && !(e->function = strdup(setting->function)))
        return -ENOMEM;
    r = mb_defer_new(e->event, on_work, e, &e->work);
    return r < 0 ? r : mb_timer_new(e->event, on_timer, e, &e->timer);
}

int mb_encoder_new(sd_event *event, const struct mb_instrument_setting *setting, struct mb_instrument **ret,
                   struct mb_error *err)
{
    struct encoder *e = calloc(1, sizeof *e);
    int r = 0;

    if (!e)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", setting->id);
    e->event = sd_event_ref(event);
    e->counts_per_turn = setting->counts_per_turn;
    if (!(setting->counts_per_turn > 0))
        r = mb_error_set(err, -EINVAL, "%s: an encoder needs its counts_per_turn", setting->id);
    else if (parse_address(e, setting->address) < 0)
        r = mb_error_set(err, -EINVAL, "%s: the address '%s' is not known, allowed is counter:DEVICE/countM",
                         setting->id, setting->address);
    if (r == 0) {
        r = encoder_init(e, setting);
        if (r < 0)
            (void)mb_error_set(err, r, "%s: %s", setting->id, strerror(-r));
    }
    if (r < 0) {
        encoder_destroy(e);
        return r;
    }
    *ret = &e->base;
    return 0;
}
