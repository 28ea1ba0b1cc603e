/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The motor file and the map `motor:` of a sheet, through tables of fields; then what no single field can
 * tell. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "standard/date.h"
#include "standard/designation.h"
#include "standard/motor.h"

/* Generous bounds: they catch a wrong unit or a slipped digit, not an unusual motor. */
#define POWER_MAX_W 1e9
#define VOLTAGE_MAX_V 1e5
#define FREQUENCY_MAX_HZ 1e4
#define CURRENT_MAX_A 1e6
#define SPEED_MAX_RPM 1e6
#define RATIO_MAX 20 /* of starting currents and torques to rated ones */
#define HEIGHT_MAX_MM 5e3
#define TORQUE_MAX_NM 1e7
#define PEAK_MAX_S 3600
#define WINDING_MAX_C 500
#define POLES_MAX 200
#define EVIDENCE_MAX 1e9

#define TEXT(s, member)                                                                                      \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_STRING, .offset = offsetof(struct s, member)                        \
    }
#define NUMBER(s, member, must, top)                                                                         \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NUMBER, .offset = offsetof(struct s, member), .required = (must),   \
        .exclusive_minimum = true, .maximum = (top)                                                          \
    }
#define INTEGER(s, member, must, low, top)                                                                   \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_INTEGER, .offset = offsetof(struct s, member), .required = (must),  \
        .minimum = (low), .maximum = (top)                                                                   \
    }
#define NODE(s, member, must)                                                                                \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NODE, .offset = offsetof(struct s, member), .required = (must)      \
    }
#define MAP(member, must, table)                                                                             \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_MAP, .offset = offsetof(struct mb_motor, member),                   \
        .required = (must), .fields = (table)                                                                \
    }
#define CHOICE(member, must, words)                                                                          \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_CHOICE, .offset = offsetof(struct mb_motor, member),                \
        .required = (must), .choices = (words)                                                               \
    }

/* The motor first, so that the same offsets serve both; the lists wait for their own readers. */
struct motor_reading {
    struct mb_motor motor;
    const struct mb_node *claims, *sold_for;
};
_Static_assert(offsetof(struct motor_reading, motor) == 0, "offsets of struct mb_motor are used as they are");

struct file_reading {
    const struct mb_node *motor, *sample, *evidence;
};

static const struct mb_field rated_fields[] = {
    NUMBER(mb_motor_rated, power_w, true, POWER_MAX_W),
    NUMBER(mb_motor_rated, voltage_v, true, VOLTAGE_MAX_V),
    {.key = "frequency_hz", /* 0: direct current */
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct mb_motor_rated, frequency_hz),
     .required = true,
     .maximum = FREQUENCY_MAX_HZ},
    INTEGER(mb_motor_rated, poles, true, 2, POLES_MAX),
    NUMBER(mb_motor_rated, current_a, false, CURRENT_MAX_A),
    NUMBER(mb_motor_rated, speed_rpm, false, SPEED_MAX_RPM),
    NUMBER(mb_motor_rated, power_factor, false, 1),
    NUMBER(mb_motor_rated, efficiency, false, 1),
    NUMBER(mb_motor_rated, locked_rotor_current_ratio, false, RATIO_MAX),
    NUMBER(mb_motor_rated, locked_rotor_torque_ratio, false, RATIO_MAX),
    NUMBER(mb_motor_rated, breakdown_torque_ratio, false, RATIO_MAX),
    NUMBER(mb_motor_rated, pull_up_torque_ratio, false, RATIO_MAX),
    NUMBER(mb_motor_rated, pull_out_torque_ratio, false, RATIO_MAX),
    NUMBER(mb_motor_rated, pull_in_torque_ratio, false, RATIO_MAX),
    NUMBER(mb_motor_rated, excitation_a, false, CURRENT_MAX_A),
    TEXT(mb_motor_rated, connection),
    TEXT(mb_motor_rated, duty),
    TEXT(mb_motor_rated, thermal_class),
    {.key = NULL},
};

static const struct mb_field frame_fields[] = {
    NUMBER(mb_motor_frame, shaft_height_mm, false, HEIGHT_MAX_MM),
    TEXT(mb_motor_frame, mounting),
    TEXT(mb_motor_frame, cooling),
    TEXT(mb_motor_frame, protection),
    {.key = NULL},
};

static const struct mb_field drive_fields[] = {
    NUMBER(mb_motor_drive, voltage_max_v, false, VOLTAGE_MAX_V),
    NUMBER(mb_motor_drive, speed_max_rpm, false, SPEED_MAX_RPM),
    NUMBER(mb_motor_drive, peak_torque_nm, false, TORQUE_MAX_NM),
    NUMBER(mb_motor_drive, peak_power_w, false, POWER_MAX_W),
    NUMBER(mb_motor_drive, peak_time_s, false, PEAK_MAX_S),
    NUMBER(mb_motor_drive, winding_limit_c, false, WINDING_MAX_C),
    {.key = NULL},
};

static const struct mb_field ccc_fields[] = {
    TEXT(mb_motor_ccc, certificate), TEXT(mb_motor_ccc, holder),
    TEXT(mb_motor_ccc, factory),     TEXT(mb_motor_ccc, issued),
    TEXT(mb_motor_ccc, valid_until), TEXT(mb_motor_ccc, mark),
    TEXT(mb_motor_ccc, route),       {.key = NULL},
};

static const struct mb_field label_fields[] = {
    INTEGER(mb_motor_label, grade, false, 1, 5),
    NUMBER(mb_motor_label, efficiency, false, 1),
    NUMBER(mb_motor_label, power_w, false, POWER_MAX_W),
    INTEGER(mb_motor_label, poles, false, 2, POLES_MAX),
    TEXT(mb_motor_label, producer),
    TEXT(mb_motor_label, model),
    TEXT(mb_motor_label, standard),
    TEXT(mb_motor_label, registration),
    {.key = NULL},
};

static const struct mb_field motor_fields[] = {
    {.key = "id", .kind = MB_FIELD_STRING, .offset = offsetof(struct mb_motor, id), .required = true},
    CHOICE(kind, true, mb_motor_kind_names),
    MAP(rated, true, rated_fields),
    CHOICE(sealing_ring, false, mb_sealing_ring_names),
    CHOICE(brushes, false, mb_brush_names),
    {.key = "compensated", .kind = MB_FIELD_BOOL, .offset = offsetof(struct mb_motor, compensated)},
    TEXT(mb_motor, manufacturer),
    TEXT(mb_motor, model),
    TEXT(mb_motor, serial_number),
    TEXT(mb_motor, production_date),
    TEXT(mb_motor, conductor),
    MAP(frame, false, frame_fields),
    MAP(drive, false, drive_fields),
    MAP(ccc, false, ccc_fields),
    MAP(label, false, label_fields),
    NODE(motor_reading, claims, false),
    NODE(motor_reading, sold_for, false),
    {.key = NULL},
};

static const struct mb_field sample_fields[] = {
    TEXT(mb_sample, origin),
    TEXT(mb_sample, level),
    TEXT(mb_sample, task),
    TEXT(mb_sample, organiser),
    TEXT(mb_sample, stage),
    TEXT(mb_sample, producer),
    TEXT(mb_sample, producer_credit_code),
    TEXT(mb_sample, seller),
    TEXT(mb_sample, batch),
    TEXT(mb_sample, number),
    TEXT(mb_sample, sampled),
    TEXT(mb_sample, unit),
    TEXT(mb_sample, received),
    TEXT(mb_sample, objection),
    TEXT(mb_sample, item_list),
    {.key = NULL},
};

static const struct mb_field evidence_fields[] = {
    {.key = "indicator",
     .kind = MB_FIELD_STRING,
     .offset = offsetof(struct mb_evidence, indicator),
     .required = true},
    TEXT(mb_evidence, standard),
    TEXT(mb_evidence, document),
    {.key = "value",
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct mb_evidence, value),
     .minimum = -EVIDENCE_MAX,
     .maximum = EVIDENCE_MAX},
    {.key = NULL},
};

static const struct mb_field file_fields[] = {
    NODE(file_reading, motor, true),
    NODE(file_reading, sample, false),
    NODE(file_reading, evidence, false),
    {.key = NULL},
};

static const char *const connections[] = {"star", "delta", NULL};
static const char *const conductors[] = {"copper", "aluminium", NULL};
static const char *const ccc_marks[] = {"present", "absent", NULL};
static const char *const ccc_routes[] = {"self-declaration", "third-party", NULL};
static const char *const origins[] = {"random", "complaint", "certification", "commission", NULL};
static const char *const levels[] = {"national", "provincial", "municipal", "county", NULL};
static const char *const stages[] = {"production", "sale", NULL};
static const char *const units[] = {"tested", "spare", NULL};

/* One of the words, or absent (text NULL). */
static int check_word(const struct mb_node *map, const char *key, const char *text, const char *const words[],
                      struct mb_error *err)
{
    char allowed[160] = "";
    size_t used = 0;

    if (!text)
        return 0;
    for (size_t i = 0; words[i]; i++) {
        if (strcmp(words[i], text) == 0)
            return 0;
        if (used < sizeof allowed)
            used +=
                (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "", words[i]);
    }
    return mb_node_error(mb_node_get(map, key), err, "%s '%.40s' is not known, allowed: %s", key, text,
                         allowed);
}

static int check_date(const struct mb_node *map, const char *key, const char *text, struct mb_error *err)
{
    if (!text || mb_date_valid(text))
        return 0;
    return mb_node_error(mb_node_get(map, key), err, "%s '%.40s' is not a date, allowed: YYYY-MM-DD", key,
                         text);
}

/* IEC 60085: the letter alone or behind its temperature; the letter is kept. */
static int check_thermal_class(const struct mb_node *rated, char *text, struct mb_error *err)
{
    static const struct {
        const char *letter, *full;
    } classes[] = {{"Y", "90(Y)"},  {"A", "105(A)"}, {"E", "120(E)"}, {"B", "130(B)"},
                   {"F", "155(F)"}, {"H", "180(H)"}, {"N", "200(N)"}, {"R", "220(R)"}};

    if (!text)
        return 0;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(text, classes[i].letter) == 0 || strcmp(text, classes[i].full) == 0) {
            text[0] = classes[i].letter[0];
            text[1] = '\0';
            return 0;
        }
    return mb_node_error(
        mb_node_get(rated, "thermal_class"), err,
        "thermal_class '%.40s' is not known, allowed: Y, A, E, B, F, H, N, R or in full as 155(F)", text);
}

/* S1 to S10 of IEC 60034-1, with its parameters behind a blank ("S2 60 min"). */
static int check_duty(const struct mb_node *rated, const char *text, struct mb_error *err)
{
    size_t n;

    if (!text)
        return 0;
    n = strspn(text + 1, "0123456789");
    if (text[0] == 'S' && (text[n + 1] == '\0' || text[n + 1] == ' ') &&
        ((n == 1 && text[1] != '0') || (n == 2 && strncmp(text, "S10", 3) == 0)))
        return 0;
    return mb_node_error(mb_node_get(rated, "duty"), err, "duty '%.40s' is not known, allowed: S1 to S10",
                         text);
}

static bool is_induction(const struct mb_motor *m)
{
    return m->kind <= MB_KIND_SINGLE_PHASE_TWO_VALUE || m->kind == MB_KIND_HV_CAGE_INDUCTION ||
           m->kind == MB_KIND_WOUND_ROTOR_INDUCTION || m->kind == MB_KIND_CONVERTER_FED_INDUCTION;
}

#define SYNCHRONOUS_MISFIT_MAX 0.01 /* as MB_SLIP_SYNCHRONOUS of the readings */

static bool turns_with_its_field(const struct mb_motor *m)
{
    return m->kind == MB_KIND_THREE_PHASE_PM_LINE_START || m->kind == MB_KIND_PM_CONVERTER_FED ||
           m->kind == MB_KIND_THREE_PHASE_SYNCHRONOUS || m->kind == MB_KIND_SINGLE_PHASE_SYNCHRONOUS;
}

/* An induction motor runs below its synchronous speed, a synchronous one at it. */
static int check_speed(const struct mb_node *rated, const struct mb_motor *m, struct mb_error *err)
{
    double synchronous = mb_motor_synchronous_speed(m);

    if (turns_with_its_field(m) && fabs(m->rated.speed_rpm / synchronous - 1) > SYNCHRONOUS_MISFIT_MAX)
        return mb_node_error(
            mb_node_get(rated, "speed_rpm"), err,
            "%g r/min is not possible for a motor of %d poles that turns with its field at %g "
            "Hz, allowed: %g",
            m->rated.speed_rpm, m->rated.poles, m->rated.frequency_hz, synchronous);
    if (!is_induction(m) || isnan(m->rated.speed_rpm) || m->rated.speed_rpm < synchronous)
        return 0;
    return mb_node_error(
        mb_node_get(rated, "speed_rpm"), err,
        "%g r/min is not possible for an induction motor of %d poles at %g Hz, allowed: below %g",
        m->rated.speed_rpm, m->rated.poles, m->rated.frequency_hz, synchronous);
}

/* Half of the synchronous speed or less at rated load means another number of poles. */
#define SLIP_MAX 0.3
/* A nameplate is rounded: its power, voltage, current, power factor and efficiency fit each other within
 * this. */
#define APPARENT_MAX 100 /* times the power at the shaft: beyond it one of the two is in another unit [E] */
#define POWER_MISFIT_MAX 0.15

static bool runs_on_three_phases(const struct mb_motor *m)
{
    return m->kind == MB_KIND_THREE_PHASE_INDUCTION || m->kind == MB_KIND_HV_CAGE_INDUCTION ||
           m->kind == MB_KIND_WOUND_ROTOR_INDUCTION;
}

static int check_slip(const struct mb_node *rated, const struct mb_motor *m, struct mb_error *err)
{
    double synchronous = mb_motor_synchronous_speed(m);

    if (!is_induction(m) || isnan(m->rated.speed_rpm) || m->rated.speed_rpm > (1 - SLIP_MAX) * synchronous)
        return 0;
    return mb_node_error(mb_node_get(rated, "speed_rpm"), err,
                         "%g r/min would be a slip of %.0f %% with %d poles at %g Hz, allowed: below %g %%",
                         m->rated.speed_rpm, (1 - m->rated.speed_rpm / synchronous) * 100, m->rated.poles,
                         m->rated.frequency_hz, SLIP_MAX * 100);
}

/* What goes in covers what comes out, and matches the declared efficiency where there is one. */
static int check_power(const struct mb_node *rated, const struct mb_motor *m, struct mb_error *err)
{
    double apparent_va = sqrt(3) * m->rated.voltage_v * m->rated.current_a, input_w;

    if (apparent_va > APPARENT_MAX * m->rated.power_w)
        return mb_node_error(
            mb_node_get(rated, "power_w"), err,
            "%g W at the shaft are less than a hundredth of what %g V and %g A are: power_w is "
            "in W, current_a in A",
            m->rated.power_w, m->rated.voltage_v, m->rated.current_a);
    if (!runs_on_three_phases(m) || isnan(apparent_va))
        return 0;
    if (apparent_va < m->rated.power_w)
        return mb_node_error(mb_node_get(rated, "current_a"), err,
                             "%g A at %g V is an apparent power of %.4g VA, less than the %g W of the shaft",
                             m->rated.current_a, m->rated.voltage_v, apparent_va, m->rated.power_w);
    input_w = m->rated.power_w / m->rated.efficiency;
    if (fabs(apparent_va * m->rated.power_factor / input_w - 1) > POWER_MISFIT_MAX)
        return mb_node_error(
            mb_node_get(rated, "efficiency"), err,
            "voltage, current and power factor give %.4g W, power and efficiency an input power of "
            "%.4g W: they may differ by %g %%",
            apparent_va * m->rated.power_factor, input_w, POWER_MISFIT_MAX * 100);
    return 0;
}

static int check_model(const struct mb_node *map, const struct mb_motor *m, struct mb_error *err)
{
    char text[200];

    if (!mb_designation_contradicts(m, text, sizeof text))
        return 0;
    return mb_node_error(mb_node_get(map, "model"), err, "%s", text);
}

static int check_rated(const struct mb_node *rated, const struct mb_motor *m, struct mb_error *err)
{
    int r;

    if (m->rated.poles % 2)
        return mb_node_error(mb_node_get(rated, "poles"), err,
                             "%d poles are not possible, allowed: an even number", m->rated.poles);
    if (m->rated.frequency_hz == 0 && m->kind != MB_KIND_DC)
        return mb_node_error(mb_node_get(rated, "frequency_hz"), err,
                             "0 Hz is for dc motors only, allowed: above 0");
    if (m->rated.efficiency >= 1)
        return mb_node_error(mb_node_get(rated, "efficiency"), err,
                             "efficiency is a fraction, allowed: above 0 and below 1");
    r = check_word(rated, "connection", m->rated.connection, connections, err);
    if (r == 0)
        r = check_duty(rated, m->rated.duty, err);
    if (r == 0)
        r = check_thermal_class(rated, m->rated.thermal_class, err);
    if (r == 0)
        r = check_speed(rated, m, err);
    if (r == 0)
        r = check_slip(rated, m, err);
    return r < 0 ? r : check_power(rated, m, err);
}

static int check_drive(const struct mb_node *map, const struct mb_motor *m, struct mb_error *err)
{
    const struct mb_node *drive = mb_node_get(map, "drive");

    if (drive && m->kind != MB_KIND_EV_DRIVE)
        return mb_node_error(drive, err, "'drive' belongs to motors of kind ev-drive");
    if (drive && m->drive.speed_max_rpm < m->rated.speed_rpm)
        return mb_node_error(mb_node_get(drive, "speed_max_rpm"), err, "%g r/min is below the rated %g r/min",
                             m->drive.speed_max_rpm, m->rated.speed_rpm);
    return 0;
}

static int check_papers(const struct mb_node *map, const struct mb_motor *m, struct mb_error *err)
{
    const struct mb_node *ccc = mb_node_get(map, "ccc"), *label = mb_node_get(map, "label");
    int r;

    r = check_date(map, "production_date", m->production_date, err);
    if (r == 0)
        r = check_word(map, "conductor", m->conductor, conductors, err);
    if (r == 0)
        r = check_word(ccc, "mark", m->ccc.mark, ccc_marks, err);
    if (r == 0)
        r = check_word(ccc, "route", m->ccc.route, ccc_routes, err);
    if (r == 0)
        r = check_date(ccc, "issued", m->ccc.issued, err);
    if (r == 0)
        r = check_date(ccc, "valid_until", m->ccc.valid_until, err);
    if (r == 0 && m->label.efficiency >= 1)
        r = mb_node_error(mb_node_get(label, "efficiency"), err,
                          "efficiency is a fraction, allowed: above 0 and below 1");
    if (r == 0 && m->label.poles % 2)
        r = mb_node_error(mb_node_get(label, "poles"), err,
                          "%d poles are not possible, allowed: an even number", m->label.poles);
    return r;
}

static int check_sample(const struct mb_node *map, const struct mb_sample *s, struct mb_error *err)
{
    int r = check_word(map, "origin", s->origin, origins, err);

    if (r == 0)
        r = check_word(map, "level", s->level, levels, err);
    if (r == 0)
        r = check_word(map, "stage", s->stage, stages, err);
    if (r == 0)
        r = check_word(map, "unit", s->unit, units, err);
    if (r == 0)
        r = check_date(map, "sampled", s->sampled, err);
    if (r == 0)
        r = check_date(map, "received", s->received, err);
    return r < 0 ? r : check_date(map, "objection", s->objection, err);
}

int mb_sample_read(const struct mb_node *map, struct mb_sample *sample, struct mb_error *err)
{
    int r = mb_node_read(map, sample_fields, sample, err);

    return r < 0 ? r : check_sample(map, sample, err);
}

static int read_texts(const struct mb_node *list, char *texts[MB_MOTOR_LIST_MAX], size_t *count,
                      struct mb_error *err)
{
    const char *text;
    int r;

    if (!list)
        return 0;
    if (list->kind != MB_NODE_LIST)
        return mb_node_error(list, err, "a list of texts is expected here, as in [a, b]");
    if (list->count > MB_MOTOR_LIST_MAX)
        return mb_node_error(list, err, "%zu texts are too many, allowed: at most %d", list->count,
                             MB_MOTOR_LIST_MAX);
    for (size_t i = 0; i < list->count; i++) {
        r = mb_node_string(&list->items[i], &text, err);
        if (r < 0)
            return r;
        texts[i] = strdup(text);
        if (!texts[i])
            return -ENOMEM;
        *count = i + 1;
    }
    return 0;
}

static int check_need(const struct mb_node *rated, enum mb_motor_need need, struct mb_error *err)
{
    static const char *const keys[] = {"current_a", "speed_rpm"};

    for (size_t i = 0; need == MB_MOTOR_NEED_NAMEPLATE && i < sizeof keys / sizeof *keys; i++)
        if (!mb_node_get(rated, keys[i]))
            return mb_node_error(rated, err, "'%s' is missing here", keys[i]);
    return 0;
}

int mb_motor_read(const struct mb_node *map, enum mb_motor_need need, struct mb_motor *motor,
                  struct mb_error *err)
{
    struct motor_reading reading = {.claims = NULL};
    struct mb_motor *m = &reading.motor;
    int r;

    mb_motor_init(m);
    r = mb_node_read(map, motor_fields, &reading, err);
    if (r == 0)
        r = read_texts(reading.claims, m->claims, &m->claim_count, err);
    if (r == 0)
        r = read_texts(reading.sold_for, m->sold_for, &m->sold_for_count, err);
    if (r == 0)
        r = check_rated(mb_node_get(map, "rated"), m, err);
    if (r == 0)
        r = check_need(mb_node_get(map, "rated"), need, err);
    if (r == 0)
        r = check_drive(map, m, err);
    if (r == 0)
        r = check_model(map, m, err);
    if (r == 0)
        r = check_papers(map, m, err);
    if (r == 0 && !m->conductor) {
        m->conductor = strdup("copper");
        r = m->conductor ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");
    }
    if (r < 0)
        mb_motor_clear(m);
    else
        *motor = *m;
    return r;
}

static void clear_evidence(void *element)
{
    mb_evidence_clear(element);
}

static int read_evidence(const struct mb_node *list, struct mb_motor *motor, struct mb_error *err)
{
    void *items = NULL;
    size_t count = 0;
    int r = mb_node_read_list(list, evidence_fields, sizeof *motor->evidence, MB_EVIDENCE_MAX, clear_evidence,
                              &items, &count, err);

    if (r < 0)
        return r;
    motor->evidence = items;
    motor->evidence_count = count;
    for (size_t i = 0; i < count; i++) {
        struct mb_evidence *e = &motor->evidence[i];

        if (!mb_node_get(&list->items[i], "value"))
            e->value = NAN;
        if (isnan(e->value) == !e->document)
            return mb_node_error(&list->items[i], err, "evidence on '%.40s' has either a value or a document",
                                 e->indicator);
    }
    return 0;
}

static int read_file(const struct mb_node *root, struct mb_motor *motor, struct mb_error *err)
{
    struct file_reading file = {0};
    struct mb_motor m;
    int r;

    mb_motor_init(&m);
    r = mb_node_read(root, file_fields, &file, err);
    if (r == 0)
        r = mb_motor_read(file.motor, MB_MOTOR_NEED_MINIMUM, &m, err);
    if (r == 0 && file.sample)
        r = mb_sample_read(file.sample, &m.sample, err);
    if (r == 0 && file.evidence)
        r = read_evidence(file.evidence, &m, err);
    if (r < 0)
        mb_motor_clear(&m);
    else
        *motor = m;
    return r;
}

int mb_motor_load(const char *path, struct mb_motor *motor, struct mb_error *err)
{
    struct mb_document *document = NULL;
    int r = mb_document_load(path, &document, err);

    if (r == 0)
        r = read_file(mb_document_root(document), motor, err);
    mb_document_free(document);
    return r;
}

int mb_motor_parse(const char *name, const char *text, size_t size, struct mb_motor *motor,
                   struct mb_error *err)
{
    struct mb_document *document = NULL;
    int r = mb_document_parse(name, text, size, &document, err);

    if (r == 0)
        r = read_file(mb_document_root(document), motor, err);
    mb_document_free(document);
    return r;
}
