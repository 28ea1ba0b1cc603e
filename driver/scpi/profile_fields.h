/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables a profile file is read against: the schema. */
#pragma once

#include "data/data.h"

#define MB_PROFILE_BIG 1e12 /* beyond any quantity of a motor test */

extern const struct mb_field
    mb_profile_exchange_fields[];                        /* rows of setup, set: steps, output, safe: steps */
extern const struct mb_field mb_profile_value_fields[];  /* read: fields */
extern const struct mb_field mb_profile_ending_fields[]; /* read: endings */
extern const struct mb_field mb_profile_group_fields[];  /* read */
extern const struct mb_field mb_profile_bit_fields[];    /* condition: bits */
extern const struct mb_field mb_profile_invalid_fields[];
extern const struct mb_field mb_profile_set_fields[];
extern const struct mb_field mb_profile_usb_fields[];
extern const struct mb_field mb_profile_identify_fields[]; /* identify: alternatives */
extern const struct mb_field mb_profile_root_fields[];     /* the file */
