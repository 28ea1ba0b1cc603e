/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The synthetic 11 kW motor of the test vector for 2-1-1B as an input that a test may bend. */
#pragma once

#include "method/efficiency.h"

#define VECTOR_LOAD 6
#define VECTOR_NO_LOAD 8
#define VECTOR_COOLING 10

struct vector {
    struct mb_efficiency_input input; /* points into the arrays below */
    struct mb_load_point load[VECTOR_LOAD];
    struct mb_no_load_point no_load[VECTOR_NO_LOAD];
    struct mb_cooling_reading cooling[VECTOR_COOLING];
};

void vector_init(struct vector *v);

/* State of a test: a vector of its own and what comes of it. */
struct vector_test {
    struct vector v;
    struct mb_efficiency_result result;
};

int vector_setup(void **state);
int vector_teardown(void **state);
void vector_evaluate(struct vector_test *t);
