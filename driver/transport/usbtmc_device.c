/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/usbtmc_device.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <systemd/sd-device.h>

#include "transport/usb_loop.h"
#include "transport/usbtmc_quirks.h"

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

/* Both bulk endpoints and, where there is one, interrupt-IN; false without the former. */
static bool read_endpoints(const struct libusb_interface_descriptor *d, struct mb_usbtmc_interface *ret)
{
    struct mb_usbtmc_interface found = {.number = d->bInterfaceNumber, .protocol = d->bInterfaceProtocol};

    for (int i = 0; i < d->bNumEndpoints; i++) {
        const struct libusb_endpoint_descriptor *e = &d->endpoint[i];
        const unsigned type = e->bmAttributes & LIBUSB_TRANSFER_TYPE_MASK;
        const bool in = e->bEndpointAddress & LIBUSB_ENDPOINT_IN;

        if (type == LIBUSB_TRANSFER_TYPE_INTERRUPT && in) {
            found.interrupt = e->bEndpointAddress;
            found.interrupt_packet = e->wMaxPacketSize & 0x7ffu;
        } else if (type == LIBUSB_TRANSFER_TYPE_BULK && in) {
            found.in = e->bEndpointAddress;
            found.in_packet = e->wMaxPacketSize & 0x7ffu;
        } else if (type == LIBUSB_TRANSFER_TYPE_BULK) {
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

bool mb_usbtmc_matches(libusb_device *device, const struct mb_usbtmc_address *address)
{
    struct libusb_device_descriptor d;

    return libusb_get_device_descriptor(device, &d) == 0 && d.idVendor == address->vendor &&
           d.idProduct == address->product && has_serial(device, address->serial);
}

/* How many of the list match; the last of them in *ret. */
static size_t count_matches(libusb_device **list, ssize_t n, const struct mb_usbtmc_address *address,
                            libusb_device **ret)
{
    size_t count = 0;

    for (ssize_t i = 0; i < n; i++)
        if (mb_usbtmc_matches(list[i], address)) {
            *ret = list[i];
            count++;
        }
    return count;
}

static int refuse_firmware_mode(const struct mb_usbtmc_address *address, uint16_t product,
                                struct mb_error *err)
{
    return mb_error_set(
        err, -ENODEV,
        "USB device %04x:%04x is a Keysight U27xxA in its mode for firmware updates, which has "
        "no USBTMC interface: start it once with the maker's software, which motorbench cannot "
        "do for it",
        address->vendor, product);
}

/* Why nothing matches: an instrument that has not left its firmware mode is there under another id. */
static int not_found(libusb_device **list, ssize_t n, const struct mb_usbtmc_address *address,
                     struct mb_error *err)
{
    struct mb_usbtmc_address sleeping = {.vendor = address->vendor,
                                         .product = mb_usbtmc_firmware_id(address->vendor, address->product)};
    libusb_device *found;

    if (sleeping.product != 0 && count_matches(list, n, &sleeping, &found) > 0)
        return refuse_firmware_mode(address, sleeping.product, err);
    return mb_error_set(err, -ENODEV, "USB device %04x:%04x%s%s is not plugged in", address->vendor,
                        address->product, address->serial[0] ? " with serial number " : "", address->serial);
}

/* The device is the only one of its address. */
static int look_inside(libusb_device *device, const struct mb_usbtmc_address *address,
                       struct mb_usbtmc_interface *ret, struct mb_error *err)
{
    struct libusb_device_descriptor d = {0};
    const bool has_tmc = find_interface(device, ret);

    (void)libusb_get_device_descriptor(device, &d); /* cached: it worked a moment ago */
    if (mb_usbtmc_quirks(d.idVendor, d.idProduct, d.bcdDevice).firmware_mode)
        return refuse_firmware_mode(address, address->product, err);
    if (!has_tmc)
        return mb_error_set(err, -ENOPROTOOPT,
                            "USB device %04x:%04x has no USBTMC interface: look at its USB menu",
                            address->vendor, address->product);
    ret->release = d.bcdDevice;
    return 0;
}

int mb_usbtmc_find(libusb_context *context, const struct mb_usbtmc_address *address, libusb_device **ret,
                   struct mb_usbtmc_interface *ret_interface, struct mb_error *err)
{
    libusb_device **list, *found = NULL;
    struct mb_usbtmc_interface interface;
    size_t count;
    ssize_t n = libusb_get_device_list(context, &list);
    int r;

    if (n < 0)
        return mb_error_set(err, mb_usb_errno((int)n), "the USB devices cannot be listed: %s",
                            libusb_error_name((int)n));
    count = count_matches(list, n, address, &found);
    if (count == 0)
        r = not_found(list, n, address, err);
    else if (count > 1)
        r = mb_error_set(err, -ENOTUNIQ,
                         "%zu USB devices are %04x:%04x: add the serial number to the address", count,
                         address->vendor, address->product);
    else
        r = look_inside(found, address, &interface, err);
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
