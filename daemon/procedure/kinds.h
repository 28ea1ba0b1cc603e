/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The step kinds there are; each in a file of its own. */
#pragma once

#include "procedure/step.h"

/* Questions about the pin of a locked rotor, answered with `done`. */
#define MB_ASK_LOCK "lock"
#define MB_ASK_RELEASE "release"

/* What a person has connected the motor to, when the step asked for it. */
enum mb_supply { MB_SUPPLY_UNCHANGED, MB_SUPPLY_SINUSOIDAL, MB_SUPPLY_CONVERTER };
extern const char *const mb_supply_names[];

extern const struct mb_step_kind mb_step_operator, mb_step_resistance, mb_step_start, mb_step_thermal,
    mb_step_cooling, mb_step_reheat, mb_step_load_curve, mb_step_stabilise, mb_step_no_load_curve,
    mb_step_safety_test, mb_step_rotation, mb_step_rating, mb_step_locked_rotor, mb_step_sweep, mb_step_hold,
    mb_step_waveform, mb_step_question, mb_step_load_points, mb_step_record_waveform, mb_step_back_emf,
    mb_step_pull_out, mb_step_pull_in, mb_step_stray_test, mb_step_drive_torque, mb_step_field_curve,
    mb_step_excite, mb_step_pull_up, mb_step_cogging, mb_step_back_to_back;
