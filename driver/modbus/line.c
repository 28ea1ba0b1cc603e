/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "modbus/line.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "core/clock.h"

#define QUIET_MS 40 /* a line counts as silent after so long ... */
#define NOISE_S 1.0 /* ... and as unusable when it was not within so long */

struct waiting {
    TAILQ_ENTRY(waiting) entry;
    bool urgent;
};

struct mb_modbus_line {
    LIST_ENTRY(mb_modbus_line) entry;
    char *path; /* without links: two names of one port are one line */
    struct mb_serial_setting setting;
    unsigned users;
    double turns_s; /* of all users */
    TAILQ_HEAD(waiting_list, waiting) waiting;
    pthread_cond_t changed;
    bool busy;        /* somebody's turn; what follows is theirs meanwhile */
    bool gone;        /* not in the list any more */
    int fd;           /* -1: not open */
    bool clean;       /* what was asked has been answered */
    uint64_t last_ns; /* end of the last exchange; 0: none */
};

/* A port is locked by the process as a whole, so the process has to know its lines; each thread of a unit
 * comes here by itself. The mutex is held for moments, never for an exchange. */
static struct {
    pthread_mutex_t mutex;
    LIST_HEAD(, mb_modbus_line) list;
} lines = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* ---- who is on it ---- */

static struct mb_modbus_line *find(const char *path)
{
    struct mb_modbus_line *l;

    LIST_FOREACH(l, &lines.list, entry)
    if (strcmp(l->path, path) == 0)
        break;
    return l;
}

static bool is_same(const struct mb_serial_setting *a, const struct mb_serial_setting *b)
{
    return a->baud == b->baud && a->data_bits == b->data_bits && a->stop_bits == b->stop_bits &&
           a->parity == b->parity && a->flow == b->flow;
}

/* Takes the path. */
static struct mb_modbus_line *line_new(char *path, const struct mb_serial_setting *setting)
{
    struct mb_modbus_line *l = calloc(1, sizeof *l);

    if (!l) {
        free(path);
        return NULL;
    }
    *l = (struct mb_modbus_line){.path = path, .setting = *setting, .fd = -1};
    TAILQ_INIT(&l->waiting);
    (void)pthread_cond_init(&l->changed, NULL);
    LIST_INSERT_HEAD(&lines.list, l, entry);
    return l;
}

/* A port that is not there now has the name that it was given; to open it says why. */
static char *real_name(const char *path)
{
    char *name = realpath(path, NULL);

    return name ? name : strdup(path);
}

int mb_modbus_line_join(const char *path, const struct mb_serial_setting *setting, double turn_s,
                        struct mb_modbus_line_user *ret, struct mb_error *err)
{
    char *name = real_name(path);
    struct mb_modbus_line *l;
    int r = 0;

    if (!name)
        return mb_error_set(err, -ENOMEM, "%s: out of memory", path);
    (void)pthread_mutex_lock(&lines.mutex);
    l = find(name);
    if (!l)
        l = line_new(name, setting);
    else
        free(name);
    if (!l)
        r = mb_error_set(err, -ENOMEM, "%s: out of memory", path);
    else if (!is_same(&l->setting, setting))
        r = mb_error_set(err, -EINVAL, "%s: another unit uses this port with another speed or frame", path);
    if (r == 0) {
        l->users++;
        l->turns_s += turn_s;
        *ret = (struct mb_modbus_line_user){.line = l, .turn_s = turn_s};
    }
    (void)pthread_mutex_unlock(&lines.mutex);
    return r;
}

void mb_modbus_line_leave(struct mb_modbus_line_user *u)
{
    struct mb_modbus_line *l = u->line;
    bool last;

    if (!l)
        return;
    *u = (struct mb_modbus_line_user){.turn_s = u->turn_s};
    (void)pthread_mutex_lock(&lines.mutex);
    last = --l->users == 0;
    l->turns_s -= u->turn_s;
    if (last && !l->gone)
        LIST_REMOVE(l, entry);
    (void)pthread_mutex_unlock(&lines.mutex);
    if (!last)
        return;
    mb_serial_close(l->fd, &l->setting);
    (void)pthread_cond_destroy(&l->changed);
    free(l->path);
    free(l);
}

double mb_modbus_line_wait_s(const char *path)
{
    char *name = real_name(path);
    struct mb_modbus_line *l;
    double wait_s = 0;

    (void)pthread_mutex_lock(&lines.mutex);
    l = name ? find(name) : NULL;
    if (l)
        wait_s = l->turns_s + NOISE_S;
    (void)pthread_mutex_unlock(&lines.mutex);
    free(name);
    return wait_s;
}

/* ---- turns ---- */

static void queue(struct mb_modbus_line *l, struct waiting *w)
{
    struct waiting *other;

    TAILQ_FOREACH(other, &l->waiting, entry)
    if (w->urgent && !other->urgent)
        break;
    if (other)
        TAILQ_INSERT_BEFORE(other, w, entry);
    else
        TAILQ_INSERT_TAIL(&l->waiting, w, entry);
}

static int take_turn(struct mb_modbus_line_user *u)
{
    struct mb_modbus_line *l = u->line;
    struct waiting w = {.urgent = u->urgent};
    int r = 0;

    (void)pthread_mutex_lock(&lines.mutex);
    queue(l, &w);
    while (!u->cancelled && !l->gone && (l->busy || TAILQ_FIRST(&l->waiting) != &w))
        (void)pthread_cond_wait(&l->changed, &lines.mutex);
    TAILQ_REMOVE(&l->waiting, &w, entry);
    if (u->cancelled)
        r = -ECANCELED;
    else if (l->gone)
        r = -ENOTCONN;
    else
        l->busy = true;
    (void)pthread_cond_broadcast(&l->changed); /* the next may be the first now */
    (void)pthread_mutex_unlock(&lines.mutex);
    return r;
}

static int hear_out(int fd)
{
    const uint64_t end_ns = mb_monotonic_ns() + (uint64_t)(NOISE_S * 1e9);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    uint8_t unused[256];
    ssize_t n;

    while (poll(&wait, 1, QUIET_MS) != 0) {
        n = read(fd, unused, sizeof unused);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return n < 0 ? -errno : -ENODEV;
        if (mb_monotonic_ns() > end_ns)
            return -EPROTO;
    }
    return 0;
}

static int make_ready(struct mb_modbus_line *l, struct mb_error *err)
{
    int r = l->fd >= 0 ? 0 : mb_serial_open(l->path, &l->setting, &l->fd, err);

    if (r < 0 || l->clean)
        return r;
    r = hear_out(l->fd);
    if (r < 0)
        return mb_error_set(err, r, "%s: %s", l->path,
                            r == -EPROTO ? "the line does not fall silent" : strerror(-r));
    l->clean = true;
    return 0;
}

int mb_modbus_line_begin(struct mb_modbus_line_user *u, int *ret_fd, struct mb_error *err)
{
    int r = take_turn(u);

    if (r < 0)
        return mb_error_set(err, r, "%s: %s", u->line->path,
                            r == -ECANCELED ? "given up" : "the port has failed");
    u->last_ns = u->line->last_ns;
    r = make_ready(u->line, err);
    if (r < 0)
        mb_modbus_line_end(u, r);
    else
        *ret_fd = u->line->fd;
    return r;
}

void mb_modbus_line_end(struct mb_modbus_line_user *u, int outcome)
{
    struct mb_modbus_line *l = u->line;
    /* The unit has answered, if with a refusal; or it has not, or not well; or it is the port. */
    const bool good = outcome == 0 || outcome == -EREMOTEIO || outcome == -EAGAIN;
    const bool unit = outcome == -ETIMEDOUT || outcome == -EPROTO || outcome == -ERANGE;

    l->last_ns = u->last_ns = mb_monotonic_ns();
    l->clean &= good;
    if (!good && !unit) {
        mb_serial_close(l->fd, &l->setting);
        l->fd = -1;
    }
    (void)pthread_mutex_lock(&lines.mutex);
    l->busy = false;
    if (!good && !unit) {
        l->gone = true;
        LIST_REMOVE(l, entry);
    }
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&lines.mutex);
}

void mb_modbus_line_cancel(struct mb_modbus_line_user *u)
{
    (void)pthread_mutex_lock(&lines.mutex);
    u->cancelled = true;
    if (u->line)
        (void)pthread_cond_broadcast(&u->line->changed);
    (void)pthread_mutex_unlock(&lines.mutex);
}
