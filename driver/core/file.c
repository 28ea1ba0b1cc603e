/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads until the end or until size bytes are there: a file that grows meanwhile is not followed. */
static int read_all(int fd, char *text, size_t size, size_t *ret_size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = read(fd, text + done, size - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    text[done] = '\0';
    *ret_size = done;
    return 0;
}

static int read_open_file(int fd, const char *path, size_t max, char **ret, size_t *ret_size,
                          struct mb_error *err)
{
    struct stat st;
    char *text;
    int r;

    if (fstat(fd, &st) < 0)
        return mb_error_set(err, -errno, "%s: cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode) || (size_t)st.st_size > max)
        return mb_error_set(err, -EINVAL, "%s: not a regular file of at most %zu KiB", path, max >> 10);
    text = malloc((size_t)st.st_size + 1);
    if (!text)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", path);
    r = read_all(fd, text, (size_t)st.st_size, ret_size);
    if (r < 0) {
        free(text);
        return mb_error_set(err, r, "%s: cannot be read: %s", path, strerror(-r));
    }
    *ret = text;
    return 0;
}

int mb_file_read(const char *path, size_t max, char **ret, size_t *ret_size, struct mb_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), r;

    if (fd < 0)
        return mb_error_set(err, -errno, "%s: cannot be opened: %s", path, strerror(errno));
    r = read_open_file(fd, path, max, ret, ret_size, err);
    (void)close(fd);
    return r;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    size_t done = 0;
    ssize_t n;

    while (done < size) {
        n = write(fd, bytes + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        done += (size_t)n;
    }
    return 0;
}

int mb_file_write(const char *path, const void *bytes, size_t size, struct mb_error *err)
{
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path), fd, r;

    if (n < 0 || (size_t)n >= sizeof temporary)
        return mb_error_set(err, -ENAMETOOLONG, "%s: the path is too long", path);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return mb_error_set(err, -errno, "%s: cannot be written: %s", path, strerror(errno));
    r = write_all(fd, bytes, size);
    if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0))
        r = -errno;
    if (close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0 && rename(temporary, path) < 0)
        r = -errno;
    if (r < 0) {
        (void)unlink(temporary);
        return mb_error_set(err, r, "%s: cannot be written: %s", path, strerror(-r));
    }
    return 0;
}
