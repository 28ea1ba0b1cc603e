/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/parts.h"

#include <math.h>

#include "method/rules.h"

bool mb_load_is_full(double load_percent)
{
    return load_percent >= 100 - MB_ROUNDING;
}

size_t mb_load_reference(const struct mb_efficiency_input *input)
{
    size_t best = input->load_count;
    double distance = MB_LOAD_TARGET_PERCENT + MB_ROUNDING;

    for (size_t i = 0; i < input->load_count; i++)
        if (fabs(input->load[i].load_percent - 100) < distance) {
            distance = fabs(input->load[i].load_percent - 100);
            best = i;
        }
    return best;
}

struct mb_load_point mb_rated_point(const struct mb_efficiency_input *input)
{
    const struct mb_rated_reading *r = &input->rated_load;

    return (struct mb_load_point){.load_percent = 100,
                                  .u_v = r->u_v,
                                  .i_a = r->i_a,
                                  .p1_w = r->p1_w,
                                  .t_nm = r->t_nm,
                                  .n_rpm = r->n_rpm,
                                  .f_hz = r->f_hz,
                                  .s_va = r->s_va,
                                  .r_ohm = NAN,
                                  .excitation_v = r->excitation_v,
                                  .excitation_supply_v = r->excitation_supply_v,
                                  .excitation_a = r->excitation_a};
}

static double field_w(const struct mb_efficiency_input *input, const struct mb_load_point *p)
{
    double field_v =
        isnan(p->excitation_supply_v) ? p->excitation_v + input->field_brush_v : p->excitation_supply_v;

    return field_v * p->excitation_a;
}

/* A voltage without its current, or the other way round: not what a point without a reading says. */
static bool is_half_read(const struct mb_load_point *p)
{
    return (isnan(p->excitation_supply_v) && isnan(p->excitation_v)) != isnan(p->excitation_a);
}

double mb_excitation_w(const struct mb_efficiency_input *input, const struct mb_load_point *reading)
{
    struct mb_load_point rated = mb_rated_point(input);
    double loss_w = field_w(input, reading);

    if (!input->field_winding || mb_sums_losses(input))
        return 0;
    if (is_half_read(reading))
        return NAN;
    if (isnan(loss_w) && input->has_rated_load)
        loss_w = field_w(input, &rated);
    return isnan(loss_w) && !input->field_supply ? 0 : loss_w;
}

static const struct mb_load_point *lowest(const struct mb_efficiency_input *input)
{
    size_t low = 0;

    for (size_t i = 1; i < input->load_count; i++)
        if (input->load[i].load_percent < input->load[low].load_percent)
            low = i;
    return &input->load[low];
}

/* A1.4: before at 100 % and above, below it linear in the load to after at the lowest point. Load is measured
 * torque over that of the 100 % point; without such a point, without torque (2-1-1C), or where all torques
 * are equal, the nominal load. */
static double resistance_ohm(const struct mb_efficiency_input *input, size_t i)
{
    const struct mb_load_point *p = input->load, *low = lowest(input);
    size_t reference = mb_load_reference(input);
    double span, way, before = input->load_r_before_ohm;

    if (!isnan(p[i].r_ohm))
        return p[i].r_ohm;
    if (mb_load_is_full(p[i].load_percent) || i == reference)
        return before;
    span = reference < input->load_count ? p[reference].t_nm - low->t_nm : 0;
    way = reference < input->load_count ? p[reference].t_nm - p[i].t_nm : 0;
    if (span == 0 || isnan(span) || isnan(way)) {
        span = 100 - low->load_percent;
        way = 100 - p[i].load_percent;
    }
    return before + (input->load_r_after_ohm - before) * way / span;
}

void mb_separate(const struct mb_efficiency_input *input, const struct mb_efficiency_result *result,
                 const struct mb_load_point *reading, double r_ohm, struct mb_load_result *ret)
{
    double phase_factor = input->phases == 1 ? 1 : sqrt(3), i = reading->i_a, p1 = reading->p1_w;
    double drop = sqrt(3) / 2 * i * r_ohm, n_per_s = reading->n_rpm / 60, sine;

    if (input->phases == 1) /* the segregation below is that of three-phase windings */
        r_ohm = drop = NAN;
    ret->r_ohm = r_ohm;
    /* A motor that turns with its field has no rotor loss of slip; what its speed differs is reading. */
    if (input->free_speed)
        ret->slip = NAN;
    else
        ret->slip = input->synchronous && mb_sums_losses(input)
                        ? 0
                        : 1 - input->poles / 2.0 * n_per_s / reading->f_hz;
    ret->stator_w = 1.5 * i * i * r_ohm;
    ret->power_factor = p1 / (phase_factor * reading->u_v * i);
    sine = mb_sine_of(ret->power_factor); /* NAN: refused as such by its gate */
    ret->inner_voltage_v = hypot(reading->u_v - drop * ret->power_factor, drop * sine);
    ret->iron_w = mb_iron_w(input, result, ret->inner_voltage_v);
    ret->rotor_w = (p1 - ret->stator_w - ret->iron_w) * ret->slip;
    ret->friction_windage_w = mb_friction_windage_w(input, result, ret->slip);
    ret->output_w = 2 * M_PI * n_per_s * reading->t_nm;
    ret->residual_w =
        p1 - ret->output_w - ret->stator_w - ret->rotor_w - ret->iron_w - ret->friction_windage_w;
}

void mb_evaluate_load_points(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    for (size_t i = 0; i < input->load_count; i++)
        mb_separate(input, result, &input->load[i], resistance_ohm(input, i), &result->points[i]);
}

struct mb_corrected mb_correct(const struct mb_load_result *losses, double input_w, double k_theta,
                               double additional_load_w)
{
    struct mb_corrected c = {.slip = losses->slip * k_theta,
                             .stator_w = losses->stator_w * k_theta,
                             .iron_w = losses->iron_w,
                             .friction_windage_w = losses->friction_windage_w,
                             .additional_load_w = additional_load_w};

    c.rotor_w = (input_w - c.stator_w - c.iron_w) * c.slip;
    c.total_w = c.stator_w + c.rotor_w + c.iron_w + c.friction_windage_w + c.additional_load_w;
    c.input_w = input_w - (losses->stator_w - c.stator_w + losses->rotor_w - c.rotor_w);
    c.efficiency_input_form = (input_w - c.total_w) / input_w;
    c.efficiency_iec_form = (c.input_w - c.total_w) / c.input_w;
    return c;
}
