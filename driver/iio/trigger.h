/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Triggers that the kernel makes on request. A name without a prefix is one that is there already. */
#pragma once

#include <stddef.h>

#include "core/error.h"

/* "hrtimer:NAME" or "sysfs:NUMBER" under root (/sys): made where it is not there yet; root NULL: nothing is
 * made. Gives the name under which the context has it. -EOPNOTSUPP: this kernel has none of the kind;
 * -EACCES; -EINVAL. */
int mb_iio_trigger_prepare(const char *root, const char *trigger, char *ret_name, size_t size,
                           struct mb_error *err);
