/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power analyser: blocks in, one result a window out. Files and live sources go through the same code, so
 * the same samples give the same bits, whatever blocks they come in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "dsp/harmonics.h"
#include "dsp/power.h"
#include "dsp/window.h"
#include "waveform/block.h"
#include "waveform/channel.h"

#define MB_ANALYSIS_THD_HIGHEST 50 /* order */

/* Three voltages or currents that are not what is wanted, changed before everything else. */
enum mb_conversion {
    MB_CONVERT_NONE,
    MB_CONVERT_STAR,  /* voltages u12, u23, u31 to those against the star point whose sum is 0 */
    MB_CONVERT_DELTA, /* voltages u1, u2, u3 to u12, u23, u31 */
    MB_CONVERT_LINES, /* currents in the sides of a delta to those of the lines */
    MB_CONVERT_COUNT
};

struct mb_analyser_setting {
    const struct mb_wave_channel *channels; /* in the order of the blocks; copied */
    size_t channel_count;
    double rate_hz;
    enum mb_window_kind window;
    double length_s;  /* of windows by time and update */
    unsigned cycles;  /* of MB_WINDOW_CYCLES */
    int sync;         /* channel, -1: the first voltage, else the first current, else the first */
    double filter_hz; /* before crossings are looked for, 0: none */
    int wiring;       /* enum mb_wiring, -1: by the number of voltages and currents, if they match */
    enum mb_conversion voltages, currents;
    enum mb_reactive reactive;
    enum mb_apparent apparent;
    unsigned orders;     /* at most MB_HARMONIC_ORDERS; at least 1 */
    double rated_v;      /* of the harmonic voltage factor; 0: each voltage's own fundamental */
    unsigned pole_pairs; /* for slip; 0: not known */
};

struct mb_analysis_channel {
    struct mb_channel_values values;
    double thd_fundamental, thd_total, thd_groups,
        thd_subgroups; /* to MB_ANALYSIS_THD_HIGHEST; NAN without lines */
    double hvf;        /* of a voltage with 13 orders, else NAN */
};

/* Rms magnitudes of the fundamental's symmetrical components; NAN: not three phases. Elements' lines follow
 * each other in the order of the phases; where they do not, positive and negative are exchanged. */
struct mb_analysis_sequences {
    double positive, negative, zero;
    double unbalance, unbalance_zero; /* to the positive, per unit */
};

struct mb_analysis_machine { /* NAN: there is no channel for it */
    double torque_nm, speed_rpm, shaft_w;
    double efficiency; /* per unit, of total electrical and shaft power */
    double slip;       /* per unit, supply and shaft counted in this window */
};

struct mb_analysis {
    uint64_t first; /* number of the first sample of the window */
    int64_t t_ns;   /* of the end of the window, clock of the blocks */
    double duration_s, frequency_hz;
    double length;       /* samples, the weight of the window in a mean */
    unsigned cycles;     /* 0: cut by time */
    uint32_t flags;      /* of mb_wave_flag */
    uint32_t line_flags; /* the same for harmonics: too short for IEC 61000-4-7, no synchronisation */
    double wanted_s, lines_wanted_s; /* with MB_WAVE_TOO_SHORT: how long it should have been */
    size_t channel_count;
    const struct mb_analysis_channel *channels;
    unsigned highest;                     /* order that there is of every channel, 0: no lines */
    const struct mb_harmonics *harmonics; /* one a channel */
    bool wired;                           /* as many voltages as currents, and a wiring for them */
    struct mb_element elements[MB_ELEMENTS_MAX], fundamental_elements[MB_ELEMENTS_MAX];
    struct mb_wired_power power, fundamental; /* of all, and of the fundamental alone */
    double dc_w;                              /* of the means alone */
    double hvf;                               /* the largest of the voltages */
    struct mb_analysis_sequences voltage, current;
    struct mb_analysis_machine machine;
};

struct mb_analyser;

/* The setting's texts are those of messages. Returns 0; -EINVAL with what is wrong, -ENOMEM. */
int mb_analyser_new(const struct mb_analyser_setting *setting, struct mb_analyser **ret,
                    struct mb_error *err);
struct mb_analyser *mb_analyser_free(struct mb_analyser *analyser);
/* Which channels make an element, and how they are wired; false: none. */
bool mb_analyser_wiring(const struct mb_analyser *analyser, enum mb_wiring *ret_wiring,
                        size_t ret_u[MB_ELEMENTS_MAX], size_t ret_i[MB_ELEMENTS_MAX]);

/* Called for each window that is complete; the analysis is borrowed. A negative return ends the push. */
typedef int (*mb_analysis_function)(const struct mb_analysis *analysis, void *userdata, struct mb_error *err);
/* block NULL: the end; what is left becomes a window if there was none. Blocks of another rate than the
 * setting's are refused: -EINVAL, as are those of another number of channels. -ENOMEM. */
int mb_analyser_push(struct mb_analyser *analyser, const struct mb_block *block,
                     mb_analysis_function function, void *userdata, struct mb_error *err);

/* "none", "star", "delta", "lines"; constant texts. */
const char *mb_conversion_name(enum mb_conversion conversion);

/* Numbers of the channels of one quantity; returns how many. */
size_t mb_channels_of(const struct mb_wave_channel channels[], size_t count, enum mb_wave_quantity quantity,
                      size_t ret[MB_BLOCK_CHANNELS_MAX]);
