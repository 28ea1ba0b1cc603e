/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When something went on or off, by the machine's own clock: what a test of the way to off is judged by. */
#pragma once

#include "core/error.h"
#include "sim/world.h"

struct sim_switching;

/* CSV "monotonic_ns,t_s,output_on,u_v,load_nm,driven_rpm,field_a,speed_rpm", a row at the start and whenever
 * the output, a voltage at the terminals, a set point of the load machine or of the field winding's supply
 * appears or disappears. -errno with err. */
int sim_switching_new(struct sim_world *world, const char *path, struct sim_switching **ret,
                      struct mb_error *err);
struct sim_switching *sim_switching_free(struct sim_switching *s);
