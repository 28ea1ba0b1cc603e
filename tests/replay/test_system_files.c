/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What systemd says to the files of daemon/system, and whether they agree with each other. */
#include "support/test.h"

#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "support/run_program.h"
#include "support/tree.h"

#define SYSTEM "daemon/system/"
#define TEXT_MAX_SIZE 65536
/* What systemd-analyze allows, in tenths: the goal of this project. */
#define THRESHOLD "--threshold=15"

#define RUN(result, ...)                                                                                     \
    assert_int_equal(run_program((const char *const[]){__VA_ARGS__, NULL}, NULL, result), 0)

static const char unit[] = SYSTEM "motorbenchd.service";
static const char guard[] = SYSTEM "motorbench-guard.service";
static const char *const units[] = {"motorbenchd.service", "motorbench-guard.service"};
#define UNIT_COUNT (sizeof units / sizeof *units)
static char folder[64]; /* an empty root, one a test */

static int make_folder(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    (void)snprintf(folder, sizeof folder, "%.40s/mb-system-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool is_installed(const char *program)
{
    struct run_result result;
    bool installed;

    RUN(&result, program, "--version");
    installed = result.status == 0;
    run_result_clear(&result);
    return installed;
}

static char *read_text(const char *path)
{
    struct mb_error err = {""};
    char *text = NULL;
    size_t size;

    if (mb_file_read(path, TEXT_MAX_SIZE, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    return text;
}

static bool has(const char *path, const char *line)
{
    char *text = read_text(path);
    bool found = strstr(text, line);

    free(text);
    return found;
}

/* A copy of the unit that starts the programs that were built. */
static void copy_unit(const char *name, char *path, size_t size)
{
    static const char installed[] = "/usr/bin/";
    char from[64], *text, *rest, *at, program[256], real[4096];
    FILE *copy;

    (void)snprintf(from, sizeof from, SYSTEM "%s", name);
    (void)snprintf(path, size, "%s/%s", folder, name);
    (void)run_program_path("motorbenchd", program, sizeof program);
    assert_non_null(realpath(program, real));
    *(strrchr(real, '/') + 1) = '\0';
    text = rest = read_text(from);
    copy = fopen(path, "we");
    assert_non_null(copy);
    while ((at = strstr(rest, installed))) {
        assert_true(fprintf(copy, "%.*s%s", (int)(at - rest), rest, real) > 0);
        rest = at + sizeof installed - 1;
    }
    assert_true(fputs(rest, copy) >= 0);
    assert_int_equal(fclose(copy), 0);
    free(text);
}

/* Every finding is a line; only its own are asked for. */
static void unit_is_understood(void **state)
{
    struct run_result result;
    char path[256];

    (void)state;
    if (!is_installed("systemd-analyze"))
        SKIP_TEST("systemd-analyze is not installed");
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        copy_unit(units[i], path, sizeof path);
        RUN(&result, "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", path);
        if (result.status != 0 || strstr(result.err, "motorbench"))
            fail_msg("status %d: %s%s", result.status, result.out, result.err);
        run_result_clear(&result);
    }
}

static void unit_is_hardly_exposed(void **state)
{
    struct run_result result;
    char path[64];

    (void)state;
    if (!is_installed("systemd-analyze"))
        SKIP_TEST("systemd-analyze is not installed");
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        (void)snprintf(path, sizeof path, SYSTEM "%s", units[i]);
        RUN(&result, "systemd-analyze", "security", "--no-pager", "--offline=yes", THRESHOLD, path);
        if (result.status != 0)
            fail_msg("status %d: %s%s", result.status, result.out, result.err);
        assert_non_null(strstr(result.out, "Overall exposure level for motorbench"));
        run_result_clear(&result);
    }
}

/* What an instrument or a report needs must not be taken away by a stricter unit. */
static void unit_leaves_what_is_needed(void **state)
{
    static const char *const lines[] = {
        "\nDeviceAllow=char-usb_device rw\n",
        "\nRestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n",
        "\nStateDirectory=motorbench\n",
        "\nConfigurationDirectory=motorbench\n",
        "\nWatchdogSec=10\n",
        "\nType=notify\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!has(unit, lines[i]))
            fail_msg("%s: not there:%s", unit, lines[i]);
    /* The guard reaches the same instruments, may end the daemon, and is started again whatever happens. */
    assert_true(has(guard, lines[0]) && has(guard, lines[1]));
    assert_true(has(guard, "\nUser=motorbench\n") && has(guard, "\nRuntimeDirectory=motorbench-guard\n"));
    assert_true(has(guard, "\nRestart=always\n") && has(guard, "\nWatchdogSec=2\n"));
    assert_true(has(unit, "\nAfter=motorbench-guard.service\n") &&
                has(unit, "\nWants=motorbench-guard.service\n"));
    assert_true(has(unit, "\nExecStopPost=/usr/bin/motorbench-guard --now /etc/motorbench/benches\n"));
    /* systemd would give the daemon a /dev without its instruments. */
    assert_false(has(unit, "PrivateDevices=yes"));
    assert_false(has(unit, "PrivateNetwork=yes"));
}

/* Into the empty root; dry_run: only says what it would do. */
static void make_user(struct run_result *result, bool dry_run)
{
    char root[96], path[4096];

    (void)snprintf(path, sizeof path, "%s/etc", folder);
    assert_int_equal(mkdir(path, 0755), 0);
    (void)snprintf(root, sizeof root, "--root=%s", folder);
    assert_non_null(realpath(SYSTEM "sysusers.conf", path));
    RUN(result, "systemd-sysusers", root, path, dry_run ? "--dry-run" : NULL);
    if (result->status != 0)
        fail_msg("status %d: %s", result->status, result->err);
}

static void user_is_made(void **state)
{
    struct run_result result;

    (void)state;
    if (!is_installed("systemd-sysusers"))
        SKIP_TEST("systemd-sysusers is not installed");
    make_user(&result, true);
    assert_non_null(strstr(result.err, "Creating group 'motorbench'"));
    assert_non_null(strstr(result.err, "Creating user 'motorbench'"));
    run_result_clear(&result);
}

static void expect_folder(const char *name, mode_t mode)
{
    char path[256];
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(st.st_mode & 07777, mode);
}

static void folders_are_made(void **state)
{
    struct run_result result;
    char root[96], path[4096];

    (void)state;
    if (!is_installed("systemd-tmpfiles"))
        SKIP_TEST("systemd-tmpfiles is not installed");
    if (geteuid() != 0)
        SKIP_TEST("only root may give folders away");
    make_user(&result, false);
    run_result_clear(&result);
    (void)snprintf(root, sizeof root, "--root=%s", folder);
    assert_non_null(realpath(SYSTEM "tmpfiles.conf", path));
    RUN(&result, "systemd-tmpfiles", root, "--create", path);
    if (result.status != 0 || result.err_size > 0)
        fail_msg("status %d: %s", result.status, result.err);
    run_result_clear(&result);
    expect_folder("var/lib/motorbench", 0750);
    expect_folder("etc/motorbench", 0755);
    expect_folder("etc/motorbench/benches", 0755);
}

static void files_agree(void **state)
{
    (void)state;
    assert_true(has(unit, "\nUser=motorbench\n"));
    assert_true(has(unit, "\nGroup=motorbench\n"));
    assert_true(has(SYSTEM "sysusers.conf", "\nu motorbench -"));
    assert_true(has(SYSTEM "org.motorbench1.conf", "<policy user=\"motorbench\">"));
    assert_true(has(SYSTEM "org.motorbench1.policy", "policykit.owner\">unix-user:motorbench<"));
    assert_true(has(SYSTEM "motorbench.rules", "subject.isInGroup(\"motorbench\")"));
    assert_true(has(unit, "\nBusName=org.motorbench1\n"));
    assert_true(has(SYSTEM "org.motorbench1.service", "\nName=org.motorbench1\n"));
    assert_true(has(SYSTEM "org.motorbench1.service", "\nSystemdService=motorbenchd.service\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unit_is_understood, make_folder, remove_folder),
        cmocka_unit_test(unit_is_hardly_exposed),
        cmocka_unit_test(unit_leaves_what_is_needed),
        cmocka_unit_test_setup_teardown(user_is_made, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(folders_are_made, make_folder, remove_folder),
        cmocka_unit_test(files_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
