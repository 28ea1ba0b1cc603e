/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound power of a machine from A-weighted levels around it: GB/T 10069.1, ISO 3744 (procedures.md E). Pure:
 * no I/O, no clock, no globals. Quantities that are not given are NAN. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "method/finding.h"

enum mb_noise_surface { MB_NOISE_BOX, MB_NOISE_HEMISPHERE };

/* Where the absorption area of the room comes from. */
enum mb_noise_room {
    MB_NOISE_ROOM_FREE,          /* free field over a reflecting plane, shown by qualification: K2 = 0 */
    MB_NOISE_ROOM_REVERBERATION, /* A = 0.16 V / T60 */
    MB_NOISE_ROOM_ABSORPTION,    /* A = alpha Sv */
};

struct mb_noise_input {
    const double *level_db; /* L'pAi, one a position */
    size_t position_count;
    const double *background_db; /* L''pAi: one a position, or one for all */
    size_t background_count;
    enum mb_noise_surface surface;
    double length_m, width_m, height_m; /* box around the machine: l1, l2, l3 */
    double distance_m;                  /* from the box to the surface */
    double radius_m;                    /* hemisphere */
    enum mb_noise_room room;
    double volume_m3, reverberation_s;
    double absorption, room_surface_m2; /* mean coefficient, all walls with floor and ceiling */
    double k2_max_db;                   /* NAN: MB_NOISE_K2_MAX_DB */
};

/* Limits with their marks of procedures.md E. */
#define MB_NOISE_POSITIONS_MIN 9        /* [M+] for the box; of the hemisphere no number is known here */
#define MB_NOISE_DISTANCE_MIN_M 0.25    /* [M+] */
#define MB_NOISE_DISTANCE_MAX_M 1.0     /* [M+] */
#define MB_NOISE_NO_K1_DB 15.0          /* above it K1 = 0 [M+] */
#define MB_NOISE_LEAST_DB 6.0           /* above the background; below it the result is an upper bound [M+] */
#define MB_NOISE_K2_MAX_DB 4.0          /* [M+]; ISO 3744:1994 had 2 */
#define MB_NOISE_REPRODUCIBILITY_DB 1.5 /* standard deviation, A-weighted, grade 2 [M+] */

struct mb_noise_result { /* NAN: cannot be computed */
    bool valid;          /* false as soon as there is one reason */
    /* "missing-data", "positions", "distance", "background", "environment" */
    struct mb_findings reasons;
    bool upper_bound; /* too near to the background: the true level is lower */
    double mean_db, background_db, difference_db, k1_db;
    double surface_m2, absorption_m2, k2_db;
    double lpa_db, lwa_db; /* surface sound pressure level, sound power level, A-weighted */
};

/* Computes all that the input allows and always fills *ret. */
void mb_noise_evaluate(const struct mb_noise_input *input, struct mb_noise_result *ret);

/* 10 lg of the mean of 10^(level/10); NAN for none. */
double mb_noise_energy_mean_db(const double *level_db, size_t n);
