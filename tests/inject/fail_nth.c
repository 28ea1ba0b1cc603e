/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For LD_PRELOAD: makes one call of a program fail. MB_FAIL says which:
 *   alloc:N    the N-th allocation (no memory)
 *   write:N    the N-th write, sync or rename of a regular file (no space); write:N+ that one and all later
 *   readonly:N from the N-th of these on the file systems cannot be written (read-only)
 *   bus:N      the N-th message to a stream socket of the machine, which is the bus (no buffer)
 *   clock:S:N  from the N-th look on, the wall clock is off by S seconds
 *   count      nothing; how many there were of each is said on stderr at the end
 * Counted from the first instruction of the program; its children have the call as it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { NOTHING, ALLOC, WRITE, BUS, CLOCK, KIND_COUNT };

/* State of the process: there is no object here that could carry it. */
static enum kind kind;
static long nth;
static bool lasting, readonly;
static long long jump_s;
static bool counting;
static atomic_long calls[KIND_COUNT];

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

__attribute__((constructor)) static void read_order(void)
{
    const char *order = getenv("MB_FAIL");
    char name[10], more = 0;

    if (order && sscanf(order, "clock:%lld:%ld", &jump_s, &nth) == 2)
        kind = CLOCK;
    else if (order && sscanf(order, "%9[a-z]:%ld%c", name, &nth, &more) >= 2) {
        readonly = strcmp(name, "readonly") == 0;
        kind = strcmp(name, "alloc") == 0   ? ALLOC
               : strcmp(name, "write") == 0 ? WRITE
               : readonly                   ? WRITE
               : strcmp(name, "bus") == 0   ? BUS
                                            : NOTHING;
    }
    counting = order && strcmp(order, "count") == 0;
    lasting = more == '+' || readonly || kind == CLOCK;
    (void)unsetenv("LD_PRELOAD");
    (void)unsetenv("MB_FAIL");
}

__attribute__((destructor)) static void say_count(void)
{
    if (counting)
        (void)dprintf(STDERR_FILENO, "calls alloc:%ld write:%ld bus:%ld clock:%ld\n",
                      atomic_load(&calls[ALLOC]), atomic_load(&calls[WRITE]), atomic_load(&calls[BUS]),
                      atomic_load(&calls[CLOCK]));
}

static bool fails(enum kind what)
{
    long n;

    if (kind != what && !counting)
        return false;
    n = atomic_fetch_add(&calls[what], 1) + 1;
    return kind == what && (n == nth || (lasting && n > nth));
}

/* ---- Memory. ---- */

void *malloc(size_t size)
{
    if (fails(ALLOC)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    if (fails(ALLOC)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    if (fails(ALLOC)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(p, size);
}

/* ---- Files. ---- */

static bool is_file(int fd)
{
    struct stat st;

    return (kind == WRITE || counting) && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static bool write_fails(int fd)
{
    if (!is_file(fd) || !fails(WRITE))
        return false;
    errno = readonly ? EROFS : ENOSPC;
    return true;
}

/* Devices are no files; who opens for reading is not in the way. */
static bool open_fails(const char *path, int flags)
{
    if (!readonly || (flags & O_ACCMODE) == O_RDONLY || strncmp(path, "/dev/", 5) == 0 ||
        atomic_load(&calls[WRITE]) + 1 < nth)
        return false;
    errno = EROFS;
    return true;
}

static int open_file(const char *path, int flags, mode_t mode)
{
    return open_fails(path, flags) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static mode_t mode_of(int flags, va_list ap)
{
    return flags & (O_CREAT | __O_TMPFILE) ? (mode_t)va_arg(ap, unsigned) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = mode_of(flags, ap);
    va_end(ap);
    return open_file(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = mode_of(flags, ap);
    va_end(ap);
    return open_file(path, flags | O_LARGEFILE, mode);
}

int mkdir(const char *path, mode_t mode)
{
    return open_fails(path, O_WRONLY) ? -1 : (int)syscall(SYS_mkdir, path, mode);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    return write_fails(fd) ? -1 : syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    return write_fails(fd) ? -1 : syscall(SYS_pwrite64, fd, bytes, size, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
    return write_fails(fd) ? -1 : syscall(SYS_pwrite64, fd, bytes, size, offset);
}

int fsync(int fd)
{
    return write_fails(fd) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return write_fails(fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int rename(const char *from, const char *to)
{
    if (fails(WRITE)) {
        errno = readonly ? EROFS : ENOSPC;
        return -1;
    }
    return (int)syscall(SYS_rename, from, to);
}

/* ---- The bus. ---- */

static bool is_bus(int fd)
{
    int type = 0, domain = 0;
    socklen_t size = sizeof type;

    return (kind == BUS || counting) && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_STREAM && getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
           domain == AF_UNIX;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (is_bus(fd) && fails(BUS)) {
        errno = ENOBUFS;
        return -1;
    }
    return syscall(SYS_sendmsg, fd, message, flags);
}

/* ---- The wall clock. ---- */

int clock_gettime(clockid_t id, struct timespec *ret)
{
    int r = (int)syscall(SYS_clock_gettime, id, ret);

    if (r == 0 && id == CLOCK_REALTIME && fails(CLOCK))
        ret->tv_sec += jump_s;
    return r;
}

time_t time(time_t *ret)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (ret)
        *ret = now.tv_sec;
    return now.tv_sec;
}
