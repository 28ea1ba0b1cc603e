/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A SCPI-like instrument as data: driver/profiles/ID.yaml, read against the tables in profile_fields.c.
 * Nothing here knows one product; a product that needs code gets a new row kind or layout, which every
 * profile may then use.
 *
 * A file may say that it is `like` another one: then its keys go over those of the other.
 *
 * Texts may contain {name}: {voltage_range_v}, {current_range_a}, {wiring} (the profile's own word for it),
 * {value}, {count}, {index}, {item}, and {items} (all of a group, with commas) in its query. Numbers are
 * written with a decimal point, without a unit. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/quantity.h"
#include "core/reading.h"
#include "data/data.h"
#include "data/profile_data.h"
#include "scpi/engine.h"
#include "transport/serial.h"

#define MB_WIRING_COUNT 5 /* entries of mb_wirings */

/* Something the bench file may give; rows can depend on it. */
enum mb_given { MB_GIVEN_ALWAYS, MB_GIVEN_VOLTAGE_RANGE, MB_GIVEN_CURRENT_RANGE, MB_GIVEN_WIRING };

/* One row of set-up, set, output or safe: a command, then a query and what it must answer. At least one of
 * the two. */
struct mb_exchange {
    int when, unless; /* enum mb_given; MB_GIVEN_ALWAYS: no condition */
    char *write;      /* sent without waiting for a reply */
    double delay_s;   /* after write, real seconds */
    char *query;
    char *match;      /* Perl-compatible regular expression for the reply */
    char *number;     /* the reply, or what follows marker in it, must be this number ... */
    double tolerance; /* ... within this, in the reply's unit */
    char *marker;     /* letter in front of the number in a letter layout */
    int mark;         /* enum mb_mark */
};

struct mb_exchange_list {
    struct mb_exchange *rows;
    size_t count;
};

enum mb_layout {
    MB_LAYOUT_SINGLE,
    MB_LAYOUT_COMMA,
    MB_LAYOUT_LETTERS,
    MB_LAYOUT_LABELLED, /* "U1 +231.50E+0;I1 +5.0E+0": found by label, in any order */
    MB_LAYOUT_CHANNELS, /* "+2.31E+01,101,+2.40E+01,102": found by channel number, in any order */
};

/* A unit that the instrument writes behind the number. */
struct mb_unit {
    char *text;
    double factor; /* unit_factor by unit_factor of the field */
};

/* One value of a reply. Without a name the field is only checked (match) and skipped. */
struct mb_value_field {
    char *name;
    char *quantity_name; /* as in core/quantity.h */
    enum mb_quantity quantity;
    double unit_factor; /* the quantity's unit by unit of the reply */
    char *marker;  /* letter layout: the letter in front of the number; labelled: the label; channels: the
                      channel's number */
    char *item;    /* what the instrument is told to put at this place */
    char *label;   /* what the instrument calls this place, where the group has a labels_query */
    char *match;   /* unnamed field: regular expression for its text */
    bool optional; /* the instrument leaves it out in some states; only at the end of the reply */
    bool counter;  /* only grows from the setup on, else it was reset */
    const struct mb_node *units_node;
    struct mb_unit *units; /* the number must carry one of these; count 0: no unit */
    size_t unit_count;
    const struct mb_node *wirings_node;
    unsigned wirings; /* bit n: present with mb_wirings[n]; with no wiring given every field is present */
};

/* Last letter of a letter layout. */
struct mb_ending {
    char *letter;
    int validity; /* what it makes of the numbers before it */
};

/* One query and the values in its reply. */
struct mb_group {
    char *query;
    int layout;                     /* enum mb_layout */
    int separator;                  /* index into ",;" */
    char *count_write, *item_write; /* sent in set-up: how many items, and each item; may be NULL. Without
                                       {index} the instrument has its own order, an item is told once */
    char *count_query;              /* asked after them: must answer how many there are; or NULL */
    char *labels_query;             /* asked after them: the names of all places, or NULL */
    const struct mb_node *fields_node, *endings_node;
    struct mb_value_field *fields;
    size_t field_count;
    struct mb_ending *endings;
    size_t ending_count;
    int mark;
};

enum mb_severity {
    MB_SEVERITY_INVALID, /* spoils readings */
    MB_SEVERITY_WARN,    /* readings stay valid, the text is the instrument's notice */
    MB_SEVERITY_STOP,    /* spoils readings, and they say MB_READING_STOP: the test must not go on */
};

/* A bit of the condition register that spoils readings or is worth a notice. */
struct mb_condition_bit {
    int bit;
    int severity; /* enum mb_severity */
    char *text;   /* for a person; needed for warn and stop */
    int validity; /* not for warn */
    const struct mb_node *channels_node;
    char **channels; /* names; a name ending in * stands for all that begin so */
    size_t channel_count;
    int mark;
};

/* A token or number that is not a value. The first that fits decides. */
struct mb_invalid {
    char *token;                 /* compared without regard to case */
    double above, below, equals; /* above and below are strict */
    bool has_above, has_below, has_equals;
    int validity;
    int mark;
};

struct mb_set_point {
    char *quantity_name;
    enum mb_quantity quantity;
    double minimum,
        maximum; /* in the unit of the quantity, after the factor below: what the instrument takes */
    int digits;  /* after the decimal point */
    double three_phase_factor; /* value sent by value asked for on a three-phase bench (1/sqrt 3: set per
                                  phase) */
    const struct mb_node *steps_node;
    struct mb_exchange_list steps;
    int mark;
};

struct mb_identify {
    char *query, *match;
    char *name; /* identity where the reply is not one; NULL: the reply is the identity */
    int mark;
};

/* Under which ids the product is plugged in. Ids are shared by products: they say which profiles to try, the
 * identity decides. */
struct mb_usb_id {
    char *vendor_text, *product_text; /* four hexadecimal digits; product NULL: any */
    unsigned vendor, product;
    int serial; /* 1: a serial port (CDC or a bridge), 0: USBTMC */
    char *note;
    int mark;
};

/* What a serial port needs where its address does not say; the maker's default. */
struct mb_serial_profile {
    int baud; /* 0: the profile does not say */
    int data_bits, stop_bits;
    int parity; /* enum mb_parity */
    int flow;   /* enum mb_flow */
    int mark;
};

/* On which links every command is answered. */
enum mb_over { MB_OVER_ANY, MB_OVER_TCP, MB_OVER_TTY, MB_OVER_USBTMC };

struct mb_safety_block; /* safety_profile.h */
struct mb_like;         /* nodes merged from two files */

struct mb_profile {
    struct mb_document *document;
    struct mb_like *like; /* NULL: the file stands for itself */
    struct {
        const struct mb_node *models, *setup, *read, *invalid, *accuracy, *set, *wirings, *usb, *alternatives,
            *exit, *safety_test;
    } nodes;
    char *id, *maker, *kind, *source;
    char *like_id; /* the profile that this one is like, or NULL */
    char *dialect; /* family of number formats whose markers must be mapped, or NULL */
    char **models;
    size_t model_count;
    int maturity;
    struct mb_engine_settings link;
    struct mb_usb_id *usb;
    size_t usb_count;
    struct mb_serial_profile serial;
    int tcp_port; /* 0: the profile does not say */
    struct {
        char *match; /* NULL: commands are not answered */
        int over;    /* enum mb_over */
        int mark;
    } acknowledge;
    bool reply_header; /* replies may begin with a header, ":NUM:NORM:NUMB 8" */
    struct mb_identify identify;
    struct mb_identify *alternatives; /* tried in turn where the first is not answered well */
    size_t alternative_count;
    struct {
        char *query, *ok; /* query NULL: the instrument has no error queue */
        int mark;
    } errors;
    struct mb_exchange_list setup;
    struct mb_exchange_list exit; /* commands only; sent at closing, nobody waits for them */
    struct {
        char *query, *match;          /* query NULL: values are taken as they are */
        double interval_s, timeout_s; /* bench seconds: between two queries; until values are stale */
        int mark;
    } new_data;
    struct mb_group *groups;
    size_t group_count;
    struct {
        char *query; /* NULL: none */
        const struct mb_node *bits_node;
        struct mb_condition_bit *bits;
        size_t bit_count;
    } condition;
    struct mb_invalid *invalid;
    size_t invalid_count;
    struct mb_accuracy *accuracy;
    size_t accuracy_count;
    struct mb_set_point *set_points;
    size_t set_point_count;
    struct {
        const struct mb_node *on_node, *off_node; /* NULL: no output to switch */
        struct mb_exchange_list on, off;
    } output;
    struct {
        double time_to_safe_s;            /* real seconds from the call to the confirmed safe state */
        const struct mb_node *steps_node; /* NULL: nothing to make safe */
        struct mb_exchange_list steps;
    } safe;
    struct mb_safety_block *safety; /* NULL: no safety tester */
    struct {
        double settle_s;      /* bench seconds before the first reading counts */
        double equal_percent; /* two successive readings must agree within; 0: one reading is enough */
        int attempts;         /* readings tried before the result is "settling" */
    } settle;
    double update_interval_s; /* bench seconds */
    struct {
        const struct mb_node *voltage_node, *current_node;
        double *voltage, *current;
        size_t voltage_count, current_count;
    } ranges;                       /* what {voltage_range_v}, {current_range_a} may be; count 0: anything */
    char *wirings[MB_WIRING_COUNT]; /* the profile's word for each of mb_wirings; NULL: not offered */
};

/* Reads ID.yaml, and the file it is like, from the first of the folders (separated by ':') that has it. 0;
 * -errno of the file; -EINVAL with "FILE:LINE: ...". */
int mb_profile_load(const char *folders, const char *id, struct mb_profile **ret, struct mb_error *err);
/* From memory; name stands for the file in messages. `like` is refused: there is no folder. */
int mb_profile_parse(const char *name, const char *text, size_t size, struct mb_profile **ret,
                     struct mb_error *err);
struct mb_profile *mb_profile_free(struct mb_profile *p);
/* What a serial port needs for this instrument: the profile's word, or the default of all ports. */
struct mb_serial_setting mb_profile_serial(const struct mb_profile *p);

/* What the tables cannot say: queries end in "?" and commands do not, regular expressions compile, ranges are
 * in order, ids are lower case, names unique, the way to safe begins with a command. -EINVAL with one line. A
 * loaded profile has passed it. */
int mb_profile_check(const struct mb_profile *p, struct mb_error *err);
