/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/polkit.h"

#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "core/file.h"
#include "support/eventually.h"
#include "support/person.h"
#include "support/private_run.h"

#define PROGRAM "/usr/lib/polkit-1/polkitd"
#define PATIENCE_MS 20000u

/* Our file, alone, over a folder of the system. */
static int put_over(const char *source, const char *name, const char *folder)
{
    char path[128], *text = NULL;
    struct mb_error err = {""};
    size_t size;
    int r = mb_file_read(source, 65536, &text, &size, &err);

    (void)snprintf(path, sizeof path, "/run/%s", name);
    if (r == 0 && mkdir(path, 0755) < 0)
        r = -1;
    (void)snprintf(path, sizeof path, "/run/%s/org.motorbench1.%s", name, name);
    if (r == 0)
        r = private_run_write(path, text);
    free(text);
    (void)snprintf(path, sizeof path, "/run/%s", name);
    return r == 0 ? mount(path, folder, NULL, MS_BIND, NULL) : r;
}

const char *polkit_prepare(void)
{
    if (access(PROGRAM, X_OK) < 0)
        return "polkitd is not installed";
    if (geteuid() != 0 || private_run_make() < 0 ||
        private_run_set_groups("root:x:0:\nmotorbench:x:987:operator\npolkitd:x:985:\n") < 0 ||
        private_run_set_users(person_users) < 0)
        return "no right to a private /run";
    if (put_over("daemon/system/org.motorbench1.policy", "policy", "/usr/share/polkit-1/actions") < 0 ||
        put_over("daemon/system/motorbench.rules", "rules", "/etc/polkit-1/rules.d") < 0)
        return "no right to put our actions over the system's";
    return NULL;
}

static bool is_there(void *userdata)
{
    return sd_bus_get_name_creds(userdata, "org.freedesktop.PolicyKit1", 0, NULL) >= 0;
}

void polkit_start(struct child *polkit, const char *address, const char *log)
{
    static const char *const argv[] = {PROGRAM, "--no-debug", NULL};
    static const struct person root = {.uid = 0};
    char variable[160];
    const char *const environment[] = {variable, NULL};
    sd_bus *bus = person_connect(address, &root);

    (void)snprintf(variable, sizeof variable, "DBUS_SYSTEM_BUS_ADDRESS=%s", address);
    child_start(polkit, argv, environment, log);
    if (!eventually(is_there, bus, PATIENCE_MS))
        fail_msg("polkitd does not start, status %d, see %s", polkit->status, log);
    sd_bus_flush_close_unref(bus);
}
