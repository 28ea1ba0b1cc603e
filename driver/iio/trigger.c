/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/trigger.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refused(const char *trigger, int error, struct mb_error *err)
{
    return mb_error_set(err, -error, "trigger %.60s: cannot be made: %s", trigger, strerror(error));
}

static int make_hrtimer(const char *root, const char *trigger, const char *name, struct mb_error *err)
{
    char path[PATH_MAX];

    if (!*name || strchr(name, '/') || name[0] == '.')
        return mb_error_set(err, -EINVAL, "trigger %.60s: hrtimer:NAME is expected", trigger);
    (void)snprintf(path, sizeof path, "%s/kernel/config/iio/triggers/hrtimer", root);
    if (access(path, F_OK) < 0)
        return mb_error_set(err, -EOPNOTSUPP,
                            "trigger %.60s: this kernel has no high-resolution timer triggers (module "
                            "iio-trig-hrtimer, configfs); Debian's kernel is built without them",
                            trigger);
    (void)snprintf(path, sizeof path, "%s/kernel/config/iio/triggers/hrtimer/%s", root, name);
    return mkdir(path, 0755) < 0 && errno != EEXIST ? refused(trigger, errno, err) : 0;
}

static int make_sysfs(const char *root, const char *trigger, const char *number, struct mb_error *err)
{
    char path[PATH_MAX];
    size_t n = strlen(number);
    ssize_t written;
    int fd, error;

    if (n == 0 || n > 9 || strspn(number, "0123456789") != n)
        return mb_error_set(err, -EINVAL, "trigger %.60s: sysfs:NUMBER is expected", trigger);
    (void)snprintf(path, sizeof path, "%s/bus/iio/devices/iio_sysfs_trigger/add_trigger", root);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return mb_error_set(
            err, -EOPNOTSUPP,
            "trigger %.60s: this kernel has no sysfs triggers (module iio-trig-sysfs); Debian's "
            "kernel is built without them",
            trigger);
    if (fd < 0)
        return refused(trigger, errno, err);
    written = write(fd, number, n);
    error = written < 0 ? errno : 0;
    (void)close(fd);
    return error != 0 && error != EINVAL ? refused(trigger, error, err) : 0; /* EINVAL: it is there already */
}

int mb_iio_trigger_prepare(const char *root, const char *trigger, char *ret_name, size_t size,
                           struct mb_error *err)
{
    static const struct {
        const char *prefix, *name; /* before what follows the prefix */
        int (*make)(const char *root, const char *trigger, const char *rest, struct mb_error *err);
    } kinds[] = {{"hrtimer:", "", make_hrtimer}, {"sysfs:", "sysfstrig", make_sysfs}};
    const char *rest = trigger, *before = "";
    int r = 0;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strncmp(trigger, kinds[i].prefix, strlen(kinds[i].prefix)) != 0)
            continue;
        before = kinds[i].name;
        rest = trigger + strlen(kinds[i].prefix);
        r = root ? kinds[i].make(root, trigger, rest, err) : 0;
    }
    if (r == 0)
        (void)snprintf(ret_name, size, "%s%s", before, rest);
    return r;
}
