/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/motor_fault.h"

#include <math.h>
#include <string.h>

static double rated_nm(const struct plant_config *c)
{
    return c->motor.rated_power_w / (c->motor.rated_speed_rpm * M_PI / 30);
}

static void reversed(struct plant_config *c, double value)
{
    c->motor.reversed = value != 0;
}

static void seal_drag(struct plant_config *c, double share)
{
    c->motor.seal_drag_nm = share * rated_nm(c);
}

static void loose_terminal(struct plant_config *c, double share)
{
    c->motor.terminal_ohm = share * 2 * c->motor.r1_ohm;
}

static void blocked_cooling(struct plant_config *c, double share)
{
    c->motor.g_frame_coolant_w_per_k *= 1 - share;
}

static void weak_brake(struct plant_config *c, double share)
{
    c->brake_max_nm = share * rated_nm(c);
}

static void weak_insulation(struct plant_config *c, double ohm)
{
    c->insulation_ohm = ohm;
}

static void breakdown(struct plant_config *c, double volt)
{
    c->breakdown_v = volt;
}

/* Through a larger capacitance to the frame: at rated voltage from one phase to earth. */
static void leakage(struct plant_config *c, double ampere)
{
    c->insulation_f = ampere * sqrt(3) / (2 * M_PI * c->motor.rated_frequency_hz * c->motor.rated_voltage_v);
}

static void open_earth(struct plant_config *c, double ohm)
{
    c->earth_ohm = ohm;
}

static void unbalance(struct plant_config *c, double mps)
{
    c->unbalance_mps = mps;
}

static void bearing_defect(struct plant_config *c, double mps2)
{
    c->bearing_impact_mps2 = mps2;
}

static void noisy_fan(struct plant_config *c, double db)
{
    c->fan_db += db;
}

/* The breakdown torque goes as one over the leakage reactances, nearly. */
static void low_breakdown_torque(struct plant_config *c, double share)
{
    c->motor.x1_ohm /= 1 - share;
    c->motor.x2_ohm /= 1 - share;
}

static void low_efficiency(struct plant_config *c, double share)
{
    c->motor.iron_w += share * c->motor.rated_power_w;
}

/* A bar that is missing makes the cage's mean resistance larger too, by about half of what it changes. */
static void broken_bar(struct plant_config *c, double share)
{
    c->motor.rotor_asymmetry = share;
    c->motor.r2_ohm *= 1 + share / 2;
}

/* The names, units and usual values stand in docs/guides/simulator.md as well. */
const struct motor_fault motor_faults[PLANT_FAULT_COUNT] = {
    [PLANT_REVERSED] = {"reversed", 0, 1, 1, "1", reversed},
    [PLANT_SEAL_DRAG] = {"seal_drag", 0, 0.5, 0.02, "of rated torque", seal_drag},
    [PLANT_LOOSE_TERMINAL] = {"loose_terminal", 0, 10, 0.3, "of the winding", loose_terminal},
    [PLANT_BLOCKED_COOLING] = {"blocked_cooling", 0, 0.95, 0.6, "of the cooling", blocked_cooling},
    [PLANT_WEAK_BRAKE] = {"weak_brake", 0.01, 10, 0.8, "of rated torque", weak_brake},
    [PLANT_WEAK_INSULATION] = {"weak_insulation", 1, 1e12, 100e3, "ohm", weak_insulation},
    [PLANT_BREAKDOWN] = {"breakdown", 10, 1e5, 1200, "V", breakdown},
    [PLANT_LEAKAGE] = {"leakage", 1e-6, 1, 0.01, "A", leakage},
    [PLANT_OPEN_EARTH] = {"open_earth", 1e-3, 1e6, 1e6, "ohm", open_earth},
    [PLANT_UNBALANCE] = {"unbalance", 0, 0.1, 0.006, "m/s", unbalance},
    [PLANT_BEARING_DEFECT] = {"bearing_defect", 0, 1000, 60, "m/s2", bearing_defect},
    [PLANT_NOISY_FAN] = {"noisy_fan", 0, 60, 25, "dB", noisy_fan},
    [PLANT_LOW_BREAKDOWN_TORQUE] = {"low_breakdown_torque", 0, 0.9, 0.6, "of the torque",
                                    low_breakdown_torque},
    [PLANT_LOW_EFFICIENCY] = {"low_efficiency", 0, 0.5, 0.03, "of rated power", low_efficiency},
    [PLANT_BROKEN_BAR] = {"broken_bar", 0, 0.5, 0.15, "of the rotor resistance", broken_bar},
};

enum plant_fault motor_fault_find(const char *name)
{
    int i = 0;

    while (i < PLANT_FAULT_COUNT && strcmp(motor_faults[i].name, name) != 0)
        i++;
    return (enum plant_fault)i;
}

void motor_faults_apply(const struct plant_config *healthy, struct plant_config *ret)
{
    *ret = *healthy;
    for (int i = 0; i < PLANT_FAULT_COUNT; i++)
        if (healthy->faults[i] != 0)
            motor_faults[i].apply(ret, healthy->faults[i]);
}
