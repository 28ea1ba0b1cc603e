/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a motor has cooled while its thermal run was interrupted: by its own exponential, and as measured.
 */
#pragma once

#include "procedure/step.h"

#define MB_MONITOR_STORE "monitor" /* the readings of a thermal run that are not part of the sheet */

/* Name of a monitored temperature in those readings; part MB_MONITORED_MAX is the winding. */
#define MB_MONITOR_PARTS (MB_MONITORED_MAX + 1)
const char *mb_monitor_key(size_t part, char buffer[static 24]);
enum mb_signal mb_monitor_signal(size_t part);

/* What a part has lost from its last reading to now_s, K: its rise above the coolant approaches its end
 * exponentially, and goes back with the same time constant, which is too fast once the fan stands: on the
 * safe side. The whole rise where the readings give no time constant; NAN: it was never read. */
double mb_monitor_cooled_k(const json_t *readings, size_t part, double now_s);

/* As the kind's may_resume: both judges must find no more than limit_k in every part. */
enum mb_step_result mb_thermal_may_resume(struct mb_step *step, const json_t *readings, double now_s,
                                          const struct mb_snapshot *snapshot, double limit_k);
