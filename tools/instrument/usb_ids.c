/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instrument/usb_ids.h"

/* Ids seen on instruments; the second one of Chroma is the one that is registered. */
const struct usb_maker usb_makers[] = {
    {0x05e6, "Keithley"},
    {0x0699, "Tektronix"},
    {0x0957, "Agilent, Keysight before 2014"},
    {0x0a69, "Chroma ATE"},
    {0x0aad, "Rohde & Schwarz, Hameg"},
    {0x0b21, "Yokogawa"},
    {0x0b3e, "Kikusui"},
    {0x05e6, "Keithley"},
    {0x1334, "Advantest, ADCMT"},
    {0x1698, "Chroma ATE"},
    {0x1ab1, "Rigol"},
    {0x2184, "GW Instek"},
    {0x2a8d, "Keysight"},
    {0x2ec7, "ITECH"},
    {0xf4ec, "Siglent"},
    {0xf4ed, "Siglent"},
    {0, NULL},
};

const struct usb_bridge usb_bridges[] = {
    {0x0403, 0x6001, "FTDI serial adapter"},
    {0x0403, 0x6010, "FTDI serial adapter"},
    {0x0403, 0x6011, "FTDI serial adapter"},
    {0x0403, 0x6014, "FTDI serial adapter"},
    {0x067b, 0x2303, "Prolific serial adapter"},
    {0x10c4, 0xea60, "Silicon Labs serial adapter"},
    {0x1a86, 0x7523, "WCH serial adapter"}, /* unverified */
    {0, 0, NULL},
};

const char *usb_maker_name(uint16_t vendor)
{
    const struct usb_maker *m = usb_makers;

    while (m->name && m->vendor != vendor)
        m++;
    return m->name;
}

const char *usb_bridge_name(uint16_t vendor, uint16_t product)
{
    const struct usb_bridge *b = usb_bridges;

    while (b->name && (b->vendor != vendor || b->product != product))
        b++;
    return b->name;
}
