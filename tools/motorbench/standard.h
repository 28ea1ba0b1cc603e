/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands about standards, one file each. */
#pragma once

#include "motorbench/command.h"

int run_plan(int argc, char **argv, const struct options *options);
int run_standards_check(int argc, char **argv, const struct options *options);
int run_standards(int argc, char **argv, const struct options *options);
