/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "motorbench/command.h"

/* The one command of this program; argv[0] is "waveform". */
int waveform_command(int argc, char **argv, const struct options *options);
