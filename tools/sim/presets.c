/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Five motors, 400 V 50 Hz, copper winding, aluminium cage. Their circuits were fitted to an IE3-like
 * efficiency, a usual slip, no-load current (33-45 % of rated) and locked-rotor current, their thermal
 * networks to a rise of 58-74 K; then all parameters were rounded to three digits. rated_speed_rpm and
 * rated_current_a are what plant_truth_at gives for the rounded parameters at rated output and 25 degC
 * coolant, rounded like a nameplate (0.1 % of the current). */
#include "sim/plant.h"

#include <errno.h>
#include <math.h>
#include <string.h>

const char *const plant_preset_names[] = {"0.75kW-2p", "2.2kW-6p", "11kW-4p", "30kW-8p", "90kW-4p", NULL};
const char *const plant_kind_preset_names[] = {"pm-7.5kW-4p",
                                               "pm-converter-5.5kW-8p",
                                               "synchronous-15kW-4p",
                                               "capacitor-run-0.37kW-4p",
                                               "capacitor-start-0.55kW-4p",
                                               "two-value-1.1kW-4p",
                                               "dc-1.5kW",
                                               "ev-5.5kW-8p",
                                               "reluctance-0.55kW-4p",
                                               "elevator-5.5kW-20p",
                                               NULL};
const char *const plant_field_preset_names[] = {"synchronous-field-15kW-4p", "dc-field-1.5kW", NULL};

/* What all presets share. */
#define SHARED                                                                                               \
    .saturation_knee_v = 448, .saturation_exponent = 7, .friction_exponent = 2.5, .stator_k_k = 235,         \
    .rotor_k_k = 225, .still_air_factor = 0.25
#define COMMON SHARED, .rated_voltage_v = 400, .rated_frequency_hz = 50

/* clang-format off */
static const struct plant_motor motors[] = { /* one line a group of parameters */
    {
        COMMON,
        .rated_power_w = 750, .rated_speed_rpm = 2870, .rated_current_a = 1.494, .poles = 2,
        .r1_ohm = 9.60, .x1_ohm = 8.82, .r2_ohm = 4.98, .x2_ohm = 8.82, .xm_ohm = 458,
        .iron_w = 43.4, .friction_windage_w = 17.9, .additional_load_w_per_nm2 = 2.00,
        .skin_effect = 0.6, .inertia_kgm2 = 0.0011,
        .c_winding_j_per_k = 830, .c_frame_j_per_k = 4640, .c_rotor_j_per_k = 1040,
        .g_winding_frame_w_per_k = 3.45, .g_rotor_frame_w_per_k = 2.07, .g_frame_coolant_w_per_k = 4.92,
    },
    {
        COMMON,
        .rated_power_w = 2200, .rated_speed_rpm = 952, .rated_current_a = 4.32, .poles = 6,
        .r1_ohm = 2.40, .x1_ohm = 4.03, .r2_ohm = 1.83, .x2_ohm = 4.03, .xm_ohm = 155,
        .iron_w = 94.5, .friction_windage_w = 17.9, .additional_load_w_per_nm2 = 0.0649,
        .skin_effect = 0.8, .inertia_kgm2 = 0.0155,
        .c_winding_j_per_k = 1440, .c_frame_j_per_k = 11800, .c_rotor_j_per_k = 3520,
        .g_winding_frame_w_per_k = 6.53, .g_rotor_frame_w_per_k = 5.87, .g_frame_coolant_w_per_k = 11.2,
    },
    {
        COMMON,
        .rated_power_w = 11000, .rated_speed_rpm = 1468, .rated_current_a = 19.76, .poles = 4,
        .r1_ohm = 0.269, .x1_ohm = 0.832, .r2_ohm = 0.168, .x2_ohm = 0.901, .xm_ohm = 39.0,
        .iron_w = 222, .friction_windage_w = 81.9, .additional_load_w_per_nm2 = 0.0222,
        .skin_effect = 1.5, .inertia_kgm2 = 0.065,
        .c_winding_j_per_k = 3890, .c_frame_j_per_k = 33900, .c_rotor_j_per_k = 7520,
        .g_winding_frame_w_per_k = 13.9, .g_rotor_frame_w_per_k = 10.7, .g_frame_coolant_w_per_k = 27.0,
    },
    {
        COMMON,
        .rated_power_w = 30000, .rated_speed_rpm = 735, .rated_current_a = 54.7, .poles = 8,
        .r1_ohm = 0.0962, .x1_ohm = 0.309, .r2_ohm = 0.0574, .x2_ohm = 0.348, .xm_ohm = 13.3,
        .iron_w = 692, .friction_windage_w = 175, .additional_load_w_per_nm2 = 0.00229,
        .skin_effect = 1.5, .inertia_kgm2 = 0.62,
        .c_winding_j_per_k = 12300, .c_frame_j_per_k = 96000, .c_rotor_j_per_k = 22600,
        .g_winding_frame_w_per_k = 36.3, .g_rotor_frame_w_per_k = 26.5, .g_frame_coolant_w_per_k = 74.2,
    },
    {
        COMMON,
        .rated_power_w = 90000, .rated_speed_rpm = 1485, .rated_current_a = 151.5, .poles = 4,
        .r1_ohm = 0.0169, .x1_ohm = 0.106, .r2_ohm = 0.00905, .x2_ohm = 0.130, .xm_ohm = 6.37,
        .iron_w = 956, .friction_windage_w = 616, .additional_load_w_per_nm2 = 0.00183,
        .skin_effect = 3.2, .inertia_kgm2 = 1.4,
        .c_winding_j_per_k = 17900, .c_frame_j_per_k = 135000, .c_rotor_j_per_k = 35100,
        .g_winding_frame_w_per_k = 44.8, .g_rotor_frame_w_per_k = 35.1, .g_frame_coolant_w_per_k = 106,
    },
};

/* Of other kinds, fitted by us like the five: efficiency, current and rise as usual for their class, three
 * digits. */
static const struct plant_motor kinds[] = {
    {
        COMMON, .machine = PLANT_LINE_START_MAGNET,
        .rated_power_w = 7500, .rated_speed_rpm = 1500, .rated_current_a = 12.09, .poles = 4,
        .r1_ohm = 0.350, .xd_ohm = 10.2, .xq_ohm = 17.0, .magnet_v = 370, .magnet_per_k = -0.0011,
        .pull_in_slip = 0.05, .cogging_nm = 0.50, .cogging_periods = 36, /* of 36 slots, 4 poles */
        .x1_ohm = 2.00, .r2_ohm = 0.900, .x2_ohm = 2.20, .xm_ohm = 24.0, .skin_effect = 1.2,
        .iron_w = 118, .friction_windage_w = 52.0, .additional_load_w_per_nm2 = 0.0160,
        .inertia_kgm2 = 0.034,
        .c_winding_j_per_k = 3100, .c_frame_j_per_k = 24000, .c_rotor_j_per_k = 5600,
        .g_winding_frame_w_per_k = 11.0, .g_rotor_frame_w_per_k = 8.2, .g_frame_coolant_w_per_k = 11.5,
    },
    {
        SHARED, .machine = PLANT_CONVERTER_MAGNET, .rated_frequency_hz = 100, .rated_voltage_v = 360,
        .rated_power_w = 5500, .rated_speed_rpm = 1500, .rated_current_a = 10.65, .poles = 8,
        .r1_ohm = 0.420, .xd_ohm = 8.00, .xq_ohm = 10.5, .magnet_v = 320, .magnet_per_k = -0.0011,
        .pull_in_slip = 0.05, .start_nm = 20,
        .cogging_nm = 0.35, .cogging_periods = 24, /* of 12 slots, 8 poles */
        .x1_ohm = 1.00, .r2_ohm = 1.00, .x2_ohm = 1.00, .xm_ohm = 20.0,
        .iron_w = 132, .friction_windage_w = 34.0, .additional_load_w_per_nm2 = 0.0240,
        .inertia_kgm2 = 0.021,
        .c_winding_j_per_k = 2500, .c_frame_j_per_k = 19000, .c_rotor_j_per_k = 4200,
        .g_winding_frame_w_per_k = 9.20, .g_rotor_frame_w_per_k = 6.50, .g_frame_coolant_w_per_k = 9.60,
    },
    {
        COMMON, .machine = PLANT_EXCITED,
        .rated_power_w = 15000, .rated_speed_rpm = 1500, .rated_current_a = 23.65, .poles = 4,
        .r1_ohm = 0.190, .xd_ohm = 9.40, .xq_ohm = 5.60, .magnet_v = 560, .exciter_w = 340,
        .pull_in_slip = 0.05,
        .x1_ohm = 0.700, .r2_ohm = 0.260, .x2_ohm = 0.800, .xm_ohm = 20.0, .skin_effect = 1.0,
        .iron_w = 290, .friction_windage_w = 165, .additional_load_w_per_nm2 = 0.0120,
        .inertia_kgm2 = 0.14,
        .c_winding_j_per_k = 5800, .c_frame_j_per_k = 47000, .c_rotor_j_per_k = 11000,
        .g_winding_frame_w_per_k = 20.0, .g_rotor_frame_w_per_k = 15.0, .g_frame_coolant_w_per_k = 31.0,
    },
    {
        SHARED, .machine = PLANT_CAPACITOR_RUN, .rated_frequency_hz = 50, .rated_voltage_v = 220,
        .rated_power_w = 370, .rated_speed_rpm = 1393, .rated_current_a = 2.294, .poles = 4,
        .r1_ohm = 7.50, .x1_ohm = 9.00, .r2_ohm = 9.80, .x2_ohm = 9.00, .xm_ohm = 170,
        .auxiliary_ohm = 14.0, .auxiliary_x_ohm = 14.0, .turns_ratio = 1.25, .capacitor_f = 12e-6,
        .skin_effect = 0.3,
        .iron_w = 34.0, .friction_windage_w = 9.00, .additional_load_w_per_nm2 = 0.500,
        .inertia_kgm2 = 0.0011,
        .c_winding_j_per_k = 620, .c_frame_j_per_k = 3300, .c_rotor_j_per_k = 800,
        .g_winding_frame_w_per_k = 2.40, .g_rotor_frame_w_per_k = 1.40, .g_frame_coolant_w_per_k = 2.60,
    },
    {
        SHARED, .machine = PLANT_CAPACITOR_START, .rated_frequency_hz = 50, .rated_voltage_v = 220,
        .rated_power_w = 550, .rated_speed_rpm = 1429, .rated_current_a = 5.004, .poles = 4,
        .r1_ohm = 2.20, .x1_ohm = 4.60, .r2_ohm = 3.40, .x2_ohm = 4.60, .xm_ohm = 110,
        .auxiliary_ohm = 9.00, .auxiliary_x_ohm = 7.00, .turns_ratio = 1.20,
        .start_capacitor_f = 85e-6, .switch_slip = 0.25,
        .skin_effect = 0.3,
        .iron_w = 36.0, .friction_windage_w = 10.0, .additional_load_w_per_nm2 = 0.350,
        .inertia_kgm2 = 0.0018,
        .c_winding_j_per_k = 1500, .c_frame_j_per_k = 6400, .c_rotor_j_per_k = 1900,
        .g_winding_frame_w_per_k = 3.60, .g_rotor_frame_w_per_k = 2.10, .g_frame_coolant_w_per_k = 6.00,
    },
    {
        SHARED, .machine = PLANT_TWO_VALUE, .rated_frequency_hz = 50, .rated_voltage_v = 220,
        .rated_power_w = 1100, .rated_speed_rpm = 1431, .rated_current_a = 5.994, .poles = 4,
        .r1_ohm = 1.60, .x1_ohm = 3.00, .r2_ohm = 2.60, .x2_ohm = 3.00, .xm_ohm = 75.0,
        .auxiliary_ohm = 3.40, .auxiliary_x_ohm = 5.00, .turns_ratio = 1.30,
        .capacitor_f = 30e-6, .start_capacitor_f = 100e-6, .switch_slip = 0.25,
        .skin_effect = 0.3,
        .iron_w = 60.0, .friction_windage_w = 16.0, .additional_load_w_per_nm2 = 0.170,
        .inertia_kgm2 = 0.0035,
        .c_winding_j_per_k = 1500, .c_frame_j_per_k = 9000, .c_rotor_j_per_k = 2100,
        .g_winding_frame_w_per_k = 5.60, .g_rotor_frame_w_per_k = 3.20, .g_frame_coolant_w_per_k = 6.40,
    },
    {
        SHARED, .machine = PLANT_DIRECT, .rated_frequency_hz = 60, .rated_voltage_v = 220,
        .rated_power_w = 1500, .rated_speed_rpm = 1652, .rated_current_a = 8.020, .poles = 4,
        .r1_ohm = 2.00, .magnet_v = 218, .magnet_per_k = -0.0004, .brush_v = 2.0,
        .iron_w = 55.0, .friction_windage_w = 28.0, .additional_load_w_per_nm2 = 0.150,
        .inertia_kgm2 = 0.0090,
        .c_winding_j_per_k = 1700, .c_frame_j_per_k = 11000, .c_rotor_j_per_k = 900,
        .g_winding_frame_w_per_k = 4.60, .g_rotor_frame_w_per_k = 2.60, .g_frame_coolant_w_per_k = 8.50,
    },
    {
        SHARED, .machine = PLANT_DRIVE, .rated_frequency_hz = 100, .rated_voltage_v = 360,
        .rated_power_w = 5500, .rated_speed_rpm = 1500, .rated_current_a = 10.65, .poles = 8,
        .r1_ohm = 0.420, .xd_ohm = 8.00, .xq_ohm = 10.5, .magnet_v = 320, .magnet_per_k = -0.0011,
        .pull_in_slip = 0.05, .start_nm = 70,
        .x1_ohm = 1.00, .r2_ohm = 1.00, .x2_ohm = 1.00, .xm_ohm = 20.0,
        .iron_w = 132, .friction_windage_w = 34.0, .additional_load_w_per_nm2 = 0.0240,
        .inertia_kgm2 = 0.021,
        .c_winding_j_per_k = 2500, .c_frame_j_per_k = 19000, .c_rotor_j_per_k = 4200,
        .g_winding_frame_w_per_k = 9.20, .g_rotor_frame_w_per_k = 6.50, .g_frame_coolant_w_per_k = 9.60,
    },
    {
        SHARED, .machine = PLANT_RELUCTANCE, .rated_frequency_hz = 50, .rated_voltage_v = 220,
        .rated_power_w = 550, .rated_speed_rpm = 1500, .rated_current_a = 3.376, .poles = 4,
        .r1_ohm = 4.60, .x1_ohm = 3.20, .xd_ohm = 115, .xq_ohm = 26.0, .pull_in_slip = 0.05,
        .r2_ohm = 6.50, .x2_ohm = 3.60, .xm_ohm = 58.0,
        .auxiliary_ohm = 6.80, .auxiliary_x_ohm = 4.60, .turns_ratio = 1.20, .capacitor_f = 26e-6,
        .skin_effect = 0.3,
        .iron_w = 65.0, .friction_windage_w = 16.0, .additional_load_w_per_nm2 = 0.350,
        .inertia_kgm2 = 0.0025,
        .c_winding_j_per_k = 1300, .c_frame_j_per_k = 7000, .c_rotor_j_per_k = 1700,
        .g_winding_frame_w_per_k = 5.50, .g_rotor_frame_w_per_k = 3.00, .g_frame_coolant_w_per_k = 7.00,
    },
    {
        SHARED, .machine = PLANT_CONVERTER_MAGNET, .rated_frequency_hz = 25, .rated_voltage_v = 340,
        .sold_for = "elevator",
        .rated_power_w = 5500, .rated_speed_rpm = 150, .rated_current_a = 11.11, .poles = 20,
        .r1_ohm = 1.05, .xd_ohm = 5.00, .xq_ohm = 5.60, .magnet_v = 312, .magnet_per_k = -0.0011,
        .pull_in_slip = 0.05, .start_nm = 200,
        .x1_ohm = 1.00, .r2_ohm = 1.00, .x2_ohm = 1.00, .xm_ohm = 20.0,
        .iron_w = 150, .friction_windage_w = 22.0, .additional_load_w_per_nm2 = 0.000500,
        .inertia_kgm2 = 1.20,
        .c_winding_j_per_k = 6000, .c_frame_j_per_k = 40000, .c_rotor_j_per_k = 9000,
        .g_winding_frame_w_per_k = 34.0, .g_rotor_frame_w_per_k = 12.0, .g_frame_coolant_w_per_k = 18.0,
    },
};

/* As the two of the same name without a field winding; 300 W and 110 W of excitation at 20 degC, additional load
 * loss by the current. Voltage and Xd of the alternating one are those of its air gap: at rated load its iron
 * is saturated to what the other one has. */
static const struct plant_motor fields[] = {
    {
        COMMON, .machine = PLANT_EXCITED,
        .rated_power_w = 15000, .rated_speed_rpm = 1500, .rated_current_a = 23.19, .poles = 4,
        .r1_ohm = 0.190, .xd_ohm = 13.0, .xq_ohm = 5.60, .magnet_v = 795,
        .field_ohm = 12.0, .field_a = 5.00, .field_brush_v = 2.0,
        .pull_in_slip = 0.05,
        .x1_ohm = 0.700, .r2_ohm = 0.260, .x2_ohm = 0.800, .xm_ohm = 20.0, .skin_effect = 1.0,
        .iron_w = 290, .friction_windage_w = 165, .additional_load_w_per_a2 = 0.200,
        .inertia_kgm2 = 0.14,
        .c_winding_j_per_k = 5800, .c_frame_j_per_k = 47000, .c_rotor_j_per_k = 11000,
        .g_winding_frame_w_per_k = 20.0, .g_rotor_frame_w_per_k = 15.0, .g_frame_coolant_w_per_k = 31.0,
    },
    {
        SHARED, .machine = PLANT_DIRECT, .rated_frequency_hz = 60, .rated_voltage_v = 220,
        .rated_power_w = 1500, .rated_speed_rpm = 1631, .rated_current_a = 8.036, .poles = 4,
        .r1_ohm = 2.00, .magnet_v = 218, .brush_v = 2.0,
        .field_ohm = 220, .field_a = 0.700,
        .iron_w = 55.0, .friction_windage_w = 28.0, .additional_load_w_per_a2 = 0.274,
        .inertia_kgm2 = 0.0090,
        .c_winding_j_per_k = 1700, .c_frame_j_per_k = 11000, .c_rotor_j_per_k = 900,
        .g_winding_frame_w_per_k = 5.40, .g_rotor_frame_w_per_k = 2.60, .g_frame_coolant_w_per_k = 12.0,
    },
};
/* clang-format on */

/* What a converter adds, of rated power: without and with load. As the synthetic motor of
 * docs/vectors/2-3-B.md. */
#define HARMONIC_PART 0.004
#define HARMONIC_LOAD_PART 0.003

/* A bench that fits the motor, with errors large enough that every set point must be regulated. */
static void fill_bench(struct plant_config *c)
{
    const struct plant_motor *m = &c->motor;
    double rated_nm = m->rated_power_w / (m->rated_speed_rpm * M_PI / 30.0);

    c->seed = 1;
    c->coolant_c = 22.0;
    c->coolant_drift_k_per_h = 0.2;
    c->source_lag_s = 0.4;
    c->source_noise = 0.0003;
    c->source_unbalance = 0.001;
    c->source_max_v = 1.3 * m->rated_voltage_v;
    c->source_min_hz = SIM_SOURCE_MIN_HZ;
    c->source_max_a = 10.0 * m->rated_current_a;
    c->source_scale_error = 0.012;
    c->source_regulation_ohm = 0.015 * m->rated_voltage_v / sqrt(3.0) / m->rated_current_a;
    c->supply_ratio = c->voltage_ratio = c->current_ratio = 1;
    c->source_harmonic_5 = 0.004;
    c->source_harmonic_7 = 0.003;
    c->source_harmonic_11 = 0.002;
    c->source_harmonic_13 = 0.001;
    if (m->machine == PLANT_DIRECT)
        c->source_unbalance = c->source_harmonic_5 = c->source_harmonic_7 = c->source_harmonic_11 =
            c->source_harmonic_13 = 0;
    c->converter_ripple = 0.35;
    c->converter_ripple_current = 0.08;
    if (m->machine == PLANT_INDUCTION) {
        c->motor.harmonic_w = HARMONIC_PART * m->rated_power_w;
        c->motor.harmonic_w_per_nm2 = HARMONIC_LOAD_PART * m->rated_power_w / (rated_nm * rated_nm);
    }
    c->brake_lag_s = 0.3;
    c->brake_noise = 0.0005;
    c->brake_scale_error = -0.025;
    c->brake_max_nm = 3.0 * rated_nm;
    c->brake_drag_nm = 0.01 * rated_nm;
    c->load_inertia_kgm2 = 1.5 * m->inertia_kgm2;
    /* A healthy small motor between the terminals of a safety tester. */
    c->insulation_ohm = 500e6;
    c->insulation_f = 5e-9;
    c->breakdown_v = 4000;
    c->earth_ohm = 0.02;
    c->unbalance_mps = 0.0007;
    c->fan_db = 62; /* sound power about 74 dB; 77 are allowed for 160 mm and four poles */
}

static const struct plant_motor *find(const char *name, const char *const names[],
                                      const struct plant_motor list[])
{
    for (size_t i = 0; names[i] != NULL; i++)
        if (strcmp(name, names[i]) == 0)
            return &list[i];
    return NULL;
}

int plant_preset(const char *name, struct plant_config *ret)
{
    const struct plant_motor *motor = find(name, plant_preset_names, motors);

    if (motor == NULL)
        motor = find(name, plant_kind_preset_names, kinds);
    if (motor == NULL)
        motor = find(name, plant_field_preset_names, fields);
    if (motor == NULL)
        return -ENOENT;
    *ret = (struct plant_config){.motor = *motor};
    fill_bench(ret);
    return 0;
}
