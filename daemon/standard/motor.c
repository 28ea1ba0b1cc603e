/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/motor.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const mb_motor_kind_names[] = {
    "three-phase-induction",
    "single-phase-capacitor-start",
    "single-phase-capacitor-run",
    "single-phase-two-value",
    "three-phase-pm-line-start",
    "pm-converter-fed",
    "three-phase-synchronous",
    "single-phase-synchronous",
    "dc",
    "converter-fed-induction",
    "hv-cage-induction",
    "wound-rotor-induction",
    "ev-drive",
    "bldc-fan",
    "bldc-appliance",
    "ac-commutator",
    NULL,
};
_Static_assert(sizeof mb_motor_kind_names / sizeof *mb_motor_kind_names == MB_KIND_COUNT + 1,
               "a name for each kind");

const char *const mb_sealing_ring_names[] = {"not-stated", "fitted", "removed", "none", NULL};

const char *const mb_brush_names[] = {"not-stated", "carbon", "metal-graphite", "none", NULL};

void mb_motor_init(struct mb_motor *motor)
{
    *motor = (struct mb_motor){
        .rated = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0, NULL, NULL, NULL},
        .frame = {.shaft_height_mm = NAN},
        .drive = {NAN, NAN, NAN, NAN, NAN, NAN},
        .label = {.efficiency = NAN, .power_w = NAN},
    };
}

static void free_texts(char **const texts[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(*texts[i]);
        *texts[i] = NULL;
    }
}

void mb_evidence_clear(struct mb_evidence *e)
{
    free(e->indicator);
    free(e->standard);
    free(e->document);
    *e = (struct mb_evidence){.value = NAN};
}

void mb_motor_clear(struct mb_motor *motor)
{
    struct mb_motor *m = motor;
    struct mb_sample *s;

    if (!m)
        return;
    s = &m->sample;
    char **const texts[] = {
        &m->id,
        &m->manufacturer,
        &m->model,
        &m->serial_number,
        &m->production_date,
        &m->conductor,
        &m->rated.duty,
        &m->rated.connection,
        &m->rated.thermal_class,
        &m->frame.mounting,
        &m->frame.cooling,
        &m->frame.protection,
        &m->ccc.certificate,
        &m->ccc.holder,
        &m->ccc.factory,
        &m->ccc.issued,
        &m->ccc.valid_until,
        &m->ccc.mark,
        &m->ccc.route,
        &m->label.producer,
        &m->label.model,
        &m->label.standard,
        &m->label.registration,
        &s->origin,
        &s->level,
        &s->task,
        &s->organiser,
        &s->item_list,
        &s->stage,
        &s->producer,
        &s->producer_credit_code,
        &s->seller,
        &s->batch,
        &s->number,
        &s->sampled,
        &s->unit,
        &s->received,
        &s->objection,
    };
    free_texts(texts, sizeof texts / sizeof *texts);
    for (size_t i = 0; i < m->claim_count; i++)
        free(m->claims[i]);
    for (size_t i = 0; i < m->sold_for_count; i++)
        free(m->sold_for[i]);
    for (size_t i = 0; i < m->evidence_count; i++)
        mb_evidence_clear(&m->evidence[i]);
    free(m->evidence);
    mb_motor_init(m);
}

double mb_brush_drop_v(enum mb_brushes brushes)
{
    static const double drops_v[] = {[MB_BRUSHES_NOT_STATED] = 2.0,
                                     [MB_BRUSHES_CARBON] = 2.0,
                                     [MB_BRUSHES_METAL_GRAPHITE] = 0.6,
                                     [MB_BRUSHES_NONE] = 0};

    return drops_v[brushes];
}

double mb_motor_conductor_k(const struct mb_motor *motor)
{
    return motor->conductor && strcmp(motor->conductor, "aluminium") == 0 ? 225 : 235;
}

double mb_motor_synchronous_speed(const struct mb_motor *motor)
{
    if (motor->rated.frequency_hz <= 0)
        return motor->rated.speed_rpm;
    return 120 * motor->rated.frequency_hz / motor->rated.poles;
}

bool mb_motor_is_synchronous(const struct mb_motor *motor)
{
    return motor->kind == MB_KIND_THREE_PHASE_PM_LINE_START || motor->kind == MB_KIND_PM_CONVERTER_FED ||
           motor->kind == MB_KIND_THREE_PHASE_SYNCHRONOUS || motor->kind == MB_KIND_SINGLE_PHASE_SYNCHRONOUS;
}

double mb_motor_torque_nm(const struct mb_motor *motor, double n_rpm)
{
    return motor->rated.power_w / (2 * M_PI / 60 * n_rpm);
}

int mb_motor_kinds_parse(const char *text, unsigned *ret)
{
    unsigned kinds = 0;

    if (strcmp(text, "*") == 0) {
        *ret = (1u << MB_KIND_COUNT) - 1;
        return 0;
    }
    while (*text) {
        size_t n = strcspn(text, ";");
        unsigned k = 0;

        while (k < MB_KIND_COUNT &&
               !(strlen(mb_motor_kind_names[k]) == n && strncmp(mb_motor_kind_names[k], text, n) == 0))
            k++;
        if (k == MB_KIND_COUNT)
            return -EINVAL;
        kinds |= 1u << k;
        text += n + (text[n] == ';');
    }
    if (kinds == 0)
        return -EINVAL;
    *ret = kinds;
    return 0;
}

#define LOW_STARTING_CURRENT 4.5 /* of rated current [M+] */

const char *mb_motor_starting_current(const struct mb_motor *motor)
{
    return motor->rated.locked_rotor_current_ratio < LOW_STARTING_CURRENT ? "low" : "normal";
}
