/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/usbtmc_device.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <systemd/sd-device.h>

#include "transport/usb_loop.h"

#define CLASS_APPLICATION 0xfeu
#define SUBCLASS_TMC 0x03u

/* The serial number as the kernel read it at plug-in. libusb would ask the device for it, and wait. */
static bool has_serial(libusb_device *device, const char *wanted)
{
    char node[sizeof "/dev/bus/usb/255/255"];
    sd_device *node_device = NULL;
    const char *serial;
    bool matches;

    if (wanted[0] == '\0')
        return true;
    (void)snprintf(node, sizeof node, "/dev/bus/usb/%03u/%03u", libusb_get_bus_number(device),
                   libusb_get_device_address(device));
    if (sd_device_new_from_devname(&node_device, node) < 0)
        return false;
    matches = sd_device_get_sysattr_value(node_device, "serial", &serial) >= 0 &&
              mb_usbtmc_serial_matches(serial, wanted);
    sd_device_unref(node_device);
    return matches;
}

/* Both bulk endpoints, or false. */
static bool read_endpoints(const struct libusb_interface_descriptor *d, struct mb_usbtmc_interface *ret)
{
    struct mb_usbtmc_interface found = {.number = d->bInterfaceNumber, .protocol = d->bInterfaceProtocol};

    for (int i = 0; i < d->bNumEndpoints; i++) {
        const struct libusb_endpoint_descriptor *e = &d->endpoint[i];

        if ((e->bmAttributes & LIBUSB_TRANSFER_TYPE_MASK) != LIBUSB_TRANSFER_TYPE_BULK)
            continue;
        if (e->bEndpointAddress & LIBUSB_ENDPOINT_IN) {
            found.in = e->bEndpointAddress;
            found.in_packet = e->wMaxPacketSize & 0x7ffu;
        } else {
            found.out = e->bEndpointAddress;
        }
    }
    if (found.in == 0 || found.out == 0 || found.in_packet == 0)
        return false;
    *ret = found;
    return true;
}

/* By class, not by id: one plug can have several personalities. */
static bool find_interface(libusb_device *device, struct mb_usbtmc_interface *ret)
{
    struct libusb_config_descriptor *config;
    bool found = false;

    if (libusb_get_active_config_descriptor(device, &config) < 0)
        return false;
    for (int i = 0; !found && i < config->bNumInterfaces; i++) {
        const struct libusb_interface *interface = &config->interface[i];

        if (interface->num_altsetting < 1)
            continue;
        const struct libusb_interface_descriptor *d = &interface->altsetting[0];

        found = d->bInterfaceClass == CLASS_APPLICATION && d->bInterfaceSubClass == SUBCLASS_TMC &&
                d->bInterfaceProtocol <= 1 && read_endpoints(d, ret);
    }
    libusb_free_config_descriptor(config);
    return found;
}

static bool matches(libusb_device *device, const struct mb_usbtmc_address *address)
{
    struct libusb_device_descriptor d;

    return libusb_get_device_descriptor(device, &d) == 0 && d.idVendor == address->vendor &&
           d.idProduct == address->product && has_serial(device, address->serial);
}

int mb_usbtmc_find(libusb_context *context, const struct mb_usbtmc_address *address, libusb_device **ret,
                   struct mb_usbtmc_interface *ret_interface, struct mb_error *err)
{
    libusb_device **list, *found = NULL;
    struct mb_usbtmc_interface interface;
    size_t count = 0;
    ssize_t n = libusb_get_device_list(context, &list);
    int r = 0;

    if (n < 0)
        return mb_error_set(err, mb_usb_errno((int)n), "the USB devices cannot be listed: %s",
                            libusb_error_name((int)n));
    for (ssize_t i = 0; i < n; i++)
        if (matches(list[i], address)) {
            found = list[i];
            count++;
        }
    if (count == 0)
        r = mb_error_set(err, -ENODEV, "USB device %04x:%04x%s%s is not plugged in", address->vendor,
                         address->product, address->serial[0] ? " with serial number " : "", address->serial);
    else if (count > 1)
        r = mb_error_set(err, -ENOTUNIQ,
                         "%zu USB devices are %04x:%04x: add the serial number to the address", count,
                         address->vendor, address->product);
    else if (!find_interface(found, &interface))
        r = mb_error_set(err, -ENOPROTOOPT,
                         "USB device %04x:%04x has no USBTMC interface: look at its USB menu",
                         address->vendor, address->product);
    if (r == 0) {
        *ret = libusb_ref_device(found);
        *ret_interface = interface;
    }
    libusb_free_device_list(list, 1);
    return r;
}

int mb_usbtmc_claim(libusb_device *device, const struct mb_usbtmc_interface *interface,
                    libusb_device_handle **ret, struct mb_error *err)
{
    libusb_device_handle *handle;
    int r = libusb_open(device, &handle);

    if (r < 0)
        return mb_error_set(
            err, mb_usb_errno(r), "/dev/bus/usb/%03u/%03u cannot be opened: %s%s",
            libusb_get_bus_number(device), libusb_get_device_address(device), libusb_error_name(r),
            r == LIBUSB_ERROR_ACCESS ? " (the udev rules give it to the group motorbench)" : "");
    (void)libusb_set_auto_detach_kernel_driver(handle, 1);
    r = libusb_claim_interface(handle, interface->number);
    if (r < 0) {
        libusb_close(handle);
        return mb_error_set(err, mb_usb_errno(r), "interface %u of the device cannot be claimed: %s%s",
                            interface->number, libusb_error_name(r),
                            r == LIBUSB_ERROR_BUSY ? " (another program has it)" : "");
    }
    *ret = handle;
    return 0;
}
