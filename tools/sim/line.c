/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct line_session {
    struct sim_device *device;
};

static void *line_open(void *context)
{
    struct line_session *s = calloc(1, sizeof *s);

    if (s != NULL)
        s->device = context;
    return s;
}

static ssize_t line_feed(void *session, const char *data, size_t n, struct sim_text *out)
{
    struct line_session *s = session;
    const char *terminator = s->device->ops->terminator;
    const char *end = memmem(data, n, terminator, strlen(terminator));
    size_t length;
    char *line;

    if (end == NULL)
        return 0;
    length = (size_t)(end - data);
    line = strndup(data, length);
    if (line == NULL)
        return -ENOMEM;
    /* Where LF ends a message, a CR before it is a blank. */
    if (*terminator == '\n')
        for (size_t i = strlen(line); i > 0 && line[i - 1] == '\r'; i--)
            line[i - 1] = '\0';
    s->device->ops->line(s->device, line, out);
    free(line);
    return (ssize_t)(length + strlen(terminator));
}

static int line_poll(void *session, struct sim_text *out)
{
    struct sim_device *d = ((struct line_session *)session)->device;

    if (d->ops->owed != NULL)
        d->ops->owed(d, out);
    return 0;
}

static void line_close(void *session)
{
    free(session);
}

const struct sim_session_ops sim_line_session = {
    .open = line_open, .feed = line_feed, .poll = line_poll, .close = line_close};
