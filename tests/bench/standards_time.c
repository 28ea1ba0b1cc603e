/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long it takes to load all standards, one grade and one plan within the process, and
 * `motorbench grade` and `plan` as whole processes. The best of the runs counts for what a bound is on: other
 * work on the machine only adds. Exits with 1 above a bound. Run from the top of the source tree. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "standard/plan.h"
#include "support/run_program.h"

#define DATA "daemon/standard/data"
#define RUNS 31
#define REPEATS 2000

static double now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double load_ms(void)
{
    struct mb_standards *standards = NULL;
    struct mb_error err = {""};
    double begun_ms = now_ms();

    if (mb_standards_load(DATA, NULL, &standards, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    begun_ms = now_ms() - begun_ms;
    mb_standards_free(standards);
    return begun_ms;
}

/* One command of the shell; the verdict does not matter, an error does. */
static double command_ms(const char *const words[])
{
    char program[PATH_MAX];
    const char *argv[16] = {run_program_path("motorbench", program, sizeof program)};
    struct run_result result = {0};
    double begun_ms;

    for (size_t i = 0; i < 14 && words[i]; i++)
        argv[i + 1] = words[i];
    begun_ms = now_ms();
    if (run_program(argv, NULL, &result) < 0 || result.status != 0) {
        (void)fprintf(stderr, "%s %s does not run as expected\n", program, words[0]);
        exit(1);
    }
    begun_ms = now_ms() - begun_ms;
    run_result_clear(&result);
    return begun_ms;
}

static double grade_ms(void)
{
    static const char *const words[] = {
        "grade",     "--standard", "GB 18613-2020", "--kind", "three-phase-induction",
        "--power-w", "11000",      "--poles",       "4",      "--efficiency",
        "0.92",      NULL};

    return command_ms(words);
}

static double plan_ms(void)
{
    static const char *const words[] = {"plan", "docs/examples/motor.yaml", NULL};

    return command_ms(words);
}

/* Of one plan, a random sample with all items. */
static double plan_inside_ms(void)
{
    static struct mb_standards *standards;
    struct mb_error err = {""};
    struct mb_motor motor;
    struct mb_plan *plan;
    double begun_ms;

    mb_motor_init(&motor);
    if ((!standards && mb_standards_load(DATA, NULL, &standards, &err) < 0) ||
        mb_motor_load("docs/examples/motor.yaml", &motor, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    begun_ms = now_ms();
    for (int i = 0; i < REPEATS; i++) {
        if (mb_plan_make(&motor, standards, "2026-11-22", &plan, &err) < 0) {
            (void)fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
        mb_plan_free(plan);
    }
    begun_ms = (now_ms() - begun_ms) / REPEATS;
    mb_motor_clear(&motor);
    return begun_ms;
}

/* Of one grade, the high-voltage motors' longest table. */
static double answer_ms(void)
{
    static struct mb_limits *limits;
    const struct mb_grade_query query = {"GB 30254-2024",   "hv-cage-induction", 510e3, 4, 50, 0.95,
                                         .voltage_v = 6000, .cooling = "IC01"};
    struct mb_error err = {""};
    struct mb_grade grade;
    double begun_ms;

    if (!limits && mb_limits_load(DATA, &limits, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    begun_ms = now_ms();
    for (int i = 0; i < REPEATS; i++)
        (void)mb_grade_evaluate(limits, &query, &grade, &err);
    return (now_ms() - begun_ms) / REPEATS;
}

static int print_row(const char *name, double (*measure)(void), double bound_ms)
{
    double ms[RUNS];

    for (int i = 0; i < RUNS; i++)
        ms[i] = measure();
    qsort(ms, RUNS, sizeof ms[0], compare);
    printf("%-28s %9.4f %9.4f %9.4f %9.4g%s\n", name, ms[0], ms[RUNS / 2], ms[RUNS - 1], bound_ms,
           ms[0] > bound_ms ? "  BROKEN" : "");
    return ms[0] > bound_ms;
}

int main(void)
{
    int broken;

    printf("ms, %d runs\n%-28s %9s %9s %9s %9s\n", RUNS, "", "best", "median", "most", "bound");
    broken = print_row("load all standards", load_ms, 10);
    broken |= print_row("motorbench grade, process", grade_ms, 10);
    broken |= print_row("motorbench plan, process", plan_ms, 15);
    broken |= print_row("one plan (10,000 a second)", plan_inside_ms, 0.1);
    broken |= print_row("one grade between two rows", answer_ms, 0.1);
    return broken;
}
