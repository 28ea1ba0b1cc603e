/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A profile file into a struct, and out of memory again. */
#include "modbus/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 256
#define BIG 1e12

const char *const mb_modbus_spaces[] = {"holding", "input", "coil", "discrete", NULL};
const char *const mb_modbus_types[] = {"int16", "uint16", "int32", "uint32", "float32", NULL};
const char *const mb_modbus_orders[] = {"abcd", "cdab", "badc", "dcba", NULL};

#define TEXT(type, key, member, need)                                                                        \
    {                                                                                                        \
        key, MB_FIELD_STRING, offsetof(type, member), .required = (need)                                     \
    }
#define NODE(key, member, need)                                                                              \
    {                                                                                                        \
        key, MB_FIELD_NODE, offsetof(struct mb_modbus_profile, member), .required = (need)                   \
    }
#define NUMBER(type, key, member, low, high)                                                                 \
    {                                                                                                        \
        key, MB_FIELD_NUMBER, offsetof(type, member), .minimum = (low), .maximum = (high)                    \
    }
#define PRESENT(type, key, member, has)                                                                      \
    {                                                                                                        \
        key, MB_FIELD_NUMBER, offsetof(type, member), .minimum = -BIG, .maximum = BIG,                       \
                                                      .present_offset = offsetof(type, has)                  \
    }
#define NEEDED(type, key, member)                                                                            \
    {                                                                                                        \
        key, MB_FIELD_NUMBER, offsetof(type, member), .required = true, .minimum = -BIG, .maximum = BIG      \
    }
#define INTEGER(type, key, member, need, low, high)                                                          \
    {                                                                                                        \
        key, MB_FIELD_INTEGER, offsetof(type, member), .required = (need), .minimum = (low),                 \
                                                       .maximum = (high)                                     \
    }
#define CHOICE(type, key, member, words)                                                                     \
    {                                                                                                        \
        key, MB_FIELD_CHOICE, offsetof(type, member), .choices = (words)                                     \
    }
/* Where a number stands: the same keys in every row. */
#define PLACE(row)                                                                                           \
    {"function", MB_FIELD_CHOICE, offsetof(row, place.space), .required = true,                              \
     .choices = mb_modbus_spaces},                                                                           \
        INTEGER(row, "address", place.address, true, 0, 65535),                                              \
        CHOICE(row, "type", place.type, mb_modbus_types),                                                    \
        CHOICE(row, "order", place.order, mb_modbus_orders), CHOICE(row, "mark", mark, mb_mark_words)
#define END                                                                                                  \
    {                                                                                                        \
        .key = NULL                                                                                          \
    }

static const struct mb_field value_fields[] = {
    TEXT(struct mb_modbus_value, "name", name, true),
    TEXT(struct mb_modbus_value, "quantity", quantity_name, true),
    PLACE(struct mb_modbus_value),
    NUMBER(struct mb_modbus_value, "factor", factor, -BIG, BIG),
    NUMBER(struct mb_modbus_value, "offset", offset, -BIG, BIG),
    {"counter", MB_FIELD_BOOL, offsetof(struct mb_modbus_value, counter)},
    END,
};

static const struct mb_field invalid_fields[] = {
    TEXT(struct mb_modbus_invalid, "bits", bits_text, false),
    PRESENT(struct mb_modbus_invalid, "above", above, has_above),
    PRESENT(struct mb_modbus_invalid, "below", below, has_below),
    {"validity", MB_FIELD_CHOICE, offsetof(struct mb_modbus_invalid, validity), .required = true,
     .choices = mb_validity_words},
    CHOICE(struct mb_modbus_invalid, "mark", mark, mb_mark_words),
    END,
};

static const struct mb_field identity_fields[] = {
    PLACE(struct mb_modbus_identity),
    TEXT(struct mb_modbus_identity, "text", text, false),
    INTEGER(struct mb_modbus_identity, "registers", registers, false, 1, 60),
    PRESENT(struct mb_modbus_identity, "equals", equals, has_equals),
    END,
};

static const struct mb_field step_fields[] = {
    PLACE(struct mb_modbus_step),
    PRESENT(struct mb_modbus_step, "write", write, has_write),
    NUMBER(struct mb_modbus_step, "delay_s", delay_s, 0, 30),
    PRESENT(struct mb_modbus_step, "expect", expect, has_expect),
    NUMBER(struct mb_modbus_step, "tolerance", tolerance, 0, BIG),
    END,
};

static const struct mb_field set_fields[] = {
    TEXT(struct mb_modbus_set_point, "quantity", quantity_name, true),
    PLACE(struct mb_modbus_set_point),
    NUMBER(struct mb_modbus_set_point, "factor", factor, -BIG, BIG),
    NUMBER(struct mb_modbus_set_point, "offset", offset, -BIG, BIG),
    NEEDED(struct mb_modbus_set_point, "minimum", minimum),
    NEEDED(struct mb_modbus_set_point, "maximum", maximum),
    NEEDED(struct mb_modbus_set_point, "tolerance", tolerance),
    NUMBER(struct mb_modbus_set_point, "delay_s", delay_s, 0, 30),
    INTEGER(struct mb_modbus_set_point, "read_address", read_address, false, 0, 65535),
    END,
};

static const struct mb_field head_fields[] = {
    TEXT(struct mb_modbus_profile, "id", id, true),
    TEXT(struct mb_modbus_profile, "maker", maker, true),
    TEXT(struct mb_modbus_profile, "kind", kind, true),
    NODE("models", models_node, true),
    {"maturity", MB_FIELD_CHOICE, offsetof(struct mb_modbus_profile, maturity), .required = true,
     .choices = mb_maturity_words},
    TEXT(struct mb_modbus_profile, "source", source, true),
    END,
};

static const struct mb_field output_fields[] = {NODE("on", on_node, true), NODE("off", off_node, true), END};

static const struct mb_field safe_fields[] = {
    {"time_to_safe_s", MB_FIELD_NUMBER, offsetof(struct mb_modbus_profile, time_to_safe_s), .required = true,
     .minimum = 0.1, .maximum = 60},
    NODE("steps", safe_node, true),
    END,
};

static const struct mb_field modbus_fields[] = {
    NUMBER(struct mb_modbus_profile, "timeout_s", timeout_s, 0.05, 30),
    NUMBER(struct mb_modbus_profile, "gap_s", gap_s, 0, 1),
    INTEGER(struct mb_modbus_profile, "largest_read", largest_read, false, 2, 125),
    INTEGER(struct mb_modbus_profile, "fill", fill, false, 0, 120),
    {"write_multiple", MB_FIELD_BOOL, offsetof(struct mb_modbus_profile, write_multiple)},
    NODE("identify", identify_node, false),
    NODE("values", values_node, false),
    NODE("invalid", invalid_node, false),
    NODE("set", set_node, false),
    {"output", MB_FIELD_MAP, 0, .fields = output_fields},
    {"safe", MB_FIELD_MAP, 0, .fields = safe_fields},
    END,
};

static const struct mb_field root_fields[] = {
    {"profile", MB_FIELD_MAP, 0, .required = true, .fields = head_fields},
    {"modbus", MB_FIELD_MAP, 0, .required = true, .fields = modbus_fields},
    {"update_interval_s", MB_FIELD_NUMBER, offsetof(struct mb_modbus_profile, update_interval_s),
     .required = true, .minimum = 0.001, .maximum = 3600},
    NODE("accuracy", accuracy_node, false),
    END,
};

/* ---- out of memory ---- */

static void value_done(void *element)
{
    free(((struct mb_modbus_value *)element)->name);
    free(((struct mb_modbus_value *)element)->quantity_name);
}

static void invalid_done(void *element)
{
    free(((struct mb_modbus_invalid *)element)->bits_text);
}

static void identity_done(void *element)
{
    free(((struct mb_modbus_identity *)element)->text);
}

static void set_point_done(void *element)
{
    free(((struct mb_modbus_set_point *)element)->quantity_name);
}

struct mb_modbus_profile *mb_modbus_profile_ref(struct mb_modbus_profile *p)
{
    (void)atomic_fetch_add(&p->references, 1);
    return p;
}

static void profile_free(struct mb_modbus_profile *p)
{
    for (size_t i = 0; i < p->identity_count; i++)
        identity_done(&p->identities[i]);
    for (size_t i = 0; i < p->value_count; i++)
        value_done(&p->values[i]);
    for (size_t i = 0; i < p->invalid_count; i++)
        invalid_done(&p->invalid[i]);
    for (size_t i = 0; i < p->set_point_count; i++)
        set_point_done(&p->set_points[i]);
    free(p->identities);
    free(p->values);
    free(p->invalid);
    free(p->set_points);
    free(p->on.rows);
    free(p->off.rows);
    free(p->safe.rows);
    mb_accuracy_free(p->accuracy, p->accuracy_count);
    free(p->id);
    free(p->maker);
    free(p->kind);
    free(p->source);
    (void)mb_document_free(p->document);
    free(p);
}

struct mb_modbus_profile *mb_modbus_profile_unref(struct mb_modbus_profile *p)
{
    if (p && atomic_fetch_sub(&p->references, 1) == 1)
        profile_free(p);
    return NULL;
}

/* ---- into a struct ---- */

/* Rows whose factor is not given count as they are. */
static void default_factor(double *factor)
{
    if (*factor == 0)
        *factor = 1;
}

static int read_steps(const struct mb_node *list, struct mb_modbus_steps *ret, struct mb_error *err)
{
    int r;

    if (!list)
        return 0;
    r = mb_node_read_list(list, step_fields, sizeof *ret->rows, LIST_MAX, NULL, (void **)&ret->rows,
                          &ret->count, err);
    for (size_t i = 0; r == 0 && i < ret->count; i++)
        ret->rows[i].read_address = -1;
    return r;
}

static int read_bits(const struct mb_node *map, struct mb_modbus_invalid *v, struct mb_error *err)
{
    const size_t n = v->bits_text ? strlen(v->bits_text) : 0;

    if (!v->bits_text)
        return 0;
    if ((n != 4 && n != 8) || strspn(v->bits_text, "0123456789abcdef") != n)
        return mb_node_error(map, err, "'bits' are 4 or 8 hexadecimal digits in quotes, small letters");
    v->bits = (uint32_t)strtoul(v->bits_text, NULL, 16);
    v->width = (unsigned)n / 4;
    return 0;
}

static int read_values(struct mb_modbus_profile *p, struct mb_error *err)
{
    int r = 0;

    if (p->values_node)
        r = mb_node_read_list(p->values_node, value_fields, sizeof *p->values, LIST_MAX, value_done,
                              (void **)&p->values, &p->value_count, err);
    for (size_t i = 0; r == 0 && i < p->value_count; i++) {
        default_factor(&p->values[i].factor);
        r = mb_profile_quantity(&p->values_node->items[i], p->values[i].quantity_name, &p->values[i].quantity,
                                err);
    }
    if (r == 0 && p->invalid_node)
        r = mb_node_read_list(p->invalid_node, invalid_fields, sizeof *p->invalid, LIST_MAX, invalid_done,
                              (void **)&p->invalid, &p->invalid_count, err);
    for (size_t i = 0; r == 0 && i < p->invalid_count; i++)
        r = read_bits(&p->invalid_node->items[i], &p->invalid[i], err);
    return r;
}

static int read_set_points(struct mb_modbus_profile *p, struct mb_error *err)
{
    struct mb_modbus_set_point *s;
    int r;

    if (!p->set_node)
        return 0;
    r = mb_node_read_list(p->set_node, set_fields, sizeof *p->set_points, LIST_MAX, set_point_done,
                          (void **)&p->set_points, &p->set_point_count, err);
    for (size_t i = 0; r == 0 && i < p->set_point_count; i++) {
        s = &p->set_points[i];
        default_factor(&s->factor);
        if (!mb_node_get(&p->set_node->items[i], "read_address"))
            s->read_address = -1;
        r = mb_profile_quantity(&p->set_node->items[i], s->quantity_name, &s->quantity, err);
    }
    return r;
}

static int read_lists(struct mb_modbus_profile *p, struct mb_error *err)
{
    int r = read_values(p, err);

    if (r == 0 && p->identify_node)
        r = mb_node_read_list(p->identify_node, identity_fields, sizeof *p->identities, LIST_MAX,
                              identity_done, (void **)&p->identities, &p->identity_count, err);
    if (r == 0)
        r = read_set_points(p, err);
    if (r == 0)
        r = read_steps(p->on_node, &p->on, err);
    if (r == 0)
        r = read_steps(p->off_node, &p->off, err);
    if (r == 0)
        r = read_steps(p->safe_node, &p->safe, err);
    if (r == 0)
        r = mb_accuracy_read(p->accuracy_node, &p->accuracy, &p->accuracy_count, err);
    return r;
}

/* Takes the document over in every case. */
static int read_document(struct mb_document *document, struct mb_modbus_profile **ret, struct mb_error *err)
{
    struct mb_modbus_profile *p = calloc(1, sizeof *p);
    int r;

    if (!p) {
        (void)mb_document_free(document);
        return mb_error_set(err, -ENOMEM, "out of memory for a profile");
    }
    atomic_init(&p->references, 1);
    p->document = document;
    p->timeout_s = 1;
    p->largest_read = 125; /* of the protocol */
    r = mb_node_read(mb_document_root(document), root_fields, p, err);
    if (r == 0)
        r = read_lists(p, err);
    if (r == 0)
        r = mb_modbus_check(p, err);
    if (r < 0) {
        (void)mb_modbus_profile_unref(p);
        return r;
    }
    *ret = p;
    return 0;
}

bool mb_modbus_is(const struct mb_document *document)
{
    return mb_node_get(mb_document_root(document), "modbus") != NULL;
}

int mb_modbus_profile_parse(const char *name, const char *text, size_t size, struct mb_modbus_profile **ret,
                            struct mb_error *err)
{
    struct mb_document *document = NULL;
    int r = mb_document_parse(name, text, size, &document, err);

    return r < 0 ? r : read_document(document, ret, err);
}

int mb_modbus_profile_load(const char *folders, const char *id, struct mb_modbus_profile **ret,
                           struct mb_error *err)
{
    struct mb_document *document = NULL;
    struct mb_modbus_profile *p = NULL;
    int r = mb_profile_document(folders, id, &document, err);

    if (r == 0)
        r = read_document(document, &p, err);
    if (r < 0)
        return r;
    if (strcmp(p->id, id) != 0) {
        r = mb_node_error(mb_document_root(p->document), err,
                          "the id is '%s', it must be the name of the file", p->id);
        (void)mb_modbus_profile_unref(p);
        return r;
    }
    *ret = p;
    return 0;
}
