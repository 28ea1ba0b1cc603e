/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gpio/line.h"

#include <errno.h>
#include <gpiod.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define CONSUMER "motorbench"
#define OFFSET_MAX 65535

struct mb_gpio_line {
    struct gpiod_chip *chip;
    struct gpiod_line *line; /* belongs to the chip */
    sd_event_source *edges;
    mb_gpio_changed changed;
    void *userdata;
};

/* An edge says that there was one; what holds now is read. A chip that is gone has no more to say. */
static int on_edge(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    const struct mb_gpio_line *line = userdata;
    struct gpiod_line_event edge;

    (void)fd;
    if (!(revents & EPOLLIN) || gpiod_line_event_read(line->line, &edge) < 0)
        (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
    line->changed(line->userdata);
    return 0;
}

static struct gpiod_line *find(struct gpiod_chip *chip, const char *name)
{
    char *end = NULL;
    unsigned long offset = strtoul(name, &end, 10);

    if (*name >= '0' && *name <= '9' && !*end && offset <= OFFSET_MAX)
        return gpiod_chip_get_line(chip, (unsigned)offset);
    return gpiod_chip_find_line(chip, name);
}

static int request(struct mb_gpio_line *line, const struct mb_gpio_setting *s)
{
    static const int bias[] = {
        [MB_GPIO_BIAS_PULL_UP] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
        [MB_GPIO_BIAS_PULL_DOWN] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN,
    };
    int flags = bias[s->bias] | (s->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0);

    line->line = find(line->chip, s->line);
    if (!line->line || gpiod_line_request_both_edges_events_flags(line->line, CONSUMER, flags) < 0)
        return errno > 0 ? -errno : -EIO;
    return gpiod_line_event_get_fd(line->line);
}

static const char *why(int error)
{
    switch (error) {
    case -EBUSY:
        return "another program has it";
    case -ENXIO:
    case -ENODEV:
    case -EOPNOTSUPP:
        return "it gives no interrupts";
    default:
        return strerror(-error);
    }
}

/* With its chip, not requested yet. */
static int line_new(const struct mb_gpio_setting *setting, struct mb_gpio_line **ret, struct mb_error *err)
{
    struct mb_gpio_line *line = calloc(1, sizeof *line);
    int r;

    if (!line)
        return -ENOMEM;
    line->chip = gpiod_chip_open_lookup(setting->chip);
    if (line->chip) {
        *ret = line;
        return 0;
    }
    r = mb_error_set(err, errno > 0 ? -errno : -EIO, "GPIO chip %s cannot be opened: %s", setting->chip,
                     strerror(errno));
    mb_gpio_free(line);
    return r;
}

int mb_gpio_open(sd_event *event, const struct mb_gpio_setting *setting, mb_gpio_changed changed,
                 void *userdata, struct mb_gpio_line **ret, struct mb_error *err)
{
    struct mb_gpio_line *line = NULL;
    int r = line_new(setting, &line, err);

    if (r < 0)
        return r;
    line->changed = changed;
    line->userdata = userdata;
    r = request(line, setting);
    if (r >= 0)
        r = sd_event_add_io(event, &line->edges, r, EPOLLIN, on_edge, line);
    if (r < 0) {
        (void)mb_error_set(err, r, "line %s of GPIO chip %s cannot be watched: %s", setting->line,
                           setting->chip, why(r));
        mb_gpio_free(line);
        return r;
    }
    *ret = line;
    return 0;
}

int mb_gpio_open_output(const struct mb_gpio_setting *setting, struct mb_gpio_line **ret,
                        struct mb_error *err)
{
    const int flags = setting->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
    struct mb_gpio_line *line = NULL;
    int r = line_new(setting, &line, err);

    if (r < 0)
        return r;
    line->line = find(line->chip, setting->line);
    if (!line->line || gpiod_line_request_output_flags(line->line, CONSUMER, flags, 0) < 0) {
        r = errno > 0 ? -errno : -EIO;
        (void)mb_error_set(err, r, "line %s of GPIO chip %s cannot be held: %s", setting->line, setting->chip,
                           r == -EBUSY ? why(r) : strerror(-r));
        mb_gpio_free(line);
        return r;
    }
    *ret = line;
    return 0;
}

struct mb_gpio_line *mb_gpio_free(struct mb_gpio_line *line)
{
    if (!line)
        return NULL;
    sd_event_source_disable_unref(line->edges);
    if (line->chip)
        gpiod_chip_close(line->chip); /* releases the line */
    free(line);
    return NULL;
}

int mb_gpio_read(const struct mb_gpio_line *line)
{
    int level = gpiod_line_get_value(line->line);

    if (level >= 0)
        return level;
    return errno > 0 ? -errno : -EIO;
}

int mb_gpio_write(const struct mb_gpio_line *line, bool active)
{
    if (gpiod_line_set_value(line->line, active) == 0)
        return 0;
    return errno > 0 ? -errno : -EIO;
}
