/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/usb_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "core/clock.h"
#include "core/log.h"

struct usb_fd {
    int fd;
    sd_event_source *source;
    LIST_ENTRY(usb_fd) entry;
};

struct mb_usb_loop {
    sd_event *event;
    libusb_context *context;
    libusb_hotplug_callback_handle hotplug;
    bool has_hotplug;
    unsigned references;
    bool collecting; /* libusb is handling events for on_io, which hands on itself */
    int fault;
    sd_event_source *ready; /* on while something is finished or left */
    LIST_HEAD(, usb_fd) fds;
    LIST_HEAD(, mb_usb_watch) watches;
    LIST_HEAD(, mb_usb_arrival) arrivals;
    TAILQ_HEAD(, mb_usb_transfer) finished;
    LIST_ENTRY(mb_usb_loop) entry;
};

/* sd-event cannot carry data of ours, so the loops with a context are listed here. An event loop belongs to
 * one thread, and so does this list; it is empty whenever no USB link is open. */
static _Thread_local LIST_HEAD(, mb_usb_loop) loops = LIST_HEAD_INITIALIZER(loops);

int mb_usb_errno(int code)
{
    static const struct {
        int usb, error;
    } table[] = {
        {LIBUSB_SUCCESS, 0},
        {LIBUSB_ERROR_INVALID_PARAM, -EINVAL},
        {LIBUSB_ERROR_ACCESS, -EACCES},
        {LIBUSB_ERROR_NO_DEVICE, -ENODEV},
        {LIBUSB_ERROR_NOT_FOUND, -ENOENT},
        {LIBUSB_ERROR_BUSY, -EBUSY},
        {LIBUSB_ERROR_TIMEOUT, -ETIMEDOUT},
        {LIBUSB_ERROR_OVERFLOW, -EOVERFLOW},
        {LIBUSB_ERROR_PIPE, -EPIPE},
        {LIBUSB_ERROR_INTERRUPTED, -EINTR},
        {LIBUSB_ERROR_NO_MEM, -ENOMEM},
        {LIBUSB_ERROR_NOT_SUPPORTED, -EOPNOTSUPP},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].usb == code)
            return table[i].error;
    return -EIO;
}

static void arm(struct mb_usb_loop *loop)
{
    if (!loop->collecting)
        (void)sd_event_source_set_enabled(loop->ready, SD_EVENT_ONESHOT);
}

static void tell_left(struct mb_usb_loop *loop)
{
    struct mb_usb_watch *watch;

    do {
        LIST_FOREACH(watch, &loop->watches, entry)
        if (watch->left)
            break;
        if (watch) {
            watch->left = false;
            watch->gone(watch->userdata); /* may change the list: search again from its head */
        }
    } while (watch);
}

static void tell_arrived(struct mb_usb_loop *loop)
{
    struct mb_usb_arrival *arrival;

    do {
        LIST_FOREACH(arrival, &loop->arrivals, entry)
        if (arrival->came)
            break;
        if (arrival) {
            arrival->came = false;
            arrival->arrived(arrival->userdata); /* as above */
        }
    } while (arrival);
}

/* Not from inside libusb, and as the last act of its caller. */
static void hand_on(struct mb_usb_loop *loop)
{
    struct mb_usb_transfer *x;

    loop->references++; /* a callback may drop the last one */
    while ((x = TAILQ_FIRST(&loop->finished))) {
        TAILQ_REMOVE(&loop->finished, x, entry);
        x->queued = false;
        x->done(x, x->userdata);
    }
    tell_left(loop);
    tell_arrived(loop);
    (void)mb_usb_loop_release(loop);
}

/* What was finished outside of on_io: in a wait, or by a cancellation. */
static int on_ready(sd_event_source *source, void *userdata)
{
    (void)source;
    hand_on(userdata);
    return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct mb_usb_loop *loop = userdata;
    struct timeval now = {0};
    struct mb_usb_watch *watch;
    int r;

    (void)source, (void)fd, (void)revents;
    loop->collecting = true;
    r = libusb_handle_events_timeout_completed(loop->context, &now, NULL);
    loop->collecting = false;
    if (r == 0 || r == LIBUSB_ERROR_INTERRUPTED) {
        hand_on(loop);
        return 0;
    }
    /* Without events no link of this context lives on. Returning the error switches this descriptor off,
     * which keeps the loop from spinning on it. */
    LIST_FOREACH(watch, &loop->watches, entry)
    watch->left = true;
    arm(loop);
    return mb_usb_errno(r);
}

static void on_fd_added(int fd, short events, void *userdata)
{
    struct mb_usb_loop *loop = userdata;
    struct usb_fd *item = calloc(1, sizeof *item);
    uint32_t mask = (events & POLLIN ? EPOLLIN : 0u) | (events & POLLOUT ? EPOLLOUT : 0u);
    int r = item ? sd_event_add_io(loop->event, &item->source, fd, mask, on_io, loop) : -ENOMEM;

    if (r < 0) {
        mb_debug("usb: descriptor %d cannot be watched: error %d", fd, r);
        loop->fault = r;
        free(item);
        return;
    }
    item->fd = fd;
    LIST_INSERT_HEAD(&loop->fds, item, entry);
}

static void drop_fd(struct usb_fd *item)
{
    LIST_REMOVE(item, entry);
    sd_event_source_disable_unref(item->source);
    free(item);
}

static void on_fd_removed(int fd, void *userdata)
{
    struct mb_usb_loop *loop = userdata;
    struct usb_fd *item;

    LIST_FOREACH(item, &loop->fds, entry)
    if (item->fd == fd) {
        drop_fd(item);
        return;
    }
}

static int LIBUSB_CALL on_hotplug(libusb_context *context, libusb_device *device, libusb_hotplug_event event,
                                  void *userdata)
{
    struct mb_usb_loop *loop = userdata;
    struct mb_usb_watch *watch;
    struct mb_usb_arrival *arrival;

    (void)context;
    if (event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED) {
        LIST_FOREACH(arrival, &loop->arrivals, entry)
        arrival->came |= arrival->matches(device, arrival->userdata);
    } else {
        LIST_FOREACH(watch, &loop->watches, entry)
        watch->left |= watch->device == device;
    }
    arm(loop);
    return 0;
}

static void LIBUSB_CALL on_transfer(struct libusb_transfer *usb)
{
    struct mb_usb_transfer *x = usb->user_data;

    x->pending = false;
    x->queued = true;
    x->timer = sd_event_source_disable_unref(x->timer);
    TAILQ_INSERT_TAIL(&x->loop->finished, x, entry);
    arm(x->loop);
}

static struct mb_usb_loop *loop_free(struct mb_usb_loop *loop)
{
    struct usb_fd *item;

    if (loop->context) {
        libusb_set_pollfd_notifiers(loop->context, NULL, NULL, NULL);
        if (loop->has_hotplug)
            libusb_hotplug_deregister_callback(loop->context, loop->hotplug);
    }
    while ((item = LIST_FIRST(&loop->fds)))
        drop_fd(item);
    if (loop->context)
        libusb_exit(loop->context);
    sd_event_source_disable_unref(loop->ready);
    sd_event_unref(loop->event);
    free(loop);
    return NULL;
}

/* The descriptors that exist already; later ones come through the notifiers. */
static int watch_descriptors(struct mb_usb_loop *loop)
{
    const struct libusb_pollfd **fds;

    libusb_set_pollfd_notifiers(loop->context, on_fd_added, on_fd_removed, loop);
    fds = libusb_get_pollfds(loop->context);
    if (!fds)
        return -ENOMEM;
    for (const struct libusb_pollfd **p = fds; *p; p++)
        on_fd_added((*p)->fd, (*p)->events, loop);
    libusb_free_pollfds(fds);
    return loop->fault;
}

static int loop_start(struct mb_usb_loop *loop)
{
    int r = sd_event_add_defer(loop->event, &loop->ready, on_ready, loop);

    if (r < 0)
        return r;
    (void)sd_event_source_set_enabled(loop->ready, SD_EVENT_OFF);
    r = libusb_init(&loop->context);
    if (r < 0) {
        loop->context = NULL;
        return mb_usb_errno(r);
    }
    /* Where there is no udev (containers) a pulled plug shows at the next transfer only. */
    loop->has_hotplug =
        libusb_hotplug_register_callback(
            loop->context, LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT | LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED, 0,
            LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, loop,
            &loop->hotplug) == LIBUSB_SUCCESS;
    return watch_descriptors(loop);
}

int mb_usb_loop_acquire(sd_event *event, struct mb_usb_loop **ret, struct mb_error *err)
{
    struct mb_usb_loop *loop;
    int r;

    LIST_FOREACH(loop, &loops, entry)
    if (loop->event == event) {
        loop->references++;
        *ret = loop;
        return 0;
    }
    loop = calloc(1, sizeof *loop);
    if (!loop)
        return mb_error_set(err, -ENOMEM, "out of memory");
    *loop = (struct mb_usb_loop){.event = sd_event_ref(event), .references = 1};
    TAILQ_INIT(&loop->finished);
    r = loop_start(loop);
    if (r < 0) {
        (void)loop_free(loop);
        return mb_error_set(err, r, "USB cannot be used: libusb does not start (error %d)", r);
    }
    LIST_INSERT_HEAD(&loops, loop, entry);
    *ret = loop;
    return 0;
}

struct mb_usb_loop *mb_usb_loop_release(struct mb_usb_loop *loop)
{
    if (!loop || --loop->references > 0)
        return NULL;
    LIST_REMOVE(loop, entry);
    return loop_free(loop);
}

libusb_context *mb_usb_loop_context(struct mb_usb_loop *loop)
{
    return loop->context;
}

int mb_usb_loop_fault(const struct mb_usb_loop *loop)
{
    return loop->fault;
}

void mb_usb_loop_watch(struct mb_usb_loop *loop, struct mb_usb_watch *watch)
{
    watch->left = false;
    LIST_INSERT_HEAD(&loop->watches, watch, entry);
}

void mb_usb_loop_unwatch(struct mb_usb_watch *watch)
{
    LIST_REMOVE(watch, entry);
}

int mb_usb_loop_expect(struct mb_usb_loop *loop, struct mb_usb_arrival *arrival)
{
    if (!loop->has_hotplug)
        return -EOPNOTSUPP;
    arrival->came = false;
    LIST_INSERT_HEAD(&loop->arrivals, arrival, entry);
    return 0;
}

void mb_usb_loop_expect_no_more(struct mb_usb_arrival *arrival)
{
    LIST_REMOVE(arrival, entry);
}

int mb_usb_transfer_new(struct mb_usb_loop *loop, void (*done)(struct mb_usb_transfer *x, void *userdata),
                        void *userdata, struct mb_usb_transfer **ret)
{
    struct mb_usb_transfer *x = calloc(1, sizeof *x);

    if (!x)
        return -ENOMEM;
    *x = (struct mb_usb_transfer){
        .usb = libusb_alloc_transfer(0), .loop = loop, .done = done, .userdata = userdata};
    if (!x->usb) {
        free(x);
        return -ENOMEM;
    }
    *ret = x;
    return 0;
}

void mb_usb_transfer_forget(struct mb_usb_transfer *x)
{
    if (x->queued)
        TAILQ_REMOVE(&x->loop->finished, x, entry);
    x->queued = false;
}

struct mb_usb_transfer *mb_usb_transfer_free(struct mb_usb_transfer *x)
{
    if (!x)
        return NULL;
    mb_usb_transfer_forget(x);
    sd_event_source_disable_unref(x->timer);
    libusb_free_transfer(x->usb);
    free(x);
    return NULL;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_usb_transfer *x = userdata;

    (void)source, (void)usec;
    x->timed_out = true;
    mb_usb_transfer_cancel(x);
    return 0;
}

int mb_usb_transfer_submit(struct mb_usb_transfer *x, uint64_t timeout_us)
{
    int r;

    if (mb_usb_transfer_busy(x))
        return -EBUSY;
    x->timed_out = false;
    if (timeout_us > 0) {
        r = sd_event_add_time_relative(x->loop->event, &x->timer, CLOCK_MONOTONIC, timeout_us,
                                       MB_USB_ACCURACY_US, on_deadline, x);
        if (r < 0)
            return r;
    }
    x->usb->callback = on_transfer;
    x->usb->user_data = x;
    x->usb->timeout = 0;
    r = libusb_submit_transfer(x->usb);
    if (r < 0) {
        x->timer = sd_event_source_disable_unref(x->timer);
        return mb_usb_errno(r);
    }
    x->pending = true;
    return 0;
}

void mb_usb_transfer_cancel(struct mb_usb_transfer *x)
{
    /* NOT_FOUND (finished in the meantime) is as good. */
    if (x && x->pending)
        (void)libusb_cancel_transfer(x->usb);
}

bool mb_usb_transfer_busy(const struct mb_usb_transfer *x)
{
    return x->pending || x->queued;
}

int mb_usb_transfer_result(const struct mb_usb_transfer *x)
{
    switch (x->usb->status) {
    case LIBUSB_TRANSFER_COMPLETED:
        return 0;
    case LIBUSB_TRANSFER_TIMED_OUT:
        return -ETIMEDOUT;
    case LIBUSB_TRANSFER_CANCELLED:
        return x->timed_out ? -ETIMEDOUT : -ECANCELED;
    case LIBUSB_TRANSFER_STALL:
        return -EPIPE;
    case LIBUSB_TRANSFER_NO_DEVICE:
        return -ENODEV;
    case LIBUSB_TRANSFER_OVERFLOW:
        return -EOVERFLOW;
    case LIBUSB_TRANSFER_ERROR:
        return -EIO;
    }
    return -EIO;
}

static bool any_pending(struct mb_usb_transfer *const *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] && x[i]->pending)
            return true;
    return false;
}

bool mb_usb_transfer_wait(struct mb_usb_transfer *const *x, size_t n, uint64_t timeout_us)
{
    const uint64_t end_ns = mb_monotonic_ns() + timeout_us * 1000u;
    uint64_t now_ns = 0;

    while (any_pending(x, n) && (now_ns = mb_monotonic_ns()) < end_ns) {
        struct timeval left = {.tv_sec = (time_t)((end_ns - now_ns) / 1000000000u),
                               .tv_usec = (suseconds_t)((end_ns - now_ns) / 1000u % 1000000u)};
        struct mb_usb_transfer *first = NULL;
        int r;

        for (size_t i = 0; !first && i < n; i++)
            if (x[i] && x[i]->pending)
                first = x[i];
        r = libusb_handle_events_timeout_completed(first->loop->context, &left, NULL);
        if (r < 0 && r != LIBUSB_ERROR_INTERRUPTED)
            break;
    }
    return !any_pending(x, n);
}
