/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/pdf/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int bytes_append(struct bytes *bytes, const void *data, size_t size)
{
    if (bytes->capacity - bytes->size < size) {
        size_t capacity = 2 * (bytes->size + size) + 65536;
        unsigned char *grown = realloc(bytes->data, capacity);

        if (!grown)
            return -ENOMEM;
        bytes->data = grown;
        bytes->capacity = capacity;
    }
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    return 0;
}

int bytes_read(struct bytes *bytes, int fd, size_t max, struct mb_error *err)
{
    char part[65536];

    for (;;) {
        ssize_t n = read(fd, part, sizeof part);

        if (n == 0)
            return 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mb_error_set(err, -errno, "standard input: %s", strerror(errno));
        if (bytes->size + (size_t)n > max)
            return mb_error_set(err, -EFBIG, "standard input: more than %zu MiB is not a record", max >> 20);
        if (bytes_append(bytes, part, (size_t)n) < 0)
            return mb_error_set(err, -ENOMEM, "not enough memory");
    }
}

int bytes_write(const struct bytes *bytes, int fd, const char *name, struct mb_error *err)
{
    size_t done = 0;

    while (done < bytes->size) {
        ssize_t n = write(fd, bytes->data + done, bytes->size - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mb_error_set(err, -errno, "%s: %s", name, strerror(errno));
        done += (size_t)n;
    }
    return 0;
}

static int write_and_move(const struct bytes *bytes, int fd, const char *temporary, const char *path,
                          struct mb_error *err)
{
    mode_t mask = umask(0);
    int r;

    (void)umask(mask);
    r = bytes_write(bytes, fd, path, err);
    if (r < 0)
        return r;
    /* mkostemp makes files for the owner only; a report is a file like any other. */
    if (fchmod(fd, 0666 & ~mask) < 0 || fsync(fd) < 0 || rename(temporary, path) < 0)
        return mb_error_set(err, -errno, "%s: %s", path, strerror(errno));
    return 0;
}

int bytes_write_file(const struct bytes *bytes, const char *path, struct mb_error *err)
{
    char temporary[4096];
    struct stat st;
    int fd, n, r;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return mb_error_set(err, -EINVAL, "%s: not a regular file", path);
    n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof temporary)
        return mb_error_set(err, -ENAMETOOLONG, "%.80s...: %s", path, strerror(ENAMETOOLONG));
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return mb_error_set(err, -errno, "%s: %s", path, strerror(errno));
    r = write_and_move(bytes, fd, temporary, path, err);
    if (r < 0)
        (void)unlink(temporary);
    (void)close(fd);
    return r;
}

void bytes_clear(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){NULL, 0, 0};
}
