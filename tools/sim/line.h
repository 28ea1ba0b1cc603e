/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device of lines (device.h) behind a stream of bytes. */
#pragma once

#include "sim/device.h"
#include "sim/server.h"

extern const struct sim_session_ops sim_line_session; /* context: struct sim_device * */
