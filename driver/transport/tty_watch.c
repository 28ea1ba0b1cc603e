/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/tty_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define PLACES 2 /* the path, and where it points when it is a link */
#define FOLDER_EVENTS (IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

/* The nearest folder of a path that exists, and what is missing in it. */
struct place {
    sd_event_source *source;
    char child[NAME_MAX + 1];
};

struct mb_tty_watch {
    sd_event *event;
    char *path;
    void (*present)(void *userdata);
    void *userdata;
    struct place places[PLACES];
    sd_event_source *look;
};

static int on_change(sd_event_source *source, const struct inotify_event *change, void *userdata);

/* Watches the folder of path, or the nearest one above it that is there. */
static int watch_place(struct mb_tty_watch *w, struct place *place, const char *path)
{
    char folder[PATH_MAX];
    char *slash;
    int n = snprintf(folder, sizeof folder, "%s", path), r = -ENOENT;

    if (n < 0 || (size_t)n >= sizeof folder)
        return -ENAMETOOLONG;
    while (r == -ENOENT && (slash = strrchr(folder, '/'))) {
        (void)snprintf(place->child, sizeof place->child, "%s", slash + 1);
        slash[slash == folder] = '\0'; /* the root keeps its slash */
        r = sd_event_add_inotify(w->event, &place->source, folder, FOLDER_EVENTS, on_change, w);
        if (slash == folder)
            break;
    }
    return r < 0 ? r : 0;
}

/* Where a link points, as a path from the root; 0: it is none, or it is there. */
static ssize_t link_target(const char *path, char *buffer, size_t size)
{
    char target[PATH_MAX];
    ssize_t n = readlink(path, target, sizeof target - 1);
    const char *slash = strrchr(path, '/');

    if (n < 0)
        return errno == EINVAL || errno == ENOENT ? 0 : -errno;
    target[n] = '\0';
    n = snprintf(buffer, size, "%.*s%s", target[0] == '/' || !slash ? 0 : (int)(slash + 1 - path), path,
                 target);
    return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : n;
}

static void forget_places(struct mb_tty_watch *w)
{
    for (size_t i = 0; i < PLACES; i++)
        w->places[i].source = sd_event_source_disable_unref(w->places[i].source);
}

static int watch_places(struct mb_tty_watch *w)
{
    char target[PATH_MAX];
    ssize_t n;
    int r;

    forget_places(w);
    r = watch_place(w, &w->places[0], w->path);
    n = r < 0 ? 0 : link_target(w->path, target, sizeof target);
    if (n > 0)
        (void)watch_place(w, &w->places[1], target); /* without it the link itself is still watched */
    return r;
}

/* Whether the change is about what a place misses; a folder that went away or a flood of changes concerns
 * all. */
static bool concerns(const struct mb_tty_watch *w, const sd_event_source *source,
                     const struct inotify_event *change)
{
    if (change->len == 0)
        return true;
    for (size_t i = 0; i < PLACES; i++)
        if (w->places[i].source == source)
            return strcmp(w->places[i].child, change->name) == 0;
    return false;
}

/* Looks a turn later: a source is not to be freed in its own callback, and udev makes several changes at
 * once.
 */
static int on_change(sd_event_source *source, const struct inotify_event *change, void *userdata)
{
    struct mb_tty_watch *w = userdata;

    return concerns(w, source, change) ? sd_event_source_set_enabled(w->look, SD_EVENT_ONESHOT) : 0;
}

/* First the watches, then the look: what comes between the two is not missed. */
static int on_look(sd_event_source *source, void *userdata)
{
    struct mb_tty_watch *w = userdata;

    (void)source;
    (void)watch_places(w);
    if (faccessat(AT_FDCWD, w->path, R_OK | W_OK, AT_EACCESS) == 0) {
        forget_places(w);
        w->present(w->userdata);
    }
    return 0;
}

int mb_tty_watch_new(sd_event *event, const char *path, void (*present)(void *userdata), void *userdata,
                     struct mb_tty_watch **ret)
{
    struct mb_tty_watch *w = calloc(1, sizeof *w);
    int r;

    if (!w)
        return -ENOMEM;
    w->event = sd_event_ref(event);
    w->present = present;
    w->userdata = userdata;
    w->path = strdup(path);
    r = w->path ? sd_event_add_defer(event, &w->look, on_look, w) : -ENOMEM;
    if (r >= 0)
        r = sd_event_source_set_enabled(w->look, SD_EVENT_OFF);
    if (r >= 0)
        r = watch_places(w);
    if (r < 0) {
        (void)mb_tty_watch_free(w);
        return r;
    }
    *ret = w;
    return 0;
}

struct mb_tty_watch *mb_tty_watch_free(struct mb_tty_watch *w)
{
    if (w) {
        forget_places(w);
        (void)sd_event_source_disable_unref(w->look);
        sd_event_unref(w->event);
        free(w->path);
    }
    free(w);
    return NULL;
}
