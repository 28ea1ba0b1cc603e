/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folder and processes; daemon_fixture_ask.c has the questions. */
#include "support/test.h"

#include "support/daemon_fixture.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "support/eventually.h"
#include "support/tree.h"

#define BENCH_FILE_MAX 65536
#define POLICY "daemon/system/org.motorbench1.conf"

/* What Debian's system.conf says before it includes the policies of the packages, and the right of whoever
 * runs the tests to do what root may. */
static const char bus_configuration[] =
    "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
    " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
    "<busconfig>\n"
    "  <type>system</type><listen>%s</listen><auth>EXTERNAL</auth>\n"
    "  <policy context=\"default\">\n"
    "    <allow user=\"*\"/><deny own=\"*\"/><deny send_type=\"method_call\"/><allow send_type=\"signal\"/>\n"
    "    <allow send_requested_reply=\"true\" send_type=\"method_return\"/>\n"
    "    <allow send_requested_reply=\"true\" send_type=\"error\"/>\n"
    "    <allow receive_type=\"method_call\"/><allow receive_type=\"method_return\"/>\n"
    "    <allow receive_type=\"error\"/><allow receive_type=\"signal\"/>\n"
    "    <allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus\"/>\n"
    "    <allow send_destination=\"org.freedesktop.DBus\" "
    "send_interface=\"org.freedesktop.DBus.Properties\"/>\n"
    "  </policy>\n"
    /* tests/support/polkit.h */
    "  <policy context=\"default\"><allow own=\"org.freedesktop.PolicyKit1\"/>"
    "<allow send_destination=\"org.freedesktop.PolicyKit1\"/></policy>\n"
    /* tests/bench/bus_figures.c */
    "  <policy context=\"default\"><allow own=\"test.motorbench\"/>"
    "<allow send_destination=\"test.motorbench\"/></policy>\n"
    "  <include>%s</include>\n"
    "  <policy user=\"%u\"><allow own=\"org.motorbench1\"/><allow "
    "send_destination=\"org.motorbench1\"/></policy>\n"
    "</busconfig>\n";

static const char *join(char *buffer, size_t size, const char *folder, const char *leaf)
{
    int n = snprintf(buffer, size, "%s/%s", folder, leaf);

    assert_true(n > 0 && (size_t)n < size);
    return buffer;
}

static void write_text(const char *path, const char *text)
{
    struct mb_error err = {""};

    if (mb_file_write(path, text, strlen(text), &err) < 0)
        fail_msg("%s", err.text);
}

static void write_bus_configuration(struct daemon_fixture *f, const char *path)
{
    char text[4096], policy[PATH_MAX];
    int n;

    assert_non_null(realpath(POLICY, policy));
    n = snprintf(text, sizeof text, bus_configuration, f->address, policy, (unsigned)getuid());
    assert_true(n > 0 && (size_t)n < sizeof text);
    write_text(path, text);
}

static bool socket_is_there(void *folder)
{
    char path[PATH_MAX];

    return access(join(path, sizeof path, folder, "socket"), W_OK) == 0;
}

static void start_bus(struct daemon_fixture *f)
{
    char option[PATH_MAX + 16], path[PATH_MAX], log[PATH_MAX];
    const char *const argv[] = {"dbus-daemon", option, "--nofork", NULL};

    write_bus_configuration(f, join(path, sizeof path, f->folder, "bus.conf"));
    (void)snprintf(option, sizeof option, "--config-file=%s", path);
    child_start(&f->bus, argv, NULL, join(log, sizeof log, f->folder, "bus.log"));
    if (!eventually(socket_is_there, f->folder, FIXTURE_PATIENCE_MS))
        daemon_fixture_fail(f, "the private bus did not start");
}

/* The simulator has a line of its own for the items. */
static void forget_items(const char *extra, char *text)
{
    static const char line[] = "  items: efficiency\n";
    char *own = extra && strstr(extra, "items:") ? strstr(text, line) : NULL;

    if (own)
        memmove(own, own + strlen(line), strlen(own + strlen(line)) + 1);
}

/* The simulator's bench file with further lines below its first key. */
static void write_bench(struct daemon_fixture *f, const struct daemon_fixture_setting *setting)
{
    static const char key[] = "\nbench:\n";
    char path[PATH_MAX], *text = NULL, *all = NULL, *rest;
    struct mb_error err = {""};
    size_t size;

    (void)join(path, sizeof path, f->folder, "benches/sim.yaml");
    if (!setting->sim) {
        write_text(path, setting->bench);
        return;
    }
    if (mb_file_read(f->sim.bench, BENCH_FILE_MAX, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    forget_items(setting->bench_extra, text);
    rest = strstr(text, key);
    assert_non_null(rest);
    *rest = '\0';
    assert_true(asprintf(&all, "%s%s%s%s", text, key, setting->bench_extra ? setting->bench_extra : "",
                         rest + sizeof key - 1) > 0);
    write_text(path, all);
    free(all);
    free(text);
}

static void copy(const char *from, const char *to)
{
    const char *const argv[] = {"cp", "-rT", from, to, NULL};
    struct run_result result;

    assert_int_equal(run_program(argv, NULL, &result), 0);
    assert_int_equal(result.status, 0);
    run_result_clear(&result);
}

static void copy_data(struct daemon_fixture *f)
{
    char from[PATH_MAX];

    (void)join(f->data, sizeof f->data, f->folder, "data");
    copy(join(from, sizeof from, test_build_folder(), "share/motorbench"), f->data);
}

static void make_folder(struct daemon_fixture *f)
{
    const char *tmp = getenv("TMPDIR");
    char path[PATH_MAX];

    /* The path of a socket has little room. */
    assert_true(snprintf(f->folder, sizeof f->folder, "%s/mb-bus-XXXXXX", tmp ? tmp : "/tmp") <
                (int)sizeof f->folder);
    assert_non_null(mkdtemp(f->folder));
    assert_int_equal(chmod(f->folder, 0755), 0); /* another user is to reach the socket */
    assert_int_equal(mkdir(join(path, sizeof path, f->folder, "benches"), 0755), 0);
    (void)snprintf(f->address, sizeof f->address, "unix:path=%s/socket", f->folder);
    (void)join(f->state, sizeof f->state, f->folder, "state");
    (void)join(f->store, sizeof f->store, f->state, "records.sqlite");
}

static void write_configuration(struct daemon_fixture *f)
{
    char path[PATH_MAX], text[512];
    int n = snprintf(text, sizeof text, "state_directory: \"%s\"\nlaboratory: {name: \"Test laboratory\"}\n",
                     f->state);

    assert_true(n > 0 && (size_t)n < sizeof text);
    write_text(join(path, sizeof path, f->folder, "motorbenchd.yaml"), text);
}

void daemon_fixture_start(struct daemon_fixture *f, const struct daemon_fixture_setting *setting)
{
    *f = (struct daemon_fixture){.folder = ""};
    make_folder(f);
    write_configuration(f);
    start_bus(f);
    if (setting->own_data)
        copy_data(f);
    if (setting->overlay)
        copy(setting->overlay, f->folder);
    if (setting->sim) {
        sim_process_start(&f->sim, setting->sim);
        (void)snprintf(f->motor, sizeof f->motor, "%s", f->sim.motor);
    }
    write_bench(f, setting);
    if (setting->edit)
        setting->edit(f);
    if (setting->guard)
        daemon_fixture_guard(f);
    daemon_fixture_launch(f);
}

void daemon_fixture_guard(struct daemon_fixture *f)
{
    char program[PATH_MAX], socket[PATH_MAX], log[PATH_MAX];
    const char *const argv[] = {run_program_path("motorbench-guard", program, sizeof program), "--socket",
                                join(socket, sizeof socket, f->folder, "guard"), NULL};

    child_start(&f->guard, argv, f->environment, join(log, sizeof log, f->folder, "guard.log"));
}

/* ---- The daemon. ---- */

static bool answers(void *userdata)
{
    struct daemon_fixture *f = userdata;
    sd_bus_message *reply = NULL;
    int ok = 1, r;

    if (child_ended(&f->daemon))
        daemon_fixture_fail(f, "the daemon ended with status %d", f->daemon.status);
    if (f->sim.pid > 0)
        r = sd_bus_call_method(f->client, "org.motorbench1", "/org/motorbench1/bench/sim",
                               "org.motorbench1.Bench", "Check", NULL, &reply, "");
    else
        r = sd_bus_call_method(f->client, "org.motorbench1", "/org/motorbench1", "org.motorbench1.Manager",
                               "ListBenches", NULL, &reply, "");
    if (r >= 0 && f->sim.pid > 0)
        r = sd_bus_message_read(reply, "b", &ok);
    sd_bus_message_unref(reply);
    return r >= 0 && ok;
}

static void open_client(struct daemon_fixture *f)
{
    if (f->client)
        return;
    assert_true(sd_bus_new(&f->client) >= 0);
    assert_true(sd_bus_set_address(f->client, f->address) >= 0);
    assert_true(sd_bus_set_bus_client(f->client, 1) >= 0);
    assert_true(sd_bus_start(f->client) >= 0);
}

static const char *daemon_path(const struct daemon_fixture *f, char *buffer, size_t size)
{
    return f->programs ? join(buffer, size, f->programs, "motorbenchd")
                       : run_program_path("motorbenchd", buffer, size);
}

void daemon_fixture_spawn(struct daemon_fixture *f)
{
    char program[PATH_MAX], configuration[PATH_MAX], log[PATH_MAX], here[PATH_MAX], data[sizeof f->data + 32],
        leaks[PATH_MAX + 96], guard[PATH_MAX];
    const char *const argv[] = {daemon_path(f, program, sizeof program),
                                "--config",
                                join(configuration, sizeof configuration, f->folder, "motorbenchd.yaml"),
                                "--bus",
                                f->address,
                                "--guard",
                                join(guard, sizeof guard, f->folder, "guard"),
                                NULL};
    const char *environment[8] = {leaks};
    size_t n = 1;

    assert_non_null(getcwd(here, sizeof here));
    (void)snprintf(data, sizeof data, "MOTORBENCH_DATADIR=%s", f->data);
    if (f->data[0])
        environment[n++] = data;
    for (const char *const *e = f->environment; e && *e && n < 7; e++)
        environment[n++] = *e;
    /* For the report program, which the daemon starts. */
    (void)snprintf(leaks, sizeof leaks,
                   "LSAN_OPTIONS=print_suppressions=0:suppressions=%s/tests/support/library-caches.supp",
                   here);
    child_start(&f->daemon, argv, environment, join(log, sizeof log, f->folder, "daemon.log"));
}

void daemon_fixture_launch(struct daemon_fixture *f)
{
    daemon_fixture_spawn(f);
    open_client(f);
    if (!eventually(answers, f, FIXTURE_PATIENCE_MS)) {
        struct run_result result;

        FIXTURE_CLI(f, &result, "bench", "check", "sim");
        (void)fprintf(stderr, "%s%s\n", result.out, result.err);
        daemon_fixture_fail(f, "the daemon did not get ready");
    }
}

int daemon_fixture_stop(struct daemon_fixture *f)
{
    return child_stop(&f->daemon, SIGTERM, FIXTURE_PATIENCE_MS);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void daemon_fixture_clear(struct daemon_fixture *f)
{
    (void)child_stop(&f->run, SIGTERM, 2000);
    (void)child_stop(&f->daemon, SIGTERM, FIXTURE_PATIENCE_MS);
    (void)child_stop(&f->guard, SIGTERM, 5000);
    f->client = sd_bus_close_unref(f->client);
    sim_process_clear(&f->sim);
    (void)child_stop(&f->bus, SIGTERM, 5000);
    if (f->folder[0])
        (void)nftw(f->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    f->folder[0] = '\0';
}

int daemon_fixture_setup(void **state)
{
    *state = calloc(1, sizeof(struct daemon_fixture));
    return *state ? 0 : -1;
}

int daemon_fixture_teardown(void **state)
{
    daemon_fixture_clear(*state);
    free(*state);
    return 0;
}
