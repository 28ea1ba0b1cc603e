/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/number.h"

#define CLOSE_WAIT_S 0.25
#define CLOSE_LOOK_NS 2000000 /* between two looks at the output queue */

const struct mb_serial_setting mb_serial_default = {.baud = 9600, .data_bits = 8, .stop_bits = 1};

static const struct {
    int baud;
    speed_t speed;
} speeds[] = {
    {300, B300},         {600, B600},         {1200, B1200},       {2400, B2400},       {4800, B4800},
    {9600, B9600},       {19200, B19200},     {38400, B38400},     {57600, B57600},     {115200, B115200},
    {230400, B230400},   {460800, B460800},   {500000, B500000},   {576000, B576000},   {921600, B921600},
    {1000000, B1000000}, {1152000, B1152000}, {1500000, B1500000}, {2000000, B2000000}, {2500000, B2500000},
    {3000000, B3000000}, {3500000, B3500000}, {4000000, B4000000},
};

/* Indexed by the enums. */
static const char parity_letters[] = "NEO";
static const char *const flow_words[] = {"none", "rtscts", "xonxoff"};

static const speed_t *find_speed(int baud)
{
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
        if (speeds[i].baud == baud)
            return &speeds[i].speed;
    return NULL;
}

/* ---- text ---- */

static int parse_baud(const char *text, size_t n, struct mb_serial_setting *setting)
{
    int64_t baud;

    if (mb_integer_parse(text, n, &baud) < 0 || baud < 0 || baud > 4000000 || !find_speed((int)baud))
        return -EINVAL;
    setting->baud = (int)baud;
    return 0;
}

static int parse_frame(const char *text, size_t n, struct mb_serial_setting *setting)
{
    const char *parity = n == 3 && text[1] ? strchr(parity_letters, text[1]) : NULL;

    if (!parity || (text[0] != '7' && text[0] != '8') || (text[2] != '1' && text[2] != '2'))
        return -EINVAL;
    setting->data_bits = text[0] - '0';
    setting->parity = (enum mb_parity)(parity - parity_letters);
    setting->stop_bits = text[2] - '0';
    return 0;
}

static int parse_flow(const char *text, size_t n, struct mb_serial_setting *setting)
{
    for (size_t i = 0; i < sizeof flow_words / sizeof *flow_words; i++)
        if (strlen(flow_words[i]) == n && strncmp(flow_words[i], text, n) == 0) {
            setting->flow = (enum mb_flow)i;
            return 0;
        }
    return -EINVAL;
}

int mb_serial_parse(const char *text, struct mb_serial_setting *setting, struct mb_error *err)
{
    static int (*const parts[])(const char *, size_t, struct mb_serial_setting *) = {parse_baud, parse_frame,
                                                                                     parse_flow};
    const size_t count = sizeof parts / sizeof *parts;
    struct mb_serial_setting read = *setting;
    const char *at = text;

    for (size_t next = 0;; at++) {
        size_t n = strcspn(at, ",");

        /* The baud rate comes first; of the others one may be left out. */
        while (next < count && parts[next](at, n, &read) < 0)
            next = next == 0 ? count : next + 1;
        if (next++ >= count)
            return mb_error_set(
                err, -EINVAL,
                "'%s' is no serial setting, allowed is BAUD[,FRAME][,none|rtscts|xonxoff] with a "
                "standard baud rate of 300 to 4000000 and a frame such as 8N1, 7E1, 8O2",
                text);
        at += n;
        if (*at == '\0')
            break;
    }
    *setting = read;
    return 0;
}

/* Where PATH begins in "tty:PATH..." or "record:FILE:tty:PATH..."; NULL for other links. */
static const char *tty_path(const char *address)
{
    const char *colon;

    if (strncmp(address, "record:", strlen("record:")) == 0) {
        colon = strchr(address + strlen("record:"), ':');
        address = colon ? colon + 1 : address;
    }
    return strncmp(address, "tty:", strlen("tty:")) == 0 ? address + strlen("tty:") : NULL;
}

int mb_serial_address(const char *address, const struct mb_serial_setting *setting, char **ret,
                      struct mb_error *err)
{
    struct mb_serial_setting s = *setting;
    const char *path = tty_path(address);
    size_t end = path ? (size_t)(path - address) + strcspn(path, ",") : strlen(address);
    char *text = NULL;
    int r = path && address[end] ? mb_serial_parse(address + end + 1, &s, err) : 0;

    if (r < 0)
        return r;
    if (!path)
        text = strdup(address);
    else if (asprintf(&text, "%.*s,%d,%d%c%d,%s", (int)end, address, s.baud, s.data_bits,
                      parity_letters[s.parity], s.stop_bits, flow_words[s.flow]) < 0)
        text = NULL;
    if (!text)
        return mb_error_set(err, -ENOMEM, "%s: out of memory", address);
    *ret = text;
    return 0;
}

double mb_serial_seconds(const struct mb_serial_setting *s, size_t n)
{
    const int bits = 1 + s->data_bits + (s->parity != MB_PARITY_NONE) + s->stop_bits;

    return (double)n * bits / s->baud;
}

/* ---- the port ---- */

static int explain_open(const char *path, int code, struct mb_error *err)
{
    switch (code) {
    case -ENOENT:
    case -ENOTDIR:
        return mb_error_set(
            err, code, "%s: there is no such port; what is plugged in stands under /dev/serial/by-id", path);
    case -EACCES:
    case -EPERM:
        return mb_error_set(
            err, code,
            "%s: not allowed; add the user to the group motorbench, or to the port's own group "
            "(dialout on Debian)",
            path);
    case -EBUSY:
    case -EWOULDBLOCK:
        return mb_error_set(err, -EBUSY, "%s: another program holds this port", path);
    default:
        return mb_error_set(err, code, "%s: %s", path, strerror(-code));
    }
}

/* A lock for programs that ask for one, and the kernel's refusal for those that do not. */
static int lock(int fd)
{
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return -errno;
    return ioctl(fd, TIOCEXCL) < 0 ? -errno : 0;
}

static void fill_termios(const struct mb_serial_setting *s, struct termios *t)
{
    cfmakeraw(t);
    t->c_cflag &= ~(tcflag_t)(CSIZE | CSTOPB | PARENB | PARODD | CRTSCTS | HUPCL);
    t->c_cflag |= CLOCAL | CREAD | (s->data_bits == 7 ? CS7 : CS8);
    if (s->stop_bits == 2)
        t->c_cflag |= CSTOPB;
    if (s->parity != MB_PARITY_NONE) {
        t->c_cflag |= PARENB | (s->parity == MB_PARITY_ODD ? PARODD : 0);
        t->c_iflag |= INPCK; /* a character with a wrong parity comes as NUL: no number can hold it */
    }
    if (s->flow == MB_FLOW_RTSCTS)
        t->c_cflag |= CRTSCTS;
    t->c_iflag &= ~(tcflag_t)(IXON | IXOFF | IXANY);
    if (s->flow == MB_FLOW_XONXOFF)
        t->c_iflag |= IXON | IXOFF;
    t->c_cc[VMIN] = 1; /* 0 would make "nothing there" look like the end */
    t->c_cc[VTIME] = 0;
}

/* tcsetattr is content when it could do something of what was asked for. */
static int set_up(int fd, const struct mb_serial_setting *s)
{
    const tcflag_t mask = CSIZE | CSTOPB | PARENB | PARODD | CRTSCTS;
    const speed_t *speed = find_speed(s->baud);
    struct termios want, have;

    if (tcgetattr(fd, &want) < 0)
        return -errno;
    fill_termios(s, &want);
    if (!speed || cfsetspeed(&want, *speed) < 0 || tcsetattr(fd, TCSANOW, &want) < 0 ||
        tcgetattr(fd, &have) < 0)
        return -errno;
    if (cfgetospeed(&have) != *speed || (have.c_cflag & mask) != (want.c_cflag & mask))
        return -EINVAL;
    return tcflush(fd, TCIFLUSH) < 0 ? -errno : 0;
}

int mb_serial_open(const char *path, const struct mb_serial_setting *s, int *ret_fd, struct mb_error *err)
{
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), r;

    if (fd < 0)
        return explain_open(path, -errno, err);
    if (!isatty(fd)) {
        (void)close(fd);
        return mb_error_set(err, -ENOTTY, "%s: is not a serial port", path);
    }
    r = lock(fd);
    if (r < 0) {
        (void)close(fd);
        return explain_open(path, r, err);
    }
    r = set_up(fd, s);
    if (r < 0) {
        mb_serial_close(fd, s);
        return r == -EINVAL
                   ? mb_error_set(err, r, "%s: the port does not take %d baud, %d%c%d, flow control %s", path,
                                  s->baud, s->data_bits, parity_letters[s->parity], s->stop_bits,
                                  flow_words[s->flow])
                   : explain_open(path, r, err);
    }
    *ret_fd = fd;
    return 0;
}

void mb_serial_close(int fd, const struct mb_serial_setting *s)
{
    const struct timespec look = {.tv_nsec = CLOSE_LOOK_NS};
    uint64_t end_ns;
    int queued = 0;

    if (fd < 0)
        return;
    if (ioctl(fd, TIOCOUTQ, &queued) == 0 && queued > 0) {
        end_ns = mb_monotonic_ns() +
                 (uint64_t)(fmin(0.05 + mb_serial_seconds(s, (size_t)queued), CLOSE_WAIT_S) * 1e9);
        while (ioctl(fd, TIOCOUTQ, &queued) == 0 && queued > 0 && mb_monotonic_ns() < end_ns)
            (void)nanosleep(&look, NULL);
        if (queued > 0)
            (void)tcflush(fd, TCOFLUSH);
    }
    (void)ioctl(fd, TIOCNXCL);
    (void)close(fd);
}
