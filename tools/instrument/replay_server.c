/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instrument/replay_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/timer.h"
#include "instrument/replay_frame.h"

#define CONNECTIONS_MAX 8
#define COMMAND_MAX 65536u /* bytes without a line end: not a command */

struct piece { /* one line of the transcript */
    uint8_t *data;
    size_t n;
    uint64_t delay_ns;
};

struct said { /* one command of the transcript and what came after it */
    size_t piece;
    size_t first; /* command with the same bytes that stands first */
    size_t next;  /* the next one with the same bytes; SIZE_MAX: none */
    size_t reply_begin, reply_end;
    bool heard; /* kept at the first of its kind */
};

struct connection {
    struct replay_server *server;
    int fd;
    sd_event_source *io, *timer;
    size_t *turn;    /* by first command: the one whose replies come next */
    size_t position; /* in order: the command that is due */
    uint8_t *in;
    size_t in_used;
    size_t *queue; /* pieces to be sent */
    size_t queue_used, queue_size, sent;
    uint64_t last_ns;                 /* of the line before: a command heard, or a reply sent */
    uint8_t head[REPLAY_MODBUS_HEAD]; /* of the newest request: the answer has the same transaction number */
};

struct replay_server {
    sd_event *event;
    struct replay_options options;
    int fd;
    sd_event_source *io;
    char address[48];
    struct piece *pieces;
    size_t piece_count, greeting_end; /* pieces before the first command */
    struct said *commands;
    size_t command_count;
    bool modbus;
    char terminator;
    unsigned heard, unknown;
    struct connection *connections[CONNECTIONS_MAX];
};

static void connection_free(struct connection *c)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (c->server->connections[i] == c)
            c->server->connections[i] = NULL;
    (void)sd_event_source_disable_unref(c->io);
    (void)sd_event_source_disable_unref(c->timer);
    (void)close(c->fd);
    free(c->turn);
    free(c->in);
    free(c->queue);
    free(c);
}

/* The time until the head of the queue is due; 0: now. */
static uint64_t time_left_ns(const struct connection *c)
{
    const struct piece *piece = &c->server->pieces[c->queue[0]];
    uint64_t due_ns = c->last_ns + piece->delay_ns, now_ns = mb_monotonic_ns();

    return !c->server->options.delays || c->sent > 0 || now_ns >= due_ns ? 0 : due_ns - now_ns;
}

/* 1: all of the head was sent; 0: the socket is full, or it is not yet time; -errno: the client has gone. */
static int send_head(struct connection *c)
{
    const struct piece *piece = &c->server->pieces[c->queue[0]];
    uint8_t framed[REPLAY_MODBUS_HEAD + REPLAY_MODBUS_MAX];
    const bool modbus = c->server->modbus;
    const size_t size = modbus ? replay_modbus_frame(c->head, piece->data, piece->n, framed) : piece->n;
    uint64_t left_ns = time_left_ns(c);
    ssize_t n;

    if (left_ns > 0) {
        (void)sd_event_source_set_time_relative(c->timer, left_ns / 1000 + 1);
        (void)sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT);
        return 0;
    }
    n = send(c->fd, (modbus ? framed : piece->data) + c->sent, size - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return -errno;
    c->sent += n > 0 ? (size_t)n : 0;
    if (c->sent < size)
        return sd_event_source_set_io_events(c->io, EPOLLIN | EPOLLOUT) < 0 ? -EIO : 0;
    c->sent = 0;
    c->last_ns = mb_monotonic_ns();
    c->queue_used--;
    memmove(c->queue, c->queue + 1, c->queue_used * sizeof *c->queue);
    return 1;
}

/* false: the connection is gone. */
static bool pump(struct connection *c)
{
    int r = 1;

    while (r > 0 && c->queue_used > 0)
        r = send_head(c);
    if (r >= 0 && c->queue_used == 0)
        r = sd_event_source_set_io_events(c->io, EPOLLIN);
    if (r < 0)
        connection_free(c);
    return r >= 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source;
    (void)usec;
    (void)pump(userdata);
    return 0;
}

static int enqueue(struct connection *c, size_t begin, size_t end)
{
    size_t size = c->queue_size ? c->queue_size : 16;
    size_t *grown;

    while (size < c->queue_used + (end - begin))
        size *= 2;
    if (size != c->queue_size) {
        grown = realloc(c->queue, size * sizeof *grown);
        if (!grown)
            return -ENOMEM;
        c->queue = grown;
        c->queue_size = size;
    }
    while (begin < end)
        c->queue[c->queue_used++] = begin++;
    return 0;
}

static void tell_unknown(struct replay_server *s, const uint8_t *data, size_t n, const char *why)
{
    char text[256];

    s->unknown++;
    mb_transcript_escape(data, n, text, sizeof text);
    if (s->options.unknown)
        s->options.unknown(text, why, s->options.userdata);
}

static bool is_command(const struct replay_server *s, size_t i, const uint8_t *data, size_t n)
{
    const struct piece *piece = &s->pieces[s->commands[i].piece];

    return piece->n == n && memcmp(piece->data, data, n) == 0;
}

/* The command of the recording that these bytes are now; SIZE_MAX: none. */
static size_t recognise(struct connection *c, const uint8_t *data, size_t n)
{
    struct replay_server *s = c->server;
    size_t i = 0, turn;

    if (s->options.in_order) {
        if (c->position < s->command_count && is_command(s, c->position, data, n))
            return c->position++;
        tell_unknown(s, data, n,
                     c->position < s->command_count ? "is not what comes next in the recording"
                                                    : "comes after the end of the recording");
        return SIZE_MAX;
    }
    while (i < s->command_count && !is_command(s, i, data, n))
        i++;
    if (i == s->command_count) {
        tell_unknown(s, data, n, "is not in the recording");
        return SIZE_MAX;
    }
    turn = c->turn[i];
    if (s->commands[turn].next != SIZE_MAX)
        c->turn[i] = s->commands[turn].next;
    return turn;
}

static bool hear(struct connection *c, const uint8_t *data, size_t n)
{
    struct replay_server *s = c->server;
    size_t i = recognise(c, data, n);

    s->heard++;
    if (i == SIZE_MAX)
        return true;
    s->commands[s->commands[i].first].heard = true;
    if (c->queue_used == 0)
        c->last_ns = mb_monotonic_ns();
    if (enqueue(c, s->commands[i].reply_begin, s->commands[i].reply_end) < 0) {
        connection_free(c);
        return false;
    }
    return pump(c);
}

/* The next whole command of what has come: 0, -EAGAIN, or -EPROTO when it will never be one. */
static int next_command(const struct connection *c, size_t *ret_begin, size_t *ret_end)
{
    const uint8_t *end;

    if (c->server->modbus)
        return replay_modbus_next(c->in, c->in_used, ret_begin, ret_end);
    end = memchr(c->in, c->server->terminator, c->in_used);
    if (!end)
        return c->in_used == COMMAND_MAX ? -EPROTO : -EAGAIN;
    *ret_begin = 0;
    *ret_end = (size_t)(end + 1 - c->in);
    return 0;
}

static bool hear_all(struct connection *c)
{
    uint8_t command[COMMAND_MAX];
    size_t begin, end;
    int r;

    while ((r = next_command(c, &begin, &end)) == 0) {
        memcpy(command, c->in, end);
        memcpy(c->head, command, begin);
        c->in_used -= end;
        memmove(c->in, c->in + end, c->in_used);
        if (!hear(c, command + begin, end - begin))
            return false;
    }
    if (r == -EPROTO) {
        tell_unknown(c->server, c->in, c->in_used,
                     c->server->modbus ? "is no Modbus request" : "does not end");
        c->in_used = 0;
    }
    return true;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct connection *c = userdata;
    ssize_t n;

    (void)source;
    if ((events & EPOLLOUT) && !pump(c))
        return 0;
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return 0;
    n = recv(fd, c->in + c->in_used, COMMAND_MAX - c->in_used, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0) {
        connection_free(c);
        return 0;
    }
    c->in_used += (size_t)n;
    (void)hear_all(c);
    return 0;
}

static int connection_init(struct connection *c)
{
    struct replay_server *s = c->server;
    const int on = 1;
    int r;

    c->in = malloc(COMMAND_MAX);
    c->turn = calloc(s->command_count + 1, sizeof *c->turn);
    if (!c->in || !c->turn)
        return -ENOMEM;
    for (size_t i = 0; i < s->command_count; i++)
        c->turn[i] = i;
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* only slower without */
    r = sd_event_add_io(s->event, &c->io, c->fd, EPOLLIN, on_io, c);
    if (r >= 0)
        r = mb_timer_new(s->event, on_timer, c, &c->timer);
    c->last_ns = mb_monotonic_ns();
    return r < 0 ? r : enqueue(c, 0, s->greeting_end);
}

static int on_connection(sd_event_source *source, int listening, uint32_t events, void *userdata)
{
    struct replay_server *s = userdata;
    int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct connection *c;
    size_t slot = 0;

    (void)source;
    (void)events;
    if (fd < 0)
        return 0;
    while (slot < CONNECTIONS_MAX && s->connections[slot])
        slot++;
    c = slot < CONNECTIONS_MAX ? calloc(1, sizeof *c) : NULL;
    if (!c) {
        (void)close(fd);
        return 0;
    }
    c->server = s;
    c->fd = fd;
    s->connections[slot] = c;
    if (connection_init(c) < 0)
        connection_free(c);
    else
        (void)pump(c);
    return 0;
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool has_link(const struct mb_transcript *t, const char *link)
{
    return t->head[MB_TRANSCRIPT_LINK] && strcmp(t->head[MB_TRANSCRIPT_LINK], link) == 0;
}

static int copy_pieces(struct replay_server *s, const struct mb_transcript *t)
{
    const bool message_link = has_link(t, "message");
    const struct mb_transcript_line *line;
    struct piece *piece;
    bool last;

    s->pieces = calloc(t->count + 1, sizeof *s->pieces);
    s->commands = calloc(t->count + 1, sizeof *s->commands);
    if (!s->pieces || !s->commands)
        return -ENOMEM;
    for (; s->piece_count < t->count; s->piece_count++) {
        line = &t->lines[s->piece_count];
        piece = &s->pieces[s->piece_count];
        piece->delay_ns = (uint64_t)(line->delay_s * 1e9);
        piece->n = line->n;
        piece->data = calloc(1, line->n + 2);
        if (!piece->data)
            return -ENOMEM;
        memcpy(piece->data, line->data, line->n);
        /* On a message link the end of a reply may be told apart from its bytes; a stream has only those. */
        last = s->piece_count + 1 == t->count || t->lines[s->piece_count + 1].to_instrument;
        if (message_link && last && !line->to_instrument && !is_line_end((char)line->data[line->n - 1]))
            piece->data[piece->n++] = '\n';
    }
    return 0;
}

/* Links a command to those with the same bytes before it. */
static void link_command(struct replay_server *s, size_t i)
{
    const struct piece *piece = &s->pieces[s->commands[i].piece];
    size_t j = 0;

    while (j < i && !is_command(s, j, piece->data, piece->n))
        j++;
    s->commands[i].first = j;
    s->commands[i].next = SIZE_MAX;
    if (j == i)
        return;
    while (s->commands[j].next != SIZE_MAX)
        j = s->commands[j].next;
    s->commands[j].next = i;
}

/* A line of commands ends as the first of them does, and nowhere else. */
static bool is_line(struct replay_server *s, const struct mb_transcript_line *line)
{
    const char last = (char)line->data[line->n - 1];

    if (s->command_count == 0)
        s->terminator = last;
    return is_line_end(last) && last == s->terminator && !memchr(line->data, last, line->n - 1);
}

static int check_line(struct replay_server *s, const struct mb_transcript_line *line, struct mb_error *err)
{
    if (s->modbus && !replay_modbus_is_frame(line->n))
        return mb_error_set(err, -EINVAL, "line %u: not a unit and a Modbus PDU, these have 2 to %u bytes",
                            line->number, REPLAY_MODBUS_MAX);
    if (s->modbus || !line->to_instrument || is_line(s, line))
        return 0;
    return mb_error_set(
        err, -EINVAL, "line %u: a command must end with \\n or \\r, the same in every one, and hold no other",
        line->number);
}

static int list_commands(struct replay_server *s, const struct mb_transcript *t, struct mb_error *err)
{
    s->greeting_end = t->count;
    for (size_t i = 0; i < t->count; i++) {
        struct said *said = &s->commands[s->command_count];
        int r = check_line(s, &t->lines[i], err);

        if (r < 0)
            return r;
        if (!t->lines[i].to_instrument)
            continue;
        if (s->command_count == 0)
            s->greeting_end = i;
        said->piece = i;
        said->reply_begin = i + 1;
        for (said->reply_end = i + 1; said->reply_end < t->count && !t->lines[said->reply_end].to_instrument;)
            said->reply_end++;
        link_command(s, s->command_count++);
    }
    return s->command_count > 0 ? 0 : mb_error_set(err, -EINVAL, "nothing is said to the instrument in it");
}

static void name_address(struct replay_server *s, uint16_t port)
{
    if (s->modbus)
        (void)snprintf(s->address, sizeof s->address, "modbus-tcp:127.0.0.1:%u,%u", port,
                       s->pieces[s->commands[0].piece].data[0]);
    else
        (void)snprintf(s->address, sizeof s->address, "tcp:127.0.0.1:%u", port);
}

static int listen_on(struct replay_server *s, uint16_t port, struct mb_error *err)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int on = 1;

    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd >= 0)
        (void)setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&address, size) < 0 || listen(s->fd, 4) < 0 ||
        getsockname(s->fd, (struct sockaddr *)&address, &size) < 0)
        return mb_error_set(err, -errno, "port %u of 127.0.0.1: %s", port, strerror(errno));
    name_address(s, ntohs(address.sin_port));
    return sd_event_add_io(s->event, &s->io, s->fd, EPOLLIN, on_connection, s);
}

int replay_server_new(sd_event *event, const struct mb_transcript *t, const struct replay_options *options,
                      struct replay_server **ret, struct mb_error *err)
{
    struct replay_server *s = calloc(1, sizeof *s);
    int r = s ? 0 : -ENOMEM;

    if (s) {
        s->event = sd_event_ref(event);
        s->options = *options;
        s->fd = -1;
        s->modbus = has_link(t, "modbus");
        r = copy_pieces(s, t);
    }
    if (r < 0)
        (void)mb_error_set(err, r, "out of memory for the recording");
    if (r == 0)
        r = list_commands(s, t, err);
    if (r == 0)
        r = listen_on(s, options->port, err);
    if (r < 0) {
        (void)replay_server_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct replay_server *replay_server_free(struct replay_server *s)
{
    if (!s)
        return NULL;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (s->connections[i])
            connection_free(s->connections[i]);
    (void)sd_event_source_disable_unref(s->io);
    if (s->fd >= 0)
        (void)close(s->fd);
    for (size_t i = 0; i < s->piece_count; i++)
        free(s->pieces[i].data);
    free(s->pieces);
    free(s->commands);
    sd_event_unref(s->event);
    free(s);
    return NULL;
}

const char *replay_server_address(const struct replay_server *s)
{
    return s->address;
}

unsigned replay_server_heard(const struct replay_server *s)
{
    return s->heard;
}

unsigned replay_server_unknown(const struct replay_server *s)
{
    return s->unknown;
}

/* Commands with the same bytes count as one: how often each is repeated is the client's choice. */
size_t replay_server_unheard(const struct replay_server *s, const char **ret_first)
{
    size_t count = 0;

    *ret_first = NULL;
    for (size_t i = 0; i < s->command_count; i++) {
        if (s->commands[i].first != i || s->commands[i].heard)
            continue;
        if (count++ == 0)
            *ret_first = (const char *)s->pieces[s->commands[i].piece].data;
    }
    return count;
}
