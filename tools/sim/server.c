/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "sim/server.h"

#define CONNECTIONS_MAX 16
#define INPUT_MAX 65536 /* an unfinished message longer than this ends the connection */

struct connection {
    struct sim_server *server;
    struct connection *next;
    int fd;
    sd_event_source *io;
    void *session;
    struct sim_text in, out;
    struct sim_replies replies;
    bool closing; /* no more input; ends when everything is out */
};

struct sim_server {
    struct sim_server_setting setting;
    sd_event *event;
    sd_event_source *io;
    sd_event_source *release; /* a late reply is due; NULL: none ever was */
    int fd;
    uint16_t port;
    struct sim_faults faults;
    uint64_t back_ns; /* away until then; 0: not away */
    struct connection *connections;
};

static void connection_free(struct connection *c)
{
    struct connection **p = &c->server->connections;

    while (*p != c)
        p = &(*p)->next;
    *p = c->next;
    if (c->session != NULL)
        c->server->setting.ops->close(c->session);
    (void)sd_event_source_disable_unref(c->io);
    (void)close(c->fd);
    sim_replies_clear(&c->replies);
    sim_text_clear(&c->in);
    sim_text_clear(&c->out);
    free(c);
}

/* Sends what the socket takes. 0, or negative: the connection is over. */
static int flush(struct connection *c)
{
    while (c->out.size > 0) {
        ssize_t n = send(c->fd, c->out.data, c->replies.split ? 1 : c->out.size, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            return -errno;
        if (n < 0)
            break;
        sim_text_consume(&c->out, (size_t)n);
        if (c->replies.split) /* the next byte in another turn of the loop */
            break;
    }
    if (c->out.size == 0)
        c->replies.split = false;
    if (c->closing && c->out.size == 0 && c->replies.held_count == 0)
        return -ESHUTDOWN;
    return sd_event_source_set_io_events(c->io,
                                         (c->closing ? 0 : EPOLLIN) | (c->out.size > 0 ? EPOLLOUT : 0));
}

/* Loses its supply. */
static void power_cycle(struct sim_server *s, unsigned ms)
{
    s->back_ns = mb_monotonic_ns() + ms * UINT64_C(1000000);
    if (s->setting.power_on != NULL)
        s->setting.context = s->setting.power_on(s->setting.context, s->setting.power_on_userdata);
}

static void drop_others(struct sim_server *s, const struct connection *serving)
{
    struct connection *next;

    for (struct connection *c = s->connections; c != NULL; c = next) {
        next = c->next;
        if (c->fd != serving->fd)
            connection_free(c);
    }
}

static int on_release(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source;
    (void)usec;
    sim_server_poll(userdata);
    return 0;
}

/* Late replies go out to the moment, and not with the next poll. From the clock and not from the loop, which
 * has the time of its last turn: too early would be too late. */
static int release_after(struct sim_server *s, unsigned ms)
{
    uint64_t due_us = mb_monotonic_ns() / 1000 + ms * UINT64_C(1000) + 1;
    int r;

    if (s->release == NULL)
        return sd_event_add_time(s->event, &s->release, CLOCK_MONOTONIC, due_us, 1, on_release, s);
    r = sd_event_source_set_time(s->release, due_us);
    return r < 0 ? r : sd_event_source_set_enabled(s->release, SD_EVENT_ONESHOT);
}

/* One reply into c->out, or what becomes of it. 0, or negative: the connection is over. */
static int deliver(struct connection *c, struct sim_text *reply)
{
    struct sim_server *s = c->server;
    enum sim_fault fault;
    unsigned ms;
    int r;

    if (reply->size == 0)
        return 0;
    fault = sim_faults_next(&s->faults, true, &ms);
    if (fault == SIM_FAULT_REBOOT) { /* this connection ends with the answer of serve */
        drop_others(s, c);
        power_cycle(s, ms);
    }
    if (fault == SIM_FAULT_CLOSE || fault == SIM_FAULT_REBOOT)
        return -ECONNRESET;
    r = sim_replies_deliver(&c->replies, fault, ms, reply, &c->out);
    if (fault == SIM_FAULT_LATE)
        (void)release_after(s, ms); /* the next poll does it too */
    return r;
}

/* Every whole message in the input. 0, or negative: the connection is over. */
static int serve(struct connection *c)
{
    struct sim_server *s = c->server;

    while (c->in.size > 0 && !c->closing) {
        struct sim_text reply = {0};
        ssize_t n;
        int r;

        if (s->faults.order.fault == SIM_FAULT_SILENT) {
            sim_text_consume(&c->in, c->in.size);
            return 0;
        }
        if (s->setting.catch_up != NULL)
            s->setting.catch_up(s->setting.catch_up_userdata);
        n = s->setting.ops->feed(c->session, c->in.data, c->in.size, &reply);
        r = deliver(c, &reply);
        sim_text_clear(&reply);
        if (n == -ESHUTDOWN)
            c->closing = true;
        else if (n < 0 || r < 0)
            return n < 0 ? (int)n : r;
        else if (n == 0)
            return c->in.size > INPUT_MAX ? -EMSGSIZE : 0;
        else
            sim_text_consume(&c->in, (size_t)n);
    }
    return 0;
}

static int receive(struct connection *c)
{
    char buffer[16384];
    ssize_t n = recv(c->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    int r;

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    if (n == 0)
        return -ECONNRESET;
    r = sim_text_append(&c->in, buffer, (size_t)n);
    return r < 0 ? r : serve(c);
}

static int on_connection(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct connection *c = userdata;
    int r = 0;

    (void)source;
    (void)fd;
    if (revents & EPOLLIN)
        r = receive(c);
    else if (revents & (EPOLLERR | EPOLLHUP))
        r = -ECONNRESET;
    if (r == 0)
        r = flush(c);
    if (r < 0)
        connection_free(c);
    return 0;
}

static unsigned count(const struct sim_server *s)
{
    unsigned n = 0;

    for (const struct connection *c = s->connections; c != NULL; c = c->next)
        n++;
    return n;
}

static int on_listen(sd_event_source *source, int listen_fd, uint32_t revents, void *userdata)
{
    struct sim_server *s = userdata;
    struct connection *c;
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;

    (void)source;
    (void)revents;
    if (fd < 0)
        return 0;
    c = s->faults.order.fault == SIM_FAULT_GONE || s->back_ns != 0 || count(s) >= CONNECTIONS_MAX
            ? NULL
            : calloc(1, sizeof *c);
    if (c == NULL) {
        (void)close(fd);
        return 0;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->server = s;
    c->fd = fd;
    c->next = s->connections;
    s->connections = c;
    c->session = s->setting.ops->open(s->setting.context);
    if (c->session == NULL || sd_event_add_io(s->event, &c->io, fd, EPOLLIN, on_connection, c) < 0)
        connection_free(c);
    return 0;
}

static int listen_loopback(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), r;

    if (fd < 0)
        return -errno;
    if (bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 16) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
        r = -errno;
        (void)close(fd);
        return r;
    }
    *ret_port = ntohs(address.sin_port);
    return fd;
}

int sim_server_new(sd_event *event, const struct sim_server_setting *setting, struct sim_server **ret,
                   struct mb_error *err)
{
    struct sim_server *s = calloc(1, sizeof *s);
    int r;

    if (s == NULL)
        return mb_error_set(err, -ENOMEM, "out of memory");
    s->setting = *setting;
    s->event = sd_event_ref(event);
    s->fd = listen_loopback(&s->port);
    r = s->fd < 0 ? s->fd : sd_event_add_io(event, &s->io, s->fd, EPOLLIN, on_listen, s);
    if (r < 0) {
        (void)sim_server_free(s);
        return mb_error_set(err, r, "cannot listen for the %s: %s", setting->name, strerror(-r));
    }
    *ret = s;
    return 0;
}

static void drop_all(struct sim_server *s)
{
    while (s->connections != NULL)
        connection_free(s->connections);
}

struct sim_server *sim_server_free(struct sim_server *s)
{
    if (s == NULL)
        return NULL;
    drop_all(s);
    (void)sd_event_source_disable_unref(s->io);
    (void)sd_event_source_disable_unref(s->release);
    if (s->fd >= 0)
        (void)close(s->fd);
    (void)sd_event_unref(s->event);
    free(s);
    return NULL;
}

const char *sim_server_name(const struct sim_server *s)
{
    return s->setting.name;
}

uint16_t sim_server_port(const struct sim_server *s)
{
    return s->port;
}

static int poll_connection(struct connection *c)
{
    const struct sim_session_ops *ops = c->server->setting.ops;
    struct sim_text reply = {0};
    int r = sim_replies_release(&c->replies, &c->out);

    if (r == 0 && ops->poll != NULL && c->server->faults.order.fault != SIM_FAULT_SILENT) {
        r = ops->poll(c->session, &reply);
        if (r == 0)
            r = deliver(c, &reply);
        sim_text_clear(&reply);
        /* A finished reply may have held up the messages behind it. */
        if (r == 0)
            r = serve(c);
    }
    return r < 0 ? r : flush(c);
}

void sim_server_poll(struct sim_server *s)
{
    if (s->back_ns != 0 && mb_monotonic_ns() >= s->back_ns)
        s->back_ns = 0;
    for (struct connection *c = s->connections, *next; c != NULL; c = next) {
        next = c->next;
        if (poll_connection(c) < 0)
            connection_free(c);
    }
}

void sim_server_fault(struct sim_server *s, const struct sim_fault_order *order)
{
    static const struct sim_fault_order none = {.fault = SIM_FAULT_NONE};
    const bool once = order->fault == SIM_FAULT_CLOSE || order->fault == SIM_FAULT_REBOOT;

    s->back_ns = 0;
    sim_faults_set(&s->faults, once ? &none : order);
    if (once || order->fault == SIM_FAULT_GONE)
        drop_all(s);
    if (order->fault == SIM_FAULT_REBOOT)
        power_cycle(s, order->ms);
}

const struct sim_faults *sim_server_faults(const struct sim_server *s)
{
    return &s->faults;
}
