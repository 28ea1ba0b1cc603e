/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the guard tells, and what the daemon tells it; lending the links: guard_lend.c. Nothing here calls a
 * bench from inside of a call of the bench: that is left to on_work. */
#include "bench/guard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/guard_internal.h"

#define RECONNECT_US 1000000u
#define PROVE_AGAIN_NS UINT64_C(5000000000) /* after one that failed */
#define ACCURACY_US 1000
#define FIRST_ANSWER_S 5.0 /* it reads the profiles first */

static uint64_t proof_ns(const struct guard_bench *b)
{
    return (uint64_t)(mb_bench_get_setting(b->bench)->guard_proof_minutes * 60e9);
}

static void work_in(struct mb_guard *g, uint64_t usec)
{
    (void)sd_event_source_set_time_relative(g->work, usec);
    (void)sd_event_source_set_enabled(g->work, SD_EVENT_ONESHOT);
}

/* What goes wrong is seen to from the loop. */
static void tell(struct mb_guard *g, const struct mb_guard_message *m, int descriptor)
{
    if (g->fd >= 0 && !g->broken[0] && mb_guard_send(g->fd, m, descriptor) < 0) {
        (void)snprintf(g->broken, sizeof g->broken, "does not listen");
        work_in(g, 0);
    }
}

static bool needs_beat(const struct guard_bench *b)
{
    return b->proving || mb_bench_safe_state(b->bench) != MB_SAFE;
}

static int beat_value(const struct mb_bench *bench)
{
    return (int)bench->safe_state | (bench->fault[0] ? MB_GUARD_FAULT : 0) |
           (bench->safe_state == MB_ENERGISED && !bench->source_off ? MB_GUARD_SOURCE : 0);
}

static void beat(struct guard_bench *b)
{
    int value = beat_value(b->bench);

    mb_guard_message_init(&b->guard->message, MB_GUARD_BEAT, b->number, value);
    tell(b->guard, &b->guard->message, -1);
    b->told = value;
    if (b->unanswered_ns == 0)
        b->unanswered_ns = mb_monotonic_ns();
}

static void beat_on(struct mb_guard *g)
{
    if (g->fd < 0 || sd_event_source_get_enabled(g->beat, NULL) > 0)
        return;
    (void)sd_event_source_set_time_relative(g->beat, MB_GUARD_BEAT_MS * 1000);
    (void)sd_event_source_set_enabled(g->beat, SD_EVENT_ONESHOT);
}

/* An answer that lies in the socket is read before this (priorities), however late this turn is. */
static int on_beat(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_guard *g = userdata;
    uint64_t now_ns = mb_monotonic_ns();
    bool on = false;

    (void)source, (void)usec;
    for (size_t i = 0; i < g->count; i++) {
        struct guard_bench *b = &g->benches[i];
        double hang_s = b->met ? mb_bench_get_setting(b->bench)->guard_hang_s : FIRST_ANSWER_S;

        if (b->unanswered_ns && (double)(now_ns - b->unanswered_ns) > hang_s * 1e9 && !g->broken[0]) {
            (void)snprintf(g->broken, sizeof g->broken, "has not answered for %g s", hang_s);
            work_in(g, 0);
        }
        if (needs_beat(b) || b->unanswered_ns)
            on = true;
        if (needs_beat(b))
            beat(b);
    }
    if (on)
        beat_on(g);
    return 0;
}

static void on_changed(const struct mb_bench *bench, void *userdata)
{
    struct guard_bench *b = userdata;
    int value = beat_value(bench);

    if (b->guard->fd < 0)
        return;
    if (value != b->told) {
        beat(b);
        beat_on(b->guard);
    }
    if (mb_bench_safe_state(bench) == MB_SAFE && !b->proving)
        work_in(b->guard, 0); /* there may be a proof to make */
}

static int allows(const struct mb_bench *bench, void *userdata, struct mb_error *err)
{
    const struct guard_bench *b = userdata;
    const char *name = mb_bench_get_setting(bench)->name;
    double minutes = mb_bench_get_setting(bench)->guard_proof_minutes;

    if (b->guard->fd < 0)
        return mb_error_set(err, -EAGAIN, "bench %s: its guard, motorbench-guard at %s, is not there", name,
                            b->guard->socket);
    if (b->proving)
        return mb_error_set(err, -EAGAIN, "bench %s: the guard proves its way to off, for a moment", name);
    if (b->proved_ns == 0)
        return mb_error_set(err, -EAGAIN, "bench %s: the guard has not proved its way to off%s%s", name,
                            b->reason[0] ? ": " : " yet", b->reason);
    /* While a run lasts the links are in use, and that is proof enough. */
    if (!bench->observer && mb_monotonic_ns() - b->proved_ns > proof_ns(b))
        return mb_error_set(err, -EAGAIN,
                            "bench %s: the guard proved its way to off more than %g min ago%s%s", name,
                            minutes, b->reason[0] ? ": " : "", b->reason);
    return 0;
}

static const struct mb_bench_guard bench_guard = {.allows = allows, .changed = on_changed};

/* ---- The guard comes, speaks and goes. ---- */

static void on_message(struct mb_guard *g, const struct mb_guard_message *m)
{
    struct guard_bench *b = m->bench < g->count ? &g->benches[m->bench] : NULL;

    if (!b)
        return;
    if (m->kind == MB_GUARD_BEAT) {
        b->unanswered_ns = 0;
        b->met = true;
    }
    if (m->kind == MB_GUARD_ACTED)
        mb_bench_trip(b->bench, m->text);
    if (m->kind == MB_GUARD_CLOSED)
        bench_contactor_closed(b->bench);
    if (m->kind != MB_GUARD_PROVED || !b->proving)
        return;
    guard_take_back(b);
    b->tried_ns = mb_monotonic_ns();
    (void)snprintf(b->reason, sizeof b->reason, "%.299s", m->text);
    if (m->value == 0)
        b->proved_ns = b->tried_ns;
    bench_notify(b->bench); /* it may be ready now */
}

static void lose(struct mb_guard *g, const char *why)
{
    char reason[160];

    g->io = sd_event_source_disable_unref(g->io);
    (void)close(g->fd);
    g->fd = -1;
    g->broken[0] = '\0';
    (void)snprintf(reason, sizeof reason, "the guard %s: outputs off", why);
    for (size_t i = 0; i < g->count; i++) {
        struct guard_bench *b = &g->benches[i];

        guard_take_back(b);
        b->met = false;
        b->proved_ns = b->unanswered_ns = b->tried_ns = 0;
        if (b->bench->observer || mb_bench_safe_state(b->bench) == MB_ENERGISED)
            mb_bench_trip(b->bench, reason);
        bench_notify(b->bench);
    }
    work_in(g, 0); /* the guard is to know at once that this daemon lives */
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct mb_guard *g = userdata;
    int descriptor = -1, r;

    (void)source, (void)events;
    do {
        r = mb_guard_receive(fd, &g->incoming, &descriptor);
        if (r > 0 && descriptor >= 0)
            (void)close(descriptor); /* the guard has none to give */
        if (r > 0)
            on_message(g, &g->incoming);
    } while (r > 0);
    if (r < 0)
        lose(g, "is gone");
    return 0;
}

static void introduce(struct guard_bench *b)
{
    const struct mb_bench_setting *s = mb_bench_get_setting(b->bench);
    struct mb_guard *g = b->guard;
    int fd = memfd_create("bench", MFD_CLOEXEC);
    bool whole = fd >= 0 && write(fd, s->text, s->text_size) == (ssize_t)s->text_size;

    mb_guard_message_init(&g->message, MB_GUARD_REGISTER, b->number, 0);
    (void)snprintf(g->message.text, sizeof g->message.text, "%s", g->profiles);
    if (whole) /* else the guard does not know it, and says so when it is to prove */
        tell(g, &g->message, fd);
    if (fd >= 0)
        (void)close(fd);
    beat(b);
}

static int connect_guard(struct mb_guard *g)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int r = 0;

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", g->socket);
    g->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (g->fd < 0)
        return -errno;
    if (connect(g->fd, (const struct sockaddr *)&address, sizeof address) < 0)
        r = -errno;
    if (r == 0)
        r = sd_event_add_io(g->event, &g->io, g->fd, EPOLLIN, on_io, g);
    if (r >= 0)
        r = sd_event_source_set_priority(g->io, SD_EVENT_PRIORITY_IMPORTANT);
    if (r < 0) {
        g->io = sd_event_source_disable_unref(g->io);
        (void)close(g->fd);
        g->fd = -1;
        return r;
    }
    for (size_t i = 0; i < g->count; i++)
        introduce(&g->benches[i]);
    beat_on(g);
    return 0;
}

/* When the next proof of a bench is due; it waits while the bench is not at rest, which on_changed ends. */
static uint64_t due_ns(const struct guard_bench *b)
{
    uint64_t again_ns = b->tried_ns ? b->tried_ns + PROVE_AGAIN_NS : 0;
    uint64_t old_ns = b->proved_ns ? b->proved_ns + proof_ns(b) / 2 : 0;

    return again_ns > old_ns ? again_ns : old_ns;
}

static void prove_what_is_due(struct mb_guard *g)
{
    uint64_t now_ns = mb_monotonic_ns(), next_ns = UINT64_MAX;

    for (size_t i = 0; i < g->count; i++) {
        struct guard_bench *b = &g->benches[i];

        if (b->proving || !guard_can_lend(b))
            continue;
        if (due_ns(b) > now_ns) {
            next_ns = due_ns(b) < next_ns ? due_ns(b) : next_ns;
            continue;
        }
        guard_lend(b, &g->message);
        tell(g, &g->message, -1);
        beat(b);
        beat_on(g);
    }
    if (next_ns < UINT64_MAX)
        work_in(g, (next_ns - now_ns) / 1000 + 1);
}

static int on_work(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_guard *g = userdata;
    char why[sizeof g->broken];

    (void)source, (void)usec;
    if (g->broken[0]) {
        (void)snprintf(why, sizeof why, "%s", g->broken);
        lose(g, why);
    } else if (g->fd < 0 && connect_guard(g) < 0) {
        work_in(g, RECONNECT_US);
    } else {
        prove_what_is_due(g);
    }
    return 0;
}

/* ---- Life. ---- */

static int add_timer(struct mb_guard *g, sd_event_source **ret, sd_event_time_handler_t handler)
{
    return sd_event_add_time_relative(g->event, ret, CLOCK_MONOTONIC, 0, ACCURACY_US, handler, g);
}

static int guard_init(struct mb_guard *g, sd_event *event, const struct mb_guard_setting *setting)
{
    int r;

    g->fd = -1;
    g->event = sd_event_ref(event);
    g->socket = strdup(setting->socket);
    g->profiles = strdup(setting->profiles);
    r = g->socket && g->profiles ? add_timer(g, &g->work, on_work) : -ENOMEM;
    if (r >= 0)
        r = add_timer(g, &g->beat, on_beat);
    return r < 0 ? r : sd_event_source_set_enabled(g->beat, SD_EVENT_OFF);
}

int mb_guard_new(sd_event *event, const struct mb_guard_setting *setting, struct mb_guard **ret)
{
    struct mb_guard *g = calloc(1, sizeof *g);
    int r = g ? guard_init(g, event, setting) : -ENOMEM;

    if (r < 0) {
        mb_guard_free(g);
        return r;
    }
    for (size_t i = 0; i < setting->bench_count && g->count < MB_GUARD_BENCHES_MAX; i++) {
        struct guard_bench *b = &g->benches[g->count];

        if (mb_bench_get_setting(setting->benches[i])->guard_proof_minutes == 0)
            continue;
        *b = (struct guard_bench){
            .guard = g, .bench = setting->benches[i], .number = (uint32_t)g->count, .told = -1};
        mb_bench_set_guard(b->bench, &bench_guard, b);
        g->count++;
    }
    *ret = g->count > 0 ? g : mb_guard_free(g);
    return 0;
}

void mb_guard_goodbye(struct mb_guard *g)
{
    if (!g)
        return;
    mb_guard_message_init(&g->message, MB_GUARD_GOODBYE, 0, 0);
    tell(g, &g->message, -1);
}

struct mb_guard *mb_guard_free(struct mb_guard *g)
{
    if (!g)
        return NULL;
    for (size_t i = 0; i < g->count; i++)
        mb_bench_set_guard(g->benches[i].bench, NULL, NULL);
    sd_event_source_disable_unref(g->io);
    sd_event_source_disable_unref(g->work);
    sd_event_source_disable_unref(g->beat);
    if (g->fd >= 0)
        (void)close(g->fd);
    sd_event_unref(g->event);
    free(g->socket);
    free(g->profiles);
    free(g);
    return NULL;
}
