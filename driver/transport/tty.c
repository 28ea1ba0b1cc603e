/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serial lines: CDC-ACM instruments and adapters. A stream link like TCP, with three differences: a line has
 * no connection, so what a device still says after a missed deadline would be read as the next answer;
 * pulling the plug is told by the kernel; and it comes back under the same path. */
#include "transport/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "transport/serial.h"
#include "transport/tty_watch.h"

#define RECEIVE_SIZE 4096
/* An open line is heard out first: it counts as open when nothing has come for so long. */
#define QUIET_US 40000u
/* ... and so long where the last thing in the epoch before was a command without a reply: its answer may
 * still be on the way. Once, so that a short deadline for opening is kept the next time. */
#define QUIET_UNANSWERED_US 250000u
#define QUIET_CHARACTERS 4     /* on slow lines: at least the time of so many */
#define NOISE_LIMIT_US 1500000 /* a device that talks for so long without being asked */

struct tty {
    struct mb_transport transport;
    sd_event *event;
    char *path;
    struct mb_serial_setting setting;
    int fd;
    sd_event_source *io, *quiet, *noise;
    struct mb_tty_watch *watch;
    bool opened;
    bool unanswered; /* the last thing that happened was a write */
    uint64_t quiet_us;
    uint8_t *pending; /* what the port did not take at once */
    size_t pending_size, pending_sent;
};

static struct tty *tty_of(struct mb_transport *t)
{
    return (struct tty *)t;
}

static void tty_close(struct mb_transport *t)
{
    struct tty *tty = tty_of(t);

    tty->watch = mb_tty_watch_free(tty->watch);
    tty->io = sd_event_source_disable_unref(tty->io);
    tty->quiet = sd_event_source_disable_unref(tty->quiet);
    tty->noise = sd_event_source_disable_unref(tty->noise);
    mb_serial_close(tty->fd, &tty->setting);
    tty->fd = -1;
    tty->opened = false;
    free(tty->pending);
    tty->pending = NULL;
}

/* The last action of every caller: the owner may open again or free the transport in the callback. */
static void tty_fail(struct tty *tty, int code, const char *what)
{
    struct mb_error text = {0};

    (void)mb_error_set(&text, code, "tty:%s: %s", tty->path, what ? what : strerror(-code));
    tty->unanswered = false; /* what comes back after this is another port */
    tty_close(&tty->transport);
    tty->transport.callbacks->failed(code, text.text, tty->transport.userdata);
}

static void tty_fail_errno(struct tty *tty, int code)
{
    if (code == -EIO || code == -ENXIO || code == -ENODEV)
        tty_fail(tty, -ENODEV, "the port is gone: unplugged, or its adapter has failed");
    else
        tty_fail(tty, code, NULL);
}

/* Sends what is pending; 0 or a negative errno. */
static int tty_flush(struct tty *tty)
{
    ssize_t n;

    while (tty->pending && tty->pending_sent < tty->pending_size) {
        n = write(tty->fd, tty->pending + tty->pending_sent, tty->pending_size - tty->pending_sent);
        if (n == 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
            return sd_event_source_set_io_events(tty->io, EPOLLIN | EPOLLOUT);
        if (n < 0)
            return -errno;
        tty->pending_sent += (size_t)n;
    }
    free(tty->pending);
    tty->pending = NULL;
    return sd_event_source_set_io_events(tty->io, EPOLLIN);
}

static int begin_quiet(struct tty *tty)
{
    int r = sd_event_source_set_time_relative(tty->quiet, tty->quiet_us);

    return r < 0 ? r : sd_event_source_set_enabled(tty->quiet, SD_EVENT_ONESHOT);
}

static void receive_some(struct tty *tty)
{
    uint8_t data[RECEIVE_SIZE];
    ssize_t n = read(tty->fd, data, sizeof data);
    int r;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) { /* 0: hung up */
        tty_fail_errno(tty, n < 0 ? -errno : -EIO);
        return;
    }
    if (tty->opened) {
        tty->unanswered = false;
        tty->transport.callbacks->received(data, (size_t)n, false, tty->transport.userdata);
        return;
    }
    r = begin_quiet(tty); /* of an earlier epoch */
    if (r < 0)
        tty_fail(tty, r, NULL);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct tty *tty = userdata;
    int r;

    (void)source, (void)fd;
    if (events & EPOLLOUT && !(events & EPOLLHUP)) {
        r = tty_flush(tty);
        if (r < 0) {
            tty_fail_errno(tty, r);
            return 0;
        }
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive_some(tty);
    return 0;
}

static bool bytes_wait(int fd)
{
    int waiting = 0;

    return ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 0;
}

static int on_quiet(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct tty *tty = userdata;

    (void)source, (void)usec;
    if (bytes_wait(tty->fd)) { /* we were late, not the line silent */
        receive_some(tty);
        return 0;
    }
    tty->noise = sd_event_source_disable_unref(tty->noise);
    tty->opened = true;
    tty->transport.callbacks->opened(tty->transport.userdata);
    return 0;
}

static int on_noise(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source, (void)usec;
    tty_fail(userdata, -EPROTO, "the line does not fall silent: the instrument sends without being asked");
    return 0;
}

static int add_sources(struct tty *tty)
{
    int r = sd_event_add_io(tty->event, &tty->io, tty->fd, EPOLLIN, on_io, tty);

    if (r >= 0)
        r = sd_event_add_time_relative(tty->event, &tty->quiet, CLOCK_MONOTONIC, tty->quiet_us, 1, on_quiet,
                                       tty);
    if (r >= 0)
        r = sd_event_add_time_relative(tty->event, &tty->noise, CLOCK_MONOTONIC, NOISE_LIMIT_US, 0, on_noise,
                                       tty);
    return r;
}

static uint64_t quiet_time_us(const struct tty *tty)
{
    const uint64_t line_us = (uint64_t)(mb_serial_seconds(&tty->setting, QUIET_CHARACTERS) * 1e6);
    const uint64_t us = tty->unanswered ? QUIET_UNANSWERED_US : QUIET_US;

    return us > line_us ? us : line_us;
}

static int tty_open(struct mb_transport *t, struct mb_error *err)
{
    struct tty *tty = tty_of(t);
    int r;

    if (tty->fd >= 0)
        return mb_error_set(err, -EALREADY, "tty:%s: is open already", tty->path);
    tty->watch = mb_tty_watch_free(tty->watch);
    r = mb_serial_open(tty->path, &tty->setting, &tty->fd, err);
    if (r < 0)
        return r;
    tty->quiet_us = quiet_time_us(tty);
    tty->unanswered = false;
    r = add_sources(tty);
    if (r < 0) {
        tty_close(t);
        return mb_error_set(err, r, "tty:%s: %s", tty->path, strerror(-r));
    }
    return 0;
}

static int tty_write(struct mb_transport *t, const void *data, size_t n)
{
    struct tty *tty = tty_of(t);

    if (!tty->opened)
        return -ENOTCONN;
    if (tty->pending)
        return -EBUSY;
    tty->pending = malloc(n ? n : 1);
    if (!tty->pending)
        return -ENOMEM;
    memcpy(tty->pending, data, n);
    tty->pending_size = n;
    tty->pending_sent = 0;
    tty->unanswered = true;
    return tty_flush(tty);
}

/* The last action, as in tty_fail. */
static void on_present(void *userdata)
{
    struct tty *tty = userdata;

    tty->watch = mb_tty_watch_free(tty->watch);
    if (tty->transport.callbacks->appeared)
        tty->transport.callbacks->appeared(tty->transport.userdata);
}

static int tty_watch(struct mb_transport *t)
{
    struct tty *tty = tty_of(t);

    if (tty->fd >= 0 || tty->watch)
        return 0;
    return mb_tty_watch_new(tty->event, tty->path, on_present, tty, &tty->watch);
}

static void tty_free(struct mb_transport *t)
{
    struct tty *tty = tty_of(t);

    tty_close(t);
    sd_event_unref(tty->event);
    free(tty->path);
    free(tty);
}

static const struct mb_transport_ops tty_ops = {
    .scheme = "tty",
    .message_based = false,
    .open = tty_open,
    .close = tty_close,
    .write = tty_write,
    .watch = tty_watch,
    .free = tty_free,
};

static int parse_rest(struct tty *tty, const char *rest, struct mb_error *err)
{
    const size_t n = strcspn(rest, ",");

    if (rest[0] != '/')
        return mb_error_set(
            err, -EINVAL,
            "address tty:%s: allowed is tty:PATH[,BAUD[,8N1][,rtscts|xonxoff]] with a path such as "
            "/dev/serial/by-id/...",
            rest);
    tty->path = strndup(rest, n);
    if (!tty->path)
        return mb_error_set(err, -ENOMEM, "tty:%s: out of memory", rest);
    return rest[n] ? mb_serial_parse(rest + n + 1, &tty->setting, err) : 0;
}

int mb_tty_new(sd_event *event, const char *rest, struct mb_transport **ret, struct mb_error *err)
{
    struct tty *tty = calloc(1, sizeof *tty);
    int r;

    if (!tty)
        return mb_error_set(err, -ENOMEM, "tty:%s: out of memory", rest);
    tty->transport.ops = &tty_ops;
    tty->fd = -1;
    tty->event = sd_event_ref(event);
    tty->setting = mb_serial_default;
    r = parse_rest(tty, rest, err);
    if (r < 0) {
        tty_free(&tty->transport);
        return r;
    }
    *ret = &tty->transport;
    return 0;
}
