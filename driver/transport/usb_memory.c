/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/usb_memory.h"

#include <errno.h>
#include <stdlib.h>

int mb_usb_memory_take(struct mb_usb_memory *m, libusb_device_handle *handle, size_t n)
{
    if (m->data)
        return 0;
    *m = (struct mb_usb_memory){.data = libusb_dev_mem_alloc(handle, n), .n = n};
    m->mapped = m->data;
    if (!m->data)
        m->data = malloc(n);
    return m->data ? 0 : -ENOMEM;
}

void mb_usb_memory_give_back(struct mb_usb_memory *m, libusb_device_handle *handle)
{
    if (m->mapped)
        (void)libusb_dev_mem_free(handle, m->data, m->n);
    else
        free(m->data);
    *m = (struct mb_usb_memory){0};
}
