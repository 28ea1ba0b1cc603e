/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "counter/counter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_MAX 256
#define REGISTER_BITS 64 /* of a count without a ceiling: sysfs shows a u64 */

struct mb_counter {
    int folder; /* of countM */
    char label[64];
    double counts_a_turn;
    uint64_t range; /* ceiling + 1; 0: 2^64 */
    uint64_t last;
    int64_t total;
};

/* The first line of an attribute. */
static int read_text(int folder, const char *name, char *ret, size_t size)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return -errno;
    n = read(fd, ret, size - 1);
    if (n < 0) {
        n = -errno;
        (void)close(fd);
        return (int)n;
    }
    (void)close(fd);
    ret[n] = '\0';
    ret[strcspn(ret, "\n")] = '\0';
    return 0;
}

static int write_text(int folder, const char *name, const char *text)
{
    int fd = openat(folder, name, O_WRONLY | O_TRUNC | O_CLOEXEC);
    ssize_t n;
    int r;

    if (fd < 0)
        return -errno;
    n = write(fd, text, strlen(text));
    r = n < 0 ? -errno : 0;
    (void)close(fd);
    return r;
}

/* A count is unsigned and may need all 64 bits. */
static int read_count(int folder, const char *name, uint64_t *ret)
{
    char text[VALUE_MAX], *end;
    int r = read_text(folder, name, text, sizeof text);
    unsigned long long value;

    if (r < 0)
        return r;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return -EPROTO;
    *ret = value;
    return 0;
}

/* Opens devices/NAME, where NAME is the folder's or what `name` in it says. */
static int open_device(int devices, const char *wanted)
{
    DIR *list;
    int fd = openat(devices, wanted, O_RDONLY | O_DIRECTORY | O_CLOEXEC), copy;
    char name[VALUE_MAX];

    if (fd >= 0)
        return fd;
    copy = openat(devices, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    list = copy < 0 ? NULL : fdopendir(copy);
    if (!list) {
        if (copy >= 0)
            (void)close(copy);
        return -ENODEV;
    }
    for (const struct dirent *entry = readdir(list); entry && fd < 0; entry = readdir(list)) {
        if (strncmp(entry->d_name, "counter", strlen("counter")) != 0)
            continue;
        fd = openat(devices, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0 && (read_text(fd, "name", name, sizeof name) < 0 || strcmp(name, wanted) != 0)) {
            (void)close(fd);
            fd = -ENODEV;
        }
    }
    (void)closedir(list);
    return fd < 0 ? -ENODEV : fd;
}

static int open_folder(struct mb_counter *c, const struct mb_counter_setting *setting, struct mb_error *err)
{
    char path[PATH_MAX];
    int devices, device;

    (void)snprintf(path, sizeof path, "%s/bus/counter/devices", setting->root);
    devices = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (devices < 0)
        return mb_error_set(err, -EOPNOTSUPP,
                            "%s: this kernel has no counter subsystem (CONFIG_COUNTER; Debian's has not)",
                            c->label);
    device = open_device(devices, setting->device);
    (void)close(devices);
    if (device < 0)
        return mb_error_set(err, -ENODEV, "%s: there is no such counter", c->label);
    (void)snprintf(path, sizeof path, "count%u", setting->count);
    c->folder = openat(device, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)close(device);
    return c->folder < 0 ? mb_error_set(err, -ENODEV, "%s: there is no such count", c->label) : 0;
}

static int set_function(struct mb_counter *c, const char *function, struct mb_error *err)
{
    char text[VALUE_MAX] = "", available[VALUE_MAX] = "";
    int r = write_text(c->folder, "function", function);

    if (r == 0)
        r = read_text(c->folder, "function", text, sizeof text);
    if (r == 0 && strcmp(text, function) == 0)
        return 0;
    (void)read_text(c->folder, "function_available", available, sizeof available);
    return mb_error_set(err, r < 0 ? r : -EINVAL, "%s: function '%.60s' is not taken%s%.120s", c->label,
                        function, available[0] ? ", the first allowed is " : "", available);
}

static int prepare(struct mb_counter *c, const struct mb_counter_setting *setting, struct mb_error *err)
{
    uint64_t ceiling;
    int r = open_folder(c, setting, err);

    if (r == 0 && setting->function)
        r = set_function(c, setting->function, err);
    if (r < 0)
        return r;
    if (read_count(c->folder, "ceiling", &ceiling) == 0 && ceiling > 0)
        c->range = ceiling + 1; /* of all ones: 0, which is 2^64 */
    if (faccessat(c->folder, "enable", W_OK, 0) == 0)
        r = write_text(c->folder, "enable", "1");
    if (r == 0)
        r = read_count(c->folder, "count", &c->last);
    return r < 0 ? mb_error_set(err, r, "%s: cannot be read: %s", c->label, strerror(-r)) : 0;
}

int mb_counter_open(const struct mb_counter_setting *setting, struct mb_counter **ret, struct mb_error *err)
{
    struct mb_counter *c;
    int r;

    if (!(setting->counts_a_turn > 0) || setting->counts_a_turn > 1e9)
        return mb_error_set(err, -EINVAL, "%s: %g counts a turn, allowed are above 0 to 1e9", setting->device,
                            setting->counts_a_turn);
    if (strchr(setting->device, '/') || setting->device[0] == '.')
        return mb_error_set(err, -EINVAL, "%.40s: not the name of a counter", setting->device);
    c = calloc(1, sizeof *c);
    if (!c)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", setting->device);
    c->folder = -1;
    c->counts_a_turn = setting->counts_a_turn;
    (void)snprintf(c->label, sizeof c->label, "%.40s/count%u", setting->device, setting->count);
    r = prepare(c, setting, err);
    if (r < 0)
        (void)mb_counter_free(c);
    else
        *ret = c;
    return r;
}

struct mb_counter *mb_counter_free(struct mb_counter *c)
{
    if (c && c->folder >= 0)
        (void)close(c->folder);
    free(c);
    return NULL;
}

int mb_counter_read(struct mb_counter *c, int64_t *ret_counts)
{
    uint64_t now, up;
    int r = read_count(c->folder, "count", &now);

    if (r < 0)
        return r;
    if (c->range != 0 && now >= c->range)
        return -EPROTO;
    up = c->range == 0 || now >= c->last ? now - c->last : c->range - c->last + now;
    c->last = now;
    /* The shorter way around. */
    if (c->range == 0 ? up >> (REGISTER_BITS - 1) != 0 : up > c->range / 2)
        c->total -= (int64_t)(c->range - up);
    else
        c->total += (int64_t)up;
    *ret_counts = c->total;
    return 0;
}

double mb_counter_speed_rpm(const struct mb_counter *c, int64_t counts, double seconds)
{
    return seconds > 0 ? (double)counts / c->counts_a_turn / seconds * 60 : (double)NAN;
}
