/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scpi/profile_fields.h"

#include <stddef.h>

#include "scpi/profile.h"

static const char *const givens[] = {"always", "voltage-range", "current-range", "wiring", NULL};
static const char *const layouts[] = {"single", "comma", "letters", "labelled", "channels", NULL};
static const char *const separators[] = {",", ";", NULL};
static const char *const severities[] = {"invalid", "warn", "stop", NULL};
static const char *const usb_kinds[] = {"usbtmc", "serial", NULL};
static const char *const parities[] = {"none", "even", "odd", NULL};
static const char *const flows[] = {"none", "rtscts", "xonxoff", NULL};
static const char *const overs[] = {"any", "tcp", "tty", "usbtmc", NULL};
static const char *const terminator_words[] = {"lf", "crlf", "cr", NULL};

#define TEXT(type, key, member, need)                                                                        \
    {                                                                                                        \
        key, MB_FIELD_STRING, offsetof(type, member), .required = (need)                                     \
    }
#define NODE(type, key, member, need)                                                                        \
    {                                                                                                        \
        key, MB_FIELD_NODE, offsetof(type, member), .required = (need)                                       \
    }
#define NUMBER(type, key, member, low, high)                                                                 \
    {                                                                                                        \
        key, MB_FIELD_NUMBER, offsetof(type, member), .minimum = (low), .maximum = (high)                    \
    }
#define CHOICE(type, key, member, words)                                                                     \
    {                                                                                                        \
        key, MB_FIELD_CHOICE, offsetof(type, member), .choices = (words)                                     \
    }
#define INTEGER(type, key, member, low, high)                                                                \
    {                                                                                                        \
        key, MB_FIELD_INTEGER, offsetof(type, member), .minimum = (low), .maximum = (high)                   \
    }
#define BOOL(type, key, member)                                                                              \
    {                                                                                                        \
        key, MB_FIELD_BOOL, offsetof(type, member)                                                           \
    }
#define MARK(type) CHOICE(type, "mark", mark, mb_mark_words)
#define MAP(key, table)                                                                                      \
    {                                                                                                        \
        key, MB_FIELD_MAP, 0, .fields = (table)                                                              \
    }
#define END                                                                                                  \
    {                                                                                                        \
        .key = NULL                                                                                          \
    }

const struct mb_field mb_profile_exchange_fields[] = {
    CHOICE(struct mb_exchange, "when", when, givens),
    CHOICE(struct mb_exchange, "unless", unless, givens),
    TEXT(struct mb_exchange, "write", write, false),
    NUMBER(struct mb_exchange, "delay_s", delay_s, 0, 30),
    TEXT(struct mb_exchange, "query", query, false),
    TEXT(struct mb_exchange, "match", match, false),
    TEXT(struct mb_exchange, "number", number, false),
    NUMBER(struct mb_exchange, "tolerance", tolerance, 0, MB_PROFILE_BIG),
    TEXT(struct mb_exchange, "marker", marker, false),
    MARK(struct mb_exchange),
    END,
};

const struct mb_field mb_profile_value_fields[] = {
    TEXT(struct mb_value_field, "name", name, false),
    TEXT(struct mb_value_field, "quantity", quantity_name, false),
    {"unit_factor", MB_FIELD_NUMBER, offsetof(struct mb_value_field, unit_factor), .maximum = MB_PROFILE_BIG,
     .exclusive_minimum = true},
    TEXT(struct mb_value_field, "marker", marker, false),
    TEXT(struct mb_value_field, "item", item, false),
    TEXT(struct mb_value_field, "label", label, false),
    BOOL(struct mb_value_field, "optional", optional),
    BOOL(struct mb_value_field, "counter", counter),
    NODE(struct mb_value_field, "units", units_node, false),
    TEXT(struct mb_value_field, "match", match, false),
    NODE(struct mb_value_field, "wirings", wirings_node, false),
    END,
};

const struct mb_field mb_profile_ending_fields[] = {
    TEXT(struct mb_ending, "letter", letter, true),
    CHOICE(struct mb_ending, "validity", validity, mb_validity_words),
    END,
};

const struct mb_field mb_profile_group_fields[] = {
    TEXT(struct mb_group, "query", query, true),
    {"layout", MB_FIELD_CHOICE, offsetof(struct mb_group, layout), .required = true, .choices = layouts},
    TEXT(struct mb_group, "count_write", count_write, false),
    TEXT(struct mb_group, "item_write", item_write, false),
    TEXT(struct mb_group, "count_query", count_query, false),
    TEXT(struct mb_group, "labels_query", labels_query, false),
    CHOICE(struct mb_group, "separator", separator, separators),
    NODE(struct mb_group, "fields", fields_node, true),
    NODE(struct mb_group, "endings", endings_node, false),
    MARK(struct mb_group),
    END,
};

const struct mb_field mb_profile_bit_fields[] = {
    {"bit", MB_FIELD_INTEGER, offsetof(struct mb_condition_bit, bit), .required = true, .maximum = 31},
    CHOICE(struct mb_condition_bit, "severity", severity, severities),
    TEXT(struct mb_condition_bit, "text", text, false),
    CHOICE(struct mb_condition_bit, "validity", validity, mb_validity_words),
    NODE(struct mb_condition_bit, "channels", channels_node, false),
    MARK(struct mb_condition_bit),
    END,
};

const struct mb_field mb_profile_invalid_fields[] = {
    TEXT(struct mb_invalid, "token", token, false),
    {"above", MB_FIELD_NUMBER, offsetof(struct mb_invalid, above), .minimum = -1e300, .maximum = 1e300,
     .present_offset = offsetof(struct mb_invalid, has_above)},
    {"below", MB_FIELD_NUMBER, offsetof(struct mb_invalid, below), .minimum = -1e300, .maximum = 1e300,
     .present_offset = offsetof(struct mb_invalid, has_below)},
    {"equals", MB_FIELD_NUMBER, offsetof(struct mb_invalid, equals), .minimum = -1e300, .maximum = 1e300,
     .present_offset = offsetof(struct mb_invalid, has_equals)},
    {"validity", MB_FIELD_CHOICE, offsetof(struct mb_invalid, validity), .required = true,
     .choices = mb_validity_words},
    MARK(struct mb_invalid),
    END,
};

const struct mb_field mb_profile_set_fields[] = {
    TEXT(struct mb_set_point, "quantity", quantity_name, true),
    {"minimum", MB_FIELD_NUMBER, offsetof(struct mb_set_point, minimum), .required = true,
     .minimum = -MB_PROFILE_BIG, .maximum = MB_PROFILE_BIG},
    {"maximum", MB_FIELD_NUMBER, offsetof(struct mb_set_point, maximum), .required = true,
     .minimum = -MB_PROFILE_BIG, .maximum = MB_PROFILE_BIG},
    {"digits", MB_FIELD_INTEGER, offsetof(struct mb_set_point, digits), .required = true, .maximum = 9},
    NUMBER(struct mb_set_point, "three_phase_factor", three_phase_factor, 0.1, 10),
    NODE(struct mb_set_point, "steps", steps_node, true),
    MARK(struct mb_set_point),
    END,
};

const struct mb_field mb_profile_usb_fields[] = {
    TEXT(struct mb_usb_id, "vendor", vendor_text, true),
    TEXT(struct mb_usb_id, "product", product_text, false),
    CHOICE(struct mb_usb_id, "as", serial, usb_kinds),
    TEXT(struct mb_usb_id, "note", note, false),
    MARK(struct mb_usb_id),
    END,
};

const struct mb_field mb_profile_identify_fields[] = {
    TEXT(struct mb_identify, "query", query, true),
    TEXT(struct mb_identify, "match", match, true),
    TEXT(struct mb_identify, "name", name, false),
    MARK(struct mb_identify),
    END,
};

static const struct mb_field serial_fields[] = {
    INTEGER(struct mb_profile, "baud", serial.baud, 300, 4000000),
    INTEGER(struct mb_profile, "data_bits", serial.data_bits, 7, 8),
    CHOICE(struct mb_profile, "parity", serial.parity, parities),
    INTEGER(struct mb_profile, "stop_bits", serial.stop_bits, 1, 2),
    CHOICE(struct mb_profile, "flow", serial.flow, flows),
    CHOICE(struct mb_profile, "mark", serial.mark, mb_mark_words),
    END,
};

static const struct mb_field tcp_fields[] = {
    {"port", MB_FIELD_INTEGER, offsetof(struct mb_profile, tcp_port), .required = true, .minimum = 1,
     .maximum = 65535},
    END,
};

static const struct mb_field acknowledge_fields[] = {
    TEXT(struct mb_profile, "match", acknowledge.match, true),
    CHOICE(struct mb_profile, "over", acknowledge.over, overs),
    CHOICE(struct mb_profile, "mark", acknowledge.mark, mb_mark_words),
    END,
};

static const struct mb_field new_data_fields[] = {
    TEXT(struct mb_profile, "query", new_data.query, true),
    TEXT(struct mb_profile, "match", new_data.match, true),
    NUMBER(struct mb_profile, "interval_s", new_data.interval_s, 0.001, 60),
    NUMBER(struct mb_profile, "timeout_s", new_data.timeout_s, 0.001, 600),
    CHOICE(struct mb_profile, "mark", new_data.mark, mb_mark_words),
    END,
};

static const struct mb_field profile_fields[] = {
    TEXT(struct mb_profile, "id", id, true),
    TEXT(struct mb_profile, "maker", maker, true),
    TEXT(struct mb_profile, "kind", kind, true),
    TEXT(struct mb_profile, "dialect", dialect, false),
    NODE(struct mb_profile, "models", nodes.models, true),
    {"maturity", MB_FIELD_CHOICE, offsetof(struct mb_profile, maturity), .required = true,
     .choices = mb_maturity_words},
    TEXT(struct mb_profile, "source", source, true),
    END,
};

static const struct mb_field link_fields[] = {
    CHOICE(struct mb_profile, "write_terminator", link.write_terminator, terminator_words),
    CHOICE(struct mb_profile, "read_terminator", link.read_terminator, terminator_words),
    NUMBER(struct mb_profile, "gap_s", link.gap_s, 0, 10),
    NUMBER(struct mb_profile, "timeout_s", link.timeout_s, 0.05, 120),
    BOOL(struct mb_profile, "lockout", link.lockout),
    BOOL(struct mb_profile, "term_char", link.term_char),
    BOOL(struct mb_profile, "status_byte", link.status_byte),
    BOOL(struct mb_profile, "reply_header", reply_header),
    MAP("acknowledge", acknowledge_fields),
    END,
};

static const struct mb_field identify_fields[] = {
    TEXT(struct mb_profile, "query", identify.query, true),
    TEXT(struct mb_profile, "match", identify.match, true),
    TEXT(struct mb_profile, "name", identify.name, false),
    NODE(struct mb_profile, "alternatives", nodes.alternatives, false),
    CHOICE(struct mb_profile, "mark", identify.mark, mb_mark_words),
    END,
};

static const struct mb_field error_fields[] = {
    TEXT(struct mb_profile, "query", errors.query, true),
    TEXT(struct mb_profile, "ok", errors.ok, true),
    CHOICE(struct mb_profile, "mark", errors.mark, mb_mark_words),
    END,
};

static const struct mb_field condition_fields[] = {
    TEXT(struct mb_profile, "query", condition.query, true),
    NODE(struct mb_profile, "bits", condition.bits_node, true),
    END,
};

static const struct mb_field settle_fields[] = {
    NUMBER(struct mb_profile, "settle_s", settle.settle_s, 0, 3600),
    NUMBER(struct mb_profile, "equal_percent", settle.equal_percent, 0, 100),
    {"attempts", MB_FIELD_INTEGER, offsetof(struct mb_profile, settle.attempts), .minimum = 1,
     .maximum = 1000},
    END,
};

static const struct mb_field output_fields[] = {
    NODE(struct mb_profile, "on", output.on_node, true),
    NODE(struct mb_profile, "off", output.off_node, true),
    END,
};

static const struct mb_field safe_fields[] = {
    {"time_to_safe_s", MB_FIELD_NUMBER, offsetof(struct mb_profile, safe.time_to_safe_s), .required = true,
     .minimum = 0.1, .maximum = 60},
    NODE(struct mb_profile, "steps", safe.steps_node, true),
    END,
};

static const struct mb_field range_fields[] = {
    NODE(struct mb_profile, "voltage_v", ranges.voltage_node, false),
    NODE(struct mb_profile, "current_a", ranges.current_node, false),
    END,
};

const struct mb_field mb_profile_root_fields[] = {
    {"profile", MB_FIELD_MAP, 0, .required = true, .fields = profile_fields},
    TEXT(struct mb_profile, "like", like_id, false),
    NODE(struct mb_profile, "usb", nodes.usb, false),
    MAP("serial", serial_fields),
    MAP("tcp", tcp_fields),
    MAP("link", link_fields),
    {"identify", MB_FIELD_MAP, 0, .required = true, .fields = identify_fields},
    MAP("errors", error_fields),
    NODE(struct mb_profile, "setup", nodes.setup, false),
    NODE(struct mb_profile, "exit", nodes.exit, false),
    MAP("new_data", new_data_fields),
    NODE(struct mb_profile, "read", nodes.read, false),
    {"update_interval_s", MB_FIELD_NUMBER, offsetof(struct mb_profile, update_interval_s), .required = true,
     .minimum = 0.001, .maximum = 3600},
    MAP("condition", condition_fields),
    NODE(struct mb_profile, "invalid", nodes.invalid, false),
    NODE(struct mb_profile, "accuracy", nodes.accuracy, false),
    MAP("ranges", range_fields),
    NODE(struct mb_profile, "wirings", nodes.wirings, false),
    NODE(struct mb_profile, "set", nodes.set, false),
    MAP("output", output_fields),
    MAP("safe", safe_fields),
    NODE(struct mb_profile, "safety_test", nodes.safety_test, false),
    MAP("settle", settle_fields),
    END,
};
