/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way to off. Load machine and source get their safe commands at once and in parallel, the supply of a
 * separate field behind the source; what cannot be confirmed is said: the outputs may still be live. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/internal.h"

bool bench_can_be_live(const struct mb_instrument *instrument)
{
    return instrument->time_to_safe_s > 0;
}

static void tell_guard(struct mb_bench *bench)
{
    if (bench->guard)
        bench->guard->changed(bench, bench->guard_userdata);
}

void bench_set_safe_state(struct mb_bench *bench, enum mb_safe_state state)
{
    bench->safe_state = state;
    tell_guard(bench);
}

static bool all_ready(const struct mb_bench *bench)
{
    for (size_t i = 0; i < bench->member_count; i++) {
        const struct mb_instrument *instrument = bench->members[i].instrument;

        if (bench_can_be_live(instrument) && instrument->state != MB_INSTRUMENT_READY)
            return false;
    }
    return true;
}

/* A motor of direct current whose field goes before its armature runs away. */
static bool waits_for_source(const struct mb_bench *bench, const struct mb_instrument *instrument)
{
    return instrument == bench->excitation.instrument && !bench->source_is_off;
}

static void note_source(struct mb_bench *bench, const struct mb_instrument *instrument, int error)
{
    if (instrument == bench->supply.instrument && error >= 0)
        bench->source_is_off = true;
}

/* The bench's own state waits for all of them; this only switches off what has come back. */
static void early_safe_done(struct mb_instrument *instrument, int error, const char *text, void *userdata)
{
    (void)text;
    note_source(userdata, instrument, error);
    bench_notify(userdata); /* for what waits for it */
}

static void switch_off_those_there(struct mb_bench *bench)
{
    for (size_t i = 0; i < bench->member_count; i++) {
        struct member *member = &bench->members[i];
        struct mb_instrument *instrument = member->instrument;

        if (!member->unconfirmed || !bench_can_be_live(instrument) ||
            instrument->state != MB_INSTRUMENT_READY || waits_for_source(bench, instrument))
            continue;
        member->unconfirmed = false;
        (void)instrument->ops->safe(instrument, early_safe_done, bench);
    }
}

/* From the loop, not from inside an instrument's own callback. */
static void confirm_safe(struct mb_bench *bench)
{
    bool off = bench->safe_state == MB_SAFE || bench->safe_state == MB_SAFE_UNKNOWN;

    if (!bench->recheck_safe || !off)
        return;
    if (!all_ready(bench)) {
        switch_off_those_there(bench);
        return;
    }
    bench->recheck_safe = false;
    for (size_t i = 0; i < bench->member_count; i++)
        bench->members[i].unconfirmed = false;
    mb_bench_make_safe(bench);
}

/* Nobody looks any more; but a shaft that may still turn is watched until it stands. */
static void go_idle(struct mb_bench *bench)
{
    enum mb_bench_mode mode = bench_shaft_may_turn(bench) ? MB_BENCH_RUNNING : MB_BENCH_IDLE;

    if (bench->mode != mode)
        (void)mb_bench_measure(bench, mode);
}

static int notify_observer(sd_event_source *source, void *userdata)
{
    struct mb_bench *bench = userdata;

    (void)source;
    confirm_safe(bench);
    if (!bench->observer && bench->safe_state == MB_SAFE)
        go_idle(bench);
    if (bench->observer && bench->fault[0] && !bench->fault_announced) {
        bench->fault_announced = true;
        if (bench->observer->fault)
            bench->observer->fault(bench->fault, bench->observer_userdata);
    }
    if (bench->observer && bench->observer->changed)
        bench->observer->changed(bench->observer_userdata);
    tell_guard(bench);
    if (bench->watcher)
        bench->watcher(bench, bench->watcher_userdata);
    return 0;
}

int bench_notify_init(struct mb_bench *bench)
{
    int r = sd_event_add_defer(bench->event, &bench->notify, notify_observer, bench);

    return r < 0 ? r : sd_event_source_set_enabled(bench->notify, SD_EVENT_OFF);
}

void bench_notify(struct mb_bench *bench)
{
    if (bench->notify)
        (void)sd_event_source_set_enabled(bench->notify, SD_EVENT_ONESHOT);
}

/* Added to whatever was said before: nothing matters more. Once an instrument, however often it is tried. */
static void not_confirmed(struct mb_bench *bench, const struct mb_instrument *instrument, const char *text)
{
    size_t used = strlen(bench->fault);
    char who[160];

    (void)snprintf(who, sizeof who, "%s at %s did not confirm its safe state", instrument->id,
                   instrument->address);
    if (strstr(bench->fault, who))
        return;
    (void)snprintf(bench->fault + used, sizeof bench->fault - used, "%s%s (%s): its output may still be live",
                   used > 0 ? "; " : "", who, text);
    bench->fault_announced = false;
    bench_notify(bench);
}

static void one_less(struct mb_bench *bench)
{
    if (--bench->safe_pending > 0)
        return;
    bench_set_safe_state(bench, bench->safe_failed ? MB_SAFE_UNKNOWN : MB_SAFE);
    bench_notify(bench);
}

static void command_safe(struct mb_bench *bench, struct mb_instrument *instrument);

static void safe_done(struct mb_instrument *instrument, int error, const char *text, void *userdata)
{
    struct mb_bench *bench = userdata;

    if (error < 0) {
        bench->safe_failed = true;
        not_confirmed(bench, instrument, text);
    }
    note_source(bench, instrument, error);
    if (instrument == bench->supply.instrument && bench->field_waits) {
        bench->field_waits = false;
        command_safe(bench, bench->excitation.instrument);
        one_less(bench);
    }
    one_less(bench);
}

/* While its output may be on, the source's motor needs its field: that is left as it is, and said. */
static void command_safe(struct mb_bench *bench, struct mb_instrument *instrument)
{
    int r;

    bench->safe_pending++;
    if (waits_for_source(bench, instrument)) {
        safe_done(instrument, -EBUSY, "left on, as without it a motor whose source is on may run away",
                  bench);
        return;
    }
    r = instrument->ops->safe(instrument, safe_done, bench);
    if (r == -ENOTSUP) /* nothing on it can be live */
        safe_done(instrument, 0, "", bench);
    else if (r < 0)
        safe_done(instrument, r, strerror(-r), bench);
}

void mb_bench_make_safe(struct mb_bench *bench)
{
    if (bench->safe_state == MB_GOING_SAFE)
        return;
    bench_control_stop(bench);
    bench_capture_stop(bench);
    bench_excitation_stop(bench);
    bench_partner_stop(bench);
    bench_set_safe_state(bench, MB_GOING_SAFE);
    bench->safe_failed = false;
    bench->safe_pending = 1; /* held until every command is out */
    bench->field_waits = bench->excitation.instrument && !bench->source_is_off;
    if (bench->field_waits)
        bench->safe_pending++;
    for (size_t i = 0; i < bench->member_count; i++)
        if (!waits_for_source(bench, bench->members[i].instrument))
            command_safe(bench, bench->members[i].instrument);
    one_less(bench);
}

void bench_fault(struct mb_bench *bench, const char *format, ...)
{
    va_list ap;

    if (bench->fault[0]) /* the first reason is the one to look for */
        return;
    va_start(ap, format);
    (void)vsnprintf(bench->fault, sizeof bench->fault, format, ap);
    va_end(ap);
    bench->fault_announced = false;
    if (bench->safe_state == MB_ENERGISED || bench->safe_state == MB_TESTING)
        mb_bench_make_safe(bench);
    bench_notify(bench);
}

void mb_bench_trip(struct mb_bench *bench, const char *reason)
{
    bench_fault(bench, "%s", reason);
    mb_bench_make_safe(bench);
}

int mb_bench_reset(struct mb_bench *bench, struct mb_error *err)
{
    int r = bench_stop_line_may_reset(bench, err);

    if (r < 0)
        return r;
    if (bench->safe_state == MB_GOING_SAFE)
        return mb_error_set(err, -EBUSY, "the outputs are still going off; try again");
    bench->fault[0] = '\0';
    bench->stopped_by_line = false;
    if (bench->safe_state == MB_SAFE_UNKNOWN) /* look again instead of believing */
        mb_bench_make_safe(bench);
    bench_notify(bench);
    return 0;
}
