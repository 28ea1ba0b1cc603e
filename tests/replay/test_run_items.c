/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run of several items over the simulated bench: what a failed safety item forbids and what it does not,
 * what is skipped because an earlier item has left it, what is not run and why, repetition, the verdict of
 * all. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "procedure/run.h"
#include "support/replace.h"
#include "support/sim_bench.h"

#define LIMITS "daemon/standard/data"
#define STEP_MS 15000

/* A question in the place of each item that matters here; what powers the motor would need the bench. */
#define QUESTION(id)                                                                                         \
    "{id: " id ", title: " id ", kind: yes-no, expect: \"yes\", text: \"?\", source: s, mark: E}"
static const struct {
    const char *name, *text;
} plans[] = {
    {"marking",
     "procedure: {id: marking, title: Marking, item: marking, safety: true, steps: [\n"
     "  {id: look, kind: question, title: Look, minutes: 1, with: {store: marking, questions: [" QUESTION(
         "plate") "]}},\n"
                  "  {id: seen, kind: question, title: Seen, minutes: 1, with: {store: shared, questions: "
                  "[" QUESTION("shared") "]}}]}\n"},
    {"junction-box", "procedure: {id: junction-box, title: Box, item: junction-box, steps: [\n"
                     "  {id: twice, kind: question, title: Twice, minutes: 1, skip_when: [shared/answers],\n"
                     "   with: {store: box, questions: [" QUESTION(
                         "twice") "]}},\n"
                                  "  {id: box, kind: question, title: Box, minutes: 1, with: {store: box, "
                                  "questions: [" QUESTION("box") "]}}]}\n"},
    {"rotation", "procedure: {id: rotation, title: Rotation, item: rotation, powered: true, steps: [\n"
                 "  {id: start, kind: start, title: Start, minutes: 1}]}\n"},
};
#define PLAN_COUNT (sizeof plans / sizeof plans[0])

struct fixture {
    struct sim_bench_fixture b;
    char folder[40];
    struct mb_store *store;
    struct mb_limits *limits;
    struct mb_standards *standards;
    char *motor;
    struct mb_run *run;
    unsigned ended;
    const char *asked;
};

static void on_ended(struct mb_run *run, void *userdata)
{
    (void)run;
    ((struct fixture *)userdata)->ended++;
}

static const struct mb_run_observer observer = {.ended = on_ended};

static const char *leaf(const struct fixture *f, const char *name, char path[static 80])
{
    (void)snprintf(path, 80, "%s/%s", f->folder, name);
    return path;
}

static int setup_with(void **state, const struct sim_bench_change *changes)
{
    const char *tmp = getenv("TMPDIR");
    struct fixture *f = calloc(1, sizeof *f);
    struct mb_error err = {""};
    char path[80], name[40], *text = NULL;
    size_t size;

    assert_non_null(f);
    *state = f;
    (void)snprintf(f->folder, sizeof f->folder, "%.20s/mb-items-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    if (mb_store_open(leaf(f, "records.db", path), false, &f->store, &err) < 0 ||
        mb_limits_load(LIMITS, &f->limits, &err) < 0 ||
        mb_standards_load(LIMITS, NULL, &f->standards, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < PLAN_COUNT; i++) {
        (void)snprintf(name, sizeof name, "%s.yaml", plans[i].name);
        assert_int_equal(mb_file_write(leaf(f, name, path), plans[i].text, strlen(plans[i].text), &err), 0);
    }
    sim_bench_start(&f->b, changes);
    assert_int_equal(mb_file_read(f->b.sim.motor, 1 << 16, &text, &size, &err), 0);
    f->motor = replaced(text, "motor:\n", "motor:\n  claims: [GB/T 14711-2013]\n");
    free(text);
    return 0;
}

static int setup(void **state)
{
    static const struct sim_bench_change none[] = {{NULL, NULL}};

    return setup_with(state, none);
}

static int setup_for_all(void **state)
{
    static const struct sim_bench_change silent[] = {{"  items: efficiency\n", ""}, {NULL, NULL}};

    return setup_with(state, silent);
}

static int teardown(void **state)
{
    static const char *const leaves[] = {"records.db",   "records.db-wal",    "records.db-shm",
                                         "marking.yaml", "junction-box.yaml", "rotation.yaml"};
    struct fixture *f = *state;
    char path[80];

    (void)mb_run_free(f->run);
    sim_bench_stop(&f->b);
    (void)mb_store_close(f->store);
    (void)mb_limits_free(f->limits);
    (void)mb_standards_free(f->standards);
    free(f->motor);
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++)
        (void)unlink(leaf(f, leaves[i], path));
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

static int try_start(struct fixture *f, const char *items, struct mb_error *err)
{
    const struct mb_run_request request = {.motor_name = "motor.yaml",
                                           .motor_text = f->motor,
                                           .standards = f->standards,
                                           .items = items,
                                           .plan_directory = f->folder};

    return mb_run_start(f->b.event, f->store, f->b.bench, f->limits, NULL, &request, &observer, f, &f->run,
                        err);
}

static void start(struct fixture *f, const char *items)
{
    struct mb_error err = {""};

    if (try_start(f, items, &err) < 0)
        fail_msg("%s", err.text);
}

static bool is_asked(struct sim_bench_fixture *b)
{
    const struct fixture *f = (struct fixture *)b;

    return strcmp(mb_run_ask(f->run), f->asked) == 0;
}

static bool has_ended(struct sim_bench_fixture *b)
{
    return ((struct fixture *)b)->ended > 0;
}

static void wait_for(struct fixture *f, bool (*test)(struct sim_bench_fixture *b), const char *what)
{
    if (!sim_bench_until(&f->b, test, STEP_MS))
        fail_msg("not %s: %s, %s (%s)", what, mb_run_state_name(mb_run_state(f->run)), mb_run_waiting(f->run),
                 mb_run_reason(f->run));
}

static void await(struct fixture *f, const char *question)
{
    f->asked = question;
    wait_for(f, is_asked, question);
}

static void answer(struct fixture *f, const char *question, const char *word)
{
    struct mb_error err = {""};

    await(f, question);
    if (mb_run_answer(f->run, question, word, NAN, "uid 1", &err) < 0)
        fail_msg("%s", err.text);
}

static const struct mb_run_item *item(const struct fixture *f, const char *id)
{
    for (size_t i = 0; i < mb_run_item_count(f->run); i++)
        if (strcmp(mb_run_item(f->run, i)->id, id) == 0)
            return mb_run_item(f->run, i);
    fail_msg("no item %s", id);
    return NULL;
}

static void assert_item(const struct fixture *f, const char *id, enum mb_item_state state, const char *reason)
{
    const struct mb_run_item *found = item(f, id);

    if (found->state != state || !strstr(found->reason, reason))
        fail_msg("%s is %s: '%s', expected is %s: '%s'", id, mb_item_state_name(found->state), found->reason,
                 mb_item_state_name(state), reason);
}

static json_t *verified(struct fixture *f)
{
    struct mb_error err = {""};
    json_t *d = NULL;

    assert_int_equal(mb_store_verify(f->store, mb_run_uuid(f->run), &d, &err), 0);
    return d;
}

/* ---- ---- */

static void a_failed_safety_item_forbids_power_and_nothing_else(void **state)
{
    struct fixture *f = *state;

    start(f, "marking,junction-box,rotation");
    answer(f, "plate", "no");
    answer(f, "shared", "yes");
    answer(f, "box", "yes"); /* not powered: goes on; `twice` was answered by what marking has left */
    wait_for(f, has_ended, "ended");
    assert_item(f, "marking", MB_ITEM_DONE, "plate: no");
    assert_item(f, "junction-box", MB_ITEM_DONE, "");
    assert_int_equal(item(f, "junction-box")->verdict, MB_VERDICT_PASS);
    assert_item(f, "rotation", MB_ITEM_NOT_RUN, "the safety item marking is FAIL");
    assert_int_equal(item(f, "rotation")->attempt, 0);
    assert_item(f, "efficiency", MB_ITEM_NOT_RUN, "not asked for");
    assert_string_equal(mb_run_verdict(f->run), "FAIL");
    assert_true(sim_bench_truth(&f->b, "output_on") == 0);
}

/* A safety item whose value has no limit in the data: a person decides before the motor is energised. */
static const char unjudged_plan[] =
    "procedure: {id: marking, title: Marking, item: marking, safety: true, steps: [\n"
    "  {id: look, kind: question, title: Look, minutes: 1, with: {store: marking, questions: [\n"
    "    {id: plate, title: plate, kind: number, unit: ohm, minimum: 0, maximum: 9, requirement: plate-gap,\n"
    "     text: \"?\", source: s, mark: E}]}}]}\n";

static void start_unjudged(struct fixture *f)
{
    struct mb_error err = {""};
    char path[80];

    assert_int_equal(mb_file_write(leaf(f, "marking.yaml", path), unjudged_plan, strlen(unjudged_plan), &err),
                     0);
    start(f, "marking,rotation");
    await(f, "plate");
    assert_int_equal(mb_run_answer(f->run, "plate", NULL, 4.5, "uid 1", &err), 0);
    await(f, "unjudged-marking");
    assert_non_null(strstr(mb_run_waiting(f->run), "4.5"));
    assert_non_null(strstr(mb_run_waiting(f->run), "no limit in the data"));
    assert_true(sim_bench_truth(&f->b, "output_on") == 0);
}

static bool is_rotating(struct sim_bench_fixture *b)
{
    return item((struct fixture *)b, "rotation")->state == MB_ITEM_RUNNING;
}

/* Once the outputs are confirmed off. */
static bool is_continued(struct sim_bench_fixture *b)
{
    return mb_run_continue(((struct fixture *)b)->run, "uid 1", NULL, &(struct mb_error){""}) == 0;
}

static void an_unjudged_safety_item_is_left(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};

    start_unjudged(f);
    assert_int_equal(mb_run_answer(f->run, "unjudged-marking", "yes", NAN, "uid 1", &err), -EINVAL);
    assert_int_equal(mb_run_pause(f->run, "uid 1", NULL, &err), 0);
    assert_int_equal(mb_run_answer(f->run, "unjudged-marking", "energise", NAN, "uid 1", &err), -EINVAL);
    wait_for(f, is_continued, "continued");
    answer(f, "unjudged-marking", "leave");
    wait_for(f, has_ended, "ended");
    assert_item(f, "rotation", MB_ITEM_NOT_RUN, "the safety item marking is INCONCLUSIVE: plate-gap");
    assert_int_equal(item(f, "rotation")->attempt, 0);
}

static bool is_energise(const json_t *entry)
{
    const char *ask = json_string_value(json_object_get(entry, "ask"));
    const char *word = json_string_value(json_object_get(entry, "answer"));
    const char *who = json_string_value(json_object_get(entry, "who"));

    return ask && word && who && strcmp(ask, "unjudged-marking") == 0 && strcmp(word, "energise") == 0 &&
           strcmp(who, "uid 1") == 0;
}

static void an_unjudged_safety_item_is_answered_for(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};
    json_t *document = NULL, *entry;
    size_t i, found = 0;

    start_unjudged(f);
    assert_int_equal(mb_run_repeat(f->run, "marking", "uid 1", &err), 0); /* measured once more first */
    await(f, "plate");
    assert_int_equal(mb_run_answer(f->run, "plate", NULL, 5.5, "uid 1", &err), 0);
    await(f, "unjudged-marking");
    assert_non_null(strstr(mb_run_waiting(f->run), "5.5"));
    answer(f, "unjudged-marking", "energise");
    wait_for(f, is_rotating, "rotating");
    assert_int_equal(mb_store_load(f->store, mb_run_uuid(f->run), &document, &err), 0);
    json_array_foreach(json_object_get(document, "entries"), i, entry)
    {
        found += is_energise(entry);
    }
    json_decref(document);
    assert_int_equal(found, 1);
}

/* Where it goes on after an interruption, the motor is started without a load. */
static const char locking_plan[] =
    "procedure: {id: rotation, title: Rotation, item: rotation, powered: true, steps: [\n"
    "  {id: start, kind: start, title: Start, minutes: 1},\n"
    "  {id: locked, kind: locked-rotor, title: Locked, minutes: 1, resume_at: start, with: {points_percent: "
    "[50]}}]}\n";

static bool is_paused(struct sim_bench_fixture *b)
{
    return mb_run_state(((struct fixture *)b)->run) == MB_RUN_PAUSED;
}

static bool is_starting(struct sim_bench_fixture *b)
{
    const struct fixture *f = (struct fixture *)b;

    return mb_run_state(f->run) == MB_RUN_RUNNING && strcmp(mb_run_step(f->run), "start") == 0;
}

static void stop_while_locked(struct fixture *f)
{
    answer(f, "lock", "done");
    mb_bench_trip(f->b.bench, "emergency stop");
    wait_for(f, is_paused, "paused");
}

static unsigned count_answers(struct fixture *f, const char *ask)
{
    json_t *document = NULL, *entry;
    struct mb_error err = {""};
    unsigned n = 0;
    size_t i;

    assert_int_equal(mb_store_load(f->store, mb_run_uuid(f->run), &document, &err), 0);
    json_array_foreach(json_object_get(document, "entries"), i, entry)
    {
        const char *asked = json_string_value(json_object_get(entry, "ask"));
        const char *who = json_string_value(json_object_get(entry, "who"));

        n += asked && who && strcmp(asked, ask) == 0 && strcmp(who, "uid 1") == 0;
    }
    json_decref(document);
    return n;
}

static void start_locking(struct fixture *f)
{
    struct mb_error err = {""};
    char path[80];

    assert_int_equal(mb_file_write(leaf(f, "rotation.yaml", path), locking_plan, strlen(locking_plan), &err),
                     0);
    start(f, "rotation");
}

static void nothing_turns_before_the_pin_is_out(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};

    start_locking(f);
    stop_while_locked(f);
    wait_for(f, is_continued, "continued");
    await(f, "pin");
    assert_true(sim_bench_truth(&f->b, "output_on") == 0);
    assert_int_equal(mb_run_answer(f->run, "pin", "yes", NAN, "uid 1", &err), -EINVAL);
    assert_int_equal(mb_run_pause(f->run, "uid 1", NULL, &err), 0);
    wait_for(f, is_continued, "continued"); /* and asked again */
    answer(f, "pin", "out");
    wait_for(f, is_starting, "starting");
    assert_int_equal(count_answers(f, "lock"), 1);
    assert_int_equal(count_answers(f, "pin"), 1);
}

/* The next run is another's, who knows of no pin. */
static void a_run_that_ends_locked_leaves_the_bench_in_fault(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};

    start_locking(f);
    answer(f, "lock", "done");
    assert_int_equal(mb_run_abort(f->run, "uid 1", &err), 0);
    wait_for(f, has_ended, "ended");
    assert_true(sim_bench_until(&f->b, sim_bench_is_safe, STEP_MS));
    assert_non_null(strstr(mb_bench_fault(f->b.bench), "ended with the rotor locked"));
    f->run = mb_run_free(f->run);
    assert_int_equal(try_start(f, "rotation", &err), -EAGAIN);
    assert_non_null(strstr(err.text, "take the pin out"));
}

static void repeated_items_count_as_done_last(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};
    json_t *d;

    start(f, "marking,junction-box");
    answer(f, "plate", "no");
    answer(f, "shared", "yes");
    await(f, "box");
    assert_int_equal(mb_run_repeat(f->run, "rotation", "uid 1", &err), -EINVAL);
    assert_int_equal(mb_run_repeat(f->run, "marking", "uid 1", &err), 0);
    assert_int_equal(mb_run_repeat(f->run, "marking", "uid 1", &err), -EINVAL); /* still to come */
    answer(f, "box", "yes");
    answer(f, "plate", "yes");
    answer(f, "shared", "yes");
    wait_for(f, has_ended, "ended");
    assert_int_equal(item(f, "marking")->attempt, 2);
    assert_int_equal(item(f, "marking")->verdict, MB_VERDICT_PASS);
    assert_string_equal(mb_run_verdict(f->run), "PASS");
    assert_int_equal(mb_run_repeat(f->run, "marking", "uid 1", &err), -EINVAL);
    d = verified(f);
    assert_true(json_is_true(json_object_get(d, "ok")));
    json_decref(d);
}

static void what_others_use_is_not_repeated(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};

    start(f, "all");
    answer(f, "plate", "yes");
    answer(f, "shared", "yes");
    answer(f, "box", "yes");
    wait_for(f, is_rotating, "rotating");
    assert_int_equal(mb_run_repeat(f->run, "marking", "uid 1", &err), -EINVAL);
    assert_non_null(strstr(err.text, "junction-box uses the readings of marking"));
    assert_int_equal(mb_run_repeat(f->run, "grounding", "uid 1", &err), -EINVAL);
    assert_item(f, "grounding", MB_ITEM_NOT_RUN, "there is no procedure grounding");
    wait_for(f, has_ended, "ended");
    assert_int_equal(item(f, "rotation")->attempt, 1);
    assert_string_not_equal(mb_run_verdict(f->run), "PASS"); /* asked for and not run */
}

/* By the plan of a state, which is no other item; a state is never a way out of the folder of plans. */
static void of_a_state(void **state)
{
    static const char text[] =
        "procedure: {id: marking-wet, title: Wet, item: marking, steps: [\n"
        "  {id: wet, kind: question, title: Wet, minutes: 1, with: {store: marking, questions: [" QUESTION(
            "wet") "]}}]}\n";
    struct fixture *f = *state;
    struct mb_error err = {""};
    char path[80];

    assert_int_equal(try_start(f, "marking@dry", &err), -EINVAL);
    assert_non_null(strstr(err.text, "there is no procedure marking-dry"));
    assert_int_equal(try_start(f, "marking@../marking", &err), -EINVAL);
    assert_int_equal(mb_file_write(leaf(f, "marking-wet.yaml", path), text, strlen(text), &err), 0);
    start(f, "marking@wet,junction-box");
    answer(f, "wet", "yes");
    await(f, "twice");
    assert_item(f, "marking", MB_ITEM_DONE, "");
    assert_int_equal(mb_run_abort(f->run, "uid 1", &err), 0);
    wait_for(f, has_ended, "ended");
    (void)unlink(path);
}

static void refused(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};

    assert_int_equal(try_start(f, "marking,taste", &err), -EINVAL);
    assert_non_null(strstr(err.text, "no item 'taste', allowed: marking, junction-box"));
    assert_int_equal(try_start(f, "grounding", &err), -EINVAL);
    assert_non_null(strstr(err.text, "there is no procedure grounding"));
    assert_null(f->run);
}

static void aborted_items_are_not_run(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};

    start(f, "marking,junction-box");
    await(f, "plate");
    assert_int_equal(mb_run_pause(f->run, "uid 1", NULL, &err), 0);
    assert_int_equal(mb_run_abort(f->run, "uid 1", &err), 0);
    wait_for(f, has_ended, "ended");
    assert_item(f, "marking", MB_ITEM_NOT_RUN, "aborted by uid 1");
    assert_item(f, "junction-box", MB_ITEM_NOT_RUN, "aborted by uid 1");
}

/* Nobody names an item: the bench file does, or it is what the plan of this motor asks. */
static void without_names_the_plan_decides(void **state)
{
    struct fixture *f = *state;

    start(f, NULL);
    assert_true(item(f, "marking")->wanted && item(f, "efficiency")->wanted && item(f, "grounding")->wanted);
    assert_int_equal(item(f, "marking")->state, MB_ITEM_RUNNING);
    assert_int_equal(item(f, "grounding")->state, MB_ITEM_NOT_RUN);
    assert_null(strstr(item(f, "grounding")->reason, "not asked for"));
}

static void without_names_the_bench_decides(void **state)
{
    struct mb_error err = {""};

    assert_int_equal(try_start(*state, NULL, &err), -EINVAL); /* here are no plans for the efficiency */
    assert_non_null(strstr(err.text, "efficiency"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_failed_safety_item_forbids_power_and_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unjudged_safety_item_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unjudged_safety_item_is_answered_for, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_turns_before_the_pin_is_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_that_ends_locked_leaves_the_bench_in_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(repeated_items_count_as_done_last, setup, teardown),
        cmocka_unit_test_setup_teardown(what_others_use_is_not_repeated, setup, teardown),
        cmocka_unit_test_setup_teardown(of_a_state, setup, teardown),
        cmocka_unit_test_setup_teardown(refused, setup, teardown),
        cmocka_unit_test_setup_teardown(aborted_items_are_not_run, setup, teardown),
        cmocka_unit_test_setup_teardown(without_names_the_plan_decides, setup_for_all, teardown),
        cmocka_unit_test_setup_teardown(without_names_the_bench_decides, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
