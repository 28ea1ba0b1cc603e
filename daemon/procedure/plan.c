/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "procedure/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"

#define PLAN_FILE_MAX (1u << 20)

struct raw_procedure {
    struct mb_procedure procedure;
    char *kinds;
    const struct mb_node *steps;
};

struct raw_step {
    char *id, *title, *kind, *resume_at;
    double minutes;
    const struct mb_node *with, *discards, *skip_when;
};

#define G(member) offsetof(struct mb_gates, member)
#define PERCENT_GATE(key, member)                                                                            \
    {                                                                                                        \
        key, MB_FIELD_NUMBER, G(member), .required = true, .maximum = 100, .exclusive_minimum = true         \
    }
/* Percent in the file (as the standards write it), fractions in the program: scaled after reading. */
static const struct mb_field gate_fields[] = {
    PERCENT_GATE("voltage_percent", voltage),
    PERCENT_GATE("torque_percent", torque),
    PERCENT_GATE("frequency_percent", frequency),
    PERCENT_GATE("negative_sequence_percent", negative_sequence),
    PERCENT_GATE("hvf_percent", hvf),
    PERCENT_GATE("fluctuation_power_percent", fluctuation_power),
    PERCENT_GATE("fluctuation_torque_percent", fluctuation_torque),
    PERCENT_GATE("fluctuation_speed_percent", fluctuation_speed),
    {"dwell_s", MB_FIELD_NUMBER, G(dwell_s), .required = true, .maximum = 600},
    {"window_s", MB_FIELD_NUMBER, G(window_s), .required = true, .minimum = 1, .maximum = 600},
    {"settle_timeout_s", MB_FIELD_NUMBER, G(settle_timeout_s), .required = true, .minimum = 1,
     .maximum = 36000},
    {"minimum_samples", MB_FIELD_INTEGER, G(minimum_samples), .required = true, .minimum = 2,
     .maximum = 1000},
    {"repeats", MB_FIELD_INTEGER, G(repeats), .required = true, .minimum = 0, .maximum = 100},
    {0},
};
#undef PERCENT_GATE
#undef G

#define P(member) offsetof(struct raw_procedure, member)
static const struct mb_field procedure_fields[] = {
    {"id", MB_FIELD_STRING, P(procedure.id), .required = true},
    {"title", MB_FIELD_STRING, P(procedure.title), .required = true},
    {"method", MB_FIELD_STRING, P(procedure.method)},
    {"standard", MB_FIELD_STRING, P(procedure.standard)},
    {"item", MB_FIELD_STRING, P(procedure.item), .required = true},
    {"kinds", MB_FIELD_STRING, P(kinds)},
    {"powered", MB_FIELD_BOOL, P(procedure.powered)},
    {"safety", MB_FIELD_BOOL, P(procedure.safety)},
    {"load_drives", MB_FIELD_BOOL, P(procedure.load_drives)},
    {"load_partner", MB_FIELD_BOOL, P(procedure.load_partner)},
    {"both_supplies", MB_FIELD_BOOL, P(procedure.both_supplies)},
    {"sealing_ring", MB_FIELD_BOOL, P(procedure.sealing_ring)},
    {"gates", MB_FIELD_MAP, P(procedure.gates), .fields = gate_fields},
    {"steps", MB_FIELD_NODE, P(steps), .required = true},
    {0},
};
#undef P

static const struct mb_field step_fields[] = {
    {"id", MB_FIELD_STRING, offsetof(struct raw_step, id), .required = true},
    {"title", MB_FIELD_STRING, offsetof(struct raw_step, title), .required = true},
    {"kind", MB_FIELD_STRING, offsetof(struct raw_step, kind), .required = true},
    {"resume_at", MB_FIELD_STRING, offsetof(struct raw_step, resume_at)},
    {"minutes", MB_FIELD_NUMBER, offsetof(struct raw_step, minutes), .maximum = 1e5},
    {"with", MB_FIELD_NODE, offsetof(struct raw_step, with)},
    {"discards", MB_FIELD_NODE, offsetof(struct raw_step, discards)},
    {"skip_when", MB_FIELD_NODE, offsetof(struct raw_step, skip_when)},
    {0},
};

static void raw_step_clear(struct raw_step *raw)
{
    free(raw->id);
    free(raw->title);
    free(raw->kind);
    free(raw->resume_at);
}

static void free_stores(char **stores, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(stores[i]);
    free(stores);
}

static void step_clear(struct mb_plan_step *step)
{
    if (step->kind && step->kind->free_params && step->params)
        step->kind->free_params(step->params);
    free(step->params);
    free_stores(step->discards, step->discard_count);
    free_stores(step->skip_when, step->skip_when_count);
    free(step->id);
    free(step->title);
}

static int read_params(const struct mb_node *node, const struct mb_node *with, struct mb_plan_step *step,
                       struct mb_error *err)
{
    const struct mb_step_kind *kind = step->kind;
    static const struct mb_field none[] = {{0}};
    int r = 0;

    step->params = calloc(1, kind->params_size ? kind->params_size : 1);
    if (!step->params)
        return -ENOMEM;
    if (kind->defaults)
        kind->defaults(step->params);
    if (with)
        r = mb_node_read(with, kind->fields ? kind->fields : none, step->params, err);
    else
        for (const struct mb_field *f = kind->fields; f && f->key; f++)
            if (f->required)
                return mb_node_error(node, err, "step kind %s needs 'with: {%s: ...}'", kind->name, f->key);
    if (r == 0 && kind->check && with)
        r = kind->check(with, step->params, err);
    return r;
}

static int read_stores(const struct mb_node *list, char ***ret, size_t *ret_count, struct mb_error *err)
{
    const char *text = NULL;
    int r = 0;

    if (!list)
        return 0;
    if (list->kind != MB_NODE_LIST)
        return mb_node_error(list, err, "a list of record stores is expected here");
    *ret = calloc(list->count ? list->count : 1, sizeof **ret);
    if (!*ret)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < list->count; i++) {
        r = mb_node_string(&list->items[i], &text, err);
        if (r == 0 && !((*ret)[i] = strdup(text)))
            r = -ENOMEM;
        *ret_count = i + 1;
    }
    return r;
}

static int find_step(const struct mb_procedure *procedure, const char *id)
{
    for (size_t i = 0; i < procedure->step_count; i++)
        if (strcmp(procedure->steps[i].id, id) == 0)
            return (int)i;
    return -ENOENT;
}

static int read_step(const struct mb_node *node, struct mb_procedure *procedure, struct mb_error *err)
{
    struct mb_plan_step *step = &procedure->steps[procedure->step_count];
    struct raw_step raw = {0};
    int r = mb_node_read(node, step_fields, &raw, err);

    if (r == 0 && find_step(procedure, raw.id) >= 0)
        r = mb_node_error(node, err, "step '%s' stands twice", raw.id);
    if (r < 0) {
        raw_step_clear(&raw);
        return r;
    }
    *step = (struct mb_plan_step){
        .id = raw.id, .title = raw.title, .minutes = raw.minutes, .kind = mb_step_kind_find(raw.kind)};
    step->resume_at = (int)procedure->step_count++;
    if (!step->kind)
        r = mb_node_error(node, err, "step kind '%s' is not known", raw.kind);
    if (r == 0)
        r = read_params(node, raw.with, step, err);
    if (r == 0)
        r = read_stores(raw.discards, &step->discards, &step->discard_count, err);
    if (r == 0)
        r = read_stores(raw.skip_when, &step->skip_when, &step->skip_when_count, err);
    if (r == 0 && raw.resume_at) {
        step->resume_at = find_step(procedure, raw.resume_at);
        if (step->resume_at < 0)
            r = mb_node_error(node, err, "resume_at names '%s', which is not this step or an earlier one",
                              raw.resume_at);
    }
    procedure->minutes += raw.minutes;
    free(raw.kind);
    free(raw.resume_at);
    return r;
}

static int read_steps(const struct mb_node *list, struct mb_procedure *procedure, struct mb_error *err)
{
    int r = 0;

    if (list->kind != MB_NODE_LIST || list->count == 0 || list->count > MB_PLAN_STEPS_MAX)
        return mb_node_error(list, err, "a list of 1 to %d steps is expected here", MB_PLAN_STEPS_MAX);
    procedure->steps = calloc(list->count, sizeof *procedure->steps);
    if (!procedure->steps)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < list->count; i++)
        r = read_step(&list->items[i], procedure, err);
    return r;
}

static void scale_gates(struct mb_gates *g)
{
    double *const fractions[] = {&g->voltage,
                                 &g->torque,
                                 &g->frequency,
                                 &g->negative_sequence,
                                 &g->hvf,
                                 &g->fluctuation_power,
                                 &g->fluctuation_torque,
                                 &g->fluctuation_speed};

    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++)
        *fractions[i] /= 100;
}

static int read_procedure(const struct mb_node *root, struct mb_procedure *procedure, struct mb_error *err)
{
    const struct mb_node *map = mb_node_get(root, "procedure");
    struct raw_procedure raw = {0};
    int r;

    if (!map)
        return mb_node_error(root, err, "'procedure' is missing here");
    r = mb_node_read(map, procedure_fields, &raw, err);
    *procedure = raw.procedure;
    if (r == 0 && mb_motor_kinds_parse(raw.kinds ? raw.kinds : "*", &procedure->kinds) < 0)
        r = mb_node_error(mb_node_get(map, "kinds"), err, "'%s' is no list of motor kinds", raw.kinds);
    free(raw.kinds);
    if (r == 0 && procedure->method && (!procedure->standard || !mb_node_get(map, "gates")))
        r = mb_node_error(map, err,
                          "a procedure with a method makes a test sheet: it needs standard and gates");
    if (r < 0)
        return r;
    scale_gates(&procedure->gates);
    return read_steps(raw.steps, procedure, err);
}

int mb_procedure_parse(const char *name, const char *text, size_t size, struct mb_procedure **ret,
                       struct mb_error *err)
{
    struct mb_procedure *procedure = calloc(1, sizeof *procedure);
    struct mb_document *document = NULL;
    int r = procedure ? mb_document_parse(name, text, size, &document, err) : -ENOMEM;

    if (r == 0)
        r = read_procedure(mb_document_root(document), procedure, err);
    mb_document_free(document);
    if (r == 0) {
        procedure->text = strndup(text, size);
        procedure->text_size = size;
        if (!procedure->text)
            r = -ENOMEM;
    }
    if (r < 0)
        mb_procedure_free(procedure);
    else
        *ret = procedure;
    return r;
}

int mb_procedure_load(const char *path, struct mb_procedure **ret, struct mb_error *err)
{
    char *text = NULL;
    size_t size = 0;
    int r = mb_file_read(path, PLAN_FILE_MAX, &text, &size, err);

    if (r < 0)
        return r;
    r = mb_procedure_parse(path, text, size, ret, err);
    free(text);
    return r;
}

struct mb_procedure *mb_procedure_free(struct mb_procedure *procedure)
{
    if (!procedure)
        return NULL;
    for (size_t i = 0; i < procedure->step_count; i++)
        step_clear(&procedure->steps[i]);
    free(procedure->steps);
    free(procedure->id);
    free(procedure->title);
    free(procedure->method);
    free(procedure->standard);
    free(procedure->item);
    free(procedure->text);
    free(procedure);
    return NULL;
}
