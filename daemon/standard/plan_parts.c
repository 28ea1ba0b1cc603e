/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/plan_parts.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define KIND(name) (1u << MB_KIND_##name)
#define CONVERTED_KINDS                                                                                      \
    (KIND(THREE_PHASE_INDUCTION) | KIND(SINGLE_PHASE_CAPACITOR_START) | KIND(SINGLE_PHASE_CAPACITOR_RUN) |   \
     KIND(SINGLE_PHASE_TWO_VALUE) | KIND(THREE_PHASE_PM_LINE_START) | KIND(THREE_PHASE_SYNCHRONOUS) |        \
     KIND(SINGLE_PHASE_SYNCHRONOUS) | KIND(WOUND_ROTOR_INDUCTION))
#define UNCONVERTED_KINDS (KIND(DC) | KIND(AC_COMMUTATOR))

/* CCC, CNCA-C04-01 (procedures F3; public pages, verified): drive motors, above 36 V and below 1000 V AC or
 * 1500 V DC. */
#define CCC_POWER_W 1100.
#define CCC_SPEED_RPM 1500.
#define CCC_VOLTAGE_MIN_V 36.
#define CCC_VOLTAGE_AC_V 1000.
#define CCC_VOLTAGE_DC_V 1500.

static bool sold_as(const struct mb_motor *motor, const char *use)
{
    for (size_t i = 0; i < motor->sold_for_count; i++)
        if (strcmp(motor->sold_for[i], use) == 0)
            return true;
    return false;
}

/* Always false or true with a reason, so that every way out is one line. */
static bool because(bool answer, char *reason, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool because(bool answer, char *reason, size_t size, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(reason, size, format, ap);
    va_end(ap);
    return answer;
}

bool mb_scheme_ccc(const struct mb_motor *m, char *ret_reason, size_t size)
{
    unsigned kind = 1u << m->kind;
    double volts_max = m->kind == MB_KIND_DC ? CCC_VOLTAGE_DC_V : CCC_VOLTAGE_AC_V, synchronous;

    if (!(kind & (CONVERTED_KINDS | UNCONVERTED_KINDS)))
        return because(false, ret_reason, size, "%s motors are not among the small-power motors of CCC",
                       mb_motor_kind_names[m->kind]);
    if (m->sold_for_count > 0 && !sold_as(m, "drive"))
        return because(false, ret_reason, size,
                       "CCC covers motors sold for driving, this one is sold for '%.40s'", m->sold_for[0]);
    if (m->rated.voltage_v <= CCC_VOLTAGE_MIN_V || m->rated.voltage_v >= volts_max)
        return because(false, ret_reason, size, "rated voltage %g V is not above %g V and below %g V",
                       m->rated.voltage_v, CCC_VOLTAGE_MIN_V, volts_max);
    if (kind & UNCONVERTED_KINDS)
        return because(
            m->rated.power_w <= CCC_POWER_W, ret_reason, size,
            "rated power %g W against %g W, not converted for commutator and DC motors (CNCA-C04-01)",
            m->rated.power_w, CCC_POWER_W);
    synchronous = mb_motor_synchronous_speed(m);
    return because(
        m->rated.power_w * CCC_SPEED_RPM <= CCC_POWER_W * synchronous, ret_reason, size,
        "rated power %g W at the synchronous speed %g r/min is %.6g W converted to %g r/min, limit %g W "
        "(CNCA-C04-01; self-declaration until 2026-12-31, certificate and mark from 2027-01-01)%s",
        m->rated.power_w, synchronous, m->rated.power_w * CCC_SPEED_RPM / synchronous, CCC_SPEED_RPM,
        CCC_POWER_W, m->sold_for_count ? "" : "; sold_for is not given, taken as drive");
}

/* CEL 007-2021 rests on GB 18613-2020; its own bounds of power and poles were not found (mark uncertain). */
static bool scheme_label(const struct mb_motor *m, const struct mb_plan *plan, char *ret_reason, size_t size)
{
    const struct mb_plan_standard *s = mb_plan_find(plan, "GB 18613");

    if (m->kind != MB_KIND_THREE_PHASE_INDUCTION)
        return because(false, ret_reason, size,
                       "CEL 007 covers small and medium three-phase asynchronous motors");
    if (!s || s->basis != MB_BASIS_MANDATORY)
        return because(false, ret_reason, size,
                       "CEL 007 rests on GB 18613, which does not apply to this motor");
    return because(true, ret_reason, size,
                   "GB 18613-%s applies, so the motor must carry the energy label (CEL 007-2021); the label "
                   "rule's own bounds "
                   "of power and poles are not confirmed",
                   s->edition);
}

void mb_plan_add_schemes(const struct mb_motor *motor, struct mb_plan *plan)
{
    struct mb_plan_scheme *ccc = &plan->schemes[plan->scheme_count++],
                          *label = &plan->schemes[plan->scheme_count++];

    ccc->id = "CCC";
    ccc->applies = mb_scheme_ccc(motor, ccc->reason, sizeof ccc->reason);
    label->id = "CEL";
    label->applies = scheme_label(motor, plan, label->reason, sizeof label->reason);
}

static void advise(struct mb_plan *plan, const char *id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void advise(struct mb_plan *plan, const char *id, const char *format, ...)
{
    struct mb_plan_advice *a = &plan->advice[plan->advice_count++];
    va_list ap;

    a->id = id;
    va_start(ap, format);
    (void)vsnprintf(a->text, sizeof a->text, format, ap);
    va_end(ap);
}

static const struct mb_plan_item *find_item(const struct mb_plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->item_count; i++)
        if (strcmp(plan->items[i].id, id) == 0)
            return &plan->items[i];
    return NULL;
}

void mb_plan_add_advice(const struct mb_motor *motor, struct mb_plan *plan)
{
    const struct mb_plan_item *efficiency = find_item(plan, "efficiency");

    if (!efficiency)
        return;
    if (motor->sealing_ring == MB_SEAL_FITTED)
        advise(plan, "sealing-ring",
               "The shaft sealing ring can change the efficiency by more than one percent (points or "
               "relative is not known). The "
               "protection level is not inspected in this plan, so removing the ring from the sampled motor "
               "before the "
               "efficiency test is recommended; then state 'sealing_ring: removed'. Where the protection "
               "level is inspected "
               "too, the ring stays for that item.");
    if (motor->sealing_ring == MB_SEAL_NOT_STATED)
        advise(plan, "sealing-ring",
               "The motor file does not say whether a shaft sealing ring is fitted: state sealing_ring: "
               "fitted, removed or "
               "none. An efficiency run without it is refused.");
    if (motor->rated.efficiency < efficiency->limit)
        advise(plan, "declared-efficiency",
               "The declared efficiency %g is below the limit %g: a declared value laxer than a mandatory "
               "standard does not "
               "decide.",
               motor->rated.efficiency, efficiency->limit);
}
