/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instrument/session.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"

struct session {
    sd_event *event;
    struct mb_instrument *instrument;
    sd_event_source *deadline;
    char *actions, *rest; /* rest: what is still to be done */
    char action[SESSION_ACTION_MAX];
    double timeout_s;
    void (*done)(void *userdata);
    void *userdata;
    bool started, finished, tests_allowed;
    int error;
    struct mb_error why;
    char identity[sizeof((struct mb_instrument *)0)->identity];
    char *text;
    size_t text_size;
    FILE *out; /* into text */
};

static void finish(struct session *s, int error, const char *why)
{
    if (s->finished)
        return;
    s->finished = true;
    s->error = error;
    (void)mb_error_set(&s->why, error, "%s", why);
    (void)snprintf(s->identity, sizeof s->identity, "%s", s->instrument->identity);
    (void)sd_event_source_set_enabled(s->deadline, SD_EVENT_OFF);
    s->instrument->ops->close(s->instrument);
    if (fflush(s->out) != 0 && s->error == 0)
        s->error = mb_error_set(&s->why, -ENOMEM, "out of memory");
    s->done(s->userdata);
}

static void next_action(struct session *s);

static void on_read(struct mb_instrument *i, int error, const char *text, const struct mb_reading *readings,
                    size_t n, void *userdata)
{
    struct session *s = userdata;

    if (s->finished)
        return;
    for (size_t k = 0; k < n; k++) {
        (void)fprintf(s->out, "%s,%s,", s->action, i->channels[k].name);
        if (readings[k].validity == MB_VALID)
            (void)fprintf(s->out, "%.10g", readings[k].value);
        (void)fprintf(s->out, ",%s,%s\n", mb_quantity_unit(i->channels[k].quantity),
                      mb_validity_name(readings[k].validity));
    }
    if (error < 0)
        finish(s, error, text);
    else
        next_action(s);
}

static void on_command(struct mb_instrument *i, int error, const char *text, void *userdata)
{
    struct session *s = userdata;

    (void)i;
    if (s->finished)
        return;
    (void)fprintf(s->out, "%s,,,,%s\n", s->action, error < 0 ? "failed" : "ok");
    if (error < 0)
        finish(s, error, text);
    else
        next_action(s);
}

static int do_read(struct session *s, const char *words)
{
    return *words ? -EINVAL : s->instrument->ops->read(s->instrument, on_read, s);
}

/* "QUANTITY VALUE" */
static int parse_set(const char *words, enum mb_quantity *ret_quantity, double *ret_value)
{
    char name[SESSION_ACTION_MAX];
    const char *value = strchr(words, ' ');

    if (!value)
        return -EINVAL;
    (void)snprintf(name, sizeof name, "%.*s", (int)(value - words), words);
    return mb_quantity_from_name(name, ret_quantity) < 0
               ? -EINVAL
               : mb_number_parse(value + 1, strlen(value + 1), ret_value);
}

static int do_set(struct session *s, const char *words)
{
    enum mb_quantity quantity;
    double value;
    int r = parse_set(words, &quantity, &value);

    return r < 0 ? r : s->instrument->ops->set(s->instrument, quantity, value, on_command, s);
}

static int do_output(struct session *s, const char *words)
{
    if (strcmp(words, "on") != 0 && strcmp(words, "off") != 0)
        return -EINVAL;
    return s->instrument->ops->output(s->instrument, words[1] == 'n', on_command, s);
}

static int do_safe(struct session *s, const char *words)
{
    return *words ? -EINVAL : s->instrument->ops->safe(s->instrument, on_command, s);
}

/* "test KIND", without the parameters. */
static void print_test_name(const struct session *s)
{
    const char *kind = strchr(s->action, ' ') + 1;

    (void)fprintf(s->out, "%.*s", (int)(kind - s->action + (ptrdiff_t)strcspn(kind, " ")), s->action);
}

/* Result of a safety test as rows like those of a reading; the units are those of core/safety.h. */
static void print_measured(struct session *s, const char *name, const struct mb_reading *reading,
                           const char *unit)
{
    print_test_name(s);
    (void)fprintf(s->out, ",%s,", name);
    if (reading->validity == MB_VALID)
        (void)fprintf(s->out, "%.10g", reading->value);
    (void)fprintf(s->out, ",%s,%s\n", unit, mb_validity_name(reading->validity));
}

/* A test that was refused or not measured is an outcome too. */
static void on_test(struct mb_instrument *i, int error, const char *text,
                    const struct mb_safety_result *result, void *userdata)
{
    struct session *s = userdata;
    bool earth = strstr(s->action, "earth-bond");

    (void)i;
    (void)error;
    (void)text;
    if (s->finished)
        return;
    print_measured(s, "applied", &result->applied, earth ? "A" : "V");
    print_measured(s, "value", &result->value, earth || strstr(s->action, "insulation") ? "ohm" : "A");
    print_measured(s, "elapsed", &result->elapsed, "s");
    print_test_name(s);
    (void)fprintf(s->out, ",,,,%s\n", mb_safety_verdict_name(result->verdict));
    next_action(s);
}

/* One "NAME=NUMBER" into the test. */
static int take_parameter(struct mb_safety_test *t, const char *word)
{
    const struct {
        const char *name;
        double *target;
    } names[] = {{"voltage_v", &t->voltage_v},   {"current_a", &t->current_a},
                 {"limit_high", &t->limit_high}, {"limit_low", &t->limit_low},
                 {"ramp_s", &t->ramp_s},         {"hold_s", &t->hold_s},
                 {"fall_s", &t->fall_s},         {"frequency_hz", &t->frequency_hz}};
    size_t n = strcspn(word, "=");

    for (size_t i = 0; word[n] && i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == n && strncmp(names[i].name, word, n) == 0)
            return mb_number_parse(word + n + 1, strlen(word + n + 1), names[i].target);
    return -EINVAL;
}

/* "KIND NAME=NUMBER ..." */
static int parse_test(const char *words, struct mb_safety_test *ret)
{
    char copy[SESSION_ACTION_MAX], *rest = copy, *word;
    int kind = 0, r = 0;

    (void)snprintf(copy, sizeof copy, "%s", words);
    word = strsep(&rest, " ");
    while (kind < MB_SAFETY_KIND_COUNT && strcmp(mb_safety_kind_names[kind], word) != 0)
        kind++;
    if (kind == MB_SAFETY_KIND_COUNT)
        return -EINVAL;
    *ret = (struct mb_safety_test){.kind = (enum mb_safety_kind)kind,
                                   .voltage_v = NAN,
                                   .current_a = NAN,
                                   .limit_high = NAN,
                                   .limit_low = NAN,
                                   .ramp_s = NAN,
                                   .hold_s = NAN,
                                   .fall_s = NAN,
                                   .frequency_hz = NAN,
                                   .interlock_acknowledged = true};
    while (r == 0 && (word = strsep(&rest, " ")))
        r = *word ? take_parameter(ret, word) : 0;
    return r;
}

static int do_test(struct session *s, const char *words)
{
    const struct mb_test_callbacks callbacks = {.done = on_test, .userdata = s};
    struct mb_safety_test test;
    int r = s->tests_allowed ? parse_test(words, &test) : -EPERM;

    if (r == 0 && !s->instrument->ops->test)
        r = -ENOTSUP;
    return r < 0 ? r : s->instrument->ops->test(s->instrument, &test, &callbacks, &s->why);
}

static const struct {
    const char *word;
    int (*start)(struct session *s, const char *words); /* words: what follows, without blanks around */
} verbs[] = {{"read", do_read}, {"set", do_set}, {"output", do_output}, {"safe", do_safe}, {"test", do_test}};

static int start_action(struct session *s)
{
    size_t n = strcspn(s->action, " ");

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strlen(verbs[i].word) == n && strncmp(verbs[i].word, s->action, n) == 0)
            return verbs[i].start(s, s->action + n + strspn(s->action + n, " "));
    return -EINVAL;
}

/* The next of "A; B; C" into s->action, without blanks around; false: none is left. */
static bool take_action(struct session *s)
{
    char *word, *end;

    do {
        word = strsep(&s->rest, ";");
        if (!word)
            return false;
        word += strspn(word, " ");
        end = word + strlen(word);
        while (end > word && end[-1] == ' ')
            *--end = '\0';
    } while (!*word);
    (void)snprintf(s->action, sizeof s->action, "%s", word);
    return true;
}

static void arm(struct session *s)
{
    (void)sd_event_source_set_time_relative(s->deadline, (uint64_t)(s->timeout_s * 1e6));
    (void)sd_event_source_set_enabled(s->deadline, SD_EVENT_ONESHOT);
}

static void next_action(struct session *s)
{
    struct mb_error err;
    int r;

    if (!take_action(s)) {
        finish(s, 0, "");
        return;
    }
    arm(s);
    r = start_action(s);
    if (r < 0 && s->why.text[0]) {
        err = s->why;
        finish(s, r, err.text);
    } else if (r < 0) {
        (void)mb_error_set(&err, r, "'%s': %s", s->action,
                           r == -EINVAL
                               ? "not an action, allowed: read, set QUANTITY VALUE, output on, output "
                                 "off, safe, test"
                               : strerror(-r));
        finish(s, r, err.text);
    }
}

static void on_state(struct mb_instrument *i, void *userdata)
{
    struct session *s = userdata;

    if (s->finished)
        return;
    if (i->state == MB_INSTRUMENT_LOST) {
        finish(s, -ENOTCONN, i->fault);
    } else if (i->state == MB_INSTRUMENT_READY && !s->started) {
        s->started = true;
        next_action(s);
    }
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct session *s = userdata;
    struct mb_error err;

    (void)source;
    (void)usec;
    (void)mb_error_set(&err, -ETIMEDOUT, "%s took longer than %g s", s->started ? s->action : "opening",
                       s->timeout_s);
    finish(s, -ETIMEDOUT, err.text);
    return 0;
}

static int start(struct session *s, const struct session_setting *setting, struct mb_error *err)
{
    int r;

    s->actions = strdup(setting->actions);
    s->out = open_memstream(&s->text, &s->text_size);
    if (!s->actions || !s->out)
        return mb_error_set(err, -ENOMEM, "out of memory");
    s->rest = s->actions;
    r = mb_instrument_new(s->event, setting->profile_directory, setting->instrument, &s->instrument, err);
    if (r < 0)
        return r;
    s->instrument->state_changed = on_state;
    s->instrument->userdata = s;
    r = sd_event_add_time_relative(s->event, &s->deadline, CLOCK_MONOTONIC, (uint64_t)(s->timeout_s * 1e6), 1,
                                   on_deadline, s);
    if (r >= 0)
        r = s->instrument->ops->open(s->instrument);
    return r < 0 ? mb_error_set(err, r, "%s: %s", setting->instrument->id, strerror(-r)) : 0;
}

int session_new(sd_event *event, const struct session_setting *setting, struct session **ret,
                struct mb_error *err)
{
    struct session *s = calloc(1, sizeof *s);
    int r;

    if (!s)
        return mb_error_set(err, -ENOMEM, "out of memory");
    s->event = sd_event_ref(event);
    s->timeout_s = setting->timeout_s;
    s->tests_allowed = setting->replayed;
    s->done = setting->done;
    s->userdata = setting->userdata;
    r = start(s, setting, err);
    if (r < 0) {
        (void)session_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct session *session_free(struct session *s)
{
    if (!s)
        return NULL;
    s->finished = true;
    (void)mb_instrument_free(s->instrument);
    (void)sd_event_source_disable_unref(s->deadline);
    sd_event_unref(s->event);
    if (s->out)
        (void)fclose(s->out);
    free(s->text);
    free(s->actions);
    free(s);
    return NULL;
}

int session_error(const struct session *s, const char **ret_text)
{
    *ret_text = s->why.text;
    return s->error;
}

const char *session_identity(const struct session *s)
{
    return s->identity;
}

const char *session_text(const struct session *s)
{
    return s->text ? s->text : "";
}
