/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets that cannot be read: exit 2, one line on stderr with file and line, nothing on stdout, never a
 * crash. */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "support/evaluate.h"

#define CUT_STEP 97

static void say_answer(const struct evaluated *e, const char *what)
{
    print_error("%s: status %d, stderr \"%s\", stdout \"%.200s\"\n", what, e->run.status,
                e->run.err ? e->run.err : "", e->run.out ? e->run.out : "");
}

/* What follows "motorbench: PATH:", or NULL. */
static const char *after_path(const struct evaluated *e)
{
    char start[320];
    int n = snprintf(start, sizeof start, "motorbench: %s:", e->path);

    return e->run.err && strncmp(e->run.err, start, (size_t)n) == 0 ? e->run.err + n : NULL;
}

/* lines: how far the named line may lie behind the edited one (a missing end is noticed later). */
static bool is_refused(const struct evaluated *e, unsigned lines)
{
    const char *rest = after_path(e);
    unsigned line = rest ? (unsigned)strtoul(rest, NULL, 10) : 0;

    return e->run.status == 2 && e->run.out_size == 0 &&
           run_result_is_one_line_error(&e->run, "motorbench") && rest && line >= e->line &&
           line <= e->line + lines;
}

struct bad {
    const char *from, *to;
    unsigned lines; /* see is_refused */
};

static const struct bad malformed[] = {
    {"  method: 2-1-1B", "  method: [2-1-1B", 2},
    {"  poles: 4", "  poles: {4", 2},
    {"  id: \"vector-11kw\"", "  id: \"vector-11kw", 60},
    {"  i_a: 19.880", "\ti_a: 19.880", 1},
    {"  t_nm: 73.281", "    t_nm: 73.281", 1},
    {"  t_nm: 73.281", "  t_nm", 1},
    {"  t_nm: 73.281", "  t_nm: 73.281\n  t_nm: 73.281", 1},
    {"load:\n  r_before_ohm: 0.8821", "load:\n  - r_before_ohm: 0.8821", 2},
    {"cooling:\n", "cooling: 5\n", 1},
    {"cold:\n  resistance_ohm: 0.6954\n  temperature_c: 22.0", "cold: [0.6954, 22.0]", 0},
    {"cold:", "cold: !!binary", 1},
    {"    - {u_v: 440, i_a: 5.8977, p0_w: 350.96}", "    - 440", 0},
    {"motor:\n", "---\nmotor:\n", 1},
    {"# Test vector", "%TAG ! tag:x,2000:\n# Test vector", 2},
    {"# Test vector", "\xff\xfe\xfd# Test vector", 1},
    {"  id: \"vector-11kw\"", "  id: \"vector\x01-11kw\"", 1},
};

static const struct bad unknown[] = {
    {"  method: 2-1-1B", "  method: 2-1-1B\n  metod: 2-1-1B", 1},
    {"sheet:\n", "sheets:\n", 0},
    {"  poles: 4", "  poles: 4\n    power_kw: 11", 1},
    {"power_w: 11000", "power_kw: 11", 0},
    {"frequency_hz: 50", "frequency_khz: 0.05", 0},
    {"temperature_c: 22.0", "temperature_f: 71.6", 0},
    {"coolant_c: 23.4", "coolant_k: 296.5", 0},
    {"t_s: 58, r_ohm", "t_min: 1, r_ohm", 0},
    {"i_a: 15.092", "i_ma: 15092", 0},
    {"no_load:\n", "noload:\n", 0},
    {"method: 2-1-1B", "method: 2-1-1Z", 0},
    {"GB/T 1032-2023", "GB/T 99999-2023", 0},
    {"kind: three-phase-induction", "kind: three-phase-inductoin", 0},
    {"conductor: copper", "conductor: gold", 0},
    {"sealing_ring: removed", "sealing_ring: maybe", 0},
};

static const struct bad impossible[] = {
    {"power_w: 11000", "power_w: -11000", 0},
    {"power_w: 11000", "power_w: 0", 0},
    {"power_w: 11000", "power_w: 1e400", 0},
    {"power_w: 11000", "power_w: 11000 W", 0},
    {"power_w: 11000", "power_w: \"11000 W\"", 0},
    {"power_w: 11000", "power_w: 11,5", 0},
    {"power_w: 11000", "power_w: 0x1p3", 0},
    {"power_w: 11000", "power_w: 0x2af8", 0},
    {"power_w: 11000", "power_w: .inf", 0},
    {"power_w: 11000", "power_w: eleven", 0},
    {"power_w: 11000", "power_w: [11000]", 0},
    {"power_w: 11000", "power_w:", 1},
    {"power_w: 11000", "power_w: ~", 0},
    {"voltage_v: 400\n", "voltage_v: -400\n", 0},
    {"voltage_v: 400\n", "voltage_v: 0\n", 0},
    {"frequency_hz: 50", "frequency_hz: 0", 0},
    {"frequency_hz: 50", "frequency_hz: .nan", 0},
    {"poles: 4", "poles: 3", 0},
    {"poles: 4", "poles: 0", 0},
    {"poles: 4", "poles: -4", 0},
    {"poles: 4", "poles: 4.5", 0},
    {"poles: 4", "poles: 99999999999999999999", 0},
    {"resistance_ohm: 0.6954", "resistance_ohm: 0", 0},
    {"resistance_ohm: 0.6954", "resistance_ohm: -0.6954", 0},
    {"temperature_c: 22.0", "temperature_c: NaN", 0},
    {"temperature_c: 22.0", "temperature_c: -300", 0},
    {"p1_w: 12370.6", "p1_w: .nan", 0},
    {"p1_w: 12370.6", "p1_w: nan", 0},
    {"p1_w: 12370.6", "p1_w: -inf", 0},
    {"p1_w: 12370.6", "p1_w: 12 370.6", 0},
    {"p1_w: 9227.3", "p1_w: 1e999", 0},
    {"i_a: 15.092", "i_a: 15.092A", 0},
    {"i_a: 15.092", "i_a: 15.09.2", 0},
    {"r_ohm: 0.8607", "r_ohm: 0,8607", 0},
    {"r_ohm: 0.8607", "r_ohm: ", 0},
    {"r_ohm: 0.8607", "r_ohm: -0.8607", 0},
    {"t_s: 78", "t_s: -78", 0},
    {"u_v: 240", "u_v: -240", 0},
    {"p0_w: 84.51", "p0_w: 0x54", 0},
    {"p0_w: 84.51", "p0_w: 1_000", 0},
    {"p0_w: 84.51", "p0_w: +-84.51", 0},
};

static void assert_all_refused(const struct bad *bad, size_t n)
{
    unsigned wrong = 0;

    for (size_t i = 0; i < n; i++) {
        const struct sheet_edit edits[] = {{bad[i].from, bad[i].to}, {0}};
        struct evaluated e = {0};

        evaluate_edited("vector.yaml", edits, &e);
        if (!is_refused(&e, bad[i].lines)) {
            say_answer(&e, bad[i].to);
            wrong++;
        }
        evaluated_clear(&e);
    }
    assert_int_equal(wrong, 0);
}

static void malformed_yaml_is_refused(void **state)
{
    (void)state;
    assert_all_refused(malformed, sizeof malformed / sizeof *malformed);
}

static void unknown_names_are_refused(void **state)
{
    (void)state;
    assert_all_refused(unknown, sizeof unknown / sizeof *unknown);
}

static void impossible_values_are_refused(void **state)
{
    (void)state;
    assert_all_refused(impossible, sizeof impossible / sizeof *impossible);
}

/* What is required of the motor is named by its missing key. */
static void missing_motor_data_is_refused(void **state)
{
    static const char *const lines[] = {
        "    power_w: 11000", "    voltage_v: 400\n",          "    frequency_hz: 50",
        "    poles: 4",       "  kind: three-phase-induction", "  method: 2-1-1B"};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const struct sheet_edit edits[] = {{lines[i], i == 1 ? "" : NULL}, {0}};
        struct evaluated e = {0};

        evaluate_edited("vector.yaml", edits, &e);
        e.line = 1; /* of the map that misses it, or of what stands there instead */
        if (!is_refused(&e, 60)) {
            say_answer(&e, lines[i]);
            fail();
        }
        evaluated_clear(&e);
    }
}

/* A cut sheet is refused as unreadable, or read and found incomplete; it never has a result. */
static void truncated_sheets_have_no_result(void **state)
{
    char *text = sheet_text("vector.yaml", NULL, NULL);
    size_t size = strlen(text);

    (void)state;
    for (size_t cut = 0; cut < size - 1; cut += CUT_STEP) {
        struct evaluated e = {.line = cut ? 1 : 0};
        char what[32];

        (void)snprintf(what, sizeof what, "cut at %zu", cut);
        evaluate_bytes(text, cut, &e);
        e.line = 0;
        if (e.run.status == 3 ? !json_is_false(evaluated_at(&e, "valid")) : !is_refused(&e, 80)) {
            say_answer(&e, what);
            fail();
        }
        evaluated_clear(&e);
    }
    free(text);
}

static void assert_bytes_refused(const char *what, const void *bytes, size_t size)
{
    struct evaluated e = {0};

    evaluate_bytes(bytes, size, &e);
    if (!is_refused(&e, 100000)) {
        say_answer(&e, what);
        fail();
    }
    evaluated_clear(&e);
}

static void other_bytes_are_refused(void **state)
{
    static const char zeros[4096];
    unsigned char noise[4096];
    unsigned x = 1;

    (void)state;
    for (size_t i = 0; i < sizeof noise; i++) { /* a fixed sequence of pseudo-random bytes */
        x = x * 1103515245u + 12345u;
        noise[i] = (unsigned char)(x >> 16);
    }
    assert_bytes_refused("zeros", zeros, sizeof zeros);
    assert_bytes_refused("noise", noise, sizeof noise);
    assert_bytes_refused("empty", "", 0);
    assert_bytes_refused("blank", "\n\n\n", 3);
    assert_bytes_refused("scalar", "5\n", 2);
    assert_bytes_refused("list", "- 1\n", 4);
    assert_bytes_refused("JSON with a tail", "{\"sheet\": {}} x\n", 16);
}

/* Nine levels of nine references each would be 10^9 nodes. */
static void aliases_do_not_explode(void **state)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    (void)state;
    assert_non_null(f);
    fputs("a0: &a0 [x]\n", f);
    for (int level = 1; level <= 9; level++) {
        fprintf(f, "a%d: &a%d [", level, level);
        for (int i = 0; i < 9; i++)
            fprintf(f, "%s*a%d", i ? ", " : "", level - 1);
        fputs("]\n", f);
    }
    fputs("sheet: *a9\n", f);
    assert_int_equal(fclose(f), 0);
    assert_bytes_refused("aliases", text, size);
    free(text);
}

static void deep_nesting_is_refused(void **state)
{
    enum { DEPTH = 20000 };
    char *text = malloc(2 * DEPTH);

    (void)state;
    assert_non_null(text);
    memset(text, '[', 2 * DEPTH);
    assert_bytes_refused("nesting", text, 2 * DEPTH);
    for (size_t i = 0; i < DEPTH; i++)
        memcpy(text + 2 * i, "- ", 2);
    assert_bytes_refused("nested lists", text, 2 * DEPTH);
    free(text);
}

static void long_scalars_are_refused(void **state)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    (void)state;
    assert_non_null(f);
    fprintf(f, "sheet: {method: %0100000d}\n", 9);
    assert_int_equal(fclose(f), 0);
    assert_bytes_refused("digits", text, size);
    free(text);
}

/* The file itself has no line to name. */
static void absent_files_are_refused(void **state)
{
    static const char *const paths[] = {"tests/data/sheets/no-such-sheet.yaml", "tests/data/sheets", "",
                                        "/proc/self/mem"};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct evaluated e = {0};

        evaluate_path(paths[i], &e);
        if (e.run.status != 2 || e.run.out_size || !run_result_is_one_line_error(&e.run, "motorbench")) {
            say_answer(&e, paths[i]);
            fail();
        }
        assert_non_null(strstr(e.run.err, paths[i]));
        evaluated_clear(&e);
    }
}

/* A name with a line feed or an escape must not make two lines or colour the terminal. */
static void file_names_cannot_forge_lines(void **state)
{
    struct evaluated e = {0};

    (void)state;
    evaluate_path("no-such\nmotorbench: forged.yaml", &e);
    assert_int_equal(e.run.status, 2);
    assert_true(run_result_is_one_line_error(&e.run, "motorbench"));
    evaluated_clear(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_yaml_is_refused),       cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(impossible_values_are_refused),   cmocka_unit_test(missing_motor_data_is_refused),
        cmocka_unit_test(truncated_sheets_have_no_result), cmocka_unit_test(other_bytes_are_refused),
        cmocka_unit_test(aliases_do_not_explode),          cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(long_scalars_are_refused),        cmocka_unit_test(absent_files_are_refused),
        cmocka_unit_test(file_names_cannot_forge_lines),
    };

    return cmocka_run_group_tests_name("evaluate bad input", tests, NULL, NULL);
}
