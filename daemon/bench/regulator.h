/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closed loop of one actuator over its measured quantity: the reference ramps to the target, the command is
 * the reference plus an integrated correction. Pure: no clock, no I/O. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* One reading alone may just be passing the target; so many in a row stand there [laboratory choice]. */
#define MB_SETTLED_READINGS 3

struct mb_regulator {
    double target, reference, correction; /* unit of the quantity */
    double rate_per_s;                    /* slope of the reference */
    double gain;                          /* share of the error that one step corrects, 0..1 */
    double correction_max; /* |correction| never above this: an actuator further off than that is a fault, not
                              a trim */
    double command_min, command_max;
    double deadband; /* errors up to this are left alone: a reading is disturbed by every correction */
    double hold_s;   /* after a correction or a ramp, wait this long: the actuator's lag */
    double since_s;  /* since the last correction or the end of the ramp */
    double rested_s; /* since the end of the ramp, whatever was corrected after it */
    double recent[MB_SETTLED_READINGS]; /* readings taken after hold_s of that, the newest overwrites the
                                           oldest */
    size_t recent_count;                /* of all since then */
};

void mb_regulator_reset(struct mb_regulator *r); /* reference, target and correction to zero */
/* dt_s since the last call, measured: present value (NAN: not valid, then only the ramp goes on). Returns the
 * command. */
double mb_regulator_step(struct mb_regulator *r, double dt_s, double measured);
/* A new reading, dt_s after the last one (NAN: not valid, the counting begins again). What is read before
 * the ramp has ended and the lag is over belongs to an earlier command and is not kept. */
void mb_regulator_observe(struct mb_regulator *r, double dt_s, double measured);
/* The ramp has arrived and the last MB_SETTLED_READINGS lie within tolerance (fraction of target, or of floor
 * when that is greater). */
bool mb_regulator_settled(const struct mb_regulator *r, double tolerance, double floor);
