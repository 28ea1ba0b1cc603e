/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/circuit.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "method/parts.h"
#include "method/rules.h"

#define PHASES 3.0
#define ITERATIONS_MAX 200
#define CONVERGED 1e-12
#define LOCKED_FREQUENCY_SHARE 0.25 /* of rated, at most [M+] */

double mb_assumed_winding_c(const char *thermal_class)
{
    static const struct {
        const char *letter;
        double c;
    } classes[] = {{"B", 95}, {"F", 115}, {"H", 135}}; /* [M] */

    for (size_t i = 0; thermal_class && i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i].letter, thermal_class) == 0)
            return classes[i].c;
    return NAN;
}

/* The no-load reading at rated voltage, of one phase. */
struct no_load {
    double u_v, i_a, reactive_var, iron_w;
};

static size_t at_rated_voltage(const struct mb_efficiency_input *in)
{
    size_t best = in->no_load_count;
    double distance = MB_BAND_TOLERANCE + MB_ROUNDING;

    for (size_t i = 0; i < in->no_load_count; i++)
        if (fabs(in->no_load[i].u_v / in->rated_voltage_v - 1) < distance) {
            distance = fabs(in->no_load[i].u_v / in->rated_voltage_v - 1);
            best = i;
        }
    return best;
}

static struct no_load no_load_of(const struct mb_efficiency_input *in,
                                 const struct mb_efficiency_result *common)
{
    size_t i = at_rated_voltage(in);
    const struct mb_no_load_point *p = &in->no_load[i];
    double apparent_va;

    if (i == in->no_load_count)
        return (struct no_load){NAN, NAN, NAN, NAN};
    apparent_va = sqrt(3) * p->u_v * p->i_a;
    return (struct no_load){p->u_v / sqrt(3), p->i_a, sqrt(apparent_va * apparent_va - p->p0_w * p->p0_w),
                            common->no_load.points[i].constant_w - common->no_load.friction_windage_w};
}

/* The reactances hang on each other: repeated until they stand. */
static void find_reactances(const struct mb_circuit_input *in, const struct no_load *n,
                            struct mb_circuit_result *out)
{
    const struct mb_locked_reading *l = &in->locked;
    double apparent_va = sqrt(3) * l->u_v * l->i_a,
           locked_var = sqrt(apparent_va * apparent_va - l->p_w * l->p_w);
    double x1 = 0, xm = PHASES * n->u_v * n->u_v / n->reactive_var, ratio = in->x1_over_x2;

    for (out->iterations = 0; out->iterations < ITERATIONS_MAX; out->iterations++) {
        double before = x1, side = ratio + x1 / xm;
        double locked_x1 = locked_var / (PHASES * l->i_a * l->i_a * (1 + side)) * side;

        x1 = in->common.rated_frequency_hz / l->f_hz * locked_x1;
        xm = PHASES * n->u_v * n->u_v / (n->reactive_var - PHASES * n->i_a * n->i_a * x1) /
             ((1 + x1 / xm) * (1 + x1 / xm));
        if (fabs(x1 - before) <= CONVERGED * x1)
            break;
    }
    out->x1_ohm = x1;
    out->x2_ohm = x1 / ratio;
    out->xm_ohm = xm;
}

static void find_resistances(const struct mb_circuit_input *in, const struct no_load *n,
                             struct mb_circuit_result *out)
{
    const struct mb_efficiency_input *c = &in->common;
    double k = c->k_conductor_k, locked_c = mb_winding_temperature_c(c, in->locked.r_ohm);
    double spread = 1 + out->x1_ohm / out->xm_ohm, lower = 1 + out->x2_ohm / out->xm_ohm;
    double g_iron = n->iron_w / (PHASES * n->u_v * n->u_v) * spread * spread;
    double locked_x1 = out->x1_ohm * in->locked.f_hz / c->rated_frequency_hz;

    out->iron_ohm = 1 / g_iron;
    out->locked_r2_ohm =
        (in->locked.p_w / (PHASES * in->locked.i_a * in->locked.i_a) - in->locked.r_ohm / 2) * lower * lower -
        (out->x2_ohm / out->x1_ohm) * (out->x2_ohm / out->x1_ohm) * locked_x1 * locked_x1 * g_iron;
    out->r1_ohm = c->cold_resistance_ohm / 2 * (k + in->winding_c) / (k + c->cold_temperature_c);
    out->r2_ohm = out->locked_r2_ohm * (in->rotor_k_k + in->winding_c) / (in->rotor_k_k + locked_c);
}

/* Additional load loss at a current and an input power: assigned, which at other loads than the rated one
 * goes as the squared rotor current (A1.8). */
struct additional {
    double share; /* of the input; NAN: by the coefficient */
    double coefficient_w_per_a2, no_load_a;
};

static double additional_w(const struct additional *a, const struct mb_circuit_point *p)
{
    return isnan(a->share) ? a->coefficient_w_per_a2 * (p->i_a * p->i_a - a->no_load_a * a->no_load_a)
                           : a->share * p->input_w;
}

/* The operating point at one slip. */
static struct mb_circuit_point point_at(const struct mb_efficiency_input *c,
                                        const struct mb_circuit_result *found, const struct additional *a,
                                        double slip)
{
    double complex z1 = found->r1_ohm + I * found->x1_ohm, z2 = found->r2_ohm / slip + I * found->x2_ohm;
    double complex inner = 1 / (1 / z2 + 1 / found->iron_ohm + 1 / (I * found->xm_ohm));
    double complex current = c->rated_voltage_v / sqrt(3) / (z1 + inner), e = current * inner;
    double i2_a = cabs(e / z2), gap_w = PHASES * i2_a * i2_a * found->r2_ohm / slip;
    double n_per_s = c->rated_frequency_hz / (c->poles / 2.0) * (1 - slip);
    struct mb_circuit_point p = {.slip = slip, .i_a = cabs(current)};

    p.input_w = PHASES * creal(c->rated_voltage_v / sqrt(3) * conj(current));
    p.power_factor = p.input_w / (sqrt(3) * c->rated_voltage_v * p.i_a);
    p.stator_w = PHASES * p.i_a * p.i_a * found->r1_ohm;
    p.iron_w = PHASES * cabs(e) * cabs(e) / found->iron_ohm;
    p.rotor_w = slip * gap_w;
    p.friction_windage_w = mb_friction_windage_w(c, &found->common, slip);
    p.additional_load_w = additional_w(a, &p);
    p.output_w = gap_w - p.rotor_w - p.friction_windage_w - p.additional_load_w;
    p.torque_nm = p.output_w / (2 * M_PI * n_per_s);
    p.total_w = p.input_w - p.output_w;
    p.efficiency = p.output_w / p.input_w;
    return p;
}

/* Slip of an output, below the slip of the breakdown; false: it is not reached, *ret is the breakdown. */
static bool solve_for(const struct mb_efficiency_input *c, const struct mb_circuit_result *found,
                      const struct additional *a, double output_w, struct mb_circuit_point *ret)
{
    double low = 1e-6, high = found->r2_ohm / (found->x1_ohm + found->x2_ohm);

    *ret = point_at(c, found, a, high);
    if (!(ret->output_w > output_w))
        return false;
    for (int k = 0; k < ITERATIONS_MAX && high - low > CONVERGED * high; k++) {
        double slip = (low + high) / 2;

        *ret = point_at(c, found, a, slip);
        *(ret->output_w < output_w ? &low : &high) = slip;
    }
    return true;
}

const struct mb_circuit_load mb_circuit_loads[MB_CIRCUIT_LOADS] = {{125}, {115}, {100}, {75}, {50}, {25}};

static const struct mb_circuit_point not_reached = {NAN, NAN, NAN, NAN, NAN, NAN, NAN,
                                                    NAN, NAN, NAN, NAN, NAN, NAN};

static void solve(const struct mb_efficiency_input *c, double no_load_a, struct mb_circuit_result *out)
{
    const struct mb_circuit_point *rated = &out->rated;
    struct additional a = {.share = mb_allowance(c->rated_power_w), .no_load_a = no_load_a};

    if (!solve_for(c, out, &a, c->rated_power_w, &out->rated)) {
        mb_finding_add(&out->outcome.reasons, "slip",
                       "the circuit found does not reach %g W: at its breakdown it gives %.0f W",
                       c->rated_power_w, rated->output_w);
        return;
    }
    out->outcome.efficiency = rated->efficiency;
    a.share = NAN;
    a.coefficient_w_per_a2 = rated->additional_load_w / (rated->i_a * rated->i_a - no_load_a * no_load_a);
    for (int i = 0; i < MB_CIRCUIT_LOADS; i++)
        if (!solve_for(c, out, &a, mb_circuit_loads[i].load_percent / 100 * c->rated_power_w, &out->loads[i]))
            out->loads[i] = not_reached;
}

static bool is_complete(const struct mb_circuit_input *in, struct mb_circuit_result *out)
{
    const struct mb_efficiency_input *c = &in->common;
    struct mb_findings *reasons = &out->outcome.reasons;

    if (isnan(c->cold_resistance_ohm) || c->no_load_count == 0)
        mb_finding_add(reasons, "missing-data", "2-1-1H needs cold and no_load");
    if (isnan(in->winding_c))
        mb_finding_add(reasons, "missing-data",
                       "circuit.winding_c is missing, and no temperature is assumed for this thermal class");
    if (in->locked.f_hz > LOCKED_FREQUENCY_SHARE * c->rated_frequency_hz * (1 + MB_ROUNDING))
        mb_finding_add(reasons, "supply-frequency",
                       "locked rotor at %g Hz, at most %g %% of the rated %g Hz are allowed", in->locked.f_hz,
                       100 * LOCKED_FREQUENCY_SHARE, c->rated_frequency_hz);
    if (!(in->locked.p_w > 0 && in->locked.p_w < sqrt(3) * in->locked.u_v * in->locked.i_a))
        mb_finding_add(reasons, "power-factor", "locked rotor: power and apparent power do not fit");
    return reasons->count == 0;
}

void mb_circuit_evaluate(const struct mb_circuit_input *in, struct mb_circuit_result *out)
{
    struct no_load n;

    mb_efficiency_clear(&out->common);
    out->outcome.efficiency = NAN;
    for (int i = 0; i < MB_CIRCUIT_LOADS; i++)
        out->loads[i] = not_reached;
    if (!is_complete(in, out))
        return;
    mb_gate_meter(&in->common, &out->common);
    mb_evaluate_no_load(&in->common, &out->common);
    mb_outcome_take(&out->outcome, &out->common);
    n = no_load_of(&in->common, &out->common);
    if (isnan(n.iron_w)) {
        mb_finding_add(&out->outcome.reasons, "no-load-points",
                       "no iron loss at rated voltage comes from this no-load curve");
        return;
    }
    find_reactances(in, &n, out);
    find_resistances(in, &n, out);
    if (!(out->x1_ohm > 0 && out->xm_ohm > 0 && out->r2_ohm > 0 && out->iron_ohm > 0)) {
        mb_finding_add(&out->outcome.reasons, "meter-inconsistent",
                       "no circuit fits these readings: X1 %.4g, Xm %.4g, R2 %.4g ohm", out->x1_ohm,
                       out->xm_ohm, out->r2_ohm);
        return;
    }
    solve(&in->common, n.i_a, out);
}
