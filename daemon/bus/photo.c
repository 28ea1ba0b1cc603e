/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A photograph that a client hands over as a file descriptor: looked at before it is read. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus/internal.h"

static int read_all(int fd, char *buffer, size_t size)
{
    size_t used = 0;

    while (used < size) {
        ssize_t n = pread(fd, buffer + used, size - used, (off_t)used);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO; /* it has become shorter meanwhile */
        used += (size_t)n;
    }
    return 0;
}

int bus_read_photo(int fd, char **ret, size_t *ret_size, struct mb_error *err)
{
    struct stat st;
    char *buffer;
    int r;

    if (fstat(fd, &st) < 0)
        return mb_error_set(err, -errno, "the photograph cannot be read");
    if (!S_ISREG(st.st_mode)) /* reading anything else could block the daemon */
        return mb_error_set(err, -EINVAL, "the photograph is not a regular file");
    if (st.st_size <= 0 || st.st_size > MB_PHOTO_MAX)
        return mb_error_set(err, -EINVAL, "a photograph has 1 byte to %u MiB, this has %lld bytes",
                            MB_PHOTO_MAX >> 20, (long long)st.st_size);
    buffer = malloc((size_t)st.st_size);
    if (!buffer)
        return -ENOMEM;
    r = read_all(fd, buffer, (size_t)st.st_size);
    if (r < 0) {
        free(buffer);
        return mb_error_set(err, r, "the photograph cannot be read");
    }
    *ret = buffer;
    *ret_size = (size_t)st.st_size;
    return 0;
}
