/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench evaluate --report: each method's page, read back as text and as a picture. */
#include "support/test.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/drive_sheet.h"
#include "support/run_program.h"

struct fixture {
    char folder[32], sheet[64], pdf[64];
    char *text; /* of the report drawn last */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    (void)snprintf(f->folder, sizeof f->folder, "/tmp/mb-methods-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->sheet, sizeof f->sheet, "%s/sheet.yaml", f->folder);
    (void)snprintf(f->pdf, sizeof f->pdf, "%s/report.pdf", f->folder);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    free(f->text);
    (void)unlink(f->sheet);
    (void)unlink(f->pdf);
    assert_int_equal(rmdir(f->folder), 0);
    free(f);
    return 0;
}

/* more: two further arguments or none (NULL). */
static void evaluate(const char *sheet, const char *pdf, const char *const *more, struct run_result *ret)
{
    /* Fontconfig and cairo keep caches to the end: no leaks of ours. */
    static const char *const environment[] = {
        "LSAN_OPTIONS=print_suppressions=0:suppressions=tests/support/library-caches.supp", NULL};
    char program[256];
    const char *argv[] = {run_program_path("motorbench", program, sizeof program),
                          "evaluate",
                          sheet,
                          "--report",
                          pdf,
                          more ? more[0] : NULL,
                          more ? more[1] : NULL,
                          NULL};

    *ret = (struct run_result){0};
    assert_int_equal(run_program(argv, &(struct run_options){.environment = environment}, ret), 0);
}

/* The status of the evaluation; false when there is nothing to read a PDF with. */
static bool report(struct fixture *f, const char *sheet, const char *const *more, int status)
{
    struct run_result result;
    bool there;

    evaluate(sheet, f->pdf, more, &result);
    if (result.status != status)
        fail_msg("%s: status %d: %s", sheet, result.status, result.err);
    assert_string_equal(result.err, "");
    run_result_clear(&result);
    assert_int_equal(
        run_program((const char *const[]){"pdftotext", "-layout", f->pdf, "-", NULL}, NULL, &result), 0);
    there = result.status == 0;
    free(f->text);
    f->text = strdup(result.out);
    run_result_clear(&result);
    return there;
}

#define REPORT_WITH(f, sheet, more, status)                                                                  \
    do {                                                                                                     \
        if (!report(f, sheet, more, status))                                                                 \
            SKIP_TEST("pdftotext is not installed");                                                         \
    } while (0)
#define REPORT(f, sheet, status) REPORT_WITH(f, sheet, NULL, status)

static void assert_text(const struct fixture *f, const char *text)
{
    if (!strstr(f->text, text))
        fail_msg("not in the report: %s\n%s", text, f->text);
}

static void write_map(const struct fixture *f, bool both)
{
    char *text = drive_sheet("GB/T 18488.2-2015", 20, both, 1);
    FILE *file = fopen(f->sheet, "w");

    assert_non_null(text);
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(text);
}

static void a_map_has_its_plots(void **state)
{
    struct fixture *f = *state;

    write_map(f, true);
    REPORT(f, f->sheet, 0);
    assert_text(f, "Evaluation of a test sheet");
    assert_text(f, "No record proves them");
    assert_text(f, "\u9a71\u52a8\u7535\u673a");
    assert_text(f, "Efficiency of the system");
    assert_text(f, "Efficiency of the motor");
    assert_text(f, "Efficiency of the controller");
    assert_text(f, "at or above 0.85 (black line)");
    assert_text(f, "speed in min\u207b\u00b9");
    assert_text(f, "best point");
    assert_text(f, "more rows are not printed");
    assert_text(f, "Page 1 of 4");
    assert_null(strstr(f->text, "nan"));
    assert_null(strstr(f->text, "Approved by"));
    assert_null(strstr(f->text, "Chain head"));
}

/* Pixels of a page whose colour is far from grey. */
static size_t coloured(const struct fixture *f, const char *page)
{
    const char *argv[] = {"pdftoppm", "-r", "40", "-f", page, "-l", page, f->pdf, NULL};
    struct run_result result;
    unsigned width = 0, height = 0;
    int begin = 0;
    size_t n = 0;

    assert_int_equal(run_program(argv, NULL, &result), 0);
    if (result.status == 0 && sscanf(result.out, "P6 %u %u 255%n", &width, &height, &begin) == 2)
        for (size_t i = (size_t)begin + 1; i + 2 < result.out_size; i += 3) {
            const unsigned char *p = (const unsigned char *)result.out + i;

            n += abs(p[0] - p[2]) > 60;
        }
    run_result_clear(&result);
    return n;
}

/* Two maps on the third page, 230 by 150 pixels each: most of them hold colour. */
static void the_map_is_painted(void **state)
{
    struct fixture *f = *state;
    size_t painted;

    write_map(f, true);
    REPORT(f, f->sheet, 0);
    painted = coloured(f, "3");
    if (painted == 0)
        SKIP_TEST("pdftoppm is not installed");
    assert_in_range(painted, 20000, 75000);
}

/* One line a method: what its page must say. */
static void every_method_has_its_page(void **state)
{
    static const struct {
        const char *sheet;
        int status;
        const char *texts[6];
    } cases[] = {
        {"vector", 1, {"Residual loss and regression", "No-load curve: current", "PLL = A\u00b7T\u00b2"}},
        {"2-1-1C", 3, {"Additional load loss", "fraction", "PLL follows the square", "No-load test"}},
        {"2-1-1F", 3, {"Additional load loss", "stator exponent", "Reverse rotation", "Rotor removed"}},
        {"2-1-1E", 3, {"back to back, forward, generator", "27955.3 W", "28052.6 W"}},
        {"2-1-1H",
         3,
         {"circuit", "xm", "\u03a9", "No-load curve: power", "Efficiency against torque", "0.8967"}},
        {"G1", 3, {"PLL by the assigned", "Mark of the method\u2019s rule: \u201cU\u201d"}},
        {"2-1-2A",
         0,
         {"Excitation Pe", "(P1 + Pe)", "1649.1 W", "calls this method 2-1-2A",
          "\u03b7 is output over input"}},
        {"2-1-2B",
         0,
         {"Open circuit: iron loss", "Short circuit: additional load loss", "U0 in V", "IK in A"}},
        {"2-1-2B-zero-power-factor",
         0,
         {"Excitation and Potier's triangle", "zero power factor", "27.093 V/A", "0.19973 \u03a9",
          "If by ASA", "26.658 A"}},
        {"2-1-3C", 0, {"No load: constant losses", "brush", "armature", "\u03a9"}},
        {"2-3-A", 0, {"Losses in W over speed and torque", "through the seven points", "coefficients"}},
        {"2-3-B",
         3,
         {"60034-30-2:2016 edition 2016", "0.015001 W/(N\u00b7m)\u00b2", "converter, load, points", "20402.6",
          "converter, no load, points", "507.54"}},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sheet[64];

        (void)snprintf(sheet, sizeof sheet, "tests/data/sheets/%s.yaml", cases[i].sheet);
        REPORT(f, sheet, cases[i].status);
        for (size_t k = 0; k < 6 && cases[i].texts[k]; k++)
            assert_text(f, cases[i].texts[k]);
        assert_text(f, "Readings of the sheet");
        assert_text(f, "End of report");
        assert_null(strstr(f->text, "nan"));
    }
}

static void write_sheet(const struct fixture *f, const char *sheet)
{
    FILE *file = fopen(f->sheet, "w");

    assert_non_null(file);
    assert_true(fputs(sheet, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void a_synchronous_motor_has_its_torques(void **state)
{
    struct fixture *f = *state;

    REPORT(f, "tests/data/sheets/synchronous-torque.yaml", 0);
    assert_text(f, "Run up at rated voltage: torque");
    assert_text(f, "3.1696 V\u00b7s/rad");
    assert_text(f, "53.585 N\u00b7m");
    assert_null(strstr(f->text, "nan"));
}

/* Continuous and peak over speed, and which points count. */
static void a_drive_has_its_envelope(void **state)
{
    static const char sheet[] =
        "sheet: {method: ev-envelope, standard: GB/T 18488-2024}\n"
        "motor: {id: ev, kind: ev-drive, sealing_ring: none, rated: {power_w: 60000, voltage_v: 350,\n"
        "        frequency_hz: 200, poles: 8}, drive: {peak_time_s: 30, winding_limit_c: 140}}\n"
        "envelope:\n"
        "  continuous: [{n_rpm: 1500, t_nm: 190, change_k: 0.5, winding_c: 131},\n"
        "               {n_rpm: 3000, t_nm: 188, change_k: 0.5, winding_c: 141}]\n"
        "  peak: [{n_rpm: 1500, t_nm: 391, held_s: 30}, {n_rpm: 1500, t_nm: 390, held_s: 30}]\n";
    struct fixture *f = *state;

    write_sheet(f, sheet);
    REPORT(f, f->sheet, 0);
    assert_text(f, "Drive: torque over speed");
    assert_text(f, "Drive: power over speed");
    assert_text(f, "Winding limit");
    assert_text(f, "yes");
    assert_text(f, "no\n"); /* the hotter point does not count */
    assert_null(strstr(f->text, "nan"));
}

static void methods_stand_side_by_side(void **state)
{
    struct fixture *f = *state;
    const char *more[] = {"--also", "2-1-1A,2-1-1C", NULL};

    REPORT_WITH(f, "tests/data/sheets/vector.yaml", more, 1);
    assert_text(f, "Methods from the same readings");
    assert_text(f, "2-1-1C");
    assert_text(f, "not judged");
}

/* Whatever sheet there is: a report comes of it. */
static void every_sheet_can_be_reported(void **state)
{
    struct fixture *f = *state;
    glob_t found;

    assert_int_equal(glob("tests/data/sheets/*.yaml", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct run_result result;

        evaluate(found.gl_pathv[i], f->pdf, NULL, &result);
        if (access(f->pdf, R_OK) != 0 || *result.err)
            fail_msg("%s: status %d: %s", found.gl_pathv[i], result.status, result.err);
        (void)unlink(f->pdf);
        run_result_clear(&result);
    }
    globfree(&found);
}

static void a_report_that_cannot_be_written(void **state)
{
    struct run_result result;

    (void)state;
    evaluate("tests/data/sheets/2-3-A.yaml", "/nonexistent/report.pdf", NULL, &result);
    assert_int_equal(result.status, 2);
    assert_true(run_result_is_one_line_error(&result, "motorbench"));
    run_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_map_has_its_plots, setup, teardown),
        cmocka_unit_test_setup_teardown(the_map_is_painted, setup, teardown),
        cmocka_unit_test_setup_teardown(every_method_has_its_page, setup, teardown),
        cmocka_unit_test_setup_teardown(a_synchronous_motor_has_its_torques, setup, teardown),
        cmocka_unit_test_setup_teardown(a_drive_has_its_envelope, setup, teardown),
        cmocka_unit_test_setup_teardown(methods_stand_side_by_side, setup, teardown),
        cmocka_unit_test_setup_teardown(every_sheet_can_be_reported, setup, teardown),
        cmocka_unit_test(a_report_that_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
