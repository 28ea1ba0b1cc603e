/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/synchronous_torque.h"

#include <math.h>

bool mb_in_step(double n_rpm, double f_hz, int poles)
{
    double synchronous_rpm = 120 * f_hz / poles;

    return fabs(n_rpm - synchronous_rpm) <= MB_PULL_OUT_SLIP * synchronous_rpm;
}

void mb_pull_out_evaluate(const struct mb_pull_out_point *points, size_t n, int poles, double synchronous_rpm,
                          double rated_voltage_v, struct mb_pull_out_result *ret)
{
    double voltage_v = NAN, frequency_hz = NAN, rated_hz = synchronous_rpm * poles / 120;

    *ret = (struct mb_pull_out_result){.torque_nm = NAN};
    for (size_t i = 0; i < n; i++) {
        double torque_nm = points[i].t_nm * rated_voltage_v / points[i].u_v;

        if (!mb_in_step(points[i].n_rpm, points[i].f_hz, poles) || !(points[i].u_v > 0) ||
            torque_nm <= ret->torque_nm)
            continue;
        ret->torque_nm = torque_nm;
        ret->point = i;
        voltage_v = points[i].u_v;
        frequency_hz = points[i].f_hz;
    }
    if (isnan(ret->torque_nm))
        mb_finding_add(&ret->reasons, "points", "pull-out: no point in step with %d poles", poles);
    else if (ret->torque_nm <= 0)
        mb_finding_add(&ret->reasons, "points",
                       "pull-out: %.4g N m do not drive: check the sign of the torque", ret->torque_nm);
    else if (fabs(voltage_v / rated_voltage_v - 1) > MB_PULL_OUT_VOLTAGE)
        mb_finding_add(&ret->reasons, "voltage",
                       "pull-out: the highest torque in step was read at %.1f V, rated are %.1f V", voltage_v,
                       rated_voltage_v);
    else if (fabs(frequency_hz / rated_hz - 1) > MB_PULL_OUT_FREQUENCY)
        mb_finding_add(&ret->reasons, "frequency",
                       "pull-out: the highest torque in step was read at %.2f Hz, rated are %.2f Hz",
                       frequency_hz, rated_hz);
    ret->valid = ret->reasons.count == 0;
}

void mb_pull_in_evaluate(const struct mb_pull_in_attempt *attempts, size_t n, double rated_voltage_v,
                         struct mb_pull_in_result *ret)
{
    *ret = (struct mb_pull_in_result){.torque_nm = 0, .failed_nm = NAN};
    if (n == 0)
        mb_finding_add(&ret->reasons, "attempts", "pull-in: no attempt");
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(attempts[i].u_v / rated_voltage_v - 1) <= MB_PULL_IN_VOLTAGE))
            mb_finding_add(&ret->reasons, "voltage", "pull-in: an attempt ended at %.1f V, rated are %.1f V",
                           attempts[i].u_v, rated_voltage_v);
        if (attempts[i].in_step)
            ret->torque_nm = fmax(ret->torque_nm, attempts[i].t_nm);
        else
            ret->failed_nm = fmin(ret->failed_nm, attempts[i].t_nm);
    }
    /* A rotor at rest has a position of its own: what once went and once did not says neither. */
    if (ret->failed_nm < ret->torque_nm)
        mb_finding_add(&ret->reasons, "order",
                       "pull-in: into step against %.4g N m, and not against %.4g N m: the attempts disagree",
                       ret->torque_nm, ret->failed_nm);
    ret->valid = ret->reasons.count == 0;
}

void mb_back_emf_evaluate(const struct mb_back_emf_input *input, double synchronous_rpm,
                          struct mb_back_emf_result *ret)
{
    *ret = (struct mb_back_emf_result){.rated_v = NAN, .ke_v_s_per_rad = NAN, .ke_v_per_krpm = NAN};
    for (int i = 0; i < 3; i++)
        if (fabs(input->line_v[i] - input->u_v) > MB_BACK_EMF_DIFFERENCE * input->u_v)
            mb_finding_add(&ret->reasons, "lines", "back-EMF: a line reads %.2f V, their mean is %.2f V",
                           input->line_v[i], input->u_v);
    if (!(input->n_rpm > 0 && input->u_v >= 0))
        mb_finding_add(&ret->reasons, "speed", "back-EMF: no voltage or no speed was read");
    ret->valid = ret->reasons.count == 0;
    if (!ret->valid)
        return;
    ret->rated_v = input->u_v * synchronous_rpm / input->n_rpm;
    ret->ke_v_s_per_rad = input->u_v / (input->n_rpm * M_PI / 30);
    ret->ke_v_per_krpm = 1000 * input->u_v / input->n_rpm;
}

void mb_cogging_evaluate(const struct mb_cogging_point *points, size_t n, double uncertainty_nm,
                         struct mb_cogging_result *ret)
{
    double least_nm = INFINITY, most_nm = -INFINITY, sum_nm = 0;

    *ret = (struct mb_cogging_result){
        .peak_to_peak_nm = NAN, .drag_nm = NAN, .accuracy_nm = MB_COGGING_COVERAGE * uncertainty_nm};
    for (size_t i = 0; i < n; i++) {
        least_nm = fmin(least_nm, points[i].t_nm);
        most_nm = fmax(most_nm, points[i].t_nm);
        sum_nm += points[i].t_nm;
    }
    if (n < MB_COGGING_POINTS_MIN)
        mb_finding_add(&ret->reasons, "points", "cogging torque: %zu readings, at least %d are needed", n,
                       MB_COGGING_POINTS_MIN);
    else if (points[n - 1].angle_deg - points[0].angle_deg < 360 * (1 - 1.0 / MB_COGGING_POINTS_MIN))
        mb_finding_add(&ret->reasons, "turn", "cogging torque: read over %.0f degrees, less than one turn",
                       points[n - 1].angle_deg - points[0].angle_deg);
    ret->valid = ret->reasons.count == 0;
    if (!ret->valid)
        return;
    ret->peak_to_peak_nm = most_nm - least_nm;
    ret->drag_nm = sum_nm / (double)n;
    ret->readings_a_turn = 360 * (double)(n - 1) / (points[n - 1].angle_deg - points[0].angle_deg);
    ret->resolved = ret->peak_to_peak_nm / 2 > ret->accuracy_nm;
}

/* The first reason of a test under the test's own name. */
static void take_reason(const char *word, const struct mb_findings *of_test, struct mb_findings *reasons)
{
    if (of_test->count > 0)
        mb_finding_add(reasons, word, "%s", of_test->items[0].text);
}

void mb_synchronous_torque_evaluate(const struct mb_synchronous_input *in, struct mb_synchronous_result *ret)
{
    struct mb_findings *reasons = &ret->outcome.reasons;

    *ret = (struct mb_synchronous_result){.outcome.efficiency = NAN};
    if (in->has_back_emf)
        mb_back_emf_evaluate(&in->back_emf, in->synchronous_rpm, &ret->back_emf);
    if (in->cogging_count > 0)
        mb_cogging_evaluate(in->cogging, in->cogging_count, in->cogging_uncertainty_nm, &ret->cogging);
    if (in->pull_out_count > 0)
        mb_pull_out_evaluate(in->pull_out, in->pull_out_count, in->poles, in->synchronous_rpm,
                             in->rated_voltage_v, &ret->pull_out);
    if (in->pull_in_count > 0)
        mb_pull_in_evaluate(in->pull_in, in->pull_in_count, in->rated_voltage_v, &ret->pull_in);
    if (in->pull_up_count > 0)
        mb_pull_up_evaluate(in->pull_up, in->pull_up_count, in->rated_voltage_v, in->synchronous_rpm,
                            &ret->pull_up);
    take_reason("back-emf", &ret->back_emf.reasons, reasons);
    take_reason("cogging-torque", &ret->cogging.reasons, reasons);
    take_reason("pull-out-torque", &ret->pull_out.reasons, reasons);
    take_reason("pull-in-torque", &ret->pull_in.reasons, reasons);
    take_reason("pull-up-torque", &ret->pull_up.reasons, reasons);
    if (!in->has_back_emf &&
        in->cogging_count + in->pull_out_count + in->pull_in_count + in->pull_up_count == 0)
        mb_finding_add(reasons, "missing-data", "none of the tests of a synchronous motor was read");
    if (in->cogging_count > 0 && ret->cogging.valid && ret->cogging.readings_a_turn < MB_COGGING_DENSITY)
        mb_finding_add(&ret->outcome.warnings, "cogging-torque",
                       "cogging torque: %.0f readings a turn, fewer than %d may miss the teeth",
                       ret->cogging.readings_a_turn, MB_COGGING_DENSITY);
    if (in->cogging_count > 0 && ret->cogging.valid && !ret->cogging.resolved)
        mb_finding_add(&ret->outcome.warnings, "cogging-torque",
                       "cogging torque: the amplitude is not above what the torque transducer tells");
}
