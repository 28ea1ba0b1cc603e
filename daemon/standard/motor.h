/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The motor as its nameplate and its sample papers describe it (interfaces.md, Motor file). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "data/data.h"

enum mb_motor_kind {
    MB_KIND_THREE_PHASE_INDUCTION,
    MB_KIND_SINGLE_PHASE_CAPACITOR_START,
    MB_KIND_SINGLE_PHASE_CAPACITOR_RUN,
    MB_KIND_SINGLE_PHASE_TWO_VALUE,
    MB_KIND_THREE_PHASE_PM_LINE_START,
    MB_KIND_PM_CONVERTER_FED,
    MB_KIND_THREE_PHASE_SYNCHRONOUS,
    MB_KIND_SINGLE_PHASE_SYNCHRONOUS,
    MB_KIND_DC,
    MB_KIND_CONVERTER_FED_INDUCTION,
    MB_KIND_HV_CAGE_INDUCTION,
    MB_KIND_WOUND_ROTOR_INDUCTION,
    MB_KIND_EV_DRIVE,
    MB_KIND_BLDC_FAN,
    MB_KIND_BLDC_APPLIANCE,
    MB_KIND_AC_COMMUTATOR,
    MB_KIND_COUNT
};
extern const char *const mb_motor_kind_names[]; /* in the order of the enum, NULL at the end */
/* Kinds of motor between semicolons, or * for all: bits 1 << enum mb_motor_kind. -EINVAL. */
int mb_motor_kinds_parse(const char *text, unsigned *ret);

enum mb_sealing_ring { MB_SEAL_NOT_STATED, MB_SEAL_FITTED, MB_SEAL_REMOVED, MB_SEAL_NONE };
extern const char *const mb_sealing_ring_names[]; /* "not-stated", "fitted", "removed", "none", NULL */

/* Of a commutator, or of slip rings that feed the field. */
enum mb_brushes { MB_BRUSHES_NOT_STATED, MB_BRUSHES_CARBON, MB_BRUSHES_METAL_GRAPHITE, MB_BRUSHES_NONE };
extern const char *const mb_brush_names[]; /* "not-stated", "carbon", "metal-graphite", "none", NULL */
/* V: what both brushes in series drop, 2.0 where nothing is stated [M]. */
double mb_brush_drop_v(enum mb_brushes brushes);

#define MB_MOTOR_LIST_MAX 16

struct mb_motor_rated {
    double power_w, voltage_v, frequency_hz;               /* always given */
    double current_a, speed_rpm, power_factor, efficiency; /* NAN: not given */
    /* Of rated current and rated torque, as makers declare them; NAN: not given. */
    double locked_rotor_current_ratio, locked_rotor_torque_ratio, breakdown_torque_ratio,
        pull_up_torque_ratio, pull_out_torque_ratio, pull_in_torque_ratio;
    double excitation_a; /* of a field winding with a supply of its own, at rated load; NAN: not given */
    int poles;           /* even, 2..., always given */
    char *connection, *duty, *thermal_class; /* star|delta; S1..S10; letter of IEC 60085: 155(F) is "F" */
};

struct mb_motor_frame {
    double shaft_height_mm; /* NAN */
    char *mounting, *cooling, *protection;
};

/* What the maker of an ev-drive declares beside the rated values; NAN: not given. */
struct mb_motor_drive {
    double voltage_max_v; /* highest direct voltage of its supply */
    double speed_max_rpm;
    double peak_torque_nm, peak_power_w, peak_time_s; /* the power bounds the torque at high speed */
    double winding_limit_c;
};

/* The mark of compulsory certification, as found on the motor or in its papers. Dates are YYYY-MM-DD. */
struct mb_motor_ccc {
    char *certificate, *holder, *factory, *issued, *valid_until, *mark, *route;
};

/* The energy-efficiency label as printed. */
struct mb_motor_label {
    int grade;                  /* 0: not given */
    double efficiency, power_w; /* NAN: not given */
    int poles;                  /* 0: not given */
    char *producer, *model, *standard, *registration;
};

/* Where the sample comes from (supervision keeps all of it with the result). NULL: not given. */
struct mb_sample {
    char *origin, *level, *task, *organiser, *stage, *producer, *producer_credit_code, *seller, *batch,
        *number;
    char *sampled, *unit;       /* unit: tested|spare */
    char *received, *objection; /* days on which the producer got the result, and objected to it */
    char *item_list; /* of supervision.csv; NULL: the newest for this kind where the sample is a random one */
};

/* What speaks for one indicator of a product standard or a green-design assessment. */
struct mb_evidence {
    char *indicator, *standard, *document; /* standard NULL: of any that has the indicator */
    double value;                          /* as measured, in the indicator's unit; NAN */
};
#define MB_EVIDENCE_MAX 64

struct mb_motor {
    char *id, *manufacturer, *model, *serial_number, *production_date; /* NULL: not given */
    int kind;                                                          /* enum mb_motor_kind */
    struct mb_motor_rated rated;
    struct mb_motor_frame frame;
    struct mb_motor_drive drive;
    char *conductor; /* "copper" (default) or "aluminium": decides k, procedures 0.2 */
    char *claims[MB_MOTOR_LIST_MAX];
    size_t claim_count;
    char *sold_for[MB_MOTOR_LIST_MAX];
    size_t sold_for_count;
    int sealing_ring; /* enum mb_sealing_ring */
    int brushes;      /* enum mb_brushes */
    bool compensated; /* direct current: has a compensating winding */
    struct mb_motor_ccc ccc;
    struct mb_motor_label label;
    struct mb_sample sample;
    struct mb_evidence *evidence;
    size_t evidence_count;
};

/* All texts NULL, all numbers NAN. */
void mb_motor_init(struct mb_motor *motor);
void mb_motor_clear(struct mb_motor *motor);
void mb_evidence_clear(struct mb_evidence *evidence);
/* 235 K for copper, 225 K for aluminium. */
double mb_motor_conductor_k(const struct mb_motor *motor);
/* r/min: 60 f / pole pairs; of a direct-current motor, which has none, its rated speed (NAN: not given). */
double mb_motor_synchronous_speed(const struct mb_motor *motor);
/* Turns with the field at any load. */
bool mb_motor_is_synchronous(const struct mb_motor *motor);
/* N m: of rated output at this speed, P / (2 pi n / 60); the rated torque at rated speed. */
double mb_motor_torque_nm(const struct mb_motor *motor, double n_rpm);

/* "low" where the declared starting current is below 4.5 times the rated one [M+], else "normal": it decides
 * which over-torque and which breakdown torque are asked for. */
const char *mb_motor_starting_current(const struct mb_motor *motor);

/* What a map `motor:` must have beyond id, kind and rated {power_w, voltage_v, frequency_hz, poles}: nothing,
 * or the rated current and speed too. A plan and an evaluation need the minimum; a run sets its torque and
 * limits by the nameplate. */
enum mb_motor_need { MB_MOTOR_NEED_MINIMUM, MB_MOTOR_NEED_NAMEPLATE };
/* Reads the map under `motor:`; impossible declared values (three poles, negative power) are errors with the
 * line. */
int mb_motor_read(const struct mb_node *map, enum mb_motor_need need, struct mb_motor *motor,
                  struct mb_error *err);
/* Reads the map under `sample:`. */
int mb_sample_read(const struct mb_node *map, struct mb_sample *sample, struct mb_error *err);
/* Reads a whole motor file: `motor:` (the minimum) and the optional `sample:`. */
int mb_motor_load(const char *path, struct mb_motor *motor, struct mb_error *err);
int mb_motor_parse(const char *name, const char *text, size_t size, struct mb_motor *motor,
                   struct mb_error *err);
