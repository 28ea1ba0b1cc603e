/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long EmergencyStop takes behind a hundred calls that came before it and while twenty clients ask for
 * reports of a big record, and what becomes of a run beside a hundred clients that poll and one that floods.
 * Fails above a bound, or when the run is neither right nor INVALID with its reason. tests/bus/test_load is
 * the everyday form. */
#include "support/test.h"

#include <stdlib.h>

#include "core/clock.h"
#include "support/bus_load.h"
#include "support/daemon_fixture.h"

#define NAME "org.motorbench1"
#define BENCH "/org/motorbench1/bench/sim"
#define READINGS 2000u
#define STOPS 100
#define STOP_MAX_MS 100.0
#define QUEUED 100
#define QUEUES 10
#define RUN_MS 300000u

static const char motor_text[] = "motor:\n"
                                 "  id: \"1\"\n"
                                 "  kind: three-phase-induction\n"
                                 "  rated: {power_w: 11000, voltage_v: 400, frequency_hz: 50, current_a: "
                                 "19.8, speed_rpm: 1468, poles: 4}\n";

static const char *const simulator[] = {"--preset", "11kW-4p",  "--factor", "200", "--seed",
                                        "2",        "--errors", "off",      NULL};

/* The worst of a hundred; the bench is idle. */
static double stops_ms(struct daemon_fixture *f, const char *beside)
{
    double us[STOPS], p50;

    for (size_t i = 0; i < STOPS; i++)
        us[i] = bus_load_call_us(f->client, BENCH, NAME ".Bench", "EmergencyStop");
    p50 = bus_load_quantile(us, STOPS, 0.5) * 1e-3;
    (void)printf("EmergencyStop beside %s: p50 %.2f ms, worst %.2f ms (at most %.0f)\n", beside, p50,
                 us[STOPS - 1] * 1e-3, STOP_MAX_MS);
    (void)fflush(stdout);
    return us[STOPS - 1] * 1e-3;
}

/* ---- Behind calls that are answered in their turn. ---- */

static int nothing(sd_bus_message *m)
{
    (void)m;
    return 0;
}

static int a_standard(sd_bus_message *m)
{
    return sd_bus_message_append(m, "s", "GB 18613");
}

static int a_motor(sd_bus_message *m)
{
    return sd_bus_message_append(m, "a{sv}", 2, "document", "s", motor_text, "name", "s", "motor.yaml");
}

static int all_records(sd_bus_message *m)
{
    return sd_bus_message_append(m, "a{sv}uu", 0, 0u, 100u);
}

struct queued {
    const char *path, *interface, *member;
    int (*append)(sd_bus_message *m);
};

static int answered(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    (void)error;
    if (sd_bus_message_is_method_error(m, NULL))
        fail_msg("%s", sd_bus_message_get_error(m)->message);
    --*(unsigned *)userdata;
    return 0;
}

/* From the first of them to the answer of EmergencyStop. */
static double stop_behind_ms(struct daemon_fixture *f, const struct queued *q, unsigned count)
{
    unsigned open = count;
    uint64_t begun_ns = mb_monotonic_ns();
    double ms;

    for (unsigned i = 0; i < count; i++) {
        sd_bus_message *m = NULL;

        assert_true(sd_bus_message_new_method_call(f->client, &m, NAME, q->path, q->interface, q->member) >=
                    0);
        assert_true(q->append(m) >= 0);
        assert_true(sd_bus_call_async(f->client, NULL, m, answered, &open, 0) >= 0);
        sd_bus_message_unref(m);
    }
    (void)bus_load_call_us(f->client, BENCH, NAME ".Bench", "EmergencyStop");
    ms = (double)(mb_monotonic_ns() - begun_ns) * 1e-6;
    while (open > 0)
        if (sd_bus_process(f->client, NULL) == 0)
            (void)sd_bus_wait(f->client, 1000000);
    return ms;
}

/* Each has its share in it: what one call takes, times a hundred. No bound: how long a call takes is a matter
 * of the machine, and the wired stop and the guard wait for none. */
static void stop_behind_a_hundred(void **state)
{
    static const struct queued queues[] = {
        {BENCH, NAME ".Bench", "Check", nothing},
        {"/org/motorbench1/standards", NAME ".Standards", "Get", a_standard},
        {"/org/motorbench1/standards", NAME ".Standards", "Plan", a_motor},
        {"/org/motorbench1", NAME ".Manager", "FindRecords", all_records},
    };
    double ms[QUEUES];

    for (size_t i = 0; i < sizeof queues / sizeof *queues; i++) {
        double alone_ms, p50_ms;

        for (size_t k = 0; k < QUEUES; k++)
            ms[k] = stop_behind_ms(*state, &queues[i], 1);
        alone_ms = bus_load_quantile(ms, QUEUES, 0.5);
        for (size_t k = 0; k < QUEUES; k++)
            ms[k] = stop_behind_ms(*state, &queues[i], QUEUED);
        p50_ms = bus_load_quantile(ms, QUEUES, 0.5);
        (void)printf("EmergencyStop behind %d x %s: p50 %.1f ms, worst %.1f ms; behind one %.2f ms\n", QUEUED,
                     queues[i].member, p50_ms, ms[QUEUES - 1], alone_ms);
        (void)fflush(stdout);
    }
}

/* ---- Beside calls that are answered in threads. ---- */

static void stop_beside_reports(void **state)
{
    static const struct {
        const char *name, *member;
        const char *words[2];
    } questions[] = {{"20 clients that ask for reports", "OpenReport", {"pdf", "en"}},
                     {"20 clients that ask for exports", "OpenReport", {"json", "en"}},
                     {"20 clients that verify", "Verify", {NULL}}};
    struct daemon_fixture *f = *state;
    char uuid[BUS_LOAD_UUID_SIZE], *path;
    double worst = stops_ms(f, "nobody");

    bus_load_record(f->store, READINGS, uuid);
    path = bus_load_record_path(uuid);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        const struct bus_load load = {.clients = 20,
                                      .outstanding = 1,
                                      .pause_ms = 10, /* "other reports are being made; ask again" */
                                      .path = path,
                                      .interface = NAME ".Record",
                                      .member = questions[i].member,
                                      .words = {questions[i].words[0], questions[i].words[1]}};
        pid_t child = bus_load_start(f->address, &load);
        double ms = stops_ms(f, questions[i].name);

        bus_load_stop(child);
        worst = ms > worst ? ms : worst;
    }
    free(path);
    assert_true(worst <= STOP_MAX_MS);
    daemon_fixture_await_bench(f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    assert_int_equal(FIXTURE_STATUS(f, "bench", "reset", "sim"), 0);
}

static void a_run_beside_a_hundred(void **state)
{
    char verdict[40];

    bus_load_run(*state, 100, 100, RUN_MS);
    assert_string_not_equal(daemon_fixture_run_text(*state, "Verdict", verdict, sizeof verdict), "FAIL");
}

static int setup(void **state)
{
    const struct daemon_fixture_setting setting = {.sim = simulator};
    struct daemon_fixture *f = calloc(1, sizeof *f);

    *state = f;
    if (!f)
        return -1;
    daemon_fixture_start(f, &setting);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stop_behind_a_hundred),
        cmocka_unit_test(stop_beside_reports),
        cmocka_unit_test(a_run_beside_a_hundred),
    };

    return cmocka_run_group_tests(tests, setup, daemon_fixture_teardown);
}
