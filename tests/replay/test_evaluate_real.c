/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measurements that others published, and their results. The files stay outside the project
 * ($MOTORBENCH_DATA). */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/csv_table.h"
#include "support/evaluate.h"

#define BENCH "bench-1hp-wt333"
#define MODELICA "modelica-18k5-loss-segregation"
#define NO_DATA "the measured data is not there; set MOTORBENCH_DATA"
#define READINGS 124 /* of load_sweep, those with a published efficiency */
#define HORSEPOWER_W 745.7
#define PI 3.14159265358979323846

/* A sheet under construction. */
struct sheet {
    char *text;
    size_t size;
    FILE *f;
};

static void sheet_begin(struct sheet *sheet, const char *method, const char *rated)
{
    sheet->f = open_memstream(&sheet->text, &sheet->size);
    assert_non_null(sheet->f);
    fprintf(sheet->f,
            "sheet: {method: %s, standard: \"IEC 60034-2-1:2014\"}\n"
            "motor: {id: \"measured\", kind: three-phase-induction, conductor: copper, sealing_ring: none,\n"
            "        rated: %s}\n",
            method, rated);
}

static void sheet_evaluate(struct sheet *sheet, struct evaluated *ret)
{
    assert_int_equal(fclose(sheet->f), 0);
    evaluate_bytes(sheet->text, sheet->size, ret);
    free(sheet->text);
}

/* ---- 1 hp motor, 220 V, 60 Hz, 2 poles. ---- */

static const char bench_rated[] = "{power_w: 745.7, voltage_v: 220, frequency_hz: 60, poles: 2}";

static double bench_torque_rated_nm(void)
{
    return HORSEPOWER_W / (2 * PI * 3600 / 60);
}

static void write_bench_point(FILE *f, const struct csv_table *table, size_t row, double load_percent)
{
    fprintf(f, "    - {load_percent: %.2f, u_v: %s, i_a: %s, p1_w: %s, t_nm: %s, n_rpm: %s, f_hz: %s}\n",
            load_percent, csv_table_text(table, row, "U_sigma_V"), csv_table_text(table, row, "I_sigma_A"),
            csv_table_text(table, row, "P_sigma_W"), csv_table_text(table, row, "torque_Nm"),
            csv_table_text(table, row, "speed_rpm"), csv_table_text(table, row, "fU1_Hz"));
}

/* Row numbers of the first readings by falling torque: a sheet has the highest load first. */
static void sort_by_torque(const struct csv_table *table, size_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;

        for (; at > 0 &&
               csv_table_number(table, rows[at - 1], "torque_Nm") < csv_table_number(table, i, "torque_Nm");
             at--)
            rows[at] = rows[at - 1];
        rows[at] = i;
    }
}

static void direct_efficiencies_equal_the_published(void **state)
{
    struct csv_table *sweep = csv_table_load(BENCH, "load_sweep.csv"), *published;
    struct evaluated e = {0};
    size_t rows[READINGS];
    struct sheet sheet;

    (void)state;
    if (!sweep)
        SKIP_TEST(NO_DATA);
    published = csv_table_load(BENCH, "published_results.csv");
    assert_non_null(published);
    sort_by_torque(sweep, rows, READINGS);
    sheet_begin(&sheet, "2-1-1A", bench_rated);
    fputs("load:\n  points:\n", sheet.f);
    for (size_t i = 0; i < READINGS; i++)
        write_bench_point(sheet.f, sweep, rows[i],
                          100 * csv_table_number(sweep, rows[i], "torque_Nm") / bench_torque_rated_nm());
    sheet_evaluate(&sheet, &e);
    for (size_t i = 0; i < READINGS; i++) {
        double expected = csv_table_quantity(published, "load_sweep.efficiency", rows[i]), value;
        char path[64];

        (void)snprintf(path, sizeof path, "points.%zu.efficiency", i);
        value = evaluated_number(&e, path);
        if (!(fabs(value - expected) <= 1e-4 * expected))
            fail_msg("reading %zu: efficiency %.7f, published %.7f", rows[i], value, expected);
    }
    assert_true(json_is_true(evaluated_at(&e, "valid")));
    evaluated_clear(&e);
    sweep = csv_table_free(sweep);
    published = csv_table_free(published);
}

/* Line-to-line resistance of one reading: one line feeds the two others joined, so U / I = 1.5 R_phase = 0.75
 * R. */
static double line_resistance_ohm(const struct csv_table *table, size_t row)
{
    return csv_table_number(table, row, "U_RS_V") / csv_table_number(table, row, "I_R_A") / 0.75;
}

static double first_line_resistance_ohm(const char *name)
{
    struct csv_table *table = csv_table_load(BENCH, name);
    double resistance;

    assert_non_null(table);
    resistance = line_resistance_ohm(table, 0);
    table = csv_table_free(table);
    return resistance;
}

/* The publication gives no times and no temperatures; 10 s from reading to reading and 22 degC are assumed,
 * on which the answers asked for here do not depend. */
static void write_bench_thermal(FILE *f)
{
    struct csv_table *load = csv_table_load(BENCH, "cns_07_load_100.csv");
    struct csv_table *cooling = csv_table_load(BENCH, "cns_08_dc_resistance_100.csv");

    assert_non_null(load);
    assert_non_null(cooling);
    fprintf(f, "cold: {resistance_ohm: %.5f, temperature_c: 22}\n",
            first_line_resistance_ohm("cns_00_dc_resistance_cold.csv"));
    fprintf(f, "rated_load: {u_v: %s, i_a: %s, p1_w: %s, t_nm: %s, n_rpm: %s, f_hz: %s, coolant_c: 22}\n",
            csv_table_text(load, 4, "U_sigma_V"), csv_table_text(load, 4, "I_sigma_A"),
            csv_table_text(load, 4, "P_sigma_W"), csv_table_text(load, 4, "torque_Nm"),
            csv_table_text(load, 4, "speed_rpm"), csv_table_text(load, 4, "fU1_Hz"));
    fputs("cooling:\n", f);
    for (size_t row = 0; row < 5; row++)
        fprintf(f, "  - {t_s: %zu, r_ohm: %.5f}\n", 10 * row + 10, line_resistance_ohm(cooling, row));
    load = csv_table_free(load);
    cooling = csv_table_free(cooling);
}

static void write_bench_load(FILE *f)
{
    static const struct {
        unsigned percent;
        const char *name;
    } files[] = {{125, "cns_11_load_125.csv"}, {115, "cns_09_load_115.csv"}, {100, "cns_07_load_100.csv"},
                 {75, "cns_05_load_75.csv"},   {50, "cns_03_load_50.csv"},   {25, "cns_01_load_25.csv"}};

    fprintf(f, "load:\n  r_before_ohm: %.5f\n  r_after_ohm: %.5f\n  points:\n",
            first_line_resistance_ohm("cns_10_dc_resistance_115.csv"),
            first_line_resistance_ohm("cns_02_dc_resistance_25.csv"));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct csv_table *table = csv_table_load(BENCH, files[i].name);

        assert_non_null(table);
        write_bench_point(f, table, 4, files[i].percent);
        table = csv_table_free(table);
    }
}

static void write_bench_no_load(FILE *f)
{
    struct csv_table *table = csv_table_load(BENCH, "no_load_voltage_sweep.csv");
    double resistance = first_line_resistance_ohm("dc_resistance_20250207_210535.csv");

    assert_non_null(table);
    fprintf(f, "no_load:\n  r_before_ohm: %.5f\n  r_after_ohm: %.5f\n  points:\n", resistance, resistance);
    for (size_t row = 0; row < csv_table_rows(table); row++)
        fprintf(f, "    - {u_v: %s, i_a: %s, p0_w: %s, f_hz: %s}\n", csv_table_text(table, row, "U_sigma_V"),
                csv_table_text(table, row, "I_sigma_A"), csv_table_text(table, row, "P_sigma_W"),
                csv_table_text(table, row, "fU1_Hz"));
    table = csv_table_free(table);
}

static bool bench_data_is_there(void)
{
    struct csv_table *table = csv_table_load(BENCH, "rating.csv");
    bool there = table != NULL;

    table = csv_table_free(table);
    return there;
}

/* 116 % to 80 % of the voltage only: nothing that tells friction from iron loss. */
static void loss_method_misses_low_voltages(void **state)
{
    struct evaluated e = {0};
    struct sheet sheet;

    (void)state;
    if (!bench_data_is_there())
        SKIP_TEST(NO_DATA);
    sheet_begin(&sheet, "2-1-1B", bench_rated);
    write_bench_thermal(sheet.f);
    write_bench_load(sheet.f);
    write_bench_no_load(sheet.f);
    sheet_evaluate(&sheet, &e);
    assert_invalid(&e, "no-load-points");
    assert_true(json_is_null(evaluated_at(&e, "efficiency")));
    evaluated_clear(&e);
}

/* After 125 % load the meter overloaded: its empty cells reach the sheet as empty values. */
static void empty_cells_are_refused(void **state)
{
    struct csv_table *table = csv_table_load(BENCH, "cns_12_dc_resistance_125.csv");
    struct evaluated e = {0};
    struct sheet sheet;
    char place[320];

    (void)state;
    if (!table)
        SKIP_TEST(NO_DATA);
    assert_string_equal(csv_table_text(table, 0, "I_R_A"), "");
    sheet_begin(&sheet, "2-1-1A", bench_rated);
    fprintf(sheet.f, "load:\n  r_before_ohm: %s\n  points:\n", csv_table_text(table, 0, "I_R_A"));
    fputs("    - {load_percent: 100, u_v: 220, i_a: 3.07, p1_w: 1056, t_nm: 2.09, n_rpm: 3393, f_hz: 60}\n",
          sheet.f);
    sheet_evaluate(&sheet, &e);
    assert_int_equal(e.run.status, 2);
    (void)snprintf(place, sizeof place, "motorbench: %s:5: ", e.path);
    assert_memory_equal(e.run.err, place, strlen(place));
    evaluated_clear(&e);
    table = csv_table_free(table);
}

/* ---- 18.5 kW motor with published losses. ---- */

static const char modelica_rated[] = "{power_w: 18500, voltage_v: 400, frequency_hz: 50, poles: 4}";

/* Delta: a phase in parallel with the two others in series gives 2/3 of the phase; copper, 20 to 90 degC. */
static double modelica_resistance_ohm(const struct csv_table *published)
{
    double cold = csv_table_quantity(published, "stator_resistance_per_phase_20degC", 0) * 2 / 3;

    return cold * (235 + csv_table_quantity(published, "operating_temperature", 0)) / (235 + 20);
}

static void assert_near(const struct evaluated *e, const char *path, const struct csv_table *published,
                        const char *name)
{
    double value = evaluated_number(e, path), expected = csv_table_quantity(published, name, 0);

    if (!(fabs(value - expected) <= 0.0005 * expected))
        fail_msg("%s: %.3f, published %.3f", path, value, expected);
}

static void write_constant_losses(FILE *f, const struct csv_table *published)
{
    fprintf(f, "constant: {iron_w: %.2f, friction_windage_w: %.2f}\n",
            csv_table_quantity(published, "stator_core_loss", 0),
            csv_table_quantity(published, "friction_loss", 0));
}

static void losses_equal_the_published(void **state)
{
    static const char *const methods[] = {"2-1-1A", "2-1-1B"};
    struct csv_table *published = csv_table_load(MODELICA, "published_segregation_at_rated_load.csv");

    (void)state;
    if (!published)
        SKIP_TEST(NO_DATA);
    for (size_t i = 0; i < 2; i++) {
        struct evaluated e = {0};
        struct sheet sheet;

        sheet_begin(&sheet, methods[i], modelica_rated);
        write_constant_losses(sheet.f, published);
        fprintf(sheet.f,
                "load:\n  points:\n    - {load_percent: 100, u_v: 400, i_a: %.2f, p1_w: %.2f, t_nm: %.2f, "
                "n_rpm: %.1f, f_hz: 50, r_ohm: %.6f}\n",
                csv_table_quantity(published, "line_current", 0),
                csv_table_quantity(published, "electrical_input", 0),
                csv_table_quantity(published, "torque", 0), csv_table_quantity(published, "speed", 0),
                modelica_resistance_ohm(published));
        sheet_evaluate(&sheet, &e);
        assert_near(&e, "points.0.stator_w", published, "stator_copper_loss");
        assert_near(&e, "points.0.rotor_w", published, "rotor_copper_loss");
        assert_near(&e, "points.0.iron_w", published, "stator_core_loss");
        assert_near(&e, "points.0.output_w", published, "mechanical_output");
        /* One point gives no regression: only the direct method is complete. */
        assert_int_equal(json_is_true(evaluated_at(&e, "valid")), i == 0);
        evaluated_clear(&e);
    }
    published = csv_table_free(published);
}

static void write_modelica_curve(FILE *f, const struct csv_table *curve, double resistance_ohm)
{
    fprintf(f, "load:\n  r_before_ohm: %.6f\n  r_after_ohm: %.6f\n  points:\n", resistance_ohm,
            resistance_ohm);
    for (size_t row = csv_table_rows(curve) - 1; row > 1; row--) { /* the last two are no load and 10 % */
        double output = csv_table_number(curve, row, "output_power_W"),
               n = csv_table_number(curve, row, "speed_rpm");
        double i = csv_table_number(curve, row, "line_current_A");

        fprintf(f,
                "    - {load_percent: %.2f, u_v: 400, i_a: %.2f, p1_w: %.2f, t_nm: %.3f, n_rpm: %.0f, f_hz: "
                "50}\n",
                output / 185, i, sqrt(3) * 400 * i * csv_table_number(curve, row, "power_factor_1"),
                output / (2 * PI * n / 60), n);
    }
}

/* cos phi has three digits, so the residual loss is noise: r with T squared is 0.69 over the whole curve. */
static void rounded_load_curve_is_refused(void **state)
{
    struct csv_table *curve = csv_table_load(MODELICA, "measured_load_curve.csv"), *published;
    struct evaluated e = {0};
    struct sheet sheet;
    double hot;

    (void)state;
    if (!curve)
        SKIP_TEST(NO_DATA);
    published = csv_table_load(MODELICA, "published_segregation_at_rated_load.csv");
    assert_non_null(published);
    hot = modelica_resistance_ohm(published);
    sheet_begin(&sheet, "2-1-1B", modelica_rated);
    write_constant_losses(sheet.f, published);
    fprintf(sheet.f, "cold: {resistance_ohm: %.6f, temperature_c: 20}\n", 0.56 * 2 / 3);
    fputs("rated_load: {u_v: 400, i_a: 32.85, p1_w: 20443.95, t_nm: 120.79, n_rpm: 1462.5, f_hz: 50, "
          "coolant_c: 20}\n"
          "cooling:\n",
          sheet.f);
    for (int t_s = 10; t_s <= 100; t_s += 10) /* nobody published one: 70 K falling with 1000 s */
        fprintf(sheet.f, "  - {t_s: %d, r_ohm: %.6f}\n", t_s,
                0.56 * 2 / 3 * (255 + 70 * exp(-t_s / 1000.0)) / 255);
    write_modelica_curve(sheet.f, curve, hot);
    sheet_evaluate(&sheet, &e);
    assert_int_equal(e.run.status, 3);
    assert_true(json_is_false(evaluated_at(&e, "valid")));
    assert_true(json_array_size(evaluated_at(&e, "reasons")) > 0);
    assert_true(evaluated_number(&e, "regression.first_r") < 0.95);
    evaluated_clear(&e);
    curve = csv_table_free(curve);
    published = csv_table_free(published);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direct_efficiencies_equal_the_published),
        cmocka_unit_test(loss_method_misses_low_voltages),
        cmocka_unit_test(empty_cells_are_refused),
        cmocka_unit_test(losses_equal_the_published),
        cmocka_unit_test(rounded_load_curve_is_refused),
    };

    return cmocka_run_group_tests_name("evaluate measured data", tests, NULL, NULL);
}
