/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/usb/descriptors.h"

#include <linux/usb/functionfs.h>
#include <string.h>

#include "sim/usb/usbtmc_model.h"

#define FULL_SPEED_PACKET 64u
#define HIGH_SPEED_PACKET 512u
#define NOTIFY_PACKET 2u
#define LANGUAGE 0x0409u /* English (United States) */
#define INTERFACE_NAME "USBTMC"

static uint8_t *put(uint8_t *p, const uint8_t *bytes, size_t n)
{
    memcpy(p, bytes, n);
    return p + n;
}

static uint8_t *put_u16(uint8_t *p, unsigned value)
{
    return put(p, (const uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8)}, 2);
}

static uint8_t *put_u32(uint8_t *p, uint32_t value)
{
    return put_u16(put_u16(p, value & 0xffff), value >> 16);
}

static uint8_t *put_endpoint(uint8_t *p, uint8_t address, uint8_t attributes, unsigned packet,
                             uint8_t interval)
{
    p = put(p, (const uint8_t[]){USB_DT_ENDPOINT_SIZE, USB_DT_ENDPOINT, address, attributes}, 4);
    p = put_u16(p, packet);
    return put(p, &interval, 1);
}

/* One speed. interval: bInterval of the interrupt endpoint, whose unit depends on the speed. */
static uint8_t *put_interface(uint8_t *p, unsigned packet, uint8_t interval)
{
    static const uint8_t interface[] = {USB_DT_INTERFACE_SIZE, USB_DT_INTERFACE, 0, 0, 3, USB_CLASS_APP_SPEC,
                                        3 /* USBTMC */,        1 /* USB488 */,   1 /* name */};

    p = put(p, interface, sizeof interface);
    p = put_endpoint(p, USBTMC_MODEL_OUT, USB_ENDPOINT_XFER_BULK, packet, 0);
    p = put_endpoint(p, USBTMC_MODEL_IN, USB_ENDPOINT_XFER_BULK, packet, 0);
    return put_endpoint(p, USBTMC_MODEL_INTERRUPT, USB_ENDPOINT_XFER_INT, NOTIFY_PACKET, interval);
}

size_t sim_usb_descriptors(uint8_t *buffer)
{
    const uint32_t count = 4; /* an interface and three endpoints */
    uint8_t *p = buffer + 12;

    p = put_u32(p, count);
    p = put_u32(p, count);
    p = put_interface(p, FULL_SPEED_PACKET, 8 /* ms */);
    p = put_interface(p, HIGH_SPEED_PACKET, 7 /* 2^6 microframes: 8 ms */);
    (void)put_u32(buffer, FUNCTIONFS_DESCRIPTORS_MAGIC_V2);
    (void)put_u32(buffer + 4, (uint32_t)(p - buffer));
    (void)put_u32(buffer + 8, FUNCTIONFS_HAS_FS_DESC | FUNCTIONFS_HAS_HS_DESC);
    return (size_t)(p - buffer);
}

size_t sim_usb_strings(uint8_t *buffer)
{
    uint8_t *p = buffer + 8;

    p = put_u32(p, 1); /* strings */
    p = put_u32(p, 1); /* languages */
    p = put_u16(p, LANGUAGE);
    p = put(p, (const uint8_t *)INTERFACE_NAME, sizeof INTERFACE_NAME);
    (void)put_u32(buffer, FUNCTIONFS_STRINGS_MAGIC);
    (void)put_u32(buffer + 4, (uint32_t)(p - buffer));
    return (size_t)(p - buffer);
}
