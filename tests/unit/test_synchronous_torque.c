/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back-EMF, cogging, pull-out, pull-in and pull-up torque: the rules, the steps on the simulated plant
 * against its own torque curve, the judge. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "document/item.h"
#include "method/rating.h"
#include "method/synchronous_torque.h"
#include "support/fake_services.h"
#include "support/plant_run.h"

#define DATA "daemon/standard/data/" MB_REQUIREMENTS_FILE
#define TICK_S 0.5

/* ---- Rules. ---- */

static void the_highest_torque_in_step_counts(void **state)
{
    /* Scaled by 400 / 396: 91.92; the last one has slipped by 1 %. */
    static const struct mb_pull_out_point points[] = {
        {400, 80, 1500, 50}, {396, 91, 1499.5, 50}, {400, 91.5, 1500, 50}, {400, 99, 1485, 50}};
    struct mb_pull_out_result r;

    (void)state;
    mb_pull_out_evaluate(points, 4, 4, 1500, 400, &r);
    assert_true(r.valid);
    assert_int_equal(r.point, 1);
    assert_within(r.torque_nm, 91.9191, 91.9193);
    mb_pull_out_evaluate(points, 4, 4, 1500, 410, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "voltage"));
    mb_pull_out_evaluate(points + 3, 1, 4, 1500, 400, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "points") && isnan(r.torque_nm));
    mb_pull_out_evaluate(points, 4, 4, 1530, 400, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "frequency"));
}

static void pull_in_lies_between_what_went_and_what_did_not(void **state)
{
    static const struct mb_pull_in_attempt attempts[] = {
        {true, 400, 20}, {false, 400, 40}, {true, 401, 30}, {false, 399, 35}};
    struct mb_pull_in_attempt strange[] = {{true, 400, 40}, {false, 400, 30}}, low = {false, 380, 30};
    struct mb_pull_in_result r;

    (void)state;
    mb_pull_in_evaluate(attempts, 4, 400, &r);
    assert_true(r.valid && r.torque_nm == 30 && r.failed_nm == 35);
    mb_pull_in_evaluate(attempts, 1, 400, &r);
    assert_true(r.valid && r.torque_nm == 20 && isnan(r.failed_nm));
    mb_pull_in_evaluate(strange, 2, 400, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "order"));
    mb_pull_in_evaluate(&low, 1, 400, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "voltage"));
    mb_pull_in_evaluate(NULL, 0, 400, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "attempts"));
}

/* 300 V at 1470 r/min: 306.12 V at 1500, 300 / (1470 pi / 30) = 1.94884 V s/rad, 204.08 V at 1000 r/min. */
static void back_emf_goes_with_speed(void **state)
{
    struct mb_back_emf_input in = {300, {299, 300, 301}, 1470};
    struct mb_back_emf_result r;

    (void)state;
    mb_back_emf_evaluate(&in, 1500, &r);
    assert_true(r.valid);
    assert_within(r.rated_v, 306.122, 306.123);
    assert_within(r.ke_v_s_per_rad, 1.94883, 1.94885);
    assert_within(r.ke_v_per_krpm, 204.081, 204.082);
    in.line_v[1] = in.line_v[2] = NAN; /* one phase */
    mb_back_emf_evaluate(&in, 1500, &r);
    assert_true(r.valid);
    in.line_v[2] = 284;
    mb_back_emf_evaluate(&in, 1500, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "lines"));
    in = (struct mb_back_emf_input){300, {300, 300, 300}, 0};
    mb_back_emf_evaluate(&in, 1500, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "speed"));
}

/* 0.5 N m either way of 0.2 N m, 36 times a turn; a reading each 7.3 degrees. */
static void cogging_is_peak_to_peak(void **state)
{
    struct mb_cogging_point points[200];
    struct mb_cogging_result r;

    (void)state;
    for (int i = 0; i < 200; i++)
        points[i] = (struct mb_cogging_point){7.3 * i, 0.2 + 0.5 * sin(36 * 7.3 * i * M_PI / 180)};
    mb_cogging_evaluate(points, 200, 0.1, &r);
    assert_true(r.valid && r.resolved);
    assert_within(r.peak_to_peak_nm, 0.99, 1);
    assert_within(r.drag_nm, 0.19, 0.21);
    assert_within(r.accuracy_nm, 0.2 - 1e-9, 0.2 + 1e-9);
    mb_cogging_evaluate(points, 200, 0.26, &r);
    assert_true(r.valid && !r.resolved);
    mb_cogging_evaluate(points, 200, NAN, &r);
    assert_true(r.valid && !r.resolved && isnan(r.accuracy_nm));
    mb_cogging_evaluate(points, 40, 0.1, &r); /* 285 degrees */
    assert_true(!r.valid && mb_finding_has(&r.reasons, "turn") && isnan(r.peak_to_peak_nm));
    mb_cogging_evaluate(points, 19, 0.1, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "points"));
}

/* A curve of straight lines: 60 N m at standstill, 40 at 300 r/min, 90 at 1200, and down towards step;
 * inertia adds 3 one way and takes them off the other. */
static size_t torque_curve(struct mb_sweep_point *points, double u_v, double from_rpm, double to_rpm)
{
    size_t n = 0;

    for (double rpm = from_rpm; rpm <= to_rpm; rpm += 25) {
        double t_nm = rpm < 300 ? 60 - rpm / 15 : rpm < 1200 ? 40 + (rpm - 300) / 18 : 90 - (rpm - 1200) / 3;

        points[n++] = (struct mb_sweep_point){MB_SWEEP_UP, u_v, t_nm - 3, rpm};
        points[n++] = (struct mb_sweep_point){MB_SWEEP_DOWN, u_v, t_nm + 3, rpm};
    }
    return n;
}

static void pull_up_is_the_least_below_the_highest(void **state)
{
    struct mb_sweep_point points[200];
    struct mb_pull_up_result r;

    (void)state;
    mb_pull_up_evaluate(points, torque_curve(points, 400, 75, 1450), 400, 1500, &r);
    assert_true(r.valid); /* 6.7 N m at its end are beyond the highest torque */
    assert_within(r.torque_nm, 40 - 1e-9, 40 + 1e-9);
    assert_within(r.n_rpm, 300, 300);
    mb_pull_up_evaluate(points, torque_curve(points, 396, 75, 1000), 400, 1500, &r);
    assert_true(r.valid); /* the highest torque need not be passed */
    assert_within(r.torque_nm, 40 * (400 / 396. * 400 / 396.) - 1e-9, 40 * (400 / 396. * 400 / 396.) + 1e-9);
    mb_pull_up_evaluate(points, torque_curve(points, 390, 75, 1450), 400, 1500, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "voltage") && isnan(r.torque_nm));
    mb_pull_up_evaluate(points, torque_curve(points, 400, 200, 1450), 400, 1500, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "standstill"));
    mb_pull_up_evaluate(points, torque_curve(points, 400, 75, 800), 400, 1500, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "reach"));
    mb_pull_up_evaluate(points, 2, 400, 1500, &r);
    assert_true(!r.valid && mb_finding_has(&r.reasons, "branches"));
}

/* ---- Steps on the plant. ---- */

struct bench {
    struct fake_services f;
    struct plant_config config;
    struct plant *plant;
    struct plant_state truth;
    double torque_uncertainty_nm; /* of the transducer, standard */
};

/* What the plant shows, as the bench reads it. */
static void read_plant(struct bench *b, struct mb_snapshot *s)
{
    plant_get(b->plant, &b->truth);
    for (int i = 0; i < 3; i++)
        fake_set(s, (enum mb_signal)(MB_SIGNAL_U12 + i), b->truth.u_line_v[i]);
    fake_set(s, MB_SIGNAL_U, b->truth.u_line_v[0]);
    fake_set(s, MB_SIGNAL_I, b->truth.i_line_a[0]);
    fake_set(s, MB_SIGNAL_P, b->truth.p_w);
    fake_set(s, MB_SIGNAL_T, b->truth.torque_nm);
    s->signal[MB_SIGNAL_T].standard_uncertainty = b->torque_uncertainty_nm;
    fake_set(s, MB_SIGNAL_N, b->truth.speed_rpm);
    fake_set(s, MB_SIGNAL_F, b->config.motor.rated_frequency_hz);
}

/* Begins the step on this motor, and ticks to its end with the plant doing what it asks for. */
static enum mb_step_result run(struct bench *b, const char *preset, const char *kind, const char *with)
{
    enum mb_step_result r = MB_STEP_GOES_ON;
    struct mb_motor_rated *rated = &b->f.motor.rated;
    struct mb_snapshot s;

    b->config = plant_ideal(preset);
    b->config.load_drives = strcmp(kind, "pull-up") != 0; /* a brake will do for it */
    b->plant = plant_new(&b->config);
    assert_non_null(b->plant);
    plant_set_coupled(b->plant, true);
    fake_services_init(&b->f, kind, with);
    fake_snapshot(&s);
    b->truth = (struct plant_state){0};
    b->f.motor.kind = MB_KIND_THREE_PHASE_PM_LINE_START;
    rated->power_w = b->config.motor.rated_power_w;
    rated->voltage_v = b->config.motor.rated_voltage_v;
    rated->frequency_hz = b->config.motor.rated_frequency_hz;
    rated->speed_rpm = b->config.motor.rated_speed_rpm;
    rated->current_a = b->config.motor.rated_current_a;
    rated->poles = b->config.motor.poles;
    assert_int_equal(fake_begin(&b->f), MB_STEP_GOES_ON);
    for (int i = 0; i < 6000 && r == MB_STEP_GOES_ON; i++) {
        const struct fake_services *f = &b->f;
        double u_v = f->energised && f->target_count ? f->targets[f->target_count - 1].voltage_v : 0;
        double t_nm = f->energised && f->target_count ? f->targets[f->target_count - 1].torque_nm : 0;

        plant_set_supply(b->plant, u_v, rated->frequency_hz, f->energised && f->frequency_hz > 0);
        plant_set_brake(b->plant, t_nm, t_nm > 0);
        plant_set_load_speed(b->plant, f->energised ? fmax(f->driven_rpm, f->load_speed_rpm) : 0);
        /* Source and brake do what they are told at once, a drive has to run up. */
        b->f.settled = f->driven_rpm == 0 || fabs(b->truth.speed_rpm / f->driven_rpm - 1) < 2e-3;
        (void)plant_run(b->plant, TICK_S, 0.05);
        read_plant(b, &s);
        b->f.safe = !f->energised;
        r = fake_tick_after(&b->f, TICK_S, &s);
    }
    assert_false(b->f.energised);
    return r;
}

static void end(struct bench *b)
{
    fake_services_clear(&b->f);
    (void)plant_free(b->plant);
}

/* Of the readings in the record, with one at rated load that the judge of the whole item asks for. */
static json_t *judged(struct bench *b, double pull_out_ratio)
{
    json_t *readings = json_array(), *result = NULL;
    struct mb_requirements *requirements;
    struct mb_error err;

    b->f.motor.rated.pull_out_torque_ratio = pull_out_ratio;
    if (mb_requirements_load(DATA, &requirements, &err) < 0)
        fail_msg("%s", err.text);
    (void)json_array_append_new(readings,
                                json_pack("{s:s, s:i, s:{s:f, s:f, s:f, s:f, s:f, s:f}}", "store",
                                          "rating/load", "index", 0, "values", "u_v", 400.0, "i_a", 12.0,
                                          "p1_w", 7900.0, "t_nm", 47.7, "n_rpm", 1500.0, "f_hz", 50.0));
    for (size_t i = 0; i < fake_entry_count(&b->f, "reading"); i++)
        (void)json_array_append(readings, fake_entry(&b->f, "reading", i));
    if (mb_item_judge(&(struct mb_item_context){.item = "rating",
                                                .motor = &b->f.motor,
                                                .requirements = requirements,
                                                .standard = "GB/T 755",
                                                .rule = MB_RULE_SIMPLE},
                      readings, &result, &err) < 0)
        fail_msg("%s", err.text);
    json_decref(readings);
    mb_requirements_free(requirements);
    return result;
}

static const json_t *finding(const json_t *result, const char *quantity)
{
    json_t *element;
    size_t i;

    json_array_foreach(json_object_get(result, "findings"), i, element)
    {
        if (strcmp(json_string_value(json_object_get(element, "quantity")), quantity) == 0)
            return element;
    }
    fail_msg("no finding of %s", quantity);
    return NULL;
}

static const char *verdict(const json_t *result, const char *quantity)
{
    return json_string_value(json_object_get(finding(result, quantity), "verdict"));
}

static void back_emf_is_that_of_the_magnets(void **state)
{
    struct bench b = {.torque_uncertainty_nm = NAN};
    json_t *result;

    (void)state;
    assert_int_equal(run(&b, "pm-converter-5.5kW-8p", "back-emf", NULL), MB_STEP_DONE);
    assert_true(b.f.frequency_hz == 0); /* the source was left off */
    assert_true(b.f.driven_rpm == 1500);
    result = judged(&b, NAN);
    /* 320 V at 20 degC, the plant is at 25 and loses 0.11 % a kelvin. */
    assert_within(json_number_value(json_object_get(finding(result, "back-emf"), "value")),
                  0.998 * 320 * (1 - 0.0055), 1.002 * 320 * (1 - 0.0055));
    assert_string_equal(verdict(result, "back-emf-constant"), "NOT-APPLICABLE");
    json_decref(result);
    end(&b);
}

static void a_bench_that_does_not_drive_says_so(void **state)
{
    struct bench b = {.torque_uncertainty_nm = NAN};
    struct mb_snapshot s;
    json_t *result;

    (void)state;
    fake_services_init(&b.f, "back-emf", NULL);
    fake_snapshot(&s);
    b.f.motor.kind = MB_KIND_PM_CONVERTER_FED;
    b.f.drive_result = -ENOTSUP;
    assert_int_equal(fake_begin(&b.f), MB_STEP_GOES_ON);
    assert_int_equal(fake_tick_after(&b.f, TICK_S, &s), MB_STEP_DONE);
    result = judged(&b, NAN);
    assert_non_null(strstr(json_string_value(json_object_get(finding(result, "back-emf"), "statement")),
                           "does not drive"));
    json_decref(result);
    fake_services_clear(&b.f);
}

static void pull_out_is_the_plants_own(void **state)
{
    static const char *const presets[] = {"pm-7.5kW-4p", "pm-converter-5.5kW-8p", "synchronous-15kW-4p",
                                          "reluctance-0.55kW-4p"};

    (void)state;
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        struct plant_curve curve;
        struct bench b = {.torque_uncertainty_nm = NAN};
        json_t *result;
        double found_nm;

        assert_int_equal(run(&b, presets[i], "pull-out", "{from_percent: 100, step_percent: 4}"),
                         MB_STEP_DONE);
        assert_int_equal(fake_entry_count(&b.f, "reading"), 1);
        plant_curve_at(&b.config, b.truth.rotor_c, &curve);
        result = judged(&b, NAN);
        found_nm = json_number_value(json_object_get(finding(result, "pull-out-torque"), "value"));
        assert_within(found_nm, curve.pull_out_nm - 0.05 * plant_rated_nm(&b.config),
                      1.01 * curve.pull_out_nm);
        assert_string_equal(verdict(result, "pull-out-torque"), "NOT-APPLICABLE"); /* nothing is declared */
        json_decref(result);
        result = judged(&b, 1.2); /* the mark of GB/T 755's tolerance decides nothing */
        assert_string_equal(verdict(result, "pull-out-torque"), "INCONCLUSIVE");
        json_decref(result);
        end(&b);
    }
}

/* A bench that cannot load it so far says so, and what was carried stands. */
static void a_weak_bench_does_not_pull_it_out(void **state)
{
    struct bench b = {.torque_uncertainty_nm = NAN};
    struct mb_snapshot s;
    enum mb_step_result r = MB_STEP_GOES_ON;

    (void)state;
    fake_services_init(&b.f, "pull-out", "{from_percent: 100, step_percent: 10}");
    fake_snapshot(&s);
    fake_set(&s, MB_SIGNAL_N, 1500);
    b.f.limits[MB_SIGNAL_T] = 1.35 * mb_motor_torque_nm(&b.f.motor, b.f.motor.rated.speed_rpm);
    b.f.settled = true;
    assert_int_equal(fake_begin(&b.f), MB_STEP_GOES_ON);
    r = fake_tick_until(&b.f, TICK_S, 200, &s);
    assert_int_equal(r, MB_STEP_DONE);
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(fake_entry(&b.f, "reading", 0), "values"), "ended")),
                        "limit");
    assert_int_equal(b.f.safe_count, 1);
    fake_services_clear(&b.f);
}

static void pull_in_is_the_plants_own(void **state)
{
    static const char *const presets[] = {"pm-7.5kW-4p", "synchronous-15kW-4p", "reluctance-0.55kW-4p"};

    (void)state;
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        struct plant_curve curve;
        struct bench b = {.torque_uncertainty_nm = NAN};
        json_t *result;
        double found_nm, rated_nm;

        assert_int_equal(run(&b, presets[i], "pull-in",
                             "{from_percent: 30, step_percent: 30, resolution_percent: 4, rest_s: 30}"),
                         MB_STEP_DONE);
        plant_curve_at(&b.config, b.truth.rotor_c, &curve);
        rated_nm = plant_rated_nm(&b.config);
        result = judged(&b, NAN);
        found_nm = json_number_value(json_object_get(finding(result, "pull-in-torque"), "value"));
        assert_within(found_nm, curve.pull_in_nm - 0.055 * rated_nm, curve.pull_in_nm + 0.015 * rated_nm);
        assert_string_equal(verdict(result, "pull-in-torque"), "NOT-APPLICABLE");
        assert_in_range(fake_entry_count(&b.f, "reading"), 4, 9);
        json_decref(result);
        end(&b);
    }
}

/* The starting current heats the cage by many kelvin from the start of the first direction to the end of the
 * second, and the magnets with it: the mean of both directions is that of both temperatures. */
static void pull_up_is_the_plants_own(void **state)
{
    static const char *const presets[] = {"pm-7.5kW-4p", "synchronous-15kW-4p"};

    (void)state;
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        struct bench b = {.torque_uncertainty_nm = NAN};
        struct plant_curve cold, hot;
        json_t *result;
        double found_nm;

        assert_int_equal(run(&b, presets[i], "pull-up", "{rest_s: 30}"), MB_STEP_DONE);
        assert_int_equal(fake_entry_count(&b.f, "reading"), 1);
        assert_int_equal(b.f.safe_count, 3); /* before, between both directions, after */
        plant_curve_at(&b.config, b.config.coolant_c, &cold);
        plant_curve_at(&b.config, b.truth.rotor_c, &hot);
        result = judged(&b, NAN);
        found_nm = json_number_value(json_object_get(finding(result, "pull-up-torque"), "value"));
        assert_within(found_nm / ((cold.minimum_nm + hot.minimum_nm) / 2), 0.95, 1.05);
        assert_string_equal(verdict(result, "pull-up-torque"), "NOT-APPLICABLE");
        json_decref(result);
        end(&b);
    }
}

/* What the winding would not bear, and what the load machine would not hold, is not swept. */
static void a_start_that_is_too_hot_is_given_up(void **state)
{
    struct bench b = {.torque_uncertainty_nm = NAN};
    json_t *result;

    (void)state;
    assert_int_equal(run(&b, "pm-7.5kW-4p", "pull-up", "{rest_s: 5, heat_s: 40}"), MB_STEP_DONE);
    result = judged(&b, NAN);
    assert_non_null(strstr(json_string_value(json_object_get(finding(result, "pull-up-torque"), "statement")),
                           "not measured: the starting current lasts too long"));
    json_decref(result);
    end(&b);
}

/* More than at standstill comes later: it is given up before the bench switches off. */
static void a_torque_beyond_the_bench_is_given_up(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    fake_services_init(&f, "pull-up", "{rest_s: 0}");
    fake_snapshot(&s);
    f.settled = true;
    f.limits[MB_SIGNAL_T] = 200;
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 15);
    fake_set(&s, MB_SIGNAL_T, 179);
    assert_int_equal(fake_tick_until(&f, TICK_S, 4, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_T, 181);
    assert_int_equal(fake_tick_after(&f, TICK_S, &s), MB_STEP_DONE);
    assert_non_null(strstr(
        json_string_value(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"), "reason")),
        "near the limit of this bench"));
    assert_false(f.energised);
    fake_services_clear(&f);
}

/* A bench that reads seldom gives up before its protection does: 800 (I/IN)^2 s, 16 s and more a reading. */
static void a_bench_that_reads_seldom_gives_up_in_time(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    fake_services_init(&f, "pull-up", "{rest_s: 0, timeout_s: 100}");
    fake_snapshot(&s);
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 0);
    assert_int_equal(fake_tick_after(&f, 16, &s), MB_STEP_GOES_ON);
    assert_true(f.energised);
    fake_set(&s, MB_SIGNAL_I, 5 * f.motor.rated.current_a);
    assert_int_equal(fake_tick_after(&f, 16, &s), MB_STEP_GOES_ON); /* 364 */
    assert_int_equal(fake_tick_after(&f, 2, &s), MB_STEP_GOES_ON);  /* 409, and 45 to come */
    assert_int_equal(fake_tick_after(&f, 12, &s), MB_STEP_DONE);    /* 682, and 273 to come */
    assert_false(f.energised);
    fake_services_clear(&f);
}

static void a_brake_that_is_too_weak_is_given_up(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;

    (void)state;
    fake_services_init(&f, "pull-up", "{rest_s: 0}");
    fake_snapshot(&s);
    f.settled = true;
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 0);
    assert_int_equal(fake_tick_after(&f, TICK_S, &s), MB_STEP_GOES_ON);
    assert_true(f.energised && fabs(f.load_speed_rpm - 15) < 1e-9);
    fake_set(&s, MB_SIGNAL_N, 15);
    assert_int_equal(fake_tick_after(&f, TICK_S, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 900);
    assert_int_equal(fake_tick_until(&f, TICK_S, 10, &s), MB_STEP_DONE);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"), "reason")),
        "the load machine does not hold the speed");
    assert_false(f.energised);
    fake_services_clear(&f);
}

static void cogging_is_the_plants_own(void **state)
{
    static const struct {
        const char *preset;
        double amplitude_nm;
    } motors[] = {{"pm-7.5kW-4p", 0.50}, {"pm-converter-5.5kW-8p", 0.35}};

    (void)state;
    for (size_t i = 0; i < sizeof motors / sizeof *motors; i++) {
        struct bench b = {.torque_uncertainty_nm = 0.02};
        const json_t *points;
        json_t *result;

        assert_int_equal(run(&b, motors[i].preset, "cogging", NULL), MB_STEP_DONE);
        assert_true(b.f.frequency_hz == 0 && b.f.driven_rpm == 0.7);
        points = json_object_get(json_object_get(fake_entry(&b.f, "reading", 0), "values"), "points");
        assert_int_equal(json_array_size(points), 360); /* two turns: the first has not as many */
        assert_within(json_number_value(json_object_get(json_array_get(points, 359), "angle_deg")),
                      359 * TICK_S * 6 * 0.7 - 0.01, 359 * TICK_S * 6 * 0.7 + 0.01);
        result = judged(&b, NAN);
        assert_within(json_number_value(json_object_get(finding(result, "cogging-torque"), "value")) /
                          (2 * motors[i].amplitude_nm),
                      0.95, 1.03);
        assert_string_equal(verdict(result, "cogging-torque"), "NOT-APPLICABLE");
        json_decref(result);
        end(&b);
    }
}

/* A shaft that still runs out, or that the load machine lets go of for a moment, is not read. */
static void cogging_waits_for_a_slow_shaft(void **state)
{
    struct fake_services f;
    struct mb_snapshot s;
    const json_t *points;

    (void)state;
    fake_services_init(&f, "cogging", "{speed_rpm: 10, readings: 40, dwell_s: 2}");
    fake_snapshot(&s);
    f.motor.kind = MB_KIND_THREE_PHASE_PM_LINE_START;
    assert_int_equal(fake_begin(&f), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 100);
    assert_int_equal(fake_tick_until(&f, TICK_S, 10, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 9);
    assert_int_equal(fake_tick_until(&f, TICK_S, 30, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 13);
    assert_int_equal(fake_tick_after(&f, TICK_S, &s), MB_STEP_GOES_ON);
    fake_set(&s, MB_SIGNAL_N, 10);
    assert_int_equal(fake_tick_until(&f, TICK_S, 60, &s), MB_STEP_DONE);
    points = json_object_get(json_object_get(fake_entry(&f, "reading", 0), "values"), "points");
    assert_int_equal(json_array_size(points), 40);
    assert_within(json_number_value(json_object_get(json_array_get(points, 0), "angle_deg")), 0, 1e-6);
    fake_services_clear(&f);
}

static void cogging_below_the_transducers_accuracy_is_no_number(void **state)
{
    struct bench b = {.torque_uncertainty_nm = 0.3};
    json_t *result;

    (void)state;
    assert_int_equal(run(&b, "pm-7.5kW-4p", "cogging", NULL), MB_STEP_DONE);
    result = judged(&b, NAN);
    assert_false(json_is_real(json_object_get(finding(result, "cogging-torque"), "value")));
    assert_non_null(strstr(json_string_value(json_object_get(finding(result, "cogging-torque"), "statement")),
                           "accurate to 0.6 N m: not measured"));
    json_decref(result);
    end(&b);
}

/* A bench that cannot carry the starting current says so instead of tripping. */
static void a_motor_that_cannot_be_started_here_is_left_out(void **state)
{
    static const struct {
        double ratio, excitation_a;
        const char *statement;
    } motors[] = {{7, NAN, "not measured: it starts with"},
                  {6, 5, "not measured: its field has a supply of its own"}};
    struct bench b = {.torque_uncertainty_nm = NAN};
    json_t *result;

    (void)state;
    for (size_t i = 0; i < sizeof motors / sizeof *motors; i++) {
        fake_services_init(&b.f, "pull-in", NULL);
        b.f.motor.kind = MB_KIND_THREE_PHASE_PM_LINE_START;
        b.f.motor.rated.locked_rotor_current_ratio = motors[i].ratio;
        b.f.motor.rated.excitation_a = motors[i].excitation_a;
        b.f.limits[MB_SIGNAL_I] = 6.9 * b.f.motor.rated.current_a;
        assert_int_equal(fake_begin(&b.f), MB_STEP_DONE);
        assert_true(b.f.frequency_hz == 0);
        result = judged(&b, NAN);
        assert_non_null(
            strstr(json_string_value(json_object_get(finding(result, "pull-in-torque"), "statement")),
                   motors[i].statement));
        json_decref(result);
        fake_services_clear(&b.f);
    }
}

static void attempts_are_counted(void **state)
{
    struct bench b = {.torque_uncertainty_nm = NAN};

    (void)state;
    assert_int_equal(
        run(&b, "pm-7.5kW-4p", "pull-in", "{from_percent: 10, step_percent: 1, attempts: 3, rest_s: 5}"),
        MB_STEP_DONE);
    assert_int_equal(fake_entry_count(&b.f, "reading"), 3);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_torque_in_step_counts),
        cmocka_unit_test(pull_in_lies_between_what_went_and_what_did_not),
        cmocka_unit_test(back_emf_goes_with_speed),
        cmocka_unit_test(back_emf_is_that_of_the_magnets),
        cmocka_unit_test(a_bench_that_does_not_drive_says_so),
        cmocka_unit_test(pull_out_is_the_plants_own),
        cmocka_unit_test(a_weak_bench_does_not_pull_it_out),
        cmocka_unit_test(pull_in_is_the_plants_own),
        cmocka_unit_test(cogging_is_peak_to_peak),
        cmocka_unit_test(pull_up_is_the_least_below_the_highest),
        cmocka_unit_test(pull_up_is_the_plants_own),
        cmocka_unit_test(a_start_that_is_too_hot_is_given_up),
        cmocka_unit_test(a_torque_beyond_the_bench_is_given_up),
        cmocka_unit_test(a_bench_that_reads_seldom_gives_up_in_time),
        cmocka_unit_test(a_brake_that_is_too_weak_is_given_up),
        cmocka_unit_test(cogging_is_the_plants_own),
        cmocka_unit_test(cogging_waits_for_a_slow_shaft),
        cmocka_unit_test(cogging_below_the_transducers_accuracy_is_no_number),
        cmocka_unit_test(a_motor_that_cannot_be_started_here_is_left_out),
        cmocka_unit_test(attempts_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
