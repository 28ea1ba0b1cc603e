/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other users on a private bus; the test runs as root. */
#pragma once

#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

#define PERSON_DAEMON_UID 986u
#define PERSON_GROUP_GID 987u /* motorbench */
/* For private_run_set_users: root, motorbench, operator (1000, a member of the group once it says so), other
 * (1001), nobody. dbus-daemon talks to known users only. */
extern const char person_users[];

struct person {
    uid_t uid;
    gid_t gid, groups[2];
    size_t group_count;
};

/* A connection of that person: the bus looks at who connects, at that moment. */
sd_bus *person_connect(const char *address, const struct person *person);
