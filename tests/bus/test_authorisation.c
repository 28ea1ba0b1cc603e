/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may do what, with the real polkitd and different users, and who operates the bench: an operator of the
 * group motorbench, another user, root. */
#include "support/test.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "support/daemon_fixture.h"
#include "support/eventually.h"
#include "support/person.h"
#include "support/polkit.h"

#define BENCH "/org/motorbench1/bench/sim"
#define DENIED SD_BUS_ERROR_ACCESS_DENIED
#define PASSWORD SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED
#define BUSY "org.motorbench1.Error.Busy"
#define INVALID "org.motorbench1.Error.InvalidArgument"
#define GRACE_S 2

static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "20", "--seed", "5", NULL};
static const struct person bench_operator = {
    .uid = 1000, .gid = 1000, .groups = {1000, PERSON_GROUP_GID}, .group_count = 2};
static const struct person other = {.uid = 1001, .gid = 1001, .groups = {1001}, .group_count = 1};

struct world {
    const char *why_not;
    struct daemon_fixture f;
    struct child polkit;
    char log[96];
    sd_bus *operator_bus, *other_bus; /* root's is the fixture's client */
};

static struct world *begin(void **state)
{
    struct world *w = *state;

    if (w->why_not)
        SKIP_TEST(w->why_not);
    return w;
}

/* "" when it was answered, else the name of the error. The arguments are texts. */
static const char *said(sd_bus *bus, const char *path, const char *interface, const char *member,
                        const char *text)
{
    static const char *const known[] = {
        DENIED, PASSWORD, BUSY, INVALID, SD_BUS_ERROR_LIMITS_EXCEEDED, "org.motorbench1.Error.WrongState"};
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char name[64];
    const char *result = "another error";
    int r;

    (void)snprintf(name, sizeof name, "org.motorbench1.%s", interface);
    r = text ? sd_bus_call_method(bus, "org.motorbench1", path, name, member, &error, NULL, "s", text)
        : strcmp(member, "Pause") == 0 || strcmp(member, "Continue") == 0
            ? sd_bus_call_method(bus, "org.motorbench1", path, name, member, &error, NULL, "a{sv}", 0)
            : sd_bus_call_method(bus, "org.motorbench1", path, name, member, &error, NULL, NULL);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (sd_bus_error_has_name(&error, known[i]))
            result = known[i];
    if (r < 0 && strcmp(result, "another error") == 0)
        print_message("%s: %s: %s\n", member, error.name ? error.name : "",
                      error.message ? error.message : "");
    sd_bus_error_free(&error);
    return r >= 0 ? "" : result;
}
#define BENCH_SAYS(bus, member, expected)                                                                    \
    assert_string_equal(said((bus), BENCH, "Bench", (member), NULL), (expected))

/* "" when it is free. */
static const char *holder(struct world *w, char buffer[static 32], bool *ret_connected)
{
    sd_bus_message *reply = NULL;
    const char *key, *text;
    int flag = 0;

    buffer[0] = '\0';
    *ret_connected = false;
    assert_true(sd_bus_get_property(w->f.client, "org.motorbench1", BENCH, "org.motorbench1.Bench", "Lease",
                                    NULL, &reply, "a{sv}") >= 0);
    assert_true(sd_bus_message_enter_container(reply, 'a', "{sv}") >= 0);
    while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
        assert_true(sd_bus_message_read(reply, "s", &key) > 0);
        if (strcmp(key, "who") == 0) {
            assert_true(sd_bus_message_read(reply, "v", "s", &text) > 0);
            (void)snprintf(buffer, 32, "%s", text);
        } else {
            assert_true(sd_bus_message_read(reply, "v", "b", &flag) > 0);
            if (strcmp(key, "connected") == 0)
                *ret_connected = flag != 0;
        }
        assert_true(sd_bus_message_exit_container(reply) >= 0);
    }
    sd_bus_message_unref(reply);
    return buffer;
}

static void assert_holder(struct world *w, const char *who)
{
    char buffer[32];
    bool connected;

    assert_string_equal(holder(w, buffer, &connected), who);
}

static bool is_free(void *userdata)
{
    char buffer[32];
    bool connected;

    return !*holder(userdata, buffer, &connected);
}

static bool is_gone(void *userdata)
{
    char buffer[32];
    bool connected;

    return !*holder(userdata, buffer, &connected) || !connected;
}

/* An inspection by that person, in w->f.uuid; "" or the name of the error. */
static const char *start_run(struct world *w, sd_bus *bus)
{
    sd_bus_message *reply = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    struct mb_error err = {""};
    static char name[64];
    const char *path;
    char *text = NULL;
    size_t size;
    int r;

    assert_int_equal(mb_file_read(w->f.motor, 65536, &text, &size, &err), 0);
    r = sd_bus_call_method(bus, "org.motorbench1", "/org/motorbench1", "org.motorbench1.Manager",
                           "StartInspection", &error, &reply, "sa{sv}a{sv}", "sim", 1, "document", "s", text,
                           0);
    free(text);
    (void)snprintf(name, sizeof name, "%s", r < 0 ? error.name : "");
    if (r >= 0) {
        char *uuid = NULL;

        assert_true(sd_bus_message_read(reply, "o", &path) > 0);
        assert_true(sd_bus_path_decode(path, "/org/motorbench1/run", &uuid) > 0);
        (void)snprintf(w->f.uuid, sizeof w->f.uuid, "%s", uuid);
        free(uuid);
    }
    sd_bus_message_unref(reply);
    sd_bus_error_free(&error);
    return name;
}

static void run_path(const struct world *w, char buffer[static 256])
{
    char *path = NULL;

    assert_true(sd_bus_path_encode("/org/motorbench1/run", w->f.uuid, &path) >= 0);
    (void)snprintf(buffer, 256, "%s", path);
    free(path);
}

/* Once the outputs are off: before that it is Busy for anyone. */
static void reset(struct world *w, sd_bus *bus)
{
    daemon_fixture_await_bench(&w->f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    BENCH_SAYS(bus, "Reset", "");
}

/* Whoever may; the bench is made ready again by the one who operates it. */
static void end_run(struct world *w, sd_bus *bus)
{
    char path[256];

    run_path(w, path);
    assert_string_equal(said(w->f.client, path, "Run", "Abort", NULL), "");
    daemon_fixture_await(&w->f, "State", "aborted", FIXTURE_PATIENCE_MS);
    reset(w, bus);
}

/* ---- polkit ---- */

static void the_group_may_others_may_not(void **state)
{
    struct world *w = begin(state);

    BENCH_SAYS(w->other_bus, "Acquire", DENIED);
    BENCH_SAYS(w->other_bus, "Reset", PASSWORD);
    assert_string_equal(said(w->other_bus, BENCH, "Bench", "OpenLive", "scope"), PASSWORD);
    assert_string_equal(said(w->other_bus, BENCH, "Bench", "TakeOver", "because"), PASSWORD);
    assert_string_equal(start_run(w, w->other_bus), DENIED);
    assert_true(sd_bus_call_method(w->other_bus, "org.motorbench1", "/org/motorbench1",
                                   "org.motorbench1.Manager", "DoneScheduled", NULL, NULL, "t",
                                   UINT64_C(1)) == -EACCES);
    assert_holder(w, "");
    BENCH_SAYS(w->operator_bus, "Acquire", "");
    assert_holder(w, "uid 1000");
    BENCH_SAYS(w->operator_bus, "Release", "");
    assert_holder(w, "");
    BENCH_SAYS(w->operator_bus, "Reset", "");
    BENCH_SAYS(w->f.client, "Reset", "");
}

static void everyone_may_stop_a_run_and_nobody_else_may_end_it(void **state)
{
    struct world *w = begin(state);
    char path[256];

    assert_string_equal(start_run(w, w->operator_bus), "");
    run_path(w, path);
    assert_string_equal(said(w->other_bus, path, "Run", "Pause", NULL), PASSWORD);
    assert_string_equal(said(w->other_bus, path, "Run", "Abort", NULL), PASSWORD);
    daemon_fixture_await(&w->f, "State", "running", FIXTURE_PATIENCE_MS);
    BENCH_SAYS(w->other_bus, "EmergencyStop", "");
    daemon_fixture_await(&w->f, "State", "paused", FIXTURE_PATIENCE_MS);
    assert_string_equal(said(w->other_bus, path, "Run", "Continue", NULL), DENIED);
    daemon_fixture_await(&w->f, "State", "paused", FIXTURE_PATIENCE_MS);
    end_run(w, w->f.client);
    assert_holder(w, ""); /* it was taken by the run, for the run */
}

struct wait {
    unsigned answered, limited, denied, done;
};

static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct wait *wait = userdata;
    const sd_bus_error *e = sd_bus_message_get_error(m);

    (void)error;
    wait->answered++;
    wait->limited += e && sd_bus_error_has_name(e, SD_BUS_ERROR_LIMITS_EXCEEDED);
    wait->denied += e && sd_bus_error_has_name(e, DENIED);
    wait->done += !e;
    return 0;
}

static void ask_for_lease(sd_bus *bus, struct wait *wait)
{
    assert_true(sd_bus_call_method_async(bus, NULL, "org.motorbench1", BENCH, "org.motorbench1.Bench",
                                         "Acquire", on_reply, wait, NULL) >= 0);
    assert_true(sd_bus_flush(bus) >= 0);
}

static void process_until(sd_bus *bus, const unsigned *count, unsigned wanted, unsigned timeout_ms)
{
    for (unsigned ms = 0; *count < wanted && ms < timeout_ms; ms += 10) {
        while (sd_bus_process(bus, NULL) > 0)
            ;
        if (*count < wanted)
            (void)sd_bus_wait(bus, 10 * 1000);
    }
    assert_int_equal(*count, wanted);
}

static void pause_polkit(struct world *w)
{
    assert_int_equal(kill(w->polkit.pid, SIGSTOP), 0);
}

static void wake_polkit(struct world *w)
{
    assert_int_equal(kill(w->polkit.pid, SIGCONT), 0);
}

static void a_late_answer_counts_and_nothing_happens_before(void **state)
{
    struct world *w = begin(state);
    struct wait wait = {0};

    pause_polkit(w);
    ask_for_lease(w->operator_bus, &wait);
    BENCH_SAYS(w->f.client, "Check", ""); /* the daemon does not wait */
    assert_holder(w, "");
    BENCH_SAYS(w->other_bus, "EmergencyStop", "");
    wake_polkit(w);
    process_until(w->operator_bus, &wait.done, 1, FIXTURE_PATIENCE_MS);
    assert_holder(w, "uid 1000");
    BENCH_SAYS(w->operator_bus, "Release", "");
    reset(w, w->operator_bus);
}

static void who_is_gone_gets_nothing(void **state)
{
    struct world *w = begin(state);
    sd_bus *passing = person_connect(w->f.address, &bench_operator);
    struct wait wait = {0};

    pause_polkit(w);
    ask_for_lease(passing, &wait);
    BENCH_SAYS(w->f.client, "Check", ""); /* the call has arrived */
    sd_bus_close_unref(passing);
    wake_polkit(w);
    BENCH_SAYS(w->operator_bus, "Reset", ""); /* asked after it, so answered after it */
    assert_holder(w, "");
}

/* One user's flood is cut; the others are not held up, and what polkit does not answer in time is a no. */
static void a_flood_is_cut_and_silence_is_a_no(void **state)
{
    struct world *w = begin(state);
    struct wait wait = {0};

    pause_polkit(w);
    for (unsigned i = 0; i < 100; i++)
        ask_for_lease(w->operator_bus, &wait);
    process_until(w->operator_bus, &wait.limited, 92, FIXTURE_PATIENCE_MS);
    BENCH_SAYS(w->f.client, "Acquire", "");
    BENCH_SAYS(w->f.client, "Release", "");
    process_until(w->operator_bus, &wait.denied, 8, 4 * FIXTURE_PATIENCE_MS);
    assert_int_equal(wait.done, 0);
    assert_holder(w, "");
    wake_polkit(w);
}

static void without_polkit_only_root(void **state)
{
    struct world *w = begin(state);

    (void)child_stop(&w->polkit, SIGKILL, FIXTURE_PATIENCE_MS);
    BENCH_SAYS(w->operator_bus, "Acquire", DENIED);
    BENCH_SAYS(w->f.client, "Acquire", "");
    BENCH_SAYS(w->f.client, "Release", "");
    BENCH_SAYS(w->other_bus, "EmergencyStop", "");
    polkit_start(&w->polkit, w->f.address, w->log);
    reset(w, w->operator_bus);
}

/* ---- The lease. ---- */

static void one_operates_another_takes_over_with_a_reason(void **state)
{
    struct world *w = begin(state);
    char path[256];
    json_t *document, *entry;

    assert_string_equal(start_run(w, w->operator_bus), "");
    run_path(w, path);
    assert_holder(w, "uid 1000");
    BENCH_SAYS(w->f.client, "Acquire", BUSY);
    BENCH_SAYS(w->f.client, "Reset", BUSY);
    assert_string_equal(said(w->f.client, path, "Run", "Repeat", "efficiency"), BUSY);
    assert_string_equal(said(w->f.client, path, "Run", "Continue", NULL), BUSY);
    assert_string_equal(start_run(w, w->f.client), BUSY);
    assert_string_equal(said(w->f.client, BENCH, "Bench", "TakeOver", ""), INVALID);
    assert_holder(w, "uid 1000");
    assert_string_equal(said(w->f.client, BENCH, "Bench", "TakeOver", "shift ended"), "");
    assert_holder(w, "uid 0");
    assert_string_equal(said(w->operator_bus, path, "Run", "Repeat", "efficiency"), BUSY);
    assert_string_equal(said(w->operator_bus, BENCH, "Bench", "Release", NULL), BUSY);
    end_run(w, w->f.client);
    BENCH_SAYS(w->f.client, "Release", "");
    document = FIXTURE_JSON(&w->f, 0, "export", w->f.uuid, "--format", "json");
    entry = record_entry(document, "lease", 0);
    assert_non_null(entry);
    assert_string_equal(json_string_value(json_object_get(entry, "who")), "uid 0");
    assert_string_equal(json_string_value(json_object_get(entry, "from")), "uid 1000");
    assert_string_equal(json_string_value(json_object_get(entry, "why")), "shift ended");
    json_decref(document);
    assert_int_equal(FIXTURE_STATUS(&w->f, "verify", w->f.uuid), 0);
}

static void who_comes_back_in_time_goes_on(void **state)
{
    struct world *w = begin(state);
    sd_bus *passing = person_connect(w->f.address, &bench_operator);
    char state_now[32];

    assert_string_equal(start_run(w, passing), "");
    sd_bus_close_unref(passing);
    assert_true(eventually(is_gone, w, FIXTURE_PATIENCE_MS));
    BENCH_SAYS(w->operator_bus, "Acquire", "");
    (void)usleep(GRACE_S * 1000 * 1000 + 300 * 1000);
    daemon_fixture_run_text(&w->f, "State", state_now, sizeof state_now);
    assert_string_equal(state_now, "running");
    end_run(w, w->operator_bus);
    BENCH_SAYS(w->operator_bus, "Release", "");
}

static void nobody_there_outputs_off(void **state)
{
    struct world *w = begin(state);
    sd_bus *passing = person_connect(w->f.address, &bench_operator);
    char reason[256];

    assert_string_equal(start_run(w, passing), "");
    daemon_fixture_await_bench(&w->f, "SafeState", "energised", FIXTURE_PATIENCE_MS);
    sd_bus_close_unref(passing);
    daemon_fixture_await(&w->f, "State", "paused", FIXTURE_PATIENCE_MS);
    (void)daemon_fixture_await_off(&w->f, FIXTURE_PATIENCE_MS);
    daemon_fixture_run_text(&w->f, "Reason", reason, sizeof reason);
    assert_non_null(strstr(reason, "uid 1000"));
    assert_true(eventually(is_free, w, FIXTURE_PATIENCE_MS));
    end_run(w, w->f.client);
}

/* Idle: nothing to protect. */
static void a_lease_ends_with_its_connection(void **state)
{
    struct world *w = begin(state);
    sd_bus *passing = person_connect(w->f.address, &bench_operator);

    BENCH_SAYS(passing, "Acquire", "");
    assert_holder(w, "uid 1000");
    sd_bus_close_unref(passing);
    assert_true(eventually(is_free, w, FIXTURE_PATIENCE_MS));
}

static int setup(void **state)
{
    const struct daemon_fixture_setting setting = {.sim = simulator, .bench_extra = "  lease_grace_s: 2\n"};
    struct world *w = calloc(1, sizeof *w);

    *state = w;
    if (!w)
        return -1;
    w->why_not = polkit_prepare();
    if (w->why_not)
        return 0;
    daemon_fixture_start(&w->f, &setting);
    (void)snprintf(w->log, sizeof w->log, "%s/polkit.log", w->f.folder);
    polkit_start(&w->polkit, w->f.address, w->log);
    w->operator_bus = person_connect(w->f.address, &bench_operator);
    w->other_bus = person_connect(w->f.address, &other);
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    sd_bus_close_unref(w->operator_bus);
    sd_bus_close_unref(w->other_bus);
    (void)child_stop(&w->polkit, SIGKILL, FIXTURE_PATIENCE_MS);
    if (!w->why_not)
        daemon_fixture_clear(&w->f);
    free(w);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_group_may_others_may_not),
        cmocka_unit_test(everyone_may_stop_a_run_and_nobody_else_may_end_it),
        cmocka_unit_test(a_late_answer_counts_and_nothing_happens_before),
        cmocka_unit_test(who_is_gone_gets_nothing),
        cmocka_unit_test(a_flood_is_cut_and_silence_is_a_no),
        cmocka_unit_test(without_polkit_only_root),
        cmocka_unit_test(one_operates_another_takes_over_with_a_reason),
        cmocka_unit_test(who_comes_back_in_time_goes_on),
        cmocka_unit_test(nobody_there_outputs_off),
        cmocka_unit_test(a_lease_ends_with_its_connection),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
