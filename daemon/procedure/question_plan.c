/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "procedure/question_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct mb_field mb_plan_question_fields[] = {
    {"store", MB_FIELD_STRING, offsetof(struct mb_plan_questions, store), .required = true},
    {"questions", MB_FIELD_NODE, offsetof(struct mb_plan_questions, questions), .required = true},
    {0},
};

#define Q(member) offsetof(struct mb_plan_question, member)
#define RANGE .minimum = -1e9, .maximum = 1e9
static const struct mb_field fields[] = {
    {"id", MB_FIELD_STRING, Q(id), .required = true},
    {"title", MB_FIELD_STRING, Q(title), .required = true},
    {"text", MB_FIELD_STRING, Q(text), .required = true},
    {"kind", MB_FIELD_CHOICE, Q(kind), .required = true, .choices = mb_question_kind_names},
    {"unit", MB_FIELD_STRING, Q(unit)},
    {"minimum", MB_FIELD_NUMBER, Q(minimum), RANGE},
    {"maximum", MB_FIELD_NUMBER, Q(maximum), RANGE},
    {"factor", MB_FIELD_NUMBER, Q(factor), RANGE},
    {"choices", MB_FIELD_STRING, Q(choices)},
    {"expect", MB_FIELD_STRING, Q(expect)},
    {"requirement", MB_FIELD_STRING, Q(requirement)},
    {"apply", MB_FIELD_STRING, Q(apply)},
    {"timer", MB_FIELD_STRING, Q(timer)},
    {"start", MB_FIELD_STRING, Q(start)},
    {"only_if", MB_FIELD_STRING, Q(only_if)},
    {"circumstance", MB_FIELD_STRING, Q(circumstance)},
    {"from", MB_FIELD_STRING, Q(from)},
    {"photo", MB_FIELD_CHOICE, Q(photo), .choices = mb_question_photo_names},
    {"four_eyes", MB_FIELD_BOOL, Q(four_eyes)},
    {"source", MB_FIELD_STRING, Q(source), .required = true},
    {"mark", MB_FIELD_STRING, Q(mark), .required = true},
    {0},
};
#undef RANGE

static void clear(void *element)
{
    struct mb_plan_question *q = element;

    for (const struct mb_field *f = fields; f->key; f++)
        if (f->kind == MB_FIELD_STRING)
            free(*(char **)((char *)q + f->offset));
}
#undef Q

static bool is_earlier(const struct mb_plan_questions *p, size_t i, const char *id)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(p->items[k].id, id) == 0)
            return true;
    return false;
}

/* Keys that need each other, and names of earlier questions. */
static int check_one(const struct mb_plan_questions *p, size_t i, const struct mb_node *node,
                     struct mb_error *err)
{
    const struct mb_plan_question *q = &p->items[i];
    bool is_number = q->kind == MB_QUESTION_NUMBER;

    if (is_earlier(p, i, q->id))
        return mb_node_error(node, err, "question '%s' stands twice", q->id);
    if (is_number != (q->unit != NULL) || is_number != (q->maximum > q->minimum))
        return mb_node_error(node, err, "a number, and nothing else, has unit, minimum and maximum");
    if (q->factor < 0 || (q->factor > 0 && !q->requirement))
        return mb_node_error(node, err, "factor is above 0 and belongs to a requirement");
    if ((q->kind == MB_QUESTION_CHOICE) != (q->choices != NULL))
        return mb_node_error(node, err, "a choice, and nothing else, has choices");
    if ((q->requirement && !is_number) || (q->expect && is_number))
        return mb_node_error(node, err, "a number is judged by a requirement, a word by what is expected");
    if ((q->timer != NULL) != (q->start != NULL) || (q->circumstance != NULL) != (q->from != NULL))
        return mb_node_error(node, err, "timer needs start, circumstance needs from");
    if ((q->only_if && !is_earlier(p, i, q->only_if)) || (q->from && !is_earlier(p, i, q->from)))
        return mb_node_error(node, err, "only_if and from name an earlier question");
    return 0;
}

int mb_plan_questions_check(const struct mb_node *with, void *params, struct mb_error *err)
{
    struct mb_plan_questions *p = params;
    void *items = NULL;
    int r;

    (void)with;
    r = mb_node_read_list(p->questions, fields, sizeof *p->items, MB_QUESTIONS_MAX, clear, &items, &p->count,
                          err);
    if (r < 0)
        return r;
    p->items = items;
    for (size_t i = 0; r == 0 && i < p->count; i++)
        r = check_one(p, i, &p->questions->items[i], err);
    p->questions = NULL; /* lives no longer than the document */
    return r;
}

void mb_plan_questions_free(void *params)
{
    struct mb_plan_questions *p = params;

    for (size_t i = 0; i < p->count; i++)
        clear(&p->items[i]);
    free(p->items);
    free(p->store);
}
