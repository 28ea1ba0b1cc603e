/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One USBTMC device, asked through our link (usbtmc:...) or through the kernel's driver (/dev/usbtmcN):
 *
 *   usb_link LINK queries N TEXT      N queries one after the other: "RATE MEDIAN_MS P99_MS CPU_MS SWITCHES",
 * the last two of this process, a query usb_link LINK tell TEXT           a command usb_link LINK block BYTES
 * N       N times BLOCK? BYTES, every byte compared: "MEDIAN_MB_PER_S CPU_MS", the last of this process, a
 * block usb_link LINK status              the status byte, in decimal
 *
 * Before the first that counts come some that do not: an emulator translates what runs for the first time.
 * Exit status 1 when something was wrong, with a sentence. */
#include <errno.h>
#include <fcntl.h>
#include <linux/usb/tmc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/number.h"
#include "sim/usb/usbtmc_model.h"
#include "transport/transport.h"

#define REPLY_MAX (64u << 20)
#define WARM_QUERIES 50u
#define WARM_BLOCKS 1u

/* Either kind of link; each call ends when the device has answered. */
struct link {
    int fd;      /* of the kernel's driver, or -1 */
    size_t most; /* what one answer may have */
    sd_event *event;
    struct mb_transport *transport;
    bool opened, ended, has_status;
    int error;
    char text[256];
    uint8_t status;
    uint8_t *reply;
    size_t size;
};

/* ---- our link ---- */

static void on_opened(void *userdata)
{
    ((struct link *)userdata)->opened = true;
}

static void on_received(const uint8_t *data, size_t n, bool end_of_message, void *userdata)
{
    struct link *l = userdata;

    if (l->size + n > REPLY_MAX)
        l->error = -EMSGSIZE;
    else
        memcpy(l->reply + l->size, data, n);
    l->size += n;
    l->ended = end_of_message;
}

static void on_failed(int code, const char *text, void *userdata)
{
    struct link *l = userdata;

    l->error = code;
    (void)snprintf(l->text, sizeof l->text, "%s", text);
}

static void on_status(int error, uint8_t status, void *userdata)
{
    struct link *l = userdata;

    l->error = error;
    l->status = status;
    l->has_status = true;
}

static const struct mb_transport_callbacks callbacks = {
    .opened = on_opened, .received = on_received, .failed = on_failed, .status = on_status};

static int run_until(struct link *l, const bool *flag)
{
    int r = 0;

    while (r >= 0 && !*flag && l->error == 0)
        r = sd_event_run(l->event, UINT64_MAX);
    return r < 0 ? r : l->error;
}

static int ask_ours(struct link *l, const char *text)
{
    int r = l->transport->ops->write(l->transport, text, strlen(text));

    if (r == 0)
        r = l->transport->ops->request(l->transport, l->most);
    return r < 0 ? r : run_until(l, &l->ended);
}

static int open_ours(struct link *l, const char *address)
{
    struct mb_error err = {""};
    int r = sd_event_new(&l->event);

    if (r >= 0)
        r = mb_transport_new(l->event, address, &callbacks, l, &l->transport, &err);
    if (r == 0)
        r = l->transport->ops->open(l->transport, &err);
    if (r < 0)
        (void)snprintf(l->text, sizeof l->text, "%s", err.text);
    return r < 0 ? r : run_until(l, &l->opened);
}

/* ---- both ---- */

static int ask_kernel(struct link *l, const char *text)
{
    ssize_t n = write(l->fd, text, strlen(text));

    /* One read asks once and takes up to this much of it. */
    if (n >= 0)
        n = read(l->fd, l->reply, l->most);
    l->size = n > 0 ? (size_t)n : 0;
    return n < 0 ? -errno : 0;
}

static int ask(struct link *l, const char *text)
{
    l->size = 0;
    l->ended = false;
    return l->fd >= 0 ? ask_kernel(l, text) : ask_ours(l, text);
}

static int link_open(struct link *l, const char *name)
{
    *l = (struct link){.fd = -1, .most = 4096, .reply = malloc(REPLY_MAX)};
    if (!l->reply)
        return -ENOMEM;
    if (*name != '/')
        return open_ours(l, name);
    l->fd = open(name, O_RDWR | O_CLOEXEC);
    return l->fd < 0 ? -errno : 0;
}

static void link_close(struct link *l)
{
    l->transport = mb_transport_free(l->transport);
    sd_event_unref(l->event);
    if (l->fd >= 0)
        (void)close(l->fd);
    free(l->reply);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double now_s(void)
{
    return 1e-9 * (double)mb_monotonic_ns();
}

/* What this process has used up so far. */
struct usage {
    double wall_s, cpu_s, switches;
};

static struct usage usage(void)
{
    struct rusage u = {0};

    (void)getrusage(RUSAGE_SELF, &u);
    return (struct usage){
        .wall_s = now_s(),
        .cpu_s = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec),
        .switches = (double)(u.ru_nvcsw + u.ru_nivcsw),
    };
}

/* ---- what is measured ---- */

static int query_line(struct link *l, const char *text)
{
    int r = ask(l, text);

    return r == 0 && (l->size == 0 || l->reply[l->size - 1] != '\n') ? -EPROTO : r;
}

static int do_queries(struct link *l, size_t n, const char *text)
{
    double *seconds = calloc(n, sizeof *seconds);
    struct usage before = usage(), after;
    int r = seconds ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < WARM_QUERIES + n; i++) {
        double start_s;

        if (i == WARM_QUERIES)
            before = usage();
        start_s = now_s();
        r = query_line(l, text);
        if (i >= WARM_QUERIES)
            seconds[i - WARM_QUERIES] = now_s() - start_s;
    }
    after = usage();
    if (r == 0) {
        qsort(seconds, n, sizeof *seconds, by_size);
        printf("%.1f %.3f %.3f %.3f %.1f\n", (double)n / (after.wall_s - before.wall_s), 1e3 * seconds[n / 2],
               1e3 * seconds[n * 99 / 100], 1e3 * (after.cpu_s - before.cpu_s) / (double)n,
               (after.switches - before.switches) / (double)n);
    }
    free(seconds);
    return r;
}

static int query_block(struct link *l, const char *text, size_t bytes)
{
    int r = ask(l, text);

    return r == 0 && l->size != bytes ? -EPROTO : r;
}

static bool is_pattern(const struct link *l)
{
    for (size_t k = 0; k < l->size; k++)
        if (l->reply[k] != usbtmc_model_pattern(k))
            return false;
    return true;
}

static int do_block(struct link *l, size_t bytes, size_t n)
{
    double *rates = calloc(n, sizeof *rates), cpu_s = 0;
    char text[48];
    int r = rates ? 0 : -ENOMEM;

    (void)snprintf(text, sizeof text, "BLOCK? %zu\n", bytes);
    l->most = bytes;
    for (size_t i = 0; r == 0 && i < WARM_BLOCKS + n; i++) {
        const struct usage before = usage();
        struct usage after;

        r = query_block(l, text, bytes);
        after = usage();
        if (i >= WARM_BLOCKS && r == 0) {
            r = is_pattern(l) ? 0 : -EBADMSG;
            rates[i - WARM_BLOCKS] = 1e-6 * (double)bytes / (after.wall_s - before.wall_s);
            cpu_s += after.cpu_s - before.cpu_s;
        }
    }
    if (r == 0) {
        qsort(rates, n, sizeof *rates, by_size);
        printf("%.3f %.1f\n", rates[n / 2], 1e3 * cpu_s / (double)n);
    }
    free(rates);
    return r;
}

static int do_status(struct link *l)
{
    int r;

    if (l->fd >= 0)
        r = ioctl(l->fd, USBTMC488_IOCTL_READ_STB, &l->status) < 0 ? -errno : 0;
    else
        r = l->transport->ops->read_status(l->transport);
    if (r == 0 && l->fd < 0)
        r = run_until(l, &l->has_status);
    if (r == 0)
        printf("%u\n", l->status);
    return r;
}

static size_t count(const char *text)
{
    int64_t value;

    return text && mb_integer_parse(text, strlen(text), &value) == 0 && value > 0 && value <= REPLY_MAX
               ? (size_t)value
               : 0;
}

static int do_tell(struct link *l, const char *text)
{
    if (l->fd >= 0)
        return write(l->fd, text, strlen(text)) < 0 ? -errno : 0;
    /* It goes out before the link is closed. */
    return l->transport->ops->write(l->transport, text, strlen(text));
}

static int run(struct link *l, int argc, char *argv[])
{
    const size_t first = count(argc > 3 ? argv[3] : NULL), second = count(argc > 4 ? argv[4] : NULL);

    if (strcmp(argv[2], "queries") == 0 && first > 0 && argc == 5) {
        char text[512];

        (void)snprintf(text, sizeof text, "%s\n", argv[4]);
        return do_queries(l, first, text);
    }
    if (strcmp(argv[2], "block") == 0 && first > 0 && second > 0)
        return do_block(l, first, second);
    if (strcmp(argv[2], "tell") == 0 && argc == 4)
        return do_tell(l, argv[3]);
    if (strcmp(argv[2], "status") == 0)
        return do_status(l);
    return -EINVAL;
}

int main(int argc, char *argv[])
{
    struct link l;
    int r;

    if (argc < 3) {
        (void)fprintf(stderr, "usage: usb_link LINK queries|block|status ...\n");
        return 2;
    }
    r = link_open(&l, argv[1]);
    if (r == 0)
        r = run(&l, argc, argv);
    if (r < 0)
        (void)fprintf(stderr, "usb_link: %s: %s\n", argv[1], l.text[0] ? l.text : strerror(-r));
    link_close(&l);
    return r < 0;
}
