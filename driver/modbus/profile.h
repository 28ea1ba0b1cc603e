/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Modbus instrument as data: a profile ID.yaml with the key `modbus` (docs/guides/profiles.md). Nothing
 * here knows one product.
 *
 * Addresses are those on the wire, from 0; a manual that counts from 40001 means holding register 0. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/quantity.h"
#include "core/reading.h"
#include "data/data.h"
#include "data/profile_data.h"
#include "modbus/registers.h"

enum mb_modbus_space { MB_MODBUS_HOLDING, MB_MODBUS_INPUT, MB_MODBUS_COIL, MB_MODBUS_DISCRETE };

/* In profiles and on command lines, in the order of their enums; NULL at the end. */
extern const char *const mb_modbus_spaces[], *const mb_modbus_types[], *const mb_modbus_orders[];

/* Where a number stands. Members are int where a field table fills them. */
struct mb_modbus_place {
    int space; /* enum mb_modbus_space */
    int address;
    int type;  /* enum mb_modbus_type; nothing in a coil or a discrete input */
    int order; /* enum mb_modbus_order */
};

struct mb_modbus_value {
    char *name, *quantity_name;
    enum mb_quantity quantity;
    struct mb_modbus_place place;
    double factor, offset; /* quantity = number * factor + offset */
    bool counter;          /* only grows; where it begins is its own affair */
    int mark;              /* enum mb_mark */
};

/* A pattern or a number that is not a value. The first that fits decides. */
struct mb_modbus_invalid {
    char *bits_text; /* 4 or 8 hexadecimal digits: for numbers of one or two registers */
    uint32_t bits;
    unsigned width;      /* 0: no pattern */
    double above, below; /* strict, in the unit of the quantity */
    bool has_above, has_below;
    int validity; /* enum mb_validity */
    int mark;
};

/* What the instrument must say at opening: a text in registers (two characters each, the first in the high
 * byte) that begins so, or a number. */
struct mb_modbus_identity {
    struct mb_modbus_place place;
    char *text;
    int registers; /* of the text */
    double equals;
    bool has_equals;
    int mark;
};

/* Writes a number and reads it back, or only one of the two. */
struct mb_modbus_step {
    struct mb_modbus_place place;
    double write, delay_s, expect, tolerance; /* tolerance: of expect, in the number's own unit */
    bool has_write, has_expect;
    int read_address; /* where it is read back; -1: where it is written */
    int mark;
};

struct mb_modbus_steps {
    struct mb_modbus_step *rows;
    size_t count;
};

struct mb_modbus_set_point {
    char *quantity_name;
    enum mb_quantity quantity;
    double minimum, maximum, tolerance; /* in the unit of the quantity */
    double factor, offset;              /* as in mb_modbus_value */
    double delay_s;                     /* from writing to reading back */
    struct mb_modbus_place place;
    int read_address; /* where it is read back; -1: where it was written */
    int mark;
};

struct mb_modbus_profile {
    atomic_int references;
    struct mb_document *document;
    char *id, *maker, *kind, *source;
    const struct mb_node *models_node;
    int maturity;
    double update_interval_s; /* bench seconds */
    double timeout_s, gap_s;  /* for an answer, between two requests; real seconds */
    int largest_read;         /* registers in one request */
    int fill;                 /* unused registers that may be read along so that two values come together */
    bool write_multiple;      /* also single registers and coils are written with functions 16 and 15 */
    const struct mb_node *identify_node, *values_node, *invalid_node, *set_node, *accuracy_node, *on_node,
        *off_node, *safe_node;
    struct mb_modbus_identity *identities;
    size_t identity_count;
    struct mb_modbus_value *values;
    size_t value_count;
    struct mb_modbus_invalid *invalid;
    size_t invalid_count;
    struct mb_modbus_set_point *set_points;
    size_t set_point_count;
    struct mb_modbus_steps on, off, safe; /* rows NULL: none */
    double time_to_safe_s;                /* real seconds from the call to the confirmed safe state */
    struct mb_accuracy *accuracy;
    size_t accuracy_count;
};

/* Whether a profile is one of this family. */
bool mb_modbus_is(const struct mb_document *document);
/* As mb_profile_load and mb_profile_parse (scpi/profile.h). */
int mb_modbus_profile_load(const char *folders, const char *id, struct mb_modbus_profile **ret,
                           struct mb_error *err);
int mb_modbus_profile_parse(const char *name, const char *text, size_t size, struct mb_modbus_profile **ret,
                            struct mb_error *err);
/* A loaded profile is never changed; whoever outlives its owner (a thread) holds a reference. */
struct mb_modbus_profile *mb_modbus_profile_ref(struct mb_modbus_profile *p);
struct mb_modbus_profile *
mb_modbus_profile_unref(struct mb_modbus_profile *p); /* NULL is allowed; returns NULL */
/* What the tables cannot say: places that exist and do not overlap, names unique, limits in order and within
 * the register, a way to off that begins with a write, ends with a reading back and fits into its time.
 * -EINVAL with one line. A loaded profile has passed it. */
int mb_modbus_check(const struct mb_modbus_profile *p, struct mb_error *err);

bool mb_modbus_is_bit(const struct mb_modbus_place *place);
/* Registers or bits that a number takes. */
unsigned mb_modbus_place_width(const struct mb_modbus_place *place);
