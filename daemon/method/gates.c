/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gates over single readings (procedures 0.4, A1.4, A1.7). A reading outside a gate makes the test invalid,
 * never a failed motor. One remark a gate: the worst reading, and how many there are. */
#include "method/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "method/remark.h"
#include "method/rules.h"

#define PLACE_MAX 64

/* The electrical side that all kinds of readings share. */
struct view {
    char place[PLACE_MAX];
    double u_v, i_a, p_w, f_hz, s_va;
    bool at_rated_voltage; /* no-load voltages vary on purpose */
};

/* The readings of a gate that fail it. */
struct breach {
    size_t count;
    double excess, value; /* of the worst */
    char place[PLACE_MAX];
};

static void breach_add(struct breach *b, const char *place, double value, double excess)
{
    if (b->count++ && !(excess > b->excess))
        return;
    b->excess = excess;
    b->value = value;
    (void)snprintf(b->place, sizeof b->place, "%s", place);
}

/* " (worst of 3 readings)", or nothing */
static const char *breach_count(const struct breach *b, char text[PLACE_MAX])
{
    text[0] = '\0';
    if (b->count > 1)
        (void)snprintf(text, PLACE_MAX, " (worst of %zu readings)", b->count);
    return text;
}

static void name_load_point(char place[PLACE_MAX], const struct mb_efficiency_input *input, size_t i)
{
    if (isnan(input->load[i].load_percent))
        (void)snprintf(place, PLACE_MAX, "load point %zu", i + 1);
    else
        (void)snprintf(place, PLACE_MAX, "load point %zu (%.4g %%)", i + 1, input->load[i].load_percent);
}

static void view_load(const struct mb_efficiency_input *input, const struct mb_load_point *p, size_t i,
                      struct view *ret)
{
    *ret = (struct view){.u_v = p->u_v,
                         .i_a = p->i_a,
                         .p_w = p->p1_w,
                         .f_hz = p->f_hz,
                         .s_va = p->s_va,
                         .at_rated_voltage = true};
    if (i < input->load_count)
        name_load_point(ret->place, input, i);
    else
        (void)snprintf(ret->place, sizeof ret->place, "rated load");
}

/* The k-th reading: load points, no-load points, the rated-load reading; false past the last. */
static bool view_at(const struct mb_efficiency_input *input, size_t k, struct view *ret)
{
    const struct mb_no_load_point *p;
    struct mb_load_point rated;

    if (k < input->load_count) {
        view_load(input, &input->load[k], k, ret);
        return true;
    }
    k -= input->load_count;
    if (k < input->no_load_count) {
        p = &input->no_load[k];
        *ret = (struct view){.u_v = p->u_v, .i_a = p->i_a, .p_w = p->p0_w, .f_hz = p->f_hz, .s_va = p->s_va};
        (void)snprintf(ret->place, sizeof ret->place, "no-load point %zu (%.5g V)", k + 1, p->u_v);
        return true;
    }
    if (k > input->no_load_count || !input->has_rated_load)
        return false;
    rated = mb_rated_point(input);
    view_load(input, &rated, input->load_count, ret);
    return true;
}

static void gate_frequency(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    const struct mb_edition *edition = mb_input_edition(input);
    struct breach b = {0};
    char more[PLACE_MAX];
    struct view v;

    for (size_t k = 0; view_at(input, k, &v); k++) {
        double off = fabs(v.f_hz / input->rated_frequency_hz - 1);

        if (!isnan(v.f_hz) && !(off <= edition->frequency.value + MB_ROUNDING))
            breach_add(&b, v.place, v.f_hz, off);
    }
    if (b.count)
        mb_remark_reason(result, MB_REASON_SUPPLY_FREQUENCY,
                         "%s: %.3f Hz is %.3f %% off the rated %g Hz, allowed %.1f %% (%s)%s", b.place,
                         b.value, 100 * b.excess, input->rated_frequency_hz, 100 * edition->frequency.value,
                         edition->name, breach_count(&b, more));
}

static void gate_voltage(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    struct breach b = {0};
    char more[PLACE_MAX];
    struct view v;

    for (size_t k = 0; view_at(input, k, &v); k++) {
        double off = fabs(v.u_v / input->rated_voltage_v - 1);

        if (v.at_rated_voltage && !(off <= MB_VOLTAGE_GATE + MB_ROUNDING))
            breach_add(&b, v.place, v.u_v, off);
    }
    if (b.count)
        mb_remark_reason(result, MB_REASON_SUPPLY_VOLTAGE,
                         "%s: %.2f V is %.3f %% off the rated %g V, allowed %.1f %%%s", b.place, b.value,
                         100 * b.excess, input->rated_voltage_v, 100 * MB_VOLTAGE_GATE,
                         breach_count(&b, more));
}

void mb_gate_supply(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    gate_frequency(input, result);
    gate_voltage(input, result);
}

void mb_gate_meter(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    struct breach meter = {0}, factor = {0};
    /* Excitation or a capacitor can bring the power factor to one, and the meter's errors beyond it. */
    double most = 1 + (input->synchronous || input->phases == 1 ? MB_METER_GATE : MB_ROUNDING);
    char more[PLACE_MAX];
    struct view v;

    for (size_t k = 0; view_at(input, k, &v); k++) {
        double apparent_va = (input->phases == 1 ? 1 : sqrt(3)) * v.u_v * v.i_a, cosine = v.p_w / apparent_va;

        if (!isnan(v.s_va) && !(fabs(v.s_va / apparent_va - 1) <= MB_METER_GATE))
            breach_add(&meter, v.place, v.s_va / apparent_va, fabs(v.s_va / apparent_va - 1));
        if (!(cosine > 0 && cosine <= most))
            breach_add(&factor, v.place, cosine, fabs(cosine - 0.5));
    }
    if (meter.count)
        mb_remark_reason(
            result, MB_REASON_METER_INCONSISTENT,
            "%s: the meter's apparent power is %.4f of that from its voltage and current, allowed 1 +- %g%s",
            meter.place, meter.value, MB_METER_GATE, breach_count(&meter, more));
    if (factor.count)
        mb_remark_reason(
            result, MB_REASON_POWER_FACTOR,
            "%s: a power factor of %.4f follows from power, voltage and current, it must be above 0 and "
            "at most 1%s",
            factor.place, factor.value, breach_count(&factor, more));
}

static bool sensors_give_resistance(const struct mb_efficiency_input *input)
{
    for (size_t i = 0; i < input->load_count; i++)
        if (isnan(input->load[i].r_ohm))
            return false;
    return true;
}

static bool no_load_sensors_give_resistance(const struct mb_efficiency_input *input)
{
    for (size_t i = 0; i < input->no_load_count; i++)
        if (isnan(input->no_load[i].r_ohm))
            return false;
    return true;
}

/* A field winding with a supply of its own, and what it takes is not known. */
static bool lacks_excitation(const struct mb_efficiency_input *input)
{
    struct mb_load_point rated = mb_rated_point(input);
    bool missing = input->has_rated_load && isnan(mb_excitation_w(input, &rated));

    for (size_t i = 0; i < input->load_count; i++)
        missing = missing || isnan(mb_excitation_w(input, &input->load[i]));
    return missing;
}

void mb_gate_sections(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    bool losses = mb_sums_losses(input), b = input->method == MB_METHOD_2_1_1B,
         load_r = sensors_give_resistance(input), no_load_r = no_load_sensors_give_resistance(input);
    const struct {
        bool missing;
        const char *what;
    } parts[] = {
        {losses && (isnan(input->cold_resistance_ohm) || isnan(input->cold_temperature_c)), "cold"},
        {losses && !input->has_rated_load, "rated_load"},
        {losses && input->has_rated_load && isnan(input->rated_load.coolant_c), "rated_load.coolant_c"},
        {mb_has_residual(input) && input->has_rated_load && isnan(input->rated_load.t_nm), "rated_load.t_nm"},
        {input->method == MB_METHOD_2_1_1F && !input->stray, "removed_rotor and reverse_rotation"},
        {lacks_excitation(input), "excitation_supply_v and excitation_a"},
        {losses && input->cooling_count == 0, "cooling"},
        {input->load_count == 0 && (b || !input->has_rated_load), "load.points"},
        {b && !load_r && isnan(input->load_r_before_ohm), "load.r_before_ohm"},
        {b && !load_r && isnan(input->load_r_after_ohm), "load.r_after_ohm"},
        {losses && input->no_load_count == 0, "no_load.points"},
        {losses && !no_load_r && isnan(input->no_load_r_before_ohm), "no_load.r_before_ohm"},
        {losses && !no_load_r && isnan(input->no_load_r_after_ohm), "no_load.r_after_ohm"},
    };
    char list[180] = "";
    size_t used = 0;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].missing)
            used +=
                (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", parts[i].what);
    if (used)
        mb_remark_reason(result, MB_REASON_MISSING_DATA, "the sheet does not give %s", list);
    if (losses && !(input->cold_resistance_ohm > 0) && !isnan(input->cold_resistance_ohm))
        mb_remark_reason(result, MB_REASON_WINDING_TEMPERATURE, "a cold resistance of %g ohm is not possible",
                         input->cold_resistance_ohm);
}

struct arrangement {
    size_t below, above; /* from 25 % up to and including 100 %, and above that */
    double lowest, highest, widest_step;
    bool falls, at_full;
};

static struct arrangement arrange(const struct mb_efficiency_input *input)
{
    struct arrangement a = {.lowest = INFINITY,
                            .highest = -INFINITY,
                            .falls = true,
                            .at_full = mb_load_reference(input) < input->load_count};
    double room = MB_LOAD_TARGET_PERCENT + MB_ROUNDING, previous = NAN;

    for (size_t i = 0; i < input->load_count; i++) {
        double percent = input->load[i].load_percent;

        a.falls = a.falls && (i == 0 || !(percent >= input->load[i - 1].load_percent)); /* if stated */
        a.lowest = fmin(a.lowest, percent);
        a.highest = fmax(a.highest, percent);
        if (percent <= 100 + room) {
            a.below++;
            a.widest_step = fmax(a.widest_step, fabs(previous - percent));
            previous = percent;
        } else {
            a.above++;
        }
    }
    return a;
}

static void warn_off_target(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    size_t reference = mb_load_reference(input);
    struct breach b = {0};
    char place[PLACE_MAX], more[PLACE_MAX];

    for (size_t i = 0; reference < input->load_count && i < input->load_count; i++) {
        double percent = 100 * input->load[i].t_nm / input->load[reference].t_nm;
        double off = fabs(percent - input->load[i].load_percent);

        name_load_point(place, input, i);
        if (!(off <= MB_LOAD_TARGET_PERCENT))
            breach_add(&b, place, percent, off);
    }
    if (b.count)
        mb_remark_warning(result, MB_REASON_LOAD_POINTS,
                          "%s: the torque is %.2f %% of that of the 100 %% point%s", b.place, b.value,
                          breach_count(&b, more));
}

/* A1.4; the order also where a resistance between the points is a matter of their order, and with one phase
 * (A2). Which points there are is free but for 2-1-1B, and all of it in 2-1-1A with three phases. */
void mb_gate_load_points(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    struct arrangement a = arrange(input);

    if (!a.falls && (mb_sums_losses(input) || input->phases == 1))
        mb_remark_reason(result, MB_REASON_LOAD_POINTS,
                         "the load points do not fall from the highest load on");
    if (input->method != MB_METHOD_2_1_1B || input->load_count == 0)
        return;
    warn_off_target(input, result);
    if (input->load_count < MB_LOAD_COUNT_MIN || a.below < MB_LOAD_BELOW_MIN || a.above < MB_LOAD_ABOVE_MIN)
        mb_remark_reason(result, MB_REASON_LOAD_POINTS,
                         "load points: %zu, up to 100 %%: %zu, above: %zu; needed are at least %d, %d and %d",
                         input->load_count, a.below, a.above, MB_LOAD_COUNT_MIN, MB_LOAD_BELOW_MIN,
                         MB_LOAD_ABOVE_MIN);
    if (!a.at_full)
        mb_remark_reason(result, MB_REASON_LOAD_POINTS, "there is no load point at 100 %%");
    if (!(a.lowest >= MB_LOAD_LOWEST_PERCENT - MB_LOAD_TARGET_PERCENT) ||
        !(a.highest <= MB_LOAD_HIGHEST_PERCENT + MB_LOAD_TARGET_PERCENT))
        mb_remark_reason(result, MB_REASON_LOAD_POINTS,
                         "the load points reach from %g to %g %%, allowed: %g to %g %%", a.lowest, a.highest,
                         MB_LOAD_LOWEST_PERCENT, MB_LOAD_HIGHEST_PERCENT);
    if (a.below >= MB_LOAD_BELOW_MIN &&
        a.widest_step > MB_LOAD_SPACING_RATIO * (100 - a.lowest) / (double)(a.below - 1))
        mb_remark_reason(result, MB_REASON_LOAD_POINTS,
                         "the points up to 100 %% are not about equally spaced: one step is %g points of "
                         "load, the mean %.1f",
                         a.widest_step, (100 - a.lowest) / (double)(a.below - 1));
}

void mb_gate_winding(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    const struct mb_edition *edition = mb_input_edition(input);
    double r_ohm = input->load_r_before_ohm, theta;

    if (isnan(r_ohm) && input->load_count)
        r_ohm = input->load[0].r_ohm;
    theta = mb_winding_temperature_c(input, r_ohm);
    if (isnan(theta) || isnan(result->winding.temperature_c))
        return;
    if (!(fabs(theta - result->winding.temperature_c) <= edition->winding_k.value + MB_ROUNDING))
        mb_remark_defect(
            input, result, MB_REASON_WINDING_TEMPERATURE,
            "the winding had %.2f degC before the load curve and %.2f degC at the end of the rated-load "
            "test, allowed difference %g K (%s)",
            theta, result->winding.temperature_c, edition->winding_k.value, edition->name);
}

struct shaft {
    bool regression_accepted;
    struct breach slip, torque, residual, iron;
};

static bool supply_is_right(const struct mb_efficiency_input *input, double u_v)
{
    return fabs(u_v / input->rated_voltage_v - 1) <= MB_VOLTAGE_GATE + MB_ROUNDING;
}

/* The number of poles also decides which limit is looked up: it must not be wrong where no loss follows from
 * the slip, either. */
static bool slip_is_possible(const struct mb_efficiency_input *input, double load_percent, double slip)
{
    bool sweeps =
        !mb_sums_losses(input) && !(load_percent <= MB_LOAD_HIGHEST_PERCENT + MB_LOAD_TARGET_PERCENT);

    if (input->free_speed)
        return true;
    if (input->synchronous)
        return isnan(slip) || fabs(slip) <= MB_SLIP_SYNCHRONOUS;
    return slip > 0 && slip < (sweeps ? MB_SLIP_MAX_DIRECT : MB_SLIP_MAX);
}

static void check_shaft(const struct mb_efficiency_input *input, const struct mb_load_point *reading,
                        const struct mb_load_result *losses, const char *place, struct shaft *shaft)
{
    bool torque_known = !isnan(reading->t_nm) || mb_has_residual(input);
    double direct = losses->output_w / (reading->p1_w + mb_excitation_w(input, reading));
    double slip = 1 - input->poles / 2.0 * reading->n_rpm / 60 / reading->f_hz;
    double share = shaft->regression_accepted || !mb_has_residual(input) ? losses->efficiency : NAN;

    if (!slip_is_possible(input, reading->load_percent, slip))
        breach_add(&shaft->slip, place, slip, fabs(slip - 0.05));
    if (torque_known && !(losses->output_w > 0))
        breach_add(&shaft->torque, place, direct, -losses->output_w);
    else if (torque_known && !isnan(direct) && !(direct > 0 && direct < 1))
        breach_add(&shaft->torque, place, direct, fabs(direct));
    else if (!isnan(share) && !(share > 0 && share < 1))
        breach_add(&shaft->torque, place, share, fabs(share));
    if (mb_has_residual(input) && reading->load_percent >= MB_RESIDUAL_FROM_PERCENT - MB_ROUNDING &&
        losses->residual_w < 0)
        breach_add(&shaft->residual, place, losses->residual_w, -losses->residual_w);
    if (input->no_load_count && isfinite(losses->inner_voltage_v) && isnan(losses->iron_w) &&
        supply_is_right(input, reading->u_v))
        breach_add(&shaft->iron, place, losses->inner_voltage_v,
                   fabs(losses->inner_voltage_v - input->rated_voltage_v));
}

static void remark_shaft(const struct mb_efficiency_input *input, const struct shaft *shaft,
                         struct mb_efficiency_result *result)
{
    char more[PLACE_MAX];

    if (shaft->slip.count && input->synchronous)
        mb_remark_reason(
            result, MB_REASON_SLIP,
            "%s: slip %.4f, a motor of %d poles that turns with its field has none, allowed +- %g%s",
            shaft->slip.place, shaft->slip.value, input->poles, MB_SLIP_SYNCHRONOUS,
            breach_count(&shaft->slip, more));
    else if (shaft->slip.count)
        mb_remark_reason(result, MB_REASON_SLIP,
                         "%s: slip %.4f, a motor of %d poles under load has one above 0 and below %g%s",
                         shaft->slip.place, shaft->slip.value, input->poles, MB_SLIP_MAX,
                         breach_count(&shaft->slip, more));
    if (shaft->torque.count)
        mb_remark_reason(
            result, MB_REASON_TORQUE_SIGN,
            "%s: an efficiency of %.4f follows, output and efficiency must be above 0 and the efficiency "
            "below 1%s",
            shaft->torque.place, shaft->torque.value, breach_count(&shaft->torque, more));
    if (shaft->residual.count)
        mb_remark_defect(input, result, MB_REASON_RESIDUAL_NEGATIVE,
                         "%s: residual loss %.3f W, from %g %% load on it must not be below 0%s",
                         shaft->residual.place, shaft->residual.value, MB_RESIDUAL_FROM_PERCENT,
                         breach_count(&shaft->residual, more));
    if (shaft->iron.count)
        mb_remark_defect(
            input, result, MB_REASON_NO_LOAD_POINTS,
            "%s: the no-load points near the rated voltage do not reach its inner voltage of %.2f V%s",
            shaft->iron.place, shaft->iron.value, breach_count(&shaft->iron, more));
}

static bool is_rated_output(const struct mb_efficiency_input *input, double output_w)
{
    double share = output_w / input->rated_power_w;

    /* An output that is not above 0 has its own reason. */
    return !(share > 0) || (share >= 1 / MB_RATED_OUTPUT_MISFIT && share <= MB_RATED_OUTPUT_MISFIT);
}

/* Power or torque in another unit, or of another motor: the power also chooses the limit. */
static void check_rated_output(const struct mb_efficiency_input *input, const struct mb_load_result *rated,
                               struct mb_efficiency_result *result)
{
    double output_w = input->has_rated_load ? rated->output_w : NAN;

    for (size_t i = 0; i < input->load_count && !input->has_rated_load; i++)
        if (fabs(input->load[i].load_percent - 100) <= MB_LOAD_TARGET_PERCENT)
            output_w = result->points[i].output_w;
    if (!is_rated_output(input, output_w))
        mb_remark_reason(result, MB_REASON_LOAD_POINTS,
                         "at rated load there are %.6g W at the shaft, the rated output is %.6g W", output_w,
                         input->rated_power_w);
}

void mb_gate_shaft(const struct mb_efficiency_input *input, const struct mb_load_result *rated,
                   struct mb_efficiency_result *result)
{
    struct shaft shaft = {.regression_accepted = mb_regression_accepted(input, result)};
    struct mb_load_point reading;
    char place[PLACE_MAX];

    for (size_t i = 0; i < input->load_count; i++) {
        name_load_point(place, input, i);
        check_shaft(input, &input->load[i], &result->points[i], place, &shaft);
    }
    if (input->has_rated_load) {
        reading = mb_rated_point(input);
        check_shaft(input, &reading, rated, "rated load", &shaft);
    }
    check_rated_output(input, rated, result);
    remark_shaft(input, &shaft, result);
}
