/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/sheet_corrections.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "method/correction.h"
#include "method/parts.h"

#define SECONDS_PER_MINUTE 60.0

struct instrument_reading {
    int tap;
    double voltage_circuit_ohm, current_path_ohm;
};

static const char *const tap_names[] = {
    [MB_TAP_MOTOR_SIDE] = "motor-side", [MB_TAP_SOURCE_SIDE] = "source-side", NULL};

static const struct mb_field instrument_fields[] = {
    {.key = "tap",
     .kind = MB_FIELD_CHOICE,
     .offset = offsetof(struct instrument_reading, tap),
     .required = true,
     .choices = tap_names},
    MB_SHEET_ABOVE_ZERO(instrument_reading, voltage_circuit_ohm, false),
    MB_SHEET_FROM_ZERO(instrument_reading, current_path_ohm, false),
    {.key = NULL},
};

struct idle_reading {
    double p_w, i_a, r_ohm, n_rpm, f_hz, t_nm;
};

struct torque_reading {
    double range_nm, zero_before_nm, zero_after_nm, correction_nm, iron_w;
    const struct mb_node *coupled, *uncoupled;
};

static const struct mb_field torque_fields[] = {
    MB_SHEET_ABOVE_ZERO(torque_reading, range_nm, false), MB_SHEET_ANY(torque_reading, zero_before_nm, false),
    MB_SHEET_ANY(torque_reading, zero_after_nm, false),   MB_SHEET_ANY(torque_reading, correction_nm, false),
    MB_SHEET_FROM_ZERO(torque_reading, iron_w, false),    MB_SHEET_NODE(torque_reading, coupled, false),
    MB_SHEET_NODE(torque_reading, uncoupled, false),      {.key = NULL},
};

static const struct mb_field transducer_fields[] = {
    MB_SHEET_ABOVE_ZERO(torque_reading, range_nm, true),
    MB_SHEET_ANY(torque_reading, zero_before_nm, false),
    MB_SHEET_ANY(torque_reading, zero_after_nm, false),
    {.key = NULL},
};

static const struct mb_field coupled_fields[] = {
    MB_SHEET_ANY(idle_reading, p_w, true),
    MB_SHEET_ABOVE_ZERO(idle_reading, i_a, true),
    MB_SHEET_ABOVE_ZERO(idle_reading, r_ohm, true),
    MB_SHEET_ABOVE_ZERO(idle_reading, n_rpm, true),
    MB_SHEET_ABOVE_ZERO(idle_reading, f_hz, true),
    MB_SHEET_ANY(idle_reading, t_nm, true),
    {.key = NULL},
};

/* Without a speed the slip counts as 0. */
static const struct mb_field uncoupled_fields[] = {
    MB_SHEET_ANY(idle_reading, p_w, true),          MB_SHEET_ABOVE_ZERO(idle_reading, i_a, true),
    MB_SHEET_ABOVE_ZERO(idle_reading, r_ohm, true), MB_SHEET_ABOVE_ZERO(idle_reading, n_rpm, false),
    MB_SHEET_ABOVE_ZERO(idle_reading, f_hz, false), {.key = NULL},
};

/* The meter's apparent power keeps its ratio to that of its voltage and current, which its gate compares. */
static void correct_one(const struct mb_meter_load *instrument, int phases, double *u_v, double *i_a,
                        double *p_w, double *s_va)
{
    struct mb_electrical before = {*u_v, *i_a, *p_w},
                         after = mb_correct_instrument(instrument, phases, before);

    if (before.i_a > 0)
        *s_va *= after.u_v * after.i_a / (before.u_v * before.i_a);
    *u_v = after.u_v;
    *i_a = after.i_a;
    *p_w = after.p_w;
}

/* The arrays are the sheet's own; the evaluation only reads them. */
static void correct_all(const struct mb_meter_load *instrument, struct mb_efficiency_input *input)
{
    struct mb_rated_reading *rated = &input->rated_load;
    struct mb_load_point *load = (struct mb_load_point *)input->load;
    struct mb_no_load_point *no_load = (struct mb_no_load_point *)input->no_load;

    if (input->has_rated_load)
        correct_one(instrument, input->phases, &rated->u_v, &rated->i_a, &rated->p1_w, &rated->s_va);
    for (size_t i = 0; i < input->load_count; i++)
        correct_one(instrument, input->phases, &load[i].u_v, &load[i].i_a, &load[i].p1_w, &load[i].s_va);
    for (size_t i = 0; i < input->no_load_count; i++)
        correct_one(instrument, input->phases, &no_load[i].u_v, &no_load[i].i_a, &no_load[i].p0_w,
                    &no_load[i].s_va);
}

static int correct_instrument(const struct mb_node *node, struct mb_efficiency_input *input,
                              struct mb_error *err)
{
    struct instrument_reading reading = {0, NAN, NAN};
    int r = mb_node_read(node, instrument_fields, &reading, err);
    bool motor_side = reading.tap == MB_TAP_MOTOR_SIDE;

    if (r < 0)
        return r;
    if (isnan(motor_side ? reading.voltage_circuit_ohm : reading.current_path_ohm) ||
        !isnan(motor_side ? reading.current_path_ohm : reading.voltage_circuit_ohm))
        return mb_node_error(node, err, "tap %s goes with %s alone", tap_names[reading.tap],
                             motor_side ? "voltage_circuit_ohm" : "current_path_ohm");
    correct_all(&(struct mb_meter_load){(enum mb_tap)reading.tap, reading.voltage_circuit_ohm,
                                        reading.current_path_ohm},
                input);
    return 0;
}

static int read_idle(const struct mb_node *node, const struct mb_field *fields,
                     const struct mb_efficiency_input *input, struct mb_idle_reading *ret,
                     struct mb_error *err)
{
    struct idle_reading reading = {NAN, NAN, NAN, NAN, NAN, NAN};
    int r = mb_node_read(node, fields, &reading, err);
    double slip = 1 - input->poles / 2.0 * reading.n_rpm / SECONDS_PER_MINUTE / reading.f_hz;

    if (r < 0)
        return r;
    *ret = (struct mb_idle_reading){.p_w = reading.p_w,
                                    .i_a = reading.i_a,
                                    .r_ohm = reading.r_ohm,
                                    .slip = input->synchronous || isnan(slip) ? 0 : slip,
                                    .n_rpm = reading.n_rpm,
                                    .t_nm = reading.t_nm};
    return 0;
}

/* As the sheet says, else of its no-load curve at rated voltage. */
static int iron(const struct mb_node *node, const struct mb_efficiency_input *input, double *iron_w,
                struct mb_error *err)
{
    struct mb_efficiency_result *scratch;

    if (!isnan(*iron_w))
        return 0;
    scratch = calloc(1, sizeof *scratch);
    if (!scratch)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    mb_efficiency_clear(scratch);
    mb_evaluate_no_load(input, scratch);
    *iron_w = mb_iron_w(input, scratch, input->rated_voltage_v);
    free(scratch);
    return isnan(*iron_w) ? mb_node_error(node, err, "'iron_w' is missing here, and no_load gives none") : 0;
}

static int find_correction(const struct mb_node *node, struct torque_reading *reading,
                           const struct mb_efficiency_input *input, struct mb_error *err)
{
    struct mb_idle_reading coupled, uncoupled;
    int r;

    if (!reading->coupled && !reading->uncoupled) {
        reading->correction_nm = isnan(reading->correction_nm) ? 0 : reading->correction_nm;
        return 0;
    }
    if (!reading->coupled || !reading->uncoupled || !isnan(reading->correction_nm))
        return mb_node_error(node, err,
                             "coupled and uncoupled belong together, and instead of correction_nm");
    if (input->phases == 1)
        return mb_node_error(
            node, err,
            "coupled and uncoupled give the torque of three-phase motors only, allowed here: "
            "correction_nm");
    r = read_idle(reading->coupled, coupled_fields, input, &coupled, err);
    if (r == 0)
        r = read_idle(reading->uncoupled, uncoupled_fields, input, &uncoupled, err);
    if (r == 0)
        r = iron(node, input, &reading->iron_w, err);
    if (r == 0)
        reading->correction_nm = mb_dynamometer_nm(&coupled, &uncoupled, reading->iron_w);
    return r;
}

static int correct_torque(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    struct torque_reading reading = {.correction_nm = NAN, .iron_w = NAN};
    struct mb_load_point *load = (struct mb_load_point *)input->load;
    int r = mb_node_read(node, torque_fields, &reading, err);

    if (r == 0)
        r = find_correction(node, &reading, input, err);
    if (r < 0)
        return r;
    input->torque = (struct mb_torque_chain){reading.range_nm, reading.zero_before_nm, reading.zero_after_nm,
                                             reading.correction_nm};
    input->rated_load.t_nm += reading.correction_nm;
    for (size_t i = 0; i < input->load_count; i++)
        load[i].t_nm += reading.correction_nm;
    return 0;
}

int mb_sheet_correct(const struct mb_node *instrument, const struct mb_node *torque,
                     struct mb_efficiency_input *input, struct mb_error *err)
{
    int r = instrument ? correct_instrument(instrument, input, err) : 0;

    return r == 0 && torque ? correct_torque(torque, input, err) : r;
}

int mb_sheet_transducer(const struct mb_node *torque, struct mb_torque_chain *ret, struct mb_error *err)
{
    struct torque_reading reading = {.range_nm = 0};
    int r = mb_node_read(torque, transducer_fields, &reading, err);

    if (r == 0)
        *ret = (struct mb_torque_chain){reading.range_nm, reading.zero_before_nm, reading.zero_after_nm, 0};
    return r;
}
