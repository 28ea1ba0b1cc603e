/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which registers are read together, and what the numbers in them mean. */
#pragma once

#include "modbus/profile.h"

struct mb_modbus_block {
    enum mb_modbus_space space;
    int address, count;
};

/* Where a value is found in what the blocks brought. */
struct mb_modbus_where {
    size_t block;
    int offset;
};

struct mb_modbus_plan {
    struct mb_modbus_block *blocks; /* in rising order, each at most largest_read registers */
    size_t block_count;
    struct mb_modbus_where *where; /* parallel to the profile's values */
};

/* -ENOMEM. mb_modbus_plan_done is right after a failure too. */
int mb_modbus_plan_make(const struct mb_modbus_profile *p, struct mb_modbus_plan *ret);
void mb_modbus_plan_done(struct mb_modbus_plan *plan);

struct mb_modbus_sample {
    double value; /* in the unit of the quantity */
    enum mb_validity validity;
};

/* registers: of the value alone. */
struct mb_modbus_sample mb_modbus_judge(const struct mb_modbus_profile *p,
                                        const struct mb_modbus_value *value, const uint16_t *registers);
