/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An empty /run for this process and its children only, for tests that need files of udev there. */
#pragma once

/* Makes it, with /run/udev/control (libudev switches its monitors off without that) and an empty
 * /run/udev/rules.d. Call it before any thread exists. 0 or a negative errno: not allowed here. */
int private_run_make(void);
/* Writes a file below the private /run; 0 or a negative errno. */
int private_run_write(const char *path, const char *text);
/* A group known to this process and its children; call private_run_make first. */
int private_run_add_group(const char *name, unsigned gid);
/* The only groups known to this process and its children: lines as in /etc/group; likewise. */
int private_run_set_groups(const char *group);
/* The only users known to this process and its children: lines as in /etc/passwd; call private_run_make
 * first. */
int private_run_set_users(const char *passwd);
