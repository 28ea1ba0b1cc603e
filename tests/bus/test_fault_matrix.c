/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of the motor against items of the inspection: tests/data/faults/matrix.csv says for each fault what
 * its items must come to, and why. Each fault has a bench, a daemon and a record of its own, in accelerated
 * time and with the shortened plans of tests/data/faults/overlay. MOTORBENCH_MATRIX=all runs the whole table,
 * MOTORBENCH_MATRIX=FAULT one of its faults; otherwise the rows of the everyday set. */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "standard/csv.h"
#include "support/operator.h"

#define MATRIX "tests/data/faults/matrix.csv"
#define ANSWERS "tests/data/faults/answers.csv"
#define NAMEPLATE "tests/data/faults/nameplate.yaml"
#define MOTOR "tests/data/faults/motor.yaml"
#define PLANS "tests/data/faults/plans.csv"
#define OVERLAY "tests/data/faults/overlay"
#define RUN_MS 280000u
#define FAULTS_MAX 40
#define ITEMS_MAX 512
#define PLAN_MAX 65536

enum {
    COLUMN_SET,
    COLUMN_FAULT,
    COLUMN_VALUE,
    COLUMN_FACTOR,
    COLUMN_ITEM,
    COLUMN_EXPECTED,
    COLUMN_SAYS,
    COLUMN_REASON
};
enum { COLUMN_PLAN, COLUMN_FROM, COLUMN_TO };
static const char *const plan_columns[] = {"plan", "from", "to", NULL};
static const char *const columns[] = {"set",      "fault", "value",  "factor", "item",
                                      "expected", "says",  "reason", NULL};
struct matrix {
    struct mb_csv *rows;
    const char *set;
};

/* Rows of one fault, which stand together. */
struct fault {
    const struct matrix *matrix;
    size_t first, count;
    struct daemon_fixture fixture;
    struct operator operator;
};

static const char *cell(const struct fault *f, size_t row, size_t column)
{
    return mb_csv_text(f->matrix->rows, f->first + row, column);
}

static const char *name(const struct fault *f)
{
    return cell(f, 0, COLUMN_FAULT);
}

static bool wanted(const struct matrix *m, size_t row)
{
    return strcmp(m->set, "all") == 0 || strcmp(m->set, mb_csv_text(m->rows, row, COLUMN_SET)) == 0 ||
           strcmp(m->set, mb_csv_text(m->rows, row, COLUMN_FAULT)) == 0;
}

/* The first FROM of a plan becomes TO. */
static void change_plan(const struct fault *f, const struct mb_csv *changes, size_t row)
{
    const char *from = mb_csv_text(changes, row, COLUMN_FROM), *to = mb_csv_text(changes, row, COLUMN_TO),
               *at;
    char path[256], *text = NULL, *changed = NULL;
    struct mb_error err = {""};
    size_t size;

    (void)snprintf(path, sizeof path, "%s/plans/%s", f->fixture.data, mb_csv_text(changes, row, COLUMN_PLAN));
    if (mb_file_read(path, PLAN_MAX, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    at = strstr(text, from);
    if (!at)
        fail_msg("%s: there is no '%s'", path, from);
    assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
    if (mb_file_write(path, changed, strlen(changed), &err) < 0)
        fail_msg("%s", err.text);
    free(changed);
    free(text);
}

static void change_plans(const struct fault *f)
{
    struct mb_csv *changes = NULL;
    struct mb_error err = {""};

    if (mb_csv_load(PLANS, plan_columns, &changes, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t row = 0; row < mb_csv_count(changes); row++)
        change_plan(f, changes, row);
    changes = mb_csv_free(changes);
}

/* The items, in any order: the inspection has the plan's. */
static void start(struct fault *f)
{
    const char *const simulator[] = {"--motor", MOTOR, "--factor", cell(f, 0, COLUMN_FACTOR),
                                     "--seed",  "5",   NULL};
    char items[ITEMS_MAX] = "  items: \"", command[64];
    const struct daemon_fixture_setting setting = {
        .sim = simulator, .own_data = true, .overlay = OVERLAY, .bench_extra = items};

    for (size_t row = 0; row < f->count; row++) {
        size_t n = strlen(items);

        assert_true(snprintf(items + n, sizeof items - n, "%s%s", cell(f, row, COLUMN_ITEM),
                             row + 1 < f->count ? "," : "\"\n") < (int)(sizeof items - n));
    }
    daemon_fixture_start(&f->fixture, &setting);
    (void)snprintf(f->fixture.motor, sizeof f->fixture.motor, "%s", NAMEPLATE);
    change_plans(f);
    operator_open(&f->operator, & f->fixture, ANSWERS);
    if (strcmp(name(f), "healthy") == 0)
        return;
    (void)snprintf(command, sizeof command, "motor %s %s", name(f), cell(f, 0, COLUMN_VALUE));
    daemon_fixture_simulator(&f->fixture, command);
}

static int end(void **state)
{
    struct fault *f = *state;

    operator_close(&f->operator);
    daemon_fixture_clear(&f->fixture);
    return 0;
}

/* The last that the record says of an item: "PASS" ..., "not-run", or "" when it says nothing. */
static const char *outcome(const json_t *record, const char *item, const char **ret_reason)
{
    const char *verdict = "", *text;
    json_t *entry;

    *ret_reason = "";
    for (size_t i = 0; (entry = record_entry(record, "item", i)); i++) {
        const char *its = json_string_value(json_object_get(entry, "item")),
                   *state = json_string_value(json_object_get(entry, "state"));

        if (!its || !state || strcmp(its, item) != 0)
            continue;
        text = json_string_value(json_object_get(entry, "reason"));
        *ret_reason = text ? text : "";
        text = json_string_value(json_object_get(entry, "verdict"));
        verdict = strcmp(state, "judged") == 0 && text ? text : state;
    }
    return verdict;
}

/* "FAIL|INVALID" allows both. */
static bool is_one_of(const char *verdict, const char *allowed)
{
    size_t n = strlen(verdict);

    for (const char *p = allowed; (p = strstr(p, verdict)); p++)
        if (n > 0 && (p == allowed || p[-1] == '|') && (p[n] == '|' || p[n] == '\0'))
            return true;
    return false;
}

/* One of the parts between | stands in it; an empty part does everywhere. */
static bool contains_one_of(const char *text, const char *parts)
{
    for (;; parts++) {
        size_t n = strcspn(parts, "|");

        if (memmem(text, strlen(text), parts, n))
            return true;
        parts += n;
        if (*parts == '\0')
            return false;
    }
}

static int compare(const struct fault *f, const json_t *record)
{
    int wrong = 0;

    for (size_t row = 0; row < f->count; row++) {
        const char *item = cell(f, row, COLUMN_ITEM), *expected = cell(f, row, COLUMN_EXPECTED), *reason;
        const char *verdict = outcome(record, item, &reason), *says = cell(f, row, COLUMN_SAYS);
        bool right = is_one_of(verdict, expected) && contains_one_of(reason, says);

        print_message("  %-22s %-22s %-12s %s%s\n", name(f), item, verdict, right ? "" : "WRONG: ", reason);
        if (!right)
            print_error("%s: %s is '%s' (%s), not %s (%s): %s\n", name(f), item, verdict, reason, expected,
                        says, cell(f, row, COLUMN_REASON));
        wrong += !right;
    }
    return wrong;
}

static void one_fault(void **state)
{
    struct fault *f = *state;
    uint64_t from_ns = mb_monotonic_ns();
    json_t *record;
    int wrong;

    start(f);
    daemon_fixture_run(&f->fixture);
    operator_serve(&f->operator, RUN_MS);
    assert_false(daemon_fixture_output_on(&f->fixture));
    record = FIXTURE_JSON(&f->fixture, 0, "export", f->fixture.uuid, "--format", "json");
    if (f->operator.aborted> 0)
        print_message("  aborted: %s\n", f->operator.reason);
    wrong = compare(f, record);
    print_message("  %-22s %.1f s, %u answers\n", name(f), 1e-9 * (double)(mb_monotonic_ns() - from_ns),
                  f->operator.answered);
    json_decref(record);
    if (wrong > 0)
        daemon_fixture_fail(&f->fixture, "%s: %d of %zu items came to something else", name(f), wrong,
                            f->count);
}

static size_t find_faults(const struct matrix *m, struct fault ret[FAULTS_MAX])
{
    size_t n = 0;

    for (size_t row = 0; row < mb_csv_count(m->rows); row++) {
        if (!wanted(m, row))
            continue;
        if (n > 0 && ret[n - 1].first + ret[n - 1].count == row &&
            strcmp(name(&ret[n - 1]), mb_csv_text(m->rows, row, COLUMN_FAULT)) == 0) {
            ret[n - 1].count++;
            continue;
        }
        if (n == FAULTS_MAX)
            break;
        ret[n++] = (struct fault){.matrix = m, .first = row, .count = 1};
    }
    return n;
}

int main(void)
{
    const char *set = getenv("MOTORBENCH_MATRIX");
    struct matrix matrix = {.set = set && *set ? set : "everyday"};
    struct CMUnitTest tests[FAULTS_MAX];
    static struct fault faults[FAULTS_MAX];
    struct mb_error err = {""};
    size_t count;
    int r;

    if (mb_csv_load(MATRIX, columns, &matrix.rows, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    count = find_faults(&matrix, faults);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){.name = name(&faults[i]),
                                       .test_func = one_fault,
                                       .teardown_func = end,
                                       .initial_state = &faults[i]};
    r = _cmocka_run_group_tests("fault matrix", tests, count, NULL, NULL);
    matrix.rows = mb_csv_free(matrix.rows);
    return count > 0 ? r : 1;
}
