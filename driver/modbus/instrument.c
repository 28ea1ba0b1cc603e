/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the owner may ask of a Modbus instrument. */
#include "modbus/instrument.h"

#include <errno.h>
#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument_base.h"
#include "modbus/internal.h"

#define WAITING_MAX 16

static struct mb_modbus *modbus_of(struct mb_instrument *i)
{
    return (struct mb_modbus *)i;
}

static int modbus_open(struct mb_instrument *i)
{
    struct mb_modbus *s = modbus_of(i);

    if (s->freeing)
        return -ENOTCONN;
    if (i->state != MB_INSTRUMENT_CLOSED)
        return -EALREADY;
    s->backoff_s = MB_MODBUS_BACKOFF_S;
    s->first_identity[0] = '\0';
    mb_modbus_begin_open(s);
    return 0;
}

static void modbus_close(struct mb_instrument *i)
{
    mb_modbus_stop(modbus_of(i));
}

static void modbus_destroy(struct mb_modbus *s)
{
    s->watch = mb_tty_watch_free(s->watch);
    (void)sd_event_source_disable_unref(s->answers);
    (void)sd_event_source_disable_unref(s->timer);
    (void)sd_event_source_disable_unref(s->safe_deadline);
    (void)sd_event_source_disable_unref(s->work);
    sd_event_unref(s->event);
    s->worker = mb_modbus_worker_drop(s->worker);
    mb_crew_release(s->crew);
    mb_modbus_address_done(&s->address);
    (void)mb_modbus_profile_unref(s->profile);
    mb_instrument_base_done(&s->base);
    free(s->tallies);
    free(s);
}

static void modbus_free(struct mb_instrument *i)
{
    struct mb_modbus *s = modbus_of(i);

    if (s->freeing)
        return;
    s->freeing = true;
    mb_modbus_stop(s);
    while (s->finished)
        mb_modbus_tell_finished(s);
    modbus_destroy(s);
}

static int modbus_read(struct mb_instrument *i, mb_read_done done, void *userdata)
{
    struct mb_modbus *s = modbus_of(i);
    struct mb_modbus_task *t;

    if (s->freeing)
        return -ENOTCONN;
    if (s->read_pending)
        return -EBUSY;
    t = mb_modbus_task_new(s, MB_MODBUS_TASK_READ, NULL);
    if (!t)
        return -ENOMEM;
    t->read_done = done;
    t->userdata = userdata;
    s->read_pending = true;
    mb_modbus_enqueue(s, t);
    return 0;
}

static int submit_steps(struct mb_modbus *s, const struct mb_modbus_steps *steps, mb_command_done done,
                        void *userdata)
{
    struct mb_modbus_task *t;

    if (s->freeing)
        return -ENOTCONN;
    if (s->waiting_count >= WAITING_MAX || (s->current && s->current->kind == MB_MODBUS_TASK_SAFE))
        return -EBUSY; /* nothing is switched on behind the back of the way to off */
    t = mb_modbus_task_new(s, MB_MODBUS_TASK_COMMAND, steps);
    if (!t)
        return -ENOMEM;
    t->command_done = done;
    t->userdata = userdata;
    mb_modbus_enqueue(s, t);
    return 0;
}

static int modbus_set(struct mb_instrument *i, enum mb_quantity quantity, double value, mb_command_done done,
                      void *userdata)
{
    struct mb_modbus *s = modbus_of(i);
    const struct mb_modbus_set_point *p = NULL;
    struct mb_modbus_step step;

    for (size_t n = 0; n < s->profile->set_point_count; n++)
        if (s->profile->set_points[n].quantity == quantity)
            p = &s->profile->set_points[n];
    if (!p)
        return -ENOTSUP;
    if (!(value >= p->minimum && value <= p->maximum))
        return -ERANGE;
    step = (struct mb_modbus_step){
        .place = p->place,
        .write = (value - p->offset) / p->factor,
        .expect = (value - p->offset) / p->factor,
        .tolerance = p->tolerance / fabs(p->factor),
        .delay_s = p->delay_s,
        .has_write = true,
        .has_expect = true,
        .read_address = p->read_address,
    };
    return submit_steps(s, &(struct mb_modbus_steps){.rows = &step, .count = 1}, done, userdata);
}

static int modbus_output(struct mb_instrument *i, bool on, mb_command_done done, void *userdata)
{
    struct mb_modbus *s = modbus_of(i);
    const struct mb_modbus_steps *steps = on ? &s->profile->on : &s->profile->off;

    return steps->count > 0 ? submit_steps(s, steps, done, userdata) : -ENOTSUP;
}

static int modbus_safe(struct mb_instrument *i, mb_command_done done, void *userdata)
{
    struct mb_modbus *s = modbus_of(i);
    struct mb_modbus_task *t;

    if (s->freeing)
        return -ENOTCONN;
    if (s->profile->safe.count == 0)
        return -ENOTSUP;
    t = mb_modbus_task_new(s, MB_MODBUS_TASK_SAFE, &s->profile->safe);
    if (!t)
        return -ENOMEM;
    t->command_done = done;
    t->userdata = userdata;
    if (i->state == MB_INSTRUMENT_CLOSED)
        mb_modbus_finish(s, t, -ENOTCONN, "the instrument is closed");
    else
        mb_modbus_begin_safe(s, t);
    return 0;
}

static const struct mb_instrument_ops modbus_ops = {
    .family = "modbus",
    .free = modbus_free,
    .open = modbus_open,
    .close = modbus_close,
    .read = modbus_read,
    .set = modbus_set,
    .output = modbus_output,
    .safe = modbus_safe,
};

static int make_channels(struct mb_modbus *s)
{
    const struct mb_modbus_profile *p = s->profile;

    s->base.channels = calloc(p->value_count + 1, sizeof *s->base.channels);
    s->tallies = calloc(p->value_count + 1, sizeof *s->tallies);
    if (!s->base.channels || !s->tallies)
        return -ENOMEM;
    for (size_t i = 0; i < p->value_count; i++) {
        (void)snprintf(s->base.channels[i].name, sizeof s->base.channels[i].name, "%s", p->values[i].name);
        s->base.channels[i].quantity = p->values[i].quantity;
    }
    s->base.channel_count = p->value_count;
    return 0;
}

static int modbus_init(struct mb_modbus *s, const struct mb_instrument_setting *setting, struct mb_error *err)
{
    int r = mb_modbus_address_parse(setting->address, &s->address, err);

    if (r < 0)
        return r;
    r = mb_instrument_base_init(&s->base, &modbus_ops, s->profile->id, setting);
    if (r >= 0)
        r = make_channels(s);
    if (r >= 0)
        r = mb_crew_new(&s->crew);
    if (r >= 0)
        r = mb_modbus_add_sources(s);
    s->voltage_range_v = setting->voltage_range_v;
    s->current_range_a = setting->current_range_a;
    s->base.update_interval_s = s->profile->update_interval_s;
    s->base.time_to_safe_s = s->profile->time_to_safe_s;
    return r < 0 ? mb_error_set(err, r, "%s: %s", setting->id, strerror(-r)) : 0;
}

int mb_modbus_new(sd_event *event, struct mb_modbus_profile *profile,
                  const struct mb_instrument_setting *setting, struct mb_instrument **ret,
                  struct mb_error *err)
{
    struct mb_modbus *s = calloc(1, sizeof *s);
    int r;

    if (!s) {
        (void)mb_modbus_profile_unref(profile);
        return mb_error_set(err, -ENOMEM, "%s: out of memory", setting->id);
    }
    s->event = sd_event_ref(event);
    s->profile = profile;
    r = modbus_init(s, setting, err);
    if (r < 0) {
        modbus_destroy(s);
        return r;
    }
    *ret = &s->base;
    return 0;
}
