/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test sheet through tables of fields. Signs that a reading can really have (power, torque, speed) are
 * left to the evaluation, which names them; a value that no instrument gives (a negative rms voltage) is an
 * error of the sheet. */
#include "document/sheet.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/also.h"
#include "document/sheet_corrections.h"
#include "document/sheet_read.h"
#include "method/edition.h"
#include "method/parts.h"

/* The maps of the sheet, as they stand there. */
struct file_reading {
    const struct mb_node *sheet, *motor, *sample, *cold, *rated_load, *cooling, *load, *no_load, *constant,
        *removed_rotor, *reverse_rotation, *instrument, *torque, *windings;
};

struct head_reading {
    int rule;
    char *method, *standard, *also;
    double uncertainty;
};

static const struct mb_field file_fields[] = {
    MB_SHEET_NODE(file_reading, sheet, true),
    MB_SHEET_NODE(file_reading, motor, true),
    MB_SHEET_NODE(file_reading, sample, false),
    MB_SHEET_NODE(file_reading, cold, false),
    MB_SHEET_NODE(file_reading, rated_load, false),
    MB_SHEET_NODE(file_reading, cooling, false),
    MB_SHEET_NODE(file_reading, load, false),
    MB_SHEET_NODE(file_reading, no_load, false),
    MB_SHEET_NODE(file_reading, constant, false),
    MB_SHEET_NODE(file_reading, removed_rotor, false),
    MB_SHEET_NODE(file_reading, reverse_rotation, false),
    MB_SHEET_NODE(file_reading, instrument, false),
    MB_SHEET_NODE(file_reading, torque, false),
    MB_SHEET_NODE(file_reading, windings, false),
    {.key = NULL},
};

static const struct mb_field head_fields[] = {
    {.key = "method",
     .kind = MB_FIELD_STRING,
     .offset = offsetof(struct head_reading, method),
     .required = true},
    {.key = "standard",
     .kind = MB_FIELD_STRING,
     .offset = offsetof(struct head_reading, standard),
     .required = true},
    {.key = "also", .kind = MB_FIELD_STRING, .offset = offsetof(struct head_reading, also)},
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

static int unknown_standard(const struct mb_node *node, const char *standard, struct mb_error *err)
{
    char allowed[400] = "";
    size_t used = 0;

    for (const struct mb_edition *e = mb_editions; e->name && used < sizeof allowed; e++)
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "", e->name);
    return mb_node_error(node, err, "standard '%.60s' is not known, allowed: %s", standard, allowed);
}

/* By its name here, or by what the standard itself calls it. */
static int find_method(const struct mb_node *node, const char *text, struct mb_sheet *sheet,
                       struct mb_error *err)
{
    const char *id = mb_method_resolve(text, sheet->standard, &sheet->method_label);
    char allowed[400] = "";
    size_t used = 0;

    if (id) {
        sheet->method_name = id;
        sheet->method = mb_method_find(id);
        (void)mb_method_of_induction(id, &sheet->input.method);
        return 0;
    }
    mb_method_rules_of(sheet->standard, allowed, sizeof allowed);
    if (*allowed)
        return mb_node_error(node, err, "%s has no method '%.60s' here, allowed: %s", sheet->standard, text,
                             allowed);
    for (size_t i = 0; mb_method_names[i] && used < sizeof allowed; i++)
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "",
                                 mb_method_names[i]);
    return mb_node_error(node, err, "'%.60s' is not known, allowed: %s", text, allowed);
}

static int read_head(const struct mb_node *node, struct mb_sheet *sheet, struct mb_error *err)
{
    struct head_reading head = {.rule = MB_RULE_SIMPLE, .uncertainty = NAN};
    int r = mb_node_read(node, head_fields, &head, err);

    sheet->standard = head.standard;
    if (r >= 0)
        r = find_method(mb_node_get(node, "method"), head.method, sheet, err);
    free(head.method);
    sheet->also_text = head.also;
    sheet->rule = (enum mb_decision_rule)head.rule;
    sheet->uncertainty = head.uncertainty;
    return r;
}

/* One spelling, whatever stood before the year. */
static int name_standard(struct mb_sheet *sheet, const char *name, struct mb_error *err)
{
    char *copy = strdup(name);

    if (!copy)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    free(sheet->standard);
    sheet->standard = copy;
    return 0;
}

/* The choices of its edition (2-1-1A and 2-1-1B). */
static int find_edition(const struct mb_node *head, struct mb_sheet *sheet, struct mb_error *err)
{
    sheet->input.edition = mb_edition_find(sheet->standard);
    if (!sheet->input.edition)
        return unknown_standard(mb_node_get(head, "standard"), sheet->standard, err);
    sheet->input.form = sheet->input.edition->form;
    return name_standard(sheet, sheet->input.edition->name, err);
}

/* What the evaluation must know of a kind of motor. */
static const struct kind_trait {
    bool single_phase, synchronous, free_speed;
} kind_traits[MB_KIND_COUNT] = {
    [MB_KIND_SINGLE_PHASE_CAPACITOR_START] = {.single_phase = true},
    [MB_KIND_SINGLE_PHASE_CAPACITOR_RUN] = {.single_phase = true},
    [MB_KIND_SINGLE_PHASE_TWO_VALUE] = {.single_phase = true},
    [MB_KIND_SINGLE_PHASE_SYNCHRONOUS] = {.single_phase = true, .synchronous = true},
    [MB_KIND_AC_COMMUTATOR] = {.single_phase = true, .synchronous = true, .free_speed = true},
    [MB_KIND_DC] = {.single_phase = true, .synchronous = true, .free_speed = true},
    [MB_KIND_BLDC_FAN] = {.single_phase = true, .synchronous = true, .free_speed = true},
    [MB_KIND_BLDC_APPLIANCE] = {.single_phase = true, .synchronous = true, .free_speed = true},
    [MB_KIND_THREE_PHASE_PM_LINE_START] = {.synchronous = true},
    [MB_KIND_PM_CONVERTER_FED] = {.synchronous = true},
    [MB_KIND_THREE_PHASE_SYNCHRONOUS] = {.synchronous = true},
    [MB_KIND_EV_DRIVE] = {.synchronous = true},
};

bool mb_kind_is_single_phase(int kind)
{
    return kind_traits[kind].single_phase;
}

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
    input->phases = mb_kind_is_single_phase(sheet->motor.kind) ? 1 : 3;
    input->synchronous = trait->synchronous;
    input->free_speed = trait->free_speed;
    input->field_winding = sheet->motor.kind == MB_KIND_THREE_PHASE_SYNCHRONOUS;
    input->field_supply = input->field_winding && !isnan(sheet->motor.rated.excitation_a);
    input->field_brush_v = mb_brush_drop_v((enum mb_brushes)sheet->motor.brushes);
    input->rated_power_w = sheet->motor.rated.power_w;
    input->rated_voltage_v = sheet->motor.rated.voltage_v;
    input->rated_frequency_hz = sheet->motor.rated.frequency_hz;
    input->rated_speed_rpm = sheet->motor.rated.speed_rpm;
    input->poles = sheet->motor.rated.poles;
    input->k_conductor_k = mb_motor_conductor_k(&sheet->motor);
    return 0;
}

static int read_papers(const struct file_reading *file, struct mb_sheet *sheet, struct mb_error *err)
{
    int r = read_motor(file->motor, sheet, err);

    return r >= 0 && file->sample ? mb_sample_read(file->sample, &sheet->motor.sample, err) : r;
}

/* A sheet of another method than 2-1-1A and 2-1-1B. */
static int read_method(const struct mb_node *root, struct mb_sheet *sheet, struct mb_error *err)
{
    const struct file_reading file = {.sheet = mb_node_get(root, "sheet"),
                                      .motor = mb_node_get(root, "motor"),
                                      .sample = mb_node_get(root, "sample")};
    const struct mb_node *torque;
    int r = file.motor ? read_papers(&file, sheet, err) : mb_node_error(root, err, "'motor' is missing here");

    if (r >= 0)
        r = mb_method_rule_find(sheet->method_name, sheet->method_label, sheet->standard, &sheet->motor, root,
                                &sheet->rule_of_method, err);
    if (r >= 0)
        r = name_standard(sheet, sheet->rule_of_method->standard, err);
    if (r >= 0)
        r = mb_method_input_read(sheet->method, root, sheet, &sheet->method_input, err);
    torque = mb_node_get(root, "torque");
    if (r >= 0 && sheet->method->lowest_torque_nm && torque)
        r = mb_sheet_transducer(torque, &sheet->input.torque, err);
    return r;
}

/* Both or none, of 2-1-1F only. */
static int read_stray(const struct file_reading *file, struct mb_sheet *sheet, struct mb_error *err)
{
    const struct mb_node *given = file->removed_rotor ? file->removed_rotor : file->reverse_rotation;
    int r;

    if (!given)
        return 0;
    if (sheet->input.method != MB_METHOD_2_1_1F)
        return mb_node_error(given, err, "removed_rotor and reverse_rotation belong to 2-1-1F, this is %s",
                             sheet->method_name);
    if (!file->removed_rotor || !file->reverse_rotation)
        return mb_node_error(given, err, "removed_rotor and reverse_rotation belong together");
    r = mb_sheet_stray(file->removed_rotor, false, &sheet->stray, err);
    if (r == 0)
        r = mb_sheet_stray(file->reverse_rotation, true, &sheet->stray, err);
    sheet->stray.k_conductor_k = sheet->input.k_conductor_k;
    if (r == 0)
        sheet->input.stray = &sheet->stray;
    return r;
}

static int read_also(const struct mb_node *head, struct mb_sheet *sheet, struct mb_error *err)
{
    struct mb_error why = {""};

    if (sheet->also_text && mb_also_add(sheet, sheet->also_text, &why) < 0)
        return mb_node_error(mb_node_get(head, "also"), err, "%s", why.text);
    return 0;
}

static int read_sheet(const struct mb_node *root, struct mb_sheet *sheet, struct mb_error *err)
{
    const struct mb_node *head = mb_node_get(root, "sheet");
    struct file_reading file = {0};
    int r = head ? read_head(head, sheet, err) : 0;

    if (r >= 0 && sheet->method)
        r = read_method(root, sheet, err);
    if (r >= 0 && sheet->method)
        return read_also(head, sheet, err);
    if (r >= 0)
        r = mb_node_read(root, file_fields, &file, err);
    if (r >= 0)
        r = find_edition(file.sheet, sheet, err);
    if (r >= 0)
        r = read_papers(&file, sheet, err);
    if (r >= 0)
        r = mb_method_rule_find(sheet->method_name, sheet->method_label, sheet->standard, &sheet->motor, root,
                                &sheet->rule_of_method, err);
    if (r >= 0)
        r = mb_sheet_sections(root, &sheet->input, err);
    if (r >= 0)
        r = mb_sheet_correct(file.instrument, file.torque, &sheet->input, err);
    if (r >= 0)
        r = read_stray(&file, sheet, err);
    return r < 0 ? r : read_also(head, sheet, err);
}

static int sheet_from_document(struct mb_document *document, struct mb_sheet **ret, struct mb_error *err)
{
    struct mb_sheet *sheet = calloc(1, sizeof *sheet);
    int r;

    if (!sheet)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    mb_motor_init(&sheet->motor);
    mb_sheet_sections_init(&sheet->input);
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
    free(sheet->also_text);
    mb_motor_clear(&sheet->motor);
    mb_sheet_sections_clear(&sheet->input);
    free((void *)sheet->stray.removed);
    free((void *)sheet->stray.reverse);
    mb_method_input_free(sheet->method, sheet->method_input);
    free(sheet);
    return NULL;
}
