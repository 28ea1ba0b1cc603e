/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every method's entry, one file each: document/method_NAME.c. */
#pragma once

#include "document/method.h"

extern const struct mb_method_ops mb_method_2_1_3a, mb_method_2_1_3c;             /* d.c. motors */
extern const struct mb_method_ops mb_method_2_1_1d, mb_method_2_1_1e;             /* back-to-back */
extern const struct mb_method_ops mb_method_g1;                                   /* reduced voltage */
extern const struct mb_method_ops mb_method_2_1_1h;                               /* equivalent circuit */
extern const struct mb_method_ops mb_method_2_3_a, mb_method_2_3_b;               /* converter-fed motors */
extern const struct mb_method_ops mb_method_2_1_2b, mb_method_synchronous_torque; /* synchronous motors */
extern const struct mb_method_ops mb_method_ev_map, mb_method_ev_envelope; /* electric-vehicle drives */
