/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/setting.h"
#include "core/clock.h"
#include "core/instrument.h"
#include "guard/contactor.h"

#define PROOF_CONNECT_S 4 /* to connect and identify, beside the time to safe */

enum link_state {
    LINK_FREE, /* closed, or done */
    LINK_IDENTIFYING,
    LINK_WAITING, /* the field winding's supply, for the source */
    LINK_GOING_SAFE,
};

struct guard_link {
    struct guard_bench *bench;
    struct mb_instrument *instrument;
    enum guard_links kind;
    enum link_state state;
    char expected[160]; /* identity; "": any */
};

struct guard_bench {
    sd_event *event;
    struct mb_bench_setting *setting;
    struct mb_clock clock;
    struct guard_link *links;
    size_t count;
    struct guard_link *source, *field; /* NULL: nothing on it can be live, or there is none */
    bool source_is_off;                /* confirmed, and not asked again since */
    struct guard_contactor *contactor; /* NULL: none */
    const struct guard_bench_contactor *watcher;
    void *watcher_userdata;
    enum { CONTACTOR_REST, CONTACTOR_WAITS, CONTACTOR_PROVES } contactor_state;
    sd_event_source *limit; /* of a proof */
    guard_done done;        /* NULL: nothing is asked */
    void *userdata;
    int error;
    struct mb_error text;
};

static bool is_idle(const struct guard_bench *b)
{
    if (b->contactor_state == CONTACTOR_PROVES)
        return false;
    for (size_t i = 0; i < b->count; i++)
        if (b->links[i].state != LINK_FREE)
            return false;
    return true;
}

/* Last, and only when every output behind it is confirmed off. */
static bool proves_contactor(struct guard_bench *b)
{
    if (b->contactor_state != CONTACTOR_WAITS)
        return false;
    b->contactor_state = CONTACTOR_REST;
    if (b->error < 0)
        return false;
    b->error = guard_contactor_prove(b->contactor, &b->text);
    if (b->error == 0)
        b->contactor_state = CONTACTOR_PROVES;
    return b->error == 0;
}

/* The last action: the owner may free the bench in it. */
static void answer(struct guard_bench *b)
{
    guard_done done = b->done;

    if (!done || !is_idle(b) || proves_contactor(b))
        return;
    b->done = NULL;
    (void)sd_event_source_set_enabled(b->limit, SD_EVENT_OFF);
    done(b, b->error, b->text.text, b->userdata);
}

static void contactor_proved(int error, const char *text, void *userdata)
{
    struct guard_bench *b = userdata;

    b->contactor_state = CONTACTOR_REST;
    if (error < 0)
        b->error = mb_error_set(&b->text, error, "%s", text);
    answer(b);
}

static void contactor_closed(void *userdata)
{
    struct guard_bench *b = userdata;

    if (b->watcher)
        b->watcher->closed(b, b->watcher_userdata);
}

static void contactor_wrong(const char *text, void *userdata)
{
    struct guard_bench *b = userdata;

    if (b->watcher)
        b->watcher->wrong(b, text, b->watcher_userdata);
}

static const struct guard_contactor_owner contactor_owner = {
    .closed = contactor_closed, .wrong = contactor_wrong, .proved = contactor_proved};

static void field_follows(struct guard_bench *b);

/* The first reason is told. Closes: the daemon may want the link. */
static void finish(struct guard_link *link, int error, const char *text)
{
    struct guard_bench *b = link->bench;

    link->state = LINK_FREE;
    if (error < 0 && b->error == 0)
        b->error = mb_error_set(&b->text, error, "%s at %s: %.300s", link->instrument->id,
                                link->instrument->address, text);
    link->instrument->ops->close(link->instrument);
    if (link != b->source)
        return;
    b->source_is_off = error >= 0;
    if (b->field && b->field->state == LINK_WAITING)
        field_follows(b);
}

static void safe_done(struct mb_instrument *instrument, int error, const char *text, void *userdata)
{
    struct guard_link *link = userdata;

    (void)instrument;
    if (link->state != LINK_GOING_SAFE || error == -ECANCELED)
        return; /* another request has taken its place */
    finish(link, error, text);
    answer(link->bench);
}

static void go_safe(struct guard_link *link)
{
    struct mb_instrument *i = link->instrument;
    int r = i->state == MB_INSTRUMENT_CLOSED ? i->ops->open(i) : 0;

    link->state = LINK_GOING_SAFE;
    if (link == link->bench->source)
        link->bench->source_is_off = false;
    if (r >= 0)
        r = i->ops->safe(i, safe_done, link);
    if (r < 0)
        finish(link, r, strerror(-r));
}

/* A motor of direct current whose field goes before its armature runs away: while the source is not confirmed
 * off, the field is left as it is, and said. */
static void field_follows(struct guard_bench *b)
{
    if (b->source && b->source->state == LINK_GOING_SAFE)
        b->field->state = LINK_WAITING;
    else if (!b->source || b->source_is_off)
        go_safe(b->field);
    else
        finish(b->field, -EBUSY, "left on, as without it a motor whose source is on may run away");
}

static void identified(struct guard_link *link)
{
    struct mb_instrument *i = link->instrument;
    struct mb_error text;

    if (!link->expected[0] || strcmp(i->identity, link->expected) == 0) {
        go_safe(link);
        return;
    }
    (void)mb_error_set(&text, -ENODEV, "answers as '%.120s', but the daemon has '%.120s'", i->identity,
                       link->expected);
    finish(link, -ENODEV, text.text);
    answer(link->bench);
}

static void on_state(struct mb_instrument *instrument, void *userdata)
{
    struct guard_link *link = userdata;

    if (link->state == LINK_IDENTIFYING && instrument->state == MB_INSTRUMENT_READY)
        identified(link);
}

/* Until here an instrument was given the chance to be found: it may just have been lent. */
static int on_limit(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct guard_bench *b = userdata;

    (void)source, (void)usec;
    for (size_t i = 0; i < b->count; i++)
        if (b->links[i].state == LINK_IDENTIFYING)
            finish(&b->links[i], -ETIMEDOUT,
                   b->links[i].instrument->fault[0] ? b->links[i].instrument->fault : "does not answer");
    answer(b);
    return 0;
}

static void begin(struct guard_bench *b, guard_done done, void *userdata)
{
    if (is_idle(b)) { /* else what went wrong already belongs to the answer */
        b->error = 0;
        b->text.text[0] = '\0';
    }
    b->done = done;
    b->userdata = userdata;
}

static bool is_asked(const struct guard_link *link, enum guard_links links)
{
    return (link->kind & links) || link->state == LINK_IDENTIFYING;
}

void guard_bench_act(struct guard_bench *b, enum guard_links links, guard_done done, void *userdata)
{
    b->contactor_state = CONTACTOR_REST; /* whatever it is to prove */
    begin(b, done, userdata);
    for (size_t i = 0; i < b->count; i++)
        if (&b->links[i] != b->field && is_asked(&b->links[i], links))
            go_safe(&b->links[i]);
    if (b->field && is_asked(b->field, links))
        field_follows(b);
    answer(b);
}

static void expect(struct guard_link *link, const char *identities)
{
    size_t n = strlen(link->instrument->id);

    link->expected[0] = '\0';
    for (const char *line = identities; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, link->instrument->id, n) == 0 && line[n] == '\t')
            (void)snprintf(link->expected, sizeof link->expected, "%.*s", (int)strcspn(line + n + 1, "\n"),
                           line + n + 1);
    }
}

void guard_bench_prove(struct guard_bench *b, const char *identities, guard_done done, void *userdata)
{
    begin(b, done, userdata);
    b->contactor_state = b->contactor ? CONTACTOR_WAITS : CONTACTOR_REST;
    for (size_t i = 0; i < b->count; i++) {
        struct guard_link *link = &b->links[i];
        int r;

        expect(link, identities);
        link->instrument->ops->close(link->instrument);
        link->state = LINK_IDENTIFYING;
        r = link->instrument->ops->open(link->instrument);
        if (r < 0)
            finish(link, r, strerror(-r));
    }
    (void)sd_event_source_set_time_relative(b->limit, PROOF_CONNECT_S * 1000000u);
    (void)sd_event_source_set_enabled(b->limit, SD_EVENT_ONESHOT);
    answer(b);
}

static int add_link(struct guard_bench *b, int index, const char *profiles, struct mb_error *err)
{
    const struct mb_bench_instrument *s = &b->setting->instruments[index];
    const struct mb_instrument_setting setting = {
        .id = s->id,
        .profile = s->profile,
        .address = s->guard.address ? s->guard.address : s->address,
        .clock = &b->clock,
        .simulated = b->setting->simulated,
        .voltage_range_v = s->voltage_range_v,
        .current_range_a = s->current_range_a,
        .wiring = s->wiring,
        .iio_channels = s->iio_channels,
        .iio_channel_count = s->iio_channel_count,
    };
    struct guard_link *link = &b->links[b->count];
    struct mb_instrument *instrument = NULL;
    int r = mb_instrument_new(b->event, profiles, &setting, &instrument, err);

    if (r < 0)
        return r;
    if (!(instrument->time_to_safe_s > 0)) { /* nothing on it can be live */
        mb_instrument_free(instrument);
        return 0;
    }
    *link = (struct guard_link){
        .bench = b, .instrument = instrument, .kind = s->guard.address ? GUARD_SECOND : GUARD_ONLY};
    instrument->state_changed = on_state;
    instrument->userdata = link;
    b->count++;
    if (index == b->setting->supply_source)
        b->source = link;
    else if (index == b->setting->excitation)
        b->field = link;
    return 0;
}

/* One link of the two is free when the other is: the field cannot go before the source. */
static void pair_links(struct guard_bench *b)
{
    if (b->field && b->source && b->source->kind == GUARD_ONLY)
        b->field->kind = GUARD_ONLY;
}

int guard_bench_new(sd_event *event, const char *name, const char *text, size_t size, const char *profiles,
                    struct guard_bench **ret, struct mb_error *err)
{
    struct guard_bench *b = calloc(1, sizeof *b);
    int r = b ? mb_bench_setting_parse(name, text, size, &b->setting, err) : -ENOMEM;

    if (r == 0) {
        b->event = sd_event_ref(event);
        mb_clock_init(&b->clock, b->setting->time_factor);
        b->links = calloc(b->setting->instrument_count + 1, sizeof *b->links);
        r = b->links ? sd_event_add_time_relative(event, &b->limit, CLOCK_MONOTONIC, 0, 1000, on_limit, b)
                     : -ENOMEM;
    }
    if (r >= 0)
        r = sd_event_source_set_enabled(b->limit, SD_EVENT_OFF);
    if (r >= 0)
        r = guard_contactor_new(event, b->setting, &contactor_owner, b, &b->contactor);
    for (size_t i = 0; r >= 0 && i < b->setting->instrument_count; i++)
        r = add_link(b, (int)i, profiles, err);
    pair_links(b);
    if (r < 0)
        guard_bench_free(b);
    else
        *ret = b;
    return r < 0 ? r : 0;
}

struct guard_bench *guard_bench_free(struct guard_bench *b)
{
    if (!b)
        return NULL;
    guard_contactor_free(b->contactor);
    for (size_t i = 0; i < b->count; i++)
        b->links[i].state = LINK_FREE; /* what answers from now on is not heard */
    for (size_t i = 0; i < b->count; i++)
        mb_instrument_free(b->links[i].instrument);
    free(b->links);
    sd_event_source_disable_unref(b->limit);
    mb_bench_setting_free(b->setting);
    sd_event_unref(b->event);
    free(b);
    return NULL;
}

const char *guard_bench_name(const struct guard_bench *b)
{
    return b->setting->name;
}

double guard_bench_hang_s(const struct guard_bench *b)
{
    return b->setting->guard_hang_s;
}

double guard_bench_time_to_safe_s(const struct guard_bench *b)
{
    double sum_s = b->contactor ? b->setting->contactor.settle_s : 0;

    for (size_t i = 0; i < b->count; i++)
        sum_s += b->links[i].instrument->time_to_safe_s;
    return sum_s;
}

bool guard_bench_has(const struct guard_bench *b, enum guard_links links)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->links[i].kind & links)
            return true;
    return false;
}

int guard_bench_open_contactor(struct guard_bench *b, struct mb_error *err)
{
    int r = guard_contactor_open(b->contactor, err);

    if (b->contactor_state == CONTACTOR_PROVES)
        contactor_proved(-ECANCELED, "the contactor was opened in the middle of its proof", b);
    return r;
}

int guard_bench_close_contactor(struct guard_bench *b, struct mb_error *err)
{
    return guard_contactor_close(b->contactor, err);
}

bool guard_bench_has_contactor(const struct guard_bench *b)
{
    return b->contactor;
}

void guard_bench_watch_contactor(struct guard_bench *b, const struct guard_bench_contactor *watcher,
                                 void *userdata)
{
    b->watcher = watcher;
    b->watcher_userdata = userdata;
}

bool guard_bench_is_busy(const struct guard_bench *b)
{
    return b->done;
}
