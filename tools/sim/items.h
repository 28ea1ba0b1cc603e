/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power analyser's list of numeric items: `U,1`, `P,SIGMA`, `U,1,5`. */
#pragma once

#include "sim/meter.h"
#include "sim/scpi.h"

#define SIM_ITEMS_MAX 255

/* Error numbers of the WT instruments. */
enum {
    SIM_WT_PARAMETER = 108,
    SIM_WT_MISSING = 109,
    SIM_WT_UNDEFINED = 113,
    SIM_WT_SUFFIX = 114,
    SIM_WT_NUMBER = 120,
    SIM_WT_CHARACTER = 141,
    SIM_WT_RANGE = 222
};

struct sim_item {
    enum sim_meter_function function;
    int element, order;
};

struct sim_items {
    int count; /* how many of the list VALue? answers */
    struct sim_item list[SIM_ITEMS_MAX];
};

void sim_items_preset(struct sim_items *items); /* as at power-on */
void sim_items_clear(struct sim_items *items);  /* all NONE */
/* Bodies of NUMber and ITEM<n>, as sim_scpi_function. */
int sim_items_set_count(struct sim_items *items, const struct sim_scpi_call *call);
int sim_items_set(struct sim_items *items, const struct sim_scpi_call *call);
int sim_items_get(const struct sim_items *items, const struct sim_scpi_call *call);
