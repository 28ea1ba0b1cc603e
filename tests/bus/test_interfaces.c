/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs/dbus is what the daemon tells: the XML files are the live ones, and README.md has a row for each
 * member and none for another. UPDATE_INTERFACES=1 writes the XML files instead of comparing them. */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bus/errors.h"
#include "core/file.h"
#include "support/daemon_fixture.h"

#define FOLDER "docs/dbus"
#define FILE_MAX (1u << 20)
#define MEMBERS_MAX 64

static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "20", NULL};
static const char *const interfaces[] = {"Manager", "Standards", "Bench", "Instrument", "Run", "Record"};
#define INTERFACE_COUNT (sizeof interfaces / sizeof *interfaces)

static char *read_file(const char *folder, const char *leaf)
{
    struct mb_error err = {""};
    char path[256], *text = NULL;
    size_t size;

    (void)snprintf(path, sizeof path, "%s/%s", folder, leaf);
    if (mb_file_read(path, FILE_MAX, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    return text;
}

static char *read_xml(const char *folder, const char *interface)
{
    char leaf[80];

    (void)snprintf(leaf, sizeof leaf, "org.motorbench1.%s.xml", interface);
    return read_file(folder, leaf);
}

static void dump(struct daemon_fixture *f, const char *folder)
{
    const char *const argv[] = {"tests/support/dump-interfaces", f->address, folder, NULL};
    struct run_result result;

    assert_int_equal(run_program(argv, NULL, &result), 0);
    if (result.status != 0)
        fail_msg("dump-interfaces: %s", result.err);
    run_result_clear(&result);
}

static void the_files_are_what_the_daemon_tells(void **state)
{
    bool update = getenv("UPDATE_INTERFACES") != NULL;
    struct daemon_fixture *f = *state;
    char folder[80];

    daemon_fixture_start(f, &(struct daemon_fixture_setting){.sim = simulator});
    daemon_fixture_run(f);
    (void)snprintf(folder, sizeof folder, "%s/dbus", f->folder);
    assert_int_equal(mkdir(folder, 0755), 0);
    dump(f, update ? FOLDER : folder);
    for (size_t i = 0; !update && i < INTERFACE_COUNT; i++) {
        char *live = read_xml(folder, interfaces[i]), *stored = read_xml(FOLDER, interfaces[i]);

        if (strcmp(live, stored) != 0)
            fail_msg(FOLDER "/org.motorbench1.%s.xml differs from the daemon: UPDATE_INTERFACES=1 writes it",
                     interfaces[i]);
        free(live);
        free(stored);
    }
}

/* ---- README.md. ---- */

struct names {
    char name[MEMBERS_MAX][48];
    size_t count;
};

static void add_name(struct names *names, const char *from, const char *end_signs)
{
    size_t n = strcspn(from, end_signs);

    assert_true(names->count < MEMBERS_MAX && n > 0 && n < sizeof names->name[0]);
    (void)snprintf(names->name[names->count++], sizeof names->name[0], "%.*s", (int)n, from);
}

static bool has_name(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->name[i], name) == 0)
            return true;
    return false;
}

/* Methods, properties and signals of the stored XML. */
static void members_of(const char *interface, struct names *ret)
{
    static const char *const tags[] = {"<method name=\"", "<property name=\"", "<signal name=\""};
    char *xml = read_xml(FOLDER, interface);

    ret->count = 0;
    for (size_t t = 0; t < sizeof tags / sizeof *tags; t++)
        for (const char *p = xml; (p = strstr(p, tags[t])); p++)
            add_name(ret, p + strlen(tags[t]), "\"");
    free(xml);
}

/* The first column of the rows below "## org.motorbench1.NAME": "| `Member(...)` | ... | ... |". A row
 * without a meaning is no documentation. */
static void rows_of(const char *readme, const char *interface, struct names *ret)
{
    char heading[80];
    const char *p, *end;

    ret->count = 0;
    (void)snprintf(heading, sizeof heading, "\n## org.motorbench1.%s\n", interface);
    p = strstr(readme, heading);
    if (!p)
        fail_msg("README.md has no heading '%s'", heading + 1);
    p += strlen(heading);
    end = strstr(p, "\n## ");
    for (; (p = strstr(p, "\n| `")) && (!end || p < end); p++) {
        const char *line_end = strchr(p + 1, '\n'), *last = p;

        add_name(ret, p + 4, "(`");
        for (const char *bar = p; (bar = strstr(bar, " | ")) && bar < line_end; bar++)
            last = bar;
        if (line_end - last < 12)
            fail_msg("README.md: %s.%s has no meaning", interface, ret->name[ret->count - 1]);
    }
}

static void every_member_is_documented(void **state)
{
    char *readme = read_file(FOLDER, "README.md");
    struct names members, rows;

    (void)state;
    for (size_t i = 0; i < INTERFACE_COUNT; i++) {
        members_of(interfaces[i], &members);
        rows_of(readme, interfaces[i], &rows);
        assert_true(members.count > 0);
        for (size_t m = 0; m < members.count; m++)
            if (!has_name(&rows, members.name[m]))
                fail_msg("README.md: %s.%s is not documented", interfaces[i], members.name[m]);
        for (size_t r = 0; r < rows.count; r++)
            if (!has_name(&members, rows.name[r]))
                fail_msg("README.md: %s.%s is documented but not there", interfaces[i], rows.name[r]);
    }
    free(readme);
}

static void every_error_is_documented(void **state)
{
    static const char *const errors[] = {
        MB_BUS_ERROR_NOT_FOUND,   MB_BUS_ERROR_INVALID_ARGUMENT, MB_BUS_ERROR_BUSY,  MB_BUS_ERROR_WRONG_STATE,
        MB_BUS_ERROR_BENCH_FAULT, MB_BUS_ERROR_NOT_SUPPORTED,    MB_BUS_ERROR_FAILED};
    char *readme = read_file(FOLDER, "README.md"), row[80];

    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        (void)snprintf(row, sizeof row, "\n| `%s` | ", strrchr(errors[i], '.') + 1);
        if (!strstr(readme, row))
            fail_msg("README.md: %s is not documented", errors[i]);
    }
    free(readme);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_files_are_what_the_daemon_tells, daemon_fixture_setup,
                                        daemon_fixture_teardown),
        cmocka_unit_test(every_member_is_documented),
        cmocka_unit_test(every_error_is_documented),
    };

    return cmocka_run_group_tests_name("interfaces", tests, NULL, NULL);
}
