/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interfaces without a bus: service and client at the two ends of a socket pair, on one loop. The bench's
 * instruments do not exist. */
#include "support/test.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bus/errors.h"
#include "bus/service.h"
#include "core/clock.h"
#include "record/record.h"
#include "support/tree.h"

#define ROOT "/org/motorbench1"
#define MANAGER "org.motorbench1.Manager"
#define BENCH "org.motorbench1.Bench"
#define ALPHA ROOT "/bench/alpha"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define PATIENCE_NS UINT64_C(30000000000)

/* Port 1 of this machine refuses. */
static const char bench_text[] =
    "bench:\n"
    "  name: alpha\n"
    "  simulated: true\n"
    "  time_factor: 20\n"
    "  limits: {voltage_v: 480, current_a: 80, torque_nm: 150, speed_rpm: 1800}\n"
    "  instruments:\n"
    "    - {id: meter, profile: yokogawa-wt300e, address: \"tcp:127.0.0.1:1\"}\n"
    "    - {id: source, profile: chroma-61500, address: \"tcp:127.0.0.1:1\"}\n"
    "    - {id: brake-1, profile: magtrol-dsp6001, address: \"tcp:127.0.0.1:1\"}\n"
    "  roles: {analyser: meter, supply: source, load: brake-1, ohmmeter: manual, torque: brake-1/torque,"
    " speed: brake-1/speed, coolant: manual}\n";

static const char motor_text[] =
    "motor:\n"
    "  id: \"M-1\"\n"
    "  manufacturer: \"Maker\"\n"
    "  model: \"Y2\"\n"
    "  kind: three-phase-induction\n"
    "  rated: {power_w: 11000, voltage_v: 400, frequency_hz: 50, current_a: 20, speed_rpm: 1468, poles: 4}\n"
    "  sealing_ring: removed\n";

struct fixture {
    char folder[64], plans[PATH_MAX], profiles[PATH_MAX], limits_folder[PATH_MAX], store_path[96];
    sd_event *event;
    sd_bus *server, *client;
    struct mb_store *store;
    struct mb_limits *limits;
    struct mb_bench *bench;
    struct mb_service *service;
};

struct answer { /* of one call */
    sd_bus_message *reply;
    unsigned changes;
};

static void open_bench(struct fixture *f)
{
    struct mb_bench_setting *setting = NULL;
    struct mb_error err = {""};

    if (mb_bench_setting_parse("alpha.yaml", bench_text, strlen(bench_text), &setting, &err) < 0 ||
        mb_bench_new(f->event, setting, f->profiles, &f->bench, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(mb_bench_open(f->bench), 0);
}

static void open_pair(struct fixture *f)
{
    sd_id128_t id;
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(sd_id128_randomize(&id), 0);
    assert_true(sd_bus_new(&f->server) >= 0 && sd_bus_set_fd(f->server, fds[0], fds[0]) >= 0);
    assert_true(sd_bus_set_server(f->server, 1, id) >= 0 && sd_bus_negotiate_fds(f->server, 1) >= 0);
    assert_true(sd_bus_new(&f->client) >= 0 && sd_bus_set_fd(f->client, fds[1], fds[1]) >= 0);
    assert_true(sd_bus_start(f->server) >= 0 && sd_bus_start(f->client) >= 0);
    assert_true(sd_bus_attach_event(f->server, f->event, 0) >= 0);
    assert_true(sd_bus_attach_event(f->client, f->event, 0) >= 0);
}

static void data_path(char buffer[static PATH_MAX], const char *leaf)
{
    (void)snprintf(buffer, PATH_MAX, "%s/share/motorbench/%s", test_build_folder(), leaf);
}

static void fill(struct fixture *f)
{
    struct mb_error err = {""};
    const char *tmp = getenv("TMPDIR");

    (void)snprintf(f->folder, sizeof f->folder, "%.40s/mb-service-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->store_path, sizeof f->store_path, "%s/records.sqlite", f->folder);
    data_path(f->plans, "plans");
    data_path(f->profiles, "profiles");
    data_path(f->limits_folder, "limits");
    assert_true(sd_event_new(&f->event) >= 0);
    if (mb_store_open(f->store_path, false, &f->store, &err) < 0 ||
        mb_limits_load(f->limits_folder, &f->limits, &err) < 0)
        fail_msg("%s", err.text);
    open_bench(f);
    open_pair(f);
    assert_int_equal(mb_service_new(f->server, f->event,
                                    &(struct mb_service_setting){.store = f->store,
                                                                 .limits = f->limits,
                                                                 .benches = &f->bench,
                                                                 .bench_count = 1,
                                                                 .plan_directory = f->plans,
                                                                 .report_program = "/no/such/program"},
                                    &f->service),
                     0);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    *state = f;
    fill(f);
    return 0;
}

static int teardown(void **state)
{
    static const char *const leaves[] = {"", "-wal", "-shm"};
    struct fixture *f = *state;
    char path[128];

    f->service = mb_service_free(f->service);
    f->bench = mb_bench_free(f->bench);
    mb_limits_free(f->limits);
    mb_store_close(f->store);
    sd_bus_close_unref(f->client);
    sd_bus_close_unref(f->server);
    sd_event_unref(f->event);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s%s", f->store_path, leaves[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

/* ---- Calls. ---- */

static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct answer *answer = userdata;

    (void)error;
    answer->reply = sd_bus_message_ref(m);
    return 0;
}

static void turn(struct fixture *f)
{
    assert_true(sd_event_run(f->event, 100000) >= 0);
}

/* Sends a call and turns the loop until its answer is there; the caller frees it. */
static sd_bus_message *transact(struct fixture *f, sd_bus_message *call)
{
    struct answer answer = {NULL};
    sd_bus_slot *slot = NULL;
    uint64_t deadline = mb_monotonic_ns() + PATIENCE_NS;

    assert_true(sd_bus_call_async(f->client, &slot, call, on_reply, &answer, 0) >= 0);
    while (!answer.reply && mb_monotonic_ns() < deadline)
        turn(f);
    sd_bus_slot_unref(slot);
    sd_bus_message_unref(call);
    assert_non_null(answer.reply);
    return answer.reply;
}

static sd_bus_message *new_call(struct fixture *f, const char *path, const char *interface,
                                const char *member)
{
    sd_bus_message *call = NULL;

    assert_true(sd_bus_message_new_method_call(f->client, &call, NULL, path, interface, member) >= 0);
    return call;
}

static sd_bus_message *call(struct fixture *f, const char *path, const char *interface, const char *member)
{
    return transact(f, new_call(f, path, interface, member));
}

static void check_error(sd_bus_message *reply, const char *name, const char *part)
{
    const sd_bus_error *error = sd_bus_message_get_error(reply);

    assert_non_null(error);
    assert_string_equal(error->name, name);
    assert_non_null(error->message);
    if (!strstr(error->message, part))
        fail_msg("'%s' does not say '%s'", error->message, part);
    assert_null(strchr(error->message, '\n'));
    sd_bus_message_unref(reply);
}

static sd_bus_message *get(struct fixture *f, const char *path, const char *interface, const char *property)
{
    sd_bus_message *m = new_call(f, path, PROPERTIES, "Get");

    assert_true(sd_bus_message_append(m, "ss", interface, property) >= 0);
    return transact(f, m);
}

static void check_text(struct fixture *f, const char *path, const char *interface, const char *property,
                       const char *type, const char *expected)
{
    sd_bus_message *reply = get(f, path, interface, property);
    const char *text = NULL;

    assert_true(sd_bus_message_read(reply, "v", type, &text) > 0);
    assert_string_equal(text, expected);
    sd_bus_message_unref(reply);
}

/* ---- Manager. ---- */

static void check_list(struct fixture *f, const char *member, const char *const names[],
                       const char *const paths[])
{
    sd_bus_message *reply = call(f, ROOT, MANAGER, member);
    const char *name, *path;
    size_t n = 0;

    assert_true(sd_bus_message_enter_container(reply, 'a', "(so)") > 0);
    while (sd_bus_message_read(reply, "(so)", &name, &path) > 0) {
        assert_non_null(names[n]);
        assert_string_equal(name, names[n]);
        assert_string_equal(path, paths[n]);
        n++;
    }
    assert_null(names[n]);
    sd_bus_message_unref(reply);
}

static void lists_benches_and_instruments(void **state)
{
    check_list(*state, "ListBenches", (const char *const[]){"alpha", NULL}, (const char *const[]){ALPHA});
    /* A name may have signs that a path may not. */
    check_list(*state, "ListInstruments", (const char *const[]){"meter", "source", "brake-1", NULL},
               (const char *const[]){ROOT "/instrument/meter", ROOT "/instrument/source",
                                     ROOT "/instrument/brake_2d1"});
}

static void tells_its_version(void **state)
{
    check_text(*state, ROOT, MANAGER, "Version", "s", MB_VERSION);
}

static sd_bus_message *find_records(struct fixture *f, const char *key, const char *type, const char *value)
{
    sd_bus_message *m = new_call(f, ROOT, MANAGER, "FindRecords");
    int r;

    if (!key)
        r = sd_bus_message_append(m, "a{sv}uu", 0, 0, 10);
    else if (strcmp(type, "s") == 0)
        r = sd_bus_message_append(m, "a{sv}uu", 1, key, "s", value, 0, 10);
    else
        r = sd_bus_message_append(m, "a{sv}uu", 1, key, "i", 5, 0, 10);
    assert_true(r >= 0);
    return transact(f, m);
}

static void add_record(struct fixture *f, const char *model)
{
    const struct mb_record_head head = {.bench = "alpha",
                                        .motor_id = "M-1",
                                        .manufacturer = "Maker",
                                        .model = model,
                                        .simulated = true,
                                        .time_factor = 20,
                                        .program_version = "0"};
    struct mb_record *record = NULL;
    struct mb_error err = {""};

    assert_int_equal(mb_record_create(f->store, &head, &record, &err), 0);
    assert_int_equal(mb_record_freeze(record, "motor-file", motor_text, strlen(motor_text), &err), 0);
    assert_int_equal(mb_record_finish(record, "aborted", "INVALID", "the test", &err), 0);
    mb_record_free(record);
}

static uint64_t count_records(struct fixture *f, const char *key, const char *value, size_t *ret_listed)
{
    sd_bus_message *reply = find_records(f, key, "s", value);
    uint64_t total = 0;

    *ret_listed = 0;
    assert_null(sd_bus_message_get_error(reply));
    assert_true(sd_bus_message_enter_container(reply, 'a', "a{sv}") > 0);
    while (sd_bus_message_skip(reply, "a{sv}") > 0)
        (*ret_listed)++;
    assert_true(sd_bus_message_exit_container(reply) > 0);
    assert_true(sd_bus_message_read(reply, "t", &total) > 0);
    sd_bus_message_unref(reply);
    return total;
}

static void finds_records_by_what_they_hold(void **state)
{
    size_t listed;

    assert_int_equal(count_records(*state, NULL, NULL, &listed), 0);
    assert_int_equal(listed, 0);
    add_record(*state, "Y2");
    add_record(*state, "Y3");
    assert_int_equal(count_records(*state, NULL, NULL, &listed), 2);
    assert_int_equal(listed, 2);
    assert_int_equal(count_records(*state, "model", "Y3", &listed), 1);
    assert_int_equal(listed, 1);
    assert_int_equal(count_records(*state, "verdict", "PASS", &listed), 0);
}

static void refuses_a_filter_it_does_not_know(void **state)
{
    check_error(find_records(*state, "colour", "s", "red"), MB_BUS_ERROR_INVALID_ARGUMENT, "colour");
    check_error(find_records(*state, "model", "i", NULL), MB_BUS_ERROR_INVALID_ARGUMENT, "text");
}

/* ---- StartInspection. ---- */

struct start { /* NULL: left out */
    const char *bench, *document, *motor_key, *option_key, *option;
    const char *error, *part; /* what is expected */
};

static void check_start(struct fixture *f, const struct start *s)
{
    sd_bus_message *m = new_call(f, ROOT, MANAGER, "StartInspection");
    int r = sd_bus_message_append(m, "s", s->bench);

    if (r >= 0)
        r = sd_bus_message_open_container(m, 'a', "{sv}");
    if (r >= 0 && s->document)
        r = sd_bus_message_append(m, "{sv}{sv}", "document", "s", s->document, "name", "s", "shop/m.yaml");
    if (r >= 0 && s->motor_key)
        r = sd_bus_message_append(m, "{sv}", s->motor_key, "s", "x");
    if (r >= 0)
        r = sd_bus_message_close_container(m);
    if (r >= 0 && s->option_key)
        r = sd_bus_message_append(m, "a{sv}", 1, s->option_key, "s", s->option);
    else if (r >= 0)
        r = sd_bus_message_append(m, "a{sv}", 0);
    assert_true(r >= 0);
    check_error(transact(f, m), s->error, s->part);
}

static void refuses_to_start_and_says_why(void **state)
{
    static const char wrong[] = "motor:\n  id: \"1\"\n  kind: steam-engine\n";
    static const struct start starts[] = {
        {"alpha", wrong, NULL, NULL, NULL, MB_BUS_ERROR_INVALID_ARGUMENT, "shop/m.yaml:3: "},
        {"alpha", "motor: [", NULL, NULL, NULL, MB_BUS_ERROR_INVALID_ARGUMENT, "not well-formed"},
        {"alpha", NULL, NULL, NULL, NULL, MB_BUS_ERROR_INVALID_ARGUMENT, "document"},
        {"alpha", motor_text, "colour", NULL, NULL, MB_BUS_ERROR_INVALID_ARGUMENT, "colour"},
        {"beta", motor_text, NULL, NULL, NULL, MB_BUS_ERROR_NOT_FOUND, "beta"},
        {"alpha", motor_text, NULL, "hurry", "yes", MB_BUS_ERROR_INVALID_ARGUMENT, "hurry"},
        {"alpha", motor_text, NULL, "rule", "guarded", MB_BUS_ERROR_INVALID_ARGUMENT, "guarded-acceptance"},
    };
    size_t listed;

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        check_start(*state, &starts[i]);
    /* Nothing has begun, so nothing is recorded. */
    assert_int_equal(count_records(*state, NULL, NULL, &listed), 0);
    check_text(*state, ALPHA, BENCH, "Run", "o", "/");
}

static void does_not_start_without_its_instruments(void **state)
{
    const struct start start = {"alpha",           motor_text, NULL, NULL, NULL, MB_BUS_ERROR_BENCH_FAULT,
                                "instrument meter"};
    size_t listed;

    check_start(*state, &start);
    assert_int_equal(count_records(*state, NULL, NULL, &listed), 0);
}

/* ---- Bench. ---- */

static bool read_check(struct fixture *f, char *lines, size_t size)
{
    sd_bus_message *reply = call(f, ALPHA, BENCH, "Check");
    const char *line;
    size_t used = 0;
    int ok;

    assert_true(sd_bus_message_read(reply, "b", &ok) > 0);
    assert_true(sd_bus_message_enter_container(reply, 'a', "s") > 0);
    while (sd_bus_message_read(reply, "s", &line) > 0 && used < size)
        used += (size_t)snprintf(lines + used, size - used, "%s\n", line);
    sd_bus_message_unref(reply);
    return ok;
}

static void check_says_which_instrument_is_missing(void **state)
{
    struct fixture *f = *state;
    uint64_t deadline = mb_monotonic_ns() + PATIENCE_NS;
    char lines[4096] = "";

    while (!strstr(lines, "refused") && mb_monotonic_ns() < deadline) {
        turn(f);
        assert_false(read_check(f, lines, sizeof lines));
    }
    assert_non_null(strstr(lines, "meter: lost, yokogawa-wt300e at tcp:127.0.0.1:1"));
    assert_non_null(strstr(lines, "refused"));
    assert_non_null(strstr(lines, "source: "));
    assert_non_null(strstr(lines, "brake-1: "));
}

static void shows_what_a_bench_is(void **state)
{
    struct fixture *f = *state;
    sd_bus_message *reply;
    double factor;
    int simulated, on;

    check_text(f, ALPHA, BENCH, "Name", "s", "alpha");
    check_text(f, ALPHA, BENCH, "SafeState", "s", "unknown");
    check_text(f, ALPHA, BENCH, "Fault", "s", "");
    check_text(f, ALPHA, BENCH, "Run", "o", "/");
    reply = get(f, ALPHA, BENCH, "TimeFactor");
    assert_true(sd_bus_message_read(reply, "v", "d", &factor) > 0 && factor == 20);
    sd_bus_message_unref(reply);
    reply = get(f, ALPHA, BENCH, "Simulated");
    assert_true(sd_bus_message_read(reply, "v", "b", &simulated) > 0 && simulated == 1);
    sd_bus_message_unref(reply);
    reply = get(f, ALPHA, BENCH, "OutputOn");
    assert_true(sd_bus_message_read(reply, "v", "b", &on) > 0 && on == 1);
    sd_bus_message_unref(reply);
}

static const char *role_of(sd_bus_message *reply, const char *role)
{
    const char *name, *instrument, *found = NULL;

    assert_true(sd_bus_message_rewind(reply, 1) >= 0);
    assert_true(sd_bus_message_enter_container(reply, 'v', "a{ss}") > 0);
    assert_true(sd_bus_message_enter_container(reply, 'a', "{ss}") > 0);
    while (sd_bus_message_read(reply, "{ss}", &name, &instrument) > 0)
        if (strcmp(name, role) == 0)
            found = instrument;
    return found;
}

static void shows_the_roles(void **state)
{
    sd_bus_message *reply = get(*state, ALPHA, BENCH, "Roles");

    assert_string_equal(role_of(reply, "analyser"), "meter");
    assert_string_equal(role_of(reply, "torque"), "brake-1/torque");
    assert_string_equal(role_of(reply, "ohmmeter"), "manual");
    assert_null(role_of(reply, "winding")); /* not filled */
    sd_bus_message_unref(reply);
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct answer *answer = userdata;
    const char *interface;

    (void)error;
    if (sd_bus_message_read(m, "s", &interface) > 0 && strcmp(interface, BENCH) == 0)
        answer->changes++;
    return 0;
}

static void an_emergency_stop_holds_until_it_is_reset(void **state)
{
    const struct start start = {"alpha",     motor_text, NULL, NULL, NULL, MB_BUS_ERROR_BENCH_FAULT,
                                "stopped by"};
    struct fixture *f = *state;
    struct answer answer = {NULL};
    sd_bus_slot *slot = NULL;
    uint64_t deadline = mb_monotonic_ns() + PATIENCE_NS;

    /* A peer has no sender and no bus that knows matches. */
    assert_true(sd_bus_add_match(f->client, &slot, "type='signal',member='PropertiesChanged'", on_changed,
                                 &answer) >= 0);
    sd_bus_message_unref(call(f, ALPHA, BENCH, "EmergencyStop"));
    check_start(f, &start);
    /* Nobody confirms that the outputs are off: that is said, not hidden. */
    while (mb_bench_safe_state(f->bench) == MB_GOING_SAFE && mb_monotonic_ns() < deadline)
        turn(f);
    check_text(f, ALPHA, BENCH, "SafeState", "s", "unknown");
    assert_true(answer.changes > 0);
    sd_bus_slot_unref(slot);
    sd_bus_message_unref(call(f, ALPHA, BENCH, "Reset"));
    check_text(f, ALPHA, BENCH, "Fault", "s", "");
    check_error(call(f, ALPHA, BENCH, "Reset"), MB_BUS_ERROR_BUSY, "still going off");
}

/* ---- Objects. ---- */

static void objects_that_are_not_there_are_refused(void **state)
{
    static const char *const paths[] = {ROOT "/bench/beta", ROOT "/instrument/beta", ROOT "/run/beta",
                                        ROOT "/record/beta"};
    static const char *const interfaces[] = {BENCH, "org.motorbench1.Instrument", "org.motorbench1.Run",
                                             "org.motorbench1.Record"};

    for (size_t i = 0; i < 4; i++) {
        sd_bus_message *reply = call(*state, paths[i], interfaces[i], "Check");
        const sd_bus_error *error = sd_bus_message_get_error(reply);

        assert_non_null(error);
        assert_string_equal(error->name, SD_BUS_ERROR_UNKNOWN_OBJECT);
        sd_bus_message_unref(reply);
    }
}

static void shows_what_an_instrument_is(void **state)
{
    static const char path[] = ROOT "/instrument/brake_2d1", interface[] = "org.motorbench1.Instrument";
    sd_bus_message *reply;
    const char *channel, *unit;

    check_text(*state, path, interface, "Id", "s", "brake-1");
    check_text(*state, path, interface, "Profile", "s", "magtrol-dsp6001");
    check_text(*state, path, interface, "Address", "s", "tcp:127.0.0.1:1");
    check_text(*state, path, interface, "Identity", "s", "");
    reply = get(*state, path, interface, "Channels");
    assert_true(sd_bus_message_enter_container(reply, 'v', "a(ss)") > 0);
    assert_true(sd_bus_message_enter_container(reply, 'a', "(ss)") > 0);
    assert_true(sd_bus_message_read(reply, "(ss)", &channel, &unit) > 0);
    assert_string_equal(channel, "speed");
    assert_string_equal(unit, "r/min");
    sd_bus_message_unref(reply);
}

static void introspection_names_members_and_children(void **state)
{
    sd_bus_message *reply = call(*state, ROOT, "org.freedesktop.DBus.Introspectable", "Introspect");
    const char *xml = NULL;

    assert_true(sd_bus_message_read(reply, "s", &xml) > 0);
    assert_non_null(strstr(xml, "<method name=\"StartInspection\">"));
    assert_non_null(strstr(xml, "<arg type=\"a{sv}\" name=\"motor\" direction=\"in\"/>"));
    assert_non_null(strstr(xml, "<node name=\"bench\"/>"));
    assert_non_null(strstr(xml, "org.freedesktop.DBus.ObjectManager"));
    sd_bus_message_unref(reply);
    reply = call(*state, ALPHA, "org.freedesktop.DBus.Introspectable", "Introspect");
    assert_true(sd_bus_message_read(reply, "s", &xml) > 0);
    assert_non_null(strstr(xml, "<method name=\"EmergencyStop\">"));
    assert_non_null(strstr(xml, "<property name=\"SafeState\" type=\"s\" access=\"read\">"));
    sd_bus_message_unref(reply);
}

static void the_object_manager_lists_benches_and_instruments(void **state)
{
    sd_bus_message *reply = call(*state, ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects");
    unsigned benches = 0, instruments = 0;
    const char *path;

    assert_true(sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}") > 0);
    while (sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}") > 0) {
        assert_true(sd_bus_message_read(reply, "o", &path) > 0);
        benches += strcmp(path, ALPHA) == 0;
        instruments += strncmp(path, ROOT "/instrument/", strlen(ROOT "/instrument/")) == 0;
        assert_true(sd_bus_message_skip(reply, "a{sa{sv}}") > 0);
        assert_true(sd_bus_message_exit_container(reply) > 0);
    }
    assert_int_equal(benches, 1);
    assert_int_equal(instruments, 3);
    sd_bus_message_unref(reply);
}

/* ---- Record. ---- */

static void record_path(struct fixture *f, char path[static 128])
{
    json_t *list = NULL;
    uint64_t total;
    char *encoded = NULL;
    struct mb_error err = {""};

    assert_int_equal(mb_store_find(f->store, &(struct mb_record_filter){NULL}, 0, 1, &list, &total, &err), 0);
    assert_true(sd_bus_path_encode(ROOT "/record",
                                   json_string_value(json_object_get(json_array_get(list, 0), "uuid")),
                                   &encoded) >= 0);
    (void)snprintf(path, 128, "%s", encoded);
    free(encoded);
    json_decref(list);
}

static void open_report(struct fixture *f, const char *path, const char *format, const char *language,
                        const char *error, const char *part)
{
    sd_bus_message *m = new_call(f, path, "org.motorbench1.Record", "OpenReport");

    assert_true(sd_bus_message_append(m, "ss", format, language) >= 0);
    check_error(transact(f, m), error, part);
}

static void a_report_that_cannot_be_made_is_refused(void **state)
{
    char path[128];

    add_record(*state, "Y2");
    record_path(*state, path);
    open_report(*state, path, "docx", "", MB_BUS_ERROR_NOT_SUPPORTED, "docx");
    open_report(*state, path, "json", "tlh", MB_BUS_ERROR_NOT_SUPPORTED, "tlh");
    open_report(*state, path, "pdf", "", MB_BUS_ERROR_NOT_FOUND, "/no/such/program");
}

static void a_report_is_a_sealed_file(void **state)
{
    struct fixture *f = *state;
    sd_bus_message *m, *reply;
    char path[128], text[32] = "";
    int fd;

    add_record(f, "Y2");
    record_path(f, path);
    m = new_call(f, path, "org.motorbench1.Record", "OpenReport");
    assert_true(sd_bus_message_append(m, "ss", "json", "en") >= 0);
    reply = transact(f, m);
    assert_null(sd_bus_message_get_error(reply));
    assert_true(sd_bus_message_read(reply, "h", &fd) > 0);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    assert_int_equal(text[0], '{');
    assert_int_equal(write(fd, "x", 1), -1);
    assert_int_equal(errno, EPERM);
    sd_bus_message_unref(reply);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(lists_benches_and_instruments),
        TEST(tells_its_version),
        TEST(finds_records_by_what_they_hold),
        TEST(refuses_a_filter_it_does_not_know),
        TEST(refuses_to_start_and_says_why),
        TEST(does_not_start_without_its_instruments),
        TEST(check_says_which_instrument_is_missing),
        TEST(shows_what_a_bench_is),
        TEST(shows_the_roles),
        TEST(an_emergency_stop_holds_until_it_is_reset),
        TEST(objects_that_are_not_there_are_refused),
        TEST(shows_what_an_instrument_is),
        TEST(introspection_names_members_and_children),
        TEST(the_object_manager_lists_benches_and_instruments),
        TEST(a_report_that_cannot_be_made_is_refused),
        TEST(a_report_is_a_sealed_file),
    };
#undef TEST

    return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
