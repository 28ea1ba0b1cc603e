/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/usb_reset.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "transport/usb_loop.h"

struct mb_usb_reset {
    libusb_device_handle *handle;
    void (*done)(int r, void *userdata);
    void *userdata;
    pthread_t thread;
    int result; /* the thread's until it has ended */
    int fd;     /* readable when it is about to end */
    sd_event_source *source;
};

static void *run(void *userdata)
{
    struct mb_usb_reset *reset = userdata;
    const uint64_t one = 1;

    reset->result = mb_usb_errno(libusb_reset_device(reset->handle));
    /* An eventfd takes its first write whatever happens. */
    if (write(reset->fd, &one, sizeof one) < 0)
        abort();
    return NULL;
}

static int on_done(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct mb_usb_reset *reset = userdata;

    (void)fd, (void)revents;
    (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
    (void)pthread_join(reset->thread, NULL);
    reset->thread = 0;
    reset->done(reset->result, reset->userdata); /* may free it */
    return 0;
}

/* Signals are for the thread of the event loop. */
static int start_thread(struct mb_usb_reset *reset)
{
    sigset_t all, before;
    int r;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&reset->thread, NULL, run, reset);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r > 0)
        reset->thread = 0;
    return -r;
}

int mb_usb_reset_start(sd_event *event, libusb_device_handle *handle, void (*done)(int r, void *userdata),
                       void *userdata, struct mb_usb_reset **ret)
{
    struct mb_usb_reset *reset = calloc(1, sizeof *reset);
    int r;

    if (!reset)
        return -ENOMEM;
    *reset = (struct mb_usb_reset){
        .handle = handle, .done = done, .userdata = userdata, .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    r = reset->fd < 0 ? -errno : sd_event_add_io(event, &reset->source, reset->fd, EPOLLIN, on_done, reset);
    if (r >= 0)
        r = start_thread(reset);
    if (r < 0) {
        (void)mb_usb_reset_free(reset);
        return r;
    }
    *ret = reset;
    return 0;
}

struct mb_usb_reset *mb_usb_reset_free(struct mb_usb_reset *reset)
{
    if (!reset)
        return NULL;
    if (reset->thread)
        (void)pthread_join(reset->thread, NULL);
    (void)sd_event_source_disable_unref(reset->source);
    if (reset->fd >= 0)
        (void)close(reset->fd);
    free(reset);
    return NULL;
}
