/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/fake_instrument.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"

#define CONNECTIONS_MAX 16

struct connection {
    struct fake_instrument *fake;
    int fd;
    sd_event_source *io, *later;
    char in[4096], out[FAKE_TEXT_MAX * 2];
    size_t used;
};

struct fake_instrument {
    sd_event *event;
    int fd;
    sd_event_source *io;
    struct sockaddr_in address;
    char name[64], terminator[4];
    struct fake_table *table;
    struct connection *connections[CONNECTIONS_MAX];
    unsigned connection_count;
};

static void connection_free(struct connection *c)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (c->fake->connections[i] == c)
            c->fake->connections[i] = NULL;
    (void)sd_event_source_disable_unref(c->io);
    (void)sd_event_source_disable_unref(c->later);
    (void)close(c->fd);
    free(c);
}

static void put(struct connection *c, const char *data, size_t n)
{
    (void)!send(c->fd, data, n, MSG_NOSIGNAL); /* a client that has gone is part of the game */
}

static int on_later(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct connection *c = userdata;

    (void)source;
    (void)usec;
    put(c, c->out, strlen(c->out));
    return 0;
}

/* false: the connection is gone. */
static bool answer(struct connection *c, enum fake_mode mode, const char *reply)
{
    struct fake_instrument *f = c->fake;
    char text[FAKE_TEXT_MAX];

    (void)snprintf(text, sizeof text, "%s%s", mode == FAKE_PREVIOUS ? fake_table_previous(f->table) : reply,
                   f->terminator);
    switch (mode) {
    case FAKE_NORMAL:
    case FAKE_PREVIOUS:
        put(c, text, strlen(text));
        break;
    case FAKE_SILENT:
        break;
    case FAKE_LATE:
        (void)snprintf(c->out, sizeof c->out, "%s", text);
        (void)sd_event_source_disable_unref(c->later);
        (void)sd_event_add_time_relative(f->event, &c->later, CLOCK_MONOTONIC, FAKE_LATE_MS * 1000, 1,
                                         on_later, c);
        break;
    case FAKE_GARBAGE:
        put(c, FAKE_GARBAGE_BYTES "\n", sizeof FAKE_GARBAGE_BYTES);
        break;
    case FAKE_TWICE:
        (void)snprintf(c->out, sizeof c->out, "%s%s", text, text);
        put(c, c->out, strlen(c->out));
        break;
    case FAKE_SPLIT:
        for (size_t i = 0; text[i]; i++) {
            put(c, text + i, 1);
            (void)usleep(200); /* the loopback would join them */
        }
        break;
    case FAKE_CLOSE:
        connection_free(c);
        return false;
    }
    return true;
}

static bool take_line(struct connection *c, const char *line)
{
    enum fake_mode mode;
    const char *reply = fake_table_hear(c->fake->table, line, &mode);

    return reply ? answer(c, mode, reply) : true;
}

static int on_data(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct connection *c = userdata;
    ssize_t n = recv(fd, c->in + c->used, sizeof c->in - 1 - c->used, MSG_DONTWAIT);
    char *end, line[sizeof c->in];

    (void)source;
    (void)events;
    if (n <= 0) {
        connection_free(c);
        return 0;
    }
    c->used += (size_t)n;
    c->in[c->used] = '\0';
    while ((end = strchr(c->in, '\n'))) {
        (void)snprintf(line, sizeof line, "%.*s", (int)(end - c->in), c->in);
        line[strcspn(line, "\r")] = '\0';
        c->used -= (size_t)(end + 1 - c->in);
        memmove(c->in, end + 1, c->used + 1);
        if (!take_line(c, line))
            return 0;
    }
    return 0;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct fake_instrument *f = userdata;
    struct connection *c = calloc(1, sizeof *c);
    const int on = 1;
    size_t slot = 0;

    (void)source;
    (void)events;
    assert_non_null(c);
    while (slot < CONNECTIONS_MAX && f->connections[slot])
        slot++;
    assert_true(slot < CONNECTIONS_MAX);
    c->fake = f;
    c->fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    assert_true(c->fd >= 0);
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    f->connections[slot] = c;
    f->connection_count++;
    assert_true(sd_event_add_io(f->event, &c->io, c->fd, EPOLLIN, on_data, c) >= 0);
    return 0;
}

static void begin_listening(struct fake_instrument *f)
{
    const int on = 1;
    socklen_t size = sizeof f->address;

    f->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(f->fd >= 0);
    assert_int_equal(setsockopt(f->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
    assert_int_equal(bind(f->fd, (const struct sockaddr *)&f->address, size), 0);
    assert_int_equal(listen(f->fd, 8), 0);
    assert_int_equal(getsockname(f->fd, (struct sockaddr *)&f->address, &size), 0);
    assert_true(sd_event_add_io(f->event, &f->io, f->fd, EPOLLIN, on_connection, f) >= 0);
}

struct fake_instrument *fake_instrument_new(sd_event *event, const struct fake_reply *table,
                                            const char *terminator)
{
    struct fake_instrument *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->event = event;
    f->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    (void)snprintf(f->terminator, sizeof f->terminator, "%s", terminator);
    f->table = fake_table_new(table);
    begin_listening(f);
    (void)snprintf(f->name, sizeof f->name, "tcp:127.0.0.1:%d", ntohs(f->address.sin_port));
    return f;
}

void fake_instrument_listen(struct fake_instrument *f, bool on)
{
    if (on) {
        begin_listening(f);
        return;
    }
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (f->connections[i])
            connection_free(f->connections[i]);
    f->io = sd_event_source_disable_unref(f->io);
    (void)close(f->fd);
    f->fd = -1;
}

struct fake_instrument *fake_instrument_free(struct fake_instrument *f)
{
    if (!f)
        return NULL;
    if (f->fd >= 0)
        fake_instrument_listen(f, false);
    (void)fake_table_free(f->table);
    free(f);
    return NULL;
}

const char *fake_instrument_address(const struct fake_instrument *f)
{
    return f->name;
}

void fake_instrument_misbehave(struct fake_instrument *f, enum fake_mode mode, const char *query,
                               unsigned times)
{
    fake_table_misbehave(f->table, mode, query, times);
}

void fake_instrument_ignore_commands(struct fake_instrument *f, bool ignore)
{
    fake_table_ignore_commands(f->table, ignore);
}

void fake_instrument_answer(struct fake_instrument *f, const char *query, const char *reply)
{
    fake_table_answer(f->table, query, reply);
}

void fake_instrument_blurt(struct fake_instrument *f, const char *text)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (f->connections[i])
            put(f->connections[i], text, strlen(text));
}

unsigned fake_instrument_count(const struct fake_instrument *f, const char *line)
{
    return fake_table_count(f->table, line);
}

void fake_instrument_forget(struct fake_instrument *f)
{
    fake_table_forget(f->table);
}

unsigned fake_instrument_connections(const struct fake_instrument *f)
{
    return f->connection_count;
}

bool fake_run_until(sd_event *event, const bool *flag, unsigned ms)
{
    uint64_t end_ns = mb_monotonic_ns() + (uint64_t)ms * 1000000;

    while (!*flag && mb_monotonic_ns() < end_ns)
        assert_true(sd_event_run(event, 5000) >= 0);
    return *flag;
}

void fake_run_for(sd_event *event, unsigned ms)
{
    const bool never = false;

    (void)fake_run_until(event, &never, ms);
}
