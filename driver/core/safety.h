/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One electrical-safety test (withstand, insulation, earth bond, touch current) as the caller asks for it and
 * as the tester answers it. What a limit is worth is the procedure's business; here is only what was asked,
 * what came, and whether both judges say pass. */
#pragma once

#include <stdbool.h>

#include "core/reading.h"

enum mb_safety_kind {
    MB_SAFETY_AC_WITHSTAND,
    MB_SAFETY_DC_WITHSTAND,
    MB_SAFETY_INSULATION,
    MB_SAFETY_EARTH_BOND,
    MB_SAFETY_TOUCH_CURRENT,
    MB_SAFETY_KIND_COUNT
};

/* NAN: not given, where a tester offers it. */
struct mb_safety_test {
    enum mb_safety_kind kind;
    double voltage_v;             /* all but earth bond */
    double current_a;             /* earth bond */
    double limit_high, limit_low; /* A; ohm for insulation and earth bond. NAN: none on this side */
    double ramp_s, hold_s, fall_s;
    double frequency_hz;
    double voltage_tolerance;    /* relative; what the applied voltage or current may differ. 0: not judged */
    double discharge_s;          /* at least this after the test, if the profile does not say more */
    bool interlock_acknowledged; /* a person has seen to the interlock of a tester that cannot be asked */
};

enum mb_safety_verdict {
    MB_SAFETY_NOT_MEASURED, /* nothing was said, or nothing that can be read: never a pass, never a zero */
    MB_SAFETY_PASS,
    MB_SAFETY_FAIL, /* the tester does not say why */
    MB_SAFETY_FAIL_HIGH,
    MB_SAFETY_FAIL_LOW,
    MB_SAFETY_FAIL_ARC,
    MB_SAFETY_FAIL_BREAKDOWN, /* beyond the current that the tester can give or measure */
    MB_SAFETY_ABORTED,        /* stopped by a person, or by the tester */
    MB_SAFETY_INTERLOCK,      /* open, before or in the test */
    MB_SAFETY_REFUSED,        /* the tester did not start: remote start disabled, another condition */
    MB_SAFETY_RUNNING,        /* in tables of profiles only; never the verdict of a result */
    MB_SAFETY_VERDICT_COUNT
};

struct mb_safety_result {
    enum mb_safety_verdict verdict; /* the tester's own */
    struct mb_reading applied;      /* V; A for earth bond */
    struct mb_reading value;        /* A; ohm for insulation and earth bond */
    struct mb_reading elapsed;      /* s, as the tester counts it */
    bool in_ramp;                   /* it ended before the full voltage was reached */
    bool may_be_live;               /* the stop is not confirmed: the output may still be live */
    char raw[256];                  /* the replies that this was read from */
};

enum mb_safety_phase {
    MB_SAFETY_PHASE_SET_UP, /* stop, set-up, read back, interlock */
    MB_SAFETY_PHASE_RUNNING,
    MB_SAFETY_PHASE_RESULT,
    MB_SAFETY_PHASE_DISCHARGE,
};

/* "ac-withstand", "not-measured"; constant texts. */
const char *mb_safety_kind_name(enum mb_safety_kind kind);
const char *mb_safety_verdict_name(enum mb_safety_verdict verdict);
/* The same as lists that end with NULL. */
extern const char *const mb_safety_kind_names[];
extern const char *const mb_safety_verdict_names[];

/* Whether limits and value are resistances; else they are currents. */
bool mb_safety_in_ohm(enum mb_safety_kind kind);

/* Both judges: the tester's verdict and the limits asked for, on the value it gave. PASS only where the
 * tester says pass and value, applied voltage and time bear it out; a tester's pass that they contradict is a
 * fail where the value is beyond a limit and not measured where anything is missing. */
enum mb_safety_verdict mb_safety_judge(const struct mb_safety_test *test,
                                       const struct mb_safety_result *result);
