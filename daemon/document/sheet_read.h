/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of a test sheet that several methods share: how their numbers are declared, and the sections of
 * 2-1-1A and 2-1-1B. Signs that a reading can really have (power, torque, speed) are left to the evaluation,
 * which names them; a value that no instrument gives (a negative rms voltage) is an error of the sheet. */
#pragma once

#include <float.h>
#include <stdbool.h>
#include <stddef.h>

#include "data/data.h"
#include "method/efficiency.h"
#include "method/stray_test.h"

#define MB_ABSOLUTE_ZERO_C (-273.15)

#define MB_SHEET_ANY(s, member, must)                                                                        \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NUMBER, .offset = offsetof(struct s, member), .required = (must),   \
        .minimum = -DBL_MAX, .maximum = DBL_MAX                                                              \
    }
#define MB_SHEET_FROM_ZERO(s, member, must)                                                                  \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NUMBER, .offset = offsetof(struct s, member), .required = (must),   \
        .maximum = DBL_MAX                                                                                   \
    }
#define MB_SHEET_ABOVE_ZERO(s, member, must)                                                                 \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NUMBER, .offset = offsetof(struct s, member), .required = (must),   \
        .exclusive_minimum = true, .maximum = DBL_MAX                                                        \
    }
#define MB_SHEET_TEMPERATURE(s, member, must)                                                                \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NUMBER, .offset = offsetof(struct s, member), .required = (must),   \
        .minimum = MB_ABSOLUTE_ZERO_C, .exclusive_minimum = true, .maximum = 1e4                             \
    }
#define MB_SHEET_NODE(s, member, must)                                                                       \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NODE, .offset = offsetof(struct s, member), .required = (must)      \
    }

/* A list of points, each read into an element of size; optional numbers that a point lacks read NAN, not 0.
 * list NULL: none. *ret is allocated, the caller frees it. */
int mb_sheet_points(const struct mb_node *list, const struct mb_field *fields, size_t size, size_t max,
                    void **ret, size_t *ret_count, struct mb_error *err);

/* cold, rated_load, cooling, load, no_load, constant of a sheet, as far as they are there. The arrays belong
 * to input: mb_sheet_sections_clear. */
void mb_sheet_sections_init(struct mb_efficiency_input *input);
int mb_sheet_sections(const struct mb_node *root, struct mb_efficiency_input *input, struct mb_error *err);
void mb_sheet_sections_clear(struct mb_efficiency_input *input);

/* removed_rotor or reverse_rotation: {r_ohm, points}. The points belong to test. */
int mb_sheet_stray(const struct mb_node *node, bool reverse, struct mb_stray_test *test,
                   struct mb_error *err);
