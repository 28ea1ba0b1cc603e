/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw socket: no device clear, no status byte, no end of message; line ends are the only framing. */
#include "transport/transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/tcp_address.h"

#define CONNECT_TIMEOUT_US 3000000u
#define UNACKNOWLEDGED_MS 10000 /* sent and not acknowledged for so long: the peer is gone */
#define RECEIVE_SIZE 16384

struct tcp {
    struct mb_transport transport;
    sd_event *event;
    struct sockaddr_storage address;
    socklen_t address_size;
    char *name; /* HOST:PORT for messages */
    int fd;
    sd_event_source *io, *timer;
    bool connected;
    uint8_t *pending; /* what the socket did not take at once */
    size_t pending_size, pending_sent;
};

static struct tcp *tcp_of(struct mb_transport *t)
{
    return (struct tcp *)t;
}

static void tcp_close(struct mb_transport *t)
{
    struct tcp *tcp = tcp_of(t);

    tcp->io = sd_event_source_disable_unref(tcp->io);
    tcp->timer = sd_event_source_disable_unref(tcp->timer);
    if (tcp->fd >= 0)
        (void)close(tcp->fd);
    tcp->fd = -1;
    tcp->connected = false;
    free(tcp->pending);
    tcp->pending = NULL;
}

/* The last action of every caller: the owner may open again or free the transport in the callback. */
static void tcp_fail(struct tcp *tcp, int code, const char *what)
{
    struct mb_error text = {0};

    (void)mb_error_set(&text, code, "tcp:%s: %s", tcp->name, what ? what : strerror(-code));
    tcp_close(&tcp->transport);
    tcp->transport.callbacks->failed(code, text.text, tcp->transport.userdata);
}

static int on_connect_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source;
    (void)usec;
    tcp_fail(userdata, -ETIMEDOUT, "no connection within 3 s");
    return 0;
}

/* Sends what is pending; 0 or a negative errno. */
static int tcp_flush(struct tcp *tcp)
{
    ssize_t n;

    while (tcp->pending && tcp->pending_sent < tcp->pending_size) {
        n = send(tcp->fd, tcp->pending + tcp->pending_sent, tcp->pending_size - tcp->pending_sent,
                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return sd_event_source_set_io_events(tcp->io, EPOLLIN | EPOLLOUT);
        if (n < 0)
            return -errno;
        tcp->pending_sent += (size_t)n;
    }
    free(tcp->pending);
    tcp->pending = NULL;
    return sd_event_source_set_io_events(tcp->io, EPOLLIN);
}

static void finish_connect(struct tcp *tcp)
{
    int code = 0, r;
    socklen_t size = sizeof code;

    if (getsockopt(tcp->fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0)
        code = errno;
    if (code != 0) {
        tcp_fail(tcp, -code, NULL);
        return;
    }
    r = sd_event_source_set_io_events(tcp->io, EPOLLIN);
    if (r < 0) {
        tcp_fail(tcp, r, NULL);
        return;
    }
    tcp->timer = sd_event_source_disable_unref(tcp->timer);
    tcp->connected = true;
    tcp->transport.callbacks->opened(tcp->transport.userdata);
}

static void receive_some(struct tcp *tcp)
{
    uint8_t data[RECEIVE_SIZE];
    ssize_t n = recv(tcp->fd, data, sizeof data, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0)
        tcp_fail(tcp, -errno, NULL);
    else if (n == 0)
        tcp_fail(tcp, -ECONNRESET, "the instrument closed the connection");
    else
        tcp->transport.callbacks->received(data, (size_t)n, false, tcp->transport.userdata);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct tcp *tcp = userdata;
    int r;

    (void)source;
    (void)fd;
    if (!tcp->connected) {
        finish_connect(tcp);
        return 0;
    }
    if (events & EPOLLOUT) {
        r = tcp_flush(tcp);
        if (r < 0) {
            tcp_fail(tcp, r, NULL);
            return 0;
        }
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive_some(tcp);
    return 0;
}

static void set_socket_options(int fd)
{
    const int on = 1, unacknowledged_ms = UNACKNOWLEDGED_MS, idle_s = 10, interval_s = 5, probes = 3;

    /* A socket without one of these still works; the engine's deadlines find a dead peer too. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof unacknowledged_ms);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

static int begin_connect(struct tcp *tcp)
{
    int r;

    tcp->fd = socket(tcp->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (tcp->fd < 0)
        return -errno;
    set_socket_options(tcp->fd);
    /* Even a connection made at once is reported from the loop: the socket is writable then. */
    if (connect(tcp->fd, (const struct sockaddr *)&tcp->address, tcp->address_size) < 0 &&
        errno != EINPROGRESS)
        return -errno;
    r = sd_event_add_io(tcp->event, &tcp->io, tcp->fd, EPOLLOUT, on_io, tcp);
    if (r < 0)
        return r;
    return sd_event_add_time_relative(tcp->event, &tcp->timer, CLOCK_MONOTONIC, CONNECT_TIMEOUT_US, 0,
                                      on_connect_timeout, tcp);
}

static int tcp_open(struct mb_transport *t, struct mb_error *err)
{
    struct tcp *tcp = tcp_of(t);
    int r;

    if (tcp->fd >= 0)
        return mb_error_set(err, -EALREADY, "tcp:%s: is open already", tcp->name);
    r = begin_connect(tcp);
    if (r < 0) {
        tcp_close(t);
        return mb_error_set(err, r, "tcp:%s: %s", tcp->name, strerror(-r));
    }
    return 0;
}

static int tcp_write(struct mb_transport *t, const void *data, size_t n)
{
    struct tcp *tcp = tcp_of(t);

    if (!tcp->connected)
        return -ENOTCONN;
    if (tcp->pending)
        return -EBUSY;
    tcp->pending = malloc(n ? n : 1);
    if (!tcp->pending)
        return -ENOMEM;
    memcpy(tcp->pending, data, n);
    tcp->pending_size = n;
    tcp->pending_sent = 0;
    return tcp_flush(tcp);
}

static void tcp_free(struct mb_transport *t)
{
    struct tcp *tcp = tcp_of(t);

    tcp_close(t);
    sd_event_unref(tcp->event);
    free(tcp->name);
    free(tcp);
}

static const struct mb_transport_ops tcp_ops = {
    .scheme = "tcp",
    .message_based = false,
    .open = tcp_open,
    .close = tcp_close,
    .write = tcp_write,
    .free = tcp_free,
};

int mb_tcp_new(sd_event *event, const char *rest, struct mb_transport **ret, struct mb_error *err)
{
    struct tcp *tcp = calloc(1, sizeof *tcp);
    int r;

    if (!tcp)
        return mb_error_set(err, -ENOMEM, "tcp:%s: out of memory", rest);
    tcp->transport.ops = &tcp_ops;
    tcp->fd = -1;
    tcp->event = sd_event_ref(event);
    tcp->name = strdup(rest);
    r = tcp->name ? mb_tcp_address_parse(rest, &tcp->address, &tcp->address_size) : -ENOMEM;
    if (r < 0) {
        tcp_free(&tcp->transport);
        return mb_error_set(
            err, r, "address tcp:%s: allowed is tcp:ADDRESS:PORT with a numeric IP address or localhost",
            rest);
    }
    *ret = &tcp->transport;
    return 0;
}
