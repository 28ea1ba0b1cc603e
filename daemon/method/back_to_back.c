/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/back_to_back.h"

#include <math.h>

#include "method/parts.h"
#include "method/rules.h"

#define OUTPUT_ROOM 0.05 /* of rated output, farther off is worth a warning [E] */

static const char *const run_names[MB_PAIR_RUNS] = {"forward", "reversed"};

/* A generator is a load point of negative power. */
static struct mb_load_point reading_of(const struct mb_pair_machine *m, double sign)
{
    return (struct mb_load_point){.load_percent = 100,
                                  .u_v = m->u_v,
                                  .i_a = m->i_a,
                                  .p1_w = sign * m->p_w,
                                  .t_nm = NAN,
                                  .n_rpm = m->n_rpm,
                                  .f_hz = m->f_hz,
                                  .s_va = NAN,
                                  .r_ohm = m->r_ohm};
}

static bool is_complete(const struct mb_pair_input *in, struct mb_findings *reasons)
{
    const struct mb_efficiency_input *c = &in->common;

    if (isnan(c->cold_resistance_ohm) || c->no_load_count == 0)
        mb_finding_add(reasons, "missing-data", "back-to-back needs cold and no_load");
    for (int k = 0; k < MB_PAIR_RUNS; k++)
        if (!in->has_run[k])
            mb_finding_add(reasons, "missing-data",
                           "back_to_back.%s is missing: power must have flowed both ways", run_names[k]);
        else if (in->single_supply && isnan(in->runs[k].supply_w))
            mb_finding_add(reasons, "missing-data", "back_to_back.%s.supply_w is missing, 2-1-1E needs it",
                           run_names[k]);
    return reasons->count == 0;
}

/* The supply and the meter of the motors, by the gates of load points; and of the no-load curve. */
static void gate(const struct mb_pair_input *in, struct mb_pair_result *out)
{
    struct mb_load_point motors[MB_PAIR_RUNS];
    struct mb_efficiency_input common = in->common;

    for (int k = 0; k < MB_PAIR_RUNS; k++) {
        const struct mb_pair_machine *g = &in->runs[k].generator;

        motors[k] = reading_of(&in->runs[k].motor, 1);
        if (!(g->p_w > 0 && g->p_w < sqrt(3) * g->u_v * g->i_a))
            mb_finding_add(&out->outcome.reasons, "power-factor",
                           "%s: power and apparent power of the generator do not fit", run_names[k]);
    }
    common.load = motors;
    common.load_count = MB_PAIR_RUNS;
    mb_gate_supply(&common, &out->common);
    mb_gate_meter(&common, &out->common);
    mb_evaluate_no_load(&in->common, &out->common);
    mb_outcome_take(&out->outcome, &out->common);
}

static void gate_slip(const struct mb_pair_run_result *run, const char *name, struct mb_outcome *outcome)
{
    if (!(run->motor.slip > 0 && run->motor.slip < MB_SLIP_MAX))
        mb_finding_add(&outcome->reasons, "slip",
                       "%s: slip %.4f of the motor, it must be above 0 and below %g", name, run->motor.slip,
                       MB_SLIP_MAX);
    if (!(run->generator.slip < 0 && run->generator.slip > -MB_SLIP_MAX))
        mb_finding_add(&outcome->reasons, "slip",
                       "%s: slip %.4f of the generator, it must be below 0 and above %g", name,
                       run->generator.slip, -MB_SLIP_MAX);
}

static double conventional_w(const struct mb_load_result *r)
{
    return r->stator_w + r->iron_w + r->rotor_w + r->friction_windage_w;
}

/* A1.8: as the squared rotor currents. */
static void share(const struct mb_pair_run *run, double i0_a, struct mb_pair_run_result *out)
{
    double motor_a2 = run->motor.i_a * run->motor.i_a - i0_a * i0_a,
           generator_a2 = run->generator.i_a * run->generator.i_a - i0_a * i0_a,
           part = motor_a2 > 0 && generator_a2 > 0 ? motor_a2 / (motor_a2 + generator_a2) : NAN;

    out->additional_load_w = out->loss_w - conventional_w(&out->motor) - conventional_w(&out->generator);
    out->motor.additional_load_w = part * out->additional_load_w;
    out->generator.additional_load_w = (1 - part) * out->additional_load_w;
}

static void correct(const struct mb_efficiency_input *c, const struct mb_pair_run *run,
                    struct mb_pair_run_result *out)
{
    double k = c->k_conductor_k;
    struct mb_corrected corrected;

    out->winding_c = mb_winding_temperature_c(c, run->motor.r_ohm);
    out->k_theta = (k + out->winding_c + MB_REFERENCE_COOLANT_C - run->coolant_c) / (k + out->winding_c);
    corrected = mb_correct(&out->motor, run->motor.p_w, out->k_theta, out->motor.additional_load_w);
    out->total_w = corrected.total_w;
    out->output_w = (c->form == MB_FORM_IEC ? corrected.input_w : run->motor.p_w) - corrected.total_w;
    out->efficiency =
        c->form == MB_FORM_IEC ? corrected.efficiency_iec_form : corrected.efficiency_input_form;
}

/* Both shafts turn alike, whatever the frequency of the generator: by the speed, not by its slip. */
static double shaft_friction_w(const struct mb_pair_input *in, const struct mb_pair_result *result,
                               double n_rpm)
{
    const struct mb_efficiency_input *c = &in->common;
    double speed = c->poles / 2.0 * n_rpm / 60 / c->rated_frequency_hz;

    if (c->no_load_count == 0)
        return c->constant_friction_windage_w;
    return result->common.no_load.friction_windage_w * pow(speed, MB_FRICTION_SPEED_EXPONENT);
}

static void evaluate_run(const struct mb_pair_input *in, int k, struct mb_pair_result *result)
{
    const struct mb_pair_run *run = &in->runs[k];
    struct mb_pair_run_result *out = &result->runs[k];
    struct mb_load_point motor = reading_of(&run->motor, 1), generator = reading_of(&run->generator, -1);

    out->loss_w = (in->single_supply ? run->supply_w : run->motor.p_w - run->generator.p_w) - run->coupling_w;
    mb_separate(&in->common, &result->common, &motor, motor.r_ohm, &out->motor);
    mb_separate(&in->common, &result->common, &generator, generator.r_ohm, &out->generator);
    out->generator.friction_windage_w = shaft_friction_w(in, result, run->generator.n_rpm);
    gate_slip(out, run_names[k], &result->outcome);
    share(run, result->no_load_current_a, out);
    correct(&in->common, run, out);
}

static void judge_run(const struct mb_efficiency_input *c, const struct mb_pair_run_result *run,
                      const char *name, struct mb_outcome *outcome)
{
    if (!isfinite(run->efficiency))
        mb_finding_add(&outcome->reasons, "no-load-points",
                       "%s: the no-load curve does not reach the inner voltages of %.5g V and %.5g V, or the "
                       "currents lie below that of no load",
                       name, run->motor.inner_voltage_v, run->generator.inner_voltage_v);
    else if (!(run->additional_load_w > 0))
        mb_finding_add(&outcome->reasons, "residual-negative",
                       "%s: both machines lose %.2f W, less than the %.2f W of stator, rotor, iron and "
                       "friction",
                       name, run->loss_w, run->loss_w - run->additional_load_w);
    if (fabs(run->output_w / c->rated_power_w - 1) > OUTPUT_ROOM)
        mb_finding_add(&outcome->warnings, "rated-output", "%s: an output of %.0f W, rated are %.0f W", name,
                       run->output_w, c->rated_power_w);
}

void mb_back_to_back_evaluate(const struct mb_pair_input *in, struct mb_pair_result *out)
{
    mb_efficiency_clear(&out->common);
    out->outcome.efficiency = NAN;
    out->no_load_current_a = NAN;
    if (!is_complete(in, &out->outcome.reasons))
        return;
    gate(in, out);
    out->no_load_current_a = mb_no_load_current_a(&in->common);
    for (int k = 0; k < MB_PAIR_RUNS; k++) {
        evaluate_run(in, k, out);
        judge_run(&in->common, &out->runs[k], run_names[k], &out->outcome);
    }
    if (mb_outcome_valid(&out->outcome))
        out->outcome.efficiency =
            (out->runs[MB_PAIR_FORWARD].efficiency + out->runs[MB_PAIR_REVERSED].efficiency) / 2;
}
