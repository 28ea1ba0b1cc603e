/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the power and the harmonics report have in common: the analyser (driver/analysis), and the mean of its
 * windows. */
#pragma once

#include "analysis/mean.h"
#include "waveform/report.h"

struct electrical {
    const struct report_setting *setting;
    struct mb_analyser *analyser;
    struct mb_analysis_mean *mean;
};

/* For report_ops. */
int electrical_new(const struct report_setting *setting, const struct mb_block *first, void **ret,
                   struct mb_error *err);
int electrical_push(void *report, const struct mb_block *block, struct mb_error *err);
void electrical_free(void *report);
/* The end of the blocks; the mean is borrowed. */
int electrical_end(struct electrical *e, struct mb_analysis *ret, struct mb_error *err);
