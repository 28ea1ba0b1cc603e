/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `make install` into an empty folder: everything is there, and the programs find their data from where they
 * are. */
#include "support/test.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "support/run_program.h"
#include "support/tree.h"

#define PREFIX "/opt/motorbench"
#define INSTALL_MS 60000u
#define TEXT_MAX_SIZE (1u << 20)

static const char prefix_option[] = "prefix=" PREFIX;
static char folder[64];

/* Below DESTDIR and the prefix: the path, its mode, and words that must stand in it (NULL: any). */
static const struct expected {
    const char *path;
    mode_t mode;
    const char *words;
} expected[] = {
    {"bin/motorbench", 0755, NULL},
    {"bin/motorbenchd", 0755, NULL},
    {"bin/motorbench-guard", 0755, NULL},
    {"bin/motorbench-instrument", 0755, NULL},
    {"bin/motorbench-report", 0755, NULL},
    {"bin/motorbench-sim", 0755, NULL},
    {"bin/motorbench-waveform", 0755, NULL},
    {"lib/systemd/system/motorbenchd.service", 0644, "\nExecStart=" PREFIX "/bin/motorbenchd\n"},
    {"lib/systemd/system/motorbench-guard.service", 0644, "\nExecStart=" PREFIX "/bin/motorbench-guard\n"},
    {"lib/sysusers.d/motorbench.conf", 0644, "u motorbench"},
    {"lib/tmpfiles.d/motorbench.conf", 0644, "d /etc/motorbench/benches"},
    {"lib/udev/hwdb.d/70-motorbench.hwdb", 0644, "\nmotorbench:usb:v0b21"},
    {"lib/udev/rules.d/70-motorbench.rules", 0644, "TAG+=\"motorbench\""},
    {"lib/udev/rules.d/71-motorbench-access.rules", 0644, "GROUP=\"motorbench\""},
    {"share/dbus-1/system.d/org.motorbench1.conf", 0644, "<busconfig>"},
    {"share/dbus-1/system-services/org.motorbench1.service", 0644, "SystemdService=motorbenchd.service"},
    {"share/motorbench/profiles/yokogawa-wt300e.yaml", 0644, NULL},
    {"share/motorbench/limits/gb18613-2020_table1_three_phase.csv", 0644, NULL},
    {"share/motorbench/limits/standards.csv", 0644, NULL},
    {"share/motorbench/limits/tables.csv", 0644, NULL},
    {"share/motorbench/limits/gb18613-2020_table2_capacitor_start.csv", 0644, NULL},
    {"share/motorbench/plans/efficiency-2-1-1B.yaml", 0644, NULL},
    {"share/man/man1/motorbench.1", 0644, ".Dt MOTORBENCH 1"},
    {"share/man/man1/motorbench-instrument.1", 0644, ".Dt MOTORBENCH-INSTRUMENT 1"},
    {"share/man/man1/motorbench-report.1", 0644, ".Dt MOTORBENCH-REPORT 1"},
    {"share/man/man1/motorbench-sim.1", 0644, ".Dt MOTORBENCH-SIM 1"},
    {"share/man/man1/motorbench-waveform.1", 0644, ".Dt MOTORBENCH-WAVEFORM 1"},
    {"share/man/man5/motorbench-bench.5", 0644, ".Dt MOTORBENCH-BENCH 5"},
    {"share/man/man5/motorbench-bulletin.5", 0644, ".Dt MOTORBENCH-BULLETIN 5"},
    {"share/man/man5/motorbench-limits.5", 0644, ".Dt MOTORBENCH-LIMITS 5"},
    {"share/man/man5/motorbench-motor.5", 0644, ".Dt MOTORBENCH-MOTOR 5"},
    {"share/man/man5/motorbench-plan.5", 0644, ".Dt MOTORBENCH-PLAN 5"},
    {"share/man/man5/motorbench-sheet.5", 0644, ".Dt MOTORBENCH-SHEET 5"},
    {"share/man/man8/motorbench-guard.8", 0644, ".Dt MOTORBENCH-GUARD 8"},
    {"share/man/man8/motorbenchd.8", 0644, ".Dt MOTORBENCHD 8"},
    {"share/bash-completion/completions/motorbench", 0644, "complete -F"},
    {"share/doc/motorbench/examples/motorbenchd.yaml", 0644, "state_directory:"},
    {"share/doc/motorbench/examples/bench.yaml", 0644, "bench:"},
    {"share/doc/motorbench/examples/motor.yaml", 0644, "motor:"},
    {"share/doc/motorbench/examples/profiles/generic-modbus-meter.yaml", 0644, "modbus:"},
};

static void installed_path(char *buffer, size_t size, const char *leaf)
{
    int n = snprintf(buffer, size, "%s" PREFIX "/%s", folder, leaf);

    assert_true(n > 0 && (size_t)n < size);
}

/* -o all: what is built is taken as it is. The make that runs the tests must not pass on its options. */
static int install(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char build[256], destination[80];
    const char *const argv[] = {"env",     "-u",     "MAKEFLAGS", "-u",          "MAKELEVEL",
                                "-u",      "MFLAGS", "make",      "-so",         "all",
                                "install", build,    destination, prefix_option, NULL};
    const struct run_options options = {.timeout_ms = INSTALL_MS};
    struct run_result result;
    int r;

    (void)state;
    (void)snprintf(folder, sizeof folder, "%.40s/mb-install-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(build, sizeof build, "BUILD=%s", test_build_folder());
    (void)snprintf(destination, sizeof destination, "DESTDIR=%s", folder);
    assert_int_equal(run_program(argv, &options, &result), 0);
    r = result.status == 0 ? 0 : -1;
    if (r < 0)
        print_error("make install: status %d: %s%s\n", result.status, result.out, result.err);
    run_result_clear(&result);
    return r;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int remove_all(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void check_words(const char *path, const char *words)
{
    struct mb_error err = {""};
    char *text = NULL;
    size_t size;

    if (mb_file_read(path, TEXT_MAX_SIZE, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    if (!strstr(text, words))
        fail_msg("%s: \"%s\" is not in it", path, words);
    free(text);
}

static void every_file_is_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        char path[256];
        struct stat st;

        installed_path(path, sizeof path, expected[i].path);
        if (stat(path, &st) < 0)
            fail_msg("%s is not installed", path);
        if ((st.st_mode & 07777) != expected[i].mode)
            fail_msg("%s has mode %o", path, (unsigned)st.st_mode & 07777u);
        if (expected[i].words)
            check_words(path, expected[i].words);
    }
}

/* Nothing may lie outside the prefix: a package is made of this folder. */
static int outside(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    if (type != FTW_F || strncmp(path + strlen(folder), PREFIX "/", sizeof PREFIX) == 0)
        return 0;
    print_error("%s lies outside of %s\n", path, PREFIX);
    return 1;
}

static void nothing_lies_outside(void **state)
{
    (void)state;
    assert_int_equal(nftw(folder, outside, 16, FTW_PHYS), 0);
}

static void programs_find_their_data(void **state)
{
    char path[256];
    const char *const argv[] = {"env",
                                "-u",
                                "MOTORBENCH_DATADIR",
                                "-C",
                                "/",
                                path,
                                "grade",
                                "--standard",
                                "GB 18613-2020",
                                "--kind",
                                "three-phase-induction",
                                "--power-w",
                                "11000",
                                "--poles",
                                "4",
                                "--efficiency",
                                "0.95",
                                "--json",
                                NULL};
    struct run_result result;

    (void)state;
    installed_path(path, sizeof path, "bin/motorbench");
    assert_int_equal(run_program(argv, NULL, &result), 0);
    if (result.status != 0)
        fail_msg("status %d: %s", result.status, result.err);
    assert_non_null(strstr(result.out, "\"verdict\": \"PASS\""));
    run_result_clear(&result);
}

/* The other data, and the other direction: without them the same command cannot answer. */
static void they_are_the_installed_data(void **state)
{
    char program[256], limits[256], aside[272];
    const char *const argv[] = {"env", "-u", "MOTORBENCH_DATADIR", program, "standards", "list", NULL};
    struct run_result result;

    (void)state;
    installed_path(program, sizeof program, "bin/motorbench");
    installed_path(limits, sizeof limits, "share/motorbench/limits");
    (void)snprintf(aside, sizeof aside, "%s-aside", limits);
    assert_int_equal(rename(limits, aside), 0);
    assert_int_equal(run_program(argv, NULL, &result), 0);
    assert_int_equal(rename(aside, limits), 0);
    assert_int_equal(result.status, 2);
    assert_true(run_result_is_one_line_error(&result, "motorbench"));
    run_result_clear(&result);
}

static void every_program_starts(void **state)
{
    static const char *const programs[] = {"bin/motorbench", "bin/motorbenchd", "bin/motorbench-sim",
                                           "bin/motorbench-report"};

    (void)state;
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        char path[256];
        const char *const argv[] = {path, "--help", NULL};
        struct run_result result;

        installed_path(path, sizeof path, programs[i]);
        assert_int_equal(run_program(argv, NULL, &result), 0);
        if (result.status != 0 || !strstr(result.out, strrchr(programs[i], '/') + 1))
            fail_msg("%s --help: status %d: %s%s", programs[i], result.status, result.out, result.err);
        run_result_clear(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_there),      cmocka_unit_test(nothing_lies_outside),
        cmocka_unit_test(programs_find_their_data), cmocka_unit_test(they_are_the_installed_data),
        cmocka_unit_test(every_program_starts),
    };

    return cmocka_run_group_tests(tests, install, remove_all);
}
