/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct mb_load_point load[VECTOR_LOAD] = {
    {125, 400.02, 25.123, 15608.8, 91.63, 1412.4, 50, NAN, NAN},
    {115, 400.02, 22.965, 14295.8, 84.23, 1421.3, 50, NAN, NAN},
    {100, 399.96, 19.876, 12370.0, 73.28, 1433.6, 50, NAN, NAN},
    {75, 400.02, 15.092, 9227.3, 54.97, 1452.4, 50, NAN, NAN},
    {50, 399.97, 10.770, 6173.7, 36.65, 1469.4, 50, NAN, NAN},
    {25, 399.98, 7.158, 3195.0, 18.32, 1485.0, 50, NAN, NAN},
};

static const struct mb_no_load_point no_load[VECTOR_NO_LOAD] = {
    {440, 5.8977, 350.96, NAN, NAN, NAN, NAN}, {400, 5.3598, 282.21, NAN, NAN, NAN, NAN},
    {380, 5.0917, 254.66, NAN, NAN, NAN, NAN}, {360, 4.8236, 229.68, NAN, NAN, NAN, NAN},
    {240, 3.2205, 125.76, NAN, NAN, NAN, NAN}, {200, 2.6876, 103.11, NAN, NAN, NAN, NAN},
    {160, 2.1570, 84.51, NAN, NAN, NAN, NAN},  {120, 1.6369, 70.19, NAN, NAN, NAN, NAN},
};

static const struct mb_cooling_reading cooling[VECTOR_COOLING] = {
    {18, .8789}, {28, .8758}, {38, .8726}, {48, .8696}, {58, .8665},
    {68, .8636}, {78, .8607}, {88, .8578}, {98, .8550}, {108, .8523},
};

void vector_init(struct vector *v)
{
    memset(v, 0, sizeof *v);
    memcpy(v->load, load, sizeof load);
    memcpy(v->no_load, no_load, sizeof no_load);
    memcpy(v->cooling, cooling, sizeof cooling);
    v->input = (struct mb_efficiency_input){
        .method = MB_METHOD_2_1_1B,
        .form = MB_FORM_GBT1032,
        .phases = 3,
        .rated_power_w = 11000,
        .rated_voltage_v = 400,
        .rated_frequency_hz = 50,
        .poles = 4,
        .k_conductor_k = 235,
        .rated_speed_rpm = NAN,
        .cold_resistance_ohm = .6954,
        .cold_temperature_c = 22,
        .has_rated_load = true,
        .rated_load = {400, 19.880, 12370.6, 73.281, 1433.4, 50, 23.4, NAN},
        .cooling = v->cooling,
        .cooling_count = VECTOR_COOLING,
        .load_r_before_ohm = .8821,
        .load_r_after_ohm = .8724,
        .load = v->load,
        .load_count = VECTOR_LOAD,
        .no_load_r_before_ohm = .8348,
        .no_load_r_after_ohm = .8266,
        .no_load = v->no_load,
        .no_load_count = VECTOR_NO_LOAD,
        .constant_iron_w = NAN,
        .constant_friction_windage_w = NAN,
    };
}

int vector_setup(void **state)
{
    struct vector_test *t = calloc(1, sizeof *t);

    if (!t)
        return -1;
    vector_init(&t->v);
    *state = t;
    return 0;
}

int vector_teardown(void **state)
{
    free(*state);
    return 0;
}

void vector_evaluate(struct vector_test *t)
{
    mb_efficiency_evaluate(&t->v.input, &t->result);
}
