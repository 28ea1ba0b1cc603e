/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The emergency stop that is wired to the computer: a normally closed contact at a GPIO line. An open contact
 * is a stop, and so is a broken wire or a chip that is gone. It adds to the chain that cuts the power by
 * itself (procedures, hazards) and replaces nothing of it. */
#pragma once

#include "bench/bench.h"

/* "gpiochip0/17" when the bench's present fault came from its line, else NULL. */
const char *mb_bench_stopped_by_line(const struct mb_bench *bench);
/* What is configured, or NULL: "gpiochip0/17". */
const char *mb_bench_stop_line_name(const struct mb_bench *bench);
