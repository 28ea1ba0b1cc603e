/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test sheet through tables of fields. Signs that a reading can really have (power, torque, speed) are
 * left to the evaluation, which names them; a value that no instrument gives (a negative rms voltage) is an
 * error of the sheet. */
#include "document/sheet.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "method/edition.h"

#define ABSOLUTE_ZERO_C (-273.15)

#define ANY(s, member, must)                                                                                 \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NUMBER, .offset = offsetof(struct s, member), .required = (must),   \
        .minimum = -DBL_MAX, .maximum = DBL_MAX                                                              \
    }
#define FROM_ZERO(s, member, must)                                                                           \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NUMBER, .offset = offsetof(struct s, member), .required = (must),   \
        .maximum = DBL_MAX                                                                                   \
    }
#define ABOVE_ZERO(s, member, must)                                                                          \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NUMBER, .offset = offsetof(struct s, member), .required = (must),   \
        .exclusive_minimum = true, .maximum = DBL_MAX                                                        \
    }
#define TEMPERATURE(s, member, must)                                                                         \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NUMBER, .offset = offsetof(struct s, member), .required = (must),   \
        .minimum = ABSOLUTE_ZERO_C, .exclusive_minimum = true, .maximum = 1e4                                \
    }
#define NODE(s, member, must)                                                                                \
    {                                                                                                        \
        .key = #member, .kind = MB_FIELD_NODE, .offset = offsetof(struct s, member), .required = (must)      \
    }

/* The maps of the sheet, as they stand there. */
struct file_reading {
    const struct mb_node *sheet, *motor, *sample, *cold, *rated_load, *cooling, *load, *no_load, *constant;
};

struct head_reading {
    int method, rule;
    char *standard;
    double uncertainty;
};

struct cold_reading {
    double resistance_ohm, temperature_c;
};

struct sweep_reading { /* load and no_load */
    double r_before_ohm, r_after_ohm;
    const struct mb_node *points;
};

struct constant_reading {
    double iron_w, friction_windage_w;
};

static const char *const methods[] = {[MB_METHOD_2_1_1A] = "2-1-1A", [MB_METHOD_2_1_1B] = "2-1-1B", NULL};

static const struct mb_field file_fields[] = {
    NODE(file_reading, sheet, true),       NODE(file_reading, motor, true),
    NODE(file_reading, sample, false),     NODE(file_reading, cold, false),
    NODE(file_reading, rated_load, false), NODE(file_reading, cooling, false),
    NODE(file_reading, load, false),       NODE(file_reading, no_load, false),
    NODE(file_reading, constant, false),   {.key = NULL},
};

static const struct mb_field head_fields[] = {
    {.key = "method",
     .kind = MB_FIELD_CHOICE,
     .offset = offsetof(struct head_reading, method),
     .required = true,
     .choices = methods},
    {.key = "standard",
     .kind = MB_FIELD_STRING,
     .offset = offsetof(struct head_reading, standard),
     .required = true},
    {.key = "rule",
     .kind = MB_FIELD_CHOICE,
     .offset = offsetof(struct head_reading, rule),
     .choices = mb_decision_rule_names},
    {.key = "uncertainty",
     .kind = MB_FIELD_NUMBER,
     .offset = offsetof(struct head_reading, uncertainty),
     .exclusive_minimum = true,
     .maximum = 0.5},
    {.key = NULL},
};

static const struct mb_field cold_fields[] = {
    ABOVE_ZERO(cold_reading, resistance_ohm, true),
    TEMPERATURE(cold_reading, temperature_c, true),
    {.key = NULL},
};

static const struct mb_field rated_fields[] = {
    ABOVE_ZERO(mb_rated_reading, u_v, true),
    FROM_ZERO(mb_rated_reading, i_a, true),
    ANY(mb_rated_reading, p1_w, true),
    ANY(mb_rated_reading, t_nm, true),
    ANY(mb_rated_reading, n_rpm, true),
    ABOVE_ZERO(mb_rated_reading, f_hz, true),
    TEMPERATURE(mb_rated_reading, coolant_c, false),
    FROM_ZERO(mb_rated_reading, s_va, false),
    {.key = NULL},
};

static const struct mb_field cooling_fields[] = {
    FROM_ZERO(mb_cooling_reading, t_s, true),
    ABOVE_ZERO(mb_cooling_reading, r_ohm, true),
    {.key = NULL},
};

static const struct mb_field sweep_fields[] = {
    ABOVE_ZERO(sweep_reading, r_before_ohm, false),
    ABOVE_ZERO(sweep_reading, r_after_ohm, false),
    NODE(sweep_reading, points, false),
    {.key = NULL},
};

static const struct mb_field load_fields[] = {
    FROM_ZERO(mb_load_point, load_percent, false),
    ABOVE_ZERO(mb_load_point, u_v, true),
    FROM_ZERO(mb_load_point, i_a, true),
    ANY(mb_load_point, p1_w, true),
    ANY(mb_load_point, t_nm, true),
    ANY(mb_load_point, n_rpm, true),
    ABOVE_ZERO(mb_load_point, f_hz, true),
    FROM_ZERO(mb_load_point, s_va, false),
    ABOVE_ZERO(mb_load_point, r_ohm, false),
    {.key = NULL},
};

static const struct mb_field no_load_fields[] = {
    ABOVE_ZERO(mb_no_load_point, u_v, true),    FROM_ZERO(mb_no_load_point, i_a, true),
    ANY(mb_no_load_point, p0_w, true),          ANY(mb_no_load_point, n_rpm, false),
    ABOVE_ZERO(mb_no_load_point, f_hz, false),  FROM_ZERO(mb_no_load_point, s_va, false),
    ABOVE_ZERO(mb_no_load_point, r_ohm, false), {.key = NULL},
};

static const struct mb_field constant_fields[] = {
    FROM_ZERO(constant_reading, iron_w, true),
    FROM_ZERO(constant_reading, friction_windage_w, true),
    {.key = NULL},
};

static void init_input(struct mb_efficiency_input *input)
{
    *input = (struct mb_efficiency_input){
        .rated_speed_rpm = NAN,
        .cold_resistance_ohm = NAN,
        .cold_temperature_c = NAN,
        .rated_load = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
        .load_r_before_ohm = NAN,
        .load_r_after_ohm = NAN,
        .no_load_r_before_ohm = NAN,
        .no_load_r_after_ohm = NAN,
        .constant_iron_w = NAN,
        .constant_friction_windage_w = NAN,
    };
}

static int unknown_standard(const struct mb_node *node, const char *standard, struct mb_error *err)
{
    char allowed[200] = "";
    size_t used = 0;

    for (const struct mb_edition *e = mb_editions; e->name && used < sizeof allowed; e++)
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "", e->name);
    return mb_node_error(node, err, "standard '%.60s' is not known, allowed: %s", standard, allowed);
}

static int read_head(const struct mb_node *node, struct mb_sheet *sheet, struct mb_error *err)
{
    struct head_reading head = {.rule = MB_RULE_SIMPLE, .uncertainty = NAN};
    int r = mb_node_read(node, head_fields, &head, err);

    if (r >= 0) {
        sheet->input.method = (enum mb_efficiency_method)head.method;
        sheet->rule = (enum mb_decision_rule)head.rule;
        sheet->uncertainty = head.uncertainty;
        sheet->input.edition = mb_edition_find(head.standard);
        if (!sheet->input.edition)
            r = unknown_standard(mb_node_get(node, "standard"), head.standard, err);
    }
    free(head.standard);
    if (r < 0)
        return r;
    sheet->input.form = sheet->input.edition->form;
    sheet->standard = strdup(sheet->input.edition->name); /* one spelling, whatever stood before the year */
    return sheet->standard ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");
}

/* What the evaluation must know of a kind of motor. */
static const struct kind_trait {
    bool loss_method; /* 2-1-1B: three-phase induction on the mains */
    bool single_phase, synchronous;
} kind_traits[MB_KIND_COUNT] = {
    [MB_KIND_THREE_PHASE_INDUCTION] = {.loss_method = true},
    [MB_KIND_HV_CAGE_INDUCTION] = {.loss_method = true},
    [MB_KIND_WOUND_ROTOR_INDUCTION] = {.loss_method = true},
    [MB_KIND_SINGLE_PHASE_CAPACITOR_START] = {.single_phase = true},
    [MB_KIND_SINGLE_PHASE_CAPACITOR_RUN] = {.single_phase = true},
    [MB_KIND_SINGLE_PHASE_TWO_VALUE] = {.single_phase = true},
    [MB_KIND_SINGLE_PHASE_SYNCHRONOUS] = {.single_phase = true, .synchronous = true},
    [MB_KIND_AC_COMMUTATOR] = {.single_phase = true, .synchronous = true},
    [MB_KIND_DC] = {.single_phase = true, .synchronous = true},
    [MB_KIND_BLDC_FAN] = {.single_phase = true, .synchronous = true},
    [MB_KIND_BLDC_APPLIANCE] = {.single_phase = true, .synchronous = true},
    [MB_KIND_THREE_PHASE_PM_LINE_START] = {.synchronous = true},
    [MB_KIND_PM_CONVERTER_FED] = {.synchronous = true},
    [MB_KIND_THREE_PHASE_SYNCHRONOUS] = {.synchronous = true},
    [MB_KIND_EV_DRIVE] = {.synchronous = true},
    [MB_KIND_CONVERTER_FED_INDUCTION] = {.loss_method = false},
};

static int read_motor(const struct mb_node *node, struct mb_sheet *sheet, struct mb_error *err)
{
    struct mb_efficiency_input *input = &sheet->input;
    const struct kind_trait *trait;
    int r = mb_motor_read(node, MB_MOTOR_NEED_MINIMUM, &sheet->motor, err);

    if (r < 0)
        return r;
    if (sheet->motor.sealing_ring == MB_SEAL_NOT_STATED)
        return mb_node_error(node, err,
                             "an efficiency test must state sealing_ring, allowed: fitted, removed, none");
    trait = &kind_traits[sheet->motor.kind];
    if (input->method == MB_METHOD_2_1_1B && !trait->loss_method)
        return mb_node_error(
            mb_node_get(node, "kind"), err, "2-1-1B is not a method for %s, allowed: %s, %s, %s",
            mb_motor_kind_names[sheet->motor.kind], mb_motor_kind_names[MB_KIND_THREE_PHASE_INDUCTION],
            mb_motor_kind_names[MB_KIND_HV_CAGE_INDUCTION],
            mb_motor_kind_names[MB_KIND_WOUND_ROTOR_INDUCTION]);
    input->phases = trait->single_phase ? 1 : 3;
    input->synchronous = trait->synchronous;
    input->rated_power_w = sheet->motor.rated.power_w;
    input->rated_voltage_v = sheet->motor.rated.voltage_v;
    input->rated_frequency_hz = sheet->motor.rated.frequency_hz;
    input->rated_speed_rpm = sheet->motor.rated.speed_rpm;
    input->poles = sheet->motor.rated.poles;
    input->k_conductor_k = mb_motor_conductor_k(&sheet->motor);
    return 0;
}

/* The optional numbers of a point must read NAN, not 0, where they are absent. */
static void mark_absent(const struct mb_node *point, const struct mb_field *fields, void *target)
{
    for (const struct mb_field *f = fields; f->key; f++)
        if (f->kind == MB_FIELD_NUMBER && !mb_node_get(point, f->key))
            *(double *)((char *)target + f->offset) = NAN;
}

static int read_points(const struct mb_node *list, const struct mb_field *fields, size_t size, size_t max,
                       void **ret, size_t *ret_count, struct mb_error *err)
{
    void *items = NULL;
    size_t count = 0;
    int r = list ? mb_node_read_list(list, fields, size, max, NULL, &items, &count, err) : 0;

    if (r < 0)
        return r;
    for (size_t i = 0; i < count; i++)
        mark_absent(&list->items[i], fields, (char *)items + i * size);
    *ret = items;
    *ret_count = count;
    return 0;
}

static int read_cold(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    struct cold_reading cold = {NAN, NAN};
    int r = mb_node_read(node, cold_fields, &cold, err);

    if (r < 0)
        return r;
    input->cold_resistance_ohm = cold.resistance_ohm;
    input->cold_temperature_c = cold.temperature_c;
    return 0;
}

static int read_rated_load(const struct mb_node *node, struct mb_efficiency_input *input,
                           struct mb_error *err)
{
    int r = mb_node_read(node, rated_fields, &input->rated_load, err);

    if (r >= 0)
        input->has_rated_load = true;
    return r;
}

static int read_cooling(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    void *items = NULL;
    int r = read_points(node, cooling_fields, sizeof *input->cooling, MB_COOLING_MAX, &items,
                        &input->cooling_count, err);

    input->cooling = items;
    return r;
}

static int need_load_percent(const struct mb_node *points, const struct mb_efficiency_input *input,
                             struct mb_error *err)
{
    for (size_t i = 0; i < input->load_count; i++)
        if (input->method == MB_METHOD_2_1_1B && isnan(input->load[i].load_percent))
            return mb_node_error(&points->items[i], err,
                                 "load_percent is missing, 2-1-1B needs it in each load point");
    return 0;
}

static int read_load(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    struct sweep_reading sweep = {NAN, NAN, NULL};
    void *items = NULL;
    int r = mb_node_read(node, sweep_fields, &sweep, err);

    if (r < 0)
        return r;
    input->load_r_before_ohm = sweep.r_before_ohm;
    input->load_r_after_ohm = sweep.r_after_ohm;
    r = read_points(sweep.points, load_fields, sizeof *input->load, MB_LOAD_POINTS_MAX, &items,
                    &input->load_count, err);
    input->load = items;
    return r < 0 ? r : need_load_percent(sweep.points, input, err);
}

static int read_no_load(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    struct sweep_reading sweep = {NAN, NAN, NULL};
    void *items = NULL;
    int r = mb_node_read(node, sweep_fields, &sweep, err);

    if (r < 0)
        return r;
    input->no_load_r_before_ohm = sweep.r_before_ohm;
    input->no_load_r_after_ohm = sweep.r_after_ohm;
    r = read_points(sweep.points, no_load_fields, sizeof *input->no_load, MB_NO_LOAD_POINTS_MAX, &items,
                    &input->no_load_count, err);
    input->no_load = items;
    return r;
}

static int read_constant(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err)
{
    struct constant_reading constant = {NAN, NAN};
    int r = mb_node_read(node, constant_fields, &constant, err);

    if (r < 0)
        return r;
    input->constant_iron_w = constant.iron_w;
    input->constant_friction_windage_w = constant.friction_windage_w;
    return 0;
}

static int read_sections(const struct file_reading *file, struct mb_efficiency_input *input,
                         struct mb_error *err)
{
    const struct {
        const struct mb_node *node;
        int (*read)(const struct mb_node *node, struct mb_efficiency_input *input, struct mb_error *err);
    } sections[] = {
        {file->cold, read_cold}, {file->rated_load, read_rated_load}, {file->cooling, read_cooling},
        {file->load, read_load}, {file->no_load, read_no_load},       {file->constant, read_constant},
    };

    if (file->constant && file->no_load)
        return mb_node_error(file->constant, err, "constant stands instead of no_load, the sheet has both");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        int r = sections[i].node ? sections[i].read(sections[i].node, input, err) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

static int read_sheet(const struct mb_node *root, struct mb_sheet *sheet, struct mb_error *err)
{
    struct file_reading file = {0};
    int r = mb_node_read(root, file_fields, &file, err);

    if (r >= 0)
        r = read_head(file.sheet, sheet, err);
    if (r >= 0)
        r = read_motor(file.motor, sheet, err);
    if (r >= 0 && file.sample)
        r = mb_sample_read(file.sample, &sheet->motor.sample, err);
    if (r >= 0)
        r = read_sections(&file, &sheet->input, err);
    return r;
}

static int sheet_from_document(struct mb_document *document, struct mb_sheet **ret, struct mb_error *err)
{
    struct mb_sheet *sheet = calloc(1, sizeof *sheet);
    int r;

    if (!sheet)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    mb_motor_init(&sheet->motor);
    init_input(&sheet->input);
    r = read_sheet(mb_document_root(document), sheet, err);
    if (r < 0)
        sheet = mb_sheet_free(sheet);
    else
        *ret = sheet;
    return r;
}

int mb_sheet_load(const char *path, struct mb_sheet **ret, struct mb_error *err)
{
    struct mb_document *document = NULL;
    int r = mb_document_load(path, &document, err);

    if (r >= 0)
        r = sheet_from_document(document, ret, err);
    document = mb_document_free(document);
    return r;
}

int mb_sheet_parse(const char *name, const char *text, size_t size, struct mb_sheet **ret,
                   struct mb_error *err)
{
    struct mb_document *document = NULL;
    int r = mb_document_parse(name, text, size, &document, err);

    if (r >= 0)
        r = sheet_from_document(document, ret, err);
    document = mb_document_free(document);
    return r;
}

struct mb_sheet *mb_sheet_free(struct mb_sheet *sheet)
{
    if (!sheet)
        return NULL;
    free(sheet->standard);
    mb_motor_clear(&sheet->motor);
    free((void *)sheet->input.cooling);
    free((void *)sheet->input.load);
    free((void *)sheet->input.no_load);
    free(sheet);
    return NULL;
}
