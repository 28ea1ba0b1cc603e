/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bus policy as dbus-daemon understands it: a stranger, an operator, the daemon's user and root each call
 * every method of a service that answers everything, so that a refusal comes from the bus alone. What the
 * daemon itself refuses is the matter of test_authorisation.c. */
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "core/file.h"
#include "support/child.h"
#include "support/eventually.h"
#include "support/person.h"
#include "support/private_run.h"

#define NAME "org.motorbench1"
#define POLICY "daemon/system/org.motorbench1.conf"
#define ADDRESS "unix:path=/run/bus"
#define PATIENCE_MS 20000u
/* What the bus lets every local user call, and what not. Every method of the daemon stands here. */
static const struct call {
    const char *interface, *member;
    bool open;
} calls[] = {
    {"org.freedesktop.DBus.Introspectable", "Introspect", true},
    {"org.freedesktop.DBus.Peer", "Ping", true},
    {"org.freedesktop.DBus.Properties", "Get", true},
    {"org.freedesktop.DBus.Properties", "GetAll", true},
    {"org.freedesktop.DBus.Properties", "Set", false},
    {"org.freedesktop.DBus.ObjectManager", "GetManagedObjects", true},
    {NAME ".Manager", "ListBenches", true},
    {NAME ".Manager", "ListInstruments", true},
    {NAME ".Manager", "FindRecords", true},
    {NAME ".Manager", "StartInspection", true},
    {NAME ".Manager", "ListScheduled", true},
    {NAME ".Manager", "AddScheduled", true},
    {NAME ".Manager", "DoneScheduled", true},
    {NAME ".Bench", "Check", true},
    {NAME ".Bench", "EmergencyStop", true},
    {NAME ".Bench", "Reset", true},
    {NAME ".Bench", "Acquire", true},
    {NAME ".Bench", "Release", true},
    {NAME ".Bench", "TakeOver", true},
    {NAME ".Run", "Repeat", true},
    {NAME ".Run", "Pause", true},
    {NAME ".Run", "Continue", true},
    {NAME ".Run", "Abort", true},
    {NAME ".Run", "Answer", true},
    {NAME ".Record", "Summary", true},
    {NAME ".Record", "GetItems", true},
    {NAME ".Record", "GetReadings", true},
    {NAME ".Record", "OpenReport", true},
    {NAME ".Record", "OpenWaveform", true},
    {NAME ".Bench", "OpenLive", true},
    {NAME ".Bench", "OpenLiveOf", true},
    {NAME ".Bench", "CloseLive", true},
    {NAME ".Record", "Verify", true},
    {NAME ".Record", "GetStatement", true},
    {NAME ".Record", "Sign", true},
    {NAME ".Record", "RequestTimestamp", true},
    {NAME ".Record", "AttachTimestamp", true},
    {NAME ".Standards", "List", true},
    {NAME ".Standards", "Get", true},
    {NAME ".Standards", "Plan", true},
    {NAME ".Standards", "Grade", true},
    {NAME ".Standards", "Evaluate", true},
    {NAME ".Bench", "NotThere", false},
    {NAME ".Other", "EmergencyStop", false},
    {NULL, "EmergencyStop", false}, /* without an interface a call could be meant for any */
    {NULL, "Reset", false},
};
#define CALL_COUNT (sizeof calls / sizeof *calls)

static const struct person stranger = {.uid = 65534, .gid = 65534};
static const struct person bench_operator = {
    .uid = 1000, .gid = 1000, .groups = {1000, PERSON_GROUP_GID}, .group_count = 2};
static const struct person daemon_user = {
    .uid = PERSON_DAEMON_UID, .gid = PERSON_GROUP_GID, .groups = {PERSON_GROUP_GID}, .group_count = 1};
static const struct person root = {.uid = 0};

struct world {
    const char *why_not; /* the policy cannot be tried here */
    struct child bus;
    pid_t server;
};

/* What a freshly installed system bus says, and then our policy. */
static const char configuration[] =
    "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
    " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
    "<busconfig>\n"
    "  <type>system</type><listen>" ADDRESS "</listen><auth>EXTERNAL</auth>\n"
    "  <policy context=\"default\">\n"
    "    <allow user=\"*\"/><deny own=\"*\"/><deny send_type=\"method_call\"/><allow send_type=\"signal\"/>\n"
    "    <allow send_requested_reply=\"true\" send_type=\"method_return\"/>\n"
    "    <allow send_requested_reply=\"true\" send_type=\"error\"/>\n"
    "    <allow receive_type=\"method_call\"/><allow receive_type=\"method_return\"/>\n"
    "    <allow receive_type=\"error\"/><allow receive_type=\"signal\"/>\n"
    "    <allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus\"/>\n"
    "  </policy>\n"
    "  <include>%s</include>\n"
    "</busconfig>\n";

static int answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    uint8_t type = 0;

    (void)userdata;
    (void)error;
    (void)sd_bus_message_get_type(m, &type);
    return type == SD_BUS_MESSAGE_METHOD_CALL ? sd_bus_reply_method_return(m, NULL) : 0;
}

/* The service, in a process of its own: owns the name and answers whatever comes. */
static void serve(pid_t parent)
{
    sd_bus *bus = person_connect(ADDRESS, &root);
    int r = sd_bus_add_filter(bus, NULL, answer, NULL);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (r >= 0)
        r = sd_bus_request_name(bus, NAME, 0);
    while (r >= 0 && getppid() == parent) {
        r = sd_bus_process(bus, NULL);
        if (r == 0)
            r = sd_bus_wait(bus, UINT64_MAX);
    }
    _exit(1);
}

/* "" when it was answered, else the name of the error. */
static void call(sd_bus *bus, const struct call *c, char result[static 80])
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *m = NULL;
    int r = sd_bus_message_new_method_call(bus, &m, NAME, "/org/motorbench1", c->interface, c->member);

    if (r >= 0)
        r = sd_bus_call(bus, m, PATIENCE_MS * 1000ull, &error, NULL);
    (void)snprintf(result, 80, "%s", r >= 0 ? "" : error.name ? error.name : strerror(-r));
    sd_bus_error_free(&error);
    sd_bus_message_unref(m);
}

static void check_calls(const struct person *person, bool may_everything)
{
    sd_bus *bus = person_connect(ADDRESS, person);

    for (size_t i = 0; i < CALL_COUNT; i++) {
        const char *expected = may_everything || calls[i].open ? "" : SD_BUS_ERROR_ACCESS_DENIED;
        char result[80];

        call(bus, &calls[i], result);
        if (strcmp(result, expected) != 0)
            fail_msg("uid %u, %s.%s: \"%s\" instead of \"%s\"", (unsigned)person->uid,
                     calls[i].interface ? calls[i].interface : "", calls[i].member, result, expected);
    }
    sd_bus_flush_close_unref(bus);
}

static void everyone_reaches_what_is_listed(void **state)
{
    const struct world *w = *state;

    if (w->why_not)
        SKIP_TEST(w->why_not);
    check_calls(&stranger, false);
    check_calls(&bench_operator, false);
}

static void root_may_everything(void **state)
{
    const struct world *w = *state;

    if (w->why_not)
        SKIP_TEST(w->why_not);
    check_calls(&root, true);
}

/* The name is taken: who may own it waits in the queue (0) or hears that it exists, others are refused. */
static void only_the_daemon_may_own_the_name(void **state)
{
    const struct {
        const struct person *person;
        int result;
    } rows[] = {{&stranger, -EACCES}, {&bench_operator, -EACCES}, {&daemon_user, -EEXIST}, {&root, -EEXIST}};
    const struct world *w = *state;

    if (w->why_not)
        SKIP_TEST(w->why_not);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sd_bus *bus = person_connect(ADDRESS, rows[i].person);

        assert_int_equal(sd_bus_request_name(bus, NAME, 0), rows[i].result);
        sd_bus_flush_close_unref(bus);
    }
}

static bool is_listed(const char *member)
{
    for (size_t i = 0; i < CALL_COUNT; i++)
        if (strcmp(calls[i].member, member) == 0)
            return true;
    return false;
}

/* The members of SD_BUS_METHOD_WITH_ARGS("MEMBER", ...) in a file of the daemon. */
static size_t check_members(const char *path)
{
    static const char macro[] = "SD_BUS_METHOD_WITH_ARGS(\"";
    struct mb_error err = {""};
    char *text = NULL, member[64];
    size_t size, found = 0;

    if (mb_file_read(path, 1u << 20, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    for (const char *p = text; (p = strstr(p, macro)); found++) {
        p += sizeof macro - 1;
        assert_int_equal(sscanf(p, "%63[^\"]", member), 1);
        if (!is_listed(member))
            fail_msg("%s: nobody has decided who may call %s: see %s", path, member, POLICY);
    }
    free(text);
    return found;
}

static void every_method_is_decided(void **state)
{
    DIR *folder = opendir("daemon/bus");
    const struct dirent *entry;
    char path[PATH_MAX];
    size_t found = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        const char *dot = strrchr(entry->d_name, '.');

        if (!dot || strcmp(dot, ".c") != 0)
            continue;
        (void)snprintf(path, sizeof path, "daemon/bus/%s", entry->d_name);
        found += check_members(path);
    }
    closedir(folder);
    assert_true(found >= 16);
}

static bool socket_is_there(void *bus)
{
    return access("/run/bus", F_OK) == 0 || (child_ended(bus) && ((struct child *)bus)->status == 127);
}

static bool name_is_owned(void *userdata)
{
    return sd_bus_get_name_creds(userdata, NAME, 0, NULL) >= 0;
}

/* A bus of our own below a private /run, with the user and the group of an installed system. */
static const char *start_bus(struct world *w)
{
    static const char *const argv[] = {"dbus-daemon", "--config-file=/run/bus.conf", "--nofork", NULL};
    char text[4096], policy[PATH_MAX];
    int n;

    if (geteuid() != 0 || private_run_make() < 0 ||
        private_run_add_group("motorbench", PERSON_GROUP_GID) < 0 || private_run_set_users(person_users) < 0)
        return "no right to a private /run";
    assert_non_null(realpath(POLICY, policy));
    n = snprintf(text, sizeof text, configuration, policy);
    assert_true(n > 0 && (size_t)n < sizeof text);
    assert_int_equal(private_run_write("/run/bus.conf", text), 0);
    child_start(&w->bus, argv, NULL, "/run/bus.log");
    if (!eventually(socket_is_there, &w->bus, PATIENCE_MS))
        fail_msg("dbus-daemon does not start, status %d", w->bus.status);
    return w->bus.status == 127 ? "dbus-daemon is not installed" : NULL;
}

static int start(void **state)
{
    static struct world world;
    pid_t parent = getpid();
    sd_bus *bus;

    *state = &world;
    world.why_not = start_bus(&world);
    if (world.why_not)
        return 0;
    world.server = fork();
    if (world.server == 0)
        serve(parent);
    assert_true(world.server > 0);
    bus = person_connect(ADDRESS, &root);
    assert_true(eventually(name_is_owned, bus, PATIENCE_MS));
    sd_bus_flush_close_unref(bus);
    return 0;
}

static int stop(void **state)
{
    struct world *w = *state;

    if (w->server > 0) {
        (void)kill(w->server, SIGKILL);
        (void)waitpid(w->server, NULL, 0);
    }
    (void)child_stop(&w->bus, SIGTERM, PATIENCE_MS);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_is_decided),
        cmocka_unit_test(everyone_reaches_what_is_listed),
        cmocka_unit_test(root_may_everything),
        cmocka_unit_test(only_the_daemon_may_own_the_name),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
