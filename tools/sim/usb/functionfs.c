/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/usb/functionfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/usb/functionfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/usb/descriptors.h"
#include "sim/usb/usbtmc_model.h"

#define IN_FLIGHT_MAX 32
#define EVENTS_MAX 4

struct functionfs {
    struct sim_usb_port base;
    sd_event_source *control_source, *done_source;
    int control_fd, done_fd, fds[SIM_USB_ENDPOINTS];
    aio_context_t context;
};

/* ---- transfers ---- */

static int submit(struct sim_usb_port *port, struct sim_usb_transfer *x)
{
    struct functionfs *f = (struct functionfs *)port;
    struct iocb *request = &x->request;

    *request = (struct iocb){
        .aio_data = (uintptr_t)x,
        .aio_lio_opcode = x->endpoint == SIM_USB_OUT ? IOCB_CMD_PREAD : IOCB_CMD_PWRITE,
        .aio_fildes = (uint32_t)f->fds[x->endpoint],
        .aio_buf = (uintptr_t)x->data,
        .aio_nbytes = x->size,
        .aio_flags = IOCB_FLAG_RESFD,
        .aio_resfd = (uint32_t)f->done_fd,
    };
    if (syscall(SYS_io_submit, f->context, 1L, &request) < 0)
        return -errno;
    x->pending = true;
    return 0;
}

static void cancel(struct sim_usb_port *port, struct sim_usb_transfer *x)
{
    struct functionfs *f = (struct functionfs *)port;
    struct io_event unused;

    /* -EINPROGRESS is the normal answer: the end comes like any other. A transfer that has just ended is not
     * found any more, which is as well. */
    (void)syscall(SYS_io_cancel, f->context, &x->request, &unused);
}

/* Hands on what is finished. */
static void collect(struct functionfs *f)
{
    struct timespec limit = {0};
    struct io_event events[IN_FLIGHT_MAX];
    long n = syscall(SYS_io_getevents, f->context, 0L, (long)IN_FLIGHT_MAX, events, &limit);

    for (long i = 0; i < n; i++) {
        struct sim_usb_transfer *x = (struct sim_usb_transfer *)(uintptr_t)events[i].data;

        x->pending = false;
        x->done(x, (int)events[i].res);
    }
}

static int on_done(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    uint64_t count;

    (void)source;
    (void)revents;
    if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN)
        return -errno;
    collect(userdata);
    return 0;
}

static int halt(struct sim_usb_port *port, enum sim_usb_endpoint endpoint)
{
    struct functionfs *f = (struct functionfs *)port;
    uint8_t byte = 0;
    /* The transfer that makes no sense on this endpoint is how FunctionFS is told to stall it. */
    ssize_t n =
        endpoint == SIM_USB_OUT ? write(f->fds[endpoint], &byte, 1) : read(f->fds[endpoint], &byte, 1);

    return n < 0 && errno != EBADMSG ? -errno : 0;
}

/* ---- control ---- */

/* These two wait for the host, which is waiting for them: a tick of the bus. */
static int answer(struct sim_usb_port *port, const uint8_t setup[8], const void *data, size_t n)
{
    struct functionfs *f = (struct functionfs *)port;
    uint8_t nothing;
    ssize_t r = setup[0] & USB_DIR_IN ? write(f->control_fd, data, n) : read(f->control_fd, &nothing, 0);

    return r < 0 ? -errno : 0;
}

static int refuse(struct sim_usb_port *port, const uint8_t setup[8])
{
    struct functionfs *f = (struct functionfs *)port;
    uint8_t nothing = 0;
    ssize_t r = setup[0] & USB_DIR_IN ? read(f->control_fd, &nothing, 0) : write(f->control_fd, &nothing, 0);

    return r < 0 && errno != EL2HLT ? -errno : 0;
}

static const struct sim_usb_port_ops ops = {
    .submit = submit, .cancel = cancel, .halt = halt, .answer = answer, .refuse = refuse};

/* The controller chose the endpoints' addresses, and the kernel says which of ours a request is for by
 * counting from 1; the function knows them by the addresses it asked for. */
static void name_endpoint(uint8_t setup[8])
{
    static const uint8_t addresses[SIM_USB_ENDPOINTS + 1] = {0, USBTMC_MODEL_OUT, USBTMC_MODEL_IN,
                                                             USBTMC_MODEL_INTERRUPT};

    if ((setup[0] & USB_RECIP_MASK) == USB_RECIP_ENDPOINT && setup[4] <= SIM_USB_ENDPOINTS)
        setup[4] = addresses[setup[4]];
}

static void on_event(struct functionfs *f, const struct usb_functionfs_event *e)
{
    struct usb_endpoint_descriptor d = {0};
    uint8_t setup[8];

    if (e->type == FUNCTIONFS_ENABLE) {
        if (ioctl(f->fds[SIM_USB_OUT], FUNCTIONFS_ENDPOINT_DESC, &d) == 0)
            f->base.events->enabled(d.wMaxPacketSize, f->base.userdata);
    } else if (e->type == FUNCTIONFS_DISABLE || e->type == FUNCTIONFS_UNBIND) {
        f->base.events->disabled(f->base.userdata);
    } else if (e->type == FUNCTIONFS_SETUP) {
        memcpy(setup, &e->u.setup, sizeof setup);
        name_endpoint(setup);
        f->base.events->setup(setup, f->base.userdata);
    }
}

static int on_control(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct usb_functionfs_event events[EVENTS_MAX];
    ssize_t n = read(fd, events, sizeof events);

    (void)source;
    (void)revents;
    if (n < 0)
        return errno == EAGAIN || errno == EINTR || errno == EIDRM ? 0 : -errno;
    /* What is finished was finished before these events. */
    collect(userdata);
    for (size_t i = 0; i < (size_t)n / sizeof events[0]; i++)
        on_event(userdata, &events[i]);
    return 0;
}

/* ---- life ---- */

static int open_in(const char *folder, const char *name)
{
    char path[PATH_MAX];
    int fd;

    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return -ENAMETOOLONG;
    fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int describe(int fd)
{
    uint8_t buffer[SIM_USB_DESCRIPTORS_MAX];
    size_t n = sim_usb_descriptors(buffer);

    if (write(fd, buffer, n) < 0)
        return -errno;
    n = sim_usb_strings(buffer);
    return write(fd, buffer, n) < 0 ? -errno : 0;
}

static int open_endpoints(struct functionfs *f, const char *folder)
{
    static const char *const names[SIM_USB_ENDPOINTS] = {"ep1", "ep2", "ep3"};
    int r = 0;

    f->control_fd = open_in(folder, "ep0");
    r = f->control_fd < 0 ? f->control_fd : describe(f->control_fd);
    for (int i = 0; r == 0 && i < SIM_USB_ENDPOINTS; i++) {
        f->fds[i] = open_in(folder, names[i]);
        r = f->fds[i] < 0 ? f->fds[i] : 0;
    }
    return r;
}

static int start(struct functionfs *f, sd_event *event)
{
    int r;

    f->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (f->done_fd < 0 || syscall(SYS_io_setup, (long)IN_FLIGHT_MAX, &f->context) < 0)
        return -errno;
    r = sd_event_add_io(event, &f->done_source, f->done_fd, EPOLLIN, on_done, f);
    if (r >= 0)
        r = sd_event_add_io(event, &f->control_source, f->control_fd, EPOLLIN, on_control, f);
    /* Transfers that were finished before a control request came are looked at before it. */
    if (r >= 0)
        r = sd_event_source_set_priority(f->done_source, SD_EVENT_PRIORITY_IMPORTANT);
    return r < 0 ? r : 0;
}

int sim_functionfs_new(sd_event *event, const char *folder, struct sim_usb_port **ret, struct mb_error *err)
{
    struct functionfs *f = calloc(1, sizeof *f);
    int r;

    if (f == NULL)
        return mb_error_set(err, -ENOMEM, "out of memory");
    f->base.ops = &ops;
    f->control_fd = f->done_fd = -1;
    for (int i = 0; i < SIM_USB_ENDPOINTS; i++)
        f->fds[i] = -1;
    r = open_endpoints(f, folder);
    if (r == 0)
        r = start(f, event);
    if (r < 0) {
        (void)sim_functionfs_free(&f->base);
        return mb_error_set(err, r, "cannot serve the FunctionFS in %s: %s", folder, strerror(-r));
    }
    *ret = &f->base;
    return 0;
}

struct sim_usb_port *sim_functionfs_free(struct sim_usb_port *port)
{
    struct functionfs *f = (struct functionfs *)port;

    if (f == NULL)
        return NULL;
    (void)sd_event_source_disable_unref(f->control_source);
    (void)sd_event_source_disable_unref(f->done_source);
    /* Cancels what is under way and waits for it. */
    if (f->context != 0)
        (void)syscall(SYS_io_destroy, f->context);
    for (int i = 0; i < SIM_USB_ENDPOINTS; i++)
        if (f->fds[i] >= 0)
            (void)close(f->fds[i]);
    if (f->control_fd >= 0)
        (void)close(f->control_fd);
    if (f->done_fd >= 0)
        (void)close(f->done_fd);
    free(f);
    return NULL;
}
