/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `question`: a person looks, measures or gauges, and answers; outputs are off meanwhile and the shaft
 * stands. What is asked, what may be answered and what is expected is data (question_plan.c). Each answer is
 * a reading of the record with all that judges it, so that `verify` needs no plan file. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "procedure/kinds.h"
#include "procedure/question_plan.h"

enum phase { PHASE_NEXT, PHASE_START, PHASE_TIMER, PHASE_ANSWER, PHASE_APPROVE };

struct state {
    enum phase phase;
    size_t index;
    double until_s; /* of the timer */
    char answers[MB_QUESTIONS_MAX][MB_ANSWER_MAX];
    char who[64]; /* gave the answer that waits for approval */
};

static const struct mb_plan_question *present(const struct mb_step *step)
{
    const struct mb_plan_questions *p = step->plan->params;

    return &p->items[((const struct state *)step->state)->index];
}

static const char *answer_to(const struct mb_step *step, const char *id)
{
    const struct mb_plan_questions *p = step->plan->params;
    const struct state *s = step->state;

    for (size_t i = 0; i < s->index; i++)
        if (strcmp(p->items[i].id, id) == 0)
            return s->answers[i];
    return "";
}

/* The circumstance that an earlier answer states; the text is the state's. */
static void circumstances_of(const struct mb_step *step, struct mb_circumstance list[2])
{
    const struct mb_plan_question *q = present(step);

    list[0] = list[1] = (struct mb_circumstance){NULL, NULL};
    if (q->circumstance)
        list[0] = (struct mb_circumstance){q->circumstance, answer_to(step, q->from)};
}

static int required(const struct mb_step *step, const char *quantity, struct mb_requirement *ret)
{
    struct mb_circumstance circumstances[2];

    circumstances_of(step, circumstances);
    return step->services->requirement(step->userdata, quantity, circumstances, NAN, ret);
}

/* The text with what is to be applied: "... (cord-anchorage-pull 60 N, GB/T 12350-2022 8, mark U)". */
static void full_text(const struct mb_step *step, char *text, size_t size)
{
    const struct mb_plan_question *q = present(step);
    size_t used = (size_t)snprintf(text, size, "%s", q->text);

    for (const char *p = q->apply ? q->apply : ""; *p && used < size;
         p += strcspn(p, ";") + (p[strcspn(p, ";")] == ';')) {
        struct mb_requirement r;
        char quantity[64];

        (void)snprintf(quantity, sizeof quantity, "%.*s", (int)strcspn(p, ";"), p);
        if (required(step, quantity, &r) == 0 && isfinite(r.limit))
            used += (size_t)snprintf(text + used, size - used, " (%s %g %s, %s-%s %s, mark %s)", quantity,
                                     r.limit, r.unit, r.standard, r.edition, r.clause, r.mark);
        else
            used += (size_t)snprintf(text + used, size - used, " (%s: no value in the data)", quantity);
    }
}

static void ask(struct mb_step *step, enum phase phase)
{
    static const char *const suffixes[] = {
        [PHASE_START] = "/start", [PHASE_ANSWER] = "", [PHASE_APPROVE] = "/approve"};
    const struct mb_plan_question *q = present(step);
    struct state *s = step->state;
    struct mb_question question = {.minimum = NAN, .maximum = NAN};

    if (phase == PHASE_ANSWER) {
        question.kind = (enum mb_question_kind)q->kind;
        question.photo = (enum mb_question_photo)q->photo;
        question.minimum = q->minimum;
        question.maximum = q->maximum;
        (void)snprintf(question.unit, sizeof question.unit, "%s", q->unit ? q->unit : "");
        (void)snprintf(question.choices, sizeof question.choices, "%s", q->choices ? q->choices : "");
        full_text(step, question.text, sizeof question.text);
    } else if (phase == PHASE_START) {
        (void)snprintf(question.text, sizeof question.text, "%.300s; answer done when you begin", q->start);
    } else {
        question.kind = MB_QUESTION_YES_NO;
        (void)snprintf(question.text, sizeof question.text, "a second person approves: %.200s: %.60s",
                       q->title, s->answers[s->index]);
    }
    (void)snprintf(question.id, sizeof question.id, "%.38s%s", q->id, suffixes[phase]);
    s->phase = phase;
    step->services->question(step->userdata, &question);
}

static enum mb_step_result begin(struct mb_step *step)
{
    step_switch_off(step);
    return step_measure(step, MB_BENCH_RUNNING);
}

/* A question that depends on a yes to an earlier one. */
static bool is_asked(const struct mb_step *step)
{
    const struct mb_plan_question *q = present(step);

    return !q->only_if || strcmp(answer_to(step, q->only_if), "yes") == 0;
}

static enum mb_step_result next(struct mb_step *step)
{
    const struct mb_plan_questions *p = step->plan->params;
    struct state *s = step->state;

    while (s->index < p->count && !is_asked(step))
        s->index++;
    step->services->progress(step->userdata, (double)s->index / (double)p->count);
    if (s->index == p->count)
        return MB_STEP_DONE;
    ask(step, present(step)->timer ? PHASE_START : PHASE_ANSWER);
    return MB_STEP_GOES_ON;
}

static enum mb_step_result tick(struct mb_step *step, const struct mb_snapshot *snapshot)
{
    struct state *s = step->state;
    double left_s = s->until_s - step_now_s(step);

    if (s->phase == PHASE_NEXT && step_may_approach(step, snapshot))
        return next(step);
    if (s->phase == PHASE_TIMER && left_s > 0)
        step_waiting(step, "%s: %.0f s left", present(step)->title, ceil(left_s));
    else if (s->phase == PHASE_TIMER)
        ask(step, PHASE_ANSWER);
    return MB_STEP_GOES_ON;
}

/* ---- Answers. ---- */

static int refuse(struct mb_step *step, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int refuse(struct mb_step *step, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(step->reason, sizeof step->reason, format, ap);
    va_end(ap);
    return -EINVAL;
}

static bool is_choice(const char *choices, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = choices; *p; p += strcspn(p, ";") + (p[strcspn(p, ";")] == ';'))
        if (n > 0 && strcspn(p, ";") == n && strncmp(p, word, n) == 0)
            return true;
    return false;
}

static int check_number(struct mb_step *step, double number)
{
    const struct mb_plan_question *q = present(step);

    if (!isfinite(number))
        return refuse(step, "%s: a number in %s is expected", q->title, q->unit ? q->unit : "no unit");
    if (number < q->minimum || number > q->maximum)
        return refuse(step, "%s: %g %s is out of range, allowed: %g to %g", q->title, number,
                      q->unit ? q->unit : "", q->minimum, q->maximum);
    return 0;
}

/* A word as it may be answered; numbers that stand for words are texts too. */
static int check_answer(struct mb_step *step, const char *word, double number)
{
    const struct mb_plan_question *q = present(step);

    if (q->photo == MB_PHOTO_REQUIRED && !*step->photo)
        return refuse(step, "%s: a photograph belongs to the answer", q->title);
    switch ((enum mb_question_kind)q->kind) {
    case MB_QUESTION_NUMBER:
        return check_number(step, number);
    case MB_QUESTION_YES_NO:
        return is_choice("yes;no;not-applicable", word)
                   ? 0
                   : refuse(step, "%s: '%.40s' is no answer, allowed: yes, no, not-applicable", q->title,
                            word);
    case MB_QUESTION_CHOICE:
        return is_choice(q->choices, word)
                   ? 0
                   : refuse(step, "%s: '%.40s' is no answer, allowed: %.150s", q->title, word, q->choices);
    case MB_QUESTION_WORD:
    case MB_QUESTION_TEXT:
        break;
    }
    return *word && strlen(word) < MB_ANSWER_MAX
               ? 0
               : refuse(step, "%s: a text of at most %d bytes is expected", q->title, MB_ANSWER_MAX - 1);
}

static int record(struct mb_step *step, const char *id, const char *expect, json_t *answer)
{
    const struct mb_plan_question *q = present(step);
    const struct mb_plan_questions *p = step->plan->params;
    const struct state *s = step->state;
    struct mb_circumstance circumstances[2];
    json_t *stated = json_object();
    bool approval = s->phase == PHASE_APPROVE;
    char store[80];

    circumstances_of(step, circumstances);
    if (circumstances[0].name)
        (void)json_object_set_new(stated, circumstances[0].name, json_string(circumstances[0].value));
    (void)snprintf(store, sizeof store, "%.50s/%s", p->store, approval ? "approvals" : "answers");
    return step_record(step, "reading", store, (int)s->index,
                       json_pack("{s:s, s:s, s:o, s:s*, s:s*, s:s*, s:o, s:s*, s:s*, s:s*, s:o*}", "id", id,
                                 "title", q->title, "answer", answer, "unit", approval ? NULL : q->unit,
                                 "expect", expect, "requirement", approval ? NULL : q->requirement,
                                 "circumstances", stated, "source", q->source, "mark", q->mark, "photo",
                                 *step->photo ? step->photo : NULL, "factor",
                                 q->factor > 0 && !approval ? json_real(q->factor) : NULL),
                       json_pack("{s:s}", "who", step->who)) == MB_STEP_GOES_ON
               ? 0
               : -EIO;
}

static int take_answer(struct mb_step *step, const char *word, double number)
{
    const struct mb_plan_question *q = present(step);
    bool is_number = q->kind == MB_QUESTION_NUMBER;
    struct state *s = step->state;
    char text[MB_ANSWER_MAX];
    int r;

    if (word)
        (void)snprintf(text, sizeof text, "%s", word);
    else
        (void)snprintf(text, sizeof text, "%g", number);
    r = check_answer(step, word ? word : text, number);
    if (r == 0)
        r = record(step, q->id, q->expect, is_number ? json_real(number) : json_string(text));
    if (r < 0)
        return r;
    step->photo[0] = '\0';
    (void)snprintf(s->answers[s->index], sizeof s->answers[0], "%s", text);
    (void)snprintf(s->who, sizeof s->who, "%s", step->who);
    s->phase = q->four_eyes ? PHASE_APPROVE : PHASE_NEXT;
    return 0;
}

/* Four eyes are of two people: another uid on the bus. */
static int take_approval(struct mb_step *step, const char *word)
{
    const struct mb_plan_question *q = present(step);
    struct state *s = step->state;
    char id[64];
    int r;

    if (!word || !is_choice("yes;no", word))
        return refuse(step, "%s: the answer of the second person is yes or no", q->title);
    if (!*step->who || !*s->who || strcmp(step->who, s->who) == 0)
        return refuse(step, "%s: the second person is another one than %s", q->title,
                      *s->who ? s->who : "the first");
    (void)snprintf(id, sizeof id, "%.48s/approve", q->id);
    r = record(step, id, "yes", json_string(word));
    if (r == 0)
        s->phase = PHASE_NEXT;
    return r;
}

static int start_timer(struct mb_step *step, const char *word)
{
    const struct mb_plan_question *q = present(step);
    struct state *s = step->state;
    struct mb_requirement r;

    if (!word || strcmp(word, "done") != 0)
        return -EINVAL;
    if (required(step, q->timer, &r) < 0 || !isfinite(r.limit))
        return refuse(step, "%s: the data has no %s", q->title, q->timer);
    s->until_s = step_now_s(step) + r.limit;
    s->phase = PHASE_TIMER;
    return 0;
}

static int answer(struct mb_step *step, const char *id, const char *word, double number)
{
    struct state *s = step->state;
    int r = -EINVAL;

    (void)id; /* the run has compared it with what is asked */
    if (s->phase == PHASE_START)
        r = start_timer(step, word);
    else if (s->phase == PHASE_ANSWER)
        r = take_answer(step, word, number);
    else if (s->phase == PHASE_APPROVE)
        r = take_approval(step, word);
    if (r < 0)
        return r;
    if (s->phase == PHASE_APPROVE) {
        ask(step, PHASE_APPROVE);
        return 0;
    }
    if (s->phase == PHASE_NEXT)
        s->index++;
    step->services->ask(step->userdata, "", "");
    return 0;
}

const struct mb_step_kind mb_step_question = {
    .name = "question",
    .state_size = sizeof(struct state),
    .params_size = sizeof(struct mb_plan_questions),
    .fields = mb_plan_question_fields,
    .check = mb_plan_questions_check,
    .free_params = mb_plan_questions_free,
    .begin = begin,
    .tick = tick,
    .answer = answer,
};
