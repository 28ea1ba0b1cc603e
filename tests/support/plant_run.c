/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <math.h>

#include "support/plant_run.h"

struct plant_config plant_preset_of(const char *name)
{
    struct plant_config c;

    assert_int_equal(plant_preset(name, &c), 0);
    return c;
}

struct plant_config plant_ideal(const char *name)
{
    struct plant_config c = plant_preset_of(name);

    c.coolant_c = 25;
    c.coolant_drift_k_per_h = c.source_noise = c.source_unbalance = c.source_scale_error = 0;
    c.source_regulation_ohm = c.brake_noise = c.brake_scale_error = 0;
    c.source_harmonic_5 = c.source_harmonic_7 = c.source_harmonic_11 = c.source_harmonic_13 = 0;
    return c;
}

double plant_rated_nm(const struct plant_config *c)
{
    return c->motor.rated_power_w / (c->motor.rated_speed_rpm * M_PI / 30);
}

struct plant *plant_started(const struct plant_config *c, bool coupled, double torque_nm)
{
    struct plant *p = plant_new(c);

    assert_non_null(p);
    plant_set_coupled(p, coupled);
    plant_set_brake(p, torque_nm, torque_nm > 0);
    plant_set_supply(p, c->motor.rated_voltage_v, c->motor.rated_frequency_hz, true);
    return p;
}

struct plant_state plant_run(struct plant *p, double seconds, double step_s)
{
    struct plant_state s;

    for (long i = 0, n = lround(seconds / step_s); i < n; i++)
        plant_step(p, step_s);
    plant_get(p, &s);
    return s;
}
