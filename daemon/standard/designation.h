/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model designation of rotating machines (GB/T 4831-2016): product code, specification code, environment
 * code. The specification code of small and medium machines is shaft height, length of the frame and core,
 * poles: YE4-132M-4, Y2-80M2-4, YE3-355L1-6, YKK450-4; that of small-power motors digits only: YY7114 is 71
 * mm, core 1, 4 poles. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "standard/motor.h"

struct mb_designation {
    char series[16];        /* "YE4" */
    double shaft_height_mm; /* of the frame */
    char frame_length;      /* 'S', 'M', 'L'; 0: not given */
    int core;               /* number of the core length; 0: not given */
    int poles;              /* 0: not given */
    char environment[8];    /* "W", "WF1", "TH": what follows the poles; "" */
};

/* -EINVAL: the text is not of this form (which is no fault of the motor: other makers have other codes). */
int mb_designation_parse(const char *model, struct mb_designation *ret);

/* The sentence about the first contradiction between a designation and the rest of the nameplate; false when
 * there is none, or when the model is not a designation of this form. */
bool mb_designation_contradicts(const struct mb_motor *motor, char *ret_text, size_t size);
