/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of a GPIO chip (libgpiod): one that a contact is wired to has a level and a call after every edge,
 * one that feeds a coil is written. The kernel lends a line to one program at a time. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "core/error.h"

enum mb_gpio_bias { MB_GPIO_BIAS_NONE, MB_GPIO_BIAS_PULL_UP, MB_GPIO_BIAS_PULL_DOWN };

struct mb_gpio_setting {
    char *chip; /* path, name, label or number */
    char *line; /* offset, or the name that the device tree gives it */
    bool active_low;
    int bias; /* enum mb_gpio_bias */
};

struct mb_gpio_line;

/* From the event loop, after one or more edges or when the chip has gone: who hears it reads the level. May
 * free the line. */
typedef void (*mb_gpio_changed)(void *userdata);

/* The setting is copied. 0, or a negative errno with the sentence: no such chip or line, lent to another
 * program, a line without interrupts. */
int mb_gpio_open(sd_event *event, const struct mb_gpio_setting *setting, mb_gpio_changed changed,
                 void *userdata, struct mb_gpio_line **ret, struct mb_error *err);
/* As an output, inactive from the first moment on. A bias is of no use there. */
int mb_gpio_open_output(const struct mb_gpio_setting *setting, struct mb_gpio_line **ret,
                        struct mb_error *err);
/* Gives the line back; what level it has then is a matter of the chip and of the wiring. */
struct mb_gpio_line *mb_gpio_free(struct mb_gpio_line *line);
/* 1: active, 0: not, or a negative errno. */
int mb_gpio_read(const struct mb_gpio_line *line);
/* 0 or a negative errno. */
int mb_gpio_write(const struct mb_gpio_line *line, bool active);
