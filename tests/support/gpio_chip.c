/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/gpio_chip.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/tree.h"

const char *gpio_chip_path(const struct daemon_fixture *f, const char *line, char *buffer, size_t size)
{
    assert_true(snprintf(buffer, size, "%s/gpiochip0/%s", f->folder, line) < (int)size);
    return buffer;
}

void gpio_chip_put(const struct daemon_fixture *f, const char *line, bool level)
{
    char path[PATH_MAX];
    /* Never empty: that would be a lost chip. */
    int fd = open(gpio_chip_path(f, line, path, sizeof path), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, level ? "1" : "0", 1), 1);
    assert_int_equal(close(fd), 0);
}

char gpio_chip_level(const struct daemon_fixture *f, const char *line)
{
    char path[PATH_MAX], level = '?';
    int fd = open(gpio_chip_path(f, line, path, sizeof path), O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(read(fd, &level, 1), 1);
    assert_int_equal(close(fd), 0);
    return level;
}

void gpio_chip_wire(struct gpio_chip *chip, struct daemon_fixture *f)
{
    char path[PATH_MAX], *real;

    (void)snprintf(path, sizeof path, "%s/lib/fake_gpiod.so", test_build_folder());
    real = realpath(path, NULL);
    if (!real)
        fail_msg("%s is not built", path);
    (void)snprintf(chip->preload, sizeof chip->preload, "LD_PRELOAD=%s", real);
    free(real);
    (void)snprintf(chip->folder, sizeof chip->folder, "FAKE_GPIO=%s", f->folder);
    (void)snprintf(chip->simulator, sizeof chip->simulator, "FAKE_GPIO_SIM=%u",
                   (unsigned)sim_process_port(&f->sim, "control"));
    chip->environment[0] = chip->preload;
    chip->environment[1] = chip->folder;
    chip->environment[2] = chip->simulator;
    f->environment = chip->environment;
    (void)snprintf(path, sizeof path, "%s/gpiochip0", f->folder);
    assert_int_equal(mkdir(path, 0755), 0);
}
