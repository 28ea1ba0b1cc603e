/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/correction.h"

#include <math.h>
#include <string.h>

#include "method/parts.h"
#include "method/remark.h"

#define RANGE_SHARE 0.10      /* of the transducer's range, least reading used: 0.5 [M] */
#define ZERO_SHARE 0.0005     /* of the range, before against after: 0.7 [E] */
#define CORRECTION_SHARE 0.10 /* of rated torque, above it another dynamometer: 0.7 [U], a warning */
#define CORRECTION_SLIP 0.05  /* one value near synchronous speed holds up to this slip: 0.7 [E] */
#define STATOR_FACTOR 1.5     /* of I^2 R with R line to line, star and delta */
#define SECONDS_PER_MINUTE 60.0

struct mb_electrical mb_correct_instrument(const struct mb_meter_load *instrument, int phases,
                                           struct mb_electrical reading)
{
    double to_phase = phases == 1 ? 1 : sqrt(3), n = phases == 1 ? 1 : 3, u_v = reading.u_v / to_phase;
    double active_a = reading.p_w / (n * u_v),
           reactive_a = sqrt(fmax(0, reading.i_a * reading.i_a - active_a * active_a));
    double ra = instrument->current_path_ohm;

    if (instrument->tap == MB_TAP_MOTOR_SIDE)
        return (struct mb_electrical){reading.u_v,
                                      hypot(active_a - u_v / instrument->voltage_circuit_ohm, reactive_a),
                                      reading.p_w - n * u_v * u_v / instrument->voltage_circuit_ohm};
    return (struct mb_electrical){to_phase * hypot(u_v - active_a * ra, reactive_a * ra), reading.i_a,
                                  reading.p_w - n * reading.i_a * reading.i_a * ra};
}

static double shaft_w(const struct mb_idle_reading *r, double iron_w)
{
    return (r->p_w - STATOR_FACTOR * r->i_a * r->i_a * r->r_ohm - iron_w) * (1 - r->slip);
}

double mb_dynamometer_nm(const struct mb_idle_reading *coupled, const struct mb_idle_reading *uncoupled,
                         double iron_w)
{
    double rad_per_s = 2 * M_PI * coupled->n_rpm / SECONDS_PER_MINUTE;

    return (shaft_w(coupled, iron_w) - shaft_w(uncoupled, iron_w)) / rad_per_s - coupled->t_nm;
}

/* As the transducer showed it. */
static double lowest_reading_nm(const struct mb_efficiency_input *input)
{
    double lowest = input->has_rated_load ? fabs(input->rated_load.t_nm - input->torque.correction_nm) : NAN;

    for (size_t i = 0; i < input->load_count; i++)
        lowest = fmin(lowest, fabs(input->load[i].t_nm - input->torque.correction_nm));
    return lowest;
}

static double highest_slip(const struct mb_efficiency_input *input)
{
    double highest = 0;

    for (size_t i = 0; i < input->load_count && !input->synchronous; i++)
        highest = fmax(highest, 1 - input->poles / 2.0 * input->load[i].n_rpm / SECONDS_PER_MINUTE /
                                        input->load[i].f_hz);
    return highest;
}

static void warn_correction(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    double tc = input->torque.correction_nm, slip = highest_slip(input);
    double rated_nm = input->rated_power_w * input->poles / (4 * M_PI * input->rated_frequency_hz);

    if (fabs(tc) > CORRECTION_SHARE * rated_nm)
        mb_remark_warning(result, MB_REASON_TORQUE_CORRECTION,
                          "a torque correction of %.4g N m is more than %g %% of the rated torque", tc,
                          100 * CORRECTION_SHARE);
    if (tc != 0 && slip > CORRECTION_SLIP)
        mb_remark_warning(result, MB_REASON_TORQUE_CORRECTION,
                          "one torque correction for all speeds holds up to a slip of %g, there are %.4f",
                          CORRECTION_SLIP, slip);
}

void mb_torque_chain_check(const struct mb_torque_chain *chain, double lowest_nm, struct mb_findings *reasons)
{
    double drift = chain->zero_after_nm - chain->zero_before_nm;

    if (!(chain->range_nm > 0) || isnan(lowest_nm))
        return;
    if (lowest_nm < RANGE_SHARE * chain->range_nm)
        mb_finding_add(reasons, "torque-range",
                       "the lowest torque reading, %.4g N m, lies below %g %% of the transducer's %g N m",
                       lowest_nm, 100 * RANGE_SHARE, chain->range_nm);
    if (fabs(drift) > ZERO_SHARE * chain->range_nm)
        mb_finding_add(reasons, "torque-zero",
                       "the torque zero moved by %.4g N m, allowed are %g %% of the transducer's %g N m",
                       drift, 100 * ZERO_SHARE, chain->range_nm);
}

void mb_gate_torque(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    struct mb_findings found = {.count = 0};

    if (!mb_has_residual(input))
        return;
    warn_correction(input, result);
    mb_torque_chain_check(&input->torque, lowest_reading_nm(input), &found);
    for (size_t i = 0; i < found.count; i++)
        mb_remark_reason(result,
                         strcmp(found.items[i].word, "torque-range") == 0 ? MB_REASON_TORQUE_RANGE
                                                                          : MB_REASON_TORQUE_ZERO,
                         "%s", found.items[i].text);
}
