/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instrument/usb_list.h"

#include <ctype.h>
#include <errno.h>
#include <libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-device.h>

#include "core/text.h"

#define VENDOR_YOKOGAWA 0x0b21
#define CLASS_APPLICATION 0xfe
#define SUBCLASS_TMC 0x03

void usb_decode_serial(uint16_t vendor, const char *descriptor, char *buffer, size_t size)
{
    size_t n = strlen(descriptor);
    unsigned value;

    (void)snprintf(buffer, size, "%s", descriptor);
    if (vendor != VENDOR_YOKOGAWA || n < 2 || n % 2 != 0 || n >= size ||
        strspn(descriptor, "0123456789abcdefABCDEF") != n)
        return;
    for (size_t i = 0; i < n / 2; i++) {
        if (sscanf(descriptor + 2 * i, "%2x", &value) != 1 || !isgraph((int)value)) {
            (void)snprintf(buffer, size, "%s", descriptor); /* digits that are only digits */
            return;
        }
        buffer[i] = (char)value;
    }
    buffer[n / 2] = '\0';
}

/* What the kernel read at plug-in; libusb would ask the device, and wait. */
static void read_texts(libusb_device *device, struct usb_found *f)
{
    const struct {
        const char *attribute;
        char *target;
        size_t size;
    } texts[] = {{"serial", f->serial, sizeof f->serial},
                 {"manufacturer", f->maker, sizeof f->maker},
                 {"product", f->name, sizeof f->name}};
    char node[sizeof "/dev/bus/usb/255/255"];
    sd_device *d = NULL;
    const char *value;

    (void)snprintf(node, sizeof node, "/dev/bus/usb/%03u/%03u", libusb_get_bus_number(device),
                   libusb_get_device_address(device));
    if (sd_device_new_from_devname(&d, node) < 0)
        return;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (sd_device_get_sysattr_value(d, texts[i].attribute, &value) >= 0) {
            (void)snprintf(texts[i].target, texts[i].size, "%s", value);
            mb_text_clean(texts[i].target);
        }
    sd_device_unref(d);
}

static void read_classes(libusb_device *device, struct usb_found *f)
{
    struct libusb_config_descriptor *config;
    const struct libusb_interface_descriptor *d;

    if (libusb_get_active_config_descriptor(device, &config) < 0)
        return;
    for (int i = 0; i < config->bNumInterfaces; i++) {
        if (config->interface[i].num_altsetting < 1)
            continue;
        d = &config->interface[i].altsetting[0];
        f->tmc |= d->bInterfaceClass == CLASS_APPLICATION && d->bInterfaceSubClass == SUBCLASS_TMC;
        f->cdc |= d->bInterfaceClass == LIBUSB_CLASS_COMM;
    }
    libusb_free_config_descriptor(config);
}

static void read_device(libusb_device *device, struct usb_found *f)
{
    struct libusb_device_descriptor d;

    if (libusb_get_device_descriptor(device, &d) < 0)
        return;
    f->vendor = d.idVendor;
    f->product = d.idProduct;
    read_classes(device, f);
    read_texts(device, f);
}

int usb_list(struct usb_found **ret, size_t *ret_count, struct mb_error *err)
{
    libusb_context *context = NULL;
    libusb_device **list = NULL;
    struct usb_found *found = NULL;
    ssize_t n = libusb_init(&context);

    if (n == 0)
        n = libusb_get_device_list(context, &list);
    if (n >= 0)
        found = calloc((size_t)n + 1, sizeof *found);
    for (ssize_t i = 0; found && i < n; i++)
        read_device(list[i], &found[i]);
    if (list)
        libusb_free_device_list(list, 1);
    if (context)
        libusb_exit(context);
    if (!found)
        return mb_error_set(err, n < 0 ? -EIO : -ENOMEM, "the USB devices cannot be listed: %s",
                            n < 0 ? libusb_error_name((int)n) : "out of memory");
    *ret = found;
    *ret_count = (size_t)n;
    return 0;
}
