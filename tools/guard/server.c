/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "guard/peer.h"

#define PEERS_MAX 4 /* a daemon, and those before it whose outputs are not confirmed off yet */

struct guard_server {
    sd_event *event;
    char *path;
    int fd;
    sd_event_source *io;
    struct guard_peer *peers[PEERS_MAX];
};

static struct guard_peer **find_peer(struct guard_server *s, const struct guard_peer *peer)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (s->peers[i] == peer)
            return &s->peers[i];
    return NULL;
}

static void on_gone(struct guard_peer *peer, void *userdata)
{
    struct guard_peer **place = find_peer(userdata, peer);

    if (place)
        *place = NULL;
    guard_peer_free(peer);
}

static int on_connection(sd_event_source *source, int listen_fd, uint32_t events, void *userdata)
{
    struct guard_server *s = userdata;
    struct guard_peer **place = find_peer(s, NULL);
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), r;

    (void)source, (void)events;
    if (fd < 0)
        return 0;
    if (!place) {
        (void)close(fd);
        return 0;
    }
    r = guard_peer_new(s->event, fd, on_gone, s, place);
    for (size_t i = 0; r == 0 && i < PEERS_MAX; i++)
        if (s->peers[i] && s->peers[i] != *place && guard_peer_is_same(s->peers[i], *place))
            s->peers[i] = guard_peer_free(s->peers[i]);
    if (r < 0)
        (void)fprintf(stderr, SD_ERR "a daemon cannot be watched: %s\n", strerror(-r));
    return 0;
}

static int listen_at(struct guard_server *s)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int n = snprintf(address.sun_path, sizeof address.sun_path, "%s", s->path);

    if (n < 0 || (size_t)n >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    s->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0 || (unlink(s->path) < 0 && errno != ENOENT) || fchmod(s->fd, 0600) < 0 ||
        bind(s->fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(s->fd, PEERS_MAX) < 0)
        return -errno;
    return sd_event_add_io(s->event, &s->io, s->fd, EPOLLIN, on_connection, s);
}

int guard_server_new(sd_event *event, const char *path, struct guard_server **ret, struct mb_error *err)
{
    struct guard_server *s = calloc(1, sizeof *s);
    int r;

    if (!s)
        return -ENOMEM;
    s->fd = -1;
    s->event = sd_event_ref(event);
    s->path = strdup(path);
    r = s->path ? listen_at(s) : -ENOMEM;
    if (r < 0) {
        guard_server_free(s);
        return mb_error_set(err, r, "%s: nobody can be heard there: %s", path, strerror(-r));
    }
    *ret = s;
    return 0;
}

struct guard_server *guard_server_free(struct guard_server *s)
{
    if (!s)
        return NULL;
    for (size_t i = 0; i < PEERS_MAX; i++)
        guard_peer_free(s->peers[i]);
    sd_event_source_disable_unref(s->io);
    if (s->fd >= 0)
        (void)close(s->fd);
    sd_event_unref(s->event);
    free(s->path);
    free(s);
    return NULL;
}
