/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/test.h"
#include "support/tree.h"

#define SHEET_FOLDER "tests/data/sheets/"

static char *read_text(const char *path)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;

    assert_non_null(f);
    if (getdelim(&text, &size, '\0', f) < 0)
        fail_msg("%s: cannot be read", path);
    (void)fclose(f);
    return text;
}

static unsigned line_of(const char *text, const char *at)
{
    unsigned line = 1;

    for (const char *p = text; p < at; p++)
        line += *p == '\n';
    return line;
}

/* An edit that does not fit the sheet would make its test pass for the wrong reason. */
static char *find_once(char *text, const char *from)
{
    char *at = strstr(text, from);

    if (!at || strstr(at + 1, from))
        fail_msg("\"%s\" must stand exactly once in the sheet", from);
    return at;
}

static char *apply_edit(char *text, const struct sheet_edit *edit, unsigned *ret_line)
{
    char *at = find_once(text, edit->from), *end = at + strlen(edit->from), *edited;
    const char *to = edit->to ? edit->to : "";
    int n;

    *ret_line = line_of(text, at);
    if (!edit->to) {
        while (at > text && at[-1] != '\n')
            at--;
        end += strcspn(end, "\n");
        end += *end == '\n';
    }
    n = asprintf(&edited, "%.*s%s%s", (int)(at - text), text, to, end);
    assert_true(n >= 0);
    free(text);
    return edited;
}

char *sheet_text(const char *name, const struct sheet_edit *edits, unsigned *ret_line)
{
    char path[256], *text;
    unsigned line;

    assert_true(snprintf(path, sizeof path, SHEET_FOLDER "%s", name) < (int)sizeof path);
    text = read_text(path);
    for (const struct sheet_edit *edit = edits; edit && edit->from; edit++) {
        text = apply_edit(text, edit, &line);
        if (ret_line && edit == edits)
            *ret_line = line;
    }
    return text;
}

/* A sanitizer's report must not look like one of the program's own exit statuses. */
static const char *const environment[] = {
    "ASAN_OPTIONS=exitcode=99:detect_leaks=1",
    "UBSAN_OPTIONS=exitcode=99:print_stacktrace=1",
    NULL,
};

void evaluate_path(const char *path, struct evaluated *ret)
{
    char program[256];
    const char *argv[] = {run_program_path("motorbench", program, sizeof program), "evaluate", "--json", path,
                          NULL};
    const struct run_options options = {.environment = environment};

    assert_int_equal(run_program(argv, &options, &ret->run), 0);
    if (ret->run.timed_out || ret->run.status > 5)
        fail_msg("%s: status %d, %s", path, ret->run.status, ret->run.err ? ret->run.err : "");
    (void)snprintf(ret->path, sizeof ret->path, "%s", path);
    ret->document = ret->run.out ? json_loads(ret->run.out, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

void evaluate_bytes(const void *bytes, size_t size, struct evaluated *ret)
{
    char path[] = P_tmpdir "/mb-sheet-XXXXXX.yaml";
    int fd = mkstemps(path, 5);

    assert_true(fd >= 0);
    assert_true(write(fd, bytes, size) == (ssize_t)size);
    assert_int_equal(close(fd), 0);
    evaluate_path(path, ret);
    (void)unlink(path);
}

void evaluate_edited(const char *name, const struct sheet_edit *edits, struct evaluated *ret)
{
    char *text = sheet_text(name, edits, &ret->line);

    evaluate_bytes(text, strlen(text), ret);
    free(text);
}

void evaluated_clear(struct evaluated *e)
{
    run_result_clear(&e->run);
    json_decref(e->document);
    *e = (struct evaluated){0};
}

static const json_t *member(const json_t *value, const char *name)
{
    if (json_is_array(value))
        return json_array_get(value, strtoul(name, NULL, 10));
    return json_object_get(value, name);
}

const json_t *evaluated_at(const struct evaluated *e, const char *path)
{
    char copy[128], *rest = NULL;
    const json_t *value = e->document;

    assert_true(snprintf(copy, sizeof copy, "%s", path) < (int)sizeof copy);
    for (char *name = strtok_r(copy, ".", &rest); name && value; name = strtok_r(NULL, ".", &rest))
        value = member(value, name);
    return value;
}

double evaluated_number(const struct evaluated *e, const char *path)
{
    const json_t *value = evaluated_at(e, path);

    if (!json_is_number(value))
        fail_msg("%s: no number; status %d, stderr \"%s\", stdout \"%.300s\"", path, e->run.status,
                 e->run.err ? e->run.err : "", e->run.out ? e->run.out : "");
    return json_number_value(value);
}

double printed_tolerance(const char *printed)
{
    const char *point = strchr(printed, '.');

    return 0.5 * pow(10.0, point ? -(double)strlen(point + 1) : 0.0);
}

void assert_printed(const struct evaluated *e, const char *path, const char *printed)
{
    double value = evaluated_number(e, path), expected = strtod(printed, NULL);

    /* 1e-9: a value exactly between two printed ones is still the printed one. */
    if (!(fabs(value - expected) <= printed_tolerance(printed) * (1 + 1e-9)))
        fail_msg("%s: %.9g is not %s as printed", path, value, printed);
}

void assert_text(const struct evaluated *e, const char *path, const char *text)
{
    const char *value = json_string_value(evaluated_at(e, path));

    if (!value || strcmp(value, text) != 0)
        fail_msg("%s: %s is not %s; status %d, stderr \"%s\"", path, value ? value : "no text", text,
                 e->run.status, e->run.err ? e->run.err : "");
}

static bool is_listed(const json_t *reasons, const char *word)
{
    const json_t *reason;
    size_t i;

    json_array_foreach(reasons, i, reason)
    {
        if (json_is_string(reason) && strcmp(json_string_value(reason), word) == 0)
            return true;
    }
    return false;
}

bool evaluated_has_reason(const struct evaluated *e, const char *word)
{
    return is_listed(evaluated_at(e, "reasons"), word);
}

void assert_invalid(const struct evaluated *e, const char *word)
{
    const char *sentence = json_string_value(json_object_get(evaluated_at(e, "reason_texts"), word));

    if (e->run.status != 3 || !json_is_false(evaluated_at(e, "valid")) || !evaluated_has_reason(e, word))
        fail_msg("expected exit 3, valid false and %s, got status %d, stderr \"%s\", stdout \"%.400s\"", word,
                 e->run.status, e->run.err ? e->run.err : "", e->run.out ? e->run.out : "");
    if (!sentence || !strchr(sentence, ' '))
        fail_msg("%s comes without a sentence in reason_texts", word);
}
