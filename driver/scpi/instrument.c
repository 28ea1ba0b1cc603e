/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the owner may ask of a SCPI instrument. */
#include "scpi/instrument.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument_base.h"
#include "scpi/internal.h"

#define WAITING_MAX 16

static struct mb_scpi *scpi_of(struct mb_instrument *i)
{
    return (struct mb_scpi *)i;
}

static int scpi_open(struct mb_instrument *i)
{
    struct mb_scpi *s = scpi_of(i);

    if (s->freeing)
        return -ENOTCONN;
    if (i->state != MB_INSTRUMENT_CLOSED)
        return -EALREADY;
    s->backoff_s = 1;
    s->first_identity[0] = '\0';
    mb_scpi_begin_open(s);
    return 0;
}

static void scpi_close(struct mb_instrument *i)
{
    mb_scpi_stop(scpi_of(i));
}

static void scpi_destroy(struct mb_scpi *s)
{
    s->engine = mb_engine_free(s->engine);
    (void)sd_event_source_disable_unref(s->work);
    (void)sd_event_source_disable_unref(s->timer);
    (void)sd_event_source_disable_unref(s->safe_deadline);
    sd_event_unref(s->event);
    mb_script_context_done(&s->context);
    (void)mb_profile_free(s->profile);
    mb_instrument_base_done(&s->base);
    free(s);
}

static void scpi_free(struct mb_instrument *i)
{
    struct mb_scpi *s = scpi_of(i);

    if (s->freeing)
        return;
    s->freeing = true;
    mb_scpi_stop(s);
    while (s->finished)
        mb_scpi_tell_finished(s);
    scpi_destroy(s);
}

static int scpi_read(struct mb_instrument *i, mb_read_done done, void *userdata)
{
    struct mb_scpi *s = scpi_of(i);
    struct mb_task *t;
    int r;

    if (s->freeing)
        return -ENOTCONN;
    if (s->read_pending)
        return -EBUSY;
    t = mb_scpi_task_new(s, MB_TASK_READ);
    if (!t)
        return -ENOMEM;
    r = mb_script_read(&s->context, &t->script, NULL);
    if (r < 0) {
        (void)mb_scpi_task_free(t);
        return r;
    }
    t->read_done = done;
    t->userdata = userdata;
    s->read_pending = true;
    return mb_scpi_enqueue(s, t);
}

/* Takes the script over. */
static int submit_command(struct mb_scpi *s, struct mb_script *script, mb_command_done done, void *userdata)
{
    struct mb_task *t = NULL;
    int r = 0;

    if (s->freeing)
        r = -ENOTCONN;
    else if (s->waiting_count >= WAITING_MAX || (s->current && s->current->kind == MB_TASK_SAFE))
        r = -EBUSY; /* nothing is switched on behind the back of the way to off */
    else if (!(t = mb_scpi_task_new(s, MB_TASK_COMMAND)))
        r = -ENOMEM;
    if (r < 0) {
        mb_script_done(script);
        return r;
    }
    t->script = *script;
    t->command_done = done;
    t->userdata = userdata;
    return mb_scpi_enqueue(s, t);
}

static int scpi_set(struct mb_instrument *i, enum mb_quantity quantity, double value, mb_command_done done,
                    void *userdata)
{
    struct mb_script script = {0};
    int r = mb_script_set(&scpi_of(i)->context, quantity, value, &script, NULL);

    return r < 0 ? r : submit_command(scpi_of(i), &script, done, userdata);
}

static int scpi_output(struct mb_instrument *i, bool on, mb_command_done done, void *userdata)
{
    struct mb_script script = {0};
    int r = mb_script_output(&scpi_of(i)->context, on, &script, NULL);

    return r < 0 ? r : submit_command(scpi_of(i), &script, done, userdata);
}

static int scpi_safe(struct mb_instrument *i, mb_command_done done, void *userdata)
{
    struct mb_scpi *s = scpi_of(i);
    struct mb_script script = {0};
    struct mb_task *t;
    int r = s->freeing ? -ENOTCONN : mb_script_safe(&s->context, &script, NULL);

    if (r < 0)
        return r;
    t = mb_scpi_task_new(s, MB_TASK_SAFE);
    if (!t) {
        mb_script_done(&script);
        return -ENOMEM;
    }
    t->script = script;
    t->command_done = done;
    t->userdata = userdata;
    if (i->state == MB_INSTRUMENT_CLOSED)
        mb_scpi_finish(s, t, -ENOTCONN, "the instrument is closed");
    else
        mb_scpi_begin_safe(s, t);
    return 0;
}

static int scpi_test(struct mb_instrument *i, const struct mb_safety_test *test,
                     const struct mb_test_callbacks *callbacks, struct mb_error *err)
{
    struct mb_scpi *s = scpi_of(i);
    struct mb_script script = {0};
    struct mb_task *t;
    int r = s->freeing ? -ENOTCONN : mb_safety_script(&s->context, test, &script, err);

    if (r < 0)
        return r;
    if (s->test_pending || (s->current && s->current->kind == MB_TASK_SAFE)) {
        mb_script_done(&script);
        return mb_error_set(err, -EBUSY, "%s: a test or the safe commands are under way", i->id);
    }
    t = mb_scpi_task_new(s, MB_TASK_TEST);
    if (t)
        t->run = mb_safety_run_new(s->profile, test, callbacks);
    if (!t || !t->run) {
        mb_script_done(&script);
        (void)mb_scpi_task_free(t);
        return mb_error_set(err, -ENOMEM, "%s: out of memory", i->id);
    }
    t->script = script;
    s->test_pending = true;
    return mb_scpi_enqueue(s, t);
}

static const struct mb_instrument_ops scpi_ops = {
    .family = "scpi",
    .free = scpi_free,
    .open = scpi_open,
    .close = scpi_close,
    .read = scpi_read,
    .set = scpi_set,
    .output = scpi_output,
    .safe = scpi_safe,
    .test = scpi_test,
};

static int make_engine(struct mb_scpi *s, const char *address, struct mb_error *err)
{
    const struct mb_serial_setting serial = mb_profile_serial(s->profile);
    char *whole = NULL; /* with the profile's serial setting where the address is a port's */
    int r = mb_serial_address(address, &serial, &whole, err);

    if (r == 0)
        r = mb_engine_new(s->event, whole, &s->profile->link, &mb_scpi_engine_events, s, &s->engine, err);
    free(whole);
    return r;
}

static int scpi_init(struct mb_scpi *s, const struct mb_instrument_setting *setting, struct mb_error *err)
{
    struct mb_script script = {0};
    int r = mb_instrument_base_init(&s->base, &scpi_ops, s->profile->id, setting);

    if (r >= 0)
        r = mb_scpi_add_sources(s);
    if (r < 0)
        return mb_error_set(err, r, "%s: %s", setting->id, strerror(-r));
    r = mb_script_context_init(s->profile, setting, &s->context, &s->base.channels, &s->base.channel_count,
                               err);
    if (r < 0)
        return r;
    s->acknowledged = mb_step_acknowledged(s);
    s->base.update_interval_s = s->profile->update_interval_s;
    s->base.time_to_safe_s = s->profile->safe.time_to_safe_s;
    r = mb_script_open(&s->context, &script, err); /* what the bench file lacks is said now, not at opening */
    mb_script_done(&script);
    if (r < 0)
        return r;
    return make_engine(s, setting->address, err);
}

int mb_scpi_new(sd_event *event, struct mb_profile *profile, const struct mb_instrument_setting *setting,
                struct mb_instrument **ret, struct mb_error *err)
{
    struct mb_scpi *s = calloc(1, sizeof *s);
    int r;

    if (!s) {
        (void)mb_profile_free(profile);
        return mb_error_set(err, -ENOMEM, "%s: out of memory", setting->id);
    }
    s->event = sd_event_ref(event);
    s->profile = profile;
    r = scpi_init(s, setting, err);
    if (r < 0) {
        scpi_destroy(s);
        return r;
    }
    *ret = &s->base;
    return 0;
}
