/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vectors of the synchronous motors and of the drive's envelope with one mistake each, as people make
 * them on paper: never a silent number, but INVALID with its word, a warning, or a refusal with its sentence.
 */
#include "support/test.h"

#include <string.h>

#include "support/evaluate.h"

#define DIRECT "2-1-2A.yaml"
#define LOSSES "2-1-2B-sensor.yaml"
#define TORQUES "synchronous-torque.yaml"
#define ENVELOPE "ev-envelope.yaml"

struct mistake {
    const char *sheet;
    struct sheet_edit edits[5]; /* the last without from */
    const char *word;           /* of the reason or the warning, or part of the sentence of a refusal */
};

static const struct mistake invalid[] = {
    {DIRECT, {{"poles: 10", "poles: 8"}, {"speed_rpm: 600", "speed_rpm: 750"}}, "slip"},
    {DIRECT, {{"range_nm: 1000", "range_nm: 2000"}}, "torque-range"},
    {DIRECT, {{"zero_after_nm: -0.21", "zero_after_nm: -0.51"}}, "torque-zero"},
    {DIRECT, {{"  excitation_supply_v: 68.11", NULL}}, "missing-data"},
    {DIRECT, {{", excitation_a: 28.905", ""}}, "missing-data"},
    {DIRECT, {{" excitation_supply_v: 81.27,", ""}}, "missing-data"},
    {DIRECT, {{"p1_w: 38720", "p1_w: 38.72"}}, "torque-sign"},
    {LOSSES, {{"r_ohm: 0.07135", "r_ohm: 0.05135"}}, "winding-temperature"},
    {LOSSES, {{"r_ohm: 0.07021", "r_ohm: 0.03510"}}, "winding-temperature"},
    {LOSSES, {{"r_ohm: 0.07021", "r_ohm: 70.21"}}, "residual-negative"},
    {LOSSES,
     {{"i_a: 125.00", "i_a: 12.500"}, {"i_a: 100.00", "i_a: 10.000"}, {"i_a: 90.00", "i_a: 9.000"}},
     "load-points"},
    {LOSSES, {{"i_a: 125.00", "i_a: 31.00"}, {"i_a: 30.00", "i_a: 124.00"}}, "regression-slope"},
    {LOSSES, {{"p1_w: 57910", "p1_w: 57.91"}}, "torque-sign"},
    {LOSSES, {{"i_a: 97.44", "i_a: 97.44\n  t_nm: -350\n  n_rpm: 1500"}}, "torque-sign"},
    {LOSSES, {{"poles: 4", "poles: 6"}, {"i_a: 97.44", "i_a: 97.44\n  n_rpm: 1500\n  f_hz: 50"}}, "slip"},
    {LOSSES, {{"p_w: 1164.5", "p_w: 1164.5, n_rpm: 1400"}}, "slip"},
    {LOSSES, {{"p_w: 1682.3", "p_w: 1682.3, n_rpm: 1400"}}, "slip"},
    {TORQUES, {{"poles: 6", "poles: 4"}, {"speed_rpm: 1000", "speed_rpm: 1500"}}, "pull-out-torque"},
    {TORQUES, {{"u12_v: 329.9", "u12_v: 190.5"}}, "back-emf"},
    {TORQUES, {{"u_v: 377.8, t_nm: 110.31", "u_v: 340.0, t_nm: 110.31"}}, "pull-out-torque"},
    {TORQUES,
     {{"t_nm: 94.62", "t_nm: -94.62"},
      {"t_nm: 99.88", "t_nm: -99.88"},
      {"t_nm: 105.07", "t_nm: -105.07"},
      {"t_nm: 110.31", "t_nm: -110.31"}},
     "pull-out-torque"},
    {TORQUES, {{"n_rpm: 999.9, f_hz: 50.00", "n_rpm: 939.9, f_hz: 47.00"}}, "pull-out-torque"},
    {TORQUES, {{"u_v: 378.4, t_nm: 42.07", "u_v: 340.0, t_nm: 42.07"}}, "pull-in-torque"},
    {TORQUES, {{"in_step: true, u_v: 379.8", "in_step: false, u_v: 379.8"}}, "pull-in-torque"},
    {ENVELOPE, {{"change_k: 0.41", "change_k: 1.20"}}, "equilibrium"},
    {ENVELOPE,
     {{"envelope:\n  continuous:", "torque: {range_nm: 500}\nenvelope:\n  continuous:"}},
     "torque-range"},
    {ENVELOPE,
     {{"envelope:\n  continuous:",
       "torque: {range_nm: 400, zero_before_nm: 0.1, zero_after_nm: -0.2}\nenvelope:\n  continuous:"}},
     "torque-zero"},
    {"2-3-A.yaml", {{"points:", "torque: {range_nm: 1000}\npoints:"}}, "torque-range"},
    {ENVELOPE, {{"t_nm: 262.18", "t_nm: 250.18"}}, "repeatability"},
    {ENVELOPE, {{"t_nm: 246.93", "t_nm: -246.93"}}, "torque-sign"},
    {ENVELOPE, {{"n_rpm: 5999.3", "n_rpm: 15999.3"}}, "load-points"},
    {ENVELOPE,
     {{"    - {position: 5, t_nm: 255.61}", NULL}, {"    - {position: 6, t_nm: 248.37}", NULL}},
     "load-points"},
};

static const struct mistake warned[] = {
    {LOSSES, {{"p_w: 559.0", "p_w: 459.0"}}, "residual-negative"},
    {TORQUES, {{"u_t_nm: 0.012", "u_t_nm: 0.3"}}, "cogging-torque"},
    {ENVELOPE, {{", winding_c: 138.2", ""}}, "missing-data"},
    {ENVELOPE, {{", held_s: 14.6", ""}}, "peak-time"},
};

static const struct mistake refused[] = {
    {DIRECT, {{"poles: 10", "poles: 9"}}, "even number"},
    {DIRECT, {{"poles: 10", "poles: 8"}}, "turns with its field"},
    {DIRECT, {{"excitation_supply_v: 81.27", "excitation_supply_v: -81.27"}}, "out of range"},
    {LOSSES, {{"  excitation_a: 21.06", NULL}}, "'excitation_a' is missing"},
    {TORQUES, {{"t_nm: 42.07", "t_nm: -42.07"}}, "out of range"},
    {TORQUES, {{"{branch: up, u_v: 379.8", "{branch: over, u_v: 379.8"}}, "steady, down, up"},
    {ENVELOPE, {{"change_k: 0.41", "change_k: -0.41"}}, "out of range"},
    {ENVELOPE, {{"kind: ev-drive", "kind: pm-converter-fed"}}, "belongs to motors of kind ev-drive"},
};

static bool has_warning(const struct evaluated *e, const char *word)
{
    json_t *element;
    size_t i;

    json_array_foreach(evaluated_at(e, "warnings"), i, element)
    {
        if (strcmp(json_string_value(element), word) == 0)
            return true;
    }
    return false;
}

static void a_mistake_makes_the_test_invalid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        struct evaluated e = {0};

        evaluate_edited(invalid[i].sheet, invalid[i].edits, &e);
        if (!e.document || e.run.status != 3 || !evaluated_has_reason(&e, invalid[i].word))
            fail_msg("%s, case %zu: status %d without %s", invalid[i].sheet, i, e.run.status,
                     invalid[i].word);
        assert_invalid(&e, invalid[i].word);
        assert_null(strstr(e.run.out, "nan"));
        evaluated_clear(&e);
    }
}

static void a_doubt_is_a_warning(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof warned / sizeof *warned; i++) {
        struct evaluated e = {0};

        evaluate_edited(warned[i].sheet, warned[i].edits, &e);
        if (!e.document || e.run.status != 0 || !has_warning(&e, warned[i].word))
            fail_msg("%s, case %zu: status %d without %s", warned[i].sheet, i, e.run.status, warned[i].word);
        assert_null(strstr(e.run.out, "nan"));
        evaluated_clear(&e);
    }
}

static void what_no_sheet_can_say_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct evaluated e = {0};

        evaluate_edited(refused[i].sheet, refused[i].edits, &e);
        if (e.run.status != 2 || !e.run.err || !strstr(e.run.err, refused[i].word))
            fail_msg("%s, case %zu: status %d, %s", refused[i].sheet, i, e.run.status,
                     e.run.err ? e.run.err : "");
        assert_true(run_result_is_one_line_error(&e.run, "motorbench"));
        evaluated_clear(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mistake_makes_the_test_invalid),
        cmocka_unit_test(a_doubt_is_a_warning),
        cmocka_unit_test(what_no_sheet_can_say_is_refused),
    };

    return cmocka_run_group_tests_name("mistakes in the vectors' sheets", tests, NULL, NULL);
}
