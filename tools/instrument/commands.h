/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of motorbench-instrument, one file each; argv[0] is "instrument NAME". */
#pragma once

#include "motorbench/command.h"
#include "scpi/engine.h"

int probe_command(int argc, char **argv, const struct options *options);
int query_command(int argc, char **argv, const struct options *options);
int check_command(int argc, char **argv, const struct options *options);
int record_command(int argc, char **argv, const struct options *options);
int replay_command(int argc, char **argv, const struct options *options);
int bench_command(int argc, char **argv, const struct options *options);
int udev_command(int argc, char **argv, const struct options *options);

/* How to speak over a link: that of a profile, or by --terminator lf|crlf|cr and --timeout SECONDS. Any of
 * the three may be NULL. EXIT_DONE, or what fail() has said. */
int link_settings(const char *command, const char *profile, const char *terminator, const char *timeout,
                  struct mb_engine_settings *ret);
