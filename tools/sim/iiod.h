/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The IIOD text protocol, as iiod 0.24 speaks it, over a stream of bytes. */
#pragma once

#include "sim/iio.h"
#include "sim/server.h"

extern const struct sim_session_ops sim_iiod_session; /* context: struct sim_iio * */
