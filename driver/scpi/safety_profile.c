/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scpi/safety_profile.h"

#include <errno.h>
#include <stdlib.h>

#include "scpi/profile_fields.h"
#include "scpi/profile_parts.h"

#define ROWS_MAX 64
#define BIG MB_PROFILE_BIG

const char *const mb_safety_parameter_names[] = {"voltage", "current", "limit-high", "limit-low", "ramp",
                                                 "hold",    "fall",    "frequency",  NULL};
static const char *const field_names[] = {"mode", "verdict", "applied", "value", "elapsed", NULL};

#define AT(type, member) .offset = offsetof(struct type, member)
#define TEXT(type, key, member)                                                                              \
    {                                                                                                        \
        key, MB_FIELD_STRING, AT(type, member)                                                               \
    }
#define NEED(type, key, member)                                                                              \
    {                                                                                                        \
        key, MB_FIELD_STRING, AT(type, member), .required = true                                             \
    }
#define NODE(type, key, member, need)                                                                        \
    {                                                                                                        \
        key, MB_FIELD_NODE, AT(type, member), .required = (need)                                             \
    }
#define NUMBER(type, key, member, low, high)                                                                 \
    {                                                                                                        \
        key, MB_FIELD_NUMBER, AT(type, member), .minimum = (low), .maximum = (high)                          \
    }
#define FACTOR(type, key, member)                                                                            \
    {                                                                                                        \
        key, MB_FIELD_NUMBER, AT(type, member), .maximum = BIG, .exclusive_minimum = true                    \
    }
#define FLAG(type, key, member)                                                                              \
    {                                                                                                        \
        key, MB_FIELD_BOOL, AT(type, member)                                                                 \
    }
#define CHOICE(type, key, member, words, need)                                                               \
    {                                                                                                        \
        key, MB_FIELD_CHOICE, AT(type, member), .required = (need), .choices = (words)                       \
    }
#define MARK(type, member) CHOICE(type, "mark", member, mb_mark_words, false)
#define END                                                                                                  \
    {                                                                                                        \
        .key = NULL                                                                                          \
    }

/* clang-format off */
static const struct mb_field parameter_fields[] = {
    CHOICE(mb_safety_parameter, "of", of, mb_safety_parameter_names, true),
    {"minimum", MB_FIELD_NUMBER, AT(mb_safety_parameter, minimum), .required = true, .maximum = BIG},
    {"maximum", MB_FIELD_NUMBER, AT(mb_safety_parameter, maximum), .required = true, .maximum = BIG},
    FACTOR(mb_safety_parameter, "unit_factor", unit_factor),
    {"digits", MB_FIELD_INTEGER, AT(mb_safety_parameter, digits), .required = true, .maximum = 12},
    {"off", MB_FIELD_NUMBER, AT(mb_safety_parameter, off), .maximum = BIG,
     .present_offset = offsetof(struct mb_safety_parameter, has_off)},
    NEED(mb_safety_parameter, "write", write),
    NEED(mb_safety_parameter, "query", query),
    {"at", MB_FIELD_INTEGER, AT(mb_safety_parameter, back.at), .minimum = 1, .maximum = 32},
    TEXT(mb_safety_parameter, "prefix", back.prefix),
    TEXT(mb_safety_parameter, "unit", back.unit),
    {"tolerance", MB_FIELD_NUMBER, AT(mb_safety_parameter, tolerance), .required = true, .maximum = BIG},
    MARK(mb_safety_parameter, mark),
    END,
};

static const struct mb_field mode_fields[] = {
    CHOICE(mb_safety_mode, "kind", kind, mb_safety_kind_names, true),
    TEXT(mb_safety_mode, "word", word),
    NUMBER(mb_safety_mode, "discharge_s", discharge_s, 0, 3600),
    NODE(mb_safety_mode, "select", select_node, false),
    NODE(mb_safety_mode, "parameters", parameters_node, true),
    NODE(mb_safety_mode, "finish", finish_node, false),
    MARK(mb_safety_mode, mark),
    END,
};

static const struct mb_field field_fields[] = {
    CHOICE(mb_safety_field, "is", is, field_names, true),
    CHOICE(mb_safety_field, "in", in, mb_safety_kind_names, false),
    {"at", MB_FIELD_INTEGER, AT(mb_safety_field, position.at), .minimum = 1, .maximum = 32},
    TEXT(mb_safety_field, "prefix", position.prefix),
    TEXT(mb_safety_field, "ramp_prefix", ramp_prefix),
    TEXT(mb_safety_field, "unit", position.unit),
    FACTOR(mb_safety_field, "unit_factor", position.unit_factor),
    END,
};

static const struct mb_field reply_fields[] = {
    NEED(mb_safety_reply, "query", query),
    NODE(mb_safety_reply, "fields", fields_node, true),
    MARK(mb_safety_reply, mark),
    END,
};

static const struct mb_field word_fields[] = {
    NEED(mb_safety_word, "match", match),
    CHOICE(mb_safety_word, "means", means, mb_safety_verdict_names, true),
    MARK(mb_safety_word, mark),
    END,
};

static const struct mb_field interlock_fields[] = {
    TEXT(mb_safety_block, "query", interlock.query),
    TEXT(mb_safety_block, "closed", interlock.closed),
    TEXT(mb_safety_block, "none", interlock.none),
    MARK(mb_safety_block, interlock.mark),
    END,
};

static const struct mb_field start_fields[] = {
    NEED(mb_safety_block, "write", start.write),
    MARK(mb_safety_block, start.mark),
    END,
};

static const struct mb_field poll_fields[] = {
    NEED(mb_safety_block, "query", poll.query),
    TEXT(mb_safety_block, "running", poll.running),
    NEED(mb_safety_block, "finished", poll.finished),
    NUMBER(mb_safety_block, "interval_s", poll.interval_s, 0.01, 10),
    NUMBER(mb_safety_block, "first_after_s", poll.first_after_s, 0, 10),
    {"margin_s", MB_FIELD_NUMBER, AT(mb_safety_block, poll.margin_s), .required = true, .minimum = 0.1, .maximum = 60},
    FLAG(mb_safety_block, "after_ramp", poll.after_ramp),
    FLAG(mb_safety_block, "blocks", poll.blocks),
    MARK(mb_safety_block, poll.mark),
    END,
};

static const struct mb_field block_fields[] = {
    {"interlock", MB_FIELD_MAP, 0, .required = true, .fields = interlock_fields},
    NODE(mb_safety_block, "before_start", before_start_node, false),
    NODE(mb_safety_block, "modes", modes_node, true),
    NODE(mb_safety_block, "arm", arm_node, false),
    {"start", MB_FIELD_MAP, 0, .required = true, .fields = start_fields},
    {"poll", MB_FIELD_MAP, 0, .required = true, .fields = poll_fields},
    FLAG(mb_safety_block, "compare_before", compare_before),
    NODE(mb_safety_block, "results", results_node, true),
    NODE(mb_safety_block, "verdicts", verdicts_node, true),
    END,
};
/* clang-format on */

static void position_done(struct mb_safety_position *p)
{
    free(p->prefix);
    free(p->unit);
}

static void parameter_done(void *element)
{
    struct mb_safety_parameter *p = element;

    free(p->write);
    free(p->query);
    position_done(&p->back);
}

static void mode_done(void *element)
{
    struct mb_safety_mode *m = element;

    free(m->word);
    mb_exchange_list_done(&m->select);
    mb_exchange_list_done(&m->finish);
    for (size_t i = 0; i < m->parameter_count; i++)
        parameter_done(&m->parameters[i]);
    free(m->parameters);
}

static void field_done(void *element)
{
    struct mb_safety_field *f = element;

    free(f->ramp_prefix);
    position_done(&f->position);
}

static void reply_done(void *element)
{
    struct mb_safety_reply *r = element;

    free(r->query);
    for (size_t i = 0; i < r->field_count; i++)
        field_done(&r->fields[i]);
    free(r->fields);
}

static void word_done(void *element)
{
    free(((struct mb_safety_word *)element)->match);
}

struct mb_safety_block *mb_safety_block_free(struct mb_safety_block *b)
{
    if (!b)
        return NULL;
    for (size_t i = 0; i < b->mode_count; i++)
        mode_done(&b->modes[i]);
    for (size_t i = 0; i < b->result_count; i++)
        reply_done(&b->results[i]);
    for (size_t i = 0; i < b->verdict_count; i++)
        word_done(&b->verdicts[i]);
    mb_exchange_list_done(&b->before_start);
    mb_exchange_list_done(&b->arm);
    free(b->modes);
    free(b->results);
    free(b->verdicts);
    free(b->interlock.query);
    free(b->interlock.closed);
    free(b->interlock.none);
    free(b->start.write);
    free(b->poll.query);
    free(b->poll.running);
    free(b->poll.finished);
    free(b);
    return NULL;
}

static void default_position(struct mb_safety_position *p)
{
    if (p->at == 0)
        p->at = 1;
    if (p->unit_factor == 0)
        p->unit_factor = 1;
}

static int read_mode(struct mb_safety_mode *m, struct mb_error *err)
{
    int r = mb_node_read_list(m->parameters_node, parameter_fields, sizeof *m->parameters, ROWS_MAX,
                              parameter_done, (void **)&m->parameters, &m->parameter_count, err);

    for (size_t i = 0; r == 0 && i < m->parameter_count; i++) {
        struct mb_safety_parameter *p = &m->parameters[i];

        if (p->unit_factor == 0)
            p->unit_factor = 1;
        p->back.unit_factor = p->unit_factor;
        default_position(&p->back);
    }
    if (r == 0)
        r = mb_profile_read_exchanges(m->select_node, &m->select, err);
    return r < 0 ? r : mb_profile_read_exchanges(m->finish_node, &m->finish, err);
}

static int read_reply(struct mb_safety_reply *reply, struct mb_error *err)
{
    int r = mb_node_read_list(reply->fields_node, field_fields, sizeof *reply->fields, ROWS_MAX, field_done,
                              (void **)&reply->fields, &reply->field_count, err);

    for (size_t i = 0; r == 0 && i < reply->field_count; i++) {
        if (!mb_node_get(&reply->fields_node->items[i], "in"))
            reply->fields[i].in = MB_SAFETY_KIND_COUNT;
        default_position(&reply->fields[i].position);
    }
    return r;
}

static int read_block(const struct mb_node *node, struct mb_safety_block *b, struct mb_error *err)
{
    int r = mb_node_read(node, block_fields, b, err);

    if (r == 0)
        r = mb_profile_read_exchanges(b->before_start_node, &b->before_start, err);
    if (r == 0)
        r = mb_profile_read_exchanges(b->arm_node, &b->arm, err);
    if (r == 0)
        r = mb_node_read_list(b->modes_node, mode_fields, sizeof *b->modes, ROWS_MAX, mode_done,
                              (void **)&b->modes, &b->mode_count, err);
    for (size_t i = 0; r == 0 && i < b->mode_count; i++)
        r = read_mode(&b->modes[i], err);
    if (r == 0)
        r = mb_node_read_list(b->results_node, reply_fields, sizeof *b->results, ROWS_MAX, reply_done,
                              (void **)&b->results, &b->result_count, err);
    for (size_t i = 0; r == 0 && i < b->result_count; i++)
        r = read_reply(&b->results[i], err);
    if (r == 0)
        r = mb_node_read_list(b->verdicts_node, word_fields, sizeof *b->verdicts, ROWS_MAX, word_done,
                              (void **)&b->verdicts, &b->verdict_count, err);
    return r;
}

int mb_safety_block_read(const struct mb_node *node, struct mb_safety_block **ret, struct mb_error *err)
{
    struct mb_safety_block *b = calloc(1, sizeof *b);
    int r = b ? read_block(node, b, err) : mb_error_set(err, -ENOMEM, "out of memory for a profile");

    if (r < 0) {
        (void)mb_safety_block_free(b);
        return r;
    }
    *ret = b;
    return 0;
}

const struct mb_safety_mode *mb_safety_mode_find(const struct mb_safety_block *b, enum mb_safety_kind kind)
{
    for (size_t i = 0; i < b->mode_count; i++)
        if (b->modes[i].kind == (int)kind)
            return &b->modes[i];
    return NULL;
}
