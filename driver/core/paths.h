/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/* Where profiles/, limits/ and plans/ lie: $MOTORBENCH_DATADIR, else ../share/motorbench beside the running
 * program's folder (true for build/bin and for an installed prefix/bin). Writes "DIR/leaf". -ENAMETOOLONG,
 * -errno. */
int mb_data_path(const char *leaf, char *buffer, size_t size);
/* Another program of ours, beside the running one. */
int mb_program_path(const char *name, char *buffer, size_t size);
