/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vibration severity of a machine from the readings at its bearings: GB/T 10068, IEC 60034-14 (procedures.md
 * D). Pure: no I/O, no clock, no globals. Quantities that are not given are NAN. Limits belong to the
 * standards. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "method/finding.h"

enum mb_severity_end { MB_SEVERITY_DRIVE_END, MB_SEVERITY_OTHER_END, MB_SEVERITY_ENDS };
/* X and Y across the shaft, Z along it. */
enum mb_severity_axis { MB_SEVERITY_X, MB_SEVERITY_Y, MB_SEVERITY_Z, MB_SEVERITY_AXES };

struct mb_severity_figure {
    double rms;                    /* over the record */
    double window_max, window_min; /* of windows shorter than a beat; NAN: not given */
};

struct mb_severity_point {
    enum mb_severity_end end;
    enum mb_severity_axis axis;
    struct mb_severity_figure velocity_mps, displacement_m;
    double record_s;                  /* without settling */
    double band_low_hz, band_high_hz; /* of the analysis */
};

struct mb_severity_input {
    const struct mb_severity_point *points;
    size_t point_count;
    double speed_rpm;       /* of the test, no load */
    double rated_speed_rpm; /* lowest one: decides the band; NAN: speed_rpm does */
    int poles;
    bool induction;          /* has a slip, so two poles beat */
    double slip, supply_hz;  /* of the test */
    bool axial_inaccessible; /* at one end: five readings are enough */
};

#define MB_SEVERITY_HIGH_HZ 1000.0  /* [M+] */
#define MB_SEVERITY_LOW_HZ 10.0     /* [M+] */
#define MB_SEVERITY_LOW_SLOW_HZ 2.0 /* up to MB_SEVERITY_SLOW_RPM [M+] */
#define MB_SEVERITY_SLOW_RPM 600.0  /* [M+] */

#define MB_SEVERITY_POINTS_MAX (MB_SEVERITY_ENDS * MB_SEVERITY_AXES)

struct mb_severity_value {
    bool present;
    double velocity_mps, displacement_m; /* the beat taken in where there is one */
};

struct mb_severity_result {
    bool valid; /* false as soon as there is one reason */
    /* "points", "reading", "band", "slip", "record-too-short" */
    struct mb_findings reasons;
    struct mb_severity_value values[MB_SEVERITY_ENDS][MB_SEVERITY_AXES];
    /* The verdict is about these: the maximum over all points and directions. NAN: no reading. */
    double velocity_mps, displacement_m;
    enum mb_severity_end velocity_end, displacement_end;
    enum mb_severity_axis velocity_axis, displacement_axis;
    bool beat;            /* the two-pole rule was used */
    double beat_period_s; /* 1/(2 s f): what a record has to last; NAN: no beat */
};

/* Computes all that the input allows and always fills *ret. */
void mb_severity_evaluate(const struct mb_severity_input *input, struct mb_severity_result *ret);

/* Low end of the band for a machine of this rated speed; NAN for NAN. */
double mb_severity_low_hz(double rated_speed_rpm);
/* Two lines that beat: X = sqrt((Xmax^2 + Xmin^2) / 2) [M+]. */
double mb_severity_beat(double max, double min);
/* 1/(2 s f), s; NAN for a slip or frequency that is not above zero. */
double mb_severity_beat_period_s(double slip, double supply_hz);
/* "drive end X" ...; constant text. */
const char *mb_severity_place(enum mb_severity_end end, enum mb_severity_axis axis);
