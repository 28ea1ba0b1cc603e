/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every error name of the bus in one table. */
#pragma once

#include <systemd/sd-bus.h>

#include "core/error.h"

#define MB_BUS_ERROR_NOT_FOUND "org.motorbench1.Error.NotFound"
#define MB_BUS_ERROR_INVALID_ARGUMENT "org.motorbench1.Error.InvalidArgument"
#define MB_BUS_ERROR_BUSY "org.motorbench1.Error.Busy"
#define MB_BUS_ERROR_WRONG_STATE "org.motorbench1.Error.WrongState"
#define MB_BUS_ERROR_BENCH_FAULT "org.motorbench1.Error.BenchFault"
#define MB_BUS_ERROR_NOT_SUPPORTED "org.motorbench1.Error.NotSupported"
#define MB_BUS_ERROR_FAILED "org.motorbench1.Error.Failed"

/* Sets ret by the table from a negative errno and the sentence in err (or strerror); returns a negative
 * errno, as handlers return it. */
int mb_bus_error(sd_bus_error *ret, int code, const struct mb_error *err);
