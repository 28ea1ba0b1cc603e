/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reading is never a bare number: value, standard uncertainty, validity, time (design.md, rule 1). */
#pragma once

#include <stdint.h>

enum mb_validity {
    MB_VALID,
    MB_OVER_RANGE,    /* the instrument says so, or the value exceeds the configured range */
    MB_UNDER_RANGE,   /* below what the range can resolve */
    MB_NO_DATA,       /* the instrument has no value: dashes, NAN, not yet measured */
    MB_STALE,         /* no new value within the instrument's update interval and deadline */
    MB_SETTLING,      /* just after a range or set-point change */
    MB_GARBLED,       /* the reply does not have the agreed shape */
    MB_LINK_FAULT,    /* the instrument does not answer or is gone */
    MB_COUNTER_RESET, /* a counter that only grows has fallen: what it says is no sum since the beginning */
    MB_VALIDITY_COUNT
};

enum {
    MB_READING_SIMULATED = 1u << 0, /* from a simulated bench: travels marked, never signed (rule 5) */
    MB_READING_MANUAL = 1u << 1,    /* entered by a person */
    MB_READING_STOP = 1u << 2,      /* the instrument reports a state in which the test must not go on */
    MB_READING_UNSIGNED = 1u << 3,  /* a magnitude: the sign says nothing */
};

struct mb_reading {
    double value;                /* in the unit of its quantity; meaningless unless validity is MB_VALID */
    double standard_uncertainty; /* same unit, k = 1; NAN: not known, never zero for "not known" */
    uint64_t t_ns;               /* bench clock at the end of the measuring interval */
    enum mb_validity validity;
    unsigned flags;
};

/* "valid", "over-range" ...; a constant text. */
const char *mb_validity_name(enum mb_validity v);
/* 0 or -EINVAL. */
int mb_validity_from_name(const char *name, enum mb_validity *ret);
