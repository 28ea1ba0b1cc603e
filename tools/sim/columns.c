/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/columns.h"

#define COLUMN(name, member)                                                                                 \
    {                                                                                                        \
        name, offsetof(struct plant_state, member), false                                                    \
    }
#define FLAG(name, member)                                                                                   \
    {                                                                                                        \
        name, offsetof(struct plant_state, member), true                                                     \
    }

const struct sim_column sim_columns[] = {
    COLUMN("t_s", t_s),
    FLAG("output_on", output_on),
    FLAG("coupled", coupled),
    FLAG("locked", locked),
    FLAG("shorted", shorted),
    FLAG("converter", converter),
    COLUMN("u_12_v", u_line_v[0]),
    COLUMN("u_23_v", u_line_v[1]),
    COLUMN("u_31_v", u_line_v[2]),
    COLUMN("u_fundamental_v", u_fundamental_v),
    COLUMN("i_1_a", i_line_a[0]),
    COLUMN("i_2_a", i_line_a[1]),
    COLUMN("i_3_a", i_line_a[2]),
    COLUMN("p_w", p_w),
    COLUMN("s_va", s_va),
    COLUMN("frequency_hz", frequency_hz),
    COLUMN("speed_rpm", speed_rpm),
    COLUMN("torque_nm", torque_nm),
    COLUMN("output_w", output_w),
    COLUMN("loss_stator_w", losses.stator_w),
    COLUMN("loss_rotor_w", losses.rotor_w),
    COLUMN("loss_iron_w", losses.iron_w),
    COLUMN("loss_friction_windage_w", losses.friction_windage_w),
    COLUMN("loss_additional_load_w", losses.additional_load_w),
    COLUMN("loss_harmonic_w", losses.harmonic_w),
    COLUMN("loss_excitation_w", losses.excitation_w),
    COLUMN("loss_total_w", losses.total_w),
    COLUMN("winding_c", winding_c),
    COLUMN("end_winding_c", end_winding_c),
    COLUMN("frame_c", frame_c),
    COLUMN("rotor_c", rotor_c),
    COLUMN("coolant_c", coolant_c),
    COLUMN("r_line_ohm", r_line_ohm),
    COLUMN("insulation_ohm", insulation_ohm),
    COLUMN("field_v", field_v),
    COLUMN("field_a", field_a),
    {0},
};

double sim_column_value(const struct sim_column *column, const struct plant_state *state)
{
    const char *member = (const char *)state + column->offset;

    return column->is_bool ? *(const bool *)member : *(const double *)member;
}
