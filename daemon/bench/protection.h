/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What switches off whatever a step is doing: checked on every snapshot while the outputs are on. Limits from
 * nameplate and bench file, the stricter one; NAN: not known, not watched. Pure. The bench's own limits of
 * voltage, current, torque and speed (poll.c) and lost readings come on top. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "bench/signal.h"
#include "standard/motor.h"

/* All [laboratory choice]: above every test of the standards (1.6 times the torque, 1.5 the current, 1.2 the
 * speed), and what counts seconds counts readings too, so that a loop that hesitated in accelerated time
 * trips nothing. */
#define MB_PROTECT_SPEED 1.25        /* of the highest one of rated, synchronous and declared maximum speed */
#define MB_PROTECT_OVERLOAD_FROM 1.5 /* of rated current */
#define MB_PROTECT_OVERLOAD_S 800.0  /* integral of (I/IN)^2 above that: 16 s of a locked rotor with 7 IN */
#define MB_PROTECT_STALL_SPEED 0.1   /* of synchronous */
#define MB_PROTECT_STALL_VOLTAGE 0.3 /* of rated */
#define MB_PROTECT_STALL_S 25.0
#define MB_PROTECT_STALL_READINGS 12
#define MB_PROTECT_COUPLING_TORQUE 0.25 /* of the torque asked for: less is gone */
#define MB_PROTECT_COUPLING_SPEED 0.3   /* of the way from the speed under load to synchronous speed */
#define MB_PROTECT_SUPPLY 0.5           /* of the voltage asked for */
#define MB_PROTECT_DRIVEN 0.2           /* of the speed that the load machine drives at, to either side */
#define MB_PROTECT_DRIVEN_RPM 2.0       /* or by so much: a slow shaft, a speed meter's digits */
#define MB_PROTECT_READINGS 4
#define MB_PROTECT_WINDING_C 155.0 /* class F, where the nameplate gives no class */

struct mb_protection_limits {
    double voltage_v, current_a, torque_nm; /* rated */
    double rpm_per_hz;                      /* synchronous speed; NAN: direct current */
    double rated_rpm;
    double speed_rpm, winding_c; /* not to be exceeded */
};

struct mb_protection {
    struct mb_protection_limits limits;
    double overload_s, stalled_s, last_s, good_rpm;
    unsigned stalled, uncoupled, unsupplied, undriven;
};

/* What the bench is asking for; NAN while the set point moves, or when something else decides it. */
struct mb_protection_view {
    const struct mb_snapshot *snapshot;
    double voltage_v, torque_nm;
    double driven_rpm; /* speed that the load machine drives at */
};

/* NULL: no motor, nothing is watched. winding_c: of the bench file, 0 none. */
void mb_protection_limits(const struct mb_motor *motor, double winding_c, struct mb_protection_limits *ret);
/* At switching on. */
void mb_protection_begin(struct mb_protection *p, const struct mb_protection_limits *limits);
/* true: off, for this reason. */
bool mb_protection_check(struct mb_protection *p, const struct mb_protection_view *view, char *reason,
                         size_t size);
