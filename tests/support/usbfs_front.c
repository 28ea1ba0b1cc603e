/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/usbfs_front.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/queue.h>
#include <umockdev.h>
#include <unistd.h>

#define NODE "/dev/bus/usb/001/002"
#define SYSPATH "/sys/devices/usb1/1-1"
#define PIPE_SIZE 4096
#define INTERRUPT_PACKET 2u

struct urb {
    UMockdevIoctlData *data, *buffer;
    TAILQ_ENTRY(urb) entry;
};
TAILQ_HEAD(urb_list, urb);

struct usbfs_front {
    UMockdevTestbed *testbed;
    UMockdevIoctlBase *handler;
    pthread_mutex_t mutex;
    struct usbtmc_model *model;
    bool gone, stuck, broken, kernel_driver, claimed, answers_first;
    unsigned vanish_in; /* transfers; 0: never */
    bool vanish_taken;
    unsigned reset_ms;
    bool detached; /* the kernel's driver waits for its interface */
    int fifo;      /* full: nothing to reap; empty: libusb sees POLLOUT */
    bool fifo_full;
    struct urb_list pending, finished;
    struct usbfs_counters counters;
};

static struct usbdevfs_urb *urb_of(const struct urb *u)
{
    return (struct usbdevfs_urb *)(void *)u->data->data;
}

static void set_ready(struct usbfs_front *f, bool ready)
{
    static char page[PIPE_SIZE];
    ssize_t n = 0;

    if (f->fifo < 0)
        return;
    if (ready && f->fifo_full)
        n = read(f->fifo, page, sizeof page);
    else if (!ready && !f->fifo_full)
        n = write(f->fifo, page, sizeof page);
    if (n < 0)
        abort();
    f->fifo_full = !ready;
}

static void finish(struct usbfs_front *f, struct urb *u, int status, int actual)
{
    TAILQ_REMOVE(&f->pending, u, entry);
    urb_of(u)->status = status;
    urb_of(u)->actual_length = actual;
    if (f->answers_first && urb_of(u)->endpoint == USBTMC_MODEL_IN)
        TAILQ_INSERT_HEAD(&f->finished, u, entry);
    else
        TAILQ_INSERT_TAIL(&f->finished, u, entry);
}

/* What the device does with this transfer now; -EAGAIN: nothing yet. */
static int exchange(struct usbfs_front *f, const struct urb *u)
{
    const struct usbdevfs_urb *urb = urb_of(u);
    uint8_t *data = u->buffer->data;
    const size_t n = (size_t)urb->buffer_length;

    if (urb->type == USBDEVFS_URB_TYPE_CONTROL)
        return usbtmc_model_control(f->model, data, data + 8, n - 8);
    if (urb->type == USBDEVFS_URB_TYPE_BULK && urb->endpoint == USBTMC_MODEL_OUT)
        return usbtmc_model_bulk_out(f->model, data, n);
    if (urb->type == USBDEVFS_URB_TYPE_BULK && urb->endpoint == USBTMC_MODEL_IN)
        return usbtmc_model_bulk_in(f->model, data, n);
    /* A full packet does not end a transfer that has room for more. */
    if (urb->type == USBDEVFS_URB_TYPE_INTERRUPT && urb->endpoint == USBTMC_MODEL_INTERRUPT &&
        n <= INTERRUPT_PACKET)
        return usbtmc_model_interrupt_in(f->model, data, n);
    return -EAGAIN;
}

static void pump(struct usbfs_front *f)
{
    struct urb *u, *next;

    for (u = TAILQ_FIRST(&f->pending); u; u = next) {
        int r = f->gone ? -ESHUTDOWN : f->broken ? -EPROTO : exchange(f, u);

        next = TAILQ_NEXT(u, entry);
        if (r >= 0)
            finish(f, u, 0, r);
        else if (r != -EAGAIN)
            finish(f, u, r, 0);
    }
    set_ready(f, !TAILQ_EMPTY(&f->finished));
}

/* ---- ioctls; each returns 0 or a negative errno ---- */

static int submit(struct usbfs_front *f, UMockdevIoctlData *arg)
{
    struct urb *u;

    if (f->vanish_in > 0 && --f->vanish_in == 0) {
        f->gone = true;
        if (!f->vanish_taken) {
            pump(f);
            return -ENODEV;
        }
    }
    u = calloc(1, sizeof *u);
    if (!u)
        abort();
    u->data = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_urb), NULL);
    u->buffer = umockdev_ioctl_data_resolve(u->data, offsetof(struct usbdevfs_urb, buffer),
                                            (size_t)urb_of(u)->buffer_length, NULL);
    TAILQ_INSERT_TAIL(&f->pending, u, entry);
    f->counters.submits++;
    pump(f);
    return 0;
}

static void urb_free(struct urb *u)
{
    g_object_unref(u->buffer);
    g_object_unref(u->data);
    free(u);
}

static int reap(struct usbfs_front *f, UMockdevIoctlData *arg)
{
    struct urb *u = TAILQ_FIRST(&f->finished);
    UMockdevIoctlData *pointer;

    if (!u)
        return f->gone ? -ENODEV : -EAGAIN;
    TAILQ_REMOVE(&f->finished, u, entry);
    pointer = umockdev_ioctl_data_resolve(arg, 0, sizeof(void *), NULL);
    umockdev_ioctl_data_set_ptr(pointer, 0, u->data);
    g_object_unref(pointer);
    urb_free(u);
    pump(f);
    return 0;
}

static int discard(struct usbfs_front *f, const UMockdevIoctlData *arg)
{
    struct urb *u;
    unsigned long address;

    memcpy(&address, arg->data, sizeof address);
    TAILQ_FOREACH(u, &f->pending, entry)
    if (u->data->client_addr == address)
        break;
    if (!u)
        return -EINVAL;
    if (!f->stuck)
        finish(f, u, -ENOENT, 0);
    pump(f);
    return 0;
}

static int capabilities(UMockdevIoctlData *arg)
{
    UMockdevIoctlData *d = umockdev_ioctl_data_resolve(arg, 0, sizeof(uint32_t), NULL);
    const uint32_t flags = USBDEVFS_CAP_BULK_SCATTER_GATHER | USBDEVFS_CAP_BULK_CONTINUATION |
                           USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_REAP_AFTER_DISCONNECT;

    memcpy(d->data, &flags, sizeof flags);
    g_object_unref(d);
    return 0;
}

static unsigned argument_u32(UMockdevIoctlData *arg)
{
    UMockdevIoctlData *d = umockdev_ioctl_data_resolve(arg, 0, sizeof(uint32_t), NULL);
    uint32_t value;

    memcpy(&value, d->data, sizeof value);
    g_object_unref(d);
    return value;
}

static int claim(struct usbfs_front *f, UMockdevIoctlData *arg)
{
    if (f->kernel_driver || f->claimed)
        return -EBUSY;
    f->claimed = true;
    f->counters.claims++;
    f->counters.claimed_interface = argument_u32(arg);
    return 0;
}

static int detach_and_claim(struct usbfs_front *f, UMockdevIoctlData *arg)
{
    UMockdevIoctlData *d;

    if (f->claimed) /* usbfs is a driver too, and one that is not detached */
        return -EBUSY;
    d = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_disconnect_claim), NULL);
    f->counters.claimed_interface = ((struct usbdevfs_disconnect_claim *)(void *)d->data)->interface;
    g_object_unref(d);
    f->counters.kernel_driver_detached += f->kernel_driver;
    f->detached |= f->kernel_driver;
    f->kernel_driver = false;
    f->claimed = true;
    f->counters.claims++;
    return 0;
}

/* usbfs knows one command of this kind here: the kernel's driver is given its interface back. */
static int attach(struct usbfs_front *f)
{
    if (f->claimed)
        return -EBUSY;
    f->counters.kernel_driver_attached += f->detached;
    f->kernel_driver = f->detached;
    f->detached = false;
    return 0;
}

static int reset(struct usbfs_front *f)
{
    f->counters.resets++;
    usbtmc_model_power_on(f->model);
    return 0;
}

static int handle(struct usbfs_front *f, unsigned long request, UMockdevIoctlData *arg)
{
    f->counters.ioctls++;
    if (request == USBDEVFS_REAPURB || request == USBDEVFS_REAPURBNDELAY)
        return reap(f, arg);
    if (f->gone)
        return -ENODEV;
    switch (request) {
    case USBDEVFS_GET_CAPABILITIES:
        return capabilities(arg);
    case USBDEVFS_GETDRIVER:
        return f->kernel_driver ? 0 : -ENODATA;
    case USBDEVFS_DISCONNECT_CLAIM:
        return detach_and_claim(f, arg);
    case USBDEVFS_CLAIMINTERFACE:
        return claim(f, arg);
    case USBDEVFS_RELEASEINTERFACE:
        f->claimed = false;
        f->counters.releases++;
        return 0;
    case USBDEVFS_CLEAR_HALT:
        usbtmc_model_clear_halt(f->model, (uint8_t)argument_u32(arg));
        return 0;
    case USBDEVFS_RESET:
        return reset(f);
    case USBDEVFS_SETCONFIGURATION:
        f->counters.configurations++;
        return 0;
    case USBDEVFS_SETINTERFACE:
        return 0;
    case USBDEVFS_IOCTL:
        return attach(f);
    case USBDEVFS_SUBMITURB:
        return submit(f, arg);
    case USBDEVFS_DISCARDURB:
        return discard(f, arg);
    default:
        return -ENOTTY;
    }
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client, gpointer userdata)
{
    struct usbfs_front *f = userdata;
    UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(client);
    unsigned pause_ms = 0;
    int r;

    (void)base;
    pthread_mutex_lock(&f->mutex);
    r = handle(f, umockdev_ioctl_client_get_request(client), arg);
    if (umockdev_ioctl_client_get_request(client) == USBDEVFS_RESET)
        pause_ms = f->reset_ms;
    pthread_mutex_unlock(&f->mutex);
    (void)usleep(pause_ms * 1000);
    umockdev_ioctl_client_complete(client, r < 0 ? -1 : 0, r < 0 ? -r : 0);
    return TRUE;
}

/* ---- the bus ---- */

struct usbfs_front *usbfs_front_new(void)
{
    struct usbfs_front *f = calloc(1, sizeof *f);

    if (!f)
        abort();
    f->fifo = -1;
    TAILQ_INIT(&f->pending);
    TAILQ_INIT(&f->finished);
    pthread_mutex_init(&f->mutex, NULL);
    f->testbed = umockdev_testbed_new();
    /* Asked before there is a testbed it would remember the wrong answer. */
    if (!umockdev_in_mock_environment())
        return usbfs_front_free(f);
    f->handler = umockdev_ioctl_base_new();
    g_signal_connect(f->handler, "handle-ioctl", G_CALLBACK(on_ioctl), f);
    return f;
}

static void drop_urbs(struct urb_list *list)
{
    struct urb *u;

    while ((u = TAILQ_FIRST(list))) {
        TAILQ_REMOVE(list, u, entry);
        urb_free(u);
    }
}

struct usbfs_front *usbfs_front_free(struct usbfs_front *f)
{
    if (!f)
        return NULL;
    g_clear_object(&f->handler);
    g_clear_object(&f->testbed);
    drop_urbs(&f->pending);
    drop_urbs(&f->finished);
    if (f->fifo >= 0)
        close(f->fifo);
    pthread_mutex_destroy(&f->mutex);
    free(f);
    return NULL;
}

static size_t add_endpoint(uint8_t *p, uint8_t address, uint8_t type, uint16_t packet, uint8_t interval)
{
    const uint8_t endpoint[] = {7, 5, address, type, (uint8_t)packet, (uint8_t)(packet >> 8), interval};

    memcpy(p, endpoint, sizeof endpoint);
    return sizeof endpoint;
}

static size_t add_interface(uint8_t *p, uint8_t number, const struct usbfs_identity *id, uint16_t packet)
{
    const bool tmc = number == id->interfaces_before && !id->no_tmc;
    const uint8_t ends = !tmc ? 0 : id->no_interrupt ? 2 : 3;
    const uint8_t interface[] = {9, 4, number, 0, ends, tmc ? 0xfe : 0xff, tmc ? 3 : 0, tmc && !id->no_usb488,
                                 0};
    size_t n = sizeof interface;

    memcpy(p, interface, sizeof interface);
    if (ends > 0) {
        n += add_endpoint(p + n, USBTMC_MODEL_OUT, 2, packet, 0);
        n += add_endpoint(p + n, USBTMC_MODEL_IN, 2, packet, 0);
    }
    if (ends > 2)
        n += add_endpoint(p + n, USBTMC_MODEL_INTERRUPT, 3, INTERRUPT_PACKET, 7);
    return n;
}

/* Device and configuration descriptor as hexadecimal text. */
static void describe(char *hex, size_t size, const struct usbfs_identity *id, uint16_t packet)
{
    const uint8_t device[18] = {18,
                                1,
                                0,
                                2,
                                0,
                                0,
                                0,
                                64,
                                (uint8_t)id->vendor,
                                (uint8_t)(id->vendor >> 8),
                                (uint8_t)id->product,
                                (uint8_t)(id->product >> 8),
                                0,
                                1,
                                1,
                                2,
                                3,
                                1};
    uint8_t all[256];
    size_t n = sizeof device + 9;

    for (uint8_t i = 0; i <= id->interfaces_before; i++)
        n += add_interface(all + n, i, id, packet);
    memcpy(all, device, sizeof device);
    memcpy(all + sizeof device,
           (uint8_t[]){9, 2, (uint8_t)(n - sizeof device), 0, (uint8_t)(id->interfaces_before + 1), 1, 0,
                       0xc0, 0},
           9);
    if (2 * n + 1 > size)
        abort();
    for (size_t i = 0; i < n; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", all[i]);
}

static void add_device(struct usbfs_front *f, const struct usbfs_identity *id, unsigned address,
                       uint16_t packet)
{
    char hex[520], text[1400];
    GError *error = NULL;

    describe(hex, sizeof hex, id, packet);
    (void)snprintf(
        text, sizeof text,
        "P: /devices/usb1/1-%u\nN: bus/usb/001/%03u\n"
        "E: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: DRIVER=usb\nE: BUSNUM=001\nE: DEVNUM=%03u\n"
        "E: DEVNAME=/dev/bus/usb/001/%03u\nE: MAJOR=189\nE: MINOR=%u\nE: PRODUCT=%x/%x/100\n"
        "A: busnum=1\\n\nA: devnum=%u\\n\nA: speed=480\\n\nA: bConfigurationValue=1\\n\n"
        "A: idVendor=%04x\\n\nA: idProduct=%04x\\n\nA: serial=%s\\n\nA: dev=189:%u\\n\nH: descriptors=%s\n",
        address - 1, address, address, address, address - 1, id->vendor, id->product, address, id->vendor,
        id->product, id->serial ? id->serial : "", address - 1, hex);
    if (!umockdev_testbed_add_from_string(f->testbed, text, &error)) {
        fprintf(stderr, "%s\n", error->message);
        abort();
    }
}

/* The regular file of umockdev is always ready and refused by epoll: a FIFO says exactly when there is
 * something. */
static void replace_node(struct usbfs_front *f)
{
    char *root = umockdev_testbed_get_root_dir(f->testbed);
    char path[512];

    (void)snprintf(path, sizeof path, "%s" NODE, root);
    free(root);
    if (f->fifo >= 0)
        close(f->fifo);
    if (unlink(path) < 0 || mkfifo(path, 0600) < 0)
        abort();
    f->fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (f->fifo < 0 || fcntl(f->fifo, F_SETPIPE_SZ, PIPE_SIZE) < 0)
        abort();
    f->fifo_full = false;
    set_ready(f, false);
}

void usbfs_front_plug(struct usbfs_front *f, struct usbtmc_model *model,
                      const struct usbfs_identity *identity)
{
    f->model = model;
    model->interface = identity->interfaces_before;
    model->no_interrupt = identity->no_interrupt;
    f->gone = f->claimed = f->broken = f->detached = false;
    f->vanish_in = 0;
    if (!umockdev_testbed_attach_ioctl(f->testbed, NODE, f->handler, NULL))
        abort();
    add_device(f, identity, 2, model->packet);
    replace_node(f);
}

void usbfs_front_plug_twin(struct usbfs_front *f, const struct usbfs_identity *identity)
{
    add_device(f, identity, 3, 512);
}

void usbfs_front_vanish(struct usbfs_front *f)
{
    usbfs_front_lock(f);
    f->gone = true;
    usbfs_front_unlock(f);
}

void usbfs_front_vanish_at(struct usbfs_front *f, unsigned n, bool taken)
{
    usbfs_front_lock(f);
    f->vanish_taken = taken;
    f->vanish_in = n;
    usbfs_front_unlock(f);
}

bool usbfs_front_has_vanished(struct usbfs_front *f)
{
    bool gone;

    usbfs_front_lock(f);
    gone = f->gone;
    usbfs_front_unlock(f);
    return gone;
}

void usbfs_front_set_reset_time(struct usbfs_front *f, unsigned ms)
{
    usbfs_front_lock(f);
    f->reset_ms = ms;
    usbfs_front_unlock(f);
}

void usbfs_front_unplug(struct usbfs_front *f)
{
    usbfs_front_vanish(f);
    umockdev_testbed_uevent(f->testbed, SYSPATH, "remove");
    umockdev_testbed_remove_device(f->testbed, SYSPATH);
    umockdev_testbed_detach_ioctl(f->testbed, NODE, NULL);
}

void usbfs_front_lock(struct usbfs_front *f)
{
    pthread_mutex_lock(&f->mutex);
}

void usbfs_front_unlock(struct usbfs_front *f)
{
    pump(f);
    pthread_mutex_unlock(&f->mutex);
}

struct usbfs_counters usbfs_front_counters(struct usbfs_front *f)
{
    struct usbfs_counters c;
    struct urb *u;

    usbfs_front_lock(f);
    c = f->counters;
    TAILQ_FOREACH(u, &f->pending, entry)
    c.pending++;
    usbfs_front_unlock(f);
    return c;
}

void usbfs_front_set_stuck(struct usbfs_front *f, bool stuck)
{
    usbfs_front_lock(f);
    f->stuck = stuck;
    usbfs_front_unlock(f);
}

void usbfs_front_set_broken(struct usbfs_front *f, bool broken)
{
    usbfs_front_lock(f);
    f->broken = broken;
    usbfs_front_unlock(f);
}

void usbfs_front_set_answers_first(struct usbfs_front *f, bool first)
{
    usbfs_front_lock(f);
    f->answers_first = first;
    usbfs_front_unlock(f);
}

void usbfs_front_set_kernel_driver(struct usbfs_front *f, bool bound)
{
    usbfs_front_lock(f);
    f->kernel_driver = bound;
    usbfs_front_unlock(f);
}
