/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Voltage and current transformers before an instrument: what it reads is their secondary side, what comes
 * out of here is the motor's. Ratio error and phase displacement are as a certificate states them, in SI. */
#pragma once

#include <stddef.h>

#include "core/instrument.h"

struct mb_transformer {
    double ratio;            /* primary over secondary, as rated; 1: there is none */
    double ratio_error;      /* relative, positive: the secondary value is too large */
    double displacement_rad; /* positive: the secondary leads the primary */
    double ratio_uncertainty, displacement_uncertainty_rad; /* standard, of the two errors */
};

struct mb_transformers {
    struct mb_transformer voltage, current;
};

/* Whether anything is before the instrument. */
bool mb_transformers_any(const struct mb_transformers *t);
/* Whether they turn the angle between voltage and current, so that power needs the apparent one. */
bool mb_transformers_turn(const struct mb_transformers *t);
/* Corrects one poll's readings in place. Assumed: sinusoidal, balanced, and a current that lags. */
void mb_transformers_correct(const struct mb_transformers *t, const struct mb_channel *channels, size_t count,
                             struct mb_reading *readings);
