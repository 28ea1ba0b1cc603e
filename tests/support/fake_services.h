/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Step kinds without a bench: a second implementation of struct mb_step_services that does as the test says
 * and remembers what it was asked for. Time stands still until the test moves it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "bench/capture.h"
#include "procedure/plan.h"

#define FAKE_TARGETS_MAX 256

struct fake_services {
    /* what the bench is like; the test changes it */
    double now_s;
    bool safe, energised, settled, manual;
    int energise_result, set_targets_result, measure_result, record_result, load_speed_result;
    int drive_result;
    double limits[MB_SIGNAL_COUNT]; /* of the bench file; INFINITY at first */
    double excitation_a;            /* likewise; at first NAN: never */
    int excitation_result;
    double load_speed_rpm; /* last one asked for; 0: none */
    double driven_rpm;     /* the same */

    /* what was asked for */
    struct {
        double voltage_v, torque_nm;
    } targets[FAKE_TARGETS_MAX];
    size_t target_count;
    double frequency_hz; /* of energise; 0: never */
    double voltage_tolerance, torque_tolerance;
    bool held;
    unsigned safe_count;
    int mode;        /* enum mb_bench_mode, -1: never */
    json_t *entries; /* list of {"type", "payload"} */
    char waiting[256], ask[48], ask_text[400];
    char event_type[16], event_text[512];
    size_t told_readings; /* events of them */
    double progress;
    char paused[128];            /* reason; "" never */
    struct mb_question question; /* the last one asked with more than a text */
    struct mb_safety_test test;  /* the last one asked for */
    struct mb_capture capture;   /* the same */
    unsigned test_count, capture_count;
    int test_result, capture_result; /* what the services answer */
    double record_s;                 /* of record_samples */
    unsigned record_count;
    int recording_result;
    /* What `requirement` looks in: one standard's requirements of `item`; NULL: nothing in the data. */
    const struct mb_requirements *requirements;
    const char *item, *standard, *edition;

    /* one step of the kind under test, read from a plan of its own */
    struct mb_motor motor; /* 11 kW, 400 V, 50 Hz, four poles, 1460 r/min */
    struct mb_procedure *procedure;
    struct mb_run_data data;
    struct mb_step step;
};

/* A safe bench at 1000 s; the step's kind and its `with: {...}` (NULL: none) as in a plan file. Not begun. A
 * plan that is refused ends the test. */
void fake_services_init(struct fake_services *f, const char *kind, const char *with);
void fake_services_clear(struct fake_services *f);

enum mb_step_result fake_begin(struct fake_services *f);
/* One snapshot at the present time. */
enum mb_step_result fake_tick(struct fake_services *f, struct mb_snapshot *snapshot);
/* As fake_tick, dt_s later. */
enum mb_step_result fake_tick_after(struct fake_services *f, double dt_s, struct mb_snapshot *snapshot);
/* Ticks every dt_s until the step no longer just goes on or `ticks` are over; returns the last result. */
enum mb_step_result fake_tick_until(struct fake_services *f, double dt_s, int ticks,
                                    struct mb_snapshot *snapshot);

/* Everything readable and within every gate: rated load, two monitored temperatures. */
void fake_snapshot(struct mb_snapshot *snapshot);
void fake_set(struct mb_snapshot *snapshot, enum mb_signal signal, double value);
void fake_spoil(struct mb_snapshot *snapshot, enum mb_signal signal, enum mb_validity validity);

/* Entries of one type, and the i-th of them (its payload, borrowed; a missing one ends the test). */
size_t fake_entry_count(const struct fake_services *f, const char *type);
json_t *fake_entry(const struct fake_services *f, const char *type, size_t i);
/* payload.values.NAME of the i-th reading. */
double fake_value(const struct fake_services *f, size_t i, const char *name);
