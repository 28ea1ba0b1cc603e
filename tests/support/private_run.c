/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/private_run.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

int private_run_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    int r;

    if (!file)
        return -errno;
    r = fputs(text, file) == EOF ? -EIO : 0;
    if (fclose(file) == EOF && r == 0)
        r = -errno;
    return r;
}

int private_run_make(void)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/run", "tmpfs", 0, "mode=0755") < 0 || mkdir("/run/udev", 0755) < 0 ||
        mkdir("/run/udev/rules.d", 0755) < 0)
        return -errno;
    return private_run_write("/run/udev/control", "");
}

/* The text takes the place of a file of /etc. */
static int cover(const char *path, const char *name, const char *text)
{
    int r = private_run_write(path, text);

    if (r == 0 && mount(path, name, NULL, MS_BIND, NULL) < 0)
        r = -errno;
    return r;
}

int private_run_add_group(const char *name, unsigned gid)
{
    char line[128];

    (void)snprintf(line, sizeof line, "root:x:0:\n%s:x:%u:\n", name, gid);
    return private_run_set_groups(line);
}

int private_run_set_groups(const char *group)
{
    return cover("/run/group", "/etc/group", group);
}

int private_run_set_users(const char *passwd)
{
    return cover("/run/passwd", "/etc/passwd", passwd);
}
