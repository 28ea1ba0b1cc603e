/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/usb_reset.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "core/worker.h"
#include "transport/usb_loop.h"

struct job {
    libusb_device_handle *handle;
    int result;
};

struct mb_usb_reset {
    struct mb_crew *crew;
    struct mb_worker *worker;
    sd_event_source *source;
    bool running;
    void (*done)(int r, void *userdata);
    void *userdata;
};

static void serve(void *userdata, int request)
{
    struct job *job = userdata;

    (void)request;
    job->result = mb_usb_errno(libusb_reset_device(job->handle));
}

static const struct mb_worker_ops worker_ops = {.serve = serve, .free = free};

static int on_answer(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct mb_usb_reset *reset = userdata;
    void *answer;

    (void)fd, (void)revents;
    if (mb_worker_answer(reset->worker, &answer) < 0)
        return 0;
    reset->running = false;
    (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
    reset->done(((struct job *)answer)->result, reset->userdata); /* may free it */
    return 0;
}

static int start(struct mb_usb_reset *reset, sd_event *event, libusb_device_handle *handle)
{
    struct job *job;
    int r = mb_crew_new(&reset->crew);

    if (r < 0)
        return r;
    job = malloc(sizeof *job);
    if (!job)
        return -ENOMEM;
    *job = (struct job){.handle = handle};
    r = mb_worker_new(reset->crew, &worker_ops, job, &reset->worker);
    if (r < 0)
        return r;
    r = sd_event_add_io(event, &reset->source, mb_worker_fd(reset->worker), EPOLLIN, on_answer, reset);
    if (r >= 0)
        r = mb_worker_ask(reset->worker, 0);
    reset->running = r == 0;
    return r;
}

int mb_usb_reset_start(sd_event *event, libusb_device_handle *handle, void (*done)(int r, void *userdata),
                       void *userdata, struct mb_usb_reset **ret)
{
    struct mb_usb_reset *reset = calloc(1, sizeof *reset);
    int r;

    if (!reset)
        return -ENOMEM;
    *reset = (struct mb_usb_reset){.done = done, .userdata = userdata};
    r = start(reset, event, handle);
    if (r < 0) {
        (void)mb_usb_reset_free(reset);
        return r;
    }
    *ret = reset;
    return 0;
}

/* Not abandoned like other work: the handle is the owner's, and libusb closes it in the loop's thread only.
 */
static void wait_for(struct mb_usb_reset *reset)
{
    struct pollfd ready = {.fd = mb_worker_fd(reset->worker), .events = POLLIN};
    void *answer;

    while (mb_worker_answer(reset->worker, &answer) == -EAGAIN)
        (void)poll(&ready, 1, -1);
}

struct mb_usb_reset *mb_usb_reset_free(struct mb_usb_reset *reset)
{
    if (!reset)
        return NULL;
    if (reset->running)
        wait_for(reset);
    (void)sd_event_source_disable_unref(reset->source);
    (void)mb_worker_abandon(reset->worker);
    mb_crew_release(reset->crew);
    free(reset);
    return NULL;
}
