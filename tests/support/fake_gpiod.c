/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What driver/gpio needs of libgpiod, over files instead of a kernel: a chip is a folder below $FAKE_GPIO, a
 * line of it a file whose first character is the level at the pin. It stands in for the library in tests of
 * this process and, as a library to be loaded first, in those of the daemon: Debian's kernel has neither
 * gpio-sim nor gpio-mockup. A line that ends with "quiet" gives no interrupts. */
#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

struct gpiod_line {
    char path[PATH_MAX];
    int changes;
    bool active_low;
};

struct gpiod_chip {
    char path[PATH_MAX - 64];
    struct gpiod_line line; /* one is enough */
};

struct gpiod_chip *gpiod_chip_open_lookup(const char *descr)
{
    const char *folder = getenv("FAKE_GPIO");
    struct gpiod_chip *chip = calloc(1, sizeof *chip);

    if (!chip)
        return NULL;
    chip->line.changes = -1;
    (void)snprintf(chip->path, sizeof chip->path, "%s/%s", folder ? folder : "", descr);
    if (access(chip->path, X_OK) == 0)
        return chip;
    free(chip);
    errno = ENOENT;
    return NULL;
}

void gpiod_chip_close(struct gpiod_chip *chip)
{
    if (chip->line.changes >= 0)
        (void)close(chip->line.changes);
    free(chip);
}

struct gpiod_line *gpiod_chip_find_line(struct gpiod_chip *chip, const char *name)
{
    (void)snprintf(chip->line.path, sizeof chip->line.path, "%s/%s", chip->path, name);
    return access(chip->line.path, R_OK) == 0 ? &chip->line : NULL;
}

struct gpiod_line *gpiod_chip_get_line(struct gpiod_chip *chip, unsigned int offset)
{
    char name[16];

    (void)snprintf(name, sizeof name, "%u", offset);
    return gpiod_chip_find_line(chip, name);
}

int gpiod_line_request_both_edges_events_flags(struct gpiod_line *line, const char *consumer, int flags)
{
    (void)consumer;
    line->active_low = flags & GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW;
    if (strstr(line->path, "quiet")) {
        errno = ENODEV;
        return -1;
    }
    line->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return line->changes < 0 ? -1 : inotify_add_watch(line->changes, line->path, IN_CLOSE_WRITE);
}

int gpiod_line_event_get_fd(struct gpiod_line *line)
{
    return line->changes;
}

int gpiod_line_event_read(struct gpiod_line *line, struct gpiod_line_event *event)
{
    char buffer[sizeof(struct inotify_event) + NAME_MAX + 1];

    memset(event, 0, sizeof *event);
    return read(line->changes, buffer, sizeof buffer) > 0 ? 0 : -1;
}

int gpiod_line_get_value(struct gpiod_line *line)
{
    int fd = open(line->path, O_RDONLY | O_CLOEXEC);
    char level = '0';
    ssize_t n = fd < 0 ? -1 : read(fd, &level, 1);

    if (fd >= 0)
        (void)close(fd);
    if (n == 1)
        return (level == '1') != line->active_low;
    errno = ENODEV;
    return -1;
}
