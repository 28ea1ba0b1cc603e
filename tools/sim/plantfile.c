/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "data/data.h"
#include "sim/motor_fault.h"
#include "sim/options.h"

#define AT(group, member, minimum, maximum)                                                                  \
    {                                                                                                        \
#member, MB_FIELD_NUMBER, offsetof(struct group, member), false, minimum, maximum, false, NULL,      \
            NULL, 0                                                                                          \
    }
#define MOTOR(member, minimum, maximum) AT(plant_motor, member, minimum, maximum)
#define BENCH(member, minimum, maximum) AT(plant_config, member, minimum, maximum)

static const struct mb_field motor_fields[] = {
    MOTOR(rated_power_w, 1, 1e7),
    MOTOR(rated_voltage_v, 1, 1e4),
    MOTOR(rated_frequency_hz, 1, 400),
    MOTOR(rated_speed_rpm, 1, 3e4),
    MOTOR(rated_current_a, 0.01, 1e4),
    {.key = "poles",
     .kind = MB_FIELD_INTEGER,
     .offset = offsetof(struct plant_motor, poles),
     .minimum = 2,
     .maximum = 64},
    MOTOR(r1_ohm, 1e-6, 1e4),
    MOTOR(x1_ohm, 1e-6, 1e4),
    MOTOR(r2_ohm, 1e-6, 1e4),
    MOTOR(x2_ohm, 1e-6, 1e4),
    MOTOR(xm_ohm, 1e-3, 1e5),
    MOTOR(saturation_knee_v, 1, 1e5),
    MOTOR(saturation_exponent, 1, 20),
    MOTOR(magnet_v, 1, 1e4),
    MOTOR(magnet_per_k, -0.01, 0),
    MOTOR(cogging_nm, 0, 1e3),
    MOTOR(cogging_periods, 1, 1e4),
    MOTOR(xd_ohm, 1e-3, 1e5),
    MOTOR(xq_ohm, 1e-3, 1e5),
    MOTOR(pull_in_slip, 1e-3, 0.5),
    MOTOR(exciter_w, 0, 1e6),
    MOTOR(start_nm, 0, 1e6),
    MOTOR(auxiliary_ohm, 1e-6, 1e6),
    MOTOR(auxiliary_x_ohm, 1e-6, 1e4),
    MOTOR(turns_ratio, 0.1, 10),
    MOTOR(capacitor_f, 0, 1e-2),
    MOTOR(start_capacitor_f, 0, 1e-2),
    MOTOR(switch_slip, 0.05, 0.9),
    MOTOR(brush_v, 0, 10),
    MOTOR(field_ohm, 0, 1e5),
    MOTOR(field_a, 1e-3, 1e3),
    MOTOR(field_brush_v, 0, 10),
    MOTOR(iron_w, 0, 1e6),
    MOTOR(friction_windage_w, 0, 1e6),
    MOTOR(friction_exponent, 1, 4),
    MOTOR(additional_load_w_per_nm2, 0, 1e3),
    MOTOR(additional_load_w_per_a2, 0, 1e3),
    MOTOR(harmonic_w, 0, 1e6),
    MOTOR(harmonic_w_per_nm2, 0, 1e3),
    MOTOR(skin_effect, 0, 20),
    MOTOR(inertia_kgm2, 1e-7, 1e4),
    MOTOR(stator_k_k, 200, 250),
    MOTOR(rotor_k_k, 200, 250),
    MOTOR(c_winding_j_per_k, 1, 1e8),
    MOTOR(c_frame_j_per_k, 1, 1e9),
    MOTOR(c_rotor_j_per_k, 1, 1e8),
    MOTOR(g_winding_frame_w_per_k, 1e-3, 1e5),
    MOTOR(g_rotor_frame_w_per_k, 1e-3, 1e5),
    MOTOR(g_frame_coolant_w_per_k, 1e-3, 1e5),
    MOTOR(still_air_factor, 0.01, 1),
    {0},
};

static const struct mb_field bench_fields[] = {
    BENCH(coolant_c, -20, 60),
    BENCH(coolant_drift_k_per_h, -10, 10),
    BENCH(source_lag_s, 0, 60),
    BENCH(source_noise, 0, 0.1),
    BENCH(source_unbalance, 0, 0.1),
    BENCH(source_max_v, 1, 1e4),
    BENCH(source_max_a, 0.1, 1e5),
    BENCH(source_min_hz, 0.1, SIM_SOURCE_MIN_HZ),
    BENCH(source_scale_error, -0.2, 0.2),
    BENCH(source_regulation_ohm, 0, 1e3),
    BENCH(supply_ratio, 1e-3, 1e4),
    BENCH(voltage_ratio, 1, 1e4),
    BENCH(current_ratio, 1, 1e5),
    BENCH(voltage_ratio_error, -0.05, 0.05),
    BENCH(current_ratio_error, -0.05, 0.05),
    BENCH(voltage_displacement_rad, -0.05, 0.05),
    BENCH(current_displacement_rad, -0.05, 0.05),
    BENCH(source_harmonic_5, 0, 0.5),
    BENCH(source_harmonic_7, 0, 0.5),
    BENCH(source_harmonic_11, 0, 0.5),
    BENCH(source_harmonic_13, 0, 0.5),
    {.key = "converter", .kind = MB_FIELD_BOOL, .offset = offsetof(struct plant_config, converter)},
    BENCH(converter_ripple, 0, 2),
    BENCH(converter_ripple_current, 0, 1),
    BENCH(brake_lag_s, 0, 60),
    BENCH(brake_noise, 0, 0.1),
    BENCH(brake_scale_error, -0.2, 0.2),
    BENCH(brake_max_nm, 1e-3, 1e6),
    BENCH(brake_drag_nm, 0, 1e5),
    BENCH(load_inertia_kgm2, 0, 1e4),
    {.key = "load_drives", .kind = MB_FIELD_BOOL, .offset = offsetof(struct plant_config, load_drives)},
    {.key = "load_partner", .kind = MB_FIELD_BOOL, .offset = offsetof(struct plant_config, load_partner)},
    BENCH(insulation_ohm, 1, 1e13),
    BENCH(insulation_f, 1e-13, 1e-4),
    BENCH(breakdown_v, 10, 1e6),
    BENCH(earth_ohm, 1e-6, 1e6),
    BENCH(unbalance_mps, 0, 0.1),
    BENCH(fan_db, 0, 140),
    {0},
};

struct plant_file {
    char *preset;
    const struct mb_node *motor, *bench, *faults;
};
static const struct mb_field plant_fields[] = {
    {.key = "preset",
     .kind = MB_FIELD_STRING,
     .offset = offsetof(struct plant_file, preset),
     .required = true},
    {.key = "motor", .kind = MB_FIELD_NODE, .offset = offsetof(struct plant_file, motor)},
    {.key = "bench", .kind = MB_FIELD_NODE, .offset = offsetof(struct plant_file, bench)},
    {.key = "faults", .kind = MB_FIELD_NODE, .offset = offsetof(struct plant_file, faults)},
    {0},
};
static const struct mb_field file_fields[] = {
    {.key = "plant", .kind = MB_FIELD_MAP, .offset = 0, .required = true, .fields = plant_fields},
    {0},
};

static int read_faults(const struct mb_node *node, struct plant_config *config, struct mb_error *err)
{
    struct mb_field fields[PLANT_FAULT_COUNT + 1] = {{0}};

    for (int i = 0; i < PLANT_FAULT_COUNT; i++)
        fields[i] = (struct mb_field){.key = motor_faults[i].name,
                                      .kind = MB_FIELD_NUMBER,
                                      .offset = offsetof(struct plant_config, faults) + i * sizeof(double),
                                      .minimum = motor_faults[i].minimum,
                                      .maximum = motor_faults[i].maximum};
    return mb_node_read(node, fields, config, err);
}

static int read_plant(const struct mb_node *root, struct plant_file *file, struct plant_config *ret,
                      struct mb_error *err)
{
    struct plant_config config;
    int r = mb_node_read(root, file_fields, file, err);

    if (r < 0)
        return r;
    if (plant_preset(file->preset, &config) < 0)
        return mb_node_error(mb_node_get(mb_node_get(root, "plant"), "preset"), err, "no preset is called %s",
                             file->preset);
    if (file->motor != NULL)
        r = mb_node_read(file->motor, motor_fields, &config.motor, err);
    if (r == 0 && file->bench != NULL)
        r = mb_node_read(file->bench, bench_fields, &config, err);
    if (r == 0 && file->faults != NULL)
        r = read_faults(file->faults, &config, err);
    if (r == 0 && config.motor.poles % 2 != 0)
        r = mb_node_error(file->motor, err, "poles must be even");
    if (r == 0)
        *ret = config;
    return r;
}

int sim_plant_load(const char *path, struct plant_config *ret, struct mb_error *err)
{
    struct mb_document *document = NULL;
    struct plant_file file = {0};
    int r = mb_document_load(path, &document, err);

    if (r == 0)
        r = read_plant(mb_document_root(document), &file, ret, err);
    free(file.preset);
    document = mb_document_free(document);
    return r;
}
