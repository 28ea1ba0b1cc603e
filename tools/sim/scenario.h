/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disturbances as data: one after the other, each waits for the torque to rest in a band around a share of
 * rated torque, happens once, and is over. A scenario file:
 *
 *   scenario:
 *     - {name: dip, torque_percent: 115, band_percent: 3, armed_percent: 120, hold_s: 9.5,
 *        action: supply-step, size_percent: -8, duration_s: 4}
 *     - {name: zero, torque_percent: 75, band_percent: 4, hold_s: 2, action: torque-zero, size_percent: -1.2}
 *
 * supply-step changes the source's voltage for duration_s, `times` times, `every_s` from begin to begin while
 * the load stays. torque-zero shifts what the torque transducer
 * indicates, by a share of rated torque, for as long as the true torque stays in the band. The time counts
 * from the last change of load in the band, so that a disturbance can be aimed into the reading that follows.
 * Nothing happens before the load has once been above armed_percent: a motor that is being loaded is left
 * alone.
 */
#pragma once

#include "core/error.h"
#include "sim/text.h"
#include "sim/world.h"

struct sim_scenario;
/* path: a file, or "demo" for the built-in demonstration. Observes the world until freed. */
int sim_scenario_new(struct sim_world *world, const char *path, struct sim_scenario **ret,
                     struct mb_error *err);
struct sim_scenario *sim_scenario_free(struct sim_scenario *scenario);
/* {"dip":"waiting"|"active"|"done",...} */
int sim_scenario_status(const struct sim_scenario *scenario, struct sim_text *ret);
