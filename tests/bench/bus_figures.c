/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of the bus: reading a property beside a bare sd-bus service; from a reading to its signal at a
 * client with ten instruments at 20 Hz; saving 10,000 points of five columns. Fails above a bound. */
#include "support/test.h"

#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "record/record.h"
#include "support/bus_load.h"
#include "support/daemon_fixture.h"
#include "support/eventually.h"
#include "support/replace.h"
#include "support/tree.h"

#define NAME "org.motorbench1"
#define BENCH "/org/motorbench1/bench/sim"
#define ECHO "test.motorbench" /* the fixture's bus allows it */

#define ROUNDS 40
#define CALLS 100 /* a round */
#define READ_RATIO_MAX 1.3

#define EXTRA 9 /* instruments of one temperature, beside the converter: ten are polled at rest */
#define SECONDS 15
#define SIGNALS_MAX 1000
#define RATE_MIN_HZ 18.0
#define SIGNAL_MAX_MS 5.0

#define POINTS 10000
#define COLUMNS 5
#define SAVES 9
#define SAVE_MAX_S 0.1

/* ---- A property. ---- */

static int on_echo(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    const char *text;
    int r = sd_bus_message_read(m, "s", &text);

    (void)userdata, (void)error;
    return r < 0 ? r : sd_bus_reply_method_return(m, "s", text);
}

static void serve_echo(const char *address, pid_t parent)
{
    static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Echo", "s", "s", on_echo, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
    };
    sd_bus *bus = NULL;
    int r = sd_bus_new(&bus);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        return;
    if (r >= 0)
        r = sd_bus_set_address(bus, address);
    if (r >= 0)
        r = sd_bus_set_bus_client(bus, 1);
    if (r >= 0)
        r = sd_bus_start(bus);
    if (r >= 0)
        r = sd_bus_add_object_vtable(bus, NULL, "/", ECHO, vtable, NULL);
    if (r >= 0)
        r = sd_bus_request_name(bus, ECHO, 0);
    while (r >= 0) {
        r = sd_bus_process(bus, NULL);
        if (r == 0)
            r = sd_bus_wait(bus, UINT64_MAX);
    }
}

static bool echo_us(sd_bus *bus, double *ret)
{
    uint64_t begun_ns = mb_monotonic_ns();
    int r = sd_bus_call_method(bus, ECHO, "/", ECHO, "Echo", NULL, NULL, "s", "safe");

    *ret = (double)(mb_monotonic_ns() - begun_ns) * 1e-3;
    return r >= 0;
}

static double read_us(sd_bus *bus)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    uint64_t begun_ns = mb_monotonic_ns();

    if (sd_bus_get_property(bus, NAME, BENCH, NAME ".Bench", "SafeState", &error, &reply, "s") < 0)
        fail_msg("SafeState: %s", error.message);
    sd_bus_message_unref(reply);
    return (double)(mb_monotonic_ns() - begun_ns) * 1e-3;
}

static bool echoes(void *userdata)
{
    double us;

    return echo_us(((struct daemon_fixture *)userdata)->client, &us);
}

/* In turns, so that the machine's other work meets both. */
static void property(void **state)
{
    static double echo[ROUNDS * CALLS], read[ROUNDS * CALLS];
    struct daemon_fixture *f = *state;
    const pid_t parent = getpid();
    pid_t child = fork();
    double echo_p50, read_p50;

    assert_true(child >= 0);
    if (child == 0) {
        serve_echo(f->address, parent);
        _exit(1);
    }
    assert_true(eventually(echoes, f, FIXTURE_PATIENCE_MS));
    for (size_t i = 0; i < ROUNDS * CALLS; i++) {
        if (i / CALLS % 2 == 0)
            assert_true(echo_us(f->client, &echo[i]));
        read[i] = read_us(f->client);
        if (i / CALLS % 2 == 1)
            assert_true(echo_us(f->client, &echo[i]));
    }
    bus_load_stop(child);
    echo_p50 = bus_load_quantile(echo, ROUNDS * CALLS, 0.5);
    read_p50 = bus_load_quantile(read, ROUNDS * CALLS, 0.5);
    (void)printf("a property: p50 %.0f us, p99 %.0f us; bare echo p50 %.0f us; ratio %.2f (at most %.2f)\n",
                 read_p50, bus_load_quantile(read, ROUNDS * CALLS, 0.99), echo_p50, read_p50 / echo_p50,
                 READ_RATIO_MAX);
    assert_true(read_p50 / echo_p50 <= READ_RATIO_MAX);
}

/* ---- From a reading to its signal. ---- */

struct signals {
    uint64_t origin_ns, last_ns; /* of the bench's time; the last reading so far */
    double late_ms[SIGNALS_MAX];
    size_t count;
};

/* The reading that came last completes the poll. */
static int on_readings(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    uint64_t now_ns = mb_monotonic_ns(), t_ns, newest_ns = 0;
    struct signals *s = userdata;
    const char *name, *unit, *validity;
    double value, uncertainty;
    int r = sd_bus_message_enter_container(m, 'a', "(ssddst)");

    (void)error;
    while (r >= 0 &&
           (r = sd_bus_message_read(m, "(ssddst)", &name, &unit, &value, &uncertainty, &validity, &t_ns)) > 0)
        if (t_ns > newest_ns)
            newest_ns = t_ns;
    if (newest_ns > s->last_ns && s->count < SIGNALS_MAX)
        s->late_ms[s->count++] = ((double)now_ns - (double)(s->origin_ns + newest_ns)) * 1e-6;
    s->last_ns = newest_ns;
    return r < 0 ? r : 0;
}

static void follow(struct daemon_fixture *f, double seconds)
{
    const uint64_t end_ns = mb_monotonic_ns() + (uint64_t)(seconds * 1e9);

    while (mb_monotonic_ns() < end_ns) {
        int r = sd_bus_process(f->client, NULL);

        assert_true(r >= 0);
        if (r == 0)
            assert_true(sd_bus_wait(f->client, 100000) >= 0);
    }
}

static void reading_to_signal(void **state)
{
    struct daemon_fixture *f = *state;
    struct signals signals = {0};
    double rate_hz, p99;
    char *path = NULL;

    assert_true(sd_bus_get_property_trivial(f->client, NAME, BENCH, NAME ".Bench", "TimeOrigin", NULL, 't',
                                            &signals.origin_ns) >= 0);
    daemon_fixture_run(f);
    assert_true(sd_bus_path_encode("/org/motorbench1/run", f->uuid, &path) >= 0);
    assert_true(sd_bus_match_signal(f->client, NULL, NAME, path, NAME ".Run", "Readings", on_readings,
                                    &signals) >= 0);
    free(path);
    follow(f, 1);
    signals.count = 0;
    follow(f, SECONDS);
    rate_hz = (double)signals.count / SECONDS;
    p99 = bus_load_quantile(signals.late_ms, signals.count, 0.99);
    (void)printf("from a reading to its signal, %d instruments at %.1f Hz: p50 %.2f ms, p99 %.2f ms (at most "
                 "%.1f)\n",
                 EXTRA + 1, rate_hz, bus_load_quantile(signals.late_ms, signals.count, 0.5), p99,
                 SIGNAL_MAX_MS);
    assert_true(rate_hz >= RATE_MIN_HZ);
    assert_true(p99 <= SIGNAL_MAX_MS);
}

/* ---- Saving. ---- */

static json_t *points(void)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < POINTS; i++) {
        json_t *row = json_array();

        for (size_t c = 0; c < COLUMNS; c++)
            (void)json_array_append_new(row, json_real(sin((double)(i * COLUMNS + c)) * 400));
        (void)json_array_append_new(rows, row);
    }
    return json_pack("{s:[sssss], s:o}", "columns", "t", "u", "i", "p", "n", "points", rows);
}

/* As one entry, with its hash, on disk when the call returns. */
static void saving(void **state)
{
    static const struct mb_record_head head = {
        .bench = "sim", .simulated = true, .time_factor = 1, .program_version = "0"};
    struct daemon_fixture *f = *state;
    struct mb_record *record = NULL;
    struct mb_store *store = NULL;
    struct mb_error err = {""};
    json_t *payload = points();
    double s[SAVES], median;
    clock_t processor = clock();
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/points.sqlite", f->folder);
    assert_int_equal(mb_store_open(path, false, &store, &err), 0);
    assert_int_equal(mb_record_create(store, &head, &record, &err), 0);
    for (size_t i = 0; i < SAVES; i++) {
        uint64_t begun_ns = mb_monotonic_ns();

        assert_int_equal(mb_record_append(record, i, "reading", payload, &err), 0);
        s[i] = (double)(mb_monotonic_ns() - begun_ns) * 1e-9;
    }
    processor = clock() - processor;
    (void)mb_record_free(record);
    (void)mb_store_close(store);
    json_decref(payload);
    median = bus_load_quantile(s, SAVES, 0.5);
    (void)printf("saving %d points of %d columns: best %.3f s (at most %.2f), median %.3f s, worst %.3f s, "
                 "processor %.3f s\n",
                 POINTS, COLUMNS, s[0], SAVE_MAX_S, median, s[SAVES - 1],
                 (double)processor / CLOCKS_PER_SEC / SAVES);
    assert_true(s[0] <= SAVE_MAX_S); /* other work only adds to it */
}

/* ---- The bench. ---- */

static void drop_line(char *text, const char *with)
{
    char *at = strstr(text, with), *end = at ? strchr(at, '\n') : NULL;

    assert_non_null(end);
    while (at > text && at[-1] != '\n')
        at--;
    (void)memmove(at, end + 1, strlen(end + 1) + 1);
}

/* More converters on the simulator's port, each with a temperature that is watched; a bench has at most 16
 * instruments, so meter and safety testers make room. */
static void add_instruments(struct daemon_fixture *f)
{
    static const char roles[] = "  roles: {";
    char path[PATH_MAX], lines[4096] = "", watched[512] = "monitored: [", *text, *more, *all;
    struct mb_error err = {""};
    size_t size, used = 0, w = strlen(watched);
    const unsigned port = sim_process_port(&f->sim, "daq");

    (void)snprintf(path, sizeof path, "%s/benches/sim.yaml", f->folder);
    assert_int_equal(mb_file_read(path, 1u << 16, &text, &size, &err), 0);
    for (int i = 1; i <= EXTRA; i++) {
        used += (size_t)snprintf(lines + used, sizeof lines - used,
                                 "    - {id: extra-%d, profile: iio, address: \"ip:127.0.0.1:%u\", channels: "
                                 "[{name: t, device: thermocouples, channel: temp1, quantity: temperature, "
                                 "accuracy: 1.0}]}\n",
                                 i, port);
        if (i > 1)
            w += (size_t)snprintf(watched + w, sizeof watched - w, "%sextra-%d/t", i > 2 ? ", " : "", i);
    }
    (void)snprintf(lines + used, sizeof lines - used, "%s", roles);
    (void)snprintf(watched + w, sizeof watched - w, "]");
    more = replaced(text, roles, lines);
    all = replaced(more, "monitored: [daq/temperature-winding-end, daq/temperature-frame]", watched);
    assert_string_not_equal(all, more);
    free(more);
    more = replaced(all, ", safety_tester: [tos9300, gpt9800]", "");
    free(all);
    all = replaced(more, "ohmmeter: ohmmeter,", "ohmmeter: manual,"); /* the meter is slower */
    free(more);
    more = replaced(all, "coolant: daq/temperature-coolant", "coolant: extra-1/t");
    drop_line(more, "{id: ohmmeter,");
    drop_line(more, "{id: tos9300,");
    drop_line(more, "{id: gpt9800,");
    assert_true(mb_file_write(path, more, strlen(more), &err) >= 0);
    free(all);
    free(more);
    free(text);
}

static int setup(void **state)
{
    static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "1", "--seed", "2", NULL};
    const struct daemon_fixture_setting setting = {
        .sim = simulator, .bench_extra = "  poll_s: 0.05\n", .edit = add_instruments};
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
        cmocka_unit_test(property),
        cmocka_unit_test(reading_to_signal),
        cmocka_unit_test(saving),
    };

    return cmocka_run_group_tests(tests, setup, daemon_fixture_teardown);
}
