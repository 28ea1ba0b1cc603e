/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of motorbench-instrument, one file each; argv[0] is "instrument NAME". */
#pragma once

#include "motorbench/command.h"
#include "scpi/engine.h"
#include "scpi/profile.h"

int probe_command(int argc, char **argv, const struct options *options);
int query_command(int argc, char **argv, const struct options *options);
int check_command(int argc, char **argv, const struct options *options);
int record_command(int argc, char **argv, const struct options *options);
int replay_command(int argc, char **argv, const struct options *options);
int bench_command(int argc, char **argv, const struct options *options);
int udev_command(int argc, char **argv, const struct options *options);

/* One link as it is to be spoken to. */
struct link {
    char *address; /* with the serial setting of the profile; freed by link_done */
    struct mb_engine_settings settings;
};

/* By the profile p, or by --terminator lf|crlf|cr and --timeout SECONDS. Any of the three may be NULL.
 * EXIT_DONE, or what fail() has said; link_done is right after a failure too. */
int link_init(const char *command, const char *address, const struct mb_profile *p, const char *terminator,
              const char *timeout, struct link *ret);
void link_done(struct link *l);
