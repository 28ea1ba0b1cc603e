/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What driver/gpio needs of libgpiod, over files instead of a kernel: a chip is a folder below $FAKE_GPIO, a
 * line of it a file whose first character is the level at the pin. It stands in for the library in tests of
 * this process and, as a library to be loaded first, in those of the daemon: Debian's kernel has neither
 * gpio-sim nor gpio-mockup. A line that ends with "quiet" gives no interrupts.
 *
 * An output holds a lock on its file, as the kernel lends a line once. It feeds the contactor of the
 * simulator whose control port is $FAKE_GPIO_SIM: by a connection, which ends with the process as a line
 * does. The file LINE-contact, where there is one, is the contactor's auxiliary contact. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

struct gpiod_line {
    char path[PATH_MAX];
    int changes, lock, simulator;
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
    chip->line.changes = chip->line.lock = chip->line.simulator = -1;
    (void)snprintf(chip->path, sizeof chip->path, "%s/%s", folder ? folder : "", descr);
    if (access(chip->path, X_OK) == 0)
        return chip;
    free(chip);
    errno = ENOENT;
    return NULL;
}

void gpiod_chip_close(struct gpiod_chip *chip)
{
    const int open_files[] = {chip->line.changes, chip->line.lock, chip->line.simulator};

    for (size_t i = 0; i < sizeof open_files / sizeof *open_files; i++)
        if (open_files[i] >= 0)
            (void)close(open_files[i]);
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

/* ---- Outputs. ---- */

static int connect_simulator(void)
{
    const char *port = getenv("FAKE_GPIO_SIM");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = port ? socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;

    if (fd < 0)
        return -1;
    address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static int put(const char *path, char level)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool put = fd >= 0 && pwrite(fd, &level, 1, 0) == 1;

    if (fd >= 0)
        (void)close(fd);
    return put ? 0 : -1;
}

int gpiod_line_request_output_flags(struct gpiod_line *line, const char *consumer, int flags, int default_val)
{
    (void)consumer;
    line->active_low = flags & GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW;
    line->lock = open(line->path, O_RDWR | O_CLOEXEC);
    if (line->lock < 0)
        return -1;
    if (flock(line->lock, LOCK_EX | LOCK_NB) < 0) {
        errno = EBUSY;
        return -1;
    }
    line->simulator = connect_simulator();
    return gpiod_line_set_value(line, default_val);
}

int gpiod_line_set_value(struct gpiod_line *line, int value)
{
    const char level = (value != 0) != line->active_low ? '1' : '0';
    const char *order = value ? "contactor closed\n" : "contactor open\n";
    char contact[PATH_MAX + 16];

    (void)snprintf(contact, sizeof contact, "%s-contact", line->path);
    if (access(line->path, W_OK) < 0) {
        errno = ENODEV; /* the chip is gone */
        return -1;
    }
    if (line->simulator >= 0)
        (void)send(line->simulator, order, strlen(order), MSG_NOSIGNAL);
    if (access(contact, W_OK) == 0 && put(contact, value ? '1' : '0') < 0)
        return -1;
    return put(line->path, level);
}
