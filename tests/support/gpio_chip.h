/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A GPIO chip of files for the processes of a fixture: "gpiochip0" below its folder, libgpiod replaced by
 * support/fake_gpiod.c. Functions that cannot do what they are for end the test (cmocka). */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "support/daemon_fixture.h"

struct gpio_chip {
    char preload[PATH_MAX + 16], folder[96], simulator[32];
    const char *environment[4];
};

/* Makes the folder and gives daemon and guard their environment; call it before they start. */
void gpio_chip_wire(struct gpio_chip *chip, struct daemon_fixture *f);
/* The level at the pin of a line, which is made when it is not there. */
void gpio_chip_put(const struct daemon_fixture *f, const char *line, bool level);
/* '0' or '1'. */
char gpio_chip_level(const struct daemon_fixture *f, const char *line);
const char *gpio_chip_path(const struct daemon_fixture *f, const char *line, char *buffer, size_t size);
