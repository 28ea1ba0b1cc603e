/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/usb/configfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIGFS "/sys/kernel/config"
#define GADGETS CONFIGFS "/usb_gadget"
#define CONTROLLERS "/sys/class/udc"
#define MOUNTS "/run/motorbench-sim"

/* Below the gadget's folder, beside that of the function. In this order they are made, in the other removed.
 */
static const char *const folders[] = {"", "strings/0x409", "configs/c.1", "configs/c.1/strings/0x409"};
#define FOLDERS (sizeof folders / sizeof folders[0])

/* Names and parts are ours and short: nothing is cut. */
static void path_of(const struct sim_configfs *c, const char *below, char ret[PATH_MAX])
{
    (void)snprintf(ret, PATH_MAX, "%s/%s/%s", GADGETS, c->name, below);
}

/* The kernel knows a FunctionFS to be mounted by what stands behind "ffs.", so that is the gadget's name too.
 */
static void function_path(const struct sim_configfs *c, char ret[PATH_MAX])
{
    (void)snprintf(ret, PATH_MAX, "%s/%s/functions/ffs.%s", GADGETS, c->name, c->name);
}

static int set(const struct sim_configfs *c, const char *attribute, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int set(const struct sim_configfs *c, const char *attribute, const char *format, ...)
{
    char path[PATH_MAX], text[160];
    va_list args;
    int fd, n, r = 0;

    path_of(c, attribute, path);
    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || n >= (int)sizeof text)
        return -ENAMETOOLONG;
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (write(fd, text, (size_t)n) < 0)
        r = -errno;
    (void)close(fd);
    return r;
}

void sim_configfs_folder(const struct sim_configfs *c, char *ret, size_t size)
{
    (void)snprintf(ret, size, "%s/%s", MOUNTS, c->name);
}

/* ---- removing ---- */

/* Everything that may be there, backwards; what is not there does not matter. */
static void remove_all(const struct sim_configfs *c)
{
    char path[PATH_MAX];

    (void)set(c, "UDC", "\n");
    sim_configfs_folder(c, path, sizeof path);
    if (umount2(path, MNT_DETACH) == 0 || errno == EINVAL)
        (void)rmdir(path);
    path_of(c, "configs/c.1/function", path);
    (void)unlink(path);
    function_path(c, path);
    (void)rmdir(path);
    for (size_t i = FOLDERS; i-- > 0;) {
        path_of(c, folders[i], path);
        (void)rmdir(path);
    }
}

void sim_configfs_remove(struct sim_configfs *c)
{
    if (c->made)
        remove_all(c);
    c->made = false;
}

static bool is_bound(const struct sim_configfs *c)
{
    char path[PATH_MAX], first = '\n';
    ssize_t n;
    int fd;

    path_of(c, "UDC", path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    n = read(fd, &first, 1);
    (void)close(fd);
    return n > 0 && first != '\n';
}

/* ---- making ---- */

static int make_folders(const struct sim_configfs *c)
{
    char path[PATH_MAX];

    for (size_t i = 0; i < FOLDERS; i++) {
        path_of(c, folders[i], path);
        if (mkdir(path, 0755) < 0)
            return -errno;
    }
    function_path(c, path);
    return mkdir(path, 0755) < 0 ? -errno : 0;
}

static int fill(const struct sim_configfs *c, const struct sim_configfs_identity *identity)
{
    const struct {
        const char *attribute, *text;
    } texts[] = {{"strings/0x409/manufacturer", identity->manufacturer},
                 {"strings/0x409/product", identity->model},
                 {"strings/0x409/serialnumber", identity->serial},
                 {"configs/c.1/strings/0x409/configuration", "USBTMC"},
                 {"bcdUSB", "0x0200"},
                 {"bcdDevice", "0x0100"}};
    int r = set(c, "idVendor", "0x%04x", identity->vendor);

    if (r == 0)
        r = set(c, "idProduct", "0x%04x", identity->product);
    for (size_t i = 0; r == 0 && i < sizeof texts / sizeof texts[0]; i++)
        r = set(c, texts[i].attribute, "%s", texts[i].text);
    return r;
}

static int mount_function(const struct sim_configfs *c)
{
    char folder[PATH_MAX], function[PATH_MAX], link[PATH_MAX];

    function_path(c, function);
    path_of(c, "configs/c.1/function", link);
    if (symlink(function, link) < 0)
        return -errno;
    sim_configfs_folder(c, folder, sizeof folder);
    if ((mkdir(MOUNTS, 0755) < 0 && errno != EEXIST) || (mkdir(folder, 0700) < 0 && errno != EEXIST))
        return -errno;
    return mount(c->name, folder, "functionfs", 0, NULL) < 0 ? -errno : 0;
}

int sim_configfs_make(struct sim_configfs *c, const char *name, const struct sim_configfs_identity *identity,
                      struct mb_error *err)
{
    int r;

    *c = (struct sim_configfs){.made = false};
    if (snprintf(c->name, sizeof c->name, "motorbench-%s", name) >= (int)sizeof c->name)
        return mb_error_set(err, -ENAMETOOLONG, "%s: name too long for a gadget", name);
    /* Where systemd leaves the mounting to whoever comes first, that is us. */
    if (access(GADGETS, F_OK) < 0 &&
        (mount("configfs", CONFIGFS, "configfs", 0, NULL) < 0 || access(GADGETS, F_OK) < 0))
        return mb_error_set(
            err, -ENOENT,
            "this kernel has no USB gadgets ready: as root, modprobe -a libcomposite usb_f_fs and "
            "a controller (dummy_hcd)");
    if (is_bound(c))
        return mb_error_set(err, -EBUSY, "the USB gadget %s is being served by another process", c->name);
    remove_all(c);
    c->made = true;
    r = make_folders(c);
    if (r == 0)
        r = fill(c, identity);
    if (r == 0)
        r = mount_function(c);
    if (r < 0) {
        sim_configfs_remove(c);
        return mb_error_set(err, r, "cannot make the USB gadget %s: %s", c->name, strerror(-r));
    }
    return 0;
}

/* ---- plug ---- */

static int bind_free(struct sim_configfs *c)
{
    DIR *dir = opendir(CONTROLLERS);
    const struct dirent *entry;
    int r = -ENODEV;

    if (dir == NULL)
        return -ENODEV;
    while (r < 0 && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof c->udc)
            continue;
        r = set(c, "UDC", "%s", entry->d_name);
        if (r == 0)
            (void)snprintf(c->udc, sizeof c->udc, "%s", entry->d_name);
    }
    (void)closedir(dir);
    return r;
}

int sim_configfs_bind(struct sim_configfs *c, struct mb_error *err)
{
    int r = c->udc[0] != '\0' ? set(c, "UDC", "%s", c->udc) : bind_free(c);

    return r < 0 ? mb_error_set(err, r, "no free USB device controller for the gadget %s: %s", c->name,
                                strerror(-r))
                 : 0;
}

int sim_configfs_unbind(struct sim_configfs *c, struct mb_error *err)
{
    int r = set(c, "UDC", "\n");

    return r < 0 && r != -ENODEV
               ? mb_error_set(err, r, "cannot unplug the gadget %s: %s", c->name, strerror(-r))
               : 0;
}
