/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/peer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/guard_message.h"
#include "core/clock.h"
#include "guard/bench.h"

#define ACCURACY_US 1000
#define COME_AGAIN_US 100000 /* a daemon that lives and has closed its socket connects again by then */
#define ATTEMPTS_MAX 20      /* each as long as the profiles' time to safe */
#define RELEASE_US 500000    /* a killed process that has not ended by then may hold a link, or not */

struct peer_bench {
    struct guard_peer *peer;
    struct guard_bench *bench; /* NULL: not registered */
    uint32_t number;
    char refused[300]; /* why it is not registered */
    int state;         /* enum mb_safe_state of the last beat */
    bool fault, source, helped, unfinished;
    uint64_t beat_ns, going_ns; /* going_ns: since when it goes to safe; 0: it does not */
    uint64_t acted_ns;
    int attempts;
};

struct guard_peer {
    sd_event *event;
    int fd, pidfd;
    pid_t pid;
    sd_event_source *io, *ended, *deadline, *release, *farewell, *alone;
    struct peer_bench benches[MB_GUARD_BENCHES_MAX];
    void (*gone)(struct guard_peer *peer, void *userdata);
    void *userdata;
    bool goodbye, taken_over, released;
    struct mb_guard_message message, incoming;
};

static void say(const char *priority, const struct peer_bench *b, const char *text)
{
    (void)fprintf(stderr, "%sbench %s: %s\n", priority, guard_bench_name(b->bench), text);
}

static void reply(struct peer_bench *b, enum mb_guard_kind kind, int value, const char *text)
{
    struct mb_guard_message *m = &b->peer->message;

    mb_guard_message_init(m, kind, b->number, value);
    (void)snprintf(m->text, sizeof m->text, "%s", text);
    if (b->peer->fd >= 0)
        (void)mb_guard_send(b->peer->fd, m, -1); /* who does not read does not get well by waiting for it */
}

/* ---- Acting. ---- */

static bool all_finished(const struct guard_peer *p)
{
    for (size_t i = 0; i < MB_GUARD_BENCHES_MAX; i++)
        if (p->benches[i].unfinished)
            return false;
    return true;
}

/* From the loop: the owner frees it. */
static void leave_when_finished(struct guard_peer *p)
{
    if (p->goodbye || (p->taken_over && p->released && all_finished(p)))
        (void)sd_event_source_set_enabled(p->farewell, SD_EVENT_ONESHOT);
}

static int on_farewell(sd_event_source *source, void *userdata)
{
    struct guard_peer *p = userdata;

    (void)source;
    p->gone(p, p->userdata);
    return 0;
}

/* Nothing matters more than an output that may be live; but an instrument that is gone is not asked for ever.
 */
static void on_acted(struct guard_bench *bench, int error, const char *text, void *userdata)
{
    struct peer_bench *b = userdata;
    struct guard_peer *p = b->peer;
    bool confirmed = error == 0;
    char line[600];

    (void)bench;
    (void)snprintf(line, sizeof line, "%s after %.0f ms%s%s",
                   confirmed ? "the guard has switched off, confirmed"
                             : "AN OUTPUT MAY BE LIVE: not confirmed off",
                   (double)(mb_monotonic_ns() - b->acted_ns) * 1e-6, *text ? ": " : "", text);
    if (confirmed || b->attempts == 0)
        say(confirmed ? SD_WARNING : SD_CRIT, b, line);
    if (!p->taken_over)
        return;
    if (!confirmed && ++b->attempts < ATTEMPTS_MAX) {
        guard_bench_act(b->bench, p->released ? GUARD_ALL : GUARD_SECOND, on_acted, b);
        return;
    }
    b->unfinished = !p->released && guard_bench_has(b->bench, GUARD_ONLY);
    leave_when_finished(p);
}

static void act(struct peer_bench *b, enum guard_links links)
{
    if (guard_bench_has(b->bench, links))
        guard_bench_act(b->bench, links, on_acted, b);
}

/* The links of the daemon are free now. */
static void on_released(struct guard_peer *p)
{
    if (p->released)
        return;
    p->released = true;
    p->release = sd_event_source_disable_unref(p->release);
    for (size_t i = 0; i < MB_GUARD_BENCHES_MAX; i++) {
        struct peer_bench *b = &p->benches[i];

        if (b->unfinished)
            act(b, GUARD_ONLY);
    }
    leave_when_finished(p);
}

static int on_release_late(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct guard_peer *p = userdata;

    (void)source, (void)usec;
    (void)fprintf(stderr, SD_CRIT "process %d does not end: its links are tried all the same\n", (int)p->pid);
    on_released(p);
    return 0;
}

static void open_contactor(struct peer_bench *b)
{
    struct mb_error err = {""};

    if (b->bench && guard_bench_open_contactor(b->bench, &err) < 0)
        say(SD_CRIT, b, err.text);
}

/* The contactor and second links at once; then the process that holds the others is ended. */
static void take_over(struct guard_peer *p, const char *why)
{
    if (p->taken_over)
        return;
    p->taken_over = true;
    (void)sd_event_source_set_enabled(p->deadline, SD_EVENT_OFF);
    for (size_t i = 0; i < MB_GUARD_BENCHES_MAX; i++)
        open_contactor(&p->benches[i]);
    for (size_t i = 0; i < MB_GUARD_BENCHES_MAX; i++) {
        struct peer_bench *b = &p->benches[i];

        if (!b->bench)
            continue;
        say(SD_ERR, b, why);
        b->unfinished = guard_bench_has(b->bench, GUARD_ALL);
        b->acted_ns = mb_monotonic_ns();
        act(b, GUARD_SECOND);
    }
    if (pidfd_send_signal(p->pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
        (void)fprintf(stderr, SD_ERR "process %d cannot be ended: %s\n", (int)p->pid, strerror(errno));
    if (sd_event_add_time_relative(p->event, &p->release, CLOCK_MONOTONIC, RELEASE_US, ACCURACY_US,
                                   on_release_late, p) < 0)
        on_released(p);
}

/* The daemon lives on, or will when it wakes up: it hears why its outputs went off. */
static void help(struct peer_bench *b, const char *why)
{
    if (b->helped)
        return;
    b->helped = true;
    open_contactor(b);
    if (!guard_bench_has(b->bench, GUARD_SECOND) && !guard_bench_has_contactor(b->bench))
        return;
    say(SD_ERR, b, why);
    reply(b, MB_GUARD_ACTED, 0, why);
    b->acted_ns = mb_monotonic_ns();
    act(b, GUARD_SECOND);
}

/* Closed as long as the daemon has the bench switched on, and not again before it was off. */
static void contactor_follows(struct peer_bench *b)
{
    struct mb_error err = {""};

    if (!b->bench || b->peer->taken_over || guard_bench_is_busy(b->bench))
        return;
    if (b->state == MB_SAFE || b->state == MB_TESTING)
        open_contactor(b);
    else if (b->source && !b->fault && !b->helped && guard_bench_close_contactor(b->bench, &err) < 0)
        help(b, err.text);
}

static void on_contactor_closed(struct guard_bench *bench, void *userdata)
{
    (void)bench;
    reply(userdata, MB_GUARD_CLOSED, 0, "");
}

/* Even where nothing is on: a contactor that sticks is no way to off. */
static void on_contactor_wrong(struct guard_bench *bench, const char *text, void *userdata)
{
    struct peer_bench *b = userdata;

    (void)bench;
    if (b->peer->taken_over || b->helped || b->state == MB_SAFE) {
        say(SD_CRIT, b, text);
        reply(b, MB_GUARD_ACTED, 0, text);
    } else
        help(b, text);
}

static const struct guard_bench_contactor contactor_watcher = {.closed = on_contactor_closed,
                                                               .wrong = on_contactor_wrong};

/* ---- Seeing that it is alive. ---- */

static uint64_t seconds_ns(double seconds)
{
    return (uint64_t)(seconds * 1e9);
}

/* 0: nothing is live. */
static uint64_t deadline_ns(const struct peer_bench *b)
{
    uint64_t beat_ns, going_ns;

    if (!b->bench || b->state == MB_SAFE || (b->helped && !guard_bench_has(b->bench, GUARD_ONLY)))
        return 0;
    beat_ns = b->beat_ns + seconds_ns(guard_bench_hang_s(b->bench));
    going_ns = b->going_ns + seconds_ns(guard_bench_time_to_safe_s(b->bench) + guard_bench_hang_s(b->bench));
    return b->going_ns && going_ns < beat_ns ? going_ns : beat_ns;
}

static void arm(struct guard_peer *p)
{
    uint64_t next_ns = UINT64_MAX;

    for (size_t i = 0; i < MB_GUARD_BENCHES_MAX; i++) {
        uint64_t ns = deadline_ns(&p->benches[i]);

        if (ns && ns < next_ns)
            next_ns = ns;
    }
    (void)sd_event_source_set_enabled(p->deadline, next_ns == UINT64_MAX || p->taken_over ? SD_EVENT_OFF
                                                                                          : SD_EVENT_ONESHOT);
    if (next_ns < UINT64_MAX)
        (void)sd_event_source_set_time(p->deadline, next_ns / 1000 + 1);
}

/* Beats that lie in the socket have been read before this (priorities). */
static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct guard_peer *p = userdata;
    uint64_t now_ns = mb_monotonic_ns();

    (void)source, (void)usec;
    for (size_t i = 0; i < MB_GUARD_BENCHES_MAX && !p->taken_over; i++) {
        struct peer_bench *b = &p->benches[i];
        uint64_t ns = deadline_ns(b);

        if (ns == 0 || ns > now_ns)
            continue;
        if (guard_bench_has(b->bench, GUARD_ONLY))
            take_over(p, "the daemon hangs while an output may be on: it is ended");
        else
            help(b, "the daemon did not answer while an output was on: switched off by the guard");
    }
    arm(p);
    return 0;
}

/* ---- What the daemon says. ---- */

static int read_bench(struct peer_bench *b, int descriptor, const char *profiles, struct mb_error *err)
{
    struct stat st;
    char *text;
    int r = -EIO;

    if (descriptor < 0 || fstat(descriptor, &st) < 0 || st.st_size <= 0 ||
        st.st_size > MB_GUARD_BENCH_FILE_MAX)
        return mb_error_set(err, -EINVAL, "no bench file came with it");
    text = malloc((size_t)st.st_size + 1);
    if (!text)
        return -ENOMEM;
    if (pread(descriptor, text, (size_t)st.st_size, 0) == st.st_size) {
        text[st.st_size] = '\0';
        r = guard_bench_new(b->peer->event, "bench", text, (size_t)st.st_size, profiles, &b->bench, err);
    }
    free(text);
    return r;
}

static void on_register(struct peer_bench *b, const struct mb_guard_message *m, int descriptor)
{
    struct mb_error err = {""};
    int r;

    b->bench = guard_bench_free(b->bench);
    b->refused[0] = '\0';
    r = read_bench(b, descriptor, m->text, &err);
    if (r == 0) {
        guard_bench_watch_contactor(b->bench, &contactor_watcher, b);
        return;
    }
    (void)snprintf(b->refused, sizeof b->refused, "%.299s", err.text[0] ? err.text : strerror(-r));
    (void)fprintf(stderr, SD_ERR "a bench cannot be guarded: %s\n", b->refused);
}

static void on_beat(struct peer_bench *b, int value)
{
    b->beat_ns = mb_monotonic_ns();
    b->state = value & ~(MB_GUARD_FAULT | MB_GUARD_SOURCE);
    b->source = value & MB_GUARD_SOURCE;
    b->fault = value & MB_GUARD_FAULT;
    if (b->state != MB_GOING_SAFE)
        b->going_ns = 0;
    else if (b->going_ns == 0)
        b->going_ns = b->beat_ns;
    if (b->state == MB_SAFE)
        b->helped = false; /* the next time it will be */
    reply(b, MB_GUARD_BEAT, value, "");
    contactor_follows(b);
    if (b->bench && b->fault && b->state != MB_SAFE)
        help(b, "the daemon has a fault while an output may be on: the guard switches off, too");
}

static void on_proved(struct guard_bench *bench, int error, const char *text, void *userdata)
{
    (void)bench;
    reply(userdata, MB_GUARD_PROVED, error, text);
}

static void on_prove(struct peer_bench *b, const char *identities)
{
    if (b->bench)
        guard_bench_prove(b->bench, identities, on_proved, b);
    else
        reply(b, MB_GUARD_PROVED, -ENOENT, b->refused[0] ? b->refused : "the bench was not registered");
}

static void on_message(struct guard_peer *p, const struct mb_guard_message *m, int descriptor)
{
    struct peer_bench *b = &p->benches[m->bench];

    switch ((enum mb_guard_kind)m->kind) {
    case MB_GUARD_REGISTER:
        on_register(b, m, descriptor);
        break;
    case MB_GUARD_BEAT:
        on_beat(b, m->value);
        break;
    case MB_GUARD_PROVE:
        on_prove(b, m->text);
        break;
    case MB_GUARD_GOODBYE:
        p->goodbye = true;
        break;
    case MB_GUARD_PROVED:
    case MB_GUARD_ACTED:
    case MB_GUARD_CLOSED:
        break;
    }
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct guard_peer *p = userdata;
    struct mb_guard_message *m = &p->incoming;
    int descriptor = -1, r;

    (void)events;
    do {
        r = mb_guard_receive(fd, m, &descriptor);
        if (r > 0) {
            on_message(p, m, descriptor);
            if (descriptor >= 0)
                (void)close(descriptor);
        }
    } while (r > 0);
    if (r < 0)
        (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
    if (r == 0)
        arm(p);
    else if (!p->goodbye && sd_event_source_set_time_relative(p->alone, COME_AGAIN_US) >= 0)
        (void)sd_event_source_set_enabled(p->alone, SD_EVENT_ONESHOT);
    return 0;
}

/* Its end would have been told before this. */
static int on_alone(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct guard_peer *p = userdata;

    (void)source, (void)usec;
    take_over(p, "the daemon has left its guard without its outputs being confirmed off: it is ended");
    return 0;
}

/* After what it has said last: the priority of the socket is higher. */
static int on_ended(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct guard_peer *p = userdata;

    (void)fd, (void)events;
    (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
    if (!p->goodbye) {
        take_over(p, "the daemon has ended without its outputs being confirmed off");
        on_released(p);
    }
    leave_when_finished(p);
    return 0;
}

/* ---- Life. ---- */

static int watch_process(struct guard_peer *p)
{
    struct ucred who;
    socklen_t size = sizeof who;
    int r;

    if (getsockopt(p->fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
        return -errno;
    p->pid = who.pid;
    p->pidfd = pidfd_open(who.pid, 0);
    if (p->pidfd < 0)
        return -errno;
    r = sd_event_add_io(p->event, &p->ended, p->pidfd, EPOLLIN, on_ended, p);
    return r < 0 ? r : sd_event_source_set_priority(p->ended, SD_EVENT_PRIORITY_IMPORTANT + 1);
}

static int watch_all(struct guard_peer *p)
{
    int r = watch_process(p);

    if (r >= 0)
        r = sd_event_add_io(p->event, &p->io, p->fd, EPOLLIN, on_io, p);
    if (r >= 0)
        r = sd_event_source_set_priority(p->io, SD_EVENT_PRIORITY_IMPORTANT);
    if (r >= 0)
        r = sd_event_add_time_relative(p->event, &p->deadline, CLOCK_MONOTONIC, 0, ACCURACY_US, on_deadline,
                                       p);
    if (r >= 0)
        r = sd_event_source_set_enabled(p->deadline, SD_EVENT_OFF);
    if (r >= 0)
        r = sd_event_add_time_relative(p->event, &p->alone, CLOCK_MONOTONIC, 0, ACCURACY_US, on_alone, p);
    if (r >= 0)
        r = sd_event_source_set_enabled(p->alone, SD_EVENT_OFF);
    if (r >= 0)
        r = sd_event_add_defer(p->event, &p->farewell, on_farewell, p);
    return r < 0 ? r : sd_event_source_set_enabled(p->farewell, SD_EVENT_OFF);
}

int guard_peer_new(sd_event *event, int fd, void (*gone)(struct guard_peer *peer, void *userdata),
                   void *userdata, struct guard_peer **ret)
{
    struct guard_peer *p = calloc(1, sizeof *p);
    int r;

    if (!p) {
        (void)close(fd);
        return -ENOMEM;
    }
    p->event = sd_event_ref(event);
    p->fd = fd;
    p->pidfd = -1;
    p->gone = gone;
    p->userdata = userdata;
    for (size_t i = 0; i < MB_GUARD_BENCHES_MAX; i++)
        p->benches[i] = (struct peer_bench){.peer = p, .number = (uint32_t)i, .state = MB_SAFE};
    r = watch_all(p);
    if (r < 0)
        guard_peer_free(p);
    else
        *ret = p;
    return r < 0 ? r : 0;
}

bool guard_peer_is_same(const struct guard_peer *a, const struct guard_peer *b)
{
    return a->pid == b->pid;
}

struct guard_peer *guard_peer_free(struct guard_peer *p)
{
    if (!p)
        return NULL;
    for (size_t i = 0; i < MB_GUARD_BENCHES_MAX; i++)
        guard_bench_free(p->benches[i].bench);
    sd_event_source_disable_unref(p->io);
    sd_event_source_disable_unref(p->ended);
    sd_event_source_disable_unref(p->deadline);
    sd_event_source_disable_unref(p->release);
    sd_event_source_disable_unref(p->farewell);
    sd_event_source_disable_unref(p->alone);
    if (p->pidfd >= 0)
        (void)close(p->pidfd);
    (void)close(p->fd);
    sd_event_unref(p->event);
    free(p);
    return NULL;
}
